/*-------------------------------------------------------------------------
 *
 * linalg/rows.h
 *	  Rows of blocks of right-hand sides: entry i of each of them, side by side.
 *
 * For functions that are CO_CLONES, which compile these for their processor.
 * Each entry is computed by itself: the digits are the same everywhere.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_LINALG_ROWS_H
#define CO_LINALG_ROWS_H

#include <math.h>
#include <stdbool.h>

#include "linalg/clones.h"

/* y += a x */
CO_INLINE void
co_row_axpy(int k, double a, const double *x, double *y)
{
	const		CoVec4 factor = {a, a, a, a};
	int			i = 0;

	for (; i + 4 <= k; i += 4)
		CO_VEC4(y + i) += factor * CO_VEC4_CONST(x + i);
	for (; i < k; i++)
		y[i] += a * x[i];
}

typedef long long CoMask4 __attribute__((vector_size(32)));

/* y := max(y, |x|) */
CO_INLINE void
co_row_max_abs(int k, const double *x, double *y)
{
	const		CoMask4 sign = {LLONG_MIN, LLONG_MIN, LLONG_MIN, LLONG_MIN};
	int			i = 0;

	for (; i + 4 <= k; i += 4)
	{
		CoVec4		now = CO_VEC4(y + i);
		CoVec4		size = (CoVec4) ((CoMask4) CO_VEC4_CONST(x + i) & ~sign);
		CoMask4		larger = size > now;

		CO_VEC4(y + i) = (CoVec4) (((CoMask4) size & larger) | ((CoMask4) now & ~larger));
	}
	for (; i < k; i++)
		y[i] = fabs(x[i]) > y[i] ? fabs(x[i]) : y[i];
}

/* x := a x, and 0 where |x| <= zero */
CO_INLINE void
co_row_scale_clean(int k, double a, const double *zero, double *x)
{
	const		CoMask4 sign = {LLONG_MIN, LLONG_MIN, LLONG_MIN, LLONG_MIN};
	const		CoVec4 factor = {a, a, a, a};
	int			i = 0;

	for (; i + 4 <= k; i += 4)
	{
		CoVec4		value = CO_VEC4(x + i);
		CoMask4		is_zero = (CoVec4) ((CoMask4) value & ~sign) <= CO_VEC4_CONST(zero + i);

		CO_VEC4(x + i) = (CoVec4) ((CoMask4) (factor * value) & ~is_zero);
	}
	for (; i < k; i++)
		x[i] = fabs(x[i]) <= zero[i] ? 0.0 : a * x[i];
}

CO_INLINE bool
co_row_is_zero(int k, const double *x)
{
	for (int i = 0; i < k; i++)
		if (x[i] != 0.0)
			return false;
	return true;
}

#endif							/* CO_LINALG_ROWS_H */
