/*-------------------------------------------------------------------------
 *
 * solver/nlp_run.h
 *	  One nonlinear solve in progress: what the driver (nlp.c) and its methods
 *	  (method.h) share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_SOLVER_NLP_RUN_H
#define CO_SOLVER_NLP_RUN_H

#include "nlp/nlp_inner.h"
#include "solver/nlp_solve.h"

typedef struct CoNlpRun
{
	CoArena    *arena;
	const CoNlp *nlp;			/* the user's */
	const CoOptions *options;
	const CoNlpStart *start;
	CoSolution *sol;
	double	   *x0;				/* [n] finite */
	const double *warm_y,		/* [m] NULL: not a warm start */
			   *warm_z;			/* [n] */
	CoInner    *inner;			/* what methods solve: inner->nlp */
	const CoNlpMethod *method;	/* the one at work */
	bool		others_tried;	/* co_nlp_try_others() was called */
	CoArena		log_arena;		/* of logs: methods rewind the other one */
	CoIteration *log;			/* [n_log] of the methods that use
								 * co_nlp_log() */
	int			n_log,
				log_room;

	/* The judge's */
	CoQpPoint	tried;
	CoResidual	tried_residual;
	bool		have_result;	/* sol holds a judged point */

	struct CoBarrierKkt *kkt;	/* the interior point's, of all its attempts */
} CoNlpRun;

/*
 * nlp.c: other methods than run->method, which has failed, or gets nowhere and
 * goes on where none of them ends it; once per solve, and only where the user
 * allows it.  how: what became of the method, for the reason.
 */
extern CoRc co_nlp_try_others(CoNlpRun *run, const char *how);

/*--------------------------------------------------------------------------
 * nlp_start.c: where methods start
 *--------------------------------------------------------------------------
 */

/*
 * x [n of inner]: the start, projected into its bounds, or moved inside or
 * aside where it has no values; the problem is scaled there.  CO_NOT_FINITE: no point
 * that was tried has values.
 */
extern CoRc co_nlp_find_start(CoNlpRun *run, double *x);

/* Of CO_NLP_N_MOVES points from x0 (inner) ever further inside, or beside it, the k-th. */
#define CO_NLP_N_MOVES	15
extern void co_nlp_move_start(const CoNlp *inner, const double *x0, int k, double *x);

/* The inner variables of a user's point. */
extern void co_nlp_inner_point(const CoInner *inner, const double *user, double *x);

/* false: no warm start; else its multipliers y [m] and z [n] of the inner problem. */
extern bool co_nlp_warm_multipliers(const CoNlpRun *run, double *y, double *z);

/*--------------------------------------------------------------------------
 * nlp_judge.c: what points are
 *--------------------------------------------------------------------------
 */

typedef struct CoOffer			/* a point of the inner problem */
{
	const double *x,			/* [n] */
			   *y,				/* [m] NULL: no multipliers, y = z = 0 */
			   *z;				/* [n] */
	bool		loose;			/* solved as far as rounding lets it be: its
								 * residuals count in those units */
	CoSecondOrder second_order;
	CoIteration *log;			/* in log_arena; NULL: that of co_nlp_log() */
	int			n_log;
} CoOffer;

/*
 * Judge a point on the user's problem; the best one stays in run->sol.  good:
 * it is optimal, and the method can end.
 */
extern CoRc co_nlp_offer(CoNlpRun *run, const CoOffer *offer, bool *good);

/*
 * A point where the violation is thought to be stationary, with weights of the
 * rows in y (nlp_residual.h).  stationary: it is, and no point within the
 * tolerances.
 */
extern CoRc co_nlp_offer_violation(CoNlpRun *run, const CoOffer *offer, bool *stationary);

/*
 * Iterates that grow without limit.  unbounded: the last one is a feasible
 * point so low that the objective is taken to have no limit.
 */
extern CoRc co_nlp_offer_diverged(CoNlpRun *run, const CoOffer *offer, bool *unbounded);

/* Where a run got lost far out: a ray with a falling objective makes it unbounded. */
extern CoRc co_nlp_probe_ray(CoNlpRun *run);

/* The same towards a point where the objective has no value, as ln(x) at 0. */
extern CoRc co_nlp_probe_pole(CoNlpRun *run);

/* What values alone make look endless: is the objective bounded, by its ranges? */
extern CoRc co_nlp_has_floor(CoNlpRun *run, bool *answer);

/* The same along the rows, from the best point, where this can be made feasible. */
extern CoRc co_nlp_probe_path(CoNlpRun *run);

/* Why the method stops, unless what is known of the best point says it better. */
extern void co_nlp_end(CoNlpRun *run, CoTermination why);

/* One line of the log. */
extern CoRc co_nlp_log(CoNlpRun *run, const CoIteration *iteration);

/* The end: the log of the best point becomes the solution's own. */
extern CoRc co_nlp_finish_log(CoNlpRun *run);

/* Solved, or at a limit of the user's. */
extern bool co_nlp_is_settled(const CoNlpRun *run);

/* Iterations that the user's limit still allows. */
extern int	co_nlp_iterations_left(const CoNlpRun *run);

/* nlp_plan.c: announce memory (base/arena.h) of all but the methods */
extern CoRc co_nlp_plan_run(CoArena *arena, const CoNlp *nlp);

/* What judging a point takes at most and gives back, to be announced on top of a method's own. */
extern double co_nlp_judge_bytes(const CoNlp *nlp);

#endif							/* CO_SOLVER_NLP_RUN_H */
