/*-------------------------------------------------------------------------
 *
 * nlp/verify.c
 *	  The functions of verify.h.
 *
 *-------------------------------------------------------------------------
 */
#include "nlp/verify.h"

#include "base/vec.h"

static void
raise_to(CoWorst *worst, double value, double scale, int row, int var)
{
	/* A residual that is not a number is the largest of all. */
	if (!(value > worst->value) && !isnan(value))
		return;
	*worst = (CoWorst) {isnan(value) ? INFINITY : value, scale, row, var};
}

/* One row or variable: its violation, and its multiplier. */
static void
check_pair(double t, double lower, double upper, double multiplier, double f, int row, int var,
		   CoVerified *out)
{
	CoWorst    *violation = row >= 0 ? &out->row : &out->bound;
	double		side = multiplier > 0.0 ? upper : lower;

	if (t < lower || isnan(t))
		raise_to(violation, lower - t, co_max(fabs(t), fabs(lower)), row, var);
	if (t > upper)
		raise_to(violation, t - upper, co_max(fabs(t), fabs(upper)), row, var);
	if (multiplier == 0.0)
		return;
	if (isinf(side))
		raise_to(&out->sign, fabs(multiplier), 0.0, row, var);
	else if (lower != upper)
		raise_to(&out->complementarity, fabs(multiplier * (side - t)), fabs(f), row, var);
}

/* max(|grad f|_2, |z_j|, |a_i|_2 |y_i|) */
static CoRc
find_dual_scale(CoArena *arena, const CoNlp *nlp, const CoClaim *claim, double *scale)
{
	const CoNlpValue *at = claim->at;
	double	   *square = co_take_zero_doubles(arena, (size_t) nlp->m);

	if (!square)
		return co_arena_failed(arena);
	for (int k = 0; k < co_csc_nnz(&nlp->jac); k++)
		square[nlp->jac.index[k]] += at->jac[k] * at->jac[k];
	*scale = co_max(sqrt(co_dot(nlp->n, at->grad, at->grad)), co_norm_inf(nlp->n, claim->z));
	for (int i = 0; i < nlp->m; i++)
		*scale = co_max(*scale, sqrt(square[i]) * fabs(claim->y[i]));
	return CO_OK;
}

CoRc
co_verify(CoArena *arena, const CoNlp *nlp, const CoClaim *claim, CoVerified *out)
{
	CoMark		mark = co_mark(arena);
	CoWorst		none = {0.0, 0.0, -1, -1};
	CoCsc		jac = nlp->jac;
	double	   *r = co_take_doubles(arena, (size_t) nlp->n),
				scale = 0.0;
	CoRc		rc = find_dual_scale(arena, nlp, claim, &scale);

	*out = (CoVerified) {none, none, none, none, none};
	if (rc || !r)
		return co_arena_failed(arena);
	for (int j = 0; j < nlp->n; j++)
		r[j] = claim->at->grad[j] + claim->z[j];
	jac.value = claim->at->jac;
	co_csc_tmul_add(&jac, 1.0, claim->y, r);
	out->stationarity.scale = scale;
	for (int j = 0; j < nlp->n; j++)
	{
		raise_to(&out->stationarity, fabs(r[j]), scale, -1, j);
		check_pair(claim->x[j], nlp->xl[j], nlp->xu[j], claim->z[j], claim->at->f, -1, j, out);
	}
	for (int i = 0; i < nlp->m; i++)
		check_pair(claim->at->c[i], nlp->cl[i], nlp->cu[i], claim->y[i], claim->at->f, i, -1, out);
	co_rewind(arena, mark);
	return co_poll(arena);
}
