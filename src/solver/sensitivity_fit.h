/*-------------------------------------------------------------------------
 *
 * solver/sensitivity_fit.h
 *	  Covariance of fitted variables.
 *
 * With G = J'SJ of a sum of squares (r, Sr) and the active constraints as
 * equations A dx = 0, the variables' covariance is s^2 Z (Z'GZ)^-1 Z' for a
 * basis Z of the directions A leaves: s^2 times twice the first block of the
 * inverse of the KKT matrix of nlp/param_fit.h's problem.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_SOLVER_SENSITIVITY_FIT_H
#define CO_SOLVER_SENSITIVITY_FIT_H

#include "solver/sensitivity.h"

typedef struct CoCovariance
{
	CoSensitivityKkt *kkt;
	int		   *place;			/* [n] number among the free variables; -1 */
	int		   *free_var,
			   *active_row;
	double	   *work;			/* [free + active] */
	bool		is_determined;	/* the data determine all free variables */
} CoCovariance;

/*
 * fit: of the residuals' problem, at x; at_bound [n] and is_active [m] say what
 * does not move.
 */
extern CoRc co_covariance_new(CoArena *arena, CoParamNlp *fit, const double *x, const double *p,
							  const bool *at_bound, const bool *is_active, CoCovariance **out);

/* column [n] := that of (the inverse of G, on A dx = 0) of variable j */
extern CoRc co_covariance_column(CoCovariance *covariance, int n, int j, double *column);

#endif							/* CO_SOLVER_SENSITIVITY_FIT_H */
