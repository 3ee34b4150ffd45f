/*-------------------------------------------------------------------------
 *
 * linalg/chol.c
 *	  Dense Cholesky and its relatives, in pieces of bounded work.
 *
 * A library call cannot be interrupted.  So each operation is halved along its
 * longest dimension until the work of a piece is at most CALL_WORK, and the
 * poll is asked before each piece [EGJK04]:
 *
 *		A11		= L11 L11'			factor
 *		L21		= A21 L11'^-1		solve_triangle, from the right
 *		A22    -= L21 L21'			add_square
 *		A22		= L22 L22'			factor
 *
 * Halving keeps the pieces nearly square, which is the shape the library is
 * fastest at; the pieces of one order do not depend on anything but sizes, so
 * neither do the bits of the result.
 *
 * [EGJK04]	Elmroth, Gustavson, Jonsson, Kagstrom, Recursive blocked algorithms
 *			and hybrid data structures, SIAM Review 46 (2004) 3-45.
 *
 *-------------------------------------------------------------------------
 */
#include "linalg/chol.h"

#include <float.h>
#include <math.h>

#include "base/vec.h"

/*
 * Multiply-adds in one call: 7 ms where a core does 58e9 floating point
 * operations per second (AVX-512), 50 ms where it does 8e9 (SSE2).  The poll
 * and the smaller pieces then cost 2 to 3 % against dpotrf of the whole at
 * n = 2000 and 4000; half of this value costs 4 to 5 %.
 */
#define CALL_WORK	2e8

/* Halves are rounded up to this, a multiple of every kernel's register tile. */
#define HALF_UNIT	64

static const double one = 1.0;
static const int stride = 1;

/* Work above CALL_WORK means a longest dimension far above HALF_UNIT. */
static int
upper_half(int n)
{
	return (n / 2 + HALF_UNIT - 1) / HALF_UNIT * HALF_UNIT;
}

/* Entry (i, j) of a column-major matrix, or of its transpose. */
static const double *
at(const double *a, int lda, char trans, int i, int j)
{
	size_t		row = (size_t) (trans == 'N' ? i : j);
	size_t		column = (size_t) (trans == 'N' ? j : i);

	return a + row + column * (size_t) lda;
}

static double *
at_mutable(double *a, int lda, int i, int j)
{
	return a + (size_t) i + (size_t) j * (size_t) lda;
}

typedef struct Operand			/* op(A), op by trans: 'N' or 'T' */
{
	char		trans;
	const double *a;
	int			lda;
} Operand;

static Operand
shifted(Operand x, int i, int j)
{
	x.a = at(x.a, x.lda, x.trans, i, j);
	return x;
}

/* C += alpha X Y, X [m x k], Y [k x n] */
static CoRc
add_product(const CoArena *arena, const CoBlas *blas, int m, int n, int k, double alpha,
			Operand x, Operand y, double *c, int ldc)
{
	CoRc		rc;
	int			half;

	if ((double) m * n * k <= CALL_WORK)
	{
		rc = co_poll(arena);
		if (!rc)
			blas->dgemm(&x.trans, &y.trans, &m, &n, &k, &alpha, x.a, &x.lda, y.a, &y.lda,
						&one, c, &ldc);
		return rc;
	}
	if (m >= n && m >= k)
	{
		half = upper_half(m);
		rc = add_product(arena, blas, half, n, k, alpha, x, y, c, ldc);
		return rc ? rc : add_product(arena, blas, m - half, n, k, alpha,
									 shifted(x, half, 0), y, c + half, ldc);
	}
	if (n >= k)
	{
		half = upper_half(n);
		rc = add_product(arena, blas, m, half, k, alpha, x, y, c, ldc);
		return rc ? rc : add_product(arena, blas, m, n - half, k, alpha, x,
									 shifted(y, 0, half), at_mutable(c, ldc, 0, half), ldc);
	}
	half = upper_half(k);
	rc = add_product(arena, blas, m, n, half, alpha, x, y, c, ldc);
	return rc ? rc : add_product(arena, blas, m, n, k - half, alpha,
								 shifted(x, 0, half), shifted(y, half, 0), c, ldc);
}

/* C (lower) += alpha X X', X [n x k] */
static CoRc
add_square(const CoArena *arena, const CoBlas *blas, int n, int k, double alpha, Operand x,
		   double *c, int ldc)
{
	Operand		transposed = {x.trans == 'N' ? 'T' : 'N', x.a, x.lda};
	CoRc		rc;
	int			half;

	if (0.5 * n * n * k <= CALL_WORK)
	{
		rc = co_poll(arena);
		if (!rc)
			blas->dsyrk("L", &x.trans, &n, &k, &alpha, x.a, &x.lda, &one, c, &ldc);
		return rc;
	}
	if (k > n)
	{
		half = upper_half(k);
		rc = add_square(arena, blas, n, half, alpha, x, c, ldc);
		return rc ? rc : add_square(arena, blas, n, k - half, alpha, shifted(x, 0, half), c, ldc);
	}
	half = upper_half(n);
	rc = add_square(arena, blas, half, k, alpha, x, c, ldc);
	if (!rc)
		rc = add_product(arena, blas, n - half, half, k, alpha, shifted(x, half, 0),
						 transposed, c + half, ldc);
	return rc ? rc : add_square(arena, blas, n - half, k, alpha, shifted(x, half, 0),
								at_mutable(c, ldc, half, half), ldc);
}

/*
 * side 'L': B := L^-1 B, B [n x nrhs];  side 'R': B := B L'^-1, B [nrhs x n]
 */
static CoRc
solve_triangle(const CoArena *arena, const CoBlas *blas, char side, int n, int nrhs,
			   const double *l, int lda, double *b, int ldb)
{
	bool		left = side == 'L';
	CoRc		rc;
	int			half;
	Operand		l21;
	Operand		b1;
	double	   *b2;

	if (0.5 * n * n * nrhs <= CALL_WORK)
	{
		rc = co_poll(arena);
		if (!rc)
			blas->dtrsm(&side, "L", left ? "N" : "T", "N", left ? &n : &nrhs,
						left ? &nrhs : &n, &one, l, &lda, b, &ldb);
		return rc;
	}
	if (nrhs >= n)
	{
		half = upper_half(nrhs);
		rc = solve_triangle(arena, blas, side, n, half, l, lda, b, ldb);
		b2 = left ? at_mutable(b, ldb, 0, half) : b + half;
		return rc ? rc : solve_triangle(arena, blas, side, n, nrhs - half, l, lda, b2, ldb);
	}
	half = upper_half(n);
	rc = solve_triangle(arena, blas, side, half, nrhs, l, lda, b, ldb);
	b1 = (Operand) {'N', b, ldb};
	b2 = left ? b + half : at_mutable(b, ldb, 0, half);
	l21 = (Operand) {left ? 'N' : 'T', l + half, lda};
	if (!rc && left)
		rc = add_product(arena, blas, n - half, nrhs, half, -1.0, l21, b1, b2, ldb);
	else if (!rc)
		rc = add_product(arena, blas, nrhs, n - half, half, -1.0, b1, l21, b2, ldb);
	return rc ? rc : solve_triangle(arena, blas, side, n - half, nrhs,
									at(l, lda, 'N', half, half), lda, b2, ldb);
}

static bool
is_pivot(double d)
{
	return d > 0.0 && d <= DBL_MAX;
}

/*
 * OpenBLAS takes a NaN for a good pivot (it asks whether d <= 0), so the
 * diagonal is looked at whatever it says.
 */
static CoRc
factor_piece(const CoArena *arena, const CoBlas *blas, int n, double *a, int lda, int *failed_at)
{
	int			info = 0;
	CoRc		rc = co_poll(arena);

	if (rc)
		return rc;
	blas->dpotrf("L", &n, a, &lda, &info);
	for (int j = 0; j < (info > 0 ? info - 1 : n); j++)
		if (!is_pivot(*at(a, lda, 'N', j, j)))
		{
			*failed_at = j;
			return CO_NOT_FINITE;
		}
	if (info > 0)
	{
		*failed_at = info - 1;
		return isnan(*at(a, lda, 'N', info - 1, info - 1)) ? CO_NOT_FINITE : CO_NOT_POSITIVE;
	}
	return CO_OK;
}

static CoRc
factor(const CoArena *arena, const CoBlas *blas, int n, double *a, int lda, int *failed_at)
{
	int			half = upper_half(n);
	Operand		l21;
	double	   *a22;
	CoRc		rc;

	if ((double) n * n * n / 6.0 <= CALL_WORK)
		return factor_piece(arena, blas, n, a, lda, failed_at);
	l21 = (Operand) {'N', a + half, lda};
	a22 = at_mutable(a, lda, half, half);
	rc = factor(arena, blas, half, a, lda, failed_at);
	if (!rc)
		rc = solve_triangle(arena, blas, 'R', half, n - half, a, lda, a + half, lda);
	if (!rc)
		rc = add_square(arena, blas, n - half, half, -1.0, l21, a22, lda);
	if (!rc)
	{
		rc = factor(arena, blas, n - half, a22, lda, failed_at);
		if (rc == CO_NOT_POSITIVE || rc == CO_NOT_FINITE)
			*failed_at += half;
	}
	return rc;
}

static bool
lower_is_finite(int n, const double *a, int lda)
{
	for (int j = 0; j < n; j++)
		if (!co_all_finite(n - j, at(a, lda, 'N', j, j)))
			return false;
	return true;
}

CoRc
co_chol_factor(const CoArena *arena, const CoBlas *blas, int n, double *a, int lda,
			   int *failed_at)
{
	CoRc		rc;

	*failed_at = -1;
	if (n > CO_SMALL_MAX)
		return blas ? factor(arena, blas, n, a, lda, failed_at) : CO_NO_BLAS;
	rc = co_poll(arena);
	if (rc)
		return rc;
	*failed_at = co_small_chol_factor(n, a, lda);
	if (*failed_at < 0)
		return CO_OK;
	return lower_is_finite(n, a, lda) ? CO_NOT_POSITIVE : CO_NOT_FINITE;
}

void
co_chol_solve_l(const CoBlas *blas, int n, const double *l, int lda, double *x)
{
	if (n <= CO_SMALL_MAX || !blas)
		co_small_chol_solve_l(n, l, lda, x);
	else
		blas->dtrsv("L", "N", "N", &n, l, &lda, x, &stride);
}

void
co_chol_solve_lt(const CoBlas *blas, int n, const double *l, int lda, double *x)
{
	if (n <= CO_SMALL_MAX || !blas)
		co_small_chol_solve_lt(n, l, lda, x);
	else
		blas->dtrsv("L", "T", "N", &n, l, &lda, x, &stride);
}

void
co_chol_solve(const CoBlas *blas, int n, const double *l, int lda, double *x)
{
	co_chol_solve_l(blas, n, l, lda, x);
	co_chol_solve_lt(blas, n, l, lda, x);
}

CoRc
co_chol_solve_l_many(const CoArena *arena, const CoBlas *blas, int n, const double *l, int lda,
					 int nrhs, double *b, int ldb)
{
	if (n <= 0 || nrhs <= 0)
		return CO_OK;
	if (blas)
		return solve_triangle(arena, blas, 'L', n, nrhs, l, lda, b, ldb);
	for (int j = 0; j < nrhs; j++)
	{
		CoRc		rc = co_poll(arena);

		if (rc)
			return rc;
		co_small_chol_solve_l(n, l, lda, at_mutable(b, ldb, 0, j));
	}
	return CO_OK;
}

/* Rows of negative d go to the end, in reverse. */
static void
scale_column(int k, const double *from, const double *d, const double *root, double *to)
{
	int			front = 0;
	int			back = k;

	for (int i = 0; i < k; i++)
	{
		double		scaled = root[i] * from[i];

		if (d[i] < 0.0)
			to[--back] = scaled;
		else
			to[front++] = scaled;
	}
}

static void
scale_column_in_place(int k, const double *from, const double *d, double *to)
{
	int			front = 0;
	int			back = k;

	for (int i = 0; i < k; i++)
		if (d[i] < 0.0)
			to[--back] = sqrt(-d[i]) * from[i];
		else
			to[front++] = sqrt(d[i]) * from[i];
}

/*
 * work = the rows of B times sqrt |d|, the rows of negative d at the end.  Its
 * first column holds the roots until its own turn, which is why that is last.
 */
static CoRc
scale_rows(const CoArena *arena, int n, int k, const double *b, int ldb, const double *d,
		   double *work, int *n_front)
{
	int			until_poll = CO_POLL_WORK;

	*n_front = 0;
	for (int i = 0; i < k; i++)
	{
		work[i] = sqrt(fabs(d[i]));
		*n_front += !(d[i] < 0.0);
	}
	for (int j = n - 1; j > 0; j--)
	{
		const double *from = at(b, ldb, 'N', 0, j);
		double	   *to = at_mutable(work, k, 0, j);

		if (*n_front < k)
			scale_column(k, from, d, work, to);
		else
			for (int i = 0; i < k; i++)
				to[i] = work[i] * from[i];
		until_poll -= k;
		if (until_poll < 0)
		{
			CoRc		rc = co_poll(arena);

			if (rc)
				return rc;
			until_poll = CO_POLL_WORK;
		}
	}
	scale_column_in_place(k, b, d, work);
	return CO_OK;
}

/* The same without a library and without roots: C += alpha B' (D B). */
static CoRc
add_scaled_square_small(const CoArena *arena, int n, int k, double alpha, const double *b,
						int ldb, const double *d, double *work, double *c, int ldc)
{
	int			rows = CO_POLL_WORK / (n * n) + 1;	/* per poll */

	for (int first = 0; first < k; first += rows)
	{
		int			here = k - first < rows ? k - first : rows;
		CoRc		rc = co_poll(arena);

		if (rc)
			return rc;
		for (int j = 0; d && j < n; j++)
			for (int i = first; i < first + here; i++)
				*at_mutable(work, k, i, j) = d[i] * *at(b, ldb, 'N', i, j);
		co_small_syrk(n, here, alpha, b + first, ldb, d ? work + first : b + first,
					  d ? k : ldb, c, ldc);
	}
	return CO_OK;
}

CoRc
co_syrk_scaled(const CoArena *arena, const CoBlas *blas, int n, int k, double alpha,
			   const double *b, int ldb, const double *d, double *work, double *c, int ldc)
{
	Operand		x = {'T', b, ldb};
	int			front = k;
	CoRc		rc = CO_OK;

	if (n <= 0 || k <= 0)
		return CO_OK;
	if (n <= CO_SMALL_MAX && (!blas || k <= CO_SMALL_MAX))
		return add_scaled_square_small(arena, n, k, alpha, b, ldb, d, work, c, ldc);
	if (!blas)
		return CO_NO_BLAS;
	if (d)
	{
		rc = scale_rows(arena, n, k, b, ldb, d, work, &front);
		x = (Operand) {'T', work, k};
	}
	if (!rc && front > 0)
		rc = add_square(arena, blas, n, front, alpha, x, c, ldc);
	if (!rc && front < k)
		rc = add_square(arena, blas, n, k - front, -alpha, shifted(x, 0, front), c, ldc);
	return rc;
}
