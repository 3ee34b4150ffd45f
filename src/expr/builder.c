/*-------------------------------------------------------------------------
 *
 * expr/builder.c
 *	  Blocks under construction: the table of leaves, rows, the finished block.
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
#include "expr/text.h"

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
	leaf->bound[index] = 0;
}

/* A definition; bound: its formulas, NULL where it has none. */
static inline CoRc
define(CoBuilder *builder, int k, const CoLeafDef *def, const CoCodeTerms *bound)
{
	set_definition(&builder->leaf, k, def);
	return bound ? co_builder_store_bounds(builder, k, bound) : CO_OK;
}

/* A bound in a message: a number, or the text of its formula. */
static void
describe_bound(CoBuilder *builder, double bound, CoCodeTerms formula, char *out, size_t size)
{
	CoBlock		view;

	snprintf(out, size, "%.17g", bound);
	if (formula.length == 0)
		return;
	co_builder_view(builder, &view);
	if (co_print_formula(builder->arena, &view, formula, out, size))
		snprintf(out, size, "an expression");
}

/* Bounds and start of a definition. */
static void
describe_definition(CoBuilder *builder, const CoLeafDef *def, CoCodeTerms lower_terms,
					CoCodeTerms upper_terms, char *out, size_t size)
{
	char		lower[36],
				upper[36];

	describe_bound(builder, def->lower, lower_terms, lower, sizeof lower);
	describe_bound(builder, def->upper, upper_terms, upper, sizeof upper);
	snprintf(out, size, "[%s, %s] with start %.17g", lower, upper, def->start);
}

static CoRc
complain_definitions(CoBuilder *builder, int k, const CoLeafDef *def, const CoCodeTerms *bound,
					 CoError *error)
{
	static const CoCodeTerms none;
	const LeafTable *leaf = &builder->leaf;
	CoLeafDef	known = {.lower = leaf->lower[k], .upper = leaf->upper[k], .start = leaf->start[k]};
	char		before[112],
				now[112];

	if (leaf->kind[k] != def->kind)
		return complain(error, def, "%s is both a variable and a parameter");
	if (def->kind == CO_LEAF_PARAMETER)
	{
		complain(error, def, "parameter %s has two different values");
		snprintf(error->detail, sizeof error->detail, "They are %.17g and %.17g.",
				 known.start, def->start);
		return CO_BAD_INPUT;
	}
	complain(error, def, "variable %s is defined in two different ways");
	describe_definition(builder, &known, co_builder_bound(builder, k, false),
						co_builder_bound(builder, k, true), before, sizeof before);
	describe_definition(builder, def, bound ? bound[0] : none, bound ? bound[1] : none,
						now, sizeof now);
	snprintf(error->detail, sizeof error->detail, "It has bounds %s, and bounds %s.", before, now);
	snprintf(error->hint, sizeof error->hint,
			 "A name and key stand for one variable: give it the same bounds and start everywhere, or another key.");
	return CO_BAD_INPUT;
}

/*
 * The rule of CoLeafKind.  Of the two kinds without a definition the name in a
 * text is the stronger: it may stand for a free variable, whichever came first.
 */
static CoRc
merge_definition(CoBuilder *builder, int k, const CoLeafDef *def, const CoCodeTerms *bound,
				 CoError *error)
{
	const LeafTable *leaf = &builder->leaf;
	CoLeafKind	known = (CoLeafKind) leaf->kind[k];

	if (known == def->kind && same_number(leaf->start[k], def->start) &&
		((leaf->lower[k] == def->lower && leaf->upper[k] == def->upper) ||
		 co_builder_same_bounds(builder, k, def, bound)))
		return CO_OK;
	if (!is_definition(def->kind) && (is_definition(known) || known == CO_LEAF_NAME))
		return CO_OK;
	if (is_definition(known))
		return complain_definitions(builder, k, def, bound, error);
	return define(builder, k, def, bound);
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
add_leaf(CoBuilder *builder, uint64_t id, const CoLeafDef *def, const CoCodeTerms *bound,
		 int *index)
{
	CoRc		rc = reserve_str(builder, strings_size(def->name, def->key));
	int			k = builder->n_leaf;

	if (!rc && k == builder->cap_leaf)
		rc = co_builder_grow_leaves(builder);
	if (rc)
		return rc;
	rc = define(builder, k, def, bound);
	if (rc)
		return rc;
	builder->leaf.id[k] = id;
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
find_or_add(CoBuilder *builder, uint64_t id, const CoLeafDef *def, const CoCodeTerms *bound,
			int *recent, int *index, CoError *error)
{
	int			k = *recent;

	if (k >= builder->n_leaf || builder->leaf.id[k] != id)
		k = find_leaf(builder, id);
	if (k < 0)
		return add_leaf(builder, id, def, bound, index);
	if (!same_strings(builder, k, def))
	{
		complain(error, def, "%s has the same 64-bit identity as another name");
		snprintf(error->hint, sizeof error->hint, "Change its name or its key a little.");
		return CO_BAD_INPUT;
	}
	*index = *recent = k;
	return merge_definition(builder, k, def, bound, error);
}

CoRc
co_builder_leaf(CoBuilder *builder, const CoLeafDef *def, int *index, CoError *error)
{
	return co_builder_variable(builder, def, NULL, index, error);
}

CoRc
co_builder_variable(CoBuilder *builder, const CoLeafDef *def, const CoCodeTerms *bound,
					int *index, CoError *error)
{
	return find_or_add(builder, co_leaf_id(def->name, def->key), def, bound,
					   &builder->recent[0], index, error);
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
	const CoCodeTerms *bound = NULL;
	CoRc		rc = CO_OK;

	if (from->n_bound > 0)
		rc = co_builder_import_bounds(builder, from, k, &bound, error);
	return rc ? rc : find_or_add(builder, from->leaf_id[k], &def, bound, &builder->recent[k & (RECENT - 1)],
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
	if (builder->bounds)
		co_builder_show_bounds(builder, view);
}
