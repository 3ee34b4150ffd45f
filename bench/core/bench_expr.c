/*-------------------------------------------------------------------------
 *
 * bench_expr.c
 *	  Nanoseconds per row of what sum(cov * a.w * b.w) does, and seconds of
 *	  lowering a large problem.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expr/algebra.h"
#include "nlp/lower.h"
#include "../../test/unit/host.h"

#define N_LEAF	1000
#define N_ROW	1000000

static TestHost host;
static CoArena arena;

static double
now(void)
{
	return host.env.now(host.env.self);
}

static void
report(const char *what, double seconds, double count)
{
	printf("%-46s %8.1f ns\n", what, 1e9 * seconds / count);
}

static void
must(CoRc rc, const CoError *error)
{
	if (rc)
	{
		fprintf(stderr, "%s: %s\n", co_rc_word(rc), error->message);
		exit(2);
	}
}

static void *
flatten(const CoBlock *block, size_t *size)
{
	void	   *flat;

	*size = co_block_size(block);
	flat = calloc(1, *size);
	co_block_write(block, flat);
	return flat;
}

static void
make_leaf(const char *name, int k, void **flat, size_t *size)
{
	char		key[16];
	CoLeafDef	def = {name, key, CO_LEAF_VARIABLE, 0.0, INFINITY, NAN};
	CoError		error;
	CoBlock		leaf;
	CoMark		mark = co_mark(&arena);

	snprintf(key, sizeof key, "A%04d", k);
	must(co_expr_leaf(&arena, &def, &leaf, &error), &error);
	*flat = flatten(&leaf, size);
	co_rewind(&arena, mark);
}

static void *flat[N_LEAF];
static size_t flat_size[N_LEAF];

static void
bench_general(void)
{
	CoError		error;
	char		buffer[1024];
	double		t = now();

	for (int r = 0; r < N_ROW; r++)
	{
		CoBlock		a,
					out;
		CoMark		mark = co_mark(&arena);

		co_block_view(flat[r % N_LEAF], &a);
		must(co_expr_combine(&arena, 0.5, &a, 0.0, NULL, 0.0, &out, &error), &error);
		co_block_write(&out, buffer);
		co_rewind(&arena, mark);
	}
	report("scale, through the arena", now() - t, N_ROW);

	t = now();
	for (int r = 0; r < N_ROW; r++)
	{
		CoBlock		a,
					b,
					out;
		CoMark		mark = co_mark(&arena);

		co_block_view(flat[r % N_LEAF], &a);
		co_block_view(flat[r / N_LEAF], &b);
		must(co_expr_combine(&arena, 1.0, &a, -1.0, &b, 0.0, &out, &error), &error);
		co_block_write(&out, buffer);
		co_rewind(&arena, mark);
	}
	report("a - b, through the arena", now() - t, N_ROW);

	t = now();
	for (int r = 0; r < N_ROW; r++)
	{
		CoBlock		a,
					b,
					out;
		CoMark		mark = co_mark(&arena);

		co_block_view(flat[r % N_LEAF], &a);
		co_block_view(flat[r / N_LEAF], &b);
		must(co_expr_mul(&arena, &a, &b, &out, &error), &error);
		co_block_write(&out, buffer);
		co_rewind(&arena, mark);
	}
	report("a * b, through the arena", now() - t, N_ROW);
}

static void
bench_flat(void)
{
	char		buffer[1024];
	double		t = now();

	for (int r = 0; r < N_ROW; r++)
	{
		memcpy(buffer, flat[r % N_LEAF], flat_size[r % N_LEAF]);
		co_expr_scale_flat(buffer, flat_size[r % N_LEAF], 0.5, 0.0);
	}
	report("co_expr_scale_flat, with a copy", now() - t, N_ROW);

	t = now();
	for (int r = 0; r < N_ROW; r++)
	{
		CoBlock		a,
					b;
		CoTiny		tiny;

		co_block_view(flat[r % N_LEAF], &a);
		co_block_view(flat[r / N_LEAF], &b);
		if (co_expr_mul_tiny(&a, &b, &tiny) > sizeof buffer)
			exit(2);
		co_expr_write_tiny(&tiny, buffer);
	}
	report("co_expr_mul_tiny", now() - t, N_ROW);

	t = now();
	for (int r = 0; r < N_ROW; r++)
	{
		CoBlock		a,
					b;
		CoTiny		tiny;

		co_block_view(flat[r % N_LEAF], &a);
		co_block_view(flat[r / N_LEAF], &b);
		if (co_expr_add_tiny(1.0, &a, -1.0, &b, &tiny) > sizeof buffer)
			exit(2);
		co_expr_write_tiny(&tiny, buffer);
	}
	report("co_expr_add_tiny", now() - t, N_ROW);
}

/* Blocks of n leaves each as rows of sum(): every pair of a thousand assets. */
static void
bench_add_row(void)
{
	static void *pair[N_LEAF];
	CoError		error;
	CoBuilder  *builder;
	CoBlock		view;
	double		t;

	for (int k = 0; k < N_LEAF; k++)
	{
		CoBlock		a,
					b,
					out;
		size_t		size;

		co_block_view(flat[k], &a);
		co_block_view(flat[(k * 7 + 3) % N_LEAF], &b);
		must(co_expr_mul(&arena, &a, &b, &out, &error), &error);
		pair[k] = flatten(&out, &size);
	}
	must(co_builder_new(&arena, CO_BLOCK_EXPR, &builder), &error);
	t = now();
	for (int r = 0; r < N_ROW; r++)
	{
		co_block_view(flat[r % N_LEAF], &view);
		must(co_builder_add_row(builder, &view, 0, 1.0, &error), &error);
	}
	report("add_row, linear term", now() - t, N_ROW);

	must(co_builder_new(&arena, CO_BLOCK_EXPR, &builder), &error);
	t = now();
	for (int r = 0; r < N_ROW; r++)
	{
		co_block_view(pair[r % N_LEAF], &view);
		must(co_builder_add_row(builder, &view, 0, 1.0, &error), &error);
	}
	report("add_row, quadratic term of two leaves", now() - t, N_ROW);
}

/* n variables, n rows of five entries, and 5 n products in the objective. */
static void
bench_lower(int n)
{
	CoArena		own;
	TestRandom	random = {12345};
	CoError		error;
	CoBuilder  *builder;
	CoLowered	lowered;
	CoBlock		view;
	double		t;

	co_arena_init(&own, &host.env, SIZE_MAX);
	must(co_builder_new(&own, CO_BLOCK_PROBLEM, &builder), &error);
	must(co_builder_row(builder, NULL, NULL, -INFINITY, INFINITY), &error);
	for (int k = 0; k < n; k++)
	{
		char		key[16];
		CoLeafDef	def = {"x", key, CO_LEAF_VARIABLE, 0.0, INFINITY, NAN};
		int			leaf;

		snprintf(key, sizeof key, "%d", k);
		must(co_builder_leaf(builder, &def, &leaf, &error), &error);
	}
	for (int t5 = 0; t5 < 5 * n; t5++)
		must(co_builder_quad(builder, test_int(&random, n), test_int(&random, n), 1.5), &error);
	for (int r = 0; r < n; r++)
	{
		must(co_builder_row(builder, "row", NULL, 0.0, 1.0), &error);
		for (int k = 0; k < 5; k++)
			must(co_builder_lin(builder, test_int(&random, n), 0.5), &error);
	}
	co_builder_view(builder, &view);
	t = now();
	must(co_lower(&own, &view, NULL, &lowered, &error), &error);
	printf("lower %d variables, %d linear and %d quadratic terms: %.0f ms\n",
		   n, view.n_lin, view.n_quad, 1e3 * (now() - t));
	co_arena_free(&own);
}

/* One dense covariance of n assets as sum() delivers it, both triangles. */
static void
bench_lower_dense(int n, int repeat)
{
	CoArena		own;
	CoError		error;
	CoBuilder  *builder;
	CoLowered	lowered;
	CoBlock		view;
	CoMark		mark;
	double		t;

	co_arena_init(&own, &host.env, SIZE_MAX);
	must(co_builder_new(&own, CO_BLOCK_PROBLEM, &builder), &error);
	must(co_builder_row(builder, NULL, NULL, -INFINITY, INFINITY), &error);
	for (int k = 0; k < n; k++)
	{
		char		key[16];
		CoLeafDef	def = {"x", key, CO_LEAF_VARIABLE, 0.0, INFINITY, NAN};
		int			leaf;

		snprintf(key, sizeof key, "%d", k);
		must(co_builder_leaf(builder, &def, &leaf, &error), &error);
	}
	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++)
			must(co_builder_quad(builder, i, j, 1.0 / (1 + i + j)), &error);
	must(co_builder_row(builder, "budget", NULL, 1.0, 1.0), &error);
	for (int k = 0; k < n; k++)
		must(co_builder_lin(builder, k, 1.0), &error);
	co_builder_view(builder, &view);
	mark = co_mark(&own);
	t = now();
	for (int k = 0; k < repeat; k++)
	{
		must(co_lower(&own, &view, NULL, &lowered, &error), &error);
		co_rewind(&own, mark);
	}
	printf("lower a dense objective of %d variables: %.1f us\n", n, 1e6 * (now() - t) / repeat);
	co_arena_free(&own);
}

int
main(void)
{
	test_host_init(&host);
	test_host_poll_flag(&host);
	co_arena_init(&arena, &host.env, SIZE_MAX);
	co_take(&arena, 1, 1);
	for (int k = 0; k < N_LEAF; k++)
		make_leaf("w", k, &flat[k], &flat_size[k]);
	bench_general();
	bench_flat();
	bench_add_row();
	bench_lower_dense(20, 10000);
	bench_lower_dense(1000, 5);
	bench_lower(1000000);
	co_arena_free(&arena);
	return 0;
}
