/*-------------------------------------------------------------------------
 *
 * bench_small.c
 *	  Microseconds of one dense Markowitz problem in co_qp_solve():
 *
 *		min 1/2 w'Cw,  sum w = 1,  r'w >= target,  0 <= w <= cap
 *
 *	bench_small [n ...]		default 10 20 50 200
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../test/unit/host.h"
#include "solver/solver.h"

#define N_FACTORS	5
#define BUDGET		0.5			/* seconds per size */

static void
make_covariance(CoArena *arena, TestRandom *random, CoQp *qp)
{
	int			n = qp->n,
				at = 0;
	double	   *f = co_take_doubles(arena, (size_t) n * N_FACTORS);

	for (int k = 0; k < n * N_FACTORS; k++)
		f[k] = 0.1 * test_normal(random);
	qp->p.nrow = qp->p.ncol = n;
	qp->p.start = co_take_ints(arena, (size_t) n + 1);
	qp->p.index = co_take_ints(arena, (size_t) n * ((size_t) n + 1) / 2);
	qp->p.value = co_take_doubles(arena, (size_t) n * ((size_t) n + 1) / 2);
	for (int j = 0; j < n; j++)
	{
		qp->p.start[j] = at;
		for (int i = j; i < n; i++)
		{
			double		sum = i == j ? 0.01 + 0.05 * test_uniform(random) : 0.0;

			for (int k = 0; k < N_FACTORS; k++)
				sum += f[i * N_FACTORS + k] * f[j * N_FACTORS + k];
			qp->p.index[at] = i;
			qp->p.value[at++] = sum;
		}
	}
	qp->p.start[n] = at;
}

static CoQp
make_portfolio(CoArena *arena, TestRandom *random, int n)
{
	CoQp		qp = {.n = n, .m = 2};
	double		mean = 0.0;

	qp.c = co_take_zero_doubles(arena, (size_t) n);
	qp.xl = co_take_zero_doubles(arena, (size_t) n);
	qp.xu = co_take_doubles(arena, (size_t) n);
	qp.cl = co_take_doubles(arena, 2);
	qp.cu = co_take_doubles(arena, 2);
	qp.a.nrow = 2;
	qp.a.ncol = n;
	qp.a.start = co_take_ints(arena, (size_t) n + 1);
	qp.a.index = co_take_ints(arena, 2 * (size_t) n);
	qp.a.value = co_take_doubles(arena, 2 * (size_t) n);
	make_covariance(arena, random, &qp);
	for (int j = 0; j < n; j++)
	{
		double		r = 0.05 + 0.05 * test_normal(random);

		qp.xu[j] = fmax(0.15, 2.0 / n);
		qp.a.start[j] = 2 * j;
		qp.a.index[2 * j] = 0;
		qp.a.index[2 * j + 1] = 1;
		qp.a.value[2 * j] = 1.0;
		qp.a.value[2 * j + 1] = r;
		mean += r / n;
	}
	qp.a.start[n] = 2 * n;
	qp.cl[0] = qp.cu[0] = 1.0;
	qp.cl[1] = mean + 0.02;
	qp.cu[1] = INFINITY;
	return qp;
}

static double
now(TestHost *host)
{
	return host->env.now(host->env.self);
}

static void
run(int n)
{
	TestHost	host;
	CoArena		data,
				arena;
	CoOptions	options;
	CoSolution	sol;
	TestRandom	random = {(uint64_t) n};
	CoQp		qp;
	double		best = INFINITY,
				begin,
				total = 0.0;
	int			count = 0;

	test_host_init(&host);
	test_host_poll_flag(&host);
	co_arena_init(&data, &host.env, SIZE_MAX);
	co_options_default(&options);
	qp = make_portfolio(&data, &random, n);
	for (begin = now(&host); count < 3 || now(&host) - begin < BUDGET; count++)
	{
		double		t = now(&host);
		CoRc		rc;

		co_arena_init(&arena, &host.env, SIZE_MAX);
		rc = co_qp_solve(&arena, &qp, &options, NULL, &sol);
		if (rc || sol.status != CO_OPTIMAL)
		{
			printf("n %d: %s %s\n", n, co_rc_word(rc), co_status_word(sol.status));
			exit(1);
		}
		co_arena_free(&arena);
		t = now(&host) - t;
		total += t;
		best = fmin(best, t);
	}
	printf("n %5d  best %10.1f us  mean %10.1f us  %3d iterations, %3d factorizations, %3d refinements, path %d, %ld blocks\n",
		   n, 1e6 * best, 1e6 * total / count, sol.iterations, sol.factorizations, sol.refinements,
		   sol.path, host.n_alloc / count);
	co_arena_free(&data);
}

int
main(int argc, char **argv)
{
	static const int sizes[] = {10, 20, 50, 200};

	if (argc < 2)
		for (int k = 0; k < 4; k++)
			run(sizes[k]);
	for (int k = 1; k < argc; k++)
		run(atoi(argv[k]));
	return 0;
}
