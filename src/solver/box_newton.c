/*-------------------------------------------------------------------------
 *
 * solver/box_newton.c
 *	  Projected Newton [Ber82] with the faces of [LM99].
 *
 * [Ber82]: variables at a bound that the gradient pushes against, or nearly,
 * are held there; the others take a Newton step, and the search goes along the
 * projection of the line on the box.  [LM99]: where the step leaves the box,
 * what it leaves by is held at its bounds too, and the model is minimized again
 * in the smaller face; so a step may reach a vertex in one iteration, and the
 * line to it stays inside.
 *
 *		paper			here
 *		I+				held, in the first face
 *		D				the inverse of the model's Hessian in the face
 *		epsilon_k		hold_distance()
 *		sigma, beta		ARMIJO, SHORTEN_LEAST .. SHORTEN_MOST
 *
 *-------------------------------------------------------------------------
 */
#include "solver/box_newton.h"

#include <float.h>

#include "base/vec.h"

#define ARMIJO			1e-4	/* [Ber82] asks for one below 1/2; [NW06] */
#define SHORTEN_LEAST	0.1		/* safeguards of the interpolation [NW06, 3.5] */
#define SHORTEN_MOST	0.5
#define MAX_SEARCH		60		/* shorter than 2^-60 is no step */
#define HOLD_DISTANCE	1e-3	/* epsilon of [Ber82]; of the width, at most */
#define MAX_FACES		20		/* refinements of the face in one iteration */
#define INVERSE_ITERATIONS	3
#define CURVATURE_NONE	1e-10	/* more is a minimum, to rounding */
#define MAX_ESCAPES		3		/* from saddles, in one minimization */
#define ESCAPE_LEAST	1e-4	/* lengths that are tried, over the point's size */
#define ESCAPE_LESS		0.1
#define ESCAPE_TRIALS	8
#define ESCAPE_GAIN		1e-10	/* of f, at least */
#define MODEL_GAIN		0.05	/* a face that gains less, relative, is the last */
#define SHORTEST_MODEL	1e-5	/* steps of the model */
#define DESCENT			1e-10	/* slope over the product of the norms, at least */

/* The box in which the model is trusted, over max(1, |x|) [NW06, 4.1] */
#define RADIUS_FIRST	10.0
#define RADIUS_SLACK	2.0
#define MAX_SHIFTS		6
#define RADIUS_LARGEST	1e10
#define RADIUS_GROWTH	4.0
#define RADIUS_NEAR		0.8
#define SHORTEN_MOST_RADIUS 2.0 /* over the step that was taken */
#define RATIO_BAD		0.25

#define BEND_MOST		1.0		/* over the step */
#define MAX_STRETCH		20		/* doublings of a step of negative curvature */
#define ROUNDING		(10.0 * DBL_EPSILON)	/* of f, relative */
#define STALL_LAST		4		/* iterations that change f by rounding only */

typedef struct Newton
{
	CoArena    *arena;
	const CoBoxModel *model;
	const CoBoxOptions *options;
	CoBox		box;
	int			n;
	double	   *x,
			   *grad,
			   *d,				/* direction */
			   *best,			/* of the model, so far */
			   *bend,			/* of the line: x + alpha d + alpha^2 bend */
			   *trial;			/* [n] */
	bool		is_bent;
	uint8_t    *held;			/* [n] */
	double		f,
				projected,
				slope,			/* grad'd */
				shift,			/* of the model's Hessian */
				radius,			/* of the box in which the model is trusted */
				predicted,		/* value of the model at d */
				alpha;
	int			n_stalled;
	CoBoxOutcome *out;
} Newton;

static double
hold_distance(const Newton *s, int j)
{
	double		width = s->box.xu[j] - s->box.xl[j];

	return co_min(s->projected, HOLD_DISTANCE * co_min(1.0, width));
}

/* The bound that variable j rests on, or nearly; NAN: none. */
static double
resting_bound(const Newton *s, int j)
{
	double		near = hold_distance(s, j);

	if (s->grad[j] > 0.0 && s->x[j] - s->box.xl[j] <= near)
		return s->box.xl[j];
	if (s->grad[j] < 0.0 && s->box.xu[j] - s->x[j] <= near)
		return s->box.xu[j];
	return NAN;
}

/* The first face; onto: what is held goes to its bound, else it stays. */
static void
hold_first(Newton *s, bool onto)
{
	for (int j = 0; j < s->n; j++)
	{
		double		bound = resting_bound(s, j);

		s->held[j] = !isnan(bound);
		s->d[j] = s->held[j] && onto ? bound - s->x[j] : 0.0;
	}
}

/* The longest move of a variable, over its size. */
static double
length_of(const Newton *s, const double *d)
{
	double		length = 0.0;

	for (int j = 0; j < s->n; j++)
		length = co_max(length, fabs(d[j]) / co_max(1.0, fabs(s->x[j])));
	return length;
}

/* Hold what the model's step has brought to a side. */
static int
hold_leaving(Newton *s)
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
lengthening_shift(const Newton *s, double length)
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
minimize_in_face(Newton *s)
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
		length = length_of(s, s->d);
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
is_descent(Newton *s)
{
	double		length = length_of(s, s->d);

	if (!co_all_finite(s->n, s->d) || length == 0.0)
		return false;
	if (length > s->radius)
		co_scale(s->n, s->radius / length, s->d);
	s->slope = co_dot(s->n, s->grad, s->d);
	return s->slope <= -DESCENT * s->projected * co_norm_inf(s->n, s->d) && s->slope < 0.0;
}

/* From the best point of the model so far on the line to s->d: s->trial. */
static double
try_model(Newton *s, double beta)
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
search_model(Newton *s, double *least, bool *changed)
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

/* Face after face, piece after piece, until the model's minimizer is in the box. */
static CoRc
find_face_step(Newton *s, bool *found)
{
	double		least = 0.0;
	CoRc		rc = CO_OK;
	bool		goes_on = true;

	hold_first(s, true);
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

/* That of [Ber82] and, where that cannot be had, of the projected gradient. */
static CoRc
find_plain_step(Newton *s)
{
	CoRc		rc;
	bool		crossed;

	hold_first(s, false);
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

static void
move(const Newton *s, double alpha)
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
trial_slope(const Newton *s)
{
	double		sum = 0.0;

	for (int j = 0; j < s->n; j++)
		sum += s->grad[j] * (s->trial[j] - s->x[j]);
	return sum;
}

static CoRc
try_length(Newton *s, double alpha, double *f)
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
stretch(Newton *s, double *alpha, double *f)
{
	CoRc		rc = CO_OK;

	for (int k = 0; k < MAX_STRETCH && !rc; k++)
	{
		double		longer;

		rc = try_length(s, 2.0 * *alpha, &longer);
		if (rc || !(longer < *f))
			break;
		*f = longer;
		*alpha *= 2.0;
	}
	return rc ? rc : try_length(s, *alpha, f);
}

/* The minimizer of the parabola through f, slope and the value at alpha. */
static double
shorten(const Newton *s, double alpha, double f)
{
	double		next = isfinite(f) ? -0.5 * s->slope * alpha * alpha / (f - s->f - s->slope * alpha) : 0.0;

	return co_clamp(next, SHORTEN_LEAST * alpha, SHORTEN_MOST * alpha);
}

/* As trust regions do: by how good the model was, and how far it was asked. */
static void
adapt_radius(Newton *s, double alpha, double f)
{
	double		length = length_of(s, s->d);

	if (alpha < 1.0)
		s->radius = SHORTEN_MOST_RADIUS * alpha * length;
	else if (s->predicted < 0.0 && f - s->f > RATIO_BAD * s->predicted)
		s->radius = SHORTEN_MOST * length;
	else if (length * alpha > RADIUS_NEAR * s->radius)
		s->radius = co_min(RADIUS_GROWTH * co_max(s->radius, alpha * length), RADIUS_LARGEST);
}

/* Take the trial point, whose value is f; *done: its gradient is a number. */
static CoRc
take_trial(Newton *s, double alpha, double f, bool *done)
{
	CoRc		rc = s->model->gradient(s->model->self, s->trial, s->grad);

	*done = !rc;
	if (rc)
		return rc == CO_NOT_FINITE ? CO_OK : rc;
	adapt_radius(s, alpha, f);
	s->n_stalled = fabs(s->f - f) <= ROUNDING * fabs(s->f) ? s->n_stalled + 1 : 0;
	co_copy(s->n, s->trial, s->x);
	s->f = f;
	s->alpha = alpha;
	return CO_OK;
}

/* Back to x: its gradient was overwritten, or its values. */
static CoRc
return_to_x(Newton *s)
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
bend(Newton *s)
{
	CoRc		rc = s->model->bend(s->model->self, s->held, s->d, s->bend, &s->is_bent);

	s->is_bent = !rc && s->is_bent && co_all_finite(s->n, s->bend) &&
		co_norm_inf(s->n, s->bend) <= BEND_MOST * co_norm_inf(s->n, s->d);
	return rc;
}

static CoRc
search(Newton *s, bool *found)
{
	double		alpha = 1.0,
				slack = ROUNDING * fabs(s->f);
	CoRc		rc = CO_OK;

	*found = s->is_bent = false;
	for (int k = 0; k < MAX_SEARCH && !rc && !*found; k++)
	{
		double		f,
					slope;

		rc = try_length(s, alpha, &f);
		slope = rc ? 0.0 : trial_slope(s);
		if (!rc && slope < 0.0 && f <= s->f + ARMIJO * slope + slack)
		{
			if (k == 0 && s->shift > 0.0)
				rc = stretch(s, &alpha, &f);
			if (!rc)
				rc = take_trial(s, alpha, f, found);
			if (!rc && !*found)
				rc = return_to_x(s);
			f = INFINITY;
		}
		if (s->out->evaluations >= s->options->max_evaluations)
			break;
		if (k == 0 && isfinite(f) && s->model->bend && !rc && !*found)
		{
			rc = bend(s);
			if (s->is_bent)
				continue;
		}
		alpha = shorten(s, alpha, f);
	}
	return rc;
}

/*
 * The direction in which the Hessian of the face is least, to a factor, by
 * inverse iteration: the shift is just above what its least eigenvalue lacks.
 * *curvature: along it, of unit length.
 */
static CoRc
find_least_curvature(Newton *s, double *curvature)
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
try_both_ways(Newton *s, bool *found)
{
	double		size = co_max(1.0, co_norm_inf(s->n, s->x));
	CoRc		rc = CO_OK;

	s->is_bent = false;
	for (double length = size; length > ESCAPE_LEAST * size && !rc && !*found; length *= ESCAPE_LESS)
		for (int sign = 1; sign >= -1 && !rc && !*found; sign -= 2)
		{
			double		f;

			rc = try_length(s, sign * length, &f);
			if (!rc && f < s->f - ESCAPE_GAIN * co_max(fabs(s->f), s->options->tolerance))
				rc = take_trial(s, 1.0, f, found);
		}
	return rc || *found ? rc : return_to_x(s);
}

/*
 * A point where the gradient vanishes and the Hessian is not positive definite
 * is a saddle, or may be: is there something lower along where it is least?
 */
static CoRc
leave_saddle(Newton *s, bool *found)
{
	double		curvature;
	CoRc		rc;

	*found = false;
	if (!s->model->invert || s->out->evaluations >= s->options->max_evaluations - ESCAPE_TRIALS)
		return CO_OK;
	hold_first(s, false);
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

static CoRc
report(Newton *s, bool *stop)
{
	CoBoxIterate iterate = {s->out->iterations, s->out->evaluations, s->f, s->projected,
	s->alpha, s->x, s->grad};

	*stop = false;
	return s->options->report ? s->options->report(s->options->self, &iterate, stop) : CO_OK;
}

static bool
is_over(Newton *s)
{
	const CoBoxOptions *o = s->options;

	if (s->projected <= o->tolerance)
		s->out->verdict = CO_BOX_CONVERGED;
	else if (s->f < o->f_least)
		s->out->verdict = CO_BOX_UNBOUNDED;
	else if (s->n_stalled >= STALL_LAST)
		s->out->verdict = CO_BOX_STALLED;
	else if (s->out->iterations >= o->max_iterations)
		s->out->verdict = CO_BOX_ITERATION_LIMIT;
	else if (s->out->evaluations >= o->max_evaluations)
		s->out->verdict = CO_BOX_EVALUATION_LIMIT;
	else
		return false;
	return true;
}

static CoRc
step(Newton *s, bool *found)
{
	CoRc		rc = find_face_step(s, found);

	if (!rc && *found)
		rc = search(s, found);
	else if (!rc)
	{
		rc = find_plain_step(s);
		return rc ? rc : search(s, found);
	}
	if (rc || *found)
		return rc;
	rc = return_to_x(s);
	if (!rc)
		rc = find_plain_step(s);
	return rc ? rc : search(s, found);
}

/* One iteration, and its report; *goes_on: there is another. */
static CoRc
iterate(Newton *s, int *n_escapes, bool *goes_on)
{
	bool		stop;
	CoRc		rc;

	s->projected = co_box_projected(&s->box, s->x, s->grad);
	*goes_on = false;
	rc = report(s, &stop);
	if (rc)
		return rc;
	if (is_over(s))
	{
		if (s->out->verdict == CO_BOX_CONVERGED && !stop && (*n_escapes)++ < MAX_ESCAPES)
			rc = leave_saddle(s, goes_on);
	}
	else if (stop)
		s->out->verdict = CO_BOX_STOPPED;
	else
	{
		s->out->verdict = CO_BOX_LINE_SEARCH_FAILURE;
		rc = step(s, goes_on);
		if (!rc && !*goes_on)
			rc = return_to_x(s);
	}
	s->out->iterations += *goes_on;
	return rc ? rc : co_poll(s->arena);
}

static CoRc
start(Newton *s)
{
	CoRc		rc;

	co_box_project(&s->box, s->x);
	s->out->evaluations++;
	rc = s->model->value(s->model->self, s->x, &s->f);
	if (!rc)
		rc = s->model->gradient(s->model->self, s->x, s->grad);
	if (rc == CO_NOT_FINITE)
		s->out->verdict = CO_BOX_BAD_START;
	return rc;
}

CoRc
co_box_newton(CoArena *arena, const CoBoxModel *model, const CoBoxOptions *options,
			  double *x, double *grad, CoBoxOutcome *outcome)
{
	CoMark		mark = co_mark(arena);
	size_t		n = (size_t) model->n;
	int			n_escapes = 0;
	bool		goes_on = true;
	Newton		s = {.arena = arena, .model = model, .options = options, .n = model->n,
		.x = x, .grad = grad, .out = outcome,
	.box = {.n = model->n, .xl = model->xl, .xu = model->xu}};
	CoRc		rc;

	memset(outcome, 0, sizeof *outcome);
	s.radius = RADIUS_FIRST;
	s.d = co_take_doubles(arena, n);
	s.best = co_take_doubles(arena, n);
	s.bend = co_take_doubles(arena, n);
	s.trial = co_take_doubles(arena, n);
	s.held = co_take(arena, n, 1);
	rc = co_arena_failed(arena);
	if (rc)
		return rc;
	rc = start(&s);
	while (!rc && goes_on)
		rc = iterate(&s, &n_escapes, &goes_on);
	if (rc == CO_NOT_FINITE && outcome->verdict == CO_BOX_BAD_START)
		rc = CO_OK;
	outcome->f = s.f;
	outcome->projected = s.projected;
	co_rewind(arena, mark);
	return rc;
}
