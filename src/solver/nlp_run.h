/*-------------------------------------------------------------------------
 *
 * solver/nlp_run.h
 *	  One nonlinear solve in progress, shared by the ladder (nlp.c), its
 *	  attempts (nlp_attempt.c, nlp_seek.c), and what judges their points
 *	  (nlp_judge.c).
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

/* No attempt has more iterations at first: the next one may need fewer. */
#define CO_NLP_ATTEMPT_ITERATIONS 1500

typedef struct CoNlpStrategy	/* what an attempt does differently */
{
	double		mu;				/* times the option's */
	bool		reset_slacks;
	double		unrelax_mu,		/* as in solver/barrier.h */
				y_long;
} CoNlpStrategy;

typedef struct CoNlpAttempt
{
	CoBarrier  *barrier;		/* NULL: no start with values */
	CoBarrierVerdict verdict;
	double	   *scaled_at;		/* [n of inner] */
	CoMark		mark;			/* its memory follows */
	const double *ray;			/* that of the solution, before */
} CoNlpAttempt;

extern const CoNlpStrategy co_nlp_first;

/* nlp_attempt.c.  Start at run->x0, only; CO_NOT_FINITE: no values there */
extern CoRc co_nlp_begin(CoNlpRun *run, const CoNlpStrategy *how, CoNlpAttempt *out);

/* Start, run, judge. */
extern CoRc co_nlp_attempt(CoNlpRun *run, const CoNlpStrategy *how, int iterations,
						   CoNlpAttempt *out);

/* Run on where the iterations were too few. */
extern CoRc co_nlp_continue(CoNlpRun *run, CoNlpAttempt *attempt, int iterations);
extern void co_nlp_forget(CoNlpRun *run, const CoNlpAttempt *attempt);
extern void co_nlp_allow(const CoNlpRun *run, CoBarrier *b, int iterations);

/* nlp_seek.c */
extern CoRc co_nlp_seek_feasible(CoNlpRun *run, bool *tried);

/* nlp.c: solved, or at a limit of the user's */
extern bool co_nlp_is_settled(const CoNlpRun *run);

/* nlp_plan.c: announce memory (base/arena.h) of all but the attempts, of one */
extern CoRc co_nlp_plan_run(CoArena *arena, const CoNlp *nlp);
extern CoRc co_nlp_plan_attempt(const CoNlpRun *run);
extern double co_nlp_count_log(const CoNlpRun *run, int iterations);

#endif							/* CO_SOLVER_NLP_RUN_H */
