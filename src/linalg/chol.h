/*-------------------------------------------------------------------------
 *
 * linalg/chol.h
 *	  Dense factorizations: recursive Cholesky of a large positive definite
 *	  matrix, and a small symmetric indefinite L D L' without any library.
 *
 * Matrices are column-major, lower triangle; the strict upper one is neither
 * read nor written.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_LINALG_CHOL_H
#define CO_LINALG_CHOL_H

#include "base/arena.h"
#include "base/blas.h"

/*
 * A = L L' in place, [n x n], leading dimension lda.  Recursive halves over
 * dpotrf/dtrsm/dsyrk with a poll between pieces of bounded work, so that a
 * cancel is seen within milliseconds at any n.  CO_NOT_POSITIVE when a pivot
 * is not positive, CO_NOT_FINITE when one is NaN or infinite; *failed_at then
 * holds its column, otherwise -1.
 *
 * Here and in the solves blas may be NULL for n <= CO_SMALL_MAX; beyond it the
 * factorization answers CO_NO_BLAS.
 */
extern CoRc co_chol_factor(const CoArena *arena, const CoBlas *blas, int n,
						   double *a, int lda, int *failed_at);

/* x := (L L')^-1 x;  the half solves x := L^-1 x and x := L'^-1 x */
extern void co_chol_solve(const CoBlas *blas, int n, const double *l, int lda, double *x);
extern void co_chol_solve_l(const CoBlas *blas, int n, const double *l, int lda, double *x);
extern void co_chol_solve_lt(const CoBlas *blas, int n, const double *l, int lda, double *x);

/* B := L^-1 B, [n x nrhs], polled */
extern CoRc co_chol_solve_l_many(const CoArena *arena, const CoBlas *blas, int n,
								 const double *l, int lda, int nrhs, double *b, int ldb);

/*
 * C (lower) += alpha B' D B, or alpha B' B when d is NULL; B [k x n], d of any
 * sign, polled.  work [k x n], not needed without d.  blas may be NULL for
 * n <= CO_SMALL_MAX.
 */
extern CoRc co_syrk_scaled(const CoArena *arena, const CoBlas *blas, int n, int k,
						   double alpha, const double *b, int ldb, const double *d,
						   double *work, double *c, int ldc);

/* y += alpha A x, A by its lower triangle [n x n], polled; needs no library */
extern CoRc co_symv_add(const CoArena *arena, int n, double alpha, const double *a, int lda,
						const double *x, double *y);

#define CO_SMALL_MAX	64

/*
 * A = L D L' in place for a small quasi-definite A, n <= CO_SMALL_MAX (larger
 * n works, slowly): unit L below the diagonal, D on it, no pivoting; a pivot
 * smaller than perturb in size becomes sign[j] * perturb.  Returns the number
 * of perturbed pivots.
 */
extern int	co_small_ldl_factor(int n, double *a, int lda, const signed char *sign,
								double perturb);
extern void co_small_ldl_solve(int n, const double *l, int lda, double *x);

/* A = L L' in place; returns -1, or the column of the first pivot that is not positive. */
extern int	co_small_chol_factor(int n, double *a, int lda);
extern void co_small_chol_solve(int n, const double *l, int lda, double *x);
extern void co_small_chol_solve_l(int n, const double *l, int lda, double *x);
extern void co_small_chol_solve_lt(int n, const double *l, int lda, double *x);

/* C (lower) += alpha B' W, [n x n], where B' W is symmetric; B and W [k x n] */
extern void co_small_syrk(int n, int k, double alpha, const double *b, int ldb,
						  const double *w, int ldw, double *c, int ldc);

#endif							/* CO_LINALG_CHOL_H */
