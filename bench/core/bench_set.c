/*-------------------------------------------------------------------------
 *
 * bench_set.c
 *	  The nonlinear methods on the sets of the literature.
 *
 *		bench_set			what was solved, iterations and time of each set
 *		bench_set - [METHOD [quasi]]
 *							problems from standard input, for bench/nlp.py, by one
 *							method, without second derivatives where quasi is said
 *
 * From standard input a problem is its length in bytes, a newline, and its text.
 * The answer is a line: the status, iterations, evaluations of the objective,
 * seconds of building and of solving, and the point.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../test/unit/host.h"
#include "../../test/unit/nlpdata.h"
#include "expr/text.h"
#include "solver/nlp_solve.h"

#define TIME_LIMIT	10.0		/* seconds, as bench/nlp_peers.py has it */
#define NEAR		1e-6		/* relative distance to the value known */
#define MAX_SET		1000		/* problems of a set */

typedef struct Run
{
	TestHost	host;
	CoArena		arena;
	CoModel		model;
	CoSolution	sol;
	CoRc		rc;
	CoError		error;
	double		build,			/* seconds */
				solve;
} Run;

/* Text to block to model to solution; close it with co_arena_free(). */
static void
run_text(Run *run, const char *text, size_t length, const CoNlpMethod *method, bool exact)
{
	CoBlock		block;
	CoOptions	options;
	CoNlpStart	start = {0};
	double		t;

	memset(run, 0, sizeof *run);
	test_host_init(&run->host);
	test_host_poll_flag(&run->host);
	co_arena_init(&run->arena, &run->host.env, SIZE_MAX);
	co_options_default(&options);
	options.time_limit = TIME_LIMIT;
	options.exact_hessian = exact;
	options.fallback = method == NULL;
	t = run->host.env.now(run->host.env.self);
	run->rc = co_parse(&run->arena, text, length, CO_BLOCK_PROBLEM, &block, &run->error);
	if (!run->rc)
		run->rc = co_model_build(&run->arena, &block, NULL, &run->model, &run->error);
	run->build = run->host.env.now(run->host.env.self) - t;
	start.x = run->model.start;
	if (!run->rc)
		run->rc = co_nlp_solve_by(&run->arena, &run->model.nlp, method, &options, &start, &run->sol);
	run->solve = run->host.env.now(run->host.env.self) - t - run->build;
}

static void
answer(const Run *run)
{
	if (run->rc)
		printf("%s 0 0 %.9f %.9f", co_rc_word(run->rc), run->build, run->solve);
	else
		printf("%s %d %d %.9f %.9f", co_status_word(run->sol.status), run->sol.iterations,
			   run->sol.evaluations.objective, run->build, run->solve);
	for (int j = 0; !run->rc && run->sol.has_point && j < run->model.n_var; j++)
		printf(" %.17g", run->sol.point.x[j]);
	printf("\n");
	fflush(stdout);
}

static int
serve(const CoNlpMethod *method, bool exact)
{
	size_t		length;

	while (scanf("%zu", &length) == 1)
	{
		char	   *text = malloc(length + 1);
		Run			run;

		if (!text || getchar() != '\n' || fread(text, 1, length, stdin) != length)
			return 2;
		run_text(&run, text, length, method, exact);
		answer(&run);
		co_arena_free(&run.arena);
		free(text);
	}
	return 0;
}

static bool
is_reached(const Run *run, const NlpProblem *problem)
{
	double		f = run->sol.residual.objective;
	double		known = problem->maximize ? -problem->f_from_start : problem->f_from_start;

	return !run->rc && run->sol.status == CO_OPTIMAL &&
		!(f - known > NEAR * fmax(1.0, fabs(known)));
}

static int
compare_ints(const void *a, const void *b)
{
	return (*(const int *) a > *(const int *) b) - (*(const int *) a < *(const int *) b);
}

static void
run_set(const char *set, const char *tier)
{
	NlpData    *data = nlp_open(set, tier);
	NlpProblem	problem;
	int			iterations[MAX_SET],
				n = 0,
				reached = 0;
	double		build = 0.0,
				solve = 0.0;

	while (data && n < MAX_SET && nlp_next(data, &problem))
	{
		Run			run;

		if (!problem.text)
			continue;
		run_text(&run, problem.text, problem.length, NULL, true);
		reached += is_reached(&run, &problem);
		iterations[n++] = run.sol.iterations;
		build += run.build;
		solve += run.solve;
		co_arena_free(&run.arena);
	}
	if (!data || !n)
	{
		printf("%-9s %-7s skipped: there are no data\n", set, tier);
		return;
	}
	nlp_close(data);
	qsort(iterations, (size_t) n, sizeof *iterations, compare_ints);
	printf("%-9s %-7s %4d of %4d as good as known, median of %3d iterations, build %8.1f ms, solve %8.1f ms\n",
		   set, tier, reached, n, iterations[n / 2], 1e3 * build, 1e3 * solve);
}

int
main(int argc, char **argv)
{
	const CoNlpMethod *method = argc > 2 ? co_nlp_find_method(argv[2]) : NULL;

	if (argc > 2 && !method)
	{
		fprintf(stderr, "bench_set: no method %s\n", argv[2]);
		return 2;
	}
	if (argc > 1 && strcmp(argv[1], "-") == 0)
		return serve(method, argc <= 3);
	run_set("nlp_hs", "small");
	run_set("nlp_cute", "small");
	return 0;
}
