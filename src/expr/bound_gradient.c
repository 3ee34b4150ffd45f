/*-------------------------------------------------------------------------
 *
 * expr/bound_gradient.c
 *	  Derivatives of a formula by its leaves: one pass forwards for the values,
 *	  one backwards for the derivatives.
 *
 * Bounds are few and short beside a problem's rows, and their derivatives are
 * asked for at a handful of points; so there is no need for nlp/pattern*, which
 * compiles formulas for thousands of evaluations.
 *
 *-------------------------------------------------------------------------
 */
#include "expr/bound.h"

#include <math.h>

#include "expr/code.h"

typedef struct Node				/* one operation */
{
	CoInstr		instr;
	int			arg[2];			/* nodes */
	double		value,
				slope;			/* of the whole formula, by this value */
} Node;

typedef struct Tape
{
	int			n;
	Node	   *node;			/* [n] arguments before what they are of */
	int		   *stack;			/* [CO_MAX_DEPTH] */
} Tape;

static double
instr_value(const CoInstr *instr, const Node *node, const int *arg, const double *leaf)
{
	switch (instr->op)
	{
		case CO_OP_CONST:
			return instr->value;
		case CO_OP_LEAF:
			return leaf[instr->leaf];
		case CO_OP_AFFINE:
			return co_code_affine_value(instr, leaf);
		default:
			return co_op_eval(instr->op, node[arg[0]].value,
							  co_op_arity(instr->op) > 1 ? node[arg[1]].value : 0.0);
	}
}

/* Each operation takes a byte at least, so term->length nodes are enough. */
static void
forwards(Tape *tape, const CoCodeTerm *term, const double *leaf)
{
	int			at = 0,
				top = 0;
	CoInstr		instr;

	for (tape->n = 0; co_code_next(term->code, term->length, &at, &instr); tape->n++)
	{
		Node	   *node = &tape->node[tape->n];
		int			arity = co_instr_arity(&instr);

		*node = (Node) {.instr = instr};
		top -= arity;
		for (int k = 0; k < arity; k++)
			node->arg[k] = tape->stack[top + k];
		node->value = instr_value(&instr, tape->node, node->arg, leaf);
		tape->stack[top++] = tape->n;
	}
}

/* d[0] and d[1]: derivatives of v = op(a, b). */
static void
partials(CoOp op, double a, double b, double v, double *d)
{
	d[0] = d[1] = 0.0;
	switch (op)
	{
		case CO_OP_NEG:
			d[0] = -1.0;
			break;
		case CO_OP_ADD:
			d[0] = d[1] = 1.0;
			break;
		case CO_OP_SUB:
			d[0] = 1.0;
			d[1] = -1.0;
			break;
		case CO_OP_MUL:
			d[0] = b;
			d[1] = a;
			break;
		case CO_OP_DIV:
			d[0] = 1.0 / b;
			d[1] = -v / b;
			break;
		case CO_OP_POW:
			partials(CO_OP_POWER, a, b, v, d);
			break;
#define CO_FUNCTION1(symbol, word, value, d1, d2, low, high) \
		case CO_OP_##symbol: \
			d[0] = (d1); \
			break;
#define CO_FUNCTION2(symbol, word, value, da, db, daa, dab, dbb, low, high) \
		case CO_OP_##symbol: \
			d[0] = (da); \
			d[1] = (db); \
			break;
#include "expr/ops.def"
#undef CO_FUNCTION1
#undef CO_FUNCTION2
		default:
			break;
	}
}

/* A derivative by a constant is never asked for: it may be NaN, as that of a^2 by 2. */
static void
pass_on(Tape *tape, const Node *node)
{
	int			arity = co_instr_arity(&node->instr);
	double		a = tape->node[node->arg[0]].value,
				b = arity > 1 ? tape->node[node->arg[1]].value : 0.0,
				d[2];

	partials(node->instr.op, a, b, node->value, d);
	for (int k = 0; k < arity; k++)
		if (tape->node[node->arg[k]].instr.op != CO_OP_CONST)
			tape->node[node->arg[k]].slope += node->slope * d[k];
}

static void
backwards(Tape *tape, double scale, double *gradient)
{
	if (tape->n > 0)
		tape->node[tape->n - 1].slope = scale;
	for (int i = tape->n - 1; i >= 0; i--)
	{
		const Node *node = &tape->node[i];

		if (node->instr.op == CO_OP_LEAF)
			gradient[node->instr.leaf] += node->slope;
		else if (node->instr.op != CO_OP_AFFINE)
			pass_on(tape, node);
		else
			for (int k = 0; k < node->instr.n; k++)
			{
				double		coef;
				int			leaf;

				co_code_affine_term(&node->instr, k, &coef, &leaf);
				gradient[leaf] += node->slope * coef;
			}
	}
}

CoRc
co_bound_gradient(CoArena *arena, CoCodeTerms formula, const double *leaf, double *gradient)
{
	CoMark		mark = co_mark(arena);
	Tape		tape = {
		.node = co_take(arena, (size_t) formula.length, sizeof *tape.node),
		.stack = co_take_ints(arena, CO_MAX_DEPTH + 1)
	};
	int			at = 0;
	CoCodeTerm	term;
	CoRc		rc = co_arena_failed(arena);

	while (!rc && co_code_term(formula.code, formula.length, &at, &term))
	{
		forwards(&tape, &term, leaf);
		backwards(&tape, term.scale, gradient);
		rc = co_poll(arena);
	}
	co_rewind(arena, mark);
	return rc;
}
