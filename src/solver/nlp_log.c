/*-------------------------------------------------------------------------
 *
 * solver/nlp_log.c
 *	  The iterations of one nonlinear solve, one line each.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/nlp_run.h"

#define FIRST_LOG		64

CoRc
co_nlp_log(CoNlpRun *run, const CoIteration *iteration)
{
	if (run->n_log == run->log_room)
	{
		int			room = run->log_room ? 2 * run->log_room : FIRST_LOG;

		run->log = co_take_grown(&run->log_arena, run->log, (size_t) run->n_log, (size_t) room,
								 sizeof *run->log);
		if (!run->log)
			return co_arena_failed(&run->log_arena);
		run->log_room = room;
	}
	run->log[run->n_log++] = *iteration;
	return CO_OK;
}

CoRc
co_nlp_finish_log(CoNlpRun *run)
{
	CoSolution *sol = run->sol;
	const CoIteration *log = sol->log ? sol->log : run->log;
	int			n = sol->log ? sol->n_log : run->n_log;
	CoRc		rc = co_arena_plan(run->arena, (double) n * sizeof *log);

	sol->log = NULL;
	sol->n_log = 0;
	if (!rc && n > 0)
	{
		sol->log = co_take_grown(run->arena, log, (size_t) n, (size_t) n, sizeof *log);
		sol->n_log = sol->log ? n : 0;
		rc = co_arena_failed(run->arena);
	}
	co_arena_free(&run->log_arena);
	return rc;
}
