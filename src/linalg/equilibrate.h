/*-------------------------------------------------------------------------
 *
 * linalg/equilibrate.h
 *	  Powers of two that bring the rows of a symmetric matrix to size one.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_LINALG_EQUILIBRATE_H
#define CO_LINALG_EQUILIBRATE_H

#include "linalg/csc.h"

/*
 * scale[i] such that the largest entry in each row of S K S is about 1 [R01],
 * K given by its lower triangle; a row of zeros keeps 1.  norm: [n] work.
 */
extern void co_equilibrate(const CoCsc *lower, double *scale, double *norm);

#endif							/* CO_LINALG_EQUILIBRATE_H */
