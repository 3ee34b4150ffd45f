/*-------------------------------------------------------------------------
 *
 * t_qp_weather.c
 *	  What the host may do to a solve: no memory, a cancel, a deadline, limits;
 *	  and how soon a cancel is seen in large problems.
 *
 *-------------------------------------------------------------------------
 */
#include "plant.h"

/* Seconds a cancel may take to be seen, dense and sparse. */
#define GAP_ALLOWED	0.050		/* of CPU time; 20 ms are found on an idle machine */

#define QUICK_SIZE	4			/* CO_QUICK: sizes divided by */

/* Of the moments at which something happens: all, or one in so many. */
#define STEP		(test_quick() > 1 ? 7 : 1)

/* A problem of each path and ending: small, dense, sparse, infeasible, unbounded, nonconvex. */
#define N_KINDS	6
#define SHARED	65536			/* of base/arena.c: the largest shared block */

static Model
make_kind(int which)
{
	static const PlantKind kinds[N_KINDS] = {
		{8, 5, 1.0, 4, 0.0, 0.5}, {70, 20, 1.0, 30, 0.5, 0.5}, {150, 100, 0.02, 0, 0.0, 0.5},
		{12, 8, 0.5, 3, 0.0, 0.5}, {12, 8, 0.5, 3, 0.0, 0.5}, {9, 4, 1.0, 4, 0.0, 0.5}
	};
	TestRandom	random = {(uint64_t) which + 3};
	PlantPoint	at;
	Model		model;

	if (which == 3)
		return plant_infeasible(&random, &kinds[which], 0.1);
	if (which == 4)
		return plant_unbounded(&random, &kinds[which]);
	model = plant_feasible(&random, &kinds[which], &at);
	plant_point_end(&at);
	if (which == 5)
		model_p(&model, 0, 0, -1000.0);
	return model;
}

static const CoStatus kind_status[N_KINDS] = {CO_OPTIMAL, CO_OPTIMAL, CO_OPTIMAL, CO_INFEASIBLE, CO_UNBOUNDED, CO_FAILED};
static const CoRc kind_rc[N_KINDS] = {CO_OK, CO_OK, CO_OK, CO_OK, CO_OK, CO_NOT_CONVEX};

/* In the clear, to know what is being disturbed. */
static void
run_clear(const Model *model, int which, bool presolve, long *n_alloc, long *n_poll)
{
	Solved		s;

	solved_begin(&s, model);
	s.options.presolve = presolve;
	*n_alloc = s.host.n_alloc;
	s.host.cancel_at = 1000000000;
	s.rc = co_qp_solve(&s.arena, &s.qp, &s.options, NULL, &s.sol);
	CHECK_INT(s.rc, kind_rc[which]);
	if (!s.rc)
		CHECK_STR(co_status_word(s.sol.status), co_status_word(kind_status[which]));
	*n_alloc = s.host.n_alloc - *n_alloc;
	*n_poll = s.host.n_poll;
	check_answer(&s);
	solved_end(&s);
}

static void
test_every_allocation_fails(void)
{
	long		total = 0;

	for (int which = 0; which < N_KINDS; which++)
		for (int presolve = 0; presolve < 2; presolve++)
		{
			Model		model = make_kind(which);
			long		n_alloc,
						n_poll;

			run_clear(&model, which, presolve, &n_alloc, &n_poll);
			total += n_alloc;
			for (long k = 0; k < n_alloc; k += STEP)
			{
				Solved		s;

				solved_begin(&s, &model);
				s.options.presolve = presolve;
				s.host.fail_at = s.host.n_alloc + k;
				solved_run(&s);
				CHECK_INT(s.rc, CO_NO_MEMORY);
				solved_end(&s);
			}
			model_end(&model);
		}
	CHECK(total > 2 * N_KINDS);
}

static void
test_cancel_at_every_poll(void)
{
	for (int which = 0; which < N_KINDS; which++)
		for (int presolve = 0; presolve < 2; presolve++)
		{
			Model		model = make_kind(which);
			long		n_alloc,
						n_poll;

			run_clear(&model, which, presolve, &n_alloc, &n_poll);
			for (long k = 0; k < n_poll; k += STEP)
			{
				Solved		s;

				solved_begin(&s, &model);
				s.options.presolve = presolve;
				s.host.cancel_at = k;
				s.host.n_poll = 0;
				solved_run(&s);
				CHECK_INT(s.rc, CO_CANCELED);
				CHECK_INT(s.host.n_poll, k + 1);	/* it asked no more */
				solved_end(&s);
			}
			model_end(&model);
		}
}

/* A time limit is a status, at once or in the middle. */
static void
test_time_limit(void)
{
	static const double limits[] = {0.0, 1e-9, 1e-6, 1e-5, 1e-4, 1e-3};

	for (int which = 0; which < N_KINDS; which++)
		for (int l = 0; l < 6; l++)
		{
			Model		model = make_kind(which);
			Solved		s;

			solved_begin(&s, &model);
			s.options.time_limit = limits[l];
			solved_run(&s);
			CHECK(s.rc == CO_OK || s.rc == kind_rc[which]);
			if (s.rc == CO_OK && s.sol.status != kind_status[which])
				CHECK_STR(co_termination_word(s.sol.termination), "time_limit");
			if (l < 2 && s.rc == CO_OK && s.sol.path != CO_KKT_NONE)
				CHECK_STR(co_termination_word(s.sol.termination), "time_limit");
			CHECK(!(s.arena.deadline < INFINITY));
			solved_end(&s);
			model_end(&model);
		}
}

/* A clock that jumps behind the deadline at the k-th look. */
static long looks_left;

static double
jumping_clock(void *self)
{
	(void) self;
	return looks_left-- > 0 ? 0.0 : 10.0;
}

/* The time is up at any look at the clock: what is said then is true. */
static void
test_every_look_is_too_late(void)
{
	for (int which = 0; which < N_KINDS; which++)
		for (int presolve = 0; presolve < 2; presolve++)
		{
			Model		model = make_kind(which);
			bool		late = true;

			for (long k = 1; late; k++)
			{
				Solved		s;

				solved_begin(&s, &model);
				s.options.presolve = presolve;
				s.options.time_limit = 1.0;
				s.host.env.now = jumping_clock;
				looks_left = k;
				solved_run(&s);
				late = looks_left < 0;
				CHECK(s.rc == CO_OK || s.rc == kind_rc[which]);
				if (!s.rc && (s.sol.status == CO_FEASIBLE || s.sol.status == CO_ACCEPTABLE))
					check_point_feasible(&s);
				solved_end(&s);
			}
			model_end(&model);
		}
}

static void
test_iteration_limit(void)
{
	for (int limit = 0; limit < 2; limit++)
		for (int which = 0; which < 3; which++)
		{
			Model		model = make_kind(which);
			Solved		s;

			solved_begin(&s, &model);
			s.options.max_iterations = limit;
			s.options.presolve = false;
			s.options.polish = false;
			solved_run(&s);
			CHECK_INT(s.rc, CO_OK);
			CHECK_STR(co_termination_word(s.sol.termination), "nonlinear_max_steps_reached");
			CHECK(s.sol.status == CO_FAILED || s.sol.status == CO_FEASIBLE || s.sol.status == CO_ACCEPTABLE);
			CHECK_INT(s.sol.iterations, limit);
			solved_end(&s);
			model_end(&model);
		}
}

/*
 * Any limit below what is needed is refused; any above is not, up to the rest
 * of a block small pieces share, which a prediction cannot know.
 */
static void
test_memory_limit(void)
{
	for (int which = 0; which < N_KINDS; which++)
	{
		Model		model = make_kind(which);
		Solved		s;
		size_t		data,
					peak;

		solved_begin(&s, &model);
		data = s.arena.peak = s.arena.used;
		s.rc = co_qp_solve(&s.arena, &s.qp, &s.options, NULL, &s.sol);
		peak = s.arena.peak;
		solved_end(&s);
		for (int k = 0; k <= 40; k++)
		{
			size_t		limit = data + (peak - data) * (size_t) k / 40 + (k == 40 ? SHARED : 0);

			solved_begin(&s, &model);
			s.arena.limit = limit;
			s.arena.peak = s.arena.used;
			s.rc = co_qp_solve(&s.arena, &s.qp, &s.options, NULL, &s.sol);
			if (k < 40)
				CHECK_INT(s.rc, CO_MEMORY_EXCEEDED);
			else
				CHECK_INT(s.rc, kind_rc[which]);
			if (s.rc == CO_MEMORY_EXCEEDED)
				CHECK(s.arena.wanted > limit);
			CHECK(s.arena.peak <= limit);
			solved_end(&s);
		}
		model_end(&model);
	}
}

static void
check_same_bits(int n, const double *a, const double *b)
{
	CHECK(n == 0 || memcmp(a, b, (size_t) n * sizeof(double)) == 0);
}

static void
test_same_bits_twice(void)
{
	for (int which = 0; which < N_KINDS - 1; which++)
	{
		Model		model = make_kind(which);
		Solved		s[2];

		for (int k = 0; k < 2; k++)
			solve_model(&s[k], &model);
		CHECK_INT(s[0].sol.status, s[1].sol.status);
		CHECK_INT(s[0].sol.iterations, s[1].sol.iterations);
		check_same_bits(model.n, s[0].sol.point.x, s[1].sol.point.x);
		check_same_bits(model.m, s[0].sol.point.y, s[1].sol.point.y);
		check_same_bits(model.n, s[0].sol.point.z, s[1].sol.point.z);
		if (s[0].sol.ray)
			check_same_bits(model.n, s[0].sol.ray, s[1].sol.ray);
		for (int k = 0; k < 2; k++)
			solved_end(&s[k]);
		model_end(&model);
	}
}

/*
 * Run for so many seconds, or to the end, and report the longest time without
 * a poll.  Three tries: a loaded machine may hold the process up.
 */
static void
check_gap(const Model *model, double seconds, double allowed, const char *what)
{
	double		gap = INFINITY;

	for (int attempt = 0; attempt < 3 && gap > allowed; attempt++)
	{
		Solved		s;
		double		end;

		solved_begin(&s, model);
		s.options.time_limit = seconds;
		s.host.last_poll = test_cpu_time();
		s.host.longest_gap = 0.0;
		s.rc = co_qp_solve(&s.arena, &s.qp, &s.options, NULL, &s.sol);
		end = test_cpu_time();
		CHECK_INT(s.rc, CO_OK);
		s.host.longest_gap = fmax(s.host.longest_gap, end - s.host.last_poll);
		gap = fmin(gap, s.host.longest_gap);
		if (getenv("CO_VERBOSE"))
			printf("  %s: %s, %d iterations, %.2f s, longest gap %.3f s\n", what,
				   co_status_word(s.sol.status), s.sol.iterations, s.sol.time_total,
				   s.host.longest_gap);
		solved_end(&s);
	}
	if (test_is_timed())
		CHECK(gap <= allowed);
}

static void
test_gap_dense(void)
{
	int			n = test_quick() ? 4000 / QUICK_SIZE / QUICK_SIZE : 4000;
	Model		model = model_begin(n, 1);

	if (!test_blas())
		SKIP("no OpenBLAS");
	for (int j = 0; j < n; j++)
	{
		model_bounds(&model, j, 0.0, 0.01 + 1.0 / n);
		model.c[j] = cos(j);
		model_a(&model, 0, j, 1.0);
		for (int i = j; i < n; i++)
			model_p(&model, i, j, (i == j ? 1.0 : 0.0) + sin(i) * sin(j) + 0.5 * cos(2 * i) * cos(2 * j));
	}
	model_row(&model, 0, 1.0, 1.0);
	check_gap(&model, 6.0, GAP_ALLOWED, "dense 4000");
	model_end(&model);
}

/* The obstacle problem on a grid: Laplacian P, bounds, no rows; and flows as rows of an LP. */
static void
test_gap_sparse_qp(void)
{
	int			side = test_quick() ? 200 / QUICK_SIZE : 200;
	Model		model = model_begin(side * side, 0);

	for (int k = 0; k < side * side; k++)
	{
		model.c[k] = -1.0 / side;
		model_bounds(&model, k, -INFINITY, 0.1 * side * (1.0 + sin(0.1 * k)));
		model_p(&model, k, k, 4.0);
		if (k % side)
			model_p(&model, k, k - 1, -1.0);
		if (k >= side)
			model_p(&model, k, k - side, -1.0);
	}
	check_gap(&model, 10.0, GAP_ALLOWED, "obstacle 200 x 200");
	model_end(&model);
}

static void
test_gap_sparse_lp(void)
{
	int			side = test_quick() ? 200 / QUICK_SIZE : 200,
				nodes = side * side;
	TestRandom	random = {77};
	Model		model = model_begin(2 * nodes, nodes);

	/* arcs right and down from every node, on a torus; supplies add up to 0 */
	for (int k = 0; k < nodes; k++)
	{
		int			right = k / side * side + (k + 1) % side,
					down = (k + side) % nodes;
		double		supply = k < nodes / 2 ? 1.0 : -1.0;

		model_row(&model, k, supply, supply);
		model_a(&model, k, 2 * k, 1.0);
		model_a(&model, right, 2 * k, -1.0);
		model_a(&model, k, 2 * k + 1, 1.0);
		model_a(&model, down, 2 * k + 1, -1.0);
		model.c[2 * k] = 1.0 + test_uniform(&random);
		model.c[2 * k + 1] = 1.0 + test_uniform(&random);
		model_bounds(&model, 2 * k, 0.0, 2.0 * nodes);
	}
	check_gap(&model, 15.0, GAP_ALLOWED, "flow 200 x 200");
	model_end(&model);
}

/*
 * Half a million rows and columns: not solved, but every phase before the first
 * steps, and these, must let the host in.  Assets on factors: a million entries
 * in few full rows.
 */
static void
test_gap_large_chain(void)
{
	int			n = test_quick() ? 5000 : 250000;
	Model		model = model_begin(n, n - 2);

	for (int j = 0; j < n; j++)
	{
		model_p(&model, j, j, 1.0);
		model.c[j] = -sin(1e-4 * j) - 0.1 * cos(j);
		model_bounds(&model, j, -INFINITY, INFINITY);
	}
	for (int i = 0; i < n - 2; i++)
	{
		model_a(&model, i, i, 1.0);
		model_a(&model, i, i + 1, -2.0);
		model_a(&model, i, i + 2, 1.0);
		model_row(&model, i, 0.0, INFINITY);
	}
	check_gap(&model, 3.0, GAP_ALLOWED, "chain 250000");
	model_end(&model);
}

static void
test_gap_factor_model(void)
{
	int			n = test_quick() ? 500 : 20000,
				n_factor = 50;
	TestRandom	random = {78};
	Model		model = model_begin(n + n_factor, n_factor + 1);

	for (int j = 0; j < n; j++)
	{
		model.c[j] = -0.1 * test_uniform(&random);
		model_bounds(&model, j, 0.0, 0.01);
		model_p(&model, j, j, 0.01 + test_uniform(&random));
		model_a(&model, n_factor, j, 1.0);
		for (int k = 0; k < n_factor; k++)
			model_a(&model, k, j, 0.1 * test_normal(&random));
	}
	for (int k = 0; k < n_factor; k++)
	{
		model_bounds(&model, n + k, -INFINITY, INFINITY);
		model_p(&model, n + k, n + k, 1.0);
		model_a(&model, k, n + k, -1.0);
		model_row(&model, k, 0.0, 0.0);
	}
	model_row(&model, n_factor, 1.0, 1.0);
	check_gap(&model, 5.0, GAP_ALLOWED, "factor model 20000 x 50");
	model_end(&model);
}

CHECK_MAIN(TEST(test_every_allocation_fails), TEST(test_cancel_at_every_poll), TEST(test_time_limit), TEST(test_every_look_is_too_late),
		   TEST(test_iteration_limit), TEST(test_memory_limit), TEST(test_same_bits_twice),
		   TEST(test_gap_dense), TEST(test_gap_sparse_qp), TEST(test_gap_sparse_lp),
		   TEST(test_gap_large_chain), TEST(test_gap_factor_model))
