/*-------------------------------------------------------------------------
 *
 * linalg/triangle.h
 *	  Linear least squares with few columns, row by row: orthogonal
 *	  transformations take A and b to a triangle [GVL13, 5.2],
 *
 *		|Ax + b|^2 = |Rx + q|^2 + rho^2,
 *
 *	  which is all there is of them however many rows there were.
 *
 * It is used so:
 *
 *		co_triangle_begin(arena, k, &t);
 *		for each row:	co_triangle_set(&t, j, a[j]) for j < k;
 *						co_triangle_set(&t, k, b);  co_triangle_take_row(&t);
 *		co_triangle_end(&t);
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_LINALG_TRIANGLE_H
#define CO_LINALG_TRIANGLE_H

#include "base/arena.h"

typedef struct CoTriangle		/* at the end columns are in the order of
								 * pivots */
{
	int			k,				/* columns of A */
				rank;			/* rows of R that are not zero */
	double	   *r;				/* [(k + 1) x (k + 1)] by rows, the last
								 * column is q, the last entry rho */
	double	   *block;			/* [k + 1 columns of rows] taken, not yet in r */
	int			n_row,			/* of block that are filled */
				rows;
	int		   *pivot;			/* [k] */
	double	   *scale;			/* [k] powers of two: column j of R times
								 * scale[pivot[j]] is what column pivot[j] of
								 * A has become */
	double		rho2;			/* the least value */
	double		loss;			/* of A'A, A'b and b'b in the place of A and
								 * b, relative to the solution and the value */
} CoTriangle;

extern CoRc co_triangle_begin(CoArena *arena, int k, CoTriangle *t);
extern void co_triangle_take_row(CoTriangle *t);
extern void co_triangle_end(CoTriangle *t);

static inline double *
co_triangle_row(const CoTriangle *t, int i)
{
	return t->r + (size_t) i * (size_t) (t->k + 1);
}

static inline double *
co_triangle_column(const CoTriangle *t, int j)
{
	return t->block + (size_t) j * (size_t) t->rows;
}

/* Entry j of the next row. */
static inline void
co_triangle_set(CoTriangle *t, int j, double value)
{
	co_triangle_column(t, j)[t->n_row] = value;
}

#endif							/* CO_LINALG_TRIANGLE_H */
