/*-------------------------------------------------------------------------
 *
 * solver/sqp.h
 *	  Sequential quadratic programming: a filter and a trust region.
 *
 * At x_k, with the violation h(x) = sum_i dist(c_i(x), [cl_i, cu_i]), the step
 * is a local minimizer of
 *
 *		q(d) = g'd + 1/2 d'Hd
 *		subject to	cl <= c + J d <= cu,	xl <= x + d <= xu,	|d|_inf <= radius
 *
 * by the active-set method of solver/active.h, from the last working set.  The
 * pair (h, f) of x + d is what a filter judges [FL02, FLT02]; a step that it
 * rejects is corrected to second order, then sought in a smaller region.  Where
 * the rows of the subproblem are inconsistent a restoration phase minimizes h
 * by the elastic subproblem until they are not.
 *
 *		paper		here
 *		rho			radius
 *		h, f		h, f of CoSqpPoint
 *		Delta q		model
 *		beta, gamma, sigma, delta	sqp_search.c
 *		u			h_max
 *
 * Knows the scaled problem only; what the user's problem says of a point is
 * asked through judge().
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_SOLVER_SQP_H
#define CO_SOLVER_SQP_H

#include "nlp/nlp.h"
#include "solver/active.h"
#include "solver/barrier_kkt.h"
#include "solver/filter.h"
#include "solver/quasi.h"
#include "solver/solver.h"

typedef struct CoSqp CoSqp;

typedef enum CoSqpVerdict
{
	CO_SQP_CONVERGED,			/* judge() said so */
	CO_SQP_STALLED,				/* converged here, not to the judge */
	CO_SQP_INFEASIBLE,			/* h is stationary: (x, y) of the last point */
	CO_SQP_DIVERGED,
	CO_SQP_NO_STEP,				/* the region shrank to rounding */
	CO_SQP_QP_FAILURE,
	CO_SQP_ITERATION_LIMIT
} CoSqpVerdict;

typedef struct CoSqpPoint
{
	double		f,
				h;				/* INFINITY: no values there */
	double	   *x,				/* [n] */
			   *c,				/* [m] */
			   *grad,			/* [n] */
			   *jac;			/* [nnz] */
} CoSqpPoint;

typedef enum CoSqpCurvature
{
	CO_SQP_EXACT,				/* second derivatives */
	CO_SQP_DENSE,				/* damped BFGS [NW06, procedure 18.2] */
	CO_SQP_LIMITED				/* limited memory [BNS94] */
} CoSqpCurvature;

typedef struct CoSqpHess		/* the model's H */
{
	CoSqpCurvature kind;
	bool		learned;		/* DENSE: a pair has been taken up */
	double	   *s,				/* [n] step */
			   *y,				/* [n] change of the gradient of L */
			   *bs;				/* [n] */
	CoQuasi    *quasi;			/* LIMITED: sqp_limited.c */
	double		sigma,			/* LIMITED: of the first matrix */
				slope_of_h;		/* LIMITED: curvature of h, in restoration */
	double	   *u;				/* [CO_QUASI_MEMORY x n] */
} CoSqpHess;

typedef struct CoSqpEqp			/* sqp_eqp.c */
{
	CoBarrierKkt *kkt;
	double	   *hess,			/* values of the system */
			   *jac,
			   *diagonal,		/* [n + m] 1: not in it */
			   *rhs,			/* [n + m] work */
			   *residual,		/* [n + m] */
			   *py;				/* [n + m] */
} CoSqpEqp;

typedef struct CoSqpError		/* of the KKT conditions, scaled problem */
{
	double		primal,			/* largest violation */
				dual,
				complementarity,
				dual_scale,		/* mu_max of nlp/nlp_residual.h */
				worst;			/* in units of the tolerances */
} CoSqpError;

struct CoSqp
{
	CoArena    *arena;
	const CoNlp *nlp;
	const CoOptions *options;
	int			n,
				m;
	CoSqpPoint *cur,
			   *trial,
			   *spare;			/* a trial point before a correction */
	CoFilter	filter;
	double		unit;			/* of the user's objective, in f */
	double		radius,
				h_max;			/* no point with a larger violation */
	double	   *y,				/* [m] of cur, from the subproblem */
			   *z,				/* [n] that fit y, of cur */
			   *ls_y,			/* [m] least squares, kept apart */
			   *ls_z,			/* [n] */
			   *d,				/* [n] step */
			   *step_y,			/* [m] multipliers at its end */
			   *plain_y;		/* [m] before a correction */
	double	   *size;			/* [n] unit of the region, by variable */
	CoSqpHess	hess;
	CoQp		qp;				/* the subproblem */
	CoActive   *active;
	CoActiveSet set,			/* its working set */
				kept_set,		/* before a correction */
				restore_set;
	CoSqpEqp	eqp;
	CoActiveOutcome answer;		/* of the last subproblem */
	double		model;			/* q(0) - q(d) of the last step */
	CoQp		ls_qp;			/* sqp_multiplier.c */
	CoActive   *ls_active;
	CoActiveSet ls_set;
	CoQp		stable_qp;		/* sqp_stable.c */
	CoActive   *stable_active;
	CoActiveSet stable_set;
	double		last_step;		/* length */
	int			n_slow;			/* steps that are small, and not much smaller
								 * than the last */
	bool		cold;			/* no working set from the last subproblem */
	double	   *weight;			/* [m] of the rows in restoration */
	double	   *least_x,		/* [n] the iterate of the least violation, */
				least_h;		/* and that */
	int			n_returns;		/* to it */
	bool		linear_h;		/* its subproblem without curvature */
	double	   *row_work,		/* [m] */
			   *col_work;		/* [n] */
	CoSqpError	error;			/* of (cur, y, z) */
	double		best_error,		/* smallest so far, in units of the tolerances */
				best_f;			/* f then */
	int			best_iteration;
	int			n_idle,			/* steps that only rounding let pass */
				n_resets,		/* of the filter, after the region vanished */
				n_far;			/* iterates far out */
	int			iteration,
				max_iterations,
				n_factor,
				n_pivots;
	char		kind;			/* of the last step, for the log: f, h of the
								 * filter, F, H with a correction, g by the
								 * error, r restoration, s stabilized, e
								 * elastic, b back to the least violation */

	/* Is (x, y, z) good enough?  Asked when it is, in the scaled problem. */
	CoRc		(*judge) (void *self, CoSqp *s, const double *y, const double *z, bool *good);
	CoRc		(*log) (void *self, const CoIteration *line);
	void	   *self;
};

/* sqp.c.  Start at x, inside the bounds: CO_NOT_FINITE, no values there. */
extern CoRc co_sqp_new(CoArena *arena, const CoNlp *nlp, const CoOptions *options, CoSqp **out);
extern double co_sqp_bytes(const CoNlp *nlp, const CoOptions *options); /* without CoActive's */
extern CoRc co_sqp_start(CoSqp *s, const double *x, const double *y);
extern CoRc co_sqp_run(CoSqp *s, CoSqpVerdict *verdict);
extern CoRc co_sqp_log(CoSqp *s);

/* sqp_point.c */
extern CoRc co_sqp_take_point(CoSqp *s, CoSqpPoint **out);
extern CoRc co_sqp_eval(CoSqp *s, CoSqpPoint *p);	/* f and c; h tells if not finite */
extern CoRc co_sqp_eval_derivatives(CoSqp *s, CoSqpPoint *p);
extern double co_sqp_violation(const CoSqp *s, const double *c, const double *weight);

/* trial->x := cur->x + d, on its side where the working set says so */
extern void co_sqp_set_trial(CoSqp *s);

/* Length of d in units of the region. */
extern double co_sqp_step_length(const CoSqp *s);

/* Rounding of h and f at a point. */
extern double co_sqp_h_floor(const CoSqp *s, const CoSqpPoint *p);
extern double co_sqp_f_floor(const CoSqpPoint *p);

/* z from y: what the bounds can take up of the gradient of L. */
extern void co_sqp_bound_multipliers(CoSqp *s, const CoSqpPoint *p, const double *y, double *z);
extern void co_sqp_fill_error(CoSqp *s, const CoSqpPoint *p, const double *y, const double *z,
							  CoSqpError *out);

/* sqp_model.c: the subproblem */
extern CoRc co_sqp_model_new(CoSqp *s);
extern void co_sqp_model_set(CoSqp *s, bool restoring); /* rows and slope at cur */

/*
 * Solve in the region.  shift: [m] or NULL, of the rows' values, for a
 * correction; elastic: price of the weighted violations, or 0.  The answer is
 * in s->answer, s->d, s->step_y, s->model.
 */
extern CoRc co_sqp_model_solve(CoSqp *s, const double *shift, double elastic, CoActiveSet *set);

/*
 * The subproblem as it is, with rows that may be violated at a price: the
 * elastic mode of [GMS05].
 */
extern CoRc co_sqp_model_solve_elastic(CoSqp *s, double price, CoActiveSet *set);
extern void co_sqp_copy_set(const CoSqp *s, const CoActiveSet *from, CoActiveSet *to);
extern CoRc co_sqp_take_set(CoSqp *s, CoActiveSet *out);

/* sqp_eqp.c: the step with the exact H where the working set lets it be one */
extern CoRc co_sqp_eqp(CoSqp *s, const CoActiveSet *set);

/* sqp_hess.c */
extern CoRc co_sqp_hess_new(CoSqp *s);	/* and the pattern of qp.p */
extern CoRc co_sqp_hess_take(CoSqp *s); /* of a kind that has been chosen */
extern double co_sqp_hess_bytes(const CoNlp *nlp, const CoOptions *options);
extern CoRc co_sqp_hess_set(CoSqp *s, bool restoring);	/* the values of qp.p at cur */
extern void co_sqp_hess_learn(CoSqp *s, const double *y, bool restoring);	/* cur to trial */
extern void co_sqp_hess_reset(CoSqp *s);

/* sqp_limited.c */
extern CoRc co_sqp_limited_take(CoSqp *s);
extern double co_sqp_limited_bytes(double n);
extern void co_sqp_limited_set(CoSqp *s);

/* Row k of the variables t: the entries of the step and of the t_i, i >= k. */
extern double co_sqp_limited_row(const CoSqp *s, int k, int column);

/*
 * sqp_search.c: a step that the filter accepts, with derivatives in trial; *found
 * false: none, why.
 */
extern CoRc co_sqp_search(CoSqp *s, bool *found, CoSqpVerdict *why, bool *restore);
extern bool co_sqp_filter_passes(const CoSqp *s, double h, double f);
extern CoRc co_sqp_filter_augment(CoSqp *s);
extern bool co_sqp_step_vanished(const CoSqp *s);

/* sqp_restore.c: until the filter and the subproblem take the point. */
extern CoRc co_sqp_restore(CoSqp *s, bool *found, CoSqpVerdict *why);

/* sqp_multiplier.c: ls_y and ls_z at cur; the active sides there by LPEC-A */
extern CoRc co_sqp_least_squares(CoSqp *s);
extern CoRc co_sqp_identify(CoSqp *s, CoActiveSet *set, bool *trusted);

/* sqp_stable.c: with derivatives in trial and step_y, where it was taken */
extern CoRc co_sqp_stable_step(CoSqp *s, bool *taken);

#endif							/* CO_SOLVER_SQP_H */
