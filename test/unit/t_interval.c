/*-------------------------------------------------------------------------
 *
 * t_interval.c
 *	  What interval arithmetic promises: no value lies outside; and that it
 *	  says something.
 *
 *-------------------------------------------------------------------------
 */
#include "nlpcheck.h"
#include "data.h"
#include "expr/code.h"
#include "nlpdata.h"

#define BOXES			400		/* per function */
#define POINTS			40		/* per box */

/* A side: small, of any size, whole, or infinite. */
static double
random_side(TestRandom *random)
{
	double		value = test_normal(random);

	switch (test_int(random, 6))
	{
		case 0:
			return value * pow(10.0, 6.0 * test_uniform(random) - 3.0);
		case 1:
			return floor(3.0 * value);
		case 2:
			return value > 0.0 ? INFINITY : -INFINITY;
		default:
			return value;
	}
}

static CoInterval
random_interval(TestRandom *random)
{
	double		a = random_side(random),
				b = test_int(random, 5) == 0 ? a : random_side(random);
	CoInterval	out = {fmin(a, b), fmax(a, b)};

	if (out.lower == INFINITY || out.upper == -INFINITY)
		return co_interval_any();
	return out;
}

/* A side, or between them. */
static double
random_inside(TestRandom *random, CoInterval a)
{
	double		lower = fmax(a.lower, fmin(a.upper, 0.0) - 1e3),
				upper = fmin(a.upper, fmax(a.lower, 0.0) + 1e3);
	int			where = test_int(random, 8);

	if (where == 0)
		return lower;
	if (where == 1)
		return upper;
	return co_clamp(lower + (upper - lower) * pow(test_uniform(random), where == 2 ? 8.0 : 1.0), lower, upper);
}

static bool
holds(CoInterval a, double value)
{
	return value >= a.lower && value <= a.upper;
}

static bool
is_apart(int op)
{
	return op <= CO_OP_FORM;
}

static void
test_values_inside(void)
{
	TestRandom	random = {1};

	begin();
	for (int op = 0; op < CO_N_OP; op++)
		for (int k = 0; k < BOXES && !is_apart(op); k++)
		{
			CoInterval	a = random_interval(&random),
						b = random_interval(&random),
						range = co_interval_widen(co_interval_apply(op, a, b));

			for (int i = 0; i < POINTS; i++)
			{
				double		x = random_inside(&random, a),
							y = random_inside(&random, b),
							value = co_op_eval((CoOp) op, x, y);

				if (!isfinite(value) || holds(range, value))
					continue;
				CHECK(false);
				printf("  ... %s(%.17g, %.17g) = %.17g, [%g, %g] op [%g, %g] = [%.17g, %.17g]\n",
					   co_op_word((CoOp) op), x, y, value, a.lower, a.upper, b.lower, b.upper,
					   range.lower, range.upper);
				break;
			}
		}
	end();
}

static void
test_powers_inside(void)
{
	TestRandom	random = {2};

	begin();
	for (int k = 0; k < 20 * BOXES; k++)
	{
		CoInterval	a = random_interval(&random);
		int			exponent = test_int(&random, 12) - 5;
		double		square = test_normal(&random),
					slope = test_normal(&random),
					x = random_inside(&random, a),
					power = pow(x, exponent);

		CHECK(!isfinite(power) || holds(co_interval_widen(co_interval_whole_power(a, exponent)), power));
		CHECK(holds(co_interval_widen(co_interval_quadratic(square, slope, a)), x * (square * x + slope)));
	}
	end();
}

/* op, its arguments, what it has to be, exactly but for rounding */
static const struct
{
	int			op;
	CoInterval	a,
				b,
				range;
}			known[] =

{
	{CO_OP_SQRT, {-4, 9}, {0, 0}, {0, 3}},
	{CO_OP_LN, {-1, 1}, {0, 0}, {-INFINITY, 0}},
	{CO_OP_EXP, {-INFINITY, 0}, {0, 0}, {0, 1}},
	{CO_OP_MUL, {0, INFINITY}, {-INFINITY, 0}, {-INFINITY, 0}},
	{CO_OP_MUL, {-2, 3}, {-5, 7}, {-15, 21}},
	{CO_OP_DIV, {1, 1}, {0, 4}, {0.25, INFINITY}},
	{CO_OP_DIV, {1, 2}, {-4, 0}, {-INFINITY, -0.25}},
	{CO_OP_DIV, {1, 1}, {-1, 1}, {-INFINITY, INFINITY}},
	{CO_OP_SIN, {0, 2}, {0, 0}, {0, 1}},
	{CO_OP_SIN, {-1, 100}, {0, 0}, {-1, 1}},
	{CO_OP_COS, {3, 3.2}, {0, 0}, {-1, -0.9899924966004454}},
	{CO_OP_TAN, {-1, 1}, {0, 0}, {-1.5574077246549023, 1.5574077246549023}},
	{CO_OP_TAN, {1, 2}, {0, 0}, {-INFINITY, INFINITY}},
	{CO_OP_ABS, {-3, 2}, {0, 0}, {0, 3}},
	{CO_OP_COSH, {-1, 2}, {0, 0}, {1, 3.7621956910836314}},
	{CO_OP_ACOS, {0, 5}, {0, 0}, {0, 1.5707963267948966}},
	{CO_OP_ACOSH, {-3, 1}, {0, 0}, {0, 0}},
	{CO_OP_POWER, {-2, 3}, {2, 2}, {0, 9}},
	{CO_OP_POWER, {-2, 3}, {3, 3}, {-8, 27}},
	{CO_OP_POWER, {-2, 4}, {0.5, 0.5}, {0, 2}},
	{CO_OP_POWER, {0, 4}, {-0.5, -0.5}, {0.5, INFINITY}},
	{CO_OP_POWER, {2, 4}, {-1, 2}, {0.25, 16}},
	{CO_OP_POWER, {-2, 4}, {-1, -1}, {-INFINITY, INFINITY}},
	{CO_OP_LEAST, {0, 5}, {1, 2}, {0, 2}},
	{CO_OP_GREATEST, {0, 5}, {1, 2}, {1, 5}},
	{CO_OP_SIGN, {-3, 0}, {0, 0}, {-1, 0}},
};

static void
test_ranges_are_tight(void)
{
	begin();
	for (size_t k = 0; k < sizeof known / sizeof *known; k++)
	{
		CoInterval	got = co_interval_apply(known[k].op, known[k].a, known[k].b),
					want = known[k].range;

		CHECK(got.lower == want.lower || fabs(got.lower - want.lower) <= 1e-6 * fabs(want.lower));
		CHECK(got.upper == want.upper || fabs(got.upper - want.upper) <= 1e-6 * fabs(want.upper));
		if (check_failures > 0)
			printf("  ... %zu: %s is [%g, %g]\n", k, co_op_word((CoOp) known[k].op), got.lower, got.upper);
	}
	CHECK(co_interval_is_empty(co_interval_apply(CO_OP_SQRT, (CoInterval) {-2, -1}, co_interval_any())));
	CHECK(co_interval_is_empty(co_interval_apply(CO_OP_LN, (CoInterval) {-2, -1}, co_interval_any())));
	CHECK(co_interval_is_empty(co_interval_apply(CO_OP_ASIN, (CoInterval) {2, 3}, co_interval_any())));
	CHECK(co_interval_is_empty(co_interval_apply(CO_OP_EXP, co_interval_empty(), co_interval_any())));
	CHECK(co_interval_is_empty(co_interval_apply(CO_OP_ADD, co_interval_any(), co_interval_empty())));
	end();
}

/* A box around a point near the start; sides may be infinite. */
static void
random_box(TestRandom *random, const CoNlp *nlp, const double *x, double *lower, double *upper)
{
	for (int j = 0; j < nlp->n; j++)
	{
		double		width = pow(10.0, 4.0 * test_uniform(random) - 3.0);

		lower[j] = test_int(random, 10) == 0 ? -INFINITY : x[j] - width * test_uniform(random);
		upper[j] = test_int(random, 10) == 0 ? INFINITY : x[j] + width * test_uniform(random);
	}
}

/* Rounding of the evaluation itself: of terms that are larger than their sum. */
#define EVALUATION		1e-9

static long
check_box(const char *name, Point *p, TestRandom *random, const double *lower, const double *upper)
{
	const CoNlp *nlp = &p->model.nlp;
	CoInterval *range = co_take(&arena, (size_t) nlp->m + 1, sizeof *range);
	long		told = 0;

	CHECK_INT(nlp->range(nlp->self, CO_WANT_F | CO_WANT_C, lower, upper, range), CO_OK);
	for (int i = 0; i < POINTS; i++)
	{
		for (int j = 0; j < nlp->n; j++)
			p->x[j] = random_inside(random, (CoInterval) {lower[j], upper[j]});
		if (eval(p, CO_WANT_F | (nlp->m > 0 ? CO_WANT_C : 0)))
			continue;
		for (int r = 0; r <= nlp->m; r++)
		{
			double		value = r == 0 ? p->value.f : p->value.c[r - 1],
						slack = EVALUATION * (1.0 + fabs(value));

			told += isfinite(range[r].lower) + isfinite(range[r].upper);
			if (value >= range[r].lower - slack && value <= range[r].upper + slack)
				continue;
			CHECK(false);
			printf("  ... %s: function %d is %.17g, not in [%.17g, %.17g]\n", name, r, value,
				   range[r].lower, range[r].upper);
			return told;
		}
	}
	return told;
}

static long
check_model(const char *name, Point *p, TestRandom *random)
{
	const CoNlp *nlp = &p->model.nlp;
	double	   *x = co_take_doubles(&arena, (size_t) nlp->n + 1),
			   *lower = co_take_doubles(&arena, (size_t) nlp->n + 1),
			   *upper = co_take_doubles(&arena, (size_t) nlp->n + 1);
	long		told = 0;

	co_copy(nlp->n, p->x, x);
	for (int k = 0; k < 20; k++)
	{
		random_box(random, nlp, x, lower, upper);
		told += check_box(name, p, random, lower, upper);
	}
	return told;
}

static void
test_models_by_hand(void)
{
	static const char *const texts[] = {
		"minimize 3*x^2 - 2*x + x*y - y^2 + 1 subject to x^2 - x*y + 4*y - y^2 <= 3; x - 2*y >= 1; ln(x)*y + x <= 4",
		"minimize (x - 2*y + 1)^2*exp(0-y) subject to sqrt(x*y + 3) - x/(y^2 + 1) <= 2; (x + y)^3 - 2*(x - y)^5 >= -4",
		"maximize sin(x)*cos(y) + atan2(x, y) subject to power(x^2, y) <= 9; abs(x) - greatest(x, y) + least(x, 2) <= 7",
		"minimize 1/(x - y) + tanh(x)*erf(y) subject to -3 <= x^(-2) + y^4 <= 5; 2^x + tan(y) <= 8",
	};
	TestRandom	random = {3};

	for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
	{
		Point		p;

		begin();
		must(texts[k], &p);
		CHECK(check_model(texts[k], &p, &random) > 1000);
		end();
	}
}

static void
test_hs(void)
{
	NlpData    *data = nlp_open("nlp_hs", "small");
	TestRandom	random = {4};
	NlpProblem	problem;
	int			n = 0;

	if (!data)
		SKIP("the data are not there");
	while (nlp_next(data, &problem))
	{
		Point		p;

		begin();
		memset(&error, 0, sizeof error);
		CHECK_INT(nlp_model(&arena, &problem, &p.model, &error), CO_OK);
		prepare(&p);
		check_model(problem.name, &p, &random);
		n++;
		end();
	}
	nlp_close(data);
	CHECK(n >= 80);
}

CHECK_MAIN(TEST(test_values_inside), TEST(test_powers_inside), TEST(test_ranges_are_tight),
		   TEST(test_models_by_hand), TEST(test_hs))
