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
 * which f falls at every step.  From x+ a primal walk over working sets goes on
 * downhill (active_walk.c).  Three things make the rest short and its end a
 * local minimizer:
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

/* Anchors at most: these, and some for every entry. */
#define LEAST_ANCHORS		100
#define ANCHORS_PER_ENTRY	2

/* A step beyond x+ that is shorter, in lengths of x+ - anchor, is not worth much. */
#define LEAST_EXTRAPOLATION	1e-3

/* Anchors after which more is spent on directions of negative curvature. */
#define PATIENCE			30

static void
begin_weights(CoActive *a)
{
	co_active_set_prox(a, FIRST_PROX, FIRST_DELTA);
}

void
co_active_set_shift(CoActive *a, double shift)
{
	for (int j = 0; j < a->n; j++)
	{
		double		unit = a->options->curvature == CO_ACTIVE_CONVEXIFY ? a->scaling.k * a->scaling.d[j] * a->scaling.d[j] : 1.0;

		a->shift[j] = shift * unit;
	}
	begin_weights(a);
}

CoRc
co_active_test_inertia(CoActive *a, bool only_equalities, bool *right)
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
 * Has the working set the *right inertia, and is its stationary point a
 * minimizer?  *solved: the point
 * is there, refined; else the point is what it was.
 */
static CoRc
try_working_set(CoActive *a, bool *right, bool *solved)
{
	size_t		dim = (size_t) a->n + (size_t) a->m;
	CoMark		mark = co_mark(a->arena);
	double	   *xy = co_take_doubles(a->arena, dim);
	CoRc		rc = co_arena_failed(a->arena);

	*solved = false;
	if (rc)
		return rc;
	co_copy((int) dim, a->xy, xy);
	co_active_set_shift(a, 0.0);
	co_copy((int) dim, a->xy, a->centre);
	rc = co_active_test_inertia(a, false, right);
	if (!rc && *right)
		rc = co_active_refine(a, solved);
	if (!rc && !*solved)
	{
		co_copy((int) dim, xy, a->xy);
		co_copy((int) dim, xy, a->centre);
	}
	co_rewind(a->arena, mark);
	return rc;
}

/*
 * The shift of the last solve, over the largest entry of P, is the first that is
 * tried: one less where that will do too.
 */
static CoRc
try_last_shift(CoActive *a, double largest, double *shift, bool *right)
{
	bool		less = false;
	CoRc		rc;

	*shift = a->last_shift * largest;
	co_active_set_shift(a, *shift);
	rc = co_active_test_inertia(a, true, right);
	if (rc || !*right || *shift <= FIRST_SHIFT * largest)
		return rc;
	co_active_set_shift(a, *shift / SHIFT_GROWTH);
	rc = co_active_test_inertia(a, true, &less);
	if (rc)
		return rc;
	if (less)
		*shift /= SHIFT_GROWTH;
	else
		co_active_set_shift(a, *shift);
	return CO_OK;
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
	else if (a->last_shift > 0.0)
	{
		rc = try_last_shift(a, largest, shift, &right);
		unit = *shift * SHIFT_GROWTH;
	}
	if (!right)
		*shift = unit;
	for (int k = 0; k < MOST_SHIFTS && !rc && !right; k++)
	{
		if (k > 0)
			*shift *= SHIFT_GROWTH;
		co_active_set_shift(a, *shift);
		rc = co_active_test_inertia(a, true, &right);
	}
	if (a->options->curvature != CO_ACTIVE_CONVEXIFY)
		a->last_shift = right ? *shift / largest : 0.0;
	return rc;
}

/* An entry of the working set whose multiplier is 0: to leave it costs nothing. */
static bool
is_weak(const CoActive *a, int e)
{
	return co_active_resting(a->side[e]) && !a->equal[e] && fabs(co_active_multiplier(a, e, 0.0)) <= a->optimality;
}

static int
count_weak(const CoActive *a)
{
	int			n_weak = 0;

	for (int e = 0; e < a->n + a->m; e++)
		n_weak += is_weak(a, e);
	return n_weak;
}

/*
 * Move the anchor from the point along step to the least f or the first side;
 * *unbounded: there is neither.  How far, in lengths of step.
 */
static double
move_anchor(CoActive *a, bool *unbounded)
{
	double		curvature = co_active_measure_step(a),
				slope,
				t;
	int			block;

	co_active_find_gradient(a);
	slope = co_dot(a->n, a->step_g, a->step);
	t = co_active_room(a, true, &block);
	if (curvature > 0.0)
		t = co_min(t, fmax(0.0, -slope / curvature));
	*unbounded = !isfinite(t) && (slope < 0.0 || curvature < 0.0);
	for (int j = 0; j < a->n; j++)
	{
		if (*unbounded)
			a->ray[j] = a->step[j] * a->scaling.d[j];
		a->anchor[j] = a->xy[j] + (isfinite(t) ? t * a->step[j] : 0.0);
	}
	return t;
}

/* A direction of negative curvature, with the factors of P + shift. */
static CoRc
find_escape(CoActive *a, double shift, int most, bool *found)
{
	bool		right;
	CoRc		rc;

	*found = false;
	co_active_set_shift(a, shift);
	rc = co_active_test_inertia(a, false, &right);
	return rc ? rc : co_active_find_escape(a, most, found);
}

/*
 * The point is stationary for f with the working set it has.  *ended: it is a
 * minimizer, or the ray is found along which f has no end; else the anchor has
 * been moved to where f is less.
 */
static CoRc
leave_stationary(CoActive *a, double shift, bool *ended, CoActiveVerdict *verdict)
{
	size_t		dim = (size_t) a->n + (size_t) a->m;
	CoMark		mark = co_mark(a->arena);
	signed char *side = co_take(a->arena, dim, sizeof *side);
	bool		right = false,
				found = false,
				unbounded = false;
	CoRc		rc = co_arena_failed(a->arena);

	if (rc)
		return rc;
	memcpy(side, a->side, dim);
	co_active_set_shift(a, 0.0);
	for (int e = 0; e < a->n + a->m; e++)
		if (is_weak(a, e))
			a->side[e] = CO_ACTIVE_FREE;
	rc = co_active_test_inertia(a, false, &right);
	if (!rc && !right)
		rc = find_escape(a, shift, a->n + 1, &found);
	if (!rc && found)
		move_anchor(a, &unbounded);
	else
		memcpy(a->side, side, dim);
	*ended = !found || unbounded;
	if (unbounded)
		*verdict = CO_ACTIVE_UNBOUNDED;
	co_rewind(a->arena, mark);
	return rc;
}

/* The pull of the shift at the solution of (1): the residual of f's stationarity. */
static double
find_pull(CoActive *a, double shift)
{
	double		pull = 0.0;

	for (int j = 0; j < a->n; j++)
	{
		a->step[j] = a->xy[j] - a->anchor[j];
		pull = co_max(pull, fabs(shift * a->step[j]));
	}
	return pull;
}

/* step := the way to the stationary point of the working set for f, where the point is not. */
static CoRc
aim_at_target(CoActive *a)
{
	size_t		dim = (size_t) a->n + (size_t) a->m;
	CoMark		mark = co_mark(a->arena);
	double	   *xy = co_take_doubles(a->arena, dim);
	CoRc		rc = co_arena_failed(a->arena);

	if (rc)
		return rc;
	co_copy((int) dim, a->xy, xy);
	co_active_set_shift(a, 0.0);
	co_active_evaluate(a);
	rc = co_active_go_to_target(a);
	for (int j = 0; j < a->n; j++)
		a->step[j] = a->xy[j] - xy[j];
	co_copy((int) dim, xy, a->xy);
	co_active_evaluate(a);
	co_rewind(a->arena, mark);
	return rc;
}

/*
 * The anchor goes on from x+: to the stationary point of its working set where
 * that is a minimizer, along x+ - anchor, or where the curvature is negative.
 */
static CoRc
lead_anchor(CoActive *a, double shift, bool right, bool patient, bool *unbounded)
{
	double		least = patient ? LEAST_EXTRAPOLATION : 1.0;
	bool		found = false;
	CoRc		rc = CO_OK;

	if (right)
	{
		rc = aim_at_target(a);
		if (rc || move_anchor(a, unbounded) > LEAST_EXTRAPOLATION)
			return rc;
	}
	for (int j = 0; j < a->n; j++)
		a->step[j] = a->xy[j] - a->centre[j];
	if (move_anchor(a, unbounded) > least)
		return CO_OK;
	rc = find_escape(a, shift, patient ? 1 : a->n + 1, &found);
	if (!rc && found)
		move_anchor(a, unbounded);
	return rc;
}

/* From the solution of (1) to the next anchor, or to the end. */
static CoRc
leave_anchor(CoActive *a, double shift, int n_anchors, bool *ended, CoActiveVerdict *verdict)
{
	bool		right,
				solved;
	CoRc		rc = try_working_set(a, &right, &solved);

	*ended = false;
	if (rc)
		return rc;
	if (solved || find_pull(a, shift) <= a->optimality)
		return leave_stationary(a, shift, ended, verdict);
	co_copy(a->n, a->anchor, a->centre);
	rc = lead_anchor(a, shift, right, n_anchors < PATIENCE, ended);
	if (*ended)
		*verdict = CO_ACTIVE_UNBOUNDED;
	return rc;
}

/*
 * The stationary point of a working set on which P is nearly flat: by centre
 * after centre, if that does not change the set.
 */
static CoRc
settle_flat(CoActive *a, bool *solved)
{
	size_t		dim = (size_t) a->n + (size_t) a->m;
	CoMark		mark = co_mark(a->arena);
	double	   *xy = co_take_doubles(a->arena, dim);
	signed char *side = co_take(a->arena, dim, sizeof *side);
	CoActiveVerdict verdict;
	CoRc		rc = co_arena_failed(a->arena);

	if (rc)
		return rc;
	co_copy((int) dim, a->xy, xy);
	memcpy(side, a->side, dim);
	rc = co_active_iterate(a, &verdict);
	*solved = !rc && verdict == CO_ACTIVE_OPTIMAL && memcmp(side, a->side, dim) == 0;
	if (!rc && !*solved)
	{
		co_copy((int) dim, xy, a->xy);
		memcpy(a->side, side, dim);
	}
	co_rewind(a->arena, mark);
	return rc;
}

/* What a walk has come to, or the next anchor where it is not stationary. */
static CoRc
end_walk(CoActive *a, double shift, bool *ended, CoActiveVerdict *verdict)
{
	bool		right,
				solved;
	CoRc		rc = try_working_set(a, &right, &solved);

	if (!rc && right && !solved && co_active_count_wrong(a) == 0)
		rc = settle_flat(a, &solved);
	if (!rc && solved)
		return leave_stationary(a, shift, ended, verdict);
	co_copy(a->n, a->xy, a->anchor);
	return rc;
}

/* A local minimizer by (1), from the anchor. */
static CoRc
descend(CoActive *a, double shift, CoActiveVerdict *verdict)
{
	int			most = LEAST_ANCHORS + ANCHORS_PER_ENTRY * (a->n + a->m);
	bool		moved,
				ended = false;
	CoRc		rc = CO_OK;

	for (int k = 0; k < most && !rc && !ended; k++)
	{
		co_active_set_shift(a, shift);
		co_copy(a->n, a->anchor, a->centre);
		co_copy(a->m, a->xy + a->n, a->centre + a->n);
		rc = co_active_iterate(a, verdict);
		if (rc || *verdict != CO_ACTIVE_OPTIMAL)
			return rc;
		rc = co_active_walk(a, &moved, &ended);
		if (ended)
			*verdict = CO_ACTIVE_UNBOUNDED;
		else if (!rc && co_active_pivots_left(a) == 0)
		{
			*verdict = CO_ACTIVE_PIVOT_LIMIT;
			break;
		}
		else if (!rc && moved)
			rc = end_walk(a, shift, &ended, verdict);
		else if (!rc)
			rc = leave_anchor(a, shift, k, &ended, verdict);
	}
	if (!rc && !ended)
		*verdict = CO_ACTIVE_PIVOT_LIMIT;

	/* The multipliers are those of f: the shift ends with its pull. */
	co_active_set_shift(a, 0.0);
	co_copy(a->n + a->m, a->xy, a->centre);
	co_active_evaluate(a);
	return rc;
}

/* A local minimizer of f, whose point may be stationary already. */
static CoRc
find_local_minimizer(CoActive *a, bool stationary, double shift, CoActiveVerdict *verdict)
{
	bool		ended = false;
	CoRc		rc = CO_OK;

	co_copy(a->n, a->xy, a->anchor);
	if (stationary)
		rc = leave_stationary(a, shift, &ended, verdict);
	return rc || ended ? rc : descend(a, shift, verdict);
}

CoRc
co_active_find_minimizer(CoActive *a, bool hinted, CoActiveVerdict *verdict)
{
	bool		convex = a->options->convex || co_csc_nnz(&a->qp.p) == 0,
				convexify = a->options->curvature == CO_ACTIVE_CONVEXIFY,
				right = false,
				solved = false;
	double		shift = 0.0;
	CoRc		rc = CO_OK;

	co_active_set_shift(a, 0.0);
	*verdict = CO_ACTIVE_OPTIMAL;
	if (hinted)
		rc = try_working_set(a, &right, &solved);
	if (rc || (solved && (convex || convexify || count_weak(a) == 0)))
		return rc;
	co_active_set_shift(a, 0.0);
	if (!convex)
		rc = co_active_test_inertia(a, true, &convex);
	if (rc || (solved && convex))
		return rc;
	a->outcome->curved = !convex;
	if (!convex)
		rc = find_shift(a, &shift);
	if (rc)
		return rc;
	if (!convex && !convexify)
		return find_local_minimizer(a, solved, shift, verdict);
	a->outcome->convexified = shift;
	return co_active_iterate(a, verdict);
}
