/*-------------------------------------------------------------------------
 *
 * expr/terms.h
 *	  The operand stack of the parser: expressions in the columns of a block.
 *
 * Every operand is a constant and a range of shared columns of linear terms,
 * quadratic terms and code, one operand behind the other.  Adding the top two
 * is then no work at all, and a term appended to a product costs its own
 * length: a text takes time in proportion to its length, which the operators
 * on whole blocks (expr/algebra.h) cannot offer, as each has to copy.
 *
 * The result is the one the operators give, byte for byte; test/unit/t_text.c
 * holds the two together.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_EXPR_TERMS_H
#define CO_EXPR_TERMS_H

#include "expr/builder.h"
#include "expr/code.h"

typedef struct CoOperand
{
	double		constant;
	int			lin,			/* where its columns begin */
				quad,
				code;
	int			n_term;			/* terms of code */
	int			depth;			/* no formula in it needs a deeper stack */
} CoOperand;

typedef struct CoBytes			/* code under construction */
{
	uint8_t    *byte;
	int			n,
				capacity;
} CoBytes;

typedef struct CoTerms
{
	CoArena    *arena;
	CoError    *error;			/* its position is left to the parser */
	int			n_operand,
				n_lin,
				n_quad;
	int			cap_operand,
				cap_lin,
				cap_quad;
	CoOperand  *operand;
	double	   *lin_coef,
			   *quad_coef;
	int		   *lin_leaf,
			   *quad_i,
			   *quad_j;
	CoBytes		code,
				scratch,		/* left and right argument while written */
				right;
	int64_t		work;			/* since the last poll */
} CoTerms;

extern void co_terms_init(CoTerms *terms, CoArena *arena, CoError *error);

/* Push an operand. */
extern CoRc co_terms_constant(CoTerms *terms, double value);
extern CoRc co_terms_leaf(CoTerms *terms, int leaf);

/* The same with an expression of a checked block, whose leaf k becomes map[k]. */
extern CoRc co_terms_expression(CoTerms *terms, const CoBlock *expr, const int *map);

/* Replace the top one or two operands by op of them. */
extern CoRc co_terms_apply(CoTerms *terms, CoOp op);

/* Replace the top n operands, 1 .. CO_MAX_ARGUMENTS, by a call (expr/code.h). */
extern CoRc co_terms_apply_call(CoTerms *terms, int n, const char *function, const char *gradient);

/* Has operand k no terms? */
extern bool co_terms_is_constant(const CoTerms *terms, int k);

/* Last row of the builder += scale * the terms of operand k, without its constant. */
extern CoRc co_terms_emit(const CoTerms *terms, int k, double scale, CoBuilder *builder);

/* Drop all operands; memory is kept for the next ones. */
extern void co_terms_clear(CoTerms *terms);

#endif							/* CO_EXPR_TERMS_H */
