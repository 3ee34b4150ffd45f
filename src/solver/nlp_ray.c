/*-------------------------------------------------------------------------
 *
 * solver/nlp_ray.c
 *	  A run that got lost far out: does the objective fall without limit along
 *	  the direction that it took?
 *
 *-------------------------------------------------------------------------
 */
#include "solver/nlp_run.h"

#include "base/vec.h"

/* A ray is tried at multiples of the point's size up to RAY_END. */
#define RAY_STEP		1e3
#define RAY_END			1e15
#define RAY_SLOPE		1e-8	/* fall of the objective over the length, at least */
#define FAR_SLACK		1e-12	/* rounding of rows far out, relative */

/* The direction from the start to the best point, without what a side blocks. */
static double
fill_ray(const CoNlpRun *run, double *ray)
{
	const CoNlp *nlp = run->nlp;
	double		length;

	for (int j = 0; j < nlp->n; j++)
	{
		ray[j] = run->sol->point.x[j] - run->x0[j];
		if (isfinite(ray[j] > 0.0 ? nlp->xu[j] : nlp->xl[j]))
			ray[j] = 0.0;
	}
	length = co_norm_inf(nlp->n, ray);
	if (length > 0.0)
		co_scale(nlp->n, 1.0 / length, ray);
	return length;
}

/*
 * Every point of the ray that is tried, from origin on, has to be feasible and
 * lower than the one before, in proportion; last: than this.
 */
static CoRc
follow_ray(CoNlpRun *run, const double *origin, double last, const double *ray, bool *endless)
{
	const CoNlp *nlp = run->nlp;
	double		base = co_max(1.0, co_norm_inf(nlp->n, origin));

	*endless = false;
	for (double t = RAY_STEP; t <= RAY_END; t *= RAY_STEP)
	{
		CoNlpValue	at = run->inner->at;
		unsigned	want = CO_WANT_F | (nlp->m > 0 ? CO_WANT_C : 0);
		double	   *x = run->tried.x;
		CoRc		rc;

		for (int j = 0; j < nlp->n; j++)
			x[j] = origin[j] + t * base * ray[j];
		rc = nlp->eval(nlp->self, x, want, &at);
		if (rc)
			return rc == CO_NOT_FINITE ? CO_OK : rc;
		for (int i = 0; i < nlp->m; i++)
			if (!(at.c[i] >= nlp->cl[i] - FAR_SLACK * fabs(at.c[i]) &&
				  at.c[i] <= nlp->cu[i] + FAR_SLACK * fabs(at.c[i])))
				return CO_OK;
		if (!(at.f < last - RAY_SLOPE * t))
			return CO_OK;
		last = at.f;
	}
	*endless = true;
	return CO_OK;
}

/* From the best point, and from the start, whose numbers are smaller. */
CoRc
co_nlp_probe_ray(CoNlpRun *run)
{
	CoSolution *sol = run->sol;
	double	   *ray = co_take_doubles(run->arena, (size_t) run->nlp->n);
	bool		endless = false,
				bounded = false;
	CoRc		rc = CO_OK;

	if (!ray)
		return co_arena_failed(run->arena);
	if (!isfinite(sol->residual.objective) || !(fill_ray(run, ray) > 0.0))
		return CO_OK;
	rc = follow_ray(run, sol->point.x, sol->residual.objective, ray, &endless);
	if (!rc && !endless)
		rc = follow_ray(run, run->x0, INFINITY, ray, &endless);
	if (!rc && endless)
		rc = co_nlp_has_floor(run, &bounded);
	if (rc || !endless || bounded)
		return rc;
	sol->status = CO_UNBOUNDED;
	sol->termination = CO_TERM_SUCCESSFUL;
	sol->ray = ray;
	return rc;
}
