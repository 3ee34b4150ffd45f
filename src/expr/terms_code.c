/*-------------------------------------------------------------------------
 *
 * expr/terms_code.c
 *	  Operands of the parser's stack as postfix code.
 *
 * The left operand of a product stays where it stands, the right one is
 * written behind it, so a chain of a million factors is written once.
 *
 *-------------------------------------------------------------------------
 */
#include "expr/terms_code.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>

#define FIRST_CODE		256

/* Bytes of one (coefficient, leaf) of CO_OP_AFFINE. */
#define AFFINE_TERM		12

uint8_t *
co_terms_extend(CoTerms *terms, CoBytes *bytes, size_t extra)
{
	size_t		wanted = (size_t) bytes->n + extra;
	uint8_t    *at;

	if (wanted > INT_MAX / 4)
	{
		co_terms_refuse_size(terms->arena);
		return NULL;
	}
	if (wanted > (size_t) bytes->capacity)
	{
		int			capacity = wanted < FIRST_CODE ? FIRST_CODE : 2 * (int) wanted;

		at = co_take_grown(terms->arena, bytes->byte, (size_t) bytes->n, (size_t) capacity, 1);
		if (!at)
			return NULL;
		bytes->byte = at;
		bytes->capacity = capacity;
	}
	at = bytes->byte + bytes->n;
	bytes->n += (int) extra;
	return at;
}

static void
put_bytes(CoTerms *terms, CoBytes *out, const void *from, size_t n)
{
	uint8_t    *at;

	if (n == 0)
		return;
	at = co_terms_extend(terms, out, n);
	if (at)
		memcpy(at, from, n);
}

static void
put_op(CoTerms *terms, CoBytes *out, CoOp op)
{
	uint8_t		byte = (uint8_t) op;

	put_bytes(terms, out, &byte, 1);
}

static void
put_const(CoTerms *terms, CoBytes *out, double value)
{
	put_op(terms, out, CO_OP_CONST);
	put_bytes(terms, out, &value, sizeof value);
}

static void
put_leaf(CoTerms *terms, CoBytes *out, int leaf)
{
	int32_t		stored = leaf;

	put_op(terms, out, CO_OP_LEAF);
	put_bytes(terms, out, &stored, sizeof stored);
}

static void
put_exponent(CoTerms *terms, CoBytes *out, double value)
{
	int8_t		stored = co_code_is_int(value) ? (int8_t) value : 0;

	if (stored == 0)
	{
		put_const(terms, out, value);
		return;
	}
	put_op(terms, out, CO_OP_INT);
	put_bytes(terms, out, &stored, 1);
}

static void
put_affine_head(CoTerms *terms, CoBytes *out, double constant, int32_t n)
{
	put_op(terms, out, n > 1 ? CO_OP_AFFINE : constant == 0.0 ? CO_OP_TERM : CO_OP_FORM);
	if (n > 1)
		put_bytes(terms, out, &n, sizeof n);
	if (n > 1 || constant != 0.0)
		put_bytes(terms, out, &constant, sizeof constant);
}

/* The constant and the linear terms of the top operand, in the shortest form. */
static void
put_linear(CoTerms *terms, CoBytes *out, const CoOperand *top)
{
	int32_t		n = terms->n_lin - top->lin;
	double		constant = top->constant + 0.0;
	uint8_t    *at;

	if (n == 0)
	{
		put_const(terms, out, constant);
		return;
	}
	if (n == 1 && terms->lin_coef[top->lin] == 1.0 && constant == 0.0)
	{
		put_leaf(terms, out, terms->lin_leaf[top->lin]);
		return;
	}
	put_affine_head(terms, out, constant, n);
	at = co_terms_extend(terms, out, (size_t) n * AFFINE_TERM);
	for (int t = top->lin; at && t < terms->n_lin; t++, at += AFFINE_TERM)
	{
		int32_t		leaf = terms->lin_leaf[t];

		memcpy(at, &terms->lin_coef[t], sizeof(double));
		memcpy(at + sizeof(double), &leaf, sizeof leaf);
	}
}

static void
put_product(CoTerms *terms, CoBytes *out, int i, int j)
{
	put_leaf(terms, out, i);
	if (i == j)
		put_exponent(terms, out, 2.0);
	else
		put_leaf(terms, out, j);
	put_op(terms, out, i == j ? CO_OP_POW : CO_OP_MUL);
}

/* The value on top of the stack, times scale, is added to the one below it. */
static void
put_sum(CoTerms *terms, CoBytes *out, double scale, bool first)
{
	if (scale == -1.0)
	{
		put_op(terms, out, first ? CO_OP_NEG : CO_OP_SUB);
		return;
	}
	if (scale != 1.0)
	{
		put_const(terms, out, scale);
		put_op(terms, out, CO_OP_MUL);
	}
	if (!first)
		put_op(terms, out, CO_OP_ADD);
}

/* The top operand as one formula; answers its depth. */
static int
put_expression(CoTerms *terms, CoBytes *out)
{
	const CoOperand *top = &terms->operand[terms->n_operand - 1];
	bool		first = true;
	int			at = top->code,
				depth = 1;
	CoCodeTerm	term;

	if (terms->n_lin > top->lin || top->constant != 0.0 ||
		(terms->n_quad == top->quad && terms->code.n == top->code))
	{
		put_linear(terms, out, top);
		first = false;
	}
	for (int t = top->quad; t < terms->n_quad; t++, first = false)
	{
		put_product(terms, out, terms->quad_i[t], terms->quad_j[t]);
		put_sum(terms, out, terms->quad_coef[t], first);
		depth = 3;
	}
	for (; co_code_term(terms->code.byte, terms->code.n, &at, &term); first = false)
	{
		put_bytes(terms, out, term.code, (size_t) term.length);
		put_sum(terms, out, term.scale, first);
	}
	return terms->code.n == top->code ? depth : 1 + (top->depth > 2 ? top->depth : 2);
}

/*
 * A factor of a product: its own scale is left to the term, so that products
 * of data with the same formula have the same code.
 */
static double
put_factor(CoTerms *terms, CoBytes *out, int *depth)
{
	const CoOperand *top = &terms->operand[terms->n_operand - 1];
	int			n_lin = terms->n_lin - top->lin;
	int			n_quad = terms->n_quad - top->quad;
	int			at = top->code;
	CoCodeTerm	term;

	*depth = 2;
	if (n_lin + n_quad == 0 && top->n_term == 0)
	{
		put_const(terms, out, 1.0);
		return top->constant;
	}
	if (top->constant != 0.0 || n_lin + n_quad + top->n_term > 1)
	{
		*depth = put_expression(terms, out);
		return 1.0;
	}
	if (n_lin == 1)
	{
		put_leaf(terms, out, terms->lin_leaf[top->lin]);
		return terms->lin_coef[top->lin];
	}
	if (n_quad == 1)
	{
		put_product(terms, out, terms->quad_i[top->quad], terms->quad_j[top->quad]);
		return terms->quad_coef[top->quad];
	}
	co_code_term(terms->code.byte, terms->code.n, &at, &term);
	put_bytes(terms, out, term.code, (size_t) term.length);
	*depth = top->depth;
	return term.scale;
}

/* The top operand written to out as op's argument; answers the scale left over. */
static double
put_argument(CoTerms *terms, CoBytes *out, CoOp op, int *depth)
{
	if (op == CO_OP_MUL || op == CO_OP_DIV)
		return put_factor(terms, out, depth);
	*depth = put_expression(terms, out);
	return 1.0;
}

/* The same for the right one. */
static double
put_right_argument(CoTerms *terms, CoBytes *out, CoOp op, int *depth)
{
	const CoOperand *top = &terms->operand[terms->n_operand - 1];

	if (op != CO_OP_POW || terms->n_lin > top->lin || terms->n_quad > top->quad ||
		terms->code.n > top->code)
		return put_argument(terms, out, op, depth);
	put_exponent(terms, out, top->constant + 0.0);
	*depth = 1;
	return 1.0;
}

/*
 * Makes the top operand, the left argument of op, a single term of code whose
 * formula ends the code column.  One that is a single term stays in its place.
 */
static double
open_term(CoTerms *terms, CoOp op)
{
	CoOperand  *top = &terms->operand[terms->n_operand - 1];
	CoBytes    *code = &terms->code;
	CoCodeTerm	term;
	double		scale;
	int			at = top->code;

	if (terms->n_lin == top->lin && terms->n_quad == top->quad && top->n_term == 1 &&
		top->constant == 0.0 && co_code_term(code->byte, code->n, &at, &term))
	{
		if (op == CO_OP_MUL || op == CO_OP_DIV)
			return term.scale;
		put_sum(terms, code, term.scale, true);
		if (top->depth < 2)
			top->depth = 2;
		return 1.0;
	}
	terms->scratch.n = 0;
	scale = put_argument(terms, &terms->scratch, op, &top->depth);
	co_terms_drop(terms);
	co_terms_extend(terms, code, CO_CODE_TERM_HEAD);
	put_bytes(terms, code, terms->scratch.byte, (size_t) terms->scratch.n);
	terms->work += terms->scratch.n;
	top->constant = 0.0;
	top->n_term = 1;
	return scale;
}

/* Scale and length of the top operand's only term, which is complete. */
static CoRc
close_term(CoTerms *terms, double scale)
{
	CoOperand  *top = &terms->operand[terms->n_operand - 1];
	uint8_t    *head;
	int32_t		length = terms->code.n - top->code - CO_CODE_TERM_HEAD;

	if (co_arena_failed(terms->arena))
		return co_arena_failed(terms->arena);
	head = terms->code.byte + top->code;
	co_terms_write_scale(head, scale);
	memcpy(head + sizeof scale, &length, sizeof length);

	/* The depth kept is an upper limit; only near the end it is counted. */
	if (top->depth > CO_MAX_DEPTH &&
		!co_code_valid(head + CO_CODE_TERM_HEAD, length, INT_MAX, &top->depth))
	{
		co_terms_complain(terms, "expression is nested too deeply");
		snprintf(terms->error->hint, sizeof terms->error->hint,
				 "Formulas may need at most %d intermediate values.", CO_MAX_DEPTH);
		return co_error_as(terms->error, CO_ERROR_DEPTH);
	}
	return co_terms_check(terms, scale);
}

/* scale * (a op b), or op(a), as one term of code */
CoRc
co_terms_apply_code(CoTerms *terms, CoOp op)
{
	bool		binary = co_op_arity(op) == 2;
	int			n = terms->n_operand;
	CoBytes    *right = &terms->right;
	double		scale_a,
				scale_b = 1.0;
	int			depth_b = 0;

	for (int k = n - (binary ? 2 : 1); k < n; k++)
		if (!isfinite(terms->operand[k].constant))
			return co_terms_complain(terms, "constant of an expression is not finite");
	right->n = 0;
	if (binary)
	{
		scale_b = put_right_argument(terms, right, op, &depth_b);
		co_terms_drop(terms);
		terms->n_operand--;
	}
	scale_a = open_term(terms, op);
	put_bytes(terms, &terms->code, right->byte, (size_t) right->n);
	put_op(terms, &terms->code, op);
	if (binary && depth_b >= terms->operand[n - 2].depth)
		terms->operand[n - 2].depth = depth_b + 1;
	terms->work += right->n;
	return close_term(terms, op == CO_OP_DIV ? scale_a / scale_b : scale_a * scale_b);
}

/* Formulas of the top n operands, the last first; answers the deepest stack. */
static int
take_arguments(CoTerms *terms, int n, CoBytes *out, int *length)
{
	int			deepest = 0;

	out->n = 0;
	for (int k = n - 1; k >= 0; k--)
	{
		int			start = out->n;
		int			depth = k + put_expression(terms, out);

		length[k] = out->n - start;
		if (depth > deepest)
			deepest = depth;
		co_terms_drop(terms);
		terms->n_operand--;
	}
	return deepest;
}

CoRc
co_terms_apply_call(CoTerms *terms, int n, const char *function, const char *gradient)
{
	CoBytes    *code = &terms->code;
	int			length[CO_MAX_ARGUMENTS];
	int			end,
				depth;
	uint8_t    *call;
	CoRc		rc;

	for (int k = terms->n_operand - n; k < terms->n_operand; k++)
		if (!isfinite(terms->operand[k].constant))
			return co_terms_complain(terms, "constant of an expression is not finite");
	depth = take_arguments(terms, n, &terms->right, length);
	rc = co_terms_constant(terms, 0.0);
	if (rc)
		return rc;
	terms->operand[terms->n_operand - 1].n_term = 1;
	terms->operand[terms->n_operand - 1].depth = depth;
	co_terms_extend(terms, code, CO_CODE_TERM_HEAD);
	end = terms->right.n;
	for (int k = 0; k < n; k++)
	{
		end -= length[k];
		if (length[k] > 0)
			put_bytes(terms, code, terms->right.byte + end, (size_t) length[k]);
	}
	call = co_terms_extend(terms, code, co_code_call_size(function, gradient));
	if (call)
		co_code_write_call(call, n, function, gradient);
	terms->work += terms->right.n;
	return close_term(terms, 1.0);
}
