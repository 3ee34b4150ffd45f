/*-------------------------------------------------------------------------
 *
 * host.h
 *	  A host for the core without a server: malloc with bookkeeping, failures
 *	  and cancels on demand, OpenBLAS by dlopen.
 *
 *-------------------------------------------------------------------------
 */
#ifndef HOST_H
#define HOST_H

#include <stdint.h>

#include "base/arena.h"
#include "base/blas.h"

typedef struct TestHost
{
	CoEnv		env;			/* pass &host.env */
	long		live;			/* blocks not yet released */
	long		n_alloc;		/* allocations so far */
	long		fail_at;		/* this allocation fails; -1: none */
	long		n_poll;			/* polls so far */
	long		cancel_at;		/* from this poll on poll() says stop; -1: none */
	double		last_poll;		/* CPU time of the last poll */
	double		longest_gap;	/* CPU seconds between two polls, at most */
} TestHost;

extern void test_host_init(TestHost *host);

/* From now on poll() looks at a flag, as in the server, and measures nothing: for benchmarks. */
extern void test_host_poll_flag(TestHost *host);

/* CPU seconds of this thread. */
extern double test_cpu_time(void);

/*
 * What the run asks of a test: CO_QUICK=1 (a checker that slows all down) smaller
 * sizes, CO_QUICK=2 (valgrind, a hundred times slower) what takes seconds left
 * out; times mean nothing then, nor with CO_UNTIMED=1.
 */
extern int	test_quick(void);
extern bool test_is_timed(void);

/* Is long double longer?  Not on every machine, nor under valgrind. */
extern bool test_has_long_double(void);

#define NO_LONG_DOUBLE	"long double is a double here"

/* Loaded once from CO_BLAS_PATH, or Debian's serial build; NULL if neither is there. */
extern const CoBlas *test_blas(void);

/* Deterministic random numbers: xorshift, the same on every machine. */
typedef struct TestRandom
{
	uint64_t	state;
} TestRandom;

extern double test_uniform(TestRandom *random); /* in [0, 1) */
extern double test_normal(TestRandom *random);
extern int	test_int(TestRandom *random, int n);	/* in 0 .. n-1 */

#endif							/* HOST_H */
