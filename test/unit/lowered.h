/*-------------------------------------------------------------------------
 *
 * lowered.h
 *	  The value of a lowered objective.
 *
 *-------------------------------------------------------------------------
 */
#ifndef LOWERED_H
#define LOWERED_H

#include <string.h>

#include "nlp/lower.h"

/* f of the QP at x of the user's variables [n_var], the added ones as their rows demand. */
static inline double
lowered_value(CoArena *arena, const CoLowered *out, const double *user)
{
	double	   *x = co_take_zero_doubles(arena, (size_t) out->qp.n);
	double	   *ax = co_take_zero_doubles(arena, (size_t) out->qp.m);
	double		f = out->qp.c0;

	memcpy(x, user, (size_t) out->n_var * sizeof *x);
	co_csc_mul_add(&out->qp.a, 1.0, x, ax);
	for (int k = 0; k < out->qp.n - out->n_var; k++)
		x[out->n_var + k] = ax[out->n_row + k] - out->qp.cl[out->n_row + k];
	for (int j = 0; j < out->qp.n; j++)
		f += out->qp.c[j] * x[j];
	return f + 0.5 * co_csc_quadratic(&out->qp.p, x);
}

#endif							/* LOWERED_H */
