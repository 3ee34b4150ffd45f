/*-------------------------------------------------------------------------
 *
 * base/env.h
 *	  What the host gives to the core: memory, interruption, time, log, BLAS,
 *	  functions.
 *
 * A CoEnv is passed in, never global, so that two hosts (a backend and a unit
 * test) or two settings can live in one process.
 *
 * A hook may return or may never return: a PostgreSQL host leaves alloc and
 * poll by longjmp.  That is safe because the core owns nothing but arena
 * memory: no malloc, no files, no locks, no changed floating-point mode.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_BASE_ENV_H
#define CO_BASE_ENV_H

#include <stdbool.h>
#include <stddef.h>

struct CoBlas;

typedef struct CoEnv
{
	void	   *(*alloc) (void *self, size_t size); /* NULL on failure */
	void		(*release) (void *self, void *ptr);

	/*
	 * The same memory in another size, moved where it must; NULL, and nothing
	 * happened, on failure.  No hook: the host has no cheaper way than a
	 * copy.
	 */
	void	   *(*resize) (void *self, void *ptr, size_t size);
	bool		(*poll) (void *self);	/* true: stop with CO_CANCELED */
	double		(*now) (void *self);	/* seconds, monotonic */
	void		(*log) (void *self, int level, const char *line);

	/*
	 * The dense kernels, loaded at the first call; NULL when the library
	 * cannot be had.  Small problems never ask.
	 */
	const struct CoBlas *(*blas) (void *self);

	/*
	 * A function of the user's at argument [n], all finite: *result is its
	 * value, or result [n] is its gradient.  false: there is none of this
	 * name.  NULL: the host has no functions.
	 */
	bool		(*call) (void *self, const char *function, bool is_gradient, int n,
						 const double *argument, double *result);
	void	   *self;
} CoEnv;

/*
 * Work, in multiply-adds, after which a loop must have asked poll() again.
 * 4e6 multiply-adds are 1..10 ms of work on any machine of the last decade.
 */
#define CO_POLL_WORK	4000000

#endif							/* CO_BASE_ENV_H */
