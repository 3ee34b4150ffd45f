/*-------------------------------------------------------------------------
 *
 * pg/pg_call.h
 *	  Functions of the database as nodes of expressions: opt_call, and the
 *	  calls of them while something is solved or evaluated.
 *
 * An expression names its function by the text that regprocedure prints and
 * reads, with the schema, so that values survive dump and restore; it is looked
 * up, and the caller's right to execute it checked, when it is first called.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_PG_PG_CALL_H
#define CO_PG_PG_CALL_H

#include "utils/palloc.h"

struct CopgCallee;

typedef struct CopgCallees		/* of one environment */
{
	MemoryContext context;		/* of what is kept */
	MemoryContext call_context; /* reset after every call; NULL: none yet */
	struct CopgCallee *first;	/* those called so far, the latest first */
} CopgCallees;

/*
 * *result := the function, of n float8, at argument; result [n] := what a
 * gradient function returns.  What it raises goes on, with a line of context.
 */
extern void copg_call(CopgCallees *callees, const char *function, bool is_gradient,
					  int n, const double *argument, double *result);

#endif							/* CO_PG_PG_CALL_H */
