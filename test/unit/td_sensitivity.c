/*-------------------------------------------------------------------------
 *
 * td_sensitivity.c
 *	  The Hock-Schittkowski problems with each constant turned into a parameter:
 *	  derivatives against central differences of re-solves, by every method,
 *	  and against reference derivatives with respect to the active bounds.
 *
 *		CO_VERBOSE=1	a line per problem, 2: and per derivative that is off
 *		CO_ONLY=name	that problem alone
 *
 *-------------------------------------------------------------------------
 */
#include "senscheck.h"

#include <ctype.h>

#include "data.h"
#include "nlpdata.h"

/* Relative to the largest entry of the derivative. */
#define TOLERANCE		1e-5

/* Differences whose own error is larger tell nothing. */
#define DOUBT			3e-6

#define SOLVE_TOLERANCE 1e-13

/* What a re-solve's numbers are known to, relative: twice its tolerance at least. */
#define ROUNDING		1e-12

/* Constants of a problem that are looked at: all, or so many at even distances. */
#define MAX_PARAMETERS	40
#define MAX_ROWS		200

static int
verbose(void)
{
	const char *word = getenv("CO_VERBOSE");

	return word ? atoi(word) : 0;
}

/*--------------------------------------------------------------------------
 * Constants to parameters
 *--------------------------------------------------------------------------
 */

typedef struct Writer
{
	char	   *text;
	char	   *defs;
	size_t		n,
				n_def;
	int			n_param;
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

static void
put(Writer *w, const char *from, size_t n)
{
	memcpy(w->text + w->n, from, n);
	w->n += n;
	w->text[w->n] = '\0';
}

static int
put_parameter(Writer *w, const char *number, size_t n)
{
	char		name[32];

	snprintf(name, sizeof name, "p%d", w->n_param);
	put(w, name, strlen(name));
	w->n_def += (size_t) sprintf(w->defs + w->n_def, ",\n%s := %.*s", name, (int) n, number);
	return w->n_param++;
}

/*
 * An expression, its numbers replaced, exponents left alone: x^p has no
 * derivative in p at x < 0.
 */
static void
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
			if (before == '^')
				put(w, from, n);
			else
				put_parameter(w, from, n);
		}
		else
			put(w, from, 1);
		if (*from != ' ' && *from != '(')
			before = from[n - 1];
		from += n;
	}
}

/* Side of a row: sign and number. */
static int
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
	return put_parameter(w, from, (size_t) (end - from));
}

static void
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
static void
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

static void
write_problem(const NlpProblem *problem, Writer *w)
{
	const char *rows = strstr(problem->text, "\nsubject to\n");
	const char *where = strstr(problem->text, "where ");
	const char *line = rows + strlen("\nsubject to\n");

	*w = (Writer) {.text = malloc(8 * problem->length + 1000), .defs = malloc(20 * problem->length + 1000)};
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

static void
forget(Writer *w)
{
	free(w->text);
	free(w->defs);
}

/*--------------------------------------------------------------------------
 * Differences
 *--------------------------------------------------------------------------
 */

typedef struct Tally
{
	int			problems,
				regular,
				told,
				zero,			/* not to be told from 0 */
				unclear,
				off;
} Tally;

/* Another solution than the one that is differentiated lies farther off. */
#define FAR_OFF			0.05

/* x, y and f; NULL: no solution, or another one. */
static double *
solve_at(const Case *c, int leaf, double p)
{
	double	   *value = co_take_doubles(&arena, (size_t) c->block.n_leaf);
	double	   *out = co_take_doubles(&arena, (size_t) (c->pm.n_var + c->block.n_row));
	Answer		answer;
	int			n = c->pm.n_var;

	take_answer(&c->block, &answer);
	co_copy(c->block.n_leaf, c->answer.leaf, value);
	value[leaf] = p;
	if (solve_block(&c->block, value, &c->answer, SOLVE_TOLERANCE, &answer) ||
		(answer.status != CO_OPTIMAL && answer.status != CO_ACCEPTABLE))
		return NULL;
	for (int j = 0; j < n; j++)
	{
		double		x = c->answer.leaf[c->pm.var_leaf[j]];

		out[j] = answer.leaf[c->pm.var_leaf[j]];
		if (fabs(out[j] - x) > FAR_OFF * co_max(1.0, fabs(x)))
			return NULL;
	}
	co_copy(c->block.n_row - 1, answer.y, out + n);
	out[n + c->block.n_row - 1] = answer.f;
	return out;
}

/*
 * Central differences with steps h and h/2, extrapolated: x, y and f; *doubt
 * is relative to the largest of x, that of y for y.  false: none.
 */
static bool
difference(const Case *c, int leaf, double h, double *slope, double *doubt)
{
	double		p = c->answer.leaf[leaf];
	int			n = c->pm.n_var + c->block.n_row;
	double	   *at[4] = {
		solve_at(c, leaf, p + h), solve_at(c, leaf, p - h),
		solve_at(c, leaf, p + 0.5 * h), solve_at(c, leaf, p - 0.5 * h)
	};

	for (int k = 0; k < 4; k++)
		if (!at[k])
			return false;
	for (int i = 0; i < n; i++)
	{
		double		wide = (at[0][i] - at[1][i]) / (2.0 * h);
		double		narrow = (at[2][i] - at[3][i]) / h;

		slope[i] = narrow + (narrow - wide) / 3.0;
		doubt[i] = 0.1 * fabs(narrow - wide) + ROUNDING * co_max(1.0, fabs(at[2][i])) / h;
	}
	return true;
}

/* One part (x, y or f) of the derivative. */
static void
compare(const char *name, const Case *c, int k, const char *what, int n, const double *exact,
		const double *slope, const double *doubt, Tally *tally)
{
	double		size = co_max(co_norm_inf(n, exact), co_norm_inf(n, slope));
	double		known = co_norm_inf(n, doubt);
	double		worst = 0.0;

	if (n == 0)
		return;
	for (int i = 0; i < n; i++)
		worst = co_max(worst, fabs(exact[i] - slope[i]));
	if (known <= DOUBT * size)
		tally->told++;
	else if (size <= known)
		tally->zero++;
	else
		tally->unclear++;
	if (!(worst <= TOLERANCE * size + 3.0 * known))
	{
		tally->off++;
		CHECK(false);
		printf("  %s: d%s/dp%d (p = %g) is off by %.2e of %.2e, doubt %.2e\n", name, what, k,
			   c->p[k], worst, size, known);
	}
}

/* Half of the way to the next change of the active set, at most. */
static double
step_of(const Case *c, const CoDirection *direction, const CoTangent *tangent, double p)
{
	int			n = c->pm.nlp->n;
	double		h = 1e-3 * co_max(1.0, co_norm_inf(n, c->s->x)) / co_max(1e-9, co_norm_inf(n, tangent->x));
	CoRange		down,
				up;

	h = co_clamp(h, 1e-6 * fabs(p), 0.02 * co_max(1.0, fabs(p)));
	co_sensitivity_range(c->s, direction, tangent, -1, &down);
	co_sensitivity_range(c->s, direction, tangent, 1, &up);
	return co_min(h, 0.3 * co_min(down.step, up.step));
}

static void
check_parameter(const char *name, Case *c, int k, Tally *tally)
{
	CoMark		mark = co_mark(&arena);
	int			n = c->pm.n_var,
				m = c->block.n_row - 1;
	double	   *slope = co_take_doubles(&arena, (size_t) (n + m + 1));
	double	   *doubt = co_take_doubles(&arena, (size_t) (n + m + 1));
	double		one = 1.0;
	double		f;
	CoDirection direction = {1, &k, &one};
	CoTangent  *t = &c->tangent;

	CHECK_INT(co_sensitivity_solve(c->s, &direction, t), CO_OK);
	CHECK(t->error <= 1e-10);
	if (difference(c, c->pm.param_leaf[k], step_of(c, &direction, t, c->p[k]), slope, doubt))
	{
		f = c->pm.model.maximize ? -t->f : t->f;
		compare(name, c, k, "x", n, t->x, slope, doubt, tally);
		compare(name, c, k, "y", m, t->y, slope + n, doubt + n, tally);
		compare(name, c, k, "f", 1, &f, slope + n + m, doubt + n + m, tally);
	}
	else
		tally->unclear++;
	co_rewind(&arena, mark);
}

static void
say_why(const char *name, const Case *c)
{
	if (verbose())
		printf("  %s is not regular: polished %d, second order %d, dependent %d, weak %d\n", name,
			   c->s->is_polished, c->s->second_order, c->s->n_dependent, c->s->n_weak);
}

static void
check_problem(const NlpProblem *problem, Tally *tally)
{
	Writer		w;
	Case		c;
	CoRc		rc;

	begin();
	write_problem(problem, &w);
	rc = case_of(w.text, 1e-9, &c);
	if (rc && verbose())
		printf("  %s: rc %d %s\n", problem->name, rc, error.message);
	if (!rc)
	{
		int			np = c.pm.nlp->np;
		int			stride = np > MAX_PARAMETERS ? np / MAX_PARAMETERS + 1 : 1;

		tally->problems++;
		if (co_sensitivity_regular(c.s))
		{
			tally->regular++;
			for (int k = 0; k < np; k += stride)
				check_parameter(problem->name, &c, k, tally);
		}
		else
			say_why(problem->name, &c);
	}
	forget(&w);
	end();
}

static void
each_problem(void (*check) (const NlpProblem *problem, Tally *tally), Tally *tally)
{
	static const char *const tier[] = {"small", "medium"};
	const char *only = getenv("CO_ONLY");
	NlpProblem	problem;

	for (int t = 0; t < 2; t++)
	{
		NlpData    *data = nlp_open("nlp_hs", tier[t]);

		while (data && nlp_next(data, &problem))
			if ((!only || strcmp(only, problem.name) == 0) && problem.text && problem.smooth)
				check(&problem, tally);
		if (data)
			nlp_close(data);
	}
}

static void
test_differences(void)
{
	Tally		tally = {0};

	each_problem(check_problem, &tally);
	printf("# %d problems, %d regular: %d derivatives compared, %d off, %d are zero, %d without clear differences\n",
		   tally.problems, tally.regular, tally.told, tally.off, tally.zero, tally.unclear);
	CHECK(tally.problems > 0);
	/* These are compared too, within what their differences are known to. */
	CHECK(tally.unclear <= tally.told / 4);
}

/*--------------------------------------------------------------------------
 * Every method
 *--------------------------------------------------------------------------
 */

/* After polishing the digits do not depend on who found the solution. */
#define SAME_DERIVATIVE 1e-6

static double
distance(int n, const double *a, const double *b)
{
	double		most = 0.0;

	for (int i = 0; i < n; i++)
		most = co_max(most, fabs(a[i] - b[i]));
	return most;
}

static void
compare_methods(const char *name, const char *word, Case *a, Case *b, Tally *tally)
{
	int			n = a->pm.nlp->n,
				m = a->pm.nlp->m,
				np = a->pm.nlp->np;

	for (int k = 0; k < np && k < MAX_PARAMETERS; k++)
	{
		double		one = 1.0;
		CoDirection direction = {1, &k, &one};
		CoTangent  *t = &a->tangent,
				   *u = &b->tangent;
		double		off;

		CHECK_INT(co_sensitivity_solve(a->s, &direction, t), CO_OK);
		CHECK_INT(co_sensitivity_solve(b->s, &direction, u), CO_OK);
		off = co_max(distance(n, t->x, u->x) / co_max(1.0, co_norm_inf(n, t->x)),
					 distance(m, t->y, u->y) / co_max(1.0, co_norm_inf(m, t->y)));
		tally->told++;
		if (!(off <= SAME_DERIVATIVE))
		{
			CHECK(false);
			printf("  %s by %s: derivative by p%d is off by %.1e\n", name, word, k, off);
		}
	}
}

static void
check_methods(const NlpProblem *problem, Tally *tally)
{
	Writer		w;
	Case		c;

	begin();
	write_problem(problem, &w);
	if (case_of(w.text, 1e-9, &c) == CO_OK && co_sensitivity_regular(c.s))
		for (int t = 0; co_nlp_method(t); t++)
		{
			Case		other = {.block = c.block};

			solve_method = co_nlp_method(t);
			take_answer(&other.block, &other.answer);
			if (!co_nlp_method_takes(solve_method, &c.pm.model.nlp) ||
				solve_block(&other.block, NULL, NULL, 1e-6, &other.answer) ||
				other.answer.status != CO_OPTIMAL ||
				distance(c.block.n_leaf, c.answer.leaf, other.answer.leaf) > 1e-2)
				continue;
			tally->problems++;
			CHECK_INT(differentiate(&other), CO_OK);
			if (!co_sensitivity_regular(other.s))
			{
				CHECK(false);
				printf("  %s by %s: not regular\n", problem->name, co_nlp_method_word(solve_method));
				say_why(problem->name, &other);
			}
			else
				compare_methods(problem->name, co_nlp_method_word(solve_method), &c, &other, tally);
		}
	solve_method = NULL;
	forget(&w);
	end();
}

static void
test_methods(void)
{
	Tally		tally = {0};

	each_problem(check_methods, &tally);
	printf("# %d solutions by every method, %d derivatives compared\n", tally.problems, tally.told);
	CHECK(tally.problems > 100);
}

/*--------------------------------------------------------------------------
 * The reference derivatives
 *--------------------------------------------------------------------------
 */

#define MAX_REFERENCE	2000

typedef struct Reference		/* a line of dual.tsv or dxdb.tsv */
{
	char		problem[32],
				constraint[32],
				what[32];		/* side, or variable */
	double		number[4];		/* bound, dual, difference, accuracy; or dx/db */
} Reference;

static int
read_reference(const char *file, Reference *out)
{
	char		path[700],
				line[400];
	FILE	   *in;
	int			n = 0;

	snprintf(path, sizeof path, "%s/sensitivity/%s", data_folder(), file);
	in = fopen(path, "r");
	if (!in || !fgets(line, sizeof line, in))
		return 0;
	while (n < MAX_REFERENCE && fgets(line, sizeof line, in))
	{
		Reference  *r = &out[n];

		memset(r, 0, sizeof *r);
		if (sscanf(line, "%31s %31s %31s %lf %lf %lf %lf", r->problem, r->constraint, r->what,
				   &r->number[0], &r->number[1], &r->number[2], &r->number[3]) >= 4)
			n++;
	}
	fclose(in);
	return n;
}

static Reference dual[MAX_REFERENCE],
			dxdb[MAX_REFERENCE];
static int	n_dual,
			n_dxdb;

/* One active bound: d f, and d x of every variable. */
static void
check_reference(Case *c, const Writer *w, const Reference *r, Tally *tally)
{
	double		largest = 0.0,
				worst = 0.0,
				f,
				sign = 0.0;
	int			k = -1;
	double		one = 1.0;
	CoDirection direction = {1, &k, &one};

	for (int i = 0; i < w->n_row; i++)
		if (strcmp(w->row[i].name, r->constraint) == 0)
		{
			bool		upper = strcmp(r->what, "upper") == 0;
			char		name[32];

			snprintf(name, sizeof name, "p%d", upper ? w->row[i].upper : w->row[i].lower);
			k = param_of(c, name);
			sign = upper ? w->row[i].upper_sign : w->row[i].lower_sign;
		}
	CHECK(k >= 0);
	CHECK_INT(co_sensitivity_solve(c->s, &direction, &c->tangent), CO_OK);
	f = sign * (c->pm.model.maximize ? -c->tangent.f : c->tangent.f);
	for (int i = 0; i < n_dxdb; i++)
		if (strcmp(dxdb[i].problem, r->problem) == 0 && strcmp(dxdb[i].constraint, r->constraint) == 0)
		{
			double		exact = sign * dx(c, dxdb[i].what);

			largest = co_max(largest, fabs(dxdb[i].number[0]));
			worst = co_max(worst, fabs(exact - dxdb[i].number[0]));
			tally->told++;
		}
	tally->regular++;
	if (!(fabs(f - r->number[2]) <= 1e-5 * co_max(1e-3, fabs(r->number[2])) + 1e-6) ||
		!(worst <= co_max(1e-5, r->number[3]) * largest + 1e-9))
	{
		/*
		 * hs026, hs046, hs049: W is singular at the solution, and the
		 * reference is a limit.
		 */
		tally->off++;
		CHECK(!c->s->second_order && !co_sensitivity_regular(c->s));
		printf("  %s %s %s: df %.9g, expected %.9g; dx off by %.1e of %.1e (known to %.0e)\n", r->problem,
			   r->constraint, r->what, f, r->number[2], worst, largest, r->number[3]);
	}
}

static void
check_references(const NlpProblem *problem, Tally *tally)
{
	Writer		w;
	Case		c;
	bool		wanted = false;

	for (int i = 0; i < n_dual; i++)
		wanted = wanted || strcmp(dual[i].problem, problem->name) == 0;
	if (!wanted)
		return;
	begin();
	write_problem(problem, &w);
	if (case_of(w.text, 1e-11, &c) == CO_OK || case_of(w.text, 1e-9, &c) == CO_OK)
	{
		tally->problems++;
		for (int i = 0; i < n_dual; i++)
			if (strcmp(dual[i].problem, problem->name) == 0)
				check_reference(&c, &w, &dual[i], tally);
	}
	else
	{
		CHECK(false);
		printf("  %s: no solution\n", problem->name);
	}
	forget(&w);
	end();
}

static void
test_references(void)
{
	Tally		tally = {0};

	n_dual = read_reference("dual.tsv", dual);
	n_dxdb = read_reference("dxdb.tsv", dxdb);
	each_problem(check_references, &tally);
	printf("# references: %d problems, %d bounds, %d entries, %d bounds off\n", tally.problems,
		   tally.regular, tally.told, tally.off);
	CHECK(n_dual > 100 && n_dxdb > 1000);
	CHECK(tally.off <= 3);
}

CHECK_MAIN(TEST(test_differences), TEST(test_methods), TEST(test_references))
