/*-------------------------------------------------------------------------
 *
 * pg/pg_triplet.c
 *	  opt_rows: constraints from (row, variable, coefficient) triplets.
 *
 * Triplets come in any order, so rows and variables are two tables of labels
 * and the terms three columns; the final function sorts the terms by row.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <limits.h>
#include <math.h>

#include "utils/memutils.h"

#include "pg/pg_agg.h"
#include "pg/pg_block.h"
#include "pg/pg_compat.h"
#include "pg/pg_env.h"
#include "pg/pg_error.h"

/* First capacity of the columns. */
#define FIRST_ROWS		16
#define FIRST_TERMS		64

typedef struct Triplets			/* the aggregate's state */
{
	CoArena    *arena;
	CoBuilder  *row;			/* labels of rows, as leaves */
	CoBuilder  *leaf;			/* variables */
	int			n_row,
				cap_row,
				n_term,
				cap_term;
	double	   *lower,			/* [n_row] */
			   *upper;
	int		   *term_row,		/* [n_term] */
			   *term_leaf;
	double	   *term_coef;
	uint32		owner;			/* of leaves that readers keep */
} Triplets;

static Triplets *
new_triplets(MemoryContext context)
{
	Triplets   *t = MemoryContextAllocZero(context, sizeof(Triplets));
	CoRc		rc;

	t->arena = copg_arena_new(context);
	t->owner = copg_new_owner();
	rc = co_builder_new(t->arena, CO_BLOCK_EXPR, &t->row);
	if (rc == CO_OK)
		rc = co_builder_new(t->arena, CO_BLOCK_EXPR, &t->leaf);
	copg_check_rc(rc, t->arena, NULL);
	return t;
}

static int
grown(int capacity, int first)
{
	if (capacity > INT_MAX / 2)
		copg_report_size();
	return capacity > 0 ? 2 * capacity : first;
}

static void
grow_rows(Triplets *t)
{
	int			capacity = grown(t->cap_row, FIRST_ROWS);

	t->lower = co_take_grown(t->arena, t->lower, t->n_row, capacity, sizeof(double));
	t->upper = co_take_grown(t->arena, t->upper, t->n_row, capacity, sizeof(double));
	copg_check_rc(co_arena_failed(t->arena), t->arena, NULL);
	t->cap_row = capacity;
}

static void
grow_terms(Triplets *t)
{
	int			capacity = grown(t->cap_term, FIRST_TERMS);

	t->term_row = co_take_grown(t->arena, t->term_row, t->n_term, capacity, sizeof(int));
	t->term_leaf = co_take_grown(t->arena, t->term_leaf, t->n_term, capacity, sizeof(int));
	t->term_coef = co_take_grown(t->arena, t->term_coef, t->n_term, capacity, sizeof(double));
	copg_check_rc(co_arena_failed(t->arena), t->arena, NULL);
	t->cap_term = capacity;
}

static void
add_term(Triplets *t, int row, int leaf, double coef)
{
	if (t->n_term == t->cap_term)
		grow_terms(t);
	t->term_row[t->n_term] = row;
	t->term_leaf[t->n_term] = leaf;
	t->term_coef[t->n_term++] = coef;
}

static pg_attribute_noreturn() void
report_bounds(const char *name, const char *key)
{
	char		label[COPG_LABEL_SIZE];

	co_label(name, key, label, sizeof label);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("constraint %s is given with different bounds", label),
			 errhint("All triplets of one row have the same lower and upper bound.")));
}

/* The bounds of a row, when it is new; false: it has others. */
static bool
enter_row(Triplets *t, int row, double lower, double upper)
{
	if (row < t->n_row)
		return t->lower[row] == lower && t->upper[row] == upper;
	if (t->n_row == t->cap_row)
		grow_rows(t);
	t->lower[row] = lower;
	t->upper[row] = upper;
	t->n_row++;
	return true;
}

/* A label's number in table, t->row or t->leaf. */
static int
add_label(Triplets *t, CoBuilder *table, const char *name, const char *key)
{
	CoLeafDef	def = copg_reference(name, key);
	CoError		error;
	int			index;

	copg_error_init(&error);
	copg_check_rc(co_builder_leaf(table, &def, &index, &error), t->arena, &error);
	return index;
}

static int
find_label(FunctionCallInfo fcinfo, Triplets *t, CoBuilder *table, CopgLabelReader *reader)
{
	int			index = copg_label_find(reader, fcinfo, t->owner);

	if (likely(index >= 0))
		return index;
	index = add_label(t, table, reader->name, reader->key);
	copg_label_keep(reader, index);
	return index;
}

/* All rows of a block that the final or serial function made. */
static void
absorb(Triplets *t, const CoBlock *block)
{
	int		   *leaf = MemoryContextAllocHuge(CurrentMemoryContext,
											  ((Size) block->n_leaf + 1) * sizeof(int));
	CoError		error = {.position = -1};

	for (int k = 0; k < block->n_leaf; k++)
		copg_check_rc(co_builder_import_leaf(t->leaf, block, k, &leaf[k], &error),
					  t->arena, &error);
	for (int r = 0; r < block->n_row; r++)
	{
		const char *name = co_block_string(block, block->row_name[r]);
		const char *key = co_block_string(block, block->row_key[r]);
		int			row = add_label(t, t->row, name, key);

		if (!enter_row(t, row, block->lower[r], block->upper[r]))
			report_bounds(name, key);
		for (int k = co_row_start(block->lin_end, r); k < block->lin_end[r]; k++)
			add_term(t, row, leaf[block->lin_leaf[k]], block->lin_coef[k]);
	}
	pfree(leaf);
}

/* end[r]: where the terms of row r end in order. */
static void
sort_terms(const Triplets *t, int *end, int *order)
{
	int			sum = 0;

	memset(end, 0, t->n_row * sizeof(int));
	for (int k = 0; k < t->n_term; k++)
		end[t->term_row[k]]++;
	for (int r = 0; r < t->n_row; r++)
	{
		int			count = end[r];

		end[r] = sum;
		sum += count;
	}
	for (int k = 0; k < t->n_term; k++)
		order[end[t->term_row[k]]++] = k;
}

static CoRc
build_rows(const Triplets *t, const int *end, const int *order, CoBuilder *builder,
		   CoError *error)
{
	CoBlock		label,
				leaf;
	CoRc		rc = CO_OK;

	co_builder_view(t->row, &label);
	co_builder_view(t->leaf, &leaf);

	/* Into an empty builder a table of leaves is copied with its numbers. */
	for (int k = 0; k < leaf.n_leaf && rc == CO_OK; k++)
	{
		int			same;

		rc = co_builder_import_leaf(builder, &leaf, k, &same, error);
	}
	for (int r = 0; r < t->n_row && rc == CO_OK; r++)
	{
		rc = co_builder_row(builder, co_block_string(&label, label.leaf_name[r]),
							co_block_string(&label, label.leaf_key[r]),
							t->lower[r], t->upper[r]);
		for (int k = co_row_start(end, r); k < end[r] && rc == CO_OK; k++)
			rc = co_builder_lin(builder, t->term_leaf[order[k]], t->term_coef[order[k]]);
	}
	return rc;
}

/* The constraints, in memory of arena. */
static void
build_block(const Triplets *t, CoArena *arena, CoBlock *block)
{
	int		   *end = co_take_ints(arena, t->n_row);
	int		   *order = co_take_ints(arena, t->n_term);
	CoBuilder  *builder;
	CoError		error = {.position = -1};
	CoRc		rc = co_builder_new(arena, CO_BLOCK_CONSTRAINT, &builder);

	copg_check_rc(rc, arena, NULL);
	sort_terms(t, end, order);
	copg_check_rc(build_rows(t, end, order, builder, &error), arena, &error);
	co_builder_view(builder, block);
}

/* What a transition keeps in fn_extra. */
typedef struct RowReaders
{
	CopgLabelReader row;
	CopgLabelReader leaf;
} RowReaders;

static RowReaders *
get_readers(FunctionCallInfo fcinfo)
{
	RowReaders *reader = fcinfo->flinfo->fn_extra;

	if (likely(reader != NULL))
		return reader;
	reader = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(RowReaders));
	copg_label_init(&reader->row, fcinfo, 1, 2);
	copg_label_init(&reader->leaf, fcinfo, 3, 4);
	fcinfo->flinfo->fn_extra = reader;
	return reader;
}

/* NULL and the infinity of its own side mean no bound. */
static double
get_bound(FunctionCallInfo fcinfo, int argno, double none, CopgLabelReader *row)
{
	double		bound = PG_ARGISNULL(argno) ? none : PG_GETARG_FLOAT8(argno);
	char		label[COPG_LABEL_SIZE];

	if (likely(!isnan(bound) && bound != -none))
		return bound;
	copg_label_read(row, fcinfo);
	co_label(row->name, row->key, label, sizeof label);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s bound of constraint %s is %s", none < 0 ? "lower" : "upper", label,
					isnan(bound) ? "NaN" : bound > 0 ? "infinity" : "-infinity")));
}

/*
 * (state, con text, con_key "any", var text, var_key "any", coef float8,
 * lower float8, upper float8)
 */
PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_rows_trans);
Datum
opt_rows_trans(PG_FUNCTION_ARGS)
{
	Triplets   *t = PG_ARGISNULL(0) ? new_triplets(copg_agg_context(fcinfo)) :
		(Triplets *) PG_GETARG_POINTER(0);
	RowReaders *reader = get_readers(fcinfo);
	double		lower,
				upper;
	int			row = find_label(fcinfo, t, t->row, &reader->row);
	int			leaf = find_label(fcinfo, t, t->leaf, &reader->leaf);
	double		coef = copg_agg_coefficient(fcinfo, 5, &reader->leaf);

	lower = get_bound(fcinfo, 6, -INFINITY, &reader->row);
	upper = get_bound(fcinfo, 7, INFINITY, &reader->row);
	if (!enter_row(t, row, lower, upper))
	{
		copg_label_read(&reader->row, fcinfo);
		report_bounds(reader->row.name, reader->row.key);
	}
	add_term(t, row, leaf, coef);
	PG_RETURN_POINTER(t);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_rows_combine);
Datum
opt_rows_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = copg_agg_context(fcinfo);
	Triplets   *t;
	CopgEnv		env;
	CoArena		arena;
	CoBlock		block;

	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	t = PG_ARGISNULL(0) ? new_triplets(context) : (Triplets *) PG_GETARG_POINTER(0);
	if (!PG_ARGISNULL(1))
	{
		copg_env_begin(&env, &arena, CurrentMemoryContext);
		build_block((Triplets *) PG_GETARG_POINTER(1), &arena, &block);
		absorb(t, &block);
		copg_env_end(&env);
	}
	PG_RETURN_POINTER(t);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_rows_serialize);
Datum
opt_rows_serialize(PG_FUNCTION_ARGS)
{
	CopgEnv		env;
	CoArena		arena;
	CoBlock		block;
	bytea	   *packed;

	(void) copg_agg_context(fcinfo);
	copg_env_begin(&env, &arena, CurrentMemoryContext);
	build_block((Triplets *) PG_GETARG_POINTER(0), &arena, &block);
	packed = copg_agg_pack(&block, 0);
	copg_env_end(&env);
	PG_RETURN_BYTEA_P(packed);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_rows_deserialize);
Datum
opt_rows_deserialize(PG_FUNCTION_ARGS)
{
	Triplets   *t;
	CoBlock		block;

	(void) copg_agg_context(fcinfo);
	t = new_triplets(CurrentMemoryContext);
	(void) copg_agg_unpack(PG_GETARG_BYTEA_P(0), &block);
	absorb(t, &block);
	PG_RETURN_POINTER(t);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_rows_final);
Datum
opt_rows_final(PG_FUNCTION_ARGS)
{
	CopgEnv		env;
	CoArena		arena;
	CoBlock		block;

	(void) copg_agg_context(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	copg_env_begin(&env, &arena, CurrentMemoryContext);
	build_block((Triplets *) PG_GETARG_POINTER(0), &arena, &block);
	PG_RETURN_DATUM(copg_block_lend(&block));
}
