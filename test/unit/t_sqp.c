/*-------------------------------------------------------------------------
 *
 * t_sqp.c
 *	  The SQP method: its matrices, multipliers, predicted active sets, its
 *	  steps where linearizations or multipliers are no good.  What it has in
 *	  common with other methods is in t_methods.c.
 *
 *-------------------------------------------------------------------------
 */
#include "methodcheck.h"
#include "solver/sqp.h"

static void
solve(const char *text, Point *p)
{
	CHECK_INT(solve_by(co_nlp_find_method("sqp"), text, p, NULL), CO_OK);
	if (getenv("CO_VERBOSE"))
		for (int k = 0; k < sol.n_log; k++)
			printf("%4d%c f %14.7e h %.2e d %.2e c %.2e radius %.1e step %.2e\n",
				   sol.log[k].iteration, sol.log[k].kind, sol.log[k].objective,
				   sol.log[k].primal_residual, sol.log[k].dual_residual, sol.log[k].gap,
				   sol.log[k].mu, sol.log[k].step_primal);
}

static bool
was_taken(char kind)
{
	for (int k = 0; k < sol.n_log; k++)
		if (sol.log[k].kind == kind)
			return true;
	return false;
}

/* An object at a point of its own, without a run. */

static CoRc
never_good(void *self, CoSqp *s, const double *y, const double *z, bool *good)
{
	(void) self;
	(void) s;
	(void) y;
	(void) z;
	*good = false;
	return CO_OK;
}

static CoSqp *
at_point(const char *text, Point *p, const double *x)
{
	CoSqp	   *s = NULL;

	must(text, p);
	CHECK_INT(co_sqp_new(&arena, &p->model.nlp, &options, &s), CO_OK);
	s->judge = never_good;
	s->max_iterations = 100;
	CHECK_INT(co_sqp_start(s, x, NULL), CO_OK);
	return s;
}

#define HS071 \
	"minimize x1*x4*(x1+x2+x3)+x3 subject to x1*x2*x3*x4 >= 25; " \
	"x1^2+x2^2+x3^2+x4^2 == 40 where x1 in [1, 5] start 1, x2 in [1, 5] start 5, " \
	"x3 in [1, 5] start 5, x4 in [1, 5] start 1"

static void
test_hs071(void)
{
	Point		p;

	fresh();
	solve(HS071, &p);
	CHECK_INT(sol.status, CO_OPTIMAL);
	CHECK_NEAR(sol.residual.objective, 17.0140172891, 1e-8);
	CHECK_NEAR(sol.point.y[0], -0.5522937, 1e-6);
	CHECK_NEAR(sol.point.y[1], 0.1614686, 1e-6);
	CHECK_NEAR(sol.point.z[0], -1.0878713, 1e-6);
	CHECK(sol.iterations <= 7);
	CHECK(sol.evaluations.objective <= 9);
	CHECK_INT(sol.evaluations.hessian, sol.iterations);
	end();
}

static void
test_quasi_newton(void)
{
	Point		p;

	fresh();
	options.exact_hessian = false;
	solve(HS071, &p);
	CHECK_INT(sol.status, CO_OPTIMAL);
	CHECK_NEAR(sol.residual.objective, 17.0140172891, 1e-8);
	CHECK_NEAR(sol.point.y[0], -0.5522937, 1e-6);
	CHECK_INT(sol.evaluations.hessian, 0);
	CHECK(sol.iterations <= 12);
	end();
}

/* From the solution nothing is left to do; from near it, a step or two. */
static void
test_warm_start(void)
{
	double		x[4];
	CoNlpStart	at = {.x = x};
	Point		p;

	fresh();
	solve(HS071, &p);
	co_copy(4, sol.point.x, x);
	at.y = sol.point.y;
	at.z = sol.point.z;
	CHECK_INT(co_nlp_solve_by(&arena, &p.model.nlp, co_nlp_find_method("sqp"), &options, &at, &sol), CO_OK);
	CHECK_INT(sol.status, CO_OPTIMAL);
	CHECK_INT(sol.iterations, 0);
	x[1] += 1e-3;
	x[3] -= 1e-3;
	CHECK_INT(co_nlp_solve_by(&arena, &p.model.nlp, co_nlp_find_method("sqp"), &options, &at, &sol), CO_OK);
	CHECK_INT(sol.status, CO_OPTIMAL);
	CHECK(sol.iterations <= 2);
	CHECK_NEAR(sol.residual.objective, 17.0140172891, 1e-8);
	/* a hint that is wrong moves nothing but the work */
	x[0] = 5.0;
	x[1] = 1.0;
	CHECK_INT(co_nlp_solve_by(&arena, &p.model.nlp, co_nlp_find_method("sqp"), &options, &at, &sol), CO_OK);
	CHECK_INT(sol.status, CO_OPTIMAL);
	CHECK_NEAR(sol.residual.objective, 17.0140172891, 1e-7);
	end();
}

/* Without the correction no full step near the solution lowers f or h. */
static void
test_maratos(void)
{
	Point		p;

	fresh();
	solve("minimize 2*(x^2+y^2-1)-x subject to x^2+y^2 == 1 where x in [-inf, inf] start 0.8, "
		  "y in [-inf, inf] start 0.6", &p);
	CHECK_INT(sol.status, CO_OPTIMAL);
	CHECK_NEAR(sol.point.x[0], 1.0, 1e-8);
	CHECK(was_taken('F') || was_taken('H'));
	CHECK(sol.iterations <= 7);
	end();
}

/* Rows whose linearizations contradict each other at the start. */
static void
test_inconsistent_linearization(void)
{
	Point		p;

	fresh();
	solve("minimize x subject to x^2 - y == 1; x - z == 0.5 where x in [-inf, inf] start -2, "
		  "y in [0, inf] start 3, z in [0, inf] start 1", &p);
	CHECK_INT(sol.status, CO_OPTIMAL);
	CHECK_NEAR(sol.residual.objective, 1.0, 1e-8);
	solve("minimize (x-3)^2 + y^2 subject to x^2 >= 1; x <= 2; y - x^3 == 0 "
		  "where x in [-inf, inf] start 0.01, y in [-inf, inf] start 5", &p);
	CHECK_INT(sol.status, CO_OPTIMAL);
	CHECK(was_taken('e'));
	CHECK_NEAR(sol.point.y[0], 0.0, 10.0);
	end();
}

/*
 * Problem 61 of Hock and Schittkowski: both rows have two branches, and what
 * minimizes the violation alone does not know which of them are the good ones.
 */
static void
test_elastic_steps(void)
{
	const char *text = "minimize 4*x^2 + 2*y^2 + 2*z^2 - 33*x + 16*y - 24*z "
		"subject to 3*x - 2*y^2 == 7; 4*x - z^2 == 11 "
		"where x in [-inf, inf] start 0, y in [-inf, inf] start 0, z in [-inf, inf] start 0";
	Point		p;

	fresh();
	for (int exact = 0; exact < 2; exact++)
	{
		options.exact_hessian = exact;
		solve(text, &p);
		CHECK_INT(sol.status, CO_OPTIMAL);
		CHECK(was_taken('e'));
		CHECK_NEAR(sol.residual.objective, -143.6461422, 1e-6);
	}
	end();
}

/*
 * Problem 93: a step to where all products vanish, and with them the gradient
 * of the violation.
 */
static void
test_return_to_least_violation(void)
{
	Point		p;

	fresh();
	solve("minimize 0.0204*a*d*(a+b+c) + 0.0187*b*c*(a+1.57*b+d) + 0.0607*a*d*e^2*(a+b+c) + 0.0437*b*c*f^2*(a+1.57*b+d) "
		  "subject to 0.001*a*b*c*d*e*f >= 2.07; 1 - 0.00062*a*d*e^2*(a+b+c) - 0.00058*b*c*f^2*(a+1.57*b+d) >= 0 "
		  "where a in [0, inf] start 5.54, b in [0, inf] start 4.4, c in [0, inf] start 12.02, "
		  "d in [0, inf] start 11.82, e in [0, inf] start 0.702, f in [0, inf] start 0.852", &p);
	CHECK_INT(sol.status, CO_OPTIMAL);
	CHECK(was_taken('b'));
	CHECK_NEAR(sol.residual.objective, 135.0759628, 1e-5);
	end();
}

/*
 * Starts where the slopes of the violation vanish: in the middle of an ellipse
 * (Schittkowski's problems 316 to 322), on the saddle of a product, in the
 * middle of a sphere between bounds that the iterates meet.
 */
static void
test_leaves_saddle_of_violation(void)
{
	static const struct
	{
		const char *text;
		double		objective;
	}			cases[] =
	{
		{"minimize (x-20)^2 + (y+20)^2 subject to 0.01*x^2 + y^2/16 == 1 "
		"where x in [-inf, inf] start 0, y in [-inf, inf] start 0", 452.4043958},
		{"minimize (x-2)^2 + (y-2)^2 subject to x*y == 1 "
		"where x in [-inf, inf] start 0, y in [-inf, inf] start 0", 2.0},
		{"minimize (x+3)^2 + y^2 + z^2 subject to x^2 + y^2 + z^2 >= 4 "
		"where x in [-1, 1] start 0, y in [-3, 3] start 0, z in [-3, 3] start 0", 7.0}
	};
	Point		p;

	fresh();
	for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
		for (int exact = 0; exact < 2; exact++)
		{
			options.exact_hessian = exact;
			solve(cases[k].text, &p);
			CHECK_INT(sol.status, CO_OPTIMAL);
			CHECK_NEAR(sol.residual.objective, cases[k].objective, 1e-6);
		}
	end();
}

/*
 * A row without a slope at every feasible point: its linearization may be
 * inconsistent by rounding alone, where restoration finds nothing to do.
 */
static void
test_inconsistent_by_rounding(void)
{
	static const double starts[][2] = {{3, 2}, {2.5, 1.6}, {3.7, 2.9}, {1.9, 2.2}, {-2, 7}, {0.3, -4}};
	Point		p;

	fresh();
	for (size_t k = 0; k < sizeof starts / sizeof *starts; k++)
		for (int exact = 0; exact < 2; exact++)
		{
			options.exact_hessian = exact;
			CHECK_INT(solve_by(co_nlp_find_method("sqp"), "minimize x^2 + y^2 subject to (x+y-1)^2 == 0 "
							   "where x in [-inf, inf], y in [-inf, inf]", &p, starts[k]), CO_OK);
			CHECK(sol.evaluations.objective <= 10 * (sol.iterations + 100));
			CHECK(sol.residual.primal <= 1e-6);
		}
	end();
}

/*
 * Brown's badly scaled function: (x - 1e6)^2 multiplied out has terms of 1e12,
 * and y ends at 2e-6 with a second derivative of 2e12.
 */
static void
test_noise_of_terms(void)
{
	Point		p;

	fresh();
	for (int exact = 0; exact < 2; exact++)
	{
		options.exact_hessian = exact;
		solve("minimize (x-1000000)^2 + (y-0.000002)^2 + (x*y-2)^2 "
			  "where x in [-inf, inf] start 1, y in [-inf, inf] start 1", &p);
		CHECK_INT(sol.status, CO_OPTIMAL);
		CHECK_NEAR(sol.point.x[0], 1e6, 1e-6);
		CHECK_NEAR(sol.point.x[1], 2e-6, 1e-17);
	}
	end();
}

/*
 * The dipole equations of the heart, started where the sum of the
 * violations has a valley that leads nowhere.
 */
static void
test_leaves_valley_of_violation(void)
{
	static const double start[] = {-0.1184, 0.8153, 0.3289, 1.3943, 0.5352, 0.7972, 0.5276, 0.6402};
	Point		p;

	fresh();
	CHECK_INT(solve_by(co_nlp_find_method("sqp"),
					   "minimize 0*a subject to a + b == -0.69; c + d == -0.044; "
					   "t*a + u*b - v*c - w*d == -1.57; v*a + w*b + t*c + u*d == -1.31; "
					   "a*(t^2 - v^2) - 2*c*t*v + b*(u^2 - w^2) - 2*d*u*w == -2.65; "
					   "c*(t^2 - v^2) + 2*a*t*v + d*(u^2 - w^2) + 2*b*u*w == 2; "
					   "a*t*(t^2 - 3*v^2) + c*v*(v^2 - 3*t^2) + b*u*(u^2 - 3*w^2) + d*w*(w^2 - 3*u^2) == -12.6; "
					   "c*t*(t^2 - 3*v^2) - a*v*(v^2 - 3*t^2) + d*u*(u^2 - 3*w^2) - b*w*(w^2 - 3*u^2) == 9.48 "
					   "where a in [-inf, inf], b in [-inf, inf], c in [-inf, inf], d in [-inf, inf], "
					   "t in [-inf, inf], u in [-inf, inf], v in [-inf, inf], w in [-inf, inf]", &p, start), CO_OK);
	CHECK_INT(sol.status, CO_OPTIMAL);
	CHECK(sol.residual.primal <= 1e-8);
	end();
}

static void
test_infeasible(void)
{
	static const char *const texts[] = {
		"minimize x subject to x^2 + y^2 <= -1 where x in [-inf, inf] start 2, y in [-inf, inf] start 1",
		"minimize x + y subject to x*y >= 10; x + y <= 1 where x in [0, inf] start 3, y in [0, inf] start 1",
		"minimize exp(x) subject to exp(x) + y^2 <= 0.5; x >= 1 where x in [-5, 5] start 0, y in [-inf, inf] start 1"
	};
	Point		p;

	fresh();
	without_ranges = true;
	for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
		for (int exact = 0; exact < 2; exact++)
		{
			options.exact_hessian = exact;
			solve(texts[k], &p);
			CHECK_INT(sol.status, CO_LOCALLY_INFEASIBLE);
			CHECK_INT(sol.termination, CO_TERM_INFEASIBLE);
		}
	without_ranges = false;
	end();
}

static void
test_unbounded(void)
{
	Point		p;

	fresh();
	solve("minimize x - y^3 subject to x >= -1 where x in [-inf, inf] start 1, y in [-inf, inf] start 1", &p);
	CHECK_INT(sol.status, CO_UNBOUNDED);
	CHECK(sol.iterations <= 200);
	end();
}

/* Trial points without values are rejected, whatever they lack. */
static void
test_not_finite(void)
{
	Point		p;

	fresh();
	solve("minimize -ln(x) - ln(y) + 3*x subject to x + y <= 4; sqrt(3 - y) >= 0.5 "
		  "where x in [-inf, inf] start 3, y in [-inf, inf] start 0.1", &p);
	CHECK_INT(sol.status, CO_OPTIMAL);
	CHECK_NEAR(sol.point.x[0], 1.0 / 3.0, 1e-7);
	CHECK_NEAR(sol.point.x[1], 2.75, 1e-7);
	end();
}

static void
test_limits(void)
{
	Point		p;

	fresh();
	options.nonlinear_max_iterations = 2;
	solve(HS071, &p);
	CHECK_INT(sol.termination, CO_TERM_MAX_STEPS);
	CHECK_INT(sol.iterations, 2);
	co_options_default(&options);
	options.fallback = false;
	options.max_evaluations = 3;
	solve(HS071, &p);
	CHECK_INT(sol.termination, CO_TERM_EVALUATION_LIMIT);
	CHECK(sol.evaluations.objective <= 3);
	end();
}

/* BFGS */

/* The pair of a step to x in the matrix of s, with the rows' multipliers y. */
static void
learn(CoSqp *s, const double *x, const double *y)
{
	CoSqpPoint *p = s->trial;

	co_copy(s->n, x, p->x);
	CHECK_INT(co_sqp_eval(s, p), CO_OK);
	CHECK_INT(co_sqp_eval_derivatives(s, p), CO_OK);
	co_sqp_hess_learn(s, y, false);
	s->trial = s->cur;
	s->cur = p;
}

/* d'Bd of the subproblem, the t from their rows, the last first */
static double
curvature(CoSqp *s, const double *d)
{
	double		full[64] = {0.0};

	CHECK_INT(co_sqp_hess_set(s, false), CO_OK);
	co_sqp_model_set(s, false);
	co_copy(s->n, d, full);
	for (int k = s->qp.n - s->n - 1; k >= 0; k--)
	{
		double		sum = 0.0;

		for (int j = 0; j < s->qp.n; j++)
			if (j != s->n + k)
				sum += entry(&s->qp.a, s->qp.a.value, s->m + k, j) * full[j];
		full[s->n + k] = sum;
	}
	return co_csc_quadratic(&s->qp.p, full);
}

static void
test_bfgs_damped(void)
{
	static const double x0[2] = {0.5, 0.5};
	TestRandom	random = {7};
	Point		p;
	CoSqp	   *s;

	fresh();
	options.exact_hessian = false;
	/* negative curvature of f, and of the row with a multiplier of 1 */
	s = at_point("minimize -x^2 - y^2 + x^4/10 subject to x*y + y^3 <= 1", &p, x0);
	CHECK_INT(s->hess.kind, CO_SQP_DENSE);
	for (int k = 0; k < 50; k++)
	{
		double		x[2] = {test_normal(&random), test_normal(&random)},
					y[1] = {test_uniform(&random)},
					d[2] = {test_normal(&random), test_normal(&random)};

		learn(s, x, y);
		CHECK(curvature(s, d) > 0.0);
	}
	end();
}

/* On a convex quadratic, n exact searches apart, B takes up its matrix. */
static void
test_bfgs_learns(void)
{
	static const double x0[2] = {0.0, 0.0},
				x1[2] = {1.0, 0.0},
				x2[2] = {1.0, 1.0},
				e[2] = {0.0, 1.0},
				none[1] = {0.0};
	Point		p;
	CoSqp	   *s;

	fresh();
	options.exact_hessian = false;
	s = at_point("minimize 2*x^2 + 5*y^2 subject to x + y <= 10", &p, x0);
	learn(s, x1, none);
	learn(s, x2, none);
	CHECK_NEAR(curvature(s, e), 10.0 * s->nlp->hess.nrow / 2.0, 1e-10);
	end();
}

/* x'Bx, B updated from sigma I by the pairs of quasi.c as [NW06, eq. 6.19] has it */
static double
dense_curvature(const CoSqp *s, const double *x)
{
	const CoQuasi *quasi = s->hess.quasi;
	double		b[3][3] = {{s->hess.sigma, 0, 0}, {0, s->hess.sigma, 0}, {0, 0, s->hess.sigma}},
				sum = 0.0;

	for (int k = 0; k < quasi->count; k++)
	{
		const double *d = quasi->s + 3 * k,
				   *y = quasi->y + 3 * k;
		double		bd[3];

		for (int i = 0; i < 3; i++)
			bd[i] = co_dot(3, b[i], d);
		for (int i = 0; i < 3; i++)
			for (int j = 0; j < 3; j++)
				b[i][j] += y[i] * y[j] / co_dot(3, d, y) - bd[i] * bd[j] / co_dot(3, d, bd);
	}
	for (int i = 0; i < 3; i++)
		sum += x[i] * co_dot(3, b[i], x);
	return sum;
}

/* The subproblem's variables t make the B of the pairs. */
static void
test_limited_memory_matrix(void)
{
	static const double x0[3] = {0.3, -0.2, 0.1};
	TestRandom	random = {3};
	Point		p;
	CoSqp	   *s;

	fresh();
	options.exact_hessian = false;
	must("minimize exp(x) + x*y + y^2 + z^4 subject to x + y + z^2 <= 10", &p);
	s = NULL;
	CHECK_INT(co_sqp_new(&arena, &p.model.nlp, &options, &s), CO_OK);
	s->hess.kind = CO_SQP_LIMITED;
	CHECK_INT(co_sqp_hess_take(s), CO_OK);
	CHECK_INT(co_sqp_model_new(s), CO_OK);
	CHECK_INT(co_sqp_start(s, x0, NULL), CO_OK);
	for (int k = 0; k < 10; k++)
	{
		double		x[3] = {test_normal(&random), test_normal(&random), test_normal(&random)},
					d[3] = {test_normal(&random), test_normal(&random), test_normal(&random)},
					y[1] = {0.5},
					c;

		learn(s, x, y);
		c = curvature(s, d);
		CHECK(c > 0.0);
		CHECK_NEAR(c / dense_curvature(s, d), 1.0, 1e-8);
	}
	end();
}

/* More variables than a dense triangle is made for. */
static void
test_limited_memory_solve(void)
{
	char		text[20000],
			   *at = text;
	Point		p;

	fresh();
	options.exact_hessian = false;
	at += sprintf(at, "minimize (x1-1)^2");
	for (int j = 1; j < 250; j++)
		at += sprintf(at, "+(x%d-x%d)^2+x%d^2+exp(x%d)", j + 1, j, j, j);
	at += sprintf(at, " subject to x1+x2^2+x3 >= 2; x249+x250^2 == 0.25");
	solve(text, &p);
	CHECK_INT(p.model.nlp.n, 250);
	CHECK_INT(sol.status, CO_OPTIMAL);
	CHECK(sol.iterations <= 200);
	end();
}

/* Multipliers of the point itself, and active sets */

static void
test_least_squares(void)
{
	/* x1 = 1, x2 = 0: grad (-2, 1); rows x1 + x2 <= 1 twice, x2 >= 0 */
	static const double x[2] = {1.0, 0.0};
	Point		p;
	CoSqp	   *s;

	fresh();
	s = at_point("minimize (x-2)^2 + y subject to x + y <= 1; 2*x + 2*y <= 2; x - y >= -5 "
				 "where x in [-inf, inf], y in [0, inf]", &p, x);
	CHECK_INT(co_sqp_least_squares(s), CO_OK);
	CHECK(s->ls_y[0] >= 0.0 && s->ls_y[1] >= 0.0);
	CHECK_NEAR(s->ls_y[0] + 2.0 * s->ls_y[1], 2.0, 1e-9);
	CHECK(s->ls_y[2] == 0.0);
	CHECK_NEAR(s->ls_z[1], -3.0, 1e-9);
	end();
}

static void
test_identify(void)
{
	static const double near[4] = {1.0, 4.74299964 + 1e-4, 3.82114998 - 1e-4, 1.37940829 + 1e-4},
				far[4] = {2.0, 2.0, 4.9, 3.0};
	CoActiveSet set;
	Point		p;
	CoSqp	   *s;
	bool		trusted;

	fresh();
	s = at_point(HS071, &p, near);
	set.row = co_take_zero(&arena, 2, 1);
	set.col = co_take_zero(&arena, 4, 1);
	CHECK_INT(co_sqp_identify(s, &set, &trusted), CO_OK);
	CHECK(trusted);
	CHECK_INT(set.row[0], CO_ACTIVE_LOWER);
	CHECK_INT(set.col[0], CO_ACTIVE_LOWER);
	for (int j = 1; j < 4; j++)
		CHECK_INT(set.col[j], CO_ACTIVE_FREE);
	s = at_point(HS071, &p, far);
	CHECK_INT(co_sqp_identify(s, &set, &trusted), CO_OK);
	CHECK(!trusted);
	end();
}

/* A degenerate vertex: the weakly active row is in the set as well [OW06]. */
static void
test_identify_weakly_active(void)
{
	static const double x[2] = {1e-5, 1e-5};
	CoActiveSet set;
	Point		p;
	CoSqp	   *s;
	bool		trusted;

	fresh();
	s = at_point("minimize x + y^2 subject to x + y >= 0; x - y >= 0; y <= 5 where x in [0, inf]", &p, x);
	set.row = co_take_zero(&arena, 3, 1);
	set.col = co_take_zero(&arena, 2, 1);
	CHECK_INT(co_sqp_identify(s, &set, &trusted), CO_OK);
	CHECK(trusted);
	CHECK_INT(set.row[0], CO_ACTIVE_LOWER);
	CHECK_INT(set.row[1], CO_ACTIVE_LOWER);
	CHECK_INT(set.row[2], CO_ACTIVE_FREE);
	CHECK_INT(set.col[0], CO_ACTIVE_LOWER);
	end();
}

/*
 * The second row is the square of the first: their gradients are parallel at
 * the solution, and inconsistent at every other point.
 */
static void
test_stabilized(void)
{
	Point		p;

	fresh();
	solve("minimize (x-1)^2 + y^2 subject to exp(x) + y == 2; (exp(x) + y)^2 == 4 "
		  "where x in [-inf, inf] start 0.5, y in [-inf, inf] start 1", &p);
	CHECK_INT(sol.status, CO_OPTIMAL);
	CHECK(was_taken('s'));
	CHECK(sol.iterations <= 20);
	/* multipliers are a ray without end, of a slope that no row makes up for */
	solve("minimize x + y^2 subject to x^2 + y^2 == 0 where x in [-inf, inf] start 0.1, "
		  "y in [-inf, inf] start 0.1", &p);
	CHECK(sol.status != CO_LOCALLY_INFEASIBLE && sol.has_point);
	CHECK_NEAR(sol.residual.objective, 0.0, 1e-3);
	CHECK(sol.iterations <= 500);
	end();
}

CHECK_MAIN(TEST(test_hs071), TEST(test_quasi_newton), TEST(test_warm_start), TEST(test_maratos),
		   TEST(test_inconsistent_linearization), TEST(test_elastic_steps),
		   TEST(test_return_to_least_violation), TEST(test_leaves_saddle_of_violation),
		   TEST(test_inconsistent_by_rounding), TEST(test_noise_of_terms), TEST(test_leaves_valley_of_violation), TEST(test_infeasible), TEST(test_unbounded), TEST(test_not_finite),
		   TEST(test_limits), TEST(test_bfgs_damped), TEST(test_bfgs_learns),
		   TEST(test_limited_memory_matrix), TEST(test_limited_memory_solve),
		   TEST(test_least_squares), TEST(test_identify), TEST(test_identify_weakly_active),
		   TEST(test_stabilized))
