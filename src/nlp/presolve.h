/*-------------------------------------------------------------------------
 *
 * nlp/presolve.h
 *	  Make a QP smaller before it is solved, and its solution larger after.
 *
 * The reductions of [AA95] and [G97].  Every reduction is a record on a stack
 * with what its undoing needs, primal and dual; the postsolve walks the stack
 * backwards and leaves a point of the original problem that satisfies its KKT
 * conditions as exactly as the reduced point satisfied the reduced ones.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_NLP_PRESOLVE_H
#define CO_NLP_PRESOLVE_H

#include "nlp/qp.h"

typedef struct CoPresolve CoPresolve;

typedef enum CoPresolveVerdict
{
	CO_PRESOLVE_REDUCED,		/* solve the reduced problem (may be the
								 * original) */
	CO_PRESOLVE_SOLVED,			/* nothing is left: n = 0 and m = 0 */
	CO_PRESOLVE_INFEASIBLE,		/* proved: co_postsolve_infeasible(.., NULL,
								 * y) */
	CO_PRESOLVE_UNBOUNDED		/* if the reduced problem is feasible:
								 * co_postsolve_ray(.., NULL, x) */
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

/* qp must stay as it is while the presolve is in use. */
extern CoRc co_presolve(CoArena *arena, const CoQp *qp, CoPresolveVerdict *verdict,
						CoPresolve **out);

/*
 * Feasible iff the original is, whatever the verdict; without variables and
 * rows when the verdict is infeasible.
 */
extern const CoQp *co_presolve_reduced(const CoPresolve *presolve);
extern const CoPresolveStats *co_presolve_stats(const CoPresolve *presolve);

/* Map the user's start point, NaN where not given, to the reduced problem. */
extern void co_presolve_point(const CoPresolve *presolve, const double *x, double *reduced_x);

/* Fill full (arrays of the original sizes) from a point of the reduced problem. */
extern CoRc co_postsolve(CoArena *arena, const CoPresolve *presolve,
						 const CoQpPoint *reduced, CoQpPoint *full);

/*
 * The certificate y of the reduced problem (either sign) carried back, to the
 * signs of nlp/qp.h; the presolve's own when that found the problem infeasible
 * (reduced_y is not read).  Likewise the ray.
 */
extern CoRc co_postsolve_infeasible(CoArena *arena, const CoPresolve *presolve,
									const double *reduced_y, double *y);
extern CoRc co_postsolve_ray(CoArena *arena, const CoPresolve *presolve,
							 const double *reduced_direction, double *direction);

#endif							/* CO_NLP_PRESOLVE_H */
