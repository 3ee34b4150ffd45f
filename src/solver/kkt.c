/*-------------------------------------------------------------------------
 *
 * solver/kkt.c
 *	  Choice of the factorization and iterative refinement for solver/kkt.h.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/kkt.h"

#include <stdio.h>

#include "base/vec.h"
#include "linalg/chol.h"
#include "linalg/ticker.h"
#include "solver/krylov.h"

/*
 * After equilibration: the dual regularization may be larger, because the
 * refinement contracts with delta against the rows' curvature A H^-1 A'
 * (measured on the Maros-Meszaros set: src/README.md, "Why").
 */
#define RHO		1e-10
#define DELTA	1e-8

#define MAX_REFINE		5
#define REFINE_RATIO	3.0		/* a step that gains less is the last */
#define MAX_KRYLOV		2		/* restarts of GMRES after a stalled
								 * refinement */
#define KRYLOV_ROUNDING 1e-14
#define KRYLOV_RATIO	10.0	/* a restart that gains less is the last */

/*
 * Multiply-adds of the sparse path are slower than those of the dense one by
 * about this factor on nearly dense matrices (assembly, smaller blocks).
 */
#define SPARSE_COST		3.0
#define PLAINLY_DENSE	0.5		/* part of P's triangle that is there */

static double
dense_flops(const CoQp *qp)
{
	double		n = qp->n,
				m = qp->m;

	return n * n * n / 6.0 + 0.5 * m * n * n + m * m * m / 6.0;
}

/* Bytes of the dense path: the condensed matrix, the rows, their products. */
static double
dense_bytes(const CoQp *qp)
{
	return 8.0 * ((double) qp->n * qp->n + 2.0 * (double) qp->m * qp->n + (double) qp->m * qp->m);
}

/*
 * A full P has nothing for a sparse factorization to find, and asking takes
 * longer than a factorization.
 */
static bool
plainly_dense(const CoQp *qp)
{
	double		full = 0.5 * (double) qp->n * (double) qp->n;

	return qp->n > 0 && qp->m <= qp->n && (double) co_csc_nnz(&qp->p) >= PLAINLY_DENSE * full;
}

static CoRc
choose_backend(CoKkt *kkt, CoKktPath prefer)
{
	const CoQp *qp = kkt->qp;
	CoCsc		lower;
	CoLdlStats	stats;
	CoRc		rc;

	if (prefer == CO_KKT_SMALL || (prefer == CO_KKT_NONE && qp->n + qp->m <= CO_SMALL_MAX))
	{
		snprintf(kkt->reason, sizeof kkt->reason, "dense LDL' kernel: n + m = %d is small",
				 qp->n + qp->m);
		return co_kkt_small_init(kkt);
	}
	if (prefer == CO_KKT_NONE && plainly_dense(qp))
	{
		snprintf(kkt->reason, sizeof kkt->reason, "condensed Cholesky: the matrix of the objective is dense");
		return co_kkt_dense_init(kkt);
	}
	rc = co_kkt_sparse_pattern(kkt->arena, qp, &lower);
	if (rc)
		return rc;
	if (prefer == CO_KKT_NONE)
	{
		rc = co_ldl_predict(kkt->arena, &lower, &stats);
		if (rc)
			return rc;
		prefer = dense_flops(qp) <= SPARSE_COST * stats.flops &&
			dense_bytes(qp) <= 4.0 * (double) stats.memory ? CO_KKT_DENSE : CO_KKT_SPARSE;
		snprintf(kkt->reason, sizeof kkt->reason,
				 prefer == CO_KKT_DENSE
				 ? "condensed Cholesky: sparse factor would take %.2g multiply-adds, dense %.2g"
				 : "multifrontal LDL': sparse factor takes %.2g multiply-adds, dense %.2g",
				 stats.flops, dense_flops(qp));
	}
	else
		snprintf(kkt->reason, sizeof kkt->reason, "multifrontal LDL': after a breakdown of the condensed Cholesky");
	return prefer == CO_KKT_DENSE ? co_kkt_dense_init(kkt) : co_kkt_sparse_init(kkt, &lower);
}

double
co_kkt_bytes(const CoQp *qp)
{
	double		n = qp->n,
				m = qp->m,
				entries = n + m + co_csc_nnz(&qp->p) + co_csc_nnz(&qp->a);
	double		vectors = sizeof(double) * (5.0 * n + 4.0 * m);

	if (qp->n + qp->m <= CO_SMALL_MAX)
		return vectors + 2.0 * sizeof(double) * (n + m) * (n + m);
	if (plainly_dense(qp))
		return vectors;			/* the dense path announces its own */
	return vectors + (n + m) * (2.0 * sizeof(int) + 2.0 * sizeof(double) + 1.0) +
		entries * (sizeof(int) + sizeof(double));
}

CoRc
co_kkt_new(CoArena *arena, const CoQp *qp, CoKktPath prefer, CoKkt **out)
{
	CoKkt	   *kkt = co_take_zero(arena, 1, sizeof *kkt);
	double		start = arena->env->now(arena->env->self);
	CoRc		rc;

	if (!kkt)
		return co_arena_failed(arena);
	kkt->arena = arena;
	kkt->qp = qp;
	kkt->rho = RHO;
	kkt->delta = DELTA;
	kkt->dx = co_take_doubles(arena, (size_t) qp->n);
	kkt->dy = co_take_doubles(arena, (size_t) qp->m);
	kkt->px = co_take_doubles(arena, (size_t) qp->n);
	kkt->aty = co_take_doubles(arena, (size_t) qp->n);
	kkt->ax = co_take_doubles(arena, (size_t) qp->m);
	kkt->res_x = co_take_doubles(arena, (size_t) qp->n);
	kkt->res_y = co_take_doubles(arena, (size_t) qp->m);
	kkt->best_x = co_take_doubles(arena, (size_t) qp->n);
	kkt->best_y = co_take_doubles(arena, (size_t) qp->m);
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	rc = choose_backend(kkt, prefer);
	kkt->time_analyze = arena->env->now(arena->env->self) - start;
	*out = kkt;
	return rc;
}

CoRc
co_kkt_factor(CoKkt *kkt, const double *dx, const double *dy)
{
	const CoEnv *env = kkt->arena->env;
	bool		timed = kkt->backend->path != CO_KKT_SMALL; /* a look at the clock
															 * costs as much */
	double		start = timed ? env->now(env->self) : 0.0;
	CoRc		rc;

	co_copy(kkt->qp->n, dx, kkt->dx);
	co_copy(kkt->qp->m, dy, kkt->dy);
	rc = kkt->backend->factor(kkt);
	kkt->n_factor++;
	if (timed)
		kkt->time_factor += env->now(env->self) - start;
	return rc;
}

/* res := b - K s with the unregularized K of (1) */
static void
residual(CoKkt *kkt, const double *bx, const double *by, const double *x, const double *y)
{
	const CoQp *qp = kkt->qp;

	co_fill(qp->n, 0.0, kkt->px);
	co_fill(qp->n, 0.0, kkt->aty);
	co_fill(qp->m, 0.0, kkt->ax);
	co_csc_symmul_add(&qp->p, 1.0, x, kkt->px);
	co_csc_mul_both_add(&qp->a, x, y, kkt->ax, kkt->aty);
	for (int j = 0; j < qp->n; j++)
		kkt->res_x[j] = bx[j] - kkt->dx[j] * x[j] - kkt->px[j] - kkt->aty[j];
	for (int i = 0; i < qp->m; i++)
		kkt->res_y[i] = by[i] + kkt->dy[i] * y[i] - kkt->ax[i];
}

static double
error_of(const CoKkt *kkt, double tol_x, double tol_y)
{
	return co_max(co_norm_inf(kkt->qp->n, kkt->res_x) / tol_x,
				  co_norm_inf(kkt->qp->m, kkt->res_y) / tol_y);
}

static void
keep_point(CoKkt *kkt, const double *x, const double *y)
{
	co_copy(kkt->qp->n, x, kkt->best_x);
	co_copy(kkt->qp->m, y, kkt->best_y);
}

static void
return_point(const CoKkt *kkt, double *x, double *y)
{
	co_copy(kkt->qp->n, kkt->best_x, x);
	co_copy(kkt->qp->m, kkt->best_y, y);
}

/* Plain refinement from 0; the residual of the result is left in res_x, res_y. */
static CoRc
refine(CoKkt *kkt, const double *bx, const double *by, double tol_x, double tol_y,
	   double *x, double *y, double *error)
{
	int			n = kkt->qp->n,
				m = kkt->qp->m;

	co_fill(n, 0.0, x);
	co_fill(m, 0.0, y);
	co_copy(n, bx, kkt->res_x);
	co_copy(m, by, kkt->res_y);
	*error = INFINITY;
	for (int k = 0; k <= MAX_REFINE; k++)
	{
		double		last = *error,
					now;
		CoRc		rc = kkt->backend->solve(kkt, kkt->res_x, kkt->res_y);

		if (!rc && kkt->backend->path != CO_KKT_SMALL)
			rc = co_poll(kkt->arena);
		if (rc)
			return rc;
		keep_point(kkt, x, y);
		co_axpy(n, 1.0, kkt->res_x, x);
		co_axpy(m, 1.0, kkt->res_y, y);
		residual(kkt, bx, by, x, y);
		rc = co_poll_pass(kkt->arena, (double) n + m + co_csc_nnz(&kkt->qp->p) + co_csc_nnz(&kkt->qp->a));
		if (rc)
			return rc;
		now = error_of(kkt, tol_x, tol_y);
		if (!(now < last))
		{
			/* No gain, or NaN: the point before was the best. */
			return_point(kkt, x, y);
			residual(kkt, bx, by, x, y);
			break;
		}
		*error = now;
		kkt->last_refine += k > 0;
		if (now <= 1.0 || now * REFINE_RATIO > last)
			break;
	}
	return CO_OK;
}

CoRc
co_kkt_solve(CoKkt *kkt, const double *bx, const double *by, double tol_x, double tol_y,
			 double *x, double *y, double *error)
{
	double		better;
	int			used;
	CoRc		rc;

	kkt->last_refine = 0;
	rc = refine(kkt, bx, by, tol_x, tol_y, x, y, error);
	if (rc)
		return rc;

	/*
	 * Krylov steps are dear: not for what rounding of the right-hand side
	 * explains.
	 */
	tol_x = co_max(tol_x, KRYLOV_ROUNDING * co_norm_inf(kkt->qp->n, bx));
	tol_y = co_max(tol_y, KRYLOV_ROUNDING * co_norm_inf(kkt->qp->m, by));
	if (*error < INFINITY)
		*error = error_of(kkt, tol_x, tol_y);
	for (int round = 0; !rc && *error > 1.0 && *error < INFINITY && round < MAX_KRYLOV; round++)
	{
		keep_point(kkt, x, y);
		rc = co_krylov_refine(kkt, tol_x, tol_y, x, y, &used);
		if (rc)
			break;
		kkt->last_refine += used;
		residual(kkt, bx, by, x, y);
		better = error_of(kkt, tol_x, tol_y);
		if (!(better < *error))
		{
			return_point(kkt, x, y);
			residual(kkt, bx, by, x, y);
			break;
		}
		if (better * KRYLOV_RATIO > *error)
			round = MAX_KRYLOV;
		*error = better;
	}
	kkt->n_refine += kkt->last_refine;
	if (rc)
		return rc;
	return *error < INFINITY ? CO_OK : CO_SINGULAR;
}
