/*-------------------------------------------------------------------------
 *
 * t_active_hard.c
 *	  The active-set solver where it is hard: degenerate and dependent, odd
 *	  shapes, wrong hints, numbers that change, limits, and what the host may
 *	  do to it.
 *
 *-------------------------------------------------------------------------
 */
#include "active_run.h"

#define N_RANDOM		300

/*
 * Degenerate vertices where a rule of most negative reduced costs goes in
 * circles: Beale's example, Kuhn's, and one of Marshall and Suurballe.
 */
static Model
make_cycling(int which)
{
	static const double cost[3][4] = {{-0.75, 150.0, -0.02, 6.0}, {-2.0, -3.0, 1.0, 12.0}, {-10.0, 57.0, 9.0, 24.0}};
	static const double row[3][3][4] = {
		{{0.25, -60.0, -0.04, 9.0}, {0.5, -90.0, -0.02, 3.0}, {0.0, 0.0, 1.0, 0.0}},
		{{-2.0, -9.0, 1.0, 9.0}, {1.0 / 3.0, 1.0, -1.0 / 3.0, -2.0}, {2.0, 3.0, -1.0, -12.0}},
		{{0.5, -5.5, -2.5, 9.0}, {0.5, -1.5, -0.5, 1.0}, {1.0, 0.0, 0.0, 0.0}}
	};
	static const double side[3] = {1.0, 2.0, 1.0};
	Model		model = model_begin(4, 3);

	for (int j = 0; j < 4; j++)
	{
		model.c[j] = cost[which][j];
		for (int i = 0; i < 3; i++)
			if (row[which][i][j] != 0.0)
				model_a(&model, i, j, row[which][i][j]);
	}
	for (int i = 0; i < 3; i++)
		model_row(&model, i, -INFINITY, i == 2 ? side[which] : 0.0);
	return model;
}

static void
test_cycling_examples(void)
{
	static const double optimum[] = {-0.05, -2.0, -1.0};

	for (int which = 0; which < 3; which++)
	{
		Model		model = make_cycling(which);
		Run			run;

		run_begin(&run, &model);
		run_solve(&run, false);
		CHECK_INT(run.out.verdict, CO_ACTIVE_OPTIMAL);
		CHECK_NEAR(run.residual.objective, optimum[which], OBJECTIVE);
		CHECK(run.out.pivots < 100);
		run_end(&run);
		model_end(&model);
	}
}

/* An assignment problem, all of whose vertices are degenerate, with every row twice. */
static void
test_degenerate_assignment(void)
{
	TestRandom	random = {31};
	int			side = 8;

	for (int k = 0; k < 20; k++)
	{
		Model		model = model_begin(side * side, 4 * side);
		Run			run;
		Solved		s;

		for (int i = 0; i < side; i++)
			for (int j = 0; j < side; j++)
				for (int copy = 0; copy < 2; copy++)
				{
					model_a(&model, 4 * i + copy, i * side + j, 1.0);
					model_a(&model, 4 * j + 2 + copy, i * side + j, 1.0);
					model.c[i * side + j] = test_int(&random, 5);
				}
		for (int i = 0; i < 4 * side; i++)
			model_row(&model, i, 1.0, 1.0);
		run_begin(&run, &model);
		run_solve(&run, false);
		CHECK_INT(run.out.verdict, CO_ACTIVE_OPTIMAL);
		solved_begin(&s, &model);
		s.rc = co_qp_solve(&s.arena, &s.qp, &s.options, NULL, &s.sol);
		CHECK_NEAR(run.residual.objective, s.sol.residual.objective, OBJECTIVE * fmax(1.0, s.sol.residual.objective));
		co_arena_free(&s.arena);
		run_end(&run);
		model_end(&model);
	}
}

/* No variables, no rows, nothing free, nothing held, rows that say nothing. */
static void
test_shapes(void)
{
	for (int which = 0; which < 6; which++)
	{
		static const int n[] = {0, 0, 2, 2, 3, 1},
					m[] = {0, 2, 0, 1, 2, 0};
		Model		model = model_begin(n[which], m[which]);
		Run			run;

		for (int j = 0; j < model.n; j++)
		{
			model_p(&model, j, j, 2.0);
			model.c[j] = j + 1.0;
			model_bounds(&model, j, -INFINITY, INFINITY);
		}
		if (which == 1)
			model_row(&model, 1, -1.0, 1.0);
		if (which == 3)
			model_row(&model, 0, 0.0, 0.0);
		if (which == 4)
			for (int j = 0; j < model.n; j++)
				model_bounds(&model, j, j, j);
		if (which == 5)
			model_bounds(&model, 0, -0.25, 7.0);
		run_begin(&run, &model);
		run_solve(&run, false);
		CHECK_INT(run.out.verdict, CO_ACTIVE_OPTIMAL);
		for (int j = 0; j < model.n && which != 4; j++)
			CHECK_NEAR(run.out.point.x[j], which == 5 ? -0.25 : -0.5 * (j + 1), 1e-9);
		run_end(&run);
		model_end(&model);
	}
}

/* An empty row with a side that 0 is not on, sides that cross, and no elastic price for bounds. */
static void
test_plainly_infeasible(void)
{
	for (int which = 0; which < 3; which++)
	{
		Model		model = model_begin(1, 1);
		Run			run;

		if (which == 0)
			model_row(&model, 0, 1.0, 2.0);
		else if (which == 1)
			model_row(&model, 0, 2.0, 1.0);
		else
			model_bounds(&model, 0, 1.0, 0.0);
		run_begin(&run, &model);
		run_solve(&run, false);
		CHECK_INT(run.out.verdict, CO_ACTIVE_INFEASIBLE);
		run_end(&run);
		model_end(&model);
	}
}

/* A wrong hint costs time and nothing else: random working sets and points. */
static void
test_wrong_hints(void)
{
	TestRandom	random = {32};

	for (int k = 0; k < instances(N_RANDOM); k++)
	{
		PlantKind	kind = plant_kind(&random, true);
		PlantPoint	at;
		Model		model = plant_feasible(&random, &kind, &at);
		CoQpPoint	start = {model_vector(model.n, 0.0), model_vector(model.m, 0.0), model_vector(model.n, NAN)};
		int			before = check_failures;
		Run			run;

		run_begin(&run, &model);
		for (int j = 0; j < model.n; j++)
		{
			run.set.col[j] = (signed char) (test_int(&random, 7) - 3);
			start.x[j] = test_int(&random, 5) ? 1e3 * test_normal(&random) : NAN;
		}
		for (int i = 0; i < model.m; i++)
		{
			run.set.row[i] = (signed char) (test_int(&random, 7) - 3);
			start.y[i] = 1e3 * test_normal(&random);
		}
		run.out.point = start;
		run_solve(&run, true);
		CHECK_INT(run.out.verdict, CO_ACTIVE_OPTIMAL);
		CHECK_NEAR(run.residual.objective, at.objective, OBJECTIVE * fmax(1.0, fabs(at.objective)));
		explain("wrong hint", k, &kind, &run, before);
		run_end(&run);
		plant_point_end(&at);
		free(start.x);
		free(start.y);
		free(start.z);
		model_end(&model);
	}
}

/* Numbers that change between solves of one object: the new ones count. */
static void
test_changed_numbers(void)
{
	TestRandom	random = {33};
	PlantKind	kind = {20, 15, 1.0, 12, 0.3, 0.6};
	PlantPoint	at;
	Model		model = plant_feasible(&random, &kind, &at);
	Run			run;

	run_begin(&run, &model);
	run_solve(&run, false);
	for (int k = 0; k < 50; k++)
	{
		Run			fresh;

		for (int l = 0; l < run.qp.a.start[run.qp.n]; l++)
			run.qp.a.value[l] *= 1.0 + 0.05 * test_normal(&random);
		for (int l = 0; l < (int) model.a.count; l++)
			model.a.value[l] = 0.0;
		for (int j = 0; j < model.n; j++)
			model.c[j] *= 1.0 + 0.05 * test_normal(&random);
		run.options.elastic = 100.0;
		run_solve(&run, k % 2);
		CHECK_INT(run.out.verdict, CO_ACTIVE_OPTIMAL);
		run_begin(&fresh, &model);
		fresh.qp = run.qp;
		fresh.options.elastic = 100.0;
		run_solve(&fresh, false);
		CHECK_NEAR(run.residual.objective + 100.0 * run.out.elastic_sum,
				   fresh.residual.objective + 100.0 * fresh.out.elastic_sum, OBJECTIVE * fmax(1.0, fabs(fresh.residual.objective)));
		run_end(&fresh);
	}
	run_end(&run);
	plant_point_end(&at);
	model_end(&model);
}

static void
test_pivot_limit(void)
{
	TestRandom	random = {34};
	PlantKind	kind = {60, 40, 1.0, 0, 0.3, 0.9};
	PlantPoint	at;
	Model		model = plant_feasible(&random, &kind, &at);
	Run			run;

	run_begin(&run, &model);
	run.options.max_pivots = 5;
	run_solve(&run, false);
	CHECK_INT(run.out.verdict, CO_ACTIVE_PIVOT_LIMIT);
	CHECK(co_all_finite(model.n, run.out.point.x));
	run_end(&run);
	plant_point_end(&at);
	model_end(&model);
}

static void
test_not_finite(void)
{
	for (int which = 0; which < 3; which++)
	{
		Model		model = model_begin(2, 1);
		Run			run;

		model_p(&model, 0, 0, which == 0 ? NAN : 1.0);
		model_a(&model, 0, 1, which == 1 ? INFINITY : 1.0);
		model.c[1] = which == 2 ? NAN : 1.0;
		run_begin(&run, &model);
		CHECK_INT(co_active_solve(run.active, &run.options, &run.set, NULL, &run.out), CO_NOT_FINITE);
		run_end(&run);
		model_end(&model);
	}
}

/* Weather: small, degenerate, sparse, infeasible, unbounded, indefinite, elastic. */
#define N_KINDS	7
#define ELASTIC_KIND 6
#define WEATHER_STEP (test_quick() > 1 ? 7 : 1)

static Model
make_weather(int which)
{
	static const PlantKind kinds[N_KINDS] = {
		{8, 5, 1.0, 4, 0.0, 0.5}, {20, 15, 1.0, 0, 0.5, 0.9}, {90, 60, 0.03, 40, 0.0, 0.5},
		{12, 8, 0.5, 3, 0.0, 0.5}, {12, 8, 0.5, 3, 0.0, 0.5}, {9, 4, 1.0, 4, 0.0, 0.5}, {12, 8, 0.5, 3, 0.0, 0.5}
	};
	TestRandom	random = {(uint64_t) which + 3};
	PlantPoint	at;
	Model		model;

	if (which == 3 || which == ELASTIC_KIND)
		model = plant_infeasible(&random, &kinds[which], 0.1);
	else if (which == 4)
		model = plant_unbounded(&random, &kinds[which]);
	else
	{
		if (which == 5)
			model = make_indefinite(&random, &kinds[5], &at);
		else
			model = plant_feasible(&random, &kinds[which], &at);
		plant_point_end(&at);
	}
	for (int j = 0; j < model.n && which == ELASTIC_KIND; j++)
		model_p(&model, j, j, 0.1);
	return model;
}

static void
begin_weather(Run *run, const Model *model, int which)
{
	run_begin(run, model);
	run->options.elastic = which == ELASTIC_KIND ? 10.0 : 0.0;
}

static CoRc
solve_in_weather(Run *run)
{
	run->rc = co_active_solve(run->active, &run->options, &run->set, NULL, &run->out);
	return run->rc;
}

static void
test_every_allocation_fails(void)
{
	long		total = 0;

	for (int which = 0; which < N_KINDS; which++)
		for (int driver = 0; driver < 2; driver++)
		{
			Model		model = make_weather(which);
			long		n_alloc = 1;

			for (long k = -1; k < n_alloc; k += k < 0 ? 1 : WEATHER_STEP)
			{
				TestHost	host;
				CoArena		arena;
				CoQp		qp;
				CoActive   *active;
				CoActiveOptions how;
				CoActiveOutcome out;
				CoOptions	options;
				CoSolution	sol;
				long		before;
				CoRc		rc = CO_OK;

				test_host_init(&host);
				co_arena_init(&arena, &host.env, SIZE_MAX);
				CHECK_INT(model_qp(&arena, &model, &qp), CO_OK);
				co_options_default(&options);
				co_active_options_default(&how);
				before = host.n_alloc;
				host.fail_at = k < 0 ? -1 : before + k;
				if (driver)
					rc = co_active_qp_solve(&arena, &qp, &options, NULL, NULL, &sol);
				else
					rc = co_active_new(&arena, &qp, &active);
				if (!driver && !rc)
					rc = co_active_solve(active, &how, NULL, NULL, &out);
				CHECK_INT(rc, k < 0 ? CO_OK : CO_NO_MEMORY);
				if (k < 0)
					n_alloc = host.n_alloc - before;
				co_arena_free(&arena);
				CHECK_INT(host.live, 0);
			}
			total += n_alloc;
			if (getenv("CO_VERBOSE"))
				printf("  kind %d driver %d: %ld allocations\n", which, driver, n_alloc), fflush(stdout);
			model_end(&model);
		}
	CHECK(total > 2 * N_KINDS);
}

static void
test_cancel_at_every_poll(void)
{
	for (int which = 0; which < N_KINDS; which++)
	{
		Model		model = make_weather(which);
		long		n_poll = 1;

		for (long k = -1; k < n_poll; k += k < 0 ? 1 : WEATHER_STEP)
		{
			Run			run;

			begin_weather(&run, &model, which);
			run.host.n_poll = 0;
			run.host.cancel_at = k < 0 ? 1000000000 : k;
			CHECK_INT(solve_in_weather(&run), k < 0 ? CO_OK : CO_CANCELED);
			if (k < 0)
				n_poll = run.host.n_poll;
			else
				CHECK_INT(run.host.n_poll, k + 1);	/* it asked no more */

			/* the object is as good as before */
			run.host.cancel_at = -1;
			CHECK_INT(solve_in_weather(&run), CO_OK);
			run_end(&run);
		}
		CHECK(n_poll > 2);
		if (getenv("CO_VERBOSE"))
			printf("  kind %d: %ld polls\n", which, n_poll), fflush(stdout);
		model_end(&model);
	}
}

/* A time limit is a status, at once or in the middle, and the predicted memory is enough. */
static void
test_limits(void)
{
	static const double limits[] = {0.0, 1e-6, 1e-5, 1e-4, 1e-3, 1e20};

	for (int which = 0; which < N_KINDS; which++)
		for (int l = 0; l < 6; l++)
		{
			Model		model = make_weather(which);
			Solved		s;

			solved_begin(&s, &model);
			s.options.time_limit = limits[l];
			s.arena.peak = s.arena.used;
			s.rc = co_active_qp_solve(&s.arena, &s.qp, &s.options, NULL, NULL, &s.sol);
			CHECK_INT(s.rc, CO_OK);
			if (l == 0 && s.sol.status != CO_INFEASIBLE)
				CHECK_STR(co_termination_word(s.sol.termination), "time_limit");
			if (l == 5)
			{
				CHECK(s.sol.status == CO_OPTIMAL || s.sol.status == CO_INFEASIBLE || s.sol.status == CO_UNBOUNDED);
				CHECK(s.sol.memory_peak <= s.sol.memory_predicted);
			}
			check_answer(&s);
			CHECK(!(s.arena.deadline < INFINITY));
			co_arena_free(&s.arena);
			CHECK_INT(s.host.live, 0);
			model_end(&model);
		}
}

/* The driver with and without presolve, cold and from its own working set, says the same. */
static void
test_driver(void)
{
	TestRandom	random = {35};

	for (int k = 0; k < instances(N_RANDOM); k++)
	{
		PlantKind	kind = plant_kind(&random, k % 2);
		PlantPoint	at;
		Model		model = plant_feasible(&random, &kind, &at);
		CoActiveSet set;
		CoQpPoint	start;
		Solved		s;

		solved_begin(&s, &model);
		set.row = co_take_zero(&s.arena, (size_t) model.m, 1);
		set.col = co_take_zero(&s.arena, (size_t) model.n, 1);
		for (int round = 0; round < 3; round++)
		{
			s.options.presolve = k % 3 > 0;
			s.rc = co_active_qp_solve(&s.arena, &s.qp, &s.options, round ? &start : NULL, round < 2 ? &set : NULL, &s.sol);
			CHECK_INT(s.rc, CO_OK);
			CHECK_STR(co_status_word(s.sol.status), "optimal");
			CHECK_NEAR(s.sol.residual.objective, at.objective, OBJECTIVE * fmax(1.0, fabs(at.objective)));
			check_answer(&s);
			start = s.sol.point;
			if (round == 1 && k % 3 == 0)
				CHECK_INT(s.sol.iterations, 0);
		}
		co_arena_free(&s.arena);
		plant_point_end(&at);
		model_end(&model);
	}
}

CHECK_MAIN(TEST(test_cycling_examples), TEST(test_degenerate_assignment), TEST(test_shapes), TEST(test_plainly_infeasible),
		   TEST(test_wrong_hints), TEST(test_changed_numbers), TEST(test_pivot_limit), TEST(test_not_finite),
		   TEST(test_every_allocation_fails), TEST(test_cancel_at_every_poll), TEST(test_limits), TEST(test_driver))
