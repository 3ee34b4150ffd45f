/*-------------------------------------------------------------------------
 *
 * pg/pg_sink.h
 *	  The rows of a table function, column by column into a tuplestore.
 *
 * All are materialized: the whole result is made in one call, so that a value
 * is viewed once and not once per row.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_PG_PG_SINK_H
#define CO_PG_PG_SINK_H

#include "fmgr.h"
#include "funcapi.h"

/* Most columns of a row, opt_info's. */
#define COPG_MAX_COLUMNS	32

typedef struct CopgSink			/* a row under construction, and where it goes */
{
	ReturnSetInfo *rsinfo;
	int			n;				/* columns given so far */
	int			n_done;			/* rows sent */
	Datum		value[COPG_MAX_COLUMNS];
	bool		isnull[COPG_MAX_COLUMNS];
} CopgSink;

extern void copg_begin_rows(FunctionCallInfo fcinfo, CopgSink *sink);
extern void copg_end_row(CopgSink *sink);

/* The next column. */
extern void copg_give_null(CopgSink *sink);
extern void copg_give_text(CopgSink *sink, const char *value);	/* NULL: null */

/* A text that is made once for many rows: copg_text()'s, 0 for NULL. */
extern Datum copg_text(const char *value);
extern void copg_give_datum(CopgSink *sink, Datum text);
extern void copg_give_int(CopgSink *sink, int32 value);
extern void copg_give_bool(CopgSink *sink, bool value);
extern void copg_give_json(CopgSink *sink, const char *value);

/* A count of bytes; exact up to 2^53. */
extern void copg_give_bytes(CopgSink *sink, double value);

/* NaN stands for a number that does not exist. */
extern void copg_give_number(CopgSink *sink, double value);
extern void copg_give_number_if(CopgSink *sink, bool present, double value);

/* An absent bound is NULL, as it was given. */
extern void copg_give_bound(CopgSink *sink, double value);

#endif							/* CO_PG_PG_SINK_H */
