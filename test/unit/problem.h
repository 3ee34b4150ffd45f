/*-------------------------------------------------------------------------
 *
 * problem.h
 *	  The problems of test/problems with their stated answers
 *	  (test/problems/README.md).
 *
 *-------------------------------------------------------------------------
 */
#ifndef PROBLEM_H
#define PROBLEM_H

#include <dirent.h>
#include <stdlib.h>

#include "base/vec.h"
#include "check.h"
#include "expr/text.h"
#include "host.h"
#include "nlp/lower.h"
#include "nlp/model.h"

#define FOLDER		"test/problems"
#define LEAST_FILES 25			/* fewer are a sign of another working folder */

#define MAX_FILES	200
#define MAX_TEXT	20000
#define MAX_STATED	100
#define MAX_LABEL	80

#define STATED		1e-12		/* a stated answer, to rounding, relative to
								 * its scale */

typedef struct Stated			/* "# value x['1'] = 4/3" */
{
	char		label[MAX_LABEL];
	double		number;
	bool		is_unique;
} Stated;

typedef struct List
{
	Stated		item[MAX_STATED];
	int			n;
} List;

typedef struct Problem
{
	TestHost	host;
	CoArena		arena;
	const char *file;
	char		text[MAX_TEXT];
	const char *body;			/* behind the stated answer */
	char		status[32];
	double		objective;		/* NaN: not stated */
	List		value,
				dual,
				proof,
				ray;
	CoBlock		block;
	CoLowered	lowered;
	double		sign;			/* stated objective = sign * the minimized one */
	bool		is_nonlinear;	/* not an LP or QP: lowered has no matrices */
	CoModel		model;			/* of every class */
} Problem;

/*--------------------------------------------------------------------------
 * Reading
 *--------------------------------------------------------------------------
 */

/* "4/3" or "-1e5"; NaN when it is neither */
static inline double
read_number(const char *text)
{
	const char *slash = strchr(text, '/');
	double		over = 1.0,
				number;

	if (slash && !co_parse_double(slash + 1, strlen(slash + 1), &over))
		return NAN;
	if (!co_parse_double(text, slash ? (size_t) (slash - text) : strlen(text), &number))
		return NAN;
	return number / over;
}

/* LABEL = NUMBER */
static inline void
read_item(List *list, char *text)
{
	char	   *mark = strstr(text, " ~ ") ? strstr(text, " ~ ") : strstr(text, " = ");
	Stated	   *item = &list->item[list->n];

	CHECK(mark != NULL && list->n < MAX_STATED);
	if (!mark || list->n >= MAX_STATED)
		return;
	item->is_unique = mark[1] == '=';
	item->number = read_number(mark + 3);
	CHECK(isfinite(item->number));
	*mark = '\0';
	snprintf(item->label, sizeof item->label, "%s", text);
	list->n++;
}

static inline char *
after(char *line, const char *word)
{
	return strncmp(line, word, strlen(word)) == 0 ? line + strlen(word) : NULL;
}

static inline void
read_line(Problem *p, char *line)
{
	char	   *rest;

	if ((rest = after(line, "# status: ")))
		snprintf(p->status, sizeof p->status, "%s", rest);
	else if ((rest = after(line, "# objective: ")))
		p->objective = read_number(rest);
	else if ((rest = after(line, "# value ")))
		read_item(&p->value, rest);
	else if ((rest = after(line, "# dual ")))
		read_item(&p->dual, rest);
	else if ((rest = after(line, "# proof ")))
		read_item(&p->proof, rest);
	else if ((rest = after(line, "# ray ")))
		read_item(&p->ray, rest);
}

static inline void
read_file(Problem *p)
{
	char		path[300],
			   *at = p->text;
	FILE	   *in;
	size_t		length;

	snprintf(path, sizeof path, "%s/%s", FOLDER, p->file);
	in = fopen(path, "r");
	CHECK(in != NULL);
	length = in ? fread(p->text, 1, MAX_TEXT - 1, in) : 0;
	CHECK(length < MAX_TEXT - 1);
	p->text[length] = '\0';
	if (in)
		fclose(in);
	while (*at == '#' && strchr(at, '\n'))
	{
		char	   *end = strchr(at, '\n');

		*end = '\0';
		read_line(p, at);
		at = end + 1;
	}
	p->body = at;
}

static inline void
parse(Problem *p)
{
	CoError		wrong;
	CoRc		rc = co_parse(&p->arena, p->body, strlen(p->body), CO_BLOCK_PROBLEM, &p->block, &wrong);

	CHECK_INT(rc, CO_OK);
	if (!rc)
		CHECK_INT(rc = co_lower(&p->arena, &p->block, NULL, &p->lowered, &wrong), CO_OK);
	if (!rc)
		CHECK_INT(rc = co_model_build(&p->arena, &p->block, NULL, &p->model, &wrong), CO_OK);
	if (rc)
		printf("  %s: %s (%s)\n", p->file, wrong.message, wrong.detail);
	p->is_nonlinear = p->lowered.problem_class > CO_CLASS_QP;
	p->sign = p->lowered.maximize ? -1.0 : 1.0;
}

static inline Problem *
open_problem(const char *file)
{
	Problem    *p = calloc(1, sizeof *p);

	p->file = file;
	p->objective = NAN;
	test_host_init(&p->host);
	co_arena_init(&p->arena, &p->host.env, SIZE_MAX);
	read_file(p);
	parse(p);
	return p;
}

static inline void
close_problem(Problem *p)
{
	co_arena_free(&p->arena);
	CHECK_INT(p->host.live, 0);
	free(p);
}

static inline int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

static inline void
each_problem(void (*test) (Problem *p))
{
	char	   *name[MAX_FILES];
	int			n = 0;
	DIR		   *dir = opendir(FOLDER);

	for (struct dirent *entry; dir && n < MAX_FILES && (entry = readdir(dir)) != NULL;)
		if (strlen(entry->d_name) > 4 && strcmp(entry->d_name + strlen(entry->d_name) - 4, ".opt") == 0)
			name[n++] = strdup(entry->d_name);
	if (dir)
		closedir(dir);
	CHECK(n >= LEAST_FILES);
	qsort(name, (size_t) n, sizeof *name, compare_names);
	for (int i = 0; i < n; i++)
	{
		int			before = check_failures;
		Problem    *p = open_problem(name[i]);

		if (check_failures == before)
			test(p);
		close_problem(p);
		if (check_failures > before)
			printf("  ... %s\n", name[i]);
		free(name[i]);
	}
}

/*--------------------------------------------------------------------------
 * Labels to numbers
 *--------------------------------------------------------------------------
 */

/* Variable with this label; -1 */
static inline int
find_variable(const Problem *p, const char *label)
{
	char		text[MAX_LABEL];

	for (int j = 0; j < p->lowered.n_var; j++)
	{
		int			leaf = p->lowered.var_leaf[j];

		co_label(co_block_string(&p->block, p->block.leaf_name[leaf]),
				 co_block_string(&p->block, p->block.leaf_key[leaf]), text, sizeof text);
		if (strcmp(text, label) == 0)
			return j;
	}
	return -1;
}

/* Constraint with this label; -1 */
static inline int
find_row(const Problem *p, const char *label)
{
	char		text[MAX_LABEL];

	for (int i = 0; i < p->lowered.n_row; i++)
	{
		if (p->block.row_name[i + 1] < 0)
			continue;
		co_label(co_block_string(&p->block, p->block.row_name[i + 1]),
				 co_block_string(&p->block, p->block.row_key[i + 1]), text, sizeof text);
		if (strcmp(text, label) == 0)
			return i;
	}
	return -1;
}

typedef int (*Find) (const Problem *p, const char *label);

/* The stated numbers by index; false unless there is one for each of n. */
static inline bool
gather(const Problem *p, const List *list, Find find, int n, double *out)
{
	co_fill(n, NAN, out);
	for (int k = 0; k < list->n; k++)
	{
		int			at = find(p, list->item[k].label);

		CHECK(at >= 0);
		if (at < 0)
		{
			printf("  no %s\n", list->item[k].label);
			return false;
		}
		CHECK(isnan(out[at]));
		out[at] = list->item[k].number;
	}
	return co_all_finite(n, out);
}

/* sign * got, which is near what is stated of it and unique. */
static inline void
compare(const Problem *p, const List *list, Find find, double sign, const double *got, double tolerance)
{
	for (int k = 0; k < list->n; k++)
	{
		const Stated *want = &list->item[k];
		int			at = find(p, want->label);
		int			before = check_failures;

		CHECK(at >= 0);
		if (at < 0 || !want->is_unique)
			continue;
		CHECK_NEAR(sign * got[at], want->number, tolerance * fmax(1.0, fabs(want->number)));
		if (check_failures > before)
			printf("  at %s\n", want->label);
	}
}

#endif							/* PROBLEM_H */
