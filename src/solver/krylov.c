/*-------------------------------------------------------------------------
 *
 * solver/krylov.c
 *	  Flexible GMRES on the KKT system, preconditioned by its regularized
 *	  factorization: the remedy where plain refinement stalls.
 *
 * Refinement contracts by delta / (delta + a) in a row whose curvature
 * a = A H^-1 A' has become small against delta, and by rho / (rho + h) in a
 * nearly free column.  There are few such directions, and every one of them
 * costs GMRES one step (Saad, "A flexible inner-outer preconditioned GMRES
 * algorithm", SIAM J. Sci. Comput. 14 (1993) 461-469, algorithm 2.2).
 *
 * The two blocks are measured in units of their wanted accuracy, so that the
 * norm that is minimized is the error of solver/kkt.h.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/krylov.h"

#include "base/vec.h"

typedef struct Basis
{
	int			n,
				m;
	double		tol_x,
				tol_y;
	double	   *v;				/* [(CO_KRYLOV + 1) x (n + m)] orthonormal
								 * residuals */
	double	   *z;				/* [CO_KRYLOV x (n + m)] preconditioned */
	double		h[CO_KRYLOV + 1][CO_KRYLOV];	/* Hessenberg, made triangular */
	double		cs[CO_KRYLOV],
				sn[CO_KRYLOV],
				g[CO_KRYLOV + 1];
} Basis;

/* out := residual in units of the tolerances; its length */
static double
load_residual(const Basis *b, const double *rx, const double *ry, double *out)
{
	int			dim = b->n + b->m;

	for (int j = 0; j < b->n; j++)
		out[j] = rx[j] / b->tol_x;
	for (int i = 0; i < b->m; i++)
		out[b->n + i] = ry[i] / b->tol_y;
	return sqrt(co_dot(dim, out, out));
}

/* z_k := M^-1 v_k, then v_(k+1) := K z_k */
static CoRc
extend(CoKkt *kkt, Basis *b, int k)
{
	const CoQp *qp = kkt->qp;
	int			dim = b->n + b->m;
	double	   *z = b->z + (size_t) k * (size_t) dim,
			   *v = b->v + (size_t) k * (size_t) dim,
			   *w = v + dim;
	CoRc		rc;

	for (int j = 0; j < b->n; j++)
		z[j] = v[j] * b->tol_x;
	for (int i = 0; i < b->m; i++)
		z[b->n + i] = v[b->n + i] * b->tol_y;
	rc = kkt->backend->solve(kkt, z, z + b->n);
	if (rc)
		return rc;
	for (int j = 0; j < b->n; j++)
		w[j] = kkt->dx[j] * z[j];
	for (int i = 0; i < b->m; i++)
		w[b->n + i] = -kkt->dy[i] * z[b->n + i];
	co_csc_symmul_add(&qp->p, 1.0, z, w);
	co_csc_mul_both_add(&qp->a, z, z + b->n, w + b->n, w);
	load_residual(b, w, w + b->n, w);
	return CO_OK;
}

/* Gram-Schmidt of v_(k+1), then the rotations of column k; the residual left */
static double
orthogonalize(Basis *b, int k)
{
	int			dim = b->n + b->m;
	double	   *w = b->v + (size_t) (k + 1) * (size_t) dim;
	double		length,
				r;

	for (int i = 0; i <= k; i++)
	{
		const double *v = b->v + (size_t) i * (size_t) dim;

		b->h[i][k] = co_dot(dim, v, w);
		co_axpy(dim, -b->h[i][k], v, w);
	}
	length = sqrt(co_dot(dim, w, w));
	if (length > 0.0)
		co_scale(dim, 1.0 / length, w);
	for (int i = 0; i < k; i++)
	{
		double		top = b->h[i][k];

		b->h[i][k] = b->cs[i] * top + b->sn[i] * b->h[i + 1][k];
		b->h[i + 1][k] = -b->sn[i] * top + b->cs[i] * b->h[i + 1][k];
	}
	r = hypot(b->h[k][k], length);
	b->cs[k] = r > 0.0 ? b->h[k][k] / r : 1.0;
	b->sn[k] = r > 0.0 ? length / r : 0.0;
	b->h[k][k] = r;
	b->g[k + 1] = -b->sn[k] * b->g[k];
	b->g[k] *= b->cs[k];
	return fabs(b->g[k + 1]);
}

/* (x, y) += Z t with H t = g, steps columns */
static void
add_solution(Basis *b, int steps, double *x, double *y)
{
	int			dim = b->n + b->m;
	double		t[CO_KRYLOV];

	for (int i = steps - 1; i >= 0; i--)
	{
		t[i] = b->g[i];
		for (int k = i + 1; k < steps; k++)
			t[i] -= b->h[i][k] * t[k];
		t[i] = b->h[i][i] != 0.0 ? t[i] / b->h[i][i] : 0.0;
	}
	for (int i = 0; i < steps; i++)
	{
		const double *z = b->z + (size_t) i * (size_t) dim;

		co_axpy(b->n, t[i], z, x);
		co_axpy(b->m, t[i], z + b->n, y);
	}
}

double
co_krylov_bytes(const CoQp *qp)
{
	return sizeof(Basis) + (2.0 * CO_KRYLOV + 1.0) * sizeof(double) * ((double) qp->n + qp->m);
}

CoRc
co_krylov_refine(CoKkt *kkt, double tol_x, double tol_y, double *x, double *y, int *used)
{
	size_t		dim = (size_t) kkt->qp->n + (size_t) kkt->qp->m;
	CoMark		mark = co_mark(kkt->arena);
	Basis	   *b = co_take_zero(kkt->arena, 1, sizeof *b);
	CoRc		rc = CO_OK;
	int			k = 0;

	if (!b)
		return co_arena_failed(kkt->arena);
	b->n = kkt->qp->n;
	b->m = kkt->qp->m;
	b->tol_x = tol_x;
	b->tol_y = tol_y;
	b->v = co_take_doubles(kkt->arena, (CO_KRYLOV + 1) * dim);
	b->z = co_take_doubles(kkt->arena, CO_KRYLOV * dim);
	if (co_arena_failed(kkt->arena))
		return co_arena_failed(kkt->arena);
	b->g[0] = load_residual(b, kkt->res_x, kkt->res_y, b->v);
	if (b->g[0] > 0.0 && isfinite(b->g[0]))
	{
		co_scale((int) dim, 1.0 / b->g[0], b->v);
		while (k < CO_KRYLOV)
		{
			rc = co_poll(kkt->arena);
			if (!rc)
				rc = extend(kkt, b, k);
			if (rc)
				break;
			if (orthogonalize(b, k++) <= 1.0)
				break;
		}
		if (!rc)
			add_solution(b, k, x, y);
	}
	*used = k;
	co_rewind(kkt->arena, mark);
	return rc;
}
