/*-------------------------------------------------------------------------
 *
 * expr/builder.c
 *	  Blocks under construction: growing columns and the table of leaves.
 *
 * A sum of a million terms calls co_builder_add_row a million times with a
 * block of one or two leaves, and a grouped query keeps thousands of builders.
 * Hence: all first columns come from one take of about a kilobyte, a leaf is
 * first compared with the one that stood at the same position in the block
 * before (a sum over i and j meets the same i many times in a row), and the
 * columns are grown once per row added, not once per term.
 *
 * Strings stand in a fixed order, whatever order rows and leaves came in: the
 * leaves' strings, then the rows', a name written once while it repeats.  Two
 * builders with the same leaves and rows so give the same bytes.
 *
 *-------------------------------------------------------------------------
 */
#include "expr/builder.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "expr/code.h"

/* First capacities: an expression over two leaves needs no second take. */
#define FIRST_LEAVES	4
#define FIRST_TERMS		4
#define FIRST_ROWS		2
#define FIRST_STR		64

/* Positions whose last leaf is remembered (a power of two). */
#define RECENT			4

/* Leaves of a block whose numbers are mapped without a take. */
#define SMALL_MAP		16

/* Leaves imported between two polls: 1e5 cache misses, about 10 ms. */
#define POLL_LEAVES		100000

typedef struct LeafTable
{
	uint64_t   *id;
	double	   *lower,
			   *upper,
			   *start;
	int		   *name,
			   *key,
			   *slot;			/* [2 * capacity] hash table of leaves, -1: empty */
	uint8_t    *kind;
} LeafTable;

typedef struct RowTable
{
	double	   *constant,
			   *error,			/* what rounding took from constant */
			   *lower,
			   *upper;
	int		   *lin_end,
			   *quad_end,
			   *code_end,
			   *name,			/* offsets in row_str */
			   *key,
			   *shown_name,		/* offsets in str, made by co_builder_view */
			   *shown_key;
} RowTable;

typedef struct LinTable
{
	double	   *coef;
	int		   *leaf;
} LinTable;

typedef struct QuadTable
{
	double	   *coef;
	int		   *i,
			   *j;
} QuadTable;

struct CoBuilder
{
	CoArena    *arena;
	CoBlockKind kind;
	int			flags;
	int			n_row,
				n_leaf,
				n_lin,
				n_quad,
				n_code,
				n_str,			/* leaves' strings */
				n_row_str;		/* rows' strings */
	int			cap_row,
				cap_leaf,
				cap_lin,
				cap_quad,
				cap_code,
				cap_str,		/* of str and of row_str; str holds both */
				cap_map;
	int			recent[RECENT];
	LeafTable	leaf;
	RowTable	row;
	LinTable	lin;
	QuadTable	quad;
	uint8_t    *code;
	char	   *str,
			   *row_str;
	int		   *map;			/* [cap_map] scratch of imports */
};

/* The columns of each table, so that each is written down once. */
#define LEAF_COLUMNS(column) \
	column(id) column(lower) column(upper) column(start) column(name) column(key) column(kind)
#define ROW_COLUMNS(column) \
	column(constant) column(error) column(lower) column(upper) column(lin_end) \
	column(quad_end) column(code_end) column(name) column(key) column(shown_name) column(shown_key)

static int
grown_capacity(int count, int extra, int capacity)
{
	int64_t		wanted = (int64_t) count + extra;

	if (wanted > INT_MAX / 2)
		return -1;
	return wanted > 2 * (int64_t) capacity ? (int) wanted : 2 * capacity;
}

/* A count past the range of int: the memory failure of a size overflow. */
static CoRc
refuse_size(CoArena *arena)
{
	if (!arena->failed)
	{
		arena->failed = CO_NO_MEMORY;
		arena->wanted = SIZE_MAX;
	}
	return arena->failed;
}

static inline size_t
table_slot(uint64_t id, int capacity)
{
	return (size_t) (id ^ (id >> 32)) & (2 * (size_t) capacity - 1);
}

static void
enter_leaf(LeafTable *leaf, int capacity, int index)
{
	size_t		mask = 2 * (size_t) capacity - 1;
	size_t		at = table_slot(leaf->id[index], capacity);

	while (leaf->slot[at] >= 0)
		at = (at + 1) & mask;
	leaf->slot[at] = index;
}

static CoRc
grow_leaves(CoBuilder *builder)
{
	CoArena    *arena = builder->arena;
	LeafTable	next;
	int			capacity = 2 * builder->cap_leaf;

	if (capacity > INT_MAX / 4)
		return refuse_size(arena);
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
		enter_leaf(&next, capacity, k);
	builder->leaf = next;
	builder->cap_leaf = capacity;
	return CO_OK;
}

static CoRc
grow_rows(CoBuilder *builder)
{
	CoArena    *arena = builder->arena;
	RowTable	next;
	int			capacity = grown_capacity(builder->n_row, 1, builder->cap_row);

	if (capacity < 0)
		return refuse_size(arena);
#define GROW(field) \
	next.field = co_take_grown(arena, builder->row.field, (size_t) builder->n_row, \
							   (size_t) capacity, sizeof *next.field);
	ROW_COLUMNS(GROW)
#undef GROW
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	builder->row = next;
	builder->cap_row = capacity;
	return CO_OK;
}

static CoRc
reserve_lin(CoBuilder *builder, int extra)
{
	CoArena    *arena = builder->arena;
	size_t		count = (size_t) builder->n_lin;
	LinTable	next;
	int			capacity;

	if (extra <= builder->cap_lin - builder->n_lin)
		return CO_OK;
	capacity = grown_capacity(builder->n_lin, extra, builder->cap_lin);
	if (capacity < 0)
		return refuse_size(arena);
	next.coef = co_take_grown(arena, builder->lin.coef, count, (size_t) capacity, sizeof(double));
	next.leaf = co_take_grown(arena, builder->lin.leaf, count, (size_t) capacity, sizeof(int));
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	builder->lin = next;
	builder->cap_lin = capacity;
	return CO_OK;
}

static CoRc
reserve_quad(CoBuilder *builder, int extra)
{
	CoArena    *arena = builder->arena;
	size_t		count = (size_t) builder->n_quad;
	QuadTable	next;
	int			capacity;

	if (extra <= builder->cap_quad - builder->n_quad)
		return CO_OK;
	capacity = grown_capacity(builder->n_quad, extra, builder->cap_quad);
	if (capacity < 0)
		return refuse_size(arena);
	next.coef = co_take_grown(arena, builder->quad.coef, count, (size_t) capacity, sizeof(double));
	next.i = co_take_grown(arena, builder->quad.i, count, (size_t) capacity, sizeof(int));
	next.j = co_take_grown(arena, builder->quad.j, count, (size_t) capacity, sizeof(int));
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	builder->quad = next;
	builder->cap_quad = capacity;
	return CO_OK;
}

static CoRc
reserve_code(CoBuilder *builder, int extra)
{
	uint8_t    *code;
	int			capacity;

	if (extra <= builder->cap_code - builder->n_code)
		return CO_OK;
	capacity = grown_capacity(builder->n_code, extra, builder->cap_code);
	if (capacity < 0)
		return refuse_size(builder->arena);
	code = co_take_grown(builder->arena, builder->code, (size_t) builder->n_code,
						 (size_t) capacity, 1);
	if (!code)
		return co_arena_failed(builder->arena);
	builder->code = code;
	builder->cap_code = capacity;
	return CO_OK;
}

/* Room for extra bytes in either pool, and for both together in str. */
static CoRc
reserve_str(CoBuilder *builder, size_t extra)
{
	CoArena    *arena = builder->arena;
	int			count = builder->n_str + builder->n_row_str;
	char	   *str,
			   *row_str;
	int			capacity;

	if (extra <= (size_t) (builder->cap_str - count))
		return CO_OK;
	capacity = extra > INT_MAX / 4 ? -1 : grown_capacity(count, (int) extra, builder->cap_str);
	if (capacity < 0)
		return refuse_size(arena);
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
 * Append name and key to a pool that has room; last is the offset of the name
 * before (-1: none), used again when it is the same.
 */
static void
put_strings(char *pool, int *fill, const char *name, const char *key, int last,
			int *name_at, int *key_at)
{
	size_t		length;

	*name_at = *key_at = -1;
	if (name && last >= 0 && strcmp(pool + last, name) == 0)
		*name_at = last;
	else if (name)
	{
		length = strlen(name) + 1;
		memcpy(pool + *fill, name, length);
		*name_at = *fill;
		*fill += (int) length;
	}
	if (key)
	{
		length = strlen(key) + 1;
		memcpy(pool + *fill, key, length);
		*key_at = *fill;
		*fill += (int) length;
	}
}

static size_t
strings_size(const char *name, const char *key)
{
	return (name ? strlen(name) + 1 : 0) + (key ? strlen(key) + 1 : 0);
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

static void
begin_row(CoBuilder *builder, double lower, double upper)
{
	int			r = builder->n_row++;

	builder->row.constant[r] = 0.0;
	builder->row.error[r] = 0.0;
	builder->row.lower[r] = lower;
	builder->row.upper[r] = upper;
	builder->row.lin_end[r] = builder->n_lin;
	builder->row.quad_end[r] = builder->n_quad;
	builder->row.code_end[r] = builder->n_code;
	builder->row.name[r] = builder->row.key[r] = -1;
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
		begin_row(&first, -INFINITY, INFINITY);
	**out = first;
	return CO_OK;
}

void
co_builder_set_flags(CoBuilder *builder, int flags)
{
	builder->flags = flags;
}

static CoRc
complain(CoError *error, const CoLeafDef *def, const char *format)
{
	char		label[128];

	memset(error, 0, sizeof *error);
	error->position = -1;
	co_label(def->name, def->key, label, sizeof label);
	snprintf(error->message, sizeof error->message, format, label);
	return CO_BAD_INPUT;
}

/* A NaN start is "not given" and equals itself. */
static bool
same_number(double a, double b)
{
	return a == b || (isnan(a) && isnan(b));
}

static bool
is_definition(CoLeafKind kind)
{
	return kind == CO_LEAF_VARIABLE || kind == CO_LEAF_PARAMETER;
}

static void
set_definition(LeafTable *leaf, int index, const CoLeafDef *def)
{
	leaf->kind[index] = (uint8_t) def->kind;
	leaf->lower[index] = def->lower;
	leaf->upper[index] = def->upper;
	leaf->start[index] = def->start;
}

static CoRc
complain_definitions(const LeafTable *leaf, int k, const CoLeafDef *def, CoError *error)
{
	if (leaf->kind[k] != def->kind)
		return complain(error, def, "%s is both a variable and a parameter");
	if (def->kind == CO_LEAF_PARAMETER)
	{
		complain(error, def, "parameter %s has two different values");
		snprintf(error->detail, sizeof error->detail, "They are %.17g and %.17g.",
				 leaf->start[k], def->start);
		return CO_BAD_INPUT;
	}
	complain(error, def, "variable %s is defined in two different ways");
	snprintf(error->detail, sizeof error->detail,
			 "It has bounds [%.17g, %.17g] with start %.17g, and bounds [%.17g, %.17g] with start %.17g.",
			 leaf->lower[k], leaf->upper[k], leaf->start[k],
			 def->lower, def->upper, def->start);
	snprintf(error->hint, sizeof error->hint,
			 "A name and key stand for one variable: give it the same bounds and start everywhere, or another key.");
	return CO_BAD_INPUT;
}

/*
 * The rule of CoLeafKind.  Of the two kinds without a definition the name in a
 * text is the stronger: it may stand for a free variable, whichever came first.
 */
static CoRc
merge_definition(LeafTable *leaf, int k, const CoLeafDef *def, CoError *error)
{
	CoLeafKind	known = (CoLeafKind) leaf->kind[k];

	if (known == def->kind && leaf->lower[k] == def->lower && leaf->upper[k] == def->upper &&
		same_number(leaf->start[k], def->start))
		return CO_OK;
	if (!is_definition(def->kind) && (is_definition(known) || known == CO_LEAF_NAME))
		return CO_OK;
	if (is_definition(known))
		return complain_definitions(leaf, k, def, error);
	set_definition(leaf, k, def);
	return CO_OK;
}

static inline bool
same_strings(const CoBuilder *builder, int k, const CoLeafDef *def)
{
	const char *key = builder->leaf.key[k] < 0 ? NULL : builder->str + builder->leaf.key[k];

	if (strcmp(builder->str + builder->leaf.name[k], def->name) != 0)
		return false;
	return key && def->key ? strcmp(key, def->key) == 0 : key == def->key;
}

static inline int
find_leaf(const CoBuilder *builder, uint64_t id)
{
	size_t		mask = 2 * (size_t) builder->cap_leaf - 1;
	int			k;

	for (size_t at = table_slot(id, builder->cap_leaf);
		 (k = builder->leaf.slot[at]) >= 0; at = (at + 1) & mask)
		if (builder->leaf.id[k] == id)
			break;
	return k;
}

static CoRc
add_leaf(CoBuilder *builder, uint64_t id, const CoLeafDef *def, int *index)
{
	CoRc		rc = reserve_str(builder, strings_size(def->name, def->key));
	int			k = builder->n_leaf;

	if (!rc && k == builder->cap_leaf)
		rc = grow_leaves(builder);
	if (rc)
		return rc;
	builder->leaf.id[k] = id;
	set_definition(&builder->leaf, k, def);
	put_strings(builder->str, &builder->n_str, def->name, def->key,
				k > 0 ? builder->leaf.name[k - 1] : -1,
				&builder->leaf.name[k], &builder->leaf.key[k]);
	enter_leaf(&builder->leaf, builder->cap_leaf, k);
	builder->n_leaf++;
	*index = k;
	return CO_OK;
}

/* recent: where the leaf may well be, and where it is noted for the next call. */
static inline CoRc
find_or_add(CoBuilder *builder, uint64_t id, const CoLeafDef *def, int *recent,
			int *index, CoError *error)
{
	int			k = *recent;

	if (k >= builder->n_leaf || builder->leaf.id[k] != id)
		k = find_leaf(builder, id);
	if (k < 0)
		return add_leaf(builder, id, def, index);
	if (!same_strings(builder, k, def))
	{
		complain(error, def, "%s has the same 64-bit identity as another name");
		snprintf(error->hint, sizeof error->hint, "Change its name or its key a little.");
		return CO_BAD_INPUT;
	}
	*index = *recent = k;
	return merge_definition(&builder->leaf, k, def, error);
}

CoRc
co_builder_leaf(CoBuilder *builder, const CoLeafDef *def, int *index, CoError *error)
{
	return find_or_add(builder, co_leaf_id(def->name, def->key), def, &builder->recent[0],
					   index, error);
}

CoRc
co_builder_import_leaf(CoBuilder *builder, const CoBlock *from, int k,
					   int *index, CoError *error)
{
	CoLeafDef	def = {
		.name = from->str + from->leaf_name[k],
		.key = co_block_string(from, from->leaf_key[k]),
		.kind = (CoLeafKind) from->leaf_kind[k],
		.lower = from->leaf_lower[k],
		.upper = from->leaf_upper[k],
		.start = from->leaf_start[k]
	};

	return find_or_add(builder, from->leaf_id[k], &def, &builder->recent[k & (RECENT - 1)],
					   index, error);
}

CoRc
co_builder_row(CoBuilder *builder, const char *name, const char *key,
			   double lower, double upper)
{
	int			r = builder->n_row;
	CoRc		rc = reserve_str(builder, strings_size(name, key));

	if (!rc && r == builder->cap_row)
		rc = grow_rows(builder);
	if (rc)
		return rc;
	begin_row(builder, lower, upper);
	put_strings(builder->row_str, &builder->n_row_str, name, key,
				r > 0 ? builder->row.name[r - 1] : -1,
				&builder->row.name[r], &builder->row.key[r]);
	return CO_OK;
}

/*
 * Neumaier's compensated sum (ZAMM 54 (1974) 39-51): the constant of a million
 * squares does not depend on their order, but for the last bit.
 */
CoRc
co_builder_constant(CoBuilder *builder, double constant)
{
	RowTable   *row = &builder->row;
	int			r = builder->n_row - 1;
	double		high = row->constant[r];
	double		sum = high + constant;

	if (isfinite(sum))
		row->error[r] += fabs(high) >= fabs(constant) ?
			(high - sum) + constant : (constant - sum) + high;
	row->constant[r] = sum;
	return CO_OK;
}

CoRc
co_builder_lin(CoBuilder *builder, int leaf, double coef)
{
	CoRc		rc = reserve_lin(builder, 1);

	if (rc)
		return rc;
	builder->lin.coef[builder->n_lin] = coef;
	builder->lin.leaf[builder->n_lin++] = leaf;
	builder->row.lin_end[builder->n_row - 1] = builder->n_lin;
	return CO_OK;
}

CoRc
co_builder_quad(CoBuilder *builder, int i, int j, double coef)
{
	CoRc		rc = reserve_quad(builder, 1);

	if (rc)
		return rc;
	builder->quad.coef[builder->n_quad] = coef;
	builder->quad.i[builder->n_quad] = i;
	builder->quad.j[builder->n_quad++] = j;
	builder->row.quad_end[builder->n_row - 1] = builder->n_quad;
	return CO_OK;
}

/* Room must have been reserved. */
static uint8_t *
put_code(CoBuilder *builder, double scale, const uint8_t *code, int length)
{
	uint8_t    *to = builder->code + builder->n_code;
	int32_t		stored_length = length;

	memcpy(to, &scale, sizeof scale);
	memcpy(to + sizeof scale, &stored_length, sizeof stored_length);
	memcpy(to + CO_CODE_TERM_HEAD, code, (size_t) length);
	builder->n_code += CO_CODE_TERM_HEAD + length;
	builder->row.code_end[builder->n_row - 1] = builder->n_code;
	return to + CO_CODE_TERM_HEAD;
}

CoRc
co_builder_code(CoBuilder *builder, double scale, const uint8_t *code, int length)
{
	CoRc		rc = length > INT_MAX - CO_CODE_TERM_HEAD ? refuse_size(builder->arena) :
		reserve_code(builder, CO_CODE_TERM_HEAD + length);

	if (!rc)
		put_code(builder, scale, code, length);
	return rc;
}

static CoRc
import_leaves(CoBuilder *builder, const CoBlock *block, int *map, bool used_only,
			  CoError *error)
{
	for (int k = 0; k < block->n_leaf; k++)
	{
		CoRc		rc = CO_OK;

		if (used_only && map[k] < 0)
			continue;
		if (k % POLL_LEAVES == POLL_LEAVES - 1)
			rc = co_poll(builder->arena);
		if (!rc)
			rc = co_builder_import_leaf(builder, block, k, &map[k], error);
		if (rc)
			return rc;
	}
	return CO_OK;
}

/* Sets map[leaf] to 0 for the leaves of a row and to -1 for all others. */
static void
mark_used(const CoBlock *block, int row, int *map)
{
	int			at = co_row_start(block->code_end, row);
	CoCodeTerm	term;

	memset(map, -1, (size_t) block->n_leaf * sizeof(int));
	for (int t = co_row_start(block->lin_end, row); t < block->lin_end[row]; t++)
		map[block->lin_leaf[t]] = 0;
	for (int t = co_row_start(block->quad_end, row); t < block->quad_end[row]; t++)
		map[block->quad_i[t]] = map[block->quad_j[t]] = 0;
	while (co_code_term(block->code, block->code_end[row], &at, &term))
		co_code_mark_leaves(term.code, term.length, map);
}

/* The builder's numbers of the block's leaves: small, or memory it keeps. */
static CoRc
take_map(CoBuilder *builder, int n, int *small, int **map)
{
	*map = small;
	if (n <= SMALL_MAP)
		return CO_OK;
	if (n > builder->cap_map)
	{
		int			capacity = n > INT_MAX / 4 ? n : 2 * n;

		builder->cap_map = 0;
		builder->map = co_take_ints(builder->arena, (size_t) capacity);
		if (!builder->map)
			return co_arena_failed(builder->arena);
		builder->cap_map = capacity;
	}
	*map = builder->map;
	return CO_OK;
}

static void
copy_code(CoBuilder *builder, const CoBlock *block, int row, double scale, const int *map)
{
	int			at = co_row_start(block->code_end, row);
	CoCodeTerm	term;

	while (co_code_term(block->code, block->code_end[row], &at, &term))
	{
		uint8_t    *copy = put_code(builder, scale * term.scale, term.code, term.length);

		co_code_renumber(copy, term.length, map);
	}
}

static CoRc
add_terms(CoBuilder *builder, const CoBlock *block, int row, double scale, const int *map)
{
	int			lin = co_row_start(block->lin_end, row);
	int			n_lin = block->lin_end[row] - lin;
	int			quad = co_row_start(block->quad_end, row);
	int			n_quad = block->quad_end[row] - quad;
	int			n_code = block->code_end[row] - co_row_start(block->code_end, row);
	int			r = builder->n_row - 1;
	CoRc		rc;

	if ((rc = reserve_lin(builder, n_lin)) || (rc = reserve_quad(builder, n_quad)) ||
		(rc = reserve_code(builder, n_code)))
		return rc;
	if (block->constant[row] != 0.0)
		co_builder_constant(builder, scale * block->constant[row]);
	for (int t = 0; t < n_lin; t++)
	{
		builder->lin.coef[builder->n_lin + t] = scale * block->lin_coef[lin + t];
		builder->lin.leaf[builder->n_lin + t] = map[block->lin_leaf[lin + t]];
	}
	for (int t = 0; t < n_quad; t++)
	{
		builder->quad.coef[builder->n_quad + t] = scale * block->quad_coef[quad + t];
		builder->quad.i[builder->n_quad + t] = map[block->quad_i[quad + t]];
		builder->quad.j[builder->n_quad + t] = map[block->quad_j[quad + t]];
	}
	builder->row.lin_end[r] = builder->n_lin += n_lin;
	builder->row.quad_end[r] = builder->n_quad += n_quad;
	if (n_code > 0)
		copy_code(builder, block, row, scale, map);
	return CO_OK;
}

CoRc
co_builder_add_row(CoBuilder *builder, const CoBlock *block, int row,
				   double scale, CoError *error)
{
	bool		used_only = block->n_row > 1;
	int			small[SMALL_MAP];
	int		   *map;
	CoRc		rc = take_map(builder, block->n_leaf, small, &map);

	if (rc)
		return rc;
	if (used_only)
		mark_used(block, row, map);
	rc = import_leaves(builder, block, map, used_only, error);
	return rc ? rc : add_terms(builder, block, row, scale, map);
}

CoRc
co_builder_append_rows(CoBuilder *builder, const CoBlock *block, CoError *error)
{
	int			small[SMALL_MAP];
	int		   *map;
	CoRc		rc = take_map(builder, block->n_leaf, small, &map);
	int64_t		work = 0;

	if (!rc)
		rc = import_leaves(builder, block, map, false, error);
	for (int r = 0; r < block->n_row && !rc; r++)
	{
		work += 1 + block->lin_end[r] - co_row_start(block->lin_end, r) +
			block->quad_end[r] - co_row_start(block->quad_end, r);
		if (work >= CO_POLL_WORK)
		{
			work = 0;
			if ((rc = co_poll(builder->arena)))
				break;
		}
		rc = co_builder_row(builder, co_block_string(block, block->row_name[r]),
							co_block_string(block, block->row_key[r]),
							block->lower[r], block->upper[r]);
		if (!rc)
			rc = add_terms(builder, block, r, 1.0, map);
	}
	return rc;
}

/*
 * What the view shows of the rows: constants with their compensation, and the
 * rows' strings behind the leaves', where reserve_str has left room.
 */
static void
show_rows(const CoBuilder *builder, CoBlock *view)
{
	const RowTable *row = &builder->row;
	int			shift = builder->n_str;

	memcpy(builder->str + shift, builder->row_str, (size_t) builder->n_row_str);
	for (int r = 0; r < builder->n_row; r++)
	{
		row->shown_name[r] = row->name[r] < 0 ? -1 : row->name[r] + shift;
		row->shown_key[r] = row->key[r] < 0 ? -1 : row->key[r] + shift;
	}
	view->lower = row->lower;
	view->upper = row->upper;
	view->row_name = row->shown_name;
	view->row_key = row->shown_key;
}

void
co_builder_view(const CoBuilder *builder, CoBlock *view)
{
	const RowTable *row = &builder->row;

	*view = (CoBlock) {
		.kind = builder->kind,
		.flags = builder->flags,
		.n_row = builder->n_row,
		.n_leaf = builder->n_leaf,
		.n_lin = builder->n_lin,
		.n_quad = builder->n_quad,
		.n_code = builder->n_code,
		.n_str = builder->n_str + builder->n_row_str,
		.constant = row->constant,
		.leaf_id = builder->leaf.id,
		.leaf_lower = builder->leaf.lower,
		.leaf_upper = builder->leaf.upper,
		.leaf_start = builder->leaf.start,
		.lin_coef = builder->lin.coef,
		.quad_coef = builder->quad.coef,
		.lin_leaf = builder->lin.leaf,
		.quad_i = builder->quad.i,
		.quad_j = builder->quad.j,
		.lin_end = row->lin_end,
		.quad_end = row->quad_end,
		.code_end = row->code_end,
		.leaf_name = builder->leaf.name,
		.leaf_key = builder->leaf.key,
		.leaf_kind = builder->leaf.kind,
		.str = builder->str,
		.code = builder->code
	};
	for (int r = 0; r < builder->n_row; r++)
		if (isfinite(row->constant[r]) && row->error[r] != 0.0)
		{
			row->constant[r] += row->error[r];
			row->error[r] = 0.0;
		}
	if (builder->kind != CO_BLOCK_EXPR)
		show_rows(builder, view);
}
