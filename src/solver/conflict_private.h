/*-------------------------------------------------------------------------
 *
 * solver/conflict_private.h
 *	  What the files of solver/conflict.h share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_SOLVER_CONFLICT_PRIVATE_H
#define CO_SOLVER_CONFLICT_PRIVATE_H

#include "solver/conflict.h"

typedef enum CoSetVerdict
{
	CO_SET_UNKNOWN,
	CO_SET_FEASIBLE,
	CO_SET_INFEASIBLE
} CoSetVerdict;

/*
 * Sets of members: in [n_row + n_var], rows first.  test() says whether a set
 * is feasible; when not, *in loses what the proof does not need.
 */
typedef struct CoConflictSets
{
	const CoConflictTask *task;
	CoRc		(*test) (struct CoConflictSets *sets, uint8_t *in, CoSetVerdict *verdict);
	double		end;			/* when the time is over */
	int			n_solve;
	bool		out_of_time;
} CoConflictSets;

static inline int
co_conflict_members(const CoConflictTask *task)
{
	return task->n_row + task->n_var;
}

/* conflict.c */

extern void co_conflict_begin(const CoConflictTask *task, CoConflictSets *sets);

/* The options of a solve inside, with the time that is left; false: none. */
extern bool co_conflict_options(CoConflictSets *sets, CoOptions *out);

/*
 * Make the infeasible set in minimal: needed [members] becomes 1 where the set
 * without the member is feasible.  *minimal: all of it is so.
 */
extern CoRc co_conflict_filter(CoConflictSets *sets, uint8_t *in, uint8_t *needed,
							   bool *minimal);

/* The first member whose own sides cross; -1: none. */
extern int	co_conflict_crossing(const CoConflictTask *task, const double *cl, const double *cu,
								 const double *xl, const double *xu);

/*
 * Into *out: the members of in, rows with the multipliers y and bounds with z,
 * whose signs say the sides; NULL: not known.
 */
extern CoRc co_conflict_list(const CoConflictSets *sets, const uint8_t *in,
							 const uint8_t *needed, const double *y, const double *z,
							 CoConflict *out);
extern CoRc co_conflict_single(const CoConflictTask *task, int member, CoConflict *out);

/* Vectors of a relaxation, and what a point violates. */
extern CoRc co_relaxation_take(CoArena *arena, int n, int m, CoRelaxation *out);
extern void co_relaxation_measure(const CoOptions *options, int n, int m, const double *cl,
								  const double *cu, const double *xl, const double *xu,
								  CoRelaxation *out);

/* conflict_purify.c */

/*
 * y is a certificate of qp with the bounds of bound [n] only.  Move it to one
 * whose entries are linearly independent but for the one combination that they
 * are, by exchanges; entries of y and bound that leave become 0.  *done:
 * false where that would take too long, or a pivot is too small.
 */
extern CoRc co_conflict_purify(CoArena *arena, const CoQp *qp, uint8_t *bound, double *y,
							   bool *done);

#endif							/* CO_SOLVER_CONFLICT_PRIVATE_H */
