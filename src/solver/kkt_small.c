/*-------------------------------------------------------------------------
 *
 * solver/kkt_small.c
 *	  The KKT matrix of a small problem as one dense L D L' without pivoting.
 *
 *-------------------------------------------------------------------------
 */
#include "base/vec.h"
#include "linalg/chol.h"
#include "solver/kkt.h"

typedef struct SmallKkt
{
	int			dim;			/* n + m */
	double	   *fixed;			/* [dim x dim] P and A, without the diagonals */
	double	   *factor;			/* [dim x dim] */
	double	   *rhs;			/* [dim] */
	signed char *sign;			/* [dim] */
} SmallKkt;

/* Pivots are perturbed below this: far under rho, above rounding of the Schur updates. */
#define SMALL_PIVOT	1e-13

static CoRc
small_factor(CoKkt *kkt)
{
	SmallKkt   *small = kkt->state;
	const CoQp *qp = kkt->qp;
	int			dim = small->dim;

	co_copy(dim * dim, small->fixed, small->factor);
	for (int j = 0; j < qp->n; j++)
		small->factor[j * dim + j] += kkt->dx[j] + kkt->rho;
	for (int i = 0; i < qp->m; i++)
		small->factor[(qp->n + i) * dim + qp->n + i] = -kkt->dy[i] - kkt->delta;
	co_small_ldl_factor(dim, small->factor, dim, small->sign, SMALL_PIVOT);
	return CO_OK;
}

static CoRc
small_solve(CoKkt *kkt, double *x, double *y)
{
	SmallKkt   *small = kkt->state;
	int			n = kkt->qp->n,
				m = kkt->qp->m;

	co_copy(n, x, small->rhs);
	co_copy(m, y, small->rhs + n);
	co_small_ldl_solve(small->dim, small->factor, small->dim, small->rhs);
	co_copy(n, small->rhs, x);
	co_copy(m, small->rhs + n, y);
	return CO_OK;
}

const CoKktBackend co_kkt_small = {CO_KKT_SMALL, small_factor, small_solve};

static void
fill_fixed(const CoQp *qp, SmallKkt *small)
{
	for (int j = 0; j < qp->n; j++)
	{
		double	   *column = small->fixed + j * small->dim;

		for (int k = qp->p.start[j]; k < qp->p.start[j + 1]; k++)
			column[qp->p.index[k]] = qp->p.value[k];
		for (int k = qp->a.start[j]; k < qp->a.start[j + 1]; k++)
			column[qp->n + qp->a.index[k]] = qp->a.value[k];
		small->sign[j] = 1;
	}
	for (int i = 0; i < qp->m; i++)
		small->sign[qp->n + i] = -1;
}

CoRc
co_kkt_small_init(CoKkt *kkt)
{
	CoArena    *arena = kkt->arena;
	SmallKkt   *small = co_take_zero(arena, 1, sizeof *small);
	size_t		dim = (size_t) kkt->qp->n + (size_t) kkt->qp->m;

	if (!small)
		return co_arena_failed(arena);
	small->dim = (int) dim;
	small->fixed = co_take_zero_doubles(arena, dim * dim);
	small->factor = co_take_doubles(arena, dim * dim);
	small->rhs = co_take_doubles(arena, dim);
	small->sign = co_take(arena, dim, 1);
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	fill_fixed(kkt->qp, small);
	kkt->factor_cost = (double) dim / (6.0 * CO_KKT_SOLVE_COST);
	kkt->memory = 2 * dim * dim * sizeof(double);
	kkt->backend = &co_kkt_small;
	kkt->state = small;
	return CO_OK;
}
