/*-------------------------------------------------------------------------
 *
 * solver/interior.c
 *	  The method interior_point: a ladder of attempts of the barrier method
 *	  that start, scale or relax differently, until one is optimal.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/interior.h"

#include <limits.h>

#include "base/vec.h"
#include "solver/method.h"

/*
 * Attempts count as feasible, when they are compared, below this sum of the
 * violations: that of WB06's theta_min for a start of violation 1.
 */
#define FAR_THETA		1e-4

#define MAX_ESCAPES		5		/* from saddle points */
#define ESCAPE_ITERATIONS 400

/*
 * With rows.  Of HS, CUTE and GLOBALLib 1000 solve three more, all of which the
 * rest of the ladder solves, too, and others sooner.
 */
#define FIRST_ITERATIONS 500
#define FURTHER_ITERATIONS 400	/* of an attempt after the first one */
#define RATE_ITERATIONS	250		/* by which the progress of a run is judged */

static const CoNlpStrategy strategies[] = {
	{1.0, false, 1e-5, 1e4, false}, /* co_nlp_first */
	{1.0, false, 1e-5, 1e4, true},
	{1.0, true, 0.0, INFINITY, false},
	{1e3, false, 1e-5, 1e4, false},
	{1e-3, true, 1e-5, 1e4, false},
};
#define N_STRATEGIES	((int) (sizeof strategies / sizeof *strategies))

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
 * Where the last run of an attempt converged to a point that its inertia does
 * not call a minimizer: along negative curvature to a point beyond it, and a
 * run from there.  What is found is kept when it is lower.
 */
static CoRc
leave_saddle(CoNlpRun *run, CoNlpAttempt *attempt, bool *moved)
{
	CoBarrier  *b = attempt->barrier;
	bool		positive;
	double	   *x = co_take_doubles(run->arena, (size_t) b->n);
	CoRc		rc = co_arena_failed(run->arena);

	*moved = false;
	if (!rc)
		rc = co_barrier_leave_saddle(b, &positive, moved, x);
	if (!rc && positive && attempt->verdict == CO_BARRIER_CONVERGED)
		run->sol->second_order = CO_SECOND_ORDER_POSITIVE;
	if (rc || !*moved)
		return rc;
	co_inner_x(run->inner, x, run->x0);
	return co_nlp_attempt(run, &co_nlp_first, ESCAPE_ITERATIONS, attempt);
}

/* The same until the point is a minimizer, or nothing lower is found. */
static CoRc
leave_saddles(CoNlpRun *run, CoNlpAttempt *attempt)
{
	CoSolution *sol = run->sol;
	CoRc		rc = CO_OK;
	bool		moved = true;

	for (int k = 0; k < MAX_ESCAPES && moved && !rc; k++)
	{
		double		before = sol->residual.objective;

		if (sol->status != CO_OPTIMAL || sol->second_order != CO_SECOND_ORDER_NOT_POSITIVE ||
			co_nlp_iterations_left(run) == 0)
			break;
		rc = leave_saddle(run, attempt, &moved);
		if (!rc && moved && sol->status == CO_OPTIMAL && !(sol->residual.objective < before))
			rc = co_nlp_probe_path(run);	/* what is beyond has no minimum, or no end */
		moved = moved && sol->residual.objective < before;
	}
	sol->factorizations = run->kkt->n_factor;
	return rc == CO_TIME_EXCEEDED ? CO_OK : rc;
}

/*
 * Will the error that was best before the last RATE_ITERATIONS, at the rate at
 * which it fell in these, still be too large when the iterations are used up?
 */
static bool
is_crawling(const CoNlpRun *run, const CoBarrier *b, double before)
{
	double		decades = log10(before / b->best_merit),
				needed = log10(b->best_merit / b->options->tolerance);

	return decades * co_nlp_iterations_left(run) < needed * RATE_ITERATIONS;
}

/*
 * The first attempt without rows, with all iterations: one that takes long is on
 * its way along a valley.  Where it is far from the end of that after the
 * iterations of an attempt, other methods come first, for what is left.
 */
static CoRc
follow_valley(CoNlpRun *run, CoNlpAttempt *attempt)
{
	const int	first = CO_NLP_ATTEMPT_ITERATIONS - RATE_ITERATIONS;
	double		before;
	CoRc		rc = co_nlp_attempt(run, &co_nlp_first, first, attempt);

	if (rc || !attempt->barrier || attempt->verdict != CO_BARRIER_ITERATION_LIMIT ||
		co_nlp_is_settled(run))
		return rc;
	before = attempt->barrier->best_merit;
	rc = co_nlp_continue(run, attempt, RATE_ITERATIONS);
	if (rc || attempt->verdict != CO_BARRIER_ITERATION_LIMIT || co_nlp_is_settled(run))
		return rc;
	if (is_crawling(run, attempt->barrier, before))
		rc = co_nlp_try_others(run, " gets on slowly");
	if (rc || co_nlp_is_settled(run))
		return rc;
	return co_nlp_continue(run, attempt, INT_MAX);
}

/*
 * Attempt k; after the last one, what is left of the user's iterations belongs
 * to the one that got farthest.
 */
static CoRc
climb_step(CoNlpRun *run, int k, CoNlpAttempt *farthest)
{
	int			most = k == 0 ? FIRST_ITERATIONS : FURTHER_ITERATIONS;
	CoNlpAttempt attempt;
	CoRc		rc;

	if (k == N_STRATEGIES)
		return farthest->barrier ? co_nlp_continue(run, farthest, INT_MAX) : CO_OK;
	if (k == 0 && run->inner->nlp.m == 0)
		rc = follow_valley(run, &attempt);
	else
		rc = co_nlp_attempt(run, &strategies[k], run->inner->nlp.m == 0 ? INT_MAX : most, &attempt);
	if (!rc && run->sol->status == CO_OPTIMAL && run->sol->method == co_interior_point.word)
		return leave_saddles(run, &attempt);
	if (!rc)
		keep_farthest(run, &attempt, farthest);
	return rc;
}

/* Rows, and no point yet that satisfies them. */
static bool
lacks_feasible(const CoNlpRun *run)
{
	return run->inner->nlp.m > 0 &&
		(run->sol->status == CO_LOCALLY_INFEASIBLE || run->sol->status == CO_FAILED);
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
				exhausted = false;
	CoRc		rc = CO_OK;

	for (int k = 0; k <= N_STRATEGIES && !rc; k++)
	{
		if (k > 0 && k < N_STRATEGIES && !differ)
			continue;
		rc = climb_step(run, k, &farthest);
		if (!rc && !sought && !co_nlp_is_settled(run) && lacks_feasible(run))
		{
			sought = true;
			rc = co_nlp_seek_feasible(run, &exhausted);
		}
		if (co_nlp_is_settled(run) || (exhausted && sol->status == CO_LOCALLY_INFEASIBLE))
			break;
	}
	if (sol->status == CO_LOCALLY_INFEASIBLE && !exhausted)
	{
		sol->status = CO_FAILED;
		sol->termination = co_nlp_is_settled(run) ? CO_TERM_MAX_STEPS : CO_TERM_MERIT_STAGNATION;
	}
	else if (sol->status == CO_LOCALLY_INFEASIBLE)
		sol->termination = CO_TERM_INFEASIBLE;
	return rc;
}

static CoRc
solve(CoNlpRun *run)
{
	CoRc		rc = co_nlp_plan_kkt(run);

	if (!rc)
		rc = co_barrier_kkt_new(run->arena, &run->inner->nlp, &run->kkt);
	if (rc)
		return rc;
	run->sol->path = CO_KKT_SPARSE;
	return climb(run);
}
const CoNlpMethod co_interior_point = {
	.word = "interior_point",
	.takes_rows = true,
	.solve = solve
};
