/*-------------------------------------------------------------------------
 *
 * nlpcheck.h
 *	  A model with room for its values, and its derivatives against
 *	  differences.
 *
 *-------------------------------------------------------------------------
 */
#ifndef NLPCHECK_H
#define NLPCHECK_H

#include <float.h>
#include <stdlib.h>

#include "base/vec.h"
#include "expr/text.h"
#include "fixture.h"
#include "nlp/model.h"

static CoError error;

typedef struct Point			/* a model with room for its values */
{
	CoModel		model;
	CoNlpValue	value;
	double	   *x;
	double	   *y;
	double	   *hess;
} Point;

static inline CoNlpValue
take_value(const CoNlp *nlp)
{
	CoNlpValue	value = {0.0, co_take_zero_doubles(&arena, (size_t) nlp->m + 1),
		co_take_zero_doubles(&arena, (size_t) nlp->n + 1),
	co_take_zero_doubles(&arena, (size_t) co_csc_nnz(&nlp->jac) + 1)};

	return value;
}

static inline void
prepare(Point *p)
{
	const CoNlp *nlp = &p->model.nlp;

	p->value = take_value(nlp);
	p->x = co_take_zero_doubles(&arena, (size_t) nlp->n + 1);
	p->y = co_take_zero_doubles(&arena, (size_t) nlp->m + 1);
	p->hess = co_take_zero_doubles(&arena, (size_t) co_csc_nnz(&nlp->hess) + 1);
	for (int j = 0; j < nlp->n && p->x; j++)
		p->x[j] = isnan(p->model.start[j]) ? 0.0 : p->model.start[j];
}

static inline CoRc
model_of(const char *text, Point *p)
{
	CoBlock		block;
	CoRc		rc = co_parse(&arena, text, strlen(text), CO_BLOCK_PROBLEM, &block, &error);

	if (!rc)
		rc = co_model_build(&arena, &block, NULL, &p->model, &error);
	if (!rc)
		prepare(p);
	return rc;
}

static inline void
must(const char *text, Point *p)
{
	CoRc		rc = model_of(text, p);

	CHECK_INT(rc, CO_OK);
	if (rc)
	{
		printf("  %.200s: %s\n", text, error.message);
		exit(1);
	}
}

static inline CoRc
eval(Point *p, unsigned want)
{
	return p->model.nlp.eval(p->model.nlp.self, p->x, want, &p->value);
}

static inline CoRc
hess(Point *p, double sigma)
{
	return p->model.nlp.hess_at(p->model.nlp.self, p->x, sigma, p->y, p->hess);
}

static inline double
entry(const CoCsc *a, const double *value, int i, int j)
{
	for (int e = a->start[j]; e < a->start[j + 1]; e++)
		if (a->index[e] == i)
			return value[e];
	return 0.0;
}

static inline double
hess_entry(const Point *p, int i, int j)
{
	return entry(&p->model.nlp.hess, p->hess, i > j ? i : j, i > j ? j : i);
}

static inline double
jac_entry(const Point *p, int i, int j)
{
	return entry(&p->model.nlp.jac, p->value.jac, i, j);
}

/* Differences */

#define EVERYTHING	(CO_WANT_F | CO_WANT_C | CO_WANT_GRAD | CO_WANT_JAC)

/* Of what judges say: differences that were exact enough to tell, and the others. */
typedef struct Verdicts
{
	long		told,
				unclear,
				points,
				rejected;
} Verdicts;

/* f, c and the gradient of sigma f + y'c, one after another. */
static inline CoRc
eval_all(Point *p, const CoNlpValue *value, const double *x, double sigma, double *out)
{
	const CoNlp *nlp = &p->model.nlp;
	CoNlpValue	v = *value;
	CoRc		rc = nlp->eval(nlp->self, x, EVERYTHING, &v);
	double	   *gradient = out + 1 + nlp->m;

	if (rc)
		return rc;
	out[0] = v.f;
	co_copy(nlp->m, v.c, out + 1);
	for (int j = 0; j < nlp->n; j++)
		gradient[j] = sigma * v.grad[j];
	for (int j = 0; j < nlp->n; j++)
		for (int e = nlp->jac.start[j]; e < nlp->jac.start[j + 1]; e++)
			gradient[j] += p->y[nlp->jac.index[e]] * v.jac[e];
	return CO_OK;
}

/*
 * Central differences with steps h and h/2: their extrapolation, and as its
 * error how far the better of the two was from it, plus what rounding did.
 */
static inline CoRc
difference(Point *p, const CoNlpValue *value, int j, double sigma, double h, int n,
		   double *slope, double *doubt)
{
	double	   *x = co_take_doubles(&arena, (size_t) p->model.nlp.n + 1);
	double	   *at[4];
	CoRc		rc = CO_OK;

	for (int k = 0; k < 4 && !rc; k++)
	{
		static const double step[4] = {1.0, -1.0, 0.5, -0.5};

		at[k] = co_take_doubles(&arena, (size_t) n);
		co_copy(p->model.nlp.n, p->x, x);
		x[j] += step[k] * h;
		rc = eval_all(p, value, x, sigma, at[k]);
	}
	for (int i = 0; i < n && !rc; i++)
	{
		double		wide = (at[0][i] - at[1][i]) / (2.0 * h);
		double		narrow = (at[2][i] - at[3][i]) / h;

		slope[i] = narrow + (narrow - wide) / 3.0;
		doubt[i] = fabs(narrow - wide) + 1e2 * DBL_EPSILON * (fabs(at[0][i]) + fabs(at[1][i])) / h;
	}
	return rc;
}

static inline void
judge(const char *name, const char *what, int i, int j, double exact, double slope, double doubt,
	  double size, Verdicts *verdicts)
{
	double		scale = fmax(1.0, fmax(fabs(exact), size));

	if (doubt > 1e-4 * scale)
	{
		verdicts->unclear++;
		return;
	}
	verdicts->told++;
	if (!(fabs(exact - slope) <= doubt + 1e-7 * scale))
	{
		CHECK(false);
		printf("  %s: %s %d %d is %.15g, by differences %.15g (%.1e)\n", name, what, i, j, exact,
			   slope, doubt);
	}
}

/* All derivatives in x[j], at p->x. */
static inline CoRc
check_column(const char *name, Point *p, const CoNlpValue *value, int j, double sigma,
			 Verdicts *verdicts)
{
	const CoNlp *nlp = &p->model.nlp;
	int			n = 1 + nlp->m + nlp->n;
	CoMark		mark = co_mark(&arena);
	double	   *slope = co_take_doubles(&arena, (size_t) n);
	double	   *doubt = co_take_doubles(&arena, (size_t) n);
	double		size = 0.0;
	CoRc		rc = difference(p, value, j, sigma, 1e-3 * fmax(1e-1, fmin(fabs(p->x[j]), 1e3)), n,
								slope, doubt);

	if (!rc)
	{
		judge(name, "gradient", 0, j, p->value.grad[j], slope[0], doubt[0], 0.0, verdicts);
		for (int i = 0; i < nlp->m; i++)
			judge(name, "jacobian", i, j, jac_entry(p, i, j), slope[1 + i], doubt[1 + i], 0.0, verdicts);
		for (int i = 0; i < nlp->n; i++)
			size = fmax(size, 1e-3 * fabs(slope[1 + nlp->m + i]));
		for (int i = 0; i < nlp->n; i++)
			judge(name, "hessian", i, j, hess_entry(p, i, j), slope[1 + nlp->m + i],
				  doubt[1 + nlp->m + i], size, verdicts);
	}
	co_rewind(&arena, mark);
	return rc;
}

/* At most this many columns of a model are differenced. */
#define MAX_COLUMNS		12

static inline void
check_point(const char *name, Point *p, TestRandom *random, Verdicts *verdicts)
{
	const CoNlp *nlp = &p->model.nlp;
	CoMark		mark = co_mark(&arena);
	CoNlpValue	value = take_value(nlp);
	double		sigma = 0.5 + test_uniform(random);

	for (int i = 0; i < nlp->m; i++)
		p->y[i] = test_normal(random);
	if (eval(p, EVERYTHING) || hess(p, sigma))
	{
		verdicts->rejected++;
		co_rewind(&arena, mark);
		return;
	}
	verdicts->points++;
	for (int k = 0; k < nlp->n && k < MAX_COLUMNS; k++)
		check_column(name, p, &value, nlp->n <= MAX_COLUMNS ? k : test_int(random, nlp->n), sigma,
					 verdicts);
	co_rewind(&arena, mark);
}

/* At the start and at two points near it, inside the bounds. */
static inline void
check_derivatives(const char *name, Point *p, TestRandom *random, Verdicts *verdicts)
{
	const CoNlp *nlp = &p->model.nlp;

	for (int k = 0; k < 3; k++)
	{
		prepare(p);
		for (int j = 0; j < nlp->n; j++)
		{
			if (k > 0)
				p->x[j] += (0.1 + 0.1 * fabs(p->x[j])) * (2.0 * test_uniform(random) - 1.0);
			p->x[j] = co_clamp(p->x[j], nlp->xl[j], nlp->xu[j]);
		}
		check_point(name, p, random, verdicts);
	}
}

#endif							/* NLPCHECK_H */
