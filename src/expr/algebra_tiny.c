/*-------------------------------------------------------------------------
 *
 * expr/algebra_tiny.c
 *	  The operators' fast paths for a few terms.
 *
 * sum(cov * a.w * b.w) multiplies twice per row.  Through a builder that is
 * 150 to 200 ns a time; here it is the exact size, one allocation of the host
 * and straight stores.
 *
 *-------------------------------------------------------------------------
 */
#include "expr/algebra.h"

#include <math.h>
#include <string.h>

#include "expr/algebra_code.h"

/* Terms of an operand whose code may fit: an affine one takes 12 bytes. */
#define MOST_TERMS		(CO_TINY_CODE / 12)

/* Columns of a value this file is writing. */
#define AS_DOUBLES(column)	((double *) (uintptr_t) (column))
#define AS_INTS(column)		((int *) (uintptr_t) (column))
#define AS_BYTES(column)	((uint8_t *) (uintptr_t) (column))

/* A constant as the builder adds it: zeros are skipped, never -0. */
static double
scaled_constant(double alpha, double constant)
{
	return constant != 0.0 ? 0.0 + alpha * constant : 0.0;
}

/* x alpha, or x / divisor: 3 * x / 10 is 0.3 * x exactly. */
static inline double
scale(double x, double factor, bool divide)
{
	return divide ? x / factor : x * factor;
}

static inline bool
scale_column(const double *column, int n, double factor, bool divide)
{
	double	   *to = AS_DOUBLES(column);
	bool		finite = true;

	for (int t = 0; t < n; t++)
	{
		to[t] = scale(to[t], factor, divide);
		finite &= isfinite(to[t]) != 0;
	}
	return finite;
}

static inline bool
scale_code(const CoBlock *block, double factor, bool divide)
{
	bool		finite = true;
	int			at = 0;
	CoCodeTerm	term;

	while (co_code_term(block->code, block->n_code, &at, &term))
	{
		term.scale = scale(term.scale, factor, divide);
		finite &= isfinite(term.scale) != 0;
		memcpy(AS_BYTES(term.code) - CO_CODE_TERM_HEAD, &term.scale, sizeof term.scale);
	}
	return finite && at == block->n_code;
}

static inline bool
scale_terms(const CoBlock *block, double factor, bool divide)
{
	return scale_column(block->lin_coef, block->n_lin, factor, divide) &&
		scale_column(block->quad_coef, block->n_quad, factor, divide) &&
		scale_code(block, factor, divide);
}

/* Are the arrays where the header says? */
static inline bool
view_any(const void *flat, size_t size, CoBlock *view)
{
	const CoBlockHeader *header = flat;

	if (size < sizeof *header || header->version != CO_BLOCK_VERSION ||
		header->kind != CO_BLOCK_EXPR || header->n_row != 1 ||
		(header->n_leaf | header->n_lin | header->n_quad | header->n_code | header->n_str |
		 header->n_bound | header->n_bound_code) < 0)
		return false;
	co_block_view_expr(flat, view);
	return co_block_size(view) == size;
}

bool
co_expr_scale_flat(void *flat, size_t size, double alpha, double gamma)
{
	CoBlock		block;
	double		constant;

	if (!view_any(flat, size, &block))
		return false;
	constant = scaled_constant(alpha, block.constant[0]) + gamma;
	*AS_DOUBLES(block.constant) = constant;
	return !isnan(constant) && scale_terms(&block, alpha, false);
}

bool
co_expr_divide_flat(void *flat, size_t size, double divisor)
{
	CoBlock		block;
	double		constant;

	if (divisor == 0.0 || !isfinite(divisor) || !view_any(flat, size, &block))
		return false;
	constant = block.constant[0] != 0.0 ? block.constant[0] / divisor : 0.0;
	*AS_DOUBLES(block.constant) = constant;
	return !isnan(constant) && scale_terms(&block, divisor, true);
}

static inline const char *
leaf_name(const CoBlock *block, int k)
{
	return block->str + block->leaf_name[k];
}

/* The same leaf, defined alike: all that needs no merging. */
static bool
same_leaf(const CoBlock *a, int i, const CoBlock *b, int j)
{
	const char *key_a = co_block_string(a, a->leaf_key[i]);
	const char *key_b = co_block_string(b, b->leaf_key[j]);

	return a->leaf_kind[i] == b->leaf_kind[j] &&
		a->leaf_lower[i] == b->leaf_lower[j] && a->leaf_upper[i] == b->leaf_upper[j] &&
		(a->leaf_start[i] == b->leaf_start[j] ||
		 (isnan(a->leaf_start[i]) && isnan(b->leaf_start[j]))) &&
		strcmp(leaf_name(a, i), leaf_name(b, j)) == 0 &&
		(key_a && key_b ? strcmp(key_a, key_b) == 0 : key_a == key_b);
}

/* The name of the leaf before b's leaf j in the result. */
static const char *
name_before(const CoTiny *tiny, int j)
{
	for (j--; j >= 0; j--)
		if (tiny->map[j] >= tiny->a->n_leaf)
			return leaf_name(tiny->b, j);
	return tiny->a->n_leaf > 0 ? leaf_name(tiny->a, tiny->a->n_leaf - 1) : NULL;
}

static void
size_strings(CoTiny *tiny, int j)
{
	const char *before = name_before(tiny, j);
	const char *name = leaf_name(tiny->b, j);
	const char *key = co_block_string(tiny->b, tiny->b->leaf_key[j]);

	tiny->name_size[j] = before && strcmp(before, name) == 0 ? 0 : (int) strlen(name) + 1;
	tiny->key_size[j] = key ? (int) strlen(key) + 1 : 0;
	tiny->n_str += tiny->name_size[j] + tiny->key_size[j];
}

/* Numbers b's leaves and counts the strings of the new ones. */
static inline bool
map_leaves(CoTiny *tiny)
{
	const CoBlock *a = tiny->a;
	const CoBlock *b = tiny->b;

	tiny->n_leaf = a->n_leaf;
	tiny->n_str = a->n_str;
	for (int j = 0; b && j < b->n_leaf; j++)
	{
		int			i = 0;

		while (i < a->n_leaf && a->leaf_id[i] != b->leaf_id[j])
			i++;
		tiny->map[j] = i;
		if (i < a->n_leaf)
		{
			if (!same_leaf(a, i, b, j))
				return false;
			continue;
		}
		tiny->map[j] = tiny->n_leaf++;
		size_strings(tiny, j);
	}
	return true;
}

static inline bool
is_tiny(const CoBlock *a)
{
	return a->kind == CO_BLOCK_EXPR && a->n_code <= CO_TINY_CODE && a->n_leaf <= CO_TINY_LEAVES &&
		a->n_bound == 0;
}

static inline bool
all_finite(double alpha, const double *coef, int n)
{
	for (int t = 0; t < n; t++)
		if (!isfinite(alpha * coef[t]))
			return false;
	return true;
}

static inline void
count(const CoTiny *tiny, CoBlock *counts)
{
	const CoBlock *a = tiny->a;
	const CoBlock *b = tiny->b;
	bool		sum = tiny->form == CO_TINY_SUM;

	counts->kind = CO_BLOCK_EXPR;
	counts->n_row = 1;
	counts->n_leaf = tiny->n_leaf;
	counts->n_lin = sum ? a->n_lin + b->n_lin : 0;
	counts->n_quad = sum ? a->n_quad + b->n_quad : tiny->form == CO_TINY_PRODUCT;
	counts->n_code = sum ? a->n_code + b->n_code :
		tiny->form == CO_TINY_FORMULA ? CO_CODE_TERM_HEAD + tiny->n_code : 0;
	counts->n_str = tiny->n_str;
	counts->n_bound = counts->n_bound_code = 0;
}

size_t
co_expr_add_tiny(double alpha, const CoBlock *a, double beta, const CoBlock *b, CoTiny *tiny)
{
	CoBlock		counts;

	tiny->a = a;
	tiny->b = b;
	tiny->alpha = alpha;
	tiny->beta = beta;
	tiny->form = CO_TINY_SUM;
	if (!is_tiny(a) || !is_tiny(b) || !map_leaves(tiny) ||
		!all_finite(alpha, a->lin_coef, a->n_lin) || !all_finite(beta, b->lin_coef, b->n_lin) ||
		!all_finite(alpha, a->quad_coef, a->n_quad) ||
		!all_finite(beta, b->quad_coef, b->n_quad) ||
		isnan(alpha * a->constant[0] + beta * b->constant[0]))
		return 0;
	count(tiny, &counts);
	return co_block_size(&counts);
}

static inline bool
is_monomial(const CoBlock *a)
{
	return a->kind == CO_BLOCK_EXPR && a->n_lin == 1 && a->n_leaf == 1 &&
		a->n_quad == 0 && a->n_code == 0 && a->n_bound == 0 && a->constant[0] == 0.0;
}

size_t
co_expr_mul_tiny(const CoBlock *a, const CoBlock *b, CoTiny *tiny)
{
	CoBlock		counts;

	if (!is_monomial(a) || !is_monomial(b))
		return 0;
	tiny->a = a;
	tiny->b = b;
	tiny->alpha = 0.0 + a->lin_coef[0] * b->lin_coef[0];	/* no -0 */
	tiny->form = CO_TINY_PRODUCT;
	if (!isfinite(tiny->alpha) || !map_leaves(tiny))
		return 0;
	count(tiny, &counts);
	return co_block_size(&counts);
}

/* The expression 0, as its flat value. */
static const struct
{
	CoBlockHeader header;
	double		constant;
	int			end[3];
}			zero = {.header = {.version = CO_BLOCK_VERSION, .kind = CO_BLOCK_EXPR, .n_row = 1}};

void
co_tiny_number(const double *number, CoBlock *out)
{
	co_block_view_expr_with_numbers(&zero, out);
	out->constant = number;
}

size_t
co_expr_apply_tiny(CoOp op, const CoBlock *a, const CoBlock *b, CoTiny *tiny)
{
	CoBlock		counts;

	tiny->a = a;
	tiny->b = b;
	tiny->form = CO_TINY_FORMULA;
	if (!is_tiny(a) || (b && !is_tiny(b)) || a->n_lin + a->n_quad > MOST_TERMS ||
		(b && b->n_lin + b->n_quad > MOST_TERMS) ||
		!co_algebra_is_code(op, a, b) || !map_leaves(tiny))
		return 0;
	tiny->n_code = co_algebra_code_small(op == CO_OP_POWER ? CO_OP_POW : op, a, b, tiny->map,
										 tiny->code, CO_TINY_CODE, &tiny->alpha);
	if (tiny->n_code == 0)
		return 0;
	count(tiny, &counts);
	return co_block_size(&counts);
}

static inline void
write_header(const CoTiny *tiny, CoBlockHeader *header, CoBlock *to)
{
	CoBlock		counts;

	count(tiny, &counts);

	header->version = CO_BLOCK_VERSION;
	header->kind = CO_BLOCK_EXPR;
	header->flags = 0;
	header->reserved = 0;
	header->n_row = 1;
	header->n_leaf = counts.n_leaf;
	header->n_lin = counts.n_lin;
	header->n_quad = counts.n_quad;
	header->n_code = counts.n_code;
	header->n_str = counts.n_str;
	header->n_bound = header->n_bound_code = 0;
	co_block_view_expr_with_numbers(header, to);
	*AS_INTS(to->lin_end) = counts.n_lin;
	*AS_INTS(to->quad_end) = counts.n_quad;
	*AS_INTS(to->code_end) = counts.n_code;
}

static inline void
copy_leaf(const CoBlock *from, int j, const CoBlock *to, int k)
{
	((uint64_t *) (uintptr_t) to->leaf_id)[k] = from->leaf_id[j];
	AS_DOUBLES(to->leaf_lower)[k] = from->leaf_lower[j];
	AS_DOUBLES(to->leaf_upper)[k] = from->leaf_upper[j];
	AS_DOUBLES(to->leaf_start)[k] = from->leaf_start[j];
	AS_BYTES(to->leaf_kind)[k] = from->leaf_kind[j];
}

static int
copy_string(const CoBlock *to, int *fill, const char *string, int size)
{
	int			at = *fill;

	memcpy(AS_BYTES(to->str) + at, string, (size_t) size);
	*fill += size;
	return at;
}

static inline void
write_leaves(const CoTiny *tiny, const CoBlock *to)
{
	const CoBlock *a = tiny->a;
	const CoBlock *b = tiny->b;
	int			fill = a->n_str;

	if (a->n_str > 0)
		memcpy(AS_BYTES(to->str), a->str, (size_t) a->n_str);
	for (int k = 0; k < a->n_leaf; k++)
	{
		copy_leaf(a, k, to, k);
		AS_INTS(to->leaf_name)[k] = a->leaf_name[k];
		AS_INTS(to->leaf_key)[k] = a->leaf_key[k];
	}
	for (int j = 0; b && j < b->n_leaf; j++)
	{
		int			k = tiny->map[j];

		if (k < a->n_leaf)
			continue;
		copy_leaf(b, j, to, k);
		AS_INTS(to->leaf_name)[k] = tiny->name_size[j] == 0 ? to->leaf_name[k - 1] :
			copy_string(to, &fill, leaf_name(b, j), tiny->name_size[j]);
		AS_INTS(to->leaf_key)[k] = b->leaf_key[j] < 0 ? -1 :
			copy_string(to, &fill, b->str + b->leaf_key[j], tiny->key_size[j]);
	}
}

/* One operand's terms, from positions lin and quad of the result on. */
static inline void
write_terms(const CoBlock *from, double scale, const int *map, const CoBlock *to,
			int lin, int quad)
{
	for (int t = 0; t < from->n_lin; t++)
	{
		int			leaf = from->lin_leaf[t];

		AS_DOUBLES(to->lin_coef)[lin + t] = scale * from->lin_coef[t];
		AS_INTS(to->lin_leaf)[lin + t] = map ? map[leaf] : leaf;
	}
	for (int t = 0; t < from->n_quad; t++)
	{
		int			i = from->quad_i[t];
		int			j = from->quad_j[t];

		AS_DOUBLES(to->quad_coef)[quad + t] = scale * from->quad_coef[t];
		AS_INTS(to->quad_i)[quad + t] = map ? map[i] : i;
		AS_INTS(to->quad_j)[quad + t] = map ? map[j] : j;
	}
}

/* One operand's code, from byte at of the result on. */
static inline bool
write_code(const CoBlock *from, double scale, const int *map, uint8_t *to)
{
	int			at = 0;
	CoCodeTerm	term;

	if (from->n_code == 0)
		return true;
	memcpy(to, from->code, (size_t) from->n_code);
	while (co_code_term(to, from->n_code, &at, &term))
	{
		term.scale *= scale;
		if (!isfinite(term.scale) ||
			(map && !co_code_renumber_any(AS_BYTES(term.code), term.length, map, from->n_leaf)))
			return false;
		memcpy(AS_BYTES(term.code) - CO_CODE_TERM_HEAD, &term.scale, sizeof term.scale);
	}
	return at == from->n_code;
}

static inline bool
write_sum(const CoTiny *tiny, const CoBlock *to)
{
	const CoBlock *a = tiny->a;
	const CoBlock *b = tiny->b;

	*AS_DOUBLES(to->constant) = scaled_constant(tiny->alpha, a->constant[0]) +
		scaled_constant(tiny->beta, b->constant[0]);
	write_terms(a, tiny->alpha, NULL, to, 0, 0);
	write_terms(b, tiny->beta, tiny->map, to, a->n_lin, a->n_quad);
	return write_code(a, tiny->alpha, NULL, AS_BYTES(to->code)) &&
		write_code(b, tiny->beta, tiny->map, AS_BYTES(to->code) + a->n_code);
}

static inline void
write_formula(const CoTiny *tiny, const CoBlock *to)
{
	uint8_t    *code = AS_BYTES(to->code);
	int32_t		length = tiny->n_code;

	memcpy(code, &tiny->alpha, sizeof tiny->alpha);
	memcpy(code + sizeof tiny->alpha, &length, sizeof length);
	memcpy(code + CO_CODE_TERM_HEAD, tiny->code, (size_t) length);
}

bool
co_expr_write_tiny(const CoTiny *tiny, void *flat)
{
	CoBlock		to;

	write_header(tiny, flat, &to);
	write_leaves(tiny, &to);
	if (tiny->form == CO_TINY_SUM)
		return write_sum(tiny, &to);
	*AS_DOUBLES(to.constant) = 0.0;
	if (tiny->form == CO_TINY_FORMULA)
	{
		write_formula(tiny, &to);
		return true;
	}
	*AS_DOUBLES(to.quad_coef) = tiny->alpha;
	*AS_INTS(to.quad_i) = 0;
	*AS_INTS(to.quad_j) = tiny->map[0];
	return true;
}
