/*-------------------------------------------------------------------------
 *
 * t_quasi.c
 *	  The compact form against the recursion it stands for, and its systems.
 *
 *-------------------------------------------------------------------------
 */
#include <stdlib.h>

#include "base/vec.h"
#include "check.h"
#include "densebfgs.h"
#include "host.h"
#include "solver/quasi.h"

#define N	9

typedef struct Setup
{
	TestHost	host;
	CoArena		arena;
	CoQuasi    *quasi;
	TestRandom	random;
} Setup;

static void
begin(Setup *t, int dim, uint64_t seed)
{
	test_host_init(&t->host);
	co_arena_init(&t->arena, &t->host.env, SIZE_MAX);
	t->random = (TestRandom) {seed};
	CHECK_INT(co_quasi_new(&t->arena, N, dim, &t->quasi), CO_OK);
}

static void
end(Setup *t)
{
	co_arena_free(&t->arena);
}

static void
draw(Setup *t, double *v)
{
	for (int j = 0; j < N; j++)
		v[j] = test_normal(&t->random);
}

/* B as a matrix, column by column. */
static void
matrix_of(const CoQuasi *quasi, double b[N][N])
{
	for (int j = 0; j < N; j++)
	{
		double		e[N] = {0},
					column[N] = {0};

		e[j] = 1.0;
		co_quasi_mul_add(quasi, e, column);
		for (int i = 0; i < N; i++)
			b[i][j] = column[i];
	}
}

/* BFGS, Nocedal and Wright eq. 6.19, over the pairs that are held, from sigma I. */
static void
recursion_of(const CoQuasi *quasi, double b[N][N])
{
	memset(b, 0, N * N * sizeof(double));
	for (int j = 0; j < N; j++)
		b[j][j] = quasi->sigma;
	for (int k = 0; k < quasi->count; k++)
		update_dense(N, &b[0][0], quasi->s + k * N, quasi->y + k * N);
}

static void
test_compact_is_recursion(void)
{
	Setup		t;

	begin(&t, N, 1);
	for (int k = 0; k < 3 * CO_QUASI_MEMORY; k++)
	{
		double		s[N],
					y[N],
					b[N][N],
					r[N][N];

		draw(&t, s);
		draw(&t, y);
		if (k % 3 != 0)			/* curvature as of a convex function */
			for (int j = 0; j < N; j++)
				y[j] = (1.0 + j) * s[j] + 0.1 * y[j];
		CHECK(co_quasi_update(t.quasi, s, y));
		matrix_of(t.quasi, b);
		recursion_of(t.quasi, r);
		for (int i = 0; i < N; i++)
			for (int j = 0; j < N; j++)
				CHECK_NEAR(b[i][j], r[i][j], 1e-8 * (1.0 + fabs(r[i][i]) + fabs(r[j][j])));
	}
	CHECK_INT(t.quasi->count, CO_QUASI_MEMORY);
	end(&t);
}

/* The newest pair satisfies the secant equation, undamped where it may be. */
static void
test_secant(void)
{
	Setup		t;
	double		s[N],
				y[N],
				bs[N] = {0};

	begin(&t, N, 2);
	for (int k = 0; k < 10; k++)
	{
		draw(&t, s);
		for (int j = 0; j < N; j++)
			y[j] = (2.0 + j) * s[j];
		CHECK(co_quasi_update(t.quasi, s, y));
	}
	co_quasi_mul_add(t.quasi, s, bs);
	for (int j = 0; j < N; j++)
		CHECK_NEAR(bs[j], y[j], 1e-9);
	end(&t);
}

/* Whatever the curvature: positive definite. */
static void
test_positive(void)
{
	Setup		t;

	begin(&t, N, 3);
	for (int k = 0; k < 200; k++)
	{
		double		s[N],
					y[N],
					bs[N] = {0};

		draw(&t, s);
		for (int j = 0; j < N; j++)
			y[j] = -s[j] * (j % 3) + 0.01 * test_normal(&t.random);
		CHECK(co_quasi_update(t.quasi, s, y));
		draw(&t, s);
		co_quasi_mul_add(t.quasi, s, bs);
		CHECK(co_dot(N, s, bs) > 0.0);
	}
	end(&t);
}

static void
test_refused(void)
{
	Setup		t;
	double		zero[N] = {0},
				one[N] = {1.0},
				bad[N] = {NAN},
				out[N] = {0};

	begin(&t, N, 4);
	CHECK(!co_quasi_update(t.quasi, zero, one));
	CHECK(!co_quasi_update(t.quasi, one, bad));
	CHECK(!co_quasi_update(t.quasi, bad, one));
	co_quasi_mul_add(t.quasi, one, out);
	CHECK(memcmp(one, out, sizeof out) == 0);
	CHECK(co_quasi_update(t.quasi, one, one));
	co_quasi_reset(t.quasi);
	CHECK_INT(t.quasi->count, 0);
	end(&t);
}

#define DIM	(N + 3)

/* K0 = diag(sigma + d, -1) with a border: solved by elimination without care. */
typedef struct Dense
{
	double		k[DIM][DIM];
} Dense;

static CoRc
solve_dense(void *self, double *b)
{
	Dense		copy = *(Dense *) self;

	for (int k = 0; k < DIM; k++)
		for (int i = k + 1; i < DIM; i++)
		{
			double		f = copy.k[i][k] / copy.k[k][k];

			for (int j = k; j < DIM; j++)
				copy.k[i][j] -= f * copy.k[k][j];
			b[i] -= f * b[k];
		}
	for (int k = DIM - 1; k >= 0; k--)
	{
		for (int j = k + 1; j < DIM; j++)
			b[k] -= copy.k[k][j] * b[j];
		b[k] /= copy.k[k][k];
	}
	return CO_OK;
}

static void
test_systems(void)
{
	Setup		t;
	Dense		simple,
				full;
	double		b[DIM],
				x[DIM],
				matrix[N][N];

	begin(&t, DIM, 5);
	for (int k = 0; k < 8; k++)
	{
		double		s[N],
					y[N];

		draw(&t, s);
		for (int j = 0; j < N; j++)
			y[j] = (1.0 + 3.0 * j) * s[j];
		co_quasi_update(t.quasi, s, y);
	}
	memset(&simple, 0, sizeof simple);
	for (int i = 0; i < DIM; i++)
	{
		simple.k[i][i] = i < N ? 0.1 * i : -1.0;
		for (int j = 0; j < N && i >= N; j++)
			simple.k[i][j] = simple.k[j][i] = test_normal(&t.random);
		b[i] = test_normal(&t.random);
	}
	full = simple;
	matrix_of(t.quasi, matrix);
	for (int i = 0; i < N; i++)
	{
		simple.k[i][i] += t.quasi->sigma;
		for (int j = 0; j < N; j++)
			full.k[i][j] += matrix[i][j];
	}
	CHECK_INT(co_quasi_prepare(t.quasi, solve_dense, &simple), CO_OK);
	memcpy(x, b, sizeof b);
	solve_dense(&simple, x);
	co_quasi_correct(t.quasi, x);
	solve_dense(&full, b);
	for (int i = 0; i < DIM; i++)
		CHECK_NEAR(x[i], b[i], 1e-9 * (1.0 + fabs(b[i])));
	end(&t);
}

CHECK_MAIN(TEST(test_compact_is_recursion), TEST(test_secant), TEST(test_positive), TEST(test_refused),
		   TEST(test_systems))
