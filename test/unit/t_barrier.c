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
#include "solver/nlp.h"

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

CHECK_MAIN(TEST(test_hs071))
