/*-------------------------------------------------------------------------
 *
 * linalg/ldl_kernel.c
 *	  Vector loops of the small fronts and of the solves.
 *
 * Each is compiled for several instruction sets and chosen when the library
 * is loaded.  Products and sums stay separate (-ffp-contract=off) and every
 * element is summed in the same order for any register width, so that results
 * do not depend on the machine.
 *
 * Reads beyond a column's end meet other doubles of the same array, and reach
 * only rows of padding.
 *
 *-------------------------------------------------------------------------
 */
#include "linalg/ldl_private.h"

#define CLONES __attribute__((target_clones("avx512f", "avx2", "default")))

typedef double Wide __attribute__((vector_size(CO_LANES * sizeof(double)),
								   aligned(sizeof(double)), may_alias));
typedef double Half __attribute__((vector_size(CO_HALF_LANES * sizeof(double)),
								   aligned(sizeof(double)), may_alias));

#define LOAD(type, p)		(*(const type *) (p))
#define STORE(type, p, v)	(*(type *) (p) = (v))

/* column -= L w;  L [m x k], column padded */
CLONES void
co_kernel_column(int m, int k, const double *l, int ld, const double *w, double *column)
{
	int			i = 0;

	for (; i + CO_HALF_LANES < m; i += CO_LANES)
	{
		Wide		sum = LOAD(Wide, column + i);
		const double *p = l + i;

		for (int q = 0; q < k; q++, p += ld)
			sum -= LOAD(Wide, p) * w[q];
		STORE(Wide, column + i, sum);
	}
	if (i < m)
	{
		Half		sum = LOAD(Half, column + i);
		const double *p = l + i;

		for (int q = 0; q < k; q++, p += ld)
			sum -= LOAD(Half, p) * w[q];
		STORE(Half, column + i, sum);
	}
}

/*
 * Four columns C -= L W;  L [m x k], W [k x 4] by rows.  m is a multiple of
 * CO_LANES, or at most CO_HALF_LANES.  fresh: C holds nothing yet.
 */
CLONES void
co_kernel_update(int m, int k, const double *l, int ld, const double *w,
				 double *c, int ldc, bool fresh)
{
	double	   *c0 = c,
			   *c1 = c + ldc,
			   *c2 = c + 2 * (size_t) ldc,
			   *c3 = c + 3 * (size_t) ldc;
	int			i = 0;

	for (; i + CO_HALF_LANES < m; i += CO_LANES)
	{
		Wide		s0 = {0.0},
					s1 = {0.0},
					s2 = {0.0},
					s3 = {0.0};
		const double *p = l + i;
		const double *wq = w;

		if (!fresh)
		{
			s0 = LOAD(Wide, c0 + i);
			s1 = LOAD(Wide, c1 + i);
			s2 = LOAD(Wide, c2 + i);
			s3 = LOAD(Wide, c3 + i);
		}
		for (int q = 0; q < k; q++, p += ld, wq += 4)
		{
			Wide		x = LOAD(Wide, p);

			s0 -= x * wq[0];
			s1 -= x * wq[1];
			s2 -= x * wq[2];
			s3 -= x * wq[3];
		}
		STORE(Wide, c0 + i, s0);
		STORE(Wide, c1 + i, s1);
		STORE(Wide, c2 + i, s2);
		STORE(Wide, c3 + i, s3);
	}
	if (i < m)
	{
		Half		s0 = {0.0},
					s1 = {0.0},
					s2 = {0.0},
					s3 = {0.0};
		const double *p = l + i;
		const double *wq = w;

		if (!fresh)
		{
			s0 = LOAD(Half, c0 + i);
			s1 = LOAD(Half, c1 + i);
			s2 = LOAD(Half, c2 + i);
			s3 = LOAD(Half, c3 + i);
		}
		for (int q = 0; q < k; q++, p += ld, wq += 4)
		{
			Half		x = LOAD(Half, p);

			s0 -= x * wq[0];
			s1 -= x * wq[1];
			s2 -= x * wq[2];
			s3 -= x * wq[3];
		}
		STORE(Half, c0 + i, s0);
		STORE(Half, c1 + i, s1);
		STORE(Half, c2 + i, s2);
		STORE(Half, c3 + i, s3);
	}
}

/* y -= a x, exactly m elements */
CLONES void
co_kernel_rank1(int m, double a, const double *x, double *y)
{
	int			i = 0;

	for (; i + CO_LANES <= m; i += CO_LANES)
		STORE(Wide, y + i, LOAD(Wide, y + i) - LOAD(Wide, x + i) * a);
	for (; i < m; i++)
		y[i] -= x[i] * a;
}

/* y += x, exactly m elements */
CLONES void
co_kernel_add(int m, const double *x, double *y)
{
	int			i = 0;

	for (; i + CO_LANES <= m; i += CO_LANES)
		STORE(Wide, y + i, LOAD(Wide, y + i) + LOAD(Wide, x + i));
	for (; i < m; i++)
		y[i] += x[i];
}

/* t := L x;  L [m x k], t padded */
CLONES void
co_kernel_forward(int m, int k, const double *l, int ld, const double *x, double *t)
{
	for (int i = 0; i < m; i += CO_LANES)
	{
		Wide		sum = {0.0};
		const double *p = l + i;

		for (int q = 0; q < k; q++, p += ld)
			sum += LOAD(Wide, p) * x[q];
		STORE(Wide, t + i, sum);
	}
}

/* Sum of the elements, in one order for every register width. */
#define SUM(v)	((((v)[0] + (v)[4]) + ((v)[1] + (v)[5])) + (((v)[2] + (v)[6]) + ((v)[3] + (v)[7])))

/* x -= L' t;  L [m x k] */
CLONES void
co_kernel_backward(int m, int k, const double *l, int ld, const double *t, double *x)
{
	int			whole = m / CO_LANES * CO_LANES;
	int			q = 0;

	for (; q + 4 <= k; q += 4)
	{
		const double *l0 = l + (size_t) q * ld,
				   *l1 = l0 + ld,
				   *l2 = l1 + ld,
				   *l3 = l2 + ld;
		Wide		v0 = {0.0},
					v1 = {0.0},
					v2 = {0.0},
					v3 = {0.0};
		double		s0,
					s1,
					s2,
					s3;

		for (int i = 0; i < whole; i += CO_LANES)
		{
			Wide		y = LOAD(Wide, t + i);

			v0 += LOAD(Wide, l0 + i) * y;
			v1 += LOAD(Wide, l1 + i) * y;
			v2 += LOAD(Wide, l2 + i) * y;
			v3 += LOAD(Wide, l3 + i) * y;
		}
		s0 = SUM(v0);
		s1 = SUM(v1);
		s2 = SUM(v2);
		s3 = SUM(v3);
		for (int i = whole; i < m; i++)
		{
			s0 += l0[i] * t[i];
			s1 += l1[i] * t[i];
			s2 += l2[i] * t[i];
			s3 += l3[i] * t[i];
		}
		x[q] -= s0;
		x[q + 1] -= s1;
		x[q + 2] -= s2;
		x[q + 3] -= s3;
	}
	for (; q < k; q++)
	{
		const double *l0 = l + (size_t) q * ld;
		Wide		v0 = {0.0};
		double		s0;

		for (int i = 0; i < whole; i += CO_LANES)
			v0 += LOAD(Wide, l0 + i) * LOAD(Wide, t + i);
		s0 = SUM(v0);
		for (int i = whole; i < m; i++)
			s0 += l0[i] * t[i];
		x[q] -= s0;
	}
}
