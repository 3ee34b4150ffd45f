/*-------------------------------------------------------------------------
 *
 * t_canonical.c
 *	  expr/canonical.h: products in canonical order, each the same sum whatever
 *	  the order of its terms; rows whose columns are taken over.
 *
 *-------------------------------------------------------------------------
 */
#include "check.h"

#include <stdlib.h>

#include "expr/builder.h"
#include "expr/canonical.h"
#include "fixture.h"

#define MAX_LEAF	40
#define MAX_TERM	(3 * MAX_LEAF * MAX_LEAF)

typedef struct Term
{
	int			i,
				j;
	double		coef;
} Term;

/* An expression of leaves x[0] .. and the terms in their order. */
static CoBuilder *
build(int n_leaf, int n_term, const Term *term, CoBlock *block)
{
	CoBuilder  *builder;
	CoError		error;

	if (co_builder_new(&arena, CO_BLOCK_EXPR, &builder))
		return NULL;
	for (int k = 0; k < n_leaf; k++)
	{
		char		key[16];
		int			index;

		snprintf(key, sizeof key, "%d", k);
		if (co_builder_leaf(builder, &(CoLeafDef) {
			.name = "x", .key = key, .kind = CO_LEAF_VARIABLE,
				.lower = -INFINITY, .upper = INFINITY, .start = NAN
		}, &index, &error))
			return NULL;
	}
	for (int t = 0; t < n_term; t++)
		if (co_builder_quad(builder, term[t].i, term[t].j, term[t].coef))
			return NULL;
	co_builder_view(builder, block);
	return builder;
}

static void
shuffle(TestRandom *random, int n, Term *term)
{
	for (int k = n - 1; k > 0; k--)
	{
		int			other = test_int(random, k + 1);
		Term		moved = term[k];

		term[k] = term[other];
		term[other] = moved;
	}
}

/* Canonical order, no product twice, and the sums of a plain table. */
static void
check_against_table(const CoBlock *block, int n_leaf, int n_term, const Term *term)
{
	static double sum[MAX_LEAF][MAX_LEAF];
	int			n_product = 0;

	memset(sum, 0, sizeof sum);
	for (int t = 0; t < n_term; t++)
	{
		int			low = term[t].i < term[t].j ? term[t].i : term[t].j;

		sum[low][term[t].i + term[t].j - low] += term[t].coef;
	}
	CHECK_INT(block->quad_end[0], block->n_quad);
	for (int t = 0; t < block->n_quad; t++)
	{
		int			i = block->quad_i[t];
		int			j = block->quad_j[t];

		CHECK(i <= j && j < n_leaf);
		CHECK(t == 0 || block->quad_i[t - 1] < i ||
			  (block->quad_i[t - 1] == i && block->quad_j[t - 1] < j));
		CHECK(block->quad_coef[t] == sum[i][j]);
		n_product += sum[i][j] != 0.0;
		sum[i][j] = 0.0;
	}
	for (int i = 0; i < n_leaf; i++)
		for (int j = 0; j < n_leaf; j++)
			CHECK(sum[i][j] == 0.0);
	CHECK(n_product <= block->n_quad);
}

/* Every size around the columns written side by side. */
static void
test_square(void)
{
	static Term term[MAX_TERM];
	TestRandom	random = {7};

	for (int n = 1; n <= MAX_LEAF; n++)
	{
		CoBlock		block;

		begin();
		for (int t = 0; t < n * n; t++)
			term[t] = (Term) {t / n, t % n, test_int(&random, 1000) - 500};
		CHECK(build(n, n * n, term, &block) != NULL);
		CHECK_INT(co_canonical_quad(&arena, &block), CO_OK);
		CHECK_INT(block.n_quad, n * (n + 1) / 2);
		check_against_table(&block, n, n * n, term);
		end();
	}
}

/* Integers: the sums of the table are exact in any order. */
static void
test_any(void)
{
	static Term term[MAX_TERM];
	TestRandom	random = {8};

	for (int round = 0; round < 60; round++)
	{
		int			n = 1 + test_int(&random, MAX_LEAF);
		int			n_term = test_int(&random, 3 * n * n);
		CoBlock		block;

		begin();
		for (int t = 0; t < n_term; t++)
			term[t] = (Term) {test_int(&random, n), test_int(&random, n), test_int(&random, 1000) - 500};
		CHECK(build(n, n_term, term, &block) != NULL);
		CHECK_INT(co_canonical_quad(&arena, &block), CO_OK);
		check_against_table(&block, n, n_term, term);
		end();
	}
}

/* Numbers of all sizes, with repetitions: the bits do not depend on the order. */
static void
test_order(void)
{
	static Term term[MAX_TERM];
	static double first[MAX_TERM];
	TestRandom	random = {9};
	int			n = 6,
				n_term = 400;

	for (int t = 0; t < n_term; t++)
		term[t] = (Term) {test_int(&random, n), test_int(&random, n),
		ldexp(test_int(&random, 1000001) - 500000, test_int(&random, 80) - 40)};
	for (int round = 0; round < 30; round++)
	{
		CoBlock		block;

		begin();
		CHECK(build(n, n_term, term, &block) != NULL);
		CHECK_INT(co_canonical_quad(&arena, &block), CO_OK);
		CHECK_INT(block.n_quad, n * (n + 1) / 2);
		for (int t = 0; t < block.n_quad; t++)
			CHECK(round == 0 || memcmp(&first[t], &block.quad_coef[t], sizeof(double)) == 0);
		if (round == 0)
			memcpy(first, block.quad_coef, (size_t) block.n_quad * sizeof(double));
		end();
		shuffle(&random, n_term, term);
	}
}

/* The square's way and the general one agree, bit by bit. */
static void
test_ways_agree(void)
{
	static Term term[MAX_TERM];
	TestRandom	random = {10};
	int			n = 13;
	CoBlock		square,
				any;

	begin();
	for (int t = 0; t < n * n; t++)
		term[t] = (Term) {t / n, t % n, 1.0 / (1 + test_int(&random, 1000))};
	CHECK(build(n, n * n, term, &square) != NULL);
	CHECK_INT(co_canonical_quad(&arena, &square), CO_OK);
	shuffle(&random, n * n, term);
	CHECK(build(n, n * n, term, &any) != NULL);
	CHECK_INT(co_canonical_quad(&arena, &any), CO_OK);
	CHECK_INT(any.n_quad, square.n_quad);
	CHECK(memcmp(any.quad_coef, square.quad_coef, (size_t) any.n_quad * sizeof(double)) == 0);
	end();
}

static void
test_already(void)
{
	const Term	term[] = {{0, 0, 1.0}, {0, 2, 2.0}, {1, 1, 0.0}, {1, 2, NAN}};
	CoBlock		block;
	const double *coef;

	begin();
	CHECK(build(3, 4, term, &block) != NULL);
	coef = block.quad_coef;
	CHECK_INT(co_canonical_quad(&arena, &block), CO_OK);
	CHECK(block.quad_coef == coef && block.n_quad == 4);
	end();
}

/* No allocation, and no poll, whose failure is not told. */
static void
test_failures(void)
{
	static Term term[MAX_TERM];
	TestRandom	random = {11};
	CoBlock		block;

	for (int t = 0; t < MAX_TERM; t++)
		term[t] = (Term) {test_int(&random, MAX_LEAF), test_int(&random, MAX_LEAF), 1.0};
	for (int failed = 0, k = 0; k < 2 || failed; k++)
	{
		begin();
		CHECK(build(MAX_LEAF, MAX_TERM, term, &block) != NULL);
		host.fail_at = host.n_alloc + k;
		failed = co_canonical_quad(&arena, &block) == CO_NO_MEMORY;
		CHECK(failed || k > 1);
		end();
	}
}

/* The columns are the block's until a term is added, and are never written. */
static void
test_adopt(void)
{
	static Term term[MAX_TERM];
	int			n = 9;
	CoBlock		block,
				adopted;
	CoBuilder  *builder;
	CoError		error;

	begin();
	for (int t = 0; t < n * n; t++)
		term[t] = (Term) {t / n, t % n, t};
	CHECK(build(n, n * n, term, &block) != NULL);
	CHECK_INT(co_builder_new(&arena, CO_BLOCK_PROBLEM, &builder), CO_OK);
	CHECK_INT(co_builder_row(builder, NULL, NULL, -INFINITY, INFINITY), CO_OK);
	CHECK_INT(co_builder_adopt_row(builder, &block, &error), CO_OK);
	co_builder_view(builder, &adopted);
	CHECK(adopted.quad_coef == block.quad_coef && adopted.quad_i == block.quad_i);
	CHECK_INT(adopted.n_quad, n * n);
	CHECK_INT(co_builder_row(builder, "r", NULL, 0.0, 1.0), CO_OK);
	CHECK_INT(co_builder_add_row(builder, &block, 0, 2.0, &error), CO_OK);
	co_builder_view(builder, &adopted);
	CHECK_INT(adopted.n_leaf, n);
	CHECK_INT(adopted.quad_end[0], n * n);
	CHECK_INT(adopted.quad_end[1], 2 * n * n);
	for (int t = 0; t < n * n; t++)
	{
		CHECK(block.quad_coef[t] == t && adopted.quad_coef[t] == t);
		CHECK(adopted.quad_coef[n * n + t] == 2.0 * t && adopted.quad_j[n * n + t] == t % n);
	}
	end();
}

/* So is code; a row behind it has its own. */
static void
test_adopt_code(void)
{
	static const uint8_t code[] = "any bytes of one term, which nobody reads here";
	enum {TERMS = 400, LENGTH = sizeof code};
	CoBuilder  *expr,
			   *builder;
	CoBlock		block,
				adopted;
	CoError		error;
	uint8_t    *before;

	begin();
	CHECK_INT(co_builder_new(&arena, CO_BLOCK_EXPR, &expr), CO_OK);
	for (int t = 0; t < TERMS; t++)
		CHECK_INT(co_builder_code(expr, t, code, LENGTH), CO_OK);
	co_builder_view(expr, &block);
	before = co_take(&arena, (size_t) block.n_code, 1);
	memcpy(before, block.code, (size_t) block.n_code);
	CHECK_INT(co_builder_new(&arena, CO_BLOCK_PROBLEM, &builder), CO_OK);
	CHECK_INT(co_builder_row(builder, NULL, NULL, -INFINITY, INFINITY), CO_OK);
	CHECK_INT(co_builder_adopt_row(builder, &block, &error), CO_OK);
	co_builder_view(builder, &adopted);
	CHECK(adopted.code == block.code);
	CHECK_INT(adopted.code_end[0], block.n_code);
	CHECK_INT(co_builder_row(builder, "r", NULL, 0.0, 1.0), CO_OK);
	CHECK_INT(co_builder_code(builder, -1.0, code, LENGTH), CO_OK);
	co_builder_view(builder, &adopted);
	CHECK_INT(adopted.code_end[0], block.n_code);
	CHECK_INT(adopted.code_end[1], block.n_code / TERMS * (TERMS + 1));
	CHECK(memcmp(before, block.code, (size_t) block.n_code) == 0);
	CHECK(memcmp(before, adopted.code, (size_t) block.n_code) == 0);
	end();
}

/* Into a builder that has leaves already, a row is copied. */
static void
test_adopt_second(void)
{
	static Term term[MAX_TERM];
	int			n = 9,
				index;
	CoBlock		block,
				copied;
	CoBuilder  *builder;
	CoError		error;

	begin();
	for (int t = 0; t < n * n; t++)
		term[t] = (Term) {t / n, t % n, t};
	CHECK(build(n, n * n, term, &block) != NULL);
	CHECK_INT(co_builder_new(&arena, CO_BLOCK_EXPR, &builder), CO_OK);
	CHECK_INT(co_builder_leaf(builder, &(CoLeafDef) {
		.name = "y", .kind = CO_LEAF_REFERENCE, .lower = -INFINITY, .upper = INFINITY, .start = NAN
	}, &index, &error), CO_OK);
	CHECK_INT(co_builder_adopt_row(builder, &block, &error), CO_OK);
	co_builder_view(builder, &copied);
	CHECK(copied.quad_coef != block.quad_coef);
	CHECK_INT(copied.n_leaf, n + 1);
	for (int t = 0; t < n * n; t++)
		CHECK(copied.quad_i[t] == t / n + 1 && copied.quad_j[t] == t % n + 1 &&
			  copied.quad_coef[t] == t);
	end();
}

CHECK_MAIN(TEST(test_square), TEST(test_any), TEST(test_order), TEST(test_ways_agree),
		   TEST(test_already), TEST(test_failures), TEST(test_adopt), TEST(test_adopt_code), TEST(test_adopt_second))
