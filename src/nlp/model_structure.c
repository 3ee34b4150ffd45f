/*-------------------------------------------------------------------------
 *
 * nlp/model_structure.c
 *	  Where the model's derivatives have entries, and the place in them of
 *	  every number that a pattern or a matrix adds.
 *
 *-------------------------------------------------------------------------
 */
#include <limits.h>
#include <string.h>

#include "nlp/model_private.h"

#define FIRST_PAIRS		256

/* A set of (column, row). */
typedef struct Pairs
{
	CoArena    *arena;
	uint64_t   *slot;			/* column << 32 | row; EMPTY */
	int			n_slot,
				n;
	int64_t		work;			/* since the last poll */
} Pairs;

#define EMPTY	UINT64_MAX

static uint64_t *
find_pair(const Pairs *pairs, uint64_t key)
{
	uint64_t	hash = key * UINT64_C(0x9e3779b97f4a7c15);	/* 2^64 / golden ratio */
	int			mask = pairs->n_slot - 1;
	int			at = (int) (hash >> 33) & mask;

	while (pairs->slot[at] != EMPTY && pairs->slot[at] != key)
		at = (at + 1) & mask;
	return &pairs->slot[at];
}

/* More than ints count. */
static CoRc
refuse_size(CoArena *arena)
{
	(void) co_take(arena, SIZE_MAX, sizeof(uint64_t));	/* refused */
	return co_arena_failed(arena);
}

static CoRc
grow(Pairs *pairs)
{
	uint64_t   *old = pairs->slot;
	int			n_old = pairs->n_slot;
	int			n = n_old ? 2 * n_old : FIRST_PAIRS;

	if (n_old > INT_MAX / 2)
		return refuse_size(pairs->arena);
	pairs->slot = co_take(pairs->arena, (size_t) n, sizeof *pairs->slot);
	if (!pairs->slot)
		return co_arena_failed(pairs->arena);
	pairs->n_slot = n;
	memset(pairs->slot, 0xff, (size_t) n * sizeof *pairs->slot);
	for (int k = 0; k < n_old; k++)
		if (old[k] != EMPTY)
			*find_pair(pairs, old[k]) = old[k];
	return CO_OK;
}

static CoRc
count_work(Pairs *pairs, int n)
{
	pairs->work += n;
	if (pairs->work < CO_POLL_WORK / 32)
		return CO_OK;
	pairs->work = 0;
	return co_poll(pairs->arena);
}

static CoRc
add_pair(Pairs *pairs, int col, int row)
{
	uint64_t	key = (uint64_t) col << 32 | (uint64_t) row;
	uint64_t   *slot;
	CoRc		rc;

	if (2 * (int64_t) pairs->n >= pairs->n_slot && (rc = grow(pairs)))
		return rc;
	slot = find_pair(pairs, key);
	if (*slot == EMPTY)
	{
		*slot = key;
		pairs->n++;
	}
	return count_work(pairs, 1);
}

static CoRc
add_lower(Pairs *pairs, int i, int j)
{
	return i > j ? add_pair(pairs, j, i) : add_pair(pairs, i, j);
}

/* The set's keys, sorted, at the front. */
static CoRc
sort_pairs(Pairs *pairs)
{
	int			fill = 0;

	for (int k = 0; k < pairs->n_slot; k++)
		if (pairs->slot[k] != EMPTY)
			pairs->slot[fill++] = pairs->slot[k];
	return co_sort_keys(pairs->arena, fill, pairs->slot, NULL);
}

/* Rows of a column and of keys, which have them in their lower half; how many there are. */
static int
merge_rows(int n_base, const int *base, int n_key, const uint64_t *key, int *out)
{
	int			n = 0,
				e = 0,
				k = 0;

	while (e < n_base || k < n_key)
	{
		int			of_base = e < n_base ? base[e] : INT_MAX;
		int			of_key = k < n_key ? (int) (key[k] & UINT32_MAX) : INT_MAX;

		out[n++] = of_base < of_key ? of_base : of_key;
		e += of_base <= of_key;
		k += of_key <= of_base;
	}
	return n;
}

/* A matrix, which may be large and dense, and the set as a pattern without values. */
static CoRc
make_pattern(CoArena *arena, const CoCsc *base, Pairs *pairs, int nrow, int ncol, CoCsc *out)
{
	int			key = 0;
	CoRc		rc = pairs->n > 0 ? sort_pairs(pairs) : CO_OK;

	if (co_csc_nnz(base) > INT_MAX - pairs->n)
		return refuse_size(arena);
	*out = (CoCsc) {.nrow = nrow, .ncol = ncol};
	out->start = co_take_zero_ints(arena, (size_t) ncol + 1);
	out->index = co_take_ints(arena, (size_t) co_csc_nnz(base) + (size_t) pairs->n);
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	for (int j = 0; j < ncol && !rc; j++)
	{
		int			length = co_csc_length(base, j);
		int			first = key;

		while (key < pairs->n && pairs->slot[key] >> 32 == (uint64_t) j)
			key++;
		out->start[j + 1] = out->start[j] +
			merge_rows(length, length ? base->index + base->start[j] : NULL,
					   key - first, key > first ? pairs->slot + first : NULL, out->index + out->start[j]);
		rc = count_work(pairs, length + key - first);
	}
	return rc;
}

/* Place of an entry that is there. */
static int
find_place(const CoCsc *a, int row, int col)
{
	int			low = a->start[col],
				high = a->start[col + 1] - 1;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (a->index[middle] < row)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int
find_lower(const CoCsc *a, int i, int j)
{
	return i > j ? find_place(a, i, j) : find_place(a, j, i);
}

/* The same of the next entry of a column, by the place of the last. */
static int
next_place(const CoCsc *a, int row, int place)
{
	while (a->index[place] < row)
		place++;
	return place;
}

static bool
in_rows(const CoPattern *pattern)
{
	return pattern->n > pattern->n_objective;
}

/* Units that a cell's places must be looked up for: one where all are alike. */
static int
distinct_end(const CoPattern *pattern, bool alike)
{
	return alike ? pattern->n_objective_unit + 1 : pattern->n_unit;
}

static bool
cell_alike(const CoPattern *pattern, const CoCell *cell, bool by_row)
{
	const CoIntColumn *owner = &pattern->var[pattern->n_var - 1];

	if (by_row)
		return !owner->index && !pattern->var[cell->var_i].index;
	return !pattern->var[cell->var_i].index && !pattern->var[cell->var_j].index;
}

static CoRc
add_gradient_cell(Pairs *pairs, const CoPattern *pattern, const CoCell *cell)
{
	const CoIntColumn *owner = &pattern->var[pattern->n_var - 1];
	const CoIntColumn *var = &pattern->var[cell->var_i];
	int			end = distinct_end(pattern, cell_alike(pattern, cell, true));
	CoRc		rc = CO_OK;

	for (int k = pattern->n_objective_unit; k < end && !rc; k++)
		rc = add_pair(pairs, co_int_column_at(var, k), co_int_column_at(owner, k) - 1);
	return rc;
}

/* Place k of the cell; a column of places where they are not all alike. */
static CoRc
take_places(CoArena *arena, const CoPattern *pattern, CoCell *cell, bool alike)
{
	cell->at.index = alike ? NULL : co_take_ints(arena, (size_t) pattern->n_unit);
	return co_arena_failed(arena);
}

static void
set_place(CoCell *cell, int k, int place)
{
	if (cell->at.index)
		cell->at.index[k] = place;
	else
		cell->at.one = place;
}

static CoRc
find_jacobian_places(CoModelBuild *build, CoPattern *pattern, CoCell *cell)
{
	const CoCsc *jac = &build->out->nlp.jac;
	const CoIntColumn *owner = &pattern->var[pattern->n_var - 1];
	const CoIntColumn *var = &pattern->var[cell->var_i];
	bool		alike = cell_alike(pattern, cell, true);
	CoRc		rc = take_places(build->arena, pattern, cell, alike);

	for (int k = pattern->n_objective_unit; k < distinct_end(pattern, alike) && !rc; k++)
	{
		set_place(cell, k, find_place(jac, co_int_column_at(owner, k) - 1, co_int_column_at(var, k)));
		rc = co_lower_work(&build->lowering, 2);
	}
	return rc;
}

/* Every variable of every direction, in this order. */
static CoRc
add_call_use(Pairs *pairs, const CoCalls *calls, const CoCallUse *use)
{
	const CoCall *call = &calls->call[use->call];
	CoRc		rc = CO_OK;

	for (int d = 0; d < call->n_direction && use->owner > 0; d++)
		for (int t = 0; t < call->direction[d].var.n && !rc; t++)
			rc = add_pair(pairs, call->direction[d].var.index[t], use->owner - 1);
	return rc;
}

static CoRc
place_call_use(CoModelBuild *build, const CoCalls *calls, CoCallUse *use)
{
	const CoCsc *jac = &build->out->nlp.jac;
	const CoCall *call = &calls->call[use->call];
	int			n = 0;

	if (use->owner == 0)
		return CO_OK;
	for (int d = 0; d < call->n_direction; d++)
		n += call->direction[d].var.n;
	use->place = co_take_ints(build->arena, (size_t) n);
	if (!use->place)
		return co_arena_failed(build->arena);
	n = 0;
	for (int d = 0; d < call->n_direction; d++)
		for (int t = 0; t < call->direction[d].var.n; t++)
			use->place[n++] = find_place(jac, use->owner - 1, call->direction[d].var.index[t]);
	return co_lower_work(&build->lowering, 2 * n + 1);
}

static CoRc
place_jacobian(CoModelBuild *build)
{
	const CoCsc *jac = &build->out->nlp.jac;
	CoModelSelf *self = build->self;
	CoRowQuad  *quad = &self->quad;
	const CoCsc *a = &self->qp.a;
	CoRc		rc = CO_OK;

	self->jac_base = co_take_zero_doubles(build->arena, (size_t) co_csc_nnz(jac));
	quad->jac_i = co_take_ints(build->arena, (size_t) quad->n);
	quad->jac_j = co_take_ints(build->arena, (size_t) quad->n);
	if (co_arena_failed(build->arena))
		return co_arena_failed(build->arena);
	for (int j = 0; j < a->ncol && !rc; j++)
	{
		for (int e = a->start[j], place = jac->start[j]; e < a->start[j + 1]; e++)
		{
			place = next_place(jac, a->index[e], place);
			self->jac_base[place] = a->value[e];
		}
		rc = co_lower_work(&build->lowering, a->start[j + 1] - a->start[j]);
	}
	for (int t = 0; t < quad->n && !rc; t++)
	{
		quad->jac_i[t] = find_place(jac, quad->row[t], quad->i[t]);
		quad->jac_j[t] = find_place(jac, quad->row[t], quad->j[t]);
		rc = co_lower_work(&build->lowering, 2);
	}
	for (int p = 0; p < self->n_pattern; p++)
		for (int c = 0; in_rows(self->pattern[p]) && c < self->pattern[p]->n_gradient && !rc; c++)
			rc = find_jacobian_places(build, self->pattern[p], &self->pattern[p]->gradient_cell[c]);
	for (int k = 0; k < self->calls.n_use && !rc; k++)
		rc = place_call_use(build, &self->calls, &self->calls.use[k]);
	return rc;
}

CoRc
co_model_jacobian(CoModelBuild *build)
{
	CoModelSelf *self = build->self;
	const CoRowQuad *quad = &self->quad;
	CoMark		mark = co_mark(&build->scratch);
	Pairs		pairs = {.arena = &build->scratch};
	CoRc		rc = CO_OK;

	for (int t = 0; t < quad->n && !rc; t++)
	{
		rc = add_pair(&pairs, quad->i[t], quad->row[t]);
		if (!rc)
			rc = add_pair(&pairs, quad->j[t], quad->row[t]);
	}
	for (int p = 0; p < self->n_pattern; p++)
		for (int c = 0; in_rows(self->pattern[p]) && c < self->pattern[p]->n_gradient && !rc; c++)
			rc = add_gradient_cell(&pairs, self->pattern[p], &self->pattern[p]->gradient_cell[c]);
	for (int k = 0; k < self->calls.n_use && !rc; k++)
		rc = add_call_use(&pairs, &self->calls, &self->calls.use[k]);
	if (rc || (rc = make_pattern(build->arena, &self->qp.a, &pairs, self->qp.m, self->qp.n, &build->out->nlp.jac)))
		return rc;
	co_rewind(&build->scratch, mark);
	return place_jacobian(build);
}

static CoRc
add_hessian_cell(Pairs *pairs, const CoPattern *pattern, const CoCell *cell)
{
	const CoIntColumn *i = &pattern->var[cell->var_i];
	const CoIntColumn *j = &pattern->var[cell->var_j];
	int			end = cell_alike(pattern, cell, false) ? 1 : pattern->n_unit;
	CoRc		rc = CO_OK;

	for (int k = 0; k < end && !rc; k++)
		rc = add_lower(pairs, co_int_column_at(i, k), co_int_column_at(j, k));
	return rc;
}

/*
 * A second derivative in two arguments stands for both of its entries; where
 * the arguments share a variable, both are the same entry of the model's.
 */
static CoRc
find_hessian_places(CoModelBuild *build, CoPattern *pattern, CoCell *cell)
{
	const CoCsc *hess = &build->out->nlp.hess;
	const CoIntColumn *i = &pattern->var[cell->var_i];
	const CoIntColumn *j = &pattern->var[cell->var_j];
	bool		alike = cell_alike(pattern, cell, false);
	CoRc		rc = take_places(build->arena, pattern, cell, alike);

	for (int k = 0; k < (alike ? 1 : pattern->n_unit) && !rc; k++)
	{
		int			var_i = co_int_column_at(i, k);
		int			var_j = co_int_column_at(j, k);
		int			place = find_lower(hess, var_i, var_j);

		set_place(cell, k, var_i == var_j && !cell->diagonal ? ~place : place);
		rc = co_lower_work(&build->lowering, 2);
	}
	return rc;
}

static CoRc
place_hessian(CoModelBuild *build)
{
	const CoCsc *hess = &build->out->nlp.hess;
	CoModelSelf *self = build->self;
	CoRowQuad  *quad = &self->quad;
	const CoCsc *p = &self->qp.p;
	CoRc		rc = CO_OK;

	self->p_place = co_take_ints(build->arena, (size_t) co_csc_nnz(p));
	quad->hess = co_take_ints(build->arena, (size_t) quad->n);
	if (co_arena_failed(build->arena))
		return co_arena_failed(build->arena);
	for (int j = 0; j < p->ncol && !rc; j++)
	{
		for (int e = p->start[j], place = hess->start[j]; e < p->start[j + 1]; e++)
		{
			place = next_place(hess, p->index[e], place);
			self->p_place[e] = place;
		}
		rc = co_lower_work(&build->lowering, p->start[j + 1] - p->start[j]);
	}
	for (int t = 0; t < quad->n && !rc; t++)
	{
		quad->hess[t] = find_place(hess, quad->i[t], quad->j[t]);
		rc = co_lower_work(&build->lowering, 1);
	}
	for (int k = 0; k < self->n_pattern; k++)
		for (int c = 0; c < self->pattern[k]->n_hessian && !rc; c++)
			rc = find_hessian_places(build, self->pattern[k], &self->pattern[k]->hessian_cell[c]);
	return rc;
}

CoRc
co_model_hessian(CoModelBuild *build)
{
	CoModelSelf *self = build->self;
	const CoRowQuad *quad = &self->quad;
	CoMark		mark = co_mark(&build->scratch);
	Pairs		pairs = {.arena = &build->scratch};
	CoRc		rc = CO_OK;

	for (int t = 0; t < quad->n && !rc; t++)
		rc = add_lower(&pairs, quad->i[t], quad->j[t]);
	for (int k = 0; k < self->n_pattern; k++)
		for (int c = 0; c < self->pattern[k]->n_hessian && !rc; c++)
			rc = add_hessian_cell(&pairs, self->pattern[k], &self->pattern[k]->hessian_cell[c]);
	if (rc || (rc = make_pattern(build->arena, &self->qp.p, &pairs, self->qp.n, self->qp.n, &build->out->nlp.hess)))
		return rc;
	co_rewind(&build->scratch, mark);
	return place_hessian(build);
}
