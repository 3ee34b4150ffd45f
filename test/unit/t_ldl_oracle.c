/*-------------------------------------------------------------------------
 *
 * t_ldl_oracle.c
 *	  Inertia and solutions of the sparse L D L' against LAPACK's dsytrf and
 *	  MUMPS, on regularized KKT matrices of nonconvex problems.
 *
 * Both oracles are loaded at run time and their tests skipped without them.
 *
 *-------------------------------------------------------------------------
 */
#include <dlfcn.h>

#include "check.h"
#include "host.h"
#include "linalg/ldl.h"
#include "matrices.h"

#if defined(__has_include)
#if __has_include(<dmumps_c.h>)
#include <dmumps_c.h>
#define HAVE_MUMPS_HEADER
#endif
#endif

#ifndef CO_BLAS_PATH
#define CO_BLAS_PATH "/usr/lib/x86_64-linux-gnu/openblas-serial/libopenblas.so.0"
#endif

#define N_MATRICES		60
#define N_LARGEST		460

typedef struct Case
{
	Sketch		sketch;
	TestHost	host;
	CoArena		arena;
	CoCsc		k;
} Case;

/*
 * H indefinite and sparse, A sparse with some rows repeated, -delta I: the
 * inertia is not known beforehand.
 */
static void
begin_case(Case *c, int number)
{
	TestRandom	random = {1000 + (uint64_t) number};
	int			n = 10 + test_int(&random, N_LARGEST * 2 / 3 - 10),
				m = 1 + test_int(&random, n / 2);
	double		delta = number % 2 ? 1e-8 : 1e-6;
	Sketch		s = sketch_begin(n + m);

	for (int j = 0; j < n; j++)
	{
		sketch_add(&s, j, j, delta + 2.0 * test_normal(&random) * (test_uniform(&random) < 0.7));
		for (int k = 0; k < number % 4; k++)
		{
			int			i = test_int(&random, n);

			if (i != j)
				sketch_add(&s, i, j, test_normal(&random));
		}
	}
	for (int i = 0; i < m; i++)
	{
		s.sign[n + i] = -1;
		for (int k = 0; k < 3; k++)
			sketch_add(&s, n + i, test_int(&random, n), test_normal(&random));
		sketch_add(&s, n + i, n + i, -delta);
	}
	/* nearly dependent on the first row: delta decides */
	if (m > 3)
		for (size_t k = 0, count = s.count; k < count; k++)
			if (s.row[k] == n && s.col[k] < n)
				sketch_add(&s, n + m - 1, s.col[k], s.value[k]);
	c->sketch = s;
	test_host_init(&c->host);
	co_arena_init(&c->arena, &c->host.env, SIZE_MAX);
	c->k = sketch_matrix(&s, &c->arena);
}

static void
end_case(Case *c)
{
	co_arena_free(&c->arena);
	CHECK_INT(c->host.live, 0);
	sketch_end(&c->sketch);
}

static CoLdl *
factor(Case *c, CoInertia *inertia)
{
	CoLdl	   *ldl = NULL;

	CHECK_INT(co_ldl_analyze(&c->arena, &c->k, &ldl), CO_OK);
	CHECK_INT(co_ldl_factor(ldl, c->k.value, c->sketch.sign, inertia), CO_OK);
	CHECK_INT(inertia->n_positive + inertia->n_negative, c->k.ncol);
	return ldl;
}

typedef void (*Dsytrf) (const char *uplo, const int *n, double *a, const int *lda,
						int *pivot, double *work, const int *n_work, int *info);

/* Signs of D: a negative pivot index marks the rows of a 2x2 block. */
static int
count_negative(int n, const double *a, const int *pivot)
{
	int			count = 0;

	for (int k = 0; k < n; k++)
		if (pivot[k] > 0)
			count += a[k + (size_t) k * n] < 0.0;
		else
		{
			double		d = a[k + (size_t) k * n],
						e = a[k + 1 + (size_t) k * n],
						f = a[k + 1 + (size_t) (k + 1) * n];

			count += d * f - e * e < 0.0 ? 1 : d < 0.0 ? 2 : 0;
			k++;
		}
	return count;
}

static void
test_inertia_dsytrf(void)
{
	static double work[64 * N_LARGEST];
	static double a[N_LARGEST * N_LARGEST];
	static int	pivot[N_LARGEST];
	int			n_work = 64 * N_LARGEST;
	void	   *library = dlopen(CO_BLAS_PATH, RTLD_NOW | RTLD_LOCAL);
	Dsytrf		dsytrf = NULL;

	if (library)
		*(void **) &dsytrf = dlsym(library, "dsytrf_");
	if (!dsytrf)
		SKIP("no dsytrf");
	for (int number = 0; number < N_MATRICES; number++)
	{
		Case		c;
		CoInertia	inertia = {0, 0, 0};
		int			n,
					info = -1;

		begin_case(&c, number);
		n = c.k.ncol;
		CHECK(n <= N_LARGEST);
		factor(&c, &inertia);
		memset(a, 0, sizeof a);
		for (int j = 0; j < n; j++)
			for (int p = c.k.start[j]; p < c.k.start[j + 1]; p++)
				a[c.k.index[p] + (size_t) j * n] = c.k.value[p];
		dsytrf("L", &n, a, &n, pivot, work, &n_work, &info);
		CHECK_INT(info, 0);
		CHECK_INT(inertia.n_negative, count_negative(n, a, pivot));
		end_case(&c);
	}
}

#ifdef HAVE_MUMPS_HEADER

#define ICNTL(mumps, i)	((mumps).icntl[(i) - 1])
#define INFOG(mumps, i)	((mumps).infog[(i) - 1])

enum
{
	MUMPS_BEGIN = -1,
	MUMPS_END = -2,
	MUMPS_ALL = 6,				/* analyse, factor, solve */
	MUMPS_WORLD = -987654,		/* the sequential library's communicator */
	MUMPS_SYMMETRIC = 2
};

static void *
find_mumps(void)
{
	void	   *library = dlopen("libdmumps_seq.so", RTLD_NOW | RTLD_LOCAL);

	if (!library)
		library = dlopen("libdmumps_seq-5.5.so", RTLD_NOW | RTLD_LOCAL);
	return library ? dlsym(library, "dmumps_c") : NULL;
}

/* Solve K x = x by MUMPS; returns the number of negative pivots. */
static int
solve_mumps(void (*dmumps) (DMUMPS_STRUC_C *), const CoCsc *k, double *x)
{
	int			nnz = co_csc_nnz(k);
	int		   *row = malloc((size_t) nnz * sizeof(int)),
			   *col = malloc((size_t) nnz * sizeof(int));
	int			n_negative;
	DMUMPS_STRUC_C mumps;

	for (int j = 0; j < k->ncol; j++)
		for (int p = k->start[j]; p < k->start[j + 1]; p++)
		{
			row[p] = k->index[p] + 1;
			col[p] = j + 1;
		}
	memset(&mumps, 0, sizeof mumps);
	mumps.job = MUMPS_BEGIN;
	mumps.par = 1;
	mumps.sym = MUMPS_SYMMETRIC;
	mumps.comm_fortran = MUMPS_WORLD;
	dmumps(&mumps);
	for (int i = 1; i <= 4; i++)
		ICNTL(mumps, i) = i < 4 ? -1 : 0;	/* silence */
	mumps.n = k->ncol;
	mumps.nz = nnz;
	mumps.irn = row;
	mumps.jcn = col;
	mumps.a = k->value;
	mumps.rhs = x;
	mumps.job = MUMPS_ALL;
	dmumps(&mumps);
	CHECK_INT(INFOG(mumps, 1), 0);
	n_negative = INFOG(mumps, 12);
	mumps.job = MUMPS_END;
	dmumps(&mumps);
	free(row);
	free(col);
	return n_negative;
}

static void
test_mumps(void)
{
	void		(*dmumps) (DMUMPS_STRUC_C *);

	*(void **) &dmumps = find_mumps();
	if (!dmumps)
		SKIP("no sequential MUMPS library");
	for (int number = 0; number < N_MATRICES; number++)
	{
		TestRandom	random = {5};
		Case		c;
		CoInertia	inertia = {0, 0, 0};
		CoLdl	   *ldl;
		double		b[N_LARGEST],
					x[N_LARGEST],
					y[N_LARGEST],
					size = 0.0;

		begin_case(&c, number);
		ldl = factor(&c, &inertia);
		for (int i = 0; i < c.k.ncol; i++)
			x[i] = y[i] = b[i] = test_normal(&random);
		CHECK_INT(inertia.n_negative, solve_mumps(dmumps, &c.k, y));

		/* its solution refined by this factor must not move from ours */
		CHECK_INT(co_ldl_solve(ldl, x), CO_OK);
		for (int pass = 0; pass < 6; pass++)
		{
			double		r[N_LARGEST];
			double	   *at = pass % 2 ? y : x;

			memcpy(r, b, sizeof r);
			co_csc_symmul_add(&c.k, -1.0, at, r);
			CHECK_INT(co_ldl_solve(ldl, r), CO_OK);
			for (int i = 0; i < c.k.ncol; i++)
				at[i] += r[i];
		}
		for (int i = 0; i < c.k.ncol; i++)
			size = fmax(size, fabs(y[i]));
		for (int i = 0; i < c.k.ncol; i++)
			CHECK_NEAR(x[i], y[i], 1e-7 * size);
		end_case(&c);
	}
}

#else

static void
test_mumps(void)
{
	SKIP("dmumps_c.h was not there at build time");
}

#endif

CHECK_MAIN(TEST(test_inertia_dsytrf), TEST(test_mumps))
