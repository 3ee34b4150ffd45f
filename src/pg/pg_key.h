/*-------------------------------------------------------------------------
 *
 * pg/pg_key.h
 *	  Keys: values of any type as the text that identifies a variable, a
 *	  parameter or a constraint.
 *
 * A row's key is written as the server writes rows, (p1,m2).  Dates and times
 * are written in ISO 8601 whatever DateStyle says (timestamps with a time zone
 * in UTC), and blanks that pad a character(n) are left out, because the same
 * key must have the same text in every session.  All integer types agree, and
 * agree with numeric and text where the texts do.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_PG_PG_KEY_H
#define CO_PG_PG_KEY_H

#include "access/tupdesc.h"
#include "fmgr.h"
#include "lib/stringinfo.h"

typedef enum CopgKeyClass
{
	COPG_KEY_INT2,
	COPG_KEY_INT4,
	COPG_KEY_INT8,
	COPG_KEY_TEXT,				/* text, varchar */
	COPG_KEY_BPCHAR,
	COPG_KEY_CSTRING,			/* a literal without a type */
	COPG_KEY_TIME,				/* dates and times of every kind */
	COPG_KEY_RECORD,
	COPG_KEY_OTHER				/* by the type's output function */
} CopgKeyClass;

typedef struct CopgKey			/* how values of one type are written */
{
	CopgKeyClass key_class;
	Oid			type;
	FmgrInfo	output;			/* COPG_KEY_OTHER */
	Oid			row_type;		/* COPG_KEY_RECORD: of the last row */
	int32		row_typmod;
	TupleDesc	row_desc;		/* NULL: no row yet */
	struct CopgKey *column;		/* [row_desc->natts] */
	MemoryContext context;
	StringInfoData text;		/* of the last value */
} CopgKey;

/* Zeroed memory is a CopgKey that is not ready. */
static inline bool
copg_key_is_ready(const CopgKey *key)
{
	return key->context != NULL;
}

/* Prepare key, which lives in context, for values of type. */
extern void copg_key_init(CopgKey *key, Oid type, MemoryContext context);

/*
 * The text of value, good until the next call with the same key.  NULL, whole
 * or in a component, raises 22004 with name, what the key belongs to.
 */
extern const char *copg_key_text(CopgKey *key, Datum value, bool is_null, const char *name);

/*
 * Argument argno as a key, once, in the current context; NULL raises 22004.
 * Keeps nothing in fn_extra.
 */
extern char *copg_key_arg(FunctionCallInfo fcinfo, int argno);

/* The type of an "any" argument; 42804 when it cannot be told. */
extern Oid	copg_key_arg_type(FunctionCallInfo fcinfo, int argno);

#endif							/* CO_PG_PG_KEY_H */
