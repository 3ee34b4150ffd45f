/*-------------------------------------------------------------------------
 *
 * solver/conflict_nlp.c
 *	  Conflicts and relaxations where rows are nonlinear.
 *
 * The linear rows are tried alone first: what conflicts among them is proved.
 * Else a set is the problem with all other sides taken away and without an
 * objective, and the verdict is the nonlinear solver's: feasible by a point,
 * infeasible where it ends, from each of two starts, at a stationary point of
 * the violation.  Rows that are not in the set are evaluated with the others,
 * so that every point is one where all formulas have values.
 *
 * The relaxation is the elastic problem
 *
 *		minimize	sum u + sum v
 *		subject to	cl <= c(x) + u - v <= cu,	xl <= x <= xu,	u, v >= 0
 *
 * with u where a member row has a lower side and v where it has an upper one.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/conflict_private.h"

#include "base/vec.h"
#include "solver/nlp_solve.h"

/* A constant of a linear row below this part of its terms is rounding. */
#define NO_CONSTANT		1e-13

/*--------------------------------------------------------------------------
 * The user's rows alone
 *--------------------------------------------------------------------------
 */

typedef struct Bare				/* without the objective, between other sides */
{
	const CoNlp *user;
	CoNlp		nlp;			/* self is this struct */
	double	   *xl,				/* [nlp.n] */
			   *xu,
			   *cl,				/* [m] */
			   *cu;
} Bare;

static CoRc
eval_bare(void *self, const double *x, unsigned want, CoNlpValue *out)
{
	const CoNlp *user = ((Bare *) self)->user;
	unsigned	ask = want & (CO_WANT_C | CO_WANT_JAC);

	if (want & CO_WANT_F)
		out->f = 0.0;
	if (want & CO_WANT_GRAD)
		co_fill(user->n, 0.0, out->grad);
	return ask && user->m > 0 ? user->eval(user->self, x, ask, out) : CO_OK;
}

static CoRc
hess_bare(void *self, const double *x, double sigma, const double *y, double *value)
{
	const CoNlp *user = ((Bare *) self)->user;

	(void) sigma;
	return user->hess_at(user->self, x, 0.0, y, value);
}

/* Of the rows; what is said of the objective is nobody's to ask. */
static CoRc
range_bare(void *self, unsigned want, const double *lower, const double *upper, CoInterval *ranges)
{
	const CoNlp *user = ((Bare *) self)->user;

	return user->range(user->self, want & CO_WANT_C, lower, upper, ranges);
}

/* With room for n_extra variables more; the sides are the caller's to fill. */
static CoRc
take_bare(CoArena *arena, const CoNlp *user, int n_extra, Bare *bare)
{
	size_t		n = (size_t) user->n + (size_t) n_extra,
				m = (size_t) user->m;

	bare->user = user;
	bare->xl = co_take_zero_doubles(arena, n);
	bare->xu = co_take_zero_doubles(arena, n);
	bare->cl = co_take_doubles(arena, m);
	bare->cu = co_take_doubles(arena, m);
	bare->nlp = *user;
	bare->nlp.n = user->n + n_extra;
	bare->nlp.xl = bare->xl;
	bare->nlp.xu = bare->xu;
	bare->nlp.cl = bare->cl;
	bare->nlp.cu = bare->cu;
	bare->nlp.objective = CO_LINEAR;
	bare->nlp.eval = eval_bare;
	bare->nlp.hess_at = hess_bare;
	bare->nlp.range = n_extra == 0 && user->range ? range_bare : NULL;
	bare->nlp.self = bare;
	return co_arena_failed(arena);
}

/*--------------------------------------------------------------------------
 * The elastic problem
 *--------------------------------------------------------------------------
 */

typedef struct Elastic
{
	Bare		bare;			/* first: its self; sides that do not cross */
	int			n_extra;
	int		   *row;			/* [n_extra] of u or v */
	double	   *sign;			/* [n_extra] 1: u, -1: v */
} Elastic;

/* The user's derivatives come first, then a column for each of u and v. */
static CoRc
eval_elastic(void *self, const double *x, unsigned want, CoNlpValue *out)
{
	Elastic    *e = self;
	int			n = e->bare.user->n,
				nnz = co_csc_nnz(&e->bare.user->jac);
	CoRc		rc = eval_bare(&e->bare, x, want, out);

	if (rc)
		return rc;
	for (int k = 0; k < e->n_extra; k++)
	{
		if (want & CO_WANT_F)
			out->f += x[n + k];
		if (want & CO_WANT_C)
			out->c[e->row[k]] += e->sign[k] * x[n + k];
		if (want & CO_WANT_GRAD)
			out->grad[n + k] = 1.0;
		if (want & CO_WANT_JAC)
			out->jac[nnz + k] = e->sign[k];
	}
	return CO_OK;
}

/* A pattern with more columns, that hold one row each, or none. */
static CoRc
widen(CoArena *arena, const CoCsc *from, int n_extra, const int *row, CoCsc *out)
{
	int			nnz = co_csc_nnz(from),
				more = row ? n_extra : 0;

	*out = (CoCsc) {from->nrow, from->ncol + n_extra,
		co_take_ints(arena, (size_t) from->ncol + (size_t) n_extra + 1),
	co_take_ints(arena, (size_t) nnz + (size_t) more), NULL};
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	out->start[0] = 0;
	if (from->ncol > 0)
		memcpy(out->start, from->start, ((size_t) from->ncol + 1) * sizeof(int));
	if (nnz > 0)
		memcpy(out->index, from->index, (size_t) nnz * sizeof(int));
	for (int k = 0; k < n_extra; k++)
	{
		if (row)
			out->index[nnz + k] = row[k];
		out->start[from->ncol + k + 1] = nnz + (row ? k + 1 : 0);
	}
	return CO_OK;
}

static int
count_sides(const CoConflictTask *task, const CoNlp *nlp)
{
	int			n = 0;

	for (int i = 0; i < task->n_row; i++)
		n += isfinite(nlp->cl[i]) + isfinite(nlp->cu[i]);
	return n;
}

/* Sides that cross are exchanged, as in co_conflict_relax_qp(). */
static void
order_sides(int n, const double *lower, const double *upper, double *low, double *high)
{
	for (int k = 0; k < n; k++)
	{
		low[k] = co_min(lower[k], upper[k]);
		high[k] = co_max(lower[k], upper[k]);
	}
}

static CoRc
take_elastic(const CoConflictTask *task, const CoNlp *nlp, Elastic *e)
{
	CoArena    *arena = task->arena;

	memset(e, 0, sizeof *e);
	e->n_extra = count_sides(task, nlp);
	e->row = co_take_ints(arena, (size_t) e->n_extra);
	e->sign = co_take_doubles(arena, (size_t) e->n_extra);
	return take_bare(arena, nlp, e->n_extra, &e->bare);
}

static CoRc
build_elastic(const CoConflictTask *task, const CoNlp *nlp, Elastic *e)
{
	Bare	   *bare = &e->bare;
	CoRc		rc = take_elastic(task, nlp, e);
	int			at = 0;

	if (rc)
		return rc;
	for (int i = 0; i < task->n_row; i++)
		for (int up = 0; up < 2; up++)
			if (isfinite(up ? nlp->cu[i] : nlp->cl[i]))
			{
				e->row[at] = i;
				e->sign[at++] = up ? -1.0 : 1.0;
			}
	order_sides(nlp->m, nlp->cl, nlp->cu, bare->cl, bare->cu);
	order_sides(nlp->n, nlp->xl, nlp->xu, bare->xl, bare->xu);
	co_fill(e->n_extra, INFINITY, bare->xu + nlp->n);
	bare->nlp.eval = eval_elastic;
	rc = widen(task->arena, &nlp->jac, e->n_extra, e->row, &bare->nlp.jac);
	if (!rc)
		rc = widen(task->arena, &nlp->hess, e->n_extra, NULL, &bare->nlp.hess);
	bare->nlp.hess.nrow = bare->nlp.n;
	return rc;
}

/* The values of the rows at x; CO_NOT_FINITE: there are none. */
static CoRc
eval_rows(const CoNlp *nlp, const double *x, double *c)
{
	CoNlpValue	value = {.c = c};

	return nlp->m > 0 ? nlp->eval(nlp->self, x, CO_WANT_C, &value) : CO_OK;
}

/* x as near says, or start; u and v what is missing there. */
static CoRc
set_start(const Elastic *e, const double *start, const double *near, double *c, double *x)
{
	const Bare *bare = &e->bare;
	const CoNlp *nlp = bare->user;
	CoRc		rc;

	for (int j = 0; j < nlp->n; j++)
	{
		x[j] = near && isfinite(near[j]) ? near[j] : start && isfinite(start[j]) ? start[j] : 0.0;
		x[j] = co_clamp(x[j], bare->xl[j], bare->xu[j]);
	}
	rc = eval_rows(nlp, x, c);
	for (int k = 0; k < e->n_extra; k++)
	{
		int			i = e->row[k];
		double		missing = e->sign[k] > 0.0 ? bare->cl[i] - c[i] : c[i] - bare->cu[i];

		x[nlp->n + k] = rc ? 0.0 : co_max(0.0, missing);
	}
	return rc == CO_NOT_FINITE ? CO_OK : rc;
}

static CoRc
solve_elastic(const CoConflictTask *task, CoConflictSets *sets, Elastic *e, const double *start,
			  const double *near, CoRelaxation *out)
{
	CoArena    *arena = task->arena;
	double	   *x = co_take_doubles(arena, (size_t) e->bare.nlp.n);
	CoNlpStart	from = {.x = x};
	CoOptions	options;
	CoSolution	sol;
	CoRc		rc;

	if (!x)
		return co_arena_failed(arena);
	rc = set_start(e, start, near, out->row, x);
	if (rc || !co_conflict_options(sets, &options))
		return rc;
	rc = co_nlp_solve(arena, &e->bare.nlp, &options, &from, &sol);
	if (rc)
		return rc;
	out->known = sol.status == CO_OPTIMAL || sol.status == CO_ACCEPTABLE;
	co_copy(e->bare.user->n, sol.point.x, out->x);
	return CO_OK;
}

CoRc
co_conflict_relax_nlp(const CoConflictTask *task, const CoNlp *nlp, const double *start,
					  const double *near, CoRelaxation *out)
{
	CoArena    *arena = task->arena;
	double		deadline = arena->deadline;
	CoConflictSets sets;
	Elastic		e;
	CoRc		rc = co_relaxation_take(arena, nlp->n, nlp->m, out);

	co_conflict_begin(task, &sets);
	if (!rc)
		rc = build_elastic(task, nlp, &e);
	if (!rc)
		rc = solve_elastic(task, &sets, &e, start, near, out);
	arena->deadline = deadline;
	if (!rc)
		rc = eval_rows(nlp, out->x, out->row);
	if (rc)
	{
		out->known = false;
		return rc == CO_NOT_FINITE || rc == CO_TIME_EXCEEDED ? CO_OK : rc;
	}
	co_relaxation_measure(task->options, nlp->n, nlp->m, nlp->cl, nlp->cu, nlp->xl, nlp->xu, out);
	return CO_OK;
}

/*--------------------------------------------------------------------------
 * Sets of nonlinear rows
 *--------------------------------------------------------------------------
 */

typedef struct NonlinearSets
{
	CoConflictSets sets;
	Bare		part;			/* the sides of a set */
	const double *start[2];		/* [n] from which the solver starts; NULL: 0 */
} NonlinearSets;

static void
set_sides(NonlinearSets *s, const uint8_t *in)
{
	const CoConflictTask *task = s->sets.task;
	Bare	   *part = &s->part;
	const CoNlp *user = part->user;

	for (int i = 0; i < user->m; i++)
	{
		bool		here = i >= task->n_row || in[i];

		part->cl[i] = here ? user->cl[i] : -INFINITY;
		part->cu[i] = here ? user->cu[i] : INFINITY;
	}
	for (int j = 0; j < user->n; j++)
	{
		bool		here = j >= task->n_var || in[task->n_row + j];

		part->xl[j] = here ? user->xl[j] : -INFINITY;
		part->xu[j] = here ? user->xu[j] : INFINITY;
	}
}

static CoSetVerdict
verdict_of(const CoOptions *options, const CoSolution *sol)
{
	const CoResidual *r = &sol->residual;

	if (sol->has_point && co_residual_within(r->primal, r->primal_scale,
											 options->absolute_tolerance, options->tolerance))
		return CO_SET_FEASIBLE;
	return sol->status == CO_LOCALLY_INFEASIBLE || sol->status == CO_INFEASIBLE ?
		CO_SET_INFEASIBLE : CO_SET_UNKNOWN;
}

/* From one start; *verdict: FEASIBLE where a point was found. */
static CoRc
solve_from(NonlinearSets *s, const double *start, CoSetVerdict *verdict)
{
	CoArena    *arena = s->sets.task->arena;
	CoNlpStart	from = {.x = start};
	CoOptions	options;
	CoSolution	sol;
	CoRc		rc;

	*verdict = CO_SET_UNKNOWN;
	if (!co_conflict_options(&s->sets, &options))
		return CO_OK;
	s->sets.n_solve++;
	rc = co_nlp_solve(arena, &s->part.nlp, &options, &from, &sol);
	if (rc)
		return rc;
	*verdict = verdict_of(&options, &sol);
	if (sol.termination == CO_TERM_TIME_LIMIT)
		s->sets.out_of_time = true;
	return CO_OK;
}

static CoRc
test_nonlinear(CoConflictSets *sets, uint8_t *in, CoSetVerdict *verdict)
{
	NonlinearSets *s = (NonlinearSets *) sets;
	CoArena    *arena = sets->task->arena;
	CoMark		mark = co_mark(arena);
	CoRc		rc = CO_OK;

	set_sides(s, in);
	*verdict = CO_SET_INFEASIBLE;
	for (int k = 0; k < 2 && *verdict != CO_SET_FEASIBLE && !rc; k++)
	{
		CoSetVerdict one;

		rc = solve_from(s, s->start[k], &one);
		if (one != CO_SET_INFEASIBLE)
			*verdict = one == CO_SET_FEASIBLE ? one : CO_SET_UNKNOWN;
	}
	if (co_arena_failed(arena) == CO_OK)
		co_rewind(arena, mark);
	if (rc != CO_TIME_EXCEEDED)
		return rc;
	sets->out_of_time = true;
	*verdict = CO_SET_UNKNOWN;
	return CO_OK;
}

static CoRc
begin_sets(NonlinearSets *s, const CoConflictTask *task, const CoNlp *nlp, const double *start,
		   const double *near)
{
	memset(s, 0, sizeof *s);
	co_conflict_begin(task, &s->sets);
	s->sets.test = test_nonlinear;
	s->start[0] = near;
	s->start[1] = start;
	return take_bare(task->arena, nlp, 0, &s->part);
}

/*--------------------------------------------------------------------------
 * The linear rows alone
 *--------------------------------------------------------------------------
 */

static bool
is_linear(const CoNlp *nlp, int i)
{
	return nlp->row && nlp->row[i] == CO_LINEAR;
}

/* Sides of linear rows, moved by the constant of the row; others have none. */
static void
fill_linear(const CoNlp *nlp, const CoNlpValue *at, const double *x, CoQp *qp)
{
	double	   *rest = at->c;	/* becomes c(x) - Jx */

	for (int j = 0; j < nlp->n; j++)
		for (int k = qp->a.start[j]; k < qp->a.start[j + 1]; k++)
			rest[qp->a.index[k]] -= at->jac[k] * x[j];
	for (int i = 0; i < nlp->m; i++)
	{
		double		size = co_max(fabs(nlp->cl[i]), fabs(nlp->cu[i]));
		double		constant = fabs(rest[i]) <= NO_CONSTANT * co_max(1.0, isfinite(size) ? size : 1.0)
		? 0.0 : rest[i];

		qp->cl[i] = is_linear(nlp, i) ? nlp->cl[i] - constant : -INFINITY;
		qp->cu[i] = is_linear(nlp, i) ? nlp->cu[i] - constant : INFINITY;
	}
}

/* Only the entries of linear rows: what is nonlinear has another value elsewhere. */
static void
clear_nonlinear(const CoNlp *nlp, double *jac)
{
	for (int k = 0; k < co_csc_nnz(&nlp->jac); k++)
		if (!is_linear(nlp, nlp->jac.index[k]))
			jac[k] = 0.0;
}

/* *present: there are linear rows, and they could be evaluated. */
static CoRc
take_linear(CoArena *arena, const CoNlp *nlp, const double *x, CoQp *qp, bool *present)
{
	size_t		n = (size_t) nlp->n,
				m = (size_t) nlp->m;
	CoNlpValue	at = {.c = co_take_zero_doubles(arena, m),
	.jac = co_take_zero_doubles(arena, (size_t) co_csc_nnz(&nlp->jac))};
	CoRc		rc;

	*present = false;
	memset(qp, 0, sizeof *qp);
	qp->n = nlp->n;
	qp->m = nlp->m;
	qp->c = co_take_zero_doubles(arena, n);
	qp->cl = co_take_doubles(arena, m);
	qp->cu = co_take_doubles(arena, m);
	qp->xl = co_take_grown(arena, nlp->xl, n, n, sizeof(double));
	qp->xu = co_take_grown(arena, nlp->xu, n, n, sizeof(double));
	qp->p = (CoCsc) {nlp->n, nlp->n, co_take_zero_ints(arena, n + 1), co_take_ints(arena, 0),
	co_take_doubles(arena, 0)};
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	for (int i = 0; i < nlp->m && !*present; i++)
		*present = is_linear(nlp, i);
	if (!*present)
		return CO_OK;
	rc = nlp->eval(nlp->self, x, CO_WANT_C | CO_WANT_JAC, &at);
	*present = !rc;
	if (rc)
		return rc == CO_NOT_FINITE ? CO_OK : rc;
	qp->a = nlp->jac;
	qp->a.value = at.jac;
	fill_linear(nlp, &at, x, qp);
	clear_nonlinear(nlp, at.jac);
	return CO_OK;
}

/*--------------------------------------------------------------------------
 * The conflict
 *--------------------------------------------------------------------------
 */

/* What the elastic solution cannot do without: sides that it violates or rests on. */
static void
take_tight(const CoConflictTask *task, const CoNlp *nlp, const CoRelaxation *relax, uint8_t *in)
{
	double		near = 1e3 * task->options->tolerance;

	for (int i = 0; i < task->n_row; i++)
	{
		double		size = near * co_max(1.0, fabs(relax->row[i]));

		in[i] = relax->row[i] <= nlp->cl[i] + size || relax->row[i] >= nlp->cu[i] - size;
	}
	for (int j = 0; j < task->n_var; j++)
	{
		double		size = near * co_max(1.0, fabs(relax->x[j]));

		in[task->n_row + j] = relax->x[j] <= nlp->xl[j] + size || relax->x[j] >= nlp->xu[j] - size;
	}
}

static void
take_all(const CoConflictTask *task, const CoNlp *nlp, uint8_t *in)
{
	for (int i = 0; i < task->n_row; i++)
		in[i] = isfinite(nlp->cl[i]) || isfinite(nlp->cu[i]);
	for (int j = 0; j < task->n_var; j++)
		in[task->n_row + j] = isfinite(nlp->xl[j]) || isfinite(nlp->xu[j]);
}

/* The sides that the relaxation moves, as multipliers; others: not known. */
static void
mark_sides(const CoConflictTask *task, const CoRelaxation *relax, double *y, double *z)
{
	for (int i = 0; i < task->n_row; i++)
		y[i] = relax->row_upper[i] > 0.0 ? 1.0 : relax->row_lower[i] > 0.0 ? -1.0 : 0.0;
	for (int j = 0; j < task->n_var; j++)
		z[j] = relax->var_upper[j] > 0.0 ? 1.0 : relax->var_lower[j] > 0.0 ? -1.0 : 0.0;
}

static CoRc
find_nonlinear(NonlinearSets *s, CoRelaxation *relax, CoConflict *out)
{
	const CoConflictTask *task = s->sets.task;
	CoArena    *arena = task->arena;
	size_t		n = (size_t) co_conflict_members(task);
	uint8_t    *in = co_take_zero(arena, n, 1),
			   *needed = co_take_zero(arena, n, 1);
	double	   *y = co_take_zero_doubles(arena, (size_t) s->part.user->m),
			   *z = co_take_zero_doubles(arena, (size_t) s->part.user->n);
	CoSetVerdict verdict = CO_SET_UNKNOWN;
	CoRc		rc = CO_OK;

	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	if (relax->known)
	{
		take_tight(task, s->part.user, relax, in);
		rc = s->sets.test(&s->sets, in, &verdict);
	}
	if (!rc && verdict != CO_SET_INFEASIBLE)
	{
		take_all(task, s->part.user, in);
		rc = s->sets.test(&s->sets, in, &verdict);
	}
	out->out_of_time = s->sets.out_of_time;
	out->n_solve = s->sets.n_solve;
	if (!rc && verdict == CO_SET_FEASIBLE)
		relax->total = 0.0;
	if (rc || verdict != CO_SET_INFEASIBLE)
		return rc;
	out->proof = CO_PROOF_LOCAL;
	rc = co_conflict_filter(&s->sets, in, needed, &out->minimal);
	if (rc)
		return rc;
	mark_sides(task, relax, y, z);
	rc = co_conflict_list(&s->sets, in, needed, y, z, out);
	for (int k = 0; k < out->n && !rc; k++)
		out->member[k].weight = 0.0;
	return rc;
}

/* start, with numbers where nothing is given, inside the bounds. */
static CoRc
fill_start(CoArena *arena, const CoNlp *nlp, const double *start, double **x)
{
	*x = co_take_zero_doubles(arena, (size_t) nlp->n);
	if (!*x)
		return co_arena_failed(arena);
	for (int j = 0; j < nlp->n; j++)
	{
		double		given = start && isfinite(start[j]) ? start[j] : 0.0;

		(*x)[j] = co_clamp(given, nlp->xl[j], nlp->xu[j]);
	}
	return CO_OK;
}

CoRc
co_conflict_nlp(const CoConflictTask *task, const CoNlp *nlp, const double *start,
				CoRelaxation *relax, CoConflict *out)
{
	CoArena    *arena = task->arena;
	double		deadline = arena->deadline;
	int			crossing = co_conflict_crossing(task, nlp->cl, nlp->cu, nlp->xl, nlp->xu);
	double	   *x;
	NonlinearSets s;
	bool		present;
	CoQp		linear;
	CoRc		rc;

	memset(out, 0, sizeof *out);
	if (crossing >= 0)
		return co_conflict_single(task, crossing, out);
	rc = fill_start(arena, nlp, start, &x);
	if (!rc)
		rc = take_linear(arena, nlp, relax->known ? relax->x : x, &linear, &present);
	if (!rc && present)
		rc = co_conflict_qp(task, &linear, NULL, out);
	if (!rc && out->proof == CO_PROOF_NONE && !out->out_of_time)
	{
		rc = begin_sets(&s, task, nlp, x, relax->known ? relax->x : NULL);
		if (!rc)
			rc = find_nonlinear(&s, relax, out);
	}
	arena->deadline = deadline;
	return rc;
}
