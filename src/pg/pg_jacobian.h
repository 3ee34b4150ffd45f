/*-------------------------------------------------------------------------
 *
 * pg/pg_jacobian.h
 *	  What the functions about derivatives of a solution share.
 *
 *		pg_jacobian_begin.c		from a stored solution to solver/sensitivity.h
 *		pg_jacobian_json.c		rows that come in as jsonb
 *		pg_jacobian.c			opt_jacobian, opt_jvp
 *		pg_jacobian_apply.c		opt_vjp, opt_predict, opt_ranging
 *
 * A stored solution holds its problem, so everything is computed from that
 * value alone, again in every call.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_PG_PG_JACOBIAN_H
#define CO_PG_PG_JACOBIAN_H

#include "utils/jsonb.h"

#include "nlp/param_model.h"
#include "pg/pg_env.h"
#include "pg/pg_sink.h"
#include "pg/pg_solution.h"
#include "solver/sensitivity.h"

/* What a derivative is of: bits, and their words in the column "of". */
#define COPG_OF_VARIABLE	1
#define COPG_OF_CONSTRAINT	2	/* its dual */
#define COPG_OF_BOUND		4	/* the reduced cost */
#define COPG_OF_OBJECTIVE	8
#define COPG_OF_ALL			15

/* The linear system counts as solved. */
#define COPG_REFINED		1e-10

#define COPG_NO_DERIVATIVE	"no derivative was found"

typedef struct CopgJacobian
{
	CopgSolution sol;
	CoBlock		problem;		/* of it, checked */
	CopgSink	sink;
	CopgEnv		env;
	CoArena		arena;
	CoParamModel model;
	CoParamNlp *nlp;
	double	   *p;				/* [np] values in force */
	CoSensitivity *s;			/* NULL: no derivatives at the solution */
	double		objective_sign, /* stated objective = sign * minimized one */
				dual_sign;		/* shown dual = sign * multiplier */
	bool		reliable;		/* two-sided derivatives, and one-sided ones */
	char	   *reason;			/* what is to be known about all rows; or NULL */
	MemoryContext row_context;	/* for rows; reset by copg_jacobian_forget() */
} CopgJacobian;

/* pg_jacobian_begin.c */

/*
 * Makes rows of argument 0, a solution, by calling body; there are none where it
 * is NULL or no point that satisfies the KKT conditions.  All memory is gone at
 * the end.
 */
typedef void (*CopgJacobianBody) (FunctionCallInfo fcinfo, CopgJacobian *j);
extern Datum copg_jacobian_run(FunctionCallInfo fcinfo, CopgJacobianBody body);

/* Memory of the rows sent so far. */
extern void copg_jacobian_forget(CopgJacobian *j);

/* Name or key of a leaf or row of the problem; NULL: none. */
extern const char *copg_jacobian_string(const CopgJacobian *j, int offset);

/* "constraint sector['tech']", "the bound of x['a']" */
extern char *copg_jacobian_row_label(const CopgJacobian *j, int row);
extern char *copg_jacobian_bound_label(const CopgJacobian *j, int var);

/* The columns parameter and parameter_key. */
extern void copg_jacobian_give_parameter(CopgJacobian *j, int k);

/* The bits of argument argno, words; all where it is absent or NULL. */
extern int	copg_jacobian_of_arg(FunctionCallInfo fcinfo, int argno);

/*
 * The parameters that argument argno, names or labels, selects, ascending; all
 * where it is absent or NULL.
 */
extern int *copg_jacobian_parameter_arg(FunctionCallInfo fcinfo, int argno, CopgJacobian *j, int *n);

extern const char *copg_of_word(int of);

/* pg_jacobian_json.c */

/*
 * Argument argno as values of parameters: {"name": 1.5, "name": {"key": 1.5}}, or
 * rows [{"parameter": ..., "parameter_key": ..., "value": ...}].  given [np]
 * says which.
 */
extern void copg_jacobian_read_parameters(FunctionCallInfo fcinfo, int argno, CopgJacobian *j,
										  double *value, bool *given);

/* Weights of what the solution consists of, in its units (minimized problem's signs). */
typedef struct CopgWeights
{
	double	   *x,				/* [n] */
			   *y,				/* [m] */
			   *z,				/* [n] */
				f;
} CopgWeights;

extern void copg_jacobian_read_weights(FunctionCallInfo fcinfo, int argno, CopgJacobian *j,
									   CopgWeights *out);

#endif							/* CO_PG_PG_JACOBIAN_H */
