/*-------------------------------------------------------------------------
 *
 * nlp/nlp_residual.h
 *	  The independent judge of nonlinear problems: the KKT conditions of a
 *	  claimed point and the stationarity of a claimed local infeasibility, from
 *	  fresh evaluations of the user's problem.
 *
 * Knows no solver.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_NLP_NLP_RESIDUAL_H
#define CO_NLP_NLP_RESIDUAL_H

#include "nlp/nlp.h"
#include "nlp/residual.h"

/*
 * Residuals of the point (x, y, z) of residual.h's type.  Here
 *
 *		primal			largest violation of a row or bound
 *		dual			max |grad f + J'y + z|, and of a multiplier on an
 *						infinite side
 *		complementarity	max of multiplier x distance to its side
 *		gap				their sum: what the objective can still change by, to
 *						first order
 *		primal_scale	max(|c|, |side|) of what is violated
 *		dual_scale		mu_max = max(|grad f|_2, |z_j|, |a_i|_2 |y_i|), the
 *						scale of filterSQP, but at most 1000 max(1, |grad f|_2)
 *		gap_scale		|f|
 *		gain			max of the leftover of a gradient x |x_j|: what a move of
 *						a variable by its own size would gain, to first order
 *		gain_scale		max of |f| and of the terms of these products
 *
 *		uncanceled		max over the columns of the leftover relative to the
 *						largest term of the column: at most 1
 *
 * gain / gain_scale and uncanceled do not depend on the units of anything.
 * A value that is not finite makes the residuals infinite, with CO_OK.
 */
extern CoRc co_nlp_residual(CoArena *arena, const CoNlp *nlp, const CoQpPoint *point,
							CoResidual *out);

/*
 * max |J_ij x_j| of the row that is violated most, at least |c| and |side|:
 * what its value is summed from, so that rounding alone makes a residual of
 * this size times the precision.  0 where a bound is what is violated most.
 */
extern CoRc co_nlp_term_size(CoArena *arena, const CoNlp *nlp, const double *x, double *size);

/* A column whose leftover is at most this part of its terms is stationary. */
#define CO_NLP_CANCELED	1e-2

/*
 * Does the objective fall from a point whose residuals are small, by least or
 * more?  *gain: what a move of the variables whose columns do not cancel, as far
 * as their slopes promise least, lowers the Lagrangian by; 0 where that is not
 * a good part of what they promise, as at a minimum, or there is no room.
 */
extern CoRc co_nlp_promise(CoArena *arena, const CoNlp *nlp, const CoQpPoint *point,
						   double least, double *gain);

/*
 * Is x a stationary point of a weighted violation of the rows?  The weights
 * are the signed y: y[i] > 0 pushes c[i] down, as above cu[i].  *violation is
 * the largest.  *leftover is the part of J'y that no bound takes up, as what a
 * move of x_j by max(1, |x_j|) gains of the weighted violation, relative to
 * that violation and to the terms of J'y; a y with a wrong sign has an
 * infinite leftover.
 */
extern CoRc co_nlp_check_stationary(CoArena *arena, const CoNlp *nlp, const double *x,
									const double *y, double *violation, double *leftover);

#endif							/* CO_NLP_NLP_RESIDUAL_H */
