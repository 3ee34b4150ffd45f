/*-------------------------------------------------------------------------
 *
 * sensconst.h
 *	  The text of a problem of the nonlinear sets with its constants as
 *	  parameters: each number of the objective and of the rows, exponents too,
 *	  or every so manieth of them, and each side of a row, a row with two sides
 *	  becoming two.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SENSCONST_H
#define SENSCONST_H

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nlpdata.h"

#define MAX_ROWS		200
#define MAX_CONSTANTS	100000

typedef struct Writer
{
	char	   *text;
	char	   *defs;
	size_t		n,
				n_def;
	int			stride,			/* of the numbers that become parameters */
				n_number;
	int			n_param;
	bool	   *is_exponent;	/* [MAX_CONSTANTS] */
	int			n_row;
	struct
	{
		char		name[32];
		int			lower,		/* parameters of the sides; -1: none */
					upper;
		double		lower_sign, /* side = sign * parameter */
					upper_sign;
	}			row[MAX_ROWS];
} Writer;

static inline void
put(Writer *w, const char *from, size_t n)
{
	memcpy(w->text + w->n, from, n);
	w->n += n;
	w->text[w->n] = '\0';
}

static inline int
put_parameter(Writer *w, const char *number, size_t n, bool is_exponent)
{
	char		name[32];

	if (w->n_param >= MAX_CONSTANTS)
	{
		printf("  more than %d constants\n", MAX_CONSTANTS);
		exit(1);
	}
	w->is_exponent[w->n_param] = is_exponent;
	snprintf(name, sizeof name, "p%d", w->n_param);
	put(w, name, strlen(name));
	w->n_def += (size_t) sprintf(w->defs + w->n_def, ",\n%s := %.*s", name, (int) n, number);
	return w->n_param++;
}

/* An expression, its numbers replaced. */
static inline void
put_expression(Writer *w, const char *from, const char *end)
{
	char		before = ' ';

	while (from < end)
	{
		size_t		n = 1;

		if (isalpha((unsigned char) *from))
		{
			while (isalnum((unsigned char) from[n]) || from[n] == '_')
				n++;
			put(w, from, n);
		}
		else if (isdigit((unsigned char) *from) || *from == '.')
		{
			char	   *stop;

			strtod(from, &stop);
			n = (size_t) (stop - from);
			if (w->n_number++ % w->stride == 0)
				put_parameter(w, from, n, before == '^');
			else
				put(w, from, n);
		}
		else
			put(w, from, 1);
		if (*from != ' ' && *from != '(')
			before = from[n - 1];
		from += n;
	}
}

/* Side of a row: sign and number. */
static inline int
put_side(Writer *w, const char *from, const char *end, double *sign)
{
	while (*from == ' ')
		from++;
	*sign = *from == '-' ? -1.0 : 1.0;
	if (*from == '-')
	{
		put(w, "-", 1);
		from++;
	}
	return put_parameter(w, from, (size_t) (end - from), false);
}

static inline void
put_row(Writer *w, const char *name, size_t n, const char *suffix, const char *body,
		const char *body_end, const char *relation, const char *side, const char *side_end,
		int *param, double *sign)
{
	put(w, name, n);
	put(w, suffix, strlen(suffix));
	put(w, ": ", 2);
	put_expression(w, body, body_end);
	put(w, relation, strlen(relation));
	*param = put_side(w, side, side_end, sign);
	put(w, ";\n", 2);
}

/* "name: lower <= body <= upper;" or "name: body == side;" as rows with one side. */
static inline void
put_constraint(Writer *w, const char *line, const char *end)
{
	const char *colon = strchr(line, ':');
	const char *equal = strstr(line, " == ");
	size_t		n = (size_t) (colon - line);
	int			r = w->n_row++;

	snprintf(w->row[r].name, sizeof w->row[r].name, "%.*s", (int) n, line);
	w->row[r].lower = w->row[r].upper = -1;
	if (equal && equal < end)
	{
		put_row(w, line, n, "", colon + 1, equal, " == ", equal + 4, end, &w->row[r].upper,
				&w->row[r].upper_sign);
		w->row[r].lower = w->row[r].upper;
		w->row[r].lower_sign = w->row[r].upper_sign;
	}
	else
	{
		const char *first = strstr(line, " <= ");
		const char *last = first;

		for (const char *at = first; at && at < end; at = strstr(at + 1, " <= "))
			last = at;
		if (!strstr(colon, "-inf <=") || strstr(colon, "-inf <=") > first)
			put_row(w, line, n, "_l", first + 4, last, " >= ", colon + 2, first, &w->row[r].lower,
					&w->row[r].lower_sign);
		if (strncmp(last + 4, "inf", 3) != 0)
			put_row(w, line, n, "_u", first + 4, last, " <= ", last + 4, end, &w->row[r].upper,
					&w->row[r].upper_sign);
	}
}

static inline int
count_numbers(const char *from, const char *end)
{
	int			n = 0;

	while (from < end)
	{
		char	   *stop = (char *) from + 1;

		if (isalpha((unsigned char) *from))
			while (isalnum((unsigned char) *stop) || *stop == '_')
				stop++;
		else if (isdigit((unsigned char) *from) || *from == '.')
		{
			strtod(from, &stop);
			n++;
		}
		from = stop;
	}
	return n;
}

/* So many numbers of expressions at most become parameters; 0: all. */
static inline void
write_problem(const NlpProblem *problem, int most, Writer *w)
{
	const char *rows = strstr(problem->text, "\nsubject to\n");
	const char *where = strstr(problem->text, "where ");
	const char *line = rows + strlen("\nsubject to\n");

	*w = (Writer) {.stride = most > 0 ? 1 + count_numbers(problem->text, where) / most : 1};
	w->text = malloc(8 * problem->length + 1000);
	w->defs = malloc(20 * problem->length + 1000);
	w->is_exponent = calloc(MAX_CONSTANTS, sizeof(bool));
	w->defs[0] = '\0';
	put_expression(w, problem->text, rows);
	put(w, "\nsubject to\n", strlen("\nsubject to\n"));
	while (line < where && *line != 'w')
	{
		const char *end = strchr(line, ';');

		put_constraint(w, line, end);
		line = end + 2;
	}
	put(w, where, strlen(where));
	put(w, w->defs, w->n_def);
}

static inline void
forget(Writer *w)
{
	free(w->text);
	free(w->defs);
	free(w->is_exponent);
}

#endif							/* SENSCONST_H */
