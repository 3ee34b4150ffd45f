/*-------------------------------------------------------------------------
 *
 * t_problems_nlp.c
 *	  The problems of test/problems as nonlinear programs: the stated answers
 *	  of the nonlinear ones by themselves, and all of them through the
 *	  nonlinear interior point.
 *
 *-------------------------------------------------------------------------
 */
#include "nlp/nlp_residual.h"
#include "problem.h"
#include "solver/nlp_solve.h"

#define NEAR_OBJECTIVE	1e-6	/* relative; residuals of 1e-8 */
#define NEAR_POINT		1e-5	/* a point is as near as the curvature says */
#define N_WAYS			2		/* with and without scaling */

/* A gradient of curvature 1e6 at a point in doubles. */
#define STATED_SLOPE	1e-11

static int	n_nonlinear;

/* z := -(grad f + J'y), where there is a side to rest on */
static void
explain_by_bounds(Problem *p, CoQpPoint *point)
{
	const CoNlp *nlp = &p->model.nlp;
	CoNlpValue	at = {0.0, co_take_zero_doubles(&p->arena, (size_t) nlp->m),
		co_take_zero_doubles(&p->arena, (size_t) nlp->n),
	co_take_zero_doubles(&p->arena, (size_t) co_csc_nnz(&nlp->jac))};

	CHECK_INT(nlp->eval(nlp->self, point->x, CO_WANT_GRAD | CO_WANT_JAC, &at), CO_OK);
	for (int j = 0; j < nlp->n; j++)
	{
		bool		at_side = point->x[j] == nlp->xl[j] || point->x[j] == nlp->xu[j];
		double		z = -at.grad[j];

		for (int e = nlp->jac.start[j]; e < nlp->jac.start[j + 1]; e++)
			z -= at.jac[e] * point->y[nlp->jac.index[e]];
		point->z[j] = at_side ? z : 0.0;
	}
}

static void
judge_stated(Problem *p)
{
	const CoNlp *nlp = &p->model.nlp;
	CoQpPoint	point = {co_take_zero_doubles(&p->arena, (size_t) nlp->n),
		co_take_zero_doubles(&p->arena, (size_t) nlp->m),
	co_take_zero_doubles(&p->arena, (size_t) nlp->n)};
	CoResidual	r;

	if (!p->is_nonlinear)
		return;
	n_nonlinear++;
	CHECK_INT(p->model.n_var, nlp->n);
	CHECK_STR(p->status, "optimal");
	CHECK(gather(p, &p->value, find_variable, nlp->n, point.x));
	CHECK(gather(p, &p->dual, find_row, nlp->m, point.y));
	for (int i = 0; i < nlp->m; i++)
		point.y[i] *= -p->sign;
	explain_by_bounds(p, &point);
	CHECK_INT(co_nlp_residual(&p->arena, nlp, &point, &r), CO_OK);
	CHECK_NEAR(p->sign * r.objective, p->objective, STATED * fmax(1.0, fabs(p->objective)));
	CHECK(r.primal <= STATED * fmax(1.0, r.primal_scale));
	CHECK(r.dual <= STATED_SLOPE * fmax(1.0, r.dual_scale));
	CHECK(r.complementarity <= STATED * fmax(1.0, fabs(p->objective)));
}

static void
test_stated_answers(void)
{
	n_nonlinear = 0;
	each_problem(judge_stated);
	CHECK(n_nonlinear >= 2);
}

/*
 * A nonlinear program is infeasible locally, as far as its solver can tell but
 * by its bounds; where P is not convex, any status of a point is right.
 */
static void
compare_solution(const Problem *p, const CoSolution *sol)
{
	const CoNlp *nlp = &p->model.nlp;
	bool		locally = !co_sides_cross(nlp->n, nlp->xl, nlp->xu);
	const char *status = locally && strcmp(p->status, "infeasible") == 0 ?
		"locally_infeasible" : p->status;

	if (strcmp(p->status, "not_convex") == 0)
		return;
	CHECK_STR(co_status_word(sol->status), status);
	if (sol->status != CO_OPTIMAL)
		return;
	CHECK_NEAR(p->sign * sol->residual.objective, p->objective,
			   NEAR_OBJECTIVE * fmax(1.0, fabs(p->objective)));
	if (!p->is_nonlinear)
		return;
	compare(p, &p->value, find_variable, 1.0, sol->point.x, NEAR_POINT);
	compare(p, &p->dual, find_row, -p->sign, sol->point.y, NEAR_POINT);
}

static void
solve(Problem *p)
{
	CoNlpStart	start = {.x = p->model.start};

	for (int way = 0; way < N_WAYS; way++)
	{
		CoMark		mark = co_mark(&p->arena);
		CoOptions	options;
		CoSolution	sol;
		int			before = check_failures;

		co_options_default(&options);
		options.scaling = !(way & 1);
		CHECK_INT(co_nlp_solve(&p->arena, &p->model.nlp, &options, &start, &sol), CO_OK);
		compare_solution(p, &sol);
		if (check_failures > before)
			printf("  ... %s with scaling %d: %s %s, %d iterations\n", p->file, !(way & 1),
				   co_status_word(sol.status), co_termination_word(sol.termination), sol.iterations);
		co_rewind(&p->arena, mark);
	}
}

static void
test_solutions(void)
{
	each_problem(solve);
}

CHECK_MAIN(TEST(test_stated_answers), TEST(test_solutions))
