/*-------------------------------------------------------------------------
 *
 * solver/nlp.c
 *	  Solve a nonlinear program: remove what is fixed, scale, interior point,
 *	  undo, judge (nlp_judge.c); and the ladder of attempts around that.
 *
 * No status is taken from the method (src/README.md, "Life of one solve"):
 * nlp/nlp_residual.h says what the returned point is.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/nlp_run.h"

#include <stdio.h>

#include "base/vec.h"

/* Least squares that take longer are given up: the next start may be better. */
#define SQUARES_ITERATIONS 200

/* Multiples of it, modulo 1, are spread evenly. */
#define GOLDEN			0.6180339887498949

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

static CoRc
take_point(CoArena *arena, const CoNlp *nlp, CoQpPoint *point)
{
	point->x = co_take_zero_doubles(arena, (size_t) nlp->n);
	point->y = co_take_zero_doubles(arena, (size_t) nlp->m);
	point->z = co_take_zero_doubles(arena, (size_t) nlp->n);
	return co_arena_failed(arena);
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
start_warm(CoNlpRun *run, CoBarrier *b, const double *x)
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
follow(CoNlpRun *run, const Strategy *how, CoBarrier *b)
{
	int			left = run->options->nonlinear_max_iterations - run->sol->iterations;

	b->judge = co_nlp_run_judge;
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
start_barrier(CoNlpRun *run, const Strategy *how, CoBarrier **out)
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
run_barrier(CoNlpRun *run, const Strategy *how, CoBarrierVerdict *verdict)
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
			rc = co_nlp_run_take(run, b, *verdict);
		if (late && !rc)
			rc = CO_TIME_EXCEEDED;
	}
	return rc;
}

static bool
is_settled(const CoNlpRun *run)
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
try_least_squares(CoNlpRun *run)
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
try_beside(CoNlpRun *run, const double *start, double distance)
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
seek_feasible(CoNlpRun *run, bool *tried)
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

/*
 * The attempts, until one is optimal.  That no point is feasible, locally, is
 * said where all that seek one have come back without.
 */
static CoRc
climb(CoNlpRun *run)
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
solve(CoNlpRun *run)
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
	sol->memory_peak = arena->peak;
	sol->time_total = env->now(env->self) - begin;
	return rc;
}
