/*-------------------------------------------------------------------------
 *
 * nlp/pattern.c
 *	  From a formula in postfix code to its skeleton and its numbers.
 *
 * The code is run on a stack of parts.  A part remembers where its bytes and
 * its numbers begin, so that an operation on constants and parameters only is
 * carried out at once: its arguments are cut off and its value put in their
 * place.  What the builder wrote in different ways for different data is made
 * alike: a + b, a - b and a + k * b are all CO_SKELETON_ADD, the entries of an
 * affine form are sorted by variable, repeated ones summed.
 *
 * Most formulas differ from the one before in their numbers only.  So the walk
 * notes where in the code each number stood; a code that has the same bytes
 * everywhere else is encoded by reading its numbers from there.
 *
 *-------------------------------------------------------------------------
 */
#include "nlp/pattern.h"

#include <math.h>
#include <string.h>

#include "base/vec.h"
#include "nlp/lower_private.h"

#define FIRST_KEY		256

/* Operations between two polls, about 1 ms. */
#define POLL_OPERATIONS	(1 << 16)

#define FIRST_NUMBERS	64

typedef struct CoPart
{
	int			key,
				constant,
				var;			/* where its share of the formula begins */
	bool		is_constant,
				is_scaled;		/* ends in a multiplication by a constant */
	int			degree;
	double		value;			/* of a constant */
} CoPart;

typedef struct Encoder
{
	CoArena    *arena;
	const CoLeafMap *map;
	CoFormula  *out;
	int			depth;
	int			at,				/* of the instruction in work, */
				number_at,		/* its constant, if that is a double, */
				terms_at;		/* and its entries */
} Encoder;

/* How a number of the formula comes from the code: an offset and these. */
#define FROM_NOWHERE	(-1)	/* it is always the same */
#define FROM_NEGATED	(1 << 28)
#define FROM_FIXED		(1 << 29)	/* must be the same: the skeleton depends on it */
#define FROM_ENTRY		(1 << 30)	/* of a form: not 0, variables ascend; a
									 * divisor: not 0 */
#define FROM_OFFSET(from) ((from) & (FROM_NEGATED - 1))

/* Bytes of an entry of CO_OP_AFFINE. */
#define AFFINE_TERM		12

static CoRc
reserve(Encoder *encoder, int key, int numbers)
{
	CoFormula  *f = encoder->out;
	CoArena    *arena = encoder->arena;

	if (!f->part)
		f->part = co_take(arena, CO_MAX_DEPTH + 1, sizeof(CoPart));
	if (f->n_key + key > f->cap_key)
	{
		int			capacity = 2 * (f->n_key + key) + FIRST_KEY;

		f->key = co_take_grown(arena, f->key, (size_t) f->n_key, (size_t) capacity, 1);
		f->cap_key = capacity;
	}
	if (f->n_const + numbers > f->cap_const)
	{
		int			capacity = 2 * (f->n_const + numbers) + FIRST_NUMBERS;

		f->constant = co_take_grown(arena, f->constant, (size_t) f->n_const,
									(size_t) capacity, sizeof(double));
		f->constant_from = co_take_grown(arena, f->constant_from, (size_t) f->n_const,
										 (size_t) capacity, sizeof(int));
		f->cap_const = capacity;
	}
	if (f->n_var + numbers > f->cap_var)
	{
		int			capacity = 2 * (f->n_var + numbers) + FIRST_NUMBERS;

		f->var = co_take_grown(arena, f->var, (size_t) f->n_var, (size_t) capacity, sizeof(int));
		f->var_from = co_take_grown(arena, f->var_from, (size_t) f->n_var, (size_t) capacity,
									sizeof(int));
		f->cap_var = capacity;
	}
	if (co_arena_failed(arena))
		f->cap_key = f->cap_const = f->cap_var = 0;
	return co_arena_failed(arena);
}

static void
put_byte(CoFormula *f, int byte)
{
	f->key[f->n_key++] = (uint8_t) byte;
}

static void
put_number(CoFormula *f, double value, int from)
{
	f->constant_from[f->n_const] = from;
	f->constant[f->n_const++] = value;
}

static void
put_variable(CoFormula *f, int var, int from)
{
	f->var_from[f->n_var] = from;
	f->var[f->n_var++] = var;
}

static void
put_form(CoFormula *f, int n)
{
	int32_t		stored = n;

	put_byte(f, CO_OP_AFFINE);
	memcpy(f->key + f->n_key, &stored, sizeof stored);
	f->n_key += (int) sizeof stored;
}

static CoPart *
push(Encoder *encoder, int degree)
{
	const CoFormula *f = encoder->out;
	CoPart	   *part = &f->part[encoder->depth++];

	*part = (CoPart) {f->n_key, f->n_const, f->n_var, false, false, degree, 0.0};
	return part;
}

static CoRc
push_constant(Encoder *encoder, double value, int from)
{
	CoPart	   *part = push(encoder, 0);

	part->is_constant = true;
	part->value = value;
	put_byte(encoder->out, CO_OP_CONST);
	put_number(encoder->out, value, from);
	return isfinite(value) ? CO_OK : CO_NOT_FINITE;
}

static CoRc
push_variable(Encoder *encoder, int var, int from)
{
	push(encoder, 1);
	put_form(encoder->out, 1);
	put_number(encoder->out, 0.0, FROM_NOWHERE);
	put_number(encoder->out, 1.0, FROM_NOWHERE);
	put_variable(encoder->out, var, from);
	return CO_OK;
}

static CoRc
push_leaf(Encoder *encoder, int leaf)
{
	int			var = encoder->map->leaf_var[leaf];

	if (var >= 0)
		return push_variable(encoder, var, encoder->at + 1);
	encoder->out->is_template = false;
	return push_constant(encoder, encoder->map->value[leaf], FROM_NOWHERE);
}

/* Parameters' share of the form in part[0 .. n_part), the rest in var, coef. */
static CoRc
read_form(Encoder *encoder, const CoInstr *instr, int *var, double *coef, double *part,
		  double *constant, int *n)
{
	int			n_part = 0;
	bool		ascend = true;
	double		sum = 0.0;
	CoRc		rc;

	*n = 0;
	for (int k = 0; k < instr->n; k++)
	{
		int			leaf;
		double		value;

		co_code_affine_term(instr, k, &value, &leaf);
		if (encoder->map->leaf_var[leaf] < 0)
			part[n_part++] = value * encoder->map->value[leaf];
		else
		{
			var[*n] = encoder->map->leaf_var[leaf];
			coef[*n] = value;
			ascend &= *n == 0 || (var[*n - 1] < var[*n] && coef[*n - 1] != 0.0 && value != 0.0);
			(*n)++;
		}
	}
	if (n_part > 0 || !ascend)
		encoder->out->is_template = false;
	if (n_part > 0 && (rc = co_canonical_sum(encoder->arena, n_part, part, &sum)))
		return rc;
	*constant = instr->value + sum;
	if (!isfinite(*constant))
		return CO_NOT_FINITE;
	if (*n <= 1)
		return CO_OK;
	rc = co_canonical_terms(encoder->arena, *n, var, coef, n);
	return rc ? rc : co_all_finite(*n, coef) ? CO_OK : CO_NOT_FINITE;
}

static CoRc
push_form(Encoder *encoder, double constant, int n, int *var, double *coef)
{
	CoFormula  *f = encoder->out;
	CoRc		rc;

	if (n == 0)
	{
		f->is_template = false;
		return push_constant(encoder, constant, FROM_NOWHERE);
	}
	if (n > encoder->map->long_form)
	{
		int			t;

		f->is_template = false;
		rc = encoder->map->lift(encoder->map->self, constant, n, var, coef, &t);
		return rc ? rc : push_variable(encoder, t, FROM_NOWHERE);
	}
	if ((rc = reserve(encoder, 1 + (int) sizeof(int32_t), n + 1)))
		return rc;
	if (n > f->longest)
		f->longest = n;
	if (n > CO_TEMPLATE_FORM)
		f->is_template = false;
	push(encoder, 1);
	put_form(f, n);
	put_number(f, constant, encoder->number_at);
	for (int k = 0; k < n; k++)
	{
		int			from = encoder->terms_at + k * AFFINE_TERM;

		put_number(f, coef[k], n > 1 ? from | FROM_ENTRY : from);
		from += (int) sizeof(double);
		put_variable(f, var[k], k > 0 ? from | FROM_ENTRY : from);
	}
	return CO_OK;
}

/* Forms up to here are read without taking memory. */
#define SHORT_FORM		8

static CoRc
push_affine(Encoder *encoder, const CoInstr *instr)
{
	int			short_var[SHORT_FORM];
	double		short_coef[2 * SHORT_FORM];
	int		   *var = short_var;
	double	   *coef = short_coef;
	double		constant;
	int			n = instr->n;
	CoMark		mark = co_mark(encoder->arena);
	CoRc		rc;

	if (n <= SHORT_FORM)
	{
		rc = read_form(encoder, instr, var, coef, coef + SHORT_FORM, &constant, &n);
		return rc ? rc : push_form(encoder, constant, n, var, coef);
	}

	/* The formula must not grow above what is rewound. */
	if ((rc = reserve(encoder, 1 + (int) sizeof(int32_t), n + 1)))
		return rc;
	mark = co_mark(encoder->arena);
	var = co_take_ints(encoder->arena, (size_t) n);
	coef = co_take_doubles(encoder->arena, 2 * (size_t) n);
	rc = co_arena_failed(encoder->arena);
	if (!rc)
		rc = read_form(encoder, instr, var, coef, coef + n, &constant, &n);
	if (!rc && n > encoder->map->long_form)
		return push_form(encoder, constant, n, var, coef);	/* lifting keeps memory */
	if (!rc)
		rc = push_form(encoder, constant, n, var, coef);
	if (!co_arena_failed(encoder->arena))
		co_rewind(encoder->arena, mark);
	return rc;
}

/* Everything from part on is replaced by a constant. */
static CoRc
replace(Encoder *encoder, const CoPart *part, double value)
{
	CoFormula  *f = encoder->out;

	f->n_key = part->key;
	f->n_const = part->constant;
	f->n_var = part->var;
	f->is_template = false;
	encoder->depth = (int) (part - f->part);
	return push_constant(encoder, value, FROM_NOWHERE);
}

/* The last one. */
static void
negate_number(CoFormula *f)
{
	int		   *from = &f->constant_from[f->n_const - 1];

	f->constant[f->n_const - 1] = -f->constant[f->n_const - 1];
	if (*from != FROM_NOWHERE)
		*from ^= FROM_NEGATED;
}

/* a + k b; a product with a constant on the right gives its constant as k. */
static void
apply_sum(Encoder *encoder, CoPart *a, const CoPart *b, double sign)
{
	CoFormula  *f = encoder->out;

	if (b->is_scaled)
	{
		f->n_key -= 2;			/* CO_OP_CONST, CO_OP_MUL */
		if (sign < 0.0)
			negate_number(f);
	}
	else
		put_number(f, sign, FROM_NOWHERE);
	put_byte(f, CO_SKELETON_ADD);
	a->degree = a->degree > b->degree ? a->degree : b->degree;
	a->is_scaled = false;
}

/* As a product with -1, so that what data scale may be scaled by -1 too. */
static void
apply_minus(Encoder *encoder, CoPart *a)
{
	CoFormula  *f = encoder->out;

	if (a->is_scaled)
	{
		negate_number(f);
		return;
	}
	put_byte(f, CO_OP_CONST);
	put_byte(f, CO_OP_MUL);
	put_number(f, -1.0, FROM_NOWHERE);
	a->is_scaled = true;
}

static void
apply_product(Encoder *encoder, CoPart *a, const CoPart *b)
{
	put_byte(encoder->out, CO_OP_MUL);
	a->degree += b->degree;
	a->is_scaled = b->is_constant;
}

static CoRc
apply_quotient(Encoder *encoder, CoPart *a, const CoPart *b)
{
	CoFormula  *f = encoder->out;

	put_byte(f, CO_OP_DIV);
	a->is_scaled = false;
	if (!b->is_constant)
		a->degree = CO_NO_DEGREE;
	else if (b->value == 0.0)
		return CO_NOT_FINITE;
	else if (f->constant_from[f->n_const - 1] != FROM_NOWHERE)
		f->constant_from[f->n_const - 1] |= FROM_ENTRY;
	return CO_OK;
}

static CoRc
apply_whole_power(Encoder *encoder, CoPart *a, const CoPart *b)
{
	CoFormula  *f = encoder->out;
	int			exponent = (int) b->value;

	if (exponent == 0)
		return replace(encoder, a, 1.0);
	f->n_key = b->key;
	f->n_const = b->constant;
	if (exponent == 1)
		return CO_OK;
	put_byte(f, CO_SKELETON_POWER);
	put_byte(f, (uint8_t) (int8_t) exponent);
	a->degree = exponent > 0 ? exponent * a->degree : CO_NO_DEGREE;
	a->is_scaled = false;
	return CO_OK;
}

static CoRc
apply_power(Encoder *encoder, CoPart *a, const CoPart *b, CoOp op)
{
	CoFormula  *f = encoder->out;

	a->is_scaled = a->is_scaled && b->is_constant && b->value == 1.0;
	if (b->is_constant && fabs(b->value) <= CO_MAX_EXPONENT && b->value == floor(b->value))
		return apply_whole_power(encoder, a, b);
	a->degree = CO_NO_DEGREE;
	if (b->is_constant && b->value == 0.5)
	{
		f->n_key = b->key;
		f->n_const = b->constant;
		put_byte(f, CO_OP_SQRT);
		return CO_OK;
	}
	if (b->is_constant && f->constant_from[f->n_const - 1] != FROM_NOWHERE)
		f->constant_from[f->n_const - 1] |= FROM_FIXED;
	put_byte(f, op);
	return CO_OK;
}

static CoRc
apply(Encoder *encoder, CoOp op)
{
	CoFormula  *f = encoder->out;
	CoPart	   *b = NULL,
			   *a;
	CoRc		rc;

	if ((rc = reserve(encoder, 2, 1)))
		return rc;
	if (co_op_arity(op) == 2)
		b = &f->part[--encoder->depth];
	a = &f->part[encoder->depth - 1];
	if (a->is_constant && (!b || b->is_constant))
		return replace(encoder, a, co_op_eval(op, a->value, b ? b->value : 0.0));
	a->is_constant = false;
	switch (op)
	{
		case CO_OP_ADD:
			apply_sum(encoder, a, b, 1.0);
			break;
		case CO_OP_SUB:
			apply_sum(encoder, a, b, -1.0);
			break;
		case CO_OP_NEG:
			apply_minus(encoder, a);
			break;
		case CO_OP_MUL:
			apply_product(encoder, a, b);
			break;
		case CO_OP_POW:
		case CO_OP_POWER:
			return apply_power(encoder, a, b, op);
		case CO_OP_DIV:
			return apply_quotient(encoder, a, b);
		default:
			put_byte(f, op);
			a->is_scaled = false;
			a->degree = CO_NO_DEGREE;
	}
	if (a->degree > CO_NO_DEGREE)
		a->degree = CO_NO_DEGREE;
	return CO_OK;
}

static CoRc
walk(Encoder *encoder, const uint8_t *code, int length)
{
	int			at = 0,
				n = 0;
	CoInstr		instr;
	CoRc		rc = CO_OK;

	while (!rc && co_code_next(code, length, &at, &instr))
	{
		rc = reserve(encoder, 1 + (int) sizeof(int32_t), 2);
		if (!rc && ++n % POLL_OPERATIONS == 0)
			rc = co_poll(encoder->arena);
		if (rc)
			break;
		if (instr.op == CO_OP_CONST || instr.op == CO_OP_AFFINE)
			encoder->number_at = instr.number ? (int) (instr.number - code) : FROM_NOWHERE;
		if (instr.op == CO_OP_CONST)
			rc = push_constant(encoder, instr.value, encoder->number_at);
		else if (instr.op == CO_OP_LEAF)
			rc = push_leaf(encoder, instr.leaf);
		else if (instr.op == CO_OP_AFFINE)
		{
			encoder->terms_at = (int) (instr.terms - code);
			rc = push_affine(encoder, &instr);
		}
		else
			rc = apply(encoder, instr.op);
		encoder->at = at;
	}
	return rc;
}

/* What the next code is compared with. */
static CoRc
keep_template(Encoder *encoder, const uint8_t *code, int length)
{
	CoFormula  *f = encoder->out;

	if (length > f->cap_code)
	{
		f->code = co_take(encoder->arena, 2 * (size_t) length, 1);
		f->mask = co_take(encoder->arena, 2 * (size_t) length, 1);
		f->cap_code = co_arena_failed(encoder->arena) ? 0 : 2 * length;
		if (co_arena_failed(encoder->arena))
			return co_arena_failed(encoder->arena);
	}
	f->n_code = length;
	memcpy(f->code, code, (size_t) length);
	memset(f->mask, 0xff, (size_t) length);
	for (int k = 0; k < f->n_const; k++)
		if (f->constant_from[k] >= 0 && !(f->constant_from[k] & FROM_FIXED))
			memset(f->mask + FROM_OFFSET(f->constant_from[k]), 0, sizeof(double));
	for (int k = 0; k < f->n_var; k++)
		memset(f->mask + FROM_OFFSET(f->var_from[k]), 0, sizeof(int32_t));
	return CO_OK;
}

static bool
matches(const CoFormula *f, const uint8_t *code)
{
	uint64_t	differ = 0;
	int			k = 0;

	for (; k + 8 <= f->n_code; k += 8)
	{
		uint64_t	was,
					is,
					mask;

		memcpy(&was, f->code + k, 8);
		memcpy(&is, code + k, 8);
		memcpy(&mask, f->mask + k, 8);
		differ |= (was ^ is) & mask;
	}
	for (; k < f->n_code; k++)
		differ |= (uint64_t) ((f->code[k] ^ code[k]) & f->mask[k]);
	return differ == 0;
}

/* The numbers of a code that matches; false: it needs the walk after all. */
static bool
read_numbers(CoFormula *f, const CoLeafMap *map, const uint8_t *code)
{
	for (int k = 0; k < f->n_const; k++)
	{
		int			from = f->constant_from[k];
		double		value;

		if (from < 0)
			continue;
		memcpy(&value, code + FROM_OFFSET(from), sizeof value);
		if (!isfinite(value) || ((from & FROM_ENTRY) && value == 0.0))
			return false;
		f->constant[k] = from & FROM_NEGATED ? -value : value;
	}
	for (int k = 0; k < f->n_var; k++)
	{
		int32_t		leaf;

		memcpy(&leaf, code + FROM_OFFSET(f->var_from[k]), sizeof leaf);
		f->var[k] = map->leaf_var[leaf];
		if (f->var[k] < 0 || ((f->var_from[k] & FROM_ENTRY) && f->var[k] <= f->var[k - 1]))
			return false;
	}
	return true;
}

CoRc
co_formula_encode(CoArena *arena, const CoLeafMap *map, const uint8_t *code, int length,
				  CoFormula *out)
{
	Encoder		encoder = {.arena = arena, .map = map, .out = out};
	CoRc		rc;

	if (out->is_template && length == out->n_code && matches(out, code) &&
		read_numbers(out, map, code))
		return CO_OK;
	out->n_key = out->n_const = out->n_var = out->longest = 0;
	out->is_template = length < FROM_NEGATED;
	if ((rc = reserve(&encoder, 2, 2)) || (rc = walk(&encoder, code, length)))
	{
		out->is_template = false;
		return rc;
	}
	out->degree = out->part[0].degree;
	return out->is_template ? keep_template(&encoder, code, length) : CO_OK;
}
