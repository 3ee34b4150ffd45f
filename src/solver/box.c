/*-------------------------------------------------------------------------
 *
 * solver/box.c
 *	  Points and gradients in a box; see solver/box.h.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/box.h"

#include <limits.h>

#include "base/vec.h"

#define MEMORY			10		/* [BLNZ95] section 6: 3 to 20 are good */
#define TOLERANCE		1e-6

void
co_box_options_default(CoBoxOptions *options)
{
	*options = (CoBoxOptions) {
		.memory = MEMORY,
		.tolerance = TOLERANCE,
		.f_least = -INFINITY,
		.max_iterations = INT_MAX,
		.max_evaluations = INT_MAX
	};
}

void
co_box_project(const CoBox *box, double *x)
{
	for (int j = 0; j < box->n; j++)
		x[j] = co_clamp(x[j], box->xl[j], box->xu[j]);
}

double
co_box_projected(const CoBox *box, const double *x, const double *grad)
{
	double		norm = 0.0;

	for (int j = 0; j < box->n; j++)
	{
		double		room = grad[j] > 0.0 ? x[j] - box->xl[j] : box->xu[j] - x[j];

		norm = co_max(norm, co_min(fabs(grad[j]), room));
	}
	return norm;
}

void
co_box_multipliers(const CoBox *box, const double *x, const double *grad, double *z)
{
	for (int j = 0; j < box->n; j++)
	{
		double		room = grad[j] > 0.0 ? x[j] - box->xl[j] : box->xu[j] - x[j];

		z[j] = fabs(grad[j]) > room ? -grad[j] : 0.0;
	}
}
