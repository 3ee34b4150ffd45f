/*-------------------------------------------------------------------------
 *
 * nlp/lower.h
 *	  From a problem block to the matrices of a QP.
 *
 * Parameters become numbers, terms are summed in a canonical order (the answer
 * does not depend on the order in which rows arrived), maximization becomes
 * minimization of -f, code that is a polynomial of degree two is expanded, a
 * square (or product) of long affine forms gets a variable and a row of its own.
 * Sums of squares over the same variables are reduced before they are expanded,
 * and stay squares, with variables of their own, where expanding loses digits
 * (lower_square.c).  Variables and constraints keep the block's order; added ones
 * come last.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_NLP_LOWER_H
#define CO_NLP_LOWER_H

#include "expr/block.h"
#include "nlp/qp.h"

typedef enum CoProblemClass
{
	CO_CLASS_LP,
	CO_CLASS_QP,				/* quadratic objective, linear rows; convexity
								 * not yet known */
	CO_CLASS_QCQP,				/* a quadratic row */
	CO_CLASS_NLP				/* anything else */
} CoProblemClass;

typedef struct CoLowered
{
	CoProblemClass problem_class;
	int			culprit_row;	/* block row that makes it QCQP or NLP; -1 */
	CoQp		qp;				/* when LP or QP */
	bool		maximize;		/* qp minimizes -f */
	int			n_var;			/* the user's variables: qp.n - added ones */
	int			n_row;			/* the user's constraints: qp.m - added ones */
	int		   *var_leaf;		/* [n_var] leaf of each variable */
	int		   *leaf_var;		/* [n_leaf] variable of each leaf; -1: a
								 * parameter */

	/* When LP or QP: */
	double	   *start;			/* [qp.n] NaN where not given */
	double	   *row_constant;	/* [n_row] constant of the body, moved to cl
								 * and cu */
} CoLowered;

/*
 * leaf_value [n_leaf] gives parameters' values (NULL: the block's own).
 * CO_BAD_INPUT with the user's labels for undefined references, coefficients
 * that are not finite, and the like.
 */
extern CoRc co_lower(CoArena *arena, const CoBlock *problem, const double *leaf_value,
					 CoLowered *out, CoError *error);

#endif							/* CO_NLP_LOWER_H */
