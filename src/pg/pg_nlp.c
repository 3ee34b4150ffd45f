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
#include "pg/pg_warm.h"
#include "solver/nlp_solve.h"

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
	if (copg_warm_fill(request->warm_start, &(CopgWarmTarget) {
		.problem = request->problem, .n_var = model->n_var, .n_row = model->n_row,
		.var_leaf = model->var_leaf, .x = model->start, .y = y, .z = z
	}))
	{
		start->y = y;
		start->z = z;
	}
	co_model_fill_added(model, model->start);
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
