/*-------------------------------------------------------------------------
 *
 * expr/builder_grow.c
 *	  Memory of builders: the first take, and larger columns.
 *
 * A failed growth leaves the builder as it was.
 *
 *-------------------------------------------------------------------------
 */
#include "expr/builder_private.h"

#include <limits.h>
#include <math.h>
#include <string.h>

/* First capacities: an expression over two leaves needs no second take. */
#define FIRST_LEAVES	4
#define FIRST_TERMS		4
#define FIRST_ROWS		2
#define FIRST_STR		64

/*
 * Second capacities: a grouped query builds thousands of models of a few dozen
 * variables, and each growth takes and copies all columns.
 */
#define SECOND_LEAVES	16
#define SECOND_TERMS	64

static int
grown_capacity(int count, int extra, int capacity, int second)
{
	int64_t		wanted = (int64_t) count + extra;
	int64_t		offered = 2 * (int64_t) capacity > second ? 2 * (int64_t) capacity : second;

	if (wanted > INT_MAX / 2)
		return -1;
	return (int) (wanted > offered ? wanted : offered);
}

CoRc
co_builder_refuse_size(CoArena *arena)
{
	if (!arena->failed)
	{
		arena->failed = CO_NO_MEMORY;
		arena->wanted = SIZE_MAX;
	}
	return arena->failed;
}

void
co_builder_enter_leaf(LeafTable *leaf, int capacity, int index)
{
	size_t		mask = 2 * (size_t) capacity - 1;
	size_t		at = table_slot(leaf->id[index], capacity);

	while (leaf->slot[at] >= 0)
		at = (at + 1) & mask;
	leaf->slot[at] = index;
}

CoRc
co_builder_grow_leaves(CoBuilder *builder)
{
	CoArena    *arena = builder->arena;
	LeafTable	next;
	int			capacity = builder->cap_leaf == FIRST_LEAVES ? SECOND_LEAVES : 2 * builder->cap_leaf;

	if (capacity > INT_MAX / 4)
		return co_builder_refuse_size(arena);
#define GROW(field) \
	next.field = co_take_grown(arena, builder->leaf.field, (size_t) builder->n_leaf, \
							   (size_t) capacity, sizeof *next.field);
	LEAF_COLUMNS(GROW)
#undef GROW
		next.slot = co_take_ints(arena, 2 * (size_t) capacity);
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	memset(next.slot, -1, 2 * (size_t) capacity * sizeof(int));
	for (int k = 0; k < builder->n_leaf; k++)
		co_builder_enter_leaf(&next, capacity, k);
	builder->leaf = next;
	builder->cap_leaf = capacity;
	return CO_OK;
}

CoRc
co_builder_grow_rows(CoBuilder *builder)
{
	CoArena    *arena = builder->arena;
	RowTable	next;
	int			capacity = grown_capacity(builder->n_row, 1, builder->cap_row, 0);

	if (capacity < 0)
		return co_builder_refuse_size(arena);
#define GROW(field) \
	next.field = co_take_grown(arena, builder->row.field, (size_t) builder->n_row, \
							   (size_t) capacity, sizeof *next.field);
	ROW_COLUMNS(GROW);
#undef GROW
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	builder->row = next;
	builder->cap_row = capacity;
	return CO_OK;
}

/*
 * The columns of terms are one take: it is a take less for each column of a
 * small model, and huge pages for all of a large one.
 */
CoRc
co_builder_grow_lin(CoBuilder *builder, int extra)
{
	CoArena    *arena = builder->arena;
	size_t		count = (size_t) builder->n_lin;
	LinTable	next;
	int			capacity;
	CoRc		rc;

	capacity = grown_capacity(builder->n_lin, extra, builder->cap_lin, SECOND_TERMS);
	if (capacity < 0)
		return co_builder_refuse_size(arena);
	next.coef = co_take(arena, (size_t) capacity, sizeof(double) + sizeof(int));
	if (!next.coef)
		return co_arena_failed(arena);
	next.leaf = (int *) (next.coef + capacity);
	rc = co_copy_polled(arena, builder->lin.coef, count * sizeof(double), next.coef);
	if (!rc)
		rc = co_copy_polled(arena, builder->lin.leaf, count * sizeof(int), next.leaf);
	if (rc)
		return rc;
	builder->lin = next;
	builder->cap_lin = capacity;
	return CO_OK;
}

CoRc
co_builder_grow_quad(CoBuilder *builder, int extra)
{
	CoArena    *arena = builder->arena;
	size_t		count = (size_t) builder->n_quad;
	QuadTable	next;
	int			capacity;
	CoRc		rc;

	capacity = grown_capacity(builder->n_quad, extra, builder->cap_quad, SECOND_TERMS);
	if (capacity < 0)
		return co_builder_refuse_size(arena);
	next.coef = co_take(arena, (size_t) capacity, sizeof(double) + 2 * sizeof(int));
	if (!next.coef)
		return co_arena_failed(arena);
	next.i = (int *) (next.coef + capacity);
	next.j = next.i + capacity;
	rc = co_copy_polled(arena, builder->quad.coef, count * sizeof(double), next.coef);
	if (!rc)
		rc = co_copy_polled(arena, builder->quad.i, count * sizeof(int), next.i);
	if (!rc)
		rc = co_copy_polled(arena, builder->quad.j, count * sizeof(int), next.j);
	if (rc)
		return rc;
	builder->quad = next;
	builder->cap_quad = capacity;
	return CO_OK;
}

CoRc
co_builder_grow_code(CoBuilder *builder, int extra)
{
	uint8_t    *code;
	int			capacity;

	capacity = grown_capacity(builder->n_code, extra, builder->cap_code, 0);
	if (capacity < 0)
		return co_builder_refuse_size(builder->arena);
	code = co_take_regrown(builder->arena, builder->code, (size_t) builder->n_code,
						   (size_t) capacity, 1);
	if (!code)
		return co_arena_failed(builder->arena);
	builder->code = code;
	builder->cap_code = capacity;
	return CO_OK;
}

CoRc
co_builder_grow_str(CoBuilder *builder, size_t extra)
{
	CoArena    *arena = builder->arena;
	int			count = builder->n_str + builder->n_row_str;
	char	   *str,
			   *row_str;
	int			capacity;

	capacity = extra > INT_MAX / 4 ? -1 : grown_capacity(count, (int) extra, builder->cap_str, 0);
	if (capacity < 0)
		return co_builder_refuse_size(arena);
	str = co_take_grown(arena, builder->str, (size_t) builder->n_str, (size_t) capacity, 1);
	row_str = builder->kind == CO_BLOCK_EXPR ? NULL :
		co_take_grown(arena, builder->row_str, (size_t) builder->n_row_str,
					  (size_t) capacity, 1);
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	builder->str = str;
	builder->row_str = row_str;
	builder->cap_str = capacity;
	return CO_OK;
}

/*
 * The next column of the first take; with base NULL only its size is counted.
 * Multiples of 8 bytes keep doubles aligned.
 */
static void *
cut(char *base, size_t *fill, size_t count, size_t size)
{
	void	   *column = base ? base + *fill : NULL;

	*fill += (count * size + 7) & ~(size_t) 7;
	return column;
}

static size_t
cut_columns(CoBuilder *builder, char *base)
{
	size_t		rows = (size_t) builder->cap_row;
	size_t		leaves = (size_t) builder->cap_leaf;
	size_t		lin = (size_t) builder->cap_lin;
	size_t		quad = (size_t) builder->cap_quad;
	size_t		str = (size_t) builder->cap_str;
	size_t		fill = 0;

#define CUT(field) \
	builder->leaf.field = cut(base, &fill, leaves, sizeof *builder->leaf.field);
	LEAF_COLUMNS(CUT)
#undef CUT
		builder->leaf.slot = cut(base, &fill, 2 * leaves, sizeof(int));
#define CUT(field) \
	builder->row.field = cut(base, &fill, rows, sizeof *builder->row.field);
	ROW_COLUMNS(CUT)
#undef CUT
		builder->lin.coef = cut(base, &fill, lin, sizeof(double));
	builder->lin.leaf = cut(base, &fill, lin, sizeof(int));
	builder->quad.coef = cut(base, &fill, quad, sizeof(double));
	builder->quad.i = cut(base, &fill, quad, sizeof(int));
	builder->quad.j = cut(base, &fill, quad, sizeof(int));
	builder->str = cut(base, &fill, str, 1);
	builder->row_str = cut(base, &fill, builder->kind == CO_BLOCK_EXPR ? 0 : str, 1);
	return fill;
}

CoRc
co_builder_new(CoArena *arena, CoBlockKind kind, CoBuilder **out)
{
	size_t		head = (sizeof(CoBuilder) + 7) & ~(size_t) 7;
	CoBuilder	first = {.arena = arena, .kind = kind};

	first.cap_row = kind == CO_BLOCK_EXPR ? 1 : FIRST_ROWS;
	first.cap_leaf = FIRST_LEAVES;
	first.cap_lin = first.cap_quad = FIRST_TERMS;
	first.cap_str = FIRST_STR;
	*out = co_take(arena, head + cut_columns(&first, NULL), 1);
	if (!*out)
		return co_arena_failed(arena);
	cut_columns(&first, (char *) *out + head);
	memset(first.leaf.slot, -1, 2 * FIRST_LEAVES * sizeof(int));
	if (kind == CO_BLOCK_EXPR)
		co_builder_begin_row(&first, -INFINITY, INFINITY);
	**out = first;
	return CO_OK;
}
