/*-------------------------------------------------------------------------
 *
 * linalg/csc.h
 *	  Sparse matrices by compressed columns.
 *
 * Column j holds the entries start[j] .. start[j+1]-1 of index (row numbers,
 * ascending, without repetition) and value.  A symmetric matrix is stored by
 * its lower triangle (row >= column), diagonal included where present.
 * Indices are int: the border (pg/) refuses larger models.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_LINALG_CSC_H
#define CO_LINALG_CSC_H

#include "base/arena.h"

typedef struct CoCsc
{
	int			nrow,
				ncol;
	int		   *start;			/* [ncol + 1] */
	int		   *index;			/* [start[ncol]] */
	double	   *value;			/* [start[ncol]]; NULL: pattern only */
} CoCsc;

static inline int
co_csc_nnz(const CoCsc *a)
{
	return a->ncol > 0 ? a->start[a->ncol] : 0;
}

static inline int
co_csc_length(const CoCsc *a, int j)
{
	return a->ncol > 0 ? a->start[j + 1] - a->start[j] : 0;
}

/* Entries p .. end-1 of a column, at least one, are in rows without a gap. */
static inline bool
co_csc_is_run(const CoCsc *a, int p, int end)
{
	return a->index[end - 1] - a->index[p] == end - p - 1;
}

/*
 * Build from triplets; repeated entries are summed in the order of their
 * appearance, entries that sum to zero are kept.  Indices must be in range.
 */
extern CoRc co_csc_from_triplets(CoArena *arena, int nrow, int ncol, size_t nnz,
								 const int *row, const int *col,
								 const double *value, CoCsc *out);

/* out = A' (value too, when A has values). */
extern CoRc co_csc_transpose(CoArena *arena, const CoCsc *a, CoCsc *out);

extern CoRc co_csc_copy(CoArena *arena, const CoCsc *a, CoCsc *out);

/* y += alpha A x */
extern void co_csc_mul_add(const CoCsc *a, double alpha, const double *x, double *y);

/* y += alpha A' x */
extern void co_csc_tmul_add(const CoCsc *a, double alpha, const double *x, double *y);

/* ax += A x and aty += A' y, in one pass over A */
extern void co_csc_mul_both_add(const CoCsc *a, const double *x, const double *y,
								double *ax, double *aty);

/* y += alpha S x for the symmetric S whose lower triangle is a */
extern void co_csc_symmul_add(const CoCsc *a, double alpha, const double *x, double *y);

/* x' S x for the symmetric S whose lower triangle is a */
extern double co_csc_quadratic(const CoCsc *a, const double *x);

#endif							/* CO_LINALG_CSC_H */
