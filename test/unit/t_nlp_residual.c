/*-------------------------------------------------------------------------
 *
 * t_nlp_residual.c
 *	  The judge of nonlinear problems against residuals and scales computed by
 *	  hand, and under other units.
 *
 *-------------------------------------------------------------------------
 */
#include "nlp/nlp_residual.h"
#include "nlpcheck.h"

#define EXACT	1e-13

static CoResidual
residual_of(const char *text, const double *x, const double *y, const double *z)
{
	CoQpPoint	at = {(double *) x, (double *) y, (double *) z};
	CoResidual	r;
	Point		p;

	must(text, &p);
	CHECK_INT(co_nlp_residual(&arena, &p.model.nlp, &at, &r), CO_OK);
	return r;
}

/* mu_max = max(|grad f|_2, |z_j|, |a_i|_2 |y_i|): each of them the largest once. */
static void
test_scale(void)
{
	CoResidual	r;

	begin();
	/* at (1, 2): grad f = (3 x^2, 2 y) = (3, 4), no multipliers */
	r = residual_of("minimize x^3 + y^2 subject to x*y <= 5 where x in [0, 9], y in [0, 9]",
					(double[]) {1, 2}, (double[]) {0}, (double[]) {0, 0});
	CHECK_NEAR(r.dual_scale, 5.0, EXACT);
	CHECK_NEAR(r.dual, 4.0, EXACT);
	CHECK_NEAR(r.objective, 5.0, EXACT);
	/* z = (0, -12): the bound's multiplier is the largest */
	r = residual_of("minimize x^3 + y^2 subject to x*y <= 5 where x in [0, 9], y in [2, 9]",
					(double[]) {1, 2}, (double[]) {0}, (double[]) {0, -12});
	CHECK_NEAR(r.dual_scale, 12.0, EXACT);
	CHECK_NEAR(r.dual, 8.0, EXACT);

	/*
	 * the row's gradient is (y, x) = (2, 1): sqrt 5 times 10; grad L = (3 +
	 * 20, 4 + 10)
	 */
	r = residual_of("minimize x^3 + y^2 subject to x*y <= 2 where x in [0, 9], y in [0, 9]",
					(double[]) {1, 2}, (double[]) {10}, (double[]) {0, 0});
	CHECK_NEAR(r.dual_scale, 10.0 * sqrt(5.0), 1e-12);
	CHECK_NEAR(r.dual, 23.0, EXACT);
	/* not more than 1000 max(1, |grad f|_2) */
	r = residual_of("minimize x^3 + y^2 subject to x*y <= 2 where x in [0, 9], y in [0, 9]",
					(double[]) {1, 2}, (double[]) {1e9}, (double[]) {0, 0});
	CHECK_NEAR(r.dual_scale, 5000.0, 1e-9);
	end();
}

static void
test_parts(void)
{
	CoResidual	r;

	begin();
	/* violations: of the row 3 - 2 = 1, of the bound 0.5 */
	r = residual_of("minimize x subject to x*y <= 2 where x in [0, 9], y in [0, 2.5]",
					(double[]) {1, 3}, (double[]) {0}, (double[]) {0, 0});
	CHECK_NEAR(r.primal, 1.0, EXACT);
	CHECK_NEAR(r.primal_scale, 3.0, EXACT);

	/*
	 * multiplier 4 of a row that is 1.5 from its side, -2 of a bound 1 away:
	 * 6 and 2, in sum 8
	 */
	r = residual_of("minimize x subject to x*y <= 3.5 where x in [0, 9], y in [0, 9]",
					(double[]) {1, 2}, (double[]) {4}, (double[]) {-2, 0});
	CHECK_NEAR(r.complementarity, 6.0, EXACT);
	CHECK_NEAR(r.gap, 8.0, EXACT);
	/* a multiplier of a side that does not exist is a dual residual */
	r = residual_of("minimize x subject to x*y <= 3.5 where x in [0, 9], y in [0, inf]",
					(double[]) {1, 2}, (double[]) {-3}, (double[]) {0, 0});
	CHECK(r.dual >= 3.0);
	/* no value, no residual that could pass */
	r = residual_of("minimize ln(x) where x in [-9, 9]", (double[]) {-1}, NULL, (double[]) {0});
	CHECK(isinf(r.primal) && isinf(r.dual) && isinf(r.gap));
	/* squares of the gradient overflow, its norm does not */
	r = residual_of("minimize -exp(x) where x in [-900, 900]", (double[]) {500}, NULL, (double[]) {0});
	CHECK_NEAR(r.dual_scale / exp(500.0), 1.0, 1e-12);
	end();
}

/* The objective times k: residual and scale times k; a row times k, y / k: nothing changes. */
static void
test_units(void)
{
	static const double x[2] = {1.25, 2},
				z[2] = {0, -0.5};
	CoResidual	one,
				other;

	begin();
	one = residual_of("minimize x^3 + y^2 subject to x*y <= 2.5 where x in [0, 9], y in [2, 9]", x,
					  (double[]) {0.75}, z);
	other = residual_of("minimize 1024*(x^3 + y^2) subject to x*y <= 2.5 where x in [0, 9], y in [2, 9]", x,
						(double[]) {1024 * 0.75}, (double[]) {0, -512});
	CHECK_NEAR(other.dual, 1024 * one.dual, 1e-9);
	CHECK_NEAR(other.dual_scale, 1024 * one.dual_scale, 1e-9);
	CHECK_NEAR(other.complementarity, 1024 * one.complementarity, 1e-9);
	other = residual_of("minimize x^3 + y^2 subject to 1024*x*y <= 2560 where x in [0, 9], y in [2, 9]", x,
						(double[]) {0.75 / 1024}, z);
	CHECK_NEAR(other.dual, one.dual, EXACT);
	CHECK_NEAR(other.dual_scale, one.dual_scale, 1e-12);
	CHECK_NEAR(other.complementarity, one.complementarity, EXACT);
	end();
}

static double
promise_of(const char *text, const double *x, const double *y, const double *z, double least)
{
	CoQpPoint	at = {(double *) x, (double *) y, (double *) z};
	double		gain;
	Point		p;

	must(text, &p);
	CHECK_INT(co_nlp_promise(&arena, &p.model.nlp, &at, least, &gain), CO_OK);
	return gain;
}

/* x holds the row, y falls along it: a line of slope 1e-5 - 1e-5 * 10 over 1e7. */
static const char *const drowned =
"minimize 1e6*x + 1e-5*y subject to 1e5*x + 1e-5*y >= 1000 where x in [0, inf], y in [0, 1e7]";

static void
test_promise_of_line(void)
{
	static const double zero[2] = {0, 0},
				price[1] = {-10};

	begin();
	/* stationary in units of mu_max, and 9 per cent too high */
	CHECK_NEAR(promise_of(drowned, (double[]) {0.01, 0}, price, zero, 1.0), 1.0, 1e-6);
	CHECK_NEAR(promise_of(drowned, (double[]) {0.01, 0}, price, zero, 800.0), 800.0, 1e-3);
	/* the way to the bound gains 900 */
	CHECK_NEAR(promise_of(drowned, (double[]) {0.01, 0}, price, zero, 1000.0), 0.0, 0.0);
	/* 50000 before the bound there is 4.5 left */
	CHECK_NEAR(promise_of(drowned, (double[]) {0.009005, 9.95e6}, price, zero, 4.0), 4.0, 1e-6);
	CHECK_NEAR(promise_of(drowned, (double[]) {0.009005, 9.95e6}, price, zero, 5.0), 0.0, 0.0);
	/* the minimum, with its multipliers */
	CHECK_NEAR(promise_of(drowned, (double[]) {0.009, 1e7}, price, (double[]) {0, 9e-5}, 1e-3), 0.0, 0.0);
	/* nobody holds the row */
	CHECK_NEAR(promise_of("minimize 1e6*x + 1e-5*y subject to 1e5*x + 1e-5*y >= 1000 where x in [0.01, inf], y in [0, 1e7]",
						  (double[]) {0.01, 0}, price, zero, 1.0), 0.0, 0.0);
	end();
}

/* Where the slope is that of a curve there is a minimum on the way, or none is known. */
static void
test_promise_of_curve(void)
{
	begin();
	/* slope 2e-6; 1e-12 is all there is to gain */
	CHECK_NEAR(promise_of("minimize x^2 where x in [-9, 9]", (double[]) {1e-6}, NULL, (double[]) {0}, 1e-9), 0.0, 0.0);
	/* another valley farther on */
	CHECK_NEAR(promise_of("minimize x^4 - 20*x^3 + 4*x^2 where x in [-99, 99]", (double[]) {-1e-7}, NULL,
						  (double[]) {0}, 1e-5), 0.0, 0.0);

	/*
	 * one of two columns is a line: x is at its minimum but for rounding, y
	 * is not
	 */
	CHECK_NEAR(promise_of("minimize 1e3*(x - 1)^2 - 1e-7*y where x in [-inf, inf], y in [0, 1e6]", (double[]) {1 + 1e-9, 0}, NULL,
						  (double[]) {0, 0}, 1e-2), 1e-2, 1e-6);
	/* a row in the way that no multiplier speaks of */
	CHECK_NEAR(promise_of("minimize x^2 - 1e-7*y subject to x + y <= 3 where x in [-inf, inf], y in [0, 1e6]", (double[]) {0, 2}, (double[]) {0},
						  (double[]) {0, 0}, 1e-2), 0.0, 0.0);
	/* no values on the way */
	CHECK_NEAR(promise_of("minimize -1e-7*y + 1e-30*ln(2 - y) where y in [0, 1e6]", (double[]) {0}, NULL,
						  (double[]) {0}, 1e-2), 0.0, 0.0);
	end();
}

/* The leftover of a column relative to its own terms. */
static void
test_uncanceled(void)
{
	CoResidual	r;

	begin();
	r = residual_of(drowned, (double[]) {0.01, 0}, (double[]) {-10}, (double[]) {0, 0});
	CHECK_NEAR(r.uncanceled, 0.9, 1e-12);
	CHECK(r.dual <= 1e-4 && r.dual_scale >= 1e6);
	r = residual_of(drowned, (double[]) {0.009, 1e7}, (double[]) {-10}, (double[]) {0, 9e-5});
	CHECK(r.uncanceled <= 1e-12);
	end();
}

CHECK_MAIN(TEST(test_scale), TEST(test_parts), TEST(test_units), TEST(test_promise_of_line), TEST(test_promise_of_curve),
		   TEST(test_uncanceled))
