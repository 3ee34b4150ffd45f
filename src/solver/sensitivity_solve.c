/*-------------------------------------------------------------------------
 *
 * solver/sensitivity_solve.c
 *	  Derivatives by solves with the factorized system: in a direction of the
 *	  parameters, and, transposed, of a sum of what the solution consists of.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/sensitivity.h"

#include "base/vec.h"

/* Of a multiplier's derivative, beside the largest: rounding. */
#define ZERO_RATE		1e-9

CoRc
co_tangent_new(CoArena *arena, const CoParamNlp *nlp, CoTangent *out)
{
	*out = (CoTangent) {
		.x = co_take_zero_doubles(arena, (size_t) nlp->n),
		.y = co_take_zero_doubles(arena, (size_t) nlp->m),
		.z = co_take_zero_doubles(arena, (size_t) nlp->n)
	};
	return co_arena_failed(arena);
}

/* out += alpha * column k of a */
static void
add_column(const CoCsc *a, int k, double alpha, double *out)
{
	for (int e = a->start[k]; e < a->start[k + 1]; e++)
		out[a->index[e]] += alpha * a->value[e];
}

static double
dot_column(const CoCsc *a, int k, const double *x)
{
	double		sum = 0.0;

	for (int e = a->start[k]; e < a->start[k + 1]; e++)
		sum += a->value[e] * x[a->index[e]];
	return sum;
}

/* L_p of one parameter: the derivative of the optimal value [F76]. */
static double
envelope(const CoSensitivity *s, int k)
{
	return s->nlp->grad_p[k] + dot_column(&s->nlp->jac_p, k, s->y) +
		co_sensitivity_bound_envelope(s, k);
}

void
co_sensitivity_set_direction(const CoSensitivity *s, const CoDirection *direction, CoTangent *out)
{
	co_fill(s->nlp->n, 0.0, out->z);
	co_fill(s->nlp->m, 0.0, out->y);
	out->f = 0.0;
	for (int t = 0; t < direction->n; t++)
	{
		int			k = direction->param[t];

		add_column(&s->nlp->hess_p, k, direction->weight[t], out->z);
		add_column(&s->nlp->jac_p, k, direction->weight[t], out->y);
		out->f += direction->weight[t] * envelope(s, k);
	}
	if (!s->nlp->bounds)
		return;
	co_fill(s->nlp->n, 0.0, out->x);
	co_sensitivity_add_rates(s, direction, out->x);
	co_csc_symmul_add(&s->nlp->hess, 1.0, out->x, out->z);
	co_csc_mul_add(&s->nlp->jac, 1.0, out->x, out->y);
}

void
co_sensitivity_envelope(const CoSensitivity *s, int k, CoTangent *out)
{
	co_fill(s->nlp->n, 0.0, out->x);
	co_fill(s->nlp->m, 0.0, out->y);
	co_fill(s->nlp->n, 0.0, out->z);
	out->f = envelope(s, k);
	out->error = 0.0;
}

/* dz = - (W dx + L_xp dp + A' dy) where a bound is active */
void
co_sensitivity_set_bounds(const CoSensitivity *s, CoTangent *out)
{
	const CoParamNlp *nlp = s->nlp;

	if (s->n_free < nlp->n)
	{
		co_csc_symmul_add(&nlp->hess, 1.0, out->x, out->z);
		co_csc_tmul_add(&nlp->jac, 1.0, out->y, out->z);
	}
	for (int j = 0; j < nlp->n; j++)
		out->z[j] = s->var[j].side == CO_SIDE_NONE ? 0.0 : -out->z[j];
}

CoRc
co_sensitivity_solve(CoSensitivity *s, const CoDirection *direction, CoTangent *out)
{
	const CoParamNlp *nlp = s->nlp;
	double	   *b = s->work;
	CoRc		rc;

	co_sensitivity_set_direction(s, direction, out);
	for (int k = 0; k < s->n_free; k++)
		b[k] = -out->z[s->free_var[k]];
	for (int k = 0; k < s->n_active; k++)
		b[s->n_free + k] = -out->y[s->active_row[k]];
	rc = co_sensitivity_kkt_solve(s->kkt, b, &out->error);
	if (rc)
		return rc;
	co_fill(nlp->n, 0.0, out->x);
	co_fill(nlp->m, 0.0, out->y);
	for (int k = 0; k < s->n_free; k++)
		out->x[s->free_var[k]] = b[k];
	for (int k = 0; k < s->n_active; k++)
		out->y[s->active_row[k]] = b[s->n_free + k];
	co_sensitivity_set_bounds(s, out);
	co_sensitivity_add_rates(s, direction, out->x);
	return CO_OK;
}

bool
co_sensitivity_holds(const CoSensitivity *s, const CoTangent *tangent, int sign)
{
	double		zero = ZERO_RATE * co_max(co_norm_inf(s->nlp->m, tangent->y),
										  co_norm_inf(s->nlp->n, tangent->z));

	if (s->n_parting > 0)
		return false;
	for (int i = 0; i < s->nlp->m; i++)
		if (s->row[i].weak && !(sign * s->row[i].side * tangent->y[i] >= -zero))
			return false;
	for (int j = 0; j < s->nlp->n; j++)
		if (s->var[j].weak && !(sign * s->var[j].side * tangent->z[j] >= -zero))
			return false;
	return true;
}

/*
 * With t = wz where a bound is active, 0 elsewhere, and dz as above,
 *
 *		wz'dz = - t' (W dx + L_xp dp + A' dy),
 *
 * so the weights of dx and dy are wx - W t and wy - A t, and one solve with
 * the symmetric system takes them to weights of the right-hand side.  A variable
 * at a bound that moves has its own weight, and that of what it adds to the
 * right-hand sides: (wx - W t - A'v)_j, with t and v whole.
 */
static void
fold_bounds(const CoSensitivity *s, const double *wz, double *t, double *gx, double *gy)
{
	for (int j = 0; j < s->nlp->n; j++)
		t[j] = wz && s->var[j].side != CO_SIDE_NONE ? wz[j] : 0.0;
	if (!wz)
		return;
	co_csc_symmul_add(&s->nlp->hess, -1.0, t, gx);
	co_csc_mul_add(&s->nlp->jac, -1.0, t, gy);
}

CoRc
co_sensitivity_adjoint(CoSensitivity *s, const double *wx, const double *wy,
					   const double *wz, double wf, double *g, double *error)
{
	const CoParamNlp *nlp = s->nlp;
	CoMark		mark = co_mark(s->arena);
	double	   *t = co_take_doubles(s->arena, (size_t) nlp->n);
	double	   *gx = co_take_zero_doubles(s->arena, (size_t) nlp->n);
	double	   *gy = co_take_zero_doubles(s->arena, (size_t) nlp->m);
	double	   *b = s->work;
	CoRc		rc = co_arena_failed(s->arena);

	if (rc)
		return rc;
	if (wx)
		co_copy(nlp->n, wx, gx);
	if (wy)
		co_copy(nlp->m, wy, gy);
	fold_bounds(s, wz, t, gx, gy);
	for (int k = 0; k < s->n_free; k++)
		b[k] = gx[s->free_var[k]];
	for (int k = 0; k < s->n_active; k++)
		b[s->n_free + k] = gy[s->active_row[k]];
	rc = co_sensitivity_kkt_solve(s->kkt, b, error);
	co_fill(nlp->m, 0.0, gy);
	for (int k = 0; k < s->n_free; k++)
		t[s->free_var[k]] = b[k];
	for (int k = 0; k < s->n_active; k++)
		gy[s->active_row[k]] = b[s->n_free + k];
	for (int k = 0; k < nlp->np && !rc; k++)
		g[k] = wf * envelope(s, k) - dot_column(&nlp->hess_p, k, t) - dot_column(&nlp->jac_p, k, gy);
	if (nlp->bounds && !rc)
	{
		co_fill(nlp->n, 0.0, gx);
		if (wx)
			co_copy(nlp->n, wx, gx);
		co_csc_symmul_add(&nlp->hess, -1.0, t, gx);
		co_csc_tmul_add(&nlp->jac, -1.0, gy, gx);
		co_sensitivity_add_bound_adjoint(s, gx, g);
	}
	co_rewind(s->arena, mark);
	return rc;
}
