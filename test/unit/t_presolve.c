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

CHECK_MAIN(TEST(test_linear_exact), TEST(test_quadratic_exact),
		   TEST(test_linear_approximate), TEST(test_quadratic_approximate))
