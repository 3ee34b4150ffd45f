/*-------------------------------------------------------------------------
 *
 * pg/pg_covariance.c
 *	  opt_covariance: what a fit's data say of its variables, as rows.
 *
 * Standard errors are those of the linearized model (Gauss and Newton's matrix,
 * as NIST's certificates and all fitting programs have them), scaled by the
 * residual variance; variables at a bound do not vary, and constraints that
 * are active hold.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "miscadmin.h"

#include "nlp/param_fit.h"
#include "pg/pg_compat.h"
#include "pg/pg_error.h"
#include "pg/pg_jacobian.h"
#include "solver/sensitivity_fit.h"

#define ROWS_PER_BATCH	4096

/*--------------------------------------------------------------------------
 * Student's t
 *--------------------------------------------------------------------------
 */

/* Terms of the continued fraction; it has converged long before. */
#define MAX_TERMS		10000

/* Halvings of [0, 1] until doubles end. */
#define MAX_HALVINGS	1100

/*
 * The regularized incomplete beta function I_x(a, b), x < (a + 1) / (a + b + 2),
 * by its continued fraction after Lentz (NIST Handbook of Mathematical
 * Functions, 8.17.22).
 */
static double
beta_fraction(double x, double a, double b)
{
	double		tiny = 1e-300;
	double		c = 1.0;
	double		d = 1.0 - (a + b) * x / (a + 1.0);
	double		h;

	d = 1.0 / (fabs(d) < tiny ? tiny : d);
	h = d;
	for (int m = 1; m < MAX_TERMS; m++)
	{
		double		even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double		odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
		double		before = h;

		d = 1.0 / (1.0 + even * d);
		c = 1.0 + even / c;
		h *= d * c;
		d = 1.0 / (1.0 + odd * d);
		c = 1.0 + odd / c;
		h *= d * c;
		if (fabs(h - before) <= 1e-16 * fabs(h))
			break;
	}
	return exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)) * h / a;
}

static double
incomplete_beta(double x, double a, double b)
{
	if (x <= 0.0 || x >= 1.0)
		return x <= 0.0 ? 0.0 : 1.0;
	return x < (a + 1.0) / (a + b + 2.0) ? beta_fraction(x, a, b) :
		1.0 - beta_fraction(1.0 - x, b, a);
}

/* The t that |T| exceeds with probability 1 - level, T of so many degrees of freedom. */
static double
student_quantile(double level, double dof)
{
	double		low = 0.0,
				high = 1.0;

	/* P(|T| > t) = I_x(dof/2, 1/2) with x = dof / (dof + t^2) */
	for (int k = 0; k < MAX_HALVINGS; k++)
	{
		double		x = 0.5 * (low + high);

		if (x <= low || x >= high)
			break;
		if (incomplete_beta(x, 0.5 * dof, 0.5) < 1.0 - level)
			low = x;
		else
			high = x;
	}
	return sqrt(dof * (1.0 - high) / high);
}

/*--------------------------------------------------------------------------
 * The fit
 *--------------------------------------------------------------------------
 */

typedef struct Fit
{
	CopgJacobian *j;
	CoParamFit	squares;
	CoParamModel model;
	CoCovariance *covariance;
	double		level;
	int			observations;	/* -1: not known */
	bool		absolute;
	double		variance;		/* of a residual; NaN: not known */
	double		quantile;		/* standard errors to each side of the interval */
	double	   *deviation;		/* [n_var] standard errors */
} Fit;

/* The values of the leaves of the fit: the solution's, and nothing for residuals. */
static void
build_fit(Fit *fit)
{
	CopgJacobian *j = fit->j;
	CoError		error;
	double	   *value;
	int			n;

	copg_error_init(&error);
	copg_check_rc(co_param_fit_new(&j->arena, &j->problem, &fit->squares, &error), &j->arena, &error);
	n = fit->squares.block.n_leaf;
	value = co_take_doubles(&j->arena, (size_t) n);
	copg_check_rc(co_arena_failed(&j->arena), &j->arena, NULL);
	for (int i = 0; i < n; i++)
		value[i] = i < j->problem.n_leaf ? j->sol.value[i] : NAN;
	copg_check_rc(co_param_model_build(&j->arena, &fit->squares.block, value, &fit->model, &error),
				  &j->arena, &error);
}

/* What does not move: bounds and rows that are active, and the rows of residuals. */
static void
invert_fit(Fit *fit)
{
	CopgJacobian *j = fit->j;
	CoParamNlp *nlp = fit->model.nlp;
	double	   *x = co_take_zero_doubles(&j->arena, (size_t) nlp->n);
	bool	   *at_bound = co_take_zero(&j->arena, (size_t) nlp->n, sizeof(bool));
	bool	   *is_active = co_take_zero(&j->arena, (size_t) nlp->m, sizeof(bool));

	copg_check_rc(co_arena_failed(&j->arena), &j->arena, NULL);
	for (int i = 0; i < j->model.n_var; i++)
	{
		x[i] = j->s->x[i];
		at_bound[i] = j->s->var[i].side != CO_SIDE_NONE;
	}
	for (int i = 0; i < nlp->m; i++)
		is_active[i] = i >= j->model.model.n_row || j->s->row[i].side != CO_SIDE_NONE;
	copg_check_rc(co_param_model_fill(&fit->model, j->p, x), &j->arena, NULL);
	copg_check_rc(co_covariance_new(&j->arena, nlp, x, j->p, at_bound, is_active, &fit->covariance),
				  &j->arena, NULL);
}

/* Residual variance: the sum of squares over observations minus what was fitted. */
static void
scale_fit(Fit *fit)
{
	const CopgJacobian *j = fit->j;
	double		dof;
	int			n_fitted = 0;

	if (fit->observations < 0 && !fit->squares.has_plain)
		fit->observations = fit->squares.n_residual;
	for (int i = 0; i < j->model.n_var; i++)
		n_fitted += j->s->var[i].side == CO_SIDE_NONE;
	for (int i = 0; i < j->model.model.n_row; i++)
		n_fitted -= j->s->row[i].side != CO_SIDE_NONE;
	dof = (double) fit->observations - n_fitted;
	if (fit->absolute)
	{
		fit->variance = 1.0;
		fit->quantile = student_quantile(fit->level, 1e10);
	}
	else if (fit->observations < 0 || !(dof > 0.0))
		fit->variance = fit->quantile = NAN;
	else
	{
		fit->variance = j->nlp->f / dof;
		fit->quantile = student_quantile(fit->level, dof);
	}
}

/*--------------------------------------------------------------------------
 * Rows
 *--------------------------------------------------------------------------
 */

static const char *
reason_of(const Fit *fit)
{
	if (!fit->covariance->is_determined)
		return "the data do not determine all variables";
	if (fit->j->s->n_weak > 0)
		return fit->j->reason;
	if (!fit->absolute && fit->observations < 0)
		return "squares were multiplied out: say how many observations there are";
	if (isnan(fit->variance))
		return "there are not more observations than variables";
	return fit->j->s->is_polished ? NULL : fit->j->reason;
}

static void
give_leaf(CopgJacobian *j, int i)
{
	int			leaf = j->model.var_leaf[i];

	copg_give_text(&j->sink, copg_jacobian_string(j, j->problem.leaf_name[leaf]));
	copg_give_text(&j->sink, copg_jacobian_string(j, j->problem.leaf_key[leaf]));
}

static void
give_pair(const Fit *fit, int i, int other, double covariance)
{
	CopgJacobian *j = fit->j;
	double		deviation = fit->deviation[i];
	double		product = deviation * fit->deviation[other];
	const char *reason = reason_of(fit);

	give_leaf(j, i);
	copg_give_number(&j->sink, j->s->x[i]);
	copg_give_number(&j->sink, deviation);
	copg_give_number(&j->sink, j->s->x[i] - fit->quantile * deviation);
	copg_give_number(&j->sink, j->s->x[i] + fit->quantile * deviation);
	give_leaf(j, other);
	copg_give_number(&j->sink, covariance);
	copg_give_number(&j->sink, product > 0.0 ? i == other ? 1.0 : covariance / product : NAN);
	copg_give_bool(&j->sink, reason == NULL);
	copg_give_text(&j->sink, reason);
	copg_end_row(&j->sink);
	if (j->sink.n_done % ROWS_PER_BATCH == 0)
		copg_jacobian_forget(j);
}

static void
find_column(Fit *fit, int i, double *column)
{
	int			n = fit->j->model.n_var;

	if (!fit->covariance->is_determined)
		for (int k = 0; k < n; k++)
			column[k] = NAN;
	else
		copg_check_rc(co_covariance_column(fit->covariance, n, i, column), &fit->j->arena, NULL);
	for (int k = 0; k < n; k++)
		column[k] *= fit->variance;
}

static void
send_fit(Fit *fit)
{
	CopgJacobian *j = fit->j;
	int			n = j->model.n_var;
	double	   *column = co_take_doubles(&j->arena, (size_t) n);

	fit->deviation = co_take_doubles(&j->arena, (size_t) n);
	copg_check_rc(co_arena_failed(&j->arena), &j->arena, NULL);
	for (int i = 0; i < n; i++)
	{
		find_column(fit, i, column);
		/* A variance of 0 may come out below. */
		fit->deviation[i] = column[i] <= 0.0 ? 0.0 : sqrt(column[i]);
	}
	for (int i = 0; i < n; i++)
	{
		find_column(fit, i, column);
		for (int other = 0; other < n; other++)
			give_pair(fit, i, other, column[other]);
	}
}

static double
level_arg(FunctionCallInfo fcinfo, int argno)
{
	double		level = PG_ARGISNULL(argno) ? 0.95 : PG_GETARG_FLOAT8(argno);

	if (!(level > 0.0 && level < 1.0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the level of a confidence interval must be between 0 and 1")));
	return level;
}

static void
send_covariance(FunctionCallInfo fcinfo, CopgJacobian *j)
{
	Fit		   *fit = co_take_zero(&j->arena, 1, sizeof *fit);

	copg_check_rc(co_arena_failed(&j->arena), &j->arena, NULL);
	if (j->s == NULL)
		return;
	fit->j = j;
	fit->level = level_arg(fcinfo, 1);
	fit->observations = PG_ARGISNULL(2) ? -1 : PG_GETARG_INT32(2);
	fit->absolute = !PG_ARGISNULL(3) && PG_GETARG_BOOL(3);
	build_fit(fit);
	invert_fit(fit);
	scale_fit(fit);
	send_fit(fit);
}

/* opt_covariance(solution, level, observations, absolute) */
PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_covariance);
Datum
opt_covariance(PG_FUNCTION_ARGS)
{
	return copg_jacobian_run(fcinfo, send_covariance);
}
