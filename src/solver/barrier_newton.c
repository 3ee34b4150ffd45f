/*-------------------------------------------------------------------------
 *
 * solver/barrier_newton.c
 *	  The Newton direction: inertia correction, elimination, refinement on the
 *	  full system [WB06, sections 2.2, 3.1, 3.10].
 *
 *		( W + delta_w  A'  -I   I ) ( dv  )		( grad L )
 *		( A			   0		  ) ( dy  ) = -	( g		 )			(9)
 *		( Zl				Sl	  ) ( dzl )		( Sl zl - mu )
 *		( -Zu				   Su ) ( dzu )		( Su zu - mu )
 *
 * The last two rows and the extra columns are eliminated; what is left is the
 * system of barrier_kkt.h.  The residual that the refinement looks at is that
 * of (9).
 *
 * Departure: delta_c stands in the factorization always, not only after a zero
 * pivot, and refinement removes it.  Where that does not converge the rows are
 * dependent, and the system with delta_c is the one to be solved.
 *
 *-------------------------------------------------------------------------
 */
#include "base/vec.h"
#include "linalg/ticker.h"
#include "solver/barrier.h"

/* WB06 section 3.1 and algorithm IC */
#define DELTA_C			1e-8	/* relative, as LINALG.md measured */
#define DELTA_MIN		1e-20
#define DELTA_FIRST		1e-4
#define DELTA_MAX		1e40
#define KAPPA_MINUS		(1.0 / 3.0)
#define KAPPA_PLUS		8.0
#define KAPPA_PLUS_BAR	100.0

#define MAX_REFINE		10		/* WB06 section 3.10 */
#define RATIO_GOOD		1e-10	/* residual over right-hand side and solution */
#define RATIO_PERTURBED	1e-8	/* after a pivot was replaced: a worse one, too */
#define UP_NOISE		1e-6	/* a slope above this part of its terms is one */
#define SIZE_MAX_RATIO	1e6		/* a solution larger beside its right-hand
								 * side counts as one of a singular system */
#define RATIO_PROGRESS	0.5		/* a step that gains less is the last */

double
co_barrier_weight(const CoBarrier *b, const CoBarrierPoint *p, int j)
{
	double		weight = 0.0;

	if (b->has[j] & CO_HAS_LOWER)
		weight += p->at.zl[j] / p->sl[j];
	if (b->has[j] & CO_HAS_UPPER)
		weight += p->at.zu[j] / p->su[j];
	return weight;
}

/* Diagonal of an extra column */
static double
extra_weight(const CoBarrier *b, int k)
{
	return b->weight[k] + b->delta_w + b->extra_hess[k - b->n];
}

CoRc
co_barrier_factor(CoBarrier *b, const CoBarrierPoint *p, const double *hess, CoInertia *inertia)
{
	double		sigma = 0.0;

	if (b->quasi)
	{
		b->quasi->in_system = hess != NULL;
		sigma = hess ? b->quasi->hess->sigma : 0.0;
	}
	for (int j = 0; j < b->n; j++)
		b->dx[j] = b->weight[j] + b->delta_w + sigma + (b->prox && hess ? b->prox[j] * sqrt(b->mu) : 0.0);
	co_fill(b->m, 0.0, b->dy);
	for (int k = b->n; k < b->nv; k++)
		b->dy[b->extra_row[k - b->n]] += 1.0 / extra_weight(b, k);
	return co_barrier_kkt_factor(b->kkt, hess, p->jac, b->dx, b->dy, DELTA_C, inertia);
}

/*
 * sol += K^-1 res for the residual of (9): eliminate the bounds' multipliers,
 * the extra columns, solve, go back.
 */
static CoRc
add_solution(CoBarrier *b, const CoBarrierPoint *p, const CoVectors *res, CoVectors *sol)
{
	double	   *bv = b->reduced,
			   *by = b->reduced + b->n,
			   *be = b->eliminated;
	CoRc		rc;

	for (int j = 0; j < b->nv; j++)
		be[j] = res->v[j] + res->zl[j] / p->sl[j] - res->zu[j] / p->su[j];
	co_copy(b->n, be, bv);
	co_copy(b->m, res->y, by);
	for (int k = b->n; k < b->nv; k++)
		by[b->extra_row[k - b->n]] -= b->extra_sign[k - b->n] * be[k] / extra_weight(b, k);
	rc = co_barrier_kkt_solve(b->kkt, b->reduced);
	if (rc)
		return rc;
	if (b->quasi && b->quasi->in_system)
		co_quasi_correct(b->quasi->hess, b->reduced);
	for (int j = 0; j < b->nv; j++)
	{
		double		dv = j < b->n ? bv[j] :
			(be[j] - b->extra_sign[j - b->n] * by[b->extra_row[j - b->n]]) / extra_weight(b, j);

		sol->v[j] += dv;
		if (b->has[j] & CO_HAS_LOWER)
			sol->zl[j] += (res->zl[j] - p->at.zl[j] * dv) / p->sl[j];
		if (b->has[j] & CO_HAS_UPPER)
			sol->zu[j] += (res->zu[j] + p->at.zu[j] * dv) / p->su[j];
	}
	co_axpy(b->m, 1.0, by, sol->y);
	return CO_OK;
}

/* res := rhs - K sol; the largest entry */
static double
find_residual(CoBarrier *b, const CoBarrierPoint *p, const double *hess, const CoVectors *rhs,
			  const CoVectors *sol, CoVectors *res)
{
	CoCsc		jac = b->nlp->jac,
				h = b->nlp->hess;
	double		norm;

	jac.value = p->jac;
	for (int j = 0; j < b->nv; j++)
	{
		double		own = (j < b->n ? b->dx[j] : extra_weight(b, j)) - b->weight[j];

		res->v[j] = rhs->v[j] - own * sol->v[j] + sol->zl[j] - sol->zu[j];
		res->zl[j] = res->zu[j] = 0.0;
		if (b->has[j] & CO_HAS_LOWER)
			res->zl[j] = rhs->zl[j] - p->at.zl[j] * sol->v[j] - p->sl[j] * sol->zl[j];
		if (b->has[j] & CO_HAS_UPPER)
			res->zu[j] = rhs->zu[j] + p->at.zu[j] * sol->v[j] - p->su[j] * sol->zu[j];
	}
	h.value = (double *) hess;
	if (hess && co_csc_nnz(&h) > 0)
		co_csc_symmul_add(&h, -1.0, sol->v, res->v);
	if (b->quasi && b->quasi->in_system)
		co_barrier_quasi_subtract(b, sol->v, res->v);
	co_csc_tmul_add(&jac, -1.0, sol->y, res->v);
	for (int i = 0; i < b->m; i++)
		res->y[i] = rhs->y[i] + (b->regularize_rows ? b->kkt->delta[i] * sol->y[i] : 0.0);
	co_csc_mul_add(&jac, -1.0, sol->v, res->y);
	for (int k = b->n; k < b->nv; k++)
	{
		int			i = b->extra_row[k - b->n];

		res->v[k] -= b->extra_sign[k - b->n] * sol->y[i];
		res->y[i] -= b->extra_sign[k - b->n] * sol->v[k];
	}
	norm = co_max(co_norm_inf(b->nv, res->v), co_norm_inf(b->m, res->y));
	return co_max(norm, co_max(co_norm_inf(b->nv, res->zl), co_norm_inf(b->nv, res->zu)));
}

static double
norm_of(const CoBarrier *b, const CoVectors *x)
{
	return co_max(co_max(co_norm_inf(b->nv, x->v), co_norm_inf(b->m, x->y)),
				  co_max(co_norm_inf(b->nv, x->zl), co_norm_inf(b->nv, x->zu)));
}

void
co_barrier_clear_vectors(const CoBarrier *b, CoVectors *x)
{
	co_fill(b->nv, 0.0, x->v);
	co_fill(b->m, 0.0, x->y);
	co_fill(b->nv, 0.0, x->zl);
	co_fill(b->nv, 0.0, x->zu);
}

/* Entries that a residual is summed from */
static double
count_work(const CoBarrier *b)
{
	return (double) b->nv + co_csc_nnz(&b->nlp->hess) + co_csc_nnz(&b->nlp->jac);
}

/*
 * Solve (9) by refinement; *ratio is the residual relative to right-hand side
 * and solution, the latter counted up to 1e6 times the former.
 */
static CoRc
refine(CoBarrier *b, const CoBarrierPoint *p, const double *hess, const CoVectors *rhs,
	   CoVectors *sol, double *ratio)
{
	double		size = norm_of(b, rhs),
				last = INFINITY;
	CoRc		rc;

	co_barrier_clear_vectors(b, sol);
	co_barrier_copy_vectors(b, rhs, &b->res);
	for (int k = 0;; k++)
	{
		double		residual;

		rc = add_solution(b, p, &b->res, sol);
		if (rc)
			return rc;
		rc = co_poll_pass(b->arena, count_work(b));
		if (rc)
			return rc;
		residual = find_residual(b, p, hess, rhs, sol, &b->res);
		*ratio = residual / (size + co_min(norm_of(b, sol), SIZE_MAX_RATIO * size));
		if (residual == 0.0)
			*ratio = 0.0;
		if (isnan(*ratio) || *ratio > 2.0 * last)
		{
			co_barrier_copy_vectors(b, &b->best_sol, sol);
			*ratio = isnan(last) ? INFINITY : last;
			break;
		}
		if ((k > 0 && *ratio <= RATIO_GOOD) || *ratio <= 1e-3 * RATIO_GOOD || k >= MAX_REFINE ||
			*ratio > RATIO_PROGRESS * last)
			break;
		last = *ratio;
		co_barrier_copy_vectors(b, sol, &b->best_sol);
		b->n_refine++;
	}
	return CO_OK;
}

/* terms of |K| |sol| + |rhs| that H and J add to rows of both blocks */
static void
add_sizes(const CoBarrier *b, const CoBarrierPoint *p, const double *hess,
		  const CoVectors *sol, double *v, double *y)
{
	const CoCsc *h = &b->nlp->hess,
			   *jac = &b->nlp->jac;

	for (int j = 0; hess && co_csc_nnz(h) > 0 && j < b->n; j++)
		for (int k = h->start[j]; k < h->start[j + 1]; k++)
		{
			int			i = h->index[k];

			v[i] += fabs(hess[k] * sol->v[j]);
			if (i != j)
				v[j] += fabs(hess[k] * sol->v[i]);
		}
	for (int j = 0; j < b->n; j++)
		for (int k = jac->start[j]; k < jac->start[j + 1]; k++)
		{
			int			i = jac->index[k];

			v[j] += fabs(p->jac[k] * sol->y[i]);
			y[i] += fabs(p->jac[k] * sol->v[j]);
		}
}

/*
 * Componentwise backward error of sol, whose residual is in b->res: the largest
 * of |r| / (|K| |sol| + |rhs|) [ADD89].  Where rows of K differ by many orders
 * of magnitude, the residual beside the right-hand side alone says nothing.
 */
static double
backward_error(CoBarrier *b, const CoBarrierPoint *p, const double *hess, const CoVectors *rhs,
			   const CoVectors *sol)
{
	double	   *v = b->best_sol.v,
			   *y = b->best_sol.y;
	double		error = 0.0;

	for (int j = 0; j < b->nv; j++)
	{
		double		own = (j < b->n ? b->dx[j] : extra_weight(b, j)) - b->weight[j];

		v[j] = fabs(rhs->v[j]) + fabs(own * sol->v[j]) + fabs(sol->zl[j]) + fabs(sol->zu[j]);
	}
	for (int i = 0; i < b->m; i++)
		y[i] = fabs(rhs->y[i]);
	add_sizes(b, p, hess, sol, v, y);
	for (int k = b->n; k < b->nv; k++)
	{
		v[k] += fabs(sol->y[b->extra_row[k - b->n]]);
		y[b->extra_row[k - b->n]] += fabs(sol->v[k]);
	}
	for (int j = 0; j < b->nv; j++)
		if (b->res.v[j] != 0.0)
			error = co_max(error, fabs(b->res.v[j]) / v[j]);
	for (int i = 0; i < b->m; i++)
		if (b->res.y[i] != 0.0)
			error = co_max(error, fabs(b->res.y[i]) / y[i]);
	return error;
}

/* As refine(), first without delta_c; *ratio as there. */
CoRc
co_barrier_solve(CoBarrier *b, const CoBarrierPoint *p, const double *hess, const CoVectors *rhs,
				 CoVectors *sol, double *ratio)
{
	CoRc		rc;

	b->regularize_rows = false;
	rc = refine(b, p, hess, rhs, sol, ratio);
	if (rc || *ratio <= CO_RATIO_SINGULAR)
		return rc;
	rc = co_poll_pass(b->arena, count_work(b));
	if (rc)
		return rc;
	if (norm_of(b, sol) <= SIZE_MAX_RATIO * norm_of(b, rhs))
	{
		find_residual(b, p, hess, rhs, sol, &b->res);
		*ratio = co_min(*ratio, backward_error(b, p, hess, rhs, sol));
	}
	if (*ratio <= CO_RATIO_SINGULAR || b->m == 0)
		return CO_OK;
	b->regularize_rows = true;
	return refine(b, p, hess, rhs, sol, ratio);
}

/* Right-hand side of (9) at cur, with g and mu in place of its own */
static void
load_rhs(CoBarrier *b, const double *g, double mu)
{
	const CoBarrierPoint *p = b->cur;
	CoVectors  *rhs = &b->rhs;

	for (int j = 0; j < b->nv; j++)
	{
		rhs->v[j] = -b->rd[j] - mu * co_barrier_damping(b, j);
		rhs->zl[j] = b->has[j] & CO_HAS_LOWER ? mu - p->sl[j] * p->at.zl[j] : 0.0;
		rhs->zu[j] = b->has[j] & CO_HAS_UPPER ? mu - p->su[j] * p->at.zu[j] : 0.0;
	}
	for (int i = 0; i < b->m; i++)
		rhs->y[i] = -g[i];
}

bool
co_barrier_raise_delta(CoBarrier *b)
{
	if (b->delta_w == 0.0)
		b->delta_w = b->last_delta_w == 0.0 ? DELTA_FIRST :
			co_max(DELTA_MIN, KAPPA_MINUS * b->last_delta_w);
	else
		b->delta_w *= b->last_delta_w == 0.0 || 1e5 * b->last_delta_w < b->delta_w ?
			KAPPA_PLUS_BAR : KAPPA_PLUS;
	return b->delta_w <= DELTA_MAX;
}

/* The derivative of the direction by mu, with the factorization at hand */
static CoRc
find_centering(CoBarrier *b, double *ratio)
{
	for (int j = 0; j < b->nv; j++)
	{
		b->rhs.v[j] = -co_barrier_damping(b, j);
		b->rhs.zl[j] = b->has[j] & CO_HAS_LOWER ? 1.0 : 0.0;
		b->rhs.zu[j] = b->has[j] & CO_HAS_UPPER ? 1.0 : 0.0;
	}
	co_fill(b->m, 0.0, b->rhs.y);
	return co_barrier_solve(b, b->cur, b->hess, &b->rhs, &b->soc, ratio);
}

/* The affine step is in b->step; without a centering step mu is monotone. */
static CoRc
free_direction(CoBarrier *b)
{
	double		ratio = INFINITY;
	CoRc		rc = find_centering(b, &ratio);

	if (rc && rc != CO_SINGULAR && rc != CO_NOT_FINITE)
		return rc;
	if (!rc && ratio <= CO_RATIO_SINGULAR)
		return co_barrier_choose_mu(b);
	co_barrier_leave_free(b, true);
	load_rhs(b, b->cur->g, b->mu);
	return co_barrier_solve(b, b->cur, b->hess, &b->rhs, &b->step, &ratio);
}

/*
 * Without rows the system is positive definite, and its solution leads down; one
 * that does not is that of a matrix whose inertia was rounding.
 */
static bool
leads_up(const CoBarrier *b)
{
	const CoBarrierPoint *p = b->cur;
	double		terms = 0.0;

	if (b->m > 0 || b->free_mu)
		return false;
	for (int j = 0; j < b->nv; j++)
		terms += fabs(p->grad[j] * b->step.v[j]);
	return co_barrier_slope(b, p, b->step.v) > UP_NOISE * terms;
}

CoRc
co_barrier_direction(CoBarrier *b)
{
	CoBarrierPoint *p = b->cur;
	CoRc		rc = co_barrier_is_quasi(b) ? co_barrier_quasi_learn(b) :
		b->nlp->hess_at(b->nlp->self, p->at.v, b->outer ? 0.0 : 1.0, p->at.y, b->hess);

	if (rc)
		return rc;
	for (int j = 0; j < b->nv; j++)
		b->weight[j] = co_barrier_weight(b, p, j);
	load_rhs(b, p->g, b->free_mu ? 0.0 : b->mu);
	b->delta_w = 0.0;
	for (;;)
	{
		CoInertia	inertia;
		double		ratio = INFINITY;

		rc = co_barrier_factor(b, p, b->hess, &inertia);
		if (!rc && b->quasi)
			rc = co_barrier_quasi_prepare(b);
		if (!rc && inertia.n_negative == b->m)
			rc = co_barrier_solve(b, p, b->hess, &b->rhs, &b->step, &ratio);
		if (rc && rc != CO_SINGULAR && rc != CO_NOT_FINITE)
			return rc;
		if (ratio <= (inertia.n_perturbed > 0 ? RATIO_PERTURBED : CO_RATIO_SINGULAR) && !leads_up(b))
			break;
		if (!co_barrier_raise_delta(b))
			return CO_SINGULAR;
	}
	b->positive = b->delta_w == 0.0;
	if (b->delta_w > 0.0)
		b->last_delta_w = b->delta_w;
	return b->free_mu ? free_direction(b) : CO_OK;
}

/* The direction with g in place of the rows' residual, same factorization. */
CoRc
co_barrier_correction(CoBarrier *b, const double *g, CoVectors *out)
{
	double		ratio;
	CoRc		rc;

	load_rhs(b, g, b->mu);
	rc = co_barrier_solve(b, b->cur, b->hess, &b->rhs, out, &ratio);
	return rc ? rc : ratio <= CO_RATIO_SINGULAR ? CO_OK : CO_SINGULAR;
}
