/*-------------------------------------------------------------------------
 *
 * solver/barrier.h
 *	  Private state of the nonlinear interior point.
 *
 *		minimize f(v) - mu sum log(v - lo) - mu sum log(hi - v)
 *		subject to g(v) = 0,	v = (x, extra columns)
 *
 * [WB06] Waechter, Biegler, "On the implementation of an interior-point filter
 * line-search algorithm for large-scale nonlinear programming", Math. Program.
 * 106 (2006) 25-57.
 *
 *		paper			here
 *		x, s			at.v
 *		lambda			at.y
 *		z_L, z_U		at.zl, at.zu
 *		x - x_L			sl, su
 *		W, Sigma		hess, weight
 *		delta_w			delta_w
 *		theta, phi		theta, co_barrier_phi()
 *
 * The extra columns stand in one row each, with coefficient +1 or -1:
 * a slack s_i of an inequality, g_i = c_i(x) - s_i; and in the restoration
 * phase the elastic variables of every row, g_i = c_i(x) - b_i + n_i - p_i, or
 * r_i in place of n_i - p_i where the sum of squares is minimized.
 * They are eliminated before the factorization, so both phases share one
 * pattern and one factorization object.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_SOLVER_BARRIER_H
#define CO_SOLVER_BARRIER_H

#include "nlp/nlp.h"
#include "solver/barrier_kkt.h"
#include "solver/barrier_quasi.h"
#include "solver/filter.h"
#include "solver/solver.h"

#define CO_HAS_LOWER	1
#define CO_HAS_UPPER	2

typedef struct CoVectors		/* one of each kind: point, step, residual */
{
	double	   *v,				/* [nv] */
			   *y,				/* [m] */
			   *zl,				/* [nv] */
			   *zu;				/* [nv] */
} CoVectors;

typedef struct CoBarrierPoint
{
	CoVectors	at;
	double		f;
	double	   *grad;			/* [nv] */
	double	   *c;				/* [m] rows as the problem gives them */
	double	   *jac;
	double	   *g;				/* [m] equality residuals */
	double	   *sl,				/* [nv] distance to lo, hi; 1 where absent */
			   *su;
	double		theta;			/* |g|_1 */
} CoBarrierPoint;

typedef struct CoBarrierError	/* of the current point, scaled problem */
{
	double		dual,			/* |grad L|_inf */
				primal,			/* |g|_inf */
				compl,			/* max s z */
				s_d,			/* WB06 eq. 5 */
				s_c;
} CoBarrierError;

typedef enum CoBarrierVerdict
{
	CO_BARRIER_CONVERGED,
	CO_BARRIER_RESTORED,		/* restoration: back to the regular phase */
	CO_BARRIER_STALLED,			/* acceptable for long, no progress */
	CO_BARRIER_ITERATION_LIMIT,
	CO_BARRIER_TINY_STEP,
	CO_BARRIER_NO_STEP,			/* the line search, then restoration failed */
	CO_BARRIER_SINGULAR,		/* no regularization gave a direction */
	CO_BARRIER_INFEASIBLE,		/* restoration ended at a stationary violation */
	CO_BARRIER_DIVERGED,
	CO_BARRIER_NONFINITE
} CoBarrierVerdict;

#define CO_LAST_PHI		60		/* best of 10, 30, 60, 100 over CUTE's palmer* */

/* State of the line search [WB06, sections 2.3, 2.4, 3.2]. */
typedef struct CoBarrierSearch
{
	CoFilter	filter;
	double		theta_max,		/* < 0: not yet set */
				theta_min;
	double		ref_theta,		/* where the search starts from */
				ref_phi,
				ref_slope;		/* grad phi' dv */
	int			n_shortened;	/* successive iterations with a short step */
	bool		in_watchdog,
				in_soft;		/* soft restoration */
	int			n_watchdog,
				n_soft;
	double		watchdog_alpha;
	bool		tiny_last;		/* the last step was tiny */
	bool		filter_rejected;	/* the last rejection was the filter's */
	int			n_filter_rejected,
				n_filter_reset;
	double		alpha_test,		/* length that the tests count with */
				alpha,			/* last step */
				alpha_dual;
	int			n_corrections;	/* second-order corrections used in it */
	int			n_trials;
	char		kind;			/* of the last step, for the log */
	double		last_phi[CO_LAST_PHI];	/* of a long run, a ring */
	int			n_last_phi;
} CoBarrierSearch;

#define CO_PHI_LAST		4		/* NWW09 section 5: l_max and one */

typedef struct CoBarrier CoBarrier;

struct CoBarrier
{
	CoArena    *arena;
	const CoOptions *options;
	const CoNlp *nlp;			/* scaled, without fixed variables */
	CoBarrierKkt *kkt;
	int			n,				/* variables */
				m,				/* rows */
				nv,				/* variables and extra columns */
				n_bounds;		/* complementarity pairs */
	int		   *extra_row;		/* [nv - n] */
	double	   *extra_sign;		/* [nv - n] */
	double	   *extra_hess;		/* [nv - n] second derivative of the objective */
	int			n_elastic;		/* of the extra columns, the last ones */
	double	   *lo,				/* [nv] relaxed */
			   *hi;
	unsigned char *has;			/* [nv] CO_HAS_* */
	double		relax;			/* of the sides, until mu < unrelax_mu */
	double		unrelax_mu;
	const double *row_scale;	/* [m] of the scaled problem; NULL: none */
	double	   *target;			/* [m] right-hand side of an equality, else 0 */

	CoBarrierPoint *cur,
			   *trial,
			   *kept;			/* where the watchdog started */
	CoVectors	step,
				kept_step,
				soc,			/* second-order correction */
				rhs,
				res;			/* work of the refinement */
	double	   *rd;				/* [nv] grad L of cur */
	double	   *weight;			/* [nv] Sigma */
	double	   *hess;			/* values, of cur; zero without second
								 * derivatives */
	CoBarrierQuasi *quasi;		/* NULL: exact second derivatives */
	double	   *dx,				/* [n] what is added to H */
			   *dy,				/* [m] */
			   *reduced;		/* [n + m] */
	CoVectors	best_sol;		/* of the refinement */
	double	   *eliminated;		/* [nv] work of the elimination */
	double	   *zero;			/* [nv] zeros */
	double	   *g_soc;			/* [m] */

	double		mu,
				tau;
	double		delta_w,		/* in the current factorization */
				last_delta_w;	/* last one that was needed */
	bool		regularize_rows;	/* delta is in the system to be solved,
									 * not only in its factorization */
	double		mu_min;			/* the barrier is not lowered below */
	double		tol;			/* of the scaled problem */
	bool		tiny_step;		/* the mu update must act */

	/* The adaptive update of mu (barrier_mu.c). */
	bool		adaptive,
				free_mu;		/* mu is chosen with the direction */
	double		mu_max,
				phi_last[CO_PHI_LAST];	/* KKT errors of the free mode, a ring */
	int			n_phi;
	bool		positive;		/* the last factorization needed no delta_w */
	CoBarrierError error;
	CoBarrierSearch search;

	/* Strategies of the ladder (nlp.c). */
	bool		reset_slacks;
	double		y_long;			/* multipliers that may have run off */

	/* Restoration: the outer problem, NULL in the regular phase. */
	CoBarrier  *outer;
	const double *x_ref;		/* [n] */
	double	   *prox;			/* [n] D_R^2 */
	double		rho;
	bool		squares;		/* least squares of the rows, not their sum */
	bool		moved;			/* a step has been taken */
	int			n_elastic_reset;	/* successive resets of n and p */
	int			n_restored;		/* restorations so far */
	int			restored_at;	/* iteration after the last one */
	double		reduction;		/* of theta, asked of the next one */
	int			n_feasible_restart; /* filters cleared at feasible points */

	/* The best point so far, for the caller. */
	double	   *best_x,			/* [n] */
			   *best_y,			/* [m] */
			   *best_z;			/* [n] */
	double		best_merit,
				stall_f;		/* objective of the last progress */
	int			best_iteration;
	bool		met;			/* the tolerance was, at some point */
	int			n_acceptable;	/* successive points of acceptable error */
	double	   *stationary_y;	/* [m] weights of the violation where
								 * restoration ended */

	/* Is the best point good enough for the user's problem? */
	CoRc		(*judge) (void *self, const CoBarrier *barrier, bool *good);
	void	   *judge_self;

	int			iteration,
				max_iterations;
	int			n_refine;
	CoArena    *log_arena;		/* the caller's; what is in arena is rewound */
	CoIteration *log;			/* [n_log] those of restorations are here, too */
	int			n_log,
				log_room;
};

/*
 * A variable with one side only is held back by a linear term of the barrier
 * function, kappa_d mu times its distance [WB06, section 3.7].
 */
#define CO_KAPPA_D	1e-5

/* The term's derivative over mu. */
static inline double
co_barrier_damping(const CoBarrier *b, int j)
{
	return b->has[j] == CO_HAS_LOWER ? CO_KAPPA_D : b->has[j] == CO_HAS_UPPER ? -CO_KAPPA_D : 0.0;
}

/* barrier.c */
extern CoRc co_barrier_new(CoArena *arena, const CoNlp *nlp, const CoOptions *options,
						   CoBarrierKkt *kkt, const double *row_scale, CoBarrier *outer,
						   bool squares, CoBarrier **out);
extern CoRc co_barrier_run(CoBarrier *b, CoBarrierVerdict *verdict);

/* barrier_point.c: arrays, evaluation, errors */
extern CoRc co_barrier_take_point(CoBarrier *b, CoBarrierPoint **out);
extern CoRc co_barrier_take_vectors(CoBarrier *b, CoVectors *out);
extern void co_barrier_copy_vectors(const CoBarrier *b, const CoVectors *from, CoVectors *to);
extern void co_barrier_copy_point(const CoBarrier *b, const CoBarrierPoint *from,
								  CoBarrierPoint *to);
extern void co_barrier_set_sides(CoBarrier *b, double relax);
extern CoRc co_barrier_tighten_sides(CoBarrier *b);
extern CoRc co_barrier_values(CoBarrier *b, CoBarrierPoint *p);
extern CoRc co_barrier_derivatives(CoBarrier *b, CoBarrierPoint *p);

/* Restoration's objective follows mu: renew f and grad of p. */
extern void co_barrier_renew_objective(CoBarrier *b, CoBarrierPoint *p);
extern double co_barrier_phi(const CoBarrier *b, const CoBarrierPoint *p);
extern double co_barrier_slope(const CoBarrier *b, const CoBarrierPoint *p, const double *dv);
extern void co_barrier_grad_lagrangian(const CoBarrier *b, const CoBarrierPoint *p, double *rd);
extern void co_barrier_find_error(CoBarrier *b);

/* E_mu of WB06 eq. 5, from b->error's point */
extern double co_barrier_e(const CoBarrier *b, double mu);

/* Average of the absolute Newton residuals of p: soft restoration's measure. */
extern double co_barrier_system_error(CoBarrier *b, const CoBarrierPoint *p);
extern void co_barrier_fraction(const CoBarrier *b, const CoBarrierPoint *p,
								const CoVectors *step, double *primal, double *dual);

/* Reset multipliers that left the neighbourhood of mu / s [WB06 eq. 16]. */
extern void co_barrier_reset_duals(const CoBarrier *b, CoBarrierPoint *p);

/* barrier_start.c */
extern bool co_barrier_is_square(const CoBarrier *b);
extern CoRc co_barrier_start(CoBarrier *b, const double *x, const double *y, const double *z);

/* barrier_newton.c: the direction and the systems behind it */
extern CoRc co_barrier_direction(CoBarrier *b);
extern CoRc co_barrier_correction(CoBarrier *b, const double *g, CoVectors *out);

/* Sigma of column j at p, into b->weight by the caller. */
extern double co_barrier_weight(const CoBarrier *b, const CoBarrierPoint *p, int j);

/*
 * Factor (9) with b->weight and b->delta_w at p; hess NULL: W = 0.  Then solve
 * it; ratio: the residual beside right-hand side and solution, above
 * CO_RATIO_SINGULAR there is no solution.
 */
#define CO_RATIO_SINGULAR	1e-5

extern CoRc co_barrier_factor(CoBarrier *b, const CoBarrierPoint *p, const double *hess,
							  CoInertia *inertia);
extern CoRc co_barrier_solve(CoBarrier *b, const CoBarrierPoint *p, const double *hess,
							 const CoVectors *rhs, CoVectors *sol, double *ratio);
extern void co_barrier_clear_vectors(const CoBarrier *b, CoVectors *x);

/* The next delta_w of algorithm IC; false: there is none. */
extern bool co_barrier_raise_delta(CoBarrier *b);

/* barrier_multipliers.c */
extern CoRc co_barrier_multipliers(CoBarrier *b, CoBarrierPoint *p, double *y);
extern CoRc co_barrier_active_multipliers(CoBarrier *b);

/* barrier_curvature.c */
extern CoRc co_barrier_leave_saddle(CoBarrier *b, bool *positive, bool *moved, double *x);

/* barrier_mu.c; stuck: a tiny step and mu cannot fall */
extern void co_barrier_start_mu(CoBarrier *b, double mu);
extern CoRc co_barrier_update_mu(CoBarrier *b, bool *stuck);
extern CoRc co_barrier_choose_mu(CoBarrier *b);
extern void co_barrier_leave_free(CoBarrier *b, bool anew);

/* barrier_search.c; found: cur is the new point */
typedef enum CoSearchOutcome
{
	CO_SEARCH_FOUND,
	CO_SEARCH_RESTORE,			/* the feasibility restoration has to help */
	CO_SEARCH_FAILED
} CoSearchOutcome;

extern CoRc co_barrier_search(CoBarrier *b, CoSearchOutcome *outcome);

/* barrier_accept.c: the tests of the line search, and its filter */
extern void co_barrier_search_reset(CoBarrier *b);
extern CoRc co_barrier_filter_augment(CoBarrier *b);
extern bool co_barrier_passes(CoBarrier *b, double theta, double phi, bool from_restoration);

/* The search starts from cur along b->step. */
extern void co_barrier_set_reference(CoBarrier *b);

/* Of a step of length alpha */
extern bool co_barrier_is_f_type(const CoBarrierSearch *s, double alpha);
extern bool co_barrier_armijo_holds(const CoBarrierSearch *s, double alpha, double phi);
extern bool co_barrier_is_acceptable(CoBarrier *b, double alpha);
extern double co_barrier_shortest_step(const CoBarrier *b);

/* Once per accepted point: is the filter what rejects again and again? */
extern void co_barrier_mind_filter(CoBarrier *b);

/* barrier_restore.c */
extern CoRc co_barrier_restore(CoBarrier *b, CoBarrierVerdict *verdict, bool *restored);
extern void co_barrier_elastic_objective(const CoBarrier *b, CoBarrierPoint *p);
extern CoRc co_barrier_left_restoration(CoBarrier *b, bool *done);
extern CoRc co_barrier_reset_elastics(CoBarrier *b);

/*
 * Least squares of the rows from the current point on; feasible: it is in
 * b->best_x, else the verdict and the weights are those of co_barrier_restore.
 */
extern CoRc co_barrier_least_squares(CoBarrier *b, CoBarrierVerdict *verdict, bool *feasible);

#endif							/* CO_SOLVER_BARRIER_H */
