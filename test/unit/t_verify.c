/*-------------------------------------------------------------------------
 *
 * t_verify.c
 *	  nlp/verify.h and solver/multipliers.h: the KKT conditions of a claimed
 *	  point by hand, and the multipliers that fit a point which has none.
 *
 *-------------------------------------------------------------------------
 */
#include "nlpcheck.h"
#include "nlp/nlp_residual.h"
#include "nlp/verify.h"
#include "solver/multipliers.h"
#include "solver/nlp_solve.h"

#define EXACT		1e-12
#define FITTED		1e-8		/* of multipliers, by an interior point's tolerance */
#define NEAR		1e-6
#define MAX_SIZE	4
#define N_FAILURES	1000		/* more polls and allocations than a fit has */

typedef struct Claimed
{
	Point		p;
	double		x[MAX_SIZE],
				y[MAX_SIZE],
				z[MAX_SIZE];
	CoVerified	found;
} Claimed;

static void
claim(Claimed *c, const char *text, const double *x, const double *y, const double *z)
{
	must(text, &c->p);
	CHECK(c->p.model.nlp.n <= MAX_SIZE && c->p.model.nlp.m <= MAX_SIZE);
	memset(c->y, 0, sizeof c->y);
	memset(c->z, 0, sizeof c->z);
	co_copy(c->p.model.nlp.n, x, c->x);
	co_copy(c->p.model.nlp.n, x, c->p.x);
	if (y)
		co_copy(c->p.model.nlp.m, y, c->y);
	if (z)
		co_copy(c->p.model.nlp.n, z, c->z);
	CHECK_INT(eval(&c->p, EVERYTHING), CO_OK);
}

static void
verify(Claimed *c)
{
	CoClaim		claimed = {c->x, c->y, c->z, &c->p.value};

	CHECK_INT(co_verify(&arena, &c->p.model.nlp, &claimed, &c->found), CO_OK);
}

static void
check_worst(const CoWorst *worst, double value, double scale, int row, int var)
{
	CHECK_NEAR(worst->value, value, EXACT);
	CHECK_NEAR(worst->scale, scale, EXACT);
	CHECK_INT(worst->row, row);
	CHECK_INT(worst->var, var);
}

#define TWO_ROWS	"minimize (x - 3)^2 + y^2 subject to x*y <= 2; x + y >= 1 where x in [0, 2], y in [0, 9]"

/* The solution: x at its upper bound, y at its lower one, no row is active. */
static void
test_solution(void)
{
	Claimed		c;

	begin();
	claim(&c, TWO_ROWS, (double[]) {2, 0}, NULL, (double[]) {2, 0});
	verify(&c);
	check_worst(&c.found.bound, 0, 0, -1, -1);
	check_worst(&c.found.row, 0, 0, -1, -1);
	check_worst(&c.found.sign, 0, 0, -1, -1);
	check_worst(&c.found.complementarity, 0, 0, -1, -1);
	CHECK_NEAR(c.found.stationarity.value, 0, EXACT);
	CHECK_NEAR(c.found.stationarity.scale, 2, EXACT);
	end();
}

/* Each condition where it is violated most. */
static void
test_places(void)
{
	Claimed		c;

	begin();
	/* x 1 over its bound, y 0.5 under; x y = -1.5, x + y = 2.5 */
	claim(&c, TWO_ROWS, (double[]) {3, -0.5}, NULL, NULL);
	verify(&c);
	check_worst(&c.found.bound, 1, 3, -1, 0);
	check_worst(&c.found.row, 0, 0, -1, -1);
	check_worst(&c.found.stationarity, 1, 1, -1, 1);

	/* x + y = 0.25 is 0.75 short; grad f = (-5.5, 0), the row's gradient 1, 1 */
	claim(&c, TWO_ROWS, (double[]) {0.25, 0}, (double[]) {0, -4}, NULL);
	verify(&c);
	check_worst(&c.found.row, 0.75, 1, 1, -1);
	check_worst(&c.found.stationarity, 9.5, 4 * sqrt(2.0), -1, 0);
	/* 4 times the distance to the side that the sign names */
	check_worst(&c.found.complementarity, 3, 7.5625, 1, -1);

	/*
	 * multipliers that lean on no side: the first row has no lower, the
	 * second no upper one
	 */
	claim(&c, TWO_ROWS, (double[]) {1, 1}, (double[]) {-0.5, 0.75}, NULL);
	verify(&c);
	check_worst(&c.found.sign, 0.75, 0, 1, -1);
	end();
}

/* An equality's multiplier has no product; a value that is none is the largest residual. */
static void
test_special(void)
{
	Claimed		c;

	begin();
	claim(&c, "minimize x subject to 2*x == 4", (double[]) {2.5}, (double[]) {-0.5}, NULL);
	verify(&c);
	check_worst(&c.found.row, 1, 5, 0, -1);
	check_worst(&c.found.complementarity, 0, 0, -1, -1);
	check_worst(&c.found.stationarity, 0, 1, -1, -1);
	c.p.value.c[0] = NAN;
	verify(&c);
	CHECK(c.found.row.value == INFINITY);
	CHECK_INT(c.found.row.row, 0);
	end();
}

static void
fit(Claimed *c, const uint8_t *row_open, const uint8_t *var_open)
{
	bool		solved = false;

	CHECK_INT(co_fit_multipliers(&arena, &c->p.model.nlp, c->x, &c->p.value, NEAR, row_open, var_open,
								 c->y, c->z, &solved), CO_OK);
	CHECK(solved);
}

static const uint8_t all[MAX_SIZE] = {1, 1, 1, 1},
			none[MAX_SIZE] = {0};

/* At a solution the multipliers are those of the KKT conditions. */
static void
test_fit(void)
{
	Claimed		c;

	begin();
	/* y = sqrt(2) / 2 on the circle, in both */
	claim(&c, "minimize -x - y subject to x^2 + y^2 <= 1; x - y <= 5", (double[]) {sqrt(0.5), sqrt(0.5)}, NULL, NULL);
	fit(&c, all, all);
	CHECK_NEAR(c.y[0], sqrt(0.5), FITTED);
	CHECK_NEAR(c.y[1], 0.0, 0.0);
	CHECK_NEAR(c.z[0], 0.0, 0.0);

	/* a bound and an equality: -2 + y + z = 0, 1 + y = 0 */
	claim(&c, "minimize -2*x + y subject to x + y == 3 where x in [0, 2]", (double[]) {2, 1}, NULL, NULL);
	fit(&c, all, all);
	CHECK_NEAR(c.y[0], -1.0, FITTED);
	CHECK_NEAR(c.z[0], 3.0, FITTED);
	verify(&c);
	CHECK(c.found.stationarity.value <= FITTED);
	end();
}

/* What is given stays, and the rest makes up for it as well as it can. */
static void
test_fit_partly(void)
{
	Claimed		c;

	begin();
	claim(&c, "minimize -2*x + y subject to x + y == 3 where x in [0, 2]", (double[]) {2, 1}, (double[]) {-2}, (double[]) {5, 0});
	fit(&c, none, all);
	CHECK_NEAR(c.y[0], -2.0, 0.0);
	CHECK_NEAR(c.z[0], 4.0, FITTED);
	/* the least of (-2 + y)^2 + (1 + y)^2 */
	c.z[0] = 0.0;
	fit(&c, all, none);
	CHECK_NEAR(c.y[0], 0.5, FITTED);
	CHECK_NEAR(c.z[0], 0.0, 0.0);
	end();
}

/* Signs: at a lower side the multiplier would have to be positive, so it is 0. */
static void
test_fit_signs(void)
{
	Claimed		c;

	begin();
	claim(&c, "minimize -x subject to x >= 1", (double[]) {1}, (double[]) {7}, NULL);
	fit(&c, all, all);
	CHECK_NEAR(c.y[0], 0.0, FITTED);
	claim(&c, "minimize x subject to x >= 1", (double[]) {1}, (double[]) {7}, NULL);
	fit(&c, all, all);
	CHECK_NEAR(c.y[0], -1.0, FITTED);
	/* away from the side: no multiplier at all */
	claim(&c, "minimize x subject to x >= 1", (double[]) {1.1}, (double[]) {7}, NULL);
	fit(&c, all, all);
	CHECK_NEAR(c.y[0], 0.0, 0.0);
	end();
}

/* Dependent rows: any split, and the gradient is met. */
static void
test_fit_dependent(void)
{
	Claimed		c;

	begin();
	claim(&c, "minimize x + 2*y subject to x + y >= 1; 2*x + 2*y >= 2; y >= 0 where x in [0, 9], y in [0, 9]",
		  (double[]) {1, 0}, NULL, NULL);
	fit(&c, all, all);
	verify(&c);
	CHECK(c.found.stationarity.value <= FITTED);
	CHECK_NEAR(c.found.sign.value, 0.0, 0.0);
	end();
}

static CoRc
run_fit(long cancel_at, long fail_at)
{
	Claimed		c;
	bool		solved;
	CoRc		rc;

	begin();
	claim(&c, "minimize x + 2*y subject to x + y >= 1; x - y <= 3 where x in [0, 9], y in [0, 9]",
		  (double[]) {1, 0}, NULL, NULL);
	host.cancel_at = cancel_at < 0 ? -1 : host.n_poll + cancel_at;
	host.fail_at = fail_at < 0 ? -1 : host.n_alloc + fail_at;
	rc = co_fit_multipliers(&arena, &c.p.model.nlp, c.x, &c.p.value, NEAR, all, all, c.y, c.z, &solved);
	end();
	return rc;
}

static void
test_interrupted(void)
{
	CoRc		rc = CO_CANCELED;

	for (int k = 0; rc == CO_CANCELED && k < N_FAILURES; k++)
		rc = run_fit(k, -1);
	CHECK_INT(rc, CO_OK);
	rc = CO_NO_MEMORY;
	for (int k = 0; rc == CO_NO_MEMORY && k < N_FAILURES; k++)
		rc = run_fit(-1, k);
	CHECK_INT(rc, CO_OK);
	CHECK_INT(run_fit(0, -1), CO_CANCELED);
}

CHECK_MAIN(TEST(test_solution), TEST(test_places), TEST(test_special), TEST(test_fit),
		   TEST(test_fit_partly), TEST(test_fit_signs), TEST(test_fit_dependent), TEST(test_interrupted))
