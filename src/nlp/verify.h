/*-------------------------------------------------------------------------
 *
 * nlp/verify.h
 *	  The KKT conditions of a claimed point, one by one, each with the place
 *	  where it is violated most.
 *
 * nlp/nlp_residual.h judges the points of solvers by the same conditions; this
 * says where.  Knows no solver, and takes the rows' values from whoever
 * evaluated them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_NLP_VERIFY_H
#define CO_NLP_VERIFY_H

#include "nlp/nlp.h"

typedef struct CoWorst			/* a residual, where it is largest */
{
	double		value,
				scale;			/* what it is measured against; 1 not included */
	int			row,			/* -1: not of a row */
				var;			/* -1: not of a variable */
} CoWorst;

typedef struct CoVerified
{
	CoWorst		bound,			/* distance outside */
				row,
				stationarity,	/* |grad f + J'y + z| */
				sign,			/* multipliers that lean on no side */
				complementarity;	/* |multiplier x distance to its side| */
} CoVerified;

/* The point, and the values of f and the rows there with their derivatives. */
typedef struct CoClaim
{
	const double *x,			/* [n] */
			   *y,				/* [m] */
			   *z;				/* [n] */
	const CoNlpValue *at;
} CoClaim;

/*
 * scale of stationarity: max(|grad f|_2, |z_j|, |a_i|_2 |y_i|), of violations
 * max(|value|, |side|), of products |f|.
 */
extern CoRc co_verify(CoArena *arena, const CoNlp *nlp, const CoClaim *claim, CoVerified *out);

#endif							/* CO_NLP_VERIFY_H */
