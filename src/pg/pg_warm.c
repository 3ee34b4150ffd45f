/*-------------------------------------------------------------------------
 *
 * pg/pg_warm.c
 *	  What a solution says about the start of another solve: matched by name
 *	  and key, so that a changed model keeps what still fits.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "pg/pg_block.h"
#include "pg/pg_warm.h"

/* The leaf of the solution that is leaf of the problem; -1: none. */
static int
find_leaf(const CopgSolution *warm, const CoBlock *problem, int leaf)
{
	return copg_solution_leaf(warm, problem->leaf_id[leaf],
							  co_block_string(problem, problem->leaf_name[leaf]),
							  co_block_string(problem, problem->leaf_key[leaf]));
}

static int
find_row(const CopgSolution *warm, const CoBlock *problem, int row)
{
	if (problem->row_name[row] < 0)
		return -1;
	return copg_solution_row(warm, co_block_string(problem, problem->row_name[row]),
							 co_block_string(problem, problem->row_key[row]));
}

/* Multipliers of the minimized form from what the user sees, or 0. */
static double
multiplier_of(const CopgSolution *warm, double shown)
{
	double		sign = warm->problem.flags & CO_FLAG_MAXIMIZE ? 1.0 : -1.0;

	return isfinite(shown) ? sign * shown : 0.0;
}

bool
copg_warm_fill(const CopgSolution *warm, const CopgWarmTarget *target)
{
	for (int i = 0; i < target->n_var; i++)
	{
		int			found = find_leaf(warm, target->problem, target->var_leaf[i]);

		if (found < 0)
			continue;
		if (isfinite(warm->value[found]))
			target->x[i] = warm->value[found];
		target->z[i] = multiplier_of(warm, warm->reduced_cost[found]);
	}
	for (int i = 0; i < target->n_row; i++)
	{
		int			found = find_row(warm, target->problem, i + 1);

		if (found >= 0)
			target->y[i] = multiplier_of(warm, warm->dual[found]);
	}
	return copg_solution_has_duals(warm);
}
