/*-------------------------------------------------------------------------
 *
 * linalg/order.c
 *	  Fill-reducing order: the pattern of K + K' for linalg/amd.h.
 *
 *-------------------------------------------------------------------------
 */
#include "linalg/order.h"

#include <limits.h>
#include <string.h>

#include "linalg/amd.h"
#include "linalg/ticker.h"

static CoRc
take_pattern(CoArena *arena, int n, size_t n_entries, CoAmdPattern *pattern)
{
	pattern->n = n;
	pattern->room = CO_AMD_ROOM((size_t) n, n_entries);
	if (pattern->room > INT_MAX)
		return CO_NO_MEMORY;	/* places are counted in int */
	pattern->n_entries = (int) n_entries;
	pattern->start = co_take_ints(arena, (size_t) n);
	pattern->length = co_take_ints(arena, (size_t) n);
	pattern->index = co_take_ints(arena, pattern->room);
	return co_arena_failed(arena);
}

/* Entries off the diagonal of K + K'. */
static CoRc
count_off_diagonal(CoTicker *ticker, const CoCsc *lower, size_t *count)
{
	CoRc		rc = CO_OK;

	*count = 0;
	for (int j = 0; j < lower->ncol && !rc; j++)
	{
		for (int p = lower->start[j]; p < lower->start[j + 1]; p++)
			*count += lower->index[p] == j ? 0 : 2;
		rc = co_tick(ticker, 1 + lower->start[j + 1] - lower->start[j]);
	}
	return rc;
}

/* The columns of K + K' without the diagonal, one after the other. */
static CoRc
fill_pattern(CoTicker *ticker, const CoCsc *lower, int *fill, CoAmdPattern *pattern)
{
	int			n = lower->ncol;
	int			at = 0;
	CoRc		rc = CO_OK;

	memset(pattern->length, 0, (size_t) n * sizeof(int));
	for (int j = 0; j < n && !rc; j++)
	{
		for (int p = lower->start[j]; p < lower->start[j + 1]; p++)
			if (lower->index[p] != j)
			{
				pattern->length[j]++;
				pattern->length[lower->index[p]]++;
			}
		rc = co_tick(ticker, CO_ACCESS_COST * (1 + lower->start[j + 1] - lower->start[j]));
	}
	for (int j = 0; j < n && !rc; j++)
	{
		pattern->start[j] = fill[j] = at;
		at += pattern->length[j];
		rc = co_tick(ticker, CO_ACCESS_COST);
	}
	for (int j = 0; j < n && !rc; j++)
	{
		for (int p = lower->start[j]; p < lower->start[j + 1]; p++)
		{
			int			i = lower->index[p];

			if (i != j)
			{
				pattern->index[fill[j]++] = i;
				pattern->index[fill[i]++] = j;
			}
		}
		rc = co_tick(ticker, CO_ACCESS_COST * (1 + lower->start[j + 1] - lower->start[j]));
	}
	return rc;
}

double
co_order_bytes(const CoCsc *lower)
{
	double		n = lower->ncol,
				n_entries = 2.0 * (co_csc_nnz(lower) - n);	/* the diagonal is full */

	return sizeof(int) * (CO_AMD_ROOM(n, n_entries) + 2.0 * n) + n * CO_AMD_BYTES;
}

CoRc
co_order_amd(CoArena *arena, const CoCsc *lower, int *perm)
{
	CoMark		mark = co_mark(arena);
	CoTicker	ticker = co_ticker(arena);
	CoAmdPattern pattern;
	size_t		n_entries;
	CoRc		rc = count_off_diagonal(&ticker, lower, &n_entries);

	if (!rc)
		rc = take_pattern(arena, lower->ncol, n_entries, &pattern);

	/* perm holds the ends of the columns until the order is written there. */
	if (!rc)
		rc = fill_pattern(&ticker, lower, perm, &pattern);
	if (!rc)
		rc = co_amd_order(arena, &pattern, perm);
	co_rewind(arena, mark);
	return rc;
}
