/*-------------------------------------------------------------------------
 *
 * solver/auglag.c
 *	  Safeguarded augmented Lagrangian method: Algencan.
 *
 * [BM14, algorithm 4.1] = [ABMS08]: minimize the augmented Lagrangian in the
 * box, take the multipliers that its gradient shows, let rho grow where neither
 * feasibility nor complementarity made progress.  The subproblems are solved by
 * box_newton.h or, without second derivatives, lbfgsb.h; the end is that of
 * auglag_kkt.c.
 *
 * That nothing is feasible is said where a minimization of the violation alone
 * ends above it [BM14], from here and from the start.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/auglag.h"

#include "base/vec.h"
#include "solver/box_newton.h"
#include "solver/lbfgsb.h"

/* Algorithm 4.1 of [BM14], with the settings of its authors' Algencan where said */
#define TAU				0.5		/* progress asked of V */
#define GAMMA			10.0	/* growth of rho */
#define RHO_FIRST		10.0	/* Algencan: f and the penalty weigh alike */
#define RHO_LEAST		1e-8	/* of the first one */
#define RHO_MOST		10.0	/* at first; Algencan: 1e8, which clings to the rows */
#define RHO_END			1e14	/* rounding of rho c is all that is left */
#define YBAR_MOST		1e16	/* Algencan's safeguard */
#define MAX_OUTER		100		/* Algencan's */
#define EPSILON_FIRST	1e-4	/* of the subproblems */
#define EPSILON_LESS	0.1		/* from one to the next */
#define EPSILON_LAST	1e-14	/* the judge may ask for less than the tolerance */

#define MAX_INNER		300		/* Newton iterations of a subproblem */
#define MAX_INNER_LBFGSB	3000	/* of L-BFGS-B, which are cheaper */
#define F_LEAST			-1e20	/* [BM14]: below, the subproblem is unbounded */
#define NEAR_SOLUTION	1e-2	/* errors from which acceleration is tried */
#define INFEASIBLE_AFTER	4	/* iterations without progress of the violation */
#define VIOLATION_NONE	0.01	/* of the tolerance */
#define VIOLATION_STATIONARY	1e-8	/* gradient over violation */
#define STATIONARY_LOOSE	1e-4	/* the judge's, nlp_judge.c */
#define GREEDY			1e3		/* growth of the violation, or fall of f, in a
								 * subproblem */
#define GREEDY_MORE		1e2		/* is allowed after each time */
#define MAX_PHASES		4		/* minimizations of the violation alone */
#define HINT_GAIN		0.5		/* a hint's residual, over that without it */
#define MAX_IDLE		4		/* subproblems that do not move */

static CoRc
take_arrays(CoAuglag *a)
{
	CoArena    *arena = a->arena;
	size_t		n = (size_t) a->n,
				m = (size_t) a->m;

	a->ybar = co_take_zero_doubles(arena, m);
	a->x = co_take_zero_doubles(arena, n);
	a->c = co_take_doubles(arena, m);
	a->trial_c = co_take_doubles(arena, m);
	a->yhat = co_take_zero_doubles(arena, m);
	a->grad = co_take_doubles(arena, n);
	a->jac = co_take_doubles(arena, (size_t) co_csc_nnz(&a->nlp->jac));
	a->lag = co_take_doubles(arena, n);
	a->z = co_take_doubles(arena, n);
	a->box_grad = co_take_doubles(arena, n);
	a->at = co_take_doubles(arena, n);
	a->from = co_take_doubles(arena, n);
	a->x0 = co_take_doubles(arena, n);
	return co_arena_failed(arena);
}

CoRc
co_auglag_new(CoArena *arena, const CoNlp *nlp, const CoOptions *options, CoAuglag **out)
{
	CoAuglag   *a = co_take_zero(arena, 1, sizeof *a);
	CoRc		rc;

	if (!a)
		return co_arena_failed(arena);
	a->arena = arena;
	a->options = options;
	a->nlp = nlp;
	a->n = nlp->n;
	a->m = nlp->m;
	a->box = (CoBox) {.n = nlp->n, .xl = nlp->xl, .xu = nlp->xu, .eval = co_auglag_eval, .self = a};
	a->weight = 1.0;
	a->max_iterations = options->nonlinear_max_iterations;
	rc = take_arrays(a);
	a->newton = nlp->has_hess && options->exact_hessian;
	if (!rc && (a->newton || a->m > 0))
		rc = co_auglag_take_newton(a);
	if (!rc && !a->newton && a->m > 0)
		rc = co_auglag_take_quasi(a);
	*out = a;
	return rc;
}

static double
largest_violation(const CoAuglag *a)
{
	double		largest = 0.0;

	for (int i = 0; i < a->m; i++)
		largest = co_max(largest, fabs(co_auglag_outside(a, i, a->c[i])));
	return largest;
}

/*
 * Of the violation alone: the point is feasible, or its gradient vanishes
 * beside the violation.  A tolerance without a scale would take slow convergence
 * to a feasible point for a stationary one.
 */
static bool
violation_is_settled(const CoAuglag *a, double projected)
{
	double		violation = largest_violation(a);

	return violation <= VIOLATION_NONE * a->options->absolute_tolerance ||
		projected <= VIOLATION_STATIONARY * violation;
}

/* The inner solver's report: a step of the user's iterations. */
static CoRc
count(void *self, const CoBoxIterate *iterate, bool *stop)
{
	CoAuglag   *a = self;

	double		violation = largest_violation(a);

	a->iteration += iterate->iteration > 0;
	*stop = a->iteration >= a->max_iterations;
	if (a->quasi && a->weight > 0.0)
		co_auglag_learn(a, a->x, a->yhat);
	if (a->weight == 0.0)
		*stop = *stop || violation_is_settled(a, iterate->projected);
	else if (iterate->iteration == 0)
	{
		a->first_violation = violation;
		a->first_f = a->f;
	}
	else if (violation > a->greed * co_max(1.0, a->first_violation) ||
			 (violation > NEAR_SOLUTION && a->first_f - a->f > a->greed * co_max(1.0, fabs(a->first_f))))
		*stop = a->greedy = true;
	return CO_OK;
}

/* Minimize the augmented Lagrangian from a->at on. */
static CoRc
minimize(CoAuglag *a, double tolerance, CoBoxOutcome *outcome)
{
	CoBoxModel	model = {.n = a->n, .xl = a->nlp->xl, .xu = a->nlp->xu,
		.value = co_auglag_value, .gradient = co_auglag_gradient,
		.factor = co_auglag_factor, .solve = co_auglag_solve, .model_value = co_auglag_model_value,
		.choose_piece = co_auglag_choose_piece, .bend = co_auglag_bend,
	.invert = co_auglag_invert, .self = a};
	CoBoxOptions options;
	double		value;
	CoRc		rc;

	a->greedy = false;
	co_box_options_default(&options);
	options.memory = CO_AUGLAG_MEMORY;
	options.tolerance = tolerance;
	options.f_least = F_LEAST;
	options.max_iterations = a->newton ? MAX_INNER : MAX_INNER_LBFGSB;
	options.report = count;
	options.self = a;
	if (a->newton)
		return co_box_newton(a->arena, &model, &options, a->at, a->box_grad, outcome);
	rc = co_lbfgsb(a->arena, &a->box, &options, a->at, a->box_grad, outcome);
	if (!rc && outcome->verdict != CO_BOX_BAD_START)
		rc = co_auglag_eval(a, a->at, &value, a->box_grad);
	return rc;
}

static void
find_error(CoAuglag *a)
{
	a->error = (CoAuglagError) {.dual = co_box_projected(&a->box, a->x, a->lag),
	.primal = largest_violation(a)};
	for (int i = 0; i < a->m; i++)
	{
		double		c = a->c[i],
					shifted = co_clamp(c + a->ybar[i] / a->rho, a->nlp->cl[i], a->nlp->cu[i]);

		a->error.compl = co_max(a->error.compl, fabs(c - shifted));
	}
	co_box_multipliers(&a->box, a->x, a->lag, a->z);
}

/* Objective and penalty weigh alike at the start, as in Algencan [BM14]. */
static CoRc
choose_rho(CoAuglag *a)
{
	double		sum = 0.0,
				value;
	CoRc		rc;

	a->rho = 1.0;
	rc = co_auglag_value(a, a->at, &value);
	for (int i = 0; i < a->m && !rc; i++)
	{
		double		outside = co_auglag_outside(a, i, a->trial_c[i]);

		sum += outside * outside;
	}
	if (!rc)
		a->rho = co_clamp(RHO_FIRST * co_max(1.0, fabs(a->trial_f)) / co_max(1.0, 0.5 * sum),
						  RHO_LEAST, RHO_MOST);
	return rc;
}

static void
set_multipliers(CoAuglag *a, const double *y)
{
	for (int i = 0; i < a->m; i++)
		a->ybar[i] = y ? co_clamp(y[i], -YBAR_MOST, YBAR_MOST) : 0.0;
}

static CoRc
log_line(const CoAuglag *a)
{
	CoIteration line = {.iteration = a->iteration, .objective = a->f,
		.primal_residual = a->error.primal, .dual_residual = a->error.dual,
		.gap = a->error.compl, .mu = 1.0 / a->rho, .regularization = a->last_shift,
		.refinements = a->n_refine,
	.kind = a->weight > 0.0 ? 'a' : 'v'};

	return a->log ? a->log(a->caller, &line) : CO_OK;
}

/*
 * The violation alone, from a->at on.  *feasible: a->x is; else it is a
 * stationary point of it, with the weights in yhat, where *stationary.
 */
static CoRc
minimize_violation(CoAuglag *a, bool *feasible, bool *stationary)
{
	double		rho = a->rho;
	CoBoxOutcome outcome;
	CoRc		rc;

	a->weight = 0.0;
	a->rho = 1.0;
	set_multipliers(a, NULL);
	rc = minimize(a, 0.0, &outcome);
	*feasible = *stationary = false;
	if (!rc && outcome.verdict != CO_BOX_BAD_START)
	{
		find_error(a);
		rc = log_line(a);
		*feasible = a->error.primal <= a->options->absolute_tolerance;
		*stationary = !*feasible && a->error.dual <= STATIONARY_LOOSE * a->error.primal;
	}
	a->weight = 1.0;
	a->rho = rho;
	return rc;
}

/*
 * The violation has not fallen for long: is there anything feasible, from here
 * and then from the start?  *found: go on from a->at.
 */
static CoRc
seek_feasible(CoAuglag *a, bool *found, bool *infeasible)
{
	CoRc		rc;

	a->n_phases++;
	co_copy(a->n, a->x, a->at);
	rc = minimize_violation(a, found, infeasible);
	if (!rc && !*found)
	{
		co_copy(a->n, a->x0, a->at);
		rc = minimize_violation(a, found, infeasible);
	}
	return rc;
}

/* The last steps of algorithm 4.1: penalty, then multipliers. */
static void
update(CoAuglag *a)
{
	if (a->error.compl > co_max(TAU * a->last_compl, VIOLATION_NONE * a->options->absolute_tolerance))
		a->rho *= GAMMA;
	a->last_compl = a->error.compl;
	a->n_unmoved = a->error.primal > TAU * a->least_primal ? a->n_unmoved + 1 : 0;
	a->least_primal = co_min(a->least_primal, a->error.primal);
	set_multipliers(a, a->yhat);
	a->epsilon = co_max(EPSILON_LESS * a->epsilon, EPSILON_LAST);
}

/*
 * The subproblem has no minimizer, or none near: its iterates ran off from the
 * rows after the objective, which is greed [CMMS10].  More weight for the rows,
 * from where it began.
 */
static bool
ran_off(const CoAuglag *a, CoBoxVerdict verdict)
{
	return a->m > 0 && a->rho < RHO_END &&
		(verdict == CO_BOX_UNBOUNDED || a->greedy ||
		 (verdict != CO_BOX_CONVERGED && a->error.primal > co_max(a->first_violation, NEAR_SOLUTION)));
}

static void
restart_heavier(CoAuglag *a)
{
	a->rho *= GAMMA;
	a->greed *= GREEDY_MORE;
	set_multipliers(a, NULL);
	co_copy(a->n, a->from, a->at);
}

/* Is it the solution, or does Newton's method lead to it? */
static CoRc
test_point(CoAuglag *a, bool *good)
{
	CoRc		rc = a->judge(a->caller, a, a->x, a->yhat, a->z, good);

	if (!rc && !*good && a->error.primal <= NEAR_SOLUTION && a->error.dual <= NEAR_SOLUTION)
		rc = co_auglag_accelerate(a, good);
	return rc;
}

/* Long without progress of the violation: is there anything feasible? */
static CoRc
doubt(CoAuglag *a, bool *infeasible)
{
	bool		found;
	CoRc		rc;

	*infeasible = false;
	if ((a->n_unmoved < INFEASIBLE_AFTER && a->rho <= RHO_END) || a->n_phases >= MAX_PHASES ||
		a->error.primal <= a->options->absolute_tolerance)
		return CO_OK;
	a->n_unmoved = 0;
	rc = seek_feasible(a, &found, infeasible);
	co_copy(a->n, a->x, a->at);
	return rc;
}

/* Without a limit, if there is anything feasible. */
static CoRc
diverge(CoAuglag *a, CoAuglagVerdict *verdict)
{
	bool		found,
				infeasible = false;
	CoRc		rc = CO_OK;

	if (a->error.primal > NEAR_SOLUTION)
	{
		co_copy(a->n, a->x0, a->at);
		rc = minimize_violation(a, &found, &infeasible);
	}
	*verdict = infeasible ? CO_AUGLAG_INFEASIBLE : CO_AUGLAG_DIVERGED;
	return rc;
}

static bool
is_met(const CoAuglag *a)
{
	return co_max(a->error.primal, co_max(a->error.dual, a->error.compl)) <= a->options->tolerance;
}

/* A subproblem solved, or given up: go on from a->at. */
static CoRc
go_on(CoAuglag *a, CoBoxVerdict inner, bool moved, bool *over, CoAuglagVerdict *verdict)
{
	bool		infeasible;
	CoRc		rc;

	update(a);
	co_copy(a->n, a->x, a->at);
	rc = doubt(a, &infeasible);
	*verdict = infeasible ? CO_AUGLAG_INFEASIBLE :
		inner == CO_BOX_LINE_SEARCH_FAILURE ? CO_AUGLAG_NO_STEP : CO_AUGLAG_STALLED;
	a->met = a->met || is_met(a);
	a->n_idle = moved ? 0 : a->n_idle + 1;
	*over = infeasible || a->n_idle >= MAX_IDLE || a->rho > RHO_END;
	return rc;
}

/* One outer iteration; *verdict is filled where *over. */
static CoRc
iterate(CoAuglag *a, bool *over, CoAuglagVerdict *verdict)
{
	CoBoxOutcome outcome;
	bool		good;
	int			before = a->iteration;
	CoRc		rc;

	co_copy(a->n, a->at, a->from);
	rc = minimize(a, a->epsilon, &outcome);
	*over = true;
	*verdict = CO_AUGLAG_NONFINITE;
	if (rc || outcome.verdict == CO_BOX_BAD_START)
		return rc;
	find_error(a);
	rc = log_line(a);
	*verdict = CO_AUGLAG_ITERATION_LIMIT;
	if (!rc && outcome.verdict == CO_BOX_UNBOUNDED && a->error.primal <= a->options->tolerance)
		return diverge(a, verdict);
	if (!rc && a->iteration < a->max_iterations && ran_off(a, outcome.verdict))
	{
		restart_heavier(a);
		*over = false;
		return CO_OK;
	}
	if (!rc && outcome.verdict == CO_BOX_UNBOUNDED)
		return diverge(a, verdict);
	if (!rc)
		rc = test_point(a, &good);
	if (!rc && good)
		*verdict = CO_AUGLAG_CONVERGED;
	if (rc || good || a->iteration >= a->max_iterations)
		return rc;
	return go_on(a, outcome.verdict, a->iteration > before || outcome.verdict == CO_BOX_CONVERGED,
				 over, verdict);
}

/*
 * The hint without multipliers of sides that are not there, in a->ny.  Answers
 * the largest product with the distance to the side, of rows inside theirs.
 */
static double
take_signs(CoAuglag *a, const double *y)
{
	double		largest = 0.0;

	for (int i = 0; i < a->m; i++)
	{
		double		side = y[i] > 0.0 ? a->nlp->cu[i] : a->nlp->cl[i];

		a->ny[i] = isinf(side) ? 0.0 : y[i];
		if (a->ny[i] != 0.0 && a->nlp->cl[i] < a->c[i] && a->c[i] < a->nlp->cu[i])
			largest = co_max(largest, fabs(a->ny[i] * (side - a->c[i])));
	}
	return largest;
}

/*
 * The multipliers of a warm start, where they explain the gradient at the point
 * better than none do: those of a wrong hint would choose the minimizer.
 */
static CoRc
take_hint(CoAuglag *a, const double *y)
{
	CoCsc		jac = a->nlp->jac;
	double		value,
				with,
				without;
	CoRc		rc = co_auglag_eval(a, a->at, &value, a->box_grad);

	if (rc)
		return rc;
	jac.value = a->jac;
	co_copy(a->n, a->grad, a->box_grad);
	without = co_box_projected(&a->box, a->at, a->box_grad);
	with = take_signs(a, y);
	co_csc_tmul_add(&jac, 1.0, a->ny, a->box_grad);
	with = co_max(with, co_box_projected(&a->box, a->at, a->box_grad));
	if (with <= HINT_GAIN * without)
		set_multipliers(a, a->ny);
	return CO_OK;
}

CoRc
co_auglag_run(CoAuglag *a, const double *x, const double *y, CoAuglagVerdict *verdict)
{
	bool		over = false;
	CoRc		rc;

	co_copy(a->n, x, a->at);
	co_box_project(&a->box, a->at);
	co_copy(a->n, a->at, a->x0);
	rc = choose_rho(a);
	set_multipliers(a, NULL);
	if (!rc && y && a->m > 0)
		rc = take_hint(a, y);
	a->epsilon = EPSILON_FIRST;
	a->greed = GREEDY;
	a->last_compl = a->least_primal = INFINITY;
	*verdict = CO_AUGLAG_NONFINITE;
	for (a->outer = 0; a->outer < MAX_OUTER && !rc && !over; a->outer++)
	{
		rc = iterate(a, &over, verdict);
		if (!rc)
			rc = co_poll(a->arena);
	}
	if (!rc && !over)
		*verdict = CO_AUGLAG_STALLED;
	return rc == CO_NOT_FINITE ? CO_OK : rc;
}
