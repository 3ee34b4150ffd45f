/*-------------------------------------------------------------------------
 *
 * base/arena.h
 *	  One arena per solve: all memory of the core.
 *
 * Memory is taken in order and given back by rewinding to a mark.  Failure is
 * sticky: after a take has failed every later one fails too, so a function
 * takes all it needs and asks co_arena_failed() once.  Sizes are computed with
 * overflow checks here and nowhere else, and compared with the limit before
 * the host is asked.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_BASE_ARENA_H
#define CO_BASE_ARENA_H

#include <stdint.h>
#include <string.h>

#include "base/env.h"
#include "base/status.h"

typedef struct CoArenaBlock CoArenaBlock;

typedef struct CoArena
{
	const CoEnv *env;
	CoArenaBlock *top;			/* newest block, linked to the older ones */
	size_t		used;			/* bytes taken from the host */
	size_t		peak;			/* largest value of used */
	size_t		planned;		/* largest total announced by co_arena_plan() */
	size_t		limit;			/* bytes; SIZE_MAX: no limit */
	size_t		block_size;		/* of the next block small takes share */
	double		deadline;		/* env->now() at which to stop; INFINITY: none */
	CoRc		failed;			/* CO_OK, or why a take failed */
	size_t		wanted;			/* used + the size that failed */
} CoArena;

typedef struct CoMark
{
	CoArenaBlock *block;
	size_t		fill;
} CoMark;

extern void co_arena_init(CoArena *arena, const CoEnv *env, size_t limit);
extern void co_arena_free(CoArena *arena);

/*
 * count elements of size bytes, aligned to 64 bytes, contents undefined (take)
 * or zero (take_zero).  NULL on failure; count 0 gives a valid pointer.
 */
extern void *co_take(CoArena *arena, size_t count, size_t size);
extern void *co_take_zero(CoArena *arena, size_t count, size_t size);

/* A larger copy of the first count elements of old; old stays taken. */
extern void *co_take_grown(CoArena *arena, const void *old, size_t count,
						   size_t new_count, size_t size);

/*
 * The same where nothing points into old any more, and no mark was set since it
 * was taken: if it was taken last and is large, it is not kept, and mostly not
 * even copied.
 */
extern void *co_take_regrown(CoArena *arena, void *old, size_t count,
							 size_t new_count, size_t size);

extern CoMark co_mark(const CoArena *arena);
extern void co_rewind(CoArena *arena, CoMark mark);

/*
 * Would size more bytes stay within the limit?  Records the failure when not,
 * so that a predicted size is refused before anything is allocated.
 */
extern bool co_arena_affords(CoArena *arena, size_t size);

/*
 * Announce what the next part of a solve will take, bytes at most, while
 * nothing of it has been taken: refused as by co_arena_affords().  A part says
 * what its structure tells; what it cannot know is announced by the parts
 * inside, when they know.  So planned predicts the peak.
 */
extern CoRc co_arena_plan(CoArena *arena, double bytes);

/* CO_OK, CO_CANCELED or CO_TIME_EXCEEDED: the poll every long loop makes. */
extern CoRc co_poll(const CoArena *arena);

static inline CoRc
co_arena_failed(const CoArena *arena)
{
	return arena->failed;
}

static inline double *
co_take_doubles(CoArena *arena, size_t count)
{
	return (double *) co_take(arena, count, sizeof(double));
}

static inline int *
co_take_ints(CoArena *arena, size_t count)
{
	return (int *) co_take(arena, count, sizeof(int));
}

static inline double *
co_take_zero_doubles(CoArena *arena, size_t count)
{
	return (double *) co_take_zero(arena, count, sizeof(double));
}

static inline int *
co_take_zero_ints(CoArena *arena, size_t count)
{
	return (int *) co_take_zero(arena, count, sizeof(int));
}

/* Bytes copied or cleared between two polls: memory that is new is slow. */
#define CO_POLL_BYTES	((size_t) 4 << 20)

/* memcpy of any length. */
static inline CoRc
co_copy_polled(const CoArena *arena, const void *from, size_t size, void *to)
{
	CoRc		rc = CO_OK;

	for (size_t at = 0; at < size && !rc; at += CO_POLL_BYTES)
	{
		size_t		piece = size - at < CO_POLL_BYTES ? size - at : CO_POLL_BYTES;

		memcpy((char *) to + at, (const char *) from + at, piece);
		if (size > CO_POLL_BYTES)
			rc = co_poll(arena);
	}
	return rc;
}

#endif							/* CO_BASE_ARENA_H */
