/*-------------------------------------------------------------------------
 *
 * t_lower.c
 *	  Lowering: matrices, parameters, lifting, classes, messages, canonical
 *	  bits, failures.
 *
 *-------------------------------------------------------------------------
 */
#include <stdlib.h>

#include "check.h"
#include "expr/algebra.h"
#include "host.h"
#include "lowered.h"

static TestHost host;
static CoArena arena;
static CoError error;
static CoBuilder *problem;

static void
begin(int flags)
{
	test_host_init(&host);
	co_arena_init(&arena, &host.env, SIZE_MAX);
	CHECK_INT(co_builder_new(&arena, CO_BLOCK_PROBLEM, &problem), CO_OK);
	co_builder_set_flags(problem, flags);
	CHECK_INT(co_builder_row(problem, NULL, NULL, -INFINITY, INFINITY), CO_OK);
}

static void
end(void)
{
	co_arena_free(&arena);
	CHECK_INT(host.live, 0);
}

static int
leaf(const char *name, const char *key, CoLeafKind kind, double lower, double upper, double start)
{
	CoLeafDef	def = {name, key, kind, lower, upper, start};
	int			k = -1;

	CHECK_INT(co_builder_leaf(problem, &def, &k, &error), CO_OK);
	return k;
}

static int
variable(const char *name)
{
	return leaf(name, NULL, CO_LEAF_VARIABLE, 0.0, 10.0, NAN);
}

static int
parameter(const char *name, double value)
{
	return leaf(name, NULL, CO_LEAF_PARAMETER, -INFINITY, INFINITY, value);
}

static CoBlock
expression(const char *name)
{
	CoLeafDef	def = {name, NULL, CO_LEAF_NAME, -INFINITY, INFINITY, NAN};
	CoBlock		out;

	CHECK_INT(co_expr_leaf(&arena, &def, &out, &error), CO_OK);
	return out;
}

static CoBlock
number(double value)
{
	CoBlock		out;

	CHECK_INT(co_expr_constant(&arena, value, &out), CO_OK);
	return out;
}

static CoBlock
apply(CoOp op, CoBlock a, CoBlock b)
{
	CoBlock		out = a;

	CHECK_INT(co_expr_apply(&arena, op, &a, co_op_arity(op) == 2 ? &b : NULL, &out, &error), CO_OK);
	return out;
}

static void
row(const char *name, const char *key, double lower, double upper)
{
	CHECK_INT(co_builder_row(problem, name, key, lower, upper), CO_OK);
}

static void
add(CoBlock a, double scale)
{
	CHECK_INT(co_builder_add_row(problem, &a, 0, scale, &error), CO_OK);
}

static CoRc
lower(CoLowered *out)
{
	CoBlock		view;

	co_builder_view(problem, &view);
	return co_lower(&arena, &view, NULL, out, &error);
}

static double
entry(const CoCsc *a, int i, int j)
{
	for (int e = a->start[j]; e < a->start[j + 1]; e++)
		if (a->index[e] == i)
			return a->value[e];
	return 0.0;
}

static void
test_qp(void)
{
	CoLowered	out;
	int			x,
				y,
				z;

	begin(0);
	x = leaf("x", "a", CO_LEAF_VARIABLE, 0.0, 5.0, 1.0);
	y = leaf("y", NULL, CO_LEAF_NAME, -INFINITY, INFINITY, NAN);
	z = leaf("z", NULL, CO_LEAF_VARIABLE, INFINITY, -INFINITY, NAN);
	co_builder_constant(problem, 7.0);
	co_builder_lin(problem, y, 3.0);
	co_builder_quad(problem, x, x, 2.0);
	co_builder_quad(problem, x, y, 0.5);
	co_builder_quad(problem, y, x, 0.25);
	row("limit", NULL, 1.0, INFINITY);
	co_builder_lin(problem, z, 1.0);
	co_builder_lin(problem, x, 4.0);
	co_builder_lin(problem, z, 1.0);
	co_builder_constant(problem, 10.0);
	row("none", NULL, -INFINITY, 2.0);
	co_builder_lin(problem, y, 1.0);
	co_builder_lin(problem, y, -1.0);

	CHECK_INT(lower(&out), CO_OK);
	CHECK_INT(out.problem_class, CO_CLASS_QP);
	CHECK_INT(out.culprit_row, -1);
	CHECK_INT(out.n_var, 3);
	CHECK_INT(out.n_row, 2);
	CHECK_INT(out.qp.n, 3);
	CHECK_INT(out.qp.m, 2);
	CHECK_NEAR(out.qp.c0, 7.0, 0.0);
	CHECK_NEAR(out.qp.c[1], 3.0, 0.0);
	CHECK_NEAR(out.qp.c[0], 0.0, 0.0);
	CHECK_NEAR(entry(&out.qp.p, 0, 0), 4.0, 0.0);
	CHECK_NEAR(entry(&out.qp.p, 1, 0), 0.75, 0.0);
	CHECK_INT(co_csc_nnz(&out.qp.p), 2);
	CHECK_NEAR(entry(&out.qp.a, 0, 0), 4.0, 0.0);
	CHECK_NEAR(entry(&out.qp.a, 0, 2), 2.0, 0.0);
	CHECK_INT(co_csc_nnz(&out.qp.a), 2);
	CHECK_INT(out.qp.a.nrow, 2);
	CHECK_NEAR(out.qp.cl[0], -9.0, 0.0);
	CHECK(out.qp.cu[0] == INFINITY);
	CHECK_NEAR(out.row_constant[0], 10.0, 0.0);
	CHECK(out.qp.cl[1] == -INFINITY);
	CHECK_NEAR(out.qp.cu[1], 2.0, 0.0);
	CHECK_NEAR(out.start[0], 1.0, 0.0);
	CHECK(isnan(out.start[1]));
	CHECK_NEAR(out.qp.xu[0], 5.0, 0.0);
	CHECK(out.qp.xl[1] == -INFINITY && out.qp.xu[1] == INFINITY);
	CHECK(out.qp.xl[2] == INFINITY && out.qp.xu[2] == -INFINITY);
	CHECK(out.var_leaf[2] == z && out.leaf_var[x] == 0 && out.leaf_var[y] == 1);
	end();
}

static void
test_maximize(void)
{
	CoLowered	out;
	int			x;

	begin(CO_FLAG_MAXIMIZE);
	x = variable("x");
	co_builder_constant(problem, 2.0);
	co_builder_lin(problem, x, 3.0);
	co_builder_quad(problem, x, x, -1.0);
	CHECK_INT(lower(&out), CO_OK);
	CHECK(out.maximize);
	CHECK_NEAR(out.qp.c0, -2.0, 0.0);
	CHECK_NEAR(out.qp.c[0], -3.0, 0.0);
	CHECK_NEAR(entry(&out.qp.p, 0, 0), 2.0, 0.0);
	CHECK_INT(out.qp.m, 0);
	end();
}

static void
test_empty(void)
{
	CoLowered	out;

	begin(CO_FLAG_FEASIBLE);
	row("nothing", NULL, 1.0, 2.0);
	CHECK_INT(lower(&out), CO_OK);
	CHECK_INT(out.problem_class, CO_CLASS_LP);
	CHECK_INT(out.qp.n, 0);
	CHECK_INT(out.qp.m, 1);
	CHECK_INT(co_csc_nnz(&out.qp.a), 0);
	end();
}

static void
test_parameters(void)
{
	CoLowered	out;
	CoBlock		view;
	double		value[4] = {NAN, -1.0, NAN, 5.0};
	int			x,
				y,
				p,
				q;

	begin(0);
	x = variable("x");
	p = parameter("p", 2.0);
	y = variable("y");
	q = parameter("q", 10.0);
	co_builder_lin(problem, p, 3.0);
	co_builder_quad(problem, p, q, 0.5);
	co_builder_quad(problem, p, x, 4.0);
	co_builder_quad(problem, x, q, 1.0);
	co_builder_quad(problem, y, y, 1.0);
	row("r", NULL, 0.0, 1.0);
	co_builder_lin(problem, x, 1.0);
	co_builder_lin(problem, q, -1.0);
	co_builder_quad(problem, q, y, 2.0);
	row("p alone", NULL, 0.0, 1.0);
	co_builder_lin(problem, p, 1.0);
	CHECK_INT(lower(&out), CO_OK);
	CHECK_INT(out.problem_class, CO_CLASS_QP);
	CHECK_INT(out.n_var, 2);
	CHECK_INT(out.leaf_var[p], -1);
	CHECK_NEAR(out.qp.c0, 6.0 + 10.0, 0.0);
	CHECK_NEAR(out.qp.c[0], 8.0 + 10.0, 0.0);
	CHECK_NEAR(entry(&out.qp.a, 0, 1), 20.0, 0.0);
	CHECK_NEAR(out.qp.cl[0], 10.0, 0.0);
	CHECK_NEAR(out.qp.cu[0], 11.0, 0.0);
	CHECK_NEAR(out.row_constant[0], -10.0, 0.0);
	CHECK_NEAR(out.qp.cl[1], -2.0, 0.0);
	CHECK_NEAR(out.qp.cu[1], -1.0, 0.0);

	co_builder_view(problem, &view);
	CHECK_INT(co_lower(&arena, &view, value, &out, &error), CO_OK);
	CHECK_NEAR(out.qp.c[0], -4.0 + 5.0, 0.0);
	CHECK_NEAR(out.qp.c0, -3.0 - 2.5, 0.0);

	/* A parameter of 0 removes the term from the pattern. */
	value[3] = 0.0;
	CHECK_INT(co_lower(&arena, &view, value, &out, &error), CO_OK);
	CHECK_INT(co_csc_nnz(&out.qp.a), 1);
	value[3] = INFINITY;
	CHECK_INT(co_lower(&arena, &view, value, &out, &error), CO_BAD_INPUT);
	CHECK_STR(error.message, "value of parameter q is not finite");
	end();
}

/* Formulas that parameters make quadratic after all. */
static void
test_formulas(void)
{
	CoLowered	out;
	CoBlock		x,
				y,
				p,
				f;

	begin(0);
	variable("x");
	variable("y");
	parameter("p", 3.0);
	x = expression("x");
	y = expression("y");
	p = expression("p");
	add(apply(CO_OP_MUL, apply(CO_OP_MUL, p, x), y), 2.0);	/* 6 x y */
	add(apply(CO_OP_DIV, apply(CO_OP_MUL, x, x), p), 3.0);	/* x^2 */
	add(apply(CO_OP_MUL, apply(CO_OP_EXP, p, p), y), 1.0);	/* exp(3) y */
	f = apply(CO_OP_ADD, apply(CO_OP_MUL, p, x), apply(CO_OP_SUB, y, p));
	add(apply(CO_OP_POW, f, number(2.0)), 1.0); /* (3x + y - 3)^2 */
	add(apply(CO_OP_POW, p, p), 1.0);	/* 27 */
	add(apply(CO_OP_LEAST, p, number(1.0)), 1.0);	/* 1 */
	add(apply(CO_OP_NEG, apply(CO_OP_POW, apply(CO_OP_MUL, p, x), apply(CO_OP_SUB, p, number(2.0))),
			  x), 1.0);			/* -3x */
	CHECK_INT(lower(&out), CO_OK);
	CHECK_INT(out.problem_class, CO_CLASS_QP);
	CHECK_INT(out.qp.n, 2);
	CHECK_NEAR(entry(&out.qp.p, 0, 0), 2.0 + 18.0, 1e-14);
	CHECK_NEAR(entry(&out.qp.p, 1, 0), 6.0 + 6.0, 1e-14);
	CHECK_NEAR(entry(&out.qp.p, 1, 1), 2.0, 1e-14);
	CHECK_NEAR(out.qp.c[0], -18.0 - 3.0, 1e-14);
	CHECK_NEAR(out.qp.c[1], exp(3.0) - 6.0, 1e-14);
	CHECK_NEAR(out.qp.c0, 9.0 + 27.0 + 1.0, 1e-14);
	end();
}

static CoBlock
sum_of(int n, double coef, double constant)
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
		CHECK_INT(co_builder_lin(builder, k, coef * (i + 1)), CO_OK);
	}
	co_builder_constant(builder, constant);
	co_builder_view(builder, &out);
	return out;
}

static void
test_lifting(void)
{
	CoLowered	out;
	CoBlock		view;
	double		x[20];

	begin(0);
	add(apply(CO_OP_POW, sum_of(20, 1.0, -3.0), number(2.0)), 2.0);
	add(apply(CO_OP_MUL, sum_of(20, 1.0, -3.0), sum_of(15, -0.5, 1.0)), 1.0);
	add(apply(CO_OP_MUL, sum_of(15, -0.5, 1.0), sum_of(15, -0.5, 1.0)), 1.0);
	add(apply(CO_OP_POW, sum_of(4, 1.0, 1.0), number(2.0)), 1.0);
	row("budget", NULL, 1.0, 1.0);
	add(sum_of(20, 1.0, 0.0), 1.0);
	CHECK_INT(lower(&out), CO_OK);
	CHECK_INT(out.problem_class, CO_CLASS_QP);

	/*
	 * Two different long sums, each one variable however often it stands
	 * there.
	 */
	CHECK_INT(out.n_var, 20);
	CHECK_INT(out.qp.n, 22);
	CHECK_INT(out.n_row, 1);
	CHECK_INT(out.qp.m, 3);
	for (int k = 0; k < 2; k++)
	{
		CHECK(isnan(out.start[20 + k]));
		CHECK(out.qp.xl[20 + k] == -INFINITY && out.qp.xu[20 + k] == INFINITY);
		CHECK(out.qp.cl[1 + k] == out.qp.cu[1 + k]);
		CHECK_NEAR(entry(&out.qp.a, 1 + k, 20 + k), -1.0, 0.0);
		CHECK_NEAR(entry(&out.qp.a, 1 + k, 21 - k), 0.0, 0.0);
	}
	co_builder_view(problem, &view);
	for (int i = 0; i < 20; i++)
		x[i] = sin(i + 1.0);
	CHECK_NEAR(lowered_value(&arena, &out, x), co_block_eval(&arena, &view, 0, x), 1e-10);

	/* long by short: only the long one is lifted */
	end();
	begin(0);
	add(apply(CO_OP_MUL, sum_of(100, 1.0, 2.0), sum_of(1, 2.0, 3.0)), 1.0);
	CHECK_INT(lower(&out), CO_OK);
	CHECK_INT(out.qp.n, 101);
	CHECK_NEAR(entry(&out.qp.p, 100, 0), 2.0, 0.0);
	CHECK_NEAR(out.qp.c[100], 3.0, 0.0);
	CHECK_INT(co_csc_nnz(&out.qp.p), 1);
	end();
}

/* A thousand squares, five hundred different ones: the table of lifts grows. */
#define N_LONG	70				/* not to be reduced by lower_square.c */

static void
test_many_lifts(void)
{
	CoLowered	out;
	CoBlock		view;
	double		x[N_LONG];

	begin(0);
	for (int k = 0; k < 1000; k++)
		add(apply(CO_OP_POW, sum_of(N_LONG, 1.0 + k % 500, k % 500), number(2.0)), 0.001);
	CHECK_INT(lower(&out), CO_OK);
	CHECK_INT(out.qp.n, N_LONG + 500);
	co_builder_view(problem, &view);
	for (int i = 0; i < N_LONG; i++)
		x[i] = 0.1 * i - 0.5;
	CHECK_NEAR(lowered_value(&arena, &out, x) / co_block_eval(&arena, &view, 0, x), 1.0, 1e-12);
	end();
}

static void
test_classes(void)
{
	CoLowered	out;
	CoBlock		x,
				y;

	/* a quadratic row that cancels is linear */
	begin(0);
	variable("x");
	variable("y");
	x = expression("x");
	y = expression("y");
	row("cancels", NULL, 0.0, 1.0);
	co_builder_lin(problem, 0, 1.0);
	co_builder_quad(problem, 0, 1, 2.0);
	co_builder_quad(problem, 1, 0, -1.5);
	co_builder_quad(problem, 0, 1, -0.5);
	CHECK_INT(lower(&out), CO_OK);
	CHECK_INT(out.problem_class, CO_CLASS_LP);

	row("ball", "2", 0.0, 1.0);
	co_builder_quad(problem, 0, 0, 1.0);
	row("ball", "3", 0.0, 1.0);
	co_builder_quad(problem, 0, 0, 1.0);
	CHECK_INT(lower(&out), CO_OK);
	CHECK_INT(out.problem_class, CO_CLASS_QCQP);
	CHECK_INT(out.culprit_row, 2);
	CHECK_INT(out.n_var, 2);

	/* something nonlinear further down outranks it */
	row("curve", NULL, 0.0, 1.0);
	add(apply(CO_OP_MUL, apply(CO_OP_EXP, x, x), y), 1.0);
	CHECK_INT(lower(&out), CO_OK);
	CHECK_INT(out.problem_class, CO_CLASS_NLP);
	CHECK_INT(out.culprit_row, 4);
	end();

	/* nonlinear in the objective; with factor 0 it is not there */
	begin(0);
	variable("x");
	x = expression("x");
	add(apply(CO_OP_SIN, x, x), 0.0);
	CHECK_INT(lower(&out), CO_OK);
	CHECK_INT(out.problem_class, CO_CLASS_LP);
	add(apply(CO_OP_POW, x, number(3.0)), 1.0);
	CHECK_INT(lower(&out), CO_OK);
	CHECK_INT(out.problem_class, CO_CLASS_NLP);
	CHECK_INT(out.culprit_row, 0);
	end();
}

static void
check_error(const char *message)
{
	CoLowered	out;

	CHECK_INT(lower(&out), CO_BAD_INPUT);
	CHECK_STR(error.message, message);
	CHECK_INT(error.position, -1);
	end();
}

static void
test_errors(void)
{
	CoLowered	out;
	CoBlock		view;
	int			x,
				p;

	begin(0);
	x = leaf("w", "IBM", CO_LEAF_REFERENCE, -INFINITY, INFINITY, NAN);
	co_builder_lin(problem, x, 1.0);
	CHECK_INT(lower(&out), CO_BAD_INPUT);
	CHECK(strstr(error.hint, "opt_var('w', key") != NULL);
	check_error("variable w['IBM'] is not defined");

	begin(0);
	x = variable("x");
	row("sector", "tech", 0.0, 1.0);
	co_builder_lin(problem, x, INFINITY);
	check_error("coefficient of x in constraint sector['tech'] is not finite");

	begin(0);
	x = variable("x");
	co_builder_lin(problem, x, 1e308);
	co_builder_lin(problem, x, 1e308);
	check_error("coefficient of x in the objective is not finite");

	begin(0);
	x = variable("x");
	co_builder_quad(problem, x, x, NAN);
	check_error("coefficient of x * x in the objective is not finite");

	begin(0);
	x = variable("x");
	row(NULL, NULL, 0.0, 1.0);
	co_builder_quad(problem, x, x, NAN);
	check_error("coefficient of x * x in constraint number 1 (it has no name) is not finite");

	begin(0);
	row("r", NULL, 0.0, 1.0);
	co_builder_constant(problem, INFINITY);
	check_error("constant of constraint r is not finite");

	begin(0);
	x = variable("x");
	p = parameter("p", 0.0);
	row("r", NULL, 0.0, 1.0);
	(void) p;
	add(apply(CO_OP_DIV, expression("x"), expression("p")), 1.0);
	check_error("division by zero in constraint r");

	begin(0);
	parameter("p", -1.0);
	add(apply(CO_OP_LN, expression("p"), number(0.0)), 1.0);
	check_error("a formula of constants and parameters in the objective is not finite");

	begin(0);
	parameter("p", NAN);
	check_error("value of parameter p is not finite");

	begin(0);
	view = expression("x");
	CHECK_INT(co_lower(&arena, &view, NULL, &out, &error), CO_BAD_INPUT);
	CHECK_STR(error.message, "not an optimization problem");
	end();
}

/*
 * The same terms in another order give the same bits.  Values of mixed size
 * and sign make every reordered sum differ unless it is canonical.
 */
typedef struct Term
{
	int			row,			/* 0: the objective */
				kind,			/* 0 linear, 1 quadratic, 2 code */
				i,
				j;
	double		coef;
} Term;

static void
shuffle(TestRandom *random, int n, Term *term)
{
	for (int k = n - 1; k > 0; k--)
	{
		int			other = test_int(random, k + 1);
		Term		swap = term[k];

		term[k] = term[other];
		term[other] = swap;
	}
}

static void
build_terms(int n_var, int n_row, int n, const Term *term)
{
	char		name[16];

	for (int k = 0; k < n_var; k++)
	{
		snprintf(name, sizeof name, "%d", k);
		leaf("w", name, CO_LEAF_VARIABLE, 0.0, 1.0, NAN);
	}
	parameter("p", 1.1);
	for (int r = 0; r <= n_row; r++)
	{
		if (r > 0)
			row("r", NULL, 0.0, 1.0);
		for (int k = 0; k < n; k++)
			if (term[k].row != r)
				continue;
			else if (term[k].kind == 0)
				co_builder_lin(problem, term[k].i, term[k].coef);
			else if (term[k].kind == 1)
				co_builder_quad(problem, term[k].i, term[k].j, term[k].coef);
			else
				add(apply(CO_OP_POW, sum_of(9 + term[k].i % 4, 1.0, term[k].j % 3), number(2.0)),
					term[k].coef);
	}
}

static void
check_same_csc(const CoCsc *a, const CoCsc *b)
{
	size_t		nnz = (size_t) co_csc_nnz(a);

	CHECK_INT(co_csc_nnz(a), co_csc_nnz(b));
	CHECK(memcmp(a->start, b->start, ((size_t) a->ncol + 1) * sizeof(int)) == 0);
	CHECK(memcmp(a->index, b->index, nnz * sizeof(int)) == 0);
	CHECK(memcmp(a->value, b->value, nnz * sizeof(double)) == 0);
}

static void
test_canonical(void)
{
	enum {N = 4000, N_VAR = 13, N_ROW = 3};
	static Term term[N];
	TestRandom	random = {99};
	CoLowered	first,
				second;
	CoBuilder  *kept;

	for (int k = 0; k < N; k++)
	{
		term[k].row = test_int(&random, N_ROW + 1);
		term[k].kind = term[k].row > 0 ? 0 : k % 100 == 0 ? 2 : test_int(&random, 2);
		term[k].i = test_int(&random, N_VAR);
		term[k].j = test_int(&random, N_VAR + 1);
		term[k].coef = test_normal(&random) * pow(10.0, test_int(&random, 60) - 30);
	}

	/* Large terms cancel in pairs, so that what rounding left decides. */
	for (int k = 1; k < N; k += 2)
		if (fabs(term[k - 1].coef) > 1.0)
		{
			term[k] = term[k - 1];
			term[k].coef = -term[k].coef;
		}
	begin(0);
	build_terms(N_VAR, N_ROW, N, term);
	CHECK_INT(lower(&first), CO_OK);
	CHECK(first.qp.n > N_VAR);
	kept = problem;
	for (int round = 0; round < 5; round++)
	{
		CHECK_INT(co_builder_new(&arena, CO_BLOCK_PROBLEM, &problem), CO_OK);
		row(NULL, NULL, -INFINITY, INFINITY);
		shuffle(&random, N, term);
		build_terms(N_VAR, N_ROW, N, term);
		CHECK_INT(lower(&second), CO_OK);
		CHECK_INT(second.qp.n, first.qp.n);
		check_same_csc(&first.qp.a, &second.qp.a);
		check_same_csc(&first.qp.p, &second.qp.p);
		CHECK(memcmp(first.qp.c, second.qp.c, (size_t) first.qp.n * sizeof(double)) == 0);
		CHECK(memcmp(first.qp.cl, second.qp.cl, (size_t) first.qp.m * sizeof(double)) == 0);
		CHECK(memcmp(&first.qp.c0, &second.qp.c0, sizeof(double)) == 0);
	}
	problem = kept;
	end();
}

/* Random models: the QP has the block's values at random points. */
static void
test_random_models(void)
{
	TestRandom	random = {4711};

	for (int round = 0; round < 200; round++)
	{
		enum {N_VAR = 13};
		Term		term[60];
		CoLowered	out;
		CoBlock		view;
		double		x[N_VAR + 1],
					ax[4];

		for (int k = 0; k < 60; k++)
		{
			term[k].row = test_int(&random, 4);
			term[k].kind = term[k].row > 0 ? 0 : test_int(&random, 3);
			term[k].i = test_int(&random, N_VAR + 1);
			term[k].j = test_int(&random, N_VAR + 1);
			term[k].coef = test_normal(&random);
		}
		begin(round % 2 ? CO_FLAG_MAXIMIZE : 0);
		build_terms(N_VAR, 3, 60, term);
		CHECK_INT(lower(&out), CO_OK);
		for (int j = 0; j < N_VAR; j++)
			x[j] = test_normal(&random);
		x[N_VAR] = 1.1;			/* the parameter is the last leaf */
		co_builder_view(problem, &view);
		CHECK_NEAR((round % 2 ? -1.0 : 1.0) * lowered_value(&arena, &out, x),
				   co_block_eval(&arena, &view, 0, x), 1e-8);
		memset(ax, 0, sizeof ax);
		for (int j = 0; j < N_VAR; j++)
			for (int r = 0; r < 3; r++)
				ax[r] += entry(&out.qp.a, r, j) * x[j];
		for (int r = 0; r < 3; r++)
			CHECK_NEAR(ax[r] + out.row_constant[r], co_block_eval(&arena, &view, r + 1, x), 1e-10);
		end();
	}
}

/* Runs of equal entries long enough for the radix sort. */
static void
test_long_runs(void)
{
	enum {N = 100000};
	CoLowered	out;
	double		expected = 0.0;
	int			x;

	/* 66666 times 1e15, 33334 times -2e15, and what follows: they cancel. */
	begin(0);
	x = variable("x");
	for (int k = 0; k < N; k++)
	{
		double		coef = (k % 2 ? 1.0 : -1.0) * (k % 1000) + (k % 3 ? 1e15 : -2e15);

		co_builder_quad(problem, x, x, coef);
		expected += (k % 2 ? 1.0 : -1.0) * (k % 1000);
	}
	co_builder_quad(problem, x, x, -1e15);
	co_builder_quad(problem, x, x, 3e15);
	CHECK_INT(lower(&out), CO_OK);
	CHECK_NEAR(entry(&out.qp.p, 0, 0), 2.0 * expected, 0.0);
	end();
}

static void
build_everything(void)
{
	Term		term[200];
	TestRandom	random = {5};

	for (int k = 0; k < 200; k++)
	{
		term[k].row = test_int(&random, 5);
		term[k].kind = term[k].row > 0 ? 0 : test_int(&random, 3);
		term[k].i = test_int(&random, 13);
		term[k].j = test_int(&random, 14);
		term[k].coef = test_normal(&random);
	}
	build_terms(13, 4, 200, term);
	for (int k = 0; k < 100; k++)
		co_builder_quad(problem, 1, 2, k);	/* a quadratic row, which cancels */
	co_builder_quad(problem, 1, 2, -4950.0);
}

static void
test_failures(void)
{
	CoLowered	out;
	CoBlock		view;
	CoArena		own;
	TestHost	failing;
	long		n = 0;

	begin(0);
	build_everything();
	co_builder_view(problem, &view);
	for (long k = -1; k < n; k++)
	{
		test_host_init(&failing);
		failing.fail_at = k;
		co_arena_init(&own, &failing.env, SIZE_MAX);
		CHECK_INT(co_lower(&own, &view, NULL, &out, &error), k < 0 ? CO_OK : CO_NO_MEMORY);
		if (k < 0)
			n = failing.n_alloc;
		co_arena_free(&own);
		CHECK_INT(failing.live, 0);
	}
	CHECK(n > 0);
	end();
}

/* A large model is left at every one of its polls, and polls often. */
static void
test_cancel(void)
{
	enum {N = 300000};
	CoLowered	out;
	CoBlock		view;
	CoArena		own;
	TestHost	canceling;
	TestRandom	random = {3};
	long		n;

	begin(0);
	for (int k = 0; k < 1000; k++)
	{
		char		key[16];

		snprintf(key, sizeof key, "%d", k);
		leaf("w", key, CO_LEAF_VARIABLE, 0.0, 1.0, NAN);
	}
	for (int k = 0; k < N; k++)
		co_builder_quad(problem, test_int(&random, 1000), test_int(&random, 30), 1.0);
	for (int r = 0; r < 10; r++)
	{
		row("r", NULL, 0.0, 1.0);
		for (int k = 0; k < N / 10; k++)
			co_builder_lin(problem, test_int(&random, 1000), 1.0);
	}
	co_builder_view(problem, &view);
	test_host_init(&canceling);
	canceling.cancel_at = 1000000;	/* never, but polls are counted */
	co_arena_init(&own, &canceling.env, SIZE_MAX);
	CHECK_INT(co_lower(&own, &view, NULL, &out, &error), CO_OK);
	co_arena_free(&own);
	n = canceling.n_poll;
	CHECK(n >= 8);
	for (long k = 0; k < n; k++)
	{
		test_host_init(&canceling);
		canceling.cancel_at = k;
		co_arena_init(&own, &canceling.env, SIZE_MAX);
		CHECK_INT(co_lower(&own, &view, NULL, &out, &error), CO_CANCELED);
		CHECK_INT(canceling.n_poll, k + 1);
		co_arena_free(&own);
		CHECK_INT(canceling.live, 0);
	}
	end();
}

CHECK_MAIN(TEST(test_qp), TEST(test_maximize), TEST(test_empty), TEST(test_parameters),
		   TEST(test_formulas), TEST(test_lifting), TEST(test_many_lifts), TEST(test_classes),
		   TEST(test_errors), TEST(test_canonical), TEST(test_random_models),
		   TEST(test_long_runs), TEST(test_failures), TEST(test_cancel))
