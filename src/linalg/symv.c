/*-------------------------------------------------------------------------
 *
 * linalg/symv.c
 *	  A symmetric matrix, given by its lower triangle, times a vector.
 *
 * The product reads n^2 / 2 entries once and does little with each: beyond the
 * caches it runs at the speed of memory, so that a library has nothing to add,
 * and a loop of one's own can be polled.
 *
 *-------------------------------------------------------------------------
 */
#include "linalg/chol.h"

#include "linalg/clones.h"

#define GROUP	4				/* columns in one pass, the width of CoVec4 */

/* y := y + scaled column, dot with x: the entries of rows i .. n-1 of one column. */
CO_INLINE double
apply_column(int i, int n, const double *a, double scaled, const double *x, double *y)
{
	double		sum = 0.0;

	for (; i < n; i++)
	{
		y[i] += a[i] * scaled;
		sum += a[i] * x[i];
	}
	return sum;
}

/* Rows first .. n-1 of four columns; n - first is a multiple of GROUP. */
CO_INLINE void
apply_group(int first, int n, const double *a, size_t lda, const double *scaled,
			const double *x, double *y, double *sum)
{
	CoVec4		s0 = CO_VEC4_ZERO,
				s1 = CO_VEC4_ZERO,
				s2 = CO_VEC4_ZERO,
				s3 = CO_VEC4_ZERO;

	for (int i = first; i < n; i += GROUP)
	{
		CoVec4		a0 = CO_VEC4_CONST(a + i);
		CoVec4		a1 = CO_VEC4_CONST(a + lda + i);
		CoVec4		a2 = CO_VEC4_CONST(a + 2 * lda + i);
		CoVec4		a3 = CO_VEC4_CONST(a + 3 * lda + i);
		CoVec4		xi = CO_VEC4_CONST(x + i);
		CoVec4		yi = CO_VEC4(y + i);

		yi += (a0 * scaled[0] + a1 * scaled[1]) + (a2 * scaled[2] + a3 * scaled[3]);
		s0 += a0 * xi;
		s1 += a1 * xi;
		s2 += a2 * xi;
		s3 += a3 * xi;
		CO_VEC4(y + i) = yi;
	}
	sum[0] += co_vec4_sum(s0);
	sum[1] += co_vec4_sum(s1);
	sum[2] += co_vec4_sum(s2);
	sum[3] += co_vec4_sum(s3);
}

/* Columns first .. last-1, last - first at most GROUP. */
CO_INLINE void
apply_columns(int first, int last, int n, double alpha, const double *a, size_t lda,
			  const double *x, double *y)
{
	const double *column = a + (size_t) first * lda;
	double		scaled[GROUP] = {0.0, 0.0, 0.0, 0.0};
	double		sum[GROUP] = {0.0, 0.0, 0.0, 0.0};
	int			rest = last + (n - last) % GROUP;

	for (int j = first; j < last; j++)
	{
		const double *aj = a + (size_t) j * lda;
		int			end = last - first == GROUP ? rest : n;

		scaled[j - first] = alpha * x[j];
		sum[j - first] = aj[j] * x[j] + apply_column(j + 1, end, aj, scaled[j - first], x, y);
	}
	if (last - first == GROUP)
		apply_group(rest, n, column, lda, scaled, x, y, sum);
	for (int j = first; j < last; j++)
		y[j] += alpha * sum[j - first];
}

CO_CLONES static void
apply_range(int first, int last, int n, double alpha, const double *a, size_t lda,
			const double *x, double *y)
{
	for (int j = first; j < last; j += GROUP)
		apply_columns(j, last - j < GROUP ? last : j + GROUP, n, alpha, a, lda, x, y);
}

CoRc
co_symv_add(const CoArena *arena, int n, double alpha, const double *a, int lda,
			const double *x, double *y)
{
	int			columns = (CO_POLL_WORK / (n > 0 ? n : 1) / GROUP + 1) * GROUP;

	for (int first = 0; first < n; first += columns)
	{
		CoRc		rc = co_poll(arena);

		if (rc)
			return rc;
		apply_range(first, n - first < columns ? n : first + columns, n, alpha, a,
					(size_t) lda, x, y);
	}
	return CO_OK;
}
