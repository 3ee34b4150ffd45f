/*-------------------------------------------------------------------------
 *
 * pg/pg_agg.h
 *	  What the aggregates over expressions and constraints share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_PG_PG_AGG_H
#define CO_PG_PG_AGG_H

#include <math.h>

#include "fmgr.h"
#include "lib/stringinfo.h"

#include "expr/builder.h"
#include "pg/pg_compat.h"
#include "pg/pg_key.h"

/* The context an aggregate's state lives in; an error outside of one. */
extern MemoryContext copg_agg_context(FunctionCallInfo fcinfo);

/*
 * A block between workers: a bytea of a count and the flat value.  The reader
 * gives the view and the count; it is good as long as the current context.
 */
extern bytea *copg_agg_pack(const CoBlock *block, int64 n);
extern int64 copg_agg_unpack(bytea *packed, CoBlock *block);

typedef struct CopgLabelSlot	/* what an integer key was last found to be */
{
	int64		key;
	uint64		owner;			/* 0: empty */
	int			leaf;
} CopgLabelSlot;

/*
 * A name and a key argument of a triplet aggregate.  What is read stays good
 * until the next row.
 */
typedef struct CopgLabelReader
{
	int			name_arg,
				key_arg;
	bool		is_constant;	/* the name is a literal, and was read */
	bool		is_integer;		/* the key is one */
	CopgKey		key_text;
	StringInfoData name_text;
	uint32		n_name;			/* times the name has changed */
	const char *name;
	const char *key;
	CopgLabelSlot last;			/* the key found last: rows come in runs */
	CopgLabelSlot *slot;		/* [mask + 1] */
	uint32		mask;
	uint32		n_lost;			/* keys that had to make room for another */
	CopgLabelSlot *pending;		/* to be filled by copg_label_keep */
	uint64		pending_owner;
} CopgLabelReader;

extern void copg_label_init(CopgLabelReader *reader, FunctionCallInfo fcinfo,
							int name_arg, int key_arg);
extern void copg_label_read(CopgLabelReader *reader, FunctionCallInfo fcinfo);

static inline int64
copg_label_integer(const CopgLabelReader *reader, FunctionCallInfo fcinfo)
{
	Datum		key = PG_GETARG_DATUM(reader->key_arg);

	return reader->key_text.key_class == COPG_KEY_INT4 ? DatumGetInt32(key) :
		reader->key_text.key_class == COPG_KEY_INT8 ? DatumGetInt64(key) : DatumGetInt16(key);
}

/*
 * The leaf that copg_label_keep has noted for this name and key and the same
 * owner, without making a text of the key; -1: none, and the label is read.
 * An owner is a state, told apart from all others of the process.
 */
extern int	copg_label_look_up(CopgLabelReader *reader, FunctionCallInfo fcinfo, uint32 owner);
extern void copg_label_keep(CopgLabelReader *reader, int leaf);
extern uint32 copg_new_owner(void);

static inline int
copg_label_find(CopgLabelReader *reader, FunctionCallInfo fcinfo, uint32 owner)
{
	if (reader->is_constant && reader->is_integer && !PG_ARGISNULL(reader->key_arg))
	{
		int64		key = copg_label_integer(reader, fcinfo);
		uint64		whole_owner = (uint64) owner << 32 | reader->n_name;
		const CopgLabelSlot *slot;

		if (reader->last.key == key && reader->last.owner == whole_owner)
			return reader->last.leaf;
		slot = &reader->slot[(uint32) key & reader->mask];
		if (likely(slot->key == key && slot->owner == whole_owner))
		{
			reader->last = *slot;
			return slot->leaf;
		}
	}
	return copg_label_look_up(reader, fcinfo, owner);
}

/* 22004 or 22023 with the label of of. */
extern void copg_agg_refuse(FunctionCallInfo fcinfo, int argno, CopgLabelReader *of)
			pg_attribute_noreturn();

/* The coefficient in argument argno. */
static inline double
copg_agg_coefficient(FunctionCallInfo fcinfo, int argno, CopgLabelReader *of)
{
	double		coef = PG_ARGISNULL(argno) ? NAN : PG_GETARG_FLOAT8(argno);

	if (unlikely(!isfinite(coef)))
		copg_agg_refuse(fcinfo, argno, of);
	return coef;
}

/* A variable defined elsewhere. */
extern CoLeafDef copg_reference(const char *name, const char *key);

#endif							/* CO_PG_PG_AGG_H */
