/*-------------------------------------------------------------------------
 *
 * solver/interior.h
 *	  The method interior_point: attempts of the barrier method (barrier.h)
 *	  and the ladder that they form (interior.c), their starts (interior_attempt.c),
 *	  and the search for a feasible point (interior_seek.c).
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_SOLVER_INTERIOR_H
#define CO_SOLVER_INTERIOR_H

#include "solver/barrier.h"
#include "solver/nlp_run.h"

/* Iterations of an attempt until others come first; of those with rows, interior.c. */
#define CO_NLP_ATTEMPT_ITERATIONS 1000

typedef struct CoNlpStrategy	/* what an attempt does differently */
{
	double		mu;				/* times the option's */
	bool		reset_slacks;
	double		unrelax_mu,		/* as in solver/barrier.h */
				y_long;
	bool		adaptive;
} CoNlpStrategy;

typedef struct CoNlpAttempt
{
	CoBarrier  *barrier;		/* NULL: no start with values */
	CoBarrierVerdict verdict;
	double	   *scaled_at;		/* [n of inner] */
	CoMark		mark;			/* its memory follows */
	const double *ray;			/* the solution's, before */
} CoNlpAttempt;

extern const CoNlpStrategy co_nlp_first;

/* interior_judge.c.  CoBarrier's judge(): is its current point good enough? */
extern CoRc co_nlp_run_judge(void *self, const CoBarrier *b, bool *good);

/* Judge where a run ended. */
extern CoRc co_nlp_run_take(CoNlpRun *run, const CoBarrier *b, CoBarrierVerdict verdict);

/* interior_attempt.c.  Start at run->x0, only; CO_NOT_FINITE: no values there */
extern CoRc co_nlp_begin(CoNlpRun *run, const CoNlpStrategy *how, CoNlpAttempt *out);

/* Start, run, judge. */
extern CoRc co_nlp_attempt(CoNlpRun *run, const CoNlpStrategy *how, int iterations,
						   CoNlpAttempt *out);

/* Run on where the iterations were too few. */
extern CoRc co_nlp_continue(CoNlpRun *run, CoNlpAttempt *attempt, int iterations);
extern void co_nlp_forget(CoNlpRun *run, const CoNlpAttempt *attempt);
extern void co_nlp_allow(const CoNlpRun *run, CoBarrier *b, int iterations);

/* interior_seek.c */
extern CoRc co_nlp_seek_feasible(CoNlpRun *run, bool *tried);

/* interior_plan.c: announce memory (base/arena.h) of the systems, of an attempt */
extern CoRc co_nlp_plan_kkt(const CoNlpRun *run);
extern CoRc co_nlp_plan_attempt(const CoNlpRun *run);

#endif							/* CO_SOLVER_INTERIOR_H */
