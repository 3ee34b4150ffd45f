/*-------------------------------------------------------------------------
 *
 * nlp/dot2_product.h
 *	  Matrix times vector with the rounding errors of its sums (nlp/dot2.h).
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_NLP_DOT2_PRODUCT_H
#define CO_NLP_DOT2_PRODUCT_H

#include "linalg/csc.h"

/* hi + lo := A x;  S x for the symmetric S whose lower triangle is given */
extern void co_dot2_mul(const CoCsc *a, const double *x, double *hi, double *lo);
extern void co_dot2_symmul(const CoCsc *lower, const double *x, double *hi, double *lo);

#endif							/* CO_NLP_DOT2_PRODUCT_H */
