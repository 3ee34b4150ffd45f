/*-------------------------------------------------------------------------
 *
 * nlp/model.c
 *	  Building a model, step by step.
 *
 *-------------------------------------------------------------------------
 */
#include "nlp/model.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "expr/bound.h"
#include "nlp/model_private.h"

/* Rounding of a long sum. */
#define SETTLED		1e-12

static CoRc
compile_patterns(CoModelBuild *build)
{
	CoModelSelf *self = build->self;
	size_t		most = 0;
	CoRc		rc = CO_OK;

	for (int p = 0; p < self->n_pattern && !rc; p++)
	{
		CoPattern  *pattern = self->pattern[p];
		size_t		work;

		rc = co_pattern_compile(build->arena, &build->scratch, pattern);
		if (rc)
			break;
		work = co_pattern_work(pattern);
		if (work > most)
			most = work;
		rc = co_lower_work(&build->lowering, pattern->n_key);
	}
	self->work = co_take_doubles(build->arena, most);
	self->weight = co_take_doubles(build->arena, (size_t) self->qp.m + 1);
	self->row_value = co_take_doubles(build->arena, (size_t) (self->n_added > 0 ? self->qp.m : 0));
	return rc ? rc : co_arena_failed(build->arena);
}

static CoRc
set_curvature(CoModelBuild *build)
{
	CoModelSelf *self = build->self;
	CoNlp	   *nlp = &build->out->nlp;
	uint8_t    *row = co_take_zero(build->arena, (size_t) nlp->m, 1);

	if (!row)
		return co_arena_failed(build->arena);
	nlp->objective = co_csc_nnz(&self->qp.p) > 0 ? CO_QUADRATIC : CO_LINEAR;
	for (int t = 0; t < self->quad.n; t++)
		row[self->quad.row[t]] = CO_QUADRATIC;
	for (int p = 0; p < self->n_pattern; p++)
	{
		const CoPattern *pattern = self->pattern[p];
		CoCurvature curvature = pattern->degree <= 2 ? CO_QUADRATIC : CO_NONLINEAR;

		if (pattern->n_objective > 0 && nlp->objective < curvature)
			nlp->objective = curvature;
		for (int k = pattern->n_objective_unit; k < pattern->n_unit; k++)
		{
			int			i = co_int_column_at(&pattern->var[pattern->n_var - 1], k) - 1;

			if (row[i] < curvature)
				row[i] = (uint8_t) curvature;
		}
	}
	for (int k = 0; k < self->calls.n_use; k++)
	{
		int			owner = self->calls.use[k].owner;

		if (owner == 0)
			nlp->objective = CO_NONLINEAR;
		else
			row[owner - 1] = CO_NONLINEAR;
	}
	nlp->row = row;
	return CO_OK;
}

static void
set_nlp(CoModelBuild *build)
{
	const CoQp *qp = &build->lowered.qp;
	CoModel    *out = build->out;

	build->self->qp = *qp;
	build->self->n_added = build->lowering.lift.n;
	out->maximize = build->lowered.maximize;
	out->n_var = build->lowered.n_var;
	out->n_row = build->lowered.n_row;
	out->var_leaf = build->lowered.var_leaf;
	out->leaf_var = build->lowered.leaf_var;
	out->start = build->lowered.start;
	out->row_constant = build->lowered.row_constant;
	out->nlp = (CoNlp) {
		.n = qp->n, .m = qp->m, .xl = qp->xl, .xu = qp->xu, .cl = qp->cl, .cu = qp->cu,
		.has_hess = true, .eval = co_model_eval, .hess_at = co_model_hess_at,
		.range = co_model_ranges, .self = build->self
	};
	build->self->arena = build->arena;
}

static CoRc
run(CoModelBuild *build)
{
	CoLowering *lowering = &build->lowering;
	CoRc		rc;

	build->self = co_take_zero(build->arena, 1, sizeof *build->self);
	if (!build->self)
		return co_arena_failed(build->arena);
	if ((rc = co_poll(build->arena)) || (rc = co_lower_leaves(lowering)) ||
		(rc = co_model_gather(build)) || (rc = co_model_columns(build)) ||
		(rc = co_lower_qp(lowering)) || (rc = co_model_row_quad(build)))
		return rc;
	set_nlp(build);
	if ((rc = co_model_calls(build)) || (rc = compile_patterns(build)) || (rc = co_model_jacobian(build)) ||
		(rc = co_model_hessian(build)) || (rc = set_curvature(build)) ||
		(rc = co_model_call_levels(build)))
		return rc;
	build->self->jac = build->out->nlp.jac;
	build->self->hess_nnz = co_csc_nnz(&build->out->nlp.hess);
	build->out->n_pattern = build->self->n_pattern;
	co_model_fill_added(build->out, build->out->start);
	return CO_OK;
}

CoRc
co_model_build(CoArena *arena, const CoBlock *problem, const double *leaf_value,
			   CoModel *out, CoError *error)
{
	CoModelBuild build = {.arena = arena, .out = out};
	CoBlock		block;
	CoRc		rc;

	memset(out, 0, sizeof *out);
	memset(error, 0, sizeof *error);
	error->position = -1;
	if (problem->kind != CO_BLOCK_PROBLEM || problem->n_row < 1)
	{
		snprintf(error->message, sizeof error->message, "not an optimization problem");
		return CO_BAD_INPUT;
	}
	rc = co_bound_numbers(arena, problem, leaf_value, &block, error);
	if (rc)
		return rc;
	build.lowering = (CoLowering) {
		.arena = arena, .block = &block, .error = error, .out = &build.lowered, .quad_row = -1,
		.value = leaf_value ? leaf_value : problem->leaf_start
	};
	build.lowered.maximize = (problem->flags & CO_FLAG_MAXIMIZE) != 0;
	build.lowered.n_row = problem->n_row - 1;
	co_temporary_begin(arena, &build.scratch);
	co_temporary_begin(arena, &build.lists);
	rc = run(&build);
	co_temporary_end(arena, &build.scratch);
	co_temporary_end(arena, &build.lists);
	return rc;
}

/*
 * The rows of added variables are body - t = -constant, on both sides.  Bodies
 * may hold other added variables, deeper ones; each pass settles one level.
 * Until then a body may well be infinite, as ln(t) at 0.  The host's functions
 * are called with arguments that have settled, and with no others.
 */
void
co_model_fill_added(const CoModel *model, double *x)
{
	CoModelSelf *self = model->nlp.self;
	const double *miss = self->row_value + model->n_row;
	CoNlpValue	value = {.c = self->row_value};
	bool		changed = true;

	if (self->n_added == 0)
		return;
	for (int k = 0; k < self->n_added; k++)
		x[model->n_var + k] = 0.0;
	for (int pass = 0; pass <= self->n_added && (changed || pass <= self->calls.max_level); pass++)
	{
		CoRc		rc;

		self->calls.known = pass;
		rc = model->nlp.eval(model->nlp.self, x, CO_WANT_C, &value);
		self->calls.known = INT_MAX;
		if (rc && rc != CO_NOT_FINITE)
			return;
		changed = false;
		for (int k = 0; k < self->n_added; k++)
		{
			double	   *t = &x[model->n_var + k];

			self->row_value[model->n_row + k] -= self->qp.cl[model->n_row + k];
			if (isfinite(miss[k]) && fabs(miss[k]) > SETTLED * fmax(1.0, fabs(*t)))
			{
				*t += miss[k];
				changed = true;
			}
		}
	}
	for (int k = 0; k < self->n_added; k++)
		if (!isfinite(miss[k]))
			x[model->n_var + k] = NAN;
}
