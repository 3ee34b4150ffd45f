/*-------------------------------------------------------------------------
 *
 * solver/lbfgsb_private.h
 *	  What the files of L-BFGS-B share: the limited-memory matrix
 *	  (lbfgsb_matrix.c) and one solve in progress.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_SOLVER_LBFGSB_PRIVATE_H
#define CO_SOLVER_LBFGSB_PRIVATE_H

#include "linalg/ticker.h"
#include "solver/box.h"

#define CO_LBFGS_RANK	(2 * CO_BOX_MEMORY_MOST)	/* at most CO_SMALL_MAX */

/*
 * A vector of W's columns, y and s of each pair side by side, oldest first.
 * Rows of W are read four at a time, so it has room for a multiple of four.
 */
typedef double CoLbfgsVector[CO_LBFGS_RANK];

/*
 *		B = theta I - W M W',		W = (Y, theta S),
 *		M^-1 = ( -D	 L'		   )
 *			   (  L	 theta S'S )
 *
 * with D the diagonal and L the strictly lower part of S'Y: [BNS94, theorem
 * 2.3].  A row of W, without theta, lies in one piece: breakpoints of the
 * Cauchy point take single rows.
 */
typedef struct CoLbfgs
{
	int			n,
				memory,
				stride,			/* of w */
				count;			/* pairs held */
	double		theta;
	double	   *w;				/* [n x stride] (y_1 s_1 y_2 s_2 ...) of a
								 * variable */
	double		ss[CO_BOX_MEMORY_MOST][CO_BOX_MEMORY_MOST];
	double		yy[CO_BOX_MEMORY_MOST][CO_BOX_MEMORY_MOST];
	double		sy[CO_BOX_MEMORY_MOST][CO_BOX_MEMORY_MOST]; /* s_i'y_j */
	double		middle[CO_LBFGS_RANK * CO_LBFGS_RANK];	/* factors of M^-1 */
	CoTicker	ticker;
} CoLbfgs;

extern CoRc co_lbfgs_new(CoArena *arena, int n, int memory, CoLbfgs **out);
extern int	co_lbfgs_stride(int memory);

/* B = I */
extern void co_lbfgs_reset(CoLbfgs *b);

/* Take up a pair with s'y > 0.  CO_NOT_POSITIVE: B is lost, reset it. */
extern CoRc co_lbfgs_update(CoLbfgs *b, const double *s, const double *y);

/* t := W'x; with rows, x has only the entries of these n_rows rows. */
extern CoRc co_lbfgs_project(CoLbfgs *b, const int *rows, int n_rows, const double *x,
							 double *t);

/* x += a W t, with rows as above */
extern CoRc co_lbfgs_expand(CoLbfgs *b, const int *rows, int n_rows, double a,
							const double *t, double *x);

/* t := row j of W */
extern void co_lbfgs_row(const CoLbfgs *b, int j, double *t);

/* t := M t */
extern void co_lbfgs_middle(const CoLbfgs *b, double *t);

/*
 * Factors of an order-2 count matrix with negative entries on the diagonal of
 * the y and positive ones on that of the s; false: it has not these signs.
 */
extern bool co_lbfgs_factor(int count, double *a);
extern void co_lbfgs_solve(int count, const double *a, double *t);

typedef struct CoLbfgsbWork CoLbfgsbWork;	/* lbfgsb_subspace.c */

typedef struct CoLbfgsb			/* one solve in progress */
{
	CoArena    *arena;
	const CoBox *box;
	const CoBoxOptions *options;
	CoBoxOutcome *outcome;
	CoLbfgs    *b;
	CoLbfgsbWork *work;
	bool		bounded,		/* some bound is finite */
				boxed;			/* all are */
	double	   *x,				/* [n] the iterate; its f is outcome->f */
			   *grad,
			   *target,			/* Cauchy point, then where the direction
								 * leads */
			   *d,				/* direction, and work before there is one */
			   *trial,			/* of the line search */
			   *trial_grad,
			   *best_grad,		/* at the best step of the line search */
			   *reach;			/* steps along the projected gradient at which
								 * variables meet their bounds */
	int		   *heap;			/* [n] of these variables */
	int		   *free;			/* [n_free] variables inside the box at the
								 * Cauchy point */
	int			n_free;
	double		best_f;			/* there */
	double		noise;			/* of f, as searches have seen it */
	double		least_projected;	/* of all iterates */
	int			n_idle;			/* iterations since, found by slopes alone */
	CoLbfgsVector c;			/* W'(Cauchy point - x) */
} CoLbfgsb;

/* lbfgsb_cauchy.c: target and c of x, grad and B; free and n_free. */
extern CoRc co_lbfgsb_cauchy(CoLbfgsb *s);

extern CoLbfgsbWork *co_lbfgsb_work_new(CoArena *arena);
extern size_t co_lbfgsb_work_size(void);

/*
 * lbfgsb_subspace.c: move target on to the minimizer of the model over the
 * free variables.  CO_NOT_POSITIVE: B is lost, reset it.
 */
extern CoRc co_lbfgsb_subspace(CoLbfgsb *s);

#endif							/* CO_SOLVER_LBFGSB_PRIVATE_H */
