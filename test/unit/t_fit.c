/*-------------------------------------------------------------------------
 *
 * t_fit.c
 *	  nlp/param_fit.h and solver/sensitivity_fit.h: sums of squares taken apart,
 *	  and the inverse of their Gauss-Newton matrices by hand.
 *
 *-------------------------------------------------------------------------
 */
#include "senscheck.h"
#include "nlp/param_fit.h"
#include "solver/sensitivity_fit.h"

#define EXACT		1e-9
#define MAX_VAR		3

typedef struct Fitted			/* a solution, and the residuals' problem there */
{
	Case		c;
	CoParamFit	squares;
	CoParamModel model;
	CoCovariance *covariance;
} Fitted;

/* What does not move: bounds and rows that are active, and the residuals' rows. */
static void
invert(Fitted *f)
{
	CoParamNlp *nlp = f->model.nlp;
	double	   *x = co_take_zero_doubles(&arena, (size_t) nlp->n);
	bool	   *at_bound = co_take_zero(&arena, (size_t) nlp->n, sizeof(bool)),
			   *is_active = co_take_zero(&arena, (size_t) nlp->m, sizeof(bool));

	for (int j = 0; j < f->c.pm.n_var; j++)
	{
		x[j] = f->c.s->x[j];
		at_bound[j] = f->c.s->var[j].side != CO_SIDE_NONE;
	}
	for (int i = 0; i < nlp->m; i++)
		is_active[i] = i >= f->c.pm.model.n_row || f->c.s->row[i].side != CO_SIDE_NONE;
	CHECK_INT(co_param_model_fill(&f->model, f->c.p, x), CO_OK);
	CHECK_INT(co_covariance_new(&arena, nlp, x, f->c.p, at_bound, is_active, &f->covariance), CO_OK);
}

static void
fit(const char *text, Fitted *f)
{
	double	   *value;

	must(text, &f->c);
	CHECK_INT(co_param_fit_new(&arena, &f->c.block, &f->squares, &error), CO_OK);
	value = co_take_doubles(&arena, (size_t) f->squares.block.n_leaf);
	for (int k = 0; k < f->squares.block.n_leaf; k++)
		value[k] = k < f->c.block.n_leaf ? f->c.answer.leaf[k] : NAN;
	CHECK_INT(co_param_model_build(&arena, &f->squares.block, value, &f->model, &error), CO_OK);
	invert(f);
}

static void
check_inverse(Fitted *f, int n, const double *expected)
{
	double		column[MAX_VAR];

	CHECK(f->covariance->is_determined);
	CHECK_INT(f->c.pm.n_var, n);
	for (int j = 0; j < n; j++)
	{
		CHECK_INT(co_covariance_column(f->covariance, n, j, column), CO_OK);
		for (int i = 0; i < n; i++)
			CHECK_NEAR(column[i], expected[i + j * n], EXACT);
	}
}

/* At (ln 2, 3) J = (2 0; 6 2), the residuals are 0. */
#define EXPONENTIAL	"minimize (exp(a) - 2)^2 + (exp(a)*b - 6)^2"

static void
test_inverse(void)
{
	Fitted		f;

	begin();
	fit(EXPONENTIAL, &f);
	CHECK_INT(f.squares.n_residual, 2);
	CHECK(!f.squares.has_plain);
	check_inverse(&f, 2, (double[]) {0.25, -0.75, -0.75, 2.5});
	end();
}

/* Weights are those of the squares; a maximized sum has them with the other sign. */
static void
test_weights(void)
{
	Fitted		f;

	begin();
	fit("minimize 4*(exp(a) - 2)^2 + (exp(a)*b - 6)^2", &f);
	check_inverse(&f, 2, (double[]) {1.0 / 16.0, -3.0 / 16.0, -3.0 / 16.0, 13.0 / 16.0});
	fit("maximize -4*(exp(a) - 2)^2 - (exp(a)*b - 6)^2", &f);
	check_inverse(&f, 2, (double[]) {1.0 / 16.0, -3.0 / 16.0, -3.0 / 16.0, 13.0 / 16.0});
	end();
}

/* What a bound or a row holds does not vary, and the rest varies less. */
static void
test_active(void)
{
	Fitted		f;

	begin();
	fit(EXPONENTIAL " subject to c: b == 3", &f);
	check_inverse(&f, 2, (double[]) {1.0 / 40.0, 0, 0, 0});
	/* along (1, 1): 1 / (1 1) G (1 1)' */
	fit(EXPONENTIAL " subject to c: a - b == ln(2) - 3", &f);
	check_inverse(&f, 2, (double[]) {1.0 / 68.0, 1.0 / 68.0, 1.0 / 68.0, 1.0 / 68.0});
	/* b at 2: exp(a) is 14/5 there, J the column (1 2)' exp(a) */
	fit("minimize (exp(a) - 2)^2 + (exp(a)*b - 6)^2 where a in [-9, 9], b in [0, 2]", &f);
	check_inverse(&f, 2, (double[]) {1.0 / (5.0 * 2.8 * 2.8), 0, 0, 0});
	end();
}

/* Parameters are numbers here. */
static void
test_parameters(void)
{
	Fitted		f;

	begin();
	fit("minimize (exp(a) - p)^2 + (exp(a)*b - q)^2 where p := 2, q := 6", &f);
	check_inverse(&f, 2, (double[]) {0.25, -0.75, -0.75, 2.5});
	end();
}

/* Terms that are no squares of formulas count, but not as residuals. */
static void
test_plain(void)
{
	Fitted		f;

	begin();
	fit(EXPONENTIAL " + 2*b^2 - 12*b", &f);
	CHECK(f.squares.has_plain);
	CHECK_INT(f.squares.n_residual, 2);
	check_inverse(&f, 2, (double[]) {6.0 / 96.0, -12.0 / 96.0, -12.0 / 96.0, 40.0 / 96.0});
	end();
}

/* One residual for two variables. */
static void
test_undetermined(void)
{
	Fitted		f;

	begin();
	fit("minimize (exp(a) + exp(b) - 2)^2 where a in [-9, 9] start 1, b in [-9, 9]", &f);
	CHECK(!f.covariance->is_determined);
	end();
}

static void
test_refused(void)
{
	static const char *const refused[] = {
		"minimize exp(a)", "minimize (exp(a) - 2)^2 + exp(b)", "minimize (exp(a) - 2)^2 - (exp(b) - 1)^2",
		"maximize (exp(a) - 2)^2"
	};

	for (size_t k = 0; k < sizeof refused / sizeof *refused; k++)
	{
		CoBlock		block;
		CoParamFit	out;

		begin();
		CHECK_INT(co_parse(&arena, refused[k], strlen(refused[k]), CO_BLOCK_PROBLEM, &block, &error), CO_OK);
		CHECK_INT(co_param_fit_new(&arena, &block, &out, &error), CO_BAD_INPUT);
		CHECK(error.message[0] != '\0');
		end();
	}
}

CHECK_MAIN(TEST(test_inverse), TEST(test_weights), TEST(test_active), TEST(test_parameters),
		   TEST(test_plain), TEST(test_undetermined), TEST(test_refused))
