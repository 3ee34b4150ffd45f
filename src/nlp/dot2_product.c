/*-------------------------------------------------------------------------
 *
 * nlp/dot2_product.c
 *	  The products of nlp/dot2_product.h.
 *
 * A column whose rows follow each other without a gap, as every column of a
 * dense matrix does, is done four rows at a time.  Which columns these are
 * depends on the matrix alone, and the lanes are added in one order, so the
 * digits are the same on every machine.
 *
 *-------------------------------------------------------------------------
 */
#include "nlp/dot2_product.h"

#include "base/vec.h"
#include "linalg/clones.h"
#include "nlp/dot2.h"

#define LANES	4

/* sum += a b for four sums: co_dot2_add_product, lane by lane */
CO_INLINE void
add_products(CoVec4 * hi, CoVec4 * lo, const CoVec4 * a, const CoVec4 * b)
{
	CoVec4		p = *a * *b;
	CoVec4		ta = CO_DEKKER_SPLIT * *a;
	CoVec4		tb = CO_DEKKER_SPLIT * *b;
	CoVec4		ah = ta - (ta - *a);
	CoVec4		bh = tb - (tb - *b);
	CoVec4		al = *a - ah;
	CoVec4		bl = *b - bh;
	CoVec4		s = *hi + p;
	CoVec4		t = s - *hi;

	*lo += ((*hi - (s - t)) + (p - t)) + (al * bl - (((p - ah * bh) - al * bh) - ah * bl));
	*hi = s;
}

CO_INLINE void
add_scalar_product(double *hi, double *lo, double a, double b)
{
	CoDot2		sum = {*hi, *lo};

	co_dot2_add_product(&sum, a, b);
	*hi = sum.hi;
	*lo = sum.lo;
}

CO_CLONES static void
multiply_twice(const CoCsc *a, const double *x, double *hi, double *lo)
{
	for (int j = 0; j < a->ncol; j++)
	{
		int			p = a->start[j],
					end = a->start[j + 1];

		if (end - p >= LANES && co_csc_is_run(a, p, end))
		{
			CoVec4		xj = CO_VEC4_ZERO + x[j];

			for (; end - p >= LANES; p += LANES)
			{
				int			i = a->index[p];
				CoVec4		h = CO_VEC4(hi + i),
							l = CO_VEC4(lo + i),
							v = CO_VEC4_CONST(a->value + p);

				add_products(&h, &l, &v, &xj);
				CO_VEC4(hi + i) = h;
				CO_VEC4(lo + i) = l;
			}
		}
		for (; p < end; p++)
			add_scalar_product(&hi[a->index[p]], &lo[a->index[p]], a->value[p], x[j]);
	}
}

/* Entries p .. of column j, four at a time, into both triangles; where it stopped. */
CO_INLINE int
symmetric_run(const CoCsc *s, int j, int p, int end, const double *x, double *hi, double *lo)
{
	CoVec4		xj = CO_VEC4_ZERO + x[j],
				row_hi = CO_VEC4_ZERO,
				row_lo = CO_VEC4_ZERO;

	for (; end - p >= LANES; p += LANES)
	{
		int			i = s->index[p];
		CoVec4		h = CO_VEC4(hi + i),
					l = CO_VEC4(lo + i),
					v = CO_VEC4_CONST(s->value + p),
					xi = CO_VEC4_CONST(x + i);

		add_products(&h, &l, &v, &xj);
		CO_VEC4(hi + i) = h;
		CO_VEC4(lo + i) = l;
		add_products(&row_hi, &row_lo, &v, &xi);
	}
	for (int lane = 0; lane < LANES; lane++)
	{
		CoDot2		sum = {hi[j], lo[j]};

		co_dot2_add(&sum, row_hi[lane]);
		hi[j] = sum.hi;
		lo[j] = sum.lo + row_lo[lane];
	}
	return p;
}

CO_CLONES static void
multiply_symmetric_twice(const CoCsc *s, const double *x, double *hi, double *lo)
{
	for (int j = 0; j < s->ncol; j++)
	{
		int			p = s->start[j],
					end = s->start[j + 1];

		if (p < end && s->index[p] == j)
		{
			add_scalar_product(&hi[j], &lo[j], s->value[p], x[j]);
			p++;
		}
		if (end - p >= LANES && co_csc_is_run(s, p, end))
			p = symmetric_run(s, j, p, end, x, hi, lo);
		for (; p < end; p++)
		{
			int			i = s->index[p];

			add_scalar_product(&hi[i], &lo[i], s->value[p], x[j]);
			add_scalar_product(&hi[j], &lo[j], s->value[p], x[i]);
		}
	}
}

void
co_dot2_mul(const CoCsc *a, const double *x, double *hi, double *lo)
{
	co_fill(a->nrow, 0.0, hi);
	co_fill(a->nrow, 0.0, lo);
	multiply_twice(a, x, hi, lo);
}

void
co_dot2_symmul(const CoCsc *lower, const double *x, double *hi, double *lo)
{
	co_fill(lower->nrow, 0.0, hi);
	co_fill(lower->nrow, 0.0, lo);
	multiply_symmetric_twice(lower, x, hi, lo);
}
