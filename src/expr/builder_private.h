/*-------------------------------------------------------------------------
 *
 * expr/builder_private.h
 *	  The columns of a builder, for expr/builder.c and expr/builder_grow.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_EXPR_BUILDER_PRIVATE_H
#define CO_EXPR_BUILDER_PRIVATE_H

#include "expr/builder.h"

/* Positions whose last leaf is remembered (a power of two). */
#define RECENT			4

typedef struct LeafTable
{
	uint64_t   *id;
	double	   *lower,
			   *upper,
			   *start;
	int		   *name,
			   *key,
			   *bound,			/* number in CoBuilderBounds + 1; 0: both
								 * bounds are numbers */
			   *slot;			/* [2 * capacity] hash table of leaves, -1:
								 * empty */
	uint8_t    *kind;
} LeafTable;

typedef struct RowTable
{
	double	   *constant,
			   *error,			/* what rounding took from constant */
			   *lower,
			   *upper;
	int		   *lin_end,
			   *quad_end,
			   *code_end,
			   *name,			/* offsets in row_str */
			   *key,
			   *shown_name,		/* offsets in str, made by co_builder_view */
			   *shown_key;
} RowTable;

typedef struct LinTable
{
	double	   *coef;
	int		   *leaf;
} LinTable;

typedef struct QuadTable
{
	double	   *coef;
	int		   *i,
			   *j;
} QuadTable;

typedef struct CoFormulaMemory CoFormulaMemory; /* builder_code.c */
typedef struct CoBuilderBounds CoBuilderBounds; /* builder_bound.c */

struct CoBuilder
{
	CoArena    *arena;
	CoBlockKind kind;
	int			flags;
	int			n_row,
				n_leaf,
				n_lin,
				n_quad,
				n_code,
				n_str,			/* leaves' strings */
				n_row_str;		/* rows' strings */
	int			cap_row,
				cap_leaf,
				cap_lin,
				cap_quad,
				cap_code,
				cap_str,		/* of str and of row_str; str holds both */
				cap_map;
	int			recent[RECENT];
	LeafTable	leaf;
	RowTable	row;
	LinTable	lin;
	QuadTable	quad;
	uint8_t    *code;
	char	   *str,
			   *row_str;
	int		   *map;			/* [cap_map] scratch of imports */
	CoFormulaMemory *memory;	/* NULL: no formula was added as a small one */
	CoBuilderBounds *bounds;	/* NULL: all bounds of leaves are numbers */
};

/* The columns of each table, so that each is written down once. */
#define LEAF_COLUMNS(column) \
	column(id) column(lower) column(upper) column(start) column(name) column(key) column(bound) \
	column(kind)
#define ROW_COLUMNS(column) \
	column(constant) column(error) column(lower) column(upper) column(lin_end) \
	column(quad_end) column(code_end) column(name) column(key) column(shown_name) column(shown_key)

static inline size_t
table_slot(uint64_t id, int capacity)
{
	return (size_t) (id ^ (id >> 32)) & (2 * (size_t) capacity - 1);
}

/* builder_grow.c */
extern void co_builder_enter_leaf(LeafTable *leaf, int capacity, int index);
extern CoRc co_builder_grow_leaves(CoBuilder *builder);
extern CoRc co_builder_grow_rows(CoBuilder *builder);
extern CoRc co_builder_grow_lin(CoBuilder *builder, int extra);
extern CoRc co_builder_grow_quad(CoBuilder *builder, int extra);
extern CoRc co_builder_grow_code(CoBuilder *builder, int extra);
extern CoRc co_builder_grow_str(CoBuilder *builder, size_t extra);

/* A count past the range of int: the memory failure of a size overflow. */
extern CoRc co_builder_refuse_size(CoArena *arena);

/* builder.c: row n_row, of which the columns have room. */
extern void co_builder_begin_row(CoBuilder *builder, double lower, double upper);

/* builder_bound.c: bounds of leaf k, which has just been defined. */
extern CoRc co_builder_store_bounds(CoBuilder *builder, int k, const CoCodeTerms *bound);

/* Are the bounds of leaf k the numbers of def and these formulas (NULL: none)? */
extern bool co_builder_same_bounds(const CoBuilder *builder, int k, const CoLeafDef *def,
								   const CoCodeTerms *bound);

/* The formula that is the bound of leaf k; of length 0 where that is a number. */
extern CoCodeTerms co_builder_bound(const CoBuilder *builder, int k, bool is_upper);

/*
 * Imports the parameters in the bounds of leaf k of another block; *bound: these
 * bounds, good until the next call, or NULL where they are numbers.
 */
extern CoRc co_builder_import_bounds(CoBuilder *builder, const CoBlock *from, int k,
									 const CoCodeTerms **bound, CoError *error);

/* What the view shows of bounds. */
extern void co_builder_show_bounds(const CoBuilder *builder, CoBlock *view);

/* builder_terms.c: terms of a row whose leaves have the numbers map. */
extern CoRc co_builder_add_terms(CoBuilder *builder, const CoBlock *block, int row,
								 double scale, const int *map);

/* Room for extra more. */
static inline CoRc
reserve_lin(CoBuilder *builder, int extra)
{
	return extra <= builder->cap_lin - builder->n_lin ? CO_OK :
		co_builder_grow_lin(builder, extra);
}

static inline CoRc
reserve_quad(CoBuilder *builder, int extra)
{
	return extra <= builder->cap_quad - builder->n_quad ? CO_OK :
		co_builder_grow_quad(builder, extra);
}

static inline CoRc
reserve_code(CoBuilder *builder, int extra)
{
	return extra <= builder->cap_code - builder->n_code ? CO_OK :
		co_builder_grow_code(builder, extra);
}

/* Room for extra bytes in either pool, and for both together in str. */
static inline CoRc
reserve_str(CoBuilder *builder, size_t extra)
{
	int			count = builder->n_str + builder->n_row_str;

	return extra <= (size_t) (builder->cap_str - count) ? CO_OK :
		co_builder_grow_str(builder, extra);
}

#endif							/* CO_EXPR_BUILDER_PRIVATE_H */
