/*-------------------------------------------------------------------------
 *
 * nlp/param_model.h
 *	  From a problem block to nlp/param.h: a model (nlp/model.h) whose opt_param
 *	  leaves are variables.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_NLP_PARAM_MODEL_H
#define CO_NLP_PARAM_MODEL_H

#include "nlp/model.h"
#include "nlp/param.h"

typedef struct CoParamModel
{
	CoModel		model;			/* over (x, p); its row_constant, leaf_var ... */
	CoParamNlp *nlp;
	int			n_var;			/* of nlp->n: the user's variables; the others
								 * are added ones */
	int		   *leaf_place;		/* [n_leaf] number among x; ~number among p */
	int		   *var_leaf,		/* [n_var] */
			   *param_leaf;		/* [np] */
} CoParamModel;

/*
 * As co_model_build(); leaf_value [n_leaf] gives the parameters' values (NULL:
 * the block's own) where forms of constants have to be finite.
 */
extern CoRc co_param_model_build(CoArena *arena, const CoBlock *problem, const double *leaf_value,
								 CoParamModel *out, CoError *error);

/* param_bound.c: bounds that are formulas, for nlp->bounds; *out NULL: there are none. */
extern CoRc co_param_bounds_new(CoArena *arena, const CoBlock *problem, const CoParamModel *model,
								CoParamBounds **out);

/*
 * x [nlp->n] with the user's first n_var entries given: the others become the
 * forms they stand for.
 */
extern CoRc co_param_model_fill(const CoParamModel *model, const double *p, double *x);

#endif							/* CO_NLP_PARAM_MODEL_H */
