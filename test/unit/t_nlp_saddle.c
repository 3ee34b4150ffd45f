/*-------------------------------------------------------------------------
 *
 * t_nlp_saddle.c
 *	  Starts that are stationary and no minimizers: maximizers and saddle
 *	  points, free, on a curve, and with a bound that is active.  The answer is
 *	  a minimizer, and said to be one.
 *
 *-------------------------------------------------------------------------
 */
#include "nlpcheck.h"
#include "solver/nlp_solve.h"

#define MAX_N		3

typedef struct Saddle
{
	const char *text;
	double		start[MAX_N],
				objective;		/* of the minimizers */
} Saddle;

static const Saddle saddles[] = {
	/* a maximizer between two minimizers */
	{"minimize (x^2 - 1)^2", {0}, 0},
	{"minimize cos(x) + 0.01*x^2", {0}, -0.9032397731},
	/* flat in x, a maximizer in y */
	{"minimize x^2 + y^4 - y^2", {0, 0}, -0.25},
	/* the minimizers are on the other diagonal */
	{"minimize x*y + (x^2 + y^2)^2", {0, 0}, -0.0625},
	/* the start is the largest of x y on the circle */
	{"minimize x*y subject to x^2 + y^2 == 2", {1, 1}, -1},
	{"minimize z subject to x^2 + y^2 + z^2 == 1", {0, 0, 1}, -1},
	/* a saddle of the surface with a row that is not active */
	{"minimize x^2 - y^2 + z subject to z >= 0; y^4 <= 16; x + y <= 9", {0, 0, 0}, -4},
	/* a maximizer of y on the bound of x */
	{"minimize x - 2*y^2 + y^4 subject to x >= 1", {1, 0}, 0},
};

static void
test_saddles(void)
{
	for (size_t k = 0; k < sizeof saddles / sizeof *saddles; k++)
	{
		const Saddle *s = &saddles[k];
		CoNlpStart	start = {.x = s->start};
		CoOptions	options;
		CoSolution	sol;
		Point		p;

		begin();
		co_options_default(&options);
		must(s->text, &p);
		CHECK(p.model.nlp.n <= MAX_N);
		CHECK_INT(co_nlp_solve(&arena, &p.model.nlp, &options, &start, &sol), CO_OK);
		CHECK_STR(co_status_word(sol.status), "optimal");
		CHECK_NEAR(sol.residual.objective, s->objective, 1e-6);
		CHECK_INT(sol.second_order, CO_SECOND_ORDER_POSITIVE);
		CHECK(sol.memory_peak <= sol.memory_predicted);
		if (getenv("CO_VERBOSE"))
			printf("%s: f %.10g after %d iterations, %d factorizations\n", s->text,
				   sol.residual.objective, sol.iterations, sol.factorizations);
		end();
	}
}

/* A start that is a minimizer stays one, after no iteration. */
static void
test_minimizer(void)
{
	double		x[] = {1, 1};
	CoNlpStart	start = {.x = x};
	CoOptions	options;
	CoSolution	sol;
	Point		p;

	begin();
	co_options_default(&options);
	must("minimize 100*(y - x^2)^2 + (1 - x)^2", &p);
	CHECK_INT(co_nlp_solve(&arena, &p.model.nlp, &options, &start, &sol), CO_OK);
	CHECK_STR(co_status_word(sol.status), "optimal");
	CHECK_INT(sol.iterations, 0);
	CHECK_INT(sol.second_order, CO_SECOND_ORDER_POSITIVE);
	end();
}

/* Without second derivatives nothing is said of the second order. */
static void
test_limited_memory(void)
{
	double		x[] = {0};
	CoNlpStart	start = {.x = x};
	CoOptions	options;
	CoSolution	sol;
	Point		p;

	begin();
	co_options_default(&options);
	options.exact_hessian = false;
	must("minimize (x^2 - 1)^2", &p);
	CHECK_INT(co_nlp_solve(&arena, &p.model.nlp, &options, &start, &sol), CO_OK);
	CHECK_STR(co_status_word(sol.status), "optimal");
	CHECK_INT(sol.second_order, CO_SECOND_ORDER_UNKNOWN);
	end();
}

CHECK_MAIN(TEST(test_saddles), TEST(test_minimizer), TEST(test_limited_memory))
