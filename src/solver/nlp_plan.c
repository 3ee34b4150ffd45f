/*-------------------------------------------------------------------------
 *
 * solver/nlp_plan.c
 *	  What a nonlinear solve announces of its memory, besides its methods.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/nlp_run.h"

#include "base/vec.h"

#define DOUBLE			((double) sizeof(double))
#define INT				((double) sizeof(int))

/* In nlp_promise.c, two CoNlpValue and vectors of columns and rows. */
double
co_nlp_judge_bytes(const CoNlp *nlp)
{
	return DOUBLE * (8.0 * nlp->n + 4.0 * nlp->m + 2.0 * co_csc_nnz(&nlp->jac)) + INT * nlp->m;
}

/* The inner problem (nlp_inner.c), and the judge. */
CoRc
co_nlp_plan_run(CoArena *arena, const CoNlp *nlp)
{
	double		n = nlp->n,
				m = nlp->m,
				nnz = (double) co_csc_nnz(&nlp->jac) + (double) co_csc_nnz(&nlp->hess);

	return co_arena_plan(arena, DOUBLE * (4.0 * n + 5.0 * m + nnz) +
						 INT * (4.0 * n + 2.0 * m + 2.0 * nnz) + m + co_nlp_judge_bytes(nlp));
}
