/*-------------------------------------------------------------------------
 *
 * model.h
 *	  A QP put together entry by entry, its solve on a test host, and the
 *	  checks every answer must pass whatever the problem was.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MODEL_H
#define MODEL_H

#include <stdlib.h>

#include "base/vec.h"
#include "check.h"
#include "host.h"
#include "solver/solver.h"

/* What `optimal` promises at least, relative to the residuals' scales. */
#define MODEL_RESIDUAL	1e-6

typedef struct ModelEntries
{
	size_t		count,
				capacity;
	int		   *row,
			   *col;
	double	   *value;
} ModelEntries;

typedef struct Model
{
	int			n,
				m;
	double		c0;
	double	   *c,				/* [n] */
			   *xl,
			   *xu,
			   *cl,				/* [m] */
			   *cu;
	ModelEntries a,
				p;				/* lower triangle */
} Model;

static inline double *
model_vector(int n, double value)
{
	double	   *v = malloc(((size_t) n + 1) * sizeof(double));

	co_fill(n, value, v);
	return v;
}

/* n variables >= 0 without cost, m free rows without entries */
static inline Model
model_begin(int n, int m)
{
	Model		model = {.n = n, .m = m};

	model.c = model_vector(n, 0.0);
	model.xl = model_vector(n, 0.0);
	model.xu = model_vector(n, INFINITY);
	model.cl = model_vector(m, -INFINITY);
	model.cu = model_vector(m, INFINITY);
	return model;
}

static inline void
model_end(Model *model)
{
	ModelEntries *entries[] = {&model->a, &model->p};
	double	   *vectors[] = {model->c, model->xl, model->xu, model->cl, model->cu};

	for (int k = 0; k < 5; k++)
		free(vectors[k]);
	for (int k = 0; k < 2; k++)
	{
		free(entries[k]->row);
		free(entries[k]->col);
		free(entries[k]->value);
	}
}

static inline void
model_add(ModelEntries *e, int row, int col, double value)
{
	if (e->count == e->capacity)
	{
		e->capacity = 2 * e->capacity + 16;
		e->row = realloc(e->row, e->capacity * sizeof(int));
		e->col = realloc(e->col, e->capacity * sizeof(int));
		e->value = realloc(e->value, e->capacity * sizeof(double));
	}
	e->row[e->count] = row;
	e->col[e->count] = col;
	e->value[e->count++] = value;
}

static inline void
model_a(Model *model, int i, int j, double value)
{
	model_add(&model->a, i, j, value);
}

static inline void
model_p(Model *model, int i, int j, double value)
{
	model_add(&model->p, i > j ? i : j, i > j ? j : i, value);
}

static inline void
model_row(Model *model, int i, double lower, double upper)
{
	model->cl[i] = lower;
	model->cu[i] = upper;
}

static inline void
model_bounds(Model *model, int j, double lower, double upper)
{
	model->xl[j] = lower;
	model->xu[j] = upper;
}

static inline CoRc
model_qp(CoArena *arena, const Model *model, CoQp *qp)
{
	CoRc		rc;

	*qp = (CoQp) {.n = model->n, .m = model->m, .c0 = model->c0, .c = model->c,
	.cl = model->cl, .cu = model->cu, .xl = model->xl, .xu = model->xu};
	rc = co_csc_from_triplets(arena, qp->m, qp->n, model->a.count, model->a.row, model->a.col,
							  model->a.value, &qp->a);
	if (!rc)
		rc = co_csc_from_triplets(arena, qp->n, qp->n, model->p.count, model->p.row,
								  model->p.col, model->p.value, &qp->p);
	return rc;
}

typedef struct Solved
{
	TestHost	host;
	CoArena		arena;
	CoOptions	options;
	CoQp		qp;
	CoSolution	sol;
	CoRc		rc;
} Solved;

static inline void
solved_begin(Solved *s, const Model *model)
{
	test_host_init(&s->host);
	co_arena_init(&s->arena, &s->host.env, SIZE_MAX);
	co_options_default(&s->options);
	if (getenv("CO_TEST_LOG"))
		s->options.log_level = atoi(getenv("CO_TEST_LOG"));
	CHECK_INT(model_qp(&s->arena, model, &s->qp), CO_OK);
	memset(&s->sol, 0, sizeof s->sol);
}

static inline void
check_optimal(Solved *s)
{
	CoResidual	r;

	CHECK_INT(co_qp_residual(&s->arena, &s->qp, &s->sol.point, &r), CO_OK);
	CHECK(r.primal <= MODEL_RESIDUAL * fmax(1.0, r.primal_scale));
	CHECK(r.dual <= MODEL_RESIDUAL * fmax(1.0, r.dual_scale));
	CHECK(r.gap <= MODEL_RESIDUAL * fmax(1.0, r.gap_scale));
	CHECK(r.complementarity <= MODEL_RESIDUAL * fmax(1.0, r.gap_scale));
	CHECK(memcmp(&r.objective, &s->sol.residual.objective, sizeof(double)) == 0);
}

static inline void
check_point_feasible(Solved *s)
{
	CoQpPoint	at = {s->sol.point.x, model_vector(s->qp.m, 0.0), model_vector(s->qp.n, 0.0)};
	CoResidual	r;

	CHECK_INT(co_qp_residual(&s->arena, &s->qp, &at, &r), CO_OK);
	CHECK(r.primal <= 10.0 * MODEL_RESIDUAL * fmax(1.0, r.primal_scale));
	free(at.y);
	free(at.z);
}

/* Whatever was answered must be true of the stated problem. */
static inline void
check_answer(Solved *s)
{
	const CoSolution *sol = &s->sol;
	double		margin = -1.0;

	if (s->rc)
		return;
	CHECK(co_all_finite(s->qp.n, sol->point.x));
	CHECK(co_all_finite(s->qp.m, sol->point.y));
	CHECK(co_all_finite(s->qp.n, sol->point.z));
	CHECK(sol->iterations >= 0 && sol->n_log >= 0);
	if (sol->status == CO_OPTIMAL)
	{
		CHECK(sol->has_point);
		check_optimal(s);
	}
	else if (sol->status == CO_INFEASIBLE)
	{
		CHECK(!sol->has_point);
		CHECK_INT(co_qp_check_infeasible(&s->arena, &s->qp, sol->point.y, &margin), CO_OK);
		CHECK(margin > 0.0);
		CHECK(sol->certificate_margin > 0.0);
	}
	else if (sol->status == CO_UNBOUNDED)
	{
		CHECK(sol->has_point);
		CHECK(sol->ray != NULL);
		CHECK_INT(co_qp_check_unbounded(&s->arena, &s->qp, sol->ray, &margin), CO_OK);
		CHECK(margin > 0.0);
		CHECK(sol->certificate_margin > 0.0);
		check_point_feasible(s);
	}
}

static inline void
solved_run(Solved *s)
{
	s->rc = co_qp_solve(&s->arena, &s->qp, &s->options, NULL, &s->sol);
	check_answer(s);
}

static inline void
solve_model(Solved *s, const Model *model)
{
	solved_begin(s, model);
	solved_run(s);
}

static inline void
solved_end(Solved *s)
{
	co_arena_free(&s->arena);
	CHECK_INT(s->host.live, 0);
}

#endif							/* MODEL_H */
