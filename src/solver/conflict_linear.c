/*-------------------------------------------------------------------------
 *
 * solver/conflict_linear.c
 *	  Conflicts and relaxations of linear rows, all of them proved.
 *
 * A set of members is a smaller QP without objective: its rows, the columns
 * these touch, the bounds that are members.  The convex solver gives a point
 * or a certificate, and of a certificate only the support is kept: the entries
 * that are large enough to prove it alone, then what conflict_purify.c leaves
 * of them; both are checked by the judge before they are believed.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/conflict_private.h"

#include "base/vec.h"
#include "nlp/scale.h"

/* How much costs differ, and by what sequence: no two sums are then alike. */
#define SPREAD			1e-4
#define GOLDEN			0.6180339887498949

typedef struct LinearSets
{
	CoConflictSets sets;
	const CoQp *qp;
	CoCsc		by_row;			/* A' */
	double	   *y,				/* [m] of the last certificate */
			   *z;				/* [n] */
} LinearSets;

typedef struct SubProblem
{
	CoQp		qp;
	int		   *row,			/* [qp.m] of the whole */
			   *var;			/* [qp.n] */
} SubProblem;

/*--------------------------------------------------------------------------
 * The problem of a set
 *--------------------------------------------------------------------------
 */

static bool
has_row(const LinearSets *s, const uint8_t *in, int i)
{
	return i >= s->sets.task->n_row || in[i];
}

static bool
has_bounds(const LinearSets *s, const uint8_t *in, int j)
{
	return j >= s->sets.task->n_var || in[s->sets.task->n_row + j];
}

static CoRc
take_sides(CoArena *arena, CoQp *qp)
{
	size_t		n = (size_t) qp->n,
				m = (size_t) qp->m;

	qp->c = co_take_zero_doubles(arena, n);
	qp->xl = co_take_doubles(arena, n);
	qp->xu = co_take_doubles(arena, n);
	qp->cl = co_take_doubles(arena, m);
	qp->cu = co_take_doubles(arena, m);
	qp->p = (CoCsc) {qp->n, qp->n, co_take_zero_ints(arena, n + 1), co_take_ints(arena, 0),
	co_take_doubles(arena, 0)};
	return co_arena_failed(arena);
}

/* Which rows and columns; *nnz: their entries. */
static CoRc
select_part(const LinearSets *s, const uint8_t *in, SubProblem *sub, int *col_of, size_t *nnz)
{
	CoArena    *arena = s->sets.task->arena;
	const CoCsc *rows = &s->by_row;

	*nnz = 0;
	sub->qp.m = sub->qp.n = 0;
	sub->row = co_take_ints(arena, (size_t) s->qp->m);
	sub->var = co_take_ints(arena, (size_t) s->qp->n);
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	for (int j = 0; j < s->qp->n; j++)
		col_of[j] = -1;
	for (int i = 0; i < s->qp->m; i++)
	{
		if (!has_row(s, in, i))
			continue;
		sub->row[sub->qp.m++] = i;
		for (int k = rows->start[i]; k < rows->start[i + 1]; k++)
			col_of[rows->index[k]] = 0;
		*nnz += (size_t) (rows->start[i + 1] - rows->start[i]);
	}
	for (int j = 0; j < s->qp->n; j++)
		if (col_of[j] == 0)
		{
			col_of[j] = sub->qp.n;
			sub->var[sub->qp.n++] = j;
		}
	return co_poll(arena);
}

static CoRc
fill_matrix(const LinearSets *s, SubProblem *sub, const int *col_of, size_t nnz)
{
	CoArena    *arena = s->sets.task->arena;
	const CoCsc *rows = &s->by_row;
	int		   *row = co_take_ints(arena, nnz),
			   *col = co_take_ints(arena, nnz);
	double	   *value = co_take_doubles(arena, nnz);
	size_t		at = 0;

	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	for (int i = 0; i < sub->qp.m; i++)
		for (int k = rows->start[sub->row[i]]; k < rows->start[sub->row[i] + 1]; k++, at++)
		{
			row[at] = i;
			col[at] = col_of[rows->index[k]];
			value[at] = rows->value[k];
		}
	return co_csc_from_triplets(arena, sub->qp.m, sub->qp.n, nnz, row, col, value, &sub->qp.a);
}

static CoRc
take_part(const LinearSets *s, const uint8_t *in, SubProblem *sub)
{
	CoArena    *arena = s->sets.task->arena;
	int		   *col_of = co_take_ints(arena, (size_t) s->qp->n);
	size_t		nnz;
	CoRc		rc;

	memset(sub, 0, sizeof *sub);
	if (!col_of)
		return co_arena_failed(arena);
	rc = select_part(s, in, sub, col_of, &nnz);
	if (!rc)
		rc = fill_matrix(s, sub, col_of, nnz);
	if (!rc)
		rc = take_sides(arena, &sub->qp);
	for (int j = 0; j < sub->qp.n && !rc; j++)
	{
		bool		bounded = has_bounds(s, in, sub->var[j]);

		sub->qp.xl[j] = bounded ? s->qp->xl[sub->var[j]] : -INFINITY;
		sub->qp.xu[j] = bounded ? s->qp->xu[sub->var[j]] : INFINITY;
	}
	for (int i = 0; i < sub->qp.m && !rc; i++)
	{
		sub->qp.cl[i] = s->qp->cl[sub->row[i]];
		sub->qp.cu[i] = s->qp->cu[sub->row[i]];
	}
	return rc;
}

/*--------------------------------------------------------------------------
 * The support of a certificate
 *--------------------------------------------------------------------------
 */

/* Does the multiplier lean on a side that is there? */
static bool
leans(double v, double lower, double upper)
{
	return v != 0.0 && isfinite(v > 0.0 ? upper : lower);
}

/* keep := the entries of y above level, and the bounds whose z is. */
static void
keep_large(const CoQp *qp, const double *y, double level, double *keep, uint8_t *bound,
		   double *z)
{
	double		largest = co_norm_inf(qp->m, y);

	for (int i = 0; i < qp->m; i++)
		keep[i] = fabs(y[i]) > level * largest && leans(y[i], qp->cl[i], qp->cu[i]) ? y[i] : 0.0;
	co_fill(qp->n, 0.0, z);
	co_csc_tmul_add(&qp->a, -1.0, keep, z);
	for (int j = 0; j < qp->n; j++)
		bound[j] = fabs(z[j]) > level * largest && leans(z[j], qp->xl[j], qp->xu[j]);
}

/* Does y prove it, with these bounds only? */
static CoRc
check_support(CoArena *arena, const CoQp *qp, const double *y, const uint8_t *bound, bool *proved)
{
	CoMark		mark = co_mark(arena);
	CoQp		part = *qp;
	double		margin;
	CoRc		rc;

	part.xl = co_take_doubles(arena, (size_t) qp->n);
	part.xu = co_take_doubles(arena, (size_t) qp->n);
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	for (int j = 0; j < qp->n; j++)
	{
		part.xl[j] = bound[j] ? qp->xl[j] : -INFINITY;
		part.xu[j] = bound[j] ? qp->xu[j] : INFINITY;
	}
	rc = co_qp_check_infeasible(arena, &part, y, &margin);
	*proved = !rc && margin > 0.0;
	co_rewind(arena, mark);
	return rc;
}

typedef struct Support			/* of a certificate of a scaled problem */
{
	double	   *y,				/* [m] */
			   *z;				/* [n] work */
	uint8_t    *bound;			/* [n] */
} Support;

static CoRc
take_support(CoArena *arena, const CoQp *qp, Support *out)
{
	out->y = co_take_zero_doubles(arena, (size_t) qp->m);
	out->z = co_take_zero_doubles(arena, (size_t) qp->n);
	out->bound = co_take_zero(arena, (size_t) qp->n, 1);
	return co_arena_failed(arena);
}

/*
 * As few entries of y as prove it: those above a level, the highest that does,
 * exchanged for a vertex where that proves it too.
 */
static CoRc
find_support(CoArena *arena, const CoQp *qp, const double *y, Support *out, bool *proved)
{
	static const double level[] = {1e-3, 1e-5, 1e-7, 1e-10, 0.0};
	Support		vertex;
	bool		done = false;
	CoRc		rc = take_support(arena, qp, &vertex);

	*proved = false;
	for (int k = 0; k < (int) (sizeof level / sizeof *level) && !*proved && !rc; k++)
	{
		keep_large(qp, y, level[k], out->y, out->bound, out->z);
		rc = check_support(arena, qp, out->y, out->bound, proved);
	}
	if (rc || !*proved)
		return rc;
	co_copy(qp->m, out->y, vertex.y);
	memcpy(vertex.bound, out->bound, (size_t) qp->n);
	rc = co_conflict_purify(arena, qp, vertex.bound, vertex.y, &done);
	if (done && !rc)
		rc = check_support(arena, qp, vertex.y, vertex.bound, &done);
	if (done && !rc)
	{
		co_copy(qp->m, vertex.y, out->y);
		memcpy(out->bound, vertex.bound, (size_t) qp->n);
	}
	return rc;
}

/* in := the members that the support has; y and z of the whole. */
static void
adopt_support(LinearSets *s, const SubProblem *sub, const CoScaling *scaling,
			  const Support *support, uint8_t *in)
{
	int			n_row = s->sets.task->n_row,
				n_var = s->sets.task->n_var;

	memset(in, 0, (size_t) n_row + (size_t) n_var);
	co_fill(s->qp->m, 0.0, s->y);
	co_fill(s->qp->n, 0.0, s->z);
	for (int i = 0; i < sub->qp.m; i++)
	{
		s->y[sub->row[i]] = support->y[i] * scaling->e[i] / scaling->k;
		if (support->y[i] != 0.0 && sub->row[i] < n_row)
			in[sub->row[i]] = 1;
	}
	co_csc_tmul_add(&s->qp->a, -1.0, s->y, s->z);
	for (int j = 0; j < sub->qp.n; j++)
	{
		if (!support->bound[j])
			s->z[sub->var[j]] = 0.0;
		else if (sub->var[j] < n_var)
			in[n_row + sub->var[j]] = 1;
	}
}

/*
 * From a certificate y of the set's problem to its support.  Where only y as a
 * whole is believed, the set stays as it is.
 */
static CoRc
reduce_set(LinearSets *s, const SubProblem *sub, const double *y, uint8_t *in, bool *proved)
{
	CoArena    *arena = s->sets.task->arena;
	CoQp		scaled;
	CoScaling	scaling;
	Support		support;
	double	   *scaled_y = co_take_doubles(arena, (size_t) sub->qp.m);
	CoRc		rc = co_scale_qp(arena, &sub->qp, true, &scaled, &scaling);

	*proved = false;
	if (rc || !scaled_y)
		return co_arena_failed(arena) ? co_arena_failed(arena) : rc;
	for (int i = 0; i < sub->qp.m; i++)
		scaled_y[i] = y[i] * scaling.k / scaling.e[i];
	rc = take_support(arena, &scaled, &support);
	if (!rc)
		rc = find_support(arena, &scaled, scaled_y, &support, proved);
	if (*proved)
		adopt_support(s, sub, &scaling, &support, in);
	return rc;
}

/*--------------------------------------------------------------------------
 * Is a set feasible?
 *--------------------------------------------------------------------------
 */

static CoRc
solve_part(LinearSets *s, const SubProblem *sub, uint8_t *in, CoSetVerdict *verdict)
{
	CoOptions	options;
	CoSolution	sol;
	bool		proved;
	CoRc		rc;

	if (!co_conflict_options(&s->sets, &options))
		return CO_OK;
	s->sets.n_solve++;
	rc = co_qp_solve(s->sets.task->arena, &sub->qp, &options, NULL, &sol);
	s->sets.task->arena->deadline = s->sets.end;
	if (rc)
		return rc;
	if (sol.status == CO_INFEASIBLE)
	{
		*verdict = CO_SET_INFEASIBLE;
		co_fill(s->qp->m, 0.0, s->y);
		co_fill(s->qp->n, 0.0, s->z);
		return reduce_set(s, sub, sol.point.y, in, &proved);
	}
	if (sol.has_point &&
		co_residual_within(sol.residual.primal, sol.residual.primal_scale,
						   options.absolute_tolerance, options.tolerance))
		*verdict = CO_SET_FEASIBLE;
	else if (sol.termination == CO_TERM_TIME_LIMIT)
		s->sets.out_of_time = true;
	return CO_OK;
}

/* A passed deadline is no error: what is known so far is the answer. */
static CoRc
end_in_time(CoConflictSets *sets, CoRc rc)
{
	if (rc != CO_TIME_EXCEEDED)
		return rc;
	sets->out_of_time = true;
	return CO_OK;
}

static CoRc
test_linear(CoConflictSets *sets, uint8_t *in, CoSetVerdict *verdict)
{
	LinearSets *s = (LinearSets *) sets;
	CoArena    *arena = sets->task->arena;
	CoMark		mark = co_mark(arena);
	SubProblem	sub;
	CoRc		rc;

	*verdict = CO_SET_UNKNOWN;
	arena->deadline = sets->end;
	rc = take_part(s, in, &sub);
	if (!rc)
		rc = solve_part(s, &sub, in, verdict);
	if (co_arena_failed(arena) == CO_OK)
		co_rewind(arena, mark);
	return end_in_time(sets, rc);
}

/*--------------------------------------------------------------------------
 * The conflict
 *--------------------------------------------------------------------------
 */

static CoRc
begin_sets(LinearSets *s, const CoConflictTask *task, const CoQp *qp)
{
	CoArena    *arena = task->arena;
	CoRc		rc;

	memset(s, 0, sizeof *s);
	co_conflict_begin(task, &s->sets);
	s->sets.test = test_linear;
	s->qp = qp;
	s->y = co_take_zero_doubles(arena, (size_t) qp->m);
	s->z = co_take_zero_doubles(arena, (size_t) qp->n);
	rc = co_csc_transpose(arena, &qp->a, &s->by_row);
	return co_arena_failed(arena) ? co_arena_failed(arena) : rc;
}

/* All members that say something. */
static void
take_all(const CoConflictTask *task, const CoQp *qp, uint8_t *in)
{
	for (int i = 0; i < task->n_row; i++)
		in[i] = isfinite(qp->cl[i]) || isfinite(qp->cu[i]);
	for (int j = 0; j < task->n_var; j++)
		in[task->n_row + j] = isfinite(qp->xl[j]) || isfinite(qp->xu[j]);
}

/* The first infeasible set: by the certificate that is there, or a new one. */
static CoRc
find_first(LinearSets *s, const double *y, uint8_t *in, bool *found)
{
	CoArena    *arena = s->sets.task->arena;
	CoMark		mark = co_mark(arena);
	SubProblem	whole;
	CoSetVerdict verdict;
	CoRc		rc = CO_OK;

	*found = false;
	take_all(s->sets.task, s->qp, in);
	if (y && co_norm_inf(s->qp->m, y) > 0.0)
	{
		rc = take_part(s, in, &whole);
		for (int i = 0; !rc && i < whole.qp.m; i++)
			s->y[i] = y[whole.row[i]];
		if (!rc)
		{
			double	   *part = co_take_grown(arena, s->y, (size_t) whole.qp.m,
											 (size_t) whole.qp.m, sizeof(double));

			rc = part ? reduce_set(s, &whole, part, in, found) : co_arena_failed(arena);
		}
		if (co_arena_failed(arena) == CO_OK)
			co_rewind(arena, mark);
	}
	if (rc || *found)
		return end_in_time(&s->sets, rc);
	rc = test_linear(&s->sets, in, &verdict);
	*found = verdict == CO_SET_INFEASIBLE;
	return rc;
}

static CoRc
find_conflict(LinearSets *s, const double *y, CoConflict *out)
{
	CoArena    *arena = s->sets.task->arena;
	size_t		n = (size_t) co_conflict_members(s->sets.task);
	uint8_t    *in = co_take_zero(arena, n, 1),
			   *needed = co_take_zero(arena, n, 1);
	bool		found;
	CoRc		rc;

	if (!in || !needed)
		return co_arena_failed(arena);
	rc = find_first(s, y, in, &found);
	out->out_of_time = s->sets.out_of_time;
	out->n_solve = s->sets.n_solve;
	if (rc || !found)
		return rc;
	out->proof = CO_PROOF_CERTIFICATE;
	rc = co_conflict_filter(&s->sets, in, needed, &out->minimal);
	rc = end_in_time(&s->sets, rc);
	return rc ? rc : co_conflict_list(&s->sets, in, needed, s->y, s->z, out);
}

CoRc
co_conflict_qp(const CoConflictTask *task, const CoQp *qp, const double *y, CoConflict *out)
{
	int			crossing = co_conflict_crossing(task, qp->cl, qp->cu, qp->xl, qp->xu);
	double		deadline = task->arena->deadline;
	LinearSets	s;
	CoRc		rc;

	memset(out, 0, sizeof *out);
	if (crossing >= 0)
		return co_conflict_single(task, crossing, out);
	rc = begin_sets(&s, task, qp);
	if (!rc)
		rc = find_conflict(&s, y, out);
	task->arena->deadline = deadline;
	return rc;
}

/*--------------------------------------------------------------------------
 * The smallest relaxation
 *--------------------------------------------------------------------------
 */

/* A column per finite side of a member row, behind the variables. */
static int
count_elastic(const CoConflictTask *task, const CoQp *qp)
{
	int			n = 0;

	for (int i = 0; i < task->n_row; i++)
		n += isfinite(qp->cl[i]) + isfinite(qp->cu[i]);
	return n;
}

static void
copy_part(const CoQp *qp, CoQp *lp)
{
	for (int j = 0; j < qp->n; j++)
	{
		lp->xl[j] = co_min(qp->xl[j], qp->xu[j]);
		lp->xu[j] = co_max(qp->xl[j], qp->xu[j]);
	}
	for (int i = 0; i < qp->m; i++)
	{
		lp->cl[i] = co_min(qp->cl[i], qp->cu[i]);
		lp->cu[i] = co_max(qp->cl[i], qp->cu[i]);
	}
	memcpy(lp->a.start, qp->a.start, ((size_t) qp->n + 1) * sizeof(int));
	memcpy(lp->a.index, qp->a.index, (size_t) co_csc_nnz(&qp->a) * sizeof(int));
	co_copy(co_csc_nnz(&qp->a), qp->a.value, lp->a.value);
}

/* row + u >= lower, row - v <= upper */
static void
add_elastic(const CoConflictTask *task, const CoQp *qp, CoQp *lp)
{
	int			col = qp->n,
				at = co_csc_nnz(&qp->a);

	for (int i = 0; i < task->n_row; i++)
		for (int up = 0; up < 2; up++)
		{
			if (!isfinite(up ? qp->cu[i] : qp->cl[i]))
				continue;
			lp->a.index[at] = i;
			lp->a.value[at++] = up ? -1.0 : 1.0;
			lp->c[col] = 1.0;
			lp->xl[col] = 0.0;
			lp->xu[col++] = INFINITY;
			lp->a.start[col] = at;
		}
}

/*
 * Sides that cross are exchanged: between them the two together have to move
 * by their distance, wherever the value is, and outside by more.
 */
static CoRc
take_elastic_lp(const CoConflictTask *task, const CoQp *qp, CoQp *lp)
{
	CoArena    *arena = task->arena;
	int			extra = count_elastic(task, qp);
	size_t		nnz = (size_t) co_csc_nnz(&qp->a) + (size_t) extra;
	CoRc		rc;

	memset(lp, 0, sizeof *lp);
	lp->n = qp->n + extra;
	lp->m = qp->m;
	lp->a = (CoCsc) {lp->m, lp->n, co_take_ints(arena, (size_t) lp->n + 1),
	co_take_ints(arena, nnz), co_take_doubles(arena, nnz)};
	rc = take_sides(arena, lp);
	if (rc)
		return rc;
	copy_part(qp, lp);
	add_elastic(task, qp, lp);
	return co_poll(arena);
}

/* Solve it; *known: it has the least sum. */
static CoRc
solve_elastic_lp(CoConflictSets *sets, const CoQp *lp, const CoQp *qp, CoRelaxation *out)
{
	const CoConflictTask *task = sets->task;
	CoOptions	options;
	CoSolution	sol;
	CoRc		rc;

	out->known = false;
	if (!co_conflict_options(sets, &options))
		return CO_OK;
	rc = co_qp_solve(task->arena, lp, &options, NULL, &sol);
	task->arena->deadline = sets->end;
	if (rc)
		return end_in_time(sets, rc);
	out->known = sol.status == CO_OPTIMAL;
	co_copy(qp->n, sol.point.x, out->x);
	co_fill(qp->m, 0.0, out->row);
	co_csc_mul_add(&qp->a, 1.0, out->x, out->row);
	co_relaxation_measure(task->options, qp->n, qp->m, qp->cl, qp->cu, qp->xl, qp->xu, out);
	return CO_OK;
}

/*
 * Often the least sum can be divided among sides in many ways, and an interior
 * point gives a bit to each.  With costs that differ a little there is one way
 * that moves few of them; it counts where its sum is no larger.
 */
static CoRc
solve_for_few(CoConflictSets *sets, CoQp *lp, const CoQp *qp, CoRelaxation *out)
{
	const CoConflictTask *task = sets->task;
	CoRelaxation few;
	CoRc		rc = co_relaxation_take(task->arena, qp->n, qp->m, &few);

	for (int k = qp->n; k < lp->n; k++)
		lp->c[k] = 1.0 + SPREAD * fmod(GOLDEN * (k - qp->n + 1), 1.0);
	if (!rc)
		rc = solve_elastic_lp(sets, lp, qp, &few);
	if (!rc && few.known &&
		co_residual_within(few.total - out->total, out->total, task->options->absolute_tolerance,
						   task->options->tolerance))
		*out = few;
	return rc;
}

CoRc
co_conflict_relax_qp(const CoConflictTask *task, const CoQp *qp, CoRelaxation *out)
{
	CoArena    *arena = task->arena;
	double		deadline = arena->deadline;
	CoConflictSets sets;
	CoQp		lp;
	CoRc		rc = co_relaxation_take(arena, qp->n, qp->m, out);

	co_conflict_begin(task, &sets);
	if (!rc)
		rc = take_elastic_lp(task, qp, &lp);
	if (!rc)
		rc = solve_elastic_lp(&sets, &lp, qp, out);
	if (!rc && out->known && out->total > 0.0)
		rc = solve_for_few(&sets, &lp, qp, out);
	arena->deadline = deadline;
	return end_in_time(&sets, rc);
}
