/*-------------------------------------------------------------------------
 *
 * pg/pg_init.c
 *	  The module: magic block and settings.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <limits.h>

#include "utils/guc.h"
#include "utils/memutils.h"

#include "pg/pg_block.h"
#include "pg/pg_compat.h"
#include "pg/pg_env.h"

COPG_MODULE_MAGIC;

PGDLLEXPORT void _PG_init(void);

/*
 * 1 GB: the largest model one value can hold fits while it is built, a dense
 * problem of 8000 variables fits while it is solved, and the usual number of
 * parallel workers does not bring a machine down.  Only a superuser raises it,
 * because memory is everybody's.
 */
#define DEFAULT_MAX_MEMORY	(1024 * 1024)
#define LEAST_MAX_MEMORY	1024

/* The server's own limit, MaxAllocSize, in kB. */
#define MOST_VALUE_SIZE		((int) (MaxAllocSize / 1024))
#define LEAST_MAX_VALUE_SIZE	64

int			copg_max_memory = DEFAULT_MAX_MEMORY;
int			copg_max_time = 0;
int			copg_max_value_size = MOST_VALUE_SIZE;

void
_PG_init(void)
{
	DefineCustomIntVariable("constropt.max_memory",
							"Sets the maximum memory of one solve, and of one model under construction.",
							"What is predicted to need more is refused before it starts.",
							&copg_max_memory,
							DEFAULT_MAX_MEMORY, LEAST_MAX_MEMORY, MAX_KILOBYTES,
							PGC_SUSET, GUC_UNIT_KB, NULL, NULL, NULL);
	DefineCustomIntVariable("constropt.max_time",
							"Sets the maximum wall time of one solve.",
							"Zero sets no limit. The option time_limit of a solve can only shorten it.",
							&copg_max_time,
							0, 0, INT_MAX,
							PGC_SUSET, GUC_UNIT_MS, NULL, NULL, NULL);
	DefineCustomIntVariable("constropt.max_value_size",
							"Sets the maximum size of an expression, problem or solution that is stored.",
							"Larger ones can still be passed from function to function.",
							&copg_max_value_size,
							MOST_VALUE_SIZE, LEAST_MAX_VALUE_SIZE, MOST_VALUE_SIZE,
							PGC_USERSET, GUC_UNIT_KB, NULL, NULL, NULL);
	MarkGUCPrefixReserved("constropt");
}
