/*-------------------------------------------------------------------------
 *
 * solver/conflict_purify.c
 *	  From a certificate of infeasibility to one of minimal support.
 *
 * [GR90] Gleeson, Ryan, "Identifying minimally infeasible subsystems of
 * inequalities", ORSA J. Computing 2 (1990) 61-63: the minimal infeasible sets
 * are the supports of the vertices of { v : A'y + z = 0, S(v) = -1 }, v = (y, z)
 * with its signs.  An interior point's certificate lies inside of this set.
 * From there a vertex is found by exchanges, as a feasible point of an LP is
 * moved to a basis: multipliers are taken in, the largest first; one whose
 * column depends on those before gives a direction d with A'dy + dz = 0, and
 * moving along d, so that S does not grow, ends where a multiplier is 0.
 *
 * The tableau is dense: a row per variable whose z is not free to follow,
 *
 *		basic[r] + sum T[r][q] y[q] = 0		over the y[q] still to come.
 *
 * It is small where the rows of the certificate are few.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/conflict_private.h"

#include "base/vec.h"

/* Multiply-adds of all exchanges: about a second. */
#define MAX_WORK		1e9

/* Entries of the tableau, and steps beside the largest multiplier, that are 0. */
#define NO_PIVOT		1e-9
#define NO_STEP			1e-12
#define NO_VALUE		1e-12

typedef enum BasicKind
{
	NOTHING,					/* the row has to hold by what comes */
	BY_ROW,
	BY_BOUND
} BasicKind;

typedef struct Tableau
{
	CoArena    *arena;
	const CoQp *qp;
	int			n_eq,			/* variables in the rows of y */
				n_col;			/* rows of y */
	int		   *var,			/* [n_eq] */
			   *row;			/* [n_col] */
	double	   *t;				/* [n_eq x n_col] by columns */
	uint8_t    *open;			/* [n_col] still to come */
	BasicKind  *kind;			/* [n_eq] */
	int		   *basic;			/* [n_eq] column, where kind is BY_ROW */
	double	   *y,				/* [n_col] */
			   *z;				/* [n_eq] */
	double	   *step;			/* [n_eq] of the basic ones */
} Tableau;

static double
side_of(double v, double lower, double upper)
{
	return v > 0.0 ? upper : lower;
}

static double
row_side(const Tableau *t, int q)
{
	return side_of(t->y[q], t->qp->cl[t->row[q]], t->qp->cu[t->row[q]]);
}

static double *
basic_value(Tableau *t, int r)
{
	return t->kind[r] == BY_ROW ? &t->y[t->basic[r]] : &t->z[r];
}

static double
basic_side(const Tableau *t, int r)
{
	int			j = t->var[r];

	return t->kind[r] == BY_ROW ? row_side(t, t->basic[r]) :
		side_of(t->z[r], t->qp->xl[j], t->qp->xu[j]);
}

/* The rows with a multiplier, and the variables in them. */
static CoRc
count_tableau(Tableau *t, const double *y, int *col_of, int *eq_of)
{
	const CoQp *qp = t->qp;

	for (int i = 0; i < qp->m; i++)
		col_of[i] = y[i] != 0.0 ? t->n_col++ : -1;
	for (int j = 0; j < qp->n; j++)
	{
		eq_of[j] = -1;
		for (int k = qp->a.start[j]; k < qp->a.start[j + 1] && eq_of[j] < 0; k++)
			if (col_of[qp->a.index[k]] >= 0 && qp->a.value[k] != 0.0)
				eq_of[j] = t->n_eq++;
	}
	return co_poll(t->arena);
}

static CoRc
take_tableau(Tableau *t)
{
	size_t		n_eq = (size_t) t->n_eq,
				n_col = (size_t) t->n_col;

	t->var = co_take_ints(t->arena, n_eq);
	t->row = co_take_ints(t->arena, n_col);
	t->t = co_take_zero_doubles(t->arena, n_eq * n_col);
	t->open = co_take_zero(t->arena, n_col, 1);
	t->kind = co_take_zero(t->arena, n_eq, sizeof *t->kind);
	t->basic = co_take_zero_ints(t->arena, n_eq);
	t->y = co_take_zero_doubles(t->arena, n_col);
	t->z = co_take_zero_doubles(t->arena, n_eq);
	t->step = co_take_zero_doubles(t->arena, n_eq);
	return co_arena_failed(t->arena);
}

static void
fill_tableau(Tableau *t, const double *y, const uint8_t *bound, const int *col_of,
			 const int *eq_of)
{
	const CoQp *qp = t->qp;

	for (int i = 0; i < qp->m; i++)
		if (col_of[i] >= 0)
		{
			t->row[col_of[i]] = i;
			t->y[col_of[i]] = y[i];
			t->open[col_of[i]] = 1;
		}
	for (int j = 0; j < qp->n; j++)
	{
		int			r = eq_of[j];

		if (r < 0)
			continue;
		t->var[r] = j;
		t->kind[r] = bound[j] ? BY_BOUND : NOTHING;
		for (int k = qp->a.start[j]; k < qp->a.start[j + 1]; k++)
			if (col_of[qp->a.index[k]] >= 0)
			{
				t->t[(size_t) col_of[qp->a.index[k]] * t->n_eq + r] = qp->a.value[k];
				if (bound[j])
					t->z[r] -= qp->a.value[k] * y[qp->a.index[k]];
			}
	}
}

/* The open column of the largest multiplier; -1: none. */
static int
next_column(const Tableau *t)
{
	int			best = -1;

	for (int q = 0; q < t->n_col; q++)
		if (t->open[q] && (best < 0 || fabs(t->y[q]) > fabs(t->y[best])))
			best = q;
	return best;
}

/* The row without a basic multiplier in which column q is largest; -1: it depends. */
static int
free_row(const Tableau *t, const double *column)
{
	int			best = -1;
	double		largest = NO_PIVOT * co_max(1.0, co_norm_inf(t->n_eq, column));

	for (int r = 0; r < t->n_eq; r++)
		if (t->kind[r] == NOTHING && fabs(column[r]) > largest)
		{
			best = r;
			largest = fabs(column[r]);
		}
	return best;
}

/* y[q] becomes basic in row r. */
static CoRc
exchange(Tableau *t, int q, int r)
{
	const double *column = t->t + (size_t) q * t->n_eq;
	double		work = 0.0;
	CoRc		rc = CO_OK;

	t->kind[r] = BY_ROW;
	t->basic[r] = q;
	t->open[q] = 0;
	for (int p = 0; p < t->n_col && !rc; p++)
	{
		double	   *other = t->t + (size_t) p * t->n_eq;
		double		factor;

		if (!t->open[p] || other[r] == 0.0)
			continue;
		factor = other[r] / column[r];
		co_axpy(t->n_eq, -factor, column, other);
		other[r] = factor;
		work += t->n_eq;
		if (work >= CO_POLL_WORK)
		{
			rc = co_poll(t->arena);
			work = 0.0;
		}
	}
	return rc;
}

/*
 * The direction d of y[q] = 1, signed so that S does not grow along it, or, if
 * S stays as it is, so that y[q] gets smaller.
 */
static double
set_direction(Tableau *t, int q)
{
	const double *column = t->t + (size_t) q * t->n_eq;
	double		slope = row_side(t, q),
				size = fabs(slope),
				sign;

	for (int r = 0; r < t->n_eq; r++)
	{
		t->step[r] = t->kind[r] == NOTHING ? 0.0 : -column[r];
		if (fabs(t->step[r]) <= NO_STEP)
			t->step[r] = 0.0;
		if (t->step[r] != 0.0)
		{
			slope += t->step[r] * basic_side(t, r);
			size += fabs(t->step[r] * basic_side(t, r));
		}
	}
	if (fabs(slope) <= NO_STEP * size)
		sign = t->y[q] > 0.0 ? -1.0 : 1.0;
	else
		sign = slope > 0.0 ? -1.0 : 1.0;
	co_scale(t->n_eq, sign, t->step);
	return sign;
}

/* How far along d until a multiplier is 0; *blocker: its row, -1: y[q] itself. */
static double
find_length(Tableau *t, int q, double sign, int *blocker)
{
	double		length = t->y[q] * sign < 0.0 ? fabs(t->y[q]) : INFINITY;

	*blocker = -1;
	for (int r = 0; r < t->n_eq; r++)
	{
		double		v;

		if (t->kind[r] == NOTHING || t->step[r] == 0.0)
			continue;
		v = *basic_value(t, r);
		if (v * t->step[r] < 0.0 && -v / t->step[r] < length)
		{
			length = -v / t->step[r];
			*blocker = r;
		}
	}
	return length;
}

/* Along d; without an end, d itself is a certificate. */
static void
move(Tableau *t, int q, double sign, double length)
{
	double		keep = isfinite(length) ? 1.0 : 0.0,
				by = isfinite(length) ? length : 1.0;

	t->y[q] = keep * t->y[q] + by * sign;
	for (int r = 0; r < t->n_eq; r++)
		if (t->kind[r] != NOTHING)
		{
			double	   *v = basic_value(t, r);

			*v = keep * *v + by * t->step[r];
		}

	/* What is to come belongs to the certificate that was left. */
	for (int p = 0; p < t->n_col && keep == 0.0; p++)
		if (t->open[p] && p != q)
			t->y[p] = 0.0;
}

/* Basic multipliers that are 0 leave; their rows have to hold by others. */
static void
leave_zeros(Tableau *t)
{
	double		largest = co_max(co_norm_inf(t->n_col, t->y), co_norm_inf(t->n_eq, t->z));

	for (int r = 0; r < t->n_eq; r++)
	{
		double	   *v = t->kind[r] == NOTHING ? NULL : basic_value(t, r);

		if (v && fabs(*v) <= NO_VALUE * largest)
		{
			*v = 0.0;
			t->kind[r] = NOTHING;
		}
	}
	for (int q = 0; q < t->n_col; q++)
		if (t->open[q] && fabs(t->y[q]) <= NO_VALUE * largest)
		{
			t->y[q] = 0.0;
			t->open[q] = 0;
		}
}

static CoRc
take_dependent(Tableau *t, int q)
{
	double		sign = set_direction(t, q);
	int			blocker;
	double		length = find_length(t, q, sign, &blocker);
	CoRc		rc = CO_OK;

	move(t, q, sign, length);
	if (blocker < 0 && isfinite(length))
	{
		t->y[q] = 0.0;
		t->open[q] = 0;
	}
	else if (blocker >= 0)
	{
		*basic_value(t, blocker) = 0.0;
		rc = exchange(t, q, blocker);
	}
	leave_zeros(t);
	return rc;
}

/*
 * Where y[q] has no end it stays open, alone: with all others 0 it comes up
 * again, and is then taken for what it is.
 */
static CoRc
run_exchanges(Tableau *t)
{
	CoRc		rc = CO_OK;
	int			q;

	leave_zeros(t);
	while (!rc && (q = next_column(t)) >= 0)
	{
		int			r = free_row(t, t->t + (size_t) q * t->n_eq);
		bool		alone = true;

		for (int p = 0; p < t->n_col && alone; p++)
			alone = p == q || !t->open[p];
		if (r >= 0)
			rc = exchange(t, q, r);
		else if (alone)
			break;
		else
			rc = take_dependent(t, q);
		if (!rc)
			rc = co_poll(t->arena);
	}
	return rc;
}

CoRc
co_conflict_purify(CoArena *arena, const CoQp *qp, uint8_t *bound, double *y, bool *done)
{
	CoMark		mark = co_mark(arena);
	Tableau		t = {.arena = arena, .qp = qp};
	int		   *col_of = co_take_ints(arena, (size_t) qp->m),
			   *eq_of = co_take_ints(arena, (size_t) qp->n);
	CoRc		rc = co_arena_failed(arena);

	*done = false;
	if (!rc)
		rc = count_tableau(&t, y, col_of, eq_of);
	if (rc)
		return rc;
	*done = (double) t.n_eq * t.n_col * co_min(t.n_eq + 1.0, t.n_col) <= MAX_WORK;
	if (*done)
		rc = take_tableau(&t);
	if (*done && !rc)
	{
		fill_tableau(&t, y, bound, col_of, eq_of);
		rc = run_exchanges(&t);
		for (int q = 0; q < t.n_col; q++)
			y[t.row[q]] = t.y[q];
		for (int r = 0; r < t.n_eq; r++)
			bound[t.var[r]] = t.kind[r] == BY_BOUND;
	}
	co_rewind(arena, mark);
	return rc;
}
