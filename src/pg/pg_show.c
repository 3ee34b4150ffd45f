/*-------------------------------------------------------------------------
 *
 * pg/pg_show.c
 *	  opt_show: the algebra of a problem with the user's names, as rows that a
 *	  page holds.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "expr/bound.h"
#include "expr/text.h"
#include "pg/pg_block.h"
#include "pg/pg_error.h"
#include "pg/pg_sink.h"
#include "pg/pg_work.h"

/* Terms of one row that are written out. */
#define MAX_TERMS		12

/* Bytes of a formula that is a single long term. */
#define MAX_BYTES		1000

typedef struct Show
{
	CoBlock		problem;
	int			max_rows;		/* of each part; negative: all */
	CopgSink	sink;
	CoArena    *arena;
} Show;

static const char *
number_text(double value)
{
	char		text[32];

	co_print_double(value + 0.0, text);
	return pstrdup(text);
}

static const char *
body_text(Show *show, int row)
{
	char	   *text;
	size_t		length;
	CoRc		rc = co_print_row(show->arena, &show->problem, row, show->max_rows < 0 ? 0 : MAX_TERMS,
								  &text, &length);

	copg_check_rc(rc, show->arena, NULL);
	if (show->max_rows >= 0 && length > MAX_BYTES)
	{
		length = (size_t) pg_mbcliplen(text, (int) Min(length, (size_t) PG_INT32_MAX), MAX_BYTES);
		return psprintf("%.*s ...", (int) length, text);
	}
	return text;
}

/* "2 <= body <= 3", "body >= 2", "body"; NULL: no side. */
static const char *
between_texts(const char *lower, const char *body, const char *upper)
{
	if (lower && upper)
		return psprintf("%s <= %s <= %s", lower, body, upper);
	return lower ? psprintf("%s >= %s", body, lower) :
		upper ? psprintf("%s <= %s", body, upper) : body;
}

static const char *
between(double lower, const char *body, double upper)
{
	if (lower == upper)
		return psprintf("%s == %s", body, number_text(lower));
	return between_texts(lower > -INFINITY ? number_text(lower) : NULL, body,
						 upper < INFINITY ? number_text(upper) : NULL);
}

static void
give_line(Show *show, const char *part, int name, int key, const char *algebra)
{
	copg_give_text(&show->sink, part);
	copg_give_text(&show->sink, co_block_string(&show->problem, name));
	copg_give_text(&show->sink, co_block_string(&show->problem, key));
	copg_give_text(&show->sink, algebra);
	copg_end_row(&show->sink);
}

static bool
is_shown(const Show *show, int given)
{
	return show->max_rows < 0 || given < show->max_rows;
}

/* What stands beyond the limit. */
static void
give_rest(Show *show, const char *part, int n)
{
	if (!is_shown(show, n - 1) && n > 0)
		give_line(show, part, -1, -1, psprintf("... and %d more", n - show->max_rows));
}

static void
show_objective(Show *show)
{
	const CoBlock *problem = &show->problem;

	if (problem->flags & CO_FLAG_FEASIBLE)
		give_line(show, "feasible", -1, -1, NULL);
	else
		give_line(show, problem->flags & CO_FLAG_MAXIMIZE ? "maximize" : "minimize",
				  problem->row_name[0], problem->row_key[0], body_text(show, 0));
}

static void
show_constraints(Show *show)
{
	const CoBlock *problem = &show->problem;

	for (int row = 1; row < problem->n_row && is_shown(show, row - 1); row++)
	{
		CoMark		mark = co_mark(show->arena);

		give_line(show, "constraint", problem->row_name[row], problem->row_key[row],
				  between(problem->lower[row], body_text(show, row), problem->upper[row]));
		co_rewind(show->arena, mark);
	}
	give_rest(show, "constraint", problem->n_row - 1);
}

/* A bound of a variable; NULL: none. */
static const char *
bound_text(const Show *show, int leaf, bool is_upper)
{
	CoCodeTerms formula = co_bound_find(&show->problem, leaf, is_upper);
	double		bound = is_upper ? show->problem.leaf_upper[leaf] : show->problem.leaf_lower[leaf];
	char	   *text;

	if (formula.length == 0)
		return bound == (is_upper ? INFINITY : -INFINITY) ? NULL : number_text(bound);
	text = palloc(MAX_BYTES);
	copg_check_rc(co_print_formula(show->arena, &show->problem, formula, text, MAX_BYTES),
				  show->arena, NULL);
	return text;
}

/* Its label as it stands in formulas, and where it may be. */
static const char *
variable_text(const Show *show, int leaf)
{
	const CoBlock *problem = &show->problem;
	char		label[COPG_LABEL_SIZE];
	const char *text,
			   *lower,
			   *upper;
	double		start = problem->leaf_start[leaf];

	co_label(co_block_string(problem, problem->leaf_name[leaf]),
			 co_block_string(problem, problem->leaf_key[leaf]), label, sizeof label);
	if (problem->leaf_kind[leaf] == CO_LEAF_PARAMETER)
		return psprintf("%s := %s", label, number_text(start));
	if (problem->leaf_kind[leaf] == CO_LEAF_REFERENCE)
		return psprintf("%s undefined", label);
	lower = bound_text(show, leaf, false);
	upper = bound_text(show, leaf, true);
	if (lower && upper && strcmp(lower, upper) == 0)
		text = psprintf("%s == %s", label, lower);
	else
		text = lower || upper ? between_texts(lower, label, upper) : psprintf("%s free", label);
	return isnan(start) ? text : psprintf("%s start %s", text, number_text(start));
}

static void
show_leaves(Show *show, bool parameters)
{
	const CoBlock *problem = &show->problem;
	const char *part = parameters ? "parameter" : "variable";
	int			n = 0;

	for (int leaf = 0; leaf < problem->n_leaf; leaf++)
	{
		if ((problem->leaf_kind[leaf] == CO_LEAF_PARAMETER) != parameters)
			continue;
		if (is_shown(show, n))
			give_line(show, part, problem->leaf_name[leaf], problem->leaf_key[leaf],
					  variable_text(show, leaf));
		n++;
	}
	give_rest(show, part, n);
}

static void
show_problem(CopgWork *work, void *state)
{
	Show	   *show = state;

	show->arena = &work->arena;
	show_objective(show);
	show_constraints(show);
	show_leaves(show, false);
	show_leaves(show, true);
}

/* opt_show(opt_problem, max_rows integer) */
PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_show);
Datum
opt_show(PG_FUNCTION_ARGS)
{
	Show		show = {.max_rows = PG_ARGISNULL(1) ? -1 : PG_GETARG_INT32(1)};

	if (!PG_ARGISNULL(1) && show.max_rows < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("max_rows must not be negative"),
				 errhint("NULL shows all rows, with all their terms.")));
	copg_begin_rows(fcinfo, &show.sink);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	copg_block_arg(fcinfo, 0, CO_BLOCK_PROBLEM, &show.problem);
	copg_work(show_problem, &show);
	return (Datum) 0;
}
