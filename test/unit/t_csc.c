/*-------------------------------------------------------------------------
 *
 * t_csc.c
 *	  linalg/csc.c against dense matrices and in bad weather.
 *
 *-------------------------------------------------------------------------
 */
#include "check.h"
#include "host.h"

#include <limits.h>
#include <stdlib.h>

#include "linalg/csc.h"
#include "linalg/ticker.h"

#define MAX_DIM		12

typedef struct Triplets
{
	int			nrow,
				ncol;
	size_t		nnz;
	int		   *row,
			   *col;
	double	   *value;
} Triplets;

/* Values are small integers: sums are exact in any order. */
static Triplets
random_triplets(TestRandom *random, int nrow, int ncol, size_t nnz, bool lower)
{
	Triplets	t = {nrow, ncol, nnz, NULL, NULL, NULL};

	t.row = malloc((nnz + 1) * sizeof(int));
	t.col = malloc((nnz + 1) * sizeof(int));
	t.value = malloc((nnz + 1) * sizeof(double));
	for (size_t k = 0; k < nnz; k++)
	{
		int			i = test_int(random, nrow);
		int			j = test_int(random, ncol);

		t.row[k] = lower && i < j ? j : i;
		t.col[k] = lower && i < j ? i : j;
		t.value[k] = test_int(random, 9) - 4;
	}
	return t;
}

static void
free_triplets(Triplets *t)
{
	free(t->row);
	free(t->col);
	free(t->value);
}

static void
to_dense(const Triplets *t, bool symmetric, double dense[MAX_DIM][MAX_DIM])
{
	memset(dense, 0, sizeof(double) * MAX_DIM * MAX_DIM);
	for (size_t k = 0; k < t->nnz; k++)
	{
		dense[t->row[k]][t->col[k]] += t->value[k];
		if (symmetric && t->row[k] != t->col[k])
			dense[t->col[k]][t->row[k]] += t->value[k];
	}
}

static CoRc
build(CoArena *arena, const Triplets *t, CoCsc *out)
{
	return co_csc_from_triplets(arena, t->nrow, t->ncol, t->nnz, t->row, t->col, t->value, out);
}

/* Rows ascend strictly in each column, and the dense matrix is the given one. */
static void
check_matrix(const CoCsc *a, double dense[MAX_DIM][MAX_DIM])
{
	double		left[MAX_DIM][MAX_DIM];

	memcpy(left, dense, sizeof left);
	CHECK_INT(a->start[0], 0);
	for (int j = 0; j < a->ncol; j++)
		for (int p = a->start[j]; p < a->start[j + 1]; p++)
		{
			CHECK(a->index[p] >= 0 && a->index[p] < a->nrow);
			CHECK(p == a->start[j] || a->index[p - 1] < a->index[p]);
			CHECK(a->value[p] == left[a->index[p]][j]);
			left[a->index[p]][j] = 0.0;
		}
	for (int i = 0; i < a->nrow; i++)
		for (int j = 0; j < a->ncol; j++)
			CHECK(left[i][j] == 0.0);
}

static void
test_random_matrices(void)
{
	TestRandom	random = {1};
	TestHost	host;
	CoArena		arena;
	double		dense[MAX_DIM][MAX_DIM];

	test_host_init(&host);
	co_arena_init(&arena, &host.env, SIZE_MAX);
	for (int round = 0; round < 300; round++)
	{
		int			nrow = 1 + test_int(&random, MAX_DIM);
		int			ncol = 1 + test_int(&random, MAX_DIM);
		Triplets	t = random_triplets(&random, nrow, ncol, (size_t) test_int(&random, 80), false);
		CoMark		mark = co_mark(&arena);
		CoCsc		a,
					transposed,
					back,
					copy;
		double		dense_t[MAX_DIM][MAX_DIM];

		to_dense(&t, false, dense);
		for (int i = 0; i < MAX_DIM; i++)
			for (int j = 0; j < MAX_DIM; j++)
				dense_t[i][j] = dense[j][i];
		CHECK_INT(build(&arena, &t, &a), CO_OK);
		check_matrix(&a, dense);
		CHECK_INT(co_csc_transpose(&arena, &a, &transposed), CO_OK);
		CHECK_INT(transposed.nrow, ncol);
		CHECK_INT(transposed.ncol, nrow);
		CHECK_INT(co_csc_nnz(&transposed), co_csc_nnz(&a));
		check_matrix(&transposed, dense_t);
		CHECK_INT(co_csc_transpose(&arena, &transposed, &back), CO_OK);
		check_matrix(&back, dense);
		CHECK_INT(co_csc_copy(&arena, &a, &copy), CO_OK);
		memset(a.value, 0, (size_t) co_csc_nnz(&a) * sizeof(double));
		check_matrix(&copy, dense);
		co_rewind(&arena, mark);
		free_triplets(&t);
	}
	co_arena_free(&arena);
	CHECK_INT(host.live, 0);
}

static void
check_products(const CoCsc *a, TestRandom *random, double dense[MAX_DIM][MAX_DIM])
{
	double		x[MAX_DIM],
				y[MAX_DIM],
				want[MAX_DIM];

	for (int i = 0; i < MAX_DIM; i++)
	{
		x[i] = test_int(random, 7) - 3;
		y[i] = want[i] = test_int(random, 7) - 3;
	}
	for (int i = 0; i < a->nrow; i++)
		for (int j = 0; j < a->ncol; j++)
			want[i] += 2.0 * dense[i][j] * x[j];
	co_csc_mul_add(a, 2.0, x, y);
	for (int i = 0; i < MAX_DIM; i++)
		CHECK(y[i] == want[i]);
	for (int i = 0; i < a->nrow; i++)
		for (int j = 0; j < a->ncol; j++)
			want[j] -= 0.5 * dense[i][j] * x[i];
	co_csc_tmul_add(a, -0.5, x, y);
	for (int i = 0; i < MAX_DIM; i++)
		CHECK(y[i] == want[i]);
}

static void
check_symmetric_products(const CoCsc *a, TestRandom *random, double dense[MAX_DIM][MAX_DIM])
{
	double		x[MAX_DIM],
				y[MAX_DIM],
				want[MAX_DIM],
				quadratic = 0.0;

	for (int i = 0; i < MAX_DIM; i++)
	{
		x[i] = test_int(random, 7) - 3;
		y[i] = want[i] = test_int(random, 7) - 3;
	}
	for (int i = 0; i < a->nrow; i++)
		for (int j = 0; j < a->ncol; j++)
		{
			want[i] += 4.0 * dense[i][j] * x[j];
			quadratic += x[i] * dense[i][j] * x[j];
		}
	co_csc_symmul_add(a, 4.0, x, y);
	for (int i = 0; i < MAX_DIM; i++)
		CHECK(y[i] == want[i]);
	CHECK(co_csc_quadratic(a, x) == quadratic);
}

/* Small integers throughout: every product is exact. */
static void
test_products(void)
{
	TestRandom	random = {2};
	TestHost	host;
	CoArena		arena;
	double		dense[MAX_DIM][MAX_DIM];

	test_host_init(&host);
	co_arena_init(&arena, &host.env, SIZE_MAX);
	for (int round = 0; round < 300; round++)
	{
		int			n = 1 + test_int(&random, MAX_DIM);
		int			ncol = 1 + test_int(&random, MAX_DIM);
		size_t		nnz = (size_t) test_int(&random, 100);
		Triplets	t = random_triplets(&random, n, ncol, nnz, false);
		Triplets	s = random_triplets(&random, n, n, nnz, true);
		CoMark		mark = co_mark(&arena);
		CoCsc		a;

		to_dense(&t, false, dense);
		CHECK_INT(build(&arena, &t, &a), CO_OK);
		check_products(&a, &random, dense);
		to_dense(&s, true, dense);
		CHECK_INT(build(&arena, &s, &a), CO_OK);
		check_symmetric_products(&a, &random, dense);
		co_rewind(&arena, mark);
		free_triplets(&t);
		free_triplets(&s);
	}
	co_arena_free(&arena);
}

/* A NaN in x reaches what it meets, whatever the entries are. */
static void
test_nan_is_not_lost(void)
{
	TestHost	host;
	CoArena		arena;
	CoCsc		a;
	int			row[] = {0, 1, 1};
	int			col[] = {0, 0, 1};
	double		value[] = {0.0, 0.0, 1.0};
	double		x[] = {NAN, 1.0};
	double		y[] = {0.0, 0.0};

	test_host_init(&host);
	co_arena_init(&arena, &host.env, SIZE_MAX);
	CHECK_INT(co_csc_from_triplets(&arena, 2, 2, 3, row, col, value, &a), CO_OK);
	co_csc_mul_add(&a, 1.0, x, y);
	CHECK(isnan(y[0]) && isnan(y[1]));
	CHECK(isnan(co_csc_quadratic(&a, x)));
	co_arena_free(&arena);
}

/* 1e16 + 1 - 1e16 is 0 in this order and 1 in others. */
static void
test_order_of_sums(void)
{
	TestHost	host;
	CoArena		arena;
	CoCsc		a;
	int			row[] = {2, 0, 2, 2, 1, 0};
	int			col[] = {1, 1, 1, 1, 0, 1};
	double		value[] = {1e16, 3.0, 1.0, -1e16, 5.0, -3.0};

	test_host_init(&host);
	co_arena_init(&arena, &host.env, SIZE_MAX);
	CHECK_INT(co_csc_from_triplets(&arena, 3, 2, 6, row, col, value, &a), CO_OK);
	CHECK_INT(co_csc_nnz(&a), 3);
	CHECK_INT(a.start[1], 1);
	CHECK_INT(a.index[0], 1);
	CHECK_INT(a.index[1], 0);
	CHECK(a.value[1] == 0.0);	/* kept */
	CHECK_INT(a.index[2], 2);
	CHECK(a.value[2] == 0.0);

	value[2] = -1e16;
	value[3] = 1.0;
	CHECK_INT(co_csc_from_triplets(&arena, 3, 2, 6, row, col, value, &a), CO_OK);
	CHECK(a.value[2] == 1.0);
	co_arena_free(&arena);
}

static void
test_pattern_only(void)
{
	TestHost	host;
	CoArena		arena;
	CoCsc		a,
				t,
				copy;
	int			row[] = {1, 1, 0};
	int			col[] = {2, 2, 0};

	test_host_init(&host);
	co_arena_init(&arena, &host.env, SIZE_MAX);
	CHECK_INT(co_csc_from_triplets(&arena, 2, 3, 3, row, col, NULL, &a), CO_OK);
	CHECK(a.value == NULL);
	CHECK_INT(co_csc_nnz(&a), 2);
	CHECK_INT(co_csc_transpose(&arena, &a, &t), CO_OK);
	CHECK(t.value == NULL);
	CHECK_INT(t.index[1], 2);
	CHECK_INT(co_csc_copy(&arena, &t, &copy), CO_OK);
	CHECK(copy.value == NULL);
	CHECK_INT(copy.index[1], 2);
	co_arena_free(&arena);
}

static void
test_empty(void)
{
	TestHost	host;
	CoArena		arena;
	CoCsc		a,
				t,
				copy;
	CoCsc		nothing = {0};

	test_host_init(&host);
	co_arena_init(&arena, &host.env, SIZE_MAX);
	for (int nrow = 0; nrow < 3; nrow++)
		for (int ncol = 0; ncol < 3; ncol++)
		{
			double		x[3] = {1.0, 1.0, 1.0};
			double		y[3] = {0.0, 0.0, 0.0};

			CHECK_INT(co_csc_from_triplets(&arena, nrow, ncol, 0, NULL, NULL, NULL, &a), CO_OK);
			CHECK_INT(co_csc_nnz(&a), 0);
			CHECK_INT(co_csc_transpose(&arena, &a, &t), CO_OK);
			CHECK_INT(t.ncol, nrow);
			CHECK_INT(co_csc_copy(&arena, &a, &copy), CO_OK);
			CHECK_INT(copy.start[ncol], 0);
			co_csc_mul_add(&a, 1.0, x, y);
			co_csc_tmul_add(&a, 1.0, x, y);
			CHECK(y[0] == 0.0 && y[1] == 0.0 && y[2] == 0.0);
			CHECK(co_csc_quadratic(&a, x) == 0.0);
		}
	CHECK_INT(co_csc_transpose(&arena, &nothing, &t), CO_OK);
	CHECK_INT(co_csc_copy(&arena, &nothing, &copy), CO_OK);
	CHECK_INT(co_csc_nnz(&copy), 0);
	co_arena_free(&arena);
}

static void
test_refused(void)
{
	TestHost	host;
	CoArena		arena;
	CoCsc		a;

	test_host_init(&host);
	co_arena_init(&arena, &host.env, SIZE_MAX);
	CHECK_INT(co_csc_from_triplets(&arena, -1, 1, 0, NULL, NULL, NULL, &a), CO_BAD_INPUT);
	CHECK_INT(co_csc_from_triplets(&arena, 1, -1, 0, NULL, NULL, NULL, &a), CO_BAD_INPUT);
	CHECK_INT(co_csc_from_triplets(&arena, 1, 1, (size_t) INT_MAX + 1, NULL, NULL, NULL, &a),
			  CO_BAD_INPUT);
	CHECK_INT(host.n_alloc, 0);

	/* Larger than the limit: refused before the host is asked. */
	co_arena_init(&arena, &host.env, 1000000);
	CHECK_INT(co_csc_from_triplets(&arena, 1, INT_MAX, 0, NULL, NULL, NULL, &a),
			  CO_MEMORY_EXCEEDED);
	CHECK_INT(host.n_alloc, 0);
	co_arena_free(&arena);
}

/* 40 KB and more for each array: each is an allocation of its own. */
static CoRc
build_transpose_copy(CoArena *arena, const Triplets *t)
{
	CoCsc		a,
				b,
				c;
	CoRc		rc = build(arena, t, &a);

	if (!rc)
		rc = co_csc_transpose(arena, &a, &b);
	return rc ? rc : co_csc_copy(arena, &b, &c);
}

static void
test_allocation_failing(void)
{
	TestRandom	random = {3};
	Triplets	t = random_triplets(&random, 10000, 10000, 10000, false);
	long		n_alloc = 1;

	for (long k = -1; k < n_alloc; k++)
	{
		TestHost	host;
		CoArena		arena;

		test_host_init(&host);
		host.fail_at = k;
		co_arena_init(&arena, &host.env, SIZE_MAX);
		CHECK_INT(build_transpose_copy(&arena, &t), k < 0 ? CO_OK : CO_NO_MEMORY);
		if (k < 0)
			n_alloc = host.n_alloc;
		co_arena_free(&arena);
		CHECK_INT(host.live, 0);
	}
	CHECK(n_alloc >= 11);
	free_triplets(&t);
}

static void
test_cancel_at_every_poll(void)
{
	TestRandom	random = {4};
	size_t		nnz = 2 * (size_t) CO_POLL_WORK / CO_ACCESS_COST + 10000;
	Triplets	t = random_triplets(&random, 3000, 3000, nnz, false);
	long		n_poll = 1;

	for (long k = -1; k < n_poll; k++)
	{
		TestHost	host;
		CoArena		arena;

		test_host_init(&host);
		host.cancel_at = k < 0 ? LONG_MAX : k;
		co_arena_init(&arena, &host.env, SIZE_MAX);
		CHECK_INT(build_transpose_copy(&arena, &t), k < 0 ? CO_OK : CO_CANCELED);
		if (k < 0)
			n_poll = host.n_poll;
		co_arena_free(&arena);
		CHECK_INT(host.live, 0);
	}
	/* two in each of the two sorts, and one or more in the transposition */
	CHECK(n_poll >= 5);
	free_triplets(&t);
}

CHECK_MAIN(TEST(test_random_matrices), TEST(test_products), TEST(test_nan_is_not_lost),
		   TEST(test_order_of_sums), TEST(test_pattern_only), TEST(test_empty),
		   TEST(test_refused), TEST(test_allocation_failing), TEST(test_cancel_at_every_poll))
