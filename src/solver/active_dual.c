/*-------------------------------------------------------------------------
 *
 * solver/active_dual.c
 *	  The dual active-set method for problem (1) of solver/active_private.h.
 *
 * The dual of (1) is strictly concave, and its only constraints are the signs
 * of multipliers (and |y| <= weight of elastic rows).  So every working set is
 * a start: its stationary point is found, entries with a multiplier of the
 * wrong sign leave, and what remains is feasible for the dual.  From there
 * [GI83]:
 *
 *		the most violated entry comes in; the point moves towards the
 *		stationary point of the set; where a multiplier reaches 0 on the way
 *		its entry leaves, and the target is computed again.
 *
 * No step is made at a degenerate point without end: while the violated entry
 * is on its way in, entries only leave, and when it has come in, the dual
 * objective has grown.  A set of entries therefore never comes back.
 *
 * Before, whole sets are exchanged at once [HIK02], which mostly finds a
 * working set near the answer in a few factorizations and may go in circles:
 * it ends when the number of wrong entries has not fallen for a while [PJV94].
 *
 *-------------------------------------------------------------------------
 */
#include "solver/active_private.h"

#include "base/vec.h"
#include "linalg/ticker.h"

/* Exchanges of whole sets: at most, and without a new least number of wrong entries. */
#define MOST_EXCHANGES	50
#define IDLE_EXCHANGES	2

/* A solve is worth nothing whose residual is more than both, of its right side and absolute. */
#define SOLVE_ERROR		1e-5
#define SOLVE_RESIDUAL	1e-11

/* Entries that come in together, at most; halvings to find the worst of them. */
#define MOST_TOGETHER	32
#define BISECTIONS		20

/* Multipliers this near to the first that changes its sign may leave before it. */
#define TIE				1e-10

/* g and ax at the point, from scratch. */
void
co_active_evaluate(CoActive *a)
{
	const double *y = a->xy + a->n;

	for (int j = 0; j < a->n; j++)
		a->g[j] = a->qp.c[j] + a->shift[j] * (a->xy[j] - a->anchor[j]) +
			a->prox * (a->xy[j] - a->centre[j]);
	co_fill(a->m, 0.0, a->ax);
	co_csc_symmul_add(&a->qp.p, 1.0, a->xy, a->g);
	co_csc_mul_both_add(&a->qp.a, a->xy, y, a->ax, a->g);
}

/* g and ax of the step */
static void
multiply_step(CoActive *a)
{
	for (int j = 0; j < a->n; j++)
		a->step_g[j] = a->rho[j] * a->step[j];
	co_fill(a->m, 0.0, a->step_ax);
	co_csc_symmul_add(&a->qp.p, 1.0, a->step, a->step_g);
	co_csc_mul_both_add(&a->qp.a, a->step, a->step + a->n, a->step_ax, a->step_g);
}

/*
 * What the working set says of an entry that is not an unknown: x on its
 * bound, y zero or at its weight.  true: something has to move.
 */
static bool
find_jump(CoActive *a)
{
	bool		any = false;

	for (int e = 0; e < a->n + a->m; e++)
	{
		signed char side = a->side[e];
		double		to;

		a->in[e] = e < a->n ? side == CO_ACTIVE_FREE : co_active_resting(side);
		a->jump[e] = 0.0;
		if (a->in[e])
			continue;
		if (e < a->n)
			to = side == CO_ACTIVE_LOWER ? a->qp.xl[e] : a->qp.xu[e];
		else
			to = side == CO_ACTIVE_FREE ? 0.0 : side == CO_ACTIVE_ABOVE ? a->weight[e - a->n] : -a->weight[e - a->n];
		a->jump[e] = to - a->xy[e];
		any = any || a->jump[e] != 0.0;
	}
	return any;
}

/* The step to the stationary point of the working set. */
static CoRc
find_target(CoActive *a)
{
	int			n = a->n;
	bool		jumps = find_jump(a);
	CoRc		rc = co_active_kkt_update(a->kkt, a->in);

	if (rc)
		return rc;
	if (jumps)
	{
		co_copy(n + a->m, a->jump, a->step);
		multiply_step(a);
	}
	for (int e = 0; e < n + a->m; e++)
	{
		a->rhs[e] = 0.0;
		if (!a->in[e])
			continue;
		if (e < n)
			a->rhs[e] = -a->g[e] - (jumps ? a->step_g[e] : 0.0);
		else
			a->rhs[e] = (a->side[e] == CO_ACTIVE_LOWER ? co_active_lower(a, e) : co_active_upper(a, e)) -
				co_active_value(a, e) - (jumps ? a->step_ax[e - n] : 0.0);
	}
	rc = co_active_kkt_solve(a->kkt, a->rhs, a->step);
	if (rc)
		return rc;
	a->broken = a->broken || !(a->kkt->error <= SOLVE_ERROR || a->kkt->residual <= SOLVE_RESIDUAL) ||
		!isfinite(co_norm_inf(n + a->m, a->step));
	co_axpy(n + a->m, 1.0, a->jump, a->step);
	multiply_step(a);
	return CO_OK;
}

/* What is set by the working set is set exactly where the whole step is made. */
static void
move(CoActive *a, double t)
{
	co_axpy(a->n + a->m, t, a->step, a->xy);
	co_axpy(a->n, t, a->step_g, a->g);
	co_axpy(a->m, t, a->step_ax, a->ax);
	if (t < 1.0)
		return;
	for (int e = 0; e < a->n + a->m; e++)
	{
		signed char side = a->side[e];

		if (e < a->n && side != CO_ACTIVE_FREE)
			a->xy[e] = side == CO_ACTIVE_LOWER ? a->qp.xl[e] : a->qp.xu[e];
		else if (e >= a->n && side == CO_ACTIVE_FREE)
			a->xy[e] = 0.0;
	}
}

static double
value_tolerance(const CoActive *a, double bound)
{
	return a->feasibility * (1.0 + fabs(bound));
}

/*
 * The side an entry of the working set leaves to, because of its multiplier
 * after t of the step; its own side where it stays.
 */
signed char
co_active_leaves_to(const CoActive *a, int e, double t)
{
	signed char side = a->side[e];
	double		v = co_active_multiplier(a, e, t);

	if (!a->equal[e] && side * v < -a->optimality)
		return CO_ACTIVE_FREE;
	if (e >= a->n && fabs(v) > a->weight[e - a->n] + a->optimality)
		return v > 0.0 ? CO_ACTIVE_ABOVE : CO_ACTIVE_BELOW;
	return side;
}

/*
 * By how much, in tolerances, an entry outside the working set is on the wrong
 * side of something; *enters: the side it would come in on.
 */
static double
violation(const CoActive *a, int e, signed char *enters)
{
	double		value = co_active_value(a, e),
				lower = co_active_lower(a, e),
				upper = co_active_upper(a, e),
				above = isfinite(upper) ? (value - upper) / value_tolerance(a, upper) : -INFINITY,
				below = isfinite(lower) ? (lower - value) / value_tolerance(a, lower) : -INFINITY;

	if (a->side[e] == CO_ACTIVE_ABOVE || a->side[e] == CO_ACTIVE_BELOW)
	{
		*enters = a->side[e] == CO_ACTIVE_ABOVE ? CO_ACTIVE_UPPER : CO_ACTIVE_LOWER;
		return a->side[e] == CO_ACTIVE_ABOVE ? -above : -below;
	}
	*enters = above > below ? CO_ACTIVE_UPPER : CO_ACTIVE_LOWER;
	return above > below ? above : below;
}

int
co_active_count_wrong(const CoActive *a)
{
	int			n_wrong = 0;
	signed char enters;

	for (int e = 0; e < a->n + a->m; e++)
		if (co_active_resting(a->side[e]))
			n_wrong += co_active_leaves_to(a, e, 0.0) != a->side[e];
		else
			n_wrong += violation(a, e, &enters) > 1.0;
	return n_wrong;
}

int
co_active_pivots_left(const CoActive *a)
{
	return a->outcome->pivots < a->pivot_limit ? a->pivot_limit - a->outcome->pivots : 0;
}

/* All that is wrong changes, or only what has to leave, within the limit.  How many. */
static int
exchange_sides(CoActive *a, bool only_leaving)
{
	int			n_changed = 0,
				left = co_active_pivots_left(a);

	for (int e = 0; e < a->n + a->m && n_changed < left; e++)
	{
		signed char to = a->side[e];

		if (co_active_resting(to))
			to = co_active_leaves_to(a, e, 0.0);
		else if (only_leaving || !(violation(a, e, &to) > 1.0))
			to = a->side[e];
		n_changed += to != a->side[e];
		a->side[e] = to;
	}
	a->outcome->pivots += n_changed;
	return n_changed;
}

CoRc
co_active_go_to_target(CoActive *a)
{
	CoRc		rc = find_target(a);

	if (!rc)
		move(a, 1.0);
	return rc;
}

/* Whole sets at once; *done: nothing is wrong any more.  Leaves the best set met. */
static CoRc
exchange(CoActive *a, bool *done)
{
	signed char *best = a->spare;
	int			least = a->n + a->m + 1,
				idle = 0;
	CoRc		rc = CO_OK;

	*done = false;
	memcpy(best, a->side, (size_t) (a->n + a->m));
	for (int k = 0; k < MOST_EXCHANGES; k++)
	{
		int			n_wrong;

		rc = co_active_go_to_target(a);
		if (rc || a->broken)
			break;
		n_wrong = co_active_count_wrong(a);
		*done = n_wrong == 0;
		if (n_wrong < least)
		{
			least = n_wrong;
			idle = 0;
			memcpy(best, a->side, (size_t) (a->n + a->m));
		}
		else if (++idle >= (a->exchanged ? 1 : IDLE_EXCHANGES))
			break;
		if (*done)
			return CO_OK;
		if (exchange_sides(a, false) == 0)
			break;
	}
	a->exchanged = true;
	if (!rc)
		memcpy(a->side, best, (size_t) (a->n + a->m));
	return rc;
}

/* The stationary point of a part of the working set where no multiplier is wrong. */
static CoRc
make_dual_feasible(CoActive *a)
{
	CoRc		rc;

	do
	{
		rc = co_active_go_to_target(a);
	} while (!rc && !a->broken && exchange_sides(a, true) > 0);
	return rc;
}

/*
 * How much of the step can be made until the first multiplier gets to the end
 * of its range, and whose it is; -1: all of it.  Among those that follow
 * closely the one that moves fastest leaves [Har73].
 */
static double
find_block(const CoActive *a, int *block)
{
	double		first = 1.0,
				fastest = 0.0,
				best = 1.0;

	*block = -1;
	for (int pass = 0; pass < 2; pass++)
		for (int e = 0; e < a->n + a->m; e++)
		{
			double		now,
						then,
						end,
						t;

			if (!co_active_resting(a->side[e]) || co_active_leaves_to(a, e, 1.0) == a->side[e])
				continue;
			now = co_active_multiplier(a, e, 0.0);
			then = co_active_multiplier(a, e, 1.0);
			end = co_active_leaves_to(a, e, 1.0) == CO_ACTIVE_FREE ? 0.0 :
				then > 0.0 ? a->weight[e - a->n] : -a->weight[e - a->n];
			t = co_clamp((end - now) / (then - now), 0.0, 1.0);
			if (pass == 0)
				first = co_min(first, t + a->optimality / fabs(then - now));
			else if (t <= first + TIE && fabs(then - now) > fastest)
			{
				fastest = fabs(then - now);
				best = t;
				*block = e;
			}
		}
	return best;
}

/*
 * The most violated entries come in, at most so many.  Which ones need not be
 * exact: a few bisections on the violation find a bound.  How many came in.
 */
static int
bring_in(CoActive *a, int most)
{
	double		largest = 1.0,
				least = 1.0;
	int			n_in = 0;

	for (int e = 0; e < a->n + a->m; e++)
	{
		signed char enters;

		a->rhs[e] = co_active_resting(a->side[e]) ? 0.0 : violation(a, e, &enters);
		largest = co_max(largest, a->rhs[e]);
	}
	if (largest <= 1.0)
		return 0;
	for (int k = 0; k < BISECTIONS; k++)
	{
		double		middle = sqrt(least) * sqrt(largest);
		int			n_above = 0;

		for (int e = 0; e < a->n + a->m; e++)
			n_above += a->rhs[e] >= middle;
		if (n_above > most)
			least = middle;
		else if (n_above == 0 || k + 1 == BISECTIONS)
			largest = middle;
		else
		{
			largest = middle;
			if (2 * n_above >= most)
				break;
		}
	}
	for (int e = 0; e < a->n + a->m && n_in < most; e++)
		if (a->rhs[e] >= largest)
		{
			violation(a, e, &a->side[e]);
			n_in++;
		}
	a->outcome->pivots += n_in;
	return n_in;
}

/*
 * What has no room to move towards the target leaves at once.  How many: when
 * several come in together, some of them mostly do.
 */
static int
leave_at_once(CoActive *a, CoActiveVerdict *verdict)
{
	int			n_left = 0,
				most = co_active_pivots_left(a);

	for (int e = 0; e < a->n + a->m && *verdict == CO_ACTIVE_OPTIMAL; e++)
	{
		signed char to;

		if (!co_active_resting(a->side[e]))
			continue;
		to = co_active_leaves_to(a, e, 1.0);
		if (to != CO_ACTIVE_FREE || a->equal[e] || a->side[e] * co_active_multiplier(a, e, 0.0) > 0.0)
			continue;
		if (n_left == most)
			*verdict = CO_ACTIVE_PIVOT_LIMIT;
		else
		{
			a->side[e] = to;
			n_left++;
		}
	}
	a->outcome->pivots += n_left;
	return n_left;
}

/* To the stationary point of the working set, entries leaving on the way. */
static CoRc
approach(CoActive *a, int *n_left, CoActiveVerdict *verdict)
{
	*n_left = 0;
	for (;;)
	{
		CoRc		rc = find_target(a);
		signed char to;
		int			block,
					n_now;
		double		t;

		if (rc || a->broken)
			return rc;
		n_now = leave_at_once(a, verdict);
		*n_left += n_now;
		if (*verdict != CO_ACTIVE_OPTIMAL)
			return CO_OK;
		if (n_now > 0)
			continue;
		t = find_block(a, &block);
		if (block < 0)
		{
			move(a, 1.0);
			return CO_OK;
		}
		to = co_active_leaves_to(a, block, 1.0);
		move(a, t);
		if (co_active_pivots_left(a) == 0)
		{
			*verdict = CO_ACTIVE_PIVOT_LIMIT;
			return CO_OK;
		}
		a->side[block] = to;
		++*n_left;
		a->outcome->pivots++;
	}
}

CoRc
co_active_minimize(CoActive *a, CoActiveVerdict *verdict)
{
	bool		done;
	int			most = 1;
	CoRc		rc;

	a->broken = false;
	*verdict = CO_ACTIVE_OPTIMAL;
	rc = exchange(a, &done);
	if (rc || done)
		return rc;
	rc = make_dual_feasible(a);
	while (!rc && *verdict == CO_ACTIVE_OPTIMAL && !a->broken)
	{
		int			left = co_active_pivots_left(a),
					n_in = bring_in(a, most < left ? most : left),
					n_left = 0;

		if (n_in == 0)
		{
			if (left == 0 && co_active_count_wrong(a) > 0)
				*verdict = CO_ACTIVE_PIVOT_LIMIT;
			break;
		}
		rc = approach(a, &n_left, verdict);
		if (2 * n_left <= n_in)
			most = most * 2 < MOST_TOGETHER ? most * 2 : MOST_TOGETHER;
		else if (n_left > n_in)
			most = most / 2 > 1 ? most / 2 : 1;
	}
	if (a->broken)
		*verdict = CO_ACTIVE_BREAKDOWN;
	return rc;
}
