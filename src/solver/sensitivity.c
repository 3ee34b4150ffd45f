/*-------------------------------------------------------------------------
 *
 * solver/sensitivity.c
 *	  The active set at a solution, the solution to rounding, and whether its
 *	  derivatives can be trusted.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/sensitivity.h"

#include <float.h>

#include "base/vec.h"

/*
 * A first guess from a solution with tolerance: on the side, or nearer to it
 * than the multiplier is to zero (both relative).  Wrong guesses are corrected.
 */
#define ON_SIDE			1e-7
#define NEAR_SIDE		1e-3

/*
 * After polishing: multipliers and distances below are zeros.  Newton's method
 * leaves rounding times the condition, mostly far less.
 */
#define ZERO_MULTIPLIER	1e-8
#define ZERO_DISTANCE	1e-8

/*
 * The equations count as solved, their error or the last step in x being below,
 * relative; a gradient that is the sum of large terms has a larger error.
 */
#define POLISHED		1e-9

/* Of the largest variable: the size of those that are smaller. */
#define NO_SIZE			1e-8

/* A solution within tolerance is nearer than this, relative, to what it is of. */
#define FAR_OFF			0.1

#define MAX_NEWTON		12
#define MIN_GAIN		0.5

/* Steps that gain less than that while the point is not polished. */
#define MAX_MISSES		2

/* Steps that are shorter, relative to x, are rounding. */
#define KNOWN_TO		1e-11

/*
 * Newton's method gains this much in each of its last steps, or W is singular
 * at the solution where A allows to move: along (x - x*)^k, k >= 3, the gradient
 * falls by ((k - 2) / (k - 1))^(k - 1), between 1/4 and 1/e.
 */
#define FAST_GAIN		0.1
#define SLOW_STEPS		4
#define MAX_ROUNDS		30

/* Of a null vector of A': rows with smaller entries do not take part. */
#define TAKES_PART		1e-3

/*
 * Multipliers beyond this, relative to the gradient, are some of a set without a
 * bound, as interior methods end with: beside them the rest of the equations is
 * rounding.
 */
#define UNBOUNDED		1e8

/*--------------------------------------------------------------------------
 * The active set
 *--------------------------------------------------------------------------
 */

static bool
is_near(double distance, double side, double size, double multiplier, double dual_size)
{
	double		d = distance / co_max(size, fabs(side));

	return isfinite(side) && (d <= ON_SIDE || (d <= NEAR_SIDE && multiplier / dual_size > d));
}

static CoSide
guess_side(double value, double lower, double upper, double size, double multiplier, double dual_size)
{
	bool		at_lower,
				at_upper;

	if (lower >= upper)
		return CO_SIDE_BOTH;
	at_lower = is_near(value - lower, lower, size, -multiplier, dual_size);
	at_upper = is_near(upper - value, upper, size, multiplier, dual_size);
	if (at_lower && at_upper)
		return multiplier < 0.0 ? CO_SIDE_LOWER : CO_SIDE_UPPER;
	return at_lower ? CO_SIDE_LOWER : at_upper ? CO_SIDE_UPPER : CO_SIDE_NONE;
}

/* Largest entry of each row of the Jacobian, to s->work. */
static void
find_row_norms(CoSensitivity *s)
{
	const CoCsc *jac = &s->nlp->jac;

	co_fill(s->nlp->m, 0.0, s->work);
	for (int j = 0; j < jac->ncol; j++)
		for (int e = jac->start[j]; e < jac->start[j + 1]; e++)
			s->work[jac->index[e]] = co_max(s->work[jac->index[e]], fabs(jac->value[e]));
}

/* Distances are measured by their side, and by one; by_largest: by the largest of all. */
static void
guess_active(CoSensitivity *s, bool by_largest)
{
	const CoParamNlp *nlp = s->nlp;
	double		row_size = by_largest ? co_max(1.0, co_norm_inf(nlp->m, nlp->c)) : 1.0,
				var_size = by_largest ? co_max(1.0, co_norm_inf(nlp->n, s->x)) : 1.0;

	find_row_norms(s);
	for (int i = 0; i < nlp->m; i++)
		s->row[i] = (CoStand) {
			.side = (signed char) guess_side(nlp->c[i], nlp->cl[i], nlp->cu[i], row_size,
											 s->y[i] * s->work[i], s->dual_size)
		};
	for (int j = 0; j < nlp->n; j++)
		s->var[j] = (CoStand) {
			.side = (signed char) guess_side(s->x[j], nlp->xl[j], nlp->xu[j], var_size,
											 s->z[j], s->dual_size)
		};
}

/* The side a row or variable rests on; of two equal ones, either. */
static double
side_value(const CoStand *active, double lower, double upper)
{
	return active->side == CO_SIDE_LOWER ? lower : upper;
}

/* Lists of the free variables and the active rows; variables go to their bounds. */
static void
list_active(CoSensitivity *s)
{
	const CoParamNlp *nlp = s->nlp;

	s->n_free = s->n_active = 0;
	for (int j = 0; j < nlp->n; j++)
		if (s->var[j].side == CO_SIDE_NONE)
			s->free_var[s->n_free++] = j;
	co_sensitivity_to_bounds(s);
	for (int i = 0; i < nlp->m; i++)
		if (s->row[i].side != CO_SIDE_NONE)
			s->active_row[s->n_active++] = i;
		else
			s->y[i] = 0.0;
}

static CoRc
build_kkt(CoSensitivity *s)
{
	co_rewind(s->arena, s->mark);
	list_active(s);
	return co_sensitivity_kkt_new(s->arena, s->nlp, s->n_free, s->free_var,
								  s->n_active, s->active_row, &s->kkt);
}

/*--------------------------------------------------------------------------
 * Newton steps on the equations of the active set
 *--------------------------------------------------------------------------
 */

/* What the multipliers' part of stationarity rounds at. */
static double
size_of_terms(const CoSensitivity *s)
{
	const CoCsc *jac = &s->nlp->jac;
	double		size = co_max(1.0, co_norm_inf(s->nlp->n, s->nlp->grad));

	for (int j = 0; j < jac->ncol; j++)
		for (int e = jac->start[j]; e < jac->start[j + 1]; e++)
			size = co_max(size, fabs(jac->value[e] * s->y[jac->index[e]]));
	return size;
}

/* Evaluates; s->work := minus the equations' values; *error: their relative size. */
CoRc
co_sensitivity_errors(CoSensitivity *s, double *error)
{
	CoParamNlp *nlp = s->nlp;
	CoRc		rc = co_param_eval(nlp, s->x, s->p, s->y);
	double		size;

	*error = 0.0;
	if (rc)
		return rc;
	co_param_lagrangian(nlp, s->y, s->lagrangian);
	size = size_of_terms(s);
	for (int k = 0; k < s->n_free; k++)
	{
		s->work[k] = -s->lagrangian[s->free_var[k]];
		*error = co_max(*error, fabs(s->work[k]) / size);
	}
	for (int k = 0; k < s->n_active; k++)
	{
		int			i = s->active_row[k];
		double		side = side_value(&s->row[i], nlp->cl[i], nlp->cu[i]);

		s->work[s->n_free + k] = side - nlp->c[i];
		*error = co_max(*error, fabs(side - nlp->c[i]) / co_max(1.0, fabs(side)));
	}
	return CO_OK;
}

/* *length: of the step in x, relative to x. */
static void
take_step(CoSensitivity *s, double *length)
{
	double		size = NO_SIZE * co_norm_inf(s->nlp->n, s->x);

	*length = 0.0;
	for (int k = 0; k < s->n_free; k++)
	{
		double	   *x = &s->x[s->free_var[k]];

		if (s->work[k] != 0.0)
			*length = co_max(*length, fabs(s->work[k]) / co_max(size, fabs(*x)));
		*x += s->work[k];
	}
	for (int k = 0; k < s->n_active; k++)
		s->y[s->active_row[k]] += s->work[s->n_free + k];
}

static CoRc
newton_step(CoSensitivity *s, bool unit_hess, double *length)
{
	double		error;
	CoRc		rc;

	if ((rc = co_sensitivity_kkt_factor(s->kkt, s->nlp, unit_hess)) ||
		(rc = co_sensitivity_kkt_solve(s->kkt, s->work, &error)))
		return rc;
	take_step(s, length);
	return CO_OK;
}

/* z from stationarity: 0 in the free variables. */
static void
set_bound_multipliers(CoSensitivity *s)
{
	for (int j = 0; j < s->nlp->n; j++)
		s->z[j] = s->var[j].side == CO_SIDE_NONE ? 0.0 : -s->lagrangian[j];
}

typedef struct Newton			/* the best point so far */
{
	double	   *x,				/* [n] */
			   *y;				/* [m] */
	double		best,			/* its error */
				length,			/* of the last step */
				length_before;	/* of the one before */
	int			slow,			/* gains since the last fast one */
				misses;
} Newton;

static void
keep_point(const CoSensitivity *s, double error, Newton *newton)
{
	co_copy(s->nlp->n, s->x, newton->x);
	co_copy(s->nlp->m, s->y, newton->y);
	newton->best = error;
}

/*
 * The error does not fall.  Of a gradient that is the sum of large terms it is
 * rounding long before x is known: then steps become shorter, and the last
 * point is the best.
 */
static bool
goes_on(const CoSensitivity *s, double error, Newton *newton)
{
	if (newton->length <= KNOWN_TO)
		return false;
	if (newton->best > POLISHED)
		return ++newton->misses <= MAX_MISSES;
	if (!(newton->length <= MIN_GAIN * newton->length_before))
		return false;
	if (error <= POLISHED)
		keep_point(s, error, newton);
	return true;
}

/* As far as the error falls, or steps become shorter. */
static CoRc
iterate(CoSensitivity *s, bool unit_hess, Newton *newton)
{
	double		last = INFINITY;

	newton->length = INFINITY;
	newton->slow = newton->misses = 0;
	for (int step = 0;; step++)
	{
		double		error;
		CoRc		rc = co_sensitivity_errors(s, &error);

		if (rc == CO_NOT_FINITE && newton->best < INFINITY)
			return CO_OK;
		if (rc)
			return rc;
		if (error < newton->best)
			keep_point(s, error, newton);
		if (error <= FAST_GAIN * last)
			newton->slow = 0;
		else if (error <= MIN_GAIN * last && newton->length > KNOWN_TO)
			newton->slow++;
		if (step == MAX_NEWTON || error <= DBL_EPSILON || !isfinite(error) ||
			(!(error <= MIN_GAIN * last) && !goes_on(s, error, newton)))
			return CO_OK;
		last = error;
		newton->length_before = newton->length;
		rc = newton_step(s, unit_hess, &newton->length);
		if (rc)
			return rc;
	}
}

static CoRc
take_best(CoSensitivity *s, const Newton *newton)
{
	double		error;

	co_copy(s->nlp->n, newton->x, s->x);
	co_copy(s->nlp->m, newton->y, s->y);
	return co_sensitivity_errors(s, &error);
}

/*
 * Where W is singular on the directions that A leaves, as on the face of
 * solutions of a linear program, Newton's step is large in them or there is
 * none.  The step with I in place of W then goes to the nearest point of the
 * rows, and to the multipliers that leave the least of the gradient.
 */
CoRc
co_sensitivity_newton(CoSensitivity *s)
{
	CoMark		mark = co_mark(s->arena);
	Newton		newton = {
		.x = co_take_doubles(s->arena, (size_t) s->nlp->n),
		.y = co_take_doubles(s->arena, (size_t) s->nlp->m),
		.best = INFINITY, .length = INFINITY
	};
	CoRc		rc = co_arena_failed(s->arena);

	if (!rc)
		rc = iterate(s, false, &newton);
	s->is_polished = newton.best <= POLISHED || newton.length <= POLISHED;
	s->is_slow = newton.slow >= SLOW_STEPS;
	if (!rc)
		rc = take_best(s, &newton);
	if (!rc && !s->is_polished)
	{
		rc = iterate(s, true, &newton);
		s->is_polished = newton.best <= POLISHED;
		if (!rc)
			rc = take_best(s, &newton);
	}
	if (!rc)
		set_bound_multipliers(s);
	co_rewind(s->arena, mark);
	return rc;
}

/* Multipliers that are not known (NaN): those that leave the least of the gradient. */
static CoRc
estimate_multipliers(CoSensitivity *s)
{
	bool	   *unknown = co_take_zero(s->arena, (size_t) s->nlp->m, sizeof *unknown);
	int			n_unknown = 0;
	double		error;
	CoRc		rc;

	if (!unknown)
		return co_arena_failed(s->arena);
	for (int i = 0; i < s->nlp->m; i++)
		if (isnan(s->y[i]))
		{
			unknown[i] = true;
			s->y[i] = 0.0;
			n_unknown++;
		}
	if (n_unknown == 0)
		return CO_OK;
	if ((rc = co_sensitivity_kkt_factor(s->kkt, s->nlp, true)) || (rc = co_sensitivity_errors(s, &error)))
		return rc;
	co_fill(s->n_active, 0.0, s->work + s->n_free);
	rc = co_sensitivity_kkt_solve(s->kkt, s->work, &error);
	for (int k = 0; k < s->n_active && !rc; k++)
		if (unknown[s->active_row[k]])
			s->y[s->active_row[k]] = s->work[s->n_free + k];
	return rc;
}

/*--------------------------------------------------------------------------
 * Corrections of the active set
 *--------------------------------------------------------------------------
 */

/*
 * One row or variable at a polished point; true: it changes.  One that left
 * the set and comes back stays, so that this ends.
 */
static bool
correct(CoStand *active, double value, double lower, double upper, double multiplier, double zero)
{
	double		to_lower = (value - lower) / co_max(1.0, fabs(lower));
	double		to_upper = (upper - value) / co_max(1.0, fabs(upper));

	active->weak = false;
	if (active->side == CO_SIDE_BOTH)
		return false;
	if (active->side != CO_SIDE_NONE)
	{
		if (active->side * multiplier < -zero && !active->left)
		{
			active->left = true;
			active->side = CO_SIDE_NONE;
			return true;
		}
		active->weak = active->side * multiplier <= zero;
		return false;
	}
	if (isfinite(lower) && to_lower <= ZERO_DISTANCE)
		active->side = CO_SIDE_LOWER;
	else if (isfinite(upper) && to_upper <= ZERO_DISTANCE)
		active->side = CO_SIDE_UPPER;
	return active->side != CO_SIDE_NONE;
}

static bool
correct_active(CoSensitivity *s)
{
	const CoParamNlp *nlp = s->nlp;
	double		zero = ZERO_MULTIPLIER * s->dual_size;
	bool		changed = false;

	find_row_norms(s);
	s->n_weak = 0;
	for (int i = 0; i < nlp->m; i++)
	{
		double		norm = s->work[i] > 0.0 ? s->work[i] : 1.0;

		changed |= correct(&s->row[i], nlp->c[i], nlp->cl[i], nlp->cu[i], s->y[i], zero / norm);
		s->n_weak += s->row[i].weak;
	}
	for (int j = 0; j < nlp->n; j++)
	{
		changed |= correct(&s->var[j], s->x[j], nlp->xl[j], nlp->xu[j], s->z[j], zero);
		s->n_weak += s->var[j].weak;
	}
	return changed;
}

/* Did Newton's method leave for another solution, or for none? */
static bool
is_far(const CoSensitivity *s, const double *x)
{
	for (int j = 0; j < s->nlp->n; j++)
		if (!(fabs(s->x[j] - x[j]) <= FAR_OFF * co_max(1.0, fabs(x[j]))))
			return true;
	return false;
}

/* Until signs and distances agree with the active set; x: the point given. */
static CoRc
polish(CoSensitivity *s, const double *x)
{
	CoRc		rc = CO_OK;

	for (int round = 0; round < MAX_ROUNDS && !rc; round++)
	{
		if ((rc = build_kkt(s)) ||
			(round == 0 && (rc = estimate_multipliers(s))) ||
			(rc = co_sensitivity_newton(s)) || is_far(s, x))
			break;
		if (!correct_active(s))
			return CO_OK;
	}
	s->is_polished = false;
	return rc;
}

/*--------------------------------------------------------------------------
 * Validity
 *--------------------------------------------------------------------------
 */

/* Rows whose gradients depend on each other, and the bounds among them. */
static CoRc
find_dependent(CoSensitivity *s)
{
	const CoCsc *jac = &s->nlp->jac;
	CoMark		mark = co_mark(s->arena);
	double	   *vector = co_take_zero_doubles(s->arena, (size_t) s->n_free + (size_t) s->n_active);
	double	   *row = co_take_zero_doubles(s->arena, (size_t) s->nlp->m);
	double		growth;
	CoRc		rc;

	if ((rc = co_arena_failed(s->arena)) ||
		(rc = co_sensitivity_kkt_factor(s->kkt, s->nlp, true)) ||
		(rc = co_sensitivity_kkt_growth(s->kkt, true, vector, &growth)))
		return rc;
	for (int k = 0; k < s->n_active && growth >= CO_SENSITIVITY_SINGULAR; k++)
		if (fabs(vector[s->n_free + k]) > TAKES_PART)
		{
			s->row[s->active_row[k]].dependent = true;
			row[s->active_row[k]] = vector[s->n_free + k] * s->kkt->scale[s->n_free + k];
			s->n_dependent++;
		}
	for (int j = 0; j < s->nlp->n && s->n_dependent > 0; j++)
	{
		double		sum = 0.0,
					size = 0.0;

		for (int e = jac->start[j]; e < jac->start[j + 1]; e++)
		{
			sum += jac->value[e] * row[jac->index[e]];
			size += fabs(jac->value[e] * row[jac->index[e]]);
		}
		s->var[j].dependent = s->var[j].side != CO_SIDE_NONE && fabs(sum) > TAKES_PART * size;
		s->n_dependent += s->var[j].dependent;
	}
	co_rewind(s->arena, mark);
	return CO_OK;
}

/* Positive curvature where A allows to move; singular_rows: A may be singular. */
static CoRc
test_curvature(CoSensitivityKkt *kkt, const CoParamNlp *nlp, bool *positive, bool *singular_rows)
{
	CoMark		mark = co_mark(kkt->arena);
	double	   *vector = co_take_doubles(kkt->arena, (size_t) kkt->n + (size_t) kkt->m);
	double		growth_x,
				growth_y;
	CoRc		rc = vector ? co_sensitivity_kkt_factor(kkt, nlp, false) : co_arena_failed(kkt->arena);

	if (rc || (rc = co_sensitivity_kkt_growth(kkt, false, vector, &growth_x)) ||
		(rc = co_sensitivity_kkt_growth(kkt, true, vector, &growth_y)))
		return rc;
	*positive = kkt->inertia.n_positive == kkt->n && kkt->inertia.n_perturbed == 0 &&
		growth_x < CO_SENSITIVITY_SINGULAR;
	*singular_rows = growth_y >= CO_SENSITIVITY_SINGULAR || kkt->inertia.n_negative != kkt->m;
	co_rewind(kkt->arena, mark);
	return CO_OK;
}

/* The second-order condition with the strongly active constraints alone. */
static CoRc
test_strong_curvature(CoSensitivity *s)
{
	CoMark		mark = co_mark(s->arena);
	int		   *var = co_take_ints(s->arena, (size_t) s->nlp->n);
	int		   *row = co_take_ints(s->arena, (size_t) s->nlp->m);
	CoSensitivityKkt *kkt;
	int			n = 0,
				m = 0;
	bool		singular_rows;
	CoRc		rc = co_arena_failed(s->arena);

	for (int j = 0; j < s->nlp->n && !rc; j++)
		if (s->var[j].side == CO_SIDE_NONE || s->var[j].weak)
			var[n++] = j;
	for (int i = 0; i < s->nlp->m && !rc; i++)
		if (s->row[i].side != CO_SIDE_NONE && !s->row[i].weak)
			row[m++] = i;
	if (!rc)
		rc = co_sensitivity_kkt_new(s->arena, s->nlp, n, var, m, row, &kkt);
	if (!rc)
		rc = test_curvature(kkt, s->nlp, &s->second_order, &singular_rows);
	co_rewind(s->arena, mark);
	return rc;
}

static CoRc
validate(CoSensitivity *s)
{
	bool		singular_rows;
	CoRc		rc = test_curvature(s->kkt, s->nlp, &s->second_order, &singular_rows);

	if (!rc && (singular_rows || !s->second_order))
	{
		rc = find_dependent(s);
		if (!rc)
			rc = co_sensitivity_kkt_factor(s->kkt, s->nlp, false);
	}
	if (!rc && s->n_weak > 0)
		rc = test_strong_curvature(s);
	s->second_order = s->second_order && !s->is_slow;
	return rc;
}

/*--------------------------------------------------------------------------
 * Construction
 *--------------------------------------------------------------------------
 */

static bool
is_linear_quadratic(const CoNlp *all)
{
	if (!all->row || all->objective > CO_QUADRATIC)
		return false;
	for (int i = 0; i < all->m; i++)
		if (all->row[i] != CO_LINEAR)
			return false;
	return true;
}

static CoRc
take_arrays(CoSensitivity *s, const CoQpPoint *point)
{
	CoArena    *arena = s->arena;
	size_t		n = (size_t) s->nlp->n,
				m = (size_t) s->nlp->m;

	s->x = co_take_doubles(arena, n);
	s->y = co_take_doubles(arena, m);
	s->z = co_take_doubles(arena, n);
	s->lagrangian = co_take_doubles(arena, n);
	s->row = co_take_zero(arena, m, sizeof *s->row);
	s->var = co_take_zero(arena, n, sizeof *s->var);
	s->free_var = co_take_ints(arena, n);
	s->active_row = co_take_ints(arena, m);
	s->work = co_take_doubles(arena, n + m);
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	co_copy(s->nlp->n, point->x, s->x);
	co_copy(s->nlp->m, point->y, s->y);
	co_copy(s->nlp->n, point->z, s->z);
	s->mark = co_mark(arena);
	return CO_OK;
}

static void
clamp_to_bounds(CoSensitivity *s)
{
	for (int j = 0; j < s->nlp->n; j++)
		s->x[j] = s->nlp->xl[j] < s->nlp->xu[j] ?
			co_clamp(s->x[j], s->nlp->xl[j], s->nlp->xu[j]) : s->nlp->xl[j];
}

/* The point as it was given, where the problem has values. */
static CoRc
start_again(CoSensitivity *s, const CoQpPoint *point)
{
	co_copy(s->nlp->n, point->x, s->x);
	co_copy(s->nlp->m, point->y, s->y);
	co_copy(s->nlp->n, point->z, s->z);
	clamp_to_bounds(s);
	return co_param_values(s->nlp, s->x, s->p);
}

/* That point, its active set as guessed. */
static CoRc
give_up(CoSensitivity *s, const CoQpPoint *point)
{
	double		error;
	CoRc		rc = start_again(s, point);

	if (rc)
		return rc;
	for (int i = 0; i < s->nlp->m; i++)
		s->y[i] = isnan(s->y[i]) ? 0.0 : s->y[i];
	guess_active(s, false);
	s->n_weak = 0;
	if ((rc = build_kkt(s)) || (rc = co_sensitivity_errors(s, &error)))
		return rc;
	set_bound_multipliers(s);
	return CO_OK;
}

/* Others of the set are taken, as of multipliers that are not known. */
static bool
drop_unbounded(CoSensitivity *s)
{
	if (!(co_norm_inf(s->nlp->m, s->y) > UNBOUNDED * s->dual_size))
		return false;
	co_fill(s->nlp->m, NAN, s->y);
	return true;
}

/* From a guess of the active set, and from another one; at last with what was dropped. */
static CoRc
polish_from_guess(CoSensitivity *s, const CoQpPoint *point)
{
	bool		has_dropped = false;
	CoRc		rc = CO_OK;

	for (int attempt = 0; attempt < (has_dropped ? 3 : 2) && !rc; attempt++)
	{
		if (attempt > 0)
			rc = start_again(s, point);
		if (rc)
			break;
		guess_active(s, attempt == 1);
		if (attempt < 2)
			has_dropped = drop_unbounded(s);
		rc = polish(s, point->x);
		if (rc == CO_NOT_FINITE)
		{
			s->is_polished = false;
			rc = CO_OK;
		}
		if (!rc && s->is_polished)
			return CO_OK;
	}
	return rc ? rc : give_up(s, point);
}

CoRc
co_sensitivity_new(CoArena *arena, CoParamNlp *nlp, const CoQpPoint *point,
				   const double *p, CoSensitivity **out)
{
	CoSensitivity *s = co_take_zero(arena, 1, sizeof *s);
	CoRc		rc;

	if (!s)
		return co_arena_failed(arena);
	s->arena = arena;
	s->nlp = nlp;
	s->p = p;
	s->is_linear = is_linear_quadratic(nlp->all) && (!nlp->bounds || nlp->bounds->is_affine);
	if ((rc = take_arrays(s, point)) || (rc = co_param_set_bounds(nlp, p)))
		return rc;
	clamp_to_bounds(s);
	co_fill(nlp->m, 0.0, s->work);
	if ((rc = co_param_eval(nlp, s->x, p, s->work)))
		return rc;
	s->dual_size = co_max(1.0, co_norm_inf(nlp->n, nlp->grad));
	rc = polish_from_guess(s, point);
	if (!rc)
		rc = validate(s);
	if (!rc)
		rc = co_sensitivity_find_parting(s);
	*out = s;
	return rc;
}
