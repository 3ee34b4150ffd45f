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

#include "expr/algebra.h"
#include "nlp/model.h"
#include "pg/pg_block.h"
#include "pg/pg_method.h"
#include "pg/pg_nlp.h"
#include "pg/pg_warm.h"
#include "solver/nlp_solve.h"

/* Squares of smaller numbers are exact to 1e-10 at least, relative to 1. */
#define FAR_OUT			1e3

/* cold: without the warm start; its x is NULL where there is none to leave out. */
static CoRc
make_start(CoArena *arena, const CopgRequest *request, const CoModel *model, CoNlpStart *start,
		   CoNlpStart *cold)
{
	double	   *x,
			   *y,
			   *z;

	memset(start, 0, sizeof *start);
	memset(cold, 0, sizeof *cold);
	start->x = model->start;
	if (request->warm_start == NULL || !copg_solution_has_point(request->warm_start))
		return CO_OK;
	x = co_take_doubles(arena, (size_t) model->nlp.n);
	y = co_take_zero_doubles(arena, (size_t) model->nlp.m);
	z = co_take_zero_doubles(arena, (size_t) model->nlp.n);
	if (!x || !y || !z)
		return co_arena_failed(arena);
	memcpy(x, model->start, (size_t) model->nlp.n * sizeof(double));
	cold->x = x;
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

/* One more clause. */
static void
add_reason(CoSolution *solution, const char *text)
{
	size_t		n = strlen(solution->reason);

	snprintf(solution->reason + n, sizeof solution->reason - n, "%s%s", n > 0 ? "; " : "", text);
}

/* The row that cannot hold, by its name. */
static void
explain_infeasible(const CopgRequest *request, const CoModel *model, CoSolution *solution)
{
	char		label[COPG_LABEL_SIZE + 32],
				why[sizeof solution->reason];
	int			row = solution->blamed_row;

	if (solution->status != CO_INFEASIBLE || row == 0 || row > model->n_row)
		return;
	copg_describe_row(request->problem, row, label, sizeof label);
	snprintf(why, sizeof why, "within the bounds %s %s", label,
			 solution->point.y[row - 1] == 0.0 ? "has no value" : "cannot hold");
	add_reason(solution, why);
}

/* Without a solution, and not for want of time or of iterations. */
static bool
is_misled(const CoSolution *solution)
{
	return (solution->status == CO_FAILED || solution->status == CO_FEASIBLE ||
			solution->status == CO_LOCALLY_INFEASIBLE) &&
		solution->termination < CO_TERM_MAX_STEPS;
}

/* As if there were no warm start; the effort is that of both solves. */
static CoRc
solve_again(CoArena *arena, const CoModel *model, const CopgRequest *request,
			const CoNlpStart *cold, CoSolution *solution)
{
	CoSolution	first = *solution;
	char		why[sizeof solution->reason];
	CoRc		rc = co_nlp_solve_by(arena, &model->nlp, request->nonlinear,
									 &request->options.core, cold, solution);

	solution->evaluations.objective += first.evaluations.objective;
	solution->evaluations.constraints += first.evaluations.constraints;
	solution->evaluations.gradient += first.evaluations.gradient;
	solution->evaluations.jacobian += first.evaluations.jacobian;
	solution->evaluations.hessian += first.evaluations.hessian;
	solution->factorizations += first.factorizations;
	snprintf(why, sizeof why, "from warm_start it ended with %s, then without",
			 co_termination_word(first.termination));
	add_reason(solution, why);
	return rc;
}

/* A hint saves time, or does not: where it leads nowhere, it is left out. */
static CoRc
solve_model(CoArena *arena, const CopgRequest *request, const CoModel *model,
			const CoNlpStart *start, const CoNlpStart *cold, CoSolution *solution)
{
	double		deadline = arena->deadline;
	CoMark		mark = co_mark(arena);
	CoRc		rc = co_nlp_solve_by(arena, &model->nlp, request->nonlinear,
									 &request->options.core, start, solution);

	if (rc || cold->x == NULL || !is_misled(solution))
		return rc;
	arena->deadline = deadline;
	co_rewind(arena, mark);
	return solve_again(arena, model, request, cold, solution);
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

/* Beyond what rounding makes of a sum of terms of this size. */
static bool
differs(const CopgRequest *request, double difference, double size)
{
	return !(fabs(difference) <= request->options.core.acceptable_tolerance * (1.0 + size));
}

/* term [1 + m]: the largest of the linearized objective and of each row. */
static CoRc
size_terms(CoArena *arena, const CoNlp *nlp, const double *x, double *term)
{
	CoNlpValue	at;
	CoRc		rc = co_nlp_take_value(arena, nlp, &at);

	if (!rc)
		rc = nlp->eval(nlp->self, x, CO_WANT_GRAD | (nlp->m > 0 ? CO_WANT_JAC : 0), &at);
	if (rc)
		return rc;
	for (int j = 0; j < nlp->n; j++)
	{
		term[0] = fmax(term[0], fabs(at.grad[j] * x[j]));
		for (int e = nlp->jac.start[j]; e < nlp->jac.start[j + 1]; e++)
			term[1 + nlp->jac.index[e]] = fmax(term[1 + nlp->jac.index[e]], fabs(at.jac[e] * x[j]));
	}
	return CO_OK;
}

/*
 * The problem as stated, in twice the working precision (co_block_eval), where
 * the solver summed doubles: are the objective and the rows what they are
 * claimed to be?  The objective becomes the exact one.
 */
static CoRc
stands_exactly(CoArena *arena, const CopgRequest *request, const CoModel *model,
			   CoSolution *solution, const double *leaf, bool *stands)
{
	const CoNlp *nlp = &model->nlp;
	double		sign = model->maximize ? -1.0 : 1.0;
	double		f = sign * co_block_eval(arena, request->problem, 0, leaf);
	double	   *term = co_take_zero_doubles(arena, (size_t) nlp->m + 1);
	CoRc		rc = co_arena_failed(arena);

	if (!rc)
		rc = size_terms(arena, nlp, solution->point.x, term);
	if (rc)
		return rc == CO_NOT_FINITE ? CO_OK : rc;
	*stands = !differs(request, f - solution->residual.objective, fmax(fabs(f), term[0]));
	solution->residual.objective = f;
	for (int i = 0; i < model->n_row && *stands && !rc; i++)
	{
		double		c = co_block_eval(arena, request->problem, i + 1, leaf) - model->row_constant[i];
		double		outside = fmax(0.0, fmax(nlp->cl[i] - c, c - nlp->cu[i]));
		double		side = c < nlp->cl[i] ? nlp->cl[i] : nlp->cu[i];

		*stands = outside == 0.0 || !differs(request, outside, fmax(fabs(side), term[1 + i]));
		rc = co_poll(arena);
	}
	return rc ? rc : co_arena_failed(arena);
}

/*
 * A solution so far out that its verdict may be rounding is looked at again;
 * where it does not stand, the iterates ran away.
 */
static CoRc
judge_far(CoArena *arena, const CopgRequest *request, const CoModel *model,
		  const double *leaf_value, CoSolution *solution)
{
	const CoBlock *problem = request->problem;
	CoMark		mark = co_mark(arena);
	double		largest = 0.0;
	double	   *leaf;
	bool		stands = true;
	CoRc		rc;

	for (int j = 0; j < model->n_var; j++)
		largest = fmax(largest, fabs(solution->point.x[j]));
	if (largest < FAR_OUT || model->n_call > 0 ||
		(solution->status != CO_OPTIMAL && solution->status != CO_ACCEPTABLE))
		return CO_OK;
	leaf = co_take_doubles(arena, (size_t) problem->n_leaf);
	if (!leaf)
		return co_arena_failed(arena);
	memcpy(leaf, leaf_value ? leaf_value : problem->leaf_start, (size_t) problem->n_leaf * sizeof(double));
	for (int j = 0; j < model->n_var; j++)
		leaf[model->var_leaf[j]] = solution->point.x[j];
	rc = stands_exactly(arena, request, model, solution, leaf, &stands);
	if (!rc && !stands)
	{
		solution->status = CO_FAILED;
		solution->termination = CO_TERM_ITERATE_BLOWUP;
		solution->has_point = false;
	}
	if (!rc)
		co_rewind(arena, mark);
	return rc;
}

CoRc
copg_nlp_solve(CoArena *arena, const CopgRequest *request, CoLowered *lowered,
			   CopgOutcome *outcome, CoError *error)
{
	CoModel    *model = co_take_zero(arena, 1, sizeof *model);
	CoNlpStart	start,
				cold;
	CoRc		rc;

	if (!model)
		return co_arena_failed(arena);
	rc = co_model_build(arena, request->problem, outcome->leaf_value, model, error);
	if (!rc)
		rc = make_start(arena, request, model, &start, &cold);
	if (rc)
		return rc;
	copg_method_check_rows(request, &model->nlp);
	take_over(model, lowered);
	outcome->lowered = lowered;
	outcome->is_nonlinear = true;
	rc = solve_model(arena, request, model, &start, &cold, &outcome->solution);
	if (!rc)
		rc = judge_far(arena, request, model, outcome->leaf_value, &outcome->solution);
	outcome->method = rc ? "none" : outcome->solution.method;
	if (!rc)
		explain_infeasible(request, model, &outcome->solution);
	if (!rc && model->n_call > 0)
		add_reason(&outcome->solution, "second derivatives are approximated, for it calls functions");
	if (!rc && outcome->solution.has_point)
		rc = evaluate_rows(arena, model, outcome->solution.point.x, &outcome->body);
	return rc;
}
