/*-------------------------------------------------------------------------
 *
 * pg/pg_query.c
 *	  The rows of a query the user gives as text, by column name.
 *
 * The rows come through a DestReceiver of our own: nothing is collected, a
 * row is converted and handed on where the executor made it (EXPRESSIONS.md,
 * section 2).  The text is given to SPI as it is; nothing of the user's is
 * ever put into another text.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/tupdesc.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
#include "lib/stringinfo.h"
#include "tcop/dest.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "pg/pg_compat.h"
#include "pg/pg_key.h"
#include "pg/pg_query.h"

typedef struct Receiver
{
	DestReceiver pub;			/* must be first */
	const char *argument;
	const CopgColumn *column;
	int			n_column;
	int			attribute[COPG_MAX_CELLS];	/* index in the row, -1: missing */
	Oid			type[COPG_MAX_CELLS];	/* domains seen through */
	CopgKey		key[COPG_MAX_CELLS];
	CopgEachRow each;
	void	   *state;
	MemoryContext context;		/* of the keys */
	MemoryContext row_context;
	int64		n_row;
	bool		is_started;
} Receiver;

static bool
is_key(CopgCellKind kind)
{
	return kind == COPG_CELL_KEY || kind == COPG_CELL_OPTIONAL_KEY;
}

static bool
may_be_missing(CopgCellKind kind)
{
	return kind == COPG_CELL_OPTIONAL_KEY || kind == COPG_CELL_OPTIONAL_NUMBER;
}

static bool
is_number_type(Oid type)
{
	return type == FLOAT8OID || type == FLOAT4OID || type == NUMERICOID ||
		type == INT8OID || type == INT4OID || type == INT2OID;
}

/*--------------------------------------------------------------------------
 * Columns
 *--------------------------------------------------------------------------
 */

/* "v, lower, upper", with optional ones in brackets */
static char *
list_columns(const Receiver *receiver)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < receiver->n_column; i++)
		appendStringInfo(&list, may_be_missing(receiver->column[i].kind) ? "%s[%s]" : "%s%s",
						 i > 0 ? ", " : "", receiver->column[i].name);
	return list.data;
}

static int
find_column(const Receiver *receiver, const char *name)
{
	for (int i = 0; i < receiver->n_column; i++)
		if (strcmp(receiver->column[i].name, name) == 0)
			return i;
	return -1;
}

static void
match_attribute(Receiver *receiver, Form_pg_attribute attribute, int number)
{
	const char *name = NameStr(attribute->attname);
	int			i = find_column(receiver, name);
	Oid			type = getBaseType(attribute->atttypid);

	if (i < 0 || receiver->attribute[i] >= 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 i < 0 ? errmsg("unknown column \"%s\" in the query of %s", name, receiver->argument)
				 : errmsg("column \"%s\" appears twice in the query of %s", name, receiver->argument),
				 errhint("Its columns are: %s.", list_columns(receiver))));
	if (!is_key(receiver->column[i].kind) && !is_number_type(type))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" in the query of %s must be a number, not %s",
						name, receiver->argument, format_type_be(attribute->atttypid))));
	receiver->attribute[i] = number;
	receiver->type[i] = type;
	if (is_key(receiver->column[i].kind))
		copg_key_init(&receiver->key[i], type, receiver->context);
}

static void
match_columns(Receiver *receiver, TupleDesc desc)
{
	for (int i = 0; i < receiver->n_column; i++)
		receiver->attribute[i] = -1;
	for (int i = 0; i < desc->natts; i++)
		match_attribute(receiver, TupleDescAttr(desc, i), i);
	for (int i = 0; i < receiver->n_column; i++)
		if (receiver->attribute[i] < 0 && !may_be_missing(receiver->column[i].kind))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("column \"%s\" is missing in the query of %s",
							receiver->column[i].name, receiver->argument),
					 errhint("Its columns are: %s.", list_columns(receiver))));
}

/*--------------------------------------------------------------------------
 * Cells
 *--------------------------------------------------------------------------
 */

static pg_attribute_noreturn() void
report_cell(const Receiver *receiver, int i, int sqlstate, const char *problem)
{
	ereport(ERROR,
			(errcode(sqlstate),
			 errmsg("column \"%s\" in the query of %s %s",
					receiver->column[i].name, receiver->argument, problem),
			 errdetail("It is row %lld of the query's result.",
					   (long long) receiver->n_row)));
}

static double
datum_number(Datum value, Oid type)
{
	switch (type)
	{
		case FLOAT8OID:
			return DatumGetFloat8(value);
		case FLOAT4OID:
			return DatumGetFloat4(value);
		case INT8OID:
			return (double) DatumGetInt64(value);
		case INT4OID:
			return DatumGetInt32(value);
		case INT2OID:
			return DatumGetInt16(value);
		default:
			return DatumGetFloat8(DirectFunctionCall1(numeric_float8, value));
	}
}

static double
null_number(const Receiver *receiver, int i)
{
	switch (receiver->column[i].kind)
	{
		case COPG_CELL_LOWER:
			return -INFINITY;
		case COPG_CELL_UPPER:
			return INFINITY;
		case COPG_CELL_OPTIONAL_NUMBER:
			return NAN;
		default:
			report_cell(receiver, i, ERRCODE_NULL_VALUE_NOT_ALLOWED, "is null");
	}
}

static void
check_number(const Receiver *receiver, int i, double number)
{
	CopgCellKind kind = receiver->column[i].kind;

	if (isnan(number))
		report_cell(receiver, i, ERRCODE_INVALID_PARAMETER_VALUE, "is not a number");
	if (isfinite(number) ||
		(kind == COPG_CELL_LOWER && number < 0.0) ||
		(kind == COPG_CELL_UPPER && number > 0.0))
		return;
	report_cell(receiver, i, ERRCODE_INVALID_PARAMETER_VALUE, "is infinite");
}

static void
read_number(const Receiver *receiver, int i, Datum value, bool is_null, CopgCell *cell)
{
	if (is_null)
	{
		cell->number = null_number(receiver, i);
		return;
	}
	cell->number = datum_number(value, receiver->type[i]);
	check_number(receiver, i, cell->number);
}

static void
read_key(Receiver *receiver, int i, Datum value, bool is_null, CopgCell *cell)
{
	if (is_null && receiver->column[i].kind == COPG_CELL_KEY)
		report_cell(receiver, i, ERRCODE_NULL_VALUE_NOT_ALLOWED, "is null");
	cell->text = is_null ? NULL : copg_key_text(&receiver->key[i], value, false,
												receiver->column[i].name);
}

/*--------------------------------------------------------------------------
 * The receiver
 *--------------------------------------------------------------------------
 */

static void
start_rows(DestReceiver *self, int operation, TupleDesc desc)
{
	Receiver   *receiver = (Receiver *) self;

	if (receiver->is_started)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the text of %s must be one query", receiver->argument)));
	receiver->is_started = true;
	match_columns(receiver, desc);
}

static bool
take_row(TupleTableSlot *slot, DestReceiver *self)
{
	Receiver   *receiver = (Receiver *) self;
	MemoryContext caller = MemoryContextSwitchTo(receiver->row_context);
	CopgCell	cell[COPG_MAX_CELLS];

	receiver->n_row++;
	slot_getallattrs(slot);
	for (int i = 0; i < receiver->n_column; i++)
	{
		int			k = receiver->attribute[i];
		Datum		value = k < 0 ? (Datum) 0 : slot->tts_values[k];
		bool		is_null = k < 0 || slot->tts_isnull[k];

		cell[i].text = NULL;
		cell[i].number = NAN;
		if (is_key(receiver->column[i].kind))
			read_key(receiver, i, value, is_null, &cell[i]);
		else
			read_number(receiver, i, value, is_null, &cell[i]);
	}
	receiver->each(receiver->state, cell);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(receiver->row_context);
	return true;
}

static void
end_rows(DestReceiver *self)
{
}

static void
prepare_receiver(Receiver *receiver)
{
	receiver->pub.receiveSlot = take_row;
	receiver->pub.rStartup = start_rows;
	receiver->pub.rShutdown = end_rows;
	receiver->pub.rDestroy = end_rows;

	/* SPI counts the tuples of its own kind itself; any other is left alone. */
	receiver->pub.mydest = DestTuplestore;
	receiver->context = CurrentMemoryContext;
	receiver->row_context = AllocSetContextCreate(CurrentMemoryContext, "constropt row",
												  ALLOCSET_SMALL_SIZES);
}

void
copg_query_run(const char *argument, const char *query, const CopgColumn *column,
			   int n_column, CopgEachRow each, void *state)
{
	SPIExecuteOptions options = {0};
	Receiver	receiver = {
		.argument = argument,
		.column = column,
		.n_column = n_column,
		.each = each,
		.state = state
	};
	int			rc;

	Assert(n_column <= COPG_MAX_CELLS);
	SPI_connect();
	prepare_receiver(&receiver);
	options.read_only = true;
	options.must_return_tuples = true;
	options.dest = &receiver.pub;
	rc = SPI_execute_extended(query, &options);
	if (rc < 0 || !receiver.is_started)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the text of %s is not a query that returns rows", argument)));
	SPI_finish();
}
