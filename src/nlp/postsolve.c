/*-------------------------------------------------------------------------
 *
 * nlp/postsolve.c
 *	  From a point (certificate, ray) of the reduced problem to one of the
 *	  original: the steps of the presolve undone, last first.
 *
 * The reduced point is approximate: slightly inside of its bounds, multipliers
 * small but not zero where nothing is active.  Each rule is chosen so that it
 * passes a product (multiplier x distance to its side) on, or splits it into
 * parts that sum to it, and never asks whether something "is active":
 *
 *	free row		y = 0.
 *	singleton row	z of the side that was the row's becomes y = z / a: the
 *					distance becomes a times that of the bound.
 *	duplicate row	likewise by the sign of y: y_other = y / a.
 *	forcing row		all variables are exactly on their bounds; y is the number
 *					nearest to zero that gives every z its sign.  Whatever the
 *					error of the other multipliers, z takes it up where the
 *					distance is zero.
 *	fixed column	z = -(c + Px + A'y), exactly stationary, at distance zero.
 *	slack column	y = y_row + y0, z = -a y_row.  The distance D of the reduced
 *					row is split into that of the row and that of the variable.
 *	duplicate column	z_other = a z.  The distance of the sum is split into those
 *					of its parts.
 *
 * A certificate of infeasibility obeys the dual rules with costs and P left out
 * and a ray the primal ones with all sides and fixed values zero.
 *
 *-------------------------------------------------------------------------
 */
#include "nlp/presolve_private.h"

#include <string.h>

#include "base/vec.h"
#include "nlp/residual.h"

#define POLL_ENTRIES	(CO_POLL_WORK / 16) /* a visit is a cache miss */

typedef struct Undo
{
	const CoPresolve *p;
	bool	   *row_alive;		/* [m] as before the step being undone */
	bool	   *col_alive;		/* [n] */
	double	   *x;				/* [n] NULL: dual only */
	double	   *y;				/* [m] NULL: primal only */
	double	   *z;				/* [n] */
	bool		homogeneous;	/* a certificate or a ray */
} Undo;

static double
clamp_to(double x, double lower, double upper)
{
	return fmax(lower, fmin(upper, x));
}

/* In a ray, a finite side is zero and an infinite one stays. */
static double
side_at(const Undo *u, double side)
{
	return u->homogeneous && isfinite(side) ? 0.0 : side;
}

/* Sum over one triangle of P of the entries of column j with live others. */
static void
add_triangle(const Undo *u, const CoCsc *triangle, int j, CoDot2 *sum)
{
	for (int k = triangle->start[j]; k < triangle->start[j + 1]; k++)
		if (triangle->index[k] != j && co_presolve_counts(triangle, k, u->col_alive))
			co_dot2_add_product(sum, triangle->value[k], u->x[triangle->index[k]]);
}

static void
undo_fixed_column(const Undo *u, const CoStep *step)
{
	const CoPresolve *p = u->p;
	const CoCsc *a = &p->qp->a;
	int			j = step->col;
	CoDot2		sum = {0.0, 0.0};

	if (u->x)
		u->x[j] = u->homogeneous ? 0.0 : step->value;
	if (!u->y)
		return;
	for (int k = a->start[j]; k < a->start[j + 1]; k++)
		if (co_presolve_counts(a, k, u->row_alive))
			co_dot2_add_product(&sum, a->value[k], u->y[a->index[k]]);
	if (!u->homogeneous)
	{
		co_dot2_add(&sum, step->cost);
		co_dot2_add_product(&sum, p->p_diagonal[j], step->value);
		if (p->has_p_upper)
		{
			add_triangle(u, &p->qp->p, j, &sum);
			add_triangle(u, &p->p_upper, j, &sum);
		}
	}
	u->z[j] = -co_dot2_value(sum);
}

static void
undo_singleton_row(const Undo *u, const CoStep *step)
{
	double		z;

	if (!u->y)
		return;
	z = u->z[step->col];
	u->y[step->row] = 0.0;
	if (z > 0.0 ? step->upper_moved : step->lower_moved)
	{
		u->y[step->row] = z / step->a;
		u->z[step->col] = 0.0;
	}
}

static void
undo_duplicate_row(const Undo *u, const CoStep *step)
{
	double		y;

	if (!u->y)
		return;
	y = u->y[step->row];
	u->y[step->other] = 0.0;
	if (y > 0.0 ? step->upper_moved : step->lower_moved)
	{
		u->y[step->other] = y / step->a;
		u->y[step->row] = 0.0;
	}
}

/*
 * At the minimum activity (the row rests on its upper side, y >= 0) z[k] must
 * have the sign of -a[k]; y = max(0, z[k] / a[k]) is the least that does it.
 */
static void
undo_forcing_row(const Undo *u, const CoStep *step)
{
	const CoCsc *rows = &u->p->rows;
	int			i = step->row;
	double		y = 0.0;

	if (!u->y)
		return;
	for (int k = rows->start[i]; k < rows->start[i + 1]; k++)
		if (co_presolve_counts(rows, k, u->col_alive))
		{
			double		ratio = u->z[rows->index[k]] / rows->value[k];

			y = step->upper_moved ? fmax(y, ratio) : fmin(y, ratio);
		}
	u->y[i] = y;
	for (int k = rows->start[i]; k < rows->start[i + 1] && y != 0.0; k++)
		if (co_presolve_counts(rows, k, u->col_alive))
			u->z[rows->index[k]] -= rows->value[k] * y;
}

/* The sum of row i over its live columns without j. */
static double
sum_rest(const Undo *u, int i, int j)
{
	const CoCsc *rows = &u->p->rows;
	CoDot2		sum = {0.0, 0.0};

	for (int k = rows->start[i]; k < rows->start[i + 1]; k++)
		if (rows->index[k] != j && co_presolve_counts(rows, k, u->col_alive))
			co_dot2_add_product(&sum, rows->value[k], u->x[rows->index[k]]);
	return co_dot2_value(sum);
}

/*
 * lower - s <= a x <= upper - s, as near as that allows to the bound on which x
 * rests when the reduced row rests on the side of the sign of y.
 */
static void
place_slack(const Undo *u, const CoStep *step, double y)
{
	double		a = step->a;
	double		xl = side_at(u, step->other_lower);
	double		xu = side_at(u, step->other_upper);
	double		rest = sum_rest(u, step->row, step->col);
	double		bound = (y > 0.0) == (a > 0.0) ? xl : xu;
	double		x = y != 0.0 && isfinite(bound) ? bound : clamp_to(0.0, xl, xu);
	double		low = (a > 0.0 ? side_at(u, step->lower) : side_at(u, step->upper)) - rest;
	double		high = (a > 0.0 ? side_at(u, step->upper) : side_at(u, step->lower)) - rest;

	u->x[step->col] = clamp_to(x, low / a, high / a);
}

static void
undo_slack_column(const Undo *u, const CoStep *step)
{
	double		y = u->y ? u->y[step->row] : 0.0;

	if (u->x)
		place_slack(u, step, y);
	if (!u->y)
		return;
	u->z[step->col] = -step->a * y;
	u->y[step->row] = y + (u->homogeneous ? 0.0 : step->value);
}

/*
 * sum = x + r x_other.  With z > 0 (or < 0) both start at their upper (lower)
 * ends and first x, then x_other, gives way by the distance of the sum from
 * its end; otherwise x_other stays as near to zero as it may.
 */
static void
split_sum(const Undo *u, const CoStep *step, double z)
{
	double		r = step->a;
	double		sum = u->x[step->col];
	double		xl = side_at(u, step->lower);
	double		xu = side_at(u, step->upper);
	double		other_l = side_at(u, step->other_lower);
	double		other_u = side_at(u, step->other_upper);
	double		other_end = (z > 0.0) == (r > 0.0) ? other_u : other_l;
	double		other = z != 0.0 && isfinite(other_end) ? other_end :
		clamp_to(0.0, other_l, other_u);
	double		x = sum - r * other;

	if (x < xl || x > xu)
	{
		x = x < xl ? xl : xu;
		other = clamp_to((sum - x) / r, other_l, other_u);
		x = sum - r * other;
	}
	u->x[step->col] = x;
	u->x[step->other] = other;
}

static void
undo_duplicate_column(const Undo *u, const CoStep *step)
{
	if (u->x)
		split_sum(u, step, u->y ? u->z[step->col] : 0.0);
	if (u->y)
		u->z[step->other] = step->a * u->z[step->col];
}

static void
undo_step(const Undo *u, const CoStep *step)
{
	switch (step->kind)
	{
		case CO_STEP_FREE_ROW:
			u->row_alive[step->row] = true;
			if (u->y)
				u->y[step->row] = 0.0;
			break;
		case CO_STEP_SINGLETON_ROW:
			u->row_alive[step->row] = true;
			undo_singleton_row(u, step);
			break;
		case CO_STEP_FORCING_ROW:
			u->row_alive[step->row] = true;
			undo_forcing_row(u, step);
			break;
		case CO_STEP_DUPLICATE_ROW:
			u->row_alive[step->other] = true;
			undo_duplicate_row(u, step);
			break;
		case CO_STEP_FIXED_COLUMN:
			undo_fixed_column(u, step);
			u->col_alive[step->col] = true;
			break;
		case CO_STEP_SLACK_COLUMN:
			undo_slack_column(u, step);
			u->col_alive[step->col] = true;
			break;
		case CO_STEP_DUPLICATE_COLUMN:
			undo_duplicate_column(u, step);
			u->col_alive[step->other] = true;
			break;
	}
}

static CoRc
poll_after(const CoArena *arena, int64_t *until_poll, int64_t work)
{
	*until_poll -= work + 1;
	if (*until_poll > 0)
		return CO_OK;
	*until_poll = POLL_ENTRIES;
	return co_poll(arena);
}

static CoRc
undo_steps(CoArena *arena, Undo *u)
{
	const CoPresolve *p = u->p;
	int64_t		until_poll = POLL_ENTRIES;
	CoRc		rc = CO_OK;

	for (int s = p->n_step - 1; s >= 0 && !rc; s--)
	{
		const CoStep *step = &p->step[s];
		int64_t		work = 0;

		undo_step(u, step);
		if (step->row >= 0)
			work += p->rows.start[step->row + 1] - p->rows.start[step->row];
		if (step->col >= 0)
			work += p->qp->a.start[step->col + 1] - p->qp->a.start[step->col] +
				p->p_len[step->col];
		rc = poll_after(arena, &until_poll, work);
	}
	return rc;
}

static CoRc
start_undo(CoArena *arena, const CoPresolve *p, bool homogeneous, Undo *u)
{
	memset(u, 0, sizeof *u);
	u->p = p;
	u->homogeneous = homogeneous;
	u->row_alive = co_take(arena, (size_t) p->qp->m, sizeof(bool));
	u->col_alive = co_take(arena, (size_t) p->qp->n, sizeof(bool));
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	memcpy(u->row_alive, p->row_alive, (size_t) p->qp->m * sizeof(bool));
	memcpy(u->col_alive, p->col_alive, (size_t) p->qp->n * sizeof(bool));
	return CO_OK;
}

/*
 * full[kept[i]] = reduced[i]; the rest zero.  kept is NULL when the presolve
 * ended with a verdict.
 */
static void
scatter(int n, const int *kept, int n_full, const double *reduced, double *full)
{
	co_fill(n_full, 0.0, full);
	for (int i = 0; i < n; i++)
		full[kept[i]] = reduced[i];
}

static void
scatter_certificate(const CoCertificate *from, int n, double *full)
{
	co_fill(n, 0.0, full);
	for (int k = 0; k < from->n; k++)
		full[from->index[k]] = from->value[k];
}

/* g = c + Px + A'y at the full point, for the columns that are gone */
static CoRc
compute_gradient(CoArena *arena, const CoPresolve *p, const CoQpPoint *full, CoDot2 *g)
{
	const CoCsc *a = &p->qp->a;
	const CoCsc *q = &p->qp->p;

	int64_t		until_poll = POLL_ENTRIES;
	CoRc		rc = CO_OK;

	for (int j = 0; j < p->qp->n && !rc; j++)
	{
		if (p->col_alive[j])
			continue;
		co_dot2_add(&g[j], p->qp->c[j]);
		for (int k = a->start[j]; k < a->start[j + 1]; k++)
			co_dot2_add_product(&g[j], a->value[k], full->y[a->index[k]]);
		rc = poll_after(arena, &until_poll, a->start[j + 1] - a->start[j]);
	}
	for (int j = 0; j < q->ncol && !rc; j++)
	{
		for (int k = q->start[j]; k < q->start[j + 1]; k++)
		{
			int			i = q->index[k];

			if (!p->col_alive[j])
				co_dot2_add_product(&g[j], q->value[k], full->x[i]);
			if (i != j && !p->col_alive[i])
				co_dot2_add_product(&g[i], q->value[k], full->x[j]);
		}
		rc = poll_after(arena, &until_poll, q->start[j + 1] - q->start[j]);
	}
	return rc;
}

/*
 * z = -g for a removed column, if its sign has a bound to lean on.  On a fixed
 * column that is not the bound it was fixed at, the sign is noise of the
 * reduced point: it stays in z, as complementarity, or goes, as dual residual,
 * whichever is less.
 */
static double
choose_multiplier(const CoQp *qp, int j, double z, double x, bool is_fixed)
{
	double		distance = fabs(x - (z > 0.0 ? qp->xu[j] : qp->xl[j]));

	return distance <= (is_fixed ? 1.0 : DBL_MAX) ? z : 0.0;
}

/*
 * The steps leave each z of a removed column stationary up to the rounding of
 * its way here; take it from the original data instead.
 */
static CoRc
polish_multipliers(CoArena *arena, const CoPresolve *p, const CoQpPoint *full)
{
	CoDot2	   *g = co_take_zero(arena, (size_t) p->qp->n, sizeof(CoDot2));
	CoRc		rc = co_arena_failed(arena);

	if (!rc)
		rc = compute_gradient(arena, p, full, g);
	for (int s = 0; s < p->n_step && !rc; s++)
	{
		const CoStep *step = &p->step[s];
		bool		is_fixed = step->kind == CO_STEP_FIXED_COLUMN;
		int			j = step->kind == CO_STEP_DUPLICATE_COLUMN ? step->other : step->col;

		if (is_fixed || step->kind == CO_STEP_SLACK_COLUMN ||
			step->kind == CO_STEP_DUPLICATE_COLUMN)
			full->z[j] = choose_multiplier(p->qp, j, -co_dot2_value(g[j]), full->x[j], is_fixed);
	}
	return rc;
}

CoRc
co_postsolve(CoArena *arena, const CoPresolve *presolve, const CoQpPoint *reduced,
			 CoQpPoint *full)
{
	const CoPresolve *p = presolve;
	CoMark		mark = co_mark(arena);
	Undo		u;
	CoRc		rc = start_undo(arena, p, false, &u);

	if (!rc && p->n_step == 0)
	{
		co_copy(p->qp->n, reduced->x, full->x);
		co_copy(p->qp->m, reduced->y, full->y);
		co_copy(p->qp->n, reduced->z, full->z);
	}
	else if (!rc)
	{
		scatter(p->reduced.n, p->kept_col, p->qp->n, reduced->x, full->x);
		scatter(p->reduced.m, p->kept_row, p->qp->m, reduced->y, full->y);
		scatter(p->reduced.n, p->kept_col, p->qp->n, reduced->z, full->z);
		u.x = full->x;
		u.y = full->y;
		u.z = full->z;
		rc = undo_steps(arena, &u);
		if (!rc)
			rc = polish_multipliers(arena, p, full);
	}
	co_rewind(arena, mark);
	return rc;
}

/* z = -A'y on the live columns, then the dual rules without costs. */
static CoRc
carry_certificate(CoArena *arena, const CoPresolve *p, double *y)
{
	const CoCsc *a = &p->qp->a;
	Undo		u;
	CoRc		rc = start_undo(arena, p, true, &u);

	u.y = y;
	u.z = co_take_zero_doubles(arena, (size_t) p->qp->n);
	if (!rc)
		rc = co_arena_failed(arena);
	if (rc)
		return rc;
	for (int j = 0; j < p->qp->n; j++)
	{
		CoDot2		sum = {0.0, 0.0};

		if (!p->col_alive[j])
			continue;
		for (int k = a->start[j]; k < a->start[j + 1]; k++)
			if (p->row_alive[a->index[k]])
				co_dot2_add_product(&sum, a->value[k], y[a->index[k]]);
		u.z[j] = -co_dot2_value(sum);
	}
	return undo_steps(arena, &u);
}

static void
start_certificate(const CoPresolve *p, const double *reduced_y, double sign, double *y)
{
	if (p->verdict == CO_PRESOLVE_INFEASIBLE)
		scatter_certificate(&p->certificate, p->qp->m, y);
	else
		scatter(p->reduced.m, p->kept_row, p->qp->m, reduced_y, y);
	co_scale(p->qp->m, sign, y);
}

/* The opposite sign is tried when the given one proves nothing (nlp/qp.h). */
CoRc
co_postsolve_infeasible(CoArena *arena, const CoPresolve *presolve,
						const double *reduced_y, double *y)
{
	CoMark		mark = co_mark(arena);
	double		margin = 0.0;
	CoRc		rc = CO_OK;

	for (double sign = 1.0; !rc && sign >= -1.0; sign -= 2.0)
	{
		start_certificate(presolve, reduced_y, sign, y);
		rc = carry_certificate(arena, presolve, y);
		if (!rc)
			rc = co_qp_check_infeasible(arena, presolve->qp, y, &margin);
		co_rewind(arena, mark);
		if (margin > 0.0)
			break;
	}
	return rc;
}

CoRc
co_postsolve_ray(CoArena *arena, const CoPresolve *presolve,
				 const double *reduced_direction, double *direction)
{
	const CoPresolve *p = presolve;
	CoMark		mark = co_mark(arena);
	Undo		u;
	CoRc		rc = start_undo(arena, p, true, &u);

	if (!rc)
	{
		if (p->verdict == CO_PRESOLVE_UNBOUNDED)
			scatter_certificate(&p->certificate, p->qp->n, direction);
		else
			scatter(p->reduced.n, p->kept_col, p->qp->n, reduced_direction, direction);
		u.x = direction;
		rc = undo_steps(arena, &u);
	}
	co_rewind(arena, mark);
	return rc;
}
