/*-------------------------------------------------------------------------
 *
 * solver/ipm_step.c
 *	  One iteration: Mehrotra's predictor and corrector, Gondzio's centrality
 *	  correctors, the step.
 *
 * Mehrotra, SIAM J. Optim. 2 (1992) 575-601 [M92]; Gondzio, Comput. Optim.
 * Appl. 6 (1996) 137-156 [G96]; Colombo and Gondzio, Comput. Optim. Appl. 41
 * (2008) 277-305 [CG08].
 *
 * Newton's equations of solver/ipm.h for wanted products tl vl + cl, tu vu + cu:
 *
 *		dtl = dg - rl,	 tl dvl + vl dtl = cl		(lower side)
 *		dtu = ru - dg,	 tu dvu + vu dtu = cu		(upper side)
 *		P dx + A'dy + dz = -rd,	 dv = dvu - dvl = q + weight dg,
 *		weight = vl/tl + vu/tu,	 q = (cu - vu ru)/tu - (cl + vl rl)/tl
 *
 * which eliminates to system (1) of solver/kkt.h.
 *
 *-------------------------------------------------------------------------
 */
#include "base/vec.h"
#include "linalg/ticker.h"
#include "solver/ipm.h"

#define PINNED_WEIGHT	1e20	/* holds a pinned variable still */

/*
 * A proximal term on x (next to none where a bound has a weight of its own,
 * whose smallest values matter: finnis) that stays in the system that is solved: without it
 * rounding drives x along directions in which neither P nor a bound holds it.
 */
#define FREE_PROXIMAL	1e-11
#define BOUNDED_PROXIMAL 1e-14
/*
 * Of equality rows: a proximal term delta/2 |y - y_k|^2 that stays in the system that is solved
 * (Friedlander and Orban, Math. Prog. Comput. 4 (2012) 71-107): without it the
 * refinement would follow the null space of dependent rows, and y would drift
 * to 1e13 (dfl001).  It leaves a residual of PROXIMAL dy, which vanishes with
 * the steps.
 */
#define PROXIMAL		1e-11
#define FREE_ROW_WEIGHT 1e-20	/* a row without sides has no say */

#define MAX_CORRECTORS	3		/* more does not pay: [G96] section 4.2 */
#define BETA_MIN		0.1		/* [G96] eq. 13: products outside */
#define BETA_MAX		10.0	/* [beta_min, beta_max] mu are pulled in */
#define ASPIRE_FACTOR	1.5		/* step length a corrector aims at: [CG08] */
#define ASPIRE_PLUS		0.1
#define ACCEPT_GAIN		0.1		/* part of the aimed gain that must arrive */

#define BOUNDARY		0.995	/* fraction to the boundary, at least */

/* Accuracy asked of the linear solves, relative to the Newton residuals. */
#define SOLVE_RESIDUAL	1e-3
#define SOLVE_WANTED	1e-3	/* of the wanted tolerance */
#define SOLVE_TINY		1e-17

static void
compute_weights(CoIpm *ipm)
{
	bool		damped = ipm->path == CO_IPM_DAMPED;
	double		free_x = damped ? ipm->kkt->rho : FREE_PROXIMAL,
				bounded_x = damped ? ipm->kkt->rho : BOUNDED_PROXIMAL,
				equality_y = damped ? ipm->kkt->delta : PROXIMAL;

	for (int k = 0; k < ipm->size; k++)
	{
		double		w = ipm->vl[k] / ipm->tl[k] + ipm->vu[k] / ipm->tu[k];

		ipm->weight[k] = w;
		if (k < ipm->n)
			ipm->kdx[k] = ipm->flags[k] & CO_PINNED ? PINNED_WEIGHT
				: w + (ipm->flags[k] ? bounded_x : free_x);
		else
			ipm->kdy[k - ipm->n] = ipm->dual_prox +
				(ipm->flags[k] & CO_EQUALITY ? equality_y : 1.0 / co_max(w, FREE_ROW_WEIGHT));
	}
}

static double
side_term(const CoIpm *ipm, int k)
{
	double		q = 0.0;

	if (ipm->flags[k] & CO_HAS_LO)
		q -= (ipm->cl[k] + ipm->vl[k] * ipm->rl[k]) / ipm->tl[k];
	if (ipm->flags[k] & CO_HAS_HI)
		q += (ipm->cu[k] - ipm->vu[k] * ipm->ru[k]) / ipm->tu[k];
	return q;
}

static void
right_hand_side(CoIpm *ipm)
{
	int			n = ipm->n;

	for (int j = 0; j < n; j++)
		ipm->bx[j] = ipm->flags[j] & CO_PINNED ? 0.0 : -ipm->rd[j] - side_term(ipm, j);
	for (int i = 0; i < ipm->m; i++)
	{
		if (ipm->flags[n + i] & CO_EQUALITY)
			ipm->by[i] = ipm->re[i];
		else
			ipm->by[i] = -side_term(ipm, n + i) * (ipm->kdy[i] - ipm->dual_prox);
	}
}

/*
 * The changes of one index from dg and dv.  Both determine them; of a side
 * near its bound (v > t) the multiplier is taken from dv and the slack from
 * the product, because dg times a huge weight would carry the rounding of dg.
 */
static void
split_lower(CoIpm *ipm, int k, double dvl_by_dual)
{
	if (ipm->vl[k] > ipm->tl[k])
	{
		ipm->dvl[k] = dvl_by_dual;
		ipm->dtl[k] = (ipm->cl[k] - ipm->tl[k] * ipm->dvl[k]) / ipm->vl[k];
	}
	else
	{
		ipm->dtl[k] = ipm->dg[k] - ipm->rl[k];
		ipm->dvl[k] = (ipm->cl[k] - ipm->vl[k] * ipm->dtl[k]) / ipm->tl[k];
	}
}

static void
split_upper(CoIpm *ipm, int k, double dvu_by_dual)
{
	if (ipm->vu[k] > ipm->tu[k])
	{
		ipm->dvu[k] = dvu_by_dual;
		ipm->dtu[k] = (ipm->cu[k] - ipm->tu[k] * ipm->dvu[k]) / ipm->vu[k];
	}
	else
	{
		ipm->dtu[k] = ipm->ru[k] - ipm->dg[k];
		ipm->dvu[k] = (ipm->cu[k] - ipm->vu[k] * ipm->dtu[k]) / ipm->tu[k];
	}
}

static void
split_change(CoIpm *ipm, int k)
{
	unsigned	sides = ipm->flags[k] & (CO_HAS_LO | CO_HAS_HI);

	if (sides == CO_HAS_LO)
		split_lower(ipm, k, -ipm->dv[k]);
	else if (sides == CO_HAS_HI)
		split_upper(ipm, k, ipm->dv[k]);
	else if (sides && ipm->vl[k] * ipm->tu[k] > ipm->vu[k] * ipm->tl[k])
	{
		/* The lower side is the nearer: the upper goes by dg first. */
		ipm->dtu[k] = ipm->ru[k] - ipm->dg[k];
		ipm->dvu[k] = (ipm->cu[k] - ipm->vu[k] * ipm->dtu[k]) / ipm->tu[k];
		split_lower(ipm, k, ipm->dvu[k] - ipm->dv[k]);
	}
	else if (sides)
	{
		ipm->dtl[k] = ipm->dg[k] - ipm->rl[k];
		ipm->dvl[k] = (ipm->cl[k] - ipm->vl[k] * ipm->dtl[k]) / ipm->tl[k];
		split_upper(ipm, k, ipm->dvl[k] + ipm->dv[k]);
	}
}

/* The wanted tolerances in the scaled units of the most sensitive row and column. */
static void
set_floors(CoIpm *ipm)
{
	const CoScaling *s = ipm->scaling;
	const CoOptions *o = ipm->options;
	double		x = INFINITY,
				y = INFINITY;

	for (int j = 0; j < ipm->n; j++)
		x = co_min(x, s->k * s->d[j]);
	for (int i = 0; i < ipm->m; i++)
		y = co_min(y, s->e[i]);
	for (int j = 0; j < ipm->n; j++)
		y = co_min(y, 1.0 / s->d[j]);
	ipm->floor_x = SOLVE_TINY + SOLVE_WANTED * x *
		(o->absolute_tolerance + o->tolerance * ipm->res.dual_scale);
	ipm->floor_y = SOLVE_TINY + SOLVE_WANTED * y *
		(o->absolute_tolerance + o->tolerance * ipm->res.primal_scale);
}

static double
primal_newton_norm(const CoIpm *ipm)
{
	double		norm = 0.0;

	for (int k = 0; k < ipm->size; k++)
	{
		if (ipm->flags[k] & CO_HAS_LO)
			norm = co_max(norm, fabs(ipm->rl[k]));
		if (ipm->flags[k] & CO_HAS_HI)
			norm = co_max(norm, fabs(ipm->ru[k]));
		if (ipm->flags[k] & CO_EQUALITY)
			norm = co_max(norm, fabs(ipm->re[k - ipm->n]));
	}
	return norm;
}

/* Solve for the direction that belongs to cl and cu. */
static CoRc
solve_direction(CoIpm *ipm)
{
	int			n = ipm->n;
	double		error;
	CoRc		rc;

	right_hand_side(ipm);
	rc = co_kkt_solve(ipm->kkt, ipm->bx, ipm->by,
					  SOLVE_RESIDUAL * co_norm_inf(n, ipm->rd) + ipm->floor_x,
					  SOLVE_RESIDUAL * primal_newton_norm(ipm) + ipm->floor_y,
					  ipm->dg, ipm->dy, &error);
	if (rc)
		return rc;
	ipm->solve_error = error;
	/* dz = -rd - P dx - A'dy; pinned variables moved by rounding only */
	for (int j = 0; j < n; j++)
		if (ipm->flags[j] & CO_PINNED)
			ipm->dg[j] = 0.0;
	co_copy(ipm->m, ipm->kkt->ax, ipm->dg + n);
	if (ipm->dual_prox > 0.0)
		co_axpy(ipm->m, -ipm->dual_prox, ipm->dy, ipm->dg + n);
	for (int j = 0; j < n; j++)
		ipm->dv[j] = -ipm->rd[j] - ipm->kkt->px[j] - ipm->kkt->aty[j];
	co_copy(ipm->m, ipm->dy, ipm->dv + n);
	for (int k = 0; k < ipm->size; k++)
		split_change(ipm, k);
	return CO_OK;
}

/* The largest steps in (0, 1] that keep slacks and multipliers at (1 - tau) of their size. */
static void
longest_steps(const CoIpm *ipm, double tau, double *primal, double *dual)
{
	double		p = 0.0,
				d = 0.0;		/* largest relative decreases */

	for (int k = 0; k < ipm->size; k++)
	{
		if (ipm->flags[k] & CO_HAS_LO)
		{
			p = co_max(p, -ipm->dtl[k] / ipm->tl[k]);
			d = co_max(d, -ipm->dvl[k] / ipm->vl[k]);
		}
		if (ipm->flags[k] & CO_HAS_HI)
		{
			p = co_max(p, -ipm->dtu[k] / ipm->tu[k]);
			d = co_max(d, -ipm->dvu[k] / ipm->vu[k]);
		}
	}
	*primal = p > tau ? tau / p : 1.0;
	*dual = d > tau ? tau / d : 1.0;
	if (co_csc_nnz(&ipm->qp->p) > 0)

		/* P dx stands in the dual residual: one step for both. */
		*primal = *dual = co_min(*primal, *dual);
}

static double
mu_after(const CoIpm *ipm, double primal, double dual)
{
	double		sum = 0.0;

	for (int k = 0; k < ipm->size; k++)
	{
		if (ipm->flags[k] & CO_HAS_LO)
			sum += (ipm->tl[k] + primal * ipm->dtl[k]) * (ipm->vl[k] + dual * ipm->dvl[k]);
		if (ipm->flags[k] & CO_HAS_HI)
			sum += (ipm->tu[k] + primal * ipm->dtu[k]) * (ipm->vu[k] + dual * ipm->dvu[k]);
	}
	return ipm->n_sides > 0 ? sum / ipm->n_sides : 0.0;
}

/* cl, cu := target - t v - second dt dv */
static void
set_products(CoIpm *ipm, double target, double second)
{
	for (int k = 0; k < ipm->size; k++)
	{
		ipm->cl[k] = target - ipm->tl[k] * ipm->vl[k];
		ipm->cu[k] = target - ipm->tu[k] * ipm->vu[k];
		if (second > 0.0)
		{
			ipm->cl[k] -= second * ipm->dtl[k] * ipm->dvl[k];
			ipm->cu[k] -= second * ipm->dtu[k] * ipm->dvu[k];
		}
	}
}

static double
pull_in(double product, double mu)
{
	if (product < BETA_MIN * mu)
		return BETA_MIN * mu - product;
	if (product > BETA_MAX * mu)
		return co_max(BETA_MAX * mu - product, -BETA_MAX * mu);
	return 0.0;
}

/* Add [G96]'s correction for the products reached with the aimed steps. */
static void
add_centrality(CoIpm *ipm, double mu, double primal, double dual)
{
	for (int k = 0; k < ipm->size; k++)
	{
		if (ipm->flags[k] & CO_HAS_LO)
			ipm->cl[k] += pull_in((ipm->tl[k] + primal * ipm->dtl[k]) *
								  (ipm->vl[k] + dual * ipm->dvl[k]), mu);
		if (ipm->flags[k] & CO_HAS_HI)
			ipm->cu[k] += pull_in((ipm->tu[k] + primal * ipm->dtu[k]) *
								  (ipm->vu[k] + dual * ipm->dvu[k]), mu);
	}
}

static void
exchange(CoIpm *ipm)
{
	double	   *direction[] = {ipm->dg, ipm->dv, ipm->dtl, ipm->dtu, ipm->dvl, ipm->dvu};
	double	   *kept = ipm->kept;

	for (int d = 0; d < 6; d++, kept += ipm->size)
		for (int k = 0; k < ipm->size; k++)
		{
			double		swap = kept[k];

			kept[k] = direction[d][k];
			direction[d][k] = swap;
		}
	for (int i = 0; i < ipm->m; i++)
	{
		double		swap = kept[i];

		kept[i] = ipm->dy[i];
		ipm->dy[i] = swap;
	}
}

/*
 * The dearer a factorization beside a solve, the more of them: [G96] section
 * 4.2.  Sparse problems always get all: they are the ill-conditioned ones, and
 * fail more often with fewer (measured on the Netlib and Maros-Meszaros sets).
 */
static int
n_correctors(const CoIpm *ipm)
{
	double		cost = ipm->kkt->factor_cost;

	if (ipm->kkt->backend->path == CO_KKT_SPARSE)
		return MAX_CORRECTORS;
	return cost > 50.0 ? MAX_CORRECTORS : cost > 30.0 ? 2 : cost > 10.0 ? 1 : 0;
}

static CoRc
centrality_correctors(CoIpm *ipm, double mu, double tau, double *primal, double *dual, int *used)
{
	for (int c = 0; c < n_correctors(ipm); c++)
	{
		double		aim_p = co_min(1.0, ASPIRE_FACTOR * *primal + ASPIRE_PLUS),
					aim_d = co_min(1.0, ASPIRE_FACTOR * *dual + ASPIRE_PLUS),
					new_p,
					new_d;
		CoRc		rc;

		if (*primal > 0.95 && *dual > 0.95)
			break;
		add_centrality(ipm, mu, aim_p, aim_d);
		exchange(ipm);
		rc = solve_direction(ipm);
		if (rc)
			return rc;
		longest_steps(ipm, tau, &new_p, &new_d);
		if (new_p + new_d < *primal + *dual + ACCEPT_GAIN * (aim_p + aim_d - *primal - *dual))
		{
			exchange(ipm);
			break;
		}
		*primal = new_p;
		*dual = new_d;
		++*used;
	}
	return CO_OK;
}

static void
take_step(CoIpm *ipm, double primal, double dual)
{
	ipm->step_primal = primal;
	ipm->step_dual = dual;
	for (int k = 0; k < ipm->size; k++)
	{
		if (k < ipm->n)
			ipm->g[k] += primal * ipm->dg[k];
		if (ipm->flags[k] & CO_HAS_LO)
		{
			ipm->tl[k] += primal * ipm->dtl[k];
			ipm->vl[k] += dual * ipm->dvl[k];
		}
		if (ipm->flags[k] & CO_HAS_HI)
		{
			ipm->tu[k] += primal * ipm->dtu[k];
			ipm->vu[k] += dual * ipm->dvu[k];
		}
	}
	for (int i = 0; i < ipm->m; i++)
	{
		if (ipm->flags[ipm->n + i] & CO_EQUALITY)
			ipm->y[i] += dual * ipm->dy[i];
		else
			ipm->y[i] = ipm->vu[ipm->n + i] - ipm->vl[ipm->n + i];
	}
}

CoRc
co_ipm_step(CoIpm *ipm, CoIteration *line)
{
	double		mu = mu_after(ipm, 0.0, 0.0),
				sigma,
				aim,
				primal,
				dual,
				tau = co_max(BOUNDARY, 1.0 - mu);
	int			refined = ipm->kkt->n_refine;
	CoRc		rc;

	set_floors(ipm);
	compute_weights(ipm);
	rc = co_kkt_factor(ipm->kkt, ipm->kdx, ipm->kdy);
	if (rc)
		return rc;

	/* Predictor: the affine direction, and from its success sigma [M92]. */
	set_products(ipm, 0.0, 0.0);
	rc = solve_direction(ipm);
	if (rc)
		return rc;
	longest_steps(ipm, 1.0, &primal, &dual);
	sigma = mu > 0.0 ? pow(mu_after(ipm, primal, dual) / mu, 3.0) : 0.0;
	aim = co_max(sigma * mu, ipm->mu_floor);

	/* Corrector: centred, with the second-order term. */
	if (ipm->n_sides > 0)
	{
		set_products(ipm, aim, 1.0);
		rc = solve_direction(ipm);
		if (rc)
			return rc;
		longest_steps(ipm, tau, &primal, &dual);
		rc = centrality_correctors(ipm, aim, tau, &primal, &dual, &line->corrections);
		if (rc)
			return rc;
	}
	line->step_primal = primal;
	line->step_dual = dual;
	line->refinements = ipm->kkt->n_refine - refined;
	take_step(ipm, primal, dual);
	ipm->mu = mu_after(ipm, 0.0, 0.0);
	return co_poll_pass(ipm->arena, ipm->size);
}
