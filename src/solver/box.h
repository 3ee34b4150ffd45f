/*-------------------------------------------------------------------------
 *
 * solver/box.h
 *	  Minimization in a box, as methods call each other for it.
 *
 *		minimize	f(x)
 *		subject to	xl <= x <= xu
 *
 * Solvers of this form (lbfgsb.h) never ask for f outside the box.  With
 * L = f + z'x the KKT conditions are grad f + z = 0 with the signs of
 * nlp/nlp.h, and a point is measured by its projected gradient
 *
 *		| P(x - grad f) - x |, in the max norm, P the projection on the box.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_SOLVER_BOX_H
#define CO_SOLVER_BOX_H

#include <stdbool.h>

#include "base/arena.h"

typedef struct CoBox
{
	int			n;
	const double *xl,			/* [n] -INFINITY where absent; xl <= xu */
			   *xu;				/* [n] */

	/*
	 * Value and gradient [n] at x, which is in the box.  CO_NOT_FINITE: x is
	 * a rejected trial point, and what was written does not matter.  All else
	 * but CO_OK ends the solve with that code.
	 */
	CoRc		(*eval) (void *self, const double *x, double *f, double *grad);
	void	   *self;
} CoBox;

typedef struct CoBoxIterate		/* what a report sees: the accepted point */
{
	int			iteration,		/* 0: the start */
				evaluations;
	double		f,
				projected,		/* norm of the projected gradient */
				step;			/* length along the direction; 0 at the start */
	const double *x,			/* [n] */
			   *grad;			/* [n] */
} CoBoxIterate;

typedef struct CoBoxOptions
{
	int			memory;			/* pairs of limited memory, 1 ..
								 * CO_BOX_MEMORY_MOST */
	double		tolerance;		/* converged: projected gradient at most this */
	double		decrease;		/* stalled: f fell by at most this times
								 * max(|f|, 1) in one iteration; 0: it stood
								 * still; negative: only where the projected
								 * gradient makes no progress either */
	double		f_least;		/* below this, f counts as unbounded */
	int			max_iterations,
				max_evaluations;

	/*
	 * Per accepted point, the start included; NULL: none.  *stop ends the
	 * solve.
	 */
	CoRc		(*report) (void *self, const CoBoxIterate *iterate, bool *stop);
	void	   *self;
} CoBoxOptions;

#define CO_BOX_MEMORY_MOST	30

/* No limits, memory 10, tolerance 1e-6, decrease 0. */
extern void co_box_options_default(CoBoxOptions *options);

typedef enum CoBoxVerdict
{
	CO_BOX_CONVERGED,			/* by tolerance */
	CO_BOX_STALLED,				/* by decrease, or rounding */
	CO_BOX_LINE_SEARCH_FAILURE, /* no lower point along -grad f either */
	CO_BOX_UNBOUNDED,			/* f < f_least */
	CO_BOX_STOPPED,				/* by the report */
	CO_BOX_ITERATION_LIMIT,
	CO_BOX_EVALUATION_LIMIT,
	CO_BOX_BAD_START			/* a value at the start is not finite */
} CoBoxVerdict;

typedef struct CoBoxOutcome
{
	CoBoxVerdict verdict;
	double		f,
				projected;
	int			iterations,
				evaluations;	/* each of value and gradient together */
} CoBoxOutcome;

/* Norm of the projected gradient. */
extern double co_box_projected(const CoBox *box, const double *x, const double *grad);

/* x := its projection on the box */
extern void co_box_project(const CoBox *box, double *x);

/*
 * Bound multipliers of a point with gradient grad: z[j] = -grad[j] where x[j]
 * is at the bound that grad pushes it against, or so near that its distance is
 * the smaller residual, else 0.
 */
extern void co_box_multipliers(const CoBox *box, const double *x, const double *grad, double *z);

#endif							/* CO_SOLVER_BOX_H */
