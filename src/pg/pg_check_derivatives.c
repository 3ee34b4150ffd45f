/*-------------------------------------------------------------------------
 *
 * pg/pg_check_derivatives.c
 *	  opt_check_derivatives: the gradient function of every opt_call against
 *	  differences, as rows.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "utils/builtins.h"

#include "nlp/explain_call.h"
#include "pg/pg_block.h"
#include "pg/pg_error.h"
#include "pg/pg_method.h"
#include "pg/pg_point.h"
#include "pg/pg_sink.h"
#include "pg/pg_work.h"

/* A gradient may be off by this part, and by this many estimated errors. */
#define MAX_RELATIVE	1e-5
#define MAX_ERRORS		10.0

/* Differences that are known no better decide nothing. */
#define UNSURE			1e-2

/* |a - b| / max(|a|, |b|) is 2 where a = -b. */
#define OTHER_SIGN		1.99

typedef struct CheckDerivatives
{
	CoBlock		problem;
	CopgPoint	point;
	const CopgSolution *sol;	/* one of these two, or neither */
	const char *query;
	CopgSink	sink;
} CheckDerivatives;

typedef enum Verdict
{
	WRONG,
	RIGHT,
	UNDECIDED
} Verdict;

/* Does the gradient agree?  *remark: what there is to say, or NULL. */
static Verdict
judge(const CoCallCheck *check, double scale, const char **remark)
{
	double		off = fabs(check->given - check->difference);

	*remark = NULL;
	if (isnan(check->difference))
		*remark = "the function has no values to take differences of here";
	else if (check->gradient[0] == '\0')
		*remark = "no gradient function: solves take differences";
	else if (check->error > UNSURE * fmax(scale, 1.0))
		*remark = "the differences do not settle: not smooth, or noisy";
	if (*remark)
		return UNDECIDED;
	if (!isfinite(check->given))
		*remark = "the gradient is not finite";
	else if (off <= MAX_RELATIVE * scale + MAX_ERRORS * check->error)
		return RIGHT;
	else
		*remark = off > OTHER_SIGN * scale ? "the gradient has the other sign" : "the gradient is wrong";
	return WRONG;
}

static void
give_check(void *state, const CoCallCheck *check)
{
	CheckDerivatives *c = state;
	char		place[COPG_LABEL_SIZE + 32];
	double		scale = fmax(fabs(check->given), fabs(check->difference));
	const char *remark;
	Verdict		verdict = judge(check, scale, &remark);

	copg_describe_row(&c->problem, check->row, place, sizeof place);
	copg_give_text(&c->sink, place);
	copg_give_text(&c->sink, check->function);
	copg_give_text(&c->sink, check->gradient[0] != '\0' ? check->gradient : NULL);
	copg_give_int(&c->sink, check->argument + 1);
	copg_give_number(&c->sink, check->at);
	copg_give_number_if(&c->sink, isfinite(check->given), check->given);
	copg_give_number(&c->sink, check->difference);
	copg_give_number_if(&c->sink, isfinite(check->error), check->error);
	copg_give_number(&c->sink, !isfinite(scale) || isnan(check->difference) ? NAN :
					 scale > 0.0 ? fabs(check->given - check->difference) / scale : 0.0);
	if (verdict == UNDECIDED)
		copg_give_null(&c->sink);
	else
		copg_give_bool(&c->sink, verdict == RIGHT);
	copg_give_text(&c->sink, remark);
	copg_end_row(&c->sink);
}

/* Where no point is given: the starts, or 0, inside the bounds. */
static void
take_starts(CheckDerivatives *c)
{
	const CoBlock *problem = &c->problem;

	for (int k = 0; k < problem->n_leaf; k++)
	{
		double		start = problem->leaf_start[k];

		if (problem->leaf_kind[k] != CO_LEAF_PARAMETER)
			c->point.leaf[k] = fmin(fmax(isnan(start) ? 0.0 : start, problem->leaf_lower[k]),
									problem->leaf_upper[k]);
	}
}

static void
check_derivatives(CopgWork *work, void *state)
{
	CheckDerivatives *c = state;
	CoRc		rc;

	copg_block_numbers(&c->problem, NULL);
	copg_point_begin(&c->point, &c->problem, NULL);
	if (c->sol)
		copg_point_of_solution(&c->point, c->sol);
	else if (c->query)
		copg_point_of_query(&c->point, c->query);
	else
		take_starts(c);
	copg_point_require(&c->point, c->sol != NULL);
	rc = co_check_calls(&work->arena, &c->problem, c->point.leaf, give_check, c);
	copg_check_rc(rc, &work->arena, NULL);
}

/* opt_check_derivatives(opt_problem, opt_solution) */
PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_check_derivatives_solution);
Datum
opt_check_derivatives_solution(PG_FUNCTION_ARGS)
{
	CheckDerivatives c = {.query = NULL};
	CopgSolution sol;

	copg_begin_rows(fcinfo, &c.sink);
	copg_block_arg(fcinfo, 0, CO_BLOCK_PROBLEM, &c.problem);
	copg_solution_arg(fcinfo, 1, &sol);
	c.sol = &sol;
	copg_work(check_derivatives, &c);
	return (Datum) 0;
}

/* opt_check_derivatives(opt_problem, point text) */
PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_check_derivatives_query);
Datum
opt_check_derivatives_query(PG_FUNCTION_ARGS)
{
	CheckDerivatives c = {.query = NULL};

	copg_begin_rows(fcinfo, &c.sink);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	copg_block_arg(fcinfo, 0, CO_BLOCK_PROBLEM, &c.problem);
	if (!PG_ARGISNULL(1))
		c.query = text_to_cstring(PG_GETARG_TEXT_PP(1));
	copg_work(check_derivatives, &c);
	return (Datum) 0;
}
