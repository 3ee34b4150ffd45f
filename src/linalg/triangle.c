/*-------------------------------------------------------------------------
 *
 * linalg/triangle.c
 *	  The triangle of linalg/triangle.h.
 *
 *-------------------------------------------------------------------------
 */
#include "linalg/triangle.h"

#include <float.h>
#include <math.h>

#include "base/vec.h"

/* Rows that are taken up by one pass of reflections, of these many columns. */
#define BLOCK_ROWS		64
#define BLOCK_COLUMNS	4

/* A column is zero beside rounding errors of this part, times their number. */
#define ZERO_COLUMN		(8.0 * DBL_EPSILON)

CoRc
co_triangle_begin(CoArena *arena, int k, CoTriangle *t)
{
	size_t		columns = (size_t) k + 1;

	*t = (CoTriangle) {.k = k, .rows = BLOCK_ROWS + BLOCK_COLUMNS * k};
	t->r = co_take_zero_doubles(arena, columns * columns);
	t->block = co_take_zero_doubles(arena, columns * (size_t) t->rows);
	t->pivot = co_take_ints(arena, (size_t) k);
	t->scale = co_take_doubles(arena, (size_t) k);
	return co_arena_failed(arena);
}

/* Householder reflections take the block into R [GVL13, algorithm 5.1.1]. */
static void
reflect_block(CoTriangle *t)
{
	for (int j = 0; j <= t->k; j++)
	{
		double	   *v = co_triangle_column(t, j),
				   *row = co_triangle_row(t, j);
		double		size = sqrt(co_dot(t->n_row, v, v)),
					norm = hypot(row[j], size),
					beta = row[j] >= 0.0 ? -norm : norm;

		if (size == 0.0)
			continue;
		for (int i = 0; i < t->n_row; i++)
			v[i] /= row[j] - beta;
		for (int c = j + 1; c <= t->k; c++)
		{
			double	   *column = co_triangle_column(t, c);
			double		step = (beta - row[j]) / beta * (row[c] + co_dot(t->n_row, v, column));

			row[c] -= step;
			for (int i = 0; i < t->n_row; i++)
				column[i] -= step * v[i];
		}
		row[j] = beta;
	}
	t->n_row = 0;
}

void
co_triangle_take_row(CoTriangle *t)
{
	if (++t->n_row == t->rows)
		reflect_block(t);
}

/* Column j of the rows from `from` on. */
static double
column_norm(const CoTriangle *t, int j, int from)
{
	double		sum = 0.0;

	for (int i = from; i < t->k; i++)
		sum += co_triangle_row(t, i)[j] * co_triangle_row(t, i)[j];
	return sqrt(sum);
}

static void
scale_columns(CoTriangle *t)
{
	for (int j = 0; j < t->k; j++)
	{
		int			exponent;

		frexp(column_norm(t, j, 0), &exponent);
		t->scale[j] = ldexp(1.0, exponent);
		for (int i = 0; i < t->k; i++)
			co_triangle_row(t, i)[j] /= t->scale[j];
		t->pivot[j] = j;
	}
}

static void
swap_columns(CoTriangle *t, int a, int b)
{
	int			pivot = t->pivot[a];

	t->pivot[a] = t->pivot[b];
	t->pivot[b] = pivot;
	for (int i = 0; i < t->k && a != b; i++)
	{
		double		value = co_triangle_row(t, i)[a];

		co_triangle_row(t, i)[a] = co_triangle_row(t, i)[b];
		co_triangle_row(t, i)[b] = value;
	}
}

/* Zeros below row i of column i. */
static void
reflect_column(CoTriangle *t, int i, double norm)
{
	double		alpha = co_triangle_row(t, i)[i],
				beta = alpha >= 0.0 ? -norm : norm;

	for (int h = i + 1; h < t->k; h++)
		co_triangle_row(t, h)[i] /= alpha - beta;
	for (int c = i + 1; c <= t->k; c++)
	{
		double		step = co_triangle_row(t, i)[c];

		for (int h = i + 1; h < t->k; h++)
			step += co_triangle_row(t, h)[i] * co_triangle_row(t, h)[c];
		step *= (beta - alpha) / beta;
		co_triangle_row(t, i)[c] -= step;
		for (int h = i + 1; h < t->k; h++)
			co_triangle_row(t, h)[c] -= step * co_triangle_row(t, h)[i];
	}
	co_triangle_row(t, i)[i] = beta;
}

/* R with its columns in the order of pivots, and its rank [GVL13, 5.4.2]. */
static void
reveal_rank(CoTriangle *t)
{
	scale_columns(t);
	for (t->rank = 0; t->rank < t->k; t->rank++)
	{
		int			best = t->rank;
		double		norm = column_norm(t, best, t->rank);

		for (int j = best + 1; j < t->k; j++)
		{
			double		other = column_norm(t, j, t->rank);

			if (other > norm)
			{
				norm = other;
				best = j;
			}
		}
		if (norm <= ZERO_COLUMN * t->k)
			return;
		swap_columns(t, t->rank, best);
		reflect_column(t, t->rank, norm);
	}
}

/* What is left where x fits best, and what multiplying out loses. */
static void
measure(CoTriangle *t)
{
	double		rho = co_triangle_row(t, t->k)[t->k],
				q2 = 0.0,
				most = 0.0,
				least = INFINITY;

	t->rho2 = rho * rho;
	for (int i = 0; i < t->k; i++)
	{
		double		q = co_triangle_row(t, i)[t->k];

		if (i >= t->rank)
			t->rho2 += q * q;
		else
		{
			q2 += q * q;
			most = co_max(most, fabs(co_triangle_row(t, i)[i]));
			least = co_min(least, fabs(co_triangle_row(t, i)[i]));
		}
	}
	t->loss = DBL_EPSILON * (most / least) * (most / least);
	if (q2 > 0.0)
		t->loss = co_max(t->loss, DBL_EPSILON * q2 / t->rho2);
}

void
co_triangle_end(CoTriangle *t)
{
	if (t->n_row > 0)
		reflect_block(t);
	reveal_rank(t);
	measure(t);
}
