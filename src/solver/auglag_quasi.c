/*-------------------------------------------------------------------------
 *
 * solver/auglag_quasi.c
 *	  Acceleration without second derivatives: the Hessian of the Lagrangian
 *	  learned from its gradients (quasi.h), along the iterates of the inner
 *	  solver and of the acceleration itself.
 *
 * The variables that are held are no part of the matrix: with their entries of
 * W zero on both sides, B of the face is sigma I - W_F M^-1 W_F'.
 *
 *-------------------------------------------------------------------------
 */
#include "base/vec.h"
#include "solver/auglag.h"

CoRc
co_auglag_take_quasi(CoAuglag *a)
{
	CoArena    *arena = a->arena;
	size_t		n = (size_t) a->n,
				jac = (size_t) co_csc_nnz(&a->nlp->jac);
	CoAuglagQuasi *quasi = co_take_zero(arena, 1, sizeof *quasi);

	if (!quasi)
		return co_arena_failed(arena);
	quasi->x = co_take_doubles(arena, n);
	quasi->grad = co_take_doubles(arena, n);
	quasi->jac = co_take_doubles(arena, jac);
	quasi->s = co_take_doubles(arena, n);
	quasi->y = co_take_doubles(arena, n);
	a->quasi = quasi;
	return co_quasi_new(arena, a->n, a->n + a->m, &quasi->hess);
}

/*
 * The step from the last point to x, and the change of the gradient of the
 * Lagrangian with the multipliers y at both [NW06, eq. 18.13].  a->grad and
 * a->jac are those of x.
 */
void
co_auglag_learn(CoAuglag *a, const double *x, const double *y)
{
	CoAuglagQuasi *quasi = a->quasi;
	CoCsc		jac = a->nlp->jac;
	int			nnz = co_csc_nnz(&jac);

	if (quasi->has_last)
	{
		for (int j = 0; j < a->n; j++)
		{
			quasi->s[j] = x[j] - quasi->x[j];
			quasi->y[j] = a->grad[j] - quasi->grad[j];
		}
		for (int k = 0; k < nnz; k++)
			quasi->jac[k] = a->jac[k] - quasi->jac[k];
		jac.value = quasi->jac;
		co_csc_tmul_add(&jac, 1.0, y, quasi->y);
		co_quasi_update(quasi->hess, quasi->s, quasi->y);
	}
	quasi->has_last = true;
	co_copy(a->n, x, quasi->x);
	co_copy(a->n, a->grad, quasi->grad);
	co_copy(nnz, a->jac, quasi->jac);
}

static void
mask(const CoAuglag *a, double *b)
{
	for (int j = 0; j < a->n; j++)
		if (a->held[j])
			b[j] = 0.0;
	for (int i = 0; i < a->m; i++)
		if (!a->takes_part[i])
			b[a->n + i] = 0.0;
}

/* With sigma I in the place of B, in the face. */
static CoRc
solve_simple(void *self, double *b)
{
	CoAuglag   *a = self;
	CoRc		rc;

	mask(a, b);
	co_copy(a->n + a->m, b, a->rhs);
	rc = co_auglag_solve_kkt(a);
	co_copy(a->n + a->m, a->sol, b);
	return rc;
}

/* Factor with B in the face that a->held and a->takes_part say. */
CoRc
co_auglag_factor_quasi(CoAuglag *a, double delta, bool *right)
{
	CoRc		rc;

	co_fill(co_csc_nnz(&a->nlp->hess), 0.0, a->hess);
	co_auglag_load_face(a, a->held);
	rc = co_auglag_factor_shifted(a, a->held, a->quasi->hess->sigma, delta, right);
	return rc || !*right ? rc : co_quasi_prepare(a->quasi->hess, solve_simple, a);
}

/* a->sol := K^-1 a->rhs of the last factorization */
CoRc
co_auglag_solve_quasi(CoAuglag *a)
{
	CoRc		rc;

	mask(a, a->rhs);
	rc = co_auglag_solve_kkt(a);
	if (!rc)
		co_quasi_correct(a->quasi->hess, a->sol);
	return rc;
}
