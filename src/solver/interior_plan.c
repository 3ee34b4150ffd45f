/*-------------------------------------------------------------------------
 *
 * solver/interior_plan.c
 *	  What the interior point announces of its memory: the factorization does
 *	  so itself (linalg/ldl.h), the rest is counted here from the structure.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/interior.h"

#include "base/vec.h"

#define DOUBLE			((double) sizeof(double))
#define INT				((double) sizeof(int))

/* The KKT matrix (barrier_kkt.c). */
CoRc
co_nlp_plan_kkt(const CoNlpRun *run)
{
	const CoNlp *nlp = &run->inner->nlp;
	double		n = nlp->n,
				m = nlp->m,
				nnz = (double) co_csc_nnz(&nlp->jac) + (double) co_csc_nnz(&nlp->hess);

	return co_arena_plan(run->arena, DOUBLE * (4.0 * (n + m) + m + 2.0 * nnz) +
						 INT * (3.0 * (n + m) + 2.0 * nnz) + n + m);
}

/*
 * Bytes of a CoBarrier with nv columns: three points, six steps, single
 * vectors; extra columns have a row, a sign and a curvature each.
 */
static double
count_barrier(const CoNlp *nlp, double nv)
{
	double		n = nlp->n,
				m = nlp->m,
				point = 6.0 * nv + 3.0 * m + co_csc_nnz(&nlp->jac),
				step = 3.0 * nv + m,
				single = 6.0 * nv + 5.0 * n + 6.0 * m + co_csc_nnz(&nlp->hess);

	return DOUBLE * (3.0 * point + 6.0 * step + single) + nv +
		(nv - n) * (2.0 * DOUBLE + INT);
}

/* Limited-memory quasi-Newton (quasi.c). */
static double
count_quasi(const CoNlp *nlp)
{
	double		n = nlp->n,
				m = nlp->m;

	return DOUBLE * ((2.0 * CO_QUASI_MEMORY + 5.0) * n + CO_QUASI_RANK * (n + m) +
					 co_csc_nnz(&nlp->jac)) + sizeof(CoQuasi);
}

/* The barrier, and a restoration inside it. */
CoRc
co_nlp_plan_attempt(const CoNlpRun *run)
{
	const CoNlp *nlp = &run->inner->nlp;
	double		nv = nlp->n,
				bytes;

	for (int i = 0; i < nlp->m; i++)
		nv += nlp->cl[i] != nlp->cu[i];
	bytes = DOUBLE * 3.0 * nlp->n + count_barrier(nlp, nv);
	if (nlp->m > 0)
		bytes += count_barrier(nlp, nv + 2.0 * nlp->m) + DOUBLE * nlp->n;
	if (!nlp->has_hess || !run->options->exact_hessian)
		bytes += (nlp->m > 0 ? 2.0 : 1.0) * count_quasi(nlp);
	return co_arena_plan(run->arena, bytes);
}
