/*-------------------------------------------------------------------------
 *
 * t_qp_random.c
 *	  Random problems with a planted answer: never another one.
 *
 *-------------------------------------------------------------------------
 */
#include "plant.h"

#define N_FEASIBLE		1000
#define N_INFEASIBLE	1000
#define N_UNBOUNDED		300
#define QUICK			20		/* CO_QUICK, under a checker: one in so many */

static int
instances(int n)
{
	return test_quick() ? n / QUICK : n;
}

/* CO_SEED=k: other problems */
static TestRandom
begin_random(uint64_t seed)
{
	return (TestRandom) {seed + 1000 * (uint64_t) (getenv("CO_SEED") ? atoi(getenv("CO_SEED")) : 0)};
}

/* CO_ONLY=k runs one instance, CO_TEST_LOG=1 shows its iterations. */
static bool
skipped(int k)
{
	return getenv("CO_ONLY") && atoi(getenv("CO_ONLY")) != k;
}

static void
expect_status(Solved *s, const Model *model, int k, CoStatus status, const PlantKind *kind)
{
	int			before = check_failures;

	solved_begin(s, model);
	s->options.presolve = k % 3 != 0;
	solved_run(s);
	CHECK_INT(s->rc, CO_OK);
	CHECK_STR(co_status_word(s->sol.status), co_status_word(status));
	if (check_failures > before)
		printf("  ... instance %d: n %d m %d density %g rank %d degenerate %g active %g presolve %d: %s %s\n",
			   k, kind->n, kind->m, kind->density, kind->rank, kind->slack_part, kind->active_part,
			   s->options.presolve, co_status_word(s->sol.status),
			   co_termination_word(s->sol.termination));
}

static void
run_feasible(uint64_t seed, bool quadratic)
{
	TestRandom	random = begin_random(seed);
	int			iterations = 0,
				most = 0;

	for (int k = 0; k < instances(N_FEASIBLE); k++)
	{
		PlantKind	kind = plant_kind(&random, quadratic);
		PlantPoint	at;
		Model		model = plant_feasible(&random, &kind, &at);
		Solved		s;

		if (!skipped(k))
		{
			expect_status(&s, &model, k, CO_OPTIMAL, &kind);
			CHECK_NEAR(s.sol.residual.objective, at.objective, 1e-6 * fmax(1.0, fabs(at.objective)));
			iterations += s.sol.iterations;
			most = s.sol.iterations > most ? s.sol.iterations : most;
			solved_end(&s);
		}
		plant_point_end(&at);
		model_end(&model);
	}
	if (getenv("CO_VERBOSE"))
		printf("  %.1f iterations in the mean, %d at most\n", (double) iterations / instances(N_FEASIBLE), most);
}

static void
test_feasible_lp(void)
{
	run_feasible(11, false);
}

static void
test_feasible_qp(void)
{
	run_feasible(12, true);
}

static void
run_infeasible(uint64_t seed, bool quadratic)
{
	TestRandom	random = begin_random(seed);

	for (int k = 0; k < instances(N_INFEASIBLE); k++)
	{
		PlantKind	kind = plant_kind(&random, quadratic);
		double		gap = pow(10.0, 1.0 - 3.0 * test_uniform(&random));
		Model		model = plant_infeasible(&random, &kind, gap);
		Solved		s;

		if (!skipped(k))
		{
			expect_status(&s, &model, k, CO_INFEASIBLE, &kind);
			solved_end(&s);
		}
		model_end(&model);
	}
}

static void
test_infeasible_lp(void)
{
	run_infeasible(13, false);
}

static void
test_infeasible_qp(void)
{
	run_infeasible(14, true);
}

static void
run_unbounded(uint64_t seed, bool quadratic)
{
	TestRandom	random = begin_random(seed);

	for (int k = 0; k < instances(N_UNBOUNDED); k++)
	{
		PlantKind	kind = plant_kind(&random, quadratic);
		Model		model = plant_unbounded(&random, &kind);
		Solved		s;

		if (!skipped(k))
		{
			expect_status(&s, &model, k, CO_UNBOUNDED, &kind);
			solved_end(&s);
		}
		model_end(&model);
	}
}

static void
test_unbounded_lp(void)
{
	run_unbounded(15, false);
}

static void
test_unbounded_qp(void)
{
	run_unbounded(16, true);
}

CHECK_MAIN(TEST(test_feasible_lp), TEST(test_feasible_qp), TEST(test_infeasible_lp),
		   TEST(test_infeasible_qp), TEST(test_unbounded_lp), TEST(test_unbounded_qp))
