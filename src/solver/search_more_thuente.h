/*-------------------------------------------------------------------------
 *
 * solver/search_more_thuente.h
 *	  Line search of Moré and Thuente: a step with sufficient decrease whose
 *	  slope is small beside the slope at the start.
 *
 *		phi(t) <= phi(0) + f_tolerance t phi'(0)
 *		|phi'(t)| <= g_tolerance |phi'(0)|
 *
 * [MT94].  Where phi changes by no more than its own rounding, its change is
 * taken from the slopes, by the trapezoidal rule: then the conditions ask for
 * -0.9 <= phi'(t) / |phi'(0)| <= 0.9, much as the approximate ones of [HZ05, (4.1)].
 *
 * The caller evaluates phi and its slope at search.trial and tells
 * them, until the answer is not CO_SEARCH_GO_ON; then search.best is the step.
 * Values at the best step so far are the caller's to keep: they are those just
 * told whenever search.trial_is_best says so.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_SOLVER_SEARCH_MORE_THUENTE_H
#define CO_SOLVER_SEARCH_MORE_THUENTE_H

#include <stdbool.h>

typedef struct CoSearchPoint
{
	double		t,				/* step */
				f,				/* phi(t) - phi(0) */
				slope;			/* phi' */
} CoSearchPoint;

typedef enum CoSearchVerdict
{
	CO_SEARCH_GO_ON,			/* evaluate at trial */
	CO_SEARCH_FOUND,			/* both conditions hold at best, or all steps
								 * up to the longest go down */
	CO_SEARCH_ENDED				/* no room left: best is what was found, t = 0
								 * if nothing */
} CoSearchVerdict;

typedef struct CoSearch
{
	double		f_tolerance,
				g_tolerance,
				t_tolerance,	/* relative width of an interval that ends it */
				noise,			/* changes of phi that count as none */
				noise_seen,		/* at trials so near that phi is straight */
				t_most;			/* longest step */
	double		phi_start;		/* phi(0) */
	CoSearchPoint start,		/* t = 0 */
				best,			/* an end of the interval, with the least phi */
				other;			/* its other end */
	bool		bracketed,		/* a minimizer lies between best and other */
				auxiliary;		/* no step has been seen that goes down enough
								 * and has a slope that is not negative */
	double		low,			/* where the next trial may be */
				high,
				width,			/* of the interval, one and two trials ago */
				width_before;
	double		trial;
	bool		trial_is_best,
				by_slopes;		/* phi at best is from the slopes */
} CoSearch;

/*
 * phi(0), phi'(0) < 0, the first trial, the longest step, and the largest
 * noise_seen of earlier searches.
 */
extern void co_search_begin(CoSearch *search, double f, double slope, double trial,
							double t_most, double noise);

/* phi and phi' at the trial. */
extern CoSearchVerdict co_search_tell(CoSearch *search, double f, double slope);

/* There is no finite value at the trial. */
extern CoSearchVerdict co_search_reject(CoSearch *search);

/*
 * Has noise been heard that the search did not know of, so that another one
 * with noise_seen would go another way?
 */
extern bool co_search_is_misled(const CoSearch *search);

#endif							/* CO_SOLVER_SEARCH_MORE_THUENTE_H */
