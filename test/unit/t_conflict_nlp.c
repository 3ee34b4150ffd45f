/*-------------------------------------------------------------------------
 *
 * t_conflict_nlp.c
 *	  Conflicts and relaxations with nonlinear rows, judged by re-solving.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/conflict.h"
#include "solver/nlp_solve.h"
#include "nlpcheck.h"

typedef struct Case
{
	Point		p;
	CoOptions	options;
	CoConflictTask task;
	CoRelaxation relax;
	CoConflict	conflict;
} Case;

static void
begin_case(Case *c, const char *text)
{
	begin();
	memset(c, 0, sizeof *c);
	must(text, &c->p);
	co_options_default(&c->options);
	c->task = (CoConflictTask) {&arena, &c->options, c->p.model.n_row, c->p.model.n_var};
}

static void
run(Case *c, const double *near)
{
	const CoNlp *nlp = &c->p.model.nlp;

	CHECK_INT(co_conflict_relax_nlp(&c->task, nlp, c->p.model.start, near, &c->relax), CO_OK);
	CHECK_INT(co_conflict_nlp(&c->task, nlp, c->p.model.start, &c->relax, &c->conflict), CO_OK);
}

/* The members but one, by a solve of their own from x = 0.1 everywhere. */
static bool
is_feasible_without(Case *c, int left_out)
{
	CoNlp		part = c->p.model.nlp;
	size_t		n = (size_t) part.n,
				m = (size_t) part.m;
	double	   *cl = co_take_doubles(&arena, m),
			   *cu = co_take_doubles(&arena, m),
			   *xl = co_take_doubles(&arena, n),
			   *xu = co_take_doubles(&arena, n),
			   *x = co_take_doubles(&arena, n);
	CoNlpStart	start = {.x = x};
	CoSolution	sol;

	co_copy(part.m, part.cl, cl);
	co_copy(part.m, part.cu, cu);
	for (int i = 0; i < c->p.model.n_row; i++)
	{
		cl[i] = -INFINITY;
		cu[i] = INFINITY;
	}
	co_fill(part.n, -INFINITY, xl);
	co_fill(part.n, INFINITY, xu);
	co_fill(part.n, 0.1, x);
	for (int k = 0; k < c->conflict.n; k++)
	{
		int			i = c->conflict.member[k].row,
					j = c->conflict.member[k].var;

		if (k == left_out)
			continue;
		if (i >= 0)
		{
			cl[i] = c->p.model.nlp.cl[i];
			cu[i] = c->p.model.nlp.cu[i];
		}
		else
		{
			xl[j] = c->p.model.nlp.xl[j];
			xu[j] = c->p.model.nlp.xu[j];
		}
	}
	part.cl = cl;
	part.cu = cu;
	part.xl = xl;
	part.xu = xu;
	CHECK_INT(co_nlp_solve(&arena, &part, &c->options, &start, &sol), CO_OK);
	return sol.has_point && sol.residual.primal <= 1e-7;
}

static void
check_minimal(Case *c)
{
	CHECK(c->conflict.minimal);
	CHECK(!is_feasible_without(c, -1));
	for (int k = 0; k < c->conflict.n; k++)
		CHECK(is_feasible_without(c, k));
}

/* A disc and a half-plane that do not meet; what else there is does not matter. */
static void
test_disc(void)
{
	Case		c;

	begin_case(&c, "minimize exp(x) + y subject to disc: x^2 + y^2 <= 1; a: exp(x) <= 100; far: x + y >= 2; "
			   "b: x*y <= 10; c: x - y <= 50 where x in [-20, 20], y in [-20, 20]");
	run(&c, NULL);
	CHECK_INT(c.conflict.proof, CO_PROOF_LOCAL);
	CHECK_INT(c.conflict.n, 2);
	CHECK_INT(c.conflict.member[0].row, 0);
	CHECK_INT(c.conflict.member[1].row, 2);
	check_minimal(&c);

	/* at x + y = s: (2 - s) + max(0, s^2/2 - 1), least at s = sqrt(2) */
	CHECK(c.relax.known);
	CHECK_NEAR(c.relax.total, 2.0 - sqrt(2.0), 1e-6);
	CHECK_NEAR(c.relax.row_lower[2], 2.0 - sqrt(2.0), 1e-6);
	CHECK_INT(c.conflict.member[1].side, CO_SIDE_LOWER);
	end();
}

/* A conflict of bounds and a nonlinear row. */
static void
test_bounds(void)
{
	Case		c;

	begin_case(&c, "minimize z^4 + x subject to a: x*y >= 10; b: z + x <= 100 "
			   "where x in [0.5, 3], y in [0.5, 3], z in [0, inf]");
	run(&c, NULL);
	CHECK_INT(c.conflict.proof, CO_PROOF_LOCAL);
	CHECK_INT(c.conflict.n, 3);
	CHECK_INT(c.conflict.member[0].row, 0);
	CHECK_INT(c.conflict.member[1].var, 0);
	CHECK_INT(c.conflict.member[2].var, 1);
	CHECK_NEAR(c.relax.total, 1.0, 1e-6);
	end();
}

/* The linear rows alone conflict: that is proved. */
static void
test_linear_part(void)
{
	Case		c;

	begin_case(&c, "minimize exp(x) subject to a: x + y >= 3; b: exp(y) + x^2 <= 50; c: x - y == 0 "
			   "where x in [-1, 1], y in [-1, 4]");
	run(&c, NULL);
	CHECK_INT(c.conflict.proof, CO_PROOF_CERTIFICATE);
	CHECK_INT(c.conflict.n, 3);
	CHECK_INT(c.conflict.member[0].row, 0);
	CHECK_INT(c.conflict.member[1].row, 2);
	CHECK_INT(c.conflict.member[2].var, 0);
	CHECK_INT(c.conflict.member[2].side, CO_SIDE_UPPER);
	CHECK_NEAR(c.relax.total, 1.0, 1e-6);
	check_minimal(&c);
	end();
}

/* Two valleys, one of them deep enough: local means local, and is not claimed beyond. */
static void
test_local_only(void)
{
	const char *text = "feasible subject to a: x^4 - 2*x^2 + 0.3*x <= -1.2 where x in [-5, 5] start %s";
	char		buffer[200];
	double		near = 1.0;
	Case		c;

	snprintf(buffer, sizeof buffer, text, "2");
	begin_case(&c, buffer);
	run(&c, &near);
	CHECK(c.conflict.proof != CO_PROOF_CERTIFICATE);
	end();

	snprintf(buffer, sizeof buffer, text, "-1");
	begin_case(&c, buffer);
	run(&c, &near);
	CHECK_INT(c.conflict.proof, CO_PROOF_NONE);
	CHECK_INT(c.conflict.n, 0);
	CHECK_NEAR(c.relax.total, 0.0, 0.0);
	end();
}

/* A long affine form inside a formula has a row of its own, which is no member. */
static void
test_added_rows(void)
{
	Case		c;

	begin_case(&c, "feasible subject to a: exp(v + w + x + y + z) <= 1; b: v + w + x + y + z >= 1; "
			   "c: v*v + w*w <= 100");
	run(&c, NULL);
	CHECK(c.conflict.proof != CO_PROOF_NONE);
	CHECK_INT(c.conflict.n, 2);
	for (int k = 0; k < c.conflict.n; k++)
		CHECK(c.conflict.member[k].row >= 0 && c.conflict.member[k].row < 2);
	end();
}

/* Failures and cancels anywhere. */
static void
test_weather(void)
{
	for (long k = 0; k < 30; k++)
	{
		Case		c;
		CoRc		rc;

		begin_case(&c, "minimize x subject to disc: x^2 + y^2 <= 1; far: x + y >= 2");
		if (k % 2)
			host.cancel_at = host.n_poll + 11 * k;
		else
			host.fail_at = host.n_alloc + k / 2;
		rc = co_conflict_relax_nlp(&c.task, &c.p.model.nlp, NULL, NULL, &c.relax);
		if (!rc)
			rc = co_conflict_nlp(&c.task, &c.p.model.nlp, NULL, &c.relax, &c.conflict);
		CHECK(rc == CO_OK || rc == (k % 2 ? CO_CANCELED : CO_NO_MEMORY));
		end();
	}
}

CHECK_MAIN(TEST(test_disc), TEST(test_bounds), TEST(test_linear_part), TEST(test_local_only),
		   TEST(test_added_rows), TEST(test_weather))
