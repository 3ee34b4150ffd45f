/*-------------------------------------------------------------------------
 *
 * solver/box_newton.h
 *	  Newton's method in a box: second derivatives, an active set that changes
 *	  by many variables at once.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_SOLVER_BOX_NEWTON_H
#define CO_SOLVER_BOX_NEWTON_H

#include <stdint.h>

#include "solver/box.h"

/*
 * What the method asks of a function.  CO_NOT_FINITE of value() and gradient()
 * is a rejected trial point, all else but CO_OK ends the solve.
 */
typedef struct CoBoxModel
{
	int			n;
	const double *xl,			/* [n] */
			   *xu;

	CoRc		(*value) (void *self, const double *x, double *f);

	/* At the x that value() was asked for last. */
	CoRc		(*gradient) (void *self, const double *x, double *grad);

	/*
	 * Factor the Hessian of the model, without the rows and columns of what
	 * is held [n].  Multiples of the unit matrix are added until it is
	 * positive definite: *shift is the last.  CO_SINGULAR: none helped.
	 */
	CoRc		(*factor) (void *self, const uint8_t *held, double *shift);

	/*
	 * d [n] is given where held: fill the rest of it with the minimizer of
	 * the model.
	 */
	CoRc		(*solve) (void *self, const uint8_t *held, double *d);

	/*
	 * A model in pieces, each of them quadratic: its value at x + d less that
	 * at x; and factor() and solve() are those of the piece at x + d from now
	 * on.  *crossed: it is another one than before.  gradient() chooses that
	 * at x.
	 */
	double		(*model_value) (void *self, const double *d);
	void		(*choose_piece) (void *self, const double *d, bool *crossed);

	/*
	 * Where value() was asked for x + d, d of the last solve(): fill p with
	 * what to add to d so that the values there are those of the model.
	 * *bends: there is something.  NULL: no function does that.
	 */
	CoRc		(*bend) (void *self, const uint8_t *held, const double *d, double *p, bool *bends);

	/*
	 * v [n] := the inverse of the last factor()'s matrix times v, 0 where
	 * held
	 */
	CoRc		(*invert) (void *self, const uint8_t *held, double *v);
	void	   *self;
} CoBoxModel;

/*
 * From x, projected on the box first, to the best point found, with the
 * gradient in grad [n]; tolerance, f_least, max_iterations, max_evaluations and
 * report of options are heeded.  The memory taken is given back.  The last
 * call of gradient() was at x where the code is CO_OK, but for CO_BOX_BAD_START.
 */
extern CoRc co_box_newton(CoArena *arena, const CoBoxModel *model, const CoBoxOptions *options,
						  double *x, double *grad, CoBoxOutcome *outcome);

#endif							/* CO_SOLVER_BOX_NEWTON_H */
