/*-------------------------------------------------------------------------
 *
 * linalg/etree.c
 *	  Elimination tree, postorder and column counts.
 *
 * [Liu90] Liu, "The role of elimination trees in sparse factorization", SIAM
 * J. Matrix Anal. Appl. 11 (1990) 134-172.
 * [GNP94] Gilbert, Ng, Peyton, "An efficient algorithm to compute row and
 * column counts for sparse Cholesky factorization", SIAM J. Matrix Anal. Appl.
 * 15 (1994) 1075-1091.
 *
 *-------------------------------------------------------------------------
 */
#include "linalg/etree.h"

#include "linalg/ticker.h"

/* [Liu90] Algorithm 4.2: virtual ancestors, with path compression. */
CoRc
co_etree_build(const CoArena *arena, int n, const int *row_start,
			   const int *row_index, int *parent, int *work)
{
	CoTicker	ticker = co_ticker(arena);
	int		   *ancestor = work;
	CoRc		rc = CO_OK;

	for (int i = 0; i < n && !rc; i++)
	{
		parent[i] = ancestor[i] = -1;
		for (int p = row_start[i]; p < row_start[i + 1]; p++)
		{
			int			j = row_index[p];

			while (ancestor[j] != -1 && ancestor[j] != i)
			{
				int			next = ancestor[j];

				ancestor[j] = i;
				j = next;
			}
			if (ancestor[j] == -1)
				ancestor[j] = parent[j] = i;
		}
		rc = co_tick(&ticker, CO_ACCESS_COST * (1 + row_start[i + 1] - row_start[i]));
	}
	return rc;
}

CoRc
co_etree_postorder(const CoArena *arena, int n, const int *parent, int *post, int *work)
{
	CoTicker	ticker = co_ticker(arena);
	int		   *child = work,
			   *sibling = work + n;
	int			k = 0;
	CoRc		rc = CO_OK;

	for (int j = 0; j < n; j++)
		child[j] = -1;
	for (int j = n - 1; j >= 0 && !rc; j--)
	{
		if (parent[j] != -1)
		{
			sibling[j] = child[parent[j]];
			child[parent[j]] = j;
		}
		rc = co_tick(&ticker, CO_ACCESS_COST);
	}

	/*
	 * Walk without a stack: down to the first leaf, then over to the next
	 * sibling or up.  child[] is consumed.
	 */
	for (int root = 0; root < n && !rc; root++)
	{
		int			j = root;

		if (parent[root] != -1)
			continue;
		while (j != -1 && !rc)
		{
			int			next = child[j];

			rc = co_tick(&ticker, CO_ACCESS_COST);
			if (next != -1)
			{
				child[j] = sibling[next];
				j = next;
				continue;
			}
			post[k++] = j;
			j = parent[j];
		}
	}
	return rc;
}

typedef struct Leaves			/* state of the search for skeleton entries */
{
	int		   *first,			/* [n] position of the first descendant */
			   *max_first,		/* [n] by row: largest first[] seen */
			   *last_leaf,		/* [n] by row: the leaf seen last, or -1 */
			   *ancestor;		/* [n] disjoint sets with path compression */
} Leaves;

/* The least common ancestor of the last leaf of row i and the one now met. */
static int
find_common(Leaves *leaves, int leaf)
{
	int			root = leaf;

	while (root != leaves->ancestor[root])
		root = leaves->ancestor[root];
	while (leaf != root)
	{
		int			next = leaves->ancestor[leaf];

		leaves->ancestor[leaf] = root;
		leaf = next;
	}
	return root;
}

/*
 * Entry (i, j) of K adds to the counts only when j is a leaf of the row
 * subtree of i [GNP94, Theorem 3]; two consecutive leaves share the path above
 * their least common ancestor, which is then counted once too often.
 */
static void
count_entry(Leaves *leaves, int i, int j, int *delta)
{
	int			last = leaves->last_leaf[i];

	if (leaves->first[j] <= leaves->max_first[i])
		return;
	leaves->max_first[i] = leaves->first[j];
	leaves->last_leaf[i] = j;
	delta[j]++;
	if (last != -1)
		delta[find_common(leaves, last)]--;
}

static CoRc
find_first_descendants(CoTicker *ticker, int n, const int *parent, const int *post,
					   int *first, int *delta)
{
	CoRc		rc = CO_OK;

	for (int j = 0; j < n; j++)
		first[j] = -1;
	for (int k = 0; k < n && !rc; k++)
	{
		int			j = post[k],
					n_steps = 0;

		delta[j] = first[j] == -1;	/* a leaf of the tree: its diagonal */
		for (; j != -1 && first[j] == -1; j = parent[j], n_steps++)
			first[j] = k;
		rc = co_tick(ticker, CO_ACCESS_COST * (1 + n_steps));
	}
	return rc;
}

CoRc
co_etree_counts(const CoArena *arena, int n, const int *col_start,
				const int *col_index, const int *parent,
				const int *post, int *count, int *work)
{
	CoTicker	ticker = co_ticker(arena);
	Leaves		leaves = {work, work + n, work + 2 * (size_t) n, work + 3 * (size_t) n};
	CoRc		rc = find_first_descendants(&ticker, n, parent, post, leaves.first, count);

	for (int i = 0; i < n; i++)
	{
		leaves.max_first[i] = leaves.last_leaf[i] = -1;
		leaves.ancestor[i] = i;
	}
	for (int k = 0; k < n && !rc; k++)
	{
		int			j = post[k];

		if (parent[j] != -1)
			count[parent[j]]--;
		for (int p = col_start[j]; p < col_start[j + 1]; p++)
			count_entry(&leaves, col_index[p], j, count);
		if (parent[j] != -1)
			leaves.ancestor[j] = parent[j];
		rc = co_tick(&ticker, CO_ACCESS_COST * (1 + col_start[j + 1] - col_start[j]));
	}
	for (int j = 0; j < n; j++)
		if (parent[j] != -1)
			count[parent[j]] += count[j];
	return rc;
}
