/*-------------------------------------------------------------------------
 *
 * expr/canonical.c
 *	  Sums that do not depend on the order of their terms.
 *
 *-------------------------------------------------------------------------
 */
#include "expr/canonical.h"

#include <math.h>
#include <string.h>

/* Up to here an insertion sort beats the histograms of a radix sort. */
#define SMALL_SORT		48

static void
insert_keys(int n, uint64_t *key, int *payload)
{
	for (int k = 1; k < n; k++)
	{
		uint64_t	moving = key[k];
		int			carried = payload ? payload[k] : 0;
		int			at = k;

		for (; at > 0 && key[at - 1] > moving; at--)
		{
			key[at] = key[at - 1];
			if (payload)
				payload[at] = payload[at - 1];
		}
		key[at] = moving;
		if (payload)
			payload[at] = carried;
	}
}

/* One pass of the radix sort, by the byte at shift; false: all are alike. */
static bool
scatter_byte(int n, int shift, const uint64_t *key, const int *payload,
			 uint64_t *key_out, int *payload_out)
{
	int			at[256] = {0};
	int			sum = 0;

	for (int k = 0; k < n; k++)
		at[(key[k] >> shift) & 255]++;
	if (at[(key[0] >> shift) & 255] == n)
		return false;
	for (int b = 0; b < 256; b++)
	{
		int			count = at[b];

		at[b] = sum;
		sum += count;
	}
	for (int k = 0; k < n; k++)
	{
		int			to = at[(key[k] >> shift) & 255]++;

		key_out[to] = key[k];
		if (payload)
			payload_out[to] = payload[k];
	}
	return true;
}

CoRc
co_sort_keys(CoArena *arena, int n, uint64_t *key, int *payload)
{
	CoMark		mark = co_mark(arena);
	uint64_t   *from = key,
			   *to;
	int		   *from_payload = payload,
			   *to_payload;
	CoRc		rc = CO_OK;

	if (n <= SMALL_SORT)
	{
		insert_keys(n, key, payload);
		return CO_OK;
	}
	to = co_take(arena, (size_t) n, sizeof *to);
	to_payload = payload ? co_take_ints(arena, (size_t) n) : NULL;
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	for (int shift = 0; shift < 64 && !rc; shift += 8)
	{
		uint64_t   *keys = from;
		int		   *payloads = from_payload;

		rc = co_poll(arena);
		if (!scatter_byte(n, shift, from, from_payload, to, to_payload))
			continue;
		from = to;
		to = keys;
		from_payload = to_payload;
		to_payload = payloads;
	}
	if (from != key)
	{
		memcpy(key, from, (size_t) n * sizeof *key);
		if (payload)
			memcpy(payload, from_payload, (size_t) n * sizeof *payload);
	}
	co_rewind(arena, mark);
	return rc;
}

static void
insert_values(int n, double *value)
{
	for (int k = 1; k < n; k++)
	{
		double		moving = value[k];
		int			at = k;

		for (; at > 0 && value[at - 1] > moving; at--)
			value[at] = value[at - 1];
		value[at] = moving;
	}
}

/* Doubles ascend as their bits do, once negative ones are turned over. */
static CoRc
sort_values(CoArena *arena, int n, double *value)
{
	const uint64_t sign = UINT64_C(1) << 63;
	CoMark		mark = co_mark(arena);
	uint64_t   *key;
	CoRc		rc;

	if (n <= SMALL_SORT)
	{
		insert_values(n, value);
		return CO_OK;
	}
	key = co_take(arena, (size_t) n, sizeof *key);
	if (!key)
		return co_arena_failed(arena);
	memcpy(key, value, (size_t) n * sizeof *key);
	for (int k = 0; k < n; k++)
		key[k] = key[k] & sign ? ~key[k] : key[k] | sign;
	rc = co_sort_keys(arena, n, key, NULL);
	for (int k = 0; k < n; k++)
		key[k] = key[k] & sign ? key[k] & ~sign : ~key[k];
	memcpy(value, key, (size_t) n * sizeof *key);
	co_rewind(arena, mark);
	return rc;
}

/*
 * Neumaier's compensated sum [N74]: sorted values of both
 * signs would otherwise lose what lies below the largest partial sum.
 */
CoRc
co_canonical_sum(CoArena *arena, int n, double *value, double *sum)
{
	double		high,
				low = 0.0;
	CoRc		rc = n > 1 ? sort_values(arena, n, value) : CO_OK;

	high = n > 0 ? value[0] : 0.0;
	for (int k = 1; k < n; k++)
	{
		double		total = high + value[k];

		low += fabs(high) >= fabs(value[k]) ?
			(high - total) + value[k] : (value[k] - total) + high;
		high = total;
	}
	*sum = isfinite(high) ? high + low : high;
	return rc;
}

/*--------------------------------------------------------------------------
 * Products of two leaves
 *--------------------------------------------------------------------------
 */

/* Terms between two polls: about 2 ms of cache misses. */
#define POLL_TERMS		(1 << 17)

/* Columns written side by side, so that a row's cache line is read once. */
#define SIDE_BY_SIDE	8

typedef struct Columns
{
	int			n;
	double	   *coef;
	int		   *i,
			   *j;
} Columns;

static CoRc
take_columns(CoArena *arena, size_t n, Columns *out)
{
	double	   *coef = co_take(arena, n, sizeof(double) + 2 * sizeof(int));
	int		   *i = coef ? (int *) (coef + n) : NULL;

	*out = (Columns) {0, coef, i, i ? i + n : NULL};
	return co_arena_failed(arena);
}

static bool
is_canonical(const CoBlock *block)
{
	int64_t		last = -1;

	for (int t = 0; t < block->n_quad; t++)
	{
		int64_t		place = (int64_t) block->quad_i[t] * block->n_leaf + block->quad_j[t];

		if (place <= last || block->quad_i[t] > block->quad_j[t])
			return false;
		last = place;
	}
	return true;
}

/* Is term number i * n_leaf + j that of leaves i and j, for all of them? */
static bool
is_square(const CoBlock *block)
{
	int			n = block->n_leaf;

	if ((int64_t) n * n != block->n_quad)
		return false;
	for (int i = 0; i < n; i++)
	{
		const int  *row = block->quad_i + (size_t) i * (size_t) n;
		const int  *col = block->quad_j + (size_t) i * (size_t) n;
		int			differs = 0;

		for (int j = 0; j < n; j++)
			differs |= (row[j] ^ i) | (col[j] ^ j);
		if (differs)
			return false;
	}
	return true;
}

/* Columns first .. last - 1 of a full matrix: each the sum of both triangles. */
static void
fold_columns(const double *full, int n, int first, int last, Columns *out)
{
	double	   *to[SIDE_BY_SIDE];

	for (int i = first; i < last; i++)
	{
		to[i - first] = out->coef + out->n - i;
		for (int j = i; j < n; j++)
		{
			out->i[out->n] = i;
			out->j[out->n++] = j;
		}
		to[i - first][i] = full[(size_t) i * (size_t) n + (size_t) i];
	}
	for (int j = first + 1; j < n; j++)
	{
		const double *row = full + (size_t) j * (size_t) n;

		for (int i = first; i < last && i < j; i++)
			to[i - first][j] = full[(size_t) i * (size_t) n + (size_t) j] + row[i];
	}
}

/* What a covariance matrix in a table mostly is: all rows of all columns. */
static CoRc
fold_square(CoArena *arena, const CoBlock *block, Columns *out)
{
	int			n = block->n_leaf;
	CoRc		rc = take_columns(arena, (size_t) n * ((size_t) n + 1) / 2, out);
	int			work = 0;

	for (int i = 0; i < n && !rc; i += SIDE_BY_SIDE)
	{
		fold_columns(block->quad_coef, n, i, i + SIDE_BY_SIDE < n ? i + SIDE_BY_SIDE : n, out);
		work += SIDE_BY_SIDE * n;
		if (work >= POLL_TERMS)
		{
			work = 0;
			rc = co_poll(arena);
		}
	}
	return rc;
}

static int
low_leaf(const CoBlock *block, int t)
{
	return block->quad_i[t] < block->quad_j[t] ? block->quad_i[t] : block->quad_j[t];
}

static int
high_leaf(const CoBlock *block, int t)
{
	return block->quad_i[t] < block->quad_j[t] ? block->quad_j[t] : block->quad_i[t];
}

/* From counts at k + 1 to where each k begins. */
static void
add_up(int *start, int n)
{
	for (int k = 0; k < n; k++)
		start[k + 1] += start[k];
}

/*
 * Two stable counting sorts: terms by their higher leaf into sorted, and those
 * by their lower one into out.
 */
static CoRc
sort_products(CoArena *arena, const CoBlock *block, Columns *sorted, Columns *out)
{
	int			n = block->n_quad;
	int		   *by_high = co_take_zero_ints(arena, (size_t) block->n_leaf + 1);
	int		   *by_low = co_take_zero_ints(arena, (size_t) block->n_leaf + 1);
	CoRc		rc = co_arena_failed(arena);

	for (int t = 0; t < n && !rc; t++)
	{
		by_high[high_leaf(block, t) + 1]++;
		by_low[low_leaf(block, t) + 1]++;
		if (t % POLL_TERMS == POLL_TERMS - 1)
			rc = co_poll(arena);
	}
	if (rc)
		return rc;
	add_up(by_high, block->n_leaf);
	add_up(by_low, block->n_leaf);
	for (int t = 0; t < n && !rc; t++)
	{
		int			at = by_high[high_leaf(block, t)]++;

		sorted->i[at] = low_leaf(block, t);
		sorted->j[at] = high_leaf(block, t);
		sorted->coef[at] = block->quad_coef[t];
		if (t % POLL_TERMS == POLL_TERMS - 1)
			rc = co_poll(arena);
	}
	for (int t = 0; t < n && !rc; t++)
	{
		int			at = by_low[sorted->i[t]]++;

		out->i[at] = sorted->i[t];
		out->j[at] = sorted->j[t];
		out->coef[at] = sorted->coef[t];
		if (t % POLL_TERMS == POLL_TERMS - 1)
			rc = co_poll(arena);
	}
	return rc;
}

/* Like terms, which stand together, become one. */
static CoRc
sum_products(CoArena *arena, int n, Columns *out)
{
	CoRc		rc = CO_OK;

	for (int next, t = 0; t < n && !rc; t = next)
	{
		double		sum = out->coef[t];

		for (next = t + 1; next < n && out->i[next] == out->i[t] && out->j[next] == out->j[t];)
			next++;
		if (next - t > 1)
			rc = co_canonical_sum(arena, next - t, out->coef + t, &sum);
		out->i[out->n] = out->i[t];
		out->j[out->n] = out->j[t];
		out->coef[out->n++] = sum;
		if (!rc && t / POLL_TERMS != next / POLL_TERMS)
			rc = co_poll(arena);
	}
	return rc;
}

static CoRc
fold_any(CoArena *arena, const CoBlock *block, Columns *out)
{
	CoRc		rc = take_columns(arena, (size_t) block->n_quad, out);
	CoMark		mark = co_mark(arena);
	Columns		sorted;

	if (rc || (rc = take_columns(arena, (size_t) block->n_quad, &sorted)) ||
		(rc = sort_products(arena, block, &sorted, out)))
		return rc;
	co_rewind(arena, mark);
	return sum_products(arena, block->n_quad, out);
}

CoRc
co_canonical_quad(CoArena *arena, CoBlock *block)
{
	Columns		out;
	int		   *end;
	CoRc		rc;

	if (is_canonical(block))
		return CO_OK;
	end = co_take_ints(arena, 1);
	rc = co_arena_failed(arena);
	if (!rc)
		rc = is_square(block) ? fold_square(arena, block, &out) : fold_any(arena, block, &out);
	if (rc)
		return rc;
	*end = out.n;
	block->n_quad = out.n;
	block->quad_coef = out.coef;
	block->quad_i = out.i;
	block->quad_j = out.j;
	block->quad_end = end;
	return CO_OK;
}
