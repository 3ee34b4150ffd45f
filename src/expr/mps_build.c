/*-------------------------------------------------------------------------
 *
 * expr/mps_build.c
 *	  MPS and QPS texts: from what was read to a problem block.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <string.h>

#include "expr/mps.h"

/* Leaves or terms between two polls: about 10 ms. */
#define POLL_ITEMS		100000

static CoRc
poll_every(const CoMps *mps, int k)
{
	return k % POLL_ITEMS == POLL_ITEMS - 1 ? co_poll(mps->arena) : CO_OK;
}

/* Names need a NUL for the builder: room for the longest. */
static char *
take_name_buffer(CoMps *mps)
{
	const CoMpsNames *both[2] = {&mps->row_names, &mps->column_names};
	int			longest = 0;

	for (int b = 0; b < 2; b++)
		for (int k = 0; k < both[b]->n; k++)
			if (both[b]->name[k].length > longest)
				longest = both[b]->name[k].length;
	return co_take(mps->arena, (size_t) longest + 1, 1);
}

static const char *
copy_name(char *buffer, const CoMpsName *name)
{
	memcpy(buffer, name->text, (size_t) name->length);
	buffer[name->length] = '\0';
	return buffer;
}

/* Column j becomes leaf j, whether it has entries or not. */
static CoRc
add_leaves(CoMps *mps, CoBuilder *builder, char *buffer)
{
	CoRc		rc = CO_OK;

	for (int j = 0; j < mps->column_names.n && !rc; j++)
	{
		CoLeafDef	def = {
			.name = copy_name(buffer, &mps->column_names.name[j]),
			.kind = CO_LEAF_VARIABLE,
			.lower = mps->column[j].lower,
			.upper = mps->column[j].upper,
			.start = NAN
		};
		int			leaf;

		rc = co_builder_leaf(builder, &def, &leaf, mps->error);
		if (!rc)
			rc = poll_every(mps, j);
	}
	return rc;
}

typedef struct Sorted			/* entries by their i, those of one i as they
								 * came */
{
	int		   *order,			/* numbers of entries */
			   *start;			/* [n + 1] of each i, in order */
} Sorted;

static CoRc
sort_entries(const CoMps *mps, const CoMpsEntries *entries, int n, Sorted *out)
{
	int		   *next = co_take_zero_ints(mps->arena, (size_t) n + 2);
	CoRc		rc = CO_OK;

	out->start = next;
	out->order = co_take_ints(mps->arena, (size_t) entries->n);
	if (co_arena_failed(mps->arena))
		return co_arena_failed(mps->arena);
	for (int e = 0; e < entries->n && !rc; e++)
	{
		next[entries->entry[e].i + 2]++;
		rc = poll_every(mps, e);
	}
	for (int i = 2; i <= n + 1; i++)
		next[i] += next[i - 1];
	for (int e = 0; e < entries->n && !rc; e++)
	{
		out->order[next[entries->entry[e].i + 1]++] = e;
		rc = poll_every(mps, e);
	}
	return rc;
}

static CoRc
add_terms(const CoMps *mps, CoBuilder *builder, int row, const Sorted *sorted)
{
	CoRc		rc = CO_OK;

	for (int k = sorted->start[row]; k < sorted->start[row + 1] && !rc; k++)
	{
		const CoMpsEntry *entry = &mps->matrix.entry[sorted->order[k]];

		rc = co_builder_lin(builder, entry->j, entry->value);
		if (!rc)
			rc = poll_every(mps, k);
	}
	return rc;
}

/*
 * Bounds of a row: type and right-hand side, widened by a range R:
 *
 *		L	[rhs - |R|, rhs]		E, R >= 0	[rhs, rhs + R]
 *		G	[rhs, rhs + |R|]		E, R < 0	[rhs + R, rhs]
 */
static void
row_bounds(const CoMpsRow *row, double *lower, double *upper)
{
	double		range = row->has_range ? row->range : 0.0;
	double		width = row->has_range ? fabs(range) : INFINITY;

	*lower = *upper = row->rhs;
	if (row->type == 'L')
		*lower = row->rhs - width;
	else if (row->type == 'G')
		*upper = row->rhs + width;
	else if (range >= 0.0)
		*upper = row->rhs + range;
	else
		*lower = row->rhs + range;
}

static CoRc
add_rows(CoMps *mps, CoBuilder *builder, char *buffer, const Sorted *sorted)
{
	CoRc		rc = CO_OK;

	for (int r = 0; r < mps->row_names.n && !rc; r++)
	{
		double		lower,
					upper;

		if (mps->row[r].type == 'N')
			continue;
		row_bounds(&mps->row[r], &lower, &upper);
		rc = co_builder_row(builder, copy_name(buffer, &mps->row_names.name[r]), NULL,
							lower, upper);
		if (!rc)
			rc = add_terms(mps, builder, r, sorted);
		if (!rc)
			rc = poll_every(mps, r);
	}
	return rc;
}

static CoRc
refuse_quadratic(CoMps *mps, int e, const char *message, const char *hint)
{
	mps->line_number = mps->quadratic.entry[e].line;
	return co_mps_refuse(mps, &mps->column_names.name[mps->quadratic.entry[e].i], message,
						 NULL, hint);
}

typedef struct Triangle			/* the quadratic entries with i >= j */
{
	CoMpsEntries entries;
	Sorted		sorted;
	int		   *first;			/* [n] of the column at hand: entry + 1 of (i,
								 * j) */
	bool		both;			/* the text lists both triangles */
} Triangle;

/*
 * The second entry of a pair: of QMATRIX the mirror image with the same value,
 * otherwise one too many.
 */
static CoRc
match_quadratic(CoMps *mps, const Triangle *triangle, int e, int mate)
{
	const CoMpsEntry *entry = &triangle->entries.entry[e];

	if (mate < 0 || !triangle->both || entry->i == entry->j ||
		mps->quadratic.entry[mate - 1].i == mps->quadratic.entry[e].i)
		return refuse_quadratic(mps, e, "second quadratic term of column \"%s\" with the same column",
								triangle->both ? NULL :
								"QUADOBJ lists one triangle; QMATRIX lists both.");
	if (triangle->entries.entry[mate - 1].value != entry->value)
		return refuse_quadratic(mps, e, "QMATRIX is not symmetric at column \"%s\"", NULL);
	triangle->first[entry->j] = -1;
	return CO_OK;
}

static CoRc
add_quadratic_column(CoMps *mps, CoBuilder *builder, const Triangle *triangle, int column)
{
	const int  *order = triangle->sorted.order;
	int			from = triangle->sorted.start[column],
				to = triangle->sorted.start[column + 1];
	CoRc		rc = CO_OK;

	for (int k = from; k < to && !rc; k++)
	{
		const CoMpsEntry *entry = &triangle->entries.entry[order[k]];
		int			mate = triangle->first[entry->j];

		if (mate != 0)
			rc = match_quadratic(mps, triangle, order[k], mate);
		else
		{
			triangle->first[entry->j] = order[k] + 1;
			rc = co_builder_quad(builder, entry->j, entry->i,
								 entry->i == entry->j ? 0.5 * entry->value : entry->value);
		}
		if (!rc)
			rc = poll_every(mps, k);
	}

	/* Nothing of QMATRIX may be left without its mirror image. */
	for (int k = from; k < to && !rc; k++)
	{
		int			j = triangle->entries.entry[order[k]].j;

		if (triangle->both && triangle->first[j] > 0 && j != column)
			rc = refuse_quadratic(mps, order[k], "QMATRIX is not symmetric at column \"%s\"",
								  "QMATRIX lists both triangles; QUADOBJ lists one.");
		triangle->first[j] = 0;
	}
	return rc;
}

/* x'Px/2, term by term: P_ii/2 x_i^2 and, of each pair, P_ij x_i x_j. */
static CoRc
add_quadratic(CoMps *mps, CoBuilder *builder)
{
	int			n = mps->column_names.n;
	CoMpsEntries *entries;
	Triangle	triangle = {
		.entries = mps->quadratic,
		.both = (mps->seen & (1u << CO_MPS_QMATRIX)) != 0
	};
	CoRc		rc;

	entries = &triangle.entries;
	entries->entry = co_take_grown(mps->arena, entries->entry, (size_t) entries->n,
								   (size_t) entries->n, sizeof *entries->entry);
	triangle.first = co_take_zero_ints(mps->arena, (size_t) n);
	if (co_arena_failed(mps->arena))
		return co_arena_failed(mps->arena);
	for (int e = 0; e < entries->n; e++)
	{
		CoMpsEntry *entry = &entries->entry[e];

		if (entry->i < entry->j)
			*entry = (CoMpsEntry) {entry->value, entry->j, entry->i, entry->line};
	}
	rc = sort_entries(mps, entries, n, &triangle.sorted);
	for (int column = 0; column < n && !rc; column++)
	{
		rc = add_quadratic_column(mps, builder, &triangle, column);
		if (!rc)
			rc = poll_every(mps, column);
	}
	return rc;
}

static CoRc
add_objective(CoMps *mps, CoBuilder *builder, const Sorted *sorted)
{
	int			row = mps->objective;
	CoRc		rc = co_builder_row(builder, NULL, NULL, -INFINITY, INFINITY);

	if (!rc && row >= 0)
	{
		co_builder_constant(builder, -mps->row[row].rhs);
		rc = add_terms(mps, builder, row, sorted);
	}
	return rc ? rc : mps->quadratic.n > 0 ? add_quadratic(mps, builder) : CO_OK;
}

CoRc
co_mps_build(CoMps *mps, CoBlock *out)
{
	CoBuilder  *builder;
	char	   *buffer = take_name_buffer(mps);
	Sorted		sorted;
	CoRc		rc = sort_entries(mps, &mps->matrix, mps->row_names.n, &sorted);

	if (rc || (rc = co_builder_new(mps->arena, CO_BLOCK_PROBLEM, &builder)))
		return rc;
	co_builder_set_flags(builder, mps->maximize ? CO_FLAG_MAXIMIZE :
						 mps->objective < 0 && mps->quadratic.n == 0 ? CO_FLAG_FEASIBLE : 0);
	if ((rc = add_leaves(mps, builder, buffer)) ||
		(rc = add_objective(mps, builder, &sorted)) ||
		(rc = add_rows(mps, builder, buffer, &sorted)))
		return rc;
	co_builder_view(builder, out);
	return CO_OK;
}
