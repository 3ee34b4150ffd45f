/*-------------------------------------------------------------------------
 *
 * solver/sqp_model.c
 *	  The subproblem of the SQP method: its numbers, its solution.
 *
 *-------------------------------------------------------------------------
 */
#include "base/vec.h"
#include "solver/sqp.h"

/* A violation of the linearized rows that a step may leave, relative. */
#define ROW_LEFT		1e-6

/* The subproblem is solved to this part of the error that the step is to remove. */
#define INEXACT			1e-4
#define OPTIMALITY_LEAST 1e-15

CoRc
co_sqp_take_set(CoSqp *s, CoActiveSet *out)
{
	out->row = co_take_zero(s->arena, (size_t) s->qp.m, 1);
	out->col = co_take_zero(s->arena, (size_t) s->qp.n, 1);
	return co_arena_failed(s->arena);
}

void
co_sqp_copy_set(const CoSqp *s, const CoActiveSet *from, CoActiveSet *to)
{
	memcpy(to->row, from->row, (size_t) s->qp.m);
	memcpy(to->col, from->col, (size_t) s->qp.n);
}

/* J, and the rows of the t of sqp_limited.c in limited memory */
static CoRc
take_rows(CoSqp *s)
{
	const CoCsc *jac = &s->nlp->jac;
	CoCsc	   *a = &s->qp.a;
	int			extra = s->qp.n - s->n,
				nnz = 0;
	size_t		room = (size_t) co_csc_nnz(jac) + (size_t) extra * ((size_t) s->n + (size_t) extra);

	a->nrow = s->qp.m;
	a->ncol = s->qp.n;
	a->start = co_take_ints(s->arena, (size_t) s->qp.n + 1);
	a->index = co_take_ints(s->arena, room);
	a->value = co_take_zero_doubles(s->arena, room);
	if (co_arena_failed(s->arena))
		return co_arena_failed(s->arena);
	for (int j = 0; j < s->qp.n; j++)
	{
		a->start[j] = nnz;
		for (int k = j < s->n ? jac->start[j] : 0; j < s->n && k < jac->start[j + 1]; k++)
			a->index[nnz++] = jac->index[k];
		for (int k = 0; k < (j < s->n ? extra : j - s->n + 1); k++)
			a->index[nnz++] = s->m + k;
	}
	a->start[s->qp.n] = nnz;
	return CO_OK;
}

/* The matrix of the Hessian has said how many variables there are. */
CoRc
co_sqp_model_new(CoSqp *s)
{
	CoArena    *arena = s->arena;
	CoQp	   *qp = &s->qp;
	size_t		n = (size_t) qp->n,
				m = (size_t) qp->m;
	CoRc		rc = take_rows(s);

	qp->c = co_take_zero_doubles(arena, n);
	qp->xl = co_take_zero_doubles(arena, n);
	qp->xu = co_take_zero_doubles(arena, n);
	qp->cl = co_take_zero_doubles(arena, m);
	qp->cu = co_take_zero_doubles(arena, m);
	s->d = co_take_zero_doubles(arena, n);
	if (!rc)
		rc = co_sqp_take_set(s, &s->set);
	if (!rc)
		rc = co_sqp_take_set(s, &s->kept_set);
	if (!rc)
		rc = co_sqp_take_set(s, &s->restore_set);
	return rc ? rc : co_active_new(arena, qp, &s->active);
}

void
co_sqp_model_set(CoSqp *s, bool restoring)
{
	const CoCsc *jac = &s->nlp->jac;
	CoCsc	   *a = &s->qp.a;
	int			extra = s->qp.n - s->n;

	if (restoring)
		co_fill(s->n, 0.0, s->qp.c);
	else
		co_copy(s->n, s->cur->grad, s->qp.c);
	for (int j = 0; j < s->qp.n; j++)
	{
		int			at = a->start[j];

		for (int k = j < s->n ? jac->start[j] : 0; j < s->n && k < jac->start[j + 1]; k++)
			a->value[at++] = (restoring ? s->weight[jac->index[k]] : 1.0) * s->cur->jac[k];
		for (int k = 0; k < (j < s->n ? extra : j - s->n + 1); k++)
			a->value[at++] = restoring ? 0.0 : co_sqp_limited_row(s, k, j);
	}
}

/* The sides of rows and variables, in terms of the step. */
static void
set_sides(CoSqp *s, const double *shift, bool restoring)
{
	const CoNlp *nlp = s->nlp;
	CoQp	   *qp = &s->qp;

	for (int i = 0; i < s->m; i++)
	{
		double		c = s->cur->c[i] + (shift ? shift[i] : 0.0);

		qp->cl[i] = nlp->cl[i] - c;
		qp->cu[i] = nlp->cu[i] - c;
		if (restoring)
		{
			qp->cl[i] *= s->weight[i];
			qp->cu[i] *= s->weight[i];
		}
	}
	for (int j = 0; j < s->n; j++)
	{
		double		reach = s->radius * s->size[j];

		qp->xl[j] = co_max(nlp->xl[j] - s->cur->x[j], -reach);
		qp->xu[j] = co_min(nlp->xu[j] - s->cur->x[j], reach);
	}

	/*
	 * In limited memory the curvature of h is a multiple of the identity: t =
	 * 0, and its rows are absent.
	 */
	for (int i = s->m; i < qp->m; i++)
	{
		qp->cl[i] = restoring ? -INFINITY : 0.0;
		qp->cu[i] = -qp->cl[i];
	}
	for (int j = s->n; j < qp->n; j++)
	{
		qp->xl[j] = restoring ? 0.0 : -INFINITY;
		qp->xu[j] = -qp->xl[j];
	}
}

/* q(0) - q(d), with the P that was solved for */
static double
fall_of_model(const CoSqp *s)
{
	const CoQp *qp = &s->qp;
	double		fall = -co_dot(qp->n, qp->c, s->d) - 0.5 * co_csc_quadratic(&qp->p, s->d);

	return fall - 0.5 * s->answer.convexified * co_dot(s->n, s->d, s->d);
}

static bool
is_usable(const CoSqp *s, double elastic)
{
	const CoActiveOutcome *a = &s->answer;

	if (a->verdict == CO_ACTIVE_OPTIMAL)
		return true;
	return a->verdict != CO_ACTIVE_INFEASIBLE && co_all_finite(s->qp.n, a->point.x) &&
		(elastic > 0.0 || a->primal_residual <= ROW_LEFT * s->radius);
}

/* One solution of it, whatever it says. */
static CoRc
solve(CoSqp *s, const CoActiveOptions *how, bool restoring, CoActiveSet *set)
{
	double		elastic = how->elastic;
	CoRc		rc = co_active_solve(s->active, how, set, NULL, &s->answer);

	if (rc)
		return rc;
	s->n_pivots += s->answer.pivots;
	s->n_factor += s->answer.factorizations;
	if (!is_usable(s, elastic))
		return CO_OK;
	s->answer.verdict = CO_ACTIVE_OPTIMAL;
	co_copy(s->qp.n, s->answer.point.x, s->d);
	co_copy(s->m, s->answer.point.y, s->step_y);
	if (elastic == 0.0 && s->hess.kind == CO_SQP_EXACT && s->answer.convexified > 0.0)
		rc = co_sqp_eqp(s, set);
	s->model = fall_of_model(s);
	if (!restoring)
		return rc;
	s->model += elastic * (co_sqp_violation(s, s->cur->c, s->weight) - s->answer.elastic_sum);
	for (int i = 0; i < s->m; i++)
		s->step_y[i] *= s->weight[i];
	return rc;
}

/*
 * A local minimizer of the model may be worse than no step, and where nothing
 * else can be gained it is of no use.
 */
static bool
is_downhill(const CoSqp *s, double elastic)
{
	return s->model > 0.0 || co_sqp_step_vanished(s) ||
		(elastic == 0.0 && s->cur->h > co_sqp_h_floor(s, s->cur));
}

/*
 * From the working set, then without it and with a matrix that is made convex:
 * for h, which is a maximum of linear functions in the first place, with none.
 */
CoRc
co_sqp_model_solve(CoSqp *s, const double *shift, double elastic, CoActiveSet *set)
{
	CoActiveOptions how;
	CoRc		rc = CO_OK;

	co_active_options_default(&how);
	how.elastic = elastic;
	how.convex = s->hess.kind != CO_SQP_EXACT || (elastic > 0.0 && s->linear_h);
	how.optimality = co_clamp(INEXACT * s->error.dual, OPTIMALITY_LEAST, how.optimality);
	set_sides(s, shift, elastic > 0.0);
	for (int k = 0; k < 2; k++)
	{
		rc = solve(s, &how, elastic > 0.0, set);
		if (rc || (s->answer.verdict == CO_ACTIVE_INFEASIBLE && elastic == 0.0) ||
			(s->answer.verdict == CO_ACTIVE_OPTIMAL && is_downhill(s, elastic)))
			break;
		if (elastic > 0.0 && s->hess.kind == CO_SQP_EXACT)
		{
			co_fill(co_csc_nnz(&s->qp.p), 0.0, s->qp.p.value);
			how.convex = true;
		}
		else
			how.curvature = CO_ACTIVE_CONVEXIFY;
		memset(set->row, CO_ACTIVE_FREE, (size_t) s->qp.m);
		memset(set->col, CO_ACTIVE_FREE, (size_t) s->qp.n);
	}
	return rc;
}

CoRc
co_sqp_model_solve_elastic(CoSqp *s, double price, CoActiveSet *set)
{
	CoActiveOptions how;

	co_active_options_default(&how);
	how.elastic = price;
	how.convex = s->hess.kind != CO_SQP_EXACT;
	set_sides(s, NULL, false);
	return solve(s, &how, false, set);
}
