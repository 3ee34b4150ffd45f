/*-------------------------------------------------------------------------
 *
 * pg/pg_jacobian_begin.c
 *	  From a stored solution to its derivatives, and whether to believe them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <fenv.h>
#include <math.h>

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "pg/pg_block.h"
#include "pg/pg_compat.h"
#include "pg/pg_error.h"
#include "pg/pg_jacobian.h"

/* Labels listed in a reason. */
#define MAX_LISTED		5

static const char *const of_words[] = {"variable", "constraint", "bound", "objective"};

const char *
copg_of_word(int of)
{
	for (int i = 0; i < (int) lengthof(of_words); i++)
		if (of == 1 << i)
			return of_words[i];
	return NULL;
}

const char *
copg_jacobian_string(const CopgJacobian *j, int offset)
{
	return co_block_string(&j->problem, offset);
}

char *
copg_jacobian_row_label(const CopgJacobian *j, int row)
{
	const CoBlock *problem = &j->problem;
	char		label[COPG_LABEL_SIZE];

	if (row >= j->model.model.n_row)
		return pstrdup("a formula inside");
	if (problem->row_name[row + 1] < 0)
		return psprintf("constraint number %d", row + 1);
	co_label(copg_jacobian_string(j, problem->row_name[row + 1]),
			 copg_jacobian_string(j, problem->row_key[row + 1]), label, sizeof label);
	return psprintf("constraint %s", label);
}

char *
copg_jacobian_bound_label(const CopgJacobian *j, int var)
{
	const CoBlock *problem = &j->problem;
	char		label[COPG_LABEL_SIZE];
	int			leaf;

	if (var >= j->model.n_var)
		return pstrdup("a formula inside");
	leaf = j->model.var_leaf[var];
	co_label(copg_jacobian_string(j, problem->leaf_name[leaf]),
			 copg_jacobian_string(j, problem->leaf_key[leaf]), label, sizeof label);
	return psprintf("the bound of %s", label);
}

void
copg_jacobian_give_parameter(CopgJacobian *j, int k)
{
	int			leaf = j->model.param_leaf[k];

	copg_give_text(&j->sink, copg_jacobian_string(j, j->problem.leaf_name[leaf]));
	copg_give_text(&j->sink, copg_jacobian_string(j, j->problem.leaf_key[leaf]));
}

/*--------------------------------------------------------------------------
 * Why, or why not
 *--------------------------------------------------------------------------
 */

/* One more label of a list that ends with "and more". */
static void
list_label(StringInfo text, int *n, char *label)
{
	if (*n < MAX_LISTED)
		appendStringInfo(text, "%s%s", *n > 0 ? ", " : "", label);
	else if (*n == MAX_LISTED)
		appendStringInfoString(text, ", and more");
	(*n)++;
	pfree(label);
}

static void
begin_clause(StringInfo text, const char *words)
{
	appendStringInfo(text, "%s%s", text->len > 0 ? "; " : "", words);
}

static void
list_weak(const CopgJacobian *j, StringInfo text)
{
	int			n = 0;

	begin_clause(text, "active without a multiplier: ");
	for (int i = 0; i < j->nlp->m && n <= MAX_LISTED; i++)
		if (j->s->row[i].weak)
			list_label(text, &n, copg_jacobian_row_label(j, i));
	for (int i = 0; i < j->nlp->n && n <= MAX_LISTED; i++)
		if (j->s->var[i].weak)
			list_label(text, &n, copg_jacobian_bound_label(j, i));
}

static void
list_dependent(const CopgJacobian *j, StringInfo text)
{
	int			n = 0;

	begin_clause(text, "gradients of active constraints depend on each other: ");
	for (int i = 0; i < j->nlp->m && n <= MAX_LISTED; i++)
		if (j->s->row[i].dependent)
			list_label(text, &n, copg_jacobian_row_label(j, i));
	for (int i = 0; i < j->nlp->n && n <= MAX_LISTED; i++)
		if (j->s->var[i].dependent)
			list_label(text, &n, copg_jacobian_bound_label(j, i));
}

static void
list_parting(const CopgJacobian *j, StringInfo text)
{
	int			n = 0;

	begin_clause(text, "equal bounds that a parameter parts: ");
	for (int i = 0; i < j->nlp->n && n <= MAX_LISTED; i++)
		if (j->s->var[i].parts)
			list_label(text, &n, copg_jacobian_bound_label(j, i));
}

static void
explain(CopgJacobian *j)
{
	const CoSensitivity *s = j->s;
	StringInfoData text;

	initStringInfo(&text);
	if (s == NULL)
		begin_clause(&text, "the problem has no derivatives at the solution");
	else
	{
		if (!s->is_polished)
			begin_clause(&text, "the solution could not be refined");
		if (s->n_dependent > 0)
			list_dependent(j, &text);
		if (!s->second_order)
			begin_clause(&text, "no positive curvature where the active constraints allow to move: other solutions may be as good");
		if (s->n_weak > 0)
			list_weak(j, &text);
		if (s->n_parting > 0)
			list_parting(j, &text);
		if (j->nlp->by_differences)
			begin_clause(&text, "second derivatives are differences of first ones");
	}
	j->reliable = s && s->is_polished && s->second_order && s->n_dependent == 0 &&
		!j->nlp->by_differences;
	j->reason = text.len > 0 ? text.data : NULL;
}

/*--------------------------------------------------------------------------
 * The problem, and its solution in the order of the model
 *--------------------------------------------------------------------------
 */

/* A stored problem may be damaged; a lent one is the argument of the solve. */
static void
check_problem(CopgJacobian *j)
{
	CopgSolution *sol = &j->sol;
	CoError		error;

	if (sol->problem_flat == NULL)
	{
		j->problem = sol->problem;
		return;
	}
	copg_error_init(&error);
	if (co_block_validate(sol->problem_flat, (size_t) sol->head->problem_size, &j->problem,
						  &error) != CO_OK)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("invalid value of type %s", "opt_solution"),
				 errdetail("%s", error.message)));
	copg_check_rc(co_block_check_leaves(&j->arena, &j->problem, &error), &j->arena, &error);
}

static void
build_model(CopgJacobian *j)
{
	CoError		error;

	copg_error_init(&error);
	copg_check_rc(co_param_model_build(&j->arena, &j->problem, j->sol.value, &j->model, &error),
				  &j->arena, &error);
	j->nlp = j->model.nlp;
	j->p = co_take_doubles(&j->arena, (size_t) j->nlp->np);
	copg_check_rc(co_arena_failed(&j->arena), &j->arena, NULL);
	for (int k = 0; k < j->nlp->np; k++)
		j->p[k] = j->sol.value[j->model.param_leaf[k]];
	j->objective_sign = j->model.model.maximize ? -1.0 : 1.0;
	j->dual_sign = -j->objective_sign;
}

static void
take_point(CopgJacobian *j, CoQpPoint *point)
{
	const CoParamModel *model = &j->model;
	size_t		n = (size_t) j->nlp->n,
				m = (size_t) j->nlp->m;

	point->x = co_take_zero_doubles(&j->arena, n);
	point->y = co_take_doubles(&j->arena, m);
	point->z = co_take_zero_doubles(&j->arena, n);
	copg_check_rc(co_arena_failed(&j->arena), &j->arena, NULL);
	for (int i = 0; i < model->n_var; i++)
	{
		point->x[i] = j->sol.value[model->var_leaf[i]];
		point->z[i] = j->dual_sign * j->sol.reduced_cost[model->var_leaf[i]];
	}
	for (int i = 0; i < j->nlp->m; i++)
		point->y[i] = i < model->model.n_row ? j->dual_sign * j->sol.dual[i] : NAN;
	copg_check_rc(co_param_model_fill(model, j->p, point->x), &j->arena, NULL);
}

static void
differentiate(CopgJacobian *j)
{
	CoQpPoint	point;
	CoRc		rc;

	check_problem(j);
	build_model(j);
	take_point(j, &point);
	rc = co_sensitivity_new(&j->arena, j->nlp, &point, j->p, &j->s);
	if (rc == CO_NOT_FINITE)
		j->s = NULL;
	else
		copg_check_rc(rc, &j->arena, NULL);
	explain(j);
}

/*--------------------------------------------------------------------------
 * One call
 *--------------------------------------------------------------------------
 */

/* A point that is only feasible is one when refining it has made it one. */
static bool
is_solution(const CopgJacobian *j)
{
	return copg_solution_has_duals(&j->sol) ||
		(j->s && j->s->is_polished && j->s->second_order);
}

static void
run_in_context(FunctionCallInfo fcinfo, CopgJacobian *j, CopgJacobianBody body,
			   MemoryContext context)
{
	MemoryContextSwitchTo(context);
	copg_env_begin(&j->env, &j->arena, context);
	j->row_context = AllocSetContextCreate(context, "constropt rows", ALLOCSET_DEFAULT_SIZES);
	differentiate(j);
	MemoryContextSwitchTo(j->row_context);
	if (is_solution(j))
		body(fcinfo, j);
}

Datum
copg_jacobian_run(FunctionCallInfo fcinfo, CopgJacobianBody body)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext context;
	CopgJacobian *j = palloc0(sizeof(CopgJacobian));
	fenv_t		float_mode;

	copg_begin_rows(fcinfo, &j->sink);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	copg_solution_arg(fcinfo, 0, &j->sol);
	if (!copg_solution_has_point(&j->sol))
		return (Datum) 0;
	context = AllocSetContextCreate(caller, "constropt derivatives", ALLOCSET_DEFAULT_SIZES);
	fegetenv(&float_mode);
	fesetenv(FE_DFL_ENV);
	PG_TRY();
	{
		run_in_context(fcinfo, j, body, context);
	}
	PG_FINALLY();
	{
		fesetenv(&float_mode);
		MemoryContextSwitchTo(caller);
		MemoryContextDelete(context);
	}
	PG_END_TRY();
	return (Datum) 0;
}

void
copg_jacobian_forget(CopgJacobian *j)
{
	MemoryContextReset(j->row_context);
}

/*--------------------------------------------------------------------------
 * Arguments that select
 *--------------------------------------------------------------------------
 */

/* The strings of a text[]; -1: absent or NULL. */
static int
text_array_arg(FunctionCallInfo fcinfo, int argno, const char *argument, char ***out)
{
	Datum	   *datum;
	bool	   *is_null;
	int			n;

	if (PG_NARGS() <= argno || PG_ARGISNULL(argno))
		return -1;
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(argno), TEXTOID, -1, false, TYPALIGN_INT,
					  &datum, &is_null, &n);
	*out = palloc(Max(n, 1) * sizeof(char *));
	for (int i = 0; i < n; i++)
	{
		if (is_null[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("argument \"%s\" must not have null elements", argument)));
		(*out)[i] = TextDatumGetCString(datum[i]);
	}
	return n;
}

int
copg_jacobian_of_arg(FunctionCallInfo fcinfo, int argno)
{
	char	  **word;
	int			n = text_array_arg(fcinfo, argno, "of", &word);
	int			of = n < 0 ? COPG_OF_ALL : 0;

	for (int i = 0; i < n; i++)
	{
		int			bit = 0;

		for (int k = 0; k < (int) lengthof(of_words); k++)
			if (strcmp(word[i], of_words[k]) == 0)
				bit = 1 << k;
		if (bit == 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("a derivative of \"%s\" is not known", word[i]),
					 errhint("There are those of: variable, constraint, bound, objective.")));
		of |= bit;
	}
	return of;
}

/* Is the parameter one of those named, with or without its key? */
static bool
is_named(const CopgJacobian *j, int k, const char *word)
{
	int			leaf = j->model.param_leaf[k];
	const char *name = copg_jacobian_string(j, j->problem.leaf_name[leaf]);
	const char *key = copg_jacobian_string(j, j->problem.leaf_key[leaf]);
	size_t		n = strlen(name);
	char		label[COPG_LABEL_SIZE];

	if (strncmp(name, word, n) != 0)
		return false;
	if (word[n] == '\0')
		return true;
	/* name[key] as it stands, or as messages write it */
	if (key && word[n] == '[' && strlen(word) == n + strlen(key) + 2 &&
		strncmp(word + n + 1, key, strlen(key)) == 0)
		return true;
	co_label(name, key, label, sizeof label);
	return strcmp(label, word) == 0;
}

static pg_attribute_noreturn() void
report_no_parameter(const CopgJacobian *j, const char *word)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the problem has no parameter %s", word),
			 j->nlp->np > 0 ? errhint("A parameter is selected by its name, for all of its keys, or as name['key'].")
			 : errhint("It has no parameters; opt_param makes them.")));
}

int *
copg_jacobian_parameter_arg(FunctionCallInfo fcinfo, int argno, CopgJacobian *j, int *n)
{
	int		   *list = co_take_ints(&j->arena, (size_t) j->nlp->np);
	bool	   *chosen = palloc0(Max(j->nlp->np, 1));
	char	  **word;
	int			n_word = text_array_arg(fcinfo, argno, "parameters", &word);

	copg_check_rc(co_arena_failed(&j->arena), &j->arena, NULL);
	for (int i = 0; i < n_word; i++)
	{
		bool		found = false;

		for (int k = 0; k < j->nlp->np; k++)
			if (is_named(j, k, word[i]))
				chosen[k] = found = true;
		if (!found)
			report_no_parameter(j, word[i]);
		CHECK_FOR_INTERRUPTS();
	}
	*n = 0;
	for (int k = 0; k < j->nlp->np; k++)
		if (n_word < 0 || chosen[k])
			list[(*n)++] = k;
	return list;
}
