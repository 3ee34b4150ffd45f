/*-------------------------------------------------------------------------
 *
 * linalg/ldl_symbolic.c
 *	  From the assembly tree to everything the numeric phase follows blindly:
 *	  row structures, scatter lists, and the place of every panel and CB.
 *
 * The CBs lie on two stacks that grow towards each other from the ends of one
 * array.  A front's CB is put on the stack its parent's is not on, so that the
 * parent's can be begun, and the child's taken away, at the same moment; with
 * one stack the parent's would have to be moved down or the whole path of
 * ancestors held.  Since the order of these events is known, so are all
 * places, and the numeric phase has no stack pointer.
 *
 *-------------------------------------------------------------------------
 */
#include "linalg/ldl_private.h"

#include <string.h>

/* Sums of products beyond this are not memory sizes any more. */
#define LARGEST_SIZE	1e18

/* Work columns are read and written in whole vectors beyond their end. */
#define PADDING			(2 * CO_LANES)

typedef struct Layout			/* the CBs on their two stacks */
{
	const CoTree *tree;
	unsigned char *side;		/* [n_fronts] stack of the front's CB */
	unsigned char *has_child,	/* [n_fronts] */
			   *active;
	double		top[2],
				peak;
	CoFront    *front;			/* NULL: measure only */
	size_t		size;			/* of the array, when front is given */
} Layout;

static double
cb_elements(const CoTree *tree, int f)
{
	int			np = tree->first[f + 1] - tree->first[f];
	int			m = tree->size[f] - np;

	return m == 0 ? 0.0 : (double) co_cb_columns(m) * co_cb_stride(m);
}

static void
push_cb(Layout *layout, int f)
{
	int			side = layout->side[f];
	double		size = cb_elements(layout->tree, f);

	if (layout->front)
	{
		size_t		at = (size_t) layout->top[side];

		layout->front[f].cb_at = side == 0 ? at : layout->size - at - (size_t) size;
	}
	layout->top[side] += size;
	if (layout->top[0] + layout->top[1] > layout->peak)
		layout->peak = layout->top[0] + layout->top[1];
}

/* Run through the numeric phase's order of events. */
static CoRc
place_cbs(CoTicker *ticker, Layout *layout)
{
	const CoTree *tree = layout->tree;
	CoRc		rc = CO_OK;

	memset(layout->has_child, 0, (size_t) tree->n_fronts);
	memset(layout->active, 0, (size_t) tree->n_fronts);
	layout->top[0] = layout->top[1] = layout->peak = 0.0;
	for (int f = tree->n_fronts - 1; f >= 0 && !rc; f--)
	{
		int			up = tree->parent[f];

		rc = co_tick(ticker, CO_ACCESS_COST);
		layout->side[f] = up == -1 ? 0 : !layout->side[up];
		if (up != -1)
			layout->has_child[up] = 1;
	}
	for (int f = 0; f < tree->n_fronts && !rc; f++)
	{
		int			up = tree->parent[f];

		rc = co_tick(ticker, CO_ACCESS_COST);
		if (up != -1 && !layout->active[up])
		{
			layout->active[up] = 1;
			push_cb(layout, up);
		}
		if (layout->has_child[f])
			layout->top[layout->side[f]] -= cb_elements(tree, f);
	}
	return rc;
}

static size_t
larger(size_t a, double b)
{
	return (double) a >= b ? a : (size_t) b;
}

/* What one front needs of the work arrays, and what it costs. */
static void
measure_front(int np, int nf, bool has_child, CoLdlSizes *sizes, CoLdlStats *stats)
{
	int			m = nf - np;
	bool		large = co_front_is_large(np, nf);
	double		width = large ? CO_UPDATE_COLUMNS : CO_KERNEL_COLUMNS;

	sizes->l += (size_t) np * (size_t) nf;
	sizes->row += (size_t) m;
	sizes->column = larger(sizes->column, (double) nf + PADDING);
	sizes->coefficient = larger(sizes->coefficient, width * np);
	if (!has_child && m > 0)
		sizes->leaf_block = larger(sizes->leaf_block, width * co_cb_stride(m));
	if (np > CO_PANEL_COLUMNS)
	{
		sizes->panel = larger(sizes->panel, (double) np * CO_PANEL_COLUMNS);
		sizes->other_column = larger(sizes->other_column, (double) np + PADDING);
	}
	if (np > sizes->max_pivots)
		sizes->max_pivots = np;
	if (nf > stats->largest_front)
		stats->largest_front = nf;
	stats->nnz_l += (int64_t) np * nf - (int64_t) np * (np - 1) / 2;
	for (int k = 0; k < np; k++)
		stats->flops += 0.5 * (double) (nf - k - 1) * (double) (nf - k + 2);
}

/* Bytes that co_ldl_analyze keeps. */
static double
count_bytes(double n, double n_fronts, double nnz, const CoLdlSizes *sizes)
{
	double		doubles = (double) sizes->l + (double) sizes->stack +
		(double) sizes->leaf_block + (double) sizes->coefficient +
		(double) sizes->column + (double) sizes->other_column + (double) sizes->panel +
		2.0 * sizes->max_pivots + 4.0 * n;
	double		ints = 7.0 * n + 2.0 * (double) sizes->row + 2.0 * nnz + sizes->max_pivots;

	return doubles * sizeof(double) + ints * sizeof(int) + n_fronts * sizeof(CoFront);
}

static CoRc
take_layout(CoArena *arena, const CoTree *tree, Layout *layout)
{
	size_t		n = (size_t) tree->n_fronts;

	memset(layout, 0, sizeof *layout);
	layout->tree = tree;
	layout->side = co_take(arena, 3 * n, 1);
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	layout->has_child = layout->side + n;
	layout->active = layout->has_child + n;
	return CO_OK;
}

static CoRc
measure_tree(CoArena *arena, const CoTree *tree, CoLdlSizes *sizes, CoLdlStats *stats)
{
	CoTicker	ticker = co_ticker(arena);
	Layout		layout;
	CoRc		rc = take_layout(arena, tree, &layout);

	if (!rc)
		rc = place_cbs(&ticker, &layout);
	for (int f = 0; f < tree->n_fronts && !rc; f++)
	{
		int			np = tree->first[f + 1] - tree->first[f];

		measure_front(np, tree->size[f], layout.has_child[f], sizes, stats);
		rc = co_tick(&ticker, CO_ACCESS_COST + 4.0 * np);
	}
	if (rc)
		return rc;
	sizes->l += PADDING;
	sizes->stack = (size_t) (layout.peak < LARGEST_SIZE ? layout.peak : LARGEST_SIZE) + PADDING;
	return CO_OK;
}

CoRc
co_ldl_measure(CoArena *arena, const CoCsc *lower, CoTree *tree,
			   CoLdlSizes *sizes, CoLdlStats *stats)
{
	CoMark		mark = co_mark(arena);
	CoRc		rc = co_tree_build(arena, lower, tree);
	double		bytes;

	memset(sizes, 0, sizeof *sizes);
	memset(stats, 0, sizeof *stats);
	if (!rc)
		rc = measure_tree(arena, tree, sizes, stats);
	co_rewind(arena, mark);
	if (rc)
		return rc;
	stats->n = lower->ncol;
	stats->n_fronts = tree->n_fronts;
	bytes = count_bytes(stats->n, stats->n_fronts, co_csc_nnz(lower), sizes);
	stats->memory = bytes < LARGEST_SIZE ? (size_t) bytes : SIZE_MAX;
	return CO_OK;
}

static CoRc
take_ldl(CoArena *arena, int nnz, const CoLdlSizes *sizes, CoLdl *ldl)
{
	size_t		n = (size_t) ldl->n;

	ldl->perm = co_take_ints(arena, n);
	ldl->front = co_take_zero(arena, (size_t) ldl->n_fronts, sizeof(CoFront));
	ldl->row = co_take_ints(arena, sizes->row);
	ldl->relative = co_take_ints(arena, sizes->row);
	ldl->entry_start = co_take_ints(arena, n + 1);
	ldl->entry_source = co_take_ints(arena, (size_t) nnz);
	ldl->entry_row = co_take_ints(arena, (size_t) nnz);
	ldl->d_inverse = co_take_doubles(arena, n);
	ldl->e_inverse = co_take_doubles(arena, n);
	ldl->pivot_order = co_take_ints(arena, n);
	ldl->norm = co_take_doubles(arena, n);
	ldl->x = co_take_doubles(arena, n);
	ldl->leaf_block = co_take_doubles(arena, sizes->leaf_block);
	ldl->coefficient = co_take_doubles(arena, sizes->coefficient);
	ldl->column = co_take_doubles(arena, sizes->column);
	ldl->other_column = co_take_doubles(arena, sizes->other_column);
	ldl->panel = co_take_doubles(arena, sizes->panel);
	ldl->d = co_take_doubles(arena, (size_t) sizes->max_pivots);
	ldl->e = co_take_doubles(arena, (size_t) sizes->max_pivots);
	ldl->swap = co_take_ints(arena, (size_t) sizes->max_pivots);
	ldl->stack = co_take_doubles(arena, sizes->stack);
	ldl->l = co_take_doubles(arena, sizes->l);
	return co_arena_failed(arena);
}

static CoRc
place_fronts(CoArena *arena, CoTicker *ticker, const CoTree *tree, size_t stack_size, CoLdl *ldl)
{
	size_t		l_at = 0,
				row_at = 0;
	Layout		layout;
	CoRc		rc = take_layout(arena, tree, &layout);

	if (rc)
		return rc;
	layout.front = ldl->front;
	layout.size = stack_size - PADDING;
	rc = place_cbs(ticker, &layout);
	for (int f = 0; f < tree->n_fronts && !rc; f++)
	{
		CoFront    *front = &ldl->front[f];

		rc = co_tick(ticker, 2.0 * CO_ACCESS_COST);

		front->first = tree->first[f];
		front->np = tree->first[f + 1] - tree->first[f];
		front->nf = tree->size[f];
		front->parent = tree->parent[f];
		front->has_child = layout.has_child[f];
		front->l_at = l_at;
		front->row_at = row_at;
		l_at += (size_t) front->np * (size_t) front->nf;
		row_at += (size_t) co_front_rows_below(front);
	}
	return rc;
}

typedef struct Builder			/* work of the row structures */
{
	CoLdl	   *ldl;
	int		   *front_of,		/* [n] front of a pivot */
			   *mark,			/* [n_fronts] last row that reached the front */
			   *n_row,			/* [n_fronts] CB rows found so far */
			   *start,			/* [n + 1] K's entries by the later pivot */
			   *column,			/* their earlier pivot */
			   *source;			/* their position in value[] */
} Builder;

/* Bytes that co_ldl_build needs beside what it keeps. */
double
co_ldl_build_bytes(const CoLdlStats *stats, int nnz)
{
	return sizeof(int) * (2.0 * stats->n + 2.0 * nnz + 2.0 * stats->n_fronts) + 3.0 * stats->n_fronts;
}

static CoRc
take_builder(CoArena *arena, CoTicker *ticker, int nnz, Builder *builder)
{
	size_t		n = (size_t) builder->ldl->n;
	size_t		n_fronts = (size_t) builder->ldl->n_fronts;
	CoRc		rc;

	builder->front_of = co_take_ints(arena, n);
	builder->mark = co_take_ints(arena, n_fronts);
	builder->n_row = co_take_zero_ints(arena, n_fronts);
	builder->start = co_take_zero_ints(arena, n + 1);
	builder->column = co_take_ints(arena, (size_t) nnz);
	builder->source = co_take_ints(arena, (size_t) nnz);
	rc = co_arena_failed(arena);
	for (size_t f = 0; f < n_fronts && !rc; f++)
	{
		const CoFront *front = &builder->ldl->front[f];

		rc = co_tick(ticker, 2.0 * CO_ACCESS_COST + front->np);
		builder->mark[f] = -1;
		for (int k = 0; k < front->np; k++)
			builder->front_of[front->first + k] = (int) f;
	}
	return rc;
}

/*
 * Sort K's entries by their later pivot, and count them by their earlier one.
 * place [n] is work.
 */
static CoRc
sort_entries(Builder *builder, CoTicker *ticker, const CoCsc *k, int *place)
{
	CoLdl	   *ldl = builder->ldl;
	int		   *fill = builder->start;	/* one ahead while counting */
	CoRc		rc = CO_OK;

	for (int i = 0; i < ldl->n && !rc; i++)
	{
		place[ldl->perm[i]] = i;
		rc = co_tick(ticker, CO_ACCESS_COST);
	}
	memset(ldl->entry_start, 0, ((size_t) ldl->n + 1) * sizeof(int));
	for (int j = 0; j < ldl->n && !rc; j++)
	{
		for (int p = k->start[j]; p < k->start[j + 1]; p++)
		{
			int			pi = place[k->index[p]],
						pj = place[j];

			fill[(pi > pj ? pi : pj) + 1]++;
			ldl->entry_start[(pi > pj ? pj : pi) + 1]++;
		}
		rc = co_tick(ticker, CO_ACCESS_COST * (1 + k->start[j + 1] - k->start[j]));
	}
	for (int j = 0; j < ldl->n; j++)
	{
		fill[j + 1] += fill[j];
		ldl->entry_start[j + 1] += ldl->entry_start[j];
	}
	for (int j = 0; j < ldl->n && !rc; j++)
	{
		for (int p = k->start[j]; p < k->start[j + 1]; p++)
		{
			int			pi = place[k->index[p]],
						pj = place[j];
			int			at = fill[pi > pj ? pi : pj]++;

			builder->column[at] = pi > pj ? pj : pi;
			builder->source[at] = p;
		}
		rc = co_tick(ticker, CO_ACCESS_COST * (1 + k->start[j + 1] - k->start[j]));
	}
	for (int j = ldl->n; j > 0; j--)	/* filling has moved each start by one */
		fill[j] = fill[j - 1];
	fill[0] = 0;
	return rc;
}

/*
 * Row i of L is the union of the tree's paths from its entries' fronts to its
 * own [Liu90, Theorem 2.4]: walk each path up to where the row has been.
 * Returns the row's place in the front the path begins with.
 */
static int
walk_up(Builder *builder, int i, int f)
{
	CoLdl	   *ldl = builder->ldl;
	int			goal = builder->front_of[i];
	size_t		last = 0;
	bool		arrived = false;
	int			place = -1;

	for (;;)
	{
		CoFront    *front = &ldl->front[f];
		bool		seen = builder->mark[f] == i;
		int			here;

		if (f == goal)
			here = i - front->first;
		else
		{
			if (!seen)
			{
				builder->mark[f] = i;
				ldl->row[front->row_at + (size_t) builder->n_row[f]++] = i;
			}
			here = front->np + builder->n_row[f] - 1;
		}
		if (place == -1)
			place = here;
		if (arrived)
			ldl->relative[last] = here;
		if (f == goal || seen)
			return place;
		last = front->row_at + (size_t) builder->n_row[f] - 1;
		arrived = true;
		f = front->parent;
	}
}

/*
 * One sweep over the rows in pivot order gives ascending row structures, the
 * relative indices and the scatter lists, all without sorting.
 */
static CoRc
build_rows(Builder *builder, CoTicker *ticker)
{
	CoLdl	   *ldl = builder->ldl;
	int		   *fill = ldl->entry_start;
	CoRc		rc = CO_OK;

	for (int i = 0; i < ldl->n && !rc; i++)
	{
		for (int p = builder->start[i]; p < builder->start[i + 1]; p++)
		{
			int			col = builder->column[p];
			int			at = fill[col]++;

			ldl->entry_source[at] = builder->source[p];
			ldl->entry_row[at] = walk_up(builder, i, builder->front_of[col]);
		}
		rc = co_tick(ticker, CO_ACCESS_COST * (1 + 2.0 * (builder->start[i + 1] - builder->start[i])));
	}
	for (int j = ldl->n; j > 0; j--)
		fill[j] = fill[j - 1];
	fill[0] = 0;
	return rc;
}

static CoRc
build_structure(CoArena *arena, const CoCsc *lower, const CoTree *tree,
				size_t stack_size, CoLdl *ldl)
{
	CoTicker	ticker = co_ticker(arena);
	Builder		builder = {.ldl = ldl};
	CoRc		rc = place_fronts(arena, &ticker, tree, stack_size, ldl);

	if (!rc)
		rc = take_builder(arena, &ticker, co_csc_nnz(lower), &builder);
	if (!rc)
		rc = sort_entries(&builder, &ticker, lower, ldl->pivot_order);
	if (!rc)
		rc = build_rows(&builder, &ticker);
	return rc;
}

CoRc
co_ldl_build(CoArena *arena, const CoCsc *lower, const CoTree *tree,
			 const CoLdlSizes *sizes, const CoLdlStats *stats, CoLdl **out)
{
	CoLdl	   *ldl = co_take_zero(arena, 1, sizeof(CoLdl));
	CoMark		mark;
	CoRc		rc;

	if (!ldl)
		return co_arena_failed(arena);
	ldl->arena = arena;
	ldl->solves = co_ticker(arena);
	ldl->kernels = co_kernels(0);
	ldl->stats = *stats;
	ldl->n = stats->n;
	ldl->n_fronts = stats->n_fronts;
	rc = take_ldl(arena, co_csc_nnz(lower), sizes, ldl);
	if (rc)
		return rc;
	if (ldl->n > 0)
		memcpy(ldl->perm, tree->perm, (size_t) ldl->n * sizeof(int));
	memset(ldl->l + sizes->l - PADDING, 0, PADDING * sizeof(double));
	mark = co_mark(arena);
	rc = build_structure(arena, lower, tree, sizes->stack, ldl);
	co_rewind(arena, mark);
	*out = ldl;
	return rc;
}
