/*-------------------------------------------------------------------------
 *
 * nlp/presolve_duplicate.c
 *	  Parallel rows and parallel linear columns.
 *
 * [TW86]; [AA95, sections 3.4 to 3.6].  Vectors are hashed after division by
 * their first entry; what collides is compared entry by entry, so that the hash
 * decides nothing but speed.
 *
 *-------------------------------------------------------------------------
 */
#include "nlp/presolve_private.h"

#include <string.h>

/*
 * Merging columns divides by their ratio to take them apart again; a ratio
 * outside of [1/RATIO_MAX, RATIO_MAX] would scale errors by more than that.
 */
#define RATIO_MAX		1e3

/* Costs of parallel columns that differ by less are neither equal nor apart. */
#define COST_MARGIN		1e-9

/* As in presolve_row.c: decimal data against a contradiction. */
#define CROSSING		1e-13

/* Vectors with equal hash compared before a newcomer is given up. */
#define MAX_COMPARED	8

/* The vectors of one kind: rows of A over live columns, or the reverse. */
typedef struct Vectors
{
	const CoCsc *a;
	const bool *alive;			/* of the entries */
} Vectors;

typedef struct HashTable
{
	int		   *head;			/* [mask + 1] newest vector, -1 */
	int		   *next;			/* [n] */
	uint32_t   *hash;			/* [n] */
	uint32_t	mask;
} HashTable;

static uint32_t
mix(uint32_t hash, uint32_t word)
{
	hash ^= word * UINT32_C(0xcc9e2d51);	/* MurmurHash3 constants */
	hash = (hash << 13) | (hash >> 19);
	return hash * 5 + UINT32_C(0xe6546b64);
}

/* A float has few enough digits that parallel vectors mostly agree in them. */
static uint32_t
hash_vector(const Vectors *v, int i)
{
	double		first = 0.0;
	uint32_t	hash = 0;

	for (int k = v->a->start[i]; k < v->a->start[i + 1]; k++)
	{
		float		ratio;
		uint32_t	word;

		if (!co_presolve_counts(v->a, k, v->alive))
			continue;
		if (first == 0.0)
			first = v->a->value[k];
		ratio = (float) (v->a->value[k] / first);
		memcpy(&word, &ratio, sizeof word);
		hash = mix(mix(hash, (uint32_t) v->a->index[k]), word);
	}
	return hash ^ (hash >> 15);
}

static int
next_entry(const Vectors *v, int k, int end)
{
	while (k < end && !co_presolve_counts(v->a, k, v->alive))
		k++;
	return k;
}

/* Is vector l = ratio * vector i, up to the rounding of the ratio? */
static bool
is_parallel(const Vectors *v, int i, int l, double *ratio)
{
	const CoCsc *a = v->a;
	int			end_i = a->start[i + 1];
	int			end_l = a->start[l + 1];
	int			p = next_entry(v, a->start[i], end_i);
	int			q = next_entry(v, a->start[l], end_l);

	if (p == end_i || q == end_l)
		return false;
	*ratio = a->value[q] / a->value[p];
	if (!(fabs(*ratio) > 0.0 && fabs(*ratio) < INFINITY))
		return false;
	while (p < end_i && q < end_l)
	{
		if (a->index[p] != a->index[q] ||
			fabs(a->value[q] - *ratio * a->value[p]) > CO_PRESOLVE_ROUNDING * fabs(a->value[q]))
			return false;
		p = next_entry(v, p + 1, end_i);
		q = next_entry(v, q + 1, end_l);
	}
	return p == end_i && q == end_l;
}

static CoRc
take_table(CoArena *arena, int n, HashTable *table)
{
	size_t		size = 16;

	while (size < 2 * (size_t) n)
		size *= 2;
	table->head = co_take(arena, size, sizeof(int));
	table->next = co_take_ints(arena, (size_t) n);
	table->hash = co_take(arena, (size_t) n, sizeof(uint32_t));
	table->mask = (uint32_t) (size - 1);
	if (!co_arena_failed(arena))
		memset(table->head, 0xff, size * sizeof(int));
	return co_arena_failed(arena);
}

/*
 * Offer vector l to merge() together with each live vector it is parallel to;
 * l enters the table when it outlives that.
 */
static CoRc
offer_vector(CoPresolve *p, const Vectors *v, const bool *alive, int l, HashTable *table,
			 CoRc (*merge) (CoPresolve *, int, int, double))
{
	int		   *slot;
	int			compared = 0;

	table->hash[l] = hash_vector(v, l);
	slot = &table->head[table->hash[l] & table->mask];
	for (int i = *slot; i >= 0 && compared < MAX_COMPARED; i = table->next[i])
	{
		double		ratio;
		CoRc		rc;

		if (table->hash[i] != table->hash[l] || !alive[i])
			continue;
		compared++;
		rc = co_presolve_tick(p, 2 * (v->a->start[l + 1] - v->a->start[l]));
		if (!rc && is_parallel(v, i, l, &ratio))
			rc = merge(p, i, l, ratio);
		if (rc || p->verdict != CO_PRESOLVE_REDUCED || !alive[l])
			return rc;
	}
	table->next[l] = *slot;
	*slot = l;
	return CO_OK;
}

/*
 * Rows i and l = r i, |r| <= 1, hold both iff row i holds with the tighter
 * sides.  Where a side is that of row l, a multiplier on it will be row l's.
 */
static CoRc
merge_into_larger(CoPresolve *p, int i, int l, double r)
{
	double		lower = co_presolve_lower(p, i);
	double		upper = co_presolve_upper(p, i);
	double		other_lower = (r > 0.0 ? co_presolve_lower(p, l) : co_presolve_upper(p, l)) / r;
	double		other_upper = (r > 0.0 ? co_presolve_upper(p, l) : co_presolve_lower(p, l)) / r;
	double		size = p->shift_size[i] + p->shift_size[l] / fabs(r);
	bool		is_equality = lower == upper;
	CoStep	   *step;

	if (other_lower == INFINITY || other_upper == -INFINITY)
		return CO_OK;			/* overflow */
	if (other_lower - upper > CROSSING * (size + fabs(upper)))
		return co_presolve_propose_infeasible(p, &(CoCertificate) {2, {i, l}, {1.0, -1.0 / r}});
	if (lower - other_upper > CROSSING * (size + fabs(lower)))
		return co_presolve_propose_infeasible(p, &(CoCertificate) {2, {i, l}, {-1.0, 1.0 / r}});

	step = co_presolve_push(p, CO_STEP_DUPLICATE_ROW, i, -1);
	step->other = l;
	step->a = r;
	step->lower_moved = !is_equality && other_lower > lower;
	step->upper_moved = !is_equality && other_upper < upper;
	if (step->lower_moved)
		lower = other_lower;
	if (step->upper_moved)
		upper = other_upper;

	/*
	 * Sides that meet up to rounding: an equality, that of one row if it is
	 * one.
	 */
	if (lower > upper || co_presolve_is_point(lower, upper))
		lower = upper = !is_equality && other_lower == other_upper ? other_lower : lower;
	co_presolve_set_sides(p, i, lower, upper);
	co_presolve_remove_row(p, l);
	co_presolve_queue_row(p, i);
	p->stats.n_duplicate_row++;
	return CO_OK;
}

/* The larger row stays: what it is violated by the other is violated by less. */
static CoRc
merge_rows(CoPresolve *p, int i, int l, double r)
{
	return fabs(r) <= 1.0 ? merge_into_larger(p, i, l, r) : merge_into_larger(p, l, i, 1.0 / r);
}

CoRc
co_presolve_duplicate_rows(CoPresolve *p)
{
	CoMark		mark = co_mark(p->arena);
	Vectors		v = {&p->rows, p->col_alive};
	HashTable	table;
	CoRc		rc = take_table(p->arena, p->qp->m, &table);

	for (int i = 0; i < p->qp->m && !rc && p->verdict == CO_PRESOLVE_REDUCED; i++)
	{
		if (!p->row_alive[i] || p->row_frozen[i] || p->row_len[i] < 2)
			continue;
		rc = co_presolve_tick(p, p->rows.start[i + 1] - p->rows.start[i]);
		if (!rc)
			rc = offer_vector(p, &v, p->row_alive, i, &table, merge_rows);
	}
	co_rewind(p->arena, mark);
	return rc;
}

/* x[j] + r x[l] becomes one variable with the sum of the bounds. */
static CoRc
join_columns(CoPresolve *p, int j, int l, double r)
{
	CoStep	   *step = co_presolve_push(p, CO_STEP_DUPLICATE_COLUMN, -1, j);

	step->other = l;
	step->a = r;
	step->lower = p->xl[j];
	step->upper = p->xu[j];
	step->other_lower = p->xl[l];
	step->other_upper = p->xu[l];
	p->xl[j] += r * (r > 0.0 ? p->xl[l] : p->xu[l]);
	p->xu[j] += r * (r > 0.0 ? p->xu[l] : p->xl[l]);
	p->merged_into[l] = j;
	p->merged_factor[l] = r;
	co_presolve_remove_col(p, l, false);
	co_presolve_queue_col(p, j);
	p->stats.n_duplicate_column++;
	return CO_OK;
}

/*
 * z[l] = r z[j] - excess, excess = c[l] - r c[j].  A missing bound of x[j] gives
 * z[j] a sign; when both terms have the same, x[l] is at a bound.
 * Returns that bound, NaN when nothing follows.
 */
static double
find_forced_bound(const CoPresolve *p, int j, int l, double r, double excess)
{
	bool		no_upper = p->xu[j] == INFINITY;
	bool		no_lower = p->xl[j] == -INFINITY;
	double		bound = NAN;

	if (excess > 0.0 && (r > 0.0 ? no_upper : no_lower))
		bound = p->xl[l];
	else if (excess < 0.0 && (r > 0.0 ? no_lower : no_upper))
		bound = p->xu[l];
	return isfinite(bound) ? bound : NAN;
}

static CoRc
merge_columns(CoPresolve *p, int j, int l, double r)
{
	double		cost = co_presolve_cost(p, j);
	double		other_cost = co_presolve_cost(p, l);
	double		excess = other_cost - r * cost;
	double		size = fabs(other_cost) + fabs(r * cost);
	double		bound;

	if (fabs(r) > RATIO_MAX || fabs(r) < 1.0 / RATIO_MAX)
		return CO_OK;
	if (fabs(excess) <= CO_PRESOLVE_ROUNDING * size)
		return join_columns(p, j, l, r);
	if (fabs(excess) <= COST_MARGIN * size)
		return CO_OK;
	bound = find_forced_bound(p, j, l, r, excess);
	if (!isnan(bound))
	{
		p->stats.n_duplicate_column++;
		return co_presolve_fix(p, l, bound);
	}
	bound = find_forced_bound(p, l, j, 1.0 / r, -excess / r);
	if (!isnan(bound))
	{
		p->stats.n_duplicate_column++;
		return co_presolve_fix(p, j, bound);
	}
	return CO_OK;
}

CoRc
co_presolve_duplicate_columns(CoPresolve *p)
{
	CoMark		mark = co_mark(p->arena);
	Vectors		v = {&p->qp->a, p->row_alive};
	HashTable	table;
	CoRc		rc = take_table(p->arena, p->qp->n, &table);

	for (int j = 0; j < p->qp->n && !rc && p->verdict == CO_PRESOLVE_REDUCED; j++)
	{
		if (!p->col_alive[j] || p->col_len[j] == 0 || !co_presolve_is_linear(p, j))
			continue;
		rc = co_presolve_tick(p, p->qp->a.start[j + 1] - p->qp->a.start[j]);
		if (!rc)
			rc = offer_vector(p, &v, p->col_alive, j, &table, merge_columns);
	}
	co_rewind(p->arena, mark);
	return rc;
}
