/*-------------------------------------------------------------------------
 *
 * nlcheck.h
 *	  Is the answer to a problem of the literature right?  By the judge of
 *	  nlp/nlp_residual.h, asked here again, and by the objective.
 *
 *-------------------------------------------------------------------------
 */
#ifndef NLCHECK_H
#define NLCHECK_H

#include <math.h>

#include "nlp/nlp_residual.h"
#include "nlpdata.h"
#include "solver/nlp_solve.h"

#define NLCHECK_OBJECTIVE	1e-6
#define NLCHECK_KKT		1e-8

/* The value to be reached, of the minimization. */
static inline double
nlcheck_wanted(const NlpProblem *problem)
{
	double		f = isnan(problem->f_from_start) ? problem->fopt : problem->f_from_start;

	return problem->maximize ? -f : f;
}

/* Residuals of the returned point, computed here, are within tolerance. */
static inline bool
nlcheck_is_within(CoArena *arena, const CoNlp *nlp, const CoSolution *sol, double tolerance)
{
	CoResidual	r;

	if (co_nlp_residual(arena, nlp, &sol->point, &r))
		return false;
	return r.primal <= tolerance * (1.0 + fmax(r.primal_scale, sol->residual.primal_scale)) &&
		r.dual <= tolerance * (1.0 + fmax(r.dual_scale, sol->residual.dual_scale)) &&
		r.complementarity <= tolerance * (1.0 + fmax(r.gap_scale, sol->residual.gap_scale));
}

static inline bool
nlcheck_is_verified(CoArena *arena, const CoNlp *nlp, const CoSolution *sol)
{
	return nlcheck_is_within(arena, nlp, sol, NLCHECK_KKT);
}

static inline bool
nlcheck_is_right(CoArena *arena, const NlpProblem *problem, const CoNlp *nlp,
				 const CoSolution *sol)
{
	double		want = nlcheck_wanted(problem);

	if (sol->status != CO_OPTIMAL || !nlcheck_is_verified(arena, nlp, sol))
		return false;
	return isnan(want) ||
		sol->residual.objective <= want + NLCHECK_OBJECTIVE * fmax(1.0, fabs(want));
}

static inline void
nlcheck_print(const NlpProblem *problem, const CoNlp *nlp, const CoSolution *sol, bool right)
{
	const CoResidual *r = &sol->residual;

	printf("%s %-14s n %5d m %5d %-18s %-18s f %.9e want %.9e p %.1e d %.1e/%.1e c %.1e it %d fe %d fac %d %.3fs\n",
		   right ? " " : "*", problem->name, nlp->n, nlp->m, co_status_word(sol->status),
		   co_termination_word(sol->termination), r->objective, nlcheck_wanted(problem),
		   r->primal, r->dual, r->dual_scale, r->complementarity, sol->iterations,
		   sol->evaluations.objective, sol->factorizations, sol->time_total);
	fflush(stdout);
}

static inline void
nlcheck_print_log(const CoSolution *sol)
{
	for (int k = 0; k < sol->n_log; k++)
		printf("%4d%c f %14.7e p %.2e d %.2e c %.2e mu %.1e dw %.1e a %.2e %.2e\n",
			   sol->log[k].iteration, sol->log[k].kind ? sol->log[k].kind : ' ',
			   sol->log[k].objective, sol->log[k].primal_residual, sol->log[k].dual_residual,
			   sol->log[k].gap, sol->log[k].mu, sol->log[k].regularization,
			   sol->log[k].step_primal, sol->log[k].step_dual);
}

#endif							/* NLCHECK_H */
