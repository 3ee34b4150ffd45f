/*-------------------------------------------------------------------------
 *
 * solver/filter.c
 *	  The functions of filter.h.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/filter.h"

#define FIRST_ROOM	32

void
co_filter_init(CoFilter *filter, CoArena *arena)
{
	filter->arena = arena;
	filter->n = filter->room = 0;
	filter->theta = filter->phi = NULL;
}

void
co_filter_clear(CoFilter *filter)
{
	filter->n = 0;
}

bool
co_filter_accepts(const CoFilter *filter, double theta, double phi)
{
	for (int k = 0; k < filter->n; k++)
		if (!(theta <= filter->theta[k] || phi <= filter->phi[k]))
			return false;
	return true;
}

CoRc
co_filter_add(CoFilter *filter, double theta, double phi)
{
	int			kept = 0;

	for (int k = 0; k < filter->n; k++)
		if (filter->theta[k] < theta || filter->phi[k] < phi)
		{
			filter->theta[kept] = filter->theta[k];
			filter->phi[kept++] = filter->phi[k];
		}
	filter->n = kept;
	if (kept == filter->room)
	{
		int			room = kept ? 2 * kept : FIRST_ROOM;

		filter->theta = co_take_grown(filter->arena, filter->theta, (size_t) kept,
									  (size_t) room, sizeof(double));
		filter->phi = co_take_grown(filter->arena, filter->phi, (size_t) kept,
									(size_t) room, sizeof(double));
		if (co_arena_failed(filter->arena))
			return co_arena_failed(filter->arena);
		filter->room = room;
	}
	filter->theta[filter->n] = theta;
	filter->phi[filter->n++] = phi;
	return CO_OK;
}
