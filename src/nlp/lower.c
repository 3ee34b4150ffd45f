/*-------------------------------------------------------------------------
 *
 * nlp/lower.c
 *	  From a problem block to the matrices of a QP.
 *
 * This file numbers the variables, sets bounds and words the messages; the
 * terms are in nlp/lower_gather.c and nlp/lower_matrix.c.
 *
 *-------------------------------------------------------------------------
 */
#include "nlp/lower.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "expr/algebra.h"
#include "expr/bound.h"
#include "nlp/lower_private.h"

static void
clear_error(CoError *error)
{
	memset(error, 0, sizeof *error);
	error->position = -1;
}

static void
label_leaf(const CoLowering *lowering, int leaf, char *out, size_t size)
{
	const CoBlock *block = lowering->block;

	co_label(block->str + block->leaf_name[leaf],
			 co_block_string(block, block->leaf_key[leaf]), out, size);
}

static void
label_row(const CoLowering *lowering, int row, char *out, size_t size)
{
	const CoBlock *block = lowering->block;
	const char *name = co_block_string(block, block->row_name[row]);
	const char *head = "constraint ";

	if (row == 0)
		snprintf(out, size, "the objective");
	else if (!name)
		snprintf(out, size, "constraint number %d (it has no name)", row);
	else
	{
		snprintf(out, size, "%s", head);
		co_label(name, co_block_string(block, block->row_key[row]),
				 out + strlen(head), size - strlen(head));
	}
}

CoRc
co_lower_complain(CoLowering *lowering, int row, const char *format)
{
	char		label[128];

	clear_error(lowering->error);
	label_row(lowering, row, label, sizeof label);
	snprintf(lowering->error->message, sizeof lowering->error->message, format, label);
	return CO_BAD_INPUT;
}

static CoRc
complain_leaf(CoLowering *lowering, int leaf, const char *format)
{
	char		label[128];

	clear_error(lowering->error);
	label_leaf(lowering, leaf, label, sizeof label);
	snprintf(lowering->error->message, sizeof lowering->error->message, format, label);
	return CO_BAD_INPUT;
}

CoRc
co_lower_complain_coefficient(CoLowering *lowering, int row, int leaf, int second)
{
	char		label[64],
				factor[64] = "",
				place[64];

	clear_error(lowering->error);
	label_leaf(lowering, leaf, label, sizeof label);
	if (second >= 0)
		label_leaf(lowering, second, factor, sizeof factor);
	label_row(lowering, row, place, sizeof place);
	snprintf(lowering->error->message, sizeof lowering->error->message,
			 "coefficient of %s%s%s in %s is not finite", label,
			 second >= 0 ? " * " : "", factor, place);
	return co_error_as(lowering->error, CO_ERROR_RANGE);
}

static CoRc
complain_undefined(CoLowering *lowering, int leaf)
{
	const CoBlock *block = lowering->block;

	complain_leaf(lowering, leaf, "variable %s is not defined");
	snprintf(lowering->error->hint, sizeof lowering->error->hint,
			 "Use opt_var('%.60s'%s, ...) somewhere in the problem, or correct the name or key.",
			 block->str + block->leaf_name[leaf], block->leaf_key[leaf] < 0 ? "" : ", key");
	return co_error_as(lowering->error, CO_ERROR_UNDEFINED);
}

static CoRc
check_leaf(CoLowering *lowering, int leaf)
{
	const CoBlock *block = lowering->block;

	if (block->leaf_kind[leaf] == CO_LEAF_REFERENCE)
		return complain_undefined(lowering, leaf);
	if (block->leaf_kind[leaf] == CO_LEAF_PARAMETER)
		return isfinite(lowering->value[leaf]) ? CO_OK :
			complain_leaf(lowering, leaf, "value of parameter %s is not finite");
	if (isnan(block->leaf_lower[leaf]) || isnan(block->leaf_upper[leaf]))
		return complain_leaf(lowering, leaf, "a bound of variable %s is not a number");
	return CO_OK;
}

CoRc
co_lower_leaves(CoLowering *lowering)
{
	const CoBlock *block = lowering->block;
	CoLowered  *out = lowering->out;
	CoRc		rc = CO_OK;

	out->leaf_var = co_take_ints(lowering->arena, (size_t) block->n_leaf);
	out->var_leaf = co_take_ints(lowering->arena, (size_t) block->n_leaf);
	if (co_arena_failed(lowering->arena))
		return co_arena_failed(lowering->arena);
	for (int k = 0; k < block->n_leaf && !rc; k++)
	{
		if ((rc = check_leaf(lowering, k)) || (rc = co_lower_work(lowering, 1)))
			break;
		out->leaf_var[k] = -1;
		if (block->leaf_kind[k] == CO_LEAF_PARAMETER)
			lowering->has_parameter = true;
		else
		{
			out->leaf_var[k] = out->n_var;
			out->var_leaf[out->n_var++] = k;
		}
	}
	return rc;
}

/* The constants of all rows: the block's and the list's, in canonical order. */
static CoRc
sum_constants(CoLowering *lowering, double *constant)
{
	const CoBlock *block = lowering->block;
	const CoTriples *list = &lowering->constant;
	int			e = 0;
	CoRc		rc = CO_OK;

	for (int r = 0; r < block->n_row && !rc; r++)
	{
		int			first = e;
		double		sum = 0.0;

		while (e < list->n && list->i[e] == r)
			e++;
		if (e > first)
			rc = co_canonical_sum(lowering->arena, e - first, list->value + first, &sum);
		constant[r] = block->constant[r] + sum;
		if (!rc && !isfinite(constant[r]))
		{
			co_lower_complain(lowering, r, "constant of %s is not finite");
			return co_error_as(lowering->error, CO_ERROR_RANGE);
		}
		if (!rc)
			rc = co_lower_work(lowering, 1 + e - first);
	}
	return rc;
}

/* bound - constant, for a finite bound a finite one. */
static bool
move_constant(double bound, double constant, double *moved)
{
	*moved = co_move_constant(bound, constant);
	return !isnan(*moved) && (isinf(bound) || isfinite(*moved));
}

static CoRc
set_row_bounds(CoLowering *lowering, CoQp *qp)
{
	const CoBlock *block = lowering->block;
	CoLowered  *out = lowering->out;
	double	   *constant = co_take_doubles(lowering->arena, (size_t) block->n_row);
	CoRc		rc;

	if (!constant)
		return co_arena_failed(lowering->arena);
	rc = sum_constants(lowering, constant);
	if (rc)
		return rc;
	qp->c0 = out->maximize ? -constant[0] : constant[0];
	out->row_constant = constant + 1;
	for (int i = 0; i < out->n_row; i++)
		if (!move_constant(block->lower[i + 1], constant[i + 1], &qp->cl[i]) ||
			!move_constant(block->upper[i + 1], constant[i + 1], &qp->cu[i]))
			return co_lower_complain(lowering, i + 1, "a bound of %s is not a finite number");
	for (int k = 0; k < lowering->lift.n; k++)
		qp->cl[out->n_row + k] = qp->cu[out->n_row + k] = -lowering->lift.value[k];
	return CO_OK;
}

static void
set_variables(CoLowering *lowering, CoQp *qp)
{
	const CoBlock *block = lowering->block;
	CoLowered  *out = lowering->out;

	for (int j = 0; j < qp->n; j++)
	{
		int			leaf = j < out->n_var ? out->var_leaf[j] : -1;

		qp->xl[j] = leaf < 0 ? -INFINITY : block->leaf_lower[leaf];
		qp->xu[j] = leaf < 0 ? INFINITY : block->leaf_upper[leaf];
		out->start[j] = leaf < 0 ? NAN : block->leaf_start[leaf];
	}
}

CoRc
co_lower_qp(CoLowering *lowering)
{
	CoLowered  *out = lowering->out;
	CoQp	   *qp = &out->qp;
	CoArena    *arena = lowering->arena;
	CoRc		rc;

	qp->n = out->n_var + lowering->lift.n;
	qp->m = out->n_row + lowering->lift.n;
	qp->c = co_take_zero_doubles(arena, (size_t) qp->n);
	qp->xl = co_take_doubles(arena, (size_t) qp->n);
	qp->xu = co_take_doubles(arena, (size_t) qp->n);
	qp->cl = co_take_doubles(arena, (size_t) qp->m);
	qp->cu = co_take_doubles(arena, (size_t) qp->m);
	out->start = co_take_doubles(arena, (size_t) qp->n);
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	if ((rc = set_row_bounds(lowering, qp)) || (rc = co_lower_linear(lowering, qp)) ||
		(rc = co_lower_quadratic(lowering, qp)))
		return rc;
	set_variables(lowering, qp);
	out->problem_class = co_csc_nnz(&qp->p) > 0 ? CO_CLASS_QP : CO_CLASS_LP;
	return CO_OK;
}

CoRc
co_lower(CoArena *arena, const CoBlock *problem, const double *leaf_value,
		 CoLowered *out, CoError *error)
{
	CoBlock		block;
	CoLowering	lowering = {
		.arena = arena, .block = &block, .error = error, .out = out, .quad_row = -1,
		.value = leaf_value ? leaf_value : problem->leaf_start
	};
	int			culprit;
	CoRc		rc;

	memset(out, 0, sizeof *out);
	clear_error(error);
	if (problem->kind != CO_BLOCK_PROBLEM || problem->n_row < 1)
	{
		snprintf(error->message, sizeof error->message, "not an optimization problem");
		return CO_BAD_INPUT;
	}
	out->maximize = (problem->flags & CO_FLAG_MAXIMIZE) != 0;
	out->n_row = problem->n_row - 1;
	if ((rc = co_poll(arena)) ||
		(rc = co_bound_numbers(arena, problem, leaf_value, &block, error)) ||
		(rc = co_lower_leaves(&lowering)) ||
		(rc = co_lower_gather(&lowering, &culprit)))
		return rc;
	out->culprit_row = culprit >= 0 ? culprit : lowering.quad_row;
	if (out->culprit_row < 0)
		return co_lower_qp(&lowering);
	out->problem_class = culprit >= 0 ? CO_CLASS_NLP : CO_CLASS_QCQP;
	return CO_OK;
}
