/*-------------------------------------------------------------------------
 *
 * solver/active_prox.c
 *	  The convex problem as a sequence of problems (1) of active_private.h,
 *	  each around the solution of the one before.
 *
 * The weights of the proximal terms are real terms of (1), so what is solved
 * is always well posed; they vanish with |x - xk| and |y - yk|.  Once the
 * working set is the right one, the distance to the solution shrinks by about
 * prox / (prox + curvature) per centre, in the rows by
 * delta / (delta + A H^-1 A').  Where that is slow the weights are lowered, and
 * raised again where rounding then spoils the linear systems.
 *
 * Without a solution the centres run away, and the last step is the proof: y
 * in a direction in which the dual grows, x along a ray [BGSB19].
 *
 *-------------------------------------------------------------------------
 */
#include "solver/active_private.h"

#include <float.h>

#include "base/vec.h"

#define MOST_CENTRES	100

/* Slow centres before the weights are lowered: a ray shows itself in two of them. */
#define SLOW_CENTRES	2

/* Slow centres together that are extrapolated: on a ray it would disturb the direction. */
#define MOST_EXTRAPOLATED	12

/* Centres a given working set is refined by, those of them before it may be wrong. */
#define MOST_REFINED	12
#define UNJUDGED		3

/* Weights, of scaled numbers: how they change, the least, the largest. */
#define LOWER_WEIGHT	0.1
#define RAISE_WEIGHT	10.0
#define LEAST_PROX		1e-13
#define LEAST_DELTA		1e-14
#define LARGEST_WEIGHT	1e-3

/* A residual that falls by less from one centre to the next falls slowly. */
#define SLOW			0.1

/* Rounding errors, of the largest term, that a residual may add up. */
#define ROUNDING		16.0

/* Of a direction: what is rounding beside its largest entry, and the longest useful step. */
#define STEP_ROUNDING	1e-9
#define LONGEST_STEP	1e9

void
co_active_set_prox(CoActive *a, double prox, double delta)
{
	bool		same = a->kkt->rho == a->rho && a->delta == delta;

	a->prox = prox;
	a->delta = delta;
	for (int j = 0; j < a->n; j++)
	{
		same = same && a->rho[j] == a->shift[j] + prox;
		a->rho[j] = a->shift[j] + prox;
	}
	a->kkt->rho = a->rho;
	a->kkt->delta = delta;
	a->kkt->factored = a->kkt->factored && same;
}

/* The residuals without proximal terms, in scaled numbers. */
static void
find_residuals(const CoActive *a, double *primal, double *dual)
{
	*primal = *dual = 0.0;
	for (int j = 0; j < a->n; j++)
	{
		double		x = a->xy[j],
					violation = fmax(a->qp.xl[j] - x, x - a->qp.xu[j]),
					g = fabs(a->prox * (x - a->centre[j]));

		if (a->side[j] == CO_ACTIVE_FREE)
			g += fabs(a->g[j]);
		*primal = co_max(*primal, violation / (1.0 + fabs(x)));
		*dual = co_max(*dual, g);
	}
	for (int i = 0; i < a->m; i++)
	{
		signed char side = a->side[a->n + i];
		double		violation = fmax(a->qp.cl[i] - a->ax[i], a->ax[i] - a->qp.cu[i]);

		if (side == CO_ACTIVE_FREE || co_active_resting(side))
			*primal = co_max(*primal, violation / (1.0 + fabs(a->ax[i])));
	}
}

/* A caller may ask for less than rounding leaves of the dual residual, and gets this. */
double
co_active_least_dual(const CoActive *a)
{
	double		size = co_norm_inf(a->n, a->qp.c) + a->kkt->norm * (co_norm_inf(a->n, a->xy) + co_norm_inf(a->m, a->xy + a->n));

	return fmax(a->optimality, ROUNDING * DBL_EPSILON * size);
}

static double
room_of_entry(double value, double rate, double lower, double upper, double tiny)
{
	if (fabs(rate) <= tiny)
		return INFINITY;
	return fmax(0.0, ((rate > 0.0 ? upper : lower) - value) / rate);
}

double
co_active_room(const CoActive *a, bool resting, int *block)
{
	double		tiny = STEP_ROUNDING * co_norm_inf(a->n, a->step),
				room = INFINITY;

	*block = -1;
	for (int e = 0; e < a->n + a->m; e++)
	{
		double		value = e < a->n ? a->xy[e] : a->ax[e - a->n],
					rate = e < a->n ? a->step[e] : a->step_ax[e - a->n],
					here;

		if (co_active_resting(a->side[e]) && !resting)
			continue;
		if (a->side[e] == CO_ACTIVE_ABOVE)
			here = room_of_entry(value, rate, co_active_upper(a, e), INFINITY, tiny);
		else if (a->side[e] == CO_ACTIVE_BELOW)
			here = room_of_entry(value, rate, -INFINITY, co_active_lower(a, e), tiny);
		else
			here = room_of_entry(value, rate, co_active_lower(a, e), co_active_upper(a, e), tiny);
		if (here < room)
		{
			room = here;
			*block = e;
		}
	}
	return room;
}

/*
 * The way from the centre to the point is a direction of descent, and the same
 * again and again where P has little curvature.  How far beyond the point it
 * leads to the least objective or to the first side, in its own lengths.
 */
static double
extrapolate(CoActive *a)
{
	double	   *d = a->step,
				fall = 0.0,
				curve = 0.0,
				t;
	int			block;

	for (int j = 0; j < a->n; j++)
	{
		d[j] = a->xy[j] - a->centre[j];
		fall += a->prox * d[j] * d[j];
		curve += a->shift[j] * d[j] * d[j];
	}
	curve += co_csc_quadratic(&a->qp.p, d);
	co_fill(a->m, 0.0, a->step_ax);
	co_csc_mul_add(&a->qp.a, 1.0, d, a->step_ax);
	t = co_active_room(a, false, &block);
	if (curve > 0.0)
		t = co_min(t, fall / curve);
	return t > 1.0 && t * co_norm_inf(a->n, d) < LONGEST_STEP ? t : 0.0;
}

/* Does the last step of y prove that nothing is feasible? */
static CoRc
prove_infeasible(CoActive *a, bool *proved)
{
	double		margin;
	CoRc		rc;

	for (int i = 0; i < a->m; i++)
		a->answer.y[i] = (a->xy[a->n + i] - a->centre[a->n + i]) * a->scaling.e[i];
	rc = co_qp_check_infeasible(a->arena, a->user, a->answer.y, &margin);
	*proved = !rc && margin > 0.0;
	return rc;
}

static CoRc
prove_unbounded(CoActive *a, bool *proved)
{
	double		margin;
	CoRc		rc;

	for (int j = 0; j < a->n; j++)
		a->step[j] = (a->xy[j] - a->centre[j]) * a->scaling.d[j];
	rc = co_qp_check_unbounded(a->arena, a->user, a->step, &margin);
	*proved = !rc && margin > 0.0;
	if (*proved)
		co_copy(a->n, a->step, a->ray);
	return rc;
}

static void
keep_best(CoActive *a, double primal, double dual)
{
	double		error = fmax(primal / a->feasibility, dual / a->optimality);

	if (!(error < a->best_error))
		return;
	a->best_error = error;
	a->outcome->primal_residual = primal;
	a->outcome->dual_residual = dual;
	co_copy(a->n + a->m, a->xy, a->best);
	memcpy(a->best_side, a->side, (size_t) (a->n + a->m));
}

static void
return_to_best(CoActive *a)
{
	if (a->best_error == INFINITY)
		return;
	co_copy(a->n + a->m, a->best, a->xy);
	co_copy(a->n + a->m, a->best, a->centre);
	memcpy(a->side, a->best_side, (size_t) (a->n + a->m));
	co_active_evaluate(a);
}

/* Cut short by a limit: the better of the point and the best one at a centre. */
static void
end_early(CoActive *a)
{
	double		primal,
				dual;

	co_active_evaluate(a);
	find_residuals(a, &primal, &dual);
	keep_best(a, primal, dual);
	return_to_best(a);
}

typedef struct Pace				/* of the centres */
{
	double		primal,			/* residuals at the last one */
				dual,
				floor_prox,		/* weights below made a solve inaccurate */
				floor_delta;
	int			n_slow;			/* slow centres together */
} Pace;

/* Back to the centre, with larger weights from now on; false: they are too large. */
static bool
recover(CoActive *a, Pace *pace)
{
	double		prox = a->prox * RAISE_WEIGHT,
				delta = a->delta * RAISE_WEIGHT;

	if (prox > LARGEST_WEIGHT || delta > LARGEST_WEIGHT)
		return false;
	pace->floor_prox = prox;
	pace->floor_delta = delta;
	pace->primal = pace->dual = INFINITY;
	pace->n_slow = 0;
	co_copy(a->n + a->m, a->centre, a->xy);
	memcpy(a->side, a->centre_side, (size_t) (a->n + a->m));
	co_active_set_prox(a, prox, delta);
	return true;
}

/* The next centre and its weights. */
static CoRc
move_centre(CoActive *a, Pace *pace, double primal, double dual, CoActiveVerdict *verdict)
{
	bool		slow_primal = primal > a->feasibility && primal > SLOW * pace->primal,
				slow_dual = dual > co_active_least_dual(a) && dual > SLOW * pace->dual,
				proved = false;
	double		prox = a->prox,
				delta = a->delta,
				extra = 0.0;
	CoRc		rc = CO_OK;

	pace->primal = primal;
	pace->dual = dual;
	pace->n_slow = slow_primal || slow_dual ? pace->n_slow + 1 : 0;
	if (slow_primal)
		rc = prove_infeasible(a, &proved);
	if (proved)
		*verdict = CO_ACTIVE_INFEASIBLE;
	else if (!rc && slow_dual && !a->settling)
	{
		rc = prove_unbounded(a, &proved);
		if (proved)
			*verdict = CO_ACTIVE_UNBOUNDED;
	}
	if (rc || proved)
		return rc;
	memcpy(a->centre_side, a->side, (size_t) (a->n + a->m));
	if (slow_dual && pace->n_slow <= MOST_EXTRAPOLATED)
		extra = extrapolate(a);
	for (int e = 0; e < a->n + a->m; e++)
		a->centre[e] = a->xy[e] + (e < a->n && extra > 0.0 ? extra * a->step[e] : 0.0);
	if (pace->n_slow < SLOW_CENTRES)
		return CO_OK;
	if (slow_dual && prox * LOWER_WEIGHT >= pace->floor_prox)
		prox *= LOWER_WEIGHT;
	if (slow_primal && delta * LOWER_WEIGHT >= pace->floor_delta)
		delta *= LOWER_WEIGHT;
	if (prox != a->prox || delta != a->delta)
		co_active_set_prox(a, prox, delta);
	return CO_OK;
}

static CoRc
follow_centres(CoActive *a, CoActiveVerdict *verdict)
{
	Pace		pace = {INFINITY, INFINITY, LEAST_PROX, LEAST_DELTA, 0};
	CoRc		rc = CO_OK;

	a->best_error = INFINITY;
	memcpy(a->centre_side, a->side, (size_t) (a->n + a->m));
	for (int k = 0; k < MOST_CENTRES && !rc; k++)
	{
		double		primal,
					dual;

		co_active_evaluate(a);
		rc = co_poll(a->arena);
		if (!rc)
			rc = co_active_minimize(a, verdict);
		if (rc == CO_TIME_EXCEEDED || (!rc && *verdict == CO_ACTIVE_PIVOT_LIMIT))
			end_early(a);
		if (rc || *verdict == CO_ACTIVE_PIVOT_LIMIT)
			return rc;
		if (*verdict == CO_ACTIVE_BREAKDOWN)
		{
			if (!recover(a, &pace))
				break;
			continue;
		}
		co_active_evaluate(a);
		find_residuals(a, &primal, &dual);
		keep_best(a, primal, dual);
		if (primal <= a->feasibility && dual <= co_active_least_dual(a))
			return CO_OK;
		rc = move_centre(a, &pace, primal, dual, verdict);
		if (rc || *verdict != CO_ACTIVE_OPTIMAL)
			return rc;
	}
	if (!rc)
		return_to_best(a);
	*verdict = CO_ACTIVE_BREAKDOWN;
	return rc;
}

/*
 * A ray proves that the objective has no end where something is feasible: is
 * there anything?  Without c the objective is bounded below.
 */
static CoRc
settle_ray(CoActive *a, CoActiveVerdict *verdict)
{
	CoRc		rc;

	a->settling = true;
	co_fill(a->n, 0.0, a->qp.c);
	co_fill(a->n + a->m, 0.0, a->xy);
	co_fill(a->n + a->m, 0.0, a->centre);
	*verdict = CO_ACTIVE_OPTIMAL;
	rc = follow_centres(a, verdict);
	a->settling = false;
	if (*verdict == CO_ACTIVE_OPTIMAL)
		*verdict = CO_ACTIVE_UNBOUNDED;
	return rc;
}

CoRc
co_active_iterate(CoActive *a, CoActiveVerdict *verdict)
{
	CoRc		rc;

	*verdict = CO_ACTIVE_OPTIMAL;
	rc = follow_centres(a, verdict);
	if (!rc && *verdict == CO_ACTIVE_UNBOUNDED)
		rc = settle_ray(a, verdict);
	return rc;
}

CoRc
co_active_refine(CoActive *a, bool *solved)
{
	double		last = INFINITY;
	CoRc		rc = CO_OK;

	*solved = false;
	a->broken = false;
	for (int k = 0; k < MOST_REFINED; k++)
	{
		double		primal,
					dual,
					error;
		int			n_wrong;

		co_active_evaluate(a);
		rc = co_active_go_to_target(a);
		if (rc || a->broken)
			break;
		co_active_evaluate(a);
		find_residuals(a, &primal, &dual);
		n_wrong = co_active_count_wrong(a);
		error = fmax(primal / a->feasibility, dual / co_active_least_dual(a));
		*solved = n_wrong == 0 && error <= 1.0;
		a->outcome->primal_residual = primal;
		a->outcome->dual_residual = dual;
		if (*solved || (k >= UNJUDGED && (n_wrong > 0 || !(error <= SLOW * last))))
			break;
		last = error;
		co_copy(a->n + a->m, a->xy, a->centre);
	}
	return rc;
}
