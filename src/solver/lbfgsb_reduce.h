/*-------------------------------------------------------------------------
 *
 * solver/lbfgsb_reduce.h
 *	  A problem whose rows only define variables, as one without rows.
 *
 * Lowering gives a long affine form inside a function a variable and a row of
 * its own, and these variables come last (nlp/model.h).  Where every row is a
 * linear equality, and the last variables t are free and each in one row only,
 * in their order,
 *
 *		a' x + alpha t = rhs,	t = (rhs - a' x) / alpha,
 *
 * f is a function of the others alone, with the gradient
 *
 *		f_x + a y,		y = -f_t / alpha,
 *
 * and these y are the multipliers of the rows.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_SOLVER_LBFGSB_REDUCE_H
#define CO_SOLVER_LBFGSB_REDUCE_H

#include "base/arena.h"
#include "nlp/nlp.h"

typedef struct CoReduced
{
	const CoNlp *nlp;
	int			n;				/* variables that are left, the first ones */
	double	   *alpha,			/* [m] */
			   *rhs;			/* [m] without constants of the row */
	CoCsc		jac;			/* nlp's, with its values */
	double	   *x,				/* [nlp's n] of the last evaluation */
			   *grad,
			   *y;				/* [m] */
} CoReduced;

/* Is the problem such a one?  Without rows it is. */
extern bool co_reduced_takes(const CoNlp *nlp);

/* x: any point, to evaluate the rows at.  CO_NOT_FINITE: no t can be solved for. */
extern CoRc co_reduced_new(CoArena *arena, const CoNlp *nlp, const double *x, CoReduced **out);
extern double co_reduced_memory(const CoNlp *nlp);

/* reduced->x, of the variables that are left. */
extern void co_reduced_expand(CoReduced *reduced, const double *x);

/* Fills reduced->x, grad and y, too. */
extern CoRc co_reduced_eval(CoReduced *reduced, const double *x, double *f, double *grad);

#endif							/* CO_SOLVER_LBFGSB_REDUCE_H */
