/*-------------------------------------------------------------------------
 *
 * linalg/ldl_panel.c
 *	  Pivoting inside a diagonal block too large for unblocked work.
 *
 * The panel scheme of LAPACK's dsytrf [ABB99, routine dlasyf]: the columns of
 * a panel are brought up to date one by one when they are looked at, and the
 * rest of the block by matrix products when the panel is full.  Any pivot of
 * the block may be chosen, by the rules of ldl_front.c.
 *
 * [ABB99] Anderson et al., LAPACK Users' Guide, 3rd ed., SIAM 1999.
 *
 *-------------------------------------------------------------------------
 */
#include "linalg/ldl_private.h"

#include <string.h>

typedef struct Panel
{
	CoBlock    *block;
	int			start;			/* its first pivot */
	int			k;				/* the pivot to be chosen */
	double	   *w;				/* [np x CO_PANEL_COLUMNS] L D */
	double	   *row;			/* a row of w */
	double	   *column,			/* candidates: rows k .. np - 1, up to date */
			   *other;
} Panel;

#define AT(block, i, j)	((block)->a[(size_t) (i) + (size_t) (j) * (size_t) (block)->ld])
#define W(panel, i, q)	((panel)->w[(size_t) (i) + (size_t) (q) * (size_t) (panel)->block->np])

/* t := rows k .. np - 1 of column j, up to date */
static void
fetch_column(const Panel *panel, int j, double *t)
{
	const CoBlock *block = panel->block;
	int			k = panel->k,
				done = k - panel->start;

	for (int i = k; i < j; i++)
		t[i - k] = AT(block, j, i);
	memcpy(t + (j - k), &AT(block, j, j), (size_t) (block->np - j) * sizeof(double));
	for (int q = 0; q < done; q++)
		panel->row[q] = W(panel, j, q);
	if (done > 0)
		block->ldl->kernels->column(block->np - k, done, &AT(block, k, panel->start), block->ld,
									panel->row, t);
}

/* Largest entry of a fetched column but its diagonal, at pivot self. */
static double
largest_entry(const Panel *panel, const double *t, int self, int *at)
{
	double		largest = 0.0;

	*at = -1;
	for (int i = panel->k; i < panel->block->np; i++)
		if (i != self && fabs(t[i - panel->k]) > largest)
		{
			largest = fabs(t[i - panel->k]);
			*at = i;
		}
	return largest;
}

static int
largest_diagonal(const Panel *panel)
{
	const CoBlock *block = panel->block;
	double		largest = -1.0;
	int			at = panel->k;

	for (int i = panel->k; i < block->np; i++)
	{
		double		d = AT(block, i, i);

		for (int q = 0; q < panel->k - panel->start; q++)
			d -= AT(block, i, panel->start + q) * W(panel, i, q);
		if (fabs(d) > largest)
		{
			largest = fabs(d);
			at = i;
		}
	}
	return at;
}

static void
exchange_columns(Panel *panel)
{
	double	   *t = panel->column;

	panel->column = panel->other;
	panel->other = t;
}

/*
 * Choose as choose_pivot in ldl_front.c does.  The columns of *first and
 * *second (-1: a single pivot) are left in column and other.
 */
static void
choose_pivot(Panel *panel, int *first, int *second)
{
	int			k = panel->k,
				at;
	double		largest;

	*first = k;
	*second = -1;
	fetch_column(panel, k, panel->column);
	if (!co_block_negligible(panel->block, k, panel->column[0]) &&
		fabs(panel->column[0]) >= CO_PIVOT_ALPHA * largest_entry(panel, panel->column, k, &at))
		return;
	*first = largest_diagonal(panel);
	fetch_column(panel, *first, panel->column);
	largest = largest_entry(panel, panel->column, *first, &at);
	if (fabs(panel->column[*first - k]) >= CO_PIVOT_ALPHA * largest ||
		co_block_negligible(panel->block, *first, largest))
		return;
	for (;;)
	{
		int			next;
		double		larger;

		fetch_column(panel, at, panel->other);
		larger = largest_entry(panel, panel->other, at, &next);
		if (fabs(panel->other[at - k]) >= CO_PIVOT_ALPHA * larger)
		{
			*first = at;
			exchange_columns(panel);
			return;
		}
		if (larger <= CO_ROOK_GROWTH * largest)
		{
			*second = at;
			return;
		}
		*first = at;
		exchange_columns(panel);
		at = next;
		largest = larger;
	}
}

static void
exchange(double *a, double *b)
{
	double		t = *a;

	*a = *b;
	*b = t;
}

/* Bring pivot r to place i >= k, in the block, in w and in the candidates. */
static void
move_pivot(Panel *panel, int i, int r)
{
	co_block_swap(panel->block, i, r);
	if (i == r)
		return;
	for (int q = 0; q < panel->k - panel->start; q++)
		exchange(&W(panel, i, q), &W(panel, r, q));
	exchange(&panel->column[i - panel->k], &panel->column[r - panel->k]);
	exchange(&panel->other[i - panel->k], &panel->other[r - panel->k]);
}

static void
take_single(Panel *panel)
{
	CoBlock    *block = panel->block;
	int			k = panel->k,
				n = block->np - k;
	double	   *a = &AT(block, k, k);
	double	   *w = &W(panel, k, k - panel->start);
	double		d = panel->column[0];
	double		inverse;

	if (co_block_negligible(block, k, d))
		d = co_block_perturbed(block, k);
	inverse = 1.0 / d;
	block->d[k] = a[0] = w[0] = d;
	block->e[k] = 0.0;
	for (int i = 1; i < n; i++)
	{
		w[i] = panel->column[i];
		a[i] = w[i] * inverse;
	}
	panel->k++;
}

static void
take_double(Panel *panel)
{
	CoBlock    *block = panel->block;
	int			k = panel->k,
				n = block->np - k;
	double	   *first = &AT(block, k, k),
			   *second = &AT(block, k, k + 1);
	double	   *w1 = &W(panel, k, k - panel->start),
			   *w2 = w1 + block->np;
	double		e = panel->column[1];
	double		a = panel->column[0] / e,
				b = panel->other[1] / e;
	double		scale = 1.0 / (e * (a * b - 1.0));	/* inverse of det / e */

	block->d[k] = panel->column[0];
	block->e[k] = e;
	block->d[k + 1] = panel->other[1];
	block->e[k + 1] = 0.0;
	for (int i = 0; i < n; i++)
	{
		w1[i] = panel->column[i];
		w2[i] = panel->other[i];
	}
	for (int i = 2; i < n; i++)
	{
		first[i] = (b * w1[i] - w2[i]) * scale;
		second[i] = (a * w2[i] - w1[i]) * scale;
	}
	first[1] = 0.0;
	panel->k += 2;
}

/* Fill the panel; it may end one column early, before a double pivot. */
static CoRc
fill_panel(Panel *panel, CoTicker *ticker)
{
	CoBlock    *block = panel->block;
	int			end = panel->start + CO_PANEL_COLUMNS;
	CoRc		rc = CO_OK;

	if (end > block->np)
		end = block->np;
	while (panel->k < end && !rc)
	{
		int			first,
					second;

		choose_pivot(panel, &first, &second);
		if (second != -1 && panel->k + 1 == panel->start + CO_PANEL_COLUMNS)
			break;
		move_pivot(panel, panel->k, first);
		if (second == -1)
			take_single(panel);
		else
		{
			if (second == panel->k) /* it has just gone to first's place */
				second = first;
			move_pivot(panel, panel->k + 1, second);
			take_double(panel);
		}
		rc = co_tick(ticker, (double) (block->np - panel->k) * (panel->k - panel->start + 2));
	}
	return rc;
}

/* The rest of the block minus L D L' of the panel, by column blocks. */
static CoRc
update_rest(CoLdl *ldl, CoTicker *ticker, const Panel *panel)
{
	const CoBlock *block = panel->block;
	CoRc		rc = CO_OK;

	for (int j = panel->k; j < block->np && !rc; j += CO_UPDATE_COLUMNS)
	{
		int			n = block->np - j;

		if (n > CO_UPDATE_COLUMNS)
			n = CO_UPDATE_COLUMNS;
		rc = co_large_update(ldl, ticker, block->np - j, n, panel->k - panel->start,
							 &AT(block, j, panel->start), block->ld, &W(panel, j, 0),
							 block->np, &AT(block, j, j), block->ld, false);
	}
	return rc;
}

CoRc
co_block_factor_panels(CoLdl *ldl, CoTicker *ticker, CoBlock *block)
{
	Panel		panel = {
		.block = block,
		.w = ldl->panel,
		.row = ldl->coefficient,
		.column = ldl->column,
		.other = ldl->other_column,
	};
	CoRc		rc = CO_OK;

	for (int j = 0; j < block->np; j++)
		block->order[j] = j;
	while (panel.k < block->np && !rc)
	{
		panel.start = panel.k;
		rc = fill_panel(&panel, ticker);
		if (!rc)
			rc = update_rest(ldl, ticker, &panel);
	}
	return rc;
}
