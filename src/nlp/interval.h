/*-------------------------------------------------------------------------
 *
 * nlp/interval.h
 *	  Interval arithmetic [Moo66]: what values an operation can have, its
 *	  arguments being within bounds.
 *
 * Bounds are computed in the rounding of the day; co_interval_widen() makes them
 * larger by more than that, for those who prove things.  Where an operation has
 * no values, as ln below 0, the range is empty, and so is what is made of it.
 * Operations that nothing is known of can have any value.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_NLP_INTERVAL_H
#define CO_NLP_INTERVAL_H

#include <math.h>
#include <stdbool.h>

typedef struct CoInterval		/* empty: lower > upper */
{
	double		lower,
				upper;
} CoInterval;

static inline bool
co_interval_is_empty(CoInterval a)
{
	return a.lower > a.upper;
}

static inline CoInterval
co_interval_any(void)
{
	return (CoInterval) {-INFINITY, INFINITY};
}

static inline CoInterval
co_interval_empty(void)
{
	return (CoInterval) {INFINITY, -INFINITY};
}

static inline CoInterval
co_interval_number(double value)
{
	return (CoInterval) {value, value};
}

/* A CoOp (expr/code.h) of one or two arguments; b: any where there is one. */
extern CoInterval co_interval_apply(int op, CoInterval a, CoInterval b);

extern CoInterval co_interval_add(CoInterval a, CoInterval b);
extern CoInterval co_interval_times(double factor, CoInterval a);
extern CoInterval co_interval_product(CoInterval a, CoInterval b);

/* a ^ exponent */
extern CoInterval co_interval_whole_power(CoInterval a, int exponent);

/* square x^2 + slope x, as one: x is the same in both. */
extern CoInterval co_interval_quadratic(double square, double slope, CoInterval x);

/* A range that holds the exact one, of an operation that was rounded. */
extern CoInterval co_interval_widen(CoInterval a);

#endif							/* CO_NLP_INTERVAL_H */
