/*-------------------------------------------------------------------------
 *
 * fill.h
 *	  What an order of a symmetric matrix costs: entries of L and the
 *	  multiply-adds of the factorization, from the column counts.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FILL_H
#define FILL_H

#include <stdlib.h>
#include <string.h>

#include "linalg/etree.h"

typedef struct Fill
{
	double		entries,
				flops;
} Fill;

/* Is perm a permutation of 0 .. n-1? */
static inline bool
fill_is_permutation(int n, const int *perm)
{
	char	   *seen = calloc((size_t) n + 1, 1);
	bool		good = true;

	for (int k = 0; k < n && good; k++)
	{
		good = perm[k] >= 0 && perm[k] < n && !seen[perm[k]];
		if (good)
			seen[perm[k]] = 1;
	}
	free(seen);
	return good;
}

/* The strict lower triangle of the permuted pattern: by columns, or by rows. */
static inline void
fill_permute(const CoCsc *lower, const int *place, bool by_rows, int *start, int *index)
{
	int			n = lower->ncol;
	int		   *fill = calloc((size_t) n + 1, sizeof(int));

	for (int pass = 0; pass < 2; pass++)
	{
		for (int j = 0; j < n; j++)
			for (int p = lower->start[j]; p < lower->start[j + 1]; p++)
			{
				int			a = place[j],
							b = place[lower->index[p]];
				int			major = (a < b) == by_rows ? b : a,
							minor = a + b - major;

				if (a == b)
					continue;
				if (pass == 0)
					fill[major]++;
				else
					index[start[major] + fill[major]++] = minor;
			}
		if (pass == 0)
		{
			start[0] = 0;
			for (int j = 0; j < n; j++)
				start[j + 1] = start[j] + fill[j];
			memset(fill, 0, (size_t) n * sizeof(int));
		}
	}
	free(fill);
}

static inline Fill
fill_measure(const CoArena *arena, const CoCsc *lower, const int *perm)
{
	size_t		n = (size_t) lower->ncol,
				nnz = (size_t) co_csc_nnz(lower);
	int		   *ints = calloc(9 * n + nnz + 2, sizeof(int)),
			   *place = ints,
			   *start = place + n,
			   *parent = start + n + 1,
			   *post = parent + n,
			   *count = post + n,
			   *work = count + n,
			   *index = work + 4 * n;
	Fill		fill = {0};

	for (size_t k = 0; k < n; k++)
		place[perm[k]] = (int) k;
	fill_permute(lower, place, true, start, index);
	co_etree_build(arena, (int) n, start, index, parent, work);
	co_etree_postorder(arena, (int) n, parent, post, work);
	fill_permute(lower, place, false, start, index);
	co_etree_counts(arena, (int) n, start, index, parent, post, count, work);
	for (size_t j = 0; j < n; j++)
	{
		fill.entries += count[j];
		fill.flops += 0.5 * (double) count[j] * (double) count[j];
	}
	free(ints);
	return fill;
}

#endif							/* FILL_H */
