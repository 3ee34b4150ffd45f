/*-------------------------------------------------------------------------
 *
 * solver/interior_judge.c
 *	  What the barrier method offers to the judge: points on the way, and where
 *	  a run has ended.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/interior.h"

#include "base/vec.h"

/* The barrier's point x with multipliers y and z, either of them its own. */
static CoOffer
offer_of(const CoBarrier *b, const double *x, const double *y, const double *z)
{
	return (CoOffer) {
		.x = x, .y = y, .z = z, .log = b->log, .n_log = b->n_log,
		.second_order = co_barrier_is_quasi(b) ? CO_SECOND_ORDER_UNKNOWN :
		b->positive ? CO_SECOND_ORDER_POSITIVE : CO_SECOND_ORDER_NOT_POSITIVE
	};
}

static CoOffer
offer_current(const CoBarrier *b)
{
	const CoVectors *at = &b->cur->at;
	double	   *z = b->eliminated;

	for (int j = 0; j < b->n; j++)
		z[j] = at->zu[j] - at->zl[j];
	return offer_of(b, at->v, at->y, z);
}

CoRc
co_nlp_run_judge(void *self, const CoBarrier *b, bool *good)
{
	CoOffer		offer = offer_current(b);

	return co_nlp_offer(self, &offer, good);
}

/*
 * Where a run ended without convergence: its best point, then its last, then
 * the best without multipliers, which a feasible stationary point of the
 * objective needs none of.
 */
static CoRc
judge_ends(CoNlpRun *run, const CoBarrier *b, bool loose, bool *good)
{
	CoOffer		offer = offer_of(b, b->best_x, b->best_y, b->best_z);
	CoRc		rc;

	offer.loose = loose;
	rc = co_nlp_offer(run, &offer, good);
	if (rc || *good)
		return rc;
	offer = offer_current(b);
	offer.loose = loose;
	rc = co_nlp_offer(run, &offer, good);
	if (rc || *good || loose)
		return rc;
	offer = offer_of(b, b->best_x, NULL, NULL);
	return co_nlp_offer(run, &offer, good);
}

/*
 * Where the scaled problem was solved and no step made it better, the scales
 * are those of the rounding, if none of the ends is good by itself.
 */
static CoRc
judge_last(CoNlpRun *run, const CoBarrier *b, CoBarrierVerdict verdict)
{
	bool		loose = b->met && (verdict == CO_BARRIER_STALLED || verdict == CO_BARRIER_NO_STEP ||
								   verdict == CO_BARRIER_TINY_STEP);
	bool		good;
	CoRc		rc = judge_ends(run, b, false, &good);

	return rc || good || !loose ? rc : judge_ends(run, b, true, &good);
}

static CoTermination
termination_of(CoBarrierVerdict verdict)
{
	switch (verdict)
	{
		case CO_BARRIER_CONVERGED:
			return CO_TERM_SUCCESSFUL;
		case CO_BARRIER_ITERATION_LIMIT:
			return CO_TERM_MAX_STEPS;
		case CO_BARRIER_INFEASIBLE:
			return CO_TERM_INFEASIBLE;
		case CO_BARRIER_DIVERGED:
			return CO_TERM_ITERATE_BLOWUP;
		case CO_BARRIER_NONFINITE:
			return CO_TERM_NONFINITE;
		case CO_BARRIER_SINGULAR:
		case CO_BARRIER_NO_STEP:
			return CO_TERM_LINE_SEARCH_FAILURE;
		default:
			return CO_TERM_MERIT_STAGNATION;
	}
}

CoRc
co_nlp_run_take(CoNlpRun *run, const CoBarrier *b, CoBarrierVerdict verdict)
{
	CoOffer		offer;
	bool		answer;
	CoRc		rc = CO_OK;

	if (verdict == CO_BARRIER_INFEASIBLE)
	{
		offer = offer_of(b, b->best_x, b->stationary_y, b->best_z);
		rc = co_nlp_offer_violation(run, &offer, &answer);
	}
	else if (verdict == CO_BARRIER_DIVERGED)
	{
		offer = offer_current(b);
		rc = co_nlp_offer_diverged(run, &offer, &answer);
	}
	else if (verdict != CO_BARRIER_CONVERGED)
		rc = judge_last(run, b, verdict);
	co_nlp_end(run, termination_of(verdict));
	return rc;
}
