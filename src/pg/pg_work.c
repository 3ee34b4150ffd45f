/*-------------------------------------------------------------------------
 *
 * pg/pg_work.c
 *	  The functions of pg_work.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <fenv.h>

#include "utils/memutils.h"

#include "pg/pg_error.h"
#include "pg/pg_work.h"

void
copg_work(void (*run) (CopgWork *work, void *state), void *state)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext context = AllocSetContextCreate(caller, "constropt work",
												  ALLOCSET_DEFAULT_SIZES);
	fenv_t		float_mode;

	fegetenv(&float_mode);
	fesetenv(FE_DFL_ENV);
	PG_TRY();
	{
		CopgWork   *work;

		MemoryContextSwitchTo(context);
		work = palloc0(sizeof *work);
		copg_env_begin(&work->env, &work->arena, context);
		run(work, state);
	}
	PG_FINALLY();
	{
		fesetenv(&float_mode);
		MemoryContextSwitchTo(caller);
		MemoryContextDelete(context);
	}
	PG_END_TRY();
}

void
copg_work_check_problem(CopgWork *work, const CopgSolution *sol)
{
	CoError		error = {.position = -1};
	CoBlock		view;
	CoRc		rc;

	if (sol->problem_flat == NULL)
		return;					/* lent by the function that checked it */
	rc = co_block_validate(sol->problem_flat, (size_t) sol->head->problem_size, &view, &error);
	if (rc == CO_BAD_INPUT)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("invalid value of type %s", "opt_solution"),
				 errdetail("Its problem: %s.", error.message)));
	copg_check_rc(rc, &work->arena, &error);
}

double *
copg_work_parameters(CopgWork *work, const CopgSolution *sol)
{
	int			n = sol->head->n_leaf;
	double	   *value = co_take_doubles(&work->arena, (size_t) n);

	copg_check_rc(co_arena_failed(&work->arena), &work->arena, NULL);
	for (int i = 0; i < n; i++)
		value[i] = sol->problem.leaf_kind[i] == CO_LEAF_PARAMETER ? sol->value[i]
			: sol->problem.leaf_start[i];
	return value;
}
