/*-------------------------------------------------------------------------
 *
 * solver/nlp.c
 *	  Solve a nonlinear program: remove what is fixed, scale, interior point,
 *	  undo, judge; and the ladder of attempts around that.
 *
 * No status is taken from the method (src/README.md, "Life of one solve"):
 * nlp/nlp_residual.h says what the returned point is.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/nlp_solve.h"

#include <stdio.h>

#include "base/vec.h"
#include "nlp/nlp_inner.h"
#include "nlp/nlp_residual.h"
#include "solver/barrier.h"

/* A leftover of the violation's gradient that counts as stationary, relative. */
#define STATIONARY		1e-4

/* The sum of the complementarities may be this much larger than the largest. */
#define GAP_SUM			10.0

/* Least squares that take longer are given up: the next start may be better. */
#define SQUARES_ITERATIONS 200

/* Multiples of it, modulo 1, are spread evenly. */
#define GOLDEN			0.6180339887498949

/* An objective below -UNBOUNDED at a feasible point of iterates that diverge. */
#define UNBOUNDED		1e15

/* A ray is tried at multiples of the point's size up to RAY_END. */
#define RAY_STEP		1e3
#define RAY_END			1e15
#define RAY_SLOPE		1e-8	/* fall of the objective over the length, at least */
#define FAR_SLACK		1e-12	/* rounding of rows far out, relative */

/* Barrier parameter of a warm start that does not say its own. */
#define WARM_MU			1e-6

/* How far a start without values is moved inside, in units of the width. */
static const double start_moves[] = {0.0, 0.01, 0.1, 0.5, 1.0};
#define N_MOVES			((int) (sizeof start_moves / sizeof *start_moves))

/* What an attempt does differently. */
typedef struct Strategy
{
	double		mu;				/* times the option's */
	bool		reset_slacks;
	double		unrelax_mu,		/* as in solver/barrier.h */
				y_long;
} Strategy;

static const Strategy strategies[] = {
	{1.0, false, 1e-5, 1e4},
	{1.0, true, 0.0, INFINITY},
	{1e3, false, 1e-5, 1e4},
	{1e-3, true, 1e-5, 1e4},
};
#define N_STRATEGIES	(sizeof strategies / sizeof *strategies)

/* No attempt has more iterations than that: the next one may need fewer. */
#define ATTEMPT_ITERATIONS 1500

typedef struct NlpRun			/* one solve in progress */
{
	CoArena    *arena;
	const CoNlp *nlp;			/* the user's */
	const CoOptions *options;
	const CoNlpStart *start;
	CoSolution *sol;
	double	   *x0;				/* [n] */
	const double *warm_y,		/* [m] NULL: not a warm start */
			   *warm_z;			/* [n] */
	CoInner    *inner;
	CoBarrierKkt *kkt;
	CoQpPoint	tried;			/* work of the judge */
	CoResidual	tried_residual;
	bool		have_result;	/* sol holds a judged point */
} NlpRun;

static CoRc
take_point(CoArena *arena, const CoNlp *nlp, CoQpPoint *point)
{
	point->x = co_take_zero_doubles(arena, (size_t) nlp->n);
	point->y = co_take_zero_doubles(arena, (size_t) nlp->m);
	point->z = co_take_zero_doubles(arena, (size_t) nlp->n);
	return co_arena_failed(arena);
}

static bool
within(double residual, double scale, double absolute, double relative)
{
	return residual <= absolute + relative * scale;
}

static bool
passes(const CoResidual *r, double absolute, double relative)
{
	return within(r->primal, r->primal_scale, absolute, relative) &&
		within(r->dual, r->dual_scale, absolute, relative) &&
		within(r->complementarity, r->gap_scale, absolute, relative) &&
		within(r->gap, r->gap_scale, GAP_SUM * absolute, GAP_SUM * relative);
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
	return within(r->primal, r->primal_scale, acceptable, acceptable) ? CO_FEASIBLE : CO_FAILED;
}

/* Multipliers of fixed variables take up the stationarity. */
static CoRc
fill_fixed(NlpRun *run, CoQpPoint *point)
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
unwrap(NlpRun *run, const double *x, const double *y, const double *z, CoQpPoint *point)
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
loosen_scales(NlpRun *run)
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
keep_better(NlpRun *run, CoStatus status, const CoBarrier *b)
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
judge_tried(NlpRun *run, const CoBarrier *b, bool loose, bool *good)
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
judge_best(NlpRun *run, const CoBarrier *b, bool loose, bool *good)
{
	CoRc		rc = unwrap(run, b->best_x, b->best_y, b->best_z, &run->tried);

	return rc ? rc : judge_tried(run, b, loose, good);
}

static CoRc
judge_point(NlpRun *run, const CoBarrier *b, bool loose, bool *good)
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
static CoRc
judge_current(void *self, const CoBarrier *b, bool *good)
{
	return judge_point(self, b, false, good);
}

/* A feasible stationary point of the objective needs no multipliers. */
static CoRc
judge_without_multipliers(NlpRun *run, const CoBarrier *b, bool *good)
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
judge_last(NlpRun *run, const CoBarrier *b, CoBarrierVerdict verdict)
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
judge_violation(NlpRun *run, const CoBarrier *b, bool *stationary)
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
		!within(r->primal, r->primal_scale, o->absolute_tolerance, o->tolerance);
	return rc;
}

/*
 * The iterates left every bound.  A feasible point among them with an objective
 * that low is taken as the proof that there is no limit to it; the ray is the
 * direction from the start.
 */
static CoRc
judge_diverged(NlpRun *run, const CoBarrier *b)
{
	const CoResidual *r = &run->tried_residual;
	double		size = 0.0,
				length = 0.0;
	bool		good;
	CoRc		rc = judge_point(run, b, false, &good);

	if (!rc)
		rc = co_nlp_term_size(run->arena, run->nlp, run->tried.x, &size);
	if (rc || !(r->objective <= -UNBOUNDED) || !isfinite(r->primal) ||
		!within(r->primal, co_max(size, r->primal_scale), run->options->absolute_tolerance,
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

/* Judge where a run ended; the best of all points stays in sol. */
static CoRc
take_result(NlpRun *run, const CoBarrier *b, CoBarrierVerdict verdict)
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

/* x0 as far inside its bounds as move says. */
static void
move_start(const CoNlp *inner, const double *x0, double move, double *x)
{
	for (int j = 0; j < inner->n; j++)
	{
		double		lo = inner->xl[j],
					hi = inner->xu[j];

		x[j] = co_clamp(x0[j], lo, hi);
		if (isfinite(lo) && isfinite(hi))
			x[j] += move * (0.5 * (lo + hi) - x[j]);
		else if (isfinite(lo))
			x[j] = co_max(x[j], lo + move * co_max(1.0, fabs(lo)));
		else if (isfinite(hi))
			x[j] = co_min(x[j], hi - move * co_max(1.0, fabs(hi)));
		else
			x[j] += move * co_max(1.0, fabs(x[j]));
	}
}

static void
inner_point(const CoInner *inner, const double *user, double *x)
{
	for (int j = 0; j < inner->nlp.n; j++)
		x[j] = user[inner->var[j]];
}

/* From the user's multipliers, in the scale of the inner problem. */
static CoRc
start_warm(NlpRun *run, CoBarrier *b, const double *x)
{
	const CoInner *inner = run->inner;
	double	   *y = b->g_soc,
			   *z = b->eliminated;

	for (int i = 0; i < b->m; i++)
		y[i] = run->warm_y[inner->row[i]] * inner->f_scale / inner->row_scale[i];
	for (int j = 0; j < b->n; j++)
		z[j] = run->warm_z[inner->var[j]] * inner->f_scale;
	co_barrier_start_mu(b, run->start->mu > 0.0 ? run->start->mu : WARM_MU);
	if (b->mu < b->unrelax_mu)
		co_barrier_set_sides(b, 0.0);
	return co_barrier_start(b, x, y, z);
}

static void
follow(NlpRun *run, const Strategy *how, CoBarrier *b)
{
	int			left = run->options->nonlinear_max_iterations - run->sol->iterations;

	b->judge = judge_current;
	b->judge_self = run;
	b->reset_slacks = how->reset_slacks;
	b->unrelax_mu = how->unrelax_mu;
	b->y_long = how->y_long;
	b->max_iterations = left < ATTEMPT_ITERATIONS ? left : ATTEMPT_ITERATIONS;
}

/*
 * Scale and start at x0 or, where it has no values, at points further inside.
 * The scaling is that of x0 itself, in or out of its bounds, where it can be.
 */
static CoRc
start_barrier(NlpRun *run, const Strategy *how, CoBarrier **out)
{
	CoInner    *inner = run->inner;
	double	   *x0 = co_take_doubles(run->arena, (size_t) inner->nlp.n),
			   *x = co_take_doubles(run->arena, (size_t) inner->nlp.n);
	bool		scaled = false;
	CoRc		rc = co_arena_failed(run->arena);

	if (rc)
		return rc;
	inner_point(inner, run->x0, x0);
	for (int k = 0; k < N_MOVES; k++)
	{
		move_start(&inner->nlp, x0, start_moves[k], x);
		rc = CO_OK;
		if (run->options->scaling && !scaled)
		{
			rc = k == 0 ? co_inner_scale(inner, x0) : CO_NOT_FINITE;
			if (rc == CO_NOT_FINITE)
				rc = co_inner_scale(inner, x);
			if (rc == CO_NOT_FINITE)
				continue;
			scaled = !rc;
		}
		if (!rc)
			rc = co_barrier_new(run->arena, &inner->nlp, run->options, run->kkt,
								inner->row_scale, NULL, false, out);
		if (rc)
			return rc;
		follow(run, how, *out);
		rc = run->warm_y && k == 0 ? start_warm(run, *out, x) : CO_NOT_FINITE;
		if (rc != CO_NOT_FINITE)
			return rc;
		co_barrier_start_mu(*out, how->mu * run->options->barrier_start);
		rc = co_barrier_start(*out, x, NULL, NULL);
		if (rc != CO_NOT_FINITE)
			return rc;
	}
	return rc;
}

static CoRc
run_barrier(NlpRun *run, const Strategy *how, CoBarrierVerdict *verdict)
{
	CoSolution *sol = run->sol;
	CoBarrier  *b = NULL;
	CoRc		rc = start_barrier(run, how, &b);

	*verdict = CO_BARRIER_NONFINITE;
	if (!rc)
		rc = co_barrier_run(b, verdict);
	if (rc == CO_NOT_FINITE)
	{
		*verdict = CO_BARRIER_NONFINITE;
		sol->termination = CO_TERM_NONFINITE;
		rc = CO_OK;
	}
	run->warm_y = NULL;			/* a second attempt starts cold */
	if (b)
	{
		sol->iterations += b->iteration;
		sol->refinements += b->n_refine;
	}
	sol->factorizations = run->kkt->n_factor;
	if (rc == CO_TIME_EXCEEDED || !rc)
	{
		bool		late = rc != 0 && !run->inner->out_of_evaluations;

		if (late)
			run->arena->deadline = INFINITY;	/* the verdict takes a few evaluations */
		if (b && b->n_log > 0)
			rc = take_result(run, b, *verdict);
		if (late && !rc)
			rc = CO_TIME_EXCEEDED;
	}
	return rc;
}

static bool
is_settled(const NlpRun *run)
{
	const CoSolution *sol = run->sol;

	return sol->status == CO_OPTIMAL || sol->status == CO_UNBOUNDED ||
		run->inner->out_of_evaluations ||
		sol->iterations >= run->options->nonlinear_max_iterations;
}

/*
 * Least squares of the rows from the start, and where they lead to a feasible
 * point, an attempt from there.
 */
static CoRc
try_least_squares(NlpRun *run)
{
	CoBarrierVerdict verdict = CO_BARRIER_NO_STEP;
	CoBarrier  *b;
	bool		feasible = false;
	CoRc		rc = start_barrier(run, &strategies[0], &b);

	if (rc)
		return rc;
	if (b->max_iterations > SQUARES_ITERATIONS)
		b->max_iterations = SQUARES_ITERATIONS;
	rc = co_barrier_least_squares(b, &verdict, &feasible);
	run->sol->iterations += b->iteration;
	run->sol->factorizations = run->kkt->n_factor;
	if (rc || !feasible)
		return rc;
	co_inner_x(run->inner, b->best_x, run->x0);
	return run_barrier(run, &strategies[0], &verdict);
}

/* A start beside the user's, for one that is a saddle of the violation. */
static CoRc
try_beside(NlpRun *run, const double *start, double distance)
{
	CoBarrierVerdict verdict;
	double		place = 0.0;

	for (int j = 0; j < run->nlp->n; j++)
	{
		place += GOLDEN;
		place -= floor(place);
		run->x0[j] = start[j] + distance * (2.0 * place - 1.0) * co_max(1.0, fabs(start[j]));
		run->x0[j] = co_clamp(run->x0[j], run->nlp->xl[j], run->nlp->xu[j]);
	}
	return run_barrier(run, &strategies[0], &verdict);
}

/*
 * The violation of the first attempt is stationary.  Its squares, and starts
 * beside the first one, may still lead to a feasible point; *tried: all did not.
 */
static CoRc
seek_feasible(NlpRun *run, bool *tried)
{
	static const double distances[] = {0.0, 0.1, 1.0};
	double	   *start = co_take_doubles(run->arena, (size_t) run->nlp->n);
	CoRc		rc = co_arena_failed(run->arena);

	*tried = false;
	if (rc)
		return rc;
	co_copy(run->nlp->n, run->x0, start);
	for (size_t k = 0; k < sizeof distances / sizeof *distances; k++)
	{
		rc = k == 0 ? try_least_squares(run) : try_beside(run, start, distances[k]);
		if (rc && rc != CO_NOT_FINITE)
			return rc;
		if (run->sol->status != CO_LOCALLY_INFEASIBLE || is_settled(run))
			break;
		*tried = k + 1 == sizeof distances / sizeof *distances;
	}
	co_copy(run->nlp->n, start, run->x0);
	return CO_OK;
}

/* The direction from the start to the best point, without what a side blocks. */
static double
fill_ray(const NlpRun *run, double *ray)
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
probe_ray(NlpRun *run)
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

/*
 * The attempts, until one is optimal.  That no point is feasible, locally, is
 * said where all that seek one have come back without.
 */
static CoRc
climb(NlpRun *run)
{
	CoSolution *sol = run->sol;
	bool		sought = false,
				infeasible = false;
	CoRc		rc = CO_OK;

	for (size_t k = 0; k < N_STRATEGIES && !rc && !infeasible; k++)
	{
		CoBarrierVerdict verdict;

		rc = run_barrier(run, &strategies[k], &verdict);
		if (is_settled(run))
			break;
		if (!rc && sol->status == CO_LOCALLY_INFEASIBLE && !sought)
		{
			sought = true;
			rc = seek_feasible(run, &infeasible);
		}
		if (is_settled(run))
			break;
	}
	if (sol->status == CO_LOCALLY_INFEASIBLE && !infeasible)
	{
		sol->status = CO_FAILED;
		sol->termination = is_settled(run) ? CO_TERM_MAX_STEPS : CO_TERM_MERIT_STAGNATION;
	}
	if (!rc && sol->status == CO_FEASIBLE && !run->inner->out_of_evaluations)
		rc = probe_ray(run);
	return rc;
}

static bool
bounds_cross(const CoNlp *nlp)
{
	for (int j = 0; j < nlp->n; j++)
		if (nlp->xl[j] > nlp->xu[j] || nlp->xl[j] == INFINITY || nlp->xu[j] == -INFINITY)
			return true;
	for (int i = 0; i < nlp->m; i++)
		if (nlp->cl[i] > nlp->cu[i] || nlp->cl[i] == INFINITY || nlp->cu[i] == -INFINITY)
			return true;
	return false;
}

static CoRc
solve(NlpRun *run)
{
	const CoNlp *nlp = run->nlp;
	CoRc		rc = take_point(run->arena, nlp, &run->tried);

	run->x0 = co_take_zero_doubles(run->arena, (size_t) nlp->n);
	if (rc || !run->x0)
		return co_arena_failed(run->arena);
	if (bounds_cross(nlp))
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
	rc = co_inner_new(run->arena, nlp, run->x0, run->options->max_evaluations, &run->inner);
	if (!rc)
		rc = co_barrier_kkt_new(run->arena, &run->inner->nlp, &run->kkt);
	if (rc)
		return rc;
	run->sol->reduced_n = run->inner->nlp.n;
	run->sol->reduced_m = run->inner->nlp.m;
	run->sol->path = CO_KKT_SPARSE;
	run->sol->memory_predicted = co_ldl_stats(run->kkt->ldl)->memory;
	return climb(run);
}

CoRc
co_nlp_solve(CoArena *arena, const CoNlp *nlp, const CoOptions *options,
			 const CoNlpStart *start, CoSolution *sol)
{
	const CoEnv *env = arena->env;
	double		begin = env->now(env->self);
	NlpRun		run = {.arena = arena, .nlp = nlp, .options = options, .start = start, .sol = sol};
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
	sol->memory_peak = arena->peak;
	sol->time_total = env->now(env->self) - begin;
	return rc;
}
