/*-------------------------------------------------------------------------
 *
 * senscheck.h
 *	  Solving problems given as text, their derivatives, and re-solving with
 *	  other parameters.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SENSCHECK_H
#define SENSCHECK_H

#include <stdlib.h>

#include "base/vec.h"
#include "expr/text.h"
#include "fixture.h"
#include "nlp/param_model.h"
#include "solver/nlp_solve.h"
#include "solver/sensitivity.h"

static CoError error;

/* A solution by leaves and rows of the block: the minimized problem's signs. */
typedef struct Answer
{
	CoStatus	status;
	double		f;				/* the stated objective */
	double	   *leaf;			/* [n_leaf] */
	double	   *y;				/* [n_row - 1] */
	double	   *z;				/* [n_leaf] */
} Answer;

static inline void
take_answer(const CoBlock *block, Answer *out)
{
	*out = (Answer) {
		.leaf = co_take_zero_doubles(&arena, (size_t) block->n_leaf),
		.y = co_take_zero_doubles(&arena, (size_t) block->n_row),
		.z = co_take_zero_doubles(&arena, (size_t) block->n_leaf)
	};
}

/* NULL: the structure's choice */
static const CoNlpMethod *solve_method;

/* value [n_leaf] or NULL: parameters; near: a solution to start from, or NULL. */
static inline CoRc
solve_block(const CoBlock *block, const double *value, const Answer *near, double tolerance, Answer *out)
{
	CoMark		mark = co_mark(&arena);
	CoModel		model;
	CoOptions	options;
	CoSolution	sol;
	CoNlpStart	start = {0};
	CoRc		rc = co_model_build(&arena, block, value, &model, &error);

	co_options_default(&options);
	options.tolerance = options.absolute_tolerance = tolerance;
	if (!rc)
	{
		for (int j = 0; j < model.n_var && near; j++)
			model.start[j] = near->leaf[model.var_leaf[j]];
		if (near)
			co_model_fill_added(&model, model.start);
		start.x = model.start;
		rc = co_nlp_solve_by(&arena, &model.nlp, solve_method, &options, &start, &sol);
	}
	if (!rc)
	{
		out->status = sol.status;
		out->f = (model.maximize ? -1.0 : 1.0) * sol.residual.objective;
		for (int k = 0; k < block->n_leaf; k++)
		{
			int			j = model.leaf_var[k];

			out->leaf[k] = j >= 0 ? sol.point.x[j] : value ? value[k] : block->leaf_start[k];
			out->z[k] = j >= 0 ? sol.point.z[j] : 0.0;
		}
		co_copy(model.n_row, sol.point.y, out->y);
	}
	co_rewind(&arena, mark);
	return rc;
}

typedef struct Case				/* a problem, its solution, and what it depends on */
{
	CoBlock		block;
	Answer		answer;
	CoParamModel pm;
	double	   *p;
	CoSensitivity *s;
	CoTangent	tangent;
	CoSideVerdict verdict;
} Case;

static inline CoRc
differentiate(Case *c)
{
	CoParamNlp *nlp;
	CoQpPoint	point;
	CoRc		rc = co_param_model_build(&arena, &c->block, NULL, &c->pm, &error);

	if (rc)
		return rc;
	nlp = c->pm.nlp;
	point.x = co_take_zero_doubles(&arena, (size_t) nlp->n);
	point.y = co_take_doubles(&arena, (size_t) nlp->m);
	point.z = co_take_zero_doubles(&arena, (size_t) nlp->n);
	c->p = co_take_doubles(&arena, (size_t) nlp->np);
	if (co_arena_failed(&arena))
		return co_arena_failed(&arena);
	co_fill(nlp->m, NAN, point.y);
	co_copy(c->pm.model.n_row, c->answer.y, point.y);
	for (int j = 0; j < c->pm.n_var; j++)
	{
		point.x[j] = c->answer.leaf[c->pm.var_leaf[j]];
		point.z[j] = c->answer.z[c->pm.var_leaf[j]];
	}
	for (int k = 0; k < nlp->np; k++)
		c->p[k] = c->answer.leaf[c->pm.param_leaf[k]];
	rc = co_param_model_fill(&c->pm, c->p, point.x);
	if (!rc)
		rc = co_sensitivity_new(&arena, nlp, &point, c->p, &c->s);
	return rc ? rc : co_tangent_new(&arena, nlp, &c->tangent);
}

static inline CoRc
case_of(const char *text, double tolerance, Case *c)
{
	CoRc		rc = co_parse(&arena, text, strlen(text), CO_BLOCK_PROBLEM, &c->block, &error);

	if (rc)
		return rc;
	take_answer(&c->block, &c->answer);
	rc = solve_block(&c->block, NULL, NULL, tolerance, &c->answer);
	if (!rc && c->answer.status != CO_OPTIMAL)
		return CO_NOT_FINITE;
	return rc ? rc : differentiate(c);
}

static inline void
must(const char *text, Case *c)
{
	CoRc		rc = case_of(text, 1e-9, c);

	CHECK_INT(rc, CO_OK);
	if (rc)
	{
		printf("  %.200s: %s\n", text, error.message);
		exit(1);
	}
}

static inline int
find_leaf(const Case *c, const char *name)
{
	for (int k = 0; k < c->block.n_leaf; k++)
		if (strcmp(c->block.str + c->block.leaf_name[k], name) == 0)
			return k;
	printf("  there is no %s\n", name);
	exit(1);
}

static inline int
find_row(const Case *c, const char *name)
{
	for (int i = 1; i < c->block.n_row; i++)
		if (c->block.row_name[i] >= 0 && strcmp(c->block.str + c->block.row_name[i], name) == 0)
			return i - 1;
	printf("  there is no row %s\n", name);
	exit(1);
}

static inline int
var_of(const Case *c, const char *name)
{
	return c->pm.leaf_place[find_leaf(c, name)];
}

static inline int
param_of(const Case *c, const char *name)
{
	return ~c->pm.leaf_place[find_leaf(c, name)];
}

/* The derivative in one parameter, to c->tangent; sign 0: two-sided. */
static inline void
along(Case *c, const char *param, int sign)
{
	int			k = param_of(c, param);
	double		one = 1.0;
	CoDirection direction = {1, &k, &one};

	if (sign)
		CHECK_INT(co_sensitivity_side(c->s, &direction, sign, &c->tangent, &c->verdict), CO_OK);
	else
		CHECK_INT(co_sensitivity_solve(c->s, &direction, &c->tangent), CO_OK);
}

static inline double
dx(const Case *c, const char *name)
{
	return c->tangent.x[var_of(c, name)];
}

static inline double
dy(const Case *c, const char *row)
{
	return c->tangent.y[find_row(c, row)];
}

static inline double
dz(const Case *c, const char *name)
{
	return c->tangent.z[var_of(c, name)];
}

#endif							/* SENSCHECK_H */
