/*-------------------------------------------------------------------------
 *
 * pg/pg_leaf.c
 *	  opt_var and opt_param: the leaves of expressions.
 *
 * They stand beside every row of the user's tables, so the value of one leaf
 * is kept as a pattern while the name stays the same, and a call copies it,
 * puts in numbers and identity and appends the key.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "expr/algebra.h"
#include "pg/pg_block.h"
#include "pg/pg_compat.h"
#include "pg/pg_env.h"
#include "pg/pg_error.h"
#include "pg/pg_key.h"

typedef enum BoundClass
{
	BOUND_FLOAT8,
	BOUND_LITERAL,				/* without a type */
	BOUND_EXPR,
	BOUND_OTHER					/* what becomes a float8 by itself */
} BoundClass;

typedef struct BoundArg			/* how an argument that is a bound is read */
{
	BoundClass	bound_class;
	FmgrInfo	to_float8;		/* BOUND_OTHER */
} BoundArg;

typedef struct LeafMaker		/* in fn_extra */
{
	CoLeafKind	kind;
	bool		has_key;
	CopgKey		key;
	BoundArg	bound[2];		/* of a variable */
	char	   *name;			/* of the pattern; NULL: none yet */
	int			name_length;

	/* A leaf of that name with an empty key or none: all but the key's bytes. */
	char	   *pattern;
	Size		size;			/* bytes of the pattern to copy */
	Size		id_at,			/* offsets in it */
				lower_at,
				upper_at,
				start_at;
	int			n_str;			/* bytes of strings without the key's */
} LeafMaker;

static pg_attribute_noreturn() void
report_name(const char *problem)
{
	ereport(ERROR,
			(errcode(problem[0] == 'n' ? ERRCODE_NULL_VALUE_NOT_ALLOWED
					 : ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the name of a variable or parameter must not be %s", problem)));
}

/*
 * lb and ub are "any", for with one function of numbers and others of
 * expressions a NULL or 'infinity' would not tell which one is meant.
 */
static void
prepare_bound(FmgrInfo *flinfo, int argno, const char *argument, BoundArg *out)
{
	Oid			type = get_fn_expr_argtype(flinfo, argno);
	Oid			base = OidIsValid(type) ? getBaseType(type) : InvalidOid;
	Oid			cast = InvalidOid;

	if (base == FLOAT8OID)
		out->bound_class = BOUND_FLOAT8;
	else if (base == UNKNOWNOID || base == CSTRINGOID)
		out->bound_class = BOUND_LITERAL;
	else if (OidIsValid(base) && base == get_fn_expr_rettype(flinfo))
		out->bound_class = BOUND_EXPR;
	else if (OidIsValid(base) &&
			 find_coercion_pathway(FLOAT8OID, base, COERCION_IMPLICIT, &cast) == COERCION_PATH_FUNC)
	{
		out->bound_class = BOUND_OTHER;
		fmgr_info_cxt(cast, &out->to_float8, flinfo->fn_mcxt);
	}
	else
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 OidIsValid(base) ?
				 errmsg("argument \"%s\" of opt_var is of type %s", argument, format_type_be(type)) :
				 errmsg("could not determine the type of argument \"%s\" of opt_var", argument),
				 errhint("A bound is a number, or an expression of parameters.")));
}

static LeafMaker *
new_maker(FunctionCallInfo fcinfo, CoLeafKind kind, int key_arg)
{
	FmgrInfo   *flinfo = fcinfo->flinfo;
	LeafMaker  *maker = MemoryContextAllocZero(flinfo->fn_mcxt, sizeof(LeafMaker));
	Oid			type = key_arg >= 0 ? copg_key_arg_type(fcinfo, key_arg) : InvalidOid;

	/* The default of opt_var's key is a NULL of opt_expr itself. */
	maker->kind = kind;
	maker->has_key = key_arg >= 0 && type != get_fn_expr_rettype(flinfo);
	if (maker->has_key)
		copg_key_init(&maker->key, type, flinfo->fn_mcxt);
	if (kind == CO_LEAF_VARIABLE)
	{
		prepare_bound(flinfo, 2, "lb", &maker->bound[0]);
		prepare_bound(flinfo, 3, "ub", &maker->bound[1]);
	}
	flinfo->fn_extra = maker;
	return maker;
}

static void
find_offsets(LeafMaker *maker)
{
	CoBlock		view;

	co_block_view(maker->pattern, &view);
	maker->id_at = (const char *) view.leaf_id - maker->pattern;
	maker->lower_at = (const char *) view.leaf_lower - maker->pattern;
	maker->upper_at = (const char *) view.leaf_upper - maker->pattern;
	maker->start_at = (const char *) view.leaf_start - maker->pattern;

	/* Strings come last, for there is no code; the key is the last of them. */
	maker->n_str = maker->has_key ? view.leaf_key[0] : view.n_str;
	maker->size = (view.str - maker->pattern) + maker->n_str;
}

static void
learn_name(LeafMaker *maker, text *name, MemoryContext context)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	CoLeafDef	def = {.kind = maker->kind, .key = maker->has_key ? "" : NULL};
	CoError		error = {.position = -1};
	CopgEnv		env;
	CoArena		arena;
	CoBlock		block;

	if (maker->name)
	{
		pfree(maker->name);
		pfree(maker->pattern);
		maker->name = NULL;
	}
	def.name = text_to_cstring(name);
	copg_env_begin(&env, &arena, context);
	copg_check_rc(co_expr_leaf(&arena, &def, &block, &error), &arena, &error);
	maker->pattern = (char *) DatumGetPointer(copg_block_datum(&block));
	copg_env_end(&env);
	find_offsets(maker);
	maker->name_length = strlen(def.name);
	maker->name = (char *) def.name;
	MemoryContextSwitchTo(old);
}

/* The pattern for the name in argument 0. */
static LeafMaker *
get_maker(FunctionCallInfo fcinfo, CoLeafKind kind, int key_arg)
{
	LeafMaker  *maker = fcinfo->flinfo->fn_extra;
	text	   *name;
	int			length;

	if (PG_ARGISNULL(0))
		report_name("null");
	if (maker == NULL)
		maker = new_maker(fcinfo, kind, key_arg);
	name = PG_GETARG_TEXT_PP(0);
	length = VARSIZE_ANY_EXHDR(name);
	if (length == 0)
		report_name("empty");
	if (maker->name == NULL || maker->name_length != length ||
		memcmp(maker->name, VARDATA_ANY(name), length) != 0)
		learn_name(maker, name, fcinfo->flinfo->fn_mcxt);
	return maker;
}

static const char *
get_key(FunctionCallInfo fcinfo, LeafMaker *maker, int key_arg)
{
	if (!maker->has_key)
		return NULL;
	return copg_key_text(&maker->key, PG_GETARG_DATUM(key_arg), PG_ARGISNULL(key_arg),
						 maker->name);
}

static inline void
put_double(char *at, double value)
{
	memcpy(at, &value, sizeof value);
}

static Datum
make_leaf(const LeafMaker *maker, const char *key, double lower, double upper, double start)
{
	Size		key_size = key ? strlen(key) + 1 : 0;
	Size		size = maker->size + key_size;
	uint64		id = co_leaf_id(maker->name, key);
	char	   *flat;

	if (size > MaxAllocSize)
		copg_report_size();
	flat = palloc(size);
	memcpy(flat, maker->pattern, maker->size);
	if (key)
		memcpy(flat + maker->size, key, key_size);
	((CoBlockHeader *) flat)->n_str = maker->n_str + (int) key_size;
	memcpy(flat + maker->id_at, &id, sizeof id);
	put_double(flat + maker->lower_at, lower);
	put_double(flat + maker->upper_at, upper);
	put_double(flat + maker->start_at, start);
	SET_VARSIZE(flat, size);
	return PointerGetDatum(flat);
}

/* Refuses what number is: NaN, or an infinity with the given sign. */
static pg_attribute_noreturn() void
report_number(const LeafMaker *maker, const char *key, const char *what, double number)
{
	char		label[COPG_LABEL_SIZE];

	co_label(maker->name, key, label, sizeof label);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s of %s is %s", what, label,
					isnan(number) ? "NaN" : number > 0 ? "infinity" : "-infinity"),
			 isnan(number) && maker->kind == CO_LEAF_VARIABLE ?
			 errhint("NULL means that there is none.") : 0));
}

typedef struct Bound			/* as it was given in one call */
{
	double		number;
	bool		is_formula;		/* expr says it, and number does not */
	CopgValue	expr;
} Bound;

/* An expression without terms is a number. */
static void
read_expression(Datum datum, Bound *out)
{
	const CoBlock *block = &out->expr.block;

	copg_value_get(datum, CO_BLOCK_EXPR, &out->expr);
	out->is_formula = block->n_lin + block->n_quad + block->n_code > 0;
	out->number = block->constant[0];
}

/* A bound: NULL and the infinity of its own side mean none. */
static void
read_bound(FunctionCallInfo fcinfo, int side, LeafMaker *maker, const char *key, Bound *out)
{
	const double none = side == 0 ? -get_float8_infinity() : get_float8_infinity();
	BoundArg   *arg = &maker->bound[side];
	Datum		datum;

	out->is_formula = false;
	out->number = none;
	if (PG_ARGISNULL(2 + side))
		return;
	datum = PG_GETARG_DATUM(2 + side);
	switch (arg->bound_class)
	{
		case BOUND_FLOAT8:
			out->number = DatumGetFloat8(datum);
			break;
		case BOUND_LITERAL:
			out->number = DatumGetFloat8(DirectFunctionCall1(float8in, datum));
			break;
		case BOUND_EXPR:
			read_expression(datum, out);
			break;
		case BOUND_OTHER:
			out->number = DatumGetFloat8(FunctionCall1(&arg->to_float8, datum));
			break;
	}
	if (!out->is_formula && (isnan(out->number) || out->number == -none))
		report_number(maker, key, side == 0 ? "lower bound" : "upper bound", out->number);
}

static double
get_start(FunctionCallInfo fcinfo, int argno, const LeafMaker *maker, const char *key)
{
	double		start;

	if (PG_ARGISNULL(argno))
		return get_float8_nan();
	start = PG_GETARG_FLOAT8(argno);
	if (!isfinite(start))
		report_number(maker, key, "start", start);
	return start;
}

/* A variable one of whose bounds is an expression: rare enough to be built anew. */
static Datum
make_variable(const LeafMaker *maker, const char *key, const Bound bound[2], double start)
{
	CoLeafDef	def = {
		.name = maker->name, .key = key, .kind = CO_LEAF_VARIABLE,
		.lower = bound[0].number, .upper = bound[1].number, .start = start
	};
	CopgEnv		env;
	CoArena		arena;
	CoBlock		block;
	CoError		error = {.position = -1};
	Datum		result;

	copg_env_begin(&env, &arena, CurrentMemoryContext);
	copg_check_rc(co_expr_variable(&arena, &def,
								   bound[0].is_formula ? &bound[0].expr.block : NULL,
								   bound[1].is_formula ? &bound[1].expr.block : NULL,
								   &block, &error), &arena, &error);
	result = copg_block_datum(&block);
	copg_env_end(&env);
	return result;
}

/* opt_var(name text, key "any", lb "any", ub "any", start float8) */
PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_var);
Datum
opt_var(PG_FUNCTION_ARGS)
{
	LeafMaker  *maker = get_maker(fcinfo, CO_LEAF_VARIABLE, 1);
	const char *key = get_key(fcinfo, maker, 1);
	Bound		bound[2];
	double		start;

	read_bound(fcinfo, 0, maker, key, &bound[0]);
	read_bound(fcinfo, 1, maker, key, &bound[1]);
	start = get_start(fcinfo, 4, maker, key);
	if (bound[0].is_formula || bound[1].is_formula)
		return make_variable(maker, key, bound, start);
	return make_leaf(maker, key, bound[0].number, bound[1].number, start);
}

/* opt_param(name text [, key "any"], value float8) */
PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_param);
Datum
opt_param(PG_FUNCTION_ARGS)
{
	int			value_arg = PG_NARGS() - 1;
	LeafMaker  *maker = get_maker(fcinfo, CO_LEAF_PARAMETER, value_arg > 1 ? 1 : -1);
	const char *key = get_key(fcinfo, maker, 1);
	double		value;
	char		label[COPG_LABEL_SIZE];

	if (PG_ARGISNULL(value_arg))
	{
		co_label(maker->name, key, label, sizeof label);
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("value of parameter %s is null", label),
				 errhint(COPG_COALESCE_HINT)));
	}
	value = PG_GETARG_FLOAT8(value_arg);
	if (!isfinite(value))
		report_number(maker, key, "value", value);
	return make_leaf(maker, key, -get_float8_infinity(), get_float8_infinity(), value);
}
