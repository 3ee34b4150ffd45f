/*-------------------------------------------------------------------------
 *
 * pg/pg_warm.h
 *	  What a solution says about the start of another solve.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_PG_PG_WARM_H
#define CO_PG_PG_WARM_H

#include "pg/pg_solution.h"

/* A problem's variables and rows, as the core has them. */
typedef struct CopgWarmTarget
{
	const CoBlock *problem;
	int			n_var,
				n_row;
	const int  *var_leaf;		/* [n_var] */
	double	   *x,				/* [n_var] overwritten where a value is known */
			   *y,				/* [n_row] zeros; multipliers of the minimized */
			   *z;				/* [n_var] form, in the signs of nlp/nlp.h */
} CopgWarmTarget;

/*
 * Values and multipliers of the variables and rows that the solution has by
 * name and key.  false: it has no multipliers.
 */
extern bool copg_warm_fill(const CopgSolution *warm, const CopgWarmTarget *target);

#endif							/* CO_PG_PG_WARM_H */
