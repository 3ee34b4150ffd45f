/*-------------------------------------------------------------------------
 *
 * solver/box_newton_private.h
 *	  What the files of Newton's method in a box share.
 *
 *		box_newton.c		the iteration
 *		box_newton_step.c	the direction: the model's minimizer in the box
 *		box_newton_search.c	how far along it
 *		box_newton_saddle.c	points where the gradient vanishes, and no minimum
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_SOLVER_BOX_NEWTON_PRIVATE_H
#define CO_SOLVER_BOX_NEWTON_PRIVATE_H

#include <float.h>

#include "base/vec.h"
#include "solver/box_newton.h"

#define CO_BOX_ROUNDING	(10.0 * DBL_EPSILON)	/* of f, relative */

typedef struct CoBoxNewton
{
	CoArena    *arena;
	const CoBoxModel *model;
	const CoBoxOptions *options;
	CoBox		box;
	int			n;
	double	   *x,
			   *grad,
			   *d,				/* direction */
			   *best,			/* of the model, so far */
			   *bend,			/* of the line: x + alpha d + alpha^2 bend */
			   *trial;			/* [n] */
	bool		is_bent;
	uint8_t    *held;			/* [n] */
	double		f,
				projected,
				slope,			/* grad'd */
				shift,			/* of the model's Hessian */
				radius,			/* of the box in which the model is trusted */
				predicted,		/* value of the model at d */
				alpha;
	int			n_stalled;
	CoBoxOutcome *out;
} CoBoxNewton;

/* box_newton_step.c */

/* The first face; onto: what is held goes to its bound, else it stays. */
extern void co_box_newton_hold(CoBoxNewton *s, bool onto);

/* The longest move of a variable, over its size. */
extern double co_box_newton_length(const CoBoxNewton *s, const double *d);

/* Face after face, piece after piece, until the model's minimizer is in the box. */
extern CoRc co_box_newton_face_step(CoBoxNewton *s, bool *found);

/* That of [Ber82] and, where that cannot be had, of the projected gradient. */
extern CoRc co_box_newton_plain_step(CoBoxNewton *s);

/* box_newton_search.c */

/* The value at x + alpha d, bent; s->trial. */
extern CoRc co_box_newton_try(CoBoxNewton *s, double alpha, double *f);

/* Take the trial point, whose value is f; *done: its gradient is a number. */
extern CoRc co_box_newton_take(CoBoxNewton *s, double alpha, double f, bool *done);

/* Back to x: its gradient was overwritten, or its values. */
extern CoRc co_box_newton_return(CoBoxNewton *s);
extern CoRc co_box_newton_search(CoBoxNewton *s, bool *found);

/* box_newton_saddle.c; *found: x is a lower point */
extern CoRc co_box_newton_leave_saddle(CoBoxNewton *s, bool *found);

#endif							/* CO_SOLVER_BOX_NEWTON_PRIVATE_H */
