/*-------------------------------------------------------------------------
 *
 * linalg/order.h
 *	  Fill-reducing order of a symmetric matrix.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_LINALG_ORDER_H
#define CO_LINALG_ORDER_H

#include "linalg/csc.h"

/*
 * Approximate minimum degree order of the symmetric matrix whose lower
 * triangle is given: perm[k] is the row that becomes the k-th pivot.
 */
extern CoRc co_order_amd(CoArena *arena, const CoCsc *lower, int *perm);

/* Bytes it takes while it works. */
extern double co_order_bytes(const CoCsc *lower);

#endif							/* CO_LINALG_ORDER_H */
