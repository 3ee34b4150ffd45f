/*-------------------------------------------------------------------------
 *
 * t_certificate.c
 *	  Verdicts of the presolve and certificates carried back through it: random
 *	  infeasible and unbounded problems, odd bounds, nearly contradictory data.
 *
 *-------------------------------------------------------------------------
 */
#include <stdlib.h>

#include "base/vec.h"
#include "check.h"
#include "host.h"
#include "nlp/presolve.h"
#include "nlp/residual.h"
#include "plan.h"
#include "tiny_ipm.h"

/* One sign of one multiplier: a variable in [0, 1] that costs its side. */
static int
add_multiplier(Builder *b, int col, double side)
{
	b->qp.xl[col] = 0.0;
	b->qp.xu[col] = 1.0;
	b->qp.c[col] = side;
	return col + 1;
}

/*
 * min of the sum of sup terms over A'y + z = 0, y and z in [-1, 1] where the
 * sides allow their sign: negative iff there is a certificate.
 */
static void
find_certificate(CoArena *arena, const CoQp *qp, double *y)
{
	double		v[TINY_MAX],
				unused[TINY_MAX],
				unused_z[TINY_MAX];
	int			first[TINY_MAX][2];
	int			n = 0;
	Builder		b = begin_qp(arena, qp->n, 2 * (qp->m + qp->n),
							 2 * (co_csc_nnz(&qp->a) + qp->n));
	CoQp		dual;

	for (int t = 0; t < qp->m + qp->n; t++)
		for (int k = 0; k < 2; k++)
		{
			double		side = t < qp->m ? (k ? qp->cl[t] : qp->cu[t]) :
				(k ? qp->xl[t - qp->m] : qp->xu[t - qp->m]);

			first[t][k] = isfinite(side) ? n : -1;
			if (isfinite(side))
				n = add_multiplier(&b, n, k ? -side : side);
			if (isfinite(side) && t >= qp->m)
				add_entry(&b, t - qp->m, n - 1, k ? -1.0 : 1.0);
		}
	for (int j = 0; j < qp->n; j++)
		for (int p = qp->a.start[j]; p < qp->a.start[j + 1]; p++)
			for (int k = 0; k < 2; k++)
				if (first[qp->a.index[p]][k] >= 0)
					add_entry(&b, j, first[qp->a.index[p]][k], k ? -qp->a.value[p] : qp->a.value[p]);
	b.qp.n = n;
	dual = end_qp(arena, &b);
	(void) tiny_solve(&dual, 1e-14, v, unused, unused_z);
	for (int i = 0; i < qp->m; i++)
		y[i] = (first[i][0] >= 0 ? v[first[i][0]] : 0.0) - (first[i][1] >= 0 ? v[first[i][1]] : 0.0);
}

static void
test_infeasible(void)
{
	TestRandom	random = {21};
	int			found = 0,
				carried = 0,
				unsolved = 0;

	for (int k = 0; k < 3000; k++)
	{
		TestHost	host;
		CoArena		arena;
		CoQp		qp;
		CoPresolve *presolve;
		CoPresolveVerdict verdict;
		Plan		plan;
		double		y[TINY_MAX];
		double		full[MAX_ROW];
		double		margin = 1.0;

		plant(&plan, &random, k % 2 == 1);
		if (!plant_contradiction(&plan, &random))
			continue;
		test_host_init(&host);
		co_arena_init(&arena, &host.env, SIZE_MAX);
		qp = make_qp(&arena, &plan);
		CHECK_INT(co_presolve(&arena, &qp, &verdict, &presolve), CO_OK);
		CHECK(verdict == CO_PRESOLVE_INFEASIBLE || verdict == CO_PRESOLVE_REDUCED);
		if (verdict == CO_PRESOLVE_REDUCED)
		{
			const CoQp *reduced = co_presolve_reduced(presolve);

			find_certificate(&arena, reduced, y);
			if (k % 3 == 0)
				co_scale(reduced->m, -1.0, y);
			CHECK_INT(co_qp_check_infeasible(&arena, reduced, y, &margin), CO_OK);
			carried++;
		}
		else
			found++;
		if (margin > 0.0)
		{
			CHECK_INT(co_postsolve_infeasible(&arena, presolve, y, full), CO_OK);
			CHECK_INT(co_qp_check_infeasible(&arena, &qp, full, &margin), CO_OK);
			CHECK(margin > 0.0);
		}
		else
			unsolved++;
		co_arena_free(&arena);
		CHECK_INT(host.live, 0);
	}
	CHECK(found > 300);
	CHECK(carried > 300);
	if (getenv("CO_TEST_LOG"))
		printf("# infeasible: found %d, carried %d, unsolved %d\n", found, carried, unsolved);
	CHECK(unsolved * 50 <= carried);
}

/* min c'd over the recession cone, |d| <= 1 */
static void
find_ray(CoArena *arena, const CoQp *qp, double *d)
{
	double		y[TINY_MAX],
				z[TINY_MAX];
	Builder		b = begin_qp(arena, qp->m + qp->n, qp->n,
							 co_csc_nnz(&qp->a) + 2 * co_csc_nnz(&qp->p));
	CoQp		cone;

	co_copy(qp->n, qp->c, b.qp.c);
	for (int j = 0; j < qp->n; j++)
	{
		b.qp.xl[j] = isfinite(qp->xl[j]) ? 0.0 : -1.0;
		b.qp.xu[j] = isfinite(qp->xu[j]) ? 0.0 : 1.0;
	}
	for (int i = 0; i < qp->m; i++)
	{
		b.qp.cl[i] = isfinite(qp->cl[i]) ? 0.0 : -INFINITY;
		b.qp.cu[i] = isfinite(qp->cu[i]) ? 0.0 : INFINITY;
	}
	add_matrix(&b, &qp->a, 0);
	add_matrix(&b, &qp->p, qp->m);
	for (int j = 0; j < qp->p.ncol; j++)
		for (int k = qp->p.start[j]; k < qp->p.start[j + 1]; k++)
			if (qp->p.index[k] != j)
				add_entry(&b, qp->m + j, qp->p.index[k], qp->p.value[k]);
	cone = end_qp(arena, &b);
	(void) tiny_solve(&cone, 1e-14, d, y, z);
	for (int j = 0; j < qp->n; j++)
		if (fabs(d[j]) < 1e-6)
			d[j] = 0.0;
}

/* A feasible point of the reduced problem is one of the original. */
static bool
carry_feasible(CoArena *arena, const CoQp *qp, const CoPresolve *presolve)
{
	CoQp		reduced = *co_presolve_reduced(presolve);
	double		x[TINY_MAX],
				y[TINY_MAX],
				z[TINY_MAX];
	double		fx[MAX_COL],
				fy[MAX_ROW],
				fz[MAX_COL];
	CoQpPoint	point = {x, y, z};
	CoQpPoint	full = {fx, fy, fz};
	CoResidual	at;

	reduced.c = co_take_zero_doubles(arena, (size_t) reduced.n);
	reduced.p.ncol = 0;
	if (!tiny_solve(&reduced, 1e-10, x, y, z))
		return false;
	CHECK_INT(co_postsolve(arena, presolve, &point, &full), CO_OK);
	CHECK_INT(co_qp_residual(arena, qp, &full, &at), CO_OK);
	CHECK(at.primal <= 1e-7);
	return true;
}

static void
test_unbounded(void)
{
	TestRandom	random = {22};
	int			found = 0,
				feasible = 0,
				carried = 0,
				unsolved = 0;

	for (int k = 0; k < 3000; k++)
	{
		TestHost	host;
		CoArena		arena;
		CoQp		qp;
		CoPresolve *presolve;
		CoPresolveVerdict verdict;
		Plan		plan;
		double		d[TINY_MAX];
		double		full[MAX_COL];
		double		margin = 1.0;

		plant(&plan, &random, k % 2 == 1);
		if (!plant_ray(&plan, &random))
			continue;
		test_host_init(&host);
		co_arena_init(&arena, &host.env, SIZE_MAX);
		qp = make_qp(&arena, &plan);
		CHECK_INT(co_presolve(&arena, &qp, &verdict, &presolve), CO_OK);
		if (verdict == CO_PRESOLVE_REDUCED)
		{
			const CoQp *reduced = co_presolve_reduced(presolve);

			find_ray(&arena, reduced, d);
			CHECK_INT(co_qp_check_unbounded(&arena, reduced, d, &margin), CO_OK);
			carried++;
		}
		else if (verdict == CO_PRESOLVE_UNBOUNDED)
		{
			found++;
			feasible += carry_feasible(&arena, &qp, presolve);
		}
		if (verdict == CO_PRESOLVE_UNBOUNDED || (verdict == CO_PRESOLVE_REDUCED && margin > 0.0))
		{
			CHECK_INT(co_postsolve_ray(&arena, presolve, d, full), CO_OK);
			CHECK_INT(co_qp_check_unbounded(&arena, &qp, full, &margin), CO_OK);
			CHECK(margin > 0.0);
		}
		else
			unsolved++;
		co_arena_free(&arena);
		CHECK_INT(host.live, 0);
	}
	CHECK(found > 300);
	CHECK(feasible * 10 > found * 9 || !test_has_long_double());
	CHECK(carried > 80);
	if (getenv("CO_TEST_LOG"))
		printf("# unbounded: found %d, carried %d, unsolved %d\n", found, carried, unsolved);
	CHECK(unsolved * 20 <= carried || !test_has_long_double());
	if (!test_has_long_double())
		SKIP(NO_LONG_DOUBLE);
}

/*
 * A ray, and rows that cannot hold: whatever is found first, the answer is
 * that there is no point, with its proof.
 */
static void
test_ray_of_infeasible(void)
{
	TestRandom	random = {23};
	int			rays = 0;

	for (int k = 0; k < 2000; k++)
	{
		TestHost	host;
		CoArena		arena;
		CoQp		qp;
		CoPresolve *presolve;
		CoPresolveVerdict verdict;
		Plan		plan;
		double		y[TINY_MAX];
		double		full[MAX_ROW];
		double		margin;

		plant(&plan, &random, false);
		if (!plant_ray(&plan, &random) || !plant_contradiction(&plan, &random))
			continue;
		test_host_init(&host);
		co_arena_init(&arena, &host.env, SIZE_MAX);
		qp = make_qp(&arena, &plan);
		CHECK_INT(co_presolve(&arena, &qp, &verdict, &presolve), CO_OK);
		CHECK(verdict != CO_PRESOLVE_SOLVED);
		if (verdict != CO_PRESOLVE_INFEASIBLE)
			find_certificate(&arena, co_presolve_reduced(presolve), y);
		rays += verdict == CO_PRESOLVE_UNBOUNDED;
		CHECK_INT(co_postsolve_infeasible(&arena, presolve, y, full), CO_OK);
		CHECK_INT(co_qp_check_infeasible(&arena, &qp, full, &margin), CO_OK);
		CHECK(margin > 0.0 || !test_has_long_double());
		co_arena_free(&arena);
		CHECK_INT(host.live, 0);
	}
	CHECK(rays > 50);
	if (!test_has_long_double())
		SKIP(NO_LONG_DOUBLE);
}

/* A verdict on a problem given by hand. */
static CoPresolveVerdict
verdict_of(const Plan *plan, double *margin)
{
	TestHost	host;
	CoArena		arena;
	CoQp		qp;
	CoPresolve *presolve;
	CoPresolveVerdict verdict;
	double		full[MAX_ROW + MAX_COL];

	*margin = 0.0;
	test_host_init(&host);
	co_arena_init(&arena, &host.env, SIZE_MAX);
	qp = make_qp(&arena, plan);
	CHECK_INT(co_presolve(&arena, &qp, &verdict, &presolve), CO_OK);
	if (verdict == CO_PRESOLVE_INFEASIBLE)
	{
		CHECK_INT(co_postsolve_infeasible(&arena, presolve, NULL, full), CO_OK);
		CHECK_INT(co_qp_check_infeasible(&arena, &qp, full, margin), CO_OK);
	}
	if (verdict == CO_PRESOLVE_UNBOUNDED)
	{
		CHECK_INT(co_postsolve_ray(&arena, presolve, NULL, full), CO_OK);
		CHECK_INT(co_qp_check_unbounded(&arena, &qp, full, margin), CO_OK);
	}
	co_arena_free(&arena);
	CHECK_INT(host.live, 0);
	return verdict;
}

static void
test_odd_bounds(void)
{
	Plan		plan = {0};
	double		margin;

	CHECK_INT(verdict_of(&plan, &margin), CO_PRESOLVE_SOLVED);	/* n = m = 0 */

	plan.m = 1;					/* 0 rows of nothing */
	plan.cl[0] = -1;
	plan.cu[0] = 1;
	CHECK_INT(verdict_of(&plan, &margin), CO_PRESOLVE_SOLVED);
	plan.cl[0] = 0.5;
	CHECK_INT(verdict_of(&plan, &margin), CO_PRESOLVE_INFEASIBLE);
	CHECK(margin > 0.0);
	plan.cl[0] = 2;				/* crossed */
	CHECK_INT(verdict_of(&plan, &margin), CO_PRESOLVE_INFEASIBLE);
	CHECK(margin > 0.0);
	plan.cl[0] = plan.cu[0] = INFINITY;
	CHECK_INT(verdict_of(&plan, &margin), CO_PRESOLVE_INFEASIBLE);
	CHECK(margin > 0.0);

	memset(&plan, 0, sizeof plan);	/* m = 0 */
	plan.n = 2;
	plan.xl[0] = plan.xl[1] = -1;
	plan.xu[0] = plan.xu[1] = 1;
	plan.c[0] = 1;
	CHECK_INT(verdict_of(&plan, &margin), CO_PRESOLVE_SOLVED);
	plan.xl[0] = -INFINITY;
	CHECK_INT(verdict_of(&plan, &margin), CO_PRESOLVE_UNBOUNDED);
	CHECK(margin > 0.0);
	plan.p[0][0] = 2;
	CHECK_INT(verdict_of(&plan, &margin), CO_PRESOLVE_SOLVED);
	plan.p[0][0] = -2;			/* not convex: the solver's to say */
	CHECK_INT(verdict_of(&plan, &margin), CO_PRESOLVE_REDUCED);
	plan.p[0][0] = 0;
	plan.xl[0] = 1;
	plan.xu[0] = -1;
	CHECK_INT(verdict_of(&plan, &margin), CO_PRESOLVE_INFEASIBLE);
	CHECK(margin > 0.0);
	plan.xl[0] = plan.xu[0] = INFINITY;
	CHECK_INT(verdict_of(&plan, &margin), CO_PRESOLVE_INFEASIBLE);
	plan.xl[0] = plan.xu[0] = -INFINITY;
	CHECK_INT(verdict_of(&plan, &margin), CO_PRESOLVE_INFEASIBLE);
}

/* 0.1 + 0.2 against 0.3: not a contradiction, in a bound, a row, a duplicate. */
static void
test_decimal_data(void)
{
	Plan		plan = {0};
	double		margin;

	plan.n = 3;
	plan.m = 4;
	plan.xl[0] = plan.xl[1] = plan.xl[2] = 0.0;
	plan.xu[0] = 0.3;
	plan.xu[1] = plan.xu[2] = 10;
	plan.a[0][0] = 1;			/* x0 = 0.1 + 0.2 > 0.3 */
	plan.cl[0] = plan.cu[0] = 0.1 + 0.2;
	plan.a[1][1] = plan.a[1][2] = 1;
	plan.cl[1] = plan.cu[1] = 0.3;
	plan.a[2][1] = plan.a[2][2] = 3;	/* 3 x the same: 0.9 */
	plan.cl[2] = plan.cu[2] = 0.9;
	plan.a[3][0] = plan.a[3][1] = plan.a[3][2] = 0.1;
	plan.cl[3] = plan.cu[3] = 0.06;
	plan.c[1] = 1;
	CHECK_INT(verdict_of(&plan, &margin), CO_PRESOLVE_SOLVED);
}

/*
 * x + y >= 2 + e on the unit square: said infeasible where that is provable,
 * left to the solver where only the eleventh digit says so.
 */
static void
test_unproved_is_left(void)
{
	Plan		plan = {0};
	double		margin;

	plan.n = 2;
	plan.m = 1;
	plan.xu[0] = plan.xu[1] = 1.0;
	plan.a[0][0] = plan.a[0][1] = 1.0;
	plan.cu[0] = INFINITY;
	plan.cl[0] = 2.0 + 1e-6;
	CHECK_INT(verdict_of(&plan, &margin), CO_PRESOLVE_INFEASIBLE);
	CHECK(margin > 0.0);
	plan.cl[0] = 2.0 + 1e-11;
	CHECK_INT(verdict_of(&plan, &margin), CO_PRESOLVE_REDUCED);
	plan.cl[0] = 2.0;
	CHECK_INT(verdict_of(&plan, &margin), CO_PRESOLVE_SOLVED);
}

CHECK_MAIN(TEST(test_infeasible), TEST(test_unbounded), TEST(test_ray_of_infeasible),
		   TEST(test_odd_bounds), TEST(test_decimal_data),
		   TEST(test_unproved_is_left))
