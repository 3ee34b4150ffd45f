/*-------------------------------------------------------------------------
 *
 * t_nlp_prove.c
 *	  What ranges prove: models without a feasible point, in one box or in
 *	  several, and their twins that have one, of which nothing may be proved.
 *
 *-------------------------------------------------------------------------
 */
#include "nlpcheck.h"
#include "nlp/nlp_prove.h"

#define TOLERANCE		1e-5

static CoNlpProof
prove(const char *text, int max_boxes)
{
	CoNlpProof	proof;
	Point		p;

	must(text, &p);
	CHECK_INT(co_nlp_prove_infeasible(&arena, &p.model.nlp, TOLERANCE, max_boxes, &proof), CO_OK);
	return proof;
}

/* One box is enough, and it is this row, at this side. */
static const struct
{
	const char *text;
	int			row;
	double		side;
}			by_row[] =

{
	{"minimize x subject to sqrt(x) <= -1", 0, 1},
	{"minimize x subject to ln(x) <= -1 where x in [1, 5]", 0, 1},
	{"minimize x subject to ln(x) >= 2 where x in [1, 5]", 0, -1},
	{"minimize x subject to x <= 3; x^2 + 1 == 0", 1, 1},
	/* x + x^2 is at least -1/4: one function, not two */
	{"minimize x subject to x + x^2 <= -0.3", 0, 1},
	{"minimize x + y subject to x*y >= 1 where x in [0, inf], y in [-inf, 0]", 0, -1},
	/* rows of one variable are bounds, of any sign and factor */
	{"minimize x + y subject to x*y >= 1; x >= 0; y <= 0", 0, -1},
	{"minimize x + y subject to x*y >= 1; -2*x <= 0; 0 >= 3*y", 0, -1},
	{"minimize x subject to x*y == 1; x == 0", 0, -1},
	{"minimize x subject to x >= 2; x <= 1", 1, 1},
	/* there is no value at all */
	{"minimize x subject to sqrt(x - 3) <= 1; x <= 2", 0, 0},
	{"minimize x subject to ln(0 - x^2 - 1) <= 5", 0, 0},
	{"minimize x subject to abs(x) <= -0.1", 0, 1},
	{"minimize x subject to exp(x) <= -1", 0, 1},
	{"minimize x subject to 1/x <= -1 where x in [0.1, 100]", 0, 1},
	{"minimize x subject to sin(x)*sin(y) >= 1.2", 0, -1},
	{"minimize x subject to power(x, 4)*y <= -1 where y in [0, inf]", 0, 1},
};

static void
test_one_box(void)
{
	for (size_t k = 0; k < sizeof by_row / sizeof *by_row; k++)
	{
		int			before = check_failures;
		CoNlpProof	proof;

		begin();
		proof = prove(by_row[k].text, 1);
		CHECK(proof.proved);
		CHECK_INT(proof.row, by_row[k].row);
		CHECK_NEAR(proof.side, by_row[k].side, 0.0);
		if (check_failures > before)
			printf("  ... %s\n", by_row[k].text);
		end();
	}
}

static const char *const by_parts[] = {
	"minimize x subject to x^2 + y^2 <= 1; (x - 4)^2 + y^2 <= 1",
	"minimize x subject to x^2 + y^2 == 4; x^2 + y^2 == 1",
	"minimize x subject to x^2 + y^2 + z^2 <= 1; x*y*z >= 1",
	"minimize x subject to x*y == 1; x^2 + y^2 == 1",
	"minimize x subject to x + y + z == 3; x^2 <= 4; x^2 + y^2 + z^2 <= 2",
	"minimize x subject to ln(x) + ln(y) >= 1; x + y <= 2",
	"minimize x subject to sqrt(x) + sqrt(y) >= 3; x + y <= 4",
	"minimize x subject to power(x, 0.5) + x <= -0.5",
	"minimize x + y subject to exp(x) + exp(0-x) == y; y <= 1",
	"minimize x subject to x + 1/x <= 1.99 where x in [0.01, inf]",
	"minimize x subject to abs(x) + abs(x - 1) <= 0.9",
	"minimize x subject to sin(x) >= 0.5; cos(x) >= 0.95; x >= -1; x <= 1",
};

/* None of them is feasible, and one box does not tell. */
static void
test_several_boxes(void)
{
	for (size_t k = 0; k < sizeof by_parts / sizeof *by_parts; k++)
	{
		int			before = check_failures;
		CoNlpProof	proof;

		begin();
		proof = prove(by_parts[k], 1);
		CHECK(!proof.proved);
		CHECK_INT(proof.n_box, 1);
		proof = prove(by_parts[k], CO_NLP_PROOF_BOXES);
		CHECK(proof.proved && proof.row == -1 && proof.n_box > 1);
		if (check_failures > before)
			printf("  ... %s: %d boxes\n", by_parts[k], proof.n_box);
		end();
	}
}

/* There is a point within the tolerance, some of them on the edge of the domain. */
static const char *const feasible[] = {
	"minimize x subject to sqrt(x) <= 0",
	"minimize x subject to ln(x) <= -1 where x in [0, 5]",
	"minimize x subject to x^2 <= 0",
	"minimize x subject to x^2 <= -1e-7",
	"minimize x + y subject to x*y >= 0; x >= 0; y <= 0",
	"minimize x subject to x >= 1; x <= 0.999999999999",
	"minimize x subject to x^2 + y^2 <= 1; (x - 2)^2 + y^2 <= 1",
	"minimize x subject to x + 1/x <= 2 where x in [0.01, inf]",
	"minimize x subject to sqrt(x) + sqrt(y) >= 2.8284271247461903; x + y <= 4",
	"minimize x subject to sin(x) >= 1",
	"minimize x subject to cosh(x) <= 1",
	"minimize x subject to exp(x) <= 1e-30",
	"minimize x subject to 1/x <= 0 where x in [0.1, inf]",
	"minimize x subject to x^2 + y^2 + z^2 == 1; x + y + z == 1.7320508075688772",
	"minimize x subject to 1e-9*x^2 >= 4",
	"minimize x subject to x*y == 1e-12 where x in [0, inf], y in [0, inf]",
	"minimize x subject to ln(x) + y == 700; x >= 1; y <= 700",
};

static void
test_feasible(void)
{
	for (size_t k = 0; k < sizeof feasible / sizeof *feasible; k++)
	{
		int			before = check_failures;

		begin();
		CHECK(!prove(feasible[k], CO_NLP_PROOF_BOXES).proved);
		if (check_failures > before)
			printf("  ... %s\n", feasible[k]);
		end();
	}
}

/* objective; a value below all of it, but not by much; -inf: it has no such */
static const struct
{
	const char *text;
	double		floor;
}			floors[] =

{
	{"minimize 1/ln(x) where x in [2, inf]", 0},
	{"minimize 1/ln(x) subject to x >= 2", 0},
	{"minimize ln(x)", -INFINITY},
	{"minimize x^2 - 2*x + exp(y)", -1},
	{"maximize tanh(x) - y^2", -1},
	{"minimize x*y where x in [0, inf], y in [0, 1]", 0},
	{"minimize x*y where x in [0, inf], y in [-1, 1]", -INFINITY},
	{"minimize power(x, -0.01)", 0},
};

static void
test_floor(void)
{
	for (size_t k = 0; k < sizeof floors / sizeof *floors; k++)
	{
		double		lowest;
		Point		p;

		begin();
		must(floors[k].text, &p);
		CHECK_INT(co_nlp_objective_floor(&arena, &p.model.nlp, &lowest), CO_OK);
		CHECK(lowest == floors[k].floor || (lowest <= floors[k].floor && lowest >= floors[k].floor - 1e-6));
		end();
	}
}

/* Without ranges, rows or variables nothing is proved. */
static void
test_nothing_known(void)
{
	CoNlpProof	proof;
	double		lowest;
	Point		p;

	begin();
	must("minimize x^2 subject to sqrt(x) <= -1", &p);
	p.model.nlp.range = NULL;
	CHECK_INT(co_nlp_prove_infeasible(&arena, &p.model.nlp, TOLERANCE, 100, &proof), CO_OK);
	CHECK(!proof.proved && proof.n_box == 0);
	CHECK_INT(co_nlp_objective_floor(&arena, &p.model.nlp, &lowest), CO_OK);
	CHECK(lowest == -INFINITY);
	CHECK(!prove("minimize x^2", 100).proved);
	end();
}

static CoRc
prove_again(const Point *p)
{
	CoNlpProof	proof;

	return co_nlp_prove_infeasible(&arena, &p->model.nlp, TOLERANCE, CO_NLP_PROOF_BOXES, &proof);
}

/* Cancel at every poll; memory that is not there is refused before it is taken. */
static void
test_failures(void)
{
	static const char text[] = "minimize x subject to x^2 + y^2 + z^2 <= 1; x*y*z >= 1; x + y >= -9; z <= 7";
	Point		p;

	for (int k = 0; k < 50; k++)
	{
		begin();
		must(text, &p);
		host.cancel_at = host.n_poll + k;
		CHECK_INT(prove_again(&p), CO_CANCELED);
		end();
	}
	begin();
	must(text, &p);
	arena.limit = arena.used + 1000;
	CHECK_INT(prove_again(&p), CO_MEMORY_EXCEEDED);
	CHECK(arena.used <= arena.limit);
	end();
}

CHECK_MAIN(TEST(test_one_box), TEST(test_several_boxes), TEST(test_feasible), TEST(test_floor),
		   TEST(test_nothing_known), TEST(test_failures))
