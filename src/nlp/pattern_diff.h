/*-------------------------------------------------------------------------
 *
 * nlp/pattern_diff.h
 *	  First and second derivatives of a node of a graph, as further nodes.
 *
 * The nodes of arguments must come before all other active ones.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_NLP_PATTERN_DIFF_H
#define CO_NLP_PATTERN_DIFF_H

#include "nlp/pattern_dag.h"

/* adjoint [root + 1]: seed * the derivative of root in each node. */
extern CoRc co_dag_gradient(CoDag *dag, int root, int seed, int *adjoint);

typedef struct CoSecond
{
	int			i,
				j;				/* arguments */
	int			node;			/* seed * second derivative of root */
} CoSecond;

/* Those that are not zero for structural reasons. */
extern CoRc co_dag_hessian(CoDag *dag, int root, int seed, CoSecond **out, int *n_out);

#endif							/* CO_NLP_PATTERN_DIFF_H */
