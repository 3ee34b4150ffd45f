/*-------------------------------------------------------------------------
 *
 * nlp/nlp_inner.c
 *	  The problem that the nonlinear methods work on.
 *
 * [WB06] Waechter, Biegler, "On the implementation of an interior-point filter
 * line-search algorithm for large-scale nonlinear programming", Math. Program.
 * 106 (2006) 25-57.
 *
 *-------------------------------------------------------------------------
 */
#include "nlp/nlp_inner.h"

#include "base/vec.h"

#define G_MAX			100.0	/* WB06 section 3.8 */
#define SCALE_MIN		1e-8	/* no function is scaled below */
#define UNIT_NEAR		0.5		/* an objective of this size or up to 1 is in
								 * ones already */

static bool
is_fixed(const CoNlp *nlp, int j)
{
	return nlp->xl[j] == nlp->xu[j];
}

static bool
is_absent(const CoNlp *nlp, int i)
{
	return nlp->cl[i] == -INFINITY && nlp->cu[i] == INFINITY;
}

CoRc
co_inner_count(CoInner *inner, unsigned want)
{
	CoNlpCounts *counts = &inner->counts;

	if (want & (CO_WANT_F | CO_WANT_C))
	{
		if (counts->f >= inner->max_evaluations || counts->c >= inner->max_evaluations)
		{
			inner->out_of_evaluations = true;
			return CO_TIME_EXCEEDED;
		}
	}
	counts->f += (want & CO_WANT_F) != 0;
	counts->c += (want & CO_WANT_C) != 0;
	counts->grad += (want & CO_WANT_GRAD) != 0;
	counts->jac += (want & CO_WANT_JAC) != 0;
	return CO_OK;
}

/* user's values from the inner point, then back */
static CoRc
eval_user(CoInner *inner, const double *x, unsigned want)
{
	CoRc		rc = co_inner_count(inner, want);

	co_inner_x(inner, x, inner->x);
	return rc || !want ? rc : inner->user->eval(inner->user->self, inner->x, want, &inner->at);
}

static void
fill_rows(CoInner *inner, CoNlpValue *out)
{
	for (int i = 0; i < inner->nlp.m; i++)
		out->c[i] = inner->row_scale[i] * inner->at.c[inner->row[i]];
}

static void
fill_jacobian(CoInner *inner, CoNlpValue *out)
{
	const CoCsc *jac = &inner->nlp.jac;
	int			nnz = co_csc_nnz(jac);

	for (int k = 0; k < nnz; k++)
		out->jac[k] = inner->row_scale[jac->index[k]] * inner->at.jac[inner->jac_from[k]];
}

static CoRc
inner_eval(void *self, const double *x, unsigned want, CoNlpValue *out)
{
	CoInner    *inner = self;
	unsigned	ask = want;
	CoRc		rc;

	if (inner->nlp.m == 0)
		ask &= ~(unsigned) (CO_WANT_C | CO_WANT_JAC);
	if (inner->have_jac)
		ask &= ~(unsigned) CO_WANT_JAC;
	if (inner->have_grad)
		ask &= ~(unsigned) CO_WANT_GRAD;
	rc = eval_user(inner, x, ask);
	if (rc)
		return rc;
	inner->have_jac = inner->linear_rows && (inner->have_jac || (ask & CO_WANT_JAC));
	inner->have_grad = inner->user->objective == CO_LINEAR &&
		(inner->have_grad || (ask & CO_WANT_GRAD));
	if (want & CO_WANT_F)
		out->f = inner->f_scale * inner->at.f;
	if (want & CO_WANT_C)
		fill_rows(inner, out);
	if (want & CO_WANT_GRAD)
		for (int j = 0; j < inner->nlp.n; j++)
			out->grad[j] = inner->f_scale * inner->at.grad[inner->var[j]];
	if (want & CO_WANT_JAC)
		fill_jacobian(inner, out);
	return CO_OK;
}

static CoRc
inner_hess(void *self, const double *x, double sigma, const double *y, double *value)
{
	CoInner    *inner = self;
	int			nnz = co_csc_nnz(&inner->nlp.hess);
	double		scale = 1.0;
	CoRc		rc = CO_OK;

	if (nnz == 0)
		return CO_OK;
	if (inner->constant_hess)
		scale = sigma * inner->f_scale;
	if (!inner->have_hess)
	{
		co_inner_x(inner, x, inner->x);
		for (int i = 0; i < inner->nlp.m; i++)
			inner->y[inner->row[i]] = inner->row_scale[i] * y[i];
		inner->counts.hess++;
		rc = inner->user->hess_at(inner->user->self, inner->x,
								  inner->constant_hess ? 1.0 : sigma * inner->f_scale,
								  inner->y, inner->hess);
	}
	if (rc)
		return rc;
	inner->have_hess = inner->constant_hess;
	for (int k = 0; k < nnz; k++)
		value[k] = scale * inner->hess[inner->hess_from[k]];
	return CO_OK;
}

/* The columns var, with rows renumbered by place (-1: left out). */
static CoRc
select_entries(CoArena *arena, const CoCsc *user, int nrow, int ncol, const int *var,
			   const int *place, CoCsc *out, int **from)
{
	size_t		room = (size_t) co_csc_nnz(user);
	int			nnz = 0;

	out->nrow = nrow;
	out->ncol = ncol;
	out->value = NULL;
	out->start = co_take_ints(arena, (size_t) ncol + 1);
	out->index = co_take_ints(arena, room);
	*from = co_take_ints(arena, room);
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	for (int j = 0; j < ncol; j++)
	{
		out->start[j] = nnz;
		for (int k = user->start[var[j]]; k < user->start[var[j] + 1]; k++)
			if (place[user->index[k]] >= 0)
			{
				(*from)[nnz] = k;
				out->index[nnz++] = place[user->index[k]];
			}
	}
	out->start[ncol] = nnz;
	return CO_OK;
}

static CoRc
take_arrays(CoArena *arena, CoInner *inner)
{
	const CoNlp *user = inner->user;
	size_t		n = (size_t) user->n,
				m = (size_t) user->m;

	inner->var = co_take_ints(arena, n);
	inner->row = co_take_ints(arena, m);
	inner->row_scale = co_take_doubles(arena, m);
	inner->x = co_take_doubles(arena, n);
	inner->y = co_take_zero_doubles(arena, m);
	inner->at.c = co_take_doubles(arena, m);
	inner->at.grad = co_take_doubles(arena, n);
	inner->at.jac = co_take_doubles(arena, (size_t) co_csc_nnz(&user->jac));
	inner->hess = co_take_doubles(arena, (size_t) co_csc_nnz(&user->hess));
	return co_arena_failed(arena);
}

/* The sides of what stays; places of variables and rows, -1 where left out. */
static CoRc
choose(CoArena *arena, CoInner *inner, int *var_place, int *row_place)
{
	const CoNlp *user = inner->user;
	double	   *sides = co_take_doubles(arena, 2 * ((size_t) user->n + (size_t) user->m));
	uint8_t    *kind = co_take(arena, (size_t) user->m, 1);
	double	   *xl,
			   *xu,
			   *cl,
			   *cu;
	int			n = 0,
				m = 0;

	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	xl = sides;
	xu = xl + user->n;
	cl = xu + user->n;
	cu = cl + user->m;
	for (int j = 0; j < user->n; j++)
	{
		var_place[j] = is_fixed(user, j) ? -1 : n;
		if (var_place[j] < 0)
			continue;
		xl[n] = user->xl[j];
		xu[n] = user->xu[j];
		inner->var[n++] = j;
	}
	inner->linear_rows = true;
	for (int i = 0; i < user->m; i++)
	{
		row_place[i] = is_absent(user, i) ? -1 : m;
		if (row_place[i] < 0)
			continue;
		kind[m] = user->row ? user->row[i] : CO_NONLINEAR;
		inner->linear_rows = inner->linear_rows && kind[m] == CO_LINEAR;
		cl[m] = user->cl[i];
		cu[m] = user->cu[i];
		inner->row_scale[m] = 1.0;
		inner->row[m++] = i;
	}
	inner->nlp = (CoNlp) {.n = n, .m = m, .xl = xl, .xu = xu, .cl = cl, .cu = cu,
	.objective = user->objective, .row = kind, .has_hess = user->has_hess,
	.eval = inner_eval, .hess_at = inner_hess, .self = inner};
	return CO_OK;
}

CoRc
co_inner_new(CoArena *arena, const CoNlp *user, const double *x0, int max_evaluations,
			 CoInner **out)
{
	CoInner    *inner = co_take_zero(arena, 1, sizeof *inner);
	int		   *var_place = co_take_ints(arena, (size_t) user->n),
			   *row_place = co_take_ints(arena, (size_t) user->m);
	CoRc		rc;

	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	inner->user = user;
	inner->f_scale = inner->f_unit = 1.0;
	inner->max_evaluations = max_evaluations;
	rc = take_arrays(arena, inner);
	if (rc)
		return rc;
	for (int j = 0; j < user->n; j++)
		inner->x[j] = is_fixed(user, j) ? user->xl[j] : x0[j];
	rc = choose(arena, inner, var_place, row_place);
	inner->constant_hess = inner->linear_rows && user->objective != CO_NONLINEAR;
	if (!rc)
		rc = select_entries(arena, &user->jac, inner->nlp.m, inner->nlp.n, inner->var,
							row_place, &inner->nlp.jac, &inner->jac_from);
	if (!rc && user->has_hess)
		rc = select_entries(arena, &user->hess, inner->nlp.n, inner->nlp.n, inner->var,
							var_place, &inner->nlp.hess, &inner->hess_from);
	*out = inner;
	return rc;
}

void
co_inner_x(const CoInner *inner, const double *x, double *user_x)
{
	if (user_x != inner->x)
		co_copy(inner->user->n, inner->x, user_x);
	for (int j = 0; j < inner->nlp.n; j++)
		user_x[inner->var[j]] = x[j];
}

void
co_inner_y(const CoInner *inner, const double *y, double *user_y)
{
	co_fill(inner->user->m, 0.0, user_y);
	for (int i = 0; i < inner->nlp.m; i++)
		user_y[inner->row[i]] = y[i] * inner->row_scale[i] / inner->f_scale;
}

static double
scale_for(double largest)
{
	return largest > G_MAX ? co_max(G_MAX / largest, SCALE_MIN) : 1.0;
}

/* Of a function whose value and derivatives are at most this large. */
static double
unit_for(double size)
{
	return size > 0.0 && size < 1.0 ? co_max(size, SCALE_MIN) : 1.0;
}

/*
 * The largest of the objective and its derivatives, of which slope is that of
 * the first ones: these say nothing where the start is flat or a minimum.
 */
static CoRc
find_unit(CoInner *inner, const double *x, double slope)
{
	double	   *value = inner->hess;
	double		largest = slope;
	CoRc		rc;

	if (inner->has_unit || !inner->user->has_hess)
		return CO_OK;
	if (slope < 1.0 && inner->user->objective != CO_LINEAR)
	{
		rc = eval_user(inner, x, CO_WANT_F);
		if (rc)
			return rc;
		largest = co_max(largest, fabs(inner->at.f));
		co_fill(inner->user->m, 0.0, inner->y);
		inner->counts.hess++;
		rc = inner->user->hess_at(inner->user->self, inner->x, 1.0, inner->y, value);
		if (rc)
			return rc;
		inner->have_hess = inner->constant_hess;
		largest = co_max(largest, co_norm_inf(co_csc_nnz(&inner->user->hess), value));
	}
	inner->has_unit = true;
	inner->f_unit = largest < UNIT_NEAR ? unit_for(largest) : 1.0;
	return CO_OK;
}

static double
finite_size(double side)
{
	return isfinite(side) ? fabs(side) : 0.0;
}

/*
 * The same for the rows, where size holds their first derivatives: value and
 * sides take the place of second ones.
 */
static CoRc
find_row_sizes(CoInner *inner, const double *x, double *size)
{
	bool		have_c = false;
	CoRc		rc;

	for (int i = 0; i < inner->nlp.m; i++)
	{
		int			row = inner->row[i];

		if (size[i] >= 1.0 || inner->nlp.row[i] == CO_LINEAR)
			continue;
		rc = have_c ? CO_OK : eval_user(inner, x, CO_WANT_C);
		if (rc)
			return rc;
		have_c = true;
		size[i] = co_max(size[i], co_max(fabs(inner->at.c[row]),
										 co_max(finite_size(inner->user->cl[row]),
												finite_size(inner->user->cu[row]))));
		size[i] = co_min(size[i], 1.0);
	}
	return CO_OK;
}

CoRc
co_inner_scale(CoInner *inner, const double *x)
{
	const CoCsc *jac = &inner->nlp.jac;
	double	   *size = inner->row_scale;
	double	   *cl = (double *) inner->nlp.cl,
			   *cu = (double *) inner->nlp.cu;
	double		slope = 0.0;
	CoRc		rc = eval_user(inner, x, CO_WANT_GRAD | (inner->nlp.m > 0 ? CO_WANT_JAC : 0));

	if (rc)
		return rc;
	inner->have_jac = inner->linear_rows;
	inner->have_grad = inner->user->objective == CO_LINEAR;
	for (int j = 0; j < inner->nlp.n; j++)
		slope = co_max(slope, fabs(inner->at.grad[inner->var[j]]));
	co_fill(inner->nlp.m, 0.0, size);
	for (int k = 0; k < co_csc_nnz(jac); k++)
		size[jac->index[k]] = co_max(size[jac->index[k]],
									 fabs(inner->at.jac[inner->jac_from[k]]));
	rc = find_unit(inner, x, slope);
	if (!rc)
		rc = find_row_sizes(inner, x, size);
	if (rc)
		return rc;
	inner->f_scale = scale_for(slope) / inner->f_unit;
	for (int i = 0; i < inner->nlp.m; i++)
	{
		inner->row_scale[i] = scale_for(size[i]) / unit_for(size[i]);
		cl[i] = inner->row_scale[i] * inner->user->cl[inner->row[i]];
		cu[i] = inner->row_scale[i] * inner->user->cu[inner->row[i]];
	}
	return CO_OK;
}
