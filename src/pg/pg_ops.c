/*-------------------------------------------------------------------------
 *
 * pg/pg_ops.c
 *	  Operators and functions of opt_expr.
 *
 * None is strict: a NULL or NaN beside an expression is a missing or broken
 * row of the user's data, and a term that silently disappeared would be a wrong
 * answer.  The error shows the operation with the variable it belongs to.
 *
 * An operator of a few terms writes its result straight into one palloc
 * (expr/algebra.h, fast paths); everything else, and every error, goes through
 * an arena.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "expr/algebra.h"
#include "pg/pg_block.h"
#include "pg/pg_compat.h"
#include "pg/pg_env.h"
#include "pg/pg_error.h"

/*--------------------------------------------------------------------------
 * Arguments, and what is wrong with them
 *--------------------------------------------------------------------------
 */

/* Which arguments are expressions; the others are float8. */
typedef enum Shape
{
	EXPR_EXPR,
	EXPR_NUMBER,
	NUMBER_EXPR
} Shape;

static void
describe_argument(FunctionCallInfo fcinfo, int argno, Shape shape, char *out, size_t size)
{
	bool		is_number = argno == 0 ? shape == NUMBER_EXPR : shape == EXPR_NUMBER;
	CopgValue	value;

	if (PG_ARGISNULL(argno))
		strlcpy(out, "NULL", size);
	else if (is_number)
		snprintf(out, size, "%g", PG_GETARG_FLOAT8(argno));
	else
	{
		copg_value_get(PG_GETARG_DATUM(argno), CO_BLOCK_EXPR, &value);
		copg_expr_label(&value.block, out, size);
	}
}

/* "operand of * is null": In "w['IBM'] * NULL". */
static pg_attribute_noreturn() void
report_operand(FunctionCallInfo fcinfo, Shape shape, const char *op, const char *problem)
{
	bool		is_null = strcmp(problem, "null") == 0;
	char		left[COPG_LABEL_SIZE];
	char		right[COPG_LABEL_SIZE];
	bool		is_word = op[0] >= 'a' && op[0] <= 'z';

	describe_argument(fcinfo, 0, shape, left, sizeof left);
	if (PG_NARGS() > 1)
		describe_argument(fcinfo, 1, shape, right, sizeof right);
	ereport(ERROR,
			(errcode(is_null ? ERRCODE_NULL_VALUE_NOT_ALLOWED
					 : ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s of %s is %s", is_word ? "argument" : "operand", op, problem),
			 PG_NARGS() == 1 ? errdetail("In \"%s(%s)\".", op, left) :
			 is_word ? errdetail("In \"%s(%s, %s)\".", op, left, right) :
			 errdetail("In \"%s %s %s\".", left, op, right),
			 is_null ? errhint(COPG_COALESCE_HINT) : 0));
}

static inline void
get_exprs(FunctionCallInfo fcinfo, const char *op, CopgValue *a, CopgValue *b)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		report_operand(fcinfo, EXPR_EXPR, op, "null");
	copg_value_get(PG_GETARG_DATUM(0), CO_BLOCK_EXPR, a);
	copg_value_get(PG_GETARG_DATUM(1), CO_BLOCK_EXPR, b);
}

/* The expression of an operator with a number. */
static inline double
get_expr_and_number(FunctionCallInfo fcinfo, const char *op, Shape shape, CopgValue *a)
{
	int			number_arg = shape == EXPR_NUMBER ? 1 : 0;
	double		number;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		report_operand(fcinfo, shape, op, "null");
	number = PG_GETARG_FLOAT8(number_arg);
	if (isnan(number))
		report_operand(fcinfo, shape, op, "NaN");
	copg_value_get(PG_GETARG_DATUM(1 - number_arg), CO_BLOCK_EXPR, a);
	return number;
}

static inline double
get_expr_and_finite(FunctionCallInfo fcinfo, const char *op, Shape shape, CopgValue *a)
{
	double		number = get_expr_and_number(fcinfo, op, shape, a);

	if (isinf(number))
		report_operand(fcinfo, shape, op, "infinite");
	return number;
}

static Datum
finish(FunctionCallInfo fcinfo, CoRc rc, CoArena *arena, const CoBlock *block,
	   const CoError *error)
{
	Datum		result;

	copg_check_rc(rc, arena, error);
	result = copg_block_datum(block);
	copg_scratch_end(fcinfo);
	return result;
}

/*--------------------------------------------------------------------------
 * Sums and products
 *--------------------------------------------------------------------------
 */

/* alpha a + beta b + gamma, made in memory of the result's own. */
static Datum
combine_large(double alpha, const CopgValue *a, double beta, const CopgValue *b, double gamma)
{
	CopgEnv		env;
	CoArena		arena;
	CoBlock		block;
	CoError		error;

	copg_error_init(&error);
	copg_env_begin(&env, &arena, CurrentMemoryContext);
	copg_check_rc(co_expr_combine(&arena, alpha, &a->block, beta, b ? &b->block : NULL, gamma,
								  &block, &error), &arena, &error);
	return copg_block_lend(&block);
}

/* alpha a + gamma */
static Datum
scale(FunctionCallInfo fcinfo, const CopgValue *a, double alpha, double gamma)
{
	void	   *flat;
	CoArena    *arena;
	CoBlock		block;
	CoError		error;
	CoRc		rc;

	if (unlikely(a->flat == NULL))
		return combine_large(alpha, a, 0.0, NULL, gamma);
	flat = palloc(a->size);
	if (likely(co_expr_scale_flat(a->flat, a->size, alpha, gamma, flat)))
	{
		SET_VARSIZE(flat, a->size);
		return PointerGetDatum(flat);
	}
	copg_error_init(&error);
	arena = copg_scratch(fcinfo);
	rc = co_expr_combine(arena, alpha, &a->block, 0.0, NULL, gamma, &block, &error);
	return finish(fcinfo, rc, arena, &block, &error);
}

static Datum
write_tiny(const CoTiny *tiny, size_t size)
{
	void	   *flat = palloc(size);

	co_expr_write_tiny(tiny, flat);
	SET_VARSIZE(flat, size);
	return PointerGetDatum(flat);
}

/* a + beta b */
static Datum
add(FunctionCallInfo fcinfo, const CopgValue *a, double beta, const CopgValue *b)
{
	CoTiny		tiny;
	size_t		size = co_expr_add_tiny(1.0, &a->block, beta, &b->block, &tiny);
	CoArena    *arena;
	CoBlock		block;
	CoError		error;
	CoRc		rc;

	if (likely(size > 0))
		return write_tiny(&tiny, size);
	if (a->flat == NULL || b->flat == NULL)
		return combine_large(1.0, a, beta, b, 0.0);
	copg_error_init(&error);
	arena = copg_scratch(fcinfo);
	rc = co_expr_combine(arena, 1.0, &a->block, beta, &b->block, 0.0, &block, &error);
	return finish(fcinfo, rc, arena, &block, &error);
}

typedef CoRc (*Operation) (CoArena *arena, const CoBlock *a, const CoBlock *b,
						   CoBlock *out, CoError *error);

static Datum
operate(FunctionCallInfo fcinfo, Operation operation, const CopgValue *a, const CopgValue *b)
{
	CoArena    *arena = copg_scratch(fcinfo);
	CoBlock		block;
	CoError		error;
	CoRc		rc;

	copg_error_init(&error);
	rc = operation(arena, &a->block, &b->block, &block, &error);
	return finish(fcinfo, rc, arena, &block, &error);
}

/* The same with a number on one side. */
static Datum
operate_number(FunctionCallInfo fcinfo, Operation operation, Shape shape,
			   const CopgValue *a, double number)
{
	CoArena    *arena = copg_scratch(fcinfo);
	CoBlock		constant,
				block;
	CoError		error;
	CoRc		rc = co_expr_constant(arena, number, &constant);

	copg_error_init(&error);
	if (rc == CO_OK)
		rc = shape == EXPR_NUMBER ?
			operation(arena, &a->block, &constant, &block, &error) :
			operation(arena, &constant, &a->block, &block, &error);
	return finish(fcinfo, rc, arena, &block, &error);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_expr_add);
Datum
opt_expr_add(PG_FUNCTION_ARGS)
{
	CopgValue	a,
				b;

	get_exprs(fcinfo, "+", &a, &b);
	return add(fcinfo, &a, 1.0, &b);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_expr_add_number);
Datum
opt_expr_add_number(PG_FUNCTION_ARGS)
{
	CopgValue	a;
	double		number = get_expr_and_finite(fcinfo, "+", EXPR_NUMBER, &a);

	return scale(fcinfo, &a, 1.0, number);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_number_add_expr);
Datum
opt_number_add_expr(PG_FUNCTION_ARGS)
{
	CopgValue	a;
	double		number = get_expr_and_finite(fcinfo, "+", NUMBER_EXPR, &a);

	return scale(fcinfo, &a, 1.0, number);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_expr_sub);
Datum
opt_expr_sub(PG_FUNCTION_ARGS)
{
	CopgValue	a,
				b;

	get_exprs(fcinfo, "-", &a, &b);
	return add(fcinfo, &a, -1.0, &b);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_expr_sub_number);
Datum
opt_expr_sub_number(PG_FUNCTION_ARGS)
{
	CopgValue	a;
	double		number = get_expr_and_finite(fcinfo, "-", EXPR_NUMBER, &a);

	return scale(fcinfo, &a, 1.0, -number);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_number_sub_expr);
Datum
opt_number_sub_expr(PG_FUNCTION_ARGS)
{
	CopgValue	a;
	double		number = get_expr_and_finite(fcinfo, "-", NUMBER_EXPR, &a);

	return scale(fcinfo, &a, -1.0, number);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_expr_mul);
Datum
opt_expr_mul(PG_FUNCTION_ARGS)
{
	CopgValue	a,
				b;
	CoTiny		tiny;
	size_t		size;

	get_exprs(fcinfo, "*", &a, &b);
	size = co_expr_mul_tiny(&a.block, &b.block, &tiny);
	if (likely(size > 0))
		return write_tiny(&tiny, size);
	return operate(fcinfo, co_expr_mul, &a, &b);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_expr_mul_number);
Datum
opt_expr_mul_number(PG_FUNCTION_ARGS)
{
	CopgValue	a;
	double		number = get_expr_and_finite(fcinfo, "*", EXPR_NUMBER, &a);

	return scale(fcinfo, &a, number, 0.0);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_number_mul_expr);
Datum
opt_number_mul_expr(PG_FUNCTION_ARGS)
{
	CopgValue	a;
	double		number = get_expr_and_finite(fcinfo, "*", NUMBER_EXPR, &a);

	return scale(fcinfo, &a, number, 0.0);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_expr_div);
Datum
opt_expr_div(PG_FUNCTION_ARGS)
{
	CopgValue	a,
				b;

	get_exprs(fcinfo, "/", &a, &b);
	return operate(fcinfo, co_expr_div, &a, &b);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_expr_div_number);
Datum
opt_expr_div_number(PG_FUNCTION_ARGS)
{
	CopgValue	a;
	double		number = get_expr_and_finite(fcinfo, "/", EXPR_NUMBER, &a);

	return operate_number(fcinfo, co_expr_div, EXPR_NUMBER, &a, number);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_number_div_expr);
Datum
opt_number_div_expr(PG_FUNCTION_ARGS)
{
	CopgValue	a;
	double		number = get_expr_and_finite(fcinfo, "/", NUMBER_EXPR, &a);

	return operate_number(fcinfo, co_expr_div, NUMBER_EXPR, &a, number);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_expr_pow);
Datum
opt_expr_pow(PG_FUNCTION_ARGS)
{
	CopgValue	a,
				b;

	get_exprs(fcinfo, "^", &a, &b);
	return operate(fcinfo, co_expr_pow, &a, &b);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_expr_pow_number);
Datum
opt_expr_pow_number(PG_FUNCTION_ARGS)
{
	CopgValue	a;
	double		number = get_expr_and_finite(fcinfo, "^", EXPR_NUMBER, &a);

	return operate_number(fcinfo, co_expr_pow, EXPR_NUMBER, &a, number);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_number_pow_expr);
Datum
opt_number_pow_expr(PG_FUNCTION_ARGS)
{
	CopgValue	a;
	double		number = get_expr_and_finite(fcinfo, "^", NUMBER_EXPR, &a);

	return operate_number(fcinfo, co_expr_pow, NUMBER_EXPR, &a, number);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_expr_neg);
Datum
opt_expr_neg(PG_FUNCTION_ARGS)
{
	CopgValue	a;

	if (PG_ARGISNULL(0))
		report_operand(fcinfo, EXPR_EXPR, "-", "null");
	copg_value_get(PG_GETARG_DATUM(0), CO_BLOCK_EXPR, &a);
	return scale(fcinfo, &a, -1.0, 0.0);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_expr_plus);
Datum
opt_expr_plus(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		report_operand(fcinfo, EXPR_EXPR, "+", "null");
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

/*--------------------------------------------------------------------------
 * Comparisons
 *--------------------------------------------------------------------------
 */

static Datum
compare(FunctionCallInfo fcinfo, CoRelation relation, const CoBlock *a, const CoBlock *b,
		CoArena *arena)
{
	CoBlock		block;
	CoError		error;
	CoRc		rc;

	copg_error_init(&error);
	rc = co_expr_compare(arena, a, relation, b, &block, &error);
	return finish(fcinfo, rc, arena, &block, &error);
}

/* An infinite bound on the side where it does not bind is none; else misuse. */
static void
check_bound(FunctionCallInfo fcinfo, Shape shape, CoRelation relation, const char *op,
			double left, double right)
{
	bool		is_open = (relation == CO_LESS_EQUAL && (right == INFINITY || left == -INFINITY)) ||
		(relation == CO_GREATER_EQUAL && (right == -INFINITY || left == INFINITY));

	if ((isinf(left) || isinf(right)) && !is_open)
		report_operand(fcinfo, shape, op, "infinite");
}

static double
constant_or_zero(const CoBlock *a)
{
	return a->n_leaf == 0 ? a->constant[0] : 0.0;
}

static Datum
compare_exprs(FunctionCallInfo fcinfo, CoRelation relation, const char *op)
{
	CopgValue	a,
				b;

	get_exprs(fcinfo, op, &a, &b);
	check_bound(fcinfo, EXPR_EXPR, relation, op, constant_or_zero(&a.block),
				constant_or_zero(&b.block));
	return compare(fcinfo, relation, &a.block, &b.block, copg_scratch(fcinfo));
}

static Datum
compare_number(FunctionCallInfo fcinfo, CoRelation relation, const char *op, Shape shape)
{
	CopgValue	a;
	double		number = get_expr_and_number(fcinfo, op, shape, &a);
	CoArena    *arena;
	CoBlock		constant;

	check_bound(fcinfo, shape, relation, op, shape == NUMBER_EXPR ? number : 0.0,
				shape == EXPR_NUMBER ? number : 0.0);
	arena = copg_scratch(fcinfo);
	copg_check_rc(co_expr_constant(arena, number, &constant), arena, NULL);
	return shape == EXPR_NUMBER ?
		compare(fcinfo, relation, &a.block, &constant, arena) :
		compare(fcinfo, relation, &constant, &a.block, arena);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_expr_le);
Datum
opt_expr_le(PG_FUNCTION_ARGS)
{
	return compare_exprs(fcinfo, CO_LESS_EQUAL, "<=");
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_expr_le_number);
Datum
opt_expr_le_number(PG_FUNCTION_ARGS)
{
	return compare_number(fcinfo, CO_LESS_EQUAL, "<=", EXPR_NUMBER);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_number_le_expr);
Datum
opt_number_le_expr(PG_FUNCTION_ARGS)
{
	return compare_number(fcinfo, CO_LESS_EQUAL, "<=", NUMBER_EXPR);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_expr_ge);
Datum
opt_expr_ge(PG_FUNCTION_ARGS)
{
	return compare_exprs(fcinfo, CO_GREATER_EQUAL, ">=");
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_expr_ge_number);
Datum
opt_expr_ge_number(PG_FUNCTION_ARGS)
{
	return compare_number(fcinfo, CO_GREATER_EQUAL, ">=", EXPR_NUMBER);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_number_ge_expr);
Datum
opt_number_ge_expr(PG_FUNCTION_ARGS)
{
	return compare_number(fcinfo, CO_GREATER_EQUAL, ">=", NUMBER_EXPR);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_expr_eq);
Datum
opt_expr_eq(PG_FUNCTION_ARGS)
{
	return compare_exprs(fcinfo, CO_EQUAL, "==");
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_expr_eq_number);
Datum
opt_expr_eq_number(PG_FUNCTION_ARGS)
{
	return compare_number(fcinfo, CO_EQUAL, "==", EXPR_NUMBER);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_number_eq_expr);
Datum
opt_number_eq_expr(PG_FUNCTION_ARGS)
{
	return compare_number(fcinfo, CO_EQUAL, "==", NUMBER_EXPR);
}

/*--------------------------------------------------------------------------
 * Functions: one for each line of expr/ops.def
 *--------------------------------------------------------------------------
 */

static Datum
apply(FunctionCallInfo fcinfo, CoOp op)
{
	CopgValue	a,
				b;
	CoArena    *arena;
	CoBlock		block;
	CoError		error;
	bool		has_second = PG_NARGS() > 1;
	CoRc		rc;

	if (PG_ARGISNULL(0) || (has_second && PG_ARGISNULL(1)))
		report_operand(fcinfo, EXPR_EXPR, co_op_word(op), "null");
	copg_value_get(PG_GETARG_DATUM(0), CO_BLOCK_EXPR, &a);
	if (has_second)
		copg_value_get(PG_GETARG_DATUM(1), CO_BLOCK_EXPR, &b);
	copg_error_init(&error);
	arena = copg_scratch(fcinfo);
	rc = co_expr_apply(arena, op, &a.block, has_second ? &b.block : NULL, &block, &error);
	return finish(fcinfo, rc, arena, &block, &error);
}

#define CO_FUNCTION1(symbol, word, value, d1, d2, low, high) \
	PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_expr_##symbol); \
	Datum opt_expr_##symbol(PG_FUNCTION_ARGS) { return apply(fcinfo, CO_OP_##symbol); }
#define CO_FUNCTION2(symbol, word, value, da, db, daa, dab, dbb, low, high) \
	CO_FUNCTION1(symbol, word, value, da, db, low, high)
#include "expr/ops.def"
#undef CO_FUNCTION1
#undef CO_FUNCTION2
