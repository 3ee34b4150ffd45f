/*-------------------------------------------------------------------------
 *
 * expr/terms_code.h
 *	  What expr/terms.c and expr/terms_code.c share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_EXPR_TERMS_CODE_H
#define CO_EXPR_TERMS_CODE_H

#include <string.h>

#include "expr/terms.h"

/* terms.c */
extern CoRc co_terms_complain(CoTerms *terms, const char *message);
extern CoRc co_terms_refuse_size(CoArena *arena);
extern CoRc co_terms_check(CoTerms *terms, double coefficient);

/* Drop the terms of the top operand, not the operand. */
extern void co_terms_drop(CoTerms *terms);

/* terms_code.c: room for extra more bytes, or NULL */
extern uint8_t *co_terms_extend(CoTerms *terms, CoBytes *bytes, size_t extra);

/* terms_code.c: op of the top operands becomes one term of code. */
extern CoRc co_terms_apply_code(CoTerms *terms, CoOp op);

static inline void
co_terms_write_scale(uint8_t *head, double scale)
{
	memcpy(head, &scale, sizeof scale);
}

#endif							/* CO_EXPR_TERMS_CODE_H */
