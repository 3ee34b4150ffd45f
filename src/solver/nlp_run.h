/*-------------------------------------------------------------------------
 *
 * solver/nlp_run.h
 *	  One nonlinear solve in progress, shared by the ladder (nlp.c) and by what
 *	  judges its points (nlp_judge.c).
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_SOLVER_NLP_RUN_H
#define CO_SOLVER_NLP_RUN_H

#include "nlp/nlp_inner.h"
#include "solver/barrier.h"
#include "solver/nlp_solve.h"

typedef struct CoNlpRun			/* one solve in progress */
{
	CoArena    *arena;
	const CoNlp *nlp;			/* the user's */
	const CoOptions *options;
	const CoNlpStart *start;
	CoSolution *sol;
	double	   *x0;				/* [n] */
	const double *warm_y,		/* [m] NULL: not a warm start */
			   *warm_z;			/* [n] */
	CoInner    *inner;
	CoBarrierKkt *kkt;
	CoQpPoint	tried;			/* work of the judge */
	CoResidual	tried_residual;
	bool		have_result;	/* sol holds a judged point */
} CoNlpRun;

/* CoBarrier's judge(): is its current point good enough?  The best is kept. */
extern CoRc co_nlp_run_judge(void *self, const CoBarrier *b, bool *good);

/* Judge where a run ended; the best of all points stays in run->sol. */
extern CoRc co_nlp_run_take(CoNlpRun *run, const CoBarrier *b, CoBarrierVerdict verdict);

#endif							/* CO_SOLVER_NLP_RUN_H */
