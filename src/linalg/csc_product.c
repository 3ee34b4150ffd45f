/*-------------------------------------------------------------------------
 *
 * linalg/csc_product.c
 *	  Products of the sparse matrices of linalg/csc.h with vectors.
 *
 * A column whose rows follow each other without a gap, as every column of a
 * dense matrix does, is done four rows at a time (linalg/clones.h).  Which
 * columns these are depends on the matrix alone: the digits are the same on
 * every machine.
 *
 *-------------------------------------------------------------------------
 */
#include "base/vec.h"
#include "linalg/clones.h"
#include "linalg/csc.h"

#define LANES	4

CO_CLONES static void
multiply(const CoCsc *a, double alpha, const double *x, double *y)
{
	for (int j = 0; j < a->ncol; j++)
	{
		double		scaled = alpha * x[j];
		int			p = a->start[j],
					end = a->start[j + 1];

		if (end - p >= LANES && co_csc_is_run(a, p, end))
			for (; end - p >= LANES; p += LANES)
				CO_VEC4(y + a->index[p]) += CO_VEC4_CONST(a->value + p) * scaled;
		for (; p < end; p++)
			y[a->index[p]] += a->value[p] * scaled;
	}
}

void
co_csc_mul_add(const CoCsc *a, double alpha, const double *x, double *y)
{
	multiply(a, alpha, x, y);
}

/* Entries p .. end-1 times x; four partial sums either way, as co_dot has them. */
CO_INLINE double
dot_entries(const CoCsc *a, int p, int end, const double *x)
{
	const int  *index = a->index;
	const double *value = a->value;
	CoVec4		s = CO_VEC4_ZERO;
	double		tail = 0.0;

	if (end - p >= LANES && co_csc_is_run(a, p, end))
		for (; end - p >= LANES; p += LANES)
			s += CO_VEC4_CONST(value + p) * CO_VEC4_CONST(x + index[p]);
	for (; end - p >= LANES; p += LANES)
	{
		CoVec4		gathered = {x[index[p]], x[index[p + 1]], x[index[p + 2]], x[index[p + 3]]};

		s += CO_VEC4_CONST(value + p) * gathered;
	}
	for (; p < end; p++)
		tail += value[p] * x[index[p]];
	return co_vec4_sum(s) + tail;
}

CO_CLONES static void
multiply_transposed(const CoCsc *a, double alpha, const double *x, double *y)
{
	for (int j = 0; j < a->ncol; j++)
		y[j] += alpha * dot_entries(a, a->start[j], a->start[j + 1], x);
}

void
co_csc_tmul_add(const CoCsc *a, double alpha, const double *x, double *y)
{
	multiply_transposed(a, alpha, x, y);
}

/*
 * Column j of A times x_j into ax; the product with y: both in one pass, since
 * it is the matrix that has to come from memory.
 */
CO_INLINE double
both_column(const CoCsc *a, int p, int end, double scaled, const double *y, double *ax)
{
	CoVec4		s = CO_VEC4_ZERO;
	double		tail = 0.0;

	if (end - p >= LANES && co_csc_is_run(a, p, end))
		for (; end - p >= LANES; p += LANES)
		{
			CoVec4		v = CO_VEC4_CONST(a->value + p);
			int			i = a->index[p];

			CO_VEC4(ax + i) += v * scaled;
			s += v * CO_VEC4_CONST(y + i);
		}
	for (; p < end; p++)
	{
		int			i = a->index[p];

		ax[i] += a->value[p] * scaled;
		tail += a->value[p] * y[i];
	}
	return co_vec4_sum(s) + tail;
}

CO_CLONES static void
multiply_both(const CoCsc *a, const double *x, const double *y, double *ax, double *aty)
{
	for (int j = 0; j < a->ncol; j++)
		aty[j] += both_column(a, a->start[j], a->start[j + 1], x[j], y, ax);
}

void
co_csc_mul_both_add(const CoCsc *a, const double *x, const double *y, double *ax, double *aty)
{
	multiply_both(a, x, y, ax, aty);
}

CO_CLONES static void
multiply_symmetric(const CoCsc *a, double alpha, const double *x, double *y)
{
	for (int j = 0; j < a->ncol; j++)
	{
		int			p = a->start[j],
					end = a->start[j + 1];
		double		diagonal = 0.0;

		/*
		 * Rows ascend from j on, so that a diagonal entry comes first; what
		 * is below it stands for both triangles.
		 */
		if (p < end && a->index[p] == j)
			diagonal = a->value[p++] * x[j];
		y[j] += alpha * (diagonal + both_column(a, p, end, alpha * x[j], x, y));
	}
}

void
co_csc_symmul_add(const CoCsc *a, double alpha, const double *x, double *y)
{
	multiply_symmetric(a, alpha, x, y);
}

CO_CLONES static double
quadratic(const CoCsc *a, const double *x)
{
	double		sum = 0.0;

	for (int j = 0; j < a->ncol; j++)
	{
		int			p = a->start[j];
		double		diagonal = 0.0;

		if (p < a->start[j + 1] && a->index[p] == j)
			diagonal = a->value[p++] * x[j];
		sum += x[j] * (diagonal + 2.0 * dot_entries(a, p, a->start[j + 1], x));
	}
	return sum;
}

double
co_csc_quadratic(const CoCsc *a, const double *x)
{
	return quadratic(a, x);
}
