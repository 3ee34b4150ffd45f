/*-------------------------------------------------------------------------
 *
 * solver/nlp.c
 *	  Solve a nonlinear program: remove what is fixed, choose a method, let it
 *	  scale and iterate, undo, judge (nlp_judge.c); another method where one
 *	  fails.
 *
 * No status is taken from a method (src/README.md, "Life of one solve"):
 * nlp/nlp_residual.h says what the returned point is.
 *
 *-------------------------------------------------------------------------
 */
#include <stdio.h>

#include "base/vec.h"
#include "nlp/nlp_prove.h"
#include "solver/method.h"
#include "solver/solution.h"

static void
take_start(CoNlpRun *run)
{
	const CoNlp *nlp = run->nlp;
	const CoNlpStart *start = run->start;

	if (!start || !start->x)
		return;
	for (int j = 0; j < nlp->n; j++)
		if (isfinite(start->x[j]))
			run->x0[j] = start->x[j];
	if (start->y && start->z && co_all_finite(nlp->m, start->y) && co_all_finite(nlp->n, start->z))
	{
		run->warm_y = start->y;
		run->warm_z = start->z;
	}
}

/* Has the method failed, where another one may not? */
static bool
needs_fallback(const CoNlpRun *run)
{
	return run->options->fallback && !co_nlp_is_settled(run) && run->sol->status != CO_INFEASIBLE;
}

/* A method by itself; lost far out, it may have seen that there is no minimum. */
static CoRc
run_method(CoNlpRun *run, const CoNlpMethod *method)
{
	CoRc		rc;

	run->method = method;
	rc = method->solve(run);
	if (!rc && run->sol->status == CO_FEASIBLE && !run->inner->out_of_evaluations)
		rc = co_nlp_probe_ray(run);
	if (!rc && run->sol->status == CO_FEASIBLE && !run->inner->out_of_evaluations)
		rc = co_nlp_probe_pole(run);
	if (!rc && (run->sol->status == CO_FEASIBLE || run->sol->status == CO_FAILED) &&
		run->have_result && !run->inner->out_of_evaluations)
		rc = co_nlp_probe_path(run);
	return rc;
}

static void
add_reason(CoNlpRun *run, const char *text)
{
	size_t		n = strlen(run->sol->reason);

	snprintf(run->sol->reason + n, sizeof run->sol->reason - n, "%s", text);
}

/*
 * From the best point where that is acceptable, for little is left to do there;
 * else from the user's: what led one method astray need not lead another.
 */
static CoRc
run_other(CoNlpRun *run, const CoNlpMethod *other)
{
	double	   *user = run->x0;
	CoRc		rc = CO_OK;

	add_reason(run, ", then ");
	add_reason(run, other->word);
	if (run->sol->status == CO_ACCEPTABLE)
	{
		rc = co_arena_plan(run->arena, (double) run->nlp->n * sizeof(double));
		run->x0 = rc ? NULL : co_take_doubles(run->arena, (size_t) run->nlp->n);
		if (!run->x0)
			return rc ? rc : co_arena_failed(run->arena);
		co_copy(run->nlp->n, run->sol->point.x, run->x0);
	}
	rc = run_method(run, other);
	run->x0 = user;
	return rc;
}

/*
 * The first other method that takes the problem; a further one only where there
 * is an acceptable point to go on from.
 */
CoRc
co_nlp_try_others(CoNlpRun *run, const char *how)
{
	const CoNlpMethod *first = run->method,
			   *other;
	int			n_tried = 0;
	CoRc		rc = CO_OK;

	if (run->others_tried || !needs_fallback(run))
		return CO_OK;
	run->others_tried = true;
	run->warm_y = run->warm_z = NULL;
	add_reason(run, run->sol->reason[0] ? "; " : "");
	add_reason(run, first->word);
	add_reason(run, how);
	for (int k = 0; (other = co_nlp_method(k)) != NULL && !rc; k++)
		if (other != first && co_nlp_method_takes(other, run->nlp) && needs_fallback(run) &&
			(n_tried++ == 0 || run->sol->status == CO_ACCEPTABLE))
			rc = run_other(run, other);
	run->method = first;
	return rc;
}

/* The method, and others where that one fails. */
static CoRc
run_methods(CoNlpRun *run, const CoNlpMethod *first)
{
	char		how[64];
	CoRc		rc = run_method(run, first);

	if (rc)
		return rc;
	snprintf(how, sizeof how, " ended with %s", co_termination_word(run->sol->termination));
	return co_nlp_try_others(run, how);
}

/*
 * That there is no feasible point, where the ranges of the rows tell.  The
 * multiplier of a row that can never be met shows on which side; 0: it has no
 * values.
 */
static CoRc
prove_infeasible(CoNlpRun *run, int max_boxes)
{
	CoSolution *sol = run->sol;
	double		tolerance = co_max(run->options->acceptable_tolerance, run->options->tolerance);
	CoNlpProof	proof;
	char		why[96];
	CoRc		rc = co_nlp_prove_infeasible(run->arena, run->nlp, tolerance, max_boxes, &proof);

	if (rc || !proof.proved)
		return rc;
	sol->status = CO_INFEASIBLE;
	sol->termination = CO_TERM_INFEASIBLE;
	sol->certificate_margin = 1.0;
	sol->has_point = false;
	co_fill(run->nlp->m, 0.0, sol->point.y);
	sol->blamed_row = 1 + proof.row;
	if (proof.row >= 0)
	{
		sol->point.y[proof.row] = proof.side;
		return CO_OK;
	}
	snprintf(why, sizeof why, "%sin each of %d parts of the bounds a constraint cannot hold",
			 sol->reason[0] ? "; " : "", (proof.n_box + 1) / 2);
	add_reason(run, why);
	return CO_OK;
}

static CoRc
solve(CoNlpRun *run, const CoNlpMethod *method)
{
	const CoNlp *nlp = run->nlp;
	CoRc		rc = co_qp_take_point(run->arena, nlp->n, nlp->m, &run->tried);

	run->x0 = co_take_zero_doubles(run->arena, (size_t) nlp->n);
	if (rc || !run->x0)
		return co_arena_failed(run->arena);
	if (co_solution_end_crossed(run->sol, nlp->n, nlp->xl, nlp->xu, nlp->m, nlp->cl, nlp->cu))
		return CO_OK;
	rc = prove_infeasible(run, 1);
	if (rc || run->sol->status == CO_INFEASIBLE)
		return rc;
	take_start(run);
	rc = co_nlp_plan_run(run->arena, nlp);
	if (!rc)
		rc = co_inner_new(run->arena, nlp, run->x0, run->options->max_evaluations, &run->inner);
	if (rc)
		return rc;
	run->sol->reduced_n = run->inner->nlp.n;
	run->sol->reduced_m = run->inner->nlp.m;
	rc = run_methods(run, method);
	if (!rc && run->sol->status == CO_FAILED && !run->inner->out_of_evaluations)
		rc = prove_infeasible(run, CO_NLP_PROOF_BOXES);
	return rc;
}

static void
fill_counts(CoNlpRun *run)
{
	CoSolution *sol = run->sol;
	const CoNlpCounts *counts;

	if (run->inner)
	{
		counts = &run->inner->counts;
		sol->evaluations = (CoEvaluations) {counts->f, counts->c, counts->grad,
		counts->jac, counts->hess};
	}
}

/*
 * The first code that holds, in the order of base/status.def, of those that
 * methods do not see: what the point is, which may have been found when a limit
 * was met, and the limits that end a method in the middle of something.
 */
static void
settle_termination(const CoNlpRun *run, bool stopped, bool late)
{
	CoSolution *sol = run->sol;
	bool		out_of_evaluations = run->inner && run->inner->out_of_evaluations;

	if (sol->status == CO_OPTIMAL || sol->status == CO_UNBOUNDED)
		sol->termination = CO_TERM_SUCCESSFUL;
	else if (sol->status == CO_INFEASIBLE || sol->status == CO_LOCALLY_INFEASIBLE)
		sol->termination = CO_TERM_INFEASIBLE;
	else if (late || (stopped && !out_of_evaluations))
		sol->termination = CO_TERM_TIME_LIMIT;
	else if (out_of_evaluations)
		sol->termination = CO_TERM_EVALUATION_LIMIT;
}

CoRc
co_nlp_solve_by(CoArena *arena, const CoNlp *nlp, const CoNlpMethod *method,
				const CoOptions *options, const CoNlpStart *start, CoSolution *sol)
{
	double		begin = co_solution_start_clock(arena, options);
	CoNlpRun	run = {.arena = arena, .nlp = nlp, .options = options, .start = start, .sol = sol};
	const char *why = "";
	bool		stopped;
	CoRc		rc = co_solution_begin(arena, nlp->n, nlp->m, sol);

	co_arena_init(&run.log_arena, arena->env, arena->limit);
	if (!method)
		method = co_nlp_choose_method(nlp, options, &why);
	sol->method = method->word;
	snprintf(sol->reason, sizeof sol->reason, "%s", why);
	if (!rc)
		rc = solve(&run, method);
	arena->deadline = INFINITY;
	stopped = rc == CO_TIME_EXCEEDED;
	if (stopped)
		rc = CO_OK;
	if (!rc)
		settle_termination(&run, stopped, stopped && arena->env->now(arena->env->self) >= begin + options->time_limit);
	if (!rc)
		rc = co_nlp_finish_log(&run);
	else
		co_arena_free(&run.log_arena);
	fill_counts(&run);
	co_solution_finish(arena, begin, sol);
	return rc;
}

CoRc
co_nlp_solve(CoArena *arena, const CoNlp *nlp, const CoOptions *options,
			 const CoNlpStart *start, CoSolution *sol)
{
	return co_nlp_solve_by(arena, nlp, NULL, options, start, sol);
}
