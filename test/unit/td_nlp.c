/*-------------------------------------------------------------------------
 *
 * td_nlp.c
 *	  The nonlinear interior point over the literature: every answer judged by
 *	  nlp/nlp_residual.h and by what Ipopt reaches from the same start.
 *
 *		CO_VERBOSE=1	a line per problem that fails, 2: per problem
 *		CO_SECONDS=20	time limit of a problem
 *		CO_ONLY=name	that problem alone, with its iterations
 *		CO_COUNTS=file	write the counts of the HS problems there instead of
 *						comparing them with test/unit/nlp_counts.txt
 *
 *-------------------------------------------------------------------------
 */
#include "check.h"

#include <stdlib.h>

#include "host.h"
#include "nlcheck.h"

#define SECONDS			20.0
#define COUNTS_FILE		"test/unit/nlp_counts.txt"
#define MAX_PROBLEMS	600

typedef struct KnownOpen		/* what does not come out, or not at fopt, and
								 * why */
{
	const char *set,
			   *name,
			   *reason;
} KnownOpen;

static const KnownOpen known_open[] = {
	{"nlp_hs", "hs013", "no multipliers exist at the minimizer: feasible is the truth"},
	{"nlp_global", "camshape100", "reference is of sides relaxed by 1e-8: no point within them is as low"},
	{"nlp_global", "camshape200", "reference is of sides relaxed by 1e-8: no point within them is as low"},
	{"nlp_global", "camshape400", "reference is of sides relaxed by 1e-8: no point within them is as low"},
	{"nlp_global", "ex8_3_13", "another local minimizer, a verified KKT point; Ipopt's path to the digit for 20 iterations"},
	{"nlp_global", "polygon75", "another local minimizer, a verified KKT point; Ipopt 3.14 of another build ends there, too"},
	{"nlp_cute", "discs", "another local minimizer, a verified KKT point; Ipopt's path for 10 iterations, rounding from there"},
	{"nlp_cute", "kissing", "another local minimizer, a verified KKT point; Ipopt of another build ends higher"},
	{"nlp_cute", "degenlpa", "reference is of sides relaxed by 1e-8: no point within them is as low"},
	{"nlp_cute", "degenlpb", "reference is of sides relaxed by 1e-8: no point within them is as low"},
	{"nlp_cute", "snake", "reference is of sides relaxed by 1e-8: no point within them is as low"},
	{"nlp_cute", "liswet1_n500", "reference is of sides relaxed by 1e-8: no point within them is as low"},
	{"nlp_cute", "liswet2_n500", "reference is of sides relaxed by 1e-8: no point within them is as low"},
	{"nlp_cute", "liswet10_n500", "reference is of sides relaxed by 1e-8: no point within them is as low"},
	{"nlp_cute", "liswet12_n500", "reference is of sides relaxed by 1e-8: no point within them is as low"},
	{"nlp_cute", "haldmads", "another local minimizer, a verified KKT point; Ipopt of another build ends near it"},
	{"nlp_cute", "orthrege", "another local minimizer, a verified KKT point; Ipopt of another build ends there, too"},
	{"nlp_cute", "palmer5a", "f_from_start is not known: Ipopt fails, too; below fopt and falling at the iteration limit"},
	{NULL, NULL, NULL}
};

/*
 * The wanted value is f_from_start, what Ipopt reaches from the start.  Where
 * the data have none, a verified KKT point is an answer: fopt is the best from
 * any start, and may be another minimum's.  The answers above it:
 */
static const KnownOpen above_fopt[] = {
	{"nlp_misc", "casado18", "0.01765, fopt 0: a local minimizer; Ipopt ends there, too"},
	{"nlp_cute", "deconvb", "0.002569, fopt 1.9e-5: a local minimizer"},
	{NULL, NULL, NULL}
};

typedef struct Tally
{
	const char *set;
	int			n,
				right,
				open;
	int			iterations[MAX_PROBLEMS];
	double		seconds;
	bool		adaptive;		/* the update of mu; any KKT point is right */
} Tally;

/* The share that has to come out of CUTE, GLOBALLib and the small sets. */
#define SHARE			0.97

static struct
{
	int			n_sets,
				n,				/* of what is not large */
				right;
}			of_all;

static FILE *counts;			/* written, when CO_COUNTS says so */

static const char *
find_reason(const KnownOpen *k, const char *set, const char *name)
{
	for (; k->set; k++)
		if (strcmp(k->set, set) == 0 && strcmp(k->name, name) == 0)
			return k->reason;
	return NULL;
}

static double
seconds_each(void)
{
	return getenv("CO_SECONDS") ? atof(getenv("CO_SECONDS")) : SECONDS;
}

/* f_from_start or better; where there is none, any verified KKT point. */
static bool
is_answer(CoArena *arena, const NlpProblem *problem, const CoNlp *nlp, const CoSolution *sol,
		  bool any_point)
{
	if (any_point || isnan(problem->f_from_start))
		return sol->status == CO_OPTIMAL && nlcheck_is_verified(arena, nlp, sol);
	return nlcheck_is_right(arena, problem, nlp, sol);
}

/* Answers above fopt are those of the list. */
static void
compare_fopt(CoArena *arena, const char *set, const NlpProblem *problem, const CoNlp *nlp,
			 const CoSolution *sol)
{
	const char *reason = find_reason(above_fopt, set, problem->name);
	bool		below = nlcheck_is_right(arena, problem, nlp, sol);

	if (below == (reason != NULL))
		printf("  %s: %.9e, fopt %.9e\n", problem->name, sol->residual.objective,
			   nlcheck_wanted(problem));
	CHECK(below == !reason);
}

static void
print_line(const NlpProblem *problem, const CoNlp *nlp, const CoSolution *sol, bool right)
{
	if (getenv("CO_VERBOSE") && (!right || atoi(getenv("CO_VERBOSE")) > 1))
		nlcheck_print(problem, nlp, sol, right);
}

/* No iteration of a restoration is missing. */
static void
check_log(const char *name, const CoSolution *sol)
{
	int			missing = 0;

	for (int k = 1; k < sol->n_log; k++)
		missing += (sol->log[k].kind == 'r' || sol->log[k].kind == 'R') &&
			sol->log[k].iteration > sol->log[k - 1].iteration + 1;
	CHECK_INT(missing, 0);
	if (missing > 0)
		printf("  %s: the log has %d gaps\n", name, missing);
}

static void
run_problem(const NlpProblem *problem, Tally *tally)
{
	const char *reason = find_reason(known_open, tally->set, problem->name);
	CoNlpStart	start = {0};
	TestHost	host;
	CoArena		arena;
	CoOptions	options;
	CoSolution	sol;
	CoModel		model;
	CoError		error;
	bool		right;

	test_host_init(&host);
	co_arena_init(&arena, &host.env, SIZE_MAX);
	co_options_default(&options);
	options.time_limit = seconds_each();
	options.adaptive_mu = tally->adaptive;
	options.fallback = !counts; /* counts are of the interior point alone */
	CHECK_INT(nlp_model(&arena, problem, &model, &error), CO_OK);
	start.x = model.start;
	CHECK_INT(co_nlp_solve(&arena, &model.nlp, &options, &start, &sol), CO_OK);
	right = is_answer(&arena, problem, &model.nlp, &sol, tally->adaptive);
	if (right && !tally->adaptive && isnan(problem->f_from_start))
		compare_fopt(&arena, tally->set, problem, &model.nlp, &sol);
	print_line(problem, &model.nlp, &sol, right);
	check_log(problem->name, &sol);
	if (getenv("CO_ONLY"))
		nlcheck_print_log(&sol);
	if (counts)
		fprintf(counts, "%s %d %d %d\n", problem->name, sol.iterations,
				sol.evaluations.objective, sol.factorizations);
	if (tally->n < MAX_PROBLEMS)
		tally->iterations[tally->n] = sol.iterations;
	tally->n++;
	tally->right += right;
	tally->seconds += sol.time_total;
	if (!right && reason)
		tally->open++;
	else if (right && reason)
		printf("  %s is right, and on the list of those that are not\n", problem->name);
	CHECK(!(right && reason));
	co_arena_free(&arena);
	CHECK_INT(host.live, 0);
}

static void
run_tier(const char *tier, Tally *tally)
{
	NlpData    *data = nlp_open(tally->set, tier);
	NlpProblem	problem;

	while (data && nlp_next(data, &problem))
	{
		if (getenv("CO_ONLY") && strcmp(getenv("CO_ONLY"), problem.name) != 0)
			continue;
		if (problem.text)
			run_problem(&problem, tally);
	}
	if (data)
		nlp_close(data);
}

static int
by_size(const void *a, const void *b)
{
	return *(const int *) a - *(const int *) b;
}

static int
median(Tally *tally)
{
	int			n = tally->n < MAX_PROBLEMS ? tally->n : MAX_PROBLEMS;

	qsort(tally->iterations, (size_t) n, sizeof(int), by_size);
	return n > 0 ? tally->iterations[n / 2] : 0;
}

/* Everything comes out, but for what the list explains. */
static void
run_set(const char *set, Tally *tally)
{
	NlpData    *data = nlp_open(set, "small");

	tally->set = set;
	if (!data)
		SKIP("the data are not here");
	nlp_close(data);
	run_tier("small", tally);
	run_tier("medium", tally);
	if (strcmp(set, "nlp_hs") != 0)
	{
		of_all.n_sets++;
		of_all.n += tally->n;
		of_all.right += tally->right;
	}
	run_tier("large", tally);
	printf("# %s: %d of %d, %d known open; median %d iterations, %.1f s\n", set, tally->right,
		   tally->n, tally->open, median(tally), tally->seconds);
	CHECK_INT(tally->right + tally->open, tally->n);
}

/* The counts just written, line by line as they were. */
static void
compare_counts(FILE *now)
{
	FILE	   *before = fopen(COUNTS_FILE, "r");
	char		was[128],
				is[128];

	CHECK(before != NULL);
	if (!before)
		return;
	rewind(now);
	while (fgets(is, sizeof is, now))
	{
		do
		{
			if (!fgets(was, sizeof was, before))
				was[0] = '\0';
		} while (was[0] == '#');
		CHECK_STR(is, was);
	}
	CHECK(!fgets(was, sizeof was, before));
	fclose(before);
}

static void
test_hs(void)
{
	Tally		tally = {0};

	counts = getenv("CO_COUNTS") ? fopen(getenv("CO_COUNTS"), "w") : tmpfile();
	CHECK(counts != NULL);
	if (!counts)
		return;
	if (getenv("CO_COUNTS"))
		fprintf(counts, "# HS problems: iterations, evaluations of the objective, factorizations\n"
				"# CO_COUNTS=" COUNTS_FILE " build/check/td_nlp test_hs\n");
	run_set("nlp_hs", &tally);
	if (tally.n > 0 && !getenv("CO_ONLY"))
	{
		CHECK(median(&tally) <= 12);
		if (!getenv("CO_COUNTS"))
			compare_counts(counts);
	}
	fclose(counts);
	counts = NULL;
}

/* The adaptive update ends at KKT points too, in fewer iterations. */
static void
test_hs_adaptive(void)
{
	Tally		tally = {.adaptive = true};

	run_set("nlp_hs", &tally);
	if (tally.n > 0 && !getenv("CO_ONLY"))
		CHECK(median(&tally) <= 11);	/* Ipopt, monotone: 11 */
}

static void
test_cute(void)
{
	Tally		tally = {0};

	run_set("nlp_cute", &tally);
}

static void
test_misc(void)
{
	Tally		tally = {0};

	run_set("nlp_misc", &tally);
}

static void
test_global(void)
{
	Tally		tally = {0};

	run_set("nlp_global", &tally);
}

/* Of the three tests above together. */
static void
test_share(void)
{
	if (of_all.n_sets < 3 || getenv("CO_ONLY"))
		SKIP("not all of the sets were run");
	printf("# all but the large ones: %d of %d, %.2f %%\n", of_all.right, of_all.n,
		   100.0 * of_all.right / of_all.n);
	CHECK(of_all.right >= SHARE * of_all.n);
}

CHECK_MAIN(TEST(test_hs), TEST(test_hs_adaptive), TEST(test_misc), TEST(test_global), TEST(test_cute), TEST(test_share))
