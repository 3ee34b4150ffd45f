/*-------------------------------------------------------------------------
 *
 * expr/builder_bound.c
 *	  Blocks under construction: bounds that are formulas over parameters.
 *
 * Few builders meet one, so all they take is one pointer and a column of the
 * leaves.  Formulas stand in the order in which their leaves were defined; the
 * view shows them in the order of the leaves' numbers, in arrays that were
 * taken when the formulas came in.
 *
 *-------------------------------------------------------------------------
 */
#include "expr/builder_private.h"

#include <limits.h>
#include <string.h>

#include "expr/bound.h"
#include "expr/code.h"

#define FIRST_BOUNDS	4
#define FIRST_CODE		256

typedef struct LeafBounds		/* offset and length in code; length 0: a number */
{
	int			at[2],
				length[2];
} LeafBounds;

struct CoBuilderBounds
{
	int			n,				/* leaves */
				cap,
				n_code,
				cap_code,
				cap_map,
				cap_scratch;
	LeafBounds *leaf;			/* [n] */
	uint8_t    *code;			/* [n_code] */
	int		   *place,			/* [2 * cap] of the view, as are end and shown */
			   *end;
	uint8_t    *shown;			/* [cap_code] */
	int		   *map;			/* [cap_map] of an import; only what its
								 * formula has is set */
	uint8_t    *scratch;		/* [cap_scratch] formulas of an import */
	CoCodeTerms imported[2];	/* in it */
};

static CoRc
get_bounds(CoBuilder *builder, CoBuilderBounds **out)
{
	if (!builder->bounds)
		builder->bounds = co_take_zero(builder->arena, 1, sizeof *builder->bounds);
	*out = builder->bounds;
	return co_arena_failed(builder->arena);
}

static CoRc
reserve_leaf(CoArena *arena, CoBuilderBounds *bounds)
{
	int			capacity = bounds->cap > 0 ? 2 * bounds->cap : FIRST_BOUNDS;

	if (bounds->n < bounds->cap)
		return CO_OK;
	if (capacity > INT_MAX / 8)
		return co_builder_refuse_size(arena);
	bounds->leaf = co_take_grown(arena, bounds->leaf, (size_t) bounds->n, (size_t) capacity,
								 sizeof *bounds->leaf);
	bounds->place = co_take_ints(arena, 2 * (size_t) capacity);
	bounds->end = co_take_ints(arena, 2 * (size_t) capacity);
	if (!co_arena_failed(arena))
		bounds->cap = capacity;
	return co_arena_failed(arena);
}

static CoRc
reserve_bound_code(CoArena *arena, CoBuilderBounds *bounds, int extra)
{
	int64_t		wanted = (int64_t) bounds->n_code + extra;

	if (wanted <= bounds->cap_code)
		return CO_OK;
	if (wanted > INT_MAX / 4)
		return co_builder_refuse_size(arena);
	wanted = 2 * wanted < FIRST_CODE ? FIRST_CODE : 2 * wanted;
	bounds->code = co_take_grown(arena, bounds->code, (size_t) bounds->n_code, (size_t) wanted, 1);
	bounds->shown = co_take(arena, (size_t) wanted, 1);
	if (!co_arena_failed(arena))
		bounds->cap_code = (int) wanted;
	return co_arena_failed(arena);
}

CoRc
co_builder_store_bounds(CoBuilder *builder, int k, const CoCodeTerms *bound)
{
	CoBuilderBounds *bounds;
	LeafBounds *to;
	CoRc		rc;

	if ((rc = get_bounds(builder, &bounds)) || (rc = reserve_leaf(builder->arena, bounds)) ||
		(rc = reserve_bound_code(builder->arena, bounds, bound[0].length + bound[1].length)))
		return rc;
	to = &bounds->leaf[bounds->n++];
	for (int side = 0; side < 2; side++)
	{
		int			length = bound[side].length;

		to->at[side] = bounds->n_code;
		to->length[side] = length;
		if (length == 0)
			continue;
		memcpy(bounds->code + bounds->n_code, bound[side].code, (size_t) length);
		bounds->n_code += length;
	}
	builder->leaf.bound[k] = bounds->n;
	return CO_OK;
}

CoCodeTerms
co_builder_bound(const CoBuilder *builder, int k, bool is_upper)
{
	const CoBuilderBounds *bounds = builder->bounds;
	const LeafBounds *leaf;

	if (builder->leaf.bound[k] == 0)
		return (CoCodeTerms) {NULL, 0};
	leaf = &bounds->leaf[builder->leaf.bound[k] - 1];
	return (CoCodeTerms) {bounds->code + leaf->at[is_upper], leaf->length[is_upper]};
}

static bool
same_bound(double a, CoCodeTerms code_a, double b, CoCodeTerms code_b)
{
	if (code_a.length == 0 || code_b.length == 0)
		return code_a.length == code_b.length && a == b;
	return code_a.length == code_b.length &&
		memcmp(code_a.code, code_b.code, (size_t) code_a.length) == 0;
}

bool
co_builder_same_bounds(const CoBuilder *builder, int k, const CoLeafDef *def,
					   const CoCodeTerms *bound)
{
	static const CoCodeTerms none[2];

	bound = bound ? bound : none;
	return same_bound(builder->leaf.lower[k], co_builder_bound(builder, k, false),
					  def->lower, bound[0]) &&
		same_bound(builder->leaf.upper[k], co_builder_bound(builder, k, true),
				   def->upper, bound[1]);
}

/*--------------------------------------------------------------------------
 * From other blocks
 *--------------------------------------------------------------------------
 */

typedef struct Import
{
	CoBuilder  *builder;
	const CoBlock *from;
	CoError    *error;
} Import;

/* A parameter of the formula: its number goes to the map. */
static CoRc
import_parameter(void *state, int leaf)
{
	Import	   *import = state;

	return co_builder_import_leaf(import->builder, import->from, leaf,
								  &import->builder->bounds->map[leaf], import->error);
}

static CoRc
reserve_import(CoArena *arena, CoBuilderBounds *bounds, int n_leaf, int length)
{
	if (n_leaf > bounds->cap_map)
	{
		bounds->map = co_take_ints(arena, (size_t) n_leaf);
		bounds->cap_map = co_arena_failed(arena) ? 0 : n_leaf;
	}
	if (length > bounds->cap_scratch)
	{
		bounds->scratch = co_take(arena, 2 * (size_t) length, 1);
		bounds->cap_scratch = co_arena_failed(arena) ? 0 : 2 * length;
	}
	return co_arena_failed(arena);
}

static void
renumber_formula(uint8_t *code, int length, const int *map)
{
	int			at = 0;
	CoCodeTerm	term;

	while (co_code_term(code, length, &at, &term))
		co_code_renumber((uint8_t *) (uintptr_t) term.code, term.length, map);
}

CoRc
co_builder_import_bounds(CoBuilder *builder, const CoBlock *from, int k,
						 const CoCodeTerms **bound, CoError *error)
{
	Import		import = {builder, from, error};
	CoCodeTerms formula[2] = {co_bound_find(from, k, false), co_bound_find(from, k, true)};
	int			total = formula[0].length + formula[1].length;
	CoBuilderBounds *bounds;
	uint8_t    *to;
	CoRc		rc;

	*bound = NULL;
	if (total == 0)
		return CO_OK;
	if ((rc = get_bounds(builder, &bounds)) ||
		(rc = reserve_import(builder->arena, bounds, from->n_leaf, total)) ||
		(rc = co_bound_each_leaf(formula[0], import_parameter, &import)) ||
		(rc = co_bound_each_leaf(formula[1], import_parameter, &import)))
		return rc;
	to = bounds->scratch;
	for (int side = 0; side < 2; side++)
	{
		int			length = formula[side].length;

		bounds->imported[side] = (CoCodeTerms) {to, length};
		if (length == 0)
			continue;
		memcpy(to, formula[side].code, (size_t) length);
		renumber_formula(to, length, bounds->map);
		to += length;
	}
	*bound = bounds->imported;
	return CO_OK;
}

void
co_builder_show_bounds(const CoBuilder *builder, CoBlock *view)
{
	CoBuilderBounds *bounds = builder->bounds;
	int			n = 0,
				fill = 0;

	for (int k = 0; k < builder->n_leaf; k++)
		for (int side = 0; side < 2 && builder->leaf.bound[k] > 0; side++)
		{
			CoCodeTerms formula = co_builder_bound(builder, k, side == 1);

			if (formula.length == 0)
				continue;
			memcpy(bounds->shown + fill, formula.code, (size_t) formula.length);
			fill += formula.length;
			bounds->place[n] = co_bound_place(k, side == 1);
			bounds->end[n++] = fill;
		}
	view->n_bound = n;
	view->n_bound_code = fill;
	view->bound_place = bounds->place;
	view->bound_end = bounds->end;
	view->bound_code = bounds->shown;
}
