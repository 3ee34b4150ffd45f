/*-------------------------------------------------------------------------
 *
 * nlread.h
 *	  Reader of AMPL's .nl files, the text kind ("g"), as an NlpProblem whose
 *	  text is of the language: variables x1 .. xn and constraints c1 .. cm in
 *	  the file's order, defined variables written out.
 *
 * [Gay05] D. M. Gay, "Writing .nl files", Sandia report 2005-7907P.
 *
 *-------------------------------------------------------------------------
 */
#ifndef NLREAD_H
#define NLREAD_H

#include "nlpdata.h"

typedef struct NlFile NlFile;

/*
 * NULL: no such file, or *why says what of it the language has no word for;
 * what *out points to lives until nl_close.
 */
extern NlFile *nl_open(const char *path, NlpProblem *out, const char **why);
extern void nl_close(NlFile *file);

#endif							/* NLREAD_H */
