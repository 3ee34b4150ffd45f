/*-------------------------------------------------------------------------
 *
 * linalg/order.c
 *	  Fill-reducing order by libamd.
 *
 * [ADD96] Amestoy, Davis, Duff, "An approximate minimum degree ordering
 * algorithm", SIAM J. Matrix Anal. Appl. 17 (1996) 886-905; [ADD04] the same,
 * Algorithm 837: AMD, ACM TOMS 30 (2004) 381-388.
 *
 * The library's inner routine amd_2 is called instead of amd_order, because
 * it works in memory it is given: amd_order would take its own by malloc,
 * which neither the arena's limit nor a host that leaves by longjmp can see.
 * The price is that the pattern of K + K' without its diagonal is built here.
 *
 *-------------------------------------------------------------------------
 */
#include "linalg/order.h"

#include <amd.h>
#include <limits.h>
#include <string.h>

#include "linalg/ticker.h"

/*
 * Elbow room of amd_2 for new elements, over the pattern's size: a fifth plus
 * n, the amount [ADD04] recommends; less only costs garbage collections.
 */
#define ELBOW_PART	5

typedef struct AmdWork			/* the arguments of amd_2, all [n] but index */
{
	int		   *start,
			   *length,
			   *index,			/* [n_index] */
			   *size,
			   *next,
			   *head,
			   *element_length,
			   *degree,
			   *work;
	size_t		n_index;
} AmdWork;

static CoRc
take_work(CoArena *arena, int n, size_t n_off_diagonal, AmdWork *amd)
{
	size_t		size = (size_t) n;

	amd->n_index = n_off_diagonal + n_off_diagonal / ELBOW_PART + size + 1;
	if (amd->n_index > INT_MAX)
		return CO_NO_MEMORY;	/* the library counts in int */
	amd->start = co_take_ints(arena, 8 * size);
	amd->index = co_take_ints(arena, amd->n_index);
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	amd->length = amd->start + size;
	amd->size = amd->length + size;
	amd->next = amd->size + size;
	amd->head = amd->next + size;
	amd->element_length = amd->head + size;
	amd->degree = amd->element_length + size;
	amd->work = amd->degree + size;
	return CO_OK;
}

static size_t
count_off_diagonal(const CoCsc *lower)
{
	size_t		count = 0;

	for (int j = 0; j < lower->ncol; j++)
		for (int p = lower->start[j]; p < lower->start[j + 1]; p++)
			count += lower->index[p] != j;
	return 2 * count;
}

/* The columns of K + K' without the diagonal, one after the other. */
static CoRc
fill_pattern(CoTicker *ticker, const CoCsc *lower, AmdWork *amd)
{
	int			n = lower->ncol;
	int			fill = 0;
	CoRc		rc = CO_OK;

	memset(amd->length, 0, (size_t) n * sizeof(int));
	for (int j = 0; j < n && !rc; j++)
	{
		for (int p = lower->start[j]; p < lower->start[j + 1]; p++)
			if (lower->index[p] != j)
			{
				amd->length[j]++;
				amd->length[lower->index[p]]++;
			}
		rc = co_tick(ticker, CO_ACCESS_COST * (lower->start[j + 1] - lower->start[j]));
	}
	for (int j = 0; j < n; j++)
	{
		amd->start[j] = amd->work[j] = fill;
		fill += amd->length[j];
	}
	for (int j = 0; j < n && !rc; j++)
	{
		for (int p = lower->start[j]; p < lower->start[j + 1]; p++)
		{
			int			i = lower->index[p];

			if (i != j)
			{
				amd->index[amd->work[j]++] = i;
				amd->index[amd->work[i]++] = j;
			}
		}
		rc = co_tick(ticker, CO_ACCESS_COST * (lower->start[j + 1] - lower->start[j]));
	}
	return rc;
}

static CoRc
order(CoArena *arena, const CoCsc *lower, int *perm)
{
	CoTicker	ticker = co_ticker(arena);
	int			n = lower->ncol;
	size_t		n_off_diagonal = count_off_diagonal(lower);
	AmdWork		amd;
	CoRc		rc = take_work(arena, n, n_off_diagonal, &amd);

	if (!rc)
		rc = co_poll(arena);
	if (!rc)
		rc = fill_pattern(&ticker, lower, &amd);
	if (!rc)
		rc = co_poll(arena);
	if (rc)
		return rc;
	amd_2(n, amd.start, amd.index, amd.length, (int) amd.n_index,
		  (int) n_off_diagonal, amd.size, amd.next, perm, amd.head,
		  amd.element_length, amd.degree, amd.work, NULL, NULL);
	return co_poll(arena);
}

CoRc
co_order_amd(CoArena *arena, const CoCsc *lower, int *perm)
{
	CoMark		mark = co_mark(arena);
	CoRc		rc = CO_OK;

	if (lower->ncol > 0)
		rc = order(arena, lower, perm);
	co_rewind(arena, mark);
	return rc;
}
