/*-------------------------------------------------------------------------
 *
 * nlp/residual_private.h
 *	  What the two halves of the judge share: products in twice the precision
 *	  that can be canceled, and the sides that multipliers lean on.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_NLP_RESIDUAL_PRIVATE_H
#define CO_NLP_RESIDUAL_PRIVATE_H

#include "nlp/dot2.h"
#include "nlp/residual.h"

typedef struct CoProducts		/* of a point, each in two parts */
{
	CoDot2	   *ax,				/* [m] */
			   *px,				/* [n] */
			   *aty;			/* [n] */
} CoProducts;

/* Zeros. */
extern CoRc co_residual_take(CoArena *arena, const CoQp *qp, CoProducts *out);

/* out += A x */
extern CoRc co_residual_add_product(const CoArena *arena, const CoCsc *a, const double *x,
									CoDot2 *out);

/* out += A' y */
extern CoRc co_residual_add_transposed(const CoArena *arena, const CoCsc *a, const double *y,
									   CoDot2 *out);

/* out += S x, S symmetric with the lower triangle s */
extern CoRc co_residual_add_symmetric(const CoArena *arena, const CoCsc *s, const double *x,
									  CoDot2 *out);

/* The side that a multiplier leans on; 0 leans on none. */
static inline double
co_residual_side(double multiplier, double lower, double upper)
{
	return multiplier > 0.0 ? upper : multiplier < 0.0 ? lower : 0.0;
}

#endif							/* CO_NLP_RESIDUAL_PRIVATE_H */
