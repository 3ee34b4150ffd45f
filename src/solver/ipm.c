/*-------------------------------------------------------------------------
 *
 * solver/ipm.c
 *	  The loop of the convex interior point (solver/ipm.h).
 *
 *-------------------------------------------------------------------------
 */
#include "solver/ipm.h"

#include <stdio.h>

#include "base/vec.h"
#include "linalg/ticker.h"
#include "solver/krylov.h"

/*
 * Stagnation: for so many iterations no residual fell below PROGRESS times its
 * least value so far, or all steps were this short.
 */
#define PATIENCE		15
#define PROGRESS		0.9
#define SHORT_STEP		1e-8
#define MAX_SHORT		4

#define FIRST_LOG		32		/* lines of the log there is room for at first */

/* Products far below the wanted gap only cost digits in the linear systems. */
#define MU_FLOOR		1e-2
#define MU_TINY			1e-18

/* Residuals this many times too large still point at the right sides. */
#define POLISH_FROM		1e8

/*
 * Systems solved this much worse than asked, in so many iterations, do not
 * get better: no run that ended well had more than 6 of them (measured on the
 * Netlib and Maros-Meszaros sets).
 */
#define UNSOLVED		1e2
#define MAX_UNSOLVED	8

/* At the least mu, so many iterations without progress are enough. */
#define PATIENCE_AT_END	4
#define AT_END			2.0

#define REG_STEP		0.9		/* steps that should have removed the residual */
#define REG_DECREASE	0.01
#define REG_LEAST		1e-12	/* below, the pivots of a rank-deficient
								 * matrix are noise */
#define HINDERS			0.1		/* of the tolerance */

/*
 * Where the dual solutions are unbounded (dependent rows, variables that the
 * rows alone hold at a bound), the central path leads y along the unbounded
 * directions: dfl001 reaches 1e14, and its stationarity has no digits left.
 * A term of weight dual_prox = min(most, per_mu mu) on 1/2 |y|^2 beside the
 * barrier keeps the path bounded; as it vanishes with mu, nothing is left of
 * it in the solution (Pougkakiotis and Gondzio, Comput. Optim. Appl. 78 (2021)
 * 307-351 let it vanish likewise, around the last y instead of 0).  Problems
 * whose multipliers must be large (LISWET) want it small or not at all.
 */
#define SHORT_MOST		1e-8
#define SHORT_PER_MU	1e-4
#define DAMPED_MOST		1e-6
#define DAMPED_PER_MU	1.0

static void
classify(CoIpm *ipm)
{
	for (int k = 0; k < ipm->size; k++)
	{
		unsigned char flags = 0;

		if (ipm->lo[k] == ipm->hi[k])
			flags = k < ipm->n ? CO_PINNED : CO_EQUALITY;
		else
			flags = (unsigned char) ((ipm->lo[k] > -INFINITY ? CO_HAS_LO : 0) |
									 (ipm->hi[k] < INFINITY ? CO_HAS_HI : 0));
		ipm->flags[k] = flags;
		ipm->n_sides += (flags & CO_HAS_LO ? 1 : 0) + (flags & CO_HAS_HI ? 1 : 0);
	}
}

/* Bytes of take_vectors() and join_bounds(). */
static double
count_bytes(const CoQp *qp, const CoOptions *options)
{
	double		n = qp->n,
				m = qp->m;

	return sizeof(double) * (29.0 * (n + m) + 13.0 * n + 10.0 * m) + 4.0 * (n + m) +
		(options->max_iterations + 1.0) * sizeof(CoIteration);
}

/* Bytes that postsolve and the judge of nlp/residual.h take at most, after a run. */
static double
count_judge_bytes(const CoQp *user)
{
	return sizeof(double) * (8.0 * user->n + 6.0 * user->m);
}

/* Zero vectors of one size; large ones with polls between them. */
static CoRc
take_each(CoArena *arena, size_t size, size_t n_vectors, double ***vector)
{
	CoRc		rc = CO_OK;

	for (size_t k = 0; k < n_vectors && !rc; k++)
	{
		*vector[k] = co_take_zero_doubles(arena, size);
		rc = co_arena_failed(arena);
		if (!rc)
			rc = co_poll_pass(arena, (double) size);
	}
	return rc;
}

static CoRc
take_vectors(CoIpm *ipm)
{
	CoArena    *arena = ipm->arena;
	size_t		n = (size_t) ipm->n,
				m = (size_t) ipm->m,
				size = n + m;
	double	  **of_size[] = {&ipm->g, &ipm->tl, &ipm->tu, &ipm->vl, &ipm->vu, &ipm->rl, &ipm->ru,
	&ipm->cl, &ipm->cu, &ipm->weight, &ipm->dg, &ipm->dv, &ipm->dtl, &ipm->dtu, &ipm->dvl, &ipm->dvu};
	double	  **of_n[] = {&ipm->z, &ipm->px, &ipm->aty, &ipm->rd, &ipm->kdx, &ipm->bx,
	&ipm->best_x, &ipm->best_z};
	double	  **of_m[] = {&ipm->y, &ipm->re, &ipm->kdy, &ipm->by, &ipm->dy, &ipm->best_y};

	CoRc		rc = take_each(arena, size, sizeof of_size / sizeof *of_size, of_size);

	if (!rc)
		rc = take_each(arena, n, sizeof of_n / sizeof *of_n, of_n);
	if (!rc)
		rc = take_each(arena, m, sizeof of_m / sizeof *of_m, of_m);
	if (rc)
		return rc;
	ipm->kept = co_take_zero_doubles(arena, 6 * size + m);
	rc = co_poll_pass(arena, 6.0 * (double) size);
	if (rc)
		return rc;
	ipm->saved = co_take_doubles(arena, 4 * size + 4 * n + 2 * m);
	ipm->certificate = co_take_zero_doubles(arena, size);
	ipm->low = co_take_zero_doubles(arena, m);
	ipm->px_low = co_take_zero_doubles(arena, n);
	ipm->flags = co_take(arena, size, 1);
	ipm->active = co_take_zero(arena, size, 1);
	ipm->guess = co_take_zero(arena, size, 1);
	ipm->next_active = co_take_zero(arena, size, 1);
	return co_arena_failed(arena);
}

static CoRc
join_bounds(CoIpm *ipm)
{
	double	   *lo = co_take_doubles(ipm->arena, (size_t) ipm->size),
			   *hi = co_take_doubles(ipm->arena, (size_t) ipm->size);

	if (!lo || !hi)
		return co_arena_failed(ipm->arena);
	co_copy(ipm->n, ipm->qp->xl, lo);
	co_copy(ipm->m, ipm->qp->cl, lo + ipm->n);
	co_copy(ipm->n, ipm->qp->xu, hi);
	co_copy(ipm->m, ipm->qp->cu, hi + ipm->n);
	ipm->lo = lo;
	ipm->hi = hi;
	return CO_OK;
}

CoRc
co_ipm_new(CoArena *arena, const CoQp *user, const CoQp *scaled, const CoScaling *scaling,
		   const CoOptions *options, CoKktPath prefer, CoIpm **out)
{
	CoIpm	   *ipm = co_take_zero(arena, 1, sizeof *ipm);
	CoRc		rc;

	if (!ipm)
		return co_arena_failed(arena);
	rc = co_arena_plan(arena, count_bytes(scaled, options) + co_kkt_bytes(scaled));
	if (rc)
		return rc;
	ipm->arena = arena;
	ipm->options = options;
	ipm->qp = scaled;
	ipm->user = user;
	ipm->scaling = scaling;
	ipm->n = scaled->n;
	ipm->m = scaled->m;
	ipm->size = scaled->n + scaled->m;
	ipm->tried_merit = INFINITY;
	*out = ipm;
	rc = take_vectors(ipm);
	if (!rc)
		rc = join_bounds(ipm);
	if (!rc)
		rc = co_poll_pass(arena, ipm->size);
	if (rc)
		return rc;
	classify(ipm);
	rc = co_kkt_new(arena, scaled, prefer, &ipm->kkt);
	if (rc)
		return rc;
	return co_arena_plan(arena, co_max(co_krylov_bytes(scaled), co_ipm_round_bytes(ipm)) +
						 count_judge_bytes(user));
}

bool
co_ipm_keep_best(CoIpm *ipm)
{
	double		merit;

	co_ipm_converged(ipm, &merit);
	if (ipm->n_log > 1 && !(merit < ipm->best_merit))
		return false;
	ipm->best_merit = merit;
	co_copy(ipm->n, ipm->g, ipm->best_x);
	co_copy(ipm->m, ipm->y, ipm->best_y);
	co_copy(ipm->n, ipm->z, ipm->best_z);
	return true;
}

static void
report(CoIpm *ipm, CoIteration *line)
{
	char		text[200];

	line->iteration = ipm->iteration;
	line->objective = ipm->res.objective;
	line->primal_residual = ipm->res.primal;
	line->dual_residual = ipm->res.dual;
	line->gap = fmax(ipm->res.gap, ipm->res.compl);
	line->mu = ipm->mu;
	if (ipm->options->log_level < 1)
		return;
	snprintf(text, sizeof text, "%3d  f %.10e  primal %.2e  dual %.2e  gap %.2e  mu %.1e  steps %.3f %.3f  solve error %.1e",
			 ipm->iteration, line->objective, line->primal_residual, line->dual_residual,
			 line->gap, line->mu, ipm->step_primal, ipm->step_dual, ipm->solve_error);
	ipm->arena->env->log(ipm->arena->env->self, 1, text);
}

/*
 * From the least mu on residuals that rose on the way there count anew: a
 * flat direction is followed at the slow rate that the regularization allows.
 */
static bool
stagnates(CoIpm *ipm, int *n_short)
{
	bool		at_end = ipm->mu <= AT_END * ipm->mu_floor,
				first = ipm->iteration == 0 || at_end != ipm->at_end;
	double		part[3] = {ipm->res.primal, ipm->res.dual, fmax(ipm->res.gap, ipm->res.compl)};

	for (int k = 0; k < 3; k++)
		if (first || part[k] < PROGRESS * ipm->best_part[k])
		{
			ipm->best_part[k] = part[k];
			ipm->progress_iteration = ipm->iteration;
		}
	*n_short = ipm->iteration > 0 && fmax(ipm->step_primal, ipm->step_dual) < SHORT_STEP
		? *n_short + 1 : 0;
	ipm->at_end = at_end;
	ipm->n_unsolved += ipm->solve_error > UNSOLVED && ipm->path == CO_IPM_PLAIN;
	return *n_short >= MAX_SHORT || ipm->n_unsolved > MAX_UNSOLVED ||
		ipm->iteration - ipm->progress_iteration >=
		(at_end ? PATIENCE_AT_END : PATIENCE);
}

/*
 * On the damped path the regularization leaves a part of the residuals by
 * design: it is lowered only for a residual that keeps the point from being
 * accepted, and more than the gap does.
 */
static bool
hinders(const CoIpm *ipm, double residual, double scale)
{
	const CoOptions *o = ipm->options;
	double		gap = ipm->res.gap / (o->absolute_tolerance + o->tolerance * ipm->res.gap_scale);

	return ipm->path != CO_IPM_DAMPED ||
		residual > co_max(gap, HINDERS) * (o->absolute_tolerance + o->tolerance * scale);
}

/*
 * A nearly full step leaves little of the Newton residuals where the linear
 * system was solved.  Where much is left, the regularization is in the way: it
 * is lowered (solver/kkt.h refines, but only so far).
 */
static void
adapt_regularization(CoIpm *ipm)
{
	double		dual = co_norm_inf(ipm->n, ipm->rd),
				primal = ipm->newton_primal;

	if (ipm->iteration > 0)
	{
		if (ipm->step_dual > REG_STEP && dual > 0.5 * ipm->last_dual &&
			hinders(ipm, ipm->res.dual, ipm->res.dual_scale))
			ipm->kkt->rho = fmax(ipm->kkt->rho * REG_DECREASE, REG_LEAST);
		if (ipm->step_primal > REG_STEP && primal > 0.5 * ipm->last_primal &&
			hinders(ipm, ipm->res.primal, ipm->res.primal_scale))
			ipm->kkt->delta = fmax(ipm->kkt->delta * REG_DECREASE, REG_LEAST);
	}
	ipm->last_dual = dual;
	ipm->last_primal = primal;
}

static double
short_weight(const CoIpm *ipm)
{
	double		mu = ipm->iteration > 0 ? ipm->mu : INFINITY;

	switch (ipm->path)
	{
		case CO_IPM_SHORT:
			return fmin(SHORT_MOST, SHORT_PER_MU * mu);
		case CO_IPM_DAMPED:
			return fmin(DAMPED_MOST, DAMPED_PER_MU * mu);
		default:
			return 0.0;
	}
}

/* A hundredth of the wanted gap, spread over all products. */
static double
wanted_mu(const CoIpm *ipm)
{
	const CoOptions *o = ipm->options;
	double		gap = o->absolute_tolerance + o->tolerance * ipm->res.gap_scale;

	return fmax(MU_TINY, MU_FLOOR * ipm->scaling->k * gap / (1.0 + ipm->n_sides));
}

/* Host trouble is passed on; what belongs to the problem becomes a verdict. */
static CoRc
verdict_of(CoRc rc, CoIpmVerdict *verdict)
{
	switch (rc)
	{
		case CO_TIME_EXCEEDED:
			*verdict = CO_IPM_TIME_LIMIT;
			return CO_OK;
		case CO_SINGULAR:
		case CO_NOT_POSITIVE:
		case CO_NOT_FINITE:
			*verdict = CO_IPM_BREAKDOWN;
			return CO_OK;
		default:
			return rc;
	}
}

/* The next line of the log; NULL: no memory. */
static CoIteration *
next_line(CoIpm *ipm)
{
	if (ipm->n_log == ipm->log_room)
	{
		int			room = ipm->log_room ? 2 * ipm->log_room : FIRST_LOG;

		ipm->log = co_take_grown(ipm->arena, ipm->log, (size_t) ipm->n_log, (size_t) room,
								 sizeof *ipm->log);
		if (!ipm->log)
			return NULL;
		ipm->log_room = room;
	}
	memset(&ipm->log[ipm->n_log], 0, sizeof *ipm->log);
	return &ipm->log[ipm->n_log++];
}

/* Iterate until something can be said. */
static CoRc
iterate(CoIpm *ipm, CoIpmVerdict *verdict)
{
	int			n_short = 0;

	for (;; ipm->iteration++)
	{
		CoIteration *line = next_line(ipm);
		bool		found;
		CoRc		rc;

		if (!line)
			return co_arena_failed(ipm->arena);
		ipm->dual_prox = short_weight(ipm);
		co_ipm_residuals(ipm);
		rc = co_poll_pass(ipm->arena, ipm->size);
		if (rc)
			return rc;
		report(ipm, line);
		if (co_ipm_keep_best(ipm))
			co_ipm_mark_active(ipm);
		*verdict = CO_IPM_CONVERGED;
		if (ipm->best_merit <= 1.0)
			return CO_OK;
		rc = co_ipm_polish_early(ipm, &found);
		if (rc || found)
			return rc;
		rc = co_ipm_certify(ipm, verdict, &found);
		if (rc || found)
			return rc;
		*verdict = CO_IPM_ITERATION_LIMIT;
		if (ipm->iteration >= ipm->options->max_iterations)
			return CO_OK;
		*verdict = CO_IPM_STAGNATED;
		if (stagnates(ipm, &n_short))
			return CO_OK;
		ipm->mu_floor = wanted_mu(ipm);
		adapt_regularization(ipm);
		rc = co_poll(ipm->arena);
		if (!rc)
			rc = co_ipm_step(ipm, line);
		if (rc)
			return rc;
	}
}

CoRc
co_ipm_run(CoIpm *ipm, const double *start, CoIpmVerdict *verdict)
{
	CoRc		rc = co_ipm_start(ipm, start);

	if (!rc)
		rc = iterate(ipm, verdict);
	if (rc)
	{
		rc = verdict_of(rc, verdict);
		if (rc || *verdict == CO_IPM_TIME_LIMIT)
			return rc;
	}
	if (!ipm->options->polish || *verdict == CO_IPM_INFEASIBLE || *verdict == CO_IPM_UNBOUNDED ||
		ipm->polished || !(ipm->best_merit < POLISH_FROM))
		return CO_OK;
	ipm->dual_prox = 0.0;
	ipm->kkt->rho = fmax(ipm->kkt->rho, CO_IPM_POLISH_RHO);
	rc = co_ipm_polish(ipm);
	if (ipm->best_merit <= 1.0)
		*verdict = CO_IPM_CONVERGED;
	if (rc == CO_TIME_EXCEEDED || rc == CO_SINGULAR || rc == CO_NOT_POSITIVE || rc == CO_NOT_FINITE)
		return CO_OK;			/* the interior point's answer stands */
	return rc;
}
