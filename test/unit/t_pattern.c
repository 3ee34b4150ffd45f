/*-------------------------------------------------------------------------
 *
 * t_pattern.c
 *	  Patterns: every function's derivatives through the whole evaluator,
 *	  skeletons, columns, units, deep and wide formulas.
 *
 *-------------------------------------------------------------------------
 */
#include <stdlib.h>

#include "base/vec.h"
#include "expr/text.h"
#include "fixture.h"
#include "nlp/model.h"
#include "nlp/pattern.h"

static CoError error;

static CoModel
model_of(const char *text)
{
	CoBlock		block;
	CoModel		model;
	CoRc		rc = co_parse(&arena, text, strlen(text), CO_BLOCK_PROBLEM, &block, &error);

	if (!rc)
		rc = co_model_build(&arena, &block, NULL, &model, &error);
	CHECK_INT(rc, CO_OK);
	if (rc)
	{
		printf("  %.200s: %s\n", text, error.message);
		exit(1);
	}
	return model;
}

/* Functions */

typedef struct Sample			/* one line of the table */
{
	CoOp		op;
	const char *word;
	int			arity;
	double		low,
				high;
	bool		kinked;
} Sample;

#define KINKED(symbol) \
	(CO_OP_##symbol == CO_OP_ABS || CO_OP_##symbol == CO_OP_SIGN || \
	 CO_OP_##symbol == CO_OP_LEAST || CO_OP_##symbol == CO_OP_GREATEST)

static const Sample samples[] = {
#define CO_FUNCTION1(symbol, word, value, d1, d2, low, high) \
	{CO_OP_##symbol, word, 1, low, high, KINKED(symbol)},
#define CO_FUNCTION2(symbol, word, value, da, db, daa, dab, dbb, low, high) \
	{CO_OP_##symbol, word, 2, low, high, KINKED(symbol)},
#include "expr/ops.def"
#undef CO_FUNCTION1
#undef CO_FUNCTION2
};

#define N_SAMPLES	((int) (sizeof samples / sizeof *samples))

/* x[2] * function(x[0], x[1]) */
static double
true_value(const Sample *s, const double *x)
{
	return x[2] * co_op_eval(s->op, x[0], x[1]);
}

/* Derivative in x[j], and its own derivative in x[i] (i < 0: none), extrapolated twice. */
static double
true_slope(const Sample *s, const double *x, int j, int i)
{
	double		table[3];

	for (int k = 0; k < 3; k++)
	{
		double		h = (i < 0 ? 1e-3 : 1e-2) / (1 << k);
		double		at[2];

		for (int side = 0; side < 2; side++)
		{
			double		y[3] = {x[0], x[1], x[2]};

			y[i < 0 ? j : i] += side == 0 ? h : -h;
			at[side] = i < 0 ? true_value(s, y) : true_slope(s, y, j, -1);
		}
		table[k] = (at[0] - at[1]) / (2.0 * h);
	}
	table[0] = table[1] + (table[1] - table[0]) / 3.0;
	table[1] = table[2] + (table[2] - table[1]) / 3.0;
	return table[1] + (table[1] - table[0]) / 15.0;
}

/* Away from the ends of the range and, for piecewise ones, from the kink. */
static void
sample_point(const Sample *s, TestRandom *random, double *x)
{
	do
	{
		double		width = s->high - s->low;

		x[0] = s->low + width * (0.02 + 0.96 * test_uniform(random));
		x[1] = s->low + width * (0.02 + 0.96 * test_uniform(random));
	} while (s->kinked && fabs(s->arity == 2 ? x[0] - x[1] : x[0]) < 0.05);
	x[2] = test_normal(random);
}

static void
check_function(const Sample *s, const CoModel *model, const double *x)
{
	const CoNlp *nlp = &model->nlp;
	double		grad[3],
				hess[9] = {0.0},
				dense[3][3] = {{0.0}};
	CoNlpValue	value = {.grad = grad};

	CHECK_INT(nlp->eval(nlp->self, x, CO_WANT_F | CO_WANT_GRAD, &value), CO_OK);
	CHECK_INT(nlp->hess_at(nlp->self, x, 1.0, NULL, hess), CO_OK);
	CHECK_NEAR(value.f, true_value(s, x), 1e-14 * fmax(1.0, fabs(value.f)));
	for (int j = 0; j < 3; j++)
		for (int e = nlp->hess.start[j]; e < nlp->hess.start[j + 1]; e++)
			dense[nlp->hess.index[e]][j] = dense[j][nlp->hess.index[e]] = hess[e];
	for (int j = 0; j < 3; j++)
	{
		double		want = true_slope(s, x, j, -1);

		CHECK_NEAR(grad[j], want, 1e-9 * fmax(1.0, fabs(want)));
		for (int i = 0; i < 3; i++)
		{
			want = true_slope(s, x, j, i);
			CHECK_NEAR(dense[i][j], want, 2e-6 * fmax(1.0, fabs(want)));
		}
	}
	if (check_failures)
		printf("  in %s(%g, %g)\n", s->word, x[0], x[1]);
}

static void
test_functions(void)
{
	for (int k = 0; k < N_SAMPLES; k++)
	{
		const Sample *s = &samples[k];
		TestRandom	random = {(uint64_t) k + 1};
		char		text[200];
		CoModel		model;

		begin();
		snprintf(text, sizeof text, "minimize z*%s(x%s) where x free, y free, z free", s->word,
				 s->arity == 2 ? ", y" : "");
		model = model_of(text);
		CHECK_INT(model.nlp.n, 3);
		for (int trial = 0; trial < 30; trial++)
		{
			double		x[3];

			sample_point(s, &random, x);
			check_function(s, &model, x);
		}
		end();
	}
	CHECK(N_SAMPLES >= 23);
}

/* Skeletons */

static const int leaf_var[] = {0, 1, 2, 3, -1, -1};
static const double leaf_value[] = {NAN, NAN, NAN, NAN, 2.0, -0.5};

static void
encode(const char *text, CoFormula *out)
{
	char		whole[400];
	CoBlock		block;
	CoLeafMap	map = {.leaf_var = leaf_var, .value = leaf_value, .long_form = 100};
	int			at = 0;
	CoCodeTerm	term;

	snprintf(whole, sizeof whole, "%s where a free, b free, c free, d free, p := 2, q := -0.5", text);
	CHECK_INT(co_parse(&arena, whole, strlen(whole), CO_BLOCK_EXPR, &block, &error), CO_OK);
	CHECK(co_code_term(block.code, block.n_code, &at, &term));
	CHECK_INT(co_formula_encode(&arena, &map, term.code, term.length, out), CO_OK);
}

/* Alike or not, whichever comes first, and encoded one after another or afresh. */
static void
check_pair(const char *left, const char *right, bool alike)
{
	for (int turn = 0; turn < 2; turn++)
	{
		CoFormula	one = {0},
					other = {0},
					after = {0};

		begin();
		encode(turn ? right : left, &one);
		encode(turn ? left : right, &other);
		encode(turn ? right : left, &after);
		encode(turn ? left : right, &after);
		CHECK((one.n_key == other.n_key && memcmp(one.key, other.key, (size_t) one.n_key) == 0) == alike);
		CHECK_INT(after.n_key, other.n_key);
		CHECK_INT(after.n_const, other.n_const);
		CHECK_INT(after.n_var, other.n_var);
		CHECK_INT(after.degree, other.degree);
		CHECK(memcmp(after.key, other.key, (size_t) other.n_key) == 0);
		CHECK(memcmp(after.constant, other.constant, (size_t) other.n_const * sizeof(double)) == 0);
		CHECK(memcmp(after.var, other.var, (size_t) other.n_var * sizeof(int)) == 0);
		if (check_failures)
			printf("  %s and %s\n", left, right);
		end();
	}
}

static void
test_skeletons(void)
{
	check_pair("exp(2*a)", "exp(3*b)", true);
	check_pair("exp(a)", "exp(3*b + 1)", true);
	check_pair("a*exp(b) ", "a*exp(-b)", true);
	check_pair("exp(a + exp(b))", "exp(a - exp(b))", true);
	check_pair("exp(a - 3*exp(b))", "exp(c + exp(d))", true);
	check_pair("exp(1 + a - b)", "exp(2*d - 3*c)", true);
	check_pair("exp(b + a)", "exp(a + b)", true);
	check_pair("exp(-sin(a))", "exp(3*sin(a))", true);
	check_pair("exp(p*a)*b", "exp(q*a)*c", true);
	check_pair("a^2.5", "b^1.7", true);
	check_pair("a^3*b", "a^2*b*1", false);
	check_pair("a^-3", "c^-3", true);
	check_pair("a^4", "a^5", false);
	check_pair("exp(a)", "exp(a + b)", false);
	check_pair("exp(a*b)", "exp(a/b)", false);
	check_pair("exp(a)^p", "exp(b)^2", true);
	check_pair("sqrt(a*b)", "(c*d)^0.5", true);
	check_pair("exp(ln(p)*a*b)", "exp(ln(3)*a*b)", false);	/* one writes a coefficient, one a product */
	check_pair("exp(a^2.5)", "exp(a^3)", false);
	check_pair("exp(2*a - 2*a + b*c)", "exp(c*d)", false);
}

/* Raw code, as no operator writes it but a foreign value may hold. */
typedef struct Code
{
	uint8_t		byte[200];
	int			n;
} Code;

static void
put(Code *code, int op, const void *operand, size_t size)
{
	code->byte[code->n++] = (uint8_t) op;
	if (size > 0)
		memcpy(code->byte + code->n, operand, size);
	code->n += (int) size;
}

static void
put_leaf(Code *code, int leaf)
{
	put(code, CO_OP_LEAF, &leaf, sizeof leaf);
}

static void
put_const(Code *code, double value)
{
	put(code, CO_OP_CONST, &value, sizeof value);
}

static void
put_affine(Code *code, double coef_0, int leaf_0, double coef_1, int leaf_1)
{
	int32_t		n = 2;
	double		constant = 0.5;

	put(code, CO_OP_AFFINE, &n, sizeof n);
	memcpy(code->byte + code->n, &constant, 8);
	memcpy(code->byte + code->n + 8, &coef_0, 8);
	memcpy(code->byte + code->n + 16, &leaf_0, 4);
	memcpy(code->byte + code->n + 20, &coef_1, 8);
	memcpy(code->byte + code->n + 28, &leaf_1, 4);
	code->n += 32;
}

/* exp(leaf) op -(exp(form) * k) */
static Code
raw_code(int op, double k, double coef_0, int leaf_0, double coef_1, int leaf_1)
{
	Code		code = {.n = 0};

	put_leaf(&code, 0);
	put(&code, CO_OP_EXP, NULL, 0);
	put_affine(&code, coef_0, leaf_0, coef_1, leaf_1);
	put(&code, CO_OP_EXP, NULL, 0);
	put_const(&code, k);
	put(&code, CO_OP_MUL, NULL, 0);
	put(&code, CO_OP_NEG, NULL, 0);
	put(&code, op, NULL, 0);
	return code;
}

/* The same whether the code before was alike, and the right numbers. */
static void
check_raw(Code first, Code second)
{
	CoLeafMap	map = {.leaf_var = leaf_var, .value = leaf_value, .long_form = 100};
	CoFormula	after = {0},
				fresh = {0};

	begin();
	CHECK_INT(co_formula_encode(&arena, &map, first.byte, first.n, &after), CO_OK);
	CHECK_INT(co_formula_encode(&arena, &map, second.byte, second.n, &after), CO_OK);
	CHECK_INT(co_formula_encode(&arena, &map, second.byte, second.n, &fresh), CO_OK);
	CHECK_INT(after.n_key, fresh.n_key);
	CHECK_INT(after.n_const, fresh.n_const);
	CHECK_INT(after.n_var, fresh.n_var);
	CHECK(memcmp(after.key, fresh.key, (size_t) fresh.n_key) == 0);
	CHECK(memcmp(after.constant, fresh.constant, (size_t) fresh.n_const * sizeof(double)) == 0);
	CHECK(memcmp(after.var, fresh.var, (size_t) fresh.n_var * sizeof(int)) == 0);
	end();
}

static void
test_raw_codes(void)
{
	Code		plain = raw_code(CO_OP_SUB, 3.0, 1.5, 1, 2.5, 2);
	CoFormula	formula = {0};
	CoLeafMap	map = {.leaf_var = leaf_var, .value = leaf_value, .long_form = 100};

	check_raw(plain, raw_code(CO_OP_SUB, 7.0, -1.5, 0, 2.0, 3));
	check_raw(plain, raw_code(CO_OP_SUB, 7.0, 0.0, 0, 2.0, 3));
	check_raw(plain, raw_code(CO_OP_SUB, 7.0, 1.0, 0, 0.0, 3));
	check_raw(plain, raw_code(CO_OP_SUB, 7.0, 1.0, 3, 2.0, 0));
	check_raw(plain, raw_code(CO_OP_SUB, 7.0, 1.0, 3, 2.0, 3));
	check_raw(plain, raw_code(CO_OP_SUB, 7.0, 1.0, 3, 2.0, 4));
	check_raw(plain, raw_code(CO_OP_ADD, 7.0, 1.0, 0, 2.0, 1));
	check_raw(raw_code(CO_OP_ADD, 3.0, 1.5, 1, 2.5, 2), raw_code(CO_OP_ADD, 7.0, 1.0, 0, 2.0, 1));

	/* exp(a) - (-(3 exp(form))): the factor of the sum is +3, then +7. */
	begin();
	for (int k = 3; k <= 7; k += 4)
	{
		Code		code = raw_code(CO_OP_SUB, k, 1.5, 1, 2.5, 2);

		CHECK_INT(co_formula_encode(&arena, &map, code.byte, code.n, &formula), CO_OK);
		CHECK_NEAR(formula.constant[formula.n_const - 1], k, 0.0);
		code = raw_code(CO_OP_ADD, k, 1.5, 1, 2.5, 2);
		CHECK_INT(co_formula_encode(&arena, &map, code.byte, code.n, &formula), CO_OK);
		CHECK_NEAR(formula.constant[formula.n_const - 1], -k, 0.0);
		code = raw_code(CO_OP_ADD, k + 1, 1.5, 1, 2.5, 2);
		CHECK_INT(co_formula_encode(&arena, &map, code.byte, code.n, &formula), CO_OK);
		CHECK_NEAR(formula.constant[formula.n_const - 1], -k - 1, 0.0);
	}
	end();
}

static void
test_degrees(void)
{
	static const struct
	{
		const char *text;
		int			degree;
	}			cases[] = {
		{"(a + b + c + d)*(a + 2*b + 3*c + d)*1", 2}, {"p*(a*b + c*d)*(a + 1)", 3}, {"(a*b*c)/p", 3},
		{"(a*b)^2*c", 5}, {"(a*b)^3", 6}, {"a^-1", CO_NO_DEGREE}, {"a^b", CO_NO_DEGREE},
		{"(a*b*c)^1*exp(p)", 3}, {"(a*b)^q", CO_NO_DEGREE}, {"(a*b*c)^4*d^3", 15}
	};

	for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
	{
		CoFormula	formula = {0};
		CoBlock		block;

		begin();
		if (co_parse(&arena, cases[k].text, strlen(cases[k].text), CO_BLOCK_EXPR, &block, &error) == CO_OK &&
			block.n_code > 0)
		{
			encode(cases[k].text, &formula);
			CHECK_INT(formula.degree, cases[k].degree);
		}
		else
			CHECK_INT(cases[k].degree, 2);	/* expanded by the parser */
		end();
	}
}

/* Units */

/* Pattern of one variable per run: n runs of `length` instances. */
static void
check_units(int n, int length, bool by_run)
{
	CoPatternSet set = {.arena = &arena, .last = -1};
	CoArena		scratch;
	CoFormula	formula = {0};
	CoPattern  *pattern;
	int			found;

	begin();
	co_arena_init(&scratch, &host.env, SIZE_MAX);
	encode("exp(2*a)", &formula);
	CHECK_INT(co_pattern_find(&set, &formula, &found), CO_OK);
	pattern = set.pattern[found];
	for (int walk = 0; walk < 2; walk++)
	{
		for (int k = 0; k < n * length; k++)
		{
			formula.var[0] = k * 7 % n;
			formula.constant[1] = k;
			if (walk == 0)
				co_pattern_count(pattern, &formula, 1.0, 0);
			else
				co_pattern_put(pattern, k, &formula, 1.0, 0);
		}
		if (walk == 0)
			CHECK_INT(co_pattern_columns(&set, &scratch), CO_OK);
	}
	CHECK_INT(co_pattern_order(&arena, &scratch, pattern), CO_OK);
	CHECK_INT(pattern->n, n * length);
	CHECK((pattern->unit_start != NULL) == by_run);
	CHECK_INT(pattern->n_unit, by_run ? n : n * length);
	CHECK_INT(pattern->n_objective_unit, pattern->n_unit);

	/*
	 * Columns that do not vary take nothing; the others have every number
	 * once.
	 */
	CHECK(!pattern->constant[0].value && !pattern->constant[2].value && !pattern->var[1].index);
	for (int u = 0; u < pattern->n_unit; u++)
	{
		int			from = by_run ? pattern->unit_start[u] : u;
		int			to = by_run ? pattern->unit_start[u + 1] : u + 1;

		CHECK_INT(co_int_column_at(&pattern->var[0], u), u / (by_run ? 1 : length));
		for (int k = from; k < to; k++)
			CHECK_INT((int) pattern->constant[1].value[k] * 7 % n, co_int_column_at(&pattern->var[0], u));
	}
	co_arena_free(&scratch);
	end();
}

static void
test_units(void)
{
	check_units(5, 100, true);
	check_units(50, 32, true);
	check_units(50, 8, false);
}

/* Deep and wide */

static double
hess_entry(const CoModel *model, const double *hess, int i, int j)
{
	const CoCsc *h = &model->nlp.hess;

	for (int e = h->start[j]; e < h->start[j + 1]; e++)
		if (h->index[e] == i)
			return hess[e];
	return 0.0;
}

/* The product of n variables, each near 1: known in closed form, dense. */
static void
test_wide_product(void)
{
	enum
	{
		N = 120
	};
	static char text[2000];
	static double x[N],
				grad[N],
				hess[N * N];
	size_t		fill = (size_t) snprintf(text, sizeof text, "minimize v0");
	double		product = 1.0;
	CoNlpValue	value = {.grad = grad};
	CoModel		model;

	begin();
	for (int k = 1; k < N; k++)
		fill += (size_t) snprintf(text + fill, sizeof text - fill, "*v%d", k);
	model = model_of(text);
	for (int k = 0; k < N; k++)
		product *= x[k] = 1.0 + 0.01 * sin(k);
	CHECK_INT(model.nlp.eval(model.nlp.self, x, CO_WANT_F | CO_WANT_GRAD, &value), CO_OK);
	CHECK_INT(model.nlp.hess_at(model.nlp.self, x, 2.0, NULL, hess), CO_OK);
	CHECK_INT(co_csc_nnz(&model.nlp.hess), N * (N - 1) / 2);
	CHECK_NEAR(value.f, product, 1e-13);
	for (int i = 0; i < N; i++)
	{
		CHECK_NEAR(grad[i], product / x[i], 1e-12);
		for (int j = 0; j < i; j++)
			CHECK_NEAR(hess_entry(&model, hess, i, j), 2.0 * product / (x[i] * x[j]), 1e-12);
	}
	end();
}

/* sin(x + sin(x + ...)): derivatives by the recursion. */
static void
test_deep_chain(void)
{
	enum
	{
		DEPTH = 800
	};
	static char text[20000];
	size_t		fill = (size_t) snprintf(text, sizeof text, "minimize ");
	double		x = 0.3,
				grad,
				hess,
				s = 0.0,
				d = 0.0,
				dd = 0.0;
	CoNlpValue	value = {.grad = &grad};
	CoModel		model;

	begin();
	for (int k = 0; k < DEPTH; k++)
		fill += (size_t) snprintf(text + fill, sizeof text - fill, "sin(x + 0.7*");
	fill += (size_t) snprintf(text + fill, sizeof text - fill, "exp(x)");
	for (int k = 0; k < DEPTH; k++)
		fill += (size_t) snprintf(text + fill, sizeof text - fill, ")");
	model = model_of(text);
	s = d = dd = exp(x);
	for (int k = 0; k < DEPTH; k++)
	{
		double		u = x + 0.7 * s,
					du = 1.0 + 0.7 * d;

		dd = -sin(u) * du * du + cos(u) * 0.7 * dd;
		d = cos(u) * du;
		s = sin(u);
	}
	CHECK_INT(model.nlp.eval(model.nlp.self, &x, CO_WANT_F | CO_WANT_GRAD, &value), CO_OK);
	CHECK_INT(model.nlp.hess_at(model.nlp.self, &x, 1.0, NULL, &hess), CO_OK);
	CHECK_NEAR(value.f, s, 1e-14);
	CHECK_NEAR(grad, d, 1e-13);
	CHECK_NEAR(hess, dd, 1e-12);
	end();
}

/* A formula of ten thousand operations in twenty variables stays small. */
static void
test_long_formula(void)
{
	static char text[400000];
	size_t		fill = (size_t) snprintf(text, sizeof text, "minimize v0");
	CoModel		model;
	size_t		before;

	begin();
	for (int k = 1; k < 5000; k++)
		fill += (size_t) snprintf(text + fill, sizeof text - fill, "*(1 + v%d)", k % 20);
	before = arena.used;
	model = model_of(text);
	CHECK_INT(model.n_pattern, 1);
	CHECK_INT(co_csc_nnz(&model.nlp.hess), 210);
	CHECK(arena.used - before < 40000000);
	end();
}

/* A formula that its numbers make a constant: a factor, a parameter, is 0. */
static void
test_zero_factor(void)
{
	static const double x[] = {0.5, 2.0};
	double		grad[2],
				hess[4];
	CoNlpValue	value = {.grad = grad};
	CoModel		model;

	begin();
	model = model_of("minimize p*x*x*x*y + p*exp(x) + sin(p*x*y) + cos(x) + y where p := 0");
	CHECK_INT(model.nlp.n, 2);
	CHECK_INT(model.nlp.eval(model.nlp.self, x, CO_WANT_F | CO_WANT_GRAD, &value), CO_OK);
	CHECK_INT(model.nlp.hess_at(model.nlp.self, x, 1.0, NULL, hess), CO_OK);
	CHECK_NEAR(value.f, cos(0.5) + 2.0, 1e-15);
	CHECK_NEAR(grad[0], -sin(0.5), 1e-15);
	CHECK_NEAR(grad[1], 1.0, 1e-15);
	CHECK_NEAR(hess_entry(&model, hess, 0, 0), -cos(0.5), 1e-15);
	CHECK_NEAR(hess_entry(&model, hess, 1, 1), 0.0, 0.0);
	end();
}

CHECK_MAIN(TEST(test_functions), TEST(test_skeletons), TEST(test_raw_codes), TEST(test_degrees), TEST(test_units),
		   TEST(test_wide_product), TEST(test_deep_chain), TEST(test_long_formula), TEST(test_zero_factor))
