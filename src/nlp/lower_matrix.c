/*-------------------------------------------------------------------------
 *
 * nlp/lower_matrix.c
 *	  The matrices from the block's plain terms and the gathered lists.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <string.h>

#include "nlp/lower_private.h"

/* Entry e of the next row: the block's plain terms, then the list's. */
static void
put_entry(CoRows *rows, int *fill, int col, double value)
{
	rows->col[*fill] = col;
	rows->value[(*fill)++] = value;
}

static CoRc
fill_linear_rows(CoLowering *lowering, CoRows *rows)
{
	const CoBlock *block = lowering->block;
	const CoTriples *extra = &lowering->lin;
	const int  *leaf_var = lowering->out->leaf_var;
	int			e = 0,
				fill = 0;
	CoRc		rc = CO_OK;

	for (int r = 0; r < block->n_row && !rc; r++)
	{
		rows->start[r] = fill;
		for (int t = co_row_start(block->lin_end, r); t < block->lin_end[r]; t++)
		{
			if (leaf_var[block->lin_leaf[t]] >= 0)
				put_entry(rows, &fill, leaf_var[block->lin_leaf[t]], block->lin_coef[t]);
			if ((rc = co_lower_work(lowering, 1)))
				return rc;
		}
		for (; e < extra->n && extra->i[e] == r; e++)
			put_entry(rows, &fill, extra->j[e], extra->value[e]);
		rc = co_lower_work(lowering, 1);
	}
	rows->start[block->n_row] = fill;
	return rc;
}

/* The rows affine - t = -constant, after the block's. */
static CoRc
fill_lifted_rows(CoLowering *lowering, CoRows *rows)
{
	const CoTriples *lift = &lowering->lift;
	int			fill = rows->start[lowering->block->n_row];
	CoRc		rc = CO_OK;

	for (int k = 0; k < lift->n && !rc; k++)
	{
		rows->start[lowering->block->n_row + k] = fill;
		for (int e = lift->i[k]; e < lift->i[k] + lift->j[k]; e++)
			put_entry(rows, &fill, lowering->lift_lin.j[e], lowering->lift_lin.value[e]);
		put_entry(rows, &fill, lowering->out->n_var + k, -1.0);
		rc = co_lower_work(lowering, 1 + lift->j[k]);
	}
	rows->start[rows->nrow] = fill;
	return rc;
}

static CoRc
take_rows(CoArena *arena, int nrow, int ncol, int64_t nnz, CoRows *rows)
{
	rows->nrow = nrow;
	rows->ncol = ncol;
	rows->start = co_take_ints(arena, (size_t) nrow + 1);
	rows->col = co_take_ints(arena, (size_t) nnz);
	rows->value = co_take_doubles(arena, (size_t) nnz);
	return co_arena_failed(arena);
}

/* The objective is row 0 of the sums; it goes to c and the others move up. */
static void
split_objective(CoLowering *lowering, CoQp *qp)
{
	CoCsc	   *a = &qp->a;
	int			fill = 0;

	for (int j = 0; j < a->ncol; j++)
	{
		int			e = a->start[j];
		int			end = a->start[j + 1];

		if (e < end && a->index[e] == 0)
			qp->c[j] = lowering->out->maximize ? -a->value[e++] : a->value[e++];
		a->start[j] = fill;
		for (; e < end; e++)
		{
			a->index[fill] = a->index[e] - 1;
			a->value[fill++] = a->value[e];
		}
	}
	a->start[a->ncol] = fill;
	a->nrow--;
}

static CoRc
complain_linear(CoLowering *lowering, int row, int col)
{
	if (row < lowering->block->n_row && col < lowering->out->n_var)
		return co_lower_complain_coefficient(lowering, row, lowering->out->var_leaf[col], -1);
	return co_lower_complain(lowering, 0, "a squared sum in the problem has a coefficient that is not finite");
}

CoRc
co_lower_linear(CoLowering *lowering, CoQp *qp)
{
	CoArena    *arena = lowering->arena;
	int			nrow = lowering->block->n_row + lowering->lift.n;
	int64_t		nnz = (int64_t) lowering->block->n_lin + lowering->lin.n +
		lowering->lift_lin.n + lowering->lift.n;
	int			bad_row,
				bad_col;
	CoMark		mark;
	CoRows		rows;
	CoRc		rc = co_csc_take(arena, nrow, qp->n, nnz, &qp->a);

	mark = co_mark(arena);
	if (rc || (rc = take_rows(arena, nrow, qp->n, nnz, &rows)) ||
		(rc = fill_linear_rows(lowering, &rows)) || (rc = fill_lifted_rows(lowering, &rows)))
		return rc;
	rc = co_csc_compress(arena, &rows, &qp->a, &bad_row, &bad_col);
	if (rc == CO_NOT_FINITE)
		return complain_linear(lowering, bad_row, bad_col);
	if (rc)
		return rc;
	co_rewind(arena, mark);
	split_objective(lowering, qp);
	return CO_OK;
}

/* Term t of the objective, the block's first; false: not one of P. */
static inline bool
quad_term(const CoLowering *lowering, int t, int *low, int *high, double *value)
{
	const CoBlock *block = lowering->block;
	int			n = block->quad_end[0];
	int			i = t < n ? lowering->out->leaf_var[block->quad_i[t]] : lowering->quad.i[t - n];
	int			j = t < n ? lowering->out->leaf_var[block->quad_j[t]] : lowering->quad.j[t - n];

	*low = i < j ? i : j;
	*high = i < j ? j : i;
	*value = t < n ? block->quad_coef[t] : lowering->quad.value[t - n];

	/* 1/2 x'Px: the diagonal doubles, the rest is there twice. */
	if (i == j)
		*value *= 2.0;
	return *low >= 0;
}

/* The objective's products, by the larger variable. */
static CoRc
fill_quad_rows(CoLowering *lowering, int n_term, CoRows *rows)
{
	int		   *start = rows->start;
	int			low,
				high;
	double		value;
	CoRc		rc = CO_OK;

	memset(start, 0, ((size_t) rows->nrow + 1) * sizeof *start);
	for (int t = 0; t < n_term && !rc; t++)
	{
		if (quad_term(lowering, t, &low, &high, &value) && high + 2 <= rows->nrow)
			start[high + 2]++;
		rc = co_lower_work(lowering, 1);
	}
	for (int i = 2; i <= rows->nrow; i++)
		start[i] += start[i - 1];
	for (int t = 0; t < n_term && !rc; t++)
	{
		if (quad_term(lowering, t, &low, &high, &value))
			put_entry(rows, &start[high + 1], low, value);
		rc = co_lower_work(lowering, 1);
	}
	return rc;
}

static CoRc
complain_quad(CoLowering *lowering, int i, int j)
{
	if (i < lowering->out->n_var && j < lowering->out->n_var)
		return co_lower_complain_coefficient(lowering, 0, lowering->out->var_leaf[i],
											 lowering->out->var_leaf[j]);
	return co_lower_complain(lowering, 0, "a squared sum in %s has a coefficient that is not finite");
}

/*
 * Terms that stand in canonical order already, as aggregates leave them
 * (expr/canonical.h), are the columns of P one after another.  *fits is false
 * when some term does not; what was filled then counts for nothing.
 */
static CoRc
copy_canonical(CoLowering *lowering, CoCsc *p, bool *fits, int *bad)
{
	const CoBlock *block = lowering->block;
	int			n = block->quad_end[0];
	int			col = 0,
				fill = 0;
	int64_t		last = -1;

	*fits = lowering->quad.n == 0;
	for (int t = 0; t < n && *fits; t++)
	{
		int			low,
					high;
		int64_t		place;
		double		value;
		CoRc		rc;

		*fits = quad_term(lowering, t, &low, &high, &value);
		place = (int64_t) low * p->ncol + high;
		*fits &= place > last;
		last = place;
		if ((rc = co_lower_work(lowering, 1)))
			return rc;
		if (!*fits || value == 0.0)
			continue;
		if (!isfinite(value) && *bad < 0)
			*bad = t;
		while (col < low)
			p->start[++col] = fill;
		p->index[fill] = high;
		p->value[fill++] = value;
	}
	while (col < p->ncol)
		p->start[++col] = fill;
	return CO_OK;
}

/* Terms in any order. */
static CoRc
sort_quadratic(CoLowering *lowering, int n_term, CoCsc *p, int *bad_row, int *bad_col)
{
	CoArena    *arena = lowering->arena;
	CoMark		mark = co_mark(arena);
	CoRows		rows;
	CoRc		rc;

	memset(p->start, 0, ((size_t) p->ncol + 1) * sizeof *p->start);
	if ((rc = take_rows(arena, p->nrow, p->ncol, n_term, &rows)) ||
		(rc = fill_quad_rows(lowering, n_term, &rows)) ||
		(rc = co_csc_compress(arena, &rows, p, bad_row, bad_col)))
		return rc;
	co_rewind(arena, mark);
	return CO_OK;
}

CoRc
co_lower_quadratic(CoLowering *lowering, CoQp *qp)
{
	CoArena    *arena = lowering->arena;
	int64_t		n_term = (int64_t) lowering->block->quad_end[0] + lowering->quad.n;
	int			bad = -1,
				bad_row,
				bad_col;
	bool		fits;
	double		value;
	CoRc		rc = co_csc_take(arena, qp->n, qp->n, n_term, &qp->p);

	if (rc || n_term == 0)
		return rc;
	rc = copy_canonical(lowering, &qp->p, &fits, &bad);
	if (!rc && !fits)
		rc = sort_quadratic(lowering, (int) n_term, &qp->p, &bad_row, &bad_col);
	else if (bad >= 0)
	{
		quad_term(lowering, bad, &bad_col, &bad_row, &value);
		rc = CO_NOT_FINITE;
	}
	if (rc == CO_NOT_FINITE)
		return complain_quad(lowering, bad_row, bad_col);
	for (int e = 0; !rc && lowering->out->maximize && e < co_csc_nnz(&qp->p); e++)
		qp->p.value[e] = -qp->p.value[e];
	return rc;
}
