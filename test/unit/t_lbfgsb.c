/*-------------------------------------------------------------------------
 *
 * t_lbfgsb.c
 *	  L-BFGS-B: its pieces against dense linear algebra, its answers against
 *	  known ones, and what it does where values, memory or patience end.
 *
 *-------------------------------------------------------------------------
 */
#include "check.h"

#include <stdlib.h>

#include "base/vec.h"
#include "host.h"
#include "solver/lbfgsb.h"
#include "solver/lbfgsb_private.h"
#include "solver/nlp_solve.h"

#define N			8			/* of the dense comparisons */
#define LARGE		1000000
#define MAX_FAILURES 10000

static TestHost host;
static CoArena arena;
static CoBoxOptions options;
static CoBoxOutcome outcome;

static void
begin(void)
{
	test_host_init(&host);
	co_arena_init(&arena, &host.env, SIZE_MAX);
	co_box_options_default(&options);
	options.tolerance = 1e-9;
	options.decrease = -1.0;
	options.max_iterations = 10000;
}

static void
end(void)
{
	co_arena_free(&arena);
	CHECK_INT(host.live, 0);
}

/*--------------------------------------------------------------------------
 * Functions
 *--------------------------------------------------------------------------
 */

typedef struct Function
{
	CoBox		box;
	void		(*value) (const struct Function *function, const double *x, double *f, double *grad);
	double		(*noise) (int n, const double *x);	/* NULL: none */
	double	   *work;			/* [n] of eval_nlp() */
	double		no_value_below; /* of x[0] */
	int			calls,
				ends_at;		/* this call answers ends_with */
	CoRc		ends_with;
	bool		left_box;
} Function;

static CoRc
eval_function(void *self, const double *x, double *f, double *grad)
{
	Function   *function = self;
	const CoBox *box = &function->box;

	for (int j = 0; j < box->n; j++)
		function->left_box |= !(x[j] >= box->xl[j] && x[j] <= box->xu[j]);
	if (function->calls++ == function->ends_at)
		return function->ends_with;
	if (box->n > 0 && x[0] < function->no_value_below)
	{
		*f = NAN;
		return CO_NOT_FINITE;
	}
	function->value(function, x, f, grad);
	if (function->noise)
		*f += function->noise(box->n, x);
	return CO_OK;
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

/* sum of (j % 7 + 1) / 2 (x_j - (j % 5 - 2))^2 + (x_j - x_j+1)^2 / 2 */
static void
spring(const Function *function, const double *x, double *f, double *grad)
{
	int			n = function->box.n;

	*f = 0.0;
	for (int j = 0; j < n; j++)
	{
		double		a = j % 7 + 1.0,
					off = x[j] - (j % 5 - 2.0);

		*f += 0.5 * a * off * off;
		grad[j] = a * off;
	}
	for (int j = 0; j + 1 < n; j++)
	{
		double		off = x[j] - x[j + 1];

		*f += 0.5 * off * off;
		grad[j] += off;
		grad[j + 1] -= off;
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

/* n variables in [low, high]; bounds, x and gradient in the arena. */
static Function
function_of(int n, double low, double high,
			void (*value) (const Function *, const double *, double *, double *))
{
	Function	function = {.value = value, .no_value_below = -INFINITY, .ends_at = -1};
	double	   *xl = co_take_doubles(&arena, (size_t) n),
			   *xu = co_take_doubles(&arena, (size_t) n);

	co_fill(n, low, xl);
	co_fill(n, high, xu);
	function.box = (CoBox) {n, xl, xu, eval_function, NULL};
	return function;
}

static double *
constant(int n, double value)
{
	double	   *x = co_take_doubles(&arena, (size_t) n);

	co_fill(n, value, x);
	return x;
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

/* The KKT conditions at x, by a fresh evaluation. */
static void
check_kkt(Function *function, const double *x, double tolerance)
{
	int			n = function->box.n;
	double	   *grad = constant(n, 0.0),
			   *z = constant(n, 0.0),
				f;

	function->value(function, x, &f, grad);
	CHECK(co_box_projected(&function->box, x, grad) <= tolerance);
	co_box_multipliers(&function->box, x, grad, z);
	for (int j = 0; j < n; j++)
	{
		CHECK(fabs(grad[j] + z[j]) <= tolerance);
		CHECK(z[j] <= 0.0 || x[j] >= function->box.xu[j] - tolerance);
		CHECK(z[j] >= 0.0 || x[j] <= function->box.xl[j] + tolerance);
	}
}

/*--------------------------------------------------------------------------
 * The pieces, against dense linear algebra
 *--------------------------------------------------------------------------
 */

typedef double Dense[N][N];

/* B s of the recursion: B - B s s'B / s'Bs + y y' / y's */
static void
update_dense(Dense b, const double *s, const double *y)
{
	double		bs[N],
				sbs = 0.0,
				sy = co_dot(N, s, y);

	for (int i = 0; i < N; i++)
	{
		bs[i] = co_dot(N, b[i], s);
		sbs += s[i] * bs[i];
	}
	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++)
			b[i][j] += y[i] * y[j] / sy - bs[i] * bs[j] / sbs;
}

/* Pairs of a random positive definite matrix; the last `memory` in b. */
static CoLbfgs *
draw_matrix(TestRandom *random, int memory, int n_pairs, Dense b)
{
	double		s[30][N],
				y[30][N],
				root[N][N];
	CoLbfgs    *lbfgs;
	int			first = n_pairs > memory ? n_pairs - memory : 0;

	CHECK_INT(co_lbfgs_new(&arena, N, memory, &lbfgs), CO_OK);
	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++)
			root[i][j] = test_normal(random);
	for (int k = 0; k < n_pairs; k++)
	{
		double		rs[N];

		for (int j = 0; j < N; j++)
			s[k][j] = test_normal(random);
		for (int i = 0; i < N; i++)
			rs[i] = co_dot(N, root[i], s[k]);
		for (int j = 0; j < N; j++)
		{
			y[k][j] = 0.1 * s[k][j];
			for (int i = 0; i < N; i++)
				y[k][j] += root[i][j] * rs[i];
		}
		CHECK_INT(co_lbfgs_update(lbfgs, s[k], y[k]), CO_OK);
	}
	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++)
			b[i][j] = i == j ? lbfgs->theta : 0.0;
	for (int k = first; k < n_pairs; k++)
		update_dense(b, s[k], y[k]);
	return lbfgs;
}

static double
norm_of(Dense b)
{
	double		norm = 0.0;

	for (int i = 0; i < N; i++)
		norm = fmax(norm, co_norm_inf(N, b[i]));
	return norm;
}

/* theta I - W M W' is the recursion's matrix. */
static void
test_matrix(void)
{
	TestRandom	random = {11};

	for (int memory = 1; memory <= 7; memory++)
		for (int n_pairs = 1; n_pairs <= memory + 3; n_pairs++)
		{
			Dense		b;
			CoLbfgs    *lbfgs;

			begin();
			lbfgs = draw_matrix(&random, memory, n_pairs, b);
			CHECK_INT(lbfgs->count, n_pairs < memory ? n_pairs : memory);
			for (int j = 0; j < N; j++)
			{
				double		e[N] = {0},
							column[N] = {0};
				CoLbfgsVector t;

				e[j] = 1.0;
				column[j] = lbfgs->theta;
				CHECK_INT(co_lbfgs_project(lbfgs, NULL, N, e, t), CO_OK);
				co_lbfgs_middle(lbfgs, t);
				CHECK_INT(co_lbfgs_expand(lbfgs, NULL, N, -1.0, t, column), CO_OK);
				for (int i = 0; i < N; i++)
					CHECK_NEAR(column[i], b[i][j], 1e-9 * norm_of(b));
			}
			end();
		}
}

/* A random iterate, some of whose variables are at their bounds. */
static void
draw_iterate(TestRandom *random, CoLbfgsb *s, double *xl, double *xu)
{
	for (int j = 0; j < N; j++)
	{
		xl[j] = test_int(random, 4) == 0 ? -INFINITY : -0.3 * test_uniform(random);
		xu[j] = test_int(random, 4) == 0 ? INFINITY : 0.3 * test_uniform(random);
		s->x[j] = test_int(random, 4) == 0 ? xl[j] : test_int(random, 4) == 0 ? xu[j] : 0.0;
		if (isinf(s->x[j]))
			s->x[j] = 0.0;
		s->grad[j] = test_int(random, 8) == 0 ? 0.0 : test_normal(random);
	}
}

static CoLbfgsb *
new_solve(CoLbfgs *b, const CoBox *box)
{
	CoLbfgsb   *s = co_take_zero(&arena, 1, sizeof *s);

	s->arena = &arena;
	s->box = box;
	s->b = b;
	s->work = co_lbfgsb_work_new(&arena);
	s->bounded = true;
	s->x = constant(N, 0.0);
	s->grad = constant(N, 0.0);
	s->target = constant(N, 0.0);
	s->d = constant(N, 0.0);
	s->reach = constant(N, 0.0);
	s->heap = co_take_ints(&arena, N);
	s->free = co_take_ints(&arena, N);
	return s;
}

/* The first minimizer of g'z + z'Bz / 2 along P(x - t g) - x, breakpoint by breakpoint. */
static void
dense_cauchy(const CoLbfgsb *s, Dense b, double *at)
{
	const CoBox *box = s->box;
	double		t = 0.0;

	co_copy(N, s->x, at);
	for (int k = 0; k <= N; k++)
	{
		double		d[N],
					next = INFINITY,
					f1 = 0.0,
					f2 = 0.0,
					dt;

		for (int j = 0; j < N; j++)
		{
			double		reach = s->grad[j] == 0.0 ? INFINITY :
				(s->x[j] - (s->grad[j] > 0.0 ? box->xl[j] : box->xu[j])) / s->grad[j];

			d[j] = reach > t ? -s->grad[j] : 0.0;
			if (reach > t)
				next = fmin(next, reach);
		}
		for (int i = 0; i < N; i++)
		{
			f1 += s->grad[i] * d[i];
			f2 += d[i] * co_dot(N, b[i], d);
			for (int j = 0; j < N; j++)
				f1 += d[i] * b[i][j] * (at[j] - s->x[j]);
		}
		if (f1 >= 0.0)
			return;
		dt = fmin(-f1 / f2, next - t);
		co_axpy(N, dt, d, at);
		if (dt < next - t)
			return;
		t = next;
	}
}

/* The minimizer over the free variables by elimination, then projected or cut. */
static void
dense_subspace(const CoLbfgsb *s, Dense b, double *at)
{
	const CoBox *box = s->box;
	double		a[N][N + 1],
				to[N],
				slope = 0.0,
				part = 1.0;
	int			n = s->n_free;

	for (int i = 0; i < n; i++)
	{
		a[i][n] = -s->grad[s->free[i]];
		for (int j = 0; j < N; j++)
			a[i][n] -= b[s->free[i]][j] * (at[j] - s->x[j]);
		for (int j = 0; j < n; j++)
			a[i][j] = b[s->free[i]][s->free[j]];
	}
	for (int k = 0; k < n; k++)
		for (int i = 0; i < n; i++)
			for (int j = n; i != k && j >= k; j--)
				a[i][j] -= a[i][k] / a[k][k] * a[k][j];
	co_copy(N, at, to);
	for (int k = 0; k < n; k++)
	{
		int			j = s->free[k];
		double		d = a[k][n] / a[k][k],
					side = d > 0.0 ? box->xu[j] : box->xl[j];

		to[j] = co_clamp(at[j] + d, box->xl[j], box->xu[j]);
		part = d != 0.0 ? fmin(part, (side - at[j]) / d) : part;
	}
	for (int j = 0; j < N; j++)
		slope += s->grad[j] * (to[j] - s->x[j]);
	for (int k = 0; k < n && !(slope < 0.0); k++)
		to[s->free[k]] = at[s->free[k]] + part * a[k][n] / a[k][k];
	co_copy(N, to, at);
}

static void
test_direction(void)
{
	TestRandom	random = {12};

	for (int trial = 0; trial < 500; trial++)
	{
		double		xl[N],
					xu[N],
					at[N];
		CoBox		box = {N, xl, xu, NULL, NULL};
		Dense		b;
		CoLbfgsb   *s;

		begin();
		s = new_solve(draw_matrix(&random, 1 + trial % 5, 1 + trial % 6, b), &box);
		draw_iterate(&random, s, xl, xu);
		dense_cauchy(s, b, at);
		CHECK_INT(co_lbfgsb_cauchy(s), CO_OK);
		for (int j = 0; j < N; j++)
			CHECK_NEAR(s->target[j], at[j], 1e-9);
		CHECK_INT(co_lbfgsb_subspace(s), CO_OK);
		dense_subspace(s, b, at);
		for (int j = 0; j < N; j++)
		{
			CHECK_NEAR(s->target[j], at[j], 1e-7);
			CHECK(s->target[j] >= xl[j] && s->target[j] <= xu[j]);
		}
		end();
	}
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
			end();
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
		end();
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
	end();
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
		end();
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
	end();
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
	end();
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
	end();
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
	end();
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
			end();
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
		end();
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
		end();
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
		end();
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
	end();
}

static CoRc
eval_nlp(void *self, const double *x, unsigned want, CoNlpValue *out)
{
	double	   *grad = want & CO_WANT_GRAD ? out->grad : ((Function *) self)->work;

	spring(self, x, &out->f, grad);
	return CO_OK;
}

/* The same by the method, some variables fixed: judged, logged, within what was announced. */
static void
test_large_method(void)
{
	int			n = test_quick() ? LARGE / 100 : LARGE;
	Function	function;
	CoNlp		nlp = {.n = n, .objective = CO_NONLINEAR, .eval = eval_nlp, .self = &function};
	CoNlpStart	start = {0};
	CoOptions	settings;
	CoSolution	sol;
	double	   *xl,
			   *xu;

	begin();
	co_options_default(&settings);
	settings.fallback = false;
	xl = constant(n, -1.0);
	xu = constant(n, 1.5);
	for (int j = 0; j < n; j += 10)
		xl[j] = xu[j] = 0.25;
	function = function_of(n, 0.0, 0.0, spring);
	function.work = constant(n, 0.0);
	function.box.xl = nlp.xl = xl;
	function.box.xu = nlp.xu = xu;
	nlp.cl = nlp.cu = xl;
	nlp.jac = nlp.hess = (CoCsc) {.ncol = n, .start = co_take_zero_ints(&arena, (size_t) n + 1)};
	nlp.hess.nrow = n;
	start.x = constant(n, 2.0);
	host.last_poll = host.longest_gap = 0.0;
	CHECK_INT(co_nlp_solve_by(&arena, &nlp, co_nlp_find_method("l_bfgs_b"), &settings, &start, &sol),
			  CO_OK);
	CHECK_STR(co_status_word(sol.status), "optimal");
	CHECK_INT(sol.n_log, sol.iterations + 1);
	for (int j = 0; j < n; j += 10)
		CHECK_NEAR(sol.point.x[j], 0.25, 0.0);
	check_kkt(&function, sol.point.x, 1e-4);
	printf("# method, n = %d: %d iterations, %d evaluations, %.2f s, %.0f bytes a variable, longest gap between polls %.0f ms\n",
		   n, sol.iterations, sol.evaluations.objective, sol.time_total,
		   (double) sol.memory_peak / n, 1e3 * host.longest_gap);
	CHECK(sol.memory_peak <= sol.memory_predicted + 80 * (size_t) n);	/* what is taken above */
	if (test_is_timed())
		CHECK(host.longest_gap < 0.5);
	end();
}

/* (x_0 - 3)^2 + (x_1 + 1)^2 + (x_2 - x_0)^4 + exp(t / 2), x_0 + 2 x_1 + x_2 - 4 t == 1 */
static CoRc
eval_defined(void *self, const double *x, unsigned want, CoNlpValue *out)
{
	double		a = x[0] - 3.0,
				b = x[1] + 1.0,
				c = x[2] - x[0];

	(void) self;
	if (want & CO_WANT_F)
		out->f = a * a + b * b + pow(c, 4.0) + exp(0.5 * x[3]);
	if (want & CO_WANT_C)
		out->c[0] = x[0] + 2.0 * x[1] + x[2] - 4.0 * x[3];
	if (want & CO_WANT_GRAD)
	{
		out->grad[0] = 2.0 * a - 4.0 * pow(c, 3.0);
		out->grad[1] = 2.0 * b;
		out->grad[2] = 4.0 * pow(c, 3.0);
		out->grad[3] = 0.5 * exp(0.5 * x[3]);
	}
	for (int k = 0; k < 4 && (want & CO_WANT_JAC); k++)
		out->jac[k] = k == 1 ? 2.0 : k == 3 ? -4.0 : 1.0;
	return CO_OK;
}

/* A row that only defines its variable, with a fixed variable in it and without. */
static void
test_defined(void)
{
	static int	jac_start[] = {0, 1, 2, 3, 4},
				jac_index[] = {0, 0, 0, 0},
				no_hess[] = {0, 0, 0, 0, 0};
	static const uint8_t linear[] = {CO_LINEAR};
	const double one = 1.0;

	for (int fixed = 0; fixed < 2; fixed++)
	{
		double		xl[] = {-1.0, fixed ? 0.5 : -0.5, -INFINITY, -INFINITY},
					xu[] = {2.0, fixed ? 0.5 : 4.0, INFINITY, INFINITY},
					x0[] = {0.0, 0.0, 0.0, 0.0};
		CoNlp		nlp = {.n = 4, .m = 1, .xl = xl, .xu = xu, .cl = &one, .cu = &one,
		.objective = CO_NONLINEAR, .row = linear, .eval = eval_defined};
		CoNlpStart	start = {.x = x0};
		CoOptions	settings;
		CoSolution	by_box,
					by_barrier;

		begin();
		nlp.jac = (CoCsc) {.nrow = 1, .ncol = 4, .start = jac_start, .index = jac_index};
		nlp.hess = (CoCsc) {.nrow = 4, .ncol = 4, .start = no_hess, .index = jac_index};
		co_options_default(&settings);
		settings.fallback = false;
		CHECK(co_nlp_method_takes(co_nlp_find_method("l_bfgs_b"), &nlp));
		CHECK_INT(co_nlp_solve_by(&arena, &nlp, co_nlp_find_method("l_bfgs_b"), &settings, &start,
								  &by_box), CO_OK);
		CHECK_INT(co_nlp_solve_by(&arena, &nlp, co_nlp_find_method("interior_point"), &settings,
								  &start, &by_barrier), CO_OK);
		CHECK_STR(co_status_word(by_box.status), "optimal");
		CHECK(by_box.memory_peak <= by_box.memory_predicted + 65536);
		for (int j = 0; j < 4; j++)
		{
			CHECK_NEAR(by_box.point.x[j], by_barrier.point.x[j], 1e-5);
			CHECK_NEAR(by_box.point.z[j], by_barrier.point.z[j], 1e-5);
		}
		CHECK_NEAR(by_box.point.y[0], by_barrier.point.y[0], 1e-5);
		CHECK(by_box.point.y[0] > 0.01);
		CHECK_NEAR(by_box.residual.objective, by_barrier.residual.objective, 1e-7);
		xu[3] = 100.0;			/* its bound would be a row */
		CHECK(!co_nlp_method_takes(co_nlp_find_method("l_bfgs_b"), &nlp));
		end();
	}
}

CHECK_MAIN(TEST(test_matrix), TEST(test_direction), TEST(test_known), TEST(test_valley),
		   TEST(test_trivial), TEST(test_no_values), TEST(test_edge), TEST(test_noise),
		   TEST(test_verdicts), TEST(test_report), TEST(test_evaluation_ends), TEST(test_cancel),
		   TEST(test_allocation), TEST(test_memory), TEST(test_large), TEST(test_large_method),
		   TEST(test_defined))
