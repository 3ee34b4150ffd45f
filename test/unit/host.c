/*-------------------------------------------------------------------------
 *
 * host.c
 *	  The host of host.h.
 *
 *-------------------------------------------------------------------------
 */
#define _GNU_SOURCE
#include "host.h"

#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifndef CO_BLAS_PATH
#define CO_BLAS_PATH "/usr/lib/x86_64-linux-gnu/openblas-serial/libopenblas.so.0"
#endif

static void *
host_alloc(void *self, size_t size)
{
	TestHost   *host = self;
	void	   *ptr;

	if (host->n_alloc++ == host->fail_at)
		return NULL;
	ptr = malloc(size);
	if (ptr)
		host->live++;
	return ptr;
}

static void *
host_resize(void *self, void *ptr, size_t size)
{
	TestHost   *host = self;

	return host->n_alloc++ == host->fail_at ? NULL : realloc(ptr, size);
}

static void
host_release(void *self, void *ptr)
{
	TestHost   *host = self;

	host->live--;
	free(ptr);
}

static double
host_now(void *self)
{
	struct timespec ts;

	(void) self;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double) ts.tv_sec + 1e-9 * (double) ts.tv_nsec;
}

double
test_cpu_time(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double) ts.tv_sec + 1e-9 * (double) ts.tv_nsec;
}

int
test_quick(void)
{
	const char *level = getenv("CO_QUICK");

	return level ? atoi(level) : 0;
}

bool
test_is_timed(void)
{
	return test_quick() == 0 && !getenv("CO_UNTIMED");
}

bool
test_has_long_double(void)
{
	volatile long double sum = 1.0L;

	sum += 0x1p-60L;
	return sum != 1.0L;
}

static bool
host_poll(void *self)
{
	TestHost   *host = self;
	double		now = test_cpu_time();

	if (host->last_poll > 0.0)
		host->longest_gap = fmax(host->longest_gap, now - host->last_poll);
	host->last_poll = now;
	return host->cancel_at >= 0 && host->n_poll++ >= host->cancel_at;
}

static bool
host_poll_flag(void *self)
{
	return ((TestHost *) self)->cancel_at == 0;
}

void
test_host_poll_flag(TestHost *host)
{
	host->env.poll = host_poll_flag;
}

static void
host_log(void *self, int level, const char *line)
{
	(void) self;
	if (getenv("CO_TEST_LOG") && level <= atoi(getenv("CO_TEST_LOG")))
		fprintf(stderr, "%s\n", line);
}

static void
load_symbol(void *lib, const char *name, void *slot)
{
	void	   *symbol = dlsym(lib, name);

	if (!symbol)
	{
		fprintf(stderr, "no %s in %s\n", name, CO_BLAS_PATH);
		exit(2);
	}
	memcpy(slot, &symbol, sizeof symbol);
}

const CoBlas *
test_blas(void)
{
	static CoBlas table;
	static bool loaded;
	void	   *lib;

	if (loaded)
		return &table;
	setenv("OPENBLAS_NUM_THREADS", "1", 1);
	lib = dlopen(CO_BLAS_PATH, RTLD_NOW | RTLD_LOCAL);
	if (!lib)
		return NULL;
	load_symbol(lib, "dgemm_", &table.dgemm);
	load_symbol(lib, "dsyrk_", &table.dsyrk);
	load_symbol(lib, "dtrsm_", &table.dtrsm);
	load_symbol(lib, "dtrsv_", &table.dtrsv);
	load_symbol(lib, "dgemv_", &table.dgemv);
	load_symbol(lib, "dsymv_", &table.dsymv);
	load_symbol(lib, "dpotrf_", &table.dpotrf);
	loaded = true;
	return &table;
}

static const CoBlas *
host_blas(void *self)
{
	(void) self;
	return test_blas();
}

void
test_host_init(TestHost *host)
{
	memset(host, 0, sizeof *host);
	host->env.alloc = host_alloc;
	host->env.release = host_release;
	host->env.resize = host_resize;
	host->env.poll = host_poll;
	host->env.now = host_now;
	host->env.log = host_log;
	host->env.blas = host_blas;
	host->env.self = host;
	host->fail_at = -1;
	host->cancel_at = -1;
}

double
test_uniform(TestRandom *random)
{
	uint64_t	x = random->state ? random->state : UINT64_C(88172645463325252);

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	random->state = x;
	return (double) (x >> 11) * 0x1p-53;
}

double
test_normal(TestRandom *random)
{
	double		u = 1.0 - test_uniform(random);
	double		v = test_uniform(random);

	return sqrt(-2.0 * log(u)) * cos(6.283185307179586 * v);
}

int
test_int(TestRandom *random, int n)
{
	return (int) (test_uniform(random) * n);
}
