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
 * Layout: a 32-byte header, then the arrays in the order of CoBlock, doubles
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

#define CO_BLOCK_VERSION	1

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
				n_str;			/* bytes */
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
				n_str;

	const double *constant;		/* [n_row] */
	const double *lower;		/* [n_row]; NULL for an expression */
	const double *upper;		/* [n_row]; NULL for an expression */
	const uint64_t *leaf_id;	/* [n_leaf] */
	const double *leaf_lower;	/* [n_leaf] -inf: no bound */
	const double *leaf_upper;	/* [n_leaf] +inf: no bound */
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
	const int  *leaf_name;		/* [n_leaf] offset in str */
	const int  *leaf_key;		/* [n_leaf] offset in str, -1: none */

	const uint8_t *leaf_kind;	/* [n_leaf] CoLeafKind */
	const char *str;			/* [n_str] strings, each ending in a NUL */
	const uint8_t *code;		/* [n_code] expr/code.h */
} CoBlock;

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

/* Bytes of the flat value with these counts; 0 on overflow of 1 GB. */
extern size_t co_block_size(const CoBlock *counts);

/*
 * Write block to flat, co_block_size() bytes; vl_len is left to the host.
 */
extern void co_block_write(const CoBlock *block, void *flat);

/*
 * "sector['tech']", "ship['p1','m2']", or "budget": the label messages and
 * texts use.  Cut to size with a trailing "...".
 */
extern void co_label(const char *name, const char *key, char *out, size_t size);

#endif							/* CO_EXPR_BLOCK_H */
