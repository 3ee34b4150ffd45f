/*-------------------------------------------------------------------------
 *
 * bench_nlp.c
 *	  Evaluation speed of models: milliseconds of building, value, gradient and
 *	  Hessian, and bytes.
 *
 *		bench_nlp [terms]
 *
 * The terms are ((y - (a exp(-b t) + c)) / sd)^2 with y, t and sd from data, as
 * the operators write them, in three variables of all terms or in three of
 * each thousand terms; and others named in the table below.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../test/unit/host.h"
#include "expr/builder.h"
#include "expr/code.h"
#include "nlp/model.h"

#define GROUP		1000		/* terms of one group of variables */
#define REPEAT		5

static TestHost host;
static CoArena arena;
static CoError error;

static void
must(CoRc rc)
{
	if (rc)
	{
		fprintf(stderr, "%s: %s\n", co_rc_word(rc), error.message);
		exit(2);
	}
}

typedef struct Code
{
	uint8_t		byte[256];
	int			n;
} Code;

static void
put(Code *code, const void *from, size_t size)
{
	memcpy(code->byte + code->n, from, size);
	code->n += (int) size;
}

static void
put_op(Code *code, int op)
{
	uint8_t		byte = (uint8_t) op;

	put(code, &byte, 1);
}

static void
put_const(Code *code, double value)
{
	put_op(code, CO_OP_CONST);
	put(code, &value, sizeof value);
}

static void
put_leaf(Code *code, int leaf)
{
	put_op(code, CO_OP_LEAF);
	put(code, &leaf, sizeof leaf);
}

/* constant + coef * leaf */
static void
put_affine(Code *code, double constant, double coef, int leaf)
{
	int32_t		n = 1;

	put_op(code, CO_OP_AFFINE);
	put(code, &n, sizeof n);
	put(code, &constant, sizeof constant);
	put(code, &coef, sizeof coef);
	put(code, &leaf, sizeof leaf);
}

/* ((y - (a exp(-b t) + c)) / sd)^2 */
static void
decay(Code *code, int first, double y, double t, double sd)
{
	put_affine(code, y / sd, -1.0 / sd, first + 2);
	put_leaf(code, first);
	put_affine(code, 0.0, -t, first + 1);
	put_op(code, CO_OP_EXP);
	put_op(code, CO_OP_MUL);
	put_const(code, -1.0 / sd);
	put_op(code, CO_OP_MUL);
	put_op(code, CO_OP_ADD);
	put_const(code, 2.0);
	put_op(code, CO_OP_POW);
}

/* The same without exp: (y - a t / (b + t) - c)^2 */
static void
saturation(Code *code, int first, double y, double t, double sd)
{
	(void) sd;
	put_affine(code, y, -1.0, first + 2);
	put_affine(code, 0.0, t, first);
	put_affine(code, t, 1.0, first + 1);
	put_op(code, CO_OP_DIV);
	put_op(code, CO_OP_SUB);
	put_const(code, 2.0);
	put_op(code, CO_OP_POW);
}

/* A sine and a power with a whole exponent: (y - a sin(b t) - c^3)^2 */
static void
wave(Code *code, int first, double y, double t, double sd)
{
	(void) sd;
	put_const(code, y);
	put_leaf(code, first);
	put_affine(code, 0.0, t, first + 1);
	put_op(code, CO_OP_SIN);
	put_op(code, CO_OP_MUL);
	put_op(code, CO_OP_SUB);
	put_leaf(code, first + 2);
	put_const(code, 3.0);
	put_op(code, CO_OP_POW);
	put_op(code, CO_OP_SUB);
	put_const(code, 2.0);
	put_op(code, CO_OP_POW);
}

typedef void (*Term) (Code *code, int first, double y, double t, double sd);

static void
build_block(Term term, int n, bool shared, CoBlock *block)
{
	TestRandom	random = {12345};
	CoBuilder  *builder;
	int			n_group = shared ? 1 : (n + GROUP - 1) / GROUP;

	must(co_builder_new(&arena, CO_BLOCK_PROBLEM, &builder));
	must(co_builder_row(builder, NULL, NULL, -INFINITY, INFINITY));
	for (int k = 0; k < 3 * n_group; k++)
	{
		char		key[16];
		CoLeafDef	def = {"v", key, CO_LEAF_VARIABLE, -INFINITY, INFINITY, 0.5 + 0.1 * (k % 3)};
		int			index;

		snprintf(key, sizeof key, "%d", k);
		must(co_builder_leaf(builder, &def, &index, &error));
	}
	for (int k = 0; k < n; k++)
	{
		Code		code = {.n = 0};
		double		t = 5.0 * test_uniform(&random);

		term(&code, shared ? 0 : 3 * (k / GROUP), 2.0 * exp(-0.5 * t) + 0.01 * test_normal(&random),
			 t, 0.01 + test_uniform(&random));
		must(co_builder_code(builder, 1.0, code.byte, code.n));
	}
	co_builder_view(builder, block);
}

typedef struct Best				/* milliseconds */
{
	double		value,
				gradient,
				hessian;
} Best;

static double
since(double *t)
{
	double		now = test_cpu_time();
	double		ms = 1e3 * (now - *t);

	*t = now;
	return ms;
}

static Best
measure(const CoModel *model)
{
	const CoNlp *nlp = &model->nlp;
	Best		best = {INFINITY, INFINITY, INFINITY};
	CoNlpValue	value = {0};
	double	   *hess = malloc((size_t) (co_csc_nnz(&nlp->hess) + 1) * sizeof(double));

	value.grad = malloc((size_t) (nlp->n + 1) * sizeof(double));
	for (int k = 0; k < REPEAT; k++)
	{
		double		t = test_cpu_time();

		must(nlp->eval(nlp->self, model->start, CO_WANT_F, &value));
		best.value = fmin(best.value, since(&t));
		must(nlp->eval(nlp->self, model->start, CO_WANT_F | CO_WANT_GRAD, &value));
		best.gradient = fmin(best.gradient, since(&t));
		must(nlp->hess_at(nlp->self, model->start, 1.0, NULL, hess));
		best.hessian = fmin(best.hessian, since(&t));
	}
	free(value.grad);
	free(hess);
	return best;
}

static void
bench(const char *name, Term term, int n, bool shared)
{
	CoBlock		block;
	CoModel		model;
	Best		best;
	size_t		before;
	double		t,
				build;

	test_host_init(&host);
	test_host_poll_flag(&host);
	co_arena_init(&arena, &host.env, SIZE_MAX);
	build_block(term, n, shared, &block);
	before = arena.used;
	t = test_cpu_time();
	must(co_model_build(&arena, &block, NULL, &model, &error));
	build = since(&t);
	best = measure(&model);
	printf("%-12s %-7s %8.1f %8.2f %8.2f %8.2f %8.2f %9.1f %9.1f\n", name, shared ? "3" : "3000",
		   build, best.value, best.gradient, best.hessian, best.gradient + best.hessian,
		   (double) (arena.used - before) / 1e6, (double) block.n_code / 1e6);
	co_arena_free(&arena);
}

int
main(int argc, char **argv)
{
	int			n = argc > 1 ? atoi(argv[1]) : 1000000;

	printf("%d terms; ms of build, f, f and gradient, Hessian, the last two; MB of the model, of the code\n", n);
	for (int shared = 1; shared >= 0; shared--)
	{
		bench("decay", decay, n, shared);
		bench("saturation", saturation, n, shared);
		bench("wave", wave, n, shared);
	}
	return 0;
}
