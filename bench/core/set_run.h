/*-------------------------------------------------------------------------
 *
 * set_run.h
 *	  One problem of the literature by one method.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SET_RUN_H
#define SET_RUN_H

#include <math.h>
#include <string.h>

#include "../../test/unit/host.h"
#include "../../test/unit/nlpdata.h"
#include "expr/text.h"
#include "solver/lbfgsb.h"
#include "solver/lbfgsb_reduce.h"
#include "solver/nlp_solve.h"

#define TIME_LIMIT	10.0		/* seconds, as bench/nlp_peers.py has it */
#define BOX_TOLERANCE	1e-6	/* as there, too */
#define BOX_ITERATIONS	3000
#define NEAR		1e-6		/* relative distance to the value known */

typedef struct Run
{
	TestHost	host;
	CoArena		arena;
	CoModel		model;
	CoSolution	sol;
	CoRc		rc;
	CoError		error;
	double		build,			/* seconds */
				solve;
} Run;

/* Text to block to model, the clock running from *begin on. */
static inline void
build_text(Run *run, const char *text, size_t length, double *begin)
{
	CoBlock		block;

	memset(run, 0, sizeof *run);
	test_host_init(&run->host);
	test_host_poll_flag(&run->host);
	co_arena_init(&run->arena, &run->host.env, SIZE_MAX);
	*begin = run->host.env.now(run->host.env.self);
	run->rc = co_parse(&run->arena, text, length, CO_BLOCK_PROBLEM, &block, &run->error);
	if (!run->rc)
		run->rc = co_model_build(&run->arena, &block, NULL, &run->model, &run->error);
	run->build = run->host.env.now(run->host.env.self) - *begin;
}

/*
 * And to a solution; close it with co_arena_free().  Without a method the
 * choice is the core's, with another one to fall back on.
 */
static inline void
run_text(Run *run, const char *text, size_t length, const CoNlpMethod *method, bool exact)
{
	CoOptions	options;
	CoNlpStart	start = {0};
	double		begin;

	build_text(run, text, length, &begin);
	co_options_default(&options);
	options.time_limit = TIME_LIMIT;
	options.exact_hessian = exact;
	options.fallback = method == NULL;
	start.x = run->model.start;
	if (!run->rc)
		run->rc = co_nlp_solve_by(&run->arena, &run->model.nlp, method, &options, &start, &run->sol);
	run->solve = run->host.env.now(run->host.env.self) - begin - run->build;
}

static inline CoRc
eval_reduced(void *self, const double *x, double *f, double *grad)
{
	return co_reduced_eval(self, x, f, grad);
}

/*
 * The same by L-BFGS-B alone, as its peers have it: no scaling, no judge, a
 * projected gradient of BOX_TOLERANCE at the end, or a value that stands still,
 * which the peers call success too.
 */
static inline void
run_box(Run *run, const char *text, size_t length)
{
	const CoNlp *nlp = &run->model.nlp;
	CoBoxOptions options;
	CoBoxOutcome outcome = {.verdict = CO_BOX_BAD_START};
	CoReduced  *reduced;
	CoBox		box;
	double	   *grad,
			   *x = NULL,
				begin;

	build_text(run, text, length, &begin);
	co_box_options_default(&options);
	options.tolerance = BOX_TOLERANCE;
	options.max_iterations = BOX_ITERATIONS;
	if (!run->rc)
	{
		x = run->model.start;
		for (int j = 0; j < nlp->n; j++)
			x[j] = isnan(x[j]) ? 0.0 : x[j];
		grad = co_take_doubles(&run->arena, (size_t) nlp->n);
		run->rc = co_reduced_takes(nlp) ? co_reduced_new(&run->arena, nlp, x, &reduced) : CO_BAD_INPUT;
	}
	if (!run->rc)
	{
		box = (CoBox) {reduced->n, nlp->xl, nlp->xu, eval_reduced, reduced};
		run->rc = co_lbfgsb(&run->arena, &box, &options, x, grad, &outcome);
	}
	run->sol.status = outcome.verdict == CO_BOX_CONVERGED || outcome.verdict == CO_BOX_STALLED ?
		CO_OPTIMAL : CO_FEASIBLE;
	run->sol.iterations = outcome.iterations;
	run->sol.evaluations.objective = outcome.evaluations;
	run->sol.has_point = true;
	run->sol.point.x = x;
	run->solve = run->host.env.now(run->host.env.self) - begin - run->build;
}

/* An optimal point as good as what Ipopt reaches from the start. */
static inline bool
is_reached(const Run *run, const NlpProblem *problem)
{
	double		f = run->sol.residual.objective;
	double		known = problem->maximize ? -problem->f_from_start : problem->f_from_start;

	return !run->rc && run->sol.status == CO_OPTIMAL &&
		!(f - known > NEAR * fmax(1.0, fabs(known)));
}

#endif							/* SET_RUN_H */
