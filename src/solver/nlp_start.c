/*-------------------------------------------------------------------------
 *
 * solver/nlp_start.c
 *	  Where methods start: the user's point inside its bounds, further inside or
 *	  beside it where it has no values; the scaling there; the multipliers of a warm start.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/nlp_run.h"

#include "base/vec.h"

/*
 * A start without values: how far it is moved inside, in units of the width;
 * then how far beside, in units of the point's size, all variables by different
 * parts of that and in turn to either side.
 */
#define N_INSIDE		5
#define N_BESIDE		5
static const double inside[N_INSIDE] = {0.0, 0.01, 0.1, 0.5, 1.0};
static const double beside[N_BESIDE] = {0.01, 0.1, 0.5, 2.0, 10.0};

/* Multiples of it, modulo 1, are spread evenly. */
#define GOLDEN			0.6180339887498949

static double
move_inside(double x, double lo, double hi, double move)
{
	if (isfinite(lo) && isfinite(hi))
		return x + move * (0.5 * (lo + hi) - x);
	if (isfinite(lo))
		return co_max(x, lo + move * co_max(1.0, fabs(lo)));
	if (isfinite(hi))
		return co_min(x, hi - move * co_max(1.0, fabs(hi)));
	return x + move * co_max(1.0, fabs(x));
}

void
co_nlp_move_start(const CoNlp *inner, const double *x0, int k, double *x)
{
	double		distance = k < N_INSIDE ? 0.0 : beside[(k - N_INSIDE) / 2],
				side = k % 2 == 0 ? 1.0 : -1.0,
				place = 0.0;

	for (int j = 0; j < inner->n; j++)
	{
		double		lo = inner->xl[j],
					hi = inner->xu[j];

		x[j] = co_clamp(x0[j], lo, hi);
		place += GOLDEN;
		place -= floor(place);
		if (k < N_INSIDE)
			x[j] = move_inside(x[j], lo, hi, inside[k]);
		else if (lo < hi)
			x[j] = co_clamp(x[j] + side * distance * (0.5 + 0.5 * place) * co_max(1.0, fabs(x[j])), lo, hi);
		side = -side;
	}
}

void
co_nlp_inner_point(const CoInner *inner, const double *user, double *x)
{
	for (int j = 0; j < inner->nlp.n; j++)
		x[j] = user[inner->var[j]];
}

bool
co_nlp_warm_multipliers(const CoNlpRun *run, double *y, double *z)
{
	const CoInner *inner = run->inner;

	if (!run->warm_y)
		return false;
	for (int i = 0; i < inner->nlp.m; i++)
		y[i] = run->warm_y[inner->row[i]] * inner->f_scale / inner->row_scale[i];
	for (int j = 0; j < inner->nlp.n; j++)
		z[j] = run->warm_z[inner->var[j]] * inner->f_scale;
	return true;
}

/* All that a first step asks for is finite at x, and the problem scaled there. */
static CoRc
try_start(CoNlpRun *run, CoNlpValue *at, const double *x)
{
	const CoNlp *nlp = &run->inner->nlp;
	unsigned	values = CO_WANT_F | (nlp->m > 0 ? CO_WANT_C : 0),
				slopes = CO_WANT_GRAD | (nlp->m > 0 ? CO_WANT_JAC : 0);
	CoRc		rc = nlp->eval(nlp->self, x, values, at);

	if (rc)
		return rc;
	return run->options->scaling ? co_inner_scale(run->inner, x) :
		nlp->eval(nlp->self, x, slopes, at);
}

CoRc
co_nlp_find_start(CoNlpRun *run, double *x)
{
	const CoNlp *nlp = &run->inner->nlp;
	CoMark		mark = co_mark(run->arena);
	double	   *x0 = co_take_doubles(run->arena, (size_t) nlp->n);
	CoNlpValue	at;
	CoRc		rc = co_nlp_take_value(run->arena, nlp, &at);

	if (rc)
		return rc;
	co_nlp_inner_point(run->inner, run->x0, x0);
	rc = CO_NOT_FINITE;
	for (int k = 0; k < CO_NLP_N_MOVES && rc == CO_NOT_FINITE; k++)
	{
		co_nlp_move_start(nlp, x0, k, x);
		rc = try_start(run, &at, x);
	}
	co_rewind(run->arena, mark);
	return rc;
}
