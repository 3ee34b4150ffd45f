/*-------------------------------------------------------------------------
 *
 * linalg/small.c
 *	  The small kernels of linalg/chol.h, without any library.
 *
 * Up to CO_SMALL_MAX the call of a LAPACK routine costs more than its work.
 * Here the lower triangle is copied into a square whose leading dimension is a
 * multiple of four, so that no loop has a remainder, and factored by panels of
 * four columns [GVL13]:
 *
 *		for each panel	 l[j] = a[j] / d[j],  a[k] -= l[j] (d l)[k]	  inside it
 *						 a[k] -= sum of four l[j] (d l)[k]			  right of it
 *
 * Every entry sees the same subtractions in the same order, column after
 * column, whatever the vector width.
 *
 * [GVL13]	Golub, Van Loan, Matrix Computations, 4th ed., sections 4.1 and 4.2.
 *
 *-------------------------------------------------------------------------
 */
#include "linalg/chol.h"

#include <float.h>
#include <math.h>

#include "base/vec.h"
#include "linalg/clones.h"

#define PANEL		4			/* columns; the width of CoVec4, too */

typedef struct Square			/* rows below n and columns beyond it are zero */
{
	int			n,
				ld;				/* n rounded up to PANEL */
	double		a[CO_SMALL_MAX * CO_SMALL_MAX] __attribute__((aligned(64)));

	/* [PANEL x ld] the columns (d l)[j] of the panel at work */
	double		w[PANEL * CO_SMALL_MAX] __attribute__((aligned(64)));
} Square;

/* What lies above the diagonal is computed on, and never looked at. */
CO_INLINE void
load_square(Square *s, int n, const double *a, int lda)
{
	int			ld = (n + PANEL - 1) / PANEL * PANEL;

	s->n = n;
	s->ld = ld;
	for (int j = 0; j < ld; j++)
	{
		double	   *to = s->a + j * ld;
		const double *from = a + (size_t) j * (size_t) lda;
		int			i = j / PANEL * PANEL;

		for (int k = i; k < ld; k += PANEL)
			*(CoVec4 *) (to + k) = CO_VEC4_ZERO;
		if (j >= n)
			continue;
		for (i = j; i < n && i % PANEL; i++)
			to[i] = from[i];
		for (; i + PANEL <= n; i += PANEL)
			*(CoVec4 *) (to + i) = CO_VEC4_CONST(from + i);
		for (; i < n; i++)
			to[i] = from[i];
	}
}

CO_INLINE void
store_square(const Square *s, double *a, int lda)
{
	for (int j = 0; j < s->n; j++)
	{
		const double *from = s->a + j * s->ld;
		double	   *to = a + (size_t) j * (size_t) lda;
		int			i;

		for (i = j; i < s->n && i % PANEL; i++)
			to[i] = from[i];
		for (; i + PANEL <= s->n; i += PANEL)
			CO_VEC4(to + i) = *(const CoVec4 *) (from + i);
		for (; i < s->n; i++)
			to[i] = from[i];
	}
}

/*
 * Column j becomes l = scale * a; the later columns of its panel, first ..
 * first + PANEL - 1, lose l (weight * a)', which is kept as w.
 */
CO_INLINE void
eliminate_in_panel(Square *s, int first, int j, double scale, double weight)
{
	int			ld = s->ld;
	int			n_later = first + PANEL - 1 - j;
	double	   *column = s->a + j * ld;
	double	   *w = s->w + (j - first) * ld;
	double		w1 = n_later > 0 ? weight * column[j + 1] : 0.0;
	double		w2 = n_later > 1 ? weight * column[j + 2] : 0.0;
	double		w3 = n_later > 2 ? weight * column[j + 3] : 0.0;

	for (int i = first; i < ld; i += PANEL)
	{
		CoVec4		a = *(CoVec4 *) (column + i);
		CoVec4		l = a * scale;

		*(CoVec4 *) (column + i) = l;
		*(CoVec4 *) (w + i) = a * weight;
		if (n_later > 0)
			*(CoVec4 *) (column + ld + i) -= l * w1;
		if (n_later > 1)
			*(CoVec4 *) (column + 2 * ld + i) -= l * w2;
		if (n_later > 2)
			*(CoVec4 *) (column + 3 * ld + i) -= l * w3;
	}
}

/* The columns right of the panel lose the products of all its columns. */
CO_INLINE void
update_trailing(Square *s, int first)
{
	int			ld = s->ld;
	const double *l = s->a + first * ld;

	for (int k = first + PANEL; k < ld; k += PANEL)
	{
		const double *w = s->w + k;
		double	   *c = s->a + k * ld;

		for (int i = k; i < ld; i += PANEL)
		{
			CoVec4		l0 = *(const CoVec4 *) (l + i);
			CoVec4		l1 = *(const CoVec4 *) (l + ld + i);
			CoVec4		l2 = *(const CoVec4 *) (l + 2 * ld + i);
			CoVec4		l3 = *(const CoVec4 *) (l + 3 * ld + i);

			for (int q = 0; q < PANEL; q++)
			{
				CoVec4	   *at = (CoVec4 *) (c + q * ld + i);
				CoVec4		t = *at;

				t -= l0 * w[q];
				t -= l1 * w[ld + q];
				t -= l2 * w[2 * ld + q];
				t -= l3 * w[3 * ld + q];
				*at = t;
			}
		}
	}
}

/* The pivot to use for d, counting when it is another one. */
CO_INLINE double
guard_pivot(double d, const signed char *sign, int j, double perturb, int *n_perturbed)
{
	if (fabs(d) < perturb)
	{
		(*n_perturbed)++;
		return sign && sign[j] < 0 ? -perturb : perturb;
	}
	return d;
}

CO_CLONES static int
factor_ldl(int n, double *a, int lda, const signed char *sign, double perturb)
{
	Square		s;
	int			n_perturbed = 0;

	load_square(&s, n, a, lda);
	for (int first = 0; first < n; first += PANEL)
	{
		/* The columns of zeros that round n up have no pivot. */
		for (int j = first; j < first + PANEL; j++)
		{
			double		d = 1.0;

			if (j < n)
				d = guard_pivot(s.a[j * s.ld + j], sign, j, perturb, &n_perturbed);
			eliminate_in_panel(&s, first, j, 1.0 / d, 1.0);
			s.a[j * s.ld + j] = d;
		}
		update_trailing(&s, first);
	}
	store_square(&s, a, lda);
	return n_perturbed;
}

CO_CLONES static int
factor_chol(int n, double *a, int lda)
{
	Square		s;

	load_square(&s, n, a, lda);
	for (int first = 0; first < n; first += PANEL)
	{
		/* The last panel may be cut short: nothing reads its w. */
		for (int j = first; j < first + PANEL && j < n; j++)
		{
			double		d = s.a[j * s.ld + j];
			double		root;

			if (!(d > 0.0 && d <= DBL_MAX))
				return j;
			root = sqrt(d);
			eliminate_in_panel(&s, first, j, 1.0 / root, 1.0 / root);
			s.a[j * s.ld + j] = root;
		}
		update_trailing(&s, first);
	}
	store_square(&s, a, lda);
	return -1;
}

/* Beyond CO_SMALL_MAX: the same column by column, in place. */
static int
factor_large_ldl(int n, double *a, int lda, const signed char *sign, double perturb)
{
	int			n_perturbed = 0;

	for (int j = 0; j < n; j++)
	{
		double	   *l = a + (size_t) j * (size_t) lda;
		double		d = guard_pivot(l[j], sign, j, perturb, &n_perturbed);

		l[j] = d;
		for (int k = j + 1; k < n; k++)
			co_axpy(n - k, -(l[k] / d), l + k, a + (size_t) k * (size_t) lda + k);
		co_scale(n - j - 1, 1.0 / d, l + j + 1);
	}
	return n_perturbed;
}

static int
factor_large_chol(int n, double *a, int lda)
{
	for (int j = 0; j < n; j++)
	{
		double	   *l = a + (size_t) j * (size_t) lda;

		if (!(l[j] > 0.0 && l[j] <= DBL_MAX))
			return j;
		l[j] = sqrt(l[j]);
		co_scale(n - j - 1, 1.0 / l[j], l + j + 1);
		for (int k = j + 1; k < n; k++)
			co_axpy(n - k, -l[k], l + k, a + (size_t) k * (size_t) lda + k);
	}
	return -1;
}

int
co_small_ldl_factor(int n, double *a, int lda, const signed char *sign, double perturb)
{
	if (n > CO_SMALL_MAX)
		return factor_large_ldl(n, a, lda, sign, perturb);
	return factor_ldl(n, a, lda, sign, perturb);
}

int
co_small_chol_factor(int n, double *a, int lda)
{
	if (n > CO_SMALL_MAX)
		return factor_large_chol(n, a, lda);
	return factor_chol(n, a, lda);
}

/*
 * The triangular solves go by blocks of PANEL columns, counted from the end,
 * so that the rows below a block are a multiple of PANEL; the n % PANEL
 * columns at the head are a narrower block.  Width and unit are constants where
 * a block is inlined.
 */
CO_INLINE void
solve_l_block(int n, int width, const double *l, size_t ld, int first, bool unit, double *x)
{
	double		y[PANEL] = {0.0, 0.0, 0.0, 0.0};

	/* the triangle */
	CO_UNROLL_4
		for (int c = 0; c < width; c++)
	{
		double		sum = x[first + c];

		CO_UNROLL_4
			for (int q = 0; q < c; q++)
			sum -= l[(first + q) * ld + first + c] * y[q];
		y[c] = unit ? sum : sum / l[(first + c) * ld + first + c];
		x[first + c] = y[c];
	}

	/* the rectangle below */
	l += first * ld;
	for (int i = first + width; i < n; i += PANEL)
	{
		CoVec4		t = CO_VEC4(x + i);

		CO_UNROLL_4
			for (int q = 0; q < width; q++)
			t -= CO_VEC4_CONST(l + q * ld + i) * y[q];
		CO_VEC4(x + i) = t;
	}
}

CO_INLINE void
solve_lt_block(int n, int width, const double *l, size_t ld, int first, bool unit, double *x)
{
	CoVec4		sum[PANEL] = {CO_VEC4_ZERO, CO_VEC4_ZERO, CO_VEC4_ZERO, CO_VEC4_ZERO};
	const double *below = l + first * ld;

	for (int i = first + width; i < n; i += PANEL)
	{
		CoVec4		t = CO_VEC4(x + i);

		CO_UNROLL_4
			for (int q = 0; q < width; q++)
			sum[q] += CO_VEC4_CONST(below + q * ld + i) * t;
	}
	CO_UNROLL_4
		for (int c = width - 1; c >= 0; c--)
	{
		const double *column = l + (first + c) * ld + first;
		double		rest = x[first + c] - co_vec4_sum(sum[c]);

		CO_UNROLL_4
			for (int q = c + 1; q < width; q++)
			rest -= column[q] * x[first + q];
		x[first + c] = unit ? rest : rest / column[c];
	}
}

CO_INLINE void
solve_l(int n, const double *l, size_t ld, bool unit, double *x)
{
	int			head = n % PANEL;

	if (head == 1)
		solve_l_block(n, 1, l, ld, 0, unit, x);
	else if (head == 2)
		solve_l_block(n, 2, l, ld, 0, unit, x);
	else if (head == 3)
		solve_l_block(n, 3, l, ld, 0, unit, x);
	for (int first = head; first < n; first += PANEL)
		solve_l_block(n, PANEL, l, ld, first, unit, x);
}

CO_INLINE void
solve_lt(int n, const double *l, size_t ld, bool unit, double *x)
{
	int			head = n % PANEL;

	for (int first = n - PANEL; first >= head; first -= PANEL)
		solve_lt_block(n, PANEL, l, ld, first, unit, x);
	if (head == 1)
		solve_lt_block(n, 1, l, ld, 0, unit, x);
	else if (head == 2)
		solve_lt_block(n, 2, l, ld, 0, unit, x);
	else if (head == 3)
		solve_lt_block(n, 3, l, ld, 0, unit, x);
}

CO_CLONES static void
solve_ldl(int n, const double *l, size_t ld, double *x)
{
	solve_l(n, l, ld, true, x);
	for (int j = 0; j < n; j++)
		x[j] /= l[j * ld + j];
	solve_lt(n, l, ld, true, x);
}

CO_CLONES static void
solve_chol_l(int n, const double *l, size_t ld, double *x)
{
	solve_l(n, l, ld, false, x);
}

CO_CLONES static void
solve_chol_lt(int n, const double *l, size_t ld, double *x)
{
	solve_lt(n, l, ld, false, x);
}

void
co_small_ldl_solve(int n, const double *l, int lda, double *x)
{
	solve_ldl(n, l, (size_t) lda, x);
}

void
co_small_chol_solve(int n, const double *l, int lda, double *x)
{
	solve_chol_l(n, l, (size_t) lda, x);
	solve_chol_lt(n, l, (size_t) lda, x);
}

void
co_small_chol_solve_l(int n, const double *l, int lda, double *x)
{
	solve_chol_l(n, l, (size_t) lda, x);
}

void
co_small_chol_solve_lt(int n, const double *l, int lda, double *x)
{
	solve_chol_lt(n, l, (size_t) lda, x);
}

/* Four lanes and a tail: the same sum on every machine. */
CO_INLINE double
dot4(int n, const double *x, const double *y)
{
	CoVec4		lanes = CO_VEC4_ZERO;
	double		tail = 0.0;
	int			i;

	for (i = 0; i + PANEL <= n; i += PANEL)
		lanes += CO_VEC4_CONST(x + i) * CO_VEC4_CONST(y + i);
	for (; i < n; i++)
		tail += x[i] * y[i];
	return co_vec4_sum(lanes) + tail;
}

CO_CLONES static void
add_products(int n, int k, double alpha, const double *b, size_t ldb, const double *w,
			 size_t ldw, double *c, size_t ldc)
{
	for (int j = 0; j < n; j++)
		for (int i = j; i < n; i++)
			c[j * ldc + i] += alpha * dot4(k, b + i * ldb, w + j * ldw);
}

void
co_small_syrk(int n, int k, double alpha, const double *b, int ldb, const double *w, int ldw,
			  double *c, int ldc)
{
	add_products(n, k, alpha, b, (size_t) ldb, w, (size_t) ldw, c, (size_t) ldc);
}
