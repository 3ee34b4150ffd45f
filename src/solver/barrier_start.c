/*-------------------------------------------------------------------------
 *
 * solver/barrier_start.c
 *	  The starting point [WB06, section 3.6].
 *
 *-------------------------------------------------------------------------
 */
#include "base/vec.h"
#include "solver/barrier.h"

#define KAPPA			1e-2	/* kappa_1 and kappa_2, WB06 section 3.6 */
#define LAMBDA_MAX		1e3		/* larger estimates are not used: WB06 eq. 36 */
#define Z_START			1.0

/* v pushed to the inside of its sides by kappa, relative */
static double
push_inside(double v, double lo, double hi, unsigned char has, double kappa)
{
	double		width = hi - lo;

	if (has == (CO_HAS_LOWER | CO_HAS_UPPER))
	{
		double		pl = co_min(kappa * co_max(1.0, fabs(lo)), kappa * width),
					pu = co_min(kappa * co_max(1.0, fabs(hi)), kappa * width);

		return co_clamp(v, lo + pl, hi - pu);
	}
	if (has & CO_HAS_LOWER)
		return co_max(v, lo + kappa * co_max(1.0, fabs(lo)));
	if (has & CO_HAS_UPPER)
		return co_min(v, hi - kappa * co_max(1.0, fabs(hi)));
	return v;
}

/*
 * As many equations as variables: the feasible points are isolated, and the
 * objective chooses among none.
 */
bool
co_barrier_is_square(const CoBarrier *b)
{
	return b->m - (b->nv - b->n) == b->n;
}

/* Slacks start at their rows' values, inside their sides. */
static void
place_slacks(CoBarrier *b, double kappa)
{
	CoBarrierPoint *p = b->cur;

	for (int k = b->n; k < b->nv; k++)
		p->at.v[k] = push_inside(p->c[b->extra_row[k - b->n]], b->lo[k], b->hi[k], b->has[k], kappa);
}

/* Multipliers of the sides: given ones, at least mu over the distance, or 1. */
static void
place_duals(CoBarrier *b, const double *y, const double *z)
{
	CoBarrierPoint *p = b->cur;

	for (int j = 0; j < b->nv; j++)
	{
		double		own = !y ? 0.0 : j < b->n ? z[j] : y[b->extra_row[j - b->n]];

		p->at.zl[j] = !(b->has[j] & CO_HAS_LOWER) ? 0.0 :
			y ? co_max(-own, b->mu / p->sl[j]) : Z_START;
		p->at.zu[j] = !(b->has[j] & CO_HAS_UPPER) ? 0.0 :
			y ? co_max(own, b->mu / p->su[j]) : Z_START;
	}
}

/*
 * Start at x; a warm start has multipliers y and z of rows and bounds as well,
 * and stays as near to its sides as mu allows.  CO_NOT_FINITE: no values there.
 */
CoRc
co_barrier_start(CoBarrier *b, const double *x, const double *y, const double *z)
{
	CoBarrierPoint *p = b->cur;
	double		kappa = y ? co_min(KAPPA, b->mu) : KAPPA;
	CoRc		rc;

	for (int j = 0; j < b->n; j++)
		p->at.v[j] = push_inside(x[j], b->lo[j], b->hi[j], b->has[j], kappa);
	for (int k = b->n; k < b->nv; k++)
		p->at.v[k] = push_inside(0.0, b->lo[k], b->hi[k], b->has[k], kappa);
	rc = co_barrier_values(b, p);
	if (rc)
		return rc;
	place_slacks(b, kappa);
	rc = co_barrier_values(b, p);
	if (!rc)
		rc = co_barrier_derivatives(b, p);
	if (rc)
		return rc;
	place_duals(b, y, z);
	co_fill(b->m, 0.0, p->at.y);
	if (y)
		co_copy(b->m, y, p->at.y);
	else if (b->m > 0 && !co_barrier_is_square(b))
	{
		rc = co_barrier_multipliers(b, p, p->at.y);
		if (rc == CO_SINGULAR || rc == CO_NOT_FINITE)
			rc = CO_OK;
		if (!(co_norm_inf(b->m, p->at.y) <= LAMBDA_MAX))
			co_fill(b->m, 0.0, p->at.y);
	}
	return rc;
}
