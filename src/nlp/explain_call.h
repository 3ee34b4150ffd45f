/*-------------------------------------------------------------------------
 *
 * nlp/explain_call.h
 *	  The gradients of the host's functions against differences.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_NLP_EXPLAIN_CALL_H
#define CO_NLP_EXPLAIN_CALL_H

#include "expr/block.h"

typedef struct CoCallCheck		/* one argument of one call */
{
	int			row;			/* block row in which the call stands first */
	const char *function,
			   *gradient;		/* empty: none */
	int			argument;		/* from 0 */
	double		at,				/* its value */
				given,			/* by the gradient; NaN: none, or not finite */
				difference,		/* NaN: the function has no values near */
				error;			/* of the difference, estimated */
} CoCallCheck;

typedef void (*CoEachCallCheck) (void *state, const CoCallCheck *check);

/*
 * Every different call of the problem at leaf values [n_leaf]; one with
 * arguments that are not finite is passed over.  Functions are called at no
 * argument that the bounds of its variables exclude, where the argument is an
 * affine form of them.
 */
extern CoRc co_check_calls(CoArena *arena, const CoBlock *problem, const double *leaf,
						   CoEachCallCheck each, void *state);

#endif							/* CO_NLP_EXPLAIN_CALL_H */
