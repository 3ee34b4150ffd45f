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

#include "base/vec.h"

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
	width = MAX_ROOM / (5 * dim + largest + 2 * (size_t) s->nlp->n + (size_t) s->nlp->m + 1);
	block->width = (int) co_clamp((double) width, 1.0, co_min(MAX_WIDTH, co_max(n, 1)));
	width = (size_t) block->width;
	block->b = co_take_doubles(arena, dim * width);
	block->x = co_take_doubles(arena, dim * width);
	block->r = co_take_doubles(arena, dim * width);
	block->best = co_take_doubles(arena, dim * width);
	block->work = co_take_doubles(arena, (dim + largest) * width);
	block->size = co_take_doubles(arena, width);
	block->error = co_take_doubles(arena, width);
	block->tangent = co_take(arena, width, sizeof *block->tangent);
	for (int c = 0; c < block->width && !(rc = co_arena_failed(arena)); c++)
		rc = co_tangent_new(arena, s->nlp, &block->tangent[c]);
	*out = block;
	return rc || n <= 1 ? rc : make_dense(block);
}

/*--------------------------------------------------------------------------
 * The linear systems
 *--------------------------------------------------------------------------
 */

/* r := b - K x, k columns */
static CoRc
find_residuals(CoSensitivityBlock *block, int k)
{
	const double minus = -1.0,
				one = 1.0;
	const CoCsc *lower = &block->s->kkt->lower;
	int			dim = lower->ncol;

	co_copy(dim * k, block->b, block->r);
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
	for (int j = 0; j < dim && !block->dense; j++)
		for (int e = lower->start[j]; e < lower->start[j + 1]; e++)
		{
			int			i = lower->index[e];

			co_axpy(k, -lower->value[e], block->x + j * k, block->r + i * k);
			if (i != j)
				co_axpy(k, -lower->value[e], block->x + i * k, block->r + j * k);
		}
	return co_poll(block->s->arena);
}

/* norm[c] := the largest entry of column c of a, beside what norm has. */
static void
column_norms(int dim, int k, const double *a, double *norm)
{
	for (int i = 0; i < dim; i++)
		for (int c = 0; c < k; c++)
			norm[c] = co_max(norm[c], fabs(a[i * k + c]));
}

/* Columns whose residual is the smallest so far go to best; *worst of all. */
static void
keep_best(CoSensitivityBlock *block, int k, double *now, double *worst)
{
	int			dim = dimension(block);
	double		size[MAX_WIDTH];

	co_fill(k, 0.0, now);
	column_norms(dim, k, block->r, now);
	co_copy(k, block->size, size);
	column_norms(dim, k, block->x, size);
	*worst = 0.0;
	for (int c = 0; c < k; c++)
	{
		now[c] = size[c] > 0.0 ? now[c] / size[c] : 0.0;
		*worst = co_max(*worst, now[c]);
		if (!(now[c] < block->error[c]))
			continue;
		block->error[c] = now[c];
		for (int i = 0; i < dim; i++)
			block->best[i * k + c] = block->x[i * k + c];
	}
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
	co_fill(dim * k, 0.0, block->x);
	co_copy(dim * k, block->b, block->r);
	for (int step = 0; step <= MAX_REFINEMENTS; step++)
	{
		double		worst;
		CoRc		rc = co_ldl_solve_many(block->s->kkt->ldl, k, block->r, block->work);

		if (rc)
			return rc;
		co_axpy(dim * k, 1.0, block->r, block->x);
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

/* Column c of b, from L_xp and A_p of the parameter. */
static void
set_column(CoSensitivityBlock *block, int k, int c)
{
	const CoSensitivity *s = block->s;
	const CoTangent *t = &block->tangent[c];
	const double *scale = s->kkt->scale;

	for (int i = 0; i < s->n_free; i++)
		block->b[i * k + c] = -t->z[s->free_var[i]] * scale[i];
	for (int i = 0; i < s->n_active; i++)
		block->b[(s->n_free + i) * k + c] = -t->y[s->active_row[i]] * scale[s->n_free + i];
}

static bool
column_is_finite(const CoSensitivityBlock *block, int k, int c)
{
	for (int i = 0; i < dimension(block); i++)
		if (!isfinite(block->b[i * k + c]))
			return false;
	return true;
}

static void
take_column(CoSensitivityBlock *block, int k, int c, bool is_finite)
{
	const CoSensitivity *s = block->s;
	CoTangent  *t = &block->tangent[c];
	const double *scale = s->kkt->scale;
	double		zero = 0.0;

	for (int i = 0; i < dimension(block); i++)
		zero = co_max(zero, LEFT_OF_ZERO * fabs(block->best[i * k + c]));
	co_fill(s->nlp->n, 0.0, t->x);
	co_fill(s->nlp->m, 0.0, t->y);
	for (int i = 0; i < dimension(block); i++)
	{
		double		value = block->best[i * k + c];

		value = !is_finite ? NAN : fabs(value) <= zero ? 0.0 : value * scale[i];
		if (i < s->n_free)
			t->x[s->free_var[i]] = value;
		else
			t->y[s->active_row[i - s->n_free]] = value;
	}
	t->error = is_finite && dimension(block) > 0 ? block->error[c] : 0.0;
}

CoRc
co_sensitivity_block_solve(CoSensitivityBlock *block, int n, const int *param, bool without_bounds)
{
	CoSensitivity *s = block->s;
	bool		is_finite[MAX_WIDTH];
	double		one = 1.0;
	CoRc		rc = CO_OK;

	for (int c = 0; c < n; c++)
	{
		CoDirection direction = {1, &param[c], &one};

		co_sensitivity_set_direction(s, &direction, &block->tangent[c]);
		set_column(block, n, c);
		is_finite[c] = column_is_finite(block, n, c);
		for (int i = 0; i < dimension(block) && !is_finite[c]; i++)
			block->b[i * n + c] = 0.0;
	}
	if (dimension(block) > 0)
		rc = solve_columns(block, n);
	for (int c = 0; c < n && !rc; c++)
	{
		take_column(block, n, c, is_finite[c]);
		if (!without_bounds)
			co_sensitivity_set_bounds(s, &block->tangent[c]);
		co_sensitivity_move_bounds(s, &(CoDirection) {1, &param[c], &one}, &block->tangent[c]);
	}
	return rc;
}
