/*-------------------------------------------------------------------------
 *
 * linalg/ldl.c
 *	  The functions of ldl.h.
 *
 *-------------------------------------------------------------------------
 */
#include "linalg/ldl_private.h"

#include <string.h>

static CoRc
take_tree(CoArena *arena, int n, CoTree *tree)
{
	size_t		size = (size_t) n + 1;

	tree->n_fronts = 0;
	tree->perm = co_take_ints(arena, 4 * size);
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	tree->first = tree->perm + size;
	tree->size = tree->first + size;
	tree->parent = tree->size + size;
	return CO_OK;
}

CoRc
co_ldl_predict(CoArena *arena, const CoCsc *lower, CoLdlStats *stats)
{
	CoMark		mark = co_mark(arena);
	CoLdlSizes	sizes;
	CoTree		tree;
	CoRc		rc = take_tree(arena, lower->ncol, &tree);

	if (!rc)
		rc = co_ldl_measure(arena, lower, &tree, &sizes, stats);
	co_rewind(arena, mark);
	return rc;
}

CoRc
co_ldl_analyze(CoArena *arena, const CoCsc *lower, CoLdl **out)
{
	CoLdlSizes	sizes;
	CoLdlStats	stats;
	CoTree		tree;
	CoRc		rc = take_tree(arena, lower->ncol, &tree);

	if (!rc)
		rc = co_ldl_measure(arena, lower, &tree, &sizes, &stats);
	if (!rc)
		rc = co_arena_plan(arena, (double) stats.memory +
						   co_ldl_build_bytes(&stats, co_csc_nnz(lower)));
	if (!rc)
		rc = co_ldl_build(arena, lower, &tree, &sizes, &stats, out);
	return rc;
}

const CoLdlStats *
co_ldl_stats(const CoLdl *ldl)
{
	return &ldl->stats;
}

CoRc
co_ldl_factor(CoLdl *ldl, const double *value, const signed char *sign,
			  CoInertia *inertia)
{
	return co_ldl_numeric(ldl, value, sign, inertia);
}
