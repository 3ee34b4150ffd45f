/*-------------------------------------------------------------------------
 *
 * pg/pg_sink.c
 *	  The functions of pg_sink.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "pg/pg_compat.h"
#include "pg/pg_sink.h"

/* Rows between two looks at the interrupts: below a millisecond. */
#define ROWS_PER_POLL	1024

void
copg_begin_rows(FunctionCallInfo fcinfo, CopgSink *sink)
{
	/* The expected one is a copy the caller frees; a resolved one is not. */
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	sink->rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	sink->n = 0;
	sink->n_done = 0;
	if (sink->rsinfo->setDesc->natts > COPG_MAX_COLUMNS)
		elog(ERROR, "a row of %d columns is not expected", sink->rsinfo->setDesc->natts);
}

static void
give(CopgSink *sink, Datum value, bool isnull)
{
	if (sink->n >= COPG_MAX_COLUMNS)
		elog(ERROR, "a row has more than %d columns", COPG_MAX_COLUMNS);
	sink->value[sink->n] = value;
	sink->isnull[sink->n++] = isnull;
}

void
copg_give_null(CopgSink *sink)
{
	give(sink, (Datum) 0, true);
}

Datum
copg_text(const char *value)
{
	return value ? CStringGetTextDatum(value) : (Datum) 0;
}

void
copg_give_datum(CopgSink *sink, Datum text)
{
	give(sink, text, text == (Datum) 0);
}

void
copg_give_text(CopgSink *sink, const char *value)
{
	copg_give_datum(sink, copg_text(value));
}

void
copg_give_int(CopgSink *sink, int32 value)
{
	give(sink, Int32GetDatum(value), false);
}

void
copg_give_bytes(CopgSink *sink, double value)
{
	bool		is_count = value >= 0.0 && value < 9007199254740992.0;

	give(sink, Int64GetDatum(is_count ? (int64) value : 0), !is_count);
}

void
copg_give_number(CopgSink *sink, double value)
{
	/* A negative zero, of a product or a sum, is shown as 0. */
	give(sink, Float8GetDatum(value + 0.0), isnan(value));
}

void
copg_give_number_if(CopgSink *sink, bool present, double value)
{
	copg_give_number(sink, present ? value : NAN);
}

void
copg_give_bound(CopgSink *sink, double value)
{
	give(sink, Float8GetDatum(value + 0.0), isinf(value) || isnan(value));
}

void
copg_give_json(CopgSink *sink, const char *value)
{
	give(sink, DirectFunctionCall1(jsonb_in, CStringGetDatum(value)), false);
}

void
copg_end_row(CopgSink *sink)
{
	if (sink->n != sink->rsinfo->setDesc->natts)
		elog(ERROR, "%d columns are given where %d are declared",
			 sink->n, sink->rsinfo->setDesc->natts);
	tuplestore_putvalues(sink->rsinfo->setResult, sink->rsinfo->setDesc,
						 sink->value, sink->isnull);
	sink->n = 0;
	if (++sink->n_done % ROWS_PER_POLL == 0)
		CHECK_FOR_INTERRUPTS();
}

void
copg_give_bool(CopgSink *sink, bool value)
{
	give(sink, BoolGetDatum(value), false);
}
