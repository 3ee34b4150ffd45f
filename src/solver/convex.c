/*-------------------------------------------------------------------------
 *
 * solver/convex.c
 *	  Is P positive semidefinite?  Shown by a factorization, not assumed.
 *
 * D P D with unit diagonal (a congruence, so the inertia is P's) is shifted by
 * SHIFT and factorized: a negative pivot proves an eigenvalue below -SHIFT of
 * the scaled matrix.  A zero or negative diagonal with entries beside it is
 * indefinite at sight; columns without entries play no part.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/convex.h"

#include <string.h>

#include "base/vec.h"
#include "linalg/chol.h"
#include "linalg/ldl.h"
#include "linalg/ticker.h"

/*
 * Covariances computed from data have eigenvalues of -1e-16 .. -1e-12 times
 * the largest by rounding alone.
 */
#define SHIFT	1e-9

#define ENTRY_COST	4.0			/* looking at an entry of P, in operations */

static CoRc
unit_diagonal(const CoArena *arena, const CoQp *qp, double *d, bool *diagonal_only)
{
	CoTicker	ticker = co_ticker(arena);
	const CoCsc *p = &qp->p;
	CoRc		rc = CO_OK;

	*diagonal_only = true;
	co_fill(qp->n, 0.0, d);
	for (int j = 0; j < qp->n && !rc; j++)
	{
		for (int k = p->start[j]; k < p->start[j + 1]; k++)
		{
			if (p->index[k] != j)
				*diagonal_only = *diagonal_only && p->value[k] == 0.0;
			else if (p->value[k] < 0.0)
				return CO_NOT_CONVEX;
			else if (p->value[k] > 0.0)
				d[j] = 1.0 / sqrt(p->value[k]);
		}
		rc = co_tick(&ticker, ENTRY_COST * (1 + co_csc_length(p, j)));
	}
	for (int j = 0; j < qp->n && !rc; j++)
	{
		for (int k = p->start[j]; k < p->start[j + 1]; k++)
			if (p->value[k] != 0.0 && (d[j] == 0.0 || d[p->index[k]] == 0.0))
				return CO_NOT_CONVEX;
		rc = co_tick(&ticker, ENTRY_COST * (1 + co_csc_length(p, j)));
	}
	return rc;
}

/* The scaled matrix on the indices that have a diagonal, in LDL's form. */
static CoRc
scaled_matrix(CoArena *arena, const CoQp *qp, const double *d, CoCsc *out)
{
	CoTicker	ticker = co_ticker(arena);
	const CoCsc *p = &qp->p;
	int		   *map = co_take_ints(arena, (size_t) qp->n);
	int			n = 0,
				nnz = 0;
	CoRc		rc;

	out->index = co_take_ints(arena, (size_t) co_csc_nnz(p));
	out->value = co_take_doubles(arena, (size_t) co_csc_nnz(p));
	out->start = co_take_ints(arena, (size_t) qp->n + 1);
	rc = co_arena_failed(arena);
	if (rc)
		return rc;
	for (int j = 0; j < qp->n; j++)
		map[j] = d[j] > 0.0 ? n++ : -1;
	n = 0;
	for (int j = 0; j < qp->n && !rc; j++)
	{
		if (map[j] < 0)
			continue;
		rc = co_tick(&ticker, CO_ACCESS_COST * (1 + co_csc_length(p, j)));
		out->start[n++] = nnz;
		for (int k = p->start[j]; k < p->start[j + 1]; k++)
		{
			int			i = p->index[k];

			if (p->value[k] == 0.0)
				continue;
			out->index[nnz] = map[i];
			out->value[nnz++] = i == j ? 1.0 + SHIFT : p->value[k] * d[i] * d[j];
		}
	}
	out->start[n] = nnz;
	out->nrow = out->ncol = n;
	return rc;
}

/* The scaled matrix as a square; indices without a diagonal get a 1. */
static CoRc
scaled_square(CoArena *arena, const CoQp *qp, const double *d, double **out)
{
	const CoCsc *p = &qp->p;
	size_t		n = (size_t) qp->n;
	CoTicker	ticker = co_ticker(arena);
	double	   *square = co_take_doubles(arena, n * n);
	CoRc		rc = co_arena_failed(arena);

	*out = square;
	for (size_t j = 0; j < n && !rc; j++)
	{
		double	   *column = square + j * n;

		memset(column, 0, n * sizeof(double));
		column[j] = 1.0 + SHIFT;
		for (int k = p->start[j]; k < p->start[j + 1]; k++)
			if (p->index[k] != (int) j)
				column[p->index[k]] = p->value[k] * d[j] * d[p->index[k]];
		rc = co_tick(&ticker, CO_ACCESS_COST * (double) n);
	}
	return rc;
}

static CoRc
check_small(CoArena *arena, const CoQp *qp, const double *d)
{
	double	   *dense;
	CoRc		rc = scaled_square(arena, qp, d, &dense);

	if (rc)
		return rc;
	return co_small_chol_factor(qp->n, dense, qp->n) >= 0 ? CO_NOT_CONVEX : CO_OK;
}

/* Half full and more: dense Cholesky, when its library is there. */
static bool
is_dense(const CoQp *qp)
{
	return (double) co_csc_nnz(&qp->p) >= 0.25 * (double) qp->n * (double) qp->n;
}

static CoRc
check_dense(CoArena *arena, const CoBlas *blas, const CoQp *qp, const double *d)
{
	double	   *dense;
	int			failed_at;
	CoRc		rc = scaled_square(arena, qp, d, &dense);

	if (!rc)
		rc = co_poll(arena);
	if (!rc)
		rc = co_chol_factor(arena, blas, qp->n, dense, qp->n, &failed_at);
	return rc == CO_NOT_POSITIVE ? CO_NOT_CONVEX : rc;
}

static CoRc
check_sparse(CoArena *arena, const CoQp *qp, const double *d)
{
	CoCsc		scaled;
	CoLdl	   *ldl;
	CoInertia	inertia;
	CoRc		rc = scaled_matrix(arena, qp, d, &scaled);

	if (!rc)
		rc = co_ldl_analyze(arena, &scaled, &ldl);
	if (!rc)
		rc = co_ldl_factor(ldl, scaled.value, NULL, &inertia);
	return !rc && inertia.n_negative > 0 ? CO_NOT_CONVEX : rc;
}

static CoRc
check(CoArena *arena, const CoQp *qp, const double *d)
{
	const CoEnv *env = arena->env;
	const CoBlas *blas;

	if (qp->n <= CO_SMALL_MAX)
		return check_small(arena, qp, d);
	blas = is_dense(qp) ? env->blas(env->self) : NULL;
	return blas ? check_dense(arena, blas, qp, d) : check_sparse(arena, qp, d);
}

CoRc
co_convex_check(CoArena *arena, const CoQp *qp)
{
	CoMark		mark = co_mark(arena);
	double	   *d;
	bool		diagonal_only;
	CoRc		rc;

	if (co_csc_nnz(&qp->p) == 0)
		return CO_OK;
	d = co_take_doubles(arena, (size_t) qp->n);
	if (!d)
		return co_arena_failed(arena);
	rc = unit_diagonal(arena, qp, d, &diagonal_only);
	if (!rc && !diagonal_only)
		rc = check(arena, qp, d);
	co_rewind(arena, mark);
	return rc;
}
