/*-------------------------------------------------------------------------
 *
 * base/hash.h
 *	  Hashes of words: FNV-1a over 64-bit words, folded so that the low bits
 *	  see the high ones.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_BASE_HASH_H
#define CO_BASE_HASH_H

#include <stdint.h>
#include <string.h>

#define CO_HASH_BASIS	UINT64_C(0xcbf29ce484222325)
#define CO_HASH_PRIME	UINT64_C(0x100000001b3)

static inline uint64_t
co_hash_word(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * CO_HASH_PRIME;
	return hash ^ (hash >> 32);
}

/* The bits of a number: equal ones are the same number, 0 and -0 differ. */
static inline uint64_t
co_double_bits(double value)
{
	uint64_t	bits;

	memcpy(&bits, &value, sizeof bits);
	return bits;
}

#endif							/* CO_BASE_HASH_H */
