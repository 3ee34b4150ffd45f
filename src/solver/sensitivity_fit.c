/*-------------------------------------------------------------------------
 *
 * solver/sensitivity_fit.c
 *	  Covariance of fitted variables.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/sensitivity_fit.h"

#include "base/vec.h"

static CoRc
take_lists(CoArena *arena, const CoParamNlp *fit, const bool *at_bound, const bool *is_active,
		   CoCovariance *cov, int *n_free, int *n_active)
{
	cov->place = co_take_ints(arena, (size_t) fit->n);
	cov->free_var = co_take_ints(arena, (size_t) fit->n);
	cov->active_row = co_take_ints(arena, (size_t) fit->m);
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	*n_free = *n_active = 0;
	for (int j = 0; j < fit->n; j++)
	{
		cov->place[j] = at_bound[j] ? -1 : *n_free;
		if (!at_bound[j])
			cov->free_var[(*n_free)++] = j;
	}
	for (int i = 0; i < fit->m; i++)
		if (is_active[i])
			cov->active_row[(*n_active)++] = i;
	return CO_OK;
}

CoRc
co_covariance_new(CoArena *arena, CoParamNlp *fit, const double *x, const double *p,
				  const bool *at_bound, const bool *is_active, CoCovariance **out)
{
	CoCovariance *cov = co_take_zero(arena, 1, sizeof *cov);
	double	   *no_multipliers = co_take_zero_doubles(arena, (size_t) fit->m);
	double		growth;
	int			n,
				m;
	CoRc		rc = co_arena_failed(arena);

	if (rc || (rc = take_lists(arena, fit, at_bound, is_active, cov, &n, &m)))
		return rc;
	cov->work = co_take_doubles(arena, (size_t) n + (size_t) m);
	if (!cov->work)
		return co_arena_failed(arena);

	/*
	 * Without multipliers the Hessian is that of the squares alone: Gauss and
	 * Newton's.
	 */
	if ((rc = co_param_eval(fit, x, p, no_multipliers)) ||
		(rc = co_sensitivity_kkt_new(arena, fit, n, cov->free_var, m, cov->active_row, &cov->kkt)))
		return rc;
	cov->kkt->keeps_all = true;
	if ((rc = co_sensitivity_kkt_factor(cov->kkt, fit, false)) ||
		(rc = co_sensitivity_kkt_growth(cov->kkt, false, cov->work, &growth)))
		return rc;
	cov->is_determined = growth < CO_SENSITIVITY_SINGULAR && cov->kkt->inertia.n_positive == n;
	*out = cov;
	return CO_OK;
}

CoRc
co_covariance_column(CoCovariance *cov, int n, int j, double *column)
{
	double		error;
	CoRc		rc = CO_OK;

	co_fill(n, 0.0, column);
	if (cov->place[j] < 0)
		return CO_OK;
	co_fill(cov->kkt->n + cov->kkt->m, 0.0, cov->work);
	/* The KKT matrix has twice G. */
	cov->work[cov->place[j]] = 2.0;
	rc = co_sensitivity_kkt_solve(cov->kkt, cov->work, &error);
	for (int i = 0; i < n && !rc; i++)
		if (cov->place[i] >= 0)
			column[i] = cov->work[cov->place[i]];
	return rc;
}
