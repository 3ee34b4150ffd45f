/*-------------------------------------------------------------------------
 *
 * solver/krylov.h
 *	  Flexible GMRES behind the refinement of solver/kkt.h.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_SOLVER_KRYLOV_H
#define CO_SOLVER_KRYLOV_H

#include "solver/kkt.h"

#define CO_KRYLOV	12			/* longest basis: memory and work grow with it */

/*
 * Improve (x, y) from its residual, which stands in kkt->res_x and res_y, until
 * |(res_x / tol_x, res_y / tol_y)|_2 <= 1 or the basis is full; *used is the
 * number of preconditioner solves.
 */
extern CoRc co_krylov_refine(CoKkt *kkt, double tol_x, double tol_y,
							 double *x, double *y, int *used);

/* Bytes it takes while it works. */
extern double co_krylov_bytes(const CoQp *qp);

#endif							/* CO_SOLVER_KRYLOV_H */
