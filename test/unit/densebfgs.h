/*-------------------------------------------------------------------------
 *
 * densebfgs.h
 *	  The BFGS recursion on a dense matrix: what compact forms have to equal.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DENSEBFGS_H
#define DENSEBFGS_H

#include <stdlib.h>

#include "base/vec.h"

/* b [n x n] := B - B s s'B / s'Bs + y y' / y's */
static inline void
update_dense(int n, double *b, const double *s, const double *y)
{
	double	   *bs = malloc((size_t) n * sizeof(double));
	double		sbs = 0.0,
				sy = co_dot(n, s, y);

	for (int i = 0; i < n; i++)
	{
		bs[i] = co_dot(n, b + i * n, s);
		sbs += s[i] * bs[i];
	}
	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++)
			b[i * n + j] += y[i] * y[j] / sy - bs[i] * bs[j] / sbs;
	free(bs);
}

#endif							/* DENSEBFGS_H */
