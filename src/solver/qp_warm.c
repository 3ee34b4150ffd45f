/*-------------------------------------------------------------------------
 *
 * solver/qp_warm.c
 *	  A convex solve from the solution of a problem like this one.
 *
 * The whole problem, without presolve: what a presolve removes depends on the
 * data, and the hint belongs to the whole.  Where the hint does not lead to a
 * point that the judge accepts, nothing of it is kept but x as a start.
 *
 *-------------------------------------------------------------------------
 */
#include <stdio.h>

#include "base/vec.h"
#include "solver/convex.h"
#include "solver/qp_run.h"

static void
scale_point(const CoQpRun *run, const CoScaling *scaling, CoQpPoint *scaled)
{
	const CoQpPoint *start = run->start;

	for (int j = 0; j < run->qp->n; j++)
	{
		double		x = isfinite(start->x[j]) ? start->x[j] : 0.0;

		scaled->x[j] = co_clamp(x, run->qp->xl[j], run->qp->xu[j]) / scaling->d[j];
		scaled->z[j] = start->z[j] * scaling->k * scaling->d[j];
	}
	for (int i = 0; i < run->qp->m; i++)
		scaled->y[i] = start->y[i] * scaling->k / scaling->e[i];
}

static CoRc
try_hint(CoQpRun *run, bool *done)
{
	CoQp	   *scaled = co_take_zero(run->arena, 1, sizeof *scaled);
	CoScaling  *scaling = co_take_zero(run->arena, 1, sizeof *scaling);
	CoQpPoint	point;
	CoIpm	   *ipm;
	CoRc		rc = co_qp_take_point(run->arena, run->qp->n, run->qp->m, &point);

	if (!rc)
		rc = co_scale_qp(run->arena, run->qp, run->options->scaling, scaled, scaling);
	if (!rc)
		rc = co_ipm_new(run->arena, run->qp, scaled, scaling, run->options, run->prefer, &ipm);
	if (rc)
		return rc;
	scale_point(run, scaling, &point);
	rc = co_ipm_warm(ipm, &point, done);
	if (rc)
		return rc;
	co_qp_run_account(run, ipm);
	return *done ? co_qp_run_take(run, ipm) : CO_OK;
}

CoRc
co_qp_run_warm(CoQpRun *run, bool *settled)
{
	CoSolution *sol = run->sol;
	CoRc		rc = co_convex_check(run->arena, run->qp);

	*settled = false;
	if (!rc)
		rc = try_hint(run, settled);
	*settled = !rc && *settled && sol->status == CO_OPTIMAL;
	if (*settled)
	{
		sol->reduced_n = run->qp->n;
		sol->reduced_m = run->qp->m;
		sol->termination = CO_TERM_SUCCESSFUL;
		snprintf(sol->reason, sizeof sol->reason, "the warm start's active sides");
	}
	else
	{
		sol->status = CO_FAILED;
		sol->has_point = false;
	}
	return rc;
}
