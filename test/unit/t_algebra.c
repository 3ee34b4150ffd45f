/*-------------------------------------------------------------------------
 *
 * t_algebra.c
 *	  Operators on expressions: degrees, folding, messages, fast paths.
 *
 *-------------------------------------------------------------------------
 */
#include <stdlib.h>

#include "expr/algebra.h"
#include "flat.h"

#define N_LEAF	6

static CoError error;
static CoBlock x,
			y,
			p;

static CoRc
make_leaf(const char *name, const char *key, CoLeafKind kind, double start, CoBlock *out)
{
	CoLeafDef	def = {name, key, kind, -INFINITY, INFINITY, start};

	return co_expr_leaf(&arena, &def, out, &error);
}

static void
begin_leaves(void)
{
	begin();
	CHECK_INT(make_leaf("x", NULL, CO_LEAF_VARIABLE, NAN, &x), CO_OK);
	CHECK_INT(make_leaf("y", "k", CO_LEAF_VARIABLE, NAN, &y), CO_OK);
	CHECK_INT(make_leaf("p", NULL, CO_LEAF_PARAMETER, 3.0, &p), CO_OK);
}

static CoBlock
constant(double value)
{
	CoBlock		out;

	CHECK_INT(co_expr_constant(&arena, value, &out), CO_OK);
	return out;
}

static CoBlock
apply(CoOp op, CoBlock a, CoBlock b)
{
	CoBlock		out = a;

	CHECK_INT(co_expr_apply(&arena, op, &a, &b, &out, &error), CO_OK);
	return out;
}

static CoBlock
apply1(CoOp op, CoBlock a)
{
	CoBlock		out = a;

	CHECK_INT(co_expr_apply(&arena, op, &a, NULL, &out, &error), CO_OK);
	return out;
}

static void
check_counts(CoBlock a, int n_lin, int n_quad, bool code)
{
	CHECK_INT(a.n_lin, n_lin);
	CHECK_INT(a.n_quad, n_quad);
	CHECK_INT(a.n_code > 0, code);
}

static double
value(CoBlock a, double vx, double vy)
{
	double		leaf[N_LEAF];

	for (int k = 0; k < a.n_leaf; k++)
		leaf[k] = a.str[a.leaf_name[k]] == 'x' ? vx : a.str[a.leaf_name[k]] == 'y' ? vy : 3.0;
	return co_block_eval(&arena, &a, 0, leaf);
}

static void
test_degrees(void)
{
	CoBlock		sum,
				out;

	begin_leaves();
	sum = apply(CO_OP_ADD, apply(CO_OP_MUL, constant(2.0), x), apply(CO_OP_ADD, y, constant(1.0)));
	check_counts(sum, 2, 0, false);
	CHECK_NEAR(value(sum, 1.5, 4.0), 8.0, 0.0);

	/* x x has one leaf and the term (0, 0) */
	out = apply(CO_OP_MUL, x, x);
	check_counts(out, 0, 1, false);
	CHECK_INT(out.n_leaf, 1);
	CHECK(out.quad_i[0] == 0 && out.quad_j[0] == 0);

	/* a square of three terms stays one, of two is three products */
	out = apply(CO_OP_POW, sum, constant(2.0));
	check_counts(out, 0, 0, true);
	CHECK_NEAR(value(out, 1.5, 4.0), 64.0, 0.0);
	check_counts(apply(CO_OP_POW, apply(CO_OP_SUB, x, constant(1.0)), constant(2.0)), 1, 1, false);
	check_counts(apply(CO_OP_POW, apply(CO_OP_SUB, x, y), constant(2.0)), 0, 3, false);
	out = apply(CO_OP_POWER, apply(CO_OP_MUL, constant(-3.0), x), constant(2.0));
	check_counts(out, 0, 1, false);
	CHECK_NEAR(out.quad_coef[0], 9.0, 0.0);

	/* (2x + y + 1)(2x + y + 1), and (x - y): like products are one term */
	out = apply(CO_OP_MUL, sum, sum);
	check_counts(out, 2, 3, false);
	CHECK_NEAR(value(out, 1.5, 4.0), 64.0, 0.0);
	out = apply(CO_OP_MUL, sum, apply(CO_OP_SUB, x, y));
	check_counts(out, 2, 3, false);
	CHECK_NEAR(value(out, 1.5, 4.0), -20.0, 0.0);

	/* parameters count as leaves */
	out = apply(CO_OP_MUL, p, x);
	check_counts(out, 0, 1, false);
	out = apply(CO_OP_MUL, out, x);
	check_counts(out, 0, 0, true);
	CHECK_NEAR(value(out, 1.5, 0.0), 6.75, 0.0);
	check_counts(apply(CO_OP_DIV, x, y), 0, 0, true);
	check_counts(apply(CO_OP_POW, x, constant(3.0)), 0, 0, true);
	check_counts(apply(CO_OP_POW, x, constant(0.5)), 0, 0, true);
	check_counts(apply(CO_OP_POW, constant(2.0), x), 0, 0, true);
	check_counts(apply1(CO_OP_EXP, x), 0, 0, true);
	check_counts(apply(CO_OP_ADD, apply1(CO_OP_EXP, x), x), 1, 0, true);
	end();
}

static void
test_folding(void)
{
	CoBlock		out;

	begin_leaves();
	out = apply1(CO_OP_EXP, constant(2.0));
	check_counts(out, 0, 0, false);
	CHECK_NEAR(out.constant[0], exp(2.0), 0.0);
	out = apply(CO_OP_POW, x, constant(0.0));
	check_counts(out, 0, 0, false);
	CHECK_NEAR(out.constant[0], 1.0, 0.0);
	check_counts(apply(CO_OP_POW, x, constant(1.0)), 1, 0, false);
	check_counts(apply(CO_OP_POWER, x, constant(2.0)), 0, 1, false);
	out = apply(CO_OP_POW, constant(-2.0), constant(2.0));
	CHECK_NEAR(out.constant[0], 4.0, 0.0);

	/* 3 x / 10 is 0.3 x exactly, which 3 * (1 / 10) is not */
	out = apply(CO_OP_DIV, apply(CO_OP_MUL, constant(3.0), x), constant(10.0));
	CHECK_NEAR(out.lin_coef[0], 0.3, 0.0);
	out = apply(CO_OP_DIV, apply1(CO_OP_EXP, x), constant(4.0));
	CHECK_NEAR(value(out, 0.0, 0.0), 0.25, 0.0);

	/* The scale of a product of formulas stands in front of it. */
	out = apply(CO_OP_MUL, apply(CO_OP_MUL, constant(3.0), apply1(CO_OP_EXP, x)),
				apply(CO_OP_MUL, constant(5.0), y));
	CHECK_INT(out.n_code, CO_CODE_TERM_HEAD + 5 + 1 + 5 + 1);
	CHECK_NEAR(value(out, 0.0, 2.0), 30.0, 0.0);
	end();
}

static void
check_error(CoOp op, CoBlock a, CoBlock b, const char *message)
{
	CoBlock		out;

	CHECK_INT(co_expr_apply(&arena, op, &a, &b, &out, &error), CO_BAD_INPUT);
	CHECK_STR(error.message, message);
	CHECK_INT(error.position, -1);
}

static void
test_errors(void)
{
	CoBlock		huge,
				out,
				c;

	begin_leaves();
	check_error(CO_OP_DIV, constant(1.0), constant(0.0), "division by zero");
	check_error(CO_OP_DIV, x, constant(0.0), "division by zero");
	check_error(CO_OP_POW, constant(0.0), constant(-1.0), "0 ^ -1 is infinite");
	check_error(CO_OP_POW, constant(-1.0), constant(0.5), "-1 ^ 0.5 is not a number");
	check_error(CO_OP_MUL, x, constant(NAN), "factor is not a number");
	check_error(CO_OP_MUL, y, constant(INFINITY), "factor is infinite");
	check_error(CO_OP_ADD, x, constant(NAN), "constant of an expression is not a number");
	c = constant(-1.0);
	CHECK_INT(co_expr_apply(&arena, CO_OP_SQRT, &c, NULL, &out, &error), CO_BAD_INPUT);
	CHECK_STR(error.message, "sqrt(-1) is not a number");
	huge = apply(CO_OP_MUL, constant(1e300), y);
	check_error(CO_OP_MUL, huge, constant(1e300), "coefficient of y['k'] is infinite");
	check_error(CO_OP_MUL, huge, huge, "coefficient of y['k'] is infinite");
	check_error(CO_OP_POW, apply(CO_OP_ADD, x, constant(INFINITY)), constant(3.0),
				"constant of an expression is not finite");
	end();
}

static CoBlock
long_sum(int n, double coef)
{
	CoBuilder  *builder;
	CoBlock		out;

	co_builder_new(&arena, CO_BLOCK_EXPR, &builder);
	for (int i = 0; i < n; i++)
	{
		char		key[16];
		CoLeafDef	def = {"w", key, CO_LEAF_VARIABLE, 0.0, 1.0, NAN};
		int			k;

		snprintf(key, sizeof key, "%d", i);
		CHECK_INT(co_builder_leaf(builder, &def, &k, &error), CO_OK);
		CHECK_INT(co_builder_lin(builder, k, coef), CO_OK);
	}
	co_builder_constant(builder, 1.0);
	co_builder_view(builder, &out);
	return out;
}

/* Up to 64 products are multiplied out, more stay one formula of linear size. */
static void
test_long(void)
{
	CoBlock		out,
				a,
				b;
	CoCodeTerm	term;
	CoInstr		instr;
	double	   *leaf;
	int			at = 0,
				in = 0;

	begin_leaves();
	check_counts(apply(CO_OP_MUL, long_sum(8, 1.0), long_sum(8, 1.0)), 8, 36, false);
	check_counts(apply(CO_OP_MUL, long_sum(9, 1.0), long_sum(9, 1.0)), 0, 0, true);
	check_counts(apply(CO_OP_MUL, long_sum(64, 1.0), x), 1, 64, false);
	check_counts(apply(CO_OP_MUL, long_sum(65, 1.0), x), 0, 0, true);

	out = apply(CO_OP_POW, long_sum(300, 0.5), constant(2.0));
	CHECK_INT(out.n_leaf, 300);
	CHECK_INT(out.n_code, CO_CODE_TERM_HEAD + 13 + 300 * 12 + 2 + 1);
	CHECK(co_code_term(out.code, out.n_code, &at, &term));
	CHECK(co_code_next(term.code, term.length, &in, &instr));
	CHECK_INT(instr.op, CO_OP_AFFINE);
	CHECK_INT(instr.n, 300);
	CHECK_NEAR(instr.value, 1.0, 0.0);

	a = long_sum(20, 2.0);
	b = long_sum(30, -1.0);
	out = apply(CO_OP_MUL, a, b);
	CHECK_INT(out.n_leaf, 30);
	leaf = co_take_doubles(&arena, 30);
	for (int k = 0; k < 30; k++)
		leaf[k] = k;
	CHECK_NEAR(co_block_eval(&arena, &out, 0, leaf), (1.0 + 2.0 * 190.0) * (1.0 - 435.0), 0.0);
	end();
}

/* Too deep is refused with a message, before a stack could overflow. */
static void
test_depth(void)
{
	CoBlock		deep,
				out;
	CoRc		rc = CO_OK;
	int			k = 0;

	begin_leaves();
	deep = apply1(CO_OP_EXP, x);
	for (; k < CO_MAX_DEPTH + 10; k++)
	{
		rc = co_expr_apply(&arena, CO_OP_ATAN2, &y, &deep, &out, &error);
		if (rc)
			break;
		deep = out;
	}
	CHECK_INT(rc, CO_BAD_INPUT);
	CHECK_INT(k, CO_MAX_DEPTH - 1);
	CHECK_STR(error.message, "expression is nested too deeply");
	end();
}

/*
 * Random trees of all operations, evaluated at once and as expressions.  The
 * operators may reassociate sums, so values agree to a few rounding errors of
 * the largest intermediate value.
 */
static void
test_random_trees(void)
{
	static const CoOp binary[] = {CO_OP_ADD, CO_OP_SUB, CO_OP_MUL, CO_OP_MUL, CO_OP_ADD, CO_OP_DIV};
	TestRandom	random = {7};
	int			with_code = 0;

	for (int round = 0; round < 3000; round++)
	{
		CoBlock		pool[12];
		double		known[12];
		double		largest = 1.0;
		int			n = 4;

		begin_leaves();
		pool[0] = x;
		known[0] = 0.75;
		pool[1] = y;
		known[1] = -1.5;
		pool[2] = p;
		known[2] = 3.0;
		pool[3] = constant(0.5);
		known[3] = 0.5;
		for (; n < 12; n++)
		{
			int			i = test_int(&random, n);
			int			j = test_int(&random, n);
			CoOp		op = binary[test_int(&random, 6)];
			int			kind = test_int(&random, 5);

			if (kind == 0)
			{
				pool[n] = apply1(CO_OP_ATAN, pool[i]);
				known[n] = atan(known[i]);
			}
			else if (kind == 1)
			{
				pool[n] = apply(CO_OP_POW, pool[i], constant(2.0));
				known[n] = known[i] * known[i];
			}
			else if (op == CO_OP_DIV && known[j] == 0.0)
			{
				pool[n] = pool[i];
				known[n] = known[i];
			}
			else
			{
				pool[n] = apply(op, pool[i], pool[j]);
				known[n] = co_op_eval(op, known[i], known[j]);
			}
			if (fabs(known[n]) > 1e6 || fabs(known[n]) < 1e-3)
				break;
			largest = fmax(largest, fabs(known[n]));
			with_code += pool[n].n_code > 0;
			CHECK_NEAR(value(pool[n], 0.75, -1.5), known[n], 1e-9 * largest * largest);
		}
		end();
	}
	CHECK(with_code > 1000);
}

static void
check_row(const CoBlock *row, double lower, double upper, int n_lin)
{
	CHECK_INT(row->kind, CO_BLOCK_CONSTRAINT);
	CHECK_INT(row->n_row, 1);
	CHECK_NEAR(row->constant[0], 0.0, 0.0);
	CHECK(row->lower[0] == lower);
	CHECK(row->upper[0] == upper);
	CHECK_INT(row->n_lin, n_lin);
	CHECK_INT(row->row_name[0], -1);
}

static void
test_compare(void)
{
	CoBlock		a,
				b,
				out;

	begin_leaves();
	a = apply(CO_OP_ADD, x, constant(1.0));
	b = constant(5.0);
	CHECK_INT(co_expr_compare(&arena, &a, CO_LESS_EQUAL, &b, &out, &error), CO_OK);
	check_row(&out, -INFINITY, 4.0, 1);
	CHECK_INT(co_expr_compare(&arena, &a, CO_GREATER_EQUAL, &b, &out, &error), CO_OK);
	check_row(&out, 4.0, INFINITY, 1);
	CHECK_INT(co_expr_compare(&arena, &a, CO_EQUAL, &b, &out, &error), CO_OK);
	check_row(&out, 4.0, 4.0, 1);

	/* 5 >= x + 1 is x + 1 <= 5, and 5 <= x + 1 the other */
	CHECK_INT(co_expr_compare(&arena, &b, CO_GREATER_EQUAL, &a, &out, &error), CO_OK);
	check_row(&out, -INFINITY, 4.0, 1);
	CHECK_NEAR(out.lin_coef[0], 1.0, 0.0);
	CHECK_INT(co_expr_compare(&arena, &b, CO_LESS_EQUAL, &a, &out, &error), CO_OK);
	check_row(&out, 4.0, INFINITY, 1);

	/* a parameter alone has no variable */
	CHECK_INT(co_expr_compare(&arena, &p, CO_LESS_EQUAL, &x, &out, &error), CO_OK);
	check_row(&out, 0.0, INFINITY, 2);
	CHECK_NEAR(out.lin_coef[0], 1.0, 0.0);
	CHECK_STR(co_block_string(&out, out.leaf_name[0]), "x");
	CHECK_INT(co_expr_compare(&arena, &x, CO_LESS_EQUAL, &y, &out, &error), CO_OK);
	check_row(&out, -INFINITY, 0.0, 2);

	/* infinite bounds, and rows without a variable */
	b = constant(INFINITY);
	CHECK_INT(co_expr_compare(&arena, &x, CO_LESS_EQUAL, &b, &out, &error), CO_OK);
	check_row(&out, -INFINITY, INFINITY, 1);
	CHECK_INT(co_expr_compare(&arena, &x, CO_GREATER_EQUAL, &b, &out, &error), CO_OK);
	check_row(&out, INFINITY, INFINITY, 1);
	a = constant(2.0);
	b = constant(1.0);
	CHECK_INT(co_expr_compare(&arena, &a, CO_LESS_EQUAL, &b, &out, &error), CO_OK);
	check_row(&out, -INFINITY, -1.0, 0);
	CHECK_INT(co_expr_compare(&arena, &p, CO_LESS_EQUAL, &b, &out, &error), CO_OK);
	check_row(&out, -INFINITY, 1.0, 1);

	CHECK_INT(co_expr_between(&arena, &x, -INFINITY, 2.0, &out, &error), CO_OK);
	check_row(&out, -INFINITY, 2.0, 1);
	CHECK_INT(co_expr_between(&arena, &x, 3.0, 2.0, &out, &error), CO_OK);
	check_row(&out, 3.0, 2.0, 1);
	end();
}

static void
test_compare_errors(void)
{
	CoBlock		nan,
				inf,
				out;
	double		coef = NAN;
	CoBlock		bad;

	begin_leaves();
	nan = x;
	nan.constant = &coef;
	inf = constant(INFINITY);
	bad = y;
	bad.lin_coef = &coef;
	CHECK_INT(co_expr_compare(&arena, &x, CO_EQUAL, &nan, &out, &error), CO_BAD_INPUT);
	CHECK_INT(co_expr_compare(&arena, &inf, CO_EQUAL, &inf, &out, &error), CO_BAD_INPUT);
	CHECK_INT(co_expr_compare(&arena, &x, CO_EQUAL, &bad, &out, &error), CO_BAD_INPUT);
	CHECK_STR(error.message, "coefficient of y['k'] is not a number");
	CHECK_INT(co_expr_between(&arena, &x, NAN, 2.0, &out, &error), CO_BAD_INPUT);
	CHECK_INT(co_expr_between(&arena, &bad, 1.0, 2.0, &out, &error), CO_BAD_INPUT);
	end();
}

static void
check_flat(const CoBlock *expected, const void *flat, size_t size)
{
	void	   *want = calloc(1, size);

	CHECK_INT(co_block_size(expected), size);
	if (co_block_size(expected) == size)
	{
		co_block_write(expected, want);
		CHECK(memcmp(want, flat, size) == 0);
	}
	free(want);
}

/* The fast paths give the bytes of the slow ones, over pairs of operands. */
static void
test_tiny(void)
{
	CoBlock		operand[9];
	int			sums = 0,
				products = 0;

	begin_leaves();
	operand[0] = x;
	operand[1] = y;
	operand[2] = p;
	CHECK_INT(make_leaf("y", "other", CO_LEAF_VARIABLE, NAN, &operand[3]), CO_OK);
	operand[4] = constant(-0.75);
	operand[5] = apply(CO_OP_ADD, apply(CO_OP_MUL, x, constant(-2.0)), constant(0.1));
	operand[6] = apply(CO_OP_MUL, operand[3], y);
	operand[7] = apply1(CO_OP_EXP, x);
	CHECK_INT(make_leaf("x", NULL, CO_LEAF_NAME, NAN, &operand[8]), CO_OK);
	for (int i = 0; i < 9; i++)
	{
		CoBlock		out;
		size_t		size;
		void	   *flat = flatten(&operand[i], &size);

		CHECK(co_expr_scale_flat(flat, size, -0.3, 0.7));
		CHECK_INT(co_expr_combine(&arena, -0.3, &operand[i], 0.0, NULL, 0.7, &out, &error), CO_OK);
		check_flat(&out, flat, size);
		for (int j = 0; j < 9; j++)
		{
			CoTiny		tiny;

			size = co_expr_add_tiny(0.5, &operand[i], -3.0, &operand[j], &tiny);
			if (size > 0)
			{
				sums++;
				flat = co_take_zero(&arena, size, 1);
				co_expr_write_tiny(&tiny, flat);
				CHECK_INT(co_expr_combine(&arena, 0.5, &operand[i], -3.0, &operand[j], 0.0,
										  &out, &error), CO_OK);
				check_flat(&out, flat, size);
			}
			size = co_expr_mul_tiny(&operand[i], &operand[j], &tiny);
			if (size > 0)
			{
				products++;
				flat = co_take_zero(&arena, size, 1);
				co_expr_write_tiny(&tiny, flat);
				CHECK_INT(co_expr_mul(&arena, &operand[i], &operand[j], &out, &error), CO_OK);
				check_flat(&out, flat, size);
			}
		}
	}
	CHECK_INT(sums, 9 * 9 - 6); /* not x as variable and as name */
	CHECK_INT(products, 5 * 5 - 2);
	end();
}

/* 1e300 x, scaled */
static bool
scales_big(double alpha, double gamma)
{
	CoBlock		big = apply(CO_OP_MUL, constant(1e300), x);
	size_t		size;
	void	   *flat = flatten(&big, &size);

	return co_expr_scale_flat(flat, size, alpha, gamma);
}

/* Overflow and NaN make the fast paths decline. */
static void
test_tiny_declines(void)
{
	CoBlock		big;
	CoTiny		tiny;

	begin_leaves();
	big = apply(CO_OP_MUL, constant(1e300), x);
	CHECK(scales_big(2.0, INFINITY));
	CHECK(!scales_big(1e300, 0.0));
	CHECK(!scales_big(2.0, NAN));
	CHECK(!scales_big(NAN, 0.0));
	CHECK_INT(co_expr_mul_tiny(&big, &big, &tiny), 0);
	CHECK_INT(co_expr_add_tiny(1e300, &big, 1.0, &x, &tiny), 0);
	CHECK_INT(co_expr_add_tiny(1.0, &x, NAN, &x, &tiny), 0);
	end();
}

/* The value does not lose what lies below a large partial sum. */
static void
test_eval(void)
{
	CoBuilder  *builder;
	CoBlock		view;
	double		leaf[1] = {1.0};
	CoLeafDef	def = {"x", NULL, CO_LEAF_NAME, -INFINITY, INFINITY, NAN};
	int			k;

	begin_leaves();
	co_builder_new(&arena, CO_BLOCK_EXPR, &builder);
	co_builder_leaf(builder, &def, &k, &error);
	co_builder_lin(builder, k, 1e17);
	for (int i = 0; i < 100; i++)
		co_builder_quad(builder, k, k, 1.0);
	co_builder_lin(builder, k, -1e17);
	co_builder_view(builder, &view);
	CHECK_NEAR(co_block_eval(&arena, &view, 0, leaf), 100.0, 0.0);
	leaf[0] = INFINITY;
	CHECK(isnan(co_block_eval(&arena, &view, 0, leaf)));
	end();
}

/* What the failure test repeats: every operator once, with long operands. */
static CoRc
all_operators(void)
{
	CoBlock		a = x,
				b = y,
				c,
				out;
	CoRc		rc;

	if ((rc = make_leaf("x", NULL, CO_LEAF_VARIABLE, NAN, &a)) ||
		(rc = make_leaf("y", NULL, CO_LEAF_VARIABLE, NAN, &b)) ||
		(rc = co_expr_constant(&arena, 2.0, &c)))
		return rc;
	for (int k = 0; k < 7; k++)
		if ((rc = co_expr_combine(&arena, 1.0, &a, 2.0, &b, 1.0, &a, &error)) ||
			(rc = co_expr_combine(&arena, 1.0, &b, -1.0, &a, 0.0, &b, &error)))
			return rc;
	if ((rc = co_expr_mul(&arena, &a, &b, &out, &error)) ||
		(rc = co_expr_pow(&arena, &out, &c, &out, &error)) ||
		(rc = co_expr_div(&arena, &out, &a, &out, &error)) ||
		(rc = co_expr_apply(&arena, CO_OP_EXP, &out, NULL, &out, &error)) ||
		(rc = co_expr_compare(&arena, &out, CO_EQUAL, &b, &out, &error)) ||
		(rc = co_expr_between(&arena, &a, 0.0, 1.0, &out, &error)))
		return rc;
	return CO_OK;
}

static void
test_failures(void)
{
	long		n;

	test_host_init(&host);
	co_arena_init(&arena, &host.env, SIZE_MAX);
	CHECK_INT(all_operators(), CO_OK);
	n = host.n_alloc;
	end();
	for (long k = 0; k < n; k++)
	{
		test_host_init(&host);
		co_arena_init(&arena, &host.env, SIZE_MAX);
		host.fail_at = k;
		CHECK_INT(all_operators(), CO_NO_MEMORY);
		end();
	}
}

CHECK_MAIN(TEST(test_degrees), TEST(test_folding), TEST(test_errors), TEST(test_long),
		   TEST(test_depth), TEST(test_random_trees), TEST(test_compare),
		   TEST(test_compare_errors), TEST(test_tiny), TEST(test_tiny_declines),
		   TEST(test_eval), TEST(test_failures))
