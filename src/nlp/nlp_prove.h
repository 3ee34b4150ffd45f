/*-------------------------------------------------------------------------
 *
 * nlp/nlp_prove.h
 *	  What the ranges of a problem's functions (CoNlp's range) prove.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_NLP_NLP_PROVE_H
#define CO_NLP_NLP_PROVE_H

#include "nlp/nlp.h"

typedef struct CoNlpProof
{
	bool		proved;
	int			row;			/* that has no value within its sides anywhere
								 * in the bounds; -1: no single one */
	double		side;			/* of the row: 1 its upper, -1 its lower, 0 it
								 * has no values at all */
	int			n_box;			/* boxes that were looked at */
} CoNlpProof;

/*
 * Boxes that are worth a try: for a few variables a proof takes some hundreds,
 * and less time than a method that fails.
 */
#define CO_NLP_PROOF_BOXES	4000

/*
 * Branch and prune [HMK97]: the box of the bounds, and linear rows of
 * one variable, is cut into at most max_boxes, each of which misses the sides
 * of some row by more than tolerance (absolute and relative), or has a row
 * without values.  Not proved: nothing is known.
 */
extern CoRc co_nlp_prove_infeasible(CoArena *arena, const CoNlp *nlp, double tolerance,
									int max_boxes, CoNlpProof *out);

/* No value of f within the bounds, and linear rows of one variable, is lower; -inf: not known. */
extern CoRc co_nlp_objective_floor(CoArena *arena, const CoNlp *nlp, double *floor);

#endif							/* CO_NLP_NLP_PROVE_H */
