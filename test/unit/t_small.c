/*-------------------------------------------------------------------------
 *
 * t_small.c
 *	  The small kernels of linalg/chol.h: bit for bit what plain loops in the
 *	  documented order compute, whatever the vector instructions; solutions
 *	  against dsytrf; perturbed pivots; bad matrices.
 *
 *-------------------------------------------------------------------------
 */
#include "check.h"
#include "host.h"

#include <dlfcn.h>
#include <float.h>
#include <stdlib.h>

#include "linalg/chol.h"

#ifndef CO_BLAS_PATH
#define CO_BLAS_PATH "/usr/lib/x86_64-linux-gnu/openblas-serial/libopenblas.so.0"
#endif

#define MAX_N	100				/* beyond CO_SMALL_MAX, too */
#define LD		(MAX_N + 5)

static double a[MAX_N * LD];
static double l[MAX_N * LD];
static double want[MAX_N * LD];
static signed char sign[MAX_N];

#define AT(m, i, j)	((m)[(j) * LD + (i)])

/*
 * A quasi-definite matrix with random signs, NaN outside of the lower triangle.
 * The off-diagonal part has a spectral norm near 2 sqrt(n) [Wigner], the
 * diagonal twice that.
 */
static void
make_quasi_definite(TestRandom *random, int n, bool definite)
{
	for (int p = 0; p < MAX_N * LD; p++)
		a[p] = NAN;
	for (int j = 0; j < n; j++)
	{
		sign[j] = definite || test_int(random, 3) ? 1 : -1;
		for (int i = j; i < n; i++)
			AT(a, i, j) = test_normal(random);
		AT(a, j, j) = sign[j] * (4.0 * sqrt(n) + test_uniform(random));
	}
	memcpy(l, a, sizeof a);
	memcpy(want, a, sizeof a);
}

/* Exact: NaN where it was, equal bits elsewhere. */
static bool
same_bits(const double *x, const double *y)
{
	for (int p = 0; p < MAX_N * LD; p++)
		if (isnan(x[p]) ? !isnan(y[p]) : memcmp(x + p, y + p, sizeof *x) != 0)
			return false;
	return true;
}

/* The documented order: column after column, each entry t -= l w. */
static void
plain_ldl(int n, double *m)
{
	for (int j = 0; j < n; j++)
	{
		double		inverse = 1.0 / AT(m, j, j);

		for (int k = j + 1; k < n; k++)
			for (int i = k; i < n; i++)
			{
				double		product = AT(m, i, j) * inverse * AT(m, k, j);

				AT(m, i, k) -= product;
			}
		for (int i = j + 1; i < n; i++)
			AT(m, i, j) *= inverse;
	}
}

static void
plain_chol(int n, double *m)
{
	for (int j = 0; j < n; j++)
	{
		double		inverse = 1.0 / sqrt(AT(m, j, j));

		AT(m, j, j) = sqrt(AT(m, j, j));
		for (int i = j + 1; i < n; i++)
			AT(m, i, j) *= inverse;
		for (int k = j + 1; k < n; k++)
			for (int i = k; i < n; i++)
			{
				double		product = AT(m, i, j) * AT(m, k, j);

				AT(m, i, k) -= product;
			}
	}
}

static void
test_bits_of_factors(void)
{
	TestRandom	random = {1};

	for (int n = 0; n <= CO_SMALL_MAX; n++)
	{
		make_quasi_definite(&random, n, false);
		CHECK_INT(co_small_ldl_factor(n, l, LD, sign, 1e-12), 0);
		plain_ldl(n, want);
		CHECK(same_bits(l, want));
		make_quasi_definite(&random, n, true);
		CHECK_INT(co_small_chol_factor(n, l, LD), -1);
		plain_chol(n, want);
		CHECK(same_bits(l, want));
	}
}

/* Blocks of four from the end, four lanes in a sum. */
static void
plain_solve_l(int n, bool unit, double *x)
{
	for (int j = 0; j < n; j++)
	{
		if (!unit)
			x[j] /= AT(l, j, j);
		for (int i = j + 1; i < n; i++)
		{
			double		product = AT(l, i, j) * x[j];

			x[i] -= product;
		}
	}
}

static void
plain_solve_lt(int n, bool unit, double *x)
{
	for (int last = n; last > 0; last = last > 4 ? last - 4 : 0)
	{
		int			first = last > 4 ? last - 4 : 0;

		for (int j = last - 1; j >= first; j--)
		{
			double		lane[4] = {0.0, 0.0, 0.0, 0.0};

			for (int i = last; i < n; i++)
			{
				double		product = AT(l, i, j) * x[i];

				lane[(i - last) % 4] += product;
			}
			x[j] -= (lane[0] + lane[1]) + (lane[2] + lane[3]);
			for (int i = j + 1; i < last; i++)
			{
				double		product = AT(l, i, j) * x[i];

				x[j] -= product;
			}
			if (!unit)
				x[j] /= AT(l, j, j);
		}
	}
}

static void
test_bits_of_solves(void)
{
	TestRandom	random = {2};
	double		x[MAX_N + 1],
				y[MAX_N + 1];

	for (int n = 0; n <= MAX_N; n++)
	{
		make_quasi_definite(&random, n, true);
		CHECK_INT(co_small_chol_factor(n, l, LD), -1);
		for (int i = 0; i <= n; i++)
			x[i] = y[i] = test_normal(&random);
		co_small_chol_solve(n, l, LD, x);
		plain_solve_l(n, false, y);
		plain_solve_lt(n, false, y);
		CHECK(memcmp(x, y, sizeof(double) * (size_t) (n + 1)) == 0);

		co_small_chol_solve_l(n, l, LD, x);
		plain_solve_l(n, false, y);
		CHECK(memcmp(x, y, sizeof(double) * (size_t) (n + 1)) == 0);
		co_small_chol_solve_lt(n, l, LD, x);
		plain_solve_lt(n, false, y);
		CHECK(memcmp(x, y, sizeof(double) * (size_t) (n + 1)) == 0);

		make_quasi_definite(&random, n, false);
		CHECK_INT(co_small_ldl_factor(n, l, LD, sign, 1e-12), 0);
		co_small_ldl_solve(n, l, LD, x);
		plain_solve_l(n, true, y);
		for (int j = 0; j < n; j++)
			y[j] /= AT(l, j, j);
		plain_solve_lt(n, true, y);
		CHECK(memcmp(x, y, sizeof(double) * (size_t) (n + 1)) == 0);
	}
}

static double
residual(int n, const double *x, const double *b)
{
	double		norm = 0.0;

	for (int i = 0; i < n; i++)
	{
		double		sum = -b[i];

		for (int j = 0; j < n; j++)
			sum += (i >= j ? AT(a, i, j) : AT(a, j, i)) * x[j];
		norm = fabs(sum) <= norm ? norm : fabs(sum);
	}
	return norm;
}

/* Small and larger than CO_SMALL_MAX, whose order of sums is another. */
static void
test_residuals_and_inertia(void)
{
	TestRandom	random = {3};
	double		x[MAX_N],
				b[MAX_N];

	for (int n = 1; n <= MAX_N; n++)
		for (int definite = 0; definite < 2; definite++)
		{
			int			n_negative = 0;
			int			n_wanted = 0;

			make_quasi_definite(&random, n, definite != 0);
			/* Strongly dominant, so that each pivot keeps its sign. */
			for (int j = 0; j < n; j++)
				AT(a, j, j) = AT(l, j, j) = sign[j] * 2.0 * n;
			for (int i = 0; i < n; i++)
				x[i] = b[i] = test_normal(&random);
			if (definite)
				CHECK_INT(co_small_chol_factor(n, l, LD), -1);
			else
				CHECK_INT(co_small_ldl_factor(n, l, LD, sign, 1e-12), 0);
			for (int j = 0; j < n; j++)
			{
				n_negative += AT(l, j, j) < 0.0;
				n_wanted += sign[j] < 0;
			}
			CHECK_INT(n_negative, n_wanted);
			if (definite)
				co_small_chol_solve(n, l, LD, x);
			else
				co_small_ldl_solve(n, l, LD, x);
			CHECK_NEAR(residual(n, x, b), 0.0, 1e-13);
			for (int p = 0; p < MAX_N * LD; p++)
				CHECK(isnan(a[p]) == isnan(l[p]));
		}
}

typedef void (*Dsytrf) (const char *uplo, const int *n, double *a, const int *lda, int *ipiv,
						double *work, const int *lwork, int *info);
typedef void (*Dsytrs) (const char *uplo, const int *n, const int *nrhs, const double *a,
						const int *lda, const int *ipiv, double *b, const int *ldb, int *info);

static void *
lapack_function(const char *name)
{
	void	   *library;

	if (!test_blas())			/* sets the number of threads */
		return NULL;
	library = dlopen(CO_BLAS_PATH, RTLD_NOW | RTLD_LOCAL);
	return library ? dlsym(library, name) : NULL;
}

/* KKT matrices with a nearly empty corner, as an interior point method has. */
static void
test_against_dsytrf(void)
{
	TestRandom	random = {4};
	void	   *symbol = lapack_function("dsytrf_");
	Dsytrf		dsytrf;
	Dsytrs		dsytrs;
	double		x[MAX_N],
				y[MAX_N],
				work[MAX_N * 64];
	int			ipiv[MAX_N],
				info,
				ld = LD,
				lwork = MAX_N * 64,
				one = 1;

	if (!symbol)
		SKIP("no OpenBLAS");
	memcpy(&dsytrf, &symbol, sizeof symbol);
	symbol = lapack_function("dsytrs_");
	memcpy(&dsytrs, &symbol, sizeof symbol);
	for (int n = 2; n <= MAX_N; n++)
	{
		make_quasi_definite(&random, n, true);
		for (int j = 0; j < n; j++)
		{
			sign[j] = j < n - n / 3 ? 1 : -1;
			for (int i = j; i < n; i++)
				if (sign[j] < 0)
					AT(a, i, j) = i == j ? -1e-8 : 0.0;
		}
		memcpy(l, a, sizeof a);
		memcpy(want, a, sizeof a);
		for (int i = 0; i < n; i++)
			x[i] = y[i] = test_normal(&random);
		CHECK_INT(co_small_ldl_factor(n, l, LD, sign, 1e-14), 0);
		co_small_ldl_solve(n, l, LD, x);
		dsytrf("L", &n, want, &ld, ipiv, work, &lwork, &info);
		CHECK_INT(info, 0);
		dsytrs("L", &n, &one, want, &ld, ipiv, y, &ld, &info);
		for (int i = 0; i < n; i++)
			CHECK_NEAR(x[i], y[i], 1e-9 * (1.0 + fabs(y[i])));
	}
}

/* An all-zero matrix has nothing but perturbed pivots. */
static void
test_perturbed_pivots(void)
{
	static const int sizes[] = {1, 3, 4, 9, 64, 65, 100};

	for (int k = 0; k < 7; k++)
	{
		int			n = sizes[k];

		for (int j = 0; j < n; j++)
		{
			sign[j] = j % 3 ? 1 : -1;
			for (int i = j; i < n; i++)
				AT(l, i, j) = 0.0;
		}
		AT(l, n / 2, n / 2) = -5.0; /* large enough, whatever the sign expected */
		CHECK_INT(co_small_ldl_factor(n, l, LD, sign, 1e-6), n - 1);
		for (int j = 0; j < n; j++)
			CHECK(AT(l, j, j) == (j == n / 2 ? -5.0 : sign[j] * 1e-6));
		for (int j = 0; j < n; j++)
			AT(l, j, j) = j % 2 ? 1e-7 : -1e-7;
		CHECK_INT(co_small_ldl_factor(n, l, LD, NULL, 1e-6), n);
		for (int j = 0; j < n; j++)
			CHECK(AT(l, j, j) == 1e-6);
	}
}

/* Exactly rank one: every pivot but the first is an exact zero. */
static void
test_rank_one(void)
{
	for (int n = 2; n <= MAX_N; n += 7)
	{
		for (int j = 0; j < n; j++)
		{
			sign[j] = j % 2 ? -1 : 1;
			for (int i = j; i < n; i++)
				AT(l, i, j) = AT(want, i, j) = 4.0;
		}
		CHECK_INT(co_small_ldl_factor(n, l, LD, sign, 0.5), n - 1);
		for (int j = 1; j < n; j++)
			CHECK(AT(l, j, j) == sign[j] * 0.5 && AT(l, j, 0) == 1.0);
		CHECK_INT(co_small_chol_factor(n, want, LD), 1);
	}
}

/* A NaN stays a NaN: it is never perturbed away, and never a positive pivot. */
static void
test_not_finite(void)
{
	TestRandom	random = {5};

	for (int n = 1; n <= MAX_N; n += 3)
		for (int round = 0; round < 3; round++)
		{
			int			i = test_int(&random, n);
			int			j = test_int(&random, i + 1);
			double		x[MAX_N];
			bool		lost = true;

			make_quasi_definite(&random, n, true);
			for (int k = 0; k < n; k++)
				AT(l, k, k) = 2.0 * n;
			AT(l, i, j) = NAN;
			CHECK_INT(co_small_ldl_factor(n, l, LD, sign, 1e-12), 0);
			for (int k = 0; k < n; k++)
				x[k] = 1.0;
			co_small_ldl_solve(n, l, LD, x);
			for (int k = 0; k < n; k++)
				lost = lost && !isnan(x[k]);
			CHECK(!lost);

			make_quasi_definite(&random, n, true);
			for (int k = 0; k < n; k++)
				AT(l, k, k) = 2.0 * n;
			AT(l, i, j) = NAN;
			CHECK_INT(co_small_chol_factor(n, l, LD), i);
			AT(want, i, i) = INFINITY;
			CHECK(co_small_chol_factor(n, want, LD) >= 0);
		}
}

/* A small Cholesky that fails leaves the matrix as it was. */
static void
test_failed_chol_changes_nothing(void)
{
	TestRandom	random = {6};

	for (int n = 1; n <= CO_SMALL_MAX; n++)
		for (int round = 0; round < 3; round++)
		{
			int			j = test_int(&random, n);

			make_quasi_definite(&random, n, true);
			for (int k = 0; k < n; k++)
				AT(l, k, k) = 2.0 * n;
			AT(l, j, j) = -1.0;
			memcpy(want, l, sizeof l);
			CHECK_INT(co_small_chol_factor(n, l, LD), j);
			CHECK(same_bits(l, want));
		}
}

/* Four lanes and a tail. */
static void
test_syrk(void)
{
	TestRandom	random = {7};
	double		w[MAX_N * LD];

	for (int n = 0; n <= 20; n++)
		for (int k = 0; k <= 13; k++)
		{
			for (int p = 0; p < n * LD; p++)
			{
				a[p] = test_normal(&random);
				w[p] = test_normal(&random);
				l[p] = want[p] = NAN;
			}
			for (int j = 0; j < n; j++)
				for (int i = j; i < n; i++)
				{
					double		lane[5] = {0.0, 0.0, 0.0, 0.0, 0.0};

					for (int q = 0; q < k; q++)
					{
						double		product = AT(a, q, i) * AT(w, q, j);

						lane[q < k / 4 * 4 ? q % 4 : 4] += product;
					}
					AT(l, i, j) = AT(want, i, j) = i;
					AT(want, i, j) += 3.0 *
						(((lane[0] + lane[1]) + (lane[2] + lane[3])) + lane[4]);
				}
			co_small_syrk(n, k, 3.0, a, LD, w, LD, l, LD);
			for (int p = 0; p < n * LD; p++)
				CHECK(isnan(want[p]) ? isnan(l[p]) : l[p] == want[p]);
		}
}

CHECK_MAIN(TEST(test_bits_of_factors), TEST(test_bits_of_solves),
		   TEST(test_residuals_and_inertia), TEST(test_against_dsytrf),
		   TEST(test_perturbed_pivots), TEST(test_rank_one), TEST(test_not_finite),
		   TEST(test_failed_chol_changes_nothing), TEST(test_syrk))
