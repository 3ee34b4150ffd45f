/*-------------------------------------------------------------------------
 *
 * nlp/param.h
 *	  A problem with its parameters as variables, taken apart: what a solver
 *	  may move, and what it may not.
 *
 *		minimize f(x, p)	subject to	cl <= c(x, p) <= cu,	xl <= x <= xu
 *
 * In a CoNlp over (x, p) the derivatives with respect to p are columns of the
 * Jacobian and of the Hessian like any others, wherever p stands.  Here they
 * are separate matrices:
 *
 *		jac = dc/dx,	jac_p = dc/dp,	hess = d2L/dx2,		hess_p = d2L/dx dp
 *
 * with L = f + y'c as in nlp/nlp.h.
 *
 * A function may have no derivative in a parameter though it has one in x:
 * x^p at x < 0.  So entries of jac_p, hess_p and grad_p may be NaN; the others
 * are finite or co_param_eval() says that they are not.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_NLP_PARAM_H
#define CO_NLP_PARAM_H

#include "nlp/nlp.h"

/*
 * Bounds of x that are functions b(p).  L gets - z'b for them, with z > 0 at the
 * upper bound and z < 0 at the lower one; nothing of second order is needed, for
 * where such a bound is active it is all that x_j depends on.
 */
typedef struct CoParamBounds
{
	int			n;
	int		   *var;			/* [n] number of x */
	bool	   *is_upper;		/* [n] */
	bool		is_affine;		/* all of them, in p */

	/* At the p of the last eval(), which is kept too. */
	double	   *p;				/* [np] */
	bool		is_valid;
	double	   *value;			/* [n] */
	CoCsc		jac;			/* n x np; entries may be NaN */
	CoRc		(*eval) (struct CoParamBounds *self, const double *p);
	void	   *self;
} CoParamBounds;

typedef struct CoParamNlp
{
	CoArena    *arena;
	const CoNlp *all;			/* over (x, p), in any order */
	int			n,				/* variables */
				np,				/* parameters */
				m;
	const double *cl,			/* [m] */
			   *cu;
	double	   *xl,				/* [n] at the p of the last evaluation */
			   *xu;
	CoParamBounds *bounds;		/* NULL: numbers */
	int		   *var,			/* [n] variable of all */
			   *param;			/* [np] variable of all */

	/* At the point of the last co_param_eval(). */
	double		f;
	double	   *c;				/* [m] */
	double	   *grad,			/* [n] */
			   *grad_p;			/* [np] df/dp, without the rows */
	CoCsc		jac,			/* m x n */
				jac_p,			/* m x np */
				hess,			/* n x n lower triangle */
				hess_p;			/* n x np */

	/* Places in the arrays of all, and these. */
	int		   *jac_from,
			   *jac_p_from,
			   *hess_from,
			   *hess_p_from;
	double	   *at;				/* [n + np] */
	CoNlpValue	value;
	double	   *second;			/* [nnz of all's hess], or of the differences */
	bool		by_differences; /* all has no second derivatives */
} CoParamNlp;

/*
 * is_param [all->n] says which variables are parameters; their bounds are not
 * looked at.  Where all has no second derivatives, they are differences of its
 * first ones, and dense: CO_BAD_INPUT for more than CO_PARAM_DIFFERENCES of x.
 */
extern CoRc co_param_split(CoArena *arena, const CoNlp *all, const uint8_t *is_param,
						   CoParamNlp **out);

#define CO_PARAM_DIFFERENCES	500

/* xl and xu at p, and their derivatives; CO_NOT_FINITE where one is no bound there. */
extern CoRc co_param_set_bounds(CoParamNlp *nlp, const double *p);

/* All of the above at (x, p), the Hessians of f + y'c. */
extern CoRc co_param_eval(CoParamNlp *nlp, const double *x, const double *p, const double *y);

/* f and c only. */
extern CoRc co_param_values(CoParamNlp *nlp, const double *x, const double *p);

/* out[j] := grad L without the bounds' part, = grad + jac'y; out [n] */
extern void co_param_lagrangian(const CoParamNlp *nlp, const double *y, double *out);

#endif							/* CO_NLP_PARAM_H */
