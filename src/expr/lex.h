/*-------------------------------------------------------------------------
 *
 * expr/lex.h
 *	  The words of a text (grammar in expr/text.h).
 *
 * Bytes, not characters: every byte from 0x80 up is a letter, so any encoding
 * that keeps ASCII apart (all server encodings do) passes through unharmed.
 * Upper and lower case differ in names and keys; the words of the grammar and
 * the functions are read in either case.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_EXPR_LEX_H
#define CO_EXPR_LEX_H

#include "expr/text.h"

typedef enum CoTokenKind
{
	CO_TOKEN_END,
	CO_TOKEN_NUMBER,			/* without a sign; also inf and infinity */
	CO_TOKEN_NAME,				/* identifier or "quoted" */
	CO_TOKEN_STRING,			/* 'quoted' */
	CO_TOKEN_LESS_EQUAL,
	CO_TOKEN_GREATER_EQUAL,
	CO_TOKEN_EQUAL,				/* == */
	CO_TOKEN_ASSIGN,			/* := */
	CO_TOKEN_SIGN				/* any other: the byte itself, in sign */
} CoTokenKind;

typedef struct CoToken
{
	CoTokenKind kind;
	char		sign;			/* CO_TOKEN_SIGN, otherwise NUL */
	size_t		start,			/* in bytes, with quotes */
				length;
	double		number;
} CoToken;

typedef struct CoLexer
{
	CoArena    *arena;
	const char *text;
	size_t		length,
				at;				/* first byte not yet read */
	size_t		polled;			/* where poll was asked last */
	CoError    *error;
} CoLexer;

/* Reads the next token; CO_BAD_INPUT with *error where there is none. */
extern CoRc co_lex_next(CoLexer *lexer, CoToken *token);

/* The text of a name, string or other token without its quotes; out has room for length + 1. */
extern void co_lex_copy(const CoLexer *lexer, const CoToken *token, char *out);

/* A bare name that is this word, in either case. */
extern bool co_lex_is_word(const CoLexer *lexer, const CoToken *token, const char *word);

/* Fills *error: message (with the text at the token for %s), detail and hint may be NULL. */
extern CoRc co_lex_refuse(const CoLexer *lexer, size_t position, size_t length,
						  const char *message, const char *detail, const char *hint);

/* Can a name stand in a text without quotes? */
extern bool co_lex_is_plain(const char *name);

#endif							/* CO_EXPR_LEX_H */
