/*-------------------------------------------------------------------------
 *
 * nlp/lower_gather.c
 *	  First walk over the rows: what their plain columns do not say.
 *
 * Plain terms stay in the block and are read from there when the matrices are
 * made (nlp/lower_matrix.c).  Gathered in lists are terms with parameters and
 * what formulas expand to; constraints with products of variables are told.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>

#include "nlp/lower_private.h"

/*
 * Bytes of the longest term that surely has no form of more than eight
 * variables, which take twelve each.
 */
#define SHORT_TERM		96

static CoRc
add_constant(CoLowering *lowering, double value)
{
	return co_triples_add(lowering->arena, &lowering->constant, lowering->row, -1, value);
}

/* Linear terms in parameters are part of the row's constant. */
static CoRc
gather_lin(CoLowering *lowering)
{
	const CoBlock *block = lowering->block;
	int			row = lowering->row;
	CoRc		rc = CO_OK;

	if (!lowering->has_parameter)
		return CO_OK;
	for (int t = co_row_start(block->lin_end, row); t < block->lin_end[row] && !rc; t++)
	{
		int			leaf = block->lin_leaf[t];

		if (lowering->out->leaf_var[leaf] < 0)
			rc = add_constant(lowering, block->lin_coef[t] * lowering->value[leaf]);
		if (!rc)
			rc = co_lower_work(lowering, 1);
	}
	return rc;
}

static CoRc
gather_parameter_quad(CoLowering *lowering, int t)
{
	const CoBlock *block = lowering->block;
	int			i = block->quad_i[t];
	int			j = block->quad_j[t];
	int			var_i = lowering->out->leaf_var[i];
	int			var_j = lowering->out->leaf_var[j];
	double		coef = block->quad_coef[t];

	if (var_i < 0)
		coef *= lowering->value[i];
	if (var_j < 0)
		coef *= lowering->value[j];
	if (var_i < 0 && var_j < 0)
		return add_constant(lowering, coef);
	return co_triples_add(lowering->arena, &lowering->lin, lowering->row,
						  var_i < 0 ? var_j : var_i, coef);
}

/* The objective's products of two variables stay in the block. */
static CoRc
gather_quad(CoLowering *lowering)
{
	const CoBlock *block = lowering->block;
	const int  *leaf_var = lowering->out->leaf_var;
	int			row = lowering->row;
	CoRc		rc = CO_OK;

	if (row == 0 && !lowering->has_parameter)
		return CO_OK;
	for (int t = co_row_start(block->quad_end, row); t < block->quad_end[row] && !rc; t++)
	{
		int			i = block->quad_i[t];
		int			j = block->quad_j[t];

		if (!isfinite(block->quad_coef[t]))
			return co_lower_complain_coefficient(lowering, row, i, j);
		if (leaf_var[i] < 0 || leaf_var[j] < 0)
			rc = gather_parameter_quad(lowering, t);
		else if (row > 0)
			rc = co_triples_add(lowering->arena, &lowering->row_quad, leaf_var[i],
								leaf_var[j], block->quad_coef[t]);
		if (!rc)
			rc = co_lower_work(lowering, 1);
	}
	return rc;
}

CoRc
co_lower_plain(CoLowering *lowering)
{
	CoRc		rc = gather_lin(lowering);

	return rc ? rc : gather_quad(lowering);
}

CoRc
co_lower_polynomial(CoLowering *lowering, double factor)
{
	const CoTriples *lin = &lowering->poly_lin;
	const CoTriples *quad = &lowering->poly_quad;
	CoTriples  *quads = lowering->row == 0 ? &lowering->quad : &lowering->row_quad;
	CoRc		rc = add_constant(lowering, factor * lowering->stack[0].constant);

	for (int t = 0; t < lin->n && !rc; t++)
		rc = co_triples_add(lowering->arena, &lowering->lin, lowering->row, lin->i[t],
							factor * lin->value[t]);
	for (int t = 0; t < quad->n && !rc; t++)
	{
		double		coef = factor * quad->value[t];

		if (!isfinite(coef))
			return co_lower_complain(lowering, lowering->row,
									 "a formula in %s has a coefficient that is not finite");
		rc = co_triples_add(lowering->arena, quads, quad->i[t], quad->j[t], coef);
	}
	return rc ? rc : co_lower_work(lowering, lin->n + quad->n);
}

/* FNV-1a over a whole term, scale included. */
static uint64_t
hash_term(const CoCodeTerm *term)
{
	const uint8_t *byte = term->code - CO_CODE_TERM_HEAD;
	uint64_t	hash = UINT64_C(0xcbf29ce484222325);

	for (int k = 0; k < CO_CODE_TERM_HEAD + term->length; k++)
		hash = (hash ^ byte[k]) * UINT64_C(0x100000001b3);
	return hash;
}

/*
 * Where the row's code terms begin, ordered by their contents: added variables
 * are numbered in this order, and so not in that of arrival.
 */
CoRc
co_lower_order(CoLowering *lowering, int n, int *offset)
{
	const CoBlock *block = lowering->block;
	int			at = co_row_start(block->code_end, lowering->row);
	CoMark		mark = co_mark(lowering->arena);
	uint64_t   *key = co_take(lowering->arena, (size_t) n, sizeof *key);
	CoCodeTerm	term;
	CoRc		rc = co_arena_failed(lowering->arena);

	for (int k = 0; k < n && !rc; k++)
	{
		offset[k] = at;
		co_code_term(block->code, block->code_end[lowering->row], &at, &term);
		key[k] = hash_term(&term);
		rc = co_lower_work(lowering, 1 + term.length / 16);
	}
	if (!rc)
		rc = co_sort_keys(lowering->arena, n, key, offset);
	if (!co_arena_failed(lowering->arena))
		co_rewind(lowering->arena, mark);
	return rc;
}

int
co_lower_count_terms(const CoBlock *block, int row)
{
	int			at = co_row_start(block->code_end, row);
	int			n = 0;
	CoCodeTerm	term;

	while (co_code_term(block->code, block->code_end[row], &at, &term))
		n++;
	return n;
}

CoRc
co_lower_reserve(CoLowering *lowering, int n)
{
	CoArena    *arena = lowering->arena;

	if (!lowering->stack)
		lowering->stack = co_take(arena, CO_MAX_DEPTH + 1, sizeof(CoPoly));
	if (n > lowering->cap_offset)
	{
		lowering->cap_offset = 2 * n;
		lowering->offset = co_take(arena, 2 * (size_t) n, sizeof(int));
	}
	return co_arena_failed(arena);
}

bool
co_lower_may_lift(const CoBlock *block, int row)
{
	int			at = co_row_start(block->code_end, row);
	CoCodeTerm	term;

	while (co_code_term(block->code, block->code_end[row], &at, &term))
		if (term.length > SHORT_TERM || co_code_has_call(term.code, term.length))
			return true;
	return false;
}

/*
 * fate [n] of the objective's squares, or NULL; *ordered: lowering->offset has
 * the row's n terms in canonical order, which is of no use otherwise.
 */
static CoRc
gather_squares(CoLowering *lowering, CoArena *scratch, int n, uint8_t **fate, bool *ordered)
{
	bool		found;
	CoRc		rc = co_lower_find_squares(lowering, scratch, &found);

	*fate = NULL;
	*ordered = found || co_lower_may_lift(lowering->block, lowering->row);
	if (rc || !*ordered)
		return rc;
	if ((rc = co_lower_reserve(lowering, n)) ||
		(rc = co_lower_order(lowering, n, lowering->offset)) || !found)
		return rc;
	*fate = co_take(lowering->arena, (size_t) n, 1);
	if (!*fate)
		return co_arena_failed(lowering->arena);
	return co_lower_squares(lowering, scratch, n, lowering->offset, true, *fate);
}

static CoRc
gather_term(CoLowering *lowering, const CoCodeTerm *term, bool *polynomial)
{
	CoRc		rc;

	if (!isfinite(term->scale))
		return co_lower_complain(lowering, lowering->row,
								 "factor of a formula in %s is not finite");
	if (term->scale == 0.0)
		return CO_OK;
	rc = co_lower_formula(lowering, term, polynomial);
	return !rc && *polynomial ? co_lower_polynomial(lowering, term->scale) : rc;
}

static CoRc
gather_code(CoLowering *lowering, bool *polynomial)
{
	const CoBlock *block = lowering->block;
	int			at = co_row_start(block->code_end, lowering->row);
	int			n = co_lower_count_terms(block, lowering->row);
	uint8_t    *fate;
	bool		ordered;
	CoArena		scratch;
	CoRc		rc = n > 0 ? co_lower_reserve(lowering, 0) : CO_OK;

	if (rc || n == 0)
		return rc;
	co_temporary_begin(lowering->arena, &scratch);
	rc = gather_squares(lowering, &scratch, n, &fate, &ordered);
	co_temporary_end(lowering->arena, &scratch);
	for (int k = 0; k < n && !rc && *polynomial; k++)
	{
		CoCodeTerm	term;

		if (ordered)
			at = lowering->offset[k];
		co_code_term(block->code, block->code_end[lowering->row], &at, &term);
		if (!fate || fate[k] != CO_SQUARE_GONE)
			rc = gather_term(lowering, &term, polynomial);
	}
	return rc;
}

/* Whether the row's quadratic terms leave anything when they are summed. */
static CoRc
check_row_quad(CoLowering *lowering)
{
	CoTriples  *list = &lowering->row_quad;
	CoMark		mark = co_mark(lowering->arena);
	int			n = list->n;
	uint64_t   *key;
	double	   *value;
	int		   *from;
	CoRc		rc;

	if (n == 0 || lowering->quad_row >= 0)
		return CO_OK;
	key = co_take(lowering->arena, (size_t) n, sizeof *key);
	value = co_take_doubles(lowering->arena, (size_t) n);
	from = co_take_ints(lowering->arena, (size_t) n);
	if (co_arena_failed(lowering->arena))
		return co_arena_failed(lowering->arena);
	for (int t = 0; t < n; t++)
	{
		uint64_t	low = (uint64_t) (list->i[t] < list->j[t] ? list->i[t] : list->j[t]);
		uint64_t	high = (uint64_t) (list->i[t] < list->j[t] ? list->j[t] : list->i[t]);

		key[t] = high << 32 | low;
		from[t] = t;
	}
	rc = co_sort_keys(lowering->arena, n, key, from);
	for (int t = 0; t < n; t++)
		value[t] = list->value[from[t]];
	for (int next, t = 0; t < n && !rc; t = next)
	{
		double		sum;

		for (next = t + 1; next < n && key[next] == key[t];)
			next++;
		rc = co_canonical_sum(lowering->arena, next - t, value + t, &sum);
		if (!rc && sum != 0.0)
			lowering->quad_row = lowering->row;
	}
	co_rewind(lowering->arena, mark);
	return rc;
}

CoRc
co_lower_gather(CoLowering *lowering, int *culprit)
{
	const CoBlock *block = lowering->block;
	bool		polynomial = true;
	CoRc		rc = CO_OK;

	*culprit = -1;
	for (int r = 0; r < block->n_row && !rc; r++)
	{
		lowering->row = r;
		lowering->row_quad.n = 0;
		if ((rc = co_lower_plain(lowering)) || (rc = gather_code(lowering, &polynomial)))
			break;
		if (!polynomial)
		{
			*culprit = r;
			break;
		}
		if (r > 0)
			rc = check_row_quad(lowering);
		if (!rc)
			rc = co_lower_work(lowering, 1);
	}
	return rc;
}
