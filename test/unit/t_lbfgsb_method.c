/*-------------------------------------------------------------------------
 *
 * t_lbfgsb_method.c
 *	  What t_methods.c does not ask of the method l_bfgs_b: a million variables,
 *	  and rows that only define variables.
 *
 *-------------------------------------------------------------------------
 */
#include "boxtest.h"
#include "solver/nlp_solve.h"

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

	begin_box();
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
	end_box();
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

		begin_box();
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
		end_box();
	}
}

CHECK_MAIN(TEST(test_large_method), TEST(test_defined))
