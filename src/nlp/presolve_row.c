/*-------------------------------------------------------------------------
 *
 * nlp/presolve_row.c
 *	  Reductions found by looking at one row: empty, singleton, redundant,
 *	  forcing, infeasible.
 *
 * Activity bounds [BMW75; AA95, section 3.2]: min and max of a row over the
 * bounds of its variables.
 *
 *-------------------------------------------------------------------------
 */
#include "nlp/presolve_private.h"

/*
 * A row or bound pair that crosses by more than this, relative to its terms,
 * is reported infeasible if the judge agrees and otherwise left alone; what
 * crosses by less is decimal data that met binary arithmetic.
 */
#define CROSSING	1e-13

typedef struct Activity
{
	double		min,			/* finite parts */
				max;
	int			n_min_infinite, /* terms that are not finite */
				n_max_infinite;
	double		size;			/* sum of |finite terms| */
} Activity;

static void
add_bound(double term, double *sum, int *n_infinite, double *size)
{
	if (isfinite(term))
	{
		*sum += term;
		*size += fabs(term);
	}
	else
		(*n_infinite)++;
}

/* Stops early when neither bound is finite: nothing follows from the rest. */
static Activity
compute_activity(const CoPresolve *p, int i)
{
	const CoCsc *rows = &p->rows;
	Activity	out = {0.0, 0.0, 0, 0, 0.0};

	for (int k = rows->start[i]; k < rows->start[i + 1]; k++)
	{
		int			j = rows->index[k];
		double		a = rows->value[k];

		if (!co_presolve_counts(rows, k, p->col_alive))
			continue;
		add_bound(a * (a > 0.0 ? p->xl[j] : p->xu[j]), &out.min, &out.n_min_infinite, &out.size);
		add_bound(a * (a > 0.0 ? p->xu[j] : p->xl[j]), &out.max, &out.n_max_infinite, &out.size);
		if (out.n_min_infinite > 0 && out.n_max_infinite > 0)
			break;
	}
	return out;
}

static void
drop_row(CoPresolve *p, int i, int *counter)
{
	co_presolve_push(p, CO_STEP_FREE_ROW, i, -1);
	co_presolve_remove_row(p, i);
	(*counter)++;
}

/* y = sign * e_i proves it, if anything does; what is not proved stays. */
static CoRc
propose_row(CoPresolve *p, int i, double sign)
{
	CoCertificate y = {1, {i, -1}, {sign, 0.0}};

	p->row_frozen[i] = true;
	return co_presolve_propose_infeasible(p, &y);
}

/*
 * No variable is left that could repair an empty row: a violation too small to
 * be proved is left to the judge of the final point.
 */
static CoRc
reduce_empty(CoPresolve *p, int i, double lower, double upper)
{
	double		tolerance = CROSSING * p->shift_size[i];
	CoRc		rc = CO_OK;

	if (lower > tolerance)
		rc = propose_row(p, i, -1.0);
	else if (upper < -tolerance)
		rc = propose_row(p, i, 1.0);
	if (!rc && p->verdict == CO_PRESOLVE_REDUCED)
		drop_row(p, i, &p->stats.n_empty_row);
	return rc;
}

static int
find_only_entry(const CoPresolve *p, int i)
{
	int			k = p->rows.start[i];

	while (!co_presolve_counts(&p->rows, k, p->col_alive))
		k++;
	return k;
}

/*
 * lower <= a x <= upper becomes bounds of x.  A bound that is moved is marked:
 * its multiplier will be the row's.
 */
static CoRc
reduce_singleton(CoPresolve *p, int i, double lower, double upper)
{
	int			k = find_only_entry(p, i);
	int			j = p->rows.index[k];
	double		a = p->rows.value[k];
	double		l = (a > 0.0 ? lower : upper) / a;
	double		u = (a > 0.0 ? upper : lower) / a;
	double		noise = CROSSING * p->shift_size[i] / fabs(a);
	CoStep	   *step;

	if (l == INFINITY || u == -INFINITY)
	{
		p->row_frozen[i] = true;	/* the quotient overflowed */
		return CO_OK;
	}
	if (l - p->xu[j] > CROSSING * fmax(fabs(l), fabs(p->xu[j])) + noise)
		return propose_row(p, i, a > 0.0 ? -1.0 : 1.0);
	if (p->xl[j] - u > CROSSING * fmax(fabs(u), fabs(p->xl[j])) + noise)
		return propose_row(p, i, a > 0.0 ? 1.0 : -1.0);
	l = fmin(l, p->xu[j]);
	u = fmax(u, p->xl[j]);

	step = co_presolve_push(p, CO_STEP_SINGLETON_ROW, i, j);
	step->a = a;
	step->lower_moved = l > p->xl[j];
	step->upper_moved = u < p->xu[j];
	if (step->lower_moved)
		p->xl[j] = l;
	if (step->upper_moved)
		p->xu[j] = u;
	co_presolve_remove_row(p, i);
	if (step->lower_moved || step->upper_moved)
		co_presolve_queue_rows_of(p, j);
	p->stats.n_singleton_row++;
	return CO_OK;
}

/*
 * The row can only hold with every variable at the bound that gives the
 * minimum (or maximum) activity.
 */
static CoRc
reduce_forcing(CoPresolve *p, int i, bool at_min)
{
	const CoCsc *rows = &p->rows;
	CoStep	   *step = co_presolve_push(p, CO_STEP_FORCING_ROW, i, -1);

	step->upper_moved = at_min; /* the side it rests on */
	step->lower_moved = !at_min;
	co_presolve_remove_row(p, i);
	p->stats.n_forcing_row++;
	for (int k = rows->start[i]; k < rows->start[i + 1]; k++)
	{
		int			j = rows->index[k];
		CoRc		rc;

		if (!co_presolve_counts(rows, k, p->col_alive))
			continue;
		rc = co_presolve_fix(p, j, (rows->value[k] > 0.0) == at_min ? p->xl[j] : p->xu[j]);
		if (rc)
			return rc;
	}
	return CO_OK;
}

static CoRc
reduce_by_activity(CoPresolve *p, int i, double lower, double upper)
{
	Activity	at = compute_activity(p, i);
	double		size = at.size + p->shift_size[i];
	double		rounding = CO_PRESOLVE_ROUNDING * size;
	bool		has_min = at.n_min_infinite == 0;
	bool		has_max = at.n_max_infinite == 0;

	if (has_min && at.min > upper + CROSSING * size)
		return propose_row(p, i, 1.0);
	if (has_max && at.max < lower - CROSSING * size)
		return propose_row(p, i, -1.0);
	if (has_min && at.min >= upper - rounding)
		return reduce_forcing(p, i, true);
	if (has_max && at.max <= lower + rounding)
		return reduce_forcing(p, i, false);

	if (has_max && upper < INFINITY && at.max <= upper + rounding)
	{
		p->cu[i] = upper = INFINITY;
		p->side_dropped = true;
	}
	if (has_min && lower > -INFINITY && at.min >= lower - rounding)
	{
		p->cl[i] = lower = -INFINITY;
		p->side_dropped = true;
	}
	if (lower == -INFINITY && upper == INFINITY)
		drop_row(p, i, &p->stats.n_redundant_row);
	return CO_OK;
}

CoRc
co_presolve_row(CoPresolve *p, int i)
{
	double		lower = co_presolve_lower(p, i);
	double		upper = co_presolve_upper(p, i);

	if (!p->row_alive[i] || p->row_frozen[i])
		return CO_OK;
	if (lower == -INFINITY && upper == INFINITY)
	{
		drop_row(p, i, &p->stats.n_redundant_row);
		return CO_OK;
	}
	if (p->row_len[i] == 0)
		return reduce_empty(p, i, lower, upper);
	if (p->row_len[i] == 1)
		return reduce_singleton(p, i, lower, upper);
	return reduce_by_activity(p, i, lower, upper);
}
