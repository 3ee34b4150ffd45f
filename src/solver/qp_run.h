/*-------------------------------------------------------------------------
 *
 * solver/qp_run.h
 *	  One convex solve in progress: the driver (qp.c), a warm start (qp_warm.c)
 *	  and what points and certificates are worth (qp_judge.c).
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_SOLVER_QP_RUN_H
#define CO_SOLVER_QP_RUN_H

#include "solver/ipm.h"
#include "solver/solver.h"

typedef struct CoQpRun
{
	CoArena    *arena;
	const CoQp *qp;				/* the user's */
	const CoOptions *options;
	const CoQpPoint *start;		/* NULL: none; y and z NULL: x only */
	CoSolution *sol;
	CoPresolve *presolve;		/* NULL: none */
	const CoQp *reduced;		/* qp itself without presolve */
	CoKktPath	prefer;
	bool		large_start;	/* a second attempt starts far inside */
	CoIpmPath	path;			/* a second attempt keeps multipliers short */
} CoQpRun;

/* qp.c */
extern void co_qp_run_account(CoQpRun *run, const CoIpm *ipm);

/* qp_warm.c.  settled: the active sides of run->start have led to the solution. */
extern CoRc co_qp_run_warm(CoQpRun *run, bool *settled);

/*--------------------------------------------------------------------------
 * qp_judge.c: the user's problem decides
 *--------------------------------------------------------------------------
 */

/* A point of the reduced problem. */
extern CoRc co_qp_run_judge(CoQpRun *run, const CoQpPoint *reduced);

/* The interior point's best. */
extern CoRc co_qp_run_take(CoQpRun *run, const CoIpm *ipm);

/* Of two results, the one in sol and the first. */
extern void co_qp_run_keep_better(CoQpRun *run, const CoSolution *first);

/* Out of time anywhere: nothing is proved, and the point is what it is. */
extern CoRc co_qp_run_judge_unfinished(CoQpRun *run);

/* A certificate of the reduced problem. */
extern CoRc co_qp_run_accept_infeasible(CoQpRun *run, const double *reduced_y, bool *accepted);

/*
 * A ray proves unboundedness of a feasible problem only: look for a feasible
 * point, or for the proof that there is none.
 */
extern CoRc co_qp_run_settle_ray(CoQpRun *run, const double *reduced_ray, bool *settled);

/* Presolve, its verdicts checked.  settled: nothing is left to be solved. */
extern CoRc co_qp_run_presolve(CoQpRun *run, bool *settled);

#endif							/* CO_SOLVER_QP_RUN_H */
