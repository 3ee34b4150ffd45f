/*-------------------------------------------------------------------------
 *
 * nlread.c
 *	  The reader of nlread.h.
 *
 *-------------------------------------------------------------------------
 */
#include "nlread.h"

#include <math.h>

#include "growtext.h"

/* Longest text that defined variables may grow to. */
#define MAX_TEXT	((size_t) 64 << 20)

#define N_HEADER	10			/* lines in front of the segments */

typedef struct NlRow			/* a constraint, or the objective */
{
	GrowText	body;
	double		lower,
				upper;
} NlRow;

struct NlFile
{
	FILE	   *in;
	char	   *line;
	size_t		size;
	const char *why;			/* NULL: all is well so far */
	int			n,
				m,
				n_def;			/* defined variables */
	bool		maximize;
	NlRow	   *row;			/* [m + 1] the last is the objective */
	GrowText   *def;			/* [n_def] */
	double	   *xl,
			   *xu,
			   *start;
	GrowText	text;
};

/* In an expression a sign must not run into what is in front. */
static void
append_constant(GrowText *text, double value)
{
	append_word(text, signbit(value) ? "(" : "");
	append_number(text, value);
	append_word(text, signbit(value) ? ")" : "");
}

static void
append_index(GrowText *text, const char *name, int k)
{
	char		word[32];

	snprintf(word, sizeof word, "%s%d", name, k + 1);
	append_word(text, word);
}

static void
fail(NlFile *f, const char *why)
{
	if (!f->why)
		f->why = why;
}

/* The next line without its comment; empty at the end and after a failure. */
static const char *
next_line(NlFile *f)
{
	char	   *comment;

	if (f->why || getline(&f->line, &f->size, f->in) <= 0)
	{
		f->size = f->size > 0 ? f->size : 1;
		f->line = realloc(f->line, f->size);
		f->line[0] = '\0';
	}
	comment = strpbrk(f->line, "\t#\n");
	if (comment)
		*comment = '\0';
	return f->line;
}

/* Operators of [Gay05], table 4, that the language has. */
static const struct
{
	int			code,
				arguments;		/* -1: their number is in the next line */
	const char *before,
			   *between,
			   *after;
}			operators[] = {
	{0, 2, "(", " + ", ")"},
	{1, 2, "(", " - ", ")"},
	{2, 2, "(", "*", ")"},
	{3, 2, "(", "/", ")"},
	{5, 2, "(", "^", ")"},
	{11, -1, "least(", ", ", ")"},
	{12, -1, "greatest(", ", ", ")"},
	{15, 1, "abs(", "", ")"},
	{16, 1, "(0 - ", "", ")"},
	{37, 1, "tanh(", "", ")"},
	{38, 1, "tan(", "", ")"},
	{39, 1, "sqrt(", "", ")"},
	{40, 1, "sinh(", "", ")"},
	{41, 1, "sin(", "", ")"},
	{42, 1, "log10(", "", ")"},
	{43, 1, "ln(", "", ")"},
	{44, 1, "exp(", "", ")"},
	{45, 1, "cosh(", "", ")"},
	{46, 1, "cos(", "", ")"},
	{47, 1, "atanh(", "", ")"},
	{48, 2, "atan2(", ", ", ")"},
	{49, 1, "atan(", "", ")"},
	{50, 1, "asinh(", "", ")"},
	{51, 1, "asin(", "", ")"},
	{52, 1, "acosh(", "", ")"},
	{53, 1, "acos(", "", ")"},
	{54, -1, "(", " + ", ")"},
};

#define N_OPERATORS	((int) (sizeof operators / sizeof *operators))

static void append_expression(NlFile *f, GrowText *text);

static void
append_operator(NlFile *f, GrowText *text, int code)
{
	int			k = 0,
				n;

	while (k < N_OPERATORS && operators[k].code != code)
		k++;
	if (k == N_OPERATORS)
	{
		fail(f, code == 35 ? "if-then-else" : "an operator");
		return;
	}
	n = operators[k].arguments < 0 ? atoi(next_line(f)) : operators[k].arguments;
	append_word(text, operators[k].before);
	for (int i = 0; i < n && !f->why; i++)
	{
		if (i > 0)
			append_word(text, operators[k].between);
		append_expression(f, text);
	}
	append_word(text, operators[k].after);
}

static void
append_variable(NlFile *f, GrowText *text, int j)
{
	if (j < 0 || j >= f->n + f->n_def)
		fail(f, "a variable that is not there");
	else if (j < f->n)
		append_index(text, "x", j);
	else if (text->n + f->def[j - f->n].n > MAX_TEXT)
		fail(f, "defined variables grow too long");
	else
		append(text, f->def[j - f->n].byte, f->def[j - f->n].n);
}

/* Prefix notation, one operator or operand a line. */
static void
append_expression(NlFile *f, GrowText *text)
{
	const char *line = next_line(f);

	switch (line[0])
	{
		case 'n':
		case 's':
		case 'l':
			append_constant(text, strtod(line + 1, NULL));
			break;
		case 'v':
			append_variable(f, text, atoi(line + 1));
			break;
		case 'o':
			append_operator(f, text, atoi(line + 1));
			break;
		default:
			fail(f, "a function, a string, or the end");
	}
}

/* n lines "variable coefficient" */
static void
append_linear(NlFile *f, GrowText *text, int n)
{
	for (int k = 0; k < n && !f->why; k++)
	{
		char	   *rest;
		int			j = (int) strtol(next_line(f), &rest, 10);
		double		coefficient = strtod(rest, NULL);

		if (coefficient == 0.0)
			continue;			/* it is in the pattern for the nonlinear part */
		append_word(text, text->n > 0 ? " + " : "");
		append_constant(text, coefficient);
		append_word(text, "*");
		append_variable(f, text, j);
	}
}

/* "0 lower upper", "1 upper", "2 lower", "3", "4 value" */
static void
read_sides(NlFile *f, double *lower, double *upper)
{
	const char *line = next_line(f);
	char	   *rest;
	double		first = strtod(line + (line[0] ? 1 : 0), &rest);

	*lower = -INFINITY;
	*upper = INFINITY;
	if (line[0] == '0' || line[0] == '2' || line[0] == '4')
		*lower = first;
	if (line[0] == '1' || line[0] == '4')
		*upper = first;
	if (line[0] == '0')
		*upper = strtod(rest, NULL);
	if (line[0] < '0' || line[0] > '4')
		fail(f, "complementarity, or sides of no known kind");
}

static void
skip_lines(NlFile *f, int n)
{
	for (int k = 0; k < n; k++)
		next_line(f);
}

/* "V index terms where": a sum of linear terms and an expression */
static void
read_definition(NlFile *f, const char *line)
{
	int			index = 0,
				terms = 0;
	GrowText	linear = {NULL, 0, 0};

	if (sscanf(line, "V%d %d", &index, &terms) != 2 || index < f->n || index >= f->n + f->n_def)
	{
		fail(f, "a definition out of place");
		return;
	}
	append_word(&linear, "");
	append_linear(f, &linear, terms);
	append_word(&f->def[index - f->n], "(");
	append_expression(f, &f->def[index - f->n]);
	append_word(&f->def[index - f->n], linear.n > 0 ? " + " : "");
	append(&f->def[index - f->n], linear.byte, linear.n);
	append_word(&f->def[index - f->n], ")");
	free(linear.byte);
}

/* The row that a segment "C3", "O0 1", "J3 7" or "G0 2" is about. */
static GrowText *
body_of(NlFile *f, const char *line, int *number)
{
	bool		is_row = line[0] == 'C' || line[0] == 'J';
	int			i = -1;

	*number = 0;
	sscanf(line + 1, "%d %d", &i, number);
	if (i < 0 || i >= (is_row ? f->m : 1))
	{
		fail(f, "a row that is not there");
		return &f->text;
	}
	return &f->row[is_row ? i : f->m].body;
}

static void
read_segment(NlFile *f, const char *line)
{
	char		kind = line[0];
	int			count = atoi(line + 1),
				terms;
	GrowText   *body;

	if (kind == 'V')
		read_definition(f, line);
	else if (kind == 'C' || kind == 'O')
	{
		body = body_of(f, line, &terms);
		f->maximize = kind == 'O' ? terms == 1 : f->maximize;
		append_expression(f, body);
	}
	else if (kind == 'J' || kind == 'G')
	{
		body = body_of(f, line, &terms);
		append_linear(f, body, terms);
	}
	else if (kind == 'x')
		for (int k = 0; k < count && !f->why; k++)
		{
			char	   *rest;
			long		j = strtol(next_line(f), &rest, 10);

			if (j >= 0 && j < f->n)
				f->start[j] = strtod(rest, NULL);
		}
	else if (kind == 'r')
		for (int i = 0; i < f->m; i++)
			read_sides(f, &f->row[i].lower, &f->row[i].upper);
	else if (kind == 'b')
		for (int j = 0; j < f->n; j++)
			read_sides(f, &f->xl[j], &f->xu[j]);
	else if (kind == 'k' || kind == 'd')
		skip_lines(f, count);
	else if (kind == 'S' && sscanf(line + 1, "%*d %d", &terms) == 1)
		skip_lines(f, terms);
	else
		fail(f, "a segment of no known kind");
}

static void
read_header(NlFile *f)
{
	const char *line = next_line(f);
	int			defined[5] = {0};

	if (line[0] != 'g')
		fail(f, "not the text kind");
	if (sscanf(next_line(f), "%d %d", &f->n, &f->m) != 2 || f->n < 1 || f->m < 0)
		fail(f, "no sizes");
	skip_lines(f, N_HEADER - 3);
	sscanf(next_line(f), "%d %d %d %d %d", &defined[0], &defined[1], &defined[2],
		   &defined[3], &defined[4]);
	for (int k = 0; k < 5; k++)
		f->n_def += defined[k];
	f->row = calloc((size_t) f->m + 1, sizeof *f->row);
	f->def = calloc((size_t) f->n_def + 1, sizeof *f->def);
	f->xl = calloc((size_t) f->n + 1, sizeof(double));
	f->xu = calloc((size_t) f->n + 1, sizeof(double));
	f->start = calloc((size_t) f->n + 1, sizeof(double));
}

/* The text of the language, from the rows. */
static void
write_row(GrowText *text, int i, const NlRow *row)
{
	append_index(text, "c", i);
	append_word(text, ": ");
	if (row->lower < row->upper)
	{
		append_number(text, row->lower);
		append_word(text, " <= ");
	}
	append_word(text, row->body.n > 0 ? row->body.byte : "0");
	append_word(text, row->lower < row->upper ? " <= " : " == ");
	append_number(text, row->upper);
	append_word(text, ";\n");
}

static void
write_text(NlFile *f)
{
	GrowText   *text = &f->text;

	text->n = 0;
	append_word(text, f->maximize ? "maximize " : "minimize ");
	append_word(text, f->row[f->m].body.n > 0 ? f->row[f->m].body.byte : "0");
	append_word(text, "\nsubject to\n");
	for (int i = 0; i < f->m; i++)
		write_row(text, i, &f->row[i]);
	for (int j = 0; j < f->n; j++)
	{
		append_word(text, j == 0 ? "where " : ",\n");
		append_index(text, "x", j);
		append_word(text, " in [");
		append_number(text, f->xl[j]);
		append_word(text, ", ");
		append_number(text, f->xu[j]);
		append_word(text, "] start ");
		append_number(text, f->start[j]);
	}
}

static void
fill_problem(const NlFile *f, const char *path, NlpProblem *out)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	memset(out, 0, sizeof *out);
	snprintf(out->name, sizeof out->name, "%.*s", (int) strcspn(name, "."), name);
	out->n = f->n;
	out->m = f->m;
	out->maximize = f->maximize;
	out->fopt = out->f_from_start = NAN;
	out->text = f->text.byte;
	out->length = f->text.n;
}

NlFile *
nl_open(const char *path, NlpProblem *out, const char **why)
{
	NlFile	   *f = calloc(1, sizeof *f);
	const char *line;

	*why = NULL;
	f->in = fopen(path, "r");
	if (f->in)
		read_header(f);
	else
		f->why = "no such file";
	while (!f->why && *(line = next_line(f)))
		read_segment(f, line);
	if (f->why)
	{
		*why = f->why;
		nl_close(f);
		return NULL;
	}
	write_text(f);
	fill_problem(f, path, out);
	return f;
}

void
nl_close(NlFile *f)
{
	if (f->in)
		fclose(f->in);
	for (int i = 0; f->row && i <= f->m; i++)
		free(f->row[i].body.byte);
	for (int k = 0; f->def && k < f->n_def; k++)
		free(f->def[k].byte);
	free(f->row);
	free(f->def);
	free(f->xl);
	free(f->xu);
	free(f->start);
	free(f->text.byte);
	free(f->line);
	free(f);
}
