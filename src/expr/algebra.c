/*-------------------------------------------------------------------------
 *
 * expr/algebra.c
 *	  Operators on whole expressions.
 *
 * The degree of the operands decides: constants fold, a constant factor
 * scales, short affine forms multiply out into quadratic terms, the rest is
 * code (expr/algebra_code.c).  Squares of more than CO_MAX_SQUARE terms are
 * not multiplied out.
 *
 *-------------------------------------------------------------------------
 */
#include "expr/algebra.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "expr/algebra_code.h"
#include "expr/product.h"

static bool
is_constant(const CoBlock *a)
{
	return a->n_lin == 0 && a->n_quad == 0 && a->n_code == 0;
}

static bool
is_affine(const CoBlock *a)
{
	return a->n_quad == 0 && a->n_code == 0;
}

CoRc
co_expr_constant(CoArena *arena, double value, CoBlock *out)
{
	CoBuilder  *builder;
	CoRc		rc = co_builder_new(arena, CO_BLOCK_EXPR, &builder);

	if (rc)
		return rc;
	co_builder_constant(builder, value);
	co_builder_view(builder, out);
	return CO_OK;
}

/* The result of folding constants must be a number. */
static CoRc
fold(CoArena *arena, CoOp op, double a, double b, CoBlock *out, CoError *error)
{
	double		value = co_op_eval(op, a, b);

	if (isfinite(value))
		return co_expr_constant(arena, value, out);
	co_algebra_complain(error, "", NULL);
	if (co_op_arity(op) == 1)
		snprintf(error->message, sizeof error->message, "%s(%.17g) is %s",
				 co_op_word(op), a, isnan(value) ? "not a number" : "infinite");
	else if (op <= CO_OP_POW)
		snprintf(error->message, sizeof error->message, "%.17g %s %.17g is %s",
				 a, co_op_word(op), b, isnan(value) ? "not a number" : "infinite");
	else
		snprintf(error->message, sizeof error->message, "%s(%.17g, %.17g) is %s",
				 co_op_word(op), a, b, isnan(value) ? "not a number" : "infinite");
	return co_error_as(error, CO_ERROR_RANGE);
}

CoRc
co_expr_leaf(CoArena *arena, const CoLeafDef *def, CoBlock *out, CoError *error)
{
	CoBuilder  *builder;
	int			leaf;
	CoRc		rc = co_builder_new(arena, CO_BLOCK_EXPR, &builder);

	if (rc || (rc = co_builder_leaf(builder, def, &leaf, error)) ||
		(rc = co_builder_lin(builder, leaf, 1.0)))
		return rc;
	co_builder_view(builder, out);
	return CO_OK;
}

/* expr as a formula over the builder's leaves; a variable in it is refused. */
static CoRc
import_bound(CoArena *arena, CoBuilder *builder, const CoLeafDef *def, const CoBlock *expr,
			 CoCodeTerms *bound, CoError *error)
{
	int		   *map = co_take_ints(arena, (size_t) expr->n_leaf);
	char		label[128];
	CoRc		rc = co_arena_failed(arena);

	for (int k = 0; k < expr->n_leaf && !rc; k++)
	{
		if (expr->leaf_kind[k] == CO_LEAF_PARAMETER)
		{
			rc = co_builder_import_leaf(builder, expr, k, &map[k], error);
			continue;
		}
		rc = co_algebra_complain(error, "", "Bounds are numbers, parameters and expressions of these. What depends on variables is a constraint of its own.");
		co_label(def->name, def->key, label, sizeof label);
		snprintf(error->message, sizeof error->message, "a bound of %s depends on a variable", label);
		co_label(expr->str + expr->leaf_name[k], co_block_string(expr, expr->leaf_key[k]),
				 label, sizeof label);
		snprintf(error->detail, sizeof error->detail, "The variable is %s.", label);
	}
	return rc ? rc : co_expr_formula(arena, expr, map, bound, error);
}

CoRc
co_expr_variable(CoArena *arena, const CoLeafDef *def, const CoBlock *lower,
				 const CoBlock *upper, CoBlock *out, CoError *error)
{
	CoLeafDef	bounded = *def;
	CoCodeTerms bound[2] = {{NULL, 0}, {NULL, 0}};
	CoBuilder  *builder;
	int			leaf;
	CoRc		rc = co_builder_new(arena, CO_BLOCK_EXPR, &builder);

	if (!rc && lower)
	{
		bounded.lower = NAN;
		rc = import_bound(arena, builder, def, lower, &bound[0], error);
	}
	if (!rc && upper)
	{
		bounded.upper = NAN;
		rc = import_bound(arena, builder, def, upper, &bound[1], error);
	}
	if (rc || (rc = co_builder_variable(builder, &bounded, bound, &leaf, error)) ||
		(rc = co_builder_lin(builder, leaf, 1.0)))
		return rc;
	co_builder_view(builder, out);
	return CO_OK;
}

CoRc
co_expr_combine(CoArena *arena, double alpha, const CoBlock *a,
				double beta, const CoBlock *b, double gamma,
				CoBlock *out, CoError *error)
{
	CoBuilder  *builder;
	CoRc		rc;

	if ((rc = co_builder_new(arena, CO_BLOCK_EXPR, &builder)) ||
		(rc = co_builder_add_row(builder, a, 0, alpha, error)) ||
		(b && (rc = co_builder_add_row(builder, b, 0, beta, error))))
		return rc;
	if (gamma != 0.0)
		co_builder_constant(builder, gamma);
	co_builder_view(builder, out);
	return co_algebra_check(out, error);
}

static CoRc
scale_by(CoArena *arena, const CoBlock *a, double factor, CoBlock *out, CoError *error)
{
	if (!isfinite(factor) && !is_constant(a))
		return co_algebra_complain(error, isnan(factor) ? "factor is not a number" :
								   "factor is infinite", NULL);
	return co_expr_combine(arena, factor, a, 0.0, NULL, 0.0, out, error);
}

static CoRc
import_small(CoBuilder *builder, const CoBlock *a, int *leaf, CoError *error)
{
	CoRc		rc = CO_OK;

	for (int t = 0; t < a->n_lin && !rc; t++)
		rc = co_builder_import_leaf(builder, a, a->lin_leaf[t], &leaf[t], error);
	return rc;
}

/* (a0 + sum a_i x_i) (b0 + sum b_j x_j) */
static CoRc
expand(CoBuilder *builder, const CoBlock *a, const int *leaf_a,
	   const CoBlock *b, const int *leaf_b)
{
	CoProduct	quad = {.n = 0},
				lin = {.n = 0};
	CoRc		rc = CO_OK;

	for (int s = 0; s < a->n_lin; s++)
		for (int t = 0; t < b->n_lin; t++)
			co_product_add(&quad, leaf_a[s], leaf_b[t], a->lin_coef[s] * b->lin_coef[t]);
	for (int s = 0; s < a->n_lin && b->constant[0] != 0.0; s++)
		co_product_add(&lin, leaf_a[s], 0, a->lin_coef[s] * b->constant[0]);
	for (int t = 0; t < b->n_lin && a->constant[0] != 0.0; t++)
		co_product_add(&lin, leaf_b[t], 0, b->lin_coef[t] * a->constant[0]);
	for (int k = 0; k < lin.n && !rc; k++)
		rc = co_builder_lin(builder, lin.i[k], lin.coef[k]);
	for (int k = 0; k < quad.n && !rc; k++)
		rc = co_builder_quad(builder, quad.i[k], quad.j[k], quad.coef[k]);
	co_builder_constant(builder, a->constant[0] * b->constant[0]);
	return rc;
}

static bool
is_short(const CoBlock *a, const CoBlock *b)
{
	return is_affine(a) && is_affine(b) &&
		(int64_t) a->n_lin * b->n_lin <= CO_MAX_PRODUCTS;
}

/*
 * To be multiplied out.  (-x)^2 is x^2, but stays what it is: where -x^2 was
 * written for -(x^2), it can be seen.
 */
static bool
is_short_square(const CoBlock *a)
{
	int			n;

	if (!is_affine(a))
		return false;
	n = a->n_lin + (a->constant[0] != 0.0);
	return n <= CO_MAX_SQUARE && !(n == 1 && a->n_lin == 1 && a->lin_coef[0] == -1.0);
}

CoRc
co_expr_mul(CoArena *arena, const CoBlock *a, const CoBlock *b,
			CoBlock *out, CoError *error)
{
	CoBuilder  *builder;
	int			leaf_a[CO_MAX_PRODUCTS],
				leaf_b[CO_MAX_PRODUCTS];
	CoRc		rc;

	if (is_constant(b))
		return scale_by(arena, a, b->constant[0], out, error);
	if (is_constant(a))
		return scale_by(arena, b, a->constant[0], out, error);
	if (!is_short(a, b))
		return co_algebra_code(arena, CO_OP_MUL, a, b, out, error);
	if ((rc = co_builder_new(arena, CO_BLOCK_EXPR, &builder)) ||
		(rc = import_small(builder, a, leaf_a, error)) ||
		(rc = import_small(builder, b, leaf_b, error)) ||
		(rc = expand(builder, a, leaf_a, b, leaf_b)))
		return rc;
	co_builder_view(builder, out);
	return co_algebra_check(out, error);
}

/* a / c, divided and not multiplied by 1/c: 3 * x / 10 is 0.3 * x exactly. */
static CoRc
divide_by(CoArena *arena, const CoBlock *a, double divisor, CoBlock *out, CoError *error)
{
	CoRc		rc;
	int			at = 0;
	CoCodeTerm	term;

	if (divisor == 0.0)
	{
		co_algebra_complain(error, "division by zero", NULL);
		return co_error_as(error, CO_ERROR_DIVISION);
	}
	rc = scale_by(arena, a, 1.0, out, error);
	if (rc)
		return rc;

	/* The columns of out are this function's own, fresh from the arena. */
	if (out->constant[0] != 0.0)	/* no -0: a text could not say it */
		((double *) (uintptr_t) out->constant)[0] /= divisor;
	for (int t = 0; t < out->n_lin; t++)
		((double *) (uintptr_t) out->lin_coef)[t] /= divisor;
	for (int t = 0; t < out->n_quad; t++)
		((double *) (uintptr_t) out->quad_coef)[t] /= divisor;
	while (co_code_term(out->code, out->n_code, &at, &term))
	{
		term.scale /= divisor;
		memcpy((uint8_t *) (uintptr_t) term.code - CO_CODE_TERM_HEAD,
			   &term.scale, sizeof term.scale);
	}
	return co_algebra_check(out, error);
}

CoRc
co_expr_div(CoArena *arena, const CoBlock *a, const CoBlock *b,
			CoBlock *out, CoError *error)
{
	if (!is_constant(b))
		return co_algebra_code(arena, CO_OP_DIV, a, b, out, error);
	if (!isfinite(b->constant[0]))
		return co_algebra_complain(error, "divisor is not finite", NULL);
	return divide_by(arena, a, b->constant[0], out, error);
}

CoRc
co_expr_pow(CoArena *arena, const CoBlock *a, const CoBlock *b,
			CoBlock *out, CoError *error)
{
	double		power = b->constant[0];

	if (!is_constant(b))
		return co_algebra_code(arena, CO_OP_POW, a, b, out, error);
	if (!isfinite(power))
		return co_algebra_complain(error, "exponent is not finite", NULL);
	if (power == 0.0)
		return co_expr_constant(arena, 1.0, out);
	if (power == 1.0)
		return scale_by(arena, a, 1.0, out, error);
	if (is_constant(a))
		return fold(arena, CO_OP_POW, a->constant[0], power, out, error);
	if (power == 2.0 && is_short_square(a))
		return co_expr_mul(arena, a, a, out, error);
	return co_algebra_code(arena, CO_OP_POW, a, b, out, error);
}

bool
co_algebra_is_code(CoOp op, const CoBlock *a, const CoBlock *b)
{
	double		power = b ? b->constant[0] : 0.0;

	switch (op)
	{
		case CO_OP_NEG:
		case CO_OP_ADD:
		case CO_OP_SUB:
			return false;
		case CO_OP_MUL:
			return !is_constant(a) && !is_constant(b) && !is_short(a, b);
		case CO_OP_DIV:
			return !is_constant(b);
		case CO_OP_POW:
		case CO_OP_POWER:
			if (!is_constant(b))
				return true;
			return isfinite(power) && power != 0.0 && power != 1.0 && !is_constant(a) &&
				!(power == 2.0 && is_short_square(a));
		default:
			return !is_constant(a) || (b && !is_constant(b));
	}
}

CoRc
co_expr_apply(CoArena *arena, CoOp op, const CoBlock *a, const CoBlock *b,
			  CoBlock *out, CoError *error)
{
	switch (op)
	{
		case CO_OP_NEG:
			return co_expr_combine(arena, -1.0, a, 0.0, NULL, 0.0, out, error);
		case CO_OP_ADD:
			return co_expr_combine(arena, 1.0, a, 1.0, b, 0.0, out, error);
		case CO_OP_SUB:
			return co_expr_combine(arena, 1.0, a, -1.0, b, 0.0, out, error);
		case CO_OP_MUL:
			return co_expr_mul(arena, a, b, out, error);
		case CO_OP_DIV:
			return co_expr_div(arena, a, b, out, error);
		case CO_OP_POW:
		case CO_OP_POWER:
			return co_expr_pow(arena, a, b, out, error);
		default:
			break;
	}
	if (is_constant(a) && (!b || is_constant(b)))
		return fold(arena, op, a->constant[0], b ? b->constant[0] : 0.0, out, error);
	return co_algebra_code(arena, op, a, b, out, error);
}
