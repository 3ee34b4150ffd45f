/*-------------------------------------------------------------------------
 *
 * t_call.c
 *	  Calls of the host's functions: texts and code, models, derivatives,
 *	  bounds, solves.
 *
 *-------------------------------------------------------------------------
 */
#include "expr/algebra.h"
#include "flat.h"
#include "nlp/explain_call.h"
#include "nlpcheck.h"
#include "solver/nlp_solve.h"

/* The host's functions: what they were asked is kept. */

static long n_value,
			n_gradient;
static double least[4],
			most[4];			/* arguments */
static bool is_rough;			/* functions have no value for x > 1.5 */

static void
note(int n, const double *x)
{
	for (int k = 0; k < n && k < 4; k++)
	{
		CHECK(isfinite(x[k]));
		least[k] = fmin(least[k], x[k]);
		most[k] = fmax(most[k], x[k]);
	}
}

static double
rosenbrock(double x, double y)
{
	return (1.0 - x) * (1.0 - x) + 100.0 * (y - x * x) * (y - x * x);
}

static bool
call(void *self, const char *function, bool is_gradient, int n, const double *x, double *result)
{
	(void) self;
	note(n, x);
	if (is_gradient)
		n_gradient++;
	else
		n_value++;
	if (strcmp(function, "rosen") == 0 && n == 2)
		result[0] = is_rough && x[0] > 1.5 ? NAN : rosenbrock(x[0], x[1]);
	else if (strcmp(function, "rosen'") == 0 && n == 2)
	{
		result[0] = -2.0 * (1.0 - x[0]) - 400.0 * x[0] * (x[1] - x[0] * x[0]);
		result[1] = 200.0 * (x[1] - x[0] * x[0]);
	}
	else if (strcmp(function, "root") == 0)
		result[0] = sqrt(x[0]);
	else if (strcmp(function, "square") == 0)
		result[0] = x[0] * x[0];
	else if (strcmp(function, "square'") == 0)
		result[0] = 2.0 * x[0];
	else if (strcmp(function, "difference") == 0)
	{
		CHECK(x[0] <= x[1]);
		result[0] = sqrt(1.0 + x[1] - x[0]);
	}
	else if (strcmp(function, "sum") == 0)
	{
		result[0] = 0.0;
		for (int k = 0; k < n; k++)
			result[0] += (k + 1) * x[k];
	}
	else
		return false;
	return true;
}

static void
begin_calls(void)
{
	begin();
	host.env.call = call;
	n_value = n_gradient = 0;
	is_rough = false;
	for (int k = 0; k < 4; k++)
	{
		least[k] = INFINITY;
		most[k] = -INFINITY;
	}
}

/* Texts and code */

static void
parse(const char *text, CoBlock *block)
{
	CoRc		rc = co_parse(&arena, text, strlen(text), CO_BLOCK_EXPR, block, &error);

	CHECK_INT(rc, CO_OK);
	if (rc)
	{
		printf("  %s: %s\n", text, error.message);
		exit(1);
	}
}

static void
check_round_trip(const char *text)
{
	CoBlock		block,
				again,
				view;
	char	   *printed;
	size_t		length,
				size;
	void	   *flat;

	parse(text, &block);
	flat = flatten(&block, &size);
	CHECK_INT(co_block_validate(flat, size, &view, &error), CO_OK);
	CHECK_INT(co_print(&arena, &block, &printed, &length), CO_OK);
	CHECK_STR(printed, text);
	parse(printed, &again);
	CHECK(same_bytes(&block, &again));
}

static void
test_text(void)
{
	begin_calls();
	check_round_trip("call('f', x)");
	check_round_trip("call('f', 'g', x, y)");
	check_round_trip("call('public.f(double precision,double precision)', x, 2*y + 1)");
	check_round_trip("call('it''s', 'its''', x['1'] + x['2'], 3, exp(x['1']))");
	check_round_trip("2*call('f', x)*call('f', 'g', x) + call('f', 0)^2");
	check_round_trip("exp(-call('f', call('f', x + y), -x)) - 3*call('f', x)");
	check_round_trip("x*call('f', x) + y + ln(call('h', x*y))");
	check_round_trip("-call('f', x)");
	check_round_trip("call + 2*x");
	end();
}

static void
check_refused(const char *text, const char *message)
{
	CoBlock		block;

	CHECK_INT(co_parse(&arena, text, strlen(text), CO_BLOCK_EXPR, &block, &error), CO_BAD_INPUT);
	CHECK_STR(error.message, message);
}

static void
test_syntax(void)
{
	char		many[2000] = "call('f'";

	begin_calls();
	check_refused("call(x)", "syntax error in expression at or near \"x)\"");
	check_refused("call('', x)", "syntax error in expression at or near \"'', x)\"");
	check_refused("call('f')", "syntax error in expression at or near \")\"");
	check_refused("call('f',)", "syntax error in expression at or near \")\"");
	check_refused("call('f', 'g')", "syntax error in expression at or near \")\"");
	check_refused("call('f', 'g', 'h', x)", "syntax error in expression at or near \"'h', x)\"");
	check_refused("call('f' x)", "syntax error in expression at or near \"x)\"");
	check_refused("call('f', x", "syntax error in expression: unexpected end");
	check_refused("call('f", "unterminated quoted string at or near 'f");
	check_refused("call('f', inf)", "constant of an expression is not finite");
	for (int k = 0; k <= CO_MAX_ARGUMENTS; k++)
		snprintf(many + strlen(many), sizeof many - strlen(many), ", x%d", k);
	strcat(many, ")");
	check_refused(many, "call takes at most 100 arguments");
	end();
}

/* The same block from the operator and from the text. */
static void
test_algebra(void)
{
	static const char *const argument[] = {
		"x", "2*x - 3*y + 1", "7", "x*y", "exp(x)*y + 2", "call('g', x, y)", "1 - 2*ln(x)", "-(x*y)"
	};
	const int	n = (int) (sizeof argument / sizeof *argument);
	char		text[400] = "call('f', 'g'";
	CoBlock		block[8],
				whole,
				out;

	begin_calls();
	for (int k = 0; k < n; k++)
	{
		parse(argument[k], &block[k]);
		snprintf(text + strlen(text), sizeof text - strlen(text), ", %s", argument[k]);
	}
	strcat(text, ")");
	parse(text, &whole);
	CHECK_INT(co_expr_call(&arena, "f", "g", n, block, &out, &error), CO_OK);
	CHECK(same_bytes(&whole, &out));
	end();
}

/* Every byte of the code cut off or changed is refused or harmless. */
static void
test_code(void)
{
	CoBlock		block,
				view;
	size_t		size;
	void	   *flat,
			   *copy;
	double		leaf[4] = {1.0, 2.0, 3.0, 4.0},
			   *stack;
	int			map[4] = {1, 0, 2, 3};

	begin_calls();
	parse("2*call('rosen', 'rosen''', x, y + 2*x)*x", &block);
	flat = flatten(&block, &size);
	stack = co_take_doubles(&arena, CO_MAX_DEPTH);
	copy = co_take(&arena, size, 1);
	for (int k = 0; k < block.n_code - CO_CODE_TERM_HEAD; k++)
	{
		const uint8_t *code = block.code + CO_CODE_TERM_HEAD;

		if (co_code_valid(code, k, block.n_leaf, NULL))
			CHECK(!isnan(co_code_eval(&host.env, code, k, leaf, stack)));
	}
	for (size_t k = size - (size_t) block.n_code; k < size; k++)
		for (int change = 1; change < 256; change++)
		{
			memcpy(copy, flat, size);
			((uint8_t *) copy)[k] ^= (uint8_t) change;
			if (co_block_validate(copy, size, &view, &error) == CO_OK)
			{
				co_block_eval(&arena, &view, 0, leaf);
				co_code_renumber_any((uint8_t *) (uintptr_t) view.code + CO_CODE_TERM_HEAD,
									 view.n_code - CO_CODE_TERM_HEAD, map, view.n_leaf);
			}
		}
	CHECK_NEAR(co_block_eval(&arena, &block, 0, leaf), 2.0 * rosenbrock(1.0, 4.0), 1e-12);
	host.env.call = NULL;
	CHECK(isnan(co_block_eval(&arena, &block, 0, leaf)));
	end();
}

/* Models */

/* Value and derivatives in the user's variables at x, y, against numbers. */
static void
check_gradient(Point *p, double f, double fx, double fy, double tolerance)
{
	CHECK_INT(eval(p, EVERYTHING), CO_OK);
	CHECK_NEAR(p->value.f, f, 1e-12 * fmax(1.0, fabs(f)));
	CHECK_NEAR(p->value.grad[0], fx, tolerance);
	CHECK_NEAR(p->value.grad[1], fy, tolerance);
}

static void
test_objective(void)
{
	Point		p;

	begin_calls();
	must("minimize 3*call('rosen', x, y) + x subject to c: x + y <= 9", &p);
	CHECK_INT(p.model.nlp.n, 2);
	CHECK_INT(p.model.n_call, 1);
	CHECK(!p.model.nlp.has_hess);
	CHECK(p.model.nlp.objective == CO_NONLINEAR);
	p.x[0] = 0.5;
	p.x[1] = 2.0;
	check_gradient(&p, 3.0 * rosenbrock(0.5, 2.0) + 0.5, 3.0 * (-1.0 - 200.0 * 1.75) + 1.0, 3.0 * 350.0, 1e-5);
	CHECK_INT(n_value, 5);
	CHECK_INT(eval(&p, CO_WANT_F), CO_OK);	/* the same point: nothing to ask */
	CHECK_INT(n_value, 5);

	must("maximize -3*call('rosen', 'rosen''', x, y) + x", &p);
	p.x[0] = 0.5;
	p.x[1] = 2.0;
	n_value = 0;
	check_gradient(&p, 3.0 * rosenbrock(0.5, 2.0) - 0.5, 3.0 * (-1.0 - 200.0 * 1.75) - 1.0, 3.0 * 350.0, 1e-11);
	CHECK_INT(n_value, 1);
	CHECK_INT(n_gradient, 1);
	end();
}

/* Affine arguments, parameters, numbers: no variables of their own. */
static void
test_arguments(void)
{
	Point		p;

	begin_calls();
	must("minimize call('sum', 2*x - y + p, 3, p^2, y) where p := 5", &p);
	CHECK_INT(p.model.nlp.n, 2);
	p.x[0] = 1.0;
	p.x[1] = 10.0;
	check_gradient(&p, (2.0 - 10.0 + 5.0) + 2.0 * 3.0 + 3.0 * 25.0 + 4.0 * 10.0, 2.0, 3.0, 1e-8);

	must("minimize call('sum', 3, 4)*x + y", &p);
	CHECK_INT(p.model.n_call, 1);
	co_model_fill_added(&p.model, p.x);
	CHECK_NEAR(p.x[2], 11.0, 1e-12);
	end();
}

/* Inside formulas, and formulas inside: variables with rows. */
static void
test_nested(void)
{
	TestRandom	random = {5};
	Point		p;

	begin_calls();
	must("minimize exp(call('square', x) - y) + call('square', x)*y + call('square', x) "
		 "subject to c: call('root', exp(y) + call('square', x)) - call('square', x) == 3; d: call('square', call('square', x)) <= 9", &p);
	CHECK_INT(p.model.n_row, 2);
	CHECK_INT(p.model.n_call, 3);	/* square(x), root(), square(square(x)) */
	for (int k = 0; k < 20; k++)
	{
		double		x = test_normal(&random),
					y = test_normal(&random);

		p.x[0] = x;
		p.x[1] = y;
		co_model_fill_added(&p.model, p.x);
		CHECK_INT(eval(&p, EVERYTHING), CO_OK);
		CHECK_NEAR(p.value.f, exp(x * x - y) + x * x * y + x * x, 1e-10 * (1.0 + fabs(p.value.f)));
		CHECK_NEAR(p.value.c[0], sqrt(exp(y) + x * x) - x * x, 1e-10);
		CHECK_NEAR(p.value.c[1], x * x * x * x, 1e-10 * (1.0 + x * x * x * x));
		for (int i = p.model.n_row; i < p.model.nlp.m; i++)
			CHECK_NEAR(p.value.c[i], p.model.nlp.cl[i], 1e-10 * (1.0 + x * x));
	}
	CHECK(least[0] >= -10.0);

	/*
	 * The gradient of the whole against differences, sheared through the
	 * rows.
	 */
	for (int j = 0; j < p.model.nlp.n; j++)
	{
		CoNlpValue	v = take_value(&p.model.nlp);
		double		h = 1e-6 * fmax(1.0, fabs(p.x[j]));
		double		at = p.x[j];

		CHECK_INT(eval(&p, EVERYTHING), CO_OK);
		p.x[j] = at + h;
		CHECK_INT(p.model.nlp.eval(p.model.nlp.self, p.x, CO_WANT_F | CO_WANT_C, &v), CO_OK);
		p.x[j] = at;
		CHECK_NEAR(p.value.grad[j], (v.f - p.value.f) / h, 1e-4 * fmax(1.0, fabs(p.value.grad[j])));
		for (int i = 0; i < p.model.nlp.m; i++)
			CHECK_NEAR(jac_entry(&p, i, j), (v.c[i] - p.value.c[i]) / h, 1e-4 * fmax(1.0, fabs(jac_entry(&p, i, j))));
	}
	end();
}

/* A start is found level by level: no function sees what is not settled. */
static void
test_start(void)
{
	Point		p;

	begin_calls();
	must("minimize call('root', call('root', exp(x) + 5) + 10) where x in [0, 1] start 0.5", &p);
	CHECK(least[0] > 5.0);
	CHECK_INT(n_value, 1);		/* the outer one is the objective's */
	for (int j = 0; j < p.model.nlp.n; j++)
		CHECK(isfinite(p.model.start[j]));
	CHECK_INT(eval(&p, CO_WANT_F), CO_OK);
	CHECK_NEAR(p.value.f, sqrt(sqrt(exp(0.5) + 5.0) + 10.0), 1e-12);
	end();
}

/* Differences stay inside; a point outside has the tangent's value. */
static void
test_bounds(void)
{
	Point		p;

	begin_calls();
	must("minimize call('root', x) + call('rosen', x, y) where x in [0.25, 1], y in [2, 2]", &p);
	for (int k = 0; k <= 20; k++)
	{
		double		x = 0.25 + 0.75 * k / 20.0;

		p.x[0] = x;
		p.x[1] = 2.0;
		check_gradient(&p, sqrt(x) + rosenbrock(x, 2.0),
					   0.5 / sqrt(x) - 2.0 * (1.0 - x) - 400.0 * x * (2.0 - x * x), 0.0, 1e-5);
	}
	p.x[0] = 0.25 - 1e-8;
	CHECK_INT(eval(&p, CO_WANT_F), CO_OK);
	CHECK_NEAR(p.value.f, 0.5 + rosenbrock(0.25, 2.0) - 1e-8 * (1.0 - 1.5 - 100.0 * (2.0 - 0.0625)), 1e-13);
	CHECK(least[0] >= 0.25 && most[0] <= 1.0 && least[1] == 2.0 && most[1] == 2.0);

	/* x in two arguments: never one without the other. */
	must("minimize call('difference', x, x + y) where x in [0, 1], y in [0, 1]", &p);
	p.x[0] = p.x[1] = 0.0;
	check_gradient(&p, 1.0, 0.0, 0.5, 1e-8);
	p.x[0] = p.x[1] = 1.0;
	check_gradient(&p, sqrt(2.0), 0.0, 0.5 / sqrt(2.0), 1e-8);
	end();
}

/* Formulas as arguments have the values they can have, whatever their variables are. */
static void
check_range(const char *formula, double lower, double upper)
{
	char		text[300];
	Point		p;
	double		tried[] = {-1e9, -2.0, -0.3, 0.0, 0.2, 1.0, 5.0, 1e9};
	int			added;

	begin_calls();
	snprintf(text, sizeof text, "minimize call('sum', %s) where x in [-1, 2], y in [1, 4], z in [0, inf]", formula);
	must(text, &p);
	added = p.model.nlp.n - 1;
	CHECK(p.model.nlp.n == p.model.n_var + 1);
	least[0] = INFINITY;
	most[0] = -INFINITY;
	for (size_t k = 0; k < sizeof tried / sizeof *tried; k++)
	{
		p.x[added] = tried[k];
		CHECK_INT(eval(&p, CO_WANT_F | CO_WANT_GRAD), CO_OK);
		CHECK_NEAR(p.value.f, tried[k], 1e-7 * fmax(1.0, fabs(tried[k])));
		CHECK_NEAR(p.value.grad[added], 1.0, 1e-7);
	}
	CHECK_NEAR(least[0], fmax(lower, -1e9), 1e-12 + (lower < -1e9 ? 1e6 : 0.0));
	CHECK_NEAR(most[0], fmin(upper, 1e9), 1e-12 + (upper > 1e9 ? 1e6 : 0.0));
	end();
}

static void
test_ranges(void)
{
	check_range("x*y", -4.0, 8.0);
	check_range("x^2", 0.0, 4.0);
	check_range("y^3", 1.0, 64.0);
	check_range("z^1.5", 0.0, INFINITY);
	check_range("x*z", -INFINITY, INFINITY);
	check_range("exp(x) + y", exp(-1.0) + 1.0, exp(2.0) + 4.0);
	check_range("ln(y)", 0.0, log(4.0));
	check_range("ln(z)", -INFINITY, INFINITY);
	check_range("sqrt(y + 3*x + 2)", 0.0, sqrt(12.0));
	check_range("x/y", -1.0, 2.0);
	check_range("y/x", -INFINITY, INFINITY);
	check_range("1 - 2*sin(z)", -1.0, 3.0);
	check_range("sin(x)", sin(-1.0), 1.0);
	check_range("sin(y - 1)", 0.0, 1.0);
	check_range("sin(y + 1)", -1.0, sin(2.0));
	check_range("cos(x)", cos(2.0), 1.0);
	check_range("cos(y)", -1.0, cos(1.0));
	check_range("sin(2*y - 1)", -1.0, 1.0);
	check_range("tan(0.5*x)", tan(-0.5), tan(1.0));
	check_range("acos(x/2)", 0.0, acos(-0.5));
	check_range("acosh(y)", 0.0, acosh(4.0));
	check_range("sign(y - x)", -1.0, 1.0);
	check_range("abs(x)", 0.0, 2.0);
	check_range("cosh(y)", cosh(1.0), cosh(4.0));
	check_range("least(x, y)", -1.0, 2.0);
	check_range("greatest(x, 1 - y)", -1.0, 2.0);
	check_range("-exp(-y)", -exp(-1.0), -exp(-4.0));
	check_range("tan(y)", -INFINITY, INFINITY);
}

/* No value: a rejected point; a side without values is as good as a bound. */
static void
test_not_finite(void)
{
	Point		p;

	begin_calls();
	is_rough = true;
	must("minimize call('rosen', x, y)", &p);
	p.x[0] = 2.0;
	CHECK_INT(eval(&p, CO_WANT_F), CO_NOT_FINITE);
	CHECK_INT(eval(&p, CO_WANT_GRAD), CO_NOT_FINITE);
	p.x[0] = 1.5;
	p.x[1] = 0.0;
	check_gradient(&p, rosenbrock(1.5, 0.0), 1.0 + 400.0 * 1.5 * 2.25, -450.0, 1e-3);
	p.x[0] = NAN;
	CHECK_INT(eval(&p, CO_WANT_F), CO_NOT_FINITE);
	must("minimize call('unknown', x, y)", &p);
	CHECK_INT(eval(&p, CO_WANT_F), CO_NOT_FINITE);
	end();
}

static void
test_refused(void)
{
	Point		p;

	begin_calls();
	host.env.call = NULL;
	CHECK_INT(model_of("minimize x subject to big: call('rosen', x, y) <= 1", &p), CO_BAD_INPUT);
	CHECK_STR(error.message, "constraint big calls a function, which is not possible here");
	host.env.call = call;
	CHECK_INT(model_of("minimize call('root', p/q*x + 1/q) where p := 1, q := 0", &p), CO_BAD_INPUT);
	end();
}

/* Solves */

static void
solve(const char *text, CoStatus status, double objective, CoSolution *solution)
{
	Point		p;
	CoOptions	options;
	CoNlpStart	start = {0};

	must(text, &p);
	co_options_default(&options);
	start.x = p.model.start;
	CHECK_INT(co_nlp_solve(&arena, &p.model.nlp, &options, &start, solution), CO_OK);
	CHECK_STR(co_status_word(solution->status), co_status_word(status));
	CHECK_NEAR(solution->residual.objective, objective, 1e-6);
}

static void
test_solve(void)
{
	CoSolution	s;

	begin_calls();
	solve("minimize call('rosen', x, y) where x in [-inf, inf] start -1.2, y in [-inf, inf] start 1", CO_OPTIMAL, 0.0, &s);
	CHECK_NEAR(s.point.x[0], 1.0, 1e-4);
	CHECK_INT(n_gradient, 0);
	solve("minimize call('rosen', 'rosen''', x, y) where x in [-inf, inf] start -1.2, y in [-inf, inf] start 1", CO_OPTIMAL, 0.0, &s);
	CHECK_NEAR(s.point.x[0], 1.0, 1e-5);
	CHECK(n_gradient > 0);

	/* With a bound and a row (Hock and Schittkowski 1, and more). */
	least[0] = INFINITY;
	most[0] = -INFINITY;
	solve("minimize call('rosen', x, y) subject to c: x + y <= 1 where x in [-2, 0.5] start -1.2, y in [-1.5, 3] start 1",
		  CO_OPTIMAL, 0.25, &s);
	CHECK(least[0] >= -2.0 && most[0] <= 0.5);
	CHECK_NEAR(s.point.x[0], 0.5, 1e-6);

	/* A row, and a call inside a formula. */
	solve("minimize x + y subject to c: call('square', x) + call('square', 'square''', y) == 2", CO_OPTIMAL, -2.0, &s);
	solve("minimize exp(call('square', x - 1)) + (y - 2)^2 where x in [-inf, inf] start 3, y in [-inf, inf] start 3", CO_OPTIMAL, 1.0, &s);
	solve("maximize -call('square', x^2 - y) - ln(1 + call('square', y - 1)) where x in [-inf, inf] start 2, y in [-inf, inf] start 3",
		  CO_OPTIMAL, 0.0, &s);
	end();
}

/* Every allocation may fail, every poll may cancel: nothing is left. */
static void
test_failures(void)
{
	static const char text[] = "minimize exp(call('square', x*y)) + call('rosen', x, x + y)";
	bool		ended = false;

	for (long k = 0; k < 400 && !ended; k++)
	{
		Point		p;

		begin_calls();
		host.fail_at = k;
		ended = model_of(text, &p) == CO_OK;
		end();
	}
	CHECK(ended);
	ended = false;
	for (long k = 0; k < 400 && !ended; k++)
	{
		Point		p;
		CoRc		rc;

		begin_calls();
		must(text, &p);
		host.cancel_at = host.n_poll + k;
		rc = eval(&p, EVERYTHING);
		CHECK(rc == CO_OK || rc == CO_CANCELED);
		ended = rc == CO_OK;
		end();
	}
	CHECK(ended);
}

/* Gradients against differences: co_check_calls(). */

typedef struct Checks
{
	int			n;
	CoCallCheck check[16];
} Checks;

static void
keep_check(void *state, const CoCallCheck *check)
{
	Checks	   *checks = state;

	CHECK(checks->n < 16);
	if (checks->n < 16)
		checks->check[checks->n++] = *check;
}

/* leaf: values, in the order in which the text names the leaves. */
static void
check_calls(const char *text, const double *leaf, Checks *out)
{
	CoBlock		block;

	out->n = 0;
	CHECK_INT(co_parse(&arena, text, strlen(text), CO_BLOCK_PROBLEM, &block, &error), CO_OK);
	CHECK_INT(co_check_calls(&arena, &block, leaf, keep_check, out), CO_OK);
}

static void
check_one(const CoCallCheck *check, int row, int argument, double at, double given, double difference)
{
	CHECK_INT(check->row, row);
	CHECK_INT(check->argument, argument);
	CHECK_NEAR(check->at, at, 0.0);
	if (isnan(given))
		CHECK(isnan(check->given));
	else
		CHECK_NEAR(check->given, given, 1e-10 * fmax(1.0, fabs(given)));
	CHECK_NEAR(check->difference, difference, 1e-8 * fmax(1.0, fabs(difference)));
	CHECK(check->error <= 1e-7 * fmax(1.0, fabs(difference)));
}

/* Each different call once, in the row where it is first. */
static void
test_checked(void)
{
	Checks		c;

	begin_calls();
	check_calls("minimize call('rosen', 'rosen''', x, y) + x "
				"subject to c: call('square', 2*x - y) <= 9; d: call('rosen', 'rosen''', x, y) <= 1e6",
				(double[]) {0.5, 2.0}, &c);
	CHECK_INT(c.n, 3);
	check_one(&c.check[0], 0, 0, 0.5, -351.0, -351.0);
	check_one(&c.check[1], 0, 1, 2.0, 350.0, 350.0);
	CHECK_STR(c.check[0].gradient, "rosen'");
	check_one(&c.check[2], 1, 0, -1.0, NAN, -2.0);
	end();
}

/* Arguments that are formulas, calls and numbers; a gradient of another function. */
static void
test_checked_arguments(void)
{
	Checks		c;

	begin_calls();
	check_calls("minimize call('square', 'root', exp(x)) + call('sum', call('square', x), 3, p) where x free, p := 5",
				(double[]) {0.0, 5.0}, &c);
	/* a parameter does not move */
	CHECK_INT(c.n, 5);
	check_one(&c.check[0], 0, 0, 1.0, 1.0, 2.0);
	check_one(&c.check[1], 0, 0, 0.0, NAN, 0.0);
	check_one(&c.check[2], 0, 0, 0.0, NAN, 1.0);
	check_one(&c.check[3], 0, 1, 3.0, NAN, 2.0);
	CHECK_NEAR(c.check[4].at, 5.0, 0.0);
	CHECK(isnan(c.check[4].difference));
	end();
}

/* No argument that bounds exclude: on a bound differences are one-sided. */
static void
test_checked_bounds(void)
{
	Checks		c;

	begin_calls();
	check_calls("minimize call('square', 'square''', x) where x in [1, 1.5]", (double[]) {1.5}, &c);
	CHECK_INT(c.n, 1);
	check_one(&c.check[0], 0, 0, 1.5, 3.0, 3.0);
	CHECK(least[0] >= 1.0 && most[0] <= 1.5);
	end();

	begin_calls();
	check_calls("minimize call('square', 'square''', 2*x) where x in [1, 1]", (double[]) {1.0}, &c);
	CHECK_INT(c.n, 1);
	CHECK_NEAR(c.check[0].given, 4.0, 0.0);
	CHECK(isnan(c.check[0].difference));
	CHECK(least[0] >= 2.0 && most[0] <= 2.0);
	end();
}

/* A function without a value there, or near; arguments without one are passed over. */
static void
test_checked_values(void)
{
	Checks		c;

	begin_calls();
	is_rough = true;
	check_calls("minimize call('root', x) + call('square', ln(x))", (double[]) {-1.0}, &c);
	CHECK_INT(c.n, 1);
	CHECK_STR(c.check[0].function, "root");
	CHECK(isnan(c.check[0].difference));
	/* none beyond 1.5 */
	check_calls("minimize call('rosen', 'rosen''', x, y)", (double[]) {1.5, 2.0}, &c);
	CHECK_INT(c.n, 2);
	CHECK_NEAR(c.check[0].given, 151.0, 1e-10);
	CHECK(isnan(c.check[0].difference));
	check_one(&c.check[1], 0, 1, 2.0, -50.0, -50.0);
	end();
}

CHECK_MAIN(TEST(test_text), TEST(test_syntax), TEST(test_algebra), TEST(test_code),
		   TEST(test_objective), TEST(test_arguments), TEST(test_nested), TEST(test_start),
		   TEST(test_bounds), TEST(test_ranges), TEST(test_not_finite), TEST(test_refused), TEST(test_solve),
		   TEST(test_failures),
		   TEST(test_checked), TEST(test_checked_arguments), TEST(test_checked_bounds), TEST(test_checked_values))
