/*-------------------------------------------------------------------------
 *
 * solver/barrier.c
 *	  The primal-dual interior point with a filter line search: Algorithm A of
 *	  [WB06], and its use for the restoration phase.
 *
 * Knows the scaled problem only; what the user's problem says of the result is
 * asked through judge().
 *
 *-------------------------------------------------------------------------
 */
#include "base/vec.h"
#include "solver/barrier.h"

#define BOUND_RELAX		1e-8	/* WB06 section 3.5 */
#define UNRELAX_MU		1e-5	/* best of 1e-3 .. 1e-9 over HS, CUTE, GLOBALLib */
#define KAPPA_EPSILON	10.0	/* WB06 section 2.1, for mu_min */
#define ITERATE_MAX		1e20	/* larger: diverged */
#define OBJECTIVE_MAX	1e20	/* scaled; lower: no limit in sight */
#define ACCEPTABLE		1e-6	/* scaled; WB06 section 3.9 */
#define STALL_ITERATIONS 15
#define F_GAIN			1e-7	/* relative: an objective that falls so has not stalled */
#define FLOOR_ITERATIONS 3		/* as many when the tolerance has been met */
#define TOL_LEAST		1e-11	/* the scaled problem is not asked for more */
#define TIGHTER			0.1
#define S_BOUND			10.0	/* on s_d and s_c, for the best point */
#define Y_LONG			1e4		/* multipliers that may have run off: best of
								 * 1e4, 1e6, 1e8 over the same sets */
#define Y_GAIN			1e-2	/* of the gradient, that shorter ones have to
								 * leave: best of 1, 1e-1 .. 1e-4 there */
#define FIRST_LOG		64

static CoRc
take_arrays(CoBarrier *b)
{
	CoArena    *arena = b->arena;
	size_t		n = (size_t) b->n,
				m = (size_t) b->m,
				nv = (size_t) b->nv;
	CoVectors  *vectors[] = {&b->step, &b->kept_step, &b->soc, &b->rhs, &b->res, &b->best_sol};
	CoRc		rc = CO_OK;

	for (size_t k = 0; k < sizeof vectors / sizeof *vectors && !rc; k++)
		rc = co_barrier_take_vectors(b, vectors[k]);
	if (!rc)
		rc = co_barrier_take_point(b, &b->cur);
	if (!rc)
		rc = co_barrier_take_point(b, &b->trial);
	if (!rc)
		rc = co_barrier_take_point(b, &b->kept);
	if (rc)
		return rc;
	b->lo = co_take_doubles(arena, nv);
	b->hi = co_take_doubles(arena, nv);
	b->has = co_take_zero(arena, nv, 1);
	b->extra_row = co_take_ints(arena, nv - n);
	b->extra_sign = co_take_doubles(arena, nv - n);
	b->extra_hess = co_take_zero_doubles(arena, nv - n);
	b->target = co_take_zero_doubles(arena, m);
	b->rd = co_take_zero_doubles(arena, nv);
	b->weight = co_take_zero_doubles(arena, nv);
	b->eliminated = co_take_zero_doubles(arena, nv);
	b->zero = co_take_zero_doubles(arena, nv);
	b->hess = co_take_zero_doubles(arena, (size_t) co_csc_nnz(&b->nlp->hess));
	b->dx = co_take_doubles(arena, n);
	b->dy = co_take_doubles(arena, m);
	b->reduced = co_take_doubles(arena, n + m);
	b->g_soc = co_take_doubles(arena, m);
	b->best_x = co_take_zero_doubles(arena, n);
	b->best_y = co_take_zero_doubles(arena, m);
	b->best_z = co_take_zero_doubles(arena, n);
	b->stationary_y = co_take_zero_doubles(arena, m);
	b->prox = b->outer ? co_take_doubles(arena, n) : NULL;
	return co_arena_failed(arena);
}

static bool
is_equality(const CoNlp *nlp, int i)
{
	return nlp->cl[i] == nlp->cu[i];
}

static void
mark_sides(CoBarrier *b, int j, double lo, double hi)
{
	b->has[j] = (isfinite(lo) ? CO_HAS_LOWER : 0) | (isfinite(hi) ? CO_HAS_UPPER : 0);
	b->n_bounds += isfinite(lo) + isfinite(hi);
}

/* Slacks of the inequalities, then the elastic columns. */
static void
set_columns(CoBarrier *b)
{
	const CoNlp *nlp = b->nlp;
	int			k = b->n;

	for (int j = 0; j < b->n; j++)
		mark_sides(b, j, nlp->xl[j], nlp->xu[j]);
	for (int i = 0; i < b->m; i++)
	{
		b->target[i] = is_equality(nlp, i) ? nlp->cl[i] : 0.0;
		if (is_equality(nlp, i))
			continue;
		b->extra_row[k - b->n] = i;
		b->extra_sign[k - b->n] = -1.0;
		mark_sides(b, k++, nlp->cl[i], nlp->cu[i]);
	}
	for (; k < b->nv; k++)
	{
		int			e = k - (b->nv - b->n_elastic);

		b->extra_row[k - b->n] = e % b->m;
		b->extra_sign[k - b->n] = e < b->m ? 1.0 : -1.0;
		b->lo[k] = b->squares ? -INFINITY : 0.0;
		b->hi[k] = INFINITY;
		mark_sides(b, k, b->lo[k], b->hi[k]);
	}
	if (b->outer)
	{
		/* its sides may have moved */
		co_copy(b->outer->nv, b->outer->lo, b->lo);
		co_copy(b->outer->nv, b->outer->hi, b->hi);
	}
	else
		co_barrier_set_sides(b, BOUND_RELAX);
}

CoRc
co_barrier_new(CoArena *arena, const CoNlp *nlp, const CoOptions *options, CoBarrierKkt *kkt,
			   const double *row_scale, CoBarrier *outer, bool squares,
			   CoBarrier **out)
{
	CoBarrier  *b = co_take_zero(arena, 1, sizeof *b);
	CoRc		rc;

	if (!b)
		return co_arena_failed(arena);
	b->arena = arena;
	b->options = options;
	b->nlp = nlp;
	b->kkt = kkt;
	b->outer = outer;
	b->row_scale = row_scale;
	b->n = b->nv = nlp->n;
	b->m = nlp->m;
	for (int i = 0; i < nlp->m; i++)
		b->nv += !is_equality(nlp, i);
	b->squares = squares;
	b->n_elastic = !outer ? 0 : squares ? nlp->m : 2 * nlp->m;
	b->nv += b->n_elastic;
	rc = take_arrays(b);
	if (rc)
		return rc;
	co_filter_init(&b->search.filter, arena);
	b->search.theta_max = -1.0;
	b->best_merit = INFINITY;
	b->tol = options->tolerance;
	b->unrelax_mu = UNRELAX_MU;
	b->y_long = Y_LONG;
	b->mu_min = b->tol / (KAPPA_EPSILON + 1.0);
	b->max_iterations = options->nonlinear_max_iterations;
	set_columns(b);
	*out = b;
	return CO_OK;
}

static CoRc
log_iteration(CoBarrier *b)
{
	CoBarrier  *to = b->outer ? b->outer : b;
	const CoBarrierSearch *s = &b->search;

	if (to->n_log == to->log_room)
	{
		to->log_room = to->log_room ? 2 * to->log_room : FIRST_LOG;
		to->log = co_take_grown(to->log_arena, to->log, (size_t) to->n_log,
								(size_t) to->log_room, sizeof *to->log);
		if (!to->log)
			return co_arena_failed(to->log_arena);
	}
	to->log[to->n_log++] = (CoIteration) {
		.iteration = b->iteration,
		.objective = b->cur->f,
		.primal_residual = b->error.primal,
		.dual_residual = b->error.dual,
		.gap = b->error.compl,
		.mu = b->mu,
		.step_primal = s->alpha,
		.step_dual = s->alpha_dual,
		.corrections = s->n_corrections,
		.refinements = b->n_refine,
		.regularization = b->delta_w,
		.kind = b->outer ? 'r' : s->kind
	};
	return CO_OK;
}

/*
 * E_0 with the scaling of multipliers bounded: where they run off, a point must
 * not look good for their size alone.
 */
static double
merit_of(const CoBarrier *b)
{
	const CoBarrierError *e = &b->error;

	return co_max(e->dual / co_min(e->s_d, S_BOUND),
				  co_max(e->primal, e->compl / co_min(e->s_c, S_BOUND)));
}

static void
keep_best(CoBarrier *b)
{
	const CoVectors *at = &b->cur->at;
	double		merit = merit_of(b);

	b->n_acceptable = merit <= ACCEPTABLE ? b->n_acceptable + 1 : 0;
	if (b->n_acceptable > 0 && b->cur->f < b->stall_f - F_GAIN * fabs(b->stall_f))
	{
		b->stall_f = b->cur->f;
		b->best_iteration = b->iteration;
	}
	else if (b->n_acceptable == 0)
		b->stall_f = b->cur->f;
	if (!(merit < b->best_merit))
		return;
	if (merit < 0.9 * b->best_merit)
		b->best_iteration = b->iteration;
	b->best_merit = merit;
	co_copy(b->n, at->v, b->best_x);
	co_copy(b->m, at->y, b->best_y);
	for (int j = 0; j < b->n; j++)
		b->best_z[j] = at->zu[j] - at->zl[j];
}

/* Good points for long, none better than the best, nor a lower objective. */
static bool
has_stalled(const CoBarrier *b)
{
	int			patience = b->best_merit <= b->options->tolerance ?
		FLOOR_ITERATIONS : STALL_ITERATIONS;

	return b->n_acceptable >= patience && b->iteration - b->best_iteration >= patience;
}

/* Without an objective a feasible point needs no multipliers. */
static CoRc
test_flat(CoBarrier *b, bool *good)
{
	CoVectors  *at = &b->cur->at;
	CoRc		rc;

	*good = false;
	if (!b->judge || b->nlp->objective != CO_LINEAR || b->error.primal > b->options->tolerance ||
		co_norm_inf(b->n, b->cur->grad) > 0.0)
		return CO_OK;
	co_barrier_copy_vectors(b, at, &b->res);
	co_fill(b->m, 0.0, at->y);
	co_fill(b->nv, 0.0, at->zl);
	co_fill(b->nv, 0.0, at->zu);
	rc = b->judge(b->judge_self, b, good);
	if (!*good)
		co_barrier_copy_vectors(b, &b->res, at);
	return rc;
}

/*
 * The convergence test of the regular phase.  Where the scaled problem is
 * solved and the user's is not yet, the sides become the user's, and then more
 * is asked of the scaled one.
 */
static CoRc
test_regular(CoBarrier *b, CoBarrierVerdict *verdict, bool *done)
{
	bool		good = false;
	CoRc		rc = CO_OK;

	keep_best(b);
	*done = has_stalled(b);
	*verdict = CO_BARRIER_STALLED;
	rc = test_flat(b, &good);
	if (rc || good)
	{
		*verdict = CO_BARRIER_CONVERGED;
		*done = true;
		return rc;
	}
	if (!(co_barrier_e(b, 0.0) <= b->options->tolerance))
		return CO_OK;
	good = true;
	b->met = true;
	if (b->judge)
		rc = b->judge(b->judge_self, b, &good);
	if (!rc && good)
	{
		*verdict = CO_BARRIER_CONVERGED;
		*done = true;
	}
	else if (!rc && b->relax > 0.0)
	{
		*done = false;
		return co_barrier_tighten_sides(b);
	}
	else if (b->tol > TOL_LEAST)
	{
		b->tol *= TIGHTER;
		b->mu_min *= TIGHTER;
	}
	return rc;
}

static CoRc
test_restoration(CoBarrier *b, CoBarrierVerdict *verdict, bool *done)
{
	CoRc		rc = co_barrier_left_restoration(b, done);

	*verdict = CO_BARRIER_RESTORED;
	if (!rc && !*done && co_barrier_e(b, 0.0) <= b->tol)
	{
		*verdict = CO_BARRIER_CONVERGED;
		*done = true;
	}
	return rc;
}

/* Is the run over?  first: of this run */
static CoRc
test_point(CoBarrier *b, bool first, CoBarrierVerdict *verdict, bool *done)
{
	CoRc		rc = co_poll(b->arena);

	*done = false;
	if (rc)
		return rc;
	co_barrier_find_error(b);
	rc = log_iteration(b);
	if (rc)
		return rc;
	if (!b->outer)
		rc = test_regular(b, verdict, done);
	else if (!first)
		rc = test_restoration(b, verdict, done);
	if (rc || *done)
		return rc;
	*done = true;
	if (!isfinite(co_barrier_e(b, 0.0)))
		*verdict = CO_BARRIER_NONFINITE;
	else if (co_norm_inf(b->n, b->cur->at.v) > ITERATE_MAX || b->cur->f < -OBJECTIVE_MAX)
		*verdict = CO_BARRIER_DIVERGED;
	else if (b->iteration >= b->max_iterations)
		*verdict = CO_BARRIER_ITERATION_LIMIT;
	else
		*done = false;
	return CO_OK;
}

/* Restoration in the regular phase, new n and p in restoration itself. */
static CoRc
rescue(CoBarrier *b, CoBarrierVerdict *verdict, bool *done)
{
	bool		restored = false;
	CoRc		rc;

	*verdict = CO_BARRIER_NO_STEP;
	*done = true;
	if (!b->outer && b->best_merit <= b->options->tolerance)
		return CO_OK;			/* solved, as far as rounding allows */
	if (b->outer)
	{
		rc = co_barrier_reset_elastics(b);
		restored = !rc;
		if (rc == CO_SINGULAR || rc == CO_NOT_FINITE)
			rc = CO_OK;
	}
	else
		rc = co_barrier_restore(b, verdict, &restored);
	*done = !restored;
	return rc;
}

/*
 * Multipliers of (nearly) dependent rows may run off along the null space of
 * J', and the Hessian with them.  Least-squares multipliers take their place
 * where these leave a much smaller gradient of the Lagrangian: no more than that
 * says that the multipliers are merely large.  The gradient is that of the
 * variables; in the slacks' part, z - y, J' has no say, and multipliers of
 * slacks that lag behind must not cost those of the rows their steps.
 */
static CoRc
shorten_multipliers(CoBarrier *b)
{
	CoBarrierPoint *p = b->cur;
	double	   *old = b->soc.y;
	double		delta_w = b->delta_w,
				before,
				after;
	CoRc		rc;

	if (b->m == 0 || co_norm_inf(b->m, p->at.y) <= b->y_long)
		return CO_OK;
	co_barrier_grad_lagrangian(b, p, b->rd);
	before = co_norm_inf(b->n, b->rd);
	rc = co_barrier_multipliers(b, p, b->g_soc);
	b->delta_w = delta_w;
	if (rc)
		return rc == CO_SINGULAR || rc == CO_NOT_FINITE ? CO_OK : rc;
	co_copy(b->m, p->at.y, old);
	co_copy(b->m, b->g_soc, p->at.y);
	co_barrier_grad_lagrangian(b, p, b->rd);
	after = co_norm_inf(b->n, b->rd);
	if (!(after <= Y_GAIN * before))
		co_copy(b->m, old, p->at.y);
	return CO_OK;
}

/* One iteration: mu, direction, step. */
static CoRc
iterate(CoBarrier *b, CoBarrierVerdict *verdict, bool *done)
{
	CoSearchOutcome outcome;
	CoRc		rc;

	rc = co_barrier_update_mu(b, done);
	*verdict = CO_BARRIER_TINY_STEP;
	if (rc || *done)
		return rc;
	rc = co_barrier_direction(b);
	if (rc == CO_SINGULAR || rc == CO_NOT_FINITE)
	{
		b->search.in_soft = b->search.in_watchdog = false;
		*verdict = CO_BARRIER_SINGULAR;
		*done = true;
		return b->outer ? CO_OK : rescue(b, verdict, done);
	}
	if (rc)
		return rc;
	rc = co_barrier_search(b, &outcome);
	if (rc)
		return rc;
	if (outcome == CO_SEARCH_FOUND)
	{
		b->n_elastic_reset = 0;
		if (!b->outer && !b->search.in_watchdog)
			rc = shorten_multipliers(b);
	}
	else if (b->free_mu)
		co_barrier_leave_free(b, true);
	else
		rc = rescue(b, verdict, done);
	b->moved = true;
	if (b->iteration < b->max_iterations)
		b->iteration++;			/* else restoration has used up the last one */
	return rc;
}

/*
 * A run that ends at a feasible point without being told that it is good: the
 * point may be, with multipliers of its own.
 */
static CoRc
try_multipliers(CoBarrier *b, CoBarrierVerdict *verdict)
{
	CoVectors  *before = &b->kept->at;
	bool		good = false;
	CoRc		rc;

	if (b->outer || !b->judge || b->n_bounds == 0 || *verdict == CO_BARRIER_CONVERGED ||
		*verdict == CO_BARRIER_INFEASIBLE || !(b->error.primal <= ACCEPTABLE))
		return CO_OK;
	co_barrier_copy_vectors(b, &b->cur->at, before);
	rc = co_barrier_active_multipliers(b);
	if (!rc)
		rc = b->judge(b->judge_self, b, &good);
	if (good)
	{
		b->met = true;
		*verdict = CO_BARRIER_CONVERGED;
	}
	else
		co_barrier_copy_vectors(b, before, &b->cur->at);
	return rc == CO_SINGULAR || rc == CO_NOT_FINITE ? CO_OK : rc;
}

CoRc
co_barrier_run(CoBarrier *b, CoBarrierVerdict *verdict)
{
	bool		done = false,
				first = true;
	CoRc		rc = CO_OK;

	while (!rc && !done)
	{
		rc = test_point(b, first, verdict, &done);
		first = false;
		if (!rc && !done)
			rc = iterate(b, verdict, &done);
	}
	return rc ? rc : try_multipliers(b, verdict);
}
