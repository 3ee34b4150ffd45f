/*-------------------------------------------------------------------------
 *
 * solver/sqp_restore.c
 *	  The restoration phase: minimize the sum of the violations h in a trust
 *	  region by the elastic subproblem,
 *
 *		minimize	1/2 d'H d + sum_i dist(c_i + J_i d, [cl_i, cu_i])
 *
 *	  H the Hessian of y'c with the multipliers of the last one, |y_i| <= 1
 *	  [F87, section 14.5: Sl1QP], until the filter accepts the point and the
 *	  linearized rows are consistent in the region.
 *
 *-------------------------------------------------------------------------
 */
#include "base/vec.h"
#include "solver/sqp.h"

#define ACCEPT			1e-4	/* part of the model's fall that is asked */
#define POOR			0.25	/* NW06 algorithm 4.1 */
#define GOOD			0.75
#define NEAR_EDGE		0.99
#define RADIUS_LEAST	1e-14
#define POLL_STEP		0.1		/* of trials around, in units of the region */
#define POLL_FALL		1e-6	/* of h, relative, that they have to find */
#define POLL_TIE		1e-12	/* of two h that are one */
#define POLL_AXES		200		/* at most */
#define POLL_CORNERS	16
#define RESTORE_RADIUS	1e-2	/* to begin with, at least */
#define REWEIGHT		10.0	/* of violated rows where h is stationary */
#define REWEIGHTS_MOST	3
#define WATCHED			50		/* iterations after which h has to be */
#define FALLEN			0.99	/* this part of what it was */
#define VIOLATED		1e-2	/* part of the largest violation */
#define SLOW			0.9		/* of h left by a step */
#define INSIDE			0.5		/* of the radius */
#define SHRINK			0.25
#define GROWTH			2.0

/* What the region allows h to fall by, relative, at a stationary point of h. */
#define STATIONARY		1e-10

/* Is the linearization met, but for this part of h? */
#define CONSISTENT		1e-9

static void
resize_region(CoSqp *s, double length, double ratio)
{
	if (ratio < POOR)
		s->radius = SHRINK * co_min(length, s->radius);
	else if (ratio > GOOD && length >= NEAR_EDGE * s->radius)
		s->radius *= GROWTH;
}

/* The trial point becomes the iterate, as far as restoration needs it. */
static CoRc
move(CoSqp *s)
{
	CoSqpPoint *p = s->trial;
	CoRc		rc = co_sqp_eval_derivatives(s, p);

	if (rc)
		return rc;
	co_sqp_hess_learn(s, s->step_y, true);
	co_copy(s->m, s->step_y, s->y);
	s->trial = s->cur;
	s->cur = p;
	s->iteration++;
	s->kind = 'r';
	return co_sqp_log(s);
}

/* How h falls at the trial point, beside what the model says. */
static double
ratio_at_trial(const CoSqp *s, double model)
{
	if (!isfinite(s->trial->h))
		return -1.0;
	return (co_sqp_violation(s, s->cur->c, s->weight) -
			co_sqp_violation(s, s->trial->c, s->weight)) / model;
}

/*
 * The second-order correction of the step [F87, section 14.4]; it is kept where
 * h is less than without.
 */
static CoRc
correct(CoSqp *s, double model, double *ratio)
{
	CoSqpPoint *plain = s->trial;
	double	   *shift = s->row_work,
				corrected;
	CoCsc		jac = s->nlp->jac;
	CoRc		rc;

	jac.value = s->cur->jac;
	for (int i = 0; i < s->m; i++)
		shift[i] = plain->c[i] - s->cur->c[i];
	co_csc_mul_add(&jac, -1.0, s->d, shift);
	co_copy(s->m, s->step_y, s->plain_y);
	rc = co_sqp_model_solve(s, shift, 1.0, &s->restore_set);
	s->trial = s->spare;
	s->spare = plain;
	if (!rc && s->answer.verdict == CO_ACTIVE_OPTIMAL)
	{
		co_sqp_set_trial(s);
		rc = co_sqp_eval(s, s->trial);
		corrected = rc ? -1.0 : ratio_at_trial(s, model);
		if (corrected > *ratio)
		{
			*ratio = corrected;
			return rc;
		}
	}
	s->spare = s->trial;
	s->trial = plain;
	co_copy(s->m, s->plain_y, s->step_y);
	return rc;
}

/*
 * The curvature of the rows is what makes h stationary without being a vertex,
 * but where it is indefinite what is added to it makes steps short: where they
 * end well inside the region and h falls slowly the next subproblem is linear.
 */
static void
choose_model(CoSqp *s, double length, double ratio)
{
	bool		slow = s->trial->h > SLOW * s->cur->h && length < INSIDE * s->radius;

	s->linear_h = slow && !s->linear_h && ratio >= POOR;
}

/* The step, where the weighted h falls with it. */
static CoRc
step(CoSqp *s, bool *moved)
{
	double		model = s->model,
				length = co_sqp_step_length(s),
				ratio;
	CoRc		rc;

	co_sqp_set_trial(s);
	rc = co_sqp_eval(s, s->trial);
	if (rc)
		return rc;
	ratio = ratio_at_trial(s, model);
	if (isfinite(s->trial->h) && ratio < GOOD)
		rc = correct(s, model, &ratio);
	if (rc)
		return rc;
	*moved = ratio >= ACCEPT;
	choose_model(s, length, ratio);
	resize_region(s, length, ratio);
	if (!*moved)
		return CO_OK;
	rc = move(s);
	*moved = !rc;
	if (rc == CO_NOT_FINITE)
	{
		s->radius *= SHRINK;
		rc = CO_OK;
	}
	return rc;
}

/* With this radius the rows are consistent, and the filter takes the point. */
static bool
is_done(CoSqp *s)
{
	double		h = s->cur->h;

	return (s->answer.elastic_sum <= CONSISTENT * co_min(1.0, h) || h <= co_sqp_h_floor(s, s->cur)) &&
		co_sqp_filter_passes(s, h, s->cur->f);
}

static CoRc
prepare(CoSqp *s)
{
	co_sqp_model_set(s, true);
	return co_sqp_hess_set(s, true);
}

/*
 * Where the sum of the violations is stationary, one with other weights need
 * not be: what is violated weighs more.
 */
static void
reweigh(CoSqp *s)
{
	const CoNlp *nlp = s->nlp;
	const double *c = s->cur->c;
	double		worst = 0.0;

	for (int i = 0; i < s->m; i++)
		worst = co_max(worst, co_max(nlp->cl[i] - c[i], c[i] - nlp->cu[i]));
	for (int i = 0; i < s->m; i++)
		if (co_max(nlp->cl[i] - c[i], c[i] - nlp->cu[i]) > VIOLATED * worst)
			s->weight[i] *= REWEIGHT;
	s->radius = co_max(s->radius, RESTORE_RADIUS);
}

static bool
is_stationary(const CoSqp *s)
{
	double		h = co_sqp_violation(s, s->cur->c, s->weight);

	return !(s->model > STATIONARY * co_min(1.0, s->radius) * h) || s->radius < RADIUS_LEAST;
}

static void
begin(CoSqp *s)
{
	co_fill(s->m, 0.0, s->y);
	co_fill(s->m, 1.0, s->weight);
	co_sqp_hess_reset(s);
	s->linear_h = false;
	s->radius = co_max(s->radius, RESTORE_RADIUS);
}

/*
 * Where the slopes of h vanish it may be a saddle, or a maximizer, as the
 * center of a sphere is: the curvature with the multipliers of this very point
 * tells.
 */
static bool
wants_curvature(CoSqp *s, bool *curved)
{
	if (s->hess.kind != CO_SQP_EXACT || *curved)
		return false;
	co_copy(s->m, s->step_y, s->y);
	s->linear_h = false;
	s->radius = co_max(s->radius, RESTORE_RADIUS);
	*curved = true;
	return true;
}

/* To h both ends of a line out of a saddle are the same: f may choose. */
static void
turn_downhill(CoSqp *s)
{
	if (co_dot(s->n, s->cur->grad, s->d) <= 0.0)
		return;
	for (int j = 0; j < s->n; j++)
		if (s->qp.xl[j] > -s->d[j] || s->qp.xu[j] < -s->d[j])
			return;
	co_scale(s->n, -1.0, s->d);
}

static int
count_axes(const CoSqp *s)
{
	return s->n < POLL_AXES ? s->n : POLL_AXES;
}

static bool
is_odd(int bits)
{
	bool		odd = false;

	for (; bits; bits &= bits - 1)
		odd = !odd;
	return odd;
}

/*
 * Direction k of the poll, in units of the region: the axes, then corners of
 * the cube, whose signs are Walsh functions.
 */
static void
fill_direction(const CoSqp *s, int k, double *d)
{
	int			corner = k - count_axes(s);

	co_fill(s->n, 0.0, d);
	if (corner < 0)
		d[k] = s->size[k];
	else
		for (int j = 0; j < s->n; j++)
			d[j] = is_odd(j & corner) ? -s->size[j] : s->size[j];
}

/*
 * The weighted h at x + step d; the best of these points is kept in spare.  To
 * h both ends of a line may be the same, and f chooses.
 */
static CoRc
poll_point(CoSqp *s, const double *d, double step, double *best)
{
	const CoNlp *nlp = s->nlp;
	CoSqpPoint *p = s->trial;
	double		h;
	CoRc		rc;

	for (int j = 0; j < s->n; j++)
		p->x[j] = co_clamp(s->cur->x[j] + step * d[j], nlp->xl[j], nlp->xu[j]);
	rc = co_sqp_eval(s, p);
	h = !rc && isfinite(p->h) ? co_sqp_violation(s, p->c, s->weight) : INFINITY;
	if (h < (1.0 - POLL_TIE) * *best || (h <= (1.0 + POLL_TIE) * *best && p->f < s->spare->f))
	{
		*best = co_min(h, *best);
		s->trial = s->spare;
		s->spare = p;
	}
	return rc;
}

/*
 * The same question without second derivatives is one to values alone: the
 * trials of a pattern search [KLT03].
 */
static CoRc
poll(CoSqp *s, bool *moved)
{
	int			n_directions = count_axes(s) + POLL_CORNERS;
	double	   *d = s->col_work,
				bound = (1.0 - POLL_FALL) * co_sqp_violation(s, s->cur->c, s->weight),
				best = bound;
	CoSqpPoint *p;
	CoRc		rc = CO_OK;

	*moved = false;
	for (int k = 0; k < n_directions && !rc; k++)
	{
		fill_direction(s, k, d);
		rc = co_poll(s->arena);
		if (!rc)
			rc = poll_point(s, d, POLL_STEP, &best);
		if (!rc)
			rc = poll_point(s, d, -POLL_STEP, &best);
	}
	if (rc || !(best < bound))
		return rc;
	p = s->trial;
	s->trial = s->spare;
	s->spare = p;
	rc = move(s);
	*moved = !rc;
	return rc == CO_NOT_FINITE ? CO_OK : rc;
}

/* One subproblem and what follows from it; *on false: the end. */
static CoRc
iterate(CoSqp *s, int *reweighted, bool *curved, bool *moved, bool *found, bool *on,
		CoSqpVerdict *why)
{
	CoRc		rc = co_poll(s->arena);

	if (!rc && *moved)
		rc = prepare(s);
	if (!rc)
		rc = co_sqp_model_solve(s, NULL, 1.0, &s->restore_set);
	if (rc)
		return rc;
	*why = CO_SQP_QP_FAILURE;
	if (s->answer.verdict != CO_ACTIVE_OPTIMAL)
	{
		s->radius *= SHRINK;
		*moved = true;			/* the matrix is made again */
		*on = s->radius >= RADIUS_LEAST;
		return CO_OK;
	}
	*found = is_done(s);
	*on = !*found;
	if (*found)
		return CO_OK;
	if (!is_stationary(s))
	{
		if (*curved)
			turn_downhill(s);
		rc = step(s, moved);
		*curved = *curved && !*moved;
		return rc;
	}
	*why = CO_SQP_INFEASIBLE;
	*moved = true;
	if (wants_curvature(s, curved))
		return CO_OK;
	*curved = false;
	*on = (*reweighted)++ < REWEIGHTS_MOST;
	if (*on)
		reweigh(s);
	else if (*reweighted == REWEIGHTS_MOST + 1 && s->hess.kind != CO_SQP_EXACT)
		rc = poll(s, on);
	if (!*on)
		co_copy(s->m, s->step_y, s->y);
	return rc;
}

/*
 * A valley of h that is followed for long is as good as a stationary point:
 * with other weights there may be none.
 */
typedef struct Watch
{
	double		h;				/* when it began */
	int			since;			/* iteration then */
} Watch;

static void
watch(CoSqp *s, Watch *w, int *reweighted, bool *moved)
{
	if (s->iteration < w->since + WATCHED)
		return;
	if (s->cur->h > FALLEN * w->h && *reweighted < REWEIGHTS_MOST)
	{
		(*reweighted)++;
		reweigh(s);
		*moved = true;
	}
	*w = (Watch) {s->cur->h, s->iteration};
}

CoRc
co_sqp_restore(CoSqp *s, bool *found, CoSqpVerdict *why)
{
	int			reweighted = 0;
	Watch		w = {s->cur->h, s->iteration};
	bool		curved = false,
				moved = true,
				on = true;
	CoRc		rc = CO_OK;

	*found = false;
	begin(s);
	while (!rc && on)
	{
		*why = CO_SQP_ITERATION_LIMIT;
		if (s->iteration >= s->max_iterations)
			break;
		rc = iterate(s, &reweighted, &curved, &moved, found, &on, why);
		if (!rc && on)
			watch(s, &w, &reweighted, &moved);
	}
	co_sqp_hess_reset(s);
	return rc;
}
