/*-------------------------------------------------------------------------
 *
 * pg/pg_nlp.c
 *	  The nonlinear part of one solve: the model with derivatives, a start with
 *	  what a warm start knows, the solver, the rows' values at its answer.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "nlp/model.h"
#include "pg/pg_block.h"
#include "pg/pg_method.h"
#include "pg/pg_nlp.h"
#include "solver/nlp_solve.h"

/* The leaf of a warm start that is leaf of the problem; -1: none. */
static int
warm_leaf(const CopgSolution *warm, const CoBlock *problem, int leaf)
{
	return copg_solution_leaf(warm, problem->leaf_id[leaf],
							  co_block_string(problem, problem->leaf_name[leaf]),
							  co_block_string(problem, problem->leaf_key[leaf]));
}

/* Multipliers of the minimized form from what the user sees, or 0. */
static double
multiplier_of(const CopgSolution *warm, double shown)
{
	double		sign = warm->problem.flags & CO_FLAG_MAXIMIZE ? 1.0 : -1.0;

	return isfinite(shown) ? sign * shown : 0.0;
}

/* Values and multipliers of the variables and rows a warm start has by name and key. */
static void
apply_warm_start(const CopgRequest *request, const CoModel *model, CoNlpStart *start,
				 double *y, double *z)
{
	const CopgSolution *warm = request->warm_start;
	const CoBlock *problem = request->problem;
	bool		has_duals = copg_solution_has_duals(warm);

	for (int i = 0; i < model->n_var; i++)
	{
		int			found = warm_leaf(warm, problem, model->var_leaf[i]);

		if (found < 0)
			continue;
		if (isfinite(warm->value[found]))
			model->start[i] = warm->value[found];
		z[i] = multiplier_of(warm, warm->reduced_cost[found]);
	}
	for (int i = 0; i < model->n_row; i++)
	{
		int			found = problem->row_name[i + 1] < 0 ? -1 :
			copg_solution_row(warm, co_block_string(problem, problem->row_name[i + 1]),
							  co_block_string(problem, problem->row_key[i + 1]));

		if (found >= 0)
			y[i] = multiplier_of(warm, warm->dual[found]);
	}
	if (has_duals)
	{
		start->y = y;
		start->z = z;
	}
	co_model_fill_added(model, model->start);
}

static CoRc
make_start(CoArena *arena, const CopgRequest *request, const CoModel *model, CoNlpStart *start)
{
	double	   *y,
			   *z;

	memset(start, 0, sizeof *start);
	start->x = model->start;
	if (request->warm_start == NULL || !copg_solution_has_point(request->warm_start))
		return CO_OK;
	y = co_take_zero_doubles(arena, (size_t) model->nlp.m);
	z = co_take_zero_doubles(arena, (size_t) model->nlp.n);
	if (!y || !z)
		return co_arena_failed(arena);
	apply_warm_start(request, model, start, y, z);
	return CO_OK;
}

/* What pg_solution_build.c asks of a lowered problem, matrices aside. */
static void
take_over(const CoModel *model, CoLowered *lowered)
{
	lowered->maximize = model->maximize;
	lowered->n_var = model->n_var;
	lowered->n_row = model->n_row;
	lowered->var_leaf = model->var_leaf;
	lowered->leaf_var = model->leaf_var;
	lowered->start = model->start;
	lowered->row_constant = model->row_constant;
}

static void
explain_calls(CoSolution *solution)
{
	size_t		n = strlen(solution->reason);

	snprintf(solution->reason + n, sizeof solution->reason - n,
			 "%ssecond derivatives are approximated, for it calls functions", n > 0 ? "; " : "");
}

static CoRc
evaluate_rows(CoArena *arena, const CoModel *model, const double *x, double **body)
{
	CoNlpValue	value = {.c = co_take_zero_doubles(arena, (size_t) model->nlp.m)};
	CoRc		rc;

	if (!value.c)
		return co_arena_failed(arena);
	*body = value.c;
	rc = model->nlp.eval(model->nlp.self, x, CO_WANT_C, &value);
	return rc == CO_NOT_FINITE ? CO_OK : rc;
}

CoRc
copg_nlp_solve(CoArena *arena, const CopgRequest *request, CoLowered *lowered,
			   CopgOutcome *outcome, CoError *error)
{
	CoModel    *model = co_take_zero(arena, 1, sizeof *model);
	CoNlpStart	start;
	CoRc		rc;

	if (!model)
		return co_arena_failed(arena);
	rc = co_model_build(arena, request->problem, outcome->leaf_value, model, error);
	if (!rc)
		rc = make_start(arena, request, model, &start);
	if (rc)
		return rc;
	copg_method_check_rows(request, &model->nlp);
	take_over(model, lowered);
	outcome->lowered = lowered;
	outcome->is_nonlinear = true;
	rc = co_nlp_solve_by(arena, &model->nlp, request->nonlinear, &request->options.core, &start,
						 &outcome->solution);
	outcome->method = rc ? "none" : outcome->solution.method;
	if (!rc && model->n_call > 0)
		explain_calls(&outcome->solution);
	if (!rc && outcome->solution.has_point)
		rc = evaluate_rows(arena, model, outcome->solution.point.x, &outcome->body);
	return rc;
}
