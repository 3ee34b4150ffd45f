/*-------------------------------------------------------------------------
 *
 * solver/search_more_thuente.h
 *	  Line search of Moré and Thuente: a step with sufficient decrease whose
 *	  slope is small beside the slope at the start.
 *
 *		phi(t) <= phi(0) + f_tolerance t phi'(0)
 *		|phi'(t)| <= g_tolerance |phi'(0)|
 *
 * [MT94].  Where phi changes by no more than its own rounding the first condition
 * says nothing, and the slopes decide, as in [HZ05, (4.1)]:
 *
 *		phi(t) <= phi(0) + noise,	-0.9 <= phi'(t) / |phi'(0)| <= 0.8
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
				f,				/* phi */
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
				noise,			/* of phi, that counts as none */
				t_most;			/* longest step */
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
				by_slopes;		/* found by these alone */
} CoSearch;

/* phi(0), phi'(0) < 0, the first trial and the longest step. */
extern void co_search_begin(CoSearch *search, double f, double slope, double trial,
							double t_most);

/* phi and phi' at the trial. */
extern CoSearchVerdict co_search_tell(CoSearch *search, double f, double slope);

/* There is no finite value at the trial. */
extern CoSearchVerdict co_search_reject(CoSearch *search);

#endif							/* CO_SOLVER_SEARCH_MORE_THUENTE_H */
