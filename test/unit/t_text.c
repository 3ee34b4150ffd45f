/*-------------------------------------------------------------------------
 *
 * t_text.c
 *	  Parser and printer: meaning, errors, exact round trips, hard inputs.
 *
 *-------------------------------------------------------------------------
 */
#include <stdlib.h>

#include "expr/text.h"
#include "flat.h"

static CoRc
parse(const char *text, CoBlockKind kind, CoBlock *block, CoError *error)
{
	return co_parse(&arena, text, strlen(text), kind, block, error);
}

static const char *
print(const CoBlock *block)
{
	char	   *text = NULL;
	size_t		length = 0;

	CHECK_INT(co_print(&arena, block, &text, &length), CO_OK);
	CHECK_INT((long long) length, (long long) strlen(text));
	return text;
}

/* The block is valid, and its text reads back as the same bytes. */
static void
check_block(const CoBlock *block)
{
	CoBlock		again,
				view;
	CoError		error;
	size_t		size;
	void	   *flat = flatten(block, &size);
	const char *text = print(block);
	CoRc		rc;

	CHECK_INT(co_block_validate(flat, size, &view, &error), CO_OK);
	rc = parse(text, block->kind, &again, &error);
	CHECK_INT(rc, CO_OK);
	if (rc)
		printf("  %s: %s\n", text, error.message);
	else if (!same_bytes(block, &again))
	{
		CHECK(false);
		printf("  %s\n  reads back as %s\n", text, print(&again));
	}
}

static void
check_text(CoBlockKind kind, const char *text, const char *want)
{
	CoBlock		block;
	CoError		error;
	CoRc		rc;

	begin();
	rc = parse(text, kind, &block, &error);
	CHECK_INT(rc, CO_OK);
	if (rc)
		printf("  %s: %s\n", text, error.message);
	else
	{
		CHECK_STR(print(&block), want);
		check_block(&block);
	}
	end();
}

#define EXPR(text, want) check_text(CO_BLOCK_EXPR, text, want)
#define ROWS(text, want) check_text(CO_BLOCK_CONSTRAINT, text, want)
#define PROBLEM(text, want) check_text(CO_BLOCK_PROBLEM, text, want)

static void
test_affine(void)
{
	EXPR("x", "x");
	EXPR("2*x + 3*y - 4", "2*x + 3*y - 4");
	EXPR("-x - -y + +3", "-x + y + 3");
	EXPR("x*2/4 - y/3", "0.5*x - 0.3333333333333333*y");
	EXPR("3*x/10", "0.3*x");
	EXPR("(x + 2*(y - 3*(z + 1)))*-1", "-x - 2*y + 6*z + 6");
	EXPR("x + x", "x + x");
	EXPR("0*x", "0*x");
	EXPR("x - x - 0*y", "x - x - 0*y");
	EXPR("1e300*x + 1e-300*y", "1e+300*x + 1e-300*y");
	EXPR("7", "7");
	EXPR("0", "0");
	EXPR("-0", "0");
	EXPR("2 - 3", "-1");
	EXPR("inf", "inf");
	EXPR("x - Infinity", "x - inf");
	EXPR("x^0 + y", "y + 1 where x free, y free");
	EXPR("x^1", "x");
}

/* PostgreSQL's precedence: unary minus first, ^ from the left. */
static void
test_precedence(void)
{
	EXPR("-2^2", "4");
	EXPR("2^3^2", "64");
	EXPR("2^-1", "0.5");
	EXPR("2*-3", "-6");
	EXPR("8/2/2", "2");
	EXPR("8-2-2", "4");
	EXPR("1+2*3^2", "19");
	EXPR("-(2)^2", "4");
	EXPR("-x^2", "(-x)^2");
	EXPR("-(x^2)", "-1*x^2");
	EXPR("-x^3", "(-x)^3");
	EXPR("2^x^y", "2^x^y");
	EXPR("x/y/z", "x/y/z");
	EXPR("x/(y/z)", "x/(y/z)");
	EXPR("- - -x", "-x");
}

static void
test_quadratic(void)
{
	EXPR("3*x*y", "3*x*y");
	EXPR("(x + 1)*(x - 1)", "0*x + x^2 - 1");
	EXPR("(x + y)^2", "x^2 + 2*x*y + y^2");
	EXPR("(x + y + 1)^2", "(x + y + 1)^2");
	EXPR("(x + y + z)^2", "(x + y + z)^2");
	EXPR("(-3*x)^2", "9*x^2");
	EXPR("y*x - x*y", "y*x - x*y");
	EXPR("(x*y)*(-2)", "-2*x*y");
	EXPR("0.5*w['a']*w['b']", "0.5*w['a']*w['b']");
	EXPR("x^2 + y + z^2", "x^2 + y + z^2");
}

static void
test_functions(void)
{
	EXPR("exp(-b*t)*a", "exp(-b*t)*a");
	EXPR("EXP(x) + Ln(y)", "exp(x) + ln(y)");
	EXPR("x1*x4*(x1+x2+x3)+x3", "x1*x4*(x1 + x2 + x3) + x3");
	EXPR("(1-x)^2 + 100*(y-x^2)^2", "-2*x + x^2 + 100*(y - x^2)^2 + 1");
	EXPR("power(x, 3)", "x^3");
	EXPR("power(x, 2)", "x^2");
	EXPR("least(x, y, z, 3)", "least(x, y, z, 3)");
	EXPR("greatest(1, 2, 3)", "3");
	EXPR("atan2(y, x)", "atan2(y, x)");
	EXPR("sqrt(2)*x", "1.4142135623730951*x");
	EXPR("5/x", "5/x");
	EXPR("-1/x - 2/y", "-1/x - 2/y");
	EXPR("exp(1/x*-3)", "exp(1/x*(-3))");
	EXPR("-(exp(x)/3 + x*y*z)", "-0.3333333333333333*exp(x) - x*y*z");
	EXPR("2*((1 + x)*exp(y))", "(x + 1)*exp(y)*2");
	EXPR("-((1 + x)*exp(y))", "(x + 1)*exp(y)*(-1)");
	EXPR("z - 3*((1 + x)*exp(y))", "z - (x + 1)*exp(y)*3");
	EXPR("exp(-((1 + x)*exp(y)))", "exp((x + 1)*exp(y)*(-1))");
	EXPR("z + (1 + x)*exp(y)", "z + (x + 1)*exp(y)");
	EXPR("-2*x^3*y", "-2*x^3*y");
	EXPR("-(x^3)*y", "-1*x^3*y");
	EXPR("exp(x*y*3 - sin(z)*2 + 1)", "exp(1 + x*y*3 - sin(z)*2)");
	EXPR("exp(-(x*y)) + exp(-(x^2))", "exp(-x*y) + exp(-1*x^2)");
	EXPR("abs(x)^(y + 1)/(2*exp(x))", "0.5*abs(x)^(y + 1)/exp(x)");
	EXPR("x*(y*z)*x", "x*(y*z)*x");
	EXPR("(2*x)^0.5", "(2*x)^0.5");
}

/* 64 products are multiplied out, 65 are not, with operators and in texts. */
static void
test_expansion_limit(void)
{
	EXPR("(a+b+c+d+e+f+g+h)*(s+t+u+v+w+x+y+z)*1",
		 "a*s + a*t + a*u + a*v + a*w + a*x + a*y + a*z + b*s + b*t + b*u + b*v + b*w + b*x + b*y + b*z + "
		 "c*s + c*t + c*u + c*v + c*w + c*x + c*y + c*z + d*s + d*t + d*u + d*v + d*w + d*x + d*y + d*z + "
		 "e*s + e*t + e*u + e*v + e*w + e*x + e*y + e*z + f*s + f*t + f*u + f*v + f*w + f*x + f*y + f*z + "
		 "g*s + g*t + g*u + g*v + g*w + g*x + g*y + g*z + h*s + h*t + h*u + h*v + h*w + h*x + h*y + h*z "
		 "where a free, b free, c free, d free, e free, f free, g free, h free, "
		 "s free, t free, u free, v free, w free, x free, y free, z free");
	EXPR("(a+b+c+d+e+f+g+h+i)^2", "(a + b + c + d + e + f + g + h + i)^2");
	EXPR("(a+b+c+d+e)*(l+m+n+o+p+q+r+s+t+u+v+w+x)",
		 "(a + b + c + d + e)*(l + m + n + o + p + q + r + s + t + u + v + w + x)");
}

static void
test_names(void)
{
	EXPR("w['IBM'] + ship['p1','m2']", "w['IBM'] + ship['p1','m2']");
	EXPR("w[IBM] + w[ 12 ] + w[-3] + w[1.50]", "w['IBM'] + w['12'] + w['-3'] + w['1.50']");
	EXPR("w['(p1,m2)']", "w['p1','m2']");
	EXPR("w['(p1']", "w['(p1']");
	EXPR("w['a b','c\"d','', 'it''s']", "w['a b','c\"d','','it''s']");
	EXPR("\"x\"\"; drop table\" - \"\"", "\"x\"\"; drop table\" - \"\"");
	EXPR("\"where\" + \"Minimize\" + \"exp\" + \"inf\" + \"1x\"",
		 "\"where\" + \"Minimize\" + \"exp\" + \"inf\" + \"1x\"");
	EXPR("subject + to + start + free + x1_$", "\"subject\" + \"to\" + \"start\" + \"free\" + x1_$");
	EXPR("X + x", "X + x");
	EXPR("gr\xc3\xb6\xc3\x9f" "e + \xe5\xa4\x89\xe6\x95\xb0['\xe3\x82\xad']",
		 "gr\xc3\xb6\xc3\x9f" "e + \xe5\xa4\x89\xe6\x95\xb0['\xe3\x82\xad']");
	EXPR("exp*2", "2*\"exp\"");
	EXPR("w + w['']", "w + w['']");
	EXPR("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz1 + "
		 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz2",
		 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz1 + "
		 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz2");
}

static void
test_rows(void)
{
	ROWS("", "");
	ROWS("x <= 3", "x <= 3");
	ROWS("x >= -3;", "x >= -3");
	ROWS("budget: x + y == 1; sector['tech']: x <= 0.6", "budget: x + y == 1; sector['tech']: x <= 0.6");
	ROWS("\"odd name\"[1]: x <= 2", "\"odd name\"['1']: x <= 2");
	ROWS("3 <= x", "x >= 3");
	ROWS("3 >= x; 3 == x", "x <= 3; x == 3");
	ROWS("x + 1 <= y - 2", "x - y <= -3");
	ROWS("2 <= x + 1 <= 5; 5 >= x >= 2", "1 <= x <= 4; 2 <= x <= 5");
	ROWS("5 <= x <= 3", "5 <= x <= 3");
	ROWS("x <= inf; -inf <= x; -inf <= x <= 3", "-inf <= x <= inf; -inf <= x <= inf; x <= 3");
	ROWS("x >= inf", "inf <= x <= inf");
	ROWS("0 <= 5; 1 <= 2 <= 3", "0 <= 5; -1 <= 0 <= 1");
	ROWS("prod: x1*x2*x3*x4 >= 25", "prod: x1*x2*x3*x4 >= 25");
	ROWS("x + 0.1 + 0.2 <= 0.3", "x <= 0");
	ROWS("p <= x where p := 2", "x - p >= 0 where p := 2, x free");
	ROWS("x <= 3 where x in [0, 1], z free", "x <= 3 where x in [0, 1], z free");
	ROWS("where x in [0, 1]", "where x in [0, 1]");
	ROWS("exp: exp(x) <= 1", "\"exp\": exp(x) <= 1");
}

static void
test_problems(void)
{
	PROBLEM("minimize x", "minimize x");
	PROBLEM("MAXIMIZE x*y Subject TO a: x <= 3; y <= 2;", "maximize x*y subject to a: x <= 3; y <= 2");
	PROBLEM("feasible", "feasible");
	PROBLEM("feasible subject to x >= 1", "feasible subject to x >= 1");
	PROBLEM("minimize 3 subject to", "minimize 3");
	PROBLEM("minimize x where x in [0, inf] start 1", "minimize x where x in [0, inf] start 1");
	PROBLEM("minimize minimize + subject subject to to: to <= 1",
			"minimize \"minimize\" + \"subject\" subject to \"to\": \"to\" <= 1");
}

static void
test_where(void)
{
	EXPR("y + x where x in [0,1] start .5, p := -3",
		 "y + x where x in [0, 1] start 0.5, p := -3, y free");
	EXPR("x where x in [-inf, inf]", "x where x in [-inf, inf]");
	EXPR("x where x free", "x");
	EXPR("x where x undefined", "x where x undefined");
	EXPR("w[1] + w['2'] WHERE w[2] IN [-1, 1] START -0, w[1] Undefined",
		 "w['1'] + w['2'] where w['2'] in [-1, 1] start -0, w['1'] undefined");
	EXPR("x where x in [2, 1]", "x where x in [2, 1]");
	EXPR("x where x in [0, 1], x in [0, 1], x free", "x where x in [0, 1]");
	EXPR("p*x where p := 1.5", "p*x where p := 1.5, x free");
	EXPR("\"where\"[where] where \"where\"['where'] free", "\"where\"['where']");
}

/* Kinds and definitions as they stand in the block. */
static void
test_leaf_kinds(void)
{
	CoBlock		block;
	CoError		error;

	begin();
	CHECK_INT(parse("a + b + c + d where b := 2, c in [1, 4] start 3, d undefined",
					CO_BLOCK_EXPR, &block, &error), CO_OK);
	CHECK_INT(block.n_leaf, 4);
	CHECK_STR(co_block_string(&block, block.leaf_name[0]), "b");
	CHECK_INT(block.leaf_kind[0], CO_LEAF_PARAMETER);
	CHECK_NEAR(block.leaf_start[0], 2.0, 0.0);
	CHECK(block.leaf_lower[0] == -INFINITY && block.leaf_upper[0] == INFINITY);
	CHECK_INT(block.leaf_kind[1], CO_LEAF_VARIABLE);
	CHECK_NEAR(block.leaf_lower[1], 1.0, 0.0);
	CHECK_NEAR(block.leaf_upper[1], 4.0, 0.0);
	CHECK_NEAR(block.leaf_start[1], 3.0, 0.0);
	CHECK_INT(block.leaf_kind[2], CO_LEAF_REFERENCE);
	CHECK_STR(co_block_string(&block, block.leaf_name[3]), "a");
	CHECK_INT(block.leaf_kind[3], CO_LEAF_NAME);
	CHECK(isnan(block.leaf_start[3]));
	CHECK_INT(block.leaf_key[3], -1);
	end();
}

static void
test_bounds(void)
{
	CoBlock		block;
	CoError		error;

	begin();
	CHECK_INT(parse("r['k']: 2*x + 1 >= 4 - x; -1 <= x <= 2", CO_BLOCK_CONSTRAINT, &block, &error), CO_OK);
	CHECK_INT(block.n_row, 2);
	CHECK_STR(co_block_string(&block, block.row_name[0]), "r");
	CHECK_STR(co_block_string(&block, block.row_key[0]), "k");
	CHECK_NEAR(block.lower[0], 3.0, 0.0);
	CHECK(block.upper[0] == INFINITY);
	CHECK_NEAR(block.constant[0], 0.0, 0.0);
	CHECK_INT(block.n_lin, 3);
	CHECK_NEAR(block.lin_coef[1], 1.0, 0.0);
	CHECK_INT(block.row_name[1], -1);
	CHECK_NEAR(block.lower[1], -1.0, 0.0);
	CHECK_NEAR(block.upper[1], 2.0, 0.0);
	end();
}

typedef struct Bad
{
	CoBlockKind kind;
	const char *text;
	int			position;
	const char *message;
	const char *more;			/* in detail or hint; NULL: anything */
} Bad;

static const Bad bad[] = {
	{CO_BLOCK_EXPR, "", 0, "syntax error in expression: unexpected end", "Expected a number"},
	{CO_BLOCK_EXPR, "x +* y", 3, "syntax error in expression at or near \"* y\"", "Expected a number"},
	{CO_BLOCK_EXPR, "x y", 2, "syntax error in expression at or near \"y\"", "Expected an operator"},
	{CO_BLOCK_EXPR, "2x", 0, "invalid or out-of-range number \"2x\"", "needs its \"*\""},
	{CO_BLOCK_EXPR, "(x", 2, "syntax error in expression: unexpected end", "\")\""},
	{CO_BLOCK_EXPR, "x)", 1, "syntax error in expression at or near \")\"", NULL},
	{CO_BLOCK_EXPR, "()", 1, "syntax error in expression at or near \")\"", NULL},
	{CO_BLOCK_EXPR, "(x, y)", 2, "syntax error in expression at or near \", y)\"", NULL},
	{CO_BLOCK_EXPR, "x + foo(y)", 4, "unknown function \"foo\"", "exp, ln, log10"},
	{CO_BLOCK_EXPR, "exp(x, y)", 0, "function exp takes one argument", NULL},
	{CO_BLOCK_EXPR, "exp()", 4, "syntax error in expression at or near \")\"", NULL},
	{CO_BLOCK_EXPR, "atan2(x)", 0, "function atan2 takes two arguments", NULL},
	{CO_BLOCK_EXPR, "least(x)", 0, "function least takes two or more arguments", NULL},
	{CO_BLOCK_EXPR, "x = 3", 2, "unknown operator \"=\"", "=="},
	{CO_BLOCK_CONSTRAINT, "x < 3", 2, "unknown operator \"<\"", "<="},
	{CO_BLOCK_CONSTRAINT, "x > 3", 2, "unknown operator \">\"", ">="},
	{CO_BLOCK_CONSTRAINT, "x != 3", 2, "unexpected character \"!\"", "equality"},
	{CO_BLOCK_EXPR, "x % 3", 2, "unexpected character \"%\"", NULL},
	{CO_BLOCK_EXPR, "x <= 3", 2, "syntax error in expression at or near \"<= 3\"", NULL},
	{CO_BLOCK_CONSTRAINT, "x + y", 5, "syntax error in expression: unexpected end", "comparison"},
	{CO_BLOCK_CONSTRAINT, "1 <= x >= 3", 2, "two comparisons in one row must be both <= or both >=", NULL},
	{CO_BLOCK_CONSTRAINT, "1 == x == 1", 2, "two comparisons in one row must be both <= or both >=", NULL},
	{CO_BLOCK_CONSTRAINT, "y <= x <= 3", 2, "the outer sides of two comparisons must be numbers", NULL},
	{CO_BLOCK_CONSTRAINT, "1 <= x <= 3 <= 4", 12, "syntax error in expression at or near \"<= 4\"", NULL},
	{CO_BLOCK_CONSTRAINT, "x <= 3 y <= 4", 7, "syntax error in expression at or near \"y <= 4\"", "\";\""},
	{CO_BLOCK_CONSTRAINT, ": x <= 3", 0, "syntax error in expression at or near \": x <= 3\"", NULL},
	{CO_BLOCK_CONSTRAINT, "inf <= x + inf", 4, "bound of a comparison is not a number", NULL},
	{CO_BLOCK_PROBLEM, "x", 0, "syntax error in expression at or near \"x\"", "minimize"},
	{CO_BLOCK_PROBLEM, "minimize", 8, "syntax error in expression: unexpected end", NULL},
	{CO_BLOCK_PROBLEM, "minimize x, y", 10, "syntax error in expression at or near \", y\"", "subject to"},
	{CO_BLOCK_PROBLEM, "minimize x subject y", 19, "syntax error in expression at or near \"y\"", "to"},
	{CO_BLOCK_PROBLEM, "feasible x", 9, "syntax error in expression at or near \"x\"", NULL},
	{CO_BLOCK_EXPR, "0x10", 0, "invalid or out-of-range number \"0x10\"", NULL},
	{CO_BLOCK_EXPR, "1_000", 0, "invalid or out-of-range number \"1_000\"", NULL},
	{CO_BLOCK_EXPR, "x + 1e999", 4, "invalid or out-of-range number \"1e999\"", NULL},
	{CO_BLOCK_EXPR, "1e-999", 0, "invalid or out-of-range number \"1e-999\"", NULL},
	{CO_BLOCK_EXPR, ".", 0, "invalid or out-of-range number \".\"", NULL},
	{CO_BLOCK_EXPR, "1e", 0, "invalid or out-of-range number \"1e\"", NULL},
	{CO_BLOCK_EXPR, "1.2.3", 0, "invalid or out-of-range number \"1.2.3\"", NULL},
	{CO_BLOCK_EXPR, "NaN", 0, "\"NaN\" is not a number", NULL},
	{CO_BLOCK_EXPR, "inf*x", 3, "factor is infinite", NULL},
	{CO_BLOCK_EXPR, "inf - inf", 4, "constant of an expression is not a number", NULL},
	{CO_BLOCK_EXPR, "exp(x + inf)", 0, "constant of an expression is not finite", NULL},
	{CO_BLOCK_EXPR, "1e308*10", 5, "constant of an expression is out of range", NULL},
	{CO_BLOCK_EXPR, "1e308*x*10", 7, "coefficient is out of range", NULL},
	{CO_BLOCK_EXPR, "x/0", 1, "division by zero", NULL},
	{CO_BLOCK_EXPR, "x/(1/inf)", 4, "divisor is not finite", NULL},
	{CO_BLOCK_EXPR, "ln(-1)", 0, "ln(-1) is not a number", NULL},
	{CO_BLOCK_EXPR, "ln(0)", 0, "ln(0) is infinite", NULL},
	{CO_BLOCK_EXPR, "0^-1", 1, "power(0, -1) is infinite", NULL},
	{CO_BLOCK_EXPR, "atan2(x, 1) + power(-1, 0.5)", 14, "power(-1, 0.5) is not a number", NULL},
	{CO_BLOCK_EXPR, "\"abc", 0, "unterminated quoted name at or near \"abc", NULL},
	{CO_BLOCK_EXPR, "w['abc", 2, "unterminated quoted string at or near 'abc", NULL},
	{CO_BLOCK_EXPR, "w[", 2, "syntax error in expression: unexpected end", "key"},
	{CO_BLOCK_EXPR, "w[]", 2, "syntax error in expression at or near \"]\"", "key"},
	{CO_BLOCK_EXPR, "w['a'", 5, "syntax error in expression: unexpected end", "]"},
	{CO_BLOCK_EXPR, "w['a' 'b']", 6, "syntax error in expression at or near \"'b']\"", NULL},
	{CO_BLOCK_EXPR, "w[-a]", 3, "syntax error in expression at or near \"a]\"", "number"},
	{CO_BLOCK_EXPR, "'text'", 0, "syntax error in expression at or near \"'text'\"", NULL},
	{CO_BLOCK_EXPR, "x where", 7, "syntax error in expression: unexpected end", "name"},
	{CO_BLOCK_EXPR, "x where x", 9, "syntax error in expression: unexpected end", ":="},
	{CO_BLOCK_EXPR, "x where x in", 12, "syntax error in expression: unexpected end", "["},
	{CO_BLOCK_EXPR, "x where x in [0]", 15, "syntax error in expression at or near \"]\"", NULL},
	{CO_BLOCK_EXPR, "x where x in [0, y]", 17, "a bound depends on a variable", "number"},
	{CO_BLOCK_EXPR, "x where x in [0, 2*x], p := 1", 17, "a bound depends on a variable", "number"},
	{CO_BLOCK_EXPR, "x where x in [0, p q], p := 1, q := 2", 19, "syntax error in expression at or near \"q], p := 1, q := 2\"", NULL},
	{CO_BLOCK_EXPR, "x where x in [p, 1, p := 1", 26, "syntax error in expression: unexpected end", NULL},
	{CO_BLOCK_EXPR, "x where x := y", 13, "syntax error in expression at or near \"y\"", "number"},
	{CO_BLOCK_EXPR, "x where x := inf", 8, "value of a parameter must be finite", NULL},
	{CO_BLOCK_EXPR, "x where x free y free", 15, "syntax error in expression at or near \"y free\"", NULL},
	{CO_BLOCK_EXPR, "x where x free, where", 21, "syntax error in expression: unexpected end", NULL},
	{CO_BLOCK_EXPR, "x where x := 1, x in [0, 1]", 16, "x is both a variable and a parameter", NULL},
	{CO_BLOCK_EXPR, "x where x := 1, x := 2", 16, "parameter x has two different values", NULL},
	{CO_BLOCK_EXPR, "x where x in [0,1], x in [0,2]", 20,
	"variable x is defined in two different ways", NULL},
	{CO_BLOCK_EXPR, "\xef\xbc\x91\xc2\xa0", 1000, NULL, NULL},	/* a name: full-width digit, blank */
	{CO_BLOCK_EXPR, "x + \x01", 4, "unexpected character \"?\"", NULL}
};

static void
test_errors(void)
{
	for (size_t k = 0; k < sizeof bad / sizeof *bad; k++)
	{
		CoBlock		block;
		CoError		error;
		int			failures = check_failures;

		begin();
		if (!bad[k].message)
			CHECK_INT(parse(bad[k].text, bad[k].kind, &block, &error), CO_OK);
		else
		{
			CHECK_INT(parse(bad[k].text, bad[k].kind, &block, &error), CO_BAD_INPUT);
			CHECK_STR(error.message, bad[k].message);
			CHECK_INT(error.position, bad[k].position);
			CHECK(!bad[k].more || strstr(error.detail, bad[k].more) || strstr(error.hint, bad[k].more));
		}
		if (check_failures > failures)
			printf("  parsing %s: %s (%s, %s)\n", bad[k].text, error.message, error.detail, error.hint);
		end();
	}
}

/* A zero byte, which no text of the server can have. */
static void
test_zero_byte(void)
{
	static const char text[] = "x + \0 y",
				quoted[] = "\"x\0y\"";
	CoBlock		block;
	CoError		error;

	begin();
	CHECK_INT(co_parse(&arena, text, sizeof text - 1, CO_BLOCK_EXPR, &block, &error), CO_BAD_INPUT);
	CHECK_INT(error.position, 4);
	CHECK_INT(co_parse(&arena, quoted, sizeof quoted - 1, CO_BLOCK_EXPR, &block, &error), CO_BAD_INPUT);
	end();
}

/* repeat times head, then middle, then repeat times tail */
static char *
repeat(const char *head, const char *middle, const char *tail, int times)
{
	size_t		n_head = strlen(head),
				n_tail = strlen(tail);
	char	   *text = malloc((n_head + n_tail) * (size_t) times + strlen(middle) + 1);
	char	   *at = text;

	for (int k = 0; k < times; k++, at += n_head)
		memcpy(at, head, n_head);
	memcpy(at, middle, strlen(middle) + 1);
	for (at += strlen(middle); times > 0; times--, at += n_tail)
		memcpy(at, tail, n_tail + 1);
	return text;
}

static void
check_repeated(const char *head, const char *middle, const char *tail, int times, bool good)
{
	char	   *text;
	CoBlock		block;
	CoError		error;
	CoRc		rc;

	if (times > 10000 && test_quick() > 1)
		times /= 20;
	text = repeat(head, middle, tail, times);
	begin();
	rc = parse(text, CO_BLOCK_EXPR, &block, &error);
	CHECK_INT(rc, good ? CO_OK : CO_BAD_INPUT);
	if (good && !rc)
		check_block(&block);
	else
		CHECK_STR(error.message, "expression is nested too deeply");
	if (rc && good)
		printf("  %d times %s: %s\n", times, head, error.message);
	end();
	free(text);
}

static void
test_nesting(void)
{
	check_repeated("(", "x", ")", 1000, true);
	check_repeated("(", "x", ")", 1001, false);
	check_repeated("(", "x", "", 1000000, false);
	check_repeated("exp(", "x", ")", 1000, true);
	check_repeated("exp(", "x", ")", 1000000, false);
	check_repeated("-", "x", "", 1000000, true);
	check_repeated("-(", "x", ")", 1000, true);
	check_repeated("x*(1+y*", "x", ")", 330, true);
	check_repeated("x*(1+y*", "x", ")", 999, false);
	check_repeated("x/(", "exp(y)", ")", 998, true);
	check_repeated("x/(", "exp(y)", ")", 1000, false);
	check_repeated("x^(", "y", ")", 999, true);
	check_repeated("exp(", "x^-2*-3*exp(-x^3)", ")", 1000, false);
	check_repeated("exp(", "x^-2*-3 + x^-y", ")", 1000, true);
}

/* Chains and sums of any length, in time proportional to it. */
static void
test_long(void)
{
	check_repeated("x*", "y", "", 500000, true);
	check_repeated("x^", "y", "", 200000, true);
	check_repeated("x/", "y", "*z", 200000, true);
	check_repeated("2*x+", "y", "", 300000, true);
	check_repeated("0.1*w['a','b']*v[3] - ", "y", "", 50000, true);
	check_repeated("exp(a*x)*b + ", "y", "", 50000, true);
	check_repeated("1*", "x", "*-1", 300001, true);
	check_repeated("sin(x) + 2 - ", "y", "", 100000, true);
}

static void
test_long_arguments(void)
{
	char	   *arguments = repeat(", x - 1", ")", "", 100000);
	size_t		length = strlen(arguments);
	char	   *text = malloc(length + 16);
	CoBlock		block;
	CoError		error;

	snprintf(text, length + 16, "least(y%s", arguments);
	begin();
	CHECK_INT(parse(text, CO_BLOCK_EXPR, &block, &error), CO_OK);
	check_block(&block);
	end();
	free(arguments);
	free(text);
}

/* A text of 5 MB: polls come at least every megabyte. */
static void
test_polls(void)
{
	char	   *text = repeat("2.5*x + 0.1*y*z - exp(t) + ", "y", "", 200000);
	CoBlock		block;
	CoError		error;

	begin();
	host.cancel_at = 1000000;	/* polls are counted where one may cancel */
	CHECK_INT(parse(text, CO_BLOCK_EXPR, &block, &error), CO_OK);
	CHECK(host.n_poll >= 5);
	end();
	free(text);
}

/* A million terms in one power: the sum stays one formula. */
static void
test_long_power(void)
{
	char	   *sum = repeat("x+y-", "z", "", 250000);
	size_t		length = strlen(sum);
	char	   *text = malloc(length + 16);
	CoBlock		block;
	CoError		error;

	snprintf(text, length + 16, "(%s)^2/7", sum);
	begin();
	CHECK_INT(parse(text, CO_BLOCK_EXPR, &block, &error), CO_OK);
	CHECK_INT(block.n_quad, 0);
	check_block(&block);
	end();
	free(sum);
	free(text);
}

static const char everything[] =
"minimize (1-x)^2 + 100*(y-x^2)^2 + sum['a','b']*exp(-2*x)/3 - least(x,y,z)*w^-0.5 "
"subject to budget['k']: x + y <= 3; \"odd one\": 1 <= x*y*z + 2 <= 5; (x+y+z+1)^4 >= x; p*x == 2 "
"where x in [0, 1] start 0.5, p := 3, \"sum\"['(a,b)'] undefined, z free";

static CoRc
parse_and_print(CoError *error)
{
	CoBlock		block;
	char	   *text;
	size_t		length;
	CoRc		rc = parse(everything, CO_BLOCK_PROBLEM, &block, error);

	return rc ? rc : co_print(&arena, &block, &text, &length);
}

/* Every allocation fails in turn, every poll cancels in turn. */
static void
test_weather(void)
{
	CoError		error;
	CoRc		rc = CO_NO_MEMORY;
	long		k;

	for (k = 0; rc == CO_NO_MEMORY; k++)
	{
		begin();
		host.fail_at = k;
		rc = parse_and_print(&error);
		CHECK(rc == CO_OK || rc == CO_NO_MEMORY);
		end();
	}
	CHECK_INT(rc, CO_OK);
	CHECK(k > 1);
	if (rc)
		printf("  %s\n", error.message);
}

static void
test_cancel(void)
{
	char	   *text;
	CoBlock		block;
	CoError		error;
	CoRc		rc = CO_CANCELED;
	long		k;

	if (test_quick() > 1)
		SKIP("minutes under valgrind");
	text = repeat("x*exp(y) + 2*z + ", "y", "", 120000);
	for (k = 0; rc == CO_CANCELED && k < 1000; k++)
	{
		char	   *printed;
		size_t		length;

		begin();
		host.cancel_at = k;
		rc = parse(text, CO_BLOCK_EXPR, &block, &error);
		if (!rc)
			rc = co_print(&arena, &block, &printed, &length);
		CHECK(rc == CO_OK || rc == CO_CANCELED);
		end();
	}
	CHECK_INT(rc, CO_OK);
	CHECK(k > 5);
	free(text);
}

/* A limit on memory is an answer too. */
static void
test_memory_limit(void)
{
	CoError		error;

	test_host_init(&host);
	co_arena_init(&arena, &host.env, 4000);
	CHECK_INT(parse_and_print(&error), CO_MEMORY_EXCEEDED);
	end();
}

static void
check_row(const char *text, int max_terms, const char *want)
{
	CoBlock		block;
	CoError		error;
	char	   *got;
	size_t		length;

	begin();
	CHECK_INT(parse(text, CO_BLOCK_CONSTRAINT, &block, &error), CO_OK);
	CHECK_INT(co_print_row(&arena, &block, block.n_row - 1, max_terms, &got, &length), CO_OK);
	CHECK_STR(got, want);
	CHECK_INT((long long) length, (long long) strlen(want));
	end();
}

static void
test_print_row(void)
{
	check_row("a <= 1; x + 2*y + z^2 + exp(t) <= 3", 0, "x + 2*y + z^2 + exp(t)");
	check_row("x + 2*y + z^2 + exp(t) <= 3", 4, "x + 2*y + z^2 + exp(t)");
	check_row("x + 2*y + z^2 + exp(t) <= 3", 2, "x + 2*y + ...");
	check_row("(a+b+c+d+e+f+g+h+i)^2 <= 3", 3, "(a + b + c + ...)^2");
	check_row("0 <= 3", 3, "0");
	check_row("x <= 3 where x in [0, 1]", 3, "x");
}

CHECK_MAIN(TEST(test_affine), TEST(test_precedence), TEST(test_quadratic), TEST(test_functions),
		   TEST(test_expansion_limit), TEST(test_names), TEST(test_rows), TEST(test_problems),
		   TEST(test_where), TEST(test_leaf_kinds), TEST(test_bounds), TEST(test_errors),
		   TEST(test_zero_byte), TEST(test_nesting), TEST(test_long),
		   TEST(test_long_arguments), TEST(test_polls),
		   TEST(test_long_power), TEST(test_weather), TEST(test_cancel), TEST(test_memory_limit),
		   TEST(test_print_row))
