/*-------------------------------------------------------------------------
 *
 * nlpdata.c
 *	  The reader of nlpdata.h.
 *
 *-------------------------------------------------------------------------
 */
#define _GNU_SOURCE
#include "nlpdata.h"

#include <ctype.h>
#include <math.h>
#include <unistd.h>

#include "data.h"
#include "expr/text.h"
#include "growtext.h"

/* Longest text that common subexpressions may grow to. */
#define MAX_TEXT	((size_t) 64 << 20)

struct NlpData
{
	FILE	   *file;
	bool		is_pipe;
	char	   *line;
	size_t		size;
	GrowText	text;
	GrowText   *def;			/* [n_def] written out */
	int			n_def;
	double	   *x_opt,
			   *dual_opt;
};

/* A value in the line: from its first character on. */
static const char *
skip_space(const char *at)
{
	while (*at == ' ')
		at++;
	return at;
}

static const char *
skip_string(const char *at)
{
	for (at++; *at != '"'; at++)
		if (*at == '\\')
			at++;
	return at + 1;
}

/* Behind a value of any kind. */
static const char *
skip_value(const char *at)
{
	int			depth = 0;

	do
	{
		if (*at == '"')
			at = skip_string(at);
		else
		{
			depth += (*at == '[' || *at == '{') - (*at == ']' || *at == '}');
			at++;
		}
	} while (depth > 0 || (*at && !strchr(",]}", *at)));
	return at;
}

/* The value of a member of the object at; NULL: it has none. */
static const char *
member(const char *object, const char *name)
{
	const char *at = object + 1;
	size_t		length = strlen(name);

	while (*at == '"')
	{
		const char *key = at + 1;
		const char *value = skip_string(at);

		if (strncmp(key, name, length) == 0 && key[length] == '"')
			return skip_space(value + 1);
		at = skip_value(skip_space(value + 1));
		if (*at == ',')
			at = skip_space(at + 1);
	}
	return NULL;
}

/* The next element of an array, from its bracket on; NULL at the end. */
static const char *
element(const char *at, const char *previous)
{
	at = previous ? skip_space(skip_value(previous)) : at;
	if (previous && *at != ',')
		return NULL;
	at = skip_space(at + 1);
	return *at == ']' ? NULL : at;
}

static double
number_or(const char *value, double other)
{
	return value && (isdigit((unsigned char) *value) || *value == '-') ? strtod(value, NULL) : other;
}

static void
copy_string(const char *value, char *out, size_t size)
{
	size_t		n = value && *value == '"' ? strcspn(value + 1, "\"") : 0;

	snprintf(out, size, "%.*s", (int) n, value ? value + 1 : "");
}

/* An identifier of the data's expressions; false: too long. */
static bool
append_identifier(NlpData *data, GrowText *text, const char *from, size_t n)
{
	int			k = *from == 'd' && n > 1 && isdigit((unsigned char) from[1]) ? atoi(from + 1) : 0;

	if (n == 3 && strncmp(from, "min", 3) == 0)
		append_word(text, "least");
	else if (n == 3 && strncmp(from, "max", 3) == 0)
		append_word(text, "greatest");
	else if (k < 1 || k > data->n_def)
		append(text, from, n);
	else if (text->n + data->def[k - 1].n > MAX_TEXT)
		return false;
	else
	{
		append_word(text, "(");
		append(text, data->def[k - 1].byte, data->def[k - 1].n);
		append_word(text, ")");
	}
	return true;
}

/* An expression, from its quote on. */
static bool
append_expression(NlpData *data, GrowText *text, const char *at)
{
	for (at++; *at != '"';)
	{
		size_t		n = 1;
		bool		ok = true;

		if (isalpha((unsigned char) *at))
		{
			while (isalnum((unsigned char) at[n]) || at[n] == '_')
				n++;
			ok = append_identifier(data, text, at, n);
		}
		else if (isdigit((unsigned char) *at) || *at == '.')
		{
			/* So that the e of an exponent is no identifier. */
			char	   *end;

			strtod(at, &end);
			n = (size_t) (end - at);
			append(text, at, n);
		}
		else
			append(text, at, 1);
		if (!ok)
			return false;
		at += n;
	}
	return true;
}

static void
drop_defs(NlpData *data)
{
	for (int k = 0; k < data->n_def; k++)
		free(data->def[k].byte);
	free(data->def);
	data->def = NULL;
	data->n_def = 0;
}

static bool
read_defs(NlpData *data)
{
	const char *defs = member(data->line, "defs");
	bool		ok = true;

	drop_defs(data);
	if (!defs)
		return true;
	for (const char *at = element(defs, NULL); at && ok; at = element(defs, at))
	{
		GrowText	text = {NULL, 0, 0};

		ok = append_expression(data, &text, member(at, "expr"));
		data->def = realloc(data->def, (size_t) (data->n_def + 1) * sizeof *data->def);
		data->def[data->n_def++] = text;
	}
	return ok;
}

static bool
append_constraint(NlpData *data, const char *object)
{
	GrowText   *text = &data->text;
	double		lower = number_or(member(object, "lower"), -INFINITY);
	double		upper = number_or(member(object, "upper"), INFINITY);
	char		name[64];

	copy_string(member(object, "name"), name, sizeof name);
	append_word(text, name);
	append_word(text, ": ");
	if (lower < upper)
	{
		append_number(text, lower);
		append_word(text, " <= ");
	}
	if (!append_expression(data, text, member(object, "expr")))
		return false;
	append_word(text, lower < upper ? " <= " : " == ");
	append_number(text, upper);
	append_word(text, ";\n");
	return true;
}

static void
append_variable(GrowText *text, const char *object, bool first)
{
	const char *start = member(object, "start");
	char		name[64];

	copy_string(member(object, "name"), name, sizeof name);
	append_word(text, first ? "where " : ",\n");
	append_word(text, name);
	append_word(text, " in [");
	append_number(text, number_or(member(object, "lower"), -INFINITY));
	append_word(text, ", ");
	append_number(text, number_or(member(object, "upper"), INFINITY));
	append_word(text, "]");
	if (!isnan(number_or(start, NAN)))
	{
		append_word(text, " start ");
		append_number(text, number_or(start, NAN));
	}
}

static bool
write_text(NlpData *data, bool maximize)
{
	const char *line = data->line;
	const char *rows = member(line, "constraints");
	const char *variables = member(line, "variables");
	GrowText   *text = &data->text;
	bool		ok = read_defs(data);

	text->n = 0;
	append_word(text, maximize ? "maximize " : "minimize ");
	ok = ok && append_expression(data, text, member(line, "objective"));
	append_word(text, "\nsubject to\n");
	for (const char *at = rows ? element(rows, NULL) : NULL; at && ok; at = element(rows, at))
		ok = append_constraint(data, at);
	for (const char *at = element(variables, NULL); at && ok; at = element(variables, at))
		append_variable(text, at, at == element(variables, NULL));
	return ok;
}

static double *
read_vector(const char *value, int n, double **keep)
{
	int			k = 0;

	free(*keep);
	*keep = calloc((size_t) n + 1, sizeof(double));
	if (!value || *value != '[')
		return NULL;
	for (const char *at = element(value, NULL); at && k < n; at = element(value, at))
		(*keep)[k++] = number_or(at, NAN);
	return k == n ? *keep : NULL;
}

NlpData *
nlp_open(const char *set, const char *tier)
{
	NlpData    *data = calloc(1, sizeof *data);
	char		path[700],
				command[720];

	snprintf(path, sizeof path, "%s/%s/%s.jsonl", data_folder(), set, tier);
	data->file = fopen(path, "r");
	strcat(path, ".gz");
	if (!data->file && access(path, R_OK) == 0)
	{
		snprintf(command, sizeof command, "zcat %s", path);
		data->file = popen(command, "r");
		data->is_pipe = true;
	}
	if (!data->file)
	{
		free(data);
		return NULL;
	}
	return data;
}

static bool
next_line(NlpData *data)
{
	return getline(&data->line, &data->size, data->file) > 0 && data->line[0] == '{';
}

static void
read_problem(NlpData *data, NlpProblem *out)
{
	const char *line = data->line;
	const char *smooth = member(line, "smooth");
	char		sense[8];

	memset(out, 0, sizeof *out);
	copy_string(member(line, "name"), out->name, sizeof out->name);
	copy_string(member(line, "kind"), out->kind, sizeof out->kind);
	copy_string(member(line, "status"), out->status, sizeof out->status);
	copy_string(member(line, "sense"), sense, sizeof sense);
	out->n = (int) number_or(member(line, "n"), 0.0);
	out->m = (int) number_or(member(line, "m"), 0.0);
	out->maximize = strcmp(sense, "max") == 0;
	out->smooth = !smooth || *smooth == 't';
	out->fopt = number_or(member(line, "fopt"), NAN);
	out->f_from_start = number_or(member(line, "f_from_start"), NAN);
	out->x_opt = read_vector(member(line, "x_opt"), out->n, &data->x_opt);
	out->dual_opt = read_vector(member(line, "dual_opt"), out->m, &data->dual_opt);
	if (write_text(data, out->maximize))
	{
		out->text = data->text.byte;
		out->length = data->text.n;
	}
}

bool
nlp_next(NlpData *data, NlpProblem *out)
{
	if (!next_line(data))
		return false;
	read_problem(data, out);
	return true;
}

void
nlp_close(NlpData *data)
{
	if (data->is_pipe)
		pclose(data->file);
	else
		fclose(data->file);
	drop_defs(data);
	free(data->text.byte);
	free(data->line);
	free(data->x_opt);
	free(data->dual_opt);
	free(data);
}

CoRc
nlp_model(CoArena *arena, const NlpProblem *problem, CoModel *out, CoError *error)
{
	CoBlock		block;
	CoRc		rc = co_parse(arena, problem->text, problem->length, CO_BLOCK_PROBLEM, &block, error);

	return rc ? rc : co_model_build(arena, &block, NULL, out, error);
}

NlpData *
nlp_find(const char *set, const char *name, NlpProblem *out)
{
	static const char *const tiers[] = {"small", "medium", "large"};

	for (int t = 0; t < 3; t++)
	{
		NlpData    *data = nlp_open(set, tiers[t]);

		while (data && next_line(data))
		{
			char		found[64];

			copy_string(member(data->line, "name"), found, sizeof found);
			if (strcmp(found, name) != 0)
				continue;
			read_problem(data, out);
			return data;
		}
		if (data)
			nlp_close(data);
	}
	return NULL;
}
