/*-------------------------------------------------------------------------
 *
 * t_arena.c
 *	  base/arena.h: alignment, limits, overflow, failures that stick, marks.
 *
 * Under CO_PARANOID each take is a block of its own, so that nothing here
 * counts blocks except where it says so.
 *
 *-------------------------------------------------------------------------
 */
#include "check.h"
#include "host.h"

#include <stdlib.h>

#include "base/arena.h"

#if defined(CO_PARANOID) && defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

static TestHost host;
static CoArena arena;

static void
start(size_t limit)
{
	test_host_init(&host);
	co_arena_init(&arena, &host.env, limit);
}

static void
finish(void)
{
	co_arena_free(&arena);
	CHECK_INT(host.live, 0);
	CHECK(arena.used == 0);
	CHECK(arena.top == NULL);
	CHECK_INT(co_arena_failed(&arena), CO_OK);
}

static bool
is_aligned(const void *ptr)
{
	return ((uintptr_t) ptr & 63) == 0;
}

/* Takes of all sizes: aligned, apart from each other, and keeping what is written. */
static void
test_takes_are_apart(void)
{
	enum {N = 2000};
	TestRandom	random = {1};
	unsigned char *taken[N];
	size_t		size[N];

	start(SIZE_MAX);
	for (int k = 0; k < N; k++)
	{
		size[k] = (size_t) test_int(&random, k % 50 == 0 ? 200000 : 700);
		taken[k] = co_take(&arena, size[k], 1);
		CHECK(taken[k] != NULL && is_aligned(taken[k]));
		memset(taken[k], k % 251, size[k]);
	}
	for (int k = 0; k < N; k++)
		for (size_t i = 0; i < size[k]; i++)
			if (taken[k][i] != k % 251)
			{
				CHECK(!"a take was written by another");
				break;
			}
	CHECK(arena.peak == arena.used);
	finish();
}

static void
test_take_zero(void)
{
	char	   *first;
	CoMark		mark;

	start(SIZE_MAX);
	mark = co_mark(&arena);
	first = co_take(&arena, 5000, 1);
	memset(first, 0x55, 5000);
	co_rewind(&arena, mark);
	first = co_take_zero(&arena, 1250, 4);
	for (int i = 0; i < 5000; i++)
		CHECK(first[i] == 0);
	CHECK(co_take_zero_doubles(&arena, 100)[99] == 0.0);
	CHECK_INT(co_take_zero_ints(&arena, 100)[99], 0);
	finish();
}

static void
test_take_nothing(void)
{
	start(SIZE_MAX);
	for (int k = 0; k < 3; k++)
	{
		CHECK(is_aligned(co_take(&arena, 0, 8)) && co_take(&arena, 0, 8) != NULL);
		CHECK(co_take_zero(&arena, 0, 8) != NULL);
		CHECK(co_take_grown(&arena, NULL, 0, 0, 8) != NULL);
		CHECK(co_take(&arena, 1, 1) != NULL);
	}
	finish();
}

static void
test_take_grown(void)
{
	int		   *old;
	int		   *grown;

	start(SIZE_MAX);
	old = co_take_ints(&arena, 3);
	for (int i = 0; i < 3; i++)
		old[i] = i + 1;
	grown = co_take_grown(&arena, old, 3, 50000, sizeof(int));
	old[0] = 9;
	CHECK(grown[0] == 1 && grown[1] == 2 && grown[2] == 3);
	grown[49999] = 1;
	CHECK_INT(old[1], 2);
	grown = co_take_grown(&arena, NULL, 0, 10, sizeof(int));
	CHECK(grown != NULL);
	finish();
}

/* In its place if it is the newest of the large ones, and else a copy. */
static void
test_take_regrown(void)
{
	int			n = 20000;
	int		   *column;
	size_t		used;

	start(SIZE_MAX);
	co_take_ints(&arena, 3);
	column = co_take_regrown(&arena, NULL, 0, (size_t) n, sizeof(int));
	used = arena.used;
	for (; n < 1000000; n *= 2)
	{
		for (int i = n / 2; i < n; i++)
			column[i] = i;
		column = co_take_regrown(&arena, column, (size_t) n, 2 * (size_t) n, sizeof(int));
		CHECK((uintptr_t) column % 64 == 0);
		CHECK(column[n / 2] == n / 2 && column[n - 1] == n - 1);
		column[2 * n - 1] = 1;
	}
#ifndef CO_PARANOID
	CHECK(arena.used < used + (size_t) n * sizeof(int));
#else
	CHECK(arena.used > used);
#endif
	co_take(&arena, 1, 1);
	CHECK(co_take_regrown(&arena, column, (size_t) n, 2 * (size_t) n, sizeof(int)) != column);
	CHECK_INT(column[n - 1], 1);
	arena.limit = arena.used + 1000;
	CHECK(co_take_regrown(&arena, column, (size_t) n, 4 * (size_t) n, sizeof(int)) == NULL);
	CHECK_INT(co_arena_failed(&arena), CO_MEMORY_EXCEEDED);
	finish();
}

/* The host has no more: the column is as it was. */
static void
test_regrowth_failing(void)
{
	int		   *column;

	start(SIZE_MAX);
	column = co_take_ints(&arena, 100000);
	column[99999] = 7;
	host.fail_at = host.n_alloc;
#ifndef CO_PARANOID
	CHECK(co_take_regrown(&arena, column, 100000, 200000, sizeof(int)) != NULL);
#endif
	CHECK_INT(column[99999], 7);
	finish();
}

/* The limit counts what is asked of the host, and is never passed. */
static void
test_limit(void)
{
	for (size_t limit = 0; limit < 300000; limit += 999)
	{
		size_t		n_taken = 0;
		long		n_alloc;

		start(limit);
		while (n_taken < 10000 && co_take(&arena, 1000 + 17 * (n_taken % 100), 1))
		{
			n_taken++;
			CHECK(arena.used <= limit);
		}
		CHECK_INT(co_arena_failed(&arena), CO_MEMORY_EXCEEDED);
		CHECK(arena.wanted > limit);
		n_alloc = host.n_alloc;
		CHECK(co_take(&arena, 0, 1) == NULL);
		CHECK_INT(host.n_alloc, n_alloc);
		finish();
	}
}

static void
test_plan(void)
{
	start(1000000);
	CHECK_INT(arena.planned, 0);
	CHECK_INT(co_arena_plan(&arena, 500000.0), CO_OK);
	CHECK(arena.planned >= 500000 && arena.planned <= 700000);
	CHECK(co_take(&arena, 300000, 1) != NULL);
	CHECK_INT(co_arena_plan(&arena, 100000.0), CO_OK);
	CHECK(arena.planned >= 500000 && arena.planned <= 700000);
	CHECK(arena.peak <= arena.planned);
	CHECK_INT(co_arena_plan(&arena, 600000.0), CO_OK);
	CHECK(arena.planned >= 900000);
	CHECK_INT(co_arena_plan(&arena, 800000.0), CO_MEMORY_EXCEEDED);
	CHECK(arena.wanted >= 1100000);
	CHECK(co_take(&arena, 1, 1) == NULL);
	co_arena_free(&arena);

	start(SIZE_MAX);
	CHECK_INT(co_arena_plan(&arena, 1e30), CO_OK);	/* no limit: nothing to refuse */
	CHECK(arena.planned >= SIZE_MAX / 2);
	co_arena_free(&arena);
	CHECK_INT(host.live, 0);
}

static void
test_affords(void)
{
	start(100000);
	CHECK(co_arena_affords(&arena, 0));
	CHECK(co_arena_affords(&arena, 100000));
	CHECK(co_take(&arena, 50000, 1) != NULL);
	CHECK(co_arena_affords(&arena, 100000 - arena.used));
	CHECK_INT(co_arena_failed(&arena), CO_OK);
	CHECK(!co_arena_affords(&arena, 100001 - arena.used));
	CHECK_INT(co_arena_failed(&arena), CO_MEMORY_EXCEEDED);
	CHECK(arena.wanted == 100001);
	CHECK(!co_arena_affords(&arena, 0));	/* sticks */
	CHECK_INT(host.n_alloc, 1);
	finish();

	/* A prediction beyond all numbers. */
	start(100000);
	CHECK(co_take(&arena, 1, 1) != NULL);
	CHECK(!co_arena_affords(&arena, SIZE_MAX));
	CHECK(arena.wanted == SIZE_MAX);
	finish();
	start(SIZE_MAX);
	CHECK(co_arena_affords(&arena, SIZE_MAX));
	finish();
}

static void
test_sizes_that_overflow(void)
{
	static const struct
	{
		size_t		count,
					size;
	}			cases[] = {
		{SIZE_MAX, 1}, {SIZE_MAX, 8}, {SIZE_MAX / 8 + 1, 8}, {SIZE_MAX / 8, 8}, {1, SIZE_MAX},
		{SIZE_MAX / 2 + 1, 2}, {(size_t) 1 << 61, 8}, {(size_t) 1 << 32, (size_t) 1 << 32},
		{SIZE_MAX - 64, 1},
	};

	for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
	{
		start(SIZE_MAX);
		CHECK(co_take(&arena, 10, 1) != NULL);
		CHECK(co_take(&arena, cases[k].count, cases[k].size) == NULL);
		CHECK_INT(co_arena_failed(&arena), CO_NO_MEMORY);
		CHECK(arena.wanted == SIZE_MAX);
		CHECK_INT(host.n_alloc, 1); /* the host was not asked */
		finish();
		start(SIZE_MAX);
		CHECK(co_take_zero(&arena, cases[k].count, cases[k].size) == NULL);
		finish();
		start(SIZE_MAX);
		CHECK(co_take_grown(&arena, NULL, 0, cases[k].count, cases[k].size) == NULL);
		finish();
	}
}

/* After any failure nothing is given, until the arena is freed. */
static void
test_failure_sticks(void)
{
	CoMark		mark;
	size_t		used;

	start(SIZE_MAX);
	CHECK(co_take(&arena, 1000, 1) != NULL);
	mark = co_mark(&arena);
	used = arena.used;
	host.fail_at = host.n_alloc;
	CHECK(co_take(&arena, 1000000, 1) == NULL);
	CHECK_INT(co_arena_failed(&arena), CO_NO_MEMORY);
	CHECK(arena.wanted > used + 1000000);
	CHECK(arena.used == used);
	CHECK(co_take(&arena, 1, 1) == NULL);
	CHECK(co_take_zero(&arena, 1, 1) == NULL);
	CHECK(co_take_grown(&arena, "x", 1, 2, 1) == NULL);
	co_rewind(&arena, mark);
	CHECK(co_take(&arena, 1, 1) == NULL);
	CHECK_INT(host.n_alloc, 2);
	finish();
	CHECK(co_take(&arena, 1, 1) != NULL);
	finish();
}

/* Take as a fixed random program says, and rewind where it says. */
static void
run_program(void)
{
	TestRandom	random = {7};
	CoMark		marks[20];
	int			depth = 0;

	for (int k = 0; k < 400; k++)
	{
		int			what = test_int(&random, 10);

		if (what == 0 && depth < 20)
			marks[depth++] = co_mark(&arena);
		else if (what == 1 && depth > 0)
			co_rewind(&arena, marks[--depth]);
		else
		{
			size_t		size = (size_t) test_int(&random, 40000);
			char	   *data = co_take(&arena, size, 1);

			CHECK((data == NULL) == (co_arena_failed(&arena) != CO_OK));
			if (data)
				memset(data, k, size);
		}
	}
}

static void
test_every_allocation_failing(void)
{
	long		n_alloc;

	start(SIZE_MAX);
	run_program();
	n_alloc = host.n_alloc;
	CHECK_INT(co_arena_failed(&arena), CO_OK);
	finish();
	CHECK(n_alloc > 100);
	for (long k = 0; k < n_alloc; k++)
	{
		start(SIZE_MAX);
		host.fail_at = k;
		run_program();
		CHECK_INT(co_arena_failed(&arena), CO_NO_MEMORY);
		CHECK_INT(host.n_alloc, k + 1);
		finish();
	}
}

/* Rewinding gives back to the byte, and leaves what is older alone. */
static void
test_mark_and_rewind(void)
{
	CoMark		empty;
	CoMark		outer;
	CoMark		inner;
	char	   *kept;
	size_t		used;

	start(SIZE_MAX);
	empty = co_mark(&arena);
	kept = co_take(&arena, 100, 1);
	memset(kept, 'k', 100);
	used = arena.used;
	outer = co_mark(&arena);
	for (int round = 0; round < 1000; round++)
	{
		memset(co_take(&arena, 100, 1), 'a', 100);
		inner = co_mark(&arena);
		memset(co_take(&arena, 100000, 1), 'b', 100000);
		memset(co_take(&arena, 3000, 1), 'c', 3000);
		co_rewind(&arena, inner);
		memset(co_take(&arena, 40000, 1), 'd', 40000);
		co_rewind(&arena, outer);
		CHECK(arena.used == used);
	}
	CHECK(arena.peak < 300000);
	for (int i = 0; i < 100; i++)
		CHECK(kept[i] == 'k');
	co_rewind(&arena, empty);
	CHECK(arena.used == 0);
	CHECK_INT(host.live, 0);
	CHECK(co_take(&arena, 10, 1) != NULL);
	finish();
}

/* The same place again, when the rewind stays in a shared block. */
static void
test_rewind_reuses(void)
{
	CoMark		mark;
	void	   *first;

#ifdef CO_PARANOID
	SKIP("every take is a block of its own");
#endif
	start(SIZE_MAX);
	CHECK(co_take(&arena, 100, 1) != NULL);
	mark = co_mark(&arena);
	first = co_take(&arena, 100, 1);
	co_rewind(&arena, mark);
	CHECK(co_take(&arena, 100, 1) == first);
	CHECK_INT(host.n_alloc, 1);
	finish();
}

/* One small problem asks the host once, for little; a thousand takes few times. */
static void
test_blocks_grow(void)
{
#ifdef CO_PARANOID
	SKIP("every take is a block of its own");
#endif
	start(SIZE_MAX);
	CHECK(co_take(&arena, 8, 8) != NULL);
	CHECK(arena.used <= 2048);
	for (int k = 0; k < 10000; k++)
		CHECK(co_take(&arena, 8, 8) != NULL);
	CHECK(host.n_alloc < 20);
	CHECK(arena.used < 10001 * 64 * 1.3 + 65536);
	finish();
}

/* With CO_PARANOID the first byte behind a take is forbidden. */
static void
test_edges(void)
{
#if defined(CO_PARANOID) && defined(__SANITIZE_ADDRESS__)
	start(SIZE_MAX);
	for (size_t size = 1; size < 400; size++)
	{
		CoMark		mark = co_mark(&arena);
		char	   *data = co_take(&arena, size, 1);

		CHECK(!__asan_address_is_poisoned(data));
		CHECK(!__asan_address_is_poisoned(data + size - 1));
		for (size_t i = 0; i < 16; i++)
			CHECK(__asan_address_is_poisoned(data + size + i));
		if (size % 2)
			co_rewind(&arena, mark);
	}
	finish();
#else
	SKIP("needs an address sanitizer and CO_PARANOID");
#endif
}

static double fixed_now;

static double
now_fixed(void *self)
{
	(void) self;
	return fixed_now;
}

static void
test_poll(void)
{
	start(SIZE_MAX);
	host.env.now = now_fixed;
	fixed_now = 100.0;
	CHECK_INT(co_poll(&arena), CO_OK);
	arena.deadline = 100.5;
	CHECK_INT(co_poll(&arena), CO_OK);
	fixed_now = 100.5;
	CHECK_INT(co_poll(&arena), CO_TIME_EXCEEDED);
	host.cancel_at = 0;			/* a cancel counts more than the time */
	CHECK_INT(co_poll(&arena), CO_CANCELED);
	arena.deadline = INFINITY;
	CHECK_INT(co_poll(&arena), CO_CANCELED);
	host.cancel_at = -1;
	CHECK_INT(co_poll(&arena), CO_OK);
	finish();
}

CHECK_MAIN(TEST(test_takes_are_apart), TEST(test_take_zero), TEST(test_take_nothing),
		   TEST(test_take_grown), TEST(test_take_regrown), TEST(test_regrowth_failing), TEST(test_limit), TEST(test_affords), TEST(test_plan),
		   TEST(test_sizes_that_overflow), TEST(test_failure_sticks),
		   TEST(test_every_allocation_failing), TEST(test_mark_and_rewind),
		   TEST(test_rewind_reuses), TEST(test_blocks_grow), TEST(test_edges), TEST(test_poll))
