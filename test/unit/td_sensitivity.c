/*-------------------------------------------------------------------------
 *
 * td_sensitivity.c
 *	  The Hock-Schittkowski problems with each constant turned into a parameter:
 *	  derivatives against central differences of re-solves, by every method,
 *	  and against reference derivatives with respect to the active bounds.
 *
 * A problem is solved by every method that takes it, the result of each is
 * differentiated in every constant, and compared with the same differences,
 * which come from the interior point's re-solves.  Of problems with more than
 * SAMPLE constants so many at even distances are looked at; all of them with
 *
 *		CO_FULL=1		every constant of every problem: 13379, by every method
 *						41000 derivatives beside those that are zero; 9 minutes
 *		CO_VERBOSE=1	a line per problem, 2: and per derivative without clear differences
 *		CO_ONLY=name	that problem alone
 *
 *-------------------------------------------------------------------------
 */
#include "senscheck.h"

#include <time.h>

#include "data.h"
#include "nlp/lower.h"
#include "nlpdata.h"
#include "sensconst.h"
#include "solver/active.h"

/* Relative to the largest entry of the derivative. */
#define TOLERANCE		1e-5

/* Differences whose own error is larger tell nothing. */
#define DOUBT			3e-6

#define SOLVE_TOLERANCE 1e-13

/* What a re-solve's numbers are known to, relative: twice its tolerance at least. */
#define ROUNDING		1e-12

/* One-sided derivatives come from quadratic programs, solved to tolerance. */
#define OF_QP			1e-9

/* Of problems with longer texts SAMPLE constants are looked at from their sides. */
#define LONG			50000

/* What users have. */
#define METHOD_TOLERANCE 1e-8

/* Numbers of a problem's expressions that become parameters where not all do. */
#define SAMPLE			40

/*
 * One in so many derivatives may be without clear differences; of all constants
 * one in FULL_UNCLEAR: each of the 235 data of hs105 moves the solution so little that
 * re-solves to rounding tell half of these to four digits at most.
 */
#define UNCLEAR			20
#define FULL_UNCLEAR	5

/* Another solution than the one that is differentiated lies farther off. */
#define FAR_OFF			0.05

static int
verbose(void)
{
	const char *word = getenv("CO_VERBOSE");

	return word ? atoi(word) : 0;
}

/*--------------------------------------------------------------------------
 * Every method
 *--------------------------------------------------------------------------
 */

#define MAX_ROUTES		8

typedef struct Route
{
	const char *word;
	const CoNlpMethod *method;	/* NULL: of linear and quadratic programs */
	CoRc		(*solve_qp) (CoArena *arena, const CoQp *qp, const CoOptions *options, CoSolution *sol);
} Route;

static CoRc
solve_convex(CoArena *a, const CoQp *qp, const CoOptions *options, CoSolution *sol)
{
	return co_qp_solve(a, qp, options, NULL, sol);
}

static CoRc
solve_active(CoArena *a, const CoQp *qp, const CoOptions *options, CoSolution *sol)
{
	return co_active_qp_solve(a, qp, options, NULL, NULL, sol);
}

static int
list_routes(const Case *c, Route *route)
{
	CoMark		mark = co_mark(&arena);
	CoLowered	lowered;
	int			n = 0;

	for (int t = 0; co_nlp_method(t); t++)
		if (co_nlp_method_takes(co_nlp_method(t), &c->pm.model.nlp))
			route[n++] = (Route) {co_nlp_method_word(co_nlp_method(t)), co_nlp_method(t), NULL};
	CHECK_INT(co_lower(&arena, &c->block, NULL, &lowered, &error), CO_OK);
	if (lowered.problem_class <= CO_CLASS_QP)
	{
		CoSolution	sol;
		CoOptions	options;

		co_options_default(&options);
		if (co_qp_solve(&arena, &lowered.qp, &options, NULL, &sol) != CO_NOT_CONVEX)
			route[n++] = (Route) {"convex", NULL, solve_convex};
		route[n++] = (Route) {"active_set", NULL, solve_active};
	}
	co_rewind(&arena, mark);
	return n;
}

static CoRc
solve_lowered(const CoBlock *block, const Route *route, Answer *out)
{
	CoMark		mark = co_mark(&arena);
	CoLowered	lowered;
	CoOptions	options;
	CoSolution	sol;
	CoRc		rc = co_lower(&arena, block, NULL, &lowered, &error);

	co_options_default(&options);
	if (!rc)
		rc = route->solve_qp(&arena, &lowered.qp, &options, &sol);
	if (!rc)
	{
		out->status = sol.status;
		for (int k = 0; k < block->n_leaf; k++)
		{
			int			j = lowered.leaf_var[k];

			out->leaf[k] = j >= 0 ? sol.point.x[j] : block->leaf_start[k];
			out->z[k] = j >= 0 ? sol.point.z[j] : 0.0;
		}
		co_copy(lowered.n_row, sol.point.y, out->y);
	}
	co_rewind(&arena, mark);
	return rc;
}

static bool
is_same_solution(const Case *a, const Answer *b)
{
	for (int k = 0; k < a->block.n_leaf; k++)
		if (!(fabs(a->answer.leaf[k] - b->leaf[k]) <= FAR_OFF * co_max(1.0, fabs(a->answer.leaf[k]))))
			return false;
	return true;
}

/* The solution of c by a route, from the start or else from c's; false: none, or another. */
static bool
take_route(const Case *c, const Route *route, Case *out)
{
	*out = (Case) {.block = c->block};
	take_answer(&out->block, &out->answer);
	if (!route->method)
		return solve_lowered(&c->block, route, &out->answer) == CO_OK &&
			out->answer.status == CO_OPTIMAL && is_same_solution(c, &out->answer);
	for (int t = 0; t < 2; t++)
	{
		CoRc		rc;

		solve_method = route->method;
		rc = solve_block(&out->block, NULL, t ? &c->answer : NULL, METHOD_TOLERANCE, &out->answer);
		solve_method = NULL;
		if (!rc && out->answer.status == CO_OPTIMAL && is_same_solution(c, &out->answer))
			return true;
	}
	return false;
}

/*--------------------------------------------------------------------------
 * Differences
 *--------------------------------------------------------------------------
 */

typedef struct Tally
{
	int			problems,
				regular,
				solutions,		/* by all methods */
				lost,			/* a method found no solution, or another one */
				constants,
				undefined,		/* exponents of what is not above zero */
				infeasible,		/* on one side of a constant */
				told,
				zero,			/* not to be told from 0 */
				unclear,
				off;
} Tally;

/* x, y and f of the minimized problem. */
#define N_PARTS			3
static const char part_name[] = "xyf";

typedef struct Slope
{
	int			first[N_PARTS + 1];
	double	   *value,			/* the best known so far of each part */
			   *last;			/* of the step before */
	bool		has_last;
	int			side;			/* -1 or 1: differences from base to there */
	double	   *base;			/* the polished solution */
	double		size[N_PARTS],
				known[N_PARTS], /* to what; INFINITY: not at all */
				noise[N_PARTS]; /* of re-solves */
} Slope;

static bool
is_told(const Slope *slope, int part)
{
	return slope->known[part] <= DOUBT * slope->size[part];
}

static bool
is_zero(const Slope *slope, int part)
{
	return isfinite(slope->known[part]) && slope->size[part] <= slope->known[part];
}

/* NULL: the structure's choice */
static const CoNlpMethod *resolver;

/* x, y and f; NULL: no solution, or another one. */
static double *
solve_at(const Case *c, int leaf, double p)
{
	double	   *value = co_take_doubles(&arena, (size_t) c->block.n_leaf);
	double	   *out = co_take_doubles(&arena, (size_t) (c->pm.n_var + c->block.n_row));
	int			n = c->pm.n_var;
	Answer		answer;
	CoRc		rc;

	take_answer(&c->block, &answer);
	co_copy(c->block.n_leaf, c->answer.leaf, value);
	value[leaf] = p;
	solve_method = resolver;
	rc = solve_block(&c->block, value, &c->answer, SOLVE_TOLERANCE, &answer);
	solve_method = NULL;
	if (rc || (answer.status != CO_OPTIMAL && answer.status != CO_ACCEPTABLE))
		return NULL;
	answer.leaf[leaf] = c->answer.leaf[leaf];
	if (!is_same_solution(c, &answer))
		return NULL;
	for (int j = 0; j < n; j++)
		out[j] = answer.leaf[c->pm.var_leaf[j]];
	co_copy(c->block.n_row - 1, answer.y, out + n);
	out[n + c->block.n_row - 1] = c->pm.model.maximize ? -answer.f : answer.f;
	return out;
}

/*
 * Quotients with steps h and h/2, extrapolated by the order of their error.
 * What is left of it is a part of what extrapolation changes, or, which is mostly
 * far less, what two of them with steps that are far from each other differ by.
 */
static void
extrapolate(double *const *at, double h, int part, Slope *slope, double *now)
{
	double		gain = slope->side ? 1.0 : 1.0 / 3.0;
	double		known = 0.0,
				rounding = 0.0,
				differs = 0.0;

	for (int i = slope->first[part]; i < slope->first[part + 1]; i++)
	{
		double		wide = (at[0][i] - at[1][i]) / (slope->side ? h : 2.0 * h);
		double		narrow = (at[2][i] - at[3][i]) / (slope->side ? 0.5 * h : h);

		now[i] = narrow + gain * (narrow - wide);
		rounding = co_max(rounding, co_max(slope->noise[part], ROUNDING * co_max(1.0, fabs(at[2][i]))) / fabs(h));
		known = co_max(known, (slope->side ? 1.0 : 0.1) * fabs(narrow - wide));
		differs = co_max(differs, fabs(now[i] - slope->last[i]));
	}
	known = (slope->has_last ? co_min(known, differs) : known) * (slope->side ? 2.0 : 1.0) + rounding;
	if (!(known < slope->known[part]))
		return;
	slope->known[part] = known;
	slope->size[part] = 0.0;
	for (int i = slope->first[part]; i < slope->first[part + 1]; i++)
	{
		slope->value[i] = now[i];
		slope->size[part] = co_max(slope->size[part], fabs(now[i]));
	}
}

static void
difference(const Case *c, int leaf, double h, Slope *slope)
{
	static const double central[] = {1.0, -1.0, 0.5, -0.5},
				right[] = {1.0, 0.0, 0.5, 0.0};
	const double *step = slope->side ? right : central;
	double	   *now = co_take_doubles(&arena, (size_t) slope->first[N_PARTS]);
	double	   *at[4];

	for (int k = 0; k < 4; k++)
	{
		at[k] = step[k] == 0.0 ? slope->base : solve_at(c, leaf, c->answer.leaf[leaf] + step[k] * h);
		if (!at[k])
			return;
	}
	for (int part = 0; part < N_PARTS; part++)
		extrapolate(at, h, part, slope, now);
	co_copy(slope->first[N_PARTS], now, slope->last);
	slope->has_last = true;
}

/* Half of the way to the next change of the active set, at most. */
static double
largest_step(const Case *c, const CoDirection *direction, const CoTangent *tangent)
{
	CoRange		down,
				up;

	co_sensitivity_range(c->s, direction, tangent, -1, &down);
	co_sensitivity_range(c->s, direction, tangent, 1, &up);
	return 0.3 * co_min(down.step, up.step);
}

static void
begin_slope(const Case *c, Slope *slope)
{
	slope->first[0] = 0;
	slope->first[1] = c->pm.n_var;
	slope->first[2] = slope->first[1] + c->block.n_row - 1;
	slope->first[3] = slope->first[2] + 1;
	slope->value = co_take_zero_doubles(&arena, (size_t) slope->first[3]);
	slope->last = co_take_zero_doubles(&arena, (size_t) slope->first[3]);
	slope->base = co_take_zero_doubles(&arena, (size_t) slope->first[3]);
	slope->side = 0;
	co_copy(c->pm.n_var, c->s->x, slope->base);
	co_copy(c->block.n_row - 1, c->s->y, slope->base + slope->first[1]);
	slope->base[slope->first[2]] = c->pm.nlp->f;
}

/* How far a residual of the re-solves' tolerance, times size, moves their x and y. */
static void
find_noise(Case *c, double size, Slope *slope)
{
	CoSensitivity *s = c->s;
	double	   *b = co_take_doubles(&arena, (size_t) (s->n_free + s->n_active));
	double		off;

	for (int i = 0; i < s->n_free + s->n_active; i++)
		b[i] = i % 2 ? size * SOLVE_TOLERANCE : -size * SOLVE_TOLERANCE;
	CHECK_INT(co_sensitivity_kkt_solve(s->kkt, b, &off), CO_OK);
	slope->noise[0] = co_norm_inf(s->n_free, b);
	slope->noise[1] = co_norm_inf(s->n_active, b + s->n_free);
	slope->noise[2] = 0.0;
}

/* With other steps, until each part is clear. */
static void
find_slope(const Case *c, int k, double size, double most, Slope *slope)
{
	static const double factor[] = {1.0, 4.0, 0.2, 16.0, 0.02, 60.0, 1e-3, 1e-4};
	double		p = c->p[k];
	double		h = 1e-3 * co_max(1.0, co_norm_inf(c->pm.nlp->n, c->s->x)) / co_max(1e-9, size);

	h = co_clamp(h, 1e-6 * fabs(p), 0.02 * co_max(1.0, fabs(p)));
	slope->has_last = false;
	for (int part = 0; part < N_PARTS; part++)
	{
		slope->known[part] = slope->first[part] < slope->first[part + 1] ? INFINITY : 0.0;
		slope->size[part] = 0.0;
	}
	for (int t = 0; t < (int) (sizeof factor / sizeof *factor); t++)
	{
		CoMark		mark = co_mark(&arena);
		double		step = co_min(h * factor[t], most);
		bool		clear = true;

		/* Two steps that are one step tell nothing. */
		if (t > 0 && step < h * factor[t])
			continue;
		difference(c, c->pm.param_leaf[k], slope->side ? slope->side * step : step, slope);
		co_rewind(&arena, mark);
		for (int part = 0; part < N_PARTS; part++)
			clear = clear && (is_told(slope, part) || is_zero(slope, part));
		if (clear)
			break;
	}
}

/* One part of the derivative. */
static void
compare(const char *name, const char *route, int k, const Slope *slope, int part, const double *exact,
		Tally *tally)
{
	int			n = slope->first[part + 1] - slope->first[part];
	const double *value = slope->value + slope->first[part];
	double		size = co_max(co_norm_inf(n, exact), slope->size[part]);
	double		worst = 0.0;

	if (n == 0)
		return;
	for (int i = 0; i < n; i++)
		worst = co_max(worst, fabs(exact[i] - value[i]));
	if (is_told(slope, part))
		tally->told++;
	else if (is_zero(slope, part))
		tally->zero++;
	else
	{
		tally->unclear++;
		if (verbose() > 1)
			printf("  %s by %s: d%c/dp%d, of size %.1e, is known to %.1e only, off by %.1e\n", name, route,
				   part_name[part], k, size, slope->known[part], worst);
	}
	if (!(worst <= TOLERANCE * size + 3.0 * slope->known[part] + (slope->side ? OF_QP : 0.0)))
	{
		tally->off++;
		CHECK(false);
		printf("  %s by %s: d%c/dp%d is off by %.2e of %.2e, known to %.2e (%g %g)\n", name, route,
			   part_name[part], k, worst, size, slope->known[part], exact[0], value[0]);
	}
}

/*
 * x^p has no derivative in p unless x is above zero; where it is zero up to
 * rounding there is noise, or none on one side.
 */
static bool
is_exponent(const Writer *w, const Case *c, int k)
{
	return w->is_exponent[atoi(c->block.str + c->block.leaf_name[c->pm.param_leaf[k]] + 1)];
}

static bool
is_finite(const Case *c, const CoTangent *t)
{
	return isfinite(t->f) && co_all_finite(c->pm.nlp->n, t->x) && co_all_finite(c->pm.nlp->m, t->y);
}

/* What is at a constant, of all solutions of one problem. */
static void
check_constant(const char *name, const Writer *w, Case *c, const Route *route, int n_case, int k,
			   Slope *slope, Tally *tally)
{
	CoMark		mark = co_mark(&arena);
	double		one = 1.0;
	CoDirection direction = {1, &k, &one};
	bool		may_lack = is_exponent(w, c, k);

	tally->constants++;
	for (int r = 0; r < n_case; r++)
	{
		CoTangent  *t = &c[r].tangent;
		const double *exact[N_PARTS] = {t->x, t->y, &t->f};

		CHECK_INT(co_sensitivity_solve(c[r].s, &direction, t), CO_OK);
		CHECK(t->error <= 1e-10);
		if (!is_finite(&c[r], t) && may_lack)
		{
			tally->undefined++;
			if (r == 0)
				break;
			continue;
		}
		if (r == 0)
			find_slope(c, k, co_norm_inf(c->pm.nlp->n, t->x), largest_step(c, &direction, t), slope);
		for (int part = 0; part < N_PARTS; part++)
			if (may_lack && !is_told(slope, part))
				tally->undefined++;
			else
				compare(name, route[r].word, k, slope, part, exact[part], tally);
	}
	co_rewind(&arena, mark);
}

/* All solutions of one problem: c[0] is the one that is re-solved. */
static void
check_constants(const NlpProblem *problem, const Writer *w, Case *c, const Route *route, int n_case, Tally *tally)
{
	Slope		slope;

	begin_slope(c, &slope);
	find_noise(c, 1.0, &slope);
	for (int k = 0; k < c->pm.nlp->np; k++)
		check_constant(problem->name, w, c, route, n_case, k, &slope, tally);
}

/*--------------------------------------------------------------------------
 * Solutions without two-sided derivatives
 *--------------------------------------------------------------------------
 */

/* What s says of a solution: bits. */
#define WEAK			1
#define DEPENDENT		2
#define FLAT			4
#define UNPOLISHED		8

static const struct
{
	const char *name;
	int			flags;
	const char *why;
}			left_out[] = {
	{"hs017", WEAK, "a row rests on its side with multiplier zero"},
	{"hs026", FLAT, "a fourth power is zero"},
	{"hs030", DEPENDENT, "x1^2 + x2^2 >= 1 and x1 >= 1 touch at (1, 0)"},
	{"hs032", WEAK, "a bound without a multiplier"},
	{"hs046", FLAT, "a fourth and a sixth power are zero"},
	{"hs047", FLAT, "a third power is zero"},
	{"hs049", FLAT, "a fourth and a sixth power are zero"},
	{"hs055", DEPENDENT, "six equations and a bound of six variables"},
	{"hs085", DEPENDENT, "a row between two others"},
	{"hs090", FLAT, "solutions on a curve"},
	{"hs092", FLAT, "solutions on a surface"},
	{"hs116", DEPENDENT, "more active rows than variables"},
	{"hs21mod", WEAK, "variables that rest on bounds without multipliers"},
	{"hs268", WEAK, "the unconstrained minimizer is on a row"},
	{"hs35mod", WEAK, "a variable fixed, another on its bound without a multiplier"},
	{"hs99exp", WEAK, "bounds without multipliers"},
};

#define N_LEFT_OUT		((int) (sizeof left_out / sizeof *left_out))

static int
flags_of(const CoSensitivity *s)
{
	return (s->n_weak > 0 ? WEAK : 0) | (s->n_dependent > 0 ? DEPENDENT : 0) |
		(s->second_order ? 0 : FLAT) | (s->is_polished ? 0 : UNPOLISHED);
}

static void
say_why(const char *name, const char *word, const Case *c)
{
	printf("  %s by %s: polished %d, second order %d, dependent %d, weak %d\n", name, word,
		   c->s->is_polished, c->s->second_order, c->s->n_dependent, c->s->n_weak);
}

static void
check_flags(const char *name, const char *word, const Case *c)
{
	int			flags = 0;

	for (int t = 0; t < N_LEFT_OUT; t++)
		if (strcmp(left_out[t].name, name) == 0)
			flags = left_out[t].flags;

	/*
	 * With dependent gradients multipliers are a choice, and so is what is
	 * without, and the directions that this leaves.
	 */
	if ((flags_of(c->s) & ~(flags & DEPENDENT ? WEAK | (c->s->n_weak > 0 ? FLAT : 0) : 0)) != flags)
	{
		CHECK(false);
		say_why(name, word, c);
	}
}

/* One side of a constant, against re-solves on that side. */
static void
check_side(const char *name, Case *c, int k, int sign, Slope *slope, Tally *tally)
{
	CoMark		mark = co_mark(&arena);
	double		one = 1.0;
	CoDirection direction = {1, &k, &one};
	CoTangent  *t = &c->tangent;

	CHECK_INT(co_sensitivity_side(c->s, &direction, sign, t, &c->verdict), CO_OK);
	slope->side = sign;
	if (c->verdict == CO_NO_SOLUTION)
	{
		tally->infeasible++;
		CHECK(!solve_at(c, c->pm.param_leaf[k], c->p[k] + sign * 1e-4 * co_max(1.0, fabs(c->p[k]))));
	}
	else if (c->verdict == CO_NO_DERIVATIVE)
		tally->undefined++;
	else
	{
		bool		has_x = c->verdict <= CO_DIRECTIONAL_X;

		find_slope(c, k, has_x ? co_norm_inf(c->pm.nlp->n, t->x) : 1.0, INFINITY, slope);
		if (has_x)
			compare(name, sign < 0 ? "left" : "right", k, slope, 0, t->x, tally);
		if (c->verdict == CO_DIRECTIONAL)
			compare(name, sign < 0 ? "left" : "right", k, slope, 1, t->y, tally);
		compare(name, sign < 0 ? "left" : "right", k, slope, 2, &t->f, tally);
	}
	co_rewind(&arena, mark);
}

/*
 * Where strict complementarity fails an interior point's x and y are known to the
 * root of its tolerance, an active-set method's to the tolerance.
 */
static void
choose_resolver(Case *c, Slope *slope)
{
	const CoParamNlp *nlp = c->pm.nlp;
	double		x = co_norm_inf(nlp->n, c->s->x);
	double		terms = x * co_norm_inf(co_csc_nnz(&nlp->hess), nlp->hess.value);

	/* Gradients are sums of such terms; a re-solve may end acceptable. */
	find_noise(c, 20.0 * co_max(1.0, terms), slope);
	slope->noise[2] = ROUNDING * terms * x;
	resolver = co_nlp_find_method("sqp");
	if (solve_at(c, c->pm.param_leaf[0], c->p[0]))
		return;
	resolver = NULL;
	slope->noise[0] = 4.0 * sqrt(SOLVE_TOLERANCE) * co_max(1.0, co_norm_inf(c->pm.nlp->n, c->s->x));
	slope->noise[1] = 4.0 * sqrt(SOLVE_TOLERANCE) * co_max(1.0, co_norm_inf(c->pm.nlp->m, c->s->y));
}

static void
check_sides(const char *name, const Writer *w, Case *c, Tally *tally)
{
	int			stride = w->n > LONG ? 1 + c->pm.nlp->np / SAMPLE : 1;
	Slope		slope;

	begin_slope(c, &slope);
	choose_resolver(c, &slope);
	for (int k = 0; k < c->pm.nlp->np; k += stride)
		if (!is_exponent(w, c, k))
			for (int sign = -1; sign <= 1; sign += 2)
				check_side(name, c, k, sign, &slope, tally);
	resolver = NULL;
}

/*--------------------------------------------------------------------------
 * A problem
 *--------------------------------------------------------------------------
 */

/* Solutions by all methods to c and route, the first being the structure's choice; how many. */
static int
take_routes(const char *name, Case *c, Route *route, Tally *tally)
{
	Route		all[MAX_ROUTES];
	int			n_route = list_routes(&c[0], all);
	int			n = 1;

	route[0] = (Route) {.word = "auto"};
	check_flags(name, "auto", &c[0]);
	for (int r = 0; r < n_route; r++)
		if (take_route(&c[0], &all[r], &c[n]))
		{
			tally->solutions++;
			CHECK_INT(differentiate(&c[n]), CO_OK);
			check_flags(name, all[r].word, &c[n]);
			if (flags_of(c[n].s) == flags_of(c[0].s))
				route[n++] = all[r];
		}
		else
		{
			tally->lost++;
			printf("  %s by %s: no solution, or another\n", name, all[r].word);
		}
	return n;
}

static void
check_problem(const NlpProblem *problem, Tally *tally)
{
	Writer		w;
	Case		c[MAX_ROUTES + 1];
	Route		route[MAX_ROUTES + 1];
	clock_t		begun = clock();
	Tally		before = *tally;
	CoRc		rc;

	begin();
	write_problem(problem, getenv("CO_FULL") ? 0 : SAMPLE, &w);
	rc = case_of(w.text, 1e-9, &c[0]);
	if (rc)
	{
		/* x2 = 0 is not a KKT point: no multiplier exists. */
		CHECK_STR(problem->name, "hs013");
		CHECK(c[0].answer.status != CO_OPTIMAL);
	}
	else
	{
		int			n = take_routes(problem->name, c, route, tally);

		tally->problems++;
		tally->regular += flags_of(c[0].s) == 0;
		if (flags_of(c[0].s) == 0)
			check_constants(problem, &w, c, route, n, tally);
		else if (!(flags_of(c[0].s) & (FLAT | UNPOLISHED)))
			check_sides(problem->name, &w, &c[0], tally);
	}
	if (verbose())
		printf("  %s: %d constants, %d told, %d zero, %d unclear, %d undefined, %.2f s\n", problem->name,
			   tally->constants - before.constants, tally->told - before.told,
			   tally->zero - before.zero, tally->unclear - before.unclear,
			   tally->undefined - before.undefined, (double) (clock() - begun) / CLOCKS_PER_SEC);
	forget(&w);
	end();
}

static void
each_problem(void (*check) (const NlpProblem *problem, Tally *tally), Tally *tally)
{
	static const char *const tier[] = {"small", "medium"};
	const char *only = getenv("CO_ONLY");
	NlpProblem	problem;

	for (int t = 0; t < 2; t++)
	{
		NlpData    *data = nlp_open("nlp_hs", tier[t]);

		while (data && nlp_next(data, &problem))
			if ((!only || strcmp(only, problem.name) == 0) && problem.text && problem.smooth)
				check(&problem, tally);
		if (data)
			nlp_close(data);
	}
}

static void
test_differences(void)
{
	Tally		tally = {0};

	each_problem(check_problem, &tally);
	printf("# %d problems, %d regular: %d solutions, %d lost; %d constants, %d undefined; "
		   "%d derivatives compared, %d off, %d are zero, %d without clear differences, "
		   "%d times no solution on one side\n",
		   tally.problems, tally.regular, tally.solutions, tally.lost, tally.constants, tally.undefined,
		   tally.told, tally.off, tally.zero, tally.unclear, tally.infeasible);
	CHECK(tally.problems > 0);

	/*
	 * hs116 and hs105 by SQP, hs090 and hs092 by augmented Lagrangians: other
	 * solutions
	 */
	CHECK(tally.lost <= 4);
	/* These are compared too, within what their differences are known to. */
	CHECK(tally.unclear <= tally.told / (getenv("CO_FULL") ? FULL_UNCLEAR : UNCLEAR));
}

/*--------------------------------------------------------------------------
 * The reference derivatives
 *--------------------------------------------------------------------------
 */

#define MAX_REFERENCE	2000

typedef struct Reference		/* a line of dual.tsv or dxdb.tsv */
{
	char		problem[32],
				constraint[32],
				what[32];		/* side, or variable */
	double		number[4];		/* bound, dual, difference, accuracy; or dx/db */
} Reference;

static int
read_reference(const char *file, Reference *out)
{
	char		path[700],
				line[400];
	FILE	   *in;
	int			n = 0;

	snprintf(path, sizeof path, "%s/sensitivity/%s", data_folder(), file);
	in = fopen(path, "r");
	if (!in || !fgets(line, sizeof line, in))
		return 0;
	while (n < MAX_REFERENCE && fgets(line, sizeof line, in))
	{
		Reference  *r = &out[n];

		memset(r, 0, sizeof *r);
		if (sscanf(line, "%31s %31s %31s %lf %lf %lf %lf", r->problem, r->constraint, r->what,
				   &r->number[0], &r->number[1], &r->number[2], &r->number[3]) >= 4)
			n++;
	}
	fclose(in);
	return n;
}

static Reference dual[MAX_REFERENCE],
			dxdb[MAX_REFERENCE];
static int	n_dual,
			n_dxdb;

/* One active bound: d f, and d x of every variable. */
static void
check_reference(Case *c, const Writer *w, const Reference *r, Tally *tally)
{
	double		largest = 0.0,
				worst = 0.0,
				f,
				sign = 0.0;
	int			k = -1;
	double		one = 1.0;
	CoDirection direction = {1, &k, &one};

	for (int i = 0; i < w->n_row; i++)
		if (strcmp(w->row[i].name, r->constraint) == 0)
		{
			bool		upper = strcmp(r->what, "upper") == 0;
			char		name[32];

			snprintf(name, sizeof name, "p%d", upper ? w->row[i].upper : w->row[i].lower);
			k = param_of(c, name);
			sign = upper ? w->row[i].upper_sign : w->row[i].lower_sign;
		}
	CHECK(k >= 0);
	CHECK_INT(co_sensitivity_solve(c->s, &direction, &c->tangent), CO_OK);
	f = sign * (c->pm.model.maximize ? -c->tangent.f : c->tangent.f);
	for (int i = 0; i < n_dxdb; i++)
		if (strcmp(dxdb[i].problem, r->problem) == 0 && strcmp(dxdb[i].constraint, r->constraint) == 0)
		{
			double		exact = sign * dx(c, dxdb[i].what);

			largest = co_max(largest, fabs(dxdb[i].number[0]));
			worst = co_max(worst, fabs(exact - dxdb[i].number[0]));
			tally->told++;
		}
	tally->regular++;
	if (!(fabs(f - r->number[2]) <= 1e-5 * co_max(1e-3, fabs(r->number[2])) + 1e-6) ||
		!(worst <= co_max(1e-5, r->number[3]) * largest + 1e-9))
	{
		/*
		 * hs026, hs046, hs049: W is singular at the solution, and the
		 * reference is a limit.
		 */
		tally->off++;
		CHECK(!c->s->second_order && !co_sensitivity_regular(c->s));
		printf("  %s %s %s: df %.9g, expected %.9g; dx off by %.1e of %.1e (known to %.0e)\n", r->problem,
			   r->constraint, r->what, f, r->number[2], worst, largest, r->number[3]);
	}
}

static void
check_references(const NlpProblem *problem, Tally *tally)
{
	Writer		w;
	Case		c;
	bool		wanted = false;

	for (int i = 0; i < n_dual; i++)
		wanted = wanted || strcmp(dual[i].problem, problem->name) == 0;
	if (!wanted)
		return;
	begin();
	write_problem(problem, SAMPLE, &w);
	if (case_of(w.text, 1e-11, &c) == CO_OK || case_of(w.text, 1e-9, &c) == CO_OK)
	{
		tally->problems++;
		for (int i = 0; i < n_dual; i++)
			if (strcmp(dual[i].problem, problem->name) == 0)
				check_reference(&c, &w, &dual[i], tally);
	}
	else
	{
		CHECK(false);
		printf("  %s: no solution\n", problem->name);
	}
	forget(&w);
	end();
}

static void
test_references(void)
{
	Tally		tally = {0};

	n_dual = read_reference("dual.tsv", dual);
	n_dxdb = read_reference("dxdb.tsv", dxdb);
	each_problem(check_references, &tally);
	printf("# references: %d problems, %d bounds, %d entries, %d bounds off\n", tally.problems,
		   tally.regular, tally.told, tally.off);
	CHECK(n_dual > 100 && n_dxdb > 1000);
	CHECK(tally.off <= 3);
}

CHECK_MAIN(TEST(test_differences), TEST(test_references))
