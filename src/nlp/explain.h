/*-------------------------------------------------------------------------
 *
 * nlp/explain.h
 *	  What can be said of a problem before it is solved: kinds of rows and
 *	  variables, ranges of coefficients, what is likely not what was meant.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_NLP_EXPLAIN_H
#define CO_NLP_EXPLAIN_H

#include "expr/block.h"
#include "nlp/qp.h"

#define CO_EXAMPLES		3

typedef struct CoFinding		/* rows, variables or leaves that have something */
{
	int			n;
	int			example[CO_EXAMPLES];	/* the first of them */
} CoFinding;

/* Leaves and rows are those of the block, row 0 the objective. */
typedef struct CoBlockFindings
{
	CoFinding	unused,			/* variables that stand nowhere, or with 0 */
				outside_rows,	/* in the objective only */
				unused_parameter,
				zero,			/* rows with a coefficient of exactly 0 */
				negated,		/* rows with (-x)^n, n even */
				maximized_square,	/* the leaf of x^2 that is maximized */
				sure_squares,	/* rows: a sum of squares >= 0 or less */
				empty;			/* constraints without terms */
} CoBlockFindings;

extern CoRc co_explain_block(CoArena *arena, const CoBlock *problem, CoBlockFindings *out);

typedef struct CoRange			/* of the absolute values that are not 0 */
{
	double		least,			/* INFINITY: there are none */
				most;
	int			least_row,		/* -1: of the objective, or a bound */
				least_var,		/* -1: a side */
				most_row,
				most_var;
} CoRange;

typedef struct CoExplainView	/* a problem at a point */
{
	int			n,
				m;				/* the user's variables and rows */
	const double *gradient,		/* [n] */
			   *cl,				/* [m] */
			   *cu,
			   *xl,				/* [n] */
			   *xu;
	const CoCsc *a;				/* Jacobian, of at least m rows */
	const uint8_t *linear;		/* [m] 1: the row is; NULL: all are */
} CoExplainView;

typedef struct CoExplain
{
	CoFinding	equality,
				range,			/* two different sides */
				one_sided,
				no_side,
				redundant,		/* linear, and the bounds suffice */
				impossible,		/* linear, and the bounds forbid it */
				crossing;		/* its own sides do */
	CoFinding	free_var,
				one_bound,
				two_bounds,
				fixed,
				crossing_var,
				huge_bound;		/* a number that may be meant to be infinite */
	CoRange		coefficient,
				objective,
				side,
				bound;
} CoExplain;

extern CoRc co_explain(CoArena *arena, const CoExplainView *view, CoExplain *out);

#endif							/* CO_NLP_EXPLAIN_H */
