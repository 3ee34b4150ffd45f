/*-------------------------------------------------------------------------
 *
 * nlp/nlp.h
 *	  The one problem form that every nonlinear solver sees.
 *
 *		minimize	f(x)
 *		subject to	cl <= c(x) <= cu,		xl <= x <= xu
 *
 * Multipliers carry the sign of the active side (src/README.md, "Signs"):
 *
 *		L = f + y'c + z'x
 *
 * so y[i] > 0 only where c[i] rests on cu[i] and y[i] < 0 only on cl[i]; the
 * same for z and the bounds.  Maximization, names, parameters and slacks do
 * not exist here: lowering negates f, a solver that wants slacks adds its own,
 * and what changes a problem (scaling, fixed variables) is a CoNlp around
 * another CoNlp.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_NLP_NLP_H
#define CO_NLP_NLP_H

#include <stdint.h>

#include "base/arena.h"
#include "linalg/csc.h"
#include "nlp/interval.h"

/* What eval() is asked for: bits of want. */
#define CO_WANT_F		1
#define CO_WANT_C		2
#define CO_WANT_GRAD	4
#define CO_WANT_JAC		8

typedef struct CoNlpValue		/* arrays belong to the solver that asks; NULL
								 * where want does not name them */
{
	double		f;
	double	   *c;				/* [m] */
	double	   *grad;			/* [n] */
	double	   *jac;			/* [nnz of jac], in the pattern's order */
} CoNlpValue;

/* What is known of f and of each row without evaluating. */
typedef enum CoCurvature
{
	CO_LINEAR,					/* constant derivatives */
	CO_QUADRATIC,				/* constant second derivatives */
	CO_NONLINEAR
} CoCurvature;

typedef struct CoNlp
{
	int			n,				/* variables */
				m;				/* constraints */
	const double *xl,			/* [n] -INFINITY where absent */
			   *xu,				/* [n] */
			   *cl,				/* [m] cl == cu is an equality */
			   *cu;				/* [m] */
	CoCurvature objective;
	const uint8_t *row;			/* [m] CoCurvature of each row; NULL: all
								 * nonlinear */
	CoCsc		jac;			/* m x n, pattern only, fixed for the
								 * problem's life */
	CoCsc		hess;			/* n x n lower triangle, pattern only */
	bool		has_hess;		/* hess_at can be called; else quasi-Newton */

	/*
	 * Fill what want names, at x.  CO_NOT_FINITE: a value asked for is not
	 * finite, x is a rejected trial point and never an error.  Everything
	 * else but CO_OK ends the solve (CO_CANCELED, CO_TIME_EXCEEDED,
	 * CO_BAD_INPUT).
	 */
	CoRc		(*eval) (void *self, const double *x, unsigned want, CoNlpValue *out);

	/* The lower triangle of sigma * Hf + sum y[i] * Hc_i, in hess's order. */
	CoRc		(*hess_at) (void *self, const double *x, double sigma,
							const double *y, double *value);

	/*
	 * What values can be had where x is in the box lower..upper [n]: f, in
	 * ranges[0], by CO_WANT_F, and the rows, in ranges[1 + i], by CO_WANT_C.
	 * Rounding is allowed for, and what they are may be less.  NULL: nothing
	 * is known.
	 */
	CoRc		(*range) (void *self, unsigned want, const double *lower, const double *upper,
						  CoInterval *ranges);
	void	   *self;
} CoNlp;

/* nlp_residual.c.  Room for all values, which are 0.  CO_NO_MEMORY, CO_MEMORY_EXCEEDED. */
extern CoRc co_nlp_take_value(CoArena *arena, const CoNlp *nlp, CoNlpValue *out);

#endif							/* CO_NLP_NLP_H */
