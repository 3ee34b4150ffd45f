/*-------------------------------------------------------------------------
 *
 * solver/sensitivity_track.c
 *	  How far a parameter may move before the active set changes, to rounding:
 *	  the equations of the active set are solved again along the way.
 *
 * Of a linear or quadratic program these are linear in x and y for every value
 * of the parameter, also where it is a coefficient and x depends on it as a
 * quotient of polynomials.  The end of the range is a zero of the first slack
 * that falls: found by Newton's method, the derivative being the tangent's, and
 * bisection where that leaves what is known to hold the zero.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/sensitivity.h"

#include "base/vec.h"

/* The prediction to first order solves the equations: then it always does. */
#define LINEAR			1e-9

/* Slacks below this, relative, are zeros; as the sides of a polished point. */
#define ZERO_SLACK		1e-11

/* Two ends this near, relative, are one. */
#define SAME_END		1e-11

/* A range without an end is looked at until here, in sizes of the parameter. */
#define FARTHEST		1e6

#define MAX_STEPS		100

typedef struct Track
{
	CoSensitivity *s;
	int			param;
	int			sign;
	const double *p0;			/* [np] at the solution */
	double	   *p;				/* [np] */
	double	   *x0,				/* [n] */
			   *y0,				/* [m] */
			   *z0;				/* [n] */
	CoTangent	tangent;
	double		feasible,		/* distances known to be inside and outside */
				infeasible;
	CoRange		event;			/* what was violated outside */
} Track;

/*--------------------------------------------------------------------------
 * Slacks
 *--------------------------------------------------------------------------
 */

/* How fast a bound moves with the parameter. */
static double
rate_of_bound(const Track *track, int j, CoSide side)
{
	const CoParamBounds *bounds = track->s->nlp->bounds;
	int			k = track->param;
	double		rate = 0.0;

	for (int e = bounds ? bounds->jac.start[k] : 0; bounds && e < bounds->jac.start[k + 1]; e++)
	{
		int			i = bounds->jac.index[e];

		if (bounds->var[i] == j && bounds->is_upper[i] == (side == CO_SIDE_UPPER))
			rate += bounds->jac.value[e];
	}
	return rate;
}

/* The slack of an event at s, and how fast it changes with the parameter, relative to its size. */
static void
slack_of(const Track *track, const CoRange *event, double *slack, double *rate)
{
	const CoSensitivity *s = track->s;
	const CoParamNlp *nlp = s->nlp;
	int			i = event->item;
	double		value = 0.0,
				change = 0.0,
				side = 0.0;

	switch (event->event)
	{
		case CO_RANGE_ROW_BINDS:
			value = nlp->c[i];
			for (int j = 0; j < nlp->n; j++)
				for (int e = nlp->jac.start[j]; e < nlp->jac.start[j + 1]; e++)
					change += nlp->jac.index[e] == i ? nlp->jac.value[e] * track->tangent.x[j] : 0.0;
			for (int e = nlp->jac_p.start[track->param]; e < nlp->jac_p.start[track->param + 1]; e++)
				change += nlp->jac_p.index[e] == i ? nlp->jac_p.value[e] : 0.0;
			side = event->side == CO_SIDE_LOWER ? nlp->cl[i] : nlp->cu[i];
			break;
		case CO_RANGE_BOUND_BINDS:
			value = s->x[i];
			change = track->tangent.x[i] - rate_of_bound(track, i, event->side);
			side = event->side == CO_SIDE_LOWER ? nlp->xl[i] : nlp->xu[i];
			break;
		case CO_RANGE_ROW_LEAVES:
			value = s->y[i];
			change = track->tangent.y[i];
			break;
		case CO_RANGE_BOUND_LEAVES:
			value = s->z[i];
			change = track->tangent.z[i];
			break;
		case CO_RANGE_NO_SOLUTION:
		case CO_RANGE_NEVER:
			break;
	}
	/* A multiplier must stay on its side of 0, a value inside its side. */
	if (event->event == CO_RANGE_ROW_LEAVES || event->event == CO_RANGE_BOUND_LEAVES)
	{
		*slack = event->side * value / s->dual_size;
		*rate = event->side * change / s->dual_size;
	}
	else
	{
		*slack = event->side * (side - value) / co_max(1.0, fabs(side));
		*rate = -event->side * change / co_max(1.0, fabs(side));
	}
	*rate *= track->sign;
}

static void
consider(double slack, CoRangeEvent event, int item, CoSide side, double *least, CoRange *worst)
{
	if (slack < *least)
	{
		*least = slack;
		*worst = (CoRange) {0.0, event, item, side};
	}
}

static void
consider_sides(double value, double lower, double upper, CoRangeEvent event, int item,
			   double *least, CoRange *worst)
{
	if (isfinite(lower))
		consider((value - lower) / co_max(1.0, fabs(lower)), event, item, CO_SIDE_LOWER, least, worst);
	if (isfinite(upper))
		consider((upper - value) / co_max(1.0, fabs(upper)), event, item, CO_SIDE_UPPER, least, worst);
}

/* The most negative slack, if any is. */
static double
find_violated(const CoSensitivity *s, CoRange *worst)
{
	const CoParamNlp *nlp = s->nlp;
	double		least = -ZERO_SLACK;

	*worst = (CoRange) {INFINITY, CO_RANGE_NEVER, -1, CO_SIDE_NONE};
	for (int i = 0; i < nlp->m; i++)
		if (s->row[i].side == CO_SIDE_NONE)
			consider_sides(nlp->c[i], nlp->cl[i], nlp->cu[i], CO_RANGE_ROW_BINDS, i, &least, worst);
		else if (s->row[i].side != CO_SIDE_BOTH)
			consider(s->row[i].side * s->y[i] / s->dual_size, CO_RANGE_ROW_LEAVES, i,
					 (CoSide) s->row[i].side, &least, worst);
	for (int j = 0; j < nlp->n; j++)
		if (s->var[j].side == CO_SIDE_NONE)
			consider_sides(s->x[j], nlp->xl[j], nlp->xu[j], CO_RANGE_BOUND_BINDS, j, &least, worst);
		else if (s->var[j].side != CO_SIDE_BOTH)
		{
			consider(s->var[j].side * s->z[j] / s->dual_size, CO_RANGE_BOUND_LEAVES, j,
					 (CoSide) s->var[j].side, &least, worst);
			consider_sides(s->x[j], nlp->xl[j], nlp->xu[j], CO_RANGE_BOUND_BINDS, j, &least, worst);
		}
	return least;
}

/*--------------------------------------------------------------------------
 * Points along the way
 *--------------------------------------------------------------------------
 */

static CoRc
take_track(Track *track)
{
	CoSensitivity *s = track->s;
	CoArena    *arena = s->arena;
	size_t		n = (size_t) s->nlp->n,
				m = (size_t) s->nlp->m;

	track->p = co_take_doubles(arena, (size_t) s->nlp->np);
	track->x0 = co_take_doubles(arena, n);
	track->y0 = co_take_doubles(arena, m);
	track->z0 = co_take_doubles(arena, n);
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	track->p0 = s->p;
	co_copy(s->nlp->np, s->p, track->p);
	co_copy(s->nlp->n, s->x, track->x0);
	co_copy(s->nlp->m, s->y, track->y0);
	co_copy(s->nlp->n, s->z, track->z0);
	s->p = track->p;
	return co_tangent_new(arena, s->nlp, &track->tangent);
}

static CoRc
return_to_solution(Track *track, bool was_polished, bool was_factored)
{
	CoSensitivity *s = track->s;
	CoRc		rc;

	s->p = track->p0;
	co_copy(s->nlp->n, track->x0, s->x);
	co_copy(s->nlp->m, track->y0, s->y);
	co_copy(s->nlp->n, track->z0, s->z);
	s->is_polished = was_polished;
	rc = co_param_eval(s->nlp, s->x, s->p, s->y);
	if (rc)
		return rc;
	co_param_lagrangian(s->nlp, s->y, s->lagrangian);
	return was_factored ? co_sensitivity_kkt_factor(s->kkt, s->nlp, false) : CO_OK;
}

/* x and y at a distance to first order, but for bounds, which are what they are there. */
static CoRc
predict(Track *track, double distance, const CoTangent *first)
{
	CoSensitivity *s = track->s;
	CoRc		rc;

	track->p[track->param] = track->p0[track->param] + track->sign * distance;
	co_copy(s->nlp->n, track->x0, s->x);
	co_copy(s->nlp->m, track->y0, s->y);
	co_axpy(s->nlp->n, track->sign * distance, first->x, s->x);
	co_axpy(s->nlp->m, track->sign * distance, first->y, s->y);
	rc = co_param_set_bounds(s->nlp, s->p);
	if (!rc)
		co_sensitivity_to_bounds(s);
	return rc;
}

/* The point at a distance, from its prediction by the solution's tangent. */
static CoRc
go_to(Track *track, double distance, const CoTangent *first, bool *found)
{
	CoSensitivity *s = track->s;
	CoRc		rc = predict(track, distance, first);

	if (!rc)
		rc = co_sensitivity_newton(s);
	*found = rc == CO_OK && s->is_polished;
	return rc == CO_NOT_FINITE ? CO_OK : rc;
}

/*
 * Is the solution to first order that of the equations, at this distance?  Not
 * with bounds that are not linear themselves: which of them is met first may be
 * seen on the way only.
 */
static CoRc
test_linear(Track *track, double distance, const CoTangent *first, bool *is_linear)
{
	CoSensitivity *s = track->s;
	double		error = INFINITY;
	CoRc		rc = predict(track, distance, first);

	if (!rc)
		rc = co_sensitivity_errors(s, &error);
	*is_linear = rc == CO_OK && error <= LINEAR && (!s->nlp->bounds || s->nlp->bounds->is_affine);
	return rc == CO_NOT_FINITE ? CO_OK : rc;
}

/*--------------------------------------------------------------------------
 * The end of the range
 *--------------------------------------------------------------------------
 */

/*
 * One point: the interval around the end shrinks; *next is where to look
 * next, < 0: the end is found, in *out.
 */
static CoRc
look_at(Track *track, double distance, const CoTangent *first, CoRange *out, double *next)
{
	CoSensitivity *s = track->s;
	double		one = 1.0,
				slack,
				rate;
	CoDirection direction = {1, &track->param, &one};
	CoRange		violated,
				ahead;
	bool		found;
	CoRc		rc = go_to(track, distance, first, &found);

	*next = -1.0;
	if (rc || (rc = co_sensitivity_kkt_factor(s->kkt, s->nlp, false)))
		return rc;
	/* A point that is no minimizer is outside, too. */
	if (!found || s->kkt->inertia.n_positive != s->kkt->n)
	{
		track->infeasible = distance;
		*next = 0.5 * (track->feasible + distance);
		return CO_OK;
	}
	rc = co_sensitivity_solve(s, &direction, &track->tangent);
	if (rc)
		return rc;
	find_violated(s, &violated);
	if (violated.event != CO_RANGE_NEVER)
	{
		track->infeasible = distance;
		track->event = violated;
		slack_of(track, &violated, &slack, &rate);
		*next = distance - slack / rate;
		return CO_OK;
	}
	track->feasible = distance;
	rc = co_sensitivity_range(s, &direction, &track->tangent, track->sign, &ahead);
	if (rc)
		return rc;
	*next = distance + ahead.step;
	if (ahead.step <= SAME_END * co_max(1.0, distance))
	{
		*out = ahead;
		out->step += distance;
		*next = -1.0;
	}
	return CO_OK;
}

static CoRc
find_end(Track *track, double distance, double farthest, const CoTangent *first, CoRange *out,
		 bool *found)
{
	*found = false;
	for (int step = 0; step < MAX_STEPS && !*found; step++)
	{
		double		next;
		CoRc		rc = look_at(track, distance, first, out, &next);

		if (rc)
			return rc;
		if (next < 0.0 && !isnan(next) && isfinite(out->step) && track->feasible == distance)
			*found = true;
		else if (isfinite(track->infeasible) &&
				 track->infeasible - track->feasible <= SAME_END * co_max(1.0, track->infeasible))
		{
			*out = track->event;
			out->step = track->infeasible;
			*found = out->event != CO_RANGE_NEVER;
			return CO_OK;
		}
		else if (isinf(track->infeasible) && distance >= farthest)
		{
			*out = (CoRange) {INFINITY, CO_RANGE_NEVER, -1, CO_SIDE_NONE};
			*found = true;
		}
		else if (isinf(track->infeasible) && !(next <= 10.0 * distance))
			next = 10.0 * distance;
		else if (!(next > track->feasible && next < track->infeasible))
			next = 0.5 * (track->feasible + track->infeasible);
		distance = next;
	}
	return CO_OK;
}

CoRc
co_sensitivity_track(CoSensitivity *s, int param, int sign, const CoTangent *first, CoRange *range,
					 bool *exact)
{
	Track		track = {.s = s, .param = param, .sign = sign, .infeasible = INFINITY};
	CoMark		mark = co_mark(s->arena);
	double		size = co_max(1.0, fabs(s->p[param]));
	double		distance = isfinite(range->step) ? range->step : size;
	bool		was_polished = s->is_polished,
				is_linear = false;
	CoRange		end = *range;
	CoRc		rc,
				back;

	/* What is linear in the parameters too needs no look. */
	*exact = range->step == 0.0 || s->is_linear;
	if (*exact || !s->is_polished || !co_all_finite(s->nlp->n, first->x))
		return CO_OK;
	rc = take_track(&track);
	if (rc)
		return rc;
	rc = test_linear(&track, distance, first, &is_linear);
	*exact = is_linear;
	if (!rc && !is_linear)
		rc = find_end(&track, distance, FARTHEST * size, first, &end, exact);
	if (*exact && !is_linear)
		*range = end;
	back = return_to_solution(&track, was_polished, !is_linear);
	co_rewind(s->arena, mark);
	return rc ? rc : back;
}
