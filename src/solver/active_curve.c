/*-------------------------------------------------------------------------
 *
 * solver/active_curve.c
 *	  Inertia control: the minimizer where P may be indefinite.
 *
 * The dual method needs P to be positive definite on the null space of the
 * rows that never leave the working set: the equalities.  That is read off the
 * inertia of one factorization.  Where it is not so, a multiple of the
 * identity is added, the least power of SHIFT_GROWTH that is enough, and
 *
 *		x+ = argmin f(x) + shift/2 |x - anchor|^2							(1)
 *
 * is solved for one anchor after the other: a proximal point method again, in
 * which f falls at every step.  Three things make it short and its end a local
 * minimizer:
 *
 *	- where P is positive definite on the null space of the working set of x+,
 *	  the stationary point of that set is tried; mostly it is the answer;
 *	- the step goes on beyond x+ to the least f on its line or to a side;
 *	- where f is stationary and P is not positive semidefinite on that null
 *	  space, the anchor moves along a direction of negative curvature.
 *
 * A working set that was given is tried in the first way before anything else,
 * so a problem that is solved again costs a factorization.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/active_private.h"

#include "base/vec.h"

/* Weights of the proximal terms to begin with, of scaled numbers. */
#define FIRST_PROX		1e-7
#define FIRST_DELTA		1e-7

/* The shift, of the largest entry of P: the first one, and the growth of the next. */
#define FIRST_SHIFT		1e-4
#define SHIFT_GROWTH	4.0
#define MOST_SHIFTS		24

#define MOST_ANCHORS	500

/* Inverse iteration: steps, and a curvature that is negative beyond rounding. */
#define CURVATURE_STEPS		30
#define LEAST_CURVATURE		1e-9

static void
begin_weights(CoActive *a)
{
	co_active_set_prox(a, FIRST_PROX, FIRST_DELTA);
}

static void
set_shift(CoActive *a, double shift)
{
	for (int j = 0; j < a->n; j++)
	{
		double		unit = a->options->curvature == CO_ACTIVE_CONVEXIFY ? a->scaling.k * a->scaling.d[j] * a->scaling.d[j] : 1.0;

		a->shift[j] = shift * unit;
	}
	begin_weights(a);
}

/* Factorize for the working set, or for the equalities alone; is P positive definite then? */
static CoRc
test_inertia(CoActive *a, bool only_equalities, bool *right)
{
	bool		hard = a->options->elastic <= 0.0;
	CoRc		rc;

	for (int e = 0; e < a->n + a->m; e++)
		if (only_equalities)
			a->in[e] = e < a->n ? !a->equal[e] : a->equal[e] && hard;
		else
			a->in[e] = e < a->n ? a->side[e] == CO_ACTIVE_FREE : co_active_resting(a->side[e]);
	rc = co_active_kkt_factor(a->kkt, a->in);
	if (rc)
		return rc;
	*right = a->kkt->n_wrong == 0;
	a->outcome->corrections += !*right;
	return CO_OK;
}

/*
 * Is the stationary point of the working set a minimizer?  *solved: the point
 * is there, refined; else the point is what it was.
 */
static CoRc
try_working_set(CoActive *a, bool *solved)
{
	size_t		dim = (size_t) a->n + (size_t) a->m;
	CoMark		mark = co_mark(a->arena);
	double	   *xy = co_take_doubles(a->arena, dim);
	CoRc		rc = co_arena_failed(a->arena);

	*solved = false;
	if (rc)
		return rc;
	co_copy((int) dim, a->xy, xy);
	set_shift(a, 0.0);
	co_copy((int) dim, a->xy, a->centre);
	rc = test_inertia(a, false, solved);
	if (!rc && *solved)
		rc = co_active_refine(a, solved);
	if (!rc && !*solved)
	{
		co_copy((int) dim, xy, a->xy);
		co_copy((int) dim, xy, a->centre);
	}
	co_rewind(a->arena, mark);
	return rc;
}

/* The least shift that makes P positive definite on the equalities. */
static CoRc
find_shift(CoActive *a, double *shift)
{
	double		largest = co_norm_inf(co_csc_nnz(&a->qp.p), a->qp.p.value);
	double		unit = FIRST_SHIFT * largest;
	bool		right = false;
	CoRc		rc = CO_OK;

	if (a->options->curvature == CO_ACTIVE_CONVEXIFY)
	{
		/* of the user's P, to whose diagonal it is added */
		unit = FIRST_SHIFT * co_norm_inf(co_csc_nnz(&a->user->p), a->user->p.value);
	}
	*shift = unit;
	for (int k = 0; k < MOST_SHIFTS && !rc && !right; k++)
	{
		if (k > 0)
			*shift *= SHIFT_GROWTH;
		set_shift(a, *shift);
		rc = test_inertia(a, true, &right);
	}
	return rc;
}

/* Rows and columns of a direction in step: A step, and the curvature of P along it. */
static double
measure_step(CoActive *a)
{
	co_fill(a->m, 0.0, a->step_ax);
	co_csc_mul_add(&a->qp.a, 1.0, a->step, a->step_ax);
	return co_csc_quadratic(&a->qp.p, a->step);
}

/* step_g := gradient of f */
static void
find_gradient(CoActive *a)
{
	co_copy(a->n, a->qp.c, a->step_g);
	co_csc_symmul_add(&a->qp.p, 1.0, a->xy, a->step_g);
}

/*
 * A direction of negative curvature in the null space of the working set, by
 * inverse iteration with the matrix of (1); *found: it is in step, and f does
 * not rise along it to first order.
 */
static CoRc
find_negative_curvature(CoActive *a, double shift, bool *found)
{
	bool		right;
	double		curvature = 0.0,
				size = 1.0;
	CoRc		rc;

	set_shift(a, shift);
	rc = test_inertia(a, false, &right);
	for (int e = 0; e < a->n + a->m; e++)
		a->step[e] = e < a->n && a->in[e] ? 1.0 + 0.5 * cos(e) : 0.0;
	for (int k = 0; k < CURVATURE_STEPS && !rc; k++)
	{
		for (int e = 0; e < a->n + a->m; e++)
			a->rhs[e] = e < a->n ? a->step[e] : 0.0;
		rc = co_active_kkt_solve(a->kkt, a->rhs, a->step);
		size = co_norm_inf(a->n, a->step);
		if (rc || !(size > 0.0))
			break;
		co_scale(a->n + a->m, 1.0 / size, a->step);
	}
	*found = false;
	if (rc || !(size > 0.0))
		return rc;
	curvature = measure_step(a) / co_dot(a->n, a->step, a->step);
	*found = curvature < -LEAST_CURVATURE * a->kkt->norm;
	find_gradient(a);
	if (co_dot(a->n, a->step_g, a->step) > 0.0)
	{
		co_scale(a->n, -1.0, a->step);
		co_scale(a->m, -1.0, a->step_ax);
	}
	return CO_OK;
}

/*
 * Move the anchor from the point along step to the least f or the first side;
 * *unbounded: there is neither.
 */
static void
move_anchor(CoActive *a, bool *unbounded)
{
	double		curvature = measure_step(a),
				slope,
				room = co_active_room(a),
				t = room;

	find_gradient(a);
	slope = co_dot(a->n, a->step_g, a->step);
	if (curvature > 0.0)
		t = co_min(t, fmax(0.0, -slope / curvature));
	*unbounded = !isfinite(t) && (slope < 0.0 || curvature < 0.0);
	for (int j = 0; j < a->n; j++)
	{
		if (*unbounded)
			a->ray[j] = a->step[j] * a->scaling.d[j];
		a->anchor[j] = a->xy[j] + (isfinite(t) ? t * a->step[j] : 0.0);
	}
}

/*
 * x+ is the solution of (1): is it stationary for f, or where does the anchor
 * go from here?
 */
static CoRc
leave_anchor(CoActive *a, double shift, bool *ended, CoActiveVerdict *verdict)
{
	double		pull = 0.0;
	bool		found = true,
				unbounded = false;
	CoRc		rc = CO_OK;

	for (int j = 0; j < a->n; j++)
	{
		a->step[j] = a->xy[j] - a->anchor[j];
		pull = co_max(pull, fabs(shift * a->step[j]));
	}
	if (pull <= a->optimality)
	{
		rc = find_negative_curvature(a, shift, &found);
		*ended = !found;
	}
	if (rc || *ended)
		return rc;
	move_anchor(a, &unbounded);
	*ended = unbounded;
	if (unbounded)
		*verdict = CO_ACTIVE_UNBOUNDED;
	return CO_OK;
}

/* A local minimizer by (1). */
static CoRc
descend(CoActive *a, double shift, CoActiveVerdict *verdict)
{
	bool		ended = false;
	CoRc		rc = CO_OK;

	co_copy(a->n, a->xy, a->anchor);
	for (int k = 0; k < MOST_ANCHORS && !rc; k++)
	{
		set_shift(a, shift);
		co_copy(a->n + a->m, a->xy, a->centre);
		rc = co_active_iterate(a, verdict);
		if (rc || *verdict != CO_ACTIVE_OPTIMAL)
			return rc;
		rc = try_working_set(a, &ended);
		if (rc || ended)
			return rc;
		rc = leave_anchor(a, shift, &ended, verdict);
		if (rc || ended)
			break;
	}
	if (!rc && !ended)
		*verdict = CO_ACTIVE_PIVOT_LIMIT;

	/* The multipliers are those of f: the shift ends with its pull. */
	set_shift(a, 0.0);
	co_copy(a->n + a->m, a->xy, a->centre);
	co_active_evaluate(a);
	return rc;
}

CoRc
co_active_find_minimizer(CoActive *a, bool hinted, CoActiveVerdict *verdict)
{
	bool		convex = a->options->convex || co_csc_nnz(&a->qp.p) == 0;
	double		shift = 0.0;
	CoRc		rc = CO_OK;

	set_shift(a, 0.0);
	*verdict = CO_ACTIVE_OPTIMAL;
	if (hinted)
	{
		bool		solved;

		rc = try_working_set(a, &solved);
		if (rc || solved)
			return rc;
	}
	set_shift(a, 0.0);
	if (!convex)
		rc = test_inertia(a, true, &convex);
	a->outcome->curved = !convex;
	if (!rc && !convex)
		rc = find_shift(a, &shift);
	if (rc)
		return rc;
	if (convex || a->options->curvature == CO_ACTIVE_CONVEXIFY)
	{
		a->outcome->convexified = shift;
		return co_active_iterate(a, verdict);
	}
	return descend(a, shift, verdict);
}
