/*-------------------------------------------------------------------------
 *
 * linalg/csc.c
 *	  The sparse matrices of linalg/csc.h.
 *
 * Building and transposing are counting sorts: linear in rows + columns +
 * entries, stable, so that the order of a sum never depends on anything but
 * the order of the input.  They poll every CO_POLL_WORK entries; the products
 * of csc_product.c do not, they are one pass over the entries each.
 *
 *-------------------------------------------------------------------------
 */
#include "linalg/csc.h"

#include <limits.h>
#include <string.h>

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

/* order = the triplets by ascending row, equal rows as they came; next [nrow + 1] */
static CoRc
order_by_row(const CoArena *arena, int nrow, int nnz, const int *row, int *next, int *order)
{
	for (int k = 0; k < nnz; k++)
		next[row[k]]++;
	counts_to_offsets(nrow, next);
	for (int k = 0; k < nnz; k++)
	{
		if (k % CO_POLL_WORK == CO_POLL_WORK - 1)
		{
			CoRc		rc = co_poll(arena);

			if (rc)
				return rc;
		}
		order[next[row[k]]++] = k;
	}
	return CO_OK;
}

static CoRc
distribute_to_columns(const CoArena *arena, int nnz, const int *order, const int *row,
					  const int *col, const double *value, CoCsc *out)
{
	for (int k = 0; k < nnz; k++)
		out->start[col[k]]++;
	counts_to_offsets(out->ncol, out->start);
	for (int k = 0; k < nnz; k++)
	{
		int			from = order[k];
		int			to = out->start[col[from]]++;

		if (k % CO_POLL_WORK == CO_POLL_WORK - 1)
		{
			CoRc		rc = co_poll(arena);

			if (rc)
				return rc;
		}
		out->index[to] = row[from];
		if (value)
			out->value[to] = value[from];
	}
	restore_starts(out->ncol, out->start);
	return CO_OK;
}

/* Equal rows of a column are neighbours by now. */
static void
merge_repeated(CoCsc *a)
{
	int			fill = 0;
	int			p = 0;

	for (int j = 0; j < a->ncol; j++)
	{
		int			end = a->start[j + 1];
		int			first = fill;

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
}

CoRc
co_csc_from_triplets(CoArena *arena, int nrow, int ncol, size_t nnz, const int *row,
					 const int *col, const double *value, CoCsc *out)
{
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
		rc = order_by_row(arena, nrow, (int) nnz, row, next, order);
	if (!rc)
		rc = distribute_to_columns(arena, (int) nnz, order, row, col, value, out);
	co_rewind(arena, scratch);
	if (!rc)
		merge_repeated(out);
	return rc;
}

CoRc
co_csc_transpose(CoArena *arena, const CoCsc *a, CoCsc *out)
{
	int			nnz = co_csc_nnz(a);
	int			until_poll = CO_POLL_WORK;
	CoRc		rc = take_matrix(arena, a->ncol, a->nrow, (size_t) nnz, a->value != NULL, out);

	if (rc)
		return rc;
	for (int p = 0; p < nnz; p++)
		out->start[a->index[p]]++;
	counts_to_offsets(out->ncol, out->start);
	for (int j = 0; j < a->ncol; j++)
	{
		for (int p = a->start[j]; p < a->start[j + 1]; p++)
		{
			int			to = out->start[a->index[p]]++;

			out->index[to] = j;
			if (a->value)
				out->value[to] = a->value[p];
		}
		until_poll -= a->start[j + 1] - a->start[j] + 1;
		if (until_poll < 0)
		{
			until_poll = CO_POLL_WORK;
			rc = co_poll(arena);
			if (rc)
				return rc;
		}
	}
	restore_starts(out->ncol, out->start);
	return CO_OK;
}

CoRc
co_csc_copy(CoArena *arena, const CoCsc *a, CoCsc *out)
{
	size_t		nnz = (size_t) co_csc_nnz(a);
	CoRc		rc = take_matrix(arena, a->nrow, a->ncol, nnz, a->value != NULL, out);

	if (rc)
		return rc;
	if (a->ncol > 0)
		memcpy(out->start, a->start, ((size_t) a->ncol + 1) * sizeof(int));
	if (nnz > 0)
		memcpy(out->index, a->index, nnz * sizeof(int));
	if (nnz > 0 && a->value)
		memcpy(out->value, a->value, nnz * sizeof(double));
	return CO_OK;
}
