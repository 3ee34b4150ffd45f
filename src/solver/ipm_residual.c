/*-------------------------------------------------------------------------
 *
 * solver/ipm_residual.c
 *	  Residuals of the interior point's iterate, and its convergence test.
 *
 * The Newton residuals (rd, rl, ru) are those of the scaled problem with
 * slacks; what convergence is judged by is the unscaled violation of the
 * stated rows and bounds.
 *
 *-------------------------------------------------------------------------
 */
#include "base/vec.h"
#include "nlp/dot2.h"
#include "nlp/dot2_product.h"
#include "solver/ipm.h"

/* rd, and z of the pinned variables; px and its low part are there */
static void
stationarity(CoIpm *ipm)
{
	const CoCsc *a = &ipm->qp->a;

	for (int j = 0; j < ipm->n; j++)
	{
		CoDot2		aty = {0.0, 0.0},
					sum;

		for (int k = a->start[j]; k < a->start[j + 1]; k++)
			co_dot2_add_product(&aty, a->value[k], ipm->y[a->index[k]]);
		ipm->aty[j] = co_dot2_value(aty);
		sum = aty;
		co_dot2_add(&sum, ipm->px[j]);
		co_dot2_add(&sum, ipm->px_low[j]);
		co_dot2_add(&sum, ipm->qp->c[j]);
		if (ipm->flags[j] & CO_PINNED)
			ipm->z[j] = -co_dot2_value(sum);
		else
			ipm->z[j] = ipm->vu[j] - ipm->vl[j];
		ipm->rd[j] = -co_dot2_minus((CoDot2) {-sum.hi, -sum.lo}, ipm->z[j]);
	}
}

static void
newton_residuals(CoIpm *ipm)
{
	co_dot2_symmul(&ipm->qp->p, ipm->g, ipm->px, ipm->px_low);
	stationarity(ipm);
	co_dot2_mul(&ipm->qp->a, ipm->g, ipm->g + ipm->n, ipm->low);
	for (int i = 0; i < ipm->m; i++)
	{
		int			k = ipm->n + i;
		CoDot2		sum = {ipm->g[k], ipm->low[i]};

		if (ipm->dual_prox > 0.0)
			co_dot2_add(&sum, -ipm->dual_prox * ipm->y[i]);

		/* row minus side, rounded once: the low part is kept for the sides */
		ipm->re[i] = ipm->flags[k] & CO_EQUALITY ? -co_dot2_minus(sum, ipm->lo[k]) : 0.0;
		ipm->g[k] = co_dot2_value(sum);
	}
	for (int k = 0; k < ipm->size; k++)
	{
		if (ipm->flags[k] & CO_HAS_LO)
			ipm->rl[k] = ipm->lo[k] - ipm->g[k] + ipm->tl[k];
		if (ipm->flags[k] & CO_HAS_HI)
			ipm->ru[k] = ipm->hi[k] - ipm->g[k] - ipm->tu[k];
	}
}

static double
violation(double g, double lo, double hi)
{
	return g < lo ? lo - g : g > hi ? g - hi : 0.0;
}

/* What the user sees: without the term of dual_prox. */
static double
stated_violation(const CoIpm *ipm, int k)
{
	double		prox = k < ipm->n ? 0.0 : ipm->dual_prox * ipm->y[k - ipm->n];

	if (ipm->flags[k] & CO_EQUALITY)
		return fabs(ipm->re[k - ipm->n] - prox);
	return violation(ipm->g[k] + prox, ipm->lo[k], ipm->hi[k]);
}

/* The side a multiplier leans on; 0 where there is none to lean on. */
static double
leaning_side(const CoIpm *ipm, int k, double v)
{
	if (ipm->flags[k] & (CO_PINNED | CO_EQUALITY))
		return ipm->lo[k];
	return v > 0.0 ? (ipm->flags[k] & CO_HAS_HI ? ipm->hi[k] : 0.0)
		: (ipm->flags[k] & CO_HAS_LO ? ipm->lo[k] : 0.0);
}

static void
primal_part(CoIpm *ipm)
{
	const CoScaling *s = ipm->scaling;

	ipm->newton_primal = 0.0;
	for (int k = 0; k < ipm->size; k++)
	{
		double		factor = k < ipm->n ? s->d[k] : 1.0 / s->e[k - ipm->n];

		ipm->res.primal = co_max(ipm->res.primal, factor * stated_violation(ipm, k));
		ipm->newton_primal = co_max(ipm->newton_primal, factor *
									(ipm->flags[k] & CO_EQUALITY ? fabs(ipm->re[k - ipm->n])
									 : violation(ipm->g[k], ipm->lo[k], ipm->hi[k])));
		if (k >= ipm->n)
			ipm->res.primal_scale = co_max(ipm->res.primal_scale, factor * fabs(ipm->g[k]));
	}
}

static void
dual_part(CoIpm *ipm)
{
	const CoScaling *s = ipm->scaling;

	for (int j = 0; j < ipm->n; j++)
	{
		double		factor = 1.0 / (s->k * s->d[j]);
		double		size = co_max(co_max(fabs(ipm->px[j]), fabs(ipm->aty[j])),
								  co_max(fabs(ipm->qp->c[j]), fabs(ipm->z[j])));

		ipm->res.dual = co_max(ipm->res.dual, factor * fabs(ipm->rd[j]));
		ipm->res.dual_scale = co_max(ipm->res.dual_scale, factor * size);
	}
}

/*
 * gap = x'Px + c'x + sum of multiplier times side, in one compensated sum: at
 * an objective of 1e7 plain rounding alone would exceed 1e-9.
 */
static void
gap_part(CoIpm *ipm)
{
	double		k = ipm->scaling->k;
	CoDot2		xpx = {0.0, 0.0},
				cx = {0.0, 0.0},
				lean = {0.0, 0.0},
				gap;

	for (int j = 0; j < ipm->n; j++)
	{
		co_dot2_add_product(&xpx, ipm->g[j], ipm->px[j]);
		co_dot2_add_product(&xpx, ipm->g[j], ipm->px_low[j]);
		co_dot2_add_product(&cx, ipm->g[j], ipm->qp->c[j]);
	}
	for (int i = 0; i < ipm->size; i++)
	{
		double		v = i < ipm->n ? ipm->z[i] : ipm->y[i - ipm->n];
		double		side = leaning_side(ipm, i, v);

		co_dot2_add_product(&lean, v, side);
		ipm->res.compl = co_max(ipm->res.compl, fabs(v) * fabs(ipm->g[i] - side) / k);
	}
	gap = xpx;
	co_dot2_add(&gap, cx.hi);
	co_dot2_add(&gap, cx.lo);
	co_dot2_add(&gap, lean.hi);
	co_dot2_add(&gap, lean.lo);
	ipm->res.signed_gap = co_dot2_value(gap) / k;
	ipm->res.gap = fabs(ipm->res.signed_gap);
	ipm->res.objective = (0.5 * co_dot2_value(xpx) + co_dot2_value(cx)) / k + ipm->user->c0;
	ipm->res.gap_scale = co_min(fabs(ipm->res.objective),
								fabs(ipm->user->c0 - (0.5 * co_dot2_value(xpx) + co_dot2_value(lean)) / k));
}

void
co_ipm_residuals(CoIpm *ipm)
{
	newton_residuals(ipm);
	memset(&ipm->res, 0, sizeof ipm->res);
	primal_part(ipm);
	dual_part(ipm);
	gap_part(ipm);
}

/* merit <= 1: every residual is within its tolerance */
bool
co_ipm_converged(const CoIpm *ipm, double *merit)
{
	const CoOptions *o = ipm->options;
	const CoIpmResidual *r = &ipm->res;
	double		tiny = 1e-300;	/* both tolerances may be 0 */
	double		primal = r->primal / (o->absolute_tolerance + o->tolerance * r->primal_scale + tiny),
				dual = r->dual / (o->absolute_tolerance + o->tolerance * r->dual_scale + tiny),
				gap = r->gap /
		(o->absolute_tolerance + o->tolerance * r->gap_scale + tiny);

	*merit = co_max(primal, co_max(dual, gap));
	if (isnan(primal) || isnan(dual) || isnan(gap))
		*merit = INFINITY;
	return *merit <= 1.0;
}
