/*-------------------------------------------------------------------------
 *
 * pg/pg_point.h
 *	  A point of a problem, from a solution or from a query.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_PG_PG_POINT_H
#define CO_PG_PG_POINT_H

#include "utils/jsonb.h"

#include "pg/pg_solution.h"

typedef struct CopgPoint
{
	const CoBlock *problem;
	bool		has_params;		/* parameters are given, not the point's */
	double	   *leaf;			/* [n_leaf] values; NaN: none */
	double	   *leaf_dual;		/* [n_leaf] reduced costs as users see them;
								 * NaN: none */
	double	   *row_dual;		/* [n_row - 1] */
} CopgPoint;

/* Without values but for parameters: the problem's, or those of params. */
extern void copg_point_begin(CopgPoint *point, const CoBlock *problem, const Jsonb *params);

/* What the solution has of the same names and keys. */
extern void copg_point_of_solution(CopgPoint *point, const CopgSolution *sol);

/* The solution's row that is row i of the problem: at the same place, or of the same name; -1. */
extern int	copg_point_row(const CopgPoint *point, const CopgSolution *sol, int i);

/*
 * The rows of a query with the columns name, value [, key] [, dual] [, kind].
 * A name that the problem does not have is an error.
 */
extern void copg_point_of_query(CopgPoint *point, const char *query);

/* 22023: a variable has no value. */
extern void copg_point_require(const CopgPoint *point, bool of_solution);

#endif							/* CO_PG_PG_POINT_H */
