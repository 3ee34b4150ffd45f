/*-------------------------------------------------------------------------
 *
 * solver/qp.c
 *	  Solve a linear or convex quadratic program: presolve, scale, interior
 *	  point, undo, judge.
 *
 * No status is taken from the method: `optimal` is said when the residuals of
 * the returned point, computed from the user's data (nlp/residual.h), are
 * within tolerance; `infeasible` and `unbounded` when a certificate was
 * checked there.  Where the interior point ends without either, the phase
 * problems of solver/phase.c decide.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/convex.h"

#include <stdio.h>

#include "base/vec.h"
#include "solver/qp_run.h"
#include "solver/solution.h"

/* A second run asks the reduced problem for this much more accuracy. */
#define TIGHTER		0.03
#define MAX_RUNS	3

void
co_qp_run_account(CoQpRun *run, const CoIpm *ipm)
{
	CoSolution *sol = run->sol;

	sol->iterations += ipm->iteration;
	sol->factorizations += ipm->kkt->n_factor;
	sol->refinements += ipm->kkt->n_refine;
	sol->time_factor += ipm->kkt->time_factor;
	sol->time_analyze += ipm->kkt->time_analyze;
	sol->path = ipm->kkt->backend->path;
	snprintf(sol->reason, sizeof sol->reason, "%s", ipm->kkt->reason);
	sol->log = ipm->log;
	sol->n_log = ipm->n_log;
}

static CoTermination
termination_of(CoIpmVerdict verdict)
{
	switch (verdict)
	{
		case CO_IPM_CONVERGED:
			return CO_TERM_SUCCESSFUL;
		case CO_IPM_ITERATION_LIMIT:
			return CO_TERM_MAX_STEPS;
		case CO_IPM_TIME_LIMIT:
			return CO_TERM_TIME_LIMIT;
		case CO_IPM_BREAKDOWN:
			return CO_TERM_QP_SUBPROBLEM_FAILURE;
		default:
			return CO_TERM_MERIT_STAGNATION;
	}
}

/* Interior point on the reduced problem with the given tolerances; judged on the user's. */
static CoRc
run_interior_point(CoQpRun *run, const CoOptions *options, CoIpmVerdict *verdict, CoIpm **out)
{
	const CoQp *reduced = run->reduced;
	CoQp	   *scaled = co_take_zero(run->arena, 1, sizeof *scaled);
	CoScaling  *scaling = co_take_zero(run->arena, 1, sizeof *scaling);
	double	   *start = NULL;
	CoRc		rc;

	if (!scaled || !scaling)
		return co_arena_failed(run->arena);
	rc = co_scale_qp(run->arena, reduced, options->scaling, scaled, scaling);
	if (rc)
		return rc;
	if (run->start)
	{
		start = co_take_doubles(run->arena, (size_t) reduced->n);
		if (!start)
			return co_arena_failed(run->arena);
		if (run->presolve)
			co_presolve_point(run->presolve, run->start->x, start);
		else
			co_copy(reduced->n, run->start->x, start);
		for (int j = 0; j < reduced->n; j++)
			start[j] /= scaling->d[j];
	}
	rc = co_ipm_new(run->arena, reduced, scaled, scaling, options, run->prefer, out);
	if (rc)
		return rc;
	(*out)->large_start = run->large_start;
	(*out)->path = run->path;
	rc = co_ipm_run(*out, start, verdict);
	if (!rc)
		co_qp_run_account(run, *out);
	return rc;
}

/*
 * The interior point gave no verdict: ask the phase problems, which always
 * have a solution, for a proof.
 */
static CoRc
seek_proof(CoQpRun *run, bool *settled)
{
	CoPhase		phase;
	CoRc		rc = co_phase_feasible(run->arena, run->reduced, run->options, &phase);

	*settled = false;
	if (rc)
		return rc;
	run->sol->iterations += phase.iterations;
	if (phase.infeasible)
		return co_qp_run_accept_infeasible(run, phase.y, settled);
	if (!phase.feasible)
		return CO_OK;
	rc = co_phase_ray(run->arena, run->reduced, run->options, &phase);
	if (rc || !phase.unbounded)
		return rc;
	run->sol->iterations += phase.iterations;
	return co_qp_run_settle_ray(run, phase.x, settled);
}

/* One run; its certificate settles the case, otherwise its point stands in sol. */
static CoRc
run_once(CoQpRun *run, const CoOptions *options, CoIpmVerdict *verdict, bool *settled)
{
	CoIpm	   *ipm;
	CoRc		rc = run_interior_point(run, options, verdict, &ipm);

	if (rc)
		return rc;
	if (*verdict == CO_IPM_INFEASIBLE)
		rc = co_qp_run_accept_infeasible(run, ipm->certificate, settled);
	else if (*verdict == CO_IPM_UNBOUNDED)
		rc = co_qp_run_settle_ray(run, ipm->certificate, settled);
	if (rc || *settled)
		return rc;
	rc = co_qp_run_take(run, ipm);
	run->sol->termination = run->sol->status == CO_OPTIMAL ? CO_TERM_SUCCESSFUL : termination_of(*verdict);
	return rc;
}

/*
 * Where multipliers have run far along an unbounded dual face, the point is
 * not good enough: once more on a path that keeps them short (solver/ipm.c),
 * and the better point is kept.
 */
static CoRc
retry_short(CoQpRun *run, CoIpmPath path, bool *settled)
{
	CoSolution	first = *run->sol;
	CoIpmVerdict verdict;
	CoRc		rc = co_qp_take_point(run->arena, run->qp->n, run->qp->m, &run->sol->point);

	run->path = path;
	if (!rc)
		rc = run_once(run, run->options, &verdict, settled);
	run->path = CO_IPM_PLAIN;
	if (!rc && !*settled)
		co_qp_run_keep_better(run, &first);
	else if (rc)
		run->sol->point = first.point;
	return rc;
}

static CoRc
solve_reduced(CoQpRun *run)
{
	CoOptions	options = *run->options;
	CoSolution *sol = run->sol;
	CoIpmVerdict verdict = CO_IPM_BREAKDOWN;
	bool		settled = false;
	CoRc		rc;

	for (int attempt = 0; attempt < MAX_RUNS; attempt++)
	{
		CoSolution	before = *sol;

		if (attempt > 0)
			rc = co_qp_take_point(run->arena, run->qp->n, run->qp->m, &sol->point);
		else
			rc = CO_OK;
		if (!rc)
			rc = run_once(run, &options, &verdict, &settled);
		if (!rc && !settled && attempt > 0)
			co_qp_run_keep_better(run, &before);
		if (rc || settled || sol->status == CO_OPTIMAL)
			return rc;
		if (verdict == CO_IPM_TIME_LIMIT || verdict == CO_IPM_ITERATION_LIMIT)
			return CO_OK;
		if (verdict == CO_IPM_BREAKDOWN && sol->path == CO_KKT_DENSE)
			run->prefer = CO_KKT_SPARSE;
		else if (verdict != CO_IPM_CONVERGED && sol->status != CO_ACCEPTABLE && !run->large_start)
		{
			rc = retry_short(run, CO_IPM_DAMPED, &settled);
			if (rc || settled || sol->status == CO_OPTIMAL)
				return rc;
			run->large_start = true;
		}
		else if (verdict == CO_IPM_CONVERGED || attempt == 0)
		{
			options.tolerance *= TIGHTER;
			options.absolute_tolerance *= TIGHTER;
		}
		else
			break;
	}
	if (sol->status == CO_ACCEPTABLE)
	{
		rc = retry_short(run, CO_IPM_SHORT, &settled);
		if (!rc && !settled && sol->status != CO_OPTIMAL)
			rc = retry_short(run, CO_IPM_DAMPED, &settled);
		return rc;
	}
	rc = seek_proof(run, &settled);
	if (!rc && !settled && sol->termination == CO_TERM_SUCCESSFUL)
		sol->termination = CO_TERM_MERIT_STAGNATION;
	return rc;
}

/*
 * Once more without presolve before a failure, or less than was asked for, is
 * reported: a postsolve multiplies residuals by the coefficients it undoes.
 */
static CoRc
retry_whole(CoQpRun *run)
{
	CoSolution	first = *run->sol;
	CoRc		rc = co_qp_take_point(run->arena, run->qp->n, run->qp->m, &run->sol->point);

	run->presolve = NULL;
	run->reduced = run->qp;
	if (!rc)
		rc = solve_reduced(run);
	if (!rc && first.has_point && run->sol->has_point)
		co_qp_run_keep_better(run, &first);
	if (rc && first.has_point)
		run->sol->point = first.point;
	return rc;
}

/* The reduced problem by sifting; settled: sol has its solution, judged optimal. */
static CoRc
try_sifting(CoQpRun *run, bool *settled)
{
	CoSolution *sol = run->sol;
	CoQpPoint	reduced;
	CoRc		rc = co_qp_take_point(run->arena, run->reduced->n, run->reduced->m, &reduced);

	if (!rc)
		rc = co_sift(run->arena, run->reduced, run->options, sol, &reduced, settled);
	if (rc || !*settled)
		return rc;
	rc = co_qp_run_judge(run, &reduced);
	*settled = sol->status == CO_OPTIMAL;
	sol->termination = CO_TERM_SUCCESSFUL;
	snprintf(sol->reason, sizeof sol->reason, "sifting: few of the variables leave their bounds");
	return rc;
}

static CoRc
solve(CoQpRun *run)
{
	bool		settled = false;
	CoRc		rc = CO_OK;

	if (co_solution_end_crossed(run->sol, run->qp->n, run->qp->xl, run->qp->xu, run->qp->m,
								run->qp->cl, run->qp->cu))
		return CO_OK;
	if (run->start && run->start->y)
		rc = co_qp_run_warm(run, &settled);
	if (!rc && !settled && run->options->presolve)
		rc = co_qp_run_presolve(run, &settled);
	if (rc || settled)
		return rc;
	run->sol->reduced_n = run->reduced->n;
	run->sol->reduced_m = run->reduced->m;
	rc = co_convex_check(run->arena, run->reduced);
	if (!rc)
		rc = try_sifting(run, &settled);
	if (rc || settled)
		return rc;
	rc = solve_reduced(run);
	if (rc || !run->presolve || run->sol->termination == CO_TERM_TIME_LIMIT ||
		run->sol->termination == CO_TERM_MAX_STEPS)
		return rc;
	if (run->reduced->n == run->qp->n && run->reduced->m == run->qp->m)
		return CO_OK;			/* the same again */
	if (run->sol->status == CO_FAILED || run->sol->status == CO_ACCEPTABLE)
		return retry_whole(run);
	return CO_OK;
}

CoRc
co_qp_solve_directly(CoArena *arena, const CoQp *qp, const CoOptions *options, CoSolution *sol)
{
	CoQpRun		run = {.arena = arena, .qp = qp, .options = options, .sol = sol, .reduced = qp,
	.prefer = CO_KKT_NONE};
	CoRc		rc = co_solution_begin(arena, qp->n, qp->m, sol);

	return rc ? rc : solve_reduced(&run);
}

CoRc
co_qp_solve_warm(CoArena *arena, const CoQp *qp, const CoOptions *options,
				 const CoQpPoint *start, CoSolution *sol)
{
	double		begin = co_solution_start_clock(arena, options);
	CoQpRun		run = {.arena = arena, .qp = qp, .options = options, .start = start, .sol = sol,
	.reduced = qp, .prefer = CO_KKT_NONE};
	CoRc		rc = co_solution_begin(arena, qp->n, qp->m, sol);

	if (!rc)
		rc = solve(&run);
	arena->deadline = INFINITY;
	if (rc == CO_TIME_EXCEEDED)
		rc = co_qp_run_judge_unfinished(&run);
	co_solution_finish(arena, begin, sol);
	return rc;
}

CoRc
co_qp_solve(CoArena *arena, const CoQp *qp, const CoOptions *options, const double *start,
			CoSolution *sol)
{
	CoQpPoint	at = {.x = (double *) start};

	return co_qp_solve_warm(arena, qp, options, start ? &at : NULL, sol);
}
