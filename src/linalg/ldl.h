/*-------------------------------------------------------------------------
 *
 * linalg/ldl.h
 *	  Sparse L D L' of a symmetric indefinite matrix, with inertia.
 *
 *		P K P' = L D L',	L unit lower triangular, D of 1x1 and 2x2 blocks
 *
 * A supernodal multifrontal factorization: AMD order, postordered assembly
 * tree, relaxed supernodes, eager assembly, Bunch-Kaufman pivoting inside the
 * diagonal block of a front (no delayed pivots).  K must be strongly
 * factorizable up to that pivoting, as a regularized quasi-definite KKT matrix
 * is (Vanderbei 1995); a pivot that is still too small is replaced by
 * sign * perturbation and counted.
 *
 * Pivots of size delta (the regularization) taken before their partners leave
 * an error of about precision * |K|^2 / delta, relative: one or two steps of
 * refinement remove it for delta >= 1e-11 |K|, four for 1e-12 |K|.
 *
 * All memory is taken in co_ldl_analyze, after the predicted total has been
 * compared with the arena's limit; co_ldl_factor and co_ldl_solve take none.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_LINALG_LDL_H
#define CO_LINALG_LDL_H

#include <stdint.h>

#include "linalg/csc.h"

typedef struct CoLdl CoLdl;

typedef struct CoLdlStats		/* known after the symbolic analysis */
{
	int			n;				/* dimension */
	int			n_fronts;		/* supernodes */
	int			largest_front;	/* rows of the largest front */
	int64_t		nnz_l;			/* entries of L, diagonal included */
	double		flops;			/* multiply-adds of one factorization */
	size_t		memory;			/* bytes of factor, stack and work */
} CoLdlStats;

typedef struct CoInertia		/* signs of the pivots of the last factor */
{
	int			n_positive,
				n_negative,
				n_perturbed;	/* pivots replaced; their sign is the hint's */
} CoInertia;

/*
 * What the analysis would cost, without allocating the numeric part: the
 * order and column counts only.
 */
extern CoRc co_ldl_predict(CoArena *arena, const CoCsc *lower, CoLdlStats *stats);

/*
 * Analyse the pattern of K, given by its lower triangle with a full diagonal.
 * Values are not read.  CO_MEMORY_EXCEEDED when the prediction is over the
 * arena's limit (arena->wanted holds the need).
 */
extern CoRc co_ldl_analyze(CoArena *arena, const CoCsc *lower, CoLdl **out);

extern const CoLdlStats *co_ldl_stats(const CoLdl *ldl);

/*
 * Factor the matrix whose lower triangle has these values, in the order of the
 * analysed pattern.  sign[i] is +1 or -1, the expected sign of pivot i, used
 * when a pivot has to be perturbed; NULL: +1.  A pivot is perturbed when it is
 * rounding error beside its row of K.  inertia may be NULL; its n_positive and
 * n_negative add up to n.  Polls between fronts and between blocks of a large
 * front.
 *
 * CO_NOT_FINITE: a value, or a pivot, is not finite.  CO_NO_BLAS: a front is
 * large and the library is not there.  After any failure the object can be
 * used for another factorization, but not for co_ldl_solve.
 */
extern CoRc co_ldl_factor(CoLdl *ldl, const double *value, const signed char *sign,
						  CoInertia *inertia);

/* x := K^-1 x, one step of refinement left to the caller. */
extern CoRc co_ldl_solve(CoLdl *ldl, double *x);

/*
 * The same for k right-hand sides, [n][k]: row i of x holds entry i of each.
 * work: [n + largest_front][k], of the caller's.
 */
extern CoRc co_ldl_solve_many(CoLdl *ldl, int k, double *x, double *work);

#endif							/* CO_LINALG_LDL_H */
