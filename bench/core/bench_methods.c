/*-------------------------------------------------------------------------
 *
 * bench_methods.c
 *	  Methods x problems of the literature, as a table in Markdown.
 *
 *		bench_methods		HS, and the small ones of CUTE
 *
 * Each method runs from the standard start, with nothing to fall back on.
 * First how many problems each solves of those it accepts, then a line for
 * every problem that one of them does not solve: iterations where it does,
 * and why not where it does not.
 *
 *-------------------------------------------------------------------------
 */
#include <stdio.h>
#include <stdlib.h>

#include "set_run.h"
#include "solver/method.h"

#define CELL	64				/* bytes of what a cell says */

typedef struct Variant
{
	const char *label,
			   *word;
	bool		exact;
} Variant;

static const Variant variants[] = {
	{"interior point", "interior_point", true},
	{"interior point, quasi-Newton", "interior_point", false},
	{"SQP", "sqp", true},
	{"SQP, BFGS", "sqp", false},
	{"augmented Lagrangian", "augmented_lagrangian", true},
	{"augmented Lagrangian, L-BFGS", "augmented_lagrangian", false},
	{"L-BFGS-B", "l_bfgs_b", true},
};

#define N_VARIANTS	((int) (sizeof variants / sizeof *variants))

typedef struct Tally
{
	int			accepted[N_VARIANTS],
				solved[N_VARIANTS];
	double		seconds[N_VARIANTS];
	char	   *lines;			/* of the problems not solved by all */
	size_t		n,
				max;
} Tally;

static void
keep_line(Tally *tally, const char *line)
{
	size_t		more = strlen(line);

	while (tally->n + more + 1 > tally->max)
	{
		tally->max = tally->max ? 2 * tally->max : 4096;
		tally->lines = realloc(tally->lines, tally->max);
		if (!tally->lines)
			exit(2);
	}
	memcpy(tally->lines + tally->n, line, more + 1);
	tally->n += more;
}

/* Iterations, or why there is no solution. */
static void
describe(const Run *run, const NlpProblem *problem, bool solved, char *cell)
{
	if (run->rc)
		snprintf(cell, CELL, "%s", co_rc_word(run->rc));
	else if (solved)
		snprintf(cell, CELL, "%d", run->sol.iterations);
	else if (run->sol.status == CO_OPTIMAL)
		snprintf(cell, CELL, "optimal at %.6g",
				 problem->maximize ? -run->sol.residual.objective : run->sol.residual.objective);
	else
		snprintf(cell, CELL, "%s, %s", co_status_word(run->sol.status),
				 co_termination_word(run->sol.termination));
}

static bool
run_variant(const NlpProblem *problem, int v, Tally *tally, char *cell)
{
	const CoNlpMethod *method = co_nlp_find_method(variants[v].word);
	bool		solved;
	Run			run;

	if (problem->m > 0 && !method->takes_rows)
	{
		snprintf(cell, CELL, "-");
		return true;
	}
	run_text(&run, problem->text, problem->length, method, variants[v].exact);
	solved = is_reached(&run, problem);
	tally->accepted[v]++;
	tally->solved[v] += solved;
	tally->seconds[v] += run.solve;
	describe(&run, problem, solved, cell);
	co_arena_free(&run.arena);
	return solved;
}

static void
run_problem(const NlpProblem *problem, Tally *tally)
{
	char		line[sizeof problem->name + N_VARIANTS * (CELL + 4) + 8];
	int			at = snprintf(line, sizeof line, "| %s |", problem->name);
	bool		all = true;

	for (int v = 0; v < N_VARIANTS; v++)
	{
		char		cell[CELL];

		all &= run_variant(problem, v, tally, cell);
		at += snprintf(line + at, sizeof line - (size_t) at, " %s |", cell);
	}
	snprintf(line + at, sizeof line - (size_t) at, "\n");
	if (!all)
		keep_line(tally, line);
}

static void
print_head(const char *first)
{
	printf("| %s |", first);
	for (int v = 0; v < N_VARIANTS; v++)
		printf(" %s |", variants[v].label);
	printf("\n|---|");
	for (int v = 0; v < N_VARIANTS; v++)
		printf("--:|");
	printf("\n");
}

static void
print_tally(const char *name, int n, const Tally *tally)
{
	printf("**%s**, %d problems\n\n", name, n);
	print_head("");
	printf("| solved, of those accepted |");
	for (int v = 0; v < N_VARIANTS; v++)
		printf(" %d of %d |", tally->solved[v], tally->accepted[v]);
	printf("\n| seconds |");
	for (int v = 0; v < N_VARIANTS; v++)
		printf(" %.2f |", tally->seconds[v]);
	printf("\n\n");
	if (!tally->n)
		return;
	print_head("not solved by all");
	printf("%s\n", tally->lines);
}

/* The number of problems; 0: there are no data. */
static int
run_tier(const char *set, const char *tier, Tally *tally)
{
	NlpData    *data = nlp_open(set, tier);
	NlpProblem	problem;
	int			n = 0;

	while (data && nlp_next(data, &problem))
		if (problem.text)
		{
			run_problem(&problem, tally);
			n++;
		}
	if (data)
		nlp_close(data);
	return n;
}

static void
run_set(const char *name, const char *set, const char *more)
{
	Tally		tally = {0};
	int			n = run_tier(set, "small", &tally);

	if (more)
		n += run_tier(set, more, &tally);
	if (n)
		print_tally(name, n, &tally);
	else
		printf("**%s**: skipped, there are no data.\n\n", name);
	free(tally.lines);
}

int
main(void)
{
	printf("Methods x problems from the standard start, without another method to fall back on, %g s at most: "
		   "iterations, or why there is no solution as good as the reference.\n\n", TIME_LIMIT);
	run_set("HS", "nlp_hs", "medium");
	run_set("CUTE, small", "nlp_cute", NULL);
	return 0;
}
