/*-------------------------------------------------------------------------
 *
 * t_text_algebra.c
 *	  Random expressions made three ways: as text, by the operators of
 *	  expr/algebra.h and as a number.  Text and operators give the same bytes,
 *	  the bytes are printed as a text that reads back, and all have one value.
 *
 *-------------------------------------------------------------------------
 */
#include <stdlib.h>

#include "check.h"
#include "expr/algebra.h"
#include "expr/text.h"
#include "host.h"

#define N_NAME			12
#define MAX_TEXT		200000

static TestHost host;
static CoArena arena;
static TestRandom dice;

static char text[MAX_TEXT];
static int	n_text;
static double name_value[N_NAME];

typedef struct Made
{
	CoBlock		block;
	double		value;
	double		size;			/* largest number on the way, for the tolerance */
	CoRc		rc;
	CoError		error;
} Made;

static void
say(const char *word)
{
	int			length = (int) strlen(word);

	if (n_text + length < MAX_TEXT)
	{
		memcpy(text + n_text, word, (size_t) length + 1);
		n_text += length;
	}
}

static void
keep(Made *out, CoRc rc, double value, const Made *a, const Made *b)
{
	out->rc = a && a->rc ? a->rc : b && b->rc ? b->rc : rc;
	out->value = value;
	out->size = fabs(value);
	if (a)
		out->size = fmax(out->size, a->size);
	if (b)
		out->size = fmax(out->size, b->size);
}

static void
make_number(Made *out)
{
	static const double number[] = {1.0, 2.0, 3.0, 0.5, 0.1, 7.25, 1e-3, 40.0, -1.0, -2.0, -0.3};
	double		value = number[test_int(&dice, 11)];
	char		word[32];

	co_print_double(value, word);
	say(word);
	keep(out, co_expr_constant(&arena, value, &out->block), value, NULL, NULL);
}

static void
make_leaf(Made *out)
{
	int			k = test_int(&dice, N_NAME);
	char		name[8],
				word[40];
	CoLeafDef	def = {.name = name, .kind = CO_LEAF_NAME, .lower = -INFINITY, .upper = INFINITY,
	.start = NAN};

	snprintf(name, sizeof name, "%c", 'p' + k % 4);
	if (k % 3 == 1)
		def.key = "k 1";
	if (k % 3 == 2)
		def.key = "(a,\"b c\")";
	snprintf(word, sizeof word, k % 3 == 0 ? "%s" : k % 3 == 1 ? "%s['k 1']" : "%s[a,'b c']", name);
	say(word);
	keep(out, co_expr_leaf(&arena, &def, &out->block, &out->error), name_value[k], NULL, NULL);
}

static void make(int depth, Made *out);

/* An operand in parentheses, so that text and tree agree whatever it is. */
static void
make_operand(int depth, Made *out)
{
	say("(");
	make(depth - 1, out);
	say(")");
}

static void
make_function(int depth, Made *out)
{
	Made		a,
				b;
	CoOp		op = (CoOp) (CO_OP_POW + 1 + test_int(&dice, CO_N_OP - CO_OP_POW - 1));
	bool		binary = co_op_arity(op) == 2;

	say(co_op_word(op));
	say("(");
	make(depth - 1, &a);
	if (binary)
	{
		say(", ");
		make(depth - 1, &b);
	}
	say(")");
	keep(out, CO_OK, co_op_eval(op, a.value, binary ? b.value : 0.0), &a, binary ? &b : NULL);
	if (!out->rc)
		out->rc = co_expr_apply(&arena, op, &a.block, binary ? &b.block : NULL, &out->block,
								&out->error);
}

static bool
is_negative_constant(const CoBlock *block)
{
	return block->n_lin + block->n_quad + block->n_code == 0 && block->constant[0] < 0.0;
}

static void
make_binary(int depth, Made *out)
{
	static const CoOp choice[] = {CO_OP_ADD, CO_OP_SUB, CO_OP_MUL, CO_OP_MUL, CO_OP_DIV, CO_OP_POW};
	CoOp		op = choice[test_int(&dice, 6)];
	Made		a,
				b;
	int			at;

	make_operand(depth, &a);
	at = n_text;
	say(co_op_word(op));
	if (op == CO_OP_POW && test_int(&dice, 2))
	{
		say("2");
		b.rc = co_expr_constant(&arena, 2.0, &b.block);
		b.value = b.size = 2.0;
	}
	else
		make_operand(depth, &b);

	/* co_expr_div would make a constant of -0, which a text cannot say. */
	if (op == CO_OP_DIV && !b.rc && is_negative_constant(&b.block))
	{
		op = CO_OP_MUL;
		text[at] = '*';
	}
	keep(out, CO_OK, co_op_eval(op, a.value, b.value), &a, &b);
	if (!out->rc)
		out->rc = co_expr_apply(&arena, op, &a.block, &b.block, &out->block, &out->error);
}

static void
make_negation(int depth, Made *out)
{
	Made		a;

	say("-");
	make_operand(depth, &a);
	keep(out, CO_OK, -a.value, &a, NULL);
	if (!out->rc)
		out->rc = co_expr_apply(&arena, CO_OP_NEG, &a.block, NULL, &out->block, &out->error);
}

/* Some of them longer than what is multiplied out. */
static void
make_sum(Made *out)
{
	int			n = 2 + test_int(&dice, 9);
	Made		sum,
				term;

	make_leaf(&sum);
	for (int k = 0; k < n; k++)
	{
		CoBlock		block = {0};

		say("+");
		make_leaf(&term);
		keep(&sum, sum.rc, sum.value + term.value, &sum, &term);
		if (!sum.rc)
			sum.rc = co_expr_apply(&arena, CO_OP_ADD, &sum.block, &term.block, &block, &sum.error);
		sum.block = block;
	}
	*out = sum;
}

static void
make(int depth, Made *out)
{
	int			what = test_int(&dice, 10);

	if (depth == 0 || what == 0)
	{
		if (test_int(&dice, 3) == 0)
			make_number(out);
		else
			make_leaf(out);
	}
	else if (what == 1)
		make_sum(out);
	else if (what <= 3)
		make_function(depth, out);
	else if (what == 4)
		make_negation(depth, out);
	else
		make_binary(depth, out);
}

static bool
same_bytes(const CoBlock *a, const CoBlock *b)
{
	size_t		size = co_block_size(a);
	void	   *flat_a,
			   *flat_b;

	if (co_block_size(b) != size)
		return false;
	flat_a = co_take_zero(&arena, size, 1);
	flat_b = co_take_zero(&arena, size, 1);
	co_block_write(a, flat_a);
	co_block_write(b, flat_b);
	return memcmp(flat_a, flat_b, size) == 0;
}

/* Leaf values in the order of the block's leaves. */
static double
block_value(const CoBlock *block)
{
	double	   *value = co_take_doubles(&arena, (size_t) block->n_leaf);

	for (int k = 0; k < block->n_leaf; k++)
	{
		const char *key = co_block_string(block, block->leaf_key[k]);
		int			kind = !key ? 0 : key[0] == 'k' ? 1 : 2;
		int			index = *co_block_string(block, block->leaf_name[k]) - 'p';

		while (index % 3 != kind)
			index += 4;
		value[k] = name_value[index];
	}
	return co_block_eval(&arena, block, 0, value);
}

/*
 * The same number by another association of sums and products.  Functions
 * magnify rounding without limit, hence only numbers of moderate size are
 * compared.
 */
static void
check_value(const CoBlock *block, const Made *made)
{
	double		got = block_value(block);

	if (isfinite(made->value) && made->size < 1e6)
		CHECK_NEAR(got, made->value, 1e-6 * (1.0 + made->size));
}

static void
check_print(const CoBlock *block)
{
	CoBlock		again;
	CoError		error;
	char	   *printed;
	size_t		length;
	CoRc		rc;

	CHECK_INT(co_print(&arena, block, &printed, &length), CO_OK);
	rc = co_parse(&arena, printed, length, CO_BLOCK_EXPR, &again, &error);
	CHECK_INT(rc, CO_OK);
	if (rc || !same_bytes(block, &again))
	{
		CHECK(false);
		printf("  text    %.300s\n  printed %.300s\n", text, printed);
	}
}

/*
 * A leaf that a zero exponent made vanish is known to the parser and not to
 * the operators (or comes later); such texts are compared by value only.
 */
static bool
same_leaves(const CoBlock *a, const CoBlock *b)
{
	return a->n_leaf == b->n_leaf &&
		memcmp(a->leaf_id, b->leaf_id, (size_t) a->n_leaf * sizeof *a->leaf_id) == 0;
}

static void
check_one(int depth, int *n_good)
{
	Made		made;
	CoBlock		parsed;
	CoError		error;
	CoRc		rc;
	int			failures = check_failures;

	n_text = 0;
	for (int k = 0; k < N_NAME; k++)
		name_value[k] = 0.5 + test_uniform(&dice);
	make(depth, &made);
	rc = co_parse(&arena, text, (size_t) n_text, CO_BLOCK_EXPR, &parsed, &error);
	CHECK_INT(rc, made.rc);
	if (!rc && !made.rc)
	{
		(*n_good)++;
		check_print(&made.block);
		check_print(&parsed);
		check_value(&parsed, &made);
		if (same_leaves(&parsed, &made.block))
			CHECK(same_bytes(&parsed, &made.block));
	}
	if (check_failures > failures)
		printf("  %.500s\n  operators: %s parser: %s\n", text, made.rc ? made.error.message : "ok",
			   rc ? error.message : "ok");
}

static void
run(int depth, int times, uint64_t seed)
{
	int			n_good = 0;

	dice.state = seed;
	for (int k = 0; k < times && check_failures == 0; k++)
	{
		test_host_init(&host);
		co_arena_init(&arena, &host.env, SIZE_MAX);
		check_one(depth, &n_good);
		co_arena_free(&arena);
		CHECK_INT(host.live, 0);
	}
	CHECK(n_good > times / 4);
}

static void
test_flat(void)
{
	run(1, 5000, 11);
}

static void
test_nested(void)
{
	run(2, 20000, 12);
	run(3, 20000, 13);
}

static void
test_deep(void)
{
	run(5, 10000, 14);
	run(8, 1000, 15);
}

CHECK_MAIN(TEST(test_flat), TEST(test_nested), TEST(test_deep))
