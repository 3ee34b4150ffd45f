/*-------------------------------------------------------------------------
 *
 * pg/pg_import.c
 *	  Problems from texts: opt_problem, opt_nlp and opt_read_mps.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "catalog/pg_type.h"

#include "expr/builder.h"
#include "expr/text.h"
#include "pg/pg_block.h"
#include "pg/pg_compat.h"
#include "pg/pg_env.h"
#include "pg/pg_error.h"
#include "pg/pg_options.h"
#include "pg/pg_query.h"
#include "pg/pg_rows.h"
#include "pg/pg_solve.h"

typedef struct Import			/* a problem under construction */
{
	CopgEnv		env;
	CoArena		arena;
	CoBuilder  *builder;
	int			n_mentioned;	/* leaves the texts and the query have */
} Import;

static void
require(Import *import, CoRc rc, const CoError *error)
{
	copg_check_rc(rc, &import->arena, error);
}

static void
begin_import(Import *import)
{
	copg_env_begin(&import->env, &import->arena, CurrentMemoryContext);
	require(import, co_builder_new(&import->arena, CO_BLOCK_PROBLEM, &import->builder), NULL);
}

static Datum
finish_import(Import *import)
{
	CoBlock		view;
	Datum		result;

	co_builder_view(import->builder, &view);
	copg_check_row_names(&view);
	result = copg_block_datum(&view);
	copg_env_end(&import->env);
	return result;
}

static int
define_leaf(Import *import, const char *name, const char *key, CoLeafKind kind,
			double lower, double upper, double start)
{
	CoLeafDef	def = {
		.name = name, .key = key, .kind = kind,
		.lower = lower, .upper = upper, .start = start
	};
	CoError		error = {.position = -1};
	int			index;

	require(import, co_builder_leaf(import->builder, &def, &index, &error), &error);
	return index;
}

/*--------------------------------------------------------------------------
 * opt_problem
 *--------------------------------------------------------------------------
 */

static const CopgColumn variable_column[] = {
	{"name", COPG_CELL_KEY},
	{"lower", COPG_CELL_LOWER},
	{"upper", COPG_CELL_UPPER},
	{"key", COPG_CELL_OPTIONAL_KEY},
	{"start", COPG_CELL_OPTIONAL_NUMBER}
};

static void
define_variable(void *state, const CopgCell *cell)
{
	define_leaf(state, cell[0].text, cell[3].text, CO_LEAF_VARIABLE,
				cell[1].number, cell[2].number, cell[4].number);
}

/* A parameter that no text mentions would be read by nobody. */
static void
define_param(void *state, const char *name, const char *key, double value)
{
	Import	   *import = state;
	char		label[COPG_LABEL_SIZE];

	if (define_leaf(import, name, key, CO_LEAF_PARAMETER, -INFINITY, INFINITY,
					value) < import->n_mentioned)
		return;
	co_label(name, key, label, sizeof label);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("no text of the problem has the parameter %s", label)));
}

static void
define_params(Import *import, const Jsonb *params)
{
	CoBlock		view;

	co_builder_view(import->builder, &view);
	import->n_mentioned = view.n_leaf;
	copg_params_each(params, define_param, import);
}

static void
parse_part(Import *import, text *source, CoBlockKind kind, CoBlock *block)
{
	const char *data = VARDATA_ANY(source);
	size_t		length = VARSIZE_ANY_EXHDR(source);
	CoError		error = {.position = -1};
	CoRc		rc = co_parse(&import->arena, data, length, kind, block, &error);

	if (rc != CO_OK)
		copg_report_text(rc, &import->arena, &error, data, length, NULL);
}

/* Says which constraint an error is about. */
static void
element_context(void *number)
{
	errcontext("element %d of subject_to", *(int *) number);
}

static void
add_objective(Import *import, text *source, bool maximize)
{
	CoError		error = {.position = -1};
	CoBlock		block;

	co_builder_set_flags(import->builder, maximize ? CO_FLAG_MAXIMIZE : 0);
	require(import, co_builder_row(import->builder, NULL, NULL, -INFINITY, INFINITY), NULL);
	parse_part(import, source, CO_BLOCK_EXPR, &block);
	require(import, co_builder_add_row(import->builder, &block, 0, 1.0, &error), &error);
}

static void
add_constraint(Import *import, text *source, int number)
{
	CoError		error = {.position = -1};
	CoBlock		block;
	ErrorContextCallback context = {
		.previous = error_context_stack,
		.callback = element_context,
		.arg = &number
	};

	error_context_stack = &context;
	parse_part(import, source, CO_BLOCK_CONSTRAINT, &block);
	require(import, co_builder_append_rows(import->builder, &block, &error), &error);
	error_context_stack = context.previous;
}

static void
add_constraints(Import *import, ArrayType *array)
{
	Datum	   *element;
	bool	   *is_null;
	int			n;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &element, &is_null, &n);
	for (int i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (is_null[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("element %d of subject_to is null", i + 1)));
		add_constraint(import, DatumGetTextPP(element[i]), i + 1);
	}
}

/* With a query for the variables, a name that is not in it is a mistake. */
static void
refuse_undefined(const Import *import)
{
	CoBlock		view;
	char		label[COPG_LABEL_SIZE];

	co_builder_view(import->builder, &view);
	for (int i = 0; i < view.n_leaf; i++)
	{
		if (view.leaf_kind[i] != CO_LEAF_NAME && view.leaf_kind[i] != CO_LEAF_REFERENCE)
			continue;
		co_label(co_block_string(&view, view.leaf_name[i]),
				 co_block_string(&view, view.leaf_key[i]), label, sizeof label);
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s is neither a variable nor a parameter", label),
				 errdetail("The query of variables has no row for it, and params has no value."),
				 errhint("A variable without bounds has a row whose bounds are null.")));
	}
}

static void
require_arg(FunctionCallInfo fcinfo, int argno, const char *name)
{
	if (PG_ARGISNULL(argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", name)));
}

/* Arguments 0 .. 4 of opt_problem and opt_nlp. */
static void
import_texts(FunctionCallInfo fcinfo, Import *import)
{
	require_arg(fcinfo, 0, "objective");
	require_arg(fcinfo, 3, "maximize");
	begin_import(import);
	if (!PG_ARGISNULL(2))
		copg_query_run("variables", text_to_cstring(PG_GETARG_TEXT_PP(2)), variable_column,
					   lengthof(variable_column), define_variable, import);
	add_objective(import, PG_GETARG_TEXT_PP(0), PG_GETARG_BOOL(3));
	if (!PG_ARGISNULL(1))
		add_constraints(import, PG_GETARG_ARRAYTYPE_P(1));
	if (!PG_ARGISNULL(4))
		define_params(import, PG_GETARG_JSONB_P(4));
	if (!PG_ARGISNULL(2))
		refuse_undefined(import);
}

/* opt_problem(objective, subject_to text[], variables text, maximize, params) */
PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_problem);
Datum
opt_problem(PG_FUNCTION_ARGS)
{
	Import		import;

	import_texts(fcinfo, &import);
	return finish_import(&import);
}

/* opt_nlp(objective, subject_to, variables, maximize, params, options): rows, as opt_qp's */
PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_nlp);
Datum
opt_nlp(PG_FUNCTION_ARGS)
{
	CopgRequest request = {0};
	CopgSolution sol;
	CoBlock		problem;
	Import		import;

	copg_options_read(PG_ARGISNULL(5) ? NULL : PG_GETARG_JSONB_P(5), &request.options);
	import_texts(fcinfo, &import);
	co_builder_view(import.builder, &problem);
	copg_check_row_names(&problem);
	request.problem = &problem;
	copg_solve(&request, &sol);
	copg_send_qp_rows(fcinfo, &sol);
	copg_env_end(&import.env);
	return (Datum) 0;
}

/*--------------------------------------------------------------------------
 * opt_read_mps
 *--------------------------------------------------------------------------
 */

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_read_mps);
Datum
opt_read_mps(PG_FUNCTION_ARGS)
{
	text	   *source = PG_GETARG_TEXT_PP(0);
	CoError		error = {.position = -1};
	CopgEnv		env;
	CoArena		arena;
	CoBlock		block;
	Datum		result;
	CoRc		rc;

	copg_env_begin(&env, &arena, CurrentMemoryContext);
	rc = co_read_mps(&arena, VARDATA_ANY(source), VARSIZE_ANY_EXHDR(source), &block, &error);
	if (rc != CO_OK)
		copg_report_text(rc, &arena, &error, VARDATA_ANY(source), VARSIZE_ANY_EXHDR(source), NULL);
	result = copg_block_datum(&block);
	copg_env_end(&env);
	return result;
}
