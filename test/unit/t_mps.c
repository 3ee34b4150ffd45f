/*-------------------------------------------------------------------------
 *
 * t_mps.c
 *	  MPS and QPS: every section and every mistake in small.
 *
 *-------------------------------------------------------------------------
 */
#include <stdlib.h>

#include "expr/text.h"
#include "fixture.h"

static CoRc
read_mps(const char *text, CoBlock *block, CoError *error)
{
	return co_read_mps(&arena, text, strlen(text), block, error);
}

/* The problem in the language of expr/text.h says everything about it. */
static void
check_mps(const char *mps, const char *want)
{
	CoBlock		block,
				view;
	CoError		error;
	CoRc		rc;
	char	   *text;
	size_t		length,
				size;
	void	   *flat;

	begin();
	rc = read_mps(mps, &block, &error);
	CHECK_INT(rc, CO_OK);
	if (rc)
		printf("  %s\n", error.message);
	else
	{
		CHECK_INT(co_print(&arena, &block, &text, &length), CO_OK);
		CHECK_STR(text, want);
		size = co_block_size(&block);
		flat = co_take_zero(&arena, size, 1);
		co_block_write(&block, flat);
		CHECK_INT(co_block_validate(flat, size, &view, &error), CO_OK);
	}
	end();
}

static void
check_refused(const char *mps, const char *message, const char *more)
{
	CoBlock		block;
	CoError		error;

	begin();
	CHECK_INT(read_mps(mps, &block, &error), CO_BAD_INPUT);
	CHECK_STR(error.message, message);
	if (more)
		CHECK(strstr(error.detail, more) || strstr(error.hint, more));
	CHECK(error.position >= 0 && error.position <= (int) strlen(mps));
	end();
}

#define ROWS \
	"NAME          TEST\n" \
	"ROWS\n" \
	" N  COST\n" \
	" L  LIM1\n" \
	" G  LIM2\n" \
	" E  MYEQN\n"
#define COLUMNS \
	"COLUMNS\n" \
	"    X         COST         1.0   LIM1         1.0\n" \
	"    X         LIM2         1.0\n" \
	"    Y         COST         2.0   LIM1         1.0\n" \
	"    Y         MYEQN       -1.0\n" \
	"    Z         COST        -1.0   MYEQN        1.0\n"
#define RHS \
	"RHS\n" \
	"    RHS       LIM1         4.0   LIM2         1.0\n" \
	"    RHS       MYEQN        7.0\n"
#define ALL ROWS COLUMNS RHS
#define BODY "X + 2*Y - Z"
#define POSITIVE " where X in [0, inf], Y in [0, inf], Z in [0, inf]"

static void
test_plain(void)
{
	check_mps(ALL "ENDATA\n",
			  "minimize " BODY " subject to LIM1: X + Y <= 4; LIM2: X >= 1; MYEQN: -Y + Z == 7" POSITIVE);
	check_mps("* a comment\n\nNAME\n* another\n" "ROWS\n N c\n L r\nCOLUMNS\n x c 1 r 2\nRHS\nENDATA\ngarbage",
			  "minimize x subject to r: 2*x <= 0 where x in [0, inf]");
	check_mps("ROWS\r\n N\tc\r\n L\tr\r\nCOLUMNS\r\n\tx\tc\t1\tr\t2   \r\nENDATA",
			  "minimize x subject to r: 2*x <= 0 where x in [0, inf]");
}

/* A column without entries is a variable, a row without is a row. */
static void
test_empty(void)
{
	check_mps("ROWS\n N c\n G r\nCOLUMNS\nENDATA\n", "minimize 0 subject to r: 0 >= 0");
	check_mps("ROWS\n L r\nCOLUMNS\n x r 1\nENDATA\n",
			  "feasible subject to r: x <= 0 where x in [0, inf]");
	check_mps("ROWS\n N c\nCOLUMNS\n x c 0\n y c -0.0\nENDATA\n",
			  "minimize 0*x + 0*y where x in [0, inf], y in [0, inf]");
}

static void
test_objective(void)
{
	check_mps("OBJSENSE\n    MAX\n" ROWS COLUMNS "ENDATA\n",
			  "maximize " BODY " subject to LIM1: X + Y <= 0; LIM2: X >= 0; MYEQN: -Y + Z == 0" POSITIVE);
	check_mps("OBJSENSE MAXIMIZE\nROWS\n N c\nCOLUMNS\n x c 1\nENDATA\n", "maximize x where x in [0, inf]");
	check_mps("OBJSENSE\nMAX\nROWS\n N c\nCOLUMNS\n x c 1\nENDATA\n", "maximize x where x in [0, inf]");
	check_mps("OBJSENSE\n MIN\nROWS\n N c\nCOLUMNS\n x c 1\nENDATA\n", "minimize x where x in [0, inf]");
	check_mps("ROWS\n N c\n N d\nCOLUMNS\n x c 1 d 2\nRHS\n R c 3 d 4\nENDATA\n",
			  "minimize x - 3 where x in [0, inf]");
	check_mps("OBJNAME\n d\nROWS\n N c\n N d\nCOLUMNS\n x c 1 d 2\nRHS\n c 3 d 4\nENDATA\n",
			  "minimize 2*x - 4 where x in [0, inf]");
}

static void
test_ranges(void)
{
#define RANGE_ROWS "ROWS\n N c\n L l\n G g\n E p\n E m\n E z\nCOLUMNS\n x c 1 l 1\n x g 1 p 1\n x m 1 z 1\n" \
	"RHS\n l 5 g 5\n p 5 m 5\n z 5\n"
	check_mps(RANGE_ROWS "RANGES\n R l 2 g 2\n R p 2 m -2\n R z 0\nENDATA\n",
			  "minimize x subject to l: 3 <= x <= 5; g: 5 <= x <= 7; p: 5 <= x <= 7; m: 3 <= x <= 5; "
			  "z: x == 5 where x in [0, inf]");
	check_mps(RANGE_ROWS "RANGES\n l -2 g -2\nENDATA\n",
			  "minimize x subject to l: 3 <= x <= 5; g: 5 <= x <= 7; p: x == 5; m: x == 5; "
			  "z: x == 5 where x in [0, inf]");
	check_mps("ROWS\n L l\nCOLUMNS\n x l 1\nRANGES\n l 2\nRHS\n l 1\nENDATA\n",
			  "feasible subject to l: -1 <= x <= 1 where x in [0, inf]");
}

static void
check_bound(const char *lines, const char *want)
{
	char		mps[400],
				text[200];

	snprintf(mps, sizeof mps, "ROWS\n N c\nCOLUMNS\n x c 1\n y c 1\nBOUNDS\n%sENDATA\n", lines);
	snprintf(text, sizeof text, "minimize x + y where x in %s, y in [0, inf]", want);
	check_mps(mps, text);
}

static void
test_bounds(void)
{
	check_bound("", "[0, inf]");
	check_bound(" UP B x 4\n", "[0, 4]");
	check_bound(" UP x 4\n", "[0, 4]");
	check_bound(" LO B x 1\n UP B x 4\n", "[1, 4]");
	check_bound(" LO B x -1\n", "[-1, inf]");
	check_bound(" FX B x 2.5\n", "[2.5, 2.5]");
	check_bound(" FR B x\n", "[-inf, inf]");
	check_bound(" FR x\n", "[-inf, inf]");
	check_bound(" FR B x 0\n", "[-inf, inf]");
	check_bound(" FR x 0\n", "[-inf, inf]");
	check_bound(" MI B x\n", "[-inf, inf]");
	check_bound(" MI B x\n UP B x 4\n", "[-inf, 4]");
	check_bound(" UP B x 4\n MI B x\n", "[-inf, 4]");
	check_bound(" UP B x 4\n PL B x\n", "[0, inf]");
	check_bound(" UP B x 4\n UP B x 3\n", "[0, 3]");
	check_bound(" UP B x 1e30\n LO B x -1e31\n", "[-inf, inf]");
	check_bound(" UP B x inf\n LO B x -Infinity\n", "[-inf, inf]");
}

/* UP below 0: the lower bound that was only understood gives way. */
static void
test_negative_up(void)
{
	check_bound(" UP B x -4\n", "[-inf, -4]");
	check_bound(" UP B x 0\n", "[0, 0]");
	check_bound(" UP B x -0.0\n", "[0, 0]");
	check_bound(" UP B x -4\n LO B x -5\n", "[-5, -4]");
	check_bound(" LO B x -5\n UP B x -4\n", "[-5, -4]");
	check_bound(" LO B x 0\n UP B x -4\n", "[0, -4]");
	check_bound(" MI B x\n UP B x -4\n", "[-inf, -4]");
	check_bound(" LO B x 2\n UP B x 1\n", "[2, 1]");
}

#define QP "ROWS\n N c\nCOLUMNS\n x c 1\n y c 1\n"
#define QP_WHERE " where x in [0, inf], y in [0, inf]"

static void
test_quadratic(void)
{
	check_mps(QP "QUADOBJ\n x x 2\n y x -1\n y y 4\nENDATA\n", "minimize x + y + x^2 - x*y + 2*y^2" QP_WHERE);
	check_mps(QP "QUADOBJ\n x x 2 y -1\nENDATA\n", "minimize x + y + x^2 - x*y" QP_WHERE);
	check_mps(QP "QSECTION      c\n x y 3\nENDATA\n", "minimize x + y + 3*x*y" QP_WHERE);
	check_mps(QP "QMATRIX\n x x 2\n x y -1\n y x -1\n y y 4\nENDATA\n",
			  "minimize x + y + x^2 - x*y + 2*y^2" QP_WHERE);
	check_mps(QP "QMATRIX\n y x 0\n x y -0\nENDATA\n", "minimize x + y + 0*x*y" QP_WHERE);
	check_mps(QP "QUADOBJ\nENDATA\n", "minimize x + y" QP_WHERE);
	check_mps("ROWS\n L r\nCOLUMNS\n x r 1\nQUADOBJ\n x x 2\nENDATA\n",
			  "minimize x^2 subject to r: x <= 0 where x in [0, inf]");
	check_refused(QP "QUADOBJ\n x y 1\n y x 1\nENDATA\n",
				  "line 8: second quadratic term of column \"y\" with the same column", "QMATRIX");
	check_refused(QP "QUADOBJ\n x x 1\n x x 1\nENDATA\n",
				  "line 8: second quadratic term of column \"x\" with the same column", NULL);
	check_refused(QP "QMATRIX\n x y 1\nENDATA\n",
				  "line 7: QMATRIX is not symmetric at column \"x\"", "QUADOBJ");
	check_refused(QP "QMATRIX\n x y 1\n y x 2\nENDATA\n",
				  "line 8: QMATRIX is not symmetric at column \"y\"", NULL);
	check_refused(QP "QMATRIX\n x y 1\n x y 1\nENDATA\n",
				  "line 8: second quadratic term of column \"x\" with the same column", NULL);
	check_refused(QP "QMATRIX\n x y 1\n y x 1\n x y 1\nENDATA\n",
				  "line 9: second quadratic term of column \"x\" with the same column", NULL);
	check_refused(QP "QUADOBJ\nQMATRIX\nENDATA\n", "line 7: second quadratic section QMATRIX", NULL);
	check_refused(QP "QUADOBJ\n x w 1\nENDATA\n", "line 7: unknown column \"w\"", NULL);
	check_refused(QP "QCMATRIX   r\n x x 1\nENDATA\n", "line 6: quadratic constraints are not supported",
				  "QCMATRIX");
}

/* Names with blanks stand in columns 5-12, 15-22 and 40-47. */
static void
test_fixed(void)
{
	check_mps("NAME          FORPLAN\n"
			  "ROWS\n"
			  " N  MIN COST\n"
			  " L  ROW 1\n"
			  " E  ROW 2\n"
			  "COLUMNS\n"
			  "    COL 1     MIN COST  1.5            ROW 1     2.0\n"
			  "    COL 1     ROW 2     -1.\n"
			  "    A B C D   ROW 2     12345678.90123\n"
			  "RHS\n"
			  "              ROW 1     4.0            ROW 2     1.0\n"
			  "RANGES\n"
			  "    RNG       ROW 1     3.0\n"
			  "BOUNDS\n"
			  " UP BND 1     COL 1     4.0\n"
			  " FR BND 1     A B C D\n"
			  "QUADOBJ\n"
			  "    COL 1     COL 1     2.0            A B C D   3\n"
			  "ENDATA\n",
			  "minimize 1.5*\"COL 1\" + \"COL 1\"^2 + 3*\"COL 1\"*\"A B C D\" subject to "
			  "\"ROW 1\": 1 <= 2*\"COL 1\" <= 4; "
			  "\"ROW 2\": -\"COL 1\" + 12345678.90123*\"A B C D\" == 1 "
			  "where \"COL 1\" in [0, 4], \"A B C D\" in [-inf, inf]");
	check_refused("ROWS\n N  MIN COST\n L  ROW 1\nCOLUMNS\n    COL 1     ROW 9     1.0\nENDATA\n",
				  "line 5: unknown row \"ROW 9\"", NULL);
	check_refused("ROWS\n N  MIN COST\n L  ROW 1\nCOLUMNS\n"
				  "    M 1       'MARKER'                 'INTORG'\n"
				  "    COL 1     ROW 1     1.0\nENDATA\n",
				  "line 6: integer variables are not supported", "Column \"COL 1\"");
}

/* Free form: longer names, several pairs, Fortran exponents. */
static void
test_free(void)
{
	check_mps("ROWS\n N the_objective_function\n L a_rather_long_name_of_a_row\nCOLUMNS\n"
			  " some_variable the_objective_function 1.5D+1 a_rather_long_name_of_a_row -1.d0\n"
			  "RHS\n RIGHT the_objective_function -10 a_rather_long_name_of_a_row 1\n"
			  "BOUNDS\n UP some_variable 3\nENDATA\n",
			  "minimize 15*some_variable + 10 subject to a_rather_long_name_of_a_row: -some_variable <= 1 "
			  "where some_variable in [0, 3]");
}

static void
test_integer(void)
{
	check_refused(ROWS "COLUMNS\n X COST 1\n M1 'MARKER' 'INTORG'\n Y COST 1\n M2 'MARKER' 'INTEND'\nENDATA\n",
				  "line 10: integer variables are not supported", "Column \"Y\"");
	check_mps("ROWS\n N c\nCOLUMNS\n M1 'MARKER' 'INTORG'\n M2 'MARKER' 'INTEND'\n x c 1\nENDATA\n",
			  "minimize x where x in [0, inf]");
	check_refused(QP " M 'MARKER' 'SOSORG'\nENDATA\n",
				  "line 6: marker is neither 'INTORG' nor 'INTEND'", NULL);
	check_refused(QP "BOUNDS\n BV B x\nENDATA\n", "line 7: integer variables are not supported", "\"x\"");
	check_refused(QP "BOUNDS\n LI B x 1\nENDATA\n", "line 7: integer variables are not supported", "\"x\"");
	check_refused(QP "BOUNDS\n UI B x 1\nENDATA\n", "line 7: integer variables are not supported", "\"x\"");
	check_refused(QP "BOUNDS\n SC B x 1\nENDATA\n", "line 7: semicontinuous variables are not supported", "\"x\"");
	check_refused(QP "BOUNDS\n XX B x 1\nENDATA\n", "line 7: unknown type of bound \"XX\"", "UP, LO");
}

static void
test_refused_sections(void)
{
	check_refused("", "line 0: ENDATA is missing", NULL);
	check_refused(ALL, "line 15: ENDATA is missing", "cut");
	check_refused("ENDATA\n", "line 1: section ENDATA in front of COLUMNS", NULL);
	check_refused("COLUMNS\n", "line 1: section COLUMNS in front of ROWS", NULL);
	check_refused("ROWS\n N c\nBOUNDS\n", "line 3: section BOUNDS in front of COLUMNS", NULL);
	check_refused("ROWS\nROWS\n", "line 2: second section ROWS", NULL);
	check_refused("ROWS\n N c\nCOLUMNS\nWHAT\n", "line 4: unknown section \"WHAT\"", "blank");
	check_refused("ROWS\n N c\nCOLUMNS\nSOS1\n", "line 4: special ordered sets are not supported", "SOS1");
	check_refused("ROWS x\n", "line 1: unexpected \"x\" behind the name of a section", NULL);
	check_refused(" x c 1\n", "line 1: data outside of a section", NULL);
	check_refused("OBJSENSE\n UP\n", "line 2: expected MAX or MIN, not \"UP\"", NULL);
	check_refused("OBJNAME\n z\nROWS\n N c\nCOLUMNS\n", "line 5: objective \"z\" is no row of type N", NULL);
}

static void
test_refused_lines(void)
{
	check_refused("ROWS\n X c\n", "line 2: expected a type (N, L, G or E) and the name of a row", NULL);
	check_refused("ROWS\n N\n", "line 2: expected a type (N, L, G or E) and the name of a row", NULL);
	check_refused("ROWS\n N c\n L c\n", "line 3: second row \"c\"", NULL);
	check_refused(QP " z d 1\n", "line 6: unknown row \"d\"", NULL);
	check_refused(QP " z c\n",
				  "line 6: expected a name and one or two pairs of a name and a number", NULL);
	check_refused(QP " z c 1 c 2\n", "line 6: second entry for row \"c\" in one column", NULL);
	check_refused(QP " y c 1\n", "line 6: second entry for row \"c\" in one column", NULL);
	check_refused(QP " x c 1\n", "line 6: entries of column \"x\" are not together", NULL);
	check_refused(QP " z c 1x\n", "line 6: invalid or out-of-range number \"1x\"", NULL);
	check_refused(QP " z c 0x10\n", "line 6: invalid or out-of-range number \"0x10\"", NULL);
	check_refused(QP " z c 1e999\n", "line 6: invalid or out-of-range number \"1e999\"", NULL);
	check_refused(QP " z c nan\n", "line 6: invalid or out-of-range number \"nan\"", NULL);
	check_refused(QP " z c inf\n", "line 6: number \"inf\" must be finite", NULL);
	check_refused(QP " z c 1 2 3 4 5 6\n", "line 6: too many fields", NULL);
	check_refused(QP "RHS\n R c 1 c 2\n", "line 7: second right-hand side of row \"c\"", NULL);
	check_refused(QP "RHS\n R c 1\n S c 2\n", "line 8: second set \"S\" in one section", NULL);
	check_refused(QP "RHS\n R d 1\n", "line 7: unknown row \"d\"", NULL);
	check_refused(QP "RANGES\n R c 1\n", "line 7: range of row \"c\", which is of type N", NULL);
	check_refused(ALL "RANGES\n R LIM1 1 LIM1 2\n", "line 17: second range of row \"LIM1\"", NULL);
	check_refused(QP "BOUNDS\n UP B z 1\n", "line 7: unknown column \"z\"", NULL);
	check_refused(QP "BOUNDS\n UP B x\n", "line 7: unknown column \"B\"", NULL);
	check_refused(QP "BOUNDS\n UP B x nan\n", "line 7: invalid or out-of-range number \"nan\"", NULL);
	check_refused(QP "BOUNDS\n UP B x 1\n UP C x 1\n", "line 8: second set \"C\" in one section", NULL);
	check_refused(QP "BOUNDS\n UP\n",
				  "line 7: expected the type of a bound, a set, a column and a number", NULL);
	check_refused(QP "BOUNDS\n FR\n", "line 7: expected the type of a bound, a set and a column", NULL);
}

/* Every beginning of a text is refused or complete, never a crash. */
static void
test_truncated(void)
{
	static const char whole[] = ALL "RANGES\n R LIM1 1\nBOUNDS\n UP B X 4\n FR B Y\n"
		"QUADOBJ\n    X  X  2\n    Y  X  1\nENDATA\n";
	int			n_good = 0;

	for (size_t length = 0; length < sizeof whole; length++)
	{
		char	   *copy = malloc(length + 1);
		CoBlock		block;
		CoError		error;
		CoRc		rc;

		/* Exactly so many bytes, for the sanitizer to see a read behind them. */
		memcpy(copy, whole, length);
		copy = realloc(copy, length > 0 ? length : 1);
		begin();
		rc = co_read_mps(&arena, copy, length, &block, &error);
		CHECK(rc == CO_OK || rc == CO_BAD_INPUT);
		n_good += rc == CO_OK;
		end();
		free(copy);
	}
	CHECK_INT(n_good, 2);		/* with and without the last newline */
}

/* n columns with 3 entries each, in n / 2 rows, and a diagonal of P */
static char *
make_large(int n, size_t *length)
{
	char	   *text = malloc((size_t) n * 150 + 1000),
			   *at = text;

	at += sprintf(at, "ROWS\n N c\n");
	for (int i = 0; i < n / 2; i++)
		at += sprintf(at, " L r%d\n", i);
	at += sprintf(at, "COLUMNS\n");
	for (int j = 0; j < n; j++)
		at += sprintf(at, "    x%d  c  %d.5  r%d  1.25\n    x%d  r%d  -1\n",
					  j, j, j % (n / 2), j, (j + 1) % (n / 2));
	at += sprintf(at, "RHS\n");
	for (int i = 0; i < n / 2; i++)
		at += sprintf(at, "    R  r%d  %d\n", i, i);
	at += sprintf(at, "BOUNDS\n");
	for (int j = 0; j < n; j++)
		at += sprintf(at, " UP B x%d 9\n", j);
	at += sprintf(at, "QUADOBJ\n");
	for (int j = 0; j < n; j++)
		at += sprintf(at, " x%d x%d 1\n", j, j);
	at += sprintf(at, "ENDATA\n");
	*length = (size_t) (at - text);
	return text;
}

static void
test_large(void)
{
	size_t		length;
	char	   *text = make_large(100000, &length);
	CoBlock		block;
	CoError		error;

	begin();
	CHECK_INT(co_read_mps(&arena, text, length, &block, &error), CO_OK);
	CHECK_INT(block.n_leaf, 100000);
	CHECK_INT(block.n_row, 50001);
	CHECK_INT(block.n_lin, 300000);
	CHECK_INT(block.n_quad, 100000);
	CHECK_NEAR(block.upper[50000], 49999.0, 0.0);
	CHECK_NEAR(block.lin_coef[99999], 99999.5, 0.0);
	end();
	free(text);
}

static void
test_weather(void)
{
	static const char text[] = ALL "RANGES\n R LIM1 1\nBOUNDS\n UP B X 4\n"
		"QUADOBJ\n    X  X  2\n    Y  X  1\nENDATA\n";
	CoRc		rc = CO_NO_MEMORY;
	long		k;

	for (k = 0; rc == CO_NO_MEMORY; k++)
	{
		CoBlock		block;
		CoError		error;

		begin();
		host.fail_at = k;
		rc = read_mps(text, &block, &error);
		CHECK(rc == CO_OK || rc == CO_NO_MEMORY);
		end();
	}
	CHECK_INT(rc, CO_OK);
	CHECK(k > 1);
}

static void
test_cancel(void)
{
	size_t		length;
	char	   *text = make_large(60000, &length);
	CoRc		rc = CO_CANCELED;
	long		k;

	for (k = 0; rc == CO_CANCELED && k < 1000; k++)
	{
		CoBlock		block;
		CoError		error;

		begin();
		host.cancel_at = k;
		rc = co_read_mps(&arena, text, length, &block, &error);
		CHECK(rc == CO_OK || rc == CO_CANCELED);
		end();
	}
	CHECK_INT(rc, CO_OK);
	CHECK(k > 5);
	free(text);
}

CHECK_MAIN(TEST(test_plain), TEST(test_empty), TEST(test_objective), TEST(test_ranges),
		   TEST(test_bounds), TEST(test_negative_up), TEST(test_quadratic), TEST(test_fixed),
		   TEST(test_free), TEST(test_integer), TEST(test_refused_sections),
		   TEST(test_refused_lines), TEST(test_truncated), TEST(test_large), TEST(test_weather),
		   TEST(test_cancel))
