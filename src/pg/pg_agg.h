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
	const char *name;
	const char *key;
} CopgLabelReader;

extern void copg_label_init(CopgLabelReader *reader, FunctionCallInfo fcinfo,
							int name_arg, int key_arg);
extern void copg_label_read(CopgLabelReader *reader, FunctionCallInfo fcinfo);

/* The coefficient in argument argno: 22004 or 22023 with the label of of. */
extern double copg_agg_coefficient(FunctionCallInfo fcinfo, int argno,
								   const CopgLabelReader *of);

/* A variable defined elsewhere. */
extern CoLeafDef copg_reference(const char *name, const char *key);

#endif							/* CO_PG_PG_AGG_H */
