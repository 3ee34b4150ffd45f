/*-------------------------------------------------------------------------
 *
 * t_active.c
 *	  The active-set solver on random problems with a planted answer and
 *	  against the interior point: convex, infeasible, unbounded, indefinite,
 *	  elastic.
 *
 *-------------------------------------------------------------------------
 */
#include "active_run.h"

#define N_FEASIBLE		1000
#define N_INFEASIBLE	500
#define N_UNBOUNDED		300
#define N_INDEFINITE	500

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

CHECK_MAIN(TEST(test_feasible_lp), TEST(test_feasible_qp), TEST(test_infeasible), TEST(test_unbounded),
		   TEST(test_indefinite), TEST(test_convexify), TEST(test_elastic), TEST(test_indefinite_elastic))
