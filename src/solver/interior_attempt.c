/*-------------------------------------------------------------------------
 *
 * solver/interior_attempt.c
 *	  One attempt of the ladder: where it starts, in which scaling, how it is
 *	  run and run on, what becomes of its memory.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/interior.h"

#include "base/vec.h"

/* Barrier parameter of a warm start that does not say its own. */
#define WARM_MU			1e-6

const CoNlpStrategy co_nlp_first = {1.0, false, 1e-5, 1e4, false};

/* As many iterations more, within the user's limit. */
void
co_nlp_allow(const CoNlpRun *run, CoBarrier *b, int iterations)
{
	int			left = co_nlp_iterations_left(run);

	b->max_iterations = b->iteration + (left < iterations ? left : iterations);
}

/* From the user's multipliers, in the scale of the inner problem. */
static CoRc
start_warm(CoNlpRun *run, CoBarrier *b, const double *x)
{
	double	   *y = b->g_soc,
			   *z = b->eliminated;

	if (!co_nlp_warm_multipliers(run, y, z))
		return CO_NOT_FINITE;
	co_barrier_start_mu(b, run->start->mu > 0.0 ? run->start->mu : WARM_MU);
	if (b->mu < b->unrelax_mu)
		co_barrier_set_sides(b, 0.0);
	return co_barrier_start(b, x, y, z);
}

static void
follow(CoNlpRun *run, const CoNlpStrategy *how, CoBarrier *b)
{
	b->judge = co_nlp_run_judge;
	b->judge_self = run;
	b->reset_slacks = how->reset_slacks;
	b->unrelax_mu = how->unrelax_mu;
	b->y_long = how->y_long;
	b->adaptive = how->adaptive || run->options->adaptive_mu;
	co_nlp_allow(run, b, CO_NLP_ATTEMPT_ITERATIONS);
}

static CoRc
scale_at(CoNlpRun *run, const double *x, CoNlpAttempt *attempt)
{
	co_copy(run->inner->nlp.n, x, attempt->scaled_at);
	return co_inner_scale(run->inner, x);
}

/*
 * Scale and start at x0 or, where it has no values, at points further inside.
 * The scaling is that of x0 itself, in or out of its bounds, where it can be.
 */
static CoRc
begin(CoNlpRun *run, const CoNlpStrategy *how, CoNlpAttempt *out)
{
	CoInner    *inner = run->inner;
	size_t		n = (size_t) inner->nlp.n;
	double	   *x0 = co_take_doubles(run->arena, n),
			   *x = co_take_doubles(run->arena, n);
	bool		scaled = false;
	CoMark		mark;
	CoRc		rc;

	out->scaled_at = co_take_doubles(run->arena, n);
	rc = co_arena_failed(run->arena);
	if (rc)
		return rc;
	co_nlp_inner_point(inner, run->x0, x0);
	for (int k = 0; k < CO_NLP_N_MOVES; k++)
	{
		co_nlp_move_start(&inner->nlp, x0, k, x);
		rc = CO_OK;
		if (run->options->scaling && !scaled)
		{
			rc = k == 0 ? scale_at(run, x0, out) : CO_NOT_FINITE;
			if (rc == CO_NOT_FINITE)
				rc = scale_at(run, x, out);
			if (rc == CO_NOT_FINITE)
				continue;
			scaled = !rc;
		}
		mark = co_mark(run->arena);
		if (!rc)
			rc = co_barrier_new(run->arena, &inner->nlp, run->options, run->kkt,
								inner->row_scale, NULL, false, &out->barrier);
		if (rc)
			return rc;
		out->barrier->log_arena = &run->log_arena;
		follow(run, how, out->barrier);
		rc = run->warm_y && k == 0 ? start_warm(run, out->barrier, x) : CO_NOT_FINITE;
		if (rc != CO_NOT_FINITE)
			return rc;
		co_barrier_start_mu(out->barrier, how->mu * run->options->barrier_start);
		rc = co_barrier_start(out->barrier, x, NULL, NULL);
		if (rc != CO_NOT_FINITE)
			return rc;
		out->barrier = NULL;
		co_rewind(run->arena, mark);
	}
	return rc;
}

CoRc
co_nlp_begin(CoNlpRun *run, const CoNlpStrategy *how, CoNlpAttempt *out)
{
	CoRc		rc = co_nlp_plan_attempt(run);

	*out = (CoNlpAttempt) {.mark = co_mark(run->arena), .ray = run->sol->ray,
	.verdict = CO_BARRIER_NONFINITE};
	return rc ? rc : begin(run, how, out);
}

/* Run it, from where it is, and judge where it came to. */
static CoRc
run_on(CoNlpRun *run, CoNlpAttempt *attempt)
{
	CoSolution *sol = run->sol;
	CoBarrier  *b = attempt->barrier;
	int			before = b->iteration,
				refined = b->n_refine;
	CoRc		rc = co_barrier_run(b, &attempt->verdict);
	bool		late = rc == CO_TIME_EXCEEDED && !run->inner->out_of_evaluations;

	sol->iterations += b->iteration - before;
	sol->refinements += b->n_refine - refined;
	sol->factorizations = run->kkt->n_factor;
	if (rc == CO_NOT_FINITE)
	{
		attempt->verdict = CO_BARRIER_NONFINITE;
		rc = CO_OK;
	}
	if (rc && rc != CO_TIME_EXCEEDED)
		return rc;
	if (late)
		run->arena->deadline = INFINITY;	/* the verdict takes a few evaluations */
	if (b->n_log > 0)
		rc = co_nlp_run_take(run, b, attempt->verdict);
	return late && !rc ? CO_TIME_EXCEEDED : rc;
}

CoRc
co_nlp_attempt(CoNlpRun *run, const CoNlpStrategy *how, int iterations, CoNlpAttempt *out)
{
	CoRc		rc = co_nlp_begin(run, how, out);

	run->warm_y = NULL;			/* a second attempt starts cold */
	if (rc == CO_NOT_FINITE)
	{
		run->sol->termination = CO_TERM_NONFINITE;
		return CO_OK;
	}
	if (rc)
		return rc;
	co_nlp_allow(run, out->barrier, iterations);
	return run_on(run, out);
}

CoRc
co_nlp_continue(CoNlpRun *run, CoNlpAttempt *attempt, int iterations)
{
	CoBarrier  *b = attempt->barrier;
	CoRc		rc = CO_OK;

	if (run->options->scaling)
		rc = co_inner_scale(run->inner, attempt->scaled_at);
	if (rc)
		return rc == CO_NOT_FINITE ? CO_OK : rc;
	if (b->n_log > 0 && b->log[b->n_log - 1].kind != 'r')
		b->n_log--;				/* it is logged again */
	co_nlp_allow(run, b, iterations);
	return run_on(run, attempt);
}

/* Its memory, unless the solution's ray is in it. */
void
co_nlp_forget(CoNlpRun *run, const CoNlpAttempt *attempt)
{
	if (run->sol->ray == attempt->ray)
		co_rewind(run->arena, attempt->mark);
}
