/*-------------------------------------------------------------------------
 *
 * nlp/param.c
 *	  Taking a problem over (x, p) apart, and its derivatives at a point.
 *
 *-------------------------------------------------------------------------
 */
#include "nlp/param.h"

#include <float.h>
#include <limits.h>

#include "base/vec.h"

/* One of all's variables is x (>= 0) or a parameter (~number). */
static int *
number_variables(CoParamNlp *nlp, const uint8_t *is_param)
{
	const CoNlp *all = nlp->all;
	int		   *number = co_take_ints(nlp->arena, (size_t) all->n);

	nlp->var = co_take_ints(nlp->arena, (size_t) all->n);
	nlp->param = co_take_ints(nlp->arena, (size_t) all->n);
	if (co_arena_failed(nlp->arena))
		return NULL;
	for (int j = 0; j < all->n; j++)
		if (is_param[j])
		{
			number[j] = ~nlp->np;
			nlp->param[nlp->np++] = j;
		}
		else
		{
			number[j] = nlp->n;
			nlp->var[nlp->n++] = j;
		}
	return number;
}

static CoRc
take_bounds(CoParamNlp *nlp)
{
	nlp->xl = co_take_doubles(nlp->arena, (size_t) nlp->n);
	nlp->xu = co_take_doubles(nlp->arena, (size_t) nlp->n);
	if (co_arena_failed(nlp->arena))
		return co_arena_failed(nlp->arena);
	for (int j = 0; j < nlp->n; j++)
	{
		nlp->xl[j] = nlp->all->xl[nlp->var[j]];
		nlp->xu[j] = nlp->all->xu[nlp->var[j]];
	}
	nlp->cl = nlp->all->cl;
	nlp->cu = nlp->all->cu;
	return CO_OK;
}

static CoRc
take_matrix(CoArena *arena, int nrow, int ncol, int nnz, CoCsc *out, int **from)
{
	*out = (CoCsc) {.nrow = nrow, .ncol = ncol};
	out->start = co_take_zero_ints(arena, (size_t) ncol + 1);
	out->index = co_take_ints(arena, (size_t) nnz);
	out->value = co_take_doubles(arena, (size_t) nnz);
	*from = co_take_ints(arena, (size_t) nnz);
	return co_arena_failed(arena);
}

/* The columns of jac that vars names, in its order. */
static CoRc
take_columns(CoArena *arena, const CoCsc *jac, int n, const int *vars, CoCsc *out, int **from)
{
	int			nnz = 0;
	CoRc		rc;

	for (int j = 0; j < n; j++)
		nnz += co_csc_length(jac, vars[j]);
	rc = take_matrix(arena, jac->nrow, n, nnz, out, from);
	if (rc)
		return rc;
	nnz = 0;
	for (int j = 0; j < n; j++)
	{
		for (int e = jac->start[vars[j]]; e < jac->start[vars[j] + 1]; e++)
		{
			out->index[nnz] = jac->index[e];
			(*from)[nnz++] = e;
		}
		out->start[j + 1] = nnz;
	}
	return co_poll(arena);
}

/* An entry (i, j) of all's Hessian: in hess (0), in hess_p (1), in neither (-1). */
static int
which_hessian(const int *number, int i, int j, int *row, int *col)
{
	int			a = number[i],
				b = number[j];

	if (a < 0 && b < 0)
		return -1;
	if (a >= 0 && b >= 0)
	{
		*row = a > b ? a : b;
		*col = a > b ? b : a;
		return 0;
	}
	*row = a >= 0 ? a : b;
	*col = a >= 0 ? ~b : ~a;
	return 1;
}

static void
count_hessian(const CoCsc *hess, const int *number, int *start[2])
{
	int			row,
				col;

	for (int j = 0; j < hess->ncol; j++)
		for (int e = hess->start[j]; e < hess->start[j + 1]; e++)
		{
			int			which = which_hessian(number, hess->index[e], j, &row, &col);

			if (which >= 0)
				start[which][col + 1]++;
		}
}

/*
 * Variables keep their order, so that the rows of hess ascend by themselves;
 * those of hess_p come from rows and from columns of all's triangle, the
 * columns before the parameter first.
 */
static CoRc
split_hessian(CoParamNlp *nlp, const int *number, const CoCsc *all)
{
	int		   *next[2] = {
		co_take_zero_ints(nlp->arena, (size_t) nlp->n + 1),
		co_take_zero_ints(nlp->arena, (size_t) nlp->np + 1)
	};
	CoRc		rc = co_arena_failed(nlp->arena);

	if (rc)
		return rc;
	count_hessian(all, number, next);
	for (int j = 0; j < nlp->n; j++)
		next[0][j + 1] += next[0][j];
	for (int k = 0; k < nlp->np; k++)
		next[1][k + 1] += next[1][k];
	if ((rc = take_matrix(nlp->arena, nlp->n, nlp->n, next[0][nlp->n], &nlp->hess, &nlp->hess_from)) ||
		(rc = take_matrix(nlp->arena, nlp->n, nlp->np, next[1][nlp->np], &nlp->hess_p, &nlp->hess_p_from)))
		return rc;
	memcpy(nlp->hess.start, next[0], ((size_t) nlp->n + 1) * sizeof(int));
	memcpy(nlp->hess_p.start, next[1], ((size_t) nlp->np + 1) * sizeof(int));
	for (int j = 0; j < all->ncol; j++)
		for (int e = all->start[j]; e < all->start[j + 1]; e++)
		{
			CoCsc	   *to[2] = {&nlp->hess, &nlp->hess_p};
			int		   *from[2] = {nlp->hess_from, nlp->hess_p_from};
			int			row,
						col;
			int			which = which_hessian(number, all->index[e], j, &row, &col);

			if (which < 0)
				continue;
			to[which]->index[next[which][col]] = row;
			from[which][next[which][col]++] = e;
		}
	return co_poll(nlp->arena);
}

/* Every entry of the lower triangle over (x, p). */
static CoRc
dense_pattern(CoParamNlp *nlp, CoCsc *out)
{
	int			n = nlp->all->n;
	int			nnz = 0;
	int		   *from;
	CoRc		rc;

	if (nlp->n > CO_PARAM_DIFFERENCES || n > 40 * CO_PARAM_DIFFERENCES)
		return CO_BAD_INPUT;
	nlp->by_differences = true;
	rc = take_matrix(nlp->arena, n, n, n * (n + 1) / 2, out, &from);
	if (rc)
		return rc;
	for (int j = 0; j < n; j++)
	{
		for (int i = j; i < n; i++)
			out->index[nnz++] = i;
		out->start[j + 1] = nnz;
	}
	return CO_OK;
}

static CoRc
take_values(CoParamNlp *nlp, int n_second)
{
	CoArena    *arena = nlp->arena;
	const CoNlp *all = nlp->all;

	nlp->at = co_take_doubles(arena, (size_t) all->n);
	nlp->value.c = nlp->c = co_take_doubles(arena, (size_t) nlp->m);
	nlp->value.grad = co_take_doubles(arena, (size_t) all->n);
	nlp->value.jac = co_take_doubles(arena, (size_t) co_csc_nnz(&all->jac));
	nlp->second = co_take_doubles(arena, (size_t) n_second);
	nlp->grad = co_take_doubles(arena, (size_t) nlp->n);
	nlp->grad_p = co_take_doubles(arena, (size_t) nlp->np);
	return co_arena_failed(arena);
}

CoRc
co_param_split(CoArena *arena, const CoNlp *all, const uint8_t *is_param, CoParamNlp **out)
{
	CoParamNlp *nlp = co_take_zero(arena, 1, sizeof *nlp);
	CoCsc		hess = all->hess;
	int		   *number;
	CoRc		rc;

	if (!nlp)
		return co_arena_failed(arena);
	nlp->arena = arena;
	nlp->all = all;
	nlp->m = all->m;
	number = number_variables(nlp, is_param);
	if (!number)
		return co_arena_failed(arena);
	if ((!all->has_hess && (rc = dense_pattern(nlp, &hess))) ||
		(rc = take_bounds(nlp)) ||
		(rc = take_columns(arena, &all->jac, nlp->n, nlp->var, &nlp->jac, &nlp->jac_from)) ||
		(rc = take_columns(arena, &all->jac, nlp->np, nlp->param, &nlp->jac_p, &nlp->jac_p_from)) ||
		(rc = split_hessian(nlp, number, &hess)) ||
		(rc = take_values(nlp, co_csc_nnz(&hess))))
		return rc;
	*out = nlp;
	return CO_OK;
}

/*--------------------------------------------------------------------------
 * Values
 *--------------------------------------------------------------------------
 */

CoRc
co_param_set_bounds(CoParamNlp *nlp, const double *p)
{
	CoParamBounds *bounds = nlp->bounds;
	CoRc		rc;

	if (!bounds ||
		(bounds->is_valid && memcmp(bounds->p, p, (size_t) nlp->np * sizeof(double)) == 0))
		return CO_OK;
	rc = bounds->eval(bounds, p);
	bounds->is_valid = rc == CO_OK;
	if (rc)
		return rc;
	co_copy(nlp->np, p, bounds->p);
	for (int i = 0; i < bounds->n; i++)
		if (bounds->is_upper[i])
			nlp->xu[bounds->var[i]] = bounds->value[i];
		else
			nlp->xl[bounds->var[i]] = bounds->value[i];
	return CO_OK;
}

static void
set_point(CoParamNlp *nlp, const double *x, const double *p)
{
	for (int j = 0; j < nlp->n; j++)
		nlp->at[nlp->var[j]] = x[j];
	for (int k = 0; k < nlp->np; k++)
		nlp->at[nlp->param[k]] = p[k];
}

static void
pick(CoCsc *to, const int *from, const double *value)
{
	int			nnz = co_csc_nnz(to);

	for (int e = 0; e < nnz; e++)
		to->value[e] = value[from[e]];
}

/* The gradient of f + y'c over (x, p) at nlp->at; the values are left there. */
static CoRc
gradient_of_lagrangian(CoParamNlp *nlp, const double *y, double *out)
{
	const CoNlp *all = nlp->all;
	CoRc		rc = all->eval(all->self, nlp->at, CO_WANT_GRAD | CO_WANT_JAC, &nlp->value);

	if (rc && rc != CO_NOT_FINITE)
		return rc;
	co_copy(all->n, nlp->value.grad, out);
	for (int j = 0; j < all->n; j++)
		for (int e = all->jac.start[j]; e < all->jac.start[j + 1]; e++)
			out[j] += y[all->jac.index[e]] * nlp->value.jac[e];
	return CO_OK;
}

/*
 * Central differences of the gradient of the Lagrangian; the step balances
 * their error, of order step^2, with that of the gradients, of the order of the
 * precision over the step.  At a bound they are one-sided: outside, the host's
 * functions may fail.  Entry (i, j) is taken from column j alone.
 */
static CoRc
difference_hessian(CoParamNlp *nlp, const double *y)
{
	int			n = nlp->all->n;
	double	   *second = nlp->second;
	CoMark		mark = co_mark(nlp->arena);
	double	   *above = co_take_doubles(nlp->arena, (size_t) n);
	double	   *below = co_take_doubles(nlp->arena, (size_t) n);
	CoRc		rc = co_arena_failed(nlp->arena);

	for (int j = 0; j < n && !rc; j++)
	{
		double		here = nlp->at[j];
		double		step = cbrt(DBL_EPSILON) * co_max(1.0, fabs(here));
		double		up = co_min(here + step, nlp->all->xu[j]),
					down = co_max(here - step, nlp->all->xl[j]);

		nlp->at[j] = up;
		rc = gradient_of_lagrangian(nlp, y, above);
		nlp->at[j] = down;
		if (!rc)
			rc = gradient_of_lagrangian(nlp, y, below);
		nlp->at[j] = here;
		for (int i = j; i < n && !rc; i++)
			*second++ = up > down ? (above[i] - below[i]) / (up - down) : 0.0;
	}
	co_rewind(nlp->arena, mark);
	return rc;
}

static CoRc
eval_second(CoParamNlp *nlp, const double *y)
{
	const CoNlp *all = nlp->all;
	CoRc		rc = nlp->by_differences ? difference_hessian(nlp, y) :
		all->hess_at(all->self, nlp->at, 1.0, y, nlp->second);

	if (rc && rc != CO_NOT_FINITE)
		return rc;
	pick(&nlp->hess, nlp->hess_from, nlp->second);
	pick(&nlp->hess_p, nlp->hess_p_from, nlp->second);
	return CO_OK;
}

static CoRc
eval_first(CoParamNlp *nlp)
{
	const CoNlp *all = nlp->all;
	CoRc		rc = all->eval(all->self, nlp->at,
							   CO_WANT_F | CO_WANT_C | CO_WANT_GRAD | CO_WANT_JAC, &nlp->value);

	if (rc && rc != CO_NOT_FINITE)
		return rc;
	nlp->f = nlp->value.f;
	for (int j = 0; j < nlp->n; j++)
		nlp->grad[j] = nlp->value.grad[nlp->var[j]];
	for (int k = 0; k < nlp->np; k++)
		nlp->grad_p[k] = nlp->value.grad[nlp->param[k]];
	pick(&nlp->jac, nlp->jac_from, nlp->value.jac);
	pick(&nlp->jac_p, nlp->jac_p_from, nlp->value.jac);
	return CO_OK;
}

CoRc
co_param_eval(CoParamNlp *nlp, const double *x, const double *p, const double *y)
{
	CoRc		rc = co_param_set_bounds(nlp, p);

	if (rc)
		return rc;
	set_point(nlp, x, p);
	/* The differences use the same arrays, so second derivatives come first. */
	if ((rc = eval_second(nlp, y)) || (rc = eval_first(nlp)))
		return rc;
	if (!isfinite(nlp->f) || !co_all_finite(nlp->m, nlp->c) || !co_all_finite(nlp->n, nlp->grad) ||
		!co_all_finite(co_csc_nnz(&nlp->jac), nlp->jac.value) ||
		!co_all_finite(co_csc_nnz(&nlp->hess), nlp->hess.value))
		return CO_NOT_FINITE;
	return CO_OK;
}

CoRc
co_param_values(CoParamNlp *nlp, const double *x, const double *p)
{
	CoRc		rc = co_param_set_bounds(nlp, p);

	if (rc)
		return rc;
	set_point(nlp, x, p);
	rc = nlp->all->eval(nlp->all->self, nlp->at, CO_WANT_F | CO_WANT_C, &nlp->value);
	nlp->f = nlp->value.f;
	return rc;
}

void
co_param_lagrangian(const CoParamNlp *nlp, const double *y, double *out)
{
	co_copy(nlp->n, nlp->grad, out);
	co_csc_tmul_add(&nlp->jac, 1.0, y, out);
}
