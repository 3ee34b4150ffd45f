/*-------------------------------------------------------------------------
 *
 * solver/nlp_path.c
 *	  Does the objective fall without limit along a feasible path?
 *
 * Steps of the projected gradient in relative units: a step moves no variable
 * by more than a part of its own size, along the rows that hold it back, and
 * Newton steps of least size lead back to these.  So the size of the point
 * grows like a power, on a curve as on a ray, and whether the objective goes
 * on falling shows as far as doubles reach: along a path to a minimum the falls
 * fade, along one to an asymptote too, but those of -sqrt(x), and of -ln(x),
 * do not.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/nlp_run.h"

#include "base/vec.h"
#include "nlp/nlp_residual.h"

#define STEP			0.5		/* of the size of the variable that moves most */
#define MAX_STEPS		150		/* twelve decades are 68 steps of 1.5 */
#define MAX_SHORTER		6		/* halvings of a step */
#define MAX_NEWTON		12		/* corrections of a step */
#define NEWTON_LARGEST	0.5		/* more than that leads elsewhere */
#define ROUNDING		1e-12	/* of a row, relative to its terms */
#define NEAR_SIDE		1e-6	/* the same, for a row to be held */
#define MAX_LINEAR		100		/* iterations of a least-squares problem */
#define LINEAR_EXACT	1e-15
#define STILL_FALLS		0.5		/* of the largest of the last falls */
#define MEMORY			0.9		/* of the falls before, each step */
#define PATIENCE		60		/* steps until the point must have grown */
#define GROWN			10.0

/*
 * The path has no end where point or objective have grown so much; more would
 * be lost in the rounding of differences.
 */
#define FAR				1e12

/*
 * What the objective falls by on the last third of that way, in decades, over
 * what it fell by on the one before: the same for -ln(x), less for 1/ln(x).
 */
#define THIRD			1e4
#define LAST_THIRD		0.9

/* Size of a point between the start and one that is too far out to go on from. */
#define BETWEEN			1e3

/*
 * Farther out than that, relative to the start, 1/ln(x) falls as -ln(x) does:
 * the falls have to grow.
 */
#define FAR_BEGIN		1e8
#define LAST_THIRD_FAR	2.0

typedef struct Path
{
	CoNlpRun   *run;
	const CoNlp *nlp;
	CoNlpValue	at;				/* of x */
	double	   *x,				/* [n] */
			   *next,			/* [n] */
			   *size,			/* [n] 0: held by a bound */
			   *move,			/* [n] in units of size */
			   *weight,			/* [m] 1 / norm of a row that is held, else 0 */
			   *wanted,			/* [m] weighted residuals */
			   *price,			/* [m] */
			   *ls_r,			/* [n + m] of least_squares() */
			   *ls_s,
			   *ls_q,
			   *ls_t,
			   *term;			/* [n + m] */
	double		last_third;		/* what is asked of the falls */
} Path;

static CoRc
take_path(CoNlpRun *run, Path *p)
{
	const CoNlp *nlp = run->nlp;
	size_t		n = (size_t) nlp->n,
				m = (size_t) nlp->m;
	double	  **vectors[] = {&p->ls_r, &p->ls_s, &p->ls_q, &p->ls_t, &p->term};
	CoRc		rc = co_arena_plan(run->arena, sizeof(double) *
								   (11.0 * nlp->n + 9.0 * nlp->m + co_csc_nnz(&nlp->jac)));

	if (rc)
		return rc;
	p->run = run;
	p->nlp = nlp;
	p->x = co_take_doubles(run->arena, n);
	p->next = co_take_doubles(run->arena, n);
	p->size = co_take_doubles(run->arena, n);
	p->move = co_take_doubles(run->arena, n);
	p->weight = co_take_zero_doubles(run->arena, m);
	p->wanted = co_take_zero_doubles(run->arena, m);
	p->price = co_take_zero_doubles(run->arena, m);
	for (int k = 0; k < 5; k++)
		*vectors[k] = co_take_zero_doubles(run->arena, n + m);
	return co_nlp_take_value(run->arena, nlp, &p->at);
}

static CoRc
evaluate(Path *p, const double *x)
{
	unsigned	want = CO_WANT_F | CO_WANT_GRAD | (p->nlp->m > 0 ? CO_WANT_C | CO_WANT_JAC : 0);
	CoRc		rc = co_inner_count(p->run->inner, want);

	return rc ? rc : p->nlp->eval(p->nlp->self, x, want, &p->at);
}

/* out := weight J size in, of the rows that are held */
static void
multiply(Path *p, const double *in, double *out)
{
	CoCsc		jac = p->nlp->jac;

	jac.value = p->at.jac;
	for (int j = 0; j < p->nlp->n; j++)
		p->term[j] = p->size[j] * in[j];
	co_fill(p->nlp->m, 0.0, out);
	co_csc_mul_add(&jac, 1.0, p->term, out);
	for (int i = 0; i < p->nlp->m; i++)
		out[i] *= p->weight[i];
}

/* The transpose. */
static void
multiply_turned(Path *p, const double *in, double *out)
{
	CoCsc		jac = p->nlp->jac;

	jac.value = p->at.jac;
	for (int i = 0; i < p->nlp->m; i++)
		p->term[i] = p->weight[i] * in[i];
	co_fill(p->nlp->n, 0.0, out);
	co_csc_tmul_add(&jac, 1.0, p->term, out);
	for (int j = 0; j < p->nlp->n; j++)
		out[j] *= p->size[j];
}

/*
 * Conjugate gradients on the normal equations: u of least size that minimizes
 * |B u - b|, B the matrix of multiply() or its transpose; b - B u is in ls_r.
 */
static CoRc
least_squares(Path *p, bool turned, const double *b, double *u)
{
	void		(*forward) (Path *, const double *, double *) = turned ? multiply_turned : multiply;
	void		(*back) (Path *, const double *, double *) = turned ? multiply : multiply_turned;
	int			n_row = turned ? p->nlp->n : p->nlp->m,
				n_col = turned ? p->nlp->m : p->nlp->n;
	double		small = LINEAR_EXACT * LINEAR_EXACT * co_dot(n_row, b, b),
				gamma;
	CoRc		rc = CO_OK;

	co_fill(n_col, 0.0, u);
	co_copy(n_row, b, p->ls_r);
	back(p, p->ls_r, p->ls_s);
	co_copy(n_col, p->ls_s, p->ls_q);
	gamma = co_dot(n_col, p->ls_s, p->ls_s);
	for (int k = 0; k < MAX_LINEAR && !rc && gamma > small; k++)
	{
		double		alpha,
					square,
					before = gamma;

		forward(p, p->ls_q, p->ls_t);
		square = co_dot(n_row, p->ls_t, p->ls_t);
		if (!(square > 0.0))
			break;
		alpha = gamma / square;
		co_axpy(n_col, alpha, p->ls_q, u);
		co_axpy(n_row, -alpha, p->ls_t, p->ls_r);
		back(p, p->ls_r, p->ls_s);
		gamma = co_dot(n_col, p->ls_s, p->ls_s);
		for (int j = 0; j < n_col; j++)
			p->ls_q[j] = p->ls_s[j] + gamma / before * p->ls_q[j];
		rc = co_poll(p->run->arena);
	}
	return rc;
}

static void
measure_sizes(Path *p, const double *x)
{
	for (int j = 0; j < p->nlp->n; j++)
		p->size[j] = p->nlp->xl[j] == p->nlp->xu[j] ? 0.0 : co_max(1.0, fabs(x[j]));
}

/* term [m] := the largest term of each row, at x; its norm in units of size in price */
static void
measure_rows(Path *p, const double *x)
{
	const CoCsc *jac = &p->nlp->jac;

	for (int i = 0; i < p->nlp->m; i++)
	{
		p->term[i] = fabs(p->at.c[i]);
		p->price[i] = 0.0;
	}
	for (int j = 0; j < p->nlp->n; j++)
		for (int k = jac->start[j]; k < jac->start[j + 1]; k++)
		{
			int			i = jac->index[k];
			double		slope = fabs(p->at.jac[k]);

			p->term[i] = co_max(p->term[i], slope * fabs(x[j]));
			p->price[i] = co_max(p->price[i], slope * p->size[j]);
		}
}

/*
 * Rows that x violates, and equalities, are held with their residual in wanted;
 * *off is the largest residual in units of the rounding.
 */
static void
hold_violated(Path *p, const double *x, double *off)
{
	const CoNlp *nlp = p->nlp;

	*off = 0.0;
	measure_sizes(p, x);
	measure_rows(p, x);
	for (int i = 0; i < nlp->m; i++)
	{
		double		c = p->at.c[i],
					side = co_clamp(c, nlp->cl[i], nlp->cu[i]),
					rounding = ROUNDING * co_max(1.0, co_max(p->term[i], fabs(side)));
		bool		held = c != side || nlp->cl[i] == nlp->cu[i];

		*off = co_max(*off, fabs(side - c) / rounding);
		p->weight[i] = held && p->price[i] > 0.0 ? 1.0 / p->price[i] : 0.0;
		p->wanted[i] = p->weight[i] * (side - c);
	}
}

/* Newton steps from x to the rows; *done: there. */
static CoRc
return_to_rows(Path *p, double *x, bool *done)
{
	const CoNlp *nlp = p->nlp;
	CoRc		rc = CO_OK;

	*done = false;
	for (int k = 0; k < MAX_NEWTON; k++)
	{
		double		off;

		rc = evaluate(p, x);
		if (rc)
			return rc == CO_NOT_FINITE ? CO_OK : rc;
		hold_violated(p, x, &off);
		*done = off <= 1.0;
		if (*done || !isfinite(off))
			return CO_OK;
		rc = least_squares(p, false, p->wanted, p->move);
		if (rc || !(co_norm_inf(nlp->n, p->move) <= NEWTON_LARGEST))
			return rc;
		for (int j = 0; j < nlp->n; j++)
			x[j] = co_clamp(x[j] + p->size[j] * p->move[j], nlp->xl[j], nlp->xu[j]);
	}
	return CO_OK;
}

/* Rows at a side that the gradient leads across, and equalities, are held. */
static void
hold_rows(Path *p)
{
	const CoNlp *nlp = p->nlp;
	CoCsc		jac = nlp->jac;
	double	   *across = p->wanted;

	measure_sizes(p, p->x);
	for (int j = 0; j < nlp->n; j++)
	{
		if (p->x[j] == (p->at.grad[j] > 0.0 ? nlp->xl[j] : nlp->xu[j]))
			p->size[j] = 0.0;
		p->ls_t[j] = -p->size[j] * p->size[j] * p->at.grad[j];
	}
	jac.value = p->at.jac;
	co_fill(nlp->m, 0.0, across);
	co_csc_mul_add(&jac, 1.0, p->ls_t, across);
	measure_rows(p, p->x);
	for (int i = 0; i < nlp->m; i++)
	{
		double		side = across[i] > 0.0 ? nlp->cu[i] : nlp->cl[i],
					near = NEAR_SIDE * co_max(1.0, co_max(p->term[i], fabs(side)));
		bool		held = nlp->cl[i] == nlp->cu[i] ||
			(across[i] != 0.0 && isfinite(side) && fabs(side - p->at.c[i]) <= near);

		p->weight[i] = held && p->price[i] > 0.0 ? 1.0 / p->price[i] : 0.0;
	}
}

/* move := the projected gradient, its largest entry STEP; false: it is zero */
static CoRc
choose_move(Path *p, bool *found)
{
	const CoNlp *nlp = p->nlp;
	double	   *slope = p->next;
	double		largest;
	CoRc		rc;

	hold_rows(p);
	for (int j = 0; j < nlp->n; j++)
		slope[j] = -p->size[j] * p->at.grad[j];
	largest = co_norm_inf(nlp->n, slope);
	*found = largest > 0.0 && isfinite(largest);
	if (!*found)
		return CO_OK;
	co_scale(nlp->n, 1.0 / largest, slope);
	rc = least_squares(p, true, slope, p->price);
	co_copy(nlp->n, p->ls_r, p->move);
	largest = co_norm_inf(nlp->n, p->move);
	*found = largest > ROUNDING;
	if (*found)
		co_scale(nlp->n, STEP / largest, p->move);
	return rc;
}

/* One step from x, whose values are in at; *fall: 0 where there is none. */
static CoRc
step_on(Path *p, double *fall)
{
	const CoNlp *nlp = p->nlp;
	double	   *direction = p->run->tried.x;
	double		f = p->at.f;
	bool		found;
	CoRc		rc = choose_move(p, &found);

	*fall = 0.0;
	for (int j = 0; j < nlp->n; j++)
		direction[j] = p->size[j] * p->move[j];
	for (int k = 0; k < MAX_SHORTER && found && !rc; k++)
	{
		bool		done;

		for (int j = 0; j < nlp->n; j++)
			p->next[j] = co_clamp(p->x[j] + ldexp(direction[j], -k), nlp->xl[j], nlp->xu[j]);
		rc = return_to_rows(p, p->next, &done);
		if (rc || !done || !(p->at.f < f))
			continue;
		*fall = f - p->at.f;
		co_copy(nlp->n, p->next, p->x);
		break;
	}
	return rc;
}

/* Follow the path from p->x; *endless: it leads out of sight, falling. */
static CoRc
follow(Path *p, bool *endless)
{
	double		begin = co_max(1.0, co_norm_inf(p->nlp->n, p->x)),
				f = p->at.f,
				at_third[2] = {f, f},
				largest = 0.0;
	CoRc		rc = CO_OK;

	*endless = false;
	for (int k = 0; k < MAX_STEPS; k++)
	{
		double		fall,
					growth;

		rc = co_poll(p->run->arena);
		if (!rc)
			rc = step_on(p, &fall);
		if (rc || fall == 0.0)
			return rc;
		largest = co_max(MEMORY * largest, fall);
		growth = co_max(co_norm_inf(p->nlp->n, p->x) / begin, (f - p->at.f) / co_max(1.0, fabs(f)));
		for (int i = 0; i < 2; i++)
			if (growth < (i == 0 ? THIRD : THIRD * THIRD))
				at_third[i] = p->at.f;
		*endless = growth >= FAR && fall >= STILL_FALLS * largest &&
			(f - p->at.f >= FAR * co_max(1.0, fabs(f)) ||
			 at_third[1] - p->at.f >= p->last_third * (at_third[0] - at_third[1]));
		if (*endless || growth >= FAR || (k >= PATIENCE && growth < GROWN))
			return CO_OK;
	}
	return CO_OK;
}

/* The way from begin to where the path was left is the ray. */
static CoRc
say_unbounded(Path *p, const double *begin)
{
	CoNlpRun   *run = p->run;
	CoSolution *sol = run->sol;
	int			n = p->nlp->n;
	double		length = 0.0;

	for (int j = 0; j < n; j++)
	{
		sol->ray[j] = p->x[j] - begin[j];
		length = co_max(length, fabs(sol->ray[j]));
	}
	co_scale(n, 1.0 / length, sol->ray);
	co_copy(n, begin, sol->point.x);
	co_fill(p->nlp->m, 0.0, sol->point.y);
	co_fill(n, 0.0, sol->point.z);
	sol->has_point = true;
	sol->status = CO_UNBOUNDED;
	sol->termination = CO_TERM_SUCCESSFUL;
	sol->second_order = CO_SECOND_ORDER_UNKNOWN;
	return co_nlp_residual(run->arena, run->nlp, &sol->point, &sol->residual);
}

/* The path from p->x, or from where Newton steps lead from there; begin is that. */
static CoRc
try_path(Path *p, double *begin, bool *endless)
{
	bool		done;
	CoRc		rc;

	*endless = false;
	for (int j = 0; j < p->nlp->n; j++)
		p->x[j] = co_clamp(p->x[j], p->nlp->xl[j], p->nlp->xu[j]);
	rc = return_to_rows(p, p->x, &done);
	co_copy(p->nlp->n, p->x, begin);
	return rc || !done ? rc : follow(p, endless);
}

/*
 * Begins are tried from the start on outwards: a path of small numbers is less
 * disturbed by rounding, and its begin better shown.
 */
static CoRc
try_paths(Path *p, double *begin, bool *endless)
{
	const double *x0 = p->run->x0,
			   *best = p->run->sol->point.x;
	int			n = p->nlp->n;
	double		parts[] = {0.0, BETWEEN * co_max(1.0, co_norm_inf(n, x0)) /
	co_max(1.0, co_norm_inf(n, best)), 1.0};
	CoRc		rc = CO_OK;

	for (int k = 0; k < 3 && !rc && !*endless; k++)
	{
		if (k == 1 && !(parts[k] < 1.0))
			continue;
		for (int j = 0; j < n; j++)
			p->x[j] = (1.0 - parts[k]) * x0[j] + parts[k] * best[j];
		p->last_third = k == 2 && parts[1] < BETWEEN / FAR_BEGIN ? LAST_THIRD_FAR : LAST_THIRD;
		rc = try_path(p, begin, endless);
	}
	return rc;
}

CoRc
co_nlp_probe_path(CoNlpRun *run)
{
	size_t		n = (size_t) run->nlp->n;
	double	   *ray = co_take_doubles(run->arena, n);
	CoMark		mark = co_mark(run->arena);
	double	   *begin = co_take_doubles(run->arena, n);
	bool		endless = false,
				bounded = false;
	Path		p;
	CoRc		rc = take_path(run, &p);

	if (!rc)
		rc = try_paths(&p, begin, &endless);
	if (!rc && endless)
		rc = co_nlp_has_floor(run, &bounded);
	if (!rc && endless && !bounded)
	{
		run->sol->ray = ray;
		rc = say_unbounded(&p, begin);
	}
	if (!rc)
		co_rewind(run->arena, mark);
	return rc;
}
