/*-------------------------------------------------------------------------
 *
 * nlp/pattern_run.c
 *	  Programs over blocks of instances, and their sums.
 *
 * Registers are blocks of CO_PATTERN_BLOCK numbers that stay in the cache;
 * columns are read where they stand.  What is alike for all instances is
 * computed once per run.  A result that goes to the same place for all
 * instances is summed before it is added.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <string.h>

#include "nlp/pattern_kernel.h"

/* Registers of a block take up to this many bytes while blocks stay useful. */
#define WORK_BYTES		(256 * 1024)
#define SMALLEST_BLOCK	16

typedef struct Run
{
	const CoArena *arena;
	const CoPattern *pattern;
	const CoProgram *program;
	const double *x;
	const double *weight;		/* NULL: not asked for */
	double	   *work;
	int			stride;
	int			from,
				n;				/* the block */
	int			unit;			/* that it is part of, where units are runs */
	int64_t		done;			/* since the last poll */
} Run;

static int
block_size(const CoPattern *pattern, const CoProgram *program)
{
	int			size = CO_PATTERN_BLOCK;

	if (pattern->n < size)
		return pattern->n;
	while (size > SMALLEST_BLOCK &&
		   (size_t) program->n_register * (size_t) size * sizeof(double) > WORK_BYTES)
		size /= 2;
	return size;
}

static size_t
program_work(const CoPattern *pattern, const CoProgram *program)
{
	return (size_t) program->n_register * (size_t) block_size(pattern, program);
}

size_t
co_pattern_work(const CoPattern *pattern)
{
	size_t		value = program_work(pattern, &pattern->value);
	size_t		gradient = program_work(pattern, &pattern->gradient);
	size_t		hessian = program_work(pattern, &pattern->hessian);

	if (value < gradient)
		value = gradient;
	return value < hessian ? hessian : value;
}

/* A column of int over the block: one value (NULL), or one for each instance. */
static const int *
block_column(const Run *run, const CoIntColumn *column, int *one)
{
	bool		by_run = run->pattern->unit_start != NULL;

	*one = column->index && by_run ? column->index[run->unit] : column->one;
	return column->index && !by_run ? column->index + run->from : NULL;
}

static void
fill(int n, double value, double *out)
{
	for (int i = 0; i < n; i++)
		out[i] = value;
}

/* out += coefficient * x of one variable of an affine form */
static void
add_product(const Run *run, int coef, int var, double *out)
{
	const CoColumn *k = &run->pattern->constant[coef];
	const double *x = run->x;
	int			one;
	const int  *v = block_column(run, &run->pattern->var[var], &one);

	for (int i = 0; i < run->n; i++)
		out[i] += (k->value ? k->value[run->from + i] : k->one) * x[v ? v[i] : one];
}

static void
fill_argument(const Run *run, const CoArgument *argument, double *out)
{
	const CoPattern *pattern = run->pattern;

	if (!argument->coef)
	{
		int			one;
		const int  *v = block_column(run, &pattern->var[argument->var[0]], &one);

		if (!v)
			fill(run->n, run->x[one], out);
		else
			for (int i = 0; i < run->n; i++)
				out[i] = run->x[v[i]];
		return;
	}
	for (int i = 0; i < run->n; i++)
		out[i] = co_column_at(&pattern->constant[argument->constant], run->from + i);
	for (int k = 0; k < argument->n; k++)
		add_product(run, argument->coef[k], argument->var[k], out);
}

static void
fill_weight(const Run *run, double *out)
{
	int			one;
	const int  *owner = block_column(run, &run->pattern->var[run->pattern->n_var - 1], &one);

	for (int i = 0; i < run->n; i++)
		out[i] = run->weight[owner ? owner[i] : one];
}

static double
step_number(const CoStep *step)
{
	uint64_t	bits = ((uint64_t) (uint32_t) step->c << 32) | (uint32_t) step->b;
	double		value;

	memcpy(&value, &bits, sizeof value);
	return value;
}

/* Where an operand stands. */
static const double *
operand(const Run *run, int place)
{
	if (place < 0)
		return NULL;
	if (place >= CO_STEP_COLUMN)
		return run->pattern->constant[place - CO_STEP_COLUMN].value + run->from;
	return run->work + (size_t) place * (size_t) run->stride;
}

static void
run_steps(const Run *run, int first, int end)
{
	for (const CoStep *step = run->program->step + first; step < run->program->step + end; step++)
	{
		double	   *out = run->work + (size_t) step->out * (size_t) run->stride;

		switch (step->op)
		{
			case CO_DAG_NUMBER:
				fill(run->n, step_number(step), out);
				break;
			case CO_DAG_ARGUMENT:
				fill_argument(run, &run->pattern->argument[step->a], out);
				break;
			case CO_DAG_WEIGHT:
				fill_weight(run, out);
				break;
			case CO_DAG_WHOLE_POWER:
				co_kernel_apply(step->op, run->n, operand(run, step->a), NULL, NULL, step->b, out);
				break;
			default:
				co_kernel_apply(step->op, run->n, operand(run, step->a), operand(run, step->b),
								operand(run, step->c), 0, out);
		}
	}
}

static void
begin_run(Run *run, const CoProgram *program)
{
	run->program = program;
	run->stride = block_size(run->pattern, program);
	run->from = run->unit = 0;
	run->n = run->stride;
	run_steps(run, 0, program->n_once);
}

/* The next block of the instances before end; false: none is left. */
static bool
next_block(Run *run, int from, int end, CoRc *rc)
{
	if (from >= end)
		return false;
	if (run->pattern->unit_start)
	{
		run->unit += from == run->pattern->unit_start[run->unit + 1];
		end = run->pattern->unit_start[run->unit + 1];
	}
	run->from = from;
	run->n = end - from < run->stride ? end - from : run->stride;
	run->done += (int64_t) run->program->n_step * run->n;
	if (run->done >= CO_POLL_WORK / 4)
	{
		run->done = 0;
		*rc = co_poll(run->arena);
		if (*rc)
			return false;
	}
	run_steps(run, run->program->n_once, run->program->n_step);
	return true;
}

/* Sum of the block's output, times the coefficients of the cell. */
static double
reduce(const Run *run, const CoCell *cell)
{
	const double *v = operand(run, run->program->out[cell->out]);
	const double *coef[2];
	double		factor = 1.0;
	int			n_coef = 0;
	int			column[2] = {cell->coef_i, cell->coef_j};

	for (int k = 0; k < 2; k++)
	{
		const CoColumn *c = column[k] < 0 ? NULL : &run->pattern->constant[column[k]];

		if (c && c->value)
			coef[n_coef++] = c->value + run->from;
		else if (c)
			factor *= c->one;
	}
	if (n_coef == 0)
		return factor * co_kernel_sum(run->n, v);
	if (n_coef == 1)
		return factor * co_kernel_dot(run->n, v, coef[0]);
	return factor * co_kernel_dot3(run->n, v, coef[0], coef[1]);
}

/* Instance i of the block: output times coefficients. */
static inline double
cell_value(const Run *run, const CoCell *cell, const double *v, int i)
{
	double		value = v[i];

	if (cell->coef_i >= 0)
		value *= co_column_at(&run->pattern->constant[cell->coef_i], run->from + i);
	if (cell->coef_j >= 0)
		value *= co_column_at(&run->pattern->constant[cell->coef_j], run->from + i);
	return value;
}

/* at: the places, for all instances of the pattern. */
static void
add_cell(const Run *run, const CoCell *cell, const CoIntColumn *at, double factor, double *to)
{
	const double *v = operand(run, run->program->out[cell->out]);
	int			one;
	const int  *place = block_column(run, at, &one);

	if (!place)
	{
		double		sum = factor * reduce(run, cell);

		to[one < 0 ? ~one : one] += one < 0 ? 2.0 * sum : sum;
		return;
	}
	for (int i = 0; i < run->n; i++)
	{
		double		value = factor * cell_value(run, cell, v, i);

		if (place[i] < 0)
			to[~place[i]] += 2.0 * value;
		else
			to[place[i]] += value;
	}
}

/* A sum in twice the precision: Knuth's TwoSum. */
typedef struct Sum
{
	double		high,
				low;
} Sum;

static void
add_to(Sum *sum, double value)
{
	double		total = sum->high + value;
	double		part = total - sum->high;

	sum->low += (sum->high - (total - part)) + (value - part);
	sum->high = total;
}

static double
total(const Sum *sum)
{
	return isfinite(sum->high) ? sum->high + sum->low : sum->high;
}

/* The formulas' values to the rows, or to sum where they are of one owner. */
static void
add_values(const Run *run, Sum *sum, double *c)
{
	const double *v = operand(run, run->program->out[0]);
	int			one;
	const int  *owner = block_column(run, &run->pattern->var[run->pattern->n_var - 1], &one);

	if (sum)
		add_to(sum, co_kernel_sum(run->n, v));
	else if (!owner)
		c[one - 1] += co_kernel_sum(run->n, v);
	else
		for (int i = 0; i < run->n; i++)
			c[owner[i] - 1] += v[i];
}

static CoRc
eval_range(Run *run, int from, int end, double *f, double *c, double *derivative)
{
	const CoPattern *pattern = run->pattern;
	const CoIntColumn *owner = &pattern->var[pattern->n_var - 1];
	bool		objective = from < pattern->n_objective;
	bool		summed = objective || !owner->index;
	Sum			sum = {0.0, 0.0};
	CoRc		rc = CO_OK;

	begin_run(run, derivative ? &pattern->gradient : &pattern->value);
	run->unit = objective ? 0 : pattern->n_objective_unit;
	for (; next_block(run, from, end, &rc); from += run->n)
	{
		if (objective ? f != NULL : c != NULL)
			add_values(run, summed ? &sum : NULL, c);
		for (int k = 0; derivative && k < pattern->n_gradient; k++)
		{
			const CoCell *cell = &pattern->gradient_cell[k];

			add_cell(run, cell, objective ? &pattern->var[cell->var_i] : &cell->at, 1.0, derivative);
		}
	}
	if (objective && f)
		*f += total(&sum);
	else if (!objective && c && summed)
		c[owner->one - 1] += total(&sum);
	return rc;
}

CoRc
co_pattern_eval(const CoArena *arena, const CoPattern *pattern, const double *x,
				double *work, const CoPatternOut *out)
{
	Run			run = {.arena = arena, .pattern = pattern, .x = x, .work = work};
	CoRc		rc = CO_OK;

	if (out->objective && pattern->n_objective > 0)
		rc = eval_range(&run, 0, pattern->n_objective, out->f, NULL, out->grad);
	if (!rc && out->rows && pattern->n > pattern->n_objective)
		rc = eval_range(&run, pattern->n_objective, pattern->n, NULL, out->c, out->jac);
	return rc;
}

/* A row without weight has no part in the sum, even where it is infinite. */
static void
clear_unweighted(const Run *run)
{
	int			one;
	const int  *owner = block_column(run, &run->pattern->var[run->pattern->n_var - 1], &one);

	for (int i = 0; i < run->n; i++)
		if (run->weight[owner ? owner[i] : one] == 0.0)
			for (int k = 0; k < run->program->n_out; k++)
				run->work[(size_t) run->program->out[k] * (size_t) run->stride + (size_t) i] = 0.0;
}

CoRc
co_pattern_hessian(const CoArena *arena, const CoPattern *pattern, const double *x,
				   const double *weight, double *work, double *hess)
{
	Run			run = {.arena = arena, .pattern = pattern, .x = x, .weight = weight, .work = work};
	double		factor = pattern->factored ? weight[pattern->var[pattern->n_var - 1].one] : 1.0;
	CoRc		rc = CO_OK;

	if (factor == 0.0 || pattern->n_hessian == 0)
		return CO_OK;
	begin_run(&run, &pattern->hessian);
	for (int from = 0; next_block(&run, from, pattern->n, &rc); from += run.n)
	{
		if (!pattern->factored)
			clear_unweighted(&run);
		for (int k = 0; k < pattern->n_hessian; k++)
			add_cell(&run, &pattern->hessian_cell[k], &pattern->hessian_cell[k].at, factor, hess);
	}
	return rc;
}
