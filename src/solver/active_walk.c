/*-------------------------------------------------------------------------
 *
 * solver/active_walk.c
 *	  From a feasible point down to a local minimizer of an indefinite problem
 *	  along working sets on whose null space P is positive definite.
 *
 * A primal active-set method with control of the inertia [GW15].  Where the
 * first set is not like that, variables are held where they are as if they
 * rested on a side.  An entry s that is held so, or whose multiplier is wrong,
 * leaves by
 *
 *		( P  A' ) (  p )   ( 0	 )
 *		( A  0	) ( -q ) = ( e_s )
 *
 * with the set as it was, s in it: along p the point stays stationary on the
 * set, and only the curvature along p says whether P stays positive definite
 * without s.  Where it is not positive, or a side is met before the minimum, the
 * side joins the set and s goes on leaving.
 *
 * side says where an entry is, in what the system holds: they differ for s on
 * its way.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/active_private.h"

#include "base/vec.h"
#include "linalg/ticker.h"

/* The proximal term of the systems: small beside curvatures that matter. */
#define WALK_PROX			1e-10

/* Entries that left, at most, and of them together without gain. */
#define LEAST_LEAVES		50
#define LEAVES_PER_ENTRY	4
#define MOST_IDLE			8

/* Of so many entries that may leave it is computed what the objective gains. */
#define MOST_COMPARED		6

/* Curvature along a direction that is positive beyond rounding and the weights of (1). */
#define LEAST_CURVATURE		1e-9

/* What a direction moves in the set, over itself: the set is dependent. */
#define DEPENDENT			1e-4

/* A fall of the objective that counts, beside all so far. */
#define LEAST_GAIN			1e-10

/* A step is none that changes the point by less, relative. */
#define LEAST_MOVE			1e-9

typedef struct Leaving			/* an entry on its way out of the set */
{
	int			entry;			/* -1: none */
	signed char to;				/* its side then */
	double		sign,			/* of the way its value takes */
				wrong;			/* what its multiplier is off by */
} Leaving;

/* Multipliers of what is not in the set, then gradient and rows at the point. */
static void
evaluate(CoActive *a)
{
	double	   *y = a->xy + a->n;

	for (int i = 0; i < a->m; i++)
	{
		signed char side = a->side[a->n + i];

		if (!co_active_resting(side))
			y[i] = side == CO_ACTIVE_FREE ? 0.0 : side == CO_ACTIVE_ABOVE ? a->weight[i] : -a->weight[i];
	}
	co_copy(a->n + a->m, a->xy, a->centre);
	co_active_evaluate(a);
}

static void
add_side(CoActive *a, int e)
{
	a->side[e] = co_active_blocking_side(a, e);
	a->in[e] = e >= a->n;
	a->outcome->pivots++;
}

/* Go so far along step; what blocks is exactly on its side then. */
static void
go(CoActive *a, double t, int block)
{
	co_axpy(a->n, t, a->step, a->xy);
	co_axpy(a->m, t, a->step_ax, a->ax);
	if (block >= 0 && block < a->n)
		a->xy[block] = a->side[block] == CO_ACTIVE_LOWER ? a->qp.xl[block] : a->qp.xu[block];
}

/* So far along step is more than rounding. */
static bool
is_move(const CoActive *a, double t)
{
	return t * co_norm_inf(a->n, a->step) > LEAST_MOVE * (1.0 + co_norm_inf(a->n, a->xy));
}

/* step := the way to the stationary point of the set, and its multipliers. */
static CoRc
find_stationary(CoActive *a)
{
	const double *y = a->xy + a->n;
	CoRc		rc = co_active_kkt_update(a->kkt, a->in);

	if (rc)
		return rc;
	co_active_find_gradient(a);
	for (int e = 0; e < a->n + a->m; e++)
		if (!a->in[e])
			a->rhs[e] = 0.0;
		else if (e < a->n)
			a->rhs[e] = -a->step_g[e];
		else
			a->rhs[e] = (a->side[e] == CO_ACTIVE_LOWER ? co_active_lower(a, e) : co_active_upper(a, e)) -
				a->ax[e - a->n] - a->delta * y[e - a->n];
	rc = co_active_kkt_solve(a->kkt, a->rhs, a->step);
	co_active_measure_step(a);
	return rc;
}

/* Down to the stationary point of the set, to which what is in the way is added. */
static CoRc
settle(CoActive *a, bool *moved)
{
	for (int k = 0; k <= a->n + a->m; k++)
	{
		int			block;
		double		t;
		CoRc		rc = find_stationary(a);

		if (rc)
			return rc;
		t = co_active_room(a, false, &block);
		*moved = *moved || is_move(a, co_min(t, 1.0));
		co_copy(a->m, a->step + a->n, a->xy + a->n);
		if (!(t < 1.0))
		{
			go(a, 1.0, -1);
			evaluate(a);
			return CO_OK;
		}
		if (co_active_pivots_left(a) == 0)
		{
			go(a, t, -1);
			break;
		}
		add_side(a, block);
		go(a, t, block);
	}
	evaluate(a);
	return CO_OK;
}

/* step := p, for an entry s that moves by sign, p'Pp; *dependent: the set is. */
static CoRc
find_direction(CoActive *a, int s, double sign, double *curvature, bool *dependent)
{
	double		most = 0.0,
				size;
	CoRc		rc = co_active_kkt_update(a->kkt, a->in);

	if (rc)
		return rc;
	co_fill(a->n + a->m, 0.0, a->rhs);
	co_fill(a->n + a->m, 0.0, a->jump);
	if (s >= a->n)
		a->rhs[s] = sign;
	else
	{
		a->jump[s] = -sign;
		co_csc_symmul_add(&a->qp.p, 1.0, a->jump, a->rhs);
		co_csc_mul_add(&a->qp.a, 1.0, a->jump, a->rhs + a->n);
	}
	rc = co_active_kkt_solve(a->kkt, a->rhs, a->step);
	if (s < a->n)
		a->step[s] = sign;
	*curvature = co_active_measure_step(a);
	size = co_norm_inf(a->n, a->step);
	for (int i = 0; i < a->m; i++)
		if (a->in[a->n + i])
			most = co_max(most, fabs(a->step_ax[i] - (a->n + i == s ? sign : 0.0)));
	*dependent = most > DEPENDENT * co_max(1.0, size) || !isfinite(size);
	return rc;
}

/*
 * Along step, of an entry on its way, to the minimum or to the first side,
 * which is *block or -1.  How far, and *gain, what the objective falls by.
 */
static double
measure_way(CoActive *a, double curvature, int *block, double *gain)
{
	double		least = LEAST_CURVATURE * a->kkt->norm * co_dot(a->n, a->step, a->step),
				slope,
				t;

	co_active_find_gradient(a);
	slope = co_min(0.0, co_dot(a->n, a->step_g, a->step));
	t = co_active_room(a, false, block);
	if (curvature > least && -slope <= t * curvature)
	{
		t = -slope / curvature;
		*block = -1;
	}
	*gain = isfinite(t) ? -t * (slope + 0.5 * t * curvature) : INFINITY;
	return t;
}

/* Can, or must, entry e leave?  A multiplier is wrong by more than least. */
static bool
may_leave(const CoActive *a, int e, double least, Leaving *out)
{
	signed char side = a->side[e];
	double		v = co_active_multiplier(a, e, 0.0);

	*out = (Leaving) {.entry = e, .to = CO_ACTIVE_FREE, .sign = v < 0.0 ? -1.0 : 1.0, .wrong = fabs(v)};
	if (a->spare[e])
		return true;
	if (!co_active_resting(side))
		return false;
	out->to = co_active_leaves_to(a, e, 0.0);
	if (out->to == side)
		return false;
	if (out->to == CO_ACTIVE_FREE)
		out->sign = -side;
	else
		out->wrong -= a->weight[e - a->n];
	return out->wrong > least;
}

/* The entry whose multiplier is the most wrong.  How many there are to choose from. */
static int
find_most_wrong(const CoActive *a, double least, Leaving *out)
{
	int			n_found = 0;
	Leaving		one;

	out->entry = -1;
	for (int e = 0; e < a->n + a->m; e++)
	{
		if (!may_leave(a, e, least, &one))
			continue;
		if (n_found++ == 0 || one.wrong > out->wrong)
			*out = one;
	}
	return n_found;
}

/*
 * The next entry to leave: of a few the one by which the objective falls most,
 * of many the one whose multiplier is the most wrong.
 */
static CoRc
choose_leaving(CoActive *a, Leaving *out)
{
	double		least = co_active_least_dual(a),
				best = 0.0;
	int			n_found = find_most_wrong(a, least, out);
	CoRc		rc = CO_OK;

	if (n_found < 2 || n_found > MOST_COMPARED)
		return CO_OK;
	for (int e = 0; e < a->n + a->m && !rc; e++)
	{
		signed char side = a->side[e];
		bool		dependent;
		int			block;
		double		curvature,
					gain;
		Leaving		one;

		if (!may_leave(a, e, least, &one))
			continue;
		rc = find_direction(a, e, one.sign, &curvature, &dependent);
		if (rc || dependent)
			continue;
		a->side[e] = one.to;
		measure_way(a, curvature, &block, &gain);
		a->side[e] = side;
		if (gain > best)
		{
			best = gain;
			*out = one;
		}
	}
	return rc;
}

/*
 * An entry leaves the set.  *total += what the objective falls by; *moved: the
 * point has changed; *unbounded: along step there is no end.
 */
static CoRc
leave(CoActive *a, const Leaving *way, double *total, bool *moved, bool *unbounded)
{
	int			s = way->entry;
	signed char from = a->side[s];

	a->spare[s] = 0;
	a->side[s] = way->to;
	a->outcome->pivots++;
	for (int k = 0; k <= a->n + a->m; k++)
	{
		bool		dependent;
		int			block;
		double		curvature,
					gain,
					t;
		CoRc		rc = find_direction(a, s, way->sign, &curvature, &dependent);

		if (rc)
			return rc;
		if (dependent)
			break;
		t = measure_way(a, curvature, &block, &gain);
		*unbounded = !isfinite(t);
		if (*unbounded)
			return CO_OK;
		if (t > 0.0 && !(gain > 0.0))
		{
			/* rounding took it for wrong; what was held is let go */
			if (from != CO_ACTIVE_FREE && k == 0)
			{
				a->side[s] = from;
				return CO_OK;
			}
			break;
		}
		*moved = *moved || is_move(a, t);
		*total += gain;
		if (block >= 0 && co_active_pivots_left(a) == 0)
		{
			go(a, t, -1);
			return CO_OK;
		}
		if (block >= 0)
			add_side(a, block);
		go(a, t, block);
		if (block == s)
			return CO_OK;
		if (block < 0)
			break;
	}
	a->in[s] = s < a->n;
	return CO_OK;
}

/* Column j of P, by its lower triangle's rows and columns: what is not held. */
static double
sum_column(const CoActive *a, int j, double *diagonal)
{
	const CoCsc *p = &a->qp.p,
			   *pt = &a->kkt->pt;
	double		sum = 0.0;

	*diagonal = 0.0;
	for (int k = p->start[j]; k < p->start[j + 1]; k++)
		if (p->index[k] == j)
			*diagonal += p->value[k];
		else if (a->in[p->index[k]])
			sum += fabs(p->value[k]);
	for (int k = pt->start[j]; k < pt->start[j + 1]; k++)
		if (pt->index[k] != j && a->in[pt->index[k]])
			sum += fabs(pt->value[k]);
	return sum;
}

/*
 * Variables are held where they are until P is positive definite on the null
 * space of the set and of them: that of the others is diagonally dominant.
 */
static CoRc
hold_variables(CoActive *a, bool *right)
{
	CoTicker	ticker = co_ticker(a->arena);
	CoRc		rc;

	memset(a->spare, 0, (size_t) (a->n + a->m));
	co_active_set_shift(a, 0.0);
	co_active_set_prox(a, WALK_PROX, a->delta);
	*right = false;
	rc = co_active_test_inertia(a, false, right);
	if (rc || *right)
		return rc;
	for (int j = 0; j < a->n && !rc; j++)
	{
		double		diagonal;

		if (!a->in[j] || sum_column(a, j, &diagonal) < diagonal)
			continue;
		a->spare[j] = 1;
		a->in[j] = false;
		rc = co_tick(&ticker, 2.0 * (double) (a->qp.p.start[j + 1] - a->qp.p.start[j]));
	}
	if (!rc)
		rc = co_active_kkt_factor(a->kkt, a->in);
	*right = !rc && a->kkt->n_wrong == 0;
	return rc;
}

/* The ray that step is, in the user's numbers. */
static void
keep_ray(CoActive *a)
{
	for (int j = 0; j < a->n; j++)
		a->ray[j] = a->step[j] * a->scaling.d[j];
}

static CoRc
walk(CoActive *a, bool *moved, bool *unbounded)
{
	int			most = LEAST_LEAVES + LEAVES_PER_ENTRY * (a->n + a->m),
				n_idle = 0;
	double		total = 0.0;
	bool		right;
	CoRc		rc = hold_variables(a, &right);

	*moved = false;
	for (int k = 0; k < most && right && !rc && !*unbounded && n_idle < MOST_IDLE; k++)
	{
		Leaving		way = {.entry = -1};
		double		before = total;
		bool		held;

		rc = settle(a, moved);
		if (!rc)
			rc = choose_leaving(a, &way);
		if (rc || way.entry < 0 || co_active_pivots_left(a) == 0)
			break;
		held = a->spare[way.entry];
		rc = leave(a, &way, &total, moved, unbounded);
		n_idle = held || total - before > LEAST_GAIN * total ? 0 : n_idle + 1;
	}
	return rc;
}

/*
 * Multipliers count as wrong beyond rounding: there is no proximal term to
 * excuse them.  A walk that did not get anywhere leaves all as it was.
 */
CoRc
co_active_walk(CoActive *a, bool *moved, bool *unbounded)
{
	size_t		dim = (size_t) a->n + (size_t) a->m;
	CoMark		mark = co_mark(a->arena);
	double	   *xy = co_take_doubles(a->arena, dim);
	signed char *side = co_take(a->arena, dim, sizeof *side);
	double		optimality = a->optimality;
	CoRc		rc = co_arena_failed(a->arena);

	if (rc)
		return rc;
	co_copy((int) dim, a->xy, xy);
	memcpy(side, a->side, dim);
	a->optimality = 0.0;
	a->optimality = co_min(optimality, co_active_least_dual(a));
	rc = walk(a, moved, unbounded);
	a->optimality = optimality;
	if (!rc && *unbounded)
		keep_ray(a);
	else if (!rc && !*moved)
	{
		co_copy((int) dim, xy, a->xy);
		memcpy(a->side, side, dim);
	}
	co_rewind(a->arena, mark);
	return rc;
}
