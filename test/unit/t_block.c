/*-------------------------------------------------------------------------
 *
 * t_block.c
 *	  Flat values: identity, labels, round trip, and what validation refuses.
 *
 *-------------------------------------------------------------------------
 */
#include <stdlib.h>

#include "expr/algebra.h"
#include "flat.h"

static CoError error;

/* A problem with every kind of thing in it. */
static void
make_problem(CoBlock *out)
{
	CoBuilder  *builder;
	CoLeafDef	x = {"x", "a'b", CO_LEAF_VARIABLE, 0.0, 5.0, 1.0};
	CoLeafDef	p = {"p", NULL, CO_LEAF_PARAMETER, -INFINITY, INFINITY, 0.5};
	CoLeafDef	y = {"x", "", CO_LEAF_NAME, -INFINITY, INFINITY, NAN};
	CoBlock		ex,
				ey,
				ep,
				sum,
				formula;

	CHECK_INT(co_expr_leaf(&arena, &x, &ex, &error), CO_OK);
	CHECK_INT(co_expr_leaf(&arena, &y, &ey, &error), CO_OK);
	CHECK_INT(co_expr_leaf(&arena, &p, &ep, &error), CO_OK);
	CHECK_INT(co_expr_combine(&arena, 2.0, &ex, 3.0, &ey, 1.0, &sum, &error), CO_OK);
	CHECK_INT(co_expr_apply(&arena, CO_OP_EXP, &sum, NULL, &formula, &error), CO_OK);
	CHECK_INT(co_expr_mul(&arena, &formula, &ep, &formula, &error), CO_OK);
	CHECK_INT(co_builder_new(&arena, CO_BLOCK_PROBLEM, &builder), CO_OK);
	co_builder_set_flags(builder, CO_FLAG_MAXIMIZE);
	CHECK_INT(co_builder_row(builder, NULL, NULL, -INFINITY, INFINITY), CO_OK);
	CHECK_INT(co_expr_mul(&arena, &sum, &ex, &sum, &error), CO_OK);
	CHECK_INT(co_builder_add_row(builder, &sum, 0, 1.5, &error), CO_OK);
	CHECK_INT(co_builder_row(builder, "limit", "k", -1.0, INFINITY), CO_OK);
	CHECK_INT(co_builder_add_row(builder, &formula, 0, -1.0, &error), CO_OK);
	CHECK_INT(co_builder_add_row(builder, &ey, 0, 4.0, &error), CO_OK);
	co_builder_view(builder, out);
}

static void
test_id(void)
{
	/* FNV-1a test vectors of the reference implementation */
	CHECK(co_leaf_id("", NULL) == UINT64_C(0xcbf29ce484222325));
	CHECK(co_leaf_id("a", NULL) == UINT64_C(0xaf63dc4c8601ec8c));
	CHECK(co_leaf_id("foobar", NULL) == UINT64_C(0x85944171f73967e8));
	CHECK(co_leaf_id("a", "") != co_leaf_id("a", NULL));
	CHECK(co_leaf_id("ab", "c") != co_leaf_id("a", "bc"));
}

static void
check_label(const char *name, const char *key, size_t size, const char *expected)
{
	char		out[64];

	memset(out, '#', sizeof out);
	co_label(name, key, out, size);
	CHECK_STR(out, expected);
	CHECK(out[size] == '#');
}

static void
test_label(void)
{
	check_label("budget", NULL, 60, "budget");
	check_label("sector", "tech", 60, "sector['tech']");
	check_label("ship", "(p1,m2)", 60, "ship['p1','m2']");
	check_label("ship", "(\"a,b\",\"c\"\"d\",\"e\\\\f\")", 60, "ship['a,b','c\"d','e\\f']");
	check_label("w", "(one)", 60, "w['(one)']");
	check_label("w", "(a,b", 60, "w['(a,b']");
	check_label("w", "it's", 60, "w['it''s']");
	check_label("w", "", 60, "w['']");
	check_label("abcdefghij", NULL, 11, "abcdefghij");
	check_label("abcdefghij", NULL, 10, "abcdef...");
	check_label("abcd\xc3\xa9\xc3\xa9xyz", NULL, 10, "abcd\xc3\xa9...");
	check_label("abcd\xc3\xa9\xc3\xa9xyz", NULL, 9, "abcd...");
	check_label("abcdefghij", NULL, 2, ".");
	check_label("abcdefghij", NULL, 1, "");
}

static void
test_round_trip(void)
{
	CoBlock		block,
				view,
				again;
	size_t		size,
				size_again;
	void	   *flat,
			   *flat_again;
	double		leaf[3] = {1.25, -0.5, 2.0};

	begin();
	make_problem(&block);
	flat = flatten(&block, &size);
	CHECK_INT(co_block_validate(flat, size, &view, &error), CO_OK);
	co_block_view(flat, &again);
	CHECK(again.code == view.code && again.leaf_key == view.leaf_key);
	CHECK((const uint8_t *) view.code + view.n_code == (const uint8_t *) flat + size);
	flat_again = flatten(&view, &size_again);
	CHECK_INT(size_again, size);
	CHECK(memcmp(flat, flat_again, size) == 0);
	CHECK_STR(co_block_string(&view, view.row_name[1]), "limit");
	CHECK_STR(co_block_string(&view, view.row_key[1]), "k");
	CHECK(co_block_string(&view, view.row_name[0]) == NULL);
	for (int r = 0; r < 2; r++)
		CHECK_NEAR(co_block_eval(&arena, &view, r, leaf),
				   co_block_eval(&arena, &block, r, leaf), 0.0);
	end();
}

static void
test_size_limit(void)
{
	CoBlock		counts = {.kind = CO_BLOCK_EXPR, .n_row = 1};

	counts.n_quad = 67000000;
	CHECK(co_block_size(&counts) == 40 + 8 + 12 + (size_t) 67000000 * 16);
	counts.n_quad = 68000000;
	CHECK_INT(co_block_size(&counts), 0);
	counts.n_quad = counts.n_lin = counts.n_leaf = counts.n_row = INT32_MAX;
	counts.n_str = counts.n_code = counts.n_bound = counts.n_bound_code = INT32_MAX;
	CHECK_INT(co_block_size(&counts), 0);
}

/* Whatever validation lets through must be safe to walk, print labels of, evaluate. */
static void
use(const CoBlock *view)
{
	double	   *leaf = co_take_zero_doubles(&arena, (size_t) view->n_leaf);
	CoBuilder  *builder;
	char		label[32];

	for (int k = 0; k < view->n_leaf; k++)
		co_label(view->str + view->leaf_name[k], co_block_string(view, view->leaf_key[k]),
				 label, sizeof label);
	for (int r = 0; r < view->n_row; r++)
		co_block_eval(&arena, view, r, leaf);
	co_builder_new(&arena, CO_BLOCK_CONSTRAINT, &builder);
	if (view->kind != CO_BLOCK_EXPR)
		co_builder_append_rows(builder, view, &error);
}

static void
test_mutations(void)
{
	CoBlock		block;

	begin();
	make_problem(&block);
	check_mutations(&block, 20240517, use);
	end();
}

static void
test_truncations(void)
{
	CoBlock		block,
				view;
	size_t		size;
	void	   *flat,
			   *copy;

	begin();
	make_problem(&block);
	flat = flatten(&block, &size);
	for (size_t length = 0; length < size; length++)
	{
		copy = malloc(length + 1);
		memcpy(copy, flat, length);
		CHECK_INT(co_block_validate(copy, length, &view, &error), CO_BAD_INPUT);
		free(copy);
	}
	end();
}

/* One wrong thing at a time, each with the words that say so. */
static void
check_refused(void (*spoil) (CoBlock *view, CoBlockHeader *header), const char *what)
{
	CoBlock		block,
				view;
	size_t		size;
	void	   *flat;

	begin();
	make_problem(&block);
	flat = flatten(&block, &size);
	co_block_view(flat, &view);
	spoil(&view, flat);
	CHECK_INT(co_block_validate(flat, size, &view, &error), CO_BAD_INPUT);
	CHECK(strstr(error.message, what) != NULL);
	CHECK_INT(error.position, -1);
	end();
}

#define SPOIL(name, statement) \
	static void \
	name(CoBlock *view, CoBlockHeader *header) \
	{ \
		(void) view; \
		(void) header; \
		statement; \
	}
#define INTS(column)	((int *) (uintptr_t) view->column)
#define DOUBLES(column) ((double *) (uintptr_t) view->column)

SPOIL(spoil_version, header->version++)
SPOIL(spoil_kind, header->kind = 9)
SPOIL(spoil_flags, header->flags = 128)
SPOIL(spoil_count, header->n_lin++)
SPOIL(spoil_negative, header->n_quad = -1)
SPOIL(spoil_index, INTS(quad_j)[0] = view->n_leaf)
SPOIL(spoil_end, INTS(quad_end)[0] = view->n_quad + 1)
SPOIL(spoil_end_code, INTS(code_end)[0] = 3)
SPOIL(spoil_offset, INTS(leaf_key)[0] = view->n_str)
SPOIL(spoil_str, ((char *) (uintptr_t) view->str)[view->n_str - 1] = 'x')
SPOIL(spoil_name, ((char *) (uintptr_t) view->str)[0] ^= 1)
SPOIL(spoil_bound, DOUBLES(upper)[1] = NAN)
SPOIL(spoil_objective, DOUBLES(upper)[0] = 1.0)
SPOIL(spoil_code, ((uint8_t *) (uintptr_t) view->code)[CO_CODE_TERM_HEAD] = CO_OP_ADD)
SPOIL(spoil_feasible, header->flags = CO_FLAG_FEASIBLE)

static void
test_refusals(void)
{
	check_refused(spoil_version, "version");
	check_refused(spoil_kind, "kind");
	check_refused(spoil_flags, "flags");
	check_refused(spoil_count, "length");
	check_refused(spoil_negative, "negative");
	check_refused(spoil_index, "index");
	check_refused(spoil_end, "order");
	check_refused(spoil_end_code, "formula");
	check_refused(spoil_offset, "offset");
	check_refused(spoil_str, "unterminated");
	check_refused(spoil_name, "identity");
	check_refused(spoil_bound, "not a number");
	check_refused(spoil_objective, "objective");
	check_refused(spoil_code, "formula");
	check_refused(spoil_feasible, "objective");
}

static void
test_leaves_twice(void)
{
	CoBlock		block;
	uint64_t	id[3];

	begin();
	make_problem(&block);
	CHECK_INT(block.n_leaf, 3);
	CHECK_INT(co_block_check_leaves(&arena, &block, &error), CO_OK);
	memcpy(id, block.leaf_id, sizeof id);
	id[2] = id[0];
	block.leaf_id = id;
	CHECK_INT(co_block_check_leaves(&arena, &block, &error), CO_BAD_INPUT);
	CHECK(strstr(error.message, "twice") != NULL);
	block.n_leaf = 0;
	CHECK_INT(co_block_check_leaves(&arena, &block, &error), CO_OK);
	end();
}

CHECK_MAIN(TEST(test_id), TEST(test_label), TEST(test_round_trip), TEST(test_size_limit),
		   TEST(test_truncations), TEST(test_refusals), TEST(test_mutations),
		   TEST(test_leaves_twice))
