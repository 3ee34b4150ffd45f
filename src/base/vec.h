/*-------------------------------------------------------------------------
 *
 * base/vec.h
 *	  Dense vectors: the few operations every method needs.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_BASE_VEC_H
#define CO_BASE_VEC_H

#include <math.h>
#include <stdbool.h>
#include <string.h>

static inline double
co_dot(int n, const double *x, const double *y)
{
	double		s0 = 0.0,
				s1 = 0.0,
				s2 = 0.0,
				s3 = 0.0;
	int			i = 0;

	/* Four partial sums: no dependency chain, and a smaller rounding error. */
	for (; i + 4 <= n; i += 4)
	{
		s0 += x[i] * y[i];
		s1 += x[i + 1] * y[i + 1];
		s2 += x[i + 2] * y[i + 2];
		s3 += x[i + 3] * y[i + 3];
	}
	for (; i < n; i++)
		s0 += x[i] * y[i];
	return (s0 + s1) + (s2 + s3);
}

/* y += a x */
static inline void
co_axpy(int n, double a, const double *x, double *y)
{
	for (int i = 0; i < n; i++)
		y[i] += a * x[i];
}

static inline void
co_scale(int n, double a, double *x)
{
	for (int i = 0; i < n; i++)
		x[i] *= a;
}

static inline void
co_copy(int n, const double *x, double *y)
{
	if (n > 0)
		memcpy(y, x, (size_t) n * sizeof(double));
}

static inline void
co_fill(int n, double a, double *x)
{
	for (int i = 0; i < n; i++)
		x[i] = a;
}

/* max |x[i]|; a NaN anywhere makes the result NaN */
static inline double
co_norm_inf(int n, const double *x)
{
	double		norm = 0.0;

	for (int i = 0; i < n; i++)
		if (!(fabs(x[i]) <= norm))
		{
			if (isnan(x[i]))
				return x[i];
			norm = fabs(x[i]);
		}
	return norm;
}

/*
 * fmax() and fmin() are calls, because of their rule for NaN.  Here a NaN in b
 * is passed over, as there; one in a stays.
 */
static inline double
co_max(double a, double b)
{
	return b > a ? b : a;
}

static inline double
co_min(double a, double b)
{
	return b < a ? b : a;
}

static inline double
co_clamp(double x, double lower, double upper)
{
	return x < lower ? lower : x > upper ? upper : x;
}

static inline bool
co_all_finite(int n, const double *x)
{
	for (int i = 0; i < n; i++)
		if (!isfinite(x[i]))
			return false;
	return true;
}

#endif							/* CO_BASE_VEC_H */
