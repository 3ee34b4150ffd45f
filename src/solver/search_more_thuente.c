/*-------------------------------------------------------------------------
 *
 * solver/search_more_thuente.c
 *	  The search algorithm of [MT94], sections 2 to 4.
 *
 * The interval between best and other always contains a step that satisfies
 * the conditions, once it is bracketed; before, steps grow.  Until a step with
 * sufficient decrease and a slope that is not negative is seen, the interval is
 * updated by the auxiliary function
 *
 *		psi(t) = phi(t) - phi(0) - f_tolerance phi'(0) t			[MT94, (2.1)]
 *
 *-------------------------------------------------------------------------
 */
#include "solver/search_more_thuente.h"

#include <math.h>

#include "base/vec.h"

/* Those of L-BFGS-B [ZBLN97, section 2]. */
#define F_TOLERANCE		1e-3
#define G_TOLERANCE		0.9
#define T_TOLERANCE		0.1

/* Growth of steps before an interval is bracketed, [MT94] (2.2): delta_max. */
#define GROWTH_LEAST	1.1
#define GROWTH_MOST		4.0

/*
 * Of |phi(0)|.  [HZ05] has 1e-6; a value that is a difference of larger terms
 * needs some of that, and the tolerances of a solve are 1e-8.
 */
#define NOISE			1e-10
#define NOISE_MOST		1e-6	/* of what is seen, relative to max(|phi(0)|, 1) */

/*
 * Where the slope has changed by less than STRAIGHT of itself, phi differs from
 * a straight line by less than that part of its fall; what is ROUGH times its
 * fall is noise.
 */
#define STRAIGHT		0.1
#define ROUGH			10.0


/* The interval must shrink by this in two trials, else it is halved. */
#define SHRINK			0.66

/* Fall of the step where a value is not finite: rarely far, hence not by half. */
#define RETREAT			0.2

static double
usable_noise(double f, double seen)
{
	return co_max(NOISE * fabs(f), co_min(seen, NOISE_MOST * co_max(fabs(f), 1.0)));
}

void
co_search_begin(CoSearch *search, double f, double slope, double trial, double t_most,
				double noise)
{
	CoSearchPoint start = {0.0, 0.0, slope};

	*search = (CoSearch) {
		.f_tolerance = F_TOLERANCE,
		.g_tolerance = G_TOLERANCE,
		.t_tolerance = T_TOLERANCE,
		.noise = usable_noise(f, noise),
		.t_most = t_most,
		.phi_start = f,
		.start = start,
		.best = start,
		.other = start,
		.auxiliary = true,
		.high = trial + GROWTH_MOST * trial,
		.width = t_most,
		.width_before = 2.0 * t_most,
		.trial = trial
	};
}

/*
 * Of the cubic that interpolates values and slopes at a and b: how far its
 * minimizer is from a, in units of b - a [MT94, section 4].  real is false
 * where the cubic has none; then it is where its slope is least.
 */
static double
cubic_from(const CoSearchPoint *a, const CoSearchPoint *b, bool *real)
{
	double		theta = 3.0 * (a->f - b->f) / (b->t - a->t) + a->slope + b->slope,
				size = co_max(fabs(theta), co_max(fabs(a->slope), fabs(b->slope))),
				square = (theta / size) * (theta / size) - (a->slope / size) * (b->slope / size),
				gamma = size * sqrt(co_max(0.0, square));

	if (b->t < a->t)
		gamma = -gamma;
	*real = gamma != 0.0;
	return ((gamma - a->slope) + theta) / (((gamma - a->slope) + gamma) + b->slope);
}

/* The same of the quadratic through the value at a and both slopes. */
static double
secant_step(const CoSearchPoint *a, const CoSearchPoint *b)
{
	return a->t + a->slope / (a->slope - b->slope) * (b->t - a->t);
}

/* The same of the quadratic through both values and the slope at a. */
static double
quadratic_step(const CoSearchPoint *a, const CoSearchPoint *b)
{
	double		chord = (a->f - b->f) / (b->t - a->t) + a->slope;

	return a->t + 0.5 * (a->slope / chord) * (b->t - a->t);
}

/* Case 1: the value rose.  The minimizer nearer to the best step counts more. */
static double
step_after_rise(const CoSearchPoint *best, const CoSearchPoint *now)
{
	bool		real;
	double		cubic = best->t + cubic_from(best, now, &real) * (now->t - best->t),
				quadratic = quadratic_step(best, now);

	if (fabs(cubic - best->t) < fabs(quadratic - best->t))
		return cubic;
	return cubic + 0.5 * (quadratic - cubic);
}

/* Case 2: lower, with a slope of the other sign.  The farther one from now. */
static double
step_after_turn(const CoSearchPoint *best, const CoSearchPoint *now)
{
	bool		real;
	double		cubic = now->t + cubic_from(now, best, &real) * (best->t - now->t),
				secant = secant_step(now, best);

	return fabs(cubic - now->t) > fabs(secant - now->t) ? cubic : secant;
}

/*
 * Case 3: lower, and flatter in the same direction.  The cubic is used only
 * where it goes down beyond now.
 */
static double
step_after_flattening(const CoSearch *search, const CoSearchPoint *best, const CoSearchPoint *now,
					  const CoSearchPoint *other)
{
	bool		real,
				onward = now->t > best->t,
				nearer;
	double		r = cubic_from(now, best, &real),
				secant = secant_step(now, best),
				cubic = onward ? search->high : search->low,
				step,
				limit;

	if (r < 0.0 && real)
		cubic = now->t + r * (best->t - now->t);
	nearer = fabs(cubic - now->t) < fabs(secant - now->t);
	step = nearer == search->bracketed ? cubic : secant;
	if (!search->bracketed)
		return co_clamp(step, search->low, search->high);
	limit = now->t + SHRINK * (other->t - now->t);
	return onward ? co_min(limit, step) : co_max(limit, step);
}

/* Case 4: lower, and not flatter. */
static double
step_after_steepening(const CoSearch *search, const CoSearchPoint *best, const CoSearchPoint *now,
					  const CoSearchPoint *other)
{
	bool		real;

	if (search->bracketed)
		return now->t + cubic_from(now, other, &real) * (other->t - now->t);
	return now->t > best->t ? search->high : search->low;
}

/* The next trial by the four cases, and the interval after this one. */
static double
update_interval(CoSearch *search, CoSearchPoint *best, const CoSearchPoint *now,
				CoSearchPoint *other)
{
	double		step;
	bool		turned = (best->slope > 0.0) != (now->slope > 0.0) && now->slope != 0.0;

	if (now->f > best->f)
	{
		step = step_after_rise(best, now);
		search->bracketed = true;
		*other = *now;
		return step;
	}
	if (turned)
	{
		step = step_after_turn(best, now);
		search->bracketed = true;
		*other = *best;
	}
	else if (fabs(now->slope) < fabs(best->slope))
		step = step_after_flattening(search, best, now, other);
	else
		step = step_after_steepening(search, best, now, other);
	*best = *now;
	search->trial_is_best = true;
	return step;
}

/* psi instead of phi: its values from phi's, and back. */
static CoSearchPoint
tilted(const CoSearchPoint *point, double tilt)
{
	return (CoSearchPoint) {point->t, point->f - tilt * point->t, point->slope - tilt};
}

static double
update_by_auxiliary(CoSearch *search, const CoSearchPoint *now, double tilt)
{
	CoSearchPoint best = tilted(&search->best, tilt),
				other = tilted(&search->other, tilt),
				here = tilted(now, tilt);
	double		step = update_interval(search, &best, &here, &other);

	search->best = tilted(&best, -tilt);
	search->other = tilted(&other, -tilt);
	return step;
}

/*
 * The next trial is step; where those after it may be, and whether there is
 * room for it.
 */
static bool
confine_trial(CoSearch *search, double step)
{
	double		a = search->best.t,
				b = search->other.t;

	if (!search->bracketed)
	{
		if (!isfinite(step))
			step = search->high;
		search->low = step + GROWTH_LEAST * (step - a);
		search->high = step + GROWTH_MOST * (step - a);
		search->trial = co_clamp(step, 0.0, search->t_most);
		return true;
	}
	if (fabs(b - a) >= SHRINK * search->width_before)
		step = a + 0.5 * (b - a);
	search->width_before = search->width;
	search->width = fabs(b - a);
	search->low = co_min(a, b);
	search->high = co_max(a, b);
	search->trial = co_clamp(isfinite(step) ? step : a + 0.5 * (b - a), 0.0, search->t_most);
	return search->trial > search->low && search->trial < search->high &&
		search->high - search->low > search->t_tolerance * search->high;
}

/* Do the conditions hold, or does phi go down all the way to the longest step? */
static bool
is_found(const CoSearch *search, const CoSearchPoint *now, double enough)
{
	double		start = fabs(search->start.slope);

	return now->f <= enough &&
		(fabs(now->slope) <= search->g_tolerance * start ||
		 (now->t == search->t_most && now->slope <= -search->f_tolerance * start));
}

static void
listen_for_noise(CoSearch *search, const CoSearchPoint *now)
{
	const CoSearchPoint *start = &search->start;
	double		fall = fabs(now->t * start->slope),
				off = fabs(now->f - 0.5 * now->t * (start->slope + now->slope));

	if (fabs(now->slope - start->slope) <= STRAIGHT * fabs(start->slope) && off > ROUGH * fall)
		search->noise_seen = co_max(search->noise_seen, ROUGH * off);
}

CoSearchVerdict
co_search_tell(CoSearch *search, double f, double slope)
{
	CoSearchPoint now = {search->trial, f - search->phi_start, slope};
	double		tilt = search->f_tolerance * search->start.slope,
				enough = now.t * tilt,
				step;
	bool		by_slopes = now.f >= enough && fabs(now.f) <= search->noise;

	search->trial_is_best = false;
	listen_for_noise(search, &now);
	if (by_slopes)
		now.f = 0.5 * now.t * (search->start.slope + slope);
	if (now.f <= enough && slope >= 0.0)
		search->auxiliary = false;
	if (is_found(search, &now, enough))
	{
		search->by_slopes = by_slopes;
		search->best = now;
		search->trial_is_best = true;
		return CO_SEARCH_FOUND;
	}
	if (search->auxiliary && now.f <= search->best.f && now.f > enough)
		step = update_by_auxiliary(search, &now, tilt);
	else
		step = update_interval(search, &search->best, &now, &search->other);
	if (search->trial_is_best)
		search->by_slopes = by_slopes;
	return confine_trial(search, step) ? CO_SEARCH_GO_ON : CO_SEARCH_ENDED;
}

bool
co_search_is_misled(const CoSearch *search)
{
	return usable_noise(search->phi_start, search->noise_seen) > search->noise;
}

/*
 * A step that already goes down enough is taken.  Otherwise the search begins
 * again, with steps shorter than this one.
 */
CoSearchVerdict
co_search_reject(CoSearch *search)
{
	double		trial = search->trial;

	search->trial_is_best = false;
	if (search->best.t > 0.0 || !(RETREAT * trial > 0.0))
		return CO_SEARCH_ENDED;
	search->t_most = trial;
	search->bracketed = false;
	search->auxiliary = true;
	search->other = search->start;
	search->width = trial;
	search->width_before = 2.0 * trial;
	search->trial = RETREAT * trial;
	search->low = 0.0;
	search->high = trial;
	return CO_SEARCH_GO_ON;
}
