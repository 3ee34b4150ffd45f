/*-------------------------------------------------------------------------
 *
 * flat.h
 *	  Blocks compared by what would be stored of them, and that with bytes
 *	  changed.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FLAT_H
#define FLAT_H

#include <stdlib.h>

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

#define N_MUTATIONS		40000
#define MOST_CHANGES	3		/* of bytes in each */

/*
 * Whatever is changed, the checker refuses it or use() finds nothing wrong.
 * Copies are of exactly size bytes from malloc, so that a sanitizer sees every
 * step outside.
 */
static inline void
check_mutations(const CoBlock *block, uint64_t seed, void (*use) (const CoBlock *view))
{
	TestRandom	random = {seed};
	size_t		size;
	const void *flat = flatten(block, &size);
	int			accepted = 0,
				refused = 0;

	for (int round = 0; round < N_MUTATIONS; round++)
	{
		CoMark		mark = co_mark(&arena);
		uint8_t    *copy = malloc(size);
		CoBlock		view;
		CoError		error;

		memcpy(copy, flat, size);
		for (int changes = 1 + test_int(&random, MOST_CHANGES); changes > 0; changes--)
		{
			int			at = test_int(&random, (int) size);

			copy[at] = (uint8_t) (test_int(&random, 2) ? test_int(&random, 256) :
								  copy[at] ^ (1 << test_int(&random, 8)));
		}
		if (co_block_validate(copy, size, &view, &error) == CO_OK)
		{
			accepted++;
			use(&view);
		}
		else
			refused++;
		free(copy);
		co_rewind(&arena, mark);
	}
	CHECK(accepted > 1000);		/* a changed coefficient is a legal value */
	CHECK(refused > 1000);
}

#endif							/* FLAT_H */
