/*-------------------------------------------------------------------------
 *
 * solver/conflict.c
 *	  The deletion filter: from an infeasible set to a minimal one.
 *
 * [CD91] Chinneck, Dravnieks, "Locating minimal infeasible constraint sets in
 * linear programs", ORSA J. Computing 3 (1991) 157-168: a member is taken away;
 * where the rest stays infeasible, it is left away, else it is put back and
 * belongs to every conflict inside the set.  Departures: what the proof of
 * infeasibility does not use is left away at once, and several members are
 * tried together as long as the set is much larger than a conflict: twice as
 * many after each success, half as many after each failure.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/conflict_private.h"

#include "base/vec.h"

/* So few members are tried one by one from the start. */
#define FEW_MEMBERS		16

/* In larger sets a part of them together. */
#define FIRST_PART		4

typedef struct Filter
{
	CoConflictSets *sets;
	int			n;				/* members there are */
	uint8_t    *in,				/* [n] the infeasible set */
			   *needed,			/* [n] */
			   *stuck,			/* [n] tried, with no verdict */
			   *without;		/* [n] the set that is tried */
	int			n_stuck;
} Filter;

void
co_conflict_begin(const CoConflictTask *task, CoConflictSets *sets)
{
	const CoEnv *env = task->arena->env;

	sets->task = task;
	sets->end = co_min(task->arena->deadline, env->now(env->self) + task->options->time_limit);
	sets->n_solve = 0;
	sets->out_of_time = false;
}

bool
co_conflict_options(CoConflictSets *sets, CoOptions *out)
{
	const CoEnv *env = sets->task->arena->env;
	double		left = sets->end - env->now(env->self);

	*out = *sets->task->options;
	out->time_limit = left;
	sets->out_of_time = sets->out_of_time || !(left > 0.0);
	sets->task->arena->deadline = sets->end;
	return !sets->out_of_time;
}

/* Members that are still to be tried: bounds first, so that rows remain. */
static bool
is_open(const Filter *f, int k)
{
	return f->in[k] && !f->needed[k] && !f->stuck[k];
}

static int
count_open(const Filter *f)
{
	int			n = 0;

	for (int k = 0; k < f->n; k++)
		n += is_open(f, k);
	return n;
}

/* The set without its last `part` open members; *last: one of them. */
static void
take_away(Filter *f, int part, int *last)
{
	memcpy(f->without, f->in, (size_t) f->n);
	for (int k = f->n - 1; k >= 0 && part > 0; k--)
		if (is_open(f, k))
		{
			f->without[k] = 0;
			*last = k;
			part--;
		}
}

/* One trial; *part is how many members go together next. */
static CoRc
try_part(Filter *f, int *part)
{
	CoSetVerdict verdict;
	int			last = -1;
	CoRc		rc;

	take_away(f, *part, &last);
	rc = f->sets->test(f->sets, f->without, &verdict);
	if (rc)
		return rc;
	if (verdict == CO_SET_INFEASIBLE)
	{
		memcpy(f->in, f->without, (size_t) f->n);
		*part *= 2;
	}
	else if (*part > 1)
		*part = (*part + 1) / 2;
	else if (verdict == CO_SET_FEASIBLE)
		f->needed[last] = 1;
	else
	{
		f->stuck[last] = 1;
		f->n_stuck++;
	}
	return CO_OK;
}

CoRc
co_conflict_filter(CoConflictSets *sets, uint8_t *in, uint8_t *needed, bool *minimal)
{
	CoArena    *arena = sets->task->arena;
	size_t		n = (size_t) co_conflict_members(sets->task);
	Filter		f = {.sets = sets, .n = (int) n, .in = in, .needed = needed};
	int			open,
				part;
	CoRc		rc = CO_OK;

	f.stuck = co_take_zero(arena, n, 1);
	f.without = co_take_zero(arena, n, 1);
	if (!f.stuck || !f.without)
		return co_arena_failed(arena);
	open = count_open(&f);
	part = open <= FEW_MEMBERS ? 1 : open / FIRST_PART;
	while (open > 0 && !rc && !sets->out_of_time)
	{
		part = part < open ? part : open;
		rc = try_part(&f, &part);
		if (!rc)
			rc = co_poll(arena);
		open = count_open(&f);
	}
	*minimal = open == 0 && f.n_stuck == 0;
	return rc;
}

int
co_conflict_crossing(const CoConflictTask *task, const double *cl, const double *cu,
					 const double *xl, const double *xu)
{
	for (int i = 0; i < task->n_row; i++)
		if (co_sides_cross(1, cl + i, cu + i))
			return i;
	for (int j = 0; j < task->n_var; j++)
		if (co_sides_cross(1, xl + j, xu + j))
			return task->n_row + j;
	return -1;
}

static CoConflictSide
side_of(const double *multiplier, int index)
{
	if (!multiplier || multiplier[index] == 0.0)
		return CO_SIDE_BOTH;
	return multiplier[index] > 0.0 ? CO_SIDE_UPPER : CO_SIDE_LOWER;
}

CoRc
co_conflict_list(const CoConflictSets *sets, const uint8_t *in, const uint8_t *needed,
				 const double *y, const double *z, CoConflict *out)
{
	int			n_row = sets->task->n_row,
				n = co_conflict_members(sets->task),
				count = 0;

	for (int k = 0; k < n; k++)
		count += in[k];
	out->member = co_take_zero(sets->task->arena, (size_t) count, sizeof *out->member);
	if (!out->member)
		return co_arena_failed(sets->task->arena);
	out->n = 0;
	for (int k = 0; k < n; k++)
	{
		bool		is_row = k < n_row;
		const double *multiplier = is_row ? y : z;
		int			index = is_row ? k : k - n_row;

		if (!in[k])
			continue;
		out->member[out->n++] = (CoConflictMember) {.row = is_row ? index : -1,
			.var = is_row ? -1 : index, .side = side_of(multiplier, index),
		.weight = multiplier ? fabs(multiplier[index]) : 0.0, .needed = needed[k]};
	}
	out->n_solve = sets->n_solve;
	out->out_of_time = sets->out_of_time;
	return CO_OK;
}

CoRc
co_conflict_single(const CoConflictTask *task, int member, CoConflict *out)
{
	bool		is_row = member < task->n_row;

	out->member = co_take_zero(task->arena, 1, sizeof *out->member);
	if (!out->member)
		return co_arena_failed(task->arena);
	out->member[0] = (CoConflictMember) {.row = is_row ? member : -1,
		.var = is_row ? -1 : member - task->n_row, .side = CO_SIDE_BOTH, .weight = 1.0,
	.needed = true};
	out->n = 1;
	out->proof = CO_PROOF_CERTIFICATE;
	out->minimal = true;
	return CO_OK;
}

/*--------------------------------------------------------------------------
 * Relaxations
 *--------------------------------------------------------------------------
 */

CoRc
co_relaxation_take(CoArena *arena, int n, int m, CoRelaxation *out)
{
	memset(out, 0, sizeof *out);
	out->x = co_take_zero_doubles(arena, (size_t) n);
	out->row = co_take_zero_doubles(arena, (size_t) m);
	out->row_lower = co_take_zero_doubles(arena, (size_t) m);
	out->row_upper = co_take_zero_doubles(arena, (size_t) m);
	out->var_lower = co_take_zero_doubles(arena, (size_t) n);
	out->var_upper = co_take_zero_doubles(arena, (size_t) n);
	return co_arena_failed(arena);
}

/* How far t is beyond a side, where that is more than a solver leaves open. */
static double
beyond(const CoOptions *options, double distance, double side, double t)
{
	double		size = co_max(fabs(side), fabs(t));

	return isfinite(side) &&
		!co_residual_within(distance, size, options->absolute_tolerance, options->tolerance)
		? distance : 0.0;
}

static double
measure(const CoOptions *options, int n, const double *t, const double *lower,
		const double *upper, double *below, double *above)
{
	double		total = 0.0;

	for (int k = 0; k < n; k++)
	{
		below[k] = beyond(options, lower[k] - t[k], lower[k], t[k]);
		above[k] = beyond(options, t[k] - upper[k], upper[k], t[k]);
		total += below[k] + above[k];
	}
	return total;
}

void
co_relaxation_measure(const CoOptions *options, int n, int m, const double *cl, const double *cu,
					  const double *xl, const double *xu, CoRelaxation *out)
{
	out->total = measure(options, m, out->row, cl, cu, out->row_lower, out->row_upper) +
		measure(options, n, out->x, xl, xu, out->var_lower, out->var_upper);
}
