/*-------------------------------------------------------------------------
 *
 * solver/ipm.h
 *	  Primal-dual interior point for a convex QP in the form of nlp/qp.h.
 *
 * Private to the convex solver: solver/qp.c scales, calls, and judges.
 *
 * The bounds of variables and rows are treated alike.  Index k < n is
 * variable k with g_k = x_k, index n + i is row i with g = (Ax)_i; each finite
 * side has a slack t > 0 and a multiplier v > 0:
 *
 *		g - tl = lo,	g + tu = hi,	tl vl = mu,	tu vu = mu
 *		Px + c + A'y + z = 0,	z_k = vu_k - vl_k,	y_i = vu_(n+i) - vl_(n+i)
 *
 * An equality row has no sides, its y is free; a variable with equal bounds is
 * pinned there, its z takes up the stationarity.  Neither bounds nor rows need
 * hold along the way (infeasible start, free variables are not split).
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_SOLVER_IPM_H
#define CO_SOLVER_IPM_H

#include "nlp/scale.h"
#include "solver/kkt.h"

#define CO_HAS_LO	1
#define CO_HAS_HI	2
#define CO_PINNED	4			/* a variable with lo = hi */
#define CO_EQUALITY 8			/* a row with lo = hi */

#define CO_ON_LO	1			/* CoIpm's active: the side it rests on */
#define CO_ON_HI	2

#define CO_IPM_POLISH_RHO	1e-10	/* free variables have no weight of their
									 * own in a polish */
#define CO_IPM_POLISHED	1e-3	/* merit far below every tolerance: nothing to
								 * gain */

typedef struct CoIpmResidual	/* of the current point, in the user's scale */
{
	double		primal,
				dual,
				gap,
				signed_gap,
				compl,
				objective;
	double		primal_scale,
				dual_scale,
				gap_scale;
} CoIpmResidual;

/* Which central path is followed. */
typedef enum CoIpmPath
{
	CO_IPM_PLAIN,
	CO_IPM_SHORT,				/* a little weight on |y|, gone in the end */
	CO_IPM_DAMPED				/* more of it, and regularization that stays */
} CoIpmPath;

typedef struct CoIpm
{
	CoArena    *arena;
	const CoOptions *options;
	const CoQp *qp;				/* scaled */
	const CoQp *user;			/* unscaled, for certificates */
	const CoScaling *scaling;
	CoKkt	   *kkt;
	int			n,
				m,
				size;			/* n + m */
	int			n_sides;		/* complementarity pairs */
	unsigned char *flags;		/* [size] */
	const double *lo;			/* [size] */
	const double *hi;			/* [size] */

	double	   *g;				/* [size] x, then Ax; g is x */
	double	   *tl,
			   *tu,
			   *vl,
			   *vu;				/* [size] */
	double	   *y;				/* [m] */
	double	   *z;				/* [n] */
	double		mu;

	double	   *px;				/* [n] Px */
	double	   *aty;			/* [n] A'y */
	double	   *rd;				/* [n] Px + c + A'y + z */
	double	   *re;				/* [m] b - Ax of the equality rows */
	double	   *rl;				/* [size] lo - g + tl */
	double	   *ru;				/* [size] hi - g - tu */

	/* Newton direction and its right-hand side */
	double	   *cl;				/* [size] wanted change of tl vl */
	double	   *cu;				/* [size] */
	double	   *weight;			/* [size] vl / tl + vu / tu */
	double	   *kdx;			/* [n] Dx of the KKT matrix */
	double	   *kdy;			/* [m] Dy */
	double	   *bx;				/* [n] */
	double	   *by;				/* [m] */
	double	   *dg;				/* [size] dx, then A dx */
	double	   *dy;				/* [m] */
	double	   *dv;				/* [size] change of vu - vl */
	double	   *dtl,
			   *dtu,
			   *dvl,
			   *dvu;			/* [size] */

	/*
	 * The direction kept while a corrector is tried: dg, dy, dv, dtl, dtu,
	 * dvl, dvu
	 */
	double	   *kept;			/* [6 size + m] */

	unsigned char *active;		/* [size] side the best point rests on: polish */
	unsigned char *next_active; /* [size] */
	unsigned char *guess;		/* [size] active as the interior point left it */
	double	   *best_x,			/* [n] */
			   *best_y,			/* [m] */
			   *best_z;			/* [n] */
	double		best_merit;
	double	   *saved;			/* [4 size + 4 n + 2 m] state while a polish
								 * is tried */
	bool		polished;		/* the best point is a polished one */
	double		tried_merit;	/* of the last iterate a polish was tried from */
	double		best_part[3];	/* least primal, dual residual and gap so far */
	int			progress_iteration; /* when one of them last fell */
	bool		at_end;			/* mu is as small as it should be */
	int			n_unsolved;		/* iterations with a badly solved system */
	double		newton_primal;	/* with the perturbation of dual_prox */
	double		last_dual,		/* Newton residuals before the step */
				last_primal;
	double		mu_floor;		/* centring never aims below */
	double		floor_x,		/* residuals of the linear systems below these */
				floor_y;		/* do not matter at the wanted tolerances */

	/*
	 * A path with short multipliers (solver/ipm.c): weight of 1/2 |y|^2 in
	 * the dual, Ax - dual_prox y takes the place of Ax.
	 */
	CoIpmPath	path;
	double		dual_prox;
	bool		large_start;	/* second attempt: start far inside */
	double	   *low;			/* [m] rounding errors of Ax */
	double	   *px_low;			/* [n] rounding errors of Px */

	double		step_primal,
				step_dual;
	double		solve_error;	/* of the last linear solve, 1: as asked */
	CoIpmResidual res;
	CoIteration *log;			/* [max_iterations + 1] */
	int			n_log,
				log_room;
	int			iteration;
	double	   *certificate;	/* [max(n, m)] user's scale, when one was
								 * found */
} CoIpm;

typedef enum CoIpmVerdict
{
	CO_IPM_CONVERGED,
	CO_IPM_INFEASIBLE,			/* ipm->certificate holds y */
	CO_IPM_UNBOUNDED,			/* ipm->certificate holds the direction */
	CO_IPM_STAGNATED,
	CO_IPM_ITERATION_LIMIT,
	CO_IPM_TIME_LIMIT,
	CO_IPM_BREAKDOWN			/* the linear systems could not be solved */
} CoIpmVerdict;

extern CoRc co_ipm_new(CoArena *arena, const CoQp *user, const CoQp *scaled,
					   const CoScaling *scaling, const CoOptions *options,
					   CoKktPath prefer, CoIpm **out);

/* Run; the best point is in best_x, best_y, best_z (scaled). */
extern CoRc co_ipm_run(CoIpm *ipm, const double *start, CoIpmVerdict *verdict);

/* ipm_start.c: the starting point. start: [n] scaled or NULL */
extern CoRc co_ipm_start(CoIpm *ipm, const double *start);

/* ipm_step.c: predictor, corrector, centrality correctors; then the step. */
extern CoRc co_ipm_step(CoIpm *ipm, CoIteration *line);

/* ipm_residual.c */
extern void co_ipm_residuals(CoIpm *ipm);
extern bool co_ipm_converged(const CoIpm *ipm, double *merit);

/* Remember the point when its residuals are the best so far. */
extern bool co_ipm_keep_best(CoIpm *ipm);

/* ipm_polish.c: solve for the active sides of the best point exactly. */
extern void co_ipm_load_best(CoIpm *ipm);
extern void co_ipm_mark_active(CoIpm *ipm);
extern CoRc co_ipm_polish(CoIpm *ipm);

/*
 * Rounds of exchange from the sides in active and the current x and y, at most
 * so many; a point that is better than the best becomes the best.
 */
extern CoRc co_ipm_exchange(CoIpm *ipm, int most, int *n_rounds);

/* ipm_warm.c: the same from a point with multipliers, in the scaled problem. */
extern CoRc co_ipm_warm(CoIpm *ipm, const CoQpPoint *point, bool *done);

/*
 * The sides that the polish holds, and its point with the multipliers that
 * their signs allow, judged against the best.
 */
extern bool co_ipm_held(const CoIpm *ipm, int k);
extern double co_ipm_held_side(const CoIpm *ipm, int k);
extern void co_ipm_judge_active(CoIpm *ipm);

/* ipm_round.c: better doubles near the polished point. */
extern CoRc co_ipm_round(CoIpm *ipm);
extern double co_ipm_round_bytes(const CoIpm *ipm);

/* Try it from an iterate on the way; done: it gave the solution, else nothing changed. */
extern CoRc co_ipm_polish_early(CoIpm *ipm, bool *done);

/* ipm_certificate.c: do the iterates prove infeasibility or unboundedness? */
extern CoRc co_ipm_certify(CoIpm *ipm, CoIpmVerdict *verdict, bool *found);

#endif							/* CO_SOLVER_IPM_H */
