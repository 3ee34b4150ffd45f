/*-------------------------------------------------------------------------
 *
 * t_model_oracle.c
 *	  Derivatives of the models of the literature against a source of their
 *	  own: hyperdual.h.
 *
 * At the start and at two points near it: the objective, its slope along u,
 * the slope of each row along u, and u'Wv of the Hessian of the Lagrangian W,
 * u and v random.
 *
 *-------------------------------------------------------------------------
 */
#include "hyperdual.h"
#include "nlpcheck.h"
#include "nlpdata.h"

/*
 * Relative to the sum of the absolute values of what is summed, beside what
 * rounding of the point does to the oracle's own answer.
 */
#define TOLERANCE		1e-9
#define ROUNDINGS		100.0

typedef struct Oracle			/* what it says at a point, and at one a rounding away */
{
	Hyper		f;
	Hyper	   *c;				/* [m] */
	int			m;
} Oracle;

typedef struct Tally
{
	long		problems,
				added,			/* with variables that the text does not have */
				points,
				rejected,
				compared,
				doubtful;		/* not known to the tolerance */
	double		worst;
} Tally;

/* Objective and rows of the text "minimize f subject to name: sides; ... where ..." */
static void
read_text(const NlpProblem *problem, const double *x, const double *u, const double *v, Oracle *out)
{
	HyperReader r = {strchr(problem->text, ' '), x, u, v};

	out->f = hyper_sum(&r);
	r.at = strstr(r.at, "subject to") + strlen("subject to");
	for (out->m = 0; out->m < problem->m; out->m++)
	{
		Hyper		side[3];
		int			n = 0;

		r.at = strchr(r.at, ':') + 1;
		side[n++] = hyper_sum(&r);
		while (n < 3 && (hyper_accept(&r, '<') || hyper_accept(&r, '=')))
		{
			hyper_accept(&r, '=');
			side[n++] = hyper_sum(&r);
		}
		out->c[out->m] = side[n == 3];
		CHECK(hyper_accept(&r, ';'));
	}
}

/* ours against expected, which is moved a rounding away. */
static void
compare(const char *name, const char *what, int i, double ours, long double expected, long double moved,
		double size, Tally *tally)
{
	double		doubt = fabs((double) (moved - expected)),
				off = fabs(ours - (double) expected);

	if (!isfinite((double) expected))
		return;
	tally->compared++;
	if (size > 0.0)
		tally->worst = fmax(tally->worst, (off - ROUNDINGS * doubt) / size);
	tally->doubtful += ROUNDINGS * doubt > TOLERANCE * size;
	CHECK(off <= TOLERANCE * size + ROUNDINGS * doubt);
	if (!(off <= TOLERANCE * size + ROUNDINGS * doubt))
		printf("  %s, %s %d: %.17g, expected %.17Lg (known to %.1e)\n", name, what, i, ours, expected, doubt);
}

static void
compare_rows(const char *name, const Point *p, const double *u, const Oracle *oracle, const Oracle *moved,
			 Tally *tally)
{
	const CoCsc *jac = &p->model.nlp.jac;
	double	   *slope = co_take_zero_doubles(&arena, (size_t) jac->nrow + 1);
	double	   *size = co_take_zero_doubles(&arena, (size_t) jac->nrow + 1);

	for (int j = 0; j < jac->ncol; j++)
		for (int e = jac->start[j]; e < jac->start[j + 1]; e++)
		{
			slope[jac->index[e]] += p->value.jac[e] * u[j];
			size[jac->index[e]] += fabs(p->value.jac[e] * u[j]);
		}
	for (int i = 0; i < oracle->m; i++)
		compare(name, "row", i, slope[i], oracle->c[i].d1, moved->c[i].d1, size[i], tally);
}

static long double
curvature(const Point *p, double sigma, const Oracle *oracle)
{
	long double sum = sigma * oracle->f.d12;

	for (int i = 0; i < oracle->m; i++)
		sum += p->y[i] * oracle->c[i].d12;
	return sum;
}

static void
compare_curvature(const char *name, const Point *p, double sigma, const double *u, const double *v,
				  const Oracle *oracle, const Oracle *moved, Tally *tally)
{
	const CoCsc *h = &p->model.nlp.hess;
	double		sum = 0.0,
				size = 0.0;

	for (int j = 0; j < h->ncol; j++)
		for (int e = h->start[j]; e < h->start[j + 1]; e++)
		{
			int			i = h->index[e];
			double		uv = i == j ? u[i] * v[i] : u[i] * v[j] + u[j] * v[i];

			sum += p->hess[e] * uv;
			size += fabs(p->hess[e] * uv);
		}
	compare(name, "curvature", 0, sum, curvature(p, sigma, oracle), curvature(p, sigma, moved), size, tally);
}

/* The same, of the objective the model minimizes. */
static Oracle
ask(const NlpProblem *problem, const Point *p, const double *x, const double *u, const double *v)
{
	Oracle		oracle = {.c = calloc((size_t) problem->m + 1, sizeof(Hyper))};

	read_text(problem, x, u, v, &oracle);
	oracle.f = hyper_add(hyper_constant(0.0L), p->model.maximize ? -1.0L : 1.0L, oracle.f);
	return oracle;
}

static void
compare_all(const NlpProblem *problem, const Point *p, double sigma, const double *u, const double *v,
			const Oracle *oracle, const Oracle *moved, Tally *tally)
{
	double		slope = 0.0,
				size = 0.0;

	for (int j = 0; j < problem->n; j++)
	{
		slope += p->value.grad[j] * u[j];
		size += fabs(p->value.grad[j] * u[j]);
	}
	compare(problem->name, "objective", 0, p->value.f, oracle->f.f, moved->f.f,
			fmax(1.0, fabs((double) oracle->f.f)), tally);
	compare(problem->name, "gradient", 0, slope, oracle->f.d1, moved->f.d1, size, tally);
	compare_rows(problem->name, p, u, oracle, moved, tally);
	compare_curvature(problem->name, p, sigma, u, v, oracle, moved, tally);
}

static void
check_here(const NlpProblem *problem, Point *p, TestRandom *random, Tally *tally)
{
	size_t		n = (size_t) problem->n + 1;
	double	   *u = co_take_zero_doubles(&arena, n),
			   *v = co_take_zero_doubles(&arena, n),
			   *near = co_take_zero_doubles(&arena, n),
				sigma = 0.5 + test_uniform(random);
	Oracle		oracle,
				moved;

	for (int j = 0; j < problem->n; j++)
	{
		u[j] = test_normal(random);
		v[j] = test_normal(random);
		near[j] = p->x[j] + DBL_EPSILON * fmax(1.0, fabs(p->x[j])) * (2.0 * test_uniform(random) - 1.0);
	}
	for (int i = 0; i < problem->m; i++)
		p->y[i] = test_normal(random);
	if (eval(p, EVERYTHING) || hess(p, sigma))
	{
		tally->rejected++;
		return;
	}
	tally->points++;
	oracle = ask(problem, p, p->x, u, v);
	moved = ask(problem, p, near, u, v);
	compare_all(problem, p, sigma, u, v, &oracle, &moved, tally);
	free(oracle.c);
	free(moved.c);
}

static void
check_problem(const NlpProblem *problem, TestRandom *random, Tally *tally)
{
	Point		p;

	begin();
	CHECK_INT(nlp_model(&arena, problem, &p.model, &error), CO_OK);
	if (p.model.nlp.n != problem->n || p.model.nlp.m != problem->m)
		tally->added++;
	else
		for (int k = 0; k < 3; k++)
		{
			const CoNlp *nlp = &p.model.nlp;

			prepare(&p);
			for (int j = 0; j < nlp->n; j++)
				p.x[j] = co_clamp(p.x[j] + (k > 0 ? (0.1 + 0.1 * fabs(p.x[j])) *
											(2.0 * test_uniform(random) - 1.0) : 0.0), nlp->xl[j], nlp->xu[j]);
			check_here(problem, &p, random, tally);
		}
	tally->problems++;
	end();
}

static void
check_set(const char *set)
{
	static const char *const tier[] = {"small", "medium"};
	TestRandom	random = {29};
	Tally		tally = {0};
	NlpProblem	problem;

	for (int t = 0; t < 2; t++)
	{
		NlpData    *data = nlp_open(set, tier[t]);

		while (data && nlp_next(data, &problem))
			if (problem.smooth && problem.text)
				check_problem(&problem, &random, &tally);
		if (data)
			nlp_close(data);
	}
	if (tally.problems == 0)
		SKIP("the data are not here");
	printf("# %s: %ld problems, %ld with variables of their own, %ld points, %ld not finite; "
		   "%ld compared, %ld known to less, worst %.1e\n", set, tally.problems, tally.added, tally.points,
		   tally.rejected, tally.compared, tally.doubtful, tally.worst);
	CHECK(tally.added * 50 <= tally.problems);
	CHECK(tally.doubtful * 50 <= tally.compared);
}

static void
test_hs(void)
{
	check_set("nlp_hs");
}

static void
test_cute(void)
{
	check_set("nlp_cute");
}

CHECK_MAIN(TEST(test_hs), TEST(test_cute))
