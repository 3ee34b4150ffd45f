/*-------------------------------------------------------------------------
 *
 * solver/quasi.h
 *	  Limited-memory BFGS approximation of the Hessian of the Lagrangian.
 *
 *		B = sigma I - W M^-1 W',	W = (sigma S, Y),
 *		M = ( sigma S'S	  L	 )
 *			( L'		 -D  ),		L strictly lower, D diagonal part of S'Y
 *
 * Byrd, Nocedal and Schnabel, Math. Program. 63 (1994) 129-156 [BNS94],
 * theorem 2.3: the compact representation.  S and Y hold the last steps and
 * differences of gradients of the Lagrangian, damped after Powell so that B
 * stays positive definite whatever the curvature is.
 *
 * A system whose first block is B is solved by one whose first block is
 * sigma I, with the formula of Sherman, Morrison and Woodbury.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_SOLVER_QUASI_H
#define CO_SOLVER_QUASI_H

#include <stdbool.h>

#include "base/arena.h"

/* More pairs hardly help: [BNS94], [NW06, section 7.2]. */
#define CO_QUASI_MEMORY	6
#define CO_QUASI_RANK	(2 * CO_QUASI_MEMORY)

typedef struct CoQuasi
{
	int			n,				/* variables */
				dim,			/* of the systems; the first n are the variables */
				count;			/* pairs held */
	double		sigma;
	double	   *s,				/* [CO_QUASI_MEMORY x n] oldest first */
			   *y;				/* damped */
	double	   *w;				/* [n] work */
	double		sy[CO_QUASI_MEMORY][CO_QUASI_MEMORY];	/* s_i'y_j */
	double		ss[CO_QUASI_MEMORY][CO_QUASI_MEMORY];
	double		m[CO_QUASI_RANK * CO_QUASI_RANK];	/* M, by columns */
	double		m_lu[CO_QUASI_RANK * CO_QUASI_RANK];	/* its factors */
	int			m_pivot[CO_QUASI_RANK];

	/* Of the last co_quasi_prepare() */
	double	   *z;				/* [CO_QUASI_RANK x dim] K0^-1 (W; 0) */
	double		c_lu[CO_QUASI_RANK * CO_QUASI_RANK];	/* M - W'Z */
	int			c_pivot[CO_QUASI_RANK];
} CoQuasi;

/* B = I at first. */
extern CoRc co_quasi_new(CoArena *arena, int n, int dim, CoQuasi **out);
extern void co_quasi_reset(CoQuasi *quasi);

/*
 * Take up a step s and the change y of the gradient of the Lagrangian along
 * it.  false: nothing can be learned from them (s is 0, or not finite).
 */
extern bool co_quasi_update(CoQuasi *quasi, const double *s, const double *y);

/* out += B x */
extern void co_quasi_mul_add(const CoQuasi *quasi, const double *x, double *out);

/*
 * K has B where K0 has sigma I.  Prepare with solve(self, b): b := K0^-1 b,
 * once per factorization of K0; then correct makes K^-1 b of K0^-1 b.
 */
typedef CoRc (*CoQuasiSolve) (void *self, double *b);

extern CoRc co_quasi_prepare(CoQuasi *quasi, CoQuasiSolve solve, void *self);
extern void co_quasi_correct(const CoQuasi *quasi, double *b);

#endif							/* CO_SOLVER_QUASI_H */
