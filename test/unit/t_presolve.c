/*-------------------------------------------------------------------------
 *
 * t_presolve.c
 *	  Presolve and postsolve on random problems around a known solution.
 *
 * Each problem is built backwards from a point and multipliers in integers:
 * rows of every reducible kind are planted so that the point is feasible, then
 * c = -(Px + A'y + z).  The reduced problem is solved by a reference
 * (tiny_ipm.h) and the point carried back is judged on the original.
 *
 *-------------------------------------------------------------------------
 */
#include <stdlib.h>

#include "base/vec.h"
#include "check.h"
#include "host.h"
#include "nlp/presolve.h"
#include "nlp/residual.h"
#include "tiny_ipm.h"

#define MAX_COL		24
#define MAX_ROW		32

typedef struct Plan				/* dense, integers */
{
	int			n,
				m;
	double		a[MAX_ROW][MAX_COL];
	double		p[MAX_COL][MAX_COL];
	double		c[MAX_COL],
				xl[MAX_COL],
				xu[MAX_COL],
				cl[MAX_ROW],
				cu[MAX_ROW];
	double		x[MAX_COL],
				y[MAX_ROW],
				z[MAX_COL];
	double		objective;		/* known optimum */
} Plan;

static CoQp
make_qp(CoArena *arena, const Plan *plan)
{
	CoQp		qp = {.n = plan->n, .m = plan->m};
	int			row[MAX_ROW * MAX_COL];
	int			col[MAX_ROW * MAX_COL];
	double		value[MAX_ROW * MAX_COL];
	size_t		nnz = 0;

	qp.c = co_take_grown(arena, plan->c, (size_t) qp.n, (size_t) qp.n, sizeof(double));
	qp.xl = co_take_grown(arena, plan->xl, (size_t) qp.n, (size_t) qp.n, sizeof(double));
	qp.xu = co_take_grown(arena, plan->xu, (size_t) qp.n, (size_t) qp.n, sizeof(double));
	qp.cl = co_take_grown(arena, plan->cl, (size_t) qp.m, (size_t) qp.m, sizeof(double));
	qp.cu = co_take_grown(arena, plan->cu, (size_t) qp.m, (size_t) qp.m, sizeof(double));
	for (int i = 0; i < qp.m; i++)
		for (int j = 0; j < qp.n; j++)
			if (plan->a[i][j] != 0.0)
			{
				row[nnz] = i;
				col[nnz] = j;
				value[nnz++] = plan->a[i][j];
			}
	CHECK_INT(co_csc_from_triplets(arena, qp.m, qp.n, nnz, row, col, value, &qp.a), CO_OK);
	nnz = 0;
	for (int i = 0; i < qp.n; i++)
		for (int j = 0; j <= i; j++)
			if (plan->p[i][j] != 0.0)
			{
				row[nnz] = i;
				col[nnz] = j;
				value[nnz++] = plan->p[i][j];
			}
	CHECK_INT(co_csc_from_triplets(arena, qp.n, qp.n, nnz, row, col, value, &qp.p), CO_OK);
	return qp;
}

static double
small_integer(TestRandom *random)
{
	double		v = 1 + test_int(random, 3);

	return test_int(random, 2) ? v : -v;
}

/* A variable somewhere, its bounds of any kind, z as the bounds allow. */
static void
plant_column(Plan *plan, TestRandom *random, int j)
{
	double		x = test_int(random, 9) - 4;
	double		z = test_int(random, 3) ? 1 + test_int(random, 4) : 0;

	plan->x[j] = x;
	plan->xl[j] = -INFINITY;
	plan->xu[j] = INFINITY;
	plan->z[j] = 0;
	switch (test_int(random, 8))
	{
		case 0:					/* free */
			break;
		case 1:					/* fixed */
			plan->xl[j] = plan->xu[j] = x;
			plan->z[j] = test_int(random, 2) ? z : -z;
			break;
		case 2:
		case 3:					/* at the lower bound */
			plan->xl[j] = x;
			plan->z[j] = -z;
			if (test_int(random, 2))
				plan->xu[j] = x + 1 + test_int(random, 5);
			break;
		case 4:					/* at the upper one */
			plan->xu[j] = x;
			plan->z[j] = z;
			if (test_int(random, 2))
				plan->xl[j] = x - 1 - test_int(random, 5);
			break;
		default:				/* between */
			if (test_int(random, 3))
				plan->xl[j] = x - 1 - test_int(random, 5);
			if (test_int(random, 3))
				plan->xu[j] = x + 1 + test_int(random, 5);
	}
}

static double
row_at(const Plan *plan, int i)
{
	double		sum = 0.0;

	for (int j = 0; j < plan->n; j++)
		sum += plan->a[i][j] * plan->x[j];
	return sum;
}

/* Sides around the activity of row i, active or not, y as they allow. */
static void
plant_sides(Plan *plan, TestRandom *random, int i)
{
	double		at = row_at(plan, i);
	double		y = test_int(random, 3) ? 1 + test_int(random, 4) : 0;

	plan->cl[i] = -INFINITY;
	plan->cu[i] = INFINITY;
	plan->y[i] = 0;
	switch (test_int(random, 6))
	{
		case 0:
		case 1:
			plan->cl[i] = plan->cu[i] = at;
			plan->y[i] = test_int(random, 2) ? y : -y;
			break;
		case 2:
			plan->cu[i] = at;
			plan->y[i] = y;
			if (test_int(random, 3) == 0)
				plan->cl[i] = at - 1 - test_int(random, 4);
			break;
		case 3:
			plan->cl[i] = at;
			plan->y[i] = -y;
			if (test_int(random, 3) == 0)
				plan->cu[i] = at + 1 + test_int(random, 4);
			break;
		default:
			if (test_int(random, 3))
				plan->cl[i] = at - 1 - test_int(random, 4);
			if (test_int(random, 3))
				plan->cu[i] = at + 1 + test_int(random, 4);
	}
}

/*
 * A row that only the bounds can satisfy: coefficients of the sign that puts
 * every variable of it at the bound it is on.
 */
static void
plant_forcing(Plan *plan, TestRandom *random, int i)
{
	int			sign = test_int(random, 2) ? 1 : -1;
	int			count = 0;

	for (int j = 0; j < plan->n && count < 4; j++)
	{
		bool		at_low = plan->x[j] == plan->xl[j];

		if ((!at_low && plan->x[j] != plan->xu[j]) || test_int(random, 2))
			continue;
		plan->a[i][j] = (at_low ? sign : -sign) * (1 + test_int(random, 3));
		count++;
	}
	plan->cl[i] = -INFINITY;
	plan->cu[i] = INFINITY;
	*(sign > 0 ? &plan->cu[i] : &plan->cl[i]) = row_at(plan, i);
	if (test_int(random, 3) == 0)
		plan->cl[i] = plan->cu[i] = row_at(plan, i);
	plan->y[i] = sign * test_int(random, 4);
}

static void
plant_row(Plan *plan, TestRandom *random, int i)
{
	int			kind = test_int(random, 10);

	memset(plan->a[i], 0, sizeof plan->a[i]);
	if (kind == 0)				/* empty */
		;
	else if (kind <= 2)			/* singleton */
		plan->a[i][test_int(random, plan->n)] = small_integer(random);
	else if (kind == 3)
	{
		plant_forcing(plan, random, i);
		return;
	}
	else if (kind == 4 && i > 0)	/* duplicate of an earlier one */
	{
		int			of = test_int(random, i);
		double		r = test_int(random, 2) ? 2 : -1;

		for (int j = 0; j < plan->n; j++)
			plan->a[i][j] = r * plan->a[of][j];
	}
	else
		for (int k = 0; k < 2 + test_int(random, 4); k++)
			plan->a[i][test_int(random, plan->n)] = small_integer(random);
	plant_sides(plan, random, i);
}

/* A parallel, singleton or empty column after the rows are there. */
static void
plant_special_columns(Plan *plan, TestRandom *random)
{
	for (int j = 1; j < plan->n; j++)
	{
		int			kind = test_int(random, 8);
		int			keep = test_int(random, plan->m > 0 ? plan->m : 1);
		int			of = test_int(random, j);
		double		r = test_int(random, 2) ? -1 : 2;

		for (int i = 0; i < plan->m && kind < 3; i++)
			plan->a[i][j] = kind == 0 ? 0.0 :
				kind == 1 ? (i == keep ? small_integer(random) : 0.0) : r * plan->a[i][of];
	}
	for (int i = 0; i < plan->m; i++)
		plant_sides(plan, random, i);
}

/* B'B of a few integer rows over some of the variables. */
static void
plant_quadratic(Plan *plan, TestRandom *random)
{
	for (int k = 0; k < 1 + test_int(random, 4); k++)
	{
		double		b[MAX_COL] = {0};

		for (int e = 0; e < 1 + test_int(random, 3); e++)
			b[test_int(random, plan->n)] = small_integer(random);
		for (int i = 0; i < plan->n; i++)
			for (int j = 0; j < plan->n; j++)
				plan->p[i][j] += b[i] * b[j];
	}
}

/* c = -(Px + A'y + z); the objective follows. */
static void
plant_costs(Plan *plan)
{
	plan->objective = 0.0;
	for (int j = 0; j < plan->n; j++)
	{
		double		px = 0.0;

		for (int k = 0; k < plan->n; k++)
			px += plan->p[j][k] * plan->x[k];
		plan->c[j] = -(px + plan->z[j]);
		for (int i = 0; i < plan->m; i++)
			plan->c[j] -= plan->a[i][j] * plan->y[i];
		plan->objective += plan->x[j] * (plan->c[j] + 0.5 * px);
	}
}

static void
plant(Plan *plan, TestRandom *random, bool quadratic)
{
	memset(plan, 0, sizeof *plan);
	plan->n = 1 + test_int(random, 14);
	plan->m = test_int(random, 14);
	for (int j = 0; j < plan->n; j++)
		plant_column(plan, random, j);
	for (int i = 0; i < plan->m; i++)
		plant_row(plan, random, i);
	if (test_int(random, 2))
		plant_special_columns(plan, random);
	if (quadratic)
		plant_quadratic(plan, random);
	plant_costs(plan);
}

typedef struct Solved
{
	CoResidual	reduced,
				full;
	double		rounding;		/* of numbers as large as the point has */
	bool		reference_failed;
} Solved;

static void
judge_back(CoArena *arena, const CoQp *qp, CoPresolve *presolve, double mu_end, Solved *out)
{
	const CoQp *reduced = co_presolve_reduced(presolve);
	double		x[MAX_COL],
				z[MAX_COL],
				y[MAX_ROW];
	double		fx[MAX_COL],
				fz[MAX_COL],
				fy[MAX_ROW];
	CoQpPoint	point = {x, y, z};
	CoQpPoint	full = {fx, fy, fz};

	out->reference_failed = !tiny_solve(reduced, mu_end, x, y, z);
	CHECK_INT(co_qp_residual(arena, reduced, &point, &out->reduced), CO_OK);
	CHECK_INT(co_postsolve(arena, presolve, &point, &full), CO_OK);
	CHECK_INT(co_qp_residual(arena, qp, &full, &out->full), CO_OK);
	out->rounding = 10 * DBL_EPSILON *
		(1 + co_norm_inf(qp->n, fx)) * (1 + co_norm_inf(qp->m, fy));
}

static void
add_stats(const CoPresolveStats *from, CoPresolveStats *sum)
{
	const int  *a = (const int *) from;
	int		   *b = (int *) sum;

	for (size_t k = 0; k < sizeof *from / sizeof(int); k++)
		b[k] += a[k];
}

/*
 * Residuals of the carried back point against those of the reduced one.  The
 * data are integers up to some tens and the matrices small: a factor of 100 is
 * what sums over a handful of entries can make, not an amplification.
 */
static void
check_one(const Plan *plan, double mu_end, int number, CoPresolveStats *stats, int *unsolved)
{
	TestHost	host;
	CoArena		arena;
	CoQp		qp;
	CoPresolve *presolve;
	CoPresolveVerdict verdict;
	Solved		s;
	int			before = check_failures;

	test_host_init(&host);
	co_arena_init(&arena, &host.env, SIZE_MAX);
	qp = make_qp(&arena, plan);
	CHECK_INT(co_presolve(&arena, &qp, &verdict, &presolve), CO_OK);
	CHECK(verdict == CO_PRESOLVE_REDUCED || verdict == CO_PRESOLVE_SOLVED);
	if (verdict == CO_PRESOLVE_REDUCED || verdict == CO_PRESOLVE_SOLVED)
	{
		judge_back(&arena, &qp, presolve, mu_end, &s);
		add_stats(co_presolve_stats(presolve), stats);
		if (s.reference_failed)
			(*unsolved)++;
		else
		{
			CHECK(s.full.primal <= 100 * s.reduced.primal + 10 * s.rounding);
			CHECK(s.full.dual <= 100 * s.reduced.dual + 10 * s.rounding);
			CHECK(s.full.complementarity <= 10 * s.reduced.complementarity +
				  1000 * (s.reduced.dual + s.reduced.primal) + 10 * s.rounding);
			CHECK_NEAR(s.full.objective, s.reduced.objective, 10 * s.rounding);
			CHECK_NEAR(s.full.objective, plan->objective, 100 * mu_end + 10 * s.rounding);
		}
		if (check_failures > before && check_failures < 12)
			printf("  problem %d: n=%d m=%d reduced %d x %d\n"
				   "    reduced: primal %g dual %g compl %g objective %g\n"
				   "    full:    primal %g dual %g compl %g objective %g, known %g\n",
				   number, qp.n, qp.m, co_presolve_reduced(presolve)->m,
				   co_presolve_reduced(presolve)->n, s.reduced.primal, s.reduced.dual,
				   s.reduced.complementarity, s.reduced.objective, s.full.primal, s.full.dual,
				   s.full.complementarity, s.full.objective, plan->objective);
	}
	co_arena_free(&arena);
	CHECK_INT(host.live, 0);
}

static void
check_many(int count, bool quadratic, double mu_end, uint64_t seed)
{
	TestRandom	random = {seed};
	CoPresolveStats stats = {0};
	int			unsolved = 0;
	Plan		plan;

	for (int k = 0; k < count; k++)
	{
		plant(&plan, &random, quadratic);
		check_one(&plan, mu_end, k, &stats, &unsolved);
	}
	/* The test must have seen every reduction, and solved nearly everything. */
	CHECK(unsolved * 50 <= count);
	CHECK(stats.n_fixed > count / 20);
	CHECK(stats.n_empty_row > count / 20);
	CHECK(stats.n_empty_column > count / 20);
	CHECK(stats.n_singleton_row > count / 20);
	CHECK(stats.n_redundant_row > count / 20);
	CHECK(stats.n_forcing_row > count / 20);
	CHECK(stats.n_duplicate_row > count / 20);
	CHECK(stats.n_column_singleton > count / 20);
	CHECK(stats.n_dominated_column > count / 20);
	CHECK(stats.n_duplicate_column > count / 40);
	if (getenv("CO_TEST_LOG"))
		printf("# %d problems, %d not solved by the reference; fixed %d, empty %d/%d, singleton %d/%d, "
			   "redundant %d, forcing %d, dominated %d, duplicate %d/%d\n",
			   count, unsolved, stats.n_fixed, stats.n_empty_row, stats.n_empty_column,
			   stats.n_singleton_row, stats.n_column_singleton, stats.n_redundant_row,
			   stats.n_forcing_row, stats.n_dominated_column, stats.n_duplicate_row,
			   stats.n_duplicate_column);
}

static void
test_linear_exact(void)
{
	check_many(3000, false, 1e-13, 11);
}

static void
test_quadratic_exact(void)
{
	check_many(3000, true, 1e-13, 12);
}

/* Interior points that stop early: nothing may be amplified. */
static void
test_linear_approximate(void)
{
	check_many(1000, false, 1e-6, 13);
}

static void
test_quadratic_approximate(void)
{
	check_many(1000, true, 1e-6, 14);
}

/*
 * The same in other units: numbers that are no longer exact, rows and columns
 * that are parallel, tight or forcing only up to rounding.
 */
static void
rescale(Plan *plan, TestRandom *random)
{
	for (int i = 0; i < plan->m; i++)
	{
		double		r = (0.1 + test_uniform(random)) * pow(10.0, test_int(random, 5) - 2);

		for (int j = 0; j < plan->n; j++)
			plan->a[i][j] *= r;
		plan->cl[i] *= r;
		plan->cu[i] *= r;
	}
	for (int j = 0; j < plan->n; j++)
	{
		double		r = (0.1 + test_uniform(random)) * pow(10.0, test_int(random, 3) - 1);

		for (int i = 0; i < plan->m; i++)
			plan->a[i][j] *= r;
		for (int k = 0; k < plan->n; k++)
		{
			plan->p[j][k] *= r;
			plan->p[k][j] *= r;
		}
		plan->c[j] *= r;
		plan->xl[j] /= r;
		plan->xu[j] /= r;
	}
}

/*
 * The judge's numbers are in these units, multipliers up to 1e5 and variables
 * up to 1e3, hence the wider floor; the objective is compared relatively.
 */
static void
test_rescaled(void)
{
	TestRandom	random = {15};
	int			unsolved = 0;

	for (int k = 0; k < 3000; k++)
	{
		TestHost	host;
		CoArena		arena;
		CoQp		qp;
		CoPresolve *presolve;
		CoPresolveVerdict verdict;
		Solved		s;
		Plan		plan;
		double		scale;

		plant(&plan, &random, k % 2 == 1);
		rescale(&plan, &random);
		test_host_init(&host);
		co_arena_init(&arena, &host.env, SIZE_MAX);
		qp = make_qp(&arena, &plan);
		CHECK_INT(co_presolve(&arena, &qp, &verdict, &presolve), CO_OK);
		CHECK(verdict == CO_PRESOLVE_REDUCED || verdict == CO_PRESOLVE_SOLVED);
		judge_back(&arena, &qp, presolve, 1e-12, &s);
		scale = 1 + fabs(plan.objective);
		if (s.reference_failed)
			unsolved++;
		else
		{
			CHECK(s.full.primal <= 1e3 * s.reduced.primal + 10 * s.rounding +
				  10 * DBL_EPSILON * s.full.primal_scale);
			CHECK(s.full.dual <= 1e3 * s.reduced.dual + 10 * s.rounding + 1e-9);
			CHECK(s.full.complementarity <= 10 * s.reduced.complementarity + 1e-9 * scale);
			CHECK_NEAR(s.full.objective, plan.objective, 1e-9 * scale + 10 * s.rounding);
		}
		co_arena_free(&arena);
	}
	CHECK(unsolved < 300);
}

/* One row or bound more that contradicts a combination of the others. */
static bool
plant_contradiction(Plan *plan, TestRandom *random)
{
	double		least = 0.0;
	int			i = plan->m;
	int			used = 0;

	for (int k = 0; k < i; k++)
	{
		double		y = small_integer(random);
		double		side = y > 0.0 ? plan->cl[k] : plan->cu[k];

		if (!isfinite(side) || test_int(random, 3))
			continue;
		for (int j = 0; j < plan->n; j++)
			plan->a[i][j] += y * plan->a[k][j];
		least += y * side;
		used++;
	}
	for (int j = 0; j < plan->n; j++)
	{
		double		z = small_integer(random);
		double		side = z > 0.0 ? plan->xl[j] : plan->xu[j];

		if (!isfinite(side) || test_int(random, 3))
			continue;
		plan->a[i][j] += z;
		least += z * side;
		used++;
	}
	plan->cl[i] = -INFINITY;
	plan->cu[i] = least - 1;
	plan->m++;
	return used > 0;
}

typedef struct Builder			/* a QP by triplets, everything free at first */
{
	CoQp		qp;
	int		   *row,
			   *col;
	double	   *value;
	size_t		nnz;
} Builder;

static Builder
begin_qp(CoArena *arena, int m, int n, int nnz)
{
	Builder		b = {.qp = {.n = n, .m = m}};

	b.qp.c = co_take_zero_doubles(arena, (size_t) n);
	b.qp.xl = co_take_doubles(arena, (size_t) n);
	b.qp.xu = co_take_doubles(arena, (size_t) n);
	b.qp.cl = co_take_zero_doubles(arena, (size_t) m);
	b.qp.cu = co_take_zero_doubles(arena, (size_t) m);
	b.row = co_take_ints(arena, (size_t) nnz);
	b.col = co_take_ints(arena, (size_t) nnz);
	b.value = co_take_doubles(arena, (size_t) nnz);
	co_fill(n, -INFINITY, b.qp.xl);
	co_fill(n, INFINITY, b.qp.xu);
	return b;
}

static void
add_entry(Builder *b, int i, int j, double value)
{
	b->row[b->nnz] = i;
	b->col[b->nnz] = j;
	b->value[b->nnz++] = value;
}

static void
add_matrix(Builder *b, const CoCsc *a, int row_offset)
{
	for (int j = 0; j < a->ncol; j++)
		for (int k = a->start[j]; k < a->start[j + 1]; k++)
			add_entry(b, row_offset + a->index[k], j, a->value[k]);
}

static CoQp
end_qp(CoArena *arena, Builder *b)
{
	int		   *none = co_take_zero_ints(arena, (size_t) b->qp.n + 1);

	CHECK_INT(co_csc_from_triplets(arena, b->qp.m, b->qp.n, b->nnz, b->row, b->col, b->value,
								   &b->qp.a), CO_OK);
	b->qp.p = (CoCsc) {b->qp.n, b->qp.n, none, none, NULL};
	return b->qp;
}

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

/* Open the problem along an integer direction of descent. */
static bool
plant_ray(Plan *plan, TestRandom *random)
{
	double		d[MAX_COL] = {0};
	double		slope = 0.0;
	int			last = -1;

	for (int j = 0; j < plan->n; j++)
	{
		if (plan->p[j][j] != 0.0 || test_int(random, 3) == 0)
			continue;
		d[j] = test_int(random, 2) ? 1 : -1;
		plan->xl[j] = d[j] < 0.0 ? -INFINITY : plan->xl[j];
		plan->xu[j] = d[j] > 0.0 ? INFINITY : plan->xu[j];
		last = j;
	}
	for (int i = 0; i < plan->m; i++)
	{
		double		growth = 0.0;

		for (int j = 0; j < plan->n; j++)
			growth += plan->a[i][j] * d[j];
		plan->cl[i] = growth < 0.0 ? -INFINITY : plan->cl[i];
		plan->cu[i] = growth > 0.0 ? INFINITY : plan->cu[i];
	}
	for (int j = 0; j < plan->n; j++)
		slope += plan->c[j] * d[j];
	if (last >= 0)
		plan->c[last] -= (slope + 1 + test_int(random, 3)) * d[last];
	return last >= 0;
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

static void
test_unbounded(void)
{
	TestRandom	random = {22};
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
			found++;
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
	CHECK(carried > 80);
	if (getenv("CO_TEST_LOG"))
		printf("# unbounded: found %d, carried %d, unsolved %d\n", found, carried, unsolved);
	CHECK(unsolved * 20 <= carried);
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

/* A reduced problem offers nothing more, and a start point goes along. */
static void
test_fixpoint_and_point(void)
{
	TestRandom	random = {31};
	int			again = 0;

	for (int k = 0; k < 1000; k++)
	{
		TestHost	host;
		CoArena		arena;
		CoQp		qp;
		CoPresolve *presolve,
				   *second;
		CoPresolveVerdict verdict;
		const CoQp *reduced;
		Plan		plan;
		double		x[MAX_COL];
		double		ax[MAX_ROW] = {0};

		plant(&plan, &random, k % 2 == 1);
		test_host_init(&host);
		co_arena_init(&arena, &host.env, SIZE_MAX);
		qp = make_qp(&arena, &plan);
		CHECK_INT(co_presolve(&arena, &qp, &verdict, &presolve), CO_OK);
		reduced = co_presolve_reduced(presolve);
		CHECK_INT(co_presolve(&arena, reduced, &verdict, &second), CO_OK);
		again += co_presolve_reduced(second)->n != reduced->n ||
			co_presolve_reduced(second)->m != reduced->m;

		/* Rows of the reduced problem hold at the image of a feasible point. */
		co_presolve_point(presolve, plan.x, x);
		co_csc_mul_add(&reduced->a, 1.0, x, ax);
		for (int j = 0; j < reduced->n; j++)
			if (co_presolve_stats(presolve)->n_dominated_column +
				co_presolve_stats(presolve)->n_empty_column +
				co_presolve_stats(presolve)->n_duplicate_column == 0)
				CHECK(x[j] >= reduced->xl[j] - 1e-12 && x[j] <= reduced->xu[j] + 1e-12);
		for (int i = 0; i < reduced->m; i++)
			if (co_presolve_stats(presolve)->n_dominated_column +
				co_presolve_stats(presolve)->n_empty_column +
				co_presolve_stats(presolve)->n_duplicate_column == 0)
				CHECK(ax[i] >= reduced->cl[i] - 1e-9 && ax[i] <= reduced->cu[i] + 1e-9);
		co_arena_free(&arena);
	}
	CHECK_INT(again, 0);
}

/* A chain x[k] <= x[k + 1], singletons that start it, long rows; in the arena. */
static CoQp
make_large(CoArena *arena, TestRandom *random, int n, int m, int per_row)
{
	Builder		b = begin_qp(arena, m, n, m * per_row);

	for (int j = 0; j < n; j++)
	{
		b.qp.xl[j] = 0.0;
		b.qp.xu[j] = j % 3 ? 1.0 + j % 7 : INFINITY;
		b.qp.c[j] = test_normal(random);
	}
	for (int i = 0; i < m; i++)
	{
		int			count = i % 10 == 0 ? 1 : per_row;
		double		sum = 0.0;

		for (int e = 0; e < count; e++)
		{
			double		value = small_integer(random);

			add_entry(&b, i, test_int(random, n), value);
			sum += fabs(value);
		}
		b.qp.cl[i] = i % 4 == 0 ? -sum : -INFINITY;
		b.qp.cu[i] = 0.5 * sum;
	}
	return end_qp(arena, &b);
}

/* Every allocation fails once, every poll says stop once: no leak, no crash. */
static void
test_weather(void)
{
	for (int what = 0; what < 2; what++)
		for (int k = 0; k < 400; k++)
		{
			TestRandom	random = {41};
			TestHost	host;
			CoArena		arena;
			CoPresolve *presolve;
			CoPresolveVerdict verdict;
			CoQp		qp;
			CoRc		rc;
			bool		struck;

			test_host_init(&host);
			co_arena_init(&arena, &host.env, SIZE_MAX);
			qp = what ? make_large(&arena, &random, 30000, 20000, 8) :
				make_large(&arena, &random, 20, 16, 4);
			host.n_alloc = host.n_poll = 0;
			*(what ? &host.cancel_at : &host.fail_at) = k;
			rc = co_presolve(&arena, &qp, &verdict, &presolve);
			if (!rc && verdict == CO_PRESOLVE_REDUCED)
			{
				const CoQp *reduced = co_presolve_reduced(presolve);
				CoQpPoint	point,
							full;

				point.x = co_take_zero_doubles(&arena, (size_t) reduced->n);
				point.z = co_take_zero_doubles(&arena, (size_t) reduced->n);
				point.y = co_take_zero_doubles(&arena, (size_t) reduced->m);
				full.x = co_take_zero_doubles(&arena, (size_t) qp.n);
				full.z = co_take_zero_doubles(&arena, (size_t) qp.n);
				full.y = co_take_zero_doubles(&arena, (size_t) qp.m);
				rc = co_arena_failed(&arena);
				if (!rc)
					rc = co_postsolve(&arena, presolve, &point, &full);
				if (!rc)
					rc = co_postsolve_infeasible(&arena, presolve, point.y, full.y);
				if (!rc)
					rc = co_postsolve_ray(&arena, presolve, point.x, full.x);
			}
			struck = what ? host.n_poll > k : host.n_alloc > k;
			CHECK_INT(rc, !struck ? CO_OK : what ? CO_CANCELED : CO_NO_MEMORY);
			co_arena_free(&arena);
			CHECK_INT(host.live, 0);
			if (!struck)
				break;
		}
}

CHECK_MAIN(TEST(test_linear_exact), TEST(test_quadratic_exact),
		   TEST(test_linear_approximate), TEST(test_quadratic_approximate),
		   TEST(test_rescaled), TEST(test_infeasible), TEST(test_unbounded),
		   TEST(test_odd_bounds), TEST(test_decimal_data), TEST(test_fixpoint_and_point),
		   TEST(test_weather))
