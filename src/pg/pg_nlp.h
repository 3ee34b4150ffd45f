/*-------------------------------------------------------------------------
 *
 * pg/pg_nlp.h
 *	  The nonlinear part of one solve (pg_solve.c).
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_PG_PG_NLP_H
#define CO_PG_PG_NLP_H

#include "pg/pg_solve.h"

/*
 * Solve by a nonlinear method.  *lowered, from co_lower() and without matrices,
 * gets the rest of what an outcome needs; outcome->solution and body are
 * filled on CO_OK.
 */
extern CoRc copg_nlp_solve(CoArena *arena, const CopgRequest *request, CoLowered *lowered,
						   CopgOutcome *outcome, CoError *error);

#endif							/* CO_PG_PG_NLP_H */
