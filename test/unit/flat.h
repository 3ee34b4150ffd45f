/*-------------------------------------------------------------------------
 *
 * flat.h
 *	  Blocks compared by what would be stored of them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FLAT_H
#define FLAT_H

#include "expr/block.h"
#include "fixture.h"

static inline void *
flatten(const CoBlock *block, size_t *size)
{
	void	   *flat;

	*size = co_block_size(block);
	flat = co_take_zero(&arena, *size, 1);
	co_block_write(block, flat);
	return flat;
}

static inline bool
same_bytes(const CoBlock *a, const CoBlock *b)
{
	size_t		size_a,
				size_b;
	void	   *flat_a = flatten(a, &size_a),
			   *flat_b = flatten(b, &size_b);

	return size_a == size_b && memcmp(flat_a, flat_b, size_a) == 0;
}

#endif							/* FLAT_H */
