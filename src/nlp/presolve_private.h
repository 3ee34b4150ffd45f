/*-------------------------------------------------------------------------
 *
 * nlp/presolve_private.h
 *	  What presolve*.c and postsolve.c share; nobody else includes it.
 *
 * The state is the original matrix with rows and columns marked dead: no
 * reduction ever changes an entry of A or P, so there is no fill.  What does
 * change are sides, bounds and costs.  Every reduction leaves the reduced
 * costs of the variables that it does not name as they were; so each step is
 * undone with the rows and columns that were alive when it was taken, and
 * these are the ones alive when the walk back comes to it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_NLP_PRESOLVE_PRIVATE_H
#define CO_NLP_PRESOLVE_PRIVATE_H

#include <float.h>
#include <math.h>
#include <stdint.h>

#include "nlp/dot2.h"
#include "nlp/presolve.h"

/*
 * A few roundings: differences below this, relative to the terms they come
 * from, are taken as none.
 */
#define CO_PRESOLVE_ROUNDING	(4.0 * DBL_EPSILON)

typedef enum CoStepKind
{
	CO_STEP_FREE_ROW,			/* row goes, its multiplier is 0 */
	CO_STEP_SINGLETON_ROW,		/* row went into the bounds of col */
	CO_STEP_FORCING_ROW,		/* row fixed all its columns (steps that
								 * follow) */
	CO_STEP_DUPLICATE_ROW,		/* other = a * row, merged into row's sides */
	CO_STEP_FIXED_COLUMN,		/* col at value */
	CO_STEP_SLACK_COLUMN,		/* col occurs in row only: row's sides widened */
	CO_STEP_DUPLICATE_COLUMN	/* other = a * col, merged into col */
} CoStepKind;

typedef struct CoStep
{
	CoStepKind	kind;
	int			row,
				col,
				other;			/* the row or column that goes */
	bool		lower_moved,	/* the side now in force is that of what went */
				upper_moved;
	double		a;				/* coefficient or ratio */
	double		value;			/* fixed: x; slack: the multiplier moved into
								 * the costs */
	double		cost;			/* of the column that goes */
	double		lower,			/* slack: sides of row; duplicate: bounds of
								 * col */
				upper;
	double		other_lower,	/* slack: bounds of col; duplicate: bounds of
								 * other */
				other_upper;
} CoStep;

typedef struct CoQueue			/* first in, first out; each index at most
								 * once */
{
	int		   *item;			/* [size] ring */
	bool	   *waits;			/* [size] */
	int			size,
				head,
				count;
} CoQueue;

typedef struct CoCertificate	/* a row combination, or a direction, with few
								 * entries */
{
	int			n;
	int			index[2];
	double		value[2];
} CoCertificate;

struct CoPresolve
{
	CoArena    *arena;
	const CoQp *qp;				/* the original */
	CoCsc		rows;			/* A' */
	CoCsc		p_upper;		/* P', when a variable with P entries was
								 * fixed */
	bool		has_p_upper;

	/*
	 * Sides are kept without the fixed variables' part, which is summed in
	 * shift, so that a thousand fixed variables cost one rounding.
	 */
	double	   *cl,				/* [m] */
			   *cu;
	CoDot2	   *shift;			/* [m] sum of a x of what is fixed */
	double	   *shift_size;		/* [m] sum of |a x| */
	double	   *xl,				/* [n] */
			   *xu;
	CoDot2	   *cost;			/* [n] */
	double	   *cost_size;		/* [n] sum of |terms| added to the cost */
	CoDot2		c0;

	bool	   *row_alive;		/* [m] */
	bool	   *row_frozen;		/* [m] looks infeasible, could not be proved */
	bool	   *col_alive;		/* [n] */
	int		   *row_len;		/* [m] live entries, explicit zeros not
								 * counted */
	int		   *col_len;		/* [n] */
	int		   *p_len;			/* [n] live off-diagonal entries of P */
	double	   *p_diagonal;		/* [n] */
	double	   *row_max;		/* [m] largest |a| of the original row */
	int		   *merged_into;	/* [n] -1, or the column that took this one */
	double	   *merged_factor;	/* [n] */
	CoQueue		row_queue,
				col_queue;

	CoStep	   *step;			/* [n + m]: each removes a row or a column */
	int			n_step;
	bool		side_dropped;	/* a redundant side was, without a step */

	CoPresolveVerdict verdict;
	CoCertificate certificate;	/* in terms of the state when it was found */
	int			n_unproved;

	CoQp		reduced;
	int		   *kept_row;		/* [reduced.m] */
	int		   *kept_col;		/* [reduced.n] */
	int		   *new_col;		/* [n] -1 where the column is gone */
	CoPresolveStats stats;

	int64_t		work;			/* entries looked at */
	int64_t		work_limit;
	int64_t		next_poll;
};

/* presolve.c */
extern CoRc co_presolve_tick(CoPresolve *p, int64_t work);
extern CoStep *co_presolve_push(CoPresolve *p, CoStepKind kind, int row, int col);
extern void co_presolve_queue_row(CoPresolve *p, int i);
extern void co_presolve_queue_col(CoPresolve *p, int j);
extern void co_presolve_queue_rows_of(CoPresolve *p, int j);
extern void co_presolve_remove_row(CoPresolve *p, int i);
extern void co_presolve_remove_col(CoPresolve *p, int j, bool activity_changes);
extern CoRc co_presolve_propose_infeasible(CoPresolve *p, const CoCertificate *y);
extern CoRc co_presolve_propose_unbounded(CoPresolve *p, int j, double direction);

/* presolve_row.c */
extern CoRc co_presolve_row(CoPresolve *p, int i);

/* presolve_column.c */
extern CoRc co_presolve_fix(CoPresolve *p, int j, double value);
extern CoRc co_presolve_column(CoPresolve *p, int j);
extern CoRc co_presolve_dominated(CoPresolve *p);

/* presolve_duplicate.c */
extern CoRc co_presolve_duplicate_rows(CoPresolve *p);
extern CoRc co_presolve_duplicate_columns(CoPresolve *p);

static inline double
co_presolve_lower(const CoPresolve *p, int i)
{
	return -co_dot2_minus(p->shift[i], p->cl[i]);
}

static inline double
co_presolve_upper(const CoPresolve *p, int i)
{
	return -co_dot2_minus(p->shift[i], p->cu[i]);
}

/* Sides without the fixed variables' part -> stored sides. */
static inline void
co_presolve_set_sides(CoPresolve *p, int i, double lower, double upper)
{
	p->cl[i] = co_dot2_minus(p->shift[i], -lower);
	p->cu[i] = co_dot2_minus(p->shift[i], -upper);
}

/* The cost, without what is only rounding of the terms moved into it. */
static inline double
co_presolve_cost(const CoPresolve *p, int j)
{
	double		cost = co_dot2_value(p->cost[j]);

	return fabs(cost) <= CO_PRESOLVE_ROUNDING * p->cost_size[j] ? 0.0 : cost;
}

static inline bool
co_presolve_is_linear(const CoPresolve *p, int j)
{
	return p->p_len[j] == 0 && p->p_diagonal[j] == 0.0;
}

/* The entry at position k of a row or column: alive and not an explicit zero? */
static inline bool
co_presolve_counts(const CoCsc *a, int k, const bool *alive)
{
	return a->value[k] != 0.0 && alive[a->index[k]];
}

/* Rounding apart, upper - lower is nothing. */
static inline bool
co_presolve_is_point(double lower, double upper)
{
	return upper - lower <= CO_PRESOLVE_ROUNDING * fmax(fabs(lower), fabs(upper)) &&
		isfinite(lower) && isfinite(upper);
}

#endif							/* CO_NLP_PRESOLVE_PRIVATE_H */
