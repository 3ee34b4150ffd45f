/*-------------------------------------------------------------------------
 *
 * pg/pg_env.c
 *	  The core's environment (base/env.h) in a backend.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <sys/mman.h>

#include "miscadmin.h"
#include "portability/instr_time.h"
#include "utils/memutils.h"

#include "pg/pg_blas.h"
#include "pg/pg_env.h"

/* A huge page of x86-64 and, with pages of 4 kB, of arm64. */
#define HUGE_PAGE		((uintptr_t) 2 * 1024 * 1024)

/*
 * Memory fresh from the operating system costs a fault per page, for 16 MB
 * more time than to fill them; a huge page is one fault.  Systems that give
 * huge pages only to those who ask are asked; an answer of no changes nothing.
 */
static void
ask_for_huge_pages(void *memory, size_t size)
{
#ifdef MADV_HUGEPAGE
	uintptr_t	from = ((uintptr_t) memory + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
	uintptr_t	to = ((uintptr_t) memory + size) & ~(HUGE_PAGE - 1);

	if (from < to)
		(void) madvise((void *) from, to - from, MADV_HUGEPAGE);
#endif
}

/*
 * A size the server would refuse with an internal error, because nothing can
 * be that large, is a plain failure here.
 */
static void *
allocate(void *self, size_t size)
{
	const CopgHost *host = self;
	void	   *memory;

	if (!AllocHugeSizeIsValid(size))
		return NULL;
	memory = MemoryContextAllocExtended(host->context, size,
										MCXT_ALLOC_HUGE | MCXT_ALLOC_NO_OOM);
	if (memory && size >= 2 * HUGE_PAGE)
		ask_for_huge_pages(memory, size);
	return memory;
}

static void
release(void *self, void *ptr)
{
	pfree(ptr);
}

/* Large chunks are moved by the operating system, page by page, not copied. */
static void *
resize(void *self, void *ptr, size_t size)
{
	void	   *memory;

	if (!AllocHugeSizeIsValid(size))
		return NULL;
	memory = repalloc_huge(ptr, size);
	if (size >= 2 * HUGE_PAGE)
		ask_for_huge_pages(memory, size);
	return memory;
}

/*
 * Leaves by longjmp when there is reason to.  That also serves the barriers
 * other sessions wait for, which a look at the cancel flags would not.
 */
static bool
poll_interrupts(void *self)
{
	CHECK_FOR_INTERRUPTS();
	return false;
}

static double
monotonic_seconds(void *self)
{
	instr_time	now;

	INSTR_TIME_SET_CURRENT(now);
	return INSTR_TIME_GET_DOUBLE(now);
}

/* Level 1 is DEBUG1, the deepest DEBUG5. */
static void
write_log(void *self, int level, const char *line)
{
	int			depth = Min(Max(level, 1), 5) - 1;

	elog(DEBUG1 - depth, "%s", line);
}

static const CoBlas *
dense_kernels(void *self)
{
	return copg_blas();
}

static bool
call_function(void *self, const char *function, bool is_gradient, int n,
			  const double *argument, double *result)
{
	CopgHost   *host = self;

	copg_call(&host->callees, function, is_gradient, n, argument, result);
	return true;
}

static void
fill_env(CoEnv *env, CopgHost *host, MemoryContext context)
{
	*host = (CopgHost) {.context = context, .callees = {.context = context}};
	env->alloc = allocate;
	env->release = release;
	env->resize = resize;
	env->poll = poll_interrupts;
	env->now = monotonic_seconds;
	env->log = write_log;
	env->blas = dense_kernels;
	env->call = call_function;
	env->self = host;
}

static size_t
memory_limit(void)
{
	return (size_t) copg_max_memory * 1024;
}

void
copg_env_begin(CopgEnv *env, CoArena *arena, MemoryContext context)
{
	fill_env(&env->env, &env->host, context);
	env->arena = arena;
	co_arena_init(arena, &env->env, memory_limit());
	if (copg_max_time > 0)
		arena->deadline = monotonic_seconds(NULL) + copg_max_time / 1000.0;
}

void
copg_env_end(CopgEnv *env)
{
	co_arena_free(env->arena);
}

typedef struct OwnedArena
{
	CoArena		arena;			/* first: what copg_arena_new answers */
	CoEnv		env;
	CopgHost	host;
	CoMark		empty;
} OwnedArena;

static OwnedArena *
make_arena(MemoryContext context)
{
	OwnedArena *owned = MemoryContextAlloc(context, sizeof(OwnedArena));

	fill_env(&owned->env, &owned->host, context);
	co_arena_init(&owned->arena, &owned->env, memory_limit());
	return owned;
}

CoArena *
copg_arena_new(MemoryContext context)
{
	return &make_arena(context)->arena;
}

CoArena *
copg_scratch(FunctionCallInfo fcinfo)
{
	FmgrInfo   *flinfo = fcinfo->flinfo;
	OwnedArena *owned = flinfo->fn_extra;

	if (owned == NULL)
	{
		flinfo->fn_extra = owned = make_arena(flinfo->fn_mcxt);
		(void) co_take(&owned->arena, 1, 1);
		owned->empty = co_mark(&owned->arena);
	}

	/* A call that left by an error has not cleaned up. */
	owned->arena.failed = CO_OK;
	owned->arena.limit = memory_limit();
	co_rewind(&owned->arena, owned->empty);
	return &owned->arena;
}

void
copg_scratch_end(FunctionCallInfo fcinfo)
{
	OwnedArena *owned = fcinfo->flinfo->fn_extra;

	co_rewind(&owned->arena, owned->empty);
}
