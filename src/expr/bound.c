/*-------------------------------------------------------------------------
 *
 * expr/bound.c
 *	  Bounds of variables that are formulas over parameters: the table in a
 *	  block, and their values.
 *
 *-------------------------------------------------------------------------
 */
#include "expr/bound.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "expr/algebra.h"

/* Formulas evaluated between two polls: some microseconds each. */
#define BOUNDS_PER_POLL	1000

CoCodeTerms
co_bound_find(const CoBlock *block, int leaf, bool is_upper)
{
	int			place = co_bound_place(leaf, is_upper);
	int			low = 0,
				high = block->n_bound;
	int			start;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (block->bound_place[middle] < place)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == block->n_bound || block->bound_place[low] != place)
		return (CoCodeTerms) {NULL, 0};
	start = co_row_start(block->bound_end, low);
	return (CoCodeTerms) {block->bound_code + start, block->bound_end[low] - start};
}

static CoRc
each_of_instr(const CoInstr *instr, CoRc (*each) (void *state, int leaf), void *state)
{
	CoRc		rc = CO_OK;

	if (instr->op == CO_OP_LEAF)
		return each(state, instr->leaf);
	for (int k = 0; instr->op == CO_OP_AFFINE && k < instr->n && !rc; k++)
	{
		double		coef;
		int			leaf;

		co_code_affine_term(instr, k, &coef, &leaf);
		rc = each(state, leaf);
	}
	return rc;
}

CoRc
co_bound_each_leaf(CoCodeTerms formula, CoRc (*each) (void *state, int leaf), void *state)
{
	int			at = 0;
	CoCodeTerm	term;
	CoInstr		instr;
	CoRc		rc = CO_OK;

	while (!rc && co_code_term(formula.code, formula.length, &at, &term))
		for (int next = 0; !rc && co_code_next(term.code, term.length, &next, &instr);)
			rc = each_of_instr(&instr, each, state);
	return rc;
}

/*--------------------------------------------------------------------------
 * Foreign values
 *--------------------------------------------------------------------------
 */

static CoRc
require_parameter(void *state, int leaf)
{
	const CoBlock *block = state;

	return block->leaf_kind[leaf] == CO_LEAF_PARAMETER ? CO_OK : CO_BAD_INPUT;
}

static const char *
check_formula(const CoBlock *block, CoCodeTerms formula)
{
	int			at = 0;
	CoCodeTerm	term;

	if (formula.length == 0)
		return "an empty bound";
	while (co_code_term(formula.code, formula.length, &at, &term))
		if (!isfinite(term.scale) ||
			!co_code_valid(term.code, term.length, block->n_leaf, NULL) ||
			co_code_has_call(term.code, term.length))
			return "malformed bound";
	if (at != formula.length)
		return "malformed bound";
	return co_bound_each_leaf(formula, require_parameter, (void *) (uintptr_t) block) ?
		"a bound depends on a variable" : NULL;
}

/* Ascending, of variables whose number is NaN, each byte of code used. */
static const char *
check_table(const CoBlock *block)
{
	int			place = -1,
				end = 0;

	for (int i = 0; i < block->n_bound; i++)
	{
		int			leaf = block->bound_place[i] / 2;

		if (block->bound_place[i] <= place || leaf >= block->n_leaf || block->bound_end[i] < end)
			return "bounds out of order";
		place = block->bound_place[i];
		end = block->bound_end[i];
		if (block->leaf_kind[leaf] != CO_LEAF_VARIABLE ||
			!isnan(place % 2 == 0 ? block->leaf_lower[leaf] : block->leaf_upper[leaf]))
			return "a bound of what has none";
	}
	return end == block->n_bound_code ? NULL : "bounds out of order";
}

const char *
co_bound_check(const CoBlock *block)
{
	const char *what = check_table(block);
	int			n_nan = 0,
				start = 0;

	for (int k = 0; k < block->n_leaf && !what; k++)
		n_nan += (isnan(block->leaf_lower[k]) != 0) + (isnan(block->leaf_upper[k]) != 0);
	if (!what && n_nan != block->n_bound)
		what = "a bound is not a number";
	for (int i = 0; i < block->n_bound && !what; start = block->bound_end[i++])
		what = check_formula(block, (CoCodeTerms) {block->bound_code + start,
												 block->bound_end[i] - start});
	return what;
}

/*--------------------------------------------------------------------------
 * Values
 *--------------------------------------------------------------------------
 */

CoRc
co_bound_rows(CoArena *arena, const CoBlock *block, CoBlock *out)
{
	size_t		n = (size_t) block->n_bound + 1;
	double	   *lower = co_take_doubles(arena, n),
			   *upper = co_take_doubles(arena, n);
	int		   *none = co_take_zero_ints(arena, n),
			   *end = co_take_zero_ints(arena, n),
			   *name = co_take_ints(arena, n);

	*out = *block;
	out->kind = CO_BLOCK_PROBLEM;
	out->flags = CO_FLAG_FEASIBLE;
	out->n_row = block->n_bound + 1;
	out->n_lin = out->n_quad = out->n_bound = out->n_bound_code = 0;
	out->n_code = block->n_bound_code;
	out->code = block->bound_code;
	out->constant = co_take_zero_doubles(arena, n);
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	for (size_t i = 0; i < n; i++)
	{
		lower[i] = -INFINITY;
		upper[i] = INFINITY;
		name[i] = -1;
		end[i] = i > 0 ? block->bound_end[i - 1] : 0;
	}
	out->lower = lower;
	out->upper = upper;
	out->lin_end = out->quad_end = none;
	out->code_end = end;
	out->row_name = out->row_key = name;
	return CO_OK;
}

static CoRc
complain(const CoBlock *block, int leaf, bool is_upper, double value, CoError *error)
{
	char		label[128];

	memset(error, 0, sizeof *error);
	error->position = -1;
	co_label(block->str + block->leaf_name[leaf], co_block_string(block, block->leaf_key[leaf]),
			 label, sizeof label);
	snprintf(error->message, sizeof error->message, "%s bound of %s is %s",
			 is_upper ? "upper" : "lower", label,
			 isnan(value) ? "NaN" : value > 0.0 ? "infinity" : "-infinity");
	snprintf(error->detail, sizeof error->detail,
			 "It is an expression of parameters, at the values that they have here.");
	return co_error_as(error, CO_ERROR_RANGE);
}

CoRc
co_bound_numbers(CoArena *arena, const CoBlock *block, const double *leaf_value,
				 CoBlock *out, CoError *error)
{
	const double *value = leaf_value ? leaf_value : block->leaf_start;
	double	   *side[2];
	CoBlock		rows;
	CoRc		rc = CO_OK;

	*out = *block;
	if (block->n_bound == 0)
		return CO_OK;
	side[0] = co_take_doubles(arena, (size_t) block->n_leaf);
	side[1] = co_take_doubles(arena, (size_t) block->n_leaf);
	if (co_arena_failed(arena) || (rc = co_bound_rows(arena, block, &rows)))
		return co_arena_failed(arena);
	memcpy(side[0], block->leaf_lower, (size_t) block->n_leaf * sizeof(double));
	memcpy(side[1], block->leaf_upper, (size_t) block->n_leaf * sizeof(double));
	for (int i = 0; i < block->n_bound && !rc; i++)
	{
		int			leaf = block->bound_place[i] / 2;
		bool		is_upper = block->bound_place[i] % 2 != 0;
		double		bound = co_block_eval(arena, &rows, i + 1, value);

		side[is_upper][leaf] = bound;
		if (isnan(bound) || bound == (is_upper ? -INFINITY : INFINITY))
			rc = co_arena_failed(arena) ? co_arena_failed(arena) :
				complain(block, leaf, is_upper, bound, error);
		if (!rc && i % BOUNDS_PER_POLL == 0)
			rc = co_poll(arena);
	}
	out->leaf_lower = side[0];
	out->leaf_upper = side[1];
	out->n_bound = out->n_bound_code = 0;
	return rc;
}
