/*-------------------------------------------------------------------------
 *
 * nlp/model_gather.c
 *	  Terms of the block to lists of linear and quadratic terms and patterns.
 *
 * The code is walked twice: the first walk finds polynomials and counts the
 * instances of patterns, the second fills the columns.
 *
 *-------------------------------------------------------------------------
 */
#include <limits.h>
#include <math.h>
#include <string.h>

#include "nlp/model_private.h"

/* Forms of more variables are not multiplied out. */
#define SHORT_PRODUCT	8

static CoRc
lift_form(void *self, double constant, int n, int *var, double *coef, int *out)
{
	CoAffine	form = {constant, n, var, coef};

	return co_lower_lift(self, &form, out);
}

static CoRc
complain_encoding(CoModelBuild *build, CoRc rc)
{
	if (rc != CO_NOT_FINITE)
		return rc;
	return co_lower_complain(&build->lowering, build->lowering.row,
							 "a formula of constants and parameters in %s is not finite");
}

/* A maximized objective's terms change sign, as its matrices do. */
double
co_model_scale(const CoModelBuild *build, const CoCodeTerm *term)
{
	return build->lowered.maximize && build->owner == 0 ? -term->scale : term->scale;
}

/*
 * Polynomials of degree two become matrices, but not products of forms that
 * would be many: they stay formulas, or (the longest) get variables.
 */
static bool
is_for_lists(const CoModelBuild *build)
{
	const CoFormula *formula = &build->formula;

	return formula->degree <= 1 ||
		(formula->degree == 2 && (formula->longest <= SHORT_PRODUCT ||
								  (build->lifts && formula->longest > build->long_sum)));
}

/* A polynomial: to the lists; *polynomial is false when it was none. */
static CoRc
add_polynomial(CoModelBuild *build, const CoCodeTerm *term, bool *polynomial)
{
	CoRc		rc = CO_OK;

	*polynomial = false;
	if (is_for_lists(build) && !build->keeps_formula)
		rc = co_lower_formula(&build->lowering, term, polynomial);
	return !rc && *polynomial ? co_lower_polynomial(&build->lowering, term->scale) : rc;
}

static CoRc
encode(CoModelBuild *build, const CoCodeTerm *term, int long_form)
{
	build->map.long_form = long_form;
	return complain_encoding(build, co_formula_encode(build->arena, &build->map, term->code,
													  term->length, &build->formula));
}

/* To the lists, or one more instance of *pattern. */
CoRc
co_model_term(CoModelBuild *build, const CoCodeTerm *term, int *pattern)
{
	CoLowering *lowering = &build->lowering;
	CoMark		mark = co_mark(&build->scratch);
	CoCodeTerm	flat = *term,
				bare;
	bool		polynomial;
	CoRc		rc;

	*pattern = -1;
	if (!isfinite(term->scale))
		return co_lower_complain(lowering, lowering->row,
								 "factor of a formula in %s is not finite");
	if (term->scale == 0.0)
		return CO_OK;
	if (co_code_has_call(term->code, term->length))
	{
		bool		is_call;

		rc = co_model_take_calls(build, term, &bare, &is_call);
		if (rc || is_call)
			return rc;
		term = &bare;
	}
	rc = encode(build, term, INT_MAX);
	if (!rc)
		rc = add_polynomial(build, term, &polynomial);
	if (rc || polynomial)
		return rc;
	if (build->lifts && term->length > CO_LONG_TERM &&
		((rc = co_model_flatten(build, term, &flat)) || (rc = encode(build, &flat, build->long_sum)) ||
		 (rc = add_polynomial(build, &flat, &polynomial))))
		return rc;
	if (!polynomial)
		rc = co_pattern_find(&build->set, &build->formula, pattern);
	if (!polynomial && !rc)
		co_pattern_count(build->set.pattern[*pattern], &build->formula, co_model_scale(build, term),
						 build->owner);
	co_rewind(&build->scratch, mark);
	return rc;
}

/* Number of the term at an offset of the row, by bisection. */
static int
find_term(const int *start, int n, int offset)
{
	int			low = 0,
				high = n - 1;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (start[middle] < offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* start [n]: where the row's terms begin; lowering->offset: in canonical order */
static CoRc
order_terms(CoModelBuild *build, int n, int **start)
{
	CoLowering *lowering = &build->lowering;
	const CoBlock *block = lowering->block;
	int			at = co_row_start(block->code_end, lowering->row);
	CoCodeTerm	term;
	CoRc		rc;

	*start = co_take_ints(&build->scratch, (size_t) n);
	if (!*start)
		return co_arena_failed(&build->scratch);
	for (int k = 0; k < n; k++)
	{
		(*start)[k] = at;
		co_code_term(block->code, block->code_end[lowering->row], &at, &term);
	}
	rc = co_lower_reserve(lowering, n);
	return rc ? rc : co_lower_order(lowering, n, lowering->offset);
}

/* build->fate of the row's n terms, in the block's order */
static CoRc
find_fates(CoModelBuild *build, int n)
{
	CoLowering *lowering = &build->lowering;
	CoArena    *scratch = &build->scratch;
	CoMark		mark;
	uint8_t    *ordered;
	int		   *start;
	bool		found;
	CoRc		rc = co_lower_find_squares(lowering, scratch, &found);

	build->fate = NULL;
	if (rc || !found)
		return rc;
	build->fate = co_take(scratch, (size_t) n, 1);
	mark = co_mark(scratch);
	ordered = co_take(scratch, (size_t) n, 1);
	if (co_arena_failed(scratch))
		return co_arena_failed(scratch);
	rc = order_terms(build, n, &start);
	if (!rc)
		rc = co_lower_squares(lowering, scratch, n, lowering->offset, false, ordered);
	for (int k = 0; k < n && !rc; k++)
		build->fate[find_term(start, n, lowering->offset[k])] = ordered[k];
	if (!rc)
		co_rewind(scratch, mark);
	return rc;
}

/* Term k of the row, of all terms the one `number`. */
static CoRc
gather_term(CoModelBuild *build, const CoCodeTerm *term, int k, int number)
{
	int			fate = build->fate ? build->fate[k] : CO_SQUARE_EXPAND;
	CoRc		rc;

	build->term_pattern[number] = -1;
	if (fate == CO_SQUARE_GONE)
		return CO_OK;
	build->keeps_formula = fate == CO_SQUARE_FORMULA;
	rc = co_model_term(build, term, &build->term_pattern[number]);
	build->keeps_formula = false;
	return rc ? rc : co_lower_work(&build->lowering, 1 + term->length / 16);
}

static CoRc
gather_in_order(CoModelBuild *build, int n, int first)
{
	CoLowering *lowering = &build->lowering;
	const CoBlock *block = lowering->block;
	CoMark		mark = co_mark(&build->scratch);
	int		   *start;
	CoCodeTerm	term;
	CoRc		rc = order_terms(build, n, &start);

	if (rc)
		return rc;
	for (int k = 0; k < n && !rc; k++)
	{
		int			at = lowering->offset[k],
					place = find_term(start, n, at);

		co_code_term(block->code, block->code_end[lowering->row], &at, &term);
		rc = gather_term(build, &term, place, first + place);
	}
	co_rewind(&build->scratch, mark);
	return rc;
}

static CoRc
gather_code(CoModelBuild *build, int *first)
{
	CoLowering *lowering = &build->lowering;
	const CoBlock *block = lowering->block;
	int			at = co_row_start(block->code_end, lowering->row);
	int			end = block->code_end[lowering->row];
	int			n = co_lower_count_terms(block, lowering->row);
	CoCodeTerm	term;
	CoRc		rc = co_lower_reserve(lowering, 0);

	if (rc || n == 0 || (rc = find_fates(build, n)))
		return rc;
	if (co_lower_may_lift(block, lowering->row))
		rc = gather_in_order(build, n, *first);
	else
		for (int k = 0; k < n && !rc; k++)
		{
			co_code_term(block->code, end, &at, &term);
			rc = gather_term(build, &term, k, *first + k);
		}
	*first += n;
	return rc;
}

/* Entries of list from `from` on are products in row. */
CoRc
co_model_keep_quad(CoModelBuild *build, const CoTriples *list, int from, int row)
{
	CoRc		rc = CO_OK;

	for (int t = from; t < list->n && !rc; t++)
	{
		int			i = list->i[t] > list->j[t] ? list->i[t] : list->j[t];
		int			j = list->i[t] > list->j[t] ? list->j[t] : list->i[t];

		rc = co_triples_add(&build->lists, &build->quad, i, j, list->value[t]);
		if (!rc)
			rc = co_triples_add(&build->lists, &build->quad_row, row, -1, 0.0);
	}
	return rc ? rc : co_lower_work(&build->lowering, list->n - from);
}

static CoRc
prepare(CoModelBuild *build)
{
	CoLowering *lowering = &build->lowering;
	const CoBlock *block = lowering->block;

	build->map = (CoLeafMap) {
		.leaf_var = build->lowered.leaf_var, .value = lowering->value,
		.long_form = INT_MAX, .lift = lift_form, .self = lowering
	};
	build->set = (CoPatternSet) {.arena = build->arena, .last = -1};
	build->n_term = 0;
	for (int r = 0; r < block->n_row; r++)
		build->n_term += co_lower_count_terms(block, r);
	build->term_pattern = co_take_ints(&build->scratch, (size_t) build->n_term);
	return co_arena_failed(&build->scratch);
}

CoRc
co_model_gather(CoModelBuild *build)
{
	CoLowering *lowering = &build->lowering;
	int			first = 0;
	CoRc		rc = prepare(build);

	if (!rc)
		rc = co_model_choose_lifts(build);
	for (int r = 0; r < lowering->block->n_row && !rc; r++)
	{
		lowering->row = build->owner = r;
		lowering->row_quad.n = 0;
		if ((rc = co_lower_plain(lowering)) || (rc = gather_code(build, &first)))
			break;
		if (r > 0)
			rc = co_model_keep_quad(build, &lowering->row_quad, 0, r - 1);
		if (!rc)
			rc = co_lower_work(lowering, 1);
	}
	return rc ? rc : co_model_gather_nested(build);
}

/* The second walk; next [n of set]: instances put so far, in order of arrival. */
CoRc
co_model_put(CoModelBuild *build, const CoCodeTerm *term, int p, int *next)
{
	CoMark		mark = co_mark(&build->scratch);
	CoCodeTerm	flat = *term,
				bare;
	bool		is_long,
				is_call;
	CoRc		rc = CO_OK;

	if (co_code_has_call(term->code, term->length))
	{
		if ((rc = co_model_take_calls(build, term, &bare, &is_call)))
			return rc;
		term = &bare;
		flat = bare;
	}
	is_long = build->lifts && term->length > CO_LONG_TERM;
	if (is_long)
		rc = co_model_flatten(build, term, &flat);
	if (rc || (rc = encode(build, &flat, is_long ? build->long_sum : INT_MAX)))
		return rc;
	co_pattern_put(build->set.pattern[p], next[p]++, &build->formula, co_model_scale(build, term),
				   build->owner);
	co_rewind(&build->scratch, mark);
	return co_lower_work(&build->lowering, 1 + term->length / 16);
}

static CoRc
put_terms(CoModelBuild *build, int *next)
{
	const CoBlock *block = build->lowering.block;
	int			k = 0;
	CoRc		rc = CO_OK;

	for (int r = 0; r < block->n_row && !rc; r++)
	{
		int			at = co_row_start(block->code_end, r);
		CoCodeTerm	term;

		build->lowering.row = build->owner = r;
		for (; !rc && co_code_term(block->code, block->code_end[r], &at, &term); k++)
			if (build->term_pattern[k] >= 0)
				rc = co_model_put(build, &term, build->term_pattern[k], next);
		if (!rc)
			rc = co_lower_work(&build->lowering, 1);
	}
	return rc ? rc : co_model_put_nested(build, next);
}

/* Patterns by their keys' hashes. */
static CoRc
order_patterns(CoModelBuild *build)
{
	CoPatternSet *set = &build->set;
	CoMark		mark = co_mark(&build->scratch);
	uint64_t   *key = co_take(&build->scratch, (size_t) set->n, sizeof *key);
	int		   *order = co_take_ints(&build->scratch, (size_t) set->n);
	CoRc		rc;

	build->self->n_pattern = set->n;
	build->self->pattern = co_take(build->arena, (size_t) set->n, sizeof *build->self->pattern);
	if ((rc = co_arena_failed(&build->scratch)) || (rc = co_arena_failed(build->arena)))
		return rc;
	for (int p = 0; p < set->n; p++)
	{
		key[p] = set->pattern[p]->hash;
		order[p] = p;
	}
	rc = co_sort_keys(&build->scratch, set->n, key, order);
	for (int p = 0; p < set->n; p++)
		build->self->pattern[p] = set->pattern[order[p]];
	if (!rc)
		co_rewind(&build->scratch, mark);
	return rc;
}

CoRc
co_model_columns(CoModelBuild *build)
{
	const CoPatternSet *set = &build->set;
	int		   *next = co_take_zero_ints(&build->scratch, (size_t) set->n);
	CoRc		rc = co_arena_failed(&build->scratch);

	if (rc || (rc = co_pattern_columns(&build->set, &build->scratch)) ||
		(rc = put_terms(build, next)))
		return rc;
	for (int p = 0; p < set->n && !rc; p++)
	{
		rc = co_pattern_order(build->arena, &build->scratch, set->pattern[p]);
		build->out->n_term += set->pattern[p]->n;
	}
	return rc ? rc : order_patterns(build);
}

/* order: by row, i and j, equal ones side by side. */
static CoRc
order_quad(CoModelBuild *build, uint64_t *key, int *order)
{
	const CoTriples *list = &build->quad;
	CoRc		rc;

	for (int t = 0; t < list->n; t++)
	{
		key[t] = (uint64_t) list->i[t] << 32 | (uint64_t) list->j[t];
		order[t] = t;
	}
	rc = co_sort_keys(&build->scratch, list->n, key, order);
	for (int t = 0; t < list->n; t++)
		key[t] = (uint64_t) build->quad_row.i[order[t]];
	return rc ? rc : co_sort_keys(&build->scratch, list->n, key, order);
}

static bool
same_product(const CoModelBuild *build, int s, int t)
{
	return build->quad.i[s] == build->quad.i[t] && build->quad.j[s] == build->quad.j[t] &&
		build->quad_row.i[s] == build->quad_row.i[t];
}

static CoRc
complain_quad(CoModelBuild *build, int t)
{
	int			row = build->quad_row.i[t] + 1;
	int			i = build->quad.i[t];

	if (i >= build->lowered.n_var)
		return co_lower_complain(&build->lowering, row,
								 "a squared sum in %s has a coefficient that is not finite");
	return co_lower_complain_coefficient(&build->lowering, row, build->lowered.var_leaf[i],
										 build->lowered.var_leaf[build->quad.j[t]]);
}

static CoRc
sum_quad(CoModelBuild *build, const int *order, double *value)
{
	const CoTriples *list = &build->quad;
	CoRowQuad  *quad = &build->self->quad;
	CoRc		rc = CO_OK;

	for (int t = 0; t < list->n; t++)
		value[t] = list->value[order[t]];
	for (int next, t = 0; t < list->n && !rc; t = next)
	{
		double		sum;

		for (next = t + 1; next < list->n && same_product(build, order[t], order[next]);)
			next++;
		rc = co_canonical_sum(&build->scratch, next - t, value + t, &sum);
		if (rc || sum == 0.0)
			continue;
		quad->row[quad->n] = build->quad_row.i[order[t]];
		quad->i[quad->n] = list->i[order[t]];
		quad->j[quad->n] = list->j[order[t]];
		quad->value[quad->n++] = sum;
		if (!isfinite(sum))
			return complain_quad(build, order[t]);
	}
	return rc;
}

CoRc
co_model_row_quad(CoModelBuild *build)
{
	CoArena    *scratch = &build->scratch;
	CoRowQuad  *quad = &build->self->quad;
	size_t		n = (size_t) build->quad.n;
	CoMark		mark = co_mark(scratch);
	uint64_t   *key = co_take(scratch, n, sizeof *key);
	int		   *order = co_take_ints(scratch, n);
	CoRc		rc;

	quad->row = co_take_ints(build->arena, n);
	quad->i = co_take_ints(build->arena, n);
	quad->j = co_take_ints(build->arena, n);
	quad->value = co_take_doubles(build->arena, n);
	if ((rc = co_arena_failed(scratch)) || (rc = co_arena_failed(build->arena)) ||
		(rc = order_quad(build, key, order)) || (rc = sum_quad(build, order, (double *) key)))
		return rc;
	co_rewind(scratch, mark);
	return CO_OK;
}
