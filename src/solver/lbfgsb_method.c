/*-------------------------------------------------------------------------
 *
 * solver/lbfgsb_method.c
 *	  The method l_bfgs_b, for problems whose rows, if any, only define
 *	  variables: runs of solver/lbfgsb.h until the judge accepts a point or a
 *	  run makes no progress.
 *
 *-------------------------------------------------------------------------
 */
#include "base/vec.h"
#include "solver/lbfgsb.h"
#include "solver/lbfgsb_reduce.h"
#include "solver/method.h"

#define DOUBLE			((double) sizeof(double))

#define MEMORY			10		/* pairs, as in solver/box.c */

/*
 * Not lower than the judge's limit of an objective without one (nlp_judge.c),
 * in the user's units.
 */
#define UNBOUNDED		1e15

/*
 * The judge evaluates the user's problem again, so it is asked when it may
 * accept; and after a refusal, when the projected gradient is this much smaller.
 */
#define ASK_AGAIN		0.1

/* A run that ended by rounding begins again where it fell at least this. */
#define WORTH_AGAIN		0.5		/* of the projected gradient */
#define RUNS_MOST		10

typedef struct Descent			/* one solve by this method */
{
	CoNlpRun   *run;
	CoReduced  *reduced;
	CoBox		box;			/* of what it leaves */
	double	   *x,				/* [n of inner] the box has the first ones */
			   *grad,
			   *z;
	double		asked;			/* least projected gradient the judge refused */
	int			before;			/* iterations of the runs before */
} Descent;

static CoRc
take_descent(CoNlpRun *run, Descent *d)
{
	size_t		n = (size_t) run->inner->nlp.n;
	CoRc		rc = co_arena_plan(run->arena, 3.0 * DOUBLE * (double) n +
								   co_reduced_memory(&run->inner->nlp) +
								   co_lbfgsb_memory(run->inner->nlp.n, MEMORY) +
								   co_nlp_judge_bytes(run->nlp));

	if (rc)
		return rc;
	d->x = co_take_doubles(run->arena, n);
	d->grad = co_take_doubles(run->arena, n);
	d->z = co_take_doubles(run->arena, n);
	return co_arena_failed(run->arena);
}

static CoRc
eval_inner(void *self, const double *x, double *f, double *grad)
{
	Descent    *d = self;

	return co_reduced_eval(d->reduced, x, f, grad);
}

/*
 * With rows their multipliers are those of the last evaluation, which need not
 * have been here.
 */
static CoRc
offer(Descent *d, const double *x, const double *grad, bool loose, bool *good)
{
	CoReduced  *reduced = d->reduced;
	CoOffer		point = {.x = reduced->x, .y = reduced->y, .z = d->z, .loose = loose};
	double		f;
	CoRc		rc = CO_OK;

	if (reduced->nlp->m > 0)
		rc = co_reduced_eval(reduced, x, &f, d->z);
	else
		co_reduced_expand(reduced, x);
	if (rc && rc != CO_NOT_FINITE)
		return rc;
	co_fill(reduced->nlp->n, 0.0, d->z);
	co_box_multipliers(&d->box, x, grad, d->z);
	return co_nlp_offer(d->run, &point, good);
}

/* May the judge accept, by the scale of its dual residual? */
static bool
is_promising(const Descent *d, const CoBoxIterate *at)
{
	const CoOptions *o = d->run->options;
	double		f_scale = d->run->inner->f_scale,
				size = sqrt(co_dot(d->box.n, at->grad, at->grad));

	return at->projected <= ASK_AGAIN * d->asked &&
		at->projected <= f_scale * o->absolute_tolerance + o->tolerance * size;
}

static CoRc
look(void *self, const CoBoxIterate *at, bool *stop)
{
	Descent    *d = self;
	CoIteration line = {
		.iteration = d->before + at->iteration,
		.objective = at->f / d->run->inner->f_scale,
		.dual_residual = at->projected,
		.step_primal = at->step
	};
	CoRc		rc = CO_OK;

	if (d->before == 0 || at->iteration > 0)
		rc = co_nlp_log(d->run, &line);
	if (rc || !is_promising(d, at))
		return rc;
	d->asked = at->projected;
	return offer(d, at->x, at->grad, false, stop);
}

/* One run, from d->x to d->x. */
static CoRc
run_once(Descent *d, CoBoxOutcome *outcome)
{
	CoNlpRun   *run = d->run;
	CoBoxOptions options;
	CoRc		rc;

	co_box_options_default(&options);
	options.memory = MEMORY;
	options.tolerance = 0.0;
	options.decrease = -1.0;
	options.f_least = -UNBOUNDED * run->inner->f_scale;
	options.max_iterations = co_nlp_iterations_left(run);
	options.report = look;
	options.self = d;
	d->before = run->sol->iterations;
	rc = co_lbfgsb(run->arena, &d->box, &options, d->x, d->grad, outcome);
	run->sol->iterations += outcome->iterations;
	return rc;
}

static CoTermination
termination_of(CoBoxVerdict verdict)
{
	switch (verdict)
	{
		case CO_BOX_LINE_SEARCH_FAILURE:
			return CO_TERM_LINE_SEARCH_FAILURE;
		case CO_BOX_UNBOUNDED:
			return CO_TERM_ITERATE_BLOWUP;
		case CO_BOX_ITERATION_LIMIT:
			return CO_TERM_MAX_STEPS;
		case CO_BOX_BAD_START:
			return CO_TERM_NONFINITE;
		default:
			return CO_TERM_MERIT_STAGNATION;
	}
}

/* Where a run ended. */
static CoRc
offer_end(Descent *d, const CoBoxOutcome *outcome, bool *good)
{
	CoOffer		point = {.x = d->reduced->x};

	*good = false;
	if (outcome->verdict == CO_BOX_STOPPED || outcome->verdict == CO_BOX_BAD_START)
		return CO_OK;
	if (outcome->verdict == CO_BOX_UNBOUNDED)
	{
		co_reduced_expand(d->reduced, d->x);
		return co_nlp_offer_diverged(d->run, &point, good);
	}
	return offer(d, d->x, d->grad, outcome->verdict != CO_BOX_ITERATION_LIMIT, good);
}

/* The best there is when time or evaluations run out; what ended the run stays the rc. */
static CoRc
offer_last(Descent *d, const CoBoxOutcome *outcome, CoRc rc)
{
	bool		good;

	if (rc != CO_TIME_EXCEEDED || isinf(outcome->projected))
		return rc;
	rc = offer(d, d->x, d->grad, false, &good);
	return rc ? rc : good ? CO_OK : CO_TIME_EXCEEDED;
}

/* Did the run end by rounding, after it got somewhere? */
static bool
is_worth_again(const CoBoxOutcome *outcome, double projected_before)
{
	return (outcome->verdict == CO_BOX_STALLED || outcome->verdict == CO_BOX_LINE_SEARCH_FAILURE) &&
		outcome->projected <= WORTH_AGAIN * projected_before;
}

static CoRc
descend(Descent *d)
{
	double		projected = INFINITY;

	for (int k = 0; k < RUNS_MOST; k++)
	{
		CoBoxOutcome outcome;
		bool		good = false;
		CoRc		rc = run_once(d, &outcome);

		rc = rc ? offer_last(d, &outcome, rc) : offer_end(d, &outcome, &good);
		if (rc)
			return rc;
		co_nlp_end(d->run, termination_of(outcome.verdict));
		if (good || !is_worth_again(&outcome, projected))
			return CO_OK;
		projected = outcome.projected;
	}
	return CO_OK;
}

static CoRc
solve(CoNlpRun *run)
{
	const CoNlp *nlp = &run->inner->nlp;
	Descent		d = {.run = run, .asked = INFINITY};
	CoRc		rc = take_descent(run, &d);

	if (rc)
		return rc;
	rc = co_nlp_find_start(run, d.x);
	if (!rc)
		rc = co_reduced_new(run->arena, nlp, d.x, &d.reduced);
	if (rc == CO_NOT_FINITE)
	{
		co_nlp_end(run, CO_TERM_NONFINITE);
		return CO_OK;
	}
	if (rc)
		return rc;
	d.box = (CoBox) {d.reduced->n, nlp->xl, nlp->xu, eval_inner, &d};
	return descend(&d);
}
const CoNlpMethod co_l_bfgs_b = {
	.word = "l_bfgs_b",
	.takes_rows = false,
	.solve = solve
};
