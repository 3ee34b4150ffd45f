/*-------------------------------------------------------------------------
 *
 * matrices.h
 *	  Sparse symmetric test matrices of many structures, made from a graph.
 *
 * A Sketch collects the strict lower triangle; test_quasi_definite gives every
 * vertex a sign and a diagonal that makes each sign's block definite by
 * dominance, while entries between the two signs are free.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MATRICES_H
#define MATRICES_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "linalg/csc.h"

typedef struct Sketch
{
	int			n;
	size_t		count,
				capacity;
	int		   *row,
			   *col;
	double	   *value;
	signed char *sign;			/* [n] */
} Sketch;

static inline Sketch
sketch_begin(int n)
{
	Sketch		s = {.n = n, .capacity = 64};

	s.row = malloc(s.capacity * sizeof(int));
	s.col = malloc(s.capacity * sizeof(int));
	s.value = malloc(s.capacity * sizeof(double));
	s.sign = malloc((size_t) n + 1);
	memset(s.sign, 1, (size_t) n + 1);
	return s;
}

static inline void
sketch_end(Sketch *s)
{
	free(s->row);
	free(s->col);
	free(s->value);
	free(s->sign);
}

static inline void
sketch_add(Sketch *s, int i, int j, double value)
{
	if (s->count == s->capacity)
	{
		s->capacity *= 2;
		s->row = realloc(s->row, s->capacity * sizeof(int));
		s->col = realloc(s->col, s->capacity * sizeof(int));
		s->value = realloc(s->value, s->capacity * sizeof(double));
	}
	s->row[s->count] = i > j ? i : j;
	s->col[s->count] = i > j ? j : i;
	s->value[s->count++] = value;
}

/* The diagonal that makes the matrix quasi-definite, spread over decades. */
static inline void
sketch_quasi_definite(Sketch *s, TestRandom *random, double decades)
{
	double	   *diagonal = calloc((size_t) s->n + 1, sizeof(double));

	for (size_t k = 0; k < s->count; k++)
		if (s->sign[s->row[k]] == s->sign[s->col[k]])
		{
			diagonal[s->row[k]] += fabs(s->value[k]);
			diagonal[s->col[k]] += fabs(s->value[k]);
		}
	for (int i = 0; i < s->n; i++)
		sketch_add(s, i, i, s->sign[i] *
				   (diagonal[i] + pow(10.0, decades * (test_uniform(random) - 0.5))));
	free(diagonal);
}

static inline CoCsc
sketch_matrix(const Sketch *s, CoArena *arena)
{
	CoCsc		k = {0};

	co_csc_from_triplets(arena, s->n, s->n, s->count, s->row, s->col, s->value, &k);
	return k;
}

static inline void
random_signs(Sketch *s, TestRandom *random)
{
	for (int i = 0; i < s->n; i++)
		s->sign[i] = test_uniform(random) < 0.6 ? 1 : -1;
}

static inline Sketch
make_random(TestRandom *random, int n, int per_row)
{
	Sketch		s = sketch_begin(n);

	random_signs(&s, random);
	for (int i = 1; i < n; i++)
		for (int k = 0; k < per_row; k++)
		{
			int			j = test_int(random, n);

			if (j != i)
				sketch_add(&s, i, j, test_normal(random));
		}
	return s;
}

/* entry (i, j) for |i - j| <= width */
static inline Sketch
make_band(TestRandom *random, int n, int width)
{
	Sketch		s = sketch_begin(n);

	random_signs(&s, random);
	for (int i = 0; i < n; i++)
		for (int j = i - width < 0 ? 0 : i - width; j < i; j++)
			sketch_add(&s, i, j, test_normal(random));
	return s;
}

/* the last n_dense rows are full: an arrow, a star, a factor model */
static inline Sketch
make_arrow(TestRandom *random, int n, int n_dense)
{
	Sketch		s = sketch_begin(n);

	for (int i = n - n_dense; i < n; i++)
	{
		s.sign[i] = -1;
		for (int j = 0; j < i; j++)
			sketch_add(&s, i, j, test_normal(random));
	}
	return s;
}

static inline Sketch
make_grid(TestRandom *random, int width, int height)
{
	Sketch		s = sketch_begin(width * height);

	random_signs(&s, random);
	for (int y = 0; y < height; y++)
		for (int x = 0; x < width; x++)
		{
			if (x > 0)
				sketch_add(&s, y * width + x, y * width + x - 1, test_normal(random));
			if (y > 0)
				sketch_add(&s, y * width + x, (y - 1) * width + x, test_normal(random));
		}
	return s;
}

static inline Sketch
make_blocks(TestRandom *random, int n_blocks, int size)
{
	Sketch		s = sketch_begin(n_blocks * size);

	random_signs(&s, random);
	for (int b = 0; b < n_blocks; b++)
		for (int i = 0; i < size; i++)
			for (int j = 0; j < i; j++)
				sketch_add(&s, b * size + i, b * size + j, test_normal(random));
	return s;
}

/*
 * Discretized optimal control: two fields on a grid bound by a five-point
 * equation, [Q 0 A'; 0 R B'; A B 0]; three vertices for each grid point.
 */
static inline Sketch
make_pde(TestRandom *random, int width)
{
	int			n = width * width;
	Sketch		s = sketch_begin(3 * n);

	for (int i = 0; i < n; i++)
	{
		int			x = i % width;

		s.sign[2 * n + i] = -1;
		sketch_add(&s, 2 * n + i, i, 4.0 + 0.1 * test_uniform(random));
		sketch_add(&s, 2 * n + i, n + i, -1.0);
		if (x > 0)
			sketch_add(&s, 2 * n + i, i - 1, -1.0);
		if (x < width - 1)
			sketch_add(&s, 2 * n + i, i + 1, -1.0);
		if (i >= width)
			sketch_add(&s, 2 * n + i, i - width, -1.0);
		if (i < n - width)
			sketch_add(&s, 2 * n + i, i + width, -1.0);
	}
	return s;
}

/* Optimal control over stages: nx states, nu inputs, dense dynamics. */
static inline Sketch
make_control(TestRandom *random, int stages, int nx, int nu)
{
	int			per = 2 * nx + nu;	/* states, inputs, equations */
	Sketch		s = sketch_begin(stages * per);

	for (int t = 0; t < stages; t++)
		for (int e = 0; e < nx; e++)
		{
			int			row = t * per + nx + nu + e;

			s.sign[row] = -1;
			for (int j = 0; j < nx + nu; j++)
				sketch_add(&s, row, t * per + j, test_normal(random));
			if (t + 1 < stages)
				sketch_add(&s, row, (t + 1) * per + e, -1.0);
		}
	return s;
}

/* Second differences of a sequence as rows (LISWET). */
static inline Sketch
make_chain(TestRandom *random, int n)
{
	int			m = n - 2;
	Sketch		s = sketch_begin(n + m);

	(void) random;
	for (int i = 0; i < m; i++)
	{
		s.sign[n + i] = -1;
		sketch_add(&s, n + i, i, 1.0);
		sketch_add(&s, n + i, i + 1, -2.0);
		sketch_add(&s, n + i, i + 2, 1.0);
	}
	return s;
}

/* A KKT matrix with zero diagonals but for the regularization. */
static inline Sketch
make_saddle(TestRandom *random, int n, int m, int per_row, double regularization)
{
	Sketch		s = sketch_begin(n + m);

	for (int i = 0; i < m; i++)
	{
		s.sign[n + i] = -1;
		sketch_add(&s, n + i, i % n, 1.0 + test_uniform(random));
		for (int k = 1; k < per_row; k++)
			sketch_add(&s, n + i, test_int(random, n), test_normal(random));
		sketch_add(&s, n + i, n + i, -regularization);
	}
	for (int j = 0; j < n; j++)
		sketch_add(&s, j, j, regularization +
				   (test_uniform(random) < 0.5 ? 0.0 : test_uniform(random)));
	return s;
}

#endif							/* MATRICES_H */
