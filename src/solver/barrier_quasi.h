/*-------------------------------------------------------------------------
 *
 * solver/barrier_quasi.h
 *	  The nonlinear interior point without second derivatives: what the Hessian
 *	  of the Lagrangian is, learned from the gradients along the way.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_SOLVER_BARRIER_QUASI_H
#define CO_SOLVER_BARRIER_QUASI_H

#include "solver/quasi.h"

struct CoBarrier;

typedef struct CoBarrierQuasi
{
	CoQuasi    *hess;
	double	   *x,				/* [n] the last point, */
			   *grad,			/* [n] its gradient, */
			   *jac,			/* [nnz of J] its Jacobian */
			   *s,				/* [n] work */
			   *y;				/* [n] */
	bool		has_last;
	bool		in_system;		/* the current factorization stands for W */
} CoBarrierQuasi;

/* Are second derivatives to be approximated? */
extern bool co_barrier_is_quasi(const struct CoBarrier *b);

/* Take up the step from the last point to the current one. */
extern CoRc co_barrier_quasi_learn(struct CoBarrier *b);

/* Of the current factorization, with sigma on the diagonal: make it W's. */
extern CoRc co_barrier_quasi_prepare(struct CoBarrier *b);

/* out -= (W - sigma I) v */
extern void co_barrier_quasi_subtract(const struct CoBarrier *b, const double *v, double *out);

#endif							/* CO_SOLVER_BARRIER_QUASI_H */
