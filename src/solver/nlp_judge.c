/*-------------------------------------------------------------------------
 *
 * solver/nlp_judge.c
 *	  From the barrier's points to the user's, and what they are: the verdicts
 *	  of nlp/nlp_residual.h, the best point of all attempts.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/nlp_run.h"

#include "base/vec.h"
#include "nlp/nlp_residual.h"

/* A leftover of the violation's gradient that counts as stationary, relative. */
#define STATIONARY		1e-4

/* The sum of the complementarities may be this much larger than the largest. */
#define GAP_SUM			10.0

/* An objective below -UNBOUNDED at a feasible point of iterates that diverge. */
#define UNBOUNDED		1e15

static bool
passes(const CoResidual *r, double absolute, double relative)
{
	return co_residual_within(r->primal, r->primal_scale, absolute, relative) &&
		co_residual_within(r->dual, r->dual_scale, absolute, relative) &&
		co_residual_within(r->complementarity, r->gap_scale, absolute, relative) &&
		co_residual_within(r->gap, r->gap_scale, GAP_SUM * absolute, GAP_SUM * relative);
}

/* How good is the point?  OPTIMAL, ACCEPTABLE, FEASIBLE or FAILED. */
static CoStatus
judge(const CoResidual *r, const CoOptions *o)
{
	double		acceptable = co_max(o->acceptable_tolerance, o->tolerance);

	if (passes(r, o->absolute_tolerance, o->tolerance))
		return CO_OPTIMAL;
	if (passes(r, acceptable, acceptable))
		return CO_ACCEPTABLE;
	return co_residual_within(r->primal, r->primal_scale, acceptable, acceptable) ? CO_FEASIBLE : CO_FAILED;
}

/* Multipliers of fixed variables take up the stationarity. */
static CoRc
fill_fixed(CoNlpRun *run, CoQpPoint *point)
{
	const CoNlp *nlp = run->nlp;
	CoInner    *inner = run->inner;
	CoCsc		jac = nlp->jac;
	CoNlpValue	at = inner->at;
	unsigned	want = CO_WANT_GRAD | (nlp->m > 0 ? CO_WANT_JAC : 0);
	double	   *z = inner->x;
	CoRc		rc;

	if (inner->nlp.n == nlp->n)
		return CO_OK;
	rc = nlp->eval(nlp->self, point->x, want, &at);
	if (rc)
		return rc == CO_NOT_FINITE ? CO_OK : rc;
	jac.value = at.jac;
	for (int j = 0; j < nlp->n; j++)
		z[j] = -at.grad[j];
	co_csc_tmul_add(&jac, -1.0, point->y, z);
	for (int j = 0; j < nlp->n; j++)
		if (nlp->xl[j] == nlp->xu[j])
		{
			point->z[j] = z[j];
			z[j] = nlp->xl[j];
		}
	return CO_OK;
}

/* The user's point of an inner one: inside the bounds, signs that fit them. */
static CoRc
unwrap(CoNlpRun *run, const double *x, const double *y, const double *z, CoQpPoint *point)
{
	const CoNlp *nlp = run->nlp;
	const CoInner *inner = run->inner;

	co_inner_x(inner, x, point->x);
	co_inner_y(inner, y, point->y);
	co_fill(nlp->n, 0.0, point->z);
	for (int j = 0; j < inner->nlp.n; j++)
		point->z[inner->var[j]] = z[j] / inner->f_scale;
	for (int j = 0; j < nlp->n; j++)
		point->x[j] = co_clamp(point->x[j], nlp->xl[j], nlp->xu[j]);
	for (int i = 0; i < nlp->m; i++)
		if (isinf(point->y[i] > 0.0 ? nlp->cu[i] : nlp->cl[i]))
			point->y[i] = 0.0;
	return fill_fixed(run, point);
}

/*
 * Scales of a point that could not be made better: a row is measured by what
 * it is summed from, a gradient by the unit of the objective that the scaling
 * at the start has found.
 */
static CoRc
loosen_scales(CoNlpRun *run)
{
	CoResidual *r = &run->tried_residual;
	double		size = 0.0;
	CoRc		rc = CO_OK;

	if (isfinite(r->primal) && r->primal > run->options->absolute_tolerance)
		rc = co_nlp_term_size(run->arena, run->nlp, run->tried.x, &size);
	r->primal_scale = co_max(r->primal_scale, size);
	r->dual_scale = co_max(r->dual_scale, 1.0 / run->inner->f_scale);
	return rc;
}

/* The largest of the residuals in units of the tolerances. */
static double
merit_of(const CoResidual *r, const CoOptions *o)
{
	double		tiny = 1e-300;
	double		primal = r->primal / (o->absolute_tolerance + o->tolerance * r->primal_scale + tiny),
				dual = r->dual / (o->absolute_tolerance + o->tolerance * r->dual_scale + tiny),
				compl = r->complementarity /
		(o->absolute_tolerance + o->tolerance * r->gap_scale + tiny);

	return co_max(primal, co_max(dual, compl));
}

/* What a caller would rather have, first; INFEASIBLE needs no rank. */
static int
rank_of(CoStatus status)
{
	switch (status)
	{
		case CO_OPTIMAL:
			return 0;
		case CO_ACCEPTABLE:
			return 1;
		case CO_UNBOUNDED:
			return 2;
		case CO_FEASIBLE:
			return 3;
		case CO_LOCALLY_INFEASIBLE:
			return 4;
		default:
			return 5;
	}
}

/* Better status first, then smaller residuals. */
static void
keep_better(CoNlpRun *run, CoStatus status, const CoBarrier *b)
{
	CoSolution *sol = run->sol;

	if (run->have_result && (rank_of(status) > rank_of(sol->status) ||
							 (status == sol->status && merit_of(&run->tried_residual, run->options) >=
							  merit_of(&sol->residual, run->options))))
		return;
	co_copy(run->nlp->n, run->tried.x, sol->point.x);
	co_copy(run->nlp->m, run->tried.y, sol->point.y);
	co_copy(run->nlp->n, run->tried.z, sol->point.z);
	sol->residual = run->tried_residual;
	sol->status = status;
	sol->has_point = status != CO_FAILED;
	sol->log = b->log;
	sol->n_log = b->n_log;
	sol->second_order = status != CO_OPTIMAL || b->quasi ? CO_SECOND_ORDER_UNKNOWN :
		b->positive ? CO_SECOND_ORDER_POSITIVE : CO_SECOND_ORDER_NOT_POSITIVE;
	run->have_result = true;
}

/*
 * Judge the point in run->tried, and remember it: what comes later need not be
 * better.
 */
static CoRc
judge_tried(CoNlpRun *run, const CoBarrier *b, bool loose, bool *good)
{
	CoStatus	status;
	CoRc		rc = co_nlp_residual(run->arena, run->nlp, &run->tried, &run->tried_residual);

	*good = false;
	if (rc)
		return rc;
	status = judge(&run->tried_residual, run->options);
	if (status != CO_OPTIMAL && loose)
	{
		rc = loosen_scales(run);
		status = judge(&run->tried_residual, run->options);
	}
	*good = status == CO_OPTIMAL;
	if (!rc)
		keep_better(run, status, b);
	return rc;
}

/* The barrier's best point, or its current one. */
static CoRc
judge_best(CoNlpRun *run, const CoBarrier *b, bool loose, bool *good)
{
	CoRc		rc = unwrap(run, b->best_x, b->best_y, b->best_z, &run->tried);

	return rc ? rc : judge_tried(run, b, loose, good);
}

static CoRc
judge_point(CoNlpRun *run, const CoBarrier *b, bool loose, bool *good)
{
	const CoVectors *at = &b->cur->at;
	double	   *z = b->eliminated;
	CoRc		rc;

	for (int j = 0; j < b->n; j++)
		z[j] = at->zu[j] - at->zl[j];
	rc = unwrap(run, at->v, at->y, z, &run->tried);
	return rc ? rc : judge_tried(run, b, loose, good);
}

/* What the barrier asks along the way. */
CoRc
co_nlp_run_judge(void *self, const CoBarrier *b, bool *good)
{
	return judge_point(self, b, false, good);
}

/* A feasible stationary point of the objective needs no multipliers. */
static CoRc
judge_without_multipliers(CoNlpRun *run, const CoBarrier *b, bool *good)
{
	const CoQpPoint *tried = &run->tried;

	co_inner_x(run->inner, b->best_x, tried->x);
	for (int j = 0; j < run->nlp->n; j++)
		tried->x[j] = co_clamp(tried->x[j], run->nlp->xl[j], run->nlp->xu[j]);
	co_fill(run->nlp->m, 0.0, tried->y);
	co_fill(run->nlp->n, 0.0, tried->z);
	return judge_tried(run, b, false, good);
}

/*
 * Where a run ended without convergence: its best point, then its last.  Where
 * the scaled problem was solved and no step made it better, the scales are
 * those of the rounding.
 */
static CoRc
judge_last(CoNlpRun *run, const CoBarrier *b, CoBarrierVerdict verdict)
{
	bool		loose = b->met && (verdict == CO_BARRIER_STALLED || verdict == CO_BARRIER_NO_STEP ||
								   verdict == CO_BARRIER_TINY_STEP);
	bool		good;
	CoRc		rc = judge_best(run, b, loose, &good);

	if (!rc && !good)
		rc = judge_point(run, b, loose, &good);
	if (!rc && !good)
		rc = judge_without_multipliers(run, b, &good);
	return rc;
}

static CoTermination
termination_of(const CoInner *inner, CoBarrierVerdict verdict)
{
	if (inner->out_of_evaluations)
		return CO_TERM_EVALUATION_LIMIT;
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

/* The point where restoration ended: is its violation real and stationary? */
static CoRc
judge_violation(CoNlpRun *run, const CoBarrier *b, bool *stationary)
{
	const CoOptions *o = run->options;
	CoResidual *r = &run->tried_residual;
	double		violation,
				leftover;
	CoRc		rc = unwrap(run, b->best_x, b->stationary_y, b->best_z, &run->tried);

	if (!rc)
		rc = co_nlp_check_stationary(run->arena, run->nlp, run->tried.x, run->tried.y,
									 &violation, &leftover);
	if (!rc)
		rc = co_nlp_residual(run->arena, run->nlp, &run->tried, r);
	*stationary = !rc && leftover <= STATIONARY &&
		!co_residual_within(r->primal, r->primal_scale, o->absolute_tolerance, o->tolerance);
	return rc;
}

/*
 * The iterates left every bound.  A feasible point among them with an objective
 * that low is taken as the proof that there is no limit to it; the ray is the
 * direction from the start.
 */
static CoRc
judge_diverged(CoNlpRun *run, const CoBarrier *b)
{
	const CoResidual *r = &run->tried_residual;
	double		size = 0.0,
				length = 0.0;
	bool		good;
	CoRc		rc = judge_point(run, b, false, &good);

	if (!rc)
		rc = co_nlp_term_size(run->arena, run->nlp, run->tried.x, &size);
	if (rc || !(r->objective <= -UNBOUNDED) || !isfinite(r->primal) ||
		!co_residual_within(r->primal, co_max(size, r->primal_scale), run->options->absolute_tolerance,
							run->options->tolerance))
		return rc;
	run->sol->ray = co_take_doubles(run->arena, (size_t) run->nlp->n);
	if (!run->sol->ray)
		return co_arena_failed(run->arena);
	for (int j = 0; j < run->nlp->n; j++)
	{
		run->sol->ray[j] = run->tried.x[j] - run->x0[j];
		length = co_max(length, fabs(run->sol->ray[j]));
	}
	co_scale(run->nlp->n, length > 0.0 ? 1.0 / length : 1.0, run->sol->ray);
	keep_better(run, CO_UNBOUNDED, b);
	return CO_OK;
}

CoRc
co_nlp_run_take(CoNlpRun *run, const CoBarrier *b, CoBarrierVerdict verdict)
{
	bool		good;
	CoRc		rc;

	if (verdict == CO_BARRIER_INFEASIBLE)
	{
		rc = judge_violation(run, b, &good);
		if (!rc)
			keep_better(run, good ? CO_LOCALLY_INFEASIBLE : CO_FAILED, b);
	}
	else if (verdict == CO_BARRIER_DIVERGED)
		rc = judge_diverged(run, b);
	else
		rc = verdict == CO_BARRIER_CONVERGED ? CO_OK : judge_last(run, b, verdict);
	run->sol->termination =
		run->sol->status == CO_OPTIMAL || run->sol->status == CO_UNBOUNDED ? CO_TERM_SUCCESSFUL :
		run->sol->status == CO_LOCALLY_INFEASIBLE ? CO_TERM_INFEASIBLE :
		termination_of(run->inner, verdict);
	return rc;
}
