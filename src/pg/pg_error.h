/*-------------------------------------------------------------------------
 *
 * pg/pg_error.h
 *	  From the core's answers to the server's errors.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_PG_PG_ERROR_H
#define CO_PG_PG_ERROR_H

#include "base/arena.h"
#include "pg/pg_compat.h"

struct Node;

/* Advice for a NULL where a number belongs. */
#define COPG_COALESCE_HINT \
	"Use coalesce() where a missing value means a number, or a WHERE clause where it means no term."

/*
 * Raise what rc says; arena and error may be NULL when there is none.
 *
 *		CO_BAD_INPUT			the text of error; 22023, or the SQLSTATE of its kind
 *		CO_NO_MEMORY			53200; 54000 when a count or size overflowed
 *		CO_MEMORY_EXCEEDED		53400, the need and constropt.max_memory
 *		CO_TIME_EXCEEDED		57014
 *		CO_CANCELED				57014 (a backend's poll does not return)
 *		CO_NO_BLAS				58P01; 53200 when there is no space for it
 *		the others				XX000: an outcome the caller had to handle
 */
extern void copg_report_rc(CoRc rc, const CoArena *arena, const CoError *error)
			pg_attribute_noreturn();

/*
 * An error to be filled, for calls that run once per row: its 776 bytes are
 * not zeroed.
 */
static inline void
copg_error_init(CoError *error)
{
	error->kind = CO_ERROR_VALUE;
	error->message[0] = error->detail[0] = error->hint[0] = '\0';
	error->position = -1;
}

static inline void
copg_check_rc(CoRc rc, const CoArena *arena, const CoError *error)
{
	if (unlikely(rc != CO_OK))
		copg_report_rc(rc, arena, error);
}

/*
 * The same for an error in a text of the user: 22P02, or that of its kind, with the place.  With a
 * context for soft errors (fcinfo->context of an input function) a
 * CO_BAD_INPUT is saved there and the function returns.
 */
extern void copg_report_text(CoRc rc, const CoArena *arena, const CoError *error,
							 const char *text, size_t length, struct Node *escontext);

/* A flat value would pass 1 GB, or constropt.max_value_size. */
extern void copg_report_size(void) pg_attribute_noreturn();

#endif							/* CO_PG_PG_ERROR_H */
