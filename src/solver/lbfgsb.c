/*-------------------------------------------------------------------------
 *
 * solver/lbfgsb.c
 *	  L-BFGS-B: limited-memory BFGS in a box.
 *
 * [BLNZ95] with the subspace step of [MN11] and the line search and the
 * constants of [ZBLN97].  One iteration:
 *
 *		generalized Cauchy point of the model		lbfgsb_cauchy.c
 *		minimizer over the variables free there		lbfgsb_subspace.c
 *		line search from x towards it				search_more_thuente.c
 *		update of the limited-memory matrix			lbfgsb_matrix.c
 *
 * Departures: the step where a search ends is not evaluated again, its
 * gradient is kept; s is the difference of the points as they are in doubles.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/lbfgsb.h"

#include <float.h>

#include "base/vec.h"
#include "solver/lbfgsb_private.h"
#include "solver/search_more_thuente.h"

#define STEP_MOST		1e20	/* where no bound ends the direction */
#define SEARCH_MOST		20		/* evaluations of a line search */

/* Iterations by slopes alone that do not lower the projected gradient. */
#define IDLE_MOST		50

/* Curvature s'y, relative to the fall of the slope model, that teaches nothing. */
#define CURVATURE_LEAST	DBL_EPSILON

#define N_VECTORS		6		/* of take_work(), besides the matrix */
#define N_LISTS			2

typedef enum Progress
{
	MOVED,						/* to a new iterate */
	STUCK,						/* the direction does not lead down */
	LIMITED						/* out of evaluations */
} Progress;

double
co_lbfgsb_memory(int n, int memory)
{
	double		vectors = N_VECTORS + co_lbfgs_stride(memory);

	return sizeof(CoLbfgsb) + sizeof(CoLbfgs) + (double) co_lbfgsb_work_size() +
		(vectors * sizeof(double) + N_LISTS * sizeof(int)) * n;
}

static CoRc
take_work(CoLbfgsb *s)
{
	size_t		n = (size_t) s->box->n;
	CoRc		rc = co_lbfgs_new(s->arena, s->box->n, s->options->memory, &s->b);

	s->work = co_lbfgsb_work_new(s->arena);
	s->target = co_take_doubles(s->arena, n);
	s->d = co_take_doubles(s->arena, n);
	s->trial = co_take_doubles(s->arena, n);
	s->trial_grad = co_take_doubles(s->arena, n);
	s->best_grad = co_take_doubles(s->arena, n);
	s->reach = co_take_doubles(s->arena, n);
	s->heap = co_take_ints(s->arena, n);
	s->free = co_take_ints(s->arena, n);
	return rc ? rc : co_arena_failed(s->arena);
}

static void
look_at_bounds(CoLbfgsb *s)
{
	s->bounded = false;
	s->boxed = true;
	for (int j = 0; j < s->box->n; j++)
	{
		int			n_sides = isfinite(s->box->xl[j]) + isfinite(s->box->xu[j]);

		s->bounded |= n_sides > 0;
		s->boxed &= n_sides == 2;
	}
}

static CoRc
evaluate(CoLbfgsb *s, const double *x, double *f, double *grad)
{
	CoRc		rc = co_poll(s->arena);

	if (rc)
		return rc;
	s->outcome->evaluations++;
	return s->box->eval(s->box->self, x, f, grad);
}

/* Target and direction from x; CO_NOT_POSITIVE: the matrix is lost. */
static CoRc
find_direction(CoLbfgsb *s)
{
	CoRc		rc = co_lbfgsb_cauchy(s);

	if (!rc)
		rc = co_lbfgsb_subspace(s);
	if (rc)
		return rc;
	for (int j = 0; j < s->box->n; j++)
		s->d[j] = s->target[j] - s->x[j];
	return co_poll_pass(s->arena, s->box->n);
}

/* The longest step that stays in the box; at least 1. */
static double
longest_step(const CoLbfgsb *s)
{
	double		most = STEP_MOST;

	if (!s->bounded)
		return most;
	if (s->outcome->iterations == 0)
		return 1.0;
	for (int j = 0; j < s->box->n; j++)
	{
		double		d = s->d[j],
					room = (d > 0.0 ? s->box->xu[j] : s->box->xl[j]) - s->x[j];

		if (d != 0.0 && room / d < most)
			most = room / d;
	}
	return co_max(1.0, most);
}

/*
 * The first trial.  Without a matrix the length of the gradient says nothing
 * of that of the step; in a bounded box the Cauchy point has cut it.
 */
static double
first_step(const CoLbfgsb *s, double t_most)
{
	double		length;

	if (s->b->count > 0 || s->boxed)
		return 1.0;
	length = sqrt(co_dot(s->box->n, s->d, s->d));
	return co_min(t_most, s->outcome->iterations == 0 ? 1.0 / length : co_min(1.0, 1.0 / length));
}

static void
place_trial(const CoLbfgsb *s, double t)
{
	const CoBox *box = s->box;

	if (t == 1.0)
		co_copy(box->n, s->target, s->trial);
	else
		for (int j = 0; j < box->n; j++)
			s->trial[j] = co_clamp(s->x[j] + t * s->d[j], box->xl[j], box->xu[j]);
}

static void
swap(double **a, double **b)
{
	double	   *c = *a;

	*a = *b;
	*b = c;
}

/* Evaluate at the trial step and tell the search. */
static CoRc
try_step(CoLbfgsb *s, CoSearch *search, CoSearchVerdict *verdict)
{
	double		f = NAN,
				slope = NAN;
	CoRc		rc;

	place_trial(s, search->trial);
	rc = evaluate(s, s->trial, &f, s->trial_grad);
	if (rc == CO_OK)
		slope = co_dot(s->box->n, s->trial_grad, s->d);
	else if (rc != CO_NOT_FINITE)
		return rc;
	if (isfinite(f) && isfinite(slope))
		*verdict = co_search_tell(search, f, slope);
	else
		*verdict = co_search_reject(search);
	if (search->trial_is_best)
	{
		s->best_f = f;
		swap(&s->trial_grad, &s->best_grad);
	}
	return CO_OK;
}

/* Trials until the search has an end. */
static CoRc
run_search(CoLbfgsb *s, CoSearch *search, CoSearchVerdict *verdict, Progress *progress)
{
	*progress = STUCK;
	*verdict = CO_SEARCH_GO_ON;
	for (int k = 0; k < SEARCH_MOST && *verdict == CO_SEARCH_GO_ON; k++)
	{
		CoRc		rc;

		if (s->outcome->evaluations >= s->options->max_evaluations)
		{
			*progress = LIMITED;
			return CO_OK;
		}
		rc = try_step(s, search, verdict);
		if (rc)
			return rc;
	}
	if (*verdict == CO_SEARCH_FOUND ||
		(search->best.t > 0.0 && s->best_f < search->phi_start &&
		 (*verdict == CO_SEARCH_ENDED || s->b->count == 0)))
		*progress = MOVED;
	return CO_OK;
}

/*
 * From x along d.  Where the search went wrong by a noise that it has heard, it
 * is repeated by one that knows of it.
 */
static CoRc
search_line(CoLbfgsb *s, CoSearch *search, Progress *progress)
{
	CoSearchVerdict verdict;
	double		slope = co_dot(s->box->n, s->grad, s->d),
				t_most;
	CoRc		rc;

	*progress = STUCK;
	if (!(slope < 0.0) || isinf(slope))
		return CO_OK;
	t_most = longest_step(s);
	do
	{
		co_search_begin(search, s->outcome->f, slope, first_step(s, t_most), t_most, s->noise);
		rc = run_search(s, search, &verdict, progress);
		s->noise = co_max(s->noise, search->noise_seen);
	} while (!rc && *progress != LIMITED && verdict != CO_SEARCH_FOUND &&
			 co_search_is_misled(search));
	return rc;
}

/* The pair of the step in d and the old gradient, whose places it takes. */
static CoRc
learn(CoLbfgsb *s, const CoSearch *search, double *x_old, double *grad_old)
{
	double		sy,
				fall = -search->start.slope * search->best.t;
	CoRc		rc;

	for (int j = 0; j < s->box->n; j++)
	{
		s->d[j] = s->x[j] - x_old[j];
		grad_old[j] = s->grad[j] - grad_old[j];
	}
	sy = co_dot(s->box->n, s->d, grad_old);
	if (!(sy > CURVATURE_LEAST * fall))
		return CO_OK;
	rc = co_lbfgs_update(s->b, s->d, grad_old);
	if (rc == CO_NOT_POSITIVE)
	{
		co_lbfgs_reset(s->b);
		rc = CO_OK;
	}
	return rc;
}

/* To the best point of the search. */
static CoRc
move(CoLbfgsb *s, const CoSearch *search)
{
	place_trial(s, search->best.t);
	swap(&s->x, &s->trial);
	swap(&s->grad, &s->best_grad);
	s->outcome->f = s->best_f;
	s->outcome->iterations++;
	s->outcome->projected = co_box_projected(s->box, s->x, s->grad);
	return co_poll_pass(s->arena, s->box->n);
}

/* One iteration, with the matrix or, where that fails, without. */
static CoRc
step(CoLbfgsb *s, CoSearch *search, Progress *progress)
{
	for (;;)
	{
		CoRc		rc = find_direction(s);

		*progress = STUCK;
		if (!rc)
			rc = search_line(s, search, progress);
		if (rc && rc != CO_NOT_POSITIVE)
			return rc;
		if (*progress != STUCK)
			break;
		if (s->b->count == 0)
			return CO_OK;
		co_lbfgs_reset(s->b);
	}
	return *progress == MOVED ? move(s, search) : CO_OK;
}

static CoRc
report(const CoLbfgsb *s, double t, bool *stop)
{
	const CoBoxOutcome *outcome = s->outcome;
	CoBoxIterate iterate = {outcome->iterations, outcome->evaluations, outcome->f,
	outcome->projected, t, s->x, s->grad};

	if (!s->options->report)
		return CO_OK;
	return s->options->report(s->options->self, &iterate, stop);
}

/*
 * Did f fall too little?  Where it did by slopes alone there is nothing to see
 * of a fall, and the projected gradient says whether there is progress.
 */
static bool
has_stalled(CoLbfgsb *s, const CoSearch *search)
{
	const CoBoxOutcome *outcome = s->outcome;
	double		before = search->phi_start,
				size = co_max(co_max(fabs(before), fabs(outcome->f)), 1.0);

	if (!search->by_slopes || outcome->projected < s->least_projected)
		s->n_idle = 0;
	s->least_projected = co_min(s->least_projected, outcome->projected);
	if (search->by_slopes && ++s->n_idle > IDLE_MOST)
		return true;
	return s->options->decrease >= 0.0 &&
		before - outcome->f <= s->options->decrease * size;
}

/* Is this iterate the last one?  The verdict, then. */
static CoRc
look_at_iterate(CoLbfgsb *s, const CoSearch *search, bool *last)
{
	const CoBoxOptions *options = s->options;
	CoBoxOutcome *outcome = s->outcome;
	bool		stop = false,
				first = outcome->iterations == 0;
	CoRc		rc = report(s, first ? 0.0 : search->best.t, &stop);

	*last = true;
	if (outcome->projected <= options->tolerance)
		outcome->verdict = CO_BOX_CONVERGED;
	else if (outcome->f < options->f_least)
		outcome->verdict = CO_BOX_UNBOUNDED;
	else if (stop)
		outcome->verdict = CO_BOX_STOPPED;
	else if (!first && has_stalled(s, search))
		outcome->verdict = CO_BOX_STALLED;
	else if (outcome->iterations >= options->max_iterations)
		outcome->verdict = CO_BOX_ITERATION_LIMIT;
	else
		*last = false;
	return rc;
}

static CoRc
iterate(CoLbfgsb *s)
{
	CoSearch	search = {.best = {0.0, 0.0, 0.0}};
	bool		last = false;

	for (;;)
	{
		Progress	progress;
		CoRc		rc = look_at_iterate(s, &search, &last);

		if (rc || last)
			return rc;
		rc = step(s, &search, &progress);
		if (rc)
			return rc;
		if (progress != MOVED)
		{
			s->outcome->verdict = progress == LIMITED ? CO_BOX_EVALUATION_LIMIT :
				CO_BOX_LINE_SEARCH_FAILURE;
			return CO_OK;
		}
		rc = learn(s, &search, s->trial, s->best_grad);
		if (rc)
			return rc;
	}
}

static CoRc
start(CoLbfgsb *s)
{
	CoBoxOutcome *outcome = s->outcome;
	CoRc		rc;

	co_box_project(s->box, s->x);
	rc = evaluate(s, s->x, &outcome->f, s->grad);
	if (rc && rc != CO_NOT_FINITE)
		return rc;
	if (rc || !isfinite(outcome->f) || !co_all_finite(s->box->n, s->grad))
	{
		outcome->verdict = CO_BOX_BAD_START;
		return CO_OK;
	}
	outcome->projected = co_box_projected(s->box, s->x, s->grad);
	s->least_projected = outcome->projected;
	return iterate(s);
}

CoRc
co_lbfgsb(CoArena *arena, const CoBox *box, const CoBoxOptions *options, double *x,
		  double *grad, CoBoxOutcome *outcome)
{
	CoMark		mark = co_mark(arena);
	CoLbfgsb   *s = co_take_zero(arena, 1, sizeof *s);
	CoRc		rc;

	*outcome = (CoBoxOutcome) {CO_BOX_BAD_START, INFINITY, INFINITY, 0, 0};
	if (!s)
		return co_arena_failed(arena);
	s->arena = arena;
	s->box = box;
	s->options = options;
	s->outcome = outcome;
	s->x = x;
	s->grad = grad;
	rc = take_work(s);
	if (!rc)
	{
		look_at_bounds(s);
		rc = start(s);
		if (s->x != x)
			co_copy(box->n, s->x, x);
		if (s->grad != grad)
			co_copy(box->n, s->grad, grad);
	}
	co_rewind(arena, mark);
	return rc;
}
