/*-------------------------------------------------------------------------
 *
 * pg/pg_conflict.c
 *	  opt_conflict: why a solve found nothing feasible, or no end, as rows.
 *
 * A solution carries its problem.  Of an infeasible one the smallest
 * relaxation and a minimal conflict are computed (solver/conflict.h), with the
 * options of the solve unless others are given, and never without a limit of
 * time; of an unbounded one the ray is there already.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "nlp/model.h"
#include "pg/pg_compat.h"
#include "pg/pg_error.h"
#include "pg/pg_options.h"
#include "pg/pg_sink.h"
#include "pg/pg_work.h"
#include "solver/conflict.h"

/*
 * Seconds, where neither the call nor the solve has a limit: conflicts of
 * thousands of members, each of them shown to be needed by a solve, take hours.
 */
#define DEFAULT_TIME	60.0

/* Of the fastest variable of a ray: what is slower is rounding. */
#define RAY_NOISE		1e-9

typedef struct Conflict			/* one call */
{
	CopgSolution sol;
	CopgOptions options;
	CopgSink	sink;
	CopgWork   *work;
	double	   *parameter;		/* [n_leaf] in force */
	const int  *var_leaf;		/* leaf of each variable */
	int			n_var,			/* the user's */
				n_row;
	CoRelaxation relax;
	CoConflict	conflict;
	bool		is_linear;
} Conflict;

/*--------------------------------------------------------------------------
 * Rows
 *--------------------------------------------------------------------------
 */

/* part, kind, name, key */
static void
give_label(Conflict *c, const char *part, bool is_row, int index)
{
	const CopgSolution *sol = &c->sol;
	const CoBlock *problem = &sol->problem;
	int			name = is_row ? problem->row_name[index + 1] : problem->leaf_name[c->var_leaf[index]],
				key = is_row ? problem->row_key[index + 1] : problem->leaf_key[c->var_leaf[index]];

	copg_give_text(&c->sink, part);
	copg_give_text(&c->sink, is_row ? "constraint" : "bound");
	if (is_row && name < 0)
		copg_give_text(&c->sink, psprintf("constraint number %d", index + 1));
	else
		copg_give_text(&c->sink, copg_solution_string(sol, name));
	copg_give_text(&c->sink, copg_solution_string(sol, key));
}

static double
lower_of(const Conflict *c, bool is_row, int index)
{
	return is_row ? copg_solution_row_lower(&c->sol, index)
		: c->sol.problem.leaf_lower[c->var_leaf[index]];
}

static double
upper_of(const Conflict *c, bool is_row, int index)
{
	return is_row ? copg_solution_row_upper(&c->sol, index)
		: c->sol.problem.leaf_upper[c->var_leaf[index]];
}

/* side, lower, upper, value at the point of the relaxation, amount, proof */
static void
give_member(Conflict *c, bool is_row, int index, const char *side, double amount, const char *proof)
{
	double		value = NAN;

	if (c->relax.known)
		value = is_row ? c->relax.row[index] + c->sol.problem.constant[index + 1]
			: c->relax.x[index];
	copg_give_text(&c->sink, side);
	copg_give_bound(&c->sink, lower_of(c, is_row, index));
	copg_give_bound(&c->sink, upper_of(c, is_row, index));
	copg_give_number(&c->sink, value);
	copg_give_number(&c->sink, amount);
	copg_give_text(&c->sink, proof);
	copg_end_row(&c->sink);
}

static void
give_relaxed(Conflict *c, bool is_row, int n, const double *below, const double *above)
{
	const char *proof = c->is_linear ? "proved" : "local";

	for (int k = 0; k < n; k++)
	{
		if (below[k] > 0.0)
		{
			give_label(c, "relax", is_row, k);
			give_member(c, is_row, k, "lower", below[k], proof);
		}
		if (above[k] > 0.0)
		{
			give_label(c, "relax", is_row, k);
			give_member(c, is_row, k, "upper", above[k], proof);
		}
	}
}

static const char *
side_word(const Conflict *c, const CoConflictMember *member)
{
	bool		is_row = member->row >= 0;
	int			index = is_row ? member->row : member->var;
	double		lower = lower_of(c, is_row, index),
				upper = upper_of(c, is_row, index);

	if (lower == upper)
		return is_row ? "equality" : "fixed";
	if (isinf(lower) || isinf(upper))
		return isinf(lower) ? "upper" : "lower";
	return member->side == CO_SIDE_LOWER ? "lower" : member->side == CO_SIDE_UPPER ? "upper" : "both";
}

static void
give_conflict(Conflict *c)
{
	double		largest = 0.0;

	for (int k = 0; k < c->conflict.n; k++)
		largest = fmax(largest, c->conflict.member[k].weight);
	for (int k = 0; k < c->conflict.n; k++)
	{
		const CoConflictMember *member = &c->conflict.member[k];
		bool		is_row = member->row >= 0;
		int			index = is_row ? member->row : member->var;

		give_label(c, "conflict", is_row, index);
		give_member(c, is_row, index, side_word(c, member),
					member->weight > 0.0 ? member->weight / largest : NAN,
					!member->needed ? "undecided" :
					c->conflict.proof == CO_PROOF_CERTIFICATE ? "proved" : "local");
	}
}

/*--------------------------------------------------------------------------
 * Infeasible
 *--------------------------------------------------------------------------
 */

/* The options of the relaxation, which leaves half of the time to the conflict. */
static CoOptions
half_time(const Conflict *c)
{
	CoOptions	options = c->options.core;

	options.time_limit *= 0.5;
	return options;
}

static CoRc
explain_linear(Conflict *c, const CoLowered *lowered)
{
	CoArena    *arena = &c->work->arena;
	CoOptions	half = half_time(c);
	CoConflictTask task = {arena, &c->options.core, lowered->n_row, lowered->n_var};
	CoConflictTask relax = {arena, &half, lowered->n_row, lowered->n_var};
	double	   *y = co_take_zero_doubles(arena, (size_t) lowered->qp.m);
	CoRc		rc;

	if (!y)
		return co_arena_failed(arena);
	for (int i = 0; c->sol.proof && i < lowered->n_row; i++)
		y[i] = c->sol.proof[i];
	c->is_linear = true;
	rc = co_conflict_relax_qp(&relax, &lowered->qp, &c->relax);
	return rc ? rc : co_conflict_qp(&task, &lowered->qp, y, &c->conflict);
}

/* Where the solve ended, if it says; else NULL. */
static double *
end_point(Conflict *c, const CoModel *model)
{
	double	   *x = co_take_zero_doubles(&c->work->arena, (size_t) model->nlp.n);

	copg_check_rc(co_arena_failed(&c->work->arena), &c->work->arena, NULL);
	for (int j = 0; j < model->n_var; j++)
	{
		x[j] = c->sol.value[model->var_leaf[j]];
		if (!isfinite(x[j]))
			return NULL;
	}
	co_model_fill_added(model, x);
	return x;
}

static CoRc
explain_nonlinear(Conflict *c, const CoModel *model)
{
	CoArena    *arena = &c->work->arena;
	CoOptions	half = half_time(c);
	CoConflictTask task = {arena, &c->options.core, model->n_row, model->n_var};
	CoConflictTask relax = {arena, &half, model->n_row, model->n_var};
	CoRc		rc = co_conflict_relax_nlp(&relax, &model->nlp, model->start, end_point(c, model),
										   &c->relax);

	return rc ? rc : co_conflict_nlp(&task, &model->nlp, model->start, &c->relax, &c->conflict);
}

static void
warn_of_rest(const Conflict *c)
{
	if (c->conflict.out_of_time)
		ereport(WARNING,
				(errmsg("the time limit ended the search for a conflict"),
				 errdetail("Members of the conflict that are undecided may be superfluous."),
				 errhint("options => '{\"time_limit\": ...}' gives opt_conflict more seconds.")));
	else if (c->conflict.proof == CO_PROOF_NONE && !c->is_linear && c->relax.total == 0.0)
		ereport(WARNING,
				(errmsg("the problem has a feasible point"),
				 errdetail("The solve had ended where the violation cannot be made smaller by a small step."),
				 errhint("Give the variables another start in opt_var.")));
	else if (c->conflict.proof == CO_PROOF_NONE)
		ereport(WARNING,
				(errmsg("no conflict could be established"),
				 errdetail("Neither a feasible point nor a proof that there is none was found.")));
}

static CoRc
explain_lowered(Conflict *c)
{
	CoArena    *arena = &c->work->arena;
	CoLowered  *lowered = co_take_zero(arena, 1, sizeof *lowered);
	CoModel    *model = co_take_zero(arena, 1, sizeof *model);
	CoError		error = {.position = -1};
	CoRc		rc;

	copg_check_rc(co_arena_failed(arena), arena, NULL);
	rc = co_lower(arena, &c->sol.problem, c->parameter, lowered, &error);
	if (!rc)
	{
		c->n_var = lowered->n_var;
		c->n_row = lowered->n_row;
		c->var_leaf = lowered->var_leaf;
		if (lowered->problem_class == CO_CLASS_LP || lowered->problem_class == CO_CLASS_QP)
			return explain_linear(c, lowered);
		rc = co_model_build(arena, &c->sol.problem, c->parameter, model, &error);
	}
	if (rc == CO_BAD_INPUT)
		copg_report_rc(rc, arena, &error);
	return rc ? rc : explain_nonlinear(c, model);
}

/* The time may end anywhere: what is known by then is the answer. */
static void
explain_infeasible(Conflict *c)
{
	CoRc		rc = explain_lowered(c);

	if (rc == CO_TIME_EXCEEDED)
		c->conflict.out_of_time = true;
	else
		copg_check_rc(rc, &c->work->arena, NULL);
	warn_of_rest(c);
	if (c->relax.known)
	{
		give_relaxed(c, true, c->n_row, c->relax.row_lower, c->relax.row_upper);
		give_relaxed(c, false, c->n_var, c->relax.var_lower, c->relax.var_upper);
	}
	give_conflict(c);
}

/*--------------------------------------------------------------------------
 * Unbounded
 *--------------------------------------------------------------------------
 */

/* The variables that move, the fastest by 1. */
static void
give_ray(Conflict *c)
{
	const CopgSolution *sol = &c->sol;
	const CoBlock *problem = &sol->problem;
	double		largest = 0.0;

	for (int i = 0; sol->ray && i < sol->head->n_leaf; i++)
		largest = fmax(largest, fabs(sol->ray[i]));
	for (int i = 0; largest > 0.0 && i < sol->head->n_leaf; i++)
	{
		if (fabs(sol->ray[i]) <= RAY_NOISE * largest)
			continue;
		copg_give_text(&c->sink, "ray");
		copg_give_text(&c->sink, "variable");
		copg_give_text(&c->sink, copg_solution_string(sol, problem->leaf_name[i]));
		copg_give_text(&c->sink, copg_solution_string(sol, problem->leaf_key[i]));
		copg_give_text(&c->sink, sol->ray[i] > 0.0 ? "upper" : "lower");
		copg_give_bound(&c->sink, problem->leaf_lower[i]);
		copg_give_bound(&c->sink, problem->leaf_upper[i]);
		copg_give_number(&c->sink, sol->value[i]);
		copg_give_number(&c->sink, sol->ray[i] / largest);
		copg_give_text(&c->sink, sol->head->count[COPG_NONLINEAR] ? "local" : "proved");
		copg_end_row(&c->sink);
	}
}

static void
explain(CopgWork *work, void *state)
{
	Conflict   *c = state;

	c->work = work;
	copg_solution_numbers(&c->sol);
	if (c->sol.head->status == CO_UNBOUNDED)
	{
		give_ray(c);
		return;
	}
	copg_work_check_problem(work, &c->sol);
	work->arena.deadline = fmin(work->arena.deadline, work->env.env.now(work->env.env.self) +
								c->options.core.time_limit);
	c->parameter = copg_work_parameters(work, &c->sol);
	explain_infeasible(c);
}

/* Those of the call, or of the solve where the same version made them. */
static void
read_options(FunctionCallInfo fcinfo, Conflict *c)
{
	const Jsonb *options = NULL;
	CoOptions	defaults;

	if (PG_NARGS() > 1 && !PG_ARGISNULL(1))
		options = PG_GETARG_JSONB_P(1);
	else if (strcmp(copg_solution_text(&c->sol, COPG_VERSION), CO_VERSION) == 0)
		options = DatumGetJsonbP(DirectFunctionCall1(jsonb_in,
													 CStringGetDatum(copg_solution_text(&c->sol, COPG_OPTIONS))));
	copg_options_read(options, &c->options);
	co_options_default(&defaults);
	if (c->options.core.time_limit == defaults.time_limit)
		c->options.core.time_limit = DEFAULT_TIME;
}

/* opt_conflict(opt_solution, options jsonb) */
PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_conflict);
Datum
opt_conflict(PG_FUNCTION_ARGS)
{
	Conflict	c = {.is_linear = false};

	copg_begin_rows(fcinfo, &c.sink);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	copg_solution_arg(fcinfo, 0, &c.sol);
	if (c.sol.head->status != CO_INFEASIBLE && c.sol.head->status != CO_LOCALLY_INFEASIBLE &&
		c.sol.head->status != CO_UNBOUNDED)
		return (Datum) 0;
	read_options(fcinfo, &c);
	copg_work(explain, &c);
	return (Datum) 0;
}
