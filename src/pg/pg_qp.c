/*-------------------------------------------------------------------------
 *
 * pg/pg_qp.c
 *	  opt_qp: a linear or quadratic program from triplets, solved, as rows.
 *
 * A variable is named v with the key the queries give, a constraint con: the
 * names of the columns.  The constraints are a builder of their own, used as
 * a table of definitions: `rows` defines, `matrix` refers, and what is
 * referred to but not defined is found as it is for variables.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <limits.h>
#include <math.h>

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "expr/builder.h"
#include "pg/pg_compat.h"
#include "pg/pg_env.h"
#include "pg/pg_error.h"
#include "pg/pg_query.h"
#include "pg/pg_rows.h"
#include "pg/pg_solve.h"

#define VARIABLE_NAME	"v"
#define CONSTRAINT_NAME "con"

/* Arguments of opt_qp */
enum
{
	ARG_QUADRATIC,
	ARG_LINEAR,
	ARG_MATRIX,
	ARG_ROWS,
	ARG_BOUNDS,
	ARG_MAXIMIZE,
	ARG_OPTIONS
};

typedef struct Triplets			/* the matrix in the order of its query */
{
	int			n,
				capacity;
	int		   *row,
			   *leaf;
	double	   *coef;
} Triplets;

typedef struct QpImport
{
	CopgEnv		env;
	CoArena		arena;
	CoBuilder  *problem;
	CoBuilder  *rows;			/* its leaves are the constraints */
	int			n_variable,		/* defined by their query */
				n_constraint;
	Triplets	matrix;
} QpImport;

static void
require(QpImport *import, CoRc rc, const CoError *error)
{
	copg_check_rc(rc, &import->arena, error);
}

static int
find_leaf(QpImport *import, CoBuilder *builder, const char *key, CoLeafKind kind,
		  double lower, double upper)
{
	CoLeafDef	def = {
		.name = builder == import->rows ? CONSTRAINT_NAME : VARIABLE_NAME,
		.key = key, .kind = kind, .lower = lower, .upper = upper, .start = NAN
	};
	CoError		error = {.position = -1};
	int			index;

	require(import, co_builder_leaf(builder, &def, &index, &error), &error);
	return index;
}

static int
refer_to(QpImport *import, CoBuilder *builder, const char *key)
{
	return find_leaf(import, builder, key, CO_LEAF_REFERENCE, -INFINITY, INFINITY);
}

/*
 * The queries that define come first, so a definition's number is the count
 * of those before it, or else it is a repetition.
 */
static void
define(QpImport *import, CoBuilder *builder, int *n_defined, const CopgCell *cell,
	   const char *argument)
{
	if (refer_to(import, builder, cell[0].text) < (*n_defined)++)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" appears twice in the query of %s", cell[0].text, argument)));
	find_leaf(import, builder, cell[0].text, CO_LEAF_VARIABLE, cell[1].number, cell[2].number);
}

/*--------------------------------------------------------------------------
 * The five queries
 *--------------------------------------------------------------------------
 */

static const CopgColumn quadratic_column[] = {
	{"i", COPG_CELL_KEY}, {"j", COPG_CELL_KEY}, {"q", COPG_CELL_NUMBER}
};
static const CopgColumn linear_column[] = {
	{"v", COPG_CELL_KEY}, {"c", COPG_CELL_NUMBER}
};
static const CopgColumn matrix_column[] = {
	{"con", COPG_CELL_KEY}, {"v", COPG_CELL_KEY}, {"coef", COPG_CELL_NUMBER}
};
static const CopgColumn rows_column[] = {
	{"con", COPG_CELL_KEY}, {"lower", COPG_CELL_LOWER}, {"upper", COPG_CELL_UPPER}
};
static const CopgColumn bounds_column[] = {
	{"v", COPG_CELL_KEY}, {"lower", COPG_CELL_LOWER}, {"upper", COPG_CELL_UPPER}
};

static void
take_bound(void *state, const CopgCell *cell)
{
	QpImport   *import = state;

	define(import, import->problem, &import->n_variable, cell, "bounds");
}

static void
take_constraint(void *state, const CopgCell *cell)
{
	QpImport   *import = state;

	define(import, import->rows, &import->n_constraint, cell, "rows");
}

static void
take_linear(void *state, const CopgCell *cell)
{
	QpImport   *import = state;
	int			leaf = refer_to(import, import->problem, cell[0].text);

	require(import, co_builder_lin(import->problem, leaf, cell[1].number), NULL);
}

static void
take_quadratic(void *state, const CopgCell *cell)
{
	QpImport   *import = state;
	int			i = refer_to(import, import->problem, cell[0].text);
	int			j = refer_to(import, import->problem, cell[1].text);

	require(import, co_builder_quad(import->problem, i, j, cell[2].number), NULL);
}

static void
grow_triplets(QpImport *import)
{
	Triplets   *matrix = &import->matrix;
	size_t		n = (size_t) matrix->n;
	size_t		capacity = Max(1024, 2 * n);

	if (capacity > INT_MAX)
		require(import, CO_NO_MEMORY, NULL);
	matrix->row = co_take_grown(&import->arena, matrix->row, n, capacity, sizeof(int));
	matrix->leaf = co_take_grown(&import->arena, matrix->leaf, n, capacity, sizeof(int));
	matrix->coef = co_take_grown(&import->arena, matrix->coef, n, capacity, sizeof(double));
	require(import, co_arena_failed(&import->arena), NULL);
	matrix->capacity = (int) capacity;
}

static void
take_coefficient(void *state, const CopgCell *cell)
{
	QpImport   *import = state;
	Triplets   *matrix = &import->matrix;

	if (matrix->n == matrix->capacity)
		grow_triplets(import);
	matrix->row[matrix->n] = refer_to(import, import->rows, cell[0].text);
	matrix->leaf[matrix->n] = refer_to(import, import->problem, cell[1].text);
	matrix->coef[matrix->n++] = cell[2].number;
}

/*--------------------------------------------------------------------------
 * Putting them together
 *--------------------------------------------------------------------------
 */

/*
 * Keys that were referred to and not defined.  Without a query that defines
 * them, variables are free and constraints cannot be.
 */
static void
check_definitions(QpImport *import, CoBuilder *builder, const char *argument, const char *hint)
{
	CoBlock		view;

	co_builder_view(builder, &view);
	for (int i = 0; i < view.n_leaf; i++)
		if (view.leaf_kind[i] == CO_LEAF_REFERENCE)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("\"%s\" is used but has no row in the query of %s",
							co_block_string(&view, view.leaf_key[i]), argument),
					 errhint("%s", hint)));
}

/* The names stay where they are while known leaves get their definition. */
static void
define_free_variables(QpImport *import)
{
	CoBlock		view;

	co_builder_view(import->problem, &view);
	for (int i = 0; i < view.n_leaf; i++)
		find_leaf(import, import->problem, co_block_string(&view, view.leaf_key[i]),
				  CO_LEAF_VARIABLE, -INFINITY, INFINITY);
}

/* Entries of the matrix by constraint: a counting sort, order kept. */
static int *
sort_by_row(QpImport *import, int n_row, int **start_out)
{
	const Triplets *matrix = &import->matrix;
	int		   *start = co_take_zero_ints(&import->arena, (size_t) n_row + 2);
	int		   *order = co_take_ints(&import->arena, (size_t) matrix->n);

	require(import, co_arena_failed(&import->arena), NULL);
	for (int k = 0; k < matrix->n; k++)
		start[matrix->row[k] + 2]++;
	for (int r = 0; r < n_row; r++)
		start[r + 2] += start[r + 1];
	for (int k = 0; k < matrix->n; k++)
		order[start[matrix->row[k] + 1]++] = k;
	*start_out = start;
	return order;
}

static void
append_constraints(QpImport *import)
{
	const Triplets *matrix = &import->matrix;
	CoBlock		rows;
	int		   *start;
	int		   *order;

	co_builder_view(import->rows, &rows);
	order = sort_by_row(import, rows.n_leaf, &start);
	for (int r = 0; r < rows.n_leaf; r++)
	{
		CHECK_FOR_INTERRUPTS();
		require(import, co_builder_row(import->problem, CONSTRAINT_NAME,
									   co_block_string(&rows, rows.leaf_key[r]),
									   rows.leaf_lower[r], rows.leaf_upper[r]), NULL);
		for (int k = start[r]; k < start[r + 1]; k++)
			require(import, co_builder_lin(import->problem, matrix->leaf[order[k]],
										   matrix->coef[order[k]]), NULL);
	}
}

static void
run_query(FunctionCallInfo fcinfo, int argno, const char *argument,
		  const CopgColumn *column, int n_column, CopgEachRow each, QpImport *import)
{
	if (!PG_ARGISNULL(argno))
		copg_query_run(argument, text_to_cstring(PG_GETARG_TEXT_PP(argno)),
					   column, n_column, each, import);
}

#define RUN_QUERY(argno, argument, columns, each) \
	run_query(fcinfo, argno, argument, columns, lengthof(columns), each, import)

static void
import_problem(FunctionCallInfo fcinfo, QpImport *import)
{
	copg_env_begin(&import->env, &import->arena, CurrentMemoryContext);
	require(import, co_builder_new(&import->arena, CO_BLOCK_PROBLEM, &import->problem), NULL);
	require(import, co_builder_new(&import->arena, CO_BLOCK_EXPR, &import->rows), NULL);
	if (PG_GETARG_BOOL(ARG_MAXIMIZE))
		co_builder_set_flags(import->problem, CO_FLAG_MAXIMIZE);
	require(import, co_builder_row(import->problem, NULL, NULL, -INFINITY, INFINITY), NULL);

	RUN_QUERY(ARG_BOUNDS, "bounds", bounds_column, take_bound);
	RUN_QUERY(ARG_ROWS, "rows", rows_column, take_constraint);
	RUN_QUERY(ARG_LINEAR, "linear", linear_column, take_linear);
	RUN_QUERY(ARG_QUADRATIC, "quadratic", quadratic_column, take_quadratic);
	RUN_QUERY(ARG_MATRIX, "matrix", matrix_column, take_coefficient);

	check_definitions(import, import->rows, "rows",
					  "Each constraint of matrix needs one row with its bounds in rows.");
	if (PG_ARGISNULL(ARG_BOUNDS))
		define_free_variables(import);
	check_definitions(import, import->problem, "bounds",
					  "When bounds are given, a free variable has a row whose bounds are null.");
	append_constraints(import);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_qp);
Datum
opt_qp(PG_FUNCTION_ARGS)
{
	CopgRequest request = {0};
	CopgSolution sol;
	CoBlock		problem;
	QpImport   *import = palloc0(sizeof(QpImport));

	if (PG_ARGISNULL(ARG_MAXIMIZE))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", "maximize")));
	copg_options_read(PG_ARGISNULL(ARG_OPTIONS) ? NULL : PG_GETARG_JSONB_P(ARG_OPTIONS),
					  &request.options);
	import_problem(fcinfo, import);
	co_builder_view(import->problem, &problem);
	request.method = COPG_METHOD_QP;
	request.problem = &problem;
	copg_solve(&request, &sol);
	copg_send_qp_rows(fcinfo, &sol);
	copg_env_end(&import->env);
	return (Datum) 0;
}
