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
 *		epsilon_k		HOLD_DISTANCE
 *		sigma, beta		ARMIJO, SHORTEN_LEAST .. SHORTEN_MOST
 *
 *-------------------------------------------------------------------------
 */
#include "solver/box_newton_private.h"

#define RADIUS_FIRST	10.0	/* of the model, over max(1, |x|) */
#define STALL_LAST		4		/* iterations that change f by rounding only */
#define MAX_ESCAPES		3		/* from saddles, in one minimization */

static CoRc
report(CoBoxNewton *s, bool *stop)
{
	CoBoxIterate iterate = {s->out->iterations, s->out->evaluations, s->f, s->projected,
	s->alpha, s->x, s->grad};

	*stop = false;
	return s->options->report ? s->options->report(s->options->self, &iterate, stop) : CO_OK;
}

static bool
is_over(CoBoxNewton *s)
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
step(CoBoxNewton *s, bool *found)
{
	CoRc		rc = co_box_newton_face_step(s, found);

	if (!rc && *found)
		rc = co_box_newton_search(s, found);
	else if (!rc)
	{
		rc = co_box_newton_plain_step(s);
		return rc ? rc : co_box_newton_search(s, found);
	}
	if (rc || *found)
		return rc;
	rc = co_box_newton_return(s);
	if (!rc)
		rc = co_box_newton_plain_step(s);
	return rc ? rc : co_box_newton_search(s, found);
}

/* One iteration, and its report; *goes_on: there is another. */
static CoRc
iterate(CoBoxNewton *s, int *n_escapes, bool *goes_on)
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
			rc = co_box_newton_leave_saddle(s, goes_on);
	}
	else if (stop)
		s->out->verdict = CO_BOX_STOPPED;
	else
	{
		s->out->verdict = CO_BOX_LINE_SEARCH_FAILURE;
		rc = step(s, goes_on);
		if (!rc && !*goes_on)
			rc = co_box_newton_return(s);
	}
	s->out->iterations += *goes_on;
	return rc ? rc : co_poll(s->arena);
}

static CoRc
start(CoBoxNewton *s)
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
	CoBoxNewton s = {.arena = arena, .model = model, .options = options, .n = model->n,
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
