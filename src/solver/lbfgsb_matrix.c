/*-------------------------------------------------------------------------
 *
 * solver/lbfgsb_matrix.c
 *	  The limited-memory BFGS matrix in compact form [BNS94]; see
 *	  solver/lbfgsb_private.h.
 *
 * solver/quasi.h holds the same formula for interior points, with Powell's
 * damping and a fixed memory.  Here a pair is taken or left, rows of W are
 * needed one by one and restricted to the free variables, and n may be a
 * million, so W is kept by rows and passed through as seldom as can be.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/lbfgsb_private.h"

#include <math.h>

#include "base/vec.h"
#include "linalg/chol.h"
#include "linalg/clones.h"

/* Rows of W that are worked on while they are in the cache. */
#define PIECE			512

/* A pivot below this has lost all digits. */
#define PIVOT_LEAST		1e-300

int
co_lbfgs_stride(int memory)
{
	return (2 * memory + 3) / 4 * 4;
}

CoRc
co_lbfgs_new(CoArena *arena, int n, int memory, CoLbfgs **out)
{
	CoLbfgs    *b = co_take(arena, 1, sizeof *b);
	int			stride = co_lbfgs_stride(memory);
	double	   *w = co_take(arena, (size_t) n, (size_t) stride * sizeof(double));

	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	b->n = n;
	b->memory = memory;
	b->stride = stride;
	b->w = w;
	b->ticker = co_ticker(arena);
	co_lbfgs_reset(b);
	*out = b;
	return CO_OK;
}

void
co_lbfgs_reset(CoLbfgs *b)
{
	b->count = 0;
	b->theta = 1.0;
}

static double *
row_of(const CoLbfgs *b, int j)
{
	return b->w + (size_t) j * (size_t) b->stride;
}

/* Entries of a row that hold pairs, and zeros up to a multiple of four. */
static int
width_of(int count)
{
	return (2 * count + 3) / 4 * 4;
}

CO_INLINE const double *
row_at(const CoLbfgs *b, const int *rows, int k)
{
	return b->w + (size_t) (rows ? rows[k] : k) * (size_t) b->stride;
}

/*
 * t += w' x for rows first .. first + n - 1 (of the list, if there is one), four
 * at a time: t is read and written once for them.
 */
CO_CLONES static void
project_rows(const CoLbfgs *b, const int *rows, int first, int n, const double *x, double *t)
{
	int			width = width_of(b->count),
				k = 0;

	for (; k + 4 <= n; k += 4)
	{
		const double *r0 = row_at(b, rows, first + k),
				   *r1 = row_at(b, rows, first + k + 1),
				   *r2 = row_at(b, rows, first + k + 2),
				   *r3 = row_at(b, rows, first + k + 3);

		for (int i = 0; i < width; i += 4)
			CO_VEC4(t + i) += (x[k] * CO_VEC4_CONST(r0 + i) + x[k + 1] * CO_VEC4_CONST(r1 + i)) +
				(x[k + 2] * CO_VEC4_CONST(r2 + i) + x[k + 3] * CO_VEC4_CONST(r3 + i));
	}
	for (; k < n; k++)
	{
		const double *row = row_at(b, rows, first + k);

		for (int i = 0; i < width; i += 4)
			CO_VEC4(t + i) += x[k] * CO_VEC4_CONST(row + i);
	}
}

/* x += a w t, likewise */
CO_CLONES static void
expand_rows(const CoLbfgs *b, const int *rows, int first, int n, double a, const double *t,
			double *x)
{
	int			width = width_of(b->count);

	for (int k = 0; k < n; k++)
	{
		const double *row = row_at(b, rows, first + k);
		CoVec4		sum = CO_VEC4_ZERO;

		for (int i = 0; i < width; i += 4)
			sum += CO_VEC4_CONST(row + i) * CO_VEC4_CONST(t + i);
		x[k] += a * co_vec4_sum(sum);
	}
}

/* theta in the columns of S */
static void
scale_steps(const CoLbfgs *b, double *t)
{
	for (int k = 0; k < b->count; k++)
		t[2 * k + 1] *= b->theta;
}

CoRc
co_lbfgs_project(CoLbfgs *b, const int *rows, int n_rows, const double *x, double *t)
{
	CoRc		rc = CO_OK;

	co_fill(CO_LBFGS_RANK, 0.0, t);
	for (int k = 0; k < n_rows && !rc && b->count > 0; k += PIECE)
	{
		int			n = n_rows - k < PIECE ? n_rows - k : PIECE;

		project_rows(b, rows, k, n, x + k, t);
		rc = co_tick(&b->ticker, 2.0 * b->count * n);
	}
	scale_steps(b, t);
	return rc;
}

CoRc
co_lbfgs_expand(CoLbfgs *b, const int *rows, int n_rows, double a, const double *t, double *x)
{
	CoLbfgsVector scaled;
	CoRc		rc = CO_OK;

	co_copy(CO_LBFGS_RANK, t, scaled);
	scale_steps(b, scaled);
	for (int k = 0; k < n_rows && !rc && b->count > 0; k += PIECE)
	{
		int			n = n_rows - k < PIECE ? n_rows - k : PIECE;

		expand_rows(b, rows, k, n, a, scaled, x + k);
		rc = co_tick(&b->ticker, 2.0 * b->count * n);
	}
	return rc;
}

void
co_lbfgs_row(const CoLbfgs *b, int j, double *t)
{
	co_copy(2 * b->count, row_of(b, j), t);
	scale_steps(b, t);
}

bool
co_lbfgs_factor(int count, double *a)
{
	static const signed char signs[CO_LBFGS_RANK] = {0};	/* none is wanted */
	int			order = 2 * count;

	if (co_small_ldl_factor(order, a, order, signs, PIVOT_LEAST))
		return false;
	for (int k = 0; k < order; k++)
		if (!(a[k * order + k] * (k % 2 ? 1.0 : -1.0) > 0.0) || isinf(a[k * order + k]))
			return false;
	return true;
}

void
co_lbfgs_solve(int count, const double *a, double *t)
{
	co_small_ldl_solve(2 * count, a, 2 * count, t);
}

void
co_lbfgs_middle(const CoLbfgs *b, double *t)
{
	co_lbfgs_solve(b->count, b->middle, t);
}

/* Factors of M^-1, its rows and columns in the order of W's columns. */
static bool
build_middle(CoLbfgs *b)
{
	int			order = 2 * b->count;
	double	   *m = b->middle;

	memset(m, 0, (size_t) (order * order) * sizeof(double));
	for (int j = 0; j < b->count; j++)
	{
		m[2 * j + 2 * j * order] = -b->sy[j][j];
		for (int i = j; i < b->count; i++)
		{
			m[2 * i + 1 + (2 * j + 1) * order] = b->theta * b->ss[i][j];
			if (i > j)
				m[2 * i + 1 + 2 * j * order] = b->sy[i][j];
		}
	}
	return co_lbfgs_factor(b->count, m);
}

static void
forget_products(CoLbfgs *b)
{
	for (int i = 0; i + 1 < b->count; i++)
		for (int j = 0; j + 1 < b->count; j++)
		{
			b->ss[i][j] = b->ss[i + 1][j + 1];
			b->yy[i][j] = b->yy[i + 1][j + 1];
			b->sy[i][j] = b->sy[i + 1][j + 1];
		}
}

/* Rows first .. first + n - 1 without their oldest pair. */
static void
forget_entries(CoLbfgs *b, int first, int n)
{
	size_t		rest = (size_t) (2 * b->memory - 2) * sizeof(double);

	for (int j = first; j < first + n; j++)
		memmove(row_of(b, j), row_of(b, j) + 2, rest);
}

/* Pair k into the same rows, and zeros that make the width a multiple of four. */
static void
store_entries(CoLbfgs *b, int k, int first, int n, const double *s, const double *y)
{
	for (int j = first; j < first + n; j++)
	{
		double	   *row = row_of(b, j) + 2 * k;

		row[0] = y[j];
		row[1] = s[j];
		if (k % 2 == 0)
			row[2] = row[3] = 0.0;
	}
}

static void
take_products(CoLbfgs *b, int k, const double *by_s, const double *by_y)
{
	for (int i = 0; i <= k; i++)
	{
		b->ss[i][k] = b->ss[k][i] = by_s[2 * i + 1];
		b->yy[i][k] = b->yy[k][i] = by_y[2 * i];
		b->sy[i][k] = by_y[2 * i + 1];
		b->sy[k][i] = by_s[2 * i];
	}
}

CoRc
co_lbfgs_update(CoLbfgs *b, const double *s, const double *y)
{
	CoLbfgsVector by_s = {0.0},
				by_y = {0.0};
	bool		is_full = b->count == b->memory;
	int			k = is_full ? b->count - 1 : b->count;

	for (int first = 0; first < b->n; first += PIECE)
	{
		int			n = b->n - first < PIECE ? b->n - first : PIECE;
		CoRc		rc;

		if (is_full)
			forget_entries(b, first, n);
		store_entries(b, k, first, n, s, y);
		b->count = k + 1;
		project_rows(b, NULL, first, n, s + first, by_s);
		project_rows(b, NULL, first, n, y + first, by_y);
		rc = co_tick(&b->ticker, 4.0 * b->count * n);
		if (rc)
			return rc;
	}
	if (is_full)
		forget_products(b);
	take_products(b, k, by_s, by_y);
	b->theta = b->yy[k][k] / b->sy[k][k];
	return isfinite(b->theta) && build_middle(b) ? CO_OK : CO_NOT_POSITIVE;
}
