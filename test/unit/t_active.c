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
#define N_INDEFINITE	500
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

			/* a second one where a multiplier of 0 leaves the inertia open */
			CHECK(run.out.factorizations <= 1 + quadratic);
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

/* A random problem with a P of both signs in a box, sometimes degenerate. */
static Model
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

/* A side whose multiplier is 0: to tell a minimizer from a saddle there is hard. */
static bool
has_weak_side(const Run *run)
{
	for (int j = 0; j < run->qp.n; j++)
		if (run->set.col[j] && fabs(run->out.point.z[j]) < 1e-7)
			return true;
	for (int i = 0; i < run->qp.m; i++)
		if (run->set.row[i] && fabs(run->out.point.y[i]) < 1e-7)
			return true;
	return false;
}

/*
 * No point near by is feasible and better: random directions, cut off at the
 * sides, from a point that may rest on some.
 */
static void
check_local_minimizer(Run *run, TestRandom *random)
{
	const CoQp *qp = &run->qp;
	const double *x = run->out.point.x;
	double	   *d = model_vector(qp->n, 0.0),
			   *ad = model_vector(qp->m, 0.0),
			   *ax = model_vector(qp->m, 0.0),
			   *g = model_vector(qp->n, 0.0);

	co_copy(qp->n, qp->c, g);
	co_csc_symmul_add(&qp->p, 1.0, x, g);
	co_csc_mul_add(&qp->a, 1.0, x, ax);
	for (int k = 0; k < 50; k++)
	{
		double		t = 1e-3,
					change;
		bool		feasible = true;

		for (int j = 0; j < qp->n; j++)
		{
			d[j] = test_normal(random);
			if ((d[j] < 0.0 && x[j] <= qp->xl[j]) || (d[j] > 0.0 && x[j] >= qp->xu[j]))
				d[j] = 0.0;
			if (x[j] + t * d[j] < qp->xl[j] || x[j] + t * d[j] > qp->xu[j])
				d[j] = 0.0;
		}
		co_fill(qp->m, 0.0, ad);
		co_csc_mul_add(&qp->a, 1.0, d, ad);
		for (int i = 0; i < qp->m; i++)
			feasible = feasible && ax[i] + t * ad[i] >= qp->cl[i] && ax[i] + t * ad[i] <= qp->cu[i];
		change = t * co_dot(qp->n, g, d) + 0.5 * t * t * co_csc_quadratic(&qp->p, d);
		if (feasible)
			CHECK(change >= -1e-9);
	}
	free(d);
	free(ad);
	free(ax);
	free(g);
}

/* What a local minimizer of an indefinite problem must be, whichever it is. */
static void
check_kkt(Run *run)
{
	CHECK(run->residual.primal <= RESIDUAL * fmax(1.0, run->residual.primal_scale));
	CHECK(run->residual.dual <= RESIDUAL * fmax(1.0, run->residual.dual_scale));
	CHECK(run->residual.complementarity <= RESIDUAL * fmax(1.0, run->residual.gap_scale));
}

static void
test_indefinite(void)
{
	TestRandom	random = {27};
	int			n_curved = 0,
				pivots = 0,
				factorizations = 0;

	for (int k = 0; k < instances(N_INDEFINITE); k++)
	{
		PlantKind	kind = plant_kind(&random, true);
		PlantPoint	at;
		Model		model = make_indefinite(&random, &kind, &at);
		TestRandom	probe = {(uint64_t) k + 1};
		int			before = check_failures;
		Run			run;

		if (!skipped(k))
		{
			run_begin(&run, &model);
			run_solve(&run, false);
			CHECK_INT(run.out.verdict, CO_ACTIVE_OPTIMAL);
			check_kkt(&run);
			if (!has_weak_side(&run))
				check_local_minimizer(&run, &probe);
			explain("indefinite", k, &kind, &run, before);
			n_curved += run.out.curved;
			pivots += run.out.pivots;
			factorizations += run.out.factorizations;
			run_solve(&run, true);
			CHECK_INT(run.out.verdict, CO_ACTIVE_OPTIMAL);
			check_kkt(&run);
			explain("indefinite again", k, &kind, &run, before);
			run_end(&run);
		}
		plant_point_end(&at);
		model_end(&model);
	}
	CHECK(n_curved > instances(N_INDEFINITE) / 2);
	if (getenv("CO_VERBOSE"))
		printf("  %d of %d curved, %.1f pivots, %.1f factorizations in the mean\n", n_curved,
			   instances(N_INDEFINITE), (double) pivots / instances(N_INDEFINITE),
			   (double) factorizations / instances(N_INDEFINITE));
}

/* P + convexified I has the minimizer that is said. */
static void
test_convexify(void)
{
	TestRandom	random = {28};

	for (int k = 0; k < instances(N_INDEFINITE); k++)
	{
		PlantKind	kind = plant_kind(&random, true);
		PlantPoint	at;
		Model		model = make_indefinite(&random, &kind, &at);
		int			before = check_failures;
		Run			run;

		run_begin(&run, &model);
		run.options.curvature = CO_ACTIVE_CONVEXIFY;
		run_solve(&run, false);
		CHECK_INT(run.out.verdict, CO_ACTIVE_OPTIMAL);
		CHECK(run.out.curved == (run.out.convexified > 0.0));
		for (int j = 0; j < model.n; j++)
			model_p(&model, j, j, run.out.convexified);
		CHECK_INT(model_qp(&run.arena, &model, &run.qp), CO_OK);
		CHECK_INT(co_qp_residual(&run.arena, &run.qp, &run.out.point, &run.residual), CO_OK);
		check_kkt(&run);
		CHECK(run.residual.gap <= OBJECTIVE * fmax(1.0, run.residual.gap_scale));
		explain("convexified", k, &kind, &run, before);
		run_end(&run);
		plant_point_end(&at);
		model_end(&model);
	}
}

/*
 * The elastic problem written out, with a variable for every violation, is
 * solved by the interior point: the same objective.
 */
static double
solve_written_out(const Model *model, double weight)
{
	Model		wide = model_begin(model->n + 2 * model->m, model->m);
	Solved		s;
	double		objective;

	wide.c0 = model->c0;
	co_copy(model->n, model->c, wide.c);
	co_copy(model->n, model->xl, wide.xl);
	co_copy(model->n, model->xu, wide.xu);
	co_copy(model->m, model->cl, wide.cl);
	co_copy(model->m, model->cu, wide.cu);
	for (size_t k = 0; k < model->a.count; k++)
		model_a(&wide, model->a.row[k], model->a.col[k], model->a.value[k]);
	for (size_t k = 0; k < model->p.count; k++)
		model_p(&wide, model->p.row[k], model->p.col[k], model->p.value[k]);
	for (int i = 0; i < model->m; i++)
		for (int sign = 0; sign < 2; sign++)
		{
			model_a(&wide, i, model->n + 2 * i + sign, sign ? -1.0 : 1.0);
			wide.c[model->n + 2 * i + sign] = weight;
		}
	solved_begin(&s, &wide);
	s.rc = co_qp_solve(&s.arena, &s.qp, &s.options, NULL, &s.sol);
	CHECK_INT(s.rc, CO_OK);
	CHECK_INT(s.sol.status, CO_OPTIMAL);
	objective = s.sol.residual.objective;
	co_arena_free(&s.arena);
	model_end(&wide);
	return objective;
}

static void
test_elastic(void)
{
	TestRandom	random = {29};
	int			n_paid = 0;

	for (int k = 0; k < instances(N_INFEASIBLE); k++)
	{
		PlantKind	kind = plant_kind(&random, true);
		double		gap = pow(10.0, 1.0 - 3.0 * test_uniform(&random)),
					weight = pow(10.0, 3.0 * test_uniform(&random));
		Model		model;
		PlantPoint	at;
		int			before = check_failures;
		Run			run;

		if (k % 3 == 0)
		{
			model = plant_feasible(&random, &kind, &at);
			plant_point_end(&at);
		}
		else
			model = plant_infeasible(&random, &kind, gap);

		/* the price alone does not bound the objective */
		for (int j = 0; j < model.n; j++)
			model_p(&model, j, j, 0.1);
		run_begin(&run, &model);
		run.options.elastic = weight;
		run_solve(&run, false);
		CHECK_INT(run.out.verdict, CO_ACTIVE_OPTIMAL);
		for (int i = 0; i < model.m; i++)
			CHECK(fabs(run.out.point.y[i]) <= weight * (1.0 + RESIDUAL));
		if (k % 5 == 0)
		{
			double		want = solve_written_out(&model, weight);

			CHECK_NEAR(run.residual.objective + weight * run.out.elastic_sum, want, OBJECTIVE * fmax(1.0, fabs(want)));
		}
		n_paid += run.out.elastic_sum > 0.0;
		run_solve(&run, true);
		CHECK_INT(run.out.verdict, CO_ACTIVE_OPTIMAL);
		CHECK_INT(run.out.pivots, 0);
		explain("elastic", k, &kind, &run, before);
		run_end(&run);
		model_end(&model);
	}
	CHECK(n_paid > instances(N_INFEASIBLE) / 3);
}

/* Both at once: stationary with multipliers within the price, and not to be improved near by. */
static void
test_indefinite_elastic(void)
{
	TestRandom	random = {30};

	for (int k = 0; k < instances(N_UNBOUNDED); k++)
	{
		PlantKind	kind = plant_kind(&random, true);
		double		weight = pow(10.0, 2.0 * test_uniform(&random) - 1.0);
		PlantPoint	at;
		Model		model = make_indefinite(&random, &kind, &at);
		int			before = check_failures;
		Run			run;

		run_begin(&run, &model);
		run.options.elastic = weight;
		run_solve(&run, false);
		CHECK_INT(run.out.verdict, CO_ACTIVE_OPTIMAL);
		CHECK(run.residual.dual <= RESIDUAL * fmax(1.0, run.residual.dual_scale));
		for (int i = 0; i < model.m; i++)
		{
			double		y = run.out.point.y[i];

			CHECK(fabs(y) <= weight * (1.0 + RESIDUAL));
			if (run.set.row[i] == CO_ACTIVE_ABOVE || run.set.row[i] == CO_ACTIVE_BELOW)
				CHECK_NEAR(fabs(y), weight, RESIDUAL * weight);
		}
		explain("indefinite elastic", k, &kind, &run, before);
		run_end(&run);
		plant_point_end(&at);
		model_end(&model);
	}
}

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

	for (int k = 0; k < instances(N_UNBOUNDED); k++)
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

	for (int k = 0; k < instances(N_UNBOUNDED); k++)
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

CHECK_MAIN(TEST(test_feasible_lp), TEST(test_feasible_qp), TEST(test_infeasible), TEST(test_unbounded),
		   TEST(test_indefinite), TEST(test_convexify), TEST(test_elastic), TEST(test_indefinite_elastic),
		   TEST(test_cycling_examples), TEST(test_degenerate_assignment), TEST(test_shapes), TEST(test_plainly_infeasible),
		   TEST(test_wrong_hints), TEST(test_changed_numbers), TEST(test_pivot_limit), TEST(test_not_finite),
		   TEST(test_every_allocation_fails), TEST(test_cancel_at_every_poll), TEST(test_limits), TEST(test_driver))
