/*-------------------------------------------------------------------------
 *
 * t_same_digits.c
 *	  The same problem has the same answer, to the last bit of every number and
 *	  with the same log, whatever was in the memory before and wherever it is.
 *
 * Each problem is solved in an ordinary arena, and again in arenas whose host
 * hands out memory full of zeros, of NaN and of huge numbers, at other
 * alignments, when something else has been taken before.  With CO_PARANOID
 * every take is the host's, so that this is what all of them hold at first.
 *
 *-------------------------------------------------------------------------
 */
#include <stdlib.h>

#include "plant.h"
#include "senscheck.h"
#include "solver/active.h"
#include "solver/sensitivity_block.h"

typedef struct Memory
{
	int			filler;			/* byte; -1: as malloc gives it */
	size_t		shift;			/* of what malloc gives, at most SHIFT */
	size_t		before;			/* doubles taken first */
} Memory;

#define SHIFT	64

static const Memory memories[] = {
	{-1, 0, 0},					/* the others have to agree with this one */
	{0x00, 16, 1},
	{0xff, 32, 100},			/* NaN, -1 */
	{0x7f, 48, 10000},			/* 1.4e306, 2139062143 */
};

#define N_MEMORIES	((int) (sizeof memories / sizeof *memories))

static const Memory *memory;

static void *
filled_alloc(void *self, size_t size)
{
	TestHost   *of = self;
	char	   *data = malloc(size + SHIFT);

	if (!data)
		return NULL;
	of->live++;
	if (memory->filler >= 0)
		memset(data, memory->filler, size + SHIFT);
	return data + memory->shift;
}

static void
filled_release(void *self, void *data)
{
	TestHost   *of = self;

	of->live--;
	free((char *) data - memory->shift);
}

static void
begin_in(const Memory *m)
{
	begin();
	memory = m;
	host.env.alloc = filled_alloc;
	host.env.release = filled_release;
	host.env.resize = NULL;
	co_take(&arena, m->before, sizeof(double));
}

/*--------------------------------------------------------------------------
 * What was answered, as one number
 *--------------------------------------------------------------------------
 */

typedef uint64_t Digest;

static void
add_bytes(Digest *d, const void *from, size_t n)
{
	const unsigned char *byte = from;

	for (size_t i = 0; i < n; i++)	/* FNV-1a */
		*d = (*d ^ byte[i]) * UINT64_C(1099511628211);
}

/* All NaN are one. */
static void
add_doubles(Digest *d, int n, const double *x)
{
	for (int i = 0; i < n; i++)
	{
		double		value = isnan(x[i]) ? (double) NAN : x[i];

		add_bytes(d, &value, sizeof value);
	}
}

static void
add_int(Digest *d, int value)
{
	add_bytes(d, &value, sizeof value);
}

static void
add_iteration(Digest *d, const CoIteration *it)
{
	const double number[] = {it->objective, it->primal_residual, it->dual_residual, it->gap, it->mu,
	it->step_primal, it->step_dual, it->regularization};

	add_doubles(d, (int) (sizeof number / sizeof *number), number);
	add_int(d, it->iteration);
	add_int(d, it->corrections);
	add_int(d, it->refinements);
	add_int(d, it->kind);
}

static void
add_solution(Digest *d, int n, int m, const CoSolution *s)
{
	const CoResidual *r = &s->residual;
	const double number[] = {r->primal, r->dual, r->gap, r->complementarity, r->objective,
	s->certificate_margin};
	const int	count[] = {(int) s->status, (int) s->termination, s->iterations, s->factorizations,
	s->refinements, (int) s->path, s->n_log};

	add_doubles(d, n, s->point.x);
	add_doubles(d, m, s->point.y);
	add_doubles(d, n, s->point.z);
	if (s->ray)
		add_doubles(d, n, s->ray);
	add_doubles(d, (int) (sizeof number / sizeof *number), number);
	add_bytes(d, count, sizeof count);
	for (int k = 0; k < s->n_log; k++)
		add_iteration(d, &s->log[k]);
}

static void
add_tangent(Digest *d, const CoParamNlp *nlp, const CoTangent *t)
{
	add_doubles(d, nlp->n, t->x);
	add_doubles(d, nlp->m, t->y);
	add_doubles(d, nlp->n, t->z);
	add_doubles(d, 1, &t->f);
}

typedef void (*Solver) (const void *problem, Digest *d);

static void
check_same(const char *name, Solver solve, const void *problem)
{
	Digest		first = 0;

	for (int k = 0; k < N_MEMORIES; k++)
	{
		Digest		d = UINT64_C(14695981039346656037);

		begin_in(&memories[k]);
		solve(problem, &d);
		end();
		if (k == 0)
			first = d;
		CHECK(d == first);
		if (d != first)
			printf("  ... %s in memory %d\n", name, k);
	}
}

/*--------------------------------------------------------------------------
 * Nonlinear programs, by every method
 *--------------------------------------------------------------------------
 */

static const char *const texts[] = {
	/* many attempts, the best of which is not the last: hs013 */
	"minimize (x-2)^2 + y^2 subject to (1-x)^3 - y >= 0 where x in [0, inf] start 0, y in [0, inf] start 0",
	"minimize 100*(y - x^2)^2 + (1-x)^2 where x in [-1.5, inf] start -2, y in [-1.5, inf] start 1",
	"minimize x*y*z*w subject to sum: x + y + z + w <= 8; x^2 + y^2 + z^2 + w^2 == 9 "
	"where x in [0.1, 9] start 1, y in [0.1, 9] start 2, z in [0.1, 9] start 3, w free start 1",
	/* nothing is feasible; f falls for ever; a saddle; rows three times */
	"minimize x + y subject to x^2 + y^2 <= 1; x*y >= 3 where x free start 1, y free start 1",
	"minimize -x^3 + y^2 where x free start 1, y free start 1",
	"minimize x*y subject to x^2 + y^2 == 2 where x free start 1, y free start 1",
	"minimize exp(x) + y^4 subject to x*y == 1; 2*x*y == 2; 3*x*y == 3 where x free start 2, y free start 2",
	/* least squares with a valley */
	"minimize (a*exp(-b) - 0.5)^2 + (a*exp(-2*b) - 0.3)^2 + (a*exp(-3*b) - 0.2)^2 + (a*exp(-4*b) - 0.1)^2 "
	"where a free start 9, b free start 3",
};

typedef struct TextBy
{
	const char *text;
	const CoNlpMethod *method;	/* NULL: the structure's choice */
	bool		exact;
} TextBy;

static void
solve_text(const void *problem, Digest *d)
{
	const TextBy *by = problem;
	CoOptions	options;
	CoSolution	sol;
	CoBlock		block;
	CoModel		model;
	CoNlpStart	start = {0};

	co_options_default(&options);
	options.exact_hessian = by->exact;
	options.fallback = !by->method;
	CHECK_INT(co_parse(&arena, by->text, strlen(by->text), CO_BLOCK_PROBLEM, &block, &error), CO_OK);
	CHECK_INT(co_model_build(&arena, &block, NULL, &model, &error), CO_OK);
	if (by->method && !co_nlp_method_takes(by->method, &model.nlp))
		return;
	start.x = model.start;
	CHECK_INT(co_nlp_solve_by(&arena, &model.nlp, by->method, &options, &start, &sol), CO_OK);
	add_solution(d, model.nlp.n, model.nlp.m, &sol);
}

static void
test_nonlinear(void)
{
	for (size_t t = 0; t < sizeof texts / sizeof *texts; t++)
		for (int k = -1; k < 0 || co_nlp_method(k); k++)
			for (int exact = 0; exact < 2; exact++)
			{
				TextBy		by = {texts[t], k < 0 ? NULL : co_nlp_method(k), exact};

				check_same(texts[t], solve_text, &by);
			}
}

/*--------------------------------------------------------------------------
 * Linear and quadratic programs
 *--------------------------------------------------------------------------
 */

static void
solve_convex(const void *problem, Digest *d)
{
	CoOptions	options;
	CoSolution	sol,
				again;
	CoQp		qp;

	co_options_default(&options);
	CHECK_INT(model_qp(&arena, problem, &qp), CO_OK);
	CHECK_INT(co_qp_solve(&arena, &qp, &options, NULL, &sol), CO_OK);
	add_solution(d, qp.n, qp.m, &sol);
	if (sol.status != CO_OPTIMAL)
		return;
	CHECK_INT(co_qp_solve_warm(&arena, &qp, &options, &sol.point, &again), CO_OK);
	add_solution(d, qp.n, qp.m, &again);
}

static void
solve_active(const void *problem, Digest *d)
{
	CoOptions	options;
	CoSolution	sol;
	CoQp		qp;

	co_options_default(&options);
	CHECK_INT(model_qp(&arena, problem, &qp), CO_OK);
	CHECK_INT(co_active_qp_solve(&arena, &qp, &options, NULL, NULL, &sol), CO_OK);
	add_solution(d, qp.n, qp.m, &sol);
}

static void
check_model(const char *name, Model *model)
{
	check_same(name, solve_convex, model);
	check_same(name, solve_active, model);
	model_end(model);
}

static void
test_quadratic(void)
{
	const int	n_problems = test_quick() > 1 ? 5 : 40;
	TestRandom	random = {7};

	for (int k = 0; k < n_problems; k++)
	{
		PlantKind	kind = plant_kind(&random, k % 2);
		PlantPoint	at;
		Model		model = plant_feasible(&random, &kind, &at);

		check_model("with a solution", &model);
		plant_point_end(&at);
		model = plant_infeasible(&random, &kind, 1.0);
		check_model("infeasible", &model);
		model = plant_unbounded(&random, &kind);
		check_model("unbounded", &model);
	}
}

/* By the dense and by the sparse factorization. */
static void
test_factorizations(void)
{
	static const PlantKind kinds[] = {
		{150, 60, 1.0, 150, 0.0, 0.3},
		{400, 200, 0.01, 0, 0.5, 0.5},
		{300, 100, 0.02, 40, 0.5, 0.5},
	};
	TestRandom	random = {11};

	if (test_quick() > 1)
		SKIP("too long under valgrind");
	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
	{
		PlantPoint	at;
		Model		model = plant_feasible(&random, &kinds[k], &at);

		check_model("large", &model);
		plant_point_end(&at);
	}
}

/*--------------------------------------------------------------------------
 * Derivatives of solutions
 *--------------------------------------------------------------------------
 */

static void
add_directions(Case *c, int k, Digest *d)
{
	double		one = 1.0;
	CoDirection direction = {1, &k, &one};
	CoRange		range;

	CHECK_INT(co_sensitivity_solve(c->s, &direction, &c->tangent), CO_OK);
	add_tangent(d, c->pm.nlp, &c->tangent);
	for (int sign = -1; sign <= 1; sign += 2)
	{
		CHECK_INT(co_sensitivity_range(c->s, &direction, &c->tangent, sign, &range), CO_OK);
		add_doubles(d, 1, &range.step);
	}
	for (int sign = -1; sign <= 1; sign += 2)
	{
		CHECK_INT(co_sensitivity_side(c->s, &direction, sign, &c->tangent, &c->verdict), CO_OK);
		add_int(d, (int) c->verdict);
		if (c->verdict == CO_DIRECTIONAL)
			add_tangent(d, c->pm.nlp, &c->tangent);
	}
}

static void
differentiate_text(const void *problem, Digest *d)
{
	CoSensitivityBlock *block;
	Case		c;
	int			param[8];

	must(problem, &c);
	add_doubles(d, c.pm.nlp->n, c.s->x);
	add_doubles(d, c.pm.nlp->m, c.s->y);
	CHECK(c.pm.nlp->np <= 8);
	for (int k = 0; k < c.pm.nlp->np; k++)
	{
		param[k] = k;
		add_directions(&c, k, d);
	}
	CHECK_INT(co_sensitivity_block_new(c.s, c.pm.nlp->np, &block), CO_OK);
	CHECK_INT(co_sensitivity_block_solve(block, c.pm.nlp->np, param, false), CO_OK);
	for (int k = 0; k < c.pm.nlp->np; k++)
		add_tangent(d, c.pm.nlp, &block->tangent[k]);
}

static void
test_derivatives(void)
{
	static const char *const problems[] = {
		"minimize (x - p)^2 + (y + 3)^2 + x*y subject to cap: x <= u; floor: y - l >= 0 "
		"where p := 3, u := 2, l := 0.5, x free, y in [l, 4]",
		/* a row without a multiplier, and one twice */
		"minimize (x - p)^2 + (y - q)^2 subject to a: x <= 1; b: x + y <= s; c: 2*x + 2*y <= 2*s "
		"where p := 1, q := 2, s := 2, x free, y free",
		"minimize exp(p*x) + y^2 - ln(y + q) subject to x^2 + y^2 == r where p := 1, q := 2, r := 3, "
		"x free start 1, y in [0, 9] start 1",
	};

	for (size_t k = 0; k < sizeof problems / sizeof *problems; k++)
		check_same(problems[k], differentiate_text, problems[k]);
}

CHECK_MAIN(TEST(test_nonlinear), TEST(test_quadratic), TEST(test_factorizations), TEST(test_derivatives))
