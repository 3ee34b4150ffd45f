/*-------------------------------------------------------------------------
 *
 * solver/sensitivity_block.h
 *	  Derivatives with respect to many parameters: a block of right-hand sides
 *	  at a time.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_SOLVER_SENSITIVITY_BLOCK_H
#define CO_SOLVER_SENSITIVITY_BLOCK_H

#include "base/blas.h"
#include "solver/sensitivity.h"

typedef struct CoSensitivityBlock
{
	CoSensitivity *s;
	int			width;			/* parameters at a time, at most */
	CoTangent  *tangent;		/* [width] what was found last */
	double	   *b,				/* [dim][width] right-hand sides, equilibrated */
			   *x,
			   *r,				/* residual */
			   *best,			/* in the end: dx and dy themselves */
			   *z,				/* [n][width] dz */
			   *work;			/* of co_ldl_solve_many() */
	double	   *size,			/* [width] of a right-hand side */
			   *error;			/* [width] */
	int		   *var_place,		/* [n] row of the system; -1: at a bound */
			   *row_place,		/* [m] -1: not active */
			   *bound_place;	/* [n] itself at a bound, else -1 */
	double	   *dense;			/* [dim x dim] the matrix, where most entries
								 * are there; NULL: it is sparse */
	const CoBlas *blas;
} CoSensitivityBlock;

/* For at most n parameters. */
extern CoRc co_sensitivity_block_new(CoSensitivity *s, int n, CoSensitivityBlock **out);

/*
 * block->tangent[0 .. n) := co_sensitivity_solve() of n parameters, n at most
 * the width; without_bounds leaves z undefined.
 */
extern CoRc co_sensitivity_block_solve(CoSensitivityBlock *block, int n, const int *param,
									   bool without_bounds);

#endif							/* CO_SOLVER_SENSITIVITY_BLOCK_H */
