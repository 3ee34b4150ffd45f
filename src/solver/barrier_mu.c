/*-------------------------------------------------------------------------
 *
 * solver/barrier_mu.c
 *	  The barrier parameter: the monotone update [WB06, eq. 7, 8], and the
 *	  adaptive one of
 *
 * [NWW09] Nocedal, Waechter, Waltz, "Adaptive barrier update strategies for
 * nonlinear interior methods", SIAM J. Optim. 19 (2009) 1674-1693.
 *
 * In the free mode every iteration chooses mu = sigma * (average of s z): the
 * direction is linear in mu, affine step + mu * centering step, and sigma
 * minimizes the linear quality function [NWW09, section 4]
 *
 *		q(sigma) = (1 - alpha_d)^2 |grad L|^2 / nv
 *				 + (1 - alpha_p)^2 |g|^2 / m
 *				 + |(S + alpha_p dS)(Z + alpha_d dZ) e|^2 / n_bounds
 *
 * where both alpha, of the fraction to the boundary, depend on sigma.  The mode
 * lasts while the KKT error Phi, q without a step, falls below the largest of
 * the last ones; else mu is monotone until Phi is that low again [NWW09,
 * section 5, the algorithm's free and monotone modes].
 *
 * Restoration is monotone: its objective depends on mu.
 *
 *-------------------------------------------------------------------------
 */
#include "base/vec.h"
#include "linalg/ticker.h"
#include "solver/barrier.h"

#define KAPPA_EPSILON	10.0	/* WB06 section 2.1 */
#define KAPPA_MU		0.2		/* WB06 eq. 7 */
#define THETA_MU		1.5
#define THETA_MU_LATE	1.9		/* of (1, 2), where it pays: */
#define MU_LATE			1e-2	/* below this mu */
#define KAPPA_LATE		0.3		/* KAPPA_EPSILON of it */
#define TAU_MIN			0.99	/* WB06 eq. 8 */
#define S_BOUND			10.0	/* on s_d and s_c, of further decreases */

/* NWW09, and Ipopt's values of what is left open there */
#define KAPPA_PHI		0.9999	/* asked of Phi */
#define FIXED_MU		0.8		/* of the average of s z, for the monotone mode */
#define MU_MAX			1e3		/* times the first average */
#define SIGMA_MIN		1e-6
#define SIGMA_MAX		1e2
#define SIGMA_NEAR_1	1e-2	/* where the slope at 1 is measured */
#define SECTIONS		8		/* of the golden section search */
#define GOLDEN			0.6180339887498949

void
co_barrier_start_mu(CoBarrier *b, double mu)
{
	b->mu = mu;
	b->tau = co_max(TAU_MIN, 1.0 - mu);
}

/* sum of s z, or of its square, after a step */
static double
sum_products(const CoBarrier *b, const CoVectors *step, double primal, double dual, int power)
{
	const CoBarrierPoint *p = b->cur;
	double		sum = 0.0;

	for (int j = 0; j < b->nv; j++)
	{
		double		dv = step ? primal * step->v[j] : 0.0,
					lower = 0.0,
					upper = 0.0;

		if (b->has[j] & CO_HAS_LOWER)
			lower = (p->sl[j] + dv) * (p->at.zl[j] + (step ? dual * step->zl[j] : 0.0));
		if (b->has[j] & CO_HAS_UPPER)
			upper = (p->su[j] - dv) * (p->at.zu[j] + (step ? dual * step->zu[j] : 0.0));
		sum += power == 2 ? lower * lower + upper * upper : lower + upper;
	}
	return sum;
}

static double
average_product(const CoBarrier *b)
{
	return sum_products(b, NULL, 0.0, 0.0, 1) / b->n_bounds;
}

/* q for the lengths of step; Phi without one */
static double
find_quality(const CoBarrier *b, const CoVectors *step, double primal, double dual)
{
	double		q = pow(1.0 - dual, 2.0) * co_dot(b->nv, b->rd, b->rd) / b->nv;

	if (b->m > 0)
		q += pow(1.0 - primal, 2.0) * co_dot(b->m, b->cur->g, b->cur->g) / b->m;
	return q + sum_products(b, step, primal, dual, 2) / b->n_bounds;
}

/* to := affine + mu * centering */
static void
combine(const CoBarrier *b, double mu, CoVectors *to)
{
	const CoVectors *affine = &b->step,
			   *centering = &b->soc;

	for (int j = 0; j < b->nv; j++)
	{
		to->v[j] = affine->v[j] + mu * centering->v[j];
		to->zl[j] = affine->zl[j] + mu * centering->zl[j];
		to->zu[j] = affine->zu[j] + mu * centering->zu[j];
	}
	for (int i = 0; i < b->m; i++)
		to->y[i] = affine->y[i] + mu * centering->y[i];
}

static double
quality_of(CoBarrier *b, double mu)
{
	double		primal,
				dual;

	combine(b, mu, &b->rhs);
	co_barrier_fraction(b, b->cur, &b->rhs, &primal, &dual);
	return find_quality(b, &b->rhs, primal, dual);
}

/* One section of [lo, hi] with a value in each of its two inner points. */
typedef struct Section
{
	double		lo,
				hi,
				left,
				right,
				q_left,
				q_right;
} Section;

static void
halve(CoBarrier *b, double average, Section *s)
{
	if (s->q_left > s->q_right)
	{
		s->lo = s->left;
		s->left = s->right;
		s->q_left = s->q_right;
		s->right = s->lo + GOLDEN * (s->hi - s->lo);
		s->q_right = quality_of(b, s->right * average);
	}
	else
	{
		s->hi = s->right;
		s->right = s->left;
		s->q_right = s->q_left;
		s->left = s->hi - GOLDEN * (s->hi - s->lo);
		s->q_left = quality_of(b, s->left * average);
	}
}

/* The best of a few sigma in [lo, hi], by golden section. */
static CoRc
search_sigma(CoBarrier *b, double average, double lo, double hi, double *best)
{
	double		ends[] = {lo, hi},
				q_best;
	Section		s = {lo, hi, hi - GOLDEN * (hi - lo), lo + GOLDEN * (hi - lo), 0.0, 0.0};

	s.q_left = quality_of(b, s.left * average);
	s.q_right = quality_of(b, s.right * average);
	for (int k = 0; k < SECTIONS; k++)
	{
		CoRc		rc = co_poll_pass(b->arena, b->nv);

		if (rc)
			return rc;
		halve(b, average, &s);
	}
	*best = s.q_left < s.q_right ? s.left : s.right;
	q_best = co_min(s.q_left, s.q_right);
	for (int k = 0; k < 2; k++)
	{
		double		q = quality_of(b, ends[k] * average);

		if (q < q_best)
		{
			*best = ends[k];
			q_best = q;
		}
	}
	return CO_OK;
}

/*
 * The free mode's mu, from the affine step in b->step and the centering step
 * in b->soc; b->step becomes the direction.
 */
CoRc
co_barrier_choose_mu(CoBarrier *b)
{
	double		average = average_product(b),
				near = 1.0 - SIGMA_NEAR_1,
				lo = 1.0,
				hi = SIGMA_MAX,
				sigma;
	CoRc		rc;

	b->tau = co_max(TAU_MIN, 1.0 - co_barrier_e(b, 0.0));
	if (!(quality_of(b, near * average) > quality_of(b, average)))
	{
		lo = co_min(near, co_max(SIGMA_MIN, b->mu_min / average));
		hi = near;
	}
	rc = search_sigma(b, average, lo, hi, &sigma);
	if (rc)
		return rc;
	b->mu = co_clamp(sigma * average, b->mu_min, co_max(b->mu_min, b->mu_max));
	combine(b, b->mu, &b->step);
	co_barrier_search_reset(b);
	return CO_OK;
}

static void
remember_phi(CoBarrier *b, double phi)
{
	b->phi_last[b->n_phi++ % CO_PHI_LAST] = phi;
}

/* Is phi below the largest of the last ones? */
static bool
phi_falls(const CoBarrier *b, double phi)
{
	int			n = b->n_phi < CO_PHI_LAST ? b->n_phi : CO_PHI_LAST;
	double		largest = 0.0;

	for (int k = 0; k < n; k++)
		largest = co_max(largest, b->phi_last[k]);
	return phi <= KAPPA_PHI * largest;
}

/*
 * To the monotone mode, which ends when Phi falls below anew's value, or the
 * largest of the last ones.
 */
void
co_barrier_leave_free(CoBarrier *b, bool anew)
{
	b->free_mu = false;
	if (anew)
	{
		b->n_phi = 0;
		remember_phi(b, find_quality(b, NULL, 0.0, 0.0));
	}
	co_barrier_start_mu(b, co_clamp(FIXED_MU * average_product(b), b->mu_min,
									co_max(b->mu_min, b->mu_max)));
	co_barrier_search_reset(b);
}

/* Which mode is the next step's? */
static void
choose_mode(CoBarrier *b, bool tiny)
{
	double		phi = find_quality(b, NULL, 0.0, 0.0);
	bool		filling = b->n_phi < CO_PHI_LAST;

	if (b->n_phi == 0)
	{
		b->mu_max = MU_MAX * average_product(b);
		b->free_mu = true;
	}
	else if (b->free_mu && (tiny || !(filling || phi_falls(b, phi))))
		co_barrier_leave_free(b, false);
	else if (!b->free_mu && !tiny && phi_falls(b, phi))
		b->free_mu = true;
	if (b->free_mu)
		remember_phi(b, phi);
}

/*
 * Is the barrier problem solved well enough for a lower mu [WB06, eq. 7]?  Where
 * multipliers run off, s_d and s_c make every error look small, and one update
 * would lead to the least mu; so they are bounded for all but the first decrease.
 */
static bool
may_fall(CoBarrier *b, bool first)
{
	CoBarrierError error = b->error;
	bool		small;

	if (!first)
	{
		b->error.s_d = co_min(error.s_d, S_BOUND);
		b->error.s_c = co_min(error.s_c, S_BOUND);
	}
	small = co_barrier_e(b, b->mu) <= KAPPA_EPSILON * b->mu;
	b->error = error;
	return small;
}

/*
 * The next mu [WB06, eq. 7].  Where a barrier problem near the end is solved far
 * better than has to be, Newton's method is in its region of fast convergence,
 * and a step more is saved by aiming further.
 */
static double
find_next_mu(const CoBarrier *b)
{
	bool		late = !b->quasi && b->mu <= MU_LATE &&
		co_barrier_e(b, b->mu) <= KAPPA_LATE * b->mu;
	double		power = pow(b->mu, late ? THETA_MU_LATE : THETA_MU);

	return co_max(b->mu_min, co_min(KAPPA_MU * b->mu, power));
}

CoRc
co_barrier_update_mu(CoBarrier *b, bool *stuck)
{
	bool		tiny = b->tiny_step,
				first = true;

	*stuck = false;
	b->tiny_step = false;
	if (b->outer && !b->moved)
		return CO_OK;			/* restoration starts with the mu that it chose */
	if (b->adaptive && b->n_bounds > 0)
		choose_mode(b, tiny);
	while (!b->free_mu && (tiny || may_fall(b, first)))
	{
		double		mu = find_next_mu(b);

		if (mu >= b->mu)
		{
			*stuck = tiny;
			break;
		}
		co_barrier_start_mu(b, mu);
		co_barrier_search_reset(b);
		co_barrier_renew_objective(b, b->cur);
		if (b->outer)
			co_barrier_find_error(b);
		tiny = first = false;
	}
	if (b->relax > 0.0 && !b->outer && b->mu < b->unrelax_mu)
		return co_barrier_tighten_sides(b);
	return CO_OK;
}
