/*-------------------------------------------------------------------------
 *
 * t_chol.c
 *	  linalg/chol.h: the recursive Cholesky, scaled products and symmetric
 *	  products against LAPACK and against plain loops; bad matrices; cancel.
 *
 * Every matrix carries NaN above its diagonal and below its last row, which
 * must still be there afterwards.
 *
 *-------------------------------------------------------------------------
 */
#include "check.h"
#include "host.h"

#include <float.h>
#include <limits.h>
#include <stdlib.h>
#include <time.h>

#include "base/vec.h"
#include "linalg/chol.h"

#define PADDING		3			/* rows below the matrix */

/* Above n = 1062 the factorization is split, above 1062 * 2^k k + 1 times. */
static const int sizes[] = {1, 2, 3, 7, 63, 64, 65, 66, 130, 501, 1062, 1063, 1500};

#define N_QUICK	10				/* of them, under a checker that slows all down */

static int
n_sizes(void)
{
	return test_quick() ? N_QUICK : (int) (sizeof sizes / sizeof *sizes);
}

typedef struct Dense
{
	int			n,
				ld;
	double	   *a;
} Dense;

static TestHost host;
static CoArena arena;

static void
start(void)
{
	test_host_init(&host);
	co_arena_init(&arena, &host.env, SIZE_MAX);
}

/* Lower triangle of a random symmetric matrix, diagonal + shift. */
static Dense
random_dense(TestRandom *random, int n, double shift)
{
	Dense		m = {n, n + PADDING, NULL};

	m.a = malloc(((size_t) m.ld * (size_t) n + 1) * sizeof(double));
	for (int j = 0; j < n; j++)
		for (int i = 0; i < m.ld; i++)
			m.a[(size_t) j * m.ld + i] = i < j || i >= n ? NAN :
				test_uniform(random) - 0.5 + (i == j ? shift : 0.0);
	return m;
}

static Dense
copy_dense(const Dense *m)
{
	Dense		copy = *m;
	size_t		size = (size_t) m->ld * (size_t) m->n * sizeof(double);

	copy.a = malloc(size + sizeof(double));
	memcpy(copy.a, m->a, size);
	return copy;
}

static double *
entry(const Dense *m, int i, int j)
{
	return i >= j ? &m->a[(size_t) j * m->ld + i] : &m->a[(size_t) i * m->ld + j];
}

static bool
rest_untouched(const Dense *m)
{
	for (int j = 0; j < m->n; j++)
		for (int i = 0; i < m->ld; i++)
			if ((i < j || i >= m->n) && !isnan(m->a[(size_t) j * m->ld + i]))
				return false;
	return true;
}

/* max |L L' x - A x| for x = 1, -1, 1, ... */
static double
factor_error(const Dense *l, const Dense *a)
{
	int			n = a->n;
	double	   *t = calloc((size_t) n, sizeof(double));
	double		error = 0.0;

	for (int j = 0; j < n; j++)
		for (int i = j; i < n; i++)
			t[j] += *entry(l, i, j) * (i % 2 ? -1.0 : 1.0);
	for (int i = 0; i < n; i++)
	{
		double		sum = 0.0;

		for (int j = 0; j < n; j++)
			sum += (j <= i ? *entry(l, i, j) * t[j] : 0.0) - *entry(a, i, j) * (j % 2 ? -1.0 : 1.0);
		error = fmax(error, fabs(sum));
		if (isnan(sum))
			error = NAN;
	}
	free(t);
	return error;
}

static void
check_solve(const Dense *l, const Dense *a)
{
	int			n = a->n;
	double	   *x = malloc((size_t) n * sizeof(double));
	double	   *half = malloc((size_t) n * sizeof(double));

	for (int i = 0; i < n; i++)
		x[i] = half[i] = 1.0 + i % 5;
	co_chol_solve(test_blas(), n, l->a, l->ld, x);
	co_chol_solve_l(test_blas(), n, l->a, l->ld, half);
	co_chol_solve_lt(test_blas(), n, l->a, l->ld, half);
	for (int i = 0; i < n; i++)
	{
		double		sum = -(1.0 + i % 5);

		for (int j = 0; j < n; j++)
			sum += *entry(a, i, j) * x[j];
		CHECK_NEAR(sum, 0.0, 1e-12);
		CHECK(half[i] == x[i]);
	}
	free(x);
	free(half);
}

static void
test_factor_against_lapack(void)
{
	const CoBlas *blas = test_blas();
	TestRandom	random = {1};

	if (!blas)
		SKIP("no OpenBLAS");
	start();
	for (int k = 0; k < n_sizes(); k++)
	{
		int			n = sizes[k];
		Dense		a = random_dense(&random, n, n);
		Dense		l = copy_dense(&a);
		Dense		want = copy_dense(&a);
		int			info,
					failed_at = 99;

		CHECK_INT(co_chol_factor(&arena, blas, n, l.a, l.ld, &failed_at), CO_OK);
		CHECK_INT(failed_at, -1);
		CHECK(rest_untouched(&l));
		blas->dpotrf("L", &n, want.a, &want.ld, &info);
		for (int j = 0; j < n; j++)
			for (int i = j; i < n; i++)
				CHECK_NEAR(*entry(&l, i, j), *entry(&want, i, j), 4 * DBL_EPSILON * sqrt(n));
		CHECK_NEAR(factor_error(&l, &a), 0.0, 4 * DBL_EPSILON * n * sqrt(n));
		check_solve(&l, &a);
		free(a.a);
		free(l.a);
		free(want.a);
	}
	co_arena_free(&arena);
}

/* The same bits twice, and whatever the padding. */
static void
test_factor_is_reproducible(void)
{
	TestRandom	random = {2};
	Dense		a;
	Dense		first;
	Dense		second;
	int			failed_at;

	if (!test_blas())
		SKIP("no OpenBLAS");
	start();
	a = random_dense(&random, test_quick() ? 300 : 1300, 1300.0);
	first = copy_dense(&a);
	second = copy_dense(&a);
	CHECK_INT(co_chol_factor(&arena, test_blas(), a.n, first.a, a.ld, &failed_at), CO_OK);
	CHECK_INT(co_chol_factor(&arena, test_blas(), a.n, second.a, a.ld, &failed_at), CO_OK);
	CHECK(memcmp(first.a, second.a, sizeof(double) * (size_t) a.ld * (size_t) a.n) == 0);
	free(a.a);
	free(first.a);
	free(second.a);
}

/* Leading minors up to column j positive, column j not: exactly there it stops. */
static void
test_not_positive(void)
{
	static const double bad[] = {0.0, -0.0, -1.0, -1e-300, -DBL_MAX};
	TestRandom	random = {3};

	if (!test_blas())
		SKIP("no OpenBLAS");
	start();
	for (int k = 0; k < n_sizes(); k++)
	{
		int			n = sizes[k];
		Dense		a = random_dense(&random, n, n);

		for (int round = 0; round < 5; round++)
		{
			int			j = round < 2 ? round * (n - 1) : test_int(&random, n);
			Dense		l = copy_dense(&a);
			int			failed_at = -1;

			for (int i = 0; i < n; i++)
				*entry(&l, i, j) = 0.0;
			*entry(&l, j, j) = bad[round];
			CHECK_INT(co_chol_factor(&arena, test_blas(), n, l.a, l.ld, &failed_at),
					  CO_NOT_POSITIVE);
			CHECK_INT(failed_at, j);
			CHECK(rest_untouched(&l));
			free(l.a);
		}
		free(a.a);
	}
}

/*
 * B B' of integers has rank r < n, and its pivots after r are zero up to
 * rounding: either verdict is right, a wrong column or a NaN is not.
 */
static void
test_rank_deficient(void)
{
	TestRandom	random = {4};

	if (!test_blas())
		SKIP("no OpenBLAS");
	start();
	for (int round = 0; round < 60; round++)
	{
		int			n = 2 + test_int(&random, 120);
		int			rank = 1 + test_int(&random, n - 1);
		Dense		a = random_dense(&random, n, 0.0);
		double	   *b = malloc((size_t) (n * rank) * sizeof(double));
		int			failed_at;
		CoRc		rc;

		for (int i = 0; i < n * rank; i++)
			b[i] = test_normal(&random);
		for (int j = 0; j < n; j++)
			for (int i = j; i < n; i++)
			{
				*entry(&a, i, j) = 0.0;
				for (int q = 0; q < rank; q++)
					*entry(&a, i, j) += b[i * rank + q] * b[j * rank + q];
			}
		rc = co_chol_factor(&arena, test_blas(), n, a.a, a.ld, &failed_at);
		CHECK(rc == CO_OK || (rc == CO_NOT_POSITIVE && failed_at >= rank));
		free(b);
		free(a.a);
	}

	/* Exactly singular, in exact arithmetic: 1 1; 1 1 */
	{
		double		ones[4] = {1.0, 1.0, NAN, 1.0};
		int			failed_at;

		CHECK_INT(co_chol_factor(&arena, NULL, 2, ones, 2, &failed_at), CO_NOT_POSITIVE);
		CHECK_INT(failed_at, 1);
	}
}

/* A NaN at (i, j) shows in pivot i; an infinite diagonal in its own. */
static void
test_not_finite(void)
{
	TestRandom	random = {5};

	if (!test_blas())
		SKIP("no OpenBLAS");
	start();
	for (int k = 0; k < n_sizes(); k++)
	{
		int			n = sizes[k];
		Dense		a = random_dense(&random, n, n);

		for (int round = 0; round < 4; round++)
		{
			int			i = test_int(&random, n);
			int			j = round == 0 ? i : test_int(&random, i + 1);
			Dense		l = copy_dense(&a);
			int			failed_at;

			*entry(&l, i, j) = NAN;
			CHECK_INT(co_chol_factor(&arena, test_blas(), n, l.a, l.ld, &failed_at),
					  CO_NOT_FINITE);
			CHECK_INT(failed_at, i);
			memcpy(l.a, a.a, sizeof(double) * (size_t) l.ld * (size_t) n);
			*entry(&l, j, j) = INFINITY;
			CHECK_INT(co_chol_factor(&arena, test_blas(), n, l.a, l.ld, &failed_at),
					  CO_NOT_FINITE);
			CHECK_INT(failed_at, j);
			free(l.a);
		}
		free(a.a);
	}
}

static void
test_empty_and_no_library(void)
{
	TestRandom	random = {6};
	Dense		a = random_dense(&random, 65, 65.0);
	int			failed_at;
	double		x = 3.0;

	start();
	CHECK_INT(co_chol_factor(&arena, NULL, 0, NULL, 1, &failed_at), CO_OK);
	CHECK_INT(failed_at, -1);
	co_chol_solve(NULL, 0, NULL, 1, NULL);
	CHECK_INT(co_chol_solve_l_many(&arena, NULL, 0, NULL, 1, 5, NULL, 1), CO_OK);
	CHECK_INT(co_chol_solve_l_many(&arena, test_blas(), 1, &x, 1, 0, NULL, 1), CO_OK);
	CHECK_INT(co_syrk_scaled(&arena, NULL, 0, 4, 1.0, NULL, 4, NULL, NULL, NULL, 1), CO_OK);
	CHECK_INT(co_syrk_scaled(&arena, NULL, 1, 0, 1.0, NULL, 1, NULL, NULL, &x, 1), CO_OK);
	CHECK_INT(co_symv_add(&arena, 0, 1.0, NULL, 1, NULL, NULL), CO_OK);
	CHECK(x == 3.0);
	CHECK_INT(co_chol_factor(&arena, NULL, 65, a.a, a.ld, &failed_at), CO_NO_BLAS);
	CHECK_INT(co_syrk_scaled(&arena, NULL, 65, 1, 1.0, a.a, 1, NULL, NULL, a.a, a.ld), CO_NO_BLAS);
	CHECK_INT(co_chol_factor(&arena, NULL, 64, a.a, a.ld, &failed_at), CO_OK);
	free(a.a);
}

/* L X = B again by plain loops; nrhs above and below n, with and without a library */
static void
check_solve_many(TestRandom *random, const CoBlas *blas, int n, int nrhs)
{
	Dense		l = random_dense(random, n, n);
	int			ldb = n + PADDING;
	double	   *b = malloc((size_t) ldb * (size_t) nrhs * sizeof(double));
	double	   *x = malloc((size_t) ldb * (size_t) nrhs * sizeof(double));
	double	   *sum = malloc((size_t) n * sizeof(double));

	for (size_t p = 0; p < (size_t) ldb * (size_t) nrhs; p++)
		x[p] = b[p] = test_uniform(random);
	CHECK_INT(co_chol_solve_l_many(&arena, blas, n, l.a, l.ld, nrhs, x, ldb), CO_OK);
	for (int r = 0; r < nrhs; r++)
	{
		const double *xr = x + (size_t) r * ldb;
		const double *br = b + (size_t) r * ldb;
		double		error = 0.0;

		memset(sum, 0, (size_t) n * sizeof(double));
		for (int j = 0; j < n; j++)
			for (int i = j; i < n; i++)
				sum[i] += *entry(&l, i, j) * xr[j];
		for (int i = 0; i < n; i++)
			error = fmax(error, fabs(sum[i] - br[i]));
		CHECK_NEAR(error, 0.0, 1e-13);
		CHECK(memcmp(xr + n, br + n, PADDING * sizeof(double)) == 0);
	}
	free(l.a);
	free(b);
	free(x);
	free(sum);
}

static void
test_solve_many(void)
{
	TestRandom	random = {7};

	start();
	for (int n = 1; n <= 40; n += 13)
		check_solve_many(&random, NULL, n, 5);
	if (!test_blas())
		SKIP("no OpenBLAS");
	check_solve_many(&random, test_blas(), 1, 1);
	check_solve_many(&random, test_blas(), 17, 90);
	check_solve_many(&random, test_blas(), 300, 7);
	if (test_quick())
		return;
	check_solve_many(&random, test_blas(), 1500, 200);	/* halves the triangle */
	check_solve_many(&random, test_blas(), 700, 1000);	/* halves the right-hand sides */
}

/* C x against C0 x + alpha B' (D (B x)), entry by entry for small ones */
static void
check_syrk(TestRandom *random, const CoBlas *blas, int n, int k, const double *d)
{
	Dense		c = random_dense(random, n, 0.0);
	Dense		c0 = copy_dense(&c);
	int			ldb = k + PADDING;
	double	   *b = malloc((size_t) ldb * (size_t) n * sizeof(double));
	double	   *work = malloc((size_t) k * (size_t) n * sizeof(double));
	double	   *bx = calloc((size_t) k, sizeof(double));

	for (size_t p = 0; p < (size_t) ldb * (size_t) n; p++)
		b[p] = p % (size_t) ldb < (size_t) k ? test_uniform(random) - 0.5 : NAN;
	CHECK_INT(co_syrk_scaled(&arena, blas, n, k, -2.5, b, ldb, d, d ? work : NULL, c.a, c.ld),
			  CO_OK);
	CHECK(rest_untouched(&c));
	for (int j = 0; j < n; j++)
		for (int i = 0; i < k; i++)
			bx[i] += b[(size_t) j * ldb + i] * (j % 3 - 1.0) * (d ? d[i] : 1.0);
	for (int i = 0; i < n; i++)
	{
		double		got = 0.0,
					want = 0.0,
					size = 1.0;

		for (int j = 0; j < n; j++)
		{
			got += *entry(&c, i, j) * (j % 3 - 1.0);
			want += *entry(&c0, i, j) * (j % 3 - 1.0);
		}
		for (int q = 0; q < k; q++)
		{
			want -= 2.5 * b[(size_t) i * ldb + q] * bx[q];
			size += 2.5 * fabs(b[(size_t) i * ldb + q] * bx[q]);
		}
		CHECK_NEAR(got, want, 1e-14 * n * size);
	}
	free(c.a);
	free(c0.a);
	free(b);
	free(work);
	free(bx);
}

static void
check_syrk_kinds(TestRandom *random, const CoBlas *blas, int n, int k)
{
	double	   *d = malloc((size_t) k * sizeof(double));

	check_syrk(random, blas, n, k, NULL);
	for (int kind = 0; kind < 4; kind++)
	{
		/* positive over decades; zeros among them; all negative; of any sign */
		for (int i = 0; i < k; i++)
			d[i] = pow(10.0, test_int(random, 5) - 2) *
				(kind == 0 ? 1.0 : kind == 1 ? test_int(random, 2) :
				 kind == 2 ? -1.0 : test_int(random, 3) - 1.0);
		check_syrk(random, blas, n, k, d);
	}
	free(d);
}

static void
test_syrk_scaled(void)
{
	TestRandom	random = {8};

	start();
	for (int n = 1; n <= 64; n += 7)
		for (int k = 1; k < 80; k += 11)
			check_syrk_kinds(&random, NULL, n, k);
	if (!test_blas())
		SKIP("no OpenBLAS");
	check_syrk_kinds(&random, test_blas(), 1, 1);
	check_syrk_kinds(&random, test_blas(), 33, 500);
	check_syrk_kinds(&random, test_blas(), 65, 1);
	check_syrk_kinds(&random, test_blas(), 150, 90);
	if (test_quick())
		return;
	check_syrk_kinds(&random, test_blas(), 900, 600);	/* halves n */
	check_syrk(&random, test_blas(), 300, 6000, NULL);	/* halves k */
}

/* Small integers: exact, in any order of the sums. */
static void
test_symv(void)
{
	TestRandom	random = {9};

	start();
	for (int n = 0; n <= 1003; n += n < 40 ? 1 : 137)
	{
		Dense		a = random_dense(&random, n, 0.0);
		double	   *x = malloc(((size_t) n + 1) * sizeof(double));
		double	   *y = malloc(((size_t) n + 1) * sizeof(double));

		for (int j = 0; j < n; j++)
		{
			x[j] = test_int(&random, 9) - 4;
			y[j] = j;
			for (int i = j; i < n; i++)
				*entry(&a, i, j) = test_int(&random, 9) - 4;
		}
		y[n] = 77.0;
		CHECK_INT(co_symv_add(&arena, n, -0.5, a.a, a.ld, x, y), CO_OK);
		for (int i = 0; i < n; i++)
		{
			double		want = 0.0;

			for (int j = 0; j < n; j++)
				want += *entry(&a, i, j) * x[j];
			CHECK(y[i] == i - 0.5 * want);
		}
		CHECK(y[n] == 77.0);
		free(a.a);
		free(x);
		free(y);
	}
}

/*
 * A library that computes nothing and keeps the largest work it was asked for:
 * so the bound on what one call does is tested at sizes that would take long.
 */
static double largest_call;
static double total_work;

static void
note_work(double work)
{
	largest_call = fmax(largest_call, work);
	total_work += work;
}

static void
note_dgemm(const char *ta, const char *tb, const int *m, const int *n, const int *k,
		   const double *alpha, const double *a, const int *lda, const double *b,
		   const int *ldb, const double *beta, double *c, const int *ldc)
{
	(void) ta, (void) tb, (void) alpha, (void) a, (void) lda, (void) b, (void) ldb;
	(void) beta, (void) c, (void) ldc;
	CHECK(*m > 0 && *n > 0 && *k > 0);
	note_work((double) *m * *n * *k);
}

static void
note_dsyrk(const char *uplo, const char *trans, const int *n, const int *k,
		   const double *alpha, const double *a, const int *lda, const double *beta,
		   double *c, const int *ldc)
{
	(void) uplo, (void) trans, (void) alpha, (void) a, (void) lda, (void) beta;
	(void) c, (void) ldc;
	CHECK(*n > 0 && *k > 0);
	note_work(0.5 * *n * *n * *k);
}

static void
note_dtrsm(const char *side, const char *uplo, const char *transa, const char *diag,
		   const int *m, const int *n, const double *alpha, const double *a, const int *lda,
		   double *b, const int *ldb)
{
	(void) uplo, (void) transa, (void) diag, (void) alpha, (void) a, (void) lda;
	(void) b, (void) ldb;
	CHECK(*m > 0 && *n > 0);
	note_work(0.5 * *m * *n * (*side == 'L' ? *m : *n));
}

static void
note_dpotrf(const char *uplo, const int *n, double *a, const int *lda, int *info)
{
	(void) uplo, (void) a, (void) lda;
	note_work((double) *n * *n * *n / 6.0);
	*info = 0;
}

#define MOST_WORK	2e8			/* CALL_WORK of linalg/chol.c */

static void
test_work_of_a_call(void)
{
	CoBlas		counting = {.dgemm = note_dgemm, .dsyrk = note_dsyrk,
	.dtrsm = note_dtrsm, .dpotrf = note_dpotrf};
	static const int large[] = {100, 1062, 1063, 4000, 6001};

	/* The matrices are never touched but for their diagonals. */
	for (int k = 0; k < 5; k++)
	{
		int			n = large[k];
		double	   *a = malloc((size_t) n * (size_t) n * sizeof(double));
		int			failed_at;

		start();
		host.cancel_at = LONG_MAX;
		for (int j = 0; j < n; j++)
			a[(size_t) j * n + j] = 1.0;
		largest_call = total_work = 0.0;
		CHECK_INT(co_chol_factor(&arena, &counting, n, a, n, &failed_at), CO_OK);
		CHECK(largest_call <= MOST_WORK);
		/* n^3 / 6, nothing twice and nothing left out */
		CHECK_NEAR(total_work / ((double) n * n * n / 6.0), 1.0, 1e-12);
		CHECK(host.n_poll >= total_work / MOST_WORK);

		largest_call = total_work = 0.0;
		CHECK_INT(co_chol_solve_l_many(&arena, &counting, n, a, n, n / 2, a, n), CO_OK);
		CHECK(largest_call <= MOST_WORK);
		CHECK_NEAR(total_work / (0.5 * n * n * (n / 2)), 1.0, 1e-12);

		largest_call = total_work = 0.0;
		CHECK_INT(co_syrk_scaled(&arena, &counting, n, n, 1.0, a, n, NULL, NULL, a, n), CO_OK);
		CHECK(largest_call <= MOST_WORK);
		CHECK_NEAR(total_work / (0.5 * n * n * n), 1.0, 1e-12);
		free(a);
	}
}

static CoRc
everything(const Dense *a, Dense *l, double *x, double *work, const double *d)
{
	int			n = a->n;
	int			failed_at;
	CoRc		rc;

	memcpy(l->a, a->a, sizeof(double) * (size_t) a->ld * (size_t) n);
	rc = co_chol_factor(&arena, test_blas(), n, l->a, l->ld, &failed_at);
	if (!rc)
		rc = co_chol_solve_l_many(&arena, test_blas(), n, l->a, l->ld, 200, x, n);
	if (!rc)
		rc = co_syrk_scaled(&arena, test_blas(), n, 200, 1.0, x, 200, d, work, l->a, l->ld);
	return rc ? rc : co_symv_add(&arena, n, 1.0, a->a, a->ld, work, x);
}

static void
test_cancel_at_every_poll(void)
{
	TestRandom	random = {10};
	int			n = test_quick() ? 1070 : 1300;
	Dense		a,
				l;
	double	   *x,
			   *work,
			   *d;
	long		n_poll = 1;

	if (!test_blas())
		SKIP("no OpenBLAS");
	if (test_quick() > 1)
		SKIP("minutes under valgrind");
	a = random_dense(&random, n, n);
	l = copy_dense(&a);
	x = calloc(1300 * 200, sizeof(double));
	work = calloc(1300 * 200, sizeof(double));
	d = calloc(1300, sizeof(double));
	for (int i = 0; i < 1300; i++)
		d[i] = 1.0 - i % 3;
	for (long k = -1; k < n_poll; k++)
	{
		start();
		host.cancel_at = k < 0 ? LONG_MAX : k;
		CHECK_INT(everything(&a, &l, x, work, d), k < 0 ? CO_OK : CO_CANCELED);
		if (k < 0)
			n_poll = host.n_poll;
		else
			CHECK_INT(host.n_poll, k + 1);	/* the first refusal is the last question */
		CHECK_INT(host.n_alloc, 0);
	}
	CHECK(n_poll >= 6);
	start();
	arena.deadline = 0.0;
	CHECK_INT(everything(&a, &l, x, work, d), CO_TIME_EXCEEDED);
	free(a.a);
	free(l.a);
	free(x);
	free(work);
	free(d);
}

/* Where the work is not the library's: scaling the rows, and small kernels. */
static void
test_cancel_outside_the_library(void)
{
	enum {N = 2100};			/* N^2 > CO_POLL_WORK */
	CoBlas		counting = {.dgemm = note_dgemm, .dsyrk = note_dsyrk};
	double	   *b = calloc(N * N, sizeof(double));
	double	   *work = calloc(N * N, sizeof(double));
	double		d[N];
	double		l = 1.0;
	int			failed_at;

	co_fill(N, 1.0, d);
	for (int negative = 0; negative < 2; negative++)
	{
		d[7] = negative ? -1.0 : 1.0;
		start();
		host.cancel_at = 0;
		total_work = 0.0;
		CHECK_INT(co_syrk_scaled(&arena, &counting, N, N, 1.0, b, N, d, work, b, N), CO_CANCELED);
		CHECK(total_work == 0.0);
		start();
		host.cancel_at = 1;
		CHECK_INT(co_syrk_scaled(&arena, &counting, N, N, 1.0, b, N, d, work, b, N), CO_CANCELED);
		CHECK(total_work == 0.0);	/* the second is the first before a call */
	}
	start();
	host.cancel_at = 0;
	CHECK_INT(co_chol_factor(&arena, NULL, 1, &l, 1, &failed_at), CO_CANCELED);
	CHECK_INT(co_chol_solve_l_many(&arena, NULL, 1, &l, 1, 1, b, 1), CO_CANCELED);
	CHECK_INT(co_syrk_scaled(&arena, NULL, 1, 1, 1.0, b, 1, d, work, &l, 1), CO_CANCELED);
	CHECK_INT(co_symv_add(&arena, 1, 1.0, &l, 1, d, work), CO_CANCELED);
	free(b);
	free(work);
}

static double
seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double) ts.tv_sec + 1e-9 * (double) ts.tv_nsec;
}

static bool
stop_after_a_while(void *self)
{
	return seconds() >= *(double *) self;
}

/*
 * By the clock: 100 ms at most from the wish to the return, wherever in the
 * factorization it comes.  Machines that need more than 20 ms for a piece (an
 * emulator, valgrind) are allowed five pieces.
 */
static void
test_cancel_latency(void)
{
	enum {N = 4000, PIECE = 585};	/* PIECE^3 = MOST_WORK */
	const CoBlas *blas = test_blas();
	double	   *a;
	double		stop,
				piece = INFINITY,
				one = 1.0;
	int			piece_n = PIECE,
				failed_at;

	if (!blas)
		SKIP("no OpenBLAS");
	if (!test_is_timed())
		SKIP("times are not judged");
	a = malloc(sizeof(double) * N * N);
	for (size_t p = 0; p < (size_t) N * N; p++)
		a[p] = 1e-5;
	for (int k = 0; k < 5; k++)
	{
		double		begin = seconds();

		blas->dgemm("N", "N", &piece_n, &piece_n, &piece_n, &one, a, &piece_n, a + N * 1000,
					&piece_n, &one, a + N * 2000, &piece_n);
		piece = fmin(piece, seconds() - begin);
	}
	start();
	host.env.poll = stop_after_a_while;
	host.env.self = &stop;
	for (int k = 0; k < 4; k++)
	{
		for (size_t p = 0; p < (size_t) N * N; p++)
			a[p] = p % (N + 1) == 0 ? N : 0.5;
		stop = seconds() + piece * 8 * k;	/* the whole takes more than 53 */
		CHECK_INT(co_chol_factor(&arena, blas, N, a, N, &failed_at), CO_CANCELED);
		CHECK(seconds() - stop <= fmax(0.1, 5.0 * piece));
	}
	free(a);
}

CHECK_MAIN(TEST(test_factor_against_lapack), TEST(test_factor_is_reproducible),
		   TEST(test_not_positive), TEST(test_rank_deficient), TEST(test_not_finite),
		   TEST(test_empty_and_no_library), TEST(test_solve_many), TEST(test_syrk_scaled),
		   TEST(test_symv), TEST(test_work_of_a_call), TEST(test_cancel_at_every_poll),
		   TEST(test_cancel_outside_the_library), TEST(test_cancel_latency))
