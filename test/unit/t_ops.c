/*-------------------------------------------------------------------------
 *
 * t_ops.c
 *	  Every line of expr/ops.def: derivatives against differences over the
 *	  sample range, the word, the arity, NaN in and NaN out.
 *
 *-------------------------------------------------------------------------
 */
#include "check.h"
#include "expr/code.h"

/* Samples stand off the middle of a range, where kinks are. */
#define N_SAMPLE	41
#define OFFSET_A	0.37
#define OFFSET_B	0.61

/*
 * Five-point differences: the error is h^4 f5 / 30, below 1e-10 for every f
 * here, and rounding 1e-16 / h.
 */
#define STEP		1e-4
#define TOLERANCE	1e-8

typedef struct Function
{
	const char *word;
	int			arity;
	double		(*value) (double a, double b);
	double		(*d[5]) (double a, double b);	/* a, b, aa, ab, bb */
	double		low,
				high;
} Function;

#define FORMULA(name, symbol, expression) \
	static double \
	name##_##symbol(double a, double b) \
	{ \
		double		v = co_op_eval(CO_OP_##symbol, a, b); \
		(void) a; (void) b; (void) v; \
		return expression; \
	}

#define CO_FUNCTION1(symbol, word, value, d1, d2, low, high) \
	FORMULA(f, symbol, value) FORMULA(da, symbol, d1) FORMULA(daa, symbol, d2)
#define CO_FUNCTION2(symbol, word, value, d1, d2, d11, d12, d22, low, high) \
	FORMULA(f, symbol, value) FORMULA(da, symbol, d1) FORMULA(db, symbol, d2) \
	FORMULA(daa, symbol, d11) FORMULA(dab, symbol, d12) FORMULA(dbb, symbol, d22)
#include "expr/ops.def"
#undef CO_FUNCTION1
#undef CO_FUNCTION2

static const Function function[] = {
#define CO_FUNCTION1(symbol, word, value, d1, d2, low, high) \
	{word, 1, f_##symbol, {da_##symbol, NULL, daa_##symbol, NULL, NULL}, low, high},
#define CO_FUNCTION2(symbol, word, value, d1, d2, d11, d12, d22, low, high) \
	{word, 2, f_##symbol, {da_##symbol, db_##symbol, daa_##symbol, dab_##symbol, dbb_##symbol}, \
	low, high},
#include "expr/ops.def"
#undef CO_FUNCTION1
#undef CO_FUNCTION2
};

#define N_FUNCTION ((int) (sizeof function / sizeof *function))

static double
difference(double (*f) (double a, double b), double a, double b, bool in_b)
{
	double		h = STEP,
				p[4];

	for (int k = 0; k < 4; k++)
	{
		double		step = (k - 2 + (k >= 2)) * h;

		p[k] = in_b ? f(a, b + step) : f(a + step, b);
	}
	return (p[0] - 8.0 * p[1] + 8.0 * p[2] - p[3]) / (12.0 * h);
}

static void
check_derivative(const Function *f, int which, double (*of) (double a, double b),
				 double a, double b, bool in_b)
{
	double		want = difference(of, a, b, in_b);
	double		got = f->d[which] (a, b);
	int			failures = check_failures;

	CHECK_NEAR(got, want, TOLERANCE * (1.0 + fabs(want)));
	if (check_failures > failures)
		printf("  derivative %d of %s at (%g, %g)\n", which, f->word, a, b);
}

static void
test_derivatives(void)
{
	int			n = 0;

	for (int k = 0; k < N_FUNCTION; k++)
		for (int s = 0; s < N_SAMPLE; s++)
			for (int t = 0; t < (function[k].arity == 2 ? N_SAMPLE : 1); t++, n++)
			{
				const Function *f = &function[k];
				double		width = (f->high - f->low) / N_SAMPLE;
				double		a = f->low + (s + OFFSET_A) * width;
				double		b = f->low + (t + OFFSET_B) * width;

				check_derivative(f, 0, f->value, a, b, false);
				check_derivative(f, 2, f->d[0], a, b, false);
				if (f->arity == 1)
					continue;
				check_derivative(f, 1, f->value, a, b, true);
				check_derivative(f, 3, f->d[0], a, b, true);
				check_derivative(f, 3, f->d[1], a, b, false);
				check_derivative(f, 4, f->d[1], a, b, true);
			}
	CHECK(n >= 20 * N_SAMPLE);
}

static void
test_words(void)
{
	CoOp		op;

	CHECK_INT(N_FUNCTION, CO_N_OP - CO_OP_POW - 1);
	for (int k = 0; k < N_FUNCTION; k++)
	{
		CHECK(co_op_find(function[k].word, strlen(function[k].word), &op));
		CHECK_INT(op, CO_OP_POW + 1 + k);
		CHECK_INT(co_op_arity(op), function[k].arity);
		CHECK_STR(co_op_word(op), function[k].word);
		CHECK(!co_op_find(function[k].word, strlen(function[k].word) - 1, &op) ||
			  op != (CoOp) (CO_OP_POW + 1 + k));
	}
	CHECK(!co_op_find("^", 1, &op));
	CHECK(!co_op_find("", 0, &op));
}

static void
test_nan(void)
{
	for (int k = 0; k < N_FUNCTION; k++)
	{
		const Function *f = &function[k];
		double		inside = 0.5 * (f->low + f->high) + 0.1;

		CHECK(isnan(f->value(NAN, inside)));
		if (f->arity == 2)
			CHECK(isnan(f->value(inside, NAN)));
	}
}

/* Known values, so that no word stands for another function. */
static void
test_values(void)
{
	static const struct
	{
		const char *word;
		double		a,
					b,
					want;
	}			known[] = {
		{"exp", 1.0, 0.0, 2.718281828459045},
		{"ln", 2.0, 0.0, 0.6931471805599453},
		{"log10", 1000.0, 0.0, 3.0},
		{"sqrt", 2.0, 0.0, 1.4142135623730951},
		{"sin", 0.5, 0.0, 0.479425538604203},
		{"cos", 0.5, 0.0, 0.8775825618903728},
		{"tan", 0.5, 0.0, 0.5463024898437905},
		{"asin", 0.5, 0.0, 0.5235987755982989},
		{"acos", 0.5, 0.0, 1.0471975511965979},
		{"atan", 0.5, 0.0, 0.4636476090008061},
		{"sinh", 0.5, 0.0, 0.5210953054937474},
		{"cosh", 0.5, 0.0, 1.1276259652063807},
		{"tanh", 0.5, 0.0, 0.46211715726000973},
		{"asinh", 0.5, 0.0, 0.48121182505960347},
		{"acosh", 1.5, 0.0, 0.9624236501192069},
		{"atanh", 0.5, 0.0, 0.5493061443340549},
		{"erf", 0.5, 0.0, 0.5204998778130465},
		{"power", 2.0, 10.0, 1024.0},
		{"atan2", 1.0, -1.0, 2.356194490192345},
		{"abs", -2.5, 0.0, 2.5},
		{"sign", -2.5, 0.0, -1.0},
		{"least", 3.0, -2.0, -2.0},
		{"greatest", 3.0, -2.0, 3.0}
	};
	int			n = (int) (sizeof known / sizeof *known);

	CHECK_INT(n, N_FUNCTION);
	for (int k = 0; k < n; k++)
	{
		CoOp		op = CO_N_OP;

		CHECK(co_op_find(known[k].word, strlen(known[k].word), &op));
		CHECK_NEAR(co_op_eval(op, known[k].a, known[k].b), known[k].want, 4e-16 * fabs(known[k].want));
	}
}

/* Limits at 0 of the derivatives of power, which are finite. */
static void
test_power_at_zero(void)
{
	CHECK_NEAR(da_POWER(0.0, 2.0), 0.0, 0.0);
	CHECK_NEAR(da_POWER(0.0, 1.0), 1.0, 0.0);
	CHECK_NEAR(da_POWER(0.0, 0.0), 0.0, 0.0);
	CHECK_NEAR(db_POWER(0.0, 2.0), 0.0, 0.0);
	CHECK_NEAR(daa_POWER(0.0, 2.0), 2.0, 0.0);
	CHECK_NEAR(daa_POWER(0.0, 1.0), 0.0, 0.0);
	CHECK_NEAR(dab_POWER(0.0, 2.0), 0.0, 0.0);
	CHECK_NEAR(dbb_POWER(0.0, 2.0), 0.0, 0.0);
	CHECK_NEAR(da_POWER(-3.0, 2.0), -6.0, 0.0);
	CHECK_NEAR(daa_POWER(-3.0, 3.0), -18.0, 0.0);
}

CHECK_MAIN(TEST(test_derivatives), TEST(test_words), TEST(test_nan), TEST(test_values),
		   TEST(test_power_at_zero))
