/*-------------------------------------------------------------------------
 *
 * solver/interior_seek.c
 *	  Is there a feasible point after all?  An attempt has ended where the sum of
 *	  the violations is stationary; the least squares of the rows, and starts
 *	  beside the first one, may lead elsewhere.
 *
 * From a start without a feasible point near it these wander, the violation up
 * and down, so they are short unless they come well below the one found.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/interior.h"

#include "base/vec.h"

/* What leads to feasible points of HS, CUTE and GLOBALLib does so earlier. */
#define SEEK_ITERATIONS	300
#define SQUARES_ITERATIONS 200

/* Part of the violation found that makes an attempt worth its full length. */
#define PROMISING		0.5

/* Multiples of it, modulo 1, are spread evenly. */
#define GOLDEN			0.6180339887498949

static bool
has_feasible(const CoNlpRun *run)
{
	CoStatus	status = run->sol->status;

	return status != CO_LOCALLY_INFEASIBLE && status != CO_FAILED;
}

/* Sum of the rows' violations at an inner point, in the scaling of now. */
static CoRc
sum_violation(CoNlpRun *run, const double *x, double *sum)
{
	const CoNlp *nlp = &run->inner->nlp;
	CoMark		mark = co_mark(run->arena);
	CoNlpValue	at = {.c = co_take_doubles(run->arena, (size_t) nlp->m)};
	CoRc		rc = co_arena_failed(run->arena);

	*sum = INFINITY;
	if (!rc)
		rc = nlp->eval(nlp->self, x, CO_WANT_C, &at);
	if (rc)
		return rc == CO_NOT_FINITE ? CO_OK : rc;
	*sum = 0.0;
	for (int i = 0; i < nlp->m; i++)
		*sum += co_max(0.0, co_max(nlp->cl[i] - at.c[i], at.c[i] - nlp->cu[i]));
	co_rewind(run->arena, mark);
	return CO_OK;
}

/* Has the attempt come well below the violation of the solution? */
static CoRc
leads_down(CoNlpRun *run, const CoNlpAttempt *attempt, bool *answer)
{
	const CoBarrier *b = attempt->barrier;
	double		found,
				best,
				last;
	CoRc		rc;

	*answer = has_feasible(run);
	if (*answer || run->sol->status != CO_LOCALLY_INFEASIBLE)
		return CO_OK;
	for (int j = 0; j < b->n; j++)
		b->eliminated[j] = run->sol->point.x[run->inner->var[j]];
	rc = sum_violation(run, b->eliminated, &found);
	if (!rc)
		rc = sum_violation(run, b->best_x, &best);
	if (!rc)
		rc = sum_violation(run, b->cur->at.v, &last);
	*answer = !rc && co_min(best, last) < PROMISING * found;
	return rc;
}

/* A short attempt from run->x0. */
static CoRc
look(CoNlpRun *run)
{
	CoNlpAttempt attempt;
	bool		on = false;
	CoRc		rc = co_nlp_attempt(run, &co_nlp_first, SEEK_ITERATIONS, &attempt);

	if (!rc && attempt.verdict == CO_BARRIER_ITERATION_LIMIT && !co_nlp_is_settled(run))
		rc = leads_down(run, &attempt, &on);
	if (!rc && on)
		rc = co_nlp_continue(run, &attempt, CO_NLP_ATTEMPT_ITERATIONS - SEEK_ITERATIONS);
	if (!rc)
		co_nlp_forget(run, &attempt);
	return rc;
}

/*
 * Least squares of the rows from the start, and where they lead to a feasible
 * point, an attempt from there.  Where they end above zero the violation may be
 * stationary: attempts that wander never come to say so.
 */
static CoRc
try_least_squares(CoNlpRun *run)
{
	CoBarrierVerdict verdict = CO_BARRIER_NO_STEP;
	CoNlpAttempt attempt;
	bool		feasible = false;
	CoRc		rc = co_nlp_begin(run, &co_nlp_first, &attempt);

	if (rc)
		return rc;
	co_nlp_allow(run, attempt.barrier, SQUARES_ITERATIONS);
	rc = co_barrier_least_squares(attempt.barrier, &verdict, &feasible);
	run->sol->iterations += attempt.barrier->iteration;
	run->sol->factorizations = run->kkt->n_factor;
	if (!rc && verdict == CO_BARRIER_INFEASIBLE && run->sol->status == CO_FAILED)
		rc = co_nlp_run_take(run, attempt.barrier, verdict);
	if (rc)
		return rc;
	if (feasible)
		co_inner_x(run->inner, attempt.barrier->best_x, run->x0);
	co_nlp_forget(run, &attempt);
	return feasible ? look(run) : CO_OK;
}

/* A start beside the user's, for one that is a saddle of the violation. */
static CoRc
try_beside(CoNlpRun *run, const double *start, double distance)
{
	double		place = 0.0;

	for (int j = 0; j < run->nlp->n; j++)
	{
		place += GOLDEN;
		place -= floor(place);
		run->x0[j] = start[j] + distance * (2.0 * place - 1.0) * co_max(1.0, fabs(start[j]));
		run->x0[j] = co_clamp(run->x0[j], run->nlp->xl[j], run->nlp->xu[j]);
	}
	return look(run);
}

/* *tried: every way was, none led to a feasible point. */
CoRc
co_nlp_seek_feasible(CoNlpRun *run, bool *tried)
{
	static const double distances[] = {0.0, 0.1, 1.0};	/* 0: least squares */
	int			n = sizeof distances / sizeof *distances;
	double	   *start = co_take_doubles(run->arena, (size_t) run->nlp->n);
	CoRc		rc = co_arena_failed(run->arena);

	*tried = false;
	if (rc)
		return rc;
	co_copy(run->nlp->n, run->x0, start);
	for (int k = 0; k < n; k++)
	{
		rc = distances[k] > 0.0 ? try_beside(run, start, distances[k]) : try_least_squares(run);
		if (rc && rc != CO_NOT_FINITE)
			return rc;
		if (has_feasible(run) || co_nlp_is_settled(run))
			break;				/* found, or a limit of the user's */
		*tried = k + 1 == n;
	}
	co_copy(run->nlp->n, start, run->x0);
	return CO_OK;
}
