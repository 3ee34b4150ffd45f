/*-------------------------------------------------------------------------
 *
 * nlp/presolve.h
 *	  Make a QP smaller before it is solved, and its solution larger after.
 *
 * Andersen & Andersen, "Presolving in linear programming", Math. Prog. 71
 * (1995) 221-245; Gondzio, INFORMS J. Comput. 9 (1997) 73-91.  Every reduction
 * is a record on a stack with what its undoing needs, primal and dual; the
 * postsolve walks the stack backwards and leaves a point of the original
 * problem that satisfies its KKT conditions as exactly as the reduced point
 * satisfied the reduced ones.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_NLP_PRESOLVE_H
#define CO_NLP_PRESOLVE_H

#include "nlp/qp.h"

typedef struct CoPresolve CoPresolve;

typedef enum CoPresolveVerdict
{
	CO_PRESOLVE_REDUCED,		/* solve the reduced problem (may be the original) */
	CO_PRESOLVE_SOLVED,			/* nothing is left: n = 0 and m = 0 */
	CO_PRESOLVE_INFEASIBLE,		/* y, z of co_presolve_certificate are the proof */
	CO_PRESOLVE_UNBOUNDED		/* direction x, provided the problem is feasible */
} CoPresolveVerdict;

typedef struct CoPresolveStats
{
	int			n_fixed,		/* variables removed because lower = upper */
				n_empty_row,
				n_empty_column,
				n_singleton_row,
				n_redundant_row,
				n_forcing_row,
				n_duplicate_row,
				n_column_singleton,
				n_dominated_column,
				n_duplicate_column;
} CoPresolveStats;

extern CoRc co_presolve(CoArena *arena, const CoQp *qp, CoPresolveVerdict *verdict,
						CoPresolve **out);
extern const CoQp *co_presolve_reduced(const CoPresolve *presolve);
extern const CoPresolveStats *co_presolve_stats(const CoPresolve *presolve);

/* Map the user's start point to the reduced problem. */
extern void co_presolve_point(const CoPresolve *presolve, const double *x, double *reduced_x);

/* Fill full (arrays of the original sizes) from a point of the reduced problem. */
extern CoRc co_postsolve(CoArena *arena, const CoPresolve *presolve,
						 const CoQpPoint *reduced, CoQpPoint *full);

/*
 * The certificate found by the presolve itself, or the one of the reduced
 * problem carried back: (y) for infeasible, direction x for unbounded.
 */
extern CoRc co_postsolve_infeasible(CoArena *arena, const CoPresolve *presolve,
									const double *reduced_y, double *y);
extern CoRc co_postsolve_ray(CoArena *arena, const CoPresolve *presolve,
							 const double *reduced_direction, double *direction);

#endif							/* CO_NLP_PRESOLVE_H */
