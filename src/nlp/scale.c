/*-------------------------------------------------------------------------
 *
 * nlp/scale.c
 *	  The equilibration of nlp/scale.h.
 *
 * Ruiz, "A scaling algorithm to equilibrate both rows and columns norms in
 * matrices", RAL-TR-2001-034, on the KKT matrix [P A'; A 0]: each pass divides
 * every row and column by the square root of its largest entry.  The objective
 * is then divided by the size of its gradient's data.
 *
 *-------------------------------------------------------------------------
 */
#include "nlp/scale.h"

#include "base/vec.h"
#include "linalg/ticker.h"

#define ENTRY_WORK		4.0		/* operations per entry of a pass, and of a */
#define ROOT_WORK		32.0	/* logarithm and root, for the polls */
#define RUIZ_PASSES		10
#define RUIZ_ENOUGH		0.2		/* log2 of the largest factor still worth a
								 * pass */

/* The nearest power of two to 1 / sqrt(norm); 1 for an empty line. */
static double
inverse_root(double norm)
{
	return norm > 0.0 ? 1.0 / sqrt(norm) : 1.0;
}

static double
power_of_two(double factor)
{
	return exp2(rint(log2(factor)));
}

static CoRc
largest_entries(CoTicker *ticker, const CoQp *qp, const CoScaling *s, double *col, double *row)
{
	co_fill(qp->n, 0.0, col);
	co_fill(qp->m, 0.0, row);
	for (int j = 0; j < qp->n; j++)
	{
		CoRc		rc = co_tick(ticker, ENTRY_WORK * (1.0 + (qp->p.start[j + 1] - qp->p.start[j]) +
													   (qp->a.start[j + 1] - qp->a.start[j])));

		if (rc)
			return rc;
		for (int k = qp->p.start[j]; k < qp->p.start[j + 1]; k++)
		{
			int			i = qp->p.index[k];
			double		v = fabs(qp->p.value[k]) * s->d[i] * s->d[j];

			col[j] = co_max(col[j], v);
			col[i] = co_max(col[i], v);
		}
		for (int k = qp->a.start[j]; k < qp->a.start[j + 1]; k++)
		{
			int			i = qp->a.index[k];
			double		v = fabs(qp->a.value[k]) * s->e[i] * s->d[j];

			col[j] = co_max(col[j], v);
			row[i] = co_max(row[i], v);
		}
	}
	return CO_OK;
}

/* factor[i] /= sqrt(norm[i]); *worst: the largest change, log2 of it */
static CoRc
divide_by_roots(CoTicker *ticker, int n, const double *norm, double *factor, double *worst)
{
	CoRc		rc = CO_OK;

	for (int i = 0; i < n && !rc; i++)
	{
		double		f = inverse_root(norm[i]);

		*worst = co_max(*worst, fabs(log2(f)));
		factor[i] *= f;
		rc = co_tick(ticker, ROOT_WORK);
	}
	return rc;
}

static CoRc
round_factors(CoTicker *ticker, int n, double *factor)
{
	CoRc		rc = CO_OK;

	for (int i = 0; i < n && !rc; i++)
	{
		factor[i] = power_of_two(factor[i]);
		rc = co_tick(ticker, ROOT_WORK);
	}
	return rc;
}

static CoRc
equilibrate(CoTicker *ticker, const CoQp *qp, CoScaling *s, double *col, double *row)
{
	CoRc		rc = CO_OK;

	for (int pass = 0; pass < RUIZ_PASSES && !rc; pass++)
	{
		double		worst = 0.0;

		rc = largest_entries(ticker, qp, s, col, row);
		if (!rc)
			rc = divide_by_roots(ticker, qp->n, col, s->d, &worst);
		if (!rc)
			rc = divide_by_roots(ticker, qp->m, row, s->e, &worst);
		if (worst < RUIZ_ENOUGH)
			break;
	}
	if (!rc)
		rc = round_factors(ticker, qp->n, s->d);
	if (!rc)
		rc = round_factors(ticker, qp->m, s->e);
	return rc ? rc : co_poll(ticker->arena);
}

/* 1 / max(|D c|, mean of the largest entries of D P's columns) */
static CoRc
find_objective_factor(CoTicker *ticker, const CoQp *qp, CoScaling *s)
{
	double		norm_c = 0.0,
				sum_p = 0.0;
	CoRc		rc = CO_OK;

	for (int j = 0; j < qp->n && !rc; j++)
	{
		double		largest = 0.0;

		norm_c = co_max(norm_c, fabs(qp->c[j]) * s->d[j]);
		for (int k = qp->p.start[j]; k < qp->p.start[j + 1]; k++)
			largest = co_max(largest, fabs(qp->p.value[k]) * s->d[j] * s->d[qp->p.index[k]]);
		sum_p += largest;
		rc = co_tick(ticker, ENTRY_WORK * (1.0 + (qp->p.start[j + 1] - qp->p.start[j])));
	}
	norm_c = co_max(norm_c, qp->n > 0 ? sum_p / qp->n : 0.0);
	s->k = norm_c > 0.0 ? power_of_two(1.0 / norm_c) : 1.0;
	return rc;
}

static CoRc
apply(CoTicker *ticker, const CoQp *qp, const CoScaling *s, CoQp *out)
{
	CoRc		rc = CO_OK;

	for (int j = 0; j < qp->n && !rc; j++)
	{
		for (int k = qp->p.start[j]; k < qp->p.start[j + 1]; k++)
			out->p.value[k] *= s->k * s->d[j] * s->d[qp->p.index[k]];
		for (int k = qp->a.start[j]; k < qp->a.start[j + 1]; k++)
			out->a.value[k] *= s->e[qp->a.index[k]] * s->d[j];
		out->c[j] = s->k * s->d[j] * qp->c[j];
		out->xl[j] = qp->xl[j] / s->d[j];
		out->xu[j] = qp->xu[j] / s->d[j];
		rc = co_tick(ticker, ENTRY_WORK * (8.0 + (qp->p.start[j + 1] - qp->p.start[j]) +
										   (qp->a.start[j + 1] - qp->a.start[j])));
	}
	for (int i = 0; i < qp->m && !rc; i++)
	{
		out->cl[i] = s->e[i] * qp->cl[i];
		out->cu[i] = s->e[i] * qp->cu[i];
		rc = co_tick(ticker, ENTRY_WORK);
	}
	out->c0 = s->k * qp->c0;
	return rc;
}

/* Bytes of the scaled problem, the factors and the norms. */
static double
count_bytes(const CoQp *qp)
{
	double		entries = (double) co_csc_nnz(&qp->p) + co_csc_nnz(&qp->a);

	return sizeof(double) * (6.0 * qp->n + 4.0 * qp->m) + entries * (sizeof(int) + sizeof(double));
}

CoRc
co_scale_qp(CoArena *arena, const CoQp *qp, bool on, CoQp *out, CoScaling *scaling)
{
	size_t		n = (size_t) qp->n,
				m = (size_t) qp->m;
	CoTicker	ticker = co_ticker(arena);
	CoMark		mark;
	double	   *col,
			   *row;
	CoRc		rc;

	rc = co_arena_plan(arena, count_bytes(qp));
	if (rc)
		return rc;
	out->n = qp->n;
	out->m = qp->m;
	scaling->d = co_take_doubles(arena, n);
	scaling->e = co_take_doubles(arena, m);
	scaling->k = 1.0;
	out->c = co_take_doubles(arena, n);
	out->xl = co_take_doubles(arena, n);
	out->xu = co_take_doubles(arena, n);
	out->cl = co_take_doubles(arena, m);
	out->cu = co_take_doubles(arena, m);
	rc = co_csc_copy(arena, &qp->p, &out->p);
	if (!rc)
		rc = co_csc_copy(arena, &qp->a, &out->a);
	if (rc)
		return rc;
	mark = co_mark(arena);
	col = co_take_doubles(arena, n);
	row = co_take_doubles(arena, m);
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	co_fill(qp->n, 1.0, scaling->d);
	co_fill(qp->m, 1.0, scaling->e);
	if (on)
		rc = equilibrate(&ticker, qp, scaling, col, row);
	if (on && !rc)
		rc = find_objective_factor(&ticker, qp, scaling);
	co_rewind(arena, mark);
	return rc ? rc : apply(&ticker, qp, scaling, out);
}

void
co_unscale_point(const CoQp *qp, const CoScaling *scaling, const CoQpPoint *scaled,
				 CoQpPoint *point)
{
	for (int j = 0; j < qp->n; j++)
	{
		point->x[j] = scaled->x[j] * scaling->d[j];
		point->z[j] = scaled->z[j] / (scaling->k * scaling->d[j]);
	}
	for (int i = 0; i < qp->m; i++)
		point->y[i] = scaled->y[i] * scaling->e[i] / scaling->k;
}
