/*-------------------------------------------------------------------------
 *
 * solver/filter.h
 *	  The filter: pairs of violation and objective that no later point may be
 *	  worse than in both [WB06, section 2.3; FL02].
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_SOLVER_FILTER_H
#define CO_SOLVER_FILTER_H

#include "base/arena.h"

typedef struct CoFilter
{
	CoArena    *arena;
	int			n,
				room;
	double	   *theta;			/* [n] violation */
	double	   *phi;			/* [n] barrier function */
} CoFilter;

extern void co_filter_init(CoFilter *filter, CoArena *arena);
extern void co_filter_clear(CoFilter *filter);

/* For every pair held: theta <= its theta, or phi <= its phi. */
extern bool co_filter_accepts(const CoFilter *filter, double theta, double phi);

/* Add a pair; those it makes needless go. */
extern CoRc co_filter_add(CoFilter *filter, double theta, double phi);

#endif							/* CO_SOLVER_FILTER_H */
