/*-------------------------------------------------------------------------
 *
 * expr/block.c
 *	  The flat form: view, size, write, identity and label of a leaf.
 *
 *-------------------------------------------------------------------------
 */
#include "expr/block.h"

#include <stdio.h>
#include <string.h>

/* FNV-1a, 64 bits: Fowler, Noll, Vo, draft-eastlake-fnv, section 6. */
#define FNV_BASIS	UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME	UINT64_C(0x100000001b3)

uint64_t
co_leaf_id(const char *name, const char *key)
{
	uint64_t	hash = FNV_BASIS;

	for (; *name; name++)
		hash = (hash ^ (uint8_t) *name) * FNV_PRIME;
	if (!key)
		return hash;
	hash *= FNV_PRIME;			/* the NUL */
	for (; *key; key++)
		hash = (hash ^ (uint8_t) *key) * FNV_PRIME;
	return hash;
}

void
co_block_view(const void *flat, CoBlock *view)
{
	co_block_view_counts(flat, view);
	co_block_view_arrays((const CoBlockHeader *) flat + 1, view, (size_t) view->n_row,
						 view->kind != CO_BLOCK_EXPR);
}

static inline void
put(const void *to, const void *from, int count, size_t size)
{
	if (count > 0)
		memcpy((void *) (uintptr_t) to, from, (size_t) count * size);
}

void
co_block_write(const CoBlock *block, void *flat)
{
	CoBlockHeader *header = flat;
	CoBlock		to = *block;

	header->version = CO_BLOCK_VERSION;
	header->kind = (uint8_t) block->kind;
	header->flags = (uint8_t) block->flags;
	header->reserved = 0;
	header->n_row = block->n_row;
	header->n_leaf = block->n_leaf;
	header->n_lin = block->n_lin;
	header->n_quad = block->n_quad;
	header->n_code = block->n_code;
	header->n_str = block->n_str;
	header->n_bound = block->n_bound;
	header->n_bound_code = block->n_bound_code;
	co_block_view_arrays(header + 1, &to, (size_t) block->n_row, block->kind != CO_BLOCK_EXPR);

#define PUT(field, count) put(to.field, block->field, block->count, sizeof *block->field)
	PUT(constant, n_row);
	if (block->kind != CO_BLOCK_EXPR)
	{
		PUT(lower, n_row);
		PUT(upper, n_row);
		PUT(row_name, n_row);
		PUT(row_key, n_row);
	}
	PUT(leaf_id, n_leaf);
	PUT(leaf_lower, n_leaf);
	PUT(leaf_upper, n_leaf);
	PUT(leaf_start, n_leaf);
	PUT(lin_coef, n_lin);
	PUT(quad_coef, n_quad);
	PUT(lin_leaf, n_lin);
	PUT(quad_i, n_quad);
	PUT(quad_j, n_quad);
	PUT(lin_end, n_row);
	PUT(quad_end, n_row);
	PUT(code_end, n_row);
	PUT(bound_place, n_bound);
	PUT(bound_end, n_bound);
	PUT(leaf_name, n_leaf);
	PUT(leaf_key, n_leaf);
	PUT(leaf_kind, n_leaf);
	PUT(str, n_str);
	PUT(code, n_code);
	PUT(bound_code, n_bound_code);
#undef PUT
}

/* A text under construction that may not fit. */
typedef struct Label
{
	char	   *out;
	size_t		size,			/* of out, 1 left for the NUL */
				length;			/* wanted so far */
} Label;

static void
add_char(Label *label, char c)
{
	if (label->length + 1 < label->size)
		label->out[label->length] = c;
	label->length++;
}

static void
add_quoted_char(Label *label, char c)
{
	if (c == '\'')
		add_char(label, c);
	add_char(label, c);
}

/*
 * The components of a key in PostgreSQL's row output: "(p1,m2)", quoted by
 * double quotes where needed, a quote or backslash inside doubled or escaped.
 * With label NULL only count them: 0 when key is not such a text.
 */
static int
split_row(const char *key, Label *label)
{
	int			n = 1;
	bool		quoted = false;

	if (*key++ != '(')
		return 0;
	for (; *key && (quoted || *key != ')'); key++)
	{
		if (*key == '"' && quoted && key[1] == '"')
			key++;
		else if (*key == '\\' && key[1])
			key++;
		else if (*key == '"')
		{
			quoted = !quoted;
			continue;
		}
		else if (*key == ',' && !quoted)
		{
			n++;
			for (const char *c = "','"; label && *c; c++)
				add_char(label, *c);
			continue;
		}
		if (label)
			add_quoted_char(label, *key);
	}
	return key[0] == ')' && key[1] == '\0' ? n : 0;
}

static void
add_key(Label *label, const char *key)
{
	add_char(label, '[');
	add_char(label, '\'');
	if (split_row(key, NULL) > 1)
		split_row(key, label);
	else
		for (; *key; key++)
			add_quoted_char(label, *key);
	add_char(label, '\'');
	add_char(label, ']');
}

/* Before a whole UTF-8 character: its later bytes are 10xxxxxx. */
void
co_label_cut(char *out, size_t size)
{
	size_t		end = size > 4 ? size - 4 : 0;

	while (end > 0 && ((uint8_t) out[end] & 0xc0) == 0x80)
		end--;
	snprintf(out + end, size - end, "...");
}

void
co_label(const char *name, const char *key, char *out, size_t size)
{
	Label		label = {out, size, 0};

	if (size == 0)
		return;
	for (; *name; name++)
		add_char(&label, *name);
	if (key)
		add_key(&label, key);
	if (label.length < size)
	{
		out[label.length] = '\0';
		return;
	}
	co_label_cut(out, size);
}
