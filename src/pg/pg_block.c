/*-------------------------------------------------------------------------
 *
 * pg/pg_block.c
 *	  Datums of the types opt_expr, opt_constraint and opt_problem as blocks.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/detoast.h"
#include "utils/expandeddatum.h"

#include "expr/bound.h"
#include "pg/pg_block.h"
#include "pg/pg_env.h"
#include "pg/pg_error.h"

static pg_attribute_noreturn() void
report_corrupt(const char *why)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("%s", why),
			 errhint("The value was written by another version of constropt, or damaged in storage.")));
}

/* A toast pointer's header passes for a short one. */
static inline bool
is_short(const struct varlena *raw)
{
	return VARATT_IS_SHORT(raw) && !VARATT_IS_EXTERNAL(raw);
}

#define CHUNK			32

/*
 * n bytes, at most as many as a short header tells.  Knowing that, compilers
 * write a string instruction for memcpy, whose start takes longer than this.
 */
static inline void
copy_short(char *to, const char *from, size_t n)
{
	if (n < CHUNK)
	{
		memmove(to, from, n);
		return;
	}
	for (size_t at = 0; at + CHUNK < n; at += CHUNK)
		memcpy(to + at, from + at, CHUNK);
	memcpy(to + n - CHUNK, from + n - CHUNK, CHUNK);
}

/* The bytes with a plain header, aligned to doubles. */
static inline void
fetch_flat(struct varlena *raw, CopgValue *value)
{
	if (is_short(raw))
	{
		value->size = VARSIZE_SHORT(raw) - VARHDRSZ_SHORT + VARHDRSZ;
		copy_short(value->copy.bytes + VARHDRSZ, VARDATA_SHORT(raw), value->size - VARHDRSZ);
		SET_VARSIZE(value->copy.bytes, value->size);
		value->flat = value->copy.bytes;
		return;
	}
	if (VARATT_IS_EXTENDED(raw))
		raw = detoast_attr(raw);
	value->size = VARSIZE(raw);
	value->flat = raw;
	if ((uintptr_t) raw % sizeof(double) != 0)
	{
		void	   *aligned = palloc(value->size);

		memcpy(aligned, raw, value->size);
		value->flat = aligned;
	}
}

void *
copg_value_copy(Datum datum, Size *size)
{
	struct varlena *raw = (struct varlena *) DatumGetPointer(datum);
	char	   *copy;

	if (is_short(raw))
	{
		*size = VARSIZE_SHORT(raw) - VARHDRSZ_SHORT + VARHDRSZ;
		copy = palloc(*size);
		memcpy(copy + VARHDRSZ, VARDATA_SHORT(raw), *size - VARHDRSZ);
	}
	else
	{
		if (VARATT_IS_EXTENDED(raw) || VARSIZE(raw) >= COPG_LENT_FROM)
			return NULL;
		*size = VARSIZE(raw);
		copy = palloc(*size);
		memcpy(copy, raw, *size);
	}
	SET_VARSIZE(copy, *size);
	return copy;
}

/* Leaves, terms of each kind, and bytes of code of an expression with the short check. */
#define FEW				8
#define FEW_CODE_BYTES	512

static inline bool
is_below(const int *index, int n, int limit)
{
	bool		valid = true;

	for (int i = 0; i < n; i++)
		valid &= (unsigned int) index[i] < (unsigned int) limit;
	return valid;
}

static inline bool
leaves_are_safe(const CoBlock *block)
{
	bool		valid = block->n_leaf == 0 ||
		(block->n_str > 0 && block->str[block->n_str - 1] == '\0');

	for (int k = 0; k < block->n_leaf; k++)
		valid &= (unsigned int) block->leaf_name[k] < (unsigned int) block->n_str &&
			block->leaf_key[k] >= -1 && block->leaf_key[k] < block->n_str &&
			block->leaf_kind[k] <= CO_LEAF_REFERENCE;
	return valid;
}

/*
 * Is this an expression of a few terms that can be read, but for its code,
 * without leaving its bytes?  false: perhaps, the full check will tell.
 */
static inline bool
is_small_and_safe(const CopgValue *value, CoBlock *view)
{
	const CoBlockHeader *head = value->flat;

	if (value->size < sizeof(CoBlockHeader) ||
		head->version != CO_BLOCK_VERSION || head->kind != CO_BLOCK_EXPR ||
		head->flags != 0 || head->reserved != 0 || head->n_row != 1 ||
		(unsigned int) head->n_leaf > FEW || (unsigned int) head->n_lin > FEW ||
		(unsigned int) head->n_quad > FEW ||
		(unsigned int) head->n_code > FEW_CODE_BYTES || head->n_str < 0 ||
		(head->n_bound | head->n_bound_code) != 0)
		return false;
	co_block_view_expr_with_numbers(head, view);
	return co_block_size(view) == value->size &&
		is_below(view->lin_leaf, view->n_lin, view->n_leaf) &&
		is_below(view->quad_i, view->n_quad, view->n_leaf) &&
		is_below(view->quad_j, view->n_quad, view->n_leaf) &&
		view->lin_end[0] == view->n_lin && view->quad_end[0] == view->n_quad &&
		view->code_end[0] == view->n_code && leaves_are_safe(view);
}

/*--------------------------------------------------------------------------
 * Values that are lent
 *--------------------------------------------------------------------------
 */

/*
 * A value this backend has just made: a view, and nothing of its own.  Only
 * read-only pointers to it are given out, so nobody takes it over or frees it;
 * it ends with the context it is in.
 */
typedef struct LentBlock
{
	ExpandedObjectHeader head;
	CoBlock		block;
} LentBlock;

static Size
lent_size(ExpandedObjectHeader *head)
{
	size_t		size = co_block_size(&((LentBlock *) head)->block);

	if (copg_is_oversize(size))
		copg_report_size();
	return size;
}

static void
write_lent(ExpandedObjectHeader *head, void *result, Size size)
{
	co_block_write(&((LentBlock *) head)->block, result);
	SET_VARSIZE(result, size);
}
static const ExpandedObjectMethods lent_methods = {
	.get_flat_size = lent_size,
	.flatten_into = write_lent
};

Datum
copg_lend(ExpandedObjectHeader *head, const ExpandedObjectMethods *methods)
{
	void	   *pointer = palloc(EXPANDED_POINTER_SIZE);

	/* An aggregate's result must be a chunk of its own of this context. */
	EOH_init_header(head, methods, CurrentMemoryContext);
	memcpy(pointer, head->eoh_ro_ptr, EXPANDED_POINTER_SIZE);
	return PointerGetDatum(pointer);
}

ExpandedObjectHeader *
copg_lent(Datum datum, const ExpandedObjectMethods *methods)
{
	ExpandedObjectHeader *head;

	if (!VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(datum)))
		return NULL;
	head = DatumGetEOHP(datum);
	return head->eoh_methods == methods ? head : NULL;
}

Datum
copg_block_lend(const CoBlock *block)
{
	size_t		size = co_block_size(block);
	LentBlock  *lent;

	if (size > 0 && size < COPG_LENT_FROM)
		return copg_block_datum(block);
	lent = palloc(sizeof(LentBlock));
	lent->block = *block;
	return copg_lend(&lent->head, &lent_methods);
}

static bool
get_lent(Datum datum, CoBlockKind kind, CopgValue *value)
{
	LentBlock  *lent = (LentBlock *) copg_lent(datum, &lent_methods);

	if (lent == NULL)
		return false;
	if (lent->block.kind != kind)
		elog(ERROR, "value of kind %d where %d is expected", lent->block.kind, kind);
	value->block = lent->block;
	value->flat = NULL;
	value->size = 0;
	value->unchecked = false;
	return true;
}

static void
check_flat(CopgValue *value, CoBlockKind kind)
{
	CoError		error;

	if (co_block_validate(value->flat, value->size, &value->block, &error) != CO_OK)
		report_corrupt(error.message);
	if (value->block.kind != kind)
		report_corrupt("invalid expression value: of another kind than its type");
	value->unchecked = false;
}

void
copg_value_check(CopgValue *value)
{
	if (value->unchecked)
		check_flat(value, CO_BLOCK_EXPR);
}

void
copg_value_peek(Datum datum, CopgValue *value)
{
	struct varlena *raw = (struct varlena *) DatumGetPointer(datum);

	if (unlikely(VARATT_IS_EXTERNAL(raw)) && get_lent(datum, CO_BLOCK_EXPR, value))
		return;
	fetch_flat(raw, value);
	if (likely(is_small_and_safe(value, &value->block)))
		value->unchecked = value->block.n_code > 0;
	else
		check_flat(value, CO_BLOCK_EXPR);
}

void
copg_value_get(Datum datum, CoBlockKind kind, CopgValue *value)
{
	struct varlena *raw = (struct varlena *) DatumGetPointer(datum);

	if (kind == CO_BLOCK_EXPR)
	{
		copg_value_peek(datum, value);
		copg_value_check(value);
	}
	else if (likely(!VARATT_IS_EXTERNAL(raw)) || !get_lent(datum, kind, value))
	{
		fetch_flat(raw, value);
		check_flat(value, kind);
	}
}

void
copg_block_arg(FunctionCallInfo fcinfo, int argno, CoBlockKind kind, CoBlock *view)
{
	struct varlena *raw = (struct varlena *) DatumGetPointer(PG_GETARG_DATUM(argno));
	CopgValue	space;
	CopgValue  *value = is_short(raw) ? palloc(sizeof(CopgValue)) : &space;

	copg_value_get(PointerGetDatum(raw), kind, value);
	*view = value->block;
}

Datum
copg_block_datum(const CoBlock *block)
{
	size_t		size = co_block_size(block);
	void	   *flat;

	if (copg_is_oversize(size))
		copg_report_size();
	flat = palloc(size);
	SET_VARSIZE(flat, size);
	co_block_write(block, flat);
	return PointerGetDatum(flat);
}

void
copg_block_numbers(CoBlock *block, const double *leaf_value)
{
	CoBlock		with_formulas = *block;
	CoArena    *arena;
	CoError		error = {.position = -1};

	if (block->n_bound == 0)
		return;
	arena = copg_arena_new(CurrentMemoryContext);
	copg_check_rc(co_bound_numbers(arena, &with_formulas, leaf_value, block, &error), arena, &error);
}

static void
leaf_label(const CoBlock *block, int leaf, char *out, size_t size)
{
	co_label(block->str + block->leaf_name[leaf],
			 co_block_string(block, block->leaf_key[leaf]), out, size);
}

void
copg_expr_label(const CoBlock *expr, char *out, size_t size)
{
	char		first[COPG_LABEL_SIZE / 2];
	char		second[COPG_LABEL_SIZE / 2];

	if (expr->n_leaf == 0)
	{
		snprintf(out, size, "%g", expr->constant[0]);
		return;
	}
	leaf_label(expr, 0, first, sizeof first);
	if (expr->n_leaf == 1)
	{
		strlcpy(out, first, size);
		return;
	}

	/* One variable, beside parameters of its bounds. */
	if (expr->n_lin == 1 && expr->n_quad + expr->n_code == 0)
	{
		leaf_label(expr, expr->lin_leaf[0], out, size);
		return;
	}
	leaf_label(expr, 1, second, sizeof second);
	if (expr->n_leaf == 2)
		snprintf(out, size, "(expression in %s and %s)", first, second);
	else
		snprintf(out, size, "(expression in %s, %s and %d more)", first, second,
				 expr->n_leaf - 2);
}
