/*-------------------------------------------------------------------------
 *
 * solver/sqp_eqp.c
 *	  The subproblem's working set as equations, with the Hessian as it is:
 *
 *		( H   A' ) ( p )   ( -g )
 *		( A   0  ) ( y ) = (  b ),		p_j = its side where j is in the set
 *
 * An indefinite H that the subproblem was solved with only after something was
 * added to it makes slow steps, although where it matters, on the null space
 * of A, H is positive definite near a minimizer.  If the inertia says so, p is
 * the minimizer of the model on the working set, and the step goes from the
 * subproblem's towards it as far as the other sides let it [GR10].
 *
 * The matrix keeps the pattern of the whole: rows and variables that are not
 * part of the system are replaced by those of a diagonal.
 *
 *-------------------------------------------------------------------------
 */
#include "base/vec.h"
#include "solver/sqp.h"

#define DELTA			1e-11	/* regularization; refined away */
#define REFINEMENTS		3
#define RESIDUAL_MOST	1e-6	/* relative to the right-hand side */
#define WRONG_SIGN		1e-9	/* relative to the largest multiplier */

static CoRc
take_system(CoSqp *s)
{
	CoSqpEqp   *e = &s->eqp;
	CoArena    *arena = s->arena;
	size_t		dim = (size_t) s->n + (size_t) s->m;

	e->hess = co_take_doubles(arena, (size_t) co_csc_nnz(&s->nlp->hess));
	e->jac = co_take_doubles(arena, (size_t) co_csc_nnz(&s->nlp->jac));
	e->diagonal = co_take_doubles(arena, dim);
	e->rhs = co_take_doubles(arena, dim);
	e->residual = co_take_doubles(arena, dim);
	e->py = co_take_doubles(arena, dim);
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	return co_barrier_kkt_new(arena, s->nlp, &e->kkt);
}

static bool
is_in(const CoSqp *s, const CoActiveSet *set, int i)
{
	return set->row[i] != CO_ACTIVE_FREE || s->qp.cl[i] == s->qp.cu[i];
}

/* The matrices without what is not in the system; the sides of the set. */
static void
fill_system(CoSqp *s, const CoActiveSet *set)
{
	CoSqpEqp   *e = &s->eqp;
	const CoCsc *hess = &s->nlp->hess,
			   *jac = &s->nlp->jac;
	int			n = s->n;

	for (int j = 0; j < n; j++)
	{
		bool		fixed = set->col[j] != CO_ACTIVE_FREE;

		e->diagonal[j] = fixed ? 1.0 : 0.0;
		e->py[j] = !fixed ? 0.0 : set->col[j] > 0 ? s->qp.xu[j] : s->qp.xl[j];
		for (int k = co_csc_nnz(hess) ? hess->start[j] : 0; co_csc_nnz(hess) && k < hess->start[j + 1]; k++)
			e->hess[k] = fixed || set->col[hess->index[k]] != CO_ACTIVE_FREE ? 0.0 : s->qp.p.value[k];
		for (int k = jac->start[j]; k < jac->start[j + 1]; k++)
			e->jac[k] = fixed || !is_in(s, set, jac->index[k]) ? 0.0 : s->qp.a.value[k];
	}
	for (int i = 0; i < s->m; i++)
	{
		e->diagonal[n + i] = is_in(s, set, i) ? 0.0 : 1.0;
		e->py[n + i] = 0.0;
	}
}

/* residual := rhs - K py, 0 outside of the system */
static void
fill_residual(CoSqp *s, const CoActiveSet *set)
{
	CoSqpEqp   *e = &s->eqp;
	double	   *r = e->residual;
	int			n = s->n;

	for (int j = 0; j < n; j++)
		r[j] = -s->qp.c[j];
	for (int i = 0; i < s->m; i++)
		r[n + i] = set->row[i] > 0 ? s->qp.cu[i] : s->qp.cl[i];
	if (co_csc_nnz(&s->qp.p))
		co_csc_symmul_add(&s->qp.p, -1.0, e->py, r);
	co_csc_tmul_add(&s->qp.a, -1.0, e->py + n, r);
	co_csc_mul_add(&s->qp.a, -1.0, e->py, r + n);
	for (int j = 0; j < n; j++)
		if (e->diagonal[j] != 0.0)
			r[j] = 0.0;
	for (int i = n; i < n + s->m; i++)
		if (e->diagonal[i] != 0.0)
			r[i] = 0.0;
}

/* *solved: p and y are there, and p a minimizer */
static CoRc
solve_system(CoSqp *s, const CoActiveSet *set, bool *solved)
{
	CoSqpEqp   *e = &s->eqp;
	CoInertia	inertia;
	int			dim = s->n + s->m;
	double		first;
	CoRc		rc = co_barrier_kkt_factor(e->kkt, e->hess, e->jac, e->diagonal,
										   e->diagonal + s->n, DELTA, &inertia);

	*solved = false;
	s->n_factor++;
	if (rc || inertia.n_negative != s->m || inertia.n_perturbed > 0)
		return rc == CO_NOT_FINITE || rc == CO_SINGULAR ? CO_OK : rc;
	fill_residual(s, set);
	first = co_norm_inf(dim, e->residual);
	for (int k = 0; k < REFINEMENTS && !rc; k++)
	{
		rc = co_barrier_kkt_solve(e->kkt, e->residual);
		co_axpy(dim, 1.0, e->residual, e->py);
		fill_residual(s, set);
	}
	*solved = !rc && co_norm_inf(dim, e->residual) <= RESIDUAL_MOST * first;
	return rc;
}

/* Part of t to t + dt that lo and hi allow. */
static double
part_inside(double t, double dt, double lo, double hi, double part)
{
	if (dt < 0.0 && t + part * dt < lo)
		part = co_max(0.0, (lo - t) / dt);
	if (dt > 0.0 && t + part * dt > hi)
		part = co_max(0.0, (hi - t) / dt);
	return part;
}

/* From d towards p: residual := their difference, and A times it. */
static double
longest_part(CoSqp *s)
{
	CoSqpEqp   *e = &s->eqp;
	double	   *dp = e->residual,
			   *ad = e->rhs,
			   *adp = e->residual + s->n,
				part = 1.0;

	for (int j = 0; j < s->n; j++)
		dp[j] = e->py[j] - s->d[j];
	co_fill(s->m, 0.0, ad);
	co_fill(s->m, 0.0, adp);
	co_csc_mul_add(&s->qp.a, 1.0, s->d, ad);
	co_csc_mul_add(&s->qp.a, 1.0, dp, adp);
	for (int j = 0; j < s->n; j++)
		if (e->diagonal[j] == 0.0)
			part = part_inside(s->d[j], dp[j], s->qp.xl[j], s->qp.xu[j], part);
	for (int i = 0; i < s->m; i++)
		if (e->diagonal[s->n + i] != 0.0)
			part = part_inside(ad[i], adp[i], s->qp.cl[i], s->qp.cu[i], part);
	return part;
}

static bool
signs_agree(const CoSqp *s)
{
	const double *y = s->eqp.py + s->n;
	double		least = WRONG_SIGN * co_norm_inf(s->m, y);

	for (int i = 0; i < s->m; i++)
		if (s->qp.cl[i] < s->qp.cu[i] &&
			((y[i] > least && s->set.row[i] < 0) || (y[i] < -least && s->set.row[i] > 0)))
			return false;
	return true;
}

/* s->d and s->step_y have the subproblem's answer for its working set. */
CoRc
co_sqp_eqp(CoSqp *s, const CoActiveSet *set)
{
	CoSqpEqp   *e = &s->eqp;
	double		part;
	bool		solved;
	CoRc		rc = e->kkt ? CO_OK : take_system(s);

	if (rc)
		return rc;
	fill_system(s, set);
	rc = solve_system(s, set, &solved);
	if (rc || !solved)
		return rc;
	part = longest_part(s);
	if (!(part > 0.0))
		return CO_OK;
	if (part == 1.0)
	{
		co_copy(s->n, e->py, s->d);
		if (signs_agree(s))
			co_copy(s->m, e->py + s->n, s->step_y);
	}
	else
		co_axpy(s->n, part, e->residual, s->d);
	s->answer.convexified = 0.0;
	return CO_OK;
}
