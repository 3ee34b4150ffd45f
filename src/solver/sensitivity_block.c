/*-------------------------------------------------------------------------
 *
 * solver/sensitivity_block.c
 *	  Derivatives with respect to many parameters: a block of right-hand sides
 *	  at a time.
 *
 * With one right-hand side the triangular solves and the product of the
 * refinement wait for memory.  Row i of a block holds entry i of each of its
 * right-hand sides.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/sensitivity_block.h"

#include <float.h>
#include <string.h>

#include "base/vec.h"
#include "linalg/rows.h"

/* Wide enough for matrix products at the processor's speed. */
#define MAX_WIDTH		64

/* Doubles of a block's arrays, all together: 64 MB. */
#define MAX_ROOM		(8 << 20)

/*
 * A matrix with so many of its entries is multiplied as a dense one, up to
 * the size where that takes 200 MB.
 */
#define DENSE_SHARE		0.2
#define MAX_DENSE		5000
#define MIN_DENSE		64

#define MAX_REFINEMENTS	8
#define MIN_GAIN		0.5

/* Nothing is gained below: what is asked for is 1e-10. */
#define REFINED			1e-13

/* Columns of a dense product at a time: bounded work. */
#define PANEL			256

/* Doubles of a line of the cache. */
#define TILE			8

/* Beside the largest entry of a solution, equilibrated: what rounding left of a zero. */
#define LEFT_OF_ZERO	1e-18

static int
dimension(const CoSensitivityBlock *block)
{
	return block->s->kkt->lower.ncol;
}

/* The whole symmetric matrix by columns, where it is dense. */
static CoRc
make_dense(CoSensitivityBlock *block)
{
	const CoCsc *lower = &block->s->kkt->lower;
	const CoEnv *env = block->s->arena->env;
	size_t		dim = (size_t) lower->ncol;

	block->blas = env->blas ? env->blas(env->self) : NULL;
	if (!block->blas || dim < MIN_DENSE || dim > MAX_DENSE ||
		2.0 * co_csc_nnz(lower) < DENSE_SHARE * (double) dim * (double) dim)
		return CO_OK;
	block->dense = co_take_zero_doubles(block->s->arena, dim * dim);
	if (!block->dense)
		return co_arena_failed(block->s->arena);
	for (int j = 0; j < lower->ncol; j++)
		for (int e = lower->start[j]; e < lower->start[j + 1]; e++)
			block->dense[(size_t) lower->index[e] * dim + (size_t) j] =
				block->dense[(size_t) j * dim + (size_t) lower->index[e]] = lower->value[e];
	return co_poll(block->s->arena);
}

static CoRc
list_places(CoSensitivityBlock *block)
{
	const CoSensitivity *s = block->s;

	block->var_place = co_sensitivity_places(s->arena, s->nlp->n, s->n_free, s->free_var, 0);
	block->row_place = co_sensitivity_places(s->arena, s->nlp->m, s->n_active, s->active_row, s->n_free);
	block->bound_place = co_take_ints(s->arena, (size_t) s->nlp->n);
	if (co_arena_failed(s->arena))
		return co_arena_failed(s->arena);
	for (int j = 0; j < s->nlp->n; j++)
		block->bound_place[j] = block->var_place[j] < 0 ? j : -1;
	return CO_OK;
}

CoRc
co_sensitivity_block_new(CoSensitivity *s, int n, CoSensitivityBlock **out)
{
	CoArena    *arena = s->arena;
	CoSensitivityBlock *block = co_take_zero(arena, 1, sizeof *block);
	size_t		dim = (size_t) s->kkt->lower.ncol,
				largest = dim > 0 ? (size_t) co_ldl_stats(s->kkt->ldl)->largest_front : 0,
				width;
	CoRc		rc = co_arena_failed(arena);

	if (rc)
		return rc;
	block->s = s;
	width = MAX_ROOM / (5 * dim + largest + 3 * (size_t) s->nlp->n + (size_t) s->nlp->m + 1);
	block->width = (int) co_clamp((double) width, 1.0, co_min(MAX_WIDTH, co_max(n, 1)));
	width = (size_t) block->width;
	block->b = co_take_doubles(arena, dim * width);
	block->x = co_take_doubles(arena, dim * width);
	block->r = co_take_doubles(arena, dim * width);
	block->best = co_take_doubles(arena, dim * width);
	block->z = co_take_doubles(arena, (size_t) s->nlp->n * width);
	block->work = co_take_doubles(arena, (dim + largest) * width);
	block->size = co_take_doubles(arena, width);
	block->error = co_take_doubles(arena, width);
	block->tangent = co_take(arena, width, sizeof *block->tangent);
	for (int c = 0; c < block->width && !(rc = co_arena_failed(arena)); c++)
		rc = co_tangent_new(arena, s->nlp, &block->tangent[c]);
	*out = block;
	if (!rc)
		rc = list_places(block);
	return rc || n <= 1 ? rc : make_dense(block);
}

/*--------------------------------------------------------------------------
 * The linear systems
 *--------------------------------------------------------------------------
 */

/* r -= K x */
CO_CLONES static void
subtract_products(const CoCsc *lower, int k, const double *x, double *r)
{
	for (int j = 0; j < lower->ncol; j++)
		for (int e = lower->start[j]; e < lower->start[j + 1]; e++)
		{
			int			i = lower->index[e];

			co_row_axpy(k, -lower->value[e], x + (size_t) j * (size_t) k, r + (size_t) i * (size_t) k);
			if (i != j)
				co_row_axpy(k, -lower->value[e], x + (size_t) i * (size_t) k, r + (size_t) j * (size_t) k);
		}
}

/* r := b - K x, k columns */
static CoRc
find_residuals(CoSensitivityBlock *block, int k)
{
	const double minus = -1.0,
				one = 1.0;
	const CoCsc *lower = &block->s->kkt->lower;
	int			dim = lower->ncol;

	memcpy(block->r, block->b, (size_t) dim * (size_t) k * sizeof(double));
	for (int j = 0; j < dim && block->dense; j += PANEL)
	{
		int			panel = dim - j < PANEL ? dim - j : PANEL;
		CoRc		rc;

		block->blas->dgemm("N", "N", &k, &panel, &dim, &minus, block->x, &k,
						   block->dense + (size_t) j * (size_t) dim, &dim, &one,
						   block->r + (size_t) j * (size_t) k, &k);
		if ((rc = co_poll(block->s->arena)))
			return rc;
	}
	if (!block->dense)
		subtract_products(lower, k, block->x, block->r);
	return co_poll(block->s->arena);
}

/* norm[c] := the largest entry of column c of a, beside what norm has. */
CO_CLONES static void
column_norms(int dim, int k, const double *a, double *norm)
{
	for (int i = 0; i < dim; i++)
		co_row_max_abs(k, a + (size_t) i * (size_t) k, norm);
}

/* Columns whose residual is the smallest so far go to best; *worst of all. */
static void
keep_best(CoSensitivityBlock *block, int k, double *now, double *worst)
{
	int			dim = dimension(block),
				n_better = 0;
	double		size[MAX_WIDTH];
	bool		better[MAX_WIDTH];

	co_fill(k, 0.0, now);
	column_norms(dim, k, block->r, now);
	co_copy(k, block->size, size);
	column_norms(dim, k, block->x, size);
	*worst = 0.0;
	for (int c = 0; c < k; c++)
	{
		now[c] = size[c] > 0.0 ? now[c] / size[c] : 0.0;
		*worst = co_max(*worst, now[c]);
		better[c] = now[c] < block->error[c];
		n_better += better[c];
		if (better[c])
			block->error[c] = now[c];
	}
	if (n_better == k)
		memcpy(block->best, block->x, (size_t) dim * (size_t) k * sizeof(double));
	else
		for (int c = 0; c < k; c++)
			for (int i = 0; better[c] && i < dim; i++)
				block->best[i * k + c] = block->x[i * k + c];
}

/* x += r */
CO_CLONES static void
add_correction(int dim, int k, const double *r, double *x)
{
	for (int i = 0; i < dim; i++)
		co_row_axpy(k, 1.0, r + (size_t) i * (size_t) k, x + (size_t) i * (size_t) k);
}

/* best := K^-1 b, by refinement of all columns together. */
static CoRc
solve_columns(CoSensitivityBlock *block, int k)
{
	int			dim = dimension(block);
	double		now[MAX_WIDTH];
	double		last = INFINITY;

	co_fill(k, INFINITY, block->error);
	co_fill(k, 0.0, block->size);
	column_norms(dim, k, block->b, block->size);
	memset(block->x, 0, (size_t) dim * (size_t) k * sizeof(double));
	memcpy(block->r, block->b, (size_t) dim * (size_t) k * sizeof(double));
	for (int step = 0; step <= MAX_REFINEMENTS; step++)
	{
		double		worst;
		CoRc		rc = co_ldl_solve_many(block->s->kkt->ldl, k, block->r, block->work);

		if (rc)
			return rc;
		add_correction(dim, k, block->r, block->x);
		rc = find_residuals(block, k);
		if (rc)
			return rc;
		keep_best(block, k, now, &worst);
		if (worst <= REFINED || !(worst <= MIN_GAIN * last))
			break;
		last = worst;
	}
	return CO_OK;
}

/*--------------------------------------------------------------------------
 * Parameters
 *--------------------------------------------------------------------------
 */

/* An entry of a right-hand side, at a place of the system.  false: it is not finite. */
static bool
set_entry(CoSensitivityBlock *block, int k, int place, int c, double value)
{
	block->b[place * k + c] = value * block->s->kkt->scale[place];
	return isfinite(value);
}

/* Column c of b, and of z at bounds, from L_xp and A_p of the parameter. */
static bool
set_column(CoSensitivityBlock *block, int k, int c, int param)
{
	const CoCsc *hess_p = &block->s->nlp->hess_p,
			   *jac_p = &block->s->nlp->jac_p;
	bool		is_finite = true;

	for (int e = hess_p->start[param]; e < hess_p->start[param + 1]; e++)
	{
		int			place = block->var_place[hess_p->index[e]];

		if (place >= 0)
			is_finite &= set_entry(block, k, place, c, -hess_p->value[e]);
		else
			block->z[hess_p->index[e] * k + c] = -hess_p->value[e];
	}
	for (int e = jac_p->start[param]; e < jac_p->start[param + 1]; e++)
	{
		int			place = block->row_place[jac_p->index[e]];

		if (place >= 0)
			is_finite &= set_entry(block, k, place, c, -jac_p->value[e]);
	}
	return is_finite;
}

/* Of a parameter that moves bounds, which stand on the right-hand side with their columns. */
static bool
set_moving_column(CoSensitivityBlock *block, int k, int c, const CoDirection *direction)
{
	const CoSensitivity *s = block->s;
	const CoTangent *t = &block->tangent[c];
	bool		is_finite = true;

	co_sensitivity_set_direction(s, direction, &block->tangent[c]);
	for (int i = 0; i < s->n_free; i++)
		is_finite &= set_entry(block, k, i, c, -t->z[s->free_var[i]]);
	for (int i = 0; i < s->n_active; i++)
		is_finite &= set_entry(block, k, s->n_free + i, c, -t->y[s->active_row[i]]);
	for (int j = 0; j < s->nlp->n; j++)
		if (block->var_place[j] < 0)
			block->z[j * k + c] = -t->z[j];
	return is_finite;
}

static bool
moves_bounds(const CoSensitivityBlock *block, int param)
{
	const CoParamBounds *bounds = block->s->nlp->bounds;

	return bounds && co_csc_length(&bounds->jac, param) > 0;
}

/* Right-hand sides; one that is not finite becomes zero. */
static void
set_columns(CoSensitivityBlock *block, int k, const int *param, bool *is_finite)
{
	const double one = 1.0;

	memset(block->b, 0, (size_t) dimension(block) * (size_t) k * sizeof(double));
	memset(block->z, 0, (size_t) block->s->nlp->n * (size_t) k * sizeof(double));
	for (int c = 0; c < k; c++)
	{
		if (moves_bounds(block, param[c]))
			is_finite[c] = set_moving_column(block, k, c, &(CoDirection) {1, &param[c], &one});
		else
			is_finite[c] = set_column(block, k, c, param[c]);
		for (int i = 0; i < dimension(block) && !is_finite[c]; i++)
			block->b[i * k + c] = 0.0;
		co_sensitivity_envelope(block->s, param[c], &block->tangent[c]);
	}
}

/* best: as it stands in the user's problem, without what rounding left of zeros. */
CO_CLONES static void
unscale(CoSensitivityBlock *block, int k)
{
	const double *scale = block->s->kkt->scale;
	int			dim = dimension(block);
	double		zero[MAX_WIDTH];

	co_fill(k, 0.0, zero);
	column_norms(dim, k, block->best, zero);
	co_scale(k, LEFT_OF_ZERO, zero);
	for (int i = 0; i < dim; i++)
		co_row_scale_clean(k, scale[i], zero, block->best + (size_t) i * (size_t) k);
}

/*
 * z := - (W dx + L_xp dp + A' dy) where a bound is active.  What variables at
 * bounds that move add is in L_xp dp already, so of W the entries between those
 * at bounds and the others count.
 */
CO_CLONES static void
add_columns_at_bounds(CoSensitivityBlock *block, int k, int first, int last)
{
	const CoParamNlp *nlp = block->s->nlp;
	const CoCsc *hess = &nlp->hess,
			   *jac = &nlp->jac;
	const int  *place = block->var_place;
	bool		has_hess = co_csc_nnz(hess) > 0;
	size_t		width = (size_t) k;

	for (int j = first; j < last; j++)
	{
		for (int e = has_hess ? hess->start[j] : 0; has_hess && e < hess->start[j + 1]; e++)
		{
			int			i = hess->index[e];

			if ((place[i] < 0) == (place[j] < 0))
				continue;
			co_row_axpy(k, -hess->value[e],
						block->best + (size_t) (place[i] < 0 ? place[j] : place[i]) * width,
						block->z + (size_t) (place[i] < 0 ? i : j) * width);
		}
		for (int e = jac->start[j]; place[j] < 0 && e < jac->start[j + 1]; e++)
			if (block->row_place[jac->index[e]] >= 0)
				co_row_axpy(k, -jac->value[e],
							block->best + (size_t) block->row_place[jac->index[e]] * width,
							block->z + (size_t) j * width);
	}
}

static CoRc
add_products_at_bounds(CoSensitivityBlock *block, int k)
{
	const CoParamNlp *nlp = block->s->nlp;
	double		work = 0.0;
	int			first = 0;
	CoRc		rc = CO_OK;

	for (int j = 0; j < nlp->n && !rc; j++)
	{
		work += (double) k * (co_csc_length(&nlp->jac, j) +
							  (co_csc_nnz(&nlp->hess) > 0 ? co_csc_length(&nlp->hess, j) : 0));
		if (work < CO_POLL_WORK && j < nlp->n - 1)
			continue;
		add_columns_at_bounds(block, k, first, j + 1);
		first = j + 1;
		work = 0.0;
		rc = co_poll(block->s->arena);
	}
	return rc;
}

/* Rows of a block to columns: place [n], -1: nothing. */
static void
take_columns(int k, int n, const int *place, const double *from, double *const *to)
{
	for (int c = 0; c < k; c += TILE)
	{
		int			end = k - c < TILE ? k : c + TILE;

		for (int j = 0; j < n; j++)
			for (int t = c; place[j] >= 0 && t < end; t++)
				to[t][j] = from[(size_t) place[j] * (size_t) k + (size_t) t];
	}
}

static void
take_tangents(CoSensitivityBlock *block, int k, bool without_bounds)
{
	const CoParamNlp *nlp = block->s->nlp;
	double	   *to[MAX_WIDTH] = {NULL};

	for (int c = 0; c < k; c++)
		to[c] = block->tangent[c].x;
	take_columns(k, nlp->n, block->var_place, block->best, to);
	for (int c = 0; c < k; c++)
		to[c] = block->tangent[c].y;
	take_columns(k, nlp->m, block->row_place, block->best, to);
	for (int c = 0; c < k; c++)
		to[c] = block->tangent[c].z;
	if (!without_bounds)
		take_columns(k, nlp->n, block->bound_place, block->z, to);
}

CoRc
co_sensitivity_block_solve(CoSensitivityBlock *block, int n, const int *param, bool without_bounds)
{
	const double one = 1.0;
	bool		is_finite[MAX_WIDTH];
	CoRc		rc = CO_OK;

	set_columns(block, n, param, is_finite);
	if (dimension(block) > 0)
		rc = solve_columns(block, n);
	if (rc)
		return rc;
	unscale(block, n);
	for (int c = 0; c < n; c++)
	{
		block->tangent[c].error = is_finite[c] && dimension(block) > 0 ? block->error[c] : 0.0;
		for (int i = 0; i < dimension(block) && !is_finite[c]; i++)
			block->best[i * n + c] = NAN;
	}
	if (!without_bounds)
		rc = add_products_at_bounds(block, n);
	if (rc)
		return rc;
	take_tangents(block, n, without_bounds);
	for (int c = 0; c < n; c++)
		co_sensitivity_add_rates(block->s, &(CoDirection) {1, &param[c], &one}, block->tangent[c].x);
	return CO_OK;
}
