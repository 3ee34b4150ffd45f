/*-------------------------------------------------------------------------
 *
 * solver/active.c
 *	  The entry of the active-set solver: numbers in, answer out.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/active_private.h"

#include "base/vec.h"

/* The limit on pivots where none is given. */
#define PIVOTS_PER_ENTRY	20
#define LEAST_PIVOTS		1000

int
co_active_most_pivots(const CoQp *qp)
{
	return LEAST_PIVOTS + PIVOTS_PER_ENTRY * (qp->n + qp->m);
}

void
co_active_options_default(CoActiveOptions *options)
{
	options->feasibility = 1e-9;
	options->optimality = 1e-9;
	options->elastic = 0.0;
	options->max_pivots = 0;
	options->convex = false;
	options->curvature = CO_ACTIVE_LOCAL;
}

CoRc
co_active_new(CoArena *arena, const CoQp *qp, CoActive **out)
{
	CoActive   *a = co_take_zero(arena, 1, sizeof *a);
	CoRc		rc;

	if (!a)
		return co_arena_failed(arena);
	a->arena = arena;
	a->user = qp;
	a->n = qp->n;
	a->m = qp->m;
	a->answer.x = co_take_zero_doubles(arena, (size_t) qp->n);
	a->answer.y = co_take_zero_doubles(arena, (size_t) qp->m);
	a->answer.z = co_take_zero_doubles(arena, (size_t) qp->n);
	a->ray = co_take_zero_doubles(arena, (size_t) qp->n);
	rc = co_active_kkt_new(arena, qp, &a->kkt);
	*out = a;
	return rc ? rc : co_arena_failed(arena);
}

static CoRc
take_work(CoActive *a)
{
	CoArena    *arena = a->arena;
	size_t		n = (size_t) a->n,
				m = (size_t) a->m;
	CoRc		rc = co_arena_plan(arena, sizeof(double) * (12.0 * a->n + 9.0 * a->m) + 6.0 * ((double) a->n + a->m));

	if (rc)
		return rc;
	a->side = co_take_zero(arena, n + m, sizeof *a->side);
	a->equal = co_take_zero(arena, n + m, sizeof *a->equal);
	a->in = co_take_zero(arena, n + m, sizeof *a->in);
	a->weight = co_take_doubles(arena, m);
	a->rho = co_take_doubles(arena, n);
	a->shift = co_take_zero_doubles(arena, n);
	a->anchor = co_take_zero_doubles(arena, n);
	a->xy = co_take_zero_doubles(arena, n + m);
	a->centre = co_take_zero_doubles(arena, n + m);
	a->best = co_take_zero_doubles(arena, n + m);
	a->spare = co_take_zero(arena, n + m, sizeof *a->spare);
	a->centre_side = co_take_zero(arena, n + m, sizeof *a->centre_side);
	a->best_side = co_take_zero(arena, n + m, sizeof *a->best_side);
	a->g = co_take_doubles(arena, n);
	a->ax = co_take_doubles(arena, m);
	a->step = co_take_zero_doubles(arena, n + m);
	a->step_g = co_take_doubles(arena, n);
	a->step_ax = co_take_doubles(arena, m);
	a->rhs = co_take_doubles(arena, n + m);
	a->jump = co_take_doubles(arena, n + m);
	return co_arena_failed(arena);
}

/* A side that a hint may name. */
static signed char
allowed_side(const CoActive *a, int e, signed char hint)
{
	if (a->equal[e])
		return hint == CO_ACTIVE_LOWER ? CO_ACTIVE_LOWER : CO_ACTIVE_UPPER;
	if (hint == CO_ACTIVE_LOWER && isfinite(co_active_lower(a, e)))
		return hint;
	if (hint == CO_ACTIVE_UPPER && isfinite(co_active_upper(a, e)))
		return hint;
	return CO_ACTIVE_FREE;
}

/* true: the set names a side that is not an equality's. */
static bool
begin_set(CoActive *a, const CoActiveSet *set)
{
	bool		hinted = false;

	for (int e = 0; e < a->n + a->m; e++)
	{
		signed char hint = !set ? CO_ACTIVE_FREE : e < a->n ? set->col[e] : set->row[e - a->n];

		a->equal[e] = co_active_lower(a, e) == co_active_upper(a, e);
		a->side[e] = allowed_side(a, e, hint);
		if (e >= a->n && a->weight[e - a->n] < INFINITY &&
			(hint == CO_ACTIVE_ABOVE || hint == CO_ACTIVE_BELOW) &&
			isfinite(hint == CO_ACTIVE_ABOVE ? co_active_upper(a, e) : co_active_lower(a, e)))
			a->side[e] = hint;
		hinted = hinted || (!a->equal[e] && a->side[e] != CO_ACTIVE_FREE);
	}
	return hinted;
}

static double
start_of(const double *start, int i, double scale)
{
	return start && isfinite(start[i]) ? start[i] * scale : 0.0;
}

static void
begin_point(CoActive *a, const CoQpPoint *start)
{
	const double *x = start ? start->x : NULL,
			   *y = start ? start->y : NULL;

	for (int j = 0; j < a->n; j++)
		a->xy[j] = co_clamp(start_of(x, j, 1.0 / a->scaling.d[j]), a->qp.xl[j], a->qp.xu[j]);
	for (int i = 0; i < a->m; i++)
		a->xy[a->n + i] = start_of(y, i, a->scaling.k / a->scaling.e[i]);
	co_copy(a->n + a->m, a->xy, a->centre);
}

static void
begin_weights(CoActive *a)
{
	double		price = a->options->elastic;

	for (int i = 0; i < a->m; i++)
		a->weight[i] = price > 0.0 ? price * a->scaling.k / a->scaling.e[i] : INFINITY;
}

/* The multiplier of an entry that rests on no side, or of the wrong sign, is 0. */
static double
clean_multiplier(const CoActive *a, int e, double multiplier)
{
	if (a->side[e] == CO_ACTIVE_FREE || (!a->equal[e] && multiplier * a->side[e] < 0.0))
		return 0.0;
	return multiplier;
}

/* The violations that were paid for, in the user's numbers. */
static double
sum_elastic(const CoActive *a)
{
	double		sum = 0.0;

	for (int i = 0; i < a->m; i++)
		if (a->side[a->n + i] == CO_ACTIVE_ABOVE)
			sum += (a->ax[i] - a->qp.cu[i]) / a->scaling.e[i];
		else if (a->side[a->n + i] == CO_ACTIVE_BELOW)
			sum += (a->qp.cl[i] - a->ax[i]) / a->scaling.e[i];
	return sum;
}

/*
 * The answer in the user's numbers.  The multiplier of an equality says on
 * which side it rests.
 */
static void
take_answer(CoActive *a, CoActiveSet *set, double *certificate)
{
	double	   *z = a->step_g,
			   *y = a->xy + a->n;
	CoQpPoint	scaled = {a->xy, y, z};

	for (int j = 0; j < a->n; j++)
	{
		double		of_prox = a->prox * (a->xy[j] - a->centre[j]);

		a->xy[j] = co_clamp(a->xy[j], a->qp.xl[j], a->qp.xu[j]);
		z[j] = clean_multiplier(a, j, of_prox - a->g[j]);
	}
	for (int i = 0; i < a->m; i++)
		y[i] = certificate ? certificate[i] / a->scaling.e[i] : clean_multiplier(a, a->n + i, y[i]);
	a->outcome->elastic_sum = sum_elastic(a);
	co_unscale_point(a->user, &a->scaling, &scaled, &a->answer);
	for (int e = 0; set && e < a->n + a->m; e++)
	{
		signed char side = a->side[e];

		if (a->equal[e] && co_active_resting(side))
			side = (e < a->n ? z[e] : y[e - a->n]) < 0.0 ? CO_ACTIVE_LOWER : CO_ACTIVE_UPPER;
		*(e < a->n ? &set->col[e] : &set->row[e - a->n]) = side;
	}
}

static bool
has_finite_numbers(const CoQp *qp)
{
	for (int j = 0; j < qp->n; j++)
		if (isnan(qp->xl[j]) || isnan(qp->xu[j]))
			return false;
	for (int i = 0; i < qp->m; i++)
		if (isnan(qp->cl[i]) || isnan(qp->cu[i]))
			return false;
	return co_all_finite(co_csc_nnz(&qp->p), qp->p.value) && co_all_finite(co_csc_nnz(&qp->a), qp->a.value) &&
		co_all_finite(qp->n, qp->c);
}

static CoRc
solve_scaled(CoActive *a, CoActiveSet *set, const CoQpPoint *start)
{
	CoActiveOutcome *outcome = a->outcome;
	bool		hinted;
	CoRc		rc = co_scale_qp(a->arena, a->user, true, &a->qp, &a->scaling);

	if (!rc)
		rc = take_work(a);
	if (!rc)
		rc = co_active_kkt_load(a->kkt, &a->qp);
	if (rc)
		return rc;
	a->feasibility = a->options->feasibility;
	a->optimality = a->options->optimality;
	a->pivot_limit = a->options->max_pivots > 0 ? a->options->max_pivots :
		a->options->max_pivots < 0 ? 0 : co_active_most_pivots(a->user);
	begin_weights(a);
	hinted = begin_set(a, set);
	a->exchanged = hinted;
	begin_point(a, start);
	rc = co_poll(a->arena);
	if (!rc)
		rc = co_active_find_minimizer(a, hinted, &outcome->verdict);
	outcome->factorizations = a->kkt->n_factor;
	outcome->unfinished = rc == CO_TIME_EXCEEDED;
	if (rc && !outcome->unfinished)
		return rc;
	if (outcome->unfinished)
	{
		outcome->verdict = CO_ACTIVE_PIVOT_LIMIT;
		co_active_evaluate(a);
	}
	take_answer(a, set, outcome->verdict == CO_ACTIVE_INFEASIBLE ? a->answer.y : NULL);
	if (outcome->verdict == CO_ACTIVE_UNBOUNDED)
		outcome->ray = a->ray;
	return rc;
}

CoRc
co_active_solve(CoActive *active, const CoActiveOptions *options, CoActiveSet *set,
				const CoQpPoint *start, CoActiveOutcome *outcome)
{
	const CoQp *qp = active->user;
	CoMark		mark = co_mark(active->arena);
	CoRc		rc;

	memset(outcome, 0, sizeof *outcome);
	active->options = options;
	active->outcome = outcome;
	active->settling = false;
	outcome->point = active->answer;
	if (co_sides_cross(qp->n, qp->xl, qp->xu) || co_sides_cross(qp->m, qp->cl, qp->cu))
	{
		outcome->verdict = CO_ACTIVE_INFEASIBLE;
		co_fill(qp->m, 0.0, active->answer.y);
		return CO_OK;
	}
	if (!has_finite_numbers(qp))
		return CO_NOT_FINITE;
	rc = solve_scaled(active, set, start);
	co_rewind(active->arena, mark);
	return rc;
}
