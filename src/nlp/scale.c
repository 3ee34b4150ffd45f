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

#define ENTRY_WORK		4.0		/* operations per entry of a pass, for the
								 * polls */
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

static CoRc
equilibrate(const CoArena *arena, const CoQp *qp, CoScaling *s, double *col, double *row)
{
	CoTicker	ticker = co_ticker(arena);

	for (int pass = 0; pass < RUIZ_PASSES; pass++)
	{
		double		worst = 0.0;

		CoRc		rc = largest_entries(&ticker, qp, s, col, row);

		if (rc)
			return rc;
		for (int j = 0; j < qp->n; j++)
		{
			double		f = inverse_root(col[j]);

			worst = co_max(worst, fabs(log2(f)));
			s->d[j] *= f;
		}
		for (int i = 0; i < qp->m; i++)
		{
			double		f = inverse_root(row[i]);

			worst = co_max(worst, fabs(log2(f)));
			s->e[i] *= f;
		}
		if (worst < RUIZ_ENOUGH)
			break;
	}
	for (int j = 0; j < qp->n; j++)
		s->d[j] = power_of_two(s->d[j]);
	for (int i = 0; i < qp->m; i++)
		s->e[i] = power_of_two(s->e[i]);
	return co_poll(arena);
}

/* 1 / max(|D c|, mean of the largest entries of D P's columns) */
static double
objective_factor(const CoQp *qp, const CoScaling *s)
{
	double		norm_c = 0.0,
				sum_p = 0.0;

	for (int j = 0; j < qp->n; j++)
	{
		double		largest = 0.0;

		norm_c = co_max(norm_c, fabs(qp->c[j]) * s->d[j]);
		for (int k = qp->p.start[j]; k < qp->p.start[j + 1]; k++)
			largest = co_max(largest, fabs(qp->p.value[k]) * s->d[j] * s->d[qp->p.index[k]]);
		sum_p += largest;
	}
	norm_c = co_max(norm_c, qp->n > 0 ? sum_p / qp->n : 0.0);
	return norm_c > 0.0 ? power_of_two(1.0 / norm_c) : 1.0;
}

static void
apply(const CoQp *qp, const CoScaling *s, CoQp *out)
{
	for (int j = 0; j < qp->n; j++)
	{
		for (int k = qp->p.start[j]; k < qp->p.start[j + 1]; k++)
			out->p.value[k] *= s->k * s->d[j] * s->d[qp->p.index[k]];
		for (int k = qp->a.start[j]; k < qp->a.start[j + 1]; k++)
			out->a.value[k] *= s->e[qp->a.index[k]] * s->d[j];
		out->c[j] = s->k * s->d[j] * qp->c[j];
		out->xl[j] = qp->xl[j] / s->d[j];
		out->xu[j] = qp->xu[j] / s->d[j];
	}
	for (int i = 0; i < qp->m; i++)
	{
		out->cl[i] = s->e[i] * qp->cl[i];
		out->cu[i] = s->e[i] * qp->cu[i];
	}
	out->c0 = s->k * qp->c0;
}

CoRc
co_scale_qp(CoArena *arena, const CoQp *qp, bool on, CoQp *out, CoScaling *scaling)
{
	size_t		n = (size_t) qp->n,
				m = (size_t) qp->m;
	CoMark		mark;
	double	   *col,
			   *row;
	CoRc		rc = CO_OK;

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
	if (co_csc_copy(arena, &qp->p, &out->p) || co_csc_copy(arena, &qp->a, &out->a))
		return co_arena_failed(arena);
	mark = co_mark(arena);
	col = co_take_doubles(arena, n);
	row = co_take_doubles(arena, m);
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	co_fill(qp->n, 1.0, scaling->d);
	co_fill(qp->m, 1.0, scaling->e);
	if (on)
	{
		rc = equilibrate(arena, qp, scaling, col, row);
		scaling->k = objective_factor(qp, scaling);
	}
	co_rewind(arena, mark);
	apply(qp, scaling, out);
	return rc;
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
