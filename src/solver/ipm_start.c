/*-------------------------------------------------------------------------
 *
 * solver/ipm_start.c
 *	  The starting point: Mehrotra's, for two-sided bounds and a QP.
 *
 * x solves
 *		min 1/2 x'Px + c'x + 1/2 sum (x_j - p_j)^2 + 1/2 sum (A_i x - p_i)^2
 *		subject to the equality rows,
 * the sums over bounded variables and inequality rows, p the point of the
 * bounds nearest to 0 (or the user's start).  The multipliers of these terms
 * are the first z and y; slacks and multipliers are then pushed inside by the
 * shifts of Mehrotra, SIAM J. Optim. 2 (1992) 575-601, section 7.
 *
 *-------------------------------------------------------------------------
 */
#include "base/vec.h"
#include "linalg/ticker.h"
#include "solver/ipm.h"

#define SHIFT	1.5				/* Mehrotra's -3/2 min */

/*
 * No slack or multiplier starts below this, in scaled units.  The LISWET and
 * YAO problems, whose multipliers are large, stall from 0.1 or 1.
 */
#define LEAST	10.0

/*
 * The second attempt starts this many times the size of the data inside: far,
 * but well centred, for problems whose multipliers are large.
 */
#define LARGE	100.0

/* Accuracy of the linear solve: only a starting point. */
#define START_TOLERANCE 1e-6

static double
target(const CoIpm *ipm, int k, const double *start)
{
	double		at = start && k < ipm->n && isfinite(start[k]) ? start[k] : 0.0;

	return co_clamp(at, ipm->lo[k], ipm->hi[k]);
}

static CoRc
solve_start(CoIpm *ipm, const double *start)
{
	const CoQp *qp = ipm->qp;
	double		error;
	CoRc		rc;

	for (int j = 0; j < ipm->n; j++)
	{
		bool		pinned = ipm->flags[j] & CO_PINNED;
		bool		bounded = ipm->flags[j] & (CO_HAS_LO | CO_HAS_HI);

		ipm->kdx[j] = pinned ? 1e20 : bounded ? 1.0 : 0.0;
		ipm->bx[j] = -qp->c[j] + ipm->kdx[j] * (ipm->kdx[j] > 0.0 ? target(ipm, j, start) : 0.0);
	}
	for (int i = 0; i < ipm->m; i++)
	{
		ipm->kdy[i] = ipm->flags[ipm->n + i] & CO_EQUALITY ? 0.0 : 1.0;
		ipm->by[i] = target(ipm, ipm->n + i, NULL);
	}
	rc = co_kkt_factor(ipm->kkt, ipm->kdx, ipm->kdy);
	if (rc)
		return rc;
	return co_kkt_solve(ipm->kkt, ipm->bx, ipm->by,
						START_TOLERANCE * (1.0 + co_norm_inf(ipm->n, qp->c)),
						START_TOLERANCE * (1.0 + co_norm_inf(ipm->m, ipm->by)),
						ipm->g, ipm->y, &error);
}

/* Slacks and multipliers of the solved point, still of any sign. */
static void
split_sides(CoIpm *ipm, const double *start)
{
	for (int j = 0; j < ipm->n; j++)
		if (ipm->flags[j] & CO_PINNED)
			ipm->g[j] = ipm->lo[j];
	co_fill(ipm->m, 0.0, ipm->g + ipm->n);
	co_csc_mul_add(&ipm->qp->a, 1.0, ipm->g, ipm->g + ipm->n);
	for (int k = 0; k < ipm->size; k++)
	{
		/* the multiplier of 1/2 (g - p)^2, or of the row */
		double		v = k < ipm->n ? ipm->g[k] - target(ipm, k, start) : ipm->y[k - ipm->n];

		ipm->tl[k] = ipm->tu[k] = 1.0;
		ipm->vl[k] = ipm->vu[k] = 0.0;
		if (ipm->flags[k] & CO_HAS_LO)
		{
			ipm->tl[k] = ipm->g[k] - ipm->lo[k];
			ipm->vl[k] = ipm->flags[k] & CO_HAS_HI ? co_max(-v, 0.0) : -v;
		}
		if (ipm->flags[k] & CO_HAS_HI)
		{
			ipm->tu[k] = ipm->hi[k] - ipm->g[k];
			ipm->vu[k] = ipm->flags[k] & CO_HAS_LO ? co_max(v, 0.0) : v;
		}
	}
}

typedef struct Sums
{
	double		min_t,
				min_v,
				sum_t,
				sum_v,
				sum_tv;
} Sums;

static void
account(Sums *s, double t, double v)
{
	s->min_t = co_min(s->min_t, t);
	s->min_v = co_min(s->min_v, v);
	s->sum_t += t;
	s->sum_v += v;
	s->sum_tv += t * v;
}

static Sums
sum_sides(const CoIpm *ipm, double shift_t, double shift_v)
{
	Sums		s = {INFINITY, INFINITY, 0.0, 0.0, 0.0};

	for (int k = 0; k < ipm->size; k++)
	{
		if (ipm->flags[k] & CO_HAS_LO)
			account(&s, ipm->tl[k] + shift_t, ipm->vl[k] + shift_v);
		if (ipm->flags[k] & CO_HAS_HI)
			account(&s, ipm->tu[k] + shift_t, ipm->vu[k] + shift_v);
	}
	return s;
}

static void
shift_sides(CoIpm *ipm, double shift_t, double shift_v)
{
	for (int k = 0; k < ipm->size; k++)
	{
		if (ipm->flags[k] & CO_HAS_LO)
		{
			ipm->tl[k] += shift_t;
			ipm->vl[k] += shift_v;
		}
		if (ipm->flags[k] & CO_HAS_HI)
		{
			ipm->tu[k] += shift_t;
			ipm->vu[k] += shift_v;
		}
	}
}

CoRc
co_ipm_start(CoIpm *ipm, const double *start)
{
	CoRc		rc = solve_start(ipm, start);
	Sums		s;
	double		shift_t,
				shift_v;

	if (rc)
		return rc;
	split_sides(ipm, start);
	rc = co_poll_pass(ipm->arena, ipm->size);
	if (rc)
		return rc;
	s = sum_sides(ipm, 0.0, 0.0);
	if (ipm->n_sides > 0)
	{
		shift_t = co_max(-SHIFT * s.min_t, 0.0);
		shift_v = co_max(-SHIFT * s.min_v, 0.0);
		s = sum_sides(ipm, shift_t, shift_v);
		/* keep away from 0 even where everything vanishes */
		shift_t += s.sum_v > 0.0 ? 0.5 * s.sum_tv / s.sum_v : 0.0;
		shift_v += s.sum_t > 0.0 ? 0.5 * s.sum_tv / s.sum_t : 0.0;
		s = sum_sides(ipm, shift_t, shift_v);
		if (ipm->large_start)
		{
			double		far = LARGE * (1.0 + co_max(co_norm_inf(ipm->n, ipm->qp->c),
													co_norm_inf(ipm->size, ipm->g)));

			shift_t += far;
			shift_v += far;
		}
		shift_t += co_max(LEAST - s.min_t, 0.0);
		shift_v += co_max(LEAST - s.min_v, 0.0);
		shift_sides(ipm, shift_t, shift_v);
	}
	for (int i = 0; i < ipm->m; i++)
		if (!(ipm->flags[ipm->n + i] & CO_EQUALITY))
			ipm->y[i] = ipm->vu[ipm->n + i] - ipm->vl[ipm->n + i];
	return CO_OK;
}
