/*-------------------------------------------------------------------------
 *
 * pg/pg_rows.c
 *	  A solution as rows: opt_info, opt_variables, opt_constraints,
 *	  opt_iterations.
 *
 * All are materialized: the whole result goes into a tuplestore in one call,
 * so that the value is viewed once and not once per row.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "lib/stringinfo.h"

#include "pg/pg_compat.h"
#include "pg/pg_rows.h"
#include "pg/pg_sink.h"
#include "pg/pg_solution.h"

/*
 * How near a side counts as resting on it.  An interior point stops a little
 * inside: its distance times its multiplier is below the tolerance, so up to
 * the square root of the default tolerance 1e-8 the larger of the two says
 * which one is zero at the solution.
 */
#define AT_BOUND		1e-7
#define NEAR_BOUND		1e-4

/*--------------------------------------------------------------------------
 * Where a value stands between its bounds
 *--------------------------------------------------------------------------
 */

/* Does the value rest on bound, whose multiplier (>= 0 when active) is y? */
static bool
rests_on(double distance, double bound, double y)
{
	double		size = fmax(1.0, fabs(bound));

	if (!isfinite(bound))
		return false;
	return distance <= AT_BOUND * size ||
		(distance <= NEAR_BOUND * size && y > distance);
}

/*
 * The state of a variable or a constraint; NULL when there is no value.  y is
 * the solver's multiplier: negative on the lower side, positive on the upper.
 */
static const char *
state_word(double value, double lower, double upper, double y, bool is_row)
{
	bool		at_lower,
				at_upper;

	if (isnan(value))
		return NULL;
	if (lower == upper)
		return is_row ? "equality" : "fixed";
	if (isinf(lower) && isinf(upper))
		return "free";
	at_lower = rests_on(value - lower, lower, -y);
	at_upper = rests_on(upper - value, upper, y);
	if (at_lower && at_upper)
		return y == 0.0 ? (value - lower <= upper - value ? "lower" : "upper")
			: y < 0.0 ? "lower" : "upper";
	return at_lower ? "lower" : at_upper ? "upper" : is_row ? "inactive" : "interior";
}

/* The solver's multiplier (nlp/qp.h) from the dual as it is shown. */
static double
multiplier(const CopgSolution *sol, double dual)
{
	return (sol->problem.flags & CO_FLAG_MAXIMIZE) ? dual : -dual;
}

/*--------------------------------------------------------------------------
 * The rows of each function
 *--------------------------------------------------------------------------
 */

static const char *
path_word(uint8 path)
{
	switch ((CoKktPath) path)
	{
		case CO_KKT_NONE:
			return "none";
		case CO_KKT_SMALL:
			return "small";
		case CO_KKT_DENSE:
			return "dense";
		case CO_KKT_SPARSE:
			return "sparse";
	}
	return NULL;
}

/* How often each reduction was made, those that were made. */
static char *
presolve_json(const CopgSolution *sol)
{
	static const char *const word[] = {
		"fixed_variables", "empty_rows", "empty_columns", "singleton_rows",
		"redundant_rows", "forcing_rows", "duplicate_rows", "column_singletons",
		"dominated_columns", "duplicate_columns"
	};
	StringInfoData json;

	StaticAssertStmt(lengthof(word) == COPG_N_COUNT - COPG_N_FIXED,
					 "each reduction has a word");
	initStringInfo(&json);
	for (int i = 0; i < (int) lengthof(word); i++)
		if (sol->head->count[COPG_N_FIXED + i] != 0)
			appendStringInfo(&json, "%s\"%s\": %d", json.len > 0 ? ", " : "{",
							 word[i], sol->head->count[COPG_N_FIXED + i]);
	appendStringInfoString(&json, json.len > 0 ? "}" : "{}");
	return json.data;
}

static int
count_variables(const CopgSolution *sol)
{
	int			n = 0;

	for (int i = 0; i < sol->head->n_leaf; i++)
		n += sol->problem.leaf_kind[i] != CO_LEAF_PARAMETER;
	return n;
}

/* Of the linear and quadratic methods a solution comes only after a proof. */
static const char *
second_order_word(const CopgSolutionHeader *head)
{
	if (!head->count[COPG_NONLINEAR])
		return "convex";
	switch ((CoSecondOrder) head->count[COPG_SECOND_ORDER])
	{
		case CO_SECOND_ORDER_POSITIVE:
			return "local_minimum";
		case CO_SECOND_ORDER_NOT_POSITIVE:
			return "not_positive";
		case CO_SECOND_ORDER_UNKNOWN:
			break;
	}
	return NULL;
}

static void
give_outcome(CopgSink *sink, const CopgSolution *sol)
{
	const CopgSolutionHeader *head = sol->head;
	const double *number = head->number;
	bool		has_numbers = (head->flags & COPG_HAS_POINT) != 0;

	copg_give_text(sink, co_status_word((CoStatus) head->status));
	copg_give_text(sink, co_termination_word((CoTermination) head->termination));
	copg_give_number_if(sink, copg_solution_has_point(sol), number[COPG_OBJECTIVE]);
	copg_give_int(sink, head->count[COPG_ITERATIONS]);
	if (head->count[COPG_NONLINEAR])
		copg_give_int(sink, head->count[COPG_EVALUATIONS]);
	else
		copg_give_null(sink);	/* matrices are not evaluated point by point */
	copg_give_int(sink, head->count[COPG_FACTORIZATIONS]);
	copg_give_number_if(sink, has_numbers, number[COPG_PRIMAL_RESIDUAL]);
	copg_give_number_if(sink, has_numbers, number[COPG_DUAL_RESIDUAL]);
	copg_give_number_if(sink, has_numbers, number[COPG_COMPLEMENTARITY]);
	copg_give_number_if(sink, has_numbers, number[COPG_GAP]);
	copg_give_number_if(sink, head->flags & (COPG_HAS_PROOF | COPG_HAS_RAY), number[COPG_MARGIN]);

	copg_give_text(sink, copg_solution_has_duals(sol) ? second_order_word(head) : NULL);
}

static void
give_effort(CopgSink *sink, const CopgSolution *sol)
{
	const CopgSolutionHeader *head = sol->head;

	copg_give_text(sink, copg_solution_text(sol, COPG_METHOD));
	copg_give_text(sink, copg_solution_text(sol, COPG_REASON));
	copg_give_text(sink, path_word(head->path));
	copg_give_int(sink, count_variables(sol));
	copg_give_int(sink, head->n_row);
	copg_give_int(sink, head->count[COPG_REDUCED_VARIABLES]);
	copg_give_int(sink, head->count[COPG_REDUCED_CONSTRAINTS]);
	copg_give_json(sink, presolve_json(sol));
	copg_give_int(sink, head->count[COPG_REFINEMENTS]);
	copg_give_bytes(sink, head->number[COPG_MEMORY_PREDICTED]);
	copg_give_bytes(sink, head->number[COPG_MEMORY_PEAK]);
	for (int i = COPG_TIME_LOWER; i <= COPG_TIME_TOTAL; i++)
		copg_give_number(sink, head->number[i]);
	copg_give_text(sink, copg_solution_text(sol, COPG_VERSION));
	copg_give_json(sink, copg_solution_text(sol, COPG_OPTIONS));
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_info);
Datum
opt_info(PG_FUNCTION_ARGS)
{
	CopgSolution sol;
	CopgSink	sink;

	copg_solution_arg(fcinfo, 0, &sol);
	copg_begin_rows(fcinfo, &sink);
	give_outcome(&sink, &sol);
	give_effort(&sink, &sol);
	copg_end_row(&sink);
	return (Datum) 0;
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_variables);
Datum
opt_variables(PG_FUNCTION_ARGS)
{
	CopgSolution sol;
	CopgSink	sink;
	bool		has_point,
				has_duals;

	copg_solution_arg(fcinfo, 0, &sol);
	copg_begin_rows(fcinfo, &sink);
	has_point = copg_solution_has_point(&sol);
	has_duals = copg_solution_has_duals(&sol);
	copg_solution_numbers(&sol);
	for (int i = 0; i < sol.head->n_leaf; i++)
	{
		const CoBlock *problem = &sol.problem;
		double		lower = problem->leaf_lower[i];
		double		upper = problem->leaf_upper[i];
		double		x = has_point ? sol.value[i] : NAN;
		double		z = has_duals ? multiplier(&sol, sol.reduced_cost[i]) : 0.0;

		if (problem->leaf_kind[i] == CO_LEAF_PARAMETER)
			continue;
		copg_give_text(&sink, copg_solution_string(&sol, problem->leaf_name[i]));
		copg_give_text(&sink, copg_solution_string(&sol, problem->leaf_key[i]));
		copg_give_number(&sink, x);
		copg_give_bound(&sink, lower);
		copg_give_bound(&sink, upper);
		copg_give_number_if(&sink, has_duals, sol.reduced_cost[i]);
		copg_give_text(&sink, state_word(x, lower, upper, z, false));
		copg_end_row(&sink);
	}
	return (Datum) 0;
}

/* Distance to the nearer bound, negative where it is violated. */
static double
slack_of(double value, double lower, double upper)
{
	double		slack = fmin(value - lower, upper - value);

	return isinf(slack) ? NAN : slack;
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_constraints);
Datum
opt_constraints(PG_FUNCTION_ARGS)
{
	CopgSolution sol;
	CopgSink	sink;
	bool		has_point,
				has_duals;

	copg_solution_arg(fcinfo, 0, &sol);
	copg_begin_rows(fcinfo, &sink);
	has_point = copg_solution_has_point(&sol);
	has_duals = copg_solution_has_duals(&sol);
	for (int i = 0; i < sol.head->n_row; i++)
	{
		double		lower = copg_solution_row_lower(&sol, i);
		double		upper = copg_solution_row_upper(&sol, i);
		double		body = has_point ? sol.activity[i] : NAN;
		double		y = has_duals ? multiplier(&sol, sol.dual[i]) : 0.0;

		copg_give_text(&sink, copg_solution_string(&sol, sol.problem.row_name[i + 1]));
		copg_give_text(&sink, copg_solution_string(&sol, sol.problem.row_key[i + 1]));
		copg_give_number(&sink, body);
		copg_give_bound(&sink, lower);
		copg_give_bound(&sink, upper);
		copg_give_number(&sink, slack_of(body, lower, upper));
		copg_give_number_if(&sink, has_duals, sol.dual[i]);
		copg_give_text(&sink, state_word(body, lower, upper, y, true));
		copg_end_row(&sink);
	}
	return (Datum) 0;
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_iterations);
Datum
opt_iterations(PG_FUNCTION_ARGS)
{
	CopgSolution sol;
	CopgSink	sink;

	copg_solution_arg(fcinfo, 0, &sol);
	copg_begin_rows(fcinfo, &sink);
	for (int i = 0; i < sol.head->n_log; i++)
	{
		const CopgIteration *line = &sol.log[i];

		copg_give_int(&sink, line->count[0]);
		for (int k = 0; k < (int) lengthof(line->number); k++)
			copg_give_number(&sink, line->number[k]);
		copg_give_int(&sink, line->count[1]);
		copg_give_int(&sink, line->count[2]);
		copg_end_row(&sink);
	}
	return (Datum) 0;
}

/*--------------------------------------------------------------------------
 * opt_qp's rows: kind, name, key, value, lower, upper, dual, state
 *--------------------------------------------------------------------------
 */

static void
give_qp_row(CopgSink *sink, const CopgSolution *sol, bool is_row, int name, int key,
			double value, double lower, double upper, double dual)
{
	bool		has_point = copg_solution_has_point(sol);
	bool		has_duals = copg_solution_has_duals(sol);
	double		y = has_duals ? multiplier(sol, dual) : 0.0;

	copg_give_text(sink, is_row ? "constraint" : "variable");
	copg_give_text(sink, copg_solution_string(sol, name));
	copg_give_text(sink, copg_solution_string(sol, key));
	copg_give_number_if(sink, has_point, value);
	copg_give_bound(sink, lower);
	copg_give_bound(sink, upper);
	copg_give_number_if(sink, has_duals, dual);
	copg_give_text(sink, has_duals ? state_word(value, lower, upper, y, is_row)
				   : co_status_word((CoStatus) sol->head->status));
	copg_end_row(sink);
}

/* The rows have no place for what an optimal solution need not say. */
static void
warn_of_status(const CopgSolutionHeader *head)
{
	if (head->status == CO_OPTIMAL)
		return;
	ereport(WARNING,
			(errmsg("the solve ended with status \"%s\": %s",
					co_status_word((CoStatus) head->status),
					co_status_meaning((CoStatus) head->status)),
			 errdetail("It stopped with \"%s\": %s.",
					   co_termination_word((CoTermination) head->termination),
					   co_termination_meaning((CoTermination) head->termination)),
			 errhint("The option on_failure = error makes an error of every status but optimal and acceptable.")));
}

void
copg_send_qp_rows(FunctionCallInfo fcinfo, const CopgSolution *sol)
{
	const CoBlock *problem = &sol->problem;
	CopgSink	sink;

	warn_of_status(sol->head);
	copg_begin_rows(fcinfo, &sink);
	for (int i = 0; i < sol->head->n_leaf; i++)
		if (problem->leaf_kind[i] != CO_LEAF_PARAMETER)
			give_qp_row(&sink, sol, false, problem->leaf_name[i], problem->leaf_key[i],
						sol->value[i], problem->leaf_lower[i], problem->leaf_upper[i],
						sol->reduced_cost[i]);
	for (int i = 0; i < sol->head->n_row; i++)
		give_qp_row(&sink, sol, true, problem->row_name[i + 1], problem->row_key[i + 1],
					sol->activity[i], copg_solution_row_lower(sol, i),
					copg_solution_row_upper(sol, i), sol->dual[i]);
}
