/*-------------------------------------------------------------------------
 *
 * t_warm.c
 *	  Convex problems solved one after the other, each from the solution before:
 *	  fewer iterations, and never another answer, whatever the hint says.
 *
 *-------------------------------------------------------------------------
 */
#include "model.h"
#include "solver/active.h"

#define SAME_OBJECTIVE	1e-7
#define ASSETS			200
#define TARGETS			50
#define PERIODS			30

typedef struct Sequence			/* counts of a sequence, cold and warm */
{
	bool		active_set;		/* the method; else the interior point */
	long		cold,
				warm;
	int			n_hit;			/* solved by the hint's sides alone */
	double		cold_time,
				warm_time;
	double	   *x,				/* the last solution */
			   *y,
			   *z;
} Sequence;

static void
sequence_begin(Sequence *s, const Model *model, bool active_set)
{
	memset(s, 0, sizeof *s);
	s->active_set = active_set;
	s->x = model_vector(model->n, 0.0);
	s->y = model_vector(model->m, 0.0);
	s->z = model_vector(model->n, 0.0);
}

static void
sequence_end(Sequence *s)
{
	free(s->x);
	free(s->y);
	free(s->z);
}

static void
solve(const Sequence *s, Solved *out, const Model *model, const CoQpPoint *hint)
{
	solved_begin(out, model);
	out->rc = s->active_set ?
		co_active_qp_solve(&out->arena, &out->qp, &out->options, hint, NULL, &out->sol) :
		co_qp_solve_warm(&out->arena, &out->qp, &out->options, hint, &out->sol);
	check_answer(out);
}

/* Cold, then from the hint: the same status and objective. */
static void
compare(Sequence *s, const Model *model, bool first)
{
	Solved		cold,
				warm;
	CoQpPoint	hint = {s->x, s->y, s->z};

	solve(s, &cold, model, NULL);
	solve(s, &warm, model, first ? NULL : &hint);
	CHECK_INT(warm.rc, cold.rc);
	CHECK_STR(co_status_word(warm.sol.status), co_status_word(cold.sol.status));
	if (warm.sol.status == CO_OPTIMAL)
	{
		CHECK_NEAR(warm.sol.residual.objective, cold.sol.residual.objective,
				   SAME_OBJECTIVE * fmax(1.0, fabs(cold.sol.residual.objective)));
		co_copy(model->n, warm.sol.point.x, s->x);
		co_copy(model->m, warm.sol.point.y, s->y);
		co_copy(model->n, warm.sol.point.z, s->z);
	}
	if (!first)
	{
		s->cold += cold.sol.iterations;
		s->warm += warm.sol.iterations;
		s->n_hit += strstr(warm.sol.reason, "warm start") != NULL;
		s->cold_time += cold.sol.time_total;
		s->warm_time += warm.sol.time_total;
	}
	solved_end(&cold);
	solved_end(&warm);
}

static void
report(const char *what, const Sequence *s)
{
	printf("# %s, %s: %ld iterations cold, %ld warm (%.0f %%), %d by the sides of the hint; %.3f s and %.3f s\n",
		   what, s->active_set ? "active set" : "interior point", s->cold, s->warm, 100.0 * (double) s->warm / (double) s->cold, s->n_hit,
		   s->cold_time, s->warm_time);
}

/* Returns by a few factors and noise; caps, so that many bounds are active. */
static Model
make_portfolio(TestRandom *random, int n, double *mu)
{
	enum
	{
		FACTORS = 8
	};
	Model		model = model_begin(n, 2);
	double	   *load = model_vector(n * FACTORS, 0.0);

	for (int j = 0; j < n; j++)
	{
		mu[j] = 0.02 + 0.1 * test_uniform(random);
		for (int k = 0; k < FACTORS; k++)
			load[j * FACTORS + k] = 0.1 * test_normal(random) * (1.0 + 10.0 * mu[j]);
		model_a(&model, 0, j, 1.0);
		model_a(&model, 1, j, mu[j]);
		model_bounds(&model, j, 0.0, 0.1);
	}
	for (int i = 0; i < n; i++)
		for (int j = 0; j <= i; j++)
		{
			double		cov = i == j ? 0.01 * (1.0 + test_uniform(random)) : 0.0;

			for (int k = 0; k < FACTORS; k++)
				cov += load[i * FACTORS + k] * load[j * FACTORS + k];
			model_p(&model, i, j, 2.0 * cov);
		}
	model_row(&model, 0, 1.0, 1.0);
	free(load);
	return model;
}

/* What a warm sequence may cost of the cold one's iterations or pivots. */
static double
share(bool active_set)
{
	return active_set ? 0.15 : 0.4;
}

/* The efficient frontier, point by point. */
static void
run_frontier(bool active_set)
{
	TestRandom	random = {11};
	double	   *mu = model_vector(ASSETS, 0.0);
	Model		model = make_portfolio(&random, ASSETS, mu);
	Sequence	s;

	sequence_begin(&s, &model, active_set);
	for (int k = 0; k < TARGETS; k++)
	{
		model_row(&model, 1, 0.07 + 0.04 * k / TARGETS, INFINITY);
		compare(&s, &model, k == 0);
	}
	report("frontier", &s);
	CHECK(s.warm <= share(active_set) * s.cold);
	sequence_end(&s);
	model_end(&model);
	free(mu);
}

/* The covariances and returns of today differ a little from yesterday's. */
static void
run_rolling_portfolio(bool active_set)
{
	TestRandom	random = {12};
	double	   *mu = model_vector(ASSETS, 0.0);
	Model		model = make_portfolio(&random, ASSETS, mu);
	Sequence	s;

	sequence_begin(&s, &model, active_set);
	model_row(&model, 1, 0.08, INFINITY);
	for (int k = 0; k < PERIODS; k++)
	{
		compare(&s, &model, k == 0);
		for (size_t e = 0; e < model.a.count; e++)
			if (model.a.row[e] == 1)
				model.a.value[e] *= 1.0 + 0.01 * test_normal(&random);
		for (size_t e = 0; e < model.p.count; e++)
			if (model.p.row[e] == model.p.col[e])
				model.p.value[e] *= 1.0 + 0.02 * test_uniform(&random);
	}
	report("rolling portfolio", &s);
	CHECK(s.warm <= share(active_set) * s.cold);
	sequence_end(&s);
	model_end(&model);
	free(mu);
}

/* Plants to markets, with demands that change from period to period. */
static void
run_rolling_allocation(bool active_set)
{
	enum
	{
		PLANTS = 12,
		MARKETS = 20
	};
	TestRandom	random = {13};
	Model		model = model_begin(PLANTS * MARKETS, PLANTS + MARKETS);
	Sequence	s;

	for (int p = 0; p < PLANTS; p++)
		for (int k = 0; k < MARKETS; k++)
		{
			int			j = p * MARKETS + k;

			model.c[j] = 1.0 + 9.0 * test_uniform(&random);
			model_a(&model, p, j, 1.0);
			model_a(&model, PLANTS + k, j, 1.0);
		}
	for (int p = 0; p < PLANTS; p++)
		model_row(&model, p, -INFINITY, 30.0 + 10.0 * test_uniform(&random));
	for (int k = 0; k < MARKETS; k++)
		model_row(&model, PLANTS + k, 10.0 + 5.0 * test_uniform(&random), INFINITY);
	sequence_begin(&s, &model, active_set);
	for (int t = 0; t < PERIODS; t++)
	{
		compare(&s, &model, t == 0);
		for (int k = 0; k < MARKETS; k++)
			model.cl[PLANTS + k] *= 1.0 + 0.02 * test_normal(&random);
	}
	report("rolling allocation", &s);
	CHECK(s.warm <= share(active_set) * s.cold);
	sequence_end(&s);
	model_end(&model);
}

/* Random multipliers, huge ones, a point far away, an infeasible problem. */
static void
run_wrong_hints(bool active_set)
{
	TestRandom	random = {14};
	double		mu[30];
	Model		model = make_portfolio(&random, 30, mu);
	Sequence	s;

	sequence_begin(&s, &model, active_set);
	for (int k = 0; k < 60; k++)
	{
		double		size = pow(10.0, k % 7 - 3);

		for (int j = 0; j < model.n; j++)
		{
			s.x[j] = size * test_normal(&random);
			s.z[j] = test_int(&random, 2) ? 0.0 : size * test_normal(&random);
		}
		for (int i = 0; i < model.m; i++)
			s.y[i] = size * test_normal(&random);
		model_row(&model, 1, k % 5 == 4 ? 0.2 : 0.08, INFINITY);
		compare(&s, &model, false);
	}
	sequence_end(&s);
	model_end(&model);
}

static void
test_interior_point(void)
{
	run_frontier(false);
	run_rolling_portfolio(false);
	run_rolling_allocation(false);
	run_wrong_hints(false);
}

static void
test_active_set(void)
{
	run_frontier(true);
	run_rolling_portfolio(true);
	run_rolling_allocation(true);
	run_wrong_hints(true);
}

CHECK_MAIN(TEST(test_interior_point), TEST(test_active_set))
