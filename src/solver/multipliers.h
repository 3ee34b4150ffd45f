/*-------------------------------------------------------------------------
 *
 * solver/multipliers.h
 *	  Multipliers for a point that comes without them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_SOLVER_MULTIPLIERS_H
#define CO_SOLVER_MULTIPLIERS_H

#include "nlp/nlp.h"
#include "solver/solver.h"

/*
 * Fill y[i] and z[j] where row_open [m] and var_open [n] say so, the others
 * stay: those that make |grad f + J'y + z|_2 least with the signs of the sides
 * that x rests on, at a distance of at most near * max(1, |side|).  at: the
 * values at x.  *solved: false where time or iterations ended before; then
 * the open ones are 0.
 */
extern CoRc co_fit_multipliers(CoArena *arena, const CoNlp *nlp, const double *x,
							   const CoNlpValue *at, double near, const uint8_t *row_open,
							   const uint8_t *var_open, double *y, double *z, bool *solved);

#endif							/* CO_SOLVER_MULTIPLIERS_H */
