/*-------------------------------------------------------------------------
 *
 * nlp/lower_poly.c
 *	  Formulas as polynomials of degree two, and long squares lifted.
 *
 * The postfix is run on a stack of polynomials.  The terms of the polynomials
 * stand one after another in two lists, so that adding the two on top of the
 * stack moves nothing: the lower one just owns the upper one's terms too.
 *
 * A product of affine forms p q with more than CO_LOWER_PRODUCTS products becomes
 * t1 t2 with t1 = p and t2 = q as variables and rows of their own; p^2 becomes
 * t^2, which keeps a sum of squares convex and sparse.  Equal forms share one
 * variable, so a factor model of k factors has k of them and not k^2.
 *
 *-------------------------------------------------------------------------
 */
#include "nlp/lower_private.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include "base/hash.h"

#define FIRST_SLOTS		64

static CoRc
add_lin(CoLowering *lowering, int var, double coef)
{
	return co_triples_add(lowering->arena, &lowering->poly_lin, var, -1, coef);
}

static CoRc
add_quad(CoLowering *lowering, int i, int j, double coef)
{
	return co_triples_add(lowering->arena, &lowering->poly_quad, i, j, coef);
}

static CoPoly *
push(CoLowering *lowering, double constant)
{
	CoPoly	   *poly = &lowering->stack[lowering->depth++];

	poly->constant = constant;
	poly->lin = lowering->poly_lin.n;
	poly->quad = lowering->poly_quad.n;
	return poly;
}

static bool
has_quad(const CoLowering *lowering, const CoPoly *poly)
{
	return lowering->poly_quad.n > poly->quad;
}

/* For the polynomial on top of the stack, whose terms end the lists. */
static bool
is_constant(const CoLowering *lowering, const CoPoly *top)
{
	return lowering->poly_lin.n == top->lin && !has_quad(lowering, top);
}

static CoRc
push_leaf(CoLowering *lowering, int leaf, double coef)
{
	int			var = lowering->out->leaf_var[leaf];

	if (var >= 0)
		return add_lin(lowering, var, coef);
	lowering->stack[lowering->depth - 1].constant += coef * lowering->value[leaf];
	return CO_OK;
}

static CoRc
push_affine(CoLowering *lowering, const CoInstr *instr)
{
	CoRc		rc = CO_OK;

	push(lowering, instr->value);
	for (int k = 0; k < instr->n && !rc; k++)
	{
		double		coef;
		int			leaf;

		co_code_affine_term(instr, k, &coef, &leaf);
		rc = push_leaf(lowering, leaf, coef);
		if (!rc)
			rc = co_lower_work(lowering, 1);
	}
	return rc;
}

/* Everything from poly to the top of the lists, times factor. */
static CoRc
scale(CoLowering *lowering, CoPoly *poly, double factor)
{
	CoTriples  *lin = &lowering->poly_lin;
	CoTriples  *quad = &lowering->poly_quad;

	poly->constant *= factor;
	for (int t = poly->lin; t < lin->n; t++)
		lin->value[t] *= factor;
	for (int t = poly->quad; t < quad->n; t++)
		quad->value[t] *= factor;
	return co_lower_work(lowering, 1 + lin->n - poly->lin + quad->n - poly->quad);
}

static CoRc
divide(CoLowering *lowering, CoPoly *poly, double divisor)
{
	CoTriples  *lin = &lowering->poly_lin;
	CoTriples  *quad = &lowering->poly_quad;

	poly->constant /= divisor;
	for (int t = poly->lin; t < lin->n; t++)
		lin->value[t] /= divisor;
	for (int t = poly->quad; t < quad->n; t++)
		quad->value[t] /= divisor;
	return co_lower_work(lowering, 1 + lin->n - poly->lin + quad->n - poly->quad);
}

static CoRc
make_affine(CoLowering *lowering, double constant, int from, int to, CoAffine *form)
{
	form->constant = constant;
	form->var = lowering->poly_lin.i + from;
	form->value = lowering->poly_lin.value + from;
	return co_canonical_terms(lowering->arena, to - from, form->var, form->value, &form->n);
}

static bool
same_affine(const CoAffine *p, const CoAffine *q)
{
	return p->constant == q->constant && p->n == q->n &&
		memcmp(p->var, q->var, (size_t) p->n * sizeof *p->var) == 0 &&
		memcmp(p->value, q->value, (size_t) p->n * sizeof *p->value) == 0;
}

static uint64_t
hash_affine(const CoAffine *form)
{
	uint64_t	hash = co_hash_word(CO_HASH_BASIS, co_double_bits(form->constant));

	for (int k = 0; k < form->n; k++)
		hash = co_hash_word(co_hash_word(hash, (uint64_t) form->var[k]), co_double_bits(form->value[k]));
	return hash;
}

static size_t
find_slot(const CoLowering *lowering, uint64_t hash, const CoAffine *form)
{
	size_t		mask = (size_t) lowering->lift_slots - 1;
	size_t		at = (size_t) hash & mask;

	for (; lowering->lift_slot[at] >= 0; at = (at + 1) & mask)
	{
		int			k = lowering->lift_slot[at];
		int			first = lowering->lift.i[k];
		CoAffine	known = {lowering->lift.value[k], lowering->lift.j[k],
		lowering->lift_lin.j + first, lowering->lift_lin.value + first};

		if (form && lowering->lift_hash[k] == hash && same_affine(&known, form))
			break;
	}
	return at;
}

/* Keeps the table at most half full, and lift_hash as long as lift. */
static CoRc
reserve_lift(CoLowering *lowering)
{
	int			n = lowering->lift.n;
	int			slots = n == 0 ? FIRST_SLOTS : 2 * lowering->lift_slots;

	if (2 * (int64_t) n < lowering->lift_slots)
		return CO_OK;
	if (n > INT_MAX / 4)
		slots = -1;				/* refused by the take below */
	lowering->lift_slot = co_take_ints(lowering->arena, (size_t) slots);
	lowering->lift_hash = co_take_grown(lowering->arena, lowering->lift_hash, (size_t) n,
										(size_t) (slots / 2), sizeof(uint64_t));
	if (co_arena_failed(lowering->arena))
		return co_arena_failed(lowering->arena);
	lowering->lift_slots = slots;
	memset(lowering->lift_slot, -1, (size_t) slots * sizeof(int));
	for (int k = 0; k < n; k++)
		lowering->lift_slot[find_slot(lowering, lowering->lift_hash[k], NULL)] = k;
	return CO_OK;
}

CoRc
co_lower_lift(CoLowering *lowering, const CoAffine *form, int *var)
{
	CoTriples  *list = &lowering->lift;
	uint64_t	hash = hash_affine(form);
	CoRc		rc = reserve_lift(lowering);
	size_t		slot;

	if (rc)
		return rc;
	slot = find_slot(lowering, hash, form);
	if (lowering->lift_slot[slot] >= 0)
	{
		*var = lowering->out->n_var + lowering->lift_slot[slot];
		return CO_OK;
	}
	if (list->n >= INT_MAX - lowering->out->n_var - lowering->block->n_row)
		return co_lower_complain(lowering, lowering->row, "%s has too many long products");
	*var = lowering->out->n_var + list->n;
	lowering->lift_hash[list->n] = hash;
	lowering->lift_slot[slot] = list->n;
	rc = co_triples_add(lowering->arena, list, lowering->lift_lin.n, form->n, form->constant);
	for (int k = 0; k < form->n && !rc; k++)
		rc = co_triples_add(lowering->arena, &lowering->lift_lin, list->n - 1,
							form->var[k], form->value[k]);
	return rc ? rc : co_lower_work(lowering, form->n);
}

CoRc
co_lower_lift_later(CoLowering *lowering, int *var)
{
	CoTriples  *list = &lowering->lift;
	uint64_t	hash = co_hash_word(CO_HASH_BASIS, ~(uint64_t) list->n);
	CoRc		rc = reserve_lift(lowering);

	if (rc)
		return rc;
	if (list->n >= INT_MAX - lowering->out->n_var - lowering->block->n_row)
		return co_lower_complain(lowering, lowering->row, "%s has too many long sums");
	*var = lowering->out->n_var + list->n;
	lowering->lift_hash[list->n] = hash;
	lowering->lift_slot[find_slot(lowering, hash, NULL)] = list->n;
	return co_triples_add(lowering->arena, list, 0, 0, 0.0);
}

/* A factor about to be multiplied out: a copy, since the lists move. */
typedef struct Factor
{
	double		constant;
	int			n;
	int			var[CO_LOWER_PRODUCTS];
	double		value[CO_LOWER_PRODUCTS];
} Factor;

/* A form of one term c x + d needs no variable of its own. */
static CoRc
shorten(CoLowering *lowering, const CoAffine *form, bool lifted, Factor *factor)
{
	if (lifted && form->n > 1)
	{
		factor->constant = 0.0;
		factor->n = 1;
		factor->value[0] = 1.0;
		return co_lower_lift(lowering, form, &factor->var[0]);
	}
	factor->constant = form->constant;
	factor->n = form->n;
	memcpy(factor->var, form->var, (size_t) form->n * sizeof *form->var);
	memcpy(factor->value, form->value, (size_t) form->n * sizeof *form->value);
	return CO_OK;
}

/* (p0 + sum p_i x_i) (q0 + sum q_j x_j), but for its constant. */
static CoRc
expand(CoLowering *lowering, const Factor *p, const Factor *q)
{
	CoRc		rc = CO_OK;

	for (int s = 0; s < p->n; s++)
		for (int t = 0; t < q->n && !rc; t++)
			rc = add_quad(lowering, p->var[s], q->var[t], p->value[s] * q->value[t]);
	for (int s = 0; s < p->n && q->constant != 0.0 && !rc; s++)
		rc = add_lin(lowering, p->var[s], p->value[s] * q->constant);
	for (int t = 0; t < q->n && p->constant != 0.0 && !rc; t++)
		rc = add_lin(lowering, q->var[t], q->value[t] * p->constant);
	return rc ? rc : co_lower_work(lowering, CO_LOWER_PRODUCTS);
}

/*
 * a := a b for affine a and b, b on top of the stack; without b, a := a^2.
 */
static CoRc
multiply(CoLowering *lowering, CoPoly *a, const CoPoly *b)
{
	int			end = lowering->poly_lin.n;
	bool		lifted;
	CoAffine	p,
				q;
	Factor		left,
				right;
	CoRc		rc;

	if ((rc = make_affine(lowering, a->constant, a->lin, b ? b->lin : end, &p)))
		return rc;
	q = p;
	if (b && (rc = make_affine(lowering, b->constant, b->lin, end, &q)))
		return rc;
	lifted = (int64_t) p.n * q.n > CO_LOWER_PRODUCTS;
	if ((rc = shorten(lowering, &p, lifted, &left)) ||
		(rc = shorten(lowering, &q, lifted, &right)))
		return rc;
	lowering->poly_lin.n = a->lin;
	a->constant = left.constant * right.constant;
	return expand(lowering, &left, &right);
}

static CoRc
set_constant(CoLowering *lowering, CoPoly *poly, double value)
{
	lowering->poly_lin.n = poly->lin;
	lowering->poly_quad.n = poly->quad;
	poly->constant = value;
	if (isfinite(value))
		return CO_OK;
	return co_lower_complain(lowering, lowering->row,
							 "a formula of constants and parameters in %s is not finite");
}

static CoRc
apply_product(CoLowering *lowering, CoPoly *a, const CoPoly *b, bool *polynomial)
{
	double		factor = a->constant;

	if (is_constant(lowering, b))
		return scale(lowering, a, b->constant);
	if (a->lin == b->lin && a->quad == b->quad)
	{
		a->constant = b->constant;
		return scale(lowering, a, factor);
	}
	*polynomial = !has_quad(lowering, a);
	return *polynomial ? multiply(lowering, a, b) : CO_OK;
}

static CoRc
apply_quotient(CoLowering *lowering, CoPoly *a, const CoPoly *b, bool *polynomial)
{
	*polynomial = is_constant(lowering, b);
	if (!*polynomial)
		return CO_OK;
	if (b->constant == 0.0)
	{
		co_lower_complain(lowering, lowering->row, "division by zero in %s");
		return co_error_as(lowering->error, CO_ERROR_DIVISION);
	}
	return divide(lowering, a, b->constant);
}

static CoRc
apply_power(CoLowering *lowering, CoPoly *a, const CoPoly *b, bool *polynomial)
{
	*polynomial = is_constant(lowering, b);
	if (!*polynomial || b->constant == 1.0)
		return CO_OK;
	if (b->constant == 0.0)
		return set_constant(lowering, a, 1.0);
	if (is_constant(lowering, a))
		return set_constant(lowering, a, co_op_eval(CO_OP_POW, a->constant, b->constant));
	*polynomial = b->constant == 2.0 && !has_quad(lowering, a);
	return *polynomial ? multiply(lowering, a, NULL) : CO_OK;
}

static CoRc
apply_sum(CoLowering *lowering, CoPoly *a, CoPoly *b, double sign)
{
	CoRc		rc = sign < 0.0 ? scale(lowering, b, sign) : CO_OK;

	a->constant += b->constant;
	return rc;
}

static CoRc
apply_function(CoLowering *lowering, CoOp op, CoPoly *a, const CoPoly *b, bool *polynomial)
{
	*polynomial = is_constant(lowering, a);
	if (!*polynomial)
		return CO_OK;
	return set_constant(lowering, a, co_op_eval(op, a->constant, b ? b->constant : 0.0));
}

/* Replaces the operation's arguments by its value. */
static CoRc
apply(CoLowering *lowering, CoOp op, bool *polynomial)
{
	CoPoly	   *a,
			   *b = NULL;

	if (co_op_arity(op) == 2)
		b = &lowering->stack[--lowering->depth];
	a = &lowering->stack[lowering->depth - 1];
	switch (op)
	{
		case CO_OP_NEG:
			return scale(lowering, a, -1.0);
		case CO_OP_ADD:
			return apply_sum(lowering, a, b, 1.0);
		case CO_OP_SUB:
			return apply_sum(lowering, a, b, -1.0);
		case CO_OP_MUL:
			return apply_product(lowering, a, b, polynomial);
		case CO_OP_DIV:
			return apply_quotient(lowering, a, b, polynomial);
		case CO_OP_POW:
		case CO_OP_POWER:
			return apply_power(lowering, a, b, polynomial);
		default:
			return apply_function(lowering, op, a, b, polynomial);
	}
}

CoRc
co_lower_formula(CoLowering *lowering, const CoCodeTerm *term, bool *polynomial)
{
	int			at = 0;
	CoInstr		instr;
	CoRc		rc = CO_OK;

	lowering->depth = lowering->poly_lin.n = lowering->poly_quad.n = 0;
	*polynomial = true;
	while (!rc && *polynomial && co_code_next(term->code, term->length, &at, &instr))
	{
		rc = co_lower_work(lowering, 1);
		if (rc)
			break;
		if (instr.op == CO_OP_CONST)
			push(lowering, instr.value);
		else if (instr.op == CO_OP_AFFINE)
			rc = push_affine(lowering, &instr);
		else if (instr.op == CO_OP_LEAF)
		{
			push(lowering, 0.0);
			rc = push_leaf(lowering, instr.leaf, 1.0);
		}
		else if (instr.op == CO_OP_CALL)
			*polynomial = false;
		else
			rc = apply(lowering, instr.op, polynomial);
	}
	return rc;
}
