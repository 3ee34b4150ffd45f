/*-------------------------------------------------------------------------
 *
 * nlp/qp.h
 *	  The problem form of the convex solvers, and what a solution of it is.
 *
 *		minimize	c0 + c'x + 1/2 x'Px
 *		subject to	cl <= Ax <= cu,		xl <= x <= xu
 *
 * Multipliers carry the sign of the active side (src/README.md, "Signs"):
 *
 *		L = f + y'Ax + z'x,		Px + c + A'y + z = 0
 *
 * so y[i] > 0 only where (Ax)[i] rests on cu[i], y[i] < 0 only on cl[i]; the
 * same for z and the bounds.  Infinite bounds are +-INFINITY.
 *
 * A certificate of infeasibility is (y, z) with A'y + z = 0 and, in the signs
 * of L (a direction in which the dual objective grows without end),
 *		sum_i sup{ y[i] t : cl[i] <= t <= cu[i] } + sum_j sup{ z[j] t : xl[j] <= t <= xu[j] } < 0,
 * a certificate of unboundedness is a direction x with Px = 0, c'x < 0 that no
 * finite bound blocks (recession cone).  Both are checked on the user's data
 * before they are believed (nlp/residual.h); that check, and the postsolve,
 * accept the opposite sign of y too.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_NLP_QP_H
#define CO_NLP_QP_H

#include "linalg/csc.h"

typedef struct CoQp
{
	int			n,				/* variables */
				m;				/* constraints */
	double		c0;
	double	   *c;				/* [n] */
	CoCsc		p;				/* [n x n] lower triangle; no entries: an LP */
	CoCsc		a;				/* [m x n] */
	double	   *cl,				/* [m] */
			   *cu,				/* [m] */
			   *xl,				/* [n] */
			   *xu;				/* [n] */
} CoQp;

typedef struct CoQpPoint
{
	double	   *x;				/* [n] */
	double	   *y;				/* [m] */
	double	   *z;				/* [n] */
} CoQpPoint;

/* All zero. */
extern CoRc co_qp_take_point(CoArena *arena, int n, int m, CoQpPoint *point);

#endif							/* CO_NLP_QP_H */
