/*-------------------------------------------------------------------------
 *
 * t_model_sums.c
 *	  Long forms and long sums inside formulas: variables of their own, their
 *	  starts, derivatives.
 *
 *-------------------------------------------------------------------------
 */
#include "expr/code.h"
#include "nlpcheck.h"

/* Long forms */

/* sum over k < n of (k % 7 - 3) / 4 v[k], as text */
static void
print_form(char *out, size_t size, int n)
{
	size_t		fill = 0;

	for (int k = 0; k < n; k++)
		fill += (size_t) snprintf(out + fill, size - fill, "%s%g*v[%d]", k > 0 ? " + " : "",
								  (k % 7 - 3) / 4.0 + 0.125, k);
}

static void
check_long_form(int n, int n_added)
{
	static char form[20000],
				text[120000];
	TestRandom	random = {19};
	Verdicts	verdicts = {0};
	Point		p;
	double		sum = 1.0;

	begin();
	print_form(form, sizeof form, n);
	snprintf(text, sizeof text, "minimize exp((1 + %s)/100) + (1 + %s)^4/1000 subject to c: v[0]*(1 + %s)^3 <= 1",
			 form, form, form);
	must(text, &p);
	CHECK_INT(p.model.nlp.n - p.model.n_var, n_added);
	CHECK_INT(p.model.nlp.m - p.model.n_row, n_added);
	for (int k = 0; k < n; k++)
	{
		p.x[k] = p.model.start[k] = 0.01 * k / n;
		sum += ((k % 7 - 3) / 4.0 + 0.125) * p.x[k];
	}
	co_model_fill_added(&p.model, p.x);
	co_model_fill_added(&p.model, p.model.start);
	CHECK_INT(eval(&p, EVERYTHING), CO_OK);
	CHECK_NEAR(p.value.f, exp(sum / 100.0) + pow(sum, 4.0) / 1000.0, 1e-12);
	for (int k = 0; k < n_added; k++)
		CHECK_NEAR(p.value.c[1 + k], p.model.nlp.cl[1 + k], 1e-12);
	if (n_added > 0)
		CHECK(co_csc_nnz(&p.model.nlp.hess) < 2 * n);
	check_derivatives("long form", &p, &random, &verdicts);
	CHECK(verdicts.told > 0);
	end();
}

static void
test_long_forms(void)
{
	check_long_form(2, 0);
	check_long_form(20, 0);
	check_long_form(100, 0);
	check_long_form(300, 2);	/* 1 + form, (1 + form) / 100 */
}

/*
 * outer(constant + sum over k < n of term k): the sum becomes a variable when it
 * is long, and its terms are patterns and matrices of the added row.
 */
static void
check_nested(const char *head, const char *tail, const char *term, int n, int n_added,
			 int most_hess, int n_pattern)
{
	static char text[400000];
	TestRandom	random = {23};
	Verdicts	verdicts = {0};
	size_t		fill = (size_t) snprintf(text, sizeof text, "%s", head);
	Point		p;
	double		f;

	begin();
	for (int k = 0; k < n; k++)
	{
		for (const char *at = term; *at; at++)
			fill += (size_t) (*at == '#' ? snprintf(text + fill, sizeof text - fill, "v[%d]", k) :
							  *at == '@' ? snprintf(text + fill, sizeof text - fill, "v[%d]", (k + 1) % n) :
							  snprintf(text + fill, sizeof text - fill, "%c", *at));
	}
	snprintf(text + fill, sizeof text - fill, "%s", tail);
	must(text, &p);
	CHECK_INT(p.model.nlp.n - p.model.n_var, n_added);
	CHECK_INT(p.model.nlp.m - p.model.n_row, n_added);
	CHECK_INT(p.model.n_pattern, n_pattern);
	CHECK(co_csc_nnz(&p.model.nlp.hess) <= most_hess);
	for (int j = 0; j < p.model.n_var; j++)
		p.model.start[j] = 0.1 + 0.8 * test_uniform(&random);
	co_model_fill_added(&p.model, p.model.start);
	prepare(&p);
	CHECK_INT(eval(&p, EVERYTHING), CO_OK);
	for (int k = p.model.n_row; k < p.model.nlp.m; k++)
		CHECK_NEAR(p.value.c[k], p.model.nlp.cl[k], 1e-11 * fmax(1.0, fabs(p.x[p.model.n_var])));

	/* The same value as the formula's own evaluation. */
	{
		CoBlock		block;
		double	   *leaf,
				   *stack = co_take_doubles(&arena, CO_MAX_DEPTH);
		int			at = 0;
		CoCodeTerm	code;

		CHECK_INT(co_parse(&arena, text, strlen(text), CO_BLOCK_PROBLEM, &block, &error), CO_OK);
		leaf = co_take_doubles(&arena, (size_t) block.n_leaf);
		for (int j = 0; j < block.n_leaf; j++)
			leaf[j] = p.model.leaf_var[j] < 0 ? block.leaf_start[j] : p.x[p.model.leaf_var[j]];
		f = block.constant[0];
		for (int t = 0; t < block.lin_end[0]; t++)
			f += block.lin_coef[t] * leaf[block.lin_leaf[t]];
		while (co_code_term(block.code, block.code_end[0], &at, &code))
			f += code.scale * co_code_eval(NULL, code.code, code.length, leaf, stack);
		CHECK_NEAR(p.value.f, f, 1e-11 * fmax(1.0, fabs(f)));
	}
	check_derivatives(text, &p, &random, &verdicts);
	CHECK(verdicts.told > 0 && verdicts.points > 0);
	end();
}

static void
test_long_sums(void)
{
	/* Short ones stay. */
	check_nested("minimize ln(1", ")", " + exp(2*#)", 20, 0, 210, 1);

	/* ln(t), t = the sum: diagonal but for nothing. */
	check_nested("minimize 3*ln(1", ") + v[0]", " + exp(2*#)", 300, 1, 301, 2);

	/*
	 * Polynomial sums become products of the row; a squared one of the
	 * objective.
	 */
	check_nested("minimize sqrt(2", ")", " + #^2 - 0.5*#*@", 300, 1, 601, 1);
	check_nested("minimize (2", ")^2", " + #^2", 300, 1, 301, 0);

	/* The same sum in many terms is one variable; one inside another are two. */
	check_nested("minimize v[0]*ln(1", ") where v[0] in [0, 1]", " + exp(#) - sin(@)*#", 300, 1, 900, 3);
	check_nested("minimize exp(-ln(4", ")) + ln(p*x)", " + sqrt(1 + #*@)*2 - 3*#", 300, 1, 1000, 3);

	/* Nor are long ones lifted where the Hessian is small. */
	check_nested("minimize ln(1", ")", " + exp(2*#)", 100, 0, 5050, 1);
}

static void
test_sum_in_sum(void)
{
	static char text[100000],
				inner[50000];
	size_t		fill = 0;
	TestRandom	random = {29};
	Verdicts	verdicts = {0};
	Point		p;

	begin();
	for (int k = 0; k < 300; k++)
		fill += (size_t) snprintf(inner + fill, sizeof inner - fill, "%sexp(v[%d])", k ? " + " : "", k);
	fill = (size_t) snprintf(text, sizeof text, "minimize ln(v[1]*ln(%s)", inner);
	for (int k = 0; k < 280; k++)
		fill += (size_t) snprintf(text + fill, sizeof text - fill, " + v[%d]^4", k);
	snprintf(text + fill, sizeof text - fill, ") subject to c: v[2]*ln(%s) <= 4", inner);
	must(text, &p);
	CHECK_INT(p.model.nlp.n - p.model.n_var, 2);
	for (int j = 0; j < p.model.n_var; j++)
		p.model.start[j] = 0.2 + 0.8 * test_uniform(&random);
	co_model_fill_added(&p.model, p.model.start);
	prepare(&p);
	CHECK_INT(eval(&p, EVERYTHING), CO_OK);
	CHECK_NEAR(p.value.c[1], p.model.nlp.cl[1], 1e-11);
	CHECK_NEAR(p.value.c[2], p.model.nlp.cl[2], 1e-11);
	check_derivatives("sum in sum", &p, &random, &verdicts);
	CHECK(verdicts.told > 0);
	end();
}

CHECK_MAIN(TEST(test_long_forms), TEST(test_long_sums), TEST(test_sum_in_sum))
