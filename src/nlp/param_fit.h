/*-------------------------------------------------------------------------
 *
 * nlp/param_fit.h
 *	  A sum of squares as a problem over its residuals.
 *
 *		minimize sum_i s_i e_i(x)^2 + q(x)	subject to the problem's rows
 *
 * becomes, with a variable r_i for each square,
 *
 *		minimize sum_i s_i r_i^2 + q(x)		subject to	e_i(x) - r_i = 0 as well.
 *
 * At the solution the KKT matrix of this problem without its rows' curvature
 * is the Gauss-Newton one, J'SJ never formed: the covariance of the fitted x is
 * read off its inverse.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_NLP_PARAM_FIT_H
#define CO_NLP_PARAM_FIT_H

#include "expr/block.h"

typedef struct CoParamFit
{
	CoBlock		block;			/* leaves and rows of the problem, then the
								 * residuals' */
	int			n_residual;
	bool		has_plain;		/* q has terms of x: squares of linear
								 * residuals, multiplied out, whose number is
								 * not known */
} CoParamFit;

/*
 * CO_BAD_INPUT: the objective has another term than a square and a polynomial
 * of degree two, or a square with the wrong sign.
 */
extern CoRc co_param_fit_new(CoArena *arena, const CoBlock *problem, CoParamFit *out, CoError *error);

#endif							/* CO_NLP_PARAM_FIT_H */
