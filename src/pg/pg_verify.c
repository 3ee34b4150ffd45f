/*-------------------------------------------------------------------------
 *
 * pg/pg_verify.c
 *	  opt_verify: is a claimed point feasible, and does it satisfy the KKT
 *	  conditions?  The point is a solution, of this or another problem with the
 *	  same names, or comes from a query.
 *
 * Independent of how it was found: the rows are evaluated as they are stated
 * (co_block_eval), derivatives by the model of the nonlinear methods, whatever
 * the problem's class; no number of the solution but its point, its
 * multipliers and its certificate is used.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "utils/builtins.h"

#include "expr/algebra.h"
#include "nlp/lower.h"
#include "nlp/model.h"
#include "nlp/nlp_prove.h"
#include "nlp/nlp_residual.h"
#include "nlp/verify.h"
#include "pg/pg_block.h"
#include "pg/pg_error.h"
#include "pg/pg_point.h"
#include "pg/pg_sink.h"
#include "pg/pg_work.h"
#include "solver/multipliers.h"

/* A leftover of the violation's gradient that counts as stationary (solver/nlp_judge.c). */
#define STATIONARY		1e-4

typedef struct Verify			/* one call */
{
	CoBlock		problem;
	const CopgSolution *sol;	/* NULL: the point comes from a query */
	const char *query;
	const Jsonb *params;
	double		tolerance;
	CopgSink	sink;
	CoArena    *arena;
	CoModel		model;
	CopgPoint	point;
	double	   *x,				/* [n] of the model */
			   *y,				/* [m] */
			   *z;
	uint8_t    *row_open,		/* [m] 1: no multiplier is given */
			   *var_open;
	CoNlpValue	at;
} Verify;

static const char *
leaf_name(const Verify *v, int leaf)
{
	return co_block_string(&v->problem, v->problem.leaf_name[leaf]);
}

static const char *
leaf_key(const Verify *v, int leaf)
{
	return co_block_string(&v->problem, v->problem.leaf_key[leaf]);
}

/* Multipliers of the minimized form from what the user sees. */
static double
sign_of_duals(const Verify *v)
{
	return v->model.maximize ? 1.0 : -1.0;
}

static void
take_duals(Verify *v)
{
	double		sign = sign_of_duals(v);

	for (int i = 0; i < v->model.n_row; i++)
		if (isfinite(v->point.row_dual[i]))
		{
			v->y[i] = sign * v->point.row_dual[i];
			v->row_open[i] = 0;
		}
	for (int j = 0; j < v->model.n_var; j++)
		if (isfinite(v->point.leaf_dual[v->model.var_leaf[j]]))
		{
			v->z[j] = sign * v->point.leaf_dual[v->model.var_leaf[j]];
			v->var_open[j] = 0;
		}
}

/*--------------------------------------------------------------------------
 * Evaluation
 *--------------------------------------------------------------------------
 */

static void
take_arrays(Verify *v)
{
	CoArena    *arena = v->arena;
	const CoNlp *nlp = &v->model.nlp;
	size_t		n = (size_t) nlp->n,
				m = (size_t) nlp->m;

	v->x = co_take_zero_doubles(arena, n);
	v->y = co_take_zero_doubles(arena, m);
	v->z = co_take_zero_doubles(arena, n);
	v->row_open = co_take(arena, m, 1);
	v->var_open = co_take_zero(arena, n, 1);
	copg_check_rc(co_nlp_take_value(arena, nlp, &v->at), arena, NULL);
	memset(v->row_open, 1, m);
	memset(v->var_open, 1, (size_t) v->model.n_var);
}

static void
take_point(Verify *v)
{
	copg_point_require(&v->point, v->sol != NULL);
	for (int j = 0; j < v->model.n_var; j++)
		v->x[j] = v->point.leaf[v->model.var_leaf[j]];
	co_model_fill_added(&v->model, v->x);
}

/*
 * Rows as they are stated, derivatives of the model.  false: something is not
 * finite at the point.
 */
static bool
evaluate(Verify *v)
{
	const CoModel *model = &v->model;
	CoRc		rc = model->nlp.eval(model->nlp.self, v->x,
									 CO_WANT_F | CO_WANT_C | CO_WANT_GRAD | CO_WANT_JAC, &v->at);
	double		f;

	if (rc != CO_NOT_FINITE)
		copg_check_rc(rc, v->arena, NULL);
	f = co_block_eval(v->arena, &v->problem, 0, v->point.leaf);
	v->at.f = model->maximize ? -f : f;
	for (int i = 0; i < model->n_row; i++)
	{
		v->at.c[i] = co_block_eval(v->arena, &v->problem, i + 1, v->point.leaf) - model->row_constant[i];
		copg_check_rc(co_poll(v->arena), v->arena, NULL);
	}
	copg_check_rc(co_arena_failed(v->arena), v->arena, NULL);
	return rc == CO_OK && isfinite(f);
}

/*--------------------------------------------------------------------------
 * Rows
 *--------------------------------------------------------------------------
 */

/* item, value, scale, passed, and where: kind, name, key; note */
static void
give_line(Verify *v, const char *item, double value, double scale, bool passed,
		  int row, int var, const char *remark)
{
	const CoBlock *problem = &v->problem;
	bool		is_row = row >= 0 && row < v->model.n_row,
				is_var = var >= 0 && var < v->model.n_var;
	int			leaf = is_var ? v->model.var_leaf[var] : 0;

	copg_give_text(&v->sink, item);
	copg_give_number(&v->sink, value);
	copg_give_number(&v->sink, scale);
	copg_give_bool(&v->sink, passed);
	copg_give_text(&v->sink, is_row ? "constraint" : is_var ? "variable" : NULL);
	if (is_row)
		copg_give_text(&v->sink, problem->row_name[row + 1] < 0 ? psprintf("constraint number %d", row + 1) :
					   co_block_string(problem, problem->row_name[row + 1]));
	else
		copg_give_text(&v->sink, is_var ? leaf_name(v, leaf) : NULL);
	copg_give_text(&v->sink, is_row ? co_block_string(problem, problem->row_key[row + 1]) :
				   is_var ? leaf_key(v, leaf) : NULL);
	copg_give_text(&v->sink, remark);
	copg_end_row(&v->sink);
}

static bool
passes(const Verify *v, double value, double scale)
{
	return value <= v->tolerance + v->tolerance * scale;
}

static bool
give_worst(Verify *v, const char *item, const CoWorst *worst, const char *remark)
{
	bool		passed = passes(v, worst->value, worst->scale);

	give_line(v, item, worst->value, worst->scale, passed, worst->value > 0.0 ? worst->row : -1,
			  worst->value > 0.0 ? worst->var : -1, remark);
	return passed;
}

static bool
give_objective(Verify *v)
{
	double		f = v->model.maximize ? -v->at.f : v->at.f;
	double		claimed;
	bool		passed;

	if (v->sol == NULL || !copg_solution_has_point(v->sol))
	{
		give_line(v, "objective", f, NAN, isfinite(f), -1, -1, NULL);
		return isfinite(f);
	}
	claimed = v->sol->head->number[COPG_OBJECTIVE];
	passed = passes(v, fabs(f - claimed), fabs(f));
	give_line(v, "objective", f, NAN, passed, -1, -1, psprintf("claimed: %.17g", claimed));
	return passed;
}

/* How many multipliers were given, as a word. */
static const char *
describe_multipliers(const Verify *v)
{
	bool		open = false,
				given = false;

	for (int i = 0; i < v->model.n_row; i++)
		*(v->row_open[i] ? &open : &given) = true;
	for (int j = 0; j < v->model.n_var; j++)
		*(v->var_open[j] ? &open : &given) = true;
	return !open ? "with the multipliers that are given" : given ?
		"multipliers that are not given are the best ones, by least squares" :
		"no multipliers are given: these are the best ones, by least squares with the signs of the sides in reach";
}

/* Feasibility and, unless the claim is a feasible point only, the KKT conditions. */
static void
give_conditions(Verify *v)
{
	CoClaim		claim = {v->x, v->y, v->z, &v->at};
	const char *multipliers = describe_multipliers(v);
	CoVerified	found;
	bool		solved,
				feasible,
				stationary;
	const char *verdict;
	CoRc		rc = co_fit_multipliers(v->arena, &v->model.nlp, v->x, &v->at, v->tolerance,
										v->row_open, v->var_open, v->y, v->z, &solved);

	if (!rc)
		rc = co_verify(v->arena, &v->model.nlp, &claim, &found);
	copg_check_rc(rc, v->arena, NULL);
	feasible = give_objective(v);
	feasible = give_worst(v, "bounds", &found.bound, NULL) && feasible;
	feasible = give_worst(v, "constraints", &found.row, NULL) && feasible;
	stationary = give_worst(v, "stationarity", &found.stationarity,
							solved ? multipliers : "multipliers could not be found") && solved;
	stationary = give_worst(v, "multiplier signs", &found.sign, NULL) && stationary;
	stationary = give_worst(v, "complementarity", &found.complementarity, NULL) && stationary;
	verdict = !feasible ? "the point is not feasible, or its objective is another one" :
		stationary ? "a KKT point" : "feasible, and no KKT point";
	give_line(v, "verdict", NAN, NAN, feasible && stationary, -1, -1, verdict);
}

/*--------------------------------------------------------------------------
 * Certificates
 *--------------------------------------------------------------------------
 */

/* The matrices, where the problem has the class; NULL: it has not. */
static const CoQp *
lower_qp(Verify *v, const double *parameter, CoLowered *lowered)
{
	CoError		error = {.position = -1};
	CoRc		rc = co_lower(v->arena, &v->problem, parameter, lowered, &error);

	copg_check_rc(rc, v->arena, &error);
	return lowered->problem_class == CO_CLASS_LP || lowered->problem_class == CO_CLASS_QP ?
		&lowered->qp : NULL;
}

static void
give_infeasible(Verify *v, const CoQp *qp)
{
	double	   *y = co_take_zero_doubles(v->arena, (size_t) Max(v->model.nlp.m, qp ? qp->m : 0));
	double		margin = -1.0;
	CoNlpProof	proof;

	copg_check_rc(co_arena_failed(v->arena), v->arena, NULL);
	for (int i = 0; i < v->model.n_row && v->sol->proof; i++)
	{
		int			found = copg_point_row(&v->point, v->sol, i);

		if (found >= 0)
			y[i] = v->sol->proof[found];
	}
	if (co_sides_cross(v->model.nlp.n, v->model.nlp.xl, v->model.nlp.xu) ||
		co_sides_cross(v->model.nlp.m, v->model.nlp.cl, v->model.nlp.cu))
		margin = 1.0;
	else if (qp)
		copg_check_rc(co_qp_check_infeasible(v->arena, qp, y, &margin), v->arena, NULL);
	if (!(margin > 0.0))
	{
		copg_check_rc(co_nlp_prove_infeasible(v->arena, &v->model.nlp, 0.0, CO_NLP_PROOF_BOXES,
											  &proof), v->arena, NULL);
		margin = proof.proved ? 1.0 : margin;
	}
	give_line(v, "certificate", margin, NAN, margin > 0.0, -1, -1,
			  "above 0: no point satisfies the constraints");
	give_line(v, "verdict", NAN, NAN, margin > 0.0, -1, -1,
			  margin > 0.0 ? "infeasible, proved" : "no proof of infeasibility");
}

/* Is the point that comes with the ray feasible? */
static bool
give_start_of_ray(Verify *v)
{
	CoClaim		claim = {v->x, v->y, v->z, &v->at};
	CoVerified	found;
	bool		passed;

	for (int j = 0; j < v->model.n_var; j++)
		if (!isfinite(v->point.leaf[v->model.var_leaf[j]]))
			return false;
	take_point(v);
	if (!evaluate(v))
		return false;
	copg_check_rc(co_verify(v->arena, &v->model.nlp, &claim, &found), v->arena, NULL);
	passed = give_worst(v, "bounds", &found.bound, NULL);
	return give_worst(v, "constraints", &found.row, NULL) && passed;
}

static void
give_unbounded(Verify *v, const CoQp *qp)
{
	double	   *ray = co_take_zero_doubles(v->arena, (size_t) Max(v->model.nlp.n, qp ? qp->n : 0));
	double		margin = -1.0;
	bool		feasible;

	copg_check_rc(co_arena_failed(v->arena), v->arena, NULL);
	for (int j = 0; j < v->model.n_var && v->sol->ray; j++)
	{
		int			leaf = v->model.var_leaf[j];
		int			found = copg_solution_leaf(v->sol, v->problem.leaf_id[leaf], leaf_name(v, leaf), leaf_key(v, leaf));

		if (found >= 0)
			ray[j] = v->sol->ray[found];
	}
	if (qp)
		copg_check_rc(co_qp_check_unbounded(v->arena, qp, ray, &margin), v->arena, NULL);
	feasible = give_start_of_ray(v);
	give_line(v, "ray", margin, NAN, margin > 0.0, -1, -1,
			  "above 0: from a feasible point on, the objective has no limit along it");
	give_line(v, "verdict", NAN, NAN, margin > 0.0 && feasible, -1, -1,
			  !(margin > 0.0) ? "no proof of unboundedness" :
			  feasible ? "unbounded, proved" : "unbounded if there is a feasible point");
}

/* Violated, and no small step makes it less: with the weights of the solve. */
static void
give_locally_infeasible(Verify *v)
{
	CoVerified	found;
	CoClaim		claim = {v->x, v->y, v->z, &v->at};
	double		violation,
				leftover,
				sign = sign_of_duals(v);
	bool		passed;
	CoRc		rc;

	for (int i = 0; i < v->model.n_row; i++)
	{
		int			row = copg_point_row(&v->point, v->sol, i);

		if (row >= 0 && isfinite(v->sol->dual[row]))
			v->y[i] = sign * v->sol->dual[row];
	}
	rc = co_nlp_check_stationary(v->arena, &v->model.nlp, v->x, v->y, &violation, &leftover);
	copg_check_rc(rc, v->arena, NULL);
	memset(v->y, 0, sizeof(double) * (size_t) v->model.nlp.m);
	copg_check_rc(co_verify(v->arena, &v->model.nlp, &claim, &found), v->arena, NULL);
	give_line(v, "constraints", found.row.value, found.row.scale,
			  passes(v, found.row.value, found.row.scale), found.row.row, -1, NULL);
	passed = !passes(v, found.row.value, found.row.scale) && leftover <= STATIONARY;
	give_line(v, "stationary violation", leftover, NAN, leftover <= STATIONARY, -1, -1,
			  "the gradient of the weighted violation, relative");
	give_line(v, "verdict", NAN, NAN, passed, -1, -1,
			  passed ? "locally infeasible" : "no proof of local infeasibility");
}

/*--------------------------------------------------------------------------
 * The whole
 *--------------------------------------------------------------------------
 */

static void
verify_solution(Verify *v)
{
	CoLowered	lowered;

	switch ((CoStatus) v->sol->head->status)
	{
		case CO_INFEASIBLE:
			give_infeasible(v, lower_qp(v, v->point.leaf, &lowered));
			return;
		case CO_UNBOUNDED:
			give_unbounded(v, lower_qp(v, v->point.leaf, &lowered));
			return;
		default:
			break;
	}
	take_duals(v);
	take_point(v);
	if (!evaluate(v))
		give_line(v, "verdict", NAN, NAN, false, -1, -1, "a value or a derivative is not finite at the point");
	else if (v->sol->head->status == CO_LOCALLY_INFEASIBLE)
		give_locally_infeasible(v);
	else
		give_conditions(v);
}

static void
verify_query(Verify *v)
{
	take_duals(v);
	take_point(v);
	if (!evaluate(v))
		give_line(v, "verdict", NAN, NAN, false, -1, -1, "a value or a derivative is not finite at the point");
	else
		give_conditions(v);
}

static void
verify(CopgWork *work, void *state)
{
	Verify	   *v = state;
	CoError		error = {.position = -1};
	CoRc		rc;

	v->arena = &work->arena;
	copg_point_begin(&v->point, &v->problem, v->params);
	if (v->sol)
		copg_point_of_solution(&v->point, v->sol);
	else
		copg_point_of_query(&v->point, v->query);
	rc = co_model_build(v->arena, &v->problem, v->point.leaf, &v->model, &error);
	copg_check_rc(rc, v->arena, &error);
	take_arrays(v);
	if (v->sol)
		verify_solution(v);
	else
		verify_query(v);
}

/* Problem, point, tolerance float8, params jsonb */
static void
take_arguments(FunctionCallInfo fcinfo, Verify *v)
{
	if (PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("tolerance must not be null")));
	v->tolerance = PG_GETARG_FLOAT8(2);
	if (!(v->tolerance >= 0.0 && v->tolerance < INFINITY))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("tolerance must be a number of at least 0")));
	v->params = PG_ARGISNULL(3) ? NULL : PG_GETARG_JSONB_P(3);
	copg_block_arg(fcinfo, 0, CO_BLOCK_PROBLEM, &v->problem);
}

/* opt_verify(opt_problem, opt_solution, tolerance, params) */
PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_verify_solution);
Datum
opt_verify_solution(PG_FUNCTION_ARGS)
{
	Verify		v = {.tolerance = 0.0};
	CopgSolution sol;

	copg_begin_rows(fcinfo, &v.sink);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return (Datum) 0;
	take_arguments(fcinfo, &v);
	copg_solution_arg(fcinfo, 1, &sol);
	v.sol = &sol;
	copg_work(verify, &v);
	return (Datum) 0;
}

/* opt_verify(opt_problem, point text, tolerance, params) */
PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_verify_query);
Datum
opt_verify_query(PG_FUNCTION_ARGS)
{
	Verify		v = {.tolerance = 0.0};

	copg_begin_rows(fcinfo, &v.sink);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return (Datum) 0;
	take_arguments(fcinfo, &v);
	v.query = text_to_cstring(PG_GETARG_TEXT_PP(1));
	copg_work(verify, &v);
	return (Datum) 0;
}
