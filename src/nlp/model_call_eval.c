/*-------------------------------------------------------------------------
 *
 * nlp/model_call_eval.c
 *	  Values and derivatives of calls.
 *
 *-------------------------------------------------------------------------
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "base/vec.h"
#include "expr/code.h"
#include "nlp/model_call.h"

/* eps^(1/3): rounding eps / h and truncation h^2 of a difference are alike. */
#define RELATIVE_STEP	6.0554544523933429e-06

static double
inside(double value, double lower, double upper)
{
	return value < lower ? lower : value > upper ? upper : value;
}

/* value'x, with x moved inside its bounds. */
static double
product_inside(const CoCalls *calls, const CoSparse *form, const double *x)
{
	double		sum = 0.0;

	for (int t = 0; t < form->n; t++)
	{
		int			j = form->index[t];

		sum += form->value[t] * inside(x[j], calls->lower[j], calls->upper[j]);
	}
	return sum;
}

/* The call's point inside the bounds; what was known of another is forgotten. */
static void
set_point(CoCalls *calls, CoCall *call, const double *x)
{
	double	   *point = calls->work;

	for (int k = 0; k < call->n; k++)
		point[k] = call->constant[k] + product_inside(calls, &call->argument[k], x);
	if (memcmp(point, call->point, (size_t) call->n * sizeof(double)) == 0)
		return;
	memcpy(call->point, point, (size_t) call->n * sizeof(double));
	call->has_value = call->has_slope = false;
}

static CoRc
find_value(CoArena *arena, CoCall *call)
{
	if (call->has_value)
		return CO_OK;
	call->value = co_call_value(arena->env, call->function, call->n, call->point);
	call->has_value = true;
	return co_poll(arena);
}

/* F at the point and step along the direction. */
static CoRc
value_along(CoArena *arena, CoCalls *calls, const CoCall *call, const CoDirection *direction,
			double step, double *value)
{
	memcpy(calls->work, call->point, (size_t) call->n * sizeof(double));
	for (int t = 0; t < direction->argument.n; t++)
		calls->work[direction->argument.index[t]] += step * direction->argument.value[t];
	*value = co_call_value(arena->env, call->function, call->n, calls->work);
	return co_poll(arena);
}

/* (-3 F(0) + 4 F(h) - F(2h)) / 2h, for h of either sign */
static CoRc
one_sided(CoArena *arena, CoCalls *calls, const CoCall *call, const CoDirection *direction,
		  double step, double *slope)
{
	double		near = NAN,
				far = NAN;
	CoRc		rc = value_along(arena, calls, call, direction, step, &near);

	if (!rc && isfinite(near))
		rc = value_along(arena, calls, call, direction, 2.0 * step, &far);
	*slope = (4.0 * (near - call->value) - (far - call->value)) / (2.0 * step);
	return rc;
}

static CoRc
central(CoArena *arena, CoCalls *calls, const CoCall *call, const CoDirection *direction,
		double step, double *slope)
{
	double		above = NAN,
				below = NAN;
	CoRc		rc = value_along(arena, calls, call, direction, step, &above);

	if (!rc && isfinite(above))
		rc = value_along(arena, calls, call, direction, -step, &below);
	*slope = (above - below) / (2.0 * step);
	return rc;
}

/* Room between the point and a side, less what rounding may add to a step. */
static double
room(double at, double side)
{
	if (!isfinite(side))
		return INFINITY;
	return fmax(fabs(side - at) - 4.0 * DBL_EPSILON * fmax(fabs(side), fabs(at)), 0.0);
}

/*
 * Where the bounds leave no room at all there is nothing to learn: 0.  A side
 * where the function has no value is as one behind a bound.
 */
static CoRc
difference(CoArena *arena, CoCalls *calls, const CoCall *call, const CoDirection *direction,
		   double at, double *slope)
{
	double		step = RELATIVE_STEP * fmax(1.0, fabs(at));
	double		up = at < direction->upper ? room(at, direction->upper) : 0.0;
	double		down = at > direction->lower ? room(at, direction->lower) : 0.0;
	double		first = up >= down ? fmin(step, 0.5 * up) : -fmin(step, 0.5 * down);
	double		second = up >= down ? -fmin(step, 0.5 * down) : fmin(step, 0.5 * up);
	CoRc		rc = CO_OK;

	*slope = NAN;
	if (first == 0.0)
		*slope = 0.0;
	else if (up >= step && down >= step)
		rc = central(arena, calls, call, direction, step, slope);
	if (!rc && !isfinite(*slope))
		rc = one_sided(arena, calls, call, direction, first, slope);
	if (!rc && !isfinite(*slope) && second != 0.0)
		rc = one_sided(arena, calls, call, direction, second, slope);
	return rc;
}

static CoRc
find_slope(CoArena *arena, CoCalls *calls, CoCall *call, const double *x)
{
	const CoEnv *env = arena->env;
	CoRc		rc = CO_OK;

	if (call->has_slope)
		return CO_OK;
	if (call->gradient[0] != '\0' && call->n_direction > 0 &&
		!env->call(env->self, call->gradient, true, call->n, call->point, call->slope))
		co_fill(call->n, NAN, call->slope);
	for (int d = 0; d < call->n_direction && call->gradient[0] == '\0' && !rc; d++)
	{
		const CoDirection *direction = &call->direction[d];
		double		at = direction->constant + product_inside(calls, &direction->var, x);

		rc = difference(arena, calls, call, direction, at, &call->slope[d]);
	}
	call->has_slope = !rc;
	return rc ? rc : co_poll(arena);
}

/* How far x is outside, along the direction. */
static double
excess(const CoCalls *calls, const CoDirection *direction, const double *x)
{
	double		sum = 0.0;

	for (int t = 0; t < direction->var.n; t++)
	{
		int			j = direction->var.index[t];

		sum += direction->var.value[t] * (x[j] - inside(x[j], calls->lower[j], calls->upper[j]));
	}
	return sum;
}

static CoRc
eval_call(CoArena *arena, CoCalls *calls, CoCall *call, const double *x, bool want_slope)
{
	bool		outside = false;
	CoRc		rc;

	set_point(calls, call, x);
	for (int d = 0; d < call->n_direction; d++)
		outside = outside || excess(calls, &call->direction[d], x) != 0.0;
	rc = find_value(arena, call);
	call->shown = call->value;
	if (rc || !isfinite(call->value) || !(want_slope || outside))
		return rc;
	rc = find_slope(arena, calls, call, x);
	for (int d = 0; d < call->n_direction && outside && !rc; d++)
		call->shown += call->slope[d] * excess(calls, &call->direction[d], x);
	return rc;
}

static void
add_slopes(const CoCall *call, const CoCallUse *use, double *to)
{
	int			e = 0;

	for (int d = 0; d < call->n_direction; d++)
	{
		const CoSparse *var = &call->direction[d].var;
		double		slope = isfinite(call->value) ? use->scale * call->slope[d] : NAN;

		for (int t = 0; t < var->n; t++, e++)
			to[use->place ? use->place[e] : var->index[t]] += slope * var->value[t];
	}
}

static void
add_use(const CoCall *call, const CoCallUse *use, unsigned want, CoNlpValue *out)
{
	double		term = use->scale * call->shown;

	if (use->owner == 0)
	{
		if (want & CO_WANT_F)
			out->f += term;
		if (want & CO_WANT_GRAD)
			add_slopes(call, use, out->grad);
		return;
	}
	if (want & CO_WANT_C)
		out->c[use->owner - 1] += term;
	if (want & CO_WANT_JAC)
		add_slopes(call, use, out->jac);
}

CoRc
co_calls_eval(CoArena *arena, CoCalls *calls, const double *x, unsigned want, CoNlpValue *out)
{
	CoRc		rc = CO_OK;

	for (int k = 0; k < calls->n && !rc; k++)
	{
		CoCall	   *call = &calls->call[k];
		unsigned	mine = want & ((call->in_objective ? CO_WANT_F | CO_WANT_GRAD : 0) |
								   (call->in_rows ? CO_WANT_C | CO_WANT_JAC : 0));

		call->shown = NAN;
		if (mine && call->level <= calls->known)
			rc = eval_call(arena, calls, call, x, (mine & (CO_WANT_GRAD | CO_WANT_JAC)) != 0);
	}
	for (int k = 0; k < calls->n_use && !rc; k++)
		add_use(&calls->call[calls->use[k].call], &calls->use[k], want, out);
	return rc;
}
