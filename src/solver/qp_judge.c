/*-------------------------------------------------------------------------
 *
 * solver/qp_judge.c
 *	  What points and certificates of a convex solve are worth, on the user's
 *	  data.
 *
 *-------------------------------------------------------------------------
 */
#include "base/vec.h"
#include "solver/convex.h"
#include "solver/qp_run.h"

/* How good is the point?  OPTIMAL, ACCEPTABLE, FEASIBLE or FAILED. */
static CoStatus
judge(const CoResidual *r, const CoOptions *o)
{
	double		gap = fmax(r->gap, r->complementarity);
	double		acceptable = fmax(o->acceptable_tolerance, o->tolerance);

	if (co_residual_within(r->primal, r->primal_scale, o->absolute_tolerance, o->tolerance) &&
		co_residual_within(r->dual, r->dual_scale, o->absolute_tolerance, o->tolerance) &&
		co_residual_within(gap, r->gap_scale, o->absolute_tolerance, o->tolerance))
		return CO_OPTIMAL;
	if (!co_residual_within(r->primal, r->primal_scale, acceptable, acceptable))
		return CO_FAILED;
	if (co_residual_within(r->dual, r->dual_scale, acceptable, acceptable) &&
		co_residual_within(gap, r->gap_scale, acceptable, acceptable))
		return CO_ACCEPTABLE;
	return CO_FEASIBLE;
}

/* The point of the user's problem that belongs to a point of the reduced one. */
static CoRc
restore(CoQpRun *run, const CoQpPoint *reduced, CoQpPoint *full)
{
	if (run->presolve)
		return co_postsolve(run->arena, run->presolve, reduced, full);
	co_copy(run->qp->n, reduced->x, full->x);
	co_copy(run->qp->m, reduced->y, full->y);
	co_copy(run->qp->n, reduced->z, full->z);
	return CO_OK;
}

CoRc
co_qp_run_accept_infeasible(CoQpRun *run, const double *reduced_y, bool *accepted)
{
	CoSolution *sol = run->sol;
	double	   *y = co_take_zero_doubles(run->arena, (size_t) run->qp->m);
	double		margin;
	CoRc		rc = CO_OK;

	if (!y)
		return co_arena_failed(run->arena);
	if (run->presolve)
		rc = co_postsolve_infeasible(run->arena, run->presolve, reduced_y, y);
	else
		co_copy(run->qp->m, reduced_y, y);
	if (!rc)
		rc = co_qp_check_infeasible(run->arena, run->qp, y, &margin);
	*accepted = !rc && margin > 0.0;
	if (!*accepted)
		return rc;
	sol->status = CO_INFEASIBLE;
	sol->termination = CO_TERM_INFEASIBLE;
	sol->certificate_margin = margin;
	sol->has_point = false;
	co_copy(run->qp->m, y, sol->point.y);
	return CO_OK;
}

static CoRc
accept_unbounded(CoQpRun *run, const double *reduced_ray, bool *accepted)
{
	CoSolution *sol = run->sol;
	double	   *ray = co_take_zero_doubles(run->arena, (size_t) run->qp->n);
	double		margin;
	CoRc		rc = CO_OK;

	if (!ray)
		return co_arena_failed(run->arena);
	if (run->presolve)
		rc = co_postsolve_ray(run->arena, run->presolve, reduced_ray, ray);
	else
		co_copy(run->qp->n, reduced_ray, ray);
	if (!rc)
		rc = co_qp_check_unbounded(run->arena, run->qp, ray, &margin);
	*accepted = !rc && margin > 0.0;
	if (!*accepted)
		return rc;
	sol->status = CO_UNBOUNDED;
	sol->termination = CO_TERM_SUCCESSFUL;
	sol->certificate_margin = margin;
	sol->ray = ray;
	sol->has_point = false;
	return CO_OK;
}

CoRc
co_qp_run_settle_ray(CoQpRun *run, const double *reduced_ray, bool *settled)
{
	CoPhase		phase;
	CoRc		rc = accept_unbounded(run, reduced_ray, settled);

	if (rc || !*settled)
		return rc;
	rc = co_phase_feasible(run->arena, run->reduced, run->options, &phase);
	if (rc)
		return rc;
	run->sol->iterations += phase.iterations;
	if (phase.infeasible)
		return co_qp_run_accept_infeasible(run, phase.y, settled);
	*settled = phase.feasible;
	if (phase.feasible)
	{
		CoQpPoint	at = {phase.x, phase.y, phase.z};

		run->sol->has_point = true;
		return restore(run, &at, &run->sol->point);
	}
	return CO_OK;
}

/* The user's point for a point of the reduced problem, and what it is worth. */
CoRc
co_qp_run_judge(CoQpRun *run, const CoQpPoint *reduced)
{
	CoSolution *sol = run->sol;
	CoRc		rc = restore(run, reduced, &sol->point);

	if (!rc)
		rc = co_qp_residual(run->arena, run->qp, &sol->point, &sol->residual);
	if (rc)
		return rc;
	sol->status = judge(&sol->residual, run->options);
	sol->has_point = sol->status != CO_FAILED;
	return CO_OK;
}

CoRc
co_qp_run_take(CoQpRun *run, const CoIpm *ipm)
{
	CoQpPoint	scaled = {ipm->best_x, ipm->best_y, ipm->best_z};
	CoQpPoint	reduced;
	CoRc		rc = co_qp_take_point(run->arena, run->reduced->n, run->reduced->m, &reduced);

	if (rc)
		return rc;
	co_unscale_point(run->reduced, ipm->scaling, &scaled, &reduced);
	return co_qp_run_judge(run, &reduced);
}

/*
 * The larger of two residual ratios decides which point is better; a single
 * product counts less than their signed sum, the gap.
 */
static double
merit_of(const CoResidual *r, const CoOptions *o)
{
	double		tiny = 1e-300;
	double		primal = r->primal / (o->absolute_tolerance + o->tolerance * r->primal_scale + tiny),
				dual = r->dual / (o->absolute_tolerance + o->tolerance * r->dual_scale + tiny),
				gap = fmax(r->gap, r->complementarity) /
		(o->absolute_tolerance + o->tolerance * r->gap_scale + tiny);

	return fmax(primal, fmax(dual, gap));
}

/* The point in sol, or the first one where that was better. */
void
co_qp_run_keep_better(CoQpRun *run, const CoSolution *first)
{
	CoSolution *sol = run->sol;

	if (merit_of(&sol->residual, run->options) < merit_of(&first->residual, run->options))
	{
		if (sol->status == CO_OPTIMAL)
			sol->termination = CO_TERM_SUCCESSFUL;
		return;
	}
	sol->point = first->point;
	sol->residual = first->residual;
	sol->status = first->status;
	sol->termination = first->termination;
	sol->has_point = first->has_point;
}

CoRc
co_qp_run_judge_unfinished(CoQpRun *run)
{
	CoSolution *sol = run->sol;
	CoRc		rc = co_qp_residual(run->arena, run->qp, &sol->point, &sol->residual);

	sol->status = judge(&sol->residual, run->options);
	sol->has_point = sol->status != CO_FAILED;
	sol->termination = sol->status == CO_OPTIMAL ? CO_TERM_SUCCESSFUL : CO_TERM_TIME_LIMIT;
	sol->certificate_margin = 0.0;
	sol->ray = NULL;
	return rc;
}

CoRc
co_qp_run_presolve(CoQpRun *run, bool *settled)
{
	const CoEnv *env = run->arena->env;
	double		begin = env->now(env->self);
	CoPresolveVerdict verdict;
	CoRc		rc = co_presolve(run->arena, run->qp, &verdict, &run->presolve);

	*settled = false;
	run->sol->time_presolve = env->now(env->self) - begin;
	if (rc)
		return rc;
	run->sol->presolve = *co_presolve_stats(run->presolve);
	run->reduced = co_presolve_reduced(run->presolve);
	if (verdict == CO_PRESOLVE_INFEASIBLE)
		rc = co_qp_run_accept_infeasible(run, NULL, settled);
	else if (verdict == CO_PRESOLVE_UNBOUNDED)
		rc = co_qp_run_settle_ray(run, NULL, settled);
	if (!rc && !*settled && (verdict == CO_PRESOLVE_INFEASIBLE || verdict == CO_PRESOLVE_UNBOUNDED))
	{
		/* Its word alone is not enough: solve the whole problem. */
		run->presolve = NULL;
		run->reduced = run->qp;
	}
	return rc;
}
