/*-------------------------------------------------------------------------
 *
 * pg/pg_solve.c
 *	  opt_solve: one solve, from a problem block to a flat solution.
 *
 * One memory context per solve (pg_work.c) holds the core's arena and everything
 * else; only the flat result is made outside of it.
 *
 * Misuse is an error, an outcome is a value: infeasible, unbounded and every
 * limit give a solution with that status, unless on_failure says otherwise.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "utils/builtins.h"

#include "nlp/lower.h"
#include "pg/pg_block.h"
#include "pg/pg_compat.h"
#include "pg/pg_error.h"
#include "pg/pg_method.h"
#include "pg/pg_nlp.h"
#include "pg/pg_solve.h"
#include "pg/pg_warm.h"
#include "pg/pg_work.h"
#include "solver/active.h"

static pg_attribute_noreturn() void
report_not_convex(const CoLowered *lowered)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 lowered->maximize ? errmsg("the quadratic objective is not concave")
			 : errmsg("the quadratic objective is not convex"),
			 lowered->maximize ?
			 errdetail("It has a direction of positive curvature, so that a maximum found would be a local one.") :
			 errdetail("It has a direction of negative curvature, so that a minimum found would be a local one."),
			 errhint("Method \"auto\" looks for a local one. In SQL, -x^2 means (-x)^2; write -(x^2).")));
}

/*--------------------------------------------------------------------------
 * The steps of a solve
 *--------------------------------------------------------------------------
 */

typedef struct Solve			/* what the steps share, in the solve's context */
{
	const CopgRequest *request;
	CopgWork   *work;
	CoLowered	lowered;
	CopgOutcome outcome;
	double		begun;
} Solve;

static double
seconds(const Solve *solve)
{
	return solve->work->env.env.now(solve->work->env.env.self);
}

/* The user's starts, then what the warm start knows of the same variables and rows. */
static CoRc
make_start(Solve *solve, CoQpPoint *start)
{
	const CoLowered *lowered = &solve->lowered;
	const CopgSolution *warm = solve->request->warm_start;
	CoRc		rc;

	*start = (CoQpPoint) {.x = lowered->start};
	if (warm == NULL || !copg_solution_has_point(warm))
		return CO_OK;
	rc = co_qp_take_point(&solve->work->arena, lowered->qp.n, lowered->qp.m, start);
	if (rc != CO_OK)
		return rc;
	start->x = lowered->start;
	if (!copg_warm_fill(warm, &(CopgWarmTarget) {
		.problem = solve->request->problem, .n_var = lowered->n_var, .n_row = lowered->n_row,
		.var_leaf = lowered->var_leaf, .x = start->x, .y = start->y, .z = start->z
	}))
		start->y = start->z = NULL;
	return CO_OK;
}

/* A limit met before there was a point is an outcome, not an error. */
static void
end_at_limit(Solve *solve, CoTermination termination, const char *reason)
{
	CoSolution *solution = &solve->outcome.solution;

	memset(solution, 0, sizeof *solution);
	solution->status = CO_FAILED;
	solution->termination = termination;
	solution->path = CO_KKT_NONE;
	strlcpy(solution->reason, reason, sizeof solution->reason);
	solution->memory_predicted = solve->work->arena.wanted;
	solution->memory_peak = solve->work->arena.peak;
}

/* Takes rc apart; true: a solution (of whatever status) is there. */
static void
judge(Solve *solve, CoRc rc, const CoError *error)
{
	if (rc == CO_MEMORY_EXCEEDED && !solve->request->options.error_on_failure)
		end_at_limit(solve, CO_TERM_MEMORY_LIMIT,
					 "the memory predicted exceeds constropt.max_memory");
	else if (rc == CO_TIME_EXCEEDED)
		end_at_limit(solve, CO_TERM_TIME_LIMIT,
					 "the time limit passed before the first iteration");
	else if (rc == CO_NOT_CONVEX)
		report_not_convex(&solve->lowered);
	else if (rc != CO_OK)
		copg_report_rc(rc, &solve->work->arena, error);
}

static bool
lower_problem(Solve *solve)
{
	const CopgRequest *request = solve->request;
	CoError		error = {.position = -1};
	CoRc		rc;

	if (request->params)
		solve->outcome.leaf_value = copg_params_apply(request->params, request->problem);
	rc = co_lower(&solve->work->arena, request->problem, solve->outcome.leaf_value,
				  &solve->lowered, &error);
	solve->outcome.time_lower = seconds(solve) - solve->begun;
	if (rc == CO_OK)
	{
		copg_method_check(request, &solve->lowered);
		solve->outcome.lowered = &solve->lowered;
	}
	judge(solve, rc, &error);
	return rc == CO_OK;
}

/* Puts why the problem is nonlinear in front of why the solver did what it did. */
static void
explain_nonlinear(Solve *solve, bool not_convex)
{
	CoSolution *solution = &solve->outcome.solution;
	char		culprit[COPG_LABEL_SIZE + 32];
	char		rest[sizeof solution->reason];

	if (!not_convex && solve->lowered.culprit_row < 0)
		return;					/* linear or quadratic, by a method of the user's choice */
	strlcpy(rest, solution->reason, sizeof rest);
	copg_describe_row(solve->request->problem, solve->lowered.culprit_row, culprit, sizeof culprit);
	snprintf(solution->reason, sizeof solution->reason, "%s is %s%s%s",
			 not_convex || solve->lowered.culprit_row <= 0 ? "the objective" : culprit,
			 not_convex ? "quadratic and not convex" :
			 solve->lowered.problem_class == CO_CLASS_NLP ? "nonlinear" : "quadratic",
			 rest[0] ? "; " : "", rest);
}

static CoRc
solve_nonlinear(Solve *solve, bool not_convex, CoError *error)
{
	CoRc		rc = copg_nlp_solve(&solve->work->arena, solve->request, &solve->lowered,
									&solve->outcome, error);

	if (rc == CO_OK)
		explain_nonlinear(solve, not_convex);
	return rc;
}

/* More often a mistake in the data, or in a sign, than what was meant. */
static void
warn_not_convex(const CoLowered *lowered)
{
	ereport(WARNING,
			(lowered->maximize ? errmsg("the quadratic objective is not concave")
			 : errmsg("the quadratic objective is not convex"),
			 errdetail("The solution is a local one; there may be better ones."),
			 errhint("Method \"interior_point\" looks for a local one without a word. In SQL, -x^2 means (-x)^2; write -(x^2).")));
}

static CoRc
solve_convex(Solve *solve)
{
	CoLowered  *lowered = &solve->lowered;
	CopgOutcome *outcome = &solve->outcome;
	const CoOptions *options = &solve->request->options.core;
	CoQpPoint	start;
	CoRc		rc;

	outcome->method = solve->request->method == COPG_METHOD_ACTIVE_SET ? "active_set" :
		lowered->problem_class == CO_CLASS_LP ? "lp" : "qp";
	rc = make_start(solve, &start);
	if (rc == CO_OK && solve->request->method == COPG_METHOD_ACTIVE_SET)
		rc = co_active_qp_solve(&solve->work->arena, &lowered->qp, options, &start, NULL,
								&outcome->solution);
	else if (rc == CO_OK)
		rc = co_qp_solve_warm(&solve->work->arena, &lowered->qp, options, &start, &outcome->solution);
	if (rc != CO_OK || !outcome->solution.has_point)
		return rc;
	outcome->body = co_take_zero_doubles(&solve->work->arena, (size_t) lowered->qp.m);
	if (outcome->body == NULL)
		return co_arena_failed(&solve->work->arena);
	co_csc_mul_add(&lowered->qp.a, 1.0, outcome->solution.point.x, outcome->body);
	return CO_OK;
}

/* By class; a quadratic objective that turns out not to be convex is nonlinear. */
static void
solve_lowered(Solve *solve)
{
	CoError		error = {.position = -1};
	bool		convex = copg_method_is_convex(solve->request, &solve->lowered);
	CoRc		rc = convex ? solve_convex(solve) : solve_nonlinear(solve, false, &error);

	if (rc == CO_NOT_CONVEX && !copg_method_wants_qp(solve->request->method))
	{
		if (solve->request->method == COPG_METHOD_AUTO)
			warn_not_convex(&solve->lowered);
		rc = solve_nonlinear(solve, true, &error);
	}
	judge(solve, rc, &error);
}

static void
run_solve(Solve *solve)
{
	const CopgRequest *request = solve->request;

	solve->begun = seconds(solve);
	solve->work->arena.deadline = fmin(solve->work->arena.deadline,
									   solve->begun + request->options.core.time_limit);
	solve->outcome.problem = request->problem;
	solve->outcome.method = "none";
	solve->outcome.options = copg_options_json(&request->options);
	if (lower_problem(solve))
		solve_lowered(solve);
	solve->outcome.time_total = seconds(solve) - solve->begun;
}

static void
raise_failure(const CopgSolutionHeader *head)
{
	if (head->status == CO_OPTIMAL || head->status == CO_ACCEPTABLE)
		return;
	ereport(ERROR,
			(errcode(head->status == CO_FAILED || head->status == CO_FEASIBLE
					 ? ERRCODE_PROGRAM_LIMIT_EXCEEDED : ERRCODE_DATA_EXCEPTION),
			 errmsg("the solve ended with status \"%s\"",
					co_status_word((CoStatus) head->status)),
			 errdetail("It stopped with \"%s\": %s.",
					   co_termination_word((CoTermination) head->termination),
					   co_termination_meaning((CoTermination) head->termination)),
			 errhint("Without the option on_failure = error, the status is part of the solution.")));
}

typedef struct Task				/* of copg_solve() */
{
	const CopgRequest *request;
	MemoryContext result_context;
	CopgSolution *sol;
} Task;

static void
solve_in_context(CopgWork *work, void *state)
{
	const Task *task = state;
	Solve	   *solve = palloc0(sizeof(Solve));

	solve->request = task->request;
	solve->work = work;
	run_solve(solve);
	MemoryContextSwitchTo(task->result_context);
	copg_solution_build(&solve->outcome, task->sol);
	if (task->request->options.error_on_failure)
		raise_failure(task->sol->head);
}

void
copg_solve(const CopgRequest *request, CopgSolution *sol)
{
	Task		task = {request, CurrentMemoryContext, sol};

	copg_work(solve_in_context, &task);
}

/*--------------------------------------------------------------------------
 * opt_solve
 *--------------------------------------------------------------------------
 */

static char *
method_arg(FunctionCallInfo fcinfo, int argno)
{
	if (PG_ARGISNULL(argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("method must not be null"),
				 errhint("%s", copg_method_hint())));
	return text_to_cstring(PG_GETARG_TEXT_PP(argno));
}

/* opt_solve(problem, method text, options jsonb, warm_start, params jsonb) */
PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_solve);
Datum
opt_solve(PG_FUNCTION_ARGS)
{
	CopgRequest request = {0};
	CopgSolution warm,
				sol;
	CoBlock		problem;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the problem must not be null"),
				 errhint("A subquery that finds no row gives NULL; opt_minimize, opt_maximize and opt_feasible make problems.")));
	copg_method_find(method_arg(fcinfo, 1), &request);
	copg_options_read(PG_ARGISNULL(2) ? NULL : PG_GETARG_JSONB_P(2), &request.options);
	if (!PG_ARGISNULL(3))
	{
		copg_solution_arg(fcinfo, 3, &warm);
		request.warm_start = &warm;
	}
	if (!PG_ARGISNULL(4))
		request.params = PG_GETARG_JSONB_P(4);
	copg_block_arg(fcinfo, 0, CO_BLOCK_PROBLEM, &problem);
	request.problem = &problem;
	copg_solve(&request, &sol);
	PG_RETURN_DATUM(copg_solution_datum(&sol));
}
