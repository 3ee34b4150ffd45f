/*-------------------------------------------------------------------------
 *
 * expr/print.c
 *	  Blocks to texts.
 *
 * What is printed reads back as the same bytes for every block the operators
 * and the parser make, with two exceptions: the constant of a constraint's
 * body moves to its bounds, and an objective's name is not written.  A value
 * with formulas of another shape (from a foreign hand) reads back as an equal
 * one, whose text is then stable.
 *
 * The columns of a row are printed as one sum.  Any order of the linear,
 * quadratic and other terms among each other reads back alike, so the order
 * is chosen in which the leaves appear by their numbers: then no list of them
 * is needed.  Formulas are printed by expr/print_code.c.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "expr/bound.h"
#include "expr/code.h"
#include "expr/print_code.h"

/* Where the terms of a row stand that are not yet printed. */
typedef struct Cursor
{
	int			lin,
				lin_end,
				quad,
				quad_end,
				code,
				code_end;
	int			n;				/* terms printed */
} Cursor;

/* Leaves in the order of their appearance are 0 .. seen-1 so far. */
typedef struct Order
{
	int			seen;
	bool		broken;
} Order;

typedef enum Column
{
	LINEAR,
	QUADRATIC,
	FORMULA,
	NOTHING
} Column;

static bool
comes_next(int leaf, int *seen)
{
	if (leaf == *seen)
		(*seen)++;
	return leaf < *seen;
}

static bool
instr_comes_next(const CoInstr *instr, int *seen)
{
	if (instr->op == CO_OP_LEAF)
		return comes_next(instr->leaf, seen);
	for (int k = 0; instr->op == CO_OP_AFFINE && k < instr->n; k++)
	{
		double		coef;
		int			leaf;

		co_code_affine_term(instr, k, &coef, &leaf);
		if (!comes_next(leaf, seen))
			return false;
	}
	return true;
}

static bool
code_comes_next(const CoBlock *block, const Cursor *cursor, int *seen)
{
	int			at = cursor->code,
				instr_at = 0;
	CoCodeTerm	term;
	CoInstr		instr;

	if (!co_code_term(block->code, cursor->code_end, &at, &term))
		return false;
	while (co_code_next(term.code, term.length, &instr_at, &instr))
		if (!instr_comes_next(&instr, seen))
			return false;
	return true;
}

/* The column whose next term keeps the leaves in order, or else any. */
static Column
choose_column(const CoBlock *block, const Cursor *cursor, Order *order)
{
	int			seen = order->seen;

	if (!order->broken)
	{
		if (cursor->lin < cursor->lin_end && comes_next(block->lin_leaf[cursor->lin], &seen))
		{
			order->seen = seen;
			return LINEAR;
		}
		seen = order->seen;
		if (cursor->quad < cursor->quad_end && comes_next(block->quad_i[cursor->quad], &seen) &&
			comes_next(block->quad_j[cursor->quad], &seen))
		{
			order->seen = seen;
			return QUADRATIC;
		}
		seen = order->seen;
		if (cursor->code < cursor->code_end && code_comes_next(block, cursor, &seen))
		{
			order->seen = seen;
			return FORMULA;
		}
	}
	if (cursor->lin < cursor->lin_end || cursor->quad < cursor->quad_end ||
		cursor->code < cursor->code_end)
		order->broken = true;
	return cursor->lin < cursor->lin_end ? LINEAR : cursor->quad < cursor->quad_end ? QUADRATIC :
		cursor->code < cursor->code_end ? FORMULA : NOTHING;
}

static void
print_quad(CoPrinter *printer, double coef, int i, int j, bool first)
{
	bool		negative_zero = first && coef == 0.0 && signbit(coef);

	/* -x^2 would be (-x)^2, and (-0*x)*y would be 0*x*y. */
	if (i == j && first && coef == -1.0)
		co_print_text(printer, "-1*");
	else if (!negative_zero)
		co_print_coefficient(printer, coef, first);
	co_print_leaf(printer, i);
	co_print_text(printer, i == j ? "^2" : "*");
	if (i != j)
		co_print_leaf(printer, j);
	if (negative_zero)
		co_print_text(printer, "*(-0)");
}

static CoRc
print_term(CoPrinter *printer, Cursor *cursor, Column column)
{
	const CoBlock *block = printer->block;
	bool		first = cursor->n++ == 0;
	CoCodeTerm	term;

	switch (column)
	{
		case LINEAR:
			co_print_coefficient(printer, block->lin_coef[cursor->lin], first);
			co_print_leaf(printer, block->lin_leaf[cursor->lin++]);
			break;
		case QUADRATIC:
			print_quad(printer, block->quad_coef[cursor->quad], block->quad_i[cursor->quad],
					   block->quad_j[cursor->quad], first);
			cursor->quad++;
			break;
		case FORMULA:
			if (!co_code_term(block->code, cursor->code_end, &cursor->code, &term))
				return CO_BAD_INPUT;
			return co_print_code_term(printer, &term, first);
		case NOTHING:
			break;
	}
	return co_print_poll(printer);
}

static CoRc
print_body(CoPrinter *printer, int row, Order *order)
{
	const CoBlock *block = printer->block;
	double		constant = block->constant[row];
	Cursor		cursor = {
		.lin = co_row_start(block->lin_end, row),
		.lin_end = block->lin_end[row],
		.quad = co_row_start(block->quad_end, row),
		.quad_end = block->quad_end[row],
		.code = co_row_start(block->code_end, row),
		.code_end = block->code_end[row]
	};
	Column		column;

	while ((column = choose_column(block, &cursor, order)) != NOTHING)
	{
		CoRc		rc;

		if (printer->max_terms > 0 && cursor.n == printer->max_terms)
		{
			co_print_text(printer, " + ...");
			return CO_OK;
		}
		rc = print_term(printer, &cursor, column);
		if (rc)
			return rc;
	}
	if (cursor.n == 0)
		co_print_number(printer, constant + 0.0);	/* no negative zero */
	else if (constant != 0.0)
		co_print_signed(printer, constant);
	return CO_OK;
}

/* lower == upper with the same sign of zero */
static bool
is_equality(double lower, double upper)
{
	return lower == upper && isfinite(lower) && !signbit(lower) == !signbit(upper);
}

static CoRc
print_row(CoPrinter *printer, int row, Order *order)
{
	const CoBlock *block = printer->block;
	const char *name = co_block_string(block, block->row_name[row]);
	double		lower = block->lower[row],
				upper = block->upper[row];
	bool		two_sided = !is_equality(lower, upper) &&
		(isfinite(lower) ? upper != INFINITY : lower != -INFINITY || !isfinite(upper));
	CoRc		rc;

	if (name)
	{
		co_print_name(printer, name, co_block_string(block, block->row_key[row]));
		co_print_text(printer, ": ");
	}
	if (two_sided)
	{
		co_print_number(printer, lower);
		co_print_text(printer, " <= ");
	}
	rc = print_body(printer, row, order);
	if (rc)
		return rc;
	co_print_text(printer, is_equality(lower, upper) ? " == " :
				  upper != INFINITY || two_sided ? " <= " : " >= ");
	co_print_number(printer, upper != INFINITY || two_sided ? upper : lower);
	return CO_OK;
}

static CoRc
print_rows(CoPrinter *printer, int first, Order *order)
{
	CoRc		rc = CO_OK;

	for (int row = first; row < printer->block->n_row && !rc; row++)
	{
		if (row > first)
			co_print_text(printer, "; ");
		rc = print_row(printer, row, order);
	}
	return rc;
}

static CoRc
print_problem(CoPrinter *printer, Order *order)
{
	const CoBlock *block = printer->block;
	CoRc		rc = CO_OK;

	if (block->flags & CO_FLAG_FEASIBLE)
		co_print_text(printer, "feasible");
	else
	{
		co_print_text(printer, block->flags & CO_FLAG_MAXIMIZE ? "maximize " : "minimize ");
		rc = print_body(printer, 0, order);
	}
	if (rc || block->n_row <= 1)
		return rc;
	co_print_text(printer, " subject to ");
	return print_rows(printer, 1, order);
}

static CoRc
print_formula(CoPrinter *printer, CoCodeTerms formula)
{
	int			at = 0;
	CoCodeTerm	term;
	CoRc		rc = CO_OK;

	for (bool first = true; !rc && co_code_term(formula.code, formula.length, &at, &term);
		 first = false)
		rc = co_print_code_term(printer, &term, first);
	return rc;
}

static CoRc
print_bound(CoPrinter *printer, int k, bool is_upper)
{
	const CoBlock *block = printer->block;
	CoCodeTerms formula = co_bound_find(block, k, is_upper);

	if (formula.length > 0)
		return print_formula(printer, formula);
	co_print_number(printer, is_upper ? block->leaf_upper[k] : block->leaf_lower[k]);
	return CO_OK;
}

static CoRc
print_definition(CoPrinter *printer, int k)
{
	const CoBlock *block = printer->block;
	CoRc		rc;

	co_print_leaf(printer, k);
	switch ((CoLeafKind) block->leaf_kind[k])
	{
		case CO_LEAF_PARAMETER:
			co_print_text(printer, " := ");
			co_print_number(printer, block->leaf_start[k]);
			break;
		case CO_LEAF_NAME:
			co_print_text(printer, " free");
			break;
		case CO_LEAF_REFERENCE:
			co_print_text(printer, " undefined");
			break;
		case CO_LEAF_VARIABLE:
			co_print_text(printer, " in [");
			rc = print_bound(printer, k, false);
			co_print_text(printer, ", ");
			if (!rc)
				rc = print_bound(printer, k, true);
			if (rc)
				return rc;
			co_print_text(printer, "]");
			if (isnan(block->leaf_start[k]))
				break;
			co_print_text(printer, " start ");
			co_print_number(printer, block->leaf_start[k]);
			break;
	}
	return co_print_poll(printer);
}

/* All leaves, in their order, unless they are the names as they appeared. */
static CoRc
print_where(CoPrinter *printer, const Order *order)
{
	const CoBlock *block = printer->block;
	bool		plain = !order->broken && order->seen == block->n_leaf;
	CoRc		rc = CO_OK;

	for (int k = 0; k < block->n_leaf && plain; k++)
		plain = block->leaf_kind[k] == CO_LEAF_NAME;
	for (int k = 0; k < block->n_leaf && !plain && !rc; k++)
	{
		co_print_text(printer, k > 0 ? ", " : printer->n > 0 ? " where " : "where ");
		rc = print_definition(printer, k);
	}
	return rc;
}

CoRc
co_print(CoArena *arena, const CoBlock *block, char **text, size_t *length)
{
	CoPrinter	printer = {.arena = arena, .block = block};
	Order		order = {0, false};
	CoRc		rc;

	switch (block->kind)
	{
		case CO_BLOCK_PROBLEM:
			rc = print_problem(&printer, &order);
			break;
		case CO_BLOCK_CONSTRAINT:
			rc = print_rows(&printer, 0, &order);
			break;
		default:
			rc = print_body(&printer, 0, &order);
	}
	if (!rc)
		rc = print_where(&printer, &order);
	return rc ? rc : co_print_finish(&printer, text, length);
}

CoRc
co_print_row(CoArena *arena, const CoBlock *block, int row, int max_terms,
			 char **text, size_t *length)
{
	CoPrinter	printer = {.arena = arena, .block = block, .max_terms = max_terms};
	Order		order = {0, true};
	CoRc		rc = print_body(&printer, row, &order);

	return rc ? rc : co_print_finish(&printer, text, length);
}

CoRc
co_print_formula(CoArena *arena, const CoBlock *block, CoCodeTerms formula, char *out, size_t size)
{
	CoPrinter	printer = {.arena = arena, .block = block};
	char	   *text;
	size_t		length;
	CoRc		rc = print_formula(&printer, formula);

	if (!rc)
		rc = co_print_finish(&printer, &text, &length);
	if (rc || size == 0)
		return rc;
	snprintf(out, size, "%s", text);
	if (length >= size)
		co_label_cut(out, size);
	return CO_OK;
}
