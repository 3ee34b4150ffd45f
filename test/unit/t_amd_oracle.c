/*-------------------------------------------------------------------------
 *
 * t_amd_oracle.c
 *	  The fill of linalg/amd.h's order against libamd's.
 *
 * Two minimum degree orders differ by their ties, so single matrices may be
 * better or worse; on the whole they are equal.  CO_VERBOSE=1 prints a line per
 * matrix, with the times.
 *
 *-------------------------------------------------------------------------
 */
#include <suitesparse/amd.h>

#include "check.h"

#include "data.h"
#include "fill.h"
#include "linalg/order.h"
#include "matrices.h"
#include "solver/kkt.h"

#define ALLOWED_MEAN	1.03	/* geometric mean of ours / libamd's */
#define ALLOWED_WORST	1.5

typedef struct Tally
{
	int			n;
	double		log_entries,
				log_flops,
				worst,
				time_ours,
				time_theirs;
} Tally;

/* libamd's order of the same matrix: all of its lower triangle by columns. */
static void
order_by_oracle(const CoCsc *lower, int *perm)
{
	amd_order(lower->ncol, lower->start, lower->index, perm, NULL, NULL);
}

static void
compare(Tally *tally, CoArena *arena, const CoCsc *lower, const char *name)
{
	int			n = lower->ncol;
	int		   *perm = malloc(((size_t) n + 1) * sizeof(int));
	double		begin,
				ours_time,
				theirs_time,
				ratio;
	Fill		ours,
				theirs;

	begin = test_cpu_time();
	CHECK_INT(co_order_amd(arena, lower, perm), CO_OK);
	ours_time = test_cpu_time() - begin;
	CHECK(fill_is_permutation(n, perm));
	ours = fill_measure(arena, lower, perm);
	begin = test_cpu_time();
	order_by_oracle(lower, perm);
	theirs_time = test_cpu_time() - begin;
	theirs = fill_measure(arena, lower, perm);
	ratio = ours.entries / theirs.entries;
	if (getenv("CO_VERBOSE"))
		printf("  %-22s n %7d nnz %8d  L %10.0f ours/theirs %.3f flops %.3f  %7.2f ms, %.2f of theirs\n",
			   name, n, co_csc_nnz(lower), ours.entries, ratio, ours.flops / theirs.flops,
			   1e3 * ours_time, ours_time / theirs_time);
	if (!(ratio <= ALLOWED_WORST))
		printf("  %s: %.0f entries, the oracle %.0f\n", name, ours.entries, theirs.entries);
	CHECK(ratio <= ALLOWED_WORST);
	tally->n++;
	tally->log_entries += log(ratio);
	tally->log_flops += log(ours.flops / theirs.flops);
	tally->worst = fmax(tally->worst, ratio);
	tally->time_ours += ours_time;
	tally->time_theirs += theirs_time;
	free(perm);
}

static void
check_tally(const Tally *tally, const char *what)
{
	double		mean = exp(tally->log_entries / tally->n);

	printf("  %s: %d matrices, entries of L ours/libamd %.3f (worst %.2f), flops %.3f, time %.2f\n",
		   what, tally->n, mean, tally->worst, exp(tally->log_flops / tally->n),
		   tally->time_ours / tally->time_theirs);
	CHECK(mean <= ALLOWED_MEAN);
}

static void
compare_sketch(Tally *tally, Sketch sketch, const char *name)
{
	TestHost	host;
	CoArena		arena;
	CoCsc		k;

	test_host_init(&host);
	co_arena_init(&arena, &host.env, SIZE_MAX);
	for (int i = 0; i < sketch.n; i++)
		sketch_add(&sketch, i, i, 1.0);
	k = sketch_matrix(&sketch, &arena);
	compare(tally, &arena, &k, name);
	co_arena_free(&arena);
	CHECK_INT(host.live, 0);
	sketch_end(&sketch);
}

/* The structures of matrices.h in several sizes. */
static void
test_structures(void)
{
	TestRandom	random = {4711};
	Tally		tally = {0};

	for (int size = 1; size <= 4; size++)
	{
		compare_sketch(&tally, make_random(&random, 400 * size, 2), "random 2");
		compare_sketch(&tally, make_random(&random, 300 * size, 5), "random 5");
		compare_sketch(&tally, make_band(&random, 500 * size, 3 * size), "band");
		compare_sketch(&tally, make_arrow(&random, 800 * size, 5 * size), "arrow");
		compare_sketch(&tally, make_arrow(&random, 10000 * size, 20), "dense arrow");
		compare_sketch(&tally, make_blocks(&random, 20 * size, 7 * size), "blocks");
		compare_sketch(&tally, make_pde(&random, 20 * size), "pde");
		compare_sketch(&tally, make_control(&random, 30 * size, 4 * size, 2 * size), "control");
		compare_sketch(&tally, make_chain(&random, 5000 * size), "chain");
		compare_sketch(&tally, make_saddle(&random, 900 * size, 400 * size, 3, 1e-8), "saddle");
	}
	check_tally(&tally, "structures");
}

static Sketch
make_cube(int side)
{
	Sketch		s = sketch_begin(side * side * side);

	for (int k = 0; k < s.n; k++)
	{
		if (k % side)
			sketch_add(&s, k, k - 1, 1.0);
		if (k / side % side)
			sketch_add(&s, k, k - side, 1.0);
		if (k >= side * side)
			sketch_add(&s, k, k - side * side, 1.0);
	}
	return s;
}

static void
test_grids(void)
{
	TestRandom	random = {4712};
	Tally		tally = {0};

	for (int side = 25; side <= 400; side *= 2)
		compare_sketch(&tally, make_grid(&random, side, side), "grid");
	compare_sketch(&tally, make_grid(&random, 20, 5000), "long grid");
	for (int side = 6; side <= 36; side += 6)
		compare_sketch(&tally, make_cube(side), "cube");
	check_tally(&tally, "grids");
}

static void
compare_class(Tally *tally, const char *set, const char *size_class)
{
	DataSet    *data = data_open(set, size_class);
	TestHost	host;
	CoArena		arena;
	DataProblem problem;

	if (!data)
		return;
	test_host_init(&host);
	for (;;)
	{
		CoCsc		lower;

		co_arena_init(&arena, &host.env, SIZE_MAX);
		if (!data_next(data, &arena, &problem))
			break;
		CHECK_INT(co_kkt_sparse_pattern(&arena, &problem.qp, &lower), CO_OK);
		compare(tally, &arena, &lower, problem.name);
		co_arena_free(&arena);
	}
	co_arena_free(&arena);
	data_close(data);
}

/* KKT matrices of the literature. */
static void
test_sets(void)
{
	static const char *const set[] = {"maros_meszaros_qp", "netlib_lp"};
	static const char *const size_class[] = {"small", "medium", "large", "infeasible"};

	for (int s = 0; s < 2; s++)
	{
		Tally		tally = {0};

		for (int k = 0; k < 4; k++)
			compare_class(&tally, set[s], size_class[k]);
		if (tally.n == 0)
			SKIP("no data");
		check_tally(&tally, set[s]);
	}
}

CHECK_MAIN(TEST(test_structures), TEST(test_grids), TEST(test_sets))
