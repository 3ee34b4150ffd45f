/*-------------------------------------------------------------------------
 *
 * expr/number.c
 *	  Doubles to text and back, exactly and in every locale.
 *
 * The decimal point is the only part of strtod() and printf's %e that depends
 * on the locale, so neither ever meets one here: a text is checked, reduced
 * to an integer of digits and a power of ten ("12.5e3" becomes "125e2") and
 * only then given to strtod(); of %e only the digits are taken.
 *
 *-------------------------------------------------------------------------
 */
#include "expr/text.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * A double's midpoint to its neighbour has at most 767 significant digits;
 * after that many only whether more follow matters.
 */
#define MAX_DIGITS		770
#define MAX_EXPONENT	100000	/* beyond this the text is out of range anyway */
#define EXACT_DIGITS	15		/* integers of 15 digits are below 2^53 */
#define EXACT_POWER		22		/* 10^22 is the largest exact power of ten */
#define FULL_DIGITS		17		/* always enough to tell doubles apart */
#define FIXED_POINT_LOW (-5)	/* smaller numbers are written 1e-06 */

typedef struct Decimal			/* 0.d1d2d3... * 10^(power + n) */
{
	char		digit[MAX_DIGITS + 1];	/* without leading zeros */
	int			n;
	long		power;			/* of ten, of the last digit */
	bool		negative;
} Decimal;

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
same_word(const char *text, size_t length, const char *word)
{
	if (length != strlen(word))
		return false;
	for (size_t i = 0; i < length; i++)
		if ((text[i] | 0x20) != word[i])
			return false;
	return true;
}

/* Takes a digit; digits past MAX_DIGITS leave only a trace in the last one. */
static void
add_digit(Decimal *decimal, char c)
{
	if (decimal->n == 0 && c == '0')
		return;
	if (decimal->n < MAX_DIGITS)
		decimal->digit[decimal->n++] = c;
	else
	{
		decimal->power++;
		if (c != '0')
			decimal->digit[MAX_DIGITS - 1] = '1';
	}
}

/* [digits] [ '.' [digits] ] with at least one digit; NULL if there is none */
static const char *
scan_digits(const char *p, const char *end, Decimal *decimal)
{
	bool		any = false;

	for (; p < end && is_digit(*p); p++, any = true)
		add_digit(decimal, *p);
	if (p < end && *p == '.')
	{
		for (p++; p < end && is_digit(*p); p++, any = true)
		{
			decimal->power--;
			add_digit(decimal, *p);
		}
	}
	return any ? p : NULL;
}

/* 'e' [sign] digits; NULL if it is not complete */
static const char *
scan_exponent(const char *p, const char *end, Decimal *decimal)
{
	bool		negative = false;
	long		exponent = 0;

	p++;
	if (p < end && (*p == '-' || *p == '+'))
		negative = *p++ == '-';
	if (p == end || !is_digit(*p))
		return NULL;
	for (; p < end && is_digit(*p); p++)
		if (exponent < MAX_EXPONENT)
			exponent = 10 * exponent + (*p - '0');
	decimal->power += negative ? -exponent : exponent;
	return p;
}

/*
 * Exact when both factors are: one rounding, of the result [C90].  Where doubles
 * are computed with more precision that would be a second rounding.
 */
static bool
exact_product(const Decimal *decimal, double *value)
{
	static const double power_of_ten[EXACT_POWER + 1] = {
		1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
		1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22
	};
	double		mantissa = 0.0;

	if (FLT_EVAL_METHOD != 0 || decimal->n > EXACT_DIGITS ||
		decimal->power < -EXACT_POWER || decimal->power > EXACT_POWER)
		return false;
	for (int i = 0; i < decimal->n; i++)
		mantissa = 10.0 * mantissa + (decimal->digit[i] - '0');
	*value = decimal->power < 0
		? mantissa / power_of_ten[-decimal->power]
		: mantissa * power_of_ten[decimal->power];
	return true;
}

/* False when the value overflows, or is not 0 and underflows to 0. */
static bool
decimal_value(const Decimal *decimal, double *value)
{
	char		buffer[MAX_DIGITS + 32];

	if (decimal->n == 0)
		*value = 0.0;
	else if (!exact_product(decimal, value))
	{
		memcpy(buffer, decimal->digit, (size_t) decimal->n);
		snprintf(buffer + decimal->n, 32, "e%ld", decimal->power);
		*value = strtod(buffer, NULL);
		if (isinf(*value) || *value == 0.0)
			return false;
	}
	if (decimal->negative)
		*value = -*value;
	return true;
}

bool
co_parse_double(const char *text, size_t length, double *value)
{
	const char *p = text;
	const char *end = text + length;
	Decimal		decimal;

	decimal.n = 0;
	decimal.power = 0;
	decimal.negative = false;
	if (p < end && (*p == '-' || *p == '+'))
		decimal.negative = *p++ == '-';
	if (same_word(p, (size_t) (end - p), "inf") ||
		same_word(p, (size_t) (end - p), "infinity"))
	{
		*value = decimal.negative ? -INFINITY : INFINITY;
		return true;
	}
	p = scan_digits(p, end, &decimal);
	if (p && p < end && (*p == 'e' || *p == 'E'))
		p = scan_exponent(p, end, &decimal);
	*value = NAN;
	if (p != end)
		return false;
	if (decimal_value(&decimal, value))
		return true;
	*value = INFINITY;
	return false;
}

/* The shortest digits that read back, of a positive finite value. */
static void
shortest_digits(double value, char *digit, int *n, int *exponent)
{
	for (int precision = EXACT_DIGITS;; precision++)
	{
		char		buffer[48];
		const char *p = buffer;
		Decimal		decimal;
		double		again;

		snprintf(buffer, sizeof buffer, "%.*e", precision - 1, value);
		decimal.n = 0;
		decimal.negative = false;
		for (; *p != 'e'; p++)
			if (is_digit(*p))
				add_digit(&decimal, *p);
		*exponent = (int) strtol(p + 1, NULL, 10);
		decimal.power = *exponent - (precision - 1);
		if (precision < FULL_DIGITS &&
			!(decimal_value(&decimal, &again) && again == value))
			continue;
		while (decimal.n > 1 && decimal.digit[decimal.n - 1] == '0')
			decimal.n--;
		memcpy(digit, decimal.digit, (size_t) decimal.n);
		*n = decimal.n;
		return;
	}
}

/* digits d1d2...dn as d1.d2...dn e exponent */
static char *
put_scientific(char *out, const char *digit, int n, int exponent)
{
	*out++ = digit[0];
	if (n > 1)
	{
		*out++ = '.';
		memcpy(out, digit + 1, (size_t) (n - 1));
		out += n - 1;
	}
	return out + snprintf(out, 8, "e%c%02d", exponent < 0 ? '-' : '+', abs(exponent));
}

static char *
put_fixed(char *out, const char *digit, int n, int exponent)
{
	if (exponent < 0)
	{
		*out++ = '0';
		*out++ = '.';
		for (int i = -1; i > exponent; i--)
			*out++ = '0';
	}
	for (int i = 0; i < n || i <= exponent; i++)
	{
		*out++ = i < n ? digit[i] : '0';
		if (i == exponent && i + 1 < n)
			*out++ = '.';
	}
	return out;
}

int
co_print_double(double value, char *out)
{
	char		digit[FULL_DIGITS + 1];
	char	   *p = out;
	int			n = 1,
				exponent = 0;

	if (isnan(value))
	{
		memcpy(out, "nan", 4);
		return 3;
	}
	if (signbit(value))
		*p++ = '-';
	value = fabs(value);
	digit[0] = '0';
	if (isinf(value))
	{
		memcpy(p, "inf", 4);
		return (int) (p - out) + 3;
	}
	if (value > 0.0)
		shortest_digits(value, digit, &n, &exponent);
	if (exponent < FIXED_POINT_LOW || (exponent >= EXACT_DIGITS && exponent >= n))
		p = put_scientific(p, digit, n, exponent);
	else
		p = put_fixed(p, digit, n, exponent);
	*p = '\0';
	return (int) (p - out);
}
