/*-------------------------------------------------------------------------
 *
 * t_sift.c
 *	  Sifting gives the whole problem's solution, or says that it does not.
 *
 *-------------------------------------------------------------------------
 */
#include "plant.h"

#include "solver/convex.h"

#define N_RANDOM	40
#define N_QUICK		4			/* CO_QUICK, under a checker */

/* Many variables, few rows, most of the variables at a bound. */
static PlantKind
wide_kind(TestRandom *random, bool quadratic)
{
	PlantKind	kind = {.n = quadratic ? 400 + test_int(random, 400) : 2000 + test_int(random, 2000)};

	kind.m = test_int(random, kind.n / (quadratic ? 40 : 100));
	kind.density = quadratic || test_int(random, 2) ? 1.0 : 0.05;
	kind.rank = quadratic ? 1 + test_int(random, 30) : 0;
	kind.slack_part = test_int(random, 2) ? 0.0 : 0.2;
	kind.active_part = 0.97;
	return kind;
}

/* Who rests at an upper bound, or is fixed, rests at a lower one instead. */
static void
rest_low(Model *model, TestRandom *random, PlantPoint *at)
{
	for (int j = 0; j < model->n; j++)
	{
		if (at->x[j] != model->xu[j])
			continue;
		model->xl[j] = at->x[j];
		model->xu[j] = test_int(random, 2) ? INFINITY : at->x[j] + 1.0;
		at->z[j] = -fabs(at->z[j]);
	}
	plant_cost(model, at);
}

static bool
was_sifted(const CoSolution *sol)
{
	return strncmp(sol->reason, "sifting", 7) == 0;
}

static void
run_feasible(uint64_t seed, bool quadratic)
{
	TestRandom	random = {seed};
	int			n_sifted = 0,
				n_random = test_quick() ? N_QUICK : N_RANDOM;

	for (int k = 0; k < n_random; k++)
	{
		PlantKind	kind = wide_kind(&random, quadratic);
		PlantPoint	at;
		Model		model = plant_feasible(&random, &kind, &at);
		Solved		s;

		rest_low(&model, &random, &at);
		solved_begin(&s, &model);
		s.options.presolve = k % 2 == 0;
		solved_run(&s);
		CHECK_INT(s.rc, CO_OK);
		CHECK_STR(co_status_word(s.sol.status), "optimal");
		CHECK_NEAR(s.sol.residual.objective, at.objective, 1e-6 * fmax(1.0, fabs(at.objective)));
		n_sifted += was_sifted(&s.sol);
		if (was_sifted(&s.sol))
			CHECK_INT(s.sol.n_log > 0, true);
		solved_end(&s);
		plant_point_end(&at);
		model_end(&model);
	}
	if (getenv("CO_VERBOSE"))
		printf("  %d of %d sifted\n", n_sifted, n_random);
	CHECK(2 * n_sifted >= n_random);
}

static void
test_linear(void)
{
	run_feasible(21, false);
}

static void
test_quadratic(void)
{
	run_feasible(22, true);
}

/* The same answer as without: x of a strictly convex problem is unique. */
static void
test_same(void)
{
	TestRandom	random = {23};
	Model		model = model_begin(500, 3);
	CoSolution	whole;
	Solved		s;

	for (int j = 0; j < model.n; j++)
	{
		model.c[j] = (j % 5 == 0 ? -1.0 : 1.0) * (j % 20 < 2 ? 0.1 : 1.0 + test_uniform(&random));
		model_p(&model, j, j, 0.5 + test_uniform(&random));
		for (int i = 0; i < j; i++)
			model_p(&model, j, i, 1e-3);
		model_bounds(&model, j, j % 5 == 0 ? -INFINITY : -0.25, j % 5 == 0 ? 0.5 : INFINITY);
		model_a(&model, 0, j, 1.0);
		model_a(&model, 1 + j % 2, j, test_normal(&random));
	}
	model_row(&model, 0, -100.0, -100.0);
	model_row(&model, 1, -INFINITY, 1.0);
	model_row(&model, 2, -2.0, 2.0);
	solved_begin(&s, &model);
	solved_run(&s);
	CHECK_STR(co_status_word(s.sol.status), "optimal");
	CHECK(was_sifted(&s.sol));
	CHECK_INT(co_qp_solve_directly(&s.arena, &s.qp, &s.options, &whole), CO_OK);
	CHECK_STR(co_status_word(whole.status), "optimal");
	CHECK(!was_sifted(&whole));
	for (int j = 0; j < model.n; j++)
	{
		CHECK_NEAR(s.sol.point.x[j], whole.point.x[j], 1e-7);
		CHECK_NEAR(s.sol.point.z[j], whole.point.z[j], 1e-6);
	}
	for (int i = 0; i < model.m; i++)
		CHECK_NEAR(s.sol.point.y[i], whole.point.y[i], 1e-6);
	solved_end(&s);
	model_end(&model);
}

/* Infeasible over the first set, feasible over the whole; and infeasible over both. */
static void
test_infeasible_first(void)
{
	for (int whole = 0; whole < 2; whole++)
	{
		Model		model = model_begin(600, 2);
		Solved		s;

		for (int j = 0; j < model.n; j++)
		{
			model.c[j] = 1.0 + 0.001 * j;
			model_bounds(&model, j, 0.0, 1.0);
			model_a(&model, 0, j, 1.0);

			/* only three variables, none of them among the first, serve row 1 */
			if (j >= 497 && j < 500)
				model_a(&model, 1, j, 1.0);
		}
		model_row(&model, 0, 4.0, INFINITY);
		model_row(&model, 1, whole ? 3.5 : 2.5, INFINITY);
		solved_begin(&s, &model);
		s.options.presolve = false;
		solved_run(&s);
		CHECK_STR(co_status_word(s.sol.status), whole ? "infeasible" : "optimal");
		if (!whole)
			CHECK_NEAR(s.sol.point.x[497], 1.0, 1e-7);
		solved_end(&s);
		model_end(&model);
	}
}

static void
test_infeasible(void)
{
	TestRandom	random = {24};

	for (int k = 0; k < (test_quick() > 1 ? 1 : test_quick() ? N_QUICK : N_RANDOM); k++)
	{
		PlantKind	kind = wide_kind(&random, k % 2 == 0);
		Model		model;
		Solved		s;

		kind.m++;
		model = plant_infeasible(&random, &kind, 0.5);
		solved_begin(&s, &model);
		solved_run(&s);
		CHECK_STR(co_status_word(s.sol.status), "infeasible");
		solved_end(&s);
		model_end(&model);
	}
}

/* Most variables leave their bounds: sifting gives up and costs little. */
static void
test_gives_up(void)
{
	Model		model = model_begin(2000, 1);
	Solved		s;

	for (int j = 0; j < model.n; j++)
	{
		model.c[j] = -1.0 - 0.001 * (j % 7);
		model_p(&model, j, j, 1.0);
		model_a(&model, 0, j, 1.0);
	}
	model_row(&model, 0, -INFINITY, 1500.0);
	solved_begin(&s, &model);
	solved_run(&s);
	CHECK_STR(co_status_word(s.sol.status), "optimal");
	CHECK(!was_sifted(&s.sol));
	solved_end(&s);
	model_end(&model);
}

CHECK_MAIN(TEST(test_linear), TEST(test_quadratic), TEST(test_same), TEST(test_infeasible_first),
		   TEST(test_infeasible), TEST(test_gives_up))
