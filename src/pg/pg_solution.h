/*-------------------------------------------------------------------------
 *
 * pg/pg_solution.h
 *	  The value of type opt_solution: what one solve found, flat.
 *
 * Layout, 8-aligned throughout: the header, then the arrays in the order of
 * CopgSolution, then four texts, then the problem as a flat block of its own
 * (expr/block.h).  Names, keys and bounds are the problem's; leaves are
 * numbered as in the block, constraint r is row r + 1 of the block.
 *
 * All numbers have the sign and unit of the problem as stated: the objective
 * of a maximization is what is maximized, and a dual or reduced cost is the
 * change of the stated objective per unit of the active side.
 *
 * The solution of a large problem leaves opt_solve as a read-only expanded
 * datum (pg_block.h) whose problem is still that of the argument.
 *
 * Two open-addressing tables take a leaf's or a row's 64-bit identity to its
 * number, so that an accessor called once per row of a table costs a probe
 * and keeps nothing between calls.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_PG_PG_SOLUTION_H
#define CO_PG_PG_SOLUTION_H

#include "fmgr.h"
#include "lib/stringinfo.h"

#include "expr/block.h"
#include "nlp/lower.h"
#include "solver/solver.h"

#define COPG_SOLUTION_VERSION	1

#define COPG_HAS_POINT	1		/* the solver returned a point */
#define COPG_HAS_SHIFT	2		/* some row's bounds depend on a parameter */
#define COPG_HAS_PROOF	4		/* certificate of infeasibility */
#define COPG_HAS_RAY	8		/* certificate of unboundedness */
#define COPG_ALL_FLAGS	15

typedef enum CopgNumber			/* header numbers */
{
	COPG_OBJECTIVE,
	COPG_DUAL_OBJECTIVE,
	COPG_PRIMAL_RESIDUAL,
	COPG_DUAL_RESIDUAL,
	COPG_COMPLEMENTARITY,
	COPG_GAP,
	COPG_PRIMAL_SCALE,
	COPG_DUAL_SCALE,
	COPG_GAP_SCALE,
	COPG_MARGIN,				/* of a certificate */
	COPG_MEMORY_PREDICTED,
	COPG_MEMORY_PEAK,
	COPG_TIME_LOWER,			/* from expressions to matrices */
	COPG_TIME_PRESOLVE,
	COPG_TIME_ANALYZE,
	COPG_TIME_FACTOR,
	COPG_TIME_SOLVE,			/* all of co_qp_solve */
	COPG_TIME_TOTAL,
	COPG_N_NUMBER
} CopgNumber;

typedef enum CopgCount			/* header counts */
{
	COPG_ITERATIONS,
	COPG_FACTORIZATIONS,
	COPG_REFINEMENTS,
	COPG_EVALUATIONS,			/* of a nonlinear objective; CoEvaluations */
	COPG_EVALUATIONS_CONSTRAINTS,
	COPG_EVALUATIONS_GRADIENT,
	COPG_EVALUATIONS_JACOBIAN,
	COPG_EVALUATIONS_HESSIAN,
	COPG_SECOND_ORDER,			/* CoSecondOrder; of a nonlinear method */
	COPG_NONLINEAR,				/* 1: a nonlinear method ran */
	COPG_REDUCED_VARIABLES,
	COPG_REDUCED_CONSTRAINTS,
	COPG_N_FIXED,				/* from here: CoPresolveStats, in its order */
	COPG_N_EMPTY_ROW,
	COPG_N_EMPTY_COLUMN,
	COPG_N_SINGLETON_ROW,
	COPG_N_REDUNDANT_ROW,
	COPG_N_FORCING_ROW,
	COPG_N_DUPLICATE_ROW,
	COPG_N_COLUMN_SINGLETON,
	COPG_N_DOMINATED_COLUMN,
	COPG_N_DUPLICATE_COLUMN,
	COPG_N_COUNT
} CopgCount;

typedef enum CopgText
{
	COPG_METHOD,				/* the method that ran */
	COPG_REASON,				/* why it was chosen */
	COPG_OPTIONS,				/* options in force, a JSON object */
	COPG_VERSION,				/* of the extension that solved */
	COPG_N_TEXT
} CopgText;

typedef struct CopgIteration	/* CoIteration with a fixed layout */
{
	double		number[7];		/* objective, primal, dual, gap, mu, steps */
	int32		count[4];		/* iteration, corrections, refinements, 0 */
} CopgIteration;

typedef struct CopgSolutionHeader
{
	int32		vl_len_;
	uint8		version;
	uint8		status;			/* CoStatus */
	uint8		termination;	/* CoTermination */
	uint8		flags;			/* COPG_HAS_... */
	uint8		path;			/* CoKktPath */
	uint8		problem_class;	/* CoProblemClass */
	uint8		reserved[2];	/* 0 */
	int32		n_leaf,
				n_row,			/* constraints */
				n_log,
				n_text,			/* bytes of all texts, their NULs included */
				problem_size;	/* bytes of the problem block */
	int32		text[COPG_N_TEXT];	/* offsets */
	int32		count[COPG_N_COUNT];
	double		number[COPG_N_NUMBER];
} CopgSolutionHeader;

/* Pointers into a flat value; nothing is owned. */
typedef struct CopgSolution
{
	CopgSolutionHeader *head;
	double	   *value;			/* [n_leaf] x, or a parameter's value; NaN: none */
	double	   *reduced_cost;	/* [n_leaf] NaN: none */
	double	   *ray;			/* [n_leaf] or NULL */
	double	   *activity;		/* [n_row] the body without parameters */
	double	   *dual;			/* [n_row] NaN: none */
	double	   *shift;			/* [n_row] subtract from the block's bounds; or NULL */
	double	   *proof;			/* [n_row] y of nlp/qp.h; or NULL */
	CopgIteration *log;			/* [n_log] */
	int32	   *leaf_slot;		/* [leaf_mask + 1] leaf + 1, 0: empty */
	int32	   *row_slot;		/* [row_mask + 1] row + 1, negative: several rows */
	int			leaf_mask,
				row_mask;		/* -1: no table */
	char	   *text;			/* [n_text] */
	char	   *problem_flat;	/* NULL: the problem is lent */
	CoBlock		problem;
} CopgSolution;

/* What copg_solution_build puts into a value. */
typedef struct CopgOutcome
{
	const CoBlock *problem;
	const CoLowered *lowered;	/* NULL: the solve ended before it */
	const double *leaf_value;	/* [n_leaf] parameters in force; NULL: the block's */
	CoSolution	solution;
	double	   *body;			/* [n_row] rows at the point, when there is one */
	bool		is_nonlinear;	/* a nonlinear method ran */
	const char *method;
	const char *options;
	double		time_lower,
				time_total;
} CopgOutcome;

#define COPG_ROW_UNKNOWN	(-1)
#define COPG_ROW_AMBIGUOUS	(-2)

/*
 * pg_solution_build.c: a value in the current context, which refers to the
 * outcome's problem where that is large.
 */
extern void copg_solution_build(const CopgOutcome *outcome, CopgSolution *sol);

/* pg_solution.c */

/*
 * The view of a flat value, its sizes and offsets checked against each other:
 * a corrupt value raises XX001.  What the arrays hold is checked where it is
 * used as an index.
 */
extern void copg_solution_view(void *flat, CopgSolution *view);

/*
 * The view of argument argno.  A plain value is read where it lies; a toasted
 * one is fetched once and kept while the same one comes again.
 */
extern void copg_solution_arg(FunctionCallInfo fcinfo, int argno, CopgSolution *view);

/*
 * A value of the given counts, header filled, arrays zero; the block in place,
 * or, where that is allowed and it is large, lent.
 */
extern void copg_solution_new(const CopgSolutionHeader *head, const CoBlock *problem,
							  bool may_lend, CopgSolution *view);

/* The value as a datum in the current context. */
extern Datum copg_solution_datum(const CopgSolution *sol);

/* Are status, termination, flags, path and class among those there are? */
extern bool copg_solution_words_valid(const CopgSolutionHeader *head);

/* Fill the two tables from the problem block. */
extern void copg_solution_index(CopgSolution *sol);

extern bool copg_solution_has_point(const CopgSolution *sol);
extern bool copg_solution_has_duals(const CopgSolution *sol);
extern int	copg_solution_leaf(const CopgSolution *sol, uint64 id,
							   const char *name, const char *key);

/*
 * The same, first looking behind the leaf found last: rows of a table mostly
 * come in the order in which they became variables, and then no look-up
 * leaves the cache.  *last is -1 at first; copg_solution_last_leaf keeps one
 * for a call site.
 */
extern int	copg_solution_leaf_after(const CopgSolution *sol, int *last, uint64 id,
									 const char *name, const char *key);
extern int *copg_solution_last_leaf(FunctionCallInfo fcinfo);

extern int	copg_solution_row(const CopgSolution *sol, const char *name, const char *key);
extern const char *copg_solution_text(const CopgSolution *sol, CopgText which);

/*
 * Numbers in place of bounds that are formulas: those of the solve.  A problem
 * that has some is checked first.
 */
extern void copg_solution_numbers(CopgSolution *sol);

/* A string of the problem block; NULL for offset -1. */
extern const char *copg_solution_string(const CopgSolution *sol, int offset);

/* The bounds of a constraint as they stand beside its activity. */
extern double copg_solution_row_lower(const CopgSolution *sol, int row);
extern double copg_solution_row_upper(const CopgSolution *sol, int row);

#endif							/* CO_PG_PG_SOLUTION_H */
