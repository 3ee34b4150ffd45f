/*-------------------------------------------------------------------------
 *
 * pg/pg_key.c
 *	  Keys: values of any type as text.
 *
 * One call per row of a table: integers and texts, alone or as columns of a
 * row, take no function call; what was looked up for a type is kept.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "pg/pg_compat.h"
#include "pg/pg_error.h"
#include "pg/pg_key.h"

static pg_attribute_noreturn() void
report_null(const char *name, const char *part)
{
	ereport(ERROR,
			(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
			 part ? errmsg("key of %s is null in its column \"%s\"", name, part) :
			 errmsg("key of %s is null", name),
			 errhint("A key identifies one variable or constraint; leave out the rows that have none, or use coalesce().")));
}

static CopgKeyClass
classify(Oid type)
{
	switch (type)
	{
		case INT2OID:
			return COPG_KEY_INT2;
		case INT4OID:
			return COPG_KEY_INT4;
		case INT8OID:
			return COPG_KEY_INT8;
		case TEXTOID:
		case VARCHAROID:
			return COPG_KEY_TEXT;
		case BPCHAROID:
			return COPG_KEY_BPCHAR;
		case UNKNOWNOID:
		case CSTRINGOID:
			return COPG_KEY_CSTRING;
		case DATEOID:
		case TIMEOID:
		case TIMETZOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return COPG_KEY_TIME;
		default:
			return type_is_rowtype(type) ? COPG_KEY_RECORD : COPG_KEY_OTHER;
	}
}

/* All but the buffer of the text, which columns share with their row. */
static void
prepare(CopgKey *key, Oid type, MemoryContext context)
{
	memset(key, 0, sizeof *key);
	key->type = getBaseType(type);
	key->key_class = classify(key->type);
	key->context = context;
	if (key->key_class == COPG_KEY_OTHER)
	{
		Oid			function;
		bool		is_varlena;

		getTypeOutputInfo(key->type, &function, &is_varlena);
		fmgr_info_cxt(function, &key->output, context);
	}
}

void
copg_key_init(CopgKey *key, Oid type, MemoryContext context)
{
	MemoryContext old = MemoryContextSwitchTo(context);

	prepare(key, type, context);
	initStringInfo(&key->text);
	MemoryContextSwitchTo(old);
}

static void append_value(StringInfo out, CopgKey *key, Datum value, const char *name);

static void
append_text(StringInfo out, Datum value, bool is_padded)
{
	struct varlena *text = PG_DETOAST_DATUM_PACKED(value);
	const char *data = VARDATA_ANY(text);
	int			length = VARSIZE_ANY_EXHDR(text);

	if (is_padded)
		length = bpchartruelen((char *) data, length);
	appendBinaryStringInfo(out, data, length);
	if ((Pointer) text != DatumGetPointer(value))
		pfree(text);
}

static void
append_time(StringInfo out, Datum value, Oid type)
{
	char		buffer[MAXDATELEN + 1];
	int			utc = 0;

	JsonEncodeDateTime(buffer, value, type, type == TIMESTAMPTZOID ? &utc : NULL);
	appendStringInfoString(out, buffer);
}

/* Quoted where record_out would. */
static void
append_quoted(StringInfo out, const char *text)
{
	bool		needs_quotes = text[0] == '\0';

	for (const char *c = text; *c && !needs_quotes; c++)
		needs_quotes = strchr("\"\\(),", *c) || isspace((unsigned char) *c);
	if (!needs_quotes)
	{
		appendStringInfoString(out, text);
		return;
	}
	appendStringInfoCharMacro(out, '"');
	for (const char *c = text; *c; c++)
	{
		if (*c == '"' || *c == '\\')
			appendStringInfoCharMacro(out, *c);
		appendStringInfoCharMacro(out, *c);
	}
	appendStringInfoCharMacro(out, '"');
}

/* Integers never need quotes. */
static void
append_column(StringInfo out, CopgKey *column, Datum value, const char *name)
{
	char	   *text;
	int			start = out->len;

	append_value(out, column, value, name);
	if (column->key_class <= COPG_KEY_INT8)
		return;
	text = pstrdup(out->data + start);
	out->len = start;
	append_quoted(out, text);
	pfree(text);
}

static void
learn_row(CopgKey *key, Oid row_type, int32 row_typmod)
{
	MemoryContext old = MemoryContextSwitchTo(key->context);
	TupleDesc	desc = lookup_rowtype_tupdesc_copy(row_type, row_typmod);
	CopgKey    *column = palloc0(Max(desc->natts, 1) * sizeof(CopgKey));

	for (int i = 0; i < desc->natts; i++)
		if (!TupleDescAttr(desc, i)->attisdropped)
			prepare(&column[i], TupleDescAttr(desc, i)->atttypid, key->context);
	key->row_type = row_type;
	key->row_typmod = row_typmod;
	key->column = column;
	key->row_desc = desc;
	MemoryContextSwitchTo(old);
}

/* Columns of a key whose values stand on the stack. */
#define FEW_COLUMNS		8

static void
append_columns(StringInfo out, CopgKey *key, const Datum *value, const bool *is_null,
			   const char *name)
{
	const char *separator = "(";

	for (int i = 0; i < key->row_desc->natts; i++)
	{
		if (TupleDescAttr(key->row_desc, i)->attisdropped)
			continue;
		if (is_null[i])
			report_null(name, NameStr(TupleDescAttr(key->row_desc, i)->attname));
		appendStringInfoCharMacro(out, separator[0]);
		append_column(out, &key->column[i], value[i], name);
		separator = ",";
	}
	if (separator[0] == '(')
		appendStringInfoCharMacro(out, '(');
	appendStringInfoCharMacro(out, ')');
}

static void
append_row(StringInfo out, CopgKey *key, Datum row, const char *name)
{
	HeapTupleHeader header = DatumGetHeapTupleHeader(row);
	Oid			row_type = HeapTupleHeaderGetTypeId(header);
	int32		row_typmod = HeapTupleHeaderGetTypMod(header);
	HeapTupleData tuple = {.t_len = HeapTupleHeaderGetDatumLength(header), .t_data = header};
	Datum		few_values[FEW_COLUMNS];
	bool		few_nulls[FEW_COLUMNS];
	Datum	   *value = few_values;
	bool	   *is_null = few_nulls;

	check_stack_depth();
	if (key->row_desc == NULL || key->row_type != row_type || key->row_typmod != row_typmod)
		learn_row(key, row_type, row_typmod);
	if (key->row_desc->natts > FEW_COLUMNS)
	{
		value = palloc(key->row_desc->natts * sizeof(Datum));
		is_null = palloc(key->row_desc->natts * sizeof(bool));
	}
	heap_deform_tuple(&tuple, key->row_desc, value, is_null);
	append_columns(out, key, value, is_null, name);
}

static void
append_integer(StringInfo out, int64 value)
{
	enlargeStringInfo(out, MAXINT8LEN + 1);
	out->len += pg_lltoa(value, out->data + out->len);
}

static void
append_value(StringInfo out, CopgKey *key, Datum value, const char *name)
{
	switch (key->key_class)
	{
		case COPG_KEY_INT2:
			append_integer(out, DatumGetInt16(value));
			break;
		case COPG_KEY_INT4:
			append_integer(out, DatumGetInt32(value));
			break;
		case COPG_KEY_INT8:
			append_integer(out, DatumGetInt64(value));
			break;
		case COPG_KEY_TEXT:
			append_text(out, value, false);
			break;
		case COPG_KEY_BPCHAR:
			append_text(out, value, true);
			break;
		case COPG_KEY_CSTRING:
			appendStringInfoString(out, DatumGetCString(value));
			break;
		case COPG_KEY_TIME:
			append_time(out, value, key->type);
			break;
		case COPG_KEY_RECORD:
			append_row(out, key, value, name);
			break;
		case COPG_KEY_OTHER:
			appendStringInfoString(out, OutputFunctionCall(&key->output, value));
			break;
	}
}

const char *
copg_key_text(CopgKey *key, Datum value, bool is_null, const char *name)
{
	if (is_null)
		report_null(name, NULL);
	resetStringInfo(&key->text);
	append_value(&key->text, key, value, name);
	return key->text.data;
}

Oid
copg_key_arg_type(FunctionCallInfo fcinfo, int argno)
{
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, argno);

	if (!OidIsValid(type))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("could not determine the type of the key")));
	return type;
}

char *
copg_key_arg(FunctionCallInfo fcinfo, int argno)
{
	CopgKey		key;

	copg_key_init(&key, copg_key_arg_type(fcinfo, argno), CurrentMemoryContext);
	return (char *) copg_key_text(&key, PG_GETARG_DATUM(argno), PG_ARGISNULL(argno),
								  "a name");
}
