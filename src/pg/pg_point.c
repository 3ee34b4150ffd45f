/*-------------------------------------------------------------------------
 *
 * pg/pg_point.c
 *	  The functions of pg_point.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "utils/float.h"
#include "utils/hsearch.h"

#include "pg/pg_block.h"
#include "pg/pg_options.h"
#include "pg/pg_point.h"
#include "pg/pg_query.h"

static double *
take_nans(int n)
{
	double	   *value = MemoryContextAllocHuge(CurrentMemoryContext, ((Size) n + 1) * sizeof(double));

	for (int k = 0; k < n; k++)
		value[k] = get_float8_nan();
	return value;
}

void
copg_point_begin(CopgPoint *point, const CoBlock *problem, const Jsonb *params)
{
	double	   *given = params ? copg_params_apply(params, problem) : NULL;

	point->problem = problem;
	point->has_params = params != NULL;
	point->leaf = take_nans(problem->n_leaf);
	point->leaf_dual = take_nans(problem->n_leaf);
	point->row_dual = take_nans(problem->n_row);
	for (int k = 0; k < problem->n_leaf; k++)
		if (problem->leaf_kind[k] == CO_LEAF_PARAMETER)
			point->leaf[k] = given ? given[k] : problem->leaf_start[k];
}

static const char *
leaf_name(const CoBlock *problem, int leaf)
{
	return co_block_string(problem, problem->leaf_name[leaf]);
}

static const char *
leaf_key(const CoBlock *problem, int leaf)
{
	return co_block_string(problem, problem->leaf_key[leaf]);
}

/*--------------------------------------------------------------------------
 * Of a solution
 *--------------------------------------------------------------------------
 */

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

int
copg_point_row(const CopgPoint *point, const CopgSolution *sol, int i)
{
	const CoBlock *problem = point->problem;
	const char *name = co_block_string(problem, problem->row_name[i + 1]);
	const char *key = co_block_string(problem, problem->row_key[i + 1]);

	if (sol->head->n_row == problem->n_row - 1 &&
		same_text(name, copg_solution_string(sol, sol->problem.row_name[i + 1])) &&
		same_text(key, copg_solution_string(sol, sol->problem.row_key[i + 1])))
		return i;
	return name ? copg_solution_row(sol, name, key) : -1;
}

/* Parameters too, as the solve had them, unless they are given. */
void
copg_point_of_solution(CopgPoint *point, const CopgSolution *sol)
{
	const CoBlock *problem = point->problem;
	bool		has_duals = copg_solution_has_duals(sol);

	for (int k = 0; k < problem->n_leaf; k++)
	{
		bool		is_parameter = problem->leaf_kind[k] == CO_LEAF_PARAMETER;
		int			found = copg_solution_leaf(sol, problem->leaf_id[k], leaf_name(problem, k),
											   leaf_key(problem, k));

		if (found < 0 || (is_parameter && point->has_params))
			continue;
		point->leaf[k] = sol->value[found];
		if (has_duals && !is_parameter)
			point->leaf_dual[k] = sol->reduced_cost[found];
	}
	for (int i = 0; i < problem->n_row - 1 && has_duals; i++)
	{
		int			found = copg_point_row(point, sol, i);

		if (found >= 0)
			point->row_dual[i] = sol->dual[found];
	}
}

/*--------------------------------------------------------------------------
 * Of a query
 *--------------------------------------------------------------------------
 */

typedef struct LabelEntry
{
	uint64		id;				/* co_leaf_id */
	int			index;
	bool		is_given;		/* a row of the query had it */
} LabelEntry;

typedef struct Reading
{
	CopgPoint  *point;
	HTAB	   *leaves,
			   *rows;
} Reading;

enum
{
	CELL_KIND,
	CELL_NAME,
	CELL_KEY,
	CELL_VALUE,
	CELL_DUAL
};

static const CopgColumn point_columns[] = {
	{"kind", COPG_CELL_OPTIONAL_KEY},
	{"name", COPG_CELL_KEY},
	{"key", COPG_CELL_OPTIONAL_KEY},
	{"value", COPG_CELL_OPTIONAL_NUMBER},
	{"dual", COPG_CELL_OPTIONAL_NUMBER}
};

static HTAB *
new_table(const char *what)
{
	HASHCTL		ctl = {0};

	ctl.keysize = sizeof(uint64);
	ctl.entrysize = sizeof(LabelEntry);
	ctl.hcxt = CurrentMemoryContext;
	return hash_create(what, 256, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

static void
enter(HTAB *table, uint64 id, int index)
{
	bool		found;
	LabelEntry *entry = hash_search(table, &id, HASH_ENTER, &found);

	if (found)
		return;
	entry->index = index;
	entry->is_given = false;
}

static void
fill_tables(Reading *reading)
{
	const CoBlock *problem = reading->point->problem;

	reading->leaves = new_table("constropt variables");
	reading->rows = new_table("constropt constraints");
	for (int k = 0; k < problem->n_leaf; k++)
		enter(reading->leaves, problem->leaf_id[k], k);
	for (int row = 1; row < problem->n_row; row++)
		if (problem->row_name[row] >= 0)
			enter(reading->rows, co_leaf_id(co_block_string(problem, problem->row_name[row]),
											co_block_string(problem, problem->row_key[row])), row - 1);
}

static pg_attribute_noreturn() void
report_unknown(const char *what, const CopgCell *cell)
{
	char		label[COPG_LABEL_SIZE];

	co_label(cell[CELL_NAME].text, cell[CELL_KEY].text, label, sizeof label);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the problem has no %s %s", what, label),
			 errhint("opt_show lists the variables and constraints of a problem.")));
}

static pg_attribute_noreturn() void
report_twice(const char *what, const CopgCell *cell)
{
	char		label[COPG_LABEL_SIZE];

	co_label(cell[CELL_NAME].text, cell[CELL_KEY].text, label, sizeof label);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the query of %s has more than one row for the %s %s", "point", what, label),
			 errhint("A point has one value for each; a join that repeats rows needs DISTINCT.")));
}

/* -1: there is none */
static int
look_up(HTAB *table, const char *what, const CopgCell *cell)
{
	uint64		id = co_leaf_id(cell[CELL_NAME].text, cell[CELL_KEY].text);
	LabelEntry *entry = hash_search(table, &id, HASH_FIND, NULL);

	if (entry == NULL)
		return -1;
	if (entry->is_given)
		report_twice(what, cell);
	entry->is_given = true;
	return entry->index;
}

static void
take_row(void *state, const CopgCell *cell)
{
	Reading    *reading = state;
	CopgPoint  *point = reading->point;
	const char *kind = cell[CELL_KIND].text;
	int			found;

	if (kind == NULL || strcmp(kind, "variable") == 0)
	{
		found = look_up(reading->leaves, "variable", cell);
		if (found < 0 || point->problem->leaf_kind[found] == CO_LEAF_PARAMETER)
			report_unknown("variable", cell);
		point->leaf[found] = cell[CELL_VALUE].number;
		point->leaf_dual[found] = cell[CELL_DUAL].number;
	}
	else if (strcmp(kind, "constraint") == 0)
	{
		found = look_up(reading->rows, "constraint", cell);
		if (found < 0)
			report_unknown("constraint", cell);
		point->row_dual[found] = cell[CELL_DUAL].number;
	}
	else
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown kind \"%s\" in the query of %s", kind, "point"),
				 errhint("The kinds are: variable, constraint.")));
}

void
copg_point_of_query(CopgPoint *point, const char *query)
{
	Reading		reading = {.point = point};

	fill_tables(&reading);
	copg_query_run("point", query, point_columns, lengthof(point_columns), take_row, &reading);
	hash_destroy(reading.leaves);
	hash_destroy(reading.rows);
}

void
copg_point_require(const CopgPoint *point, bool of_solution)
{
	const CoBlock *problem = point->problem;

	for (int k = 0; k < problem->n_leaf; k++)
	{
		char		label[COPG_LABEL_SIZE];

		if (problem->leaf_kind[k] == CO_LEAF_PARAMETER || isfinite(point->leaf[k]))
			continue;
		co_label(leaf_name(problem, k), leaf_key(problem, k), label, sizeof label);
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the point has no value for the variable %s", label),
				 of_solution ? errhint("The solution has to be one of this problem.") :
				 errhint("The query needs a row with its name, key and value.")));
	}
}
