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
#include "solver/ipm.h"

static void
newton_residuals(CoIpm *ipm)
{
	const CoQp *qp = ipm->qp;
	int			n = ipm->n;

	co_fill(ipm->m, 0.0, ipm->g + n);
	co_csc_mul_add(&qp->a, 1.0, ipm->g, ipm->g + n);
	co_fill(n, 0.0, ipm->px);
	co_csc_symmul_add(&qp->p, 1.0, ipm->g, ipm->px);
	co_fill(n, 0.0, ipm->aty);
	co_csc_tmul_add(&qp->a, 1.0, ipm->y, ipm->aty);
	for (int j = 0; j < n; j++)
	{
		double		grad = ipm->px[j] + qp->c[j] + ipm->aty[j];

		if (ipm->flags[j] & CO_PINNED)
			ipm->z[j] = -grad;
		else
			ipm->z[j] = ipm->vu[j] - ipm->vl[j];
		ipm->rd[j] = grad + ipm->z[j];
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

	for (int k = 0; k < ipm->size; k++)
	{
		double		factor = k < ipm->n ? s->d[k] : 1.0 / s->e[k - ipm->n];

		ipm->res.primal = fmax(ipm->res.primal,
							   factor * violation(ipm->g[k], ipm->lo[k], ipm->hi[k]));
		if (k >= ipm->n)
			ipm->res.primal_scale = fmax(ipm->res.primal_scale, factor * fabs(ipm->g[k]));
	}
}

static void
dual_part(CoIpm *ipm)
{
	const CoScaling *s = ipm->scaling;

	for (int j = 0; j < ipm->n; j++)
	{
		double		factor = 1.0 / (s->k * s->d[j]);
		double		size = fmax(fmax(fabs(ipm->px[j]), fabs(ipm->aty[j])),
								fmax(fabs(ipm->qp->c[j]), fabs(ipm->z[j])));

		ipm->res.dual = fmax(ipm->res.dual, factor * fabs(ipm->rd[j]));
		ipm->res.dual_scale = fmax(ipm->res.dual_scale, factor * size);
	}
}

/* gap = x'Px + c'x + sum of multiplier times side, in one sum */
static void
gap_part(CoIpm *ipm)
{
	double		xpx = co_dot(ipm->n, ipm->g, ipm->px),
				cx = co_dot(ipm->n, ipm->qp->c, ipm->g),
				lean = 0.0;

	for (int k = 0; k < ipm->size; k++)
	{
		double		v = k < ipm->n ? ipm->z[k] : ipm->y[k - ipm->n];
		double		side = leaning_side(ipm, k, v);

		lean += v * side;
		ipm->res.compl = fmax(ipm->res.compl, fabs(v) * fabs(ipm->g[k] - side) / ipm->scaling->k);
	}
	ipm->res.gap = fabs(xpx + cx + lean) / ipm->scaling->k;
	ipm->res.objective = (0.5 * xpx + cx) / ipm->scaling->k + ipm->user->c0;
	ipm->res.gap_scale = fmin(fabs(0.5 * xpx + cx), fabs(0.5 * xpx + lean)) / ipm->scaling->k;
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
				gap = fmax(r->gap, r->compl) /
		(o->absolute_tolerance + o->tolerance * r->gap_scale + tiny);

	*merit = fmax(primal, fmax(dual, gap));
	if (isnan(primal) || isnan(dual) || isnan(gap))
		*merit = INFINITY;
	return *merit <= 1.0;
}
