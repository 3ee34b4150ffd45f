/*-------------------------------------------------------------------------
 *
 * pg/pg_options.c
 *	  The jsonb arguments of a solve: options and parameters.
 *
 * An option's name, type and range come from solver/options.def.  A name or a
 * value nobody would read is an error: a misspelt time_limit that is ignored
 * is found on the day it was needed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

#include "expr/text.h"
#include "pg/pg_compat.h"
#include "pg/pg_options.h"

#define ON_FAILURE	"on_failure"

/* Names listed in a hint, so that it stays readable. */
#define MAX_LISTED	20

/*--------------------------------------------------------------------------
 * Walking through jsonb
 *--------------------------------------------------------------------------
 */

static const char *
json_type_word(const JsonbValue *value)
{
	switch (value->type)
	{
		case jbvNull:
			return "null";
		case jbvString:
			return "a string";
		case jbvNumeric:
			return "a number";
		case jbvBool:
			return "a boolean";
		default:
			return "an object or array";
	}
}

static char *
json_string(const JsonbValue *value)
{
	return pnstrdup(value->val.string.val, (Size) value->val.string.len);
}

static double
json_number(const JsonbValue *value)
{
	return DatumGetFloat8(DirectFunctionCall1(numeric_float8,
											  NumericGetDatum(value->val.numeric)));
}

static void
require_object(const Jsonb *jsonb, const char *what)
{
	if (!JB_ROOT_IS_OBJECT(jsonb))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be a JSON object", what)));
}

/*--------------------------------------------------------------------------
 * Options
 *--------------------------------------------------------------------------
 */

static int
find_option(const char *name)
{
	int			n;
	const CoOptionInfo *table = co_option_table(&n);

	for (int i = 0; i < n; i++)
		if (strcmp(table[i].name, name) == 0)
			return i;
	return -1;
}

static pg_attribute_noreturn() void
report_unknown_option(const char *name)
{
	int			n;
	const CoOptionInfo *table = co_option_table(&n);
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < n; i++)
		appendStringInfo(&list, "%s, ", table[i].name);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown option \"%s\"", name),
			 errhint("The options are: %s%s.", list.data, ON_FAILURE)));
}

static pg_attribute_noreturn() void
report_option_type(const char *name, const char *wanted, const JsonbValue *value)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("option \"%s\" must be %s, not %s", name, wanted,
					json_type_word(value))));
}

static const char *
option_type_word(CoOptionType type)
{
	switch (type)
	{
		case CO_OPTION_TYPE_REAL:
			return "a number";
		case CO_OPTION_TYPE_INT:
			return "an integer";
		case CO_OPTION_TYPE_BOOL:
			return "a boolean";
	}
	return NULL;
}

static void
set_core_option(CoOptions *options, int option, const JsonbValue *value)
{
	int			n;
	const CoOptionInfo *info = &co_option_table(&n)[option];
	JsonbValue	wanted_type = {.type = info->type == CO_OPTION_TYPE_BOOL ? jbvBool : jbvNumeric};
	double		number;

	if (value->type != wanted_type.type)
		report_option_type(info->name, option_type_word(info->type), value);
	number = value->type == jbvBool ? (value->val.boolean ? 1.0 : 0.0) : json_number(value);
	if (!co_option_set(options, option, number))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("value %g is out of range for option \"%s\"", number, info->name),
				 errdetail("It must be %s between %g and %g.",
						   option_type_word(info->type), info->low, info->high)));
}

static void
set_on_failure(CopgOptions *options, const JsonbValue *value)
{
	char	   *word;

	if (value->type != jbvString)
		report_option_type(ON_FAILURE, "a string", value);
	word = json_string(value);
	if (strcmp(word, "error") != 0 && strcmp(word, "status") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid value for option \"%s\": \"%s\"", ON_FAILURE, word),
				 errhint("The values are: status, error.")));
	options->error_on_failure = strcmp(word, "error") == 0;
}

static void
set_option(CopgOptions *options, const char *name, const JsonbValue *value)
{
	int			option = find_option(name);

	if (option >= 0)
		set_core_option(&options->core, option, value);
	else if (strcmp(name, ON_FAILURE) == 0)
		set_on_failure(options, value);
	else
		report_unknown_option(name);
}

void
copg_options_read(const Jsonb *options, CopgOptions *out)
{
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	value;
	char	   *name = NULL;

	co_options_default(&out->core);
	out->error_on_failure = false;
	if (options == NULL)
		return;
	require_object(options, "options");
	it = JsonbIteratorInit((JsonbContainer *) &options->root);
	while ((token = JsonbIteratorNext(&it, &value, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			name = json_string(&value);
		else if (token == WJB_VALUE)
			set_option(out, name, &value);
	}
}

char *
copg_options_json(const CopgOptions *options)
{
	int			n;
	const CoOptionInfo *table = co_option_table(&n);
	StringInfoData json;
	char		number[32];

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	for (int i = 0; i < n; i++)
	{
		double		value = co_option_get(&options->core, i);

		co_print_double(value, number);
		appendStringInfo(&json, "\"%s\": %s, ", table[i].name,
						 table[i].type != CO_OPTION_TYPE_BOOL ? number
						 : value != 0.0 ? "true" : "false");
	}
	appendStringInfo(&json, "\"%s\": \"%s\"}", ON_FAILURE,
					 options->error_on_failure ? "error" : "status");
	return json.data;
}

/*--------------------------------------------------------------------------
 * Parameters
 *--------------------------------------------------------------------------
 */

static pg_attribute_noreturn() void
report_param_type(const char *name, const char *key, const JsonbValue *value)
{
	char		label[NAMEDATALEN * 2];

	co_label(name, key, label, sizeof label);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("parameter %s must be a number, not %s", label, json_type_word(value)),
			 errhint("Parameters are given as {\"name\": 1.5} or {\"name\": {\"key\": 1.5}}.")));
}

/* {"key": value, ...} of one name */
static void
each_keyed(const char *name, const JsonbValue *object, CopgEachParam each, void *state)
{
	JsonbIterator *it = JsonbIteratorInit(object->val.binary.data);
	JsonbIteratorToken token;
	JsonbValue	value;
	char	   *key = NULL;

	while ((token = JsonbIteratorNext(&it, &value, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			key = json_string(&value);
		else if (token == WJB_VALUE && value.type == jbvNumeric)
			each(state, name, key, json_number(&value));
		else if (token == WJB_VALUE || token == WJB_ELEM)
			report_param_type(name, key, &value);
	}
}

void
copg_params_each(const Jsonb *params, CopgEachParam each, void *state)
{
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	value;
	char	   *name = NULL;

	require_object(params, "params");
	it = JsonbIteratorInit((JsonbContainer *) &params->root);
	while ((token = JsonbIteratorNext(&it, &value, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			name = json_string(&value);
		else if (token != WJB_VALUE)
			continue;
		else if (value.type == jbvNumeric)
			each(state, name, NULL, json_number(&value));
		else if (value.type == jbvBinary && JsonContainerIsObject(value.val.binary.data))
			each_keyed(name, &value, each, state);
		else
			report_param_type(name, NULL, &value);
	}
}

typedef struct GivenParam
{
	uint64		id;				/* hash key */
	const char *name;
	const char *key;
	double		value;
	bool		is_used;
} GivenParam;

static void
remember_param(void *state, const char *name, const char *key, double value)
{
	uint64		id = co_leaf_id(name, key);
	bool		found;
	GivenParam *param = hash_search((HTAB *) state, &id, HASH_ENTER, &found);

	param->name = name;
	param->key = key;
	param->value = value;
	param->is_used = false;
}

static HTAB *
params_table(const Jsonb *params)
{
	HASHCTL		ctl = {0};
	HTAB	   *table;

	ctl.keysize = sizeof(uint64);
	ctl.entrysize = sizeof(GivenParam);
	ctl.hcxt = CurrentMemoryContext;
	table = hash_create("constropt parameters", 64, &ctl,
						HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	copg_params_each(params, remember_param, table);
	return table;
}

/* The first parameters' names of the problem, for a hint. */
static char *
list_params(const CoBlock *problem)
{
	StringInfoData list;
	char		label[NAMEDATALEN * 2];
	int			n = 0;

	initStringInfo(&list);
	for (int i = 0; i < problem->n_leaf && n <= MAX_LISTED; i++)
	{
		if (problem->leaf_kind[i] != CO_LEAF_PARAMETER)
			continue;
		co_label(co_block_string(problem, problem->leaf_name[i]),
				 co_block_string(problem, problem->leaf_key[i]), label, sizeof label);
		appendStringInfo(&list, "%s%s", n > 0 ? ", " : "", n == MAX_LISTED ? "..." : label);
		n++;
	}
	return list.data;
}

static void
refuse_unused(HTAB *table, const CoBlock *problem)
{
	HASH_SEQ_STATUS scan;
	GivenParam *param;

	hash_seq_init(&scan, table);
	while ((param = hash_seq_search(&scan)) != NULL)
	{
		char		label[NAMEDATALEN * 2];
		char	   *known;

		if (param->is_used)
			continue;
		hash_seq_term(&scan);
		co_label(param->name, param->key, label, sizeof label);
		known = list_params(problem);
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the problem has no parameter %s", label),
				 known[0] ? errhint("Its parameters are: %s.", known)
				 : errhint("It has no parameters; opt_param makes them.")));
	}
}

double *
copg_params_apply(const Jsonb *params, const CoBlock *problem)
{
	Size		size = (Size) Max(problem->n_leaf, 1) * sizeof(double);
	double	   *value = MemoryContextAllocHuge(CurrentMemoryContext, size);
	HTAB	   *table = params_table(params);

	for (int i = 0; i < problem->n_leaf; i++)
	{
		uint64		id = problem->leaf_id[i];
		GivenParam *param;

		value[i] = problem->leaf_start[i];
		if (problem->leaf_kind[i] != CO_LEAF_PARAMETER)
			continue;
		param = hash_search(table, &id, HASH_FIND, NULL);
		if (param == NULL)
			continue;
		value[i] = param->value;
		param->is_used = true;
	}
	refuse_unused(table, problem);
	hash_destroy(table);
	return value;
}
