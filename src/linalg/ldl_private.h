/*-------------------------------------------------------------------------
 *
 * linalg/ldl_private.h
 *	  What the files of the sparse L D L' share.
 *
 *		ldl_tree.c		assembly tree: order, relaxed supernodes, numbering
 *		ldl_symbolic.c	row structures, scatter lists, memory layout
 *		ldl_kernel.c	vector loops for several instruction sets
 *		ldl_front.c		pivoting inside the diagonal block of a front
 *		ldl_panel.c		the same for a block of many pivots, by panels
 *		ldl_block.c		large fronts, with borrowed kernels
 *		ldl_update.c	a front's update, and its assembly into the parent
 *		ldl_numeric.c	the traversal: assemble, eliminate, pass up
 *		ldl_solve.c		the triangular solves
 *		ldl_many.c		the same for several right-hand sides
 *		ldl.c			the functions of ldl.h
 *
 * A front of nf rows eliminates np pivots.  Its panel, nf x np column-major,
 * lies in CoLdl.l for good: K's entries and the children's contributions are
 * summed there and L replaces them.  Its contribution block (CB), the lower
 * triangle of the other nf - np rows, exists from the moment the first child
 * adds to it until it has been added to the parent's panel and CB; a front
 * without children never has one (its update is formed a few columns at a
 * time and added to the parent at once).
 *
 * Kernels work on whole vectors of CO_LANES rows and may therefore read up to
 * that many entries past a column, and write them in CBs and work columns,
 * whose strides are padded for it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_LINALG_LDL_PRIVATE_H
#define CO_LINALG_LDL_PRIVATE_H

#include <float.h>
#include <math.h>

#include "base/blas.h"
#include "linalg/ldl.h"
#include "linalg/ticker.h"

#define CO_LANES		8		/* doubles in the widest vector register */
#define CO_HALF_LANES	4

/* Columns the small update kernel takes at a time. */
#define CO_KERNEL_COLUMNS	4

/*
 * A front is large, and worth calls of the BLAS, above these sizes: below them
 * the calls' own cost exceeds the gain (measured: LINALG notes, section 5).
 */
#define CO_LARGE_PIVOTS	24
#define CO_LARGE_ROWS	40

/* Columns of a panel of a large front, and of its CB updated at a time. */
#define CO_PANEL_COLUMNS	64
#define CO_UPDATE_COLUMNS	96

typedef struct CoTree			/* the assembly tree, children before parents */
{
	int			n_fronts;
	int		   *perm;			/* [n] the row of K that is the k-th pivot */
	int		   *first;			/* [n + 1] first pivot of a front */
	int		   *size;			/* [n] rows of a front, its pivots included */
	int		   *parent;			/* [n] -1 at a root */
} CoTree;

typedef struct CoFront
{
	int			first;			/* its pivots are first .. first + np - 1 */
	int			np;
	int			nf;
	int			parent;			/* -1: a root */
	bool		has_child;
	bool		active;			/* panel and CB are initialized */
	bool		swapped;		/* pivots were taken out of order */
	size_t		l_at;			/* panel, in CoLdl.l */
	size_t		row_at;			/* CB rows, in CoLdl.row and CoLdl.relative */
	size_t		cb_at;			/* CB, in CoLdl.stack */
} CoFront;

typedef struct CoLdlSizes		/* elements of the arrays of CoLdl */
{
	size_t		l,
				row,
				stack,
				leaf_block,
				coefficient,
				column,
				other_column,
				panel;
	int			max_pivots;
} CoLdlSizes;

typedef struct CoKernels		/* described in ldl_kernel_body.h */
{
	const char *name;
	void		(*column) (int m, int k, const double *l, int ld,
						   const double *w, double *column);
	void		(*update) (int m, int k, const double *l, int ld, const double *w,
						   double *c, int ldc, bool fresh);
	void		(*rank1) (int m, double a, const double *x, double *y);
	void		(*add) (int m, const double *x, double *y);
	void		(*forward) (int m, int k, const double *l, int ld,
							const double *x, double *t);
	void		(*backward) (int m, int k, const double *l, int ld,
							 const double *t, double *x);
} CoKernels;

struct CoLdl
{
	CoArena    *arena;
	CoTicker	solves;			/* from one solve to the next */
	CoLdlStats	stats;
	const CoBlas *blas;			/* NULL until a large front needs it */
	const CoKernels *kernels;
	int			n,
				n_fronts;
	int		   *perm;			/* [n] as in CoTree */
	CoFront    *front;			/* [n_fronts] */

	/*
	 * Rows of the CBs, in pivot order, and where they are in the parent's
	 * front: below the parent's np in its panel, else in its CB.
	 */
	int		   *row,
			   *relative;

	/* K's entries by pivot column: position in value[], row in the front */
	int		   *entry_start,	/* [n + 1] */
			   *entry_source,
			   *entry_row;

	double	   *l;
	double	   *d_inverse,		/* [n] diagonal of D^-1 */
			   *e_inverse;		/* [n] (k + 1, k) of D^-1, at k; 0 in a 1x1 */
	int		   *pivot_order;	/* [n] in a front: which of its pivots is k-th */

	/* The factorization in work: what a small pivot is compared with. */
	const double *value;
	double		largest;		/* entry of K met so far, in size */
	double	   *norm;			/* [n] largest entry of a row of K, if known */
	bool		norm_known;
	CoRc		interrupted;	/* while norm was computed */

	double	   *stack;
	double	   *leaf_block,		/* columns of a leaf's CB */
			   *coefficient,	/* D L' of a few CB columns */
			   *column,			/* one front column, padded */
			   *other_column,	/* a second one of a large block */
			   *panel,			/* L D of a panel's columns */
			   *d,				/* [max_pivots] D of the front in work */
			   *e;
	int		   *swap;			/* [max_pivots] */
	double	   *x;				/* [n] solve: the vector in pivot order */
};

static inline int
co_front_rows_below(const CoFront *front)
{
	return front->nf - front->np;
}

static inline bool
co_front_is_large(int np, int nf)
{
	return np > CO_LARGE_PIVOTS && nf > CO_LARGE_ROWS;
}

static inline bool
co_front_has_cb(const CoFront *front)
{
	return front->has_child && front->nf > front->np;
}

/* Distance of the columns of a CB with m rows. */
static inline int
co_cb_stride(int m)
{
	return m <= CO_HALF_LANES ? CO_HALF_LANES : (m + CO_LANES - 1) / CO_LANES * CO_LANES;
}

/* Columns of it: the update kernel may write some beyond the last. */
static inline int
co_cb_columns(int m)
{
	return (m + CO_KERNEL_COLUMNS - 1) / CO_KERNEL_COLUMNS * CO_KERNEL_COLUMNS;
}

/*
 * A pivot smaller than this part of its row of K is the rounding error of a
 * zero.
 */
#define CO_NEGLIGIBLE_PIVOT	(4.0 * DBL_EPSILON)

static inline bool
co_pivot_is_negligible(double pivot, double row_norm)
{
	return fabs(pivot) <= CO_NEGLIGIBLE_PIVOT * row_norm;
}

/* ldl_tree.c */
extern CoRc co_tree_build(CoArena *arena, const CoCsc *lower, CoTree *tree);

/* ldl_symbolic.c */
extern CoRc co_ldl_measure(CoArena *arena, const CoCsc *lower, CoTree *tree,
						   CoLdlSizes *sizes, CoLdlStats *stats);
extern double co_ldl_build_bytes(const CoLdlStats *stats, int nnz);
extern CoRc co_ldl_build(CoArena *arena, const CoCsc *lower, const CoTree *tree,
						 const CoLdlSizes *sizes, const CoLdlStats *stats, CoLdl **out);

/* ldl_kernel.c: the sets this processor has, the best first; NULL after the last */
extern const CoKernels *co_kernels(int rank);

/*
 * The diagonal block in work.  Rows beyond np, up to nr, belong to the panel
 * and are carried along; a large front has nr == np and treats them later.
 */
typedef struct CoBlock
{
	double	   *a;				/* lower triangle of np columns */
	int			np,
				nr,
				ld;
	double	   *d,				/* [np] diagonal of D */
			   *e;				/* [np] its (k + 1, k) */
	int		   *order;			/* [np] see CoLdl.pivot_order */
	int		   *swap;			/* [np] the pivot exchanged with k in step k */
	CoLdl	   *ldl;			/* for row norms */
	int			first;			/* the front's first pivot */
	const signed char *sign;	/* by row of K, or NULL */
	const int  *row;			/* [np] row of K, by original place */
	double	   *column;			/* work, padded */
	bool		swapped;
	int			n_perturbed;
} CoBlock;

/*
 * A 1x1 pivot is taken when it is this part of the largest entry of its column
 * in the block.  [BK77] would have 0.64 for the smallest growth bound; 0.01 to
 * 0.1 keeps more pivots in order, and refinement makes up for the growth.
 */
#define CO_PIVOT_ALPHA	0.05

/* Rook steps end when the next column's largest entry grows less than this. */
#define CO_ROOK_GROWTH	2.0

/* ldl_front.c */
extern void co_block_factor(CoBlock *block);
extern void co_block_swap(CoBlock *block, int k, int r);
extern bool co_block_negligible(const CoBlock *block, int k, double value);
extern double co_block_perturbed(CoBlock *block, int k);

/* ldl_panel.c */
extern CoRc co_block_factor_panels(CoLdl *ldl, CoTicker *ticker, CoBlock *block);

/* ldl_block.c */
extern CoRc co_large_front(CoLdl *ldl, CoTicker *ticker, const CoFront *front, CoBlock *block);
extern CoRc co_large_update(CoLdl *ldl, CoTicker *ticker, int m, int n, int k,
							const double *a, int lda, const double *b, int ldb,
							double *c, int ldc, bool fresh);

/* ldl_update.c */
extern CoRc co_ldl_pass_up(CoLdl *ldl, CoTicker *ticker, const CoFront *front);

/* ldl_numeric.c */
extern double co_ldl_row_norm(CoLdl *ldl, int k);
extern CoRc co_ldl_numeric(CoLdl *ldl, const double *value, const signed char *sign,
						   CoInertia *inertia);

#endif							/* CO_LINALG_LDL_PRIVATE_H */
