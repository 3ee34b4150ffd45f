/*-------------------------------------------------------------------------
 *
 * pg/pg_query.h
 *	  The rows of a query the user gives as text, by column name.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_PG_PG_QUERY_H
#define CO_PG_PG_QUERY_H

typedef enum CopgCellKind
{
	COPG_CELL_KEY,				/* any type, as the text of a key; never NULL */
	COPG_CELL_OPTIONAL_KEY,		/* the same, NULL allowed, column may be missing */
	COPG_CELL_NUMBER,			/* a finite number, never NULL */
	COPG_CELL_LOWER,			/* NULL and -infinity: no bound */
	COPG_CELL_UPPER,			/* NULL and infinity: no bound */
	COPG_CELL_OPTIONAL_NUMBER	/* finite; NULL: NaN; column may be missing */
} CopgCellKind;

typedef struct CopgColumn
{
	const char *name;
	CopgCellKind kind;
} CopgColumn;

typedef struct CopgCell
{
	const char *text;			/* of a key; valid until the next row */
	double		number;
} CopgCell;

#define COPG_MAX_CELLS	8

/* One row's cells, in the order of the columns asked for. */
typedef void (*CopgEachRow) (void *state, const CopgCell *cell);

/*
 * Run the query with the caller's rights, read-only, and hand over its rows.
 * Its columns are found by name; one that is missing, unknown or of a wrong
 * type is an error that names argument, the SQL argument the query came in.
 */
extern void copg_query_run(const char *argument, const char *query,
						   const CopgColumn *column, int n_column,
						   CopgEachRow each, void *state);

#endif							/* CO_PG_PG_QUERY_H */
