/*-------------------------------------------------------------------------
 *
 * t_scale.c
 *	  Equilibration: what it achieves, that it is exact, that it is undone.
 *
 *-------------------------------------------------------------------------
 */
#include "nlp/scale.h"
#include "plant.h"

static bool
power_of_two(double v)
{
	int			exponent;

	return frexp(v, &exponent) == 0.5;
}

/* A problem whose rows and columns span many decades. */
static Model
make_wild(TestRandom *random, int decades)
{
	PlantKind	kind = {20, 12, 0.4, 10, 0.0, 0.5};
	PlantPoint	at;
	Model		model = plant_feasible(random, &kind, &at);
	double	   *column = model_vector(kind.n, 1.0),
			   *row = model_vector(kind.m, 1.0);

	for (int j = 0; j < kind.n; j++)
		column[j] = pow(10.0, decades * (test_uniform(random) - 0.5));
	for (int i = 0; i < kind.m; i++)
		row[i] = pow(10.0, decades * (test_uniform(random) - 0.5));
	for (size_t k = 0; k < model.a.count; k++)
		model.a.value[k] *= row[model.a.row[k]] * column[model.a.col[k]];
	for (size_t k = 0; k < model.p.count; k++)
		model.p.value[k] *= column[model.p.row[k]] * column[model.p.col[k]];
	plant_point_end(&at);
	free(column);
	free(row);
	return model;
}

static void
check_lines(const CoQp *scaled)
{
	double	   *column = model_vector(scaled->n, 0.0),
			   *row = model_vector(scaled->m, 0.0);

	for (int j = 0; j < scaled->n; j++)
		for (int k = scaled->a.start[j]; k < scaled->a.start[j + 1]; k++)
		{
			double		v = fabs(scaled->a.value[k]);

			column[j] = fmax(column[j], v);
			row[scaled->a.index[k]] = fmax(row[scaled->a.index[k]], v);
		}

	/* Ruiz in the limit gives 1; ten passes and powers of two a factor of 4. */
	for (int i = 0; i < scaled->m; i++)
		CHECK(row[i] == 0.0 || (row[i] > 0.1 && row[i] < 8.0));
	for (int j = 0; j < scaled->n; j++)
		CHECK(column[j] < 8.0);
	free(column);
	free(row);
}

static void
test_equilibrates(void)
{
	TestRandom	random = {31};

	for (int k = 0; k < 60; k++)
	{
		Model		model = make_wild(&random, k % 13);
		Solved		s;
		CoQp		scaled;
		CoScaling	scaling;

		solved_begin(&s, &model);
		CHECK_INT(co_scale_qp(&s.arena, &s.qp, true, &scaled, &scaling), CO_OK);
		for (int j = 0; j < model.n; j++)
			CHECK(power_of_two(scaling.d[j]));
		for (int i = 0; i < model.m; i++)
			CHECK(power_of_two(scaling.e[i]));
		CHECK(power_of_two(scaling.k));
		check_lines(&scaled);
		solved_end(&s);
		model_end(&model);
	}
}

/* Every number of the scaled problem is the old one times its factors, exactly. */
static void
test_exact(void)
{
	TestRandom	random = {32};
	Model		model = make_wild(&random, 8);
	Solved		s;
	CoQp		scaled;
	CoScaling	f;

	solved_begin(&s, &model);
	CHECK_INT(co_scale_qp(&s.arena, &s.qp, true, &scaled, &f), CO_OK);
	for (int j = 0; j < model.n; j++)
	{
		CHECK(scaled.c[j] / (f.k * f.d[j]) == s.qp.c[j]);
		CHECK(scaled.xl[j] * f.d[j] == s.qp.xl[j]);
		CHECK(scaled.xu[j] * f.d[j] == s.qp.xu[j]);
		for (int k = s.qp.a.start[j]; k < s.qp.a.start[j + 1]; k++)
			CHECK(scaled.a.value[k] / f.e[s.qp.a.index[k]] / f.d[j] == s.qp.a.value[k]);
		for (int k = s.qp.p.start[j]; k < s.qp.p.start[j + 1]; k++)
			CHECK(scaled.p.value[k] / f.k / f.d[s.qp.p.index[k]] / f.d[j] == s.qp.p.value[k]);
	}
	for (int i = 0; i < model.m; i++)
	{
		CHECK(scaled.cl[i] / f.e[i] == s.qp.cl[i]);
		CHECK(scaled.cu[i] / f.e[i] == s.qp.cu[i]);
	}
	solved_end(&s);
	model_end(&model);
}

/* The stationarity of a scaled point is the scaled stationarity. */
static void
test_unscale(void)
{
	TestRandom	random = {33};
	Model		model = make_wild(&random, 8);
	Solved		s;
	CoQp		scaled;
	CoScaling	f;
	CoQpPoint	at = {model_vector(model.n, 0.0), model_vector(model.m, 0.0), model_vector(model.n, 0.0)},
				back = {model_vector(model.n, 0.0), model_vector(model.m, 0.0), model_vector(model.n, 0.0)};
	double	   *left = model_vector(model.n, 0.0),
			   *left_scaled = model_vector(model.n, 0.0);

	solved_begin(&s, &model);
	CHECK_INT(co_scale_qp(&s.arena, &s.qp, true, &scaled, &f), CO_OK);
	for (int j = 0; j < model.n; j++)
	{
		at.x[j] = test_normal(&random);
		at.z[j] = test_normal(&random);
	}
	for (int i = 0; i < model.m; i++)
		at.y[i] = test_normal(&random);
	co_unscale_point(&s.qp, &f, &at, &back);
	co_csc_symmul_add(&s.qp.p, 1.0, back.x, left);
	co_csc_tmul_add(&s.qp.a, 1.0, back.y, left);
	co_csc_symmul_add(&scaled.p, 1.0, at.x, left_scaled);
	co_csc_tmul_add(&scaled.a, 1.0, at.y, left_scaled);
	for (int j = 0; j < model.n; j++)
		CHECK_NEAR((left[j] + s.qp.c[j] + back.z[j]) * f.k * f.d[j],
				   left_scaled[j] + scaled.c[j] + at.z[j], 1e-12 * (1.0 + fabs(left_scaled[j])));

	/* in place as well */
	co_unscale_point(&s.qp, &f, &at, &at);
	for (int j = 0; j < model.n; j++)
		CHECK(at.x[j] == back.x[j] && at.z[j] == back.z[j]);
	solved_end(&s);
	free(left);
	free(left_scaled);
	for (int k = 0; k < 2; k++)
	{
		CoQpPoint  *p = k ? &at : &back;

		free(p->x);
		free(p->y);
		free(p->z);
	}
	model_end(&model);
}

static void
test_off(void)
{
	TestRandom	random = {34};
	Model		model = make_wild(&random, 6);
	Solved		s;
	CoQp		scaled;
	CoScaling	f;

	solved_begin(&s, &model);
	CHECK_INT(co_scale_qp(&s.arena, &s.qp, false, &scaled, &f), CO_OK);
	CHECK(f.k == 1.0);
	for (int j = 0; j < model.n; j++)
		CHECK(f.d[j] == 1.0 && scaled.c[j] == s.qp.c[j]);
	for (int i = 0; i < model.m; i++)
		CHECK(f.e[i] == 1.0);
	solved_end(&s);
	model_end(&model);
}

/* Empty lines, no objective, nothing at all. */
static void
test_empty(void)
{
	for (int n = 0; n < 3; n++)
	{
		Model		model = model_begin(n, n);
		Solved		s;
		CoQp		scaled;
		CoScaling	f;

		solved_begin(&s, &model);
		CHECK_INT(co_scale_qp(&s.arena, &s.qp, true, &scaled, &f), CO_OK);
		CHECK(f.k == 1.0);
		for (int j = 0; j < n; j++)
			CHECK(f.d[j] == 1.0 && f.e[j] == 1.0 && scaled.xu[j] == INFINITY);
		solved_end(&s);
		model_end(&model);
	}
}

CHECK_MAIN(TEST(test_equilibrates), TEST(test_exact), TEST(test_unscale), TEST(test_off), TEST(test_empty))
