/*-------------------------------------------------------------------------
 *
 * expr/parse.h
 *	  The state of the parser.
 *
 * Private to expr/parse*.c: parse_expr.c reads leaves and expressions, parse.c
 * rows and problems, parse_where.c definitions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_EXPR_PARSE_H
#define CO_EXPR_PARSE_H

#include "expr/code.h"
#include "expr/lex.h"
#include "expr/terms.h"

/* What waits on the stack: an operator, or an opened parenthesis. */
typedef struct CoPending
{
	CoOp		op;				/* of a function: CO_OP_CONST for a
								 * parenthesis */
	bool		opened;
	int			n_arg;			/* function: arguments read */
	int			precedence;		/* operator */
	size_t		position;
	const char *call,			/* CO_OP_CALL: the function, and its gradient */
			   *gradient;
} CoPending;

typedef struct CoText			/* a NUL-terminated name under construction */
{
	char	   *byte;
	size_t		n,
				capacity;
} CoText;

/* Where a definition begins whose bounds wait for those of the parameters. */
typedef struct CoWaiting
{
	CoLexer		lex;
	CoToken		token;
} CoWaiting;

typedef struct CoParser
{
	CoArena    *arena;
	CoError    *error;
	CoLexer		lex;
	CoToken		token;			/* the next one, not yet taken */
	CoBuilder  *builder;
	CoTerms		terms;
	CoPending  *stack;
	int			n_stack,
				cap_stack;
	int			depth;			/* parentheses open */
	int			n_leaf;			/* leaves of the builder */
	bool		has_variable;	/* since it was last cleared */
	bool	   *is_parameter;	/* [n_defined] leaves of `where` */
	int			n_defined,
				cap_defined;
	CoWaiting  *waiting;		/* [n_waiting] */
	int			n_waiting,
				cap_waiting;
	CoText		name,
				key,
				parts;
} CoParser;

static inline bool
co_parser_at_sign(const CoParser *parser, char sign)
{
	return parser->token.sign == sign;
}

/* Take the token: parser->token is the one behind it. */
extern CoRc co_parser_next(CoParser *parser);
extern bool co_parser_at_word(const CoParser *parser, const char *word);

/* A syntax error at the token. */
extern CoRc co_parser_refuse(CoParser *parser, const char *expected);
extern CoRc co_parser_expect_sign(CoParser *parser, char sign, const char *expected);

/* Bad input found by another module is blamed on position. */
extern CoRc co_parser_blame(CoParser *parser, CoRc rc, size_t position);

/* leaf := name [ '[' key { ',' key } ']' ]; key is NULL without brackets */
extern CoRc co_parser_leaf(CoParser *parser, const char **name, const char **key);
extern CoRc co_parser_add_leaf(CoParser *parser, const CoLeafDef *def, int *index);

/* Leaves one operand on the stack of terms, and the first token behind it. */
extern CoRc co_parser_expression(CoParser *parser);

/*
 * Reads the definitions, if there are any, and puts the lexer back to the
 * beginning of a text that now ends in front of them.
 */
extern CoRc co_parser_definitions(CoParser *parser);

#endif							/* CO_EXPR_PARSE_H */
