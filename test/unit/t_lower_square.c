/*-------------------------------------------------------------------------
 *
 * t_lower_square.c
 *	  Sums of squares of affine forms: what is kept, reduced, multiplied out.
 *
 *-------------------------------------------------------------------------
 */
#include "check.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "expr/algebra.h"
#include "expr/text.h"
#include "host.h"
#include "lowered.h"
#include "nlp/model.h"
#include "solver/solver.h"

#define MOST_TERMS		40000

static TestHost host;
static CoArena arena;
static CoError error;

/* The terms of an objective, to be shuffled. */
static char *term[MOST_TERMS];
static int	n_term;

static void
begin(void)
{
	test_host_init(&host);
	co_arena_init(&arena, &host.env, SIZE_MAX);
	n_term = 0;
}

static void
end(void)
{
	for (int k = 0; k < n_term; k++)
		free(term[k]);
	co_arena_free(&arena);
	CHECK_INT(host.live, 0);
}

static void
add(const char *format,...)
{
	char		text[600];
	va_list		list;

	va_start(list, format);
	vsnprintf(text, sizeof text, format, list);
	va_end(list);
	term[n_term] = malloc(strlen(text) + 1);
	strcpy(term[n_term++], text);
}

static void
shuffle(TestRandom *random)
{
	for (int k = n_term - 1; k > 0; k--)
	{
		int			other = test_int(random, k + 1);
		char	   *swap = term[k];

		term[k] = term[other];
		term[other] = swap;
	}
}

/* head, the terms, tail: variables are a, b, c, d by a first row's order. */
static CoBlock
problem_of(const char *head, const char *tail)
{
	size_t		size = strlen(head) + strlen(tail) + 100;
	char	   *text,
			   *at;
	CoBlock		block;

	for (int k = 0; k < n_term; k++)
		size += strlen(term[k]) + 3;
	text = malloc(size);
	at = text + sprintf(text, "%s", head);
	for (int k = 0; k < n_term; k++)
		at += sprintf(at, "%s%s", k > 0 ? " + " : " ", term[k]);
	strcpy(at, tail);
	CHECK_INT(co_parse(&arena, text, strlen(text), CO_BLOCK_PROBLEM, &block, &error), CO_OK);
	free(text);
	return block;
}

static CoLowered
lower(const CoBlock *block)
{
	CoLowered	out;

	CHECK_INT(co_lower(&arena, block, NULL, &out, &error), CO_OK);
	return out;
}

static int
n_added(const CoLowered *out)
{
	return out->qp.n - out->n_var;
}

static CoSolution
solve(const CoLowered *out)
{
	CoOptions	options;
	CoSolution	sol;

	co_options_default(&options);
	CHECK_INT(co_qp_solve(&arena, &out->qp, &options, NULL, &sol), CO_OK);
	CHECK_INT(sol.status, CO_OPTIMAL);
	return sol;
}

/*
 * y = 3 + 2 t with errors 1 -1 -1 1 1 -1 -1 1, which are orthogonal to 1 and t:
 * the best f is the number of rows, whatever the size of t.
 */
static void
add_line(int n, double from, const char *scale)
{
	for (int k = 0; k < n; k++)
	{
		double		t = from + k,
					e = k % 4 == 0 || k % 4 == 3 ? 1.0 : -1.0;

		add("%s(a + %.17g*b - %.17g)^2", scale, t, 3.0 + 2.0 * t + e);
	}
}

/* The same with forty different t, of the size of 1. */
static void
add_short_line(int n)
{
	for (int k = 0; k < n; k++)
	{
		double		t = k % 40 - 20,
					e = k % 4 == 0 || k % 4 == 3 ? 1.0 : -1.0;

		add("(a + %.17g*b - %.17g)^2", t, 3.0 + 2.0 * t + e);
	}
}

/* Multiplied out, 1e6 squared leaves nothing of the residuals. */
static void
test_ill(void)
{
	const double x[2] = {3.0, 2.0};
	CoBlock		block;
	CoLowered	out;
	CoSolution	sol;

	begin();
	add_line(16, 1e6, "");
	block = problem_of("minimize", "");
	CHECK_INT(block.n_quad, 0);
	out = lower(&block);
	CHECK_INT(out.problem_class, CO_CLASS_QP);
	CHECK_INT(n_added(&out), 2);
	CHECK_NEAR(lowered_value(&arena, &out, x), 16.0, 16e-9);
	sol = solve(&out);
	CHECK_NEAR(sol.residual.objective, 16.0, 16e-9);
	CHECK_NEAR(sol.point.x[1], 2.0, 1e-7);
	CHECK_NEAR(sol.point.x[0] + 1e6 * sol.point.x[1], 2000003.0, 1e-3);
	end();
}

/* Few forms that lose nothing are multiplied out as they stand, to whole numbers. */
static void
test_few(void)
{
	CoBlock		block;
	CoLowered	out;

	begin();
	add_line(4, 1.0, "");
	block = problem_of("minimize", "");
	out = lower(&block);
	CHECK_INT(n_added(&out), 0);
	CHECK_NEAR(out.qp.p.value[0], 8.0, 0.0);
	CHECK_NEAR(out.qp.p.value[1], 20.0, 0.0);
	CHECK_NEAR(out.qp.p.value[2], 60.0, 0.0);
	CHECK_NEAR(out.qp.c0, 36.0 + 36.0 + 64.0 + 144.0, 0.0);
	end();
}

/* Many are reduced first, and then multiplied out. */
static void
test_many(void)
{
	const double x[2] = {3.0, 2.0},
				other[2] = {-1.0, 0.5};
	CoBlock		block;
	CoLowered	out;
	double		direct = 0.0;

	begin();
	add_short_line(2000);
	block = problem_of("minimize", "");
	out = lower(&block);
	CHECK_INT(n_added(&out), 0);
	CHECK_INT(co_csc_nnz(&out.qp.p), 3);
	CHECK_NEAR(lowered_value(&arena, &out, x) / 2000.0, 1.0, 1e-11);
	direct = co_block_eval(&arena, &block, 0, other);
	CHECK_NEAR(lowered_value(&arena, &out, other) / direct, 1.0, 1e-13);
	end();
}

/* Of more than eight variables none is multiplied out; reduced, there are few. */
static void
test_long(void)
{
	enum {N = 20, M = 60};
	TestRandom	random = {11};
	CoBlock		block;
	CoLowered	out;
	double		x[N];

	begin();
	for (int i = 0; i < M; i++)
	{
		char		text[600] = "";

		for (int j = 0; j < N; j++)
			snprintf(text + strlen(text), sizeof text - strlen(text), "%+.4f*x%02d",
					 test_normal(&random), j);
		add("(%s - %.4f)^2", text, test_normal(&random));
	}
	block = problem_of("minimize", "");
	out = lower(&block);
	CHECK(n_added(&out) <= N);
	for (int j = 0; j < N; j++)
		x[j] = test_normal(&random);
	CHECK_NEAR(lowered_value(&arena, &out, x) / co_block_eval(&arena, &block, 0, x), 1.0, 1e-12);
	end();
}

/* A regressor that is 0 in a row, a column twice. */
static void
test_structure(void)
{
	const double x[3] = {3.0, 2.0, 1.0};
	CoBlock		block;
	CoLowered	out;

	begin();
	for (int k = 0; k < 16; k++)
	{
		double		t = 1000.0 + k;

		add("(a + %.17g*b + %.17g*c - %.17g)^2", t, k < 12 ? t * t : 0.0,
			3.0 + 2.0 * t + (k < 12 ? t * t : 0.0) + (k % 2 ? 1.0 : -1.0));
	}
	block = problem_of("minimize", "");
	out = lower(&block);
	CHECK_INT(n_added(&out), 3);
	CHECK_NEAR(lowered_value(&arena, &out, x), 16.0, 16e-8);
	end();

	begin();
	for (int k = 0; k < 9; k++)
		add("(2*a + 2*b - %.17g)^2", 2e7 + 2.0 * k);
	block = problem_of("minimize", "");
	out = lower(&block);
	CHECK_INT(n_added(&out), 1);
	CHECK_NEAR(lowered_value(&arena, &out, (double[]) {1e7, 4.0}), 240.0, 1e-5);
	end();
}

static void
test_signs(void)
{
	const double x[2] = {3.0, 2.0};
	CoBlock		block;
	CoLowered	out;

	begin();
	add_line(8, 1e6, "-0.25*");
	block = problem_of("maximize", "");
	out = lower(&block);
	CHECK(out.maximize);
	CHECK_INT(n_added(&out), 2);
	CHECK_NEAR(lowered_value(&arena, &out, x), 2.0, 1e-8);
	end();

	/* a sum that is maximized is no least squares problem */
	begin();
	add_line(8, 1e6, "");
	block = problem_of("maximize", "");
	out = lower(&block);
	CHECK_INT(n_added(&out), 0);
	end();
}

static void
test_parameters(void)
{
	const double x[2] = {3.0, 2.0};
	CoBlock		block;
	CoLowered	out;

	begin();
	for (int k = 0; k < 8; k++)
		add("(a + b*%d + p*%d + 2*q - %.17g)^2", 1000000 + k, 1000000 + k, 3.0 + 3.0 * (1e6 + k) + 2e5 +
			(k % 4 == 0 || k % 4 == 3 ? 1.0 : -1.0));
	block = problem_of("minimize", " where p := 1, q := 1e5");
	out = lower(&block);
	CHECK_INT(out.n_var, 2);
	CHECK_INT(n_added(&out), 2);
	CHECK_NEAR(lowered_value(&arena, &out, x), 8.0, 8e-9);
	end();
}

/* Numbers whose squares are none are left to those who complain of them. */
static void
test_extreme(void)
{
	CoBlock		block;
	CoLowered	out;

	begin();
	for (int k = 0; k < 4; k++)
		add("(1e200*a + b + %d)^2", k + 1);
	block = problem_of("minimize", "");
	CHECK_INT(co_lower(&arena, &block, NULL, &out, &error), CO_BAD_INPUT);
	end();

	begin();
	for (int k = 0; k < 4; k++)
		add("(1e-140*a + b + %d)^2", k + 1);
	block = problem_of("minimize", "");
	out = lower(&block);
	CHECK_NEAR(lowered_value(&arena, &out, (double[]) {5.0, -2.0}), 6.0, 1e-14);
	end();
}

/* The same bits in whatever order the rows arrive. */
static void
test_canonical(void)
{
	TestRandom	random = {5};
	CoLowered	first = {0};

	begin();
	add_line(300, 1e5, "");
	for (int k = 0; k < 40; k++)
		add("%.17g*(c - %.17g*a - 1)^2", 0.1 + test_uniform(&random), 1e5 + test_normal(&random));
	for (int round = 0; round < 5; round++)
	{
		CoBlock		block = problem_of("minimize", " where a in [-1, 1], b in [-1, 1], c in [-1, 1]");
		CoLowered	out = lower(&block);

		if (round == 0)
			first = out;
		CHECK_INT(n_added(&out), 4);
		CHECK(memcmp(out.qp.a.value, first.qp.a.value, (size_t) co_csc_nnz(&out.qp.a) * sizeof(double)) == 0);
		CHECK(memcmp(out.qp.p.value, first.qp.p.value, (size_t) co_csc_nnz(&out.qp.p) * sizeof(double)) == 0);
		CHECK(memcmp(out.qp.cl, first.qp.cl, (size_t) out.qp.m * sizeof(double)) == 0);
		CHECK(memcmp(&out.qp.c0, &first.qp.c0, sizeof(double)) == 0);
		shuffle(&random);
	}
	end();
}

/* Where functions are evaluated, the squares stay formulas, and exact. */
static void
test_model(void)
{
	const double x[2] = {3.0, 2.0};
	double		grad[2],
				hess[3];
	CoNlpValue	value = {.grad = grad};
	CoBlock		block;
	CoModel		model;

	begin();
	add_line(16, 1e6, "");
	block = problem_of("minimize", " where a in [-10, 10], b in [-10, 10]");
	CHECK_INT(co_model_build(&arena, &block, NULL, &model, &error), CO_OK);
	CHECK_INT(model.nlp.n, 2);
	CHECK_INT(model.nlp.m, 0);
	CHECK_INT(model.nlp.objective, CO_QUADRATIC);
	CHECK_INT(model.nlp.eval(model.nlp.self, x, CO_WANT_F | CO_WANT_GRAD, &value), CO_OK);
	CHECK_NEAR(value.f, 16.0, 0.0);
	CHECK_NEAR(grad[0], 0.0, 0.0);
	CHECK_NEAR(grad[1], 0.0, 0.0);
	CHECK_INT(model.nlp.hess_at(model.nlp.self, x, 1.0, NULL, hess), CO_OK);
	CHECK_NEAR(hess[0], 32.0, 0.0);
	end();

	/* and where they lose nothing they are matrices */
	begin();
	add_short_line(2000);
	block = problem_of("minimize", "");
	CHECK_INT(co_model_build(&arena, &block, NULL, &model, &error), CO_OK);
	CHECK_INT(model.n_term, 0);
	CHECK_INT(model.nlp.eval(model.nlp.self, x, CO_WANT_F | CO_WANT_GRAD, &value), CO_OK);
	CHECK_NEAR(value.f / 2000.0, 1.0, 1e-11);
	CHECK_NEAR(grad[1], 0.0, 1e-6);
	end();
}

/* Allocations that fail, polls that say stop. */
static void
test_leaving(void)
{
	CoBlock		block;
	CoLowered	out;
	CoModel		model;
	long		n_alloc = 0,
				n_poll = 0;

	begin();
	add_line(test_quick() > 1 ? MOST_TERMS / 10 : MOST_TERMS, 1e6, "");
	block = problem_of("minimize", "");
	for (long k = -1; k < n_alloc || k < n_poll; k++)
		for (int what = 0; what < 4; what++)
		{
			TestHost	own;
			CoArena		inner;
			CoRc		want = k < 0 ? CO_OK : what % 2 ? CO_CANCELED : CO_NO_MEMORY,
						rc;

			test_host_init(&own);
			own.fail_at = what % 2 == 0 ? k : -1;
			own.cancel_at = what % 2 == 0 ? -1 : k < 0 ? LONG_MAX : k;
			co_arena_init(&inner, &own.env, SIZE_MAX);
			rc = what < 2 ? co_lower(&inner, &block, NULL, &out, &error) :
				co_model_build(&inner, &block, NULL, &model, &error);
			if (k >= (what % 2 ? own.n_poll : own.n_alloc))
				want = CO_OK;
			CHECK_INT(rc, want);
			if (k < 0)
			{
				n_alloc = own.n_alloc > n_alloc ? own.n_alloc : n_alloc;
				n_poll = own.n_poll > n_poll ? own.n_poll : n_poll;
			}
			co_arena_free(&inner);
			CHECK_INT(own.live, 0);
		}
	CHECK(n_alloc > 4 && n_poll > 2);
	end();
}

CHECK_MAIN(TEST(test_ill), TEST(test_few), TEST(test_many), TEST(test_long), TEST(test_structure),
		   TEST(test_signs), TEST(test_parameters), TEST(test_extreme), TEST(test_canonical),
		   TEST(test_model), TEST(test_leaving))
