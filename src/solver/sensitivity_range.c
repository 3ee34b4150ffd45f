/*-------------------------------------------------------------------------
 *
 * solver/sensitivity_range.c
 *	  How far a parameter may move before the active set changes, to first
 *	  order: ratio tests along the tangent.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/sensitivity.h"

#include "base/vec.h"

/* A rate this small beside the terms it is the sum of is rounding. */
#define ZERO_RATE		1e-11

/* The same of a tangent that is the solution of a QP. */
#define ZERO_QP_RATE	1e-8

typedef struct Walk
{
	const CoSensitivity *s;
	const CoTangent *tangent;
	int			sign;
	bool		by_point;		/* multipliers are not looked at, but whether
								 * active sides are left */
	double		zero_rate;
	double	   *rate,			/* [m] of the rows */
			   *lower,			/* [n] sign * rates of the bounds */
			   *upper;			/* [n] */
	CoRange    *out;
} Walk;

static void
offer(CoRange *out, double step, CoRangeEvent event, int item, CoSide side)
{
	if (step < out->step)
		*out = (CoRange) {co_max(step, 0.0), event, item, side};
}

/* Something at value, between two sides, that changes at a rate. */
static void
offer_sides(CoRange *out, double value, double rate, double lower, double upper,
			CoRangeEvent event, int item)
{
	if (rate < 0.0 && isfinite(lower))
		offer(out, (lower - value) / rate, event, item, CO_SIDE_LOWER);
	if (rate > 0.0 && isfinite(upper))
		offer(out, (upper - value) / rate, event, item, CO_SIDE_UPPER);
}

/* A multiplier that must keep its sign. */
static void
offer_multiplier(CoRange *out, const CoStand *active, double multiplier, double rate,
				 double zero, CoRangeEvent event, int item)
{
	if (active->side == CO_SIDE_BOTH || active->side == CO_SIDE_NONE)
		return;
	if (active->side * rate < -zero)
		offer(out, active->weak ? 0.0 : -multiplier / rate, event, item, (CoSide) active->side);
}

/* An active side that is moved away from is left at once. */
static void
offer_departure(CoRange *out, const CoStand *active, double rate, double zero,
				CoRangeEvent event, int item)
{
	if (active->side != CO_SIDE_BOTH && active->side * rate < -zero)
		offer(out, 0.0, event, item, (CoSide) active->side);
}

static void
walk_active_row(const Walk *walk, int i, double size, double zero)
{
	const CoSensitivity *s = walk->s;

	if (walk->by_point)
		offer_departure(walk->out, &s->row[i], walk->sign * walk->rate[i], walk->zero_rate * size,
						CO_RANGE_ROW_LEAVES, i);
	else
		offer_multiplier(walk->out, &s->row[i], s->y[i], walk->sign * walk->tangent->y[i], zero,
						 CO_RANGE_ROW_LEAVES, i);
}

static void
walk_rows(const Walk *walk, const double *size)
{
	const CoSensitivity *s = walk->s;
	const CoParamNlp *nlp = s->nlp;
	const CoTangent *t = walk->tangent;
	double		zero = ZERO_RATE * co_max(co_norm_inf(nlp->m, t->y), co_norm_inf(nlp->n, t->z));

	for (int i = 0; i < nlp->m; i++)
	{
		if (s->row[i].side != CO_SIDE_NONE)
			walk_active_row(walk, i, size[i], zero);
		else if (fabs(walk->rate[i]) > walk->zero_rate * size[i])
			offer_sides(walk->out, nlp->c[i], walk->sign * walk->rate[i], nlp->cl[i], nlp->cu[i],
						CO_RANGE_ROW_BINDS, i);
	}
	for (int j = 0; j < nlp->n && !walk->by_point; j++)
		if (s->var[j].side != CO_SIDE_NONE)
			offer_multiplier(walk->out, &s->var[j], s->z[j], walk->sign * t->z[j], zero,
							 CO_RANGE_BOUND_LEAVES, j);
}

/* The other bound comes to a variable that moves with its own. */
static void
walk_active(const Walk *walk, int j)
{
	const CoParamNlp *nlp = walk->s->nlp;
	const CoStand *stand = &walk->s->var[j];
	double		closing = walk->lower[j] - walk->upper[j];

	if (stand->side == CO_SIDE_LOWER)
		offer_sides(walk->out, nlp->xl[j], closing, -INFINITY, nlp->xu[j], CO_RANGE_BOUND_BINDS, j);
	else if (stand->side == CO_SIDE_UPPER)
		offer_sides(walk->out, nlp->xu[j], -closing, nlp->xl[j], INFINITY, CO_RANGE_BOUND_BINDS, j);
	else if (stand->parts && closing != 0.0)
		offer(walk->out, 0.0, closing > 0.0 ? CO_RANGE_BOUND_BINDS : CO_RANGE_BOUND_LEAVES, j,
			  walk->s->z[j] > 0.0 ? CO_SIDE_LOWER : CO_SIDE_UPPER);
}

static void
walk_variables(const Walk *walk)
{
	const CoSensitivity *s = walk->s;
	const CoParamNlp *nlp = s->nlp;
	double		zero = walk->zero_rate * co_norm_inf(nlp->n, walk->tangent->x);

	for (int j = 0; j < nlp->n; j++)
	{
		double		rate = walk->sign * walk->tangent->x[j];

		if (s->var[j].side != CO_SIDE_NONE)
		{
			walk_active(walk, j);
			if (walk->by_point)
				offer_departure(walk->out, &s->var[j],
								rate - (s->var[j].side == CO_SIDE_LOWER ? walk->lower[j] : walk->upper[j]),
								zero, CO_RANGE_BOUND_LEAVES, j);
			continue;
		}
		if (fabs(rate - walk->lower[j]) > zero)
			offer_sides(walk->out, s->x[j], rate - walk->lower[j], nlp->xl[j], INFINITY,
						CO_RANGE_BOUND_BINDS, j);
		if (fabs(rate - walk->upper[j]) > zero)
			offer_sides(walk->out, s->x[j], rate - walk->upper[j], -INFINITY, nlp->xu[j],
						CO_RANGE_BOUND_BINDS, j);
	}
}

/* rate += a x, size += |a| |x| */
static void
add_terms(const CoCsc *a, int j, double x, double *rate, double *size)
{
	for (int e = a->start[j]; e < a->start[j + 1]; e++)
	{
		rate[a->index[e]] += a->value[e] * x;
		size[a->index[e]] += fabs(a->value[e] * x);
	}
}

static CoRc
go_along(const CoSensitivity *s, const CoDirection *direction, const CoTangent *tangent, int sign,
		 bool by_point, CoRange *out)
{
	const CoParamNlp *nlp = s->nlp;
	CoMark		mark = co_mark(s->arena);
	double	   *size = co_take_zero_doubles(s->arena, (size_t) nlp->m);
	Walk		walk = {
		.s = s, .tangent = tangent, .sign = sign, .out = out, .by_point = by_point,
		.zero_rate = by_point ? ZERO_QP_RATE : ZERO_RATE,
		.rate = co_take_zero_doubles(s->arena, (size_t) nlp->m),
		.lower = co_take_doubles(s->arena, (size_t) nlp->n),
		.upper = co_take_doubles(s->arena, (size_t) nlp->n)
	};

	if (co_arena_failed(s->arena))
		return co_arena_failed(s->arena);
	*out = (CoRange) {INFINITY, CO_RANGE_NEVER, -1, CO_SIDE_NONE};
	for (int j = 0; j < nlp->n; j++)
		if (tangent->x[j] != 0.0)
			add_terms(&nlp->jac, j, tangent->x[j], walk.rate, size);
	for (int t = 0; t < direction->n; t++)
		add_terms(&nlp->jac_p, direction->param[t], direction->weight[t], walk.rate, size);
	co_sensitivity_bound_rates(s, direction, sign, walk.lower, walk.upper);
	walk_rows(&walk, size);
	walk_variables(&walk);
	co_rewind(s->arena, mark);
	return CO_OK;
}

CoRc
co_sensitivity_range(const CoSensitivity *s, const CoDirection *direction,
					 const CoTangent *tangent, int sign, CoRange *out)
{
	return go_along(s, direction, tangent, sign, false, out);
}

CoRc
co_sensitivity_walk_point(const CoSensitivity *s, const CoDirection *direction,
						  const CoTangent *tangent, int sign, CoRange *out)
{
	return go_along(s, direction, tangent, sign, true, out);
}
