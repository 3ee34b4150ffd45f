/*-------------------------------------------------------------------------
 *
 * pg/pg_call.c
 *	  Functions of the database as nodes of expressions.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <fenv.h>

#include "access/htup_details.h"
#include "access/parallel.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/regproc.h"
#include "utils/syscache.h"

#include "expr/algebra.h"
#include "pg/pg_block.h"
#include "pg/pg_call.h"
#include "pg/pg_env.h"
#include "pg/pg_error.h"

/*--------------------------------------------------------------------------
 * What a function must look like
 *--------------------------------------------------------------------------
 */

static pg_attribute_noreturn() void
report_signature(Oid function, bool is_gradient, int n, const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("%s cannot be called in an expression", format_procedure(function)),
			 errdetail("%s", problem),
			 is_gradient ?
			 errhint("A gradient function takes the arguments of the function, %d float8 here, and returns float8[], one element for each.", n) :
			 errhint("It must take as many float8 as there are arguments, %d here, and return float8.", n)));
}

/* A function of one argument may also return its derivative as a number. */
static bool
returns_gradient(Form_pg_proc form)
{
	return form->prorettype == FLOAT8ARRAYOID ||
		(form->prorettype == FLOAT8OID && form->pronargs == 1);
}

static const char *
find_misfit(Form_pg_proc form, bool is_gradient, int n)
{
	if (form->prokind != PROKIND_FUNCTION)
		return "It is not an ordinary function.";
	if (form->pronargs != n)
		return psprintf("It takes %d argument%s, and is given %d.", form->pronargs,
						form->pronargs == 1 ? "" : "s", n);
	for (int k = 0; k < n; k++)
		if (form->proargtypes.values[k] != FLOAT8OID)
			return psprintf("Its argument %d is of type %s.", k + 1,
							format_type_be(form->proargtypes.values[k]));
	if (form->proretset)
		return "It returns a set.";
	if (is_gradient ? !returns_gradient(form) : form->prorettype != FLOAT8OID)
		return psprintf("It returns %s.", format_type_be(form->prorettype));
	return NULL;
}

/* Raises what does not fit; answers whether it returns an array. */
static bool
check_function(Oid function, bool is_gradient, int n, char *parallel)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Form_pg_proc form;
	const char *problem;
	bool		is_array;

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("function with OID %u does not exist", function)));
	form = (Form_pg_proc) GETSTRUCT(tuple);
	problem = find_misfit(form, is_gradient, n);
	is_array = form->prorettype == FLOAT8ARRAYOID;
	*parallel = form->proparallel;
	ReleaseSysCache(tuple);
	if (problem)
		report_signature(function, is_gradient, n, problem);
	return is_array;
}

/*--------------------------------------------------------------------------
 * Calling
 *--------------------------------------------------------------------------
 */

typedef struct CopgCallee
{
	struct CopgCallee *next;
	const char *name;
	bool		is_gradient;
	bool		returns_array;
	int			n;
	FmgrInfo	flinfo;
} CopgCallee;

typedef struct CopgCallSite		/* for the context of errors */
{
	const char *function;
	int			n;
	const double *argument;
} CopgCallSite;

/* "0.5, 2" */
static char *
format_arguments(int n, const double *argument)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int k = 0; k < n; k++)
		appendStringInfo(&text, "%s%s", k > 0 ? ", " : "", float8out_internal(argument[k]));
	return text.data;
}

static void
describe_call(void *arg)
{
	const CopgCallSite *site = arg;

	errcontext("opt_call of function %s at (%s)", site->function,
			   format_arguments(site->n, site->argument));
}

/*
 * The planner knows nothing of functions inside expressions, so what it takes
 * care of, that a parallel worker runs no function not marked so, is done here.
 * In the leader the server itself refuses what a function must not do meanwhile.
 */
static void
check_parallel(Oid function, char parallel)
{
	if (!IsParallelWorker() || parallel == PROPARALLEL_SAFE)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TRANSACTION_STATE),
			 errmsg("cannot call function %s in a parallel worker", format_procedure(function)),
			 errdetail("It is not marked as PARALLEL SAFE."),
			 errhint("ALTER FUNCTION ... PARALLEL SAFE, where that is so, or SET max_parallel_workers_per_gather = 0.")));
}

static CopgCallee *
add_callee(CopgCallees *callees, const char *function, bool is_gradient, int n)
{
	Oid			oid = DatumGetObjectId(DirectFunctionCall1(regprocedurein, CStringGetDatum(function)));
	CopgCallee *callee;
	bool		returns_array;
	char		parallel;

	returns_array = check_function(oid, is_gradient, n, &parallel);
	if (!copg_may_execute(oid))
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_FUNCTION, get_func_name(oid));
	check_parallel(oid, parallel);
	InvokeFunctionExecuteHook(oid);
	callee = MemoryContextAllocZero(callees->context, sizeof(CopgCallee));
	fmgr_info_cxt(oid, &callee->flinfo, callees->context);
	callee->name = MemoryContextStrdup(callees->context, function);
	callee->is_gradient = is_gradient;
	callee->returns_array = returns_array;
	callee->n = n;
	callee->next = callees->first;
	callees->first = callee;
	return callee;
}

/* The latest first: an expression calls few functions, mostly one. */
static CopgCallee *
find_callee(CopgCallees *callees, const char *function, bool is_gradient, int n)
{
	for (CopgCallee **at = &callees->first; *at; at = &(*at)->next)
	{
		CopgCallee *callee = *at;

		if (callee->n != n || callee->is_gradient != is_gradient ||
			strcmp(callee->name, function) != 0)
			continue;
		*at = callee->next;
		callee->next = callees->first;
		callees->first = callee;
		return callee;
	}
	return add_callee(callees, function, is_gradient, n);
}

static void
take_gradient(const CopgCallee *callee, Datum value, double *result)
{
	ArrayType  *array = DatumGetArrayTypeP(value);

	if (ARR_NDIM(array) != 1 || ARR_DIMS(array)[0] != callee->n)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("gradient function %s returned an array of wrong size", callee->name),
				 errdetail("It has %d dimensions, and elements: %d; it must have one dimension, and elements: %d.",
						   ARR_NDIM(array), ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array)),
						   callee->n)));
	if (array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("gradient function %s returned an array with a null", callee->name),
				 errhint("NaN says that there is no derivative; the solver then tries another point.")));
	memcpy(result, ARR_DATA_PTR(array), callee->n * sizeof(double));
}

static void
invoke(CopgCallee *callee, const double *argument, double *result)
{
	LOCAL_FCINFO(fcinfo, FUNC_MAX_ARGS);
	PgStat_FunctionCallUsage usage;
	Datum		value;

	InitFunctionCallInfoData(*fcinfo, &callee->flinfo, callee->n, InvalidOid, NULL, NULL);
	for (int k = 0; k < callee->n; k++)
	{
		fcinfo->args[k].value = Float8GetDatum(argument[k]);
		fcinfo->args[k].isnull = false;
	}
	pgstat_init_function_usage(fcinfo, &usage);
	value = FunctionCallInvoke(fcinfo);
	pgstat_end_function_usage(&usage, true);
	if (fcinfo->isnull)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("function %s returned null", callee->name),
				 errhint("NaN says that there is no value; the solver then tries another point.")));
	if (callee->returns_array)
		take_gradient(callee, value, result);
	else
		*result = DatumGetFloat8(value);
}

/*
 * The solve has set the processor's floating-point mode, which the function may
 * change; its memory is gone when it has returned.
 */
void
copg_call(CopgCallees *callees, const char *function, bool is_gradient,
		  int n, const double *argument, double *result)
{
	CopgCallSite site = {function, n, argument};
	ErrorContextCallback context = {error_context_stack, describe_call, &site};
	MemoryContext old;
	CopgCallee *callee;
	fenv_t		float_mode;

	check_stack_depth();
	error_context_stack = &context;
	if (callees->call_context == NULL)
		callees->call_context = AllocSetContextCreate(callees->context, "constropt call",
													  ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(callees->call_context);
	callee = find_callee(callees, function, is_gradient, n);
	fegetenv(&float_mode);
	invoke(callee, argument, result);
	fesetenv(&float_mode);
	MemoryContextSwitchTo(old);
	MemoryContextReset(callees->call_context);
	error_context_stack = context.previous;
}

/*--------------------------------------------------------------------------
 * opt_call
 *--------------------------------------------------------------------------
 */

typedef struct CallMaker		/* in fn_extra: the names, looked up once */
{
	Oid			function,
				gradient;		/* InvalidOid: none */
	int			n;
	char	   *function_name,
			   *gradient_name;
} CallMaker;

static Oid
function_arg(FunctionCallInfo fcinfo, int argno)
{
	if (PG_ARGISNULL(argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg(argno == 0 ? "the function must not be null" :
						"the gradient function must not be null")));
	return PG_GETARG_OID(argno);
}

static CallMaker *
get_maker(FunctionCallInfo fcinfo, Oid function, Oid gradient, int n)
{
	MemoryContext context = fcinfo->flinfo->fn_mcxt;
	CallMaker  *maker = fcinfo->flinfo->fn_extra;
	MemoryContext old;
	char		parallel;

	if (maker && maker->function == function && maker->gradient == gradient && maker->n == n)
		return maker;
	(void) check_function(function, false, n, &parallel);
	if (OidIsValid(gradient))
		(void) check_function(gradient, true, n, &parallel);
	old = MemoryContextSwitchTo(context);
	maker = palloc0(sizeof(CallMaker));
	maker->function_name = format_procedure_qualified(function);
	maker->gradient_name = OidIsValid(gradient) ? format_procedure_qualified(gradient) : "";
	maker->function = function;
	maker->gradient = gradient;
	maker->n = n;
	MemoryContextSwitchTo(old);
	fcinfo->flinfo->fn_extra = maker;
	return maker;
}

/* Views of the array's elements; they point into values. */
static CoBlock *
read_arguments(ArrayType *array, int n)
{
	CopgValue  *value = palloc(n * sizeof(CopgValue));
	CoBlock    *block = palloc(n * sizeof(CoBlock));
	ArrayIterator iterator = array_create_iterator(array, 0, NULL);
	Datum		element;
	bool		is_null;

	for (int k = 0; k < n && array_iterate(iterator, &element, &is_null); k++)
	{
		if (is_null)
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("argument %d of the function called is null", k + 1),
					 errhint(COPG_COALESCE_HINT)));
		copg_value_get(element, CO_BLOCK_EXPR, &value[k]);
		block[k] = value[k].block;
	}
	array_free_iterator(iterator);
	return block;
}

static int
count_arguments(ArrayType *array)
{
	int			n = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));

	if (n < 1 || n > CO_MAX_ARGUMENTS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("opt_call takes 1 to %d arguments for the function", CO_MAX_ARGUMENTS)));
	return n;
}

/* opt_call(function regprocedure [, gradient regprocedure], VARIADIC arguments opt_expr[]) */
PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_call);
Datum
opt_call(PG_FUNCTION_ARGS)
{
	int			array_arg = PG_NARGS() - 1;
	Oid			function = function_arg(fcinfo, 0);
	Oid			gradient = array_arg > 1 ? function_arg(fcinfo, 1) : InvalidOid;
	ArrayType  *array;
	CallMaker  *maker;
	CopgEnv		env;
	CoArena		arena;
	CoBlock		block;
	CoError		error = {.position = -1};
	int			n;

	if (PG_ARGISNULL(array_arg))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the array of arguments must not be null")));
	array = PG_GETARG_ARRAYTYPE_P(array_arg);
	n = count_arguments(array);
	maker = get_maker(fcinfo, function, gradient, n);
	copg_env_begin(&env, &arena, CurrentMemoryContext);
	copg_check_rc(co_expr_call(&arena, maker->function_name, maker->gradient_name, n,
							   read_arguments(array, n), &block, &error), &arena, &error);
	return copg_block_lend(&block);
}
