/*-------------------------------------------------------------------------
 *
 * pg/pg_problem.c
 *	  Constraints with names, and problems: opt_con, opt_between, opt_minimize,
 *	  opt_maximize, opt_feasible.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "expr/algebra.h"
#include "pg/pg_block.h"
#include "pg/pg_compat.h"
#include "pg/pg_env.h"
#include "pg/pg_error.h"
#include "pg/pg_key.h"

/* Rows between two looks at the interrupts: cache misses, about 10 ms. */
#define ROWS_PER_POLL	100000

#define EMPTY_HINT \
	"A subquery without rows gives NULL. Where no constraint is meant, write coalesce((SELECT ...), '')."

/*--------------------------------------------------------------------------
 * Constraints
 *--------------------------------------------------------------------------
 */

static pg_attribute_noreturn() void
report_constraint(int code, const char *name, const char *key, const char *problem,
				  const char *hint)
{
	char		label[COPG_LABEL_SIZE];

	co_label(name, key, label, sizeof label);
	ereport(ERROR,
			(errcode(code),
			 errmsg("constraint %s %s", label, problem),
			 hint ? errhint("%s", hint) : 0));
}

typedef struct ConCache			/* in fn_extra: how keys are written */
{
	CopgKey		key;
} ConCache;

static const char *
constraint_key(FunctionCallInfo fcinfo, const char *name)
{
	ConCache   *cache = fcinfo->flinfo->fn_extra;

	if (cache == NULL)
	{
		cache = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(ConCache));
		copg_key_init(&cache->key, copg_key_arg_type(fcinfo, 1), fcinfo->flinfo->fn_mcxt);
		fcinfo->flinfo->fn_extra = cache;
	}
	return copg_key_text(&cache->key, PG_GETARG_DATUM(1), PG_ARGISNULL(1), name);
}

/* The row of block under a name: a view of its own columns and strings. */
static Datum
name_row(const CoBlock *block, const char *name, const char *key)
{
	CopgEnv		env;
	CoArena		arena;
	CoBuilder  *builder;
	CoBlock		named;
	CoError		error = {.position = -1};
	CoRc		rc;
	Datum		result;

	copg_env_begin(&env, &arena, CurrentMemoryContext);
	if ((rc = co_builder_new(&arena, CO_BLOCK_CONSTRAINT, &builder)) == CO_OK &&
		(rc = co_builder_row(builder, name, key, block->lower[0], block->upper[0])) == CO_OK)
		rc = co_builder_add_row(builder, block, 0, 1.0, &error);
	copg_check_rc(rc, &arena, &error);
	co_builder_view(builder, &named);
	result = copg_block_datum(&named);
	copg_env_end(&env);
	return result;
}

/* opt_con(name text [, key "any"], con opt_constraint) */
PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_con);
Datum
opt_con(PG_FUNCTION_ARGS)
{
	int			con_arg = PG_NARGS() - 1;
	const char *name;
	const char *key;
	CopgValue	con;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the name of a constraint must not be null")));
	name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	if (name[0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the name of a constraint must not be empty")));
	key = con_arg > 1 ? constraint_key(fcinfo, name) : NULL;
	if (PG_ARGISNULL(con_arg))
		report_constraint(ERRCODE_NULL_VALUE_NOT_ALLOWED, name, key, "is null", EMPTY_HINT);
	copg_value_get(PG_GETARG_DATUM(con_arg), CO_BLOCK_CONSTRAINT, &con);
	if (con.block.n_row != 1)
		report_constraint(ERRCODE_INVALID_PARAMETER_VALUE, name, key,
						  "is a set of constraints, and a name belongs to one",
						  "Name each row: opt_all(opt_con(name, key, ...)).");
	if (con.block.row_name[0] >= 0)
		report_constraint(ERRCODE_INVALID_PARAMETER_VALUE,
						  co_block_string(&con.block, con.block.row_name[0]),
						  co_block_string(&con.block, con.block.row_key[0]),
						  "has its name already", NULL);
	return name_row(&con.block, name, key);
}

/* A bound of opt_between: NULL and the infinity of its own side mean none. */
static double
between_bound(FunctionCallInfo fcinfo, int argno, double none, const CoBlock *expr)
{
	double		bound;
	char		label[COPG_LABEL_SIZE];

	if (PG_ARGISNULL(argno))
		return none;
	bound = PG_GETARG_FLOAT8(argno);
	if (!isnan(bound) && bound != -none)
		return bound;
	copg_expr_label(expr, label, sizeof label);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s bound of opt_between is %s", argno == 1 ? "lower" : "upper",
					isnan(bound) ? "NaN" : bound > 0 ? "infinity" : "-infinity"),
			 errdetail("In \"opt_between(%s, ...)\".", label)));
}

/* opt_between(expr opt_expr, lower float8, upper float8) */
PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_between);
Datum
opt_between(PG_FUNCTION_ARGS)
{
	CopgValue	expr;
	double		lower,
				upper;
	CoArena    *arena;
	CoBlock		block;
	CoError		error = {.position = -1};
	Datum		result;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("expression of opt_between is null"),
				 errhint(COPG_COALESCE_HINT)));
	copg_value_get(PG_GETARG_DATUM(0), CO_BLOCK_EXPR, &expr);
	lower = between_bound(fcinfo, 1, -INFINITY, &expr.block);
	upper = between_bound(fcinfo, 2, INFINITY, &expr.block);
	arena = copg_scratch(fcinfo);
	copg_check_rc(co_expr_between(arena, &expr.block, lower, upper, &block, &error),
				  arena, &error);
	result = copg_block_datum(&block);
	copg_scratch_end(fcinfo);
	return result;
}

/*--------------------------------------------------------------------------
 * Problems
 *--------------------------------------------------------------------------
 */

static bool
same_string(const CoBlock *block, int a, int b)
{
	if (a < 0 || b < 0)
		return a < 0 && b < 0;
	return strcmp(block->str + a, block->str + b) == 0;
}

static bool
is_duplicate(const CoBlock *block, int r, int s)
{
	return same_string(block, block->row_name[r], block->row_name[s]) &&
		same_string(block, block->row_key[r], block->row_key[s]);
}

/*
 * A name says which row a dual belongs to, so two rows cannot have the same.
 * Rows without a name may be many.
 */
void
copg_check_row_names(const CoBlock *block)
{
	uint32		mask = pg_nextpower2_32(Max(2 * (uint32) block->n_row, 2)) - 1;
	int		   *slot = MemoryContextAllocExtended(CurrentMemoryContext,
												  ((Size) mask + 1) * sizeof(int),
												  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

	for (int r = 1; r < block->n_row; r++)
	{
		const char *name = co_block_string(block, block->row_name[r]);
		const char *key = co_block_string(block, block->row_key[r]);
		uint64		id;
		uint32		at;

		if (r % ROWS_PER_POLL == 0)
			CHECK_FOR_INTERRUPTS();
		if (name == NULL)
			continue;
		id = co_leaf_id(name, key);
		for (at = (uint32) (id ^ (id >> 32)) & mask; slot[at] != 0; at = (at + 1) & mask)
			if (is_duplicate(block, r, slot[at]))
				report_constraint(ERRCODE_INVALID_PARAMETER_VALUE, name, key, "is given twice",
								  "Give each its own key: opt_con(name, key, ...).");
		slot[at] = r;
	}
	pfree(slot);
}

/* One element of the array of constraints. */
static void
add_constraint(CoBuilder *builder, CoArena *arena, Datum element, bool is_null, int position)
{
	CopgValue	con;
	CoError		error = {.position = -1};

	if (is_null)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("constraint number %d is null", position),
				 errhint(EMPTY_HINT)));
	copg_value_get(element, CO_BLOCK_CONSTRAINT, &con);
	copg_check_rc(co_builder_append_rows(builder, &con.block, &error), arena, &error);
}

static void
add_constraints(FunctionCallInfo fcinfo, int argno, CoBuilder *builder, CoArena *arena)
{
	ArrayType  *array;
	ArrayIterator iterator;
	Datum		element;
	bool		is_null;
	int			position = 0;

	if (PG_ARGISNULL(argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the array of constraints is null"),
				 errhint(EMPTY_HINT)));
	array = PG_GETARG_ARRAYTYPE_P(argno);
	iterator = array_create_iterator(array, 0, NULL);
	while (array_iterate(iterator, &element, &is_null))
		add_constraint(builder, arena, element, is_null, ++position);
	array_free_iterator(iterator);
}

/* One argument instead of the array, which would be a flat copy. */
static void
add_one_set(FunctionCallInfo fcinfo, int argno, CoBuilder *builder, CoArena *arena)
{
	add_constraint(builder, arena, PG_GETARG_DATUM(argno), PG_ARGISNULL(argno), 1);
}

typedef void (*AddConstraints) (FunctionCallInfo fcinfo, int argno, CoBuilder *builder,
								CoArena *arena);

/* objective_arg -1: none. */
static Datum
make_problem(FunctionCallInfo fcinfo, int objective_arg, int flags, AddConstraints add)
{
	CopgEnv		env;
	CoArena		arena;
	CoBuilder  *builder;
	CopgValue	objective;
	CoBlock		block;
	CoError		error = {.position = -1};
	CoRc		rc;

	copg_env_begin(&env, &arena, CurrentMemoryContext);
	if ((rc = co_builder_new(&arena, CO_BLOCK_PROBLEM, &builder)) == CO_OK)
		rc = co_builder_row(builder, NULL, NULL, -INFINITY, INFINITY);
	copg_check_rc(rc, &arena, NULL);
	co_builder_set_flags(builder, flags);
	if (objective_arg >= 0)
	{
		if (PG_ARGISNULL(objective_arg))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("the objective is null"),
					 errhint("A sum over no rows is NULL; coalesce(..., 0) where that is meant.")));
		copg_value_get(PG_GETARG_DATUM(objective_arg), CO_BLOCK_EXPR, &objective);
		copg_check_rc(co_builder_adopt_row(builder, &objective.block, &error), &arena, &error);
	}
	add(fcinfo, objective_arg + 1, builder, &arena);
	co_builder_view(builder, &block);
	copg_check_row_names(&block);
	return copg_block_lend(&block);
}

#define PROBLEM_FUNCTION(name, objective_arg, flags, add) \
	PGDLLEXPORT PG_FUNCTION_INFO_V1(name); \
	Datum name(PG_FUNCTION_ARGS) { return make_problem(fcinfo, objective_arg, flags, add); }

/* (objective opt_expr, VARIADIC constraints opt_constraint[]) */
PROBLEM_FUNCTION(opt_minimize, 0, 0, add_constraints)
PROBLEM_FUNCTION(opt_maximize, 0, CO_FLAG_MAXIMIZE, add_constraints)
PROBLEM_FUNCTION(opt_feasible, -1, CO_FLAG_FEASIBLE, add_constraints)

/* (objective opt_expr, constraints opt_constraint) */
PROBLEM_FUNCTION(opt_minimize_set, 0, 0, add_one_set)
PROBLEM_FUNCTION(opt_maximize_set, 0, CO_FLAG_MAXIMIZE, add_one_set)
PROBLEM_FUNCTION(opt_feasible_set, -1, CO_FLAG_FEASIBLE, add_one_set)
