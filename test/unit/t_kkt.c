/*-------------------------------------------------------------------------
 *
 * t_kkt.c
 *	  The linear systems of the interior point: every path solves the same
 *	  system, to the accuracy asked for, also where it is nearly singular.
 *
 *-------------------------------------------------------------------------
 */
#include "plant.h"
#include "solver/kkt.h"

static const CoKktPath paths[] = {CO_KKT_SMALL, CO_KKT_NONE, CO_KKT_SPARSE};

#define N_PATHS	3

typedef struct System
{
	Solved		s;
	Model		model;
	CoKkt	   *kkt;
	double	   *dx,
			   *dy,
			   *bx,
			   *by,
			   *x,
			   *y;
} System;

static void
system_begin(System *sys, TestRandom *random, const PlantKind *kind, double decades)
{
	PlantPoint	at;

	sys->model = plant_feasible(random, kind, &at);
	plant_point_end(&at);
	solved_begin(&sys->s, &sys->model);
	sys->dx = model_vector(kind->n, 0.0);
	sys->dy = model_vector(kind->m, 0.0);
	sys->bx = model_vector(kind->n, 0.0);
	sys->by = model_vector(kind->m, 0.0);
	sys->x = model_vector(kind->n, 0.0);
	sys->y = model_vector(kind->m, 0.0);
	for (int j = 0; j < kind->n; j++)
	{
		sys->dx[j] = pow(10.0, decades * (test_uniform(random) - 0.5));
		sys->bx[j] = test_normal(random);
	}
	for (int i = 0; i < kind->m; i++)
	{
		sys->dy[i] = sys->model.cl[i] == sys->model.cu[i] ? 0.0
			: pow(10.0, decades * (test_uniform(random) - 0.5));
		sys->by[i] = test_normal(random);
	}
}

static void
system_end(System *sys)
{
	double	   *vectors[] = {sys->dx, sys->dy, sys->bx, sys->by, sys->x, sys->y};

	for (int k = 0; k < 6; k++)
		free(vectors[k]);
	solved_end(&sys->s);
	model_end(&sys->model);
}

/* max |b - K s| of the two blocks */
static void
check_residual(const System *sys, double tol_x, double tol_y)
{
	const CoQp *qp = &sys->s.qp;
	double	   *rx = model_vector(qp->n, 0.0),
			   *ry = model_vector(qp->m, 0.0);

	for (int j = 0; j < qp->n; j++)
		rx[j] = sys->bx[j] - sys->dx[j] * sys->x[j];
	for (int i = 0; i < qp->m; i++)
		ry[i] = sys->by[i] + sys->dy[i] * sys->y[i];
	co_csc_symmul_add(&qp->p, -1.0, sys->x, rx);
	co_csc_tmul_add(&qp->a, -1.0, sys->y, rx);
	co_csc_mul_add(&qp->a, -1.0, sys->x, ry);
	CHECK(co_norm_inf(qp->n, rx) <= tol_x);
	CHECK(co_norm_inf(qp->m, ry) <= tol_y);
	free(rx);
	free(ry);
}

static void
run_paths(const PlantKind *kind, double decades, int n_instances, double tolerance)
{
	TestRandom	random = {(uint64_t) kind->n + 7};

	for (int k = 0; k < n_instances; k++)
		for (int p = 0; p < N_PATHS; p++)
		{
			System		sys;
			TestRandom	same = random;
			double		error;

			if (paths[p] == CO_KKT_SMALL && kind->n + kind->m > 200)
				continue;
			system_begin(&sys, &same, kind, decades);
			CHECK_INT(co_kkt_new(&sys.s.arena, &sys.s.qp, paths[p], &sys.kkt), CO_OK);
			CHECK(sys.kkt->reason[0]);
			CHECK_INT(co_kkt_factor(sys.kkt, sys.dx, sys.dy), CO_OK);
			CHECK_INT(co_kkt_solve(sys.kkt, sys.bx, sys.by, tolerance, tolerance, sys.x, sys.y, &error), CO_OK);
			CHECK(error <= 1.0);
			check_residual(&sys, 1.01 * tolerance, 1.01 * tolerance);
			system_end(&sys);
			if (p == N_PATHS - 1)
				random = same;
		}
}

static void
test_paths_agree(void)
{
	run_paths(&(PlantKind) {10, 6, 1.0, 5, 0.0, 0.6}, 2.0, 50, 1e-9);
	run_paths(&(PlantKind) {40, 30, 0.2, 20, 0.0, 0.6}, 2.0, 20, 1e-9);
	run_paths(&(PlantKind) {120, 60, 1.0, 100, 0.0, 0.6}, 2.0, 4, 1e-9);
	run_paths(&(PlantKind) {300, 200, 0.01, 0, 0.0, 0.6}, 2.0, 4, 1e-9);
}

/* As near the end of a solve: weights over twelve decades. */
static void
test_late_weights(void)
{
	run_paths(&(PlantKind) {10, 6, 1.0, 10, 0.0, 0.6}, 12.0, 50, 1e-7);
	run_paths(&(PlantKind) {80, 50, 0.1, 40, 0.0, 0.6}, 12.0, 10, 1e-7);
}

static void
test_choice(void)
{
	static const struct
	{
		PlantKind	kind;
		CoKktPath	path;
	}			cases[] = {
		{{20, 10, 1.0, 20, 0.0, 0.5}, CO_KKT_SMALL},
		{{150, 5, 1.0, 150, 0.0, 0.5}, CO_KKT_DENSE},
		{{400, 200, 0.005, 0, 0.0, 0.5}, CO_KKT_SPARSE}
	};

	for (int k = 0; k < 3; k++)
	{
		TestRandom	random = {41};
		System		sys;

		system_begin(&sys, &random, &cases[k].kind, 1.0);
		CHECK_INT(co_kkt_new(&sys.s.arena, &sys.s.qp, CO_KKT_NONE, &sys.kkt), CO_OK);
		CHECK_INT(sys.kkt->backend->path, cases[k].path);
		CHECK(sys.kkt->factor_cost > 0.0);
		system_end(&sys);
	}
}

/* Equalities repeated: the system is singular, a right-hand side in its range is solved. */
static void
test_dependent_rows(void)
{
	for (int p = 0; p < N_PATHS; p++)
	{
		TestRandom	random = {42};
		int			n = 30,
					m = 8;
		Model		model = model_begin(n, m);
		Solved		s;
		CoKkt	   *kkt;
		double	   *x = model_vector(n, 0.0),
				   *y = model_vector(m, 0.0),
				   *dx = model_vector(n, 1.0),
				   *dy = model_vector(m, 0.0),
				   *bx = model_vector(n, 0.0),
				   *by = model_vector(m, 0.0),
					error;

		for (int j = 0; j < n; j++)
		{
			for (int i = 0; i < m / 2; i++)
			{
				double		v = test_normal(&random);

				model_a(&model, i, j, v);
				model_a(&model, m / 2 + i, j, -2.0 * v);
			}
			bx[j] = test_normal(&random);
		}
		for (int i = 0; i < m; i++)
			model_row(&model, i, 0.0, 0.0);
		for (int i = 0; i < m / 2; i++)
		{
			by[i] = test_normal(&random);
			by[m / 2 + i] = -2.0 * by[i];
		}
		solved_begin(&s, &model);
		CHECK_INT(co_kkt_new(&s.arena, &s.qp, paths[p], &kkt), CO_OK);
		CHECK_INT(co_kkt_factor(kkt, dx, dy), CO_OK);
		CHECK_INT(co_kkt_solve(kkt, bx, by, 1e-9, 1e-9, x, y, &error), CO_OK);
		CHECK(error <= 1.0);
		CHECK(co_all_finite(n, x) && co_all_finite(m, y));
		solved_end(&s);
		free(x);
		free(y);
		free(dx);
		free(dy);
		free(bx);
		free(by);
		model_end(&model);
	}
}

/* A weight that is not a number is an answer, not a crash or a point. */
static void
test_not_finite(void)
{
	for (int p = 0; p < N_PATHS; p++)
	{
		TestRandom	random = {43};
		System		sys;
		double		error = 0.0;
		CoRc		rc;

		system_begin(&sys, &random, &(PlantKind) {70, 10, 0.5, 20, 0.0, 0.5}, 1.0);
		CHECK_INT(co_kkt_new(&sys.s.arena, &sys.s.qp, paths[p], &sys.kkt), CO_OK);
		sys.dx[3] = NAN;
		rc = co_kkt_factor(sys.kkt, sys.dx, sys.dy);
		if (!rc)
			rc = co_kkt_solve(sys.kkt, sys.bx, sys.by, 1e-9, 1e-9, sys.x, sys.y, &error);
		CHECK(rc == CO_NOT_FINITE || rc == CO_SINGULAR || rc == CO_NOT_POSITIVE);
		system_end(&sys);
	}
}

CHECK_MAIN(TEST(test_paths_agree), TEST(test_late_weights), TEST(test_choice),
		   TEST(test_dependent_rows), TEST(test_not_finite))
