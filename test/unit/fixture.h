/*-------------------------------------------------------------------------
 *
 * fixture.h
 *	  A host and an arena for each test: begin() ... end().
 *
 *-------------------------------------------------------------------------
 */
#ifndef FIXTURE_H
#define FIXTURE_H

#include "check.h"
#include "host.h"

static TestHost host;
static CoArena arena;

static inline void
begin(void)
{
	test_host_init(&host);
	co_arena_init(&arena, &host.env, SIZE_MAX);
}

/* Nothing may be left. */
static inline void
end(void)
{
	co_arena_free(&arena);
	CHECK_INT(host.live, 0);
}

#endif							/* FIXTURE_H */
