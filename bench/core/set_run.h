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
#include "solver/nlp_solve.h"

#define TIME_LIMIT	10.0		/* seconds, as bench/nlp_peers.py has it */
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

/*
 * Text to block to model to solution; close it with co_arena_free().  Without
 * a method the choice is the core's, with another one to fall back on.
 */
static inline void
run_text(Run *run, const char *text, size_t length, const CoNlpMethod *method, bool exact)
{
	CoBlock		block;
	CoOptions	options;
	CoNlpStart	start = {0};
	double		t;

	memset(run, 0, sizeof *run);
	test_host_init(&run->host);
	test_host_poll_flag(&run->host);
	co_arena_init(&run->arena, &run->host.env, SIZE_MAX);
	co_options_default(&options);
	options.time_limit = TIME_LIMIT;
	options.exact_hessian = exact;
	options.fallback = method == NULL;
	t = run->host.env.now(run->host.env.self);
	run->rc = co_parse(&run->arena, text, length, CO_BLOCK_PROBLEM, &block, &run->error);
	if (!run->rc)
		run->rc = co_model_build(&run->arena, &block, NULL, &run->model, &run->error);
	run->build = run->host.env.now(run->host.env.self) - t;
	start.x = run->model.start;
	if (!run->rc)
		run->rc = co_nlp_solve_by(&run->arena, &run->model.nlp, method, &options, &start, &run->sol);
	run->solve = run->host.env.now(run->host.env.self) - t - run->build;
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
