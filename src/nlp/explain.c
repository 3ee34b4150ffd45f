/*-------------------------------------------------------------------------
 *
 * nlp/explain.c
 *	  The functions of explain.h.
 *
 * A row is redundant when the sides of its variables keep it between its own:
 *
 *		sum min(a xl, a xu) >= cl,	sum max(a xl, a xu) <= cu,
 *
 * and impossible when one of these sums is beyond the other side by more than
 * rounding [BMW75].
 *
 *-------------------------------------------------------------------------
 */
#include "nlp/explain.h"

#include "base/vec.h"
#include "expr/code.h"

/* A finite bound from here on is mostly meant as none. */
#define HUGE_BOUND		1e15

/* Sums of a row's terms differ by rounding: this part of their sizes. */
#define ROUNDING		1e-12

/* Rows, or columns, between two polls. */
#define PER_POLL		4096

static void
note(CoFinding *finding, int which)
{
	if (finding->n < CO_EXAMPLES)
		finding->example[finding->n] = which;
	finding->n++;
}

/* The same row or leaf noted several times in a run counts once. */
static void
note_once(CoFinding *finding, int which)
{
	int			last = finding->n < CO_EXAMPLES ? finding->n - 1 : CO_EXAMPLES - 1;

	for (int k = 0; k <= last; k++)
		if (finding->example[k] == which)
			return;
	note(finding, which);
}

/*--------------------------------------------------------------------------
 * What stands in the block
 *--------------------------------------------------------------------------
 */

typedef struct Scan
{
	CoArena    *arena;
	const CoBlock *block;
	CoBlockFindings *out;
	int		   *in_objective,	/* [n_leaf] 0: the leaf stands there */
			   *in_rows;
	uint8_t    *negated;		/* [CO_MAX_DEPTH] of operands on the stack */
	double	   *number;			/* [CO_MAX_DEPTH] NaN: no constant */
} Scan;

/* -x, as NEG of something or as a single term with a coefficient below 0. */
static bool
is_negation(const CoInstr *instr)
{
	double		coef = 0.0;
	int			leaf;

	if (instr->op == CO_OP_NEG)
		return true;
	if (instr->op != CO_OP_AFFINE || instr->n != 1 || instr->value != 0.0)
		return false;
	co_code_affine_term(instr, 0, &coef, &leaf);
	return coef < 0.0;
}

static bool
is_even(double power)
{
	return power != 0.0 && fmod(power, 2.0) == 0.0;
}

/* (-x)^n for even n: in SQL, and here, what -x^n means. */
static bool
has_negated_power(Scan *scan, const CoCodeTerm *term)
{
	int			at = 0,
				top = 0;
	CoInstr		instr;

	while (co_code_next(term->code, term->length, &at, &instr))
	{
		int			arity = co_instr_arity(&instr);

		if (arity > top || top - arity >= CO_MAX_DEPTH)
			return false;
		if (instr.op == CO_OP_POW && scan->negated[top - 2] && is_even(scan->number[top - 1]))
			return true;
		top -= arity;
		scan->negated[top] = is_negation(&instr);
		scan->number[top++] = instr.op == CO_OP_CONST ? instr.value : NAN;
	}
	return false;
}

static void
scan_code(Scan *scan, int row, int *mark)
{
	const CoBlock *block = scan->block;
	int			at = co_row_start(block->code_end, row);
	CoCodeTerm	term;

	while (co_code_term(block->code, block->code_end[row], &at, &term))
	{
		if (term.scale == 0.0)
			note_once(&scan->out->zero, row);
		co_code_mark_leaves(term.code, term.length, mark);
		if (has_negated_power(scan, &term))
			note_once(&scan->out->negated, row);
	}
}

/* Only x^2 with one sign, nothing linear, no formula? */
static bool
is_sum_of_squares(const CoBlock *block, int row)
{
	int			from = co_row_start(block->quad_end, row);

	if (block->quad_end[row] == from || block->lin_end[row] > co_row_start(block->lin_end, row) ||
		block->code_end[row] > co_row_start(block->code_end, row))
		return false;
	for (int k = from; k < block->quad_end[row]; k++)
		if (block->quad_i[k] != block->quad_j[k] || block->quad_coef[k] < 0.0)
			return false;
	return true;
}

static void
scan_sums(Scan *scan, int row, int *mark)
{
	const CoBlock *block = scan->block;
	bool		maximized = row == 0 && (block->flags & CO_FLAG_MAXIMIZE);

	for (int k = co_row_start(block->lin_end, row); k < block->lin_end[row]; k++)
	{
		if (block->lin_coef[k] == 0.0)
			note_once(&scan->out->zero, row);
		else
			mark[block->lin_leaf[k]] = 0;
	}
	for (int k = co_row_start(block->quad_end, row); k < block->quad_end[row]; k++)
	{
		int			i = block->quad_i[k],
					j = block->quad_j[k];

		if (block->quad_coef[k] == 0.0)
		{
			note_once(&scan->out->zero, row);
			continue;
		}
		mark[i] = mark[j] = 0;
		if (maximized && i == j && block->quad_coef[k] > 0.0 &&
			block->leaf_kind[i] != CO_LEAF_PARAMETER)
			note_once(&scan->out->maximized_square, i);
	}
}

static bool
has_no_terms(const CoBlock *block, int row)
{
	return block->lin_end[row] == co_row_start(block->lin_end, row) &&
		block->quad_end[row] == co_row_start(block->quad_end, row) &&
		block->code_end[row] == co_row_start(block->code_end, row);
}

static CoRc
scan_rows(Scan *scan)
{
	const CoBlock *block = scan->block;
	CoRc		rc = CO_OK;

	for (int row = 0; row < block->n_row && !rc; row++)
	{
		int		   *mark = row == 0 ? scan->in_objective : scan->in_rows;

		scan_sums(scan, row, mark);
		scan_code(scan, row, mark);
		if (row > 0 && has_no_terms(block, row))
			note(&scan->out->empty, row);
		if (row > 0 && is_sum_of_squares(block, row) && isinf(block->upper[row]) &&
			block->lower[row] <= block->constant[row])
			note(&scan->out->sure_squares, row);
		if (row % PER_POLL == 0)
			rc = co_poll(scan->arena);
	}
	return rc;
}

/* A parameter in a bound counts as one in a row. */
static void
scan_bounds(Scan *scan)
{
	const CoBlock *block = scan->block;
	int			at = 0;
	CoCodeTerm	term;

	while (co_code_term(block->bound_code, block->n_bound_code, &at, &term))
		co_code_mark_leaves(term.code, term.length, scan->in_rows);
}

static void
note_leaves(Scan *scan)
{
	const CoBlock *block = scan->block;

	for (int k = 0; k < block->n_leaf; k++)
	{
		bool		in_objective = scan->in_objective[k] == 0,
					in_rows = scan->in_rows[k] == 0;

		if (block->leaf_kind[k] == CO_LEAF_PARAMETER)
		{
			if (!in_objective && !in_rows)
				note(&scan->out->unused_parameter, k);
		}
		else if (!in_objective && !in_rows)
			note(&scan->out->unused, k);
		else if (!in_rows)
			note(&scan->out->outside_rows, k);
	}
}

CoRc
co_explain_block(CoArena *arena, const CoBlock *problem, CoBlockFindings *out)
{
	CoMark		mark = co_mark(arena);
	size_t		n = (size_t) problem->n_leaf;
	Scan		scan = {.arena = arena, .block = problem, .out = out};
	CoRc		rc;

	memset(out, 0, sizeof *out);
	scan.in_objective = co_take_ints(arena, n);
	scan.in_rows = co_take_ints(arena, n);
	scan.negated = co_take(arena, CO_MAX_DEPTH, 1);
	scan.number = co_take_doubles(arena, CO_MAX_DEPTH);
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	for (size_t k = 0; k < n; k++)
		scan.in_objective[k] = scan.in_rows[k] = 1;
	scan_bounds(&scan);
	rc = scan_rows(&scan);
	if (!rc)
		note_leaves(&scan);
	co_rewind(arena, mark);
	return rc;
}

/*--------------------------------------------------------------------------
 * Rows, variables, numbers
 *--------------------------------------------------------------------------
 */

static void
stretch(CoRange *range, double value, int row, int var)
{
	double		size = fabs(value);

	if (!isfinite(size) || size == 0.0)
		return;
	if (size < range->least)
	{
		range->least = size;
		range->least_row = row;
		range->least_var = var;
	}
	if (size > range->most)
	{
		range->most = size;
		range->most_row = row;
		range->most_var = var;
	}
}

static CoRange
no_range(void)
{
	return (CoRange) {INFINITY, 0.0, -1, -1, -1, -1};
}

static void
sort_row(const CoExplainView *v, int i, CoExplain *out)
{
	double		lower = v->cl[i],
				upper = v->cu[i];

	stretch(&out->side, lower, i, -1);
	stretch(&out->side, upper, i, -1);
	if (lower > upper)
		note(&out->crossing, i);
	else if (lower == upper)
		note(&out->equality, i);
	else if (isinf(lower) && isinf(upper))
		note(&out->no_side, i);
	else
		note(isinf(lower) || isinf(upper) ? &out->one_sided : &out->range, i);
}

static void
sort_variable(const CoExplainView *v, int j, CoExplain *out)
{
	double		lower = v->xl[j],
				upper = v->xu[j];

	stretch(&out->bound, lower, -1, j);
	stretch(&out->bound, upper, -1, j);
	if ((isfinite(lower) && fabs(lower) >= HUGE_BOUND) || (isfinite(upper) && fabs(upper) >= HUGE_BOUND))
		note(&out->huge_bound, j);
	if (lower > upper)
		note(&out->crossing_var, j);
	else if (lower == upper)
		note(&out->fixed, j);
	else if (isinf(lower) && isinf(upper))
		note(&out->free_var, j);
	else
		note(isinf(lower) || isinf(upper) ? &out->one_bound : &out->two_bounds, j);
}

typedef struct Activity			/* what the bounds let a row be */
{
	double		least,
				most,
				size;			/* of the terms */
} Activity;

static void
add_activity(Activity *activity, double a, double lower, double upper)
{
	double		at_lower = a * lower,
				at_upper = a * upper;

	activity->least += a > 0.0 ? at_lower : at_upper;
	activity->most += a > 0.0 ? at_upper : at_lower;
	if (isfinite(at_lower))
		activity->size = co_max(activity->size, fabs(at_lower));
	if (isfinite(at_upper))
		activity->size = co_max(activity->size, fabs(at_upper));
}

/* Entries of the matrix: their range, and what rows can be. */
static CoRc
walk_matrix(CoArena *arena, const CoExplainView *v, Activity *activity, CoExplain *out)
{
	CoRc		rc = CO_OK;

	for (int j = 0; j < v->n && !rc; j++)
	{
		for (int k = v->a->start[j]; k < v->a->start[j + 1]; k++)
		{
			int			i = v->a->index[k];

			if (i >= v->m || v->a->value[k] == 0.0)
				continue;
			stretch(&out->coefficient, v->a->value[k], i, j);
			add_activity(&activity[i], v->a->value[k], v->xl[j], v->xu[j]);
		}
		if (j % PER_POLL == 0)
			rc = co_poll(arena);
	}

	/* Columns that lowering added are free: their rows can be anything. */
	for (int j = v->n; j < v->a->ncol; j++)
		for (int k = v->a->start[j]; k < v->a->start[j + 1]; k++)
			if (v->a->index[k] < v->m)
			{
				activity[v->a->index[k]].least = -INFINITY;
				activity[v->a->index[k]].most = INFINITY;
			}
	return rc;
}

static void
judge_row(const CoExplainView *v, int i, const Activity *activity, CoExplain *out)
{
	double		slack = ROUNDING * activity->size;

	if ((v->linear && !v->linear[i]) || v->cl[i] > v->cu[i])
		return;
	if (activity->most + slack < v->cl[i] || activity->least - slack > v->cu[i])
		note(&out->impossible, i);
	else if ((isfinite(v->cl[i]) || isfinite(v->cu[i])) &&
			 activity->least >= v->cl[i] && activity->most <= v->cu[i])
		note(&out->redundant, i);
}

CoRc
co_explain(CoArena *arena, const CoExplainView *view, CoExplain *out)
{
	CoMark		mark = co_mark(arena);
	Activity   *activity = co_take_zero(arena, (size_t) view->m, sizeof *activity);
	CoRc		rc;

	memset(out, 0, sizeof *out);
	out->coefficient = out->objective = out->side = out->bound = no_range();
	if (!activity)
		return co_arena_failed(arena);
	for (int i = 0; i < view->m; i++)
		sort_row(view, i, out);
	for (int j = 0; j < view->n; j++)
	{
		sort_variable(view, j, out);
		stretch(&out->objective, view->gradient[j], -1, j);
	}
	rc = walk_matrix(arena, view, activity, out);
	for (int i = 0; i < view->m && !rc; i++)
		judge_row(view, i, &activity[i], out);
	co_rewind(arena, mark);
	return rc;
}
