/*-------------------------------------------------------------------------
 *
 * t_options.c
 *	  The table of options: defaults, ranges, access by number.
 *
 *-------------------------------------------------------------------------
 */
#include "check.h"
#include "solver/solver.h"

static void
test_defaults(void)
{
	CoOptions	options;
	int			n;
	const CoOptionInfo *table = co_option_table(&n);

	memset(&options, 0xAA, sizeof options);
	co_options_default(&options);
	CHECK(n >= 9);
	for (int k = 0; k < n; k++)
	{
		CHECK(co_option_get(&options, k) == table[k].def);
		CHECK(table[k].low <= table[k].def && table[k].def <= table[k].high);
		CHECK(table[k].name[0] && table[k].meaning[0]);
		for (int l = 0; l < k; l++)
			CHECK(strcmp(table[k].name, table[l].name) != 0);
	}
	CHECK(isnan(co_option_get(&options, n)));
	CHECK(isnan(co_option_get(&options, -1)));
	CHECK_NEAR(options.tolerance, 1e-8, 0.0);
	CHECK_INT(options.max_iterations, 200);
	CHECK(options.presolve && options.scaling && options.polish);
}

static void
test_ranges(void)
{
	CoOptions	options;
	int			n;
	const CoOptionInfo *table = co_option_table(&n);

	co_options_default(&options);
	for (int k = 0; k < n; k++)
	{
		CHECK(co_option_set(&options, k, table[k].low));
		CHECK(co_option_get(&options, k) == table[k].low);
		CHECK(co_option_set(&options, k, table[k].high));
		CHECK(co_option_get(&options, k) == table[k].high);
		CHECK(!co_option_set(&options, k, nextafter(table[k].low, -INFINITY)));
		CHECK(!co_option_set(&options, k, nextafter(table[k].high, INFINITY)));
		CHECK(!co_option_set(&options, k, NAN));
		CHECK(!co_option_set(&options, k, INFINITY));
		CHECK(co_option_get(&options, k) == table[k].high); /* refused values leave it */
	}
}

static void
test_whole_numbers(void)
{
	CoOptions	options;
	int			n;
	const CoOptionInfo *table = co_option_table(&n);

	co_options_default(&options);
	for (int k = 0; k < n; k++)
	{
		double		between = 0.5 * (table[k].low + fmin(table[k].high, table[k].low + 1.0));

		CHECK(co_option_set(&options, k, between) == (table[k].type == CO_OPTION_TYPE_REAL));
	}
}

/* Every option goes to its own field. */
static void
test_fields(void)
{
	int			n;
	const CoOptionInfo *table = co_option_table(&n);

	for (int k = 0; k < n; k++)
	{
		CoOptions	options;
		double		value = table[k].def == table[k].high ? table[k].low : table[k].high;

		co_options_default(&options);
		CHECK(co_option_set(&options, k, value));
		for (int l = 0; l < n; l++)
			CHECK(co_option_get(&options, l) == (l == k ? value : table[l].def));
	}
}

CHECK_MAIN(TEST(test_defaults), TEST(test_ranges), TEST(test_whole_numbers), TEST(test_fields))
