/*-------------------------------------------------------------------------
 *
 * t_nlp_invariance.c
 *	  The same nonlinear problem in other units and in another order: the same
 *	  status, the same objective.
 *
 * Through a CoNlp around the model's:
 *
 *		x = unit * x' + shift, c' = row_unit * c, f' = f_unit * f
 *
 * with variables and rows renumbered.
 *
 *-------------------------------------------------------------------------
 */
#include "nlpcheck.h"
#include "data.h"
#include "nlpdata.h"
#include "problem.h"
#include "solver/nlp_solve.h"

/* Objectives of the same local minimum, both from residuals of 1e-8. */
#define NEAR		1e-6
#define SHIFT		3.0

typedef struct Wrap
{
	CoNlp		nlp;			/* self is this struct */
	const CoNlp *user;
	double		f_unit,
				shift,
			   *unit,			/* [n] by the user's variable */
			   *row_unit,		/* [m] by the user's row */
			   *x,				/* work, the user's */
			   *y,
			   *hess;
	CoNlpValue	at;
	int		   *var_at,			/* [n] new place of the user's variable */
			   *row_at,			/* [m] */
			   *jac_from,		/* the user's entry of each new one */
			   *hess_from;
	double	   *jac_unit,		/* factor of each new entry */
			   *hess_unit;
} Wrap;

static void
load_x(Wrap *w, const double *x)
{
	for (int j = 0; j < w->user->n; j++)
		w->x[j] = w->unit[j] * x[w->var_at[j]] + w->shift;
}

static CoRc
wrap_eval(void *self, const double *x, unsigned want, CoNlpValue *out)
{
	Wrap	   *w = self;
	CoRc		rc;

	load_x(w, x);
	rc = w->user->eval(w->user->self, w->x, want, &w->at);
	if (rc)
		return rc;
	out->f = w->f_unit * w->at.f;
	for (int i = 0; (want & CO_WANT_C) && i < w->nlp.m; i++)
		out->c[w->row_at[i]] = w->row_unit[i] * w->at.c[i];
	for (int j = 0; (want & CO_WANT_GRAD) && j < w->nlp.n; j++)
		out->grad[w->var_at[j]] = w->f_unit * w->unit[j] * w->at.grad[j];
	for (int e = 0; (want & CO_WANT_JAC) && e < co_csc_nnz(&w->nlp.jac); e++)
		out->jac[e] = w->jac_unit[e] * w->at.jac[w->jac_from[e]];
	return CO_OK;
}

static CoRc
wrap_hess(void *self, const double *x, double sigma, const double *y, double *value)
{
	Wrap	   *w = self;
	CoRc		rc;

	load_x(w, x);
	for (int i = 0; i < w->nlp.m; i++)
		w->y[i] = w->row_unit[i] * y[w->row_at[i]];
	rc = w->user->hess_at(w->user->self, w->x, w->f_unit * sigma, w->y, w->hess);
	for (int e = 0; !rc && e < co_csc_nnz(&w->nlp.hess); e++)
		value[e] = w->hess_unit[e] * w->hess[w->hess_from[e]];
	return rc;
}

/* Entry e of column j goes to (i, j) of the new matrix. */
typedef struct Moved
{
	int			i,
				j,
				from;
	double		unit;
} Moved;

static int
compare_moved(const void *a, const void *b)
{
	const Moved *p = a,
			   *q = b;

	return p->j != q->j ? p->j - q->j : p->i - q->i;
}

static void
move_matrix(const Wrap *w, const CoCsc *user, bool hess, CoCsc *out, int **from, double **unit)
{
	int			nnz = co_csc_nnz(user),
				k = 0;
	Moved	   *moved = co_take(&arena, (size_t) nnz + 1, sizeof *moved);

	for (int j = 0; j < user->ncol; j++)
		for (int e = user->start[j]; e < user->start[j + 1]; e++)
		{
			int			i = user->index[e],
						row = hess ? w->var_at[i] : w->row_at[i],
						col = w->var_at[j];
			bool		turn = hess && row < col;

			moved[k].i = turn ? col : row;
			moved[k].j = turn ? row : col;
			moved[k].from = e;
			moved[k++].unit = w->unit[j] * (hess ? w->unit[i] : w->row_unit[i]);
		}
	qsort(moved, (size_t) nnz, sizeof *moved, compare_moved);
	*out = *user;
	out->start = co_take_zero_ints(&arena, (size_t) user->ncol + 1);
	out->index = co_take_ints(&arena, (size_t) nnz + 1);
	*from = co_take_ints(&arena, (size_t) nnz + 1);
	*unit = co_take_doubles(&arena, (size_t) nnz + 1);
	for (k = 0; k < nnz; k++)
	{
		out->start[moved[k].j + 1]++;
		out->index[k] = moved[k].i;
		(*from)[k] = moved[k].from;
		(*unit)[k] = moved[k].unit;
	}
	for (int j = 0; j < user->ncol; j++)
		out->start[j + 1] += out->start[j];
}

static void
move_sides(Wrap *w)
{
	const CoNlp *user = w->user;
	double	   *xl = co_take_doubles(&arena, (size_t) user->n + 1),
			   *xu = co_take_doubles(&arena, (size_t) user->n + 1),
			   *cl = co_take_doubles(&arena, (size_t) user->m + 1),
			   *cu = co_take_doubles(&arena, (size_t) user->m + 1);
	uint8_t    *row = co_take_zero(&arena, (size_t) user->m + 1, 1);

	for (int j = 0; j < user->n; j++)
	{
		xl[w->var_at[j]] = (user->xl[j] - w->shift) / w->unit[j];
		xu[w->var_at[j]] = (user->xu[j] - w->shift) / w->unit[j];
	}
	for (int i = 0; i < user->m; i++)
	{
		cl[w->row_at[i]] = user->cl[i] * w->row_unit[i];
		cu[w->row_at[i]] = user->cu[i] * w->row_unit[i];
		row[w->row_at[i]] = user->row ? user->row[i] : CO_NONLINEAR;
	}
	w->nlp.xl = xl;
	w->nlp.xu = xu;
	w->nlp.cl = cl;
	w->nlp.cu = cu;
	w->nlp.row = row;
}

static void
wrap_begin(Wrap *w, const CoNlp *user)
{
	size_t		n = (size_t) user->n + 1,
				m = (size_t) user->m + 1;

	w->user = user;
	w->nlp = *user;
	w->f_unit = 1.0;
	w->shift = 0.0;
	w->unit = co_take_doubles(&arena, n);
	w->row_unit = co_take_doubles(&arena, m);
	w->x = co_take_doubles(&arena, n);
	w->y = co_take_doubles(&arena, m);
	w->hess = co_take_doubles(&arena, (size_t) co_csc_nnz(&user->hess) + 1);
	w->at = take_value(user);
	w->var_at = co_take_ints(&arena, n);
	w->row_at = co_take_ints(&arena, m);
	for (int j = 0; j < user->n; j++)
	{
		w->unit[j] = 1.0;
		w->var_at[j] = j;
	}
	for (int i = 0; i < user->m; i++)
	{
		w->row_unit[i] = 1.0;
		w->row_at[i] = i;
	}
}

static void
wrap_end(Wrap *w)
{
	move_sides(w);
	move_matrix(w, &w->user->jac, false, &w->nlp.jac, &w->jac_from, &w->jac_unit);
	move_matrix(w, &w->user->hess, true, &w->nlp.hess, &w->hess_from, &w->hess_unit);
	w->nlp.eval = wrap_eval;
	w->nlp.hess_at = wrap_hess;
	w->nlp.range = NULL;
	w->nlp.self = w;
}

/* The ways to state a problem otherwise. */
enum
{
	WAY_SAME, WAY_F_LARGE, WAY_F_SMALL, WAY_ROWS_LARGE, WAY_ROWS_SMALL, WAY_UNITS, WAY_UNITS_TURNED,
	WAY_SHIFTED, WAY_ORDER, N_WAYS,

	/* for every method: all by one factor */
	WAY_F_HUGE = N_WAYS, WAY_F_TINY, WAY_ROWS_THOUSAND, WAY_ROWS_THOUSANDTH, WAY_ALL_THOUSAND,
	WAY_ALL_THOUSANDTH, N_ALL_WAYS
};

static const char *const way_names[] = {"same", "objective x 1e4", "objective x 1e-4", "rows x 1e4",
	"rows x 1e-4", "variables x 1e2 and 1e-2", "variables x 1e-2 and 1e2", "variables + 3", "other order",
	"objective x 1e6", "objective x 1e-6", "rows x 1e3", "rows x 1e-3", "variables x 1e3",
"variables x 1e-3"};

static void
choose_way(Wrap *w, int way)
{
	if (way == WAY_F_LARGE || way == WAY_F_SMALL)
		w->f_unit = way == WAY_F_LARGE ? 1e4 : 1e-4;
	if (way == WAY_F_HUGE || way == WAY_F_TINY)
		w->f_unit = way == WAY_F_HUGE ? 1e6 : 1e-6;
	if (way == WAY_SHIFTED)
		w->shift = -SHIFT;
	for (int i = 0; i < w->user->m; i++)
	{
		if (way == WAY_ROWS_LARGE || way == WAY_ROWS_SMALL)
			w->row_unit[i] = way == WAY_ROWS_LARGE ? 1e4 : 1e-4;
		if (way == WAY_ROWS_THOUSAND || way == WAY_ROWS_THOUSANDTH)
			w->row_unit[i] = way == WAY_ROWS_THOUSAND ? 1e3 : 1e-3;
		if (way == WAY_ORDER)
			w->row_at[i] = w->user->m - 1 - i;
	}
	for (int j = 0; j < w->user->n; j++)
	{
		if (way == WAY_UNITS || way == WAY_UNITS_TURNED)
			w->unit[j] = j % 2 == (way == WAY_UNITS) ? 1e2 : 1e-2;
		if (way == WAY_ALL_THOUSAND || way == WAY_ALL_THOUSANDTH)
			w->unit[j] = way == WAY_ALL_THOUSAND ? 1e-3 : 1e3;
		if (way == WAY_ORDER)
			w->var_at[j] = (j + w->user->n / 2) % w->user->n;
	}
}

/* method: NULL: the default, with others to fall back on */
static void
solve_way(const CoModel *model, const CoNlpMethod *method, int way, CoStatus *status,
		  double *objective)
{
	const CoNlp *user = &model->nlp;
	double	   *x = co_take_doubles(&arena, (size_t) user->n + 1);
	CoNlpStart	start = {.x = x};
	CoOptions	options;
	CoSolution	sol;
	Wrap		w;

	wrap_begin(&w, user);
	choose_way(&w, way);
	wrap_end(&w);
	for (int j = 0; j < user->n; j++)
		x[w.var_at[j]] = ((isnan(model->start[j]) ? 0.0 : model->start[j]) - w.shift) / w.unit[j];
	co_options_default(&options);
	options.fallback = method == NULL;
	CHECK_INT(co_nlp_solve_by(&arena, &w.nlp, method, &options, &start, &sol), CO_OK);
	*status = sol.status;
	*objective = sol.residual.objective / w.f_unit;
}

static void
check_ways(const char *name, const CoModel *model, bool other_minima)
{
	CoStatus	status[N_WAYS];
	double		objective[N_WAYS];

	for (int way = 0; way < N_WAYS; way++)
	{
		int			before = check_failures;

		solve_way(model, NULL, way, &status[way], &objective[way]);
		CHECK_STR(co_status_word(status[way]), co_status_word(status[WAY_SAME]));
		if (!other_minima && status[way] == CO_OPTIMAL)
			CHECK_NEAR(objective[way], objective[WAY_SAME],
					   NEAR * fmax(1.0, fabs(objective[WAY_SAME])));
		if (check_failures > before)
			printf("  ... %s, %s: %s %.9g, %s %.9g\n", name, way_names[way],
				   co_status_word(status[WAY_SAME]), objective[WAY_SAME], co_status_word(status[way]),
				   objective[way]);
	}
}

/* Other units lead to other minima, some lower: the status is the same. */
static const char *const many_minima[] = {"hs044", "hs047", "hs055", "hs059", "hs097", "hs098", NULL};

/* No multipliers: they grow, and how far is a matter of units. */
static const char *const no_multipliers[] = {"hs013", NULL};

/* Terms of 1e12 that cancel: away from the place where they do exactly, their rounding is 1e-4. */
static const char *const drowned[] = {"brown_badly_scaled.opt", NULL};

static bool
is_in(const char *const *list, const char *name)
{
	for (; *list; list++)
		if (strcmp(*list, name) == 0)
			return true;
	return false;
}

static void
test_hs(void)
{
	NlpData    *data = nlp_open("nlp_hs", "small");
	NlpProblem	problem;
	int			n = 0;

	if (!data)
		SKIP("the data are not there");
	while (nlp_next(data, &problem))
	{
		CoModel		model;

		if (is_in(no_multipliers, problem.name))
			continue;
		begin();
		memset(&error, 0, sizeof error);
		CHECK_INT(nlp_model(&arena, &problem, &model, &error), CO_OK);
		check_ways(problem.name, &model, is_in(many_minima, problem.name));
		n++;
		end();
	}
	nlp_close(data);
	CHECK(n >= 80);
}

/* Of the problems with known answers those that have one as nonlinear programs. */
static void
check_problem(Problem *p)
{
	begin();
	if (strcmp(p->status, "not_convex") != 0 && !is_in(drowned, p->file))
		check_ways(p->file, &p->model, false);
	end();
}

static void
test_problems(void)
{
	each_problem(check_problem);
}

/* A few by hand, so that something is tested without the data. */
static void
test_hand(void)
{
	static const char *const texts[] = {
		"minimize 100*(y - x^2)^2 + (1 - x)^2",
		"minimize (x - 2)^2 + (y - 1)^2 subject to x - 2*y == -1; x^2/4 + y^2 <= 1",
		"minimize exp(x) + exp(y) + z^2 subject to x*y >= 1; x + y + z == 4; x >= 0; y >= 0",
		"minimize x*y subject to x^2 + y^2 <= 2; x + 3*y <= 1",
		"minimize x - ln(y) subject to x >= y^2; y <= 3; x >= 0",
	};

	for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
	{
		Point		p;

		begin();
		must(texts[k], &p);
		check_ways(texts[k], &p.model, false);
		end();
	}
}

/* Verdicts that are the same for every method that takes the problem. */
static const char *const verdicts[] = {
	"minimize (x - 2)^2 + (y - 1)^2 subject to x - 2*y == -1; x^2/4 + y^2 <= 1",
	"minimize exp(x) + exp(y) + z^2 subject to x*y >= 1; x + y + z == 4 where x in [0, inf] start 2, y in [0, inf] start 1",
	"minimize 100*(y - x^2)^2 + (1 - x)^2 where x in [-2, 0.5] start -1, y in [-3, 3] start 1",
	"minimize exp(x) - 2*x + cosh(y - 1)",
	"minimize x + y subject to x^2 + y^2 <= 1; x + y >= 3",
	"minimize x subject to x*y == 1; x^2 + y^2 == 1 where x in [-9, 9] start 1, y in [-9, 9] start 0.5",
	"minimize x^2 subject to sin(x) == 2 where x in [-3, 3] start 0.5",
	"minimize x + y^2",
	"minimize x^3 - y^2 subject to x + y <= 4; x - y <= 2",
	"minimize 0 - exp(x)",
};

static void
check_verdict_ways(const CoNlpMethod *method, const char *text)
{
	CoStatus	same;
	double		objective;
	Point		p;

	must(text, &p);
	if (!co_nlp_method_takes(method, &p.model.nlp))
		return;
	solve_way(&p.model, method, WAY_SAME, &same, &objective);
	CHECK(same == CO_OPTIMAL || same == CO_LOCALLY_INFEASIBLE || same == CO_UNBOUNDED);
	for (int way = WAY_F_HUGE; way < N_ALL_WAYS; way++)
	{
		int			before = check_failures;
		CoStatus	status;
		double		other;

		solve_way(&p.model, method, way, &status, &other);
		CHECK_STR(co_status_word(status), co_status_word(same));
		if (status == CO_OPTIMAL)
			CHECK_NEAR(other, objective, NEAR * fmax(1.0, fabs(objective)));
		if (check_failures > before)
			printf("  ... %s, %s, %s: %.9g, %.9g\n", co_nlp_method_word(method), text,
				   way_names[way], objective, other);
	}
}

static void
test_every_method(void)
{
	const CoNlpMethod *method;

	for (int i = 0; (method = co_nlp_method(i)) != NULL; i++)
		for (size_t k = 0; k < sizeof verdicts / sizeof *verdicts; k++)
		{
			begin();
			check_verdict_ways(method, verdicts[k]);
			end();
		}
}

CHECK_MAIN(TEST(test_every_method), TEST(test_hand), TEST(test_problems), TEST(test_hs))
