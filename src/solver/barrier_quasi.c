/*-------------------------------------------------------------------------
 *
 * solver/barrier_quasi.c
 *	  See solver/barrier_quasi.h.
 *
 * The difference of gradients is that of the Lagrangian with the multipliers
 * of the new point, at both points: Nocedal and Wright eq. 18.13.  In the
 * restoration phase the objective is not part of it, as in its exact Hessian.
 *
 *-------------------------------------------------------------------------
 */
#include "base/vec.h"
#include "solver/barrier.h"

bool
co_barrier_is_quasi(const CoBarrier *b)
{
	return !b->nlp->has_hess || !b->options->exact_hessian;
}

static CoRc
take_quasi(CoBarrier *b)
{
	size_t		n = (size_t) b->n;
	CoBarrierQuasi *quasi = co_take_zero(b->arena, 1, sizeof *quasi);

	if (!quasi)
		return co_arena_failed(b->arena);
	quasi->x = co_take_doubles(b->arena, n);
	quasi->grad = co_take_doubles(b->arena, n);
	quasi->jac = co_take_doubles(b->arena, (size_t) co_csc_nnz(&b->nlp->jac));
	quasi->s = co_take_doubles(b->arena, n);
	quasi->y = co_take_doubles(b->arena, n);
	b->quasi = quasi;
	return co_quasi_new(b->arena, b->n, b->n + b->m, &quasi->hess);
}

CoRc
co_barrier_quasi_learn(CoBarrier *b)
{
	const CoBarrierPoint *p = b->cur;
	CoBarrierQuasi *quasi = b->quasi;
	CoCsc		jac = b->nlp->jac;
	int			nnz = co_csc_nnz(&jac);

	if (!quasi)
	{
		CoRc		rc = take_quasi(b);

		if (rc)
			return rc;
		quasi = b->quasi;
	}
	if (quasi->has_last)
	{
		for (int j = 0; j < b->n; j++)
		{
			quasi->s[j] = p->at.v[j] - quasi->x[j];
			quasi->y[j] = b->outer ? 0.0 : p->grad[j] - quasi->grad[j];
		}
		for (int k = 0; k < nnz; k++)
			quasi->jac[k] = p->jac[k] - quasi->jac[k];
		jac.value = quasi->jac;
		co_csc_tmul_add(&jac, 1.0, p->at.y, quasi->y);
		co_quasi_update(quasi->hess, quasi->s, quasi->y);
	}
	quasi->has_last = true;
	co_copy(b->n, p->at.v, quasi->x);
	co_copy(b->n, p->grad, quasi->grad);
	co_copy(nnz, p->jac, quasi->jac);
	return CO_OK;
}

static CoRc
solve_simple(void *self, double *rhs)
{
	return co_barrier_kkt_solve(self, rhs);
}

CoRc
co_barrier_quasi_prepare(CoBarrier *b)
{
	return co_quasi_prepare(b->quasi->hess, solve_simple, b->kkt);
}

void
co_barrier_quasi_subtract(const CoBarrier *b, const double *v, double *out)
{
	CoBarrierQuasi *quasi = b->quasi;

	for (int j = 0; j < b->n; j++)
		quasi->s[j] = -quasi->hess->sigma * v[j];
	co_quasi_mul_add(quasi->hess, v, quasi->s);
	co_axpy(b->n, -1.0, quasi->s, out);
}
