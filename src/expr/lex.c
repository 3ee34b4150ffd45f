/*-------------------------------------------------------------------------
 *
 * expr/lex.c
 *	  The words of a text.
 *
 *-------------------------------------------------------------------------
 */
#include "expr/lex.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "expr/code.h"

/* Bytes read between two polls: about 10 ms of parsing. */
#define POLL_BYTES		((size_t) 1000000)

/*
 * Longest name, key or number.  No token is read further than this without a
 * poll, and nobody means a longer one.
 */
#define MAX_TOKEN		((size_t) 1000000)

/* Length of the longest word of the grammar, "undefined"; functions are shorter. */
#define MAX_WORD		9

/* Bytes of the text shown in a message. */
#define MAX_SHOWN		32

/* Words with a meaning of their own somewhere in the grammar. */
static const char *const keyword[] = {
	"minimize", "maximize", "feasible", "subject", "to", "where", "in", "free",
	"undefined", "start", "inf", "infinity", "nan"
};

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_' || (c & 0x80) != 0;
}

static bool
is_name_char(char c)
{
	return is_letter(c) || is_digit(c) || c == '$';
}

static bool
same_word(const char *text, size_t length, const char *word)
{
	for (size_t i = 0; i < length; i++)
		if (word[i] == '\0' ||
			((text[i] >= 'A' && text[i] <= 'Z') ? text[i] + ('a' - 'A') : text[i]) != word[i])
			return false;
	return word[length] == '\0';
}

/* The bytes at position, cut before a whole UTF-8 character, printable. */
static void
show(const CoLexer *lexer, size_t position, size_t length, char *out)
{
	size_t		n = length < MAX_SHOWN ? length : MAX_SHOWN;
	const char *from = lexer->text + position;

	while (n > 0 && n < length && (from[n] & 0xc0) == 0x80)
		n--;
	for (size_t i = 0; i < n; i++)
		out[i] = (unsigned char) from[i] < ' ' ? '?' : from[i];
	memcpy(out + n, n < length ? "..." : "", n < length ? 4 : 1);
}

CoRc
co_lex_refuse(const CoLexer *lexer, size_t position, size_t length,
			  const char *message, const char *detail, const char *hint)
{
	CoError    *error = lexer->error;
	char		shown[MAX_SHOWN + 4];

	memset(error, 0, sizeof *error);
	show(lexer, position, length, shown);
	error->position = (int) position;
	snprintf(error->message, sizeof error->message, message, shown);
	if (detail)
		snprintf(error->detail, sizeof error->detail, "%s", detail);
	if (hint)
		snprintf(error->hint, sizeof error->hint, "%s", hint);
	return CO_BAD_INPUT;
}

bool
co_lex_is_word(const CoLexer *lexer, const CoToken *token, const char *word)
{
	return token->kind == CO_TOKEN_NAME &&
		same_word(lexer->text + token->start, token->length, word);
}

bool
co_lex_is_plain(const char *name)
{
	size_t		length = 0;
	CoOp		op;

	if (!is_letter(*name))
		return false;
	while (is_name_char(name[length]))
		length++;
	if (name[length] != '\0')
		return false;
	if (length > MAX_WORD)
		return true;
	for (size_t k = 0; k < sizeof keyword / sizeof *keyword; k++)
		if (same_word(name, length, keyword[k]))
			return false;
	return !co_op_find(name, length, &op);
}

/* From '0'..'9' or '.': everything that could belong to a number, then a check. */
static CoRc
lex_number(CoLexer *lexer, CoToken *token)
{
	const char *text = lexer->text;
	size_t		at = token->start,
				end = lexer->length;

	if (end - at > MAX_TOKEN)
		end = at + MAX_TOKEN;
	for (; at < end && (is_name_char(text[at]) || text[at] == '.' ||
						((text[at] == '+' || text[at] == '-') &&
						 (text[at - 1] | 0x20) == 'e')); at++)
		;
	token->kind = CO_TOKEN_NUMBER;
	token->length = at - token->start;
	lexer->at = at;
	if (co_parse_double(text + token->start, token->length, &token->number))
		return CO_OK;
	co_lex_refuse(lexer, token->start, token->length,
				  "invalid or out-of-range number \"%s\"", NULL,
				  "Numbers are written as 12, 0.5 or 1.5e-3; a product needs its \"*\".");
	return co_error_as(lexer->error, isnan(token->number) ? CO_ERROR_VALUE : CO_ERROR_RANGE);
}

static CoRc
lex_word(CoLexer *lexer, CoToken *token)
{
	const char *text = lexer->text + token->start;
	size_t		left = lexer->length - token->start,
				n = 0;

	while (n < left && n <= MAX_TOKEN && is_name_char(text[n]))
		n++;
	token->kind = CO_TOKEN_NAME;
	token->length = n;
	lexer->at = token->start + n;
	if (n > MAX_TOKEN)
		return co_lex_refuse(lexer, token->start, n, "name is too long: \"%s\"", NULL, NULL);
	if (same_word(text, n, "inf") || same_word(text, n, "infinity"))
	{
		token->kind = CO_TOKEN_NUMBER;
		co_parse_double(text, n, &token->number);
	}
	if (same_word(text, n, "nan"))
		return co_lex_refuse(lexer, token->start, n, "\"%s\" is not a number",
							 NULL, "Double-quote it to use it as a name.");
	return CO_OK;
}

/* "name" or 'string'; the quote is doubled inside. */
static CoRc
lex_quoted(CoLexer *lexer, CoToken *token, char quote)
{
	const char *text = lexer->text;
	size_t		at = token->start + 1,
				end = lexer->length;

	if (end - at > MAX_TOKEN)
		end = at + MAX_TOKEN;
	while (at < end && text[at] != '\0')
	{
		if (text[at] != quote)
			at++;
		else if (at + 1 < lexer->length && text[at + 1] == quote)
			at += 2;
		else
			break;
	}
	if (at >= end || text[at] != quote)
		return co_lex_refuse(lexer, token->start, lexer->length - token->start,
							 at < end ? "zero byte in the quoted text at or near %s" :
							 end < lexer->length ? "name is too long: %s" :
							 quote == '"' ? "unterminated quoted name at or near %s" :
							 "unterminated quoted string at or near %s", NULL, NULL);
	token->kind = quote == '"' ? CO_TOKEN_NAME : CO_TOKEN_STRING;
	token->length = at + 1 - token->start;
	lexer->at = at + 1;
	return CO_OK;
}

static CoRc
lex_comparison(CoLexer *lexer, CoToken *token, char c)
{
	bool		equal = lexer->at < lexer->length && lexer->text[lexer->at] == '=';

	if (!equal && c != ':')
		return co_lex_refuse(lexer, token->start, 1, "unknown operator \"%s\"", NULL,
							 "Write == for equality, and <= or >= for inequalities.");
	token->kind = c == '<' ? CO_TOKEN_LESS_EQUAL : c == '>' ? CO_TOKEN_GREATER_EQUAL :
		c == '=' ? CO_TOKEN_EQUAL : CO_TOKEN_ASSIGN;
	token->length = 2;
	lexer->at++;
	return CO_OK;
}

CoRc
co_lex_next(CoLexer *lexer, CoToken *token)
{
	const char *text = lexer->text;
	char		c;
	CoRc		rc;

	while (lexer->at < lexer->length && is_space(text[lexer->at]))
		lexer->at++;
	if (lexer->at - lexer->polled > POLL_BYTES)
	{
		lexer->polled = lexer->at;
		if ((rc = co_poll(lexer->arena)))
			return rc;
	}
	*token = (CoToken) {.kind = CO_TOKEN_END, .start = lexer->at};
	if (lexer->at == lexer->length)
		return CO_OK;
	c = text[lexer->at];
	if (is_digit(c) || c == '.')
		return lex_number(lexer, token);
	if (is_letter(c))
		return lex_word(lexer, token);
	if (c == '"' || c == '\'')
		return lex_quoted(lexer, token, c);
	lexer->at++;
	token->length = 1;
	if (c == '<' || c == '>' || c == '=' ||
		(c == ':' && lexer->at < lexer->length && text[lexer->at] == '='))
		return lex_comparison(lexer, token, c);
	if (c == '\0' || !strchr("+-*/^()[],;:", c))
		return co_lex_refuse(lexer, token->start, 1, "unexpected character \"%s\"", NULL,
							 c == '!' ? "A constraint is an equality or an inequality: ==, <= or >=." : NULL);
	token->kind = CO_TOKEN_SIGN;
	token->sign = c;
	return CO_OK;
}

void
co_lex_copy(const CoLexer *lexer, const CoToken *token, char *out)
{
	const char *from = lexer->text + token->start;
	size_t		n = token->length;
	char		quote = *from;

	if (quote != '"' && quote != '\'')
	{
		memcpy(out, from, n);
		out[n] = '\0';
		return;
	}
	for (size_t i = 1; i + 1 < n; i++)
	{
		*out++ = from[i];
		if (from[i] == quote)
			i++;
	}
	*out = '\0';
}
