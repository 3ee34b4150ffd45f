/*-------------------------------------------------------------------------
 *
 * solver/box_newton_step.c
 *	  The direction of Newton's method in a box.
 *
 * The model is minimized in the face that [Ber82] begins with, what leaves the
 * box on the way there is held at its bounds, and so on in the smaller face, as
 * [LM99] do; where the model is quadratic in pieces, the next piece begins where
 * this one ends.  A trust region keeps the steps to where the model was good, by
 * its multiplier, the shift.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/box_newton_private.h"

#define HOLD_DISTANCE	1e-3	/* epsilon of [Ber82]; of the width, at most */
#define MAX_FACES		20		/* refinements of the face in one iteration */
#define MODEL_GAIN		0.05	/* a face that gains less, relative, is the last */
#define SHORTEST_MODEL	1e-5	/* steps of the model */
#define DESCENT			1e-10	/* slope over the product of the norms, at least */
#define RADIUS_SLACK	2.0		/* a step this much longer is cut */
#define MAX_SHIFTS		6		/* a factorization each */

static double
hold_distance(const CoBoxNewton *s, int j)
{
	double		width = s->box.xu[j] - s->box.xl[j];

	return co_min(s->projected, HOLD_DISTANCE * co_min(1.0, width));
}

/* The bound that variable j rests on, or nearly; NAN: none. */
static double
resting_bound(const CoBoxNewton *s, int j)
{
	double		near = hold_distance(s, j);

	if (s->grad[j] > 0.0 && s->x[j] - s->box.xl[j] <= near)
		return s->box.xl[j];
	if (s->grad[j] < 0.0 && s->box.xu[j] - s->x[j] <= near)
		return s->box.xu[j];
	return NAN;
}

void
co_box_newton_hold(CoBoxNewton *s, bool onto)
{
	for (int j = 0; j < s->n; j++)
	{
		double		bound = resting_bound(s, j);

		s->held[j] = !isnan(bound);
		s->d[j] = s->held[j] && onto ? bound - s->x[j] : 0.0;
	}
}

double
co_box_newton_length(const CoBoxNewton *s, const double *d)
{
	double		length = 0.0;

	for (int j = 0; j < s->n; j++)
		length = co_max(length, fabs(d[j]) / co_max(1.0, fabs(s->x[j])));
	return length;
}

/* Hold what the model's step has brought to a side. */
static int
hold_leaving(CoBoxNewton *s)
{
	int			n_more = 0;

	for (int j = 0; j < s->n; j++)
	{
		if (s->held[j] || (s->trial[j] > s->box.xl[j] - s->x[j] && s->trial[j] < s->box.xu[j] - s->x[j]))
			continue;
		s->held[j] = 1;
		n_more++;
	}
	return n_more;
}

/*
 * The shift with which the step would have the length of the radius, if it
 * were an eigenvector.
 */
static double
lengthening_shift(const CoBoxNewton *s, double length)
{
	double		curvature = -co_dot(s->n, s->grad, s->d) / co_dot(s->n, s->d, s->d),
				more = curvature * (length / s->radius - 1.0);

	return s->shift + co_max(more, s->shift);
}

/*
 * The model's minimizer in the face, with a shift that keeps it within the
 * radius: the multiplier of the trust region [NW06, 4.3], to a factor.
 */
static CoRc
minimize_in_face(CoBoxNewton *s)
{
	CoRc		rc;

	s->shift = 0.0;
	for (int k = 0;; k++)
	{
		double		length;

		rc = s->model->factor(s->model->self, s->held, &s->shift);
		if (!rc)
			rc = s->model->solve(s->model->self, s->held, s->d);
		if (rc)
			break;
		length = co_box_newton_length(s, s->d);
		if (length <= RADIUS_SLACK * s->radius || k == MAX_SHIFTS || !isfinite(length))
			break;
		s->shift = lengthening_shift(s, length);
		if (!(s->shift > 0.0))
			break;
	}
	return rc;
}

/* Of the direction, cut to a length at which the model is trusted. */
static bool
is_descent(CoBoxNewton *s)
{
	double		length = co_box_newton_length(s, s->d);

	if (!co_all_finite(s->n, s->d) || length == 0.0)
		return false;
	if (length > s->radius)
		co_scale(s->n, s->radius / length, s->d);
	s->slope = co_dot(s->n, s->grad, s->d);
	return s->slope <= -DESCENT * s->projected * co_norm_inf(s->n, s->d) && s->slope < 0.0;
}

/* From the best point of the model so far on the line to s->d: s->trial. */
static double
try_model(CoBoxNewton *s, double beta)
{
	for (int j = 0; j < s->n; j++)
		s->trial[j] = co_clamp(s->best[j] + beta * (s->d[j] - s->best[j]),
							   s->box.xl[j] - s->x[j], s->box.xu[j] - s->x[j]);
	return s->model->model_value(s->model->self, s->trial);
}

/*
 * Along the projection of the line from the best point of the model so far to
 * its minimizer in the face, as far as the model falls.  What is at a bound
 * there is held from then on.  *changed: the face, or the model's piece; where
 * the model does not fall the next piece begins at once.
 */
static void
search_model(CoBoxNewton *s, double *least, bool *changed)
{
	double		beta = 1.0,
				value = try_model(s, beta);

	*least = s->model->model_value(s->model->self, s->best);
	while (!(value < *least) && beta > SHORTEST_MODEL)
	{
		beta *= 0.5;
		value = try_model(s, beta);
	}
	s->model->choose_piece(s->model->self, s->trial, changed);
	if (!(value < *least))
	{
		co_copy(s->n, s->best, s->d);
		return;
	}
	*changed = (hold_leaving(s) > 0 || *changed || beta < 1.0) &&
		!(value > (1.0 + MODEL_GAIN) * *least && *least < 0.0);
	*least = value;
	co_copy(s->n, s->trial, s->best);
	co_copy(s->n, s->trial, s->d);
}

CoRc
co_box_newton_face_step(CoBoxNewton *s, bool *found)
{
	double		least = 0.0;
	CoRc		rc = CO_OK;
	bool		goes_on = true;

	co_box_newton_hold(s, true);
	for (int j = 0; j < s->n; j++)
		s->best[j] = s->held[j] ? s->d[j] : 0.0;
	for (int k = 0; k < MAX_FACES && !rc && goes_on; k++)
	{
		rc = minimize_in_face(s);
		if (!rc)
			search_model(s, &least, &goes_on);
	}
	co_copy(s->n, s->best, s->d);
	s->predicted = least;
	*found = !rc && least < 0.0 && is_descent(s);
	return rc == CO_SINGULAR ? CO_OK : rc;
}

CoRc
co_box_newton_plain_step(CoBoxNewton *s)
{
	CoRc		rc;
	bool		crossed;

	co_box_newton_hold(s, false);
	s->model->choose_piece(s->model->self, s->d, &crossed);
	s->predicted = 0.0;
	rc = minimize_in_face(s);
	if (!rc && is_descent(s))
		return CO_OK;
	for (int j = 0; j < s->n; j++)
		s->d[j] = co_clamp(s->x[j] - s->grad[j], s->box.xl[j], s->box.xu[j]) - s->x[j];
	s->slope = co_dot(s->n, s->grad, s->d);
	return rc == CO_SINGULAR ? CO_OK : rc;
}
