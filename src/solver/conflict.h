/*-------------------------------------------------------------------------
 *
 * solver/conflict.h
 *	  Why nothing is feasible: the smallest relaxation, and a minimal set of
 *	  constraints that conflict.
 *
 * Members of a conflict are rows, and bounds of variables (both sides of one
 * together); only the first n_row rows and n_var variables can be members,
 * what comes after these (rows and variables that lowering added) always
 * holds.  A set is minimal when it is infeasible and no proper subset is:
 * an irreducible infeasible set, IIS, of [CD91].
 *
 * Of linear problems every answer is proved: that the set is infeasible by a
 * certificate (nlp/residual.h), that a member is needed by a point that
 * satisfies the others.  Of nonlinear ones the first is local: the solver
 * ended, from two starts, at a stationary point of the violation.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_SOLVER_CONFLICT_H
#define CO_SOLVER_CONFLICT_H

#include "nlp/nlp.h"
#include "solver/solver.h"

typedef enum CoConflictProof
{
	CO_PROOF_NONE,				/* no conflict is known */
	CO_PROOF_LOCAL,				/* no feasible point near the starts */
	CO_PROOF_CERTIFICATE		/* no feasible point */
} CoConflictProof;

typedef enum CoConflictSide		/* which side of a member is in the way */
{
	CO_SIDE_LOWER,
	CO_SIDE_UPPER,
	CO_SIDE_BOTH				/* they cross, or it is not known which */
} CoConflictSide;

typedef struct CoConflictMember
{
	int			row,			/* -1: bounds of a variable */
				var;			/* -1: a row */
	CoConflictSide side;
	double		weight;			/* of the row or bound in the certificate, >=
								 * 0; 0: there is none */
	bool		needed;			/* without it the others are feasible */
} CoConflictMember;

typedef struct CoConflict
{
	CoConflictProof proof;
	int			n;
	CoConflictMember *member;	/* [n] rows, then bounds */
	bool		minimal;		/* every member is needed */
	bool		out_of_time;
	int			n_solve;
} CoConflict;

/*
 * The point that violates least, in the sum of the distances by which sides of
 * rows would have to move, and bounds where they cross.
 */
typedef struct CoRelaxation
{
	bool		known;			/* solved: the total is the least there is, of
								 * a nonlinear problem locally */
	double		total;
	double	   *x;				/* [n] */
	double	   *row;			/* [m] value at x */
	double	   *row_lower,		/* [m] how far the side has to move, >= 0 */
			   *row_upper,
			   *var_lower,		/* [n] */
			   *var_upper;
} CoRelaxation;

typedef struct CoConflictTask
{
	CoArena    *arena;
	const CoOptions *options;	/* time_limit: of the whole call */
	int			n_row,
				n_var;
} CoConflictTask;

/* The objective is not looked at.  y: a certificate to start from, or NULL. */
extern CoRc co_conflict_qp(const CoConflictTask *task, const CoQp *qp, const double *y,
						   CoConflict *out);
extern CoRc co_conflict_relax_qp(const CoConflictTask *task, const CoQp *qp, CoRelaxation *out);

/*
 * start [n] NaN where not given; near [n] a point whose violation is thought
 * to be stationary, or NULL.  The linear rows alone are tried first: a conflict
 * among them is proved.  relax: solved before, and where a feasible point was
 * found on the way its total becomes 0.
 */
extern CoRc co_conflict_relax_nlp(const CoConflictTask *task, const CoNlp *nlp,
								  const double *start, const double *near,
								  CoRelaxation *out);
extern CoRc co_conflict_nlp(const CoConflictTask *task, const CoNlp *nlp, const double *start,
							CoRelaxation *relax, CoConflict *out);

#endif							/* CO_SOLVER_CONFLICT_H */
