/*-------------------------------------------------------------------------
 *
 * expr/mps.c
 *	  MPS and QPS texts: lines, fields and sections.
 *
 * The format is that of IBM's MPS/360 with the extensions of QPS (I. Maros,
 * C. Meszaros, A repository of convex quadratic programming problems,
 * Optimization Methods and Software 11 (1999) 671-681) and of common writers.
 * Where readers differ, this one does as follows.
 *
 *	- Fields are separated by blanks.  Where a text cannot be read so, it is
 *	  read by the columns 2-3, 5-12, 15-22, 25-36, 40-47 and 50-61 instead,
 *	  which names with blanks need.
 *	- The first row of type N, or the one OBJNAME names, is the objective;
 *	  other rows of type N bind nothing and are dropped.  Without one the
 *	  problem is one of feasibility.
 *	- The right-hand side of the objective is minus its constant.
 *	- A negative upper bound of a column without a lower one makes its lower
 *	  bound -infinity; UP 0 leaves it at 0.
 *	- MI removes the lower bound and leaves the upper one alone.
 *	- Bounds of 1e30 and more in magnitude are none.
 *	- QUADOBJ and QSECTION list one triangle, QMATRIX both, of the matrix P
 *	  of x'Px/2.
 *	- What is given twice (a row, a column, an entry, a right-hand side, a
 *	  range, a quadratic term) and what belongs to a second set of
 *	  right-hand sides, ranges or bounds is an error.  A second bound of the
 *	  same kind replaces the first.
 *
 *-------------------------------------------------------------------------
 */
#include "expr/mps.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Lines between two polls: about 10 ms. */
#define POLL_LINES		20000
#define POLL_NAMES		100000	/* cache misses */

/*
 * No line of use is longer; a longer one would be an unpolled loop, and is no
 * MPS anyway.
 */
#define MAX_LINE		1000000

#define FIRST_NAMES		64

/* FNV-1a, as of leaves. */
#define FNV_BASIS		UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME		UINT64_C(0x100000001b3)

typedef struct Section
{
	const char *word;
	CoMpsSection section;
	const char *refusal;		/* why it cannot be read; NULL if it can */
} Section;

static const Section section_table[] = {
	{"NAME", CO_MPS_NAME, NULL},
	{"OBJSENSE", CO_MPS_OBJSENSE, NULL},
	{"OBJSENS", CO_MPS_OBJSENSE, NULL},
	{"OBJNAME", CO_MPS_OBJNAME, NULL},
	{"OBJECTIVE", CO_MPS_OBJNAME, NULL},
	{"ROWS", CO_MPS_ROWS, NULL},
	{"COLUMNS", CO_MPS_COLUMNS, NULL},
	{"RHS", CO_MPS_RHS, NULL},
	{"RANGES", CO_MPS_RANGES, NULL},
	{"BOUNDS", CO_MPS_BOUNDS, NULL},
	{"QUADOBJ", CO_MPS_QUADOBJ, NULL},
	{"QSECTION", CO_MPS_QUADOBJ, NULL},
	{"QMATRIX", CO_MPS_QMATRIX, NULL},
	{"ENDATA", CO_MPS_ENDATA, NULL},
	{"QCMATRIX", CO_MPS_NONE, "quadratic constraints are not supported"},
	{"SOS", CO_MPS_NONE, "special ordered sets are not supported"},
	{"SOS1", CO_MPS_NONE, "special ordered sets are not supported"},
	{"SOS2", CO_MPS_NONE, "special ordered sets are not supported"},
	{"SETS", CO_MPS_NONE, "special ordered sets are not supported"},
	{"INDICATORS", CO_MPS_NONE, "indicator constraints are not supported"},
	{"LAZYCONS", CO_MPS_NONE, "lazy constraints are not supported"},
	{"USERCUTS", CO_MPS_NONE, "user cuts are not supported"},
	{"GENCONS", CO_MPS_NONE, "general constraints are not supported"},
	{"CSECTION", CO_MPS_NONE, "cones are not supported"}
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

bool
co_mps_same(const CoMpsName *name, const char *word)
{
	return (size_t) name->length == strlen(word) &&
		memcmp(name->text, word, (size_t) name->length) == 0;
}

static size_t
name_slot(const CoMpsName *name, int capacity)
{
	uint64_t	hash = FNV_BASIS;

	for (int i = 0; i < name->length; i++)
		hash = (hash ^ (uint8_t) name->text[i]) * FNV_PRIME;
	return (size_t) (hash ^ (hash >> 32)) & (2 * (size_t) capacity - 1);
}

/* The slot of the name, or the empty one where it belongs. */
static size_t
probe(const CoMpsNames *names, const CoMpsName *name)
{
	size_t		at = name_slot(name, names->capacity);
	int			k;

	while ((k = names->slot[at]) >= 0 &&
		   !(names->name[k].length == name->length &&
			 memcmp(names->name[k].text, name->text, (size_t) name->length) == 0))
		at = (at + 1) & (2 * (size_t) names->capacity - 1);
	return at;
}

int
co_mps_find(const CoMpsNames *names, const CoMpsName *name)
{
	return names->capacity > 0 ? names->slot[probe(names, name)] : -1;
}

static CoRc
grow_names(CoMps *mps, CoMpsNames *names)
{
	int			capacity = names->capacity > 0 ? 2 * names->capacity : FIRST_NAMES;
	size_t		slots = 2 * (size_t) capacity;
	CoMpsNames	next = {.n = names->n, .capacity = capacity};
	CoRc		rc = CO_OK;

	if (names->capacity > INT_MAX / 4)
		co_take(mps->arena, SIZE_MAX, 1);
	next.name = co_take_grown(mps->arena, names->name, (size_t) names->n, (size_t) capacity,
							  sizeof *next.name);
	next.slot = co_take_ints(mps->arena, slots);
	if (co_arena_failed(mps->arena))
		return co_arena_failed(mps->arena);
	memset(next.slot, -1, slots * sizeof(int));
	for (int k = 0; k < next.n && !rc; k++)
	{
		next.slot[probe(&next, &next.name[k])] = k;
		if (k % POLL_NAMES == POLL_NAMES - 1)
			rc = co_poll(mps->arena);
	}
	*names = next;
	return rc;
}

/* Adds a name that is not there yet; its number is names->n - 1. */
CoRc
co_mps_enter(CoMps *mps, CoMpsNames *names, const CoMpsName *name)
{
	CoRc		rc;

	if (names->n == names->capacity && (rc = grow_names(mps, names)))
		return rc;
	names->slot[probe(names, name)] = names->n;
	names->name[names->n++] = *name;
	return CO_OK;
}

CoRc
co_mps_refuse(CoMps *mps, const CoMpsName *name, const char *message,
			  const char *detail, const char *hint)
{
	CoError    *error = mps->error;
	char		shown[64];
	const CoMpsName *at = name ? name : &mps->line;
	int			n = at->length;
	int			start;

	/* Cut before a whole UTF-8 character. */
	if (n > (int) sizeof shown - 1)
		for (n = (int) sizeof shown - 1; n > 0 && (at->text[n] & 0xc0) == 0x80; n--)
			;
	for (int i = 0; i < n; i++)
		shown[i] = (unsigned char) at->text[i] < ' ' ? '?' : at->text[i];
	shown[n] = '\0';
	memset(error, 0, sizeof *error);
	error->position = (int) (at->text - mps->text);
	start = snprintf(error->message, sizeof error->message, "line %d: ", mps->line_number);
	snprintf(error->message + start, sizeof error->message - (size_t) start, message, shown);
	if (detail)
		snprintf(error->detail, sizeof error->detail, detail, shown);
	if (hint)
		snprintf(error->hint, sizeof error->hint, "%s", hint);
	return CO_BAD_INPUT;
}

/* Fields between blanks. */
static CoRc
split_free(CoMps *mps)
{
	const char *p = mps->line.text;
	const char *end = p + mps->line.length;

	for (mps->n_field = 0;; mps->n_field++)
	{
		const char *start;

		while (p < end && is_blank(*p))
			p++;
		if (p == end)
			return CO_OK;
		if (mps->n_field == CO_MPS_FIELDS)
			return co_mps_refuse(mps, NULL, "too many fields", NULL, NULL);
		for (start = p; p < end && !is_blank(*p); p++)
			;
		mps->field[mps->n_field] = (CoMpsName) {start, (int) (p - start)};
	}
}

/* The bytes from column first to column last (from 1), without outer blanks. */
static CoMpsName
cut_columns(const CoMpsName *line, int first, int last)
{
	const char *from = line->text + first - 1;
	const char *end = line->text + (last < line->length ? last : line->length);

	if (first > line->length)
		return (CoMpsName) {line->text + line->length, 0};
	while (from < end && is_blank(*from))
		from++;
	while (end > from && is_blank(end[-1]))
		end--;
	return (CoMpsName) {from, (int) (end - from)};
}

static bool
is_blank_column(const CoMpsName *line, int column)
{
	return column > line->length || is_blank(line->text[column - 1]);
}

/*
 * Fields of fixed columns in the order free ones have: the first column only
 * where the section uses it.  Numbers may run up to the next field.
 */
static CoRc
split_fixed(CoMps *mps)
{
	const CoMpsName *line = &mps->line;
	const CoMpsName cut[6] = {
		cut_columns(line, 2, 3), cut_columns(line, 5, 12), cut_columns(line, 15, 22),
		cut_columns(line, 25, 39), cut_columns(line, 40, 47), cut_columns(line, 50, INT_MAX)
	};
	bool		typed = mps->section == CO_MPS_ROWS || mps->section == CO_MPS_BOUNDS;
	int			first = typed ? 0 : 1;

	if (!is_blank_column(line, 4) || !is_blank_column(line, 13) || !is_blank_column(line, 14) ||
		!is_blank_column(line, 23) || !is_blank_column(line, 24) ||
		(cut[4].length > 0 && !is_blank_column(line, 39)) ||
		!is_blank_column(line, 48) || !is_blank_column(line, 49) ||
		(!typed && cut[0].length > 0))
		return co_mps_refuse(mps, NULL, "fields are not in the columns of the fixed format",
							 NULL, NULL);
	mps->n_field = 0;
	for (int k = first; k < 6; k++)
		mps->field[mps->n_field++] = cut[k];
	if (!typed && co_mps_same(&cut[2], "'MARKER'"))
	{
		mps->field[2] = cut[4];
		mps->n_field = 3;
	}
	while (mps->n_field > 0 && mps->field[mps->n_field - 1].length == 0)
		mps->n_field--;
	return CO_OK;
}

/* A line that begins a section: its first word, and what may stand behind it. */
static CoRc
begin_section(CoMps *mps)
{
	const CoMpsName *word = &mps->field[0];
	const Section *found = NULL;
	CoRc		rc = split_free(mps);

	/* A title may have any number of words. */
	if (rc && !co_mps_same(word, "NAME"))
		return rc;
	for (size_t k = 0; k < sizeof section_table / sizeof *section_table && !found; k++)
		if (co_mps_same(word, section_table[k].word))
			found = &section_table[k];
	if (!found)
		return co_mps_refuse(mps, word, "unknown section \"%s\"", NULL,
							 "Lines with data begin with a blank.");
	if (found->refusal)
	{
		co_mps_refuse(mps, word, found->refusal, "The text has a section %s.", NULL);
		return co_error_as(mps->error, CO_ERROR_UNSUPPORTED);
	}
	if (mps->seen & (1u << found->section))
		return co_mps_refuse(mps, word, "second section %s", NULL, NULL);
	if (found->section > CO_MPS_COLUMNS && !(mps->seen & (1u << CO_MPS_COLUMNS)))
		return co_mps_refuse(mps, word, "section %s in front of COLUMNS", NULL, NULL);
	if (found->section == CO_MPS_COLUMNS && !(mps->seen & (1u << CO_MPS_ROWS)))
		return co_mps_refuse(mps, word, "section %s in front of ROWS", NULL, NULL);
	if ((found->section == CO_MPS_QUADOBJ || found->section == CO_MPS_QMATRIX) &&
		(mps->seen & (1u << CO_MPS_QUADOBJ | 1u << CO_MPS_QMATRIX)))
		return co_mps_refuse(mps, word, "second quadratic section %s", NULL, NULL);
	mps->section = found->section;
	mps->seen |= 1u << found->section;
	mps->current = -1;
	if (found->section == CO_MPS_COLUMNS)
		return co_mps_choose_objective(mps);
	if (mps->n_field == 1 || found->section == CO_MPS_NAME || found->section == CO_MPS_ENDATA ||
		co_mps_same(word, "QSECTION"))
		return CO_OK;
	if (found->section != CO_MPS_OBJSENSE && found->section != CO_MPS_OBJNAME)
		return co_mps_refuse(mps, &mps->field[1], "unexpected \"%s\" behind the name of a section",
							 NULL, NULL);
	mps->field[0] = mps->field[1];
	mps->n_field--;
	return co_mps_read_line(mps);
}

/* Sets mps->line to the next line without its end; false behind the last. */
static bool
next_line(CoMps *mps, const char **at)
{
	const char *start = *at;
	const char *stop;

	if (start == mps->end)
		return false;
	stop = memchr(start, '\n', (size_t) (mps->end - start));
	*at = stop ? stop + 1 : mps->end;
	if (!stop)
		stop = mps->end;
	mps->line_number++;
	mps->line.text = start;
	mps->line.length = stop - start > MAX_LINE ? MAX_LINE + 1 : (int) (stop - start);
	while (mps->line.length > 0 && is_blank(start[mps->line.length - 1]))
		mps->line.length--;
	return true;
}

static CoRc
read_line(CoMps *mps)
{
	char		first = *mps->line.text;
	CoRc		rc;

	if (mps->line.length > MAX_LINE)
		return co_mps_refuse(mps, NULL, "line is too long", NULL, NULL);
	if (!is_blank(first) && mps->section != CO_MPS_OBJSENSE)
		return begin_section(mps);
	rc = mps->fixed && mps->section >= CO_MPS_ROWS ? split_fixed(mps) : split_free(mps);

	/* MAX and MIN are seen in the first column too. */
	if (!rc && !is_blank(first) && !(mps->field[0].length >= 3 &&
									 (memcmp(mps->field[0].text, "MAX", 3) == 0 ||
									  memcmp(mps->field[0].text, "MIN", 3) == 0)))
		return begin_section(mps);
	return rc ? rc : co_mps_read_line(mps);
}

static CoRc
read_text(CoMps *mps)
{
	const char *at = mps->text;
	CoRc		rc = CO_OK;

	while (!rc && mps->section != CO_MPS_ENDATA && next_line(mps, &at))
	{
		if (mps->line.length > 0 && *mps->line.text != '*')
			rc = read_line(mps);
		if (!rc && mps->line_number % POLL_LINES == 0)
			rc = co_poll(mps->arena);
	}
	if (!rc && mps->section != CO_MPS_ENDATA)
		return co_mps_refuse(mps, NULL, "ENDATA is missing", NULL, "The text may have been cut.");
	return rc;
}

static CoRc
read_as(CoMps *mps, CoArena *arena, const char *text, size_t length, bool fixed, CoError *error)
{
	*mps = (CoMps) {
		.arena = arena,
		.error = error,
		.text = text,
		.end = text + length,
		.fixed = fixed,
		.line = {text, 0},
		.objective = -1,
		.current = -1
	};
	memset(error, 0, sizeof *error);
	error->position = -1;
	return read_text(mps);
}

CoRc
co_read_mps(CoArena *arena, const char *text, size_t length, CoBlock *out, CoError *error)
{
	CoMps		mps;
	CoMark		mark = co_mark(arena);
	CoRc		rc = read_as(&mps, arena, text, length, false, error);

	if (rc == CO_BAD_INPUT)
	{
		CoError		fixed_error;
		int			line = mps.line_number;

		/* The format that got further knows better what is wrong. */
		co_rewind(arena, mark);
		rc = read_as(&mps, arena, text, length, true, &fixed_error);
		mps.error = error;
		if (rc == CO_BAD_INPUT && mps.line_number > line)
			*error = fixed_error;
	}
	return rc ? rc : co_mps_build(&mps, out);
}
