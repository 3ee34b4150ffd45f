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

#include <math.h>
#include <stdbool.h>

#include "nlp/qp.h"

typedef struct CoResidual
{
	double		objective;		/* c0 + c'x + 1/2 x'Px */
	double		dual_objective; /* c0 - 1/2 x'Px - terms multiplier * side of
								 * y and z */
	double		primal;			/* largest violation of a row or bound */
	double		dual;			/* max |Px + c + A'y + z|, and of a multiplier
								 * on an infinite side */
	double		complementarity;	/* max over rows and bounds, equalities
									 * apart, of multiplier x distance to its
									 * side */
	double		gap;			/* |objective - dual_objective|, summed
								 * without their common part */

	/* What the residuals are measured against: 1 is not included. */
	double		primal_scale;	/* max(|Ax|, |side| of what is violated) */
	double		dual_scale;		/* max(|Px|, |c|, |A'y|, |z|) */
	double		gap_scale;		/* min(|objective|, |dual_objective|) */

	/* Of nonlinear problems only (nlp_residual.h), else 0. */
	double		gain;
	double		gain_scale;
	double		uncanceled;
} CoResidual;

/*
 * Exact definitions in residual.c.  A multiplier on an infinite side counts in
 * dual and not in the gap.  A point that is not finite has infinite residuals;
 * that is CO_OK too.  Scratch is taken from the arena and given back.
 */
extern CoRc co_qp_residual(CoArena *arena, const CoQp *qp, const CoQpPoint *point,
						   CoResidual *out);

/*
 * Does y, or -y, prove that no point is feasible?  z is taken as -A'y where
 * the bounds allow it.  *margin > 0: proved, whatever the scale of y, rows or
 * variables; at most 1.  It is the separation relative to its own terms, less
 * what the leftover of A'y + z could hide; see certificate.c for the exact test.
 * Declared sides that cross (lower > upper) are a proof with any y.
 */
extern CoRc co_qp_check_infeasible(CoArena *arena, const CoQp *qp, const double *y,
								   double *margin);

/*
 * Does direction d prove that the objective is unbounded (a feasible point
 * given, P positive semidefinite in the columns that are not fixed)?  *margin >
 * 0: proved.  Entries of d that a finite bound blocks are taken as zero.
 */
extern CoRc co_qp_check_unbounded(CoArena *arena, const CoQp *qp, const double *direction,
								  double *margin);

/*
 * Declared sides that no number lies between, without a tolerance: the model
 * says that nothing is feasible.
 */
static inline bool
co_sides_cross(int n, const double *lower, const double *upper)
{
	for (int i = 0; i < n; i++)
		if (lower[i] > upper[i] || lower[i] == INFINITY || upper[i] == -INFINITY)
			return true;
	return false;
}

/* Does a residual pass, as the options of a solve define it? */
static inline bool
co_residual_within(double residual, double scale, double absolute, double relative)
{
	return residual <= absolute + relative * scale;
}

#endif							/* CO_NLP_RESIDUAL_H */
