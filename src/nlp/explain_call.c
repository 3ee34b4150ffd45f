/*-------------------------------------------------------------------------
 *
 * nlp/explain_call.c
 *	  The functions of explain_call.h.
 *
 * [R82] Ridders, "Accurate computation of F'(x) and F'(x)F''(x)", Adv. Eng.
 * Software 4 (1982) 75-76: differences with steps that are halved, extrapolated
 * to a step of 0 in a table; the estimate whose neighbours agree best is taken,
 * and how well they agree is its error.  Central differences where there is room
 * on both sides, else one-sided ones, whose error has all powers of the step.
 *
 *-------------------------------------------------------------------------
 */
#include "nlp/explain_call.h"

#include <float.h>

#include "base/hash.h"
#include "base/vec.h"
#include "expr/code.h"

/* Halvings of the step, and the first one, relative to max(1, |argument|). */
#define N_STEP			12
#define FIRST_STEP		0.0625

/* An estimate that is this much worse than the best ends the table [R82]. */
#define WORSE			2.0

/* A step that differs by less than this from 0, relative, is none. */
#define NO_STEP			(64.0 * DBL_EPSILON)

typedef struct Operand
{
	double		value,
				low,			/* what the variables' bounds allow */
				high;
} Operand;

typedef struct Check
{
	CoArena    *arena;
	const CoBlock *block;
	const double *leaf;
	CoEachCallCheck each;
	void	   *state;
	Operand    *stack;			/* [CO_MAX_DEPTH] */
	uint64_t   *seen;			/* [mask + 1] hashes of calls, 0: empty */
	int			mask;
	double	   *argument,		/* [CO_MAX_ARGUMENTS] */
			   *moved,
			   *gradient;
} Check;

/*--------------------------------------------------------------------------
 * Differences
 *--------------------------------------------------------------------------
 */

/* The function with argument k moved by step. */
static double
value_at(Check *c, const CoInstr *call, int k, double step)
{
	co_copy(call->n, c->argument, c->moved);
	c->moved[k] += step;
	return co_call_value(c->arena->env, call->function, call->n, c->moved);
}

/* One difference; side 0: central. */
static double
quotient(Check *c, const CoInstr *call, int k, double step, int side, double middle)
{
	if (side == 0)
		return (value_at(c, call, k, step) - value_at(c, call, k, -step)) / (2.0 * step);
	return (value_at(c, call, k, side * step) - middle) / (side * step);
}

/* The table of [R82]; it begins anew after a value that is not finite. */
static CoRc
extrapolate(Check *c, const CoInstr *call, int k, double step, int side, double middle,
			double *best, double *error)
{
	double		table[N_STEP][N_STEP],
				power = side == 0 ? 4.0 : 2.0;
	int			row = 0;
	CoRc		rc = CO_OK;

	*best = NAN;
	*error = INFINITY;
	for (int trial = 0; trial < N_STEP && !rc; trial++, step *= 0.5)
	{
		double		factor = power;

		table[row][0] = quotient(c, call, k, step, side, middle);
		rc = co_poll(c->arena);
		if (rc || !isfinite(table[row][0]))
		{
			row = 0;			/* the table needs steps without gaps */
			continue;
		}
		if (row == 0 && isnan(*best))
			*best = table[0][0];
		for (int j = 1; j <= row; j++, factor *= side == 0 ? 4.0 : 2.0)
		{
			double		apart;

			table[row][j] = (factor * table[row][j - 1] - table[row - 1][j - 1]) / (factor - 1.0);
			apart = co_max(fabs(table[row][j] - table[row][j - 1]),
						   fabs(table[row][j] - table[row - 1][j - 1]));
			if (apart <= *error)
			{
				*error = apart;
				*best = table[row][j];
			}
		}
		if (row > 0 && fabs(table[row][row] - table[row - 1][row - 1]) >= WORSE * *error)
			break;
		row++;
	}
	return rc;
}

static CoRc
difference(Check *c, const CoInstr *call, int k, const Operand *operand, double middle,
		   CoCallCheck *out)
{
	double		size = co_max(1.0, fabs(operand->value)),
				up = co_min(FIRST_STEP * size, operand->high - operand->value),
				down = co_min(FIRST_STEP * size, operand->value - operand->low),
				least = NO_STEP * size;

	out->difference = NAN;
	out->error = NAN;
	if (co_min(up, down) >= 0.01 * FIRST_STEP * size)
		return extrapolate(c, call, k, co_min(up, down), 0, middle, &out->difference, &out->error);
	if (co_max(up, down) <= least || !isfinite(middle))
		return CO_OK;
	return extrapolate(c, call, k, co_max(up, down), up >= down ? 1 : -1, middle,
					   &out->difference, &out->error);
}

/*--------------------------------------------------------------------------
 * Calls
 *--------------------------------------------------------------------------
 */

static uint64_t
hash_text(uint64_t hash, const char *text)
{
	for (; *text; text++)
		hash = co_hash_word(hash, (unsigned char) *text);
	return co_hash_word(hash, 0x100);
}

/* Was there one with the same functions and arguments before? */
static bool
is_seen(Check *c, const CoInstr *call)
{
	uint64_t	hash = hash_text(hash_text(CO_HASH_BASIS, call->function), call->gradient);

	for (int k = 0; k < call->n; k++)
		hash = co_hash_word(hash, co_double_bits(c->argument[k]));
	hash += hash == 0;
	for (uint64_t slot = hash & (uint64_t) c->mask;; slot = (slot + 1) & (uint64_t) c->mask)
	{
		if (c->seen[slot] == hash)
			return true;
		if (c->seen[slot] == 0)
		{
			c->seen[slot] = hash;
			return false;
		}
	}
}

static CoRc
check_call(Check *c, int row, const CoInstr *call, const Operand *operand, double *value)
{
	const CoEnv *env = c->arena->env;
	bool		has_gradient = call->gradient[0] != '\0';
	CoRc		rc = CO_OK;

	for (int k = 0; k < call->n; k++)
		c->argument[k] = operand[k].value;
	*value = co_call_value(env, call->function, call->n, c->argument);
	if (!co_all_finite(call->n, c->argument) || is_seen(c, call))
		return co_poll(c->arena);
	if (has_gradient && !env->call(env->self, call->gradient, true, call->n, c->argument, c->gradient))
		co_fill(call->n, NAN, c->gradient);
	for (int k = 0; k < call->n && !rc; k++)
	{
		CoCallCheck out = {.row = row, .function = call->function, .gradient = call->gradient,
			.argument = k, .at = c->argument[k],
		.given = has_gradient ? c->gradient[k] : NAN};

		rc = difference(c, call, k, &operand[k], *value, &out);
		if (!rc)
			c->each(c->state, &out);
	}
	return rc;
}

/* constant + sum coef * [lower, upper] */
static Operand
affine_operand(const Check *c, const CoInstr *instr)
{
	Operand		sum = {instr->value, instr->value, instr->value};

	for (int k = 0; k < instr->n; k++)
	{
		double		coef;
		int			leaf;
		bool		fixed;

		co_code_affine_term(instr, k, &coef, &leaf);
		if (coef == 0.0)
			continue;
		fixed = c->block->leaf_kind[leaf] == CO_LEAF_PARAMETER;
		sum.value += coef * c->leaf[leaf];
		sum.low += coef * (fixed ? c->leaf[leaf] : coef > 0.0 ? c->block->leaf_lower[leaf]
						   : c->block->leaf_upper[leaf]);
		sum.high += coef * (fixed ? c->leaf[leaf] : coef > 0.0 ? c->block->leaf_upper[leaf]
							: c->block->leaf_lower[leaf]);
	}
	return sum;
}

static Operand
leaf_operand(const Check *c, int leaf)
{
	if (c->block->leaf_kind[leaf] == CO_LEAF_PARAMETER)
		return (Operand) {c->leaf[leaf], c->leaf[leaf], c->leaf[leaf]};
	return (Operand) {c->leaf[leaf], c->block->leaf_lower[leaf], c->block->leaf_upper[leaf]};
}

/* A number is a constant argument: its derivative is asked for all the same. */
static Operand
free_operand(double value)
{
	return (Operand) {value, -INFINITY, INFINITY};
}

static CoRc
walk_term(Check *c, int row, const CoCodeTerm *term)
{
	int			at = 0,
				top = 0;
	CoInstr		instr;
	CoRc		rc = CO_OK;

	while (!rc && co_code_next(term->code, term->length, &at, &instr))
	{
		int			arity = co_instr_arity(&instr);
		Operand    *operand = c->stack + top - arity;
		double		value;

		if (arity > top || top - arity >= CO_MAX_DEPTH)
			return CO_BAD_INPUT;
		if (instr.op == CO_OP_CALL)
		{
			rc = check_call(c, row, &instr, operand, &value);
			*operand = free_operand(value);
		}
		else if (instr.op == CO_OP_CONST)
			*operand = free_operand(instr.value);
		else if (instr.op == CO_OP_LEAF)
			*operand = leaf_operand(c, instr.leaf);
		else if (instr.op == CO_OP_AFFINE)
			*operand = affine_operand(c, &instr);
		else
			*operand = free_operand(co_op_eval(instr.op, operand[0].value,
											   arity > 1 ? operand[1].value : 0.0));
		top += 1 - arity;
	}
	return rc;
}

static size_t
count_calls(const CoBlock *block)
{
	size_t		n = 0;
	int			at = 0;
	CoCodeTerm	term;

	while (co_code_term(block->code, block->n_code, &at, &term))
	{
		int			op_at = 0;
		CoInstr		instr;

		while (co_code_next(term.code, term.length, &op_at, &instr))
			n += instr.op == CO_OP_CALL;
	}
	return n;
}

static CoRc
take_check(Check *c)
{
	size_t		n = count_calls(c->block),
				slots = 16;

	while (slots < 2 * n)
		slots *= 2;
	c->mask = (int) (slots - 1);
	c->seen = co_take_zero(c->arena, slots, sizeof *c->seen);
	c->stack = co_take(c->arena, CO_MAX_DEPTH + 1, sizeof *c->stack);
	c->argument = co_take_doubles(c->arena, CO_MAX_ARGUMENTS);
	c->moved = co_take_doubles(c->arena, CO_MAX_ARGUMENTS);
	c->gradient = co_take_doubles(c->arena, CO_MAX_ARGUMENTS);
	return co_arena_failed(c->arena);
}

CoRc
co_check_calls(CoArena *arena, const CoBlock *problem, const double *leaf, CoEachCallCheck each,
			   void *state)
{
	CoMark		mark = co_mark(arena);
	Check		c = {.arena = arena, .block = problem, .leaf = leaf, .each = each, .state = state};
	CoRc		rc = take_check(&c);

	for (int row = 0; row < problem->n_row && !rc; row++)
	{
		int			at = co_row_start(problem->code_end, row);
		CoCodeTerm	term;

		while (!rc && co_code_term(problem->code, problem->code_end[row], &at, &term))
		{
			rc = walk_term(&c, row, &term);
			if (!rc)
				rc = co_poll(arena);
		}
	}
	if (!rc)
		co_rewind(arena, mark);
	return rc;
}
