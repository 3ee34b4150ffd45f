/*-------------------------------------------------------------------------
 *
 * t_problems.c
 *	  The problems of test/problems: text to matrices to solution.
 *
 * Every file states its answer (test/problems/README.md).  The answer is
 * first judged by itself, from the problem's data; then the solver's is
 * compared with it, on every way through the solver; and the text is printed
 * and read back to the same bytes.
 *
 *-------------------------------------------------------------------------
 */
#include <dirent.h>
#include <stdlib.h>

#include "base/vec.h"
#include "check.h"
#include "expr/text.h"
#include "host.h"
#include "nlp/lower.h"
#include "solver/solver.h"

#define FOLDER		"test/problems"
#define LEAST_FILES 25			/* fewer are a sign of another working folder */

#define MAX_FILES	200
#define MAX_TEXT	20000
#define MAX_STATED	100
#define MAX_LABEL	80

#define STATED		1e-12		/* a stated answer, to rounding, relative to
								 * its scale */
#define NEAR		1e-8		/* polished */
#define NEAR_OBJECTIVE	1e-6	/* not polished: residuals of 1e-8 times
								 * multipliers */
#define N_WAYS		8			/* with and without presolve, scaling, polish */

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
} Problem;

/*--------------------------------------------------------------------------
 * Reading
 *--------------------------------------------------------------------------
 */

/* "4/3" or "-1e5"; NaN when it is neither */
static double
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
static void
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

static char *
after(char *line, const char *word)
{
	return strncmp(line, word, strlen(word)) == 0 ? line + strlen(word) : NULL;
}

static void
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

static void
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

static void
parse(Problem *p)
{
	CoError		error;
	CoRc		rc = co_parse(&p->arena, p->body, strlen(p->body), CO_BLOCK_PROBLEM, &p->block, &error);

	CHECK_INT(rc, CO_OK);
	if (!rc)
		CHECK_INT(rc = co_lower(&p->arena, &p->block, NULL, &p->lowered, &error), CO_OK);
	if (rc)
		printf("  %s: %s (%s)\n", p->file, error.message, error.detail);
	p->sign = p->lowered.maximize ? -1.0 : 1.0;
}

static Problem *
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

static void
close_problem(Problem *p)
{
	co_arena_free(&p->arena);
	CHECK_INT(p->host.live, 0);
	free(p);
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

static void
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
static int
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
static int
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
static bool
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

/*--------------------------------------------------------------------------
 * The stated answers by themselves
 *--------------------------------------------------------------------------
 */

/* y of nlp/qp.h is minus the change of the minimized objective. */
static void
load_duals(const Problem *p, double *y)
{
	for (int i = 0; i < p->lowered.n_row; i++)
		y[i] *= -p->sign;
}

/* z := -(Px + c + A'y), what stationarity leaves to the bounds */
static void
explain_by_bounds(const CoQp *qp, CoQpPoint *point)
{
	co_fill(qp->n, 0.0, point->z);
	for (int j = 0; j < qp->n; j++)
		for (int k = qp->p.start[j]; k < qp->p.start[j + 1]; k++)
		{
			int			i = qp->p.index[k];

			point->z[j] -= qp->p.value[k] * point->x[i];
			if (i != j)
				point->z[i] -= qp->p.value[k] * point->x[j];
		}
	for (int j = 0; j < qp->n; j++)
	{
		point->z[j] -= qp->c[j];
		for (int k = qp->a.start[j]; k < qp->a.start[j + 1]; k++)
			point->z[j] -= qp->a.value[k] * point->y[qp->a.index[k]];

		/* Rounding is no multiplier. */
		if (fabs(point->z[j]) <= STATED * (1.0 + fabs(qp->c[j])))
			point->z[j] = 0.0;
	}
}

static void
judge_optimal(Problem *p)
{
	const CoQp *qp = &p->lowered.qp;
	CoQpPoint	point = {co_take_zero_doubles(&p->arena, (size_t) qp->n),
		co_take_zero_doubles(&p->arena, (size_t) qp->m),
	co_take_zero_doubles(&p->arena, (size_t) qp->n)};
	CoResidual	r;
	bool		has_duals;

	CHECK_INT(p->lowered.n_var, qp->n);
	CHECK(gather(p, &p->value, find_variable, qp->n, point.x));
	has_duals = p->dual.n > 0;
	if (has_duals)
	{
		CHECK(gather(p, &p->dual, find_row, qp->m, point.y));
		load_duals(p, point.y);
		explain_by_bounds(qp, &point);
	}
	CHECK_INT(co_qp_residual(&p->arena, qp, &point, &r), CO_OK);
	CHECK_NEAR(p->sign * r.objective, p->objective, STATED * fmax(1.0, fabs(p->objective)));
	CHECK(r.primal <= STATED * fmax(1.0, r.primal_scale));
	if (!has_duals)
		return;
	CHECK(r.dual <= STATED * fmax(1.0, r.dual_scale));
	CHECK(r.complementarity <= STATED * fmax(1.0, fabs(p->objective)));
	CHECK(r.gap <= STATED * fmax(1.0, fabs(p->objective)));
}

static void
judge_proof(Problem *p, const List *list, Find find, int n,
			CoRc (*check) (CoArena *, const CoQp *, const double *, double *))
{
	double	   *proof = co_take_doubles(&p->arena, (size_t) n);
	double		margin = 0.0;

	CHECK(list->n > 0);
	CHECK(gather(p, list, find, n, proof));
	CHECK_INT(check(&p->arena, &p->lowered.qp, proof, &margin), CO_OK);
	CHECK(margin > 0.0);
}

static void
judge_stated(Problem *p)
{
	if (strcmp(p->status, "optimal") == 0)
		judge_optimal(p);
	else if (strcmp(p->status, "infeasible") == 0)
		judge_proof(p, &p->proof, find_row, p->lowered.qp.m, co_qp_check_infeasible);
	else if (strcmp(p->status, "unbounded") == 0)
		judge_proof(p, &p->ray, find_variable, p->lowered.qp.n, co_qp_check_unbounded);
	else
		CHECK_STR(p->status, "not_convex");
}

static void
test_stated_answers(void)
{
	each_problem(judge_stated);
}

/*--------------------------------------------------------------------------
 * The solver's
 *--------------------------------------------------------------------------
 */

static void
compare(const Problem *p, const List *list, Find find, double sign, const double *got)
{
	for (int k = 0; k < list->n; k++)
	{
		const Stated *want = &list->item[k];
		int			at = find(p, want->label);

		CHECK(at >= 0);
		if (at < 0 || !want->is_unique)
			continue;
		CHECK_NEAR(sign * got[at], want->number, NEAR * fmax(1.0, fabs(want->number)));
		if (!(fabs(sign * got[at] - want->number) <= NEAR * fmax(1.0, fabs(want->number))))
			printf("  at %s\n", want->label);
	}
}

/*
 * A point that is not polished may be as far from a vertex as its gap over
 * the reduced costs, so there only the objective is compared.
 */
static void
compare_solution(const Problem *p, const CoSolution *sol, bool is_polished)
{
	CHECK_STR(co_status_word(sol->status), p->status);
	if (sol->status != CO_OPTIMAL)
	{
		CHECK(sol->certificate_margin > 0.0);
		return;
	}
	CHECK_NEAR(p->sign * sol->residual.objective, p->objective,
			   (is_polished ? NEAR : NEAR_OBJECTIVE) * fmax(1.0, fabs(p->objective)));
	if (!is_polished)
		return;
	compare(p, &p->value, find_variable, 1.0, sol->point.x);
	compare(p, &p->dual, find_row, -p->sign, sol->point.y);
}

static void
solve(Problem *p)
{
	bool		is_refused = strcmp(p->status, "not_convex") == 0;

	CHECK_INT(p->lowered.problem_class <= CO_CLASS_QP, true);
	for (int way = 0; way < N_WAYS; way++)
	{
		CoMark		mark = co_mark(&p->arena);
		CoOptions	options;
		CoSolution	sol;
		int			before = check_failures;
		CoRc		rc;

		co_options_default(&options);
		options.presolve = !(way & 1);
		options.scaling = !(way & 2);
		options.polish = !(way & 4);
		rc = co_qp_solve(&p->arena, &p->lowered.qp, &options, p->lowered.start, &sol);
		CHECK_INT(rc, is_refused ? CO_NOT_CONVEX : CO_OK);
		if (!rc && !is_refused)
			compare_solution(p, &sol, !(way & 4));
		if (check_failures > before)
			printf("  ... with presolve %d, scaling %d, polish %d\n", !(way & 1), !(way & 2), !(way & 4));
		co_rewind(&p->arena, mark);
	}
}

static void
test_solutions(void)
{
	each_problem(solve);
}

/*--------------------------------------------------------------------------
 * Texts
 *--------------------------------------------------------------------------
 */

/* What is printed reads back to the same bytes. */
static void
print_and_read(Problem *p)
{
	size_t		size = co_block_size(&p->block),
				length;
	char	   *text;
	void	   *once,
			   *again;
	CoBlock		back;
	CoError		error;

	CHECK_INT(co_print(&p->arena, &p->block, &text, &length), CO_OK);
	CHECK_INT(co_parse(&p->arena, text, length, CO_BLOCK_PROBLEM, &back, &error), CO_OK);
	CHECK_INT(co_block_size(&back), size);
	if (co_block_size(&back) != size)
		return;
	once = co_take_zero(&p->arena, 1, size);
	again = co_take_zero(&p->arena, 1, size);
	co_block_write(&p->block, once);
	co_block_write(&back, again);
	CHECK(memcmp(once, again, size) == 0);
}

static void
test_texts(void)
{
	each_problem(print_and_read);
}

CHECK_MAIN(TEST(test_stated_answers), TEST(test_solutions), TEST(test_texts))
