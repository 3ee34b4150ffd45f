/*-------------------------------------------------------------------------
 *
 * solver/convex.h
 *	  Parts of the convex solver around its interior point.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_SOLVER_CONVEX_H
#define CO_SOLVER_CONVEX_H

#include "solver/solver.h"

/*
 * CO_OK: P is positive semidefinite up to the rounding of its own entries;
 * CO_NOT_CONVEX: it has a negative eigenvalue, shown by a factorization.
 */
extern CoRc co_convex_check(CoArena *arena, const CoQp *qp);

typedef struct CoPhase
{
	bool		feasible,		/* x is feasible */
				infeasible,		/* y proves that nothing is; checked on qp */
				unbounded;		/* x is a ray; checked on qp */
	double	   *x,				/* [n] */
			   *y,				/* [m] */
			   *z;				/* [n] */
	int			iterations;
} CoPhase;

/* Least total violation of the rows: always feasible and bounded below. */
extern CoRc co_phase_feasible(CoArena *arena, const CoQp *qp, const CoOptions *options,
							  CoPhase *out);

/* Steepest ray of the recession cone within the unit box. */
extern CoRc co_phase_ray(CoArena *arena, const CoQp *qp, const CoOptions *options,
						 CoPhase *out);

/*
 * The problem over a few of its variables, and over more until these prove to
 * be enough.  *solved: point, taken by the caller, has the solution; else
 * nothing is known.  sol gets the counts of all rounds.
 */
extern CoRc co_sift(CoArena *arena, const CoQp *qp, const CoOptions *options,
					CoSolution *sol, CoQpPoint *point, bool *solved);

/* co_qp_solve() for a P that is known to be convex: without presolve and sifting. */
extern CoRc co_qp_solve_directly(CoArena *arena, const CoQp *qp, const CoOptions *options,
								 CoSolution *sol);

#endif							/* CO_SOLVER_CONVEX_H */
