/*-------------------------------------------------------------------------
 *
 * pg/pg_wire.c
 *	  The binary format of blocks between client and server.
 *
 * What arrives is hostile until proved otherwise: counts are compared with the
 * bytes that are there before anything is allocated, and the finished value
 * goes through the same check as one that comes from storage.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "port/pg_bswap.h"
#include "utils/float.h"

#include "expr/code.h"
#include "pg/pg_compat.h"
#include "pg/pg_env.h"
#include "pg/pg_error.h"
#include "pg/pg_wire.h"

/* Columns of a view this file fills. */
#define AS_DOUBLES(column)	((double *) (uintptr_t) (column))
#define AS_INTS(column)		((int *) (uintptr_t) (column))
#define AS_BYTES(column)	((uint8_t *) (uintptr_t) (column))

/* Elements sent or received between two looks at the interrupts. */
#define ELEMENTS_PER_POLL	1000000

static pg_attribute_noreturn() void
refuse(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid binary value: %s", what)));
}

/*--------------------------------------------------------------------------
 * Code: swapped in place, both ways
 *--------------------------------------------------------------------------
 */

typedef struct Swapper
{
	uint8_t    *code;
	int			at,
				end;
	bool		to_host;
} Swapper;

static bool
swap_double(Swapper *s)
{
	uint64		bits;

	if (s->end - s->at < (int) sizeof bits)
		return false;
	memcpy(&bits, s->code + s->at, sizeof bits);
	bits = s->to_host ? pg_ntoh64(bits) : pg_hton64(bits);
	memcpy(s->code + s->at, &bits, sizeof bits);
	s->at += sizeof bits;
	return true;
}

/* *value: in the host's order, before or after. */
static bool
swap_int(Swapper *s, int *value)
{
	uint32		before,
				after;

	if (s->end - s->at < (int) sizeof before)
		return false;
	memcpy(&before, s->code + s->at, sizeof before);
	after = s->to_host ? pg_ntoh32(before) : pg_hton32(before);
	memcpy(s->code + s->at, &after, sizeof after);
	s->at += sizeof after;
	*value = (int) (s->to_host ? after : before);
	return true;
}

static bool
swap_affine(Swapper *s)
{
	int			n,
				leaf;

	if (!swap_int(s, &n) || !swap_double(s))
		return false;
	for (int i = 0; i < n; i++)
		if (!swap_double(s) || !swap_int(s, &leaf))
			return false;
	return true;
}

/* Two texts, in the database's encoding whatever the client's is. */
static bool
swap_call(Swapper *s)
{
	int			n,
				n_function,
				n_gradient;
	const char *text;

	if (!swap_int(s, &n) || !swap_int(s, &n_function) || !swap_int(s, &n_gradient) ||
		n_function < 0 || n_function > s->end - s->at - 2 ||
		n_gradient < 0 || n_gradient > s->end - s->at - 2 - n_function)
		return false;
	text = (const char *) s->code + s->at;
	if (s->to_host && (!pg_verifymbstr(text, n_function, true) ||
					   !pg_verifymbstr(text + n_function + 1, n_gradient, true)))
		return false;
	s->at += n_function + n_gradient + 2;
	return true;
}

static bool
swap_operation(Swapper *s)
{
	int			leaf;

	switch (s->code[s->at++])
	{
		case CO_OP_CONST:
			return swap_double(s);
		case CO_OP_LEAF:
			return swap_int(s, &leaf);
		case CO_OP_AFFINE:
			return swap_affine(s);
		case CO_OP_INT:
			return ++s->at <= s->end;
		case CO_OP_TERM:
			return swap_double(s) && swap_int(s, &leaf);
		case CO_OP_FORM:
			return swap_double(s) && swap_double(s) && swap_int(s, &leaf);
		case CO_OP_CALL:
			return swap_call(s);
		default:
			return true;
	}
}

/* One term: scale, length, postfix (expr/code.h). */
static bool
swap_term(Swapper *s)
{
	int			length,
				all = s->end;

	if (!swap_double(s) || !swap_int(s, &length) || length < 0 || length > all - s->at)
		return false;
	s->end = s->at + length;
	while (s->at < s->end)
		if (!swap_operation(s))
			return false;
	s->end = all;
	return true;
}

static bool
swap_code(uint8_t *code, int n_code, bool to_host)
{
	Swapper		s = {.code = code, .end = n_code, .to_host = to_host};

	while (s.at < n_code)
	{
		CHECK_FOR_INTERRUPTS();
		if (!swap_term(&s))
			return false;
	}
	return true;
}

/*--------------------------------------------------------------------------
 * Sending
 *--------------------------------------------------------------------------
 */

static void
send_doubles(StringInfo out, const double *column, int n)
{
	for (int i = 0; i < n; i++)
	{
		if (i % ELEMENTS_PER_POLL == ELEMENTS_PER_POLL - 1)
			CHECK_FOR_INTERRUPTS();
		pq_sendfloat8(out, column[i]);
	}
}

static void
send_ints(StringInfo out, const int *column, int n)
{
	for (int i = 0; i < n; i++)
	{
		if (i % ELEMENTS_PER_POLL == ELEMENTS_PER_POLL - 1)
			CHECK_FOR_INTERRUPTS();
		pq_sendint32(out, column[i]);
	}
}

/* Number of each string by its offset; the others stay -1. */
static int *
number_strings(const CoBlock *block, int *n_string)
{
	int		   *number = MemoryContextAllocHuge(CurrentMemoryContext,
												((Size) block->n_str + 1) * sizeof(int));
	int			n = 0;

	for (int at = 0; at < block->n_str;)
	{
		number[at] = n++;
		for (at++; block->str[at - 1] != '\0'; at++)
			number[at] = -1;
	}
	*n_string = n;
	return number;
}

static void
send_numbers(StringInfo out, const int *number, const int *offset, int n)
{
	for (int i = 0; i < n; i++)
		pq_sendint32(out, offset[i] < 0 ? -1 : number[offset[i]]);
}

static void
send_strings(StringInfo out, const CoBlock *block)
{
	for (int at = 0; at < block->n_str;)
	{
		int			length = (int) strlen(block->str + at);

		copg_send_counted(out, block->str + at, length);
		at += length + 1;
	}
}

static void
send_code(StringInfo out, const uint8_t *code, int n_code)
{
	int			start = out->len;

	pq_sendbytes(out, (const char *) code, n_code);
	if (!swap_code((uint8_t *) out->data + start, n_code, false))
		elog(ERROR, "formula of a checked value is malformed");
}

static void
send_head(StringInfo out, const CoBlock *block, int n_string)
{
	pq_sendbyte(out, COPG_WIRE_VERSION);
	pq_sendbyte(out, block->kind);
	pq_sendbyte(out, block->flags);
	pq_sendint32(out, block->n_row);
	pq_sendint32(out, block->n_leaf);
	pq_sendint32(out, block->n_lin);
	pq_sendint32(out, block->n_quad);
	pq_sendint32(out, block->n_code);
	pq_sendint32(out, block->n_bound);
	pq_sendint32(out, block->n_bound_code);
	pq_sendint32(out, n_string);
}

bytea *
copg_wire_send(const CoBlock *block)
{
	bool		bounded = block->kind != CO_BLOCK_EXPR;
	int			n_string;
	int		   *number = number_strings(block, &n_string);
	StringInfoData out;

	pq_begintypsend(&out);
	send_head(&out, block, n_string);
	send_strings(&out, block);
	send_doubles(&out, block->constant, block->n_row);
	if (bounded)
	{
		send_doubles(&out, block->lower, block->n_row);
		send_doubles(&out, block->upper, block->n_row);
	}
	send_doubles(&out, block->leaf_lower, block->n_leaf);
	send_doubles(&out, block->leaf_upper, block->n_leaf);
	send_doubles(&out, block->leaf_start, block->n_leaf);
	send_doubles(&out, block->lin_coef, block->n_lin);
	send_doubles(&out, block->quad_coef, block->n_quad);
	send_ints(&out, block->lin_leaf, block->n_lin);
	send_ints(&out, block->quad_i, block->n_quad);
	send_ints(&out, block->quad_j, block->n_quad);
	send_ints(&out, block->lin_end, block->n_row);
	send_ints(&out, block->quad_end, block->n_row);
	send_ints(&out, block->code_end, block->n_row);
	if (bounded)
	{
		send_numbers(&out, number, block->row_name, block->n_row);
		send_numbers(&out, number, block->row_key, block->n_row);
	}
	send_ints(&out, block->bound_place, block->n_bound);
	send_ints(&out, block->bound_end, block->n_bound);
	send_numbers(&out, number, block->leaf_name, block->n_leaf);
	send_numbers(&out, number, block->leaf_key, block->n_leaf);
	pq_sendbytes(&out, (const char *) block->leaf_kind, block->n_leaf);
	send_code(&out, block->code, block->n_code);
	send_code(&out, block->bound_code, block->n_bound_code);
	pfree(number);
	return pq_endtypsend(&out);
}

/*--------------------------------------------------------------------------
 * Receiving
 *--------------------------------------------------------------------------
 */

typedef struct Receiver
{
	StringInfo	message;
	CoBlockHeader head;			/* n_str: of the strings read so far */
	int			n_string;
	int		   *offset;			/* [n_string] in str */
	StringInfoData str;
} Receiver;

static int
receive_count(StringInfo message)
{
	int			count = (int) pq_getmsgint(message, 4);

	if (count < 0)
		refuse("negative count");
	return count;
}

/* The same leaf twice would be two variables of one name. */
static void
check_leaves(const CoBlock *block)
{
	CopgEnv		env;
	CoArena		arena;
	CoError		error;
	CoRc		rc;

	copg_env_begin(&env, &arena, CurrentMemoryContext);
	rc = co_block_check_leaves(&arena, block, &error);
	if (rc == CO_BAD_INPUT)
		refuse(error.message);
	copg_check_rc(rc, &arena, &error);
	copg_env_end(&env);
}

/* Every element takes so many bytes of the message at least. */
static void
check_counts(const Receiver *r)
{
	bool		bounded = r->head.kind != CO_BLOCK_EXPR;
	int64		least = (int64) r->head.n_row * (bounded ? 44 : 20) +
		(int64) r->head.n_leaf * 33 + (int64) r->head.n_lin * 12 +
		(int64) r->head.n_quad * 16 + r->head.n_code + (int64) r->n_string * 4 +
		(int64) r->head.n_bound * 8 + r->head.n_bound_code;

	if (least > r->message->len - r->message->cursor)
		refuse("its length does not match its counts");
}

static void
receive_head(Receiver *r, CoBlockKind kind)
{
	StringInfo	message = r->message;

	if (pq_getmsgbyte(message) != COPG_WIRE_VERSION)
		refuse("unknown version");
	if (pq_getmsgbyte(message) != (int) kind)
		refuse("of another kind than its type");
	r->head.version = CO_BLOCK_VERSION;
	r->head.kind = (uint8_t) kind;
	r->head.flags = (uint8_t) pq_getmsgbyte(message);
	r->head.n_row = receive_count(message);
	r->head.n_leaf = receive_count(message);
	r->head.n_lin = receive_count(message);
	r->head.n_quad = receive_count(message);
	r->head.n_code = receive_count(message);
	r->head.n_bound = receive_count(message);
	r->head.n_bound_code = receive_count(message);
	r->n_string = receive_count(message);
	check_counts(r);
}

static void
receive_strings(Receiver *r)
{
	r->offset = palloc(Max(r->n_string, 1) * sizeof(int));
	initStringInfo(&r->str);
	for (int i = 0; i < r->n_string; i++)
	{
		int			length = receive_count(r->message);
		int			converted;
		char	   *text;

		if (length > r->message->len - r->message->cursor)
			refuse("string longer than the message");
		text = pq_getmsgtext(r->message, length, &converted);
		if ((int) strlen(text) != converted)
			refuse("zero byte in a string");
		r->offset[i] = r->str.len;
		appendBinaryStringInfo(&r->str, text, converted + 1);
		pfree(text);
	}
	r->head.n_str = r->str.len;
}

typedef enum Finite
{
	ANY_NUMBER,
	NOT_NAN,
	FINITE
} Finite;

static void
receive_doubles(Receiver *r, const double *column, int n, Finite wanted)
{
	for (int i = 0; i < n; i++)
	{
		double		value = pq_getmsgfloat8(r->message);

		if (wanted != ANY_NUMBER && isnan(value))
			refuse("NaN where a number belongs");
		if (wanted == FINITE && isinf(value))
			refuse("infinite coefficient");

		/* One NaN: equality of values is equality of bytes. */
		AS_DOUBLES(column)[i] = isnan(value) ? get_float8_nan() : value;
	}
}

static void
receive_ints(Receiver *r, const int *column, int n)
{
	for (int i = 0; i < n; i++)
		AS_INTS(column)[i] = (int) pq_getmsgint(r->message, 4);
}

static void
receive_offsets(Receiver *r, const int *column, int n)
{
	for (int i = 0; i < n; i++)
	{
		int			number = (int) pq_getmsgint(r->message, 4);

		if (number < -1 || number >= r->n_string)
			refuse("number of a string out of range");
		AS_INTS(column)[i] = number < 0 ? -1 : r->offset[number];
	}
}

static void
receive_columns(Receiver *r, const CoBlock *block)
{
	bool		bounded = block->kind != CO_BLOCK_EXPR;

	receive_doubles(r, block->constant, block->n_row, NOT_NAN);
	if (bounded)
	{
		receive_doubles(r, block->lower, block->n_row, NOT_NAN);
		receive_doubles(r, block->upper, block->n_row, NOT_NAN);
	}
	receive_doubles(r, block->leaf_lower, block->n_leaf, ANY_NUMBER);
	receive_doubles(r, block->leaf_upper, block->n_leaf, ANY_NUMBER);
	receive_doubles(r, block->leaf_start, block->n_leaf, ANY_NUMBER);
	receive_doubles(r, block->lin_coef, block->n_lin, FINITE);
	receive_doubles(r, block->quad_coef, block->n_quad, FINITE);
	receive_ints(r, block->lin_leaf, block->n_lin);
	receive_ints(r, block->quad_i, block->n_quad);
	receive_ints(r, block->quad_j, block->n_quad);
	receive_ints(r, block->lin_end, block->n_row);
	receive_ints(r, block->quad_end, block->n_row);
	receive_ints(r, block->code_end, block->n_row);
	if (bounded)
	{
		receive_offsets(r, block->row_name, block->n_row);
		receive_offsets(r, block->row_key, block->n_row);
	}
	receive_ints(r, block->bound_place, block->n_bound);
	receive_ints(r, block->bound_end, block->n_bound);
	receive_offsets(r, block->leaf_name, block->n_leaf);
	receive_offsets(r, block->leaf_key, block->n_leaf);
	pq_copymsgbytes(r->message, (char *) AS_BYTES(block->leaf_kind), block->n_leaf);
	pq_copymsgbytes(r->message, (char *) AS_BYTES(block->code), block->n_code);
	pq_copymsgbytes(r->message, (char *) AS_BYTES(block->bound_code), block->n_bound_code);
	memcpy((char *) AS_BYTES(block->str), r->str.data, block->n_str);
	if (!swap_code(AS_BYTES(block->code), block->n_code, true) ||
		!swap_code(AS_BYTES(block->bound_code), block->n_bound_code, true))
		refuse("malformed formula");
}

static void
identify_leaves(const CoBlock *block)
{
	for (int k = 0; k < block->n_leaf; k++)
	{
		if (block->leaf_name[k] < 0)
			refuse("variable without a name");
		((uint64_t *) (uintptr_t) block->leaf_id)[k] =
			co_leaf_id(block->str + block->leaf_name[k],
					   co_block_string(block, block->leaf_key[k]));
	}
}

Datum
copg_wire_recv(StringInfo message, CoBlockKind kind)
{
	Receiver	r = {.message = message};
	CoBlock		block = {.kind = kind};
	CoError		error;
	size_t		size;
	void	   *flat;

	receive_head(&r, kind);
	receive_strings(&r);
	block.n_row = r.head.n_row;
	block.n_leaf = r.head.n_leaf;
	block.n_lin = r.head.n_lin;
	block.n_quad = r.head.n_quad;
	block.n_code = r.head.n_code;
	block.n_str = r.head.n_str;
	block.n_bound = r.head.n_bound;
	block.n_bound_code = r.head.n_bound_code;
	size = co_block_size(&block);
	if (size == 0)
		copg_report_size();
	flat = palloc0(size);
	memcpy(flat, &r.head, sizeof r.head);
	SET_VARSIZE(flat, size);
	co_block_view(flat, &block);
	receive_columns(&r, &block);
	identify_leaves(&block);
	if (co_block_validate(flat, size, &block, &error) != CO_OK)
		refuse(error.message);
	check_leaves(&block);
	return PointerGetDatum(flat);
}
