/*-------------------------------------------------------------------------
 *
 * nlp/pattern_order.c
 *	  The canonical order of a pattern's instances, and its units.
 *
 * Instances are sorted by owner and first variable, then by all variables, then
 * by their constants, the last two by hashes of 64 bits: no order of arrival,
 * neighbours in the model are near each other in memory, and instances with the
 * same variables stand side by side.  Where such runs are long, as in a model
 * with a few parameters for each group of rows, variables and places are kept
 * by run, and what a run adds to a place is summed first.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "nlp/lower_private.h"
#include "nlp/pattern.h"

/* Mean length of runs from which blocks that end with them pay. */
#define LONG_RUN		32

static uint64_t
mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);	/* 2^64 / golden ratio */
	return hash ^ (hash >> 29);
}

static void
hash_constants(const CoPattern *pattern, uint64_t *key)
{
	memset(key, 0, (size_t) pattern->n * sizeof *key);
	for (int c = 0; c < pattern->n_const; c++)
		for (int k = 0; pattern->constant[c].value && k < pattern->n; k++)
		{
			uint64_t	bits;

			memcpy(&bits, &pattern->constant[c].value[k], sizeof bits);
			key[k] = mix(key[k], bits);
		}
}

/* Of instance order[k], in place k. */
static void
hash_variables(const CoPattern *pattern, const int *order, uint64_t *key)
{
	memset(key, 0, (size_t) pattern->n * sizeof *key);
	for (int v = 0; v < pattern->n_var; v++)
		for (int k = 0; pattern->var[v].index && k < pattern->n; k++)
			key[k] = mix(key[k], (uint64_t) pattern->var[v].index[order[k]]);
}

static void
key_places(const CoPattern *pattern, const int *order, uint64_t *key)
{
	for (int k = 0; k < pattern->n; k++)
		key[k] = (uint64_t) co_int_column_at(&pattern->var[pattern->n_var - 1], order[k]) << 32 |
			(uint64_t) co_int_column_at(&pattern->var[0], order[k]);
}

static bool
variables_vary(const CoPattern *pattern)
{
	for (int v = 0; v < pattern->n_var; v++)
		if (pattern->var[v].index)
			return true;
	return false;
}

/* All sorts are stable, so the last one is the first criterion. */
static CoRc
sort_instances(CoArena *scratch, const CoPattern *pattern, uint64_t *key, int *order)
{
	CoRc		rc;

	for (int k = 0; k < pattern->n; k++)
		order[k] = k;
	hash_constants(pattern, key);
	rc = co_sort_keys(scratch, pattern->n, key, order);
	if (rc || !variables_vary(pattern))
		return rc;
	hash_variables(pattern, order, key);
	rc = co_sort_keys(scratch, pattern->n, key, order);
	if (rc)
		return rc;
	key_places(pattern, order, key);
	return co_sort_keys(scratch, pattern->n, key, order);
}

static CoRc
permute(CoArena *scratch, const CoPattern *pattern, const int *order, double *value)
{
	int		   *index = (int *) value;
	CoRc		rc = CO_OK;

	for (int c = 0; c < pattern->n_const && !rc; c++)
		if (pattern->constant[c].value)
		{
			memcpy(value, pattern->constant[c].value, (size_t) pattern->n * sizeof *value);
			for (int k = 0; k < pattern->n; k++)
				pattern->constant[c].value[k] = value[order[k]];
			rc = co_poll(scratch);
		}
	for (int v = 0; v < pattern->n_var && !rc; v++)
		if (pattern->var[v].index)
		{
			memcpy(index, pattern->var[v].index, (size_t) pattern->n * sizeof *index);
			for (int k = 0; k < pattern->n; k++)
				pattern->var[v].index[k] = index[order[k]];
			rc = co_poll(scratch);
		}
	return rc;
}

static bool
same_variables(const CoPattern *pattern, int k, int l)
{
	for (int v = 0; v < pattern->n_var; v++)
		if (pattern->var[v].index && pattern->var[v].index[k] != pattern->var[v].index[l])
			return false;
	return true;
}

/* start (may be NULL) gets the first instance of each run. */
static int
find_runs(const CoPattern *pattern, int *start)
{
	int			n = 0;

	for (int k = 0; k < pattern->n; k++)
		if (k == 0 || !same_variables(pattern, k - 1, k))
		{
			if (start)
				start[n] = k;
			n++;
		}
	return n;
}

static CoRc
find_units(CoArena *arena, CoPattern *pattern)
{
	int			n_run = find_runs(pattern, NULL);

	pattern->n_unit = pattern->n;
	pattern->n_objective_unit = pattern->n_objective;
	if (n_run > pattern->n / LONG_RUN)
		return CO_OK;
	pattern->unit_start = co_take_ints(arena, (size_t) n_run + 1);
	if (!pattern->unit_start)
		return co_arena_failed(arena);
	pattern->n_unit = find_runs(pattern, pattern->unit_start);
	pattern->unit_start[n_run] = pattern->n;
	for (pattern->n_objective_unit = 0;
		 pattern->unit_start[pattern->n_objective_unit] < pattern->n_objective;)
		pattern->n_objective_unit++;
	return CO_OK;
}

/* Columns of variables by unit, out of the scratch. */
static CoRc
keep_variables(CoArena *arena, CoPattern *pattern)
{
	for (int v = 0; v < pattern->n_var; v++)
	{
		const int  *from = pattern->var[v].index;
		int		   *to;

		if (!from)
			continue;
		to = co_take_ints(arena, (size_t) pattern->n_unit);
		if (!to)
			return co_arena_failed(arena);
		for (int k = 0; k < pattern->n_unit; k++)
			to[k] = from[pattern->unit_start ? pattern->unit_start[k] : k];
		pattern->var[v].index = to;
	}
	return CO_OK;
}

CoRc
co_pattern_order(CoArena *arena, CoArena *scratch, CoPattern *pattern)
{
	CoMark		mark = co_mark(scratch);
	size_t		n = (size_t) pattern->n;
	uint64_t   *key;
	int		   *order;
	CoRc		rc;

	if (pattern->n > 1)
	{
		key = co_take(scratch, n, sizeof *key);
		order = co_take_ints(scratch, n);
		if ((rc = co_arena_failed(scratch)) ||
			(rc = sort_instances(scratch, pattern, key, order)) ||
			(rc = permute(scratch, pattern, order, (double *) key)))
			return rc;
		co_rewind(scratch, mark);
	}
	rc = find_units(arena, pattern);
	return rc ? rc : keep_variables(arena, pattern);
}
