/*-------------------------------------------------------------------------
 *
 * nlp/model_private.h
 *	  What the files of the model share; nobody else includes it.
 *
 *		model.c				building, step by step
 *		model_gather.c		terms of the block to lists and patterns
 *		model_nest.c		long sums inside formulas
 *		model_call.c		calls of the host's functions
 *		model_call_eval.c	and their values
 *		model_range.c		what values a formula can take
 *		model_structure.c	patterns of the Jacobian and the Hessian, places
 *		model_eval.c		the functions of the CoNlp
 *		model_box.c			what values they can have in a box
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_NLP_MODEL_PRIVATE_H
#define CO_NLP_MODEL_PRIVATE_H

#include "nlp/lower_private.h"
#include "nlp/model.h"
#include "nlp/model_call.h"
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

/* A long sum or a call inside a formula, or a call's argument, to be a variable with a row of its own. */
typedef struct CoNested
{
	const uint8_t *code;		/* of the block */
	int			length;
	int			row;			/* of the block that it was met in first */
	int			leaf;			/* stands for it in formulas */
	int			lift;
	uint64_t	hash;
} CoNested;

/* What the functions of the CoNlp work on: its self. */
typedef struct CoModelSelf
{
	CoArena    *arena;
	CoCsc		jac;			/* the Jacobian's pattern */
	int			hess_nnz;
	CoQp		qp;				/* linear and quadratic parts */
	double	   *jac_base;		/* [nnz] constant part of the Jacobian */
	int		   *p_place;		/* [nnz of P] in the Hessian */
	CoRowQuad	quad;
	int			n_pattern;
	CoPattern **pattern;		/* [n_pattern] in canonical order */
	CoCalls		calls;
	double	   *work;			/* what the largest pattern needs */
	double	   *weight;			/* [1 + m] */
	int			n_added;		/* added variables and rows */
	double	   *row_value;		/* [m] for co_model_fill_added */
} CoModelSelf;

typedef struct CoModelBuild
{
	CoLowering	lowering;
	CoLowered	lowered;
	CoArena    *arena;
	CoArena		scratch,		/* rewound */
				lists;			/* not; both die with the build */
	CoPatternSet set;
	CoFormula	formula;
	CoLeafMap	map;
	CoModel    *out;
	CoModelSelf *self;

	/* Products of variables in rows, as gathered: i, j, value; and the row. */
	CoTriples	quad;
	CoTriples	quad_row;

	int			owner;			/* of instances: 0 the objective, 1.. rows */
	bool		lifts;			/* long forms and sums become variables */
	int			long_sum;		/* what has more variables or operands */

	/* Long sums, and the pattern of each of their terms, one after another. */
	CoNested   *nested;			/* [n_nested] */
	int			n_nested,
				cap_nested;
	int		   *nested_slot;	/* hash table, -1: empty */
	int			n_nested_slot;
	CoTriples	nested_term;	/* pattern */

	/* Calls, what they were read from, and where they stand. */
	CoCall	   *call;			/* [n_call] */
	CoNested   *call_code;		/* [n_call] */
	int			n_call,
				cap_call;
	int		   *call_slot;		/* hash table, -1: empty */
	int			n_call_slot;
	CoTriples	call_use;		/* call, owner, scale */

	/* The objective's squares (lower_square.c) */
	uint8_t    *fate;			/* [terms] CoSquareFate; NULL: none is special */
	bool		keeps_formula;	/* the term in work, even a polynomial */

	/* Terms of code in the block's order. */
	int			n_term;
	int		   *term_pattern;	/* [n_term] -1: a polynomial, or without effect */
} CoModelBuild;

/* model_gather.c */
extern CoRc co_model_gather(CoModelBuild *build);
extern CoRc co_model_keep_quad(CoModelBuild *build, const CoTriples *list, int from, int row);

/* Columns of the patterns, in canonical order; the patterns too. */
extern CoRc co_model_columns(CoModelBuild *build);
extern CoRc co_model_row_quad(CoModelBuild *build);

/* One term, of the block or of a long sum: the first and the second walk. */
extern CoRc co_model_term(CoModelBuild *build, const CoCodeTerm *term, int *pattern);
extern CoRc co_model_put(CoModelBuild *build, const CoCodeTerm *term, int pattern, int *next);

/* The term's factor in the minimized form. */
extern double co_model_scale(const CoModelBuild *build, const CoCodeTerm *term);

/* model_nest.c */

/* Shorter terms hold no long sum or form. */
#define CO_LONG_TERM	400

/* What is long, and whether there are few enough for variables of their own. */
extern CoRc co_model_choose_lifts(CoModelBuild *build);

/* The term with variables for its long sums, in the scratch; the term itself without. */
extern CoRc co_model_flatten(CoModelBuild *build, const CoCodeTerm *term, CoCodeTerm *flat);

/* Terms of all long sums: gathered; numbers put. */
extern CoRc co_model_gather_nested(CoModelBuild *build);
extern CoRc co_model_put_nested(CoModelBuild *build, int *next);

/* The leaf of the variable that stands for a formula, which has a row of its own. */
extern CoRc co_model_nest(CoModelBuild *build, const uint8_t *code, int length, int *leaf);
extern uint64_t co_model_hash(const uint8_t *byte, int n);

/* model_call.c */

/* A term with calls: noted, when it is one; else the term with variables for them. */
extern CoRc co_model_take_calls(CoModelBuild *build, const CoCodeTerm *term, CoCodeTerm *bare,
								bool *is_call);

/* model_range.c: what the formula can be, variables being within lower and upper [n]. */
extern CoRc co_model_range(CoModelBuild *build, const uint8_t *code, int length,
						   const double *lower, const double *upper, double *least, double *most);

/* model_call.c: with the bounds known; with the Jacobian's pattern known. */
extern CoRc co_model_calls(CoModelBuild *build);
extern CoRc co_model_call_levels(CoModelBuild *build);

/* model_structure.c */
extern CoRc co_model_jacobian(CoModelBuild *build);
extern CoRc co_model_hessian(CoModelBuild *build);

/* model_eval.c */
extern CoRc co_model_eval(void *self, const double *x, unsigned want, CoNlpValue *out);
extern CoRc co_model_hess_at(void *self, const double *x, double sigma, const double *y,
							 double *value);

/* model_box.c */
extern CoRc co_model_ranges(void *self, unsigned want, const double *lower, const double *upper, CoInterval *ranges);

#endif							/* CO_NLP_MODEL_PRIVATE_H */
