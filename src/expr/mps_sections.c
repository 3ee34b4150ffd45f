/*-------------------------------------------------------------------------
 *
 * expr/mps_sections.c
 *	  MPS and QPS texts: the lines of each section.
 *
 *-------------------------------------------------------------------------
 */
#include <limits.h>
#include <math.h>
#include <string.h>

#include "expr/mps.h"

#define FIRST_ENTRIES	256

/* From here on a bound means that there is none, as written by many codes. */
#define NO_BOUND		1e30

/* Longest number with a D for its exponent. */
#define MAX_FORTRAN		64

/* Room for one more of count elements of size bytes. */
static CoRc
grow(CoMps *mps, void **array, int count, int *capacity, size_t size)
{
	int			wanted = *capacity > 0 ? 2 * *capacity : FIRST_ENTRIES;

	if (count < *capacity)
		return CO_OK;
	if (*capacity > INT_MAX / 4)
		co_take(mps->arena, SIZE_MAX, 1);
	*array = co_take_grown(mps->arena, *array, (size_t) count, (size_t) wanted, size);
	*capacity = wanted;
	return co_arena_failed(mps->arena);
}

static CoRc
add_entry(CoMps *mps, CoMpsEntries *entries, int i, int j, double value)
{
	void	   *array = entries->entry;
	CoRc		rc = grow(mps, &array, entries->n, &entries->capacity, sizeof *entries->entry);

	if (rc)
		return rc;
	entries->entry = array;
	entries->entry[entries->n++] = (CoMpsEntry) {value, i, j, mps->line_number};
	return CO_OK;
}

/* 1.5D+3 as 1.5E+3 */
static bool
parse_fortran(const CoMpsName *field, double *value)
{
	char		copy[MAX_FORTRAN];

	if (field->length > MAX_FORTRAN)
		return false;
	for (int i = 0; i < field->length; i++)
		copy[i] = field->text[i] == 'D' || field->text[i] == 'd' ? 'e' : field->text[i];
	return co_parse_double(copy, (size_t) field->length, value);
}

/* A number; zero has no sign. */
static CoRc
read_number(CoMps *mps, const CoMpsName *field, bool may_be_infinite, double *value)
{
	if (!co_parse_double(field->text, (size_t) field->length, value) &&
		!parse_fortran(field, value))
	{
		co_mps_refuse(mps, field, "invalid or out-of-range number \"%s\"", NULL, NULL);
		return co_error_as(mps->error, isnan(*value) ? CO_ERROR_VALUE : CO_ERROR_RANGE);
	}
	if (!may_be_infinite && !isfinite(*value))
		return co_mps_refuse(mps, field, "number \"%s\" must be finite", NULL, NULL);
	*value += 0.0;
	return CO_OK;
}

static CoRc
find_row(CoMps *mps, const CoMpsName *name, int *row)
{
	*row = co_mps_find(&mps->row_names, name);
	return *row >= 0 ? CO_OK : co_mps_refuse(mps, name, "unknown row \"%s\"", NULL, NULL);
}

static CoRc
find_column(CoMps *mps, const CoMpsName *name, int *column)
{
	*column = co_mps_find(&mps->column_names, name);
	return *column >= 0 ? CO_OK : co_mps_refuse(mps, name, "unknown column \"%s\"", NULL, NULL);
}

/* A set or column and pairs behind it; in free form the set may be missing. */
static CoRc
check_pairs(CoMps *mps, bool set_is_optional)
{
	if (set_is_optional && !mps->fixed && mps->n_field % 2 == 0)
	{
		memmove(mps->field + 1, mps->field, (size_t) mps->n_field * sizeof *mps->field);
		mps->field[0].length = 0;
		mps->n_field++;
	}
	if (mps->n_field != 3 && mps->n_field != 5)
		return co_mps_refuse(mps, NULL, "expected a name and one or two pairs of a name and a number",
							 NULL, NULL);
	return CO_OK;
}

/* Only one set of right-hand sides, ranges and bounds can be meant. */
static CoRc
check_set(CoMps *mps, const CoMpsName *name)
{
	CoMpsName  *set = &mps->set[mps->section];

	if (!set->text)
		*set = *name;
	if (set->length == name->length && memcmp(set->text, name->text, (size_t) name->length) == 0)
		return CO_OK;
	return co_mps_refuse(mps, name, "second set \"%s\" in one section", NULL,
						 "Leave only the set that is meant.");
}

static CoRc
read_objsense(CoMps *mps)
{
	const CoMpsName *word = &mps->field[0];

	mps->maximize = co_mps_same(word, "MAX") || co_mps_same(word, "MAXIMIZE") ||
		co_mps_same(word, "MAXIMISE");
	if (mps->maximize || co_mps_same(word, "MIN") || co_mps_same(word, "MINIMIZE") ||
		co_mps_same(word, "MINIMISE"))
		return CO_OK;
	return co_mps_refuse(mps, word, "expected MAX or MIN, not \"%s\"", NULL, NULL);
}

static CoRc
read_row(CoMps *mps)
{
	const CoMpsName *type = &mps->field[0];
	const CoMpsName *name = &mps->field[1];
	void	   *array = mps->row;
	CoRc		rc;

	if (mps->n_field != 2 || type->length != 1 || !strchr("NLGEnlge", *type->text))
		return co_mps_refuse(mps, NULL, "expected a type (N, L, G or E) and the name of a row",
							 NULL, NULL);
	if (co_mps_find(&mps->row_names, name) >= 0)
		return co_mps_refuse(mps, name, "second row \"%s\"", NULL, NULL);
	if ((rc = grow(mps, &array, mps->row_names.n, &mps->cap_row, sizeof *mps->row)))
		return rc;
	mps->row = array;
	mps->row[mps->row_names.n] = (CoMpsRow) {
		.type = *type->text & ~0x20,
		.last_column = -1
	};
	return co_mps_enter(mps, &mps->row_names, name);
}

CoRc
co_mps_choose_objective(CoMps *mps)
{
	const CoMpsName *name = &mps->objective_name;

	if (name->length > 0)
	{
		mps->objective = co_mps_find(&mps->row_names, name);
		if (mps->objective < 0 || mps->row[mps->objective].type != 'N')
			return co_mps_refuse(mps, name, "objective \"%s\" is no row of type N", NULL, NULL);
		return CO_OK;
	}
	for (int r = 0; r < mps->row_names.n && mps->objective < 0; r++)
		if (mps->row[r].type == 'N')
			mps->objective = r;
	return CO_OK;
}

static CoRc
read_marker(CoMps *mps)
{
	const CoMpsName *word = &mps->field[2];

	if (mps->n_field != 3 || !(co_mps_same(word, "'INTORG'") || co_mps_same(word, "'INTEND'")))
		return co_mps_refuse(mps, mps->n_field > 2 ? word : NULL,
							 "marker is neither 'INTORG' nor 'INTEND'", NULL, NULL);
	mps->in_integer = co_mps_same(word, "'INTORG'");
	return CO_OK;
}

static CoRc
begin_column(CoMps *mps, const CoMpsName *name)
{
	void	   *array = mps->column;
	CoRc		rc;

	if (co_mps_find(&mps->column_names, name) >= 0)
		return co_mps_refuse(mps, name, "entries of column \"%s\" are not together", NULL, NULL);
	if (mps->in_integer)
	{
		co_mps_refuse(mps, name, "integer variables are not supported",
					  "Column \"%s\" stands behind a marker 'INTORG'.", NULL);
		return co_error_as(mps->error, CO_ERROR_UNSUPPORTED);
	}
	if ((rc = grow(mps, &array, mps->column_names.n, &mps->cap_column, sizeof *mps->column)))
		return rc;
	mps->column = array;
	mps->current = mps->column_names.n;
	mps->column[mps->current] = (CoMpsColumn) {.lower = 0.0, .upper = INFINITY};
	return co_mps_enter(mps, &mps->column_names, name);
}

static CoRc
read_column(CoMps *mps)
{
	const CoMpsName *name = &mps->field[0];
	CoRc		rc;

	if (mps->n_field >= 2 && co_mps_same(&mps->field[1], "'MARKER'"))
		return read_marker(mps);
	if ((rc = check_pairs(mps, false)))
		return rc;
	if (mps->current < 0 || mps->column_names.name[mps->current].length != name->length ||
		memcmp(mps->column_names.name[mps->current].text, name->text, (size_t) name->length) != 0)
		if ((rc = begin_column(mps, name)))
			return rc;
	for (int k = 1; k < mps->n_field; k += 2)
	{
		double		value;
		int			row;

		if ((rc = find_row(mps, &mps->field[k], &row)) ||
			(rc = read_number(mps, &mps->field[k + 1], false, &value)))
			return rc;
		if (mps->row[row].last_column == mps->current)
			return co_mps_refuse(mps, &mps->field[k], "second entry for row \"%s\" in one column",
								 NULL, NULL);
		mps->row[row].last_column = mps->current;
		if (mps->row[row].type != 'N' || row == mps->objective)
			rc = add_entry(mps, &mps->matrix, row, mps->current, value);
		if (rc)
			return rc;
	}
	return CO_OK;
}

static CoRc
read_rhs(CoMps *mps)
{
	bool		ranges = mps->section == CO_MPS_RANGES;
	CoRc		rc;

	if ((rc = check_pairs(mps, true)) || (rc = check_set(mps, &mps->field[0])))
		return rc;
	for (int k = 1; k < mps->n_field; k += 2)
	{
		CoMpsRow   *row;
		double		value;
		int			r;

		if ((rc = find_row(mps, &mps->field[k], &r)) ||
			(rc = read_number(mps, &mps->field[k + 1], false, &value)))
			return rc;
		row = &mps->row[r];
		if (ranges ? row->has_range : row->has_rhs)
			return co_mps_refuse(mps, &mps->field[k], ranges ? "second range of row \"%s\"" :
								 "second right-hand side of row \"%s\"", NULL, NULL);
		if (ranges && row->type == 'N')
			return co_mps_refuse(mps, &mps->field[k], "range of row \"%s\", which is of type N",
								 NULL, NULL);
		*(ranges ? &row->range : &row->rhs) = value;
		*(ranges ? &row->has_range : &row->has_rhs) = true;
	}
	return CO_OK;
}

typedef struct BoundType
{
	const char *word;
	bool		has_value;
	const char *refusal;
} BoundType;

static const BoundType bound_type[] = {
	{"UP", true, NULL},
	{"LO", true, NULL},
	{"FX", true, NULL},
	{"FR", false, NULL},
	{"MI", false, NULL},
	{"PL", false, NULL},
	{"BV", false, "integer variables are not supported"},
	{"LI", true, "integer variables are not supported"},
	{"UI", true, "integer variables are not supported"},
	{"SC", true, "semicontinuous variables are not supported"},
	{"SI", true, "semicontinuous variables are not supported"}
};

/*
 * Fields of a bound as type, set, column, value.  Without blanks as fields,
 * the set may be missing; a value behind FR, MI and PL is not read.
 */
static CoRc
arrange_bound(CoMps *mps, const BoundType *type)
{
	int			with_set = type->has_value ? 4 : 3;

	if (!mps->fixed && (mps->n_field == with_set - 1 ||
						(!type->has_value && mps->n_field == 3 &&
						 co_mps_find(&mps->column_names, &mps->field[2]) < 0 &&
						 co_mps_find(&mps->column_names, &mps->field[1]) >= 0)))
	{
		memmove(mps->field + 2, mps->field + 1,
				(size_t) (mps->n_field - 1) * sizeof *mps->field);
		mps->field[1].length = 0;
		mps->n_field++;
	}
	if (mps->n_field < with_set || mps->n_field > 4)
		return co_mps_refuse(mps, NULL, type->has_value ?
							 "expected the type of a bound, a set, a column and a number" :
							 "expected the type of a bound, a set and a column", NULL, NULL);
	return CO_OK;
}

static void
set_bound(CoMpsColumn *column, const CoMpsName *type, double value)
{
	bool		fixes = co_mps_same(type, "FX"),
				frees = co_mps_same(type, "FR");

	if (value <= -NO_BOUND)
		value = -INFINITY;
	if (value >= NO_BOUND)
		value = INFINITY;
	if (fixes || co_mps_same(type, "LO"))
	{
		column->lower = value;
		column->has_lower = true;
	}
	if (fixes || co_mps_same(type, "UP"))
		column->upper = value;
	if (co_mps_same(type, "UP") && value < 0.0 && !column->has_lower)
		column->lower = -INFINITY;
	if (frees || co_mps_same(type, "MI"))
	{
		column->lower = -INFINITY;
		column->has_lower = true;
	}
	if (frees || co_mps_same(type, "PL"))
		column->upper = INFINITY;
}

static CoRc
read_bound(CoMps *mps)
{
	const BoundType *type = NULL;
	double		value = 0.0;
	int			column;
	CoRc		rc;

	for (size_t k = 0; k < sizeof bound_type / sizeof *bound_type && !type; k++)
		if (mps->n_field > 0 && co_mps_same(&mps->field[0], bound_type[k].word))
			type = &bound_type[k];
	if (!type)
		return co_mps_refuse(mps, mps->n_field > 0 ? &mps->field[0] : NULL,
							 "unknown type of bound \"%s\"", NULL,
							 "The types are UP, LO, FX, FR, MI and PL.");
	if ((rc = arrange_bound(mps, type)) || (rc = check_set(mps, &mps->field[1])) ||
		(rc = find_column(mps, &mps->field[2], &column)))
		return rc;
	if (type->refusal)
	{
		co_mps_refuse(mps, &mps->field[2], type->refusal,
					  "Column \"%s\" has such a bound.", NULL);
		return co_error_as(mps->error, CO_ERROR_UNSUPPORTED);
	}
	if (type->has_value && (rc = read_number(mps, &mps->field[3], true, &value)))
		return rc;
	set_bound(&mps->column[column], &mps->field[0], value);
	return CO_OK;
}

static CoRc
read_quadratic(CoMps *mps)
{
	CoRc		rc;
	int			i;

	if ((rc = check_pairs(mps, false)) || (rc = find_column(mps, &mps->field[0], &i)))
		return rc;
	for (int k = 1; k < mps->n_field; k += 2)
	{
		double		value;
		int			j;

		if ((rc = find_column(mps, &mps->field[k], &j)) ||
			(rc = read_number(mps, &mps->field[k + 1], false, &value)) ||
			(rc = add_entry(mps, &mps->quadratic, i, j, value)))
			return rc;
	}
	return CO_OK;
}

CoRc
co_mps_read_line(CoMps *mps)
{
	switch (mps->section)
	{
		case CO_MPS_OBJSENSE:
			return read_objsense(mps);
		case CO_MPS_OBJNAME:
			mps->objective_name = mps->field[0];
			return CO_OK;
		case CO_MPS_ROWS:
			return read_row(mps);
		case CO_MPS_COLUMNS:
			return read_column(mps);
		case CO_MPS_RHS:
		case CO_MPS_RANGES:
			return read_rhs(mps);
		case CO_MPS_BOUNDS:
			return read_bound(mps);
		case CO_MPS_QUADOBJ:
		case CO_MPS_QMATRIX:
			return read_quadratic(mps);
		default:
			return co_mps_refuse(mps, NULL, "data outside of a section", NULL, NULL);
	}
}
