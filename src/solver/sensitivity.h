/*-------------------------------------------------------------------------
 *
 * solver/sensitivity.h
 *	  Derivatives of a solution with respect to parameters.
 *
 * At a solution (x, y, z) of nlp/param.h's problem the active rows and bounds
 * are equations, and the implicit function theorem [F76] gives
 *
 *		( W   A' ) ( dx )	   ( L_xp )
 *		( A   0  ) ( dy ) = -  ( A_p  ) dp,		df = L_p dp
 *
 * W = L_xx over the variables that are not at a bound, A the active rows,
 * with the variables at bounds b(p) moving by b_p dp, which then stands on the
 * right-hand side with its columns of W and A, and - z'b_p in L_p,
 * where three conditions hold: independent gradients of the active constraints
 * (LICQ), positive curvature where these allow to move (second order), and no
 * active constraint without a multiplier (strict complementarity).  Each is
 * tested.  Where the third fails, the solution has one-sided derivatives,
 * which solve a QP [J84]; where the first fails as well, the multipliers that
 * count in a direction come from a linear program [RD95].
 *
 * [F76] Fiacco, "Sensitivity analysis for nonlinear programming using penalty
 * methods", Math. Program. 10 (1976) 287-311.  [J84] Jittorntrum, "Solution
 * point differentiability without strict complementarity in nonlinear
 * programming", Math. Program. Study 21 (1984) 127-138.  [RD95] Ralph, Dempe,
 * "Directional derivatives of the solution of a parametric nonlinear program",
 * Math. Program. 70 (1995) 159-172.
 *
 * The solution given is first polished: Newton steps on the equations of the
 * active set, which is corrected by the signs they lead to.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_SOLVER_SENSITIVITY_H
#define CO_SOLVER_SENSITIVITY_H

#include "nlp/param.h"
#include "solver/sensitivity_kkt.h"
#include "solver/solver.h"

/* Where a row or variable stands: at no side, at one, or at both (equal) sides. */
typedef enum CoSide
{
	CO_SIDE_LOWER = -1,
	CO_SIDE_NONE = 0,
	CO_SIDE_UPPER = 1,
	CO_SIDE_BOTH = 2
} CoSide;

typedef struct CoStand			/* of a row, or of a variable's bounds */
{
	signed char side;			/* CoSide */
	bool		weak;			/* active without a multiplier */
	bool		dependent;		/* its gradient is one of those that depend on
								 * each other */
	bool		left;			/* was taken out of the active set once */
	bool		parts;			/* a variable between equal bounds that do not
								 * stay equal for all parameters */
} CoStand;

typedef struct CoSensitivity
{
	CoArena    *arena;
	CoParamNlp *nlp;			/* evaluated at the polished point */
	const double *p;			/* [np] */
	double	   *x,				/* [n] */
			   *y,				/* [m] */
			   *z;				/* [n] */
	double	   *lagrangian;		/* [n] grad + jac'y */
	double		dual_size;		/* multipliers are measured by it */
	CoStand    *row,			/* [m] */
			   *var;			/* [n] */
	int			n_free,
				n_active;		/* rows */
	int		   *free_var,		/* [n] */
			   *active_row;		/* [m] */
	CoSensitivityKkt *kkt;		/* weakly active constraints as equations */
	CoMark		mark;			/* its memory */
	double	   *work;			/* [n + m] */

	int			n_weak,
				n_dependent,
				n_parting;
	bool		is_polished;	/* the equations hold to rounding */
	bool		is_slow;		/* Newton's method came there linearly: W is
								 * singular at the solution itself */
	bool		second_order;	/* of the strongly active constraints alone */
	bool		is_linear;		/* rows linear and f quadratic, in x and p */
} CoSensitivity;

typedef struct CoTangent		/* derivatives in one direction */
{
	double	   *x,				/* [n] */
			   *y,				/* [m] */
			   *z;				/* [n] */
	double		f;
	double		error;			/* of the linear system; small: refined */
} CoTangent;

/* A direction in the parameters. */
typedef struct CoDirection
{
	int			n;
	const int  *param;			/* [n] */
	const double *weight;		/* [n] */
} CoDirection;

/*
 * point: a solution in the signs of nlp/nlp.h, copied; a multiplier that is not
 * known is NaN.  p stays the caller's.  CO_NOT_FINITE: the problem has no
 * values or derivatives there.
 */
extern CoRc co_sensitivity_new(CoArena *arena, CoParamNlp *nlp, const CoQpPoint *point,
							   const double *p, CoSensitivity **out);

/* LICQ, in words of the struct. */
static inline bool
co_sensitivity_independent(const CoSensitivity *s)
{
	return s->n_dependent == 0;
}

/* All three conditions: derivatives are two-sided. */
static inline bool
co_sensitivity_regular(const CoSensitivity *s)
{
	return s->is_polished && s->second_order && s->n_dependent == 0 && s->n_weak == 0 &&
		s->n_parting == 0;
}

extern CoRc co_tangent_new(CoArena *arena, const CoParamNlp *nlp, CoTangent *out);

/* Weakly active constraints as equations: the derivative where there are none. */
extern CoRc co_sensitivity_solve(CoSensitivity *s, const CoDirection *direction, CoTangent *out);

/*
 * Its pieces: out->z := L_xp dp and out->y := A_p dp, both with what bounds that
 * move add, and out->f; z from x, y and such a z, x being 0 at the bounds.
 */
extern void co_sensitivity_set_direction(const CoSensitivity *s, const CoDirection *direction,
										 CoTangent *out);
extern void co_sensitivity_set_bounds(const CoSensitivity *s, CoTangent *out);

/*
 * sensitivity_bound.c: lower[j] := alpha * the derivative of the lower bound of
 * x_j in the direction, and upper; [n], 0 where bounds are numbers.
 */
extern void co_sensitivity_bound_rates(const CoSensitivity *s, const CoDirection *direction,
									   double alpha, double *lower, double *upper);

/* x[j] += the derivative of the bound that x_j is at. */
extern void co_sensitivity_add_rates(const CoSensitivity *s, const CoDirection *direction, double *x);

/* - z'b_p of parameter k, the bounds' part of L_p. */
extern double co_sensitivity_bound_envelope(const CoSensitivity *s, int k);

/* g[k] += h[j] * the derivative in parameter k of the bound that x_j is at. */
extern void co_sensitivity_add_bound_adjoint(const CoSensitivity *s, const double *h, double *g);

/* Sets parts and n_parting; and x_j to the bound that it is at. */
extern CoRc co_sensitivity_find_parting(CoSensitivity *s);
extern void co_sensitivity_to_bounds(CoSensitivity *s);

/* Of the objective alone, which needs no solve: zeros for the others. */
extern void co_sensitivity_envelope(const CoSensitivity *s, int k, CoTangent *out);

/* Does that derivative hold in the direction itself, forwards (1) or backwards (-1)? */
extern bool co_sensitivity_holds(const CoSensitivity *s, const CoTangent *tangent, int sign);

/*
 * g[k] := the derivative in parameter k of wx'x + wy'y + wz'z + wf f, by one
 * solve with the transposed system; any of the weights may be NULL.
 */
extern CoRc co_sensitivity_adjoint(CoSensitivity *s, const double *wx, const double *wy,
								   const double *wz, double wf, double *g, double *error);

/* sensitivity_side.c */

typedef enum CoSideVerdict
{
	CO_DIRECTIONAL,				/* the derivative in this direction */
	CO_DIRECTIONAL_X,			/* that of x and f; multipliers jump */
	CO_DIRECTIONAL_F,			/* that of f only */
	CO_NO_SOLUTION,				/* nothing is feasible in this direction */
	CO_NO_DERIVATIVE			/* none was found */
} CoSideVerdict;

/*
 * The one-sided derivative along sign * direction, as a derivative in the
 * direction (so both signs agree where there is no kink).  What has none is NaN.
 */
extern CoRc co_sensitivity_side(CoSensitivity *s, const CoDirection *direction, int sign,
								CoTangent *out, CoSideVerdict *verdict);

/*
 * The same with the QP's multipliers everywhere: those of a move from the
 * multipliers that count in this direction, which need not be s's.
 */
extern CoRc co_sensitivity_move(CoSensitivity *s, const CoDirection *direction, int sign,
								CoTangent *out, CoSideVerdict *verdict);

/*
 * The first-order answer for other parameters p + dp, with all sides respected
 * to first order: the solution of the QP of the linearized problem.  out holds
 * the new point, and out->f the objective there.  found: false when the QP
 * has no solution.
 */
extern CoRc co_sensitivity_predict(CoSensitivity *s, const double *dp, CoTangent *out, bool *found);

/* sensitivity_range.c */

typedef enum CoRangeEvent		/* what ends a range */
{
	CO_RANGE_NEVER,
	CO_RANGE_ROW_BINDS,			/* a row comes to its side */
	CO_RANGE_ROW_LEAVES,		/* the multiplier of a row becomes 0 */
	CO_RANGE_BOUND_BINDS,
	CO_RANGE_BOUND_LEAVES,
	CO_RANGE_NO_SOLUTION		/* of dependent constraints: nothing is
								 * feasible there */
} CoRangeEvent;

typedef struct CoRange
{
	double		step;			/* >= 0; INFINITY */
	CoRangeEvent event;
	int			item;			/* row or variable */
	CoSide		side;			/* that binds, or is left */
} CoRange;

/*
 * How far one can go along sign * direction until the active set changes, to
 * first order; tangent is what co_sensitivity_solve() gave.
 */
extern CoRc co_sensitivity_range(const CoSensitivity *s, const CoDirection *direction,
								 const CoTangent *tangent, int sign, CoRange *out);

/* The same of the point alone, multipliers being a choice: active sides that are left end it. */
extern CoRc co_sensitivity_walk_point(const CoSensitivity *s, const CoDirection *direction,
									  const CoTangent *tangent, int sign, CoRange *out);

/*
 * sensitivity_degenerate.c: the same where gradients depend on each other; exact
 * where is_linear.  tangent: room.  *known: false where none was found.
 */
extern CoRc co_sensitivity_range_side(CoSensitivity *s, const CoDirection *direction, int sign,
									  CoTangent *tangent, CoRange *out, bool *known);

/* sensitivity_track.c */

/*
 * The same to rounding, of one parameter: *range comes in to first order.
 * first is co_sensitivity_solve()'s.  *exact: it goes out exact.  What the
 * equations of the active set say of x and y has to be linear, as in linear and
 * quadratic programs.
 */
extern CoRc co_sensitivity_track(CoSensitivity *s, int param, int sign, const CoTangent *first,
								 CoRange *range, bool *exact);

/*
 * sensitivity.c: Newton's method on the equations of the active set at s->p,
 * from s->x and s->y; is_polished says whether it converged.  And the equations'
 * relative error there.
 */
extern CoRc co_sensitivity_newton(CoSensitivity *s);
extern CoRc co_sensitivity_errors(CoSensitivity *s, double *error);

#endif							/* CO_SOLVER_SENSITIVITY_H */
