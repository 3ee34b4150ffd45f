/*-------------------------------------------------------------------------
 *
 * nlp/nlp_inner.h
 *	  A CoNlp around the user's: without fixed variables and absent rows, with
 *	  objective and rows scaled, evaluations counted, constant derivatives
 *	  evaluated once.
 *
 *		x = user's x without the fixed, f = f_scale * f_user,
 *		c_i = row_scale[i] * c_user
 *
 * so y_user = y * row_scale / f_scale and z_user = z / f_scale.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_NLP_NLP_INNER_H
#define CO_NLP_NLP_INNER_H

#include "nlp/nlp.h"

typedef struct CoNlpCounts
{
	int			f,				/* evaluations asked of the user's problem */
				c,
				grad,
				jac,
				hess;
} CoNlpCounts;

typedef struct CoInner
{
	CoNlp		nlp;			/* the inner problem; self is this struct */
	const CoNlp *user;
	int		   *var;			/* [n] user's variable of each inner one */
	int		   *row;			/* [m] user's row of each inner one */
	int		   *jac_from;		/* user's entry of each inner entry */
	int		   *hess_from;
	double		f_scale;
	double		f_unit;			/* of the objective, at most 1: set by the
								 * first scaling */
	double	   *row_scale;		/* [m] */
	double	   *x;				/* [user n] fixed entries stay */
	CoNlpValue	at;				/* the user's values at x */
	double	   *y;				/* [user m] */
	double	   *hess;
	bool		linear_rows;	/* all rows linear: one Jacobian is enough */
	bool		constant_hess;	/* of f, and linear rows */
	bool		has_unit;
	bool		have_grad,		/* of a linear objective */
				have_jac,
				have_hess;
	int			max_evaluations;
	bool		out_of_evaluations; /* why eval ended with CO_TIME_EXCEEDED */
	CoNlpCounts counts;
} CoInner;

/*
 * The inner problem, without scaling yet.  x0: [user n] a finite point; its
 * entries of fixed variables are replaced by their values.
 */
extern CoRc co_inner_new(CoArena *arena, const CoNlp *user, const double *x0,
						 int max_evaluations, CoInner **out);

/*
 * Gradient-based scaling at the inner point x [WB06, section 3.8]: no
 * derivative of the scaled problem is larger than 100 there.  Functions
 * that are less than 1 there, with their derivatives, are stated in a large
 * unit and scaled up to 1; f_unit is that of the objective, which absolute
 * tolerances are in, or an objective in billions would be solved to fewer
 * digits than the same one in ones.
 */
extern CoRc co_inner_scale(CoInner *inner, const double *x);

/*
 * Count an evaluation of the user's problem that is to follow.
 * CO_TIME_EXCEEDED, and out_of_evaluations: there were as many as there may be.
 */
extern CoRc co_inner_count(CoInner *inner, unsigned want);

/* User's vectors from inner ones: x; multipliers of rows and of bounds. */
extern void co_inner_x(const CoInner *inner, const double *x, double *user_x);
extern void co_inner_y(const CoInner *inner, const double *y, double *user_y);

#endif							/* CO_NLP_NLP_INNER_H */
