/*-------------------------------------------------------------------------
 *
 * t_algebra_tiny.c
 *	  The operators' fast paths against the general ones: the same bytes, over
 *	  random expressions; and values that are damaged.
 *
 *-------------------------------------------------------------------------
 */
#include <stdlib.h>

#include "check.h"
#include "expr/algebra.h"
#include "host.h"

#define N_POOL		12
#define N_OP		4000
#define MOST_SIZE	1500		/* larger results make room for a leaf */

typedef struct Flat
{
	void	   *bytes;
	size_t		size;
	CoBlock		view;
} Flat;

static TestHost host;
static CoArena arena;
static CoError error;
static TestRandom random_state;

static void
begin(uint64_t seed)
{
	test_host_init(&host);
	co_arena_init(&arena, &host.env, SIZE_MAX);
	random_state = (TestRandom) {seed};
}

static void
end(void)
{
	co_arena_free(&arena);
	CHECK_INT(host.live, 0);
}

/* Owned by the caller, of the exact size, so that sanitizers see its end. */
static Flat
flatten(const CoBlock *block)
{
	Flat		flat = {.size = co_block_size(block)};

	flat.bytes = calloc(1, flat.size);
	co_block_write(block, flat.bytes);
	co_block_view(flat.bytes, &flat.view);
	return flat;
}

static double
random_number(void)
{
	static const double some[] = {0.0, 1.0, -1.0, 2.0, 0.5, -2.0, 3.0, 1e-3, 1e200, -1e-200};
	int			k = test_int(&random_state, 16);

	return k < 10 ? some[k] : test_normal(&random_state);
}

static Flat
random_leaf(void)
{
	static const char *name[] = {"x", "theta", "x", "amplitude"};
	static const char *key[] = {NULL, "1", "north", "(a,b)"};
	int			k = test_int(&random_state, 4);
	int			kind = test_int(&random_state, 8);
	CoLeafDef	def = {name[k], key[test_int(&random_state, 4)], CO_LEAF_VARIABLE, -1.0, INFINITY, NAN};
	CoBlock		block;

	if (k == 3)
		def.kind = CO_LEAF_PARAMETER;
	def.start = k == 1 ? 0.25 : NAN;
	if (kind == 0)
		def.kind = CO_LEAF_NAME;
	CHECK_INT(co_expr_leaf(&arena, &def, &block, &error), CO_OK);
	return flatten(&block);
}

static Flat
random_constant(void)
{
	CoBlock		block;

	CHECK_INT(co_expr_constant(&arena, random_number(), &block), CO_OK);
	return flatten(&block);
}

/* The fast path's answer, or an empty one where it declines. */
static Flat
apply_tiny(CoOp op, const CoBlock *a, const CoBlock *b)
{
	Flat		flat = {.bytes = NULL};
	CoTiny		tiny;

	if (op == CO_OP_ADD || op == CO_OP_SUB)
		flat.size = co_expr_add_tiny(1.0, a, op == CO_OP_ADD ? 1.0 : -1.0, b, &tiny);
	else if (op == CO_OP_MUL && (flat.size = co_expr_mul_tiny(a, b, &tiny)) > 0)
		;
	else
		flat.size = co_expr_apply_tiny(op, a, b, &tiny);
	if (flat.size == 0)
		return flat;
	flat.bytes = calloc(1, flat.size);
	if (co_expr_write_tiny(&tiny, flat.bytes))
	{
		co_block_view(flat.bytes, &flat.view);
		return flat;
	}
	free(flat.bytes);
	return (Flat) {.bytes = NULL};
}

static Flat
scale_tiny(const Flat *a, double alpha, double gamma, bool divide)
{
	Flat		flat = {.bytes = malloc(a->size), .size = a->size};

	memcpy(flat.bytes, a->bytes, a->size);
	if (divide ? co_expr_divide_flat(flat.bytes, flat.size, alpha) :
		co_expr_scale_flat(flat.bytes, flat.size, alpha, gamma))
	{
		co_block_view(flat.bytes, &flat.view);
		return flat;
	}
	free(flat.bytes);
	return (Flat) {.bytes = NULL};
}

/*
 * What the general path says must be what the fast one wrote.  *done counts
 * the fast ones; out is the result, or a leaf where there is none to go on with.
 */
static Flat
settle(CoRc rc, const CoBlock *block, Flat fast, int *done)
{
	Flat		slow;

	if (rc)
	{
		CHECK(fast.bytes == NULL);
		free(fast.bytes);
		return random_leaf();
	}
	slow = flatten(block);
	if (fast.bytes)
	{
		(*done)++;
		CHECK_INT(fast.size, slow.size);
		CHECK(fast.size == slow.size && memcmp(fast.bytes, slow.bytes, slow.size) == 0);
		free(fast.bytes);
	}
	if (slow.size <= MOST_SIZE)
		return slow;
	free(slow.bytes);
	return random_leaf();
}

static Flat
random_binary(CoOp op, const Flat *a, const Flat *b, int *done)
{
	bool		with_number = test_int(&random_state, 3) == 0;
	double		number = random_number();
	CoBlock		constant,
				tiny_constant,
				block;
	CoRc		rc;

	CHECK_INT(co_expr_constant(&arena, number, &constant), CO_OK);
	co_tiny_number(&number, &tiny_constant);
	if (!with_number)
	{
		rc = co_expr_apply(&arena, op, &a->view, &b->view, &block, &error);
		return settle(rc, &block, apply_tiny(op, &a->view, &b->view), done);
	}
	if (op == CO_OP_DIV && number != 0.0)
	{
		rc = co_expr_div(&arena, &a->view, &constant, &block, &error);
		return settle(rc, &block, scale_tiny(a, number, 0.0, true), done);
	}
	if (test_int(&random_state, 2))
	{
		rc = co_expr_apply(&arena, op, &a->view, &constant, &block, &error);
		return settle(rc, &block, apply_tiny(op, &a->view, &tiny_constant), done);
	}
	rc = co_expr_apply(&arena, op, &constant, &a->view, &block, &error);
	return settle(rc, &block, apply_tiny(op, &tiny_constant, &a->view), done);
}

static Flat
random_operation(const Flat *a, const Flat *b, int *done)
{
	int			kind = test_int(&random_state, 10);
	double		alpha = random_number();
	double		gamma = random_number();
	CoBlock		block;
	CoOp		op;
	CoRc		rc;

	if (kind == 0)
	{
		rc = co_expr_combine(&arena, alpha, &a->view, 0.0, NULL, gamma, &block, &error);
		return settle(rc, &block, scale_tiny(a, alpha, gamma, false), done);
	}
	op = kind < 8 ? (CoOp) (CO_OP_ADD + test_int(&random_state, CO_OP_POW - CO_OP_ADD + 1)) :
		(CoOp) (CO_OP_POW + 1 + test_int(&random_state, CO_N_OP - CO_OP_POW - 1));
	if (co_op_arity(op) == 2)
		return random_binary(op, a, b, done);
	rc = co_expr_apply(&arena, op, &a->view, NULL, &block, &error);
	return settle(rc, &block, apply_tiny(op, &a->view, NULL), done);
}

static void
test_same_bytes(void)
{
	for (int seed = 1; seed <= 20; seed++)
	{
		Flat		pool[N_POOL];
		CoMark		mark;
		int			done = 0;

		begin((uint64_t) seed);
		for (int k = 0; k < N_POOL; k++)
			pool[k] = k < 2 ? random_constant() : random_leaf();
		mark = co_mark(&arena);
		for (int k = 0; k < N_OP; k++)
		{
			Flat	   *into = &pool[test_int(&random_state, N_POOL)];
			Flat		result = random_operation(&pool[test_int(&random_state, N_POOL)],
												  &pool[test_int(&random_state, N_POOL)], &done);

			free(into->bytes);
			*into = result;
			co_rewind(&arena, mark);
		}
		CHECK(done > N_OP / 3);
		for (int k = 0; k < N_POOL; k++)
			free(pool[k].bytes);
		end();
	}
}

/*
 * a exp(-b t) + c with other numbers, now over other leaves, now with another
 * formula: what a sum over rows is given.
 */
static Flat
residual(double t, int group, int form)
{
	static const char *const key[] = {"1", "2", "3"};
	CoLeafDef	def = {"a", key[group], CO_LEAF_VARIABLE, -INFINITY, INFINITY, 1.0};
	CoBlock		a,
				b,
				two,
				out;
	CoRc		rc;

	CHECK_INT(co_expr_leaf(&arena, &def, &a, &error), CO_OK);
	def.name = "b";
	def.key = NULL;
	CHECK_INT(co_expr_leaf(&arena, &def, &b, &error), CO_OK);
	CHECK_INT(co_expr_constant(&arena, 2.0, &two), CO_OK);
	if ((rc = co_expr_combine(&arena, -t, &b, 0.0, NULL, form, &out, &error)) ||
		(rc = co_expr_apply(&arena, form == 1 ? CO_OP_SIN : CO_OP_EXP, &out, NULL, &out, &error)) ||
		(rc = co_expr_mul(&arena, &a, &out, &out, &error)) ||
		(rc = co_expr_combine(&arena, 1.0, &out, form == 2 ? t : 0.0, &b, -t, &out, &error)) ||
		(form < 3 && (rc = co_expr_pow(&arena, &out, &two, &out, &error))))
		CHECK_INT(rc, CO_OK);
	return flatten(&out);
}

/* Rows added by the memory of the one before, and row by row. */
static void
test_sum(void)
{
	CoBuilder  *fast,
			   *slow;
	CoBlock		fast_view,
				slow_view;
	Flat		a,
				b;
	bool		done;

	begin(5);
	CHECK_INT(co_builder_new(&arena, CO_BLOCK_EXPR, &fast), CO_OK);
	CHECK_INT(co_builder_new(&arena, CO_BLOCK_EXPR, &slow), CO_OK);
	for (int k = 0; k < 3000; k++)
	{
		int			group = test_int(&random_state, 20);
		int			form = test_int(&random_state, 20);
		Flat		row = residual(test_uniform(&random_state), group < 3 ? group : 0, form < 4 ? form : 0);

		CHECK_INT(co_builder_add_small(fast, &row.view, &done, &error), CO_OK);
		CHECK(done);
		CHECK_INT(co_builder_add_row(slow, &row.view, 0, 1.0, &error), CO_OK);
		free(row.bytes);
	}
	co_builder_view(fast, &fast_view);
	co_builder_view(slow, &slow_view);
	a = flatten(&fast_view);
	b = flatten(&slow_view);
	CHECK_INT(a.size, b.size);
	CHECK(a.size == b.size && memcmp(a.bytes, b.bytes, a.size) == 0);
	free(a.bytes);
	free(b.bytes);
	end();
}

/* A contradicting definition is found although everything else is the same. */
static void
test_sum_contradiction(void)
{
	CoBuilder  *builder;
	Flat		row;
	bool		done;

	begin(1);
	CHECK_INT(co_builder_new(&arena, CO_BLOCK_EXPR, &builder), CO_OK);
	row = residual(0.5, 0, 0);
	CHECK_INT(co_builder_add_small(builder, &row.view, &done, &error), CO_OK);
	((double *) (uintptr_t) row.view.leaf_start)[1] = 2.0;
	CHECK_INT(co_builder_add_small(builder, &row.view, &done, &error), CO_BAD_INPUT);
	CHECK_STR(error.message, "variable b is defined in two different ways");

	/* and again, with what was learnt in between */
	CHECK_INT(co_builder_add_small(builder, &row.view, &done, &error), CO_BAD_INPUT);
	((double *) (uintptr_t) row.view.leaf_start)[1] = 1.0;
	CHECK_INT(co_builder_add_small(builder, &row.view, &done, &error), CO_OK);
	CHECK(done);
	free(row.bytes);
	end();
}

/* Larger than what is remembered: left to co_builder_add_row. */
static void
test_sum_declines(void)
{
	CoBuilder  *builder;
	CoBlock		view;
	Flat		row;
	bool		done;

	begin(1);
	row = residual(0.5, 0, 0);
	CHECK_INT(co_builder_new(&arena, CO_BLOCK_EXPR, &builder), CO_OK);
	for (int k = 0; k < 100; k++)
		CHECK_INT(co_builder_add_row(builder, &row.view, 0, 1.0, &error), CO_OK);
	co_builder_view(builder, &view);
	free(row.bytes);
	row = flatten(&view);
	CHECK_INT(co_builder_new(&arena, CO_BLOCK_EXPR, &builder), CO_OK);
	CHECK_INT(co_builder_add_small(builder, &row.view, &done, &error), CO_OK);
	CHECK(!done);
	free(row.bytes);
	end();
}

/*
 * Damaged code goes through the fast paths without a byte read or written
 * outside (for the sanitizers to see), and what the sum takes of it is valid.
 */
static void
test_damaged_code(void)
{
	Flat		whole,
				other;
	CoBuilder  *builder;
	CoBlock		view;
	CoTiny		tiny;
	int			refused = 0;

	begin(7);
	whole = residual(0.5, 0, 2);
	other = residual(0.25, 1, 0);
	CHECK_INT(co_builder_new(&arena, CO_BLOCK_EXPR, &builder), CO_OK);
	for (int k = 0; k < 20000; k++)
	{
		Flat		bad = flatten(&whole.view);
		uint8_t    *code = (uint8_t *) (uintptr_t) bad.view.code;
		Flat		flat;
		bool		done = false;

		for (int n = 1 + test_int(&random_state, 3); n > 0; n--)
			code[test_int(&random_state, bad.view.n_code)] = (uint8_t) test_int(&random_state, 256);
		flat = scale_tiny(&bad, -2.0, 1.0, false);
		free(flat.bytes);
		for (CoOp op = CO_OP_ADD; op <= CO_OP_EXP; op++)
		{
			flat = apply_tiny(op, &other.view, op == CO_OP_EXP ? NULL : &bad.view);
			free(flat.bytes);
		}
		CHECK_INT(co_builder_add_small(builder, &bad.view, &done, &error), CO_OK);
		refused += !done;
		CHECK(co_block_validate(bad.bytes, bad.size, &view, &error) == CO_OK || !done);
		free(bad.bytes);
	}
	CHECK(refused > 1000 && refused < 19000);
	co_builder_view(builder, &view);
	free(other.bytes);
	other = flatten(&view);
	CHECK_INT(co_block_validate(other.bytes, other.size, &view, &error), CO_OK);
	CHECK_INT(co_expr_apply_tiny(CO_OP_EXP, &other.view, NULL, &tiny), 0);
	free(whole.bytes);
	free(other.bytes);
	end();
}

/* Headers that promise more than there is. */
static void
test_damaged_header(void)
{
	Flat		whole;

	begin(9);
	whole = residual(0.5, 0, 2);
	for (size_t k = 4; k < sizeof(CoBlockHeader); k++)
		for (int bit = 0; bit < 8; bit++)
		{
			Flat		bad = flatten(&whole.view);

			((uint8_t *) bad.bytes)[k] ^= (uint8_t) (1 << bit);
			CHECK(!co_expr_scale_flat(bad.bytes, bad.size, 2.0, 1.0) || k == 6 || k == 7);
			CHECK(!co_expr_divide_flat(bad.bytes, bad.size, 2.0) || k == 6 || k == 7);
			free(bad.bytes);
		}
	CHECK(!co_expr_scale_flat(whole.bytes, sizeof(CoBlockHeader) - 1, 2.0, 1.0));
	free(whole.bytes);
	end();
}

CHECK_MAIN(TEST(test_same_bytes), TEST(test_sum), TEST(test_sum_contradiction),
		   TEST(test_sum_declines), TEST(test_damaged_code), TEST(test_damaged_header))
