/*-------------------------------------------------------------------------
 *
 * t_qp_verdict.c
 *	  Problems without a solution, each of the ways there are, and P that is
 *	  not positive semidefinite.
 *
 *-------------------------------------------------------------------------
 */
#include "model.h"

/* Sides and costs times each of these: a verdict has no unit. */
static const double sizes[] = {1.0, 1e-8, 1e8};

#define N_SIZES	3

static void
expect_ways(const Model *model, CoStatus status, int n_ways)
{
	for (int way = 0; way < n_ways; way++)
	{
		Solved		s;
		int			before = check_failures;

		solved_begin(&s, model);
		s.options.presolve = !(way & 1);
		s.options.scaling = !(way & 2);
		solved_run(&s);
		CHECK_INT(s.rc, CO_OK);
		CHECK_STR(co_status_word(s.sol.status), co_status_word(status));
		if (check_failures > before)
			printf("  ... with presolve %d, scaling %d: %s\n", !(way & 1), !(way & 2),
				   co_termination_word(s.sol.termination));
		solved_end(&s);
	}
}

static void
expect_status(const Model *model, CoStatus status)
{
	expect_ways(model, status, 4);
}

static void
expect_rc(const Model *model, CoRc rc)
{
	for (int way = 0; way < 2; way++)
	{
		Solved		s;

		solved_begin(&s, model);
		s.options.presolve = !way;
		solved_run(&s);
		CHECK_STR(co_rc_word(s.rc), co_rc_word(rc));
		solved_end(&s);
	}
}

static void
test_crossed_sides(void)
{
	static const double bounds[4][2] = {{2.0, 1.0}, {INFINITY, INFINITY}, {-INFINITY, -INFINITY},
	{INFINITY, -INFINITY}};

	for (int k = 0; k < 4; k++)
	{
		Model		model = model_begin(2, 1);

		model_a(&model, 0, 0, 1.0);
		model_bounds(&model, 1, bounds[k][0], bounds[k][1]);
		expect_status(&model, CO_INFEASIBLE);
		model_bounds(&model, 1, 0.0, 1.0);
		model_row(&model, 0, bounds[k][0], bounds[k][1]);
		expect_status(&model, CO_INFEASIBLE);
		model_end(&model);
	}
}

/* An empty row that asks for something. */
static void
test_empty_row(void)
{
	for (int k = 0; k < N_SIZES; k++)
	{
		Model		model = model_begin(2, 2);

		model_a(&model, 1, 0, 1.0);
		model_row(&model, 1, 1.0, 1.0);
		model_row(&model, 0, sizes[k], INFINITY);
		expect_status(&model, CO_INFEASIBLE);
		model_row(&model, 0, -INFINITY, -sizes[k]);
		expect_status(&model, CO_INFEASIBLE);
		model_row(&model, 0, -sizes[k], sizes[k]);
		expect_status(&model, CO_OPTIMAL);
		model_end(&model);
	}
}

/* No variable at all, and a row. */
static void
test_rows_alone(void)
{
	Model		model = model_begin(0, 1);

	model_row(&model, 0, 1.0, 2.0);
	expect_status(&model, CO_INFEASIBLE);
	model_end(&model);
}

/* x + y >= 3 in the unit box, all sizes; with an objective of either kind */
static void
test_box_too_small(void)
{
	for (int k = 0; k < 2 * N_SIZES; k++)
	{
		double		size = sizes[k / 2];
		Model		model = model_begin(2, 1);

		for (int j = 0; j < 2; j++)
		{
			model_bounds(&model, j, 0.0, size);
			model_a(&model, 0, j, 1.0);
			model.c[j] = 1.0;
			if (k % 2)
				model_p(&model, j, j, 1.0);
		}
		model_row(&model, 0, 3.0 * size, INFINITY);
		expect_status(&model, CO_INFEASIBLE);
		model_end(&model);
	}
}

/* x + y = 1 and 2x + 2y = 3, free variables: nothing but the equalities */
static void
test_contradicting_equalities(void)
{
	Model		model = model_begin(2, 2);

	for (int j = 0; j < 2; j++)
	{
		model_bounds(&model, j, -INFINITY, INFINITY);
		model_a(&model, 0, j, 1.0);
		model_a(&model, 1, j, 2.0);
		model_p(&model, j, j, 1.0);
	}
	model_row(&model, 0, 1.0, 1.0);
	model_row(&model, 1, 3.0, 3.0);
	expect_status(&model, CO_INFEASIBLE);
	model_end(&model);
}

/* x <= y - 1, y <= z - 1, z <= x - 1: a ring of three rows, no bound */
static void
test_ring(void)
{
	Model		model = model_begin(3, 3);

	for (int i = 0; i < 3; i++)
	{
		model_bounds(&model, i, -INFINITY, INFINITY);
		model_a(&model, i, i, 1.0);
		model_a(&model, i, (i + 1) % 3, -1.0);
		model_row(&model, i, -INFINITY, -1.0);
	}
	model.c[0] = 1.0;
	expect_status(&model, CO_INFEASIBLE);
	model_end(&model);
}

static void
test_unbounded_lp(void)
{
	for (int k = 0; k < N_SIZES; k++)
	{
		Model		model = model_begin(2, 1);

		model.c[0] = -sizes[k];
		model_a(&model, 0, 0, 1.0);
		model_a(&model, 0, 1, -1.0);
		model_row(&model, 0, -INFINITY, 4.0);

		/* unscaled, a cost of 1e-8 is within the absolute tolerance */
		expect_ways(&model, CO_UNBOUNDED, k == 1 ? 2 : 4);
		model_end(&model);
	}
}

/* P = (1, -1)(1, -1)' is flat along (1, 1), where c points down. */
static void
test_unbounded_qp(void)
{
	Model		model = model_begin(2, 1);

	model_p(&model, 0, 0, 1.0);
	model_p(&model, 1, 0, -1.0);
	model_p(&model, 1, 1, 1.0);
	model.c[0] = -1.0;
	model.c[1] = -1.0;
	model_a(&model, 0, 0, 1.0);
	model_a(&model, 0, 1, -1.0);
	model_row(&model, 0, -5.0, 5.0);
	expect_status(&model, CO_UNBOUNDED);
	model_end(&model);
}

/* Without rows and without bounds. */
static void
test_unbounded_bare(void)
{
	Model		model = model_begin(2, 0);

	model_bounds(&model, 0, -INFINITY, INFINITY);
	model_p(&model, 1, 1, 1.0);
	model.c[0] = 1e-3;
	expect_status(&model, CO_UNBOUNDED);
	model_end(&model);
}

/* A ray and no feasible point: infeasible is the answer. */
static void
test_ray_of_nothing(void)
{
	Model		model = model_begin(3, 2);

	model.c[2] = -1.0;
	model_a(&model, 0, 0, 1.0);
	model_a(&model, 0, 1, 1.0);
	model_a(&model, 1, 0, 1.0);
	model_a(&model, 1, 1, 1.0);
	model_row(&model, 0, 3.0, INFINITY);
	model_row(&model, 1, -INFINITY, 2.0);
	expect_status(&model, CO_INFEASIBLE);
	model_end(&model);
}

/* Downwards along a direction that a far bound ends: not unbounded. */
static void
test_far_bound(void)
{
	Model		model = model_begin(2, 1);

	model.c[0] = -1.0;
	model_bounds(&model, 0, 0.0, 1e7);
	model_a(&model, 0, 0, 1.0);
	model_a(&model, 0, 1, -1.0);
	model_row(&model, 0, -INFINITY, 4.0);
	expect_status(&model, CO_OPTIMAL);
	model_end(&model);
}

/* Feasible in one point only, and off it by a hair. */
static void
test_hair(void)
{
	for (int k = 0; k < 2; k++)
	{
		Model		model = model_begin(2, 2);

		model_a(&model, 0, 0, 1.0);
		model_a(&model, 0, 1, 1.0);
		model_row(&model, 0, 1.0, INFINITY);
		model_a(&model, 1, 0, 1.0);
		model_a(&model, 1, 1, 2.0);
		model_row(&model, 1, -INFINITY, k ? 1.0 - 1e-5 : 1.0);
		model.c[0] = 1.0;
		expect_status(&model, k ? CO_INFEASIBLE : CO_OPTIMAL);
		model_end(&model);
	}
}

static void
expect_not_convex(double p00, double p10, double p11)
{
	Model		model = model_begin(2, 1);

	model_p(&model, 0, 0, p00);
	model_p(&model, 1, 0, p10);
	model_p(&model, 1, 1, p11);
	model_a(&model, 0, 0, 1.0);
	model_a(&model, 0, 1, 1.0);
	model_bounds(&model, 0, -1.0, 1.0);
	model_bounds(&model, 1, -1.0, 1.0);
	model_row(&model, 0, -1.5, 1.5);
	expect_rc(&model, CO_NOT_CONVEX);
	model_end(&model);
}

static void
test_not_convex(void)
{
	for (int k = 0; k < N_SIZES; k++)
	{
		double		s = sizes[k];

		expect_not_convex(-s, 0.0, s);
		expect_not_convex(s, 2.0 * s, s);
		expect_not_convex(0.0, s, 0.0);
		expect_not_convex(0.0, s, s);
		expect_not_convex(s, (1.0 + 1e-6) * s, s);
		expect_not_convex(-s, 0.0, 0.0);
	}
}

/* Beyond the small kernels the multifrontal factorization decides: x x' - 1e-3 e_k e_k'. */
static void
test_not_convex_large(void)
{
	for (int bad = 0; bad < 2; bad++)
	{
		int			n = 150;
		Model		model = model_begin(n, 1);

		for (int j = 0; j < n; j++)
		{
			model_a(&model, 0, j, 1.0);
			for (int i = j; i < n; i++)
				model_p(&model, i, j, 1.0 - (bad && i == j && j == 77 ? 1e-3 : 0.0));
		}
		model_row(&model, 0, 1.0, INFINITY);
		if (bad)
			expect_rc(&model, CO_NOT_CONVEX);
		else
			expect_status(&model, CO_OPTIMAL);
		model_end(&model);
	}
}

/* Rounding alone, as of a covariance from fewer observations than assets, is not refused. */
static void
test_rank_deficient_covariance(void)
{
	TestRandom	random = {5};

	for (int n = 10; n <= 90; n += 20)
	{
		Model		model = model_begin(n, 1);
		double		f[5][90];

		for (int k = 0; k < 5; k++)
			for (int j = 0; j < n; j++)
				f[k][j] = test_normal(&random);
		for (int j = 0; j < n; j++)
		{
			model_a(&model, 0, j, 1.0);
			for (int i = j; i < n; i++)
				for (int k = 0; k < 5; k++)
					model_p(&model, i, j, f[k][i] * f[k][j]);
		}
		model_row(&model, 0, 1.0, 1.0);
		expect_status(&model, CO_OPTIMAL);
		model_end(&model);
	}
}

CHECK_MAIN(TEST(test_crossed_sides), TEST(test_empty_row), TEST(test_rows_alone),
		   TEST(test_box_too_small), TEST(test_contradicting_equalities), TEST(test_ring),
		   TEST(test_unbounded_lp), TEST(test_unbounded_qp), TEST(test_unbounded_bare),
		   TEST(test_ray_of_nothing), TEST(test_far_bound), TEST(test_hair), TEST(test_not_convex),
		   TEST(test_not_convex_large), TEST(test_rank_deficient_covariance))
