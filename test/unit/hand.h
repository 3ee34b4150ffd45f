/*-------------------------------------------------------------------------
 *
 * hand.h
 *	  Nonlinear problems written by hand, with dense patterns: values and
 *	  derivatives are one function each.
 *
 *-------------------------------------------------------------------------
 */
#ifndef HAND_H
#define HAND_H

#include <string.h>

#include "nlp/nlp.h"

#define HAND_MAX	8

typedef struct Hand
{
	CoNlp		nlp;
	double		xl[HAND_MAX],
				xu[HAND_MAX],
				cl[HAND_MAX],
				cu[HAND_MAX];
	int			jac_start[HAND_MAX + 1],
				jac_index[HAND_MAX * HAND_MAX],
				hess_start[HAND_MAX + 1],
				hess_index[HAND_MAX * HAND_MAX];

	int			no_column[HAND_MAX + 1];	/* zeros: starts of a pattern without rows */

	/* c, row-major jac, row-major full Hessian of sigma f + y'c */
	double		(*f) (const double *x, double *grad);
	void		(*c) (const double *x, double *c, double jac[][HAND_MAX]);
	void		(*h) (const double *x, double sigma, const double *y, double hess[][HAND_MAX]);
	int			calls;
	int			fail_from;		/* this call and later ones: CO_NOT_FINITE; 0: none */
} Hand;

static CoRc
hand_eval(void *self, const double *x, unsigned want, CoNlpValue *out)
{
	Hand	   *p = self;
	int			n = p->nlp.n,
				m = p->nlp.m;
	double		grad[HAND_MAX] = {0},
				c[HAND_MAX] = {0},
				jac[HAND_MAX][HAND_MAX] = {{0}},
				f = p->f(x, grad);

	p->calls++;
	if (p->fail_from > 0 && p->calls >= p->fail_from)
		return CO_NOT_FINITE;
	if (m > 0)
		p->c(x, c, jac);
	if (want & CO_WANT_F)
		out->f = f;
	for (int i = 0; i < m && (want & CO_WANT_C); i++)
		out->c[i] = c[i];
	for (int j = 0; j < n && (want & CO_WANT_GRAD); j++)
		out->grad[j] = grad[j];
	for (int j = 0; j < n && (want & CO_WANT_JAC); j++)
		for (int i = 0; i < m; i++)
			out->jac[j * m + i] = jac[i][j];
	if ((want & CO_WANT_F) && !isfinite(f))
		return CO_NOT_FINITE;
	for (int i = 0; i < m && (want & CO_WANT_C); i++)
		if (!isfinite(c[i]))
			return CO_NOT_FINITE;
	return CO_OK;
}

static CoRc
hand_hess(void *self, const double *x, double sigma, const double *y, double *value)
{
	Hand	   *p = self;
	double		hess[HAND_MAX][HAND_MAX] = {{0}};
	int			k = 0;

	p->h(x, sigma, y, hess);
	for (int j = 0; j < p->nlp.n; j++)
		for (int i = j; i < p->nlp.n; i++)
			value[k++] = hess[i][j];
	return CO_OK;
}

/* Unbounded variables, equalities with 0: change what differs. */
static void
hand_init(Hand *p, int n, int m)
{
	int			nnz = 0;

	memset(p, 0, sizeof *p);
	for (int j = 0; j < n; j++)
	{
		p->xl[j] = -INFINITY;
		p->xu[j] = INFINITY;
		p->jac_start[j] = j * m;
		for (int i = 0; i < m; i++)
			p->jac_index[j * m + i] = i;
		p->hess_start[j] = nnz;
		for (int i = j; i < n; i++)
			p->hess_index[nnz++] = i;
	}
	p->jac_start[n] = n * m;
	p->hess_start[n] = nnz;
	p->nlp = (CoNlp) {.n = n, .m = m, .xl = p->xl, .xu = p->xu, .cl = p->cl, .cu = p->cu,
	.objective = CO_NONLINEAR,
	.jac = {m, n, p->jac_start, p->jac_index, NULL},
	.hess = {n, n, p->hess_start, p->hess_index, NULL},
	.has_hess = true, .eval = hand_eval, .hess_at = hand_hess, .self = p};
}

#endif							/* HAND_H */
