/*-------------------------------------------------------------------------
 *
 * t_triangle.c
 *	  linalg/triangle.h against the matrix it was made from.
 *
 *-------------------------------------------------------------------------
 */
#include <float.h>
#include <stdlib.h>

#include "base/vec.h"
#include "fixture.h"
#include "linalg/triangle.h"

#define MOST_COLUMNS	20

typedef struct Sample			/* A and b, by rows of k + 1 */
{
	int			m,
				k;
	double	   *row;
} Sample;

static Sample
draw(TestRandom *random, int m, int k)
{
	Sample		s = {m, k, co_take_doubles(&arena, (size_t) m * (size_t) (k + 1))};

	for (int e = 0; e < m * (k + 1); e++)
		s.row[e] = test_normal(random);
	return s;
}

static void
reduce(const Sample *s, CoTriangle *t)
{
	CHECK_INT(co_triangle_begin(&arena, s->k, t), CO_OK);
	for (int i = 0; i < s->m; i++)
	{
		for (int j = 0; j <= s->k; j++)
			co_triangle_set(t, j, s->row[i * (s->k + 1) + j]);
		co_triangle_take_row(t);
	}
	co_triangle_end(t);
}

/* |Ax + b|^2 */
static double
value_of(const Sample *s, const double *x)
{
	double		sum = 0.0;

	for (int i = 0; i < s->m; i++)
	{
		const double *row = s->row + i * (s->k + 1);
		double		r = co_dot(s->k, row, x) + row[s->k];

		sum += r * r;
	}
	return sum;
}

/* |Rx + q|^2 + rho^2 */
static double
value_by(const CoTriangle *t, const double *x)
{
	double		sum = t->rho2;

	for (int i = 0; i < t->rank; i++)
	{
		const double *row = co_triangle_row(t, i);
		double		r = row[t->k];

		for (int j = i; j < t->k; j++)
			r += row[j] * t->scale[t->pivot[j]] * x[t->pivot[j]];
		sum += r * r;
	}
	return sum;
}

static void
check_values(const Sample *s, const CoTriangle *t, TestRandom *random, double tolerance)
{
	double		x[MOST_COLUMNS];

	for (int round = 0; round < 5; round++)
	{
		for (int j = 0; j < s->k; j++)
			x[j] = test_normal(random);
		CHECK_NEAR(value_by(t, x) / value_of(s, x), 1.0, tolerance);
	}
}

/* Fewer rows than columns, as many, more than a block takes, and none at all. */
static void
test_values(void)
{
	static const int rows[] = {1, 3, 8, 9, 63, 64, 200, 1000};
	TestRandom	random = {3};

	for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
		for (int k = 1; k <= MOST_COLUMNS; k += 4)
		{
			Sample		s;
			CoTriangle	t;

			begin();
			s = draw(&random, rows[r], k);
			reduce(&s, &t);
			CHECK_INT(t.rank, rows[r] < k ? rows[r] : k);
			check_values(&s, &t, &random, 1e-12);
			if (rows[r] <= k)
				CHECK(t.rho2 <= 1e-24 * rows[r]);
			end();
		}
}

/* Columns of very different sizes are no loss of rank, columns that depend on others are. */
static void
test_rank(void)
{
	TestRandom	random = {5};
	Sample		s;
	CoTriangle	t;

	begin();
	s = draw(&random, 100, 6);
	for (int i = 0; i < s.m; i++)
	{
		s.row[i * 7 + 1] *= 1e-30;
		s.row[i * 7 + 4] *= 1e20;
	}
	reduce(&s, &t);
	CHECK_INT(t.rank, 6);
	for (int i = 0; i < s.m; i++)
	{
		s.row[i * 7 + 2] = s.row[i * 7] - 3.0 * s.row[i * 7 + 3];
		s.row[i * 7 + 5] = 0.0;
	}
	reduce(&s, &t);
	CHECK_INT(t.rank, 4);
	CHECK_INT(t.pivot[5] == 5 || t.pivot[4] == 5, 1);
	end();
}

/* What A'A would lose: nothing of columns at right angles, all where they nearly depend. */
static void
test_loss(void)
{
	static const double angle[] = {1.0, 1e-3, 1e-6};

	for (int k = 0; k < 3; k++)
	{
		Sample		s;
		CoTriangle	t;

		begin();
		s = (Sample) {2, 2, co_take_zero_doubles(&arena, 6)};
		s.row[0] = 1.0;
		s.row[1] = k == 0 ? 0.0 : 1.0;
		s.row[4] = angle[k];
		reduce(&s, &t);
		CHECK_INT(t.rank, 2);
		CHECK(t.loss * angle[k] * angle[k] >= DBL_EPSILON / 4.0);
		CHECK(t.loss * angle[k] * angle[k] <= DBL_EPSILON * 16.0);
		end();
	}
}

/* An exact fit: the value is a difference of numbers that all digits are lost in. */
static void
test_value_lost(void)
{
	Sample		s;
	CoTriangle	t;

	begin();
	s = (Sample) {3, 1, co_take_zero_doubles(&arena, 6)};
	for (int i = 0; i < 3; i++)
	{
		s.row[2 * i] = 1.0;
		s.row[2 * i + 1] = 1e6 + 1e-3 * i;
	}
	reduce(&s, &t);
	CHECK_NEAR(t.rho2, 2e-6, 1e-13);
	CHECK(t.loss > 1.0);
	end();
}

CHECK_MAIN(TEST(test_values), TEST(test_rank), TEST(test_loss), TEST(test_value_lost))
