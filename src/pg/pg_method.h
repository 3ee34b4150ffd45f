/*-------------------------------------------------------------------------
 *
 * pg/pg_method.h
 *	  The methods users name, and which problems they take.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_PG_PG_METHOD_H
#define CO_PG_PG_METHOD_H

#include "nlp/lower.h"
#include "pg/pg_solve.h"

/* A sentence that lists them. */
extern char *copg_method_hint(void);

/* Sets the request's method, or raises. */
extern void copg_method_find(const char *word, CopgRequest *request);

/* Raises where the problem's class is not one the method takes. */
extern void copg_method_check(const CopgRequest *request, const CoLowered *lowered);

/* The same for what the nonlinear form adds to that. */
extern void copg_method_check_rows(const CopgRequest *request, const CoNlp *nlp);

/* Does the problem go to the convex solver first? */
extern bool copg_method_is_convex(const CopgRequest *request, const CoLowered *lowered);

/* A method by whose name the user says that the problem is a QP. */
extern bool copg_method_wants_qp(CopgMethod method);

/* "objective", "constraint sector['tech']" or "constraint number 3" */
extern void copg_describe_row(const CoBlock *problem, int row, char *out, size_t size);

#endif							/* CO_PG_PG_METHOD_H */
