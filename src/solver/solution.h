/*-------------------------------------------------------------------------
 *
 * solver/solution.h
 *	  What every driver (qp.c, active_qp.c, nlp.c) does to a solution first and
 *	  last.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_SOLVER_SOLUTION_H
#define CO_SOLVER_SOLUTION_H

#include "solver/solver.h"

/* Nothing is known yet: `failed`, at the point 0. */
extern CoRc co_solution_begin(CoArena *arena, int n, int m, CoSolution *sol);

/* The time limit counts from now, which is what is returned. */
extern double co_solution_start_clock(CoArena *arena, const CoOptions *options);

/* Sides that cross: `infeasible`, and nothing is left to be solved. */
extern bool co_solution_end_crossed(CoSolution *sol, int n, const double *xl, const double *xu,
									int m, const double *cl, const double *cu);

/* Memory and time. */
extern void co_solution_finish(const CoArena *arena, double begin, CoSolution *sol);

#endif							/* CO_SOLVER_SOLUTION_H */
