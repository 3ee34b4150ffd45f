/*-------------------------------------------------------------------------
 *
 * linalg/ldl_many.c
 *	  X := P' L'^-1 D^-1 L^-1 P X for several right-hand sides at once.
 *
 * An entry of L is read once for all of them: what waits for memory with one
 * right-hand side runs at the processor's speed with many.  Row i of X holds
 * entry i of each; for the BLAS, which counts by columns, that is X'.
 *
 *-------------------------------------------------------------------------
 */
#include "linalg/ldl_private.h"

#include <string.h>

#include "base/vec.h"
#include "linalg/rows.h"

/* Pivots taken by one call of the BLAS, times rows, times right-hand sides: bounded work. */
#define PANEL			128

static const double one = 1.0;
static const double minus = -1.0;
static const double zero = 0.0;

typedef struct Many
{
	CoLdl	   *ldl;
	CoTicker	ticker;
	int			k;				/* right-hand sides */
	double	   *x;				/* [n][k] in pivot order */
	double	   *below;			/* [rows below][k] of the front in work */
} Many;

CO_INLINE double *
row_of(const Many *many, int i)
{
	return many->x + (size_t) i * (size_t) many->k;
}

/* Rows of the front's pivots in the order they were taken, and back. */
static void
permute_rows(const Many *many, const CoFront *front, bool back)
{
	const int  *order = many->ldl->pivot_order + front->first;
	double	   *mine = row_of(many, front->first);
	double	   *old = many->below;
	size_t		k = (size_t) many->k;

	if (!front->swapped)
		return;
	memcpy(old, mine, (size_t) front->np * k * sizeof(double));
	for (int p = 0; p < front->np; p++)
		co_copy(many->k, old + k * (size_t) (back ? p : order[p]),
				mine + k * (size_t) (back ? order[p] : p));
}

/*--------------------------------------------------------------------------
 * Small fronts
 *--------------------------------------------------------------------------
 */

/*
 * Right-hand sides are mostly zero before the elimination comes to where they
 * are not.
 */
CO_CLONES static void
forward_small(const Many *many, const CoFront *front)
{
	const double *l = many->ldl->l + front->l_at;
	const int  *row = many->ldl->row + front->row_at;

	for (int p = 0; p < front->np; p++)
	{
		const double *column = l + (size_t) p * (size_t) front->nf;
		const double *pivot = row_of(many, front->first + p);

		if (co_row_is_zero(many->k, pivot))
			continue;
		for (int i = p + 1; i < front->np; i++)
			co_row_axpy(many->k, -column[i], pivot, row_of(many, front->first + i));
		for (int i = front->np; i < front->nf; i++)
			co_row_axpy(many->k, -column[i], pivot, row_of(many, row[i - front->np]));
	}
}

CO_CLONES static void
backward_small(const Many *many, const CoFront *front)
{
	const double *l = many->ldl->l + front->l_at;
	const int  *row = many->ldl->row + front->row_at;

	for (int p = front->np - 1; p >= 0; p--)
	{
		const double *column = l + (size_t) p * (size_t) front->nf;
		double	   *pivot = row_of(many, front->first + p);

		for (int i = p + 1; i < front->np; i++)
			co_row_axpy(many->k, -column[i], row_of(many, front->first + i), pivot);
		for (int i = front->np; i < front->nf; i++)
			co_row_axpy(many->k, -column[i], row_of(many, row[i - front->np]), pivot);
	}
}

/*--------------------------------------------------------------------------
 * Large ones, by panels of pivots
 *--------------------------------------------------------------------------
 */

static CoRc
forward_large(Many *many, const CoFront *front)
{
	const CoBlas *blas = many->ldl->blas;
	const double *l = many->ldl->l + front->l_at;
	const int  *row = many->ldl->row + front->row_at;
	int			k = many->k,
				nf = front->nf,
				m = nf - front->np;
	CoRc		rc = CO_OK;

	for (int p = 0; p < front->np && !rc; p += PANEL)
	{
		int			width = front->np - p < PANEL ? front->np - p : PANEL;
		int			rest = front->np - p - width;
		const double *panel = l + (size_t) p * (size_t) nf + p;
		double	   *x = row_of(many, front->first + p);

		blas->dtrsm("R", "L", "T", "U", &k, &width, &one, panel, &nf, x, &k);
		if (rest > 0)
			blas->dgemm("N", "T", &k, &rest, &width, &minus, x, &k, panel + width, &nf, &one,
						x + (size_t) width * (size_t) k, &k);
		if (m > 0)
			blas->dgemm("N", "T", &k, &m, &width, &one, x, &k, panel + (front->np - p), &nf,
						p == 0 ? &zero : &one, many->below, &k);
		rc = co_tick(&many->ticker, (double) k * width * (nf - p) / 8.0);
	}
	for (int i = 0; i < m; i++)
		co_axpy(k, -1.0, many->below + (size_t) i * (size_t) k, row_of(many, row[i]));
	return rc;
}

static CoRc
backward_large(Many *many, const CoFront *front)
{
	const CoBlas *blas = many->ldl->blas;
	const double *l = many->ldl->l + front->l_at;
	const int  *row = many->ldl->row + front->row_at;
	int			k = many->k,
				nf = front->nf,
				m = nf - front->np;
	int			last = (front->np - 1) / PANEL * PANEL;
	CoRc		rc = CO_OK;

	for (int i = 0; i < m; i++)
		co_copy(k, row_of(many, row[i]), many->below + (size_t) i * (size_t) k);
	for (int p = last; p >= 0 && !rc; p -= PANEL)
	{
		int			width = front->np - p < PANEL ? front->np - p : PANEL;
		int			rest = front->np - p - width;
		const double *panel = l + (size_t) p * (size_t) nf + p;
		double	   *x = row_of(many, front->first + p);

		if (m > 0)
			blas->dgemm("N", "N", &k, &width, &m, &minus, many->below, &k,
						panel + (front->np - p), &nf, &one, x, &k);
		if (rest > 0)
			blas->dgemm("N", "N", &k, &width, &rest, &minus, x + (size_t) width * (size_t) k, &k,
						panel + width, &nf, &one, x, &k);
		blas->dtrsm("R", "L", "N", "U", &k, &width, &one, panel, &nf, x, &k);
		rc = co_tick(&many->ticker, (double) k * width * (nf - p) / 8.0);
	}
	return rc;
}

static CoRc
pass(Many *many, const CoFront *front, bool back)
{
	CoRc		rc;

	if (!back)
		permute_rows(many, front, false);
	if (many->ldl->blas && co_front_is_large(front->np, front->nf))
		rc = back ? backward_large(many, front) : forward_large(many, front);
	else
	{
		if (back)
			backward_small(many, front);
		else
			forward_small(many, front);
		rc = co_tick(&many->ticker, ((double) front->np * front->nf + CO_ACCESS_COST * front->nf) * many->k);
	}
	if (back)
		permute_rows(many, front, true);
	return rc;
}

static void
divide_rows(const Many *many)
{
	const double *d = many->ldl->d_inverse,
			   *e = many->ldl->e_inverse;

	for (int i = 0; i < many->ldl->n; i++)
	{
		double	   *x = row_of(many, i);

		if (e[i] == 0.0)
			co_scale(many->k, d[i], x);
		else
		{
			double	   *y = row_of(many, i + 1);

			for (int c = 0; c < many->k; c++)
			{
				double		x0 = x[c];

				x[c] = d[i] * x0 + e[i] * y[c];
				y[c] = e[i] * x0 + d[i + 1] * y[c];
			}
			i++;
		}
	}
}

CoRc
co_ldl_solve_many(CoLdl *ldl, int k, double *x, double *work)
{
	Many		many = {
		.ldl = ldl, .ticker = co_ticker(ldl->arena), .k = k, .x = work,
		.below = work + (size_t) ldl->n * (size_t) k
	};
	CoRc		rc = CO_OK;

	for (int i = 0; i < ldl->n; i++)
		co_copy(k, x + (size_t) ldl->perm[i] * (size_t) k, row_of(&many, i));
	for (int f = 0; f < ldl->n_fronts && !rc; f++)
		rc = pass(&many, &ldl->front[f], false);
	divide_rows(&many);
	for (int f = ldl->n_fronts - 1; f >= 0 && !rc; f--)
		rc = pass(&many, &ldl->front[f], true);
	if (rc)
		return rc;
	for (int i = 0; i < ldl->n; i++)
		co_copy(k, row_of(&many, i), x + (size_t) ldl->perm[i] * (size_t) k);
	return co_poll(ldl->arena);
}
