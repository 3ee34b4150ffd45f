/*-------------------------------------------------------------------------
 *
 * pg/pg_compat.h
 *	  Every difference between PostgreSQL 15, 16, 17 and 18, each with its
 *	  reason.  Include it after postgres.h and before PG_FUNCTION_INFO_V1.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_PG_PG_COMPAT_H
#define CO_PG_PG_COMPAT_H

#include "fmgr.h"

/*
 * PostgreSQL 16 compiles extensions with hidden visibility and gives
 * PGDLLEXPORT a meaning on every platform; before, it is empty except on
 * Windows, and with our own -fvisibility=hidden no function would be seen.
 */
#if PG_VERSION_NUM < 160000 && !defined(WIN32)
#undef PGDLLEXPORT
#define PGDLLEXPORT __attribute__((visibility("default")))
#endif

/* PostgreSQL 16 moved the varlena macros out of postgres.h. */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/*
 * PostgreSQL 16 lets input functions report errors softly (COPY ... ON_ERROR,
 * pg_input_is_valid); before, every error is raised.
 */
#if PG_VERSION_NUM >= 160000
#include "nodes/miscnodes.h"
#define copg_errsave(escontext, ...) errsave(escontext, __VA_ARGS__)
#else
#define copg_errsave(escontext, ...) \
	do { (void) (escontext); ereport(ERROR, __VA_ARGS__); } while (0)
#endif

/* PostgreSQL 16 checks rights on all kinds of objects by one function. */
#if PG_VERSION_NUM >= 160000
#define copg_may_execute(function) \
	(object_aclcheck(ProcedureRelationId, function, GetUserId(), ACL_EXECUTE) == ACLCHECK_OK)
#else
#define copg_may_execute(function) \
	(pg_proc_aclcheck(function, GetUserId(), ACL_EXECUTE) == ACLCHECK_OK)
#endif

/* PostgreSQL 17 dropped the count's own length from the arguments. */
#if PG_VERSION_NUM >= 170000
#define copg_send_counted(out, text, length) pq_sendcountedtext(out, text, length)
#else
#define copg_send_counted(out, text, length) pq_sendcountedtext(out, text, length, false)
#endif

/* PostgreSQL 18 has pg_noreturn instead, which stands in front only. */
#ifndef pg_attribute_noreturn
#define pg_attribute_noreturn() __attribute__((noreturn))
#endif

/* PostgreSQL 18 shows the name and version of a loaded module. */
#if PG_VERSION_NUM >= 180000
#define COPG_MODULE_MAGIC PG_MODULE_MAGIC_EXT(.name = "constropt", .version = CO_VERSION)
#else
#define COPG_MODULE_MAGIC PG_MODULE_MAGIC
#endif

#endif							/* CO_PG_PG_COMPAT_H */
