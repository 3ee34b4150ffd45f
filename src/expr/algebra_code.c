/*-------------------------------------------------------------------------
 *
 * expr/algebra_code.c
 *	  Expressions as postfix code, for the operators whose result is code.
 *
 * The sums of an operand stay together: its constant and linear terms become
 * one CO_OP_AFFINE however many they are, so code grows with the data and not
 * with the square of it.
 *
 *-------------------------------------------------------------------------
 */
#include "expr/algebra_code.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "expr/algebra.h"

/* First bytes of a formula: a function of an affine form of a few terms. */
#define FIRST_CODE		256

/* Code under construction; failures are sticky in the arena, or here. */
typedef struct Formula
{
	CoArena    *arena;			/* NULL: there is room for capacity bytes only */
	uint8_t    *byte;
	int			n,
				capacity;
	bool		failed;
} Formula;

CoRc
co_algebra_complain(CoError *error, const char *message, const char *hint)
{
	memset(error, 0, sizeof *error);
	error->position = -1;
	snprintf(error->message, sizeof error->message, "%s", message);
	if (hint)
		snprintf(error->hint, sizeof error->hint, "%s", hint);
	return CO_BAD_INPUT;
}

static CoRc
complain_coefficient(const CoBlock *a, int leaf, double coef, CoError *error)
{
	char		label[128];

	memset(error, 0, sizeof *error);
	error->position = -1;
	co_label(a->str + a->leaf_name[leaf], co_block_string(a, a->leaf_key[leaf]),
			 label, sizeof label);
	snprintf(error->message, sizeof error->message, "coefficient of %s is %s", label,
			 isnan(coef) ? "not a number" : "infinite");
	return co_error_as(error, CO_ERROR_RANGE);
}

CoRc
co_algebra_check(const CoBlock *a, CoError *error)
{
	int			at = 0;
	CoCodeTerm	term;

	for (int t = 0; t < a->n_lin; t++)
		if (!isfinite(a->lin_coef[t]))
			return complain_coefficient(a, a->lin_leaf[t], a->lin_coef[t], error);
	for (int t = 0; t < a->n_quad; t++)
		if (!isfinite(a->quad_coef[t]))
			return complain_coefficient(a, a->quad_i[t], a->quad_coef[t], error);
	while (co_code_term(a->code, a->n_code, &at, &term))
		if (!isfinite(term.scale))
			return co_algebra_complain(error, "factor of a formula is not finite", NULL);
	for (int r = 0; r < a->n_row; r++)
		if (isnan(a->constant[r]))
			return co_algebra_complain(error, "constant of an expression is not a number",
									   "NaN, or a difference or product of infinite values, has no meaning here.");
	return CO_OK;
}

static bool
grow(Formula *formula, size_t wanted)
{
	int			capacity = 2 * (int) wanted;
	uint8_t    *grown;

	if (!formula->arena)
	{
		formula->failed = true;
		return false;
	}
	if (wanted > INT_MAX / 4)
	{
		/* Twice the largest flat value: no host could hold the result. */
		co_take(formula->arena, SIZE_MAX, 1);
		return false;
	}
	grown = co_take_grown(formula->arena, formula->byte, (size_t) formula->n,
						  (size_t) capacity, 1);
	if (!grown)
		return false;
	formula->byte = grown;
	formula->capacity = capacity;
	return true;
}

/* Room for extra more bytes, or NULL. */
static inline uint8_t *
extend(Formula *formula, size_t extra)
{
	uint8_t    *at;

	if (extra > (size_t) (formula->capacity - formula->n) &&
		!grow(formula, (size_t) formula->n + extra))
		return NULL;
	at = formula->byte + formula->n;
	formula->n += (int) extra;
	return at;
}

/* Without a map leaves keep their numbers. */
static inline int
number(const int *map, int leaf)
{
	return map ? map[leaf] : leaf;
}

static inline void
put_op(Formula *formula, CoOp op)
{
	uint8_t    *at = extend(formula, 1);

	if (at)
		*at = (uint8_t) op;
}

static inline void
put_const(Formula *formula, double value)
{
	uint8_t    *at = extend(formula, 1 + sizeof value);

	if (!at)
		return;
	*at = CO_OP_CONST;
	memcpy(at + 1, &value, sizeof value);
}

static inline void
put_leaf(Formula *formula, int leaf)
{
	int32_t		stored = leaf;
	uint8_t    *at = extend(formula, 1 + sizeof stored);

	if (!at)
		return;
	*at = CO_OP_LEAF;
	memcpy(at + 1, &stored, sizeof stored);
}

static inline void
put_code(Formula *formula, const CoBlock *a, const CoCodeTerm *term, const int *map)
{
	uint8_t    *at = extend(formula, (size_t) term->length);

	if (!at)
		return;
	memcpy(at, term->code, (size_t) term->length);
	if (map && !co_code_renumber_any(at, term->length, map, a->n_leaf))
		formula->failed = true;
}

/* Only where the number is not the data's: see expr/code.h. */
static inline void
put_exponent(Formula *formula, double value)
{
	uint8_t    *at;

	if (!co_code_is_int(value))
	{
		put_const(formula, value);
		return;
	}
	at = extend(formula, 2);
	if (!at)
		return;
	at[0] = CO_OP_INT;
	at[1] = (uint8_t) (int8_t) value;
}

/* What stands in front of the terms of an affine form, and room for these. */
static inline uint8_t *
put_affine_head(Formula *formula, double constant, int32_t n)
{
	const size_t room = (size_t) n * (sizeof(double) + sizeof(int32_t));
	const size_t count = n == 1 ? 0 : sizeof n;
	const size_t number = n == 1 && constant == 0.0 ? 0 : sizeof constant;
	uint8_t    *at = extend(formula, 1 + count + number + room);

	if (!at)
		return NULL;
	*at = n > 1 ? CO_OP_AFFINE : constant == 0.0 ? CO_OP_TERM : CO_OP_FORM;
	memcpy(at + 1, &n, count);
	memcpy(at + 1 + count, &constant, number);
	return at + 1 + count + number;
}

static inline void
put_affine(Formula *formula, const CoBlock *a, const int *map)
{
	uint8_t    *at = put_affine_head(formula, a->constant[0], a->n_lin);

	for (int t = 0; at && t < a->n_lin; t++)
	{
		int32_t		leaf = number(map, a->lin_leaf[t]);

		memcpy(at, &a->lin_coef[t], sizeof(double));
		memcpy(at + sizeof(double), &leaf, sizeof leaf);
		at += sizeof(double) + sizeof leaf;
	}
}

/* The constant and linear terms, in the shortest form. */
static inline void
put_linear(Formula *formula, const CoBlock *a, const int *map)
{
	if (a->n_lin == 0)
		put_const(formula, a->constant[0]);
	else if (a->n_lin == 1 && a->lin_coef[0] == 1.0 && a->constant[0] == 0.0)
		put_leaf(formula, number(map, a->lin_leaf[0]));
	else
		put_affine(formula, a, map);
}

static inline void
put_product(Formula *formula, int i, int j)
{
	put_leaf(formula, i);
	if (i == j)
	{
		put_exponent(formula, 2.0);
		put_op(formula, CO_OP_POW);
		return;
	}
	put_leaf(formula, j);
	put_op(formula, CO_OP_MUL);
}

/* The value on top of the stack, times scale, is added to the one below it. */
static inline void
put_sum(Formula *formula, double scale, bool first)
{
	if (scale == -1.0)
	{
		put_op(formula, first ? CO_OP_NEG : CO_OP_SUB);
		return;
	}
	if (scale != 1.0)
	{
		put_const(formula, scale);
		put_op(formula, CO_OP_MUL);
	}
	if (!first)
		put_op(formula, CO_OP_ADD);
}

static void
put_expression(Formula *formula, const CoBlock *a, const int *map)
{
	bool		first = true;
	int			at = 0;
	CoCodeTerm	term;

	if (a->n_lin > 0 || a->constant[0] != 0.0 || (a->n_quad == 0 && a->n_code == 0))
	{
		put_linear(formula, a, map);
		first = false;
	}
	for (int t = 0; t < a->n_quad; t++, first = false)
	{
		put_product(formula, number(map, a->quad_i[t]), number(map, a->quad_j[t]));
		put_sum(formula, a->quad_coef[t], first);
	}
	for (; co_code_term(a->code, a->n_code, &at, &term); first = false)
	{
		put_code(formula, a, &term, map);
		put_sum(formula, term.scale, first);
	}
}

/* A single code term's length tells that no other follows. */
static inline bool
is_single_code(const CoBlock *a, CoCodeTerm *term)
{
	int			at = 0;

	return a->n_lin == 0 && a->n_quad == 0 && a->constant[0] == 0.0 &&
		co_code_term(a->code, a->n_code, &at, term) && at == a->n_code;
}

/*
 * A factor of a product: its own scale is left to the term, so that products
 * of data with the same formula have the same code.
 */
static inline double
put_factor(Formula *formula, const CoBlock *a, const int *map)
{
	CoCodeTerm	term;

	if (is_single_code(a, &term))
	{
		put_code(formula, a, &term, map);
		return term.scale;
	}
	if (a->n_code == 0 && a->n_quad + a->n_lin == 1 && a->constant[0] == 0.0)
	{
		if (a->n_lin == 1)
			put_leaf(formula, number(map, a->lin_leaf[0]));
		else
			put_product(formula, number(map, a->quad_i[0]), number(map, a->quad_j[0]));
		return a->n_lin == 1 ? a->lin_coef[0] : a->quad_coef[0];
	}
	if (a->n_code == 0 && a->n_quad == 0 && a->n_lin == 0)
	{
		put_const(formula, 1.0);
		return a->constant[0];
	}
	put_expression(formula, a, map);
	return 1.0;
}

static CoRc
import(CoArena *arena, CoBuilder *builder, const CoBlock *a, int **map, CoError *error)
{
	CoRc		rc = CO_OK;

	*map = co_take_ints(arena, (size_t) a->n_leaf);
	if (!*map)
		return co_arena_failed(arena);
	for (int k = 0; k < a->n_leaf && !rc; k++)
	{
		rc = co_builder_import_leaf(builder, a, k, &(*map)[k], error);
		if (!rc && k % CO_ALGEBRA_POLL == CO_ALGEBRA_POLL - 1)
			rc = co_poll(arena);
	}
	return rc;
}

static CoRc
check_operand(const CoBlock *a, CoError *error)
{
	if (!isfinite(a->constant[0]))
		return co_algebra_complain(error, "constant of an expression is not finite", NULL);
	return co_algebra_check(a, error);
}

/* Writes the operands and the operation; answers the term's scale. */
static inline double
put_operation(Formula *formula, CoOp op, const CoBlock *a, const int *map_a,
			  const CoBlock *b, const int *map_b)
{
	double		scale = 1.0;

	if (op == CO_OP_MUL || op == CO_OP_DIV)
	{
		double		scale_a = put_factor(formula, a, map_a);
		double		scale_b = put_factor(formula, b, map_b);

		scale = op == CO_OP_MUL ? scale_a * scale_b : scale_a / scale_b;
	}
	else
	{
		put_expression(formula, a, map_a);
		if (b && op == CO_OP_POW && b->n_lin + b->n_quad + b->n_code == 0)
			put_exponent(formula, b->constant[0]);
		else if (b)
			put_expression(formula, b, map_b);
	}
	put_op(formula, op);
	return scale;
}

CoRc
co_algebra_code(CoArena *arena, CoOp op, const CoBlock *a, const CoBlock *b,
				CoBlock *out, CoError *error)
{
	Formula		formula = {.arena = arena, .capacity = FIRST_CODE};
	CoBuilder  *builder;
	int		   *map_a,
			   *map_b = NULL;
	double		scale;
	CoRc		rc;

	if ((rc = check_operand(a, error)) || (b && (rc = check_operand(b, error))) ||
		(rc = co_builder_new(arena, CO_BLOCK_EXPR, &builder)) ||
		(rc = import(arena, builder, a, &map_a, error)) ||
		(b && (rc = import(arena, builder, b, &map_b, error))))
		return rc;
	formula.byte = co_take(arena, FIRST_CODE, 1);
	if (!formula.byte)
		return co_arena_failed(arena);
	scale = put_operation(&formula, op, a, map_a, b, map_b);
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	if (!co_code_valid(formula.byte, formula.n, INT_MAX, NULL))
	{
		co_algebra_complain(error, "expression is nested too deeply", NULL);
		snprintf(error->hint, sizeof error->hint,
				 "Functions and parentheses may be nested %d deep.", CO_MAX_DEPTH);
		return co_error_as(error, CO_ERROR_DEPTH);
	}
	rc = co_builder_code(builder, scale, formula.byte, formula.n);
	if (rc)
		return rc;
	co_builder_view(builder, out);
	return co_algebra_check(out, error);
}

/* Room in front of a term; end_term fills it. */
static int
begin_term(Formula *formula)
{
	extend(formula, CO_CODE_TERM_HEAD);
	return formula->n;
}

static void
end_term(Formula *formula, int start, double scale)
{
	int32_t		length = formula->n - start;

	if (co_arena_failed(formula->arena))
		return;
	memcpy(formula->byte + start - CO_CODE_TERM_HEAD, &scale, sizeof scale);
	memcpy(formula->byte + start - sizeof length, &length, sizeof length);
}

CoRc
co_expr_formula(CoArena *arena, const CoBlock *a, const int *map, CoCodeTerms *out, CoError *error)
{
	Formula		formula = {.arena = arena};
	int			at = 0,
				start;
	CoCodeTerm	term;
	CoRc		rc = check_operand(a, error);

	for (int t = 0; t < a->n_lin && !rc; t++)
	{
		start = begin_term(&formula);
		put_leaf(&formula, number(map, a->lin_leaf[t]));
		end_term(&formula, start, a->lin_coef[t]);
	}
	if (!rc && a->constant[0] != 0.0)
	{
		start = begin_term(&formula);
		put_const(&formula, fabs(a->constant[0]));
		end_term(&formula, start, copysign(1.0, a->constant[0]));
	}
	for (int t = 0; t < a->n_quad && !rc; t++)
	{
		start = begin_term(&formula);
		put_product(&formula, number(map, a->quad_i[t]), number(map, a->quad_j[t]));
		end_term(&formula, start, a->quad_coef[t]);
	}
	while (!rc && co_code_term(a->code, a->n_code, &at, &term))
	{
		start = begin_term(&formula);
		put_code(&formula, a, &term, map);
		end_term(&formula, start, term.scale);
		if (co_code_has_call(term.code, term.length))
			rc = co_algebra_complain(error, "a bound of a variable calls a function",
									 "Only functions that are built in may stand in bounds.");
	}
	*out = (CoCodeTerms) {formula.byte, formula.n};
	return rc ? rc : co_arena_failed(arena);
}

/* The same question as check_operand, with every term of code whole. */
static inline bool
operand_is_finite(const CoBlock *a)
{
	bool		finite = isfinite(a->constant[0]) != 0;
	int			at = 0;
	CoCodeTerm	term;

	for (int t = 0; t < a->n_lin; t++)
		finite &= isfinite(a->lin_coef[t]) != 0;
	for (int t = 0; t < a->n_quad; t++)
		finite &= isfinite(a->quad_coef[t]) != 0;
	while (co_code_term(a->code, a->n_code, &at, &term))
		finite &= isfinite(term.scale) != 0;
	return finite && at == a->n_code;
}

/* So short a formula cannot be nested too deeply: a leaf is 5 bytes. */
int
co_algebra_code_small(CoOp op, const CoBlock *a, const CoBlock *b, const int *map_b,
					  uint8_t *byte, int capacity, double *scale)
{
	Formula		formula = {.byte = byte, .capacity = capacity};

	if (!operand_is_finite(a) || (b && !operand_is_finite(b)))
		return 0;
	*scale = put_operation(&formula, op, a, NULL, b, map_b);
	return formula.failed || !isfinite(*scale) ? 0 : formula.n;
}
