/*-------------------------------------------------------------------------
 *
 * solver/active_private.h
 *	  What the parts of the active-set solver share.
 *
 * The convex method is a dual active-set method [GI83] inside a proximal point
 * method in x and y [Roc76, FO12].  With the centre (xk, yk) it solves
 *
 *		min_x max_y  f(x) + prox/2 |x - xk|^2 + y'Ax - delta/2 |y - yk|^2
 *					 - sum_i sup { y[i] t : cl[i] <= t <= cu[i] },	xl <= x <= xu,	(1)
 *
 * whose matrix is quasi-definite for every working set: dependent rows, free
 * variables without curvature and starts that are not feasible are no special
 * cases.  The weights are small, so two or three centres are enough.
 *
 * Entries e of 0 .. n + m - 1 are variables, then rows.  The value of a row is
 * that of (1), (Ax)[i] - delta (y[i] - yk[i]).
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_SOLVER_ACTIVE_PRIVATE_H
#define CO_SOLVER_ACTIVE_PRIVATE_H

#include "nlp/scale.h"
#include "solver/active.h"
#include "solver/active_kkt.h"

struct CoActive
{
	CoArena    *arena;
	const CoQp *user;
	CoActiveKkt *kkt;
	CoQpPoint	answer;			/* [n], [m], [n] of the user's problem */
	double	   *ray;			/* [n] */

	/* one solve: all of the scaled problem */
	const CoActiveOptions *options;
	CoActiveOutcome *outcome;
	CoQp		qp;
	CoScaling	scaling;
	int			n,
				m;
	signed char *side;			/* [n + m] CO_ACTIVE_... */
	bool	   *equal;			/* [n + m] both sides are one */
	bool	   *in;				/* [n + m] of the system (active_kkt.h) */
	double	   *weight;			/* [m] price of a violation, INFINITY: hard */
	double	   *rho;			/* [n] proximal term and shift of (1) */
	double	   *shift;			/* [n] added to the diagonal of P, about the */
	double	   *anchor;			/* [n] anchor: shift/2 (x - anchor)^2 */
	double		last_shift;		/* over the largest entry of P, of the solve
								 * before; 0: none */
	double		prox;			/* rho - shift */
	double		delta;
	double	   *xy;				/* [n + m] the point */
	double	   *centre;			/* [n + m] */
	signed char *spare;			/* [n + m] work; of a walk: held where it is */
	signed char *centre_side;	/* [n + m] the working set then */
	double	   *best;			/* [n + m] the best point so far, */
	signed char *best_side;		/* [n + m] its working set */
	double		best_error;		/* and the larger residual in tolerances */
	double	   *g;				/* [n] gradient of (1) in x: -z */
	double	   *ax;				/* [m] A x */
	double	   *step;			/* [n + m] to the target */
	double	   *step_g;			/* [n] */
	double	   *step_ax;		/* [m] */
	double	   *rhs;			/* [n + m] work */
	double	   *jump;			/* [n + m] work: the part of the step that is
								 * known */
	double		feasibility,	/* in scaled numbers */
				optimality;
	int			pivot_limit;
	bool		exchanged;		/* whole sets were exchanged, in vain */
	bool		settling;		/* a ray is proved: is anything feasible? */
	bool		broken;			/* a solve was not accurate */
};

/* The sides of an entry. */
static inline double
co_active_lower(const CoActive *a, int e)
{
	return e < a->n ? a->qp.xl[e] : a->qp.cl[e - a->n];
}

static inline double
co_active_upper(const CoActive *a, int e)
{
	return e < a->n ? a->qp.xu[e] : a->qp.cu[e - a->n];
}

static inline bool
co_active_resting(signed char side)
{
	return side == CO_ACTIVE_LOWER || side == CO_ACTIVE_UPPER;
}

/* Multiplier and value of an entry after t of the step. */
static inline double
co_active_multiplier(const CoActive *a, int e, double t)
{
	if (e < a->n)
		return -(a->g[e] + t * a->step_g[e]);
	return a->xy[e] + t * a->step[e];
}

static inline double
co_active_value(const CoActive *a, int e)
{
	if (e < a->n)
		return a->xy[e];
	return a->ax[e - a->n] - a->delta * (a->xy[e] - a->centre[e]);
}

/* active_dual.c: (1) for the present centre, from any working set. */
extern void co_active_evaluate(CoActive *a);

/*
 * The side an entry of the working set leaves to, because of its multiplier
 * after t of the step; its own side where it stays.
 */
extern signed char co_active_leaves_to(const CoActive *a, int e, double t);
extern int	co_active_pivots_left(const CoActive *a);
extern CoRc co_active_go_to_target(CoActive *a);
extern int	co_active_count_wrong(const CoActive *a);
extern CoRc co_active_minimize(CoActive *a, CoActiveVerdict *verdict);

/* active_prox.c: the convex problem, by (1) for one centre after the other. */
extern void co_active_set_prox(CoActive *a, double prox, double delta);
extern CoRc co_active_iterate(CoActive *a, CoActiveVerdict *verdict);

/*
 * The stationary point of the working set, which stays as it is, without
 * proximal terms; *solved: nothing is wrong there.
 */
extern CoRc co_active_refine(CoActive *a, bool *solved);

/* A caller may ask for less than rounding leaves of the dual residual, and gets this. */
extern double co_active_least_dual(const CoActive *a);

/*
 * How far the point can go along step, where step_ax is A step, until the
 * first side on the way, whose entry is *block (-1: none).  resting: sides of
 * the working set count too.
 */
extern double co_active_room(const CoActive *a, bool resting, int *block);

/* active_curve.c: the problem whatever its curvature. */
extern CoRc co_active_find_minimizer(CoActive *a, bool hinted, CoActiveVerdict *verdict);

/* Add shift to the diagonal of P, around the anchor. */
extern void co_active_set_shift(CoActive *a, double shift);

/* Factorize for the working set, or for the equalities alone; is P positive definite then? */
extern CoRc co_active_test_inertia(CoActive *a, bool only_equalities, bool *right);

/*
 * active_walk.c: from a feasible point to a local minimizer, to the accuracy of
 * the weights of (1).  *moved: the point has changed; *unbounded: there is a
 * ray.
 */
extern CoRc co_active_walk(CoActive *a, bool *moved, bool *unbounded);

/* active_escape.c.  step_ax := A step; the curvature of P along step. */
extern double co_active_measure_step(CoActive *a);

/* step_g := gradient of f, with what is paid for violations */
extern void co_active_find_gradient(CoActive *a);

/*
 * *found: step is a direction of negative curvature in the null space of the
 * working set, that leads lower and has room in front of it.  The factors are
 * those of P + shift for the working set.  What stands in the way at once
 * joins the working set, at most so many times.
 */
extern CoRc co_active_find_escape(CoActive *a, int most, bool *found);

/* The side step leads an entry to: of an elastic row the one it comes back to. */
extern signed char co_active_blocking_side(const CoActive *a, int e);

#endif							/* CO_SOLVER_ACTIVE_PRIVATE_H */
