/*-------------------------------------------------------------------------
 *
 * solver/ipm_warm.c
 *	  From the solution of a problem like this one: its active sides are the
 *	  first guess of the primal-dual active set method of ipm_polish.c.
 *
 * An interior point gains little from a solution nearby, which lies on the
 * boundary that it keeps away from.  The active sides of the solution, on the
 * other hand, are mostly right for the next one, and where few are wrong a few
 * exchanges lead to the solution itself.
 *
 *-------------------------------------------------------------------------
 */
#include "base/vec.h"
#include "solver/ipm.h"

#define WARM_ROUNDS		12		/* then an interior point is the shorter way */

/* An index with a multiplier rests on the side that its sign says. */
static void
mark_by_multipliers(CoIpm *ipm)
{
	for (int k = 0; k < ipm->size; k++)
	{
		double		v = k < ipm->n ? ipm->best_z[k] : ipm->best_y[k - ipm->n];

		ipm->active[k] = v < 0.0 && (ipm->flags[k] & CO_HAS_LO) ? CO_ON_LO :
			v > 0.0 && (ipm->flags[k] & CO_HAS_HI) ? CO_ON_HI : 0;
	}
}

/* done: best_x, best_y, best_z are the solution, by the interior point's measure. */
CoRc
co_ipm_warm(CoIpm *ipm, const CoQpPoint *point, bool *done)
{
	CoRc		rc;

	co_copy(ipm->n, point->x, ipm->best_x);
	co_copy(ipm->m, point->y, ipm->best_y);
	co_copy(ipm->n, point->z, ipm->best_z);
	ipm->best_merit = INFINITY;
	mark_by_multipliers(ipm);
	co_ipm_load_best(ipm);
	ipm->kkt->rho = co_max(ipm->kkt->rho, CO_IPM_POLISH_RHO);
	rc = co_ipm_exchange(ipm, WARM_ROUNDS, &ipm->iteration);
	*done = ipm->polished = ipm->best_merit <= 1.0;
	return rc == CO_SINGULAR || rc == CO_NOT_POSITIVE || rc == CO_NOT_FINITE ? CO_OK : rc;
}
