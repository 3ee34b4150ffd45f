/*-------------------------------------------------------------------------
 *
 * pg/pg_error.c
 *	  From the core's answers to the server's errors.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/memutils.h"

#include "pg/pg_blas.h"
#include "pg/pg_block.h"
#include "pg/pg_compat.h"
#include "pg/pg_env.h"
#include "pg/pg_error.h"

/* Bytes of the user's text shown before and after the place of an error. */
#define EXCERPT_BEFORE	30
#define EXCERPT_AFTER	30

/* plain: of the kind that says no more. */
static int
sqlstate_of(CoErrorKind kind, int plain)
{
	switch (kind)
	{
		case CO_ERROR_VALUE:
			break;
		case CO_ERROR_RANGE:
			return ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE;
		case CO_ERROR_DIVISION:
			return ERRCODE_DIVISION_BY_ZERO;
		case CO_ERROR_DEPTH:
			return ERRCODE_STATEMENT_TOO_COMPLEX;
		case CO_ERROR_SIZE:
			return ERRCODE_PROGRAM_LIMIT_EXCEEDED;
		case CO_ERROR_UNDEFINED:
			return ERRCODE_UNDEFINED_OBJECT;
		case CO_ERROR_UNSUPPORTED:
			return ERRCODE_FEATURE_NOT_SUPPORTED;
	}
	return plain;
}

static pg_attribute_noreturn() void
report_input(const CoError *error)
{
	ereport(ERROR,
			(errcode(sqlstate_of(error->kind, ERRCODE_INVALID_PARAMETER_VALUE)),
			 errmsg("%s", error->message),
			 error->detail[0] ? errdetail("%s", error->detail) : 0,
			 error->hint[0] ? errhint("%s", error->hint) : 0));
}

static pg_attribute_noreturn() void
report_overflow(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("the model is too large"),
			 errdetail("A count or a size does not fit its type.")));
}

static pg_attribute_noreturn() void
report_memory(CoRc rc, const CoArena *arena)
{
	if (arena && arena->wanted == SIZE_MAX)
		report_overflow();
	if (rc == CO_NO_MEMORY)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory"),
				 arena ? errdetail("The operating system did not give " UINT64_FORMAT " kB.",
								   (uint64) (arena->wanted / 1024)) : 0));
	ereport(ERROR,
			(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
			 errmsg("more memory is needed than constropt.max_memory allows"),
			 arena ? errdetail("At least " UINT64_FORMAT " kB are needed, the limit is " UINT64_FORMAT " kB.",
							   (uint64) (arena->wanted / 1024), (uint64) (arena->limit / 1024)) : 0,
			 errhint("Raise constropt.max_memory if the machine has that much to spare.")));
}

static pg_attribute_noreturn() void
report_end(CoRc rc)
{
	ereport(ERROR,
			(errcode(ERRCODE_QUERY_CANCELED),
			 rc == CO_TIME_EXCEEDED ?
			 errmsg("the time limit of the solve has passed") :
			 errmsg("canceled")));
}

static pg_attribute_noreturn() void
report_blas(void)
{
	if (copg_blas_lacks_space())
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory"),
				 errdetail("The library of dense linear algebra could not be loaded: %s",
						   copg_blas_failure())));
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_FILE),
			 errmsg("the library of dense linear algebra could not be loaded"),
			 copg_blas_failure()[0] ? errdetail("%s", copg_blas_failure()) : 0,
			 errhint("Install OpenBLAS's serial build (on Debian libopenblas0-serial), or name it when building with BLAS_PATH.")));
}

void
copg_report_rc(CoRc rc, const CoArena *arena, const CoError *error)
{
	switch (rc)
	{
		case CO_BAD_INPUT:
			if (error)
				report_input(error);
			break;
		case CO_NO_MEMORY:
		case CO_MEMORY_EXCEEDED:
			report_memory(rc, arena);
		case CO_TIME_EXCEEDED:
		case CO_CANCELED:
			report_end(rc);
		case CO_NO_BLAS:
			report_blas();
		default:
			break;
	}
	elog(ERROR, "unexpected outcome \"%s\"", co_rc_word(rc));
}

/* 'at character 12, near "x1 + * x2"'; whole characters of the encoding. */
static char *
describe_place(const char *text, size_t length, int position)
{
	size_t		place = Min((size_t) position, length);
	size_t		start = 0;
	size_t		size;

	while (place - start > EXCERPT_BEFORE)
		start += pg_mblen(text + start);
	if (start > place)
		start = place;
	size = Min(length - start, (place - start) + EXCERPT_AFTER);
	return psprintf("At character %d, near \"%.*s\".",
					pg_mbstrlen_with_len(text, (int) place) + 1,
					pg_mbcliplen(text + start, (int) (length - start), (int) size), text + start);
}

void
copg_report_text(CoRc rc, const CoArena *arena, const CoError *error,
				 const char *text, size_t length, struct Node *escontext)
{
	char	   *place;

	if (rc != CO_BAD_INPUT)
		copg_report_rc(rc, arena, error);
	place = error->position >= 0 ? describe_place(text, length, error->position) : NULL;
	copg_errsave(escontext,
				 (errcode(sqlstate_of(error->kind, ERRCODE_INVALID_TEXT_REPRESENTATION)),
				  errmsg("%s", error->message),
				  place && error->detail[0] ? errdetail("%s %s", error->detail, place) :
				  place ? errdetail("%s", place) :
				  error->detail[0] ? errdetail("%s", error->detail) : 0,
				  error->hint[0] ? errhint("%s", error->hint) : 0));
}

void
copg_report_size(void)
{
	bool		is_default = copg_max_value_size == (int) (MaxAllocSize / 1024);

	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 is_default ? errmsg("the value would be larger than 1 GB") :
			 errmsg("the value would be larger than constropt.max_value_size"),
			 errdetail("Scalar subqueries, arrays, sorts, materialized CTEs and tables store values."),
			 errhint("Pass it on in FROM: SELECT opt_solve(opt_minimize(o.e, c.c)) FROM (SELECT sum(...) AS e FROM ...) o, (SELECT opt_rows(...) AS c FROM ...) c.")));
}
