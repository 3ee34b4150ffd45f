/*-------------------------------------------------------------------------
 *
 * pg/pg_rows.h
 *	  A solution as rows, for functions that solve and return them at once.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_PG_PG_ROWS_H
#define CO_PG_PG_ROWS_H

#include "pg/pg_solution.h"

/*
 * Variables, then constraints: kind, name, key, value, lower, upper, dual,
 * state.  Where there are no duals, state is the status of the solution.
 */
extern void copg_send_qp_rows(FunctionCallInfo fcinfo, const CopgSolution *sol);

#endif							/* CO_PG_PG_ROWS_H */
