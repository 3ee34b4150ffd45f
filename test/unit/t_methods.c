/*-------------------------------------------------------------------------
 *
 * t_methods.c
 *	  Conformance: what every method for nonlinear programs must do, run on all
 *	  of the registry, without another method to fall back on.
 *
 *-------------------------------------------------------------------------
 */
#include "methodcheck.h"

#define MAX_POLLS		20000
#define MAX_ALLOCATIONS 2000

static const CoNlpMethod *method;	/* the one under test */
static CoRc rc;

/* The problem by the method under test, which takes it. */
static void
solve(const char *text, Point *p, const double *start)
{
	rc = solve_by(method, text, p, start);
}

static bool
takes(const char *text)
{
	Point		p;
	bool		answer;

	begin();
	must(text, &p);
	answer = co_nlp_method_takes(method, &p.model.nlp);
	end();
	return answer;
}

/* What holds of every answer: the judge's residuals are those of the point. */
static void
check_answer(Point *p)
{
	CHECK_INT(rc, CO_OK);
	if (rc)
		return;
	CHECK(sol.iterations >= 0 && sol.evaluations.objective >= 0);
	CHECK(co_all_finite(p->model.nlp.n, sol.point.x));
	CHECK(sol.memory_peak <= sol.memory_predicted);
	if (sol.status != CO_OPTIMAL)
		return;
	CHECK_INT(sol.termination, CO_TERM_SUCCESSFUL);
	check_residuals(p);
	for (int j = 0; j < p->model.nlp.n; j++)
		CHECK(sol.point.x[j] >= p->model.nlp.xl[j] && sol.point.x[j] <= p->model.nlp.xu[j]);
}

typedef struct Known
{
	const char *text;
	double		objective;
} Known;

static const Known known[] = {
	/* HS071, HS035, HS006, HS012 */
	{"minimize x1*x4*(x1+x2+x3)+x3 subject to x1*x2*x3*x4 >= 25; x1^2+x2^2+x3^2+x4^2 == 40 where x1 in [1, 5] start 1, x2 in [1, 5] start 5, x3 in [1, 5] start 5, x4 in [1, 5] start 1", 17.0140172891},
	{"minimize 9-8*x-6*y-4*z+2*x^2+2*y^2+z^2+2*x*y+2*x*z subject to x+y+2*z <= 3 where x in [0, inf] start 0.5, y in [0, inf] start 0.5, z in [0, inf] start 0.5", 1.0 / 9.0},
	{"minimize (1-x)^2 subject to 10*(y-x^2) == 0 where x in [-inf, inf] start -1.2, y in [-inf, inf] start 1", 0.0},
	{"minimize x^2/2+y^2-x*y-7*x-7*y subject to 25-4*x^2-y^2 >= 0", -30.0},
	/* Rosenbrock, free and against a bound; no bounds, no rows */
	{"minimize 100*(y-x^2)^2+(1-x)^2 where x in [-inf, inf] start -1.2, y in [-inf, inf] start 1", 0.0},
	{"minimize 100*(y-x^2)^2+(1-x)^2 where x in [-inf, 0.5] start -1.2, y in [-inf, inf] start 1", 0.25},
	/* all bounds finite, all active */
	{"minimize exp(x)+y+z where x in [-1, 1], y in [2, 3], z in [-4, 4] start 4", 0.36787944117144233 + 2.0 - 4.0},
	/* the start is far outside its bounds */
	{"minimize (x-3)^2+x*y+y^2 where x in [0, 1] start 1e6, y in [-1, 1] start -1e6", 3.75},
	/* a fixed variable, and nothing but fixed ones */
	{"minimize (x-3)^2+(y-1)^4+x*y where x in [2, 2], y in [-5, 5]", 1.8094492110238505},
	{"minimize (x-3)^2*y where x in [2, 2], y in [5, 5]", 5.0},
	/* values end left of 0, and the start has none */
	{"minimize x-ln(x)+(y-1)^2 where x in [-inf, inf] start 10, y in [-inf, inf] start 3", 1.0},
	{"minimize x-ln(x) where x in [-2, 5] start -1", 1.0},
	/* already optimal */
	{"minimize x^2+y^2 where x in [-inf, inf] start 0, y in [-inf, inf] start 0", 0.0},
	{"minimize x^2+y^2 subject to x+y == 2 where x in [-inf, inf] start 1, y in [-inf, inf] start 1", 2.0},

	/*
	 * the same constraint three times; one that is no constraint; a redundant
	 * one
	 */
	{"minimize (x-2)^2+exp(-y) subject to x+y <= 1; x+y <= 1; 2*x+2*y <= 2; x+y <= 100; x+y >= -inf where y in [-3, 3]", 1.8394843009810766},
	{"minimize x^2+y^2+z^2 subject to x+y+z == 3; 2*x+2*y+2*z == 6; x-y == 0", 3.0},
	/* a degenerate vertex: three active rows in the plane */
	{"minimize exp(-x)-y subject to x <= 1; y <= 1; x+y <= 2", -0.63212055882855767},
	/* two sides, the upper one active */
	{"minimize -x*y subject to 1 <= x+y <= 4; -1 <= x-y <= 1", -4.0},
	/* the Maratos effect */
	{"minimize 2*(x^2+y^2-1)-x subject to x^2+y^2 == 1 where x in [-inf, inf] start 0.9, y in [-inf, inf] start 0.43588989", -1.0},
	/* infeasible start, curved equality */
	{"minimize x+y subject to x^2+y^2 == 2 where x in [-inf, inf] start 50, y in [-inf, inf] start 80", -2.0},
	/* constant objective: a feasible point is all that is asked for */
	{"feasible subject to x^2+y^2 == 4; x-y == 0 where x in [-inf, inf] start 1, y in [-inf, inf] start 3", 0.0},
	/* linear, as an LP is: a vertex */
	{"minimize -2*x-3*y subject to x+y <= 4; x+3*y <= 6 where x in [0, inf], y in [0, inf]", -9.0},
	/* a direction of negative curvature ends at a bound */
	{"minimize y^2-x^2 where x in [-1, 3] start 0.5, y in [-inf, inf] start 1", -9.0},
	/* coefficients far apart */
	{"minimize 1e6*(x-1)^2+1e-3*(y-2)^2 subject to 1e4*x+1e-2*y <= 1e4", 3.996003996003996e-06},
};
#define N_KNOWN	(sizeof known / sizeof *known)

static void
check_known(const Known *k)
{
	int			before = check_failures;
	Point		p;

	if (!takes(k->text))
		return;
	fresh();
	solve(k->text, &p, NULL);
	check_answer(&p);
	CHECK_STR(co_status_word(sol.status), "optimal");
	CHECK_NEAR(p.model.maximize ? -sol.residual.objective : sol.residual.objective, k->objective,
			   OBJECTIVE_TOLERANCE * fmax(1.0, fabs(k->objective)));
	name_failure(k->text, before);
	end();
}

static void
for_all_methods(void (*run) (void))
{
	for (int k = 0; (method = co_nlp_method(k)) != NULL; k++)
		run();
}

static void
check_all_known(void)
{
	for (size_t k = 0; k < N_KNOWN; k++)
		check_known(&known[k]);
}

static void
test_known(void)
{
	for_all_methods(check_all_known);
}

/* The word finds the method; no two have the same. */
static void
test_registry(void)
{
	for (int k = 0; (method = co_nlp_method(k)) != NULL; k++)
		CHECK(co_nlp_find_method(co_nlp_method_word(method)) == method);
	CHECK(co_nlp_find_method("simplex") == NULL);
	CHECK(co_nlp_find_method("") == NULL);
}

/* Nothing to choose: n = 0 by an empty problem. */
static CoRc
eval_nothing(void *self, const double *x, unsigned want, CoNlpValue *out)
{
	(void) self;
	(void) x;
	if (want & CO_WANT_F)
		out->f = 7.0;
	return CO_OK;
}

static CoRc
hess_of_nothing(void *self, const double *x, double sigma, const double *y, double *value)
{
	(void) self;
	(void) x;
	(void) sigma;
	(void) y;
	(void) value;
	return CO_OK;
}

static void
check_no_variables(void)
{
	static int	start[1] = {0};
	CoNlp		nlp = {.has_hess = true, .eval = eval_nothing, .hess_at = hess_of_nothing};
	CoNlpStart	at = {0};

	nlp.jac.start = nlp.hess.start = start;
	nlp.xl = nlp.xu = nlp.cl = nlp.cu = (const double *) "";
	fresh();
	rc = co_nlp_solve_by(&arena, &nlp, method, &options, &at, &sol);
	CHECK_INT(rc, CO_OK);
	CHECK_STR(co_status_word(sol.status), "optimal");
	CHECK_NEAR(sol.residual.objective, 7.0, 0.0);
	end();
}

static void
test_no_variables(void)
{
	for_all_methods(check_no_variables);
}

static const char *const hs071 = "minimize x1*x4*(x1+x2+x3)+x3 subject to x1*x2*x3*x4 >= 25; x1^2+x2^2+x3^2+x4^2 == 40 where x1 in [1, 5] start 1, x2 in [1, 5] start 5, x3 in [1, 5] start 5, x4 in [1, 5] start 1";
static const char *const valley = "minimize 100*(y-x^2)^2+(1-x)^2 where x in [-5, 0.5] start -1.2, y in [-inf, inf] start 1";

static const char *
some_problem(void)
{
	return takes(hs071) ? hs071 : valley;
}

/* Multipliers: L = f + y'c + z'x in the signs of nlp/nlp.h. */
static void
check_multipliers(void)
{
	Point		p;

	if (takes(hs071))
	{
		fresh();
		solve(hs071, &p, NULL);
		CHECK_NEAR(sol.point.y[0], -0.5522936594, 1e-6);
		CHECK_NEAR(sol.point.y[1], 0.1614685642, 1e-6);
		CHECK_NEAR(sol.point.z[0], -1.0878712139, 1e-6);
		end();
	}
	fresh();
	solve(valley, &p, NULL);
	CHECK_NEAR(sol.point.z[0], 1.0, 1e-6);	/* d/dx (1 - x)^2 at 0.5 is -1 */
	CHECK_NEAR(sol.point.z[1], 0.0, 1e-7);
	end();
}

static void
test_multipliers(void)
{
	for_all_methods(check_multipliers);
}

/* Starts far away, at a corner, on a bound: never a wrong verdict. */
static void
check_bad_starts(void)
{
	static const double starts[][4] = {{1e8, -1e8, 1e8, -1e8}, {0, 0, 0, 0}, {5, 5, 5, 5},
	{NAN, 2, NAN, 3}, {1, 1, 1, 1}};
	const char *text = some_problem();
	double		best = takes(hs071) ? 17.0140172891 : 0.25;

	for (size_t k = 0; k < sizeof starts / sizeof *starts; k++)
	{
		int			before = check_failures;
		Point		p;

		fresh();
		solve(text, &p, starts[k]);
		check_answer(&p);
		CHECK(sol.status == CO_OPTIMAL || sol.status == CO_ACCEPTABLE || sol.status == CO_FEASIBLE ||
			  sol.status == CO_FAILED || sol.status == CO_LOCALLY_INFEASIBLE);
		if (sol.status == CO_OPTIMAL)
			CHECK(sol.residual.objective >= best - 1e-6);
		name_failure(text, before);
		end();
	}
}

static void
test_bad_starts(void)
{
	for_all_methods(check_bad_starts);
}

typedef struct Verdict
{
	const char *text;
	CoStatus	status;
} Verdict;

static const Verdict verdicts[] = {
	{"minimize x+y subject to x^2+y^2 <= 1; (x-4)^2+y^2 <= 1 where x in [-inf, inf] start 1, y in [-inf, inf] start 1", CO_LOCALLY_INFEASIBLE},
	{"minimize x subject to x^2 - x == -1 where x in [-inf, inf] start 3", CO_INFEASIBLE},
	{"minimize x subject to exp(x) - x <= 0.5 where x in [-5, 5]", CO_LOCALLY_INFEASIBLE},
	{"minimize x subject to exp(x) <= -1 where x in [-5, 5]", CO_INFEASIBLE},
	{"minimize x+y where x in [3, 2], y in [0, 1]", CO_INFEASIBLE},
	{"minimize x subject to 3 <= x <= 2", CO_INFEASIBLE},
	{"minimize x^3 where x in [-inf, inf] start -1", CO_UNBOUNDED},
	{"minimize x^4-3*x^2*y+y^2 where x in [-inf, inf] start 2, y in [-inf, inf] start 3", CO_UNBOUNDED},
	{"minimize -exp(x) where x in [-inf, inf] start 0", CO_UNBOUNDED},
	{"minimize -x-y subject to x-y == 0 where x in [0, inf]", CO_UNBOUNDED},
};

static void
check_verdicts(void)
{
	for (size_t k = 0; k < sizeof verdicts / sizeof *verdicts; k++)
	{
		int			before = check_failures;
		Point		p;

		if (!takes(verdicts[k].text))
			continue;
		fresh();
		solve(verdicts[k].text, &p, NULL);
		CHECK_INT(rc, CO_OK);
		CHECK_STR(co_status_word(sol.status), co_status_word(verdicts[k].status));
		name_failure(verdicts[k].text, before);
		end();
	}
}

static void
test_verdicts(void)
{
	for_all_methods(check_verdicts);
}

/* Iterations, evaluations, time: each ends the solve, and says so. */
static void
check_limits(void)
{
	const char *text = some_problem();
	Point		p;

	fresh();
	options.nonlinear_max_iterations = 2;
	solve(text, &p, NULL);
	check_answer(&p);
	CHECK_STR(co_termination_word(sol.termination), "nonlinear_max_steps_reached");
	CHECK(sol.iterations <= 2);
	CHECK(sol.status != CO_OPTIMAL);
	end();
	fresh();
	options.nonlinear_max_iterations = 0;
	solve(text, &p, NULL);
	CHECK_STR(co_termination_word(sol.termination), "nonlinear_max_steps_reached");
	CHECK_INT(sol.iterations, 0);
	end();
	fresh();
	options.max_evaluations = 4;
	solve(text, &p, NULL);
	check_answer(&p);
	CHECK_STR(co_termination_word(sol.termination), "evaluation_limit");
	CHECK(sol.evaluations.objective <= 4);
	end();
	fresh();
	options.time_limit = 0.0;
	solve(text, &p, NULL);
	check_answer(&p);
	CHECK_STR(co_termination_word(sol.termination), "time_limit");
	end();
}

static void
test_limits(void)
{
	for_all_methods(check_limits);
}

/* Every poll says stop, every allocation fails: an answer or its rc, and nothing left. */
static void
check_cancel(void)
{
	const char *text = some_problem();
	long		k = 0;

	for (rc = CO_CANCELED; rc == CO_CANCELED && k < MAX_POLLS; k++)
	{
		CoNlpStart	at;
		Point		p;

		fresh();
		must(text, &p);
		at = (CoNlpStart) {.x = p.model.start};
		host.cancel_at = host.n_poll + k;
		rc = co_nlp_solve_by(&arena, &p.model.nlp, method, &options, &at, &sol);
		CHECK(rc == CO_OK || rc == CO_CANCELED);
		end();
	}
	CHECK_INT(rc, CO_OK);
	CHECK(k > 3);
}

static void
test_cancel(void)
{
	for_all_methods(check_cancel);
}

static void
check_memory(void)
{
	const char *text = some_problem();
	long		k = 0;

	for (rc = CO_NO_MEMORY; rc == CO_NO_MEMORY && k < MAX_ALLOCATIONS; k++)
	{
		CoNlpStart	at;
		Point		p;

		fresh();
		must(text, &p);
		at = (CoNlpStart) {.x = p.model.start};
		host.fail_at = host.n_alloc + k;
		rc = co_nlp_solve_by(&arena, &p.model.nlp, method, &options, &at, &sol);
		CHECK(rc == CO_OK || rc == CO_NO_MEMORY);
		end();
	}
	CHECK_INT(rc, CO_OK);
}

static void
test_memory(void)
{
	for_all_methods(check_memory);
}

/* Values that end at the k-th evaluation: a status, and a finite point. */
typedef struct Ending
{
	const CoNlp *nlp;
	int			left;
} Ending;

static CoRc
eval_ending(void *self, const double *x, unsigned want, CoNlpValue *out)
{
	Ending	   *e = self;

	return e->left-- > 0 ? e->nlp->eval(e->nlp->self, x, want, out) : CO_NOT_FINITE;
}

static CoRc
hess_ending(void *self, const double *x, double sigma, const double *y, double *value)
{
	Ending	   *e = self;

	return e->nlp->hess_at(e->nlp->self, x, sigma, y, value);
}

static void
check_values_end(void)
{
	const char *text = some_problem();

	for (int k = 0; k < 60; k++)
	{
		int			before = check_failures;
		Ending		ending;
		CoNlpStart	at;
		CoNlp		nlp;
		Point		p;

		fresh();
		must(text, &p);
		ending = (Ending) {.nlp = &p.model.nlp, .left = k};
		nlp = p.model.nlp;
		nlp.eval = eval_ending;
		nlp.hess_at = hess_ending;
		nlp.range = NULL;
		nlp.self = &ending;
		at = (CoNlpStart) {.x = p.model.start};
		rc = co_nlp_solve_by(&arena, &nlp, method, &options, &at, &sol);
		CHECK_INT(rc, CO_OK);
		CHECK(sol.status != CO_INFEASIBLE && sol.status != CO_UNBOUNDED);
		CHECK(co_all_finite(nlp.n, sol.point.x));
		name_failure(text, before);
		end();
	}
}

static void
test_values_end(void)
{
	for_all_methods(check_values_end);
}

/* The problem with an objective that is not what its derivatives say. */
typedef struct Spoiled
{
	const CoNlp *nlp;
	double		noise,			/* of the objective, relative */
				slope;			/* factor of the gradient */
} Spoiled;

/* In [-1, 1], another one for every x. */
static double
noise_at(int n, const double *x)
{
	double		sum = 0.0;

	for (int j = 0; j < n; j++)
		sum += 1e5 * x[j] * (j + 1);
	return sin(sum);
}

static CoRc
eval_spoiled(void *self, const double *x, unsigned want, CoNlpValue *out)
{
	const Spoiled *s = self;
	CoRc		result = s->nlp->eval(s->nlp->self, x, want, out);

	if (!result && (want & CO_WANT_F))
		out->f *= 1.0 + s->noise * noise_at(s->nlp->n, x);
	if (!result && (want & CO_WANT_GRAD))
		co_scale(s->nlp->n, s->slope, out->grad);
	return result;
}

static void
solve_spoiled(const char *text, double noise, double slope)
{
	Spoiled		spoiled;
	CoNlpStart	at;
	CoNlp		nlp;
	Point		p;

	must(text, &p);
	spoiled = (Spoiled) {&p.model.nlp, noise, slope};
	nlp = p.model.nlp;
	nlp.eval = eval_spoiled;
	nlp.range = NULL;
	nlp.has_hess = false;
	nlp.self = &spoiled;
	at = (CoNlpStart) {.x = p.model.start};
	rc = co_nlp_solve_by(&arena, &nlp, method, &options, &at, &sol);
	CHECK_INT(rc, CO_OK);
}

static bool
stopped_for_want_of_progress(void)
{
	return sol.termination == CO_TERM_LINE_SEARCH_FAILURE || sol.termination == CO_TERM_MERIT_STAGNATION;
}

/* Why a method stopped, each by a problem made for it. */
static void
check_terminations(void)
{
	int			before = check_failures;
	Point		p;

	/* no values anywhere */
	fresh();
	solve("minimize x+ln(-1-x^2) where x in [-inf, inf] start 2", &p, NULL);
	CHECK_INT(rc, CO_OK);
	CHECK_STR(co_termination_word(sol.termination), "nonfinite");
	CHECK_STR(co_status_word(sol.status), "failed");
	end();
	/* every direction of descent is one of ascent */
	fresh();
	options.nonlinear_max_iterations = 500;
	solve_spoiled(valley, 0.0, -1.0);
	CHECK(stopped_for_want_of_progress() && sol.status != CO_OPTIMAL);
	name_failure("a gradient of the wrong sign", before);
	end();
	/* an objective with noise, whose gradient cannot be made small */
	before = check_failures;
	fresh();
	options.nonlinear_max_iterations = 500;
	solve_spoiled("minimize 100*(y-x^2)^2+(1-x)^2+1 where x in [-5, 5] start -1.2, y in [-5, 5] start 1", 1e-3, 1.0);
	CHECK(sol.status == CO_OPTIMAL || stopped_for_want_of_progress() ||
		  sol.termination == CO_TERM_MAX_STEPS);
	CHECK(sol.has_point);
	name_failure("an objective with noise", before);
	end();
}

static void
test_terminations(void)
{
	for_all_methods(check_terminations);
}

static void
check_same_digits(void)
{
	const char *text = some_problem();
	double		x[4] = {0};
	Point		p;

	for (int k = 0; k < 2; k++)
	{
		fresh();
		solve(text, &p, NULL);
		if (k > 0)
			CHECK(memcmp(x, sol.point.x, (size_t) p.model.nlp.n * sizeof *x) == 0);
		co_copy(p.model.nlp.n, sol.point.x, x);
		end();
	}
}

static void
test_same_digits(void)
{
	for_all_methods(check_same_digits);
}

/* From any method to any: the same answer, in no more iterations than cold. */
static void
check_handover(const CoNlpMethod *to)
{
	const char *text = some_problem();
	CoNlpStart	at;
	Point		p;
	CoSolution	second;
	int			cold;

	if (!takes(text) || (text == hs071 && !co_nlp_method_takes(to, &(CoNlp) {.m = 1})))
		return;
	fresh();
	must(text, &p);
	at = (CoNlpStart) {.x = p.model.start};
	CHECK_INT(co_nlp_solve_by(&arena, &p.model.nlp, to, &options, &at, &sol), CO_OK);
	cold = sol.iterations;
	CHECK_INT(co_nlp_solve_by(&arena, &p.model.nlp, method, &options, &at, &sol), CO_OK);
	at = (CoNlpStart) {.x = sol.point.x, .y = sol.point.y, .z = sol.point.z};
	CHECK_INT(co_nlp_solve_by(&arena, &p.model.nlp, to, &options, &at, &second), CO_OK);
	CHECK_STR(co_status_word(second.status), "optimal");
	CHECK_NEAR(second.residual.objective, sol.residual.objective, 1e-6);
	CHECK(second.iterations <= cold);
	if (second.iterations > cold)
		printf("  ... %s to %s: %d iterations, cold %d\n", co_nlp_method_word(method),
			   co_nlp_method_word(to), second.iterations, cold);
	end();
}

static void
check_handovers(void)
{
	const CoNlpMethod *to;

	for (int k = 0; (to = co_nlp_method(k)) != NULL; k++)
		check_handover(to);
}

static void
test_handover(void)
{
	for_all_methods(check_handovers);
}

/* A hint that is wrong in every number does not move the answer. */
static void
check_wrong_hints(void)
{
	static const double sizes[] = {1e-3, 1.0, 1e3};
	const char *text = some_problem();
	double		best = text == hs071 ? 17.0140172891 : 0.25;

	for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
	{
		int			before = check_failures;
		double		y[2] = {-sizes[k], sizes[k]},
					z[4] = {sizes[k], -sizes[k], 0.0, sizes[k]};
		CoNlpStart	at;
		Point		p;

		fresh();
		must(text, &p);
		at = (CoNlpStart) {.x = p.model.start, .y = y, .z = z};
		rc = co_nlp_solve_by(&arena, &p.model.nlp, method, &options, &at, &sol);
		check_answer(&p);
		CHECK_STR(co_status_word(sol.status), "optimal");
		CHECK_NEAR(sol.residual.objective, best, 1e-6);
		name_failure(text, before);
		end();
	}
}

static void
test_wrong_hints(void)
{
	for_all_methods(check_wrong_hints);
}

CHECK_MAIN(TEST(test_registry), TEST(test_known), TEST(test_no_variables), TEST(test_multipliers),
		   TEST(test_bad_starts), TEST(test_verdicts), TEST(test_limits), TEST(test_cancel),
		   TEST(test_memory), TEST(test_values_end), TEST(test_terminations), TEST(test_same_digits), TEST(test_handover),
		   TEST(test_wrong_hints))
