/*-------------------------------------------------------------------------
 *
 * pg/pg_solve.h
 *	  One solve, from a problem block to a flat solution.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_PG_PG_SOLVE_H
#define CO_PG_PG_SOLVE_H

#include "pg/pg_options.h"
#include "pg/pg_solution.h"
#include "solver/nlp_solve.h"

typedef enum CopgMethod
{
	COPG_METHOD_AUTO,
	COPG_METHOD_INTERIOR_POINT,
	COPG_METHOD_LP,
	COPG_METHOD_QP,
	COPG_METHOD_ACTIVE_SET,		/* quadratic, convex or not */
	COPG_METHOD_NONLINEAR		/* a nonlinear one, whatever the problem is */
} CopgMethod;

typedef struct CopgRequest
{
	const CoBlock *problem;
	CopgMethod	method;
	const CoNlpMethod *nonlinear;	/* INTERIOR_POINT, NONLINEAR; NULL: by
									 * structure */
	CopgOptions options;
	const Jsonb *params;		/* NULL: the problem's own values */
	const CopgSolution *warm_start; /* NULL: none */
} CopgRequest;

/*
 * The solution, in the current context; that of a large problem refers to it.
 * All other memory of the solve is gone when it returns or raises.
 */
extern void copg_solve(const CopgRequest *request, CopgSolution *sol);

#endif							/* CO_PG_PG_SOLVE_H */
