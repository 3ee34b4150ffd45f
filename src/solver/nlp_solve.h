/*-------------------------------------------------------------------------
 *
 * solver/nlp_solve.h
 *	  Solve a nonlinear program by the interior point of solver/barrier.h.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_SOLVER_NLP_SOLVE_H
#define CO_SOLVER_NLP_SOLVE_H

#include "nlp/nlp.h"
#include "solver/solver.h"

typedef struct CoNlpStart		/* NULL: not given; a NaN in x: not given */
{
	const double *x,			/* [n] */
			   *y,				/* [m] with x and z: a warm start */
			   *z;				/* [n] */
	double		mu;				/* of a warm start; 0: not given */
} CoNlpStart;

/*
 * CO_OK: *sol is filled, whatever its status.  `optimal` is said of what
 * nlp/nlp_residual.h accepts, `locally_infeasible` of a point with a violation
 * above tolerance that is stationary there.  CO_CANCELED, CO_NO_MEMORY,
 * CO_MEMORY_EXCEEDED, CO_BAD_INPUT (from an evaluation), CO_NO_BLAS: nothing
 * is filled.  A passed deadline is a status.  sol's arrays are in the arena.
 */
extern CoRc co_nlp_solve(CoArena *arena, const CoNlp *nlp, const CoOptions *options,
						 const CoNlpStart *start, CoSolution *sol);

#endif							/* CO_SOLVER_NLP_SOLVE_H */
