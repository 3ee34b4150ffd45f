/*-------------------------------------------------------------------------
 *
 * solver/lbfgsb_cauchy.c
 *	  The generalized Cauchy point of L-BFGS-B: the first local minimizer of
 *	  the quadratic model along the projected gradient.
 *
 * [BLNZ95], section 4, algorithm CP, in its letters: the path is linear
 * between breakpoints t, at each of which a variable meets its bound;
 * p = W'd and c = W'(x(t) - x) are updated by rows of W.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/lbfgsb_private.h"

#include <float.h>
#include <math.h>

#include "base/vec.h"

typedef struct Path				/* on the way along the projected gradient */
{
	double		t,				/* where we are */
				f1,				/* slope and curvature of the model here */
				f2,
				f2_start;
	double		first;			/* the least breakpoint */
	int			n_heap,
				n_moving;		/* variables that still move */
	CoLbfgsVector p;
} Path;

static double
reach_of(const CoLbfgsb *s, int j)
{
	const CoBox *box = s->box;
	double		g = s->grad[j];

	if (g == 0.0)
		return INFINITY;
	return (s->x[j] - (g > 0.0 ? box->xl[j] : box->xu[j])) / g;
}

/* The heap has the variable with the least reach first. */
static void
sink(const CoLbfgsb *s, int n, int at)
{
	int			moved = s->heap[at];

	for (;;)
	{
		int			child = 2 * at + 1;

		if (child >= n)
			break;
		if (child + 1 < n && s->reach[s->heap[child + 1]] < s->reach[s->heap[child]])
			child++;
		if (!(s->reach[s->heap[child]] < s->reach[moved]))
			break;
		s->heap[at] = s->heap[child];
		at = child;
	}
	s->heap[at] = moved;
}

static void
pop(const CoLbfgsb *s, Path *path)
{
	s->heap[0] = s->heap[--path->n_heap];
	if (path->n_heap > 0)
		sink(s, path->n_heap, 0);
}

/* Breakpoints, the first direction, and the model along it. */
static CoRc
begin_path(CoLbfgsb *s, Path *path)
{
	CoLbfgsVector mp;
	double		dd;
	CoRc		rc;

	path->t = 0.0;
	path->first = INFINITY;
	path->n_heap = path->n_moving = 0;
	for (int j = 0; j < s->box->n; j++)
	{
		double		reach = reach_of(s, j);

		s->reach[j] = reach;
		s->target[j] = s->x[j];
		s->d[j] = reach > 0.0 ? -s->grad[j] : 0.0;
		path->n_moving += s->d[j] != 0.0;
		if (reach > 0.0 && reach < INFINITY)
		{
			s->heap[path->n_heap++] = j;
			path->first = co_min(path->first, reach);
		}
	}
	rc = co_lbfgs_project(s->b, NULL, s->box->n, s->d, path->p);
	if (rc)
		return rc;
	dd = co_dot(s->box->n, s->d, s->d);
	co_copy(CO_LBFGS_RANK, path->p, mp);
	co_lbfgs_middle(s->b, mp);
	path->f1 = -dd;
	path->f2 = path->f2_start = s->b->theta * dd - co_dot(2 * s->b->count, path->p, mp);
	return CO_OK;
}

/* Variable j meets its bound after a further step dt [BLNZ95, (4.9), (4.10)]. */
static void
pass_breakpoint(CoLbfgsb *s, Path *path, int j, double dt)
{
	const CoBox *box = s->box;
	int			rank = 2 * s->b->count;
	double		g = s->grad[j],
				z,
				theta = s->b->theta;
	CoLbfgsVector w,
				mw;

	s->target[j] = g > 0.0 ? box->xl[j] : box->xu[j];
	z = s->target[j] - s->x[j];
	co_axpy(rank, dt, path->p, s->c);
	co_lbfgs_row(s->b, j, w);
	co_copy(rank, w, mw);
	co_lbfgs_middle(s->b, mw);
	path->f1 += dt * path->f2 + g * g + theta * g * z - g * co_dot(rank, mw, s->c);
	path->f2 -= theta * g * g + 2.0 * g * co_dot(rank, mw, path->p) + g * g * co_dot(rank, mw, w);
	path->f2 = co_max(path->f2, DBL_EPSILON * path->f2_start);
	co_axpy(rank, g, w, path->p);
	s->d[j] = 0.0;
	path->n_moving--;
}

/* Along the path up to the minimizer, mostly before the first breakpoint. */
static CoRc
follow_path(CoLbfgsb *s, Path *path)
{
	CoRc		rc = CO_OK;

	if (-path->f1 < path->f2 * path->first)
		return CO_OK;
	for (int k = path->n_heap / 2 - 1; k >= 0; k--)
		sink(s, path->n_heap, k);
	while (path->n_heap > 0 && !rc)
	{
		int			j = s->heap[0];
		double		dt = s->reach[j] - path->t;

		if (-path->f1 < path->f2 * dt)
			return CO_OK;
		pop(s, path);
		pass_breakpoint(s, path, j, dt);
		path->t = s->reach[j];
		if (path->n_moving == 0)
			return CO_OK;
		rc = co_tick(&s->b->ticker, CO_ACCESS_COST * log2(path->n_heap + 2.0) +
					 8.0 * s->b->count * (s->b->count + 4.0));
	}
	return rc;
}

/* What still moves goes on to the minimizer, and no farther than its bound. */
static void
end_path(CoLbfgsb *s, Path *path)
{
	const CoBox *box = s->box;
	double		dt = co_max(0.0, -path->f1 / path->f2),
				t = path->t + dt;

	if (path->n_moving == 0)
		return;
	co_axpy(2 * s->b->count, dt, path->p, s->c);
	for (int j = 0; j < box->n; j++)
		if (s->d[j] != 0.0)
			s->target[j] = co_clamp(s->x[j] + t * s->d[j], box->xl[j], box->xu[j]);
}

static void
list_free(CoLbfgsb *s)
{
	const CoBox *box = s->box;

	s->n_free = 0;
	for (int j = 0; j < box->n; j++)
		if (s->target[j] > box->xl[j] && s->target[j] < box->xu[j])
			s->free[s->n_free++] = j;
}

/*
 * Without bounds the minimizer over all variables does not depend on the
 * Cauchy point, and x will do.
 */
CoRc
co_lbfgsb_cauchy(CoLbfgsb *s)
{
	Path		path;
	CoRc		rc;

	co_fill(CO_LBFGS_RANK, 0.0, s->c);
	if (!s->bounded && s->b->count > 0)
	{
		co_copy(s->box->n, s->x, s->target);
		list_free(s);
		return CO_OK;
	}
	rc = begin_path(s, &path);
	if (!rc)
		rc = co_poll_pass(s->arena, s->box->n);
	if (!rc)
		rc = follow_path(s, &path);
	if (rc)
		return rc;
	end_path(s, &path);
	list_free(s);
	return co_poll_pass(s->arena, s->box->n);
}
