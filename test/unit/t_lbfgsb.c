/*-------------------------------------------------------------------------
 *
 * t_lbfgsb.c
 *	  L-BFGS-B: its answers against known ones, and what it does where values,
 *	  memory or patience end.
 *
 *-------------------------------------------------------------------------
 */
#include "boxtest.h"
#include "solver/lbfgsb.h"

#define MAX_FAILURES 10000

static CoBoxOptions options;
static CoBoxOutcome outcome;

static void
begin(void)
{
	begin_box();
	co_box_options_default(&options);
	options.tolerance = 1e-9;
	options.decrease = -1.0;
	options.max_iterations = 10000;
}


/* Rosenbrock's, chained; 0 at 1. */
static void
valley(const Function *function, const double *x, double *f, double *grad)
{
	int			n = function->box.n;

	*f = 0.0;
	co_fill(n, 0.0, grad);
	for (int j = 0; j + 1 < n; j++)
	{
		double		a = x[j + 1] - x[j] * x[j],
					b = 1.0 - x[j];

		*f += 100.0 * a * a + b * b;
		grad[j] -= 400.0 * x[j] * a + 2.0 * b;
		grad[j + 1] += 200.0 * a;
	}
}

static void
slide(const Function *function, const double *x, double *f, double *grad)
{
	*f = 0.0;
	for (int j = 0; j < function->box.n; j++)
	{
		*f -= x[j];
		grad[j] = -1.0;
	}
}

/* A gradient of the wrong sign. */
static void
lie(const Function *function, const double *x, double *f, double *grad)
{
	spring(function, x, f, grad);
	co_scale(function->box.n, -1.0, grad);
}

/* In [-1e-9, 1e-9], another one for every x. */
static double
small_noise(int n, const double *x)
{
	double		sum = 0.0;

	for (int j = 0; j < n; j++)
		sum += 1e7 * x[j] * (j + 1);
	return 1e-9 * sin(sum);
}

static CoRc
minimize(Function *function, double *x, double *grad)
{
	CoRc		rc;

	function->box.self = function;
	rc = co_lbfgsb(&arena, &function->box, &options, x, grad, &outcome);
	CHECK(!function->left_box);
	return rc;
}

/*--------------------------------------------------------------------------
 * Answers
 *--------------------------------------------------------------------------
 */

static void
test_known(void)
{
	for (int n = 1; n <= 200; n = 3 * n + 1)
		for (int memory = 1; memory <= CO_BOX_MEMORY_MOST; memory = 2 * memory + 1)
		{
			Function	free_one,
						held;
			double	   *x,
					   *grad;

			begin();
			options.memory = memory;
			options.tolerance = 1e-8;
			x = constant(n, -1.2);
			grad = constant(n, 0.0);
			free_one = function_of(n, -INFINITY, INFINITY, spring);
			CHECK_INT(minimize(&free_one, x, grad), CO_OK);
			CHECK_INT(outcome.verdict, CO_BOX_CONVERGED);
			CHECK_INT(outcome.evaluations, free_one.calls);
			check_kkt(&free_one, x, 1e-8);
			co_fill(n, 7.0, x);
			held = function_of(n, -0.5, 1.0, spring);
			CHECK_INT(minimize(&held, x, grad), CO_OK);
			CHECK_INT(outcome.verdict, CO_BOX_CONVERGED);
			check_kkt(&held, x, 1e-8);
			end_box();
		}
}

/* The minimizer is known: 1, or where the bounds hold it. */
static void
test_valley(void)
{
	for (int n = 2; n <= 50; n *= 5)
	{
		Function	function;
		double	   *x,
				   *grad;

		begin();
		x = constant(n, -1.2);
		grad = constant(n, 0.0);
		function = function_of(n, -2.0, INFINITY, valley);
		CHECK_INT(minimize(&function, x, grad), CO_OK);
		CHECK_INT(outcome.verdict, CO_BOX_CONVERGED);
		check_kkt(&function, x, 1e-9);
		if (outcome.f < 1.0)
			CHECK_NEAR(x[n - 1], 1.0, 1e-6);	/* n > 3 has another minimum */
		co_fill(n, 0.0, x);
		function = function_of(n, -2.0, 0.5, valley);
		CHECK_INT(minimize(&function, x, grad), CO_OK);
		check_kkt(&function, x, 1e-9);
		CHECK_NEAR(x[0], 0.5, n == 2 ? 0.0 : 1.0);
		end_box();
	}
}

/* No variables, fixed ones, a start that is the answer, a point on every bound. */
static void
test_trivial(void)
{
	Function	function;
	double		nothing = 0.0,
			   *x,
			   *grad;
	double		xl[4] = {2.0, -INFINITY, 0.0, 5.0},
				xu[4] = {2.0, INFINITY, 0.0, 5.0};

	begin();
	function = function_of(0, 0.0, 0.0, spring);
	CHECK_INT(minimize(&function, &nothing, &nothing), CO_OK);
	CHECK_INT(outcome.verdict, CO_BOX_CONVERGED);
	CHECK_INT(outcome.evaluations, 1);
	x = constant(4, -9.0);
	grad = constant(4, 0.0);
	function = function_of(4, 0.0, 0.0, spring);
	function.box.xl = xl;
	function.box.xu = xu;
	CHECK_INT(minimize(&function, x, grad), CO_OK);
	CHECK_INT(outcome.verdict, CO_BOX_CONVERGED);
	CHECK_NEAR(x[0], 2.0, 0.0);
	CHECK_NEAR(x[1], 0.0, 1e-9);	/* 2 (x + 1) + (x - 2) + x = 0 */
	CHECK_NEAR(x[3], 5.0, 0.0);
	CHECK_INT(minimize(&function, x, grad), CO_OK);
	CHECK_INT(outcome.iterations, 0);
	CHECK_INT(outcome.evaluations, 1);
	end_box();
}

/* Where there are no values on one side of the minimizer, and at the start. */
static void
test_no_values(void)
{
	for (double edge = -1.5; edge <= 0.9; edge += 0.1)
	{
		Function	function;
		double	   *x,
				   *grad;

		begin();
		x = constant(2, 3.0);
		grad = constant(2, 0.0);
		function = function_of(2, -INFINITY, INFINITY, valley);
		function.no_value_below = edge;
		CHECK_INT(minimize(&function, x, grad), CO_OK);
		CHECK_INT(outcome.verdict, CO_BOX_CONVERGED);
		CHECK_NEAR(x[0], 1.0, 1e-6);
		co_fill(2, edge - 1.0, x);
		CHECK_INT(minimize(&function, x, grad), CO_OK);
		CHECK_INT(outcome.verdict, CO_BOX_BAD_START);
		CHECK_INT(outcome.evaluations, 1);
		end_box();
	}
}

/* The minimizer is where the values end: no answer, but a point close by. */
static void
test_edge(void)
{
	Function	function;
	double	   *x,
			   *grad;

	begin();
	x = constant(1, 3.0);
	grad = constant(1, 0.0);
	function = function_of(1, -INFINITY, INFINITY, spring);
	function.no_value_below = 1.0;
	CHECK_INT(minimize(&function, x, grad), CO_OK);
	CHECK_INT(outcome.verdict, CO_BOX_LINE_SEARCH_FAILURE);
	CHECK_NEAR(x[0], 1.0, 1e-3);
	end_box();
}

/* A value that is noise below 1e-9 ends no search early. */
static void
test_noise(void)
{
	Function	function;
	double	   *x,
			   *grad;

	begin();
	options.tolerance = 1e-8;
	x = constant(20, 3.0);
	grad = constant(20, 0.0);
	function = function_of(20, -0.5, INFINITY, spring);
	function.noise = small_noise;
	CHECK_INT(minimize(&function, x, grad), CO_OK);
	CHECK_INT(outcome.verdict, CO_BOX_CONVERGED);
	check_kkt(&function, x, 1e-8);
	end_box();
}

/* Verdicts that are no answers. */
static void
test_verdicts(void)
{
	Function	function;
	double	   *x,
			   *grad;

	begin();
	x = constant(3, 0.0);
	grad = constant(3, 0.0);
	function = function_of(3, -1.0, INFINITY, slide);
	options.f_least = -1e15;
	CHECK_INT(minimize(&function, x, grad), CO_OK);
	CHECK_INT(outcome.verdict, CO_BOX_UNBOUNDED);
	CHECK(outcome.f < -1e15);
	co_fill(3, 0.0, x);
	function = function_of(3, -9.0, 9.0, lie);
	CHECK_INT(minimize(&function, x, grad), CO_OK);
	CHECK_INT(outcome.verdict, CO_BOX_LINE_SEARCH_FAILURE);
	co_fill(3, -1.2, x);
	function = function_of(3, -9.0, 9.0, valley);
	options.max_iterations = 5;
	CHECK_INT(minimize(&function, x, grad), CO_OK);
	CHECK_INT(outcome.verdict, CO_BOX_ITERATION_LIMIT);
	CHECK_INT(outcome.iterations, 5);
	options.max_evaluations = 3;
	CHECK_INT(minimize(&function, x, grad), CO_OK);
	CHECK_INT(outcome.verdict, CO_BOX_EVALUATION_LIMIT);
	CHECK_INT(outcome.evaluations, 3);
	end_box();
}

typedef struct Watch
{
	int			n,
				reports,
				stop_at;
	double		f;
} Watch;

static CoRc
watch(void *self, const CoBoxIterate *iterate, bool *stop)
{
	Watch	   *w = self;

	CHECK_INT(iterate->iteration, w->reports);
	CHECK(w->reports == 0 || iterate->f < w->f);
	CHECK((iterate->step > 0.0) == (iterate->iteration > 0));
	w->f = iterate->f;
	*stop = w->reports++ == w->stop_at;
	return w->stop_at < 0 && w->reports == -w->stop_at ? CO_CANCELED : CO_OK;
}

static void
test_report(void)
{
	Function	function;
	Watch		w = {.stop_at = 4};
	double	   *x,
			   *grad;

	begin();
	options.report = watch;
	options.self = &w;
	x = constant(2, -1.2);
	grad = constant(2, 0.0);
	function = function_of(2, -9.0, 9.0, valley);
	CHECK_INT(minimize(&function, x, grad), CO_OK);
	CHECK_INT(outcome.verdict, CO_BOX_STOPPED);
	CHECK_INT(outcome.iterations, 4);
	CHECK_NEAR(outcome.f, w.f, 0.0);
	w = (Watch) {.stop_at = -3};
	co_fill(2, -1.2, x);
	CHECK_INT(minimize(&function, x, grad), CO_CANCELED);
	CHECK_INT(outcome.iterations, 2);
	end_box();
}

/*--------------------------------------------------------------------------
 * Ends
 *--------------------------------------------------------------------------
 */

/* The k-th evaluation ends the solve, or has no value: the point is the last good one. */
static void
test_evaluation_ends(void)
{
	static const CoRc codes[] = {CO_TIME_EXCEEDED, CO_CANCELED, CO_BAD_INPUT, CO_NOT_FINITE};

	for (int c = 0; c < 4; c++)
		for (int k = 0; k < 40; k++)
		{
			Function	function;
			double	   *x,
					   *grad,
						f;
			CoRc		rc;

			begin();
			x = constant(5, -1.2);
			grad = constant(5, 0.0);
			function = function_of(5, -2.0, 0.9, valley);
			function.ends_at = k;
			function.ends_with = codes[c];
			rc = minimize(&function, x, grad);
			CHECK_INT(rc, codes[c] == CO_NOT_FINITE || function.calls <= k ? CO_OK : codes[c]);
			if (k > 0)
			{
				valley(&function, x, &f, grad);
				CHECK_NEAR(outcome.f, f, 0.0);
				CHECK_NEAR(outcome.projected, co_box_projected(&function.box, x, grad), 0.0);
			}
			else
				CHECK_INT(outcome.verdict, CO_BOX_BAD_START);
			end_box();
		}
}

static void
test_cancel(void)
{
	CoRc		rc = CO_CANCELED;
	long		k = 0;

	for (; rc == CO_CANCELED && k < MAX_FAILURES; k++)
	{
		Function	function;
		double	   *x,
				   *grad;

		begin();
		x = constant(5, -1.2);
		grad = constant(5, 0.0);
		function = function_of(5, -2.0, 0.9, valley);
		host.cancel_at = k;
		rc = minimize(&function, x, grad);
		CHECK(rc == CO_OK || rc == CO_CANCELED);
		end_box();
	}
	CHECK_INT(rc, CO_OK);
	CHECK(k > 20);
}

static void
test_allocation(void)
{
	CoRc		rc = CO_NO_MEMORY;
	long		k = 0;

	for (; rc == CO_NO_MEMORY && k < MAX_FAILURES; k++)
	{
		Function	function;
		double	   *x,
				   *grad;

		begin();
		x = constant(5000, -1.2);
		grad = constant(5000, 0.0);
		function = function_of(5000, -2.0, 0.9, spring);
		host.fail_at = host.n_alloc + k;
		rc = minimize(&function, x, grad);
		CHECK(rc == CO_OK || rc == CO_NO_MEMORY);
		end_box();
	}
	CHECK_INT(rc, CO_OK);
	CHECK(k > 3);
}

/* What is announced is what is taken, and it is given back. */
static void
test_memory(void)
{
	for (int memory = 1; memory <= CO_BOX_MEMORY_MOST; memory += 4)
	{
		Function	function;
		double	   *x,
				   *grad,
					room;
		size_t		before;

		begin();
		options.memory = memory;
		x = constant(30000, 2.0);
		grad = constant(30000, 0.0);
		function = function_of(30000, -1.0, 1.5, spring);
		before = arena.used;
		CHECK_INT(minimize(&function, x, grad), CO_OK);
		CHECK_INT(outcome.verdict, CO_BOX_CONVERGED);
		room = co_lbfgsb_memory(30000, memory);
		CHECK((double) (arena.peak - before) <= room * 1.02 + 65536.0);
		CHECK((double) (arena.peak - before) >= room * 0.9);
		CHECK(arena.used <= before + 65536);
		end_box();
	}
}

/* A million variables: linear memory, polls all the way. */
static void
test_large(void)
{
	int			n = test_quick() ? LARGE / 100 : LARGE;
	Function	function;
	double	   *x,
			   *grad,
				begun;

	begin();
	options.tolerance = 1e-6;
	x = constant(n, 2.0);
	grad = constant(n, 0.0);
	function = function_of(n, -1.0, 1.5, spring);
	host.last_poll = host.longest_gap = 0.0;
	begun = test_cpu_time();
	CHECK_INT(minimize(&function, x, grad), CO_OK);
	begun = test_cpu_time() - begun;
	CHECK_INT(outcome.verdict, CO_BOX_CONVERGED);
	check_kkt(&function, x, 1e-6);
	printf("# n = %d: %d iterations, %d evaluations, %.2f s, %.0f bytes a variable, longest gap between polls %.0f ms\n",
		   n, outcome.iterations, outcome.evaluations, begun, (double) arena.peak / n,
		   1e3 * host.longest_gap);
	CHECK((double) arena.peak <= 300.0 * n + 1e6);
	if (test_is_timed())
		CHECK(host.longest_gap < 0.3);
	end_box();
}

CHECK_MAIN(TEST(test_known), TEST(test_valley), TEST(test_trivial), TEST(test_no_values),
		   TEST(test_edge), TEST(test_noise), TEST(test_verdicts), TEST(test_report),
		   TEST(test_evaluation_ends), TEST(test_cancel), TEST(test_allocation), TEST(test_memory),
		   TEST(test_large))
