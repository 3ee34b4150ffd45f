/*-------------------------------------------------------------------------
 *
 * solver/barrier_mu.c
 *	  The barrier parameter: the monotone update [WB06, eq. 7, 8].
 *
 *-------------------------------------------------------------------------
 */
#include "base/vec.h"
#include "solver/barrier.h"

#define KAPPA_EPSILON	10.0	/* WB06 section 2.1 */
#define KAPPA_MU		0.2		/* WB06 eq. 7 */
#define THETA_MU		1.5
#define TAU_MIN			0.99	/* WB06 eq. 8 */

void
co_barrier_start_mu(CoBarrier *b, double mu)
{
	b->mu = mu;
	b->tau = co_max(TAU_MIN, 1.0 - mu);
}

CoRc
co_barrier_update_mu(CoBarrier *b, bool *stuck)
{
	bool		tiny = b->tiny_step;

	*stuck = false;
	b->tiny_step = false;
	if (b->outer && !b->moved)
		return CO_OK;			/* restoration starts with the mu that it chose */
	while (tiny || co_barrier_e(b, b->mu) <= KAPPA_EPSILON * b->mu)
	{
		double		mu = co_max(b->mu_min, co_min(KAPPA_MU * b->mu, pow(b->mu, THETA_MU)));

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
		tiny = false;
	}
	if (b->relax > 0.0 && !b->outer && b->mu < b->unrelax_mu)
		return co_barrier_tighten_sides(b);
	return CO_OK;
}
