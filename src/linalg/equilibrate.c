/*-------------------------------------------------------------------------
 *
 * linalg/equilibrate.c
 *	  Powers of two that bring the rows of a symmetric matrix to size one.
 *
 *-------------------------------------------------------------------------
 */
#include "linalg/equilibrate.h"

#include "base/vec.h"

/* Passes; each halves the logarithm of the spread [R01]. */
#define EQUILIBRATIONS	3

/* Largest entry of each row of the scaled matrix. */
static void
find_norms(const CoCsc *lower, const double *scale, double *norm)
{
	co_fill(lower->ncol, 0.0, norm);
	for (int j = 0; j < lower->ncol; j++)
		for (int k = lower->start[j]; k < lower->start[j + 1]; k++)
		{
			int			i = lower->index[k];
			double		v = fabs(lower->value[k]) * scale[i] * scale[j];

			norm[i] = co_max(norm[i], v);
			norm[j] = co_max(norm[j], v);
		}
}

static double
inverse_root(double norm)
{
	int			exponent;

	if (!(norm > 0.0) || isinf(norm))
		return 1.0;
	frexp(norm, &exponent);
	return ldexp(1.0, -(exponent / 2));
}

void
co_equilibrate(const CoCsc *lower, double *scale, double *norm)
{
	co_fill(lower->ncol, 1.0, scale);
	for (int pass = 0; pass < EQUILIBRATIONS; pass++)
	{
		find_norms(lower, scale, norm);
		for (int i = 0; i < lower->ncol; i++)
			scale[i] *= inverse_root(norm[i]);
	}
}
