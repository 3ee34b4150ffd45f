/*-------------------------------------------------------------------------
 *
 * solver/sqp_point.c
 *	  Points of the SQP method: values, violation, KKT error.
 *
 *-------------------------------------------------------------------------
 */
#include <float.h>

#include "base/vec.h"
#include "solver/sqp.h"

#define ROUNDING		(10.0 * DBL_EPSILON)

/*
 * A variable this near to its side, relative to max(1, |side|), is on it: what
 * the multiplier takes up there it could not be asked for elsewhere.
 */
#define ON_SIDE			1e-9

#define SCALE_MOST		1e3		/* PUSH_MAX of nlp/nlp_residual.c */

CoRc
co_sqp_take_point(CoSqp *s, CoSqpPoint **out)
{
	CoArena    *arena = s->arena;
	CoSqpPoint *p = co_take_zero(arena, 1, sizeof *p);

	if (!p)
		return co_arena_failed(arena);
	p->x = co_take_zero_doubles(arena, (size_t) s->n);
	p->c = co_take_zero_doubles(arena, (size_t) s->m);
	p->grad = co_take_zero_doubles(arena, (size_t) s->n);
	p->jac = co_take_zero_doubles(arena, (size_t) co_csc_nnz(&s->nlp->jac));
	*out = p;
	return co_arena_failed(arena);
}

static double
distance_outside(double t, double lo, double hi)
{
	return t < lo ? lo - t : t > hi ? t - hi : 0.0;
}

double
co_sqp_violation(const CoSqp *s, const double *c, const double *weight)
{
	double		h = 0.0;

	for (int i = 0; i < s->m; i++)
		h += (weight ? weight[i] : 1.0) * distance_outside(c[i], s->nlp->cl[i], s->nlp->cu[i]);
	return h;
}

CoRc
co_sqp_eval(CoSqp *s, CoSqpPoint *p)
{
	unsigned	want = CO_WANT_F | (s->m > 0 ? CO_WANT_C : 0);
	CoNlpValue	at = {.c = p->c, .grad = p->grad, .jac = p->jac};
	CoRc		rc = s->nlp->eval(s->nlp->self, p->x, want, &at);

	p->f = at.f;
	p->h = INFINITY;
	if (rc)
		return rc == CO_NOT_FINITE ? CO_OK : rc;
	p->h = co_sqp_violation(s, p->c, NULL);
	return CO_OK;
}

CoRc
co_sqp_eval_derivatives(CoSqp *s, CoSqpPoint *p)
{
	unsigned	want = CO_WANT_GRAD | (s->m > 0 ? CO_WANT_JAC : 0);
	CoNlpValue	at = {.c = p->c, .grad = p->grad, .jac = p->jac};

	return s->nlp->eval(s->nlp->self, p->x, want, &at);
}

void
co_sqp_set_trial(CoSqp *s)
{
	const CoNlp *nlp = s->nlp;
	const double *x = s->cur->x;

	for (int j = 0; j < s->n; j++)
	{
		double		t = x[j] + s->d[j];

		/* a step that ends on the side, but for the rounding of the sum */
		if (s->d[j] == nlp->xl[j] - x[j])
			t = nlp->xl[j];
		else if (s->d[j] == nlp->xu[j] - x[j])
			t = nlp->xu[j];
		s->trial->x[j] = co_clamp(t, nlp->xl[j], nlp->xu[j]);
	}
}

double
co_sqp_step_length(const CoSqp *s)
{
	double		length = 0.0;

	for (int j = 0; j < s->n; j++)
		length = co_max(length, fabs(s->d[j]) / s->size[j]);
	return length;
}

double
co_sqp_h_floor(const CoSqp *s, const CoSqpPoint *p)
{
	double		size = 0.0;

	for (int i = 0; i < s->m; i++)
		size += fabs(p->c[i]);
	return ROUNDING * size;
}

double
co_sqp_f_floor(const CoSqpPoint *p)
{
	return ROUNDING * fabs(p->f);
}

/* col_work := g + J'y */
static void
fill_gradient(CoSqp *s, const CoSqpPoint *p, const double *y)
{
	CoCsc		jac = s->nlp->jac;

	jac.value = p->jac;
	co_copy(s->n, p->grad, s->col_work);
	co_csc_tmul_add(&jac, 1.0, y, s->col_work);
}

void
co_sqp_bound_multipliers(CoSqp *s, const CoSqpPoint *p, const double *y, double *z)
{
	fill_gradient(s, p, y);
	for (int j = 0; j < s->n; j++)
	{
		double		r = -s->col_work[j],
					side = r > 0.0 ? s->nlp->xu[j] : s->nlp->xl[j];

		z[j] = isfinite(side) && fabs(side - p->x[j]) <= ON_SIDE * co_max(1.0, fabs(side)) ? r : 0.0;
	}
}

/* max |a_i|_2 |y_i| */
static double
largest_push(CoSqp *s, const CoSqpPoint *p, const double *y)
{
	double		largest = 0.0;

	co_fill(s->m, 0.0, s->row_work);
	for (int k = 0; k < co_csc_nnz(&s->nlp->jac); k++)
		s->row_work[s->nlp->jac.index[k]] += p->jac[k] * p->jac[k];
	for (int i = 0; i < s->m; i++)
		if (y[i] != 0.0)
			largest = co_max(largest, sqrt(s->row_work[i]) * fabs(y[i]));
	return largest;
}

static double
product_with_side(double t, double lo, double hi, double multiplier)
{
	double		side = multiplier > 0.0 ? hi : lo;

	if (multiplier == 0.0 || lo == hi)
		return 0.0;
	return isinf(side) ? INFINITY : fabs(multiplier * (side - t));
}

void
co_sqp_fill_error(CoSqp *s, const CoSqpPoint *p, const double *y, const double *z,
				  CoSqpError *out)
{
	const CoNlp *nlp = s->nlp;
	const CoOptions *o = s->options;
	double		slope = sqrt(co_dot(s->n, p->grad, p->grad)),
				primal_scale = 0.0;

	memset(out, 0, sizeof *out);
	fill_gradient(s, p, y);
	for (int j = 0; j < s->n; j++)
	{
		out->dual = co_max(out->dual, fabs(s->col_work[j] + z[j]));
		out->complementarity = co_max(out->complementarity,
									  product_with_side(p->x[j], nlp->xl[j], nlp->xu[j], z[j]));
	}
	for (int i = 0; i < s->m; i++)
	{
		double		outside = distance_outside(p->c[i], nlp->cl[i], nlp->cu[i]);

		if (outside > out->primal)
		{
			out->primal = outside;
			primal_scale = fabs(p->c[i]);
		}
		out->complementarity = co_max(out->complementarity,
									  product_with_side(p->c[i], nlp->cl[i], nlp->cu[i], y[i]));
	}
	out->dual_scale = co_max(slope, co_max(co_norm_inf(s->n, z), largest_push(s, p, y)));
	out->dual_scale = co_min(out->dual_scale, SCALE_MOST * co_max(1.0, slope));
	out->worst = out->primal / (o->absolute_tolerance + o->tolerance * primal_scale + DBL_MIN);
	out->worst = co_max(out->worst, out->dual /
						(s->unit * o->absolute_tolerance + o->tolerance * out->dual_scale + DBL_MIN));
	out->worst = co_max(out->worst, out->complementarity /
						(s->unit * o->absolute_tolerance + o->tolerance * fabs(p->f) + DBL_MIN));
}
