/*-------------------------------------------------------------------------
 *
 * nlp/param_model.c
 *	  Building a CoParamModel.
 *
 *-------------------------------------------------------------------------
 */
#include "nlp/param_model.h"

#include <stdio.h>

#include "base/vec.h"
#include "expr/bound.h"

/* The block with its parameters as free variables that start at their values. */
static CoRc
free_parameters(CoArena *arena, const CoBlock *problem, const double *leaf_value, CoBlock *out)
{
	size_t		n = (size_t) problem->n_leaf;
	uint8_t    *kind = co_take(arena, n, 1);
	double	   *lower = co_take_doubles(arena, n);
	double	   *upper = co_take_doubles(arena, n);
	double	   *start = co_take_doubles(arena, n);

	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	for (int k = 0; k < problem->n_leaf; k++)
	{
		bool		is_param = problem->leaf_kind[k] == CO_LEAF_PARAMETER;

		kind[k] = is_param ? (uint8_t) CO_LEAF_VARIABLE : problem->leaf_kind[k];
		lower[k] = is_param ? -INFINITY : problem->leaf_lower[k];
		upper[k] = is_param ? INFINITY : problem->leaf_upper[k];
		start[k] = is_param && leaf_value ? leaf_value[k] : problem->leaf_start[k];
	}
	*out = *problem;
	out->leaf_kind = kind;
	out->leaf_lower = lower;
	out->leaf_upper = upper;
	out->leaf_start = start;
	return CO_OK;
}

/* Leaves in the order of variables; an added variable has none and is no parameter. */
static CoRc
number_leaves(CoArena *arena, const CoBlock *problem, CoParamModel *out, uint8_t *is_param)
{
	const CoModel *model = &out->model;
	int			np = 0;

	out->leaf_place = co_take_ints(arena, (size_t) problem->n_leaf);
	out->var_leaf = co_take_ints(arena, (size_t) model->n_var);
	out->param_leaf = co_take_ints(arena, (size_t) model->n_var);
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	for (int j = 0; j < model->n_var; j++)
	{
		int			leaf = model->var_leaf[j];

		is_param[j] = problem->leaf_kind[leaf] == CO_LEAF_PARAMETER;
		if (is_param[j])
		{
			out->leaf_place[leaf] = ~np;
			out->param_leaf[np++] = leaf;
		}
		else
		{
			out->leaf_place[leaf] = out->n_var;
			out->var_leaf[out->n_var++] = leaf;
		}
	}
	return CO_OK;
}

CoRc
co_param_model_build(CoArena *arena, const CoBlock *problem, const double *leaf_value,
					 CoParamModel *out, CoError *error)
{
	CoBlock		numbers,
				block;
	uint8_t    *is_param;
	CoRc		rc;

	memset(out, 0, sizeof *out);
	memset(error, 0, sizeof *error);
	error->position = -1;
	rc = co_bound_numbers(arena, problem, leaf_value, &numbers, error);
	if (!rc)
		rc = free_parameters(arena, &numbers, leaf_value, &block);
	if (!rc)
		rc = co_model_build(arena, &block, NULL, &out->model, error);
	if (rc)
		return rc;
	is_param = co_take_zero(arena, (size_t) out->model.nlp.n, 1);
	if (!is_param)
		return co_arena_failed(arena);
	rc = number_leaves(arena, problem, out, is_param);
	if (!rc)
		rc = co_param_split(arena, &out->model.nlp, is_param, &out->nlp);
	if (rc == CO_BAD_INPUT)
	{
		snprintf(error->message, sizeof error->message,
				 "a problem with calls of functions and more than %d variables has no second derivatives",
				 CO_PARAM_DIFFERENCES);
		return co_error_as(error, CO_ERROR_UNSUPPORTED);
	}
	return rc ? rc : co_param_bounds_new(arena, problem, out, &out->nlp->bounds);
}

CoRc
co_param_model_fill(const CoParamModel *model, const double *p, double *x)
{
	CoParamNlp *nlp = model->nlp;

	if (nlp->n == model->n_var)
		return CO_OK;
	for (int j = 0; j < model->n_var; j++)
		nlp->at[nlp->var[j]] = x[j];
	for (int k = 0; k < nlp->np; k++)
		nlp->at[nlp->param[k]] = p[k];
	co_model_fill_added(&model->model, nlp->at);
	for (int j = model->n_var; j < nlp->n; j++)
		x[j] = nlp->at[nlp->var[j]];
	return CO_OK;
}
