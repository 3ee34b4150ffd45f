/*-------------------------------------------------------------------------
 *
 * expr/builder_terms.c
 *	  Blocks under construction: terms, one by one and from other blocks.
 *
 *-------------------------------------------------------------------------
 */
#include "expr/builder_private.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include "expr/code.h"

/* Leaves of a block whose numbers are mapped without a take. */
#define SMALL_MAP		16

/* Leaves imported between two polls: 1e5 cache misses, about 10 ms. */
#define POLL_LEAVES		100000

/* Columns shorter than this are copied: they may stand on a caller's stack. */
#define ADOPTED_TERMS	64
#define ADOPTED_BYTES	4096	/* of code */

/*
 * Neumaier's compensated sum [N74]: the constant of a million
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

CoRc
co_builder_add_terms(CoBuilder *builder, const CoBlock *block, int row, double scale,
					 const int *map)
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
	return rc ? rc : co_builder_add_terms(builder, block, row, scale, map);
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
			rc = co_builder_add_terms(builder, block, r, 1.0, map);
	}
	return rc;
}

/*
 * The block's columns and its code become the builder's, full to the brim:
 * whoever adds a term gets larger ones, and these are never written.  What was
 * taken over is gone from *rest.
 */
static void
adopt_columns(CoBuilder *builder, const CoBlock *block, CoBlock *rest)
{
	static const int none = 0;

	if (block->n_lin >= ADOPTED_TERMS)
	{
		builder->lin.coef = (double *) (uintptr_t) block->lin_coef;
		builder->lin.leaf = (int *) (uintptr_t) block->lin_leaf;
		builder->n_lin = builder->cap_lin = block->n_lin;
		rest->lin_end = &none;
	}
	if (block->n_quad >= ADOPTED_TERMS)
	{
		builder->quad.coef = (double *) (uintptr_t) block->quad_coef;
		builder->quad.i = (int *) (uintptr_t) block->quad_i;
		builder->quad.j = (int *) (uintptr_t) block->quad_j;
		builder->n_quad = builder->cap_quad = block->n_quad;
		rest->quad_end = &none;
	}
	if (block->n_code >= ADOPTED_BYTES)
	{
		builder->code = (uint8_t *) (uintptr_t) block->code;
		builder->n_code = builder->cap_code = block->n_code;
		builder->row.code_end[builder->n_row - 1] = block->n_code;
		rest->code_end = &none;
	}
}

CoRc
co_builder_adopt_row(CoBuilder *builder, const CoBlock *block, CoError *error)
{
	bool		is_first = builder->n_row == 1 && builder->n_leaf == 0 &&
		builder->n_lin == 0 && builder->n_quad == 0 && block->n_row == 1;
	int			small[SMALL_MAP];
	int		   *map;
	CoBlock		rest = *block;
	CoRc		rc;

	if (!is_first)
		return co_builder_add_row(builder, block, 0, 1.0, error);
	if ((rc = take_map(builder, block->n_leaf, small, &map)) ||
		(rc = import_leaves(builder, block, map, false, error)))
		return rc;

	/* No leaf stood twice: all have their numbers again. */
	if (builder->n_leaf == block->n_leaf)
		adopt_columns(builder, block, &rest);
	return co_builder_add_terms(builder, &rest, 0, 1.0, map);
}
