/*-------------------------------------------------------------------------
 *
 * solver/auglag.h
 *	  Private state of the augmented Lagrangian method.
 *
 *		minimize	f(x) + rho/2 |c(x) + ybar/rho - P(c(x) + ybar/rho)|^2
 *		subject to	xl <= x <= xu,		P the projection on [cl, cu]
 *
 * [ABMS08] Andreani, Birgin, Martinez, Schuverdt, SIAM J. Optim. 18 (2008)
 * 1286-1309; [BM14] Birgin, Martinez, Practical Augmented Lagrangian Methods.
 *
 *		paper			here
 *		rho				rho
 *		lambda bar		ybar	safeguarded multipliers
 *		lambda, mu		yhat	rho times the distance vector
 *		V				distance that is left, of feasibility and complementarity
 *
 * One signed multiplier of a row with two sides takes the place of the pair
 * (lambda, mu), so equalities, one-sided rows and ranges are one path.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_SOLVER_AUGLAG_H
#define CO_SOLVER_AUGLAG_H

#include "nlp/nlp.h"
#include "solver/barrier_kkt.h"
#include "solver/box.h"
#include "solver/quasi.h"
#include "solver/solver.h"

#define CO_AUGLAG_MEMORY	10	/* pairs of L-BFGS-B */

typedef enum CoAuglagVerdict
{
	CO_AUGLAG_CONVERGED,		/* the judge is content */
	CO_AUGLAG_INFEASIBLE,		/* a stationary point of the violation;
								 * weights in y */
	CO_AUGLAG_DIVERGED,
	CO_AUGLAG_STALLED,			/* no further progress */
	CO_AUGLAG_ITERATION_LIMIT,
	CO_AUGLAG_NO_STEP,			/* subproblems could not be solved */
	CO_AUGLAG_NONFINITE
} CoAuglagVerdict;

typedef struct CoAuglagError	/* of a point of the scaled problem */
{
	double		primal,			/* largest violation of a row */
				dual,			/* projected gradient of the Lagrangian */
				compl;			/* largest V: how far from complementary */
} CoAuglagError;

typedef struct CoAuglagQuasi
{
	CoQuasi    *hess;
	double	   *x,				/* [n] the last point, */
			   *grad,			/* [n] its gradient, */
			   *jac,			/* its Jacobian */
			   *s,				/* [n] work */
			   *y;				/* [n] */
	bool		has_last;
} CoAuglagQuasi;

typedef struct CoAuglag CoAuglag;

struct CoAuglag
{
	CoArena    *arena;
	const CoOptions *options;
	const CoNlp *nlp;			/* scaled, without fixed variables */
	int			n,
				m;
	CoBox		box;
	double		weight;			/* of f: 0 where the violation alone is
								 * minimized */
	double		rho;
	double	   *ybar;			/* [m] */

	/* Of x, where gradient() was last asked for */
	double	   *x,				/* [n] */
			   *c,				/* [m] */
			   *yhat,			/* [m] */
			   *grad,			/* [n] of weight f */
			   *jac,
			   *lag;			/* [n] grad + J'yhat */
	double		f;

	/* Of the last trial point */
	double		trial_f;
	double	   *trial_c;		/* [m] */

	/* The linear systems; kkt NULL: none */
	bool		newton;			/* there are second derivatives */
	CoAuglagQuasi *quasi;		/* NULL where there are, and without rows */
	CoBarrierKkt *kkt;
	double	   *hess,			/* of the Lagrangian */
			   *hess_in,		/* in the face: entries of what is held are 0 */
			   *jac_in,			/* of the rows that take part */
			   *dx,				/* [n] */
			   *dy,				/* [m] */
			   *rhs,			/* [n + m] */
			   *sol,			/* [n + m] */
			   *res,			/* [n + m] */
			   *step;			/* [n + m] */
	uint8_t    *takes_part;		/* [m] */
	signed char *side;			/* [m] of the model's piece: 1 upper, -1 lower */
	double		shift;			/* in the factorization */
	bool		have_hess;		/* hess is that of x and yhat */
	double		last_shift;		/* that was needed */
	bool		positive;		/* the last factorization needed none */
	int			n_refine;

	/* Acceleration: Newton's method on the KKT conditions */
	double	   *nx,				/* [n] */
			   *ny,				/* [m] */
			   *nz;				/* [n] */
	uint8_t    *held;			/* [n] */

	double	   *z,				/* [n] */
			   *box_grad;		/* [n] */
	double	   *at,				/* [n] where the next subproblem starts */
			   *from,			/* [n] where the last one did */
			   *x0;				/* [n] where all began */
	double		first_violation,	/* where it did */
				first_f,
				greed;			/* how far it may lead */
	bool		greedy;			/* it was left because the violation grew */
	CoAuglagError error;
	double		epsilon,		/* tolerance of the subproblems */
				last_compl,
				least_primal;
	bool		has_point,		/* x and all at it are filled */
				met;			/* the scaled problem was solved, but for what
								 * the judge says */
	int			n_unmoved,		/* iterations in which the violation did not
								 * halve */
				n_phases,		/* minimizations of the violation alone */
				n_idle,			/* subproblems that did not move */
				outer,
				iteration,		/* of the inner solver, in all */
				max_iterations;

	/* Is the point good enough for the user's problem?  The best is kept. */
	CoRc		(*judge) (void *self, const CoAuglag *a, const double *x, const double *y,
						  const double *z, bool *good);
	CoRc		(*log) (void *self, const CoIteration *line);
	void	   *caller;
};

/* auglag.c; x [n] inside the box, y [m]: NULL or a hint */
extern CoRc co_auglag_new(CoArena *arena, const CoNlp *nlp, const CoOptions *options,
						  CoAuglag **out);
extern CoRc co_auglag_run(CoAuglag *a, const double *x, const double *y, CoAuglagVerdict *verdict);

/* auglag_value.c: the function and its model, at self; co_box_newton()'s */
extern CoRc co_auglag_value(void *self, const double *x, double *value);
extern CoRc co_auglag_gradient(void *self, const double *x, double *grad);
extern CoRc co_auglag_eval(void *self, const double *x, double *value, double *grad);

/* The point of the violation nearest to [cl, cu]: c - P(c) */
extern double co_auglag_outside(const CoAuglag *a, int i, double t);

/* auglag_newton.c */
extern CoRc co_auglag_take_newton(CoAuglag *a);
extern CoRc co_auglag_factor(void *self, const uint8_t *held, double *shift);
extern CoRc co_auglag_solve(void *self, const uint8_t *held, double *d);
extern double co_auglag_model_value(void *self, const double *d);
extern void co_auglag_choose_piece(void *self, const double *d, bool *crossed);
extern CoRc co_auglag_bend(void *self, const uint8_t *held, const double *d, double *p,
						   bool *bends);
extern CoRc co_auglag_invert(void *self, const uint8_t *held, double *v);
extern CoRc co_auglag_find_hessian(CoAuglag *a, const double *x, const double *y);
extern void co_auglag_load_face(CoAuglag *a, const uint8_t *held);
extern CoRc co_auglag_factor_shifted(CoAuglag *a, const uint8_t *held, double shift,
									 double delta, bool *right);
extern CoRc co_auglag_solve_kkt(CoAuglag *a);

/* auglag_quasi.c */
extern CoRc co_auglag_take_quasi(CoAuglag *a);
extern void co_auglag_learn(CoAuglag *a, const double *x, const double *y);
extern CoRc co_auglag_factor_quasi(CoAuglag *a, double delta, bool *right);
extern CoRc co_auglag_solve_quasi(CoAuglag *a);

/* auglag_kkt.c: from x, yhat on; *good: the judge is content with where it came to */
extern CoRc co_auglag_accelerate(CoAuglag *a, bool *good);

#endif							/* CO_SOLVER_AUGLAG_H */
