/*-------------------------------------------------------------------------
 *
 * nlp/nlp_prove.c
 *	  The functions of nlp_prove.h.
 *
 *-------------------------------------------------------------------------
 */
#include "nlp/nlp_prove.h"

#include "base/vec.h"

/*
 * Boxes on the way to the one in work; halvings of a variable end below a part
 * of its range.
 */
#define MAX_DEPTH		160
#define LEAST_WIDTH		1e-9

/* A slope or a constant as small is what widening made of 0. */
#define NOTHING			1e-300

typedef struct Prover
{
	CoArena    *arena;
	const CoNlp *nlp;
	double		tolerance;
	double	   *lower,			/* [room n] boxes, the last one in work */
			   *upper;
	int			room,			/* for boxes */
				n_box;
	CoInterval *ranges;			/* [1 + m] */
} Prover;

static CoRc
take_prover(CoArena *arena, const CoNlp *nlp, int room, Prover *p)
{
	double		n = nlp->n,
				m = nlp->m;
	CoRc		rc = co_arena_plan(arena, sizeof(double) * (2.0 * room * n + 2.0 * n) +
								   sizeof(CoInterval) * 2.0 * (m + 1.0) + sizeof(int) * m);

	if (rc)
		return rc;
	*p = (Prover) {
		.arena = arena, .nlp = nlp, .room = room,
		.lower = co_take_doubles(arena, (size_t) room * (size_t) nlp->n),
		.upper = co_take_doubles(arena, (size_t) room * (size_t) nlp->n),
		.ranges = co_take(arena, (size_t) nlp->m + 1, sizeof *p->ranges)
	};
	return co_arena_failed(arena);
}

/* var [m]: the only variable of a linear row; -1.  false: no row has one. */
static bool
find_single(const CoNlp *nlp, int *var)
{
	bool		found = false;

	for (int i = 0; i < nlp->m; i++)
		var[i] = -1;
	for (int j = 0; j < nlp->n; j++)
		for (int e = nlp->jac.start[j]; e < nlp->jac.start[j + 1]; e++)
		{
			int			i = nlp->jac.index[e];

			var[i] = var[i] == -1 ? j : -2;
		}
	for (int i = 0; i < nlp->m; i++)
	{
		if (nlp->row[i] != CO_LINEAR || var[i] < 0)
			var[i] = -1;
		found = found || var[i] >= 0;
	}
	return found;
}

static double
middle(CoInterval a)
{
	double		value = 0.5 * (a.lower + a.upper);

	return fabs(value) > NOTHING ? value : 0.0;
}

/* lo <= slope x <= hi, as bounds of x; what crosses the others is left to its row. */
static void
tighten(double slope, double lo, double hi, double *lower, double *upper)
{
	CoInterval	x = slope > 0.0 ? (CoInterval) {lo / slope, hi / slope} : (CoInterval) {hi / slope, lo / slope};
	CoInterval	wide = co_interval_widen(x);

	x.lower = co_max(*lower, x.lower == 0.0 ? 0.0 : wide.lower);
	x.upper = co_min(*upper, x.upper == 0.0 ? 0.0 : wide.upper);
	if (x.lower > x.upper)
		return;
	*lower = x.lower;
	*upper = x.upper;
}

/*
 * A linear row of one variable is a bound: methods may be off by the tolerance
 * there, but what exists only beyond it does not exist.
 */
static CoRc
tighten_by_rows(Prover *p)
{
	const CoNlp *nlp = p->nlp;
	int		   *var = co_take_ints(p->arena, (size_t) nlp->m);
	double	   *x = co_take_zero_doubles(p->arena, (size_t) nlp->n);
	CoInterval *at_zero = co_take(p->arena, (size_t) nlp->m + 1, sizeof *at_zero);
	CoRc		rc = co_arena_failed(p->arena);

	if (rc || !nlp->row || !find_single(nlp, var))
		return rc;
	rc = nlp->range(nlp->self, CO_WANT_C, x, x, at_zero);
	co_fill(nlp->n, 1.0, x);
	if (!rc)
		rc = nlp->range(nlp->self, CO_WANT_C, x, x, p->ranges);
	for (int i = 0; i < nlp->m && !rc; i++)
	{
		double		constant = middle(at_zero[1 + i]),
					slope = middle(p->ranges[1 + i]) - constant;

		if (var[i] >= 0 && slope != 0.0)
			tighten(slope, nlp->cl[i] - constant, nlp->cu[i] - constant, &p->lower[var[i]],
					&p->upper[var[i]]);
	}
	return rc;
}

static CoRc
begin(Prover *p)
{
	CoMark		mark = co_mark(p->arena);
	CoRc		rc;

	co_copy(p->nlp->n, p->nlp->xl, p->lower);
	co_copy(p->nlp->n, p->nlp->xu, p->upper);
	rc = tighten_by_rows(p);
	if (!rc)
		co_rewind(p->arena, mark);
	return rc;
}

/* Is every value of the range outside of the sides, by more than the tolerance? */
static bool
misses(const Prover *p, CoInterval c, double lo, double hi)
{
	if (co_interval_is_empty(c))
		return true;
	return c.lower - hi > p->tolerance * (1.0 + co_max(fabs(c.lower), fabs(hi))) ||
		lo - c.upper > p->tolerance * (1.0 + co_max(fabs(c.upper), fabs(lo)));
}

static double
side_of(const Prover *p, int row)
{
	CoInterval	c = p->ranges[1 + row];

	return co_interval_is_empty(c) ? 0.0 : c.lower > p->nlp->cu[row] ? 1.0 : -1.0;
}

/* The row that excludes the box; -1: none does. */
static CoRc
look(Prover *p, const double *lower, const double *upper, int *row)
{
	const CoNlp *nlp = p->nlp;
	CoRc		rc = co_poll(p->arena);

	*row = -1;
	p->n_box++;
	if (!rc)
		rc = nlp->range(nlp->self, CO_WANT_C, lower, upper, p->ranges);
	for (int i = 0; i < nlp->m && !rc && *row < 0; i++)
		if (misses(p, p->ranges[1 + i], nlp->cl[i], nlp->cu[i]))
			*row = i;
	return rc;
}

/* The line as (-1, 1), so that an infinite box has a middle. */
static double
shrink(double x)
{
	return isinf(x) ? copysign(1.0, x) : x / (1.0 + fabs(x));
}

static double
unshrink(double t)
{
	return t / (1.0 - fabs(t));
}

/* The widest side of those that rows depend on; -1: too narrow to be cut. */
static int
choose_side(const Prover *p, const double *lower, const double *upper)
{
	double		widest = LEAST_WIDTH;
	int			side = -1;

	for (int j = 0; j < p->nlp->n; j++)
	{
		double		width = shrink(upper[j]) - shrink(lower[j]);

		if (p->nlp->jac.start[j] == p->nlp->jac.start[j + 1] || !(width > widest))
			continue;
		widest = width;
		side = j;
	}
	return side;
}

/* Box at is cut in two, the second of which comes behind it; false: it cannot be. */
static bool
cut(Prover *p, int at)
{
	int			n = p->nlp->n;
	double	   *lower = p->lower + (size_t) at * (size_t) n,
			   *upper = p->upper + (size_t) at * (size_t) n,
				middle_of;
	int			side = choose_side(p, lower, upper);

	if (side < 0 || at + 1 == p->room)
		return false;
	middle_of = unshrink(0.5 * (shrink(lower[side]) + shrink(upper[side])));
	if (!(middle_of > lower[side] && middle_of < upper[side]))
		return false;
	co_copy(n, lower, lower + n);
	co_copy(n, upper, upper + n);
	upper[side] = middle_of;
	lower[n + side] = middle_of;
	return true;
}

CoRc
co_nlp_prove_infeasible(CoArena *arena, const CoNlp *nlp, double tolerance, int max_boxes,
						CoNlpProof *out)
{
	CoMark		mark = co_mark(arena);
	Prover		p;
	int			last = 0;
	CoRc		rc;

	*out = (CoNlpProof) {.row = -1};
	if (!nlp->range || nlp->m == 0 || nlp->n == 0)
		return CO_OK;
	rc = take_prover(arena, nlp, max_boxes > 1 ? MAX_DEPTH : 1, &p);
	p.tolerance = tolerance;
	if (!rc)
		rc = begin(&p);
	while (!rc && last >= 0 && p.n_box < max_boxes)
	{
		size_t		at = (size_t) last * (size_t) nlp->n;

		rc = look(&p, p.lower + at, p.upper + at, &out->row);
		if (!rc && out->row >= 0)
			last--;
		else if (!rc && !cut(&p, last++))
			break;
	}
	if (rc)
		return rc;
	out->proved = last < 0;
	out->n_box = p.n_box;
	if (!out->proved || out->n_box > 1)
		out->row = -1;
	else
		out->side = side_of(&p, out->row);
	co_rewind(arena, mark);
	return CO_OK;
}

CoRc
co_nlp_objective_floor(CoArena *arena, const CoNlp *nlp, double *floor_of)
{
	CoMark		mark = co_mark(arena);
	Prover		p;
	CoRc		rc;

	*floor_of = -INFINITY;
	if (!nlp->range)
		return CO_OK;
	rc = take_prover(arena, nlp, 1, &p);
	if (!rc)
		rc = begin(&p);
	if (!rc)
		rc = nlp->range(nlp->self, CO_WANT_F, p.lower, p.upper, p.ranges);
	if (rc)
		return rc;
	if (!co_interval_is_empty(p.ranges[0]))
		*floor_of = p.ranges[0].lower;
	co_rewind(arena, mark);
	return CO_OK;
}
