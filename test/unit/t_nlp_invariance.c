/*-------------------------------------------------------------------------
 *
 * t_nlp_invariance.c
 *	  The same nonlinear problem in other units and in another order: the same
 *	  status, the same objective.
 *
 * Through a CoNlp around the model's:
 *
 *		x = unit * x', c' = row_unit * c, f' = f_unit * f
 *
 * with variables and rows renumbered.
 *
 *-------------------------------------------------------------------------
 */
#include "nlpcheck.h"
#include "data.h"
#include "nlpdata.h"
#include "solver/nlp_solve.h"

/* Objectives of the same local minimum, both from residuals of 1e-8. */
#define NEAR		1e-6

typedef struct Wrap
{
	CoNlp		nlp;			/* self is this struct */
	const CoNlp *user;
	double		f_unit,
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
		w->x[j] = w->unit[j] * x[w->var_at[j]];
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
		xl[w->var_at[j]] = user->xl[j] / w->unit[j];
		xu[w->var_at[j]] = user->xu[j] / w->unit[j];
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
	w->nlp.self = w;
}

/* The ways to state a problem otherwise. */
enum
{
	WAY_SAME, WAY_F_LARGE, WAY_F_SMALL, WAY_ROWS_LARGE, WAY_ROWS_SMALL, WAY_UNITS, WAY_ORDER, N_WAYS
};

static const char *const way_names[] = {"same", "objective x 1e4", "objective x 1e-4", "rows x 1e4",
"rows x 1e-4", "variables x 1e2 and 1e-2", "other order"};

static void
choose_way(Wrap *w, int way)
{
	if (way == WAY_F_LARGE || way == WAY_F_SMALL)
		w->f_unit = way == WAY_F_LARGE ? 1e4 : 1e-4;
	for (int i = 0; i < w->user->m; i++)
	{
		if (way == WAY_ROWS_LARGE || way == WAY_ROWS_SMALL)
			w->row_unit[i] = way == WAY_ROWS_LARGE ? 1e4 : 1e-4;
		if (way == WAY_ORDER)
			w->row_at[i] = w->user->m - 1 - i;
	}
	for (int j = 0; j < w->user->n; j++)
	{
		if (way == WAY_UNITS)
			w->unit[j] = j % 2 ? 1e2 : 1e-2;
		if (way == WAY_ORDER)
			w->var_at[j] = (j + w->user->n / 2) % w->user->n;
	}
}

/*
 * The absolute tolerance has the units of what it is compared with: that of
 * the smallest of them, so that no residual is allowed to be larger than in
 * the problem itself.  Without rows it is that of the objective.
 */
static double
absolute_tolerance(const CoNlp *user, int way, double normal)
{
	double		unit = 1.0;

	if (way == WAY_F_SMALL || (way == WAY_ROWS_SMALL && user->m > 0))
		unit = 1e-4;
	else if (way == WAY_F_LARGE && user->m == 0)
		unit = 1e4;
	return normal * unit;
}

static void
solve_way(const CoModel *model, int way, CoStatus *status, double *objective)
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
		x[w.var_at[j]] = isnan(model->start[j]) ? 0.0 : model->start[j] / w.unit[j];
	co_options_default(&options);
	options.absolute_tolerance = absolute_tolerance(user, way, options.absolute_tolerance);
	CHECK_INT(co_nlp_solve(&arena, &w.nlp, &options, &start, &sol), CO_OK);
	*status = sol.status;
	*objective = sol.residual.objective / w.f_unit;
}

static void
check_ways(const char *name, const CoModel *model, unsigned leave_out)
{
	CoStatus	status[N_WAYS];
	double		objective[N_WAYS];

	for (int way = 0; way < N_WAYS; way++)
	{
		int			before = check_failures;

		if (leave_out & 1u << way)
			continue;
		solve_way(model, way, &status[way], &objective[way]);
		CHECK_STR(co_status_word(status[way]), co_status_word(status[WAY_SAME]));
		CHECK_NEAR(objective[way], objective[WAY_SAME], NEAR * fmax(1.0, fabs(objective[WAY_SAME])));
		if (check_failures > before)
			printf("  ... %s, %s\n", name, way_names[way]);
	}
}

#define WAY(way)	(1u << (way))
#define ANY_UNITS	(WAY(WAY_F_LARGE) | WAY(WAY_F_SMALL) | WAY(WAY_ROWS_LARGE) | \
					 WAY(WAY_ROWS_SMALL) | WAY(WAY_UNITS))

/* What is not the same in other units: the reason, where it is known. */
static const struct
{
	const char *name;
	unsigned	ways;
}			left_out[] = {
	{"hs013", ANY_UNITS},		/* no multipliers: they grow without limit */
	{"hs044", ANY_UNITS},		/* indefinite: -13 or -15, both minima */
	{"hs047", WAY(WAY_UNITS)},	/* another point, with a lower objective */
	{"hs088", WAY(WAY_ROWS_SMALL)}, /* only acceptable; its multiplier is 1e3 */
	{"hs268", ANY_UNITS},		/* only acceptable in three of them: open */
};

static unsigned
ways_left_out(const char *name)
{
	for (size_t k = 0; k < sizeof left_out / sizeof *left_out; k++)
		if (strcmp(left_out[k].name, name) == 0)
			return left_out[k].ways;
	return 0;
}

/* Every third of the problems. */
#define SAMPLE		3

static void
test_hs(void)
{
	NlpData    *data = nlp_open("nlp_hs", "small");
	NlpProblem	problem;
	int			n = 0;

	if (!data)
		SKIP("the data are not there");
	for (int k = 0; nlp_next(data, &problem); k++)
	{
		CoModel		model;

		if (k % SAMPLE != 0)
			continue;
		begin();
		memset(&error, 0, sizeof error);
		CHECK_INT(nlp_model(&arena, &problem, &model, &error), CO_OK);
		check_ways(problem.name, &model, ways_left_out(problem.name));
		n++;
		end();
	}
	nlp_close(data);
	CHECK(n >= 30);
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
		check_ways(texts[k], &p.model, 0);
		end();
	}
}

CHECK_MAIN(TEST(test_hand), TEST(test_hs))
