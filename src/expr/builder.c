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
#include "expr/builder_private.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "expr/code.h"

/* Leaves of a block whose numbers are mapped without a take. */
#define SMALL_MAP		16

/* Leaves imported between two polls: 1e5 cache misses, about 10 ms. */
#define POLL_LEAVES		100000

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

void
co_builder_begin_row(CoBuilder *builder, double lower, double upper)
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
		rc = co_builder_grow_leaves(builder);
	if (rc)
		return rc;
	builder->leaf.id[k] = id;
	set_definition(&builder->leaf, k, def);
	put_strings(builder->str, &builder->n_str, def->name, def->key,
				k > 0 ? builder->leaf.name[k - 1] : -1,
				&builder->leaf.name[k], &builder->leaf.key[k]);
	co_builder_enter_leaf(&builder->leaf, builder->cap_leaf, k);
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
		rc = co_builder_grow_rows(builder);
	if (rc)
		return rc;
	co_builder_begin_row(builder, lower, upper);
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
	CoRc		rc = length > INT_MAX - CO_CODE_TERM_HEAD ? co_builder_refuse_size(builder->arena) :
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
