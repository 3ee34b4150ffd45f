/*-------------------------------------------------------------------------
 *
 * solver/barrier_accept.c
 *	  Which trial points are taken: the switching and Armijo conditions, the
 *	  filter and its reset [WB06, sections 2.3, 3.2].
 *
 *-------------------------------------------------------------------------
 */
#include <float.h>

#include "base/vec.h"
#include "solver/barrier.h"

/* WB06 sections 2.3 and 4; eta and gamma_phi as in later releases of Ipopt. */
#define GAMMA_THETA		1e-5
#define GAMMA_PHI		1e-8
#define DELTA			1.0
#define S_THETA			1.1
#define S_PHI			2.3
#define ETA_PHI			1e-8
#define GAMMA_ALPHA		0.05
#define THETA_MAX_FACT	1e4
#define THETA_MIN_FACT	1e-4
#define OBJ_MAX_INC		5.0		/* decades that phi may grow in a step */
#define LONG_RUN		200		/* iterations: most runs without rows are shorter */
#define RESET_TRIGGER	5		/* filter rejections before a reset */
#define MAX_RESETS		5

/* lhs <= rhs, up to rounding of terms of size base */
static bool
at_most(double lhs, double rhs, double base)
{
	return lhs - rhs <= 10.0 * DBL_EPSILON * fabs(base);
}

void
co_barrier_search_reset(CoBarrier *b)
{
	CoBarrierSearch *s = &b->search;

	co_filter_clear(&s->filter);
	s->in_soft = false;
	s->in_watchdog = false;
	s->n_shortened = 0;
	s->filter_rejected = false;
	s->n_filter_rejected = 0;
	s->n_last_phi = 0;
}

CoRc
co_barrier_filter_augment(CoBarrier *b)
{
	CoBarrierSearch *s = &b->search;

	return co_filter_add(&s->filter, (1.0 - GAMMA_THETA) * s->ref_theta,
						 s->ref_phi - GAMMA_PHI * s->ref_theta);
}

/*
 * A run without rows that takes long follows a narrow curved valley, where each
 * step has to leave its floor: phi is compared with the largest of the last
 * ones then [GLL86].
 */
static void
relax_reference(CoBarrier *b)
{
	CoBarrierSearch *s = &b->search;
	int			n;

	if (b->m > 0 || b->iteration < LONG_RUN)
		return;
	s->last_phi[s->n_last_phi++ % CO_LAST_PHI] = s->ref_phi;
	n = s->n_last_phi < CO_LAST_PHI ? s->n_last_phi : CO_LAST_PHI;
	for (int k = 0; k < n; k++)
		s->ref_phi = co_max(s->ref_phi, s->last_phi[k]);
}

void
co_barrier_set_reference(CoBarrier *b)
{
	CoBarrierSearch *s = &b->search;

	s->ref_theta = b->cur->theta;
	s->ref_phi = co_barrier_phi(b, b->cur);
	s->ref_slope = co_barrier_slope(b, b->cur, b->step.v);
	relax_reference(b);
	if (s->theta_max < 0.0)
	{
		s->theta_max = THETA_MAX_FACT * co_max(1.0, s->ref_theta);
		s->theta_min = THETA_MIN_FACT * co_max(1.0, s->ref_theta);
	}
}

/* The switching condition, WB06 eq. 19 */
bool
co_barrier_is_f_type(const CoBarrierSearch *s, double alpha)
{
	if (s->ref_theta == 0.0 && s->ref_slope > 0.0 && s->ref_slope < 100.0 * DBL_EPSILON)
		return true;
	return s->ref_slope < 0.0 &&
		alpha * pow(-s->ref_slope, S_PHI) > DELTA * pow(s->ref_theta, S_THETA);
}

/* WB06 eq. 20 */
bool
co_barrier_armijo_holds(const CoBarrierSearch *s, double alpha, double phi)
{
	return at_most(phi - s->ref_phi, ETA_PHI * alpha * s->ref_slope, s->ref_phi);
}

/* WB06 eq. 18, and phi must not leap */
static bool
improves_reference(const CoBarrierSearch *s, double theta, double phi, bool from_restoration)
{
	if (!from_restoration && phi > s->ref_phi)
	{
		double		decades = fabs(s->ref_phi) > 10.0 ? log10(fabs(s->ref_phi)) : 1.0;

		if (log10(phi - s->ref_phi) > OBJ_MAX_INC + decades)
			return false;
	}
	return at_most(theta, (1.0 - GAMMA_THETA) * s->ref_theta, s->ref_theta) ||
		at_most(phi - s->ref_phi, -GAMMA_PHI * s->ref_theta, s->ref_phi);
}

bool
co_barrier_passes(CoBarrier *b, double theta, double phi, bool from_restoration)
{
	const CoBarrierSearch *s = &b->search;

	return isfinite(theta) && isfinite(phi) &&
		improves_reference(s, theta, phi, from_restoration) &&
		co_filter_accepts(&s->filter, theta, phi);
}

/* Is the trial point acceptable for a step of length alpha? */
bool
co_barrier_is_acceptable(CoBarrier *b, double alpha)
{
	CoBarrierSearch *s = &b->search;
	double		theta = b->trial->theta,
				phi;

	if (!(theta <= s->theta_max))
		return false;
	phi = co_barrier_phi(b, b->trial);
	if (!isfinite(phi))
		return false;
	if (alpha > 0.0 && co_barrier_is_f_type(s, alpha) && s->ref_theta <= s->theta_min)
	{
		if (!co_barrier_armijo_holds(s, alpha, phi))
			return false;
	}
	else if (!improves_reference(s, theta, phi, false))
		return false;
	if (co_filter_accepts(&s->filter, theta, phi))
		return true;
	s->filter_rejected = true;
	return false;
}

/*
 * Where the filter, not the current point, is what rejects in successive
 * iterations, its old entries stand in the way.
 */
void
co_barrier_mind_filter(CoBarrier *b)
{
	CoBarrierSearch *s = &b->search;

	if (s->n_filter_reset >= MAX_RESETS)
		return;
	s->n_filter_rejected = s->filter_rejected ? s->n_filter_rejected + 1 : 0;
	s->filter_rejected = false;
	if (s->n_filter_rejected < RESET_TRIGGER)
		return;
	co_filter_clear(&s->filter);
	s->n_filter_rejected = 0;
	s->n_filter_reset++;
}

/* Shortest step before the restoration phase, WB06 eq. 23 */
double
co_barrier_shortest_step(const CoBarrier *b)
{
	const CoBarrierSearch *s = &b->search;
	double		alpha = GAMMA_THETA;

	if (s->ref_slope < 0.0)
	{
		alpha = co_min(alpha, GAMMA_PHI * s->ref_theta / -s->ref_slope);
		if (s->ref_theta <= s->theta_min)
			alpha = co_min(alpha, DELTA * pow(s->ref_theta, S_THETA) / pow(-s->ref_slope, S_PHI));
	}
	return GAMMA_ALPHA * alpha;
}
