/*-------------------------------------------------------------------------
 *
 * linalg/ldl_kernel.c
 *	  Vector loops of the small fronts and of the solves, for each instruction
 *	  set, and the choice between them.
 *
 * Products and sums stay separate (-ffp-contract=off), and every element is
 * summed in the same order for any register width, so that the result does
 * not depend on the set.
 *
 *-------------------------------------------------------------------------
 */
#include "linalg/ldl_private.h"

typedef double Two __attribute__((vector_size(2 * sizeof(double)),
								  aligned(sizeof(double)), may_alias));

#define LOAD(Type, p)		(*(const Type *) (p))
#define STORE(Type, p, v)	(*(Type *) (p) = (v))
#define TABLE(name)	{#name, name##_column, name##_update, name##_rank1, \
	name##_add, name##_forward, name##_backward}

/* The sum of CO_LANES partial sums. */
static inline double
fold(const double *sum)
{
	Two			s = (LOAD(Two, sum) + LOAD(Two, sum + 4)) +
		(LOAD(Two, sum + 2) + LOAD(Two, sum + 6));

	return s[0] + s[1];
}

/* One double as a vector, so that it can be multiplied and assigned alike. */
typedef double One __attribute__((vector_size(sizeof(double)),
								  aligned(sizeof(double)), may_alias));

#define TARGET
#define NAME(x)		basic_##x
#define LANES		2
#define PARTS(x)	x(0) x(1) x(2) x(3)
#define Vector		Two
#define Tail		One
#include "linalg/ldl_kernel_body.h"
#undef TARGET
#undef NAME
#undef LANES
#undef PARTS
#undef Vector
#undef Tail

static const CoKernels basic_kernels = TABLE(basic);

#ifdef __x86_64__

typedef double Four __attribute__((vector_size(4 * sizeof(double)),
								   aligned(sizeof(double)), may_alias));
typedef double Eight __attribute__((vector_size(8 * sizeof(double)),
									aligned(sizeof(double)), may_alias));

#define TARGET		__attribute__((target("avx2")))
#define NAME(x)		avx2_##x
#define LANES		4
#define PARTS(x)	x(0) x(1)
#define Vector		Four
#define Tail		Two
#include "linalg/ldl_kernel_body.h"
#undef TARGET
#undef NAME
#undef LANES
#undef PARTS
#undef Vector
#undef Tail

#define TARGET		__attribute__((target("avx512f")))
#define NAME(x)		avx512_##x
#define LANES		8
#define PARTS(x)	x(0)
#define Vector		Eight
#define Tail		Four
#include "linalg/ldl_kernel_body.h"

static const CoKernels avx2_kernels = TABLE(avx2);
static const CoKernels avx512_kernels = TABLE(avx512);

const CoKernels *
co_kernels(int rank)
{
	__builtin_cpu_init();
	if (__builtin_cpu_supports("avx512f") && rank-- == 0)
		return &avx512_kernels;
	if (__builtin_cpu_supports("avx2") && rank-- == 0)
		return &avx2_kernels;
	return rank == 0 ? &basic_kernels : NULL;
}

#else

const CoKernels *
co_kernels(int rank)
{
	return rank == 0 ? &basic_kernels : NULL;
}

#endif
