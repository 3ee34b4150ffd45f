/*-------------------------------------------------------------------------
 *
 * linalg/amd.h
 *	  Approximate minimum degree order of a symmetric pattern.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_LINALG_AMD_H
#define CO_LINALG_AMD_H

#include "base/arena.h"

/*
 * A symmetric pattern without its diagonal: column j is the length[j] entries
 * of index from start[j], without duplicates, the columns one after the other.
 * The order works in index, of which CO_AMD_ROOM entries must be there.
 */
typedef struct CoAmdPattern
{
	int			n;
	int		   *start,			/* [n] */
			   *length,			/* [n] */
			   *index;			/* [room], the first n_entries are the columns */
	int			n_entries;
	size_t		room;
} CoAmdPattern;

/*
 * The live lists never grow beyond the pattern, and a new one has less than n
 * entries: nnz + n suffice.  A fifth more [ADD04] makes collections rare.
 */
#define CO_AMD_ROOM(n, nnz)	((nnz) + (nnz) / 5 + (n))

#define CO_AMD_BYTES	(12 * sizeof(int))	/* of work, for a column */

/*
 * perm[k] is the column that becomes the k-th pivot.  The pattern is consumed.
 * Polls by work; every loop is bounded between two polls.
 */
extern CoRc co_amd_order(CoArena *arena, const CoAmdPattern *pattern, int *perm);

#endif							/* CO_LINALG_AMD_H */
