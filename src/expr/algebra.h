/*-------------------------------------------------------------------------
 *
 * expr/algebra.h
 *	  Operations on whole expressions, as the SQL operators need them.
 *
 * Inputs are one-row blocks; the result is built in the arena and returned as
 * a view.  Products of short affine forms are expanded into quadratic terms;
 * a product or square of long sums stays code over affine leaves, so that
 * (sum of a million terms)^2 costs a million and not a million million.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_EXPR_ALGEBRA_H
#define CO_EXPR_ALGEBRA_H

#include <float.h>
#include <math.h>

#include "expr/builder.h"
#include "expr/code.h"

extern CoRc co_expr_constant(CoArena *arena, double value, CoBlock *out);
extern CoRc co_expr_leaf(CoArena *arena, const CoLeafDef *def, CoBlock *out, CoError *error);

/*
 * A variable whose bounds are expressions over parameters; NULL: def's number
 * is the bound.
 */
extern CoRc co_expr_variable(CoArena *arena, const CoLeafDef *def, const CoBlock *lower,
							 const CoBlock *upper, CoBlock *out, CoError *error);

/* An expression as a formula; its leaves keep their numbers, or (map) get others. */
extern CoRc co_expr_formula(CoArena *arena, const CoBlock *a, const int *map, CoCodeTerms *out,
							CoError *error);

/* alpha a + beta b + gamma */
extern CoRc co_expr_combine(CoArena *arena, double alpha, const CoBlock *a,
							double beta, const CoBlock *b, double gamma,
							CoBlock *out, CoError *error);

extern CoRc co_expr_mul(CoArena *arena, const CoBlock *a, const CoBlock *b,
						CoBlock *out, CoError *error);
extern CoRc co_expr_div(CoArena *arena, const CoBlock *a, const CoBlock *b,
						CoBlock *out, CoError *error);
extern CoRc co_expr_pow(CoArena *arena, const CoBlock *a, const CoBlock *b,
						CoBlock *out, CoError *error);

/* A function of the table (expr/ops.def); b is NULL for one argument. */
extern CoRc co_expr_apply(CoArena *arena, CoOp op, const CoBlock *a, const CoBlock *b,
						  CoBlock *out, CoError *error);

/*
 * A call of the host's function (algebra_call.c); gradient is empty for none.
 * 1 .. CO_MAX_ARGUMENTS expressions.
 */
extern CoRc co_expr_call(CoArena *arena, const char *function, const char *gradient,
						 int n, const CoBlock *argument, CoBlock *out, CoError *error);

/*
 * Fast paths for operators that run once per row of a table.  They write the
 * flat value an arena and co_block_write would give, byte for byte, straight
 * into memory of the caller, and take no arena.  Where they do not apply, or
 * the result is an error, they decline (false, 0) and the functions above are
 * to be called, with operands that have been checked; that keeps all messages
 * in one place.  vl_len is left to the host in all of them.
 *
 * alpha a + gamma, or a / divisor, of a flat expression of size bytes, where it
 * is.  It need not have been checked: the result is as good as it was.
 */
extern bool co_expr_scale_flat(void *flat, size_t size, double alpha, double gamma);
extern bool co_expr_divide_flat(void *flat, size_t size, double divisor);

/* Leaves and bytes of code of an operand of the other fast paths, at most. */
#define CO_TINY_LEAVES	8
#define CO_TINY_CODE	512

typedef enum CoTinyForm
{
	CO_TINY_SUM,				/* alpha a + beta b */
	CO_TINY_PRODUCT,			/* alpha x y, of one leaf each */
	CO_TINY_FORMULA				/* alpha times one term of code */
} CoTinyForm;

typedef struct CoTiny			/* what is to be written; filled by the
								 * functions below */
{
	const CoBlock *a,
			   *b;
	CoTinyForm	form;
	double		alpha,
				beta;
	int			n_leaf,
				n_str,
				n_code;			/* of a formula: bytes of its postfix */

	/* b's leaves: number in the result, bytes of strings to be written */
	int			map[CO_TINY_LEAVES],
				name_size[CO_TINY_LEAVES],	/* 0: the name before again */
				key_size[CO_TINY_LEAVES];
	uint8_t		code[CO_TINY_CODE];
} CoTiny;

/* A number as an operand, without memory of its own. */
extern void co_tiny_number(const double *number, CoBlock *out);

/*
 * Bytes of alpha a + beta b, for operands of few leaves and little code.  Code
 * of the operands need not have been checked, here and below: leaving its bytes
 * is all that is guarded against, and the result is as good as they are.
 */
extern size_t co_expr_add_tiny(double alpha, const CoBlock *a, double beta, const CoBlock *b,
							   CoTiny *tiny);

/* Bytes of a b, for operands that are one linear term each. */
extern size_t co_expr_mul_tiny(const CoBlock *a, const CoBlock *b, CoTiny *tiny);

/* Bytes of a op b (b may be NULL), for operators and functions whose result is code. */
extern size_t co_expr_apply_tiny(CoOp op, const CoBlock *a, const CoBlock *b, CoTiny *tiny);

/*
 * Writes it while a and b are still there; false: malformed code, or a factor
 * that is not finite.
 */
extern bool co_expr_write_tiny(const CoTiny *tiny, void *flat);

typedef enum CoRelation
{
	CO_LESS_EQUAL,
	CO_GREATER_EQUAL,
	CO_EQUAL
} CoRelation;

/*
 * side - constant, a bound.  What a few roundings of the two leave is 0: 0.3 is
 * no contradiction to 0.1 + 0.2.
 */
#define CO_SIDE_ROUNDING	(4.0 * DBL_EPSILON)

static inline double
co_move_constant(double side, double constant)
{
	double		moved = side - constant,
				size = fmax(fabs(side), fabs(constant));

	return isfinite(moved) && fabs(moved) <= CO_SIDE_ROUNDING * size ? 0.0 : moved;
}

/*
 * a REL b as a one-row constraint without a name: body = a - b with the
 * constants moved to the bound.  When a has no variable and b has, it is read
 * as b REL' a, so that the bound is always the side the user sees as the
 * right-hand side.
 */
extern CoRc co_expr_compare(CoArena *arena, const CoBlock *a, CoRelation rel,
							const CoBlock *b, CoBlock *out, CoError *error);

/* lower <= a <= upper */
extern CoRc co_expr_between(CoArena *arena, const CoBlock *a, double lower, double upper,
							CoBlock *out, CoError *error);

/*
 * The value of a row at leaf values [n_leaf]; linear and quadratic terms as if
 * summed in twice the working precision.
 */
extern double co_block_eval(CoArena *arena, const CoBlock *block, int row, const double *leaf);

#endif							/* CO_EXPR_ALGEBRA_H */
