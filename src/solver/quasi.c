/*-------------------------------------------------------------------------
 *
 * solver/quasi.c
 *	  Limited-memory BFGS in compact form; see solver/quasi.h.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/quasi.h"

#include "base/vec.h"

/* Powell's damping keeps this part of s'Bs: [NW06, procedure 18.2]. */
#define DAMPING		0.2

#define SIGMA_LEAST	1e-8		/* of the initial matrix */
#define SIGMA_MOST	1e8

/*
 * Gaussian elimination with row exchanges; a zero pivot becomes tiny: the
 * matrices here are nonsingular unless s are dependent to rounding.  Not the
 * L D L' of lbfgsb_matrix.c: M - W'Z has no known signs.
 */
#define PIVOT_LEAST	1e-300

static void
factor_lu(int n, double *a, int *pivot)
{
	for (int k = 0; k < n; k++)
	{
		int			best = k;

		for (int i = k + 1; i < n; i++)
			if (fabs(a[i + k * n]) > fabs(a[best + k * n]))
				best = i;
		pivot[k] = best;
		for (int j = 0; best != k && j < n; j++)
		{
			double		swap = a[k + j * n];

			a[k + j * n] = a[best + j * n];
			a[best + j * n] = swap;
		}
		if (fabs(a[k + k * n]) < PIVOT_LEAST)
			a[k + k * n] = PIVOT_LEAST;
		for (int i = k + 1; i < n; i++)
		{
			double		factor = a[i + k * n] /= a[k + k * n];

			for (int j = k + 1; j < n; j++)
				a[i + j * n] -= factor * a[k + j * n];
		}
	}
}

static void
solve_lu(int n, const double *a, const int *pivot, double *b)
{
	for (int k = 0; k < n; k++)
	{
		double		swap = b[k];

		b[k] = b[pivot[k]];
		b[pivot[k]] = swap;
	}
	for (int k = 0; k < n; k++)
		for (int i = k + 1; i < n; i++)
			b[i] -= a[i + k * n] * b[k];
	for (int k = n - 1; k >= 0; k--)
	{
		b[k] /= a[k + k * n];
		for (int i = 0; i < k; i++)
			b[i] -= a[i + k * n] * b[k];
	}
}

CoRc
co_quasi_new(CoArena *arena, int n, int dim, CoQuasi **out)
{
	CoQuasi    *quasi = co_take_zero(arena, 1, sizeof *quasi);

	if (!quasi)
		return co_arena_failed(arena);
	quasi->n = n;
	quasi->dim = dim;
	quasi->s = co_take_doubles(arena, CO_QUASI_MEMORY * (size_t) n);
	quasi->y = co_take_doubles(arena, CO_QUASI_MEMORY * (size_t) n);
	quasi->w = co_take_doubles(arena, (size_t) n);
	quasi->z = co_take_doubles(arena, CO_QUASI_RANK * (size_t) dim);
	co_quasi_reset(quasi);
	*out = quasi;
	return co_arena_failed(arena);
}

void
co_quasi_reset(CoQuasi *quasi)
{
	quasi->count = 0;
	quasi->sigma = 1.0;
}

static double *
step_of(const CoQuasi *quasi, int k)
{
	return quasi->s + (size_t) k * (size_t) quasi->n;
}

static double *
change_of(const CoQuasi *quasi, int k)
{
	return quasi->y + (size_t) k * (size_t) quasi->n;
}

/* t := W'x */
static void
project(const CoQuasi *quasi, const double *x, double *t)
{
	for (int k = 0; k < quasi->count; k++)
	{
		t[k] = quasi->sigma * co_dot(quasi->n, step_of(quasi, k), x);
		t[quasi->count + k] = co_dot(quasi->n, change_of(quasi, k), x);
	}
}

void
co_quasi_mul_add(const CoQuasi *quasi, const double *x, double *out)
{
	double		t[CO_QUASI_RANK];
	int			count = quasi->count;

	project(quasi, x, t);
	solve_lu(2 * count, quasi->m_lu, quasi->m_pivot, t);
	co_axpy(quasi->n, quasi->sigma, x, out);
	for (int k = 0; k < count; k++)
	{
		co_axpy(quasi->n, -quasi->sigma * t[k], step_of(quasi, k), out);
		co_axpy(quasi->n, -t[count + k], change_of(quasi, k), out);
	}
}

static void
forget_oldest(CoQuasi *quasi)
{
	size_t		n = (size_t) quasi->n,
				rest = (size_t) (quasi->count - 1);

	memmove(quasi->s, quasi->s + n, rest * n * sizeof(double));
	memmove(quasi->y, quasi->y + n, rest * n * sizeof(double));
	for (int i = 0; i + 1 < quasi->count; i++)
		for (int j = 0; j + 1 < quasi->count; j++)
		{
			quasi->sy[i][j] = quasi->sy[i + 1][j + 1];
			quasi->ss[i][j] = quasi->ss[i + 1][j + 1];
		}
	quasi->count--;
}

/* M of the pairs there are, and its factors. */
static void
build_middle(CoQuasi *quasi)
{
	int			count = quasi->count,
				rank = 2 * count;

	for (int i = 0; i < count; i++)
		for (int j = 0; j < count; j++)
		{
			double		lower = i > j ? quasi->sy[i][j] : 0.0;

			quasi->m[i + j * rank] = quasi->sigma * quasi->ss[i][j];
			quasi->m[i + (count + j) * rank] = lower;
			quasi->m[count + j + i * rank] = lower;
			quasi->m[count + i + (count + j) * rank] = i == j ? -quasi->sy[i][i] : 0.0;
		}
	memcpy(quasi->m_lu, quasi->m, (size_t) (rank * rank) * sizeof(double));
	factor_lu(rank, quasi->m_lu, quasi->m_pivot);
}

/* y_k := theta y + (1 - theta) B s, so that s'y_k >= DAMPING s'Bs */
static void
damp(CoQuasi *quasi, const double *s, const double *y, double *out)
{
	double		sbs,
				sy = co_dot(quasi->n, s, y),
				theta = 1.0;

	co_fill(quasi->n, 0.0, quasi->w);
	co_quasi_mul_add(quasi, s, quasi->w);
	sbs = co_dot(quasi->n, s, quasi->w);
	if (!(sy >= DAMPING * sbs))
		theta = (1.0 - DAMPING) * sbs / (sbs - sy);
	for (int j = 0; j < quasi->n; j++)
		out[j] = theta * y[j] + (1.0 - theta) * quasi->w[j];
}

bool
co_quasi_update(CoQuasi *quasi, const double *s, const double *y)
{
	double		length = co_dot(quasi->n, s, s),
				curvature = co_dot(quasi->n, y, y);
	int			k;

	if (!(length > 0.0) || isinf(length) || !(curvature >= 0.0) || isinf(curvature))
		return false;
	if (quasi->count == CO_QUASI_MEMORY)
	{
		forget_oldest(quasi);
		build_middle(quasi);
	}
	k = quasi->count;
	damp(quasi, s, y, change_of(quasi, k));
	co_copy(quasi->n, s, step_of(quasi, k));
	quasi->count++;
	for (int i = 0; i <= k; i++)
	{
		quasi->sy[i][k] = co_dot(quasi->n, step_of(quasi, i), change_of(quasi, k));
		quasi->sy[k][i] = co_dot(quasi->n, step_of(quasi, k), change_of(quasi, i));
		quasi->ss[i][k] = quasi->ss[k][i] = co_dot(quasi->n, step_of(quasi, i), step_of(quasi, k));
	}
	quasi->sigma = co_min(SIGMA_MOST, co_max(SIGMA_LEAST, quasi->sy[k][k] / length));
	build_middle(quasi);
	return true;
}

CoRc
co_quasi_prepare(CoQuasi *quasi, CoQuasiSolve solve, void *self)
{
	int			rank = 2 * quasi->count;
	double		t[CO_QUASI_RANK];

	memcpy(quasi->c_lu, quasi->m, (size_t) (rank * rank) * sizeof(double));
	for (int k = 0; k < rank; k++)
	{
		double	   *z = quasi->z + (size_t) k * (size_t) quasi->dim;
		CoRc		rc;

		co_fill(quasi->dim, 0.0, z);
		if (k < quasi->count)
			co_axpy(quasi->n, quasi->sigma, step_of(quasi, k), z);
		else
			co_copy(quasi->n, change_of(quasi, k - quasi->count), z);
		rc = solve(self, z);
		if (rc)
			return rc;
		project(quasi, z, t);
		for (int i = 0; i < rank; i++)
			quasi->c_lu[i + k * rank] -= t[i];
	}
	factor_lu(rank, quasi->c_lu, quasi->c_pivot);
	return CO_OK;
}

/* b += Z (M - W'Z)^-1 W' b */
void
co_quasi_correct(const CoQuasi *quasi, double *b)
{
	int			rank = 2 * quasi->count;
	double		t[CO_QUASI_RANK];

	project(quasi, b, t);
	solve_lu(rank, quasi->c_lu, quasi->c_pivot, t);
	for (int k = 0; k < rank; k++)
		co_axpy(quasi->dim, t[k], quasi->z + (size_t) k * (size_t) quasi->dim, b);
}
