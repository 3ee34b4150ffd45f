/*-------------------------------------------------------------------------
 *
 * expr/builder.h
 *	  A block under construction: what aggregates, operators and parsers fill.
 *
 * Rows are built one after another: terms go to the row that was begun last.
 * An expression builder has one row, begun by co_builder_init.  Every function
 * that can meet contradicting definitions reports through the CoError it was
 * given; memory failures are sticky in the arena and answered by CoRc.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_EXPR_BUILDER_H
#define CO_EXPR_BUILDER_H

#include "expr/block.h"

typedef struct CoBuilder CoBuilder;

typedef struct CoLeafDef		/* one leaf as it is handed in */
{
	const char *name;
	const char *key;			/* NULL: none */
	CoLeafKind	kind;
	double		lower,			/* NaN: a formula */
				upper,
				start;			/* NaN: none; a parameter's value */
} CoLeafDef;

extern CoRc co_builder_new(CoArena *arena, CoBlockKind kind, CoBuilder **out);
extern void co_builder_set_flags(CoBuilder *builder, int flags);

/* Finds or adds; definitions merge as CoLeafKind says. */
extern CoRc co_builder_leaf(CoBuilder *builder, const CoLeafDef *def, int *index, CoError *error);

/*
 * The same for a variable with formulas bound[0], the lower, and bound[1], the
 * upper bound, over parameters numbered as in the builder.
 */
extern CoRc co_builder_variable(CoBuilder *builder, const CoLeafDef *def, const CoCodeTerms *bound,
								int *index, CoError *error);

/*
 * The same for leaf k of another block, without recomputing its hash.  Parameters
 * in its bounds come before it.
 */
extern CoRc co_builder_import_leaf(CoBuilder *builder, const CoBlock *from, int k,
								   int *index, CoError *error);

/* Begin a row; name and key may be NULL.  Not for expressions. */
extern CoRc co_builder_row(CoBuilder *builder, const char *name, const char *key,
						   double lower, double upper);

/* Terms of the last row. */
extern CoRc co_builder_constant(CoBuilder *builder, double constant);
extern CoRc co_builder_lin(CoBuilder *builder, int leaf, double coef);
extern CoRc co_builder_quad(CoBuilder *builder, int i, int j, double coef);

/* scale * code: one complete postfix expression whose leaves are the builder's. */
extern CoRc co_builder_code(CoBuilder *builder, double scale, const uint8_t *code, int length);

/* Last row += scale * row `row` of block: leaves imported, code renumbered. */
extern CoRc co_builder_add_row(CoBuilder *builder, const CoBlock *block, int row,
							   double scale, CoError *error);

/*
 * The same for an expression of few leaves and little code, and scale 1.  The
 * code need not have been checked.  *done is false, and nothing was added but
 * leaves, for a larger one or where the code is malformed.
 */
extern CoRc co_builder_add_small(CoBuilder *builder, const CoBlock *block, bool *done,
								 CoError *error);

/*
 * The same for an expression and scale 1; into a builder without leaves and
 * terms, the columns of many terms are not copied.  They must then live as long
 * as the builder and what is seen of it.
 */
extern CoRc co_builder_adopt_row(CoBuilder *builder, const CoBlock *block, CoError *error);

/* Append all rows of a constraint block, with their names, keys and bounds. */
extern CoRc co_builder_append_rows(CoBuilder *builder, const CoBlock *block, CoError *error);

/* The finished block: a view into the builder, valid until its next change. */
extern void co_builder_view(const CoBuilder *builder, CoBlock *view);

#endif							/* CO_EXPR_BUILDER_H */
