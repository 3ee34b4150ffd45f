/*-------------------------------------------------------------------------
 *
 * solver/auglag_method.c
 *	  The method augmented_lagrangian: one run of solver/auglag.h, and what it
 *	  offers to the judge.
 *
 *-------------------------------------------------------------------------
 */
#include "base/vec.h"
#include "solver/auglag.h"
#include "solver/lbfgsb.h"
#include "solver/method.h"

#define DOUBLE			((double) sizeof(double))
#define INT				((double) sizeof(int))

static CoSecondOrder
second_order_of(const CoAuglag *a)
{
	if (!a->newton)
		return CO_SECOND_ORDER_UNKNOWN;
	return a->positive ? CO_SECOND_ORDER_POSITIVE : CO_SECOND_ORDER_NOT_POSITIVE;
}

static CoOffer
offer_current(const CoAuglag *a)
{
	return (CoOffer) {
		.x = a->x, .y = a->yhat, .z = a->z, .second_order = second_order_of(a)
	};
}

static CoRc
judge(void *self, const CoAuglag *a, const double *x, const double *y, const double *z, bool *good)
{
	CoOffer		offer = {.x = x, .y = y, .z = z, .second_order = second_order_of(a)};

	return co_nlp_offer(self, &offer, good);
}

static CoRc
log_line(void *self, const CoIteration *line)
{
	return co_nlp_log(self, line);
}

/* That it is infeasible, the judge says or nobody. */
static CoTermination
termination_of(CoAuglagVerdict verdict)
{
	switch (verdict)
	{
		case CO_AUGLAG_CONVERGED:
			return CO_TERM_SUCCESSFUL;
		case CO_AUGLAG_DIVERGED:
			return CO_TERM_ITERATE_BLOWUP;
		case CO_AUGLAG_NO_STEP:
			return CO_TERM_LINE_SEARCH_FAILURE;
		case CO_AUGLAG_ITERATION_LIMIT:
			return CO_TERM_MAX_STEPS;
		case CO_AUGLAG_NONFINITE:
			return CO_TERM_NONFINITE;
		default:
			return CO_TERM_MERIT_STAGNATION;
	}
}

/* Where the run ended without the judge's consent. */
static CoRc
offer_end(CoNlpRun *run, const CoAuglag *a, CoAuglagVerdict verdict)
{
	CoOffer		offer = offer_current(a);
	bool		answer;
	CoRc		rc;

	if (verdict == CO_AUGLAG_CONVERGED || verdict == CO_AUGLAG_NONFINITE)
		return CO_OK;
	if (verdict == CO_AUGLAG_INFEASIBLE)
		return co_nlp_offer_violation(run, &offer, &answer);
	if (verdict == CO_AUGLAG_DIVERGED)
		return co_nlp_offer_diverged(run, &offer, &answer);
	offer.loose = a->met;
	rc = co_nlp_offer(run, &offer, &answer);
	if (rc || answer)
		return rc;
	offer.y = offer.z = NULL;
	return co_nlp_offer(run, &offer, &answer);
}

static void
count_work(CoNlpRun *run, const CoAuglag *a)
{
	run->sol->iterations += a->iteration;
	if (!a->kkt)
		return;
	run->sol->path = CO_KKT_SPARSE;
	run->sol->factorizations += a->kkt->n_factor;
	run->sol->refinements += a->n_refine;
}

/* The linear systems, but for their factors, which ldl.h announces. */
static double
count_kkt(const CoNlp *nlp)
{
	double		n = nlp->n,
				m = nlp->m,
				jac = co_csc_nnz(&nlp->jac),
				hess = co_csc_nnz(&nlp->hess);

	return DOUBLE * (11.0 * n + 11.0 * m + 3.0 * jac + 4.0 * hess) +
		INT * (3.0 * (n + m) + 2.0 * (jac + hess)) + 2.0 * n + 3.0 * m;
}

/* Memory of all parts, from the structure. */
static CoRc
plan(const CoNlpRun *run)
{
	const CoNlp *nlp = &run->inner->nlp;
	double		n = nlp->n,
				m = nlp->m,
				bytes = DOUBLE * (10.0 * n + 5.0 * m + co_csc_nnz(&nlp->jac)) + sizeof(CoAuglag);
	bool		newton = nlp->has_hess && run->options->exact_hessian;

	if (newton || nlp->m > 0)
		bytes += count_kkt(nlp);
	if (newton)
		bytes += DOUBLE * 4.0 * n + n;	/* box_newton.c */
	else
		bytes += co_lbfgsb_memory(nlp->n, CO_AUGLAG_MEMORY);
	if (!newton && nlp->m > 0)
		bytes += DOUBLE * ((2.0 * CO_QUASI_MEMORY + 5.0) * n + CO_QUASI_RANK * (n + m) +
						   co_csc_nnz(&nlp->jac)) + sizeof(CoAuglagQuasi) + sizeof(CoQuasi);
	return co_arena_plan(run->arena, bytes);
}

/* Out of time: what there is may still be worth something. */
static CoRc
offer_late(CoNlpRun *run, CoAuglag *a)
{
	CoOffer		offer = offer_current(a);
	bool		good;
	CoRc		rc;

	co_box_multipliers(&a->box, a->x, a->lag, a->z);
	run->arena->deadline = INFINITY;	/* the verdict takes a few evaluations */
	rc = co_nlp_offer(run, &offer, &good);
	return rc ? rc : CO_TIME_EXCEEDED;
}

static CoRc
solve(CoNlpRun *run)
{
	size_t		n = (size_t) run->inner->nlp.n;
	double	   *x = co_take_doubles(run->arena, n),
			   *y = co_take_doubles(run->arena, (size_t) run->inner->nlp.m),
			   *z = co_take_doubles(run->arena, n);
	CoAuglagVerdict verdict = CO_AUGLAG_NONFINITE;
	CoAuglag   *a;
	CoRc		rc = co_arena_failed(run->arena);

	if (!rc)
		rc = co_nlp_find_start(run, x);
	if (rc == CO_NOT_FINITE)
	{
		co_nlp_end(run, CO_TERM_NONFINITE);
		return CO_OK;
	}
	if (!rc)
		rc = plan(run);
	if (!rc)
		rc = co_auglag_new(run->arena, &run->inner->nlp, run->options, &a);
	if (rc)
		return rc;
	a->judge = judge;
	a->log = log_line;
	a->caller = run;
	a->max_iterations = co_nlp_iterations_left(run);
	rc = co_auglag_run(a, x, co_nlp_warm_multipliers(run, y, z) ? y : NULL, &verdict);
	count_work(run, a);
	if (rc == CO_TIME_EXCEEDED)
		return a->has_point ? offer_late(run, a) : rc;
	if (!rc)
		rc = offer_end(run, a, verdict);
	if (!rc)
		co_nlp_end(run, termination_of(verdict));
	return rc;
}
const CoNlpMethod co_augmented_lagrangian = {
	.word = "augmented_lagrangian",
	.takes_rows = true,
	.solve = solve
};
