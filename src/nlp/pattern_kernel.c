/*-------------------------------------------------------------------------
 *
 * nlp/pattern_kernel.c
 *	  The operations of programs, element by element.
 *
 * Arithmetic goes four at a time (linalg/clones.h); functions are the C
 * library's, one at a time.
 *
 *-------------------------------------------------------------------------
 */
#include "nlp/pattern_kernel.h"

#include <math.h>

#include "linalg/clones.h"

/* out := expression in a and b, for vectors and for what is left of them. */
#define LOOP(expression) \
	do { \
		int i = 0; \
		for (; i + 4 <= n; i += 4) \
		{ \
			CoVec4 a = CO_VEC4_CONST(pa + i), b = CO_VEC4_CONST(pb + i); \
			(void) b; \
			CO_VEC4(out + i) = (expression); \
		} \
		for (; i < n; i++) \
		{ \
			double a = pa[i], b = pb[i]; \
			(void) b; \
			out[i] = (expression); \
		} \
	} while (0)

/* pb is readable for every operation: pa where there is no second operand. */
static CO_CLONES void
arithmetic(int op, int n, const double *pa, const double *pb, double *out)
{
	switch (op)
	{
		case CO_DAG_ADD:
			LOOP(a + b);
			break;
		case CO_DAG_SUB:
			LOOP(a - b);
			break;
		case CO_DAG_MUL:
			LOOP(a * b);
			break;
		case CO_DAG_DIV:
			LOOP(a / b);
			break;
		default:				/* CO_DAG_NEG */
			LOOP(-a);
	}
}

/* a^e by squaring; e < 0: of the inverse of the power, as pow() rounds best. */
static void
whole_power(int n, const double *a, int exponent, double *out)
{
	for (int i = 0; i < n; i++)
	{
		double		base = a[i],
					power = 1.0;

		for (int e = exponent < 0 ? -exponent : exponent; e > 0; e >>= 1)
		{
			if (e & 1)
				power *= base;
			base *= base;
		}
		out[i] = exponent < 0 ? 1.0 / power : power;
	}
}

typedef void (*Kernel) (int n, const double *pa, const double *pb, const double *pc, double *out);

#define KERNEL1(name, expression) \
static void \
name(int n, const double *pa, const double *pb, const double *pc, double *out) \
{ \
	(void) pc; \
	for (int i = 0; i < n; i++) \
	{ \
		double a = pa[i], v = pb[i]; \
		(void) a; \
		(void) v; \
		out[i] = (expression); \
	} \
}

#define KERNEL2(name, expression) \
static void \
name(int n, const double *pa, const double *pb, const double *pc, double *out) \
{ \
	for (int i = 0; i < n; i++) \
	{ \
		double a = pa[i], b = pb[i], v = pc[i]; \
		(void) a; \
		(void) b; \
		(void) v; \
		out[i] = (expression); \
	} \
}

#define CO_FUNCTION1(symbol, word, value, d1, d2, low, high) \
	KERNEL1(symbol##_value, value) \
	KERNEL1(symbol##_d1, d1) \
	KERNEL1(symbol##_d2, d2)
#define CO_FUNCTION2(symbol, word, value, da, db, daa, dab, dbb, low, high) \
	KERNEL2(symbol##_value, value) \
	KERNEL2(symbol##_da, da) \
	KERNEL2(symbol##_db, db) \
	KERNEL2(symbol##_daa, daa) \
	KERNEL2(symbol##_dab, dab) \
	KERNEL2(symbol##_dbb, dbb)
#include "expr/ops.def"
#undef CO_FUNCTION1
#undef CO_FUNCTION2

/* In the order of CoDagOp. */
static const Kernel kernels[] = {
#define CO_FUNCTION1(symbol, word, value, d1, d2, low, high) \
	symbol##_value, symbol##_d1, symbol##_d2,
#define CO_FUNCTION2(symbol, word, value, da, db, daa, dab, dbb, low, high) \
	symbol##_value, symbol##_da, symbol##_db, symbol##_daa, symbol##_dab, symbol##_dbb,
#include "expr/ops.def"
#undef CO_FUNCTION1
#undef CO_FUNCTION2
};

void
co_kernel_apply(int op, int n, const double *a, const double *b, const double *c,
				int exponent, double *out)
{
	if (op >= CO_DAG_FIRST_FUNCTION)
		kernels[op - CO_DAG_FIRST_FUNCTION] (n, a, b ? b : a, c ? c : a, out);
	else if (op == CO_DAG_WHOLE_POWER)
		whole_power(n, a, exponent, out);
	else
		arithmetic(op, n, a, b ? b : a, out);
}

/* Two vectors of partial sums: no dependency chain between two additions. */
#define REDUCE(expression) \
	do { \
		CoVec4 s = CO_VEC4_ZERO, t = CO_VEC4_ZERO; \
		double rest = 0.0; \
		int i = 0; \
		for (; i + 8 <= n; i += 8) \
		{ \
			{ \
				CoVec4 a = CO_VEC4_CONST(pa + i), b = CO_VEC4_CONST(pb + i), c = CO_VEC4_CONST(pc + i); \
				(void) b; (void) c; \
				s += (expression); \
			} \
			{ \
				CoVec4 a = CO_VEC4_CONST(pa + i + 4), b = CO_VEC4_CONST(pb + i + 4), c = CO_VEC4_CONST(pc + i + 4); \
				(void) b; (void) c; \
				t += (expression); \
			} \
		} \
		for (; i < n; i++) \
		{ \
			double a = pa[i], b = pb[i], c = pc[i]; \
			(void) b; (void) c; \
			rest += (expression); \
		} \
		s += t; \
		return co_vec4_sum(s) + rest; \
	} while (0)

static CO_CLONES double
sum(int n, const double *pa, const double *pb, const double *pc)
{
	REDUCE(a);
}

static CO_CLONES double
dot(int n, const double *pa, const double *pb, const double *pc)
{
	REDUCE(a * b);
}

static CO_CLONES double
dot3(int n, const double *pa, const double *pb, const double *pc)
{
	REDUCE(a * b * c);
}

double
co_kernel_sum(int n, const double *a)
{
	return sum(n, a, a, a);
}

double
co_kernel_dot(int n, const double *a, const double *b)
{
	return dot(n, a, b, b);
}

double
co_kernel_dot3(int n, const double *a, const double *b, const double *c)
{
	return dot3(n, a, b, c);
}
