/*-------------------------------------------------------------------------
 *
 * t_presolve.c
 *	  Presolve and postsolve on random problems around a known solution.
 *
 * The reduced problem of each (plan.h) is solved by a reference (tiny_ipm.h);
 * the point carried back is judged on the original.
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

typedef struct Solved
{
	CoResidual	reduced,
				full;
	double		rounding;		/* of numbers as large as the point has */
	double		row_rounding;	/* of terms with coefficients up to 1e4 */
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
	out->row_rounding = 1e4 * DBL_EPSILON * (1 + co_norm_inf(qp->n, fx));
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

	if (test_quick() > 1)
		count /= 5;
	for (int k = 0; k < count; k++)
	{
		plant(&plan, &random, quadratic);
		check_one(&plan, mu_end, k, &stats, &unsolved);
	}
	/* The test must have seen every reduction, and solved nearly everything. */
	CHECK(unsolved * 50 <= count || !test_has_long_double());
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
	if (!test_has_long_double())
		SKIP(NO_LONG_DOUBLE);
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
 * The judge's numbers are in these units, multipliers up to 1e5 and variables
 * up to 1e3, hence the wider floor; the objective is compared relatively.
 */
static void
test_rescaled(void)
{
	TestRandom	random = {15};
	int			unsolved = 0;

	for (int k = 0; k < (test_quick() > 1 ? 600 : 3000); k++)
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
			CHECK(s.full.primal <= 1e3 * s.reduced.primal + s.row_rounding);
			CHECK(s.full.dual <= 1e3 * s.reduced.dual + 10 * s.rounding + 1e-9);
			CHECK(s.full.complementarity <= 10 * s.reduced.complementarity + 1e-9 * scale +
				  10 * s.rounding);
			CHECK_NEAR(s.full.objective, s.reduced.objective, 1e-9 * scale + 10 * s.rounding);
			CHECK_NEAR(s.full.objective, plan.objective,
					   1e-9 * scale + 10 * s.rounding + 2 * s.reduced.gap);
		}
		co_arena_free(&arena);
	}
	CHECK(unsolved < 300 || !test_has_long_double());
	if (!test_has_long_double())
		SKIP(NO_LONG_DOUBLE);
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

/* Random rows of a feasible bounded LP, a tenth of them singletons. */
static CoQp
make_large(CoArena *arena, TestRandom *random, int n, int m, int per_row)
{
	Builder		b = begin_qp(arena, m, n, m * per_row);

	for (int j = 0; j < n; j++)
	{
		b.qp.xl[j] = 0.0;
		b.qp.xu[j] = j % 3 ? 1.0 + j % 7 : INFINITY;
		b.qp.c[j] = j % 3 ? test_normal(random) : fabs(test_normal(random));
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
		   TEST(test_rescaled), TEST(test_fixpoint_and_point), TEST(test_weather))
