/*-------------------------------------------------------------------------
 *
 * t_barrier.c
 *	  The nonlinear interior point on problems written by hand.
 *
 *-------------------------------------------------------------------------
 */
#include "check.h"

#include <stdlib.h>

#include "hand.h"
#include "host.h"
#include "nlp/nlp_residual.h"
#include "solver/nlp_solve.h"

typedef struct Case
{
	TestHost	host;
	CoArena		arena;
	CoOptions	options;
	CoSolution	sol;
	CoRc		rc;
} Case;

static void
print_log(const CoSolution *sol)
{
	if (!getenv("CO_VERBOSE"))
		return;
	for (int k = 0; k < sol->n_log; k++)
		printf("%4d%c f %14.7e p %.2e d %.2e c %.2e mu %.1e dw %.1e a %.2e %.2e\n",
			   sol->log[k].iteration, sol->log[k].kind, sol->log[k].objective,
			   sol->log[k].primal_residual, sol->log[k].dual_residual, sol->log[k].gap,
			   sol->log[k].mu, sol->log[k].regularization, sol->log[k].step_primal,
			   sol->log[k].step_dual);
	printf("%s %s f %.10g it %d fact %d\n", co_status_word(sol->status),
		   co_termination_word(sol->termination), sol->residual.objective, sol->iterations,
		   sol->factorizations);
}

static void
begin(Case *t)
{
	test_host_init(&t->host);
	co_arena_init(&t->arena, &t->host.env, SIZE_MAX);
	co_options_default(&t->options);
}

static void
solve(Case *t, const Hand *p, const double *x0)
{
	CoNlpStart	start = {.x = x0};

	t->rc = co_nlp_solve(&t->arena, &p->nlp, &t->options, &start, &t->sol);
	CHECK_INT(t->rc, CO_OK);
	print_log(&t->sol);
}

static void
end(Case *t)
{
	co_arena_free(&t->arena);
	CHECK_INT(t->host.live, 0);
}

/* HS071, book */

static double
hs071_f(const double *x, double *g)
{
	g[0] = x[3] * (2 * x[0] + x[1] + x[2]);
	g[1] = x[0] * x[3];
	g[2] = x[0] * x[3] + 1;
	g[3] = x[0] * (x[0] + x[1] + x[2]);
	return x[0] * x[3] * (x[0] + x[1] + x[2]) + x[2];
}

static void
hs071_c(const double *x, double *c, double jac[][HAND_MAX])
{
	c[0] = x[0] * x[1] * x[2] * x[3];
	c[1] = 0;
	for (int j = 0; j < 4; j++)
	{
		jac[0][j] = c[0] / x[j];
		jac[1][j] = 2 * x[j];
		c[1] += x[j] * x[j];
	}
}

static void
hs071_h(const double *x, double s, const double *y, double h[][HAND_MAX])
{
	double		prod = x[0] * x[1] * x[2] * x[3];

	for (int i = 0; i < 4; i++)
		for (int j = 0; j < 4; j++)
			h[i][j] = i == j ? 2 * y[1] : y[0] * prod / (x[i] * x[j]);
	h[0][0] += s * 2 * x[3];
	h[1][0] += s * x[3];
	h[2][0] += s * x[3];
	h[3][0] += s * (2 * x[0] + x[1] + x[2]);
	h[3][1] += s * x[0];
	h[3][2] += s * x[0];
}

static void
load_hs071(Hand *p)
{
	hand_init(p, 4, 2);
	for (int j = 0; j < 4; j++)
	{
		p->xl[j] = 1;
		p->xu[j] = 5;
	}
	p->cl[0] = 25;
	p->cu[0] = INFINITY;
	p->cl[1] = p->cu[1] = 40;
	p->f = hs071_f;
	p->c = hs071_c;
	p->h = hs071_h;
}

static const double hs071_x0[4] = {1, 5, 5, 1};

static void
test_hs071(void)
{
	Hand		p;
	Case		t;

	load_hs071(&p);
	begin(&t);
	solve(&t, &p, hs071_x0);
	CHECK_INT(t.sol.status, CO_OPTIMAL);
	CHECK_NEAR(t.sol.residual.objective, 17.0140173, 1e-7);
	CHECK_NEAR(t.sol.point.y[0], -0.5522937, 1e-6);
	CHECK_NEAR(t.sol.point.y[1], 0.1614686, 1e-6);
	CHECK_NEAR(t.sol.point.z[0], -1.0878713, 1e-6);
	CHECK(t.sol.point.x[0] >= 1.0);
	CHECK(t.sol.iterations <= 10);
	CHECK_INT(t.sol.second_order, CO_SECOND_ORDER_POSITIVE);
	end(&t);
}


/* A problem scaled in objective and rows has the scaled multipliers. */

#define UNIT_F	1e7
#define UNIT_C	1e5

static double
scaled_f(const double *x, double *g)
{
	double		f = hs071_f(x, g);

	for (int j = 0; j < 4; j++)
		g[j] *= UNIT_F;
	return UNIT_F * f;
}

static void
scaled_c(const double *x, double *c, double jac[][HAND_MAX])
{
	hs071_c(x, c, jac);
	c[0] *= UNIT_C;
	for (int j = 0; j < 4; j++)
		jac[0][j] *= UNIT_C;
}

static void
scaled_h(const double *x, double s, const double *y, double h[][HAND_MAX])
{
	double		unscaled[2] = {y[0] * UNIT_C, y[1]};

	hs071_h(x, s * UNIT_F, unscaled, h);
}

static void
test_scaling_undone(void)
{
	Hand		p;
	Case		t;

	load_hs071(&p);
	p.f = scaled_f;
	p.c = scaled_c;
	p.h = scaled_h;
	p.cl[0] = 25 * UNIT_C;
	begin(&t);
	solve(&t, &p, hs071_x0);
	CHECK_INT(t.sol.status, CO_OPTIMAL);
	CHECK_NEAR(t.sol.residual.objective / UNIT_F, 17.0140173, 1e-7);
	CHECK_NEAR(t.sol.point.y[0] * UNIT_C / UNIT_F, -0.5522937, 1e-6);
	CHECK_NEAR(t.sol.point.y[1] / UNIT_F, 0.1614686, 1e-6);
	CHECK_NEAR(t.sol.point.z[0] / UNIT_F, -1.0878713, 1e-6);
	end(&t);
}

/* HS071 with x4 fixed at 1.3794083, its value at the minimum */
static void
test_fixed_variable(void)
{
	Hand		p;
	Case		t;

	load_hs071(&p);
	p.xl[3] = p.xu[3] = 1.3794082932;
	begin(&t);
	solve(&t, &p, hs071_x0);
	CHECK_INT(t.sol.status, CO_OPTIMAL);
	CHECK_NEAR(t.sol.residual.objective, 17.0140173, 1e-6);
	CHECK(t.sol.point.x[3] == 1.3794082932);
	CHECK_INT(t.sol.reduced_n, 3);
	CHECK(t.sol.residual.dual <= 1e-6);
	end(&t);
}

static void
test_all_fixed(void)
{
	Hand		p;
	Case		t;

	load_hs071(&p);
	for (int j = 0; j < 4; j++)
		p.xl[j] = p.xu[j] = hs071_x0[j];
	begin(&t);
	solve(&t, &p, NULL);
	CHECK(t.sol.status == CO_LOCALLY_INFEASIBLE || t.sol.status == CO_INFEASIBLE);
	p.cl[1] = p.cu[1] = 52;
	solve(&t, &p, NULL);
	CHECK_INT(t.sol.status, CO_OPTIMAL);
	end(&t);
}

/* Warm start at the solution: next to nothing is left to do. */
static void
test_warm_start(void)
{
	Hand		p;
	Case		t;
	CoNlpStart	start;
	CoSolution	warm;

	load_hs071(&p);
	begin(&t);
	solve(&t, &p, hs071_x0);
	start = (CoNlpStart) {t.sol.point.x, t.sol.point.y, t.sol.point.z, 1e-8};
	CHECK_INT(co_nlp_solve(&t.arena, &p.nlp, &t.options, &start, &warm), CO_OK);
	print_log(&warm);
	CHECK_INT(warm.status, CO_OPTIMAL);
	CHECK(warm.iterations <= 3);
	CHECK_NEAR(warm.residual.objective, 17.0140173, 1e-7);
	end(&t);
}

/* HS035: a convex QP */

static double
hs035_f(const double *x, double *g)
{
	g[0] = -8 + 4 * x[0] + 2 * x[1] + 2 * x[2];
	g[1] = -6 + 4 * x[1] + 2 * x[0];
	g[2] = -4 + 2 * x[2] + 2 * x[0];
	return 9 - 8 * x[0] - 6 * x[1] - 4 * x[2] + 2 * x[0] * x[0] + 2 * x[1] * x[1] + x[2] * x[2] +
		2 * x[0] * x[1] + 2 * x[0] * x[2];
}

static void
hs035_c(const double *x, double *c, double jac[][HAND_MAX])
{
	c[0] = x[0] + x[1] + 2 * x[2];
	jac[0][0] = jac[0][1] = 1;
	jac[0][2] = 2;
}

static void
hs035_h(const double *x, double s, const double *y, double h[][HAND_MAX])
{
	(void) x;
	(void) y;
	h[0][0] = h[1][1] = 4 * s;
	h[2][2] = h[1][0] = h[2][0] = 2 * s;
}

static void
load_hs035(Hand *p)
{
	static const uint8_t linear[1] = {CO_LINEAR};

	hand_init(p, 3, 1);
	for (int j = 0; j < 3; j++)
		p->xl[j] = 0;
	p->cl[0] = -INFINITY;
	p->cu[0] = 3;
	p->f = hs035_f;
	p->c = hs035_c;
	p->h = hs035_h;
	p->nlp.objective = CO_QUADRATIC;
	p->nlp.row = linear;
}

static void
test_hs035(void)
{
	static const double x0[3] = {0.5, 0.5, 0.5};
	Hand		p;
	Case		t;

	load_hs035(&p);
	begin(&t);
	solve(&t, &p, x0);
	CHECK_INT(t.sol.status, CO_OPTIMAL);
	CHECK_NEAR(t.sol.residual.objective, 1.0 / 9.0, 1e-8);
	CHECK_NEAR(t.sol.point.y[0], 2.0 / 9.0, 1e-7);
	/* constant derivatives are evaluated once, and by the judge */
	CHECK_INT(t.sol.evaluations.hessian, 1);
	CHECK(t.sol.evaluations.jacobian <= 1);
	end(&t);
}

/* Rosenbrock's function, unconstrained */

static double
rosenbrock_f(const double *x, double *g)
{
	double		u = x[1] - x[0] * x[0],
				v = 1 - x[0];

	g[0] = -400 * x[0] * u - 2 * v;
	g[1] = 200 * u;
	return 100 * u * u + v * v;
}

static void
rosenbrock_h(const double *x, double s, const double *y, double h[][HAND_MAX])
{
	(void) y;
	h[0][0] = s * (1200 * x[0] * x[0] - 400 * x[1] + 2);
	h[1][0] = -s * 400 * x[0];
	h[1][1] = s * 200;
}

static void
test_rosenbrock(void)
{
	static const double x0[2] = {-1.2, 1};
	Hand		p;
	Case		t;

	hand_init(&p, 2, 0);
	p.f = rosenbrock_f;
	p.h = rosenbrock_h;
	begin(&t);
	solve(&t, &p, x0);
	CHECK_INT(t.sol.status, CO_OPTIMAL);
	CHECK_NEAR(t.sol.point.x[0], 1, 1e-6);
	CHECK(t.sol.iterations <= 25);
	end(&t);
}

/* min x1, x1^2 + 1 <= 0 in several dresses: no point is feasible */

static double
first_f(const double *x, double *g)
{
	g[0] = 1;
	return x[0];
}

static void
no_hess(const double *x, double s, const double *y, double h[][HAND_MAX])
{
	(void) x;
	(void) s;
	(void) y;
	(void) h;
}

static void
bowl_c(const double *x, double *c, double jac[][HAND_MAX])
{
	c[0] = x[0] * x[0] + x[1] * x[1];
	jac[0][0] = 2 * x[0];
	jac[0][1] = 2 * x[1];
}

static void
bowl_h(const double *x, double s, const double *y, double h[][HAND_MAX])
{
	(void) x;
	(void) s;
	h[0][0] = h[1][1] = 2 * y[0];
}

static void
test_infeasible(void)
{
	static const double x0[2] = {3, -2};
	Hand		p;
	Case		t;

	hand_init(&p, 2, 1);
	p.f = first_f;
	p.c = bowl_c;
	p.h = bowl_h;
	begin(&t);
	p.cl[0] = p.cu[0] = -1;
	solve(&t, &p, x0);
	CHECK_INT(t.sol.status, CO_LOCALLY_INFEASIBLE);
	CHECK_INT(t.sol.termination, CO_TERM_INFEASIBLE);
	CHECK_NEAR(t.sol.residual.primal, 1.0, 1e-6);
	p.cl[0] = -INFINITY;
	solve(&t, &p, x0);
	CHECK_INT(t.sol.status, CO_LOCALLY_INFEASIBLE);
	p.cu[0] = 1e-3;
	solve(&t, &p, x0);
	CHECK_INT(t.sol.status, CO_OPTIMAL);
	CHECK_NEAR(t.sol.point.x[0], -sqrt(1e-3), 1e-8);
	p.xl[0] = 2;
	solve(&t, &p, x0);
	CHECK_INT(t.sol.status, CO_LOCALLY_INFEASIBLE);
	p.xu[0] = 1;
	solve(&t, &p, x0);
	CHECK_INT(t.sol.status, CO_INFEASIBLE);
	end(&t);
}

/* min x1 over nothing but x2 >= 0; and over the outside of a disc */
static void
test_unbounded(void)
{
	static const double x0[2] = {3, 2};
	Hand		p;
	Case		t;

	hand_init(&p, 2, 1);
	p.f = first_f;
	p.c = bowl_c;
	p.h = bowl_h;
	p.cl[0] = 1;
	p.cu[0] = INFINITY;
	p.xl[1] = 0;
	begin(&t);
	solve(&t, &p, x0);
	CHECK_INT(t.sol.status, CO_UNBOUNDED);
	p.nlp.m = 0;
	p.nlp.jac = (CoCsc) {0, 2, p.no_column, p.no_column, NULL};
	p.h = no_hess;
	solve(&t, &p, x0);
	CHECK_INT(t.sol.status, CO_UNBOUNDED);
	end(&t);
}

/* [WB06, section 1]'s reference 32: line searches alone stall at x = -0.5 .. */

static void
counter_c(const double *x, double *c, double jac[][HAND_MAX])
{
	c[0] = x[0] * x[0] - x[1] - 1;
	c[1] = x[0] - x[2] - 0.5;
	jac[0][0] = 2 * x[0];
	jac[0][1] = -1;
	jac[1][0] = 1;
	jac[1][2] = -1;
}

static void
counter_h(const double *x, double s, const double *y, double h[][HAND_MAX])
{
	(void) x;
	(void) s;
	h[0][0] = 2 * y[0];
}

static void
test_counterexample(void)
{
	static const double x0[3] = {-2, 3, 1};
	Hand		p;
	Case		t;

	hand_init(&p, 3, 2);
	p.f = first_f;
	p.c = counter_c;
	p.h = counter_h;
	p.xl[1] = p.xl[2] = 0;
	begin(&t);
	solve(&t, &p, x0);
	CHECK_INT(t.sol.status, CO_OPTIMAL);
	CHECK_NEAR(t.sol.point.x[0], 1.0, 1e-7);
	end(&t);
}

/* Maratos: full steps raise objective and violation both; needs corrections */

static double
maratos_f(const double *x, double *g)
{
	g[0] = 4 * x[0] - 1;
	g[1] = 4 * x[1];
	return 2 * (x[0] * x[0] + x[1] * x[1] - 1) - x[0];
}

static void
maratos_h(const double *x, double s, const double *y, double h[][HAND_MAX])
{
	(void) x;
	h[0][0] = h[1][1] = 4 * s + 2 * y[0];
}

static void
test_maratos(void)
{
	static const double x0[2] = {0.8, 0.6};
	Hand		p;
	Case		t;
	int			corrections = 0;

	hand_init(&p, 2, 1);
	p.f = maratos_f;
	p.c = bowl_c;
	p.h = maratos_h;
	p.cl[0] = p.cu[0] = 1;
	begin(&t);
	solve(&t, &p, x0);
	CHECK_INT(t.sol.status, CO_OPTIMAL);
	CHECK_NEAR(t.sol.residual.objective, -1.0, 1e-8);
	CHECK(t.sol.iterations <= 10);
	for (int k = 0; k < t.sol.n_log; k++)
		corrections += t.sol.log[k].corrections;
	CHECK(corrections <= 8);
	end(&t);
}

/* Dependent rows: the disc's equation three times */

static void
thrice_c(const double *x, double *c, double jac[][HAND_MAX])
{
	for (int i = 0; i < 3; i++)
	{
		c[i] = (i + 1) * (x[0] * x[0] + x[1] * x[1]);
		jac[i][0] = (i + 1) * 2 * x[0];
		jac[i][1] = (i + 1) * 2 * x[1];
	}
}

static void
thrice_h(const double *x, double s, const double *y, double h[][HAND_MAX])
{
	(void) x;
	(void) s;
	h[0][0] = h[1][1] = 2 * (y[0] + 2 * y[1] + 3 * y[2]);
}

static void
test_dependent_rows(void)
{
	static const double x0[2] = {0.3, 2.0};
	Hand		p;
	Case		t;

	hand_init(&p, 2, 3);		/* fewer variables than equalities, too */
	p.f = first_f;
	p.c = thrice_c;
	p.h = thrice_h;
	for (int i = 0; i < 3; i++)
		p.cl[i] = p.cu[i] = i + 1;
	begin(&t);
	solve(&t, &p, x0);
	CHECK_INT(t.sol.status, CO_OPTIMAL);
	CHECK_NEAR(t.sol.point.x[0], -1.0, 1e-7);
	p.cu[2] = p.cl[2] = 3.5;
	solve(&t, &p, x0);
	CHECK_INT(t.sol.status, CO_LOCALLY_INFEASIBLE);
	end(&t);
}

/* -log x: no value at the start, none left of 0 */

static double
log_f(const double *x, double *g)
{
	g[0] = 1 - 1 / x[0];
	g[1] = 2 * (x[1] - 1);
	return x[0] - log(x[0]) + (x[1] - 1) * (x[1] - 1);
}

static void
log_h(const double *x, double s, const double *y, double h[][HAND_MAX])
{
	(void) y;
	h[0][0] = s / (x[0] * x[0]);
	h[1][1] = 2 * s;
}

static void
test_rejected_points(void)
{
	static const double x0[2] = {10.0, 3.0},
				bad[2] = {-1.0, 0.0};
	Hand		p;
	Case		t;

	hand_init(&p, 2, 0);
	p.f = log_f;
	p.h = log_h;
	begin(&t);
	solve(&t, &p, x0);
	CHECK_INT(t.sol.status, CO_OPTIMAL);
	CHECK_NEAR(t.sol.point.x[0], 1.0, 1e-7);
	p.xl[0] = -2;
	p.xu[0] = 5;
	solve(&t, &p, bad);
	CHECK_INT(t.sol.status, CO_OPTIMAL);
	CHECK_NEAR(t.sol.point.x[0], 1.0, 1e-7);
	end(&t);
}

/* A value that is missing at the k-th evaluation and all later ones. */
static void
test_values_end(void)
{
	for (int k = 1; k < 60; k++)
	{
		Hand		p;
		Case		t;

		load_hs071(&p);
		p.fail_from = k;
		begin(&t);
		t.rc = CO_OK;
		solve(&t, &p, hs071_x0);
		CHECK(t.sol.status != CO_INFEASIBLE && t.sol.status != CO_UNBOUNDED);
		CHECK(isfinite(t.sol.point.x[0]));
		end(&t);
	}
}

static void
test_limits(void)
{
	Hand		p;
	Case		t;

	load_hs071(&p);
	begin(&t);
	t.options.nonlinear_max_iterations = 3;
	solve(&t, &p, hs071_x0);
	CHECK_INT(t.sol.termination, CO_TERM_MAX_STEPS);
	CHECK(t.sol.status != CO_OPTIMAL);
	CHECK_INT(t.sol.iterations, 3);
	t.options.nonlinear_max_iterations = 0;
	solve(&t, &p, hs071_x0);
	CHECK_INT(t.sol.termination, CO_TERM_MAX_STEPS);
	t.options.nonlinear_max_iterations = 100;
	t.options.max_evaluations = 5;
	solve(&t, &p, hs071_x0);
	CHECK_INT(t.sol.termination, CO_TERM_EVALUATION_LIMIT);
	CHECK(t.sol.evaluations.objective <= 5);
	t.options.max_evaluations = 1000;
	t.options.time_limit = 0.0;
	solve(&t, &p, hs071_x0);
	CHECK_INT(t.sol.termination, CO_TERM_TIME_LIMIT);
	end(&t);
}

static void
test_out_of_memory(void)
{
	long		k = 0;
	CoRc		rc = CO_NO_MEMORY;

	while (rc == CO_NO_MEMORY && k < 1000)
	{
		Hand		p;
		Case		t;
		CoNlpStart	start = {.x = hs071_x0};

		load_hs071(&p);
		begin(&t);
		t.host.fail_at = k++;
		rc = co_nlp_solve(&t.arena, &p.nlp, &t.options, &start, &t.sol);
		CHECK(rc == CO_OK || rc == CO_NO_MEMORY);
		end(&t);
	}
	CHECK_INT(rc, CO_OK);
	CHECK(k > 1);
}

static void
test_cancel(void)
{
	long		k = 0;
	CoRc		rc = CO_CANCELED;

	while (rc == CO_CANCELED && k < 10000)
	{
		Hand		p;
		Case		t;
		CoNlpStart	start = {.x = hs071_x0};

		load_hs071(&p);
		begin(&t);
		t.host.cancel_at = k++;
		rc = co_nlp_solve(&t.arena, &p.nlp, &t.options, &start, &t.sol);
		CHECK(rc == CO_OK || rc == CO_CANCELED);
		end(&t);
	}
	CHECK_INT(rc, CO_OK);
	CHECK(k > 8);
}

static void
test_same_digits(void)
{
	Hand		p;
	Case		t,
				again;

	load_hs071(&p);
	begin(&t);
	solve(&t, &p, hs071_x0);
	begin(&again);
	solve(&again, &p, hs071_x0);
	CHECK(memcmp(t.sol.point.x, again.sol.point.x, 4 * sizeof(double)) == 0);
	CHECK(memcmp(t.sol.point.y, again.sol.point.y, 2 * sizeof(double)) == 0);
	end(&t);
	end(&again);
}

CHECK_MAIN(TEST(test_hs071), TEST(test_scaling_undone), TEST(test_fixed_variable),
		   TEST(test_all_fixed), TEST(test_warm_start), TEST(test_hs035), TEST(test_rosenbrock),
		   TEST(test_infeasible), TEST(test_unbounded), TEST(test_counterexample),
		   TEST(test_maratos), TEST(test_dependent_rows), TEST(test_rejected_points),
		   TEST(test_values_end), TEST(test_limits), TEST(test_out_of_memory),
		   TEST(test_cancel), TEST(test_same_digits))
