/*-------------------------------------------------------------------------
 *
 * t_amd.c
 *	  The approximate minimum degree order: shapes, limits, cancels, failures.
 *	  Its fill beside libamd's is in t_amd_oracle.c.
 *
 *-------------------------------------------------------------------------
 */
#include "check.h"

#include <limits.h>

#include "fill.h"
#include "linalg/amd.h"
#include "linalg/order.h"
#include "matrices.h"

/* CPU seconds between two polls, at most. */
#define ALLOWED_GAP		0.02

typedef struct Ordered
{
	TestHost	host;
	CoArena		arena;
	CoCsc		k;
	int		   *perm;
	Fill		fill;
	double		gap;			/* CPU seconds between two polls, at most */
} Ordered;

static bool
quick(void)
{
	return getenv("CO_QUICK") != NULL;
}

/* Adds the diagonal, orders, and checks that it is a permutation. */
static Ordered *
order_sketch(Sketch sketch)
{
	Ordered    *o = calloc(1, sizeof *o);

	test_host_init(&o->host);
	co_arena_init(&o->arena, &o->host.env, SIZE_MAX);
	for (int i = 0; i < sketch.n; i++)
		sketch_add(&sketch, i, i, 1.0);
	o->k = sketch_matrix(&sketch, &o->arena);
	sketch_end(&sketch);
	o->perm = malloc(((size_t) o->k.ncol + 1) * sizeof(int));
	o->host.last_poll = test_cpu_time();
	o->host.longest_gap = 0.0;
	CHECK_INT(co_order_amd(&o->arena, &o->k, o->perm), CO_OK);
	o->gap = fmax(o->host.longest_gap, test_cpu_time() - o->host.last_poll);
	CHECK(fill_is_permutation(o->k.ncol, o->perm));
	if (check_failures == 0)
		o->fill = fill_measure(&o->arena, &o->k, o->perm);
	return o;
}

static void
ordered_end(Ordered *o)
{
	co_arena_free(&o->arena);
	CHECK_INT(o->host.live, 0);
	free(o->perm);
	free(o);
}

/* Order it, and expect so many entries of L. */
static void
check_fill(Sketch sketch, double entries)
{
	Ordered    *o = order_sketch(sketch);

	CHECK_NEAR(o->fill.entries, entries, 0.0);
	ordered_end(o);
}

static void
test_trivial(void)
{
	Sketch		pair = sketch_begin(2);

	check_fill(sketch_begin(0), 0);
	check_fill(sketch_begin(1), 1);
	check_fill(sketch_begin(1000), 1000);
	sketch_add(&pair, 1, 0, 1.0);
	check_fill(pair, 3);
}

/* A graph of 5 vertices has 10 possible edges: all 1024 of them. */
static void
test_all_small(void)
{
	for (int edges = 0; edges < 1024; edges++)
	{
		Sketch		s = sketch_begin(5);
		int			bit = 0;
		Ordered    *o;

		for (int i = 1; i < 5; i++)
			for (int j = 0; j < i; j++, bit++)
				if (edges >> bit & 1)
					sketch_add(&s, i, j, 1.0);
		o = order_sketch(s);

		/* a cycle of four fills in one entry, and one of five two */
		CHECK(o->fill.entries <= co_csc_nnz(&o->k) + 2);
		ordered_end(o);
	}
}

/* Minimum degree eliminates a tree from its leaves: no fill. */
static void
test_trees(void)
{
	TestRandom	random = {31};

	for (int n = 2; n <= 3000; n *= 3)
	{
		Sketch		any = sketch_begin(n),
					star = sketch_begin(n),
					path = sketch_begin(n),
					forest = sketch_begin(n);

		for (int i = 1; i < n; i++)
		{
			sketch_add(&any, i, test_int(&random, i), 1.0);
			sketch_add(&star, i, 0, 1.0);
			sketch_add(&path, i, i - 1, 1.0);
			if (i % 17)
				sketch_add(&forest, i, i - 1 - test_int(&random, i % 17), 1.0);
		}
		check_fill(any, 2 * n - 1);
		check_fill(star, 2 * n - 1);
		check_fill(path, 2 * n - 1);
		check_fill(forest, 2 * n - 1 - (n - 1) / 17);
	}
}

/* Cliques, apart and in a chain; a full matrix is one supervariable. */
static void
test_cliques(void)
{
	TestRandom	random = {32};
	Sketch		chain = sketch_begin(401);

	check_fill(make_blocks(&random, 1, 300), 300 * 301 / 2);
	check_fill(make_blocks(&random, 60, 25), 60 * 25 * 26 / 2);
	for (int b = 0; b < 40; b++)	/* eleven vertices, one shared with the next */
		for (int i = 1; i <= 10; i++)
			for (int j = 0; j < i; j++)
				sketch_add(&chain, 10 * b + i, 10 * b + j, 1.0);
	check_fill(chain, 401 + 40 * 55);
}

/* Full rows come last, whether many or one, short of the dense limit or past it. */
static void
test_dense_rows(void)
{
	TestRandom	random = {33};

	for (int n = 10; n <= 40000; n *= 4)
		for (int n_dense = 1; n_dense <= 8 && n_dense < n; n_dense += 7)
		{
			Ordered    *o = order_sketch(make_arrow(&random, n, n_dense));

			/* at the end a tie of degrees may join the last n_dense others */
			CHECK(o->fill.entries <= co_csc_nnz(&o->k) + n_dense * (n_dense - 1) / 2);
			for (int k = n - n_dense; k < n && n > 2000; k++)
				CHECK(o->perm[k] >= n - n_dense);
			ordered_end(o);
		}
}

/* A dense row beside a band, and one whose neighbours are otherwise alone. */
static void
test_one_dense_column(void)
{
	TestRandom	random = {34};
	Sketch		band = make_band(&random, 5000, 1),
				half = sketch_begin(9000);

	for (int i = 2; i < 5000; i++)
		sketch_add(&band, i, 0, 1.0);
	check_fill(band, 5000 + 4999 + 4998);
	for (int i = 0; i < 4500; i++)
		sketch_add(&half, 4500, i, 1.0);
	check_fill(half, 9000 + 4500);
}

static void
test_disconnected(void)
{
	TestRandom	random = {35};
	Sketch		s = sketch_begin(3 * 900 + 50);
	Ordered    *one,
			   *three;

	for (int part = 0; part < 3; part++)
	{
		Sketch		grid = make_grid(&random, 30, 30);

		for (size_t k = 0; k < grid.count; k++)
			sketch_add(&s, part * 900 + grid.row[k], part * 900 + grid.col[k], 1.0);
		sketch_end(&grid);
	}
	one = order_sketch(make_grid(&random, 30, 30));
	three = order_sketch(s);
	CHECK_NEAR((three->fill.entries - 50) / (3.0 * one->fill.entries), 1.0, 0.02);
	ordered_end(one);
	ordered_end(three);
}

/* A band is its own factor: next to nothing is added. */
static void
test_already_filled(void)
{
	TestRandom	random = {36};
	Ordered    *o = order_sketch(make_band(&random, 3000, 12));

	CHECK(o->fill.entries <= 1.002 * co_csc_nnz(&o->k));
	ordered_end(o);
}

/* Exact minimum degree on a full matrix of flags: the smallest index at ties. */
static double
fill_of_exact(const CoCsc *lower)
{
	int			n = lower->ncol;
	char	   *joined = calloc((size_t) n * (size_t) n, 1);
	char	   *done = calloc((size_t) n, 1);
	double		entries = 0.0;

	for (int j = 0; j < n; j++)
		for (int p = lower->start[j]; p < lower->start[j + 1]; p++)
			joined[j * n + lower->index[p]] = joined[lower->index[p] * n + j] = lower->index[p] != j;
	for (int k = 0; k < n; k++)
	{
		int			best = -1,
					least = INT_MAX;

		for (int i = 0; i < n; i++)
		{
			int			degree = 0;

			for (int j = 0; j < n && !done[i]; j++)
				degree += joined[i * n + j] && !done[j];
			if (!done[i] && degree < least)
			{
				least = degree;
				best = i;
			}
		}
		done[best] = 1;
		entries += least + 1;
		for (int i = 0; i < n; i++)
			for (int j = 0; j < n && joined[best * n + i] && !done[i]; j++)
				if (i != j && !done[j] && joined[best * n + j])
					joined[i * n + j] = 1;
	}
	free(joined);
	free(done);
	return entries;
}

static void
test_beside_exact(void)
{
	TestRandom	random = {37};
	double		log_ratio = 0.0;
	int			n_cases = quick() ? 20 : 150;

	for (int k = 0; k < n_cases; k++)
	{
		int			n = 5 + test_int(&random, 100);
		Ordered    *o = order_sketch(k % 3 == 0 ? make_random(&random, n, 2) :
									 k % 3 == 1 ? make_saddle(&random, n, n / 2, 3, 1.0) :
									 make_grid(&random, 5, n / 5));
		double		ratio = o->fill.entries / fill_of_exact(&o->k);

		CHECK(ratio <= 1.25);
		log_ratio += log(ratio);
		ordered_end(o);
	}
	CHECK(exp(log_ratio / n_cases) <= 1.02);
}

/*
 * Many variables with one hash and different lists: pairs (a, b) with a + b
 * fixed.  The comparisons are polled and end.
 */
static void
test_equal_hashes(void)
{
	int			n_pairs = quick() ? 300 : 3000,
				n = 4 * n_pairs + 1;
	Sketch		s = sketch_begin(n);
	Ordered    *o;

	/* vertex i, of the hub and of a pair of anchors with a constant sum */
	for (int i = 0; i < n_pairs; i++)
	{
		sketch_add(&s, i, n - 1, 1.0);
		sketch_add(&s, i, n_pairs + i, 1.0);
		sketch_add(&s, i, 3 * n_pairs - 1 - i, 1.0);
		for (int t = 1; t <= 3; t++)	/* the anchors wait longer */
		{
			sketch_add(&s, n_pairs + i, 3 * n_pairs + (i + t) % n_pairs, 1.0);
			sketch_add(&s, 3 * n_pairs - 1 - i, 3 * n_pairs + (i + 7 * t) % n_pairs, 1.0);
		}
	}
	o = order_sketch(s);
	CHECK(o->gap <= ALLOWED_GAP || quick());
	ordered_end(o);
}

/* With no more room than is promised to suffice, the order is the same. */
static void
test_least_room(void)
{
	TestRandom	random = {38};
	Ordered    *o = order_sketch(make_random(&random, 700, 4));
	const CoCsc *k = &o->k;
	size_t		n = (size_t) k->ncol,
				nnz = 2 * ((size_t) co_csc_nnz(k) - n);
	int		   *start = calloc(n + 1, sizeof(int)),
			   *length = calloc(n + 1, sizeof(int)),
			   *index = malloc((nnz + n) * sizeof(int)),
			   *perm = malloc(n * sizeof(int));
	CoAmdPattern pattern = {(int) n, start, length, index, (int) nnz, nnz + n};

	for (int pass = 0; pass < 2; pass++)
	{
		for (size_t j = 0; j < n; j++)
			for (int p = k->start[j]; p < k->start[j + 1]; p++)
			{
				size_t		i = (size_t) k->index[p];

				if (i == j)
					continue;
				if (pass)
				{
					index[start[j] + length[j]] = (int) i;
					index[start[i] + length[i]] = (int) j;
				}
				length[j]++;
				length[i]++;
			}
		for (size_t j = 0; j < n && !pass; j++)
			start[j + 1] = start[j] + length[j];
		if (!pass)
			memset(length, 0, n * sizeof(int));
	}
	CHECK_INT(co_amd_order(&o->arena, &pattern, perm), CO_OK);
	CHECK_INT(memcmp(perm, o->perm, n * sizeof(int)), 0);
	free(start);
	free(length);
	free(index);
	free(perm);
	ordered_end(o);
}

static void
test_same_order(void)
{
	for (int which = 0; which < 3; which++)
	{
		Ordered    *o[2];

		for (int k = 0; k < 2; k++)
		{
			TestRandom	random = {39};

			o[k] = order_sketch(which == 0 ? make_random(&random, 900, 3) :
								which == 1 ? make_pde(&random, 25) : make_control(&random, 30, 6, 3));
		}
		CHECK_INT(memcmp(o[0]->perm, o[1]->perm, (size_t) o[0]->k.ncol * sizeof(int)), 0);
		ordered_end(o[0]);
		ordered_end(o[1]);
	}
}

/* Canceled at every poll, each allocation refused, limits of every size. */
static void
test_weather(void)
{
	TestRandom	random = {40};
	Ordered    *o = order_sketch(make_grid(&random, 200, 200));
	long		n_live = o->host.live,
				n_canceled = 0;
	CoRc		rc = CO_CANCELED;

	for (long k = 0; rc == CO_CANCELED; k++)
	{
		o->host.n_poll = 0;
		o->host.cancel_at = k;
		rc = co_order_amd(&o->arena, &o->k, o->perm);
		CHECK(rc == CO_OK || rc == CO_CANCELED);
		CHECK_INT(o->host.live, n_live);
		n_canceled += rc == CO_CANCELED;
	}
	CHECK(n_canceled >= 3);
	o->host.cancel_at = -1;
	rc = CO_NO_MEMORY;
	for (long k = 0; rc == CO_NO_MEMORY && k < 50; k++)
	{
		o->host.fail_at = o->host.n_alloc + k;
		rc = co_order_amd(&o->arena, &o->k, o->perm);
		CHECK(rc == CO_OK || rc == CO_NO_MEMORY);
		CHECK_INT(o->host.live, n_live);
		o->arena.failed = CO_OK;
	}
	CHECK_INT(rc, CO_OK);
	o->arena.limit = o->arena.used + 100000;
	CHECK_INT(co_order_amd(&o->arena, &o->k, o->perm), CO_MEMORY_EXCEEDED);
	CHECK_INT(o->host.live, n_live);
	ordered_end(o);
}

/* More than places of type int can count: refused before anything is written. */
static void
test_too_large(void)
{
	TestHost	host;
	CoArena		arena;
	CoAmdPattern pattern = {.n = INT_MAX / 2, .room = SIZE_MAX};
	int			perm;

	test_host_init(&host);
	co_arena_init(&arena, &host.env, SIZE_MAX);
	CHECK_INT(co_amd_order(&arena, &pattern, &perm), CO_NO_MEMORY);
	co_arena_free(&arena);
	CHECK_INT(host.n_alloc, 0);
}

static void
check_large(Sketch sketch, const char *what)
{
	Ordered    *o = order_sketch(sketch);

	if (getenv("CO_VERBOSE"))
		printf("  %s: n %d, longest gap %.1f ms\n", what, o->k.ncol, 1e3 * o->gap);
	CHECK(o->gap <= ALLOWED_GAP || quick());
	ordered_end(o);
}

/* A million variables, between whose polls no more than ALLOWED_GAP passes. */
static void
test_large(void)
{
	TestRandom	random = {41};
	int			shrink = quick() ? 100 : 1;

	check_large(make_chain(&random, 500000 / shrink), "chain");
	check_large(make_grid(&random, 1000, 1000 / shrink), "grid");
	check_large(make_arrow(&random, 200000 / shrink, 20), "arrow");
	check_large(sketch_begin(1000000 / shrink), "diagonal");
}

CHECK_MAIN(TEST(test_trivial), TEST(test_all_small), TEST(test_trees), TEST(test_cliques),
		   TEST(test_dense_rows), TEST(test_one_dense_column), TEST(test_disconnected),
		   TEST(test_already_filled), TEST(test_beside_exact), TEST(test_equal_hashes),
		   TEST(test_least_room), TEST(test_same_order), TEST(test_weather),
		   TEST(test_too_large), TEST(test_large))
