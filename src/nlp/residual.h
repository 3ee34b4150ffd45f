/*-------------------------------------------------------------------------
 *
 * nlp/residual.h
 *	  The independent judge: residuals of a claimed point and validity of a
 *	  claimed certificate, from the problem's data alone.
 *
 * Knows no solver.  Every status is decided on these numbers.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_NLP_RESIDUAL_H
#define CO_NLP_RESIDUAL_H

#include "nlp/qp.h"

typedef struct CoResidual
{
	double		objective;		/* c0 + c'x + 1/2 x'Px */
	double		dual_objective; /* c0 - 1/2 x'Px - sup terms of y and z */
	double		primal;			/* largest violation of a row or bound */
	double		dual;			/* max |Px + c + A'y + z|, and of a multiplier on an infinite side */
	double		complementarity;	/* max over rows and bounds of multiplier x distance to its side */
	double		gap;			/* |objective - dual_objective|; INFINITY if that is infinite */

	/* What the residuals are measured against: 1 is not included. */
	double		primal_scale;	/* max(|Ax|, |finite active bounds|) */
	double		dual_scale;		/* max(|Px|, |c|, |A'y|, |z|) */
	double		gap_scale;		/* min(|objective|, |dual_objective|), of x'Px, c'x ... parts */
} CoResidual;

/* Scratch is taken from the arena and given back. */
extern CoRc co_qp_residual(CoArena *arena, const CoQp *qp, const CoQpPoint *point,
						   CoResidual *out);

/*
 * Does (y, z) prove that no point is feasible?  Scales (y, z) to norm 1,
 * z is replaced by -A'y where the bound allows it, and the proof holds when
 * the separation exceeds the error of A'y + z times the size a feasible x
 * could have; *margin tells by how much (negative: no proof).  See residual.c
 * for the exact test.
 */
extern CoRc co_qp_check_infeasible(CoArena *arena, const CoQp *qp, const double *y,
								   double *margin);

/* Does direction x prove that the objective is unbounded (a feasible point given)? */
extern CoRc co_qp_check_unbounded(CoArena *arena, const CoQp *qp, const double *direction,
								  double *margin);

#endif							/* CO_NLP_RESIDUAL_H */
