/*-------------------------------------------------------------------------
 *
 * expr/mps.h
 *	  What has been read of an MPS or QPS text.
 *
 * Private to expr/mps*.c: mps.c splits lines and names sections,
 * mps_sections.c reads their lines, mps_build.c makes the block.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_EXPR_MPS_H
#define CO_EXPR_MPS_H

#include "expr/text.h"

typedef struct CoMpsName		/* bytes of the text, without a NUL */
{
	const char *text;
	int			length;
} CoMpsName;

typedef struct CoMpsNames		/* names by number, and numbers by name */
{
	CoMpsName  *name;
	int		   *slot;			/* [2 * capacity] open addressing, -1: empty */
	int			n,
				capacity;		/* a power of two, or 0 */
} CoMpsNames;

/* In the order in which they may follow one another; see section_table. */
typedef enum CoMpsSection
{
	CO_MPS_NONE,
	CO_MPS_NAME,
	CO_MPS_OBJSENSE,
	CO_MPS_OBJNAME,
	CO_MPS_ROWS,
	CO_MPS_COLUMNS,
	CO_MPS_RHS,
	CO_MPS_RANGES,
	CO_MPS_BOUNDS,
	CO_MPS_QUADOBJ,				/* one triangle */
	CO_MPS_QMATRIX,				/* both triangles */
	CO_MPS_ENDATA
} CoMpsSection;

typedef struct CoMpsRow
{
	char		type;			/* N, L, G or E */
	bool		has_rhs,
				has_range;
	int			last_column;	/* that has an entry here; -1: none */
	double		rhs,
				range;
} CoMpsRow;

typedef struct CoMpsColumn
{
	double		lower,
				upper;
	bool		has_lower;		/* given, not the 0 that is understood */
} CoMpsColumn;

typedef struct CoMpsEntry		/* of the matrix: row, column; of the
								 * objective: two columns */
{
	double		value;
	int			i,
				j;
	int			line;			/* quadratic entries */
} CoMpsEntry;

typedef struct CoMpsEntries
{
	CoMpsEntry *entry;
	int			n,
				capacity;
} CoMpsEntries;

#define CO_MPS_FIELDS	6

typedef struct CoMps
{
	CoArena    *arena;
	CoError    *error;
	const char *text,
			   *end;
	bool		fixed;			/* fields by columns, not by blanks */

	CoMpsName	line;
	int			line_number;
	CoMpsName	field[CO_MPS_FIELDS + 1];
	int			n_field;

	CoMpsSection section;
	unsigned	seen;			/* bits of CoMpsSection */
	CoMpsName	objective_name;
	CoMpsName	set[CO_MPS_ENDATA]; /* the set of RHS, RANGES and BOUNDS */
	bool		maximize,
				in_integer;		/* between INTORG and INTEND */
	int			objective;		/* row; -1: none */
	int			current;		/* column being read; -1: none */

	CoMpsNames	row_names,
				column_names;
	CoMpsRow   *row;
	CoMpsColumn *column;
	int			cap_row,
				cap_column;
	CoMpsEntries matrix,
				quadratic;
} CoMps;

/* mps.c */
extern bool co_mps_same(const CoMpsName *name, const char *word);
extern int	co_mps_find(const CoMpsNames *names, const CoMpsName *name);
extern CoRc co_mps_enter(CoMps *mps, CoMpsNames *names, const CoMpsName *name);

/* "line 12: " and the message, with the name for %s (NULL: the line). */
extern CoRc co_mps_refuse(CoMps *mps, const CoMpsName *name, const char *message,
						  const char *detail, const char *hint);

/* mps_sections.c: one line of the section, its fields split. */
extern CoRc co_mps_read_line(CoMps *mps);
extern CoRc co_mps_choose_objective(CoMps *mps);

/* mps_build.c */
extern CoRc co_mps_build(CoMps *mps, CoBlock *out);

#endif							/* CO_EXPR_MPS_H */
