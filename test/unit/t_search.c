/*-------------------------------------------------------------------------
 *
 * t_search.c
 *	  The line search on the functions of [MT94], section 5, with the numbers
 *	  of evaluations that are printed there (tables 1 to 6).
 *
 *-------------------------------------------------------------------------
 */
#include "check.h"

#include <stdlib.h>

#include "base/vec.h"
#include "solver/search_more_thuente.h"

#define MOST		100			/* evaluations of a search */

typedef void (*Function) (double t, double *f, double *slope);

/* Concave at first, with one minimum far out (5.1). */
static void
far_minimum(double t, double *f, double *slope)
{
	double		b = 2.0;

	*f = -t / (t * t + b);
	*slope = (t * t - b) / ((t * t + b) * (t * t + b));
}

/* A polynomial with a flat region (5.2). */
static void
flat_region(double t, double *f, double *slope)
{
	double		a = t + 0.004;

	*f = pow(a, 5.0) - 2.0 * pow(a, 4.0);
	*slope = 5.0 * pow(a, 4.0) - 8.0 * pow(a, 3.0);
}

/* A broad valley with ripples (5.3). */
static void
ripples(double t, double *f, double *slope)
{
	double		b = 0.01,
				w = 39.0 * acos(-1.0) / 2.0;

	*f = t <= 1.0 - b ? 1.0 - t : t >= 1.0 + b ? t - 1.0 : (t - 1.0) * (t - 1.0) / (2.0 * b) + b / 2.0;
	*slope = t <= 1.0 - b ? -1.0 : t >= 1.0 + b ? 1.0 : (t - 1.0) / b;
	*f += 2.0 * (1.0 - b) / (2.0 * w) * sin(w * t);
	*slope += (1.0 - b) * cos(w * t);
}

/* Two steep ends (5.4). */
static void
between(double b1, double b2, double t, double *f, double *slope)
{
	double		g1 = sqrt(1.0 + b1 * b1) - b1,
				g2 = sqrt(1.0 + b2 * b2) - b2,
				r1 = sqrt((1.0 - t) * (1.0 - t) + b2 * b2),
				r2 = sqrt(t * t + b1 * b1);

	*f = g1 * r1 + g2 * r2;
	*slope = -g1 * (1.0 - t) / r1 + g2 * t / r2;
}

static void
steep_both(double t, double *f, double *slope)
{
	between(0.001, 0.001, t, f, slope);
}

static void
steep_left(double t, double *f, double *slope)
{
	between(0.01, 0.001, t, f, slope);
}

static void
steep_right(double t, double *f, double *slope)
{
	between(0.001, 0.01, t, f, slope);
}

typedef struct Table			/* of the paper */
{
	const char *name;
	Function	function;
	double		f_tolerance,
				g_tolerance;
	int			evaluations[4]; /* from 1e-3, 1e-1, 1e1, 1e3 */
} Table;

static const Table tables[] = {
	{"far minimum", far_minimum, 1e-3, 0.1, {6, 3, 1, 4}},
	{"flat region", flat_region, 0.1, 0.1, {12, 8, 8, 11}},
	{"ripples", ripples, 0.1, 0.1, {12, 12, 10, 13}},
	{"steep at both ends", steep_both, 1e-3, 1e-3, {4, 1, 3, 4}},
	{"steep at 0", steep_left, 1e-3, 1e-3, {6, 3, 7, 8}},
	{"steep at 1", steep_right, 1e-3, 1e-3, {13, 11, 8, 11}},
};

/* Evaluations until the search ends. */
static int
run(Function function, CoSearch *search, double trial, double f_tolerance, double g_tolerance,
	CoSearchVerdict *verdict)
{
	double		f,
				slope;
	int			n = 0;

	function(0.0, &f, &slope);
	co_search_begin(search, f, slope, trial, 1e20, 0.0);
	search->f_tolerance = f_tolerance;
	search->g_tolerance = g_tolerance;
	search->t_tolerance = 0.0;
	*verdict = CO_SEARCH_GO_ON;
	for (; n < MOST && *verdict == CO_SEARCH_GO_ON; n++)
	{
		function(search->trial, &f, &slope);
		*verdict = co_search_tell(search, f, slope);
	}
	return n;
}

static void
test_tables(void)
{
	for (size_t k = 0; k < sizeof tables / sizeof *tables; k++)
		for (int i = 0; i < 4; i++)
		{
			const Table *table = &tables[k];
			CoSearchVerdict verdict;
			CoSearch	search;
			double		f,
						slope;
			int			n = run(table->function, &search, pow(10.0, 2 * i - 3),
								table->f_tolerance, table->g_tolerance, &verdict);

			CHECK_INT(verdict, CO_SEARCH_FOUND);
			CHECK(search.best.t > 0.0);
			table->function(search.best.t, &f, &slope);
			CHECK(f <= search.phi_start + table->f_tolerance * search.best.t * search.start.slope);
			CHECK(fabs(slope) <= table->g_tolerance * fabs(search.start.slope));
			if (n != table->evaluations[i])
				printf("  %s from 1e%d: %d evaluations, printed: %d\n", table->name, 2 * i - 3, n,
					   table->evaluations[i]);
			CHECK(n <= table->evaluations[i] + 1);
		}
}

/* No values beyond some step: the search stays before it. */
static void
test_no_values(void)
{
	for (double edge = 1e-6; edge < 1e4; edge *= 10.0)
	{
		CoSearchVerdict verdict = CO_SEARCH_GO_ON;
		CoSearch	search;
		double		f,
					slope;
		int			n = 0;

		far_minimum(0.0, &f, &slope);
		co_search_begin(&search, f, slope, 1e3, 1e20, 0.0);
		for (; n < MOST && verdict == CO_SEARCH_GO_ON; n++)
		{
			far_minimum(search.trial, &f, &slope);
			verdict = search.trial < edge ? co_search_tell(&search, f, slope) : co_search_reject(&search);
		}
		CHECK(verdict != CO_SEARCH_GO_ON);
		CHECK(search.best.t > 0.0 && search.best.t < edge);
		CHECK(search.best.t > 0.05 * fmin(edge, 1.0));
	}
}

/* Down all the way: the longest step. */
static void
test_longest(void)
{
	CoSearchVerdict verdict = CO_SEARCH_GO_ON;
	CoSearch	search;

	co_search_begin(&search, 1.0, -2.0, 1.0, 100.0, 0.0);
	for (int n = 0; n < 10 && verdict == CO_SEARCH_GO_ON; n++)
		verdict = co_search_tell(&search, 1.0 - 2.0 * search.trial, -2.0);
	CHECK_INT(verdict, CO_SEARCH_FOUND);
	CHECK_NEAR(search.best.t, 100.0, 0.0);
}

/* (t - 1)^2 / 2 times 1e-13 on top of 1, whose rounding hides it. */
static void
test_rounding(void)
{
	CoSearchVerdict verdict;
	CoSearch	search;
	double		size = 1e-13;

	co_search_begin(&search, 1.0 + 0.5 * size, -size, 10.0, 1e20, 0.0);
	verdict = co_search_tell(&search, 1.0 + 3e-12, 9.0 * size);
	CHECK_INT(verdict, CO_SEARCH_GO_ON);
	CHECK_NEAR(search.trial, 1.0, 1e-6);	/* the slopes alone say so */
	verdict = co_search_tell(&search, 1.0 + 1e-12, 1e-9 * size);
	CHECK_INT(verdict, CO_SEARCH_FOUND);
	CHECK(search.by_slopes);
}

/* Steps so short that the slope stays: what f changes by then is noise. */
static void
test_noise(void)
{
	CoSearch	search;

	co_search_begin(&search, 1.0, -1e-6, 1.0, 1e20, 0.0);
	co_search_tell(&search, 1.0 + 1e-7, 2e-6);	/* a valley: no noise */
	CHECK_NEAR(search.noise_seen, 0.0, 0.0);
	CHECK(!co_search_is_misled(&search));
	search.trial = 1e-4;
	co_search_tell(&search, 1.0 + 1e-8, -0.99e-6);
	CHECK(search.noise_seen >= 1e-8 && search.noise_seen <= 2e-7);
	CHECK(co_search_is_misled(&search));
	/* a rise as steep as the slope is a slope of the wrong sign */
	co_search_begin(&search, 1.0, -1e-6, 1.0, 1e20, 0.0);
	co_search_tell(&search, 1.0 + 1e-6, -1e-6);
	CHECK_NEAR(search.noise_seen, 0.0, 0.0);
}

CHECK_MAIN(TEST(test_tables), TEST(test_no_values), TEST(test_longest), TEST(test_rounding),
		   TEST(test_noise))
