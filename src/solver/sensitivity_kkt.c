/*-------------------------------------------------------------------------
 *
 * solver/sensitivity_kkt.c
 *	  Pattern, factorization, refinement and condition of the system of the
 *	  active set.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/sensitivity_kkt.h"

#include <float.h>
#include <limits.h>

#include "base/vec.h"
#include "linalg/equilibrate.h"

/* A diagonal entry that neither hess nor jac has. */
#define NOTHING			INT_MIN

/*
 * Beside entries of size one: so small that refinement removes its effect in
 * one or two steps, and not so small that the pivots it makes cost all digits
 * (linalg/ldl.h: precision / delta).
 */
#define REGULARIZATION	1e-10

/*
 * An entry of a row this small beside its largest, of fixed variables too, each
 * times the variable's size, is the rounding of a zero: at the minimizer of
 * x^2 + y^2 >= 1, x >= 1 the row's derivative in y is 1e-13 and no slope.
 */
#define NEGLIGIBLE		1e-11

/* Refinement gains several digits a step or none. */
#define MAX_REFINEMENTS	12
#define MIN_GAIN		0.5

/* Beside the largest entry of a solution, equilibrated: what rounding left of a zero. */
#define LEFT_OF_ZERO	1e-18

/* Inverse iteration finds a direction that grows 1e10 times at once. */
#define GROWTH_STEPS	3

int *
co_sensitivity_places(CoArena *arena, int n, int count, const int *list, int first)
{
	int		   *place = co_take_ints(arena, (size_t) n);

	for (int j = 0; place && j < n; j++)
		place[j] = -1;
	for (int k = 0; place && k < count; k++)
		place[list[k]] = first + k;
	return place;
}

static int64_t
count_entries(const CoParamNlp *nlp, int n, const int *free_var, int m)
{
	int64_t		room = (int64_t) n + m;

	for (int k = 0; k < n; k++)
		room += co_csc_length(&nlp->hess, free_var[k]) + co_csc_length(&nlp->jac, free_var[k]);
	return room;
}

static CoRc
take_arrays(CoSensitivityKkt *kkt, int64_t room)
{
	CoArena    *arena = kkt->arena;
	size_t		dim = (size_t) kkt->n + (size_t) kkt->m;

	if (room > INT_MAX)
		return CO_NO_MEMORY;
	kkt->lower = (CoCsc) {.nrow = (int) dim, .ncol = (int) dim};
	kkt->lower.start = co_take_ints(arena, dim + 1);
	kkt->lower.index = co_take_ints(arena, (size_t) room);
	kkt->lower.value = co_take_doubles(arena, (size_t) room);
	kkt->from = co_take_ints(arena, (size_t) room);
	kkt->value = co_take_doubles(arena, (size_t) room);
	kkt->scale = co_take_doubles(arena, dim);
	kkt->sign = co_take(arena, dim, 1);
	kkt->rhs = co_take_doubles(arena, dim);
	kkt->residual = co_take_doubles(arena, dim);
	kkt->best = co_take_doubles(arena, dim);
	return co_arena_failed(arena);
}

static void
add_entry(CoSensitivityKkt *kkt, int *nnz, int row, int from)
{
	kkt->lower.index[*nnz] = row;
	kkt->from[(*nnz)++] = from;
}

/* A column of W: its diagonal first, whether there is an entry or not. */
static void
add_hessian_column(CoSensitivityKkt *kkt, const CoCsc *hess, int j, const int *place, int *nnz)
{
	int			diagonal = *nnz;

	add_entry(kkt, nnz, place[j], NOTHING);
	if (co_csc_nnz(hess) == 0)
		return;
	for (int e = hess->start[j]; e < hess->start[j + 1]; e++)
		if (hess->index[e] == j)
			kkt->from[diagonal] = e;
		else if (place[hess->index[e]] >= 0)
			add_entry(kkt, nnz, place[hess->index[e]], e);
}

static void
fill_pattern(CoSensitivityKkt *kkt, const CoParamNlp *nlp, const int *free_var,
			 const int *var_place, const int *row_place)
{
	const CoCsc *jac = &nlp->jac;
	int			nnz = 0;

	for (int k = 0; k < kkt->n; k++)
	{
		int			j = free_var[k];

		kkt->lower.start[k] = nnz;
		kkt->sign[k] = 1;
		add_hessian_column(kkt, &nlp->hess, j, var_place, &nnz);
		for (int e = jac->start[j]; e < jac->start[j + 1]; e++)
			if (row_place[jac->index[e]] >= 0)
				add_entry(kkt, &nnz, kkt->n + row_place[jac->index[e]], ~e);
	}
	for (int k = kkt->n; k < kkt->n + kkt->m; k++)
	{
		kkt->lower.start[k] = nnz;
		kkt->sign[k] = -1;
		add_entry(kkt, &nnz, k, NOTHING);
	}
	kkt->lower.start[kkt->n + kkt->m] = nnz;
}

CoRc
co_sensitivity_kkt_new(CoArena *arena, const CoParamNlp *nlp, int n, const int *free_var,
					   int m, const int *active_row, CoSensitivityKkt **out)
{
	CoSensitivityKkt *kkt = co_take_zero(arena, 1, sizeof *kkt);
	int		   *var_place = co_sensitivity_places(arena, nlp->n, n, free_var, 0);
	int		   *row_place = co_sensitivity_places(arena, nlp->m, m, active_row, 0);
	CoRc		rc = co_arena_failed(arena);

	if (rc)
		return rc;
	kkt->arena = arena;
	kkt->n = n;
	kkt->m = m;
	kkt->var = free_var;
	rc = take_arrays(kkt, count_entries(nlp, n, free_var, m));
	if (rc)
		return rc;
	fill_pattern(kkt, nlp, free_var, var_place, row_place);
	*out = kkt;
	return co_ldl_analyze(arena, &kkt->lower, &kkt->ldl);
}

static double
size_of_entry(const CoParamNlp *nlp, int e, int j)
{
	return fabs(nlp->jac.value[e]) * co_max(1.0, fabs(nlp->at[nlp->var[j]]));
}

/* Entries of active rows that are roundings of zeros. */
static CoRc
drop_negligible(CoSensitivityKkt *kkt, const CoParamNlp *nlp)
{
	const CoCsc *jac = &nlp->jac;
	CoMark		mark = co_mark(kkt->arena);
	double	   *largest = co_take_zero_doubles(kkt->arena, (size_t) nlp->m);

	if (!largest)
		return co_arena_failed(kkt->arena);
	for (int j = 0; j < jac->ncol; j++)
		for (int e = jac->start[j]; e < jac->start[j + 1]; e++)
			largest[jac->index[e]] = co_max(largest[jac->index[e]], size_of_entry(nlp, e, j));
	for (int k = 0; k < kkt->n; k++)
		for (int e = kkt->lower.start[k]; e < kkt->lower.start[k + 1]; e++)
		{
			int			from = kkt->from[e];

			if (from < 0 && from != NOTHING &&
				size_of_entry(nlp, ~from, kkt->var[k]) <= NEGLIGIBLE * largest[jac->index[~from]])
				kkt->lower.value[e] = 0.0;
		}
	co_rewind(kkt->arena, mark);
	return CO_OK;
}

static void
load(CoSensitivityKkt *kkt, const CoParamNlp *nlp, bool unit_hess)
{
	int			nnz = co_csc_nnz(&kkt->lower);
	double	   *value = kkt->lower.value;

	for (int e = 0; e < nnz; e++)
		value[e] = kkt->from[e] == NOTHING ? 0.0 :
			kkt->from[e] < 0 ? nlp->jac.value[~kkt->from[e]] :
			unit_hess ? 0.0 : nlp->hess.value[kkt->from[e]];
	for (int k = 0; unit_hess && k < kkt->n; k++)
		value[kkt->lower.start[k]] = 1.0;
}

CoRc
co_sensitivity_kkt_factor(CoSensitivityKkt *kkt, const CoParamNlp *nlp, bool unit_hess)
{
	CoCsc	   *lower = &kkt->lower;
	CoRc		rc = co_poll(kkt->arena);

	if (rc)
		return rc;
	load(kkt, nlp, unit_hess);
	if (!kkt->keeps_all)
		rc = drop_negligible(kkt, nlp);
	if (rc)
		return rc;
	co_equilibrate(lower, kkt->scale, kkt->rhs);
	for (int j = 0; j < lower->ncol; j++)
	{
		for (int e = lower->start[j]; e < lower->start[j + 1]; e++)
			kkt->value[e] = lower->value[e] *= kkt->scale[lower->index[e]] * kkt->scale[j];
		kkt->value[lower->start[j]] += kkt->sign[j] * REGULARIZATION;
	}
	return co_ldl_factor(kkt->ldl, kkt->value, kkt->sign, &kkt->inertia);
}

/* kkt->residual := rhs - K x; the answer is its size beside that of its terms. */
static double
find_residual(CoSensitivityKkt *kkt, const double *x)
{
	int			dim = kkt->lower.ncol;
	double		size = co_max(co_norm_inf(dim, kkt->rhs), co_norm_inf(dim, x));

	co_copy(dim, kkt->rhs, kkt->residual);
	co_csc_symmul_add(&kkt->lower, -1.0, x, kkt->residual);
	return size > 0.0 ? co_norm_inf(dim, kkt->residual) / size : 0.0;
}

/* From x = 0 on; kkt->best is the answer. */
static CoRc
refine(CoSensitivityKkt *kkt, double *x, double *error)
{
	int			dim = kkt->lower.ncol;
	double		last = INFINITY;

	co_fill(dim, 0.0, x);
	co_copy(dim, kkt->rhs, kkt->residual);
	*error = INFINITY;
	for (int step = 0; step <= MAX_REFINEMENTS; step++)
	{
		CoRc		rc = co_ldl_solve(kkt->ldl, kkt->residual);
		double		now;

		if (rc)
			return rc;
		co_axpy(dim, 1.0, kkt->residual, x);
		now = find_residual(kkt, x);
		if (now < *error || step == 0)
		{
			co_copy(dim, x, kkt->best);
			*error = now;
		}
		if (!(now > DBL_EPSILON) || !(now <= MIN_GAIN * last))
			break;
		last = now;
	}
	return CO_OK;
}

CoRc
co_sensitivity_kkt_solve(CoSensitivityKkt *kkt, double *b, double *error)
{
	int			dim = kkt->lower.ncol;
	double		zero;
	CoRc		rc;

	*error = 0.0;
	if (!co_all_finite(dim, b))
	{
		co_fill(dim, NAN, b);
		return CO_OK;
	}
	for (int i = 0; i < dim; i++)
		kkt->rhs[i] = b[i] * kkt->scale[i];
	rc = refine(kkt, b, error);
	if (rc)
		return rc;
	zero = LEFT_OF_ZERO * co_norm_inf(dim, kkt->best);
	for (int i = 0; i < dim; i++)
		b[i] = fabs(kkt->best[i]) <= zero ? 0.0 : kkt->best[i] * kkt->scale[i];
	return CO_OK;
}

/* The same numbers in every run: multiples of the golden ratio, modulo one. */
static void
fill_irregular(int n, double *x)
{
	for (int i = 0; i < n; i++)
	{
		double		t = 0.6180339887498949 * (i + 1);

		x[i] = 0.5 + (t - floor(t));
		if (i % 2)
			x[i] = -x[i];
	}
}

/*
 * The other part is left out in each step: with dependent rows it grows from
 * rounding, whatever the curvature is.
 */
CoRc
co_sensitivity_kkt_growth(CoSensitivityKkt *kkt, bool of_rows, double *vector, double *growth)
{
	int			dim = kkt->lower.ncol;
	int			n = of_rows ? kkt->m : kkt->n;
	double	   *part = of_rows ? vector + kkt->n : vector;

	*growth = 0.0;
	if (n == 0)
		return CO_OK;
	co_fill(dim, 0.0, vector);
	fill_irregular(n, part);
	for (int step = 0; step < GROWTH_STEPS; step++)
	{
		double		before = co_norm_inf(n, part);
		double		after;
		CoRc		rc = co_ldl_solve(kkt->ldl, vector);

		if (rc)
			return rc;
		after = co_norm_inf(n, part);
		if (isinf(after) || isnan(after))
			*growth = INFINITY;
		if (!(after > 0.0) || isinf(*growth))
			return CO_OK;
		*growth = co_max(*growth, after / before);
		for (int i = 0; i < dim; i++)
			vector[i] = (i < kkt->n) == of_rows ? 0.0 : vector[i] / after;
	}
	return CO_OK;
}
