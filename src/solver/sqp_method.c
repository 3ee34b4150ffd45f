/*-------------------------------------------------------------------------
 *
 * solver/sqp_method.c
 *	  SQP as a method for nonlinear programs: its start, its offers to the
 *	  judge, why it ends.
 *
 *-------------------------------------------------------------------------
 */
#include "base/vec.h"
#include "solver/method.h"
#include "solver/sqp.h"

#define INSIDE			0.25	/* of [.01 .. .3] among the best over HS */

static CoOffer
offer_of(const CoSqp *s, const double *y, const double *z)
{
	CoOffer		offer = {.x = s->cur->x, .y = y, .z = z};

	if (s->hess.kind == CO_SQP_EXACT && s->answer.convexified == 0.0 && s->iteration > 0)
		offer.second_order = CO_SECOND_ORDER_POSITIVE;
	return offer;
}

static CoRc
ask_judge(void *self, CoSqp *s, const double *y, const double *z, bool *good)
{
	CoOffer		offer = offer_of(s, y, z);

	return co_nlp_offer(self, &offer, good);
}

static CoRc
write_log(void *self, const CoIteration *line)
{
	CoNlpRun   *run = self;
	CoIteration own = *line;

	own.objective /= run->inner->f_scale;
	return co_nlp_log(run, &own);
}

static CoTermination
termination_of(CoSqpVerdict verdict)
{
	switch (verdict)
	{
		case CO_SQP_CONVERGED:
			return CO_TERM_SUCCESSFUL;
		case CO_SQP_INFEASIBLE:
			return CO_TERM_INFEASIBLE;
		case CO_SQP_DIVERGED:
			return CO_TERM_ITERATE_BLOWUP;
		case CO_SQP_NO_STEP:
			return CO_TERM_LINE_SEARCH_FAILURE;
		case CO_SQP_QP_FAILURE:
			return CO_TERM_QP_SUBPROBLEM_FAILURE;
		case CO_SQP_ITERATION_LIMIT:
			return CO_TERM_MAX_STEPS;
		default:
			return CO_TERM_MERIT_STAGNATION;
	}
}

/*
 * Where a run ended without convergence: with the subproblem's multipliers,
 * those of the point itself, and none.
 */
static CoRc
offer_last(CoNlpRun *run, CoSqp *s, CoSqpVerdict verdict)
{
	CoOffer		offer = offer_of(s, s->y, s->z);
	bool		good;
	CoRc		rc;

	offer.loose = verdict == CO_SQP_STALLED || verdict == CO_SQP_NO_STEP;
	co_sqp_bound_multipliers(s, s->cur, s->y, s->z);
	rc = co_nlp_offer(run, &offer, &good);
	if (!rc && !good)
		rc = co_sqp_least_squares(s);
	if (!rc && !good)
	{
		offer.y = s->ls_y;
		offer.z = s->ls_z;
		rc = co_nlp_offer(run, &offer, &good);
	}
	if (!rc && !good)
	{
		offer.y = offer.z = NULL;
		rc = co_nlp_offer(run, &offer, &good);
	}
	return rc;
}

/* What the last point is. */
static CoRc
take_verdict(CoNlpRun *run, CoSqp *s, CoSqpVerdict verdict)
{
	CoOffer		offer = offer_of(s, s->y, s->z);
	bool		said = false;
	CoRc		rc = CO_OK;

	if (verdict == CO_SQP_INFEASIBLE)
		rc = co_nlp_offer_violation(run, &offer, &said);
	else if (verdict == CO_SQP_DIVERGED)
		rc = co_nlp_offer_diverged(run, &offer, &said);
	if (!rc && !said && verdict != CO_SQP_CONVERGED)
		rc = offer_last(run, s, verdict);
	if (!rc)
		co_nlp_end(run, termination_of(verdict));
	return rc;
}

/*
 * A start on a bound may be a stationary point that is no minimizer, as 0 is
 * of a product: it is moved inside, as that of an interior point is [WB06,
 * section 3.6].  One that is inside by itself is so in any unit, and stays.
 */
static void
move_inside(const CoNlp *nlp, double *x)
{
	for (int j = 0; j < nlp->n; j++)
	{
		double		lo = nlp->xl[j],
					hi = nlp->xu[j],
					push = INSIDE * co_min(1.0, hi - lo);

		if (x[j] <= lo)
			x[j] = lo + push;
		else if (x[j] >= hi)
			x[j] = hi - push;
	}
}

/* Inside; at the start itself where there are no values inside. */
static CoRc
start_at(CoSqp *s, const double *x)
{
	double	   *inside = s->d;
	CoRc		rc;

	co_copy(s->n, x, inside);
	move_inside(s->nlp, inside);
	rc = co_sqp_start(s, inside, NULL);
	return rc == CO_NOT_FINITE ? co_sqp_start(s, x, NULL) : rc;
}

static CoRc
start(CoNlpRun *run, CoSqp **out)
{
	const CoNlp *nlp = &run->inner->nlp;
	double	   *x = co_take_doubles(run->arena, (size_t) nlp->n),
			   *y = co_take_zero_doubles(run->arena, (size_t) nlp->m),
			   *z = co_take_doubles(run->arena, (size_t) nlp->n);
	CoRc		rc = co_arena_failed(run->arena);
	CoSqp	   *s;
	bool		warm;

	if (!rc)
		rc = co_nlp_find_start(run, x);
	if (!rc)
		rc = co_arena_plan(run->arena, co_sqp_bytes(nlp, run->options));
	if (!rc)
		rc = co_sqp_new(run->arena, nlp, run->options, out);
	if (rc)
		return rc;
	s = *out;
	s->self = run;
	s->unit = run->inner->f_scale;
	s->judge = ask_judge;
	s->log = write_log;
	s->max_iterations = co_nlp_iterations_left(run);
	warm = co_nlp_warm_multipliers(run, y, z);
	return warm ? co_sqp_start(s, x, y) : start_at(s, x);
}

static CoRc
solve(CoNlpRun *run)
{
	CoSqpVerdict verdict;
	CoSqp	   *s = NULL;
	bool		late,
				ended;
	CoRc		rc = start(run, &s);

	if (rc == CO_NOT_FINITE)
	{
		co_nlp_end(run, CO_TERM_NONFINITE);
		return CO_OK;
	}
	if (rc)
		return rc;
	rc = co_sqp_run(s, &verdict);
	run->sol->iterations += s->iteration;
	run->sol->factorizations += s->n_factor;
	ended = rc == CO_TIME_EXCEEDED;
	late = ended && !run->inner->out_of_evaluations;
	if (late)
		run->arena->deadline = INFINITY;	/* the verdict takes a few evaluations */
	if (ended)
	{
		verdict = CO_SQP_ITERATION_LIMIT;
		rc = CO_OK;
	}
	if (!rc)
		rc = take_verdict(run, s, verdict);
	return late && !rc ? CO_TIME_EXCEEDED : rc;
}

const CoNlpMethod co_sqp = {"sqp", true, solve};
