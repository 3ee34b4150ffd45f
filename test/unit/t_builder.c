/*-------------------------------------------------------------------------
 *
 * t_builder.c
 *	  Builders: merging of definitions, growth, canonical bytes, failures.
 *
 *-------------------------------------------------------------------------
 */
#include <stdlib.h>

#include "expr/algebra.h"
#include "fixture.h"

static CoError error;

static CoLeafDef
variable(const char *name, const char *key, double lower, double upper)
{
	return (CoLeafDef) {name, key, CO_LEAF_VARIABLE, lower, upper, NAN};
}

static CoLeafDef
leaf_of_kind(CoLeafKind kind)
{
	return (CoLeafDef) {
		.name = "w", .key = "IBM", .kind = kind,
		.lower = kind == CO_LEAF_VARIABLE ? 0.0 : -INFINITY,
		.upper = INFINITY,
		.start = kind == CO_LEAF_PARAMETER ? 3.0 : NAN
	};
}

/* Every pair of kinds in both orders: the survivor, or -1 for an error. */
static void
test_merge(void)
{
	static const int survivor[4][4] = {
		{CO_LEAF_VARIABLE, -1, CO_LEAF_VARIABLE, CO_LEAF_VARIABLE},
		{-1, CO_LEAF_PARAMETER, CO_LEAF_PARAMETER, CO_LEAF_PARAMETER},
		{CO_LEAF_VARIABLE, CO_LEAF_PARAMETER, CO_LEAF_NAME, CO_LEAF_NAME},
		{CO_LEAF_VARIABLE, CO_LEAF_PARAMETER, CO_LEAF_NAME, CO_LEAF_REFERENCE}
	};

	for (int first = 0; first < 4; first++)
		for (int second = 0; second < 4; second++)
		{
			CoLeafDef	a = leaf_of_kind((CoLeafKind) first);
			CoLeafDef	b = leaf_of_kind((CoLeafKind) second);
			CoBuilder  *builder;
			CoBlock		view;
			int			i,
						j;
			CoRc		rc;

			begin();
			CHECK_INT(co_builder_new(&arena, CO_BLOCK_EXPR, &builder), CO_OK);
			CHECK_INT(co_builder_leaf(builder, &a, &i, &error), CO_OK);
			rc = co_builder_leaf(builder, &b, &j, &error);
			CHECK_INT(rc, survivor[first][second] < 0 ? CO_BAD_INPUT : CO_OK);
			if (rc)
				CHECK_STR(error.message, "w['IBM'] is both a variable and a parameter");
			else
			{
				co_builder_view(builder, &view);
				CHECK_INT(view.n_leaf, 1);
				CHECK_INT(i, j);
				CHECK_INT(view.leaf_kind[0], survivor[first][second]);
				CHECK(view.leaf_lower[0] == (view.leaf_kind[0] == CO_LEAF_VARIABLE ? 0.0 : -INFINITY));
			}
			end();
		}
}

static void
test_contradictions(void)
{
	CoLeafDef	a = variable("w", "IBM", 0.0, 1.0);
	CoLeafDef	other_bound = variable("w", "IBM", 0.0, 2.0);
	CoLeafDef	other_start = a;
	CoLeafDef	p = {"p", NULL, CO_LEAF_PARAMETER, -INFINITY, INFINITY, 1.0};
	CoLeafDef	q = {"p", NULL, CO_LEAF_PARAMETER, -INFINITY, INFINITY, 2.0};
	CoBuilder  *builder;
	int			k;

	begin();
	other_start.start = 0.5;
	CHECK_INT(co_builder_new(&arena, CO_BLOCK_EXPR, &builder), CO_OK);
	CHECK_INT(co_builder_leaf(builder, &a, &k, &error), CO_OK);
	CHECK_INT(co_builder_leaf(builder, &a, &k, &error), CO_OK);
	CHECK_INT(co_builder_leaf(builder, &other_bound, &k, &error), CO_BAD_INPUT);
	CHECK_STR(error.message, "variable w['IBM'] is defined in two different ways");
	CHECK(strstr(error.detail, "[0, 1]") && strstr(error.detail, "[0, 2]"));
	CHECK(error.hint[0] != '\0');
	CHECK_INT(co_builder_leaf(builder, &other_start, &k, &error), CO_BAD_INPUT);
	CHECK_INT(co_builder_leaf(builder, &p, &k, &error), CO_OK);
	CHECK_INT(co_builder_leaf(builder, &q, &k, &error), CO_BAD_INPUT);
	CHECK_STR(error.message, "parameter p has two different values");
	end();
}

/* Two names under one forged identity are an error, never one variable. */
static void
test_collision(void)
{
	CoLeafDef	a = variable("a", NULL, 0.0, 1.0);
	CoLeafDef	b = variable("b", NULL, 0.0, 1.0);
	CoBuilder  *builder;
	CoBlock		ea,
				eb;
	uint64_t	forged = co_leaf_id("a", NULL);

	begin();
	CHECK_INT(co_expr_leaf(&arena, &a, &ea, &error), CO_OK);
	CHECK_INT(co_expr_leaf(&arena, &b, &eb, &error), CO_OK);
	eb.leaf_id = &forged;
	CHECK_INT(co_builder_new(&arena, CO_BLOCK_EXPR, &builder), CO_OK);
	CHECK_INT(co_builder_add_row(builder, &ea, 0, 1.0, &error), CO_OK);
	CHECK_INT(co_builder_add_row(builder, &eb, 0, 1.0, &error), CO_BAD_INPUT);
	CHECK(strstr(error.message, "identity") != NULL);
	end();
}

/* Ten thousand leaves by two routes, found again by hash and in order. */
static void
test_many(void)
{
	enum {N = 10000};
	CoBuilder  *builder,
			   *second;
	CoBlock		view,
				again;
	int			k;

	begin();
	CHECK_INT(co_builder_new(&arena, CO_BLOCK_CONSTRAINT, &builder), CO_OK);
	for (int i = 0; i < N; i++)
	{
		char		key[16];
		CoLeafDef	def = variable("x", key, 0.0, i);

		snprintf(key, sizeof key, "%d", i);
		CHECK_INT(co_builder_row(builder, "row", key, -i, i), CO_OK);
		CHECK_INT(co_builder_leaf(builder, &def, &k, &error), CO_OK);
		CHECK_INT(k, i);
		CHECK_INT(co_builder_lin(builder, k, i), CO_OK);
		CHECK_INT(co_builder_quad(builder, k, 0, 2.0), CO_OK);
		CHECK_INT(co_builder_constant(builder, 0.5), CO_OK);
	}
	for (int i = N - 1; i >= 0; i -= 7)
	{
		char		key[16];
		CoLeafDef	def = variable("x", key, 0.0, i);

		snprintf(key, sizeof key, "%d", i);
		CHECK_INT(co_builder_leaf(builder, &def, &k, &error), CO_OK);
		CHECK_INT(k, i);
	}
	co_builder_view(builder, &view);
	CHECK_INT(view.n_row, N);
	CHECK_INT(view.lin_end[N - 1], N);
	CHECK_STR(co_block_string(&view, view.leaf_name[N - 1]), "x");
	CHECK_STR(co_block_string(&view, view.row_key[N - 1]), "9999");

	/* A name is stored once while it repeats. */
	CHECK(view.n_str < 2 * (5 * N) + 16);
	CHECK_INT(co_builder_new(&arena, CO_BLOCK_CONSTRAINT, &second), CO_OK);
	CHECK_INT(co_builder_append_rows(second, &view, &error), CO_OK);
	co_builder_view(second, &again);
	CHECK_INT(again.n_str, view.n_str);
	CHECK(memcmp(again.str, view.str, (size_t) view.n_str) == 0);
	CHECK(memcmp(again.lin_coef, view.lin_coef, N * sizeof(double)) == 0);
	CHECK(memcmp(again.upper, view.upper, N * sizeof(double)) == 0);

	/* One row of many: only its own leaves come along. */
	CHECK_INT(co_builder_new(&arena, CO_BLOCK_EXPR, &second), CO_OK);
	CHECK_INT(co_builder_add_row(second, &view, 77, -2.0, &error), CO_OK);
	co_builder_view(second, &again);
	CHECK_INT(again.n_leaf, 2);
	CHECK_STR(co_block_string(&again, again.leaf_key[1]), "77");
	CHECK_INT(again.quad_i[0], 1);
	CHECK_NEAR(again.lin_coef[0], -154.0, 0.0);
	CHECK_NEAR(again.constant[0], -1.0, 0.0);
	end();
}

static void *
flatten(const CoBuilder *builder, size_t *size)
{
	CoBlock		view;
	void	   *flat;

	co_builder_view(builder, &view);
	*size = co_block_size(&view);
	flat = calloc(1, *size);
	co_block_write(&view, flat);
	return flat;
}

/* The order in which rows and leaves became known does not show in the bytes. */
static void
test_canonical_bytes(void)
{
	CoLeafDef	x = variable("x", "1", 0.0, 1.0);
	CoLeafDef	y = variable("x", "2", 0.0, 1.0);
	CoBuilder  *one,
			   *two;
	size_t		size_one,
				size_two;
	void	   *flat_one,
			   *flat_two;
	CoBlock		view;
	int			i,
				j;

	begin();
	co_builder_new(&arena, CO_BLOCK_CONSTRAINT, &one);
	co_builder_row(one, "a", NULL, 0.0, 1.0);
	co_builder_leaf(one, &x, &i, &error);
	co_builder_lin(one, i, 1.0);
	co_builder_view(one, &view);	/* a look in between changes nothing */
	co_builder_row(one, "a", "k", 0.0, 1.0);
	co_builder_leaf(one, &y, &j, &error);
	co_builder_lin(one, j, 1.0);

	co_builder_new(&arena, CO_BLOCK_CONSTRAINT, &two);
	co_builder_leaf(two, &x, &i, &error);
	co_builder_leaf(two, &y, &j, &error);
	co_builder_row(two, "a", NULL, 0.0, 1.0);
	co_builder_lin(two, i, 1.0);
	co_builder_row(two, "a", "k", 0.0, 1.0);
	co_builder_lin(two, j, 1.0);

	flat_one = flatten(one, &size_one);
	flat_two = flatten(two, &size_two);
	CHECK_INT(size_one, size_two);
	CHECK(size_one == size_two && memcmp(flat_one, flat_two, size_one) == 0);
	free(flat_one);
	free(flat_two);
	end();
}

/* Terms of very different size leave what exact arithmetic leaves. */
static void
test_constant(void)
{
	CoBuilder  *builder;
	CoBlock		view;

	begin();
	co_builder_new(&arena, CO_BLOCK_EXPR, &builder);
	co_builder_constant(builder, 1e16);
	for (int k = 0; k < 1000; k++)
		co_builder_constant(builder, 1.0);
	co_builder_constant(builder, -1e16);
	co_builder_view(builder, &view);
	CHECK_NEAR(view.constant[0], 1000.0, 0.0);
	co_builder_constant(builder, INFINITY);
	co_builder_view(builder, &view);
	CHECK(view.constant[0] == INFINITY);
	end();
}

/* What the failure tests repeat: growth of every kind. */
static CoRc
build(void)
{
	CoBuilder  *builder,
			   *whole;
	CoBlock		view;
	CoRc		rc;
	const uint8_t code[5] = {CO_OP_LEAF};
	int			k;

	if ((rc = co_builder_new(&arena, CO_BLOCK_CONSTRAINT, &builder)) ||
		(rc = co_builder_new(&arena, CO_BLOCK_CONSTRAINT, &whole)))
		return rc;
	for (int i = 0; i < 40; i++)
	{
		char		key[16];
		CoLeafDef	def = variable("x", key, 0.0, i);

		snprintf(key, sizeof key, "%d", i);
		if ((rc = co_builder_row(builder, "a row with a long name", key, 0.0, 1.0)) ||
			(rc = co_builder_leaf(builder, &def, &k, &error)) ||
			(rc = co_builder_lin(builder, k, 1.0)) ||
			(rc = co_builder_quad(builder, k, k, 1.0)) ||
			(rc = co_builder_code(builder, 1.0, code, 5)))
			return rc;
	}
	co_builder_view(builder, &view);
	if ((rc = co_builder_append_rows(whole, &view, &error)))
		return rc;
	return co_builder_add_row(whole, &view, 3, 1.0, &error);
}

static void
test_failures(void)
{
	long		n;

	begin();
	CHECK_INT(build(), CO_OK);
	n = host.n_alloc;
	end();
	CHECK(n > 0);
	for (long k = 0; k < n; k++)
	{
		begin();
		host.fail_at = k;
		CHECK_INT(build(), CO_NO_MEMORY);
		end();
	}
}

/* A large import and a large append are left by a cancel. */
static void
test_cancel(void)
{
	enum {N = 250000};
	CoBuilder  *builder,
			   *whole;
	CoBlock		view;
	int			k;

	begin();
	co_builder_new(&arena, CO_BLOCK_CONSTRAINT, &builder);
	co_builder_row(builder, NULL, NULL, 0.0, 1.0);
	for (int i = 0; i < N; i++)
	{
		char		key[16];
		CoLeafDef	def = variable("x", key, 0.0, 1.0);

		snprintf(key, sizeof key, "%d", i);
		CHECK_INT(co_builder_leaf(builder, &def, &k, &error), CO_OK);
	}
	co_builder_view(builder, &view);
	co_builder_new(&arena, CO_BLOCK_CONSTRAINT, &whole);
	host.cancel_at = 1;
	CHECK_INT(co_builder_append_rows(whole, &view, &error), CO_CANCELED);
	CHECK_INT(host.n_poll, 2);
	end();
}

static void
test_memory_limit(void)
{
	CoBuilder  *builder;
	CoRc		rc = CO_OK;

	begin();
	arena.limit = 1000000;
	CHECK_INT(co_builder_new(&arena, CO_BLOCK_EXPR, &builder), CO_OK);
	for (int k = 0; k < 1000000 && !rc; k++)
		rc = co_builder_quad(builder, 0, 0, 1.0);
	CHECK_INT(rc, CO_MEMORY_EXCEEDED);
	CHECK(arena.peak <= 1000000);
	end();
}

CHECK_MAIN(TEST(test_merge), TEST(test_contradictions), TEST(test_collision),
		   TEST(test_many), TEST(test_canonical_bytes), TEST(test_constant),
		   TEST(test_failures), TEST(test_cancel), TEST(test_memory_limit))
