/*-------------------------------------------------------------------------
 *
 * solver/barrier_point.c
 *	  Points of the interior point: arrays, evaluation, barrier function,
 *	  optimality error, steps to the boundary.
 *
 *-------------------------------------------------------------------------
 */
#include <float.h>

#include "base/vec.h"
#include "solver/barrier.h"

#define S_MAX			100.0	/* WB06 eq. 5 */
#define DISTANCE_LOSS	1e-2	/* to a side that moves in, relative */
#define KAPPA_SIGMA		1e10	/* WB06 eq. 16 */

CoRc
co_barrier_take_vectors(CoBarrier *b, CoVectors *out)
{
	size_t		nv = (size_t) b->nv;

	out->v = co_take_zero_doubles(b->arena, nv);
	out->y = co_take_zero_doubles(b->arena, (size_t) b->m);
	out->zl = co_take_zero_doubles(b->arena, nv);
	out->zu = co_take_zero_doubles(b->arena, nv);
	return co_arena_failed(b->arena);
}

CoRc
co_barrier_take_point(CoBarrier *b, CoBarrierPoint **out)
{
	CoBarrierPoint *p = co_take_zero(b->arena, 1, sizeof *p);
	size_t		nv = (size_t) b->nv,
				m = (size_t) b->m;

	if (!p)
		return co_arena_failed(b->arena);
	*out = p;
	p->grad = co_take_zero_doubles(b->arena, nv);
	p->c = co_take_zero_doubles(b->arena, m);
	p->g = co_take_zero_doubles(b->arena, m);
	p->jac = co_take_zero_doubles(b->arena, (size_t) co_csc_nnz(&b->nlp->jac));
	p->sl = co_take_zero_doubles(b->arena, nv);
	p->su = co_take_zero_doubles(b->arena, nv);
	return co_barrier_take_vectors(b, &p->at);
}

void
co_barrier_copy_vectors(const CoBarrier *b, const CoVectors *from, CoVectors *to)
{
	co_copy(b->nv, from->v, to->v);
	co_copy(b->m, from->y, to->y);
	co_copy(b->nv, from->zl, to->zl);
	co_copy(b->nv, from->zu, to->zu);
}

void
co_barrier_copy_point(const CoBarrier *b, const CoBarrierPoint *from, CoBarrierPoint *to)
{
	co_barrier_copy_vectors(b, &from->at, &to->at);
	to->f = from->f;
	to->theta = from->theta;
	co_copy(b->nv, from->grad, to->grad);
	co_copy(b->m, from->c, to->c);
	co_copy(b->m, from->g, to->g);
	co_copy(co_csc_nnz(&b->nlp->jac), from->jac, to->jac);
	co_copy(b->nv, from->sl, to->sl);
	co_copy(b->nv, from->su, to->su);
}

/*
 * Sides moved out by relax, in the user's unit: sizes are those of the
 * unscaled problem [WB06, section 3.5].  Elastic columns have no such sides.
 */
void
co_barrier_set_sides(CoBarrier *b, double relax)
{
	int			k = b->n;

	b->relax = relax;
	for (int j = 0; j < b->n; j++)
	{
		b->lo[j] = b->nlp->xl[j] - relax * co_max(1.0, fabs(b->nlp->xl[j]));
		b->hi[j] = b->nlp->xu[j] + relax * co_max(1.0, fabs(b->nlp->xu[j]));
	}
	for (int i = 0; i < b->m; i++)
	{
		double		unit = b->row_scale ? b->row_scale[i] : 1.0;

		if (b->nlp->cl[i] == b->nlp->cu[i])
			continue;
		b->lo[k] = b->nlp->cl[i] - relax * co_max(unit, fabs(b->nlp->cl[i]));
		b->hi[k++] = b->nlp->cu[i] + relax * co_max(unit, fabs(b->nlp->cu[i]));
	}
}

/*
 * v, which had the given distance to a side: moved to have it again, where it
 * would have lost more than a little of it.
 */
static double
keep_distance(double v, double side, double direction, double distance)
{
	double		now = direction * (v - side);

	return now >= (1.0 - DISTANCE_LOSS) * distance ? v : side + direction * distance;
}

/*
 * The problem's own sides from here on; the point keeps its distance to the
 * nearer side of each variable.
 */
CoRc
co_barrier_tighten_sides(CoBarrier *b)
{
	CoBarrierPoint *p = b->cur;
	CoRc		rc;

	co_barrier_set_sides(b, 0.0);
	for (int j = 0; j < b->nv; j++)
	{
		double		half = b->has[j] == (CO_HAS_LOWER | CO_HAS_UPPER) ?
			0.5 * (b->hi[j] - b->lo[j]) : INFINITY;
		bool		at_lower = b->has[j] & CO_HAS_LOWER &&
			(!(b->has[j] & CO_HAS_UPPER) || p->sl[j] <= p->su[j]);

		if (at_lower)
			p->at.v[j] = keep_distance(p->at.v[j], b->lo[j], 1.0, co_min(p->sl[j], half));
		else if (b->has[j] & CO_HAS_UPPER)
			p->at.v[j] = keep_distance(p->at.v[j], b->hi[j], -1.0, co_min(p->su[j], half));
	}
	rc = co_barrier_values(b, p);
	if (!rc)
		rc = co_barrier_derivatives(b, p);
	if (rc)
		return rc;
	b->best_merit = INFINITY;
	co_barrier_search_reset(b);
	co_barrier_find_error(b);
	return CO_OK;
}

/*
 * The distance of v to its side, never 0: where rounding or a long run to the
 * bound made it smaller than epsilon * mu, the bound moves a little instead
 * [WB06, section 3.5].
 */
static double
safe_slack(double v, double *side, double direction, double mu)
{
	double		slack = direction * (v - *side),
				least = DBL_EPSILON * co_min(1.0, mu);

	if (slack >= least)
		return slack;
	*side -= direction * pow(DBL_EPSILON, 0.75) * co_max(1.0, fabs(*side));
	slack = direction * (v - *side);
	return co_max(slack, least);
}

static void
find_slacks(CoBarrier *b, CoBarrierPoint *p)
{
	for (int j = 0; j < b->nv; j++)
	{
		p->sl[j] = b->has[j] & CO_HAS_LOWER ? safe_slack(p->at.v[j], &b->lo[j], 1.0, b->mu) : 1.0;
		p->su[j] = b->has[j] & CO_HAS_UPPER ? safe_slack(p->at.v[j], &b->hi[j], -1.0, b->mu) : 1.0;
	}
}

static void
find_rows(const CoBarrier *b, CoBarrierPoint *p)
{
	for (int i = 0; i < b->m; i++)
		p->g[i] = p->c[i] - b->target[i];
	for (int k = 0; k < b->nv - b->n; k++)
		p->g[b->extra_row[k]] += b->extra_sign[k] * p->at.v[b->n + k];
	p->theta = 0.0;
	for (int i = 0; i < b->m; i++)
		p->theta += fabs(p->g[i]);
}

void
co_barrier_renew_objective(CoBarrier *b, CoBarrierPoint *p)
{
	if (b->outer)
		co_barrier_elastic_objective(b, p);
}

/*
 * A slack with one side only may follow its row away from that side: violation
 * and barrier function both fall.
 */
static void
reset_slacks(const CoBarrier *b, CoBarrierPoint *p)
{
	for (int k = b->n; k < b->nv; k++)
	{
		double		c = p->c[b->extra_row[k - b->n]];

		if (b->has[k] == CO_HAS_LOWER && c > p->at.v[k])
			p->at.v[k] = c;
		else if (b->has[k] == CO_HAS_UPPER && c < p->at.v[k])
			p->at.v[k] = c;
	}
}

/* f, g, slacks, theta at p->at.v */
CoRc
co_barrier_values(CoBarrier *b, CoBarrierPoint *p)
{
	CoNlpValue	out = {.c = p->c};
	unsigned	want = (b->m > 0 ? CO_WANT_C : 0) | (b->outer ? 0 : CO_WANT_F);
	CoRc		rc;

	if (!co_all_finite(b->nv, p->at.v))
		return CO_NOT_FINITE;
	rc = b->nlp->eval(b->nlp->self, p->at.v, want, &out);
	if (rc)
		return rc;
	p->f = out.f;
	if (b->reset_slacks && p == b->trial)
		reset_slacks(b, p);
	find_rows(b, p);
	find_slacks(b, p);
	co_barrier_renew_objective(b, p);
	return isfinite(p->f) && isfinite(p->theta) ? CO_OK : CO_NOT_FINITE;
}

CoRc
co_barrier_derivatives(CoBarrier *b, CoBarrierPoint *p)
{
	CoNlpValue	out = {.grad = p->grad, .jac = p->jac};
	unsigned	want = (b->m > 0 ? CO_WANT_JAC : 0) | (b->outer ? 0 : CO_WANT_GRAD);
	CoRc		rc = b->nlp->eval(b->nlp->self, p->at.v, want, &out);

	if (rc)
		return rc;
	co_barrier_renew_objective(b, p);
	return co_all_finite(b->nv, p->grad) && co_all_finite(co_csc_nnz(&b->nlp->jac), p->jac) ?
		CO_OK : CO_NOT_FINITE;
}

double
co_barrier_phi(const CoBarrier *b, const CoBarrierPoint *p)
{
	double		logs = 0.0,
				damping = 0.0;

	for (int j = 0; j < b->nv; j++)
	{
		if (b->has[j] & CO_HAS_LOWER)
			logs += log(p->sl[j]);
		if (b->has[j] & CO_HAS_UPPER)
			logs += log(p->su[j]);
		if (b->has[j] == CO_HAS_LOWER)
			damping += p->sl[j];
		else if (b->has[j] == CO_HAS_UPPER)
			damping += p->su[j];
	}
	return p->f - b->mu * logs + CO_KAPPA_D * b->mu * damping;
}

double
co_barrier_slope(const CoBarrier *b, const CoBarrierPoint *p, const double *dv)
{
	double		slope = co_dot(b->nv, p->grad, dv),
				logs = 0.0;

	for (int j = 0; j < b->nv; j++)
	{
		if (b->has[j] & CO_HAS_LOWER)
			logs -= dv[j] / p->sl[j];
		if (b->has[j] & CO_HAS_UPPER)
			logs += dv[j] / p->su[j];
		logs += co_barrier_damping(b, j) * dv[j];
	}
	return slope + b->mu * logs;
}

/* rd := grad f + A'y - zl + zu */
void
co_barrier_grad_lagrangian(const CoBarrier *b, const CoBarrierPoint *p, double *rd)
{
	CoCsc		jac = b->nlp->jac;

	jac.value = p->jac;
	for (int j = 0; j < b->nv; j++)
		rd[j] = p->grad[j] - p->at.zl[j] + p->at.zu[j];
	co_csc_tmul_add(&jac, 1.0, p->at.y, rd);
	for (int k = 0; k < b->nv - b->n; k++)
		rd[b->n + k] += b->extra_sign[k] * p->at.y[b->extra_row[k]];
}

static double
sum_abs(int n, const double *x)
{
	double		sum = 0.0;

	for (int i = 0; i < n; i++)
		sum += fabs(x[i]);
	return sum;
}

/* Fill b->rd and b->error from cur. */
void
co_barrier_find_error(CoBarrier *b)
{
	const CoBarrierPoint *p = b->cur;
	CoBarrierError *e = &b->error;
	double		sum_z = sum_abs(b->nv, p->at.zl) + sum_abs(b->nv, p->at.zu),
				sum_y = sum_abs(b->m, p->at.y);

	co_barrier_grad_lagrangian(b, p, b->rd);
	e->dual = co_norm_inf(b->nv, b->rd);
	e->primal = co_norm_inf(b->m, p->g);
	e->compl = 0.0;
	for (int j = 0; j < b->nv; j++)
		e->compl = co_max(e->compl, co_max(p->sl[j] * p->at.zl[j], p->su[j] * p->at.zu[j]));
	e->s_d = b->m + b->n_bounds > 0 ?
		co_max(S_MAX, (sum_y + sum_z) / (b->m + b->n_bounds)) / S_MAX : 1.0;
	e->s_c = b->n_bounds > 0 ? co_max(S_MAX, sum_z / b->n_bounds) / S_MAX : 1.0;
}

double
co_barrier_e(const CoBarrier *b, double mu)
{
	const CoBarrierPoint *p = b->cur;
	const CoBarrierError *e = &b->error;
	double		compl = mu > 0.0 ? 0.0 : e->compl;

	for (int j = 0; mu > 0.0 && j < b->nv; j++)
	{
		if (b->has[j] & CO_HAS_LOWER)
			compl = co_max(compl, fabs(p->sl[j] * p->at.zl[j] - mu));
		if (b->has[j] & CO_HAS_UPPER)
			compl = co_max(compl, fabs(p->su[j] * p->at.zu[j] - mu));
	}
	return co_max(e->dual / e->s_d, co_max(e->primal, compl / e->s_c));
}

double
co_barrier_system_error(CoBarrier *b, const CoBarrierPoint *p)
{
	double	   *rd = b->res.v;
	double		compl = 0.0,
				error;

	co_barrier_grad_lagrangian(b, p, rd);
	for (int j = 0; j < b->nv; j++)
	{
		if (b->has[j] & CO_HAS_LOWER)
			compl += fabs(p->sl[j] * p->at.zl[j] - b->mu);
		if (b->has[j] & CO_HAS_UPPER)
			compl += fabs(p->su[j] * p->at.zu[j] - b->mu);
	}
	error = sum_abs(b->nv, rd) / co_max(1.0, b->nv);
	if (b->m > 0)
		error += p->theta / b->m;
	if (b->n_bounds > 0)
		error += compl / b->n_bounds;
	return error;
}

/* Largest steps that keep (1 - tau) of every distance [WB06 eq. 15]. */
void
co_barrier_fraction(const CoBarrier *b, const CoBarrierPoint *p, const CoVectors *step,
					double *primal, double *dual)
{
	double		ap = 1.0,
				ad = 1.0;

	for (int j = 0; j < b->nv; j++)
	{
		if (b->has[j] & CO_HAS_LOWER)
		{
			if (step->v[j] * ap < -b->tau * p->sl[j])
				ap = -b->tau * p->sl[j] / step->v[j];
			if (step->zl[j] * ad < -b->tau * p->at.zl[j])
				ad = -b->tau * p->at.zl[j] / step->zl[j];
		}
		if (b->has[j] & CO_HAS_UPPER)
		{
			if (step->v[j] * ap > b->tau * p->su[j])
				ap = b->tau * p->su[j] / step->v[j];
			if (step->zu[j] * ad < -b->tau * p->at.zu[j])
				ad = -b->tau * p->at.zu[j] / step->zu[j];
		}
	}
	*primal = ap;
	*dual = ad;
}

void
co_barrier_reset_duals(const CoBarrier *b, CoBarrierPoint *p)
{
	for (int j = 0; j < b->nv; j++)
	{
		if (b->has[j] & CO_HAS_LOWER)
			p->at.zl[j] = co_clamp(p->at.zl[j], b->mu / (KAPPA_SIGMA * p->sl[j]),
								   KAPPA_SIGMA * b->mu / p->sl[j]);
		if (b->has[j] & CO_HAS_UPPER)
			p->at.zu[j] = co_clamp(p->at.zu[j], b->mu / (KAPPA_SIGMA * p->su[j]),
								   KAPPA_SIGMA * b->mu / p->su[j]);
	}
}
