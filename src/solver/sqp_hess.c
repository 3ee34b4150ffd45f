/*-------------------------------------------------------------------------
 *
 * solver/sqp_hess.c
 *	  The matrix of the subproblem: the exact Hessian of the Lagrangian, damped
 *	  BFGS in a dense triangle, limited-memory BFGS (sqp_limited.c).
 *
 * The change of the gradient is that of the Lagrangian with the multipliers of
 * the new point at both points [NW06, eq. 18.13], never that of the objective
 * alone.  In the restoration phase the objective is no part of it, and the
 * matrix is made anew.
 *
 *-------------------------------------------------------------------------
 */
#include "base/vec.h"
#include "solver/sqp.h"

/*
 * A dense triangle up to this many variables: there its iterations are so much
 * fewer than those of limited memory that what they cost does not matter
 * (CUTE's problems of 100 to 130 variables).
 */
#define DENSE_MOST		200

#define DAMPING			0.2		/* NW06 procedure 18.2 */
#define FIRST_LEAST		1e-4	/* of the first matrix, a multiple of I */
#define FIRST_MOST		1e4

static CoRc
take_dense(CoSqp *s)
{
	size_t		n = (size_t) s->n,
				nnz = n * (n + 1) / 2;
	CoCsc	   *p = &s->qp.p;
	int			at = 0;

	p->index = co_take_ints(s->arena, nnz);
	p->value = co_take_zero_doubles(s->arena, nnz);
	if (co_arena_failed(s->arena))
		return co_arena_failed(s->arena);
	for (int j = 0; j < s->n; j++)
	{
		p->start[j] = at;
		for (int i = j; i < s->n; i++)
			p->index[at++] = i;
	}
	p->start[s->n] = at;
	return CO_OK;
}

/* The matrix of its kind, and the size of the subproblem. */
CoRc
co_sqp_hess_take(CoSqp *s)
{
	CoSqpHess  *hess = &s->hess;
	int			extra = hess->kind == CO_SQP_LIMITED ? CO_QUASI_MEMORY : 0;
	CoCsc	   *p = &s->qp.p;
	CoRc		rc;

	s->qp.n = s->n + extra;
	s->qp.m = s->m + extra;
	if (hess->kind == CO_SQP_EXACT)
	{
		*p = s->nlp->hess;
		p->value = co_take_zero_doubles(s->arena, (size_t) co_csc_nnz(p));
		return co_arena_failed(s->arena);
	}
	p->nrow = p->ncol = s->qp.n;
	p->start = co_take_ints(s->arena, (size_t) s->qp.n + 1);
	hess->s = co_take_doubles(s->arena, (size_t) s->n);
	hess->y = co_take_doubles(s->arena, (size_t) s->n);
	hess->bs = co_take_doubles(s->arena, (size_t) s->n);
	rc = co_arena_failed(s->arena);
	if (!rc)
		rc = hess->kind == CO_SQP_DENSE ? take_dense(s) : co_sqp_limited_take(s);
	if (!rc)
		co_sqp_hess_reset(s);
	return rc;
}

CoRc
co_sqp_hess_new(CoSqp *s)
{
	bool		exact = s->nlp->has_hess && s->options->exact_hessian;

	s->hess.kind = exact ? CO_SQP_EXACT : s->n <= DENSE_MOST ? CO_SQP_DENSE : CO_SQP_LIMITED;
	return co_sqp_hess_take(s);
}

/* Its bytes, for the announcement, and those of what the subproblem adds. */
double
co_sqp_hess_bytes(const CoNlp *nlp, const CoOptions *options)
{
	double		n = nlp->n,
				entry = sizeof(double) + sizeof(int);

	if (nlp->has_hess && options->exact_hessian)
		return sizeof(double) * (double) co_csc_nnz(&nlp->hess);
	if (n <= DENSE_MOST)
		return 3.0 * sizeof(double) * n + entry * (0.5 * n * (n + 1.0) + n);
	return co_sqp_limited_bytes(n);
}

static void
set_identity(CoSqp *s, double sigma)
{
	CoCsc	   *p = &s->qp.p;

	co_fill(co_csc_nnz(p), 0.0, p->value);
	for (int j = 0; j < s->n; j++)
		p->value[p->start[j]] = sigma;
}

void
co_sqp_hess_reset(CoSqp *s)
{
	CoSqpHess  *hess = &s->hess;

	if (hess->kind == CO_SQP_EXACT)
		return;
	hess->learned = false;
	hess->slope_of_h = 1.0;
	set_identity(s, 1.0);
	if (hess->kind == CO_SQP_LIMITED)
		co_quasi_reset(hess->quasi);
}

CoRc
co_sqp_hess_set(CoSqp *s, bool restoring)
{
	CoCsc	   *p = &s->qp.p;

	switch (s->hess.kind)
	{
		case CO_SQP_EXACT:
			if (restoring && s->linear_h)
			{
				co_fill(co_csc_nnz(p), 0.0, p->value);
				return CO_OK;
			}
			return co_csc_nnz(p) == 0 ? CO_OK :
				s->nlp->hess_at(s->nlp->self, s->cur->x, restoring ? 0.0 : 1.0, s->y, p->value);
		case CO_SQP_DENSE:
			return CO_OK;
		default:
			if (restoring)
				set_identity(s, s->hess.slope_of_h);
			else
				co_sqp_limited_set(s);
			return CO_OK;
	}
}

/* B0 = (y'y / s'y) I, before the first update [NW06, eq. 6.20] */
static void
set_first(CoSqp *s, double ss, double sy)
{
	CoSqpHess  *hess = &s->hess;
	double		yy = co_dot(s->n, hess->y, hess->y);

	if (sy > 0.0)
		set_identity(s, co_clamp(yy / sy, FIRST_LEAST, FIRST_MOST));
	else if (yy > 0.0)
		set_identity(s, co_clamp(sqrt(yy / ss), FIRST_LEAST, FIRST_MOST));
}

/* NW06 procedure 18.2 */
static void
update_dense(CoSqp *s)
{
	CoSqpHess  *hess = &s->hess;
	CoCsc	   *p = &s->qp.p;
	double		ss = co_dot(s->n, hess->s, hess->s),
				sy = co_dot(s->n, hess->s, hess->y),
				theta = 1.0,
				sbs;

	if (!hess->learned)
		set_first(s, ss, sy);
	co_fill(s->n, 0.0, hess->bs);
	co_csc_symmul_add(p, 1.0, hess->s, hess->bs);
	sbs = co_dot(s->n, hess->s, hess->bs);
	if (!(sbs > 0.0))
		return;
	if (!(sy >= DAMPING * sbs))
		theta = (1.0 - DAMPING) * sbs / (sbs - sy);
	for (int j = 0; j < s->n; j++)
		hess->y[j] = theta * hess->y[j] + (1.0 - theta) * hess->bs[j];
	sy = co_dot(s->n, hess->s, hess->y);
	if (!(sy > 0.0) || !isfinite(1.0 / sy))
		return;
	for (int j = 0; j < s->n; j++)
		for (int i = j; i < s->n; i++)
			p->value[p->start[j] + i - j] += hess->y[i] * hess->y[j] / sy -
				hess->bs[i] * hess->bs[j] / sbs;
	hess->learned = true;
}

/* s and the change of the gradient of L along it */
static void
fill_pair(CoSqp *s, const double *y, bool restoring)
{
	CoSqpHess  *hess = &s->hess;
	CoCsc		jac = s->nlp->jac;

	for (int j = 0; j < s->n; j++)
	{
		hess->s[j] = s->trial->x[j] - s->cur->x[j];
		hess->y[j] = restoring ? 0.0 : s->trial->grad[j] - s->cur->grad[j];
	}
	jac.value = s->trial->jac;
	co_csc_tmul_add(&jac, 1.0, y, hess->y);
	jac.value = s->cur->jac;
	co_csc_tmul_add(&jac, -1.0, y, hess->y);
}

void
co_sqp_hess_learn(CoSqp *s, const double *y, bool restoring)
{
	CoSqpHess  *hess = &s->hess;
	double		ss,
				sy;

	if (hess->kind == CO_SQP_EXACT)
		return;
	fill_pair(s, y, restoring);
	ss = co_dot(s->n, hess->s, hess->s);
	sy = co_dot(s->n, hess->s, hess->y);
	if (!(ss > 0.0) || !isfinite(ss) || !isfinite(sy) || !co_all_finite(s->n, hess->y))
		return;
	if (hess->kind == CO_SQP_DENSE)
		update_dense(s);
	else if (restoring)
		hess->slope_of_h = co_clamp(sy / ss, FIRST_LEAST, FIRST_MOST);
	else
		(void) co_quasi_update(hess->quasi, hess->s, hess->y);
}
