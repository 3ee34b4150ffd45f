/*-------------------------------------------------------------------------
 *
 * pg/pg_explain.c
 *	  opt_explain: what a problem is, how it would be solved and why, and what
 *	  in it is likely not what was meant, before it is solved.
 *
 * The memory is what a solve announces: it is begun, and ended before its first
 * iteration.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "expr/text.h"
#include "nlp/explain.h"
#include "nlp/lower.h"
#include "nlp/model.h"
#include "pg/pg_block.h"
#include "pg/pg_error.h"
#include "pg/pg_method.h"
#include "pg/pg_options.h"
#include "pg/pg_sink.h"
#include "pg/pg_work.h"
#include "solver/convex.h"
#include "solver/nlp_solve.h"

/* Largest by smallest coefficient from here on is called suspicious. */
#define WIDE_RANGE		1e8

/* Many constraints, and how many to a variable */
#define MANY_ROWS		1000
#define ROWS_PER_VARIABLE 10

#define TERMS_PER_POLL	65536

typedef struct Explain			/* one call */
{
	CoBlock		problem;
	CopgSink	sink;
	CoArena    *arena;
	CoLowered	lowered;
	CoModel		model;
	bool		is_convex,		/* goes to the convex solver */
				has_model;
	CoExplainView view;
	const int  *var_leaf;		/* [view.n] */
} Explain;

static void
give(Explain *e, const char *topic, const char *item, const char *value, const char *remark)
{
	copg_give_text(&e->sink, topic);
	copg_give_text(&e->sink, item);
	copg_give_text(&e->sink, value);
	copg_give_text(&e->sink, remark);
	copg_end_row(&e->sink);
}

static void
give_count(Explain *e, const char *topic, const char *item, int64 count, const char *remark)
{
	give(e, topic, item, psprintf("%lld", (long long) count), remark);
}

static char *
leaf_label(const Explain *e, int leaf)
{
	char	   *label = palloc(COPG_LABEL_SIZE);

	co_label(co_block_string(&e->problem, e->problem.leaf_name[leaf]),
			 co_block_string(&e->problem, e->problem.leaf_key[leaf]), label, COPG_LABEL_SIZE);
	return label;
}

static char *
row_label(const Explain *e, int block_row)
{
	char	   *label = palloc(COPG_LABEL_SIZE + 32);

	copg_describe_row(&e->problem, block_row, label, COPG_LABEL_SIZE + 32);
	return label;
}

typedef enum What				/* of what the numbers of a finding are */
{
	LEAVES,
	VARIABLES,					/* of the view */
	BLOCK_ROWS,
	ROWS						/* of the view */
} What;

static char *
name_of(const Explain *e, What what, int which)
{
	switch (what)
	{
		case LEAVES:
			return leaf_label(e, which);
		case VARIABLES:
			return leaf_label(e, e->var_leaf[which]);
		case BLOCK_ROWS:
			return row_label(e, which);
		case ROWS:
			return row_label(e, which + 1);
	}
	return NULL;
}

/* "advice: a, b, c, ..." */
static char *
examples(const Explain *e, What what, const CoFinding *finding, const char *advice)
{
	StringInfoData text;
	int			n = Min(finding->n, CO_EXAMPLES);

	initStringInfo(&text);
	if (advice)
		appendStringInfo(&text, "%s: ", advice);
	for (int k = 0; k < n; k++)
		appendStringInfo(&text, "%s%s", k > 0 ? ", " : "", name_of(e, what, finding->example[k]));
	if (finding->n > n)
		appendStringInfoString(&text, ", ...");
	return text.data;
}

/* One line, where there is something to say. */
static void
give_finding(Explain *e, const char *topic, const char *item, What what,
			 const CoFinding *finding, const char *advice)
{
	if (finding->n > 0)
		give_count(e, topic, item, finding->n, examples(e, what, finding, advice));
}

/*--------------------------------------------------------------------------
 * Class, sizes, kinds
 *--------------------------------------------------------------------------
 */

static const char *
why_nonlinear(const Explain *e)
{
	const char *word = e->lowered.problem_class == CO_CLASS_NLP ? "nonlinear" : "quadratic";

	return psprintf("%s is %s", row_label(e, e->lowered.culprit_row), word);
}

static void
give_class(Explain *e)
{
	bool		has_objective = !(e->problem.flags & CO_FLAG_FEASIBLE);

	switch (e->lowered.problem_class)
	{
		case CO_CLASS_LP:
			give(e, "problem", "class", "linear program",
				 has_objective ? "objective and constraints are linear" : "there is no objective");
			break;
		case CO_CLASS_QP:
			give(e, "problem", "class", e->is_convex ? "convex quadratic program" : "quadratic program",
				 e->is_convex ? "the Hessian of the objective was factorized: no direction of wrong curvature"
				 : e->lowered.maximize ? "the quadratic objective is not concave: a maximum found is a local one"
				 : "the quadratic objective is not convex: a minimum found is a local one");
			break;
		case CO_CLASS_QCQP:
			give(e, "problem", "class", "quadratically constrained program", why_nonlinear(e));
			break;
		case CO_CLASS_NLP:
			give(e, "problem", "class", "nonlinear program", why_nonlinear(e));
			break;
	}
	give(e, "problem", "sense", !has_objective ? "feasible" :
		 e->problem.flags & CO_FLAG_MAXIMIZE ? "maximize" : "minimize", NULL);
}

static int64
count_kind(const CoBlock *problem, bool parameters)
{
	int64		n = 0;

	for (int k = 0; k < problem->n_leaf; k++)
		n += (problem->leaf_kind[k] == CO_LEAF_PARAMETER) == parameters;
	return n;
}

static void
give_sizes(Explain *e)
{
	const CoBlock *problem = &e->problem;

	give_count(e, "size", "variables", count_kind(problem, false), NULL);
	give_count(e, "size", "parameters", count_kind(problem, true), NULL);
	give_count(e, "size", "constraints", problem->n_row - 1, NULL);
	give_count(e, "size", "linear terms", problem->n_lin, "as stated, repeated ones counted");
	give_count(e, "size", "quadratic terms", problem->n_quad, "as stated, repeated ones counted");
	give_count(e, "size", "nonzeros of the Jacobian", co_csc_nnz(e->view.a), NULL);
	if (!e->has_model)
	{
		give_count(e, "size", "nonzeros of the Hessian", co_csc_nnz(&e->lowered.qp.p), "lower triangle");
		return;
	}
	give_count(e, "size", "nonzeros of the Hessian", co_csc_nnz(&e->model.nlp.hess),
			   e->model.nlp.has_hess ? "of the Lagrangian, lower triangle"
			   : "not exact: second derivatives are approximated");
	give_count(e, "pattern", "patterns", e->model.n_pattern, "formulas that differ by numbers and variables only are one");
	give_count(e, "pattern", "formulas", e->model.n_term, NULL);
	if (e->model.n_call > 0)
		give_count(e, "pattern", "function calls", e->model.n_call, "different calls of opt_call");
}

static void
give_rows(Explain *e, const CoExplain *x)
{
	give_finding(e, "row", "equality", ROWS, &x->equality, NULL);
	give_finding(e, "row", "one side", ROWS, &x->one_sided, NULL);
	give_finding(e, "row", "two sides", ROWS, &x->range, NULL);
	give_finding(e, "row", "free", ROWS, &x->no_side, "these constrain nothing");
	give_finding(e, "row", "redundant", ROWS, &x->redundant, "the bounds of the variables suffice");
	give_finding(e, "row", "impossible", ROWS, &x->impossible, "the bounds of the variables forbid it");
	give_finding(e, "row", "crossing sides", ROWS, &x->crossing, "the lower side is above the upper one");
}

static void
give_variables(Explain *e, const CoExplain *x, const CoBlockFindings *b)
{
	give_finding(e, "variable", "free", VARIABLES, &x->free_var, NULL);
	give_finding(e, "variable", "one bound", VARIABLES, &x->one_bound, NULL);
	give_finding(e, "variable", "two bounds", VARIABLES, &x->two_bounds, NULL);
	give_finding(e, "variable", "fixed", VARIABLES, &x->fixed, NULL);
	give_finding(e, "variable", "crossing bounds", VARIABLES, &x->crossing_var, "the lower bound is above the upper one");
	give_finding(e, "variable", "in no constraint", LEAVES, &b->outside_rows, "in the objective only");
	give_finding(e, "variable", "unused", LEAVES, &b->unused, "neither in the objective nor in a constraint");
	give_finding(e, "parameter", "unused", LEAVES, &b->unused_parameter, "neither in the objective nor in a constraint");
}

/*--------------------------------------------------------------------------
 * Ranges
 *--------------------------------------------------------------------------
 */

static char *
place(const Explain *e, int row, int var)
{
	if (row >= 0 && var >= 0)
		return psprintf("%s, %s", row_label(e, row + 1), leaf_label(e, e->var_leaf[var]));
	return row >= 0 ? row_label(e, row + 1) : leaf_label(e, e->var_leaf[var]);
}

static void
give_spread(Explain *e, const char *item, double low, double high, const char *low_place,
			const char *high_place)
{
	bool		wide = high / low >= WIDE_RANGE,
				single = low == high;
	char		least[32],
				most[32];

	co_print_double(low, least);
	co_print_double(high, most);
	give(e, "range", item, single ? pstrdup(least) : psprintf("%s .. %s", least, most),
		 single ? psprintf("in %s", low_place) :
		 psprintf("%sleast in %s, most in %s", wide ? "suspicious: units may differ too much; " : "",
				  low_place, high_place));
}

static void
give_range(Explain *e, const char *item, const CoRange *range)
{
	if (range->most > 0.0)
		give_spread(e, item, range->least, range->most,
					place(e, range->least_row, range->least_var),
					place(e, range->most_row, range->most_var));
}

/* x*y, with the constraint it is in */
static char *
quadratic_place(const Explain *e, int64 k)
{
	const CoBlock *problem = &e->problem;
	char	   *product = psprintf("%s*%s", leaf_label(e, problem->quad_i[k]),
								   leaf_label(e, problem->quad_j[k]));
	int			row = 0;

	while (problem->quad_end[row] <= k)
		row++;
	return row == 0 ? product : psprintf("%s, %s", row_label(e, row), product);
}

/* Their derivatives at one point say nothing of their numbers. */
static void
give_quadratic_range(Explain *e)
{
	const double *coef = e->problem.quad_coef;
	int64		least = -1,
				most = -1;

	for (int64 k = 0; k < e->problem.n_quad; k++)
	{
		if (k % TERMS_PER_POLL == 0)
			CHECK_FOR_INTERRUPTS();
		if (coef[k] == 0.0)
			continue;
		if (least < 0 || fabs(coef[k]) < fabs(coef[least]))
			least = k;
		if (most < 0 || fabs(coef[k]) > fabs(coef[most]))
			most = k;
	}
	if (least >= 0)
		give_spread(e, "quadratic terms", fabs(coef[least]), fabs(coef[most]),
					quadratic_place(e, least), quadratic_place(e, most));
}

static void
give_ranges(Explain *e, const CoExplain *x)
{
	give_range(e, "coefficients", &x->coefficient);
	give_range(e, "objective", &x->objective);
	give_quadratic_range(e);
	give_range(e, "sides", &x->side);
	give_range(e, "bounds", &x->bound);
}

/*--------------------------------------------------------------------------
 * Lint
 *--------------------------------------------------------------------------
 */

static void
give_lint(Explain *e, const CoExplain *x, const CoBlockFindings *b)
{
	give_finding(e, "lint", "negation under an even power", BLOCK_ROWS, &b->negated,
				 "-x^2 means (-x)^2, as in SQL; write -(x^2)");
	give_finding(e, "lint", "squares that are maximized", LEAVES, &b->maximized_square,
				 "-x^2 means (-x)^2, as in SQL; write -(x^2)");
	give_finding(e, "lint", "constraint that always holds", BLOCK_ROWS, &b->sure_squares,
				 "a sum of squares is never less; -x^2 means (-x)^2, as in SQL");
	give_finding(e, "lint", "coefficients of 0", BLOCK_ROWS, &b->zero,
				 "integer division? in SQL 1/3 is 0, write 1/3.0");
	give_finding(e, "lint", "constraints without terms", BLOCK_ROWS, &b->empty,
				 "a sum over no variables?");
	give_finding(e, "lint", "huge bounds", VARIABLES, &x->huge_bound,
				 "NULL or infinity means no bound, a large number is one");
}

/*--------------------------------------------------------------------------
 * Method and memory
 *--------------------------------------------------------------------------
 */

/* A solve that ends before its first iteration. */
static CoRc
begin_solve(Explain *e, CoSolution *sol)
{
	CopgOptions options;
	CoNlpStart	start = {.x = e->model.start};

	copg_options_read(NULL, &options);
	options.core.max_iterations = 0;
	options.core.nonlinear_max_iterations = 0;
	options.core.fallback = false;
	if (e->is_convex)
		return co_qp_solve(e->arena, &e->lowered.qp, &options.core, NULL, sol);
	return co_nlp_solve(e->arena, &e->model.nlp, &options.core, &start, sol);
}

static void
give_memory(Explain *e)
{
	CoSolution	sol;
	CoRc		rc = begin_solve(e, &sol);

	if (rc == CO_MEMORY_EXCEEDED)
	{
		give(e, "memory", "predicted", psprintf("%.0f", (double) e->arena->wanted),
			 "bytes, more than constropt.max_memory: the solve would end with memory_limit");
		return;
	}
	copg_check_rc(rc, e->arena, NULL);
	give(e, "memory", "predicted", psprintf("%.0f", (double) sol.memory_predicted), "bytes of the solver");
	if (e->is_convex)
	{
		give_count(e, "method", "variables after presolve", sol.reduced_n, NULL);
		give_count(e, "method", "constraints after presolve", sol.reduced_m, NULL);
		if (sol.reduced_n + sol.reduced_m > 0)
			give(e, "method", "linear systems", sol.reason, NULL);
	}
}

/*
 * Where the Jacobian has many more rows than columns, or more equations than
 * can be independent, the multipliers are better learned by a penalty than
 * solved for: a Newton system of n rows instead of n + m that may be singular.
 */
static void
give_other_method(Explain *e, const CoExplain *x)
{
	int			n = e->view.n - x->fixed.n,
				m = e->view.m - x->no_side.n;
	const char *why = NULL;

	if (x->equality.n > n)
		why = "dependent equations: there are more than variables that are not fixed";
	else if (m >= MANY_ROWS && m >= ROWS_PER_VARIABLE * (int64) n)
		why = "very many constraints: its linear systems, and its memory, have the size of the variables";
	if (why != NULL)
		give(e, "method", "natural choice", "augmented_lagrangian", why);
}

/* What opt_solve's auto takes: pg_solve.c's order of questions. */
static void
give_method(Explain *e, const CoExplain *x)
{
	CopgOptions options;
	const CoNlpMethod *method;
	const char *why;

	if (e->is_convex)
	{
		bool		is_linear = e->lowered.problem_class == CO_CLASS_LP;

		give(e, "method", "auto", is_linear ? "lp" : "qp",
			 "the problem is convex: one solver finds the optimum, or proves that there is none");
		return;
	}
	copg_options_read(NULL, &options);
	method = co_nlp_choose_method(&e->model.nlp, &options.core, &why);
	give(e, "method", "auto", co_nlp_method_word(method),
		 why[0] != '\0' ? why : e->lowered.problem_class != CO_CLASS_QP ? why_nonlinear(e) :
		 e->lowered.maximize ? "the quadratic objective is not concave" :
		 "the quadratic objective is not convex");
	give_other_method(e, x);
}

/*--------------------------------------------------------------------------
 * The whole
 *--------------------------------------------------------------------------
 */

static void
view_convex(Explain *e)
{
	const CoQp *qp = &e->lowered.qp;

	e->view = (CoExplainView) {.n = e->lowered.n_var, .m = e->lowered.n_row, .gradient = qp->c,
		.cl = qp->cl, .cu = qp->cu, .xl = qp->xl, .xu = qp->xu, .a = &qp->a};
	e->var_leaf = e->lowered.var_leaf;
}

/* Derivatives at the start, or none where there are no values. */
static void
view_model(Explain *e)
{
	CoArena    *arena = e->arena;
	const CoNlp *nlp = &e->model.nlp;
	CoCsc	   *jac = co_take_zero(arena, 1, sizeof *jac);
	double	   *x = co_take_zero_doubles(arena, (size_t) nlp->n);
	uint8_t    *linear = co_take_zero(arena, (size_t) nlp->m, 1);
	CoNlpValue	at;
	CoRc		rc = co_nlp_take_value(arena, nlp, &at);

	copg_check_rc(rc, arena, NULL);
	for (int j = 0; j < nlp->n; j++)
	{
		double		start = isnan(e->model.start[j]) ? 0.0 : e->model.start[j];

		x[j] = fmin(fmax(start, nlp->xl[j]), nlp->xu[j]);
	}
	for (int i = 0; i < nlp->m; i++)
		linear[i] = nlp->row && nlp->row[i] == CO_LINEAR;
	rc = nlp->eval(nlp->self, x, CO_WANT_C | CO_WANT_GRAD | CO_WANT_JAC, &at);
	if (rc == CO_NOT_FINITE)
	{
		give(e, "lint", "no values at the start", "1",
			 "a formula is not finite there: opt_var takes a start");
		memset(at.grad, 0, sizeof(double) * (size_t) nlp->n);
		memset(at.jac, 0, sizeof(double) * (size_t) co_csc_nnz(&nlp->jac));
	}
	else
		copg_check_rc(rc, arena, NULL);
	*jac = nlp->jac;
	jac->value = at.jac;
	e->view = (CoExplainView) {.n = e->model.n_var, .m = e->model.n_row, .gradient = at.grad,
		.cl = nlp->cl, .cu = nlp->cu, .xl = nlp->xl, .xu = nlp->xu, .a = jac, .linear = linear};
	e->var_leaf = e->model.var_leaf;
}

/* Class, matrices or model, and whether the convex solver takes it. */
static void
lower_problem(Explain *e)
{
	CoError		error = {.position = -1};
	CoRc		rc = co_lower(e->arena, &e->problem, NULL, &e->lowered, &error);

	copg_check_rc(rc, e->arena, &error);
	e->is_convex = e->lowered.problem_class == CO_CLASS_LP;
	if (e->lowered.problem_class == CO_CLASS_QP)
	{
		rc = co_convex_check(e->arena, &e->lowered.qp);
		e->is_convex = rc == CO_OK;
		if (rc != CO_NOT_CONVEX)
			copg_check_rc(rc, e->arena, NULL);
	}
	if (!e->is_convex)
	{
		rc = co_model_build(e->arena, &e->problem, NULL, &e->model, &error);
		copg_check_rc(rc, e->arena, &error);
		e->has_model = true;
	}
}

static void
explain_problem(CopgWork *work, void *state)
{
	Explain    *e = state;
	CoBlockFindings findings;
	CoExplain	explain;

	e->arena = &work->arena;
	copg_check_rc(co_explain_block(e->arena, &e->problem, &findings), e->arena, NULL);
	copg_block_numbers(&e->problem, NULL);
	lower_problem(e);
	give_class(e);
	if (e->has_model)
		view_model(e);
	else
		view_convex(e);
	copg_check_rc(co_explain(e->arena, &e->view, &explain), e->arena, NULL);
	give_sizes(e);
	give_rows(e, &explain);
	give_variables(e, &explain, &findings);
	give_ranges(e, &explain);
	give_method(e, &explain);
	give_memory(e);
	give_lint(e, &explain, &findings);
}

/* opt_explain(opt_problem) */
PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_explain);
Datum
opt_explain(PG_FUNCTION_ARGS)
{
	Explain		e = {.has_model = false};

	copg_begin_rows(fcinfo, &e.sink);
	copg_block_arg(fcinfo, 0, CO_BLOCK_PROBLEM, &e.problem);
	copg_work(explain_problem, &e);
	return (Datum) 0;
}
