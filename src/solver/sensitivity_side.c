/*-------------------------------------------------------------------------
 *
 * solver/sensitivity_side.c
 *	  One-sided derivatives and the first-order answer for other parameters:
 *	  both are solutions of quadratic programs.
 *
 * In a direction dp the solution moves along the d that solves
 *
 *		minimize	1/2 d'W d + (L_xp dp)'d
 *		subject to	a_i d + c_ip dp = 0		of active i with a multiplier,
 *					the same >= 0 or <= 0	of the other active i,
 *					d_j - b_jp dp = 0, >= 0 or <= 0		of active bounds b_j(p),
 *
 * and the QP's multipliers are the derivatives of the problem's [J84].  Where
 * the gradients a_i depend on each other there are many multipliers, and those
 * count that solve the dual of
 *
 *		minimize	f_x d + f_p dp	subject to	a_i d + c_ip dp = 0, >= 0 or <= 0
 *
 * of all active i; its value is the derivative of the optimal value [RD95].
 *
 *-------------------------------------------------------------------------
 */
#include "solver/sensitivity.h"

#include "base/vec.h"

/* Multipliers of the linear program below this, relative, are zeros. */
#define ZERO_MULTIPLIER	1e-8

/* Multipliers that differ by this, relative, are two. */
#define JUMPS			1e-6

/*
 * W need not be convex but where the equations allow to move: squares of them
 * are added, times these weights, until it is.
 */
static const double convex_weight[] = {0.0, 1.0, 1e2, 1e4, 1e6};

/* Half the sides of a box around 0, times the size of the right-hand sides. */
static const double box[] = {1e3, 1e6};

typedef struct SideQp
{
	CoQp		qp;
	int		   *row;			/* [qp.m] row of the problem */
	double	   *target;			/* [qp.m] what the row is on, where it counts
								 * as an equation; else NaN */
	CoSolution	sol;
} SideQp;

/* The rows of jac that are listed, in this order. */
static CoRc
select_rows(CoArena *arena, const CoCsc *jac, int m, const int *row, CoCsc *out)
{
	int		   *place = co_sensitivity_places(arena, jac->nrow, m, row, 0);
	int			nnz = 0;

	*out = (CoCsc) {.nrow = m, .ncol = jac->ncol};
	out->start = co_take_ints(arena, (size_t) jac->ncol + 1);
	out->index = co_take_ints(arena, (size_t) co_csc_nnz(jac));
	out->value = co_take_doubles(arena, (size_t) co_csc_nnz(jac));
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	for (int j = 0; j < jac->ncol; j++)
	{
		out->start[j] = nnz;
		for (int e = jac->start[j]; e < jac->start[j + 1]; e++)
			if (place[jac->index[e]] >= 0)
			{
				out->index[nnz] = place[jac->index[e]];
				out->value[nnz++] = jac->value[e];
			}
	}
	out->start[jac->ncol] = nnz;
	return CO_OK;
}

/* A QP over all variables and the m rows listed; bounds and c are the caller's. */
static CoRc
begin_qp(CoSensitivity *s, int m, const int *row, bool has_hess, SideQp *out)
{
	CoArena    *arena = s->arena;
	CoQp	   *qp = &out->qp;
	size_t		n = (size_t) s->nlp->n;
	CoRc		rc = CO_OK;

	memset(out, 0, sizeof *out);
	qp->n = s->nlp->n;
	qp->m = m;
	qp->c = co_take_zero_doubles(arena, n);
	qp->xl = co_take_doubles(arena, n);
	qp->xu = co_take_doubles(arena, n);
	qp->cl = co_take_doubles(arena, (size_t) m);
	qp->cu = co_take_doubles(arena, (size_t) m);
	out->target = co_take_doubles(arena, (size_t) m);
	out->row = co_take_ints(arena, (size_t) m);
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	memcpy(out->row, row, (size_t) m * sizeof(int));
	co_fill(m, NAN, out->target);
	if (has_hess)
		rc = co_csc_copy(arena, &s->nlp->hess, &qp->p);
	else
		rc = co_csc_from_triplets(arena, qp->n, qp->n, 0, NULL, NULL, NULL, &qp->p);
	return rc ? rc : select_rows(arena, &s->nlp->jac, m, row, &qp->a);
}

/*
 * What side an active row or variable may move to, whose sides move by at_lower
 * and at_upper: [0, 0], [0, inf), (-inf, 0] where they rest.
 */
static void
set_cone(int side, bool is_weak, double at_lower, double at_upper, double *lower, double *upper)
{
	double		at = side == CO_SIDE_LOWER ? at_lower : at_upper;

	*lower = side == CO_SIDE_NONE || (is_weak && side == CO_SIDE_UPPER) ? -INFINITY : at;
	*upper = side == CO_SIDE_NONE || (is_weak && side == CO_SIDE_LOWER) ? INFINITY : at;
}

/*--------------------------------------------------------------------------
 * Convexity
 *--------------------------------------------------------------------------
 */

typedef struct Entries
{
	size_t		n;
	int		   *row,
			   *col;
	double	   *value;
} Entries;

static void
add_entry(Entries *list, int i, int j, double value)
{
	list->row[list->n] = i > j ? i : j;
	list->col[list->n] = i > j ? j : i;
	list->value[list->n++] = value;
}

/* Entries of P and of the squares of the rows that have a target. */
static size_t
count_squares(const SideQp *side, const CoCsc *by_row)
{
	size_t		n = (size_t) co_csc_nnz(&side->qp.p);

	for (int k = 0; k < side->qp.m; k++)
	{
		size_t		length = (size_t) co_csc_length(by_row, k);

		if (!isnan(side->target[k]))
			n += length * (length + 1) / 2;
	}
	return n;
}

static void
list_squares(const SideQp *side, const CoCsc *by_row, double weight, Entries *list, double *c)
{
	const CoCsc *p = &side->qp.p;

	for (int j = 0; j < p->ncol && co_csc_nnz(p) > 0; j++)
		for (int e = p->start[j]; e < p->start[j + 1]; e++)
			add_entry(list, p->index[e], j, p->value[e]);
	for (int k = 0; k < side->qp.m; k++)
	{
		if (isnan(side->target[k]))
			continue;
		for (int e = by_row->start[k]; e < by_row->start[k + 1]; e++)
		{
			c[by_row->index[e]] -= weight * side->target[k] * by_row->value[e];
			for (int f = by_row->start[k]; f <= e; f++)
				add_entry(list, by_row->index[e], by_row->index[f],
						  weight * by_row->value[e] * by_row->value[f]);
		}
	}
}

/* qp + weight/2 sum (a_k d - target_k)^2 */
static CoRc
add_squares(CoArena *arena, const SideQp *side, double weight, CoQp *out)
{
	CoCsc		by_row;
	Entries		list = {0};
	size_t		room;
	CoRc		rc = co_csc_transpose(arena, &side->qp.a, &by_row);

	if (rc)
		return rc;
	room = count_squares(side, &by_row);
	list.row = co_take_ints(arena, room);
	list.col = co_take_ints(arena, room);
	list.value = co_take_doubles(arena, room);
	*out = side->qp;
	out->c = co_take_doubles(arena, (size_t) out->n);
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	co_copy(out->n, side->qp.c, out->c);
	list_squares(side, &by_row, weight, &list, out->c);
	return co_csc_from_triplets(arena, out->n, out->n, list.n, list.row, list.col, list.value,
								&out->p);
}

/* max |P|, over the largest square of a row: the weights' unit. */
static double
weight_unit(const SideQp *side)
{
	double		p = co_norm_inf(co_csc_nnz(&side->qp.p), side->qp.p.value);
	double		a = co_norm_inf(co_csc_nnz(&side->qp.a), side->qp.a.value);

	return (p > 0.0 ? p : 1.0) / (a > 0.0 ? a * a : 1.0);
}

/* The multipliers of what was added are zero: its rows are on their targets. */
static CoRc
solve_qp(CoSensitivity *s, SideQp *side)
{
	CoOptions	options;
	CoRc		rc = CO_NOT_CONVEX;

	co_options_default(&options);
	for (int t = 0; t < (int) (sizeof convex_weight / sizeof *convex_weight); t++)
	{
		CoQp		qp = side->qp;

		if (t > 0)
		{
			rc = add_squares(s->arena, side, convex_weight[t] * weight_unit(side), &qp);
			if (rc)
				return rc;
		}
		rc = co_qp_solve(s->arena, &qp, &options, NULL, &side->sol);
		if (rc != CO_NOT_CONVEX)
			return rc;
	}
	memset(&side->sol, 0, sizeof side->sol);
	side->sol.status = CO_FAILED;
	return CO_OK;
}

static bool
is_solved(const SideQp *side)
{
	return side->sol.status == CO_OPTIMAL || side->sol.status == CO_ACCEPTABLE;
}

/*--------------------------------------------------------------------------
 * One-sided derivatives
 *--------------------------------------------------------------------------
 */

typedef struct SideWork
{
	CoSensitivity *s;
	const CoDirection *direction;
	int			sign;
	double	   *lp;				/* [n] sign * L_xp dp */
	double	   *cp;				/* [m] sign * A_p dp */
	double		fp;				/* sign * f_p dp */
	double	   *lower,			/* [n] sign * b_p dp of the bounds */
			   *upper;			/* [n] */
	bool	   *row_weak,		/* [m] with the multipliers that count */
			   *var_weak;		/* [n] */
	double	   *y,				/* [m] those */
			   *z;				/* [n] */
} SideWork;

static CoRc
take_work(SideWork *w)
{
	CoArena    *arena = w->s->arena;
	size_t		n = (size_t) w->s->nlp->n,
				m = (size_t) w->s->nlp->m;

	w->lp = co_take_doubles(arena, n);
	w->cp = co_take_doubles(arena, m);
	w->lower = co_take_doubles(arena, n);
	w->upper = co_take_doubles(arena, n);
	w->row_weak = co_take(arena, m, sizeof(bool));
	w->var_weak = co_take(arena, n, sizeof(bool));
	w->y = co_take_doubles(arena, m);
	w->z = co_take_doubles(arena, n);
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	for (int i = 0; i < w->s->nlp->m; i++)
		w->row_weak[i] = w->s->row[i].weak;
	for (int j = 0; j < w->s->nlp->n; j++)
		w->var_weak[j] = w->s->var[j].weak;
	co_copy(w->s->nlp->m, w->s->y, w->y);
	co_copy(w->s->nlp->n, w->s->z, w->z);
	return CO_OK;
}

/* The direction's columns, of the matrices as they were evaluated last. */
static void
set_columns(SideWork *w)
{
	const CoParamNlp *nlp = w->s->nlp;

	co_fill(nlp->n, 0.0, w->lp);
	co_fill(nlp->m, 0.0, w->cp);
	w->fp = 0.0;
	for (int t = 0; t < w->direction->n; t++)
	{
		int			k = w->direction->param[t];
		double		alpha = w->sign * w->direction->weight[t];

		for (int e = nlp->hess_p.start[k]; e < nlp->hess_p.start[k + 1]; e++)
			w->lp[nlp->hess_p.index[e]] += alpha * nlp->hess_p.value[e];
		for (int e = nlp->jac_p.start[k]; e < nlp->jac_p.start[k + 1]; e++)
			w->cp[nlp->jac_p.index[e]] += alpha * nlp->jac_p.value[e];
		w->fp += alpha * nlp->grad_p[k];
	}
	co_sensitivity_bound_rates(w->s, w->direction, w->sign, w->lower, w->upper);
}

/* The bounds' part of L_p dp. */
static double
worth_of_bounds(const SideWork *w)
{
	const CoSensitivity *s = w->s;
	double		sum = 0.0;

	for (int j = 0; j < s->nlp->n; j++)
		if (s->z[j] != 0.0)
			sum -= s->z[j] * (s->z[j] > 0.0 ? w->upper[j] : w->lower[j]);
	return sum;
}

/* Bounds that were equal: between them, or on the one that has the multiplier. */
static void
set_parting_cone(const SideWork *w, int j, bool is_weak, double *lower, double *upper)
{
	*lower = w->lower[j];
	*upper = w->upper[j];
	if (is_weak || *lower > *upper)
		return;
	if (w->z[j] > 0.0)
		*lower = *upper;
	else
		*upper = *lower;
}

/* Where rows and variables may go; weak: all but equalities are free to leave. */
static void
set_cones(const SideWork *w, SideQp *side, bool all_weak)
{
	const CoSensitivity *s = w->s;

	for (int j = 0; j < s->nlp->n; j++)
		if (s->var[j].parts)
			set_parting_cone(w, j, all_weak || fabs(w->z[j]) <= ZERO_MULTIPLIER * s->dual_size,
							 &side->qp.xl[j], &side->qp.xu[j]);
		else
			set_cone(s->var[j].side, s->var[j].side != CO_SIDE_BOTH && (all_weak || w->var_weak[j]),
					 w->lower[j], w->upper[j], &side->qp.xl[j], &side->qp.xu[j]);
	for (int k = 0; k < side->qp.m; k++)
	{
		int			i = side->row[k];
		bool		is_weak = s->row[i].side != CO_SIDE_BOTH && (all_weak || w->row_weak[i]);

		set_cone(s->row[i].side, is_weak, 0.0, 0.0, &side->qp.cl[k], &side->qp.cu[k]);
		side->qp.cl[k] -= w->cp[i];
		side->qp.cu[k] -= w->cp[i];
		if (!is_weak)
			side->target[k] = -w->cp[i];
	}
}

/*
 * The linear program has a solution, but its gradient's rounding may make it
 * unbounded along a free variable: then it is solved in a box.
 */
static CoRc
solve_bounded(CoSensitivity *s, SideQp *side)
{
	double		size = 1.0;
	CoRc		rc = solve_qp(s, side);

	for (int k = 0; k < side->qp.m; k++)
		if (isfinite(side->qp.cl[k]))
			size = co_max(size, fabs(side->qp.cl[k]));
	for (int j = 0; j < side->qp.n; j++)
		if (isfinite(side->qp.xl[j]) || isfinite(side->qp.xu[j]))
			size = co_max(size, fabs(isfinite(side->qp.xl[j]) ? side->qp.xl[j] : side->qp.xu[j]));
	for (int t = 0; t < (int) (sizeof box / sizeof *box) && !rc; t++)
	{
		if (is_solved(side) || side->sol.status == CO_INFEASIBLE)
			break;
		for (int j = 0; j < side->qp.n; j++)
		{
			if (side->qp.xl[j] <= -box[0] * size)
				side->qp.xl[j] = -box[t] * size;
			if (side->qp.xu[j] >= box[0] * size)
				side->qp.xu[j] = box[t] * size;
		}
		rc = solve_qp(s, side);
		/* Too small a box is no proof. */
		if (!rc && side->sol.status == CO_INFEASIBLE)
			side->sol.status = CO_FAILED;
	}
	return rc;
}

/* The multipliers that count in this direction, and the derivative of f. */
static CoRc
choose_multipliers(SideWork *w, CoTangent *out, CoSideVerdict *verdict)
{
	CoSensitivity *s = w->s;
	SideQp		side;
	double		zero;
	CoRc		rc = begin_qp(s, s->n_active, s->active_row, false, &side);

	if (rc)
		return rc;
	co_copy(s->nlp->n, s->nlp->grad, side.qp.c);
	set_cones(w, &side, true);
	rc = solve_bounded(s, &side);
	if (rc)
		return rc;
	if (!is_solved(&side))
	{
		*verdict = side.sol.status == CO_INFEASIBLE ? CO_NO_SOLUTION : CO_NO_DERIVATIVE;
		return CO_OK;
	}
	out->f = w->sign * (w->fp + co_dot(s->nlp->n, s->nlp->grad, side.sol.point.x));
	co_fill(s->nlp->m, 0.0, w->y);
	for (int k = 0; k < side.qp.m; k++)
		w->y[side.row[k]] = side.sol.point.y[k];
	co_copy(s->nlp->n, side.sol.point.z, w->z);
	zero = ZERO_MULTIPLIER * s->dual_size;
	for (int i = 0; i < s->nlp->m; i++)
		w->row_weak[i] = fabs(w->y[i]) <= zero;
	for (int j = 0; j < s->nlp->n; j++)
		w->var_weak[j] = fabs(w->z[j]) <= zero;
	*verdict = CO_DIRECTIONAL;
	return co_param_eval(s->nlp, s->x, s->p, w->y);
}

static bool
differs(const CoSensitivity *s, double a, double b)
{
	return !(fabs(a - b) <= JUMPS * co_max(s->dual_size, fabs(b)));
}

/* A multiplier that is another one in this direction has no derivative. */
static void
mark_jumps(const SideWork *w, CoTangent *out, CoSideVerdict *verdict)
{
	const CoSensitivity *s = w->s;

	for (int i = 0; i < s->nlp->m; i++)
		if (differs(s, w->y[i], s->y[i]))
		{
			out->y[i] = NAN;
			*verdict = CO_DIRECTIONAL_X;
		}
	for (int j = 0; j < s->nlp->n; j++)
		if (differs(s, w->z[j], s->z[j]))
		{
			out->z[j] = NAN;
			*verdict = CO_DIRECTIONAL_X;
		}
}

static void
take_solution(const SideWork *w, const SideQp *side, CoTangent *out)
{
	const CoSensitivity *s = w->s;
	double		sign = w->sign;

	for (int j = 0; j < s->nlp->n; j++)
	{
		out->x[j] = sign * side->sol.point.x[j];
		out->z[j] = s->var[j].side == CO_SIDE_NONE ? 0.0 : sign * side->sol.point.z[j];
	}
	co_fill(s->nlp->m, 0.0, out->y);
	for (int k = 0; k < side->qp.m; k++)
		out->y[side->row[k]] = sign * side->sol.point.y[k];
}

static CoRc
solve_side(SideWork *w, CoTangent *out, CoSideVerdict *verdict)
{
	CoSensitivity *s = w->s;
	SideQp		side;
	CoRc		rc = begin_qp(s, s->n_active, s->active_row, true, &side);

	if (rc)
		return rc;
	set_columns(w);
	co_copy(s->nlp->n, w->lp, side.qp.c);
	set_cones(w, &side, false);
	rc = solve_qp(s, &side);
	if (rc)
		return rc;
	*verdict = CO_DIRECTIONAL;
	if (is_solved(&side))
		take_solution(w, &side, out);
	else
		*verdict = side.sol.status == CO_INFEASIBLE ? CO_NO_SOLUTION :
			s->n_dependent > 0 ? CO_DIRECTIONAL_F : CO_NO_DERIVATIVE;
	return CO_OK;
}

static void
set_nothing(const CoParamNlp *nlp, CoSideVerdict verdict, CoTangent *out)
{
	co_fill(nlp->n, NAN, out->x);
	co_fill(nlp->m, NAN, out->y);
	co_fill(nlp->n, NAN, out->z);
	if (verdict != CO_DIRECTIONAL_F)
		out->f = NAN;
}

static CoRc
find_side(CoSensitivity *s, const CoDirection *direction, int sign, bool with_jumps,
		  CoTangent *out, CoSideVerdict *verdict)
{
	SideWork	w = {.s = s, .direction = direction, .sign = sign};
	CoMark		mark = co_mark(s->arena);
	CoRc		rc = take_work(&w);

	out->error = 0.0;
	*verdict = CO_DIRECTIONAL;
	if (!rc)
	{
		set_columns(&w);
		out->f = sign * (w.fp + co_dot(s->nlp->m, w.cp, s->y) + worth_of_bounds(&w));
		if (!isfinite(out->f) || !co_all_finite(s->nlp->n, w.lp) || !co_all_finite(s->nlp->m, w.cp) ||
			!co_all_finite(s->nlp->n, w.lower) || !co_all_finite(s->nlp->n, w.upper))
			*verdict = CO_NO_DERIVATIVE;
		else if (s->n_dependent > 0)
			rc = choose_multipliers(&w, out, verdict);
	}
	if (!rc && *verdict == CO_DIRECTIONAL)
		rc = solve_side(&w, out, verdict);
	if (!rc && *verdict == CO_DIRECTIONAL && with_jumps)
		mark_jumps(&w, out, verdict);
	if (!rc && *verdict > CO_DIRECTIONAL_X)
		set_nothing(s->nlp, *verdict, out);
	if (!rc && s->n_dependent > 0)
		rc = co_param_eval(s->nlp, s->x, s->p, s->y);
	co_rewind(s->arena, mark);
	return rc;
}

CoRc
co_sensitivity_side(CoSensitivity *s, const CoDirection *direction, int sign,
					CoTangent *out, CoSideVerdict *verdict)
{
	return find_side(s, direction, sign, true, out, verdict);
}

CoRc
co_sensitivity_move(CoSensitivity *s, const CoDirection *direction, int sign,
					CoTangent *out, CoSideVerdict *verdict)
{
	return find_side(s, direction, sign, false, out, verdict);
}

/*--------------------------------------------------------------------------
 * Prediction
 *--------------------------------------------------------------------------
 */

/* All sides, to first order, at x + d and p + dp. */
static void
set_sides(const SideWork *w, SideQp *side)
{
	const CoSensitivity *s = w->s;
	const CoParamNlp *nlp = s->nlp;

	for (int j = 0; j < nlp->n; j++)
	{
		side->qp.xl[j] = nlp->xl[j] - s->x[j];
		side->qp.xu[j] = nlp->xu[j] - s->x[j];
		side->qp.c[j] = nlp->grad[j] + w->lp[j];
	}
	for (int i = 0; i < nlp->m; i++)
	{
		double		moved = nlp->c[i] + w->cp[i];

		side->qp.cl[i] = nlp->cl[i] - moved;
		side->qp.cu[i] = nlp->cu[i] - moved;
		if (s->row[i].side != CO_SIDE_NONE && !s->row[i].weak)
			side->target[i] = s->row[i].side == CO_SIDE_LOWER ? side->qp.cl[i] : side->qp.cu[i];
	}
}

/* f at the new point. */
static CoRc
set_predicted(CoSensitivity *s, const SideQp *side, const double *p, CoTangent *out)
{
	CoParamNlp *nlp = s->nlp;
	CoRc		rc;

	for (int j = 0; j < nlp->n; j++)
	{
		out->x[j] = co_clamp(s->x[j] + side->sol.point.x[j], nlp->xl[j], nlp->xu[j]);
		out->z[j] = side->sol.point.z[j];
	}
	co_copy(nlp->m, side->sol.point.y, out->y);
	rc = co_param_values(nlp, out->x, p);
	out->f = nlp->f;
	return rc == CO_NOT_FINITE ? CO_OK : rc;
}

/* The QP at p, whose bounds nlp has. */
static CoRc
solve_predicted(SideWork *w, const int *rows, const double *p, CoTangent *out, bool *found)
{
	CoSensitivity *s = w->s;
	const CoParamNlp *nlp = s->nlp;
	SideQp		side;
	CoRc		rc = begin_qp(s, nlp->m, rows, true, &side);

	if (rc || !co_all_finite(nlp->n, w->lp) || !co_all_finite(nlp->m, w->cp))
		return rc;
	set_sides(w, &side);
	rc = solve_qp(s, &side);
	*found = !rc && is_solved(&side);
	return *found ? set_predicted(s, &side, p, out) : rc;
}

/* Bounds are what they are at p + dp; afterwards all is that of the solution again. */
CoRc
co_sensitivity_predict(CoSensitivity *s, const double *dp, CoTangent *out, bool *found)
{
	CoParamNlp *nlp = s->nlp;
	CoMark		mark = co_mark(s->arena);
	int		   *all = co_take_ints(s->arena, (size_t) co_max(nlp->m, nlp->np));
	double	   *p = co_take_doubles(s->arena, (size_t) nlp->np);
	CoDirection direction = {nlp->np, all, dp};
	SideWork	w = {.s = s, .direction = &direction, .sign = 1};
	CoRc		rc = take_work(&w);
	CoRc		back;

	*found = false;
	for (int i = 0; !rc && (i < nlp->m || i < nlp->np); i++)
		all[i] = i;
	for (int k = 0; !rc && k < nlp->np; k++)
		p[k] = s->p[k] + dp[k];
	if (rc)
		return rc;
	set_columns(&w);
	rc = co_param_set_bounds(nlp, p);
	if (!rc)
		rc = solve_predicted(&w, all, p, out, found);
	back = co_param_values(nlp, s->x, s->p);
	co_rewind(s->arena, mark);
	return rc && rc != CO_NOT_FINITE ? rc : back;
}
