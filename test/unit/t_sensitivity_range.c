/*-------------------------------------------------------------------------
 *
 * t_sensitivity_range.c
 *	  How far parameters may move until the active set changes: textbook
 *	  programs, coefficients, bounds, dependent rows; and predictions.
 *
 *-------------------------------------------------------------------------
 */
#include "senscheck.h"

#define EXACT	1e-9

static CoRange
range(Case *c, const char *param, int sign)
{
	int			k = param_of(c, param);
	double		one = 1.0;
	CoDirection direction = {1, &k, &one};
	CoRange		out;

	CHECK_INT(co_sensitivity_solve(c->s, &direction, &c->tangent), CO_OK);
	CHECK_INT(co_sensitivity_range(c->s, &direction, &c->tangent, sign, &out), CO_OK);
	return out;
}

/* Wyndor Glass [Hillier, Lieberman]: right-hand sides and costs. */
static void
test_ranging(void)
{
	Case		c;

	begin();
	must("maximize c1*x + c2*y subject to plant1: x <= b1; plant2: 2*y <= b2; plant3: 3*x + 2*y <= b3 "
		 "where c1 := 3, c2 := 5, b1 := 4, b2 := 12, b3 := 18, x in [0, inf], y in [0, inf]", &c);
	CHECK(co_sensitivity_regular(c.s));
	CHECK(isinf(range(&c, "b1", 1).step));
	CHECK_NEAR(range(&c, "b1", -1).step, 2.0, EXACT);
	CHECK_INT(range(&c, "b1", -1).event, CO_RANGE_ROW_BINDS);
	CHECK_NEAR(range(&c, "b2", 1).step, 6.0, EXACT);
	CHECK_NEAR(range(&c, "b2", -1).step, 6.0, EXACT);
	CHECK_NEAR(range(&c, "b3", 1).step, 6.0, EXACT);
	CHECK_NEAR(range(&c, "b3", -1).step, 6.0, EXACT);
	CHECK_NEAR(range(&c, "c1", 1).step, 4.5, EXACT);
	CHECK_NEAR(range(&c, "c1", -1).step, 3.0, EXACT);
	CHECK_INT(range(&c, "c1", 1).event, CO_RANGE_ROW_LEAVES);
	CHECK(isinf(range(&c, "c2", 1).step));
	CHECK_NEAR(range(&c, "c2", -1).step, 3.0, EXACT);
	end();
}

static CoRange
exact_range(Case *c, const char *param, int sign, bool *exact)
{
	CoRange		out = range(c, param, sign);

	CHECK_INT(co_sensitivity_track(c->s, param_of(c, param), sign, &c->tangent, &out, exact), CO_OK);
	return out;
}

/* Coefficients: x is a quotient of polynomials of them. */
static void
test_ranging_coefficients(void)
{
	bool		exact;
	Case		c;

	begin();
	must("maximize 3*x + 5*y subject to plant1: a*x <= 4; plant2: b*y <= 12; plant3: 3*x + 2*y <= 18 "
		 "where a := 1, b := 2, x in [0, inf], y in [0, inf]", &c);
	CHECK_NEAR(exact_range(&c, "a", 1, &exact).step, 1.0, EXACT);
	CHECK(exact);
	CHECK(isinf(exact_range(&c, "a", -1, &exact).step));
	CHECK(exact);
	/* x = (18 - 24 / b) / 3 */
	CHECK_NEAR(exact_range(&c, "b", 1, &exact).step, 2.0, EXACT);
	CHECK(exact);
	CHECK_NEAR(exact_range(&c, "b", -1, &exact).step, 2.0 - 4.0 / 3.0, EXACT);
	CHECK(exact);
	CHECK_INT(exact_range(&c, "b", -1, &exact).event, CO_RANGE_BOUND_BINDS);
	/* and back at the solution */
	along(&c, "b", 0);
	CHECK_NEAR(dx(&c, "y"), -3.0, EXACT);
	CHECK_NEAR(dx(&c, "x"), 2.0, EXACT);
	end();
}

/* Bounds that move: which side is met, where, and where two bounds meet. */
static void
test_ranging_bounds(void)
{
	bool		exact;
	Case		c;

	begin();
	must("minimize (x - 5)^2 + (y - 1)^2 + x*y subject to r: x + y <= 6 "
		 "where cap := 2, f := 0, x in [0, 0.5*cap], y in [exp(f), 4]", &c);
	CHECK_NEAR(exact_range(&c, "cap", 1, &exact).step, 7.0, EXACT);
	CHECK(exact);
	CHECK_INT(exact_range(&c, "cap", 1, &exact).event, CO_RANGE_BOUND_LEAVES);
	CHECK_NEAR(exact_range(&c, "cap", -1, &exact).step, 2.0, EXACT);
	CHECK(exact);
	/* exp(f) meets 4, and 1/2: there y = exp(f) is the minimizer anyway */
	CHECK_NEAR(exact_range(&c, "f", 1, &exact).step, log(4.0), EXACT);
	CHECK(exact);
	CHECK_INT(exact_range(&c, "f", 1, &exact).event, CO_RANGE_BOUND_BINDS);
	CHECK_NEAR(exact_range(&c, "f", -1, &exact).step, log(2.0), EXACT);
	CHECK(exact);
	CHECK_INT(exact_range(&c, "f", -1, &exact).event, CO_RANGE_BOUND_LEAVES);
	/* and back at the solution */
	along(&c, "f", 0);
	CHECK_NEAR(dx(&c, "y"), 1.0, EXACT);
	end();
	/* a free variable that a bound comes to */
	begin();
	must("minimize (x - 1)^2 where u := 3, l := -2, x in [-1 + l, 2*u]", &c);
	CHECK_NEAR(exact_range(&c, "u", -1, &exact).step, 2.5, EXACT);
	CHECK_NEAR(exact_range(&c, "l", 1, &exact).step, 4.0, EXACT);
	CHECK(isinf(exact_range(&c, "u", 1, &exact).step));
	end();
}

static CoRange
range_side(Case *c, const char *param, int sign)
{
	int			k = param_of(c, param);
	double		one = 1.0;
	CoDirection direction = {1, &k, &one};
	CoRange		out;
	bool		known;

	CHECK_INT(co_sensitivity_range_side(c->s, &direction, sign, &c->tangent, &out, &known), CO_OK);
	CHECK(known);
	return out;
}

/*
 * Three rows through a vertex, and a balanced transport, whose rows depend on
 * each other: ranges of costs are there, those of a right-hand side alone not.
 */
static void
test_ranging_degenerate(void)
{
	Case		c;

	begin();
	must("maximize x + c*y subject to r1: x <= a; r2: y <= 1; r3: x + y <= s "
		 "where a := 1, s := 2, c := 1.5, x in [0, inf], y in [0, inf]", &c);
	CHECK(!co_sensitivity_independent(c.s));
	CHECK_NEAR(range_side(&c, "a", 1).step, 0.0, 0.0);
	CHECK_INT(range_side(&c, "a", 1).event, CO_RANGE_ROW_LEAVES);
	CHECK_INT(range_side(&c, "a", 1).item, find_row(&c, "r1"));
	CHECK_INT(range_side(&c, "a", -1).item, find_row(&c, "r3"));
	CHECK(isinf(range_side(&c, "c", 1).step));
	CHECK_NEAR(range_side(&c, "c", -1).step, 1.5, 1e-7);
	CHECK_INT(range_side(&c, "c", -1).event, CO_RANGE_ROW_LEAVES);
	end();
	begin();
	/* x = (3, 0; 1, 2): x12 comes in where its cost falls below 4 + 1 - 2 */
	must("minimize c11*x11 + c12*x12 + c21*x21 + c22*x22 subject to s1: x11 + x12 == b; s2: x21 + x22 == 3; "
		 "d1: x11 + x21 == 4; d2: x12 + x22 == 2 where c11 := 1, c12 := 4, c21 := 2, c22 := 4, b := 3, "
		 "x11 in [0, inf], x12 in [0, inf], x21 in [0, inf], x22 in [0, inf]", &c);
	CHECK(!co_sensitivity_independent(c.s));
	CHECK_INT(range_side(&c, "b", 1).event, CO_RANGE_NO_SOLUTION);
	CHECK_NEAR(range_side(&c, "b", -1).step, 0.0, 0.0);
	CHECK(isinf(range_side(&c, "c12", 1).step));
	CHECK_NEAR(range_side(&c, "c12", -1).step, 1.0, 1e-7);
	CHECK_INT(range_side(&c, "c12", -1).event, CO_RANGE_BOUND_LEAVES);
	CHECK_INT(range_side(&c, "c12", -1).item, var_of(&c, "x12"));
	CHECK_NEAR(range_side(&c, "c11", 1).step, 1.0, 1e-7);
	CHECK(isinf(range_side(&c, "c11", -1).step));
	end();
}

/* Inside and past the range of a QP the prediction is the solution. */
static void
test_predict(void)
{
	static const double step[] = {-2.5, -0.5, 0.2, 0.7, 3.0};
	Case		c;

	begin();
	must("minimize (x - p)^2 + (y - 1)^2 + (x - y)^2 subject to s: x + y <= 2.5; w: y >= 0.4 "
		 "where p := 0.5, x in [0, 1.7], y free", &c);
	for (int t = 0; t < 5; t++)
	{
		double	   *value = co_take_doubles(&arena, (size_t) c.block.n_leaf);
		Answer		other;
		bool		found;

		take_answer(&c.block, &other);
		co_copy(c.block.n_leaf, c.answer.leaf, value);
		value[find_leaf(&c, "p")] += step[t];
		CHECK_INT(solve_block(&c.block, value, NULL, 1e-10, &other), CO_OK);
		CHECK_INT(co_sensitivity_predict(c.s, &step[t], &c.tangent, &found), CO_OK);
		CHECK(found);
		CHECK_NEAR(dx(&c, "x"), other.leaf[find_leaf(&c, "x")], 1e-6);
		CHECK_NEAR(dx(&c, "y"), other.leaf[find_leaf(&c, "y")], 1e-6);
		CHECK_NEAR(c.tangent.f, other.f, 1e-6);
		CHECK_NEAR(dy(&c, "s"), other.y[0], 1e-5);
	}
	end();
}

CHECK_MAIN(TEST(test_ranging), TEST(test_ranging_coefficients), TEST(test_ranging_bounds),
		   TEST(test_ranging_degenerate), TEST(test_predict))
