/*-------------------------------------------------------------------------
 *
 * nlp/lower_private.h
 *	  What the files of lowering share with those of nlp/model.h.
 *
 *		lower.c			variables, bounds, messages
 *		lower_gather.c	first walk over the rows: parameters, formulas, classes
 *		lower_matrix.c	c, A and P
 *		lower_poly.c	formulas as polynomials of degree two, lifting
 *		lower_square.c	sums of squares of affine forms
 *		lower_sum.c		lists of terms, triplets to columns
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_NLP_LOWER_PRIVATE_H
#define CO_NLP_LOWER_PRIVATE_H

#include "expr/canonical.h"
#include "expr/code.h"
#include "nlp/lower.h"

/*
 * Largest number of products of two forms that are multiplied out here: that of
 * expr/product.h, whose reasons hold.
 */
#define CO_LOWER_PRODUCTS	64

/* A list that grows in the arena; j may be unused. */
typedef struct CoTriples
{
	int			n,
				capacity;
	int		   *i,
			   *j;
	double	   *value;
} CoTriples;

/* Rows of entries in any order, repetitions allowed. */
typedef struct CoRows
{
	int			nrow,
				ncol;
	int		   *start;			/* [nrow + 1] */
	int		   *col;			/* [start[nrow]] */
	double	   *value;			/* [start[nrow]] */
} CoRows;

/* A polynomial: a constant and the tops of the lists from lin and quad on. */
typedef struct CoPoly
{
	double		constant;
	int			lin,
				quad;
} CoPoly;

/* Affine form: constant + sum of value[k] * variable var[k], canonical. */
typedef struct CoAffine
{
	double		constant;
	int			n;
	int		   *var;
	double	   *value;
} CoAffine;

typedef struct CoLowering
{
	CoArena    *arena;
	const CoBlock *block;
	CoError    *error;
	CoLowered  *out;
	const double *value;		/* [n_leaf] parameters' values */
	bool		has_parameter;
	int			row;			/* of the block, in work */
	int			quad_row;		/* first row with a quadratic term, -1: none */
	int64_t		work;			/* since the last poll */

	/* What the rows have besides their plain terms, in the order of rows. */
	CoTriples	constant;		/* row, -, value */
	CoTriples	lin;			/* row, variable, coefficient */
	CoTriples	quad;			/* variables, coefficient: the objective's */
	CoTriples	row_quad;		/* variables, coefficient: the row's in work */

	/* Formulas */
	CoPoly	   *stack;			/* [CO_MAX_DEPTH + 1] */
	int			depth;
	int		   *offset;			/* [cap_offset] the row's code terms in
								 * canonical order */
	int			cap_offset;
	CoTriples	poly_lin;		/* variable, -, coefficient */
	CoTriples	poly_quad;		/* variables, coefficient */

	/* Variables t with rows affine - t = -constant */
	CoTriples	lift;			/* first entry, number of entries, constant */
	CoTriples	lift_lin;		/* lift, variable, coefficient */
	uint64_t   *lift_hash;		/* [lift.capacity] */
	int		   *lift_slot;		/* [lift_slots] hash table of lifts, -1: empty */
	int			lift_slots;
} CoLowering;

/* lower_sum.c */
extern CoRc co_triples_add(CoArena *arena, CoTriples *list, int i, int j, double value);

/* Sorts by variable, sums like ones, drops zeros; answers the new number. */
extern CoRc co_canonical_terms(CoArena *arena, int n, int *var, double *value, int *n_out);

extern CoRc co_csc_take(CoArena *arena, int nrow, int ncol, int64_t nnz, CoCsc *out);

/*
 * Fills out, taken for all entries, with canonical sums; sums that are zero
 * are dropped.  CO_NOT_FINITE with the place of a sum that is no number.
 */
extern CoRc co_csc_compress(CoArena *arena, const CoRows *rows, CoCsc *out,
							int *bad_row, int *bad_col);

/* Asks poll once per CO_POLL_WORK / 16: an entry costs about 16 multiply-adds. */
static inline CoRc
co_lower_work(CoLowering *lowering, int64_t entries)
{
	lowering->work += entries;
	if (lowering->work < CO_POLL_WORK / 16)
		return CO_OK;
	lowering->work = 0;
	return co_poll(lowering->arena);
}

/* What dies with the build of what arena keeps, within the arena's limits. */
extern void co_temporary_begin(const CoArena *arena, CoArena *temporary);

/* What it was refused is the arena's failure. */
extern void co_temporary_end(CoArena *arena, CoArena *temporary);

/* lower_poly.c */

/*
 * The postfix as a polynomial of degree two, left as the only one on the
 * stack; *polynomial is false when it is none.
 */
extern CoRc co_lower_formula(CoLowering *lowering, const CoCodeTerm *term, bool *polynomial);

/* The variable that stands for form, with its row: form - t = 0. */
extern CoRc co_lower_lift(CoLowering *lowering, const CoAffine *form, int *var);

/* A variable whose entry of lift, empty for now, the caller will fill. */
extern CoRc co_lower_lift_later(CoLowering *lowering, int *var);

/* lower_square.c */

typedef enum CoSquareFate
{
	CO_SQUARE_EXPAND,			/* multiply it out, as what is no square */
	CO_SQUARE_FORMULA,			/* it must stay a formula */
	CO_SQUARE_GONE				/* the lists have it, with others */
} CoSquareFate;

/* May the row, the objective, have squares for which there is more to do than expand? */
extern CoRc co_lower_find_squares(CoLowering *lowering, CoArena *scratch, bool *found);

/*
 * What to do with each of the objective's n terms of code at these offsets, in
 * the order of co_lower_order(), a CoSquareFate each.  Without lifts no
 * variables are added.
 */
extern CoRc co_lower_squares(CoLowering *lowering, CoArena *scratch, int n, const int *offset,
							 bool lifts, uint8_t *fate);

/* lower_gather.c */

/* Of the code of a row, as many as co_code_term() gives. */
extern int	co_lower_count_terms(const CoBlock *block, int row);

/* Can the row's code add variables?  Then its terms are taken in canonical order. */
extern bool co_lower_may_lift(const CoBlock *block, int row);

/* The lists' share of the plain terms of the row in work. */
extern CoRc co_lower_plain(CoLowering *lowering);

/* The lists += factor * the polynomial that co_lower_formula has left. */
extern CoRc co_lower_polynomial(CoLowering *lowering, double factor);

/* Room for n formulas of one row in offset, and the stack. */
extern CoRc co_lower_reserve(CoLowering *lowering, int n);

/*
 * Where the row's n code terms begin, ordered by their contents: added
 * variables are numbered in this order, and so not in that of arrival.
 */
extern CoRc co_lower_order(CoLowering *lowering, int n, int *offset);

/* Fills the lists; *culprit is the first row that is no polynomial, or -1. */
extern CoRc co_lower_gather(CoLowering *lowering, int *culprit);

/* lower_matrix.c: c and A; P */
extern CoRc co_lower_linear(CoLowering *lowering, CoQp *qp);
extern CoRc co_lower_quadratic(CoLowering *lowering, CoQp *qp);

/* lower.c */
extern CoRc co_lower_leaves(CoLowering *lowering);	/* checked, numbered */
extern CoRc co_lower_qp(CoLowering *lowering);	/* the matrices, from the lists */

/* A message with "constraint sector['tech']" or "the objective" for its %s. */
extern CoRc co_lower_complain(CoLowering *lowering, int row, const char *format);

/* The coefficient of a leaf, or (second >= 0) of a product of two, is no number. */
extern CoRc co_lower_complain_coefficient(CoLowering *lowering, int row, int leaf, int second);

#endif							/* CO_NLP_LOWER_PRIVATE_H */
