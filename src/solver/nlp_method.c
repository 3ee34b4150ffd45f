/*-------------------------------------------------------------------------
 *
 * solver/nlp_method.c
 *	  The methods for nonlinear programs, and which one a problem gets.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "solver/lbfgsb_reduce.h"
#include "solver/method.h"

static const CoNlpMethod *const methods[] = {
	&co_interior_point,
	&co_augmented_lagrangian,
	&co_l_bfgs_b,
	&co_sqp
};
#define N_METHODS		((int) (sizeof methods / sizeof *methods))

const CoNlpMethod *
co_nlp_method(int k)
{
	return k >= 0 && k < N_METHODS ? methods[k] : NULL;
}

const CoNlpMethod *
co_nlp_find_method(const char *word)
{
	for (int k = 0; k < N_METHODS; k++)
		if (strcmp(word, methods[k]->word) == 0)
			return methods[k];
	return NULL;
}

const char *
co_nlp_method_word(const CoNlpMethod *method)
{
	return method->word;
}

/* Rows that only define variables are no rows for a method without. */
bool
co_nlp_method_takes(const CoNlpMethod *method, const CoNlp *nlp)
{
	return method->takes_rows || co_reduced_takes(nlp);
}

/* Without second derivatives, variables up to which SQP's matrix is the better one. */
#define SQP_MOST		100

/*
 * Measured over HS and CUTE (test/unit/td_methods.c).  Without second
 * derivatives, L-BFGS-B solves more of the problems with bounds only than the
 * interior point, with a tenth of its evaluations; with rows, SQP solves as
 * many with a seventh, and evaluations are what takes time there.  With second
 * derivatives the interior point leads everywhere.
 */
const CoNlpMethod *
co_nlp_choose_method(const CoNlp *nlp, const CoOptions *options, const char **why)
{
	bool		exact = nlp->has_hess && options->exact_hessian;

	if (nlp->m == 0 && !exact)
	{
		*why = "bounds only";
		return &co_l_bfgs_b;
	}
	if (!exact && nlp->n <= SQP_MOST)
	{
		*why = "few variables";
		return &co_sqp;
	}
	*why = "";
	return &co_interior_point;
}
