/*-------------------------------------------------------------------------
 *
 * bench_set.c
 *	  The nonlinear methods on the sets of the literature.
 *
 *		bench_set			what was solved, iterations and time of each set
 *		bench_set - [METHOD [quasi]]
 *							problems from standard input, for bench/nlp.py, by one
 *							method, without second derivatives where quasi is said;
 *							the method box is L-BFGS-B without what is around it
 *
 * From standard input a problem is its length in bytes, a newline, and its text.
 * The answer is a line: the status, iterations, evaluations of the objective,
 * seconds of building and of solving, and the point.
 *
 *-------------------------------------------------------------------------
 */
#include <stdio.h>
#include <stdlib.h>

#include "set_run.h"

#define MAX_SET		1000		/* problems of a set */

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
serve(const CoNlpMethod *method, bool box, bool exact)
{
	size_t		length;

	while (scanf("%zu", &length) == 1)
	{
		char	   *text = malloc(length + 1);
		Run			run;

		if (!text || getchar() != '\n' || fread(text, 1, length, stdin) != length)
			return 2;
		if (box)
			run_box(&run, text, length);
		else
			run_text(&run, text, length, method, exact);
		answer(&run);
		co_arena_free(&run.arena);
		free(text);
	}
	return 0;
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
	bool		box = argc > 2 && strcmp(argv[2], "box") == 0;
	const CoNlpMethod *method = argc > 2 && !box ? co_nlp_find_method(argv[2]) : NULL;

	if (argc > 2 && !method && !box)
	{
		fprintf(stderr, "bench_set: no method %s\n", argv[2]);
		return 2;
	}
	if (argc > 1 && strcmp(argv[1], "-") == 0)
		return serve(method, box, argc <= 3);
	run_set("nlp_hs", "small");
	run_set("nlp_cute", "small");
	return 0;
}
