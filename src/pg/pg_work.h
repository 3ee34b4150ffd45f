/*-------------------------------------------------------------------------
 *
 * pg/pg_work.h
 *	  A piece of the core's work inside a function: memory, floating-point
 *	  mode, time; and the problem of a solution, for functions that compute
 *	  with it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_PG_PG_WORK_H
#define CO_PG_PG_WORK_H

#include "pg/pg_env.h"
#include "pg/pg_solution.h"

typedef struct CopgWork
{
	CopgEnv		env;
	CoArena		arena;
} CopgWork;

/*
 * run(work, state) in a memory context of its own, with the standard
 * floating-point mode; both are as before when it returns or raises.
 */
extern void copg_work(void (*run) (CopgWork *work, void *state), void *state);

/*
 * The whole of a solution's problem, checked as an argument would be: a stored
 * value may be corrupt.
 */
extern void copg_work_check_problem(CopgWork *work, const CopgSolution *sol);

/* Values of the leaves as the solve had them: parameters in force [n_leaf]. */
extern double *copg_work_parameters(CopgWork *work, const CopgSolution *sol);

#endif							/* CO_PG_PG_WORK_H */
