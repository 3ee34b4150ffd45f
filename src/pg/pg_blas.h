/*-------------------------------------------------------------------------
 *
 * pg/pg_blas.h
 *	  OpenBLAS, loaded at the first solve that needs it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_PG_PG_BLAS_H
#define CO_PG_PG_BLAS_H

#include "base/blas.h"

/*
 * The dense kernels, or NULL when they cannot be had now; a later call tries
 * again, because memory may have become free.
 */
extern const CoBlas *copg_blas(void);

/* Why the last copg_blas() answered NULL; "" when it did not. */
extern const char *copg_blas_failure(void);

/* It was for want of address space, not of the library. */
extern bool copg_blas_lacks_space(void);

#endif							/* CO_PG_PG_BLAS_H */
