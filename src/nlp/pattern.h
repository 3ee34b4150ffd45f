/*-------------------------------------------------------------------------
 *
 * nlp/pattern.h
 *	  Formulas of one shape as an operator skeleton with columns of numbers.
 *
 * A term of a row is scale * (a formula in postfix code).  Its skeleton is the
 * code without its numbers: constants, parameters' values, coefficients and
 * variables are slots.  All terms with the same skeleton, in whatever row they
 * stand, are the instances of one pattern, and a slot's values over them are a
 * column; a column whose values are all alike is stored once.
 *
 *		encode		one formula -> skeleton, constants, variables	pattern.c
 *		count, fill	instances -> columns, in canonical order	pattern_set.c
 *		compile		skeleton -> straight-line programs for value, gradient and
 *					Hessian in the pattern's own arguments		pattern_program.c
 *		run			programs over blocks of instances			pattern_run.c
 *
 * The arguments of a pattern are its distinct variables and its affine forms
 * of two or more variables: the derivatives are those in the arguments, and
 * the forms' coefficients enter when they are added to the model's.  So the
 * square of a form of k variables has one second derivative and not k^2.
 *
 * Skeletons depend on the data in one way only: small whole exponents and 1/2
 * are part of it, because x^2 costs a multiplication where x^p costs pow() and
 * logarithms.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_NLP_PATTERN_H
#define CO_NLP_PATTERN_H

#include "expr/code.h"

/*
 * Bytes of a skeleton: those of CoOp without CO_OP_LEAF, CO_OP_NEG, CO_OP_ADD
 * and CO_OP_SUB (CO_OP_CONST takes the next constant, CO_OP_AFFINE is followed
 * by an int32 n and takes a constant and n pairs of constant and variable; a
 * plain variable is 0 + 1 x), and
 */
#define CO_SKELETON_POWER	(CO_N_OP)	/* a ^ the int8 that follows */
#define CO_SKELETON_ADD		(CO_N_OP + 1)	/* a + k b, k the next constant */

/* Exponents up to here are multiplied out. */
#define CO_MAX_EXPONENT	16

/* One formula, encoded. */
typedef struct CoFormula
{
	int			n_key,
				n_const,
				n_var;
	int			cap_key,
				cap_const,
				cap_var;
	uint8_t    *key;			/* [n_key] skeleton */
	double	   *constant;		/* [n_const] */
	int		   *var;			/* [n_var] */
	int			degree;			/* as a polynomial; CO_NO_DEGREE: none */
	int			longest;		/* form, in variables; 0: none */
	struct CoPart *part;		/* stack of the walk */

	/*
	 * The code that was encoded last, to recognize the next one by: where its
	 * mask is 0 the numbers stand that may differ.
	 */
	bool		is_template;
	int			n_code,
				cap_code;
	uint8_t    *code,			/* [n_code] */
			   *mask;			/* [n_code] */
	int		   *constant_from,	/* [n_const] where in the code, and how */
			   *var_from;		/* [n_var] */
} CoFormula;

#define CO_NO_DEGREE	1000000

/* A column: index (value) NULL: all alike.  Those of int are by unit. */
typedef struct CoIntColumn
{
	int		   *index;			/* [n_unit] */
	int			one;
} CoIntColumn;

typedef struct CoColumn
{
	double	   *value;			/* [n] */
	double		one;
} CoColumn;

/*
 * A step of a program: element by element, register out := op of registers.
 * Operands are registers, or (>= CO_STEP_COLUMN) columns of constants.
 */
typedef struct CoStep
{
	int			op;
	int			out,
				a,
				b,
				c;
} CoStep;

#define CO_STEP_COLUMN	(1 << 28)

typedef struct CoProgram
{
	int			n_step;
	int			n_once;			/* the first steps are alike for all instances */
	CoStep	   *step;			/* [n_step] */
	int			n_register;
	int			n_out;
	int		   *out;			/* [n_out] registers or columns; -1: zero */
} CoProgram;

/* A plain variable (one entry, coefficient -1), or an affine form. */
typedef struct CoArgument
{
	int			n;
	int			constant;		/* column of an affine form's constant */
	int		   *coef;			/* [n] column; NULL: a plain variable */
	int		   *var;			/* [n] column */
} CoArgument;

/*
 * One number to add to a derivative of the model: output out of the program,
 * times up to two coefficients, to the place at.
 */
typedef struct CoCell
{
	int			out;
	int			coef_i,			/* column or -1: one */
				coef_j;
	int			var_i,			/* column */
				var_j;
	bool		diagonal;		/* i and j are one entry of one argument */
	CoIntColumn at;				/* ~place: the number counts twice */
} CoCell;

typedef struct CoPattern
{
	int			n_key;
	uint8_t    *key;
	uint64_t	hash;			/* of the key */
	int			degree;			/* as CoFormula's */
	int			n_const,		/* the last is the term's scale */
				n_var;			/* the last is the owner: 0 the objective,
								 * 1..m the rows */
	int			n;				/* instances, in canonical order */
	int			n_objective;	/* the first ones belong to the objective */

	/*
	 * A unit is a run of instances with the same variables and owner, or one
	 * instance where runs are short.
	 */
	int			n_unit;
	int			n_objective_unit;
	int		   *unit_start;		/* [n_unit + 1]; NULL: a unit is an instance */
	CoColumn   *constant;		/* [n_const] */
	CoIntColumn *var;			/* [n_var] */
	uint8_t    *varies;			/* [n_const + n_var] while counting */

	int			n_argument;
	CoArgument *argument;		/* [n_argument] */
	bool		factored;		/* owner and scale are one number each: the
								 * weight is applied to sums */
	CoProgram	value,			/* out: the formula */
				gradient,		/* out: the formula, its derivatives by
								 * argument */
				hessian;		/* out: second derivatives of weight * formula
								 * by pairs of arguments */
	int			n_gradient;
	CoCell	   *gradient_cell;	/* [n_gradient] at: in the Jacobian, for
								 * instances of rows */
	int			n_hessian;
	CoCell	   *hessian_cell;	/* [n_hessian] at: in the Hessian */
} CoPattern;

typedef struct CoPatternSet
{
	CoArena    *arena;
	int			n,
				capacity;
	CoPattern **pattern;		/* [n] */
	int		   *slot;			/* [n_slot] hash table, -1: empty */
	int			n_slot;
	int			last;			/* found last, -1 */
} CoPatternSet;

/* pattern.c */

/*
 * Codes with longer forms are walked each time: long_form may differ from one
 * call to the next, but is not smaller.
 */
#define CO_TEMPLATE_FORM	64

/* What encoding asks of the model: a number, or a variable. */
typedef struct CoLeafMap
{
	const int  *leaf_var;		/* [n_leaf] -1: a parameter */
	const double *value;		/* [n_leaf] parameters' values */

	/*
	 * An affine form longer than long_form: *var is the variable that stands
	 * for it.
	 */
	int			long_form;
	CoRc		(*lift) (void *self, double constant, int n, int *var, double *coef, int *out);
	void	   *self;
} CoLeafMap;

/* CO_NOT_FINITE: a part of constants and parameters only is no number. */
extern CoRc co_formula_encode(CoArena *arena, const CoLeafMap *map, const uint8_t *code,
							  int length, CoFormula *out);

/* pattern_set.c */
extern CoRc co_pattern_find(CoPatternSet *set, const CoFormula *formula, int *pattern);

/* One more instance; its place is decided by co_pattern_fill. */
extern void co_pattern_count(CoPattern *pattern, const CoFormula *formula, double scale, int owner);

/* After the last count; columns of variables are in the scratch for now. */
extern CoRc co_pattern_columns(CoPatternSet *set, CoArena *scratch);
extern void co_pattern_put(CoPattern *pattern, int k, const CoFormula *formula, double scale,
						   int owner);

/* After the last put: canonical order and units. */
extern CoRc co_pattern_order(CoArena *arena, CoArena *scratch, CoPattern *pattern);

/* pattern_program.c: programs and arguments; scratch is for temporaries. */
extern CoRc co_pattern_compile(CoArena *arena, CoArena *scratch, CoPattern *pattern);

/* pattern_run.c */

/* Instances of one block: long enough to hide a step's overhead, short enough for the cache. */
#define CO_PATTERN_BLOCK	256

/* Doubles that running the pattern needs. */
extern size_t co_pattern_work(const CoPattern *pattern);

typedef struct CoPatternOut
{
	bool		objective,		/* which instances */
				rows;
	double	   *f;				/* objective: NULL: not wanted */
	double	   *c;				/* rows: [m], added to */
	double	   *grad;			/* objective: [n] */
	double	   *jac;			/* rows */
} CoPatternOut;

extern CoRc co_pattern_eval(const CoArena *arena, const CoPattern *pattern, const double *x,
							double *work, const CoPatternOut *out);

/* weight [1 + m]: of the objective and the rows; hess is added to. */
extern CoRc co_pattern_hessian(const CoArena *arena, const CoPattern *pattern, const double *x,
							   const double *weight, double *work, double *hess);

static inline double
co_column_at(const CoColumn *column, int k)
{
	return column->value ? column->value[k] : column->one;
}

static inline int
co_int_column_at(const CoIntColumn *column, int k)
{
	return column->index ? column->index[k] : column->one;
}

#endif							/* CO_NLP_PATTERN_H */
