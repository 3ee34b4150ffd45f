/*-------------------------------------------------------------------------
 *
 * solver/barrier_kkt.c
 *	  Pattern, equilibration and factorization of barrier_kkt.h.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/barrier_kkt.h"

#include <limits.h>

#include "base/vec.h"
#include "linalg/ticker.h"
#include "linalg/equilibrate.h"

static CoRc
take_arrays(CoBarrierKkt *kkt, const CoNlp *nlp)
{
	CoArena    *arena = kkt->arena;
	size_t		dim = (size_t) nlp->n + (size_t) nlp->m,
				hess = (size_t) co_csc_nnz(&nlp->hess),
				jac = (size_t) co_csc_nnz(&nlp->jac),
				room = dim + hess + jac;

	if (room > INT_MAX)
		return CO_NO_MEMORY;
	kkt->n = nlp->n;
	kkt->m = nlp->m;
	kkt->n_hess = (int) hess;
	kkt->n_jac = (int) jac;
	kkt->lower.nrow = kkt->lower.ncol = (int) dim;
	kkt->lower.start = co_take_ints(arena, dim + 1);
	kkt->lower.index = co_take_ints(arena, room);
	kkt->raw = co_take_doubles(arena, room);
	kkt->value = co_take_doubles(arena, room);
	kkt->diagonal = co_take_ints(arena, dim);
	kkt->hess_to = co_take_ints(arena, hess);
	kkt->jac_to = co_take_ints(arena, jac);
	kkt->sign = co_take(arena, dim, 1);
	kkt->scale = co_take_doubles(arena, dim);
	kkt->norm = co_take_doubles(arena, dim);
	kkt->delta = co_take_zero_doubles(arena, (size_t) nlp->m);
	return co_arena_failed(arena);
}

/* Column j < n: diagonal, H below it, J shifted by n; then the rows' diagonal. */
static void
fill_pattern(CoBarrierKkt *kkt, const CoNlp *nlp)
{
	const CoCsc *hess = &nlp->hess,
			   *jac = &nlp->jac;
	CoCsc	   *lower = &kkt->lower;
	bool		has_hess = co_csc_nnz(hess) > 0;
	int			nnz = 0;

	for (int j = 0; j < kkt->n; j++)
	{
		lower->start[j] = kkt->diagonal[j] = nnz;
		lower->index[nnz++] = j;
		kkt->sign[j] = 1;
		for (int k = has_hess ? hess->start[j] : 0; has_hess && k < hess->start[j + 1]; k++)
		{
			kkt->hess_to[k] = hess->index[k] == j ? kkt->diagonal[j] : nnz;
			if (hess->index[k] > j)
				lower->index[nnz++] = hess->index[k];
		}
		for (int k = jac->start[j]; k < jac->start[j + 1]; k++)
		{
			kkt->jac_to[k] = nnz;
			lower->index[nnz++] = kkt->n + jac->index[k];
		}
	}
	for (int i = kkt->n; i < kkt->n + kkt->m; i++)
	{
		lower->start[i] = kkt->diagonal[i] = nnz;
		lower->index[nnz++] = i;
		kkt->sign[i] = -1;
	}
	lower->start[kkt->n + kkt->m] = nnz;
}

CoRc
co_barrier_kkt_new(CoArena *arena, const CoNlp *nlp, CoBarrierKkt **out)
{
	CoBarrierKkt *kkt = co_take_zero(arena, 1, sizeof *kkt);
	CoRc		rc;

	if (!kkt)
		return co_arena_failed(arena);
	kkt->arena = arena;
	rc = take_arrays(kkt, nlp);
	if (rc)
		return rc;
	fill_pattern(kkt, nlp);
	*out = kkt;
	return co_ldl_analyze(arena, &kkt->lower, &kkt->ldl);
}

static void
load(CoBarrierKkt *kkt, const double *hess, const double *jac, const double *dx,
	 const double *dy)
{
	co_fill(co_csc_nnz(&kkt->lower), 0.0, kkt->raw);
	for (int j = 0; j < kkt->n; j++)
		kkt->raw[kkt->diagonal[j]] = dx[j];
	for (int i = 0; i < kkt->m; i++)
		kkt->raw[kkt->diagonal[kkt->n + i]] = -dy[i];
	for (int k = 0; hess && k < kkt->n_hess; k++)
		kkt->raw[kkt->hess_to[k]] += hess[k];
	for (int k = 0; k < kkt->n_jac; k++)
		kkt->raw[kkt->jac_to[k]] = jac[k];
}

CoRc
co_barrier_kkt_factor(CoBarrierKkt *kkt, const double *hess, const double *jac,
					  const double *dx, const double *dy, double delta, CoInertia *inertia)
{
	const CoCsc *lower = &kkt->lower;
	CoCsc		raw = kkt->lower;
	CoTicker	ticker = co_ticker(kkt->arena);
	int			dim = kkt->n + kkt->m;
	CoRc		rc = co_poll(kkt->arena);

	if (rc)
		return rc;
	load(kkt, hess, jac, dx, dy);
	rc = co_poll_pass(kkt->arena, co_csc_nnz(lower));
	if (rc)
		return rc;
	raw.value = kkt->raw;
	co_equilibrate(&raw, kkt->scale, kkt->norm);
	for (int j = 0; j < dim && !rc; j++)
	{
		rc = co_tick(&ticker, lower->start[j + 1] - lower->start[j]);
		for (int k = lower->start[j]; k < lower->start[j + 1]; k++)
			kkt->value[k] = kkt->raw[k] * kkt->scale[lower->index[k]] * kkt->scale[j];
	}
	if (rc)
		return rc;
	for (int i = 0; i < kkt->m; i++)
	{
		double		scale = kkt->scale[kkt->n + i];

		kkt->delta[i] = delta / (scale * scale);
		kkt->value[kkt->diagonal[kkt->n + i]] -= delta;
	}
	kkt->n_factor++;
	return co_ldl_factor(kkt->ldl, kkt->value, kkt->sign, inertia);
}

CoRc
co_barrier_kkt_solve(CoBarrierKkt *kkt, double *rhs)
{
	int			dim = kkt->n + kkt->m;
	CoRc		rc;

	for (int i = 0; i < dim; i++)
		rhs[i] *= kkt->scale[i];
	rc = co_ldl_solve(kkt->ldl, rhs);
	for (int i = 0; i < dim; i++)
		rhs[i] *= kkt->scale[i];
	return rc;
}
