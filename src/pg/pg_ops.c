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

#include "utils/array.h"

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
	copg_value_peek(PG_GETARG_DATUM(0), a);
	copg_value_peek(PG_GETARG_DATUM(1), b);
}

/* The number of an operator with an expression, which is not NULL either. */
static inline double
get_number(FunctionCallInfo fcinfo, const char *op, Shape shape)
{
	double		number;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		report_operand(fcinfo, shape, op, "null");
	number = PG_GETARG_FLOAT8(shape == EXPR_NUMBER ? 1 : 0);
	if (isnan(number))
		report_operand(fcinfo, shape, op, "NaN");
	return number;
}

static inline double
get_finite(FunctionCallInfo fcinfo, const char *op, Shape shape)
{
	double		number = get_number(fcinfo, op, shape);

	if (isinf(number))
		report_operand(fcinfo, shape, op, "infinite");
	return number;
}

static inline Datum
get_expr(FunctionCallInfo fcinfo, Shape shape)
{
	return PG_GETARG_DATUM(shape == EXPR_NUMBER ? 0 : 1);
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
scale(FunctionCallInfo fcinfo, Datum a, double alpha, double gamma)
{
	Size		size;
	void	   *flat = copg_value_copy(a, &size);
	CopgValue	value;
	CoArena    *arena;
	CoBlock		block;
	CoError		error;
	CoRc		rc;

	if (likely(flat && co_expr_scale_flat(flat, size, alpha, gamma)))
		return PointerGetDatum(flat);
	copg_value_get(a, CO_BLOCK_EXPR, &value);
	if (value.flat == NULL || value.size >= COPG_LENT_FROM)
		return combine_large(alpha, &value, 0.0, NULL, gamma);
	copg_error_init(&error);
	arena = copg_scratch(fcinfo);
	rc = co_expr_combine(arena, alpha, &value.block, 0.0, NULL, gamma, &block, &error);
	return finish(fcinfo, rc, arena, &block, &error);
}

/* The value that a fast path has announced, if it did; 0 of an error to be found. */
static inline Datum
write_tiny(const CoTiny *tiny, size_t size)
{
	void	   *flat;

	if (unlikely(size == 0))
		return (Datum) 0;
	flat = palloc(size);
	if (unlikely(!co_expr_write_tiny(tiny, flat)))
		return (Datum) 0;
	SET_VARSIZE(flat, size);
	return PointerGetDatum(flat);
}

/* a + beta b */
static Datum
add(FunctionCallInfo fcinfo, CopgValue *a, double beta, CopgValue *b)
{
	CoTiny		tiny;
	size_t		size = co_expr_add_tiny(1.0, &a->block, beta, &b->block, &tiny);
	Datum		result = write_tiny(&tiny, size);
	CoArena    *arena;
	CoBlock		block;
	CoError		error;
	CoRc		rc;

	if (likely(result != 0))
		return result;
	copg_value_check(a);
	copg_value_check(b);
	if (a->flat == NULL || b->flat == NULL)
		return combine_large(1.0, a, beta, b, 0.0);
	copg_error_init(&error);
	arena = copg_scratch(fcinfo);
	rc = co_expr_combine(arena, 1.0, &a->block, beta, &b->block, 0.0, &block, &error);
	return finish(fcinfo, rc, arena, &block, &error);
}

/* a op b, or op(a) with b NULL */
static Datum
operate(FunctionCallInfo fcinfo, CoOp op, CopgValue *a, CopgValue *b)
{
	CoTiny		tiny;
	size_t		size = co_expr_apply_tiny(op, &a->block, b ? &b->block : NULL, &tiny);
	Datum		result = write_tiny(&tiny, size);
	CoArena    *arena;
	CoBlock		block;
	CoError		error;
	CoRc		rc;

	if (likely(result != 0))
		return result;
	copg_value_check(a);
	if (b)
		copg_value_check(b);
	copg_error_init(&error);
	arena = copg_scratch(fcinfo);
	rc = co_expr_apply(arena, op, &a->block, b ? &b->block : NULL, &block, &error);
	return finish(fcinfo, rc, arena, &block, &error);
}

/* The same with a number on one side. */
static Datum
operate_number(FunctionCallInfo fcinfo, CoOp op, Shape shape, double number)
{
	CopgValue	a,
				constant;

	copg_value_peek(get_expr(fcinfo, shape), &a);
	co_tiny_number(&number, &constant.block);
	constant.flat = &number;
	constant.unchecked = false;
	return operate(fcinfo, op, shape == EXPR_NUMBER ? &a : &constant,
				   shape == EXPR_NUMBER ? &constant : &a);
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
	double		number = get_finite(fcinfo, "+", EXPR_NUMBER);

	return scale(fcinfo, get_expr(fcinfo, EXPR_NUMBER), 1.0, number);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_number_add_expr);
Datum
opt_number_add_expr(PG_FUNCTION_ARGS)
{
	double		number = get_finite(fcinfo, "+", NUMBER_EXPR);

	return scale(fcinfo, get_expr(fcinfo, NUMBER_EXPR), 1.0, number);
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
	double		number = get_finite(fcinfo, "-", EXPR_NUMBER);

	return scale(fcinfo, get_expr(fcinfo, EXPR_NUMBER), 1.0, -number);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_number_sub_expr);
Datum
opt_number_sub_expr(PG_FUNCTION_ARGS)
{
	double		number = get_finite(fcinfo, "-", NUMBER_EXPR);

	return scale(fcinfo, get_expr(fcinfo, NUMBER_EXPR), -1.0, number);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_expr_mul);
Datum
opt_expr_mul(PG_FUNCTION_ARGS)
{
	CopgValue	a,
				b;
	CoTiny		tiny;
	Datum		result;

	get_exprs(fcinfo, "*", &a, &b);
	result = write_tiny(&tiny, co_expr_mul_tiny(&a.block, &b.block, &tiny));
	return likely(result != 0) ? result : operate(fcinfo, CO_OP_MUL, &a, &b);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_expr_mul_number);
Datum
opt_expr_mul_number(PG_FUNCTION_ARGS)
{
	double		number = get_finite(fcinfo, "*", EXPR_NUMBER);

	return scale(fcinfo, get_expr(fcinfo, EXPR_NUMBER), number, 0.0);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_number_mul_expr);
Datum
opt_number_mul_expr(PG_FUNCTION_ARGS)
{
	double		number = get_finite(fcinfo, "*", NUMBER_EXPR);

	return scale(fcinfo, get_expr(fcinfo, NUMBER_EXPR), number, 0.0);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_expr_div);
Datum
opt_expr_div(PG_FUNCTION_ARGS)
{
	CopgValue	a,
				b;

	get_exprs(fcinfo, "/", &a, &b);
	return operate(fcinfo, CO_OP_DIV, &a, &b);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_expr_div_number);
Datum
opt_expr_div_number(PG_FUNCTION_ARGS)
{
	double		number = get_finite(fcinfo, "/", EXPR_NUMBER);
	Size		size;
	void	   *flat = copg_value_copy(get_expr(fcinfo, EXPR_NUMBER), &size);

	if (likely(flat && co_expr_divide_flat(flat, size, number)))
		return PointerGetDatum(flat);
	return operate_number(fcinfo, CO_OP_DIV, EXPR_NUMBER, number);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_number_div_expr);
Datum
opt_number_div_expr(PG_FUNCTION_ARGS)
{
	double		number = get_finite(fcinfo, "/", NUMBER_EXPR);

	return operate_number(fcinfo, CO_OP_DIV, NUMBER_EXPR, number);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_expr_pow);
Datum
opt_expr_pow(PG_FUNCTION_ARGS)
{
	CopgValue	a,
				b;

	get_exprs(fcinfo, "^", &a, &b);
	return operate(fcinfo, CO_OP_POW, &a, &b);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_expr_pow_number);
Datum
opt_expr_pow_number(PG_FUNCTION_ARGS)
{
	double		number = get_finite(fcinfo, "^", EXPR_NUMBER);

	return operate_number(fcinfo, CO_OP_POW, EXPR_NUMBER, number);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_number_pow_expr);
Datum
opt_number_pow_expr(PG_FUNCTION_ARGS)
{
	double		number = get_finite(fcinfo, "^", NUMBER_EXPR);

	return operate_number(fcinfo, CO_OP_POW, NUMBER_EXPR, number);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_expr_neg);
Datum
opt_expr_neg(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		report_operand(fcinfo, EXPR_EXPR, "-", "null");
	return scale(fcinfo, PG_GETARG_DATUM(0), -1.0, 0.0);
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
	copg_value_check(&a);
	copg_value_check(&b);
	check_bound(fcinfo, EXPR_EXPR, relation, op, constant_or_zero(&a.block),
				constant_or_zero(&b.block));
	return compare(fcinfo, relation, &a.block, &b.block, copg_scratch(fcinfo));
}

static Datum
compare_number(FunctionCallInfo fcinfo, CoRelation relation, const char *op, Shape shape)
{
	double		number = get_number(fcinfo, op, shape);
	CopgValue	a;
	CoArena    *arena;
	CoBlock		constant;

	copg_value_get(get_expr(fcinfo, shape), CO_BLOCK_EXPR, &a);
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
	bool		has_second = PG_NARGS() > 1;

	if (PG_ARGISNULL(0) || (has_second && PG_ARGISNULL(1)))
		report_operand(fcinfo, EXPR_EXPR, co_op_word(op), "null");
	copg_value_peek(PG_GETARG_DATUM(0), &a);
	if (has_second)
		copg_value_peek(PG_GETARG_DATUM(1), &b);
	return operate(fcinfo, op, &a, has_second ? &b : NULL);
}

#define CO_FUNCTION1(symbol, word, value, d1, d2, low, high) \
	PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_expr_##symbol); \
	Datum opt_expr_##symbol(PG_FUNCTION_ARGS) { return apply(fcinfo, CO_OP_##symbol); }
#define CO_FUNCTION2(symbol, word, value, da, db, daa, dab, dbb, low, high) \
	CO_FUNCTION1(symbol, word, value, da, db, low, high)
#include "expr/ops.def"
#undef CO_FUNCTION1
#undef CO_FUNCTION2

/* A function of two, of any number one after the other. */
static Datum
apply_all(FunctionCallInfo fcinfo, CoOp op)
{
	ArrayIterator iterator;
	Datum		element,
				result = (Datum) 0;
	bool		is_null = PG_ARGISNULL(0);

	if (is_null)
		report_operand(fcinfo, EXPR_EXPR, co_op_word(op), "null");
	iterator = array_create_iterator(PG_GETARG_ARRAYTYPE_P(0), 0, NULL);
	while (array_iterate(iterator, &element, &is_null))
	{
		CopgValue	a,
					b;

		if (is_null)
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("operand of %s is null", co_op_word(op)),
					 errhint(COPG_COALESCE_HINT)));
		if (result == (Datum) 0)
		{
			result = element;
			continue;
		}
		copg_value_peek(result, &a);
		copg_value_peek(element, &b);
		result = operate(fcinfo, op, &a, &b);
	}
	if (result == (Datum) 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s of an empty array", co_op_word(op))));
	return result;
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_least_of);
Datum
opt_least_of(PG_FUNCTION_ARGS)
{
	return apply_all(fcinfo, CO_OP_LEAST);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_greatest_of);
Datum
opt_greatest_of(PG_FUNCTION_ARGS)
{
	return apply_all(fcinfo, CO_OP_GREATEST);
}
