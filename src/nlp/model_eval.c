/*-------------------------------------------------------------------------
 *
 * nlp/model_eval.c
 *	  Values and derivatives of a model.
 *
 *		f(x) = c0 + c'x + 1/2 x'Px + patterns
 *		c(x) = A x + products + patterns
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <string.h>

#include "base/vec.h"
#include "nlp/model_private.h"

static void
eval_objective(const CoModelSelf *self, const double *x, unsigned want, CoNlpValue *out)
{
	const CoQp *qp = &self->qp;

	if (want & CO_WANT_F)
		out->f = qp->c0 + co_dot(qp->n, qp->c, x) + 0.5 * co_csc_quadratic(&qp->p, x);
	if (want & CO_WANT_GRAD)
	{
		co_copy(qp->n, qp->c, out->grad);
		co_csc_symmul_add(&qp->p, 1.0, x, out->grad);
	}
}

static void
eval_rows(const CoModelSelf *self, const double *x, unsigned want, CoNlpValue *out)
{
	const CoRowQuad *quad = &self->quad;

	if (want & CO_WANT_C)
	{
		co_fill(self->qp.m, 0.0, out->c);
		co_csc_mul_add(&self->qp.a, 1.0, x, out->c);
		for (int t = 0; t < quad->n; t++)
			out->c[quad->row[t]] += quad->value[t] * (x[quad->i[t]] * x[quad->j[t]]);
	}
	if (want & CO_WANT_JAC)
	{
		co_copy(co_csc_nnz(&self->jac), self->jac_base, out->jac);
		for (int t = 0; t < quad->n; t++)
		{
			out->jac[quad->jac_i[t]] += quad->value[t] * x[quad->j[t]];
			out->jac[quad->jac_j[t]] += quad->value[t] * x[quad->i[t]];
		}
	}
}

static CoRc
eval_patterns(const CoModelSelf *self, const double *x, unsigned want, CoNlpValue *out)
{
	CoPatternOut wanted = {
		.objective = (want & (CO_WANT_F | CO_WANT_GRAD)) != 0,
		.rows = (want & (CO_WANT_C | CO_WANT_JAC)) != 0,
		.f = want & CO_WANT_F ? &out->f : NULL,
		.c = want & CO_WANT_C ? out->c : NULL,
		.grad = want & CO_WANT_GRAD ? out->grad : NULL,
		.jac = want & CO_WANT_JAC ? out->jac : NULL
	};
	CoRc		rc = CO_OK;

	for (int p = 0; p < self->n_pattern && !rc; p++)
		rc = co_pattern_eval(self->arena, self->pattern[p], x, self->work, &wanted);
	return rc;
}

CoRc
co_model_eval(void *opaque, const double *x, unsigned want, CoNlpValue *out)
{
	CoModelSelf *self = opaque;
	CoRc		rc = co_poll(self->arena);

	if (rc)
		return rc;
	eval_objective(self, x, want, out);
	eval_rows(self, x, want, out);
	rc = eval_patterns(self, x, want, out);
	if (!rc)
		rc = co_calls_eval(self->arena, &self->calls, x, want, out);
	if (rc)
		return rc;
	if (((want & CO_WANT_F) && !isfinite(out->f)) ||
		((want & CO_WANT_C) && !co_all_finite(self->qp.m, out->c)) ||
		((want & CO_WANT_GRAD) && !co_all_finite(self->qp.n, out->grad)) ||
		((want & CO_WANT_JAC) && !co_all_finite(co_csc_nnz(&self->jac), out->jac)))
		return CO_NOT_FINITE;
	return CO_OK;
}

CoRc
co_model_hess_at(void *opaque, const double *x, double sigma, const double *y, double *value)
{
	const CoModelSelf *self = opaque;
	const CoCsc *p = &self->qp.p;
	const CoRowQuad *quad = &self->quad;
	int			nnz = self->hess_nnz;
	CoRc		rc = co_poll(self->arena);

	co_fill(nnz, 0.0, value);
	for (int e = 0; e < co_csc_nnz(p); e++)
		value[self->p_place[e]] += sigma * p->value[e];
	for (int t = 0; t < quad->n; t++)
	{
		double		term = y[quad->row[t]] * quad->value[t];

		value[quad->hess[t]] += quad->i[t] == quad->j[t] ? 2.0 * term : term;
	}
	self->weight[0] = sigma;
	co_copy(self->qp.m, y, self->weight + 1);
	for (int k = 0; k < self->n_pattern && !rc; k++)
		rc = co_pattern_hessian(self->arena, self->pattern[k], x, self->weight, self->work, value);
	if (rc)
		return rc;
	return co_all_finite(nnz, value) ? CO_OK : CO_NOT_FINITE;
}
