/*-------------------------------------------------------------------------
 *
 * linalg/ldl_solve.c
 *	  x := P' L'^-1 D^-1 L^-1 P x.
 *
 *-------------------------------------------------------------------------
 */
#include "linalg/ldl_private.h"

#include <string.h>

#include "base/vec.h"

/* An entry of L is used once and comes from memory: its cost in operations. */
#define STREAM_COST		4.0
#define SOLVE_COST		1000.0	/* of a solve, beside its entries */

/* x[k] := x[pivot_order[k]] in the front, and back. */
static void
to_pivot_order(const CoLdl *ldl, const CoFront *front, double *x)
{
	const int  *order = ldl->pivot_order + front->first;
	double	   *old = ldl->column;

	if (!front->swapped)
		return;
	memcpy(old, x, (size_t) front->np * sizeof(double));
	for (int k = 0; k < front->np; k++)
		x[k] = old[order[k]];
}

static void
from_pivot_order(const CoLdl *ldl, const CoFront *front, double *x)
{
	const int  *order = ldl->pivot_order + front->first;
	double	   *old = ldl->column;

	if (!front->swapped)
		return;
	memcpy(old, x, (size_t) front->np * sizeof(double));
	for (int k = 0; k < front->np; k++)
		x[order[k]] = old[k];
}

static void
forward(const CoLdl *ldl, const CoFront *front, double *x)
{
	const double *l = ldl->l + front->l_at;
	const int  *row = ldl->row + front->row_at;
	int			np = front->np,
				nf = front->nf,
				m = nf - np;
	double	   *mine = x + front->first;

	if (np == 1)
	{
		double		x0 = mine[0];

		for (int i = 0; i < m; i++)
			x[row[i]] -= l[i + 1] * x0;
		return;
	}
	to_pivot_order(ldl, front, mine);
	for (int k = 0; k + 1 < np; k++)
		ldl->kernels->rank1(np - k - 1, mine[k], l + (size_t) k * nf + k + 1, mine + k + 1);
	if (m == 0)
		return;
	ldl->kernels->forward(m, np, l + np, nf, mine, ldl->column);
	for (int i = 0; i < m; i++)
		x[row[i]] -= ldl->column[i];
}

static void
backward(const CoLdl *ldl, const CoFront *front, double *x)
{
	const double *l = ldl->l + front->l_at;
	const int  *row = ldl->row + front->row_at;
	int			np = front->np,
				nf = front->nf,
				m = nf - np;
	double	   *mine = x + front->first;

	if (np == 1)
	{
		double		sum = 0.0;

		for (int i = 0; i < m; i++)
			sum += l[i + 1] * x[row[i]];
		mine[0] -= sum;
		return;
	}
	if (m > 0)
	{
		for (int i = 0; i < m; i++)
			ldl->column[i] = x[row[i]];
		memset(ldl->column + m, 0, CO_LANES * sizeof(double));
		ldl->kernels->backward(m, np, l + np, nf, ldl->column, mine);
	}
	for (int k = np - 2; k >= 0; k--)
		mine[k] -= co_dot(np - k - 1, l + (size_t) k * nf + k + 1, mine + k + 1);
	from_pivot_order(ldl, front, mine);
}

static void
divide(const CoLdl *ldl, double *x)
{
	const double *d = ldl->d_inverse,
			   *e = ldl->e_inverse;

	for (int k = 0; k < ldl->n; k++)
		if (e[k] == 0.0)
			x[k] *= d[k];
		else
		{
			double		x0 = x[k];

			x[k] = d[k] * x0 + e[k] * x[k + 1];
			x[k + 1] = e[k] * x0 + d[k + 1] * x[k + 1];
			k++;
		}
}

/* Of one pass through a front: its entries, and its rows of the right-hand side. */
static double
front_cost(const CoFront *front)
{
	return STREAM_COST * front->np * front->nf + CO_ACCESS_COST * front->nf;
}

CoRc
co_ldl_solve(CoLdl *ldl, double *x)
{
	double	   *y = ldl->x;
	CoRc		rc = CO_OK;

	for (int k = 0; k < ldl->n; k++)
		y[k] = x[ldl->perm[k]];
	for (int f = 0; f < ldl->n_fronts && !rc; f++)
	{
		forward(ldl, &ldl->front[f], y);
		rc = co_tick(&ldl->solves, front_cost(&ldl->front[f]));
	}
	divide(ldl, y);
	for (int f = ldl->n_fronts - 1; f >= 0 && !rc; f--)
	{
		backward(ldl, &ldl->front[f], y);
		rc = co_tick(&ldl->solves, front_cost(&ldl->front[f]));
	}
	if (rc)
		return rc;
	for (int k = 0; k < ldl->n; k++)
		x[ldl->perm[k]] = y[k];

	return co_tick(&ldl->solves, SOLVE_COST);
}
