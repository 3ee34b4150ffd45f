/*-------------------------------------------------------------------------
 *
 * nlp/nlp_promise.c
 *	  Is a point that passes as stationary one from which the objective falls?
 *
 * Stationarity is measured against mu_max, the largest of all columns, and a
 * column whose derivatives are small beside it may pass with nothing in it that
 * cancels: its variable could move a long way, and the objective fall all the
 * way.  A slope does not tell that from a minimum, where all terms of a column
 * may vanish too; a move of finite length does.
 *
 *-------------------------------------------------------------------------
 */
#include "nlp/nlp_residual.h"

#include "base/vec.h"

/*
 * Slopes at the end of a move, and what it gains, may differ by this part from
 * what they were and promised: the function is a line there, and has neither a
 * minimum on the way nor, farther on, another valley that is of no concern.
 */
#define BENT			0.5

#define MOST_MOVES		2

/* least / slope * slope, as rounding leaves it. */
#define NEARLY			0.99

/* A move is no longer than this many times max(1, |x|): farther out no slope is known. */
#define FARTHEST		1e8

/* A row may be violated by this more, relative to its value, by a move that counts. */
#define ROW_SLACK		1e-8

/* Newton steps by which the rows are held. */
#define HOLDS			2

typedef struct Promise
{
	const CoNlp *nlp;
	const CoQpPoint *point;
	CoNlpValue	at,				/* at the point */
				there;			/* at the end of a move */
	double	   *slope,			/* [n] of the Lagrangian, at the point */
			   *later,			/* [n] at the end of the move */
			   *term,			/* [n] largest term of the slope */
			   *room,			/* [n] to go downhill */
			   *price,			/* [m] of the holder, per unit of the row */
			   *move,			/* [n] */
			   *x;				/* [n] */
	int		   *holder;			/* [m] variable that can hold a row; -1 */
	double	   *entry;			/* [m] its derivative */
	double		least;			/* gain of interest */
} Promise;

static CoRc
take_promise(CoArena *arena, Promise *p)
{
	size_t		n = (size_t) p->nlp->n;
	CoRc		rc = co_nlp_take_value(arena, p->nlp, &p->at);

	if (!rc)
		rc = co_nlp_take_value(arena, p->nlp, &p->there);
	p->slope = co_take_zero_doubles(arena, n);
	p->later = co_take_zero_doubles(arena, n);
	p->term = co_take_zero_doubles(arena, n);
	p->room = co_take_zero_doubles(arena, n);
	p->price = co_take_doubles(arena, (size_t) p->nlp->m);
	p->entry = co_take_zero_doubles(arena, (size_t) p->nlp->m);
	p->holder = co_take_ints(arena, (size_t) p->nlp->m);
	p->move = co_take_zero_doubles(arena, n);
	p->x = co_take_zero_doubles(arena, n);
	return rc ? rc : co_arena_failed(arena);
}

static void
fill_slope(const Promise *p, const CoNlpValue *at, double *slope)
{
	CoCsc		jac = p->nlp->jac;

	jac.value = at->jac;
	for (int j = 0; j < p->nlp->n; j++)
		slope[j] = at->grad[j] + p->point->z[j];
	co_csc_tmul_add(&jac, 1.0, p->point->y, slope);
}

static bool
cancels(const Promise *p, int j)
{
	return fabs(p->slope[j]) <= CO_NLP_CANCELED * p->term[j];
}

/*
 * Of the variables between their bounds whose columns cancel, the one that
 * holds a row at the least cost.
 */
static void
find_holders(const Promise *p)
{
	const CoNlp *nlp = p->nlp;
	const double *x = p->point->x;

	co_fill(nlp->m, INFINITY, p->price);
	for (int i = 0; i < nlp->m; i++)
		p->holder[i] = -1;
	for (int j = 0; j < nlp->n; j++)
		for (int k = nlp->jac.start[j]; k < nlp->jac.start[j + 1]; k++)
		{
			int			i = nlp->jac.index[k];
			double		price = fabs(p->slope[j] / p->at.jac[k]);

			if (x[j] > nlp->xl[j] && x[j] < nlp->xu[j] && cancels(p, j) && price < p->price[i])
			{
				p->price[i] = price;
				p->holder[i] = j;
				p->entry[i] = p->at.jac[k];
			}
		}
}

/*
 * How far variable j can go downhill: to its bound, and to the side of a row
 * whose multiplier is too small to take part in the column.  What has larger
 * ones holds by moves of other variables.
 */
static double
find_room(const Promise *p, int j)
{
	const CoNlp *nlp = p->nlp;
	double		down = p->slope[j] > 0.0 ? -1.0 : 1.0,
				x = p->point->x[j],
				room = co_min(down > 0.0 ? nlp->xu[j] - x : x - nlp->xl[j],
							  FARTHEST * co_max(1.0, fabs(x)));

	for (int k = nlp->jac.start[j]; k < nlp->jac.start[j + 1]; k++)
	{
		int			i = nlp->jac.index[k];
		double		rate = down * p->at.jac[k],
					left = rate > 0.0 ? nlp->cu[i] - p->at.c[i] : p->at.c[i] - nlp->cl[i];

		if (rate != 0.0 && fabs(p->point->y[i] * rate) < fabs(p->slope[j]))
			room = co_min(room, co_max(left, 0.0) / fabs(rate));
	}
	return co_max(room, 0.0);
}

static bool
stays_straight(const Promise *p, int j)
{
	return fabs(p->later[j] - p->slope[j]) <= BENT * fabs(p->slope[j]);
}

/*
 * Moves of the columns that do not cancel, each by what gains the least of
 * interest, if there is room; again: only of those that stay straight in the
 * move before.  What they promise together.
 */
static double
plan_move(Promise *p, bool again)
{
	double		sum = 0.0;

	for (int j = 0; j < p->nlp->n; j++)
	{
		double		slope = fabs(p->slope[j]);
		bool		excluded = again && (p->move[j] == 0.0 || !stays_straight(p, j));

		p->move[j] = 0.0;
		if (cancels(p, j) || excluded)
			continue;
		p->move[j] = co_min(p->room[j], p->least / slope);
		sum += p->move[j] * slope;
		if (p->slope[j] > 0.0)
			p->move[j] = -p->move[j];
	}
	return sum;
}

static double
distance_outside(double t, double lo, double hi)
{
	return t < lo ? lo - t : t > hi ? t - hi : 0.0;
}

/*
 * The rows with multipliers back to the values they have at the point, by their
 * holders; where that is not so easy, nothing is said.
 */
static CoRc
hold_rows(Promise *p)
{
	const CoNlp *nlp = p->nlp;
	CoRc		rc = CO_OK;

	for (int k = 0; k < HOLDS && nlp->m > 0 && !rc; k++)
	{
		rc = nlp->eval(nlp->self, p->x, CO_WANT_C, &p->there);
		for (int i = 0; i < nlp->m && !rc; i++)
		{
			int			j = p->holder[i];

			if (p->point->y[i] != 0.0 && j >= 0)
				p->x[j] = co_clamp(p->x[j] - (p->there.c[i] - p->at.c[i]) / p->entry[i],
								   nlp->xl[j], nlp->xu[j]);
		}
	}
	return rc;
}

/* What the violations at the end of the move are worth; INFINITY: too large. */
static double
price_violations(const Promise *p)
{
	const CoNlp *nlp = p->nlp;
	double		sum = 0.0;

	for (int i = 0; i < nlp->m; i++)
	{
		double		more = distance_outside(p->there.c[i], nlp->cl[i], nlp->cu[i]) -
			distance_outside(p->at.c[i], nlp->cl[i], nlp->cu[i]);

		if (more > ROW_SLACK * co_max(fabs(p->at.c[i]), fabs(p->there.c[i])))
			return INFINITY;
		sum += co_max(more, 0.0) * fabs(p->point->y[i]);
	}
	return sum;
}

static bool
is_straight(const Promise *p)
{
	for (int j = 0; j < p->nlp->n; j++)
		if (p->move[j] != 0.0 && !stays_straight(p, j))
			return false;
	return true;
}

/*
 * *gain: what the move lowers the objective by, the rows held, where that is
 * what was promised and all slopes stay; else 0.
 */
static CoRc
measure(Promise *p, double promised, double *gain)
{
	const CoNlp *nlp = p->nlp;
	unsigned	rows = nlp->m > 0 ? CO_WANT_C | CO_WANT_JAC : 0;
	double		fall;
	CoRc		rc;

	*gain = 0.0;
	for (int j = 0; j < nlp->n; j++)
		p->x[j] = co_clamp(p->point->x[j] + p->move[j], nlp->xl[j], nlp->xu[j]);
	rc = hold_rows(p);
	if (!rc)
		rc = nlp->eval(nlp->self, p->x, CO_WANT_F | CO_WANT_GRAD | rows, &p->there);
	if (rc)
		return rc;
	fill_slope(p, &p->there, p->later);
	fall = p->at.f - p->there.f - price_violations(p);
	if (fabs(fall - promised) <= BENT * promised && is_straight(p))
		*gain = fall;
	return CO_OK;
}

static void
fill_columns(Promise *p)
{
	const CoCsc *jac = &p->nlp->jac;

	fill_slope(p, &p->at, p->slope);
	for (int j = 0; j < p->nlp->n; j++)
	{
		p->term[j] = co_max(fabs(p->at.grad[j]), fabs(p->point->z[j]));
		for (int k = jac->start[j]; k < jac->start[j + 1]; k++)
			p->term[j] = co_max(p->term[j], fabs(p->at.jac[k] * p->point->y[jac->index[k]]));
		p->room[j] = find_room(p, j);
	}
	find_holders(p);
}

/* All columns at once; then those that the first move has left straight. */
static CoRc
try_moves(Promise *p, double *gain)
{
	unsigned	rows = p->nlp->m > 0 ? CO_WANT_C | CO_WANT_JAC : 0;
	CoRc		rc = p->nlp->eval(p->nlp->self, p->point->x, CO_WANT_F | CO_WANT_GRAD | rows, &p->at);

	if (rc)
		return rc;
	fill_columns(p);
	for (int k = 0; k < MOST_MOVES && !rc && *gain == 0.0; k++)
	{
		double		promised = plan_move(p, k > 0);

		if (!(promised >= NEARLY * p->least))
			break;
		rc = measure(p, promised, gain);
	}
	return rc;
}

CoRc
co_nlp_promise(CoArena *arena, const CoNlp *nlp, const CoQpPoint *point, double least, double *gain)
{
	CoMark		mark = co_mark(arena);
	Promise		p = {.nlp = nlp, .point = point, .least = least};
	CoRc		rc = take_promise(arena, &p);

	*gain = 0.0;
	if (!rc)
		rc = try_moves(&p, gain);
	if (rc == CO_NOT_FINITE)
		rc = CO_OK;
	if (!rc)
		co_rewind(arena, mark);
	return rc;
}
