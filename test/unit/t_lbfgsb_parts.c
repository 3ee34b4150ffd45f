/*-------------------------------------------------------------------------
 *
 * t_lbfgsb_parts.c
 *	  The pieces of L-BFGS-B against dense linear algebra: its matrix, the
 *	  Cauchy point, the subspace step.
 *
 *-------------------------------------------------------------------------
 */
#include "check.h"

#include <stdlib.h>

#include "base/vec.h"
#include "solver/lbfgsb_private.h"
#include "densebfgs.h"
#include "fixture.h"

#define N			8

static double *
zeros(int n)
{
	return co_take_zero_doubles(&arena, (size_t) n);
}

typedef double Dense[N][N];

/* Pairs of a random positive definite matrix; the last `memory` in b. */
static CoLbfgs *
draw_matrix(TestRandom *random, int memory, int n_pairs, Dense b)
{
	double		s[30][N],
				y[30][N],
				root[N][N];
	CoLbfgs    *lbfgs;
	int			first = n_pairs > memory ? n_pairs - memory : 0;

	CHECK_INT(co_lbfgs_new(&arena, N, memory, &lbfgs), CO_OK);
	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++)
			root[i][j] = test_normal(random);
	for (int k = 0; k < n_pairs; k++)
	{
		double		rs[N];

		for (int j = 0; j < N; j++)
			s[k][j] = test_normal(random);
		for (int i = 0; i < N; i++)
			rs[i] = co_dot(N, root[i], s[k]);
		for (int j = 0; j < N; j++)
		{
			y[k][j] = 0.1 * s[k][j];
			for (int i = 0; i < N; i++)
				y[k][j] += root[i][j] * rs[i];
		}
		CHECK_INT(co_lbfgs_update(lbfgs, s[k], y[k]), CO_OK);
	}
	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++)
			b[i][j] = i == j ? lbfgs->theta : 0.0;
	for (int k = first; k < n_pairs; k++)
		update_dense(N, &b[0][0], s[k], y[k]);
	return lbfgs;
}

static double
norm_of(Dense b)
{
	double		norm = 0.0;

	for (int i = 0; i < N; i++)
		norm = fmax(norm, co_norm_inf(N, b[i]));
	return norm;
}

/* theta I - W M W' is the recursion's matrix. */
static void
test_matrix(void)
{
	TestRandom	random = {11};

	for (int memory = 1; memory <= 7; memory++)
		for (int n_pairs = 1; n_pairs <= memory + 3; n_pairs++)
		{
			Dense		b;
			CoLbfgs    *lbfgs;

			begin();
			lbfgs = draw_matrix(&random, memory, n_pairs, b);
			CHECK_INT(lbfgs->count, n_pairs < memory ? n_pairs : memory);
			for (int j = 0; j < N; j++)
			{
				double		e[N] = {0},
							column[N] = {0};
				CoLbfgsVector t;

				e[j] = 1.0;
				column[j] = lbfgs->theta;
				CHECK_INT(co_lbfgs_project(lbfgs, NULL, N, e, t), CO_OK);
				co_lbfgs_middle(lbfgs, t);
				CHECK_INT(co_lbfgs_expand(lbfgs, NULL, N, -1.0, t, column), CO_OK);
				for (int i = 0; i < N; i++)
					CHECK_NEAR(column[i], b[i][j], 1e-9 * norm_of(b));
			}
			end();
		}
}

/* A random iterate, some of whose variables are at their bounds. */
static void
draw_iterate(TestRandom *random, CoLbfgsb *s, double *xl, double *xu)
{
	for (int j = 0; j < N; j++)
	{
		xl[j] = test_int(random, 4) == 0 ? -INFINITY : -0.3 * test_uniform(random);
		xu[j] = test_int(random, 4) == 0 ? INFINITY : 0.3 * test_uniform(random);
		s->x[j] = test_int(random, 4) == 0 ? xl[j] : test_int(random, 4) == 0 ? xu[j] : 0.0;
		if (isinf(s->x[j]))
			s->x[j] = 0.0;
		s->grad[j] = test_int(random, 8) == 0 ? 0.0 : test_normal(random);
	}
}

static CoLbfgsb *
new_solve(CoLbfgs *b, const CoBox *box)
{
	CoLbfgsb   *s = co_take_zero(&arena, 1, sizeof *s);

	s->arena = &arena;
	s->box = box;
	s->b = b;
	s->work = co_lbfgsb_work_new(&arena);
	s->bounded = true;
	s->x = zeros(N);
	s->grad = zeros(N);
	s->target = zeros(N);
	s->d = zeros(N);
	s->reach = zeros(N);
	s->heap = co_take_ints(&arena, N);
	s->free = co_take_ints(&arena, N);
	return s;
}

/* The first minimizer of g'z + z'Bz / 2 along P(x - t g) - x, breakpoint by breakpoint. */
static void
dense_cauchy(const CoLbfgsb *s, Dense b, double *at)
{
	const CoBox *box = s->box;
	double		t = 0.0;

	co_copy(N, s->x, at);
	for (int k = 0; k <= N; k++)
	{
		double		d[N],
					next = INFINITY,
					f1 = 0.0,
					f2 = 0.0,
					dt;

		for (int j = 0; j < N; j++)
		{
			double		reach = s->grad[j] == 0.0 ? INFINITY :
				(s->x[j] - (s->grad[j] > 0.0 ? box->xl[j] : box->xu[j])) / s->grad[j];

			d[j] = reach > t ? -s->grad[j] : 0.0;
			if (reach > t)
				next = fmin(next, reach);
		}
		for (int i = 0; i < N; i++)
		{
			f1 += s->grad[i] * d[i];
			f2 += d[i] * co_dot(N, b[i], d);
			for (int j = 0; j < N; j++)
				f1 += d[i] * b[i][j] * (at[j] - s->x[j]);
		}
		if (f1 >= 0.0)
			return;
		dt = fmin(-f1 / f2, next - t);
		co_axpy(N, dt, d, at);
		if (dt < next - t)
			return;
		t = next;
	}
}

/* The minimizer over the free variables by elimination, then projected or cut. */
static void
dense_subspace(const CoLbfgsb *s, Dense b, double *at)
{
	const CoBox *box = s->box;
	double		a[N][N + 1],
				to[N],
				slope = 0.0,
				part = 1.0;
	int			n = s->n_free;

	for (int i = 0; i < n; i++)
	{
		a[i][n] = -s->grad[s->free[i]];
		for (int j = 0; j < N; j++)
			a[i][n] -= b[s->free[i]][j] * (at[j] - s->x[j]);
		for (int j = 0; j < n; j++)
			a[i][j] = b[s->free[i]][s->free[j]];
	}
	for (int k = 0; k < n; k++)
		for (int i = 0; i < n; i++)
			for (int j = n; i != k && j >= k; j--)
				a[i][j] -= a[i][k] / a[k][k] * a[k][j];
	co_copy(N, at, to);
	for (int k = 0; k < n; k++)
	{
		int			j = s->free[k];
		double		d = a[k][n] / a[k][k],
					side = d > 0.0 ? box->xu[j] : box->xl[j];

		to[j] = co_clamp(at[j] + d, box->xl[j], box->xu[j]);
		part = d != 0.0 ? fmin(part, (side - at[j]) / d) : part;
	}
	for (int j = 0; j < N; j++)
		slope += s->grad[j] * (to[j] - s->x[j]);
	for (int k = 0; k < n && !(slope < 0.0); k++)
		to[s->free[k]] = at[s->free[k]] + part * a[k][n] / a[k][k];
	co_copy(N, to, at);
}

static void
test_direction(void)
{
	TestRandom	random = {12};

	for (int trial = 0; trial < 500; trial++)
	{
		double		xl[N],
					xu[N],
					at[N];
		CoBox		box = {N, xl, xu, NULL, NULL};
		Dense		b;
		CoLbfgsb   *s;

		begin();
		s = new_solve(draw_matrix(&random, 1 + trial % 5, 1 + trial % 6, b), &box);
		draw_iterate(&random, s, xl, xu);
		dense_cauchy(s, b, at);
		CHECK_INT(co_lbfgsb_cauchy(s), CO_OK);
		for (int j = 0; j < N; j++)
			CHECK_NEAR(s->target[j], at[j], 1e-9);
		CHECK_INT(co_lbfgsb_subspace(s), CO_OK);
		dense_subspace(s, b, at);
		for (int j = 0; j < N; j++)
		{
			CHECK_NEAR(s->target[j], at[j], 1e-7);
			CHECK(s->target[j] >= xl[j] && s->target[j] <= xu[j]);
		}
		end();
	}
}

CHECK_MAIN(TEST(test_matrix), TEST(test_direction))
