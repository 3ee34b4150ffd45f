/*-------------------------------------------------------------------------
 *
 * solver/nlp_solve.h
 *	  Solve a nonlinear program, by a method of one's choice or by what its
 *	  structure asks for.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_SOLVER_NLP_SOLVE_H
#define CO_SOLVER_NLP_SOLVE_H

#include "nlp/nlp.h"
#include "solver/solver.h"

typedef struct CoNlpStart		/* NULL: not given; a NaN in x: not given */
{
	const double *x,			/* [n] */
			   *y,				/* [m] with x and z: a warm start */
			   *z;				/* [n] */
	double		mu;				/* of a warm start; 0: not given */
} CoNlpStart;

typedef struct CoNlpMethod CoNlpMethod;

/* By number, in the order in which they are tried; NULL: there are no more. */
extern const CoNlpMethod *co_nlp_method(int k);

/* By the word users write; NULL: there is none. */
extern const CoNlpMethod *co_nlp_find_method(const char *word);
extern const char *co_nlp_method_word(const CoNlpMethod *method);
extern bool co_nlp_method_takes(const CoNlpMethod *method, const CoNlp *nlp);

/* What the structure of a problem asks for; *why is a literal. */
extern const CoNlpMethod *co_nlp_choose_method(const CoNlp *nlp, const CoOptions *options,
											   const char **why);

/*
 * method: one that takes the problem, or NULL for the structure's choice.
 * CO_OK: *sol is filled, whatever its status.  `optimal` is said of what
 * nlp/nlp_residual.h accepts, `locally_infeasible` of a point with a violation
 * above tolerance that is stationary there.  CO_CANCELED, CO_NO_MEMORY,
 * CO_MEMORY_EXCEEDED, CO_BAD_INPUT (from an evaluation), CO_NO_BLAS: nothing
 * is filled.  A passed deadline is a status.  sol's arrays are in the arena.
 */
extern CoRc co_nlp_solve_by(CoArena *arena, const CoNlp *nlp, const CoNlpMethod *method,
							const CoOptions *options, const CoNlpStart *start, CoSolution *sol);

/* By the structure's choice. */
extern CoRc co_nlp_solve(CoArena *arena, const CoNlp *nlp, const CoOptions *options,
						 const CoNlpStart *start, CoSolution *sol);

#endif							/* CO_SOLVER_NLP_SOLVE_H */
