/*-------------------------------------------------------------------------
 *
 * t_bound.c
 *	  Bounds of variables that are formulas over parameters.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "expr/algebra.h"
#include "expr/bound.h"
#include "expr/text.h"
#include "flat.h"
#include "nlp/lower.h"

static CoError error;

static void
read_text(const char *text, CoBlockKind kind, CoBlock *out)
{
	CHECK_INT(co_parse(&arena, text, strlen(text), kind, out, &error), CO_OK);
}

/* Prints as expected, and reads back as the same bytes. */
static void
check_text(const char *text, const char *expected)
{
	CoBlock		block,
				again;
	size_t		length,
				size,
				size_again;
	void	   *flat,
			   *flat_again;
	char	   *printed;

	begin();
	read_text(text, CO_BLOCK_EXPR, &block);
	CHECK_INT(co_print(&arena, &block, &printed, &length), CO_OK);
	CHECK_STR(printed, expected);
	flat = flatten(&block, &size);
	CHECK_INT(co_block_validate(flat, size, &again, &error), CO_OK);
	read_text(printed, CO_BLOCK_EXPR, &again);
	flat_again = flatten(&again, &size_again);
	CHECK_INT(size_again, size);
	CHECK(size == size_again && memcmp(flat, flat_again, size) == 0);
	end();
}

static void
test_text(void)
{
	check_text("x where x in [0, p], p := 2", "x where x in [0, p], p := 2");
	check_text("x where p := 2, x in [p, p] start 1", "x where p := 2, x in [p, p] start 1");
	check_text("x where x in [-p, 0.5*p], p := 2", "x where x in [-p, 0.5*p], p := 2");
	check_text("x where x in [p*q, p^2 + exp(q)], p := 2, q := 1",
			   "x where x in [p*q, p^2 + exp(q)], p := 2, q := 1");
	check_text("x[1] where x['1'] in [p['a]'], inf], p['a]'] := 2",
			   "x['1'] where x['1'] in [p['a]'], inf], p['a]'] := 2");
	check_text("x where x in [1 + 1, 2*(3)]", "x where x in [2, 6]");
	check_text("x where x in [p, 3], p := 1, x in [p, 3]", "x where x in [p, 3], p := 1");
	check_text("x + y where y in [0, q], x in [0, p], p := 1, q := 2",
			   "x + y where y in [0, q], x in [0, p], p := 1, q := 2");
	check_text("x where x in [ln(p) - 3*q - 2, greatest(p, q, 1)/2], p := 1, q := 2",
			   "x where x in [-3*q - 2 + ln(p), 0.5*greatest(p, q, 1)], p := 1, q := 2");
}

/* x in bounds, as opt_var makes it. */
static CoRc
make_variable(const char *lower, const char *upper, CoBlock *out)
{
	CoLeafDef	def = {
		.name = "x", .kind = CO_LEAF_VARIABLE, .lower = -INFINITY, .upper = INFINITY, .start = NAN
	};
	CoBlock		block[2];

	if (lower)
		read_text(lower, CO_BLOCK_EXPR, &block[0]);
	if (upper)
		read_text(upper, CO_BLOCK_EXPR, &block[1]);
	return co_expr_variable(&arena, &def, lower ? &block[0] : NULL, upper ? &block[1] : NULL,
							out, &error);
}

static void
check_sum(const char *upper_a, const char *upper_b, const char *detail)
{
	CoBlock		a,
				b,
				sum;
	CoRc		rc;

	begin();
	CHECK_INT(make_variable(NULL, upper_a, &a), CO_OK);
	CHECK_INT(make_variable(NULL, upper_b, &b), CO_OK);
	rc = co_expr_combine(&arena, 1.0, &a, 1.0, &b, 0.0, &sum, &error);
	CHECK_INT(rc, detail ? CO_BAD_INPUT : CO_OK);
	if (detail)
		CHECK(strstr(error.detail, detail) != NULL);
	else
	{
		CHECK_INT(sum.n_bound, 1);
		CHECK_INT(sum.n_bound_code, a.n_bound_code);
	}
	end();
}

/* The same expression is the same bound, and no other is. */
static void
test_identity(void)
{
	check_sum("p where p := 1", "p where p := 1", NULL);
	check_sum("p/2 where p := 1", "0.5*p where p := 1", NULL);
	check_sum("p + 1 where p := 1", "1 + p where p := 1", NULL);
	check_sum("exp(p)*q where p := 1, q := 2", "exp(p)*q where q := 2, p := 1", NULL);
	check_sum("p where p := 1", "2*p where p := 1", "[-inf, p] with start nan, and bounds [-inf, 2*p]");
	check_sum("p where p := 1", "p where p := 2", "They are 1 and 2.");
	check_sum("p where p := 1", "q where q := 1", "bounds [-inf, q]");
	check_sum("p where p := 1", NULL, "bounds [-inf, inf]");
}

static void
test_refused(void)
{
	CoBlock		out;

	begin();
	CHECK_INT(make_variable("y where y in [0, 1]", NULL, &out), CO_BAD_INPUT);
	CHECK_STR(error.message, "a bound of x depends on a variable");
	CHECK_STR(error.detail, "The variable is y.");
	CHECK(strstr(error.hint, "parameters") != NULL);
	CHECK_INT(make_variable(NULL, "p + y where p := 1", &out), CO_BAD_INPUT);
	CHECK_INT(make_variable(NULL, "call('f', p) where p := 1", &out), CO_BAD_INPUT);
	CHECK(strstr(error.message, "calls a function") != NULL);
	end();
}

/* A leaf that travels through a builder takes its parameters along, whole tables or not. */
static void
test_import(void)
{
	CoBlock		rows,
				view;
	CoBuilder  *builder;

	begin();
	read_text("a: y >= 0; b: x <= 1 where y in [0, 1], x in [p[1] - q, exp(p[1])], q := 3, p[1] := 2, r := 5",
			  CO_BLOCK_CONSTRAINT, &rows);
	CHECK_INT(co_builder_new(&arena, CO_BLOCK_EXPR, &builder), CO_OK);
	CHECK_INT(co_builder_add_row(builder, &rows, 1, 1.0, &error), CO_OK);
	co_builder_view(builder, &view);
	CHECK_INT(view.n_leaf, 3);	/* neither y nor r */
	CHECK_INT(view.leaf_kind[2], CO_LEAF_VARIABLE);
	CHECK_INT(view.n_bound, 2);
	CHECK_INT(view.bound_place[0], co_bound_place(2, false));
	CHECK(isnan(view.leaf_lower[2]) && isnan(view.leaf_upper[2]));
	CHECK_INT(co_builder_add_row(builder, &rows, 1, 1.0, &error), CO_OK);
	co_builder_view(builder, &view);
	CHECK_INT(view.n_leaf, 3);
	CHECK_INT(view.n_bound, 2);
	end();
}

static const char *const problem_text =
"minimize (x - 9)^2 + y subject to r: x + y >= p "
"where p := 2, q := 3, x in [p - q, p*q + exp(q - 3)], y in [0, 4], z in [ln(p), inf]";

static void
test_numbers(void)
{
	CoBlock		block,
				numbers;
	double		leaf[] = {4.0, 5.0, 0.0, 0.0, 0.0};
	CoLowered	lowered;

	begin();
	read_text(problem_text, CO_BLOCK_PROBLEM, &block);
	CHECK_INT(block.n_leaf, 5);
	CHECK_INT(co_bound_numbers(&arena, &block, NULL, &numbers, &error), CO_OK);
	CHECK_INT(numbers.n_bound, 0);
	CHECK_NEAR(numbers.leaf_lower[2], -1.0, 0.0);
	CHECK_NEAR(numbers.leaf_upper[2], 7.0, 0.0);
	CHECK_NEAR(numbers.leaf_upper[3], 4.0, 0.0);
	CHECK_NEAR(numbers.leaf_lower[4], log(2.0), 0.0);
	CHECK_INT(co_lower(&arena, &block, leaf, &lowered, &error), CO_OK);
	CHECK_NEAR(lowered.qp.xl[0], -1.0, 0.0);
	CHECK_NEAR(lowered.qp.xu[0], 20.0 + exp(2.0), 1e-15);
	leaf[0] = -1.0;
	CHECK_INT(co_lower(&arena, &block, leaf, &lowered, &error), CO_BAD_INPUT);
	CHECK_STR(error.message, "lower bound of z is NaN");
	CHECK_INT(error.kind, CO_ERROR_RANGE);
	leaf[0] = 0.0;				/* ln(0): no bound */
	CHECK_INT(co_lower(&arena, &block, leaf, &lowered, &error), CO_OK);
	CHECK(lowered.qp.xl[2] == -INFINITY);
	end();
}

/* Against central differences, for a formula with every operation. */
static void
test_gradient(void)
{
	CoBlock		block,
				numbers;
	double		p[2] = {1.3, 0.7},
				gradient[3] = {0.0, 0.0, 0.0};

	begin();
	read_text("x where p := 1.3, q := 0.7, x in [3*p*q - exp(p/q)^q + ln(p)*(p - q) - atan2(q, p) "
			  "+ greatest(p, q)^3 - sqrt(2*p + q + 1)/(-p) + 5, inf]", CO_BLOCK_EXPR, &block);
	CHECK_INT(co_bound_gradient(&arena, co_bound_find(&block, 2, false), block.leaf_start, gradient),
			  CO_OK);
	for (int k = 0; k < 2; k++)
	{
		double		h = 1e-5,
					at[3] = {p[0], p[1], 0.0},
					above;

		at[k] += h;
		CHECK_INT(co_bound_numbers(&arena, &block, at, &numbers, &error), CO_OK);
		above = numbers.leaf_lower[2];
		at[k] -= 2.0 * h;
		CHECK_INT(co_bound_numbers(&arena, &block, at, &numbers, &error), CO_OK);
		CHECK_NEAR(gradient[k], (above - numbers.leaf_lower[2]) / (2.0 * h), 1e-8);
	}
	CHECK_NEAR(gradient[2], 0.0, 0.0);
	end();
}

/*--------------------------------------------------------------------------
 * Foreign values
 *--------------------------------------------------------------------------
 */

#define INTS(column)	((int *) (uintptr_t) view.column)
#define DOUBLES(column)	((double *) (uintptr_t) view.column)
#define BYTES(column)	((uint8_t *) (uintptr_t) view.column)

#define CHECK_SPOILT(statement, what) \
	do { \
		CoBlock		view; \
		size_t		size; \
		void	   *flat = flatten(&block, &size); \
		co_block_view(flat, &view); \
		statement; \
		CHECK_INT(co_block_validate(flat, size, &view, &error), CO_BAD_INPUT); \
		CHECK(strstr(error.message, what) != NULL); \
	} while (0)

static void
test_spoilt(void)
{
	CoBlock		block;

	begin();
	read_text(problem_text, CO_BLOCK_PROBLEM, &block);
	CHECK_INT(block.n_bound, 3);
	CHECK_SPOILT(INTS(bound_place)[1] = view.bound_place[0], "order");
	CHECK_SPOILT(INTS(bound_place)[0] = -2, "order");
	CHECK_SPOILT(INTS(bound_place)[2] = 2 * view.n_leaf, "order");
	CHECK_SPOILT(INTS(bound_place)[2] = co_bound_place(3, false), "none");
	CHECK_SPOILT(INTS(bound_place)[0] = co_bound_place(0, false), "none");
	CHECK_SPOILT(INTS(bound_end)[0] = -1, "order");
	CHECK_SPOILT(INTS(bound_end)[0] = 0, "empty");
	CHECK_SPOILT(INTS(bound_end)[0] += 1, "malformed");
	CHECK_SPOILT(INTS(bound_end)[2] -= 1, "order");
	CHECK_SPOILT(DOUBLES(leaf_lower)[2] = 0.0, "none");
	CHECK_SPOILT(DOUBLES(leaf_lower)[3] = NAN, "not a number");
	CHECK_SPOILT(DOUBLES(leaf_upper)[0] = NAN, "not a number");
	CHECK_SPOILT(BYTES(leaf_kind)[0] = CO_LEAF_NAME, "depends on a variable");
	CHECK_SPOILT(BYTES(bound_code)[CO_CODE_TERM_HEAD] = CO_OP_ADD, "malformed");
	CHECK_SPOILT(memset(BYTES(bound_code), 0xff, 8), "malformed");
	end();
}

/* What is let through must be safe to evaluate, differentiate, print and import. */
static void
use(const CoBlock *view)
{
	double	   *gradient = co_take_zero_doubles(&arena, (size_t) view->n_leaf);
	CoBlock		numbers;
	CoBuilder  *builder;
	char		text[64];
	int			index;

	co_bound_numbers(&arena, view, NULL, &numbers, &error);
	co_builder_new(&arena, CO_BLOCK_EXPR, &builder);
	for (int k = 0; k < view->n_leaf; k++)
	{
		CoCodeTerms formula = co_bound_find(view, k, true);

		co_bound_gradient(&arena, formula, view->leaf_start, gradient);
		if (formula.length > 0)
			co_print_formula(&arena, view, formula, text, sizeof text);
		co_builder_import_leaf(builder, view, k, &index, &error);
	}
	co_builder_view(builder, &numbers);
}

static void
test_mutations(void)
{
	CoBlock		block;

	begin();
	read_text(problem_text, CO_BLOCK_PROBLEM, &block);
	check_mutations(&block, 20240519, use);
	end();
}

/* Without memory nothing is done by half. */
static void
test_no_memory(void)
{
	CoBlock		block;
	bool		enough = false;

	for (size_t limit = 0; limit < 200000 && !enough; limit += 997)
	{
		CoRc		rc;

		test_host_init(&host);
		co_arena_init(&arena, &host.env, limit);
		rc = co_parse(&arena, problem_text, strlen(problem_text), CO_BLOCK_PROBLEM, &block, &error);
		enough = rc == CO_OK;
		CHECK(enough || rc == CO_MEMORY_EXCEEDED);
		end();
	}
	CHECK(enough);
}

CHECK_MAIN(TEST(test_text), TEST(test_identity), TEST(test_refused), TEST(test_import),
		   TEST(test_numbers), TEST(test_gradient), TEST(test_spoilt), TEST(test_mutations),
		   TEST(test_no_memory))
