/*-------------------------------------------------------------------------
 *
 * solver/active_escape.c
 *	  Directions of negative curvature for solver/active_curve.c; rows, gradient
 *	  and the side in the way of a step, for solver/active_walk.c, too.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/active_private.h"

#include "base/vec.h"

/*
 * Inverse iteration: steps, at least, too; a curvature that is negative beyond
 * rounding, and one that is negative enough to stop for.
 */
#define CURVATURE_STEPS		30
#define LEAST_STEPS			3
#define LEAST_CURVATURE		1e-9
#define CLEAR_CURVATURE		1e-4

/* Room, of a direction whose largest entry is 1, that is more than rounding. */
#define LEAST_ROOM			1e-7

/* Rows and columns of a direction in step: A step, and the curvature of P along it. */
double
co_active_measure_step(CoActive *a)
{
	co_fill(a->m, 0.0, a->step_ax);
	co_csc_mul_add(&a->qp.a, 1.0, a->step, a->step_ax);
	return co_csc_quadratic(&a->qp.p, a->step);
}

/* step_g := gradient of f, with what is paid for violations */
void
co_active_find_gradient(CoActive *a)
{
	co_copy(a->n, a->qp.c, a->step_g);
	co_csc_symmul_add(&a->qp.p, 1.0, a->xy, a->step_g);
	for (int i = 0; i < a->m; i++)
	{
		signed char side = a->side[a->n + i];

		if (side != CO_ACTIVE_ABOVE && side != CO_ACTIVE_BELOW)
			continue;
		for (int k = a->kkt->at.start[i]; k < a->kkt->at.start[i + 1]; k++)
			a->step_g[a->kkt->at.index[k]] += (side == CO_ACTIVE_ABOVE ? a->weight[i] : -a->weight[i]) * a->kkt->at.value[k];
	}
}

/*
 * The direction of least curvature in the null space of the working set, into
 * step, by inverse iteration with the matrix of (1); its curvature.
 */
static CoRc
find_least_curvature(CoActive *a, double *curvature)
{
	double		size = 1.0;
	CoRc		rc = CO_OK;

	*curvature = 0.0;
	for (int e = 0; e < a->n + a->m; e++)
		a->step[e] = e < a->n && a->in[e] ? 1.0 + 0.5 * cos(e) : 0.0;
	for (int k = 0; k < CURVATURE_STEPS && !rc; k++)
	{
		for (int e = 0; e < a->n + a->m; e++)
			a->rhs[e] = e < a->n ? a->step[e] : 0.0;
		rc = co_active_kkt_solve(a->kkt, a->rhs, a->step);
		size = co_norm_inf(a->n, a->step);
		if (rc || !(size > 0.0))
			return rc;
		co_scale(a->n + a->m, 1.0 / size, a->step);
		*curvature = co_active_measure_step(a);
		if (k >= LEAST_STEPS && *curvature < -CLEAR_CURVATURE * a->kkt->norm * co_dot(a->n, a->step, a->step))
			break;
	}
	return rc;
}

static void
turn_step(CoActive *a)
{
	co_scale(a->n, -1.0, a->step);
	co_scale(a->m, -1.0, a->step_ax);
}

/* The change of f to the first side along step; *block: the entry there. */
static double
predict_change(CoActive *a, double slope, double curvature, int *block)
{
	double		room = co_active_room(a, true, block);

	if (!(room > LEAST_ROOM))
		return 0.0;
	return isfinite(room) ? room * (slope + 0.5 * room * curvature) : -INFINITY;
}

/*
 * Of a direction of negative curvature and its opposite the one that leads
 * lower.  The change of f; *block: what is in the way.
 */
static double
choose_sign(CoActive *a, double curvature, int *block)
{
	int			other;
	double		slope,
				ahead,
				behind;

	co_active_find_gradient(a);
	slope = co_dot(a->n, a->step_g, a->step);
	ahead = predict_change(a, slope, curvature, block);
	turn_step(a);
	behind = predict_change(a, -slope, curvature, &other);
	if (behind < ahead)
	{
		*block = other;
		return behind;
	}
	turn_step(a);
	return ahead;
}

/* The side step leads an entry to: of an elastic row the one it comes back to. */
signed char
co_active_blocking_side(const CoActive *a, int e)
{
	double		rate = e < a->n ? a->step[e] : a->step_ax[e - a->n];

	if (a->side[e] == CO_ACTIVE_ABOVE)
		return CO_ACTIVE_UPPER;
	if (a->side[e] == CO_ACTIVE_BELOW)
		return CO_ACTIVE_LOWER;
	return rate > 0.0 ? CO_ACTIVE_UPPER : CO_ACTIVE_LOWER;
}

/*
 * A direction that is blocked at once tells what has to join the working set;
 * then the curvature on what is left is looked at again.
 */
CoRc
co_active_find_escape(CoActive *a, int most, bool *found)
{
	CoRc		rc = CO_OK;

	*found = false;
	for (int k = 0; k < most && !rc; k++)
	{
		double		curvature;
		int			block;

		rc = find_least_curvature(a, &curvature);
		if (rc || !(curvature < -LEAST_CURVATURE * a->kkt->norm * co_dot(a->n, a->step, a->step)))
			break;
		*found = choose_sign(a, curvature, &block) < 0.0;
		if (*found || block < 0)
			break;
		a->side[block] = co_active_blocking_side(a, block);
		a->in[block] = block >= a->n;
		rc = co_active_kkt_update(a->kkt, a->in);
	}
	return rc;
}
