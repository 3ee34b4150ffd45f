/*-------------------------------------------------------------------------
 *
 * pg/pg_jacobian_apply.c
 *	  opt_vjp, opt_predict and opt_ranging: what the derivatives are for.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"

#include "base/vec.h"
#include "pg/pg_compat.h"
#include "pg/pg_error.h"
#include "pg/pg_jacobian.h"

#define ROWS_PER_BATCH	4096

static void
end_row(CopgJacobian *j)
{
	copg_end_row(&j->sink);
	if (j->sink.n_done % ROWS_PER_BATCH == 0)
		copg_jacobian_forget(j);
}

/*--------------------------------------------------------------------------
 * opt_vjp(solution, weights jsonb)
 *--------------------------------------------------------------------------
 */

static void
send_vjp(FunctionCallInfo fcinfo, CopgJacobian *j)
{
	CopgWeights w;
	double	   *g = co_take_doubles(&j->arena, (size_t) j->nlp->np);
	double		error = 0.0;
	bool		reliable;

	copg_check_rc(co_arena_failed(&j->arena), &j->arena, NULL);
	copg_jacobian_read_weights(fcinfo, 1, j, &w);
	co_fill(j->nlp->np, NAN, g);
	if (j->s)
		copg_check_rc(co_sensitivity_adjoint(j->s, w.x, w.y, w.z, w.f, g, &error), &j->arena, NULL);
	reliable = j->reliable && j->s->n_weak + j->s->n_parting == 0 && error <= COPG_REFINED;
	for (int k = 0; k < j->nlp->np; k++)
	{
		copg_jacobian_give_parameter(j, k);
		copg_give_number(&j->sink, g[k]);
		copg_give_bool(&j->sink, reliable && isfinite(g[k]));
		copg_give_text(&j->sink, j->reason ? j->reason : isnan(g[k]) ? COPG_NO_DERIVATIVE : NULL);
		end_row(j);
	}
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_vjp);
Datum
opt_vjp(PG_FUNCTION_ARGS)
{
	return copg_jacobian_run(fcinfo, send_vjp);
}

/*--------------------------------------------------------------------------
 * opt_predict(solution, params jsonb)
 *--------------------------------------------------------------------------
 */

static void
give_prediction(CopgJacobian *j, int of, int name, int key, double value)
{
	copg_give_text(&j->sink, copg_of_word(of));
	copg_give_text(&j->sink, copg_jacobian_string(j, name));
	copg_give_text(&j->sink, copg_jacobian_string(j, key));
	copg_give_number(&j->sink, value);
	end_row(j);
}

static void
give_predictions(CopgJacobian *j, const CoTangent *at)
{
	const CoBlock *problem = &j->problem;
	const CoParamModel *model = &j->model;

	for (int i = 0; i < model->n_var; i++)
		give_prediction(j, COPG_OF_VARIABLE, problem->leaf_name[model->var_leaf[i]],
						problem->leaf_key[model->var_leaf[i]], at->x[i]);
	for (int i = 0; i < model->model.n_row; i++)
		give_prediction(j, COPG_OF_CONSTRAINT, problem->row_name[i + 1], problem->row_key[i + 1],
						j->dual_sign * at->y[i]);
	for (int i = 0; i < model->n_var; i++)
		if (isfinite(j->nlp->xl[i]) || isfinite(j->nlp->xu[i]))
			give_prediction(j, COPG_OF_BOUND, problem->leaf_name[model->var_leaf[i]],
							problem->leaf_key[model->var_leaf[i]], j->dual_sign * at->z[i]);
	give_prediction(j, COPG_OF_OBJECTIVE, -1, -1, j->objective_sign * at->f);
}

static void
send_prediction(FunctionCallInfo fcinfo, CopgJacobian *j)
{
	size_t		np = (size_t) j->nlp->np;
	double	   *dp = co_take_zero_doubles(&j->arena, np);
	bool	   *given = co_take_zero(&j->arena, np, sizeof(bool));
	CoTangent	at;
	bool		found = false;

	copg_check_rc(co_arena_failed(&j->arena), &j->arena, NULL);
	copg_check_rc(co_tangent_new(&j->arena, j->nlp, &at), &j->arena, NULL);
	copg_jacobian_read_parameters(fcinfo, 1, j, dp, given);
	for (int k = 0; k < j->nlp->np; k++)
		dp[k] = given[k] ? dp[k] - j->p[k] : 0.0;
	if (j->s)
		copg_check_rc(co_sensitivity_predict(j->s, dp, &at, &found), &j->arena, NULL);
	if (found)
		give_predictions(j, &at);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_predict);
Datum
opt_predict(PG_FUNCTION_ARGS)
{
	return copg_jacobian_run(fcinfo, send_prediction);
}

/*--------------------------------------------------------------------------
 * opt_ranging(solution, parameters text[])
 *--------------------------------------------------------------------------
 */

static const CoRange unknown_range = {.step = NAN, .event = CO_RANGE_NEVER, .item = -1};

static char *
event_text(const CopgJacobian *j, const CoRange *range)
{
	switch (range->event)
	{
		case CO_RANGE_ROW_BINDS:
			return psprintf("%s becomes active", copg_jacobian_row_label(j, range->item));
		case CO_RANGE_ROW_LEAVES:
			return psprintf("%s becomes inactive", copg_jacobian_row_label(j, range->item));
		case CO_RANGE_BOUND_BINDS:
			return psprintf("%s becomes active", copg_jacobian_bound_label(j, range->item));
		case CO_RANGE_BOUND_LEAVES:
			return psprintf("%s becomes inactive", copg_jacobian_bound_label(j, range->item));
		case CO_RANGE_NO_SOLUTION:
			return pstrdup("nothing is feasible beyond");
		case CO_RANGE_NEVER:
			break;
	}
	return isnan(range->step) ? pstrdup("not known") : NULL;
}

static void
give_range(CopgJacobian *j, int k, const CoRange *down, const CoRange *up, bool exact, bool reliable)
{
	copg_jacobian_give_parameter(j, k);
	copg_give_number(&j->sink, j->p[k]);
	copg_give_bound(&j->sink, j->p[k] - down->step);
	copg_give_bound(&j->sink, j->p[k] + up->step);
	copg_give_text(&j->sink, event_text(j, down));
	copg_give_text(&j->sink, event_text(j, up));
	copg_give_bool(&j->sink, exact && reliable);
	copg_give_bool(&j->sink, reliable);
	copg_give_text(&j->sink, j->reason);
	end_row(j);
}

/* Both ends, to first order and, of a linear or quadratic program, to rounding. */
static void
find_range(CopgJacobian *j, int k, CoTangent *tangent, CoRange *down, CoRange *up, bool *exact)
{
	double		one = 1.0;
	CoDirection direction = {1, &k, &one};
	bool		exact_down = false,
				exact_up = false;

	copg_check_rc(co_sensitivity_solve(j->s, &direction, tangent), &j->arena, NULL);
	copg_check_rc(co_sensitivity_range(j->s, &direction, tangent, -1, down), &j->arena, NULL);
	copg_check_rc(co_sensitivity_range(j->s, &direction, tangent, 1, up), &j->arena, NULL);
	if (j->sol.head->problem_class == CO_CLASS_LP || j->sol.head->problem_class == CO_CLASS_QP)
	{
		copg_check_rc(co_sensitivity_track(j->s, k, -1, tangent, down, &exact_down), &j->arena, NULL);
		copg_check_rc(co_sensitivity_track(j->s, k, 1, tangent, up, &exact_up), &j->arena, NULL);
	}
	*exact = exact_down && exact_up;
}

/* The same where gradients of active constraints depend on each other. */
static void
find_range_sides(CopgJacobian *j, int k, CoTangent *tangent, CoRange *down, CoRange *up, bool *exact)
{
	double		one = 1.0;
	CoDirection direction = {1, &k, &one};
	bool		known_down,
				known_up;

	copg_check_rc(co_sensitivity_range_side(j->s, &direction, -1, tangent, down, &known_down), &j->arena, NULL);
	copg_check_rc(co_sensitivity_range_side(j->s, &direction, 1, tangent, up, &known_up), &j->arena, NULL);
	if (!known_down)
		*down = unknown_range;
	if (!known_up)
		*up = unknown_range;
	*exact = known_down && known_up && j->s->is_linear && j->s->is_polished && j->s->second_order;
}

static void
send_range(CopgJacobian *j, int k, CoTangent *tangent)
{
	CoRange		down = unknown_range,
				up = unknown_range;
	bool		exact = false,
				reliable = false;

	if (j->s && j->s->n_dependent > 0)
	{
		find_range_sides(j, k, tangent, &down, &up, &exact);
		reliable = exact;
	}
	else if (j->s)
	{
		find_range(j, k, tangent, &down, &up, &exact);
		reliable = j->reliable && isfinite(tangent->f) && tangent->error <= COPG_REFINED;
		if (!isfinite(tangent->f))
			down = up = unknown_range;
	}
	give_range(j, k, &down, &up, exact, reliable);
}

static void
send_ranging(FunctionCallInfo fcinfo, CopgJacobian *j)
{
	int			n;
	int		   *list = copg_jacobian_parameter_arg(fcinfo, 1, j, &n);
	CoTangent	tangent;

	copg_check_rc(co_tangent_new(&j->arena, j->nlp, &tangent), &j->arena, NULL);
	for (int t = 0; t < n; t++)
		send_range(j, list[t], &tangent);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_ranging);
Datum
opt_ranging(PG_FUNCTION_ARGS)
{
	return copg_jacobian_run(fcinfo, send_ranging);
}
