/*-------------------------------------------------------------------------
 *
 * nlp/model_range.c
 *	  What values a formula can take, the variables being within their bounds.
 *
 * Interval arithmetic [Moo66] on the postfix, without directed rounding: it
 * says where a function of the user's may be called at all.  Operations that
 * nothing is known of can have any value.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>

#include "nlp/model_private.h"

typedef struct Range
{
	double		lower,
				upper;
} Range;

static const Range any = {-INFINITY, INFINITY};

/* A bound that is not a number, as infinity - infinity, is none. */
static Range
range(double lower, double upper)
{
	return (Range) {isnan(lower) ? -INFINITY : lower, isnan(upper) ? INFINITY : upper};
}

/* 0 times infinity is 0: the factor stays 0 on the way. */
static double
times(double a, double b)
{
	return a == 0.0 || b == 0.0 ? 0.0 : a * b;
}

static Range
product(Range a, Range b)
{
	double		w = times(a.lower, b.lower),
				x = times(a.lower, b.upper),
				y = times(a.upper, b.lower),
				z = times(a.upper, b.upper);

	return range(fmin(fmin(w, x), fmin(y, z)), fmax(fmax(w, x), fmax(y, z)));
}

static Range
quotient(Range a, Range b)
{
	if (b.lower <= 0.0 && b.upper >= 0.0)
		return any;
	return product(a, (Range) {1.0 / b.upper, 1.0 / b.lower});
}

/* Of a function that falls up to 0 and rises from there. */
static Range
even(Range a, double at_lower, double at_upper, double at_zero)
{
	if (a.lower <= 0.0 && a.upper >= 0.0)
		return range(at_zero, fmax(at_lower, at_upper));
	return range(fmin(at_lower, at_upper), fmax(at_lower, at_upper));
}

/* Of a constant power. */
static Range
power(Range a, Range b)
{
	double		lower = pow(a.lower, b.lower),
				upper = pow(a.upper, b.lower);

	if (b.lower != b.upper || b.lower <= 0.0)
		return any;
	if (b.lower != floor(b.lower))
		return range(a.lower < 0.0 ? 0.0 : lower, upper);
	return fmod(b.lower, 2.0) == 0.0 ? even(a, lower, upper, 0.0) : range(lower, upper);
}

#define PI				3.14159265358979323846

/* Is there a k for which center + k period lies in a? */
static bool
has_multiple(Range a, double center, double period)
{
	return floor((a.upper - center) / period) >= ceil((a.lower - center) / period);
}

/* Of sin, or of cos, whose maxima are at 0 and not at pi/2. */
static Range
wave(Range a, double at_lower, double at_upper, double maximum)
{
	if (!(a.upper - a.lower < 2.0 * PI))
		return (Range) {-1.0, 1.0};
	return (Range) {has_multiple(a, maximum - PI, 2.0 * PI) ? -1.0 : fmin(at_lower, at_upper),
		has_multiple(a, maximum, 2.0 * PI) ? 1.0 : fmax(at_lower, at_upper)};
}

static Range
function(CoOp op, Range a, Range b)
{
	double		lower = co_op_eval(op, a.lower, 0.0),
				upper = co_op_eval(op, a.upper, 0.0);

	switch (op)
	{
		case CO_OP_EXP:
		case CO_OP_LN:
		case CO_OP_LOG10:
		case CO_OP_ATAN:
		case CO_OP_SINH:
		case CO_OP_TANH:
		case CO_OP_ASINH:
		case CO_OP_ACOSH:
		case CO_OP_ATANH:
		case CO_OP_ASIN:
		case CO_OP_ERF:
			return range(lower, upper);
		case CO_OP_ACOS:
			return range(upper, lower);
		case CO_OP_TAN:
			return has_multiple(a, 0.5 * PI, PI) ? any : range(lower, upper);
		case CO_OP_SQRT:
			return range(a.lower < 0.0 ? 0.0 : lower, upper);
		case CO_OP_COSH:
			return even(a, lower, upper, 1.0);
		case CO_OP_ABS:
			return even(a, lower, upper, 0.0);
		case CO_OP_SIN:
			return wave(a, lower, upper, 0.5 * PI);
		case CO_OP_COS:
			return wave(a, lower, upper, 0.0);
		case CO_OP_SIGN:
			return range(lower, upper);
		case CO_OP_LEAST:
			return (Range) {fmin(a.lower, b.lower), fmin(a.upper, b.upper)};
		case CO_OP_GREATEST:
			return (Range) {fmax(a.lower, b.lower), fmax(a.upper, b.upper)};
		case CO_OP_POW:
		case CO_OP_POWER:
			return power(a, b);
		default:
			return any;
	}
}

static Range
operation(CoOp op, Range a, Range b)
{
	switch (op)
	{
		case CO_OP_NEG:
			return (Range) {-a.upper, -a.lower};
		case CO_OP_ADD:
			return range(a.lower + b.lower, a.upper + b.upper);
		case CO_OP_SUB:
			return range(a.lower - b.upper, a.upper - b.lower);
		case CO_OP_MUL:
			return product(a, b);
		case CO_OP_DIV:
			return quotient(a, b);
		default:
			return function(op, a, b);
	}
}

static Range
leaf_range(const CoModelBuild *build, int leaf, const double *lower, const double *upper)
{
	int			var = build->lowered.leaf_var[leaf];

	if (var >= 0)
		return (Range) {lower[var], upper[var]};
	return range(build->lowering.value[leaf], build->lowering.value[leaf]);
}

static Range
affine_range(const CoModelBuild *build, const CoInstr *instr, const double *lower, const double *upper)
{
	Range		sum = {instr->value, instr->value};

	for (int k = 0; k < instr->n; k++)
	{
		double		coef;
		int			leaf;

		co_code_affine_term(instr, k, &coef, &leaf);
		sum = operation(CO_OP_ADD, sum,
						product((Range) {coef, coef}, leaf_range(build, leaf, lower, upper)));
	}
	return sum;
}

CoRc
co_model_range(CoModelBuild *build, const uint8_t *code, int length,
			   const double *lower, const double *upper, double *least, double *most)
{
	CoMark		mark = co_mark(&build->scratch);
	Range	   *stack = co_take(&build->scratch, CO_MAX_DEPTH, sizeof *stack);
	int			n = 0,
				at = 0;
	CoInstr		instr;
	CoRc		rc = co_arena_failed(&build->scratch);

	while (!rc && co_code_next(code, length, &at, &instr))
	{
		int			arity = co_instr_arity(&instr);

		n -= arity;
		if (instr.op == CO_OP_CONST)
			stack[n] = (Range) {instr.value, instr.value};
		else if (instr.op == CO_OP_LEAF)
			stack[n] = leaf_range(build, instr.leaf, lower, upper);
		else if (instr.op == CO_OP_AFFINE)
			stack[n] = affine_range(build, &instr, lower, upper);
		else if (instr.op == CO_OP_CALL)
			stack[n] = any;
		else
			stack[n] = operation(instr.op, stack[n], arity == 2 ? stack[n + 1] : any);
		n++;
		rc = co_lower_work(&build->lowering, 1 + (instr.op == CO_OP_AFFINE ? instr.n : 0));
	}
	if (rc)
		return rc;
	*least = stack[0].lower;
	*most = stack[0].upper;
	co_rewind(&build->scratch, mark);
	return CO_OK;
}
