/*-------------------------------------------------------------------------
 *
 * t_model_sets.c
 *	  Models of the literature: derivatives against differences, published
 *	  values at published points.
 *
 *-------------------------------------------------------------------------
 */
#include "nlpcheck.h"
#include "nlpdata.h"

static void
check_set(const char *set, const char *tier, int every, double at_least)
{
	NlpData    *data = nlp_open(set, tier);
	TestRandom	random = {17};
	Verdicts	verdicts = {0};
	NlpProblem	problem;
	int			n = 0;

	if (!data)
		SKIP("the data are not here");
	while (nlp_next(data, &problem))
	{
		Point		p;

		if (n++ % every != 0 || !problem.smooth || !problem.text)
			continue;
		begin();
		CHECK_INT(nlp_model(&arena, &problem, &p.model, &error), CO_OK);
		if (error.message[0])
			printf("  %s: %s\n", problem.name, error.message);
		else
			check_derivatives(problem.name, &p, &random, &verdicts);
		end();
	}
	nlp_close(data);
	printf("# %s: %d problems, %ld points, %ld not finite; %ld derivatives told, %ld unclear\n", set,
		   (n + every - 1) / every, verdicts.points, verdicts.rejected, verdicts.told,
		   verdicts.unclear);
	CHECK((double) verdicts.told >= at_least * (double) (verdicts.told + verdicts.unclear));
}

static void
test_derivatives_hs(void)
{
	check_set("nlp_hs", "small", 1, 0.98);
}

static void
test_derivatives_cute(void)
{
	check_set("nlp_cute", "small", 3, 0.95);
}

static void
test_derivatives_misc(void)
{
	check_set("nlp_misc", "small", 2, 0.95);
}

static void
test_derivatives_global(void)
{
	check_set("nlp_global", "small", 4, 0.95);
}

/* Every smooth problem's published value at its published point. */
static void
check_optima(const char *set, const char *tier, double tolerance)
{
	NlpData    *data = nlp_open(set, tier);
	NlpProblem	problem;
	int			n = 0;

	if (!data)
		SKIP("the data are not here");
	while (nlp_next(data, &problem))
	{
		Point		p;
		double		f;

		if (!problem.text || !problem.x_opt || isnan(problem.fopt))
			continue;
		begin();
		CHECK_INT(nlp_model(&arena, &problem, &p.model, &error), CO_OK);
		prepare(&p);
		co_copy(problem.n, problem.x_opt, p.x);
		co_model_fill_added(&p.model, p.x);
		CHECK_INT(p.model.n_var, problem.n);
		CHECK_INT(p.model.n_row, problem.m);
		CHECK_INT(eval(&p, CO_WANT_F | CO_WANT_C), CO_OK);
		f = p.model.maximize ? -p.value.f : p.value.f;
		if (!(fabs(f - problem.fopt) <= tolerance * fmax(1.0, fabs(problem.fopt))))
		{
			CHECK(false);
			printf("  %s: f = %.15g, published %.15g\n", problem.name, f, problem.fopt);
		}
		n++;
		end();
	}
	nlp_close(data);
	printf("# %s: %d published values\n", set, n);
	CHECK(n > 0);
}

static void
test_optima_hs(void)
{
	check_optima("nlp_hs", "small", 1e-6);
	check_optima("nlp_hs", "medium", 1e-6);
}

static void
test_optima_cute(void)
{
	check_optima("nlp_cute", "small", 1e-6);
}

static void
test_optima_misc(void)
{
	check_optima("nlp_misc", "small", 1e-6);
}

static void
test_optima_global(void)
{
	check_optima("nlp_global", "small", 1e-6);
}

CHECK_MAIN(TEST(test_derivatives_hs), TEST(test_derivatives_cute), TEST(test_derivatives_misc),
		   TEST(test_derivatives_global), TEST(test_optima_hs), TEST(test_optima_cute),
		   TEST(test_optima_misc), TEST(test_optima_global))
