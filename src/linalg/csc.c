/*-------------------------------------------------------------------------
 *
 * linalg/csc.c
 *	  The sparse matrices of linalg/csc.h.
 *
 * Building and transposing are counting sorts: linear in rows + columns +
 * entries, stable, so that the order of a sum never depends on anything but
 * the order of the input.  They poll by work; the products of csc_product.c do
 * not, they are one pass over the entries each.
 *
 *-------------------------------------------------------------------------
 */
#include "linalg/csc.h"

#include <limits.h>
#include <string.h>

#include "linalg/ticker.h"

/* Counts -> offsets: count[i] becomes the sum of all before i; [n + 1]. */
static void
counts_to_offsets(int n, int *count)
{
	int			sum = 0;

	for (int i = 0; i <= n; i++)
	{
		int			here = i < n ? count[i] : 0;

		count[i] = sum;
		sum += here;
	}
}

/*
 * After a distribution each start[j] has moved to where column j ends, which
 * is where column j + 1 begins.
 */
static void
restore_starts(int n, int *start)
{
	if (n > 0)
		memmove(start + 1, start, (size_t) n * sizeof(int));
	start[0] = 0;
}

static CoRc
take_matrix(CoArena *arena, int nrow, int ncol, size_t nnz, bool has_value, CoCsc *out)
{
	out->nrow = nrow;
	out->ncol = ncol;
	out->start = co_take_zero_ints(arena, (size_t) ncol + 1);
	out->index = co_take_ints(arena, nnz);
	out->value = has_value ? co_take_doubles(arena, nnz) : NULL;
	return co_arena_failed(arena);
}

/* Triplets between two questions to the ticker: one each would cost as much as they do. */
#define STRIDE	4096

static inline CoRc
tick_at(CoTicker *ticker, int k)
{
	return k % STRIDE == STRIDE - 1 ? co_tick(ticker, STRIDE * CO_ACCESS_COST) : CO_OK;
}

/* order = the triplets by ascending row, equal rows as they came; next [nrow + 1] */
static CoRc
order_by_row(CoTicker *ticker, int nrow, int nnz, const int *row, int *next, int *order)
{
	CoRc		rc = CO_OK;

	for (int k = 0; k < nnz && !rc; k++)
	{
		next[row[k]]++;
		rc = tick_at(ticker, k);
	}
	counts_to_offsets(nrow, next);
	for (int k = 0; k < nnz && !rc; k++)
	{
		order[next[row[k]]++] = k;
		rc = tick_at(ticker, k);
	}
	return rc;
}

static CoRc
distribute_to_columns(CoTicker *ticker, int nnz, const int *order, const int *row,
					  const int *col, const double *value, CoCsc *out)
{
	CoRc		rc = CO_OK;

	for (int k = 0; k < nnz && !rc; k++)
	{
		out->start[col[k]]++;
		rc = tick_at(ticker, k);
	}
	counts_to_offsets(out->ncol, out->start);
	for (int k = 0; k < nnz && !rc; k++)
	{
		int			from = order[k];
		int			to = out->start[col[from]]++;

		out->index[to] = row[from];
		if (value)
			out->value[to] = value[from];
		rc = tick_at(ticker, k);
	}
	restore_starts(out->ncol, out->start);
	return rc;
}

/* Equal rows of a column are neighbours by now. */
static CoRc
merge_repeated(CoTicker *ticker, CoCsc *a)
{
	int			fill = 0;
	int			p = 0;
	CoRc		rc = CO_OK;

	for (int j = 0; j < a->ncol && !rc; j++)
	{
		int			end = a->start[j + 1];
		int			first = fill;

		rc = co_tick(ticker, 1 + end - p);
		for (; p < end; p++)
		{
			if (fill > first && a->index[fill - 1] == a->index[p])
			{
				if (a->value)
					a->value[fill - 1] += a->value[p];
				continue;
			}
			a->index[fill] = a->index[p];
			if (a->value)
				a->value[fill] = a->value[p];
			fill++;
		}
		a->start[j + 1] = fill;
	}
	return rc;
}

CoRc
co_csc_from_triplets(CoArena *arena, int nrow, int ncol, size_t nnz, const int *row,
					 const int *col, const double *value, CoCsc *out)
{
	CoTicker	ticker = co_ticker(arena);
	CoMark		scratch;
	int		   *next;
	int		   *order;
	CoRc		rc;

	if (nrow < 0 || ncol < 0 || nnz > INT_MAX)
		return CO_BAD_INPUT;
	rc = take_matrix(arena, nrow, ncol, nnz, value != NULL, out);
	if (rc)
		return rc;
	scratch = co_mark(arena);
	next = co_take_zero_ints(arena, (size_t) nrow + 1);
	order = co_take_ints(arena, nnz);
	rc = co_arena_failed(arena);
	if (!rc)
		rc = order_by_row(&ticker, nrow, (int) nnz, row, next, order);
	if (!rc)
		rc = distribute_to_columns(&ticker, (int) nnz, order, row, col, value, out);
	co_rewind(arena, scratch);
	if (!rc)
		rc = merge_repeated(&ticker, out);
	return rc;
}

CoRc
co_csc_transpose(CoArena *arena, const CoCsc *a, CoCsc *out)
{
	CoTicker	ticker = co_ticker(arena);
	int			nnz = co_csc_nnz(a);
	CoRc		rc = take_matrix(arena, a->ncol, a->nrow, (size_t) nnz, a->value != NULL, out);

	if (rc)
		return rc;
	for (int p = 0; p < nnz && !rc; p++)
	{
		out->start[a->index[p]]++;
		rc = tick_at(&ticker, p);
	}
	counts_to_offsets(out->ncol, out->start);
	for (int j = 0; j < a->ncol && !rc; j++)
	{
		for (int p = a->start[j]; p < a->start[j + 1]; p++)
		{
			int			to = out->start[a->index[p]]++;

			out->index[to] = j;
			if (a->value)
				out->value[to] = a->value[p];
		}
		rc = co_tick(&ticker, CO_ACCESS_COST * (1 + a->start[j + 1] - a->start[j]));
	}
	restore_starts(out->ncol, out->start);
	return rc;
}

CoRc
co_csc_copy(CoArena *arena, const CoCsc *a, CoCsc *out)
{
	size_t		nnz = (size_t) co_csc_nnz(a);
	CoRc		rc = take_matrix(arena, a->nrow, a->ncol, nnz, a->value != NULL, out);

	if (!rc && a->ncol > 0)
		rc = co_copy_polled(arena, a->start, ((size_t) a->ncol + 1) * sizeof(int), out->start);
	if (!rc)
		rc = co_copy_polled(arena, a->index, nnz * sizeof(int), out->index);
	if (!rc && a->value)
		rc = co_copy_polled(arena, a->value, nnz * sizeof(double), out->value);
	return rc;
}
