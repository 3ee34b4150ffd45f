/*-------------------------------------------------------------------------
 *
 * pg/pg_rows.h
 *	  Words about a solution that several functions that return rows use.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_PG_PG_ROWS_H
#define CO_PG_PG_ROWS_H

#include "pg/pg_solution.h"

/*
 * 'lower', 'upper', 'interior', 'free', or equal_word where lower = upper;
 * NULL when there is no value.  y is the solver's multiplier: negative on the
 * lower side, positive on the upper.
 */
extern const char *copg_state_word(double value, double lower, double upper,
								   double y, const char *equal_word);

/* The solver's multiplier (nlp/qp.h) from the dual as it is shown. */
extern double copg_multiplier(const CopgSolution *sol, double dual);

/*
 * Variables, then constraints: kind, name, key, value, lower, upper, dual,
 * state.  Where there are no duals, state is the status of the solution.
 */
extern void copg_send_qp_rows(FunctionCallInfo fcinfo, const CopgSolution *sol);

#endif							/* CO_PG_PG_ROWS_H */
