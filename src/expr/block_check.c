/*-------------------------------------------------------------------------
 *
 * expr/block_check.c
 *	  Whether a flat value from elsewhere can be trusted.
 *
 * Nothing is read before what says that it is there has been checked: first
 * the header, then the size, then ends and offsets, then what they point at.
 *
 *-------------------------------------------------------------------------
 */
#include "expr/bound.h"
#include "expr/code.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static CoRc
refuse(CoError *error, const char *what)
{
	memset(error, 0, sizeof *error);
	error->position = -1;
	snprintf(error->message, sizeof error->message, "invalid expression value: %s", what);
	return CO_BAD_INPUT;
}

static const char *
check_header(const CoBlockHeader *header)
{
	if (header->version != CO_BLOCK_VERSION)
		return "unknown version";
	if (header->kind < CO_BLOCK_EXPR || header->kind > CO_BLOCK_PROBLEM)
		return "unknown kind";
	if (header->reserved != 0 || (header->flags & ~(CO_FLAG_MAXIMIZE | CO_FLAG_FEASIBLE)) ||
		(header->flags && header->kind != CO_BLOCK_PROBLEM))
		return "unknown flags";
	if (header->n_row < 0 || header->n_leaf < 0 || header->n_lin < 0 ||
		header->n_quad < 0 || header->n_code < 0 || header->n_str < 0 ||
		header->n_bound < 0 || header->n_bound_code < 0)
		return "negative count";
	if ((header->kind == CO_BLOCK_EXPR && header->n_row != 1) ||
		(header->kind == CO_BLOCK_PROBLEM && header->n_row < 1))
		return "wrong number of rows";
	return NULL;
}

/* end[] ascends from 0 to total: each row owns its part and all is owned. */
static bool
ends_valid(const int *end, int n_row, int total)
{
	int			last = 0;

	for (int r = 0; r < n_row; r++)
	{
		if (end[r] < last)
			return false;
		last = end[r];
	}
	return last == total;
}

static bool
offsets_valid(const CoBlock *block, const int *offset, int n, bool optional)
{
	for (int i = 0; i < n; i++)
		if (offset[i] < (optional ? -1 : 0) || offset[i] >= block->n_str)
			return false;
	return true;
}

static bool
indices_valid(const int *index, int n, int limit)
{
	for (int i = 0; i < n; i++)
		if (index[i] < 0 || index[i] >= limit)
			return false;
	return true;
}

static const char *
check_rows(const CoBlock *block)
{
	if (!ends_valid(block->lin_end, block->n_row, block->n_lin) ||
		!ends_valid(block->quad_end, block->n_row, block->n_quad) ||
		!ends_valid(block->code_end, block->n_row, block->n_code))
		return "row ends out of order";
	if (block->kind == CO_BLOCK_EXPR)
		return NULL;
	if (!offsets_valid(block, block->row_name, block->n_row, true) ||
		!offsets_valid(block, block->row_key, block->n_row, true))
		return "string offset out of range";
	for (int r = 0; r < block->n_row; r++)
	{
		if (isnan(block->lower[r]) || isnan(block->upper[r]))
			return "a bound is not a number";
		if (block->row_name[r] < 0 && block->row_key[r] >= 0)
			return "a key without a name";
	}
	if (block->kind == CO_BLOCK_PROBLEM &&
		!(block->lower[0] == -INFINITY && block->upper[0] == INFINITY))
		return "the objective has bounds";
	if ((block->flags & CO_FLAG_FEASIBLE) &&
		(block->lin_end[0] > 0 || block->quad_end[0] > 0 || block->code_end[0] > 0))
		return "an objective where there is none";
	return NULL;
}

static const char *
check_leaves(const CoBlock *block)
{
	if (block->n_str > 0 && block->str[block->n_str - 1] != '\0')
		return "unterminated string";
	if (!offsets_valid(block, block->leaf_name, block->n_leaf, false) ||
		!offsets_valid(block, block->leaf_key, block->n_leaf, true))
		return "string offset out of range";
	for (int k = 0; k < block->n_leaf; k++)
	{
		if (block->leaf_kind[k] > CO_LEAF_REFERENCE)
			return "unknown kind of leaf";
		if (block->leaf_id[k] != co_leaf_id(block->str + block->leaf_name[k],
											co_block_string(block, block->leaf_key[k])))
			return "identity does not match the name";
	}
	return NULL;
}

/* Every row's segment is a sequence of whole terms of well-formed postfix. */
static const char *
check_code(const CoBlock *block)
{
	for (int r = 0; r < block->n_row; r++)
	{
		int			at = co_row_start(block->code_end, r);
		CoCodeTerm	term;

		while (co_code_term(block->code, block->code_end[r], &at, &term))
			if (isnan(term.scale) ||
				!co_code_valid(term.code, term.length, block->n_leaf, NULL))
				return "malformed formula";
		if (at != block->code_end[r])
			return "malformed formula";
	}
	return NULL;
}

CoRc
co_block_check_leaves(CoArena *arena, const CoBlock *block, CoError *error)
{
	CoMark		mark = co_mark(arena);
	size_t		mask = 1;
	int		   *slot;

	while (mask < 2 * (size_t) block->n_leaf)
		mask *= 2;
	slot = co_take_zero_ints(arena, mask);	/* leaf + 1; 0: empty */
	if (!slot)
		return co_arena_failed(arena);
	mask--;
	for (int k = 0; k < block->n_leaf; k++)
	{
		size_t		at = (size_t) (block->leaf_id[k] ^ (block->leaf_id[k] >> 32)) & mask;

		for (; slot[at] > 0; at = (at + 1) & mask)
			if (block->leaf_id[slot[at] - 1] == block->leaf_id[k])
			{
				co_rewind(arena, mark);
				return refuse(error, "a leaf stands twice");
			}
		slot[at] = k + 1;
	}
	co_rewind(arena, mark);
	return CO_OK;
}

CoRc
co_block_validate(const void *flat, size_t size, CoBlock *view, CoError *error)
{
	const char *what;

	if ((uintptr_t) flat % sizeof(double) != 0)
		return refuse(error, "not aligned");
	if (size < sizeof(CoBlockHeader))
		return refuse(error, "too short");
	what = check_header(flat);
	if (what)
		return refuse(error, what);
	co_block_view(flat, view);
	if (co_block_size(view) != size)
		return refuse(error, "its length does not match its contents");
	if (!indices_valid(view->lin_leaf, view->n_lin, view->n_leaf) ||
		!indices_valid(view->quad_i, view->n_quad, view->n_leaf) ||
		!indices_valid(view->quad_j, view->n_quad, view->n_leaf))
		return refuse(error, "index out of range");
	if ((what = check_leaves(view)) || (what = co_bound_check(view)) ||
		(what = check_rows(view)) || (what = check_code(view)))
		return refuse(error, what);
	return CO_OK;
}
