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

/*
 * CO_BAD_INPUT when a coefficient is not finite or the constant is NaN; an
 * infinite constant is left alone, it may become an absent bound.
 */
extern CoRc co_algebra_check(const CoBlock *a, CoError *error);

extern CoRc co_algebra_complain(CoError *error, const char *message, const char *hint);

/* Leaves between two polls: 1e5 cache misses, about 10 ms. */
#define CO_ALGEBRA_POLL		100000

#endif							/* CO_EXPR_ALGEBRA_CODE_H */
