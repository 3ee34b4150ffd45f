/*-------------------------------------------------------------------------
 *
 * t_qp.c
 *	  Small linear and quadratic programs whose solution and multipliers are
 *	  known, every kind of row and bound among them.
 *
 *-------------------------------------------------------------------------
 */
#include "model.h"

#define NEAR	1e-9			/* polished */
#define NEAR_INTERIOR	1e-6	/* from residuals of 1e-8, by the condition of the problem */

/* Every way through the solver: with and without presolve, scaling, polish. */
#define N_WAYS	8

static void
solve_way(Solved *s, const Model *model, int way)
{
	solved_begin(s, model);
	s->options.presolve = !(way & 1);
	s->options.scaling = !(way & 2);
	s->options.polish = !(way & 4);
	solved_run(s);
	CHECK_INT(s->rc, CO_OK);
}

/* NULL: not unique, or not asked */
static void
expect_within(double polished, const Model *model, double objective, const double *x,
			  const double *y, const double *z)
{
	for (int way = 0; way < N_WAYS; way++)
	{
		Solved		s;
		int			before = check_failures;
		double		near = way & 4 ? NEAR_INTERIOR : polished;

		solve_way(&s, model, way);
		CHECK_INT(s.sol.status, CO_OPTIMAL);
		CHECK_NEAR(s.sol.residual.objective, objective, near * fmax(1.0, fabs(objective)));
		for (int j = 0; x && j < model->n; j++)
			CHECK_NEAR(s.sol.point.x[j], x[j], near * fmax(1.0, fabs(x[j])));
		for (int i = 0; y && i < model->m; i++)
			CHECK_NEAR(s.sol.point.y[i], y[i], near * fmax(1.0, fabs(y[i])));
		for (int j = 0; z && j < model->n; j++)
			CHECK_NEAR(s.sol.point.z[j], z[j], near * fmax(1.0, fabs(z[j])));
		if (check_failures > before)
			printf("  ... with presolve %d, scaling %d, polish %d\n", !(way & 1), !(way & 2), !(way & 4));
		solved_end(&s);
	}
}

static void
expect(const Model *model, double objective, const double *x, const double *y, const double *z)
{
	expect_within(NEAR, model, objective, x, y, z);
}

#define V(...) ((const double[]) {__VA_ARGS__})

static void
test_nothing(void)
{
	Model		model = model_begin(0, 0);

	model.c0 = 3.25;
	expect(&model, 3.25, NULL, NULL, NULL);
	model_end(&model);
}

static void
test_rows_without_variables(void)
{
	Model		model = model_begin(0, 2);

	model_row(&model, 0, -1.0, 1.0);
	model_row(&model, 1, 0.0, 0.0);
	expect(&model, 0.0, NULL, V(0.0, 0.0), NULL);
	model_end(&model);
}

/* min x - y + 1/2 w^2 - w, no rows: every bound kind at its own place */
static void
test_bounds_only(void)
{
	Model		model = model_begin(5, 0);

	model.c[0] = 1.0;
	model_bounds(&model, 0, -2.0, INFINITY);
	model.c[1] = -1.0;
	model_bounds(&model, 1, -INFINITY, 7.0);
	model.c[2] = -1.0;
	model_p(&model, 2, 2, 1.0);
	model_bounds(&model, 2, -INFINITY, INFINITY);
	model.c[3] = -4.0;
	model_bounds(&model, 3, 5.0, 5.0);
	model.c[4] = 2.0;
	model_bounds(&model, 4, -1.0, 1.0);
	expect(&model, -2.0 - 7.0 - 0.5 - 20.0 - 2.0, V(-2.0, 7.0, 1.0, 5.0, -1.0), NULL,
		   V(-1.0, 1.0, 0.0, 4.0, -2.0));
	model_end(&model);
}

static void
test_all_fixed(void)
{
	Model		model = model_begin(2, 1);

	model_bounds(&model, 0, 1.0, 1.0);
	model_bounds(&model, 1, -3.0, -3.0);
	model.c[0] = 2.0;
	model_p(&model, 1, 1, 2.0);
	model_a(&model, 0, 0, 1.0);
	model_a(&model, 0, 1, 1.0);
	model_row(&model, 0, -2.0, 4.0);
	expect(&model, 2.0 + 9.0, V(1.0, -3.0), NULL, NULL);
	model_end(&model);
}

/* min x^2 + y^2 subject to one row x + y of each kind */
static void
row_kind(double lower, double upper, double x, double y)
{
	Model		model = model_begin(2, 1);

	for (int j = 0; j < 2; j++)
	{
		model_bounds(&model, j, -INFINITY, INFINITY);
		model_p(&model, j, j, 2.0);
		model_a(&model, 0, j, 1.0);
	}
	model_row(&model, 0, lower, upper);
	expect(&model, 2.0 * x * x, V(x, x), V(y), V(0.0, 0.0));
	model_end(&model);
}

static void
test_row_kinds(void)
{
	row_kind(-INFINITY, INFINITY, 0.0, 0.0);
	row_kind(-INFINITY, -2.0, -1.0, 2.0);	/* upper side active: y > 0 */
	row_kind(-INFINITY, 2.0, 0.0, 0.0);
	row_kind(4.0, INFINITY, 2.0, -4.0);
	row_kind(-4.0, INFINITY, 0.0, 0.0);
	row_kind(3.0, 3.0, 1.5, -3.0);
	row_kind(-3.0, -3.0, -1.5, 3.0);
	row_kind(1.0, 3.0, 0.5, -1.0);
	row_kind(-3.0, -1.0, -0.5, 1.0);
	row_kind(-1.0, 1.0, 0.0, 0.0);
	row_kind(1e8, INFINITY, 5e7, -1e8);
}

/* max 3x + 2y: x + y <= 4, x + 3y <= 7, x <= 3 */
static void
test_textbook_lp(void)
{
	Model		model = model_begin(2, 2);

	model.c[0] = -3.0;
	model.c[1] = -2.0;
	model_a(&model, 0, 0, 1.0);
	model_a(&model, 0, 1, 1.0);
	model_a(&model, 1, 0, 1.0);
	model_a(&model, 1, 1, 3.0);
	model_row(&model, 0, -INFINITY, 4.0);
	model_row(&model, 1, -INFINITY, 7.0);
	model.xu[0] = 3.0;
	expect(&model, -11.0, V(3.0, 1.0), V(2.0, 0.0), V(1.0, 0.0));
	model_end(&model);
}

/* Dual degenerate: a whole edge is optimal. */
static void
test_edge_of_solutions(void)
{
	Model		model = model_begin(2, 1);

	model.c[0] = model.c[1] = -1.0;
	model_a(&model, 0, 0, 1.0);
	model_a(&model, 0, 1, 1.0);
	model_row(&model, 0, -INFINITY, 1.0);
	expect(&model, -1.0, NULL, V(1.0), V(0.0, 0.0));
	model_end(&model);
}

/* Three lines through the solution of a plane problem: degenerate vertex */
static void
test_degenerate_vertex(void)
{
	Model		model = model_begin(2, 3);

	model.c[0] = model.c[1] = -1.0;
	model_a(&model, 0, 0, 1.0);
	model_a(&model, 1, 1, 1.0);
	model_a(&model, 2, 0, 1.0);
	model_a(&model, 2, 1, 1.0);
	model_row(&model, 0, -INFINITY, 1.0);
	model_row(&model, 1, -INFINITY, 1.0);
	model_row(&model, 2, -INFINITY, 2.0);
	expect(&model, -2.0, V(1.0, 1.0), NULL, V(0.0, 0.0));
	model_end(&model);
}

/* A feasible set of one point, of which no slack is positive. */
static void
test_single_point(void)
{
	Model		model = model_begin(3, 3);

	for (int i = 0; i < 3; i++)
		for (int j = 0; j < 3; j++)
			model_a(&model, i, j, i == 0 ? 1.0 : i == j ? 1.0 : 0.0);
	model_row(&model, 0, -INFINITY, 6.0);
	model_row(&model, 1, 2.0, INFINITY);
	model_row(&model, 2, 3.0, INFINITY);
	model.xl[0] = 1.0;
	model.c[0] = 1.0;
	model.c[2] = -5.0;
	expect(&model, 1.0 - 15.0, V(1.0, 2.0, 3.0), NULL, NULL);
	model_end(&model);
}

/* Rows repeated, scaled, summed: the equalities have rank 2 of 5. */
static void
test_dependent_equalities(void)
{
	static const double a[5][3] = {{1, 1, 1}, {1, -1, 0}, {2, 2, 2}, {2, 0, 1}, {-1, 1, 0}};
	static const double b[5] = {3, 0, 6, 3, 0};
	Model		model = model_begin(3, 5);

	for (int i = 0; i < 5; i++)
	{
		for (int j = 0; j < 3; j++)
			if (a[i][j] != 0.0)
				model_a(&model, i, j, a[i][j]);
		model_row(&model, i, b[i], b[i]);
	}
	for (int j = 0; j < 3; j++)
	{
		model_bounds(&model, j, -INFINITY, INFINITY);
		model_p(&model, j, j, 1.0);
	}
	expect(&model, 1.5, V(1.0, 1.0, 1.0), NULL, V(0.0, 0.0, 0.0));
	model_end(&model);
}

static void
test_duplicate_rows(void)
{
	Model		model = model_begin(2, 4);

	for (int i = 0; i < 4; i++)
	{
		double		f = i == 3 ? -2.0 : 1.0;

		model_a(&model, i, 0, f);
		model_a(&model, i, 1, 2.0 * f);
		if (f > 0)
			model_row(&model, i, 2.0 + i, INFINITY);
		else
			model_row(&model, i, -INFINITY, -4.0);
	}
	model.c[0] = 1.0;
	model.c[1] = 3.0;
	expect(&model, 4.0, V(4.0, 0.0), V(0.0, 0.0, -1.0, 0.0), V(0.0, -1.0));
	model_end(&model);
}

/* P of rank 1, the minimum on a line, which c and the bounds cut to a point */
static void
test_semidefinite(void)
{
	Model		model = model_begin(2, 1);

	model_p(&model, 0, 0, 1.0);
	model_p(&model, 1, 0, 1.0);
	model_p(&model, 1, 1, 1.0);
	model.c[0] = -2.0;
	model.c[1] = -2.0;
	model_a(&model, 0, 0, 1.0);
	model_a(&model, 0, 1, -1.0);
	model_row(&model, 0, 1.0, 1.0);
	expect(&model, -2.0, V(1.5, 0.5), V(0.0), V(0.0, 0.0));
	model_end(&model);
}

/* Markowitz with two assets by hand: x = (s2 - cov) / (s1 + s2 - 2 cov) */
static void
test_two_assets(void)
{
	Model		model = model_begin(2, 1);

	model_p(&model, 0, 0, 0.04);
	model_p(&model, 1, 0, 0.01);
	model_p(&model, 1, 1, 0.09);
	model_a(&model, 0, 0, 1.0);
	model_a(&model, 0, 1, 1.0);
	model_row(&model, 0, 1.0, 1.0);
	expect(&model, 0.5 * (0.04 * 64 + 0.09 * 9 + 2 * 0.01 * 24) / 121.0,
		   V(8.0 / 11.0, 3.0 / 11.0), V(-0.35 / 11.0), V(0.0, 0.0));
	model_end(&model);
}

/* Klee and Minty, in Inequalities III (1972): max x_n, eps <= x_1 <= 1, eps x_(j-1) <= x_j <= 1 - eps x_(j-1) */
static void
test_klee_minty(void)
{
	int			n = 10;
	double		eps = 0.25;
	Model		model = model_begin(n, 2 * (n - 1));

	for (int j = 1; j < n; j++)
	{
		model_a(&model, 2 * j - 2, j, 1.0);
		model_a(&model, 2 * j - 2, j - 1, -eps);
		model_row(&model, 2 * j - 2, 0.0, INFINITY);
		model_a(&model, 2 * j - 1, j, 1.0);
		model_a(&model, 2 * j - 1, j - 1, eps);
		model_row(&model, 2 * j - 1, -INFINITY, 1.0);
	}
	model_bounds(&model, 0, eps, 1.0);
	model.c[n - 1] = -1.0;
	/* the best path keeps x_(n-1) least: x_(j+1) = eps x_j from x_1 = eps */

	/*
	 * multipliers down to 1e-6: another vertex may be within the tolerance of
	 * 1e-8
	 */
	expect_within(1e-8, &model, -(1.0 - pow(eps, n)), NULL, NULL, NULL);
	model_end(&model);
}

/* Beale (1955), on which the simplex method cycles */
static void
test_beale(void)
{
	Model		model = model_begin(4, 3);
	static const double c[4] = {-0.75, 150.0, -0.02, 6.0};
	static const double a[2][4] = {{0.25, -60.0, -1.0 / 25.0, 9.0}, {0.5, -90.0, -1.0 / 50.0, 3.0}};

	for (int j = 0; j < 4; j++)
	{
		model.c[j] = c[j];
		for (int i = 0; i < 2; i++)
			model_a(&model, i, j, a[i][j]);
	}
	model_a(&model, 2, 2, 1.0);
	model_row(&model, 0, -INFINITY, 0.0);
	model_row(&model, 1, -INFINITY, 0.0);
	model_row(&model, 2, -INFINITY, 1.0);
	expect(&model, -0.05, V(0.04, 0.0, 1.0, 0.0), NULL, NULL);
	model_end(&model);
}

/* Transport 2 x 3, all supplies and demands met: one equality is redundant */
static void
test_transport(void)
{
	static const double cost[2][3] = {{8, 6, 10}, {9, 12, 13}};
	static const double supply[2] = {20, 30},
				demand[3] = {10, 25, 15};
	Model		model = model_begin(6, 5);

	for (int i = 0; i < 2; i++)
		for (int j = 0; j < 3; j++)
		{
			model.c[3 * i + j] = cost[i][j];
			model_a(&model, i, 3 * i + j, 1.0);
			model_a(&model, 2 + j, 3 * i + j, 1.0);
		}
	for (int i = 0; i < 2; i++)
		model_row(&model, i, supply[i], supply[i]);
	for (int j = 0; j < 3; j++)
		model_row(&model, 2 + j, demand[j], demand[j]);
	expect(&model, 465.0, V(0.0, 20.0, 0.0, 10.0, 5.0, 15.0), NULL, V(-5.0, 0.0, -3.0, 0.0, 0.0, 0.0));
	model_end(&model);
}

/* Rows, costs and variables of sizes 1e-8 .. 1e8 in one problem. */
static void
test_badly_scaled(void)
{
	static const double size[4] = {1e-8, 1e-3, 1e4, 1e8};
	Model		model = model_begin(4, 2);
	double		x[4],
				z[4] = {0.0, 0.0, 0.0, 0.0};

	/*
	 * in units of size[j]: min sum 1/2 (u_j - j)^2 with u_1 + u_3 = 6, u_0 +
	 * u_2 <= 1
	 */
	for (int j = 0; j < 4; j++)
	{
		model_bounds(&model, j, -INFINITY, INFINITY);
		model_p(&model, j, j, 1.0 / (size[j] * size[j]));
		model.c[j] = -j / size[j];
		model_a(&model, j % 2 ? 0 : 1, j, 1.0 / size[j]);
	}
	model_row(&model, 0, 6.0, 6.0);
	model_row(&model, 1, -INFINITY, 1.0);
	x[0] = -0.5 * size[0];
	x[1] = 2.0 * size[1];
	x[2] = 1.5 * size[2];
	x[3] = 4.0 * size[3];
	for (int way = 0; way < 2; way++)
	{
		Solved		s;

		solve_way(&s, &model, way);
		CHECK_INT(s.sol.status, CO_OPTIMAL);
		for (int j = 0; j < 4; j++)
		{
			CHECK_NEAR(s.sol.point.x[j] / size[j], x[j] / size[j], 1e-6);
			CHECK_NEAR(s.sol.point.z[j], z[j], 0.0);
		}
		CHECK_NEAR(s.sol.point.y[0], -1.0, 1e-6);
		CHECK_NEAR(s.sol.point.y[1], 0.5, 1e-6);
		solved_end(&s);
	}
	model_end(&model);
}

/* Equality rows that fix everything, without any bound: no complementarity */
static void
test_square_system(void)
{
	Model		model = model_begin(2, 2);

	model_bounds(&model, 0, -INFINITY, INFINITY);
	model_bounds(&model, 1, -INFINITY, INFINITY);
	model_a(&model, 0, 0, 2.0);
	model_a(&model, 0, 1, 1.0);
	model_a(&model, 1, 0, 1.0);
	model_a(&model, 1, 1, 3.0);
	model_row(&model, 0, 5.0, 5.0);
	model_row(&model, 1, 10.0, 10.0);
	model.c[0] = 1.0;
	expect(&model, 1.0, V(1.0, 3.0), V(-0.6, 0.2), V(0.0, 0.0));
	model_end(&model);
}

/*
 * An objective of 1e11 and multipliers of 1e9: one unit in the last place of
 * y is 1e-4 in the gap, and an absolute 1e-9 is reached all the same.
 */
static void
test_last_digits(void)
{
	enum
	{
		N = 300
	};
	TestRandom	random = {7};
	Model		model = model_begin(N, 2);
	Solved		s;

	for (int j = 0; j < N; j++)
	{
		model_p(&model, j, j, 2.0);
		for (int i = 0; i < 2; i++)
			model_a(&model, i, j, 1e-3 * test_uniform(&random));
	}
	model_row(&model, 0, 1835.2, 1835.2);
	model_row(&model, 1, 909.8, 909.8);
	solved_begin(&s, &model);
	s.options.tolerance = 0.0;
	s.options.absolute_tolerance = 1e-9;
	solved_run(&s);
	CHECK_INT(s.rc, CO_OK);
	CHECK_INT(s.sol.status, CO_OPTIMAL);
	CHECK(s.sol.residual.objective > 1e9);
	CHECK(s.sol.residual.primal <= 1e-9);
	CHECK(s.sol.residual.dual <= 1e-9);
	CHECK(s.sol.residual.gap <= 1e-9);
	solved_end(&s);
	model_end(&model);
}

/* A start, also far outside, in parts, or not finite, changes nothing. */
static void
test_start(void)
{
	static const double starts[4][2] = {{3.0, 1.0}, {-1e6, 1e6}, {NAN, 2.0}, {INFINITY, NAN}};
	Model		model = model_begin(2, 2);

	model.c[0] = -3.0;
	model.c[1] = -2.0;
	model_p(&model, 0, 0, 0.5);
	model_a(&model, 0, 0, 1.0);
	model_a(&model, 0, 1, 1.0);
	model_a(&model, 1, 0, 1.0);
	model_a(&model, 1, 1, 3.0);
	model_row(&model, 0, -INFINITY, 4.0);
	model_row(&model, 1, -INFINITY, 6.0);
	for (int k = 0; k < 4; k++)
		for (int way = 0; way < 2; way++)
		{
			Solved		s;

			solved_begin(&s, &model);
			s.options.presolve = way;
			s.rc = co_qp_solve(&s.arena, &s.qp, &s.options, starts[k], &s.sol);
			check_answer(&s);
			CHECK_INT(s.rc, CO_OK);
			CHECK_INT(s.sol.status, CO_OPTIMAL);
			CHECK_NEAR(s.sol.point.x[0], 3.0, NEAR);
			CHECK_NEAR(s.sol.point.x[1], 1.0, NEAR);
			solved_end(&s);
		}
	model_end(&model);
}

CHECK_MAIN(TEST(test_nothing), TEST(test_rows_without_variables), TEST(test_bounds_only),
		   TEST(test_all_fixed), TEST(test_row_kinds), TEST(test_textbook_lp),
		   TEST(test_edge_of_solutions), TEST(test_degenerate_vertex), TEST(test_single_point),
		   TEST(test_dependent_equalities), TEST(test_duplicate_rows), TEST(test_semidefinite),
		   TEST(test_two_assets), TEST(test_klee_minty), TEST(test_beale), TEST(test_transport),
		   TEST(test_badly_scaled), TEST(test_square_system), TEST(test_start),
		   TEST(test_last_digits))
