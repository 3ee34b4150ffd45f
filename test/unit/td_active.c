/*-------------------------------------------------------------------------
 *
 * td_active.c
 *	  The active-set solver over the QP set: cold, judged by nlp/residual.h
 *	  and by the known optima, and along sequences of perturbed problems.
 *	  CO_VERBOSE=1 prints a line per problem, CO_ONLY=name runs one.
 *
 *-------------------------------------------------------------------------
 */
#include "check.h"

#include <stdlib.h>

#include "base/vec.h"
#include "data.h"
#include "host.h"
#include "solver/active.h"

#define OBJECTIVE_TOLERANCE 1e-6
#define TIME_LIMIT		60.0	/* seconds for a problem */
#define WANTED			84		/* of the 97 */

/* Sequences: steps, size of a perturbation, largest problem, pivots against cold ones. */
#define STEPS			20
#define PERTURBATION	0.03
#define LARGEST			1500
#define WARM_PART		0.15
#define MOST_PROBLEMS	97

static const char *const size_class[] = {"small", "medium", "large"};

typedef struct Tally
{
	int			n,
				right;
	int			n_ratio;
	double		ratio[MOST_PROBLEMS];	/* of a problem: warm pivots of the
										 * median step over cold ones */
	int			n_steps,
				right_steps;
} Tally;

typedef void (*RunProblem) (CoArena *arena, const DataProblem *problem, Tally *tally);

static void
run_set(RunProblem run, Tally *tally)
{
	const char *only = getenv("CO_ONLY"),
			   *class_only = getenv("CO_CLASS");

	for (int k = 0; k < 3; k++)
	{
		DataSet    *data = data_open("maros_meszaros_qp", size_class[k]);
		bool		more = data != NULL;
		TestHost	host;

		test_host_init(&host);
		while (more)
		{
			CoArena		arena;
			DataProblem problem;

			co_arena_init(&arena, &host.env, SIZE_MAX);
			more = data_next(data, &arena, &problem);
			if (more && (!only || strcmp(only, problem.name) == 0) &&
				(!class_only || strcmp(class_only, size_class[k]) == 0))
				run(&arena, &problem, tally);
			co_arena_free(&arena);
		}
		if (data)
			data_close(data);
	}
}

static CoOptions
test_options(void)
{
	CoOptions	options;

	co_options_default(&options);
	options.time_limit = TIME_LIMIT;
	if (getenv("CO_NO_PRESOLVE"))
		options.presolve = false;
	return options;
}

static void
run_cold(CoArena *arena, const DataProblem *problem, Tally *tally)
{
	CoOptions	options = test_options();
	CoSolution	sol = {0};
	CoRc		rc = co_active_qp_solve(arena, &problem->qp, &options, NULL, NULL, &sol);
	double		f = sol.residual.objective;
	bool		right = rc == CO_OK && sol.status == CO_OPTIMAL &&
		(!problem->convex || fabs(f - problem->fopt) <= OBJECTIVE_TOLERANCE * fmax(1.0, fabs(problem->fopt)));

	tally->n++;
	tally->right += right;
	if (!right || getenv("CO_VERBOSE"))
		printf("%s %-10s n %6d m %6d  %-10s pivots %6d fac %4d  f %.9e want %.9e  p %.1e d %.1e g %.1e  %.2fs\n",
			   right ? " " : "*", problem->name, problem->qp.n, problem->qp.m,
			   rc ? co_rc_word(rc) : co_status_word(sol.status), sol.iterations, sol.factorizations,
			   f, problem->fopt, sol.residual.primal, sol.residual.dual, sol.residual.gap, sol.time_total);
	fflush(stdout);
}

static void
test_cold(void)
{
	Tally		tally = {0};

	run_set(run_cold, &tally);
	if (tally.n == 0)
		SKIP("no data");
	printf("  maros_meszaros by active sets: %d of %d\n", tally.right, tally.n);
	CHECK(tally.right >= (tally.n < MOST_PROBLEMS ? tally.n * WANTED / MOST_PROBLEMS : WANTED));
}

/* Sides that move with a point inside; what is 0 or infinite stays. */
static void
move_sides(int n, const double *lower, const double *upper, const double *shift, double *to_lower, double *to_upper)
{
	for (int i = 0; i < n; i++)
	{
		to_lower[i] = lower[i] == 0.0 && upper[i] > 0.0 ? 0.0 : lower[i] + shift[i];
		to_upper[i] = upper[i] == 0.0 && lower[i] < 0.0 ? 0.0 : upper[i] + shift[i];
	}
}

/*
 * Costs, bounds and sides of base times 1 +- PERTURBATION, such that x, its
 * entries changed likewise, stays feasible.
 */
static void
perturb(TestRandom *random, const CoQp *base, const double *x, double *work, CoQp *qp)
{
	double	   *dx = work,
			   *dax = work + base->n;

	co_fill(base->m, 0.0, dax);
	for (int j = 0; j < base->n; j++)
	{
		dx[j] = PERTURBATION * (2.0 * test_uniform(random) - 1.0) * x[j];
		qp->c[j] = base->c[j] * (1.0 + PERTURBATION * (2.0 * test_uniform(random) - 1.0));
	}
	co_csc_mul_add(&base->a, 1.0, dx, dax);
	for (int i = 0; i < base->m; i++)
	{
		qp->cl[i] = base->cl[i] + dax[i];
		qp->cu[i] = base->cu[i] + dax[i];
	}
	move_sides(base->n, base->xl, base->xu, dx, qp->xl, qp->xu);
}

static int
compare_doubles(const void *a, const void *b)
{
	double		x = *(const double *) a,
				y = *(const double *) b;

	return (x > y) - (x < y);
}

static double
median(int n, double *v)
{
	qsort(v, (size_t) n, sizeof *v, compare_doubles);
	return n % 2 ? v[n / 2] : 0.5 * (v[n / 2 - 1] + v[n / 2]);
}

/* A step warm and the same cold: the objectives agree.  Pivots of both. */
static bool
run_step(CoArena *arena, const CoQp *qp, CoActiveSet *set, CoSolution *warm, CoSolution *cold)
{
	CoOptions	options = test_options();
	CoQpPoint	start = warm->point;
	CoRc		rc;

	options.presolve = false;
	rc = co_active_qp_solve(arena, qp, &options, &start, set, warm);
	if (!rc)
		rc = co_active_qp_solve(arena, qp, &options, NULL, NULL, cold);
	return !rc && warm->status == CO_OPTIMAL && cold->status == CO_OPTIMAL &&
		fabs(warm->residual.objective - cold->residual.objective) <=
		10.0 * OBJECTIVE_TOLERANCE * fmax(1.0, fabs(cold->residual.objective));
}

static void
run_sequence(CoArena *arena, const DataProblem *problem, Tally *tally)
{
	const CoQp *base = &problem->qp;
	size_t		n = (size_t) base->n,
				m = (size_t) base->m;
	TestRandom	random = {77};
	CoOptions	options = test_options();
	CoActiveSet set = {co_take_zero(arena, m, 1), co_take_zero(arena, n, 1)};
	CoQp		qp = *base;
	CoSolution	first,
				warm,
				cold;
	double	   *work = co_take_doubles(arena, n + m),
				warm_pivots[STEPS],
				cold_pivots[STEPS];
	int			right = 0;

	if (base->n + base->m > LARGEST || !problem->convex)
		return;
	qp.c = co_take_doubles(arena, n);
	qp.xl = co_take_doubles(arena, n);
	qp.xu = co_take_doubles(arena, n);
	qp.cl = co_take_doubles(arena, m);
	qp.cu = co_take_doubles(arena, m);
	options.presolve = false;
	CHECK_INT(co_active_qp_solve(arena, base, &options, NULL, &set, &first), CO_OK);
	warm = first;
	for (int k = 0; k < STEPS; k++)
	{
		perturb(&random, base, first.point.x, work, &qp);
		right += run_step(arena, &qp, &set, &warm, &cold);
		warm_pivots[k] = warm.iterations;
		cold_pivots[k] = cold.iterations;
	}
	tally->n_steps += STEPS;
	tally->right_steps += right;
	if (median(STEPS, cold_pivots) > 0.0)
		tally->ratio[tally->n_ratio++] = median(STEPS, warm_pivots) / median(STEPS, cold_pivots);
	if (right < STEPS || getenv("CO_VERBOSE"))
		printf("%s %-10s %d of %d steps, pivots in the median: cold %.1f, warm %.1f\n", right == STEPS ? " " : "*",
			   problem->name, right, STEPS, median(STEPS, cold_pivots), median(STEPS, warm_pivots));
	fflush(stdout);
}

static void
test_sequences(void)
{
	Tally		tally = {0};
	double		part;

	run_set(run_sequence, &tally);
	if (tally.n_ratio == 0)
		SKIP("no data");
	part = median(tally.n_ratio, tally.ratio);
	printf("  sequences: %d of %d steps right; %.1f %% of the cold pivots in the median of %d problems\n",
		   tally.right_steps, tally.n_steps, 100.0 * part, tally.n_ratio);
	CHECK(part <= WARM_PART);
	CHECK(tally.right_steps >= 0.97 * tally.n_steps);
}

CHECK_MAIN(TEST(test_cold), TEST(test_sequences))
