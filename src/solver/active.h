/*-------------------------------------------------------------------------
 *
 * solver/active.h
 *	  Active-set solver of quadratic programs, for problems that are solved
 *	  again and again with other numbers: a working set comes in, and the one
 *	  of the answer goes out.
 *
 *		minimize	c0 + c'x + 1/2 x'Px
 *		subject to	cl <= Ax <= cu,		xl <= x <= xu
 *
 * P may be indefinite; what is found then is a local minimizer, or, where
 * that was asked for, the minimizer of the problem with P + convexified I.
 * With an elastic weight w the rows, not the bounds, may be violated at a price:
 *
 *		minimize	f(x) + w sum_i dist((Ax)[i], [cl[i], cu[i]])
 *
 * which always is feasible, and has multipliers |y[i]| <= w.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_SOLVER_ACTIVE_H
#define CO_SOLVER_ACTIVE_H

#include <stdbool.h>

#include "nlp/qp.h"
#include "solver/solver.h"

typedef struct CoActive CoActive;

typedef enum CoActiveVerdict
{
	CO_ACTIVE_OPTIMAL,			/* with P indefinite: a local minimizer */
	CO_ACTIVE_INFEASIBLE,		/* y is the certificate of nlp/qp.h */
	CO_ACTIVE_UNBOUNDED,		/* ray is the direction, x a feasible point */
	CO_ACTIVE_PIVOT_LIMIT,		/* the point is the last one or a better one */
	CO_ACTIVE_BREAKDOWN			/* rounding: the point is the best one seen */
} CoActiveVerdict;

/* What is done where P is not positive semidefinite. */
typedef enum CoActiveCurvature
{
	CO_ACTIVE_LOCAL,			/* a local minimizer of the problem given */
	CO_ACTIVE_CONVEXIFY			/* the minimizer with P + convexified I */
} CoActiveCurvature;

/*
 * The working set: which rows and variables rest on which side.  What the
 * caller gives for equalities, and for a side that is infinite, is not looked
 * at; an equality comes out as an entry of the sign of its multiplier, 1 where
 * that is 0.
 */
#define CO_ACTIVE_LOWER		(-1)
#define CO_ACTIVE_FREE		0
#define CO_ACTIVE_UPPER		1
#define CO_ACTIVE_BELOW		(-2)	/* elastic: violated, y = -weight */
#define CO_ACTIVE_ABOVE		2	/* elastic: violated, y = weight */

typedef struct CoActiveSet
{
	signed char *row;			/* [m] */
	signed char *col;			/* [n] */
} CoActiveSet;

typedef struct CoActiveOptions
{
	double		feasibility;	/* violation of a row or bound, absolute and
								 * relative to what it is made of */
	double		optimality;		/* residual of the stationarity, likewise */
	double		elastic;		/* price of a row's violation; 0: rows are
								 * hard */
	int			max_pivots;		/* changes of the working set; 0: a limit by
								 * the size; negative: none is allowed */
	bool		convex;			/* P is known to be positive semidefinite */
	CoActiveCurvature curvature;
} CoActiveOptions;

typedef struct CoActiveOutcome
{
	CoActiveVerdict verdict;
	CoQpPoint	point;			/* memory of the CoActive, until the next
								 * solve */
	bool		unfinished;		/* with CO_TIME_EXCEEDED: there is a point, as
								 * at the limit on pivots */
	double	   *ray;			/* [n] UNBOUNDED, else NULL */
	int			pivots;			/* sides that entered or left the working set */
	int			factorizations;
	int			corrections;	/* factorizations with the wrong inertia */
	double		convexified;	/* multiple of the identity in the answer's P */
	bool		curved;			/* P was found not positive semidefinite on
								 * the equalities */
	double		elastic_sum;	/* sum of the violations that were paid for */
	double		primal_residual,	/* of the point, absolute */
				dual_residual;
} CoActiveOutcome;

extern void co_active_options_default(CoActiveOptions *options);

/* The limit on pivots by the size. */
extern int	co_active_most_pivots(const CoQp *qp);

/*
 * Made for the sizes and the patterns of qp.p and qp.a.  qp is kept: its
 * numbers, those of the sides too, may be others in every solve.
 */
extern CoRc co_active_new(CoArena *arena, const CoQp *qp, CoActive **out);

/*
 * set: in and out; NULL or all free: cold.  start: NULL, or x, y, z to start
 * from, each of which may be NULL.  The answer does not depend on a hint where
 * it is unique; wrong hints cost time only.  Memory taken meanwhile is given
 * back.  rc: CO_CANCELED, CO_TIME_EXCEEDED, CO_NO_MEMORY, CO_NOT_FINITE (the
 * numbers of qp); all else is a verdict.
 */
extern CoRc co_active_solve(CoActive *active, const CoActiveOptions *options,
							CoActiveSet *set, const CoQpPoint *start,
							CoActiveOutcome *outcome);

/*
 * As co_qp_solve_warm: one problem, cold with presolve, judged on the user's
 * data.  start: NULL, or any of x, y and z.  set: NULL, or the working set of
 * the user's problem, in and out.  sol->iterations counts pivots, of which there
 * are no more than max_iterations where that is below its default; from there
 * on, which is meant for interior points, each round has at least
 * co_active_most_pivots().  CO_NOT_CONVEX
 * is never answered: where P is indefinite, `optimal` is a KKT point, a local
 * minimizer.
 */
extern CoRc co_active_qp_solve(CoArena *arena, const CoQp *qp, const CoOptions *options,
							   const CoQpPoint *start, CoActiveSet *set, CoSolution *sol);

#endif							/* CO_SOLVER_ACTIVE_H */
