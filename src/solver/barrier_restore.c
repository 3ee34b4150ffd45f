/*-------------------------------------------------------------------------
 *
 * solver/barrier_restore.c
 *	  The feasibility restoration phase [WB06, section 3.3].
 *
 *		minimize	rho sum(n + p) + zeta/2 |D_R (x - x_R)|^2
 *		subject to	g(v) + n - p = 0,	n, p >= 0, the bounds of v
 *
 * with zeta = sqrt(mu), solved by the interior point itself: a second
 * CoBarrier whose extra columns are those of the first, then n, then p.  It
 * ends as soon as its point is acceptable to the filter of the first, with
 * theta down to KAPPA_RESTO of what it was, or further when the regular phase
 * called again within a few iterations.
 *
 * The minimum of a sum of violations may be one that the least squares of the
 * same rows pass by, so the ladder has those too:
 *
 *		minimize	rho/2 |r|^2 + zeta/2 |D_R (x - x_R)|^2
 *		subject to	g(v) + r = 0
 *
 *-------------------------------------------------------------------------
 */
#include "base/vec.h"
#include "solver/barrier.h"

#define RHO				1000.0	/* WB06 section 3.3 */
#define KAPPA_RESTO		0.9		/* WB06 eq. 32 */
#define SOON			5		/* iterations: called again so soon, it has to */
#define FURTHER			0.1		/* reduce theta further by this factor */
#define REDUCTION_MIN	1e-6
#define Z_RESET			1e3		/* larger multipliers restart at 1 */
#define NEARLY_FEASIBLE	1e-2	/* part of the tolerance: nothing to restore */
#define MAX_ELASTIC_RESETS 3
#define MAX_FEASIBLE_RESTARTS 3
#define FEASIBLE_THETA	1e-4	/* a start from which the regular phase goes on */
#define SQUARES_RHO		1.0		/* weight of the squares */

/* f and grad of the restoration problem at p */
void
co_barrier_elastic_objective(const CoBarrier *b, CoBarrierPoint *p)
{
	double		zeta = sqrt(b->mu),
				f = 0.0;
	int			first = b->nv - b->n_elastic;

	for (int j = 0; j < b->n; j++)
	{
		double		move = p->at.v[j] - b->x_ref[j];

		p->grad[j] = zeta * b->prox[j] * move;
		f += 0.5 * p->grad[j] * move;
	}
	for (int k = b->n; k < first; k++)
		p->grad[k] = 0.0;
	for (int k = first; k < b->nv; k++)
	{
		p->grad[k] = b->squares ? b->rho * p->at.v[k] : b->rho;
		f += (b->squares ? 0.5 : 1.0) * p->grad[k] * p->at.v[k];
	}
	p->f = f;
}

/*
 * The best n and p for a row's residual c [WB06 eq. 33], by the smaller of the
 * two, which the formula gives without cancellation.
 */
static void
split_residual(double c, double mu, double rho, double *n, double *p)
{
	double		half = (mu - rho * fabs(c)) / (2.0 * rho),
				product = mu * fabs(c) / (2.0 * rho),
				root = sqrt(half * half + product),
				small = half >= 0.0 ? half + root : product / (root - half),
				large = fabs(c) + small;

	*n = c >= 0.0 ? small : large;
	*p = c >= 0.0 ? large : small;
}

/* Place n, p and their multipliers for the residuals of point's x and s. */
static void
place_elastics(const CoBarrier *b, CoBarrierPoint *point)
{
	int			first = b->nv - b->n_elastic;

	for (int i = 0; b->squares && i < b->m; i++)
		point->at.v[first + i] -= point->g[i];
	for (int i = 0; !b->squares && i < b->m; i++)
	{
		double	   *n = &point->at.v[first + i],
				   *p = &point->at.v[first + b->m + i];

		split_residual(point->g[i] - *n + *p, b->mu, b->rho, n, p);
		point->at.zl[first + i] = b->mu / *n;
		point->at.zl[first + b->m + i] = b->mu / *p;
	}
}

CoRc
co_barrier_reset_elastics(CoBarrier *b)
{
	CoBarrierPoint *p = b->trial;
	CoRc		rc;

	if (b->squares || b->n_elastic_reset++ >= MAX_ELASTIC_RESETS)
		return CO_SINGULAR;
	co_barrier_copy_point(b, b->cur, p);
	place_elastics(b, p);
	rc = co_barrier_values(b, p);
	if (!rc)
		rc = co_barrier_derivatives(b, p);
	if (rc)
		return rc;
	b->trial = b->cur;
	b->cur = p;
	b->search.kind = 'e';
	return CO_OK;
}

/* The restoration problem's start at the outer current point. */
static CoRc
load_start(CoBarrier *r, const CoBarrier *b)
{
	CoBarrierPoint *p = r->cur;
	double	   *x_ref = co_take_doubles(r->arena, (size_t) r->n);

	if (!x_ref)
		return co_arena_failed(r->arena);
	co_copy(b->n, b->cur->at.v, x_ref);
	r->x_ref = x_ref;
	r->rho = r->squares ? SQUARES_RHO : RHO;
	for (int k = b->nv; r->squares && k < r->nv; k++)
		r->extra_hess[k - r->n] = r->rho;
	for (int j = 0; j < b->n; j++)
		r->prox[j] = 1.0 / co_max(1.0, x_ref[j] * x_ref[j]);
	co_barrier_start_mu(r, co_max(b->mu, b->error.primal));
	co_copy(b->nv, b->cur->at.v, p->at.v);
	co_copy(b->m, b->cur->g, p->g);
	for (int j = 0; j < b->nv; j++)
	{
		p->at.zl[j] = co_min(RHO, b->cur->at.zl[j]);
		p->at.zu[j] = co_min(RHO, b->cur->at.zu[j]);
	}
	place_elastics(r, p);
	return CO_OK;
}

static CoRc
start_restoration(CoBarrier *b, bool squares, CoBarrier **out)
{
	CoBarrier  *r;
	CoRc		rc = co_barrier_new(b->arena, b->nlp, b->options, b->kkt, b->row_scale, b,
									squares, &r);

	if (rc)
		return rc;
	r->iteration = b->iteration;
	r->max_iterations = b->max_iterations;
	r->mu_min = b->mu_min;
	r->tol = b->tol;
	rc = load_start(r, b);
	if (!rc)
		rc = co_barrier_values(r, r->cur);
	if (!rc)
		rc = co_barrier_derivatives(r, r->cur);
	*out = r;
	return rc;
}

/* x, s of the restoration's point with the outer values, as b->trial */
static CoRc
load_outer_trial(CoBarrier *b, const CoBarrier *r)
{
	co_copy(b->nv, r->cur->at.v, b->trial->at.v);
	return co_barrier_values(b, b->trial);
}

/* theta of the outer problem, whose rows have no elastic columns */
static double
outer_violation(const CoBarrier *b)
{
	const double *elastic = b->cur->at.v + b->nv - b->n_elastic;
	double		theta = 0.0;

	for (int i = 0; i < b->m; i++)
		theta += fabs(b->cur->g[i] - elastic[i] + (b->squares ? 0.0 : elastic[b->m + i]));
	return theta;
}

/*
 * Is the outer trial point, of the violation theta, what restoration was called
 * for?  A square problem is solved by it, up to the tolerance.
 */
static bool
is_wanted(CoBarrier *outer, double theta)
{
	if (!co_barrier_is_square(outer))
		return co_barrier_passes(outer, outer->trial->theta, co_barrier_phi(outer, outer->trial), true);
	if (theta <= outer->tol)
		co_barrier_search_reset(outer);
	return theta <= outer->tol;
}

/*
 * Has restoration found what it was called for?  Asked in every iteration of
 * the restoration problem b, after the first.
 */
CoRc
co_barrier_left_restoration(CoBarrier *b, bool *done)
{
	CoBarrier  *outer = b->outer;
	double		theta = outer_violation(b);
	CoRc		rc;

	*done = false;
	if (b->squares)
	{
		*done = theta <= FEASIBLE_THETA;
		return CO_OK;
	}
	if (!(theta <= outer->reduction * outer->cur->theta))
		return CO_OK;
	rc = load_outer_trial(outer, b);
	if (rc == CO_NOT_FINITE)
		return CO_OK;
	if (!rc)
		*done = is_wanted(outer, theta);
	if (*done)
		rc = co_barrier_derivatives(outer, outer->trial);
	if (rc == CO_NOT_FINITE)
	{
		*done = false;
		rc = CO_OK;
	}
	return rc;
}

/* The largest step of a multiplier towards mu / s, for one side. */
static double
step_of_multiplier(double z, double slack, double new_slack, double mu)
{
	return mu / slack - z - z / slack * (new_slack - slack);
}

/*
 * Multipliers after restoration: those of the bounds as if the move had been
 * one step [WB06, section 3.3], those of the rows start anew from 0.
 */
static void
restart_duals(CoBarrier *b)
{
	const CoBarrierPoint *from = b->cur;
	CoBarrierPoint *to = b->trial;
	double		largest = 0.0,
				unused,
				alpha;

	for (int j = 0; j < b->nv; j++)
	{
		b->step.v[j] = 0.0;
		b->step.zl[j] = b->has[j] & CO_HAS_LOWER ?
			step_of_multiplier(from->at.zl[j], from->sl[j], to->sl[j], b->mu) : 0.0;
		b->step.zu[j] = b->has[j] & CO_HAS_UPPER ?
			step_of_multiplier(from->at.zu[j], from->su[j], to->su[j], b->mu) : 0.0;
	}
	co_barrier_fraction(b, from, &b->step, &unused, &alpha);
	for (int j = 0; j < b->nv; j++)
	{
		to->at.zl[j] = from->at.zl[j] + alpha * b->step.zl[j];
		to->at.zu[j] = from->at.zu[j] + alpha * b->step.zu[j];
		largest = co_max(largest, co_max(to->at.zl[j], to->at.zu[j]));
	}
	for (int j = 0; largest > Z_RESET && j < b->nv; j++)
	{
		to->at.zl[j] = b->has[j] & CO_HAS_LOWER ? 1.0 : 0.0;
		to->at.zu[j] = b->has[j] & CO_HAS_UPPER ? 1.0 : 0.0;
	}
	co_fill(b->m, 0.0, to->at.y);
}

/* b->trial, with values and derivatives, becomes the point of the regular phase. */
static void
enter_regular(CoBarrier *b)
{
	CoBarrierPoint *p = b->trial;

	restart_duals(b);
	b->trial = b->cur;
	b->cur = p;
	b->search.n_shortened = 0;
	b->search.in_soft = b->search.in_watchdog = false;
	b->search.alpha = b->search.alpha_dual = 1.0;
	b->search.kind = 'R';
	b->tiny_step = false;
	b->n_restored++;
	b->restored_at = b->iteration;
}

/*
 * Restoration converged without a point that the filter takes: the violation
 * is stationary, or the point is feasible and the filter too strict.
 */
static CoRc
settle_converged(CoBarrier *b, const CoBarrier *r, CoBarrierVerdict *verdict, bool *restored)
{
	CoRc		rc = load_outer_trial(b, r);

	if (rc && rc != CO_NOT_FINITE)
		return rc;
	*verdict = CO_BARRIER_NO_STEP;
	if (!rc && co_norm_inf(b->m, b->trial->g) <= b->tol)
	{
		if (b->n_feasible_restart++ >= MAX_FEASIBLE_RESTARTS)
			return CO_OK;
		rc = co_barrier_derivatives(b, b->trial);
		if (rc)
			return rc == CO_NOT_FINITE ? CO_OK : rc;
		co_barrier_search_reset(b);
		*restored = true;
		return CO_OK;
	}
	*verdict = CO_BARRIER_INFEASIBLE;
	co_copy(b->n, r->cur->at.v, b->best_x);
	co_copy(b->m, r->cur->at.y, b->stationary_y);
	return CO_OK;
}

CoRc
co_barrier_restore(CoBarrier *b, CoBarrierVerdict *verdict, bool *restored)
{
	CoMark		mark = co_mark(b->arena);
	CoBarrierVerdict inner;
	CoBarrier  *r;
	CoRc		rc;

	*restored = false;
	*verdict = CO_BARRIER_NO_STEP;
	if (b->error.primal <= NEARLY_FEASIBLE * b->tol)
		return CO_OK;
	b->reduction = b->n_restored > 0 && b->iteration - b->restored_at <= SOON ?
		co_max(REDUCTION_MIN, FURTHER * b->reduction) : KAPPA_RESTO;
	rc = start_restoration(b, false, &r);
	if (rc)
		return rc == CO_NOT_FINITE ? CO_OK : rc;
	rc = co_barrier_run(r, &inner);
	b->iteration = r->iteration;
	b->n_refine += r->n_refine;
	if (rc)
		return rc;
	if (inner == CO_BARRIER_RESTORED)
		*restored = true;
	else if (inner == CO_BARRIER_CONVERGED)
		rc = settle_converged(b, r, verdict, restored);
	else if (inner == CO_BARRIER_ITERATION_LIMIT)
		*verdict = inner;
	if (!rc && *restored)
		enter_regular(b);
	if (!rc)
		co_rewind(b->arena, mark);
	return rc;
}

CoRc
co_barrier_least_squares(CoBarrier *b, CoBarrierVerdict *verdict, bool *feasible)
{
	CoMark		mark = co_mark(b->arena);
	CoBarrier  *r;
	CoRc		rc;

	*feasible = false;
	*verdict = CO_BARRIER_NO_STEP;
	co_barrier_find_error(b);
	rc = start_restoration(b, true, &r);
	if (rc)
		return rc == CO_NOT_FINITE ? CO_OK : rc;
	rc = co_barrier_run(r, verdict);
	b->iteration = r->iteration;
	if (rc)
		return rc;
	*feasible = *verdict == CO_BARRIER_RESTORED;
	if (*verdict == CO_BARRIER_CONVERGED)
		*verdict = CO_BARRIER_INFEASIBLE;
	co_copy(b->n, r->cur->at.v, b->best_x);
	co_copy(b->m, r->cur->at.y, b->stationary_y);
	co_rewind(b->arena, mark);
	return CO_OK;
}
