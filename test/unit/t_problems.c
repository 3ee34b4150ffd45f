/*-------------------------------------------------------------------------
 *
 * t_problems.c
 *	  The problems of test/problems: text to matrices to solution.
 *
 * Every file states its answer (test/problems/README.md).  The answer is
 * first judged by itself, from the problem's data; then the solver's is
 * compared with it, on every way through the solver; and the text is printed
 * and read back to the same bytes.
 *
 *-------------------------------------------------------------------------
 */
#include "problem.h"
#include "solver/solver.h"

#define NEAR		1e-8		/* polished */
#define NEAR_OBJECTIVE	1e-6	/* not polished: residuals of 1e-8 times
								 * multipliers */
#define N_WAYS		8			/* with and without presolve, scaling, polish */

/*--------------------------------------------------------------------------
 * The stated answers by themselves
 *--------------------------------------------------------------------------
 */

/* y of nlp/qp.h is minus the change of the minimized objective. */
static void
load_duals(const Problem *p, double *y)
{
	for (int i = 0; i < p->lowered.n_row; i++)
		y[i] *= -p->sign;
}

/* z := -(Px + c + A'y), what stationarity leaves to the bounds */
static void
explain_by_bounds(const CoQp *qp, CoQpPoint *point)
{
	co_fill(qp->n, 0.0, point->z);
	for (int j = 0; j < qp->n; j++)
		for (int k = qp->p.start[j]; k < qp->p.start[j + 1]; k++)
		{
			int			i = qp->p.index[k];

			point->z[j] -= qp->p.value[k] * point->x[i];
			if (i != j)
				point->z[i] -= qp->p.value[k] * point->x[j];
		}
	for (int j = 0; j < qp->n; j++)
	{
		point->z[j] -= qp->c[j];
		for (int k = qp->a.start[j]; k < qp->a.start[j + 1]; k++)
			point->z[j] -= qp->a.value[k] * point->y[qp->a.index[k]];

		/* Rounding is no multiplier. */
		if (fabs(point->z[j]) <= STATED * (1.0 + fabs(qp->c[j])))
			point->z[j] = 0.0;
	}
}

static void
judge_optimal(Problem *p)
{
	const CoQp *qp = &p->lowered.qp;
	CoQpPoint	point = {co_take_zero_doubles(&p->arena, (size_t) qp->n),
		co_take_zero_doubles(&p->arena, (size_t) qp->m),
	co_take_zero_doubles(&p->arena, (size_t) qp->n)};
	CoResidual	r;
	bool		has_duals;

	CHECK_INT(p->lowered.n_var, qp->n);
	CHECK(gather(p, &p->value, find_variable, qp->n, point.x));
	has_duals = p->dual.n > 0;
	if (has_duals)
	{
		CHECK(gather(p, &p->dual, find_row, qp->m, point.y));
		load_duals(p, point.y);
		explain_by_bounds(qp, &point);
	}
	CHECK_INT(co_qp_residual(&p->arena, qp, &point, &r), CO_OK);
	CHECK_NEAR(p->sign * r.objective, p->objective, STATED * fmax(1.0, fabs(p->objective)));
	CHECK(r.primal <= STATED * fmax(1.0, r.primal_scale));
	if (!has_duals)
		return;
	CHECK(r.dual <= STATED * fmax(1.0, r.dual_scale));
	CHECK(r.complementarity <= STATED * fmax(1.0, fabs(p->objective)));
	CHECK(r.gap <= STATED * fmax(1.0, fabs(p->objective)));
}

static void
judge_proof(Problem *p, const List *list, Find find, int n,
			CoRc (*check) (CoArena *, const CoQp *, const double *, double *))
{
	double	   *proof = co_take_doubles(&p->arena, (size_t) n);
	double		margin = 0.0;

	CHECK(list->n > 0);
	CHECK(gather(p, list, find, n, proof));
	CHECK_INT(check(&p->arena, &p->lowered.qp, proof, &margin), CO_OK);
	CHECK(margin > 0.0);
}

static void
judge_stated(Problem *p)
{
	if (p->is_nonlinear)
		return;					/* t_problems_nlp.c */
	if (strcmp(p->status, "optimal") == 0)
		judge_optimal(p);
	else if (strcmp(p->status, "infeasible") == 0)
		judge_proof(p, &p->proof, find_row, p->lowered.qp.m, co_qp_check_infeasible);
	else if (strcmp(p->status, "unbounded") == 0)
		judge_proof(p, &p->ray, find_variable, p->lowered.qp.n, co_qp_check_unbounded);
	else
		CHECK_STR(p->status, "not_convex");
}

static void
test_stated_answers(void)
{
	each_problem(judge_stated);
}

/*--------------------------------------------------------------------------
 * The solver's
 *--------------------------------------------------------------------------
 */

/*
 * A point that is not polished may be as far from a vertex as its gap over
 * the reduced costs, so there only the objective is compared.
 */
static void
compare_solution(const Problem *p, const CoSolution *sol, bool is_polished)
{
	CHECK_STR(co_status_word(sol->status), p->status);
	if (sol->status != CO_OPTIMAL)
	{
		CHECK(sol->certificate_margin > 0.0);
		return;
	}
	CHECK_NEAR(p->sign * sol->residual.objective, p->objective,
			   (is_polished ? NEAR : NEAR_OBJECTIVE) * fmax(1.0, fabs(p->objective)));
	if (!is_polished)
		return;
	compare(p, &p->value, find_variable, 1.0, sol->point.x, NEAR);
	compare(p, &p->dual, find_row, -p->sign, sol->point.y, NEAR);
}

static void
solve(Problem *p)
{
	bool		is_refused = strcmp(p->status, "not_convex") == 0;

	if (p->is_nonlinear)
		return;
	for (int way = 0; way < N_WAYS; way++)
	{
		CoMark		mark = co_mark(&p->arena);
		CoOptions	options;
		CoSolution	sol;
		int			before = check_failures;
		CoRc		rc;

		co_options_default(&options);
		options.presolve = !(way & 1);
		options.scaling = !(way & 2);
		options.polish = !(way & 4);
		rc = co_qp_solve(&p->arena, &p->lowered.qp, &options, p->lowered.start, &sol);
		CHECK_INT(rc, is_refused ? CO_NOT_CONVEX : CO_OK);
		if (!rc && !is_refused)
			compare_solution(p, &sol, !(way & 4));
		if (check_failures > before)
			printf("  ... with presolve %d, scaling %d, polish %d\n", !(way & 1), !(way & 2), !(way & 4));
		co_rewind(&p->arena, mark);
	}
}

static void
test_solutions(void)
{
	each_problem(solve);
}

/*--------------------------------------------------------------------------
 * Texts
 *--------------------------------------------------------------------------
 */

/* What is printed reads back to the same bytes. */
static void
print_and_read(Problem *p)
{
	size_t		size = co_block_size(&p->block),
				length;
	char	   *text;
	void	   *once,
			   *again;
	CoBlock		back;
	CoError		error;

	CHECK_INT(co_print(&p->arena, &p->block, &text, &length), CO_OK);
	CHECK_INT(co_parse(&p->arena, text, length, CO_BLOCK_PROBLEM, &back, &error), CO_OK);
	CHECK_INT(co_block_size(&back), size);
	if (co_block_size(&back) != size)
		return;
	once = co_take_zero(&p->arena, 1, size);
	again = co_take_zero(&p->arena, 1, size);
	co_block_write(&p->block, once);
	co_block_write(&back, again);
	CHECK(memcmp(once, again, size) == 0);
}

static void
test_texts(void)
{
	each_problem(print_and_read);
}

CHECK_MAIN(TEST(test_stated_answers), TEST(test_solutions), TEST(test_texts))
