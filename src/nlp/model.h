/*-------------------------------------------------------------------------
 *
 * nlp/model.h
 *	  From a problem block to the problem form of the nonlinear solvers.
 *
 * As nlp/lower.h, for any problem: parameters become numbers, maximization
 * becomes minimization of -f, constants of rows move to their bounds, formulas
 * that are polynomials of degree two become matrices, but for squares that this
 * would cost digits (nlp/lower.h).  All other formulas are kept as patterns x
 * columns (nlp/pattern.h) with exact sparse first and second derivatives.  Sums
 * are taken in an order fixed by the contents of the terms, so the digits do not
 * depend on the order in which rows arrived.
 *
 * Variables and constraints keep the block's order.  A long affine form inside
 * a formula gets a variable and a row of its own (form - t = 0), as the long
 * squares of nlp/lower.h do; these come last.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_NLP_MODEL_H
#define CO_NLP_MODEL_H

#include "expr/block.h"
#include "nlp/nlp.h"

typedef struct CoModel
{
	CoNlp		nlp;			/* in the arena, like all arrays below; the
								 * block is not needed any more */
	bool		maximize;		/* nlp minimizes -f */
	int			n_var;			/* the user's variables: nlp.n - added ones */
	int			n_row;			/* the user's constraints: nlp.m - added ones */
	int		   *var_leaf;		/* [n_var] leaf of each variable */
	int		   *leaf_var;		/* [n_leaf] variable of each leaf; -1: a
								 * parameter */
	double	   *start;			/* [nlp.n] NaN where not given; an added
								 * variable has the value of its form where
								 * all of that is given */
	double	   *row_constant;	/* [n_row] constant of the body, moved to cl
								 * and cu: body = c + row_constant */
	int			n_pattern;		/* skeletons that were not polynomials */
	int64_t		n_term;			/* formulas in them */
	int			n_call;			/* different calls of the host's functions;
								 * where there are some, nlp has no second
								 * derivatives */
} CoModel;

/*
 * leaf_value [n_leaf] gives parameters' values (NULL: the block's own).
 * CO_BAD_INPUT with the user's labels, as co_lower() has them.
 */
extern CoRc co_model_build(CoArena *arena, const CoBlock *problem, const double *leaf_value,
						   CoModel *out, CoError *error);

/* x[n_var ..] := the forms the added variables stand for, at x[0 .. n_var). */
extern void co_model_fill_added(const CoModel *model, double *x);

#endif							/* CO_NLP_MODEL_H */
