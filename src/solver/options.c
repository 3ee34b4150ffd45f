/*-------------------------------------------------------------------------
 *
 * solver/options.c
 *	  The table made from options.def: defaults, ranges, access by number.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/solver.h"

#include <math.h>

static const CoOptionInfo option_table[] = {
#define CO_OPTION_REAL(name, def, low, high, meaning) \
	{#name, CO_OPTION_TYPE_REAL, def, low, high, meaning},
#define CO_OPTION_INT(name, def, low, high, meaning) \
	{#name, CO_OPTION_TYPE_INT, def, low, high, meaning},
#define CO_OPTION_BOOL(name, def, meaning) \
	{#name, CO_OPTION_TYPE_BOOL, def, 0, 1, meaning},
#include "solver/options.def"
#undef CO_OPTION_REAL
#undef CO_OPTION_INT
#undef CO_OPTION_BOOL
};

#define N_OPTIONS ((int) (sizeof option_table / sizeof *option_table))

const CoOptionInfo *
co_option_table(int *n)
{
	*n = N_OPTIONS;
	return option_table;
}

static void
store_option(CoOptions *options, int option, double value)
{
	int			k = 0;

#define CO_OPTION_REAL(name, def, low, high, meaning) \
	if (k++ == option) options->name = value;
#define CO_OPTION_INT(name, def, low, high, meaning) \
	if (k++ == option) options->name = (int) value;
#define CO_OPTION_BOOL(name, def, meaning) \
	if (k++ == option) options->name = value != 0.0;
#include "solver/options.def"
#undef CO_OPTION_REAL
#undef CO_OPTION_INT
#undef CO_OPTION_BOOL
}

double
co_option_get(const CoOptions *options, int option)
{
	int			k = 0;

#define CO_OPTION_REAL(name, def, low, high, meaning) \
	if (k++ == option) return options->name;
#define CO_OPTION_INT(name, def, low, high, meaning) \
	if (k++ == option) return options->name;
#define CO_OPTION_BOOL(name, def, meaning) \
	if (k++ == option) return options->name;
#include "solver/options.def"
#undef CO_OPTION_REAL
#undef CO_OPTION_INT
#undef CO_OPTION_BOOL
	return NAN;
}

void
co_options_default(CoOptions *options)
{
	for (int k = 0; k < N_OPTIONS; k++)
		store_option(options, k, option_table[k].def);
}

bool
co_option_set(CoOptions *options, int option, double value)
{
	const CoOptionInfo *info = &option_table[option];

	if (!(value >= info->low && value <= info->high))
		return false;
	if (info->type != CO_OPTION_TYPE_REAL && value != floor(value))
		return false;
	store_option(options, option, value);
	return true;
}
