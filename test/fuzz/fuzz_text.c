/*-------------------------------------------------------------------------
 *
 * fuzz_text.c
 *	  Arbitrary bytes as a text: what the parser or the MPS reader accepts is a
 *	  valid block, and its printed text reads back as the same bytes.
 *
 * The first byte chooses what is read.  With libFuzzer: clang
 * -fsanitize=fuzzer -DCO_LIBFUZZER.  Without, main replays the files named on
 * the command line.
 *
 *-------------------------------------------------------------------------
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expr/text.h"
#include "host.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fail(const char *what, const char *text)
{
	fprintf(stderr, "%s: %s\n", what, text);
	abort();
}

static void *
flatten(CoArena *arena, const CoBlock *block, size_t *size)
{
	void	   *flat;

	*size = co_block_size(block);
	flat = co_take_zero(arena, *size, 1);
	if (flat)
		co_block_write(block, flat);
	return flat;
}

static void
check_block(CoArena *arena, const CoBlock *block)
{
	CoBlock		again,
				view;
	CoError		error;
	char	   *text;
	size_t		length,
				size,
				size_again;
	void	   *flat = flatten(arena, block, &size),
			   *flat_again;

	if (co_block_validate(flat, size, &view, &error))
		fail("not valid", error.message);
	if (co_print(arena, block, &text, &length))
		fail("not printed", "");
	if (co_parse(arena, text, length, block->kind, &again, &error))
		fail(error.message, text);
	flat_again = flatten(arena, &again, &size_again);
	if (size != size_again || memcmp(flat, flat_again, size) != 0)
		fail("reads back differently", text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	TestHost	host;
	CoArena		arena;
	CoError		error;
	CoBlock		block;
	char	   *text;
	CoRc		rc;

	if (size == 0)
		return 0;
	text = malloc(size);		/* its own, so that a read behind its end is seen */
	if (!text)
		return 0;
	memcpy(text, data + 1, size - 1);
	test_host_init(&host);
	co_arena_init(&arena, &host.env, SIZE_MAX);
	if (data[0] % 4 == 0)
		rc = co_read_mps(&arena, text, size - 1, &block, &error);
	else
		rc = co_parse(&arena, text, size - 1, (CoBlockKind) (data[0] % 4), &block, &error);
	if (rc == CO_OK)
		check_block(&arena, &block);
	else if (rc != CO_BAD_INPUT || error.message[0] == '\0')
		fail("no message", co_rc_word(rc));
	co_arena_free(&arena);
	free(text);
	return 0;
}

#ifndef CO_LIBFUZZER
int
main(int argc, char **argv)
{
	for (int k = 1; k < argc; k++)
	{
		FILE	   *file = fopen(argv[k], "rb");
		static uint8_t data[1 << 20];
		size_t		size;

		if (!file)
			return 1;
		size = fread(data, 1, sizeof data, file);
		fclose(file);
		LLVMFuzzerTestOneInput(data, size);
	}
	printf("%d inputs\n", argc - 1);
	return 0;
}
#endif
