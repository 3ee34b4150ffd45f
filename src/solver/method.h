/*-------------------------------------------------------------------------
 *
 * solver/method.h
 *	  What a method for nonlinear programs is, and all of them.
 *
 * A method iterates on the scaled problem of a CoNlpRun and offers points to
 * the judge (nlp_run.h); it never says what a point is.  A new one is a file
 * with its CoNlpMethod and a line in nlp_method.c; test/unit/t_methods.c runs
 * on it at once.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_SOLVER_METHOD_H
#define CO_SOLVER_METHOD_H

#include "solver/nlp_run.h"

struct CoNlpMethod
{
	const char *word;			/* as users write it */
	bool		takes_rows;		/* problems with m > 0 */

	/*
	 * From run->x0 on, until a point is optimal or a limit is reached.  Adds
	 * to the counts of run->sol, and ends with co_nlp_end(). CO_TIME_EXCEEDED
	 * of an evaluation or a poll is passed on, as every other rc that is not
	 * a rejected trial point.
	 */
	CoRc		(*solve) (CoNlpRun *run);
};

extern const CoNlpMethod co_interior_point; /* interior.c */
extern const CoNlpMethod co_augmented_lagrangian;	/* auglag_method.c */
extern const CoNlpMethod co_l_bfgs_b;	/* lbfgsb_method.c */
extern const CoNlpMethod co_sqp;	/* sqp_method.c */

#endif							/* CO_SOLVER_METHOD_H */
