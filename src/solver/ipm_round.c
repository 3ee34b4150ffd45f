/*-------------------------------------------------------------------------
 *
 * solver/ipm_round.c
 *	  The last digits: of the doubles around a polished point, those whose
 *	  residuals are small.
 *
 * A polished point has the right active sides and solves their equations to
 * the rounding of x and y.  At multipliers of 1e8 or an objective of 1e11 the
 * rounding of a single entry is more than an absolute tolerance of 1e-9, and
 * rounding each entry to its nearest double is not the best choice.
 *
 * 1. y is kept; where its rounding leaves a residual in the stationarity of a
 *	  column with curvature, x takes it up, being finer:
 *
 *		x_j -= (Px + c + A'y)_j / P_jj						(Gauss-Seidel)
 *
 *	  Where z_j is so large that its own rounding is the residual, a multiplier
 *	  y_i of that column moves (Px + c + A'y)_j to where a double is.
 *
 * 2. The gap G = x'(Px + c) + y'side + z'side is one number.  With z taking up
 *	  the stationarity of the columns at their bounds (set B), it changes by
 *
 *		dG/dx_j = c_j + 2 (Px)_j - sum_B P_ij x_i,
 *		dG/dy_i = side_i - sum_B a_ij x_j,
 *
 *	  and a few units in the last place of one well chosen entry remove it.
 *
 * Both moves stay within a part of the tolerances, the units of least effect
 * on the other residuals are preferred, and a result counts only where the
 * residuals, computed anew, are better.
 *
 *-------------------------------------------------------------------------
 */
#include "base/vec.h"
#include "solver/ipm.h"

#define ROOM		1024
#define SWEEPS		300
#define DUAL_MOVES	4
#define GAP_MOVES	40
#define SHARE		0.25		/* part of a tolerance that one move may take */
#define NEAR		1e3			/* beyond this many tolerances it is not
								 * rounding that is wrong */

typedef struct Grid
{
	CoIpm	   *ipm;
	CoCsc		p_upper;		/* P', of sparse problems */
	double		tol_primal,
				tol_dual,
				tol_gap;		/* absolute, in the user's units */
	double	   *fixed;			/* [n] x of the set B, 0 elsewhere */
	double	   *slope;			/* [size] dG/dx, then dG/dy */
	bool	   *used;			/* [size] an entry moves once */
	double	   *limit;			/* [size] largest move that the tolerances
								 * allow */
} Grid;

/* With a dense P a transposed copy would be as large as the factor. */
static bool
settles_columns(const CoIpm *ipm)
{
	return ipm->kkt->backend->path == CO_KKT_SPARSE;
}

double
co_ipm_round_bytes(const CoIpm *ipm)
{
	double		n = ipm->n,
				size = ipm->size,
				nnz = settles_columns(ipm) ? co_csc_nnz(&ipm->qp->p) : 0.0;

	/* ROOM: what the arena rounds up */
	return sizeof(double) * (n + 2.0 * size) + sizeof(bool) * size +
		sizeof(int) * 2.0 * (n + 1.0) + (sizeof(double) + sizeof(int)) * nnz + ROOM;
}

static CoRc
take_grid(CoIpm *ipm, Grid *grid)
{
	const CoOptions *o = ipm->options;

	grid->ipm = ipm;
	grid->tol_primal = SHARE * (o->absolute_tolerance + o->tolerance * ipm->res.primal_scale);
	grid->tol_dual = SHARE * (o->absolute_tolerance + o->tolerance * ipm->res.dual_scale);
	grid->tol_gap = SHARE * (o->absolute_tolerance + o->tolerance * ipm->res.gap_scale);
	grid->fixed = co_take_zero_doubles(ipm->arena, (size_t) ipm->n);
	grid->slope = co_take_zero_doubles(ipm->arena, (size_t) ipm->size);
	grid->limit = co_take_zero_doubles(ipm->arena, (size_t) ipm->size);
	grid->used = co_take_zero(ipm->arena, (size_t) ipm->size, sizeof(bool));
	if (co_arena_failed(ipm->arena) || !settles_columns(ipm))
		return co_arena_failed(ipm->arena);
	return co_csc_transpose(ipm->arena, &ipm->qp->p, &grid->p_upper);
}

/* What a residual of 1 in column j or row i of the scaled problem is to the user. */
static double
dual_unit(const CoIpm *ipm, int j)
{
	return 1.0 / (ipm->scaling->k * ipm->scaling->d[j]);
}

static double
primal_unit(const CoIpm *ipm, int i)
{
	return 1.0 / ipm->scaling->e[i];
}

static void
tighten(double *limit, double tolerance, double effect)
{
	if (effect * *limit > tolerance)
		*limit = tolerance / effect;
}

/* Limits of all moves: y_i by the free columns' stationarity, x_j by that and by the rows. */
static void
set_limits(Grid *grid)
{
	CoIpm	   *ipm = grid->ipm;
	const CoCsc *a = &ipm->qp->a,
			   *p = &ipm->qp->p;
	double	   *row_limit = grid->limit + ipm->n;

	co_fill(ipm->size, INFINITY, grid->limit);
	for (int j = 0; j < ipm->n; j++)
	{
		bool		held = co_ipm_held(ipm, j);

		for (int k = a->start[j]; k < a->start[j + 1]; k++)
		{
			int			i = a->index[k];

			if (a->value[k] == 0.0)
				continue;
			tighten(&grid->limit[j], grid->tol_primal, fabs(a->value[k]) * primal_unit(ipm, i));
			if (!held)
				tighten(&row_limit[i], grid->tol_dual, fabs(a->value[k]) * dual_unit(ipm, j));
		}
		for (int k = p->start[j]; k < p->start[j + 1]; k++)
		{
			int			i = p->index[k];

			if (p->value[k] == 0.0)
				continue;
			tighten(&grid->limit[j], grid->tol_dual, fabs(p->value[k]) * dual_unit(ipm, i));
			tighten(&grid->limit[i], grid->tol_dual, fabs(p->value[k]) * dual_unit(ipm, j));
		}
	}
}

static double
diagonal_of(const CoCsc *p, int j)
{
	int			k = p->start[j];

	return k < p->start[j + 1] && p->index[k] == j ? p->value[k] : 0.0;
}

static bool
inside(const CoIpm *ipm, int k, double g)
{
	return g > ipm->lo[k] && g < ipm->hi[k];
}

/* One column of the Gauss-Seidel sweep; rd follows. */
static bool
settle_column(Grid *grid, int j)
{
	CoIpm	   *ipm = grid->ipm;
	const CoCsc *p = &ipm->qp->p;
	double		diagonal = diagonal_of(p, j),
				x = ipm->g[j],
				move;

	if (!(diagonal > 0.0) || fabs(ipm->rd[j]) * dual_unit(ipm, j) <= grid->tol_dual)
		return false;
	x -= ipm->rd[j] / diagonal;
	move = x - ipm->g[j];
	if (move == 0.0 || !inside(ipm, j, x))
		return false;
	ipm->g[j] = x;
	for (int k = p->start[j]; k < p->start[j + 1]; k++)
		ipm->rd[p->index[k]] += p->value[k] * move;
	for (int k = grid->p_upper.start[j]; k < grid->p_upper.start[j + 1]; k++)
		if (grid->p_upper.index[k] != j)
			ipm->rd[grid->p_upper.index[k]] += grid->p_upper.value[k] * move;
	return true;
}

static CoRc
settle_columns(Grid *grid)
{
	CoIpm	   *ipm = grid->ipm;
	bool		moved = settles_columns(ipm);
	CoRc		rc = CO_OK;

	for (int sweep = 0; moved && sweep < SWEEPS && !rc; sweep++)
	{
		moved = false;
		for (int j = 0; j < ipm->n; j++)
			if (!co_ipm_held(ipm, j))
				moved |= settle_column(grid, j);
		rc = co_poll(ipm->arena);
	}
	return rc;
}

/*
 * Column j rests on its bound and its residual is the rounding of z_j, or x
 * cannot take it up: move the multiplier whose move is the smallest part of
 * what it may.  In a free column it may more: the others settle again.
 */
static void
settle_multiplier(Grid *grid, int j)
{
	CoIpm	   *ipm = grid->ipm;
	const CoCsc *a = &ipm->qp->a;
	double		least = co_ipm_held(ipm, j) ? 1.0 : INFINITY,
				best = 0.0;
	int			best_i = -1;

	for (int k = a->start[j]; k < a->start[j + 1]; k++)
	{
		int			i = a->index[k];
		double		y = ipm->y[i] - ipm->rd[j] / a->value[k],
					part = fabs(y - ipm->y[i]) / grid->limit[ipm->n + i];

		if (co_ipm_held(ipm, ipm->n + i) && y * ipm->y[i] > 0.0 && y != ipm->y[i] && part < least)
		{
			least = part;
			best = y;
			best_i = i;
		}
	}
	if (best_i >= 0)
		ipm->y[best_i] = best;
}

static bool
settle_multipliers(Grid *grid)
{
	CoIpm	   *ipm = grid->ipm;
	bool		any = false;

	for (int j = 0; j < ipm->n; j++)
		if (fabs(ipm->rd[j]) * dual_unit(ipm, j) > grid->tol_dual / SHARE)
		{
			settle_multiplier(grid, j);
			any = true;
		}
	return any;
}

static void
set_slopes(Grid *grid)
{
	CoIpm	   *ipm = grid->ipm;
	int			n = ipm->n;

	for (int j = 0; j < n; j++)
	{
		grid->fixed[j] = co_ipm_held(ipm, j) ? ipm->g[j] : 0.0;
		grid->slope[j] = ipm->qp->c[j] + 2.0 * ipm->px[j];
	}
	for (int i = 0; i < ipm->m; i++)
		grid->slope[n + i] = co_ipm_held(ipm, n + i) ? co_ipm_held_side(ipm, n + i) : 0.0;
	co_csc_symmul_add(&ipm->qp->p, -1.0, grid->fixed, grid->slope);
	co_csc_mul_add(&ipm->qp->a, -1.0, grid->fixed, grid->slope + n);
}

/*
 * Rate the move of entry k that comes nearest to removing the gap: below 1 it
 * does, at so large a part of its limit; from 1 on what it leaves.
 */
static double
rate_move(const Grid *grid, int k, double *value)
{
	const CoIpm *ipm = grid->ipm;
	double		old = k < ipm->n ? ipm->g[k] : ipm->y[k - ipm->n],
				want = -ipm->res.signed_gap * ipm->scaling->k / grid->slope[k],
				left;

	*value = old + co_clamp(want, -grid->limit[k], grid->limit[k]);
	if (*value == old || !isfinite(*value) || (k < ipm->n && !inside(ipm, k, *value)) || (k >= ipm->n && (*value > 0.0) != (old > 0.0)))
		return INFINITY;
	left = fabs(ipm->res.signed_gap + (*value - old) * grid->slope[k] / ipm->scaling->k);
	return left > grid->tol_gap ? 1.0 + left / grid->tol_gap : fabs(*value - old) / grid->limit[k];
}

static bool
move_gap(Grid *grid)
{
	CoIpm	   *ipm = grid->ipm;
	double		best = INFINITY,
				best_value = 0.0;
	int			best_k = -1;

	set_slopes(grid);
	for (int k = 0; k < ipm->size; k++)
	{
		bool		movable = (k < ipm->n) != co_ipm_held(ipm, k);
		double		value = 0.0,
					rate = INFINITY;

		if (movable && !grid->used[k] && grid->slope[k] != 0.0)
			rate = rate_move(grid, k, &value);

		if (rate < best)
		{
			best = rate;
			best_value = value;
			best_k = k;
		}
	}
	if (best_k < 0)
		return false;
	grid->used[best_k] = true;
	if (best_k < ipm->n)
		ipm->g[best_k] = best_value;
	else
		ipm->y[best_k - ipm->n] = best_value;
	return true;
}

/* From the polished point that was just judged. */
static CoRc
round_point(CoIpm *ipm)
{
	Grid		grid;
	CoRc		rc = take_grid(ipm, &grid);

	if (rc || ipm->res.primal > NEAR * grid.tol_primal || ipm->res.dual > NEAR * grid.tol_dual)
		return rc;
	rc = settle_columns(&grid);
	if (rc)
		return rc;
	co_ipm_judge_active(ipm);
	set_limits(&grid);
	for (int move = 0; move < DUAL_MOVES && ipm->best_merit > 1.0 && !rc; move++)
	{
		if (!settle_multipliers(&grid))
			break;
		co_ipm_judge_active(ipm);
		rc = settle_columns(&grid);
		co_ipm_judge_active(ipm);
	}
	for (int move = 0; move < GAP_MOVES && ipm->best_merit > 1.0 && !rc; move++)
	{
		if (ipm->res.gap <= grid.tol_gap || !move_gap(&grid))
			break;
		co_ipm_judge_active(ipm);
		rc = co_poll(ipm->arena);
	}
	return rc;
}

CoRc
co_ipm_round(CoIpm *ipm)
{
	CoMark		mark = co_mark(ipm->arena);
	CoRc		rc = round_point(ipm);

	co_rewind(ipm->arena, mark);
	return rc;
}
