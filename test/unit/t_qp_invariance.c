/*-------------------------------------------------------------------------
 *
 * t_qp_invariance.c
 *	  The same problem in other units, in another order, with the other sign:
 *	  the same status, the same solution, the multipliers in the new units.
 *
 *-------------------------------------------------------------------------
 */
#include "plant.h"

/* Multipliers and x of a problem with one solution, from residuals of 1e-8. */
#define NEAR		1e-6

#define N_PROBLEMS	12

/* new = what the old quantity is multiplied by */
typedef struct Units
{
	double		f;				/* objective */
	double	   *x;				/* [n] */
	double	   *row;			/* [m] */
	int		   *column_at;		/* [n] where variable j went */
	int		   *row_at;			/* [m] */
} Units;

static Units
units_begin(const Model *model)
{
	Units		u;

	u.f = 1.0;
	u.x = model_vector(model->n, 1.0);
	u.row = model_vector(model->m, 1.0);
	u.column_at = malloc(((size_t) model->n + 1) * sizeof(int));
	u.row_at = malloc(((size_t) model->m + 1) * sizeof(int));
	for (int j = 0; j < model->n; j++)
		u.column_at[j] = j;
	for (int i = 0; i < model->m; i++)
		u.row_at[i] = i;
	return u;
}

static void
units_end(Units *u)
{
	free(u->x);
	free(u->row);
	free(u->column_at);
	free(u->row_at);
}

/* Negative factors turn a side round. */
static void
put_sides(double factor, double lower, double upper, double *new_lower, double *new_upper)
{
	*new_lower = factor > 0.0 ? factor * lower : factor * upper;
	*new_upper = factor > 0.0 ? factor * upper : factor * lower;
}

static Model
transform(const Model *old, const Units *u)
{
	Model		new = model_begin(old->n, old->m);

	new.c0 = u->f * old->c0;
	for (int j = 0; j < old->n; j++)
	{
		int			to = u->column_at[j];

		new.c[to] = u->f * old->c[j] / u->x[j];
		put_sides(u->x[j], old->xl[j], old->xu[j], &new.xl[to], &new.xu[to]);
	}
	for (int i = 0; i < old->m; i++)
		put_sides(u->row[i], old->cl[i], old->cu[i], &new.cl[u->row_at[i]], &new.cu[u->row_at[i]]);
	for (size_t k = 0; k < old->a.count; k++)
		model_a(&new, u->row_at[old->a.row[k]], u->column_at[old->a.col[k]],
				old->a.value[k] * u->row[old->a.row[k]] / u->x[old->a.col[k]]);
	for (size_t k = 0; k < old->p.count; k++)
		model_p(&new, u->column_at[old->p.row[k]], u->column_at[old->p.col[k]],
				u->f * old->p.value[k] / (u->x[old->p.row[k]] * u->x[old->p.col[k]]));
	return new;
}

static double
largest(int n, const double *v)
{
	return fmax(1.0, co_norm_inf(n, v));
}

/* The new answer, brought back, against the old one. */
static void
compare(const Model *model, const Units *u, const Solved *old, const Solved *new)
{
	double		x_size = NEAR * largest(model->n, old->sol.point.x),
				y_size = NEAR * fmax(largest(model->m, old->sol.point.y), largest(model->n, old->sol.point.z)),
				f = old->sol.residual.objective;

	CHECK_STR(co_status_word(new->sol.status), co_status_word(old->sol.status));
	if (old->sol.status != CO_OPTIMAL || new->sol.status != CO_OPTIMAL)
		return;
	CHECK_NEAR(new->sol.residual.objective / u->f, f, NEAR * fmax(1.0, fabs(f)));
	for (int j = 0; j < model->n; j++)
	{
		CHECK_NEAR(new->sol.point.x[u->column_at[j]] / u->x[j], old->sol.point.x[j], x_size);
		CHECK_NEAR(new->sol.point.z[u->column_at[j]] * u->x[j] / u->f, old->sol.point.z[j], y_size);
	}
	for (int i = 0; i < model->m; i++)
		CHECK_NEAR(new->sol.point.y[u->row_at[i]] * u->row[i] / u->f, old->sol.point.y[i], y_size);
}

static void
check_units(const Model *model, const Units *u, const char *what, int problem)
{
	for (int presolve = 0; presolve < 2; presolve++)
	{
		Model		other = transform(model, u);
		Solved		s[2];
		int			before = check_failures;

		solved_begin(&s[0], model);
		solved_begin(&s[1], &other);
		for (int k = 0; k < 2; k++)
		{
			s[k].options.presolve = presolve;

			/* what has a unit is not asked for */
			s[k].options.absolute_tolerance = 1e-30;
			s[k].rc = co_qp_solve(&s[k].arena, &s[k].qp, &s[k].options, NULL, &s[k].sol);
			CHECK_INT(s[k].rc, CO_OK);
		}
		compare(model, u, &s[0], &s[1]);
		if (check_failures > before)
			printf("  ... %s, problem %d, presolve %d: %s, then %s %s\n", what, problem, presolve,
				   co_status_word(s[0].sol.status), co_status_word(s[1].sol.status),
				   co_termination_word(s[1].sol.termination));
		for (int k = 0; k < 2; k++)
			solved_end(&s[k]);
		model_end(&other);
	}
}

/*
 * One solution and one set of multipliers: P is definite, no active side has
 * the multiplier 0, and so few sides are active that their gradients are
 * independent (of a sparse row not all variables rest on their bounds).
 */
static Model
unique_problem(int k)
{
	TestRandom	random = {(uint64_t) k + 100};
	int			n = 4 + 4 * k;
	PlantKind	kind = {n, n / 2, k % 2 ? 1.0 : fmin(1.0, 8.0 / n), n, 0.0, 0.4};
	PlantPoint	at;
	Model		model;

	if (k % 6 == 4)
		return plant_infeasible(&random, &kind, 0.5);
	if (k % 6 == 5)
		return plant_unbounded(&random, &(PlantKind) {n, n / 2, 1.0, n / 2, 0.0, 0.4});
	model = plant_feasible(&random, &kind, &at);
	for (int j = 0; j < n; j++)
		model_p(&model, j, j, 1.0);
	for (int j = 0; j < n; j++)
		model.c[j] -= at.x[j];
	plant_point_end(&at);
	return model;
}

static void
with_units(const char *what, void (*change) (Units *, const Model *, double), int n_factors, const double *factors)
{
	for (int k = 0; k < N_PROBLEMS; k++)
		for (int f = 0; f < n_factors; f++)
		{
			Model		model = unique_problem(k);
			Units		u = units_begin(&model);

			change(&u, &model, factors[f]);
			check_units(&model, &u, what, k);
			units_end(&u);
			model_end(&model);
		}
}

static void
change_objective(Units *u, const Model *model, double factor)
{
	(void) model;
	u->f = factor;
}

static void
test_objective(void)
{
	static const double factors[] = {1e8, 1e-8, 3.0};

	with_units("objective", change_objective, 3, factors);
}

/* All rows by the factor, or each by its own up to it. */
static void
change_rows(Units *u, const Model *model, double factor)
{
	for (int i = 0; i < model->m; i++)
		u->row[i] = factor;
}

static void
change_rows_differently(Units *u, const Model *model, double factor)
{
	TestRandom	random = {9};

	for (int i = 0; i < model->m; i++)
		u->row[i] = pow(factor, 2.0 * test_uniform(&random) - 1.0);
}

static void
turn_rows(Units *u, const Model *model, double factor)
{
	for (int i = 0; i < model->m; i++)
		u->row[i] = i % 2 ? factor : 1.0;
}

static void
test_rows(void)
{
	static const double factors[] = {1e6, 1e-6};
	static const double minus[] = {-1.0};

	with_units("rows", change_rows, 2, factors);
	with_units("rows, each its own", change_rows_differently, 1, factors);
	with_units("rows turned", turn_rows, 1, minus);
}

static void
change_variables(Units *u, const Model *model, double factor)
{
	for (int j = 0; j < model->n; j++)
		u->x[j] = factor;
}

static void
change_variables_differently(Units *u, const Model *model, double factor)
{
	TestRandom	random = {10};

	for (int j = 0; j < model->n; j++)
		u->x[j] = pow(factor, 2.0 * test_uniform(&random) - 1.0);
}

static void
turn_variables(Units *u, const Model *model, double factor)
{
	for (int j = 0; j < model->n; j++)
		u->x[j] = j % 2 ? factor : 1.0;
}

static void
test_variables(void)
{
	static const double factors[] = {1e4, 1e-4};
	static const double minus[] = {-1.0};

	with_units("variables", change_variables, 2, factors);
	with_units("variables, each its own", change_variables_differently, 1, factors);
	with_units("variables turned", turn_variables, 1, minus);
}

static void
shuffle(TestRandom *random, int n, int *at)
{
	for (int k = n - 1; k > 0; k--)
	{
		int			other = test_int(random, k + 1),
					swap = at[k];

		at[k] = at[other];
		at[other] = swap;
	}
}

static void
permute(Units *u, const Model *model, double seed)
{
	TestRandom	random = {(uint64_t) seed};

	shuffle(&random, model->n, u->column_at);
	shuffle(&random, model->m, u->row_at);
}

static void
test_order(void)
{
	static const double seeds[] = {1.0, 2.0, 3.0};

	with_units("order", permute, 3, seeds);
}

static void
change_all(Units *u, const Model *model, double factor)
{
	change_rows_differently(u, model, factor);
	change_variables_differently(u, model, 1e4);
	permute(u, model, 5.0);
	u->f = 1e8;
}

static void
test_all_at_once(void)
{
	static const double factors[] = {1e6};

	with_units("all", change_all, 1, factors);
}

CHECK_MAIN(TEST(test_objective), TEST(test_rows), TEST(test_variables), TEST(test_order),
		   TEST(test_all_at_once))
