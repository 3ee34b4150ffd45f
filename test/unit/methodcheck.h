/*-------------------------------------------------------------------------
 *
 * methodcheck.h
 *	  One method of the registry on problems given as text, without another to
 *	  fall back on.
 *
 *-------------------------------------------------------------------------
 */
#ifndef METHODCHECK_H
#define METHODCHECK_H

#include "nlpcheck.h"
#include "nlp/nlp_residual.h"
#include "solver/nlp_solve.h"

#define OBJECTIVE_TOLERANCE 1e-6

static CoOptions options;
static CoSolution sol;

static inline void
fresh(void)
{
	begin();
	co_options_default(&options);
	options.fallback = false;
	options.time_limit = 60.0;
}

/* start: NULL for the text's */
/* What the method finds out by itself, where ranges prove nothing beforehand. */
static bool without_ranges;

static inline CoRc
solve_by(const CoNlpMethod *method, const char *text, Point *p, const double *start)
{
	CoNlpStart	at;

	must(text, p);
	if (without_ranges)
		p->model.nlp.range = NULL;
	at = (CoNlpStart) {.x = start ? start : p->model.start};
	return co_nlp_solve_by(&arena, &p->model.nlp, method, &options, &at, &sol);
}

/* What became of the text, where checks have failed since there were so many. */
static inline void
name_failure(const char *text, int before)
{
	if (check_failures > before)
		printf("  ... %s, %s: %s %s after %d iterations, f %.12g\n", sol.method ? sol.method : "", text,
			   co_status_word(sol.status), co_termination_word(sol.termination), sol.iterations,
			   sol.residual.objective);
}

/* The residuals are those of the point. */
static inline void
check_residuals(const Point *p)
{
	CoResidual	r;

	CHECK_INT(co_nlp_residual(&arena, &p->model.nlp, &sol.point, &r), CO_OK);
	CHECK(r.primal <= 1e-7 * (1.0 + r.primal_scale));
	CHECK(r.dual <= 1e-7 * (1.0 + r.dual_scale));
	CHECK(r.complementarity <= 1e-7 * (1.0 + r.gap_scale));
}

#endif							/* METHODCHECK_H */
