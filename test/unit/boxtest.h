/*-------------------------------------------------------------------------
 *
 * boxtest.h
 *	  Functions in a box, for the tests of methods that minimize them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOXTEST_H
#define BOXTEST_H

#include "check.h"

#include <stdlib.h>

#include "base/vec.h"
#include "host.h"
#include "solver/box.h"

#define LARGE		1000000

static TestHost host;
static CoArena arena;

static void
begin_box(void)
{
	test_host_init(&host);
	co_arena_init(&arena, &host.env, SIZE_MAX);
}

static void
end_box(void)
{
	co_arena_free(&arena);
	CHECK_INT(host.live, 0);
}

typedef struct Function
{
	CoBox		box;
	void		(*value) (const struct Function *function, const double *x, double *f, double *grad);
	double		(*noise) (int n, const double *x);	/* NULL: none */
	double	   *work;			/* [n] of eval_nlp() */
	double		no_value_below; /* of x[0] */
	int			calls,
				ends_at;		/* this call answers ends_with */
	CoRc		ends_with;
	bool		left_box;
} Function;

static CoRc
eval_function(void *self, const double *x, double *f, double *grad)
{
	Function   *function = self;
	const CoBox *box = &function->box;

	for (int j = 0; j < box->n; j++)
		function->left_box |= !(x[j] >= box->xl[j] && x[j] <= box->xu[j]);
	if (function->calls++ == function->ends_at)
		return function->ends_with;
	if (box->n > 0 && x[0] < function->no_value_below)
	{
		*f = NAN;
		return CO_NOT_FINITE;
	}
	function->value(function, x, f, grad);
	if (function->noise)
		*f += function->noise(box->n, x);
	return CO_OK;
}

/* sum of (j % 7 + 1) / 2 (x_j - (j % 5 - 2))^2 + (x_j - x_j+1)^2 / 2 */
static void
spring(const Function *function, const double *x, double *f, double *grad)
{
	int			n = function->box.n;

	*f = 0.0;
	for (int j = 0; j < n; j++)
	{
		double		a = j % 7 + 1.0,
					off = x[j] - (j % 5 - 2.0);

		*f += 0.5 * a * off * off;
		grad[j] = a * off;
	}
	for (int j = 0; j + 1 < n; j++)
	{
		double		off = x[j] - x[j + 1];

		*f += 0.5 * off * off;
		grad[j] += off;
		grad[j + 1] -= off;
	}
}

/* n variables in [low, high]; bounds, x and gradient in the arena. */
static Function
function_of(int n, double low, double high,
			void (*value) (const Function *, const double *, double *, double *))
{
	Function	function = {.value = value, .no_value_below = -INFINITY, .ends_at = -1};
	double	   *xl = co_take_doubles(&arena, (size_t) n),
			   *xu = co_take_doubles(&arena, (size_t) n);

	co_fill(n, low, xl);
	co_fill(n, high, xu);
	function.box = (CoBox) {n, xl, xu, eval_function, NULL};
	return function;
}

static double *
constant(int n, double value)
{
	double	   *x = co_take_doubles(&arena, (size_t) n);

	co_fill(n, value, x);
	return x;
}

/* The KKT conditions at x, by a fresh evaluation. */
static void
check_kkt(Function *function, const double *x, double tolerance)
{
	int			n = function->box.n;
	double	   *grad = constant(n, 0.0),
			   *z = constant(n, 0.0),
				f;

	function->value(function, x, &f, grad);
	CHECK(co_box_projected(&function->box, x, grad) <= tolerance);
	co_box_multipliers(&function->box, x, grad, z);
	for (int j = 0; j < n; j++)
	{
		CHECK(fabs(grad[j] + z[j]) <= tolerance);
		CHECK(z[j] <= 0.0 || x[j] >= function->box.xu[j] - tolerance);
		CHECK(z[j] >= 0.0 || x[j] <= function->box.xl[j] + tolerance);
	}
}

#endif							/* BOXTEST_H */
