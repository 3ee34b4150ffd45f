/*-------------------------------------------------------------------------
 *
 * expr/block.h
 *	  The one flat form of an expression, a set of constraints, a problem.
 *
 * A block is a list of rows over a common table of leaves:
 *
 *		row r:	lower[r] <= body_r <= upper[r]
 *		body_r = constant[r] + sum coef * leaf + sum coef * leaf_i * leaf_j
 *				 + sum scale * (a formula in postfix code)
 *
 * An opt_expr is one row without bounds; an opt_constraint is one or more rows
 * with bounds, names and keys; an opt_problem is the objective (row 0, without
 * bounds) followed by constraints.  Leaves are variables and parameters; both
 * stay symbolic until a problem is lowered (nlp/lower.h).  Terms up to degree
 * two in leaves stand in the linear and quadratic columns, everything else in
 * code.  Repeated terms are allowed and mean their sum.
 *
 * Identity of a leaf is (name, key): id = co_leaf_id(name, key), a 64-bit
 * hash; tables compare the strings as well, so a collision is an error and
 * never a mix-up.
 *
 * A bound of a variable is a number, or a formula over parameters: then NaN
 * stands for the number, and the table of bounds has the formula, terms of code
 * as a row has them.  Most blocks have none.
 *
 * Layout: a 40-byte header, then the arrays in the order of CoBlock, doubles
 * first, then ints, then bytes, without padding.  The first four bytes belong
 * to the host (PostgreSQL's varlena length).  Row bounds, names and keys are
 * present only when kind is not CO_BLOCK_EXPR.  The value must be 8-aligned.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_EXPR_BLOCK_H
#define CO_EXPR_BLOCK_H

#include <stdint.h>

#include "base/arena.h"

#define CO_BLOCK_VERSION	2

typedef enum CoBlockKind
{
	CO_BLOCK_EXPR = 1,
	CO_BLOCK_CONSTRAINT = 2,
	CO_BLOCK_PROBLEM = 3
} CoBlockKind;

#define CO_FLAG_MAXIMIZE	1	/* problem: row 0 is maximized */
#define CO_FLAG_FEASIBLE	2	/* problem: no objective, row 0 is empty */

/*
 * How a leaf came to be known.  Merging (co_builder_leaf): equal definitions
 * merge; VARIABLE or PARAMETER replaces NAME and REFERENCE; two different
 * definitions, or a variable and a parameter of one name, are an error.
 */
typedef enum CoLeafKind
{
	CO_LEAF_VARIABLE = 0,		/* opt_var: bounds and start are its
								 * definition */
	CO_LEAF_PARAMETER = 1,		/* opt_param: start holds its value */
	CO_LEAF_NAME = 2,			/* a name in a text: a free variable unless
								 * defined elsewhere */
	CO_LEAF_REFERENCE = 3		/* opt_lin, opt_quad: must be defined
								 * elsewhere */
} CoLeafKind;

typedef struct CoBlockHeader
{
	int32_t		vl_len;			/* the host's */
	uint8_t		version;
	uint8_t		kind;
	uint8_t		flags;
	uint8_t		reserved;		/* 0 */
	int32_t		n_row,
				n_leaf,
				n_lin,
				n_quad,
				n_code,			/* bytes */
				n_str,			/* bytes */
				n_bound,
				n_bound_code;	/* bytes */
} CoBlockHeader;

/* Pointers into a flat value (or into a builder); nothing is owned. */
typedef struct CoBlock
{
	CoBlockKind kind;
	int			flags;
	int			n_row,
				n_leaf,
				n_lin,
				n_quad,
				n_code,
				n_str,
				n_bound,
				n_bound_code;

	const double *constant;		/* [n_row] */
	const double *lower;		/* [n_row]; NULL for an expression */
	const double *upper;		/* [n_row]; NULL for an expression */
	const uint64_t *leaf_id;	/* [n_leaf] */
	const double *leaf_lower;	/* [n_leaf] -inf: no bound, NaN: a formula */
	const double *leaf_upper;	/* [n_leaf] +inf: no bound, NaN: a formula */
	const double *leaf_start;	/* [n_leaf] NaN: not given; a parameter's
								 * value */
	const double *lin_coef;		/* [n_lin] */
	const double *quad_coef;	/* [n_quad] */

	const int  *lin_leaf;		/* [n_lin] */
	const int  *quad_i;			/* [n_quad] */
	const int  *quad_j;			/* [n_quad] */
	const int  *lin_end;		/* [n_row] row r owns lin_end[r-1] ..
								 * lin_end[r]-1 */
	const int  *quad_end;		/* [n_row] */
	const int  *code_end;		/* [n_row] byte offsets */
	const int  *row_name;		/* [n_row] offset in str, -1: none; NULL for
								 * an expression */
	const int  *row_key;		/* [n_row] offset in str, -1: none; NULL for
								 * an expression */
	const int  *bound_place;	/* [n_bound] co_bound_place(), ascending */
	const int  *bound_end;		/* [n_bound] byte offsets in bound_code */
	const int  *leaf_name;		/* [n_leaf] offset in str */
	const int  *leaf_key;		/* [n_leaf] offset in str, -1: none */

	const uint8_t *leaf_kind;	/* [n_leaf] CoLeafKind */
	const char *str;			/* [n_str] strings, each ending in a NUL */
	const uint8_t *code;		/* [n_code] expr/code.h */
	const uint8_t *bound_code;	/* [n_bound_code] the same, over parameters */
} CoBlock;

/* A formula: terms of code as a row has them (expr/code.h). */
typedef struct CoCodeTerms
{
	const uint8_t *code;
	int			length;			/* 0: none */
} CoCodeTerms;

/* What a formula in the table of bounds is: a leaf's lower bound, or its upper. */
static inline int
co_bound_place(int leaf, bool is_upper)
{
	return 2 * leaf + (is_upper ? 1 : 0);
}

/* Where the row's part of a column begins. */
static inline int
co_row_start(const int *end, int row)
{
	return row > 0 ? end[row - 1] : 0;
}

static inline const char *
co_block_string(const CoBlock *block, int offset)
{
	return offset < 0 ? NULL : block->str + offset;
}

/* FNV-1a over name, a NUL and key (a missing key differs from an empty one). */
extern uint64_t co_leaf_id(const char *name, const char *key);

/*
 * The view of a flat value this process wrote itself or has validated: a few
 * dozen additions.
 */
extern void co_block_view(const void *flat, CoBlock *view);

static inline void
co_block_view_counts(const void *flat, CoBlock *view)
{
	const CoBlockHeader *header = flat;

	view->kind = (CoBlockKind) header->kind;
	view->flags = header->flags;
	view->n_row = header->n_row;
	view->n_leaf = header->n_leaf;
	view->n_lin = header->n_lin;
	view->n_quad = header->n_quad;
	view->n_code = header->n_code;
	view->n_str = header->n_str;
	view->n_bound = header->n_bound;
	view->n_bound_code = header->n_bound_code;
}

/* The layout: counts known, the arrays behind a header. */
static inline void
co_block_view_arrays(const void *arrays, CoBlock *view, size_t row, bool bounded)
{
	const char *at = arrays;
	size_t		leaf = (size_t) view->n_leaf;
	size_t		lin = (size_t) view->n_lin;
	size_t		quad = (size_t) view->n_quad;
	size_t		bound = (size_t) view->n_bound;

	/* The next count elements, or NULL where the kind has none. */
#define NEXT(type, count) ((const type *) (const void *) (at += (count) * sizeof(type)) - (count))
	view->constant = NEXT(double, row);
	view->lower = bounded ? NEXT(double, row) : NULL;
	view->upper = bounded ? NEXT(double, row) : NULL;
	view->leaf_id = NEXT(uint64_t, leaf);
	view->leaf_lower = NEXT(double, leaf);
	view->leaf_upper = NEXT(double, leaf);
	view->leaf_start = NEXT(double, leaf);
	view->lin_coef = NEXT(double, lin);
	view->quad_coef = NEXT(double, quad);
	view->lin_leaf = NEXT(int, lin);
	view->quad_i = NEXT(int, quad);
	view->quad_j = NEXT(int, quad);
	view->lin_end = NEXT(int, row);
	view->quad_end = NEXT(int, row);
	view->code_end = NEXT(int, row);
	view->row_name = bounded ? NEXT(int, row) : NULL;
	view->row_key = bounded ? NEXT(int, row) : NULL;
	view->bound_place = NEXT(int, bound);
	view->bound_end = NEXT(int, bound);
	view->leaf_name = NEXT(int, leaf);
	view->leaf_key = NEXT(int, leaf);
	view->leaf_kind = NEXT(uint8_t, leaf);
	view->str = at;
	view->code = (const uint8_t *) at + view->n_str;
	view->bound_code = view->code + view->n_code;
#undef NEXT
}

/*
 * The view of an expression, for operators that run once per row of a table:
 * what is not looked at costs nothing.
 */
static inline void
co_block_view_expr(const void *flat, CoBlock *view)
{
	co_block_view_counts(flat, view);
	co_block_view_arrays((const CoBlockHeader *) flat + 1, view, 1, false);
}

/* The same where bounds are numbers; the compiler leaves out what is known. */
static inline void
co_block_view_expr_with_numbers(const void *flat, CoBlock *view)
{
	co_block_view_counts(flat, view);
	view->kind = CO_BLOCK_EXPR;
	view->n_row = 1;
	view->n_bound = view->n_bound_code = 0;
	co_block_view_arrays((const CoBlockHeader *) flat + 1, view, 1, false);
}

/*
 * Check everything a corrupt or foreign value could have wrong (version, kind,
 * sizes against size, offsets, indices, ids against names, code) and give the
 * view.  CO_BAD_INPUT with *error otherwise.
 */
extern CoRc co_block_validate(const void *flat, size_t size, CoBlock *view, CoError *error);

/*
 * What validation cannot see without memory: that no leaf stands twice.  For
 * values from outside, after co_block_validate.
 */
extern CoRc co_block_check_leaves(CoArena *arena, const CoBlock *block, CoError *error);

/* PostgreSQL's MaxAllocSize: no value of the host may be larger. */
#define CO_MAX_FLAT_SIZE	((size_t) 0x3fffffff)

/* Bytes of the flat value with these counts; 0 on overflow of 1 GB. */
static inline size_t
co_block_size(const CoBlock *counts)
{
	bool		bounded = counts->kind != CO_BLOCK_EXPR;
	uint64_t	size = sizeof(CoBlockHeader);

	/* Each count is below 2^31 and each weight below 2^6: no overflow. */
	size += (uint64_t) counts->n_row * (bounded ? 3 * sizeof(double) + 5 * sizeof(int)
										: sizeof(double) + 3 * sizeof(int));
	size += (uint64_t) counts->n_leaf * (4 * sizeof(double) + 2 * sizeof(int) + 1);
	size += (uint64_t) counts->n_lin * (sizeof(double) + sizeof(int));
	size += (uint64_t) counts->n_quad * (sizeof(double) + 2 * sizeof(int));
	size += (uint64_t) counts->n_bound * (2 * sizeof(int));
	size += (uint64_t) counts->n_str + (uint64_t) counts->n_code +
		(uint64_t) counts->n_bound_code;
	return size <= CO_MAX_FLAT_SIZE ? (size_t) size : 0;
}

/*
 * Write block to flat, co_block_size() bytes; vl_len is left to the host.
 */
extern void co_block_write(const CoBlock *block, void *flat);

/*
 * "sector['tech']", "ship['p1','m2']", or "budget": the label messages and
 * texts use.  Cut to size with a trailing "...".
 */
extern void co_label(const char *name, const char *key, char *out, size_t size);

/* Ends a text that fills out with "...". */
extern void co_label_cut(char *out, size_t size);

#endif							/* CO_EXPR_BLOCK_H */
