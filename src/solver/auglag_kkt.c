/*-------------------------------------------------------------------------
 *
 * solver/auglag_kkt.c
 *	  Acceleration: Newton's method on the KKT conditions, from a point of the
 *	  augmented Lagrangian's [BM08].
 *
 * The sides that are active are equations, and which they are is decided anew
 * in every iteration by the signs of the multipliers and by what is violated,
 * as in a primal-dual active set method [HIK02].  The iterates are no better
 * than what the judge says of them: where it is never content nothing of them
 * is kept.
 *
 * Departure from [BM08]: rows may be dependent, so their block is regularized
 * in the factorization; and a point at which the Hessian has the wrong inertia
 * in the face is left at once, since it leads to a saddle.
 *
 *-------------------------------------------------------------------------
 */
#include "base/vec.h"
#include "solver/auglag.h"

#define MAX_STEPS		12		/* quadratic convergence needs few */
#define MAX_WORSE		2		/* steps that did not halve the error, in a row */
#define MAX_STEPS_QUASI	60		/* superlinear convergence needs more */
#define MAX_WORSE_QUASI	12		/* twice the memory: all pairs are new */
#define DELTA			1e-8	/* of the rows' block, as barrier_newton.c */
#define SHIFT_SMALL		1e-8	/* for a minimizer that is not unique */
#define NEAR_BOUND		1e-6	/* a variable this near is taken to its bound */
#define TARGET			0.1		/* of the tolerance: what the judge is asked for */

typedef struct Accelerator
{
	CoAuglag   *a;
	const CoNlp *nlp;
	double		error,
				last_error;
	int			n_worse;
} Accelerator;

/* The side that row i is to rest on, by its multiplier. */
static double
side_of(const CoNlp *nlp, int i, double y)
{
	return y > 0.0 ? nlp->cu[i] : y < 0.0 ? nlp->cl[i] : isfinite(nlp->cl[i]) ? nlp->cl[i] : nlp->cu[i];
}

static bool
is_equality(const CoNlp *nlp, int i)
{
	return nlp->cl[i] == nlp->cu[i];
}

/* The first sets: what the augmented Lagrangian holds. */
static void
choose_first(Accelerator *s)
{
	CoAuglag   *a = s->a;
	const CoNlp *nlp = s->nlp;

	co_copy(a->n, a->x, a->nx);
	co_copy(a->m, a->yhat, a->ny);
	for (int j = 0; j < a->n; j++)
	{
		double		near = NEAR_BOUND * co_max(1.0, fabs(a->x[j]));

		a->held[j] = 1;
		if (a->lag[j] > 0.0 && a->x[j] - nlp->xl[j] <= near)
			a->nx[j] = nlp->xl[j];
		else if (a->lag[j] < 0.0 && nlp->xu[j] - a->x[j] <= near)
			a->nx[j] = nlp->xu[j];
		else
			a->held[j] = 0;
	}
	for (int i = 0; i < a->m; i++)
		a->takes_part[i] = is_equality(nlp, i) || a->yhat[i] != 0.0;
}

/* Values at nx, and the gradient of its Lagrangian in a->lag. */
static CoRc
evaluate(Accelerator *s)
{
	CoAuglag   *a = s->a;
	CoNlpValue	at = {.c = a->trial_c, .grad = a->grad, .jac = a->jac};
	unsigned	want = CO_WANT_GRAD | (a->m > 0 ? CO_WANT_C | CO_WANT_JAC : 0);
	CoCsc		jac = s->nlp->jac;
	CoRc		rc = s->nlp->eval(s->nlp->self, a->nx, want, &at);

	if (rc)
		return rc;
	jac.value = a->jac;
	co_copy(a->n, a->grad, a->lag);
	co_csc_tmul_add(&jac, 1.0, a->ny, a->lag);
	return co_all_finite(a->n, a->lag) ? CO_OK : CO_NOT_FINITE;
}

/*
 * Multipliers of the bounds, the error, and the sets of the next step: what is
 * held by a multiplier of the wrong sign is let go, what is violated is held.
 */
static void
judge_variables(Accelerator *s)
{
	CoAuglag   *a = s->a;
	const CoNlp *nlp = s->nlp;

	for (int j = 0; j < a->n; j++)
	{
		bool		wrong;

		a->nz[j] = a->held[j] ? -a->lag[j] : 0.0;
		wrong = a->held[j] && (a->nz[j] > 0.0 ? a->nx[j] < nlp->xu[j] : a->nx[j] > nlp->xl[j]);
		if (wrong)
		{
			a->nz[j] = 0.0;
			a->held[j] = 0;
		}
		s->error = co_max(s->error, fabs(a->lag[j] + a->nz[j]));
	}
}

static void
judge_rows(Accelerator *s)
{
	CoAuglag   *a = s->a;
	const CoNlp *nlp = s->nlp;

	for (int i = 0; i < a->m; i++)
	{
		double		c = a->trial_c[i],
					out = co_auglag_outside(a, i, c);

		s->error = co_max(s->error, fabs(out));
		if (is_equality(nlp, i))
			continue;
		if (a->takes_part[i] && a->ny[i] != 0.0)
			s->error = co_max(s->error, fabs(c - side_of(nlp, i, a->ny[i])));
		if (isinf(side_of(nlp, i, a->ny[i])))
		{
			s->error = co_max(s->error, fabs(a->ny[i]));
			a->takes_part[i] = 0;
			a->ny[i] = 0.0;
		}
		if (!a->takes_part[i] && out != 0.0)
			a->takes_part[i] = 1;
	}
}

/* Where row i of the active set is to go. */
static double
row_target(const Accelerator *s, int i)
{
	const CoAuglag *a = s->a;
	double		c = a->trial_c[i];

	if (c > s->nlp->cu[i])
		return s->nlp->cu[i];
	if (c < s->nlp->cl[i])
		return s->nlp->cl[i];
	return side_of(s->nlp, i, a->ny[i]);
}

/* With second derivatives; a point where they have the wrong signs is no minimizer. */
static CoRc
factor_newton(Accelerator *s, bool *right)
{
	CoAuglag   *a = s->a;
	CoRc		rc = co_auglag_find_hessian(a, a->nx, a->ny);

	if (rc)
		return rc;
	co_auglag_load_face(a, a->held);
	rc = co_auglag_factor_shifted(a, a->held, 0.0, DELTA, right);
	a->positive = *right;
	if (!rc && !*right)
		rc = co_auglag_factor_shifted(a, a->held, SHIFT_SMALL, DELTA, right);
	return rc;
}

static CoRc
factor(Accelerator *s, bool *right)
{
	CoAuglag   *a = s->a;
	CoRc		rc;

	*right = false;
	a->have_hess = false;
	for (int i = 0; i < a->m; i++)
		a->dy[i] = a->takes_part[i] ? 0.0 : 1.0;
	if (a->newton)
		rc = factor_newton(s, right);
	else
	{
		co_auglag_learn(a, a->nx, a->ny);
		rc = co_auglag_factor_quasi(a, DELTA, right);
	}
	return rc == CO_SINGULAR ? CO_OK : rc;
}

/* A full step; what leaves the box is held from then on. */
static CoRc
take_step(Accelerator *s)
{
	CoAuglag   *a = s->a;
	const CoNlp *nlp = s->nlp;
	CoRc		rc;

	for (int j = 0; j < a->n; j++)
		a->rhs[j] = a->held[j] ? 0.0 : -a->lag[j];
	for (int i = 0; i < a->m; i++)
		a->rhs[a->n + i] = a->takes_part[i] ? row_target(s, i) - a->trial_c[i] : 0.0;
	rc = a->newton ? co_auglag_solve_kkt(a) : co_auglag_solve_quasi(a);
	for (int j = 0; j < a->n && !rc; j++)
	{
		double		to = a->nx[j] + (a->held[j] ? 0.0 : a->sol[j]);

		a->nx[j] = co_clamp(to, nlp->xl[j], nlp->xu[j]);
		if (a->nx[j] != to)
			a->held[j] = 1;
	}
	for (int i = 0; i < a->m && !rc; i++)
		if (a->takes_part[i])
			a->ny[i] += a->sol[a->n + i];
	return rc;
}

static bool
goes_on(Accelerator *s)
{
	s->n_worse = s->error <= 0.5 * s->last_error ? 0 : s->n_worse + 1;
	s->last_error = s->error;
	return s->n_worse <= (s->a->newton ? MAX_WORSE : MAX_WORSE_QUASI) && isfinite(s->error);
}

static CoRc
iterate(Accelerator *s, bool *good)
{
	CoAuglag   *a = s->a;
	double		target = TARGET * co_max(a->options->tolerance, a->options->absolute_tolerance);
	int			most = a->newton ? MAX_STEPS : MAX_STEPS_QUASI;
	CoRc		rc = CO_OK;

	for (int k = 0; k <= most && !rc; k++)
	{
		bool		right;

		rc = evaluate(s);
		if (rc)
			break;
		s->error = 0.0;
		judge_variables(s);
		judge_rows(s);
		if (k > 0 && s->error <= 1e3 * target)
			rc = a->judge(a->caller, a, a->nx, a->ny, a->nz, good);
		if (rc || *good || !goes_on(s) || k == most)
			break;
		rc = factor(s, &right);
		if (rc || !right)
			break;
		rc = take_step(s);
		if (!rc)
			rc = co_poll(a->arena);
	}
	return rc == CO_NOT_FINITE ? CO_OK : rc;
}

CoRc
co_auglag_accelerate(CoAuglag *a, bool *good)
{
	Accelerator s = {.a = a, .nlp = a->nlp, .last_error = INFINITY};
	double		value;
	CoRc		rc;

	*good = false;
	if (!a->kkt)
		return CO_OK;
	choose_first(&s);
	rc = iterate(&s, good);
	if (rc || *good)
		return rc;
	return co_auglag_eval(a, a->x, &value, a->box_grad);
}
