/*-------------------------------------------------------------------------
 *
 * solver/active_kkt.c
 *	  The linear systems of solver/active_kkt.h.
 *
 * The pattern that is analysed holds every variable and row, so one analysis
 * serves all sets and all solves: what is out is decoupled, a 1 or -1 on its
 * diagonal.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/active_kkt.h"

#include <float.h>

#include "base/vec.h"
#include "linalg/ticker.h"
#include "solver/kkt.h"

/* Borders: at least, at most, and bytes they may take. */
#define LEAST_BORDERS	8
#define MOST_BORDERS	100
#define BORDER_BYTES	2.56e8

/* Refinement: steps at most, and what a step must gain to be followed by another. */
#define MOST_REFINEMENTS	4
#define REFINEMENT_GAIN		0.5

/* A residual that is rounding of the right side and of the products. */
#define RIGHT_SIDE_ROUNDING	1e-13
#define PRODUCT_ROUNDING	(2.0 * DBL_EPSILON)

/* What a solve costs beside its operations, in operations. */
#define SOLVE_OVERHEAD		2000.0

/* Bytes of an entry of a transpose. */
#define TRANSPOSED_ENTRY	((double) (sizeof(int) + sizeof(double)))

/* A solve with borders and a larger error than this is done again without. */
#define BORDER_ERROR	1e-8

static bool
is_variable(const CoActiveKkt *kkt, int e)
{
	return e < kkt->n;
}

/*
 * Borders cost a pass over n + m each in every solve: as many as make their
 * sum as dear as the factorization they put off.
 */
static int
choose_room(const CoActiveKkt *kkt)
{
	double		dim = fmax(1.0, (double) kkt->n + kkt->m);
	double		room = sqrt(2.0 * co_ldl_stats(kkt->ldl)->flops / dim);

	room = co_min(room, BORDER_BYTES / (sizeof(double) * dim));
	return (int) co_clamp(room, LEAST_BORDERS, MOST_BORDERS);
}

CoRc
co_active_kkt_new(CoArena *arena, const CoQp *qp, CoActiveKkt **out)
{
	size_t		dim = (size_t) qp->n + (size_t) qp->m,
				room;
	CoActiveKkt *kkt = co_take_zero(arena, 1, sizeof *kkt);
	CoRc		rc;

	if (!kkt)
		return co_arena_failed(arena);
	kkt->arena = arena;
	kkt->ticker = co_ticker(arena);
	kkt->n = qp->n;
	kkt->m = qp->m;
	rc = co_kkt_sparse_pattern(arena, qp, &kkt->lower);
	if (!rc)
		rc = co_ldl_analyze(arena, &kkt->lower, &kkt->ldl);
	if (rc)
		return rc;
	room = (size_t) choose_room(kkt);
	kkt->room = (int) room;
	rc = co_arena_plan(arena, sizeof(double) * ((double) room * ((double) dim + 2.0 * (double) room + 2.0) +
												3.0 * (double) dim + co_csc_nnz(&kkt->lower)) + 8.0 * (double) dim);
	if (rc)
		return rc;
	kkt->value = co_take_doubles(arena, (size_t) co_csc_nnz(&kkt->lower));
	kkt->sign = co_take_zero(arena, dim, sizeof *kkt->sign);
	kkt->base = co_take_zero(arena, dim, sizeof *kkt->base);
	kkt->in = co_take_zero(arena, dim, sizeof *kkt->in);
	kkt->entry = co_take_ints(arena, room);
	kkt->border = co_take_ints(arena, dim);
	kkt->v = co_take_doubles(arena, room * dim);
	kkt->schur = co_take_doubles(arena, room * room);
	kkt->lu = co_take_doubles(arena, room * room);
	kkt->pivot = co_take_ints(arena, room);
	kkt->s = co_take_doubles(arena, room);
	kkt->t = co_take_doubles(arena, dim);
	kkt->res = co_take_doubles(arena, dim);
	kkt->column = co_take_zero_doubles(arena, dim);
	*out = kkt;
	return co_arena_failed(arena);
}

CoRc
co_active_kkt_load(CoActiveKkt *kkt, const CoQp *qp)
{
	CoRc		rc;

	rc = co_arena_plan(kkt->arena, TRANSPOSED_ENTRY * ((double) co_csc_nnz(&qp->a) + co_csc_nnz(&qp->p)) +
					   sizeof(int) * ((double) qp->n + qp->m + 2.0));
	if (rc)
		return rc;
	kkt->qp = qp;
	kkt->factored = false;
	kkt->n_factor = kkt->n_solve = 0;
	kkt->norm = fmax(co_norm_inf(co_csc_nnz(&qp->p), qp->p.value),
					 co_norm_inf(co_csc_nnz(&qp->a), qp->a.value));
	rc = co_csc_transpose(kkt->arena, &qp->a, &kkt->at);
	if (!rc)
		rc = co_csc_transpose(kkt->arena, &qp->p, &kkt->pt);
	return rc;
}

/* The numbers of (1) in the order of its pattern. */
static CoRc
fill_values(CoActiveKkt *kkt)
{
	const CoQp *qp = kkt->qp;
	CoTicker	ticker = co_ticker(kkt->arena);
	const bool *row_in = kkt->base + kkt->n;
	double	   *to = kkt->value;
	CoRc		rc = CO_OK;

	for (int j = 0; j < qp->n && !rc; j++)
	{
		bool		in = kkt->base[j];
		double	   *diagonal = to++;

		*diagonal = in ? kkt->rho[j] : 1.0;
		for (int k = qp->p.start[j]; k < qp->p.start[j + 1]; k++)
		{
			int			i = qp->p.index[k];
			double		value = in && kkt->base[i] ? qp->p.value[k] : 0.0;

			if (i == j)
				*diagonal += value;
			else
				*to++ = value;
		}
		for (int k = qp->a.start[j]; k < qp->a.start[j + 1]; k++)
			*to++ = in && row_in[qp->a.index[k]] ? qp->a.value[k] : 0.0;
		rc = co_tick(&ticker, 4.0 * (double) (to - diagonal));
	}
	for (int i = 0; i < qp->m; i++)
		*to++ = row_in[i] ? -kkt->delta : -1.0;
	return rc;
}

CoRc
co_active_kkt_factor(CoActiveKkt *kkt, const bool *in)
{
	int			dim = kkt->n + kkt->m;
	CoInertia	inertia;
	CoRc		rc;

	kkt->factored = false;
	kkt->lu_valid = false;
	kkt->n_border = 0;
	for (int e = 0; e < dim; e++)
	{
		kkt->base[e] = kkt->in[e] = in[e];
		kkt->border[e] = -1;
		kkt->sign[e] = is_variable(kkt, e) ? 1 : -1;
	}
	rc = fill_values(kkt);
	if (!rc)
		rc = co_ldl_factor(kkt->ldl, kkt->value, kkt->sign, &inertia);
	if (rc)
		return rc;
	kkt->factored = true;
	kkt->n_factor++;
	kkt->n_wrong = inertia.n_negative - kkt->m;
	if (kkt->n_wrong < 0)
		kkt->n_wrong = -kkt->n_wrong;
	return CO_OK;
}

/* Column e of (1), its diagonal too, added to out, times scale. */
static void
add_column(const CoActiveKkt *kkt, int e, double scale, double *out)
{
	const CoQp *qp = kkt->qp;
	int			n = kkt->n,
				i = e - n;

	if (!is_variable(kkt, e))
	{
		for (int k = kkt->at.start[i]; k < kkt->at.start[i + 1]; k++)
			out[kkt->at.index[k]] += scale * kkt->at.value[k];
		out[e] -= scale * kkt->delta;
		return;
	}
	for (int k = qp->p.start[e]; k < qp->p.start[e + 1]; k++)
		out[qp->p.index[k]] += scale * qp->p.value[k];
	for (int k = kkt->pt.start[e]; k < kkt->pt.start[e + 1]; k++)
		if (kkt->pt.index[k] != e)
			out[kkt->pt.index[k]] += scale * kkt->pt.value[k];
	for (int k = qp->a.start[e]; k < qp->a.start[e + 1]; k++)
		out[n + qp->a.index[k]] += scale * qp->a.value[k];
	out[e] += scale * kkt->rho[e];
}

static void
clear_column(const CoActiveKkt *kkt, int e, double *out)
{
	const CoQp *qp = kkt->qp;
	int			i = e - kkt->n;

	out[e] = 0.0;
	if (!is_variable(kkt, e))
	{
		for (int k = kkt->at.start[i]; k < kkt->at.start[i + 1]; k++)
			out[kkt->at.index[k]] = 0.0;
		return;
	}
	for (int k = qp->p.start[e]; k < qp->p.start[e + 1]; k++)
		out[qp->p.index[k]] = 0.0;
	for (int k = kkt->pt.start[e]; k < kkt->pt.start[e + 1]; k++)
		out[kkt->pt.index[k]] = 0.0;
	for (int k = qp->a.start[e]; k < qp->a.start[e + 1]; k++)
		out[kkt->n + qp->a.index[k]] = 0.0;
}

/* The column of a border times t: over the entries of K0, e itself not among them. */
static double
dot_column(const CoActiveKkt *kkt, int e, const double *t)
{
	const CoQp *qp = kkt->qp;
	const bool *base = kkt->base;
	int			n = kkt->n,
				i = e - n;
	double		sum = 0.0;

	if (!is_variable(kkt, e))
	{
		for (int k = kkt->at.start[i]; k < kkt->at.start[i + 1]; k++)
			if (base[kkt->at.index[k]])
				sum += kkt->at.value[k] * t[kkt->at.index[k]];
		return sum;
	}
	for (int k = qp->p.start[e]; k < qp->p.start[e + 1]; k++)
		if (base[qp->p.index[k]])
			sum += qp->p.value[k] * t[qp->p.index[k]];
	for (int k = kkt->pt.start[e]; k < kkt->pt.start[e + 1]; k++)
		if (base[kkt->pt.index[k]])
			sum += kkt->pt.value[k] * t[kkt->pt.index[k]];
	for (int k = qp->a.start[e]; k < qp->a.start[e + 1]; k++)
		if (base[n + qp->a.index[k]])
			sum += qp->a.value[k] * t[n + qp->a.index[k]];
	return sum;
}

static double
border_dot(const CoActiveKkt *kkt, int k, const double *t)
{
	int			e = kkt->entry[k];

	return kkt->in[e] ? dot_column(kkt, e, t) : t[e];
}

/* v := K0^-1 b for the border of e */
static CoRc
solve_border(CoActiveKkt *kkt, int e, double *v)
{
	int			dim = kkt->n + kkt->m;

	co_fill(dim, 0.0, v);
	if (!kkt->in[e])
		v[e] = 1.0;
	else
	{
		add_column(kkt, e, 1.0, kkt->column);
		for (int k = 0; k < dim; k++)
			v[k] = kkt->base[k] ? kkt->column[k] : 0.0;
		clear_column(kkt, e, kkt->column);
	}
	kkt->n_solve++;
	return co_ldl_solve(kkt->ldl, v);
}

/* Its row and column of the Schur complement. */
static void
fill_schur(CoActiveKkt *kkt, int b)
{
	int			e = kkt->entry[b];
	const double *v = kkt->v + (size_t) b * (size_t) (kkt->n + kkt->m);
	bool		real = kkt->in[e];

	if (real)
		add_column(kkt, e, 1.0, kkt->column);
	for (int k = 0; k <= b; k++)
	{
		int			f = kkt->entry[k];
		double		c = real && kkt->in[f] ? kkt->column[f] : 0.0;
		double		value = c - border_dot(kkt, k, v);

		kkt->schur[b * kkt->room + k] = value;
		kkt->schur[k * kkt->room + b] = value;
	}
	if (real)
		clear_column(kkt, e, kkt->column);
}

static CoRc
add_border(CoActiveKkt *kkt, int e)
{
	int			b = kkt->n_border++;

	kkt->entry[b] = e;
	kkt->border[e] = b;
	kkt->lu_valid = false;
	return solve_border(kkt, e, kkt->v + (size_t) b * (size_t) (kkt->n + kkt->m));
}

/* The last border moves to the place of the one that goes. */
static void
remove_border(CoActiveKkt *kkt, int e)
{
	int			b = kkt->border[e],
				last = --kkt->n_border,
				dim = kkt->n + kkt->m,
				ld = kkt->room;

	kkt->border[e] = -1;
	kkt->lu_valid = false;
	if (b == last)
		return;
	kkt->entry[b] = kkt->entry[last];
	kkt->border[kkt->entry[b]] = b;
	co_copy(dim, kkt->v + (size_t) last * (size_t) dim, kkt->v + (size_t) b * (size_t) dim);
	for (int k = 0; k < last; k++)
	{
		double		value = kkt->schur[(k == b ? last : k) * ld + last];

		kkt->schur[b * ld + k] = value;
		kkt->schur[k * ld + b] = value;
	}
}

static CoRc
toggle(CoActiveKkt *kkt, int e)
{
	CoRc		rc;

	kkt->in[e] = !kkt->in[e];
	if (kkt->border[e] >= 0)
	{
		remove_border(kkt, e);
		return CO_OK;
	}
	rc = add_border(kkt, e);
	if (!rc)
		fill_schur(kkt, kkt->n_border - 1);
	return rc;
}

CoRc
co_active_kkt_update(CoActiveKkt *kkt, const bool *in)
{
	int			dim = kkt->n + kkt->m,
				n_new = 0;
	CoRc		rc = CO_OK;

	for (int e = 0; e < dim; e++)
		n_new += in[e] != kkt->in[e] && kkt->border[e] < 0;
	if (!kkt->factored || kkt->n_border + n_new > kkt->room)
		return co_active_kkt_factor(kkt, in);
	for (int e = 0; e < dim && !rc; e++)
		if (in[e] != kkt->in[e] && kkt->border[e] >= 0)
			rc = toggle(kkt, e);
	for (int e = 0; e < dim && !rc; e++)
		if (in[e] != kkt->in[e])
			rc = toggle(kkt, e);
	return rc ? rc : co_tick(&kkt->ticker, SOLVE_OVERHEAD);
}

/* u += K^-1 r by the factors as they are. */
static CoRc
add_solution(CoActiveKkt *kkt, const double *r, double *u)
{
	int			dim = kkt->n + kkt->m;
	double	   *t = kkt->t;
	CoRc		rc;

	for (int e = 0; e < dim; e++)
		t[e] = kkt->base[e] && kkt->in[e] ? r[e] : 0.0;
	kkt->n_solve++;
	rc = co_ldl_solve(kkt->ldl, t);
	if (rc)
		return rc;
	if (kkt->n_border > 0 && !kkt->lu_valid)
		co_active_schur_factor(kkt);
	for (int k = 0; k < kkt->n_border; k++)
	{
		int			e = kkt->entry[k];

		kkt->s[k] = (kkt->in[e] ? r[e] : 0.0) - border_dot(kkt, k, t);
	}
	co_active_schur_solve(kkt, kkt->s);
	for (int k = 0; k < kkt->n_border; k++)
		co_axpy(dim, -kkt->s[k], kkt->v + (size_t) k * (size_t) dim, t);
	for (int k = 0; k < kkt->n_border; k++)
		t[kkt->entry[k]] = kkt->in[kkt->entry[k]] ? kkt->s[k] : 0.0;
	co_axpy(dim, 1.0, t, u);
	return CO_OK;
}

/* res := r - K u; its largest entry */
static double
find_residual(CoActiveKkt *kkt, const double *r, const double *u)
{
	int			n = kkt->n,
				m = kkt->m;
	double	   *res = kkt->res;

	for (int j = 0; j < n; j++)
		res[j] = kkt->rho[j] * u[j];
	for (int i = n; i < n + m; i++)
		res[i] = -kkt->delta * u[i];
	co_csc_symmul_add(&kkt->qp->p, 1.0, u, res);
	co_csc_mul_both_add(&kkt->qp->a, u, u + n, res + n, res);
	for (int e = 0; e < n + m; e++)
		res[e] = kkt->in[e] ? r[e] - res[e] : 0.0;
	return co_norm_inf(n + m, res);
}

static CoRc
solve_refined(CoActiveKkt *kkt, const double *r, double *u)
{
	int			dim = kkt->n + kkt->m;
	double		norm = 0.0,
				last = INFINITY;
	CoRc		rc;

	for (int e = 0; e < dim; e++)
		if (kkt->in[e])
			norm = co_max(norm, fabs(r[e]));
	co_fill(dim, 0.0, u);
	rc = add_solution(kkt, r, u);
	for (int k = 0; !rc; k++)
	{
		double		error = find_residual(kkt, r, u);
		double		floor = RIGHT_SIDE_ROUNDING * norm + PRODUCT_ROUNDING * kkt->norm * co_norm_inf(dim, u);

		kkt->residual = error;
		kkt->error = error / (norm + DBL_MIN);
		if (isnan(error) || error <= floor)
		{
			if (error <= floor)
				kkt->error = 0.0;
			break;
		}
		if (k >= MOST_REFINEMENTS || error > REFINEMENT_GAIN * last)
			break;
		last = error;
		rc = add_solution(kkt, kkt->res, u);
	}
	return rc;
}

/* Of a solve with its refinement. */
static double
count_operations(const CoActiveKkt *kkt)
{
	double		dim = (double) kkt->n + kkt->m,
				entries = (double) co_csc_nnz(&kkt->lower) + (double) co_ldl_stats(kkt->ldl)->nnz_l;

	return MOST_REFINEMENTS * (2.0 * entries + dim * (2.0 * kkt->n_border + 8.0));
}

CoRc
co_active_kkt_solve(CoActiveKkt *kkt, const double *r, double *u)
{
	CoRc		rc = solve_refined(kkt, r, u);

	if (!rc && kkt->n_border > 0 && !(kkt->error <= BORDER_ERROR))
	{
		rc = co_active_kkt_factor(kkt, kkt->in);
		if (!rc)
			rc = solve_refined(kkt, r, u);
	}
	return rc ? rc : co_tick(&kkt->ticker, SOLVE_OVERHEAD + count_operations(kkt));
}
