/*-------------------------------------------------------------------------
 *
 * expr/code.c
 *	  Operations and postfix code: walking, checking, evaluating.
 *
 *-------------------------------------------------------------------------
 */
#include "expr/code.h"

#include <math.h>
#include <string.h>

/* Bytes of one (coefficient, leaf) of CO_OP_AFFINE. */
#define AFFINE_TERM		12

int
co_op_arity(CoOp op)
{
	switch (op)
	{
		case CO_OP_CONST:
		case CO_OP_LEAF:
		case CO_OP_AFFINE:
		case CO_OP_INT:
		case CO_OP_TERM:
		case CO_OP_FORM:
			return 0;
		case CO_OP_NEG:
#define CO_FUNCTION1(symbol, word, value, d1, d2, low, high) case CO_OP_##symbol:
#define CO_FUNCTION2(symbol, word, value, da, db, daa, dab, dbb, low, high)
#include "expr/ops.def"
#undef CO_FUNCTION1
#undef CO_FUNCTION2
			return 1;
		default:
			return 2;
	}
}

const char *
co_op_word(CoOp op)
{
	switch (op)
	{
		case CO_OP_NEG:
		case CO_OP_SUB:
			return "-";
		case CO_OP_ADD:
			return "+";
		case CO_OP_MUL:
			return "*";
		case CO_OP_DIV:
			return "/";
		case CO_OP_POW:
			return "^";
#define CO_FUNCTION1(symbol, word, value, d1, d2, low, high) case CO_OP_##symbol: return word;
#define CO_FUNCTION2(symbol, word, value, da, db, daa, dab, dbb, low, high) \
		case CO_OP_##symbol: return word;
#include "expr/ops.def"
#undef CO_FUNCTION1
#undef CO_FUNCTION2
		default:
			return "";
	}
}

bool
co_op_find(const char *word, size_t length, CoOp *op)
{
	for (int k = CO_OP_POW + 1; k < CO_N_OP; k++)
	{
		const char *known = co_op_word((CoOp) k);

		if (strlen(known) == length && memcmp(known, word, length) == 0)
		{
			*op = (CoOp) k;
			return true;
		}
	}
	return false;
}

double
co_op_eval(CoOp op, double a, double b)
{
	switch (op)
	{
		case CO_OP_NEG:
			return -a;
		case CO_OP_ADD:
			return a + b;
		case CO_OP_SUB:
			return a - b;
		case CO_OP_MUL:
			return a * b;
		case CO_OP_DIV:
			return a / b;
		case CO_OP_POW:
			/* pow() is no faster for the commonest exponent. */
			return b == 2.0 ? a * a : pow(a, b);
#define CO_FUNCTION1(symbol, word, value, d1, d2, low, high) case CO_OP_##symbol: return value;
#define CO_FUNCTION2(symbol, word, value, da, db, daa, dab, dbb, low, high) \
		case CO_OP_##symbol: return value;
#include "expr/ops.def"
#undef CO_FUNCTION1
#undef CO_FUNCTION2
		default:
			return NAN;
	}
}

static double
read_double(const uint8_t *from)
{
	double		value;

	memcpy(&value, from, sizeof value);
	return value;
}

static int
read_int(const uint8_t *from)
{
	int32_t		value;

	memcpy(&value, from, sizeof value);
	return value;
}

static bool
next_affine(const uint8_t *code, int length, int *at, CoInstr *instr)
{
	const int	head = 1 + (int) sizeof(int32_t) + (int) sizeof(double);

	if (length - *at < head)
		return false;
	instr->n = read_int(code + *at + 1);
	instr->number = code + *at + 1 + sizeof(int32_t);
	instr->value = read_double(instr->number);
	instr->terms = code + *at + head;
	if (instr->n < 0 || instr->n > (length - *at - head) / AFFINE_TERM)
		return false;
	*at += head + instr->n * AFFINE_TERM;
	return true;
}

/* Operation, arguments and lengths of texts. */
#define CALL_HEAD		(1 + 3 * (int) sizeof(int32_t))

/* Room left for a text and its NUL, and both there? */
static bool
text_is_whole(const uint8_t *text, int length, int left)
{
	return length >= 0 && length < left && text[length] == '\0';
}

static bool
next_call(const uint8_t *code, int length, int *at, CoInstr *instr)
{
	const uint8_t *head = code + *at;
	int			left = length - *at - CALL_HEAD;
	int			n_function,
				n_gradient;

	if (left < 0)
		return false;
	instr->n = read_int(head + 1);
	n_function = read_int(head + 1 + sizeof(int32_t));
	n_gradient = read_int(head + 1 + 2 * sizeof(int32_t));
	head += CALL_HEAD;
	if (instr->n < 1 || instr->n > CO_MAX_ARGUMENTS || !text_is_whole(head, n_function, left))
		return false;
	instr->function = (const char *) head;
	head += n_function + 1;
	left -= n_function + 1;
	if (!text_is_whole(head, n_gradient, left))
		return false;
	instr->gradient = (const char *) head;
	*at += CALL_HEAD + n_function + n_gradient + 2;
	return true;
}

size_t
co_code_call_size(const char *function, const char *gradient)
{
	return CALL_HEAD + strlen(function) + strlen(gradient) + 2;
}

void
co_code_write_call(uint8_t *to, int n, const char *function, const char *gradient)
{
	size_t		n_function = strlen(function);
	size_t		n_gradient = strlen(gradient);
	int32_t		head[3] = {n, (int32_t) n_function, (int32_t) n_gradient};

	*to++ = CO_OP_CALL;
	memcpy(to, head, sizeof head);
	memcpy(to + sizeof head, function, n_function + 1);
	memcpy(to + sizeof head + n_function + 1, gradient, n_gradient + 1);
}

int
co_instr_arity(const CoInstr *instr)
{
	return instr->op == CO_OP_CALL ? instr->n : co_op_arity(instr->op);
}

bool
co_code_has_call(const uint8_t *code, int length)
{
	int			at = 0;
	CoInstr		instr;

	/* Most code has no such byte, and then there is nothing to walk. */
	if (length == 0 || !memchr(code, CO_OP_CALL, (size_t) length))
		return false;
	while (co_code_next(code, length, &at, &instr))
		if (instr.op == CO_OP_CALL)
			return true;
	return false;
}

/* CO_OP_TERM, CO_OP_FORM */
static bool
next_short_affine(const uint8_t *code, int length, int *at, CoInstr *instr)
{
	int			constant = instr->op == CO_OP_FORM ? (int) sizeof(double) : 0;

	if (length - *at < 1 + constant + AFFINE_TERM)
		return false;
	instr->op = CO_OP_AFFINE;
	instr->n = 1;
	instr->number = constant ? code + *at + 1 : NULL;
	instr->value = constant ? read_double(instr->number) : 0.0;
	instr->terms = code + *at + 1 + constant;
	*at += 1 + constant + AFFINE_TERM;
	return true;
}

static bool
next_constant(const uint8_t *code, int length, int *at, CoInstr *instr)
{
	bool		is_short = instr->op == CO_OP_INT;
	int			operand = is_short ? 1 : (int) sizeof(double);

	if (length - *at - 1 < operand)
		return false;
	instr->op = CO_OP_CONST;
	instr->number = is_short ? NULL : code + *at + 1;
	instr->value = is_short ? (double) (int8_t) code[*at + 1] : read_double(instr->number);
	*at += 1 + operand;
	return true;
}

bool
co_code_next(const uint8_t *code, int length, int *at, CoInstr *instr)
{
	if (*at >= length || (code[*at] >= CO_N_OP && code[*at] != CO_OP_CALL))
		return false;
	instr->op = (CoOp) code[*at];
	switch (instr->op)
	{
		case CO_OP_AFFINE:
			return next_affine(code, length, at, instr);
		case CO_OP_CALL:
			return next_call(code, length, at, instr);
		case CO_OP_TERM:
		case CO_OP_FORM:
			return next_short_affine(code, length, at, instr);
		case CO_OP_CONST:
		case CO_OP_INT:
			return next_constant(code, length, at, instr);
		case CO_OP_LEAF:
			if (length - *at - 1 < (int) sizeof(int32_t))
				return false;
			instr->leaf = read_int(code + *at + 1);
			*at += 1 + (int) sizeof(int32_t);
			return true;
		default:
			(*at)++;
			return true;
	}
}

void
co_code_affine_term(const CoInstr *instr, int k, double *coef, int *leaf)
{
	const uint8_t *term = instr->terms + (size_t) k * AFFINE_TERM;

	*coef = read_double(term);
	*leaf = read_int(term + sizeof(double));
}

void
co_code_mark_leaves(const uint8_t *code, int length, int *mark)
{
	int			at = 0;
	CoInstr		instr;

	while (co_code_next(code, length, &at, &instr))
	{
		if (instr.op == CO_OP_LEAF)
			mark[instr.leaf] = 0;
		else if (instr.op == CO_OP_AFFINE)
			for (int k = 0; k < instr.n; k++)
			{
				double		coef;
				int			leaf;

				co_code_affine_term(&instr, k, &coef, &leaf);
				mark[leaf] = 0;
			}
	}
}

static void
renumber(const uint8_t *leaf, const int *map)
{
	int32_t		value = map[read_int(leaf)];

	memcpy((uint8_t *) (uintptr_t) leaf, &value, sizeof value);
}

void
co_code_renumber(uint8_t *code, int length, const int *map)
{
	int			at = 0;
	CoInstr		instr;

	while (co_code_next(code, length, &at, &instr))
	{
		if (instr.op == CO_OP_LEAF)
			renumber(code + at - sizeof(int32_t), map);
		else if (instr.op == CO_OP_AFFINE)
			for (int k = 0; k < instr.n; k++)
				renumber(instr.terms + (size_t) k * AFFINE_TERM + sizeof(double), map);
	}
}

static inline bool
renumber_any(uint8_t *leaf, const int *map, int n_leaf)
{
	int			old = read_int(leaf);
	int32_t		value;

	if ((unsigned int) old >= (unsigned int) n_leaf)
		return false;
	value = map[old];
	memcpy(leaf, &value, sizeof value);
	return true;
}

bool
co_code_renumber_any(uint8_t *code, int length, const int *map, int n_leaf)
{
	const int	head = 1 + (int) sizeof(int32_t) + (int) sizeof(double);
	int			at = 0;
	CoInstr		instr;

	while (at < length)
	{
		int			left = length - at - 1;
		int			n;

		switch (code[at])
		{
			case CO_OP_CONST:
				at += 1 + (int) sizeof(double);
				break;
			case CO_OP_INT:
				at += 2;
				break;
			case CO_OP_FORM:
				at += (int) sizeof(double);
				/* FALLTHROUGH */
			case CO_OP_TERM:
				if (length - at - 1 < AFFINE_TERM ||
					!renumber_any(code + at + 1 + sizeof(double), map, n_leaf))
					return false;
				at += 1 + AFFINE_TERM;
				break;
			case CO_OP_LEAF:
				if (left < (int) sizeof(int32_t) || !renumber_any(code + at + 1, map, n_leaf))
					return false;
				at += 1 + (int) sizeof(int32_t);
				break;
			case CO_OP_AFFINE:
				n = left < head - 1 ? -1 : read_int(code + at + 1);
				if (n < 0 || n > (length - at - head) / AFFINE_TERM)
					return false;
				at += head;
				for (int k = 0; k < n; k++, at += AFFINE_TERM)
					if (!renumber_any(code + at + sizeof(double), map, n_leaf))
						return false;
				break;
			case CO_OP_CALL:
				if (!next_call(code, length, &at, &instr))
					return false;
				break;
			default:
				at++;
		}
	}
	return at == length;
}

/* A function with a name; the lengths are those of the texts. */
static bool
is_named(const CoInstr *instr)
{
	const uint8_t *lengths = (const uint8_t *) instr->function - 2 * sizeof(int32_t);

	return instr->function[0] != '\0' &&
		strlen(instr->function) == (size_t) read_int(lengths) &&
		strlen(instr->gradient) == (size_t) read_int(lengths + sizeof(int32_t));
}

static bool
operand_valid(const CoInstr *instr, int n_leaf)
{
	if (instr->op == CO_OP_LEAF)
		return instr->leaf >= 0 && instr->leaf < n_leaf;
	if (instr->op == CO_OP_CONST)
		return isfinite(instr->value);
	if (instr->op == CO_OP_CALL)
		return is_named(instr);
	if (instr->op != CO_OP_AFFINE)
		return true;
	for (int k = 0; k < instr->n; k++)
	{
		double		coef;
		int			leaf;

		co_code_affine_term(instr, k, &coef, &leaf);
		if (!isfinite(coef) || leaf < 0 || leaf >= n_leaf)
			return false;
	}
	return isfinite(instr->value);
}

/* How tightly the text of an operation binds. */
typedef enum Level
{
	LEVEL_SUM,
	LEVEL_PRODUCT,
	LEVEL_POWER,
	LEVEL_ATOM					/* functions, too, and a sign */
} Level;

/* What stands on the stack, as a text. */
typedef struct Nesting
{
	uint8_t		op;				/* CoOp */
	uint8_t		level;			/* Level */
	short		depth;			/* of the parentheses it cannot do without */
} Nesting;

/* "x", "-x", "2*x" or a sum */
static Level
affine_level(const CoInstr *instr)
{
	double		coef;
	int			leaf;

	if (instr->n != 1 || instr->value != 0.0)
		return instr->n == 0 ? LEVEL_ATOM : LEVEL_SUM;
	co_code_affine_term(instr, 0, &coef, &leaf);
	return fabs(coef) == 1.0 ? LEVEL_ATOM : LEVEL_PRODUCT;
}

static Level
level_of(const CoInstr *instr)
{
	switch (instr->op)
	{
		case CO_OP_AFFINE:
			return affine_level(instr);
		case CO_OP_ADD:
		case CO_OP_SUB:
			return LEVEL_SUM;
		case CO_OP_MUL:
		case CO_OP_DIV:
			return LEVEL_PRODUCT;
		case CO_OP_POW:
			return LEVEL_POWER;
		default:
			return LEVEL_ATOM;
	}
}

/* Does argument k of op stand in parentheses, its own or those of the function? */
static bool
opens(CoOp op, Level level, int k, const Nesting *arg)
{
	if (op == CO_OP_NEG)
		return arg->level != LEVEL_ATOM;
	if (level != LEVEL_ATOM)
		return arg->level < level || (k == 1 && arg->level == level);

	/* least(least(a, b), c) is written least(a, b, c). */
	return !(k == 0 && arg->op == op && (op == CO_OP_LEAST || op == CO_OP_GREATEST));
}

static Nesting
nest(const CoInstr *instr, const Nesting *arg, int arity)
{
	Level		level = level_of(instr);
	Nesting		over = {(uint8_t) instr->op, (uint8_t) level, 0};

	for (int k = 0; k < arity; k++)
	{
		int			depth = arg[k].depth + opens(instr->op, level, k, &arg[k]);

		if (depth > over.depth)
			over.depth = (short) depth;
	}
	return over;
}

bool
co_code_valid(const uint8_t *code, int length, int n_leaf, int *depth)
{
	Nesting		stack[CO_MAX_DEPTH + 1];
	int			at = 0,
				fill = 0,
				deepest = 0;
	CoInstr		instr;

	while (co_code_next(code, length, &at, &instr))
	{
		int			arity = co_instr_arity(&instr);

		if (fill < arity || !operand_valid(&instr, n_leaf))
			return false;
		fill += 1 - arity;
		stack[fill - 1] = nest(&instr, &stack[fill - 1], arity);
		if (fill > deepest)
			deepest = fill;
		if (deepest > CO_MAX_DEPTH || stack[fill - 1].depth > CO_MAX_DEPTH)
			return false;
	}
	if (depth)
		*depth = deepest;
	return at == length && fill == 1;
}

double
co_code_affine_value(const CoInstr *instr, const double *value)
{
	double		sum = instr->value;

	for (int k = 0; k < instr->n; k++)
	{
		double		coef;
		int			leaf;

		co_code_affine_term(instr, k, &coef, &leaf);
		sum += coef * value[leaf];
	}
	return sum;
}

double
co_call_value(const CoEnv *env, const char *function, int n, const double *argument)
{
	double		value = NAN;

	for (int k = 0; k < n; k++)
		if (!isfinite(argument[k]))
			return NAN;
	if (!env || !env->call || !env->call(env->self, function, false, n, argument, &value))
		return NAN;
	return value;
}

double
co_code_eval(const CoEnv *env, const uint8_t *code, int length, const double *leaf, double *stack)
{
	double	   *top = stack - 1;
	int			at = 0;
	CoInstr		instr;

	while (co_code_next(code, length, &at, &instr))
		switch (instr.op)
		{
			case CO_OP_CONST:
				*++top = instr.value;
				break;
			case CO_OP_LEAF:
				*++top = leaf[instr.leaf];
				break;
			case CO_OP_AFFINE:
				*++top = co_code_affine_value(&instr, leaf);
				break;
			case CO_OP_CALL:
				top -= instr.n - 1;
				*top = co_call_value(env, instr.function, instr.n, top);
				break;
			default:
				if (co_op_arity(instr.op) == 1)
					*top = co_op_eval(instr.op, *top, 0.0);
				else
				{
					top--;
					*top = co_op_eval(instr.op, top[0], top[1]);
				}
		}
	return *top;
}
