/*-------------------------------------------------------------------------
 *
 * solver/sensitivity_degenerate.c
 *	  How far a parameter may move before the active set changes, where the
 *	  gradients of the active constraints depend on each other.
 *
 * There the multipliers of the solution, and with them its derivatives, are a
 * choice: a basis of a degenerate vertex has ranges that say little of the
 * solution [JdJR97].  What does not depend on a choice is asked: x moves along
 * the one-sided derivative, and ends where another constraint binds or, at
 * once, where an active one is left; and on the way it stays a solution while
 * there are multipliers of the right signs at all, until
 *
 *		max t	of	A'y + z = - grad f - t q,	side_i y_i >= 0,  side_j z_j >= 0
 *
 * of active i and j, with q = W dx + L_xp dp = - A'dy - dz of the QP that dx
 * solves.
 *
 * [JdJR97] Jansen, de Jong, Roos, Terlaky, "Sensitivity analysis in linear
 * programming: just be careful!", Eur. J. Oper. Res. 101 (1997) 15-28.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/sensitivity.h"

#include "base/vec.h"

/* Multipliers of the linear program below this, relative, are zeros; as in sensitivity_side.c. */
#define ZERO_MULTIPLIER	1e-8

/* Parts of a QP's solution below this, relative to the largest, are zeros. */
#define ZERO_PART		1e-9

/* Prices that differ by less, relative, are one. */
#define TIE				1e-6

/* A change this small, relative, is none. */
#define ROUNDING		1e-13

typedef struct Stay				/* columns of the program */
{
	CoSensitivity *s;
	int			n_var;			/* active bounds */
	int		   *var;			/* [n] them */
	CoQp		qp;				/* t, y of active rows, z of active bounds */
	CoSolution	sol;
} Stay;

/* Parts of x that are zeros, also where all are: those that move size by rounding at most. */
static void
drop_rounding(int n, double size, double *x)
{
	double		zero = co_max(ZERO_PART * co_norm_inf(n, x), ROUNDING * size);

	for (int j = 0; j < n; j++)
		if (fabs(x[j]) <= zero)
			x[j] = 0.0;
}

/* What a rate is multiplied by when the parameters change by their sizes. */
static double
change_of(const CoSensitivity *s, const CoDirection *direction)
{
	double		change = INFINITY;

	for (int t = 0; t < direction->n; t++)
		if (direction->weight[t] != 0.0)
			change = co_min(change, co_max(1.0, fabs(s->p[direction->param[t]])) / fabs(direction->weight[t]));
	return isfinite(change) ? change : 1.0;
}

static void
set_sign(int side, double *lower, double *upper)
{
	*lower = side == CO_SIDE_UPPER ? 0.0 : -INFINITY;
	*upper = side == CO_SIDE_LOWER ? 0.0 : INFINITY;
}

/* q, scaled to 1; scale: 0 where it vanishes, and the multipliers need not move. */
static CoRc
find_drift(const CoSensitivity *s, int sign, const CoTangent *tangent, double **out, double *scale)
{
	const CoParamNlp *nlp = s->nlp;
	double	   *q = co_take_doubles(s->arena, (size_t) nlp->n);

	if (!q)
		return co_arena_failed(s->arena);
	for (int j = 0; j < nlp->n; j++)
		q[j] = -sign * tangent->z[j];
	co_csc_tmul_add(&nlp->jac, -sign, tangent->y, q);
	*out = q;
	*scale = co_norm_inf(nlp->n, q);
	if (*scale <= ZERO_PART * co_max(co_norm_inf(nlp->m, tangent->y), co_norm_inf(nlp->n, tangent->z)))
		*scale = 0.0;
	for (int j = 0; j < nlp->n && *scale > 0.0; j++)
		q[j] /= *scale;
	return CO_OK;
}

static CoRc
fill_matrix(Stay *stay, const double *q)
{
	const CoSensitivity *s = stay->s;
	CoArena    *arena = s->arena;
	size_t		n = (size_t) s->nlp->n;
	size_t		room = 2 * n + (size_t) co_csc_nnz(&s->nlp->jac);
	int		   *row = co_take_ints(arena, room),
			   *col = co_take_ints(arena, room),
			   *place = co_sensitivity_places(arena, s->nlp->m, s->n_active, s->active_row, 1);
	double	   *value = co_take_doubles(arena, room);
	const CoCsc *jac = &s->nlp->jac;
	size_t		nnz = 0;

	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	for (int j = 0; j < s->nlp->n; j++)
	{
		row[nnz] = j;
		col[nnz] = 0;
		value[nnz++] = q[j];
		for (int e = jac->start[j]; e < jac->start[j + 1]; e++)
			if (place[jac->index[e]] >= 0)
			{
				row[nnz] = j;
				col[nnz] = place[jac->index[e]];
				value[nnz++] = jac->value[e];
			}
	}
	for (int k = 0; k < stay->n_var; k++)
	{
		row[nnz] = stay->var[k];
		col[nnz] = 1 + s->n_active + k;
		value[nnz++] = 1.0;
	}
	return co_csc_from_triplets(arena, s->nlp->n, stay->qp.n, nnz, row, col, value, &stay->qp.a);
}

/* t: farthest it is asked for */
static CoRc
begin_stay(CoSensitivity *s, const double *q, double t, Stay *stay)
{
	CoArena    *arena = s->arena;
	CoQp	   *qp = &stay->qp;
	CoRc		rc;

	*stay = (Stay) {.s = s, .var = co_take_ints(arena, (size_t) s->nlp->n)};
	for (int j = 0; stay->var && j < s->nlp->n; j++)
		if (s->var[j].side != CO_SIDE_NONE)
			stay->var[stay->n_var++] = j;
	qp->m = s->nlp->n;
	qp->n = 1 + s->n_active + stay->n_var;
	qp->c = co_take_zero_doubles(arena, (size_t) qp->n);
	qp->xl = co_take_doubles(arena, (size_t) qp->n);
	qp->xu = co_take_doubles(arena, (size_t) qp->n);
	qp->cl = co_take_doubles(arena, (size_t) qp->m);
	qp->cu = qp->cl;
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	qp->c[0] = -1.0;
	qp->xl[0] = 0.0;
	qp->xu[0] = t;
	for (int k = 0; k < s->n_active; k++)
		set_sign(s->row[s->active_row[k]].side, &qp->xl[1 + k], &qp->xu[1 + k]);
	for (int k = 0; k < stay->n_var; k++)
		set_sign(s->var[stay->var[k]].side, &qp->xl[1 + s->n_active + k], &qp->xu[1 + s->n_active + k]);
	for (int j = 0; j < qp->m; j++)
		qp->cl[j] = -s->nlp->grad[j];
	rc = co_csc_from_triplets(arena, qp->n, qp->n, 0, NULL, NULL, NULL, &qp->p);
	return rc ? rc : fill_matrix(stay, q);
}

/* Which multiplier ended it: the one at 0 that would gain most below it, of ties the first. */
static void
name_leaving(const Stay *stay, CoRange *out)
{
	const CoSensitivity *s = stay->s;
	double		most = 0.0;

	for (int k = 1; k < stay->qp.n; k++)
	{
		bool		is_row = k <= s->n_active;
		int			item = is_row ? s->active_row[k - 1] : stay->var[k - 1 - s->n_active];
		const CoStand *stand = is_row ? &s->row[item] : &s->var[item];

		if (stand->side == CO_SIDE_BOTH || fabs(stay->sol.point.z[k]) <= most * (1.0 + TIE) ||
			fabs(stay->sol.point.x[k]) > ZERO_MULTIPLIER * s->dual_size)
			continue;
		most = fabs(stay->sol.point.z[k]);
		out->event = is_row ? CO_RANGE_ROW_LEAVES : CO_RANGE_BOUND_LEAVES;
		out->item = item;
		out->side = (CoSide) stand->side;
	}
}

/* *out comes in as what x says. */
static CoRc
find_stay(CoSensitivity *s, int sign, const CoTangent *tangent, CoRange *out, bool *known)
{
	CoOptions	options;
	Stay		stay;
	double	   *q = NULL,
				scale = 0.0;
	CoRc		rc = find_drift(s, sign, tangent, &q, &scale);

	if (rc || scale == 0.0 || out->step == 0.0)
		return rc;
	co_options_default(&options);
	rc = begin_stay(s, q, out->step * scale, &stay);
	if (!rc)
		rc = co_qp_solve(s->arena, &stay.qp, &options, NULL, &stay.sol);
	if (rc || stay.sol.status == CO_UNBOUNDED)
		return rc;
	*known = stay.sol.status == CO_OPTIMAL;
	if (*known && stay.sol.point.x[0] < out->step * scale * (1.0 - ZERO_MULTIPLIER))
	{
		out->step = stay.sol.point.x[0] / scale;
		name_leaving(&stay, out);
	}
	return CO_OK;
}

/* The range of a move that there is. */
static CoRc
range_of_move(CoSensitivity *s, const CoDirection *direction, int sign, CoTangent *tangent,
			  CoRange *out, bool *known)
{
	double		change = change_of(s, direction);
	double		x_size = co_max(1.0, co_norm_inf(s->nlp->n, s->x)) / change,
				y_size = s->dual_size / change;
	CoRc		rc;

	drop_rounding(s->nlp->n, x_size, tangent->x);
	drop_rounding(s->nlp->m, y_size, tangent->y);
	drop_rounding(s->nlp->n, y_size, tangent->z);
	rc = co_sensitivity_walk_point(s, direction, tangent, sign, out);
	return rc ? rc : find_stay(s, sign, tangent, out, known);
}

CoRc
co_sensitivity_range_side(CoSensitivity *s, const CoDirection *direction, int sign,
						  CoTangent *tangent, CoRange *out, bool *known)
{
	CoMark		mark = co_mark(s->arena);
	CoSideVerdict verdict;
	CoRc		rc = co_sensitivity_move(s, direction, sign, tangent, &verdict);

	*out = (CoRange) {INFINITY, CO_RANGE_NEVER, -1, CO_SIDE_NONE};
	*known = !rc && (verdict == CO_DIRECTIONAL || verdict == CO_NO_SOLUTION);
	if (*known && verdict == CO_NO_SOLUTION)
		*out = (CoRange) {0.0, CO_RANGE_NO_SOLUTION, -1, CO_SIDE_NONE};
	else if (*known)
		rc = range_of_move(s, direction, sign, tangent, out, known);
	co_rewind(s->arena, mark);
	return rc;
}
