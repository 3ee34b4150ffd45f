/*-------------------------------------------------------------------------
 *
 * active_run.h
 *	  One problem before the active-set solver, and the checks every answer
 *	  must pass.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ACTIVE_RUN_H
#define ACTIVE_RUN_H

#include "plant.h"

#include "solver/active.h"

#define QUICK			20		/* CO_QUICK, under a checker: one in so many */

/* What the solver promises of scaled residuals, and what is left of it unscaled. */
#define RESIDUAL		1e-7
#define OBJECTIVE		1e-6

static inline int
instances(int n)
{
	return test_quick() ? n / QUICK : n;
}

/* CO_ONLY=k runs one instance. */
static inline bool
skipped(int k)
{
	return getenv("CO_ONLY") && atoi(getenv("CO_ONLY")) != k;
}

/* One problem, its solver, a working set and the last outcome. */
typedef struct Run
{
	TestHost	host;
	CoArena		arena;
	CoQp		qp;
	CoActive   *active;
	CoActiveOptions options;
	CoActiveSet set;
	CoActiveOutcome out;
	CoResidual	residual;
	CoRc		rc;
} Run;

static inline void
run_begin(Run *run, const Model *model)
{
	memset(run, 0, sizeof *run);
	test_host_init(&run->host);
	co_arena_init(&run->arena, &run->host.env, SIZE_MAX);
	CHECK_INT(model_qp(&run->arena, model, &run->qp), CO_OK);
	co_active_options_default(&run->options);
	run->set.row = co_take_zero(&run->arena, (size_t) model->m, 1);
	run->set.col = co_take_zero(&run->arena, (size_t) model->n, 1);
	CHECK_INT(co_active_new(&run->arena, &run->qp, &run->active), CO_OK);
}

static inline void
run_end(Run *run)
{
	co_arena_free(&run->arena);
	CHECK_INT(run->host.live, 0);
}

/* The signs and zeros that the working set promises. */
static inline void
check_set(const Run *run)
{
	const CoQpPoint *at = &run->out.point;

	for (int j = 0; j < run->qp.n; j++)
	{
		CHECK(at->x[j] >= run->qp.xl[j] && at->x[j] <= run->qp.xu[j]);
		CHECK(run->set.col[j] * at->z[j] >= 0.0);
		if (run->set.col[j] == CO_ACTIVE_FREE)
			CHECK(at->z[j] == 0.0);
		else
			CHECK(at->x[j] == (run->set.col[j] < 0 ? run->qp.xl[j] : run->qp.xu[j]));
	}
	for (int i = 0; i < run->qp.m; i++)
	{
		CHECK(run->set.row[i] * at->y[i] >= 0.0);
		if (run->set.row[i] == CO_ACTIVE_FREE)
			CHECK(at->y[i] == 0.0);
	}
}

static inline void
run_solve(Run *run, bool from_answer)
{
	run->rc = co_active_solve(run->active, &run->options, &run->set, from_answer ? &run->out.point : NULL, &run->out);
	CHECK_INT(run->rc, CO_OK);
	if (run->rc || run->out.verdict != CO_ACTIVE_OPTIMAL)
		return;
	CHECK_INT(co_qp_residual(&run->arena, &run->qp, &run->out.point, &run->residual), CO_OK);
	check_set(run);
	if (run->options.elastic > 0.0 || run->out.curved)
		return;
	CHECK(run->residual.primal <= RESIDUAL * fmax(1.0, run->residual.primal_scale));
	CHECK(run->residual.dual <= RESIDUAL * fmax(1.0, run->residual.dual_scale));
	CHECK(run->residual.gap <= OBJECTIVE * fmax(1.0, run->residual.gap_scale));
}

static inline void
explain(const char *what, int k, const PlantKind *kind, const Run *run, int before)
{
	if (check_failures > before)
		printf("  ... %s %d: n %d m %d density %g rank %d degenerate %g active %g: verdict %d, %d pivots\n",
			   what, k, kind->n, kind->m, kind->density, kind->rank, kind->slack_part,
			   kind->active_part, run->out.verdict, run->out.pivots);
}

/* A random problem with a P of both signs in a box, sometimes degenerate. */
static inline Model
make_indefinite(TestRandom *random, const PlantKind *kind, PlantPoint *at)
{
	Model		model = plant_feasible(random, kind, at);

	for (int j = 0; j < model.n; j++)
	{
		model_p(&model, j, j, -2.0 * test_uniform(random));
		model.xl[j] = fmax(model.xl[j], at->x[j] - 3.0);
		model.xu[j] = fmin(model.xu[j], at->x[j] + 3.0);
	}
	return model;
}

#endif							/* ACTIVE_RUN_H */
