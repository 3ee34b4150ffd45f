/*-------------------------------------------------------------------------
 *
 * t_nlp_verdict.c
 *	  Nonlinear models without a solution, with the reason, and their twins that
 *	  have one: the true status from each of three starts.
 *
 *-------------------------------------------------------------------------
 */
#include "nlpcheck.h"
#include "solver/nlp_solve.h"

#define N_STARTS	3
#define MAX_N		3

typedef struct Verdict
{
	const char *text;
	CoStatus	status;
	double		starts[N_STARTS][MAX_N];
	double		violation,		/* least possible of the largest; 0: not stated */
				objective;		/* of an optimal one, from the best start */
} Verdict;

static void
check_solution(const Verdict *v, const CoSolution *sol, int k)
{
	int			before = check_failures;

	CHECK_STR(co_status_word(sol->status), co_status_word(v->status));
	if (v->status == CO_LOCALLY_INFEASIBLE)
		CHECK(sol->residual.primal >= (1.0 - 1e-6) * v->violation && sol->residual.primal > 1e-3);
	if (v->status == CO_OPTIMAL)
		CHECK(sol->residual.primal <= 1e-7 * fmax(1.0, sol->residual.primal_scale));
	if (v->status == CO_UNBOUNDED)
		CHECK(sol->ray != NULL && sol->residual.primal <= 1e-6 * (1.0 + sol->residual.primal_scale));
	if (check_failures > before)
		printf("  ... %s, from start %d: %s %s after %d iterations\n", v->text, k,
			   co_status_word(sol->status), co_termination_word(sol->termination), sol->iterations);
}

/*
 * With the ranges of its functions, and by what the methods find alone.  A
 * range may prove for good that what is locally infeasible is so everywhere.
 */
static void
check_verdict(const Verdict *v, bool ranges)
{
	double		best = INFINITY;

	for (int k = 0; k < N_STARTS; k++)
	{
		CoNlpStart	start = {.x = v->starts[k]};
		CoOptions	options;
		CoSolution	sol;
		Point		p;

		begin();
		co_options_default(&options);
		must(v->text, &p);
		CHECK(p.model.nlp.n <= MAX_N);
		if (!ranges)
			p.model.nlp.range = NULL;
		CHECK_INT(co_nlp_solve(&arena, &p.model.nlp, &options, &start, &sol), CO_OK);
		if (!(ranges && v->status == CO_LOCALLY_INFEASIBLE && sol.status == CO_INFEASIBLE))
			check_solution(v, &sol, k);
		CHECK(sol.memory_peak <= sol.memory_predicted);
		best = fmin(best, sol.residual.objective);
		end();
	}
	if (v->status == CO_OPTIMAL)
		CHECK_NEAR(best, v->objective, 1e-6 * fmax(1.0, fabs(v->objective)));
}

static void
check_all(const Verdict *verdicts, size_t n)
{
	for (size_t k = 0; k < n; k++)
	{
		check_verdict(&verdicts[k], true);
		check_verdict(&verdicts[k], false);
	}
}

#define CHECK_ALL(verdicts) check_all(verdicts, sizeof verdicts / sizeof *verdicts)

/* violation: the smallest that the largest of the rows can have */
static const Verdict infeasible[] = {
	/* balls of radius 1 around points 4 apart */
	{"minimize x + y subject to x^2 + y^2 <= 1; (x - 4)^2 + y^2 <= 1", CO_LOCALLY_INFEASIBLE,
	{{0, 0}, {5, 3}, {2, -7}}, 3, 0},
	/* x + y is at most sqrt 2 in the unit ball */
	{"minimize x + y subject to x^2 + y^2 <= 1; x + y >= 3", CO_LOCALLY_INFEASIBLE,
	{{0, 0}, {3, 0}, {1, 1}}, 0.5, 0},
	/* from far off, where a first attempt wanders */
	{"minimize x + y subject to x^2 + y^2 <= 1; x + y >= 3", CO_LOCALLY_INFEASIBLE,
	{{-2, 5}, {7, -20}, {100, 100}}, 0.5, 0},
	{"minimize x + y subject to x^2 + y^2 == 4; x^2 + y^2 == 1", CO_LOCALLY_INFEASIBLE,
	{{-2, 5}, {0, 0}, {1, 1}}, 1.5, 0},
	/* a sine is at most 1, everywhere */
	{"minimize x subject to sin(x) == 2", CO_LOCALLY_INFEASIBLE, {{0}, {3}, {-50}}, 1, 0},
	/* the least violation is out of reach: exp(x) > 0 > -1 */
	{"minimize x subject to exp(x) == -1", CO_LOCALLY_INFEASIBLE, {{0}, {5}, {-3}}, 1, 0},
	/* both rows by themselves are satisfied, at x >= 1/2 radians and x <= 1/3 */
	{"minimize x^2 subject to sin(x) >= 0.5; cos(x) >= 0.95; x >= -1; x <= 1",
	CO_LOCALLY_INFEASIBLE, {{0}, {0.9}, {-1}}, 0.01, 0},
	/* the largest product in the unit ball is 3^(-3/2) */
	{"minimize x + y + z subject to x^2 + y^2 + z^2 <= 1; x*y*z >= 1", CO_LOCALLY_INFEASIBLE,
	{{0, 0, 0}, {1, 1, 1}, {-2, 5, 3}}, 0.1, 0},
	/* the same without an objective */
	{"minimize 0*x + 0*y subject to x^2 + y^2 <= 1; x + y >= 3", CO_LOCALLY_INFEASIBLE,
	{{0, 0}, {3, 0}, {1, 1}}, 0.5, 0},
	/* x y <= 1/2 on the unit circle */
	{"minimize x*x + y*y subject to x*y == 1; x^2 + y^2 == 1", CO_LOCALLY_INFEASIBLE,
	{{1, 0.5}, {2, 2}, {0.5, 2}}, 1.0 / 3.0, 0},
	/* sin + cos of different variables is at most 2 */
	{"minimize x + y subject to sin(x) + cos(y) >= 2.5", CO_LOCALLY_INFEASIBLE,
	{{0, 1}, {3, 1}, {1, -2}}, 0.5, 0},
	/* exp is at least 1 each, by the bounds alone */
	{"minimize x + y subject to exp(x) + exp(y) <= 1; x >= 0; y >= 0", CO_LOCALLY_INFEASIBLE,
	{{0, 0}, {1, 2}, {5, 0.1}}, 0.1, 0},
	/* x y is at most 9 in the box */
	{"minimize x + y subject to x*y >= 10; x >= 0; x <= 3; y >= 0; y <= 3", CO_LOCALLY_INFEASIBLE,
	{{1, 1}, {0, 3}, {2.5, 0.1}}, 0.1, 0},

	/*
	 * the plane is sqrt 3 away from 0, the ball reaches sqrt 2; one more row
	 * holds
	 */
	{"minimize x^2 + y^2 + z^2 subject to x + y + z == 3; x^2 <= 4; x^2 + y^2 + z^2 <= 2",
	CO_LOCALLY_INFEASIBLE, {{0, 0, 0}, {3, 0, 1}, {-1, 2, 9}}, 0.1, 0},
	/* three rows hold, the last one never */
	{"minimize (x - 1)^2 + y^2 + z subject to x + y <= 5; z >= x^2; x - y >= -3; z^2 + 1 <= 0.5",
	CO_LOCALLY_INFEASIBLE, {{0, 0, 0}, {1, 1, 4}, {-2, 0, 1}}, 0.5, 0},
	/* one row, one variable */
	{"minimize x subject to x^2 + 1 <= 0", CO_LOCALLY_INFEASIBLE, {{0}, {3}, {-10}}, 1, 0},
	/* above one parabola, below another that lies lower */
	{"minimize y subject to y >= x^2 + 1; y <= 0 - x^2 - 1", CO_LOCALLY_INFEASIBLE,
	{{0, 0}, {2, 2}, {-3, -9}}, 1, 0},
	/* parabolas that open away from each other */
	{"minimize x + y subject to x == y^2 + 1; x == 0 - y^2", CO_LOCALLY_INFEASIBLE,
	{{0, 0}, {1, 1}, {-2, 4}}, 0.5, 0},
};

static void
test_infeasible(void)
{
	CHECK_ALL(infeasible);
}

/* The start is a saddle or a maximum of the violation. */
static const Verdict saddles[] = {
	/* x^2 - y^2 has a saddle at 0; the hyperbola is away from it */
	{"minimize x subject to x^2 - y^2 == -1; x >= -5; x <= 5; y >= -5; y <= 5", CO_OPTIMAL,
	{{0, 0}, {3, 0}, {-3, 0}}, 0, -4.898979485566356},
	{"minimize x + y subject to x*y == 1; x >= -10; x <= 10; y >= -10; y <= 10", CO_OPTIMAL,
	{{0, 0}, {1, -1}, {-3, 3}}, 0, -10.1},
	/* the violation has a local minimum at x = 0, and a saddle at (0, 0) */
	{"minimize y subject to x^2*(x - 2)^2 >= 1; y >= x^2", CO_OPTIMAL,
	{{0, 0}, {1.5, 2}, {-3, 9}}, 0, 0.17157287525380993},
	/* cos has its maximum at the start */
	{"minimize x^2 subject to cos(x) <= -0.5; x >= -3; x <= 3", CO_OPTIMAL,
	{{0}, {0.1}, {-0.1}}, 0, 4.386490844928604},
};

static void
test_saddle_of_violation(void)
{
	CHECK_ALL(saddles);
}

static const Verdict unbounded[] = {
	/* along a line */
	{"minimize x - y^2 + 0*x^2 subject to y <= 1", CO_UNBOUNDED, {{0, 0}, {3, -4}, {100, 0}}, 0, 0},
	/* along a line, with curvature across it */
	{"minimize x + y^2", CO_UNBOUNDED, {{0, 0}, {3, -4}, {100, 5}}, 0, 0},
	/* along the axis of a parabola */
	{"minimize y subject to y <= 0 - x^2", CO_UNBOUNDED, {{0, 0}, {3, -4}, {1, 0}}, 0, 0},
	/* a logarithm does not hold back a line */
	{"minimize ln(x) - x subject to x >= 1", CO_UNBOUNDED, {{1}, {3}, {100}}, 0, 0},
	/* the logarithm as a factor */
	{"minimize 0 - x*ln(x) subject to x >= 1", CO_UNBOUNDED, {{1}, {3}, {100}}, 0, 0},
	/* an odd power */
	{"minimize x^3 + x", CO_UNBOUNDED, {{0}, {3}, {-1}}, 0, 0},
	/* an odd power, and linear rows that leave x free below */
	{"minimize x^3 - y^2 subject to x + y <= 4; x - y <= 2", CO_UNBOUNDED,
	{{0, 0}, {1, 1}, {-3, 2}}, 0, 0},
	/* indefinite, on the plane and on a line */
	{"minimize x*y", CO_UNBOUNDED, {{1, 1}, {2, 1}, {1, -2}}, 0, 0},
	{"minimize x*y subject to x + y == 2", CO_UNBOUNDED, {{2, 1}, {0, 0}, {5, -3}}, 0, 0},
	/* faster than any power */
	{"minimize 0 - exp(x)", CO_UNBOUNDED, {{0}, {3}, {-2}}, 0, 0},
	/* slower than any line, and no asymptote */
	{"minimize 0 - ln(x)", CO_UNBOUNDED, {{1}, {10}, {0.1}}, 0, 0},
	{"minimize 0 - sqrt(x)", CO_UNBOUNDED, {{1}, {0}, {100}}, 0, 0},
	{"minimize 0 - sqrt(x) subject to x >= 0", CO_UNBOUNDED, {{1}, {0}, {100}}, 0, 0},
	{"minimize 0 - ln(1 + x^2)", CO_UNBOUNDED, {{1}, {-3}, {50}}, 0, 0},
	{"minimize 0 - ln(x) - ln(y) subject to x - y <= 1; x - y >= -1", CO_UNBOUNDED,
	{{1, 1}, {10, 3}, {2, 1}}, 0, 0},
	{"minimize 0 - ln(x) subject to y >= x; y >= 0", CO_UNBOUNDED, {{1, 2}, {3, 3}, {5, 0}}, 0, 0},
	/* along curves, which no ray stays on */
	{"minimize 0 - x subject to y == x^2", CO_UNBOUNDED, {{0, 0}, {1, 1}, {-3, 9}}, 0, 0},
	{"minimize 0 - x subject to exp(y) == x", CO_UNBOUNDED, {{1, 0}, {3, 3}, {20, 3}}, 0, 0},
	{"minimize 0 - x - y subject to x^2 - y^2 == 1", CO_UNBOUNDED, {{2, 1}, {1, 0}, {4, -1}}, 0, 0},
	{"minimize 0 - y subject to y <= sqrt(x); x >= 0", CO_UNBOUNDED, {{1, 0}, {4, 1}, {9, 9}}, 0, 0},
	{"minimize x subject to x^3 >= y; y <= -1", CO_UNBOUNDED, {{0, 0}, {1, -1}, {-2, -9}}, 0, 0},
	{"minimize 0 - x subject to x*y == 1; y >= 0", CO_UNBOUNDED, {{1, 1}, {2, 2}, {0.1, 5}}, 0, 0},
	/* not copositive */
	{"minimize x^2 - 4*x*y + y^2 subject to x >= 0; y >= 0", CO_UNBOUNDED,
	{{1, 1}, {0, 0}, {2, 5}}, 0, 0},
};

static void
test_unbounded(void)
{
	CHECK_ALL(unbounded);
}

static const Verdict bounded[] = {
	{"minimize x - y^2 subject to y <= 1; y >= -2; x >= -3", CO_OPTIMAL,
	{{0, 0}, {3, -4}, {100, 0}}, 0, -7},
	{"minimize x + y^2 + exp(0 - x)", CO_OPTIMAL, {{0.5, 0}, {3, -4}, {-2, 5}}, 0, 1},
	{"minimize y subject to y <= 0 - x^2; y + 4*x >= -5", CO_OPTIMAL,
	{{0, 0}, {3, -4}, {1, 0}}, 0, -25},
	{"minimize x - ln(x)", CO_OPTIMAL, {{1}, {3}, {100}}, 0, 1},
	{"minimize x^3 + x subject to x >= -2", CO_OPTIMAL, {{0}, {3}, {-1}}, 0, -10},
	{"minimize x*y subject to x + y == 2; x >= -1; x <= 4", CO_OPTIMAL,
	{{1, 1}, {0, 0}, {5, -3}}, 0, -8},
	{"minimize 0 - exp(x) subject to x <= 2", CO_OPTIMAL, {{0}, {3}, {-2}}, 0, -7.38905609893065},
	{"minimize x^2 - 2*x*y + y^2 + x subject to x >= 0; y >= 0", CO_OPTIMAL,
	{{1, 1}, {0, 0}, {2, 5}}, 0, 0},
	{"minimize 0 - x subject to y == x^2; y <= 4", CO_OPTIMAL, {{0, 0}, {3, 9}, {-1, 2}}, 0, -2},
	/* the infimum is an asymptote's: within the tolerance of it is a minimum */
	{"minimize exp(0 - x)", CO_OPTIMAL, {{0}, {5}, {-2}}, 0, 0},
	/* far out, and bounded all the same */
	{"minimize 0 - x subject to y == x^2; y <= 1e10", CO_OPTIMAL, {{0, 0}, {3, 9}, {-1, 2}}, 0, -1e5},
	{"minimize 0 - ln(x) + 1e-6*x", CO_OPTIMAL, {{1}, {10}, {1e3}}, 0, -12.815510557964274},
	/* the balls touch, all but */
	{"minimize x + y subject to x^2 + y^2 <= 1; (x - 1.5)^2 + y^2 <= 1", CO_OPTIMAL,
	{{0, 0}, {5, 3}, {2, -7}}, 0, 0.08856217223385233},
	{"minimize x + y subject to x^2 + y^2 <= 1; x + y >= 1.4", CO_OPTIMAL,
	{{0, 0}, {3, 0}, {1, 1}}, 0, 1.4},
};

static void
test_bounded(void)
{
	CHECK_ALL(bounded);
}

/* A limit that comes before all was tried: no verdict. */
static void
test_limit(void)
{
	CoOptions	options;
	CoSolution	sol;
	Point		p;

	begin();
	co_options_default(&options);
	options.nonlinear_max_iterations = 30;
	must("minimize x + y subject to x^2 + y^2 <= 1; x + y >= 3", &p);
	p.model.nlp.range = NULL;
	CHECK_INT(co_nlp_solve(&arena, &p.model.nlp, &options, NULL, &sol), CO_OK);
	CHECK_STR(co_status_word(sol.status), "failed");
	CHECK_STR(co_termination_word(sol.termination), "nonlinear_max_steps_reached");
	end();
}

/*
 * Without an objective a feasible point is all that is asked for: no multiplier
 * is needed, though the only point rests on a bound and a row.
 */
static void
test_no_objective(void)
{
	double		x[] = {2, 0.5};
	CoNlpStart	start = {.x = x};
	CoOptions	options;
	CoSolution	sol;
	Point		p;

	begin();
	co_options_default(&options);
	must("minimize 0*x + 0*y subject to x^2 + y^2 == 2; x - y == 0; x*y <= 1 where x in [0, 1]", &p);
	CHECK_INT(co_nlp_solve(&arena, &p.model.nlp, &options, &start, &sol), CO_OK);
	CHECK_STR(co_status_word(sol.status), "optimal");
	CHECK_NEAR(sol.point.x[0], 1.0, 1e-6);
	for (int i = 0; i < p.model.nlp.m; i++)
		CHECK(sol.point.y[i] == 0.0);
	end();
}

/* Wherever the limit falls, restoration included, no iteration is past it. */
static void
test_limits_are_kept(void)
{
	for (int limit = 0; limit <= 40; limit++)
	{
		CoOptions	options;
		CoSolution	sol;
		Point		p;

		begin();
		co_options_default(&options);
		options.nonlinear_max_iterations = limit;
		options.fallback = false;
		must("minimize x + y subject to x^2 + y^2 <= 1; x + y >= 3", &p);
		CHECK_INT(co_nlp_solve(&arena, &p.model.nlp, &options, NULL, &sol), CO_OK);
		CHECK(sol.iterations <= limit);
		end();
	}
}

/*
 * test/problems/badly_scaled.opt, and the like: 10000 is stationary in units of
 * mu_max = 1e6, where one more column has derivatives of 1e-5.
 */
static const struct
{
	const char *text;
	double		objective;
}			drowned[] =

{
	{"minimize 1e6*x + 1e-5*y subject to 1e5*x + 1e-5*y >= 1000 where x in [0, inf], y in [0, 1e7]", 9100},
	/* the bound as a row */
	{"minimize 1e6*x + 1e-5*y subject to 1e5*x + 1e-5*y >= 1000; y <= 1e7 where x in [0, inf], y in [0, inf]", 9100},
	/* five of them, none of which is worth much */
	{"minimize 1e6*x + 1e-5*(a+b+c+d+e) subject to 1e5*x + 1e-5*(a+b+c+d+e) >= 1000 where x in [0, inf], a in [0, 2e6], b in [0, 2e6], c in [0, 2e6], d in [0, 2e6], e in [0, 2e6]", 9100},
};

static void
test_drowned_column(void)
{
	const CoNlpMethod *method;

	for (int k = 0; (method = co_nlp_method(k)) != NULL; k++)
		for (size_t i = 0; i < 2 * sizeof drowned / sizeof *drowned; i++)
		{
			int			before = check_failures;
			CoOptions	options;
			CoSolution	sol;
			Point		p;

			begin();
			co_options_default(&options);
			options.exact_hessian = i % 2 == 0;
			must(drowned[i / 2].text, &p);
			if (co_nlp_method_takes(method, &p.model.nlp))
			{
				CHECK_INT(co_nlp_solve_by(&arena, &p.model.nlp, method, &options, NULL, &sol), CO_OK);
				CHECK(sol.memory_peak <= sol.memory_predicted);
				CHECK_STR(co_status_word(sol.status), "optimal");
				CHECK_NEAR(sol.residual.objective, drowned[i / 2].objective, 1e-6 * drowned[i / 2].objective);
			}
			if (check_failures > before)
				printf("  ... %s, %s\n", co_nlp_method_word(method), drowned[i / 2].text);
			end();
		}
}

#define ANY_OF(a, b)	(1u << (a) | 1u << (b))
#define ONLY(a)			(1u << (a))
#define INFEASIBLE		ANY_OF(CO_INFEASIBLE, CO_LOCALLY_INFEASIBLE)
#define SOLVED			ANY_OF(CO_OPTIMAL, CO_ACCEPTABLE)
#define SEEN			(SOLVED | ONLY(CO_FEASIBLE))

/* For every method, from the start of the text: what is true may be said in words. */
static const struct
{
	const char *text;
	unsigned	words;			/* bits of CoStatus */
}			boundary_cases[] =

{
	/* the domain ends where the row is violated least */
	{"minimize x subject to sqrt(x) <= -1 where x in [-inf, inf] start 4", INFEASIBLE},
	{"minimize x subject to sqrt(x) <= -1 where x in [0, inf]", INFEASIBLE},
	{"minimize x subject to power(x, 0.5) + x <= -0.5 where x in [-inf, inf] start 10", INFEASIBLE},
	{"minimize x subject to sqrt(x - 3) <= 1; x <= 2", INFEASIBLE},
	{"minimize x subject to ln(x) <= -1 where x in [1, 5] start 2", INFEASIBLE},
	/* a kink where it is */
	{"minimize x subject to abs(x) <= -0.1 where x in [-inf, inf] start 2", INFEASIBLE},
	{"minimize x subject to greatest(x, 1 - x) <= 0.4 where x in [-inf, inf] start 1", INFEASIBLE},

	/*
	 * feasible to the tolerance of the bounds as rows, at y = -1e8, and
	 * nowhere else
	 */
	{"minimize x + y subject to x*y >= 1; x >= 0; y <= 0 where x in [-inf, inf] start 1, y in [-inf, inf] start -1", INFEASIBLE},
	{"minimize x subject to x*y == 1; x == 0 where x in [-inf, inf] start 2, y in [-inf, inf] start 3", INFEASIBLE},
	{"minimize x subject to sqrt(x) + sqrt(y) >= 3; x + y <= 4 where x in [-inf, inf] start 1, y in [-inf, inf] start 1", INFEASIBLE},
	/* poles, with a bound there and without */
	{"minimize ln(x) where x in [-inf, inf] start 1", ONLY(CO_UNBOUNDED)},
	{"minimize ln(x) where x in [0, 4] start 1", ONLY(CO_UNBOUNDED)},
	{"minimize 0 - 1/x where x in [0, 4] start 1", ONLY(CO_UNBOUNDED)},
	{"maximize 1/x^2 where x in [0, 4] start 1", ONLY(CO_UNBOUNDED)},
	{"maximize sqrt(x) - ln(x) where x in [-inf, inf] start 1", ONLY(CO_UNBOUNDED)},
	/* the ends of other domains: the falls fade */
	{"minimize sqrt(x) where x in [-inf, inf] start 1", SEEN},
	{"minimize power(x, 0.1) where x in [-inf, inf] start 1", SEEN},
	{"minimize sqrt(x)*ln(x) where x in [-inf, inf] start 0.5", SEEN},
	{"minimize x*ln(x) where x in [-inf, inf] start 0", SOLVED},
	{"minimize acos(x) where x in [-inf, inf] start 1", SEEN},
	/* slower than any power, and bounded, by their ranges or not */
	{"minimize 1/ln(x) where x in [2, inf] start 2", SEEN},
	{"minimize power(x, -0.01) where x in [1, inf] start 2", SEEN},
	{"minimize 1/ln(x) - 3*exp(0 - x) where x in [2, inf] start 3", SEEN},
	{"maximize ln(x)/x where x in [-inf, inf] start 1", SOLVED},
	{"minimize x^0.01*ln(x) where x in [0, 1] start 0.5", SEEN},
	/* low, for its numbers are large */
	{"minimize x^4 - 1e12*x^2 where x in [-inf, inf] start 1", SEEN},
	{"minimize exp(x) - 1e10*x where x in [-inf, inf] start 1", SEEN},
	/* starts without values, or without derivatives */
	{"minimize x subject to ln(x) >= 0 where x in [-inf, inf] start -5", SOLVED},
	{"minimize x^2 + y^2 subject to ln(x) + ln(y) >= 0", SOLVED},
	{"minimize x subject to sqrt(x - y) >= 0; y >= 1 where x in [-inf, inf] start 2, y in [-inf, inf] start 2", SEEN},

	/*
	 * one feasible point, without multipliers there: restoration has nothing
	 * to do
	 */
	{"minimize x subject to sin(x) >= 1 where x in [0, 3] start 0.3", SEEN},
	{"minimize x^2 subject to x + 1/x <= 2 where x in [0.01, inf] start 1", SEEN},
	{"minimize x subject to cosh(x) <= 1 where x in [-inf, inf] start 0.1", SEEN},
};

/* More would be a method that goes round in circles. */
#define EVALUATIONS_MOST 100000

static void
check_boundary_case(const CoNlpMethod *method, size_t k)
{
	int			before = check_failures;
	CoNlpStart	start;
	CoOptions	options;
	CoSolution	sol;
	Point		p;

	co_options_default(&options);
	options.fallback = method == NULL;
	must(boundary_cases[k].text, &p);
	start = (CoNlpStart) {.x = p.model.start};
	if (method && !co_nlp_method_takes(method, &p.model.nlp))
		return;
	CHECK_INT(co_nlp_solve_by(&arena, &p.model.nlp, method, &options, &start, &sol), CO_OK);
	CHECK(boundary_cases[k].words & 1u << sol.status);
	CHECK(sol.evaluations.objective < EVALUATIONS_MOST);
	CHECK(sol.memory_peak <= sol.memory_predicted);
	if (check_failures > before)
		printf("  ... %s, %s: %s %s\n", method ? co_nlp_method_word(method) : "auto",
			   boundary_cases[k].text, co_status_word(sol.status), co_termination_word(sol.termination));
}

static void
test_boundary_cases(void)
{
	for (size_t k = 0; k < sizeof boundary_cases / sizeof *boundary_cases; k++)
		for (int i = -1; i < 0 || co_nlp_method(i) != NULL; i++)
		{
			begin();
			check_boundary_case(i < 0 ? NULL : co_nlp_method(i), k);
			end();
		}
}

/* A start where the objective is largest along the rows: what is beyond has no end. */
static void
test_unbounded_beyond_saddle(void)
{
	static const char *const texts[] = {
		"maximize x + y subject to x*y == 1 where x in [0, inf] start 1, y in [0, inf] start 1",
		"maximize x + y subject to x*y <= 1 where x in [0, inf] start 1, y in [0, inf] start 1",
	};

	for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
	{
		CoNlpStart	start;
		CoOptions	options;
		CoSolution	sol;
		Point		p;

		begin();
		co_options_default(&options);
		must(texts[k], &p);
		start = (CoNlpStart) {.x = p.model.start};
		CHECK_INT(co_nlp_solve(&arena, &p.model.nlp, &options, &start, &sol), CO_OK);
		CHECK_STR(co_status_word(sol.status), "unbounded");
		end();
	}
}

CHECK_MAIN(TEST(test_infeasible), TEST(test_saddle_of_violation), TEST(test_unbounded),
		   TEST(test_bounded), TEST(test_boundary_cases), TEST(test_unbounded_beyond_saddle),
		   TEST(test_limit),
		   TEST(test_no_objective), TEST(test_limits_are_kept),
		   TEST(test_drowned_column))
