/*-------------------------------------------------------------------------
 *
 * pg/pg_solution_io.c
 *	  Text and binary input and output of type opt_solution.
 *
 * The text is a JSON object with these members in this order:
 *
 *		{"status": "optimal", "termination": "successful", "objective": 1.5,
 *		 "problem": "minimize ...", "data": "..."}
 *
 * The first three are for readers; input compares them with the rest.
 * problem is the text of type opt_problem, data the base64 of the binary form
 * without its problem: every number comes back to the bit.
 *
 * The binary form is, in network byte order, the length and the binary form
 * of the problem, then the header with a digest of the problem, the texts and
 * the arrays in the order of pg_solution.h.  The look-up tables do not travel.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "common/base64.h"
#include "fmgr.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"

#include "expr/text.h"
#include "pg/pg_compat.h"
#include "pg/pg_env.h"
#include "pg/pg_error.h"
#include "pg/pg_solution.h"
#include "pg/pg_wire.h"

/* Bytes of a line of the log on the wire. */
#define LOG_LINE_SIZE	(7 * 8 + 3 * 4)

/*--------------------------------------------------------------------------
 * The data: everything but the problem and the tables
 *--------------------------------------------------------------------------
 */

static void
send_numbers(StringInfo buf, const double *number, int n)
{
	for (int i = 0; number && i < n; i++)
		pq_sendfloat8(buf, number[i]);
}

/* FNV-1a by words instead of bytes; see expr/block.c. */
static uint64
digest_words(uint64 digest, const void *words, int n, size_t size)
{
	for (int i = 0; i < n; i++)
	{
		uint64		word = size == sizeof(uint64) ? ((const uint64 *) words)[i] :
			(uint64) ((const uint32 *) words)[i];

		digest = (digest ^ word) * UINT64CONST(0x100000001b3);
	}
	return digest;
}

/*
 * What ties the data to their problem, which travels apart from them: its
 * numbers and its structure.  Not the names, whose bytes depend on the
 * encoding, and not the code, whose bytes depend on the machine.
 */
static uint64
problem_digest(const CoBlock *problem)
{
	uint64		digest = (uint64) problem->flags;

#define DIGEST(column, n) \
	digest = digest_words(digest, problem->column, problem->n, sizeof *problem->column)
	DIGEST(constant, n_row);
	DIGEST(lower, n_row);
	DIGEST(upper, n_row);
	DIGEST(leaf_lower, n_leaf);
	DIGEST(leaf_upper, n_leaf);
	DIGEST(lin_coef, n_lin);
	DIGEST(quad_coef, n_quad);
	DIGEST(lin_leaf, n_lin);
	DIGEST(quad_i, n_quad);
	DIGEST(quad_j, n_quad);
	DIGEST(lin_end, n_row);
	DIGEST(quad_end, n_row);
	DIGEST(bound_place, n_bound);
	DIGEST(bound_end, n_bound);
#undef DIGEST
	return digest;
}

static void
send_data(StringInfo buf, const CopgSolution *sol)
{
	const CopgSolutionHeader *head = sol->head;

	pq_sendbyte(buf, COPG_SOLUTION_VERSION);
	pq_sendbyte(buf, head->status);
	pq_sendbyte(buf, head->termination);
	pq_sendbyte(buf, head->flags);
	pq_sendbyte(buf, head->path);
	pq_sendbyte(buf, head->problem_class);
	pq_sendint64(buf, problem_digest(&sol->problem));
	pq_sendint32(buf, head->n_leaf);
	pq_sendint32(buf, head->n_row);
	pq_sendint32(buf, head->n_log);
	pq_sendint32(buf, head->n_text);
	for (int i = 0; i < COPG_N_TEXT; i++)
		pq_sendint32(buf, head->text[i]);
	for (int i = 0; i < COPG_N_COUNT; i++)
		pq_sendint32(buf, head->count[i]);
	send_numbers(buf, head->number, COPG_N_NUMBER);
	pq_sendbytes(buf, sol->text, head->n_text);

	send_numbers(buf, sol->value, head->n_leaf);
	send_numbers(buf, sol->reduced_cost, head->n_leaf);
	send_numbers(buf, sol->ray, head->n_leaf);
	send_numbers(buf, sol->activity, head->n_row);
	send_numbers(buf, sol->dual, head->n_row);
	send_numbers(buf, sol->shift, head->n_row);
	send_numbers(buf, sol->proof, head->n_row);
	for (int i = 0; i < head->n_log; i++)
	{
		send_numbers(buf, sol->log[i].number, lengthof(sol->log[i].number));
		for (int k = 0; k < 3; k++)
			pq_sendint32(buf, sol->log[i].count[k]);
	}
}

static pg_attribute_noreturn() void
report_bad_data(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid binary value of type %s", "opt_solution"),
			 errdetail("%s", detail)));
}

static void
recv_numbers(StringInfo buf, double *number, int n)
{
	for (int i = 0; number && i < n; i++)
		number[i] = pq_getmsgfloat8(buf);
}

static void
recv_header(StringInfo buf, const CoBlock *problem, CopgSolutionHeader *head)
{
	memset(head, 0, sizeof *head);
	head->version = (uint8) pq_getmsgbyte(buf);
	if (head->version != COPG_SOLUTION_VERSION)
		report_bad_data("Its format version is not known to this server.");
	head->status = (uint8) pq_getmsgbyte(buf);
	head->termination = (uint8) pq_getmsgbyte(buf);
	head->flags = (uint8) pq_getmsgbyte(buf);
	head->path = (uint8) pq_getmsgbyte(buf);
	head->problem_class = (uint8) pq_getmsgbyte(buf);
	if ((uint64) pq_getmsgint64(buf) != problem_digest(problem))
		report_bad_data("Its data belong to another problem.");
	head->n_leaf = (int32) pq_getmsgint(buf, 4);
	head->n_row = (int32) pq_getmsgint(buf, 4);
	head->n_log = (int32) pq_getmsgint(buf, 4);
	head->n_text = (int32) pq_getmsgint(buf, 4);
	for (int i = 0; i < COPG_N_TEXT; i++)
		head->text[i] = (int32) pq_getmsgint(buf, 4);
	for (int i = 0; i < COPG_N_COUNT; i++)
		head->count[i] = (int32) pq_getmsgint(buf, 4);
	recv_numbers(buf, head->number, COPG_N_NUMBER);
}

/* Nothing is allocated by a count that the rest of the message cannot fill. */
static void
check_received(const CopgSolutionHeader *head, const CoBlock *problem, int rest)
{
	uint64		n_leaf_array = 2 + ((head->flags & COPG_HAS_RAY) != 0);
	uint64		n_row_array = 2 + ((head->flags & COPG_HAS_SHIFT) != 0) +
		((head->flags & COPG_HAS_PROOF) != 0);

	if (!copg_solution_words_valid(head))
		report_bad_data("Its status, termination, path, class or a flag is unknown.");
	if (head->n_leaf != problem->n_leaf || head->n_row != problem->n_row - 1)
		report_bad_data("Its counts are not those of its problem.");
	if (head->n_log < 0 || head->n_text <= 0 ||
		(uint64) head->n_text + (uint64) head->n_log * LOG_LINE_SIZE +
		8 * (n_leaf_array * (uint64) head->n_leaf + n_row_array * (uint64) head->n_row) !=
		(uint64) rest)
		report_bad_data("Its length is not that of its counts.");
	for (int i = 0; i < COPG_N_TEXT; i++)
		if (head->text[i] < 0 || head->text[i] >= head->n_text)
			report_bad_data("The offset of a text is out of range.");
}

static void
recv_texts(StringInfo buf, CopgSolution *sol)
{
	int			n = sol->head->n_text;
	Jsonb	   *options;

	memcpy(sol->text, pq_getmsgbytes(buf, n), (size_t) n);
	if (sol->text[n - 1] != '\0')
		report_bad_data("Its texts do not end.");
	for (int i = 0; i < COPG_N_TEXT; i++)
		for (const char *c = copg_solution_text(sol, (CopgText) i); *c; c++)
			if ((unsigned char) *c >= 0x80)
				report_bad_data("A text has a character that is not ASCII.");

	/*
	 * opt_info shows the options as jsonb: they must be that, and an object.
	 * Which members it has is up to the version that solved.
	 */
	options = DatumGetJsonbP(DirectFunctionCall1(jsonb_in,
												 CStringGetDatum(copg_solution_text(sol, COPG_OPTIONS))));
	if (!JB_ROOT_IS_OBJECT(options))
		report_bad_data("Its options are not a JSON object.");
}

/* The whole rest of buf, for the given problem. */
static CopgSolutionHeader *
recv_data(StringInfo buf, const CoBlock *problem)
{
	CopgSolutionHeader head;
	CopgSolution sol;

	recv_header(buf, problem, &head);
	check_received(&head, problem, buf->len - buf->cursor);
	copg_solution_new(&head, problem, false, &sol);
	recv_texts(buf, &sol);
	recv_numbers(buf, sol.value, head.n_leaf);
	recv_numbers(buf, sol.reduced_cost, head.n_leaf);
	recv_numbers(buf, sol.ray, head.n_leaf);
	recv_numbers(buf, sol.activity, head.n_row);
	recv_numbers(buf, sol.dual, head.n_row);
	recv_numbers(buf, sol.shift, head.n_row);
	recv_numbers(buf, sol.proof, head.n_row);
	for (int i = 0; i < head.n_log; i++)
	{
		recv_numbers(buf, sol.log[i].number, lengthof(sol.log[i].number));
		for (int k = 0; k < 3; k++)
			sol.log[i].count[k] = (int32) pq_getmsgint(buf, 4);
	}
	copg_solution_index(&sol);
	return sol.head;
}

/*--------------------------------------------------------------------------
 * Binary
 *--------------------------------------------------------------------------
 */

/*
 * What is printed or sent is read as a whole, so it is checked as a whole; but
 * for a problem that is lent, which this statement has checked.
 */
static void
solution_arg_checked(FunctionCallInfo fcinfo, CopgSolution *sol)
{
	CoError		error = {.position = -1};

	copg_solution_arg(fcinfo, 0, sol);
	if (sol->problem_flat != NULL &&
		co_block_validate(sol->problem_flat, (size_t) sol->head->problem_size,
						  &sol->problem, &error) != CO_OK)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("invalid value of type %s", "opt_solution"),
				 errdetail("%s", error.message)));
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_solution_send);
Datum
opt_solution_send(PG_FUNCTION_ARGS)
{
	CopgSolution sol;
	StringInfoData buf;
	bytea	   *problem;

	solution_arg_checked(fcinfo, &sol);
	problem = copg_wire_send(&sol.problem);
	pq_begintypsend(&buf);
	pq_sendint32(&buf, (int32) (VARSIZE(problem) - VARHDRSZ));
	pq_sendbytes(&buf, VARDATA(problem), (int) (VARSIZE(problem) - VARHDRSZ));
	send_data(&buf, &sol);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* The problem's own part of the message. */
static void
recv_problem(StringInfo buf, CoBlock *problem)
{
	int			length = (int) pq_getmsgint(buf, 4);
	StringInfoData part = {0};

	if (length < 0 || length > buf->len - buf->cursor)
		report_bad_data("The length of its problem is out of range.");
	part.data = (char *) (uintptr_t) pq_getmsgbytes(buf, length);
	part.len = length;
	co_block_view(DatumGetPointer(copg_wire_recv(&part, CO_BLOCK_PROBLEM)), problem);
	if (part.cursor != part.len)
		report_bad_data("Bytes are left behind its problem.");
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_solution_recv);
Datum
opt_solution_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	CoBlock		problem;

	recv_problem(buf, &problem);
	PG_RETURN_POINTER(recv_data(buf, &problem));
}

/*--------------------------------------------------------------------------
 * Text
 *--------------------------------------------------------------------------
 */

/* The members in front of "problem", for readers. */
static void
append_head(StringInfo out, const CopgSolution *sol)
{
	char		number[32] = "null";

	if (copg_solution_has_point(sol) && isfinite(sol->head->number[COPG_OBJECTIVE]))
		co_print_double(sol->head->number[COPG_OBJECTIVE], number);
	appendStringInfo(out, "{\"status\": \"%s\", \"termination\": \"%s\", \"objective\": %s, ",
					 co_status_word((CoStatus) sol->head->status),
					 co_termination_word((CoTermination) sol->head->termination), number);
}

static void
append_base64(StringInfo out, const StringInfoData *data)
{
	int			room = pg_b64_enc_len(data->len);
	int			length;

	enlargeStringInfo(out, room + 1);
	length = pg_b64_encode((void *) data->data, data->len, (void *) (out->data + out->len), room);
	if (length < 0)
		elog(ERROR, "could not encode a value of type %s", "opt_solution");
	out->len += length;
	out->data[out->len] = '\0';
}

static void
append_problem(StringInfo out, const CoBlock *problem)
{
	CopgEnv		env;
	CoArena		arena;
	char	   *text_form;
	size_t		length;

	copg_env_begin(&env, &arena, CurrentMemoryContext);
	copg_check_rc(co_print(&arena, problem, &text_form, &length), &arena, NULL);
	escape_json(out, text_form);
	copg_env_end(&env);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_solution_out);
Datum
opt_solution_out(PG_FUNCTION_ARGS)
{
	CopgSolution sol;
	StringInfoData out;
	StringInfoData data;

	solution_arg_checked(fcinfo, &sol);
	initStringInfo(&data);
	send_data(&data, &sol);
	initStringInfo(&out);
	append_head(&out, &sol);
	appendStringInfoString(&out, "\"problem\": ");
	append_problem(&out, &sol.problem);
	appendStringInfoString(&out, ", \"data\": \"");
	append_base64(&out, &data);
	appendStringInfoString(&out, "\"}");
	PG_RETURN_CSTRING(out.data);
}

/* The text being read.  After the first error it is only carried along. */
typedef struct Reader
{
	const char *at;
	struct Node *escontext;		/* for a soft error, or NULL */
	bool		has_failed;
} Reader;

static void
reject(Reader *reader, const char *detail)
{
	if (reader->has_failed)
		return;
	reader->has_failed = true;
	copg_errsave(reader->escontext,
				 (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				  errmsg("invalid input syntax for type %s", "opt_solution"),
				  errdetail("%s", detail),
				  errhint("A value of this type comes from opt_solve, or from the text of another one.")));
}

static void
skip_space(Reader *reader)
{
	reader->at += strspn(reader->at, " \t\n\r");
}

static void
expect(Reader *reader, char c)
{
	skip_space(reader);
	if (reader->has_failed)
		return;
	if (*reader->at == c)
		reader->at++;
	else
		reject(reader, "It is not the JSON object the type prints.");
}

static int
hex_value(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10
		: c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Behind a backslash: "u00" and two digits, as escape_json() writes; or 0. */
static char
unicode_escape(const char *at)
{
	int			high = strncmp(at, "u00", 3) == 0 ? hex_value(at[3]) : -1;
	int			low = high >= 0 ? hex_value(at[4]) : -1;

	return high >= 0 && high < 8 && low >= 0 ? (char) (16 * high + low) : '\0';
}

static void
read_escape(Reader *reader, StringInfo out)
{
	static const char names[] = "\"\\/bfnrt";
	static const char meanings[] = "\"\\/\b\f\n\r\t";
	const char *found = *reader->at ? strchr(names, *reader->at) : NULL;
	char		c = found ? meanings[found - names] : unicode_escape(reader->at);

	if (c == '\0')
	{
		reject(reader, "A string has an unknown escape.");
		return;
	}
	reader->at += found ? 1 : 5;
	appendStringInfoChar(out, c);
}

static char *
read_string(Reader *reader)
{
	StringInfoData out;

	expect(reader, '"');
	initStringInfo(&out);
	while (!reader->has_failed && *reader->at != '"')
	{
		size_t		plain = strcspn(reader->at, "\"\\");

		appendBinaryStringInfo(&out, reader->at, (int) plain);
		reader->at += plain;
		if (*reader->at == '\0')
			reject(reader, "A string does not end.");
		else if (*reader->at == '\\')
		{
			reader->at++;
			read_escape(reader, &out);
		}
	}
	if (!reader->has_failed)
		reader->at++;
	return out.data;
}

/* The name of a member and what stands before and behind it. */
static void
expect_member(Reader *reader, char before, const char *name)
{
	char	   *found;

	expect(reader, before);
	found = read_string(reader);
	if (strcmp(found, name) != 0)
		reject(reader, "Its members are status, termination, objective, problem, data, in this order.");
	pfree(found);
	expect(reader, ':');
}

/* A number or null, as it stands. */
static char *
read_bare(Reader *reader)
{
	size_t		length;
	char	   *word;

	skip_space(reader);
	length = strcspn(reader->at, " \t\n\r,}");
	word = pnstrdup(reader->at, length);
	reader->at += length;
	return word;
}

static void
decode_base64(Reader *reader, const char *encoded, StringInfo data)
{
	int			length = (int) strlen(encoded);
	int			room = pg_b64_dec_len(length) + 3;

	initStringInfo(data);
	enlargeStringInfo(data, room);
	data->len = pg_b64_decode((void *) (uintptr_t) encoded, length, (void *) data->data, room);
	if (data->len < 0)
		reject(reader, "The data are not base64.");
}

static void
check_head(Reader *reader, const CopgSolution *sol, const char *status,
		   const char *termination, const char *objective)
{
	StringInfoData printed;
	StringInfoData given;

	initStringInfo(&printed);
	append_head(&printed, sol);
	initStringInfo(&given);
	appendStringInfo(&given, "{\"status\": \"%s\", \"termination\": \"%s\", \"objective\": %s, ",
					 status, termination, objective);
	if (strcmp(printed.data, given.data) != 0)
		reject(reader, "Its status, termination or objective is not that of its data.");
}

static void
read_problem(Reader *reader, const char *source, CoArena *arena, CoBlock *problem)
{
	CoError		error = {.position = -1};
	size_t		length = strlen(source);
	CoRc		rc;

	if (reader->has_failed)
		return;
	rc = co_parse(arena, source, length, CO_BLOCK_PROBLEM, problem, &error);
	if (rc == CO_OK)
		return;
	reader->has_failed = true;
	copg_report_text(rc, arena, &error, source, length, reader->escontext);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_solution_in);
Datum
opt_solution_in(PG_FUNCTION_ARGS)
{
	Reader		reader = {.at = PG_GETARG_CSTRING(0), .escontext = fcinfo->context};
	char	   *status;
	char	   *termination;
	char	   *objective;
	CopgEnv		env;
	CoArena		arena;
	CoBlock		problem;
	StringInfoData data;
	CopgSolution sol;

	copg_env_begin(&env, &arena, CurrentMemoryContext);
	expect_member(&reader, '{', "status");
	status = read_string(&reader);
	expect_member(&reader, ',', "termination");
	termination = read_string(&reader);
	expect_member(&reader, ',', "objective");
	objective = read_bare(&reader);
	expect_member(&reader, ',', "problem");
	read_problem(&reader, read_string(&reader), &arena, &problem);
	expect_member(&reader, ',', "data");
	decode_base64(&reader, read_string(&reader), &data);
	expect(&reader, '}');
	skip_space(&reader);
	if (*reader.at != '\0')
		reject(&reader, "Characters are left behind its end.");
	if (!reader.has_failed)
	{
		copg_solution_view(recv_data(&data, &problem), &sol);
		check_head(&reader, &sol, status, termination, objective);
	}
	copg_env_end(&env);
	if (reader.has_failed)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(sol.head);
}
