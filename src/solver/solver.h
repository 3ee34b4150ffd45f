/*-------------------------------------------------------------------------
 *
 * solver/solver.h
 *	  What a solve takes and gives; the convex solver's entries.
 *
 * A solution's point, ray, residual and certificate are those of the problem as
 * it was handed in: in its units, with the signs of nlp/qp.h and nlp/nlp.h.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_SOLVER_SOLVER_H
#define CO_SOLVER_SOLVER_H

#include "nlp/presolve.h"
#include "nlp/qp.h"
#include "nlp/residual.h"

typedef struct CoOptions
{
#define CO_OPTION_REAL(name, def, low, high, meaning) double name;
#define CO_OPTION_INT(name, def, low, high, meaning) int name;
#define CO_OPTION_BOOL(name, def, meaning) bool name;
#include "solver/options.def"
#undef CO_OPTION_REAL
#undef CO_OPTION_INT
#undef CO_OPTION_BOOL
} CoOptions;

typedef enum CoOptionType
{
	CO_OPTION_TYPE_REAL,
	CO_OPTION_TYPE_INT,
	CO_OPTION_TYPE_BOOL
} CoOptionType;

typedef struct CoOptionInfo		/* one line of options.def, for hosts and
								 * tests */
{
	const char *name;
	CoOptionType type;
	double		def,
				low,
				high;
	const char *meaning;
} CoOptionInfo;

extern void co_options_default(CoOptions *options);
extern const CoOptionInfo *co_option_table(int *n);

/* false: the value is out of range (or NaN, or not an integer). */
extern bool co_option_set(CoOptions *options, int option, double value);
extern double co_option_get(const CoOptions *options, int option);

/* One line of the iteration log, on the scaled reduced problem unless said. */
typedef struct CoIteration
{
	int			iteration;
	double		objective;		/* user's scale, without the constant of
								 * lowering */
	double		primal_residual,
				dual_residual,
				gap,
				mu,
				step_primal,
				step_dual;
	int			corrections;	/* centrality corrections used */
	int			refinements;	/* refinement steps of the linear solves */
	double		regularization; /* delta_w; nonlinear methods only */
	char		kind;			/* of the step: barrier_search.c; 0: none */
} CoIteration;

typedef enum CoKktPath
{
	CO_KKT_NONE,				/* nothing was factorized: presolve was
								 * enough, or the method needs no factors */
	CO_KKT_SMALL,				/* dense kernel for small systems */
	CO_KKT_DENSE,				/* condensed Cholesky */
	CO_KKT_SPARSE				/* multifrontal L D L' */
} CoKktPath;

/* What the inertia of the last factorization says of a minimizer. */
typedef enum CoSecondOrder
{
	CO_SECOND_ORDER_UNKNOWN,
	CO_SECOND_ORDER_POSITIVE,	/* positive definite where the active
								 * constraints allow to move */
	CO_SECOND_ORDER_NOT_POSITIVE
} CoSecondOrder;

typedef struct CoEvaluations	/* of the user's nonlinear functions */
{
	int			objective,
				constraints,
				gradient,
				jacobian,
				hessian;
} CoEvaluations;

typedef struct CoSolution
{
	CoStatus	status;
	CoTermination termination;

	/*
	 * The point.  infeasible: y is the certificate, x and z the last
	 * iterate's; unbounded: ray is the direction, of any length, x a feasible
	 * point when has_point.
	 */
	CoQpPoint	point;
	double	   *ray;			/* [n] or NULL */
	bool		has_point;		/* point.x is worth returning */
	CoResidual	residual;		/* of point, from the user's data */
	double		certificate_margin; /* infeasible, unbounded: > 0 */

	int			iterations;
	int			factorizations;
	int			refinements;
	CoKktPath	path;
	int			blamed_row;		/* infeasible: 1 + the row that cannot hold
								 * anywhere in the bounds; 0: no single one */
	char		reason[160];	/* why this method and path */
	size_t		memory_predicted;	/* bytes of the arena, from the structure */
	size_t		memory_peak;	/* bytes of the arena */
	double		time_presolve,
				time_analyze,
				time_factor,	/* not of small systems */
				time_total;		/* seconds */
	CoPresolveStats presolve;
	int			reduced_n,
				reduced_m;		/* after presolve */
	CoIteration *log;			/* [n_log] */
	int			n_log;

	/* nonlinear methods only */
	const char *method;			/* the word of the one that found the point */
	CoEvaluations evaluations;
	CoSecondOrder second_order;
} CoSolution;

/*
 * Solve a linear or convex quadratic program.  CO_OK: *sol is filled (whatever
 * its status); CO_NOT_CONVEX: P was proved not positive semidefinite, nothing
 * is filled; CO_CANCELED, CO_NO_MEMORY, CO_MEMORY_EXCEEDED (arena->wanted):
 * nothing is filled.  A passed deadline is a status (CO_TERM_TIME_LIMIT).
 * start: [n] or NULL, NaN where not given.  sol's arrays are in the arena.
 */
extern CoRc co_qp_solve(CoArena *arena, const CoQp *qp, const CoOptions *options,
						const double *start, CoSolution *sol);

/*
 * The same from a point with multipliers, of a problem like this one: its
 * active sides are tried first.  start->x: NaN where not given; y and z: both or none.
 */
extern CoRc co_qp_solve_warm(CoArena *arena, const CoQp *qp, const CoOptions *options,
							 const CoQpPoint *start, CoSolution *sol);

#endif							/* CO_SOLVER_SOLVER_H */
