/*-------------------------------------------------------------------------
 *
 * solver/active_qp.c
 *	  Solve one quadratic program by the active-set solver: presolve, solve,
 *	  undo, judge.
 *
 * The judge decides as in solver/qp.c.  Where it wants more than the solver's
 * tolerances have given, the solver goes on from its own answer with tighter
 * ones: mostly a few more centres for the same working set.
 *
 *-------------------------------------------------------------------------
 */
#include <stdio.h>

#include "base/vec.h"
#include "solver/active.h"
#include "solver/convex.h"
#include "solver/qp_run.h"
#include "solver/solution.h"

/* The solver's tolerances: of the user's, at least, at most; of the last round's. */
#define SHARE			0.1
#define LEAST_TOLERANCE	1e-12
#define MOST_TOLERANCE	1e-7
#define TIGHTER			0.03
#define MOST_ROUNDS		7

/* A ray of negative curvature: what is more than rounding of its terms. */
#define CURVATURE_ROUNDING	1e-12

/* And a slope, over its terms */
#define SLOPE_ROUNDING	1e-9

typedef struct ActiveRun
{
	CoQpRun		qp;				/* what the judge needs */
	CoActiveSet *set;			/* the user's, or NULL */
	bool		convex;
	bool		warm;			/* there is a hint of the active sides */
	int			least_iterations;	/* the default of max_iterations */
} ActiveRun;

static bool
has_hint(const CoQp *qp, const CoQpPoint *start, const CoActiveSet *set)
{
	if (start && start->y)
		return true;
	for (int j = 0; set && j < qp->n; j++)
		if (set->col[j] != CO_ACTIVE_FREE)
			return true;
	for (int i = 0; set && i < qp->m; i++)
		if (set->row[i] != CO_ACTIVE_FREE)
			return true;
	return false;
}

static signed char
side_of(double multiplier)
{
	return multiplier > 0.0 ? CO_ACTIVE_UPPER : multiplier < 0.0 ? CO_ACTIVE_LOWER : CO_ACTIVE_FREE;
}

/* The working set that a point's multipliers tell, and its variables on their bounds. */
static void
read_set(const CoQp *qp, const CoQpPoint *at, CoActiveSet *set)
{
	for (int j = 0; j < qp->n; j++)
	{
		set->col[j] = at->z ? side_of(at->z[j]) : CO_ACTIVE_FREE;
		if (set->col[j] == CO_ACTIVE_FREE && at->x && at->x[j] <= qp->xl[j])
			set->col[j] = CO_ACTIVE_LOWER;
		else if (set->col[j] == CO_ACTIVE_FREE && at->x && at->x[j] >= qp->xu[j])
			set->col[j] = CO_ACTIVE_UPPER;
	}
	for (int i = 0; i < qp->m; i++)
		set->row[i] = at->y ? side_of(at->y[i]) : CO_ACTIVE_FREE;
}

static CoRc
take_set(CoArena *arena, const CoQp *qp, CoActiveSet *set)
{
	set->row = co_take_zero(arena, (size_t) qp->m, sizeof *set->row);
	set->col = co_take_zero(arena, (size_t) qp->n, sizeof *set->col);
	return co_arena_failed(arena);
}

/*
 * Working set and point to begin with, of the reduced problem: the user's
 * where nothing was reduced, else x alone.
 */
static CoRc
begin_hint(ActiveRun *run, CoActiveSet *set, CoQpPoint *start)
{
	const CoQpPoint *given = run->qp.start;
	const CoQp *qp = run->qp.reduced;
	CoRc		rc = take_set(run->qp.arena, qp, set);

	memset(start, 0, sizeof *start);
	if (rc || (!given && !run->set))
		return rc;
	if (!run->qp.presolve)
	{
		if (given)
			*start = *given;
		if (run->set && has_hint(qp, NULL, run->set))
		{
			memcpy(set->col, run->set->col, (size_t) qp->n);
			memcpy(set->row, run->set->row, (size_t) qp->m);
		}
		else if (given && given->y)
			read_set(qp, given, set);
		return CO_OK;
	}
	if (!given || !given->x)
		return CO_OK;
	start->x = co_take_doubles(run->qp.arena, (size_t) qp->n);
	if (start->x)
		co_presolve_point(run->qp.presolve, given->x, start->x);
	return co_arena_failed(run->qp.arena);
}

/* Can every feasible point go along d without end? */
static bool
is_unblocked(const CoQp *qp, const double *d, double tiny, double *ad)
{
	for (int j = 0; j < qp->n; j++)
		if ((d[j] > tiny && qp->xu[j] < INFINITY) || (d[j] < -tiny && qp->xl[j] > -INFINITY))
			return false;
	co_fill(qp->m, 0.0, ad);
	co_csc_mul_add(&qp->a, 1.0, d, ad);
	for (int i = 0; i < qp->m; i++)
		if ((ad[i] > tiny && qp->cu[i] < INFINITY) || (ad[i] < -tiny && qp->cl[i] > -INFINITY))
			return false;
	return true;
}

/* No term of d'Pd is different from 0. */
static bool
has_no_curvature(const CoQp *qp, const double *d)
{
	const CoCsc *p = &qp->p;

	for (int j = 0; j < qp->n; j++)
		for (int k = p->start[j]; d[j] != 0.0 && k < p->start[j + 1]; k++)
			if (p->value[k] != 0.0 && d[p->index[k]] != 0.0)
				return false;
	return true;
}

/* Does the objective fall from x along d, by more than rounding? */
static bool
slopes_down(const CoQp *qp, const double *x, const double *d, double *gradient)
{
	double		slope = 0.0,
				terms = 0.0;

	co_copy(qp->n, qp->c, gradient);
	co_csc_symmul_add(&qp->p, 1.0, x, gradient);
	for (int j = 0; j < qp->n; j++)
	{
		slope += gradient[j] * d[j];
		terms += fabs(gradient[j] * d[j]);
	}
	return slope < -SLOPE_ROUNDING * terms;
}

/*
 * A direction of negative curvature that nothing blocks proves that the
 * objective has no end, from any feasible point; so does one without curvature
 * along which it falls, from this one.
 */
static bool
has_no_end(const CoQp *qp, const double *x, double *d, double *work)
{
	double		size = co_norm_inf(qp->n, d),
				largest = co_norm_inf(co_csc_nnz(&qp->p), qp->p.value),
				tiny = CURVATURE_ROUNDING * size;

	for (int j = 0; j < qp->n; j++)
		if (fabs(d[j]) <= tiny)
			d[j] = 0.0;
	if (!is_unblocked(qp, d, tiny, work))
		return false;
	if (co_csc_quadratic(&qp->p, d) < -CURVATURE_ROUNDING * largest * co_dot(qp->n, d, d))
		return true;
	return has_no_curvature(qp, d) && slopes_down(qp, x, d, work);
}

static void
settle_unbounded(CoSolution *sol, double *ray)
{
	sol->ray = ray;
	sol->has_point = true;
	sol->status = CO_UNBOUNDED;
	sol->termination = CO_TERM_SUCCESSFUL;
	sol->certificate_margin = 1.0;
}

/* The ray of a problem that is not convex, which was not reduced. */
static CoRc
settle_curved_ray(ActiveRun *run, const CoActiveOutcome *outcome, bool *settled)
{
	const CoQp *qp = run->qp.qp;
	CoSolution *sol = run->qp.sol;
	double	   *work = co_take_doubles(run->qp.arena, (size_t) co_max(qp->m, qp->n)),
			   *ray = co_take_doubles(run->qp.arena, (size_t) qp->n);
	CoRc		rc = co_arena_failed(run->qp.arena);

	*settled = false;
	if (!rc)
		rc = co_qp_run_judge(&run->qp, &outcome->point);
	if (rc || sol->status == CO_FAILED)
		return rc;
	co_copy(qp->n, outcome->ray, ray);
	*settled = has_no_end(qp, outcome->point.x, ray, work);
	if (*settled)
		settle_unbounded(sol, ray);
	return CO_OK;
}

/* Does no row stop column j when it goes the way of sign? */
static bool
is_column_unblocked(const CoQp *qp, int j, double sign)
{
	for (int k = qp->a.start[j]; k < qp->a.start[j + 1]; k++)
	{
		double		growth = sign * qp->a.value[k];

		if ((growth > 0.0 && qp->cu[qp->a.index[k]] < INFINITY) ||
			(growth < 0.0 && qp->cl[qp->a.index[k]] > -INFINITY))
			return false;
	}
	return (sign > 0.0 ? qp->xu[j] : -qp->xl[j]) == INFINITY;
}

/* The gradient, and the terms it is summed from; of columns with curvature infinite */
static void
fill_slopes(const CoQp *qp, const double *x, double *gradient, double *terms)
{
	const CoCsc *p = &qp->p;

	co_copy(qp->n, qp->c, gradient);
	co_csc_symmul_add(p, 1.0, x, gradient);
	for (int j = 0; j < qp->n; j++)
		terms[j] = fabs(qp->c[j]);
	for (int j = 0; j < qp->n; j++)
		for (int k = p->start[j]; k < p->start[j + 1]; k++)
		{
			int			i = p->index[k];

			terms[i] += i == j && p->value[k] != 0.0 ? INFINITY : fabs(p->value[k] * x[j]);
			terms[j] += i == j ? 0.0 : fabs(p->value[k] * x[i]);
		}
}

/*
 * A single column along which f falls without end, from a point that is
 * feasible: an indefinite P leads there by small steps only.
 */
static CoRc
find_axis_ray(ActiveRun *run, const double *x, bool *found)
{
	const CoQp *qp = run->qp.qp;
	double	   *gradient = co_take_doubles(run->qp.arena, (size_t) qp->n),
			   *terms = co_take_doubles(run->qp.arena, (size_t) qp->n),
			   *ray = co_take_zero_doubles(run->qp.arena, (size_t) qp->n);
	CoRc		rc = co_arena_failed(run->qp.arena);

	if (rc)
		return rc;
	fill_slopes(qp, x, gradient, terms);
	for (int j = 0; j < qp->n && !*found; j++)
	{
		double		sign = gradient[j] > 0.0 ? -1.0 : 1.0;

		*found = fabs(gradient[j]) > SLOPE_ROUNDING * terms[j] && is_column_unblocked(qp, j, sign);
		if (*found)
			ray[j] = sign;
	}
	if (*found)
		settle_unbounded(run->qp.sol, ray);
	return CO_OK;
}

static CoTermination
termination_of(CoActiveVerdict verdict)
{
	switch (verdict)
	{
		case CO_ACTIVE_OPTIMAL:
			return CO_TERM_SUCCESSFUL;
		case CO_ACTIVE_PIVOT_LIMIT:
			return CO_TERM_MAX_STEPS;
		default:
			return CO_TERM_MERIT_STAGNATION;
	}
}

/* What a round of the solver is worth; *settled: no other round is needed. */
static CoRc
take_outcome(ActiveRun *run, const CoActiveOutcome *outcome, bool *settled)
{
	CoSolution *sol = run->qp.sol;
	CoRc		rc;

	sol->iterations += outcome->pivots;
	sol->factorizations += outcome->factorizations;
	sol->termination = termination_of(outcome->verdict);
	*settled = false;
	if (outcome->verdict == CO_ACTIVE_INFEASIBLE)
		return co_qp_run_accept_infeasible(&run->qp, outcome->point.y, settled);
	if (outcome->verdict == CO_ACTIVE_UNBOUNDED && run->convex)
		return co_qp_run_settle_ray(&run->qp, outcome->ray, settled);
	if (outcome->verdict == CO_ACTIVE_UNBOUNDED)
		return settle_curved_ray(run, outcome, settled);
	rc = co_qp_run_judge(&run->qp, &outcome->point);
	*settled = !rc && sol->status == CO_OPTIMAL;
	if (*settled)
		sol->termination = CO_TERM_SUCCESSFUL;
	else if (sol->termination == CO_TERM_SUCCESSFUL)
		sol->termination = CO_TERM_MERIT_STAGNATION;
	if (!rc && !run->convex && sol->status == CO_FEASIBLE)
		rc = find_axis_ray(run, outcome->point.x, settled);
	return rc;
}

/* Is the user's limit one on all pivots? */
static bool
is_limited(const ActiveRun *run)
{
	return run->qp.options->max_iterations < run->least_iterations;
}

static bool
is_at_limit(const ActiveRun *run)
{
	return is_limited(run) && run->qp.sol->termination == CO_TERM_MAX_STEPS;
}

/* Pivots of the next round, as CoActiveOptions has them. */
static int
pivots_of_round(const ActiveRun *run)
{
	int			most = run->qp.options->max_iterations,
				by_size = co_active_most_pivots(run->qp.reduced);

	if (!is_limited(run))
		return most > by_size ? most : by_size;
	most -= run->qp.sol->iterations;
	return most > 0 ? most : -1;
}

/*
 * One round, and what it is worth.  Out of time: what the solver came to is
 * judged all the same, which takes no more than a few products.
 */
static CoRc
solve_round(ActiveRun *run, CoActive *active, CoActiveOptions *options, CoActiveSet *set,
			const CoQpPoint *start, CoActiveOutcome *outcome, bool *settled)
{
	CoRc		rc;
	bool		late;

	options->max_pivots = pivots_of_round(run);
	rc = co_active_solve(active, options, set, start, outcome);
	late = rc == CO_TIME_EXCEEDED && outcome->unfinished;
	if (late)
		run->qp.arena->deadline = INFINITY;
	if (!rc || late)
		rc = take_outcome(run, outcome, settled);
	return late && !rc && !*settled ? CO_TIME_EXCEEDED : rc;
}

/*
 * After a round or an attempt that has not settled the case: the result of the
 * one before, where that was better.
 */
static void
keep_last(ActiveRun *run, const CoSolution *last, CoRc rc, bool settled)
{
	CoSolution *sol = run->qp.sol;
	CoTermination why = sol->termination;
	bool		limited = is_at_limit(run);

	if (settled)
		return;
	if (last->has_point && (!rc || rc == CO_TIME_EXCEEDED) && sol->has_point)
		co_qp_run_keep_better(&run->qp, last);
	else if (last->has_point || (rc && rc != CO_TIME_EXCEEDED))
	{
		sol->point = last->point;
		sol->residual = last->residual;
		sol->status = last->status;
		sol->has_point = last->has_point;
	}
	if (limited)
		sol->termination = why;
}

static CoRc
solve_reduced(ActiveRun *run, bool *settled)
{
	const CoOptions *user = run->qp.options;
	CoArena    *arena = run->qp.arena;
	CoActiveOptions options;
	CoActiveOutcome outcome;
	CoActiveSet set;
	CoQpPoint	start;
	CoActive   *active;
	double		tolerance = SHARE * fmax(user->tolerance, user->absolute_tolerance);
	CoRc		rc = begin_hint(run, &set, &start);

	*settled = false;
	if (!rc)
		rc = co_active_new(arena, run->qp.reduced, &active);
	co_active_options_default(&options);
	options.feasibility = options.optimality = co_clamp(tolerance, LEAST_TOLERANCE, MOST_TOLERANCE);
	options.convex = run->convex;
	for (int k = 0; k < MOST_ROUNDS && !rc && !*settled && !is_at_limit(run); k++)
	{
		CoSolution	last = *run->qp.sol;

		if (k > 0)
			rc = co_qp_take_point(arena, run->qp.qp->n, run->qp.qp->m, &run->qp.sol->point);
		if (!rc)
			rc = solve_round(run, active, &options, &set, &start, &outcome, settled);
		if (k > 0)
			keep_last(run, &last, rc, *settled);
		start = outcome.point;
		options.feasibility *= TIGHTER;
		options.optimality *= TIGHTER;
	}
	if (!rc && run->set && !run->qp.presolve)
	{
		memcpy(run->set->col, set.col, (size_t) run->qp.qp->n);
		memcpy(run->set->row, set.row, (size_t) run->qp.qp->m);
	}
	return rc;
}

/* Once more without presolve: a postsolve multiplies residuals. */
static CoRc
retry_whole(ActiveRun *run, bool *settled)
{
	CoQpRun    *qp = &run->qp;
	CoSolution	first = *qp->sol;
	CoRc		rc = co_qp_take_point(qp->arena, qp->qp->n, qp->qp->m, &qp->sol->point);

	qp->presolve = NULL;
	qp->reduced = qp->qp;
	if (!rc)
		rc = solve_reduced(run, settled);
	keep_last(run, &first, rc, *settled);
	return rc;
}

static CoRc
solve(ActiveRun *run)
{
	CoQpRun    *qp = &run->qp;
	bool		settled = false;
	CoRc		rc = CO_OK;

	if (co_solution_end_crossed(qp->sol, qp->qp->n, qp->qp->xl, qp->qp->xu, qp->qp->m,
								qp->qp->cl, qp->qp->cu))
		return CO_OK;
	rc = co_convex_check(qp->arena, qp->qp);
	run->convex = rc == CO_OK;
	if (rc == CO_NOT_CONVEX)
		rc = CO_OK;
	if (!rc && qp->options->presolve && run->convex && !run->warm)
		rc = co_qp_run_presolve(qp, &settled);
	if (rc || settled)
		return rc;
	qp->sol->reduced_n = qp->reduced->n;
	qp->sol->reduced_m = qp->reduced->m;
	qp->sol->path = CO_KKT_SPARSE;
	snprintf(qp->sol->reason, sizeof qp->sol->reason, "active sets%s%s", run->warm ? ", from a working set" : "",
			 run->convex ? "" : ", a local minimizer of an objective that is not convex");
	rc = solve_reduced(run, &settled);
	if (rc || settled || !qp->presolve || is_at_limit(run))
		return rc;
	return retry_whole(run, &settled);
}

CoRc
co_active_qp_solve(CoArena *arena, const CoQp *qp, const CoOptions *options, const CoQpPoint *start,
				   CoActiveSet *set, CoSolution *sol)
{
	double		begin = co_solution_start_clock(arena, options);
	ActiveRun	run = {.qp = {.arena = arena, .qp = qp, .options = options, .start = start, .sol = sol,
	.reduced = qp, .prefer = CO_KKT_NONE}, .set = set, .warm = has_hint(qp, start, set)};
	CoOptions	standard;
	CoRc		rc = co_solution_begin(arena, qp->n, qp->m, sol);

	co_options_default(&standard);
	run.least_iterations = standard.max_iterations;
	if (!rc)
		rc = solve(&run);
	arena->deadline = INFINITY;
	if (rc == CO_TIME_EXCEEDED)
		rc = co_qp_run_judge_unfinished(&run.qp);
	if (!rc && set && run.qp.presolve && sol->has_point)
		read_set(qp, &sol->point, set);
	co_solution_finish(arena, begin, sol);
	return rc;
}
