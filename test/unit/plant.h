/*-------------------------------------------------------------------------
 *
 * plant.h
 *	  Random QPs in real numbers whose answer is known because they were made
 *	  backwards: from a KKT point, from a Farkas certificate, from a ray.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLANT_H
#define PLANT_H

#include "model.h"

typedef struct PlantKind
{
	int			n,
				m;
	double		density;		/* of A and of the factors of P */
	int			rank;			/* of P; 0: an LP */
	double		slack_part;		/* active sides whose multiplier is 0: degenerate */
	double		active_part;	/* sides that are active */
} PlantKind;

/* Mostly small, now and then a few hundred. */
static inline PlantKind
plant_kind(TestRandom *random, bool quadratic)
{
	PlantKind	kind;
	int			scale = test_int(random, 40);
	int			most = scale == 0 ? 300 : scale < 8 ? 59 : 20;

	kind.n = 2 + test_int(random, most);
	kind.m = test_int(random, 1 + (test_int(random, 3) ? kind.n : 2 * kind.n));
	kind.density = test_int(random, 2) ? 1.0 : fmin(1.0, 3.0 / kind.n);
	kind.rank = quadratic ? 1 + test_int(random, kind.n) : 0;
	kind.slack_part = test_int(random, 2) ? 0.0 : 0.5;
	kind.active_part = test_uniform(random);
	return kind;
}

static inline bool
plant_chance(TestRandom *random, double part)
{
	return test_uniform(random) < part;
}

static inline void
plant_matrix(Model *model, TestRandom *random, double density)
{
	for (int i = 0; i < model->m; i++)
	{
		int			sure = test_int(random, model->n);

		for (int j = 0; j < model->n; j++)
			if (j == sure || plant_chance(random, density))
				model_a(model, i, j, test_normal(random));
	}
}

/* P = sum of rank products f f', each f orthogonal to away (NULL: any). */
static inline void
plant_hessian(Model *model, TestRandom *random, const PlantKind *kind, const double *away)
{
	int			n = model->n;
	double	   *p = calloc((size_t) n * (size_t) n + 1, sizeof(double)),
			   *f = model_vector(n, 0.0);

	for (int r = 0; r < kind->rank; r++)
	{
		double		along = 0.0,
					size = 0.0;

		for (int j = 0; j < n; j++)
		{
			f[j] = plant_chance(random, kind->density) ? test_normal(random) : 0.0;
			if (away && f[j] != 0.0)
			{
				along += f[j] * away[j];
				size += away[j] * away[j];
			}
		}
		for (int j = 0; j < n; j++)
			if (away && f[j] != 0.0 && size > 0.0)
			{
				f[j] -= along / size * away[j];

				/* a single entry leaves its rounding, which would bend P */
				if (fabs(f[j]) < 1e-10)
					f[j] = 0.0;
			}
		for (int j = 0; j < n; j++)
			for (int i = j; i < n && f[j] != 0.0; i++)
				p[i * n + j] += f[i] * f[j];
	}
	for (int j = 0; j < n; j++)
		for (int i = j; i < n; i++)
			if (p[i * n + j] != 0.0)
				model_p(model, i, j, p[i * n + j]);
	free(p);
	free(f);
}

/* out += A x, or A' x */
static inline void
plant_product(const ModelEntries *a, bool transposed, const double *x, double *out)
{
	for (size_t k = 0; k < a->count; k++)
	{
		if (transposed)
			out[a->col[k]] += a->value[k] * x[a->row[k]];
		else
			out[a->row[k]] += a->value[k] * x[a->col[k]];
	}
}

static inline void
plant_symmetric_product(const ModelEntries *p, const double *x, double *out)
{
	for (size_t k = 0; k < p->count; k++)
	{
		out[p->row[k]] += p->value[k] * x[p->col[k]];
		if (p->row[k] != p->col[k])
			out[p->col[k]] += p->value[k] * x[p->row[k]];
	}
}

/* Sides around a value, resting on one or not; the multiplier they allow. */
static inline double
plant_sides(TestRandom *random, const PlantKind *kind, double at, double *lower, double *upper)
{
	double		v = plant_chance(random, kind->slack_part) ? 0.0 : 0.1 + test_uniform(random);
	int			how = test_int(random, 4);

	*lower = test_int(random, 2) ? -INFINITY : at - 0.1 - 2.0 * test_uniform(random);
	*upper = test_int(random, 2) ? INFINITY : at + 0.1 + 2.0 * test_uniform(random);
	if (!plant_chance(random, kind->active_part))
		return 0.0;
	if (how == 0)
	{
		*lower = *upper = at;
		return test_int(random, 2) ? v : -v;
	}
	if (how == 1)
	{
		*upper = at;
		return v;
	}
	*lower = at;
	return -v;
}

typedef struct PlantPoint
{
	double	   *x,
			   *y,
			   *z,
			   *ax,
				objective;
} PlantPoint;

static inline void
plant_point_end(PlantPoint *at)
{
	free(at->x);
	free(at->y);
	free(at->z);
	free(at->ax);
}

/* c that makes the point optimal, and its objective */
static inline void
plant_cost(Model *model, PlantPoint *at)
{
	double	   *px = model_vector(model->n, 0.0);

	plant_symmetric_product(&model->p, at->x, px);
	co_fill(model->n, 0.0, model->c);
	plant_product(&model->a, true, at->y, model->c);
	at->objective = model->c0;
	for (int j = 0; j < model->n; j++)
	{
		model->c[j] = -(model->c[j] + px[j] + at->z[j]);
		at->objective += at->x[j] * (model->c[j] + 0.5 * px[j]);
	}
	free(px);
}

static inline Model
plant_feasible(TestRandom *random, const PlantKind *kind, PlantPoint *at)
{
	Model		model = model_begin(kind->n, kind->m);

	at->x = model_vector(kind->n, 0.0);
	at->z = model_vector(kind->n, 0.0);
	at->y = model_vector(kind->m, 0.0);
	at->ax = model_vector(kind->m, 0.0);
	model.c0 = test_normal(random);
	plant_matrix(&model, random, kind->density);
	plant_hessian(&model, random, kind, NULL);
	for (int j = 0; j < kind->n; j++)
	{
		at->x[j] = plant_chance(random, 0.2) ? 0.0 : test_normal(random);
		at->z[j] = plant_sides(random, kind, at->x[j], &model.xl[j], &model.xu[j]);
	}
	plant_product(&model.a, false, at->x, at->ax);
	for (int i = 0; i < kind->m; i++)
		at->y[i] = plant_sides(random, kind, at->ax[i], &model.cl[i], &model.cu[i]);
	plant_cost(&model, at);
	return model;
}

/* A side for the sign of the multiplier, its term added to sup. */
static inline void
plant_lean(TestRandom *random, double v, double *lower, double *upper, double *sup)
{
	double		side = test_normal(random),
				width = plant_chance(random, 0.3) ? INFINITY : 3.0 * test_uniform(random);

	*lower = v > 0.0 ? side - width : side;
	*upper = v > 0.0 ? side : side + width;
	*sup += v * side;
}

/*
 * y on the first rows, z on the first variables; the last of these rows is
 * what makes A'y + z = 0, its side what makes the sum of sides -gap.
 */
static inline Model
plant_infeasible(TestRandom *random, const PlantKind *kind, double gap)
{
	int			n = kind->n,
				m = kind->m > 0 ? kind->m : 1,
				support = 1 + test_int(random, m),
				last = support - 1;
	Model		model = model_begin(n, m);
	double	   *left = model_vector(n, 0.0),
				sup = 0.0,
				v;
	PlantKind	loose = *kind;

	for (int j = 0; j < n; j++)
	{
		double		z = test_int(random, 2) ? test_normal(random) : 0.0;

		loose.active_part = 0.0;
		plant_sides(random, &loose, test_normal(random), &model.xl[j], &model.xu[j]);
		if (z != 0.0)
			plant_lean(random, z, &model.xl[j], &model.xu[j], &sup);
		left[j] = z;
		model.c[j] = test_normal(random);
	}
	for (int i = 0; i < m; i++)
	{
		if (i == last)
			continue;
		v = test_normal(random);
		plant_sides(random, &loose, test_normal(random), &model.cl[i], &model.cu[i]);
		if (i < last)
			plant_lean(random, v, &model.cl[i], &model.cu[i], &sup);
		for (int j = 0; j < n; j++)
			if (plant_chance(random, kind->density))
			{
				double		a = test_normal(random);

				model_a(&model, i, j, a);
				if (i < last)
					left[j] += v * a;
			}
	}
	v = test_int(random, 2) ? 0.5 + test_uniform(random) : -0.5 - test_uniform(random);
	for (int j = 0; j < n; j++)
		if (left[j] != 0.0)
			model_a(&model, last, j, -left[j] / v);
	model_row(&model, last, v > 0.0 ? -INFINITY : -(sup + gap) / v,
			  v > 0.0 ? -(sup + gap) / v : INFINITY);
	if (test_int(random, 2))
		model.cl[last] = model.cu[last] = v > 0.0 ? model.cu[last] : model.cl[last];
	plant_hessian(&model, random, kind, NULL);
	free(left);
	return model;
}

/* A feasible point x and a ray d with Pd = 0, c'd < 0. */
static inline Model
plant_unbounded(TestRandom *random, const PlantKind *kind)
{
	int			n = kind->n;
	Model		model = model_begin(n, kind->m);
	PlantKind	loose = *kind;
	double	   *x = model_vector(n, 0.0),
			   *d = model_vector(n, 0.0),
			   *ax = model_vector(kind->m, 0.0),
			   *ad = model_vector(kind->m, 0.0),
				cd = 0.0;
	int			sure = test_int(random, n);

	for (int j = 0; j < n; j++)
	{
		x[j] = test_normal(random);
		d[j] = j == sure || test_int(random, 2) ? test_normal(random) : 0.0;
		loose.active_part = d[j] != 0.0 ? 0.0 : 0.3;
		plant_sides(random, &loose, x[j], &model.xl[j], &model.xu[j]);
		if (d[j] > 0.0)
			model.xu[j] = INFINITY;
		if (d[j] < 0.0)
			model.xl[j] = -INFINITY;
		model.c[j] = test_normal(random);
		cd += model.c[j] * d[j];
	}
	plant_hessian(&model, random, kind, d);
	plant_matrix(&model, random, kind->density);
	plant_product(&model.a, false, x, ax);
	plant_product(&model.a, false, d, ad);
	loose.active_part = 0.0;
	for (int i = 0; i < kind->m; i++)
	{
		plant_sides(random, &loose, ax[i], &model.cl[i], &model.cu[i]);
		if (ad[i] > 0.0)
			model.cu[i] = INFINITY;
		else if (ad[i] < 0.0)
			model.cl[i] = -INFINITY;
	}
	/* c'd = -|d_sure| or less */
	model.c[sure] -= (fmax(cd, 0.0) + 1.0) / d[sure];
	free(x);
	free(d);
	free(ax);
	free(ad);
	return model;
}

#endif							/* PLANT_H */
