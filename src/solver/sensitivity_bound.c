/*-------------------------------------------------------------------------
 *
 * solver/sensitivity_bound.c
 *	  Bounds that depend on parameters: how fast they move, and what that is
 *	  worth.
 *
 * Where a variable is at its bound b_j(p), x_j = b_j(p) is all there is to it:
 * dx_j = b_jp dp.  The other equations see it on their right-hand sides.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/sensitivity.h"

#include "base/vec.h"

/* Derivatives of two bounds that differ by less, relative, are the same. */
#define SAME_RATE		1e-12

void
co_sensitivity_bound_rates(const CoSensitivity *s, const CoDirection *direction, double alpha,
						   double *lower, double *upper)
{
	const CoParamBounds *bounds = s->nlp->bounds;

	co_fill(s->nlp->n, 0.0, lower);
	co_fill(s->nlp->n, 0.0, upper);
	for (int t = 0; bounds && t < direction->n; t++)
	{
		int			k = direction->param[t];

		for (int e = bounds->jac.start[k]; e < bounds->jac.start[k + 1]; e++)
		{
			int			i = bounds->jac.index[e];
			double	   *rate = bounds->is_upper[i] ? upper : lower;

			rate[bounds->var[i]] += alpha * direction->weight[t] * bounds->jac.value[e];
		}
	}
}

/* Is x_j at the bound that formula i is?  Of two equal ones the upper one counts. */
static inline bool
is_at(const CoSensitivity *s, int i)
{
	const CoParamBounds *bounds = s->nlp->bounds;
	int			side = s->var[bounds->var[i]].side;

	return side != CO_SIDE_NONE && bounds->is_upper[i] == (side != CO_SIDE_LOWER);
}

void
co_sensitivity_add_rates(const CoSensitivity *s, const CoDirection *direction, double *x)
{
	const CoParamBounds *bounds = s->nlp->bounds;

	for (int t = 0; bounds && t < direction->n; t++)
	{
		int			k = direction->param[t];

		for (int e = bounds->jac.start[k]; e < bounds->jac.start[k + 1]; e++)
			if (is_at(s, bounds->jac.index[e]))
				x[bounds->var[bounds->jac.index[e]]] += direction->weight[t] * bounds->jac.value[e];
	}
}

/* A bound without a multiplier is worth nothing, even where it has no derivative. */
double
co_sensitivity_bound_envelope(const CoSensitivity *s, int k)
{
	const CoParamBounds *bounds = s->nlp->bounds;
	double		sum = 0.0;

	for (int e = bounds ? bounds->jac.start[k] : 0; bounds && e < bounds->jac.start[k + 1]; e++)
	{
		int			i = bounds->jac.index[e];

		if (is_at(s, i) && s->z[bounds->var[i]] != 0.0)
			sum -= s->z[bounds->var[i]] * bounds->jac.value[e];
	}
	return sum;
}

void
co_sensitivity_add_bound_adjoint(const CoSensitivity *s, const double *h, double *g)
{
	const CoParamBounds *bounds = s->nlp->bounds;

	for (int k = 0; bounds && k < s->nlp->np; k++)
		for (int e = bounds->jac.start[k]; e < bounds->jac.start[k + 1]; e++)
			if (is_at(s, bounds->jac.index[e]))
				g[k] += bounds->jac.value[e] * h[bounds->var[bounds->jac.index[e]]];
}

void
co_sensitivity_to_bounds(CoSensitivity *s)
{
	for (int j = 0; j < s->nlp->n; j++)
		if (s->var[j].side != CO_SIDE_NONE)
			s->x[j] = s->var[j].side == CO_SIDE_LOWER ? s->nlp->xl[j] : s->nlp->xu[j];
}

/* Of a bound with a formula: lower bounds [n] come first, then upper ones. */
static int
rate_place(const CoSensitivity *s, int bound)
{
	const CoParamBounds *bounds = s->nlp->bounds;

	return bounds->var[bound] + (bounds->is_upper[bound] ? s->nlp->n : 0);
}

/*
 * Equal bounds of one variable with different derivatives: for one sign of the
 * parameter they leave room, for the other they cross.
 */
CoRc
co_sensitivity_find_parting(CoSensitivity *s)
{
	const CoParamBounds *bounds = s->nlp->bounds;
	CoMark		mark = co_mark(s->arena);
	double	   *rate;

	s->n_parting = 0;
	if (!bounds)
		return CO_OK;
	rate = co_take_zero_doubles(s->arena, 2 * (size_t) s->nlp->n);
	if (!rate)
		return co_arena_failed(s->arena);
	for (int k = 0; k < s->nlp->np; k++)
	{
		for (int e = bounds->jac.start[k]; e < bounds->jac.start[k + 1]; e++)
			rate[rate_place(s, bounds->jac.index[e])] += bounds->jac.value[e];
		for (int e = bounds->jac.start[k]; e < bounds->jac.start[k + 1]; e++)
		{
			int			j = bounds->var[bounds->jac.index[e]];
			double		lower = rate[j],
						upper = rate[s->nlp->n + j];

			if (s->var[j].side == CO_SIDE_BOTH && !s->var[j].parts &&
				!(fabs(upper - lower) <= SAME_RATE * co_max(fabs(lower), fabs(upper))))
			{
				s->var[j].parts = true;
				s->n_parting++;
			}
		}
		for (int e = bounds->jac.start[k]; e < bounds->jac.start[k + 1]; e++)
			rate[rate_place(s, bounds->jac.index[e])] = 0.0;
	}
	co_rewind(s->arena, mark);
	return CO_OK;
}
