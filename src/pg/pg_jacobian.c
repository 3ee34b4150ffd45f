/*-------------------------------------------------------------------------
 *
 * pg/pg_jacobian.c
 *	  opt_jacobian and opt_jvp: derivatives of a solution as rows.
 *
 * A row for each number that has one derivative, two for one that has a kink:
 * side 'left' is the derivative for a parameter (or a step) that falls, 'right'
 * for one that grows.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "port/pg_bitutils.h"

#include "pg/pg_compat.h"
#include "pg/pg_error.h"
#include "pg/pg_jacobian.h"
#include "solver/sensitivity_block.h"

/* One-sided derivatives that differ by less, relative to the largest, are one. */
#define SAME_DERIVATIVE 1e-9

/* And those that differ by less than this part of the solution when parameters change by their sizes. */
#define ROUNDING		1e-15

/* Rows between two times their memory is given back. */
#define ROWS_PER_BATCH	4096

typedef struct Sided			/* derivatives in one direction of the parameters */
{
	CoTangent  *left,			/* may be the same */
			   *right;
	CoSideVerdict left_verdict,
				right_verdict;
	bool		refined;
	double		size,			/* of the largest derivative */
				rounding;		/* where all of them are zeros */
} Sided;

/* Texts of rows, made once: a row for each of so many numbers and parameters has them. */
typedef struct Label
{
	Datum		name,
				key;
	bool		is_made;
} Label;

typedef struct Labels
{
	MemoryContext context;
	int			name;			/* last one made, and its text: many leaves have one */
	Datum		name_text;
	Label	   *leaf,			/* [n_leaf] */
			   *row;			/* [n_row] */
	Datum		of[4],			/* by bit */
				side[3],		/* left, both, right */
				reason;			/* of all rows; 0: none */
} Labels;

typedef struct Table
{
	CopgJacobian *j;
	int			of;				/* COPG_OF_... wanted */
	int			param;			/* column; -1: the direction of opt_jvp */
	Labels		labels;
	Sided		sided;
	CoSensitivityBlock *block;	/* NULL: gradients depend on each other */
	CoTangent  *smooth;
	CoTangent	one_sided[2];
} Table;

/*--------------------------------------------------------------------------
 * Derivatives, from both sides
 *--------------------------------------------------------------------------
 */

/* The derivative of one side: the smooth one where it holds, else that of a QP. */
static CoRc
take_side(Table *table, const CoDirection *direction, int sign, bool has_smooth)
{
	CoSensitivity *s = table->j->s;
	CoSideVerdict *verdict = sign < 0 ? &table->sided.left_verdict : &table->sided.right_verdict;
	CoTangent **out = sign < 0 ? &table->sided.left : &table->sided.right;

	*out = table->smooth;
	*verdict = CO_DIRECTIONAL;
	if (has_smooth && (s->n_weak + s->n_parting == 0 || co_sensitivity_holds(s, table->smooth, sign)))
		return CO_OK;
	*out = sign < 0 ? &table->one_sided[0] : &table->one_sided[1];
	return co_sensitivity_side(s, direction, sign, *out, verdict);
}

static double
largest(const CopgJacobian *j, const CoTangent *t)
{
	double		size = fabs(t->f);

	for (int i = 0; i < j->nlp->n; i++)
		size = fmax(size, fmax(fabs(t->x[i]), fabs(t->z[i])));
	for (int i = 0; i < j->nlp->m; i++)
		size = fmax(size, fabs(t->y[i]));
	return size;
}

static double
rounding_of(const CopgJacobian *j, const CoDirection *direction)
{
	const CoSensitivity *s = j->s;
	double		size = fmax(fmax(1.0, fabs(j->nlp->f)), s->dual_size);
	double		rate = 0.0;

	for (int i = 0; i < j->nlp->n; i++)
		size = fmax(size, fabs(s->x[i]));
	for (int t = 0; t < direction->n; t++)
		rate = fmax(rate, fabs(direction->weight[t]) / fmax(1.0, fabs(s->p[direction->param[t]])));
	return ROUNDING * size * rate;
}

/* table->smooth: of these, the weakly active constraints being equations. */
static CoRc
take_both_sides(Table *table, const CoDirection *direction)
{
	bool		has_smooth = table->smooth != NULL;
	CoRc		rc;

	table->sided.refined = !has_smooth || table->smooth->error <= COPG_REFINED;
	rc = take_side(table, direction, -1, has_smooth);
	return rc ? rc : take_side(table, direction, 1, has_smooth);
}

static void
find_derivatives(Table *table, const CoDirection *direction)
{
	CopgJacobian *j = table->j;

	if (j->s == NULL)
		return;
	copg_check_rc(take_both_sides(table, direction), &j->arena, NULL);
	table->sided.size = table->sided.rounding = 0.0;
	if (table->sided.left != table->sided.right)
	{
		table->sided.size = fmax(largest(j, table->sided.left), largest(j, table->sided.right));
		table->sided.rounding = rounding_of(j, direction);
	}
}

/*--------------------------------------------------------------------------
 * Rows
 *--------------------------------------------------------------------------
 */

static const char *const side_words[] = {"left", "both", "right"};

/* Which of them. */
typedef enum SideWord
{
	LEFT,
	BOTH,
	RIGHT
} SideWord;

static void
begin_labels(Table *table)
{
	CopgJacobian *j = table->j;
	Labels	   *labels = &table->labels;
	MemoryContext rows;

	labels->context = MemoryContextGetParent(j->row_context);
	rows = MemoryContextSwitchTo(labels->context);
	labels->leaf = co_take_zero(&j->arena, (size_t) j->problem.n_leaf, sizeof(Label));
	labels->row = co_take_zero(&j->arena, (size_t) j->model.model.n_row, sizeof(Label));
	copg_check_rc(co_arena_failed(&j->arena), &j->arena, NULL);
	for (int k = 0; k < (int) lengthof(labels->of); k++)
		labels->of[k] = copg_text(copg_of_word(1 << k));
	for (int k = 0; k < (int) lengthof(labels->side); k++)
		labels->side[k] = copg_text(side_words[k]);
	labels->reason = copg_text(j->reason);
	MemoryContextSwitchTo(rows);
}

static const Label *
make_label(Table *table, Label *label, int name, int key)
{
	Labels	   *labels = &table->labels;
	MemoryContext rows;

	if (label->is_made)
		return label;
	rows = MemoryContextSwitchTo(labels->context);
	if (name != labels->name || labels->name_text == (Datum) 0)
		labels->name_text = copg_text(copg_jacobian_string(table->j, name));
	labels->name = name;
	label->name = labels->name_text;
	label->key = copg_text(copg_jacobian_string(table->j, key));
	label->is_made = true;
	MemoryContextSwitchTo(rows);
	return label;
}

static const Label *
leaf_label(Table *table, int leaf)
{
	const CoBlock *problem = &table->j->problem;

	return make_label(table, &table->labels.leaf[leaf], problem->leaf_name[leaf], problem->leaf_key[leaf]);
}

static const Label *
row_label(Table *table, int i)
{
	const CoBlock *problem = &table->j->problem;

	return make_label(table, &table->labels.row[i], problem->row_name[i + 1], problem->row_key[i + 1]);
}

static Datum
reason_of(const Table *table, double derivative, CoSideVerdict verdict)
{
	const CopgJacobian *j = table->j;
	const char *clause = NULL;

	if (j->s == NULL)
		return table->labels.reason;
	if (verdict == CO_NO_SOLUTION)
		clause = "nothing is feasible there";
	else if (isnan(derivative))
		clause = verdict == CO_DIRECTIONAL_X || verdict == CO_DIRECTIONAL_F ?
			"it jumps" : COPG_NO_DERIVATIVE;
	else if (!table->sided.refined)
		clause = "the linear system was not solved to 1e-10";
	if (clause == NULL)
		return table->labels.reason;
	return copg_text(j->reason ? psprintf("%s; %s", clause, j->reason) : clause);
}

static void
give_label(CopgSink *sink, const Label *label)
{
	copg_give_datum(sink, label->name);
	copg_give_datum(sink, label->key);
}

/* label: NULL for the objective */
static void
give_row(Table *table, int of, const Label *label, double derivative, SideWord side,
		 CoSideVerdict verdict)
{
	static const Label none = {0, 0, true};
	CopgJacobian *j = table->j;
	bool		reliable = j->reliable && table->sided.refined &&
		verdict == CO_DIRECTIONAL && isfinite(derivative);

	copg_give_datum(&j->sink, table->labels.of[pg_rightmost_one_pos32((uint32) of)]);
	give_label(&j->sink, label ? label : &none);
	if (table->param >= 0)
		give_label(&j->sink, leaf_label(table, j->model.param_leaf[table->param]));
	copg_give_number(&j->sink, derivative);
	copg_give_datum(&j->sink, table->labels.side[side]);
	copg_give_bool(&j->sink, reliable);
	copg_give_datum(&j->sink, reason_of(table, derivative, verdict));
	copg_end_row(&j->sink);
	if (j->sink.n_done % ROWS_PER_BATCH == 0)
		copg_jacobian_forget(j);
}

static bool
is_one(const Table *table, double left, double right)
{
	const Sided *sided = &table->sided;

	if (isnan(left) && isnan(right))
		return sided->left_verdict == sided->right_verdict;
	return fabs(left - right) <= fmax(SAME_DERIVATIVE * sided->size, sided->rounding);
}

static void
give_derivative(Table *table, int of, const Label *label, double left, double right)
{
	const Sided *sided = &table->sided;

	if (is_one(table, left, right))
		give_row(table, of, label, right, BOTH, Max(sided->left_verdict, sided->right_verdict));
	else
	{
		give_row(table, of, label, left, LEFT, sided->left_verdict);
		give_row(table, of, label, right, RIGHT, sided->right_verdict);
	}
}

/* Of a multiplier or a variable, as it is shown; no tangent: no derivative. */
static void
give_leaf(Table *table, int of, int i)
{
	const CopgJacobian *j = table->j;
	int			leaf = j->model.var_leaf[i];
	double		left = NAN,
				right = NAN;

	if (j->s && of == COPG_OF_VARIABLE)
	{
		left = table->sided.left->x[i];
		right = table->sided.right->x[i];
	}
	else if (j->s)
	{
		left = j->dual_sign * table->sided.left->z[i];
		right = j->dual_sign * table->sided.right->z[i];
	}
	give_derivative(table, of, leaf_label(table, leaf), left, right);
}

static void
give_constraint(Table *table, int i)
{
	const CopgJacobian *j = table->j;
	double		left = j->s ? j->dual_sign * table->sided.left->y[i] : NAN;
	double		right = j->s ? j->dual_sign * table->sided.right->y[i] : NAN;

	give_derivative(table, COPG_OF_CONSTRAINT, row_label(table, i), left, right);
}

static void
give_all(Table *table)
{
	const CopgJacobian *j = table->j;
	const CoParamModel *model = &j->model;

	if (table->of & COPG_OF_VARIABLE)
		for (int i = 0; i < model->n_var; i++)
			give_leaf(table, COPG_OF_VARIABLE, i);
	if (table->of & COPG_OF_CONSTRAINT)
		for (int i = 0; i < model->model.n_row; i++)
			give_constraint(table, i);
	if (table->of & COPG_OF_BOUND)
		for (int i = 0; i < model->n_var; i++)
			if (isfinite(j->nlp->xl[i]) || isfinite(j->nlp->xu[i]))
				give_leaf(table, COPG_OF_BOUND, i);
	if (table->of & COPG_OF_OBJECTIVE)
		give_derivative(table, COPG_OF_OBJECTIVE, NULL,
						j->s ? j->objective_sign * table->sided.left->f : NAN,
						j->s ? j->objective_sign * table->sided.right->f : NAN);
}

/* n: parameters there will be */
static void
begin_table(Table *table, CopgJacobian *j, int of, int n)
{
	memset(table, 0, sizeof *table);
	table->j = j;
	table->of = of;
	begin_labels(table);
	for (int i = 0; i < 2; i++)
		copg_check_rc(co_tangent_new(&j->arena, j->nlp, &table->one_sided[i]), &j->arena, NULL);
	if (j->s && j->s->n_dependent == 0)
		copg_check_rc(co_sensitivity_block_new(j->s, n, &table->block), &j->arena, NULL);
}

/*--------------------------------------------------------------------------
 * opt_jacobian(solution, of text[], parameters text[])
 *--------------------------------------------------------------------------
 */

/* One parameter, whose smooth derivative is known. */
static void
send_parameter(Table *table, int param)
{
	double		one = 1.0;
	CoDirection direction = {1, &param, &one};

	table->param = param;
	find_derivatives(table, &direction);
	give_all(table);
	copg_jacobian_forget(table->j);
}

/* The smooth derivatives of n parameters; of the objective, none has to be solved for. */
static void
find_smooth(Table *table, int n, const int *param)
{
	CoSensitivity *s = table->j->s;
	bool		without_bounds = !(table->of & COPG_OF_BOUND) && s->n_weak == 0;

	if (table->of != COPG_OF_OBJECTIVE)
		copg_check_rc(co_sensitivity_block_solve(table->block, n, param, without_bounds),
					  &table->j->arena, NULL);
	else
		for (int c = 0; c < n; c++)
			co_sensitivity_envelope(s, param[c], &table->block->tangent[c]);
}

static void
send_jacobian(FunctionCallInfo fcinfo, CopgJacobian *j)
{
	int			of = copg_jacobian_of_arg(fcinfo, 1);
	int			n;
	int		   *list = copg_jacobian_parameter_arg(fcinfo, 2, j, &n);
	int			width = 1;
	Table		table;

	begin_table(&table, j, of, n);
	for (int t = 0; t < n; t += width)
	{
		width = table.block ? Min(table.block->width, n - t) : 1;
		if (table.block)
			find_smooth(&table, width, list + t);
		for (int c = 0; c < width; c++)
		{
			table.smooth = table.block ? &table.block->tangent[c] : NULL;
			send_parameter(&table, list[t + c]);
		}
	}
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_jacobian);
Datum
opt_jacobian(PG_FUNCTION_ARGS)
{
	return copg_jacobian_run(fcinfo, send_jacobian);
}

/*--------------------------------------------------------------------------
 * opt_jvp(solution, direction jsonb)
 *--------------------------------------------------------------------------
 */

static void
send_jvp(FunctionCallInfo fcinfo, CopgJacobian *j)
{
	size_t		np = (size_t) j->nlp->np;
	double	   *weight = co_take_zero_doubles(&j->arena, np);
	int		   *param = co_take_ints(&j->arena, np);
	bool	   *given = co_take_zero(&j->arena, np, sizeof(bool));
	CoDirection direction = {0, param, weight};
	Table		table;

	copg_check_rc(co_arena_failed(&j->arena), &j->arena, NULL);
	copg_jacobian_read_parameters(fcinfo, 1, j, weight, given);
	for (int k = 0; k < j->nlp->np; k++)
		if (given[k])
		{
			param[direction.n] = k;
			weight[direction.n++] = weight[k];
		}
	begin_table(&table, j, COPG_OF_ALL, 1);
	table.param = -1;
	if (table.block)
	{
		table.smooth = &table.block->tangent[0];
		copg_check_rc(co_sensitivity_solve(j->s, &direction, table.smooth), &j->arena, NULL);
	}
	find_derivatives(&table, &direction);
	give_all(&table);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_jvp);
Datum
opt_jvp(PG_FUNCTION_ARGS)
{
	return copg_jacobian_run(fcinfo, send_jvp);
}
