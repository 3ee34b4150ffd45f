/*-------------------------------------------------------------------------
 *
 * nlp/model_private.h
 *	  What the files of the model share; nobody else includes it.
 *
 *		model.c				building, step by step
 *		model_gather.c		terms of the block to lists and patterns
 *		model_structure.c	patterns of the Jacobian and the Hessian, places
 *		model_eval.c		the functions of the CoNlp
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_NLP_MODEL_PRIVATE_H
#define CO_NLP_MODEL_PRIVATE_H

#include "nlp/lower_private.h"
#include "nlp/model.h"
#include "nlp/pattern.h"

/* Products of variables in rows: c[row] += value x_i x_j, by row, canonical. */
typedef struct CoRowQuad
{
	int			n;
	int		   *row,			/* [n] */
			   *i,				/* [n] i >= j */
			   *j;
	double	   *value;			/* [n] */
	int		   *jac_i,			/* [n] place of (row, i) in the Jacobian */
			   *jac_j,
			   *hess;			/* [n] place in the Hessian */
} CoRowQuad;

/* What the functions of the CoNlp work on: its self. */
typedef struct CoModelSelf
{
	CoArena    *arena;
	int			jac_nnz,
				hess_nnz;
	CoQp		qp;				/* linear and quadratic parts */
	double	   *jac_base;		/* [nnz] constant part of the Jacobian */
	int		   *p_place;		/* [nnz of P] in the Hessian */
	CoRowQuad	quad;
	int			n_pattern;
	CoPattern **pattern;		/* [n_pattern] in canonical order */
	bool		has_objective,	/* instances in the objective, in rows */
				has_rows;
	double	   *work;			/* what the largest pattern needs */
	double	   *weight;			/* [1 + m] */
	int			n_added;		/* added variables and rows */
} CoModelSelf;

typedef struct CoModelBuild
{
	CoLowering	lowering;
	CoLowered	lowered;
	CoArena    *arena;
	CoArena		scratch;		/* dies with the build */
	CoPatternSet set;
	CoFormula	formula;
	CoLeafMap	map;
	CoModel    *out;
	CoModelSelf *self;

	/* Products of variables in rows, as gathered: i, j, value; and the row. */
	CoTriples	quad;
	CoTriples	quad_row;

	/* Terms of code in the block's order. */
	int			n_term;
	int		   *term_pattern;	/* [n_term] -1: a polynomial, or without effect */
} CoModelBuild;

/* model_gather.c */
extern CoRc co_model_gather(CoModelBuild *build);

/* Columns of the patterns, in canonical order; the patterns too. */
extern CoRc co_model_columns(CoModelBuild *build);
extern CoRc co_model_row_quad(CoModelBuild *build);

/* model_structure.c */
extern CoRc co_model_jacobian(CoModelBuild *build);
extern CoRc co_model_hessian(CoModelBuild *build);

/* model_eval.c */
extern CoRc co_model_eval(void *self, const double *x, unsigned want, CoNlpValue *out);
extern CoRc co_model_hess_at(void *self, const double *x, double sigma, const double *y,
							 double *value);

#endif							/* CO_NLP_MODEL_PRIVATE_H */
