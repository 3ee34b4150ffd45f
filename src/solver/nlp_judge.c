/*-------------------------------------------------------------------------
 *
 * solver/nlp_judge.c
 *	  From the points of methods to the user's, and what they are: the verdicts
 *	  of nlp/nlp_residual.h, the best point of all.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/nlp_run.h"

#include "base/vec.h"
#include "nlp/nlp_prove.h"
#include "nlp/nlp_residual.h"

/* A leftover of the violation's gradient that counts as stationary, relative. */
#define STATIONARY		1e-4

/* The sum of the complementarities may be this much larger than the largest. */
#define GAP_SUM			10.0

/*
 * Scale of a row at most, over that of its sides, where terms cancel: with the
 * default tolerances what opt_verify lets pass.
 */
#define LOOSEST			1e2

/*
 * Far out a function may be flat and still fall: where a move by as much again
 * would gain this part of the objective, to first order, there is no minimum.
 */
#define GAIN			1e-3

/*
 * A fall by this part of the objective, beside the acceptable tolerance, is
 * worth a look: the slope alone promises it, a move has to bear it out.
 */
#define FALL			1e-4

/* Terms that all vanish at a minimum leave this part of the unit. */
#define UNIT_LEAST		1e-2

/*
 * An objective below -UNBOUNDED at a feasible point of iterates that diverge,
 * and that is lower still that much farther from the start, relative.
 */
#define UNBOUNDED		1e15
#define FARTHER			1.5

/*
 * The unit of the absolute tolerances of complementarity and gap, which have
 * that of the objective: smaller where all its terms are.
 */
static double
unit_of_gap(const CoResidual *r, double unit)
{
	return co_min(unit, co_max(r->gain_scale, UNIT_LEAST * unit));
}

/* unit: of the objective (nlp_inner.h) */
static bool
passes(const CoResidual *r, double unit, double absolute, double relative)
{
	double		gap = absolute * unit_of_gap(r, unit);

	return co_residual_within(r->primal, r->primal_scale, absolute, relative) &&
		co_residual_within(r->dual, r->dual_scale, unit * absolute, relative) &&
		co_residual_within(r->complementarity, r->gap_scale, gap, relative) &&
		co_residual_within(r->gap, r->gap_scale, GAP_SUM * gap, GAP_SUM * relative);
}

/* How good is the point?  OPTIMAL, ACCEPTABLE, FEASIBLE or FAILED. */
static CoStatus
judge(const CoNlpRun *run)
{
	const CoResidual *r = &run->tried_residual;
	const CoOptions *o = run->options;
	double		unit = run->inner->f_unit,
				acceptable = co_max(o->acceptable_tolerance, o->tolerance);
	bool		far = !co_residual_within(r->gain, r->gain_scale, unit * acceptable, GAIN);

	if (!far && passes(r, unit, o->absolute_tolerance, o->tolerance))
		return CO_OPTIMAL;
	if (!far && passes(r, unit, acceptable, acceptable))
		return CO_ACCEPTABLE;
	return co_residual_within(r->primal, r->primal_scale, acceptable, acceptable) ? CO_FEASIBLE : CO_FAILED;
}

/*
 * Columns that mu_max drowns: a point from which the objective falls by more
 * than its accuracy, over moves that its variables can make, is no minimum.
 */
static CoRc
doubt(CoNlpRun *run, CoStatus *status)
{
	const CoResidual *r = &run->tried_residual;
	double		least = run->inner->f_unit * run->options->acceptable_tolerance + FALL * fabs(r->objective),
				gain;
	CoRc		rc;

	if ((*status != CO_OPTIMAL && *status != CO_ACCEPTABLE) || r->uncanceled <= CO_NLP_CANCELED)
		return CO_OK;
	rc = co_nlp_promise(run->arena, run->nlp, &run->tried, least, &gain);
	if (!rc && gain > 0.0)
		*status = CO_FEASIBLE;
	return rc;
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
 * What second derivatives say of the size of gradient and objective at the
 * point, for moves by max(1, |x_j|).
 */
static CoRc
find_curvature(CoNlpRun *run, double *gradient, double *objective)
{
	const CoNlp *nlp = run->nlp;
	const double *x = run->tried.x;
	double	   *value = run->inner->hess;
	CoRc		rc;

	*gradient = INFINITY;
	*objective = 0.0;
	if (!nlp->has_hess)
		return CO_OK;
	co_fill(nlp->m, 0.0, run->inner->y);
	run->inner->counts.hess++;
	rc = nlp->hess_at(nlp->self, x, 1.0, run->inner->y, value);
	if (rc)
		return rc == CO_NOT_FINITE ? CO_OK : rc;
	*gradient = 0.0;
	for (int j = 0; j < nlp->n; j++)
		for (int k = nlp->hess.start[j]; k < nlp->hess.start[j + 1]; k++)
		{
			double		size_i = co_max(1.0, fabs(x[nlp->hess.index[k]])),
						size_j = co_max(1.0, fabs(x[j]));

			*gradient = co_max(*gradient, fabs(value[k]) * co_max(size_i, size_j));
			*objective = co_max(*objective, fabs(value[k]) * size_i * size_j);
		}
	return CO_OK;
}

/*
 * Scales of a point that could not be made better: a row is measured by what
 * it is summed from, gradient and gap by the unit of the objective that the
 * scaling at the start has found, as far as second derivatives bear it out: a
 * bad start is no licence.
 */
static CoRc
loosen_scales(CoNlpRun *run)
{
	CoResidual *r = &run->tried_residual;
	double		unit = 1.0 / run->inner->f_scale,
				size = 0.0,
				gradient,
				objective;
	CoRc		rc = find_curvature(run, &gradient, &objective);

	if (!rc && isfinite(r->primal) && r->primal > run->options->absolute_tolerance)
		rc = co_nlp_term_size(run->arena, run->nlp, run->tried.x, &size);
	r->primal_scale = co_max(r->primal_scale, co_min(size, LOOSEST * co_max(1.0, r->primal_scale)));
	r->dual_scale = co_max(r->dual_scale, co_min(unit, gradient));
	r->gap_scale = co_max(r->gap_scale, co_min(unit, objective));
	return rc;
}

/* The largest of the residuals in units of the tolerances. */
static double
merit_of(const CoNlpRun *run, const CoResidual *r)
{
	const CoOptions *o = run->options;
	double		unit = run->inner->f_unit,
				gap = o->absolute_tolerance * unit_of_gap(r, unit),
				tiny = 1e-300;
	double		primal = r->primal / (o->absolute_tolerance + o->tolerance * r->primal_scale + tiny),
				dual = r->dual / (unit * o->absolute_tolerance + o->tolerance * r->dual_scale + tiny),
				compl = r->complementarity / (gap + o->tolerance * r->gap_scale + tiny);

	return co_max(primal, co_max(dual, compl));
}

/*
 * What a caller would rather have, first; INFEASIBLE needs no rank.  Where the
 * objective has no limit, no other point is a minimum.
 */
static int
rank_of(CoStatus status)
{
	switch (status)
	{
		case CO_UNBOUNDED:
			return 0;
		case CO_OPTIMAL:
			return 1;
		case CO_ACCEPTABLE:
			return 2;
		case CO_FEASIBLE:
			return 3;
		case CO_LOCALLY_INFEASIBLE:
			return 4;
		default:
			return 5;
	}
}

/*
 * Better status first; then, of optimal points, the lower objective, where it
 * differs by more than what the tolerance leaves open; then smaller residuals.
 */
static bool
is_better(const CoNlpRun *run, CoStatus status)
{
	const CoOptions *o = run->options;
	const CoResidual *now = &run->tried_residual,
			   *best = &run->sol->residual;

	if (status == CO_UNBOUNDED && run->have_result && run->sol->status == CO_OPTIMAL)
		return true;			/* found beyond a local minimum */
	if (!run->have_result || rank_of(status) != rank_of(run->sol->status))
		return !run->have_result || rank_of(status) < rank_of(run->sol->status);
	if (status == CO_OPTIMAL && !co_residual_within(fabs(now->objective - best->objective), best->gap_scale,
													GAP_SUM * o->absolute_tolerance, GAP_SUM * o->tolerance))
		return now->objective < best->objective;
	return merit_of(run, now) < merit_of(run, best);
}

static void
keep_better(CoNlpRun *run, CoStatus status, const CoOffer *offer)
{
	CoSolution *sol = run->sol;

	if (!is_better(run, status))
		return;
	co_copy(run->nlp->n, run->tried.x, sol->point.x);
	co_copy(run->nlp->m, run->tried.y, sol->point.y);
	co_copy(run->nlp->n, run->tried.z, sol->point.z);
	sol->residual = run->tried_residual;
	sol->status = status;
	sol->has_point = status != CO_FAILED;
	sol->method = co_nlp_method_word(run->method);
	sol->log = offer->log;
	sol->n_log = offer->n_log;
	sol->second_order = status == CO_OPTIMAL ? offer->second_order : CO_SECOND_ORDER_UNKNOWN;
	run->have_result = true;
}

/* The user's point of an offer, in run->tried. */
static CoRc
take_offer(CoNlpRun *run, const CoOffer *offer)
{
	const CoNlp *nlp = run->nlp;
	CoQpPoint  *tried = &run->tried;

	if (offer->y)
		return unwrap(run, offer->x, offer->y, offer->z, tried);
	co_inner_x(run->inner, offer->x, tried->x);
	for (int j = 0; j < nlp->n; j++)
		tried->x[j] = co_clamp(tried->x[j], nlp->xl[j], nlp->xu[j]);
	co_fill(nlp->m, 0.0, tried->y);
	co_fill(nlp->n, 0.0, tried->z);
	return CO_OK;
}

/* Remembered, for what comes later need not be better. */
CoRc
co_nlp_offer(CoNlpRun *run, const CoOffer *offer, bool *good)
{
	CoStatus	status;
	CoRc		rc = take_offer(run, offer);

	*good = false;
	if (!rc)
		rc = co_nlp_residual(run->arena, run->nlp, &run->tried, &run->tried_residual);
	if (rc)
		return rc;
	status = judge(run);
	if (status != CO_OPTIMAL && offer->loose)
	{
		rc = loosen_scales(run);
		status = judge(run);
	}
	if (!rc)
		rc = doubt(run, &status);
	*good = status == CO_OPTIMAL;
	if (!rc)
		keep_better(run, status, offer);
	return rc;
}

CoRc
co_nlp_offer_violation(CoNlpRun *run, const CoOffer *offer, bool *stationary)
{
	const CoOptions *o = run->options;
	CoResidual *r = &run->tried_residual;
	double		violation,
				leftover;
	CoRc		rc = take_offer(run, offer);

	*stationary = false;
	if (!rc)
		rc = co_nlp_check_stationary(run->arena, run->nlp, run->tried.x, run->tried.y,
									 &violation, &leftover);
	if (!rc)
		rc = co_nlp_residual(run->arena, run->nlp, &run->tried, r);
	if (rc)
		return rc;
	*stationary = leftover <= STATIONARY &&
		!co_residual_within(r->primal, r->primal_scale, o->absolute_tolerance, o->tolerance);
	keep_better(run, *stationary ? CO_LOCALLY_INFEASIBLE : CO_FAILED, offer);
	return CO_OK;
}

/* The direction from the start to the point in run->tried. */
static CoRc
point_from_start(CoNlpRun *run)
{
	CoSolution *sol = run->sol;
	double		length = 0.0;

	sol->ray = co_take_doubles(run->arena, (size_t) run->nlp->n);
	if (!sol->ray)
		return co_arena_failed(run->arena);
	for (int j = 0; j < run->nlp->n; j++)
	{
		sol->ray[j] = run->tried.x[j] - run->x0[j];
		length = co_max(length, fabs(sol->ray[j]));
	}
	co_scale(run->nlp->n, length > 0.0 ? 1.0 / length : 1.0, sol->ray);
	return CO_OK;
}

CoRc
co_nlp_has_floor(CoNlpRun *run, bool *answer)
{
	double		lowest;
	CoRc		rc = co_nlp_objective_floor(run->arena, run->nlp, &lowest);

	*answer = lowest > -INFINITY;
	return rc;
}

/*
 * The point in run->tried is low because the objective's numbers are large:
 * farther from the start there is a feasible point that is no lower.
 */
static CoRc
is_past_floor(CoNlpRun *run, bool *answer)
{
	const CoNlp *nlp = run->nlp;
	CoNlpValue	at = run->inner->at;
	CoMark		mark = co_mark(run->arena);
	double	   *x = co_take_doubles(run->arena, (size_t) nlp->n);
	CoRc		rc = co_arena_failed(run->arena);

	*answer = false;
	if (rc)
		return rc;
	for (int j = 0; j < nlp->n; j++)
		x[j] = co_clamp(run->x0[j] + FARTHER * (run->tried.x[j] - run->x0[j]), nlp->xl[j], nlp->xu[j]);
	rc = nlp->eval(nlp->self, x, CO_WANT_F | (nlp->m > 0 ? CO_WANT_C : 0), &at);
	co_rewind(run->arena, mark);
	if (rc)
		return rc == CO_NOT_FINITE ? CO_OK : rc;
	*answer = at.f >= run->tried_residual.objective;
	for (int i = 0; i < nlp->m && *answer; i++)
		*answer = at.c[i] >= nlp->cl[i] && at.c[i] <= nlp->cu[i];
	return CO_OK;
}

/* A feasible point that low is the proof; the ray shows where it came from. */
CoRc
co_nlp_offer_diverged(CoNlpRun *run, const CoOffer *offer, bool *unbounded)
{
	const CoOptions *o = run->options;
	const CoResidual *r = &run->tried_residual;
	double		size = 0.0;
	bool		bounded;
	CoRc		rc = co_nlp_offer(run, offer, unbounded);

	*unbounded = false;
	if (!rc)
		rc = co_nlp_term_size(run->arena, run->nlp, run->tried.x, &size);
	if (rc || !(r->objective <= -UNBOUNDED) || !isfinite(r->primal) ||
		!co_residual_within(r->primal, co_max(size, r->primal_scale), o->absolute_tolerance,
							o->tolerance))
		return rc;
	rc = co_nlp_has_floor(run, &bounded);
	if (!rc && !bounded)
		rc = is_past_floor(run, &bounded);
	if (!rc && !bounded)
		rc = point_from_start(run);
	if (rc || bounded)
		return rc;
	keep_better(run, CO_UNBOUNDED, offer);
	*unbounded = true;
	return CO_OK;
}

bool
co_nlp_is_settled(const CoNlpRun *run)
{
	const CoSolution *sol = run->sol;

	return sol->status == CO_OPTIMAL || sol->status == CO_UNBOUNDED ||
		run->inner->out_of_evaluations || co_nlp_iterations_left(run) == 0;
}

int
co_nlp_iterations_left(const CoNlpRun *run)
{
	int			left = run->options->nonlinear_max_iterations - run->sol->iterations;

	return left > 0 ? left : 0;
}

/*
 * A method that thinks so and is not believed has no other idea where to go,
 * which is what it says.
 */
void
co_nlp_end(CoNlpRun *run, CoTermination why)
{
	CoSolution *sol = run->sol;

	sol->termination =
		sol->status == CO_OPTIMAL || sol->status == CO_UNBOUNDED ? CO_TERM_SUCCESSFUL :
		sol->status == CO_LOCALLY_INFEASIBLE ? CO_TERM_INFEASIBLE :
		run->inner->out_of_evaluations ? CO_TERM_EVALUATION_LIMIT :
		why == CO_TERM_SUCCESSFUL || why == CO_TERM_INFEASIBLE ? CO_TERM_MERIT_STAGNATION : why;
}
