/*-------------------------------------------------------------------------
 *
 * base/blas.h
 *	  The dense kernels the core borrows from OpenBLAS, as a table.
 *
 * A table instead of link-time symbols: the host decides which library serves
 * them and when it is loaded (src/README.md, "Why: BLAS by table").  All are
 * the Fortran routines: column-major, arguments by address, 32-bit integers.
 * The hidden lengths of CHARACTER arguments are left out, as LAPACKE does.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_BASE_BLAS_H
#define CO_BASE_BLAS_H

typedef struct CoBlas
{
	void		(*dgemm) (const char *transa, const char *transb,
						  const int *m, const int *n, const int *k,
						  const double *alpha, const double *a, const int *lda,
						  const double *b, const int *ldb,
						  const double *beta, double *c, const int *ldc);
	void		(*dsyrk) (const char *uplo, const char *trans,
						  const int *n, const int *k,
						  const double *alpha, const double *a, const int *lda,
						  const double *beta, double *c, const int *ldc);
	void		(*dtrsm) (const char *side, const char *uplo, const char *transa,
						  const char *diag, const int *m, const int *n,
						  const double *alpha, const double *a, const int *lda,
						  double *b, const int *ldb);
	void		(*dtrsv) (const char *uplo, const char *trans, const char *diag,
						  const int *n, const double *a, const int *lda,
						  double *x, const int *incx);
	void		(*dgemv) (const char *trans, const int *m, const int *n,
						  const double *alpha, const double *a, const int *lda,
						  const double *x, const int *incx,
						  const double *beta, double *y, const int *incy);
	void		(*dsymv) (const char *uplo, const int *n,
						  const double *alpha, const double *a, const int *lda,
						  const double *x, const int *incx,
						  const double *beta, double *y, const int *incy);
	void		(*dpotrf) (const char *uplo, const int *n, double *a,
						   const int *lda, int *info);
} CoBlas;

#endif							/* CO_BASE_BLAS_H */
