/*-------------------------------------------------------------------------
 *
 * td_methods.c
 *	  Every method over the literature, without another one to fall back on:
 *	  how many problems end at a verified KKT point whose objective is the best
 *	  known from the standard start, and where methods disagree.
 *
 *		CO_VERBOSE=1	a line per problem that fails, 2: per problem
 *		CO_SECONDS=20	time limit of a problem
 *		CO_ONLY=name	that problem alone, with its iterations
 *		CO_TABLE=file	append "set problem method status objective iterations
 *						evaluations factorizations seconds" for every solve
 *
 *-------------------------------------------------------------------------
 */
#include "check.h"

#include <stdlib.h>

#include "host.h"
#include "nlcheck.h"

#define OBJECTIVE_TOLERANCE 1e-6
#define KKT_TOLERANCE	1e-6
#define SECONDS			20.0

typedef struct Variant			/* a method, with or without second derivatives */
{
	const char *label,
			   *word;
	bool		exact;
} Variant;

typedef struct Tally
{
	int			n,
				right,
				best;			/* right, and at fopt itself */
	long		iterations,
				evaluations;
	double		seconds;
} Tally;

/*
 * Where methods disagree: other KKT points of HS that some of them end at.
 * Without second derivatives nothing tells a saddle from a minimum.
 */
static const struct
{
	const char *name;
	double		value;
	const char *what;
}			elsewhere[] =

{
	{"hs016", 23.1446609, "a local minimum"},
	{"hs033", -4.0, "a local minimum"},
	{"hs037", 0.0, "no minimum: without second derivatives"},
	{"hs045", 2.0, "a local minimum"},
	{"hs046", 0.0210889286, "no minimum: without second derivatives"},
	{"hs059", -6.7495052737, "a local minimum"},
	{"hs097", 4.0712463715, "a local minimum"},
	{"hs105", 1136.3609837, "a local minimum"},
	{"hs105", 1151.3963090, "a local minimum"},
	{"hs105", 1149.3578852, "a local minimum"},
	{"hs105", 1211.6596362, "a local minimum: a corner of the bounds"},
	{"hs116", 97.5910346638, "a local minimum"},
};

static double
seconds_each(void)
{
	return getenv("CO_SECONDS") ? atof(getenv("CO_SECONDS")) : SECONDS;
}

static int
verbosity(void)
{
	return getenv("CO_VERBOSE") ? atoi(getenv("CO_VERBOSE")) : 0;
}

static bool
reaches(const NlpProblem *problem, const CoSolution *sol, double value)
{
	double		want = problem->maximize ? -value : value;

	return isnan(want) ||
		sol->residual.objective <= want + OBJECTIVE_TOLERANCE * fmax(1.0, fabs(want));
}

static void
print_line(const Variant *how, const NlpProblem *problem, const CoNlp *nlp,
		   const CoSolution *sol, bool right)
{
	if (verbosity() < (right ? 2 : 1))
		return;
	printf("%-18s ", how->label);
	nlcheck_print(problem, nlp, sol, right);
}

static void
write_table(const char *set, const Variant *how, const NlpProblem *problem, const CoSolution *sol)
{
	FILE	   *table = getenv("CO_TABLE") ? fopen(getenv("CO_TABLE"), "a") : NULL;

	if (!table)
		return;
	fprintf(table, "%s\t%s\t%s\t%s\t%.12g\t%d\t%d\t%d\t%.6f\n", set, problem->name, how->label,
			co_status_word(sol->status), sol->residual.objective, sol->iterations,
			sol->evaluations.objective, sol->factorizations, sol->time_total);
	fclose(table);
}

/* As near as the digits of the reference. */
static bool
is_near(double f, double reference)
{
	return fabs(f - reference) <= 1e-5 * fmax(1.0, fabs(reference));
}

/* An `optimal` of HS is one of the values that are known. */
static void
check_value(const Variant *how, const NlpProblem *problem, const CoSolution *sol)
{
	double		f = problem->maximize ? -sol->residual.objective : sol->residual.objective;
	bool		known = is_near(f, problem->fopt) || is_near(f, problem->f_from_start);

	for (size_t k = 0; k < sizeof elsewhere / sizeof *elsewhere && !known; k++)
		known = strcmp(elsewhere[k].name, problem->name) == 0 && is_near(f, elsewhere[k].value);
	CHECK(known);
	if (!known)
		printf("  ... %s by %s: %.12g, known %.12g\n", problem->name, how->label, f, problem->fopt);
}

static void
count(Tally *tally, const NlpProblem *problem, const CoSolution *sol, bool verified, bool right)
{
	tally->n++;
	tally->right += right;
	tally->best += verified && reaches(problem, sol, problem->fopt);
	tally->iterations += sol->iterations;
	tally->evaluations += sol->evaluations.objective;
	tally->seconds += sol->time_total;
}

static void
run_problem(const char *set, const Variant *how, const NlpProblem *problem, Tally *tally)
{
	const CoNlpMethod *method = co_nlp_find_method(how->word);
	CoNlpStart	start = {0};
	TestHost	host;
	CoArena		arena;
	CoOptions	options;
	CoSolution	sol;
	CoModel		model;
	CoError		error;
	bool		verified,
				right;

	test_host_init(&host);
	co_arena_init(&arena, &host.env, SIZE_MAX);
	co_options_default(&options);
	options.time_limit = seconds_each();
	options.fallback = false;
	options.exact_hessian = how->exact;
	CHECK_INT(nlp_model(&arena, problem, &model, &error), CO_OK);
	start.x = model.start;
	if (co_nlp_method_takes(method, &model.nlp))
	{
		CHECK_INT(co_nlp_solve_by(&arena, &model.nlp, method, &options, &start, &sol), CO_OK);
		verified = (sol.status == CO_OPTIMAL || sol.status == CO_ACCEPTABLE) &&
			nlcheck_is_within(&arena, &model.nlp, &sol, KKT_TOLERANCE);
		right = verified && (reaches(problem, &sol, problem->f_from_start) ||
							 reaches(problem, &sol, problem->fopt));
		print_line(how, problem, &model.nlp, &sol, right);
		if (getenv("CO_ONLY"))
			nlcheck_print_log(&sol);
		write_table(set, how, problem, &sol);
		count(tally, problem, &sol, verified, right);
		if (sol.status == CO_OPTIMAL && strcmp(set, "nlp_hs") == 0)
			check_value(how, problem, &sol);
	}
	co_arena_free(&arena);
	CHECK_INT(host.live, 0);
}

static void
run_tier(const char *set, const char *tier, const Variant *how, Tally *tally)
{
	NlpData    *data = nlp_open(set, tier);
	NlpProblem	problem;

	while (data && nlp_next(data, &problem))
		if (problem.text && (!getenv("CO_ONLY") || strcmp(getenv("CO_ONLY"), problem.name) == 0))
			run_problem(set, how, &problem, tally);
	if (data)
		nlp_close(data);
}

/* At least goal of as many. */
static void
run_set(const char *set, bool small_only, const Variant *how, int goal, int of)
{
	NlpData    *data = nlp_open(set, "small");
	Tally		tally = {0};

	if (!data)
		SKIP("the data are not here");
	nlp_close(data);
	if (!co_nlp_find_method(how->word))
		SKIP("the method is not here");
	run_tier(set, "small", how, &tally);
	if (!small_only)
		run_tier(set, "medium", how, &tally);
	printf("# %s, %s: %d of %d right, %d at the best known minimum; %ld iterations, %ld evaluations, %.2f s\n",
		   set, how->label, tally.right, tally.n, tally.best, tally.iterations,
		   tally.evaluations, tally.seconds);
	if (!getenv("CO_ONLY"))
		CHECK((double) tally.right * of >= (double) goal * tally.n);
}

static const Variant interior = {"interior_point", "interior_point", true};
static const Variant interior_quasi = {"interior_point/qn", "interior_point", false};
static const Variant sqp = {"sqp", "sqp", true};
static const Variant sqp_quasi = {"sqp/bfgs", "sqp", false};
static const Variant auglag = {"augmented_lagr", "augmented_lagrangian", true};
static const Variant lbfgsb = {"l_bfgs_b", "l_bfgs_b", false};
static const Variant auglag_quasi = {"augmented_lagr/qn", "augmented_lagrangian", false};

/* Of the 93, as many as goal. */
#define HS(name, variant, goal) \
	static void test_hs_ ## name(void) { run_set("nlp_hs", false, &variant, goal, 93); }

/* In percent. */
#define CUTE(name, variant, goal) \
	static void test_cute_ ## name(void) { run_set("nlp_cute", true, &variant, goal, 100); }

HS(interior, interior, 92)
HS(interior_quasi, interior_quasi, 84)
HS(sqp, sqp, 90)
HS(sqp_bfgs, sqp_quasi, 86)
HS(auglag, auglag, 87)
HS(auglag_quasi, auglag_quasi, 60)
/* of those without rows; hs045 starts at a stationary point */
HS(lbfgsb, lbfgsb, 84)
CUTE(sqp, sqp, 92)
CUTE(auglag, auglag, 88)

CHECK_MAIN(TEST(test_hs_interior), TEST(test_hs_interior_quasi), TEST(test_hs_sqp),
		   TEST(test_hs_sqp_bfgs), TEST(test_hs_auglag), TEST(test_hs_auglag_quasi), TEST(test_hs_lbfgsb),
		   TEST(test_cute_sqp), TEST(test_cute_auglag))
