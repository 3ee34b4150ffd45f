/*-------------------------------------------------------------------------
 *
 * solver/barrier_curvature.c
 *	  Is a point where the run converged a minimizer?  Where the inertia of
 *	  (9) says that it need not be, a direction of negative curvature leads
 *	  away from it [NW06, section 3.4].
 *
 * With a delta_w little above the least for which (9) has the right inertia,
 * inverse iteration on
 *
 *		( W + Sigma + delta_w	A' ) ( v )	 ( d )
 *		( A						0  ) ( y ) = ( 0 )
 *
 * turns d to where the curvature of W + Sigma in the null space of A is least.
 *
 *-------------------------------------------------------------------------
 */
#include "base/vec.h"
#include "linalg/ticker.h"
#include "solver/barrier.h"

#define INVERSE_STEPS	20
#define CLOSE			1.2		/* delta_w over one that is too small */
#define SETTLED			0.99	/* cosine of two successive directions */
#define NOISE			1e-8	/* curvature below this part of its terms is rounding */
#define GOLDEN			0.6180339887498949	/* its multiples, modulo 1, are
											 * spread evenly */
#define FARTHEST		1.0		/* the first trial, relative to the point */
#define MAX_HALVINGS	20
#define DECREASE		0.1		/* part of what the curvature promises */

/* rhs.v := v normalized; its cosine with the last one */
static double
turn(CoBarrier *b, const double *v)
{
	double		norm = sqrt(co_dot(b->nv, v, v)),
				cosine = 0.0;

	for (int j = 0; j < b->nv; j++)
	{
		double		next = v[j] / norm;

		cosine += next * b->rhs.v[j];
		b->rhs.v[j] = next;
	}
	return fabs(cosine);
}

/* d'(W + Sigma)d of the direction in rhs.v; *terms: what it is summed from */
static double
curvature_of(CoBarrier *b, double *terms)
{
	CoCsc		h = b->nlp->hess;
	const double *d = b->rhs.v;
	double	   *hd = b->res.v,
				sum = 0.0;

	h.value = b->hess;
	co_fill(b->nv, 0.0, hd);
	if (co_csc_nnz(&h) > 0)
		co_csc_symmul_add(&h, 1.0, d, hd);
	*terms = 0.0;
	for (int j = 0; j < b->nv; j++)
	{
		double		own = j < b->n ? hd[j] * d[j] : b->extra_hess[j - b->n] * d[j] * d[j],
					weighted = b->weight[j] * d[j] * d[j];

		sum += own + weighted;
		*terms += fabs(own) + weighted;
	}
	return sum;
}

/* A move as far as the point is from 0 lowers the objective noticeably. */
static bool
is_worth(const CoBarrier *b, double curvature)
{
	double		size = co_max(1.0, co_norm_inf(b->n, b->cur->at.v));

	return -0.5 * curvature * size * size > b->options->tolerance * co_max(1.0, fabs(b->cur->f));
}

/* Factor with delta_w; *right: the inertia is that of a minimizer. */
static CoRc
factor(CoBarrier *b, bool *right, bool *positive)
{
	CoInertia	inertia;
	CoRc		rc = co_barrier_factor(b, b->cur, b->hess, &inertia);

	*right = !rc && inertia.n_negative == b->m;
	*positive = *right && b->delta_w == 0.0 && inertia.n_perturbed == 0;
	return rc == CO_SINGULAR || rc == CO_NOT_FINITE ? CO_OK : rc;
}

/*
 * Inverse iteration turns the faster the closer delta_w is to the least
 * curvature, of which algorithm IC's may be a hundred times as much: between
 * one that is too small and one that is not.
 */
static CoRc
tighten(CoBarrier *b, double small)
{
	double		large = b->delta_w;
	bool		right = true,
				positive;
	CoRc		rc = CO_OK;

	while (!rc && large > CLOSE * small)
	{
		b->delta_w = sqrt(small) * sqrt(large);
		rc = factor(b, &right, &positive);
		if (right)
			large = b->delta_w;
		else
			small = b->delta_w;
	}
	b->delta_w = large;
	return rc || right ? rc : factor(b, &right, &positive);
}

/* Factor with the least delta_w there is, but for CLOSE. */
static CoRc
factor_positive(CoBarrier *b, bool *positive)
{
	double		small = 0.0;
	bool		right = false;

	b->delta_w = 0.0;
	for (int j = 0; j < b->nv; j++)
		b->weight[j] = co_barrier_weight(b, b->cur, j);
	for (;;)
	{
		CoRc		rc = factor(b, &right, positive);

		if (rc || right)
			return rc || small == 0.0 ? rc : tighten(b, small);
		small = b->delta_w;
		if (!co_barrier_raise_delta(b))
			return CO_SINGULAR;
	}
}

/* The direction of least curvature into rhs.v; 0 where there is none below 0. */
static CoRc
find_direction(CoBarrier *b, double *curvature)
{
	double		place = 0.0,
				terms;

	*curvature = 0.0;
	co_barrier_clear_vectors(b, &b->rhs);
	for (int j = 0; j < b->nv; j++)
	{
		place += GOLDEN;
		place -= floor(place);
		b->rhs.v[j] = 2.0 * place - 1.0;
	}
	for (int k = 0; k < INVERSE_STEPS; k++)
	{
		double		ratio;
		CoRc		rc = co_barrier_solve(b, b->cur, b->hess, &b->rhs, &b->soc, &ratio);

		if (rc)
			return rc;
		if (!(ratio <= CO_RATIO_SINGULAR) || !(co_norm_inf(b->nv, b->soc.v) > 0.0))
			return CO_OK;
		if (turn(b, b->soc.v) > SETTLED && k > 1)
			break;
	}
	*curvature = curvature_of(b, &terms);
	if (!(*curvature < -NOISE * terms) || !is_worth(b, *curvature))
		*curvature = 0.0;
	return CO_OK;
}

/* Barrier function and weighted rows: what the curvature is that of */
static double
lagrangian(const CoBarrier *b, const CoBarrierPoint *p)
{
	return co_barrier_phi(b, p) + co_dot(b->m, b->cur->at.y, p->g);
}

/*
 * From cur along +-step.v, as far as the Lagrangian falls as its curvature
 * promises: both phi and the violation change in second order only.
 */
static CoRc
walk(CoBarrier *b, double curvature, bool *moved)
{
	double		now = lagrangian(b, b->cur),
				size = co_norm_inf(b->n, b->step.v),
				longest = size > 0.0 ?
		FARTHEST * co_max(1.0, co_norm_inf(b->n, b->cur->at.v)) / size : 0.0;

	*moved = false;
	for (int k = 0; k < 2 * MAX_HALVINGS && !*moved; k++)
	{
		double		primal,
					dual,
					alpha;
		CoRc		rc;

		co_scale(b->nv, -1.0, b->step.v);
		co_barrier_fraction(b, b->cur, &b->step, &primal, &dual);
		alpha = co_min(primal, ldexp(longest, -(k / 2)));
		for (int j = 0; j < b->nv; j++)
			b->trial->at.v[j] = b->cur->at.v[j] + alpha * b->step.v[j];
		rc = co_poll_pass(b->arena, b->nv);
		if (!rc)
			rc = co_barrier_values(b, b->trial);
		if (rc && rc != CO_NOT_FINITE)
			return rc;
		*moved = !rc && lagrangian(b, b->trial) < now + DECREASE * 0.5 * alpha * alpha * curvature;
	}
	return CO_OK;
}

/*
 * positive: cur is a minimizer to second order.  moved: it is not, and x [n]
 * is a point beyond it.  Both false: not known.
 */
CoRc
co_barrier_leave_saddle(CoBarrier *b, bool *positive, bool *moved, double *x)
{
	double		curvature = 0.0;
	CoRc		rc;

	*positive = *moved = false;
	if (b->nlp->objective == CO_LINEAR && co_norm_inf(b->m, b->cur->at.y) == 0.0)
		return CO_OK;			/* no curvature at all */
	rc = b->nlp->hess_at(b->nlp->self, b->cur->at.v, 1.0, b->cur->at.y, b->hess);
	if (!rc)
		rc = factor_positive(b, positive);
	if (!rc && !*positive)
		rc = find_direction(b, &curvature);
	if (!rc && curvature < 0.0)
	{
		co_barrier_clear_vectors(b, &b->step);
		co_copy(b->nv, b->rhs.v, b->step.v);
		rc = walk(b, curvature, moved);
	}
	if (*moved)
		co_copy(b->n, b->trial->at.v, x);
	return rc == CO_SINGULAR || rc == CO_NOT_FINITE ? CO_OK : rc;
}
