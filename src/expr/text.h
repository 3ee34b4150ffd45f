/*-------------------------------------------------------------------------
 *
 * expr/text.h
 *	  Texts to blocks and back.
 *
 *		problem		:= ('minimize' | 'maximize') expr [ 'subject' 'to' rows ] [ where ]
 *					 | 'feasible' [ 'subject' 'to' rows ] [ where ]
 *		rows		:= [ row { ';' row } [ ';' ] ]
 *		row			:= [ leaf ':' ] expr rel expr | [ leaf ':' ] number rel expr rel number
 *		rel			:= '<=' | '>=' | '=='
 *		expr		:= term { ('+' | '-') term }
 *		term		:= power { ('*' | '/') power }
 *		power		:= unary { '^' unary }
 *		unary		:= { '-' | '+' } primary
 *		primary		:= number | leaf | function '(' expr { ',' expr } ')' | '(' expr ')'
 *					 | 'call' '(' 'string' [ ',' 'string' ] ',' expr { ',' expr } ')'
 *		leaf		:= name [ '[' key { ',' key } ']' ]
 *		name		:= identifier | '"' any '"'
 *		key			:= 'string' | number | identifier
 *		where		:= 'where' def { ',' def }
 *		def			:= leaf ':=' number | leaf 'in' '[' bound ',' bound ']' [ 'start' number ]
 *					 | leaf 'free' [ 'start' number ] | leaf 'undefined'
 *		bound		:= number | expr of the parameters defined, in any order
 *
 * Precedence is PostgreSQL's: unary minus binds tighter than ^, and ^ is left
 * associative, so -2^2 = 4 and 2^3^2 = 64, as in SQL.  Names and keys are taken
 * as they are written, the words of the grammar and the functions in either
 * case; `inf` and `infinity` are numbers.  Numbers print in the
 * shortest form that reads back to the same double.  Several keys in brackets
 * make the key text PostgreSQL's row type prints: ship['p1','m2'] has the key
 * (p1,m2).  Where the leaves of a block are not all plain names in the order
 * of their appearance, the text lists them all in `where`, so that reading a
 * printed text gives the same bytes again.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_EXPR_TEXT_H
#define CO_EXPR_TEXT_H

#include "expr/builder.h"

/* text: length bytes, any encoding whose bytes >= 0x80 are letters. */
extern CoRc co_parse(CoArena *arena, const char *text, size_t length, CoBlockKind kind,
					 CoBlock *out, CoError *error);

/* A NUL-terminated text in the arena. */
extern CoRc co_print(CoArena *arena, const CoBlock *block, char **text, size_t *length);

/* One row's body, its terms limited to max_terms (0: all), without `where`. */
extern CoRc co_print_row(CoArena *arena, const CoBlock *block, int row, int max_terms,
						 char **text, size_t *length);

/* A formula over the block's leaves, in out, cut to size with a trailing "...". */
extern CoRc co_print_formula(CoArena *arena, const CoBlock *block, CoCodeTerms formula,
							 char *out, size_t size);

/* Shortest text that reads back exactly; at least 32 bytes; "inf", "-inf", "nan". */
extern int	co_print_double(double value, char *out);

/*
 * Reads all of text[0..length) or fails; inf, -inf and infinity are accepted.
 * What overflows, or underflows to 0, is refused; *value then is infinite, and
 * NaN where the text is no number at all.
 */
extern bool co_parse_double(const char *text, size_t length, double *value);

/* Key text of several components, quoted as PostgreSQL's row output quotes. */
extern CoRc co_key_join(CoArena *arena, int n, const char *const *part, char **key);

/*
 * MPS or QPS, free or fixed form, to a problem block; where readers differ, as
 * expr/mps.c says.
 */
extern CoRc co_read_mps(CoArena *arena, const char *text, size_t length,
						CoBlock *out, CoError *error);

#endif							/* CO_EXPR_TEXT_H */
