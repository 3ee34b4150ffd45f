/*-------------------------------------------------------------------------
 *
 * t_sensitivity.c
 *	  Derivatives of solutions against what is known in closed form, and, where
 *	  solutions have kinks, against re-solving.
 *
 *-------------------------------------------------------------------------
 */
#include "senscheck.h"
#include "nlp/lower.h"
#include "solver/sensitivity_block.h"

#define EXACT	1e-9

static double
resolved_at(const Case *c, const char *param, double step, const char *var)
{
	double	   *value = co_take_doubles(&arena, (size_t) c->block.n_leaf);
	Answer		answer;

	take_answer(&c->block, &answer);
	co_copy(c->block.n_leaf, c->answer.leaf, value);
	value[find_leaf(c, param)] += step;
	CHECK_INT(solve_block(&c->block, value, NULL, 1e-11, &answer), CO_OK);
	CHECK_INT(answer.status, CO_OPTIMAL);
	return answer.leaf[find_leaf(c, var)];
}

/* The derivative of x on one side, by re-solving a little further on, twice. */
static double
resolved(const Case *c, const char *param, int sign, const char *var)
{
	double		step = sign * 1e-3;

	return (resolved_at(c, param, 2.0 * step, var) - resolved_at(c, param, step, var)) / step;
}

/*--------------------------------------------------------------------------
 * Regular solutions
 *--------------------------------------------------------------------------
 */

/* A minimizer that a side clamps moves with it, whichever side and row it is. */
static void
test_clamped(void)
{
	Case		c;

	begin();
	must("minimize (x - 3)^2 + (y + 3)^2 + (t - 1)^2 "
		 "subject to cap: x <= u; floor: y - l >= 0; slack: t <= s; both: -5 <= w - q <= 5 "
		 "where u := 2, l := 0.5, s := 4, q := 1, x free, y free, t free, w in [4, 9]", &c);
	CHECK_INT(c.s->is_polished, 1);
	along(&c, "u", 0);
	CHECK_NEAR(dx(&c, "x"), 1.0, EXACT);
	CHECK_NEAR(dx(&c, "y"), 0.0, EXACT);
	CHECK_NEAR(dy(&c, "cap"), -2.0, EXACT);
	CHECK_NEAR(c.tangent.f, -2.0, EXACT);
	along(&c, "l", 0);
	CHECK_NEAR(dx(&c, "y"), 1.0, EXACT);
	CHECK_NEAR(c.tangent.f, 7.0, EXACT);
	along(&c, "s", 0);
	CHECK_NEAR(dx(&c, "t"), 0.0, 0.0);
	CHECK_NEAR(dy(&c, "slack"), 0.0, 0.0);
	CHECK_NEAR(c.tangent.f, 0.0, 0.0);
	end();
}

/* min |x - p|^2 with sum x = 1: dx/dp = I - 11'/n */
static void
test_projection(void)
{
	static const char *const p[] = {"a", "b", "c"};
	static const char *const x[] = {"x", "y", "z"};
	Case		c;

	begin();
	must("minimize (x - a)^2 + (y - b)^2 + (z - c)^2 subject to s: x + y + z == one "
		 "where a := 0.3, b := 0.9, c := -0.2, one := 1, x free, y free, z free", &c);
	CHECK(co_sensitivity_regular(c.s));
	CHECK(c.s->is_linear);
	for (int k = 0; k < 3; k++)
	{
		along(&c, p[k], 0);
		for (int j = 0; j < 3; j++)
			CHECK_NEAR(dx(&c, x[j]), (j == k) - 1.0 / 3.0, EXACT);
	}
	along(&c, "one", 0);
	for (int j = 0; j < 3; j++)
		CHECK_NEAR(dx(&c, x[j]), 1.0 / 3.0, EXACT);
	end();
}

/* Coefficients of rows and of products, powers, and a bound that is active. */
static void
test_everywhere(void)
{
	Case		c;

	begin();
	/* x = b / a on the row, y at its bound 2; f = q x y + exp(r x) */
	must("minimize q*x*y + exp(r*x) + y subject to row: a*x >= b "
		 "where a := 4, b := 2, q := 3, r := 0.5, x free, y in [2, 8]", &c);
	CHECK(co_sensitivity_regular(c.s));
	along(&c, "a", 0);
	CHECK_NEAR(dx(&c, "x"), -2.0 / 16.0, EXACT);
	CHECK_NEAR(dz(&c, "y"), -3.0 * (-2.0 / 16.0), EXACT);
	CHECK_NEAR(c.tangent.f, (3.0 * 2.0 + 0.5 * exp(0.25)) * (-2.0 / 16.0), EXACT);
	along(&c, "q", 0);
	CHECK_NEAR(dx(&c, "x"), 0.0, EXACT);
	CHECK_NEAR(dx(&c, "y"), 0.0, EXACT);
	CHECK_NEAR(dz(&c, "y"), -0.5, EXACT);
	CHECK_NEAR(c.tangent.f, 1.0, EXACT);
	along(&c, "r", 0);
	CHECK_NEAR(c.tangent.f, 0.5 * exp(0.25), EXACT);
	/* y_row = -(q y + r exp(r x)) / a */
	CHECK_NEAR(dy(&c, "row"), -(exp(0.25) + 0.5 * 0.5 * exp(0.25)) / 4.0, EXACT);
	end();
}

/* A maximum: the minimized problem's signs, the same minimizer. */
static void
test_maximum(void)
{
	Case		c;

	begin();
	must("maximize a*x + 2*y subject to r1: x + y <= b; r2: x <= 3 "
		 "where a := 3, b := 5, x in [0, inf], y in [0, inf]", &c);
	CHECK(co_sensitivity_regular(c.s));
	along(&c, "b", 0);
	CHECK_NEAR(dx(&c, "x"), 0.0, EXACT);
	CHECK_NEAR(dx(&c, "y"), 1.0, EXACT);
	CHECK_NEAR(c.tangent.f, -2.0, EXACT);
	along(&c, "a", 0);
	CHECK_NEAR(dx(&c, "x"), 0.0, EXACT);
	CHECK_NEAR(c.tangent.f, -3.0, EXACT);
	CHECK_NEAR(dy(&c, "r2"), 1.0, EXACT);
	end();
}

/* W is indefinite, positive where the row allows to move. */
static void
test_saddle_on_row(void)
{
	Case		c;

	begin();
	must("minimize x*y + (x - y)^2*2 - x^2*1.5 subject to s: x + y == p where p := 2, x free, y free", &c);
	along(&c, "p", 0);
	CHECK(co_sensitivity_regular(c.s));
	CHECK_NEAR(dx(&c, "x"), resolved(&c, "p", 1, "x"), 1e-6);
	CHECK_NEAR(dx(&c, "x") + dx(&c, "y"), 1.0, EXACT);
	end();
}

/* x^p has no derivative in p at x < 0; the other parameter has one. */
static void
test_not_differentiable(void)
{
	Case		c;

	begin();
	must("minimize (x - a)^2 + x^e where a := -3, e := 2, x in [-10, -1]", &c);
	along(&c, "a", 0);
	CHECK_NEAR(dx(&c, "x"), 0.5, EXACT);
	along(&c, "e", 0);
	CHECK(isnan(dx(&c, "x")));
	CHECK(isnan(c.tangent.f));
	along(&c, "e", 1);
	CHECK_INT(c.verdict, CO_NO_DERIVATIVE);
	CHECK(isnan(dx(&c, "x")));
	end();
}

/* Long sums inside formulas have variables and rows of their own. */
static void
test_added_variables(void)
{
	char		text[4000] = "minimize exp(";
	char		other[4000] = "";
	Case		c;

	for (int k = 0; k < 60; k++)
	{
		sprintf(text + strlen(text), "%s%d*x%d", k ? " + " : "", k % 3 + 1, k);
		sprintf(other + strlen(other), " + (x%d - a*%d)^2", k, k % 5);
	}
	strcat(text, ")");
	strcat(text, other);
	strcat(text, " where a := -0.1");
	begin();
	must(text, &c);
	CHECK(co_sensitivity_regular(c.s));
	along(&c, "a", 0);
	CHECK_NEAR(dx(&c, "x7"), 0.5 * (resolved(&c, "a", 1, "x7") + resolved(&c, "a", -1, "x7")), 1e-5);
	end();
}

/* w'dx/dp by one transposed solve is what columns give. */
static void
test_adjoint(void)
{
	static const char *const p[] = {"a", "b", "q", "r"};
	double		wx[] = {0.3, -0.7, 0.2},
				wy[] = {1.5, -0.4},
				wz[] = {0.6, -1.1, 2.0},
				g[4],
				err;
	Case		c;

	begin();
	must("minimize q*x*y + exp(r*x) + y + (t - r*a)^2 subject to row: a*x + 0.1*t >= b; other: t*t <= 0.25*q "
		 "where a := 4, b := 2, q := 3, r := 0.5, x free, y in [2, 8], t free", &c);
	CHECK(co_sensitivity_regular(c.s));
	CHECK_INT(co_sensitivity_adjoint(c.s, wx, wy, wz, 0.9, g, &err), CO_OK);
	for (int k = 0; k < 4; k++)
	{
		along(&c, p[k], 0);
		CHECK_NEAR(g[param_of(&c, p[k])],
				   co_dot(3, wx, c.tangent.x) + co_dot(2, wy, c.tangent.y) +
				   co_dot(3, wz, c.tangent.z) + 0.9 * c.tangent.f, 1e-9);
	}
	CHECK_INT(co_sensitivity_adjoint(c.s, wx, NULL, NULL, 0.0, g, &err), CO_OK);
	along(&c, "a", 0);
	CHECK_NEAR(g[param_of(&c, "a")], co_dot(3, wx, c.tangent.x), 1e-9);
	end();
}

/* Blocks of parameters give what one at a time does, sparse and dense, bounds moving, NaN staying where it is. */
static void
test_block(void)
{
	for (int dense = 0; dense < 2; dense++)
	{
		int			n = 150;
		char	   *text = calloc(1, 1 << 21);
		size_t		at = (size_t) sprintf(text, "minimize (z - 2)^2 + 0*z^e");
		CoSensitivityBlock *block;
		Case		c;

		for (int i = 0; i < n; i++)
		{
			at += (size_t) sprintf(text + at, " + (x%d - p%d)^2", i, i);
			for (int j = 0; dense && j < i; j++)
				at += (size_t) sprintf(text + at, " + %.4f*x%d*x%d", 0.005 * ((i * j) % 7 - 3), i, j);
		}
		at += (size_t) sprintf(text + at, " + z^e subject to s: x0");
		for (int i = 1; i < n; i++)
			at += (size_t) sprintf(text + at, " + x%d", i);
		at += (size_t) sprintf(text + at, " == b; t: x1 + 0.5*x2 >= 0.9*b where b := 1, e := 2, low := -0.25, z in [-9, -1]");
		for (int i = 0; i < n; i++)
			at += (size_t) sprintf(text + at, ", p%d := %g, x%d in [%s, 2]", i, (i * 37 % 11) * 0.2 - 1.0, i,
								   i % 3 ? "-0.5" : "2*low");
		begin();
		must(text, &c);
		CHECK_INT(co_sensitivity_block_new(c.s, c.pm.nlp->np, &block), CO_OK);
		CHECK(block->width > 1);
		CHECK_INT(block->dense != NULL, dense && test_blas());
		for (int k = 0; k < c.pm.nlp->np; k += block->width)
		{
			int			list[64];
			int			width = c.pm.nlp->np - k < block->width ? c.pm.nlp->np - k : block->width;

			for (int t = 0; t < width; t++)
				list[t] = k + t;
			CHECK_INT(co_sensitivity_block_solve(block, width, list, false), CO_OK);
			for (int t = 0; t < width; t++)
			{
				double		one = 1.0;
				CoDirection direction = {1, &list[t], &one};
				CoTangent  *b = &block->tangent[t];

				CHECK_INT(co_sensitivity_solve(c.s, &direction, &c.tangent), CO_OK);
				CHECK(b->error <= 1e-12);
				for (int j = 0; j < c.pm.nlp->n; j++)
				{
					CHECK(isnan(b->x[j]) == isnan(c.tangent.x[j]));
					CHECK(isnan(b->x[j]) || fabs(b->x[j] - c.tangent.x[j]) <= 1e-11);
					CHECK((isnan(b->z[j]) && isnan(c.tangent.z[j])) || fabs(b->z[j] - c.tangent.z[j]) <= 1e-11);
				}
				for (int i = 0; i < c.pm.nlp->m; i++)
					CHECK(isnan(b->y[i]) || fabs(b->y[i] - c.tangent.y[i]) <= 1e-11);
			}
		}
		free(text);
		end();
	}
}

/*--------------------------------------------------------------------------
 * Degenerate ones
 *--------------------------------------------------------------------------
 */

/* A row that is active with multiplier zero: x = min(p, 1) at p = 1. */
static void
test_zero_multiplier(void)
{
	Case		c;

	begin();
	must("minimize (x - p)^2 + (y - x)^2 subject to cap: x <= 1 where p := 1, x free, y free", &c);
	CHECK_INT(c.s->n_weak, 1);
	CHECK(c.s->row[0].weak);
	CHECK(co_sensitivity_independent(c.s));
	CHECK(c.s->second_order);
	along(&c, "p", 1);
	CHECK_INT(c.verdict, CO_DIRECTIONAL);
	CHECK_NEAR(dx(&c, "x"), 0.0, EXACT);
	CHECK_NEAR(dx(&c, "y"), 0.0, EXACT);
	CHECK_NEAR(dy(&c, "cap"), 2.0, EXACT);
	along(&c, "p", -1);
	CHECK_NEAR(dx(&c, "x"), 1.0, EXACT);
	CHECK_NEAR(dx(&c, "y"), 1.0, EXACT);
	CHECK_NEAR(dy(&c, "cap"), 0.0, EXACT);
	end();
}

/* The same with a bound, found from an interior point that stops before it. */
static void
test_zero_reduced_cost(void)
{
	Case		c;

	begin();
	must("minimize (x - p)^2 + exp(y - 1) - y + 0.5*(x - y)^2 where p := 1, x in [0, 1], y in [0.5, 1]", &c);
	CHECK_INT(c.s->n_weak, 2);
	for (int sign = -1; sign <= 1; sign += 2)
	{
		along(&c, "p", sign);
		CHECK_INT(c.verdict, CO_DIRECTIONAL);
		CHECK_NEAR(dx(&c, "x"), resolved(&c, "p", sign, "x"), 2e-3);
		CHECK_NEAR(dx(&c, "y"), resolved(&c, "p", sign, "y"), 2e-3);
	}
	along(&c, "p", 1);
	CHECK_NEAR(dx(&c, "x"), 0.0, EXACT);
	end();
}

/* A weakly active row that a parameter does not touch: no kink. */
static void
test_weak_without_kink(void)
{
	Case		c;

	begin();
	must("minimize (x - 1)^2 + (y - p)^2 subject to cap: x <= 1 where p := 2, x free, y free", &c);
	CHECK_INT(c.s->n_weak, 1);
	along(&c, "p", 0);
	CHECK(co_sensitivity_holds(c.s, &c.tangent, 1) && co_sensitivity_holds(c.s, &c.tangent, -1));
	CHECK_NEAR(dx(&c, "y"), 1.0, EXACT);
	end();
}

/* Three rows through a vertex of two variables. */
static void
test_degenerate_vertex(void)
{
	Case		c;

	begin();
	must("maximize x + y subject to r1: x <= a; r2: y <= b; r3: x + y <= s "
		 "where a := 1, b := 2, s := 3, x free, y free", &c);
	CHECK(c.s->n_dependent >= 3);
	CHECK(c.s->row[0].dependent && c.s->row[1].dependent && c.s->row[2].dependent);
	/* s grows: r1 and r2 hold it; s falls: r3 does, and x or y gives way */
	along(&c, "s", 1);
	CHECK_INT(c.verdict <= CO_DIRECTIONAL_X, 1);
	CHECK_NEAR(c.tangent.f, 0.0, 1e-7);
	CHECK_NEAR(dx(&c, "x"), 0.0, 1e-7);
	CHECK_NEAR(dx(&c, "y"), 0.0, 1e-7);
	along(&c, "s", -1);
	CHECK_NEAR(c.tangent.f, -1.0, 1e-7);
	CHECK_NEAR(dx(&c, "x") + dx(&c, "y"), 1.0, 1e-7);
	end();
}

/* The same with curvature, so that x has one-sided derivatives too. */
static void
test_degenerate_vertex_curved(void)
{
	static const char *const p[] = {"a", "b", "s"};
	Case		c;

	begin();
	must("minimize (x - 4)^2 + (y - 5)^2 + x*y subject to r1: x <= a; r2: y <= b; r3: x + y <= s "
		 "where a := 1, b := 2, s := 3, x free, y free", &c);
	CHECK(c.s->n_dependent >= 3);
	for (int k = 0; k < 3; k++)
		for (int sign = -1; sign <= 1; sign += 2)
		{
			along(&c, p[k], sign);
			CHECK(c.verdict == CO_DIRECTIONAL || c.verdict == CO_DIRECTIONAL_X);
			CHECK_NEAR(dx(&c, "x"), resolved(&c, p[k], sign, "x"), 5e-3);
			CHECK_NEAR(dx(&c, "y"), resolved(&c, p[k], sign, "y"), 5e-3);
		}
	end();
}

/* An equality twice: no solution when one of them moves; both keep the others' effect. */
static void
test_dependent_equalities(void)
{
	Case		c;

	begin();
	must("minimize (x - q)^2 + y^2 subject to e1: x + y == p; e2: 2*x + 2*y == 2 "
		 "where p := 1, q := 3, x free, y free", &c);
	CHECK(c.s->n_dependent >= 2);
	for (int sign = -1; sign <= 1; sign += 2)
	{
		along(&c, "p", sign);
		CHECK_INT(c.verdict, CO_NO_SOLUTION);
		CHECK(isnan(dx(&c, "x")));
		along(&c, "q", sign);
		CHECK(c.verdict <= CO_DIRECTIONAL_X);
		CHECK_NEAR(dx(&c, "x"), 0.5, 1e-7);
		CHECK_NEAR(dx(&c, "y"), -0.5, 1e-7);
	}
	end();
}

/* Bounds with parameters of their own; some are equal to begin with. */
static size_t
write_bounds(TestRandom *random, int j, int inside, char *text)
{
	size_t		at = (size_t) sprintf(text, ", l%d := 0, u%d := 0", j, j);
	int			width = test_int(random, 12) == 0 ? 0 : 3 + test_int(random, 3) - inside;

	return at + (size_t) sprintf(text + at, ", x%d in [%d + l%d, %d + 2*u%d]", j,
								 width == 0 ? inside : 0, j, inside + width, j);
}

/*
 * Small problems with whole numbers, in which ties are common: rows through one
 * vertex, multipliers of zero, rows that depend on each other.
 */
static void
write_random(TestRandom *random, bool is_curved, bool has_bounds, int n, int m, char *text)
{
	int			inside[8];
	size_t		at = (size_t) sprintf(text, "minimize cp*x0");

	for (int j = 0; j < n; j++)
	{
		inside[j] = test_int(random, 4);
		if (!is_curved)
			at += (size_t) sprintf(text + at, " + %d*x%d", test_int(random, 7) - 1, j);
		else
			at += (size_t) sprintf(text + at, " + (x%d - %d)^2", j, test_int(random, 7) - 1);
		if (is_curved && j > 0 && test_int(random, 2))
			at += (size_t) sprintf(text + at, " + (x%d - x%d)^2", j, j - 1);
	}
	at += (size_t) sprintf(text + at, " subject to ");
	for (int i = 0; i < m; i++)
	{
		int			body = 0,
					relation = test_int(random, 6);

		at += (size_t) sprintf(text + at, "r%d: 0", i);
		for (int j = 0; j < n; j++)
		{
			int			a = test_int(random, 4) - 1;

			body += a * inside[j];
			if (a != 0)
				at += (size_t) sprintf(text + at, " + %d*x%d", a, j);
		}
		if (relation < 3)
			at += (size_t) sprintf(text + at, " <= %d + b%d; ", body + test_int(random, 2), i);
		else if (relation < 5)
			at += (size_t) sprintf(text + at, " >= %d + b%d; ", body - test_int(random, 2), i);
		else
			at += (size_t) sprintf(text + at, " == %d + b%d; ", body, i);
	}
	at += (size_t) sprintf(text + at, "where cp := 0");
	for (int i = 0; i < m; i++)
		at += (size_t) sprintf(text + at, ", b%d := 0", i);
	for (int j = 0; j < n; j++)
		at += has_bounds ? write_bounds(random, j, inside[j], text + at) :
			(size_t) sprintf(text + at, ", x%d in [0, %d]", j, 3 + test_int(random, 3));
}

/* By the convex solver, whose polished answers are exact; NULL: there is none. */
static double *
solve_convex(const CoBlock *block, int leaf, double value, double *f)
{
	double	   *at = co_take_doubles(&arena, (size_t) block->n_leaf);
	CoLowered	lowered;
	CoOptions	options;
	CoSolution	sol;

	co_options_default(&options);
	options.tolerance = options.absolute_tolerance = 1e-12;
	co_copy(block->n_leaf, block->leaf_start, at);
	at[leaf] = value;
	CHECK_INT(co_lower(&arena, block, at, &lowered, &error), CO_OK);
	CHECK_INT(co_qp_solve(&arena, &lowered.qp, &options, NULL, &sol), CO_OK);
	if (sol.status != CO_OPTIMAL && sol.status != CO_ACCEPTABLE)
		return NULL;
	*f = sol.residual.objective;
	for (int k = 0; k < block->n_leaf; k++)
		at[k] = lowered.leaf_var[k] >= 0 ? sol.point.x[lowered.leaf_var[k]] : at[k];
	return at;
}

/*
 * *told: what was compared.  Rounding is 1e-9 of the quotients; of f they are
 * extrapolated, for their error is its curvature times h.
 */
static void
check_side(Case *c, bool is_curved, int k, int sign, int *told)
{
	double		h = 1e-4 * sign,
				one = 1.0,
				f[3];
	CoDirection direction = {1, &k, &one};
	int			leaf = c->pm.param_leaf[k];
	double	   *near = solve_convex(&c->block, leaf, h, &f[0]),
			   *far = solve_convex(&c->block, leaf, 2.0 * h, &f[1]),
			   *farther = solve_convex(&c->block, leaf, 4.0 * h, &f[2]);

	CHECK_INT(co_sensitivity_side(c->s, &direction, sign, &c->tangent, &c->verdict), CO_OK);
	if (!near || !far || !farther || !c->s->second_order)
		return;
	CHECK(c->verdict <= CO_DIRECTIONAL_X);
	CHECK_NEAR(c->tangent.f, 2.0 * (f[1] - f[0]) / h - (f[2] - f[1]) / (2.0 * h), 1e-4);
	(*told)++;

	/* Beside a degenerate vertex of an LP there may be many solutions. */
	for (int j = 0; j < c->pm.n_var && is_curved; j++)
		CHECK_NEAR(c->tangent.x[j],
				   (far[c->pm.var_leaf[j]] - near[c->pm.var_leaf[j]]) / h, 1e-4);
}

/* Is x + t dx feasible, and as good as what a re-solve finds? */
static bool
is_solution_at(Case *c, int k, int sign, double t, const CoTangent *move)
{
	CoParamNlp *nlp = c->pm.nlp;
	double	   *x = co_take_doubles(&arena, (size_t) nlp->n),
			   *p = co_take_doubles(&arena, (size_t) nlp->np);
	double		best = 0.0,
				f;
	bool		is_feasible = true;

	co_copy(nlp->np, c->p, p);
	p[k] += sign * t;
	for (int j = 0; j < nlp->n; j++)
		x[j] = c->s->x[j] + sign * t * move->x[j];
	CHECK_INT(co_param_set_bounds(nlp, p), CO_OK);
	CHECK_INT(co_param_values(nlp, x, p), CO_OK);
	f = nlp->f;
	for (int j = 0; j < nlp->n; j++)
		is_feasible = is_feasible && x[j] >= nlp->xl[j] - 1e-9 && x[j] <= nlp->xu[j] + 1e-9;
	for (int i = 0; i < nlp->m; i++)
		is_feasible = is_feasible && nlp->c[i] >= nlp->cl[i] - 1e-9 && nlp->c[i] <= nlp->cu[i] + 1e-9;
	CHECK_INT(co_param_set_bounds(nlp, c->p), CO_OK);
	CHECK_INT(co_param_values(nlp, c->s->x, c->p), CO_OK);
	return is_feasible && solve_convex(&c->block, c->pm.param_leaf[k], p[k], &best) && f <= best + 1e-8;
}

/*
 * Of dependent gradients: x moves along its one-sided derivative and is a
 * solution until the end of the range, and none past it.  Where a side is left
 * at once the way goes on without it.
 */
static void
check_range_side(Case *c, int k, int sign, int *told)
{
	double		one = 1.0;
	CoDirection direction = {1, &k, &one};
	CoTangent	move;
	CoRange		out;
	bool		known;

	CHECK_INT(co_tangent_new(&arena, c->pm.nlp, &move), CO_OK);
	CHECK_INT(co_sensitivity_range_side(c->s, &direction, sign, &move, &out, &known), CO_OK);
	if (!known)
		return;
	(*told)++;
	if (out.event == CO_RANGE_NO_SOLUTION)
	{
		double		f;

		CHECK(!solve_convex(&c->block, c->pm.param_leaf[k], 1e-3 * sign, &f));
		return;
	}
	if (isinf(out.step))
		CHECK(is_solution_at(c, k, sign, 50.0, &move));
	else
		CHECK(is_solution_at(c, k, sign, 0.999 * out.step, &move));
	if (isfinite(out.step) && out.step > 0.0)
		CHECK(!is_solution_at(c, k, sign, 1.001 * out.step + 0.01, &move));
}

static void
check_random(TestRandom random, bool has_bounds)
{
	int			told = 0,
				ranged = 0,
				regular = 0,
				problems = test_quick() ? 20 : 120;

	for (int trial = 0; trial < problems; trial++)
	{
		bool		is_curved = trial % 3 != 0;
		char		text[4000];
		Case		c;

		begin();
		write_random(&random, is_curved, has_bounds, 2 + test_int(&random, 4), 1 + test_int(&random, 5), text);
		if (case_of(text, 1e-10, &c) == CO_OK)
		{
			int			before = check_failures;

			CHECK(c.s->is_polished);
			regular += co_sensitivity_regular(c.s);
			for (int k = 0; k < c.pm.nlp->np; k++)
			{
				check_side(&c, is_curved, k, -1, &told);
				check_side(&c, is_curved, k, 1, &told);
				for (int sign = -1; sign <= 1 && c.s->n_dependent > 0 && c.s->is_linear && c.s->second_order; sign += 2)
					check_range_side(&c, k, sign, &ranged);
			}
			if (check_failures > before)
				printf("  %s\n", text);
		}
		end();
	}
	CHECK(told > 5 * problems);
	CHECK(ranged > problems);
	CHECK(regular > problems / 4 && regular < 3 * problems / 4);
}

static void
test_random_degenerate(void)
{
	check_random((TestRandom) {20240607}, false);
}

/* The same, where every bound moves, and some that are equal part. */
static void
test_random_bounds(void)
{
	check_random((TestRandom) {20240608}, true);
}

/* Both kinds of bounds, the other variable and the multipliers with them. */
static void
test_moving_bounds(void)
{
	Case		c;

	begin();
	must("minimize (x - 3)^2 + (y + 3)^2 + x*y + u*y where u := 2, l := 0.5, x in [0, 0.5*u], y in [l^2, 9]", &c);
	CHECK(co_sensitivity_regular(c.s));
	along(&c, "u", 0);
	CHECK_NEAR(dx(&c, "x"), 0.5, EXACT);
	CHECK_NEAR(dx(&c, "y"), 0.0, 0.0);
	/* z = -(2 (x - 3) + y), and of y -(2 (y + 3) + x + u) */
	CHECK_NEAR(dz(&c, "x"), -1.0, EXACT);
	CHECK_NEAR(dz(&c, "y"), -1.5, EXACT);
	CHECK_NEAR(c.tangent.f, 0.5 * (2.0 * (1.0 - 3.0) + 0.25) + 0.25, EXACT);
	along(&c, "l", 0);
	CHECK_NEAR(dx(&c, "x"), 0.0, 0.0);
	CHECK_NEAR(dx(&c, "y"), 1.0, EXACT);
	CHECK_NEAR(dz(&c, "y"), -2.0, EXACT);
	CHECK_NEAR(c.tangent.f, 2.0 * 3.25 + 1.0 + 2.0, EXACT);
	end();
}

/* Two equal bounds: as one parameter they move together, as two they part or cross. */
static void
test_equal_bounds(void)
{
	Case		c;

	begin();
	must("minimize (x - 3)^2 + y where u := 1, x in [u, u], y in [0, 1]", &c);
	CHECK_INT(c.s->n_parting, 0);
	along(&c, "u", 0);
	CHECK_NEAR(dx(&c, "x"), 1.0, EXACT);
	CHECK_NEAR(c.tangent.f, -4.0, EXACT);
	end();
	begin();
	must("minimize (x - 3)^2 + y where u := 1, l := 1, x in [l, u], y in [0, 1]", &c);
	CHECK_INT(c.s->n_parting, 1);
	CHECK(!co_sensitivity_regular(c.s));
	along(&c, "u", 1);
	CHECK_INT(c.verdict, CO_DIRECTIONAL);
	CHECK_NEAR(dx(&c, "x"), 1.0, 1e-7);
	along(&c, "u", -1);
	CHECK_INT(c.verdict, CO_NO_SOLUTION);
	along(&c, "l", -1);
	CHECK_INT(c.verdict, CO_DIRECTIONAL);
	CHECK_NEAR(dx(&c, "x"), 0.0, 1e-7);
	CHECK_NEAR(c.tangent.f, 0.0, 1e-7);
	along(&c, "l", 1);
	CHECK_INT(c.verdict, CO_NO_SOLUTION);
	end();
}

/* Minimizers that are not isolated are said to be none to second order. */
static void
test_flat(void)
{
	Case		c;

	begin();
	must("minimize (x + y - p)^2 where p := 1, x free, y free", &c);
	CHECK(!c.s->second_order);
	end();
	begin();
	must("minimize x + y subject to r: x + y >= p where p := 1, x in [0, 5], y in [0, 5]", &c);
	CHECK(!co_sensitivity_regular(c.s));
	along(&c, "p", 0);
	CHECK_NEAR(c.tangent.f, 1.0, 1e-7);
	end();
}

/*
 * An equality that holds a variable at its bound has multipliers without a
 * bound, and an interior method ends far out, with x off beside them.
 */
static void
test_unbounded_multipliers(void)
{
	Case		c;

	begin();
	must("minimize (x - 4)^2 + (y - p)^2 + (y - x)^2 subject to e: x == 0 where p := 2, x in [0, 5], y in [0, 3]", &c);
	c.answer.y[find_row(&c, "e")] = 1e11;
	c.answer.z[find_leaf(&c, "x")] = -1e11;
	c.answer.leaf[find_leaf(&c, "y")] = 1.0 - 4e-7;
	CHECK_INT(differentiate(&c), CO_OK);
	CHECK(c.s->is_polished && c.s->n_dependent > 0);
	CHECK_NEAR(c.s->x[var_of(&c, "y")], 1.0, EXACT);
	CHECK(fabs(c.s->y[find_row(&c, "e")]) <= 10.0);
	along(&c, "p", 1);
	CHECK_NEAR(dx(&c, "y"), 0.5, EXACT);
	end();
}

/* Memory that fails at any allocation is said, and nothing is left. */
static void
test_no_memory(void)
{
	bool		failed = true;

	for (long at = 0; failed && at < 10000; at++)
	{
		Case		c;
		CoRange		range;
		bool		known;
		int			k = 0;
		double		one = 1.0;
		CoDirection direction = {1, &k, &one};
		CoRc		rc;

		begin();
		rc = case_of("minimize (x - p)^2 + (y - x)^2 subject to cap: x <= 1; other: x <= q where p := 1, q := 1", 1e-9, &c);
		CHECK_INT(rc, CO_OK);
		host.fail_at = host.n_alloc + at;
		{
			CoArena		other;
			CoArena		whole = arena;

			co_arena_init(&other, &host.env, SIZE_MAX);
			arena = other;
			rc = differentiate(&c);
			if (!rc)
				rc = co_sensitivity_range_side(c.s, &direction, 1, &c.tangent, &range, &known);
			co_arena_free(&arena);
			arena = whole;
		}
		failed = rc == CO_NO_MEMORY;
		CHECK(rc == CO_OK || rc == CO_NO_MEMORY);
		end();
	}
	CHECK(!failed);
}

/* A cancel at any poll is passed on. */
static void
test_cancel(void)
{
	CoRc		rc = CO_CANCELED;

	for (long at = 0; rc == CO_CANCELED && at < 400; at++)
	{
		Case		c;
		CoSideVerdict verdict;
		CoDirection direction;
		CoRange		range;
		bool		known;
		double		one = 1.0;
		int			k = 0;

		begin();
		must("minimize (x - p)^2 + (y - x)^2 subject to cap: x <= 1; other: x <= q where p := 1, q := 1", &c);
		direction = (CoDirection) {1, &k, &one};
		host.cancel_at = host.n_poll + at;
		rc = differentiate(&c);
		if (!rc)
			rc = co_sensitivity_solve(c.s, &direction, &c.tangent);
		if (!rc)
			rc = co_sensitivity_side(c.s, &direction, 1, &c.tangent, &verdict);
		if (!rc)
			rc = co_sensitivity_range_side(c.s, &direction, 1, &c.tangent, &range, &known);
		CHECK(rc == CO_OK || rc == CO_CANCELED);
		end();
	}
	CHECK_INT(rc, CO_OK);
}

CHECK_MAIN(TEST(test_clamped), TEST(test_projection), TEST(test_everywhere), TEST(test_maximum),
		   TEST(test_saddle_on_row), TEST(test_not_differentiable), TEST(test_added_variables),
		   TEST(test_adjoint), TEST(test_block), TEST(test_zero_multiplier), TEST(test_zero_reduced_cost),
		   TEST(test_weak_without_kink), TEST(test_degenerate_vertex),
		   TEST(test_degenerate_vertex_curved), TEST(test_dependent_equalities), TEST(test_random_degenerate),
		   TEST(test_random_bounds), TEST(test_moving_bounds), TEST(test_equal_bounds), TEST(test_flat),
		   TEST(test_unbounded_multipliers), TEST(test_no_memory), TEST(test_cancel))
