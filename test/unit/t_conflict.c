/*-------------------------------------------------------------------------
 *
 * t_conflict.c
 *	  Minimal conflicts and smallest relaxations, judged by re-solving: the
 *	  set that is reported has to be infeasible, and feasible without any one
 *	  of its members.
 *
 *-------------------------------------------------------------------------
 */
#include "model.h"
#include "solver/conflict.h"

#define N_PLANTED	160			/* systems with one conflict */
#define N_RANDOM	40			/* with many */
#define MAX_PLANTED 8

typedef struct Case
{
	Solved		s;
	CoConflict	conflict;
	CoRelaxation relax;
	CoConflictTask task;
} Case;

static void
begin_case(Case *c, const Model *model)
{
	memset(c, 0, sizeof *c);
	solved_begin(&c->s, model);
	c->task = (CoConflictTask) {&c->s.arena, &c->s.options, model->m, model->n};
}

static void
find(Case *c, const double *y)
{
	c->s.rc = co_conflict_qp(&c->task, &c->s.qp, y, &c->conflict);
	CHECK_INT(c->s.rc, CO_OK);
}

/* The members of the conflict but one, as a problem of its own: what the solver says. */
static CoStatus
status_without(Case *c, int left_out)
{
	CoQp		part = c->s.qp;
	size_t		n = (size_t) part.n,
				m = (size_t) part.m;
	CoMark		mark = co_mark(&c->s.arena);
	CoSolution	sol;

	part.cl = co_take_doubles(&c->s.arena, m);
	part.cu = co_take_doubles(&c->s.arena, m);
	part.xl = co_take_doubles(&c->s.arena, n);
	part.xu = co_take_doubles(&c->s.arena, n);
	part.c = co_take_zero_doubles(&c->s.arena, n);
	co_fill(part.m, -INFINITY, part.cl);
	co_fill(part.m, INFINITY, part.cu);
	co_fill(part.n, -INFINITY, part.xl);
	co_fill(part.n, INFINITY, part.xu);
	part.p = (CoCsc) {part.n, part.n, co_take_zero_ints(&c->s.arena, n + 1), NULL, NULL};
	for (int k = 0; k < c->conflict.n; k++)
	{
		const CoConflictMember *member = &c->conflict.member[k];
		int			i = member->row,
					j = member->var;

		if (k == left_out)
			continue;
		if (i >= 0)
		{
			part.cl[i] = c->s.qp.cl[i];
			part.cu[i] = c->s.qp.cu[i];
		}
		else
		{
			part.xl[j] = c->s.qp.xl[j];
			part.xu[j] = c->s.qp.xu[j];
		}
	}
	CHECK_INT(co_qp_solve(&c->s.arena, &part, &c->s.options, NULL, &sol), CO_OK);
	co_rewind(&c->s.arena, mark);
	return sol.status;
}

static void
check_minimal(Case *c)
{
	CHECK_INT(c->conflict.proof, CO_PROOF_CERTIFICATE);
	CHECK(c->conflict.minimal);
	CHECK(c->conflict.n > 0);
	CHECK_INT(status_without(c, -1), CO_INFEASIBLE);
	for (int k = 0; k < c->conflict.n; k++)
	{
		CHECK(c->conflict.member[k].needed);
		CHECK_INT(status_without(c, k), CO_OPTIMAL);
	}
}

/* At the relaxed sides x is feasible, and no total is smaller: by the dual of the elastic LP. */
static void
check_relaxation(Case *c)
{
	const CoQp *qp = &c->s.qp;
	double		total = 0.0;

	CHECK_INT(co_conflict_relax_qp(&c->task, qp, &c->relax), CO_OK);
	CHECK(c->relax.known);
	for (int i = 0; i < qp->m; i++)
	{
		double		size = 1e-7 * fmax(1.0, fabs(c->relax.row[i]));

		CHECK(c->relax.row[i] >= qp->cl[i] - c->relax.row_lower[i] - size);
		CHECK(c->relax.row[i] <= qp->cu[i] + c->relax.row_upper[i] + size);
		CHECK(c->relax.row_lower[i] >= 0.0 && c->relax.row_upper[i] >= 0.0);
		total += c->relax.row_lower[i] + c->relax.row_upper[i];
	}
	for (int j = 0; j < qp->n; j++)
		total += c->relax.var_lower[j] + c->relax.var_upper[j];
	CHECK_NEAR(c->relax.total, total, 1e-9 * fmax(1.0, total));
}

/*--------------------------------------------------------------------------
 * Planted conflicts
 *
 * Variables stand in k - 1 groups and a rest.  Row i of the conflict is
 * u_i'x <= b_i with u_i in group i; the last one is - sum lambda_i u_i'x <=
 * - sum lambda_i b_i - gap.  Points that violate one of them only are known, and
 * all other rows hold at these: so the conflict is the only one.
 *--------------------------------------------------------------------------
 */

#define GROUP		3			/* variables */

typedef struct Planted
{
	Model		model;
	int			k;				/* members */
	int			member[MAX_PLANTED];	/* a row, or -1 - variable */
	double		u[MAX_PLANTED][GROUP];
	double		lambda[MAX_PLANTED],
				b[MAX_PLANTED];
	double		gap;
	double	   *point;			/* [k x n] */
} Planted;

static double
power_of_ten(TestRandom *random, double range)
{
	return pow(10.0, range * (2.0 * test_uniform(random) - 1.0));
}

/* u_i'x at point p; p = i: the one that violates row i */
static double
level_at(const Planted *t, int i, int p)
{
	return t->b[i] + (p == i ? (t->gap + 1.0) / t->lambda[i] : p == t->k - 1 ? -0.5 : 0.0);
}

static void
set_points(Planted *t, TestRandom *random)
{
	int			n = t->model.n;

	t->point = model_vector(t->k * n, 0.0);
	for (int j = (t->k - 1) * GROUP; j < n; j++)
	{
		double		x = test_normal(random);

		for (int p = 0; p < t->k; p++)
			t->point[p * n + j] = x;
	}
	for (int p = 0; p < t->k; p++)
		for (int i = 0; i < t->k - 1; i++)
		{
			double		square = co_dot(GROUP, t->u[i], t->u[i]);

			for (int g = 0; g < GROUP; g++)
				t->point[p * n + i * GROUP + g] = level_at(t, i, p) * t->u[i][g] / square;
		}
}

/* Row i with its bound, sometimes as a >= row, in a unit of its own. */
static void
plant_row(Planted *t, TestRandom *random, int i, int row)
{
	double		unit = power_of_ten(random, 3.0) * (test_int(random, 2) ? 1.0 : -1.0),
				side = 0.0;
	bool		is_last = i == t->k - 1;

	for (int k = 0; k < t->k - 1; k++)
	{
		double		factor = is_last ? -t->lambda[k] : 1.0;

		if (!is_last && k != i)
			continue;
		for (int g = 0; g < GROUP; g++)
			model_a(&t->model, row, k * GROUP + g, unit * factor * t->u[k][g]);
		side += factor * t->b[k];
	}
	if (is_last)
		side -= t->gap;
	if (unit > 0.0)
		model_row(&t->model, row, -INFINITY, unit * side);
	else
		model_row(&t->model, row, unit * side, INFINITY);
	t->member[i] = row;
}

/* A bound instead of a row: u_i is then a single variable. */
static void
plant_bound(Planted *t, int i)
{
	t->u[i][0] = 1.0;
	for (int g = 1; g < GROUP; g++)
		t->u[i][g] = 0.0;
	model_bounds(&t->model, i * GROUP, -INFINITY, t->b[i]);
	t->member[i] = -1 - i * GROUP;
}

/* A row that holds at all points: one-sided, two-sided, or an equality of the rest. */
static void
add_harmless(Planted *t, TestRandom *random, int row)
{
	int			n = t->model.n,
				first = (t->k - 1) * GROUP,
				kind = test_int(random, 4);
	double		unit = power_of_ten(random, 3.0),
				low = INFINITY,
				high = -INFINITY;
	double	   *a = model_vector(n, 0.0);

	for (int e = 0; e < 5; e++)
		a[kind == 3 ? first + test_int(random, n - first) : test_int(random, n)] = test_normal(random);
	for (int p = 0; p < t->k; p++)
	{
		low = fmin(low, co_dot(n, a, t->point + p * n));
		high = fmax(high, co_dot(n, a, t->point + p * n));
	}
	for (int j = 0; j < n; j++)
		if (a[j] != 0.0)
			model_a(&t->model, row, j, unit * a[j]);
	low -= kind == 3 ? 0.0 : test_uniform(random);
	high += kind == 3 ? 0.0 : test_uniform(random);
	model_row(&t->model, row, kind == 1 ? -INFINITY : unit * low, kind == 2 ? INFINITY : unit * high);
	free(a);
}

static void
plant(Planted *t, TestRandom *random, int m)
{
	int			n;
	bool	   *taken = calloc((size_t) m, sizeof *taken);

	memset(t, 0, sizeof *t);
	t->k = 2 + test_int(random, MAX_PLANTED - 1);
	n = (t->k - 1) * GROUP + 5 + m / 4;
	t->model = model_begin(n, m);
	t->gap = power_of_ten(random, 2.0);
	for (int j = 0; j < n; j++)
		model_bounds(&t->model, j, -INFINITY, INFINITY);
	for (int i = 0; i < t->k - 1; i++)
	{
		t->lambda[i] = power_of_ten(random, 1.0);
		t->b[i] = 3.0 * test_normal(random);
		for (int g = 0; g < GROUP; g++)
			t->u[i][g] = test_normal(random);
	}
	for (int i = 0; i < t->k; i++)
	{
		int			row = test_int(random, m);

		if (i < t->k - 1 && test_int(random, 4) == 0)
		{
			plant_bound(t, i);
			continue;
		}
		while (taken[row])
			row = (row + 1) % m;
		taken[row] = true;
		t->member[i] = row;
	}
	for (int i = 0; i < t->k; i++)
		if (t->member[i] >= 0)
			plant_row(t, random, i, t->member[i]);
	set_points(t, random);
	for (int i = 0; i < m; i++)
		if (!taken[i])
			add_harmless(t, random, i);
	free(taken);
}

static void
end_plant(Planted *t)
{
	model_end(&t->model);
	free(t->point);
}

static bool
is_planted(const Planted *t, const CoConflictMember *member)
{
	for (int i = 0; i < t->k; i++)
		if (t->member[i] == (member->row >= 0 ? member->row : -1 - member->var))
			return true;
	return false;
}

/* Item 4 of the issue: sizes up to 1000 rows, 2 to 8 members. */
static void
test_planted(void)
{
	TestRandom	random = {20261};
	int			solves = 0,
				n = test_quick() > 1 ? 5 : test_quick() ? 40 : N_PLANTED;
	double		slowest = 0.0;

	for (int round = 0; round < n; round++)
	{
		Planted		t;
		Case		c;
		int			before = check_failures;
		double		begun = test_cpu_time();

		plant(&t, &random, round % 8 == 7 && !test_quick() ? 1000 : 8 + test_int(&random, 150));
		begin_case(&c, &t.model);
		find(&c, NULL);
		slowest = fmax(slowest, test_cpu_time() - begun);
		solves += c.conflict.n_solve;
		check_minimal(&c);
		CHECK_INT(c.conflict.n, t.k);
		for (int k = 0; k < c.conflict.n; k++)
			CHECK(is_planted(&t, &c.conflict.member[k]));
		if (round % 4 == 0)
			check_relaxation(&c);
		if (check_failures > before)
			printf("  ... in system %d: %d rows, %d planted\n", round, t.model.m, t.k);
		solved_end(&c.s);
		end_plant(&t);
	}
	printf("  %d systems, %d solves, slowest %.2f s\n", n, solves, slowest);
}

/* Many half-spaces in few dimensions: conflicts everywhere, bounds among them. */
static void
test_many_conflicts(void)
{
	TestRandom	random = {77};
	int			n_case = test_quick() > 1 ? 2 : test_quick() ? 10 : N_RANDOM;

	for (int round = 0; round < n_case; round++)
	{
		int			n = 2 + test_int(&random, 20),
					m = 8 * n + test_int(&random, 200);
		Model		model = model_begin(n, m);
		Case		c;
		int			before = check_failures;

		for (int i = 0; i < m; i++)
		{
			for (int j = 0; j < n; j++)
				if (test_int(&random, 3))
					model_a(&model, i, j, test_normal(&random));
			model_row(&model, i, -INFINITY, test_normal(&random) - 0.5);
		}
		for (int j = 0; j < n; j++)
			model_bounds(&model, j, -10.0 * test_uniform(&random), test_int(&random, 2) ? INFINITY : 5.0);
		begin_case(&c, &model);
		find(&c, NULL);
		check_minimal(&c);
		CHECK(c.conflict.n <= n + 1);
		check_relaxation(&c);
		if (check_failures > before)
			printf("  ... in system %d: %d x %d\n", round, m, n);
		solved_end(&c.s);
		model_end(&model);
	}
}

/*--------------------------------------------------------------------------
 * Known answers
 *--------------------------------------------------------------------------
 */

/* x + y >= 10, x <= 3, y <= 4, beside what does not matter; 3 are missing. */
static void
test_known(void)
{
	Model		model = model_begin(3, 4);
	Case		c;

	model_bounds(&model, 0, 0.0, 3.0);
	model_bounds(&model, 1, 0.0, INFINITY);
	model_bounds(&model, 2, -INFINITY, INFINITY);
	model_a(&model, 0, 0, 1.0);
	model_a(&model, 0, 1, 1.0);
	model_row(&model, 0, 10.0, INFINITY);
	model_a(&model, 1, 1, 2.0);
	model_row(&model, 1, -100.0, 8.0);
	model_a(&model, 2, 0, 1.0);
	model_a(&model, 2, 2, 1.0);
	model_row(&model, 2, 1.0, 1.0);
	model_a(&model, 3, 2, 1.0);
	begin_case(&c, &model);
	find(&c, NULL);
	check_minimal(&c);
	CHECK_INT(c.conflict.n, 3);
	CHECK_INT(c.conflict.member[0].row, 0);
	CHECK_INT(c.conflict.member[0].side, CO_SIDE_LOWER);
	CHECK_INT(c.conflict.member[1].row, 1);
	CHECK_INT(c.conflict.member[1].side, CO_SIDE_UPPER);
	CHECK_INT(c.conflict.member[2].var, 0);
	CHECK_INT(c.conflict.member[2].side, CO_SIDE_UPPER);

	/* 1 x row 0 = 1/2 x row 1 + 1 x bound */
	CHECK_NEAR(c.conflict.member[1].weight / c.conflict.member[0].weight, 0.5, 1e-9);
	CHECK_NEAR(c.conflict.member[2].weight / c.conflict.member[0].weight, 1.0, 1e-9);
	check_relaxation(&c);
	CHECK_NEAR(c.relax.total, 3.0, 1e-7);
	solved_end(&c.s);
	model_end(&model);
}

/* A single member: crossing sides, a row without entries, a row its bounds forbid. */
static void
test_single(void)
{
	Model		model = model_begin(2, 3);
	Case		c;

	model_bounds(&model, 1, 2.0, 1.0);
	begin_case(&c, &model);
	find(&c, NULL);
	CHECK_INT(c.conflict.n, 1);
	CHECK_INT(c.conflict.member[0].var, 1);
	CHECK_INT(c.conflict.member[0].side, CO_SIDE_BOTH);
	check_relaxation(&c);
	CHECK_NEAR(c.relax.total, 1.0, 1e-7);
	solved_end(&c.s);

	model_bounds(&model, 1, 0.0, INFINITY);
	model_row(&model, 2, 3.0, INFINITY);	/* 0 >= 3 */
	begin_case(&c, &model);
	find(&c, NULL);
	check_minimal(&c);
	CHECK_INT(c.conflict.n, 1);
	CHECK_INT(c.conflict.member[0].row, 2);
	check_relaxation(&c);
	CHECK_NEAR(c.relax.total, 3.0, 1e-7);
	solved_end(&c.s);
	model_end(&model);
}

/* Equalities with dependent rows: the sum of two against a third. */
static void
test_dependent_equalities(void)
{
	Model		model = model_begin(3, 4);
	Case		c;

	for (int j = 0; j < 3; j++)
		model_bounds(&model, j, -INFINITY, INFINITY);
	model_a(&model, 0, 0, 1.0);
	model_a(&model, 0, 1, 1.0);
	model_row(&model, 0, 1.0, 1.0);
	model_a(&model, 1, 1, 1.0);
	model_a(&model, 1, 2, 1.0);
	model_row(&model, 1, 1.0, 1.0);
	for (int j = 0; j < 3; j++)
		model_a(&model, 2, j, j == 1 ? 2.0 : 1.0);
	model_row(&model, 2, 3.0, 3.0);
	model_a(&model, 3, 0, 1.0);
	model_row(&model, 3, 0.0, 5.0);
	begin_case(&c, &model);
	find(&c, NULL);
	check_minimal(&c);
	CHECK_INT(c.conflict.n, 3);
	check_relaxation(&c);
	CHECK_NEAR(c.relax.total, 1.0, 1e-7);
	solved_end(&c.s);
	model_end(&model);
}

/* One row more than fits: the sum is moved at one side, not a bit at each. */
static void
test_few_relaxed(void)
{
	Model		model = model_begin(6, 7);
	Case		c;
	int			moved = 0;

	for (int j = 0; j < 6; j++)
	{
		model_a(&model, 0, j, 1.0);
		model_a(&model, 1 + j, j, 1.0);
		model_row(&model, 1 + j, -INFINITY, 1.0);
	}
	model_row(&model, 0, 10.0, INFINITY);
	begin_case(&c, &model);
	check_relaxation(&c);
	CHECK_NEAR(c.relax.total, 4.0, 1e-7);
	for (int i = 0; i < 7; i++)
		moved += c.relax.row_lower[i] > 0.0 || c.relax.row_upper[i] > 0.0;
	CHECK_INT(moved, 1);
	solved_end(&c.s);
	model_end(&model);
}

/* A feasible problem has none, and needs no relaxation. */
static void
test_feasible(void)
{
	Model		model = model_begin(2, 1);
	Case		c;

	model_a(&model, 0, 0, 1.0);
	model_a(&model, 0, 1, 1.0);
	model_row(&model, 0, 1.0, 2.0);
	begin_case(&c, &model);
	find(&c, NULL);
	CHECK_INT(c.conflict.proof, CO_PROOF_NONE);
	CHECK_INT(c.conflict.n, 0);
	check_relaxation(&c);
	CHECK_NEAR(c.relax.total, 0.0, 0.0);
	solved_end(&c.s);
	model_end(&model);
}

/* A certificate is a start, a wrong one no harm. */
static void
test_start(void)
{
	TestRandom	random = {5};
	Planted		t;
	Case		c;
	double	   *y;

	plant(&t, &random, 60);
	begin_case(&c, &t.model);
	solved_run(&c.s);
	CHECK_INT(c.s.sol.status, CO_INFEASIBLE);
	find(&c, c.s.sol.point.y);
	check_minimal(&c);
	CHECK_INT(c.conflict.n, t.k);
	CHECK(c.conflict.n_solve <= t.k);
	y = model_vector(t.model.m, 1.0);
	find(&c, y);
	check_minimal(&c);
	free(y);
	solved_end(&c.s);
	end_plant(&t);
}

/* Failures and cancels anywhere: an answer or a code, and no memory left. */
static void
test_weather(void)
{
	TestRandom	random = {9};
	Planted		t;

	plant(&t, &random, 30);
	for (long k = 0; k < 60; k++)
	{
		Case		c;

		begin_case(&c, &t.model);
		if (k % 2)
			c.s.host.cancel_at = c.s.host.n_poll + 7 * k;
		else
			c.s.host.fail_at = c.s.host.n_alloc + k / 2;
		c.s.rc = co_conflict_qp(&c.task, &c.s.qp, NULL, &c.conflict);
		CHECK(c.s.rc == CO_OK || c.s.rc == (k % 2 ? CO_CANCELED : CO_NO_MEMORY));
		solved_end(&c.s);
	}
	end_plant(&t);
}

/* Out of time: what is known, and that it is not minimal. */
static void
test_time_limit(void)
{
	TestRandom	random = {13};
	Planted		t;
	Case		c;

	plant(&t, &random, 40);
	begin_case(&c, &t.model);
	c.s.options.time_limit = 0.0;
	find(&c, NULL);
	CHECK(c.conflict.out_of_time);
	CHECK(!c.conflict.minimal);
	solved_end(&c.s);
	end_plant(&t);
}

CHECK_MAIN(TEST(test_known), TEST(test_single), TEST(test_dependent_equalities), TEST(test_feasible), TEST(test_few_relaxed),
		   TEST(test_planted), TEST(test_many_conflicts), TEST(test_start), TEST(test_weather),
		   TEST(test_time_limit))
