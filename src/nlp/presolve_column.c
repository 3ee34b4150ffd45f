/*-------------------------------------------------------------------------
 *
 * nlp/presolve_column.c
 *	  Reductions found by looking at one column: fixed, empty, singleton,
 *	  dominated.
 *
 * Only a column without P entries may be moved by an argument about costs; a
 * column with P entries may be fixed, its P column going to the costs of the
 * others.
 *
 *-------------------------------------------------------------------------
 */
#include "nlp/presolve_private.h"

#include "base/vec.h"

/*
 * A singleton column is solved for only when its coefficient is not smaller
 * than this times the largest of the row: the error of the row divided by the
 * coefficient is the error of the bound.  Same threshold as for pivots in
 * sparse elimination with a loose choice.
 */
#define PIVOT_RATIO		1e-3

/*
 * How far a reduced cost must be from zero, relative to its terms, to be
 * trusted when the multipliers will be known to 1e-9 only.
 */
#define DUAL_MARGIN		1e-7

static void
add_cost(CoPresolve *p, int j, double a, double b)
{
	co_dot2_add_product(&p->cost[j], a, b);
	p->cost_size[j] += fabs(a * b);
	co_presolve_queue_col(p, j);
}

/* Off-diagonal entries of column j in one triangle of P go to the costs. */
static void
move_triangle(CoPresolve *p, const CoCsc *triangle, int j, double value)
{
	for (int k = triangle->start[j]; k < triangle->start[j + 1]; k++)
	{
		int			i = triangle->index[k];

		if (i == j || !co_presolve_counts(triangle, k, p->col_alive))
			continue;
		add_cost(p, i, triangle->value[k], value);
		p->p_len[i]--;
	}
}

static CoRc
move_quadratic(CoPresolve *p, int j, double value)
{
	CoRc		rc;

	co_dot2_add_product(&p->c0, 0.5 * p->p_diagonal[j] * value, value);
	if (p->p_len[j] == 0)
		return CO_OK;
	if (!p->has_p_upper)
	{
		rc = co_csc_transpose(p->arena, &p->qp->p, &p->p_upper);
		if (rc)
			return rc;
		p->has_p_upper = true;
	}
	move_triangle(p, &p->qp->p, j, value);
	move_triangle(p, &p->p_upper, j, value);
	return co_presolve_tick(p, p->p_len[j]);
}

CoRc
co_presolve_fix(CoPresolve *p, int j, double value)
{
	const CoCsc *a = &p->qp->a;
	CoStep	   *step = co_presolve_push(p, CO_STEP_FIXED_COLUMN, -1, j);

	step->value = value;
	step->cost = co_presolve_cost(p, j);
	co_presolve_remove_col(p, j, !co_presolve_is_point(p->xl[j], p->xu[j]));
	co_dot2_add_product(&p->c0, step->cost, value);
	for (int k = a->start[j]; k < a->start[j + 1]; k++)
	{
		int			i = a->index[k];

		if (!co_presolve_counts(a, k, p->row_alive))
			continue;
		co_dot2_add_product(&p->shift[i], a->value[k], value);
		p->shift_size[i] += fabs(a->value[k] * value);
	}
	return move_quadratic(p, j, value);
}

/*
 * Minimizer of c x + q/2 x^2 over the bounds, the one nearest to zero where
 * all are; infinite when there is none.
 */
static double
minimize_alone(double c, double q, double lower, double upper)
{
	if (q > 0.0)
		return co_clamp(-c / q, lower, upper);
	if (c != 0.0)
		return c > 0.0 ? lower : upper;
	return co_clamp(0.0, lower, upper);
}

static CoRc
reduce_empty(CoPresolve *p, int j)
{
	double		x;

	if (p->p_len[j] > 0 || p->p_diagonal[j] < 0.0)
		return CO_OK;
	x = minimize_alone(co_presolve_cost(p, j), p->p_diagonal[j], p->xl[j], p->xu[j]);
	if (!isfinite(x))
		return p->p_diagonal[j] > 0.0 ? CO_OK :
			co_presolve_propose_unbounded(p, j, x > 0.0 ? 1.0 : -1.0);
	p->stats.n_empty_column++;
	return co_presolve_fix(p, j, x);
}

/* The extreme value of the rest of row i, without column j; may be infinite. */
static double
bound_rest(const CoPresolve *p, int i, int j, bool minimum)
{
	const CoCsc *rows = &p->rows;
	double		sum = 0.0;

	for (int k = rows->start[i]; k < rows->start[i + 1]; k++)
	{
		int			other = rows->index[k];
		double		a = rows->value[k];

		if (other != j && co_presolve_counts(rows, k, p->col_alive))
			sum += a * ((a > 0.0) == minimum ? p->xl[other] : p->xu[other]);
	}
	return sum;
}

/*
 * Row i: lower <= s + a x <= upper, x in no other row, in no product, with a
 * cost that pulls x against side b of an inequality.  When the row stops x
 * before its own bound does (for every s), the row holds with equality.
 */
static CoRc
row_stops_column(CoPresolve *p, int i, int j, double a, bool toward_upper,
				 double side, bool *stops)
{
	double		bound = (a > 0.0) == toward_upper ? p->xu[j] : p->xl[j];
	CoRc		rc;

	*stops = false;
	if (!isfinite(side))
		return CO_OK;			/* dominated, or a ray */
	if (!isfinite(bound))
	{
		*stops = true;
		return CO_OK;
	}
	rc = co_presolve_tick(p, p->rows.start[i + 1] - p->rows.start[i]);
	if (rc)
		return rc;
	if (toward_upper)
		*stops = side - bound_rest(p, i, j, true) <= a * bound;
	else
		*stops = side - bound_rest(p, i, j, false) >= a * bound;
	return CO_OK;
}

/*
 * c x = (c / a) (b - s) on an equality row: with y0 = -c / a, the cost of every
 * other variable of the row grows by y0 a[k].
 */
static CoRc
move_cost_to_row(CoPresolve *p, int i, double y0, double b)
{
	const CoCsc *rows = &p->rows;

	for (int k = rows->start[i]; k < rows->start[i + 1]; k++)
		if (co_presolve_counts(rows, k, p->col_alive))
			add_cost(p, rows->index[k], rows->value[k], y0);
	co_dot2_add_product(&p->c0, -y0, b);
	return co_presolve_tick(p, rows->start[i + 1] - rows->start[i]);
}

/*
 * Take x out of row i, which becomes
 *		lower - max(a x) <= s <= upper - min(a x).
 * A free or implied free x leaves a row that is redundant.
 */
static CoRc
absorb_slack(CoPresolve *p, int i, int j, double a, double lower, double upper,
			 bool drop_lower, bool drop_upper)
{
	double		cost = co_presolve_cost(p, j);
	double		least = a * (a > 0.0 ? p->xl[j] : p->xu[j]);
	double		most = a * (a > 0.0 ? p->xu[j] : p->xl[j]);
	CoStep	   *step = co_presolve_push(p, CO_STEP_SLACK_COLUMN, i, j);
	CoRc		rc = CO_OK;

	step->a = a;
	step->value = -cost / a;
	step->cost = cost;
	step->lower = lower;
	step->upper = upper;
	step->other_lower = p->xl[j];
	step->other_upper = p->xu[j];
	co_presolve_remove_col(p, j, true);
	if (cost != 0.0)
		rc = move_cost_to_row(p, i, step->value, lower);
	p->shift_size[i] += (isfinite(least) ? fabs(least) : 0.0) + (isfinite(most) ? fabs(most) : 0.0);
	co_presolve_set_sides(p, i, drop_lower ? -INFINITY : lower - most,
						  drop_upper ? INFINITY : upper - least);
	p->stats.n_column_singleton++;
	return rc;
}

static CoRc
reduce_singleton(CoPresolve *p, int j)
{
	const CoCsc *a = &p->qp->a;
	int			k = a->start[j];
	int			i;
	bool		toward_upper,
				stops;
	double		cost = co_presolve_cost(p, j);
	double		lower,
				upper;
	CoRc		rc;

	while (!co_presolve_counts(a, k, p->row_alive))
		k++;
	i = a->index[k];
	lower = co_presolve_lower(p, i);
	upper = co_presolve_upper(p, i);
	if (p->row_len[i] < 2 || p->row_frozen[i] ||
		fabs(a->value[k]) < PIVOT_RATIO * p->row_max[i])
		return CO_OK;
	if (cost == 0.0 || lower == upper)
		return absorb_slack(p, i, j, a->value[k], lower, upper, false, false);

	toward_upper = (cost < 0.0) == (a->value[k] > 0.0);
	rc = row_stops_column(p, i, j, a->value[k], toward_upper,
						  toward_upper ? upper : lower, &stops);
	if (rc || !stops)
		return rc;
	if (toward_upper)
		return absorb_slack(p, i, j, a->value[k], upper, upper, true, false);
	return absorb_slack(p, i, j, a->value[k], lower, lower, false, true);
}

CoRc
co_presolve_column(CoPresolve *p, int j)
{
	if (!p->col_alive[j])
		return CO_OK;
	if (co_presolve_is_point(p->xl[j], p->xu[j]))
	{
		p->stats.n_fixed++;
		return co_presolve_fix(p, j, p->xl[j]);
	}
	if (p->col_len[j] == 0)
		return reduce_empty(p, j);
	if (p->col_len[j] == 1 && co_presolve_is_linear(p, j))
		return reduce_singleton(p, j);
	return CO_OK;
}

/* What is known of the multipliers: ylo <= y <= yhi. */
typedef struct DualBounds
{
	double	   *low,			/* [m] */
			   *high;
} DualBounds;

static void
bound_by_sides(const CoPresolve *p, DualBounds *y)
{
	for (int i = 0; i < p->qp->m; i++)
	{
		y->low[i] = p->cl[i] == -INFINITY ? 0.0 : -INFINITY;
		y->high[i] = p->cu[i] == INFINITY ? 0.0 : INFINITY;
	}
}

/*
 * c + a y + z = 0 for a linear column in one row: z <= 0 where there is no
 * upper bound, so that a y >= -c; z >= 0 where there is no lower one.
 */
static void
bound_by_singleton(const CoPresolve *p, int j, DualBounds *y)
{
	const CoCsc *a = &p->qp->a;
	int			k = a->start[j];
	double		limit;
	int			i;

	while (!co_presolve_counts(a, k, p->row_alive))
		k++;
	i = a->index[k];
	limit = -co_presolve_cost(p, j) / a->value[k];
	if (a->value[k] > 0.0 ? p->xu[j] == INFINITY : p->xl[j] == -INFINITY)
		y->low[i] = fmax(y->low[i], limit);
	if (a->value[k] > 0.0 ? p->xl[j] == -INFINITY : p->xu[j] == INFINITY)
		y->high[i] = fmin(y->high[i], limit);
}

typedef struct ReducedCost
{
	double		min,			/* of c + A'y over the bounds of y */
				max;
	double		size;
	bool		min_by_sign,	/* all terms of A'y are >= 0 by the rows'
								 * sides alone */
				max_by_sign;	/* <= 0 */
} ReducedCost;

static ReducedCost
bound_reduced_cost(const CoPresolve *p, int j, const DualBounds *y)
{
	const CoCsc *a = &p->qp->a;
	double		cost = co_presolve_cost(p, j);
	ReducedCost out = {cost, cost, fabs(cost), true, true};

	for (int k = a->start[j]; k < a->start[j + 1]; k++)
	{
		int			i = a->index[k];
		double		v = a->value[k];
		double		least,
					most;

		if (!co_presolve_counts(a, k, p->row_alive))
			continue;
		least = v > 0.0 ? v * y->low[i] : v * y->high[i];
		most = v > 0.0 ? v * y->high[i] : v * y->low[i];
		out.min += least;
		out.max += most;
		out.size = fmax(out.size, isfinite(least) ? fabs(least) : 0.0);
		out.size = fmax(out.size, isfinite(most) ? fabs(most) : 0.0);
		out.min_by_sign &= (v > 0.0 ? p->cl[i] == -INFINITY : p->cu[i] == INFINITY);
		out.max_by_sign &= (v > 0.0 ? p->cu[i] == INFINITY : p->cl[i] == -INFINITY);
	}
	return out;
}

/*
 * A reduced cost that is positive for all admissible y puts the variable on
 * its lower bound.  When that follows from the rows' signs alone (moving down
 * hurts no row), zero is enough, and no lower bound means a ray.
 */
static CoRc
reduce_dominated(CoPresolve *p, int j, const DualBounds *y)
{
	ReducedCost d = bound_reduced_cost(p, j, y);
	double		cost = co_presolve_cost(p, j);
	double		margin = DUAL_MARGIN * d.size;
	bool		down_by_sign = d.min_by_sign && cost >= 0.0;
	bool		up_by_sign = d.max_by_sign && cost <= 0.0;

	if ((down_by_sign || d.min > margin) && p->xl[j] > -INFINITY)
	{
		p->stats.n_dominated_column++;
		return co_presolve_fix(p, j, p->xl[j]);
	}
	if ((up_by_sign || d.max < -margin) && p->xu[j] < INFINITY)
	{
		p->stats.n_dominated_column++;
		return co_presolve_fix(p, j, p->xu[j]);
	}
	if (down_by_sign && cost > 0.0)
		return co_presolve_propose_unbounded(p, j, -1.0);
	if (up_by_sign && cost < 0.0)
		return co_presolve_propose_unbounded(p, j, 1.0);
	return CO_OK;
}

/*
 * One pass over the linear columns.  Fixing a column does not spoil the dual
 * bounds that the rest of the pass uses: a bound that came from the column
 * itself is slack, or the column would not have been fixed.
 */
CoRc
co_presolve_dominated(CoPresolve *p)
{
	CoMark		mark = co_mark(p->arena);
	const CoCsc *a = &p->qp->a;
	DualBounds	y;
	CoRc		rc;

	y.low = co_take_doubles(p->arena, (size_t) p->qp->m);
	y.high = co_take_doubles(p->arena, (size_t) p->qp->m);
	rc = co_arena_failed(p->arena);
	if (rc)
		return rc;
	bound_by_sides(p, &y);
	for (int j = 0; j < p->qp->n; j++)
		if (p->col_alive[j] && p->col_len[j] == 1 && co_presolve_is_linear(p, j))
			bound_by_singleton(p, j, &y);
	for (int j = 0; j < p->qp->n && !rc && p->verdict == CO_PRESOLVE_REDUCED; j++)
	{
		if (!p->col_alive[j] || p->col_len[j] == 0 || !co_presolve_is_linear(p, j))
			continue;
		rc = co_presolve_tick(p, a->start[j + 1] - a->start[j]);
		if (!rc)
			rc = reduce_dominated(p, j, &y);
	}
	co_rewind(p->arena, mark);
	return rc;
}
