/*-------------------------------------------------------------------------
 *
 * hyperdual.h
 *	  Formulas of a problem's text, evaluated while they are read, by numbers
 *	  that carry derivatives: a source of derivatives that shares nothing with
 *	  expr/ and nlp/.
 *
 * A hyper-dual number f + d1 e1 + d2 e2 + d12 e1 e2 with e1^2 = e2^2 = 0 takes
 * a function of x + u e1 + v e2 to f, its slopes along u and along v, and
 * u'Hv, exact but for rounding (Fike & Alonso 2011, AIAA 2011-886).  Rounding
 * is that of long doubles.
 *
 * The texts are those of nlpdata.h: a unary minus stands in parentheses, so
 * that of which power it is a part is no question.
 *
 *-------------------------------------------------------------------------
 */
#ifndef HYPERDUAL_H
#define HYPERDUAL_H

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Hyper
{
	long double f,
				d1,
				d2,
				d12;
} Hyper;

typedef struct HyperReader		/* of formulas in x1 .. xn */
{
	const char *at;
	const double *x,			/* [n] */
			   *u,
			   *v;
} HyperReader;

static inline Hyper
hyper_constant(long double f)
{
	return (Hyper) {f, 0.0L, 0.0L, 0.0L};
}

static inline Hyper
hyper_add(Hyper a, long double factor, Hyper b)
{
	return (Hyper) {a.f + factor * b.f, a.d1 + factor * b.d1, a.d2 + factor * b.d2, a.d12 + factor * b.d12};
}

static inline Hyper
hyper_multiply(Hyper a, Hyper b)
{
	return (Hyper) {a.f * b.f, a.d1 * b.f + a.f * b.d1, a.d2 * b.f + a.f * b.d2,
		a.d12 * b.f + a.d1 * b.d2 + a.d2 * b.d1 + a.f * b.d12};
}

/* A function of a with these value, first and second derivative there. */
static inline Hyper
hyper_chain(Hyper a, long double f, long double slope, long double curvature)
{
	return (Hyper) {f, slope * a.d1, slope * a.d2, slope * a.d12 + curvature * a.d1 * a.d2};
}

static inline Hyper
hyper_divide(Hyper a, Hyper b)
{
	long double r = 1.0L / b.f;

	return hyper_multiply(a, hyper_chain(b, r, -r * r, 2.0L * r * r * r));
}

static inline bool
hyper_is_constant(Hyper a)
{
	return a.d1 == 0.0L && a.d2 == 0.0L && a.d12 == 0.0L;
}

static inline Hyper
hyper_power(Hyper a, Hyper p)
{
	long double n = p.f,
				value = powl(a.f, n),
				log_a = logl(a.f);

	if (hyper_is_constant(p))
		return hyper_chain(a, value, n == 0.0L ? 0.0L : n * powl(a.f, n - 1.0L),
						   n == 0.0L || n == 1.0L ? 0.0L : n * (n - 1.0L) * powl(a.f, n - 2.0L));
	p = hyper_multiply(p, hyper_chain(a, log_a, 1.0L / a.f, -1.0L / (a.f * a.f)));
	return hyper_chain(p, value, value, value);
}

static inline Hyper
hyper_function(const char *name, size_t n, Hyper a)
{
	long double t = a.f,
				s = sinl(t),
				c = cosl(t),
				e = expl(t),
				q;

#define IS(word) (n == strlen(word) && strncmp(name, word, n) == 0)
	if (IS("ln"))
		return hyper_chain(a, logl(t), 1.0L / t, -1.0L / (t * t));
	if (IS("log10"))
		return hyper_chain(a, log10l(t), 1.0L / (t * logl(10.0L)), -1.0L / (t * t * logl(10.0L)));
	if (IS("exp"))
		return hyper_chain(a, e, e, e);
	if (IS("sqrt"))
		return hyper_chain(a, sqrtl(t), 0.5L / sqrtl(t), -0.25L / (t * sqrtl(t)));
	if (IS("sin"))
		return hyper_chain(a, s, c, -s);
	if (IS("cos"))
		return hyper_chain(a, c, -s, -c);
	if (IS("tan"))
		return hyper_chain(a, s / c, 1.0L / (c * c), 2.0L * s / (c * c * c));
	if (IS("asin") || IS("acos"))
	{
		q = 1.0L - t * t;
		return IS("asin") ? hyper_chain(a, asinl(t), 1.0L / sqrtl(q), t / (q * sqrtl(q))) :
			hyper_chain(a, acosl(t), -1.0L / sqrtl(q), -t / (q * sqrtl(q)));
	}
	if (IS("atan"))
	{
		q = 1.0L + t * t;
		return hyper_chain(a, atanl(t), 1.0L / q, -2.0L * t / (q * q));
	}
	if (IS("sinh"))
		return hyper_chain(a, sinhl(t), coshl(t), sinhl(t));
	if (IS("cosh"))
		return hyper_chain(a, coshl(t), sinhl(t), coshl(t));
	if (IS("tanh"))
	{
		q = 1.0L - tanhl(t) * tanhl(t);
		return hyper_chain(a, tanhl(t), q, -2.0L * tanhl(t) * q);
	}
#undef IS
	printf("  no function: %.*s\n", (int) n, name);
	exit(1);
}

static inline char
hyper_peek(HyperReader *r)
{
	while (isspace((unsigned char) *r->at))
		r->at++;
	return *r->at;
}

static inline bool
hyper_accept(HyperReader *r, char c)
{
	if (hyper_peek(r) != c)
		return false;
	r->at++;
	return true;
}

static inline Hyper hyper_sum(HyperReader *r);

/* A number, a variable, a function, or a sum in parentheses. */
static inline Hyper
hyper_primary(HyperReader *r)
{
	const char *name = r->at;
	size_t		n = 0;
	Hyper		inner;
	char	   *end;
	int			j;

	if (hyper_accept(r, '('))
	{
		inner = hyper_sum(r);
		hyper_accept(r, ')');
		return inner;
	}
	if (isdigit((unsigned char) hyper_peek(r)) || *r->at == '.' || strncmp(r->at, "inf", 3) == 0)
	{
		inner = hyper_constant(strtod(r->at, &end));
		r->at = end;
		return inner;
	}
	for (name = r->at; isalnum((unsigned char) name[n]) || name[n] == '_'; n++)
		;
	r->at += n;
	if (hyper_accept(r, '('))
	{
		inner = hyper_sum(r);
		hyper_accept(r, ')');
		return hyper_function(name, n, inner);
	}
	j = atoi(name + 1) - 1;
	return (Hyper) {r->x[j], r->u[j], r->v[j], 0.0L};
}

static inline Hyper
hyper_factor(HyperReader *r)
{
	Hyper		a = hyper_primary(r);

	return hyper_accept(r, '^') ? hyper_power(a, hyper_primary(r)) : a;
}

static inline Hyper
hyper_product(HyperReader *r)
{
	Hyper		a = hyper_factor(r);

	for (;;)
	{
		if (hyper_accept(r, '*'))
			a = hyper_multiply(a, hyper_factor(r));
		else if (hyper_accept(r, '/'))
			a = hyper_divide(a, hyper_factor(r));
		else
			return a;
	}
}

static inline Hyper
hyper_sum(HyperReader *r)
{
	Hyper		a = hyper_constant(0.0L);
	long double sign = hyper_accept(r, '-') ? -1.0L : 1.0L;

	for (;;)
	{
		a = hyper_add(a, sign, hyper_product(r));
		if (hyper_accept(r, '-'))
			sign = -1.0L;
		else if (hyper_accept(r, '+'))
			sign = 1.0L;
		else
			return a;
	}
}

#endif							/* HYPERDUAL_H */
