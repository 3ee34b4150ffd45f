/*-------------------------------------------------------------------------
 *
 * fuzz_block.c
 *	  Arbitrary bytes as a flat value: what validation accepts must be safe to
 *	  evaluate, to append, to lower.
 *
 * With libFuzzer: clang -fsanitize=fuzzer -DCO_LIBFUZZER.  Without, main
 * replays the files named on the command line.
 *
 *-------------------------------------------------------------------------
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expr/algebra.h"
#include "host.h"
#include "nlp/lower.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * Bytes found by chance never carry a right hash.  Where names can be read,
 * give the leaves the identities that go with them, so that the fuzzer gets
 * behind that check.
 */
static void
repair_identities(void *flat, size_t size)
{
	CoBlockHeader *header = flat;
	CoBlock		view;

	if (size < sizeof *header || header->n_row < 0 || header->n_leaf < 0 || header->n_lin < 0 ||
		header->n_quad < 0 || header->n_code < 0 || header->n_str <= 0 ||
		header->n_bound < 0 || header->n_bound_code < 0)
		return;
	co_block_view(flat, &view);
	if (co_block_size(&view) != size || view.str[view.n_str - 1] != '\0')
		return;
	for (int k = 0; k < view.n_leaf; k++)
		if (view.leaf_name[k] >= 0 && view.leaf_name[k] < view.n_str &&
			view.leaf_key[k] < view.n_str)
			((uint64_t *) (uintptr_t) view.leaf_id)[k] =
				co_leaf_id(view.str + view.leaf_name[k], co_block_string(&view, view.leaf_key[k]));
}

static void
use(CoArena *arena, const CoBlock *view)
{
	double	   *leaf = co_take_zero_doubles(arena, (size_t) view->n_leaf);
	CoError		error;
	CoBuilder  *builder;
	CoLowered	lowered;
	CoBlock		out;

	for (int r = 0; r < view->n_row; r++)
		co_block_eval(arena, view, r, leaf);
	if (view->kind == CO_BLOCK_EXPR)
	{
		co_expr_mul(arena, view, view, &out, &error);
		co_expr_compare(arena, view, CO_EQUAL, view, &out, &error);
		return;
	}
	if (co_builder_new(arena, CO_BLOCK_CONSTRAINT, &builder) == CO_OK)
		co_builder_append_rows(builder, view, &error);
	co_lower(arena, view, NULL, &lowered, &error);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	TestHost	host;
	CoArena		arena;
	CoError		error;
	CoBlock		view;
	void	   *flat = malloc(size + 1);	/* aligned, and at most a byte too long */

	if (!flat)
		return 0;
	memcpy(flat, data, size);
	test_host_init(&host);
	co_arena_init(&arena, &host.env, (size_t) 64 << 20);
	repair_identities(flat, size);
	if (co_block_validate(flat, size, &view, &error) == CO_OK &&
		co_block_check_leaves(&arena, &view, &error) == CO_OK)
		use(&arena, &view);
	co_arena_free(&arena);
	free(flat);
	if (host.live != 0)
		abort();
	return 0;
}

#ifndef CO_LIBFUZZER
int
main(int argc, char **argv)
{
	static uint8_t data[1 << 20];

	for (int k = 1; k < argc; k++)
	{
		FILE	   *file = fopen(argv[k], "rb");
		size_t		size;

		if (!file)
		{
			perror(argv[k]);
			return 2;
		}
		size = fread(data, 1, sizeof data, file);
		fclose(file);
		LLVMFuzzerTestOneInput(data, size);
	}
	printf("# %d inputs\n", argc - 1);
	return 0;
}
#endif
