/*-------------------------------------------------------------------------
 *
 * solver/ipm_certificate.c
 *	  Certificates from the interior point's iterates.
 *
 * On an infeasible problem the multipliers of an infeasible interior point
 * diverge along a Farkas direction, on an unbounded one x does along a ray
 * (Todd, "Detecting infeasibility in infeasible-interior-point methods", in
 * Foundations of Computational Mathematics, 2004).  A cheap look at the sizes
 * says when the exact check of nlp/residual.h is worth its cost.
 *
 *-------------------------------------------------------------------------
 */
#include "base/vec.h"
#include "solver/ipm.h"

#define FIRST_ITERATION 4
#define PROMISING	1e-2		/* leftovers against separation */

/* sum of multiplier times side < 0 and |A'y + z| small against it */
static bool
promises_infeasible(const CoIpm *ipm)
{
	double		lean = 0.0,
				left = 0.0;

	for (int k = 0; k < ipm->size; k++)
	{
		if (ipm->flags[k] & CO_HAS_LO)
			lean -= ipm->vl[k] * ipm->lo[k];
		if (ipm->flags[k] & CO_HAS_HI)
			lean += ipm->vu[k] * ipm->hi[k];
		if (ipm->flags[k] & CO_EQUALITY)
			lean += ipm->y[k - ipm->n] * ipm->lo[k];
		if (ipm->flags[k] & CO_PINNED)
			lean += ipm->z[k] * ipm->lo[k];
	}
	for (int j = 0; j < ipm->n; j++)
		left = co_max(left, fabs(ipm->aty[j] + ipm->z[j]) * co_max(1.0, fabs(ipm->g[j])));
	return lean < 0.0 && left < -PROMISING * lean;
}

static bool
promises_unbounded(const CoIpm *ipm)
{
	double		cx = co_dot(ipm->n, ipm->qp->c, ipm->g);

	return cx < 0.0 && co_norm_inf(ipm->n, ipm->px) < -PROMISING * cx &&
		co_norm_inf(ipm->n, ipm->g) > 1e3;
}

CoRc
co_ipm_certify(CoIpm *ipm, CoIpmVerdict *verdict, bool *found)
{
	const CoScaling *s = ipm->scaling;
	double		margin = -1.0;
	CoRc		rc = CO_OK;

	*found = false;
	if (ipm->iteration < FIRST_ITERATION)
		return CO_OK;
	if (promises_infeasible(ipm))
	{
		for (int i = 0; i < ipm->m; i++)
			ipm->certificate[i] = ipm->y[i] * s->e[i] / s->k;
		rc = co_qp_check_infeasible(ipm->arena, ipm->user, ipm->certificate, &margin);
		if (rc)
			return rc;
		*verdict = CO_IPM_INFEASIBLE;
	}
	if (!(margin > 0.0) && promises_unbounded(ipm))
	{
		for (int j = 0; j < ipm->n; j++)
			ipm->certificate[j] = ipm->g[j] * s->d[j];
		rc = co_qp_check_unbounded(ipm->arena, ipm->user, ipm->certificate, &margin);
		if (rc)
			return rc;
		*verdict = CO_IPM_UNBOUNDED;
	}
	*found = margin > 0.0;
	return CO_OK;
}
