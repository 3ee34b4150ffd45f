/*-------------------------------------------------------------------------
 *
 * solver/solution.c
 *	  The first and the last of every solve.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/solution.h"

#include <stdio.h>

CoRc
co_solution_begin(CoArena *arena, int n, int m, CoSolution *sol)
{
	memset(sol, 0, sizeof *sol);
	sol->status = CO_FAILED;
	sol->termination = CO_TERM_MERIT_STAGNATION;
	return co_qp_take_point(arena, n, m, &sol->point);
}

double
co_solution_start_clock(CoArena *arena, const CoOptions *options)
{
	double		begin = arena->env->now(arena->env->self);

	if (begin + options->time_limit < arena->deadline)
		arena->deadline = begin + options->time_limit;
	return begin;
}

bool
co_solution_end_crossed(CoSolution *sol, int n, const double *xl, const double *xu, int m,
						const double *cl, const double *cu)
{
	if (!co_sides_cross(n, xl, xu) && !co_sides_cross(m, cl, cu))
		return false;
	sol->status = CO_INFEASIBLE;
	sol->termination = CO_TERM_INFEASIBLE;
	sol->certificate_margin = 1.0;
	snprintf(sol->reason, sizeof sol->reason, "a lower bound exceeds its upper bound");
	return true;
}

void
co_solution_finish(const CoArena *arena, double begin, CoSolution *sol)
{
	sol->memory_predicted = arena->planned;
	sol->memory_peak = arena->peak;
	sol->time_total = arena->env->now(arena->env->self) - begin;
}
