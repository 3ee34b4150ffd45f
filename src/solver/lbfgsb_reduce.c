/*-------------------------------------------------------------------------
 *
 * solver/lbfgsb_reduce.c
 *	  Rows that define variables, substituted; see solver/lbfgsb_reduce.h.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/lbfgsb_reduce.h"

#include "base/vec.h"

#define DOUBLE			((double) sizeof(double))

/* Is variable j free, and in no row but that one? */
static bool
belongs_to(const CoNlp *nlp, int j, int row)
{
	int			at = nlp->jac.start[j];

	return isinf(nlp->xl[j]) && isinf(nlp->xu[j]) && nlp->jac.start[j + 1] == at + 1 &&
		nlp->jac.index[at] == row;
}

bool
co_reduced_takes(const CoNlp *nlp)
{
	if (nlp->m > nlp->n || (nlp->m > 0 && !nlp->row))
		return false;
	for (int i = 0; i < nlp->m; i++)
		if (nlp->row[i] != CO_LINEAR || nlp->cl[i] != nlp->cu[i] ||
			!belongs_to(nlp, nlp->n - nlp->m + i, i))
			return false;
	return true;
}

double
co_reduced_memory(const CoNlp *nlp)
{
	double		nnz = co_csc_nnz(&nlp->jac);

	return sizeof(CoReduced) + DOUBLE * (2.0 * nlp->n + 3.0 * nlp->m + nnz);
}

static CoRc
take_arrays(CoArena *arena, CoReduced *reduced)
{
	const CoNlp *nlp = reduced->nlp;

	reduced->alpha = co_take_doubles(arena, (size_t) nlp->m);
	reduced->rhs = co_take_doubles(arena, (size_t) nlp->m);
	reduced->y = co_take_zero_doubles(arena, (size_t) nlp->m);
	reduced->x = co_take_doubles(arena, (size_t) nlp->n);
	reduced->grad = co_take_zero_doubles(arena, (size_t) nlp->n);
	reduced->jac = nlp->jac;
	reduced->jac.value = co_take_doubles(arena, (size_t) co_csc_nnz(&nlp->jac));
	return co_arena_failed(arena);
}

CoRc
co_reduced_new(CoArena *arena, const CoNlp *nlp, const double *x, CoReduced **out)
{
	CoReduced  *reduced = co_take(arena, 1, sizeof *reduced);
	CoNlpValue	at;
	CoRc		rc;

	if (!reduced)
		return co_arena_failed(arena);
	reduced->nlp = nlp;
	reduced->n = nlp->n - nlp->m;
	rc = take_arrays(arena, reduced);
	*out = reduced;
	if (rc || nlp->m == 0)
		return rc;
	at = (CoNlpValue) {.c = reduced->y, .grad = reduced->grad, .jac = reduced->jac.value};
	rc = nlp->eval(nlp->self, x, CO_WANT_C | CO_WANT_JAC, &at);
	if (rc)
		return rc;

	/* c(x) = A x + constant */
	for (int i = 0; i < nlp->m; i++)
		reduced->rhs[i] = nlp->cl[i] - reduced->y[i];
	co_csc_mul_add(&reduced->jac, 1.0, x, reduced->rhs);
	for (int i = 0; i < nlp->m; i++)
	{
		reduced->alpha[i] = reduced->jac.value[reduced->jac.start[reduced->n + i]];
		if (reduced->alpha[i] == 0.0)
			return CO_NOT_FINITE;
	}
	return CO_OK;
}

void
co_reduced_expand(CoReduced *reduced, const double *x)
{
	int			m = reduced->nlp->m;
	double	   *t = reduced->x + reduced->n;

	co_copy(reduced->n, x, reduced->x);
	if (m == 0)
		return;
	co_fill(m, 0.0, t);
	co_copy(m, reduced->rhs, reduced->y);
	co_csc_mul_add(&reduced->jac, -1.0, reduced->x, reduced->y);
	for (int i = 0; i < m; i++)
		t[i] = reduced->y[i] / reduced->alpha[i];
}

CoRc
co_reduced_eval(CoReduced *reduced, const double *x, double *f, double *grad)
{
	const CoNlp *nlp = reduced->nlp;
	CoNlpValue	at = {.c = reduced->y, .grad = reduced->grad};
	CoRc		rc;

	co_reduced_expand(reduced, x);
	rc = nlp->eval(nlp->self, reduced->x, CO_WANT_F | CO_WANT_GRAD, &at);
	*f = at.f;
	if (rc)
		return rc;
	for (int i = 0; i < nlp->m; i++)
		reduced->y[i] = -reduced->grad[reduced->n + i] / reduced->alpha[i];
	if (nlp->m > 0)
		co_csc_tmul_add(&reduced->jac, 1.0, reduced->y, reduced->grad);
	co_copy(reduced->n, reduced->grad, grad);
	return CO_OK;
}
