/*-------------------------------------------------------------------------
 *
 * t_residual.c
 *	  The judge: residuals against hand computation and extended precision,
 *	  certificates that hold, that do not, and that must not depend on scale.
 *
 *-------------------------------------------------------------------------
 */
#include "check.h"
#include "host.h"
#include "nlp/residual.h"

#define MAX_N	8

/* A dense small problem with room for its arrays. */
typedef struct Small
{
	CoQp		qp;
	double		c[MAX_N],
				cl[MAX_N],
				cu[MAX_N],
				xl[MAX_N],
				xu[MAX_N],
				p_value[MAX_N * MAX_N],
				a_value[MAX_N * MAX_N];
	int			p_start[MAX_N + 1],
				p_index[MAX_N * MAX_N],
				a_start[MAX_N + 1],
				a_index[MAX_N * MAX_N];
} Small;

/* a: m x n by rows; p: lower triangle by rows, n x n, or NULL */
static void
make_small(Small *s, int m, int n, const double *a, const double *p)
{
	memset(s, 0, sizeof *s);
	s->qp = (CoQp) {.n = n, .m = m, .c = s->c, .cl = s->cl, .cu = s->cu, .xl = s->xl, .xu = s->xu};
	s->qp.a = (CoCsc) {m, n, s->a_start, s->a_index, s->a_value};
	s->qp.p = (CoCsc) {n, n, s->p_start, s->p_index, s->p_value};
	for (int j = 0; j < n; j++)
	{
		s->xl[j] = -INFINITY;
		s->xu[j] = INFINITY;
		s->a_start[j + 1] = s->a_start[j];
		s->p_start[j + 1] = s->p_start[j];
		for (int i = 0; i < m; i++)
			if (a[i * n + j] != 0.0)
			{
				s->a_index[s->a_start[j + 1]] = i;
				s->a_value[s->a_start[j + 1]++] = a[i * n + j];
			}
		for (int i = j; i < n && p; i++)
			if (p[i * n + j] != 0.0)
			{
				s->p_index[s->p_start[j + 1]] = i;
				s->p_value[s->p_start[j + 1]++] = p[i * n + j];
			}
	}
}

static CoResidual
judge(const CoQp *qp, double *x, double *y, double *z)
{
	TestHost	host;
	CoArena		arena;
	CoQpPoint	point = {x, y, z};
	CoResidual	out;

	test_host_init(&host);
	co_arena_init(&arena, &host.env, SIZE_MAX);
	CHECK_INT(co_qp_residual(&arena, qp, &point, &out), CO_OK);
	co_arena_free(&arena);
	CHECK_INT(host.live, 0);
	return out;
}

static double
infeasible_margin(const CoQp *qp, const double *y)
{
	TestHost	host;
	CoArena		arena;
	double		margin;

	test_host_init(&host);
	co_arena_init(&arena, &host.env, SIZE_MAX);
	CHECK_INT(co_qp_check_infeasible(&arena, qp, y, &margin), CO_OK);
	co_arena_free(&arena);
	CHECK_INT(host.live, 0);
	return margin;
}

static double
unbounded_margin(const CoQp *qp, const double *d)
{
	TestHost	host;
	CoArena		arena;
	double		margin;

	test_host_init(&host);
	co_arena_init(&arena, &host.env, SIZE_MAX);
	CHECK_INT(co_qp_check_unbounded(&arena, qp, d, &margin), CO_OK);
	co_arena_free(&arena);
	CHECK_INT(host.live, 0);
	return margin;
}

/* min x^2 + xy + y^2 - 3x + 7, x + 2y <= 1 active, y >= 0.25: every number by hand. */
static void
test_residual_by_hand(void)
{
	double		a[] = {1, 2};
	double		p[] = {2, 0, 1, 2};
	double		x[] = {0.5, 0.25};
	double		y[] = {1.5};
	double		z[] = {0.0, -3.5};
	Small		s;
	CoResidual	r;

	make_small(&s, 1, 2, a, p);
	s.qp.c0 = 7;
	s.c[0] = -3;
	s.cl[0] = -INFINITY;
	s.cu[0] = 1;
	s.xl[1] = 0.25;
	r = judge(&s.qp, x, y, z);
	CHECK_NEAR(r.objective, 0.25 + 0.125 + 0.0625 - 1.5 + 7, 1e-15);
	CHECK_NEAR(r.dual, fmax(fabs(1.25 - 3 + 1.5), fabs(1.0 + 3.0 - 3.5)), 1e-15);
	CHECK_NEAR(r.primal, 0.0, 0.0);
	CHECK_NEAR(r.complementarity, 0.0, 0.0);
	/* 1/2 x'Px = 0.4375, y cu = 1.5, z xl = -0.875 */
	CHECK_NEAR(r.dual_objective, 7 - 0.4375 - 1.5 + 0.875, 1e-15);
	CHECK_NEAR(r.gap, fabs(r.objective - r.dual_objective), 1e-14);
	CHECK_NEAR(r.dual_scale, 3.5, 0.0);

	y[0] = -1.5;				/* leans on a side that is not there */
	r = judge(&s.qp, x, y, z);
	CHECK(r.dual >= 1.5);
	CHECK(isfinite(r.gap));

	y[0] = 1.5;
	x[1] = 0.375;				/* row at 1.25: violated by 0.25; z leans 0.125 away */
	r = judge(&s.qp, x, y, z);
	CHECK_NEAR(r.primal, 0.25, 0.0);
	CHECK_NEAR(r.primal_scale, 1.25, 0.0);
	CHECK_NEAR(r.complementarity, 3.5 * 0.125, 1e-15);

	x[1] = NAN;
	r = judge(&s.qp, x, y, z);
	CHECK(r.primal == INFINITY && r.dual == INFINITY && r.gap == INFINITY);
}

/* Terms of 1e12 that cancel: the answer is in the last bits of the products. */
static void
test_residual_cancellation(void)
{
	double		a[] = {1e12 + 1.0 / 1024, -1e12, 3.0};
	double		x[] = {1.0 + 0x1p-30, 1.0 + 0x1p-31, 1.0 / 3.0};
	double		y[] = {0.0};
	double		z[] = {0.0, 0.0, 0.0};
	__float128	sum = 0;
	Small		s;
	CoResidual	r;

	make_small(&s, 1, 3, a, NULL);
	s.cl[0] = s.cu[0] = 0.0;
	for (int j = 0; j < 3; j++)
		sum += (__float128) a[j] * x[j];
	r = judge(&s.qp, x, y, z);
	CHECK_NEAR(r.primal, (double) sum, 1e-7 * fabs((double) sum) * 1e-6);
}

/* Dot2 against __float128 sums on random badly scaled dense data. */
static void
test_residual_random_precise(void)
{
	TestRandom	random = {7};

	for (int round = 0; round < 200; round++)
	{
		double		a[MAX_N * MAX_N];
		double		x[MAX_N];
		double		y[MAX_N] = {0};
		double		z[MAX_N] = {0};
		double		worst = 0.0;
		Small		s;
		CoResidual	r;

		for (int k = 0; k < MAX_N * MAX_N; k++)
			a[k] = test_normal(&random) * exp(20.0 * test_normal(&random) / 3);
		for (int j = 0; j < MAX_N; j++)
			x[j] = test_normal(&random) * exp(20.0 * test_normal(&random) / 3);
		make_small(&s, MAX_N, MAX_N, a, NULL);
		for (int i = 0; i < MAX_N; i++)
		{
			double		plain = 0.0;
			__float128	sum = 0;

			for (int j = 0; j < MAX_N; j++)
			{
				plain += a[i * MAX_N + j] * x[j];
				sum += (__float128) a[i * MAX_N + j] * x[j];
			}
			s.cl[i] = s.cu[i] = plain;
			worst = fmax(worst, fabs((double) (sum - plain)));
		}
		r = judge(&s.qp, x, y, z);
		CHECK_NEAR(r.primal, worst, 1e-9 * worst);
	}
}

/* x + y <= 1, x >= 0, y >= 0, x + y >= 2, in any scale and either sign. */
static void
test_infeasible_scaled(void)
{
	for (int k = -8; k <= 8; k++)
	{
		double		scale = pow(10.0, k);
		double		a[] = {scale, scale * 1e3, 1, 1e3};
		double		y[] = {1e-3 / scale, -1e-3};
		double		minus[] = {-y[0], -y[1]};
		double		wrong[] = {y[0], -0.4 * y[1]};
		Small		s;

		make_small(&s, 2, 2, a, NULL);
		s.cl[0] = -INFINITY;
		s.cu[0] = scale;
		s.cl[1] = 2;
		s.cu[1] = INFINITY;
		CHECK(infeasible_margin(&s.qp, y) > 0.3);
		CHECK(infeasible_margin(&s.qp, minus) > 0.3);
		CHECK(infeasible_margin(&s.qp, wrong) <= 0.0);
		s.xl[0] = s.xl[1] = 0;
		CHECK(infeasible_margin(&s.qp, y) > 0.3);
		s.cu[0] = 2 * scale;	/* now (2, 0) is feasible */
		CHECK(infeasible_margin(&s.qp, y) <= 0.0);
		s.cu[0] = 2 * scale * (1 - 1e-12);	/* and now by rounding only: not said */
		CHECK(infeasible_margin(&s.qp, y) <= 0.0);
	}
}

/*
 * x1 - x2 = 1, x1 - (1 + e) x2 = 0 has the only solution x2 = 1/e: with a
 * leftover of 1e-7 nothing is proved, however good it looks.
 */
static void
test_infeasible_far_solution(void)
{
	double		a[] = {1, -1, 1, -1 - 1e-7};
	double		y[] = {-1, 1};
	Small		s;

	make_small(&s, 2, 2, a, NULL);
	s.cl[0] = s.cu[0] = 1;
	CHECK(infeasible_margin(&s.qp, y) <= 0.0);
	s.xl[0] = s.xl[1] = -1000;	/* bounds make it a proof */
	s.xu[0] = s.xu[1] = 1000;
	CHECK(infeasible_margin(&s.qp, y) > 0.9);
	a[3] = -1;
	make_small(&s, 2, 2, a, NULL);
	s.cl[0] = s.cu[0] = 1;
	CHECK(infeasible_margin(&s.qp, y) > 0.9);
}

static void
test_infeasible_crossed(void)
{
	double		a[] = {1};
	double		y[] = {0};
	Small		s;

	make_small(&s, 1, 1, a, NULL);
	s.cl[0] = 0;
	s.cu[0] = 1;
	CHECK(infeasible_margin(&s.qp, y) <= 0.0);
	s.xl[0] = 1;
	s.xu[0] = 0;
	CHECK(infeasible_margin(&s.qp, y) > 0.0);
	s.xl[0] = s.xu[0] = INFINITY;
	CHECK(infeasible_margin(&s.qp, y) > 0.0);
	s.xl[0] = -INFINITY;
	s.cl[0] = 2;
	CHECK(infeasible_margin(&s.qp, y) > 0.0);
	s.cl[0] = 0;
	y[0] = NAN;
	CHECK(infeasible_margin(&s.qp, y) <= 0.0);
}

static void
test_unbounded_rays(void)
{
	for (int k = -8; k <= 8; k++)
	{
		double		scale = pow(10.0, k);
		double		a[] = {scale, -scale};
		double		p[] = {0, 0, 0, 0};
		double		d[] = {scale, scale};
		double		blocked[] = {scale, 0.5 * scale};
		Small		s;

		make_small(&s, 1, 2, a, NULL);
		s.cl[0] = -INFINITY;
		s.cu[0] = scale;
		s.c[0] = -1e-3;
		CHECK(unbounded_margin(&s.qp, d) > 0.9);
		CHECK(unbounded_margin(&s.qp, blocked) <= 0.0);
		s.xl[0] = -5;
		CHECK(unbounded_margin(&s.qp, d) > 0.9);
		s.xu[0] = 5;			/* the entry goes, and with it the descent */
		CHECK(unbounded_margin(&s.qp, d) <= 0.0);
		s.xu[0] = INFINITY;
		s.c[0] = 1e-3;
		CHECK(unbounded_margin(&s.qp, d) <= 0.0);
		s.c[0] = -1e-3;
		p[0] = p[3] = 1e-6;
		p[2] = -1e-6;			/* (x1 - x2)^2: flat along d */
		make_small(&s, 1, 2, a, p);
		s.cl[0] = -INFINITY;
		s.cu[0] = scale;
		s.c[0] = -1e-3;
		CHECK(unbounded_margin(&s.qp, d) > 0.9);
		p[0] = 1.001e-6;
		make_small(&s, 1, 2, a, p);
		s.cl[0] = -INFINITY;
		s.cu[0] = scale;
		s.c[0] = -1e-3;
		CHECK(unbounded_margin(&s.qp, d) <= 0.0);
	}
}

static void
test_residual_empty(void)
{
	double		none[1] = {0};
	Small		s;
	CoResidual	r;

	make_small(&s, 0, 0, none, NULL);
	s.qp.c0 = 3;
	r = judge(&s.qp, none, none, none);
	CHECK_NEAR(r.objective, 3.0, 0.0);
	CHECK_NEAR(r.dual_objective, 3.0, 0.0);
	CHECK_NEAR(r.gap, 0.0, 0.0);
	CHECK(infeasible_margin(&s.qp, none) <= 0.0);
	CHECK(unbounded_margin(&s.qp, none) <= 0.0);
}

static void
test_residual_failures(void)
{
	double		a[] = {1, 2, 3, 4};
	double		x[] = {1, 1};
	Small		s;

	make_small(&s, 2, 2, a, NULL);
	for (int k = 0; k < 20; k++)
	{
		TestHost	host;
		CoArena		arena;
		CoQpPoint	point = {x, x, x};
		CoResidual	out;
		double		margin;

		for (int which = 0; which < 3; which++)
		{
			CoRc		rc;

			test_host_init(&host);
			host.fail_at = k;
			co_arena_init(&arena, &host.env, SIZE_MAX);
			rc = which == 0 ? co_qp_residual(&arena, &s.qp, &point, &out) :
				which == 1 ? co_qp_check_infeasible(&arena, &s.qp, x, &margin) :
				co_qp_check_unbounded(&arena, &s.qp, x, &margin);
			CHECK(rc == (host.n_alloc > k ? CO_NO_MEMORY : CO_OK));
			co_arena_free(&arena);
			CHECK_INT(host.live, 0);
		}
	}
}

CHECK_MAIN(TEST(test_residual_by_hand), TEST(test_residual_cancellation),
		   TEST(test_residual_random_precise), TEST(test_infeasible_scaled),
		   TEST(test_infeasible_far_solution), TEST(test_infeasible_crossed),
		   TEST(test_unbounded_rays), TEST(test_residual_empty), TEST(test_residual_failures))
