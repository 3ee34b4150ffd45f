/*-------------------------------------------------------------------------
 *
 * t_termination.c
 *	  Why solves stop: every code of base/status.def, for every method that can
 *	  produce it, by a problem made for it; and which code it is where two hold.
 *
 *-------------------------------------------------------------------------
 */
#include "nlpcheck.h"
#include "nlp/lower.h"
#include "solver/active.h"
#include "solver/nlp_solve.h"

#define TWO				2		/* variables of the problems that are spoiled */

typedef enum How				/* what is wrong with the functions */
{
	SOUND,
	UPHILL,						/* the gradient has the other sign */
	TURNING,					/* asked beyond the edge, f turns into |f| from then on */
	ROTATING,					/* a gradient that is none */
	HEARSAY,					/* the gradient has noise of size edge */
	NO_HESSIAN					/* second derivatives have no values */
} How;

typedef struct Case
{
	const char *method;
	CoTermination code;
	CoStatus	status;
	const char *text;
	How			how;
	double		edge;
	int			patience;		/* TURNING: values beyond the edge before it does */
	bool		quasi;			/* without second derivatives */
	int			iterations;		/* limits; 0: none */
	int			evaluations;
	bool		no_time;
	bool		as_stated;		/* no presolve */
} Case;

/* The problem as it is asked for. */
typedef struct Made
{
	const CoNlp *nlp;
	const Case *how;
	bool		turned;
	int			n_beyond;
} Made;

static bool
is_beyond(const Made *m, const double *x)
{
	for (int j = 0; j < m->nlp->n; j++)
		if (fabs(x[j]) > m->how->edge)
			return true;
	return false;
}

static void
turn(Made *m, const double *x, unsigned want, CoNlpValue *out)
{
	if (m->turned && (want & CO_WANT_F))
		out->f = fabs(out->f);
	if (m->turned && (want & CO_WANT_GRAD))
		co_scale(m->nlp->n, -1.0, out->grad);
	if (!m->turned && is_beyond(m, x) && ++m->n_beyond > m->how->patience)
		m->turned = true;
}

static CoRc
eval_made(void *self, const double *x, unsigned want, CoNlpValue *out)
{
	Made	   *m = self;
	double		size = m->how->edge;
	CoRc		rc = m->nlp->eval(m->nlp->self, x, want, out);

	if (rc)
		return rc;
	if (m->how->how == TURNING)
		turn(m, x, want, out);
	if (!(want & CO_WANT_GRAD))
		return CO_OK;
	if (m->how->how == UPHILL)
		co_scale(m->nlp->n, -1.0, out->grad);
	for (int j = 0; j < m->nlp->n && m->how->how == HEARSAY; j++)
		out->grad[j] += size * sin(1e9 * x[j] * (j + 1));
	if (m->how->how == ROTATING && m->nlp->n == TWO)
	{
		out->grad[0] = size * (x[1] + 0.1 * x[0]);
		out->grad[1] = size * (0.1 * x[1] - x[0]);
	}
	return CO_OK;
}

static CoRc
hess_made(void *self, const double *x, double sigma, const double *y, double *value)
{
	Made	   *m = self;

	return m->how->how == NO_HESSIAN ? CO_NOT_FINITE : m->nlp->hess_at(m->nlp->self, x, sigma, y, value);
}

static CoOptions
options_of(const Case *c)
{
	CoOptions	options;

	co_options_default(&options);
	options.fallback = false;
	options.exact_hessian = !c->quasi;
	if (c->iterations)
		options.nonlinear_max_iterations = options.max_iterations = c->iterations;
	if (c->evaluations)
		options.max_evaluations = c->evaluations;
	options.presolve = !c->as_stated;
	options.time_limit = c->no_time ? 0.0 : 60.0;
	return options;
}

static bool
is_convex(const char *method)
{
	return strcmp(method, "qp") == 0 || strcmp(method, "active_set") == 0;
}

/* Of the solve alone; 0: none. */
static size_t memory_limit;

/* Solve it, in the arena that has begun. */
static CoRc
run_convex(const Case *c, const CoOptions *options, CoSolution *sol)
{
	CoBlock		block;
	CoLowered	lowered;
	CoRc		rc = co_parse(&arena, c->text, strlen(c->text), CO_BLOCK_PROBLEM, &block, &error);

	if (!rc)
		rc = co_lower(&arena, &block, NULL, &lowered, &error);
	CHECK_INT(rc, CO_OK);
	if (rc)
		return rc;
	if (memory_limit)
		arena.limit = memory_limit;
	if (strcmp(c->method, "qp") == 0)
		return co_qp_solve(&arena, &lowered.qp, options, NULL, sol);
	return co_active_qp_solve(&arena, &lowered.qp, options, NULL, NULL, sol);
}

static CoRc
run_case(const Case *c, const CoOptions *options, CoSolution *sol)
{
	Made		made = {.how = c};
	CoNlpStart	start;
	CoNlp		nlp;
	Point		p;

	if (is_convex(c->method))
		return run_convex(c, options, sol);
	must(c->text, &p);
	made.nlp = &p.model.nlp;
	nlp = p.model.nlp;
	nlp.eval = eval_made;
	nlp.hess_at = hess_made;
	nlp.range = NULL;
	nlp.self = &made;
	start = (CoNlpStart) {.x = p.model.start};
	if (memory_limit)
		arena.limit = memory_limit;
	return co_nlp_solve_by(&arena, &nlp, co_nlp_find_method(c->method), options, &start, sol);
}

static void
name_failure(const Case *c, const CoSolution *sol, int before)
{
	if (check_failures > before)
		printf("  ... %s, %s, %s: %s %s after %d iterations\n", c->method, co_termination_word(c->code),
			   c->text, co_status_word(sol->status), co_termination_word(sol->termination), sol->iterations);
}

/*--------------------------------------------------------------------------
 * Every code
 *--------------------------------------------------------------------------
 */

#define VALLEY	"minimize 100*(y-x^2)^2+(1-x)^2 where x in [-5, 0.5] start -1.2, y in [-inf, inf] start 1"
#define CUBE	"minimize x^3 where x in [-inf, inf] start -1"
#define NOWHERE	"minimize x+ln(-1-x^2) where x in [-inf, inf] start 2"
#define BALLS	"minimize x+y subject to x^2+y^2 <= 1; (x-4)^2+y^2 <= 1 where x in [-inf, inf] start 1, y in [-inf, inf] start 1"
#define CROSSED	"minimize x+y where x in [3, 2], y in [0, 1]"
#define LINE	"minimize -x where x in [-inf, inf]"
#define HALF	"minimize -x where x in [0, inf]"
#define HS013	"minimize (x-2)^2+y^2 subject to (1-x)^3-y >= 0 where x in [0, inf] start -2, y in [0, inf] start -2"
#define CONSTANT "minimize 1e3+1e-30*x*y where x in [-5, 5] start 4, y in [-5, 5] start 4"
#define CURVE	"minimize x^1.5+2*x+(y-3)^4+(y-z)^2 where x in [0, inf] start 1, y in [-inf, inf] start 1, z in [-9, 9] start 5"
#define BOWL	"minimize (x-1)^2+(y-2)^2+x*y+(z-9)^2 subject to x+y+z <= 3; x-y >= -1; x+2*z <= 4; z+y <= 2 where x in [0, 5], y in [0, 1], z in [0, 5]"
#define WEDGE	"minimize x+y subject to x+y >= 3; x+y <= 2 where x in [0, inf], y in [0, inf]"
#define FALLING	"minimize -x subject to x-y <= 1 where x in [0, inf], y in [0, inf]"

/* Coefficients over a hundred orders of magnitude: no factorization is worth anything. */
#define WILD	"minimize 2.32e21*x0-1.17e-91*x1+1.67e107*x2-3.45e-26*x3+2.74e-71*x0^2+6.62e94*x2^2 subject to 3.9e-96 <= 5.35e118*x0+3.44e56*x1-1.28e39*x2 <= 1; -3.75e-114*x1 == -1.57e39; -1.36e-92*x1+4.8e-05*x2-6.01e-31*x3 <= -1.12e-25 where x0 in [-inf, -4.27e-100], x1 in [0, inf], x2 in [0, inf], x3 in [-inf, inf]"
#define STEEP	"minimize 4.46e-57*x0-5.61e64*x1+2.53e-55*x0^2+1.03e79*x1^2 where x0 in [0, inf], x1 in [0, inf]"

static const Case cases[] = {
	{"interior_point", CO_TERM_SUCCESSFUL, CO_OPTIMAL, .text = VALLEY},
	{"interior_point", CO_TERM_SUCCESSFUL, CO_UNBOUNDED, .text = CUBE},
	{"interior_point", CO_TERM_NONFINITE, CO_FAILED, .text = NOWHERE},
	{"interior_point", CO_TERM_INFEASIBLE, CO_INFEASIBLE, .text = CROSSED},
	{"interior_point", CO_TERM_INFEASIBLE, CO_LOCALLY_INFEASIBLE, .text = BALLS},
	{"interior_point", CO_TERM_ITERATE_BLOWUP, CO_FEASIBLE, LINE, TURNING, .edge = 1e20},
	{"interior_point", CO_TERM_LINE_SEARCH_FAILURE, CO_FEASIBLE, VALLEY, .how = NO_HESSIAN},
	{"interior_point", CO_TERM_MERIT_STAGNATION, CO_FEASIBLE, .text = HS013},
	{"interior_point", CO_TERM_MAX_STEPS, CO_FEASIBLE, VALLEY, .iterations = 2},
	{"interior_point", CO_TERM_TIME_LIMIT, CO_FAILED, VALLEY, .no_time = true},
	{"interior_point", CO_TERM_EVALUATION_LIMIT, CO_FEASIBLE, VALLEY, .evaluations = 4},

	{"sqp", CO_TERM_SUCCESSFUL, CO_OPTIMAL, .text = VALLEY},
	{"sqp", CO_TERM_SUCCESSFUL, CO_UNBOUNDED, .text = CUBE},
	{"sqp", CO_TERM_NONFINITE, CO_FAILED, .text = NOWHERE},
	{"sqp", CO_TERM_INFEASIBLE, CO_INFEASIBLE, .text = CROSSED},
	{"sqp", CO_TERM_INFEASIBLE, CO_LOCALLY_INFEASIBLE, .text = BALLS},
	{"sqp", CO_TERM_ITERATE_BLOWUP, CO_FEASIBLE, HALF, TURNING, .edge = 1e20},
	{"sqp", CO_TERM_LINE_SEARCH_FAILURE, CO_FEASIBLE, VALLEY, .how = UPHILL},
	{"sqp", CO_TERM_QP_SUBPROBLEM_FAILURE, CO_FEASIBLE, VALLEY, .how = NO_HESSIAN},

	/*
	 * an iterate on the bound, where the second derivative is infinite and f
	 * is not
	 */
	{"sqp", CO_TERM_QP_SUBPROBLEM_FAILURE, CO_FEASIBLE, .text = CURVE},
	{"sqp", CO_TERM_MERIT_STAGNATION, CO_FEASIBLE, .text = HS013},
	{"sqp", CO_TERM_MAX_STEPS, CO_FEASIBLE, VALLEY, .iterations = 2},
	{"sqp", CO_TERM_TIME_LIMIT, CO_FAILED, VALLEY, .no_time = true},
	{"sqp", CO_TERM_EVALUATION_LIMIT, CO_FEASIBLE, VALLEY, .evaluations = 4},

	{"augmented_lagrangian", CO_TERM_SUCCESSFUL, CO_OPTIMAL, .text = VALLEY},
	{"augmented_lagrangian", CO_TERM_SUCCESSFUL, CO_UNBOUNDED, .text = CUBE},
	{"augmented_lagrangian", CO_TERM_NONFINITE, CO_FAILED, .text = NOWHERE},
	{"augmented_lagrangian", CO_TERM_INFEASIBLE, CO_INFEASIBLE, .text = CROSSED},
	{"augmented_lagrangian", CO_TERM_INFEASIBLE, CO_LOCALLY_INFEASIBLE, .text = BALLS},
	{"augmented_lagrangian", CO_TERM_ITERATE_BLOWUP, CO_FEASIBLE, HALF, TURNING, .edge = 1e20, .patience = 2},
	{"augmented_lagrangian", CO_TERM_LINE_SEARCH_FAILURE, CO_FEASIBLE, VALLEY, .how = UPHILL},
	{"augmented_lagrangian", CO_TERM_MERIT_STAGNATION, CO_FEASIBLE, HS013, .quasi = true},
	{"augmented_lagrangian", CO_TERM_MAX_STEPS, CO_FEASIBLE, VALLEY, .iterations = 2},
	{"augmented_lagrangian", CO_TERM_TIME_LIMIT, CO_FAILED, VALLEY, .no_time = true},
	{"augmented_lagrangian", CO_TERM_EVALUATION_LIMIT, CO_FEASIBLE, VALLEY, .evaluations = 4},

	{"l_bfgs_b", CO_TERM_SUCCESSFUL, CO_OPTIMAL, .text = VALLEY},
	{"l_bfgs_b", CO_TERM_SUCCESSFUL, CO_UNBOUNDED, .text = CUBE},
	{"l_bfgs_b", CO_TERM_NONFINITE, CO_FAILED, .text = NOWHERE},
	{"l_bfgs_b", CO_TERM_INFEASIBLE, CO_INFEASIBLE, .text = CROSSED},
	{"l_bfgs_b", CO_TERM_ITERATE_BLOWUP, CO_FEASIBLE, HALF, TURNING, .edge = 1e15},
	{"l_bfgs_b", CO_TERM_LINE_SEARCH_FAILURE, CO_FEASIBLE, VALLEY, .how = UPHILL},
	{"l_bfgs_b", CO_TERM_MERIT_STAGNATION, CO_FEASIBLE, CONSTANT, ROTATING, .edge = 1e-3},
	{"l_bfgs_b", CO_TERM_MAX_STEPS, CO_FEASIBLE, VALLEY, .iterations = 2},
	{"l_bfgs_b", CO_TERM_TIME_LIMIT, CO_FAILED, VALLEY, .no_time = true},
	{"l_bfgs_b", CO_TERM_EVALUATION_LIMIT, CO_FEASIBLE, VALLEY, .evaluations = 4},

	{"qp", CO_TERM_SUCCESSFUL, CO_OPTIMAL, .text = BOWL},
	{"qp", CO_TERM_SUCCESSFUL, CO_UNBOUNDED, .text = FALLING},
	{"qp", CO_TERM_INFEASIBLE, CO_INFEASIBLE, .text = CROSSED},
	{"qp", CO_TERM_INFEASIBLE, CO_INFEASIBLE, .text = WEDGE},
	{"qp", CO_TERM_QP_SUBPROBLEM_FAILURE, CO_FAILED, .text = WILD},
	{"qp", CO_TERM_MERIT_STAGNATION, CO_FEASIBLE, .text = STEEP, .as_stated = true},
	{"qp", CO_TERM_MAX_STEPS, CO_FAILED, BOWL, .iterations = 1},
	{"qp", CO_TERM_TIME_LIMIT, CO_FEASIBLE, BOWL, .no_time = true},

	{"active_set", CO_TERM_SUCCESSFUL, CO_OPTIMAL, .text = BOWL},
	{"active_set", CO_TERM_SUCCESSFUL, CO_UNBOUNDED, .text = FALLING},
	{"active_set", CO_TERM_INFEASIBLE, CO_INFEASIBLE, .text = CROSSED},
	{"active_set", CO_TERM_INFEASIBLE, CO_INFEASIBLE, .text = WEDGE},
	{"active_set", CO_TERM_MERIT_STAGNATION, CO_FEASIBLE, .text = STEEP, .as_stated = true},
	{"active_set", CO_TERM_MAX_STEPS, CO_FAILED, BOWL, .iterations = 1},
	{"active_set", CO_TERM_TIME_LIMIT, CO_FEASIBLE, BOWL, .no_time = true},
};
#define N_CASES	((int) (sizeof cases / sizeof *cases))

typedef struct Impossible
{
	const char *method;
	CoTermination code;
	const char *reason;
} Impossible;

#define NO_SUBPROBLEM	"no step of it is the solution of a quadratic program"
#define BY_PREDICTION	"the arena refuses by prediction, before the first step: CO_MEMORY_EXCEEDED (test_memory), which the host makes a solution of"
#define NO_FUNCTIONS	"coefficients only: nothing is evaluated"

static const Impossible impossible[] = {
	{"interior_point", CO_TERM_QP_SUBPROBLEM_FAILURE, NO_SUBPROBLEM},
	{"augmented_lagrangian", CO_TERM_QP_SUBPROBLEM_FAILURE, NO_SUBPROBLEM},
	{"l_bfgs_b", CO_TERM_QP_SUBPROBLEM_FAILURE, NO_SUBPROBLEM},
	{"interior_point", CO_TERM_MEMORY_LIMIT, BY_PREDICTION},
	{"sqp", CO_TERM_MEMORY_LIMIT, BY_PREDICTION},
	{"augmented_lagrangian", CO_TERM_MEMORY_LIMIT, BY_PREDICTION},
	{"l_bfgs_b", CO_TERM_MEMORY_LIMIT, BY_PREDICTION},
	{"qp", CO_TERM_MEMORY_LIMIT, BY_PREDICTION},
	{"active_set", CO_TERM_MEMORY_LIMIT, BY_PREDICTION},
	{"qp", CO_TERM_EVALUATION_LIMIT, NO_FUNCTIONS},
	{"active_set", CO_TERM_EVALUATION_LIMIT, NO_FUNCTIONS},
	{"qp", CO_TERM_NONFINITE, "lowering takes no coefficient that is not finite, and iterates without end are given up before"},
	{"active_set", CO_TERM_NONFINITE, "numbers that are not finite are refused with CO_NOT_FINITE (test_numbers)"},
	{"qp", CO_TERM_ITERATE_BLOWUP, "iterates that grow are a certificate, or the phase problems decide"},
	{"active_set", CO_TERM_ITERATE_BLOWUP, "centres that run away are a certificate, or a breakdown"},
	{"qp", CO_TERM_LINE_SEARCH_FAILURE, "the step goes to the boundary: there is no search"},
	{"active_set", CO_TERM_LINE_SEARCH_FAILURE, "the step goes to the first side on the way: there is no search"},
	{"active_set", CO_TERM_QP_SUBPROBLEM_FAILURE, "the problem is the subproblem; systems that cannot be solved end in stagnation at the best point"},
};
#define N_IMPOSSIBLE	((int) (sizeof impossible / sizeof *impossible))

static const char *const methods[] = {
	"interior_point", "sqp", "augmented_lagrangian", "l_bfgs_b", "qp", "active_set"
};
#define N_METHODS		((int) (sizeof methods / sizeof *methods))

static void
check_case(const Case *c)
{
	CoOptions	options = options_of(c);
	int			before = check_failures;
	CoSolution	sol = {0};

	begin();
	CHECK_INT(run_case(c, &options, &sol), CO_OK);
	CHECK_STR(co_termination_word(sol.termination), co_termination_word(c->code));
	CHECK_STR(co_status_word(sol.status), co_status_word(c->status));
	if (c->iterations)
		CHECK(sol.iterations <= c->iterations);
	if (c->evaluations)
		CHECK(sol.evaluations.objective <= c->evaluations);
	CHECK(sol.memory_peak <= sol.memory_predicted || c->status == CO_INFEASIBLE);
	name_failure(c, &sol, before);
	end();
}

static void
test_codes(void)
{
	for (int k = 0; k < N_CASES; k++)
		check_case(&cases[k]);
}

/* No pair of method and code without a problem or a reason, none with both. */
static void
test_all_codes(void)
{
	for (int m = 0; m < N_METHODS; m++)
		for (int code = 0; code < CO_N_TERMINATION; code++)
		{
			int			n_case = 0,
						n_reason = 0;

			for (int k = 0; k < N_CASES; k++)
				n_case += strcmp(cases[k].method, methods[m]) == 0 && cases[k].code == (CoTermination) code;
			for (int k = 0; k < N_IMPOSSIBLE; k++)
				n_reason += strcmp(impossible[k].method, methods[m]) == 0 && impossible[k].code == (CoTermination) code;
			CHECK((n_case > 0) != (n_reason > 0));
			if ((n_case > 0) == (n_reason > 0))
				printf("  ... %s, %s\n", methods[m], co_termination_word((CoTermination) code));
		}
	for (int k = 0; co_nlp_method(k); k++)
		CHECK_STR(co_nlp_method_word(co_nlp_find_method(methods[k])), methods[k]);
}

/* Too little memory: refused by its prediction, whatever the method. */
static void
test_memory(void)
{
	for (int m = 0; m < N_METHODS; m++)
	{
		Case		c = {methods[m], CO_TERM_MEMORY_LIMIT, CO_FAILED, .text = is_convex(methods[m]) ? BOWL : VALLEY};
		CoOptions	options = options_of(&c);
		CoSolution	sol = {0};

		begin();
		CHECK_INT(run_case(&c, &options, &sol), CO_OK);
		memory_limit = arena.peak - 1;
		end();
		begin();
		CHECK_INT(run_case(&c, &options, &sol), CO_MEMORY_EXCEEDED);
		CHECK(arena.wanted > arena.limit);
		memory_limit = 0;
		end();
	}
}

/* What the active-set solver says of numbers that are none. */
static void
test_numbers(void)
{
	static const char *const text = BOWL;
	CoActiveOptions options;
	CoActiveOutcome outcome;
	CoActive   *active;
	CoBlock		block;
	CoLowered	lowered;

	begin();
	co_active_options_default(&options);
	CHECK_INT(co_parse(&arena, text, strlen(text), CO_BLOCK_PROBLEM, &block, &error), CO_OK);
	CHECK_INT(co_lower(&arena, &block, NULL, &lowered, &error), CO_OK);
	CHECK_INT(co_active_new(&arena, &lowered.qp, &active), CO_OK);
	CHECK_INT(co_active_solve(active, &options, NULL, NULL, &outcome), CO_OK);
	lowered.qp.a.value[0] = NAN;
	CHECK_INT(co_active_solve(active, &options, NULL, NULL, &outcome), CO_NOT_FINITE);
	end();
}

/*--------------------------------------------------------------------------
 * Two at once
 *--------------------------------------------------------------------------
 */

/* A clock that stands still until it was asked n times, and then is past every limit. */
typedef struct Clock
{
	long		n_asked,
				n_still;
} Clock;

static Clock host_clock;

static double
now_jumping(void *self)
{
	(void) self;
	return host_clock.n_asked++ < host_clock.n_still ? 0.0 : 1e9;
}

static CoRc
run_until(const Case *c, const CoOptions *options, long n_still, CoSolution *sol)
{
	host_clock = (Clock) {0, n_still};
	host.env.now = now_jumping;
	return run_case(c, options, sol);
}

/*
 * Wherever the time runs out: a point that is optimal is said to be, and
 * nothing else ends the solve but the time.
 */
static void
check_time(const Case *c)
{
	CoOptions	options = options_of(c);
	bool		finished = false;
	int			n_late = 0;

	for (long k = 0; k < 20000 && !finished; k++)
	{
		int			before = check_failures;
		CoSolution	sol = {0};

		begin();
		CHECK_INT(run_until(c, &options, k, &sol), CO_OK);
		finished = host_clock.n_asked <= k + 1;
		CHECK((sol.status == CO_OPTIMAL) == (sol.termination == CO_TERM_SUCCESSFUL));
		if (sol.status != CO_OPTIMAL)
			CHECK_STR(co_termination_word(sol.termination), "time_limit");
		n_late += sol.status != CO_OPTIMAL;
		CHECK(co_all_finite(TWO, sol.point.x));
		name_failure(c, &sol, before);
		end();
	}
	CHECK(finished);
	CHECK(n_late > 3);
}

static void
test_time_and_success(void)
{
	for (int m = 0; m < N_METHODS; m++)
		check_time(&(Case) {methods[m], CO_TERM_TIME_LIMIT, CO_FAILED, .text = is_convex(methods[m]) ? BOWL : VALLEY});
}

/* Exactly as many iterations, or evaluations, as are needed: successful; one less: not. */
static void
check_last_step(const char *method)
{
	Case		c = {method, CO_TERM_SUCCESSFUL, CO_OPTIMAL, .text = is_convex(method) ? BOWL : VALLEY};
	CoOptions	options = options_of(&c);
	int			before = check_failures;
	CoSolution	first = {0},
				sol = {0};

	begin();
	CHECK_INT(run_case(&c, &options, &first), CO_OK);
	end();
	for (int less = 0; less < 2; less++)
	{
		begin();
		options = options_of(&c);
		options.nonlinear_max_iterations = options.max_iterations = first.iterations - less;
		CHECK_INT(run_case(&c, &options, &sol), CO_OK);
		if (!less || (is_convex(method) && sol.status == CO_OPTIMAL))	/* by the polish */
			CHECK_STR(co_termination_word(sol.termination), "successful");
		else
			CHECK_STR(co_termination_word(sol.termination), "nonlinear_max_steps_reached");
		CHECK((sol.status == CO_OPTIMAL) == (sol.termination == CO_TERM_SUCCESSFUL));
		CHECK(sol.iterations <= first.iterations - less);
		end();
		if (is_convex(method))
			continue;
		begin();
		options = options_of(&c);
		options.max_evaluations = first.evaluations.objective - less;
		CHECK_INT(run_case(&c, &options, &sol), CO_OK);
		if (!less || sol.status == CO_OPTIMAL)
			CHECK_STR(co_termination_word(sol.termination), "successful");
		else
			CHECK_STR(co_termination_word(sol.termination), "evaluation_limit");
		end();
	}
	name_failure(&c, &sol, before);
}

static void
test_limit_and_success(void)
{
	for (int m = 0; m < N_METHODS; m++)
		check_last_step(methods[m]);
}

/* What holds at the start goes before the limits, which hold there too. */
static void
test_start(void)
{
	for (int m = 0; m < N_METHODS; m++)
	{
		Case		c = {methods[m], CO_TERM_INFEASIBLE, CO_INFEASIBLE, .text = CROSSED};
		CoOptions	options = options_of(&c);
		CoSolution	sol = {0};

		options.nonlinear_max_iterations = options.max_iterations = 0;
		options.time_limit = 0.0;
		options.max_evaluations = 1;
		begin();
		CHECK_INT(run_case(&c, &options, &sol), CO_OK);
		CHECK_STR(co_termination_word(sol.termination), "infeasible");
		CHECK_STR(co_status_word(sol.status), "infeasible");
		end();
		if (is_convex(methods[m]))
			continue;
		/* no values: nonfinite before iterations */
		c.text = NOWHERE;
		options = options_of(&c);
		options.nonlinear_max_iterations = 0;
		begin();
		CHECK_INT(run_case(&c, &options, &sol), CO_OK);
		CHECK_STR(co_termination_word(sol.termination), "nonfinite");
		end();
		/* time before iterations and evaluations */
		c.text = VALLEY;
		options.time_limit = 0.0;
		options.max_evaluations = 1;
		begin();
		CHECK_INT(run_case(&c, &options, &sol), CO_OK);
		CHECK_STR(co_termination_word(sol.termination), "time_limit");
		end();
	}
}

/* Iterates that have grown without limit in the last iteration that is allowed. */
static void
test_blowup_and_limit(void)
{
	int			n = 0;

	for (int k = 0; k < N_CASES; k++)
	{
		const Case *c = &cases[k];
		CoOptions	options = options_of(c);
		int			before = check_failures;
		CoSolution	sol = {0};

		if (c->code != CO_TERM_ITERATE_BLOWUP)
			continue;
		n++;
		begin();
		CHECK_INT(run_case(c, &options, &sol), CO_OK);
		end();
		options.nonlinear_max_iterations = sol.iterations;
		begin();
		CHECK_INT(run_case(c, &options, &sol), CO_OK);
		CHECK_STR(co_termination_word(sol.termination), "iterate_blowup");
		end();
		options.nonlinear_max_iterations = sol.iterations - 1;
		begin();
		CHECK_INT(run_case(c, &options, &sol), CO_OK);
		CHECK(sol.termination != CO_TERM_ITERATE_BLOWUP);
		name_failure(c, &sol, before);
		end();
	}
	CHECK_INT(n, 4);
}

/* A code that says what the point is says it of the point that is returned. */
static void
test_code_and_status(void)
{
	for (int k = 0; k < N_CASES; k++)
		for (int quasi = 0; quasi < 2; quasi++)
		{
			Case		c = cases[k];
			int			before = check_failures;
			CoSolution	sol = {0};
			CoOptions	options;

			c.quasi = quasi;
			options = options_of(&c);
			begin();
			CHECK_INT(run_case(&c, &options, &sol), CO_OK);
			CHECK((sol.termination == CO_TERM_SUCCESSFUL) == (sol.status == CO_OPTIMAL || sol.status == CO_UNBOUNDED));
			CHECK((sol.termination == CO_TERM_INFEASIBLE) ==
				  (sol.status == CO_INFEASIBLE || sol.status == CO_LOCALLY_INFEASIBLE));
			name_failure(&c, &sol, before);
			end();
		}
}

CHECK_MAIN(TEST(test_codes), TEST(test_all_codes), TEST(test_memory), TEST(test_numbers), TEST(test_time_and_success),
		   TEST(test_limit_and_success), TEST(test_start), TEST(test_blowup_and_limit), TEST(test_code_and_status))
