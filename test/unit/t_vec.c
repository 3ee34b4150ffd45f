/*-------------------------------------------------------------------------
 *
 * t_vec.c
 *	  base/vec.h: every length around the unrolling, NaN and infinity.
 *
 *-------------------------------------------------------------------------
 */
#include "check.h"

#include <float.h>

#include "base/vec.h"
#include "host.h"

#define MAX_N	23

/* Integers: the sums are exact. */
static void
test_products(void)
{
	TestRandom	random = {1};
	double		x[MAX_N],
				y[MAX_N + 1],
				want[MAX_N];

	for (int n = 0; n <= MAX_N; n++)
	{
		double		dot = 0.0;

		for (int i = 0; i < n; i++)
		{
			x[i] = test_int(&random, 100) - 50;
			y[i] = test_int(&random, 100) - 50;
			dot += x[i] * y[i];
			want[i] = y[i] - 3.0 * x[i];
		}
		y[n] = 123.0;
		CHECK(co_dot(n, x, y) == dot);
		co_axpy(n, -3.0, x, y);
		for (int i = 0; i < n; i++)
			CHECK(y[i] == want[i]);
		co_scale(n, 0.5, y);
		for (int i = 0; i < n; i++)
			CHECK(y[i] == 0.5 * want[i]);
		CHECK(y[n] == 123.0);
	}
}

/* The order of the sum is part of the promise: results repeat to the bit. */
static void
test_order_of_dot(void)
{
	double		x[9] = {1e16, 1.0, -1e16, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0};
	double		ones[9];

	co_fill(9, 1.0, ones);
	/* (1e16 + 1 + 1) + (1 + 1) + (-1e16 + 1 + 1 + 1): by four partial sums */
	CHECK(co_dot(9, x, ones) ==
		  ((((1e16 + 1.0) + 1.0) + (1.0 + 1.0)) + ((-1e16 + 1.0) + (1.0 + 1.0))));
}

static void
test_copy_and_fill(void)
{
	double		x[4] = {1.0, 2.0, 3.0, 4.0};
	double		y[4] = {0.0, 0.0, 0.0, 0.0};

	co_copy(3, x, y);
	CHECK(y[0] == 1.0 && y[2] == 3.0 && y[3] == 0.0);
	co_copy(0, NULL, NULL);
	co_copy(-1, NULL, NULL);
	co_fill(2, -7.0, y);
	CHECK(y[0] == -7.0 && y[1] == -7.0 && y[2] == 3.0);
	co_fill(0, 1.0, NULL);
	co_scale(0, 1.0, NULL);
	co_axpy(0, 1.0, NULL, NULL);
	CHECK(co_dot(0, NULL, NULL) == 0.0);
}

static void
test_norm(void)
{
	double		x[3] = {-3.0, 2.0, -0.0};

	CHECK(co_norm_inf(0, NULL) == 0.0);
	CHECK(co_norm_inf(3, x) == 3.0);
	x[2] = -INFINITY;
	CHECK(co_norm_inf(3, x) == INFINITY);
	for (int i = 0; i < 3; i++)
	{
		double		with_nan[3] = {INFINITY, 1.0, -INFINITY};

		with_nan[i] = NAN;
		CHECK(isnan(co_norm_inf(3, with_nan)));
	}
	x[0] = x[1] = x[2] = -DBL_TRUE_MIN;
	CHECK(co_norm_inf(3, x) == DBL_TRUE_MIN);
}

static void
test_clamp(void)
{
	CHECK(co_clamp(0.5, 0.0, 1.0) == 0.5);
	CHECK(co_clamp(-1.0, 0.0, 1.0) == 0.0);
	CHECK(co_clamp(2.0, 0.0, 1.0) == 1.0);
	CHECK(co_clamp(2.0, -INFINITY, INFINITY) == 2.0);
	CHECK(co_clamp(-INFINITY, -5.0, INFINITY) == -5.0);
	CHECK(co_clamp(3.0, 1.0, 1.0) == 1.0);
	CHECK(isnan(co_clamp(NAN, 0.0, 1.0)));
}

static void
test_all_finite(void)
{
	double		x[3] = {DBL_MAX, -DBL_MAX, 0.0};

	CHECK(co_all_finite(0, NULL));
	CHECK(co_all_finite(3, x));
	for (int i = 0; i < 3; i++)
	{
		double		bad[3] = {1.0, 1.0, 1.0};

		bad[i] = NAN;
		CHECK(!co_all_finite(3, bad));
		bad[i] = INFINITY;
		CHECK(!co_all_finite(3, bad));
		bad[i] = -INFINITY;
		CHECK(!co_all_finite(3, bad));
	}
}

CHECK_MAIN(TEST(test_products), TEST(test_order_of_dot), TEST(test_copy_and_fill),
		   TEST(test_norm), TEST(test_clamp), TEST(test_all_finite))
