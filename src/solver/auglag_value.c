/*-------------------------------------------------------------------------
 *
 * solver/auglag_value.c
 *	  The augmented Lagrangian: value and gradient.
 *
 *		L(x) = f + rho/2 sum dist_i^2,	dist_i = t_i - P(t_i),	t = c + ybar/rho
 *		grad L = grad f + J'yhat,		yhat = rho dist			[BM14]
 *
 *-------------------------------------------------------------------------
 */
#include "base/vec.h"
#include "solver/auglag.h"

double
co_auglag_outside(const CoAuglag *a, int i, double t)
{
	return t - co_clamp(t, a->nlp->cl[i], a->nlp->cu[i]);
}

CoRc
co_auglag_value(void *self, const double *x, double *value)
{
	CoAuglag   *a = self;
	CoNlpValue	at = {.c = a->trial_c};
	unsigned	want = (a->weight > 0.0 ? CO_WANT_F : 0) | (a->m > 0 ? CO_WANT_C : 0);
	double		sum = 0.0;
	CoRc		rc = a->nlp->eval(a->nlp->self, x, want, &at);

	if (rc)
		return rc;
	for (int i = 0; i < a->m; i++)
	{
		double		dist = co_auglag_outside(a, i, a->trial_c[i] + a->ybar[i] / a->rho);

		sum += dist * dist;
	}
	a->trial_f = a->weight > 0.0 ? a->weight * at.f : 0.0;
	*value = a->trial_f + 0.5 * a->rho * sum;
	return isfinite(*value) ? CO_OK : CO_NOT_FINITE;
}

static CoRc
find_derivatives(CoAuglag *a, const double *x)
{
	CoNlpValue	at = {.grad = a->grad, .jac = a->jac};
	unsigned	want = (a->weight > 0.0 ? CO_WANT_GRAD : 0) | (a->m > 0 ? CO_WANT_JAC : 0);
	CoRc		rc = a->nlp->eval(a->nlp->self, x, want, &at);

	if (a->weight > 0.0)
		co_scale(a->n, a->weight, a->grad);
	else
		co_fill(a->n, 0.0, a->grad);
	return rc;
}

CoRc
co_auglag_gradient(void *self, const double *x, double *grad)
{
	CoAuglag   *a = self;
	CoCsc		jac = a->nlp->jac;
	bool		crossed;
	CoRc		rc = find_derivatives(a, x);

	if (rc)
		return rc;
	a->have_hess = false;
	a->has_point = true;
	a->f = a->trial_f;
	co_copy(a->n, x, a->x);
	co_copy(a->m, a->trial_c, a->c);
	for (int i = 0; i < a->m; i++)
		a->yhat[i] = a->rho * co_auglag_outside(a, i, a->c[i] + a->ybar[i] / a->rho);
	co_copy(a->n, a->grad, a->lag);
	jac.value = a->jac;
	co_csc_tmul_add(&jac, 1.0, a->yhat, a->lag);
	co_copy(a->n, a->lag, grad);
	if (a->newton)
		co_auglag_choose_piece(a, NULL, &crossed);
	return co_all_finite(a->n, grad) ? CO_OK : CO_NOT_FINITE;
}

CoRc
co_auglag_eval(void *self, const double *x, double *value, double *grad)
{
	CoRc		rc = co_auglag_value(self, x, value);

	return rc ? rc : co_auglag_gradient(self, x, grad);
}
