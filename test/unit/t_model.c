/*-------------------------------------------------------------------------
 *
 * t_model.c
 *	  Models of nonlinear problems: values and derivatives against
 *	  differences, structure, messages, canonical digits, failures.
 *
 *-------------------------------------------------------------------------
 */
#include <float.h>
#include <stdlib.h>

#include "base/vec.h"
#include "check.h"
#include "expr/builder.h"
#include "expr/code.h"
#include "expr/text.h"
#include "host.h"
#include "nlp/lower.h"
#include "nlpdata.h"

static TestHost host;
static CoArena arena;
static CoError error;

typedef struct Point			/* a model with room for its values */
{
	CoModel		model;
	CoNlpValue	value;
	double	   *x;
	double	   *y;
	double	   *hess;
} Point;

static void
begin(void)
{
	test_host_init(&host);
	co_arena_init(&arena, &host.env, SIZE_MAX);
}

static void
end(void)
{
	co_arena_free(&arena);
	CHECK_INT(host.live, 0);
}

static CoNlpValue
take_value(const CoNlp *nlp)
{
	CoNlpValue	value = {0.0, co_take_zero_doubles(&arena, (size_t) nlp->m + 1),
		co_take_zero_doubles(&arena, (size_t) nlp->n + 1),
	co_take_zero_doubles(&arena, (size_t) co_csc_nnz(&nlp->jac) + 1)};

	return value;
}

static void
prepare(Point *p)
{
	const CoNlp *nlp = &p->model.nlp;

	p->value = take_value(nlp);
	p->x = co_take_zero_doubles(&arena, (size_t) nlp->n + 1);
	p->y = co_take_zero_doubles(&arena, (size_t) nlp->m + 1);
	p->hess = co_take_zero_doubles(&arena, (size_t) co_csc_nnz(&nlp->hess) + 1);
	for (int j = 0; j < nlp->n && p->x; j++)
		p->x[j] = isnan(p->model.start[j]) ? 0.0 : p->model.start[j];
}

static CoRc
model_of(const char *text, Point *p)
{
	CoBlock		block;
	CoRc		rc = co_parse(&arena, text, strlen(text), CO_BLOCK_PROBLEM, &block, &error);

	if (!rc)
		rc = co_model_build(&arena, &block, NULL, &p->model, &error);
	if (!rc)
		prepare(p);
	return rc;
}

static void
must(const char *text, Point *p)
{
	CoRc		rc = model_of(text, p);

	CHECK_INT(rc, CO_OK);
	if (rc)
	{
		printf("  %.200s: %s\n", text, error.message);
		exit(1);
	}
}

static CoRc
eval(Point *p, unsigned want)
{
	return p->model.nlp.eval(p->model.nlp.self, p->x, want, &p->value);
}

static CoRc
hess(Point *p, double sigma)
{
	return p->model.nlp.hess_at(p->model.nlp.self, p->x, sigma, p->y, p->hess);
}

static double
entry(const CoCsc *a, const double *value, int i, int j)
{
	for (int e = a->start[j]; e < a->start[j + 1]; e++)
		if (a->index[e] == i)
			return value[e];
	return 0.0;
}

static double
hess_entry(const Point *p, int i, int j)
{
	return entry(&p->model.nlp.hess, p->hess, i > j ? i : j, i > j ? j : i);
}

static double
jac_entry(const Point *p, int i, int j)
{
	return entry(&p->model.nlp.jac, p->value.jac, i, j);
}

/* Differences */

#define EVERYTHING	(CO_WANT_F | CO_WANT_C | CO_WANT_GRAD | CO_WANT_JAC)

/* Of what judges say: differences that were exact enough to tell, and the others. */
typedef struct Verdicts
{
	long		told,
				unclear,
				points,
				rejected;
} Verdicts;

/* f, c and the gradient of sigma f + y'c, one after another. */
static CoRc
eval_all(Point *p, const CoNlpValue *value, const double *x, double sigma, double *out)
{
	const CoNlp *nlp = &p->model.nlp;
	CoNlpValue	v = *value;
	CoRc		rc = nlp->eval(nlp->self, x, EVERYTHING, &v);
	double	   *gradient = out + 1 + nlp->m;

	if (rc)
		return rc;
	out[0] = v.f;
	co_copy(nlp->m, v.c, out + 1);
	for (int j = 0; j < nlp->n; j++)
		gradient[j] = sigma * v.grad[j];
	for (int j = 0; j < nlp->n; j++)
		for (int e = nlp->jac.start[j]; e < nlp->jac.start[j + 1]; e++)
			gradient[j] += p->y[nlp->jac.index[e]] * v.jac[e];
	return CO_OK;
}

/*
 * Central differences with steps h and h/2: their extrapolation, and as its
 * error how far the better of the two was from it, plus what rounding did.
 */
static CoRc
difference(Point *p, const CoNlpValue *value, int j, double sigma, double h, int n,
		   double *slope, double *doubt)
{
	double	   *x = co_take_doubles(&arena, (size_t) p->model.nlp.n + 1);
	double	   *at[4];
	CoRc		rc = CO_OK;

	for (int k = 0; k < 4 && !rc; k++)
	{
		static const double step[4] = {1.0, -1.0, 0.5, -0.5};

		at[k] = co_take_doubles(&arena, (size_t) n);
		co_copy(p->model.nlp.n, p->x, x);
		x[j] += step[k] * h;
		rc = eval_all(p, value, x, sigma, at[k]);
	}
	for (int i = 0; i < n && !rc; i++)
	{
		double		wide = (at[0][i] - at[1][i]) / (2.0 * h);
		double		narrow = (at[2][i] - at[3][i]) / h;

		slope[i] = narrow + (narrow - wide) / 3.0;
		doubt[i] = fabs(narrow - wide) + 1e2 * DBL_EPSILON * (fabs(at[0][i]) + fabs(at[1][i])) / h;
	}
	return rc;
}

static void
judge(const char *name, const char *what, int i, int j, double exact, double slope, double doubt,
	  double size, Verdicts *verdicts)
{
	double		scale = fmax(1.0, fmax(fabs(exact), size));

	if (doubt > 1e-4 * scale)
	{
		verdicts->unclear++;
		return;
	}
	verdicts->told++;
	if (!(fabs(exact - slope) <= doubt + 1e-7 * scale))
	{
		CHECK(false);
		printf("  %s: %s %d %d is %.15g, by differences %.15g (%.1e)\n", name, what, i, j, exact,
			   slope, doubt);
	}
}

/* All derivatives in x[j], at p->x. */
static CoRc
check_column(const char *name, Point *p, const CoNlpValue *value, int j, double sigma,
			 Verdicts *verdicts)
{
	const CoNlp *nlp = &p->model.nlp;
	int			n = 1 + nlp->m + nlp->n;
	CoMark		mark = co_mark(&arena);
	double	   *slope = co_take_doubles(&arena, (size_t) n);
	double	   *doubt = co_take_doubles(&arena, (size_t) n);
	double		size = 0.0;
	CoRc		rc = difference(p, value, j, sigma, 1e-3 * fmax(1e-1, fmin(fabs(p->x[j]), 1e3)), n,
								slope, doubt);

	if (!rc)
	{
		judge(name, "gradient", 0, j, p->value.grad[j], slope[0], doubt[0], 0.0, verdicts);
		for (int i = 0; i < nlp->m; i++)
			judge(name, "jacobian", i, j, jac_entry(p, i, j), slope[1 + i], doubt[1 + i], 0.0, verdicts);
		for (int i = 0; i < nlp->n; i++)
			size = fmax(size, 1e-3 * fabs(slope[1 + nlp->m + i]));
		for (int i = 0; i < nlp->n; i++)
			judge(name, "hessian", i, j, hess_entry(p, i, j), slope[1 + nlp->m + i],
				  doubt[1 + nlp->m + i], size, verdicts);
	}
	co_rewind(&arena, mark);
	return rc;
}

/* At most this many columns of a model are differenced. */
#define MAX_COLUMNS		12

static void
check_point(const char *name, Point *p, TestRandom *random, Verdicts *verdicts)
{
	const CoNlp *nlp = &p->model.nlp;
	CoMark		mark = co_mark(&arena);
	CoNlpValue	value = take_value(nlp);
	double		sigma = 0.5 + test_uniform(random);

	for (int i = 0; i < nlp->m; i++)
		p->y[i] = test_normal(random);
	if (eval(p, EVERYTHING) || hess(p, sigma))
	{
		verdicts->rejected++;
		co_rewind(&arena, mark);
		return;
	}
	verdicts->points++;
	for (int k = 0; k < nlp->n && k < MAX_COLUMNS; k++)
		check_column(name, p, &value, nlp->n <= MAX_COLUMNS ? k : test_int(random, nlp->n), sigma,
					 verdicts);
	co_rewind(&arena, mark);
}

/* At the start and at two points near it, inside the bounds. */
static void
check_derivatives(const char *name, Point *p, TestRandom *random, Verdicts *verdicts)
{
	const CoNlp *nlp = &p->model.nlp;

	for (int k = 0; k < 3; k++)
	{
		prepare(p);
		for (int j = 0; j < nlp->n; j++)
		{
			if (k > 0)
				p->x[j] += (0.1 + 0.1 * fabs(p->x[j])) * (2.0 * test_uniform(random) - 1.0);
			p->x[j] = co_clamp(p->x[j], nlp->xl[j], nlp->xu[j]);
		}
		check_point(name, p, random, verdicts);
	}
}

static void
check_set(const char *set, const char *tier, int every, double at_least)
{
	NlpData    *data = nlp_open(set, tier);
	TestRandom	random = {17};
	Verdicts	verdicts = {0};
	NlpProblem	problem;
	int			n = 0;

	if (!data)
		SKIP("the data are not here");
	while (nlp_next(data, &problem))
	{
		Point		p;

		if (n++ % every != 0 || !problem.smooth || !problem.text)
			continue;
		begin();
		CHECK_INT(nlp_model(&arena, &problem, &p.model, &error), CO_OK);
		if (error.message[0])
			printf("  %s: %s\n", problem.name, error.message);
		else
			check_derivatives(problem.name, &p, &random, &verdicts);
		end();
	}
	nlp_close(data);
	printf("# %s: %d problems, %ld points, %ld not finite; %ld derivatives told, %ld unclear\n", set,
		   (n + every - 1) / every, verdicts.points, verdicts.rejected, verdicts.told,
		   verdicts.unclear);
	CHECK((double) verdicts.told >= at_least * (double) (verdicts.told + verdicts.unclear));
}

static void
test_derivatives_hs(void)
{
	check_set("nlp_hs", "small", 1, 0.98);
}

static void
test_derivatives_cute(void)
{
	check_set("nlp_cute", "small", 3, 0.95);
}

static void
test_derivatives_misc(void)
{
	check_set("nlp_misc", "small", 2, 0.95);
}

static void
test_derivatives_global(void)
{
	check_set("nlp_global", "small", 4, 0.95);
}

/* Every smooth problem's published value at its published point. */
static void
check_optima(const char *set, const char *tier, double tolerance)
{
	NlpData    *data = nlp_open(set, tier);
	NlpProblem	problem;
	int			n = 0;

	if (!data)
		SKIP("the data are not here");
	while (nlp_next(data, &problem))
	{
		Point		p;
		double		f;

		if (!problem.text || !problem.x_opt || isnan(problem.fopt))
			continue;
		begin();
		CHECK_INT(nlp_model(&arena, &problem, &p.model, &error), CO_OK);
		prepare(&p);
		co_copy(problem.n, problem.x_opt, p.x);
		co_model_fill_added(&p.model, p.x);
		CHECK_INT(p.model.n_var, problem.n);
		CHECK_INT(p.model.n_row, problem.m);
		CHECK_INT(eval(&p, CO_WANT_F | CO_WANT_C), CO_OK);
		f = p.model.maximize ? -p.value.f : p.value.f;
		if (!(fabs(f - problem.fopt) <= tolerance * fmax(1.0, fabs(problem.fopt))))
		{
			CHECK(false);
			printf("  %s: f = %.15g, published %.15g\n", problem.name, f, problem.fopt);
		}
		n++;
		end();
	}
	nlp_close(data);
	printf("# %s: %d published values\n", set, n);
	CHECK(n > 0);
}

static void
test_optima_hs(void)
{
	check_optima("nlp_hs", "small", 1e-6);
	check_optima("nlp_hs", "medium", 1e-6);
}

static void
test_optima_cute(void)
{
	check_optima("nlp_cute", "small", 1e-6);
}

static void
test_optima_misc(void)
{
	check_optima("nlp_misc", "small", 1e-6);
}

static void
test_optima_global(void)
{
	check_optima("nlp_global", "small", 1e-6);
}

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
#define N_TERMS		400
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
		char		key[8];
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
			f += code.scale * co_code_eval(code.code, code.length, leaf, stack);
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

	/* Polynomial sums become products of the row; a squared one of the objective. */
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
		   TEST(test_at_zero), TEST(test_not_finite), TEST(test_unweighted_rows), TEST(test_messages), TEST(test_squares_of_forms),
		   TEST(test_skeletons), TEST(test_order_of_arrival), TEST(test_many_instances),
		   TEST(test_long_forms), TEST(test_long_sums), TEST(test_sum_in_sum),
		   TEST(test_every_allocation_fails), TEST(test_every_limit),
		   TEST(test_cancel_at_every_poll), TEST(test_derivatives_hs), TEST(test_derivatives_cute),
		   TEST(test_derivatives_misc), TEST(test_derivatives_global), TEST(test_optima_hs),
		   TEST(test_optima_cute), TEST(test_optima_misc), TEST(test_optima_global))
