/*-------------------------------------------------------------------------
 *
 * nlp/residual.c
 *	  The judge of nlp/residual.h: residuals of a point.
 *
 * All sums of products are taken by nlp/dot2.h, so that what is reported is
 * the residual of the given doubles and not the rounding of its evaluation.
 *
 * A multiplier on an infinite side is wrong by its own size.  With yhat, zhat
 * the multipliers with such entries set to zero, and side(v) = upper where
 * v > 0, lower where v < 0:
 *
 *		dual			max( |Px + c + A'y + z|, |y - yhat|, |z - zhat| )
 *		dual_objective	c0 - 1/2 x'Px - sum yhat side(yhat) - sum zhat side(zhat)
 *		gap				| x'Px + c'x + sum yhat side(yhat) + sum zhat side(zhat) |
 *		complementarity max( |yhat[i]| |(Ax)[i] - side|, |zhat[j]| |x[j] - side| )
 *						over rows and bounds that are not equalities: these have
 *						no other side, their distance is in primal, its cost in gap
 *
 * The gap is summed in one piece, because the difference of the two objectives
 * would lose all digits that they share.
 *
 *-------------------------------------------------------------------------
 */
#include "nlp/residual_private.h"

#include "base/vec.h"

#define POLL_PRODUCTS	(CO_POLL_WORK / 8)	/* a compensated product costs
											 * about 8 */

/* fmax() that does not lose a NaN: a residual that is no number is infinite. */
static void
raise_to(double *max, double value)
{
	if (isnan(value))
		value = INFINITY;
	if (value > *max)
		*max = value;
}

static CoRc
poll_after(const CoArena *arena, int *until_poll, int work)
{
	*until_poll -= work + 1;
	if (*until_poll > 0)
		return CO_OK;
	*until_poll = POLL_PRODUCTS;
	return co_poll(arena);
}

CoRc
co_residual_add_product(const CoArena *arena, const CoCsc *a, const double *x, CoDot2 *out)
{
	int			until_poll = POLL_PRODUCTS;

	for (int j = 0; j < a->ncol; j++)
	{
		CoRc		rc = poll_after(arena, &until_poll, a->start[j + 1] - a->start[j]);

		if (rc)
			return rc;
		if (x[j] == 0.0)
			continue;
		for (int p = a->start[j]; p < a->start[j + 1]; p++)
			co_dot2_add_product(&out[a->index[p]], a->value[p], x[j]);
	}
	return CO_OK;
}

CoRc
co_residual_add_transposed(const CoArena *arena, const CoCsc *a, const double *y, CoDot2 *out)
{
	int			until_poll = POLL_PRODUCTS;

	for (int j = 0; j < a->ncol; j++)
	{
		CoRc		rc = poll_after(arena, &until_poll, a->start[j + 1] - a->start[j]);
		CoDot2		sum = out[j];

		if (rc)
			return rc;
		for (int p = a->start[j]; p < a->start[j + 1]; p++)
			co_dot2_add_product(&sum, a->value[p], y[a->index[p]]);
		out[j] = sum;
	}
	return CO_OK;
}

CoRc
co_residual_add_symmetric(const CoArena *arena, const CoCsc *s, const double *x, CoDot2 *out)
{
	int			until_poll = POLL_PRODUCTS;

	for (int j = 0; j < s->ncol; j++)
	{
		CoRc		rc = poll_after(arena, &until_poll, 2 * (s->start[j + 1] - s->start[j]));
		CoDot2		sum = {0.0, 0.0};

		if (rc)
			return rc;
		for (int p = s->start[j]; p < s->start[j + 1]; p++)
		{
			int			i = s->index[p];

			co_dot2_add_product(&sum, s->value[p], x[i]);
			if (i != j)
				co_dot2_add_product(&out[i], s->value[p], x[j]);
		}
		co_dot2_add(&out[j], sum.hi);
		out[j].lo += sum.lo;
	}
	return CO_OK;
}

CoRc
co_residual_take(CoArena *arena, const CoQp *qp, CoProducts *out)
{
	out->ax = co_take_zero(arena, (size_t) qp->m, sizeof(CoDot2));
	out->px = co_take_zero(arena, (size_t) qp->n, sizeof(CoDot2));
	out->aty = co_take_zero(arena, (size_t) qp->n, sizeof(CoDot2));
	return co_arena_failed(arena);
}

static CoRc
compute_products(CoArena *arena, const CoQp *qp, const double *x, const double *y,
				 CoProducts *out)
{
	CoRc		rc = co_residual_take(arena, qp, out);

	if (!rc)
		rc = co_residual_add_product(arena, &qp->a, x, out->ax);
	if (!rc)
		rc = co_residual_add_symmetric(arena, &qp->p, x, out->px);
	if (!rc)
		rc = co_residual_add_transposed(arena, &qp->a, y, out->aty);
	return rc;
}

/*
 * One row or bound: lower <= value <= upper with its multiplier.  Adds the
 * term multiplier * side to sup.
 */
static void
judge_side(CoDot2 value, double lower, double upper, double multiplier,
		   CoDot2 *sup, CoResidual *out)
{
	double		below = -co_dot2_minus(value, lower);
	double		above = co_dot2_minus(value, upper);
	double		side = co_residual_side(multiplier, lower, upper);

	raise_to(&out->primal, below);
	raise_to(&out->primal, above);
	if (below > 0.0 && isfinite(lower))
		raise_to(&out->primal_scale, fabs(lower));
	if (above > 0.0 && isfinite(upper))
		raise_to(&out->primal_scale, fabs(upper));

	if (!isfinite(side))
	{
		raise_to(&out->dual, fabs(multiplier));
		return;
	}
	if (multiplier == 0.0)
		return;
	if (lower < upper)
		raise_to(&out->complementarity, fabs(multiplier * co_dot2_minus(value, side)));
	co_dot2_add_product(sup, multiplier, side);
}

static void
judge_stationarity(const CoQp *qp, const double *z, const CoProducts *at, CoResidual *out)
{
	for (int j = 0; j < qp->n; j++)
	{
		CoDot2		sum = at->px[j];

		co_dot2_add(&sum, at->aty[j].hi);
		sum.lo += at->aty[j].lo;
		co_dot2_add(&sum, qp->c[j]);
		co_dot2_add(&sum, z[j]);
		raise_to(&out->dual, fabs(co_dot2_value(sum)));

		raise_to(&out->dual_scale, fabs(co_dot2_value(at->px[j])));
		raise_to(&out->dual_scale, fabs(co_dot2_value(at->aty[j])));
		raise_to(&out->dual_scale, fabs(qp->c[j]));
		raise_to(&out->dual_scale, fabs(z[j]));
	}
}

static CoDot2
plus(CoDot2 a, CoDot2 b)
{
	co_dot2_add(&a, b.hi);
	a.lo += b.lo;
	return a;
}

/* Objectives and gap; sup is the sum of the terms multiplier * side. */
static void
judge_objective(const CoQp *qp, const double *x, const CoProducts *at, CoDot2 sup,
				CoResidual *out)
{
	CoDot2		linear = {0.0, 0.0};
	CoDot2		quadratic = {0.0, 0.0}; /* x'Px */
	CoDot2		half;

	for (int j = 0; j < qp->n; j++)
	{
		co_dot2_add_product(&linear, qp->c[j], x[j]);
		co_dot2_add_product(&quadratic, at->px[j].hi, x[j]);
		quadratic.lo += at->px[j].lo * x[j];
	}
	half.hi = 0.5 * quadratic.hi;
	half.lo = 0.5 * quadratic.lo;

	out->objective = co_dot2_minus(plus(linear, half), -qp->c0);
	out->dual_objective = -co_dot2_minus(plus(sup, half), qp->c0);
	out->gap = fabs(co_dot2_value(plus(plus(linear, quadratic), sup)));
	out->gap_scale = fmin(fabs(out->objective), fabs(out->dual_objective));
	if (!isfinite(out->gap))
		out->gap = INFINITY;
}

static void
condemn(CoResidual *out)
{
	out->objective = out->dual_objective = NAN;
	out->primal = out->dual = out->complementarity = out->gap = INFINITY;
	out->primal_scale = out->dual_scale = out->gap_scale = 0.0;
}

CoRc
co_qp_residual(CoArena *arena, const CoQp *qp, const CoQpPoint *point, CoResidual *out)
{
	CoMark		mark = co_mark(arena);
	CoProducts	at;
	CoDot2		sup = {0.0, 0.0};
	CoRc		rc;

	*out = (CoResidual) {.objective = qp->c0, .dual_objective = qp->c0};
	if (!co_all_finite(qp->n, point->x) || !co_all_finite(qp->m, point->y) ||
		!co_all_finite(qp->n, point->z))
	{
		condemn(out);
		return CO_OK;
	}
	rc = compute_products(arena, qp, point->x, point->y, &at);
	if (!rc)
	{
		for (int i = 0; i < qp->m; i++)
		{
			raise_to(&out->primal_scale, fabs(co_dot2_value(at.ax[i])));
			judge_side(at.ax[i], qp->cl[i], qp->cu[i], point->y[i], &sup, out);
		}
		for (int j = 0; j < qp->n; j++)
			judge_side((CoDot2) {point->x[j], 0.0}, qp->xl[j], qp->xu[j], point->z[j],
					   &sup, out);
		judge_stationarity(qp, point->z, &at, out);
		judge_objective(qp, point->x, &at, sup, out);
	}
	co_rewind(arena, mark);
	return rc;
}
