/*-------------------------------------------------------------------------
 *
 * solver/kkt_sparse.c
 *	  The KKT matrix in the multifrontal L D L' of linalg/ldl.h.
 *
 *-------------------------------------------------------------------------
 */
#include <limits.h>

#include "base/vec.h"
#include "linalg/ticker.h"
#include "solver/kkt.h"

/* An entry copied to memory that is new, in operations. */
#define NEW_ENTRY_COST	8.0

typedef struct SparseKkt
{
	CoLdl	   *ldl;
	double	   *value;			/* [nnz] the lower triangle, column by column */
	double	   *p_diagonal;		/* [n] diagonal of P */
	int		   *diagonal;		/* [n + m] place of each diagonal entry in
								 * value */
	double	   *rhs;			/* [n + m] */
	signed char *sign;			/* [n + m] */
} SparseKkt;

/*
 * Column j < n: the diagonal, P below it, then A's column shifted by n;
 * column n + i: the diagonal only.
 */
CoRc
co_kkt_sparse_pattern(CoArena *arena, const CoQp *qp, CoCsc *lower)
{
	size_t		dim = (size_t) qp->n + (size_t) qp->m;
	size_t		room = dim + (size_t) co_csc_nnz(&qp->p) + (size_t) co_csc_nnz(&qp->a);
	CoTicker	ticker = co_ticker(arena);
	int			nnz = 0;
	CoRc		rc = CO_OK;

	if (room > INT_MAX)
		return CO_NO_MEMORY;
	lower->nrow = lower->ncol = (int) dim;
	lower->start = co_take_ints(arena, dim + 1);
	lower->index = co_take_ints(arena, room);
	lower->value = NULL;
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	for (int j = 0; j < qp->n && !rc; j++)
	{
		rc = co_tick(&ticker, NEW_ENTRY_COST * (2.0 + co_csc_length(&qp->p, j) + co_csc_length(&qp->a, j)));
		lower->start[j] = nnz;
		lower->index[nnz++] = j;
		for (int k = qp->p.start[j]; k < qp->p.start[j + 1]; k++)
			if (qp->p.index[k] > j)
				lower->index[nnz++] = qp->p.index[k];
		for (int k = qp->a.start[j]; k < qp->a.start[j + 1]; k++)
			lower->index[nnz++] = qp->n + qp->a.index[k];
	}
	for (int i = qp->n; i < (int) dim; i++)
	{
		lower->start[i] = nnz;
		lower->index[nnz++] = i;
	}
	lower->start[dim] = nnz;
	return rc;
}

static CoRc
fill_values(const CoArena *arena, const CoQp *qp, const CoCsc *lower, SparseKkt *sparse)
{
	CoTicker	ticker = co_ticker(arena);
	int			at = 0;
	CoRc		rc = CO_OK;

	for (int j = 0; j < qp->n && !rc; j++)
	{
		rc = co_tick(&ticker, NEW_ENTRY_COST * (2.0 + co_csc_length(&qp->p, j) + co_csc_length(&qp->a, j)));
		sparse->diagonal[j] = at++;
		sparse->p_diagonal[j] = 0.0;
		sparse->sign[j] = 1;
		for (int k = qp->p.start[j]; k < qp->p.start[j + 1]; k++)
		{
			if (qp->p.index[k] > j)
				sparse->value[at++] = qp->p.value[k];
			else
				sparse->p_diagonal[j] = qp->p.value[k];
		}
		for (int k = qp->a.start[j]; k < qp->a.start[j + 1]; k++)
			sparse->value[at++] = qp->a.value[k];
	}
	for (int i = qp->n; i < lower->ncol; i++)
	{
		sparse->diagonal[i] = at++;
		sparse->sign[i] = -1;
	}
	return rc;
}

static CoRc
sparse_factor(CoKkt *kkt)
{
	SparseKkt  *sparse = kkt->state;
	const CoQp *qp = kkt->qp;
	CoInertia	inertia;

	for (int j = 0; j < qp->n; j++)
		sparse->value[sparse->diagonal[j]] = sparse->p_diagonal[j] + kkt->dx[j] + kkt->rho;
	for (int i = 0; i < qp->m; i++)
		sparse->value[sparse->diagonal[qp->n + i]] = -kkt->dy[i] - kkt->delta;
	return co_ldl_factor(sparse->ldl, sparse->value, sparse->sign, &inertia);
}

static CoRc
sparse_solve(CoKkt *kkt, double *x, double *y)
{
	SparseKkt  *sparse = kkt->state;
	int			n = kkt->qp->n,
				m = kkt->qp->m;
	CoRc		rc;

	co_copy(n, x, sparse->rhs);
	co_copy(m, y, sparse->rhs + n);
	rc = co_ldl_solve(sparse->ldl, sparse->rhs);
	co_copy(n, sparse->rhs, x);
	co_copy(m, sparse->rhs + n, y);
	return rc;
}

const CoKktBackend co_kkt_sparse = {CO_KKT_SPARSE, sparse_factor, sparse_solve};

CoRc
co_kkt_sparse_init(CoKkt *kkt, const CoCsc *lower)
{
	CoArena    *arena = kkt->arena;
	SparseKkt  *sparse = co_take_zero(arena, 1, sizeof *sparse);
	size_t		dim = (size_t) lower->ncol;
	CoRc		rc;

	if (!sparse)
		return co_arena_failed(arena);
	sparse->value = co_take_doubles(arena, (size_t) co_csc_nnz(lower));
	sparse->p_diagonal = co_take_doubles(arena, (size_t) kkt->qp->n);
	sparse->diagonal = co_take_ints(arena, dim);
	sparse->rhs = co_take_doubles(arena, dim);
	sparse->sign = co_take(arena, dim, 1);
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	rc = co_ldl_analyze(arena, lower, &sparse->ldl);
	if (rc)
		return rc;
	rc = fill_values(arena, kkt->qp, lower, sparse);
	if (rc)
		return rc;
	kkt->memory = co_ldl_stats(sparse->ldl)->memory;
	kkt->factor_cost = co_ldl_stats(sparse->ldl)->flops /
		(2.0 * CO_KKT_SOLVE_COST * (double) co_ldl_stats(sparse->ldl)->nnz_l);
	kkt->backend = &co_kkt_sparse;
	kkt->state = sparse;
	return CO_OK;
}
