/*-------------------------------------------------------------------------
 *
 * solver/lbfgsb.h
 *	  L-BFGS-B: limited-memory quasi-Newton minimization in a box.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_SOLVER_LBFGSB_H
#define CO_SOLVER_LBFGSB_H

#include "solver/box.h"

/*
 * From x, projected on the box first, to the best point found: x and grad [n]
 * are filled by it.  What else is taken from the arena is given back.  With a
 * code that is not CO_OK, CO_TIME_EXCEEDED for one, x, grad and *outcome still
 * are the last accepted point's once there was one (outcome->evaluations > 0).
 */
extern CoRc co_lbfgsb(CoArena *arena, const CoBox *box, const CoBoxOptions *options,
					  double *x, double *grad, CoBoxOutcome *outcome);

/* Bytes that takes at most, to be announced (base/arena.h). */
extern double co_lbfgsb_memory(int n, int memory);

#endif							/* CO_SOLVER_LBFGSB_H */
