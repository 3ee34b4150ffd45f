/*-------------------------------------------------------------------------
 *
 * t_number.c
 *	  Doubles and keys as text.
 *
 *-------------------------------------------------------------------------
 */
#include <locale.h>
#include <stdlib.h>

#include "check.h"
#include "expr/key.h"
#include "host.h"

static bool
reads(const char *text, double *value)
{
	return co_parse_double(text, strlen(text), value);
}

static bool
same_bits(double a, double b)
{
	return memcmp(&a, &b, sizeof a) == 0;
}

static double
random_double(TestRandom *random)
{
	uint64_t	bits = 0;
	double		value;

	do
	{
		for (int k = 0; k < 4; k++)
			bits = bits << 16 | (uint64_t) test_int(random, 1 << 16);
		memcpy(&value, &bits, sizeof value);
	} while (!isfinite(value));
	return value;
}

/* Digits of a number without the zeros around them. */
static int
significant_digits(const char *text)
{
	int			n = 0,
				zeros = 0;

	for (; *text && *text != 'e'; text++)
		if (*text == '0' && n > 0)
			zeros++;
		else if (*text >= '1' && *text <= '9')
		{
			n += zeros + 1;
			zeros = 0;
		}
	return n;
}

/* What is printed reads back and has no more digits than printf needs. */
static void
check_round_trip(double value)
{
	char		text[32],
				shortest[40];
	double		again = 0.0;
	int			length = co_print_double(value, text),
				failures = check_failures;

	CHECK_INT(length, (int) strlen(text));
	CHECK(length < 32);
	CHECK(reads(text, &again));
	CHECK(same_bits(again, value));
	for (int precision = 15; precision <= 17; precision++)
	{
		snprintf(shortest, sizeof shortest, "%.*g", precision, value);
		if (strtod(shortest, NULL) == value)
			break;
	}
	CHECK_INT(significant_digits(text), significant_digits(shortest));
	CHECK(strtod(text, NULL) == value);
	if (check_failures > failures)
		printf("  at %.17g, printed %s\n", value, text);
}

static void
test_round_trip_random(void)
{
	TestRandom	random = {12345};

	for (int k = 0; k < (test_quick() ? 5000 : 100000); k++)
	{
		double		value = random_double(&random);

		check_round_trip(value);
		check_round_trip(test_normal(&random) * 1000.0);
		check_round_trip((double) test_int(&random, 2000000000) / 1000.0);
		check_round_trip(1e15 * test_uniform(&random));
	}
}

static void
test_round_trip_edges(void)
{
	static const double edge[] = {
		0.0, 1.0, 0.1, 1e-5, 9.9999e-6, 1e15, 999999999999999.0, 1e16, 1e22, 1e23,
		4.9406564584124654e-324, 2.2250738585072014e-308, 2.2250738585072009e-308,
		1.7976931348623157e308, 9007199254740993.0, 0.3, 2.0 / 3.0, 123456789012345678.0,
		5e-324, 8.41e21, 9.5e-7
	};

	for (size_t k = 0; k < sizeof edge / sizeof *edge; k++)
	{
		check_round_trip(edge[k]);
		check_round_trip(-edge[k]);
	}
}

static void
check_print(double value, const char *want)
{
	char		text[32];

	co_print_double(value, text);
	CHECK_STR(text, want);
}

static void
test_print_exact(void)
{
	check_print(0.0, "0");
	check_print(-0.0, "-0");
	check_print(100000.0, "100000");
	check_print(0.1, "0.1");
	check_print(-2.5, "-2.5");
	check_print(1e-5, "0.00001");
	check_print(1e-6, "1e-06");
	check_print(1.5e-7, "1.5e-07");
	check_print(1e14, "100000000000000");
	check_print(1e15, "1e+15");
	check_print(1e300, "1e+300");
	check_print(9007199254740992.0, "9007199254740992");
	check_print(12345678901234567890.0, "1.2345678901234567e+19");
	check_print(1.0 / 3.0, "0.3333333333333333");
	check_print(INFINITY, "inf");
	check_print(-INFINITY, "-inf");
	check_print(NAN, "nan");
	check_print(-NAN, "nan");
}

static void
test_parse_accepts(void)
{
	static const struct
	{
		const char *text;
		double		value;
	}			good[] = {
		{"0", 0.0}, {"-0", -0.0}, {"+1", 1.0}, {"1.", 1.0}, {".5", 0.5}, {"-.5e1", -5.0},
		{"1e3", 1000.0}, {"1E+3", 1000.0}, {"1e-3", 0.001}, {"000012", 12.0},
		{"inf", INFINITY}, {"-inf", -INFINITY}, {"Infinity", INFINITY}, {"+INF", INFINITY},
		{"0e999999999999", 0.0}, {"1e22", 1e22}, {"1e23", 1e23},
		{"9007199254740993", 9007199254740992.0}, {"9007199254740992.999999999999", 9007199254740992.0},
		{"4.9406564584124654e-324", 4.9406564584124654e-324},
		{"1.7976931348623157e308", 1.7976931348623157e308}
	};

	for (size_t k = 0; k < sizeof good / sizeof *good; k++)
	{
		double		value = 77.0;

		CHECK(reads(good[k].text, &value));
		if (!same_bits(value, good[k].value))
		{
			CHECK_NEAR(value, good[k].value, 0.0);
			printf("  reading %s\n", good[k].text);
		}
	}
}

static void
test_parse_refuses(void)
{
	static const char *const bad[] = {
		"", " ", "1 ", " 1", "0x10", "0x1p3", "1_000", ".", "e5", "1e", "1e+", "1e+-3", "nan", "NaN",
		"infinit", "infinityy", "1,5", "1.2.3", "--1", "+-1", "1d3", "12a", "1e999", "-1e999",
		"1e-999", "1.8e308", "2e-324", "1e99999999999999999999", "\xef\xbc\x91", "1\xc2\xa0", "-", "+",
		"1e-99999999999999999999"
	};
	double		value;

	for (size_t k = 0; k < sizeof bad / sizeof *bad; k++)
		if (reads(bad[k], &value))
		{
			CHECK(false);
			printf("  \"%s\" was read\n", bad[k]);
		}
	CHECK(!co_parse_double("1\0" "2", 3, &value));
	CHECK(!co_parse_double("1.5e3", 4, &value));
}

/* Ties and near ties need all their digits; more than 770 only as a trace. */
static void
test_parse_long(void)
{
	char		text[12000];
	double		value,
				half = 9007199254740993.0;	/* rounds to ...992 */
	int			n;

	memset(text, '3', 10000);
	CHECK(!co_parse_double(text, 10000, &value));
	n = 10000 + snprintf(text + 10000, 100, "e-9999");
	CHECK(co_parse_double(text, (size_t) n, &value) && value == 10.0 / 3.0);

	n = snprintf(text, sizeof text, "9007199254740993.");
	memset(text + n, '0', 10000);
	CHECK(co_parse_double(text, (size_t) n + 10000, &value));
	CHECK_NEAR(value, half, 0.0);
	text[n + 9999] = '1';
	CHECK(co_parse_double(text, (size_t) n + 10000, &value));
	CHECK_NEAR(value, 9007199254740994.0, 0.0);

	memset(text, '0', 11000);
	memcpy(text + 11000, "7.5", 3);
	CHECK(co_parse_double(text, 11003, &value) && value == 7.5);
}

/* The same texts where the decimal point is a comma. */
static void
test_locale(void)
{
	static const char *const name[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE"};
	const char *set = NULL;
	double		value = 0.0;

	for (size_t k = 0; k < sizeof name / sizeof *name && !set; k++)
		set = setlocale(LC_NUMERIC, name[k]);
	if (!set)
		SKIP("no locale with a decimal comma");
	check_print(0.1, "0.1");
	check_print(1.0 / 3.0, "0.3333333333333333");
	check_print(1.25e-300, "1.25e-300");
	CHECK(reads("0.12345678901234567", &value));
	CHECK_NEAR(value, 0.12345678901234567, 0.0);
	CHECK(!reads("0,5", &value));
	setlocale(LC_NUMERIC, "C");
}

static void
check_key(int n, const char *const *part, const char *want)
{
	TestHost	host;
	CoArena		arena;
	char	   *key,
				parts[200];
	const char *at = parts;
	int			split;

	test_host_init(&host);
	co_arena_init(&arena, &host.env, SIZE_MAX);
	CHECK_INT(co_key_join(&arena, n, part, &key), CO_OK);
	CHECK_STR(key, want);
	split = co_key_split(key, parts);
	if (n > 1)
	{
		CHECK_INT(split, n);
		for (int i = 0; i < split; i++, at += strlen(at) + 1)
			CHECK_STR(at, part[i]);
	}
	co_arena_free(&arena);
	CHECK_INT(host.live, 0);
}

#define KEY(want, ...) \
	do { \
		const char *const part[] = {__VA_ARGS__}; \
		check_key((int) (sizeof part / sizeof *part), part, want); \
	} while (0)

/* As SELECT ROW(...)::text prints them. */
static void
test_keys(void)
{
	KEY("(p1,m2)", "p1", "m2");
	KEY("(p1,m2,3)", "p1", "m2", "3");
	KEY("(\"a b\",c)", "a b", "c");
	KEY("(\"\",\"\")", "", "");
	KEY("(\"a\"\"b\",\"c\\\\d\")", "a\"b", "c\\d");
	KEY("(\"a,b\",\"(\",\")\")", "a,b", "(", ")");
	KEY("(\"\t\",\"x\n\",'q')", "\t", "x\n", "'q'");
	KEY("(\xc3\xa4,\xc2\xa0)", "\xc3\xa4", "\xc2\xa0");
	KEY("alone", "alone");
	KEY("", "");
	KEY("(a,b)", "(a,b)");
}

static void
test_keys_null(void)
{
	static const char *const part[] = {"a", NULL, ""};
	TestHost	host;
	CoArena		arena;
	char	   *key;

	test_host_init(&host);
	co_arena_init(&arena, &host.env, SIZE_MAX);
	CHECK_INT(co_key_join(&arena, 3, part, &key), CO_OK);
	CHECK_STR(key, "(a,,\"\")");
	co_arena_free(&arena);
	host.fail_at = host.n_alloc;
	CHECK_INT(co_key_join(&arena, 3, part, &key), CO_NO_MEMORY);
	co_arena_free(&arena);
}

/* Keys that co_key_join would not write so are taken whole. */
static void
test_keys_whole(void)
{
	static const char *const whole[] = {
		"", "a", "(", ")", "()", "(a)", "(a,b", "a,b)", "(a,b)c", "(a,)", "(,a)", "(\"a\",b)",
		"(a b,c)", "(\"a b,c)", "(\"a b\"c,d)", "(a\"b\",c)", "(a,\"b\\c d\")", "(a,(b,c))",
		"(\"a \"\"\"x,b)", "(a,\"b \\", "(\"\"\",b)"
	};
	char		parts[100];

	for (size_t k = 0; k < sizeof whole / sizeof *whole; k++)
		CHECK_INT(co_key_split(whole[k], parts), 0);
}

CHECK_MAIN(TEST(test_round_trip_random), TEST(test_round_trip_edges), TEST(test_print_exact),
		   TEST(test_parse_accepts), TEST(test_parse_refuses), TEST(test_parse_long),
		   TEST(test_locale), TEST(test_keys), TEST(test_keys_null), TEST(test_keys_whole))
