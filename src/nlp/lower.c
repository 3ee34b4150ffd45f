/*-------------------------------------------------------------------------
 *
 * nlp/lower.c
 *	  From a problem block to the matrices of a QP.
 *
 * Plain terms stay in the block's columns and are read from there when the
 * matrices are made; a first walk over the rows gathers in lists only what is
 * not plain: terms with parameters, and what formulas expand to.
 *
 *-------------------------------------------------------------------------
 */
#include "nlp/lower.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "nlp/lower_private.h"

static void
clear_error(CoError *error)
{
	memset(error, 0, sizeof *error);
	error->position = -1;
}

static void
label_leaf(const CoLowering *lowering, int leaf, char *out, size_t size)
{
	const CoBlock *block = lowering->block;

	co_label(block->str + block->leaf_name[leaf],
			 co_block_string(block, block->leaf_key[leaf]), out, size);
}

static void
label_row(const CoLowering *lowering, int row, char *out, size_t size)
{
	const CoBlock *block = lowering->block;
	const char *name = co_block_string(block, block->row_name[row]);
	const char *head = "constraint ";

	if (row == 0)
		snprintf(out, size, "the objective");
	else if (!name)
		snprintf(out, size, "constraint number %d (it has no name)", row);
	else
	{
		snprintf(out, size, "%s", head);
		co_label(name, co_block_string(block, block->row_key[row]),
				 out + strlen(head), size - strlen(head));
	}
}

CoRc
co_lower_complain(CoLowering *lowering, int row, const char *format)
{
	char		label[128];

	clear_error(lowering->error);
	label_row(lowering, row, label, sizeof label);
	snprintf(lowering->error->message, sizeof lowering->error->message, format, label);
	return CO_BAD_INPUT;
}

static CoRc
complain_leaf(CoLowering *lowering, int leaf, const char *format)
{
	char		label[128];

	clear_error(lowering->error);
	label_leaf(lowering, leaf, label, sizeof label);
	snprintf(lowering->error->message, sizeof lowering->error->message, format, label);
	return CO_BAD_INPUT;
}

/* second < 0: a linear coefficient. */
static CoRc
complain_coefficient(CoLowering *lowering, int row, int leaf, int second)
{
	char		label[64],
				factor[64] = "",
				place[64];

	clear_error(lowering->error);
	label_leaf(lowering, leaf, label, sizeof label);
	if (second >= 0)
		label_leaf(lowering, second, factor, sizeof factor);
	label_row(lowering, row, place, sizeof place);
	snprintf(lowering->error->message, sizeof lowering->error->message,
			 "coefficient of %s%s%s in %s is not finite", label,
			 second >= 0 ? " * " : "", factor, place);
	return CO_BAD_INPUT;
}

static CoRc
complain_undefined(CoLowering *lowering, int leaf)
{
	const CoBlock *block = lowering->block;

	complain_leaf(lowering, leaf, "variable %s is not defined");
	snprintf(lowering->error->hint, sizeof lowering->error->hint,
			 "Use opt_var('%.60s'%s, ...) somewhere in the problem, or correct the name or key.",
			 block->str + block->leaf_name[leaf], block->leaf_key[leaf] < 0 ? "" : ", key");
	return CO_BAD_INPUT;
}

static CoRc
check_leaf(CoLowering *lowering, int leaf)
{
	const CoBlock *block = lowering->block;

	if (block->leaf_kind[leaf] == CO_LEAF_REFERENCE)
		return complain_undefined(lowering, leaf);
	if (block->leaf_kind[leaf] == CO_LEAF_PARAMETER)
		return isfinite(lowering->value[leaf]) ? CO_OK :
			complain_leaf(lowering, leaf, "value of parameter %s is not finite");
	if (isnan(block->leaf_lower[leaf]) || isnan(block->leaf_upper[leaf]))
		return complain_leaf(lowering, leaf, "a bound of variable %s is not a number");
	return CO_OK;
}

static CoRc
number_leaves(CoLowering *lowering)
{
	const CoBlock *block = lowering->block;
	CoLowered  *out = lowering->out;
	CoRc		rc = CO_OK;

	out->leaf_var = co_take_ints(lowering->arena, (size_t) block->n_leaf);
	out->var_leaf = co_take_ints(lowering->arena, (size_t) block->n_leaf);
	if (co_arena_failed(lowering->arena))
		return co_arena_failed(lowering->arena);
	for (int k = 0; k < block->n_leaf && !rc; k++)
	{
		if ((rc = check_leaf(lowering, k)) || (rc = co_lower_work(lowering, 1)))
			break;
		out->leaf_var[k] = -1;
		if (block->leaf_kind[k] == CO_LEAF_PARAMETER)
			lowering->has_parameter = true;
		else
		{
			out->leaf_var[k] = out->n_var;
			out->var_leaf[out->n_var++] = k;
		}
	}
	return rc;
}

static CoRc
add_constant(CoLowering *lowering, double value)
{
	return co_triples_add(lowering->arena, &lowering->constant, lowering->row, -1, value);
}

/* Linear terms in parameters are part of the row's constant. */
static CoRc
gather_lin(CoLowering *lowering)
{
	const CoBlock *block = lowering->block;
	int			row = lowering->row;
	CoRc		rc = CO_OK;

	if (!lowering->has_parameter)
		return CO_OK;
	for (int t = co_row_start(block->lin_end, row); t < block->lin_end[row] && !rc; t++)
	{
		int			leaf = block->lin_leaf[t];

		if (lowering->out->leaf_var[leaf] < 0)
			rc = add_constant(lowering, block->lin_coef[t] * lowering->value[leaf]);
		if (!rc)
			rc = co_lower_work(lowering, 1);
	}
	return rc;
}

static CoRc
gather_parameter_quad(CoLowering *lowering, int t)
{
	const CoBlock *block = lowering->block;
	int			i = block->quad_i[t];
	int			j = block->quad_j[t];
	int			var_i = lowering->out->leaf_var[i];
	int			var_j = lowering->out->leaf_var[j];
	double		coef = block->quad_coef[t];

	if (var_i < 0)
		coef *= lowering->value[i];
	if (var_j < 0)
		coef *= lowering->value[j];
	if (var_i < 0 && var_j < 0)
		return add_constant(lowering, coef);
	return co_triples_add(lowering->arena, &lowering->lin, lowering->row,
						  var_i < 0 ? var_j : var_i, coef);
}

/* The objective's products of two variables stay in the block. */
static CoRc
gather_quad(CoLowering *lowering)
{
	const CoBlock *block = lowering->block;
	const int  *leaf_var = lowering->out->leaf_var;
	int			row = lowering->row;
	CoRc		rc = CO_OK;

	if (row == 0 && !lowering->has_parameter)
		return CO_OK;
	for (int t = co_row_start(block->quad_end, row); t < block->quad_end[row] && !rc; t++)
	{
		int			i = block->quad_i[t];
		int			j = block->quad_j[t];

		if (!isfinite(block->quad_coef[t]))
			return complain_coefficient(lowering, row, i, j);
		if (leaf_var[i] < 0 || leaf_var[j] < 0)
			rc = gather_parameter_quad(lowering, t);
		else if (row > 0)
			rc = co_triples_add(lowering->arena, &lowering->row_quad, leaf_var[i],
								leaf_var[j], block->quad_coef[t]);
		if (!rc)
			rc = co_lower_work(lowering, 1);
	}
	return rc;
}

/* scale * the polynomial that co_lower_formula has left. */
static CoRc
gather_polynomial(CoLowering *lowering, double factor)
{
	const CoTriples *lin = &lowering->poly_lin;
	const CoTriples *quad = &lowering->poly_quad;
	CoTriples  *quads = lowering->row == 0 ? &lowering->quad : &lowering->row_quad;
	CoRc		rc = add_constant(lowering, factor * lowering->stack[0].constant);

	for (int t = 0; t < lin->n && !rc; t++)
		rc = co_triples_add(lowering->arena, &lowering->lin, lowering->row, lin->i[t],
							factor * lin->value[t]);
	for (int t = 0; t < quad->n && !rc; t++)
	{
		double		coef = factor * quad->value[t];

		if (!isfinite(coef))
			return co_lower_complain(lowering, lowering->row,
									 "a formula in %s has a coefficient that is not finite");
		rc = co_triples_add(lowering->arena, quads, quad->i[t], quad->j[t], coef);
	}
	return rc ? rc : co_lower_work(lowering, lin->n + quad->n);
}

/* FNV-1a over a whole term, scale included. */
static uint64_t
hash_term(const CoCodeTerm *term)
{
	const uint8_t *byte = term->code - CO_CODE_TERM_HEAD;
	uint64_t	hash = UINT64_C(0xcbf29ce484222325);

	for (int k = 0; k < CO_CODE_TERM_HEAD + term->length; k++)
		hash = (hash ^ byte[k]) * UINT64_C(0x100000001b3);
	return hash;
}

/*
 * Where the row's code terms begin, ordered by their contents: added variables
 * are numbered in this order, and so not in that of arrival.
 */
static CoRc
order_terms(CoLowering *lowering, int n, int *offset)
{
	const CoBlock *block = lowering->block;
	int			at = co_row_start(block->code_end, lowering->row);
	CoMark		mark = co_mark(lowering->arena);
	uint64_t   *key = co_take(lowering->arena, (size_t) n, sizeof *key);
	CoCodeTerm	term;
	CoRc		rc = co_arena_failed(lowering->arena);

	for (int k = 0; k < n && !rc; k++)
	{
		offset[k] = at;
		co_code_term(block->code, block->code_end[lowering->row], &at, &term);
		key[k] = hash_term(&term);
		rc = co_lower_work(lowering, 1 + term.length / 16);
	}
	if (!rc)
		rc = co_sort_keys(lowering->arena, n, key, offset);
	if (!co_arena_failed(lowering->arena))
		co_rewind(lowering->arena, mark);
	return rc;
}

static int
count_terms(const CoBlock *block, int row)
{
	int			at = co_row_start(block->code_end, row);
	int			n = 0;
	CoCodeTerm	term;

	while (co_code_term(block->code, block->code_end[row], &at, &term))
		n++;
	return n;
}

static CoRc
reserve_formulas(CoLowering *lowering, int n)
{
	CoArena    *arena = lowering->arena;

	if (!lowering->stack)
		lowering->stack = co_take(arena, CO_MAX_DEPTH + 1, sizeof(CoPoly));
	if (n > lowering->cap_offset)
	{
		lowering->cap_offset = 2 * n;
		lowering->offset = co_take(arena, 2 * (size_t) n, sizeof(int));
	}
	return co_arena_failed(arena);
}

static CoRc
gather_code(CoLowering *lowering, bool *polynomial)
{
	const CoBlock *block = lowering->block;
	int			end = block->code_end[lowering->row];
	int			n = count_terms(block, lowering->row);
	CoRc		rc;

	if (n == 0)
		return CO_OK;
	rc = reserve_formulas(lowering, n);
	if (rc)
		return rc;
	rc = order_terms(lowering, n, lowering->offset);
	for (int k = 0; k < n && !rc && *polynomial; k++)
	{
		int			at = lowering->offset[k];
		CoCodeTerm	term;

		co_code_term(block->code, end, &at, &term);
		if (!isfinite(term.scale))
			return co_lower_complain(lowering, lowering->row,
									 "factor of a formula in %s is not finite");
		if (term.scale == 0.0)
			continue;
		rc = co_lower_formula(lowering, &term, polynomial);
		if (!rc && *polynomial)
			rc = gather_polynomial(lowering, term.scale);
	}
	return rc;
}

/* Whether the row's quadratic terms leave anything when they are summed. */
static CoRc
check_row_quad(CoLowering *lowering)
{
	CoTriples  *list = &lowering->row_quad;
	CoMark		mark = co_mark(lowering->arena);
	int			n = list->n;
	uint64_t   *key;
	double	   *value;
	int		   *from;
	CoRc		rc;

	if (n == 0 || lowering->quad_row >= 0)
		return CO_OK;
	key = co_take(lowering->arena, (size_t) n, sizeof *key);
	value = co_take_doubles(lowering->arena, (size_t) n);
	from = co_take_ints(lowering->arena, (size_t) n);
	if (co_arena_failed(lowering->arena))
		return co_arena_failed(lowering->arena);
	for (int t = 0; t < n; t++)
	{
		uint64_t	low = (uint64_t) (list->i[t] < list->j[t] ? list->i[t] : list->j[t]);
		uint64_t	high = (uint64_t) (list->i[t] < list->j[t] ? list->j[t] : list->i[t]);

		key[t] = high << 32 | low;
		from[t] = t;
	}
	rc = co_sort_keys(lowering->arena, n, key, from);
	for (int t = 0; t < n; t++)
		value[t] = list->value[from[t]];
	for (int next, t = 0; t < n && !rc; t = next)
	{
		double		sum;

		for (next = t + 1; next < n && key[next] == key[t];)
			next++;
		rc = co_canonical_sum(lowering->arena, next - t, value + t, &sum);
		if (!rc && sum != 0.0)
			lowering->quad_row = lowering->row;
	}
	co_rewind(lowering->arena, mark);
	return rc;
}

/* First walk: the lists, and the first row that is no polynomial, if any. */
static CoRc
gather(CoLowering *lowering, int *culprit)
{
	const CoBlock *block = lowering->block;
	bool		polynomial = true;
	CoRc		rc = CO_OK;

	*culprit = -1;
	for (int r = 0; r < block->n_row && !rc; r++)
	{
		lowering->row = r;
		lowering->row_quad.n = 0;
		if ((rc = gather_lin(lowering)) || (rc = gather_quad(lowering)) ||
			(rc = gather_code(lowering, &polynomial)))
			break;
		if (!polynomial)
		{
			*culprit = r;
			break;
		}
		if (r > 0)
			rc = check_row_quad(lowering);
		if (!rc)
			rc = co_lower_work(lowering, 1);
	}
	return rc;
}

/* Entry e of the next row: the block's plain terms, then the list's. */
static void
put_entry(CoRows *rows, int *fill, int col, double value)
{
	rows->col[*fill] = col;
	rows->value[(*fill)++] = value;
}

static CoRc
fill_linear_rows(CoLowering *lowering, CoRows *rows)
{
	const CoBlock *block = lowering->block;
	const CoTriples *extra = &lowering->lin;
	const int  *leaf_var = lowering->out->leaf_var;
	int			e = 0,
				fill = 0;
	CoRc		rc = CO_OK;

	for (int r = 0; r < block->n_row && !rc; r++)
	{
		rows->start[r] = fill;
		for (int t = co_row_start(block->lin_end, r); t < block->lin_end[r]; t++)
		{
			if (leaf_var[block->lin_leaf[t]] >= 0)
				put_entry(rows, &fill, leaf_var[block->lin_leaf[t]], block->lin_coef[t]);
			if ((rc = co_lower_work(lowering, 1)))
				return rc;
		}
		for (; e < extra->n && extra->i[e] == r; e++)
			put_entry(rows, &fill, extra->j[e], extra->value[e]);
		rc = co_lower_work(lowering, 1);
	}
	rows->start[block->n_row] = fill;
	return rc;
}

/* The rows affine - t = -constant, after the block's. */
static CoRc
fill_lifted_rows(CoLowering *lowering, CoRows *rows)
{
	const CoTriples *lift = &lowering->lift;
	int			fill = rows->start[lowering->block->n_row];
	CoRc		rc = CO_OK;

	for (int k = 0; k < lift->n && !rc; k++)
	{
		rows->start[lowering->block->n_row + k] = fill;
		for (int e = lift->i[k]; e < lift->i[k] + lift->j[k]; e++)
			put_entry(rows, &fill, lowering->lift_lin.j[e], lowering->lift_lin.value[e]);
		put_entry(rows, &fill, lowering->out->n_var + k, -1.0);
		rc = co_lower_work(lowering, 1 + lift->j[k]);
	}
	rows->start[rows->nrow] = fill;
	return rc;
}

static CoRc
take_rows(CoArena *arena, int nrow, int ncol, int64_t nnz, CoRows *rows)
{
	rows->nrow = nrow;
	rows->ncol = ncol;
	rows->start = co_take_ints(arena, (size_t) nrow + 1);
	rows->col = co_take_ints(arena, (size_t) nnz);
	rows->value = co_take_doubles(arena, (size_t) nnz);
	return co_arena_failed(arena);
}

/* The objective is row 0 of the sums; it goes to c and the others move up. */
static void
split_objective(CoLowering *lowering, CoQp *qp)
{
	CoCsc	   *a = &qp->a;
	int			fill = 0;

	for (int j = 0; j < a->ncol; j++)
	{
		int			e = a->start[j];
		int			end = a->start[j + 1];

		if (e < end && a->index[e] == 0)
			qp->c[j] = lowering->out->maximize ? -a->value[e++] : a->value[e++];
		a->start[j] = fill;
		for (; e < end; e++)
		{
			a->index[fill] = a->index[e] - 1;
			a->value[fill++] = a->value[e];
		}
	}
	a->start[a->ncol] = fill;
	a->nrow--;
}

static CoRc
complain_linear(CoLowering *lowering, int row, int col)
{
	if (row < lowering->block->n_row && col < lowering->out->n_var)
		return complain_coefficient(lowering, row, lowering->out->var_leaf[col], -1);
	return co_lower_complain(lowering, 0, "a squared sum in the problem has a coefficient that is not finite");
}

static CoRc
make_linear(CoLowering *lowering, CoQp *qp)
{
	CoArena    *arena = lowering->arena;
	int			nrow = lowering->block->n_row + lowering->lift.n;
	int64_t		nnz = (int64_t) lowering->block->n_lin + lowering->lin.n +
		lowering->lift_lin.n + lowering->lift.n;
	int			bad_row,
				bad_col;
	CoMark		mark;
	CoRows		rows;
	CoRc		rc = co_csc_take(arena, nrow, qp->n, nnz, &qp->a);

	mark = co_mark(arena);
	if (rc || (rc = take_rows(arena, nrow, qp->n, nnz, &rows)) ||
		(rc = fill_linear_rows(lowering, &rows)) || (rc = fill_lifted_rows(lowering, &rows)))
		return rc;
	rc = co_csc_compress(arena, &rows, &qp->a, &bad_row, &bad_col);
	if (rc == CO_NOT_FINITE)
		return complain_linear(lowering, bad_row, bad_col);
	if (rc)
		return rc;
	co_rewind(arena, mark);
	split_objective(lowering, qp);
	return CO_OK;
}

/* Term t of the objective, the block's first; false: not one of P. */
static inline bool
quad_term(const CoLowering *lowering, int t, int *low, int *high, double *value)
{
	const CoBlock *block = lowering->block;
	int			n = block->quad_end[0];
	int			i = t < n ? lowering->out->leaf_var[block->quad_i[t]] : lowering->quad.i[t - n];
	int			j = t < n ? lowering->out->leaf_var[block->quad_j[t]] : lowering->quad.j[t - n];

	*low = i < j ? i : j;
	*high = i < j ? j : i;
	*value = t < n ? block->quad_coef[t] : lowering->quad.value[t - n];

	/* 1/2 x'Px: the diagonal doubles, the rest is there twice. */
	if (i == j)
		*value *= 2.0;
	return *low >= 0;
}

/* The objective's products, by the larger variable. */
static CoRc
fill_quad_rows(CoLowering *lowering, int n_term, CoRows *rows)
{
	int		   *start = rows->start;
	int			low,
				high;
	double		value;
	CoRc		rc = CO_OK;

	memset(start, 0, ((size_t) rows->nrow + 1) * sizeof *start);
	for (int t = 0; t < n_term && !rc; t++)
	{
		if (quad_term(lowering, t, &low, &high, &value) && high + 2 <= rows->nrow)
			start[high + 2]++;
		rc = co_lower_work(lowering, 1);
	}
	for (int i = 2; i <= rows->nrow; i++)
		start[i] += start[i - 1];
	for (int t = 0; t < n_term && !rc; t++)
	{
		if (quad_term(lowering, t, &low, &high, &value))
			put_entry(rows, &start[high + 1], low, value);
		rc = co_lower_work(lowering, 1);
	}
	return rc;
}

static CoRc
complain_quad(CoLowering *lowering, int i, int j)
{
	if (i < lowering->out->n_var && j < lowering->out->n_var)
		return complain_coefficient(lowering, 0, lowering->out->var_leaf[i],
									lowering->out->var_leaf[j]);
	return co_lower_complain(lowering, 0, "a squared sum in %s has a coefficient that is not finite");
}

static CoRc
make_quadratic(CoLowering *lowering, CoQp *qp)
{
	CoArena    *arena = lowering->arena;
	int64_t		n_term = (int64_t) lowering->block->quad_end[0] + lowering->quad.n;
	int			bad_row,
				bad_col;
	CoMark		mark;
	CoRows		rows;
	CoRc		rc = co_csc_take(arena, qp->n, qp->n, n_term, &qp->p);

	mark = co_mark(arena);
	if (rc || n_term == 0)
		return rc;
	if ((rc = take_rows(arena, qp->n, qp->n, n_term, &rows)) ||
		(rc = fill_quad_rows(lowering, (int) n_term, &rows)))
		return rc;
	rc = co_csc_compress(arena, &rows, &qp->p, &bad_row, &bad_col);
	if (rc == CO_NOT_FINITE)
		return complain_quad(lowering, bad_row, bad_col);
	if (rc)
		return rc;
	co_rewind(arena, mark);
	for (int e = 0; lowering->out->maximize && e < co_csc_nnz(&qp->p); e++)
		qp->p.value[e] = -qp->p.value[e];
	return CO_OK;
}

/* The constants of all rows: the block's and the list's, in canonical order. */
static CoRc
sum_constants(CoLowering *lowering, double *constant)
{
	const CoBlock *block = lowering->block;
	const CoTriples *list = &lowering->constant;
	int			e = 0;
	CoRc		rc = CO_OK;

	for (int r = 0; r < block->n_row && !rc; r++)
	{
		int			first = e;
		double		sum;

		while (e < list->n && list->i[e] == r)
			e++;
		rc = co_canonical_sum(lowering->arena, e - first, list->value + first, &sum);
		constant[r] = block->constant[r] + sum;
		if (!rc && !isfinite(constant[r]))
			return co_lower_complain(lowering, r, "constant of %s is not finite");
		if (!rc)
			rc = co_lower_work(lowering, 1 + e - first);
	}
	return rc;
}

/* bound - constant, for a finite bound a finite one. */
static bool
move_constant(double bound, double constant, double *moved)
{
	*moved = bound - constant;
	return !isnan(*moved) && (isinf(bound) || isfinite(*moved));
}

static CoRc
set_row_bounds(CoLowering *lowering, CoQp *qp)
{
	const CoBlock *block = lowering->block;
	CoLowered  *out = lowering->out;
	double	   *constant = co_take_doubles(lowering->arena, (size_t) block->n_row);
	CoRc		rc;

	if (!constant)
		return co_arena_failed(lowering->arena);
	rc = sum_constants(lowering, constant);
	if (rc)
		return rc;
	qp->c0 = out->maximize ? -constant[0] : constant[0];
	out->row_constant = constant + 1;
	for (int i = 0; i < out->n_row; i++)
		if (!move_constant(block->lower[i + 1], constant[i + 1], &qp->cl[i]) ||
			!move_constant(block->upper[i + 1], constant[i + 1], &qp->cu[i]))
			return co_lower_complain(lowering, i + 1, "a bound of %s is not a finite number");
	for (int k = 0; k < lowering->lift.n; k++)
		qp->cl[out->n_row + k] = qp->cu[out->n_row + k] = -lowering->lift.value[k];
	return CO_OK;
}

static void
set_variables(CoLowering *lowering, CoQp *qp)
{
	const CoBlock *block = lowering->block;
	CoLowered  *out = lowering->out;

	for (int j = 0; j < qp->n; j++)
	{
		int			leaf = j < out->n_var ? out->var_leaf[j] : -1;

		qp->xl[j] = leaf < 0 ? -INFINITY : block->leaf_lower[leaf];
		qp->xu[j] = leaf < 0 ? INFINITY : block->leaf_upper[leaf];
		out->start[j] = leaf < 0 ? NAN : block->leaf_start[leaf];
	}
}

static CoRc
make_qp(CoLowering *lowering)
{
	CoLowered  *out = lowering->out;
	CoQp	   *qp = &out->qp;
	CoArena    *arena = lowering->arena;
	CoRc		rc;

	qp->n = out->n_var + lowering->lift.n;
	qp->m = out->n_row + lowering->lift.n;
	qp->c = co_take_zero_doubles(arena, (size_t) qp->n);
	qp->xl = co_take_doubles(arena, (size_t) qp->n);
	qp->xu = co_take_doubles(arena, (size_t) qp->n);
	qp->cl = co_take_doubles(arena, (size_t) qp->m);
	qp->cu = co_take_doubles(arena, (size_t) qp->m);
	out->start = co_take_doubles(arena, (size_t) qp->n);
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	if ((rc = set_row_bounds(lowering, qp)) || (rc = make_linear(lowering, qp)) ||
		(rc = make_quadratic(lowering, qp)))
		return rc;
	set_variables(lowering, qp);
	out->problem_class = co_csc_nnz(&qp->p) > 0 ? CO_CLASS_QP : CO_CLASS_LP;
	return CO_OK;
}

CoRc
co_lower(CoArena *arena, const CoBlock *problem, const double *leaf_value,
		 CoLowered *out, CoError *error)
{
	CoLowering	lowering = {
		.arena = arena, .block = problem, .error = error, .out = out, .quad_row = -1,
		.value = leaf_value ? leaf_value : problem->leaf_start
	};
	int			culprit;
	CoRc		rc;

	memset(out, 0, sizeof *out);
	clear_error(error);
	if (problem->kind != CO_BLOCK_PROBLEM || problem->n_row < 1)
	{
		snprintf(error->message, sizeof error->message, "not an optimization problem");
		return CO_BAD_INPUT;
	}
	out->maximize = (problem->flags & CO_FLAG_MAXIMIZE) != 0;
	out->n_row = problem->n_row - 1;
	if ((rc = co_poll(arena)) || (rc = number_leaves(&lowering)) ||
		(rc = gather(&lowering, &culprit)))
		return rc;
	out->culprit_row = culprit >= 0 ? culprit : lowering.quad_row;
	if (out->culprit_row < 0)
		return make_qp(&lowering);
	out->problem_class = culprit >= 0 ? CO_CLASS_NLP : CO_CLASS_QCQP;
	return CO_OK;
}
