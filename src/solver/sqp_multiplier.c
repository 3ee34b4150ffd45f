/*-------------------------------------------------------------------------
 *
 * solver/sqp_multiplier.c
 *	  What the iterate itself says of multipliers and active sides, apart from
 *	  the subproblem: least-squares multipliers, and the active sides that
 *	  LPEC-A predicts.
 *
 * Both come from a program over directions d whose rows are the linearized
 * sides that count as active; its multipliers are what is sought:
 *
 *		min |g + J'y + z|_2 	is dual to	min g'd + 1/2 d'd
 *		min |g + J'y + z|_1 + sum of multiplier x distance
 *								is dual to	min g'd,	|d|_inf <= 1
 *
 * The second is the linear program of LPEC-A [OW06, section 3.3].  It is always
 * feasible, as the sides of what is violated are moved to the iterate.
 *
 *-------------------------------------------------------------------------
 */
#include "base/vec.h"
#include "solver/sqp.h"

#define LPECA_SIGMA		0.9		/* OW06 section 5 */

/*
 * The trust gate: identification is a statement about points near a solution,
 * and rho there is small beside the gradient.
 */
#define TRUST			0.1

#define NEAR_LEAST		1e-9	/* of the distance that counts as active */
#define NEAR_MOST		1e-3

static CoRc
take_problem(CoSqp *s)
{
	CoArena    *arena = s->arena;
	size_t		n = (size_t) s->n,
				m = (size_t) s->m;
	CoQp	   *qp = &s->ls_qp;

	qp->n = s->n;
	qp->m = s->m;
	qp->c = co_take_doubles(arena, n);
	qp->xl = co_take_doubles(arena, n);
	qp->xu = co_take_doubles(arena, n);
	qp->cl = co_take_doubles(arena, m);
	qp->cu = co_take_doubles(arena, m);
	qp->a = s->nlp->jac;
	qp->a.value = co_take_doubles(arena, (size_t) co_csc_nnz(&qp->a));
	qp->p.nrow = qp->p.ncol = s->n;
	qp->p.start = co_take_ints(arena, n + 1);
	qp->p.index = co_take_ints(arena, n);
	qp->p.value = co_take_doubles(arena, n);
	s->ls_set.row = co_take_zero(arena, m, 1);
	s->ls_set.col = co_take_zero(arena, n, 1);
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	for (int j = 0; j < s->n; j++)
		qp->p.start[j] = qp->p.index[j] = j;
	qp->p.start[s->n] = s->n;
	return co_active_new(arena, qp, &s->ls_active);
}

/* Derivatives at cur, and the curvature asked for. */
static CoRc
set_problem(CoSqp *s, double curvature)
{
	CoQp	   *qp = &s->ls_qp;
	CoRc		rc = s->ls_active ? CO_OK : take_problem(s);

	if (rc)
		return rc;
	co_copy(s->n, s->cur->grad, qp->c);
	co_copy(co_csc_nnz(&qp->a), s->cur->jac, qp->a.value);
	co_fill(s->n, curvature, qp->p.value);
	return CO_OK;
}

static CoRc
solve_problem(CoSqp *s, CoActiveOutcome *out)
{
	CoActiveOptions how;
	CoRc		rc;

	co_active_options_default(&how);
	how.convex = true;
	rc = co_active_solve(s->ls_active, &how, &s->ls_set, NULL, out);
	if (!rc)
		s->n_factor += out->factorizations;
	return rc;
}

/* 1-norm of what the multipliers (y, z) of sides at distance leave over. */
static double
sum_products(const double *t, const double *lo, const double *hi, const double *multiplier, int n)
{
	double		sum = 0.0;

	for (int i = 0; i < n; i++)
	{
		double		side = multiplier[i] > 0.0 ? hi[i] : lo[i],
					outside = co_max(0.0, co_max(lo[i] - t[i], t[i] - hi[i]));

		sum += outside;
		if (multiplier[i] != 0.0 && lo[i] < hi[i] && isfinite(side) && outside == 0.0)
			sum += sqrt(fabs(multiplier[i] * (side - t[i])));
	}
	return sum;
}

/* OW06 eq. 3.10: how far (x, y, z) is from the solutions */
static double
proximity(CoSqp *s, const double *y, const double *z)
{
	const CoNlp *nlp = s->nlp;
	double		rho = 0.0;
	CoCsc		jac = nlp->jac;

	jac.value = s->cur->jac;
	for (int j = 0; j < s->n; j++)
		s->col_work[j] = s->cur->grad[j] + z[j];
	co_csc_tmul_add(&jac, 1.0, y, s->col_work);
	for (int j = 0; j < s->n; j++)
		rho += fabs(s->col_work[j]);
	return rho + sum_products(s->cur->c, nlp->cl, nlp->cu, y, s->m) +
		sum_products(s->cur->x, nlp->xl, nlp->xu, z, s->n);
}

/* A side nearer than this is active [OW06, eq. 3.12]. */
static double
active_distance(const CoSqp *s, double rho)
{
	return pow(rho / (double) (s->n + s->m), LPECA_SIGMA);
}

/* The sides of a direction at t: those nearer than near block it. */
static void
open_sides(double t, double lo, double hi, double near, double *down, double *up)
{
	*down = t - lo <= near ? 0.0 : -INFINITY;
	*up = hi - t <= near ? 0.0 : INFINITY;
	if (lo == hi)
		*down = *up = 0.0;
}

/*
 * The sides that are active are those of LPEC-A for the multipliers of the
 * subproblem.
 */
CoRc
co_sqp_least_squares(CoSqp *s)
{
	const CoNlp *nlp = s->nlp;
	CoQp	   *qp = &s->ls_qp;
	double		near = co_clamp(active_distance(s, proximity(s, s->y, s->z)), NEAR_LEAST, NEAR_MOST);
	CoActiveOutcome out;
	CoRc		rc = set_problem(s, 1.0);

	if (rc)
		return rc;
	for (int i = 0; i < s->m; i++)
		open_sides(s->cur->c[i], nlp->cl[i], nlp->cu[i], near, &qp->cl[i], &qp->cu[i]);
	for (int j = 0; j < s->n; j++)
		open_sides(s->cur->x[j], nlp->xl[j], nlp->xu[j], near, &qp->xl[j], &qp->xu[j]);
	rc = solve_problem(s, &out);
	if (rc)
		return rc;
	co_copy(s->m, out.point.y, s->ls_y);
	if (out.verdict != CO_ACTIVE_OPTIMAL || !co_all_finite(s->m, s->ls_y))
		co_fill(s->m, 0.0, s->ls_y);
	co_sqp_bound_multipliers(s, s->cur, s->ls_y, s->ls_z);
	return CO_OK;
}

/* The sides of LPEC-A's program; a multiplier of the unit box is a residual. */
static void
set_linear_sides(CoSqp *s)
{
	const CoNlp *nlp = s->nlp;
	const CoSqpPoint *p = s->cur;
	CoQp	   *qp = &s->ls_qp;

	for (int i = 0; i < s->m; i++)
	{
		qp->cl[i] = nlp->cl[i] == nlp->cu[i] ? 0.0 : co_min(0.0, nlp->cl[i] - p->c[i]);
		qp->cu[i] = nlp->cl[i] == nlp->cu[i] ? 0.0 : co_max(0.0, nlp->cu[i] - p->c[i]);
	}
	for (int j = 0; j < s->n; j++)
	{
		qp->xl[j] = co_max(nlp->xl[j] - p->x[j], -1.0);
		qp->xu[j] = co_min(nlp->xu[j] - p->x[j], 1.0);
	}
}

static signed char
nearest_side(double t, double lo, double hi, double near)
{
	if (t - lo <= near && t - lo <= hi - t)
		return CO_ACTIVE_LOWER;
	return hi - t <= near ? CO_ACTIVE_UPPER : CO_ACTIVE_FREE;
}

/*
 * A working set for the next subproblem where there is none from the last one.
 */
CoRc
co_sqp_identify(CoSqp *s, CoActiveSet *set, bool *trusted)
{
	const CoNlp *nlp = s->nlp;
	double		slope = sqrt(co_dot(s->n, s->cur->grad, s->cur->grad)),
				rho,
				near;
	CoActiveOutcome out;
	CoRc		rc = set_problem(s, 0.0);

	*trusted = false;
	if (rc)
		return rc;
	set_linear_sides(s);
	rc = solve_problem(s, &out);
	if (rc || out.verdict != CO_ACTIVE_OPTIMAL)
		return rc;
	for (int j = 0; j < s->n; j++)
	{
		double		side = out.point.z[j] > 0.0 ? nlp->xu[j] : nlp->xl[j];

		if (fabs(side - s->cur->x[j]) > 1.0)
			out.point.z[j] = 0.0;
	}
	rho = proximity(s, out.point.y, out.point.z);
	*trusted = rho <= TRUST * co_max(1.0, slope);
	if (!*trusted)
		return CO_OK;
	near = active_distance(s, rho);
	for (int i = 0; i < s->m; i++)
		set->row[i] = nearest_side(s->cur->c[i], nlp->cl[i], nlp->cu[i], near);
	for (int j = 0; j < s->n; j++)
		set->col[j] = nearest_side(s->cur->x[j], nlp->xl[j], nlp->xu[j], near);
	return CO_OK;
}
