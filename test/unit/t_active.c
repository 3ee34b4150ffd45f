/*-------------------------------------------------------------------------
 *
 * t_active.c
 *	  The active-set solver on random problems with a planted answer, against
 *	  the interior point, and where it is hard: degenerate, dependent,
 *	  indefinite, elastic, infeasible, unbounded; warm, and under bad weather.
 *
 *-------------------------------------------------------------------------
 */
#include "plant.h"

#include "solver/active.h"

#define N_FEASIBLE		1000
#define N_INFEASIBLE	500
#define N_UNBOUNDED		300
#define N_INDEFINITE	300
#define QUICK			20		/* CO_QUICK, under a checker: one in so many */

/* What the solver promises of scaled residuals, and what is left of it unscaled. */
#define RESIDUAL		1e-7
#define OBJECTIVE		1e-6

static int
instances(int n)
{
	return test_quick() ? n / QUICK : n;
}

/* CO_ONLY=k runs one instance. */
static bool
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

static void
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

static void
run_end(Run *run)
{
	co_arena_free(&run->arena);
	CHECK_INT(run->host.live, 0);
}

/* The signs and zeros that the working set promises. */
static void
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

static void
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

static void
explain(const char *what, int k, const PlantKind *kind, const Run *run, int before)
{
	if (check_failures > before)
		printf("  ... %s %d: n %d m %d density %g rank %d degenerate %g active %g: verdict %d, %d pivots\n",
			   what, k, kind->n, kind->m, kind->density, kind->rank, kind->slack_part,
			   kind->active_part, run->out.verdict, run->out.pivots);
}

/* Cold, and again from the working set of the answer, which needs no pivots. */
static void
run_feasible(uint64_t seed, bool quadratic)
{
	TestRandom	random = {seed};
	int			pivots = 0,
				factorizations = 0;

	for (int k = 0; k < instances(N_FEASIBLE); k++)
	{
		PlantKind	kind = plant_kind(&random, quadratic);
		PlantPoint	at;
		Model		model = plant_feasible(&random, &kind, &at);
		int			before = check_failures;
		Run			run;

		if (!skipped(k))
		{
			run_begin(&run, &model);
			run_solve(&run, false);
			CHECK_INT(run.out.verdict, CO_ACTIVE_OPTIMAL);
			CHECK_NEAR(run.residual.objective, at.objective, OBJECTIVE * fmax(1.0, fabs(at.objective)));
			explain("cold", k, &kind, &run, before);
			pivots += run.out.pivots;
			factorizations += run.out.factorizations;
			run_solve(&run, true);
			CHECK_INT(run.out.verdict, CO_ACTIVE_OPTIMAL);
			CHECK_INT(run.out.pivots, 0);
			CHECK_INT(run.out.factorizations, 1);
			CHECK_NEAR(run.residual.objective, at.objective, OBJECTIVE * fmax(1.0, fabs(at.objective)));
			explain("warm", k, &kind, &run, before);
			run_end(&run);
		}
		plant_point_end(&at);
		model_end(&model);
	}
	if (getenv("CO_VERBOSE"))
		printf("  %.1f pivots, %.1f factorizations in the mean\n", (double) pivots / instances(N_FEASIBLE),
			   (double) factorizations / instances(N_FEASIBLE));
}

static void
test_feasible_lp(void)
{
	run_feasible(21, false);
}

static void
test_feasible_qp(void)
{
	run_feasible(22, true);
}

static void
run_infeasible(uint64_t seed, bool quadratic)
{
	TestRandom	random = {seed};

	for (int k = 0; k < instances(N_INFEASIBLE); k++)
	{
		PlantKind	kind = plant_kind(&random, quadratic);
		double		gap = pow(10.0, 1.0 - 3.0 * test_uniform(&random)),
					margin = -1.0;
		Model		model = plant_infeasible(&random, &kind, gap);
		int			before = check_failures;
		Run			run;

		if (!skipped(k))
		{
			run_begin(&run, &model);
			run_solve(&run, false);
			CHECK_INT(run.out.verdict, CO_ACTIVE_INFEASIBLE);
			CHECK_INT(co_qp_check_infeasible(&run.arena, &run.qp, run.out.point.y, &margin), CO_OK);
			CHECK(margin > 0.0);
			explain("infeasible", k, &kind, &run, before);
			run_end(&run);
		}
		model_end(&model);
	}
}

static void
test_infeasible(void)
{
	run_infeasible(23, false);
	run_infeasible(24, true);
}

static void
run_unbounded(uint64_t seed, bool quadratic)
{
	TestRandom	random = {seed};

	for (int k = 0; k < instances(N_UNBOUNDED); k++)
	{
		PlantKind	kind = plant_kind(&random, quadratic);
		Model		model = plant_unbounded(&random, &kind);
		double		margin = -1.0;
		int			before = check_failures;
		Run			run;

		if (!skipped(k))
		{
			run_begin(&run, &model);
			run_solve(&run, false);
			CHECK_INT(run.out.verdict, CO_ACTIVE_UNBOUNDED);
			if (run.out.ray)
				CHECK_INT(co_qp_check_unbounded(&run.arena, &run.qp, run.out.ray, &margin), CO_OK);
			CHECK(margin > 0.0);
			explain("unbounded", k, &kind, &run, before);
			run_end(&run);
		}
		model_end(&model);
	}
}

static void
test_unbounded(void)
{
	run_unbounded(25, false);
	run_unbounded(26, true);
}

CHECK_MAIN(TEST(test_feasible_lp), TEST(test_feasible_qp), TEST(test_infeasible), TEST(test_unbounded))
