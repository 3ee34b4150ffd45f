/*-------------------------------------------------------------------------
 *
 * nlp/lower_square.c
 *	  Sums of squares of affine forms in the objective: linear least squares.
 *
 * Multiplied out, |Ax + b|^2 is x'A'Ax + 2b'Ax + b'b, whose condition is the
 * square of that of A, and whose value is a difference of numbers as large as
 * |b|^2, however small the residual is [B96, 2.2].  Forms over the same
 * variables, more of them than variables, are therefore first reduced by
 * orthogonal transformations to
 *
 *		|Ax + b|^2 = |Rx + q|^2 + rho^2,	R upper triangular [GVL13, 5.2],
 *
 * which loses nothing, and tells what multiplying out would: the condition of
 * R [GVL13, 5.4.2], and |q|^2 against rho^2, the least value there is.  Where
 * that is little, it is done.  Else each row of R and q becomes a variable t
 * with a row of its own, t = Rx + q, which is the augmented system
 *
 *		( I	  A ) ( -t )   ( b )
 *		( A'  0 ) (	 x ) = ( 0 )		[B96, 1.1.6]
 *
 * after reduction; or, for methods that evaluate functions (nlp/model.h), the
 * squares stay the formulas they are.
 *
 *-------------------------------------------------------------------------
 */
#include <limits.h>
#include <math.h>
#include <string.h>

#include "base/hash.h"
#include "base/vec.h"
#include "linalg/triangle.h"
#include "nlp/lower_private.h"

/* Longer forms are lifted one by one (lower_poly.c). */
#define MOST_VARIABLES	64

/* Part of the value that multiplying out may lose: a tenth of the tolerance. */
#define LOSS_MOST		1e-10

/* So few short forms are multiplied out one by one: whole numbers stay whole. */
#define FEW_FORMS		1000

/* Squares outside this range might be no numbers. */
#define LEAST_NUMBER	1e-100
#define MOST_NUMBER		1e100

typedef struct Squares
{
	CoLowering *lowering;
	CoArena    *arena;			/* rewound when done */
	int			n;				/* forms */
	int		   *term;			/* [n] where they come from */
	int		   *start;			/* [n + 1] */
	int		   *var;			/* [start[n]] ascending in each form */
	double	   *value;			/* with the root of the term's scale */
	double	   *constant;		/* [n] */
	int		   *group;			/* [n] -1: none */
	int			n_group;
	int		   *first;			/* [n_group] a form that has all its variables */
	int		   *size;			/* [n_group] forms */
} Squares;

/* affine form, 2, ^ */
static bool
is_square(const CoCodeTerm *term, CoInstr *form)
{
	int			at = 0;
	CoInstr		exponent,
				power;

	return co_code_next(term->code, term->length, &at, form) && form->op == CO_OP_AFFINE &&
		form->n <= MOST_VARIABLES &&
		co_code_next(term->code, term->length, &at, &exponent) &&
		exponent.op == CO_OP_CONST && exponent.value == 2.0 &&
		co_code_next(term->code, term->length, &at, &power) &&
		(power.op == CO_OP_POW || power.op == CO_OP_POWER) && at == term->length;
}

/* The next term of the row in work that is a square; false: none is left. */
static bool
next_square(const CoLowering *lowering, int *at, CoInstr *form)
{
	const CoBlock *block = lowering->block;
	CoCodeTerm	term;

	while (co_code_term(block->code, block->code_end[lowering->row], at, &term))
		if (is_square(&term, form))
			return true;
	return false;
}

/* degree [n_leaf]: the squares that leaves are in; NULL: not asked for */
static CoRc
count_squares(CoLowering *lowering, int *degree, int *n_form, int64_t *n_entry)
{
	int			at = co_row_start(lowering->block->code_end, lowering->row);
	double		coef;
	int			leaf;
	CoInstr		form;
	CoRc		rc = CO_OK;

	*n_form = 0;
	*n_entry = 0;
	while (!rc && next_square(lowering, &at, &form))
	{
		for (int e = 0; degree && e < form.n; e++)
		{
			co_code_affine_term(&form, e, &coef, &leaf);
			degree[leaf]++;
		}
		(*n_form)++;
		*n_entry += form.n;
		rc = co_lower_work(lowering, 1 + form.n / 4);
	}
	return rc;
}

/* Are all its variables in more squares than it has variables? */
static bool
may_be_in_group(const CoLowering *lowering, const CoInstr *form, const int *degree)
{
	int			n = 0,
				least = INT_MAX,
				leaf;
	double		coef;

	for (int e = 0; e < form->n; e++)
	{
		co_code_affine_term(form, e, &coef, &leaf);
		if (lowering->out->leaf_var[leaf] < 0)
			continue;
		n++;
		if (degree[leaf] < least)
			least = degree[leaf];
	}
	return n > 0 && n < least;
}

/*
 * Most sums have none: neighbours' differences, distances from given values.
 * That is seen without putting anything in order.
 */
CoRc
co_lower_find_squares(CoLowering *lowering, CoArena *scratch, bool *found)
{
	CoMark		mark = co_mark(scratch);
	int		   *degree;
	int			at = co_row_start(lowering->block->code_end, lowering->row),
				n_form;
	int64_t		n_entry;
	CoInstr		form;
	CoRc		rc;

	*found = false;
	if (lowering->row > 0 || !next_square(lowering, &at, &form))
		return CO_OK;
	degree = co_take_zero_ints(scratch, (size_t) lowering->block->n_leaf);
	if (!degree)
		return co_arena_failed(scratch);
	rc = count_squares(lowering, degree, &n_form, &n_entry);
	at = co_row_start(lowering->block->code_end, lowering->row);
	while (!rc && !*found && next_square(lowering, &at, &form))
	{
		*found = may_be_in_group(lowering, &form, degree);
		rc = co_lower_work(lowering, 1 + form.n / 4);
	}
	co_rewind(scratch, mark);
	return rc;
}

static bool
is_moderate(int n, const double *value)
{
	for (int k = 0; k < n; k++)
		if (!(fabs(value[k]) <= MOST_NUMBER) || (value[k] != 0.0 && fabs(value[k]) < LEAST_NUMBER))
			return false;
	return true;
}

/* The form of a term, as the next one; a convex one only, and of variables. */
static CoRc
read_form(Squares *s, int term, double scale, const CoInstr *form)
{
	const CoLowering *lowering = s->lowering;
	int			at = s->start[s->n],
				n = 0;
	int		   *var = s->var + at;
	double	   *value = s->value + at;
	double		root = sqrt(lowering->out->maximize ? -scale : scale),
				constant = form->value;
	CoRc		rc;

	if (!(root > 0.0))
		return CO_OK;
	for (int k = 0; k < form->n; k++)
	{
		double		coef;
		int			leaf;

		co_code_affine_term(form, k, &coef, &leaf);
		var[n] = lowering->out->leaf_var[leaf];
		value[n] = root * coef;
		if (var[n] < 0)
			constant += coef * lowering->value[leaf];
		else
			n++;
	}
	rc = co_canonical_terms(s->arena, n, var, value, &n);
	constant *= root;
	if (rc || n == 0 || !is_moderate(n, value) || !is_moderate(1, &constant))
		return rc;
	s->term[s->n] = term;
	s->constant[s->n] = constant;
	s->group[s->n++] = -1;
	s->start[s->n] = at + n;
	return CO_OK;
}

static CoRc
read_forms(Squares *s, int n, const int *offset)
{
	CoLowering *lowering = s->lowering;
	const CoBlock *block = lowering->block;
	int			n_form;
	int64_t		n_entry;
	CoRc		rc = count_squares(lowering, NULL, &n_form, &n_entry);

	if (rc)
		return rc;
	s->term = co_take_ints(s->arena, (size_t) n_form);
	s->start = co_take_ints(s->arena, (size_t) n_form + 1);
	s->var = co_take_ints(s->arena, (size_t) n_entry);
	s->value = co_take_doubles(s->arena, (size_t) n_entry);
	s->constant = co_take_doubles(s->arena, (size_t) n_form);
	s->group = co_take_ints(s->arena, (size_t) n_form);
	if (co_arena_failed(s->arena))
		return co_arena_failed(s->arena);
	s->start[0] = 0;
	for (int k = 0; k < n && !rc; k++)
	{
		int			at = offset[k];
		CoCodeTerm	term;
		CoInstr		form;

		co_code_term(block->code, block->code_end[lowering->row], &at, &term);
		if (is_square(&term, &form))
			rc = read_form(s, k, term.scale, &form);
		if (!rc)
			rc = co_lower_work(lowering, 1 + term.length / 16);
	}
	return rc;
}

static int
length_of(const Squares *s, int form)
{
	return s->start[form + 1] - s->start[form];
}

static bool
same_variables(const Squares *s, int a, int b)
{
	int			n = length_of(s, a);

	return n == length_of(s, b) &&
		memcmp(s->var + s->start[a], s->var + s->start[b], (size_t) n * sizeof(int)) == 0;
}

/* order: the forms, those with the same variables one after another */
static CoRc
order_forms(const Squares *s, int *order)
{
	uint64_t   *key = co_take(s->arena, (size_t) s->n, sizeof *key);

	if (!key)
		return co_arena_failed(s->arena);
	for (int f = 0; f < s->n; f++)
	{
		order[f] = f;
		key[f] = CO_HASH_BASIS;
		for (int e = s->start[f]; e < s->start[f + 1]; e++)
			key[f] = co_hash_word(key[f], (uint64_t) s->var[e]);
	}
	return co_sort_keys(s->arena, s->n, key, order);
}

/* Runs with more forms than variables are groups. */
static CoRc
find_groups(Squares *s)
{
	int		   *order = co_take_ints(s->arena, (size_t) s->n);
	CoRc		rc;

	s->first = co_take_ints(s->arena, (size_t) s->n);
	s->size = co_take_ints(s->arena, (size_t) s->n);
	if (co_arena_failed(s->arena))
		return co_arena_failed(s->arena);
	rc = order_forms(s, order);
	for (int next, at = 0; at < s->n && !rc; at = next)
	{
		for (next = at + 1; next < s->n && same_variables(s, order[at], order[next]);)
			next++;
		rc = co_lower_work(s->lowering, next - at);
		if (next - at <= length_of(s, order[at]))
			continue;
		for (int k = at; k < next; k++)
			s->group[order[k]] = s->n_group;
		s->first[s->n_group] = order[at];
		s->size[s->n_group++] = next - at;
	}
	return rc;
}

/* Are form's variables among those of the group?  Both ascend. */
static bool
is_part_of(const Squares *s, int form, int group)
{
	int			e = s->start[form],
				end = s->start[form + 1],
				first = s->first[group];

	for (int at = s->start[first]; at < s->start[first + 1] && e < end; at++)
		e += s->var[at] == s->var[e];
	return e == end;
}

/* Where the variable stands in most forms. */
static CoRc
find_largest(const Squares *s, int **largest)
{
	int			n = s->lowering->out->n_var;
	int		   *at = co_take_ints(s->arena, (size_t) n);

	*largest = at;
	if (!at)
		return co_arena_failed(s->arena);
	for (int j = 0; j < n; j++)
		at[j] = -1;
	for (int g = 0; g < s->n_group; g++)
		for (int e = s->start[s->first[g]]; e < s->start[s->first[g] + 1]; e++)
			if (at[s->var[e]] < 0 || s->size[at[s->var[e]]] < s->size[g])
				at[s->var[e]] = g;
	return co_lower_work(s->lowering, n + s->n);
}

/*
 * Forms whose variables all are among those of a larger group join it: rows of
 * the data where one regressor is 0.
 */
static CoRc
join_groups(Squares *s)
{
	int		   *largest;
	CoRc		rc = find_largest(s, &largest);

	for (int f = 0; f < s->n && !rc; f++)
	{
		int			g = largest[s->var[s->start[f]]];

		if (g >= 0 && is_part_of(s, f, g))
			s->group[f] = g;
		rc = co_lower_work(s->lowering, length_of(s, f));
	}
	return rc;
}

/* order: the forms by groups, each in canonical order; start [n_group + 1] */
static CoRc
sort_by_group(const Squares *s, int **order, int **start)
{
	int			fill = 0;
	int		   *at = co_take_zero_ints(s->arena, (size_t) s->n_group + 2);

	*order = co_take_ints(s->arena, (size_t) s->n);
	if (co_arena_failed(s->arena))
		return co_arena_failed(s->arena);
	for (int f = 0; f < s->n; f++)
		if (s->group[f] >= 0)
			at[s->group[f] + 2]++;
	for (int g = 2; g < s->n_group + 2; g++)
		at[g] = fill += at[g];
	for (int f = 0; f < s->n; f++)
		if (s->group[f] >= 0)
			(*order)[at[s->group[f] + 1]++] = f;
	*start = at;
	return CO_OK;
}

/* The form as the next row of A and b; its variables are among those of first. */
static void
add_form(const Squares *s, CoTriangle *t, int form, int first)
{
	int			e = s->start[form],
				end = s->start[form + 1];

	for (int j = 0; j < t->k; j++)
	{
		bool		has = e < end && s->var[e] == s->var[s->start[first] + j];

		co_triangle_set(t, j, has ? s->value[e++] : 0.0);
	}
	co_triangle_set(t, t->k, s->constant[form]);
	co_triangle_take_row(t);
}

static CoRc
reduce_group(const Squares *s, int first, int n, const int *form, CoTriangle *t)
{
	CoRc		rc = co_triangle_begin(s->arena, length_of(s, first), t);

	for (int f = 0; f < n && !rc; f++)
	{
		add_form(s, t, form[f], first);
		rc = co_lower_work(s->lowering, 1 + t->k * t->k / 4);
	}
	if (!rc)
		co_triangle_end(t);
	return rc;
}

/* Row i of R and q, canonical; form's arrays have room for k entries. */
static CoRc
form_of_row(const Squares *s, const CoTriangle *t, int first, int i, CoAffine *form)
{
	form->constant = co_triangle_row(t, i)[t->k];
	form->n = t->k - i;
	for (int j = i; j < t->k; j++)
	{
		form->var[j - i] = s->var[s->start[first] + t->pivot[j]];
		form->value[j - i] = co_triangle_row(t, i)[j] * t->scale[t->pivot[j]];
	}
	return co_canonical_terms(s->arena, form->n, form->var, form->value, &form->n);
}

/* sign * (form)^2, multiplied out */
static CoRc
expand_form(CoLowering *lowering, double sign, const CoAffine *form)
{
	CoArena    *arena = lowering->arena;
	CoRc		rc = co_triples_add(arena, &lowering->constant, lowering->row, -1,
									sign * form->constant * form->constant);

	for (int a = 0; a < form->n && !rc; a++)
	{
		double		twice = 2.0 * sign * form->value[a];

		rc = co_triples_add(arena, &lowering->lin, lowering->row, form->var[a],
							twice * form->constant);
		for (int b = 0; b < a && !rc; b++)
			rc = co_triples_add(arena, &lowering->quad, form->var[a], form->var[b],
								twice * form->value[b]);
		if (!rc)
			rc = co_triples_add(arena, &lowering->quad, form->var[a], form->var[a],
								sign * form->value[a] * form->value[a]);
	}
	return rc;
}

static CoRc
lift_form(CoLowering *lowering, double sign, const CoAffine *form)
{
	int			var;
	CoRc		rc = co_lower_lift(lowering, form, &var);

	return rc ? rc : co_triples_add(lowering->arena, &lowering->quad, var, var, sign);
}

/* The triangle's rows take the place of the group's terms. */
static CoRc
replace_group(const Squares *s, const CoTriangle *t, int first, bool lifted)
{
	CoLowering *lowering = s->lowering;
	double		sign = lowering->out->maximize ? -1.0 : 1.0;
	CoAffine	form = {
		.var = co_take_ints(s->arena, (size_t) t->k),
		.value = co_take_doubles(s->arena, (size_t) t->k)
	};
	CoRc		rc = co_arena_failed(s->arena);

	for (int i = 0; i < t->rank && !rc; i++)
	{
		rc = form_of_row(s, t, first, i, &form);
		if (!rc)
			rc = lifted ? lift_form(lowering, sign, &form) : expand_form(lowering, sign, &form);
		if (!rc)
			rc = co_lower_work(lowering, 1 + t->k);
	}
	return rc ? rc : co_triples_add(lowering->arena, &lowering->constant, lowering->row, -1,
									sign * t->rho2);
}

static CoRc
deal_with_group(const Squares *s, int group, int n, const int *form, bool lifts, uint8_t *fate)
{
	CoMark		mark = co_mark(s->arena);
	int			first = s->first[group];
	CoSquareFate what = CO_SQUARE_GONE;
	bool		ill;
	CoTriangle	t;
	CoRc		rc = reduce_group(s, first, n, form, &t);

	if (rc)
		return rc;
	ill = t.loss > LOSS_MOST;
	if (ill && !lifts)
		what = CO_SQUARE_FORMULA;
	else if (!ill && n <= FEW_FORMS && t.k * t.k <= CO_LOWER_PRODUCTS)
		what = CO_SQUARE_EXPAND;
	if (what == CO_SQUARE_GONE)
		rc = replace_group(s, &t, first, ill);
	for (int f = 0; f < n; f++)
		fate[s->term[form[f]]] = (uint8_t) what;
	co_rewind(s->arena, mark);
	return rc;
}

CoRc
co_lower_squares(CoLowering *lowering, CoArena *scratch, int n, const int *offset, bool lifts,
				 uint8_t *fate)
{
	CoMark		mark = co_mark(scratch);
	Squares		s = {.lowering = lowering, .arena = scratch};
	int		   *order = NULL,
			   *start = NULL;
	CoRc		rc;

	memset(fate, CO_SQUARE_EXPAND, (size_t) n);
	if ((rc = read_forms(&s, n, offset)) || (rc = find_groups(&s)) || (rc = join_groups(&s)) ||
		(rc = sort_by_group(&s, &order, &start)))
		return rc;
	for (int g = 0; g < s.n_group && !rc; g++)
		if (start[g + 1] > start[g])
			rc = deal_with_group(&s, g, start[g + 1] - start[g], order + start[g], lifts, fate);
	if (!rc)
		co_rewind(scratch, mark);
	return rc;
}
