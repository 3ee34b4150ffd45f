/*-------------------------------------------------------------------------
 *
 * pg/pg_env.h
 *	  The core's environment (base/env.h) in a backend.
 *
 * Memory comes from one MemoryContext, so that an error which leaves the core
 * by longjmp frees all of it when that context is deleted.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_PG_PG_ENV_H
#define CO_PG_PG_ENV_H

#include "fmgr.h"
#include "utils/palloc.h"

#include "base/arena.h"
#include "pg/pg_call.h"

/* constropt.max_memory, in kB; constropt.max_time, in ms, 0: none */
extern int	copg_max_memory;
extern int	copg_max_time;

typedef struct CopgHost			/* the env's self */
{
	MemoryContext context;
	CopgCallees callees;
} CopgHost;

typedef struct CopgEnv			/* stays where it is while in use */
{
	CoEnv		env;
	CopgHost	host;
	CoArena    *arena;
} CopgEnv;

/*
 * Fill env, and an arena in context that ends at constropt.max_memory and, from
 * now, at constropt.max_time.  A caller with a deadline of its own takes the
 * earlier one.
 */
extern void copg_env_begin(CopgEnv *env, CoArena *arena, MemoryContext context);

/* Give the arena's memory back before its context goes. */
extern void copg_env_end(CopgEnv *env);

/* An arena that lives in context and as long as it; without a deadline. */
extern CoArena *copg_arena_new(MemoryContext context);

/*
 * An arena for the time of one call of a function that keeps nothing else in
 * fn_extra.  Its first block stays for the next call, so that a row costs no
 * allocation; copg_scratch_end gives the rest back.
 */
extern CoArena *copg_scratch(FunctionCallInfo fcinfo);
extern void copg_scratch_end(FunctionCallInfo fcinfo);

#endif							/* CO_PG_PG_ENV_H */
