/*-------------------------------------------------------------------------
 *
 * plan.h
 *	  Random small QPs around a known solution, with something to presolve.
 *
 * Built backwards from a point and multipliers in integers: rows and columns
 * of every reducible kind are planted so that the point is feasible, then
 * c = -(Px + A'y + z).  plant_contradiction and plant_ray spoil such a problem.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLAN_H
#define PLAN_H

#include "base/vec.h"
#include "check.h"
#include "host.h"
#include "nlp/qp.h"
#include "tiny_ipm.h"

#define MAX_COL		24
#define MAX_ROW		32

typedef struct Plan				/* dense, integers */
{
	int			n,
				m;
	double		a[MAX_ROW][MAX_COL];
	double		p[MAX_COL][MAX_COL];
	double		c[MAX_COL],
				xl[MAX_COL],
				xu[MAX_COL],
				cl[MAX_ROW],
				cu[MAX_ROW];
	double		x[MAX_COL],
				y[MAX_ROW],
				z[MAX_COL];
	double		objective;		/* known optimum */
} Plan;

static inline CoQp
make_qp(CoArena *arena, const Plan *plan)
{
	CoQp		qp = {.n = plan->n, .m = plan->m};
	int			row[MAX_ROW * MAX_COL];
	int			col[MAX_ROW * MAX_COL];
	double		value[MAX_ROW * MAX_COL];
	size_t		nnz = 0;

	qp.c = co_take_grown(arena, plan->c, (size_t) qp.n, (size_t) qp.n, sizeof(double));
	qp.xl = co_take_grown(arena, plan->xl, (size_t) qp.n, (size_t) qp.n, sizeof(double));
	qp.xu = co_take_grown(arena, plan->xu, (size_t) qp.n, (size_t) qp.n, sizeof(double));
	qp.cl = co_take_grown(arena, plan->cl, (size_t) qp.m, (size_t) qp.m, sizeof(double));
	qp.cu = co_take_grown(arena, plan->cu, (size_t) qp.m, (size_t) qp.m, sizeof(double));
	for (int i = 0; i < qp.m; i++)
		for (int j = 0; j < qp.n; j++)
			if (plan->a[i][j] != 0.0)
			{
				row[nnz] = i;
				col[nnz] = j;
				value[nnz++] = plan->a[i][j];
			}
	CHECK_INT(co_csc_from_triplets(arena, qp.m, qp.n, nnz, row, col, value, &qp.a), CO_OK);
	nnz = 0;
	for (int i = 0; i < qp.n; i++)
		for (int j = 0; j <= i; j++)
			if (plan->p[i][j] != 0.0)
			{
				row[nnz] = i;
				col[nnz] = j;
				value[nnz++] = plan->p[i][j];
			}
	CHECK_INT(co_csc_from_triplets(arena, qp.n, qp.n, nnz, row, col, value, &qp.p), CO_OK);
	return qp;
}

static inline double
small_integer(TestRandom *random)
{
	double		v = 1 + test_int(random, 3);

	return test_int(random, 2) ? v : -v;
}

/* A variable somewhere, its bounds of any kind, z as the bounds allow. */
static inline void
plant_column(Plan *plan, TestRandom *random, int j)
{
	double		x = test_int(random, 9) - 4;
	double		z = test_int(random, 3) ? 1 + test_int(random, 4) : 0;

	plan->x[j] = x;
	plan->xl[j] = -INFINITY;
	plan->xu[j] = INFINITY;
	plan->z[j] = 0;
	switch (test_int(random, 8))
	{
		case 0:					/* free */
			break;
		case 1:					/* fixed */
			plan->xl[j] = plan->xu[j] = x;
			plan->z[j] = test_int(random, 2) ? z : -z;
			break;
		case 2:
		case 3:					/* at the lower bound */
			plan->xl[j] = x;
			plan->z[j] = -z;
			if (test_int(random, 2))
				plan->xu[j] = x + 1 + test_int(random, 5);
			break;
		case 4:					/* at the upper one */
			plan->xu[j] = x;
			plan->z[j] = z;
			if (test_int(random, 2))
				plan->xl[j] = x - 1 - test_int(random, 5);
			break;
		default:				/* between */
			if (test_int(random, 3))
				plan->xl[j] = x - 1 - test_int(random, 5);
			if (test_int(random, 3))
				plan->xu[j] = x + 1 + test_int(random, 5);
	}
}

static inline double
row_at(const Plan *plan, int i)
{
	double		sum = 0.0;

	for (int j = 0; j < plan->n; j++)
		sum += plan->a[i][j] * plan->x[j];
	return sum;
}

/* Sides around the activity of row i, active or not, y as they allow. */
static inline void
plant_sides(Plan *plan, TestRandom *random, int i)
{
	double		at = row_at(plan, i);
	double		y = test_int(random, 3) ? 1 + test_int(random, 4) : 0;

	plan->cl[i] = -INFINITY;
	plan->cu[i] = INFINITY;
	plan->y[i] = 0;
	switch (test_int(random, 6))
	{
		case 0:
		case 1:
			plan->cl[i] = plan->cu[i] = at;
			plan->y[i] = test_int(random, 2) ? y : -y;
			break;
		case 2:
			plan->cu[i] = at;
			plan->y[i] = y;
			if (test_int(random, 3) == 0)
				plan->cl[i] = at - 1 - test_int(random, 4);
			break;
		case 3:
			plan->cl[i] = at;
			plan->y[i] = -y;
			if (test_int(random, 3) == 0)
				plan->cu[i] = at + 1 + test_int(random, 4);
			break;
		default:
			if (test_int(random, 3))
				plan->cl[i] = at - 1 - test_int(random, 4);
			if (test_int(random, 3))
				plan->cu[i] = at + 1 + test_int(random, 4);
	}
}

/*
 * A row that only the bounds can satisfy: coefficients of the sign that puts
 * every variable of it at the bound it is on.
 */
static inline void
plant_forcing(Plan *plan, TestRandom *random, int i)
{
	int			sign = test_int(random, 2) ? 1 : -1;
	int			count = 0;

	for (int j = 0; j < plan->n && count < 4; j++)
	{
		bool		at_low = plan->x[j] == plan->xl[j];

		if ((!at_low && plan->x[j] != plan->xu[j]) || test_int(random, 2))
			continue;
		plan->a[i][j] = (at_low ? sign : -sign) * (1 + test_int(random, 3));
		count++;
	}
	plan->cl[i] = -INFINITY;
	plan->cu[i] = INFINITY;
	*(sign > 0 ? &plan->cu[i] : &plan->cl[i]) = row_at(plan, i);
	if (test_int(random, 3) == 0)
		plan->cl[i] = plan->cu[i] = row_at(plan, i);
	plan->y[i] = sign * test_int(random, 4);
}

static inline void
plant_row(Plan *plan, TestRandom *random, int i)
{
	int			kind = test_int(random, 10);

	memset(plan->a[i], 0, sizeof plan->a[i]);
	if (kind == 0)				/* empty */
		;
	else if (kind <= 2)			/* singleton */
		plan->a[i][test_int(random, plan->n)] = small_integer(random);
	else if (kind == 3)
	{
		plant_forcing(plan, random, i);
		return;
	}
	else if (kind == 4 && i > 0)	/* duplicate of an earlier one */
	{
		int			of = test_int(random, i);
		double		r = test_int(random, 2) ? 2 : -1;

		for (int j = 0; j < plan->n; j++)
			plan->a[i][j] = r * plan->a[of][j];
	}
	else
		for (int k = 0; k < 2 + test_int(random, 4); k++)
			plan->a[i][test_int(random, plan->n)] = small_integer(random);
	plant_sides(plan, random, i);
}

/* A parallel, singleton or empty column after the rows are there. */
static inline void
plant_special_columns(Plan *plan, TestRandom *random)
{
	for (int j = 1; j < plan->n; j++)
	{
		int			kind = test_int(random, 8);
		int			keep = test_int(random, plan->m > 0 ? plan->m : 1);
		int			of = test_int(random, j);
		double		r = test_int(random, 2) ? -1 : 2;

		for (int i = 0; i < plan->m && kind < 3; i++)
			plan->a[i][j] = kind == 0 ? 0.0 :
				kind == 1 ? (i == keep ? small_integer(random) : 0.0) : r * plan->a[i][of];
	}
	for (int i = 0; i < plan->m; i++)
		plant_sides(plan, random, i);
}

/* B'B of a few integer rows over some of the variables. */
static inline void
plant_quadratic(Plan *plan, TestRandom *random)
{
	for (int k = 0; k < 1 + test_int(random, 4); k++)
	{
		double		b[MAX_COL] = {0};

		for (int e = 0; e < 1 + test_int(random, 3); e++)
			b[test_int(random, plan->n)] = small_integer(random);
		for (int i = 0; i < plan->n; i++)
			for (int j = 0; j < plan->n; j++)
				plan->p[i][j] += b[i] * b[j];
	}
}

/* c = -(Px + A'y + z); the objective follows. */
static inline void
plant_costs(Plan *plan)
{
	plan->objective = 0.0;
	for (int j = 0; j < plan->n; j++)
	{
		double		px = 0.0;

		for (int k = 0; k < plan->n; k++)
			px += plan->p[j][k] * plan->x[k];
		plan->c[j] = -(px + plan->z[j]);
		for (int i = 0; i < plan->m; i++)
			plan->c[j] -= plan->a[i][j] * plan->y[i];
		plan->objective += plan->x[j] * (plan->c[j] + 0.5 * px);
	}
}

static inline void
plant(Plan *plan, TestRandom *random, bool quadratic)
{
	memset(plan, 0, sizeof *plan);
	plan->n = 1 + test_int(random, 14);
	plan->m = test_int(random, 14);
	for (int j = 0; j < plan->n; j++)
		plant_column(plan, random, j);
	for (int i = 0; i < plan->m; i++)
		plant_row(plan, random, i);
	if (test_int(random, 2))
		plant_special_columns(plan, random);
	if (quadratic)
		plant_quadratic(plan, random);
	plant_costs(plan);
}

/*
 * The same in other units: numbers that are no longer exact, rows and columns
 * that are parallel, tight or forcing only up to rounding.
 */
static inline void
rescale(Plan *plan, TestRandom *random)
{
	for (int i = 0; i < plan->m; i++)
	{
		double		r = (0.1 + test_uniform(random)) * pow(10.0, test_int(random, 5) - 2);

		for (int j = 0; j < plan->n; j++)
			plan->a[i][j] *= r;
		plan->cl[i] *= r;
		plan->cu[i] *= r;
	}
	for (int j = 0; j < plan->n; j++)
	{
		double		r = (0.1 + test_uniform(random)) * pow(10.0, test_int(random, 3) - 1);

		for (int i = 0; i < plan->m; i++)
			plan->a[i][j] *= r;
		for (int k = 0; k < plan->n; k++)
		{
			plan->p[j][k] *= r;
			plan->p[k][j] *= r;
		}
		plan->c[j] *= r;
		plan->xl[j] /= r;
		plan->xu[j] /= r;
	}
}

/* One row or bound more that contradicts a combination of the others. */
static inline bool
plant_contradiction(Plan *plan, TestRandom *random)
{
	double		least = 0.0;
	int			i = plan->m;
	int			used = 0;

	for (int k = 0; k < i; k++)
	{
		double		y = small_integer(random);
		double		side = y > 0.0 ? plan->cl[k] : plan->cu[k];

		if (!isfinite(side) || test_int(random, 3))
			continue;
		for (int j = 0; j < plan->n; j++)
			plan->a[i][j] += y * plan->a[k][j];
		least += y * side;
		used++;
	}
	for (int j = 0; j < plan->n; j++)
	{
		double		z = small_integer(random);
		double		side = z > 0.0 ? plan->xl[j] : plan->xu[j];

		if (!isfinite(side) || test_int(random, 3))
			continue;
		plan->a[i][j] += z;
		least += z * side;
		used++;
	}
	plan->cl[i] = -INFINITY;
	plan->cu[i] = least - 1;
	plan->m++;
	return used > 0;
}

/* Open the problem along an integer direction of descent. */
static inline bool
plant_ray(Plan *plan, TestRandom *random)
{
	double		d[MAX_COL] = {0};
	double		slope = 0.0;
	int			last = -1;

	for (int j = 0; j < plan->n; j++)
	{
		if (plan->p[j][j] != 0.0 || test_int(random, 3) == 0)
			continue;
		d[j] = test_int(random, 2) ? 1 : -1;
		plan->xl[j] = d[j] < 0.0 ? -INFINITY : plan->xl[j];
		plan->xu[j] = d[j] > 0.0 ? INFINITY : plan->xu[j];
		last = j;
	}
	for (int i = 0; i < plan->m; i++)
	{
		double		growth = 0.0;

		for (int j = 0; j < plan->n; j++)
			growth += plan->a[i][j] * d[j];
		plan->cl[i] = growth < 0.0 ? -INFINITY : plan->cl[i];
		plan->cu[i] = growth > 0.0 ? INFINITY : plan->cu[i];
	}
	for (int j = 0; j < plan->n; j++)
		slope += plan->c[j] * d[j];
	if (last >= 0)
		plan->c[last] -= (slope + 1 + test_int(random, 3)) * d[last];
	return last >= 0;
}

typedef struct Builder			/* a QP by triplets, everything free at first */
{
	CoQp		qp;
	int		   *row,
			   *col;
	double	   *value;
	size_t		nnz;
} Builder;

static inline Builder
begin_qp(CoArena *arena, int m, int n, int nnz)
{
	Builder		b = {.qp = {.n = n, .m = m}};

	b.qp.c = co_take_zero_doubles(arena, (size_t) n);
	b.qp.xl = co_take_doubles(arena, (size_t) n);
	b.qp.xu = co_take_doubles(arena, (size_t) n);
	b.qp.cl = co_take_zero_doubles(arena, (size_t) m);
	b.qp.cu = co_take_zero_doubles(arena, (size_t) m);
	b.row = co_take_ints(arena, (size_t) nnz);
	b.col = co_take_ints(arena, (size_t) nnz);
	b.value = co_take_doubles(arena, (size_t) nnz);
	co_fill(n, -INFINITY, b.qp.xl);
	co_fill(n, INFINITY, b.qp.xu);
	return b;
}

static inline void
add_entry(Builder *b, int i, int j, double value)
{
	b->row[b->nnz] = i;
	b->col[b->nnz] = j;
	b->value[b->nnz++] = value;
}

static inline void
add_matrix(Builder *b, const CoCsc *a, int row_offset)
{
	for (int j = 0; j < a->ncol; j++)
		for (int k = a->start[j]; k < a->start[j + 1]; k++)
			add_entry(b, row_offset + a->index[k], j, a->value[k]);
}

static inline CoQp
end_qp(CoArena *arena, Builder *b)
{
	int		   *none = co_take_zero_ints(arena, (size_t) b->qp.n + 1);

	CHECK_INT(co_csc_from_triplets(arena, b->qp.m, b->qp.n, b->nnz, b->row, b->col, b->value,
								   &b->qp.a), CO_OK);
	b->qp.p = (CoCsc) {b->qp.n, b->qp.n, none, none, NULL};
	return b->qp;
}

#endif							/* PLAN_H */
