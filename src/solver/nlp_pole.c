/*-------------------------------------------------------------------------
 *
 * solver/nlp_pole.c
 *	  Does the objective fall without limit towards the end of its domain, as
 *	  ln(x) and -1/x do at 0?
 *
 * A line on which the method came closer to it is followed up to where values
 * end.  There the distance is halved again and again: along -sqrt(x) and
 * x ln(x) the falls fade, those of ln(x) do not.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/nlp_run.h"

#include "base/vec.h"

/* Halvings of the distance, in thirds: as far as doubles tell points apart. */
#define THIRD			16
#define HALVINGS		(3 * THIRD)
#define LAST_THIRD		0.95	/* of the fall on the third before, at least */

/* Steps towards the end of the domain, in units of the line: powers of two. */
#define FIRST_STEP		(-52)
#define LAST_STEP		10
#define BISECTIONS		64

#define SLACK			1e-12	/* rounding of rows, relative */

typedef struct Line
{
	CoNlpRun   *run;
	CoNlpValue	at;
	const double *from;			/* [n] */
	double	   *along;			/* [n] */
	bool		finite,			/* at the last point, */
				feasible;
} Line;

/* The point from + s along, inside the bounds. */
static CoRc
evaluate(Line *line, double s)
{
	const CoNlp *nlp = line->run->nlp;
	unsigned	want = CO_WANT_F | (nlp->m > 0 ? CO_WANT_C : 0);
	double	   *x = line->run->tried.x;
	CoRc		rc = co_poll(line->run->arena);

	if (!rc)
		rc = co_inner_count(line->run->inner, want);
	if (rc)
		return rc;
	for (int j = 0; j < nlp->n; j++)
		x[j] = co_clamp(line->from[j] + s * line->along[j], nlp->xl[j], nlp->xu[j]);
	rc = nlp->eval(nlp->self, x, want, &line->at);
	line->finite = line->feasible = rc == CO_OK;
	if (rc)
		return rc == CO_NOT_FINITE ? CO_OK : rc;
	for (int i = 0; i < nlp->m; i++)
	{
		double		c = line->at.c[i],
					slack = SLACK * co_max(1.0, fabs(c));

		line->feasible = line->feasible && c >= nlp->cl[i] - slack && c <= nlp->cu[i] + slack;
	}
	return CO_OK;
}

/* Where values end beyond s = begin; INFINITY: nowhere near. */
static CoRc
find_end(Line *line, double begin, double *end)
{
	double		inside = begin,
				outside = INFINITY;
	CoRc		rc = CO_OK;

	*end = INFINITY;
	for (int k = FIRST_STEP; k <= LAST_STEP && !rc && isinf(outside); k++)
	{
		rc = evaluate(line, begin + ldexp(1.0, k));
		if (line->finite)
			inside = begin + ldexp(1.0, k);
		else
			outside = begin + ldexp(1.0, k);
	}
	for (int k = 0; k < BISECTIONS && !rc && isfinite(outside); k++)
	{
		double		s = 0.5 * (inside + outside);

		rc = evaluate(line, s);
		if (line->finite)
			inside = s;
		else
			outside = s;
	}
	*end = outside;
	return rc;
}

/* Towards s = end the falls of f do not fade. */
static CoRc
follow(Line *line, double end, bool *endless)
{
	double		at_third[2] = {0.0, 0.0},
				last = INFINITY;

	*endless = false;
	for (int k = 0; k <= HALVINGS; k++)
	{
		CoRc		rc = evaluate(line, end - ldexp(end, -k));

		if (rc || !line->feasible || (k > THIRD && !(line->at.f < last)))
			return rc;
		last = line->at.f;
		if (k == THIRD || k == 2 * THIRD)
			at_third[k / THIRD - 1] = last;
	}
	*endless = at_third[1] - last >= LAST_THIRD * (at_third[0] - at_third[1]);
	return CO_OK;
}

static CoRc
try_line(Line *line, double begin, bool *endless)
{
	double		end;
	CoRc		rc = find_end(line, begin, &end);

	*endless = false;
	return rc || isinf(end) ? rc : follow(line, end, endless);
}

/* From the start through the best point. */
static CoRc
try_on(Line *line, bool *endless)
{
	const CoNlpRun *run = line->run;
	int			n = run->nlp->n;

	line->from = run->x0;
	for (int j = 0; j < n; j++)
		line->along[j] = run->sol->point.x[j] - run->x0[j];
	*endless = false;
	return co_norm_inf(n, line->along) > 0.0 ? try_line(line, 1.0, endless) : CO_OK;
}

/* From the best point downhill, each variable by its size at most. */
static CoRc
try_down(Line *line, bool *endless)
{
	const CoNlpRun *run = line->run;
	const CoNlp *nlp = run->nlp;
	CoNlpValue	at = run->inner->at;
	double		largest = 0.0;
	CoRc		rc = nlp->eval(nlp->self, run->sol->point.x, CO_WANT_GRAD, &at);

	*endless = false;
	if (rc)
		return rc == CO_NOT_FINITE ? CO_OK : rc;
	line->from = run->sol->point.x;
	for (int j = 0; j < nlp->n; j++)
	{
		double		x = line->from[j];
		bool		blocked = x == (at.grad[j] > 0.0 ? nlp->xl[j] : nlp->xu[j]);

		line->along[j] = blocked ? 0.0 : -at.grad[j];
		largest = co_max(largest, fabs(line->along[j]) / co_max(1.0, fabs(x)));
	}
	if (!(largest > 0.0) || isinf(largest))
		return CO_OK;
	co_scale(nlp->n, 1.0 / largest, line->along);
	return try_line(line, 0.0, endless);
}

CoRc
co_nlp_probe_pole(CoNlpRun *run)
{
	CoSolution *sol = run->sol;
	int			n = run->nlp->n;
	Line		line = {.run = run, .at = run->inner->at,
	.along = co_take_doubles(run->arena, (size_t) n)};
	bool		endless = false,
				bounded = false;
	CoRc		rc = co_arena_failed(run->arena);

	if (rc || !isfinite(sol->residual.objective))
		return rc;
	rc = try_on(&line, &endless);
	if (!rc && !endless)
		rc = try_down(&line, &endless);
	if (!rc && endless)
		rc = co_nlp_has_floor(run, &bounded);
	if (rc || !endless || bounded)
		return rc;
	co_scale(n, 1.0 / co_norm_inf(n, line.along), line.along);
	sol->ray = line.along;
	sol->status = CO_UNBOUNDED;
	sol->termination = CO_TERM_SUCCESSFUL;
	return CO_OK;
}
