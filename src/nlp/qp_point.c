/*-------------------------------------------------------------------------
 *
 * nlp/qp_point.c
 *	  Memory of a point with its multipliers.
 *
 *-------------------------------------------------------------------------
 */
#include "nlp/qp.h"

CoRc
co_qp_take_point(CoArena *arena, int n, int m, CoQpPoint *point)
{
	point->x = co_take_zero_doubles(arena, (size_t) n);
	point->y = co_take_zero_doubles(arena, (size_t) m);
	point->z = co_take_zero_doubles(arena, (size_t) n);
	return co_arena_failed(arena);
}
