/*-------------------------------------------------------------------------
 *
 * expr/key.c
 *	  Keys of several components as one text, and back.
 *
 * The text is what PostgreSQL's record_out() gives for a row of these values,
 * so that ship['p1','m2'] in a text is the leaf opt_var('ship', (plant,
 * market)) makes.  White space is that of the C locale, as in the server.
 *
 *-------------------------------------------------------------------------
 */
#include "expr/key.h"

#include <string.h>

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
needs_quotes(const char *part)
{
	if (*part == '\0')
		return true;
	for (; *part; part++)
		if (is_space(*part) || strchr("\"\\(),", *part))
			return true;
	return false;
}

static char *
put_part(char *out, const char *part)
{
	bool		quotes = needs_quotes(part);

	if (quotes)
		*out++ = '"';
	for (; *part; part++)
	{
		if (*part == '"' || *part == '\\')
			*out++ = *part;
		*out++ = *part;
	}
	if (quotes)
		*out++ = '"';
	return out;
}

CoRc
co_key_join(CoArena *arena, int n, const char *const *part, char **key)
{
	size_t		size = 3;		/* parentheses and the NUL */
	char	   *out;

	/* One component is a key by itself. */
	if (n == 1)
	{
		size = strlen(part[0]) + 1;
		*key = co_take(arena, size, 1);
		if (*key)
			memcpy(*key, part[0], size);
		return co_arena_failed(arena);
	}
	for (int i = 0; i < n; i++)
		if (part[i])
			size += 2 * strlen(part[i]) + 3;
		else
			size++;
	*key = out = co_take(arena, size, 1);
	if (!out)
		return co_arena_failed(arena);
	*out++ = '(';
	for (int i = 0; i < n; i++)
	{
		if (i > 0)
			*out++ = ',';
		if (part[i])			/* a NULL prints as nothing, an empty text as
								 * "" */
			out = put_part(out, part[i]);
	}
	*out++ = ')';
	*out = '\0';
	return CO_OK;
}

/*
 * One component from *at into out, with its NUL; false unless it is written
 * exactly as put_part() would write it.
 */
static bool
take_part(const char **at, char **out)
{
	const char *start = *at;
	const char *p = start;
	char	   *to = *out;
	bool		quoted = *p == '"';

	for (p += quoted; *p && (quoted ? *p != '"' || p[1] == '"' : *p != ',' && *p != ')'); p++)
	{
		if (*p == '"' || *p == '\\')
		{
			if (!quoted || p[1] != *p)
				return false;
			p++;
		}
		*to++ = *p;
	}
	*to = '\0';
	if (quoted != needs_quotes(*out) || (quoted && *p++ != '"'))
		return false;
	*out = to + 1;
	*at = p;
	return true;
}

int
co_key_split(const char *key, char *parts)
{
	int			n = 0;

	if (*key++ != '(')
		return 0;
	for (;; key++)
	{
		if (!take_part(&key, &parts))
			return 0;
		n++;
		if (*key != ',')
			break;
	}
	return key[0] == ')' && key[1] == '\0' && n > 1 ? n : 0;
}
