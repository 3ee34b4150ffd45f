/*-------------------------------------------------------------------------
 *
 * nlp/model_box.c
 *	  What values a model's functions can have in a box.
 *
 * Interval arithmetic (interval.h) on what model_eval.c evaluates, every operation
 * widened by what rounding does.  A square and a linear term of one variable
 * are one function; else terms are taken as if each had variables of its own.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "base/vec.h"
#include "nlp/model_private.h"

/* Instances between two polls. */
#define POLL_INSTANCES	4096

typedef struct Box
{
	const CoModelSelf *self;
	const double *lower,
			   *upper;
	unsigned	want;
	CoInterval *ranges,			/* [1 + m] */
			   *stack;
	double	   *linear;			/* [nnz of A], then [n]: what the squares leave */
} Box;

static CoInterval
variable(const Box *box, int j)
{
	return (CoInterval) {box->lower[j], box->upper[j]};
}

static void
add(Box *box, int owner, CoInterval term)
{
	box->ranges[owner] = co_interval_widen(co_interval_add(box->ranges[owner], co_interval_widen(term)));
}

static void
add_product(Box *box, int owner, double value, int i, int j)
{
	CoInterval	xy = co_interval_widen(co_interval_product(variable(box, i), variable(box, j)));

	add(box, owner, co_interval_times(value, xy));
}

/* value x_j^2 with the linear term of x_j, which is taken away. */
static void
add_square(Box *box, int owner, double value, int j, double *slope)
{
	add(box, owner, co_interval_quadratic(value, *slope, variable(box, j)));
	*slope = 0.0;
}

static void
add_objective(Box *box)
{
	const CoQp *qp = &box->self->qp;
	double	   *c = box->linear + co_csc_nnz(&box->self->jac);

	co_copy(qp->n, qp->c, c);
	box->ranges[0] = co_interval_number(qp->c0);
	for (int j = 0; j < qp->n; j++)
		for (int e = qp->p.start[j]; e < qp->p.start[j + 1]; e++)
		{
			int			i = qp->p.index[e];

			if (qp->p.value[e] == 0.0)
				continue;
			if (i == j)
				add_square(box, 0, 0.5 * qp->p.value[e], j, &c[j]);
			else
				add_product(box, 0, qp->p.value[e], i, j);
		}
	for (int j = 0; j < qp->n; j++)
		if (c[j] != 0.0)
			add(box, 0, co_interval_times(c[j], variable(box, j)));
}

static void
add_rows(Box *box)
{
	const CoCsc *jac = &box->self->jac;
	const CoRowQuad *quad = &box->self->quad;

	co_copy(co_csc_nnz(jac), box->self->jac_base, box->linear);
	for (int t = 0; t < quad->n; t++)
	{
		if (quad->value[t] == 0.0)
			continue;
		if (quad->i[t] == quad->j[t])
			add_square(box, 1 + quad->row[t], quad->value[t], quad->i[t], &box->linear[quad->jac_i[t]]);
		else
			add_product(box, 1 + quad->row[t], quad->value[t], quad->i[t], quad->j[t]);
	}
	for (int j = 0; j < jac->ncol; j++)
		for (int e = jac->start[j]; e < jac->start[j + 1]; e++)
			if (box->linear[e] != 0.0)
				add(box, 1 + jac->index[e], co_interval_times(box->linear[e], variable(box, j)));
}

/* One instance of a pattern: its numbers, from their columns. */
typedef struct Instance
{
	const CoPattern *pattern;
	int			k,				/* the instance */
				unit,
				constant,		/* next of each */
				var;
} Instance;

static double
next_constant(Instance *at)
{
	return co_column_at(&at->pattern->constant[at->constant++], at->k);
}

static int
next_var(Instance *at)
{
	return co_int_column_at(&at->pattern->var[at->var++], at->unit);
}

/* A plain variable, 0 + 1 x, is not rounded. */
static CoInterval
affine(const Box *box, Instance *at, int n)
{
	double		constant = next_constant(at);
	CoInterval	sum = co_interval_number(constant);

	for (int k = 0; k < n; k++)
	{
		double		coef = next_constant(at);
		CoInterval	x = variable(box, next_var(at));

		if (n == 1 && constant == 0.0 && fabs(coef) == 1.0)
			return co_interval_times(coef, x);
		sum = co_interval_widen(co_interval_add(sum, co_interval_widen(co_interval_times(coef, x))));
	}
	return sum;
}

/* The formula's range at one instance, by its skeleton (pattern.h). */
static CoInterval
formula(const Box *box, Instance *at)
{
	const CoPattern *pattern = at->pattern;
	CoInterval *top = box->stack;

	for (int i = 0; i < pattern->n_key;)
	{
		int			op = pattern->key[i++];

		if (op == CO_OP_CONST)
			*top++ = co_interval_number(next_constant(at));
		else if (op == CO_OP_AFFINE)
		{
			int32_t		n;

			memcpy(&n, pattern->key + i, sizeof n);
			i += (int) sizeof n;
			*top++ = affine(box, at, n);
		}
		else if (op == CO_SKELETON_POWER)
			top[-1] = co_interval_widen(co_interval_whole_power(top[-1], (int8_t) pattern->key[i++]));
		else if (op == CO_SKELETON_ADD)
		{
			CoInterval	b = *--top;

			b = co_interval_widen(co_interval_times(next_constant(at), b));
			top[-1] = co_interval_widen(co_interval_add(top[-1], b));
		}
		else
		{
			CoInterval	b = co_op_arity((CoOp) op) == 2 ? *--top : co_interval_any();

			top[-1] = co_interval_widen(co_interval_apply(op, top[-1], b));
		}
	}
	return box->stack[0];
}

static CoRc
add_pattern(Box *box, const CoPattern *pattern)
{
	int			first = box->want & CO_WANT_F ? 0 : pattern->n_objective_unit,
				end_unit = box->want & CO_WANT_C ? pattern->n_unit : pattern->n_objective_unit;
	CoRc		rc = CO_OK;

	for (int unit = first; unit < end_unit && !rc; unit++)
	{
		int			owner = co_int_column_at(&pattern->var[pattern->n_var - 1], unit),
					begin = pattern->unit_start ? pattern->unit_start[unit] : unit,
					end = pattern->unit_start ? pattern->unit_start[unit + 1] : unit + 1;

		for (int k = begin; k < end && !rc; k++)
		{
			Instance	at = {.pattern = pattern, .k = k, .unit = unit};
			CoInterval	value = formula(box, &at);
			double		scale = co_column_at(&pattern->constant[pattern->n_const - 1], k);

			add(box, owner, co_interval_times(scale, value));
			if (k % POLL_INSTANCES == 0)
				rc = co_poll(box->self->arena);
		}
	}
	return rc;
}

CoRc
co_model_ranges(void *opaque, unsigned want, const double *lower, const double *upper,
				CoInterval *ranges)
{
	const CoModelSelf *self = opaque;
	size_t		n_linear = (size_t) co_csc_nnz(&self->jac) + (size_t) self->qp.n;
	CoMark		mark = co_mark(self->arena);
	CoRc		rc = co_arena_plan(self->arena, (CO_MAX_DEPTH + 1) * (double) sizeof(CoInterval) +
								   (double) n_linear * sizeof(double));
	Box			box = {.self = self, .want = want, .lower = lower, .upper = upper, .ranges = ranges,
		.stack = co_take(self->arena, CO_MAX_DEPTH + 1, sizeof(CoInterval)),
	.linear = co_take_doubles(self->arena, n_linear)};

	if (!rc)
		rc = co_arena_failed(self->arena);
	if (rc)
		return rc;
	for (int i = 0; i < self->qp.m; i++)
		ranges[1 + i] = co_interval_number(0.0);
	if (want & CO_WANT_F)
		add_objective(&box);
	if (want & CO_WANT_C)
		add_rows(&box);
	for (int p = 0; p < self->n_pattern && !rc; p++)
		rc = add_pattern(&box, self->pattern[p]);
	for (int k = 0; k < self->calls.n_use; k++)
		ranges[self->calls.use[k].owner] = co_interval_any();
	if (!rc)
		co_rewind(self->arena, mark);
	return rc;
}
