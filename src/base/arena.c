/*-------------------------------------------------------------------------
 *
 * base/arena.c
 *	  The arena of base/arena.h.
 *
 * Small takes are cut from blocks that grow from FIRST_BLOCK_SIZE, because a
 * grouped query keeps an arena per group, to BLOCK_SIZE; a take larger than a
 * quarter of that gets a block of its own, which is returned to the host by the
 * rewind that passes it.  With CO_PARANOID every take is a block, and what
 * rounding leaves behind it is poisoned, so that an address sanitizer sees
 * every edge to the byte.
 *
 *-------------------------------------------------------------------------
 */
#include "base/arena.h"

#include <math.h>
#include <string.h>

#define BLOCK_SIZE	((size_t) 64 * 1024)
#define FIRST_BLOCK_SIZE	((size_t) 2 * 1024)
#define BLOCK_GROWTH	2
#define ALIGNMENT	((size_t) 64)	/* a cache line, an AVX-512 register */

#ifdef CO_PARANOID
#define SHARES_BLOCK(size) false
#else
#define SHARES_BLOCK(size) ((size) <= BLOCK_SIZE / 4)
#endif

#if defined(CO_PARANOID) && defined(__SANITIZE_ADDRESS__)
#define SEES_EDGES	1
#elif defined(CO_PARANOID) && defined(__has_feature)
#define SEES_EDGES	__has_feature(address_sanitizer)
#else
#define SEES_EDGES	0
#endif

#if SEES_EDGES
extern void __asan_poison_memory_region(void const volatile *from, size_t size);
extern void __asan_unpoison_memory_region(void const volatile *from, size_t size);

#define FORBID(from, size)	__asan_poison_memory_region(from, size)
#define ALLOW(from, size)	__asan_unpoison_memory_region(from, size)
#else
#define FORBID(from, size)	((void) 0)
#define ALLOW(from, size)	((void) 0)
#endif

struct CoArenaBlock
{
	CoArenaBlock *older;
	char	   *data;			/* first aligned byte */
	size_t		fill;			/* bytes of data in use */
	size_t		capacity;		/* bytes of data */
	size_t		total;			/* bytes asked of the host */
};

void
co_arena_init(CoArena *arena, const CoEnv *env, size_t limit)
{
	memset(arena, 0, sizeof *arena);
	arena->env = env;
	arena->limit = limit;
	arena->block_size = FIRST_BLOCK_SIZE;
	arena->deadline = INFINITY;
	arena->failed = CO_OK;
}

static void
pop_block(CoArena *arena)
{
	CoArenaBlock *block = arena->top;

	arena->top = block->older;
	arena->used -= block->total;
	ALLOW(block, block->total);
	arena->env->release(arena->env->self, block);
}

void
co_arena_free(CoArena *arena)
{
	while (arena->top)
		pop_block(arena);
	arena->failed = CO_OK;
}

bool
co_arena_affords(CoArena *arena, size_t size)
{
	if (arena->failed)
		return false;
	if (size <= arena->limit && arena->used <= arena->limit - size)
		return true;
	arena->failed = CO_MEMORY_EXCEEDED;
	arena->wanted = size > SIZE_MAX - arena->used ? SIZE_MAX : arena->used + size;
	return false;
}

/*
 * The takes of a part round up, and leave the end of a shared block or two
 * empty: so much is added to what was announced, but no solve refused for it.
 */
#define PLAN_SLACK	(2 * BLOCK_SIZE)

CoRc
co_arena_plan(CoArena *arena, double bytes)
{
	size_t		size = bytes < 0.5 * (double) SIZE_MAX ? (size_t) bytes : SIZE_MAX / 2;

	if (!co_arena_affords(arena, size))
		return arena->failed;
	size += arena->used + PLAN_SLACK;
	if (size > arena->planned)
		arena->planned = size;
	return CO_OK;
}

/* What a block holds beside its data. */
#define BLOCK_OVERHEAD	(sizeof(CoArenaBlock) + ALIGNMENT)

static char *
first_aligned(CoArenaBlock *block)
{
	return (char *) (((uintptr_t) (block + 1) + ALIGNMENT - 1) & ~(ALIGNMENT - 1));
}

static bool
push_block(CoArena *arena, size_t capacity)
{
	size_t		total = BLOCK_OVERHEAD + capacity;
	CoArenaBlock *block;

	if (!co_arena_affords(arena, total))
		return false;
	block = arena->env->alloc(arena->env->self, total);
	if (!block)
	{
		arena->failed = CO_NO_MEMORY;
		arena->wanted = arena->used + total;
		return false;
	}
	block->older = arena->top;
	block->data = first_aligned(block);
	block->fill = 0;
	block->capacity = capacity;
	block->total = total;
	arena->top = block;
	arena->used += total;
	if (arena->used > arena->peak)
		arena->peak = arena->used;
	return true;
}

/* Whole powers of two are asked of the host, which rounds up to them. */
static bool
push_shared_block(CoArena *arena, size_t bytes)
{
	while (arena->block_size < bytes + BLOCK_OVERHEAD)
		arena->block_size *= BLOCK_GROWTH;
	if (!push_block(arena, arena->block_size - BLOCK_OVERHEAD))
		return false;
	if (arena->block_size < BLOCK_SIZE)
		arena->block_size *= BLOCK_GROWTH;
	return true;
}

void *
co_take(CoArena *arena, size_t count, size_t size)
{
	size_t		bytes;
	CoArenaBlock *block;
	char	   *data;

	if (arena->failed)
		return NULL;
	if (count > (SIZE_MAX - BLOCK_SIZE) / size)
	{
		arena->failed = CO_NO_MEMORY;
		arena->wanted = SIZE_MAX;
		return NULL;
	}
	bytes = (count * size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
	block = arena->top;
	if (!block || bytes > block->capacity - block->fill)
	{
		if (!(SHARES_BLOCK(bytes) ? push_shared_block(arena, bytes) : push_block(arena, bytes)))
			return NULL;
		block = arena->top;
	}
	data = block->data + block->fill;
	block->fill += bytes;
	FORBID(data + count * size, (size_t) ((char *) block + block->total - data) - count * size);
	return data;
}

void *
co_take_zero(CoArena *arena, size_t count, size_t size)
{
	void	   *data = co_take(arena, count, size);

	if (data)
		memset(data, 0, count * size);
	return data;
}

void *
co_take_grown(CoArena *arena, const void *old, size_t count, size_t new_count, size_t size)
{
	void	   *data = co_take(arena, new_count, size);

	if (data && count > 0)
		memcpy(data, old, count * size);
	return data;
}

/* The newest block with room for capacity bytes; false: left as it was. */
static bool
resize_top(CoArena *arena, size_t capacity)
{
	CoArenaBlock *block = arena->top;
	size_t		total = BLOCK_OVERHEAD + capacity;
	size_t		extra = total - block->total;
	ptrdiff_t	from = block->data - (char *) block;

	if (!co_arena_affords(arena, extra))
		return false;
	block = arena->env->resize(arena->env->self, block, total);
	if (!block)
		return false;
	block->data = first_aligned(block);
	if (block->data != (char *) block + from)
		memmove(block->data, (char *) block + from, block->fill);
	block->capacity = capacity;
	block->total = total;
	arena->top = block;
	arena->used += extra;
	if (arena->used > arena->peak)
		arena->peak = arena->used;
	return true;
}

void *
co_take_regrown(CoArena *arena, void *old, size_t count, size_t new_count, size_t size)
{
	CoArenaBlock *block = arena->top;
	size_t		bytes;

	/* Blocks that others share stay where they are. */
	if (SEES_EDGES || arena->failed || !arena->env->resize || !block || old != block->data ||
		block->capacity <= BLOCK_SIZE || block->fill < block->capacity || new_count > (SIZE_MAX - BLOCK_SIZE) / size)
		return co_take_grown(arena, old, count, new_count, size);
	bytes = (new_count * size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
	if (bytes <= block->capacity || !resize_top(arena, bytes))
		return co_take_grown(arena, old, count, new_count, size);
	arena->top->fill = bytes;
	return arena->top->data;
}

CoMark
co_mark(const CoArena *arena)
{
	CoMark		mark = {arena->top, arena->top ? arena->top->fill : 0};

	return mark;
}

void
co_rewind(CoArena *arena, CoMark mark)
{
	while (arena->top != mark.block)
		pop_block(arena);
	if (mark.block)
		mark.block->fill = mark.fill;
}

CoRc
co_poll(const CoArena *arena)
{
	const CoEnv *env = arena->env;

	if (env->poll(env->self))
		return CO_CANCELED;
	if (arena->deadline < INFINITY && env->now(env->self) >= arena->deadline)
		return CO_TIME_EXCEEDED;
	return CO_OK;
}
