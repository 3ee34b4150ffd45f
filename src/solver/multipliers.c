/*-------------------------------------------------------------------------
 *
 * solver/multipliers.c
 *	  Least-squares multipliers with signs: a convex QP in the multipliers w
 *	  of the active sides and the leftover r of the gradient,
 *
 *		minimize	1/2 r'r
 *		subject to	r - B w = g,	w >= 0 on upper sides, <= 0 on lower ones,
 *
 * B the columns of J' and of the identity that belong to w, g the gradient with
 * the multipliers that are given.  [NW06, section 18.3] has it without signs.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/multipliers.h"

#include "base/vec.h"

typedef struct Fit
{
	CoArena    *arena;
	const CoNlp *nlp;
	int			n_open;
	int		   *row_col,		/* [m] column of w, -1: none */
			   *var_col;		/* [n] */
	double	   *low,
			   *high;			/* [m + n] of w */
} Fit;

/* Which signs the multiplier of t may have; false: only 0. */
static bool
find_signs(double t, double lower, double upper, double near, double *low, double *high)
{
	bool		at_lower = isfinite(lower) && t - lower <= near * co_max(1.0, fabs(lower)),
				at_upper = isfinite(upper) && upper - t <= near * co_max(1.0, fabs(upper));

	*low = at_lower ? -INFINITY : 0.0;
	*high = at_upper ? INFINITY : 0.0;
	return at_lower || at_upper;
}

static CoRc
choose_columns(Fit *fit, const double *x, const CoNlpValue *at, double near,
			   const uint8_t *row_open, const uint8_t *var_open)
{
	const CoNlp *nlp = fit->nlp;
	size_t		n = (size_t) nlp->n,
				m = (size_t) nlp->m;

	fit->row_col = co_take_ints(fit->arena, m);
	fit->var_col = co_take_ints(fit->arena, n);
	fit->low = co_take_doubles(fit->arena, m + n);
	fit->high = co_take_doubles(fit->arena, m + n);
	if (co_arena_failed(fit->arena))
		return co_arena_failed(fit->arena);
	for (int i = 0; i < nlp->m; i++)
		fit->row_col[i] = row_open[i] && find_signs(at->c[i], nlp->cl[i], nlp->cu[i], near,
													fit->low + fit->n_open, fit->high + fit->n_open) ?
			fit->n_open++ : -1;
	for (int j = 0; j < nlp->n; j++)
		fit->var_col[j] = var_open[j] && find_signs(x[j], nlp->xl[j], nlp->xu[j], near,
													fit->low + fit->n_open, fit->high + fit->n_open) ?
			fit->n_open++ : -1;
	return CO_OK;
}

/* r, then w; rows are the variables of nlp. */
static CoRc
build_matrix(Fit *fit, const double *jac, CoCsc *a)
{
	const CoNlp *nlp = fit->nlp;
	size_t		room = 2 * (size_t) nlp->n + (size_t) co_csc_nnz(&nlp->jac),
				at = 0;
	int		   *row = co_take_ints(fit->arena, room),
			   *col = co_take_ints(fit->arena, room);
	double	   *value = co_take_doubles(fit->arena, room);

	if (co_arena_failed(fit->arena))
		return co_arena_failed(fit->arena);
	for (int j = 0; j < nlp->n; j++)
	{
		row[at] = col[at] = j;
		value[at++] = 1.0;
		if (fit->var_col[j] >= 0)
		{
			row[at] = j;
			col[at] = nlp->n + fit->var_col[j];
			value[at++] = -1.0;
		}
		for (int k = nlp->jac.start[j]; k < nlp->jac.start[j + 1]; k++)
			if (fit->row_col[nlp->jac.index[k]] >= 0)
			{
				row[at] = j;
				col[at] = nlp->n + fit->row_col[nlp->jac.index[k]];
				value[at++] = -jac[k];
			}
	}
	return co_csc_from_triplets(fit->arena, nlp->n, nlp->n + fit->n_open, at, row, col, value, a);
}

static CoRc
build_qp(Fit *fit, const double *jac, const double *g, CoQp *qp)
{
	CoArena    *arena = fit->arena;
	int			n = fit->nlp->n,
				all = n + fit->n_open;
	CoRc		rc;

	memset(qp, 0, sizeof *qp);
	qp->n = all;
	qp->m = n;
	qp->c = co_take_zero_doubles(arena, (size_t) all);
	qp->xl = co_take_doubles(arena, (size_t) all);
	qp->xu = co_take_doubles(arena, (size_t) all);
	qp->cl = co_take_doubles(arena, (size_t) n);
	qp->cu = co_take_doubles(arena, (size_t) n);
	qp->p = (CoCsc) {all, all, co_take_ints(arena, (size_t) all + 1),
	co_take_ints(arena, (size_t) n), co_take_doubles(arena, (size_t) n)};
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	for (int k = 0; k <= all; k++)
		qp->p.start[k] = k < n ? k : n;
	for (int j = 0; j < n; j++)
	{
		qp->p.index[j] = j;
		qp->p.value[j] = 1.0;
		qp->xl[j] = -INFINITY;
		qp->xu[j] = INFINITY;
	}
	co_copy(n, g, qp->cl);
	co_copy(n, g, qp->cu);
	co_copy(fit->n_open, fit->low, qp->xl + n);
	co_copy(fit->n_open, fit->high, qp->xu + n);
	rc = build_matrix(fit, jac, &qp->a);
	return rc;
}

/* grad f + J'y + z with the multipliers that are given */
static CoRc
find_gradient(CoArena *arena, const CoNlp *nlp, const CoNlpValue *at, const double *y,
			  const double *z, double **g)
{
	CoCsc		jac = nlp->jac;

	*g = co_take_doubles(arena, (size_t) nlp->n);
	if (!*g)
		return co_arena_failed(arena);
	jac.value = at->jac;
	for (int j = 0; j < nlp->n; j++)
		(*g)[j] = at->grad[j] + z[j];
	co_csc_tmul_add(&jac, 1.0, y, *g);
	return CO_OK;
}

static CoRc
solve_fit(Fit *fit, const CoNlpValue *at, double *y, double *z, bool *solved)
{
	CoArena    *arena = fit->arena;
	double		deadline = arena->deadline;
	CoOptions	options;
	CoSolution	sol;
	CoQp		qp;
	double	   *g;
	CoRc		rc = find_gradient(arena, fit->nlp, at, y, z, &g);

	if (!rc)
		rc = build_qp(fit, at->jac, g, &qp);
	if (rc)
		return rc;
	co_options_default(&options);
	rc = co_qp_solve(arena, &qp, &options, NULL, &sol);
	arena->deadline = deadline;
	if (rc)
		return rc;
	*solved = sol.status == CO_OPTIMAL || sol.status == CO_ACCEPTABLE;
	for (int i = 0; i < fit->nlp->m && *solved; i++)
		if (fit->row_col[i] >= 0)
			y[i] = sol.point.x[fit->nlp->n + fit->row_col[i]];
	for (int j = 0; j < fit->nlp->n && *solved; j++)
		if (fit->var_col[j] >= 0)
			z[j] = sol.point.x[fit->nlp->n + fit->var_col[j]];
	return CO_OK;
}

CoRc
co_fit_multipliers(CoArena *arena, const CoNlp *nlp, const double *x, const CoNlpValue *at,
				   double near, const uint8_t *row_open, const uint8_t *var_open, double *y,
				   double *z, bool *solved)
{
	CoMark		mark = co_mark(arena);
	Fit			fit = {.arena = arena, .nlp = nlp};
	CoRc		rc;

	*solved = true;
	for (int i = 0; i < nlp->m; i++)
		if (row_open[i])
			y[i] = 0.0;
	for (int j = 0; j < nlp->n; j++)
		if (var_open[j])
			z[j] = 0.0;
	rc = choose_columns(&fit, x, at, near, row_open, var_open);
	if (!rc && fit.n_open > 0)
		rc = solve_fit(&fit, at, y, z, solved);
	if (co_arena_failed(arena) == CO_OK)
		co_rewind(arena, mark);
	return rc;
}
