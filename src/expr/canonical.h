/*-------------------------------------------------------------------------
 *
 * expr/canonical.h
 *	  Sums that do not depend on the order of their terms.
 *
 * Rows arrive in any order (a parallel scan, a hash join), and floating-point
 * addition is not associative.  So the values of equal terms are brought
 * together and sorted, and the sorted values summed: the same multiset of terms
 * gives the same bits.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_EXPR_CANONICAL_H
#define CO_EXPR_CANONICAL_H

#include "expr/block.h"

/* Ascending by key, payload (may be NULL) carried along; equal keys keep their order. */
extern CoRc co_sort_keys(CoArena *arena, int n, uint64_t *key, int *payload);

/* The sum of value[n], the same for every order; value is sorted. */
extern CoRc co_canonical_sum(CoArena *arena, int n, double *value, double *sum);

/*
 * The quadratic terms of a block of one row in canonical form: quad_i <=
 * quad_j, ascending by (quad_i, quad_j), each product once.  Only the columns
 * of *block change; they are new ones in the arena.
 */
extern CoRc co_canonical_quad(CoArena *arena, CoBlock *block);

#endif							/* CO_EXPR_CANONICAL_H */
