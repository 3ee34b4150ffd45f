/*-------------------------------------------------------------------------
 *
 * t_auglag.c
 *	  The augmented Lagrangian method, and Newton's method in a box inside it,
 *	  where they are hard: degenerate rows, complementarity, subproblems without
 *	  a minimizer, nothing feasible, no second derivatives; and the box solver
 *	  alone.  What every method must do is in t_methods.c.
 *
 *-------------------------------------------------------------------------
 */
#include "methodcheck.h"
#include "hand.h"
#include "solver/auglag.h"
#include "solver/box_newton.h"

#define MAX_STEPS		20000	/* of polls and allocations that fail in turn */

static CoRc rc;

static void
solve(const char *text, Point *p)
{
	rc = solve_by(co_nlp_find_method("augmented_lagrangian"), text, p, NULL);
	CHECK_INT(rc, CO_OK);
	CHECK(sol.memory_peak <= sol.memory_predicted);
}

/* Optimal, at this value, and the residuals are those of the point. */
static void
check_value(const char *text, double objective)
{
	int			before = check_failures;
	Point		p;

	solve(text, &p);
	CHECK_STR(co_status_word(sol.status), "optimal");
	CHECK_NEAR(sol.residual.objective, objective, OBJECTIVE_TOLERANCE * fmax(1.0, fabs(objective)));
	check_residuals(&p);
	name_failure(text, before);
}

/* Multipliers are not unique, or nearly do not exist. */
static void
test_degenerate(void)
{
	static const struct
	{
		const char *text;
		double		objective;
	}			known[] = {
		/* rank one three times, and a sum of them */
		{"minimize (x-1)^2+exp(y) subject to x+y == 1; 2*x+2*y == 2; -x-y == -1; 4*x+4*y == 4", 0.8277640},
		/* a nonlinear equality twice */
		{"minimize x+2*y subject to x^2+y^2 == 5; 3*x^2+3*y^2 == 15 where x in [-inf, inf] start -2, y in [-inf, inf] start -1", -5.0},
		/* more active rows at the vertex than variables */
		{"minimize -x-y subject to x <= 1; y <= 1; x+y <= 2; 2*x+y <= 3; x+2*y <= 3; x^2+y^2 <= 2", -2.0},
		/* no interior: two sides that meet at the solution's row */
		{"minimize x^2+y^2 subject to x+y >= 2; x+y <= 2; x*y <= 1", 2.0},
		/* complementarity: MPCC, strongly stationary */
		{"minimize (x-1)^2+(y-1)^2+z^2 subject to x*y <= 0; x+y+z >= 1 where x in [0, inf] start 0.7, y in [0, inf] start 0.2, z in [0, inf]", 1.0},
		/* the same as an equality */
		{"minimize (x-1)^2+(y-2)^2 subject to x*y == 0 where x in [0, inf] start 0.1, y in [0, inf] start 1", 1.0},
		/* a multiplier of 1e5 */
		{"minimize -1e5*x+y^2 subject to x+y <= 1; x-y <= 1 where x in [-10, 10]", -1e5},
	};

	/* minimizer of (x-1)^2 + exp(1-x), from 2 (x-1) = exp(1-x): t e^t = 1/2 */
	for (size_t k = 0; k < sizeof known / sizeof *known; k++)
	{
		double		objective = known[k].objective,
					t = 0.35;

		for (int newton = 0; k == 0 && newton < 50; newton++)
			t -= (t * exp(t) - 0.5) / (exp(t) * (1.0 + t));
		if (k == 0)
			objective = t * t + exp(-t);
		fresh();
		check_value(known[k].text, objective);
		end();
	}
}

/* The subproblem has no minimizer until rho is large: greed. */
static void
test_greed(void)
{
	double		x = 1.0;

	fresh();
	check_value("minimize -(x^4) subject to x^2 <= 1 where x in [-inf, inf] start 0.5", -1.0);
	end();
	fresh();
	check_value("minimize x^3 subject to x^2 <= 4 where x in [-inf, inf] start -0.5", -8.0);
	end();
	/* -exp(x) - y on the circle: y = x exp(-x), so x^2 (1 + exp(-2x)) = 1 */
	for (int k = 0; k < 200; k++)
		x = 1.0 / sqrt(1.0 + exp(-2.0 * x));
	fresh();
	check_value("minimize -exp(x)-y subject to x^2+y^2 <= 1 where x in [-inf, inf] start 0.1, y in [-inf, inf] start 0.1",
				-exp(x) - x * exp(-x));
	end();
}

/* Nothing feasible is said where the violation is stationary, and only there. */
static void
test_infeasible(void)
{
	static const char *const never[] = {
		"minimize x+y subject to x^2+y^2 <= 1; x+y >= 3",
		"minimize x subject to x >= 2; x <= 1",
		"minimize exp(x) subject to x*y == 1; x*y == 2 where x in [-inf, inf] start 1, y in [-inf, inf] start 1",
		"minimize x^2 subject to sin(x) == 2 where x in [-3, 3] start 0.5",
		"minimize x-y subject to x+y == 1; x+y == 1.001; x-y <= 5",
	};

	for (size_t k = 0; k < sizeof never / sizeof *never; k++)
	{
		int			before = check_failures;
		double		violation,
					leftover;
		Point		p;

		fresh();
		without_ranges = true;
		solve(never[k], &p);
		without_ranges = false;
		CHECK_STR(co_status_word(sol.status), "locally_infeasible");
		CHECK_STR(co_termination_word(sol.termination), "infeasible");
		CHECK_INT(co_nlp_check_stationary(&arena, &p.model.nlp, sol.point.x, sol.point.y,
										  &violation, &leftover), CO_OK);
		CHECK(violation > 1e-5 && leftover <= 1e-4);
		name_failure(never[k], before);
		end();
	}

	/* a stationary violation on the way to points that are feasible */
	fresh();
	check_value("minimize x^2+y subject to (x^2-4)^2+y <= 0.5 where x in [-inf, inf] start 0, y in [0, inf]",
				4.0 - sqrt(0.5));
	end();
}

/* Values end at 0: trial points beyond are only shorter steps. */
static void
test_without_values(void)
{
	fresh();
	check_value("minimize -ln(x)-ln(y)+x+y subject to x+y <= 1.5 where x in [-inf, inf] start 0.01, y in [-inf, inf] start 20",
				1.5 - 2.0 * log(0.75));
	end();
	fresh();
	check_value("minimize sqrt(x)+y^2 subject to sqrt(x*y) >= 1 where x in [-inf, inf] start 1, y in [-inf, inf] start 5",
				pow(0.25, -0.2) + pow(0.25, 0.8));
	end();
}

/* L-BFGS-B inside, the Hessian of the Lagrangian learned. */
static void
test_without_second_derivatives(void)
{
	static const struct
	{
		const char *text;
		double		objective;
	}			known[] = {
		{"minimize x1*x4*(x1+x2+x3)+x3 subject to x1*x2*x3*x4 >= 25; x1^2+x2^2+x3^2+x4^2 == 40 where x1 in [1, 5] start 1, x2 in [1, 5] start 5, x3 in [1, 5] start 5, x4 in [1, 5] start 1", 17.0140172891},
		{"minimize (1-x)^2 subject to 10*(y-x^2) == 0 where x in [-inf, inf] start -1.2, y in [-inf, inf] start 1", 0.0},
		{"minimize 100*(y-x^2)^2+(1-x)^2 where x in [-inf, 0.5] start -1.2, y in [-inf, inf] start 1", 0.25},
		{"minimize x^2+y^2+z^2 subject to x+y+z == 3; 2*x+2*y+2*z == 6; x-y == 0", 3.0},
	};

	for (size_t k = 0; k < sizeof known / sizeof *known; k++)
	{
		fresh();
		options.exact_hessian = false;
		check_value(known[k].text, known[k].objective);
		CHECK_INT(sol.second_order, CO_SECOND_ORDER_UNKNOWN);
		end();
	}
	fresh();
	check_value(known[0].text, known[0].objective);
	CHECK_INT(sol.second_order, CO_SECOND_ORDER_POSITIVE);
	CHECK(sol.evaluations.hessian > 0);
	end();
}

/* Two solves, the same digits. */
static void
test_deterministic(void)
{
	static const char text[] = "minimize x1*x4*(x1+x2+x3)+x3 subject to x1*x2*x3*x4 >= 25; x1^2+x2^2+x3^2+x4^2 == 40 where x1 in [1, 5] start 2, x2 in [1, 5] start 3, x3 in [1, 5] start 4, x4 in [1, 5] start 1";
	double		x[4];
	int			iterations;
	Point		p;

	fresh();
	solve(text, &p);
	co_copy(4, sol.point.x, x);
	iterations = sol.iterations;
	end();
	fresh();
	solve(text, &p);
	CHECK_INT(sol.iterations, iterations);
	for (int j = 0; j < 4; j++)
		CHECK(sol.point.x[j] == x[j]);
	end();
}

/* x'x with a gradient that points the wrong way: no step is lower. */
static double
wrong_way(const double *x, double *grad)
{
	grad[0] = -2.0 * x[0];
	grad[1] = -2.0 * x[1];
	return x[0] * x[0] + x[1] * x[1];
}

static void
hess_of_wrong_way(const double *x, double sigma, const double *y, double h[][HAND_MAX])
{
	(void) x;
	(void) y;
	h[0][0] = h[1][1] = 2.0 * sigma;
	h[0][1] = h[1][0] = 0.0;
}

/* The words that say why it stopped. */
static void
test_terminations(void)
{
	static const char hs013[] = "minimize (x-2)^2+y^2 subject to (1-x)^3-y >= 0 where x in [0, inf] start 0, y in [0, inf] start 0";
	static const double start[2] = {1.0, 2.0};
	CoNlpStart	at = {.x = start};
	Hand		hand;
	Point		p;

	fresh();
	solve("minimize ln(-1-x^2) where x in [-inf, inf] start 1", &p);
	CHECK_STR(co_termination_word(sol.termination), "nonfinite");
	CHECK_STR(co_status_word(sol.status), "failed");
	end();
	fresh();
	options.nonlinear_max_iterations = 3;
	solve(hs013, &p);
	CHECK_STR(co_termination_word(sol.termination), "nonlinear_max_steps_reached");
	CHECK_INT(sol.iterations, 3);
	end();
	fresh();
	options.max_evaluations = 5;
	solve(hs013, &p);
	CHECK_STR(co_termination_word(sol.termination), "evaluation_limit");
	end();
	fresh();
	options.time_limit = 0.0;
	solve(hs013, &p);
	CHECK_STR(co_termination_word(sol.termination), "time_limit");
	end();

	/* a minimizer without multipliers: never optimal, and feasible */
	fresh();
	solve(hs013, &p);
	CHECK_STR(co_status_word(sol.status), "feasible");
	CHECK(sol.termination == CO_TERM_MERIT_STAGNATION ||
		  sol.termination == CO_TERM_LINE_SEARCH_FAILURE);
	CHECK_NEAR(sol.point.x[0], 1.0, 0.01);
	end();
	fresh();
	hand_init(&hand, 2, 0);
	hand.f = wrong_way;
	hand.h = hess_of_wrong_way;
	rc = co_nlp_solve_by(&arena, &hand.nlp, co_nlp_find_method("augmented_lagrangian"), &options,
						 &at, &sol);
	CHECK_INT(rc, CO_OK);
	CHECK_STR(co_termination_word(sol.termination), "line_search_failure");
	CHECK_STR(co_status_word(sol.status), "feasible");
	end();

	/* without a limit, along a curve of feasible points */
	fresh();
	solve("minimize -x-y subject to x-y == 0 where x in [0, inf]", &p);
	CHECK_STR(co_status_word(sol.status), "unbounded");
	CHECK(sol.ray && sol.ray[0] > 0.0 && fabs(sol.ray[0] - sol.ray[1]) <= 1e-9);
	end();
}

/* Solved again from a point and multipliers: the answer of before, always. */
static void
test_warm_start(void)
{
	static const char text[] = "minimize x1*x4*(x1+x2+x3)+x3 subject to x1*x2*x3*x4 >= 25; x1^2+x2^2+x3^2+x4^2 == 40 where x1 in [1, 5] start 1, x2 in [1, 5] start 5, x3 in [1, 5] start 5, x4 in [1, 5] start 1";
	static const double wrong_y[2] = {1e4, -1e4},
				wrong_z[4] = {-1e3, 7.0, 1e8, 0.0};
	const CoNlpMethod *method = co_nlp_find_method("augmented_lagrangian");
	CoNlpStart	start;
	CoSolution	again;
	Point		p;

	fresh();
	solve(text, &p);
	start = (CoNlpStart) {.x = sol.point.x, .y = sol.point.y, .z = sol.point.z};
	CHECK_INT(co_nlp_solve_by(&arena, &p.model.nlp, method, &options, &start, &again), CO_OK);
	CHECK_STR(co_status_word(again.status), "optimal");
	CHECK(again.iterations <= 1);
	CHECK_NEAR(again.residual.objective, sol.residual.objective, 1e-7);

	/* multipliers that explain nothing are as none */
	start = (CoNlpStart) {.x = p.model.start, .y = wrong_y, .z = wrong_z};
	CHECK_INT(co_nlp_solve_by(&arena, &p.model.nlp, method, &options, &start, &again), CO_OK);
	CHECK_STR(co_status_word(again.status), "optimal");
	CHECK_INT(again.iterations, sol.iterations);
	for (int j = 0; j < 4; j++)
		CHECK(again.point.x[j] == sol.point.x[j]);
	end();
}

static const char *const all_parts[] = {
	"minimize x+y subject to x^2+y^2 <= 1; x+y >= 3",	/* both phases */
	"minimize -(x^4) subject to x^2 <= 1 where x in [-inf, inf] start 0.5", /* restarts */
};

/* Every poll says stop in turn, every allocation fails: nothing is left over. */
static void
test_cancel_and_memory(void)
{
	for (size_t k = 0; k < sizeof all_parts / sizeof *all_parts; k++)
		for (int exact = 0; exact < 2; exact++)
			for (int memory = 0; memory < 2; memory++)
			{
				long		at = 0;

				for (rc = CO_CANCELED; rc && at < MAX_STEPS; at++)
				{
					CoNlpStart	start;
					Point		p;

					fresh();
					must(all_parts[k], &p);
					start = (CoNlpStart) {.x = p.model.start};
					options.exact_hessian = exact;
					if (memory)
						host.fail_at = host.n_alloc + at;
					else
						host.cancel_at = host.n_poll + at;
					rc = co_nlp_solve_by(&arena, &p.model.nlp, co_nlp_find_method("augmented_lagrangian"),
										 &options, &start, &sol);
					CHECK(rc == CO_OK || rc == (memory ? CO_NO_MEMORY : CO_CANCELED));
					end();
				}
				CHECK_INT(rc, CO_OK);
				CHECK(at > 1);
			}
}

/*--------------------------------------------------------------------------
 * The box solver alone, on functions of three variables
 *--------------------------------------------------------------------------
 */

#define N				3

typedef struct Function
{
	double		(*f) (const double *x, double *grad, double h[N][N]);
	double		x[N],
				grad[N],
				h[N][N];		/* with the shift, in the face */
	double		shift;
	int			values,
				no_value_at;	/* this value() has none; 0: none */
} Function;

static CoRc
get_value(void *self, const double *x, double *f)
{
	Function   *s = self;
	double		grad[N],
				h[N][N];

	s->values++;
	*f = s->f(x, grad, h);
	return isfinite(*f) && s->values != s->no_value_at ? CO_OK : CO_NOT_FINITE;
}

static CoRc
get_gradient(void *self, const double *x, double *grad)
{
	Function   *s = self;
	double		h[N][N];

	co_copy(N, x, s->x);
	s->f(x, s->grad, h);
	co_copy(N, s->grad, grad);
	return CO_OK;
}

/* Gaussian elimination without exchanges: false, not positive definite. */
static bool
eliminate(double h[N][N], double *b)
{
	for (int k = 0; k < N; k++)
	{
		if (!(h[k][k] > 1e-14))
			return false;
		for (int i = k + 1; i < N; i++)
		{
			double		factor = h[i][k] / h[k][k];

			for (int j = k; j < N; j++)
				h[i][j] -= factor * h[k][j];
			b[i] -= factor * b[k];
		}
	}
	for (int k = N - 1; k >= 0; k--)
	{
		for (int j = k + 1; j < N; j++)
			b[k] -= h[k][j] * b[j];
		b[k] /= h[k][k];
	}
	return true;
}

static void
load(const Function *s, const uint8_t *held, double shift, double h[N][N])
{
	double		grad[N];

	s->f(s->x, grad, h);
	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++)
			if (held[i] || held[j])
				h[i][j] = i == j;
			else if (i == j)
				h[i][j] += shift;
}

static CoRc
factor(void *self, const uint8_t *held, double *shift)
{
	Function   *s = self;
	double		h[N][N],
				b[N] = {0};

	for (;;)
	{
		load(s, held, *shift, h);
		if (eliminate(h, b))
			break;
		*shift = *shift > 0.0 ? 8.0 * *shift : 1e-4;
		if (*shift > 1e20)
			return CO_SINGULAR;
	}
	s->shift = *shift;
	return CO_OK;
}

static CoRc
minimize_model(void *self, const uint8_t *held, double *d)
{
	Function   *s = self;
	double		full[N][N],
				h[N][N],
				b[N],
				grad[N];

	s->f(s->x, grad, full);
	load(s, held, s->shift, h);
	for (int i = 0; i < N; i++)
	{
		b[i] = held[i] ? d[i] : -s->grad[i];
		for (int j = 0; j < N; j++)
			if (!held[i] && held[j])
				b[i] -= full[i][j] * d[j];
	}
	CHECK(eliminate(h, b));
	co_copy(N, b, d);
	return CO_OK;
}

static double
model_value(void *self, const double *d)
{
	Function   *s = self;
	double		grad[N],
				h[N][N],
				value = co_dot(N, s->grad, d) + 0.5 * s->shift * co_dot(N, d, d);

	s->f(s->x, grad, h);
	for (int i = 0; i < N; i++)
		value += 0.5 * d[i] * co_dot(N, h[i], d);
	return value;
}

static void
choose_piece(void *self, const double *d, bool *crossed)
{
	(void) self;
	(void) d;
	*crossed = false;
}

/* 1/2 x'Hx - b'x, H = tridiag(-1, 2, -1), b = (1, 2, -9) */
static double
convex(const double *x, double *grad, double h[N][N])
{
	static const double b[N] = {1.0, 2.0, -9.0};
	double		f = 0.0;

	for (int i = 0; i < N; i++)
	{
		double		hx = 2.0 * x[i];

		for (int j = 0; j < N; j++)
			h[i][j] = i == j ? 2.0 : abs(i - j) == 1 ? -1.0 : 0.0;
		if (i > 0)
			hx -= x[i - 1];
		if (i < N - 1)
			hx -= x[i + 1];
		grad[i] = hx - b[i];
		f += x[i] * (0.5 * hx - b[i]);
	}
	return f;
}

/* Double wells: (x_i^2 - 1)^2 + x_i / 4 */
static double
wells(const double *x, double *grad, double h[N][N])
{
	double		f = 0.0;

	memset(h, 0, N * sizeof *h);
	for (int i = 0; i < N; i++)
	{
		f += (x[i] * x[i] - 1.0) * (x[i] * x[i] - 1.0) + 0.25 * x[i];
		grad[i] = 4.0 * x[i] * (x[i] * x[i] - 1.0) + 0.25;
		h[i][i] = 12.0 * x[i] * x[i] - 4.0;
	}
	return f;
}

/* -ln, without values left of 0; falls without end */
static double
logs(const double *x, double *grad, double h[N][N])
{
	double		f = 0.0;

	memset(h, 0, N * sizeof *h);
	for (int i = 0; i < N; i++)
	{
		f += x[i] > 0.0 ? x[i] - log(x[i]) : NAN;
		grad[i] = 1.0 - 1.0 / x[i];
		h[i][i] = 1.0 / (x[i] * x[i]);
	}
	return f;
}

static double
downhill(const double *x, double *grad, double h[N][N])
{
	memset(h, 0, N * sizeof *h);
	for (int i = 0; i < N; i++)
		grad[i] = -1.0 - i;
	return co_dot(N, grad, x);
}

static CoRc
stop_at_second(void *self, const CoBoxIterate *iterate, bool *stop)
{
	(void) self;
	*stop = iterate->iteration == 2;
	return CO_OK;
}

static CoBoxOutcome
minimize(Function *f, const double *xl, const double *xu, const CoBoxOptions *o, double *x)
{
	CoBoxModel	model = {.n = N, .xl = xl, .xu = xu, .value = get_value,
		.gradient = get_gradient, .factor = factor, .solve = minimize_model,
	.model_value = model_value, .choose_piece = choose_piece, .self = f};
	CoBoxOutcome outcome;
	double		grad[N];

	CHECK_INT(co_box_newton(&arena, &model, o, x, grad, &outcome), CO_OK);
	for (int j = 0; j < N; j++)
		CHECK(outcome.verdict == CO_BOX_BAD_START || (x[j] >= xl[j] && x[j] <= xu[j]));
	return outcome;
}

static void
test_box(void)
{
	static const double none[N] = {-INFINITY, -INFINITY, -INFINITY},
				any[N] = {INFINITY, INFINITY, INFINITY},
				zero[N] = {0.0, 0.0, 0.0},
				two[N] = {2.0, 2.0, 2.0};
	Function	f = {.f = convex};
	CoBoxOptions o;
	CoBoxOutcome out;
	double		x[N] = {5.0, -5.0, 5.0};

	begin();
	co_box_options_default(&o);
	o.tolerance = 1e-10;

	/* without bounds one step: H^-1 b, by hand */
	out = minimize(&f, none, any, &o, x);
	CHECK_INT(out.verdict, CO_BOX_CONVERGED);
	CHECK(out.iterations <= 3);
	CHECK_NEAR(x[0], -0.5, 1e-10);
	CHECK_NEAR(x[1], -2.0, 1e-10);
	CHECK_NEAR(x[2], -5.5, 1e-10);

	/* x >= 0: x3 = 0, (2 -1; -1 2)^-1 (1, 2) = (4/3, 5/3) */
	co_copy(N, two, x);
	out = minimize(&f, zero, two, &o, x);
	CHECK_INT(out.verdict, CO_BOX_CONVERGED);
	CHECK_NEAR(x[0], 4.0 / 3.0, 1e-10);
	CHECK_NEAR(x[1], 5.0 / 3.0, 1e-10);
	CHECK(x[2] == 0.0);
	CHECK(out.iterations <= 3);

	/* from a maximum's neighbourhood, indefinite: to a minimizer */
	f = (Function) {.f = wells};
	x[0] = 0.1;
	x[1] = -0.1;
	x[2] = 0.03;
	out = minimize(&f, none, any, &o, x);
	CHECK_INT(out.verdict, CO_BOX_CONVERGED);
	for (int j = 0; j < N; j++)
		CHECK(fabs(fabs(x[j]) - 1.0) < 0.1);

	/* a start far outside, steps beyond the values, one trial without any */
	f = (Function) {.f = logs, .no_value_at = 3};
	x[0] = 1e-3;
	x[1] = 50.0;
	x[2] = -7.0;
	{
		double		xl[N] = {-1.0, -INFINITY, 0.5};

		out = minimize(&f, xl, any, &o, x);
	}
	CHECK_INT(out.verdict, CO_BOX_CONVERGED);
	for (int j = 0; j < N; j++)
		CHECK_NEAR(x[j], 1.0, 1e-9);
	end();
}

static void
test_box_verdicts(void)
{
	static const double none[N] = {-INFINITY, -INFINITY, -INFINITY},
				any[N] = {INFINITY, INFINITY, INFINITY};
	Function	f = {.f = downhill};
	CoBoxOptions o;
	double		x[N] = {0.0};

	begin();
	co_box_options_default(&o);
	o.f_least = -1e12;
	CHECK_INT(minimize(&f, none, any, &o, x).verdict, CO_BOX_UNBOUNDED);
	f = (Function) {.f = logs};
	x[0] = x[1] = x[2] = -1.0;
	CHECK_INT(minimize(&f, none, any, &o, x).verdict, CO_BOX_BAD_START);
	f = (Function) {.f = wells};
	x[0] = x[1] = x[2] = 30.0;
	o.report = stop_at_second;
	CHECK_INT(minimize(&f, none, any, &o, x).verdict, CO_BOX_STOPPED);
	o.report = NULL;
	x[0] = x[1] = x[2] = 30.0;
	o.max_iterations = 2;
	CHECK_INT(minimize(&f, none, any, &o, x).verdict, CO_BOX_ITERATION_LIMIT);
	o.max_iterations = 100;
	x[0] = x[1] = x[2] = 30.0;
	o.max_evaluations = 3;
	CHECK_INT(minimize(&f, none, any, &o, x).verdict, CO_BOX_EVALUATION_LIMIT);
	end();
}

CHECK_MAIN(TEST(test_degenerate), TEST(test_greed), TEST(test_infeasible),
		   TEST(test_without_values), TEST(test_without_second_derivatives),
		   TEST(test_deterministic), TEST(test_terminations), TEST(test_warm_start), TEST(test_cancel_and_memory), TEST(test_box),
		   TEST(test_box_verdicts))
