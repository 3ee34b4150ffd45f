/*-------------------------------------------------------------------------
 *
 * growtext.h
 *	  A text that grows at its end, for readers that write problems as text.
 *
 *-------------------------------------------------------------------------
 */
#ifndef GROWTEXT_H
#define GROWTEXT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct GrowText			/* all 0: empty; free byte */
{
	char	   *byte;			/* [room] ends in a zero */
	size_t		n,
				room;
} GrowText;

static inline void
append(GrowText *text, const char *from, size_t n)
{
	if (text->n + n + 1 > text->room)
	{
		text->room = 2 * (text->n + n) + 64;
		text->byte = realloc(text->byte, text->room);
	}
	memcpy(text->byte + text->n, from, n);
	text->n += n;
	text->byte[text->n] = '\0';
}

static inline void
append_word(GrowText *text, const char *word)
{
	append(text, word, strlen(word));
}

static inline void
append_number(GrowText *text, double value)
{
	char		digits[40];

	snprintf(digits, sizeof digits, "%.17g", value);
	append_word(text, digits);
}

#endif							/* GROWTEXT_H */
