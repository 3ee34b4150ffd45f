/*-------------------------------------------------------------------------
 *
 * solver/barrier_multipliers.c
 *	  Multipliers that no step has made: least squares of the gradient of the
 *	  Lagrangian, at a start, where they have run off, at an end.
 *
 *-------------------------------------------------------------------------
 */
#include "base/vec.h"
#include "solver/barrier.h"

#define ACTIVE_DISTANCE	1e-6	/* to a side that may be active */
#define ACTIVE_WEIGHT	1e8		/* its multiplier costs 1e-8 of a residual */
#define ACTIVE_ROUNDS	10

/*
 * Least-squares multipliers [WB06 eq. 36]:
 *		( I  A' ) ( w )		( grad f - zl + zu )
 *		( A  0  ) ( y ) = - ( 0				   )
 * CO_SINGULAR: none.  b->kkt loses its factorization.
 */
CoRc
co_barrier_multipliers(CoBarrier *b, CoBarrierPoint *p, double *y)
{
	CoBarrierPoint flat = *p;
	CoInertia	inertia;
	double		ratio;
	CoRc		rc;

	flat.at.zl = flat.at.zu = b->zero;
	b->delta_w = 1.0;
	co_fill(b->nv, 0.0, b->weight);
	co_barrier_clear_vectors(b, &b->rhs);
	for (int j = 0; j < b->nv; j++)
		b->rhs.v[j] = -p->grad[j] + p->at.zl[j] - p->at.zu[j];
	rc = co_barrier_factor(b, &flat, NULL, &inertia);
	if (!rc)
		rc = co_barrier_solve(b, &flat, NULL, &b->rhs, &b->soc, &ratio);
	if (!rc && !(ratio <= CO_RATIO_SINGULAR))
		rc = CO_SINGULAR;
	if (!rc)
		co_copy(b->m, b->soc.y, y);
	return rc;
}

/* Sides within reach of p are what a multiplier may push against. */
static void
guess_active(const CoBarrier *b, const CoBarrierPoint *p, double *zl, double *zu)
{
	for (int j = 0; j < b->nv; j++)
	{
		double		sl = b->has[j] & CO_HAS_LOWER ? p->sl[j] : INFINITY,
					su = b->has[j] & CO_HAS_UPPER ? p->su[j] : INFINITY;

		zl[j] = sl <= su && sl < ACTIVE_DISTANCE ? ACTIVE_WEIGHT * sl : 0.0;
		zu[j] = su < sl && su < ACTIVE_DISTANCE ? ACTIVE_WEIGHT * su : 0.0;
	}
}

/* Sides whose multipliers came out with the wrong sign are none. */
static int
drop_wrong(const CoBarrier *b, const CoVectors *sol, double *zl, double *zu)
{
	int			n = 0;

	for (int j = 0; j < b->nv; j++)
	{
		bool		lower = zl[j] > 0.0 && sol->zl[j] < 0.0,
					upper = zu[j] > 0.0 && sol->zu[j] < 0.0;

		if (lower)
			zl[j] = 0.0;
		if (upper)
			zu[j] = 0.0;
		n += lower || upper;
	}
	return n;
}

/*
 * Multipliers of cur from its active sides alone, for where those of the
 * barrier have run off: the least squares of the gradient of the Lagrangian over
 * y and the multipliers of the sides within reach,
 *		min 1/2 |grad f + A'y - zl + zu|^2 + 1/2 (|zl|^2 + |zu|^2) / ACTIVE_WEIGHT,
 * without the sides whose signs are wrong [NW06, section 18.3].  In (9) these
 * are W = 0, delta_w = 1, zl / sl = ACTIVE_WEIGHT.
 */
CoRc
co_barrier_active_multipliers(CoBarrier *b)
{
	CoBarrierPoint *p = b->cur,
				flat = *p;
	CoInertia	inertia;
	CoRc		rc = CO_OK;

	flat.at.zl = b->kept_step.zl;
	flat.at.zu = b->kept_step.zu;
	guess_active(b, p, flat.at.zl, flat.at.zu);
	b->delta_w = 1.0;
	for (int k = 0; k < ACTIVE_ROUNDS; k++)
	{
		double		ratio = INFINITY;

		for (int j = 0; j < b->nv; j++)
			b->weight[j] = co_barrier_weight(b, &flat, j);
		co_barrier_clear_vectors(b, &b->rhs);
		for (int j = 0; j < b->nv; j++)
			b->rhs.v[j] = -p->grad[j];
		rc = co_barrier_factor(b, &flat, NULL, &inertia);
		if (!rc)
			rc = co_barrier_solve(b, &flat, NULL, &b->rhs, &b->soc, &ratio);
		if (!rc && !(ratio <= CO_RATIO_SINGULAR))
			rc = CO_SINGULAR;
		if (rc || drop_wrong(b, &b->soc, flat.at.zl, flat.at.zu) == 0)
			break;
	}
	if (rc)
		return rc;
	co_copy(b->m, b->soc.y, p->at.y);
	for (int j = 0; j < b->nv; j++)
	{
		p->at.zl[j] = flat.at.zl[j] > 0.0 ? co_max(0.0, b->soc.zl[j]) : 0.0;
		p->at.zu[j] = flat.at.zu[j] > 0.0 ? co_max(0.0, b->soc.zu[j]) : 0.0;
	}
	return CO_OK;
}
