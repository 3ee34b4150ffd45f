/*-------------------------------------------------------------------------
 *
 * nlp/pattern_dag.h
 *	  What a pattern computes, as a graph of operations without repetition.
 *
 * Nodes are numbered so that operands come first.  An operation that is there
 * already is not added again, and those whose result is known (0 x, 1 x,
 * x + 0, operations on numbers) are not added at all: derivatives are then
 * written by the plain rules, and what they leave is what must be computed.
 *
 * 0 x is 0 here for every x, infinite ones too: a product with a derivative
 * that is known to be zero is no term of the sum.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_NLP_PATTERN_DAG_H
#define CO_NLP_PATTERN_DAG_H

#include "nlp/pattern.h"

/* Operations of nodes and steps. */
typedef enum CoDagOp
{
	CO_DAG_NUMBER,				/* value */
	CO_DAG_COLUMN,				/* a: column of constants */
	CO_DAG_ARGUMENT,			/* a: argument */
	CO_DAG_WEIGHT,
	CO_DAG_ADD,
	CO_DAG_SUB,
	CO_DAG_MUL,
	CO_DAG_DIV,
	CO_DAG_NEG,
	CO_DAG_WHOLE_POWER,			/* a ^ b, b the number itself */

	/* Of a, or a and b (c is their value where derivatives ask for it). */
#define CO_FUNCTION1(symbol, word, value, d1, d2, low, high) \
	CO_DAG_##symbol, CO_DAG_##symbol##_D1, CO_DAG_##symbol##_D2,
#define CO_FUNCTION2(symbol, word, value, da, db, daa, dab, dbb, low, high) \
	CO_DAG_##symbol, CO_DAG_##symbol##_DA, CO_DAG_##symbol##_DB, \
	CO_DAG_##symbol##_DAA, CO_DAG_##symbol##_DAB, CO_DAG_##symbol##_DBB,
#include "expr/ops.def"
#undef CO_FUNCTION1
#undef CO_FUNCTION2
	CO_N_DAG_OP
} CoDagOp;

#define CO_DAG_FIRST_FUNCTION	(CO_DAG_WHOLE_POWER + 1)

typedef struct CoNode
{
	int			op;
	int			a,
				b,
				c;				/* -1: none */
	bool		active;			/* depends on an argument */
	bool		alike;			/* for all instances */
	double		value;			/* CO_DAG_NUMBER */
} CoNode;

typedef struct CoDag
{
	CoArena    *arena;
	int			n,
				capacity;
	CoNode	   *node;
	int		   *slot;			/* hash table of nodes, -1: empty */
	int			n_slot;
	int			zero,
				one;
} CoDag;

/* After a failed take every function answers node 0; ask co_arena_failed(). */
extern CoRc co_dag_init(CoDag *dag, CoArena *arena);
extern int	co_dag_number(CoDag *dag, double value);
extern int	co_dag_column(CoDag *dag, int column);
extern int	co_dag_argument(CoDag *dag, int argument, bool alike);
extern int	co_dag_weight(CoDag *dag);
extern int	co_dag_add(CoDag *dag, int a, int b);
extern int	co_dag_sub(CoDag *dag, int a, int b);
extern int	co_dag_mul(CoDag *dag, int a, int b);
extern int	co_dag_div(CoDag *dag, int a, int b);
extern int	co_dag_neg(CoDag *dag, int a);
extern int	co_dag_power(CoDag *dag, int a, int exponent);

/* A function of expr/ops.def, or CO_OP_POW; b: -1 where it has one argument. */
extern int	co_dag_function(CoDag *dag, CoOp op, int a, int b);

/*
 * The derivatives of an active node in its active operands: up to two
 * operands, first derivatives d, second derivatives dd[0][0], dd[1][0],
 * dd[1][1]; zero nodes where they are zero.
 */
typedef struct CoPartials
{
	int			n;
	int			operand[2];
	int			d[2];
	int			dd[3];
} CoPartials;

extern void co_dag_partials(CoDag *dag, int node, bool second, CoPartials *out);

#endif							/* CO_NLP_PATTERN_DAG_H */
