/*-------------------------------------------------------------------------
 *
 * nlp/nlp_residual.c
 *	  The functions of nlp_residual.h.
 *
 *-------------------------------------------------------------------------
 */
#include "nlp/nlp_residual.h"

#include "base/vec.h"

/* A weight smaller than this part of the largest is rounding, not a push. */
#define NO_WEIGHT		1e-6

/*
 * Multipliers that run off to infinity, as at a point without a constraint
 * qualification, must not make every residual small beside them: the scale is
 * at most this many times the objective's gradient.
 */
#define PUSH_MAX		1e3

static double
distance_outside(double t, double lo, double hi)
{
	return t < lo ? lo - t : t > hi ? t - hi : 0.0;
}

/* One row or variable: its violation and the product with its multiplier. */
static void
add_pair(double t, double lo, double hi, double multiplier, CoResidual *r)
{
	double		outside = distance_outside(t, lo, hi),
				side = multiplier > 0.0 ? hi : lo;

	if (outside > r->primal)
	{
		r->primal = outside;
		r->primal_scale = co_max(fabs(t), t < lo ? fabs(lo) : fabs(hi));
	}
	if (multiplier == 0.0)
		return;
	if (isinf(side))
		r->dual = co_max(r->dual, fabs(multiplier));
	else if (lo < hi)
	{
		r->complementarity = co_max(r->complementarity, fabs(multiplier * (side - t)));
		r->gap += fabs(multiplier * (side - t));
	}
}

CoRc
co_nlp_take_value(CoArena *arena, const CoNlp *nlp, CoNlpValue *out)
{
	out->f = 0.0;
	out->c = co_take_zero_doubles(arena, (size_t) nlp->m);
	out->grad = co_take_zero_doubles(arena, (size_t) nlp->n);
	out->jac = co_take_zero_doubles(arena, (size_t) co_csc_nnz(&nlp->jac));
	return co_arena_failed(arena);
}

static void
set_infinite(CoResidual *out)
{
	out->objective = out->dual_objective = NAN;
	out->primal = out->dual = out->complementarity = out->gap = INFINITY;
}

/* |a_i|_2 |y_i|, the largest */
static double
largest_push(CoArena *arena, const CoNlp *nlp, const double *jac, const double *y)
{
	double	   *square = co_take_zero_doubles(arena, (size_t) nlp->m);
	double		largest = 0.0;

	if (!square)
		return NAN;
	for (int k = 0; k < co_csc_nnz(&nlp->jac); k++)
		square[nlp->jac.index[k]] += jac[k] * jac[k];
	for (int i = 0; i < nlp->m; i++)
		largest = co_max(largest, sqrt(square[i]) * fabs(y[i]));
	return largest;
}

/* |x|_2, where squares may overflow */
static double
norm_2(int n, const double *x)
{
	double		largest = co_norm_inf(n, x),
				sum = 0.0;

	if (!(largest > 0.0) || !isfinite(largest))
		return largest;
	for (int j = 0; j < n; j++)
		sum += (x[j] / largest) * (x[j] / largest);
	return largest * sqrt(sum);
}

/* The gain of a move of each variable by its own size, and its terms. */
static void
fill_gain(const CoNlp *nlp, const CoQpPoint *p, const CoNlpValue *at, const double *leftover,
		  CoResidual *out)
{
	const CoCsc *jac = &nlp->jac;

	out->gain_scale = fabs(at->f);
	for (int j = 0; j < nlp->n; j++)
	{
		double		term = co_max(fabs(at->grad[j]), fabs(p->z[j])),
					size = fabs(p->x[j]);

		for (int k = jac->start[j]; k < jac->start[j + 1]; k++)
			term = co_max(term, fabs(at->jac[k] * p->y[jac->index[k]]));
		if (term > 0.0)
			out->uncanceled = co_max(out->uncanceled, fabs(leftover[j]) / term);
		out->gain = co_max(out->gain, fabs(leftover[j]) * size);
		out->gain_scale = co_max(out->gain_scale, term * size);
	}
}

static void
fill_residual(CoArena *arena, const CoNlp *nlp, const CoQpPoint *p, const CoNlpValue *at,
			  double *leftover, CoResidual *out)
{
	CoCsc		jac = nlp->jac;
	double		slope;

	jac.value = at->jac;
	for (int j = 0; j < nlp->n; j++)
		leftover[j] = at->grad[j] + p->z[j];
	co_csc_tmul_add(&jac, 1.0, p->y, leftover);
	out->dual = co_norm_inf(nlp->n, leftover);
	fill_gain(nlp, p, at, leftover, out);
	for (int j = 0; j < nlp->n; j++)
		add_pair(p->x[j], nlp->xl[j], nlp->xu[j], p->z[j], out);
	for (int i = 0; i < nlp->m; i++)
		add_pair(at->c[i], nlp->cl[i], nlp->cu[i], p->y[i], out);
	out->objective = out->dual_objective = at->f;
	out->gap_scale = fabs(at->f);
	slope = norm_2(nlp->n, at->grad);
	out->dual_scale = co_max(slope, co_max(co_norm_inf(nlp->n, p->z),
										   largest_push(arena, nlp, at->jac, p->y)));
	out->dual_scale = co_min(out->dual_scale, PUSH_MAX * co_max(1.0, slope));
	if (!isfinite(out->primal + out->dual + out->gap))
		set_infinite(out);
}

CoRc
co_nlp_residual(CoArena *arena, const CoNlp *nlp, const CoQpPoint *point, CoResidual *out)
{
	CoMark		mark = co_mark(arena);
	double	   *leftover = co_take_doubles(arena, (size_t) nlp->n);
	unsigned	want = CO_WANT_F | CO_WANT_GRAD | (nlp->m > 0 ? CO_WANT_C | CO_WANT_JAC : 0);
	CoNlpValue	at;
	CoRc		rc = co_nlp_take_value(arena, nlp, &at);

	memset(out, 0, sizeof *out);
	if (!rc)
		rc = nlp->eval(nlp->self, point->x, want, &at);
	if (rc == CO_NOT_FINITE)
	{
		set_infinite(out);
		rc = CO_OK;
	}
	else if (!rc)
	{
		fill_residual(arena, nlp, point, &at, leftover, out);
		rc = co_arena_failed(arena);
	}
	if (!rc)
		co_rewind(arena, mark);
	return rc;
}

CoRc
co_nlp_term_size(CoArena *arena, const CoNlp *nlp, const double *x, double *size)
{
	CoMark		mark = co_mark(arena);
	const CoCsc *jac = &nlp->jac;
	double		worst = 0.0;
	int			row = -1;
	CoNlpValue	at;
	CoRc		rc = co_nlp_take_value(arena, nlp, &at);

	*size = 0.0;
	if (!rc && nlp->m > 0)
		rc = nlp->eval(nlp->self, x, CO_WANT_C | CO_WANT_JAC, &at);
	if (rc)
		return rc == CO_NOT_FINITE ? CO_OK : rc;
	for (int i = 0; i < nlp->m; i++)
	{
		double		outside = distance_outside(at.c[i], nlp->cl[i], nlp->cu[i]);

		if (outside <= worst)
			continue;
		worst = outside;
		row = i;
		*size = co_max(fabs(at.c[i]), fabs(at.c[i] < nlp->cl[i] ? nlp->cl[i] : nlp->cu[i]));
	}
	for (int j = 0; j < nlp->n; j++)
		for (int k = jac->start[j]; k < jac->start[j + 1]; k++)
			if (jac->index[k] == row)
				*size = co_max(*size, fabs(at.jac[k] * x[j]));
	co_rewind(arena, mark);
	return CO_OK;
}

/*
 * The part of r that the bounds of variable j cannot take up: r > 0 is held by
 * the lower bound when x rests on it, and partly, as a complementarity product,
 * when x is near.
 */
static double
unheld(double r, double x, double lo, double hi)
{
	double		side = r > 0.0 ? lo : hi,
				distance = fabs(x - side);

	r = fabs(r);
	return isinf(side) ? r : co_min(r, r * distance);
}

static bool
signs_agree(const CoNlp *nlp, const double *c, const double *y, double slack)
{
	double		least = NO_WEIGHT * co_norm_inf(nlp->m, y);

	for (int i = 0; i < nlp->m; i++)
	{
		double		outside = distance_outside(c[i], nlp->cl[i], nlp->cu[i]);

		if (outside <= slack)
			continue;
		if (c[i] > nlp->cu[i] ? y[i] < least : y[i] > -least)
			return false;
	}
	return true;
}

CoRc
co_nlp_check_stationary(CoArena *arena, const CoNlp *nlp, const double *x,
						const double *y, double *violation, double *leftover)
{
	CoMark		mark = co_mark(arena);
	double	   *r = co_take_zero_doubles(arena, (size_t) nlp->n);
	CoCsc		jac = nlp->jac;
	CoNlpValue	at;
	double		push,
				weighted = 0.0;
	CoRc		rc = co_nlp_take_value(arena, nlp, &at);

	*violation = *leftover = INFINITY;
	if (!rc)
		rc = nlp->eval(nlp->self, x, CO_WANT_C | CO_WANT_JAC, &at);
	if (rc)
		return rc == CO_NOT_FINITE ? CO_OK : rc;
	jac.value = at.jac;
	co_csc_tmul_add(&jac, 1.0, y, r);
	*violation = 0.0;
	for (int i = 0; i < nlp->m; i++)
	{
		double		outside = distance_outside(at.c[i], nlp->cl[i], nlp->cu[i]);

		*violation = co_max(*violation, outside);
		weighted += fabs(y[i]) * outside;
	}
	push = largest_push(arena, nlp, at.jac, y);
	if (signs_agree(nlp, at.c, y, 1e-3 * *violation))
	{
		*leftover = 0.0;
		for (int j = 0; j < nlp->n; j++)
		{
			double		size = co_max(1.0, fabs(x[j])),
						gain = size * unheld(r[j], x[j], nlp->xl[j], nlp->xu[j]);

			if (gain > 0.0)
				*leftover = co_max(*leftover, gain / (weighted + size * push));
		}
	}
	rc = co_arena_failed(arena);
	if (!rc)
		co_rewind(arena, mark);
	return rc;
}
