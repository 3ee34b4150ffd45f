/*-------------------------------------------------------------------------
 *
 * pg/pg_options.h
 *	  The jsonb arguments of a solve: options and parameters.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_PG_PG_OPTIONS_H
#define CO_PG_PG_OPTIONS_H

#include "utils/jsonb.h"

#include "expr/block.h"
#include "solver/solver.h"

typedef struct CopgOptions
{
	CoOptions	core;
	bool		error_on_failure;
} CopgOptions;

/* Defaults, then what options (may be NULL) says. */
extern void copg_options_read(const Jsonb *options, CopgOptions *out);

/* The options in force as a JSON object. */
extern char *copg_options_json(const CopgOptions *options);

/*
 * Call each(state, name, key, value) for every parameter of
 * {"name": value, "name": {"key": value}}; key is NULL in the first form.
 */
typedef void (*CopgEachParam) (void *state, const char *name, const char *key, double value);
extern void copg_params_each(const Jsonb *params, CopgEachParam each, void *state);

/*
 * The values of the problem's leaves [n_leaf] with params in force, in the
 * current context.  A name that is no parameter of the problem is an error.
 */
extern double *copg_params_apply(const Jsonb *params, const CoBlock *problem);

#endif							/* CO_PG_PG_OPTIONS_H */
