/*-------------------------------------------------------------------------
 *
 * pg/pg_block.h
 *	  Datums of the types opt_expr, opt_constraint and opt_problem as blocks.
 *
 * The types are alike: a varlena whose bytes are a flat block (expr/block.h).
 * Values are stored aligned to doubles, so one with a plain header is read
 * where it lies.  A short header (a small value out of a tuple) costs one copy
 * of at most 126 bytes, a toasted value is fetched.
 *
 * A larger value travels from the function that makes it to the one that takes
 * it as a read-only expanded datum: a view of columns that live as long, those
 * of an aggregate's state, of an argument, or of the call's own memory.  It is
 * flattened, and with that limited to 1 GB, where the server stores it: in a
 * tuple or an array, for a scalar subquery, a sort, a materialized CTE, a table.
 *
 * Every flat value is checked each time a function takes it: nothing tells a
 * value this backend has just made from one that a broken disk gives back, and a
 * wrong index would be read far out of bounds.  An expression of a few terms, of
 * which a sum takes a million, is checked for what would be read out of bounds,
 * and its code where it is read and not just copied; every other value in full by co_block_validate(), which is linear in the value
 * and costs less than what follows.  That a variable's identity fits its name is
 * so checked at the latest when the problem it went into is.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_PG_PG_BLOCK_H
#define CO_PG_PG_BLOCK_H

#include "fmgr.h"
#include "utils/expandeddatum.h"

#include "expr/block.h"
#include "pg/pg_compat.h"

/* Bytes of the largest value with a short header, in its long form. */
#define COPG_SHORT_SIZE (VARATT_SHORT_MAX + VARHDRSZ)

/* constropt.max_value_size, in kB */
extern int	copg_max_value_size;

/* A value in memory: the view, and the flat bytes it points into. */
typedef struct CopgValue
{
	CoBlock		block;
	const void *flat;			/* NULL: it is lent, and the view is all */
	Size		size;
	bool		unchecked;		/* its code has not been looked at */
	union
	{
		double		align;
		char		bytes[COPG_SHORT_SIZE];
	}			copy;			/* where a value with a short header is put */
} CopgValue;

/*
 * The block in datum.  XX001 when it is corrupt or of another kind.  The view
 * is good as long as datum and value are.
 */
extern void copg_value_get(Datum datum, CoBlockKind kind, CopgValue *value);

/*
 * The same for an expression that goes to a fast path (expr/algebra.h) or to
 * co_builder_add_small(): the code of a small one is left unchecked.  Whoever
 * does something else with it calls copg_value_check first.
 */
extern void copg_value_peek(Datum datum, CopgValue *value);
extern void copg_value_check(CopgValue *value);

/*
 * A copy of the flat bytes in the current context, unchecked, with room for them
 * only.  NULL: the value is lent, or too large for a fast path to be worth it.
 */
extern void *copg_value_copy(Datum datum, Size *size);

/*
 * Argument argno, which is not NULL (the function is strict, or has looked).
 * The view is good until the end of the call.
 */
extern void copg_block_arg(FunctionCallInfo fcinfo, int argno, CoBlockKind kind, CoBlock *view);

/* Is a flat value of size bytes (0: more than 1 GB) none that may be? */
static inline bool
copg_is_oversize(uint64 size)
{
	return size == 0 || size > (uint64) copg_max_value_size * 1024;
}

/* A value in the current context; 54000 when it would pass the limit. */
extern Datum copg_block_datum(const CoBlock *block);

/* Bytes of the smallest value that is lent: below, a copy costs less. */
#define COPG_LENT_FROM	2048

/*
 * The same for a block whose columns live in the current context or as long as
 * the function's arguments; large, they are not copied.
 */
extern Datum copg_block_lend(const CoBlock *block);

/* A read-only datum of an expanded object, and the object; NULL: not one of methods. */
extern Datum copg_lend(ExpandedObjectHeader *head, const ExpandedObjectMethods *methods);
extern ExpandedObjectHeader *copg_lent(Datum datum, const ExpandedObjectMethods *methods);

/*
 * Numbers in place of bounds that are formulas, in the current context: see
 * co_bound_numbers (expr/bound.h).
 */
extern void copg_block_numbers(CoBlock *block, const double *leaf_value);

/*
 * What an expression is called in messages: the label of its variable, or its
 * first variables and how many there are.
 */
extern void copg_expr_label(const CoBlock *expr, char *out, size_t size);

/* 22023 when two rows of a problem have the same name and key (pg_problem.c). */
extern void copg_check_row_names(const CoBlock *problem);

#define COPG_LABEL_SIZE (3 * NAMEDATALEN)

#endif							/* CO_PG_PG_BLOCK_H */
