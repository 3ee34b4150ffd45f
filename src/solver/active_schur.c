/*-------------------------------------------------------------------------
 *
 * solver/active_schur.c
 *	  The small dense Schur complement of solver/active_kkt.h.
 *
 * It has no sign: entries that came in and entries that went out have opposite
 * ones.  At most a hundred borders are factorized from scratch in less time
 * than one pass over the sparse factors takes.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/active_kkt.h"

#include <float.h>

#include "base/vec.h"

/* LU with partial pivoting; a pivot of 0 is left to show up as an error. */
void
co_active_schur_factor(CoActiveKkt *kkt)
{
	int			k = kkt->n_border,
				ld = kkt->room;
	double	   *lu = kkt->lu;

	for (int i = 0; i < k; i++)
		co_copy(k, kkt->schur + i * ld, lu + i * ld);
	for (int j = 0; j < k; j++)
	{
		int			p = j;

		for (int i = j + 1; i < k; i++)
			if (fabs(lu[i * ld + j]) > fabs(lu[p * ld + j]))
				p = i;
		kkt->pivot[j] = p;
		for (int c = 0; c < k && p != j; c++)
		{
			double		swap = lu[p * ld + c];

			lu[p * ld + c] = lu[j * ld + c];
			lu[j * ld + c] = swap;
		}
		if (lu[j * ld + j] == 0.0)
			lu[j * ld + j] = DBL_MIN;
		for (int i = j + 1; i < k; i++)
		{
			double		l = lu[i * ld + j] / lu[j * ld + j];

			lu[i * ld + j] = l;
			co_axpy(k - j - 1, -l, lu + j * ld + j + 1, lu + i * ld + j + 1);
		}
	}
	kkt->lu_valid = true;
}

void
co_active_schur_solve(const CoActiveKkt *kkt, double *s)
{
	int			k = kkt->n_border,
				ld = kkt->room;
	const double *lu = kkt->lu;

	for (int j = 0; j < k; j++)
	{
		double		swap = s[kkt->pivot[j]];

		s[kkt->pivot[j]] = s[j];
		s[j] = swap;
	}
	for (int i = 1; i < k; i++)
		s[i] -= co_dot(i, lu + i * ld, s);
	for (int i = k - 1; i >= 0; i--)
	{
		s[i] -= co_dot(k - i - 1, lu + i * ld + i + 1, s + i + 1);
		s[i] /= lu[i * ld + i];
	}
}
