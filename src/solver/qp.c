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
#include "solver/ipm.h"

/* A second run asks the reduced problem for this much more accuracy. */
#define TIGHTER		0.03
#define MAX_RUNS	3
#define PRODUCT_SHARE	0.1

typedef struct QpRun			/* one solve in progress */
{
	CoArena    *arena;
	const CoQp *qp;				/* the user's */
	const CoOptions *options;
	const double *start;		/* [n] or NULL */
	CoSolution *sol;
	CoPresolve *presolve;		/* NULL: none */
	const CoQp *reduced;		/* qp itself without presolve */
	CoKktPath	prefer;
	bool		large_start;	/* a second attempt starts far inside */
	CoIpmPath	path;			/* a second attempt keeps multipliers short */
} QpRun;

static CoRc
take_point(CoArena *arena, int n, int m, CoQpPoint *point)
{
	point->x = co_take_zero_doubles(arena, (size_t) n);
	point->y = co_take_zero_doubles(arena, (size_t) m);
	point->z = co_take_zero_doubles(arena, (size_t) n);
	return co_arena_failed(arena);
}

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
restore(QpRun *run, const CoQpPoint *reduced, CoQpPoint *full)
{
	if (run->presolve)
		return co_postsolve(run->arena, run->presolve, reduced, full);
	co_copy(run->qp->n, reduced->x, full->x);
	co_copy(run->qp->m, reduced->y, full->y);
	co_copy(run->qp->n, reduced->z, full->z);
	return CO_OK;
}

static CoRc
accept_infeasible(QpRun *run, const double *reduced_y, bool *accepted)
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
accept_unbounded(QpRun *run, const double *reduced_ray, bool *accepted)
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

/*
 * A ray proves unboundedness of a feasible problem only: look for a feasible
 * point, or for the proof that there is none.
 */
static CoRc
settle_ray(QpRun *run, const double *reduced_ray, bool *settled)
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
		return accept_infeasible(run, phase.y, settled);
	*settled = phase.feasible;
	if (phase.feasible)
	{
		CoQpPoint	at = {phase.x, phase.y, phase.z};

		run->sol->has_point = true;
		return restore(run, &at, &run->sol->point);
	}
	return CO_OK;
}

static void
account_run(QpRun *run, const CoIpm *ipm)
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
run_interior_point(QpRun *run, const CoOptions *options, CoIpmVerdict *verdict, CoIpm **out)
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
			co_presolve_point(run->presolve, run->start, start);
		else
			co_copy(reduced->n, run->start, start);
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
		account_run(run, *out);
	return rc;
}

/* The user's point for a point of the reduced problem, and what it is worth. */
static CoRc
judge_point(QpRun *run, const CoQpPoint *reduced)
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

static CoRc
take_result(QpRun *run, const CoIpm *ipm)
{
	CoQpPoint	scaled = {ipm->best_x, ipm->best_y, ipm->best_z};
	CoQpPoint	reduced;
	CoRc		rc = take_point(run->arena, run->reduced->n, run->reduced->m, &reduced);

	if (rc)
		return rc;
	co_unscale_point(run->reduced, ipm->scaling, &scaled, &reduced);
	return judge_point(run, &reduced);
}

/*
 * The interior point gave no verdict: ask the phase problems, which always
 * have a solution, for a proof.
 */
static CoRc
seek_proof(QpRun *run, bool *settled)
{
	CoPhase		phase;
	CoRc		rc = co_phase_feasible(run->arena, run->reduced, run->options, &phase);

	*settled = false;
	if (rc)
		return rc;
	run->sol->iterations += phase.iterations;
	if (phase.infeasible)
		return accept_infeasible(run, phase.y, settled);
	if (!phase.feasible)
		return CO_OK;
	rc = co_phase_ray(run->arena, run->reduced, run->options, &phase);
	if (rc || !phase.unbounded)
		return rc;
	run->sol->iterations += phase.iterations;
	return settle_ray(run, phase.x, settled);
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
static void
keep_better(QpRun *run, const CoSolution *first)
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

/* One run; its certificate settles the case, otherwise its point stands in sol. */
static CoRc
run_once(QpRun *run, const CoOptions *options, CoIpmVerdict *verdict, bool *settled)
{
	CoIpm	   *ipm;
	CoRc		rc = run_interior_point(run, options, verdict, &ipm);

	if (rc)
		return rc;
	if (*verdict == CO_IPM_INFEASIBLE)
		rc = accept_infeasible(run, ipm->certificate, settled);
	else if (*verdict == CO_IPM_UNBOUNDED)
		rc = settle_ray(run, ipm->certificate, settled);
	if (rc || *settled)
		return rc;
	rc = take_result(run, ipm);
	run->sol->termination = run->sol->status == CO_OPTIMAL ? CO_TERM_SUCCESSFUL : termination_of(*verdict);
	return rc;
}

/*
 * Where multipliers have run far along an unbounded dual face, the point is
 * not good enough: once more on a path that keeps them short (solver/ipm.c),
 * and the better point is kept.
 */
static CoRc
retry_short(QpRun *run, CoIpmPath path, bool *settled)
{
	CoSolution	first = *run->sol;
	CoIpmVerdict verdict;
	CoRc		rc = take_point(run->arena, run->qp->n, run->qp->m, &run->sol->point);

	run->path = path;
	if (!rc)
		rc = run_once(run, run->options, &verdict, settled);
	run->path = CO_IPM_PLAIN;
	if (!rc && !*settled)
		keep_better(run, &first);
	else if (rc)
		run->sol->point = first.point;
	return rc;
}

static CoRc
solve_reduced(QpRun *run)
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
			rc = take_point(run->arena, run->qp->n, run->qp->m, &sol->point);
		else
			rc = CO_OK;
		if (!rc)
			rc = run_once(run, &options, &verdict, &settled);
		if (!rc && !settled && attempt > 0)
			keep_better(run, &before);
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

static CoRc
presolve(QpRun *run, bool *settled)
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
		rc = accept_infeasible(run, NULL, settled);
	else if (verdict == CO_PRESOLVE_UNBOUNDED)
		rc = settle_ray(run, NULL, settled);
	if (!rc && !*settled && (verdict == CO_PRESOLVE_INFEASIBLE || verdict == CO_PRESOLVE_UNBOUNDED))
	{
		/* Its word alone is not enough: solve the whole problem. */
		run->presolve = NULL;
		run->reduced = run->qp;
	}
	return rc;
}

/*
 * Once more without presolve before a failure, or less than was asked for, is
 * reported: a postsolve multiplies residuals by the coefficients it undoes.
 */
static CoRc
retry_whole(QpRun *run)
{
	CoSolution	first = *run->sol;
	CoRc		rc = take_point(run->arena, run->qp->n, run->qp->m, &run->sol->point);

	run->presolve = NULL;
	run->reduced = run->qp;
	if (!rc)
		rc = solve_reduced(run);
	if (!rc && first.has_point && run->sol->has_point)
		keep_better(run, &first);
	if (rc && first.has_point)
		run->sol->point = first.point;
	return rc;
}

/* The reduced problem by sifting; settled: sol has its solution, judged optimal. */
static CoRc
try_sifting(QpRun *run, bool *settled)
{
	CoSolution *sol = run->sol;
	CoQpPoint	reduced;
	CoRc		rc = take_point(run->arena, run->reduced->n, run->reduced->m, &reduced);

	if (!rc)
		rc = co_sift(run->arena, run->reduced, run->options, sol, &reduced, settled);
	if (rc || !*settled)
		return rc;
	rc = judge_point(run, &reduced);
	*settled = sol->status == CO_OPTIMAL;
	sol->termination = CO_TERM_SUCCESSFUL;
	snprintf(sol->reason, sizeof sol->reason, "sifting: few of the variables leave their bounds");
	return rc;
}

/* Out of time anywhere: nothing is proved, and the point is what it is. */
static CoRc
judge_unfinished(QpRun *run)
{
	CoSolution *sol = run->sol;
	CoRc		rc = co_qp_residual(run->arena, run->qp, &sol->point, &sol->residual);

	sol->status = judge(&sol->residual, run->options);
	sol->has_point = sol->status != CO_FAILED;
	sol->termination = CO_TERM_TIME_LIMIT;
	sol->certificate_margin = 0.0;
	sol->ray = NULL;
	return rc;
}

static CoRc
solve(QpRun *run)
{
	bool		settled = false;
	CoRc		rc = CO_OK;

	if (co_sides_cross(run->qp->n, run->qp->xl, run->qp->xu) ||
		co_sides_cross(run->qp->m, run->qp->cl, run->qp->cu))
	{
		run->sol->status = CO_INFEASIBLE;
		run->sol->termination = CO_TERM_INFEASIBLE;
		run->sol->certificate_margin = 1.0;
		snprintf(run->sol->reason, sizeof run->sol->reason, "a lower bound exceeds its upper bound");
		return CO_OK;
	}
	if (run->options->presolve)
		rc = presolve(run, &settled);
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
	if (rc || !run->presolve || run->sol->termination == CO_TERM_TIME_LIMIT)
		return rc;
	if (run->reduced->n == run->qp->n && run->reduced->m == run->qp->m)
		return CO_OK;			/* the same again */
	if (run->sol->status == CO_FAILED || run->sol->status == CO_ACCEPTABLE)
		return retry_whole(run);
	return CO_OK;
}

static CoRc
begin_solution(CoArena *arena, const CoQp *qp, CoSolution *sol)
{
	memset(sol, 0, sizeof *sol);
	sol->status = CO_FAILED;
	sol->termination = CO_TERM_MERIT_STAGNATION;
	return take_point(arena, qp->n, qp->m, &sol->point);
}

CoRc
co_qp_solve_directly(CoArena *arena, const CoQp *qp, const CoOptions *options, CoSolution *sol)
{
	QpRun		run = {.arena = arena, .qp = qp, .options = options, .sol = sol, .reduced = qp,
	.prefer = CO_KKT_NONE};
	CoRc		rc = begin_solution(arena, qp, sol);

	return rc ? rc : solve_reduced(&run);
}

CoRc
co_qp_solve(CoArena *arena, const CoQp *qp, const CoOptions *options, const double *start,
			CoSolution *sol)
{
	const CoEnv *env = arena->env;
	double		begin = env->now(env->self);
	QpRun		run = {.arena = arena, .qp = qp, .options = options, .start = start, .sol = sol,
	.reduced = qp, .prefer = CO_KKT_NONE};
	CoRc		rc;

	rc = begin_solution(arena, qp, sol);
	if (rc)
		return rc;
	if (begin + options->time_limit < arena->deadline)
		arena->deadline = begin + options->time_limit;
	rc = solve(&run);
	arena->deadline = INFINITY;
	if (rc == CO_TIME_EXCEEDED)
		rc = judge_unfinished(&run);
	sol->memory_predicted = arena->planned;
	sol->memory_peak = arena->peak;
	sol->time_total = env->now(env->self) - begin;
	return rc;
}
