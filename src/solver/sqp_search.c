/*-------------------------------------------------------------------------
 *
 * solver/sqp_search.c
 *	  A step that the filter accepts: the region, the second-order correction,
 *	  the filter's tests.
 *
 * [FLT02] Fletcher, Leyffer, Toint, "On the global convergence of a filter-SQP
 * algorithm", SIAM J. Optim. 13 (2002) 44-59: algorithm 2.
 *
 *-------------------------------------------------------------------------
 */
#include <float.h>

#include "base/vec.h"
#include "solver/sqp.h"

#define BETA			0.99	/* FLT02 eq. 2.6; FL02's choice */
#define GAMMA			1e-4
#define SIGMA			1e-4	/* part of the model's fall asked of f, eq. 2.8 */
#define DELTA			0.999	/* f-type above delta h^2, eq. 2.9 */
#define MAX_CORRECTIONS	3
#define CORRECTION_FALL	0.5		/* a correction that leaves more of h is the last */
#define SHRINK_LEAST	0.1		/* of a rejected step, NW06 section 3.5 */
#define SHRINK_MOST		0.5
#define SHRINK_BLIND	0.25	/* where there were no values */
#define NEAR_EDGE		0.99
#define GROWTH			2.0		/* FL02 */
#define GROWTH_GOOD		4.0		/* where the model foretold well */
#define GOOD_RATIO		0.9
#define H_NO_MATTER		0.1		/* scaled */
#define NOISE			1e-6	/* of f, relative */
#define NOISE_STEP		1e-2	/* steps that small may show noise of f */
#define MISFIT			10.0	/* of f and its slopes at both ends, over these */
#define ERROR_FALL		0.9		/* asked of the error where f is noise */
#define ERROR_GROWTH	1e3		/* allowed there, if f fell */
#define TINY			(10.0 * DBL_EPSILON)
#define RADIUS_LEAST	1e-14

bool
co_sqp_filter_passes(const CoSqp *s, double h, double f)
{
	return h <= s->h_max && isfinite(f) &&
		co_filter_accepts(&s->filter, h - co_sqp_h_floor(s, s->trial), f - co_sqp_f_floor(s->cur));
}

CoRc
co_sqp_filter_augment(CoSqp *s)
{
	const CoSqpPoint *p = s->cur;

	return co_filter_add(&s->filter, BETA * p->h, p->f - GAMMA * p->h);
}

bool
co_sqp_step_vanished(const CoSqp *s)
{
	for (int j = 0; j < s->n; j++)
		if (fabs(s->d[j]) > TINY * co_max(1.0, fabs(s->cur->x[j])))
			return false;
	return true;
}

static bool
is_feasible(const CoSqp *s)
{
	return s->cur->h <= co_sqp_h_floor(s, s->cur);
}

/* At a feasible point nothing but f can fall. */
static bool
is_f_type(const CoSqp *s, double model)
{
	double		h = s->cur->h;

	return (model > 0.0 && model >= DELTA * h * h) || is_feasible(s);
}

/* Eqs. 2.6, 2.8 and 2.9 for the values in trial; up to rounding */
static bool
is_accepted(const CoSqp *s, double model)
{
	const CoSqpPoint *now = s->cur,
			   *then = s->trial;
	double		f_floor = co_sqp_f_floor(now);

	if (!co_sqp_filter_passes(s, then->h, then->f))
		return false;
	if (!(then->h <= BETA * now->h + co_sqp_h_floor(s, then) ||
		  then->f <= now->f - GAMMA * now->h + f_floor))
		return false;
	return !is_f_type(s, model) || now->f - then->f >= SIGMA * model - f_floor;
}

/* A point without derivatives is as good as one without values. */
static CoRc
eval_derivatives(CoSqp *s, bool *accepted)
{
	CoRc		rc = co_sqp_eval_derivatives(s, s->trial);

	if (rc != CO_NOT_FINITE)
		return rc;
	*accepted = false;
	s->trial->h = INFINITY;
	return CO_OK;
}

/*
 * Second-order corrections of a step that made h larger: the rows' values at
 * its end take the place of the linearization [FL02, section 3; NW06, section
 * 18.3].
 */
static CoRc
correct(CoSqp *s, double model, bool *accepted)
{
	double	   *shift = s->row_work,
				h = s->trial->h;
	CoRc		rc = CO_OK;

	co_sqp_copy_set(s, &s->set, &s->kept_set);
	for (int k = 0; k < MAX_CORRECTIONS && !*accepted && !rc; k++)
	{
		CoCsc		jac = s->nlp->jac;

		/* c(x + d) - c(x) - J d */
		jac.value = s->cur->jac;
		for (int i = 0; i < s->m; i++)
			shift[i] = s->trial->c[i] - s->cur->c[i];
		co_csc_mul_add(&jac, -1.0, s->d, shift);
		rc = co_sqp_model_solve(s, shift, 0.0, &s->set);
		if (rc || s->answer.verdict != CO_ACTIVE_OPTIMAL)
			break;
		co_sqp_set_trial(s);
		rc = co_sqp_eval(s, s->trial);
		if (rc || !isfinite(s->trial->h))
			break;
		*accepted = is_accepted(s, model);
		if (*accepted)
			rc = eval_derivatives(s, accepted);
		if (s->trial->h > CORRECTION_FALL * h)
			break;
		h = s->trial->h;
	}
	if (!*accepted)
		co_sqp_copy_set(s, &s->kept_set, &s->set);
	return rc;
}

/* The changes of f drown in its rounding, whose terms may be larger than f. */
static bool
is_noise(const CoSqp *s, double model)
{
	double		noise = NOISE * fabs(s->cur->f),
				h_most = co_max(s->cur->h, co_sqp_h_floor(s, s->trial));

	return model <= noise && s->trial->h <= h_most && fabs(s->trial->f - s->cur->f) <= noise;
}

/*
 * Values of f that contradict its slopes at both ends of a short step are noise
 * too, of terms that cancel: in the spirit of [HZ05].
 */
static bool
contradicts_slopes(const CoSqp *s)
{
	double		before = co_dot(s->n, s->cur->grad, s->d),
				after = co_dot(s->n, s->trial->grad, s->d),
				change = s->trial->f - s->cur->f;

	return fabs(change - 0.5 * (before + after)) > MISFIT * (fabs(before) + fabs(after));
}

/* Short, and no farther outside. */
static bool
may_show_noise(const CoSqp *s)
{
	return co_sqp_step_length(s) <= NOISE_STEP && isfinite(s->trial->f) &&
		s->trial->h <= co_max(s->cur->h, co_sqp_h_floor(s, s->trial));
}

/* There the error of the KKT conditions tells a good step; it has derivatives. */
static bool
has_error_within(CoSqp *s, double factor)
{
	CoSqpError	error;

	co_sqp_bound_multipliers(s, s->trial, s->step_y, s->ls_z);
	co_sqp_fill_error(s, s->trial, s->step_y, s->ls_z, &error);
	return error.worst <= factor * s->error.worst;
}

/* noise: values tell nothing. */
static CoRc
compare_errors(CoSqp *s, bool noise, bool *accepted)
{
	CoRc		rc;

	if (!noise && !may_show_noise(s))
		return CO_OK;
	rc = co_sqp_eval_derivatives(s, s->trial);
	if (rc)
		return rc == CO_NOT_FINITE ? CO_OK : rc;
	*accepted = (noise || contradicts_slopes(s)) && has_error_within(s, ERROR_FALL);
	return CO_OK;
}

/*
 * A step of a few roundings of 1 is none, but to a variable that is much
 * smaller, and has large derivatives, it may be a Newton step like any other.
 */
static CoRc
take_last_digits(CoSqp *s, bool *accepted)
{
	CoRc		rc;

	co_sqp_set_trial(s);
	rc = co_sqp_eval(s, s->trial);
	return rc || !may_show_noise(s) ? rc : compare_errors(s, true, accepted);
}

/* Part of the step at whose end a parabola through f and its slope is least. */
static double
best_part(const CoSqp *s)
{
	double		slope = co_dot(s->n, s->cur->grad, s->d),
				excess = s->trial->f - s->cur->f - slope;

	if (!isfinite(s->trial->h))
		return SHRINK_BLIND;
	if (!(slope < 0.0) || !(excess > 0.0))
		return SHRINK_MOST;
	return co_clamp(-slope / (2.0 * excess), SHRINK_LEAST, SHRINK_MOST);
}

static CoRc
try_step(CoSqp *s, bool *accepted, char *kind)
{
	double		model = s->model,
				length = co_sqp_step_length(s),
				part;
	CoRc		rc;

	co_sqp_set_trial(s);
	rc = co_sqp_eval(s, s->trial);
	if (rc)
		return rc;
	*kind = is_f_type(s, model) ? 'f' : 'h';
	*accepted = is_accepted(s, model);
	if (*accepted)
		rc = eval_derivatives(s, accepted);
	if (rc)
		return rc;
	if (*accepted && is_noise(s, model))
		*accepted = has_error_within(s, ERROR_GROWTH);
	if (*accepted)
	{
		bool		good = *kind == 'h' || s->cur->f - s->trial->f >= GOOD_RATIO * model;

		/* a fall of f that was paid for with violation is no reason */
		if (length >= NEAR_EDGE * s->radius &&
			(*kind == 'h' || s->trial->h <= co_max(s->cur->h, H_NO_MATTER)))
			s->radius *= good ? GROWTH_GOOD : GROWTH;
		return CO_OK;
	}
	part = best_part(s);
	if (isfinite(s->trial->h) && s->trial->h >= s->cur->h && s->trial->h > co_sqp_h_floor(s, s->trial))
		rc = correct(s, model, accepted);
	if (*accepted)
		*kind = *kind == 'f' ? 'F' : 'H';
	else if (!rc)
	{
		*kind = 'g';
		rc = compare_errors(s, is_noise(s, model), accepted);
	}
	if (!*accepted)
		s->radius = part * co_min(s->radius, length);
	return rc;
}

/*
 * The subproblem has no answer: where its rows are inconsistent, or nothing is
 * known and something is violated, that is restored; else in a smaller region
 * it may have one.
 */
static CoRc
give_up(CoSqp *s, bool *on, CoSqpVerdict *why, bool *restore)
{
	*restore = s->answer.verdict == CO_ACTIVE_INFEASIBLE || !is_feasible(s);
	if (*restore)
	{
		*on = false;
		return co_sqp_filter_augment(s);
	}
	*why = CO_SQP_QP_FAILURE;
	s->radius *= SHRINK_BLIND;
	*on = s->radius >= RADIUS_LEAST;
	return CO_OK;
}

CoRc
co_sqp_search(CoSqp *s, bool *found, CoSqpVerdict *why, bool *restore)
{
	char		kind = ' ';
	bool		on = true;
	CoRc		rc = CO_OK;

	*found = *restore = false;
	while (!*found)
	{
		rc = co_poll(s->arena);
		if (!rc)
			rc = co_sqp_model_solve(s, NULL, 0.0, &s->set);
		if (rc)
			return rc;
		if (s->answer.verdict != CO_ACTIVE_OPTIMAL)
		{
			rc = give_up(s, &on, why, restore);
			if (rc || !on)
				return rc;
			continue;
		}
		*why = CO_SQP_STALLED;
		if (co_sqp_step_vanished(s))
		{
			kind = 'g';
			rc = take_last_digits(s, found);
			if (rc || !*found)
				return rc;
			break;
		}
		rc = try_step(s, found, &kind);
		if (rc)
			return rc;
		*why = CO_SQP_NO_STEP;
		if (!*found && s->radius < RADIUS_LEAST)
			return CO_OK;
	}
	if (kind == 'h' || kind == 'H')
		rc = co_sqp_filter_augment(s);
	s->kind = kind;
	return rc;
}
