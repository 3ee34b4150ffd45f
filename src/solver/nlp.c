/*-------------------------------------------------------------------------
 *
 * solver/nlp.c
 *	  Solve a nonlinear program: remove what is fixed, scale, interior point,
 *	  undo, judge (nlp_judge.c); and the ladder of attempts (nlp_attempt.c,
 *	  nlp_seek.c) around that.
 *
 * No status is taken from the method (src/README.md, "Life of one solve"):
 * nlp/nlp_residual.h says what the returned point is.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/nlp_run.h"

#include <limits.h>
#include <stdio.h>

#include "base/vec.h"

/* A ray is tried at multiples of the point's size up to RAY_END. */
#define RAY_STEP		1e3
#define RAY_END			1e15
#define RAY_SLOPE		1e-8	/* fall of the objective over the length, at least */
#define FAR_SLACK		1e-12	/* rounding of rows far out, relative */

/*
 * Attempts count as feasible, when they are compared, below this sum of the
 * violations: that of WB06's theta_min for a start of violation 1.
 */
#define FAR_THETA		1e-4

static const CoNlpStrategy strategies[] = {
	{1.0, false, 1e-5, 1e4},	/* co_nlp_first */
	{1.0, true, 0.0, INFINITY},
	{1e3, false, 1e-5, 1e4},
	{1e-3, true, 1e-5, 1e4},
};
#define N_STRATEGIES	((int) (sizeof strategies / sizeof *strategies))

static CoRc
take_point(CoArena *arena, const CoNlp *nlp, CoQpPoint *point)
{
	point->x = co_take_zero_doubles(arena, (size_t) nlp->n);
	point->y = co_take_zero_doubles(arena, (size_t) nlp->m);
	point->z = co_take_zero_doubles(arena, (size_t) nlp->n);
	return co_arena_failed(arena);
}

bool
co_nlp_is_settled(const CoNlpRun *run)
{
	const CoSolution *sol = run->sol;

	return sol->status == CO_OPTIMAL || sol->status == CO_UNBOUNDED ||
		run->inner->out_of_evaluations ||
		sol->iterations >= run->options->nonlinear_max_iterations;
}

/* The direction from the start to the best point, without what a side blocks. */
static double
fill_ray(const CoNlpRun *run, double *ray)
{
	const CoNlp *nlp = run->nlp;
	double		length;

	for (int j = 0; j < nlp->n; j++)
	{
		ray[j] = run->sol->point.x[j] - run->x0[j];
		if (isfinite(ray[j] > 0.0 ? nlp->xu[j] : nlp->xl[j]))
			ray[j] = 0.0;
	}
	length = co_norm_inf(nlp->n, ray);
	if (length > 0.0)
		co_scale(nlp->n, 1.0 / length, ray);
	return length;
}

/*
 * A run that got lost far out: does the objective fall without limit along the
 * direction that it took?  Every point of the ray that is tried has to be
 * feasible and lower than the one before, in proportion.
 */
static CoRc
probe_ray(CoNlpRun *run)
{
	const CoNlp *nlp = run->nlp;
	CoSolution *sol = run->sol;
	double	   *ray = co_take_doubles(run->arena, (size_t) nlp->n);
	double		last = sol->residual.objective,
				base = co_max(1.0, co_norm_inf(nlp->n, sol->point.x));

	if (!ray)
		return co_arena_failed(run->arena);
	if (!isfinite(last) || !(fill_ray(run, ray) > 0.0))
		return CO_OK;
	for (double t = RAY_STEP; t <= RAY_END; t *= RAY_STEP)
	{
		CoNlpValue	at = run->inner->at;
		unsigned	want = CO_WANT_F | (nlp->m > 0 ? CO_WANT_C : 0);
		double	   *x = run->tried.x;
		CoRc		rc;

		for (int j = 0; j < nlp->n; j++)
			x[j] = sol->point.x[j] + t * base * ray[j];
		rc = nlp->eval(nlp->self, x, want, &at);
		if (rc)
			return rc == CO_NOT_FINITE ? CO_OK : rc;
		for (int i = 0; i < nlp->m; i++)
			if (!(at.c[i] >= nlp->cl[i] - FAR_SLACK * fabs(at.c[i]) &&
				  at.c[i] <= nlp->cu[i] + FAR_SLACK * fabs(at.c[i])))
				return CO_OK;
		if (!(at.f < last - RAY_SLOPE * t))
			return CO_OK;
		last = at.f;
	}
	sol->status = CO_UNBOUNDED;
	sol->termination = CO_TERM_SUCCESSFUL;
	sol->ray = ray;
	return CO_OK;
}

/* Did a get farther than b, in the same number of iterations? */
static bool
is_farther(const CoBarrier *a, const CoBarrier *b)
{
	if (co_max(a->cur->theta, b->cur->theta) > FAR_THETA)
		return a->cur->theta < b->cur->theta;
	return a->cur->f < b->cur->f;
}

/* Of the attempts that ended by their iterations, the one to be continued. */
static void
keep_farthest(CoNlpRun *run, const CoNlpAttempt *attempt, CoNlpAttempt *farthest)
{
	if (attempt->barrier && attempt->verdict == CO_BARRIER_ITERATION_LIMIT &&
		(!farthest->barrier || is_farther(attempt->barrier, farthest->barrier)))
		*farthest = *attempt;
	else
		co_nlp_forget(run, attempt);
}

/* Without rows and bounds all strategies are one. */
static bool
strategies_differ(const CoNlpRun *run)
{
	const CoNlp *nlp = &run->inner->nlp;

	for (int j = 0; j < nlp->n; j++)
		if (isfinite(nlp->xl[j]) || isfinite(nlp->xu[j]))
			return true;
	return nlp->m > 0;
}

/*
 * Attempt k; after the last one, what is left of the user's iterations belongs
 * to the one that got farthest.
 */
static CoRc
climb_step(CoNlpRun *run, int k, CoNlpAttempt *farthest)
{
	CoNlpAttempt attempt;
	CoRc		rc;

	if (k == N_STRATEGIES)
		return farthest->barrier ? co_nlp_continue(run, farthest, INT_MAX) : CO_OK;
	rc = co_nlp_attempt(run, &strategies[k], CO_NLP_ATTEMPT_ITERATIONS, &attempt);
	if (!rc)
		keep_farthest(run, &attempt, farthest);
	return rc;
}

/*
 * The attempts, until one is optimal.  That no point is feasible, locally, is
 * said where all that seek one have come back without.
 */
static CoRc
climb(CoNlpRun *run)
{
	CoSolution *sol = run->sol;
	CoNlpAttempt farthest = {.barrier = NULL};
	bool		differ = strategies_differ(run),
				sought = false,
				infeasible = false;
	CoRc		rc = CO_OK;

	for (int k = 0; k <= N_STRATEGIES && !rc && !infeasible; k++)
	{
		if (k > 0 && k < N_STRATEGIES && !differ)
			continue;
		rc = climb_step(run, k, &farthest);
		if (co_nlp_is_settled(run))
			break;
		if (!rc && sol->status == CO_LOCALLY_INFEASIBLE && !sought)
		{
			sought = true;
			rc = co_nlp_seek_feasible(run, &infeasible);
		}
		if (co_nlp_is_settled(run))
			break;
	}
	if (sol->status == CO_LOCALLY_INFEASIBLE && !infeasible)
	{
		sol->status = CO_FAILED;
		sol->termination = co_nlp_is_settled(run) ? CO_TERM_MAX_STEPS : CO_TERM_MERIT_STAGNATION;
	}
	else if (infeasible)
		sol->termination = CO_TERM_INFEASIBLE;
	if (!rc && sol->status == CO_FEASIBLE && !run->inner->out_of_evaluations)
		rc = probe_ray(run);
	return rc;
}

static CoRc
solve(CoNlpRun *run)
{
	const CoNlp *nlp = run->nlp;
	CoRc		rc = take_point(run->arena, nlp, &run->tried);

	run->x0 = co_take_zero_doubles(run->arena, (size_t) nlp->n);
	if (rc || !run->x0)
		return co_arena_failed(run->arena);
	if (co_sides_cross(nlp->n, nlp->xl, nlp->xu) || co_sides_cross(nlp->m, nlp->cl, nlp->cu))
	{
		run->sol->status = CO_INFEASIBLE;
		run->sol->termination = CO_TERM_INFEASIBLE;
		run->sol->certificate_margin = 1.0;
		snprintf(run->sol->reason, sizeof run->sol->reason, "a lower bound exceeds its upper bound");
		return CO_OK;
	}
	for (int j = 0; run->start && run->start->x && j < nlp->n; j++)
		if (isfinite(run->start->x[j]))
			run->x0[j] = run->start->x[j];
	if (run->start && run->start->x && run->start->y && run->start->z &&
		co_all_finite(nlp->m, run->start->y) && co_all_finite(nlp->n, run->start->z))
	{
		run->warm_y = run->start->y;
		run->warm_z = run->start->z;
	}
	rc = co_nlp_plan_run(run->arena, nlp);
	if (!rc)
		rc = co_inner_new(run->arena, nlp, run->x0, run->options->max_evaluations, &run->inner);
	if (!rc)
		rc = co_barrier_kkt_new(run->arena, &run->inner->nlp, &run->kkt);
	if (rc)
		return rc;
	run->sol->reduced_n = run->inner->nlp.n;
	run->sol->reduced_m = run->inner->nlp.m;
	run->sol->path = CO_KKT_SPARSE;
	return climb(run);
}

CoRc
co_nlp_solve(CoArena *arena, const CoNlp *nlp, const CoOptions *options,
			 const CoNlpStart *start, CoSolution *sol)
{
	const CoEnv *env = arena->env;
	double		begin = env->now(env->self);
	CoNlpRun	run = {.arena = arena, .nlp = nlp, .options = options, .start = start, .sol = sol};
	CoRc		rc;

	memset(sol, 0, sizeof *sol);
	sol->status = CO_FAILED;
	sol->termination = CO_TERM_MERIT_STAGNATION;
	rc = take_point(arena, nlp, &sol->point);
	if (rc)
		return rc;
	if (begin + options->time_limit < arena->deadline)
		arena->deadline = begin + options->time_limit;
	rc = solve(&run);
	arena->deadline = INFINITY;
	if (rc == CO_TIME_EXCEEDED)
	{
		sol->termination = CO_TERM_TIME_LIMIT;
		rc = CO_OK;
	}
	if (run.inner)
	{
		const CoNlpCounts *counts = &run.inner->counts;

		sol->evaluations = (CoEvaluations) {counts->f, counts->c, counts->grad,
		counts->jac, counts->hess};
		if (run.inner->out_of_evaluations && sol->status != CO_OPTIMAL)
			sol->termination = CO_TERM_EVALUATION_LIMIT;
	}
	sol->memory_predicted = arena->planned;
	sol->memory_peak = arena->peak;
	sol->time_total = env->now(env->self) - begin;
	return rc;
}
