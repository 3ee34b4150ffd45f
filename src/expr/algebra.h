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

#include "expr/builder.h"
#include "expr/code.h"

extern CoRc co_expr_constant(CoArena *arena, double value, CoBlock *out);
extern CoRc co_expr_leaf(CoArena *arena, const CoLeafDef *def, CoBlock *out, CoError *error);

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
 * Fast paths for operators that run once per row of a table.  They write the
 * flat value an arena and co_block_write would give, byte for byte, straight
 * into memory of the caller, and take no arena.  Where they do not apply, or
 * the result is an error, they decline (false, 0) and the functions above are
 * to be called; that keeps all messages in one place.
 *
 * alpha a + gamma, for the flat expression a of size bytes; out has the same
 * size.  vl_len is left to the host in all of them.
 */
extern bool co_expr_scale_flat(const void *a, size_t size, double alpha, double gamma,
							   void *out);

/* Leaves of an operand of the other fast paths, at most. */
#define CO_TINY_LEAVES	4

typedef struct CoTiny			/* what is to be written; filled by the
								 * functions below */
{
	const CoBlock *a,
			   *b;
	double		alpha,			/* of a sum; coefficient of a product */
				beta;
	bool		product;
	int			n_leaf,
				n_str;

	/* b's leaves: number in the result, bytes of strings to be written */
	int			map[CO_TINY_LEAVES],
				name_size[CO_TINY_LEAVES],	/* 0: the name before again */
				key_size[CO_TINY_LEAVES];
} CoTiny;

/* Bytes of alpha a + beta b, for operands without code and of few leaves. */
extern size_t co_expr_add_tiny(double alpha, const CoBlock *a, double beta, const CoBlock *b,
							   CoTiny *tiny);

/* Bytes of a b, for operands that are one linear term each. */
extern size_t co_expr_mul_tiny(const CoBlock *a, const CoBlock *b, CoTiny *tiny);

/* Writes it while a and b are still there. */
extern void co_expr_write_tiny(const CoTiny *tiny, void *flat);

typedef enum CoRelation
{
	CO_LESS_EQUAL,
	CO_GREATER_EQUAL,
	CO_EQUAL
} CoRelation;

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

/* The value of a row at leaf values [n_leaf]. */
extern double co_block_eval(CoArena *arena, const CoBlock *block, int row, const double *leaf);

#endif							/* CO_EXPR_ALGEBRA_H */
