/*-------------------------------------------------------------------------
 *
 * nlp/pattern_program.c
 *	  From a skeleton to its programs.
 *
 * The skeleton becomes a graph (nlp/pattern_dag.h) over the pattern's
 * arguments, to which derivatives are added; a program is what of the graph
 * some outputs need, in order, with registers given by last use.
 *
 * Columns of equal contents are one: a variable that a formula names five times
 * is one argument, and what is computed from equal columns is computed once.
 *
 *-------------------------------------------------------------------------
 */
#include <limits.h>
#include <string.h>

#include "nlp/pattern_diff.h"

typedef struct Compiler
{
	CoArena    *arena;			/* of the result */
	CoArena    *scratch;
	CoPattern  *pattern;
	CoDag		dag;
	int		   *column;			/* [n_const] the first column of equal contents */
	int		   *var;			/* [n_var] the same */
	int		   *plain;			/* [n_var] argument of a variable, -1: none */
	int		   *occurrence;		/* arguments in the order of the skeleton */
	int			n_occurrence;
	int		   *node;			/* [n_argument] */
	int			root;			/* scale * formula */
	int			formula;
} Compiler;

/*
 * first[k]: the smallest k' whose column is the same.  size bytes an element;
 * data [n_column] the columns, one (of stride) their single values.
 */
static uint64_t
hash_column(const void *data, const void *one, size_t size)
{
	uint64_t	word = 0;

	memcpy(&word, data ? data : one, size);
	return (word + (data != NULL)) * UINT64_C(0x9e3779b97f4a7c15) >> 32;
}

static const void *
column_data(const CoPattern *pattern, bool constant, int k, const void **one)
{
	*one = constant ? (const void *) &pattern->constant[k].one : (const void *) &pattern->var[k].one;
	return constant ? (const void *) pattern->constant[k].value : (const void *) pattern->var[k].index;
}

static bool
same_column(const CoPattern *pattern, bool constant, int k, int l)
{
	size_t		size = constant ? sizeof(double) : sizeof(int);
	const void *one_k,
			   *one_l;
	const void *data_k = column_data(pattern, constant, k, &one_k);
	const void *data_l = column_data(pattern, constant, l, &one_l);

	if (!data_k || !data_l)
		return !data_k && !data_l && memcmp(one_k, one_l, size) == 0;
	return memcmp(data_k, data_l, (size_t) (constant ? pattern->n : pattern->n_unit) * size) == 0;
}

static CoRc
find_equal_columns(Compiler *compiler, bool constant, int n, int **first)
{
	CoArena    *scratch = compiler->scratch;
	size_t		size = constant ? sizeof(double) : sizeof(int);
	int			n_slot = 4;
	int		   *slot;

	while (n_slot < 2 * n)
		n_slot *= 2;
	*first = co_take_ints(scratch, (size_t) n);
	slot = co_take_ints(scratch, (size_t) n_slot);
	if (co_arena_failed(scratch))
		return co_arena_failed(scratch);
	memset(slot, -1, (size_t) n_slot * sizeof(int));
	for (int k = 0; k < n; k++)
	{
		const void *one;
		const void *data = column_data(compiler->pattern, constant, k, &one);
		int			at = (int) (hash_column(data, one, size) & (uint64_t) (n_slot - 1));

		while (slot[at] >= 0 && !same_column(compiler->pattern, constant, slot[at], k))
			at = (at + 1) & (n_slot - 1);
		if (slot[at] < 0)
			slot[at] = k;
		(*first)[k] = slot[at];
	}
	return CO_OK;
}

/* Walks a skeleton: op, and the slots that it takes from constant and var on. */
typedef struct Walk
{
	int			at;
	int			constant,
				var;			/* next slots */
	int			op;
	int			exponent;
	int			n;				/* CO_OP_AFFINE */
	int			first_constant,
				first_var;		/* of this operation */
} Walk;

static bool
next_op(const CoPattern *pattern, Walk *walk)
{
	if (walk->at >= pattern->n_key)
		return false;
	walk->op = pattern->key[walk->at++];
	walk->first_constant = walk->constant;
	walk->first_var = walk->var;
	if (walk->op == CO_OP_AFFINE)
	{
		int32_t		n;

		memcpy(&n, pattern->key + walk->at, sizeof n);
		walk->at += (int) sizeof n;
		walk->n = n;
		walk->constant += n + 1;
		walk->var += n;
	}
	else if (walk->op == CO_SKELETON_POWER)
		walk->exponent = (int8_t) pattern->key[walk->at++];
	else if (walk->op == CO_OP_CONST || walk->op == CO_SKELETON_ADD)
		walk->constant++;
	return true;
}

static bool
same_form(const Compiler *compiler, const CoArgument *form, const Walk *walk)
{
	bool		same = form->n == walk->n && form->coef &&
		form->constant == compiler->column[walk->first_constant];

	for (int k = 0; k < form->n && same; k++)
		same = form->coef[k] == compiler->column[walk->first_constant + 1 + k] &&
			form->var[k] == compiler->var[walk->first_var + k];
	return same;
}

static void
add_plain(Compiler *compiler, int var)
{
	CoPattern  *pattern = compiler->pattern;
	int			first = compiler->var[var];

	if (compiler->plain[first] < 0)
	{
		compiler->plain[first] = pattern->n_argument;
		pattern->argument[pattern->n_argument++] = (CoArgument) {1, -1, NULL, &compiler->var[first]};
	}
	compiler->occurrence[compiler->n_occurrence++] = compiler->plain[first];
}

static CoRc
add_form(Compiler *compiler, const Walk *walk)
{
	CoPattern  *pattern = compiler->pattern;
	CoArgument *form = &pattern->argument[pattern->n_argument];
	int			k;

	/* Few formulas have more than a handful of forms. */
	for (k = 0; k < pattern->n_argument; k++)
		if (same_form(compiler, &pattern->argument[k], walk))
			break;
	compiler->occurrence[compiler->n_occurrence++] = k;
	if (k < pattern->n_argument)
		return CO_OK;
	pattern->n_argument++;
	form->n = walk->n;
	form->constant = compiler->column[walk->first_constant];
	form->coef = co_take_ints(compiler->arena, 2 * (size_t) walk->n);
	if (!form->coef)
		return co_arena_failed(compiler->arena);
	form->var = form->coef + walk->n;
	for (k = 0; k < walk->n; k++)
	{
		form->coef[k] = compiler->column[walk->first_constant + 1 + k];
		form->var[k] = compiler->var[walk->first_var + k];
	}
	return CO_OK;
}

static CoRc
find_arguments(Compiler *compiler)
{
	CoPattern  *pattern = compiler->pattern;
	size_t		n_var = (size_t) pattern->n_var;
	Walk		walk = {0};
	CoRc		rc;

	if ((rc = find_equal_columns(compiler, true, pattern->n_const, &compiler->column)) ||
		(rc = find_equal_columns(compiler, false, pattern->n_var - 1, &compiler->var)))
		return rc;
	compiler->plain = co_take_ints(compiler->scratch, n_var);
	compiler->occurrence = co_take_ints(compiler->scratch, n_var);
	pattern->argument = co_take(compiler->scratch, n_var, sizeof *pattern->argument);
	if ((rc = co_arena_failed(compiler->scratch)))
		return rc;
	memset(compiler->plain, -1, n_var * sizeof(int));
	while (!rc && next_op(pattern, &walk))
		if (walk.op == CO_OP_AFFINE && walk.n == 1)
			add_plain(compiler, walk.first_var);
		else if (walk.op == CO_OP_AFFINE)
			rc = add_form(compiler, &walk);
	return rc;
}

/* Out of the scratch: the arguments, and the columns of the plain ones. */
static CoRc
keep_arguments(Compiler *compiler)
{
	CoPattern  *pattern = compiler->pattern;
	size_t		n = (size_t) pattern->n_argument;
	CoArgument *kept = co_take(compiler->arena, n, sizeof *kept);
	int		   *var = co_take_ints(compiler->arena, n);

	if (co_arena_failed(compiler->arena))
		return co_arena_failed(compiler->arena);
	for (size_t k = 0; k < n; k++)
	{
		kept[k] = pattern->argument[k];
		if (!kept[k].coef)
		{
			var[k] = kept[k].var[0];
			kept[k].var = &var[k];
		}
	}
	pattern->argument = kept;
	return CO_OK;
}

static bool
is_alike(const CoPattern *pattern, const CoArgument *argument)
{
	bool		alike = !argument->coef || !pattern->constant[argument->constant].value;

	for (int k = 0; k < argument->n && alike; k++)
		alike = !pattern->var[argument->var[k]].index &&
			!(argument->coef && pattern->constant[argument->coef[k]].value);
	return alike;
}

static int
column_node(Compiler *compiler, int k)
{
	const CoColumn *column = &compiler->pattern->constant[k];

	return column->value ? co_dag_column(&compiler->dag, compiler->column[k]) :
		co_dag_number(&compiler->dag, column->one);
}

/* The operation's node from its operands a and b. */
static int
build_op(Compiler *compiler, const Walk *walk, int a, int b)
{
	CoDag	   *dag = &compiler->dag;

	switch (walk->op)
	{
		case CO_SKELETON_ADD:
			return co_dag_add(dag, a, co_dag_mul(dag, column_node(compiler, walk->first_constant), b));
		case CO_SKELETON_POWER:
			return co_dag_power(dag, a, walk->exponent);
		case CO_OP_MUL:
			return co_dag_mul(dag, a, b);
		case CO_OP_DIV:
			return co_dag_div(dag, a, b);
		default:
			return co_dag_function(dag, (CoOp) walk->op, a, b);
	}
}

static int
build_operand(Compiler *compiler, const Walk *walk, int *occurrence)
{
	CoDag	   *dag = &compiler->dag;
	int			argument;

	if (walk->op == CO_OP_CONST)
		return column_node(compiler, walk->first_constant);
	argument = compiler->node[compiler->occurrence[(*occurrence)++]];
	if (walk->n == 1)
		return co_dag_add(dag, column_node(compiler, walk->first_constant),
						  co_dag_mul(dag, column_node(compiler, walk->first_constant + 1), argument));
	return argument;
}

static int
skeleton_arity(int op)
{
	return op == CO_SKELETON_ADD ? 2 : op == CO_SKELETON_POWER ? 1 : co_op_arity((CoOp) op);
}

static CoRc
build(Compiler *compiler)
{
	CoPattern  *pattern = compiler->pattern;
	CoDag	   *dag = &compiler->dag;
	int		   *stack = co_take_ints(compiler->scratch, CO_MAX_DEPTH + 1);
	int			depth = 0,
				occurrence = 0;
	Walk		walk = {0};

	compiler->node = co_take_ints(compiler->scratch, (size_t) pattern->n_argument);
	if (co_arena_failed(compiler->scratch))
		return co_arena_failed(compiler->scratch);
	for (int k = 0; k < pattern->n_argument; k++)
		compiler->node[k] = co_dag_argument(dag, k, is_alike(pattern, &pattern->argument[k]));
	while (next_op(pattern, &walk) && !co_arena_failed(dag->arena))
	{
		int			arity = skeleton_arity(walk.op);

		if (arity == 0)
		{
			stack[depth++] = build_operand(compiler, &walk, &occurrence);
			continue;
		}
		depth -= arity - 1;
		stack[depth - 1] = build_op(compiler, &walk, stack[depth - 1], arity == 2 ? stack[depth] : -1);
	}
	compiler->formula = stack[0];
	compiler->root = co_dag_mul(dag, column_node(compiler, pattern->n_const - 1), stack[0]);
	return co_arena_failed(dag->arena);
}

/* Registers by last use; those of values alike for all instances are kept. */
typedef struct Scheduler
{
	const CoDag *dag;
	CoProgram  *program;
	int		   *last;			/* [dag n] last node that uses it; -1: unused */
	int		   *reg;			/* [dag n] */
	int		   *free;			/* [dag n] stack of registers */
	int			n_free;
} Scheduler;

static void
use(Scheduler *scheduler, int node, int by)
{
	if (node >= 0 && scheduler->last[node] < by)
		scheduler->last[node] = by;
}

/* Operands that are nodes. */
static void
operands(const CoNode *node, int operand[3])
{
	bool		leaf = node->op <= CO_DAG_WEIGHT;

	operand[0] = leaf ? -1 : node->a;
	operand[1] = leaf || node->op == CO_DAG_WHOLE_POWER ? -1 : node->b;
	operand[2] = leaf ? -1 : node->c;
}

static int
mark_needed(Scheduler *scheduler, int n_out, const int *out)
{
	const CoDag *dag = scheduler->dag;
	int			n = 0;

	for (int k = 0; k < dag->n; k++)
		scheduler->last[k] = -1;
	for (int k = 0; k < n_out; k++)
		use(scheduler, out[k], INT_MAX);
	for (int k = dag->n - 1; k >= 0; k--)
	{
		int			operand[3];

		if (scheduler->last[k] < 0)
			continue;
		operands(&dag->node[k], operand);
		for (int o = 0; o < 3; o++)
			use(scheduler, operand[o], dag->node[k].alike ? INT_MAX : k);
		if (dag->node[k].alike)
			scheduler->last[k] = INT_MAX;
		if (dag->node[k].op != CO_DAG_COLUMN)
			n++;
	}
	return n;
}

static int
place(const Scheduler *scheduler, int node)
{
	if (node < 0)
		return -1;
	return scheduler->dag->node[node].op == CO_DAG_COLUMN ?
		CO_STEP_COLUMN + scheduler->dag->node[node].a : scheduler->reg[node];
}

static void
put_step(Scheduler *scheduler, int k)
{
	CoProgram  *program = scheduler->program;
	const CoNode *node = &scheduler->dag->node[k];
	CoStep	   *step = &program->step[program->n_step++];
	int			operand[3];

	operands(node, operand);
	*step = (CoStep) {node->op, 0, node->a, node->b, node->c};
	if (operand[0] >= 0)
		step->a = place(scheduler, operand[0]);
	if (operand[1] >= 0)
		step->b = place(scheduler, operand[1]);
	if (operand[2] >= 0)
		step->c = place(scheduler, operand[2]);

	/*
	 * An operand read here for the last time may give its register to the
	 * result.
	 */
	for (int o = 0; o < 3 && !node->alike; o++)
	{
		bool		again = (o > 0 && operand[o] == operand[0]) || (o > 1 && operand[o] == operand[1]);

		if (operand[o] >= 0 && !again && scheduler->last[operand[o]] == k &&
			scheduler->dag->node[operand[o]].op != CO_DAG_COLUMN)
			scheduler->free[scheduler->n_free++] = scheduler->reg[operand[o]];
	}
	step->out = scheduler->n_free > 0 && !node->alike ?
		scheduler->free[--scheduler->n_free] : program->n_register++;
	scheduler->reg[k] = step->out;
}

/* Numbers in a program: bits in b and c. */
static void
put_number(CoStep *step, double value)
{
	uint64_t	bits;

	memcpy(&bits, &value, sizeof bits);
	step->b = (int) (uint32_t) bits;
	step->c = (int) (uint32_t) (bits >> 32);
}

static CoRc
schedule(Compiler *compiler, int n_out, const int *out, CoProgram *program)
{
	CoArena    *scratch = compiler->scratch;
	const CoDag *dag = &compiler->dag;
	size_t		n = (size_t) dag->n;
	Scheduler	scheduler = {.dag = dag, .program = program};

	scheduler.last = co_take_ints(scratch, n);
	scheduler.reg = co_take_ints(scratch, n);
	scheduler.free = co_take_ints(scratch, n);
	if (co_arena_failed(scratch))
		return co_arena_failed(scratch);
	program->step = co_take(compiler->arena, (size_t) mark_needed(&scheduler, n_out, out),
							sizeof *program->step);
	program->out = co_take_ints(compiler->arena, (size_t) n_out);
	if (co_arena_failed(compiler->arena))
		return co_arena_failed(compiler->arena);
	for (int pass = 0; pass < 2; pass++)
	{
		CoRc		rc = co_poll(scratch);

		if (rc)
			return rc;
		for (int k = 0; k < dag->n; k++)
		{
			if (scheduler.last[k] < 0 || dag->node[k].op == CO_DAG_COLUMN ||
				dag->node[k].alike != (pass == 0))
				continue;
			put_step(&scheduler, k);
			if (dag->node[k].op == CO_DAG_NUMBER)
				put_number(&program->step[program->n_step - 1], dag->node[k].value);
		}
		if (pass == 0)
			program->n_once = program->n_step;
	}
	program->n_out = n_out;
	for (int k = 0; k < n_out; k++)
		program->out[k] = place(&scheduler, out[k]);
	return CO_OK;
}

static CoRc
compile_gradient(Compiler *compiler)
{
	CoPattern  *pattern = compiler->pattern;
	CoDag	   *dag = &compiler->dag;
	int			n_known = dag->n;
	int		   *adjoint = co_take_ints(compiler->scratch, (size_t) n_known);
	int		   *out = co_take_ints(compiler->scratch, (size_t) pattern->n_argument + 1);
	int			n_out = 1,
				n_cell = 0;
	CoRc		rc = co_arena_failed(compiler->scratch);

	if (rc || (rc = co_dag_gradient(dag, compiler->root, dag->one, adjoint)))
		return rc;

	/* A root that is a number, for a factor is 0, comes before arguments. */
	for (int k = compiler->root + 1; k < n_known; k++)
		adjoint[k] = dag->zero;
	out[0] = compiler->root;
	for (int p = 0; p < pattern->n_argument; p++)
		if (adjoint[compiler->node[p]] != dag->zero)
			n_cell += pattern->argument[p].n;
	pattern->gradient_cell = co_take(compiler->arena, (size_t) n_cell, sizeof(CoCell));
	if (!pattern->gradient_cell)
		return co_arena_failed(compiler->arena);
	for (int p = 0; p < pattern->n_argument; p++)
	{
		const CoArgument *arg = &pattern->argument[p];

		if (adjoint[compiler->node[p]] == dag->zero)
			continue;
		for (int k = 0; k < arg->n; k++)
			pattern->gradient_cell[pattern->n_gradient++] = (CoCell) {
				n_out, arg->coef ? arg->coef[k] : -1, -1, arg->var[k], -1, false, {NULL, 0}
			};
		out[n_out++] = adjoint[compiler->node[p]];
	}
	return schedule(compiler, n_out, out, &pattern->gradient);
}

static void
put_cells(CoPattern *pattern, int out, const CoSecond *second)
{
	const CoArgument *p = &pattern->argument[second->i];
	const CoArgument *q = &pattern->argument[second->j];

	for (int k = 0; k < p->n; k++)
		for (int l = 0; l < (p == q ? k + 1 : q->n); l++)
			pattern->hessian_cell[pattern->n_hessian++] = (CoCell) {
				out, p->coef ? p->coef[k] : -1, q->coef ? q->coef[l] : -1,
				p->var[k], q->var[l], p == q && k == l, {NULL, 0}
			};
}

static CoRc
compile_hessian(Compiler *compiler)
{
	CoPattern  *pattern = compiler->pattern;
	CoDag	   *dag = &compiler->dag;
	int			scale = column_node(compiler, pattern->n_const - 1);
	int			seed = pattern->factored ? scale : co_dag_mul(dag, scale, co_dag_weight(dag));
	int		   *out;
	CoSecond   *second;
	int			n;
	size_t		n_cell = 0;
	CoRc		rc = co_dag_hessian(dag, compiler->formula, seed, &second, &n);

	if (rc)
		return rc;
	for (int k = 0; k < n; k++)
	{
		size_t		n_p = (size_t) pattern->argument[second[k].i].n;
		size_t		n_q = (size_t) pattern->argument[second[k].j].n;

		n_cell += second[k].i == second[k].j ? n_p * (n_p + 1) / 2 : n_p * n_q;
	}
	if (n_cell > INT_MAX)
		n_cell = SIZE_MAX;		/* refused by the take */
	out = co_take_ints(compiler->scratch, (size_t) n);
	pattern->hessian_cell = co_take(compiler->arena, n_cell, sizeof(CoCell));
	if ((rc = co_arena_failed(compiler->scratch)) || (rc = co_arena_failed(compiler->arena)))
		return rc;
	for (int k = 0; k < n; k++)
	{
		out[k] = second[k].node;
		put_cells(pattern, k, &second[k]);
	}
	return schedule(compiler, n, out, &pattern->hessian);
}

CoRc
co_pattern_compile(CoArena *arena, CoArena *scratch, CoPattern *pattern)
{
	CoMark		mark = co_mark(scratch);
	Compiler	compiler = {.arena = arena, .scratch = scratch, .pattern = pattern};
	CoRc		rc;

	pattern->factored = !pattern->var[pattern->n_var - 1].index;
	pattern->n_argument = 0;
	if ((rc = find_arguments(&compiler)) || (rc = keep_arguments(&compiler)) ||
		(rc = co_dag_init(&compiler.dag, scratch)) || (rc = build(&compiler)) ||
		(rc = schedule(&compiler, 1, &compiler.root, &pattern->value)) ||
		(rc = compile_gradient(&compiler)) || (rc = compile_hessian(&compiler)))
		return rc;
	co_rewind(scratch, mark);
	return CO_OK;
}
