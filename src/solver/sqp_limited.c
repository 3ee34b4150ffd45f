/*-------------------------------------------------------------------------
 *
 * solver/sqp_limited.c
 *	  Limited-memory BFGS in the subproblem, without a dense matrix.
 *
 * An update in product form [BGG73] is
 *
 *		B+ = (I + u s') B (I + s u'),	u = y / sqrt(s'y s'Bs) - Bs / s'Bs,
 *
 * so that the B of the pairs s_1 .. s_m from sigma I has
 *
 *		d'Bd = sigma |d + S t|^2,	t_k = u_k'(d + sum_{i > k} s_i t_i).
 *
 * The t are variables of the subproblem, with the second equations as rows: its
 * matrix stays sparse, and convex.  The pairs are quasi.c's, damped.
 *
 *-------------------------------------------------------------------------
 */
#include "base/vec.h"
#include "solver/sqp.h"

#define SIGMA_LEAST		1e-8	/* as in quasi.c */
#define SIGMA_MOST		1e8

/* A diagonal and S for the step, a triangle for the t. */
CoRc
co_sqp_limited_take(CoSqp *s)
{
	CoCsc	   *p = &s->qp.p;
	int			n = s->qp.n,
				at = 0;
	size_t		extra = CO_QUASI_MEMORY,
				nnz = (size_t) s->n * (extra + 1) + extra * extra;

	p->index = co_take_ints(s->arena, nnz);
	p->value = co_take_zero_doubles(s->arena, nnz);
	s->hess.u = co_take_zero_doubles(s->arena, extra * (size_t) s->n);
	if (co_arena_failed(s->arena))
		return co_arena_failed(s->arena);
	for (int j = 0; j < n; j++)
	{
		p->start[j] = at;
		p->index[at++] = j;
		for (int i = j < s->n ? s->n : j + 1; i < n; i++)
			p->index[at++] = i;
	}
	p->start[n] = at;
	return co_quasi_new(s->arena, s->n, s->n, &s->hess.quasi);
}

/* With the rows of the subproblem; quasi.c's Z is among it. */
double
co_sqp_limited_bytes(double n)
{
	double		extra = CO_QUASI_MEMORY,
				entry = sizeof(double) + sizeof(int);

	return sizeof(CoQuasi) + sizeof(double) * n * (5.0 * extra + 5.0) +
		entry * (2.0 * n * (extra + 2.0) + 4.0 * extra * extra);
}

static const double *
step_of(const CoQuasi *quasi, int k)
{
	return quasi->s + (size_t) k * (size_t) quasi->n;
}

/* out := B x of the first count pairs */
static void
multiply(const CoSqp *s, int count, const double *x, double *out)
{
	const CoQuasi *quasi = s->hess.quasi;
	int			n = s->n;

	co_copy(n, x, out);
	for (int k = count - 1; k >= 0; k--)
		co_axpy(n, co_dot(n, s->hess.u + (size_t) k * (size_t) n, out), step_of(quasi, k), out);
	co_scale(n, s->hess.sigma, out);
	for (int k = 0; k < count; k++)
		co_axpy(n, co_dot(n, step_of(quasi, k), out), s->hess.u + (size_t) k * (size_t) n, out);
}

/* y'y / s'y of the last pair, the larger of the usual two [NW06, eq. 7.20] */
static double
first_curvature(const CoQuasi *quasi)
{
	int			last = quasi->count - 1;
	const double *y;

	if (last < 0)
		return 1.0;
	y = quasi->y + (size_t) last * (size_t) quasi->n;
	return co_clamp(co_dot(quasi->n, y, y) / quasi->sy[last][last], SIGMA_LEAST, SIGMA_MOST);
}

static void
fill_factors(CoSqp *s)
{
	const CoQuasi *quasi = s->hess.quasi;
	double	   *bs = s->hess.bs;
	int			n = s->n;

	s->hess.sigma = first_curvature(quasi);
	for (int k = 0; k < quasi->count; k++)
	{
		const double *y = quasi->y + (size_t) k * (size_t) n;
		double	   *u = s->hess.u + (size_t) k * (size_t) n;
		double		sy = quasi->sy[k][k],
					sbs;

		multiply(s, k, step_of(quasi, k), bs);
		sbs = co_dot(n, step_of(quasi, k), bs);
		for (int j = 0; j < n; j++)
			u[j] = y[j] / sqrt(sy * sbs) - bs[j] / sbs;
	}
}

/* sigma (I S; S' S'S), 1 for a t without a pair */
void
co_sqp_limited_set(CoSqp *s)
{
	const CoQuasi *quasi = s->hess.quasi;
	CoCsc	   *p = &s->qp.p;
	double		sigma;

	fill_factors(s);
	sigma = s->hess.sigma;
	for (int j = 0; j < s->n; j++)
	{
		double	   *column = p->value + p->start[j];

		column[0] = sigma;
		for (int k = 0; k < CO_QUASI_MEMORY; k++)
			column[1 + k] = k < quasi->count ? sigma * step_of(quasi, k)[j] : 0.0;
	}
	for (int k = 0; k < CO_QUASI_MEMORY; k++)
		for (int i = k; i < CO_QUASI_MEMORY; i++)
			p->value[p->start[s->n + k] + i - k] =
				i < quasi->count ? sigma * quasi->ss[i][k] : i == k ? 1.0 : 0.0;
}

double
co_sqp_limited_row(const CoSqp *s, int k, int column)
{
	const CoQuasi *quasi = s->hess.quasi;
	const double *u = s->hess.u + (size_t) k * (size_t) s->n;
	int			i = column - s->n;

	if (i == k)
		return -1.0;
	if (k >= quasi->count)
		return 0.0;
	if (i < 0)
		return u[column];
	return i < quasi->count ? co_dot(s->n, u, step_of(quasi, i)) : 0.0;
}
