/*-------------------------------------------------------------------------
 *
 * linalg/clones.h
 *	  Four doubles at a time, on any machine, with the same bits on all.
 *
 * CoVec4 is the compilers' vector extension: one AVX register, or two SSE2 or
 * NEON ones.  An operation on it is four scalar operations, so its result does
 * not depend on the instructions chosen; what could is contraction to fused
 * multiply-adds, hence -ffp-contract=off for the whole core.  A reduction adds
 * the lanes in one fixed order (co_vec4_sum).
 *
 * CO_CLONES marks a static function to be compiled for AVX2 and for the
 * baseline, the loader choosing once.  An AVX-512 clone was tried and left
 * out: with 64-byte vectors an L D L' of order 50 took 1.6 us instead of 1.9,
 * one of order 10..25 longer.  It is empty where the mechanism (ifunc) is
 * missing or harmful:
 *
 *	- not x86-64, not ELF, or a C library other than glibc (musl has no ifunc);
 *	- a compiler without the attribute (clang before 14);
 *	- under an address sanitizer, where the resolver would run instrumented
 *	  before the run-time library is ready; and with CO_PARANOID, so that the
 *	  baseline is tested somewhere.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_LINALG_CLONES_H
#define CO_LINALG_CLONES_H

#include <limits.h>				/* defines __GLIBC__ where it applies */

#ifndef __has_attribute
#define __has_attribute(x) 0
#endif
#ifndef __has_feature
#define __has_feature(x) 0
#endif

#if defined(__x86_64__) && defined(__ELF__) && defined(__GLIBC__) && \
	__has_attribute(target_clones) && \
	!defined(__SANITIZE_ADDRESS__) && !__has_feature(address_sanitizer) && \
	!defined(CO_PARANOID)
#define CO_CLONES	__attribute__((target_clones("avx2", "default")))
#else
#define CO_CLONES
#endif

/* What a clone calls must be compiled into it, or it runs the baseline's code. */
#define CO_INLINE	static inline __attribute__((always_inline))

/*
 * At -O2 gcc keeps a loop of four as a loop, its arrays of four in memory: the
 * triangular solves then take half as long again, or twice as long.
 */
#define CO_UNROLL_4	_Pragma("GCC unroll 4")

typedef double CoVec4 __attribute__((vector_size(32), may_alias));
typedef double CoVec4Unaligned __attribute__((vector_size(32), aligned(8), may_alias));

/* Macros: vectors as arguments would follow the ABI of the calling clone. */
#define CO_VEC4(p)			(*(CoVec4Unaligned *) (p))
#define CO_VEC4_CONST(p)	(*(const CoVec4Unaligned *) (p))
#define CO_VEC4_ZERO		((CoVec4) {0.0, 0.0, 0.0, 0.0})
#define co_vec4_sum(v)		(((v)[0] + (v)[1]) + ((v)[2] + (v)[3]))

#endif							/* CO_LINALG_CLONES_H */
