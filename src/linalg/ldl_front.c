/*-------------------------------------------------------------------------
 *
 * linalg/ldl_front.c
 *	  Pivoting inside the diagonal block of a front.
 *
 * [BK77] Bunch, Kaufman, "Some stable methods for calculating inertia and
 * solving symmetric linear systems", Math. Comp. 31 (1977) 163-179.
 * [AGL98] Ashcraft, Grimes, Lewis, "Accurate symmetric indefinite linear
 * equation solvers", SIAM J. Matrix Anal. Appl. 20 (1998) 513-561.
 * [SG06] Schenk, Gaertner, "On fast factorization pivoting methods for sparse
 * symmetric indefinite systems", ETNA 23 (2006) 158-179: pivots are sought in
 * the diagonal block only, and a pivot still too small is perturbed.
 *
 * Pivots are first taken in the given order, column by column, as long as
 * each dominates its column of the block; a quasi-definite matrix rarely needs
 * more.  At the first that does not, the rest of the block is brought up to
 * date and worked off with a search: the largest diagonal element if it
 * dominates its column, else by rook steps [AGL98] a 1x1 or a 2x2 pivot.
 *
 *-------------------------------------------------------------------------
 */
#include "linalg/ldl_private.h"

#include <string.h>

/*
 * A negligible pivot becomes this part of its row of K: the square root of the
 * precision, where its effects on the solution and on the growth meet [SG06].
 */
#define PERTURBATION	1.5e-8

/* Pivot and column operations address the block through this. */
#define AT(block, i, j)	((block)->a[(size_t) (i) + (size_t) (j) * (size_t) (block)->ld])

static double
row_norm(const CoBlock *block, int k)
{
	return co_ldl_row_norm(block->ldl, block->first + block->order[k]);
}

bool
co_block_negligible(const CoBlock *block, int k, double value)
{
	/* Row norms are worth their while only when some pivot is in doubt. */
	return co_pivot_is_negligible(value, block->ldl->largest) &&
		co_pivot_is_negligible(value, row_norm(block, k));
}

/* The pivot to put in place of a negligible one. */
double
co_block_perturbed(CoBlock *block, int k)
{
	double		norm = row_norm(block, k);
	int			sign = block->sign ? block->sign[block->row[block->order[k]]] : 1;

	block->n_perturbed++;
	return (sign < 0 ? -PERTURBATION : PERTURBATION) * (norm > 0.0 ? norm : 1.0);
}

/*
 * Largest off-diagonal entry, in size, of column j among the pivots from k on;
 * *at is its row.
 */
static double
column_max(const CoBlock *block, int k, int j, int *at)
{
	double		largest = 0.0;

	*at = -1;
	for (int c = k; c < j; c++)
		if (fabs(AT(block, j, c)) > largest)
		{
			largest = fabs(AT(block, j, c));
			*at = c;
		}
	for (int i = j + 1; i < block->np; i++)
		if (fabs(AT(block, i, j)) > largest)
		{
			largest = fabs(AT(block, i, j));
			*at = i;
		}
	return largest;
}

static void
exchange(double *a, double *b)
{
	double		t = *a;

	*a = *b;
	*b = t;
}

/* Exchange pivots k < r in the symmetric block, finished columns included. */
void
co_block_swap(CoBlock *block, int k, int r)
{
	int			place = block->order[k];

	block->swap[k] = r;
	if (k == r)
		return;
	block->swapped = true;
	block->order[k] = block->order[r];
	block->order[r] = place;
	for (int c = 0; c < k; c++)
		exchange(&AT(block, k, c), &AT(block, r, c));
	exchange(&AT(block, k, k), &AT(block, r, r));
	for (int i = k + 1; i < r; i++)
		exchange(&AT(block, i, k), &AT(block, r, i));
	for (int i = r + 1; i < block->nr; i++)
		exchange(&AT(block, i, k), &AT(block, i, r));
}

static void
eliminate_single(CoBlock *block, int k)
{
	double		d = AT(block, k, k);
	double	   *column = &AT(block, 0, k);
	double		inverse;

	if (co_block_negligible(block, k, d))
		d = co_block_perturbed(block, k);
	block->d[k] = d;
	block->e[k] = 0.0;
	inverse = 1.0 / d;
	for (int j = k + 1; j < block->np; j++)
	{
		double		w = column[j] * inverse;

		if (w != 0.0)
			block->ldl->kernels->rank1(block->nr - j, w, column + j, &AT(block, j, j));
	}
	for (int i = k + 1; i < block->nr; i++)
		column[i] *= inverse;
}

/* Pivots k and k + 1 as one block of order two. */
static void
eliminate_double(CoBlock *block, int k)
{
	double	   *first = &AT(block, 0, k),
			   *second = &AT(block, 0, k + 1);
	double		e = first[k + 1];
	double		a = first[k] / e,
				b = second[k + 1] / e;
	double		scale = 1.0 / (e * (a * b - 1.0));	/* inverse of det / e */

	block->d[k] = first[k];
	block->e[k] = e;
	block->d[k + 1] = second[k + 1];
	block->e[k + 1] = 0.0;
	for (int j = k + 2; j < block->np; j++)
	{
		double		u = (b * first[j] - second[j]) * scale,
					v = (a * second[j] - first[j]) * scale;

		block->ldl->kernels->rank1(block->nr - j, u, first + j, &AT(block, j, j));
		block->ldl->kernels->rank1(block->nr - j, v, second + j, &AT(block, j, j));
	}
	for (int i = k + 2; i < block->nr; i++)
	{
		double		u = (b * first[i] - second[i]) * scale,
					v = (a * second[i] - first[i]) * scale;

		first[i] = u;
		second[i] = v;
	}
	first[k + 1] = 0.0;
}

/*
 * From column r, whose diagonal does not dominate, go to the row of the
 * largest entry until a diagonal dominates there (1x1, *second = -1) or the
 * entry is the largest of both its rows, nearly (2x2).
 */
static void
search_rook(const CoBlock *block, int k, int r, int p, double largest,
			int *first, int *second)
{
	for (;;)
	{
		int			next;
		double		largest_p = column_max(block, k, p, &next);

		if (fabs(AT(block, p, p)) >= CO_PIVOT_ALPHA * largest_p)
		{
			*first = p;
			*second = -1;
			return;
		}
		if (largest_p <= CO_ROOK_GROWTH * largest)
		{
			*first = r;
			*second = p;
			return;
		}
		r = p;
		p = next;
		largest = largest_p;
	}
}

static void
choose_pivot(const CoBlock *block, int k, int *first, int *second)
{
	int			largest = k,
				at;
	double		column;

	*first = k;
	*second = -1;
	if (!co_block_negligible(block, k, AT(block, k, k)) &&
		fabs(AT(block, k, k)) >= CO_PIVOT_ALPHA * column_max(block, k, k, &at))
		return;
	for (int j = k + 1; j < block->np; j++)
		if (fabs(AT(block, j, j)) > fabs(AT(block, largest, largest)))
			largest = j;
	*first = largest;
	column = column_max(block, k, largest, &at);
	if (fabs(AT(block, largest, largest)) < CO_PIVOT_ALPHA * column &&
		!co_block_negligible(block, largest, column))
		search_rook(block, k, largest, at, column, first, second);
}

/* Work off the pivots from k on; their columns are up to date. */
static void
search_pivots(CoBlock *block, int from)
{
	for (int k = from; k < block->np;)
	{
		int			first,
					second;

		choose_pivot(block, k, &first, &second);
		co_block_swap(block, k, first);
		if (second == -1)
		{
			eliminate_single(block, k++);
			continue;
		}
		if (second == k)		/* it has just gone to first's place */
			second = first;
		co_block_swap(block, k + 1, second);
		eliminate_double(block, k);
		k += 2;
	}
}

/* w := row k of L, times D, of the columns before k */
static void
scaled_row(const CoBlock *block, int j, int k, double *w)
{
	for (int q = 0; q < k; q++)
		w[q] = AT(block, j, q) * block->d[q];
}

/* Column j minus the part of the finished columns 0 .. k-1, in block->column. */
static void
update_column(CoBlock *block, int j, int k)
{
	double	   *w = block->e;	/* not needed before a 2x2 pivot is made */

	memcpy(block->column, &AT(block, j, j), (size_t) (block->nr - j) * sizeof(double));
	if (k > 0)
	{
		scaled_row(block, j, k, w);
		block->ldl->kernels->column(block->nr - j, k, &AT(block, j, 0), block->ld, w, block->column);
	}
}

/* Does the column in work carry a pivot that dominates the block's rows? */
static bool
dominates(const CoBlock *block, int k)
{
	double		d = fabs(block->column[0]);

	if (co_block_negligible(block, k, d))
		return false;
	for (int i = 1; i < block->np - k; i++)
		if (fabs(block->column[i]) * CO_PIVOT_ALPHA > d)
			return false;
	return true;
}

static void
finish_column(CoBlock *block, int k)
{
	double		inverse = 1.0 / block->column[0];
	double	   *a = &AT(block, k, k);

	block->d[k] = block->column[0];
	block->order[k] = block->swap[k] = k;
	a[0] = block->column[0];
	for (int i = 1; i < block->nr - k; i++)
		a[i] = block->column[i] * inverse;
}

/* The block must be small enough for unblocked work. */
void
co_block_factor(CoBlock *block)
{
	int			k = 0;

	for (int j = 0; j < block->np; j++)
		block->order[j] = j;
	for (; k < block->np; k++)
	{
		update_column(block, k, k);
		if (!dominates(block, k))
			break;
		finish_column(block, k);
	}
	for (int j = k; j < block->np; j++)
	{
		update_column(block, j, k);
		memcpy(&AT(block, j, j), block->column, (size_t) (block->nr - j) * sizeof(double));
	}
	memset(block->e, 0, (size_t) k * sizeof(double));
	search_pivots(block, k);
}
