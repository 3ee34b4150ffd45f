/*-------------------------------------------------------------------------
 *
 * solver/auglag_newton.c
 *	  The quadratic model of the augmented Lagrangian, and its minimizer.
 *
 * With A the rows outside their sides, t_i not in [cl_i, cu_i], the Hessian is
 * H + rho J_A'J_A, H that of the Lagrangian at yhat.  It is never formed:
 *
 *		( H + shift		J_A'   ) ( d )	 ( -grad L )
 *		( J_A		   -1/rho  ) ( w ) = (	 0	   )
 *
 * has the same d, keeps the patterns' sparsity, and is well conditioned however
 * large rho is.  H + shift + rho J_A'J_A is positive definite just where the
 * matrix has n positive and m negative eigenvalues.
 *
 *-------------------------------------------------------------------------
 */
#include "base/vec.h"
#include "solver/auglag.h"

/*
 * The rows' block in the factorization, in the equilibrated scale: as if rho
 * were smaller, which leaves the model positive definite.  Refinement removes
 * it.
 */
#define DELTA			1e-14
#define REFINE_MAX		3		/* ldl.h: one or two do */
#define REFINE_GOOD		1e-12	/* residual over the right-hand side */

/* WB06 algorithm IC */
#define SHIFT_FIRST		1e-4
#define SHIFT_LEAST		1e-20
#define SHIFT_MOST		1e20
#define SHIFT_LESS		(1.0 / 3.0)
#define SHIFT_MORE		8.0
#define SHIFT_MUCH_MORE	100.0

CoRc
co_auglag_take_newton(CoAuglag *a)
{
	CoArena    *arena = a->arena;
	size_t		n = (size_t) a->n,
				m = (size_t) a->m,
				hess = (size_t) co_csc_nnz(&a->nlp->hess);

	a->hess = co_take_doubles(arena, hess);
	a->hess_in = co_take_doubles(arena, hess);
	a->jac_in = co_take_doubles(arena, (size_t) co_csc_nnz(&a->nlp->jac));
	a->dx = co_take_doubles(arena, n);
	a->dy = co_take_doubles(arena, m);
	a->rhs = co_take_doubles(arena, n + m);
	a->sol = co_take_doubles(arena, n + m);
	a->res = co_take_doubles(arena, n + m);
	a->step = co_take_doubles(arena, n + m);
	a->takes_part = co_take(arena, m, 1);
	a->side = co_take_zero(arena, m, 1);
	a->nx = co_take_doubles(arena, n);
	a->ny = co_take_doubles(arena, m);
	a->nz = co_take_doubles(arena, n);
	a->held = co_take(arena, n, 1);
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	return co_barrier_kkt_new(arena, a->nlp, &a->kkt);
}

/* Without the rows and columns of what is held, and the rows that rest. */
void
co_auglag_load_face(CoAuglag *a, const uint8_t *held)
{
	const CoCsc *hess = &a->nlp->hess,
			   *jac = &a->nlp->jac;

	for (int j = 0; j < a->n; j++)
	{
		for (int k = co_csc_nnz(hess) > 0 ? hess->start[j] : 0;
			 co_csc_nnz(hess) > 0 && k < hess->start[j + 1]; k++)
			a->hess_in[k] = held[j] || held[hess->index[k]] ? 0.0 : a->hess[k];
		for (int k = jac->start[j]; k < jac->start[j + 1]; k++)
			a->jac_in[k] = held[j] || !a->takes_part[jac->index[k]] ? 0.0 : a->jac[k];
	}
}

/* Factor with shift in the first block; *right: as many signs as there should be. */
CoRc
co_auglag_factor_shifted(CoAuglag *a, const uint8_t *held, double shift, double delta, bool *right)
{
	CoInertia	inertia;
	CoRc		rc;

	for (int j = 0; j < a->n; j++)
		a->dx[j] = held[j] ? 1.0 : shift;
	rc = co_barrier_kkt_factor(a->kkt, a->hess_in, a->jac_in, a->dx, a->dy, delta, &inertia);
	*right = !rc && inertia.n_negative == a->m && inertia.n_perturbed == 0;
	return rc == CO_NOT_FINITE ? CO_SINGULAR : rc;
}

/* The next to try; at first that of the last indefinite Hessian, and less. */
static double
next_shift(double last_shift, double shift, bool is_first)
{
	double		first = last_shift == 0.0 ? SHIFT_FIRST : co_max(SHIFT_LEAST, SHIFT_LESS * last_shift);

	if (is_first && shift < first)
		return first;
	return shift * (last_shift == 0.0 ? SHIFT_MUCH_MORE : SHIFT_MORE);
}

CoRc
co_auglag_find_hessian(CoAuglag *a, const double *x, const double *y)
{
	CoRc		rc = a->nlp->hess_at(a->nlp->self, x, a->weight, y, a->hess);

	if (!rc && !co_all_finite(co_csc_nnz(&a->nlp->hess), a->hess))
		rc = CO_NOT_FINITE;
	return rc == CO_NOT_FINITE ? CO_SINGULAR : rc;
}

CoRc
co_auglag_factor(void *self, const uint8_t *held, double *shift)
{
	CoAuglag   *a = self;
	double		last_shift = a->last_shift;
	bool		right = false;
	CoRc		rc = CO_OK;

	if (!a->have_hess)
		rc = co_auglag_find_hessian(a, a->x, a->yhat);
	if (rc)
		return rc;
	a->have_hess = true;
	for (int i = 0; i < a->m; i++)
		a->dy[i] = a->takes_part[i] ? 1.0 / a->rho : 1.0;
	co_auglag_load_face(a, held);
	for (int k = 0;; k++)
	{
		rc = co_auglag_factor_shifted(a, held, *shift, DELTA, &right);
		if (rc || right)
			break;
		*shift = next_shift(last_shift, *shift, k == 0);
		if (*shift > SHIFT_MOST)
			return CO_SINGULAR;
		a->last_shift = *shift;
	}
	a->shift = *shift;
	a->positive = *shift == 0.0;
	return rc;
}

/* a->res := rhs - K sol, of the matrix without delta */
static double
find_leftover(CoAuglag *a)
{
	CoCsc		k = a->kkt->lower;
	int			dim = a->n + a->m;

	k.value = a->kkt->raw;
	co_copy(dim, a->rhs, a->res);
	co_csc_symmul_add(&k, -1.0, a->sol, a->res);
	return co_norm_inf(dim, a->res);
}

/* a->sol := K^-1 a->rhs, refined as long as that helps */
CoRc
co_auglag_solve_kkt(CoAuglag *a)
{
	int			dim = a->n + a->m;
	double		size = co_norm_inf(dim, a->rhs),
				leftover;
	CoRc		rc;

	co_copy(dim, a->rhs, a->sol);
	rc = co_barrier_kkt_solve(a->kkt, a->sol);
	leftover = rc ? 0.0 : find_leftover(a);
	for (int k = 0; k < REFINE_MAX && !rc && leftover > REFINE_GOOD * size; k++)
	{
		double		now;

		rc = co_barrier_kkt_solve(a->kkt, a->res);
		if (rc)
			break;
		a->n_refine++;
		co_axpy(dim, 1.0, a->res, a->sol);
		co_copy(dim, a->res, a->step);
		now = find_leftover(a);
		if (!(now < leftover))
		{
			co_axpy(dim, -1.0, a->step, a->sol);
			break;
		}
		leftover = now;
	}
	return rc;
}

/*
 * The side that row i is pushed to at t; equalities always are.  In the model's
 * pieces that is not always the one at x.
 */
static signed char
side_at(const CoAuglag *a, int i, double t)
{
	return t > a->nlp->cu[i] ? 1 : t < a->nlp->cl[i] ? -1 : a->nlp->cl[i] == a->nlp->cu[i];
}

/* rows += factor J d */
static void
add_rows(const CoAuglag *a, double factor, const double *d, double *rows)
{
	CoCsc		jac = a->nlp->jac;

	jac.value = a->jac;
	co_csc_mul_add(&jac, factor, d, rows);
}

static void
add_hess(const CoAuglag *a, double factor, const double *d, double *out)
{
	CoCsc		hess = a->nlp->hess;

	hess.value = a->hess;
	if (co_csc_nnz(&hess) > 0)
		co_csc_symmul_add(&hess, factor, d, out);
}

/* t where the rows are linear, in a->res + n: at x without d */
static const double *
find_shifted(CoAuglag *a, const double *d)
{
	double	   *rows = a->res + a->n;

	for (int i = 0; i < a->m; i++)
		rows[i] = a->c[i] + a->ybar[i] / a->rho;
	if (d)
		add_rows(a, 1.0, d, rows);
	return rows;
}

double
co_auglag_model_value(void *self, const double *d)
{
	CoAuglag   *a = self;
	const double *rows = find_shifted(a, d);
	double	   *curved = a->res;
	double		value = co_dot(a->n, a->grad, d) + 0.5 * a->shift * co_dot(a->n, d, d),
				sum = 0.0;

	co_fill(a->n, 0.0, curved);
	add_hess(a, 0.5, d, curved);
	value += co_dot(a->n, curved, d);
	for (int i = 0; i < a->m; i++)
	{
		double		before = co_auglag_outside(a, i, a->c[i] + a->ybar[i] / a->rho),
					after = co_auglag_outside(a, i, rows[i]);

		sum += (after - before) * (after + before);
	}
	return value + 0.5 * a->rho * sum;
}

void
co_auglag_choose_piece(void *self, const double *d, bool *crossed)
{
	CoAuglag   *a = self;
	const double *rows = find_shifted(a, d);

	*crossed = false;
	for (int i = 0; i < a->m; i++)
	{
		signed char side = side_at(a, i, rows[i]);

		*crossed = *crossed || side != a->side[i];
		a->side[i] = side;
		a->takes_part[i] = side != 0;
	}
}

/* The right-hand side: what is held moves by d, and the rest feels it. */
static void
find_rhs(CoAuglag *a, const uint8_t *held, double *d)
{
	CoCsc		jac = a->nlp->jac;
	double	   *rows = a->rhs + a->n,
			   *y = a->res + a->n;

	for (int j = 0; j < a->n; j++)
		if (!held[j])
			d[j] = 0.0;
	for (int i = 0; i < a->m; i++)
		y[i] = a->side[i] == 0 ? 0.0 :
			a->rho * (a->c[i] - (a->side[i] > 0 ? a->nlp->cu[i] : a->nlp->cl[i])) + a->ybar[i];
	jac.value = a->jac;
	co_fill(a->n + a->m, 0.0, a->rhs);
	add_hess(a, -1.0, d, a->rhs);
	co_csc_tmul_add(&jac, -1.0, y, a->rhs);
	add_rows(a, -1.0, d, rows);
	for (int j = 0; j < a->n; j++)
		a->rhs[j] = held[j] ? 0.0 : a->rhs[j] - a->grad[j];
	for (int i = 0; i < a->m; i++)
		if (!a->takes_part[i])
			rows[i] = 0.0;
}

CoRc
co_auglag_solve(void *self, const uint8_t *held, double *d)
{
	CoAuglag   *a = self;
	CoRc		rc;

	find_rhs(a, held, d);
	rc = co_auglag_solve_kkt(a);
	for (int j = 0; j < a->n && !rc; j++)
		if (!held[j])
			d[j] = a->sol[j];
	return rc;
}

/*
 * Second-order correction: with the step d + p the rows of A are, to second
 * order, where the model has them.  The model's matrix, with the rows' curvature
 * along d on the right-hand side.
 */
CoRc
co_auglag_bend(void *self, const uint8_t *held, const double *d, double *p, bool *bends)
{
	CoAuglag   *a = self;
	double	   *rows = a->rhs + a->n;
	CoRc		rc;

	(void) held;
	*bends = false;
	if (a->m == 0)
		return CO_OK;
	co_fill(a->n + a->m, 0.0, a->rhs);
	add_rows(a, 1.0, d, rows);
	for (int i = 0; i < a->m; i++)
	{
		rows[i] = a->takes_part[i] && !(a->nlp->row && a->nlp->row[i] == CO_LINEAR) ? rows[i] - (a->trial_c[i] - a->c[i]) : 0.0;
		*bends = *bends || rows[i] != 0.0;
	}
	if (!*bends)
		return CO_OK;
	rc = co_auglag_solve_kkt(a);
	co_copy(a->n, a->sol, p);
	return rc;
}

CoRc
co_auglag_invert(void *self, const uint8_t *held, double *v)
{
	CoAuglag   *a = self;
	CoRc		rc;

	co_fill(a->m, 0.0, a->rhs + a->n);
	for (int j = 0; j < a->n; j++)
		a->rhs[j] = held[j] ? 0.0 : v[j];
	rc = co_auglag_solve_kkt(a);
	co_copy(a->n, a->sol, v);
	return rc;
}
