/*-------------------------------------------------------------------------
 *
 * solver/sqp_stable.c
 *	  Stabilized steps, for solutions whose multipliers are not unique: near
 *	  them the steps of SQP converge slowly or not at all, and those of
 *
 *		min over d, max over w	g'd + 1/2 d'Hd + w'(c + J d) - mu/2 |w - y|^2
 *
 *	  superlinearly [W98; H99].  As a quadratic program
 *
 *		minimize	g'd + 1/2 d'Hd + mu/2 |w|^2
 *		subject to	cl <= c + J d - mu (w - y) <= cu,	bounds of x + d
 *
 *	  whose row multipliers are w.  mu is the error of the KKT conditions.
 *
 * The step is a local one: it is taken where it halves the error, and never
 * asked of the filter.
 *
 *-------------------------------------------------------------------------
 */
#include "base/vec.h"
#include "solver/sqp.h"

#define ERROR_FALL		0.5
#define MU_LEAST		1e-10	/* smaller is no regularization */
#define MU_MOST			1e-1	/* the theory is local: [W98] has mu < 1 */
#define REACH			1.0		/* no step is longer, in units of the region */

static CoRc
take_matrix(CoSqp *s, CoCsc *p)
{
	const CoCsc *from = &s->qp.p;
	int			nnz = co_csc_nnz(from);

	p->nrow = p->ncol = s->n + s->m;
	p->start = co_take_ints(s->arena, (size_t) (s->n + s->m) + 1);
	p->index = co_take_ints(s->arena, (size_t) (nnz + s->m));
	p->value = co_take_doubles(s->arena, (size_t) (nnz + s->m));
	if (co_arena_failed(s->arena))
		return co_arena_failed(s->arena);
	memcpy(p->start, from->start, (size_t) s->n * sizeof(int));
	if (nnz > 0)
		memcpy(p->index, from->index, (size_t) nnz * sizeof(int));
	for (int i = 0; i <= s->m; i++)
		p->start[s->n + i] = nnz + i;
	for (int i = 0; i < s->m; i++)
		p->index[nnz + i] = s->n + i;
	return CO_OK;
}

static CoRc
take_rows(CoSqp *s, CoCsc *a)
{
	const CoCsc *jac = &s->nlp->jac;
	int			nnz = co_csc_nnz(jac);

	a->nrow = s->m;
	a->ncol = s->n + s->m;
	a->start = co_take_ints(s->arena, (size_t) (s->n + s->m) + 1);
	a->index = co_take_ints(s->arena, (size_t) (nnz + s->m));
	a->value = co_take_doubles(s->arena, (size_t) (nnz + s->m));
	if (co_arena_failed(s->arena))
		return co_arena_failed(s->arena);
	memcpy(a->start, jac->start, (size_t) s->n * sizeof(int));
	if (nnz > 0)
		memcpy(a->index, jac->index, (size_t) nnz * sizeof(int));
	for (int i = 0; i <= s->m; i++)
		a->start[s->n + i] = nnz + i;
	for (int i = 0; i < s->m; i++)
		a->index[nnz + i] = i;
	return CO_OK;
}

static CoRc
take_problem(CoSqp *s)
{
	CoArena    *arena = s->arena;
	CoQp	   *qp = &s->stable_qp;
	size_t		n = (size_t) s->n + (size_t) s->m,
				m = (size_t) s->m;
	CoRc		rc = take_matrix(s, &qp->p);

	if (!rc)
		rc = take_rows(s, &qp->a);
	qp->n = s->n + s->m;
	qp->m = s->m;
	qp->c = co_take_zero_doubles(arena, n);
	qp->xl = co_take_doubles(arena, n);
	qp->xu = co_take_doubles(arena, n);
	qp->cl = co_take_doubles(arena, m);
	qp->cu = co_take_doubles(arena, m);
	s->stable_set.row = co_take_zero(arena, m, 1);
	s->stable_set.col = co_take_zero(arena, n, 1);
	if (!rc)
		rc = co_arena_failed(arena);
	return rc ? rc : co_active_new(arena, qp, &s->stable_active);
}

static void
set_problem(CoSqp *s, double mu)
{
	const CoNlp *nlp = s->nlp;
	const CoSqpPoint *p = s->cur;
	CoQp	   *qp = &s->stable_qp;
	int			p_nnz = co_csc_nnz(&s->qp.p),
				a_nnz = co_csc_nnz(&nlp->jac);

	co_copy(s->n, p->grad, qp->c);
	co_copy(p_nnz, s->qp.p.value, qp->p.value);
	co_fill(s->m, mu, qp->p.value + p_nnz);
	co_copy(a_nnz, p->jac, qp->a.value);
	co_fill(s->m, -mu, qp->a.value + a_nnz);
	for (int i = 0; i < s->m; i++)
	{
		qp->cl[i] = nlp->cl[i] - p->c[i] - mu * s->y[i];
		qp->cu[i] = nlp->cu[i] - p->c[i] - mu * s->y[i];
		qp->xl[s->n + i] = -INFINITY;
		qp->xu[s->n + i] = INFINITY;
	}
	for (int j = 0; j < s->n; j++)
	{
		qp->xl[j] = co_max(nlp->xl[j] - p->x[j], -REACH * s->size[j]);
		qp->xu[j] = co_min(nlp->xu[j] - p->x[j], REACH * s->size[j]);
	}
}

/* The trial point with its derivatives; *better: it halves the error. */
static CoRc
try_point(CoSqp *s, const double *y, bool *better)
{
	CoSqpError	error;
	CoRc		rc;

	co_sqp_set_trial(s);
	rc = co_sqp_eval(s, s->trial);
	if (rc || !(s->trial->h <= s->h_max))
		return rc;
	rc = co_sqp_eval_derivatives(s, s->trial);
	if (rc)
		return rc == CO_NOT_FINITE ? CO_OK : rc;
	co_sqp_bound_multipliers(s, s->trial, y, s->ls_z);
	co_sqp_fill_error(s, s->trial, y, s->ls_z, &error);
	*better = error.worst <= ERROR_FALL * s->error.worst;
	return CO_OK;
}

/* The matrix of the subproblem has been set at cur. */
CoRc
co_sqp_stable_step(CoSqp *s, bool *taken)
{
	const CoSqpError *e = &s->error;
	double		mu = co_clamp(e->primal + e->dual + e->complementarity, MU_LEAST, MU_MOST);
	CoActiveOptions how;
	CoActiveOutcome out;
	CoRc		rc = CO_OK;

	*taken = false;
	if (s->hess.kind == CO_SQP_LIMITED || s->m == 0)
		return CO_OK;
	if (!s->stable_active)
		rc = take_problem(s);
	if (rc)
		return rc;
	set_problem(s, mu);
	co_active_options_default(&how);
	rc = co_active_solve(s->stable_active, &how, &s->stable_set, NULL, &out);
	if (rc || out.verdict != CO_ACTIVE_OPTIMAL)
		return rc;
	s->n_factor += out.factorizations;
	co_copy(s->n, out.point.x, s->d);
	rc = try_point(s, out.point.y, taken);
	if (!rc && *taken)
	{
		co_copy(s->m, out.point.y, s->step_y);
		s->model = INFINITY;	/* not that of the subproblem */
	}
	return rc;
}
