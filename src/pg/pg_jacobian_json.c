/*-------------------------------------------------------------------------
 *
 * pg/pg_jacobian_json.c
 *	  Rows that come in as jsonb: values of parameters, and weights.
 *
 * Either the form of opt_solve's params, {"name": 1.5, "name": {"key": 1.5}}, or
 * an array of rows as jsonb_agg() makes them of a table,
 *
 *		[{"parameter": "target", "parameter_key": null, "value": 0.1}, ...]
 *		[{"of": "variable", "name": "w", "key": "IBM", "weight": 2}, ...]
 *
 * where the names of the columns are those of opt_jacobian's rows.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "pg/pg_block.h"
#include "pg/pg_compat.h"
#include "pg/pg_error.h"
#include "pg/pg_jacobian.h"
#include "pg/pg_options.h"

typedef struct Reader
{
	CopgJacobian *j;
	const char *argument;
	double	   *value;			/* of parameters; NULL: weights are read */
	bool	   *given;
	CopgWeights *weights;
} Reader;

static pg_attribute_noreturn() void
report_row(const Reader *reader, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("argument \"%s\" is not understood", reader->argument),
			 errdetail("%s", detail),
			 reader->value ? errhint("Parameters are given as {\"name\": 1.5}, {\"name\": {\"key\": 1.5}}, or as rows [{\"parameter\": \"name\", \"parameter_key\": \"key\", \"value\": 1.5}, ...].") :
			 errhint("Weights are given as rows [{\"of\": \"variable\", \"name\": \"x\", \"key\": \"k\", \"weight\": 1.5}, ...].")));
}

/* A member of an object, the first of the names it has; NULL: absent or null. */
static JsonbValue *
member(JsonbContainer *object, const char *const *names)
{
	for (; *names; names++)
	{
		JsonbValue *value = getKeyJsonValueFromContainer(object, *names, (int) strlen(*names), NULL);

		if (value && value->type != jbvNull)
			return value;
	}
	return NULL;
}

/* A string, or what a number is as one: keys may be integers. */
static char *
member_text(const Reader *reader, JsonbContainer *object, const char *const *names)
{
	const JsonbValue *value = member(object, names);

	if (value == NULL)
		return NULL;
	if (value->type == jbvString)
		return pnstrdup(value->val.string.val, value->val.string.len);
	if (value->type == jbvNumeric)
		return DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value->val.numeric)));
	report_row(reader, psprintf("\"%s\" of a row is neither a string nor a number.", names[0]));
}

static double
member_number(const Reader *reader, JsonbContainer *object)
{
	static const char *const names[] = {"value", "weight", "derivative", NULL};
	const JsonbValue *value = member(object, names);

	if (value == NULL || value->type != jbvNumeric)
		report_row(reader, "A row has no number \"value\" or \"weight\".");
	return DatumGetFloat8(DirectFunctionCall1(numeric_float8, NumericGetDatum(value->val.numeric)));
}

/*--------------------------------------------------------------------------
 * Looking up
 *--------------------------------------------------------------------------
 */

static pg_attribute_noreturn() void
report_unknown(const char *what, const char *name, const char *key)
{
	char		label[COPG_LABEL_SIZE];

	co_label(name, key, label, sizeof label);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the problem has no %s %s", what, label)));
}

/* The place of a leaf in the model: >= 0 a variable, < 0 a parameter's ~number. */
static int
leaf_place(const Reader *reader, const char *name, const char *key)
{
	const CopgJacobian *j = reader->j;
	const char *what = reader->value ? "parameter" : "variable";
	int			leaf = copg_solution_leaf(&j->sol, co_leaf_id(name, key), name, key);

	if (leaf < 0 || (j->model.leaf_place[leaf] < 0) != (reader->value != NULL))
		report_unknown(what, name, key);
	return j->model.leaf_place[leaf];
}

static void
set_parameter(const Reader *reader, const char *name, const char *key, double value)
{
	int			k = ~leaf_place(reader, name, key);

	reader->value[k] = value;
	reader->given[k] = true;
}

static void
add_weight(const Reader *reader, const char *of, const char *name, const char *key, double weight)
{
	const CopgJacobian *j = reader->j;
	CopgWeights *w = reader->weights;

	if (strcmp(of, "objective") == 0)
		w->f += j->objective_sign * weight;
	else if (name == NULL)
		report_row(reader, "A row has no \"name\".");
	else if (strcmp(of, "variable") == 0)
		w->x[leaf_place(reader, name, key)] += weight;
	else if (strcmp(of, "bound") == 0)
		w->z[leaf_place(reader, name, key)] += j->dual_sign * weight;
	else if (strcmp(of, "constraint") == 0)
	{
		int			row = copg_solution_row(&j->sol, name, key);

		if (row < 0)
			report_unknown(row == COPG_ROW_AMBIGUOUS ? "unique constraint" : "constraint", name, key);
		w->y[row] += j->dual_sign * weight;
	}
	else
		report_row(reader, psprintf("\"of\" is \"%s\", and not variable, constraint, bound or objective.", of));
}

static void
take_pair(void *state, const char *name, const char *key, double value)
{
	const Reader *reader = state;

	if (reader->value)
		set_parameter(reader, name, key, value);
	else
		add_weight(reader, "variable", name, key, value);
}

static void
take_row(const Reader *reader, JsonbContainer *object)
{
	static const char *const of_names[] = {"of", NULL};
	static const char *const parameter_names[] = {"parameter", "name", NULL};
	static const char *const parameter_keys[] = {"parameter_key", "key", NULL};
	static const char *const names[] = {"name", NULL};
	static const char *const keys[] = {"key", NULL};
	double		value = member_number(reader, object);

	if (reader->value)
	{
		char	   *name = member_text(reader, object, parameter_names);

		if (name == NULL)
			report_row(reader, "A row has no \"parameter\".");
		set_parameter(reader, name, member_text(reader, object, parameter_keys), value);
	}
	else
	{
		char	   *of = member_text(reader, object, of_names);

		add_weight(reader, of ? of : "variable", member_text(reader, object, names),
				   member_text(reader, object, keys), value);
	}
}

static void
read_argument(FunctionCallInfo fcinfo, int argno, Reader *reader)
{
	Jsonb	   *rows;
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	value;

	if (PG_ARGISNULL(argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be null", reader->argument),
				 errhint("jsonb_agg() over no rows is null; coalesce(..., '[]') is no rows.")));
	rows = PG_GETARG_JSONB_P(argno);
	if (JB_ROOT_IS_SCALAR(rows))
		report_row(reader, "It is neither an object nor an array.");
	if (JB_ROOT_IS_OBJECT(rows))
	{
		copg_params_each(rows, take_pair, reader);
		return;
	}
	it = JsonbIteratorInit(&rows->root);
	while ((token = JsonbIteratorNext(&it, &value, true)) != WJB_DONE)
	{
		if (token != WJB_ELEM)
			continue;
		if (value.type != jbvBinary || !JsonContainerIsObject(value.val.binary.data))
			report_row(reader, "An element of the array is no object.");
		take_row(reader, value.val.binary.data);
	}
}

void
copg_jacobian_read_parameters(FunctionCallInfo fcinfo, int argno, CopgJacobian *j,
							  double *value, bool *given)
{
	Reader		reader = {.j = j, .argument = "direction", .value = value, .given = given};

	read_argument(fcinfo, argno, &reader);
}

void
copg_jacobian_read_weights(FunctionCallInfo fcinfo, int argno, CopgJacobian *j, CopgWeights *out)
{
	Reader		reader = {.j = j, .argument = "weights", .weights = out};

	out->x = co_take_zero_doubles(&j->arena, (size_t) j->nlp->n);
	out->y = co_take_zero_doubles(&j->arena, (size_t) j->nlp->m);
	out->z = co_take_zero_doubles(&j->arena, (size_t) j->nlp->n);
	out->f = 0.0;
	copg_check_rc(co_arena_failed(&j->arena), &j->arena, NULL);
	read_argument(fcinfo, argno, &reader);
}
