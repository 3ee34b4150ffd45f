/*-------------------------------------------------------------------------
 *
 * expr/print_code.h
 *	  The text under construction, and formulas in it.
 *
 * Private to expr/print*.c.  Memory failures are sticky in the arena and
 * answered by co_print_poll and co_print_finish.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_EXPR_PRINT_CODE_H
#define CO_EXPR_PRINT_CODE_H

#include "expr/code.h"
#include "expr/text.h"

typedef struct CoPrinter
{
	CoArena    *arena;
	const CoBlock *block;
	int			max_terms;		/* of one sum; 0: all */
	char	   *byte;
	size_t		n,
				capacity,
				polled;			/* n at the last poll */
	struct CoPrintTree *tree;	/* memory of co_print_code_term */
} CoPrinter;

extern void co_print_text(CoPrinter *printer, const char *text);
extern void co_print_number(CoPrinter *printer, double value);

/* " + 2" or " - 2" */
extern void co_print_signed(CoPrinter *printer, double value);

/* What stands before a term: " + 2*", " - ", or at the first one "-2*", "" */
extern void co_print_coefficient(CoPrinter *printer, double coef, bool first);

/* name['k1','k2'], quoted where the grammar needs it */
extern void co_print_name(CoPrinter *printer, const char *name, const char *key);
extern void co_print_leaf(CoPrinter *printer, int leaf);

/* scale times a formula, as a term of a sum */
extern CoRc co_print_code_term(CoPrinter *printer, const CoCodeTerm *term, bool first);

extern CoRc co_print_poll(CoPrinter *printer);
extern CoRc co_print_finish(CoPrinter *printer, char **text, size_t *length);

#endif							/* CO_EXPR_PRINT_CODE_H */
