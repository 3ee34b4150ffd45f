/*-------------------------------------------------------------------------
 *
 * nlp/scale.h
 *	  Equilibration of a QP, and its undoing.
 *
 *		x = D xs,  As = E A D,  Ps = k D P D,  cs = k D c,
 *		y = E ys / k,  z = zs / (k D)
 *
 * All factors are powers of two, so scaling and unscaling are exact.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_NLP_SCALE_H
#define CO_NLP_SCALE_H

#include "nlp/qp.h"

typedef struct CoScaling
{
	double	   *d;				/* [n] */
	double	   *e;				/* [m] */
	double		k;				/* of the objective */
} CoScaling;

/* out is a new QP in the arena; with on = false all factors are 1. */
extern CoRc co_scale_qp(CoArena *arena, const CoQp *qp, bool on, CoQp *out, CoScaling *scaling);

/* scaled point -> point of the original; the arrays may be the same */
extern void co_unscale_point(const CoQp *qp, const CoScaling *scaling,
							 const CoQpPoint *scaled, CoQpPoint *point);

#endif							/* CO_NLP_SCALE_H */
