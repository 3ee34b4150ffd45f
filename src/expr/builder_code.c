/*-------------------------------------------------------------------------
 *
 * expr/builder_code.c
 *	  Blocks under construction: formulas that are alike but for numbers.
 *
 * A sum of a million residuals adds a million times the same code with other
 * constants over the same leaves.  So the builder remembers the last leaf table
 * it was given, whole, with its numbers for it, and the bytes of the last code
 * with a mask: where a number of the data stands, 0, elsewhere ones.  A block
 * with the same leaf table and, under the mask, the same bytes needs neither
 * lookups nor a walk through its code: what is not data is copied from what was
 * written last, with the leaves' numbers.
 *
 * That is also all the checking such code needs: the code it is compared with
 * was found well-formed.
 *
 *-------------------------------------------------------------------------
 */
#include "expr/builder_private.h"

#include <math.h>
#include <string.h>

#include "expr/code.h"

/* Code and leaves that are remembered, at most: an operator's fast path, twice. */
#define MOST_CODE		1024
#define MOST_LEAVES		16
#define MOST_STR		512

/* A number of the data takes 8 bytes at least, a leaf 5 with its operation. */
#define MOST_NUMBERS	(MOST_CODE / 8)
#define MOST_REFERENCES	(MOST_CODE / 5)

#define WORD			((int) sizeof(uint64_t))

/* The columns of a leaf that stand side by side in a flat block. */
#define LEAF_WORDS		(sizeof(uint64_t) + 3 * sizeof(double))
#define LEAF_BYTES		(2 * sizeof(int) + 1)

struct CoFormulaMemory
{
	int			n_leaf,			/* of the leaf table; -1: none */
				n_str;
	int			map[MOST_LEAVES];
	char		leaf_words[MOST_LEAVES * LEAF_WORDS];
	char		leaf_bytes[MOST_LEAVES * LEAF_BYTES + MOST_STR];

	int			n_code,			/* of the code; 0: none */
				n_number,
				n_reference;
	int			number_at[MOST_NUMBERS];	/* of doubles, in code */
	int			reference_at[MOST_REFERENCES];	/* of leaves, in code */
	int			reference[MOST_REFERENCES]; /* their number in the block */
	uint64_t	mask[MOST_CODE / WORD];
	uint64_t	given[MOST_CODE / WORD];	/* under the mask */
	uint64_t	written[MOST_CODE / WORD];	/* the same with the builder's
											 * leaves */
};

/* Are the columns where co_block_view puts those of a flat value? */
static bool
is_flat(const CoBlock *block)
{
	size_t		n = (size_t) block->n_leaf;

	return (const char *) block->leaf_start + n * sizeof(double) ==
		(const char *) block->leaf_id + n * LEAF_WORDS &&
		block->str == (const char *) block->leaf_name + n * LEAF_BYTES;
}

/*
 * Bit for bit, with bounds, kinds and strings: what needed no merging then
 * needs none now, for definitions never change into others.
 */
static inline bool
is_same_table(const CoFormulaMemory *memory, const CoBlock *block)
{
	size_t		n = (size_t) block->n_leaf;

	return memory->n_leaf == block->n_leaf && memory->n_str == block->n_str &&
		memcmp(memory->leaf_words, block->leaf_id, n * LEAF_WORDS) == 0 &&
		memcmp(memory->leaf_bytes, block->leaf_name,
			   n * LEAF_BYTES + (size_t) block->n_str) == 0;
}

static void
put_references(CoFormulaMemory *memory)
{
	for (int k = 0; k < memory->n_reference; k++)
	{
		int32_t		leaf = memory->map[memory->reference[k]];

		memcpy((char *) memory->written + memory->reference_at[k], &leaf, sizeof leaf);
	}
}

static CoRc
learn_table(CoBuilder *builder, CoFormulaMemory *memory, const CoBlock *block, CoError *error)
{
	size_t		n = (size_t) block->n_leaf;

	if (memory->n_leaf != block->n_leaf)
		memory->n_code = 0;		/* its references may be out of range */
	memory->n_leaf = -1;
	for (int k = 0; k < block->n_leaf; k++)
	{
		CoRc		rc = co_builder_import_leaf(builder, block, k, &memory->map[k], error);

		if (rc)
			return rc;
	}
	memory->n_leaf = block->n_leaf;
	memory->n_str = block->n_str;
	memcpy(memory->leaf_words, block->leaf_id, n * LEAF_WORDS);
	memcpy(memory->leaf_bytes, block->leaf_name, n * LEAF_BYTES + (size_t) block->n_str);
	put_references(memory);
	return CO_OK;
}

static void
note_number(CoFormulaMemory *memory, int at)
{
	memory->number_at[memory->n_number++] = at;
	memset((char *) memory->mask + at, 0, sizeof(double));
}

static void
note_reference(CoFormulaMemory *memory, int at, int leaf)
{
	memory->reference_at[memory->n_reference] = at;
	memory->reference[memory->n_reference++] = leaf;
}

/* The entries begin at `at`. */
static void
learn_entries(CoFormulaMemory *memory, int at, const CoInstr *instr)
{
	const int	each = (int) (sizeof(double) + sizeof(int32_t));

	for (int k = 0; k < instr->n; k++, at += each)
	{
		double		coef;
		int			leaf;

		co_code_affine_term(instr, k, &coef, &leaf);
		note_number(memory, at);
		note_reference(memory, at + (int) sizeof(double), leaf);
	}
}

/* One term, whose postfix begins at start of the row's code. */
static void
learn_term(CoFormulaMemory *memory, const CoCodeTerm *term, int start)
{
	int			at = 0,
				next = 0;
	CoInstr		instr;

	note_number(memory, start - CO_CODE_TERM_HEAD);
	for (; co_code_next(term->code, term->length, &next, &instr); at = next)
	{
		bool		is_form = instr.op == CO_OP_AFFINE;

		if ((is_form || instr.op == CO_OP_CONST) && instr.number)
			note_number(memory, start + (int) (instr.number - term->code));
		if (is_form)
			learn_entries(memory, start + (int) (instr.terms - term->code), &instr);
		else if (instr.op == CO_OP_LEAF)
			note_reference(memory, start + at + 1, instr.leaf);
	}
}

/* false: the block's code is malformed. */
static bool
learn_code(CoFormulaMemory *memory, const CoBlock *block)
{
	int			n = block->n_code;
	int			at = 0;
	CoCodeTerm	term;

	memory->n_code = memory->n_number = memory->n_reference = 0;
	memset(memory->mask, 0xff, sizeof memory->mask);
	while (co_code_term(block->code, n, &at, &term))
	{
		if (!isfinite(term.scale) ||
			!co_code_valid(term.code, term.length, block->n_leaf, NULL))
			return false;
		learn_term(memory, &term, at - term.length);
	}
	if (at != n)
		return false;
	memset(memory->given, 0, sizeof memory->given);
	memcpy(memory->given, block->code, (size_t) n);
	for (int w = 0; w * WORD < n; w++)
		memory->given[w] &= memory->mask[w];
	memcpy(memory->written, memory->given, sizeof memory->given);
	put_references(memory);
	memory->n_code = n;
	return true;
}

/*
 * Writes the code to the n_code bytes at to.  false, after writing something,
 * where it is not like the last one.
 */
static inline bool
write_like_last(const CoFormulaMemory *memory, const uint8_t *code, uint8_t *to)
{
	int			n = memory->n_code;
	int			n_word = n / WORD;
	size_t		left = (size_t) n % WORD;
	uint64_t	differs = 0;
	uint64_t	word;
	bool		finite = true;

	for (int w = 0; w < n_word; w++)
	{
		memcpy(&word, code + w * WORD, sizeof word);
		differs |= (word & memory->mask[w]) ^ memory->given[w];
		word = (word & ~memory->mask[w]) | memory->written[w];
		memcpy(to + w * WORD, &word, sizeof word);
	}
	if (left > 0)
	{
		word = 0;
		memcpy(&word, code + n_word * WORD, left);
		differs |= (word & memory->mask[n_word]) ^ memory->given[n_word];
		word = (word & ~memory->mask[n_word]) | memory->written[n_word];
		memcpy(to + n_word * WORD, &word, left);
	}
	for (int k = 0; k < memory->n_number; k++)
	{
		double		number;

		memcpy(&number, code + memory->number_at[k], sizeof number);
		finite &= isfinite(number) != 0;
	}
	return finite && differs == 0;
}

static CoFormulaMemory *
get_memory(CoBuilder *builder)
{
	CoFormulaMemory *memory = builder->memory;

	if (memory)
		return memory;
	memory = co_take(builder->arena, 1, sizeof *memory);
	if (!memory)
		return NULL;
	memory->n_leaf = -1;
	memory->n_code = memory->n_number = memory->n_reference = 0;
	builder->memory = memory;
	return memory;
}

CoRc
co_builder_add_small(CoBuilder *builder, const CoBlock *block, bool *done, CoError *error)
{
	CoFormulaMemory *memory;
	CoBlock		rest;
	uint8_t    *to;
	CoRc		rc;
	static const int none = 0;

	*done = false;
	if (block->n_row != 1 || block->n_code == 0 || block->n_code >= MOST_CODE ||
		block->n_leaf > MOST_LEAVES || block->n_str > MOST_STR || block->n_bound > 0 ||
		!is_flat(block))
		return CO_OK;
	memory = get_memory(builder);
	if (!memory)
		return co_arena_failed(builder->arena);
	if ((rc = reserve_code(builder, block->n_code)))
		return rc;
	if (!is_same_table(memory, block) && (rc = learn_table(builder, memory, block, error)))
		return rc;
	to = builder->code + builder->n_code;
	if ((memory->n_code != block->n_code || !write_like_last(memory, block->code, to)) &&
		(!learn_code(memory, block) || !write_like_last(memory, block->code, to)))
		return CO_OK;
	builder->row.code_end[builder->n_row - 1] = builder->n_code += block->n_code;
	*done = true;
	if (block->n_lin + block->n_quad == 0 && block->constant[0] == 0.0)
		return CO_OK;
	rest = *block;
	rest.n_code = 0;
	rest.code_end = &none;
	return co_builder_add_terms(builder, &rest, 0, 1.0, memory->map);
}
