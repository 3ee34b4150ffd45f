/*-------------------------------------------------------------------------
 *
 * solver/box_newton_search.c
 *	  The search along the direction of Newton's method in a box.
 *
 * Backtracking with interpolation; a full step that rows of large weight reject
 * is bent to follow them first, a second-order correction.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/box_newton_private.h"

#define ARMIJO			1e-4	/* [Ber82] asks for one below 1/2; [NW06] */
#define SHORTEN_LEAST	0.1		/* safeguards of the interpolation [NW06, 3.5] */
#define SHORTEN_MOST	0.5
#define MAX_SEARCH		60		/* shorter than 2^-60 is no step */
#define BEND_MOST		1.0		/* over the step */
#define MAX_STRETCH		20		/* doublings of a step of negative curvature */

/* The radius in which the model is trusted, over max(1, |x|) [NW06, 4.1] */
#define RADIUS_LARGEST	1e10
#define RADIUS_GROWTH	4.0
#define RADIUS_NEAR		0.8
#define RADIUS_BACK		2.0		/* over the step that was taken */
#define RATIO_BAD		0.25

static void
move(const CoBoxNewton *s, double alpha)
{
	for (int j = 0; j < s->n; j++)
	{
		double		to = s->x[j] + alpha * s->d[j];

		if (s->is_bent)
			to += alpha * alpha * s->bend[j];
		s->trial[j] = co_clamp(to, s->box.xl[j], s->box.xu[j]);
	}
}

/* grad'(trial - x) */
static double
trial_slope(const CoBoxNewton *s)
{
	double		sum = 0.0;

	for (int j = 0; j < s->n; j++)
		sum += s->grad[j] * (s->trial[j] - s->x[j]);
	return sum;
}

CoRc
co_box_newton_try(CoBoxNewton *s, double alpha, double *f)
{
	CoRc		rc;

	move(s, alpha);
	s->out->evaluations++;
	rc = s->model->value(s->model->self, s->trial, f);
	if (rc == CO_NOT_FINITE || (!rc && isnan(*f)))
	{
		*f = INFINITY;
		rc = CO_OK;
	}
	return rc;
}

/* Where the model had negative curvature its minimizer means little: go on. */
static CoRc
stretch(CoBoxNewton *s, double *alpha, double *f)
{
	CoRc		rc = CO_OK;

	for (int k = 0; k < MAX_STRETCH && !rc; k++)
	{
		double		longer;

		rc = co_box_newton_try(s, 2.0 * *alpha, &longer);
		if (rc || !(longer < *f))
			break;
		*f = longer;
		*alpha *= 2.0;
	}
	return rc ? rc : co_box_newton_try(s, *alpha, f);
}

/* The minimizer of the parabola through f, slope and the value at alpha. */
static double
shorten(const CoBoxNewton *s, double alpha, double f)
{
	double		next = isfinite(f) ? -0.5 * s->slope * alpha * alpha / (f - s->f - s->slope * alpha) : 0.0;

	return co_clamp(next, SHORTEN_LEAST * alpha, SHORTEN_MOST * alpha);
}

/* As trust regions do: by how good the model was, and how far it was asked. */
static void
adapt_radius(CoBoxNewton *s, double alpha, double f)
{
	double		length = co_box_newton_length(s, s->d);

	if (alpha < 1.0)
		s->radius = RADIUS_BACK * alpha * length;
	else if (s->predicted < 0.0 && f - s->f > RATIO_BAD * s->predicted)
		s->radius = SHORTEN_MOST * length;
	else if (length * alpha > RADIUS_NEAR * s->radius)
		s->radius = co_min(RADIUS_GROWTH * co_max(s->radius, alpha * length), RADIUS_LARGEST);
}

CoRc
co_box_newton_take(CoBoxNewton *s, double alpha, double f, bool *done)
{
	CoRc		rc = s->model->gradient(s->model->self, s->trial, s->grad);

	*done = !rc;
	if (rc)
		return rc == CO_NOT_FINITE ? CO_OK : rc;
	adapt_radius(s, alpha, f);
	s->n_stalled = fabs(s->f - f) <= CO_BOX_ROUNDING * fabs(s->f) ? s->n_stalled + 1 : 0;
	co_copy(s->n, s->trial, s->x);
	s->f = f;
	s->alpha = alpha;
	return CO_OK;
}

CoRc
co_box_newton_return(CoBoxNewton *s)
{
	double		f;
	CoRc		rc = s->model->value(s->model->self, s->x, &f);

	return rc ? rc : s->model->gradient(s->model->self, s->x, s->grad);
}

/*
 * The full step was too long because rows of large weight are not linear:
 * follow them.  A bend as long as the step says that the model means nothing.
 */
static CoRc
bend(CoBoxNewton *s)
{
	CoRc		rc = s->model->bend(s->model->self, s->held, s->d, s->bend, &s->is_bent);

	s->is_bent = !rc && s->is_bent && co_all_finite(s->n, s->bend) &&
		co_norm_inf(s->n, s->bend) <= BEND_MOST * co_norm_inf(s->n, s->d);
	return rc;
}

/* At the end f is rounding, and the full step is still right; no other is. */
static bool
is_lower(const CoBoxNewton *s, double alpha, double f, double slope)
{
	double		slack = alpha == 1.0 ? CO_BOX_ROUNDING * fabs(s->f) : 0.0;

	return slope < 0.0 && f <= s->f + ARMIJO * slope + slack;
}

CoRc
co_box_newton_search(CoBoxNewton *s, bool *found)
{
	double		alpha = 1.0;
	CoRc		rc = CO_OK;

	*found = s->is_bent = false;
	for (int k = 0; k < MAX_SEARCH && !rc && !*found; k++)
	{
		double		f,
					slope;

		rc = co_box_newton_try(s, alpha, &f);
		slope = rc ? 0.0 : trial_slope(s);
		if (!rc && is_lower(s, alpha, f, slope))
		{
			if (k == 0 && s->shift > 0.0)
				rc = stretch(s, &alpha, &f);
			if (!rc)
				rc = co_box_newton_take(s, alpha, f, found);
			if (!rc && !*found)
				rc = co_box_newton_return(s);
			f = INFINITY;
		}
		if (rc || s->out->evaluations >= s->options->max_evaluations)
			break;
		if (k == 0 && isfinite(f) && s->model->bend && !*found)
		{
			rc = bend(s);
			if (s->is_bent)
				continue;
		}
		alpha = shorten(s, alpha, f);
	}
	return rc;
}
