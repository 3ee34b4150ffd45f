/*-------------------------------------------------------------------------
 *
 * expr/code.h
 *	  Formulas in postfix bytes: what the linear and quadratic columns of a
 *	  block cannot hold.
 *
 * A row's code segment is a sequence of terms
 *
 *		double scale; int32 length; length bytes of postfix
 *
 * whose scaled values are added.  Operands stand unaligned in native byte
 * order (memcpy); the binary wire format swaps them (pg/).
 *
 *		CO_OP_CONST		double
 *		CO_OP_LEAF		int32 leaf
 *		CO_OP_AFFINE	int32 n, double constant, n x (double coef, int32 leaf)
 *		CO_OP_CALL		int32 n, int32 length, int32 length, two texts of these
 *						lengths, each with a NUL behind it: the host's names of
 *						a function of n arguments and of its gradient (empty:
 *						none)
 *		CO_OP_INT		int8: a constant, short
 *		CO_OP_TERM		double coef, int32 leaf: an affine form, short
 *		CO_OP_FORM		double constant, double coef, int32 leaf: the same
 *		the others		no operand; arguments are on the stack, first deepest
 *
 * The short forms make two thirds of the bytes of a million fitted residuals.
 * co_code_next shows them as what they stand for; writers use them wherever
 * they fit (TERM for a constant of 0, FORM for others), CO_OP_INT for exponents
 * only: numbers of the data must not change the form of the code.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_EXPR_CODE_H
#define CO_EXPR_CODE_H

#include <string.h>

#include "expr/block.h"

/* Deepest stack of a formula, deepest nesting of a text. */
#define CO_MAX_DEPTH	1000

typedef enum CoOp
{
	CO_OP_CONST,
	CO_OP_LEAF,
	CO_OP_AFFINE,
	CO_OP_INT,
	CO_OP_TERM,
	CO_OP_FORM,
	CO_OP_NEG,
	CO_OP_ADD,
	CO_OP_SUB,
	CO_OP_MUL,
	CO_OP_DIV,
	CO_OP_POW,
#define CO_FUNCTION1(symbol, word, value, d1, d2, low, high) CO_OP_##symbol,
#define CO_FUNCTION2(symbol, word, value, da, db, daa, dab, dbb, low, high) CO_OP_##symbol,
#include "expr/ops.def"
#undef CO_FUNCTION1
#undef CO_FUNCTION2
	CO_N_OP,

	/* Not in the table of functions, and not moved by what is added to it. */
	CO_OP_CALL = 255
} CoOp;

/* Arguments of a call: as many as a function of PostgreSQL's can have. */
#define CO_MAX_ARGUMENTS	100

/* 0, 1 or 2; not for CO_OP_CALL, whose code says it: co_instr_arity */
extern int	co_op_arity(CoOp op);
extern const char *co_op_word(CoOp op); /* "exp"; "+" for an operator */
extern bool co_op_find(const char *word, size_t length, CoOp *op);	/* functions only */
extern double co_op_eval(CoOp op, double a, double b);

/*
 * Walk the terms of a row's segment: *at, an offset in code, moves past the
 * next one.  false at end, or (foreign bytes) where no whole term stands.
 */
typedef struct CoCodeTerm
{
	double		scale;
	const uint8_t *code;		/* [length] postfix */
	int			length;
} CoCodeTerm;

/* Bytes in front of the postfix of a term: scale and length. */
#define CO_CODE_TERM_HEAD	12

static inline bool
co_code_term(const uint8_t *code, int end, int *at, CoCodeTerm *term)
{
	const uint8_t *head;
	int32_t		length;

	*term = (CoCodeTerm) {0};
	if (end - *at < CO_CODE_TERM_HEAD)
		return false;
	head = code + *at;
	memcpy(&term->scale, head, sizeof term->scale);
	memcpy(&length, head + sizeof term->scale, sizeof length);
	if (length < 0 || length > end - *at - CO_CODE_TERM_HEAD)
		return false;
	term->length = length;
	term->code = head + CO_CODE_TERM_HEAD;
	*at += CO_CODE_TERM_HEAD + length;
	return true;
}

/*
 * Walk one postfix expression: *at moves past the next operation.  false at
 * the end, or (foreign bytes) where no whole operation stands.
 */
typedef struct CoInstr
{
	CoOp		op;
	double		value;			/* CO_OP_CONST, constant of CO_OP_AFFINE */
	const uint8_t *number;		/* its bytes in the code, NULL: not a double */
	int			leaf;			/* CO_OP_LEAF */
	int			n;				/* CO_OP_AFFINE, arguments of CO_OP_CALL */
	const uint8_t *terms;		/* CO_OP_AFFINE: n x 12 bytes */
	const char *function;		/* CO_OP_CALL */
	const char *gradient;		/* CO_OP_CALL; empty: none */
} CoInstr;

extern bool co_code_next(const uint8_t *code, int length, int *at, CoInstr *instr);
extern int	co_instr_arity(const CoInstr *instr);
extern void co_code_affine_term(const CoInstr *instr, int k, double *coef, int *leaf);
extern double co_code_affine_value(const CoInstr *instr, const double *value);

/* Bytes of a CO_OP_CALL, and its writing to so many bytes. */
extern size_t co_code_call_size(const char *function, const char *gradient);
extern void co_code_write_call(uint8_t *to, int n, const char *function, const char *gradient);

/* Is there a CO_OP_CALL in the code? */
extern bool co_code_has_call(const uint8_t *code, int length);

/* Can the constant stand as CO_OP_INT? */
static inline bool
co_code_is_int(double value)
{
	return value >= -100.0 && value <= 100.0 && value == (double) (int8_t) value &&
		!(value == 0.0);
}

/* mark[leaf] = 0 for every leaf of the code. */
extern void co_code_mark_leaves(const uint8_t *code, int length, int *mark);

/* Leaf k becomes map[k]. */
extern void co_code_renumber(uint8_t *code, int length, const int *map);

/*
 * The same for code that has not been checked: false, with some leaves
 * renumbered, where no whole operation stands or a leaf is not below n_leaf.
 */
extern bool co_code_renumber_any(uint8_t *code, int length, const int *map, int n_leaf);

/*
 * Well-formed: leaves < n_leaf, finite constants, stack never empty nor too
 * deep, one value left.  depth (may be NULL): the deepest stack.
 */
extern bool co_code_valid(const uint8_t *code, int length, int n_leaf, int *depth);

/*
 * Value at leaf values; stack has room for CO_MAX_DEPTH doubles.  Without an
 * env, or one that cannot call functions, calls are NaN.
 */
extern double co_code_eval(const CoEnv *env, const uint8_t *code, int length,
						   const double *leaf, double *stack);

/* NaN where an argument is not finite, or the host cannot. */
extern double co_call_value(const CoEnv *env, const char *function, int n, const double *argument);

#endif							/* CO_EXPR_CODE_H */
