/*-------------------------------------------------------------------------
 *
 * nlp/pattern_kernel.h
 *	  The operations of programs, element by element, and the sums at their
 *	  ends.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_NLP_PATTERN_KERNEL_H
#define CO_NLP_PATTERN_KERNEL_H

#include "nlp/pattern_dag.h"

/*
 * out[k] := op of a[k], b[k], c[k], k < n, for the operations from CO_DAG_ADD
 * on; out may be one of the operands.  exponent: of CO_DAG_WHOLE_POWER.
 */
extern void co_kernel_apply(int op, int n, const double *a, const double *b, const double *c,
							int exponent, double *out);

/* Sums in an order of their own, the same on every machine. */
extern double co_kernel_sum(int n, const double *a);
extern double co_kernel_dot(int n, const double *a, const double *b);
extern double co_kernel_dot3(int n, const double *a, const double *b, const double *c);

#endif							/* CO_NLP_PATTERN_KERNEL_H */
