/*-------------------------------------------------------------------------
 *
 * nlp/interval.c
 *	  The functions of interval.h.
 *
 *-------------------------------------------------------------------------
 */
#include "nlp/interval.h"

#include <float.h>

#include "expr/code.h"

/* libm's functions are off by a few units in the last place at most. */
#define ROUNDING		(16.0 * DBL_EPSILON)

#define PI				3.14159265358979323846

/* Angles above have no phase left that counts. */
#define LARGE_ANGLE		1e8

/* Exponents above are no whole numbers to us. */
#define LARGE_EXPONENT	1e6

/* A bound that is not a number, as infinity - infinity, is none. */
static CoInterval
range(double lower, double upper)
{
	return (CoInterval) {isnan(lower) ? -INFINITY : lower, isnan(upper) ? INFINITY : upper};
}

/* 0 times infinity is 0: the factor stays 0 on the way. */
static double
times(double a, double b)
{
	return a == 0.0 || b == 0.0 ? 0.0 : a * b;
}

static CoInterval
product(CoInterval a, CoInterval b)
{
	double		w = times(a.lower, b.lower),
				x = times(a.lower, b.upper),
				y = times(a.upper, b.lower),
				z = times(a.upper, b.upper);

	return range(fmin(fmin(w, x), fmin(y, z)), fmax(fmax(w, x), fmax(y, z)));
}

/* 1 / 0 has no value, and what is next to it is large with the sign of that side. */
static CoInterval
quotient(CoInterval a, CoInterval b)
{
	if (b.lower == 0.0 && b.upper > 0.0)
		return product(a, range(1.0 / b.upper, INFINITY));
	if (b.upper == 0.0 && b.lower < 0.0)
		return product(a, range(-INFINITY, 1.0 / b.lower));
	if (b.lower <= 0.0 && b.upper >= 0.0)
		return co_interval_any();
	return product(a, (CoInterval) {1.0 / b.upper, 1.0 / b.lower});
}

/* Of a function that falls up to 0 and rises from there. */
static CoInterval
even(CoInterval a, double at_lower, double at_upper, double at_zero)
{
	if (a.lower <= 0.0 && a.upper >= 0.0)
		return range(at_zero, fmax(at_lower, at_upper));
	return range(fmin(at_lower, at_upper), fmax(at_lower, at_upper));
}

CoInterval
co_interval_whole_power(CoInterval a, int exponent)
{
	CoInterval	inverse;

	if (co_interval_is_empty(a))
		return co_interval_empty();
	if (exponent < 0)
	{
		inverse = co_interval_whole_power(a, -exponent);
		return quotient(co_interval_number(1.0), inverse);
	}
	if (exponent % 2 == 0)
		return even(a, pow(a.lower, exponent), pow(a.upper, exponent), exponent == 0 ? 1.0 : 0.0);
	return range(pow(a.lower, exponent), pow(a.upper, exponent));
}

static CoInterval
clip(CoInterval a, double lower, double upper)
{
	return (CoInterval) {fmax(a.lower, lower), fmin(a.upper, upper)};
}

/* a ^ b; bases below 0 have powers for whole b only. */
static CoInterval
power(CoInterval a, CoInterval b)
{
	double		w,
				x,
				y,
				z;

	if (b.lower == b.upper && b.lower == floor(b.lower) && fabs(b.lower) <= LARGE_EXPONENT)
		return co_interval_whole_power(a, (int) b.lower);
	if (b.lower != b.upper && a.lower < 0.0)
		return co_interval_any();
	a = clip(a, 0.0, INFINITY);
	if (co_interval_is_empty(a))
		return co_interval_empty();

	/* It rises or falls in either argument: the corners are the extremes. */
	w = pow(a.lower, b.lower);
	x = pow(a.lower, b.upper);
	y = pow(a.upper, b.lower);
	z = pow(a.upper, b.upper);
	return range(fmin(fmin(w, x), fmin(y, z)), fmax(fmax(w, x), fmax(y, z)));
}

/* Is there a whole k with top + 2 pi k in a? */
static bool
holds_angle(CoInterval a, double top)
{
	double		k = ceil((a.lower - top) / (2.0 * PI) - ROUNDING * LARGE_ANGLE);

	return top + 2.0 * PI * k <= a.upper + ROUNDING * LARGE_ANGLE;
}

/* A cosine of a - shift. */
static CoInterval
wave(CoInterval a, double shift, double at_lower, double at_upper)
{
	if (!(fabs(a.lower) < LARGE_ANGLE && fabs(a.upper) < LARGE_ANGLE))
		return (CoInterval) {-1.0, 1.0};
	return (CoInterval) {holds_angle(a, shift + PI) ? -1.0 : fmin(at_lower, at_upper),
		holds_angle(a, shift) ? 1.0 : fmax(at_lower, at_upper)};
}

/* Between two of its poles it rises. */
static CoInterval
tangent(CoInterval a)
{
	double		branch = floor(a.lower / PI + 0.5);
	bool		one = fabs(a.lower) < LARGE_ANGLE && branch == floor(a.upper / PI + 0.5) &&
		a.lower > (branch - 0.5) * PI + ROUNDING * LARGE_ANGLE &&
		a.upper < (branch + 0.5) * PI - ROUNDING * LARGE_ANGLE;

	return one ? range(tan(a.lower), tan(a.upper)) : co_interval_any();
}

/* Where the function has values at all. */
static CoInterval
domain(CoOp op)
{
	switch (op)
	{
		case CO_OP_LN:
		case CO_OP_LOG10:
		case CO_OP_SQRT:
			return (CoInterval) {0.0, INFINITY};
		case CO_OP_ASIN:
		case CO_OP_ACOS:
		case CO_OP_ATANH:
			return (CoInterval) {-1.0, 1.0};
		case CO_OP_ACOSH:
			return (CoInterval) {1.0, INFINITY};
		default:
			return co_interval_any();
	}
}

/* What rises, falls, or is special; a lies in the domain. */
static CoInterval
function(CoOp op, CoInterval a, CoInterval b)
{
	double		lower = co_op_eval(op, a.lower, 0.0),
				upper = co_op_eval(op, a.upper, 0.0);

	switch (op)
	{
		case CO_OP_SIN:
			return wave(a, 0.5 * PI, lower, upper);
		case CO_OP_COS:
			return wave(a, 0.0, lower, upper);
		case CO_OP_TAN:
			return tangent(a);
		case CO_OP_ACOS:
			return range(upper, lower);
		case CO_OP_COSH:
			return even(a, lower, upper, 1.0);
		case CO_OP_ABS:
			return even(a, lower, upper, 0.0);
		case CO_OP_ATAN2:
			return (CoInterval) {-PI, PI};
		case CO_OP_LEAST:
			return (CoInterval) {fmin(a.lower, b.lower), fmin(a.upper, b.upper)};
		case CO_OP_GREATEST:
			return (CoInterval) {fmax(a.lower, b.lower), fmax(a.upper, b.upper)};
		case CO_OP_EXP:
		case CO_OP_LN:
		case CO_OP_LOG10:
		case CO_OP_SQRT:
		case CO_OP_ASIN:
		case CO_OP_ATAN:
		case CO_OP_SINH:
		case CO_OP_TANH:
		case CO_OP_ASINH:
		case CO_OP_ACOSH:
		case CO_OP_ATANH:
		case CO_OP_ERF:
		case CO_OP_SIGN:
			return range(lower, upper);
		default:
			return co_interval_any();
	}
}

CoInterval
co_interval_apply(int op, CoInterval a, CoInterval b)
{
	CoInterval	within = domain((CoOp) op);

	if (co_interval_is_empty(a) || (co_op_arity((CoOp) op) == 2 && co_interval_is_empty(b)))
		return co_interval_empty();
	switch ((CoOp) op)
	{
		case CO_OP_NEG:
			return (CoInterval) {-a.upper, -a.lower};
		case CO_OP_ADD:
			return range(a.lower + b.lower, a.upper + b.upper);
		case CO_OP_SUB:
			return range(a.lower - b.upper, a.upper - b.lower);
		case CO_OP_MUL:
			return product(a, b);
		case CO_OP_DIV:
			return quotient(a, b);
		case CO_OP_POW:
		case CO_OP_POWER:
			return power(a, b);
		default:
			a = clip(a, within.lower, within.upper);
			return co_interval_is_empty(a) ? co_interval_empty() : function((CoOp) op, a, b);
	}
}

/* What rounding makes of x (square x + slope) at most. */
static double
error_of(double square, double slope, double x)
{
	double		size = (fabs(square * x) + fabs(slope)) * fabs(x);

	return isfinite(size) ? ROUNDING * size : 0.0;
}

CoInterval
co_interval_quadratic(double square, double slope, CoInterval x)
{
	double		lower = times(x.lower, times(square, x.lower) + slope),
				upper = times(x.upper, times(square, x.upper) + slope),
				error = fmax(error_of(square, slope, x.lower), error_of(square, slope, x.upper)),
				top = -0.5 * slope / square;
	CoInterval	out = range(fmin(lower, upper) - error, fmax(lower, upper) + error);

	if (co_interval_is_empty(x))
		return co_interval_empty();
	if (isnan(lower) || isnan(upper))
		out = co_interval_any();
	if (x.lower <= top && top <= x.upper)
		out = square > 0.0 ? (CoInterval) {0.5 * slope * top, out.upper} : (CoInterval) {out.lower, 0.5 * slope * top};
	return out;
}

CoInterval
co_interval_add(CoInterval a, CoInterval b)
{
	return co_interval_apply(CO_OP_ADD, a, b);
}

CoInterval
co_interval_times(double factor, CoInterval a)
{
	return co_interval_apply(CO_OP_MUL, co_interval_number(factor), a);
}

CoInterval
co_interval_product(CoInterval a, CoInterval b)
{
	return co_interval_apply(CO_OP_MUL, a, b);
}

/* Rounding leaves signs as they are; what underflows is above 0 all the same. */
CoInterval
co_interval_widen(CoInterval a)
{
	CoInterval	wide = {a.lower - ROUNDING * fabs(a.lower) - DBL_MIN,
	a.upper + ROUNDING * fabs(a.upper) + DBL_MIN};

	if (co_interval_is_empty(a))
		return a;
	if (a.lower >= 0.0)
		wide.lower = fmax(wide.lower, 0.0);
	if (a.upper < 0.0)
		wide.upper = fmin(wide.upper, 0.0);
	return wide;
}
