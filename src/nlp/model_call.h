/*-------------------------------------------------------------------------
 *
 * nlp/model_call.h
 *	  Calls of the host's functions in a model (expr/code.h, CO_OP_CALL).
 *
 * A call F(a_1, ..., a_n) that is a term of its own is added to its row or to
 * the objective; one inside a formula gets a variable t and the row F - t = 0
 * (model_nest.c), so that patterns need not know calls.  Arguments are numbers,
 * affine forms of variables, or variables with rows of their own that stand for
 * other formulas.  Equal calls are one, evaluated once.
 *
 * Derivatives come from a gradient function, or from differences [NW06, section
 * 8.1]: with steps of eps^(1/3), central, or one-sided of the same order where a
 * bound is near.
 * They are taken along arguments, or along variables where one variable occurs
 * in several arguments: then every point is one that the bounds allow, and the
 * function is called at no other.  A solver's point outside of them, by the
 * relaxation of bounds or because a variable stands for a formula whose value it
 * does not have yet, gets the value of the tangent at the nearest point inside.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_NLP_MODEL_CALL_H
#define CO_NLP_MODEL_CALL_H

#include "base/arena.h"
#include "nlp/nlp.h"

/* A sparse vector: of arguments, of variables. */
typedef struct CoSparse
{
	int			n;
	int		   *index;			/* [n] */
	double	   *value;			/* [n] */
} CoSparse;

/* What a derivative is taken along: one argument, or one variable. */
typedef struct CoDirection
{
	CoSparse	argument;		/* what a unit of it changes */
	CoSparse	var;			/* what changes it: of the model's variables */
	double		constant;		/* its value is constant + var'x */
	double		lower,			/* that the variables' bounds allow */
				upper;
} CoDirection;

typedef struct CoCall
{
	const char *function,
			   *gradient;		/* empty: differences */
	int			n;				/* arguments */
	CoSparse   *argument;		/* [n] */
	double	   *constant;		/* [n] of the arguments */
	int			n_direction;
	CoDirection *direction;		/* [n_direction] */
	int			level;			/* added variables have to be known so deep */
	bool		in_objective,
				in_rows;

	/*
	 * The last point: arguments inside the bounds, value, slope of each
	 * direction.
	 */
	double	   *point;			/* [n] */
	double		value;
	double	   *slope;			/* [n_direction] */
	bool		has_value,
				has_slope;

	/* What to add at the point asked for. */
	double		shown;
} CoCall;

typedef struct CoCallUse		/* scale * call, in a row or the objective */
{
	int			call;
	int			owner;			/* 0 the objective, 1.. rows */
	double		scale;
	int		   *place;			/* in the Jacobian, in the order of the
								 * directions' variables; NULL: objective */
} CoCallUse;

typedef struct CoCalls
{
	int			n,
				n_use;
	CoCall	   *call;			/* [n] */
	CoCallUse  *use;			/* [n_use] */
	int			max_level,
				known;			/* levels to be evaluated; INT_MAX: all */
	double	   *lower,			/* [n of the model] bounds of variables; for */
			   *upper;			/* those added, what their formulas can be */
	double	   *work;			/* [most arguments] a point of differences */
} CoCalls;

/* Adds values and derivatives of what want names. */
extern CoRc co_calls_eval(CoArena *arena, CoCalls *calls, const double *x, unsigned want,
						  CoNlpValue *out);

#endif							/* CO_NLP_MODEL_CALL_H */
