/*-------------------------------------------------------------------------
 *
 * nlp/pattern_set.c
 *	  Patterns by their skeletons, and their columns.
 *
 * Formulas are met twice: first they are counted, which shows which columns
 * hold more than one value, then those columns are taken, each once and in its
 * final size, and filled in canonical order.
 *
 *-------------------------------------------------------------------------
 */
#include <limits.h>
#include <string.h>

#include "nlp/pattern.h"

#define FIRST_PATTERNS	16

/* FNV-1a, 64 bits. */
#define FNV_BASIS	UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME	UINT64_C(0x100000001b3)

static uint64_t
hash_key(const CoFormula *formula)
{
	uint64_t	hash = FNV_BASIS;

	for (int k = 0; k < formula->n_key; k++)
		hash = (hash ^ formula->key[k]) * FNV_PRIME;
	return hash ^ (hash >> 32);
}

static bool
has_key(const CoPattern *pattern, const CoFormula *formula)
{
	return pattern->n_key == formula->n_key &&
		memcmp(pattern->key, formula->key, (size_t) formula->n_key) == 0;
}

static int *
find_slot(const CoPatternSet *set, uint64_t hash, const CoFormula *formula)
{
	int			mask = set->n_slot - 1;
	int			at = (int) (hash & (uint64_t) mask);

	for (; set->slot[at] >= 0; at = (at + 1) & mask)
	{
		const CoPattern *pattern = set->pattern[set->slot[at]];

		if (formula && pattern->hash == hash && has_key(pattern, formula))
			break;
	}
	return &set->slot[at];
}

/* Keeps the table at most half full. */
static CoRc
reserve(CoPatternSet *set)
{
	int			capacity = set->capacity ? 2 * set->capacity : FIRST_PATTERNS;

	if (set->n < set->capacity)
		return CO_OK;
	if (set->capacity > INT_MAX / 8)
		capacity = -1;			/* refused by the take below */
	set->pattern = co_take_grown(set->arena, set->pattern, (size_t) set->n,
								 (size_t) capacity, sizeof *set->pattern);
	set->slot = co_take_ints(set->arena, 2 * (size_t) capacity);
	if (co_arena_failed(set->arena))
		return co_arena_failed(set->arena);
	set->capacity = capacity;
	set->n_slot = 2 * capacity;
	memset(set->slot, -1, (size_t) set->n_slot * sizeof(int));
	for (int k = 0; k < set->n; k++)
		*find_slot(set, set->pattern[k]->hash, NULL) = k;
	return CO_OK;
}

/* One take for all that a pattern of few instances needs: takes are rounded up. */
static CoPattern *
new_pattern(CoPatternSet *set, const CoFormula *formula, uint64_t hash)
{
	size_t		n_const = (size_t) formula->n_const + 1;
	size_t		n_var = (size_t) formula->n_var + 1;
	CoPattern  *pattern = co_take_zero(set->arena, 1, sizeof *pattern);
	CoColumn   *constant = co_take_zero(set->arena, n_const, sizeof *constant);
	CoIntColumn *var = co_take_zero(set->arena, n_var, sizeof *var);
	uint8_t    *bytes = co_take_zero(set->arena, n_const + n_var + (size_t) formula->n_key, 1);

	if (co_arena_failed(set->arena))
		return NULL;
	pattern->hash = hash;
	pattern->degree = formula->degree;
	pattern->n_key = formula->n_key;
	pattern->n_const = (int) n_const;
	pattern->n_var = (int) n_var;
	pattern->constant = constant;
	pattern->var = var;
	pattern->varies = bytes;
	pattern->key = bytes + n_const + n_var;
	memcpy(pattern->key, formula->key, (size_t) formula->n_key);
	return pattern;
}

CoRc
co_pattern_find(CoPatternSet *set, const CoFormula *formula, int *found)
{
	uint64_t	hash;
	int		   *slot;
	CoRc		rc;

	*found = set->last;
	if (set->last >= 0 && has_key(set->pattern[set->last], formula))
		return CO_OK;
	hash = hash_key(formula);
	rc = reserve(set);
	if (rc)
		return rc;
	slot = find_slot(set, hash, formula);
	if (*slot < 0)
	{
		CoPattern  *pattern = new_pattern(set, formula, hash);

		if (!pattern)
			return co_arena_failed(set->arena);
		set->pattern[set->n] = pattern;
		*slot = set->n++;
	}
	*found = set->last = *slot;
	return CO_OK;
}

/* Bits, not values: 0 and -0 are two. */
static bool
differ(double a, double b)
{
	return memcmp(&a, &b, sizeof a) != 0;
}

static void
count_constant(CoPattern *pattern, int k, double value)
{
	if (pattern->n == 0)
		pattern->constant[k].one = value;
	else if (differ(pattern->constant[k].one, value))
		pattern->varies[k] = 1;
}

static void
count_var(CoPattern *pattern, int k, int var)
{
	if (pattern->n == 0)
		pattern->var[k].one = var;
	else if (pattern->var[k].one != var)
		pattern->varies[pattern->n_const + k] = 1;
}

void
co_pattern_count(CoPattern *pattern, const CoFormula *formula, double scale, int owner)
{
	int			n_const = formula->n_const;
	int			n_var = formula->n_var;

	for (int k = 0; k < n_const; k++)
		count_constant(pattern, k, formula->constant[k]);
	count_constant(pattern, n_const, scale);
	for (int k = 0; k < n_var; k++)
		count_var(pattern, k, formula->var[k]);
	count_var(pattern, n_var, owner);
	pattern->n++;
	if (owner == 0)
		pattern->n_objective++;
}

CoRc
co_pattern_columns(CoPatternSet *set, CoArena *scratch)
{
	for (int p = 0; p < set->n; p++)
	{
		CoPattern  *pattern = set->pattern[p];

		for (int k = 0; k < pattern->n_const; k++)
			if (pattern->varies[k])
				pattern->constant[k].value = co_take_doubles(set->arena, (size_t) pattern->n);
		for (int k = 0; k < pattern->n_var; k++)
			if (pattern->varies[pattern->n_const + k])
				pattern->var[k].index = co_take_ints(scratch, (size_t) pattern->n);
	}
	return co_arena_failed(set->arena) ? co_arena_failed(set->arena) : co_arena_failed(scratch);
}

void
co_pattern_put(CoPattern *pattern, int k, const CoFormula *formula, double scale, int owner)
{
	int			n_const = formula->n_const;
	int			n_var = formula->n_var;

	for (int c = 0; c < n_const; c++)
		if (pattern->constant[c].value)
			pattern->constant[c].value[k] = formula->constant[c];
	if (pattern->constant[n_const].value)
		pattern->constant[n_const].value[k] = scale;
	for (int v = 0; v < n_var; v++)
		if (pattern->var[v].index)
			pattern->var[v].index[k] = formula->var[v];
	if (pattern->var[n_var].index)
		pattern->var[n_var].index[k] = owner;
}
