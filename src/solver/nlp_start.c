/*-------------------------------------------------------------------------
 *
 * solver/nlp_start.c
 *	  Where methods start: the user's point inside its bounds, further inside
 *	  where it has no values; the scaling there; the multipliers of a warm start.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/nlp_run.h"

#include "base/vec.h"

/* How far a start without values is moved inside, in units of the width. */
static const double start_moves[CO_NLP_N_MOVES] = {0.0, 0.01, 0.1, 0.5, 1.0};

void
co_nlp_move_start(const CoNlp *inner, const double *x0, int k, double *x)
{
	double		move = start_moves[k];

	for (int j = 0; j < inner->n; j++)
	{
		double		lo = inner->xl[j],
					hi = inner->xu[j];

		x[j] = co_clamp(x0[j], lo, hi);
		if (isfinite(lo) && isfinite(hi))
			x[j] += move * (0.5 * (lo + hi) - x[j]);
		else if (isfinite(lo))
			x[j] = co_max(x[j], lo + move * co_max(1.0, fabs(lo)));
		else if (isfinite(hi))
			x[j] = co_min(x[j], hi - move * co_max(1.0, fabs(hi)));
		else
			x[j] += move * co_max(1.0, fabs(x[j]));
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
	CoNlpValue	at = {
		.c = co_take_doubles(run->arena, (size_t) nlp->m),
		.grad = co_take_doubles(run->arena, (size_t) nlp->n),
		.jac = co_take_doubles(run->arena, (size_t) co_csc_nnz(&nlp->jac))
	};
	CoRc		rc = co_arena_failed(run->arena);

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
