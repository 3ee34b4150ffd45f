/*-------------------------------------------------------------------------
 *
 * pg/pg_expr.c
 *	  The types opt_expr, opt_constraint and opt_problem: text and binary
 *	  input and output, casts from numbers, equality for grouping.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "common/hashfn.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "expr/algebra.h"
#include "expr/text.h"
#include "pg/pg_block.h"
#include "pg/pg_compat.h"
#include "pg/pg_env.h"
#include "pg/pg_error.h"
#include "pg/pg_wire.h"

static Datum
read_text(FunctionCallInfo fcinfo, CoBlockKind kind)
{
	char	   *text = PG_GETARG_CSTRING(0);
	size_t		length = strlen(text);
	CopgEnv		env;
	CoArena		arena;
	CoBlock		block;
	CoError		error = {.position = -1};
	CoRc		rc;
	Datum		result = (Datum) 0;

	copg_env_begin(&env, &arena, CurrentMemoryContext);
	rc = co_parse(&arena, text, length, kind, &block, &error);
	if (rc != CO_OK)
		copg_report_text(rc, &arena, &error, text, length, (struct Node *) fcinfo->context);
	else
		result = copg_block_datum(&block);
	copg_env_end(&env);
	if (rc != CO_OK)
		PG_RETURN_NULL();
	return result;
}

static Datum
write_text(FunctionCallInfo fcinfo, CoBlockKind kind)
{
	CopgEnv		env;
	CoArena		arena;
	CopgValue	value;
	char	   *text;
	size_t		length;
	char	   *result;

	copg_value_get(PG_GETARG_DATUM(0), kind, &value);
	copg_env_begin(&env, &arena, CurrentMemoryContext);
	copg_check_rc(co_print(&arena, &value.block, &text, &length), &arena, NULL);
	if (length >= MaxAllocSize)
		copg_report_size();
	result = pnstrdup(text, length);
	copg_env_end(&env);
	PG_RETURN_CSTRING(result);
}

static Datum
send_value(FunctionCallInfo fcinfo, CoBlockKind kind)
{
	CopgValue	value;

	copg_value_get(PG_GETARG_DATUM(0), kind, &value);
	PG_RETURN_BYTEA_P(copg_wire_send(&value.block));
}

static Datum
receive_value(FunctionCallInfo fcinfo, CoBlockKind kind)
{
	return copg_wire_recv((StringInfo) PG_GETARG_POINTER(0), kind);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_expr_in);
Datum
opt_expr_in(PG_FUNCTION_ARGS)
{
	return read_text(fcinfo, CO_BLOCK_EXPR);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_expr_out);
Datum
opt_expr_out(PG_FUNCTION_ARGS)
{
	return write_text(fcinfo, CO_BLOCK_EXPR);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_expr_send);
Datum
opt_expr_send(PG_FUNCTION_ARGS)
{
	return send_value(fcinfo, CO_BLOCK_EXPR);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_expr_recv);
Datum
opt_expr_recv(PG_FUNCTION_ARGS)
{
	return receive_value(fcinfo, CO_BLOCK_EXPR);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_constraint_in);
Datum
opt_constraint_in(PG_FUNCTION_ARGS)
{
	return read_text(fcinfo, CO_BLOCK_CONSTRAINT);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_constraint_out);
Datum
opt_constraint_out(PG_FUNCTION_ARGS)
{
	return write_text(fcinfo, CO_BLOCK_CONSTRAINT);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_constraint_send);
Datum
opt_constraint_send(PG_FUNCTION_ARGS)
{
	return send_value(fcinfo, CO_BLOCK_CONSTRAINT);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_constraint_recv);
Datum
opt_constraint_recv(PG_FUNCTION_ARGS)
{
	return receive_value(fcinfo, CO_BLOCK_CONSTRAINT);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_problem_in);
Datum
opt_problem_in(PG_FUNCTION_ARGS)
{
	return read_text(fcinfo, CO_BLOCK_PROBLEM);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_problem_out);
Datum
opt_problem_out(PG_FUNCTION_ARGS)
{
	return write_text(fcinfo, CO_BLOCK_PROBLEM);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_problem_send);
Datum
opt_problem_send(PG_FUNCTION_ARGS)
{
	return send_value(fcinfo, CO_BLOCK_PROBLEM);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_problem_recv);
Datum
opt_problem_recv(PG_FUNCTION_ARGS)
{
	return receive_value(fcinfo, CO_BLOCK_PROBLEM);
}

/*
 * Casts.  An infinite constant is let in: it is a bound that does not bind,
 * and everything else refuses it.
 */
static Datum
make_constant(FunctionCallInfo fcinfo, double number)
{
	CoArena    *arena = copg_scratch(fcinfo);
	CoBlock		block;
	Datum		result;

	if (isnan(number))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("NaN cannot be a term of an expression")));
	copg_check_rc(co_expr_constant(arena, number, &block), arena, NULL);
	result = copg_block_datum(&block);
	copg_scratch_end(fcinfo);
	return result;
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_expr_from_int2);
Datum
opt_expr_from_int2(PG_FUNCTION_ARGS)
{
	return make_constant(fcinfo, PG_GETARG_INT16(0));
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_expr_from_int4);
Datum
opt_expr_from_int4(PG_FUNCTION_ARGS)
{
	return make_constant(fcinfo, PG_GETARG_INT32(0));
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_expr_from_int8);
Datum
opt_expr_from_int8(PG_FUNCTION_ARGS)
{
	return make_constant(fcinfo, (double) PG_GETARG_INT64(0));
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_expr_from_float4);
Datum
opt_expr_from_float4(PG_FUNCTION_ARGS)
{
	return make_constant(fcinfo, PG_GETARG_FLOAT4(0));
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_expr_from_float8);
Datum
opt_expr_from_float8(PG_FUNCTION_ARGS)
{
	return make_constant(fcinfo, PG_GETARG_FLOAT8(0));
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_expr_from_numeric);
Datum
opt_expr_from_numeric(PG_FUNCTION_ARGS)
{
	return make_constant(fcinfo, DatumGetFloat8(DirectFunctionCall1(numeric_float8,
																	PG_GETARG_DATUM(0))));
}

/*
 * Equality for GROUP BY, DISTINCT and UNION: the same terms in the same order
 * over leaves defined alike, which is equality of bytes.
 */
PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_expr_same);
Datum
opt_expr_same(PG_FUNCTION_ARGS)
{
	struct varlena *a = PG_GETARG_VARLENA_PP(0);
	struct varlena *b = PG_GETARG_VARLENA_PP(1);
	Size		size = VARSIZE_ANY_EXHDR(a);

	PG_RETURN_BOOL(size == VARSIZE_ANY_EXHDR(b) &&
				   memcmp(VARDATA_ANY(a), VARDATA_ANY(b), size) == 0);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_expr_hash);
Datum
opt_expr_hash(PG_FUNCTION_ARGS)
{
	struct varlena *a = PG_GETARG_VARLENA_PP(0);

	return hash_any((unsigned char *) VARDATA_ANY(a), VARSIZE_ANY_EXHDR(a));
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_expr_hash_extended);
Datum
opt_expr_hash_extended(PG_FUNCTION_ARGS)
{
	struct varlena *a = PG_GETARG_VARLENA_PP(0);

	return hash_any_extended((unsigned char *) VARDATA_ANY(a), VARSIZE_ANY_EXHDR(a),
							 PG_GETARG_INT64(1));
}
