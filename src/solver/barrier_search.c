/*-------------------------------------------------------------------------
 *
 * solver/barrier_search.c
 *	  The filter line search: backtracking, second-order correction, watchdog,
 *	  tiny steps, soft restoration [WB06, sections 2.4, 3.2, 3.3, 3.9].  What is
 *	  taken is told by barrier_accept.c.
 *
 *-------------------------------------------------------------------------
 */
#include <float.h>

#include "base/vec.h"
#include "linalg/ticker.h"
#include "solver/barrier.h"

#define ALPHA_RED		0.5		/* WB06 section 2.3 */
#define MAX_SOC			4		/* WB06 section 2.4 */
#define KAPPA_SOC		0.99
#define WATCHDOG_TRIGGER 10		/* WB06 section 3.2 */
#define WATCHDOG_TRIALS	3
#define SOFT_TRIALS		10		/* WB06 section 3.3 */
#define KAPPA_F			0.9999	/* asked of the system's error there */
#define ROUNDING		(100.0 * DBL_EPSILON)	/* of phi, a sum of many terms */
#define TINY_STEP		(10.0 * DBL_EPSILON)	/* WB06 section 3.9 */
#define TINY_STEP_Y		1e-2
#define TINY_THETA		1e-4

static void
make_trial(CoBarrier *b, const CoVectors *step, double alpha)
{
	for (int j = 0; j < b->nv; j++)
		b->trial->at.v[j] = b->cur->at.v[j] + alpha * step->v[j];
}

static void
swap_points(CoBarrierPoint **a, CoBarrierPoint **c)
{
	CoBarrierPoint *t = *a;

	*a = *c;
	*c = t;
}

/*
 * Values, the tests, then the derivatives: a point without them is none.
 * *accepted tells; CO_OK also where values are missing.
 */
static CoRc
try_trial(CoBarrier *b, double alpha_test, bool *missing, bool *accepted)
{
	CoRc		rc = co_poll_pass(b->arena, b->nv);

	if (!rc)
		rc = co_barrier_values(b, b->trial);
	b->search.n_trials++;
	*accepted = !rc && co_barrier_is_acceptable(b, alpha_test);
	if (*accepted)
		rc = co_barrier_derivatives(b, b->trial);
	*missing = rc == CO_NOT_FINITE;
	if (*missing)
		*accepted = false;
	return *missing ? CO_OK : rc;
}

/* Second-order corrections of the full step [WB06, algorithm A, step 5.5-5.9]. */
static CoRc
try_corrections(CoBarrier *b, double alpha, bool *accepted)
{
	CoBarrierSearch *s = &b->search;
	double		theta = b->trial->theta,
				last = 0.0,
				alpha_soc = alpha;
	bool		missing;
	CoRc		rc;

	co_copy(b->m, b->cur->g, b->g_soc);
	for (int k = 0; k < MAX_SOC && (k == 0 || theta <= KAPPA_SOC * last); k++)
	{
		double		unused;

		last = theta;
		for (int i = 0; i < b->m; i++)
			b->g_soc[i] = alpha_soc * b->g_soc[i] + b->trial->g[i];
		rc = co_barrier_correction(b, b->g_soc, &b->soc);
		if (rc)
			return rc == CO_SINGULAR || rc == CO_NOT_FINITE ? CO_OK : rc;
		co_barrier_fraction(b, b->cur, &b->soc, &alpha_soc, &unused);
		make_trial(b, &b->soc, alpha_soc);
		rc = try_trial(b, alpha, &missing, accepted);
		s->n_corrections = k + 1;
		if (rc || missing)
			return rc;
		if (*accepted)
		{
			CoVectors	t = b->step;

			b->step = b->soc;
			b->soc = t;
			s->alpha = alpha_soc;
			return CO_OK;
		}
		theta = b->trial->theta;
	}
	s->n_corrections = 0;
	return CO_OK;
}

/* Multipliers of the trial point. */
static void
move_duals(CoBarrier *b, double alpha, double alpha_dual)
{
	CoVectors  *to = &b->trial->at;
	const CoVectors *from = &b->cur->at;

	for (int i = 0; i < b->m; i++)
		to->y[i] = from->y[i] + alpha * b->step.y[i];
	for (int j = 0; j < b->nv; j++)
	{
		to->zl[j] = from->zl[j] + alpha_dual * b->step.zl[j];
		to->zu[j] = from->zu[j] + alpha_dual * b->step.zu[j];
	}
}

/*
 * Where what a step can gain is below the rounding of phi, its values decide
 * nothing: without rows the full step is then taken for a smaller error of the
 * whole system, as in soft restoration.
 */
static CoRc
try_by_error(CoBarrier *b, bool *accepted)
{
	CoBarrierSearch *s = &b->search;
	double		primal,
				dual,
				before;
	CoRc		rc;

	if (b->m > 0 || fabs(s->ref_slope) > ROUNDING * fabs(s->ref_phi))
		return CO_OK;
	before = co_barrier_system_error(b, b->cur);
	rc = co_barrier_derivatives(b, b->trial);
	if (rc)
		return rc == CO_NOT_FINITE ? CO_OK : rc;
	co_barrier_fraction(b, b->cur, &b->step, &primal, &dual);
	move_duals(b, s->alpha, dual);
	*accepted = co_barrier_system_error(b, b->trial) <= KAPPA_F * before;
	return CO_OK;
}

/* b->step from cur: the first acceptable of alpha, alpha / 2, ... */
static CoRc
backtrack(CoBarrier *b, bool skip_first, bool *accepted, bool *missing)
{
	CoBarrierSearch *s = &b->search;
	double		longest,
				least,
				unused,
				alpha;
	CoRc		rc = CO_OK;

	co_barrier_fraction(b, b->cur, &b->step, &longest, &unused);
	least = s->in_watchdog ? longest : co_barrier_shortest_step(b);
	alpha = skip_first ? ALPHA_RED * longest : longest;
	*accepted = *missing = false;
	s->n_trials = skip_first ? 1 : 0;
	while (alpha > least || s->n_trials == 0)
	{
		bool		first = s->n_trials == 0;

		make_trial(b, &b->step, alpha);
		s->alpha = alpha;
		s->alpha_test = s->in_watchdog ? s->watchdog_alpha : alpha;
		rc = try_trial(b, s->alpha_test, missing, accepted);
		if (rc || *accepted || s->in_watchdog)
			return rc;
		if (first && !*missing)
		{
			rc = try_by_error(b, accepted);
			if (rc || *accepted)
				return rc;
		}
		if (first && !*missing && b->trial->theta >= s->ref_theta && b->m > 0)
		{
			int			trials = s->n_trials;

			rc = try_corrections(b, alpha, accepted);
			s->n_trials = trials;
			if (rc || *accepted)
				return rc;
		}
		alpha *= ALPHA_RED;
		if (alpha < DBL_MIN)
			break;
	}
	return CO_OK;
}

static bool
step_is_tiny(const CoBarrier *b)
{
	for (int j = 0; j < b->nv; j++)
		if (fabs(b->step.v[j]) > TINY_STEP * (1.0 + fabs(b->cur->at.v[j])))
			return false;
	return b->cur->theta <= TINY_THETA;
}

static CoRc
take_step(CoBarrier *b, char kind)
{
	CoBarrierSearch *s = &b->search;
	double		unused;

	co_barrier_fraction(b, b->cur, &b->step, &unused, &s->alpha_dual);
	move_duals(b, s->alpha, s->alpha_dual);
	swap_points(&b->cur, &b->trial);
	co_barrier_reset_duals(b, b->cur);
	s->kind = kind;
	return CO_OK;
}

/* A step below rounding is taken whole, for the multipliers' sake. */
static CoRc
take_tiny_step(CoBarrier *b, bool *taken)
{
	CoBarrierSearch *s = &b->search;
	double		unused;
	CoRc		rc;

	co_barrier_fraction(b, b->cur, &b->step, &s->alpha, &unused);
	make_trial(b, &b->step, s->alpha);
	rc = co_barrier_values(b, b->trial);
	if (!rc)
		rc = co_barrier_derivatives(b, b->trial);
	*taken = !rc;
	if (rc)
		return rc == CO_NOT_FINITE ? CO_OK : rc;
	if (s->tiny_last || co_norm_inf(b->m, b->step.y) < TINY_STEP_Y)
		b->tiny_step = true;
	s->tiny_last = true;
	return take_step(b, 't');
}

static void
start_watchdog(CoBarrier *b)
{
	CoBarrierSearch *s = &b->search;
	double		unused;

	co_barrier_copy_point(b, b->cur, b->kept);
	co_barrier_copy_vectors(b, &b->step, &b->kept_step);
	s->in_watchdog = true;
	s->n_watchdog = 0;
	co_barrier_fraction(b, b->cur, &b->step, &s->watchdog_alpha, &unused);
}

/* Back to where the watchdog began. */
static void
stop_watchdog(CoBarrier *b)
{
	co_barrier_copy_point(b, b->kept, b->cur);
	co_barrier_copy_vectors(b, &b->kept_step, &b->step);
	b->search.in_watchdog = false;
	b->search.n_shortened = 0;
	co_barrier_set_reference(b);
}

/*
 * A full step of primal and dual variables alike, taken when it lowers the
 * error of the whole system [WB06, section 3.3].
 */
static CoRc
try_soft(CoBarrier *b, bool *taken)
{
	CoBarrierSearch *s = &b->search;
	double		primal,
				dual,
				before;
	bool		regular;
	CoRc		rc;

	*taken = false;
	co_barrier_fraction(b, b->cur, &b->step, &primal, &dual);
	s->alpha = s->alpha_dual = co_min(primal, dual);
	make_trial(b, &b->step, s->alpha);
	rc = co_barrier_values(b, b->trial);
	if (!rc)
		rc = co_barrier_derivatives(b, b->trial);
	if (rc)
		return rc == CO_NOT_FINITE ? CO_OK : rc;
	move_duals(b, s->alpha, s->alpha);
	regular = co_barrier_is_acceptable(b, 0.0);
	before = co_barrier_system_error(b, b->cur);
	if (!regular && !(co_barrier_system_error(b, b->trial) <= KAPPA_F * before))
		return CO_OK;
	*taken = true;
	s->in_soft = !regular;
	swap_points(&b->cur, &b->trial);
	co_barrier_reset_duals(b, b->cur);
	s->kind = regular ? 'S' : 's';
	return CO_OK;
}

/* The accepted regular step: bookkeeping of filter and watchdog. */
static CoRc
finish_regular(CoBarrier *b)
{
	CoBarrierSearch *s = &b->search;
	double		phi = co_barrier_phi(b, b->trial);
	bool		f_type = co_barrier_is_f_type(s, s->alpha_test) && co_barrier_armijo_holds(s, s->alpha_test, phi);
	CoRc		rc = CO_OK;

	co_barrier_mind_filter(b);
	if (s->in_watchdog)
	{
		s->in_watchdog = false;
		s->n_shortened = 0;
	}
	else if (s->n_trials <= 1)
		s->n_shortened = 0;
	else
		s->n_shortened++;
	if (!f_type)
		rc = co_barrier_filter_augment(b);
	if (rc)
		return rc;
	return take_step(b, s->n_corrections > 0 ? (f_type ? 'F' : 'H') : f_type ? 'f' : 'h');
}

/* Soft restoration, else ask for the full one. */
static CoRc
leave_regular(CoBarrier *b, CoSearchOutcome *outcome)
{
	CoBarrierSearch *s = &b->search;
	bool		taken = false;
	CoRc		rc = CO_OK;

	*outcome = CO_SEARCH_RESTORE;
	if (!s->in_soft && !b->outer)
	{
		rc = co_barrier_filter_augment(b);
		s->n_soft = 0;
		if (!rc)
			rc = try_soft(b, &taken);
	}
	if (taken)
		*outcome = CO_SEARCH_FOUND;
	else
		s->in_soft = false;
	return rc;
}

static CoRc
continue_soft(CoBarrier *b, CoSearchOutcome *outcome)
{
	bool		taken = false;
	CoRc		rc = CO_OK;

	co_barrier_set_reference(b);
	if (++b->search.n_soft <= SOFT_TRIALS)
		rc = try_soft(b, &taken);
	*outcome = taken ? CO_SEARCH_FOUND : CO_SEARCH_RESTORE;
	if (!taken)
		b->search.in_soft = false;
	return rc;
}

/* In the watchdog a rejected step is taken, for a few iterations. */
static CoRc
search_watchdog(CoBarrier *b, bool *done)
{
	CoBarrierSearch *s = &b->search;
	bool		accepted,
				missing;
	CoRc		rc = backtrack(b, false, &accepted, &missing);

	*done = false;
	if (rc)
		return rc;
	if (accepted)
	{
		*done = true;
		return finish_regular(b);
	}
	if (!missing && ++s->n_watchdog <= WATCHDOG_TRIALS)
	{
		rc = co_barrier_derivatives(b, b->trial);
		if (!rc)
		{
			*done = true;
			return take_step(b, 'w');
		}
		if (rc != CO_NOT_FINITE)
			return rc;
	}
	stop_watchdog(b);
	return CO_OK;
}

CoRc
co_barrier_search(CoBarrier *b, CoSearchOutcome *outcome)
{
	CoBarrierSearch *s = &b->search;
	bool		done = false,
				accepted,
				missing,
				skip_first = false;
	CoRc		rc;

	s->n_corrections = 0;
	s->filter_rejected = false;
	*outcome = CO_SEARCH_FOUND;
	if (s->in_soft)
		return continue_soft(b, outcome);
	if (!s->in_watchdog)
		co_barrier_set_reference(b);
	if (step_is_tiny(b))
	{
		if (s->in_watchdog)
		{
			stop_watchdog(b);
			skip_first = true;
		}
		else
		{
			rc = take_tiny_step(b, &done);
			if (rc || done)
				return rc;
		}
	}
	s->tiny_last = false;
	if (!s->in_watchdog && s->n_shortened >= WATCHDOG_TRIGGER)
		start_watchdog(b);
	if (s->in_watchdog)
	{
		rc = search_watchdog(b, &done);
		if (rc || done)
			return rc;
		skip_first = true;
	}
	rc = backtrack(b, skip_first, &accepted, &missing);
	if (rc)
		return rc;
	return accepted ? finish_regular(b) : leave_regular(b, outcome);
}
