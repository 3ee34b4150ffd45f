/*-------------------------------------------------------------------------
 *
 * nlp/model_nest.c
 *	  Long sums inside formulas: ln(sum of exp(x_i)), sqrt(sum of x_i x_j).
 *
 * Second derivatives of such a formula connect every variable of the sum with
 * every other.  So the sum becomes a variable t, with the row sum - t = 0 whose
 * terms are gathered as those of any other row, by patterns or to the matrices;
 * the formula keeps one argument.  Equal sums share one variable.
 *
 * That pays where the Hessian would be large, and as long as there are fewer
 * sums than variables: else it is as dense as its variables allow already, and
 * is smaller without t.
 *
 *-------------------------------------------------------------------------
 */
#include <limits.h>
#include <string.h>

#include "nlp/model_private.h"

#define FIRST_NESTED	16

/*
 * A sum is long when it has more than SHORT_SUM operands and its second
 * derivatives are more than a dense Hessian of 256 variables has, which is
 * factorized in a millisecond.
 */
#define SHORT_SUM		64
#define DENSE_HESSIAN	(256 * 256)

/* A formula's operations, and where their operands begin. */
typedef struct Scan
{
	const uint8_t *code;
	int			n;
	int		   *at;				/* [n + 1] offset of the operation */
	int		   *start;			/* [n] first operation of the subformula it ends */
	int		   *operands;		/* [n] of a sum; else 1 */
	uint8_t    *inside;			/* [n] part of a sum that is dealt with */
} Scan;

static bool
is_sum(const Scan *scan, int i)
{
	return scan->code[scan->at[i]] == CO_OP_ADD || scan->code[scan->at[i]] == CO_OP_SUB;
}

static int
right_of(int i)
{
	return i - 1;
}

static int
left_of(const Scan *scan, int i)
{
	return scan->start[i - 1] - 1;
}

static CoRc
scan_code(CoModelBuild *build, const uint8_t *code, int length, Scan *scan)
{
	CoArena    *scratch = &build->scratch;
	int			at = 0;
	CoInstr		instr;
	CoRc		rc;

	scan->code = code;
	for (scan->n = 0; co_code_next(code, length, &at, &instr); scan->n++)
		if ((rc = co_lower_work(&build->lowering, 1)))
			return rc;
	scan->at = co_take_ints(scratch, (size_t) scan->n + 1);
	scan->start = co_take_ints(scratch, (size_t) scan->n);
	scan->operands = co_take_ints(scratch, (size_t) scan->n);
	scan->inside = co_take_zero(scratch, (size_t) scan->n, 1);
	if (co_arena_failed(scratch))
		return co_arena_failed(scratch);
	at = 0;
	for (int i = 0; i < scan->n; i++)
	{
		scan->at[i] = at;
		co_code_next(code, length, &at, &instr);
		scan->start[i] = i;
		for (int k = co_instr_arity(&instr); k > 0; k--)
			scan->start[i] = scan->start[scan->start[i] - 1];
		scan->operands[i] = !is_sum(scan, i) ? 1 :
			scan->operands[right_of(i)] + scan->operands[left_of(scan, i)];
		if ((rc = co_lower_work(&build->lowering, 1)))
			return rc;
	}
	scan->at[scan->n] = at;
	return CO_OK;
}

/* The next long sum below i that is not the formula itself; -1: none. */
static int
next_sum(const CoModelBuild *build, Scan *scan, int i)
{
	for (; i >= 0; i--)
	{
		if (!is_sum(scan, i))
			continue;
		if (i < scan->n - 1 && !scan->inside[i] && scan->operands[i] > build->long_sum)
			return i;
		scan->inside[left_of(scan, i)] = scan->inside[right_of(i)] = 1;
	}
	return -1;
}

/* FNV-1a by words, the last one filled with zeros. */
uint64_t
co_model_hash(const uint8_t *byte, int n)
{
	uint64_t	hash = UINT64_C(0xcbf29ce484222325);

	for (int k = 0; k < n; k += 8)
	{
		uint64_t	word = 0;

		memcpy(&word, byte + k, (size_t) (n - k < 8 ? n - k : 8));
		hash = (hash ^ word) * UINT64_C(0x100000001b3);
		hash ^= hash >> 32;
	}
	return hash;
}

/* The place of an equal sum, or an empty one. */
static int *
find_slot(const CoModelBuild *build, const uint8_t *code, int length, uint64_t hash)
{
	int			mask = build->n_nested_slot - 1;
	int			at = (int) (hash & (uint64_t) mask);

	for (; build->nested_slot[at] >= 0; at = (at + 1) & mask)
	{
		const CoNested *known = &build->nested[build->nested_slot[at]];

		if (known->hash == hash && known->length == length &&
			memcmp(known->code, code, (size_t) length) == 0)
			break;
	}
	return &build->nested_slot[at];
}

/* Room for one more, in the table and among the leaves. */
static CoRc
reserve(CoModelBuild *build)
{
	CoArena    *lists = &build->lists;
	int			capacity = build->cap_nested ? 2 * build->cap_nested : FIRST_NESTED;
	int			n_leaf = build->lowering.block->n_leaf;

	if (build->n_nested < build->cap_nested)
		return CO_OK;
	if (build->cap_nested > INT_MAX / 8 || n_leaf > INT_MAX / 2)
		capacity = -1;			/* refused by the takes below */
	build->nested = co_take_grown(lists, build->nested, (size_t) build->n_nested,
								  (size_t) capacity, sizeof *build->nested);
	build->nested_slot = co_take_ints(lists, 2 * (size_t) capacity);
	build->lowered.leaf_var = co_take_grown(build->arena, build->lowered.leaf_var,
											(size_t) (n_leaf + build->n_nested),
											(size_t) n_leaf + (size_t) capacity, sizeof(int));
	build->map.leaf_var = build->lowered.leaf_var;
	if (co_arena_failed(lists) || co_arena_failed(build->arena))
		return co_arena_failed(lists) ? co_arena_failed(lists) : co_arena_failed(build->arena);
	build->cap_nested = capacity;
	build->n_nested_slot = 2 * capacity;
	memset(build->nested_slot, -1, (size_t) build->n_nested_slot * sizeof(int));
	for (int k = 0; k < build->n_nested; k++)
	{
		const CoNested *nested = &build->nested[k];

		*find_slot(build, nested->code, nested->length, nested->hash) = k;
	}
	return CO_OK;
}

CoRc
co_model_nest(CoModelBuild *build, const uint8_t *code, int length, int *leaf)
{
	uint64_t	hash = co_model_hash(code, length);
	int			var;
	int		   *slot;
	CoRc		rc = reserve(build);

	if (rc)
		return rc;
	slot = find_slot(build, code, length, hash);
	if (*slot < 0)
	{
		if ((rc = co_lower_lift_later(&build->lowering, &var)))
			return rc;
		*leaf = build->lowering.block->n_leaf + build->n_nested;
		build->lowered.leaf_var[*leaf] = var;
		build->nested[build->n_nested] = (CoNested) {
			code, length, build->lowering.row, *leaf, var - build->lowered.n_var, hash
		};
		*slot = build->n_nested++;
	}
	*leaf = build->nested[*slot].leaf;
	return CO_OK;
}

/* The code up to `from` is still to be copied, from the end on. */
static CoRc
copy_with_leaves(CoModelBuild *build, Scan *scan, uint8_t *to, int *fill)
{
	int			end = scan->n;	/* what comes from here on is copied */
	CoRc		rc = CO_OK;

	for (int i = next_sum(build, scan, scan->n - 1); !rc; i = next_sum(build, scan, end - 1))
	{
		int			from = i < 0 ? 0 : scan->at[i + 1];
		int			n = scan->at[end] - from;
		int32_t		leaf = 0;

		*fill -= n;
		memcpy(to + *fill, scan->code + from, (size_t) n);
		if (i < 0)
			break;
		end = scan->start[i];
		rc = co_model_nest(build, scan->code + scan->at[end], scan->at[i + 1] - scan->at[end], &leaf);
		*fill -= 1 + (int) sizeof leaf;
		to[*fill] = CO_OP_LEAF;
		memcpy(to + *fill + 1, &leaf, sizeof leaf);
	}
	return rc;
}

CoRc
co_model_flatten(CoModelBuild *build, const CoCodeTerm *term, CoCodeTerm *flat)
{
	int			fill = term->length;
	Scan		scan;
	uint8_t    *to;
	CoRc		rc = scan_code(build, term->code, term->length, &scan);

	*flat = *term;
	if (rc || next_sum(build, &scan, scan.n - 1) < 0)
		return rc;
	memset(scan.inside, 0, (size_t) scan.n);
	to = co_take(&build->scratch, (size_t) term->length, 1);
	if (!to)
		return co_arena_failed(&build->scratch);
	rc = copy_with_leaves(build, &scan, to, &fill);
	flat->code = to + fill;
	flat->length = term->length - fill;
	return rc;
}

/* Counting: sums and forms as hashes. */
typedef struct Distinct
{
	CoTriples	list;			/* halves of hashes */
	int64_t		n;
} Distinct;

static CoRc
note(CoModelBuild *build, Distinct *distinct, const uint8_t *code, int length)
{
	uint64_t	hash = co_model_hash(code, length);

	return co_triples_add(&build->lists, &distinct->list, (int) (hash >> 33),
						  (int) (hash & INT_MAX), 0.0);
}

static CoRc
note_term(CoModelBuild *build, Distinct *distinct, const CoCodeTerm *term)
{
	CoMark		mark = co_mark(&build->scratch);
	Scan		scan;
	int			at = 0;
	CoInstr		instr;
	CoRc		rc = scan_code(build, term->code, term->length, &scan);

	if (rc)
		return rc;
	for (int i = next_sum(build, &scan, scan.n - 1); i >= 0 && !rc; i = next_sum(build, &scan, scan.start[i] - 1))
		rc = note(build, distinct, term->code + scan.at[scan.start[i]],
				  scan.at[i + 1] - scan.at[scan.start[i]]);
	for (int from = 0; !rc && co_code_next(term->code, term->length, &at, &instr); from = at)
		if (instr.op == CO_OP_AFFINE && instr.n > build->long_sum)
			rc = note(build, distinct, term->code + from, at - from);
	co_rewind(&build->scratch, mark);
	return rc;
}

static CoRc
count_distinct(CoModelBuild *build, Distinct *distinct)
{
	int			n = distinct->list.n;
	uint64_t   *key = co_take(&build->scratch, (size_t) n, sizeof *key);
	CoRc		rc = co_arena_failed(&build->scratch);

	for (int k = 0; k < n && !rc; k++)
		key[k] = (uint64_t) distinct->list.i[k] << 32 | (uint64_t) distinct->list.j[k];
	if (!rc)
		rc = co_sort_keys(&build->scratch, n, key, NULL);
	for (int k = 0; k < n && !rc; k++)
		distinct->n += k == 0 || key[k - 1] != key[k];
	return rc;
}

static int
long_sum(int n_var)
{
	int			length = DENSE_HESSIAN / (n_var > 0 ? n_var : 1);

	return length > SHORT_SUM ? length : SHORT_SUM;
}

CoRc
co_model_choose_lifts(CoModelBuild *build)
{
	const CoBlock *block = build->lowering.block;
	CoMark		mark = co_mark(&build->scratch);
	Distinct	distinct = {.n = 0};
	CoRc		rc = CO_OK;

	build->long_sum = long_sum(build->lowered.n_var);
	for (int r = 0; r < block->n_row && !rc; r++)
	{
		int			at = co_row_start(block->code_end, r);
		CoCodeTerm	term;

		build->lowering.row = r;
		while (!rc && co_code_term(block->code, block->code_end[r], &at, &term))
			if (term.length > CO_LONG_TERM)
				rc = note_term(build, &distinct, &term);
	}
	if (!rc)
		rc = count_distinct(build, &distinct);
	build->lifts = distinct.n < build->lowered.n_var;
	if (!rc)
		co_rewind(&build->scratch, mark);
	return rc;
}

/* Terms of a sum: signs and factors go to their scales. */
typedef struct Split
{
	Scan		scan;
	int			n;				/* waiting */
	int		   *root;			/* [scan.n] */
	double	   *scale;			/* [scan.n] */
} Split;

static CoRc
begin_split(CoModelBuild *build, const CoNested *nested, Split *split)
{
	CoRc		rc = scan_code(build, nested->code, nested->length, &split->scan);

	if (rc)
		return rc;
	split->root = co_take_ints(&build->scratch, (size_t) split->scan.n);
	split->scale = co_take_doubles(&build->scratch, (size_t) split->scan.n);
	if (co_arena_failed(&build->scratch))
		return co_arena_failed(&build->scratch);
	split->n = 1;
	split->root[0] = split->scan.n - 1;
	split->scale[0] = 1.0;
	return CO_OK;
}

static void
wait_for(Split *split, int root, double scale)
{
	split->root[split->n] = root;
	split->scale[split->n++] = scale;
}

/* The next term; false: none is left. */
static bool
next_term(Split *split, CoCodeTerm *term)
{
	const Scan *scan = &split->scan;

	while (split->n > 0)
	{
		int			i = split->root[--split->n];
		double		scale = split->scale[split->n];
		int			op = scan->code[scan->at[i]];

		if (is_sum(scan, i))
		{
			wait_for(split, right_of(i), op == CO_OP_SUB ? -scale : scale);
			wait_for(split, left_of(scan, i), scale);
		}
		else if (op == CO_OP_NEG)
			wait_for(split, i - 1, -scale);
		else if (op == CO_OP_MUL && scan->code[scan->at[i - 1]] == CO_OP_CONST)
		{
			double		factor;

			memcpy(&factor, scan->code + scan->at[i - 1] + 1, sizeof factor);
			wait_for(split, left_of(scan, i), scale * factor);
		}
		else
		{
			*term = (CoCodeTerm) {
				scale, scan->code + scan->at[scan->start[i]], scan->at[i + 1] - scan->at[scan->start[i]]
			};
			return true;
		}
	}
	return false;
}

/* Entries that gathering has left in the lists, and where the sum's begin. */
typedef struct Tails
{
	CoTriples  *quads;
	int			constant,
				lin,
				quad;
} Tails;

static Tails
begin_tails(CoLowering *lowering)
{
	CoTriples  *quads = lowering->row == 0 ? &lowering->quad : &lowering->row_quad;

	return (Tails) {quads, lowering->constant.n, lowering->lin.n, quads->n};
}

/* The end of a list from entry at on; a list that was never added to has no arrays. */
static double *
values_from(const CoTriples *list, int at)
{
	return list->n > at ? list->value + at : NULL;
}

static int *
variables_from(const CoTriples *list, int at)
{
	return list->n > at ? list->j + at : NULL;
}

/* From the lists to the row of the added variable. */
static CoRc
keep_tails(CoModelBuild *build, const CoNested *nested, const Tails *tails)
{
	CoLowering *lowering = &build->lowering;
	CoTriples  *lift = &lowering->lift;
	int			first = lowering->lift_lin.n;
	int			n;
	CoRc		rc = co_canonical_sum(lowering->arena, lowering->constant.n - tails->constant,
									  values_from(&lowering->constant, tails->constant),
									  &lift->value[nested->lift]);

	if (rc || (rc = co_canonical_terms(lowering->arena, lowering->lin.n - tails->lin,
									   variables_from(&lowering->lin, tails->lin),
									   values_from(&lowering->lin, tails->lin), &n)))
		return rc;
	for (int k = tails->lin; k < tails->lin + n && !rc; k++)
		rc = co_triples_add(lowering->arena, &lowering->lift_lin, nested->lift, lowering->lin.j[k],
							lowering->lin.value[k]);
	lift->i[nested->lift] = first;
	lift->j[nested->lift] = lowering->lift_lin.n - first;
	if (!rc)
		rc = co_model_keep_quad(build, tails->quads, tails->quad, build->owner - 1);
	lowering->constant.n = tails->constant;
	lowering->lin.n = tails->lin;
	tails->quads->n = tails->quad;
	return rc;
}

static CoRc
gather_sum(CoModelBuild *build, int k)
{
	CoNested	nested = build->nested[k];	/* the list may move */
	CoMark		mark = co_mark(&build->scratch);
	Tails		tails;
	Split		split;
	CoCodeTerm	term;
	CoRc		rc = begin_split(build, &nested, &split);

	build->lowering.row = nested.row;
	build->owner = build->lowering.block->n_row + nested.lift;
	tails = begin_tails(&build->lowering);
	while (!rc && next_term(&split, &term))
	{
		int			pattern;

		rc = co_model_term(build, &term, &pattern);
		if (!rc)
			rc = co_triples_add(&build->lists, &build->nested_term, pattern, -1, 0.0);
		if (!rc)
			rc = co_lower_work(&build->lowering, 1 + term.length / 16);
	}
	if (rc)
		return rc;
	co_rewind(&build->scratch, mark);
	return keep_tails(build, &nested, &tails);
}

CoRc
co_model_gather_nested(CoModelBuild *build)
{
	CoRc		rc = CO_OK;

	for (int k = 0; k < build->n_nested && !rc; k++)
		rc = gather_sum(build, k);
	return rc;
}

CoRc
co_model_put_nested(CoModelBuild *build, int *next)
{
	int			t = 0;
	CoRc		rc = CO_OK;

	for (int k = 0; k < build->n_nested && !rc; k++)
	{
		CoMark		mark = co_mark(&build->scratch);
		Split		split;
		CoCodeTerm	term;

		build->lowering.row = build->nested[k].row;
		build->owner = build->lowering.block->n_row + build->nested[k].lift;
		rc = begin_split(build, &build->nested[k], &split);
		for (; !rc && next_term(&split, &term); t++)
			if (build->nested_term.i[t] >= 0)
				rc = co_model_put(build, &term, build->nested_term.i[t], next);
		if (!rc)
			co_rewind(&build->scratch, mark);
	}
	return rc;
}
