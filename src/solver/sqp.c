/*-------------------------------------------------------------------------
 *
 * solver/sqp.c
 *	  The outer iteration of the SQP method; see solver/sqp.h.
 *
 *-------------------------------------------------------------------------
 */
#include "base/vec.h"
#include "solver/sqp.h"

#define FIRST_RADIUS	0.3		/* of [.2 .. 10] the best over HS: near
								 * minimizers are found from near */
#define Y_MAX			1e3		/* WB06 section 3.6 */
#define RADIUS_LEAST	1e-4	/* at the start of an iteration, FLT02 */
#define H_MAX_LEAST		10.0	/* FL02 section 4, there 100 */
#define H_MAX_FACTOR	0.5		/* there 1.25: of a start that is far outside,
								 * the violation has to fall */
#define ITERATE_MAX		1e20	/* larger: diverged */
#define OBJECTIVE_MAX	1e20	/* lower: no limit in sight */
#define FAR				1e10	/* of an iterate: steps may drown in rounding, */
#define DEEP			1e14	/* as those of f do there, */
#define FAR_MOST		100		/* and this many iterates there are enough */
#define IDLE_MOST		10		/* steps that only rounding let pass */
#define BETTER			0.8		/* an error that shows progress nevertheless */
#define RESETS_MOST		3
#define PATIENCE		300		/* iterations without a better error */
#define STILL			1e-5	/* change of f, relative */
#define SLOW_RATE		0.3		/* of a step to the last one */
#define SLOW_MOST		3		/* iterations like that before a stabilized one */
#define PRICE			1e2		/* of violations in elastic steps, over the
								 * gradient */
#define LINEAR_FALL		0.1		/* of h, part of the linearization's */
#define ELASTIC_GROWTH	2.0		/* of the region */
#define RETURNS_MOST	2		/* to the iterate of the least violation */
#define RETURN_FALL		0.5		/* its h over that where h is stationary */
#define RETURN_RADIUS	0.1		/* over the first one */
#define RETURN_H_MAX	2.0		/* over its h */
#define RETURN_H_LEAST	0.1
#define NEARLY_FEASIBLE	1.0		/* scaled; where stabilized steps may do */
#define FIXED_BYTES		16384.0 /* filter, alignment of the vectors */
#define SMALL_STEP		1e-2	/* multipliers of the iterate itself are worth
								 * their price after a step that small */

CoRc
co_sqp_new(CoArena *arena, const CoNlp *nlp, const CoOptions *options, CoSqp **out)
{
	CoSqp	   *s = co_take_zero(arena, 1, sizeof *s);
	size_t		n = (size_t) nlp->n,
				m = (size_t) nlp->m;
	CoRc		rc;

	if (!s)
		return co_arena_failed(arena);
	s->arena = arena;
	s->nlp = nlp;
	s->options = options;
	s->unit = 1.0;
	s->n = nlp->n;
	s->m = nlp->m;
	s->y = co_take_zero_doubles(arena, m);
	s->z = co_take_zero_doubles(arena, n);
	s->step_y = co_take_zero_doubles(arena, m);
	s->plain_y = co_take_zero_doubles(arena, m);
	s->ls_y = co_take_zero_doubles(arena, m);
	s->ls_z = co_take_zero_doubles(arena, n);
	s->weight = co_take_doubles(arena, m);
	s->least_x = co_take_doubles(arena, n);
	s->size = co_take_doubles(arena, n);
	s->row_work = co_take_doubles(arena, m);
	s->col_work = co_take_doubles(arena, n);
	co_filter_init(&s->filter, arena);
	rc = co_sqp_take_point(s, &s->cur);
	if (!rc)
		rc = co_sqp_take_point(s, &s->trial);
	if (!rc)
		rc = co_sqp_take_point(s, &s->spare);
	if (!rc)
		rc = co_sqp_hess_new(s);
	if (!rc)
		rc = co_sqp_model_new(s);
	*out = s;
	return rc;
}

/*
 * Points and vectors; the subproblem, the program of the multipliers, the
 * stabilized one: sides, rows, working sets; room for the filter.
 */
double
co_sqp_bytes(const CoNlp *nlp, const CoOptions *options)
{
	double		n = nlp->n,
				m = nlp->m,
				jac = co_csc_nnz(&nlp->jac),
				hess = co_sqp_hess_bytes(nlp, options),
				number = sizeof(double),
				entry = sizeof(double) + sizeof(int),
				points = number * (3.0 * (2.0 * n + m + jac) + 9.0 * (n + m) + n),
				model = number * (4.0 * n + 3.0 * m) + entry * (jac + n) + 4.0 * (n + m),
				multipliers = number * (5.0 * n + 3.0 * m + jac) + entry * n + (n + m),
				stable = number * (4.0 * n + 6.0 * m) + entry * (jac + 2.0 * m + 2.0 * n) + hess + (n + m);

	return sizeof(CoSqp) + points + model + multipliers + stable + 2.0 * hess + FIXED_BYTES;
}

static void
set_region(CoSqp *s)
{
	s->radius = FIRST_RADIUS;
	for (int j = 0; j < s->n; j++)
		s->size[j] = co_max(1.0, fabs(s->cur->x[j]));
}

/* Multipliers to begin with: those of least squares, if they are no nonsense. */
static CoRc
guess_multipliers(CoSqp *s)
{
	CoRc		rc = s->m > 0 ? co_sqp_least_squares(s) : CO_OK;

	if (!rc && s->m > 0 && co_norm_inf(s->m, s->ls_y) <= Y_MAX)
		co_copy(s->m, s->ls_y, s->y);
	return rc;
}

CoRc
co_sqp_start(CoSqp *s, const double *x, const double *y)
{
	CoRc		rc;

	co_copy(s->n, x, s->cur->x);
	rc = co_sqp_eval(s, s->cur);
	if (!rc && !isfinite(s->cur->h))
		rc = CO_NOT_FINITE;
	if (!rc)
		rc = co_sqp_eval_derivatives(s, s->cur);
	if (rc)
		return rc;
	s->least_h = INFINITY;
	s->h_max = co_max(H_MAX_LEAST, H_MAX_FACTOR * s->cur->h);
	set_region(s);
	if (y)
		co_copy(s->m, y, s->y);
	else
		rc = guess_multipliers(s);
	if (rc)
		return rc;
	co_sqp_bound_multipliers(s, s->cur, s->y, s->z);
	co_sqp_fill_error(s, s->cur, s->y, s->z, &s->error);
	s->kind = ' ';
	s->last_step = s->best_error = INFINITY;
	s->cold = y != NULL;
	return co_sqp_log(s);
}

CoRc
co_sqp_log(CoSqp *s)
{
	CoIteration line = {.iteration = s->iteration, .objective = s->cur->f,
		.primal_residual = s->cur->h, .dual_residual = s->error.dual,
		.gap = s->error.complementarity, .mu = s->radius, .step_primal = co_sqp_step_length(s),
	.regularization = s->answer.convexified, .kind = s->kind};

	return s->log ? s->log(s->self, &line) : CO_OK;
}

/* Ask the judge where the multipliers fit. */
static CoRc
test_multipliers(CoSqp *s, const double *y, const double *z, CoSqpError *error, bool *good)
{
	*good = false;
	co_sqp_fill_error(s, s->cur, y, z, error);
	return error->worst <= 1.0 ? s->judge(s->self, s, y, z, good) : CO_OK;
}

/* Are the steps small, and shrink by less than a superlinear method's would? */
static void
watch_rate(CoSqp *s)
{
	double		length = co_sqp_step_length(s);
	bool		slow = length <= SMALL_STEP && length > SLOW_RATE * s->last_step;

	if (s->kind != 's')
		s->n_slow = slow ? s->n_slow + 1 : 0;
	s->last_step = length;
}

/* Is the iterate a KKT point, with the subproblem's multipliers or its own? */
static CoRc
test_convergence(CoSqp *s, bool *good)
{
	CoSqpError	other;
	CoRc		rc;

	co_sqp_bound_multipliers(s, s->cur, s->y, s->z);
	rc = test_multipliers(s, s->y, s->z, &s->error, good);
	if (s->error.worst < BETTER * s->best_error)
	{
		s->best_error = s->error.worst;
		s->best_f = s->cur->f;
		s->best_iteration = s->iteration;
		s->n_idle = 0;
	}
	if (s->iteration > 0)
		watch_rate(s);
	if (rc || *good || co_sqp_step_length(s) > SMALL_STEP)
		return rc;
	rc = co_sqp_least_squares(s);
	return rc ? rc : test_multipliers(s, s->ls_y, s->ls_z, &other, good);
}

/* A step that shows nothing but rounding. */
static bool
is_idle(const CoSqp *s)
{
	return s->model <= co_sqp_f_floor(s->cur) && s->cur->h <= co_sqp_h_floor(s, s->cur) &&
		s->trial->h <= co_sqp_h_floor(s, s->trial);
}

/* The trial point, whose derivatives are there, is the iterate. */
static void
move(CoSqp *s, const double *y)
{
	CoSqpPoint *p = s->trial;

	s->n_idle = is_idle(s) ? s->n_idle + 1 : 0;
	if (s->cur->h < s->least_h)
	{
		s->least_h = s->cur->h;
		co_copy(s->n, s->cur->x, s->least_x);
	}
	co_sqp_hess_learn(s, y, false);
	co_copy(s->m, y, s->y);
	s->trial = s->cur;
	s->cur = p;
	s->iteration++;
	s->radius = co_max(s->radius, RADIUS_LEAST);
}

/*
 * A minimizer without multipliers is approached without end: f no longer moves,
 * and the error does not fall.
 */
static bool
stands_still(const CoSqp *s)
{
	return s->iteration > s->best_iteration + PATIENCE &&
		fabs(s->cur->f - s->best_f) <= STILL * co_max(s->unit, fabs(s->cur->f));
}

static bool
has_diverged(CoSqp *s)
{
	double		size = co_norm_inf(s->n, s->cur->x);

	s->n_far = size > FAR || s->cur->f < -DEEP ? s->n_far + 1 : 0;
	return s->cur->f < -OBJECTIVE_MAX || size > ITERATE_MAX || s->n_far > FAR_MOST;
}

/*
 * Where a step was too greedy the violation may be stationary far from where it
 * was small: back to there, with less patience.
 */
static CoRc
return_to_least(CoSqp *s, bool *found)
{
	CoRc		rc;

	if (!(s->least_h < RETURN_FALL * s->cur->h) || s->n_returns >= RETURNS_MOST)
		return CO_OK;
	s->n_returns++;
	co_copy(s->n, s->least_x, s->cur->x);
	rc = co_sqp_eval(s, s->cur);
	if (!rc)
		rc = co_sqp_eval_derivatives(s, s->cur);
	if (rc)
		return rc;
	co_filter_clear(&s->filter);
	set_region(s);
	s->radius *= RETURN_RADIUS;
	s->h_max = co_max(RETURN_H_MAX * s->least_h, RETURN_H_LEAST);
	s->kind = 'b';
	*found = true;
	return CO_OK;
}

/* Multipliers where those of the subproblem are prices of violations. */
static CoRc
take_least_squares(CoSqp *s)
{
	CoRc		rc = co_sqp_least_squares(s);

	co_copy(s->m, s->ls_y, s->y);
	s->cold = true;
	return rc;
}

/*
 * A restoration that finds nothing to do where the subproblem has no answer
 * knows no more than that one: the difference is rounding.
 */
static CoRc
restore(CoSqp *s, bool *found, CoSqpVerdict *why)
{
	int			before = s->iteration;
	CoRc		rc = co_sqp_restore(s, found, why);

	if (*found && s->iteration == before && s->n_resets++ >= RESETS_MOST)
	{
		*found = false;
		*why = CO_SQP_STALLED;
	}
	if (!rc && !*found && *why == CO_SQP_INFEASIBLE)
		rc = return_to_least(s, found);
	if (rc || !*found)
		return rc;
	return take_least_squares(s);
}

/*
 * Where the region vanished: what is violated is restored, a filter that may
 * be in the way is forgotten.
 */
static CoRc
try_again(CoSqp *s, bool *found, CoSqpVerdict *why)
{
	*found = false;
	if (s->n_resets++ >= RESETS_MOST)
		return CO_OK;
	co_filter_clear(&s->filter);
	co_sqp_hess_reset(s);
	set_region(s);
	if (s->cur->h <= co_sqp_h_floor(s, s->cur))
	{
		*found = true;
		return CO_OK;
	}
	return restore(s, found, why);
}

/*
 * A step that has an eye on the objective too where the rows are inconsistent,
 * which chooses between the ways to feasible points; where h does not fall with
 * it as the linearization does, h alone is minimized.
 */
static CoRc
step_elastic(CoSqp *s, bool *taken)
{
	double		price = PRICE * (1.0 + co_norm_inf(s->n, s->cur->grad)),
				fall;
	CoRc		rc;

	*taken = false;
	if (s->hess.kind == CO_SQP_LIMITED)
		return CO_OK;
	rc = co_sqp_model_solve_elastic(s, price, &s->restore_set);
	if (rc || s->answer.verdict != CO_ACTIVE_OPTIMAL)
		return rc;
	fall = s->cur->h - s->answer.elastic_sum;
	co_sqp_set_trial(s);
	rc = co_sqp_eval(s, s->trial);
	if (rc || !(fall > 0.0) || !(s->cur->h - s->trial->h >= LINEAR_FALL * fall) ||
		!co_filter_accepts(&s->filter, s->trial->h, s->trial->f))
		return rc;
	rc = co_sqp_eval_derivatives(s, s->trial);
	*taken = !rc;
	if (rc)
		return rc == CO_NOT_FINITE ? CO_OK : rc;
	if (co_sqp_step_length(s) >= s->radius)
		s->radius *= ELASTIC_GROWTH;
	s->kind = 'e';
	co_copy(s->m, s->y, s->step_y);
	return CO_OK;
}

/*
 * Where the rows are inconsistent: near a solution because they depend on each
 * other there, which a stabilized step does not mind.
 */
static CoRc
step_without_rows(CoSqp *s, bool *on, CoSqpVerdict *why)
{
	CoRc		rc = CO_OK;

	if (s->cur->h <= NEARLY_FEASIBLE)
		rc = co_sqp_stable_step(s, on);
	if (*on)
		s->kind = 's';
	else if (!rc)
		rc = step_elastic(s, on);
	if (rc || !*on)
		return rc ? rc : restore(s, on, why);
	move(s, s->step_y);
	return s->kind == 'e' ? take_least_squares(s) : CO_OK;
}

/* A subproblem's step, or restoration; *on false: the end, why. */
static CoRc
step(CoSqp *s, bool *on, CoSqpVerdict *why)
{
	bool		needs_restoration;
	CoRc		rc = co_sqp_search(s, on, why, &needs_restoration);

	if (rc)
		return rc;
	if (*on)
	{
		move(s, s->step_y);
		*why = CO_SQP_STALLED;
		*on = s->n_idle < IDLE_MOST;
	}
	else if (needs_restoration)
		rc = step_without_rows(s, on, why);
	else if (*why == CO_SQP_NO_STEP)
		rc = try_again(s, on, why);
	else
		co_copy(s->m, s->step_y, s->y); /* of the step that vanished */
	return rc;
}

/* One iteration. */
static CoRc
iterate(CoSqp *s, bool *on, CoSqpVerdict *why)
{
	bool		stable = false;
	CoRc		rc;

	co_sqp_model_set(s, false);
	rc = co_sqp_hess_set(s, false);
	if (!rc && s->cold)
		rc = co_sqp_identify(s, &s->set, &stable);
	s->cold = stable = false;
	if (!rc && s->n_slow >= SLOW_MOST)
	{
		s->n_slow = 0;
		rc = co_sqp_stable_step(s, &stable);
	}
	if (rc || !stable)
		return rc ? rc : step(s, on, why);
	s->kind = 's';
	s->n_slow = SLOW_MOST;		/* the next one too */
	move(s, s->step_y);
	return CO_OK;
}

CoRc
co_sqp_run(CoSqp *s, CoSqpVerdict *verdict)
{
	bool		on = true,
				good;

	for (;;)
	{
		CoRc		rc = test_convergence(s, &good);

		if (good)
			*verdict = CO_SQP_CONVERGED;
		else if (!rc && s->iteration > 0 && s->kind != 'r')
			rc = co_sqp_log(s);
		if (rc || good || !on)
			return rc;
		*verdict = CO_SQP_DIVERGED;
		if (has_diverged(s))
			return CO_OK;
		*verdict = CO_SQP_STALLED;
		if (stands_still(s))
			return CO_OK;
		*verdict = CO_SQP_ITERATION_LIMIT;
		if (s->iteration >= s->max_iterations)
			return CO_OK;
		rc = iterate(s, &on, verdict);
		if (rc == CO_NOT_FINITE)
		{
			*verdict = CO_SQP_QP_FAILURE;	/* second derivatives may end where f does not */
			return CO_OK;
		}
		if (rc)
			return rc;
	}
}
