/*-------------------------------------------------------------------------
 *
 * t_explain.c
 *	  What is said of a problem before it is solved.
 *
 *-------------------------------------------------------------------------
 */
#include "nlp/explain.h"
#include "nlp/lower.h"
#include "nlpcheck.h"

static CoBlockFindings found;
static CoExplain x;

static void
explain(const char *text)
{
	CoBlock		block;
	CoLowered	lowered;

	begin();
	CHECK_INT(co_parse(&arena, text, strlen(text), CO_BLOCK_PROBLEM, &block, &error), CO_OK);
	CHECK_INT(co_explain_block(&arena, &block, &found), CO_OK);
	CHECK_INT(co_lower(&arena, &block, NULL, &lowered, &error), CO_OK);
	if (lowered.problem_class <= CO_CLASS_QP)
	{
		CoExplainView view = {.n = lowered.n_var, .m = lowered.n_row, .gradient = lowered.qp.c,
			.cl = lowered.qp.cl, .cu = lowered.qp.cu, .xl = lowered.qp.xl, .xu = lowered.qp.xu,
		.a = &lowered.qp.a};

		CHECK_INT(co_explain(&arena, &view, &x), CO_OK);
	}
	end();
}

static void
test_rows(void)
{
	explain("minimize 1e-3*x + 5*y subject to a: x + 100*y <= 301; b: x + 100*y <= 299; c: x - y >= 4; "
			"d: 0 <= x + z <= 1; e: z == 2 where x in [0, 1], y in [0, 3], z free");
	CHECK_INT(x.redundant.n, 1);
	CHECK_INT(x.redundant.example[0], 0);
	CHECK_INT(x.impossible.n, 1);
	CHECK_INT(x.impossible.example[0], 2);
	CHECK_INT(x.one_sided.n, 3);
	CHECK_INT(x.range.n, 1);
	CHECK_INT(x.equality.n, 1);
	CHECK_INT(x.free_var.n, 1);
	CHECK_INT(x.two_bounds.n, 2);
	CHECK_NEAR(x.coefficient.most, 100.0, 0.0);
	CHECK_INT(x.coefficient.most_row, 0);
	CHECK_INT(x.coefficient.most_var, 1);
	CHECK_NEAR(x.objective.least, 1e-3, 0.0);
	CHECK_NEAR(x.side.most, 301.0, 0.0);
}

static void
test_lint(void)
{
	explain("maximize x^2 + (-y)^4 + 0*z + u subject to a: x^2 + y^2 >= -1; b: x^2 - y^2 >= -1; c: (-y)^3 <= 1 "
			"where x free, y free, z free, u in [0, 1e20], p := 3");
	CHECK_INT(found.maximized_square.n, 1);
	CHECK_INT(found.maximized_square.example[0], 0);
	CHECK_INT(found.negated.n, 1);
	CHECK_INT(found.negated.example[0], 0);
	CHECK_INT(found.zero.n, 1);
	CHECK_INT(found.sure_squares.n, 1);
	CHECK_INT(found.sure_squares.example[0], 1);
	CHECK_INT(found.unused.n, 1);
	CHECK_INT(found.outside_rows.n, 1);
	CHECK_INT(found.unused_parameter.n, 1);
}

CHECK_MAIN(TEST(test_rows), TEST(test_lint))
