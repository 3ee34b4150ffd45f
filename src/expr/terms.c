/*-------------------------------------------------------------------------
 *
 * expr/terms.c
 *	  The operand stack of the parser.
 *
 * The rules are those of expr/algebra.c and expr/algebra_code.c: constants
 * fold, a constant factor scales, short affine forms multiply out, longer
 * squares and the rest become code (expr/terms_code.c).
 *
 * A computed constant is never -0 (hence the "+ 0.0"), as a sum that begins
 * with 0 cannot be; a coefficient may be, as -0 * x says.
 *
 *-------------------------------------------------------------------------
 */
#include "expr/product.h"
#include "expr/terms_code.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define FIRST_OPERANDS	16
#define FIRST_TERMS		64

/* Terms given to the builder between two polls: about 5 ms. */
#define POLL_TERMS		250000

void
co_terms_init(CoTerms *terms, CoArena *arena, CoError *error)
{
	*terms = (CoTerms) {.arena = arena, .error = error};
}

void
co_terms_clear(CoTerms *terms)
{
	terms->n_operand = terms->n_lin = terms->n_quad = terms->code.n = 0;
}

CoRc
co_terms_complain(CoTerms *terms, const char *message)
{
	memset(terms->error, 0, sizeof *terms->error);
	terms->error->position = -1;
	snprintf(terms->error->message, sizeof terms->error->message, "%s", message);
	return CO_BAD_INPUT;
}

CoRc
co_terms_refuse_size(CoArena *arena)
{
	if (!arena->failed)
	{
		arena->failed = CO_NO_MEMORY;
		arena->wanted = SIZE_MAX;
	}
	return arena->failed;
}

/* The capacity after growing a column of count, or 0 past the range of int. */
static int
grown(int count, int first)
{
	return count < first ? first : count <= INT_MAX / 2 ? 2 * count : 0;
}

static CoRc
grow_lin(CoTerms *terms)
{
	int			capacity = grown(terms->cap_lin, FIRST_TERMS);
	size_t		n = (size_t) terms->n_lin;

	if (!capacity)
		return co_terms_refuse_size(terms->arena);
	terms->lin_coef = co_take_grown(terms->arena, terms->lin_coef, n, (size_t) capacity,
									sizeof(double));
	terms->lin_leaf = co_take_grown(terms->arena, terms->lin_leaf, n, (size_t) capacity,
									sizeof(int));
	terms->cap_lin = capacity;
	return co_arena_failed(terms->arena);
}

static CoRc
grow_quad(CoTerms *terms)
{
	int			capacity = grown(terms->cap_quad, FIRST_TERMS);
	size_t		n = (size_t) terms->n_quad;

	if (!capacity)
		return co_terms_refuse_size(terms->arena);
	terms->quad_coef = co_take_grown(terms->arena, terms->quad_coef, n, (size_t) capacity,
									 sizeof(double));
	terms->quad_i = co_take_grown(terms->arena, terms->quad_i, n, (size_t) capacity, sizeof(int));
	terms->quad_j = co_take_grown(terms->arena, terms->quad_j, n, (size_t) capacity, sizeof(int));
	terms->cap_quad = capacity;
	return co_arena_failed(terms->arena);
}

static CoRc
push_lin(CoTerms *terms, int leaf, double coef)
{
	CoRc		rc;

	if (terms->n_lin == terms->cap_lin && (rc = grow_lin(terms)))
		return rc;
	terms->lin_coef[terms->n_lin] = coef;
	terms->lin_leaf[terms->n_lin++] = leaf;
	return CO_OK;
}

static CoRc
push_quad(CoTerms *terms, int i, int j, double coef)
{
	CoRc		rc;

	if (terms->n_quad == terms->cap_quad && (rc = grow_quad(terms)))
		return rc;
	terms->quad_coef[terms->n_quad] = coef;
	terms->quad_i[terms->n_quad] = i;
	terms->quad_j[terms->n_quad++] = j;
	return CO_OK;
}

CoRc
co_terms_constant(CoTerms *terms, double value)
{
	if (terms->n_operand == terms->cap_operand)
	{
		int			capacity = grown(terms->cap_operand, FIRST_OPERANDS);

		if (!capacity)
			return co_terms_refuse_size(terms->arena);
		terms->operand = co_take_grown(terms->arena, terms->operand, (size_t) terms->n_operand,
									   (size_t) capacity, sizeof *terms->operand);
		if (!terms->operand)
			return co_arena_failed(terms->arena);
		terms->cap_operand = capacity;
	}
	terms->operand[terms->n_operand++] = (CoOperand) {
		.constant = value,
		.lin = terms->n_lin,
		.quad = terms->n_quad,
		.code = terms->code.n
	};
	return CO_OK;
}

CoRc
co_terms_leaf(CoTerms *terms, int leaf)
{
	CoRc		rc = co_terms_constant(terms, 0.0);

	return rc ? rc : push_lin(terms, leaf, 1.0);
}

/* Code of the top operand, behind its other terms. */
static CoRc
push_code(CoTerms *terms, const CoCodeTerm *term, const int *map)
{
	CoOperand  *top = &terms->operand[terms->n_operand - 1];
	uint8_t    *to = co_terms_extend(terms, &terms->code, CO_CODE_TERM_HEAD + (size_t) term->length);
	int			depth = 0;

	if (!to)
		return co_arena_failed(terms->arena);
	memcpy(to, term->code - CO_CODE_TERM_HEAD, CO_CODE_TERM_HEAD + (size_t) term->length);
	co_code_renumber(to + CO_CODE_TERM_HEAD, term->length, map);
	co_code_valid(term->code, term->length, INT_MAX, &depth);
	if (depth > top->depth)
		top->depth = depth;
	top->n_term++;
	terms->work += term->length;
	return CO_OK;
}

CoRc
co_terms_expression(CoTerms *terms, const CoBlock *expr, const int *map)
{
	CoRc		rc = co_terms_constant(terms, expr->constant[0]);
	int			at = 0;
	CoCodeTerm	term;

	for (int t = 0; t < expr->n_lin && !rc; t++)
		rc = push_lin(terms, map[expr->lin_leaf[t]], expr->lin_coef[t]);
	for (int t = 0; t < expr->n_quad && !rc; t++)
		rc = push_quad(terms, map[expr->quad_i[t]], map[expr->quad_j[t]], expr->quad_coef[t]);
	while (!rc && co_code_term(expr->code, expr->n_code, &at, &term))
		rc = push_code(terms, &term, map);
	return rc;
}

/* Where the columns of operand k end. */
static CoOperand
operand_end(const CoTerms *terms, int k)
{
	if (k + 1 < terms->n_operand)
		return terms->operand[k + 1];
	return (CoOperand) {
		.lin = terms->n_lin,
		.quad = terms->n_quad,
		.code = terms->code.n
	};
}

bool
co_terms_is_constant(const CoTerms *terms, int k)
{
	CoOperand	end = operand_end(terms, k);

	return terms->operand[k].lin == end.lin && terms->operand[k].quad == end.quad &&
		terms->operand[k].code == end.code;
}

static bool
is_affine(const CoTerms *terms, int k)
{
	CoOperand	end = operand_end(terms, k);

	return terms->operand[k].quad == end.quad && terms->operand[k].code == end.code;
}

/* Drop the terms of the top operand, not the operand. */
void
co_terms_drop(CoTerms *terms)
{
	const CoOperand *top = &terms->operand[terms->n_operand - 1];

	terms->n_lin = top->lin;
	terms->n_quad = top->quad;
	terms->code.n = top->code;
}

/* A constant that came from finite ones must be finite too. */
static CoRc
check_constant(CoTerms *terms, double value, bool was_finite)
{
	if (isnan(value))
		return co_terms_complain(terms, "constant of an expression is not a number");
	if (was_finite && isinf(value))
	{
		co_terms_complain(terms, "constant of an expression is out of range");
		return co_error_as(terms->error, CO_ERROR_RANGE);
	}
	return CO_OK;
}

CoRc
co_terms_check(CoTerms *terms, double value)
{
	if (isfinite(value))
		return CO_OK;
	co_terms_complain(terms, "coefficient is out of range");
	return co_error_as(terms->error, CO_ERROR_RANGE);
}

/* The top operand's terms times, or divided by, factor. */
static CoRc
scale_top(CoTerms *terms, double factor, bool divide)
{
	const CoOperand *top = &terms->operand[terms->n_operand - 1];
	int			at = top->code;
	CoRc		rc = CO_OK;
	CoCodeTerm	term;

	for (int t = top->lin; t < terms->n_lin && !rc; t++)
	{
		terms->lin_coef[t] = divide ? terms->lin_coef[t] / factor : factor * terms->lin_coef[t];
		rc = co_terms_check(terms, terms->lin_coef[t]);
	}
	for (int t = top->quad; t < terms->n_quad && !rc; t++)
	{
		terms->quad_coef[t] = divide ? terms->quad_coef[t] / factor : factor * terms->quad_coef[t];
		rc = co_terms_check(terms, terms->quad_coef[t]);
	}
	while (!rc && co_code_term(terms->code.byte, terms->code.n, &at, &term))
	{
		term.scale = divide ? term.scale / factor : factor * term.scale;
		co_terms_write_scale(terms->code.byte + (term.code - terms->code.byte) - CO_CODE_TERM_HEAD,
							 term.scale);
		rc = co_terms_check(terms, term.scale);
	}
	terms->work += terms->n_lin - top->lin + terms->n_quad - top->quad + terms->code.n - top->code;
	return rc;
}

/* a + b or a - b: their columns are one behind the other already. */
static CoRc
add(CoTerms *terms, bool negative)
{
	CoOperand  *a = &terms->operand[terms->n_operand - 2];
	const CoOperand *b = a + 1;
	double		constant = negative ? a->constant - b->constant : a->constant + b->constant;
	CoRc		rc = negative ? scale_top(terms, -1.0, false) : CO_OK;

	if (!rc)
		rc = check_constant(terms, constant, isfinite(a->constant) && isfinite(b->constant));
	a->constant = constant + 0.0;
	a->n_term += b->n_term;
	if (b->depth > a->depth)
		a->depth = b->depth;
	terms->n_operand--;
	return rc;
}

/* a times the constant b, or divided by it; b has been popped. */
static CoRc
scale_by(CoTerms *terms, double factor, bool divide)
{
	int			k = terms->n_operand - 1;
	CoOperand  *top = &terms->operand[k];
	double		constant = divide ? top->constant / factor : top->constant * factor;

	if (!isfinite(factor) && (divide || !co_terms_is_constant(terms, k)))
		return co_terms_complain(terms, divide ? "divisor is not finite" : "factor is infinite");
	if (divide && factor == 0.0)
	{
		co_terms_complain(terms, "division by zero");
		return co_error_as(terms->error, CO_ERROR_DIVISION);
	}
	if (check_constant(terms, constant, isfinite(top->constant) && isfinite(factor)))
		return CO_BAD_INPUT;
	top->constant = constant + 0.0;
	return scale_top(terms, factor, divide);
}

/* Writes the products over the top operand, whose constant is set. */
static CoRc
push_products(CoTerms *terms, const CoProduct *lin, const CoProduct *quad)
{
	CoRc		rc = CO_OK;

	co_terms_drop(terms);
	for (int k = 0; k < lin->n && !rc; k++)
		if (!(rc = co_terms_check(terms, lin->coef[k])))
			rc = push_lin(terms, lin->i[k], lin->coef[k]);
	for (int k = 0; k < quad->n && !rc; k++)
		if (!(rc = co_terms_check(terms, quad->coef[k])))
			rc = push_quad(terms, quad->i[k], quad->j[k], quad->coef[k]);
	return rc;
}

/* (a0 + sum a_i x_i) (b0 + sum b_j x_j) for operands ka and kb, into ka */
static CoRc
expand(CoTerms *terms, int ka, int kb)
{
	CoOperand  *a = &terms->operand[ka];
	const CoOperand *b = &terms->operand[kb];
	int			end_a = operand_end(terms, ka).lin,
				end_b = operand_end(terms, kb).lin;
	double		constant = a->constant * b->constant;
	bool		was_finite = isfinite(a->constant) && isfinite(b->constant);
	CoProduct	lin = {.n = 0},
				quad = {.n = 0};

	for (int s = a->lin; s < end_a; s++)
		for (int t = b->lin; t < end_b; t++)
			co_product_add(&quad, terms->lin_leaf[s], terms->lin_leaf[t],
						   terms->lin_coef[s] * terms->lin_coef[t]);
	for (int s = a->lin; s < end_a && b->constant != 0.0; s++)
		co_product_add(&lin, terms->lin_leaf[s], 0, terms->lin_coef[s] * b->constant);
	for (int t = b->lin; t < end_b && a->constant != 0.0; t++)
		co_product_add(&lin, terms->lin_leaf[t], 0, terms->lin_coef[t] * a->constant);
	a->constant = constant + 0.0;
	terms->n_operand = ka + 1;
	if (check_constant(terms, constant, was_finite))
		return CO_BAD_INPUT;
	return push_products(terms, &lin, &quad);
}

static bool
is_short(const CoTerms *terms, int ka, int kb)
{
	int64_t		n_a = operand_end(terms, ka).lin - terms->operand[ka].lin;
	int64_t		n_b = operand_end(terms, kb).lin - terms->operand[kb].lin;

	return is_affine(terms, ka) && is_affine(terms, kb) && n_a * n_b <= CO_MAX_PRODUCTS;
}

static bool
is_short_square(const CoTerms *terms, int k)
{
	int			first = terms->operand[k].lin,
				n_lin = operand_end(terms, k).lin - first,
				n = n_lin + (terms->operand[k].constant != 0.0);

	if (!is_affine(terms, k) || n > CO_MAX_SQUARE)
		return false;
	return !(n == 1 && n_lin == 1 && terms->lin_coef[first] == -1.0);	/* see algebra.c */
}

/* The result of folding constants must be a number. */
static CoRc
fold(CoTerms *terms, CoOp op)
{
	int			arity = co_op_arity(op);
	CoOperand  *a = &terms->operand[terms->n_operand - arity];
	double		x = a[0].constant,
				y = arity == 2 ? a[1].constant : 0.0;
	double		value = co_op_eval(op, x, y);
	const char *what;

	terms->n_operand -= arity - 1;
	a->constant = value + 0.0;
	if (isfinite(value))
		return CO_OK;
	what = isnan(value) ? "not a number" : "infinite";
	co_terms_complain(terms, "");
	if (arity == 1)
		snprintf(terms->error->message, sizeof terms->error->message,
				 "%s(%.17g) is %s", co_op_word(op), x, what);
	else
		snprintf(terms->error->message, sizeof terms->error->message,
				 "%s(%.17g, %.17g) is %s",
				 op == CO_OP_POW ? "power" : co_op_word(op), x, y, what);
	return co_error_as(terms->error, CO_ERROR_RANGE);
}

static CoRc
multiply(CoTerms *terms)
{
	int			b = terms->n_operand - 1;
	double		factor;

	if (co_terms_is_constant(terms, b))
	{
		terms->n_operand--;
		return scale_by(terms, terms->operand[b].constant, false);
	}
	if (co_terms_is_constant(terms, b - 1))
	{
		/* b's columns begin where those of a would. */
		factor = terms->operand[b - 1].constant;
		terms->operand[b - 1] = terms->operand[b];
		terms->n_operand--;
		return scale_by(terms, factor, false);
	}
	if (is_short(terms, b - 1, b))
		return expand(terms, b - 1, b);
	return co_terms_apply_code(terms, CO_OP_MUL);
}

static CoRc
divide(CoTerms *terms)
{
	int			b = terms->n_operand - 1;

	if (!co_terms_is_constant(terms, b))
		return co_terms_apply_code(terms, CO_OP_DIV);
	terms->n_operand--;
	return scale_by(terms, terms->operand[b].constant, true);
}

static CoRc
raise(CoTerms *terms)
{
	int			a = terms->n_operand - 2;
	double		power = terms->operand[a + 1].constant;

	if (!co_terms_is_constant(terms, a + 1))
		return co_terms_apply_code(terms, CO_OP_POW);
	if (!isfinite(power))
		return co_terms_complain(terms, "exponent is not finite");
	if (co_terms_is_constant(terms, a) && power != 0.0 && power != 1.0)
		return fold(terms, CO_OP_POW);
	if (power != 0.0 && power != 1.0 && !(power == 2.0 && is_short_square(terms, a)))
		return co_terms_apply_code(terms, CO_OP_POW);
	terms->n_operand--;
	if (power == 2.0)
		return expand(terms, a, a);
	if (power == 0.0)
	{
		co_terms_drop(terms);
		terms->operand[a] = (CoOperand) {
			.constant = 1.0,
			.lin = terms->n_lin,
			.quad = terms->n_quad,
			.code = terms->code.n
		};
	}
	return CO_OK;
}

static CoRc
apply_function(CoTerms *terms, CoOp op)
{
	bool		constant = true;

	for (int k = terms->n_operand - co_op_arity(op); k < terms->n_operand; k++)
		constant = constant && co_terms_is_constant(terms, k);
	return constant ? fold(terms, op) : co_terms_apply_code(terms, op);
}

static CoRc
dispatch(CoTerms *terms, CoOp op)
{
	switch (op)
	{
		case CO_OP_NEG:
			terms->operand[terms->n_operand - 1].constant *= -1.0;
			terms->operand[terms->n_operand - 1].constant += 0.0;
			return scale_top(terms, -1.0, false);
		case CO_OP_ADD:
			return add(terms, false);
		case CO_OP_SUB:
			return add(terms, true);
		case CO_OP_MUL:
			return multiply(terms);
		case CO_OP_DIV:
			return divide(terms);
		case CO_OP_POW:
		case CO_OP_POWER:
			return raise(terms);
		default:
			return apply_function(terms, op);
	}
}

CoRc
co_terms_apply(CoTerms *terms, CoOp op)
{
	CoRc		rc = dispatch(terms, op);

	if (!rc && terms->work > CO_POLL_WORK)
	{
		terms->work = 0;
		rc = co_poll(terms->arena);
	}
	return rc;
}

CoRc
co_terms_emit(const CoTerms *terms, int k, double scale, CoBuilder *builder)
{
	const CoOperand *from = &terms->operand[k];
	CoOperand	end = operand_end(terms, k);
	int			at = from->code,
				polled = at;
	CoRc		rc = CO_OK;
	CoCodeTerm	term;

	for (int t = from->lin; t < end.lin && !rc; t++)
	{
		rc = co_builder_lin(builder, terms->lin_leaf[t], scale * terms->lin_coef[t]);
		if (!rc && t % POLL_TERMS == POLL_TERMS - 1)
			rc = co_poll(terms->arena);
	}
	for (int t = from->quad; t < end.quad && !rc; t++)
	{
		rc = co_builder_quad(builder, terms->quad_i[t], terms->quad_j[t],
							 scale * terms->quad_coef[t]);
		if (!rc && t % POLL_TERMS == POLL_TERMS - 1)
			rc = co_poll(terms->arena);
	}
	while (!rc && co_code_term(terms->code.byte, end.code, &at, &term))
	{
		rc = co_builder_code(builder, scale * term.scale, term.code, term.length);
		if (!rc && at - polled > CO_POLL_WORK)
		{
			polled = at;
			rc = co_poll(terms->arena);
		}
	}
	return rc;
}
