/*-------------------------------------------------------------------------
 *
 * pg/pg_solution_build.c
 *	  From what the core answers to a flat value of type opt_solution.
 *
 * Here the signs of the minimized problem become those of the stated one
 * (pg_solution.h), and the solver's variables and rows the block's leaves and
 * constraints.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/float.h"
#include "utils/memutils.h"

#include "pg/pg_solution.h"

static void
fill_counts(const CoSolution *from, int32 *count)
{
	const CoPresolveStats *stats = &from->presolve;

	count[COPG_ITERATIONS] = from->iterations;
	count[COPG_FACTORIZATIONS] = from->factorizations;
	count[COPG_REFINEMENTS] = from->refinements;
	count[COPG_EVALUATIONS] = from->evaluations.objective;
	count[COPG_EVALUATIONS_CONSTRAINTS] = from->evaluations.constraints;
	count[COPG_EVALUATIONS_GRADIENT] = from->evaluations.gradient;
	count[COPG_EVALUATIONS_JACOBIAN] = from->evaluations.jacobian;
	count[COPG_EVALUATIONS_HESSIAN] = from->evaluations.hessian;
	count[COPG_SECOND_ORDER] = from->second_order;
	count[COPG_REDUCED_VARIABLES] = from->reduced_n;
	count[COPG_REDUCED_CONSTRAINTS] = from->reduced_m;
	count[COPG_N_FIXED] = stats->n_fixed;
	count[COPG_N_EMPTY_ROW] = stats->n_empty_row;
	count[COPG_N_EMPTY_COLUMN] = stats->n_empty_column;
	count[COPG_N_SINGLETON_ROW] = stats->n_singleton_row;
	count[COPG_N_REDUNDANT_ROW] = stats->n_redundant_row;
	count[COPG_N_FORCING_ROW] = stats->n_forcing_row;
	count[COPG_N_DUPLICATE_ROW] = stats->n_duplicate_row;
	count[COPG_N_COLUMN_SINGLETON] = stats->n_column_singleton;
	count[COPG_N_DOMINATED_COLUMN] = stats->n_dominated_column;
	count[COPG_N_DUPLICATE_COLUMN] = stats->n_duplicate_column;
}

/* -1 where the solver minimized the negative of the stated objective. */
static double
objective_sign(const CopgOutcome *outcome)
{
	return outcome->lowered && outcome->lowered->maximize ? -1.0 : 1.0;
}

static void
fill_numbers(const CopgOutcome *outcome, double *number)
{
	const CoSolution *from = &outcome->solution;
	double		sign = objective_sign(outcome);

	number[COPG_OBJECTIVE] = sign * from->residual.objective;
	number[COPG_DUAL_OBJECTIVE] = sign * from->residual.dual_objective;
	number[COPG_PRIMAL_RESIDUAL] = from->residual.primal;
	number[COPG_DUAL_RESIDUAL] = from->residual.dual;
	number[COPG_COMPLEMENTARITY] = from->residual.complementarity;
	number[COPG_GAP] = from->residual.gap;
	number[COPG_PRIMAL_SCALE] = from->residual.primal_scale;
	number[COPG_DUAL_SCALE] = from->residual.dual_scale;
	number[COPG_GAP_SCALE] = from->residual.gap_scale;
	number[COPG_MARGIN] = from->certificate_margin;
	number[COPG_MEMORY_PREDICTED] = (double) from->memory_predicted;
	number[COPG_MEMORY_PEAK] = (double) from->memory_peak;
	number[COPG_TIME_LOWER] = outcome->time_lower;
	number[COPG_TIME_PRESOLVE] = from->time_presolve;
	number[COPG_TIME_ANALYZE] = from->time_analyze;
	number[COPG_TIME_FACTOR] = from->time_factor;
	number[COPG_TIME_SOLVE] = from->time_total;
	number[COPG_TIME_TOTAL] = outcome->time_total;
}

static void
fill_header(const CopgOutcome *outcome, CopgSolutionHeader *head)
{
	const CoSolution *from = &outcome->solution;
	const CoLowered *lowered = outcome->lowered;

	memset(head, 0, sizeof *head);
	head->status = (uint8) from->status;
	head->termination = (uint8) from->termination;
	head->path = (uint8) from->path;
	head->problem_class = (uint8) (lowered ? lowered->problem_class : CO_CLASS_LP);
	head->n_log = from->log ? from->n_log : 0;
	if (from->has_point)
		head->flags |= COPG_HAS_POINT;
	if (from->status == CO_INFEASIBLE && from->point.y)
		head->flags |= COPG_HAS_PROOF;
	if (from->ray)
		head->flags |= COPG_HAS_RAY;
	for (int i = 0; lowered && i < lowered->n_row; i++)
		if (lowered->row_constant[i] != outcome->problem->constant[i + 1])
		{
			head->flags |= COPG_HAS_SHIFT;
			break;
		}
	fill_counts(from, head->count);
	head->count[COPG_NONLINEAR] = outcome->is_nonlinear;
	fill_numbers(outcome, head->number);
}

/* Offsets of the texts, and their bytes behind one another. */
static void
place_texts(const CopgOutcome *outcome, CopgSolutionHeader *head, StringInfo texts)
{
	const char *word[COPG_N_TEXT];

	word[COPG_METHOD] = outcome->method;
	word[COPG_REASON] = outcome->solution.reason;
	word[COPG_OPTIONS] = outcome->options;
	word[COPG_VERSION] = CO_VERSION;
	for (int i = 0; i < COPG_N_TEXT; i++)
	{
		head->text[i] = texts->len;
		appendBinaryStringInfo(texts, word[i], (int) strlen(word[i]) + 1);
	}
	head->n_text = texts->len;
}

static void
fill_leaves(const CopgOutcome *outcome, CopgSolution *sol)
{
	const CoSolution *from = &outcome->solution;
	const CoBlock *problem = outcome->problem;
	bool		has_point = (sol->head->flags & COPG_HAS_POINT) != 0;
	double		sign = -objective_sign(outcome);

	for (int i = 0; i < problem->n_leaf; i++)
	{
		int			var = outcome->lowered ? outcome->lowered->leaf_var[i] : -1;

		sol->value[i] = sol->reduced_cost[i] = get_float8_nan();
		if (problem->leaf_kind[i] == CO_LEAF_PARAMETER)
			sol->value[i] = outcome->leaf_value ? outcome->leaf_value[i] : problem->leaf_start[i];
		else if (has_point && var >= 0)
		{
			sol->value[i] = from->point.x[var] + 0.0;
			sol->reduced_cost[i] = sign * from->point.z[var] + 0.0;
		}
		if (sol->ray)
			sol->ray[i] = var >= 0 ? from->ray[var] + 0.0 : 0.0;
	}
}

/*
 * df/d(upper) = -y for the minimized f (L = f + y'Ax, nlp/qp.h), and the same
 * for a lower side; + 0.0 makes a zero of a negative zero.
 */
static void
fill_rows(const CopgOutcome *outcome, CopgSolution *sol)
{
	const CoSolution *from = &outcome->solution;
	const CoLowered *lowered = outcome->lowered;
	bool		has_point = (sol->head->flags & COPG_HAS_POINT) != 0;
	double		sign = -objective_sign(outcome);
	const double *body = has_point ? outcome->body : NULL;

	for (int i = 0; i < sol->head->n_row; i++)
	{
		double		constant = outcome->problem->constant[i + 1];

		sol->activity[i] = body ? body[i] + constant : get_float8_nan();
		sol->dual[i] = body ? sign * from->point.y[i] + 0.0 : get_float8_nan();
		if (sol->shift)
			sol->shift[i] = lowered->row_constant[i] - constant;
		if (sol->proof)
			sol->proof[i] = from->point.y[i] + 0.0;
	}
}

static void
fill_log(const CopgOutcome *outcome, CopgSolution *sol)
{
	double		sign = objective_sign(outcome);

	for (int i = 0; i < sol->head->n_log; i++)
	{
		const CoIteration *from = &outcome->solution.log[i];
		CopgIteration *to = &sol->log[i];

		to->number[0] = sign * from->objective;
		to->number[1] = from->primal_residual;
		to->number[2] = from->dual_residual;
		to->number[3] = from->gap;
		to->number[4] = from->mu;
		to->number[5] = from->step_primal;
		to->number[6] = from->step_dual;
		to->count[0] = from->iteration;
		to->count[1] = from->corrections;
		to->count[2] = from->refinements;
	}
}

void
copg_solution_build(const CopgOutcome *outcome, CopgSolution *sol)
{
	CopgSolutionHeader head;
	StringInfoData texts;

	fill_header(outcome, &head);
	initStringInfo(&texts);
	place_texts(outcome, &head, &texts);
	copg_solution_new(&head, outcome->problem, true, sol);
	memcpy(sol->text, texts.data, (size_t) texts.len);
	pfree(texts.data);
	fill_leaves(outcome, sol);
	fill_rows(outcome, sol);
	fill_log(outcome, sol);
	copg_solution_index(sol);
}
