/*-------------------------------------------------------------------------
 *
 * expr/algebra_row.c
 *	  From expressions to constraints, and the value of a row.
 *
 *-------------------------------------------------------------------------
 */
#include "expr/algebra.h"

#include <math.h>
#include <string.h>

#include "expr/algebra_code.h"

static bool
has_variable(const CoBlock *a)
{
	for (int k = 0; k < a->n_leaf; k++)
		if (a->leaf_kind[k] != CO_LEAF_PARAMETER)
			return true;
	return false;
}

/* One unnamed row lower <= a - b <= upper of the terms alone. */
static CoRc
make_row(CoArena *arena, const CoBlock *a, const CoBlock *b, double lower, double upper,
		 CoBlock *out, CoError *error)
{
	static const double zero = 0.0;
	CoBlock		body_a = *a;
	CoBuilder  *builder;
	CoRc		rc;

	body_a.constant = &zero;
	if ((rc = co_algebra_check(a, error)) || (b && (rc = co_algebra_check(b, error))) ||
		(rc = co_builder_new(arena, CO_BLOCK_CONSTRAINT, &builder)) ||
		(rc = co_builder_row(builder, NULL, NULL, lower, upper)) ||
		(rc = co_builder_add_row(builder, &body_a, 0, 1.0, error)))
		return rc;
	if (b)
	{
		CoBlock		body_b = *b;

		body_b.constant = &zero;
		rc = co_builder_add_row(builder, &body_b, 0, -1.0, error);
		if (rc)
			return rc;
	}
	co_builder_view(builder, out);
	return CO_OK;
}

CoRc
co_expr_compare(CoArena *arena, const CoBlock *a, CoRelation rel,
				const CoBlock *b, CoBlock *out, CoError *error)
{
	double		bound = co_move_constant(b->constant[0], a->constant[0]);

	if (!has_variable(a) && has_variable(b))
		return co_expr_compare(arena, b, rel == CO_LESS_EQUAL ? CO_GREATER_EQUAL :
							   rel == CO_GREATER_EQUAL ? CO_LESS_EQUAL : CO_EQUAL,
							   a, out, error);
	if (isnan(bound))
		return co_algebra_complain(error, "bound of a comparison is not a number", NULL);
	return make_row(arena, a, b, rel == CO_LESS_EQUAL ? -INFINITY : bound,
					rel == CO_GREATER_EQUAL ? INFINITY : bound, out, error);
}

CoRc
co_expr_between(CoArena *arena, const CoBlock *a, double lower, double upper,
				CoBlock *out, CoError *error)
{
	double		low = co_move_constant(lower, a->constant[0]);
	double		high = co_move_constant(upper, a->constant[0]);

	if (isnan(low) || isnan(high))
		return co_algebra_complain(error, "bound of a comparison is not a number", NULL);
	return make_row(arena, a, NULL, low, high, out, error);
}

/*
 * Neumaier's compensated sum [N74]: the value users compare
 * with their own must not depend on the order of a million terms.
 */
typedef struct Sum
{
	double		high,
				low;
} Sum;

static void
add(Sum *sum, double value)
{
	double		total = sum->high + value;

	sum->low += fabs(sum->high) >= fabs(value) ?
		(sum->high - total) + value : (value - total) + sum->high;
	sum->high = total;
}

/* With the rounding error of a product, which is a double. */
static void
add_product(Sum *sum, double a, double b)
{
	double		product = a * b;

	add(sum, product);
	sum->low += fma(a, b, -product);
}

static void
add_quadratic(Sum *sum, double coef, double x, double y)
{
	double		product = x * y;

	add_product(sum, coef, product);
	sum->low += coef * fma(x, y, -product);
}

double
co_block_eval(CoArena *arena, const CoBlock *block, int row, const double *leaf)
{
	Sum			sum = {block->constant[row], 0.0};
	int			at = co_row_start(block->code_end, row);
	CoMark		mark = co_mark(arena);
	double	   *stack = NULL;
	CoCodeTerm	term;

	for (int t = co_row_start(block->lin_end, row); t < block->lin_end[row]; t++)
		add_product(&sum, block->lin_coef[t], leaf[block->lin_leaf[t]]);
	for (int t = co_row_start(block->quad_end, row); t < block->quad_end[row]; t++)
		add_quadratic(&sum, block->quad_coef[t], leaf[block->quad_i[t]], leaf[block->quad_j[t]]);
	if (at < block->code_end[row])
	{
		stack = co_take_doubles(arena, CO_MAX_DEPTH);
		if (!stack)
			return NAN;
	}
	while (co_code_term(block->code, block->code_end[row], &at, &term))
		add(&sum, term.scale * co_code_eval(arena->env, term.code, term.length, leaf, stack));
	if (stack)
		co_rewind(arena, mark);

	/* Where the sum is not finite its compensation is noise. */
	return isfinite(sum.high) && isfinite(sum.low) ? sum.high + sum.low : sum.high;
}
