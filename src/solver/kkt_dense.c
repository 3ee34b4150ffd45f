/*-------------------------------------------------------------------------
 *
 * solver/kkt_dense.c
 *	  The condensed KKT matrix of a dense problem by blocked Cholesky.
 *
 * Inequality rows I are eliminated into the first block, equality rows E by a
 * Schur complement:
 *
 *		H = P + Dx + rho + A_I' (Dy + delta)^-1 A_I		= L L'
 *		V = L^-1 A_E',	S = V'V + Dy_E + delta			= R R'
 *		S y_E = V' L^-1 h - b_E,	x = H^-1 (h - A_E' y_E),
 *		y_I = (A_I x - b_I) / (Dy + delta),		h = b_x + A_I' b_I / (Dy + delta)
 *
 * An equality is a row with Dy = 0; which rows are, is fixed by the bounds.
 *
 *-------------------------------------------------------------------------
 */
#include "base/vec.h"
#include "linalg/chol.h"
#include "linalg/ticker.h"
#include "solver/kkt.h"

/* An entry of a large matrix set, in operations. */
#define NEW_ENTRY_COST	2.0

typedef struct DenseKkt
{
	const CoBlas *blas;
	int			n_eq,
				n_in;
	int		   *eq;				/* [n_eq] row numbers */
	int		   *in;				/* [n_in] */
	double	   *h;				/* [n x n] */
	double	   *rows;			/* [n_in x n] A_I, dense */
	double	   *scaled;			/* [n_in x n] work of the product */
	double	   *weight;			/* [n_in] 1 / (Dy + delta) */
	double	   *v;				/* [n x n_eq] */
	double	   *s;				/* [n_eq x n_eq] */
	double	   *t;				/* [max(n, n_eq)] */
	double	   *u;				/* [n] */
	double	   *ye;				/* [n_eq] */
} DenseKkt;

static CoRc
fill_hessian(const CoKkt *kkt, DenseKkt *dense)
{
	CoTicker	ticker = co_ticker(kkt->arena);
	const CoQp *qp = kkt->qp;
	size_t		n = (size_t) qp->n;
	CoRc		rc = CO_OK;

	for (int j = 0; j < qp->n && !rc; j++)
	{
		double	   *column = dense->h + n * (size_t) j;

		memset(column, 0, n * sizeof(double));
		for (int k = qp->p.start[j]; k < qp->p.start[j + 1]; k++)
			column[qp->p.index[k]] = qp->p.value[k];
		column[j] += kkt->dx[j] + kkt->rho;
		rc = co_tick(&ticker, NEW_ENTRY_COST * qp->n);
	}
	return rc;
}

/* V := A_E' (dense), row positions by scatter */
static CoRc
fill_equalities(const CoKkt *kkt, DenseKkt *dense, const int *position)
{
	CoTicker	ticker = co_ticker(kkt->arena);
	const CoCsc *a = &kkt->qp->a;
	size_t		n = (size_t) kkt->qp->n;
	CoRc		rc = CO_OK;

	for (int e = 0; e < dense->n_eq && !rc; e++)
	{
		memset(dense->v + n * (size_t) e, 0, n * sizeof(double));
		rc = co_tick(&ticker, NEW_ENTRY_COST * kkt->qp->n);
	}
	for (int j = 0; j < a->ncol && !rc; j++)
	{
		for (int k = a->start[j]; k < a->start[j + 1]; k++)
			if (position[a->index[k]] >= 0)
				dense->v[(size_t) position[a->index[k]] * n + (size_t) j] = a->value[k];
		rc = co_tick(&ticker, CO_ACCESS_COST * co_csc_length(a, j));
	}
	return rc;
}

static CoRc
factor_schur(CoKkt *kkt, DenseKkt *dense)
{
	int			n = kkt->qp->n,
				bad;
	CoMark		mark = co_mark(kkt->arena);
	int		   *position = co_take_ints(kkt->arena, (size_t) kkt->qp->m);
	CoRc		rc;

	if (!position)
		return co_arena_failed(kkt->arena);
	for (int i = 0; i < kkt->qp->m; i++)
		position[i] = -1;
	for (int e = 0; e < dense->n_eq; e++)
		position[dense->eq[e]] = e;
	rc = fill_equalities(kkt, dense, position);
	co_rewind(kkt->arena, mark);
	if (!rc)
		rc = co_chol_solve_l_many(kkt->arena, dense->blas, n, dense->h, n, dense->n_eq, dense->v, n);
	if (rc)
		return rc;
	memset(dense->s, 0, (size_t) dense->n_eq * (size_t) dense->n_eq * sizeof(double));
	for (int e = 0; e < dense->n_eq; e++)
		dense->s[(size_t) e * (size_t) dense->n_eq + (size_t) e] = kkt->dy[dense->eq[e]] + kkt->delta;
	rc = co_syrk_scaled(kkt->arena, dense->blas, dense->n_eq, n, 1.0, dense->v, n, NULL, NULL,
						dense->s, dense->n_eq);
	if (rc)
		return rc;
	return co_chol_factor(kkt->arena, dense->blas, dense->n_eq, dense->s, dense->n_eq, &bad);
}

static CoRc
dense_factor(CoKkt *kkt)
{
	DenseKkt   *dense = kkt->state;
	int			n = kkt->qp->n,
				bad;
	CoRc		rc;

	rc = fill_hessian(kkt, dense);
	if (!rc)
		rc = co_poll(kkt->arena);
	if (rc)
		return rc;
	for (int k = 0; k < dense->n_in; k++)
		dense->weight[k] = 1.0 / (kkt->dy[dense->in[k]] + kkt->delta);
	if (dense->n_in > 0)
		rc = co_syrk_scaled(kkt->arena, dense->blas, n, dense->n_in, 1.0, dense->rows, dense->n_in,
							dense->weight, dense->scaled, dense->h, n);
	if (rc)
		return rc;
	rc = co_chol_factor(kkt->arena, dense->blas, n, dense->h, n, &bad);
	if (rc || dense->n_eq == 0)
		return rc;
	return factor_schur(kkt, dense);
}

/* y_E from S y_E = V' t - b_E, t = L^-1 h; then t -= V y_E */
static void
solve_equalities(const CoKkt *kkt, DenseKkt *dense, const double *y)
{
	const double one = 1.0,
				minus = -1.0;
	const int	inc = 1;

	for (int e = 0; e < dense->n_eq; e++)
		dense->ye[e] = y[dense->eq[e]];
	dense->blas->dgemv("T", &kkt->qp->n, &dense->n_eq, &one, dense->v, &kkt->qp->n,
					   dense->t, &inc, &minus, dense->ye, &inc);
	co_chol_solve(dense->blas, dense->n_eq, dense->s, dense->n_eq, dense->ye);
	dense->blas->dgemv("N", &kkt->qp->n, &dense->n_eq, &minus, dense->v, &kkt->qp->n,
					   dense->ye, &inc, &one, dense->t, &inc);
}

static CoRc
dense_solve(CoKkt *kkt, double *x, double *y)
{
	DenseKkt   *dense = kkt->state;
	const CoQp *qp = kkt->qp;
	int			n = qp->n;
	CoRc		rc;

	/* h = b_x + A_I' W b_I, as A' times a vector that is zero on E */
	for (int e = 0; e < dense->n_eq; e++)
		dense->ye[e] = y[dense->eq[e]];
	for (int k = 0; k < dense->n_in; k++)
		y[dense->in[k]] *= dense->weight[k];
	for (int e = 0; e < dense->n_eq; e++)
		y[dense->eq[e]] = 0.0;
	co_copy(n, x, dense->t);
	co_csc_tmul_add(&qp->a, 1.0, y, dense->t);
	for (int e = 0; e < dense->n_eq; e++)
		y[dense->eq[e]] = dense->ye[e];

	co_chol_solve_l(dense->blas, n, dense->h, n, dense->t);
	rc = co_poll_pass(kkt->arena, 0.5 * (double) n * (double) n);
	if (rc)
		return rc;
	if (dense->n_eq > 0)
		solve_equalities(kkt, dense, y);
	co_chol_solve_lt(dense->blas, n, dense->h, n, dense->t);
	co_copy(n, dense->t, x);

	/* y_I = W (A_I x) - W b_I */
	memset(dense->u, 0, (size_t) qp->m * sizeof(double));
	co_csc_mul_add(&qp->a, 1.0, x, dense->u);
	for (int k = 0; k < dense->n_in; k++)
		y[dense->in[k]] = dense->weight[k] * dense->u[dense->in[k]] - y[dense->in[k]];
	for (int e = 0; e < dense->n_eq; e++)
		y[dense->eq[e]] = dense->ye[e];
	return CO_OK;
}

const CoKktBackend co_kkt_dense = {CO_KKT_DENSE, dense_factor, dense_solve};

static CoRc
fill_rows(const CoArena *arena, const CoQp *qp, DenseKkt *dense)
{
	CoTicker	ticker = co_ticker(arena);
	CoRc		rc = CO_OK;
	int		   *position = dense->in + dense->n_in; /* room for [m] behind */

	for (int i = 0; i < qp->m; i++)
		position[i] = -1;
	for (int k = 0; k < dense->n_in; k++)
		position[dense->in[k]] = k;
	for (int j = 0; j < qp->n && !rc; j++)
	{
		double	   *column = dense->rows + (size_t) j * (size_t) dense->n_in;

		if (dense->n_in > 0)
			memset(column, 0, (size_t) dense->n_in * sizeof(double));
		for (int k = qp->a.start[j]; k < qp->a.start[j + 1]; k++)
		{
			int			at = position[qp->a.index[k]];

			if (at >= 0)
				column[at] = qp->a.value[k];
		}
		rc = co_tick(&ticker, NEW_ENTRY_COST * (1 + dense->n_in));
	}
	return rc;
}

static CoRc
take_dense(CoArena *arena, const CoQp *qp, DenseKkt *dense)
{
	size_t		n = (size_t) qp->n,
				n_in = (size_t) dense->n_in,
				n_eq = (size_t) dense->n_eq;

	dense->h = co_take_doubles(arena, n * n);
	dense->rows = co_take_doubles(arena, n_in * n);
	dense->scaled = co_take_doubles(arena, n_in * n);
	dense->weight = co_take_doubles(arena, n_in);
	dense->v = co_take_doubles(arena, n * n_eq);
	dense->s = co_take_doubles(arena, n_eq * n_eq);
	dense->t = co_take_doubles(arena, n > n_eq ? n : n_eq);
	dense->u = co_take_doubles(arena, (size_t) qp->m);
	dense->ye = co_take_doubles(arena, n_eq);
	return co_arena_failed(arena);
}

CoRc
co_kkt_dense_init(CoKkt *kkt)
{
	CoArena    *arena = kkt->arena;
	const CoQp *qp = kkt->qp;
	size_t		n = (size_t) qp->n,
				m = (size_t) qp->m;
	DenseKkt   *dense = co_take_zero(arena, 1, sizeof *dense);
	CoRc		rc;

	if (!dense)
		return co_arena_failed(arena);
	dense->eq = co_take_ints(arena, m);
	dense->in = co_take_ints(arena, 2 * m);
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	for (int i = 0; i < qp->m; i++)
	{
		if (qp->cl[i] == qp->cu[i])
			dense->eq[dense->n_eq++] = i;
		else
			dense->in[dense->n_in++] = i;
	}
	kkt->memory = 8 * (n * n + 2 * n * (size_t) dense->n_in +
					   n * (size_t) dense->n_eq + (size_t) dense->n_eq * (size_t) dense->n_eq);
	rc = co_arena_plan(arena, (double) kkt->memory + 32.0 * ((double) n + (double) m));
	if (rc)
		return rc;
	rc = take_dense(arena, qp, dense);
	if (rc)
		return rc;
	dense->blas = arena->env->blas(arena->env->self);
	if (!dense->blas)
		return CO_NO_BLAS;
	rc = fill_rows(arena, qp, dense);
	if (rc)
		return rc;
	/* a solve passes twice over the factor, its refinement once over P */
	kkt->factor_cost = (double) n / (6.0 * 3.0 * CO_KKT_SOLVE_COST);
	kkt->backend = &co_kkt_dense;
	kkt->state = dense;
	return CO_OK;
}
