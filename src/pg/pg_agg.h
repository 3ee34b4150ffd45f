/*-------------------------------------------------------------------------
 *
 * pg/pg_agg.h
 *	  What the aggregates over expressions and constraints share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_PG_PG_AGG_H
#define CO_PG_PG_AGG_H

#include "fmgr.h"
#include "lib/stringinfo.h"

#include "expr/builder.h"
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
	CopgKey		key_text;
	StringInfoData name_text;
	uint32		n_name;			/* times the name has changed */
	const char *name;
	const char *key;
	CopgLabelSlot *slot;		/* NULL: the key is no integer */
	CopgLabelSlot *pending;		/* to be filled by copg_label_keep */
} CopgLabelReader;

extern void copg_label_init(CopgLabelReader *reader, FunctionCallInfo fcinfo,
							int name_arg, int key_arg);
extern void copg_label_read(CopgLabelReader *reader, FunctionCallInfo fcinfo);

/*
 * The leaf that copg_label_keep has noted for this name and key and the same
 * owner, without making a text of the key; -1: none, and the label is read.
 * An owner is a state, told apart from all others of the process.
 */
extern int	copg_label_find(CopgLabelReader *reader, FunctionCallInfo fcinfo, uint32 owner);
extern void copg_label_keep(CopgLabelReader *reader, int leaf);
extern uint32 copg_new_owner(void);

/* The coefficient in argument argno: 22004 or 22023 with the label of of. */
extern double copg_agg_coefficient(FunctionCallInfo fcinfo, int argno, CopgLabelReader *of);

/* A variable defined elsewhere. */
extern CoLeafDef copg_reference(const char *name, const char *key);

#endif							/* CO_PG_PG_AGG_H */
