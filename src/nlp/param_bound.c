/*-------------------------------------------------------------------------
 *
 * nlp/param_bound.c
 *	  Bounds that are formulas over parameters: values and derivatives, from
 *	  the block's table.
 *
 *-------------------------------------------------------------------------
 */
#include "nlp/param_model.h"

#include "base/vec.h"
#include "expr/algebra.h"
#include "expr/bound.h"

typedef struct BlockBounds
{
	CoArena    *arena;
	CoBlock		rows;			/* the formulas (co_bound_rows) */
	const int  *param_leaf;		/* [np] */
	double	   *leaf,			/* [n_leaf] values of parameters */
			   *gradient;		/* [n_leaf] of one formula; zeros between */
	int		   *start,			/* [n + 1] formula i has the entries */
			   *entry,			/* entry[start[i]] .. of jac, whose parameters */
			   *param;			/* are param[start[i]] .. */
} BlockBounds;

typedef struct LeafList			/* of formulas, in their order */
{
	const CoParamModel *model;
	int			formula;		/* in work */
	size_t		n,
				cap;
	int		   *row,
			   *col;
} LeafList;

static CoRc
count_leaf(void *state, int leaf)
{
	(void) leaf;
	((LeafList *) state)->cap++;
	return CO_OK;
}

static CoRc
list_leaf(void *state, int leaf)
{
	LeafList   *list = state;

	list->row[list->n] = list->formula;
	list->col[list->n++] = ~list->model->leaf_place[leaf];
	return CO_OK;
}

static CoCodeTerms
formula_of(const CoBlock *rows, int i)
{
	int			start = co_row_start(rows->code_end, i + 1);

	return (CoCodeTerms) {rows->code + start, rows->code_end[i + 1] - start};
}

/* Which formula has which parameter. */
static CoRc
make_pattern(CoArena *arena, const CoBlock *rows, const CoParamModel *model, CoCsc *out)
{
	LeafList	list = {.model = model};
	double	   *zero;
	int			n = rows->n_row - 1;
	CoRc		rc = CO_OK;

	for (int i = 0; i < n && !rc; i++)
		rc = co_bound_each_leaf(formula_of(rows, i), count_leaf, &list);
	list.row = co_take_ints(arena, list.cap);
	list.col = co_take_ints(arena, list.cap);
	zero = co_take_zero_doubles(arena, list.cap);
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	for (list.formula = 0; list.formula < n && !rc; list.formula++)
		rc = co_bound_each_leaf(formula_of(rows, list.formula), list_leaf, &list);
	return rc ? rc : co_csc_from_triplets(arena, n, model->nlp->np, list.n, list.row, list.col,
										  zero, out);
}

/* Each term of each formula a parameter or a number? */
static bool
is_affine(const CoBlock *rows)
{
	int			at = 0;
	CoCodeTerm	term;

	while (co_code_term(rows->code, rows->n_code, &at, &term))
	{
		int			next = 0;
		CoInstr		instr;

		if (!co_code_next(term.code, term.length, &next, &instr) || next != term.length)
			return false;
	}
	return true;
}

/* Where the derivatives of each formula stand in jac. */
static CoRc
list_entries(CoArena *arena, const CoCsc *jac, BlockBounds *self)
{
	size_t		nnz = (size_t) co_csc_nnz(jac);
	int		   *next;

	self->start = co_take_zero_ints(arena, (size_t) jac->nrow + 2);
	self->entry = co_take_ints(arena, nnz);
	self->param = co_take_ints(arena, nnz);
	if (co_arena_failed(arena))
		return co_arena_failed(arena);

	/* Two places on, so that the starts end where they belong. */
	next = self->start + 1;
	for (size_t e = 0; e < nnz; e++)
		self->start[jac->index[e] + 2]++;
	for (int i = 0; i < jac->nrow; i++)
		self->start[i + 2] += self->start[i + 1];
	for (int k = 0; k < jac->ncol; k++)
		for (int e = jac->start[k]; e < jac->start[k + 1]; e++)
		{
			self->entry[next[jac->index[e]]] = e;
			self->param[next[jac->index[e]]++] = k;
		}
	return CO_OK;
}

static CoRc
eval_formula(CoParamBounds *bounds, int i)
{
	BlockBounds *self = bounds->self;
	double		value = co_block_eval(self->arena, &self->rows, i + 1, self->leaf);
	CoRc		rc;

	bounds->value[i] = value;
	if (isnan(value) || value == (bounds->is_upper[i] ? -INFINITY : INFINITY))
		return co_arena_failed(self->arena) ? co_arena_failed(self->arena) : CO_NOT_FINITE;
	rc = co_bound_gradient(self->arena, formula_of(&self->rows, i), self->leaf, self->gradient);
	for (int t = self->start[i]; t < self->start[i + 1]; t++)
	{
		double	   *slope = &self->gradient[self->param_leaf[self->param[t]]];

		bounds->jac.value[self->entry[t]] = isfinite(*slope) ? *slope : NAN;
		*slope = 0.0;
	}
	return rc;
}

static CoRc
eval_bounds(CoParamBounds *bounds, const double *p)
{
	BlockBounds *self = bounds->self;
	CoRc		rc = co_poll(self->arena);

	for (int k = 0; k < bounds->jac.ncol; k++)
		self->leaf[self->param_leaf[k]] = p[k];
	for (int i = 0; i < bounds->n && !rc; i++)
		rc = eval_formula(bounds, i);
	return rc;
}

static CoRc
take_bounds(CoArena *arena, const CoBlock *problem, const CoParamModel *model,
			CoParamBounds *bounds, BlockBounds *self)
{
	size_t		n = (size_t) problem->n_bound;

	bounds->n = problem->n_bound;
	bounds->var = co_take_ints(arena, n);
	bounds->is_upper = co_take(arena, n, sizeof(bool));
	bounds->value = co_take_doubles(arena, n);
	bounds->p = co_take_doubles(arena, (size_t) model->nlp->np);
	self->leaf = co_take_zero_doubles(arena, (size_t) problem->n_leaf);
	self->gradient = co_take_zero_doubles(arena, (size_t) problem->n_leaf);
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	for (int i = 0; i < problem->n_bound; i++)
	{
		bounds->var[i] = model->leaf_place[problem->bound_place[i] / 2];
		bounds->is_upper[i] = problem->bound_place[i] % 2 != 0;
	}
	return CO_OK;
}

CoRc
co_param_bounds_new(CoArena *arena, const CoBlock *problem, const CoParamModel *model,
					CoParamBounds **out)
{
	CoParamBounds *bounds = co_take_zero(arena, 1, sizeof *bounds);
	BlockBounds *self = co_take_zero(arena, 1, sizeof *self);
	CoRc		rc = co_arena_failed(arena);

	*out = NULL;
	if (rc || problem->n_bound == 0)
		return rc;
	self->arena = arena;
	self->param_leaf = model->param_leaf;
	bounds->self = self;
	bounds->eval = eval_bounds;
	if ((rc = take_bounds(arena, problem, model, bounds, self)) ||
		(rc = co_bound_rows(arena, problem, &self->rows)) ||
		(rc = make_pattern(arena, &self->rows, model, &bounds->jac)) ||
		(rc = list_entries(arena, &bounds->jac, self)))
		return rc;
	bounds->is_affine = is_affine(&self->rows);
	*out = bounds;
	return CO_OK;
}
