/*-------------------------------------------------------------------------
 *
 * linalg/ldl_block.c
 *	  Large fronts: the work is in matrix products, borrowed from the BLAS in
 *	  pieces of bounded work with a poll between them.
 *
 *-------------------------------------------------------------------------
 */
#include "linalg/ldl_private.h"

#include <string.h>

/*
 * Multiply-adds of one call.  The BLAS does at least eight in the time the
 * poll bound assumes for one of scalar code.
 */
#define CALL_WORK		(8.0 * CO_POLL_WORK)

/* Depth of one product: more does not fit the second level cache. */
#define CALL_DEPTH		256

static int
smaller(int a, int b)
{
	return a < b ? a : b;
}

/* Rows of a product of n x k per call, so that it stays within CALL_WORK. */
static int
rows_per_call(int m, int n, int k)
{
	double		rows = CALL_WORK / ((double) n * k);

	return rows >= m ? m : rows < CO_LANES ? CO_LANES : (int) rows / CO_LANES * CO_LANES;
}

/* C -= A B', C [m x n], A [m x k], B [n x k]; fresh: C holds nothing yet */
CoRc
co_large_update(CoLdl *ldl, CoTicker *ticker, int m, int n, int k,
				const double *a, int lda, const double *b, int ldb,
				double *c, int ldc, bool fresh)
{
	const double minus = -1.0,
				one = 1.0,
				zero = 0.0;
	CoRc		rc = CO_OK;

	for (int q = 0; q < k && !rc; q += CALL_DEPTH)
	{
		int			depth = smaller(CALL_DEPTH, k - q);
		int			step = rows_per_call(m, n, depth);

		for (int i = 0; i < m && !rc; i += step)
		{
			int			rows = smaller(step, m - i);

			ldl->blas->dgemm("N", "T", &rows, &n, &depth, &minus,
							 a + i + (size_t) q * lda, &lda,
							 b + (size_t) q * ldb, &ldb,
							 fresh && q == 0 ? &zero : &one, c + i, &ldc);
			rc = co_tick(ticker, (double) rows * n * depth / 8.0);
		}
	}
	return rc;
}

/* X := X L^-T for the unit lower triangle L [n x n], X [m x n] */
static CoRc
solve_columns(CoLdl *ldl, CoTicker *ticker, int m, int n,
			  const double *l, double *x, int ld)
{
	const double one = 1.0;
	int			step = rows_per_call(m, n, n);
	CoRc		rc = CO_OK;

	for (int i = 0; i < m && !rc; i += step)
	{
		int			rows = smaller(step, m - i);

		ldl->blas->dtrsm("R", "L", "T", "U", &rows, &n, &one, l, &ld, x + i, &ld);
		rc = co_tick(ticker, (double) rows * n * n / 8.0);
	}
	return rc;
}

/* The rows below the block follow its exchanges of pivots. */
static void
swap_columns(const CoBlock *block, double *below, int m)
{
	for (int k = 0; k < block->np; k++)
	{
		double	   *x = below + (size_t) k * block->ld,
				   *y = below + (size_t) block->swap[k] * block->ld;

		if (x == y)
			continue;
		for (int i = 0; i < m; i++)
		{
			double		t = x[i];

			x[i] = y[i];
			y[i] = t;
		}
	}
}

/* X := X D^-1 */
static void
divide_columns(const CoBlock *block, double *x, int m)
{
	for (int k = 0; k < block->np; k++, x += block->ld)
	{
		if (block->e[k] == 0.0)
		{
			double		inverse = 1.0 / block->d[k];

			for (int i = 0; i < m; i++)
				x[i] *= inverse;
		}
		else
		{
			double		e = block->e[k],
						a = block->d[k] / e,
						b = block->d[k + 1] / e,
						scale = 1.0 / (e * (a * b - 1.0));
			double	   *y = x + block->ld;

			for (int i = 0; i < m; i++)
			{
				double		u = (b * x[i] - y[i]) * scale;

				y[i] = (a * y[i] - x[i]) * scale;
				x[i] = u;
			}
			k++;
			x = y;
		}
	}
}

/*
 * Factor the diagonal block, then L21 := A21 L11^-T D^-1, by panels of
 * columns: the rows below are W = L21 D until the last step.
 */
CoRc
co_large_front(CoLdl *ldl, CoTicker *ticker, const CoFront *front, CoBlock *block)
{
	int			m = co_front_rows_below(front),
				ld = block->ld;
	double	   *below = block->a + block->np;
	CoRc		rc = CO_OK;

	if (block->np > CO_PANEL_COLUMNS)
		rc = co_block_factor_panels(ldl, ticker, block);
	else
		co_block_factor(block);
	if (rc || m == 0)
		return rc;
	if (block->swapped)
		swap_columns(block, below, m);
	for (int k = 0; k < block->np && !rc; k += CO_PANEL_COLUMNS)
	{
		int			n = smaller(CO_PANEL_COLUMNS, block->np - k);
		double	   *x = below + (size_t) k * ld;

		if (k > 0)
			rc = co_large_update(ldl, ticker, m, n, k, below, ld,
								 block->a + k, ld, x, ld, false);
		if (!rc)
			rc = solve_columns(ldl, ticker, m, n, block->a + k + (size_t) k * ld, x, ld);
	}
	divide_columns(block, below, m);
	return rc;
}
