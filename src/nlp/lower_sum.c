/*-------------------------------------------------------------------------
 *
 * nlp/lower_sum.c
 *	  Lists of terms, and matrices of canonical sums (expr/canonical.h).
 *
 * Equal entries are brought together by stable counting sorts; what is left to
 * do for each is a canonical sum.
 *
 *-------------------------------------------------------------------------
 */
#include "nlp/lower_private.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#define FIRST_TRIPLES	16

/* Entries between two polls inside a counting sort: about 2 ms of misses. */
#define POLL_ENTRIES	(1 << 17)

CoRc
co_triples_add(CoArena *arena, CoTriples *list, int i, int j, double value)
{
	if (list->n == list->capacity)
	{
		CoTriples	next = *list;
		size_t		n = (size_t) list->n;
		size_t		capacity = list->capacity ? 2 * n : FIRST_TRIPLES;

		if (capacity > INT_MAX)
			capacity = SIZE_MAX;	/* refused by the take below */
		next.i = co_take_grown(arena, list->i, n, capacity, sizeof(int));
		next.j = co_take_grown(arena, list->j, n, capacity, sizeof(int));
		next.value = co_take_grown(arena, list->value, n, capacity, sizeof(double));
		if (co_arena_failed(arena))
			return co_arena_failed(arena);
		next.capacity = (int) capacity;
		*list = next;
	}
	list->i[list->n] = i;
	list->j[list->n] = j;
	list->value[list->n++] = value;
	return CO_OK;
}

static CoRc
sort_terms(CoArena *arena, int n, int *var, double *value)
{
	CoMark		mark = co_mark(arena);
	uint64_t   *key = co_take(arena, (size_t) n, sizeof *key);
	int		   *from = co_take_ints(arena, (size_t) n);
	double	   *copy = co_take_doubles(arena, (size_t) n);
	CoRc		rc;

	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	for (int k = 0; k < n; k++)
	{
		key[k] = (uint64_t) var[k];
		from[k] = k;
	}
	memcpy(copy, value, (size_t) n * sizeof *copy);
	rc = co_sort_keys(arena, n, key, from);
	for (int k = 0; k < n; k++)
	{
		var[k] = (int) key[k];
		value[k] = copy[from[k]];
	}
	co_rewind(arena, mark);
	return rc;
}

/* Entries from .. end of the same index, to be one. */
static int
run_end(const int *index, int from, int end)
{
	int			to = from + 1;

	while (to < end && index[to] == index[from])
		to++;
	return to;
}

CoRc
co_canonical_terms(CoArena *arena, int n, int *var, double *value, int *n_out)
{
	CoRc		rc = CO_OK;
	int			k = 1;

	while (k < n && var[k - 1] < var[k])
		k++;
	if (k < n && (rc = sort_terms(arena, n, var, value)))
		return rc;
	*n_out = 0;
	for (int next, at = 0; at < n && !rc; at = next)
	{
		double		sum;

		next = run_end(var, at, n);
		rc = co_canonical_sum(arena, next - at, value + at, &sum);
		if (sum == 0.0)
			continue;
		var[*n_out] = var[at];
		value[(*n_out)++] = sum;
	}
	return rc;
}

CoRc
co_csc_take(CoArena *arena, int nrow, int ncol, int64_t nnz, CoCsc *out)
{
	size_t		entries = nnz > INT_MAX ? SIZE_MAX : (size_t) nnz;

	out->nrow = nrow;
	out->ncol = ncol;
	out->start = co_take_zero_ints(arena, (size_t) ncol + 1);
	out->value = co_take(arena, entries, sizeof(double) + sizeof(int));
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	out->index = (int *) (out->value + entries);
	return CO_OK;
}

/* Rows ascend, so a stable scatter leaves them ascending in each column. */
static CoRc
scatter_columns(CoArena *arena, const CoRows *rows, const CoCsc *out)
{
	CoMark		mark = co_mark(arena);
	int			nnz = rows->start[rows->nrow];
	int		   *at = co_take_ints(arena, (size_t) rows->ncol + 1);
	CoRc		rc = co_arena_failed(arena);
	int			countdown = POLL_ENTRIES;

	if (rc)
		return rc;
	for (int e = 0; e < nnz; e++)
		out->start[rows->col[e] + 1]++;
	for (int j = 0; j < rows->ncol; j++)
		out->start[j + 1] += out->start[j];
	memcpy(at, out->start, ((size_t) rows->ncol + 1) * sizeof *at);
	for (int r = 0; r < rows->nrow && !rc; r++)
	{
		for (int e = rows->start[r]; e < rows->start[r + 1]; e++)
		{
			int			to = at[rows->col[e]]++;

			out->index[to] = r;
			out->value[to] = rows->value[e];
			if (--countdown == 0)
			{
				countdown = POLL_ENTRIES;
				if ((rc = co_poll(arena)))
					break;
			}
		}
	}
	co_rewind(arena, mark);
	return rc;
}

CoRc
co_csc_compress(CoArena *arena, const CoRows *rows, CoCsc *out, int *bad_row, int *bad_col)
{
	CoRc		rc = scatter_columns(arena, rows, out);
	int			fill = 0;
	int			next_poll = POLL_ENTRIES;

	for (int j = 0; j < rows->ncol && !rc; j++)
	{
		int			end = out->start[j + 1];

		for (int next, e = out->start[j]; e < end && !rc; e = next)
		{
			double		sum = out->value[e];

			next = run_end(out->index, e, end);
			if (next - e > 1)
				rc = co_canonical_sum(arena, next - e, out->value + e, &sum);
			if (!rc && e >= next_poll)
			{
				next_poll = e + POLL_ENTRIES;
				rc = co_poll(arena);
			}
			if (!rc && !isfinite(sum))
			{
				*bad_row = out->index[e];
				*bad_col = j;
				return CO_NOT_FINITE;
			}
			if (sum == 0.0)
				continue;
			out->index[fill] = out->index[e];
			out->value[fill++] = sum;
		}
		out->start[j] = fill;
	}

	/* start[j] now holds the end of column j: shift. */
	memmove(out->start + 1, out->start, (size_t) rows->ncol * sizeof(int));
	out->start[0] = 0;
	return rc;
}

void
co_temporary_begin(const CoArena *arena, CoArena *temporary)
{
	co_arena_init(temporary, arena->env,
				  arena->limit == SIZE_MAX ? SIZE_MAX : arena->limit - arena->used);
	temporary->deadline = arena->deadline;
}

void
co_temporary_end(CoArena *arena, CoArena *temporary)
{
	if (temporary->failed && !arena->failed)
	{
		arena->failed = temporary->failed;
		arena->wanted = arena->used + temporary->wanted;
	}
	co_arena_free(temporary);
}
