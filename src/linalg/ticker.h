/*-------------------------------------------------------------------------
 *
 * linalg/ticker.h
 *	  Counting work, so that a loop polls every CO_POLL_WORK operations.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_LINALG_TICKER_H
#define CO_LINALG_TICKER_H

#include <string.h>

#include "base/arena.h"

/* A random access to memory, or the first to a page's doubles, in operations. */
#define CO_ACCESS_COST	16.0

typedef struct CoTicker
{
	const CoArena *arena;
	double		left;			/* operations until the next poll */
} CoTicker;

static inline CoTicker
co_ticker(const CoArena *arena)
{
	CoTicker	ticker = {arena, CO_POLL_WORK};

	return ticker;
}

/* Account for operations just done; polls when enough have come together. */
static inline CoRc
co_tick(CoTicker *ticker, double operations)
{
	ticker->left -= operations;
	if (ticker->left > 0.0)
		return CO_OK;
	ticker->left = CO_POLL_WORK;
	return co_poll(ticker->arena);
}

/*
 * The poll between two passes over so many entries.  Asking the host and the
 * clock takes as long as a thousand of them: not where passes are short.
 */
static inline CoRc
co_poll_pass(const CoArena *arena, double n_entries)
{
	return n_entries * 128.0 > CO_POLL_WORK ? co_poll(arena) : CO_OK;
}

#endif							/* CO_LINALG_TICKER_H */
