/*-------------------------------------------------------------------------
 *
 * pg/pg_read.c
 *	  One number out of a solution: opt_value, opt_dual, opt_reduced_cost,
 *	  opt_status.
 *
 * These stand in select lists over large tables, so each call is a probe of a
 * table inside the value and a few additions; nothing is allocated for a
 * variable or a short linear expression.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "expr/algebra.h"
#include "pg/pg_block.h"
#include "pg/pg_compat.h"
#include "pg/pg_env.h"
#include "pg/pg_error.h"
#include "pg/pg_key.h"
#include "pg/pg_solution.h"

/* Leaves whose values stand on the stack. */
#define FEW_LEAVES		16

/* Leaves looked up between two looks at the interrupts: about 10 ms. */
#define LEAVES_PER_POLL	65536

/* Labels listed in a hint. */
#define MAX_LISTED		10

static pg_attribute_noreturn() void
report_unknown_variable(const CopgSolution *sol, const char *name, const char *key)
{
	char		label[COPG_LABEL_SIZE];
	char		other[COPG_LABEL_SIZE];
	const char *found = NULL;

	co_label(name, key, label, sizeof label);
	for (int i = 0; i < sol->head->n_leaf && !found; i++)
	{
		const char *known = copg_solution_string(sol, sol->problem.leaf_name[i]);

		if (known && strcmp(known, name) == 0)
			found = known;
		if (found)
			co_label(known, copg_solution_string(sol, sol->problem.leaf_key[i]),
					 other, sizeof other);
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the solution has no variable %s", label),
			 found ? errdetail("It has, for example, %s.", other) : 0,
			 errhint("Variables are found by name and key; opt_variables lists those of a solution.")));
}

static double
leaf_value(const CopgSolution *sol, int *last, const CoBlock *expr, int leaf)
{
	const char *name = co_block_string(expr, expr->leaf_name[leaf]);
	const char *key = co_block_string(expr, expr->leaf_key[leaf]);
	int			found = copg_solution_leaf_after(sol, last, expr->leaf_id[leaf], name, key);

	if (found >= 0)
		return sol->value[found];
	if (expr->leaf_kind[leaf] != CO_LEAF_PARAMETER)
		report_unknown_variable(sol, name, key);
	return expr->leaf_start[leaf];
}

/* constant + linear + quadratic terms: all of it unless there is code */
static double
plain_value(const CoBlock *expr, const double *leaf)
{
	double		sum = expr->constant[0];

	for (int k = 0; k < expr->n_lin; k++)
		sum += expr->lin_coef[k] * leaf[expr->lin_leaf[k]];
	for (int k = 0; k < expr->n_quad; k++)
		sum += expr->quad_coef[k] * leaf[expr->quad_i[k]] * leaf[expr->quad_j[k]];
	return sum;
}

static double
code_value(const CoBlock *expr, const double *leaf)
{
	CopgEnv		env;
	CoArena		arena;
	double		value;

	copg_env_begin(&env, &arena, CurrentMemoryContext);
	value = co_block_eval(&arena, expr, 0, leaf);
	copg_check_rc(co_arena_failed(&arena), &arena, NULL);
	copg_env_end(&env);
	return value;
}

static double
expression_value(const CopgSolution *sol, int *last, const CoBlock *expr)
{
	double		few[FEW_LEAVES];
	double	   *leaf = few;
	double		value;

	if (expr->n_leaf > FEW_LEAVES)
		leaf = MemoryContextAllocHuge(CurrentMemoryContext,
									  (Size) expr->n_leaf * sizeof(double));
	for (int i = 0; i < expr->n_leaf; i++)
	{
		leaf[i] = leaf_value(sol, last, expr, i);
		if (i % LEAVES_PER_POLL == LEAVES_PER_POLL - 1)
			CHECK_FOR_INTERRUPTS();
	}
	value = expr->n_code > 0 ? code_value(expr, leaf) : plain_value(expr, leaf);
	if (leaf != few)
		pfree(leaf);
	return value;
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_value);
Datum
opt_value(PG_FUNCTION_ARGS)
{
	CopgSolution sol;
	CoBlock		expr;

	copg_solution_arg(fcinfo, 0, &sol);
	copg_block_arg(fcinfo, 1, CO_BLOCK_EXPR, &expr);
	if (!copg_solution_has_point(&sol))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(expression_value(&sol, copg_solution_last_leaf(fcinfo), &expr) + 0.0);
}

/* Is the expression one variable and nothing else? */
static bool
is_variable(const CoBlock *expr)
{
	return expr->n_lin == 1 && expr->n_quad == 0 && expr->n_code == 0 &&
		expr->constant[0] == 0.0 && expr->lin_coef[0] == 1.0 &&
		expr->leaf_kind[expr->lin_leaf[0]] != CO_LEAF_PARAMETER;
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_reduced_cost);
Datum
opt_reduced_cost(PG_FUNCTION_ARGS)
{
	CopgSolution sol;
	CoBlock		expr;
	const char *name;
	const char *key;
	int			leaf;
	int			found;

	copg_solution_arg(fcinfo, 0, &sol);
	copg_block_arg(fcinfo, 1, CO_BLOCK_EXPR, &expr);
	if (!is_variable(&expr))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a reduced cost belongs to one variable, not to an expression"),
				 errhint("Give the variable as opt_var made it.")));
	leaf = expr.lin_leaf[0];
	name = co_block_string(&expr, expr.leaf_name[leaf]);
	key = co_block_string(&expr, expr.leaf_key[leaf]);
	found = copg_solution_leaf_after(&sol, copg_solution_last_leaf(fcinfo),
									 expr.leaf_id[leaf], name, key);
	if (found < 0 || sol.problem.leaf_kind[found] == CO_LEAF_PARAMETER)
		report_unknown_variable(&sol, name, key);
	if (!copg_solution_has_duals(&sol))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(sol.reduced_cost[found]);
}

/*
 * The labels that come nearest: those of the same name, or else the first of
 * every name that follows another.
 */
static char *
list_constraints(const CopgSolution *sol, const char *wanted)
{
	StringInfoData list;
	char		label[COPG_LABEL_SIZE];
	const char *last = NULL;
	bool		is_known = false;
	int			n = 0;

	for (int i = 0; i < sol->head->n_row && !is_known; i++)
	{
		const char *name = copg_solution_string(sol, sol->problem.row_name[i + 1]);

		is_known = name && strcmp(name, wanted) == 0;
	}
	initStringInfo(&list);
	for (int i = 0; i < sol->head->n_row && n <= MAX_LISTED; i++)
	{
		const char *name = copg_solution_string(sol, sol->problem.row_name[i + 1]);

		if (name == NULL || (is_known ? strcmp(name, wanted) != 0
							 : last && strcmp(name, last) == 0))
			continue;
		last = name;
		co_label(name, copg_solution_string(sol, sol->problem.row_key[i + 1]),
				 label, sizeof label);
		appendStringInfo(&list, "%s%s", n > 0 ? ", " : "", n == MAX_LISTED ? "..." : label);
		n++;
	}
	return list.data;
}

static pg_attribute_noreturn() void
report_no_constraint(const CopgSolution *sol, int row, const char *name, const char *key)
{
	char		label[COPG_LABEL_SIZE];
	char	   *known = list_constraints(sol, name);

	co_label(name, key, label, sizeof label);
	if (row == COPG_ROW_AMBIGUOUS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("several constraints of the solution have the label %s", label),
				 errhint("Give each its own key in opt_con, or read opt_constraints.")));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the solution has no constraint %s", label),
			 known[0] ? errdetail("It has, for example: %s.", known)
			 : errdetail("None of its constraints has a name."),
			 errhint("opt_con gives a constraint its name and key; opt_constraints lists those of a solution.")));
}

/* opt_dual(opt_solution, text [, "any"]) */
PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_dual);
Datum
opt_dual(PG_FUNCTION_ARGS)
{
	CopgSolution sol;
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(1));
	char	   *key = PG_NARGS() > 2 ? copg_key_arg(fcinfo, 2) : NULL;
	int			row;

	copg_solution_arg(fcinfo, 0, &sol);
	row = copg_solution_row(&sol, name, key);
	if (row < 0)
		report_no_constraint(&sol, row, name, key);
	if (!copg_solution_has_duals(&sol))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(sol.dual[row]);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_status);
Datum
opt_status(PG_FUNCTION_ARGS)
{
	CopgSolution sol;

	copg_solution_arg(fcinfo, 0, &sol);
	PG_RETURN_TEXT_P(cstring_to_text(co_status_word((CoStatus) sol.head->status)));
}
