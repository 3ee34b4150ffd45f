/*-------------------------------------------------------------------------
 *
 * solver/box_newton_saddle.c
 *	  Points where the gradient vanishes that are no minimum.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/box_newton_private.h"

#define INVERSE_ITERATIONS	3	/* with a shift this near they are enough */
#define CURVATURE_NONE	1e-10	/* more is a minimum, to rounding */
#define ESCAPE_LEAST	1e-4	/* lengths that are tried, over the point's size */
#define ESCAPE_LESS		0.1		/* the next over the last */
#define ESCAPE_TRIALS	8		/* four lengths, both ways */
#define ESCAPE_GAIN		1e-10	/* of f, at least */

/*
 * The direction in which the Hessian of the face is least, to a factor, by
 * inverse iteration: the shift is just above what its least eigenvalue lacks.
 * *curvature: along it, of unit length.
 */
static CoRc
find_least_curvature(CoBoxNewton *s, double *curvature)
{
	CoRc		rc = CO_OK;

	for (int j = 0; j < s->n; j++)
		s->d[j] = j % 2 ? 1.0 : 1.5;
	for (int k = 0; k < INVERSE_ITERATIONS && !rc; k++)
	{
		double		size;

		rc = s->model->invert(s->model->self, s->held, s->d);
		size = sqrt(co_dot(s->n, s->d, s->d));
		if (rc || !(size > 0.0) || isinf(size))
			return rc ? rc : CO_SINGULAR;
		co_scale(s->n, 1.0 / size, s->d);
	}
	*curvature = 2.0 * (s->model->model_value(s->model->self, s->d) -
						co_dot(s->n, s->grad, s->d)) - s->shift;
	return rc;
}

/* A lower point on the line through x, either way; *found: it is taken. */
static CoRc
try_both_ways(CoBoxNewton *s, bool *found)
{
	double		size = co_max(1.0, co_norm_inf(s->n, s->x));
	CoRc		rc = CO_OK;

	s->is_bent = false;
	for (double length = size; length > ESCAPE_LEAST * size && !rc && !*found; length *= ESCAPE_LESS)
		for (int sign = 1; sign >= -1 && !rc && !*found; sign -= 2)
		{
			double		f;

			rc = co_box_newton_try(s, sign * length, &f);
			if (!rc && f < s->f - ESCAPE_GAIN * co_max(fabs(s->f), s->options->tolerance))
				rc = co_box_newton_take(s, 1.0, f, found);
		}
	return rc || *found ? rc : co_box_newton_return(s);
}

/*
 * A point where the gradient vanishes and the Hessian is not positive definite
 * is a saddle, or may be: is there something lower along where it is least?
 */
CoRc
co_box_newton_leave_saddle(CoBoxNewton *s, bool *found)
{
	double		curvature;
	CoRc		rc;

	*found = false;
	if (!s->model->invert || s->out->evaluations >= s->options->max_evaluations - ESCAPE_TRIALS)
		return CO_OK;
	co_box_newton_hold(s, false);
	s->shift = 0.0;
	rc = s->model->factor(s->model->self, s->held, &s->shift);
	if (!rc && s->shift > 0.0)
	{
		rc = find_least_curvature(s, &curvature);
		if (!rc && curvature <= CURVATURE_NONE)
			rc = try_both_ways(s, found);
	}
	return rc == CO_SINGULAR ? CO_OK : rc;
}
