/*-------------------------------------------------------------------------
 *
 * expr/algebra_code.h
 *	  Expressions as postfix code, for the operators whose result is code.
 *
 * Private to expr/algebra*.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_EXPR_ALGEBRA_CODE_H
#define CO_EXPR_ALGEBRA_CODE_H

#include "expr/builder.h"
#include "expr/code.h"

/* scale * (a op b), or scale * op(a) with b NULL, as one term of code. */
extern CoRc co_algebra_code(CoArena *arena, CoOp op, const CoBlock *a, const CoBlock *b,
							CoBlock *out, CoError *error);

/* Is a op b code, and neither folded nor multiplied out? (algebra.c) */
extern bool co_algebra_is_code(CoOp op, const CoBlock *a, const CoBlock *b);

/*
 * The postfix of a op b in the capacity bytes at byte: its length, and the
 * scale of the term.  The leaves of a keep their numbers, those of b get map_b.
 * 0: it does not fit, a number is not finite, or the code of an operand, which
 * need not have been checked, is malformed.
 */
extern int	co_algebra_code_small(CoOp op, const CoBlock *a, const CoBlock *b, const int *map_b,
								  uint8_t *byte, int capacity, double *scale);

/*
 * CO_BAD_INPUT when a coefficient is not finite or the constant is NaN; an
 * infinite constant is left alone, it may become an absent bound.
 */
extern CoRc co_algebra_check(const CoBlock *a, CoError *error);

extern CoRc co_algebra_complain(CoError *error, const char *message, const char *hint);

/* Leaves between two polls: 1e5 cache misses, about 10 ms. */
#define CO_ALGEBRA_POLL		100000

#endif							/* CO_EXPR_ALGEBRA_CODE_H */
