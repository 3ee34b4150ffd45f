/*-------------------------------------------------------------------------
 *
 * nlp/dot2.h
 *	  Sums of products as if computed in twice the working precision.
 *
 * Ogita, Rump, Oishi, "Accurate sum and dot product", SIAM J. Sci. Comput. 26
 * (2005) 1955-1988: TwoSum (alg. 3.1), TwoProduct (alg. 3.3, with Dekker's
 * split), Dot2 (alg. 5.3).  The result of n products has the error
 *		u |result| + n^2 u^2 sum |a[i] b[i]|,	u = 2^-53,
 * so that a residual of 1e-9 under terms of 1e+12 is a number, not noise.
 * Dekker's split instead of fma(): no call where the target has no such
 * instruction, and the same digits on every machine.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_NLP_DOT2_H
#define CO_NLP_DOT2_H

#include <math.h>

typedef struct CoDot2
{
	double		hi,				/* the ordinary sum */
				lo;				/* the sum of its rounding errors */
} CoDot2;

#define CO_DEKKER_SPLIT 134217729.0 /* 2^27 + 1: halves of 26 bits */

static inline void
co_dot2_add(CoDot2 *sum, double a)
{
	double		s = sum->hi + a;
	double		t = s - sum->hi;

	sum->lo += (sum->hi - (s - t)) + (a - t);
	sum->hi = s;
}

static inline void
co_dot2_add_product(CoDot2 *sum, double a, double b)
{
	double		p = a * b;
	double		ta = CO_DEKKER_SPLIT * a;
	double		tb = CO_DEKKER_SPLIT * b;
	double		ah = ta - (ta - a);
	double		bh = tb - (tb - b);
	double		al = a - ah;
	double		bl = b - bh;

	co_dot2_add(sum, p);
	sum->lo += al * bl - (((p - ah * bh) - al * bh) - ah * bl);
}

/* An overflow in a split spoils only the correction. */
static inline double
co_dot2_value(CoDot2 sum)
{
	return isfinite(sum.lo) ? sum.hi + sum.lo : sum.hi;
}

/* sum - a, rounded once */
static inline double
co_dot2_minus(CoDot2 sum, double a)
{
	co_dot2_add(&sum, -a);
	return co_dot2_value(sum);
}

#endif							/* CO_NLP_DOT2_H */
