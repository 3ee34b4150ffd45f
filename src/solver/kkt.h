/*-------------------------------------------------------------------------
 *
 * solver/kkt.h
 *	  The linear systems of a convex interior point.
 *
 *			( P + Dx    A'  ) ( x )   ( bx )
 *			( A        -Dy  ) ( y ) = ( by )						(1)
 *
 * Dx >= 0 comes from the variables' bounds, Dy >= 0 is the inverse of the
 * rows' barrier weights, 0 for an equality.  What is factorized is (1) with
 * rho added to the first block and -delta to the second, which makes it
 * quasi-definite (Vanderbei 1995); what is solved is (1) itself, by iterative
 * refinement.  Which factorization does it is decided once, from the
 * structure.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_SOLVER_KKT_H
#define CO_SOLVER_KKT_H

#include "linalg/ldl.h"
#include "nlp/qp.h"
#include "solver/solver.h"

typedef struct CoKkt CoKkt;

/* One way of factorizing the regularized matrix. */
typedef struct CoKktBackend
{
	CoKktPath	path;

	/*
	 * dx and dy without regularization; CO_SINGULAR, CO_NOT_POSITIVE: try
	 * harder.
	 */
	CoRc		(*factor) (CoKkt *kkt);

	/* (x, y) := M^-1 (x, y), M the regularized matrix */
	CoRc		(*solve) (CoKkt *kkt, double *x, double *y);
} CoKktBackend;

struct CoKkt
{
	CoArena    *arena;
	const CoQp *qp;
	const CoKktBackend *backend;
	void	   *state;			/* the backend's */
	double	   *dx;				/* [n] Dx of the last factor */
	double	   *dy;				/* [m] Dy of the last factor */
	double		rho,
				delta;
	double	   *px;				/* [n] P x, A'y and A x at the answer of the last */
	double	   *aty;			/* [n] solve */
	double	   *ax;				/* [m] */
	double	   *res_x;			/* [n] work of the refinement */
	double	   *res_y;			/* [m] */
	double	   *best_x;			/* [n] */
	double	   *best_y;			/* [m] */
	size_t		memory;			/* bytes predicted for the factorization */
	double		factor_cost;	/* of a factorization, in solves; by
								 * structure, not by clock */
	int			n_factor,
				n_refine;		/* counts so far */
	int			last_refine;	/* of the last solve */
	double		time_factor,
				time_analyze;
	char		reason[160];
};

/*
 * Multiply-adds of a triangular solve, which waits for memory, take this many
 * times as long as those of a factorization.
 */
#define CO_KKT_SOLVE_COST	4.0

/* Chooses the path and takes all memory; prefer CO_KKT_NONE leaves the choice free. */
extern CoRc co_kkt_new(CoArena *arena, const CoQp *qp, CoKktPath prefer, CoKkt **out);

/* Bytes it takes beside the factorization, which announces its own. */
extern double co_kkt_bytes(const CoQp *qp);

/* dx [n] and dy [m] are copied; CO_SINGULAR, CO_NOT_POSITIVE as of the backend. */
extern CoRc co_kkt_factor(CoKkt *kkt, const double *dx, const double *dy);

/*
 * Solve (1) to residuals tol_x and tol_y (maximum norms), or to the rounding of
 * the right-hand side where that is more, or as well as the refinement can:
 * *error is the residual reached over what was asked for, at most 1 where that
 * was reached.  CO_SINGULAR: not finite.
 */
extern CoRc co_kkt_solve(CoKkt *kkt, const double *bx, const double *by,
						 double tol_x, double tol_y,
						 double *x, double *y, double *error);

/* The backends, and what they need before the first factor. */
extern const CoKktBackend co_kkt_small;
extern const CoKktBackend co_kkt_dense;
extern const CoKktBackend co_kkt_sparse;
extern CoRc co_kkt_small_init(CoKkt *kkt);
extern CoRc co_kkt_dense_init(CoKkt *kkt);
extern CoRc co_kkt_sparse_init(CoKkt *kkt, const CoCsc *lower);
extern CoRc co_kkt_sparse_pattern(CoArena *arena, const CoQp *qp, CoCsc *lower);

#endif							/* CO_SOLVER_KKT_H */
