/*-------------------------------------------------------------------------
 *
 * bench_sensitivity.c
 *	  Milliseconds of derivatives in 1000 parameters at n = 1000, beside those
 *	  of the solve: of a dense portfolio in its expected returns, a sparse
 *	  quadratic allocation in its targets, and a linear one in its costs.
 *
 *	bench_sensitivity [N]		N jobs of 10 machines, 10 N assets; default 100
 *
 * "model" is from the block to a model with the parameters as variables,
 * "factor" the polish, the conditions and the factorization, "columns" dx, dy,
 * dz and df of all parameters.
 *
 *-------------------------------------------------------------------------
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../../test/unit/senscheck.h"
#include "nlp/lower.h"
#include "solver/sensitivity_block.h"

#define N_MACHINE	10
#define N_FACTORS	30
#define ROUNDS		3

static double
seconds(void)
{
	return (double) clock() / CLOCKS_PER_SEC;
}

/* Room for n^2 / 2 products. */
static char *
room(int n)
{
	char	   *text = malloc((size_t) n * (size_t) n * 20 + 200 * (size_t) n + 1000);

	if (!text)
		exit(1);
	return text;
}

static char *
write_portfolio(int n, TestRandom *random)
{
	char	   *text = room(n);
	double	   *f = malloc((size_t) n * N_FACTORS * sizeof *f);
	size_t		at = (size_t) sprintf(text, "minimize 0");

	for (int k = 0; k < n * N_FACTORS; k++)
		f[k] = test_uniform(random) - 0.5;
	for (int i = 0; i < n; i++)
	{
		at += (size_t) sprintf(text + at, " - p%d*x%d + %.4f*x%d^2", i, i, 0.05 + 0.02 * (i % 7), i);
		for (int j = 0; j < i; j++)
		{
			double		sum = 0.0;

			for (int k = 0; k < N_FACTORS; k++)
				sum += f[i * N_FACTORS + k] * f[j * N_FACTORS + k];
			at += (size_t) sprintf(text + at, "%+.5f*x%d*x%d", 0.002 * sum, i, j);
		}
	}
	at += (size_t) sprintf(text + at, " subject to budget: 0");
	for (int i = 0; i < n; i++)
		at += (size_t) sprintf(text + at, " + x%d", i);
	at += (size_t) sprintf(text + at, " == 1 where x0 in [0, inf]");
	for (int i = 0; i < n; i++)
		at += (size_t) sprintf(text + at, ", p%d := %.4f, x%d in [0, inf]", i, 0.02 + 0.1 * test_uniform(random), i);
	free(f);
	return text;
}

/* Jobs to machines; is_linear: at a cost each, else near targets. */
static char *
write_allocation(int n_job, bool is_linear, TestRandom *random)
{
	int			n = n_job * N_MACHINE;
	char	   *text = room(n);
	size_t		at = (size_t) sprintf(text, "minimize 0");

	for (int k = 0; k < n; k++)
		at += (size_t) sprintf(text + at, is_linear ? " + p%d*x%d" : " + (x%d - p%d)^2", k, k);
	at += (size_t) sprintf(text + at, " subject to ");
	for (int job = 0; job < n_job; job++)
	{
		at += (size_t) sprintf(text + at, "job%d: 0", job);
		for (int k = 0; k < N_MACHINE; k++)
			at += (size_t) sprintf(text + at, " + x%d", job * N_MACHINE + k);
		at += (size_t) sprintf(text + at, is_linear ? " == 1; " : " <= 5; ");
	}
	for (int k = 0; k < N_MACHINE; k++)
	{
		at += (size_t) sprintf(text + at, "machine%d: 0", k);
		for (int job = 0; job < n_job; job++)
			at += (size_t) sprintf(text + at, " + %.3f*x%d", is_linear ? 1.0 : 1.0 + test_uniform(random), job * N_MACHINE + k);
		at += (size_t) sprintf(text + at, " <= %.4f; ", is_linear ? 0.105 * n_job + 0.1 * k : 0.5 * n_job);
	}
	at += (size_t) sprintf(text + at, "where x0 in [0, inf]");
	for (int k = 0; k < n; k++)
		at += (size_t) sprintf(text + at, ", p%d := %.4f, x%d in [0, inf]", k, 0.2 + test_uniform(random), k);
	return text;
}

/* Minimum of the block's rounds, in seconds. */
typedef struct Times
{
	double		lower,
				solve,
				model,
				factor,
				columns;
}			Times;

static void
must_be(CoRc rc, const char *what)
{
	if (rc)
	{
		printf("%s: %s %s\n", what, co_rc_word(rc), error.message);
		exit(1);
	}
}

static void
solve(Case *c, Times * times)
{
	CoLowered	lowered;
	CoOptions	options;
	CoSolution	sol;
	double		begun = seconds();

	co_options_default(&options);
	must_be(co_lower(&arena, &c->block, NULL, &lowered, &error), "lower");
	times->lower = fmin(times->lower, seconds() - begun);
	begun = seconds();
	must_be(co_qp_solve(&arena, &lowered.qp, &options, NULL, &sol), "solve");
	times->solve = fmin(times->solve, seconds() - begun);
	for (int k = 0; k < c->block.n_leaf; k++)
	{
		int			j = lowered.leaf_var[k];

		c->answer.leaf[k] = j >= 0 ? sol.point.x[j] : c->block.leaf_start[k];
		c->answer.z[k] = j >= 0 ? sol.point.z[j] : 0.0;
	}
	co_copy(lowered.n_row, sol.point.y, c->answer.y);
}

static void
find_columns(Case *c, Times * times)
{
	int			np = c->pm.nlp->np;
	CoSensitivityBlock *block;
	double		begun = seconds(),
				worst = 0.0;

	must_be(co_sensitivity_block_new(c->s, np, &block), "block");
	for (int k = 0; k < np; k += block->width)
	{
		int			list[512];
		int			width = np - k < block->width ? np - k : block->width;

		for (int t = 0; t < width; t++)
			list[t] = k + t;
		must_be(co_sensitivity_block_solve(block, width, list, false), "columns");
		for (int t = 0; t < width; t++)
			worst = fmax(worst, block->tangent[t].error);
	}
	times->columns = fmin(times->columns, seconds() - begun);
	if (!(worst <= 1e-10))
		printf("off by %g\n", worst);
}

static void
run_once(const char *text, Case *c, Times * times)
{
	double		begun,
				model_time;
	CoParamModel model;

	must_be(co_parse(&arena, text, strlen(text), CO_BLOCK_PROBLEM, &c->block, &error), "parse");
	take_answer(&c->block, &c->answer);
	solve(c, times);
	begun = seconds();
	must_be(co_param_model_build(&arena, &c->block, NULL, &model, &error), "model");
	model_time = seconds() - begun;
	times->model = fmin(times->model, model_time);
	begun = seconds();
	must_be(differentiate(c), "factor");
	times->factor = fmin(times->factor, fmax(0.0, seconds() - begun - model_time));
	find_columns(c, times);
}

static void
run(const char *name, char *text)
{
	Times		times = {INFINITY, INFINITY, INFINITY, INFINITY, INFINITY};
	Case		c;

	for (int round = 0; round < ROUNDS; round++)
	{
		begin();
		run_once(text, &c, &times);
		if (round == ROUNDS - 1)
			printf("%-10s n %d  m %d  parameters %d%s: lower %.1f ms, solve %.1f ms; model %.1f ms, factor %.1f ms, columns %.1f ms; %.2f solves\n",
				   name, c.pm.nlp->n, c.pm.nlp->m, c.pm.nlp->np, co_sensitivity_regular(c.s) ? "" : " (not regular)",
				   1e3 * times.lower, 1e3 * times.solve, 1e3 * times.model, 1e3 * times.factor, 1e3 * times.columns,
				   (times.factor + times.columns) / times.solve);
		end();
	}
	free(text);
}

int
main(int argc, char **argv)
{
	int			n_job = argc > 1 ? atoi(argv[1]) : 100;
	TestRandom	random = {20240611};

	run("portfolio", write_portfolio(n_job * N_MACHINE, &random));
	run("allocation", write_allocation(n_job, false, &random));
	run("linear", write_allocation(n_job, true, &random));
	return 0;
}
