/*-------------------------------------------------------------------------
 *
 * solver/sensitivity_kkt.h
 *	  The linear system of the active set at a solution:
 *
 *			( W   A' ) ( u )   ( bx )
 *			( A   0  ) ( v ) = ( by )							(1)
 *
 * W is the Hessian of the Lagrangian over the variables that are free to move,
 * A the Jacobian of the active rows over them.  What is factorized, once, is
 * (1) equilibrated, with a tiny rho added to the first block and -delta to the
 * second; what is solved is (1), by refinement.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_SOLVER_SENSITIVITY_KKT_H
#define CO_SOLVER_SENSITIVITY_KKT_H

#include "linalg/ldl.h"
#include "nlp/param.h"

typedef struct CoSensitivityKkt
{
	CoArena    *arena;
	int			n,				/* free variables */
				m;				/* active rows */
	const int  *var;			/* [n] the free variables; the caller's */
	CoCsc		lower;			/* of (1), with values */
	int		   *from;			/* [nnz] entry of hess, ~entry of jac, or
								 * NOTHING */
	double	   *value;			/* [nnz] what is factorized */
	double	   *scale;			/* [n + m] powers of two */
	signed char *sign;			/* [n + m] */
	CoLdl	   *ldl;
	CoInertia	inertia;
	bool		keeps_all;		/* entries that look like roundings, too */
	double	   *rhs,			/* [n + m] work */
			   *residual,
			   *best;
} CoSensitivityKkt;

/* [n] place first + k of list[k], k below count; -1: it is not listed.  NULL: the arena has failed. */
extern int *co_sensitivity_places(CoArena *arena, int n, int count, const int *list, int first);

/* free_var [n], which stays the caller's, and active_row [m], ascending. */
extern CoRc co_sensitivity_kkt_new(CoArena *arena, const CoParamNlp *nlp,
								   int n, const int *free_var, int m, const int *active_row,
								   CoSensitivityKkt **out);

/* The values of the problem's last evaluation; unit_hess: I in place of W. */
extern CoRc co_sensitivity_kkt_factor(CoSensitivityKkt *kkt, const CoParamNlp *nlp, bool unit_hess);

/*
 * b [n + m] := the solution of (1); *error: what is left of the equilibrated
 * system, relative to its terms.  A b that is not finite gives NaN.
 */
extern CoRc co_sensitivity_kkt_solve(CoSensitivityKkt *kkt, double *b, double *error);

/*
 * How many times the first (or, of_rows, the second) diagonal block of the
 * inverse of the factorized, equilibrated matrix lengthens a vector, as the
 * power method tells; vector [n + m] is what it ended with, of length one, in
 * the equilibrated scale.  CO_SENSITIVITY_SINGULAR or more: no curvature where A
 * allows to move; for the second block, dependent rows.
 */
extern CoRc co_sensitivity_kkt_growth(CoSensitivityKkt *kkt, bool of_rows, double *vector,
									  double *growth);

#define CO_SENSITIVITY_SINGULAR	1e8

#endif							/* CO_SOLVER_SENSITIVITY_KKT_H */
