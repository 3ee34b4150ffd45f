/*-------------------------------------------------------------------------
 *
 * solver/ipm_polish.c
 *	  From a nearly optimal interior point to the vertex or face it points at.
 *
 * With the active sides known, the KKT conditions are equations:
 *
 *		Px + c + A'y + z = 0,	x = side where z may be nonzero,
 *		Ax = side where y may be nonzero.
 *
 * They are solved from the interior point's estimate by Newton steps whose
 * residuals are computed in twice the working precision, so x, y and z come out
 * to the rounding of their own size, products exactly 0 and inactive
 * multipliers exactly 0.  A guess that was wrong shows as a violated side or a
 * multiplier of the wrong sign; both are exchanged, as the primal-dual active
 * set method does (Hintermueller, Ito, Kunisch, SIAM J. Optim. 13 (2002)
 * 865-888), for a few rounds.  The result counts only when its residuals are
 * better than the interior point's.
 *
 *-------------------------------------------------------------------------
 */
#include <limits.h>

#include "base/vec.h"
#include "solver/ipm.h"

#define POLISH_ROUNDS 6
#define MAX_STEPS	4
#define HOLD		1e20		/* weight of what must not move, inverse
								 * weight of what is free */
#define SMALL_GAIN	0.5
#define STEP_ACCURACY	1e-3
#define TINY		1e-18

/*
 * On the way a polish is tried from this merit on, and again where it has
 * fallen by EARLY_AGAIN: mostly the active sides are known long before the
 * products are small, and a try costs about as much as an iteration.
 */
#define EARLY_FROM	1e4
#define EARLY_AGAIN	1e-2
#define EARLY_ROUNDS	3
#define EARLY_STEPS		2
#define EARLY_ROUNDING	1e-14	/* scaled; what is left is rounding */

/* An index that rests on a side, guessed or by equal sides. */
bool
co_ipm_held(const CoIpm *ipm, int k)
{
	return ipm->active[k] || (ipm->flags[k] & (CO_PINNED | CO_EQUALITY));
}

double
co_ipm_held_side(const CoIpm *ipm, int k)
{
	return ipm->active[k] & CO_ON_HI ? ipm->hi[k] : ipm->lo[k];
}

/* Which side, if any, an index of the interior iterate rests on. */
void
co_ipm_mark_active(CoIpm *ipm)
{
	for (int k = 0; k < ipm->size; k++)
	{
		bool		lo = (ipm->flags[k] & CO_HAS_LO) && ipm->vl[k] > ipm->tl[k],
					hi = (ipm->flags[k] & CO_HAS_HI) && ipm->vu[k] > ipm->tu[k];

		ipm->active[k] = lo && (!hi || ipm->vl[k] > ipm->vu[k]) ? CO_ON_LO : hi ? CO_ON_HI : 0;
	}
}

/* The best point as the current one. */
void
co_ipm_load_best(CoIpm *ipm)
{
	co_copy(ipm->n, ipm->best_x, ipm->g);
	co_copy(ipm->m, ipm->best_y, ipm->y);
	co_copy(ipm->n, ipm->best_z, ipm->z);
	for (int j = 0; j < ipm->n; j++)
	{
		ipm->vl[j] = co_max(-ipm->z[j], 0.0);
		ipm->vu[j] = co_max(ipm->z[j], 0.0);
	}
}

/* Put the point on its sides, and zero the multipliers that must be. */
static void
project_point(CoIpm *ipm)
{
	for (int j = 0; j < ipm->n; j++)
		if (co_ipm_held(ipm, j))
			ipm->g[j] = co_ipm_held_side(ipm, j);
	for (int i = 0; i < ipm->m; i++)
		if (!co_ipm_held(ipm, ipm->n + i))
			ipm->y[i] = 0.0;
}

static CoRc
factor_active(CoIpm *ipm)
{
	for (int j = 0; j < ipm->n; j++)
		ipm->kdx[j] = co_ipm_held(ipm, j) ? HOLD : 0.0;
	for (int i = 0; i < ipm->m; i++)
		ipm->kdy[i] = co_ipm_held(ipm, ipm->n + i) ? 0.0 : HOLD;
	return co_kkt_factor(ipm->kkt, ipm->kdx, ipm->kdy);
}

/* Of the residuals that stand in bx and by */
static double
active_norm(const CoIpm *ipm)
{
	return co_max(co_norm_inf(ipm->n, ipm->bx), co_norm_inf(ipm->m, ipm->by));
}

/*
 * Residuals with z := 0 on free variables; on held ones z takes up the
 * stationarity.  Returns their norm.
 */
static double
active_residual(CoIpm *ipm)
{
	co_fill(ipm->size, 0.0, ipm->vl);
	co_fill(ipm->size, 0.0, ipm->vu);
	co_ipm_residuals(ipm);
	for (int j = 0; j < ipm->n; j++)
		ipm->bx[j] = co_ipm_held(ipm, j) ? 0.0 : -ipm->rd[j];
	for (int i = 0; i < ipm->m; i++)
	{
		int			k = ipm->n + i;

		if (ipm->flags[k] & CO_EQUALITY)
			ipm->by[i] = ipm->re[i];
		else if (ipm->active[k] & CO_ON_HI)
			ipm->by[i] = ipm->ru[k] + ipm->tu[k];
		else if (ipm->active[k] & CO_ON_LO)
			ipm->by[i] = ipm->rl[k] - ipm->tl[k];
		else
			ipm->by[i] = 0.0;
	}
	return active_norm(ipm);
}

/* One Newton step on the active equations, whose residuals stand in bx, by; their new norm. */
static CoRc
newton_step(CoIpm *ipm, double *norm)
{
	double		error;
	CoRc		rc = co_kkt_solve(ipm->kkt, ipm->bx, ipm->by,
								  STEP_ACCURACY * co_norm_inf(ipm->n, ipm->bx) + TINY,
								  STEP_ACCURACY * co_norm_inf(ipm->m, ipm->by) + TINY,
								  ipm->dg, ipm->dy, &error);

	if (rc)
		return rc;
	for (int j = 0; j < ipm->n; j++)
		if (!co_ipm_held(ipm, j))
			ipm->g[j] += ipm->dg[j];
	for (int i = 0; i < ipm->m; i++)
		if (co_ipm_held(ipm, ipm->n + i))
			ipm->y[i] += ipm->dy[i];
	*norm = active_residual(ipm);
	return CO_OK;
}

/* Newton steps while they gain. */
static CoRc
newton_steps(CoIpm *ipm)
{
	double		last = active_residual(ipm);

	for (int step = 0; step < MAX_STEPS && last > 0.0; step++)
	{
		double		norm;
		CoRc		rc = newton_step(ipm, &norm);

		if (rc)
			return rc;
		if (!(norm < SMALL_GAIN * last))
			break;
		last = norm;
	}
	return CO_OK;
}

/* Multipliers of the right sign into vl and vu; the rest is given up. */
static void
assign_multipliers(CoIpm *ipm)
{
	for (int j = 0; j < ipm->n; j++)
	{
		double		z = -ipm->rd[j];	/* rd was taken with z = 0 */

		if (ipm->active[j] & CO_ON_LO)
			ipm->vl[j] = co_max(-z, 0.0);
		else if (ipm->active[j] & CO_ON_HI)
			ipm->vu[j] = co_max(z, 0.0);
	}
}

static bool
wrong_sign(const CoIpm *ipm, int k)
{
	double		v = k < ipm->n ? -ipm->rd[k] : ipm->y[k - ipm->n];

	return ipm->active[k] & CO_ON_LO ? v > 0.0 : v < 0.0;
}

/* Exchange wrong guesses; how many there were. */
static int
exchange_guesses(CoIpm *ipm)
{
	int			wrong = 0;

	for (int k = 0; k < ipm->size; k++)
	{
		int			side = 0;

		if (ipm->active[k])
			side = wrong_sign(ipm, k) ? 0 : ipm->active[k];
		else if ((ipm->flags[k] & CO_HAS_LO) && ipm->g[k] < ipm->lo[k])
			side = CO_ON_LO;
		else if ((ipm->flags[k] & CO_HAS_HI) && ipm->g[k] > ipm->hi[k])
			side = CO_ON_HI;
		wrong += side != ipm->active[k];
		ipm->next_active[k] = (unsigned char) side;
	}
	return wrong;
}

/* Multipliers of rows with the wrong sign count as 0 in the judged point. */
static void
clip_rows(CoIpm *ipm)
{
	for (int k = ipm->n; k < ipm->size; k++)
		if (ipm->active[k] && wrong_sign(ipm, k))
			ipm->y[k - ipm->n] = 0.0;
}

/* The point with the multipliers its signs allow, judged against the best. */
void
co_ipm_judge_active(CoIpm *ipm)
{
	clip_rows(ipm);
	active_residual(ipm);
	assign_multipliers(ipm);
	co_ipm_residuals(ipm);
	co_ipm_keep_best(ipm);
}

/* More wrong ones than before: it diverges. */
CoRc
co_ipm_exchange(CoIpm *ipm, int most, int *n_rounds)
{
	int			last = INT_MAX;
	CoRc		rc = CO_OK;

	for (int round = 0; round < most && !rc; round++)
	{
		int			wrong;

		project_point(ipm);
		rc = factor_active(ipm);
		if (!rc)
			rc = newton_steps(ipm);
		if (rc)
			break;
		*n_rounds += 1;
		wrong = exchange_guesses(ipm);
		co_ipm_judge_active(ipm);
		if (wrong == 0 && ipm->best_merit > 1.0)
			rc = co_ipm_round(ipm);
		if (wrong == 0 || wrong > last || ipm->best_merit <= CO_IPM_POLISHED)
			break;
		last = wrong;
		memcpy(ipm->active, ipm->next_active, (size_t) ipm->size);
		rc = co_poll(ipm->arena);
	}
	return rc;
}

/* All multipliers of the active sides, with their signs, into v. */
static void
copy_multipliers(const CoIpm *ipm, double *v)
{
	for (int j = 0; j < ipm->n; j++)
		v[j] = -ipm->rd[j];
	co_copy(ipm->m, ipm->y, v + ipm->n);
}

/*
 * The largest part of the way from multipliers v (of the right signs) to w on
 * which the signs stay right.
 */
static double
way_to(const CoIpm *ipm, const double *v, const double *w)
{
	double		tau = 1.0;

	for (int k = 0; k < ipm->size; k++)
	{
		double		sign = ipm->active[k] & CO_ON_LO ? -1.0 : 1.0;

		if (ipm->active[k] && sign * w[k] < 0.0)
			tau = co_min(tau, co_max(sign * v[k], 0.0) / (sign * v[k] - sign * w[k]));
	}
	return tau;
}

/*
 * Multipliers that have run far along an unbounded face of dual solutions
 * (dependent rows, variables that the rows alone hold at a bound) cost digits:
 * they cancel in A'y + z.  Least-norm multipliers may have wrong signs; the
 * point on the way to them where the first sign would change has neither fault.
 */
static CoRc
shorten_multipliers(CoIpm *ipm)
{
	double	   *far = ipm->kept,
			   *least = ipm->kept + ipm->size;
	double		tau;
	CoRc		rc;

	co_ipm_load_best(ipm);
	project_point(ipm);
	rc = factor_active(ipm);
	if (!rc)
		rc = newton_steps(ipm);
	if (rc)
		return rc;
	copy_multipliers(ipm, far);
	co_fill(ipm->m, 0.0, ipm->y);
	rc = newton_steps(ipm);
	if (rc)
		return rc;
	copy_multipliers(ipm, least);
	tau = way_to(ipm, far, least);
	for (int i = 0; i < ipm->m; i++)
		ipm->y[i] = far[ipm->n + i] + tau * (least[ipm->n + i] - far[ipm->n + i]);
	rc = newton_steps(ipm);
	if (rc)
		return rc;
	co_ipm_judge_active(ipm);
	return ipm->best_merit > 1.0 ? co_ipm_round(ipm) : CO_OK;
}

CoRc
co_ipm_polish(CoIpm *ipm)
{
	int			n_rounds = 0;
	CoRc		rc;

	memcpy(ipm->guess, ipm->active, (size_t) ipm->size);
	co_ipm_load_best(ipm);
	rc = co_ipm_exchange(ipm, POLISH_ROUNDS, &n_rounds);
	if (rc || ipm->best_merit <= 1.0)
		return rc;
	memcpy(ipm->active, ipm->guess, (size_t) ipm->size);
	rc = shorten_multipliers(ipm);
	if (rc || ipm->best_merit <= 1.0)
		return rc;

	/* Least-norm multipliers with exchanges of their own. */
	memcpy(ipm->active, ipm->guess, (size_t) ipm->size);
	co_ipm_load_best(ipm);
	co_fill(ipm->m, 0.0, ipm->y);
	return co_ipm_exchange(ipm, POLISH_ROUNDS, &n_rounds);
}

/* The iterate and the best point, to saved or back. */
static void
move_state(CoIpm *ipm, bool back)
{
	double	   *part[] = {ipm->tl, ipm->tu, ipm->vl, ipm->vu, ipm->g, ipm->z, ipm->best_x,
	ipm->best_z, ipm->y, ipm->best_y};
	double	   *saved = ipm->saved;

	for (int p = 0; p < 10; p++)
	{
		int			length = p < 4 ? ipm->size : p < 8 ? ipm->n : ipm->m;

		if (back)
			co_copy(length, saved, part[p]);
		else
			co_copy(length, part[p], saved);
		saved += length;
	}
}

/*
 * Is a side active?  The last step has shrunk the slack of an active side and
 * the multiplier of another, whatever their units: Tapia's indicators (El-Bakry,
 * Tapia, Zhang, SIAM Review 36 (1994) 45-72).
 */
static bool
shrinks_slack(const CoIpm *ipm, double t, double dt, double v, double dv)
{
	double		t_before = t - ipm->step_primal * dt,
				v_before = v - ipm->step_dual * dv;

	return t * v_before < v * t_before;
}

static void
mark_by_last_step(CoIpm *ipm)
{
	for (int k = 0; k < ipm->size; k++)
	{
		bool		lo = (ipm->flags[k] & CO_HAS_LO) &&
			shrinks_slack(ipm, ipm->tl[k], ipm->dtl[k], ipm->vl[k], ipm->dvl[k]),
					hi = (ipm->flags[k] & CO_HAS_HI) &&
			shrinks_slack(ipm, ipm->tu[k], ipm->dtu[k], ipm->vu[k], ipm->dvu[k]);

		ipm->active[k] = lo && (!hi || ipm->vl[k] > ipm->vu[k]) ? CO_ON_LO : hi ? CO_ON_HI : 0;
	}
}

static bool
solves_active(const CoIpm *ipm)
{
	return co_norm_inf(ipm->n, ipm->bx) <= ipm->floor_x &&
		co_norm_inf(ipm->m, ipm->by) <= ipm->floor_y;
}

/* As co_ipm_exchange(), but guesses are tried no more exactly than is wanted, and judged only at the end. */
static CoRc
early_rounds(CoIpm *ipm)
{
	for (int round = 0; round < EARLY_ROUNDS; round++)
	{
		double		norm;
		CoRc		rc;

		project_point(ipm);
		rc = factor_active(ipm);
		active_residual(ipm);
		for (int step = 0; !rc && step < EARLY_STEPS && !solves_active(ipm); step++)
			rc = newton_step(ipm, &norm);
		if (rc)
			return rc;
		if (exchange_guesses(ipm) == 0)
		{
			/* The right sides: one step more takes x and y to rounding. */
			if (active_norm(ipm) > EARLY_ROUNDING)
				rc = newton_step(ipm, &norm);
			if (rc)
				return rc;
			assign_multipliers(ipm);
			co_ipm_residuals(ipm);
			co_ipm_keep_best(ipm);
			return CO_OK;
		}
		memcpy(ipm->active, ipm->next_active, (size_t) ipm->size);
		rc = co_poll(ipm->arena);
		if (rc)
			return rc;
	}
	return CO_OK;
}

/* A failed factorization or solve is no news here. */
static CoRc
try_polish(CoIpm *ipm)
{
	CoRc		rc;

	memcpy(ipm->guess, ipm->active, (size_t) ipm->size);
	mark_by_last_step(ipm);
	rc = early_rounds(ipm);
	memcpy(ipm->active, ipm->guess, (size_t) ipm->size);
	return rc == CO_SINGULAR || rc == CO_NOT_POSITIVE || rc == CO_NOT_FINITE ? CO_OK : rc;
}

/*
 * Only where a factorization is cheap beside the rest: a sparse problem's
 * guesses are wrong more often.
 */
CoRc
co_ipm_polish_early(CoIpm *ipm, bool *done)
{
	double		merit = ipm->best_merit,
				rho = ipm->kkt->rho;
	CoRc		rc;

	*done = false;
	if (!ipm->options->polish || ipm->iteration == 0 || ipm->kkt->backend->path == CO_KKT_SPARSE || ipm->path != CO_IPM_PLAIN ||
		!(merit <= EARLY_FROM && merit <= EARLY_AGAIN * ipm->tried_merit))
		return CO_OK;
	ipm->tried_merit = merit;
	move_state(ipm, false);
	ipm->kkt->rho = co_max(rho, CO_IPM_POLISH_RHO);
	rc = try_polish(ipm);
	ipm->kkt->rho = rho;
	*done = ipm->polished = ipm->best_merit <= CO_IPM_POLISHED;
	if (rc || *done)
		return rc;
	ipm->best_merit = merit;
	move_state(ipm, true);
	co_ipm_residuals(ipm);
	return CO_OK;
}
