/*-------------------------------------------------------------------------
 *
 * linalg/etree.h
 *	  Elimination tree, postorder and column counts of a sparse symmetric
 *	  factorization.
 *
 * A pattern here is the strict triangle of a symmetric matrix in pivot order.
 * Trees are arrays of parents, -1 at a root.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_LINALG_ETREE_H
#define CO_LINALG_ETREE_H

#include "linalg/csc.h"

/*
 * parent[j] = min { i > j : L[i][j] != 0 }.  row_start, row_index: the strict
 * lower triangle by rows.  work [n].
 */
extern CoRc co_etree_build(const CoArena *arena, int n, const int *row_start,
						   const int *row_index, int *parent, int *work);

/*
 * post[k] is the k-th vertex in an order with every subtree contiguous and
 * before its root; children come in ascending order.  work [2n].
 */
extern CoRc co_etree_postorder(const CoArena *arena, int n, const int *parent,
							   int *post, int *work);

/*
 * count[j]: entries of column j of L, diagonal included.  col_start,
 * col_index: the strict lower triangle by columns.  work [4n].
 */
extern CoRc co_etree_counts(const CoArena *arena, int n, const int *col_start,
							const int *col_index, const int *parent,
							const int *post, int *count, int *work);

#endif							/* CO_LINALG_ETREE_H */
