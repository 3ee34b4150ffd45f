/*-------------------------------------------------------------------------
 *
 * expr/bound.h
 *	  Bounds of variables that are formulas over parameters.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_EXPR_BOUND_H
#define CO_EXPR_BOUND_H

#include "expr/block.h"

/* The bound of a leaf; of length 0 where that is a number. */
extern CoCodeTerms co_bound_find(const CoBlock *block, int leaf, bool is_upper);

/* Until one answers not CO_OK. */
extern CoRc co_bound_each_leaf(CoCodeTerms formula, CoRc (*each) (void *state, int leaf),
							   void *state);

/* What is wrong with the bounds of a flat value, whose leaves have been checked; or NULL. */
extern const char *co_bound_check(const CoBlock *block);

/*
 * The formulas as rows 1 .. n_bound, in the order of the table, of a problem
 * over the same leaves whose objective is 0.
 */
extern CoRc co_bound_rows(CoArena *arena, const CoBlock *block, CoBlock *out);

/*
 * The block with numbers for its formulas; leaf_value [n_leaf] gives the
 * parameters' values (NULL: the block's own).  CO_BAD_INPUT where a formula is
 * no bound there: NaN, or the infinity of the other side.
 */
extern CoRc co_bound_numbers(CoArena *arena, const CoBlock *block, const double *leaf_value,
							 CoBlock *out, CoError *error);

/*
 * bound_gradient.c: gradient[leaf] += the derivative of a formula by each of its
 * leaves; NaN or infinite where there is none.
 */
extern CoRc co_bound_gradient(CoArena *arena, CoCodeTerms formula, const double *leaf,
							  double *gradient);

#endif							/* CO_EXPR_BOUND_H */
