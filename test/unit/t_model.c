/*-------------------------------------------------------------------------
 *
 * t_model.c
 *	  Models of nonlinear problems: values and derivatives by hand and against
 *	  differences, structure, messages, canonical digits, failures.
 *
 *-------------------------------------------------------------------------
 */
#include "expr/builder.h"
#include "nlpcheck.h"

/* By hand */

static void
test_hs071(void)
{
	Point		p;

	begin();
	must("minimize x1*x4*(x1 + x2 + x3) + x3 subject to"
		 " c1: x1*x2*x3*x4 >= 25; c2: x1^2 + x2^2 + x3^2 + x4^2 == 40"
		 " where x1 in [1, 5] start 1, x2 in [1, 5] start 5, x3 in [1, 5] start 5, x4 in [1, 5] start 1",
		 &p);
	CHECK_INT(p.model.nlp.n, 4);
	CHECK_INT(p.model.nlp.m, 2);
	CHECK_INT(p.model.nlp.objective, CO_NONLINEAR);
	CHECK_INT(p.model.nlp.row[0], CO_NONLINEAR);
	CHECK_INT(p.model.nlp.row[1], CO_QUADRATIC);
	CHECK_NEAR(p.model.nlp.cl[0], 25.0, 0.0);
	CHECK(p.model.nlp.cu[0] == INFINITY);
	CHECK_INT(eval(&p, EVERYTHING), CO_OK);
	CHECK_NEAR(p.value.f, 16.0, 1e-14);
	CHECK_NEAR(p.value.c[0], 25.0, 1e-14);
	CHECK_NEAR(p.value.c[1], 52.0, 1e-14);
	CHECK_NEAR(p.value.grad[0], 12.0, 1e-14);
	CHECK_NEAR(p.value.grad[1], 1.0, 1e-14);
	CHECK_NEAR(p.value.grad[2], 2.0, 1e-14);
	CHECK_NEAR(p.value.grad[3], 11.0, 1e-14);
	CHECK_NEAR(jac_entry(&p, 0, 0), 25.0, 1e-14);
	CHECK_NEAR(jac_entry(&p, 0, 1), 5.0, 1e-14);
	CHECK_NEAR(jac_entry(&p, 1, 2), 10.0, 1e-14);
	p.y[0] = 2.0;
	p.y[1] = 3.0;
	CHECK_INT(hess(&p, 0.5), CO_OK);
	CHECK_NEAR(hess_entry(&p, 0, 0), 0.5 * 2.0 + 3.0 * 2.0, 1e-14);
	CHECK_NEAR(hess_entry(&p, 1, 0), 0.5 * 1.0 + 2.0 * 5.0, 1e-14);
	CHECK_NEAR(hess_entry(&p, 3, 0), 0.5 * 12.0 + 2.0 * 25.0, 1e-14);
	CHECK_NEAR(hess_entry(&p, 2, 2), 6.0, 1e-14);
	end();
}

/* What co_lower() makes of a problem without formulas, the model's matrices are too. */
static void
test_quadratic(void)
{
	static const char text[] =
	"maximize 3 + 2*x - (x - y)*(x + 2*y) + p*z - z^2 subject to"
	" a: 1 <= x + p*y + 4 <= 9; b: (x + y)^2/2 + p*x*z <= 5; c: x >= 1"
	" where x in [0, 4] start 1, y in [0, 4] start 2, z free, p := 3";
	Point		p;

	begin();
	must(text, &p);
	CHECK_INT(p.model.n_pattern, 0);
	CHECK(p.model.maximize);
	CHECK_INT(p.model.nlp.objective, CO_QUADRATIC);
	CHECK_INT(p.model.nlp.row[0], CO_LINEAR);
	CHECK_INT(p.model.nlp.row[1], CO_QUADRATIC);
	CHECK_INT(p.model.nlp.row[2], CO_LINEAR);
	CHECK_INT(p.model.leaf_var[3], -1);
	CHECK_NEAR(p.model.nlp.cl[0], -3.0, 0.0);
	CHECK_NEAR(p.model.nlp.cu[0], 5.0, 0.0);
	p.x[2] = -1.0;
	CHECK_INT(eval(&p, EVERYTHING), CO_OK);
	CHECK_NEAR(p.value.f, -(3.0 + 2.0 + 5.0 - 3.0 - 1.0), 1e-14);
	CHECK_NEAR(p.value.c[0], 7.0, 1e-14);
	CHECK_NEAR(p.value.c[1], 4.5 - 3.0, 1e-14);
	CHECK_NEAR(p.value.grad[0], -(2.0 - (1.0 + 4.0) - (1.0 - 2.0)), 1e-14);
	CHECK_NEAR(jac_entry(&p, 1, 0), 3.0 - 3.0, 1e-14);
	CHECK_NEAR(jac_entry(&p, 1, 2), 3.0, 1e-14);
	p.y[1] = 2.0;
	CHECK_INT(hess(&p, 1.0), CO_OK);
	CHECK_NEAR(hess_entry(&p, 0, 0), 2.0 + 2.0, 1e-14);
	CHECK_NEAR(hess_entry(&p, 1, 1), -4.0 + 2.0, 1e-14);
	CHECK_NEAR(hess_entry(&p, 2, 0), 6.0, 1e-14);
	CHECK_NEAR(hess_entry(&p, 2, 2), 2.0, 1e-14);
	end();
}

static void
test_maximize(void)
{
	Point		p;
	TestRandom	random = {3};
	Verdicts	verdicts = {0};

	begin();
	must("maximize x*exp(-x) + ln(y)*x - 4*y + 2 subject to r: x*exp(-x) >= 0.1"
		 " where x in [0, 9] start 2, y in [0.1, 9] start 3", &p);
	CHECK_INT(eval(&p, EVERYTHING), CO_OK);
	CHECK_NEAR(p.value.f, -(2.0 * exp(-2.0) + 2.0 * log(3.0) - 12.0 + 2.0), 1e-14);
	CHECK_NEAR(p.value.c[0], 2.0 * exp(-2.0), 1e-15);
	CHECK_NEAR(p.value.grad[1], -(2.0 / 3.0 - 4.0), 1e-15);
	check_derivatives("maximize", &p, &random, &verdicts);
	CHECK(verdicts.told > 0 && verdicts.unclear == 0);
	end();
}

/* One variable in several places of one formula, and in forms. */
static void
test_shared_variables(void)
{
	static const char *const texts[] = {
		"minimize x^3*exp(x) + (x*y)^2*sin(x + 2*y + z)*exp(x - y) where x in [-2, 2] start 0.7, y in [-inf, inf] start 0.4, z in [-inf, inf] start 1",
		"minimize exp(x - y)*ln(3 + x + y) + exp(2*x + 1)^2 where x in [-inf, inf] start 0.3, y in [-inf, inf] start 0.1",
		"minimize x/(y + x*y) + atan2(x, x) + power(x, x)*y/y where x in [-inf, inf] start 0.9, y in [-inf, inf] start 1.7",
		"minimize sin(x)*sin(x) + cos(x)^-3 + 2^x + x^2.5 + x^-0.5 + (x*y)^0.5 where x in [-inf, inf] start 0.9, y in [-inf, inf] start 1.7",
		("minimize (x1*x1 + x1*x2)*(x2 + x1*x3)*exp(x1 + x2 + x3) + (x1 + x2)^2*(x1 + x3)"
		 " where x1 in [-inf, inf] start 0.2, x2 in [-inf, inf] start -0.7, x3 in [-inf, inf] start 0.6"),
		"minimize exp(-(exp(-(x*y)))) - (-(-ln(x + y^2))) where x in [-inf, inf] start 0.2, y in [-inf, inf] start 0.9",
	};
	TestRandom	random = {5};

	for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
	{
		Verdicts	verdicts = {0};
		Point		p;

		begin();
		must(texts[k], &p);
		check_derivatives(texts[k], &p, &random, &verdicts);
		CHECK(verdicts.points == 3 && verdicts.unclear == 0);
		end();
	}
}

/* Where limits are finite and the plain products are 0 times infinity. */
static void
test_at_zero(void)
{
	Point		p;

	begin();
	must("minimize x^2*exp(y) + x^3*exp(y) + (x^2)^2*y + power(x, 2)*exp(y) + y^2.5 + x^2*x^y"
		 " where x in [-inf, inf] start 0, y in [-inf, inf] start 2", &p);
	CHECK_INT(eval(&p, EVERYTHING), CO_OK);
	CHECK_INT(hess(&p, 1.0), CO_OK);
	CHECK_NEAR(p.value.f, pow(2.0, 2.5), 1e-15);
	CHECK_NEAR(p.value.grad[0], 0.0, 0.0);
	CHECK_NEAR(p.value.grad[1], 2.5 * pow(2.0, 1.5), 1e-14);
	CHECK_NEAR(hess_entry(&p, 0, 0), 4.0 * exp(2.0), 1e-13);
	CHECK_NEAR(hess_entry(&p, 1, 0), 0.0, 0.0);
	end();

	begin();
	must("minimize x^3 + x^-3*y + x^4*y + (x*y)^-2 where x in [-inf, inf] start -2, y in [-inf, inf] start 1", &p);
	CHECK_INT(eval(&p, EVERYTHING), CO_OK);
	CHECK_INT(hess(&p, 1.0), CO_OK);
	CHECK_NEAR(p.value.f, -8.0 - 0.125 + 16.0 + 0.25, 1e-14);
	CHECK_NEAR(p.value.grad[0], 12.0 - 3.0 / 16.0 - 32.0 + 0.25, 1e-13);
	CHECK_NEAR(hess_entry(&p, 0, 0), -12.0 - 12.0 / 32.0 + 48.0 + 6.0 / 16.0, 1e-13);
	end();
}

static void
test_not_finite(void)
{
	Point		p;

	begin();
	must("minimize sqrt(x) subject to c: ln(y) + x^1.5 <= 1 where x in [0, 9] start 0, y in [-inf, inf] start 1",
		 &p);
	CHECK_INT(eval(&p, CO_WANT_F | CO_WANT_C), CO_OK);
	CHECK_INT(eval(&p, CO_WANT_F | CO_WANT_C | CO_WANT_JAC), CO_OK);
	CHECK_INT(eval(&p, CO_WANT_GRAD), CO_NOT_FINITE);
	CHECK_INT(hess(&p, 1.0), CO_NOT_FINITE);

	/* Neither the objective nor the row counts in the Lagrangian. */
	CHECK_INT(hess(&p, 0.0), CO_OK);
	CHECK_NEAR(hess_entry(&p, 0, 0), 0.0, 0.0);
	p.y[0] = 1.0;
	CHECK_INT(hess(&p, 0.0), CO_NOT_FINITE);
	p.x[0] = 1.0;
	p.x[1] = -1.0;
	CHECK_INT(eval(&p, CO_WANT_F | CO_WANT_GRAD), CO_OK);
	CHECK_INT(eval(&p, CO_WANT_C), CO_NOT_FINITE);
	p.x[1] = 0.0;
	CHECK_INT(eval(&p, CO_WANT_C), CO_NOT_FINITE);
	p.x[0] = -1.0;
	CHECK_INT(eval(&p, CO_WANT_F), CO_NOT_FINITE);
	end();
}

/* The same in a pattern that many rows share: a row without weight is left out. */
static void
test_unweighted_rows(void)
{
	Point		p;

	begin();
	must("minimize a^1.5 subject to c1: x^1.5 <= 1; c2: y^1.5 <= 1; c3: z^1.5 <= 1"
		 " where a in [-inf, inf] start 1, x in [0, 9] start 0, y in [-inf, inf] start 1, z in [-inf, inf] start 4", &p);
	CHECK_INT(p.model.n_pattern, 1);
	p.y[1] = 2.0;
	CHECK_INT(hess(&p, 1.0), CO_OK);
	CHECK_NEAR(hess_entry(&p, 0, 0), 0.75, 1e-15);
	CHECK_NEAR(hess_entry(&p, 1, 1), 0.0, 0.0);
	CHECK_NEAR(hess_entry(&p, 2, 2), 1.5, 1e-15);
	p.y[0] = 1e-300;
	CHECK_INT(hess(&p, 1.0), CO_NOT_FINITE);
	end();
}

/* Squares of forms neither expanded nor lifted are known as quadratic all the same. */
static void
test_squares_of_forms(void)
{
	Point		p;
	TestRandom	random = {31};
	Verdicts	verdicts = {0};

	begin();
	must("minimize (a + 2*b - c + d + e - 3*f + g + h + i + j - 1)^2 + (a - b - c + d + 2*e - f + g - h + i - j)^2"
		 " + a*b subject to r: (a + 2*b - c + d + e - 3*f + g + h + i + j)*(a - b - c + d + 2*e - f + g - h + i - j) <= 1;"
		 " s: exp(a) <= 2", &p);
	CHECK_INT(p.model.nlp.n, 10);
	CHECK_INT(p.model.nlp.m, 2);
	CHECK_INT(p.model.nlp.objective, CO_QUADRATIC);
	CHECK_INT(p.model.nlp.row[0], CO_QUADRATIC);
	CHECK_INT(p.model.nlp.row[1], CO_NONLINEAR);
	check_derivatives("squares", &p, &random, &verdicts);
	CHECK(verdicts.told > 0 && verdicts.unclear == 0);
	end();
}

static void
check_message(const char *text, const char *message)
{
	Point		p;

	begin();
	CHECK_INT(model_of(text, &p), CO_BAD_INPUT);
	CHECK_STR(error.message, message);
	end();
}

static void
test_messages(void)
{
	check_message("minimize x*exp(x) subject to r: x*ln(p) >= 1 where p := -1",
				  "a formula of constants and parameters in constraint r is not finite");
	check_message("minimize exp(x/sqrt(p)) where p := -1, x free",
				  "a formula of constants and parameters in the objective is not finite");
	check_message("minimize x*exp(x)/p where p := 0",
				  "a formula of constants and parameters in the objective is not finite");
	check_message("minimize exp(x) + ship['a'] where ship['a'] undefined",
				  "variable ship['a'] is not defined");
	check_message("minimize exp(x) subject to r: 1e308*x^2 + p*x^2 <= 1 where p := 1e308, x free",
				  "coefficient of x * x in constraint r is not finite");
}

/* Data that happen to be 1 or -1 do not make another pattern. */
static void
test_skeletons(void)
{
	Point		p;

	begin();
	must("minimize ((2 - (a*exp(-b*1) + c))/1)^2 + ((2.5 - (a*exp(-b*1.5) + c))/0.3)^2"
		 " + ((3 - (a*exp(-b*0.5) + c))/2)^2 + ((1 - (a*exp(b*1) + c))/-1)^2", &p);
	CHECK_INT(p.model.n_pattern, 1);
	CHECK_INT(p.model.n_term, 4);
	end();

	/* Parameters are numbers. */
	begin();
	must("minimize exp(p*x) + exp(r*y) + exp(q*z) where p := 3, q := 4, r := 2", &p);
	CHECK_INT(p.model.n_pattern, 1);
	p.x[0] = p.x[1] = p.x[2] = 0.1;
	CHECK_INT(eval(&p, CO_WANT_F), CO_OK);
	CHECK_NEAR(p.value.f, exp(0.3) + exp(0.2) + exp(0.4), 1e-14);
	end();
}

/* A problem of several shapes, its terms in the order given. */
#define N_TERMS		1600
#define N_GROUPS	5

static CoRc
build_terms(const int *order, CoModel *model)
{
	CoBuilder  *builder;
	CoBlock		block,
				term;
	char		text[200];

	CHECK_INT(co_builder_new(&arena, CO_BLOCK_PROBLEM, &builder), CO_OK);
	CHECK_INT(co_builder_row(builder, NULL, NULL, -INFINITY, INFINITY), CO_OK);
	for (int k = 0; k < 3 * N_GROUPS; k++)
	{
		CoLeafDef	def = {"v", NULL, CO_LEAF_VARIABLE, -INFINITY, INFINITY, 0.3 + 0.01 * k};
		char		key[16];
		int			leaf;

		snprintf(key, sizeof key, "%d", k);
		def.key = key;
		CHECK_INT(co_builder_leaf(builder, &def, &leaf, &error), CO_OK);
	}
	for (int r = 0; r < 3; r++)
	{
		if (r > 0)
			CHECK_INT(co_builder_row(builder, "row", r == 1 ? "1" : "2", 0.0, 1.0), CO_OK);
		for (int k = 0; k < N_TERMS; k++)
		{
			TestRandom	random = {(uint64_t) (order[k] + 1000 * r + 7)};
			int			g = r == 2 ? test_int(&random, 3 * N_GROUPS - 2) : 3 * (order[k] % N_GROUPS);
			double		s = test_normal(&random);
			double		t = test_uniform(&random);

			test_normal(&random);
			switch (order[k] % 4)
			{
				case 0:
					snprintf(text, sizeof text, "%.17g*x[%d]*x[%d] + %.17g*x[%d] + %.17g", s, g, g + 1, t, g, s);
					break;
				case 1:
					snprintf(text, sizeof text, "%.17g*x[%d]^3*exp(x[%d] - %.17g*x[%d])", s, g + 1, g, t, g + 2);
					break;
				default:
					snprintf(text, sizeof text, "(%.17g - x[%d]*exp(-%.17g*x[%d]) - x[%d])^2", s, g, t, g + 1, g + 2);
			}
			for (char *at = text; (at = strchr(at, 'x')) != NULL; at++)
				if (at[1] == '[')
					*at = 'v';
			CHECK_INT(co_parse(&arena, text, strlen(text), CO_BLOCK_EXPR, &term, &error), CO_OK);
			CHECK_INT(co_builder_add_row(builder, &term, 0, 1.0, &error), CO_OK);
		}
	}
	co_builder_view(builder, &block);
	return co_model_build(&arena, &block, NULL, model, &error);
}

static bool
same_bits(size_t n, const double *a, const double *b)
{
	return memcmp(a, b, n * sizeof *a) == 0;
}

/* The digits do not depend on the order in which terms arrived. */
static void
test_order_of_arrival(void)
{
	TestRandom	random = {11};
	int			order[N_TERMS];
	Point		first,
				other;

	begin();
	for (int k = 0; k < N_TERMS; k++)
		order[k] = k;
	CHECK_INT(build_terms(order, &first.model), CO_OK);
	prepare(&first);
	first.y[0] = 0.7;
	first.y[1] = -1.3;
	CHECK_INT(eval(&first, EVERYTHING), CO_OK);
	CHECK_INT(hess(&first, 1.1), CO_OK);
	CHECK(first.model.n_pattern >= 2);
	for (int trial = 0; trial < 5; trial++)
	{
		const CoNlp *nlp = &first.model.nlp;

		for (int k = N_TERMS - 1; k > 0; k--)
		{
			int			l = test_int(&random, k + 1),
						kept = order[k];

			order[k] = order[l];
			order[l] = kept;
		}
		CHECK_INT(build_terms(order, &other.model), CO_OK);
		prepare(&other);
		co_copy(nlp->m, first.y, other.y);
		CHECK_INT(eval(&other, EVERYTHING), CO_OK);
		CHECK_INT(hess(&other, 1.1), CO_OK);
		CHECK_INT(co_csc_nnz(&other.model.nlp.jac), co_csc_nnz(&nlp->jac));
		CHECK_INT(co_csc_nnz(&other.model.nlp.hess), co_csc_nnz(&nlp->hess));
		CHECK(same_bits(1, &other.value.f, &first.value.f));
		CHECK(same_bits((size_t) nlp->m, other.value.c, first.value.c));
		CHECK(same_bits((size_t) nlp->n, other.value.grad, first.value.grad));
		CHECK(same_bits((size_t) co_csc_nnz(&nlp->jac), other.value.jac, first.value.jac));
		CHECK(same_bits((size_t) co_csc_nnz(&nlp->hess), other.hess, first.hess));
		CHECK(same_bits((size_t) nlp->m, other.model.nlp.cl, nlp->cl));
	}
	end();
}

/* Instances by run, by block and one by one must agree with the formulas. */
static void
test_many_instances(void)
{
	TestRandom	random = {13};
	Verdicts	verdicts = {0};
	int			order[N_TERMS];
	Point		p;

	begin();
	for (int k = 0; k < N_TERMS; k++)
		order[k] = k;
	CHECK_INT(build_terms(order, &p.model), CO_OK);
	check_derivatives("many", &p, &random, &verdicts);
	CHECK(verdicts.told > 0 && verdicts.unclear == 0);
	end();
}

/* Weather */

static const char weather_text[] =
"maximize x*exp(-y) + (x + y)^2/3 + ln(x)*z + p*x subject to a: x*y*z + exp(x - y - z) <= 4;"
" b: x*z <= 9; c: sin(x) + sin(y) + sin(z) >= -1"
" where x in [0.1, 9] start 1, y in [-9, 9] start 2, z in [-9, 9] start 3, p := 0.5";

static CoRc
build_and_run(void)
{
	Point		p;
	CoRc		rc = model_of(weather_text, &p);

	if (!rc)
		rc = co_arena_failed(&arena);
	if (!rc)
		rc = eval(&p, EVERYTHING);
	return rc ? rc : hess(&p, 1.0);
}

static void
test_every_allocation_fails(void)
{
	long		n_alloc;

	begin();
	CHECK_INT(build_and_run(), CO_OK);
	n_alloc = host.n_alloc;
	end();
	CHECK(n_alloc > 2);
	for (long k = 0; k < n_alloc; k++)
	{
		begin();
		host.fail_at = k;
		CHECK_INT(build_and_run(), CO_NO_MEMORY);
		CHECK(arena.failed != CO_OK);
		end();
	}
}

static void
test_every_limit(void)
{
	size_t		peak;

	begin();
	CHECK_INT(build_and_run(), CO_OK);
	peak = arena.peak;
	end();
	for (size_t limit = 0; limit < peak; limit += peak / 50)
	{
		begin();
		arena.limit = limit;
		CHECK_INT(build_and_run(), CO_MEMORY_EXCEEDED);
		CHECK(arena.wanted > limit);
		end();
	}
}

static void
test_cancel_at_every_poll(void)
{
	long		n_poll;

	begin();
	host.cancel_at = 1000000000;
	CHECK_INT(build_and_run(), CO_OK);
	n_poll = host.n_poll;
	end();
	CHECK(n_poll > 2);
	for (long k = 0; k < n_poll; k++)
	{
		begin();
		host.cancel_at = k;
		CHECK_INT(build_and_run(), CO_CANCELED);
		end();
	}
}

CHECK_MAIN(TEST(test_hs071), TEST(test_quadratic), TEST(test_maximize), TEST(test_shared_variables),
		   TEST(test_at_zero), TEST(test_not_finite), TEST(test_unweighted_rows), TEST(test_messages),
		   TEST(test_squares_of_forms), TEST(test_skeletons), TEST(test_order_of_arrival),
		   TEST(test_many_instances), TEST(test_every_allocation_fails), TEST(test_every_limit),
		   TEST(test_cancel_at_every_poll))
