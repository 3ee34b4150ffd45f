/*-------------------------------------------------------------------------
 *
 * td_nl.c
 *	  The interior point over the .nl files: every answer judged by
 *	  nlp/nlp_residual.h and by what Ipopt reaches on the same file.
 *
 *		CO_VERBOSE=1	a line per problem that fails, 2: per problem
 *		CO_SECONDS=20	time limit of a problem
 *		CO_ONLY=name	that problem alone
 *
 *-------------------------------------------------------------------------
 */
#define _GNU_SOURCE
#include "check.h"

#include <stdlib.h>

#include "data.h"
#include "host.h"
#include "nlcheck.h"
#include "nlread.h"

#define SECONDS			20.0
#define LEAST_PERCENT	97		/* of those with a value to be reached */
#define SIDES_MOVED		1e-8

typedef struct KnownOpen		/* what does not come out, and why */
{
	const char *name,
			   *reason;
} KnownOpen;

static const KnownOpen known_open[] = {
	{"ampl_cute/djtl.nl", "if-then-else"},
	{"motion_planner/BouncePosture.nl", "defined variables grow too long"},
	{"ampl_cute/fletcher.nl", "another local minimizer, a verified KKT point"},
	{"ampl_cute/haldmads.nl", "another local minimizer, a verified KKT point"},
	{"ampl_cute/cresc100.nl", "the iteration limit; Ipopt ends at a local infeasibility"},
	{"ampl_cute/launch.nl", "no feasible point is found, nor by Ipopt"},
	{NULL, NULL}
};

/* The least sum of squares that is published is not 0. */
static const char *const inconsistent[] = {"ampl_cute/argauss.nl", NULL};

typedef struct Line				/* of problems.tsv */
{
	char		file[128];
	int			n,
				m;
	double		f;				/* what Ipopt reaches; NaN: it does not */
} Line;

static const char *
open_reason(const char *name)
{
	for (const KnownOpen *k = known_open; k->name; k++)
		if (strcmp(k->name, name) == 0)
			return k->reason;
	return NULL;
}

/* file n m nobj f f_other exit iterations, separated by tabs */
static bool
read_line(FILE *in, Line *out)
{
	char		text[512],
				exit_text[128] = "",
				f[40] = "";

	if (!fgets(text, sizeof text, in))
		return false;
	if (sscanf(text, "%127[^\t]\t%d\t%d\t%*[^\t]\t%39[^\t]\t%*[^\t]\t%127[^\t]", out->file,
			   &out->n, &out->m, f, exit_text) != 5)
		out->file[0] = '\0';
	out->f = strncmp(exit_text, "Optimal", 7) == 0 ? atof(f) : NAN;
	return true;
}

static bool
is_inconsistent(const char *name)
{
	for (int k = 0; inconsistent[k]; k++)
		if (strcmp(inconsistent[k], name) == 0)
			return true;
	return false;
}

/*
 * Ipopt moves the sides of inequalities out by SIDES_MOVED max(1, |side|)
 * [WB06, section 3.5] and its objective is of that problem: what this is worth
 * by the multipliers of a verified KKT point.
 */
static double
worth_of_moved_sides(int n, const double *multiplier, const double *lower, const double *upper)
{
	double		sum = 0.0;

	for (int k = 0; k < n; k++)
	{
		double		side = multiplier[k] > 0.0 ? upper[k] : lower[k];

		if (lower[k] < upper[k] && isfinite(side))
			sum += fabs(multiplier[k]) * SIDES_MOVED * fmax(1.0, fabs(side));
	}
	return sum;
}

static bool
is_right(CoArena *arena, const Line *line, NlpProblem *problem, const CoNlp *nlp,
		 const CoSolution *sol)
{
	double		worth = worth_of_moved_sides(nlp->m, sol->point.y, nlp->cl, nlp->cu) +
		worth_of_moved_sides(nlp->n, sol->point.z, nlp->xl, nlp->xu);

	if (is_inconsistent(line->file))
		return sol->status == CO_LOCALLY_INFEASIBLE;
	problem->f_from_start = line->f + (problem->maximize ? -worth : worth);
	return nlcheck_is_right(arena, problem, nlp, sol);
}

static bool
solve(const Line *line, NlpProblem *problem)
{
	CoNlpStart	start = {0};
	TestHost	host;
	CoArena		arena;
	CoOptions	options;
	CoSolution	sol;
	CoModel		model;
	CoError		error;
	CoRc		rc;
	bool		right = false;
	const char *verbose = getenv("CO_VERBOSE");

	test_host_init(&host);
	co_arena_init(&arena, &host.env, SIZE_MAX);
	co_options_default(&options);
	options.time_limit = getenv("CO_SECONDS") ? atof(getenv("CO_SECONDS")) : SECONDS;
	rc = nlp_model(&arena, problem, &model, &error);
	CHECK_INT(rc, CO_OK);
	if (rc)
		printf("  %s: %s\n", line->file, error.message);
	else
	{
		CHECK_INT(model.nlp.n, line->n);
		CHECK_INT(model.nlp.m, line->m);
		start.x = model.start;
		CHECK_INT(co_nlp_solve(&arena, &model.nlp, &options, &start, &sol), CO_OK);
		right = is_right(&arena, line, problem, &model.nlp, &sol);
		if (verbose && (!right || atoi(verbose) > 1))
			nlcheck_print(problem, &model.nlp, &sol, right);
	}
	co_arena_free(&arena);
	CHECK_INT(host.live, 0);
	return right;
}

static bool
run_file(const Line *line)
{
	char		path[700];
	NlpProblem	problem;
	const char *why,
			   *reason;
	NlFile	   *file;
	bool		right;

	snprintf(path, sizeof path, "%s/nl/%s", data_folder(), line->file);
	file = nl_open(path, &problem, &why);
	if (!file)
	{
		reason = open_reason(line->file);
		CHECK(reason != NULL && strcmp(reason, why) == 0);
		printf("  %s is not read: %s\n", line->file, why);
		return false;
	}
	right = solve(line, &problem);
	reason = open_reason(line->file);
	if (right == (reason != NULL))
		printf("  %s: %s\n", line->file, right ? "is right, and on the list of those that are not" : "is wrong");
	CHECK(right == (reason == NULL));
	nl_close(file);
	return right;
}

static void
test_nl(void)
{
	char		path[700];
	FILE	   *list;
	Line		line;
	int			n = 0,
				right = 0,
				unknown = 0;
	bool		is_right_now;

	snprintf(path, sizeof path, "%s/nl/problems.tsv", data_folder());
	list = fopen(path, "r");
	if (!list)
		SKIP("the data are not here");
	while (read_line(list, &line))
	{
		if (!line.file[0] || (getenv("CO_ONLY") && !strstr(line.file, getenv("CO_ONLY"))))
			continue;
		n++;
		is_right_now = run_file(&line);
		right += is_right_now;
		unknown += !is_right_now && isnan(line.f);
	}
	fclose(list);
	printf("# nl: %d of %d, %d of the others without a known value\n", right, n, unknown);
	CHECK(100 * right >= LEAST_PERCENT * (n - unknown));
	CHECK(n >= 161 || getenv("CO_ONLY"));
}

CHECK_MAIN(TEST(test_nl))
