/*-------------------------------------------------------------------------
 *
 * solver/barrier_kkt.h
 *	  The linear systems of the nonlinear interior point.
 *
 *			( H + Dx    J'  ) ( x )   ( bx )
 *			( J        -Dy  ) ( y ) = ( by )
 *
 * H may be indefinite: the factorization tells the inertia.  The matrix is
 * equilibrated first, and -delta is added to the second block in that scale,
 * always [LINALG]: rows may be dependent.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_SOLVER_BARRIER_KKT_H
#define CO_SOLVER_BARRIER_KKT_H

#include "linalg/ldl.h"
#include "nlp/nlp.h"

typedef struct CoBarrierKkt
{
	CoArena    *arena;
	int			n,
				m,
				n_hess,			/* entries of H */
				n_jac;			/* entries of J */
	CoCsc		lower;			/* pattern */
	CoLdl	   *ldl;
	double	   *raw;			/* [nnz] the matrix */
	double	   *value;			/* [nnz] equilibrated and regularized */
	int		   *diagonal;		/* [n + m] places of the diagonal */
	int		   *hess_to;		/* [nnz of H] places of H */
	int		   *jac_to;			/* [nnz of J] places of J */
	signed char *sign;			/* [n + m] expected signs of the pivots */
	double	   *scale;			/* [n + m] powers of two */
	double	   *norm;			/* [n + m] work */
	double	   *delta;			/* [m] regularization, in the raw scale */
	int			n_factor;
} CoBarrierKkt;

/* Take all memory, from the patterns alone. */
extern CoRc co_barrier_kkt_new(CoArena *arena, const CoNlp *nlp, CoBarrierKkt **out);

/*
 * hess: [nnz of H] or NULL for zero; dx: [n]; dy: [m]; delta: the regularization
 * relative to the equilibrated matrix.
 */
extern CoRc co_barrier_kkt_factor(CoBarrierKkt *kkt, const double *hess, const double *jac,
								  const double *dx, const double *dy, double delta,
								  CoInertia *inertia);

/* (x, y) := M^-1 (x, y), M the regularized matrix; rhs: [n + m] */
extern CoRc co_barrier_kkt_solve(CoBarrierKkt *kkt, double *rhs);

#endif							/* CO_SOLVER_BARRIER_KKT_H */
