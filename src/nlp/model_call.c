/*-------------------------------------------------------------------------
 *
 * nlp/model_call.c
 *	  Calls of the host's functions: found in the block's code, arguments
 *	  taken apart.
 *
 *-------------------------------------------------------------------------
 */
#include <limits.h>
#include <math.h>
#include <string.h>

#include "nlp/model_private.h"

#define FIRST_CALLS		16

/* Where a term's operations and the subformulas they end begin. */
typedef struct Walk
{
	int			n;
	int		   *at;				/* [n + 1] offset of the operation */
	int		   *start;			/* [n] first operation of the subformula */
	uint8_t    *is_call;		/* [n] */
} Walk;

static CoRc
walk_code(CoModelBuild *build, const CoCodeTerm *term, Walk *walk)
{
	CoArena    *scratch = &build->scratch;
	int			at = 0;
	CoInstr		instr;
	CoRc		rc;

	for (walk->n = 0; co_code_next(term->code, term->length, &at, &instr); walk->n++)
		if ((rc = co_lower_work(&build->lowering, 1)))
			return rc;
	walk->at = co_take_ints(scratch, (size_t) walk->n + 1);
	walk->start = co_take_ints(scratch, (size_t) walk->n);
	walk->is_call = co_take(scratch, (size_t) walk->n, 1);
	if (co_arena_failed(scratch))
		return co_arena_failed(scratch);
	at = 0;
	for (int i = 0; i < walk->n; i++)
	{
		int			start = i;

		walk->at[i] = at;
		co_code_next(term->code, term->length, &at, &instr);
		for (int k = co_instr_arity(&instr); k > 0; k--)
			start = walk->start[start - 1];
		walk->start[i] = start;
		walk->is_call[i] = instr.op == CO_OP_CALL;
		if ((rc = co_lower_work(&build->lowering, 1)))
			return rc;
	}
	walk->at[walk->n] = at;
	return CO_OK;
}

/* The subformula that operation i ends. */
static CoCodeTerm
part(const CoCodeTerm *term, const Walk *walk, int i)
{
	int			from = walk->at[walk->start[i]];

	return (CoCodeTerm) {1.0, term->code + from, walk->at[i + 1] - from};
}

/* Neither variables nor calls. */
static bool
is_number(const CoModelBuild *build, const CoCodeTerm *term)
{
	int			at = 0;
	CoInstr		instr;

	while (co_code_next(term->code, term->length, &at, &instr))
	{
		if (instr.op == CO_OP_CALL ||
			(instr.op == CO_OP_LEAF && build->lowered.leaf_var[instr.leaf] >= 0))
			return false;
		for (int k = 0; instr.op == CO_OP_AFFINE && k < instr.n; k++)
		{
			double		coef;
			int			leaf;

			co_code_affine_term(&instr, k, &coef, &leaf);
			if (build->lowered.leaf_var[leaf] >= 0)
				return false;
		}
	}
	return true;
}

static CoRc
take_sparse(CoArena *arena, int n, CoSparse *out)
{
	*out = (CoSparse) {n, co_take_ints(arena, (size_t) n), co_take_doubles(arena, (size_t) n)};
	return co_arena_failed(arena);
}

static CoRc
take_variable(CoModelBuild *build, int leaf, CoSparse *out)
{
	CoRc		rc = take_sparse(build->arena, 1, out);

	if (rc)
		return rc;
	out->index[0] = build->lowered.leaf_var[leaf];
	out->value[0] = 1.0;
	return CO_OK;
}

static CoRc
take_affine(CoModelBuild *build, const CoInstr *instr, CoSparse *out, double *constant)
{
	int			n = 0;
	CoRc		rc = take_sparse(build->arena, instr->n, out);

	*constant = instr->value;
	for (int k = 0; k < instr->n && !rc; k++)
	{
		double		coef;
		int			leaf;

		co_code_affine_term(instr, k, &coef, &leaf);
		if (build->lowered.leaf_var[leaf] < 0)
			*constant += coef * build->lowering.value[leaf];
		else
		{
			out->index[n] = build->lowered.leaf_var[leaf];
			out->value[n++] = coef;
		}
		rc = co_lower_work(&build->lowering, 1);
	}
	return rc ? rc : co_canonical_terms(build->lowering.arena, n, out->index, out->value, &out->n);
}

static CoRc
take_number(CoModelBuild *build, const CoCodeTerm *term, double *constant)
{
	CoMark		mark = co_mark(&build->scratch);
	double	   *stack = co_take_doubles(&build->scratch, CO_MAX_DEPTH);

	if (!stack)
		return co_arena_failed(&build->scratch);
	*constant = co_code_eval(NULL, term->code, term->length, build->lowering.value, stack);
	co_rewind(&build->scratch, mark);
	return CO_OK;
}

static CoRc
take_argument(CoModelBuild *build, const CoCodeTerm *term, CoSparse *out, double *constant)
{
	int			at = 0,
				leaf;
	CoInstr		instr;
	CoRc		rc;

	*out = (CoSparse) {0};
	*constant = 0.0;
	co_code_next(term->code, term->length, &at, &instr);
	if (is_number(build, term))
		rc = take_number(build, term, constant);
	else if (at == term->length && instr.op == CO_OP_AFFINE)
		rc = take_affine(build, &instr, out, constant);
	else if (at == term->length && instr.op == CO_OP_LEAF)
		rc = take_variable(build, instr.leaf, out);
	else
	{
		rc = co_model_nest(build, term->code, term->length, &leaf);
		if (!rc)
			rc = take_variable(build, leaf, out);
	}
	if (!rc && !isfinite(*constant))
		return co_lower_complain(&build->lowering, build->lowering.row,
								 "an argument of a function in %s is not finite");
	return rc;
}

/* The texts of the calls before, where they are the same. */
static const char *
keep_text(CoModelBuild *build, const char *text, const char *before)
{
	size_t		size = strlen(text) + 1;
	char	   *copy;

	if (before && strcmp(before, text) == 0)
		return before;
	copy = co_take(build->arena, size, 1);
	if (copy)
		memcpy(copy, text, size);
	return copy;
}

static CoRc
take_call(CoModelBuild *build, const CoCodeTerm *term, const Walk *walk, int i, CoCall *call)
{
	CoArena    *arena = build->arena;
	const CoCall *before = build->n_call > 0 ? &build->call[build->n_call - 1] : NULL;
	int			at = walk->at[i];
	CoInstr		instr;
	CoRc		rc;

	co_code_next(term->code, term->length, &at, &instr);
	*call = (CoCall) {.n = instr.n};
	call->function = keep_text(build, instr.function, before ? before->function : NULL);
	call->gradient = keep_text(build, instr.gradient, before ? before->gradient : NULL);
	call->argument = co_take(arena, (size_t) instr.n, sizeof *call->argument);
	call->constant = co_take_doubles(arena, (size_t) instr.n);
	call->point = co_take_doubles(arena, (size_t) instr.n);
	rc = co_arena_failed(arena);
	for (int k = instr.n - 1, root = i - 1; k >= 0 && !rc; root = walk->start[root] - 1, k--)
	{
		CoCodeTerm	argument = part(term, walk, root);

		call->point[k] = NAN;
		rc = take_argument(build, &argument, &call->argument[k], &call->constant[k]);
	}
	return rc;
}

/* The place of an equal call, or an empty one. */
static int *
find_slot(const CoModelBuild *build, const CoCodeTerm *code, uint64_t hash)
{
	int			mask = build->n_call_slot - 1;
	int			at = (int) (hash & (uint64_t) mask);

	for (; build->call_slot[at] >= 0; at = (at + 1) & mask)
	{
		const CoNested *known = &build->call_code[build->call_slot[at]];

		if (known->hash == hash && known->length == code->length &&
			memcmp(known->code, code->code, (size_t) code->length) == 0)
			break;
	}
	return &build->call_slot[at];
}

/* Room for one more, in the lists and the table. */
static CoRc
reserve_call(CoModelBuild *build)
{
	CoArena    *lists = &build->lists;
	int			capacity = build->cap_call ? 2 * build->cap_call : FIRST_CALLS;
	size_t		n = (size_t) build->n_call;

	if (build->n_call < build->cap_call)
		return CO_OK;
	if (build->cap_call > INT_MAX / 8)
		capacity = -1;			/* refused by the takes below */
	build->call = co_take_grown(lists, build->call, n, (size_t) capacity, sizeof *build->call);
	build->call_code = co_take_grown(lists, build->call_code, n, (size_t) capacity,
									 sizeof *build->call_code);
	build->call_slot = co_take_ints(lists, 2 * (size_t) capacity);
	if (co_arena_failed(lists))
		return co_arena_failed(lists);
	build->cap_call = capacity;
	build->n_call_slot = 2 * capacity;
	memset(build->call_slot, -1, (size_t) build->n_call_slot * sizeof(int));
	for (int k = 0; k < build->n_call; k++)
	{
		const CoNested *known = &build->call_code[k];
		CoCodeTerm	code = {1.0, known->code, known->length};

		*find_slot(build, &code, known->hash) = k;
	}
	return CO_OK;
}

/* The number of the call that is the whole term. */
static CoRc
find_call(CoModelBuild *build, const CoCodeTerm *term, const Walk *walk, int *number)
{
	uint64_t	hash = co_model_hash(term->code, term->length);
	CoRc		rc = reserve_call(build);
	int		   *slot;
	CoCall		call;

	if (rc)
		return rc;
	slot = find_slot(build, term, hash);
	if (*slot < 0)
	{
		rc = take_call(build, term, walk, walk->n - 1, &call);
		if (rc)
			return rc;
		build->call[build->n_call] = call;
		build->call_code[build->n_call] = (CoNested) {.code = term->code, .length = term->length, .hash = hash};
		*slot = build->n_call++;
	}
	*number = *slot;
	return CO_OK;
}

static CoRc
add_use(CoModelBuild *build, int number, double scale)
{
	if (build->owner == 0)
		build->call[number].in_objective = true;
	else
		build->call[number].in_rows = true;
	return co_triples_add(&build->lists, &build->call_use, number, build->owner, scale);
}

/* The term from its end on, with leaves for its calls. */
static CoRc
copy_with_leaves(CoModelBuild *build, const CoCodeTerm *term, const Walk *walk, CoCodeTerm *bare)
{
	CoArena    *lists = &build->lists;	/* long sums of it will point into it */
	uint8_t    *to = co_take(lists, (size_t) term->length, 1);
	int			fill = term->length;
	CoRc		rc = co_arena_failed(lists);

	for (int i = walk->n - 1; i >= 0 && !rc;)
	{
		int			n = walk->at[i + 1] - walk->at[i];

		if (walk->is_call[i])
		{
			CoCodeTerm	call = part(term, walk, i);
			int32_t		leaf = 0;

			rc = co_model_nest(build, call.code, call.length, &leaf);
			fill -= 1 + (int) sizeof leaf;
			to[fill] = CO_OP_LEAF;
			memcpy(to + fill + 1, &leaf, sizeof leaf);
			i = walk->start[i] - 1;
			continue;
		}
		fill -= n;
		memcpy(to + fill, term->code + walk->at[i], (size_t) n);
		i--;
	}
	*bare = (CoCodeTerm) {term->scale, to ? to + fill : NULL, term->length - fill};
	return rc;
}

CoRc
co_model_take_calls(CoModelBuild *build, const CoCodeTerm *term, CoCodeTerm *bare, bool *is_call)
{
	CoMark		mark = co_mark(&build->scratch);
	Walk		walk;
	int			number;
	CoRc		rc = walk_code(build, term, &walk);

	*bare = *term;
	*is_call = false;
	if (rc)
		return rc;
	if (!build->arena->env->call)
	{
		co_lower_complain(&build->lowering, build->lowering.row,
						  "%s calls a function, which is not possible here");
		return co_error_as(build->lowering.error, CO_ERROR_UNSUPPORTED);
	}
	*is_call = walk.is_call[walk.n - 1];
	if (!*is_call)
		rc = copy_with_leaves(build, term, &walk, bare);
	else if (!(rc = find_call(build, term, &walk, &number)))
		rc = add_use(build, number, co_model_scale(build, term));
	if (!rc)
		co_rewind(&build->scratch, mark);
	return rc;
}

/* Does a variable occur in two arguments? */
static CoRc
shares_variables(CoModelBuild *build, const CoCall *call, CoSparse *all, bool *shares)
{
	int			n = 0;
	CoRc		rc;

	for (int k = 0; k < call->n; k++)
		n += call->argument[k].n;
	rc = take_sparse(&build->scratch, n, all);
	for (int k = 0, e = 0; k < call->n && !rc; k++)
		for (int t = 0; t < call->argument[k].n; t++)
		{
			all->index[e] = call->argument[k].index[t];
			all->value[e++] = 1.0;
		}
	if (!rc)
		rc = co_canonical_terms(build->lowering.arena, n, all->index, all->value, &all->n);
	*shares = all->n < n;
	return rc;
}

/* Along argument k, which has variables. */
static CoRc
argument_direction(CoModelBuild *build, const CoCall *call, int k, CoDirection *out)
{
	*out = (CoDirection) {.var = call->argument[k], .constant = call->constant[k]};
	if (take_sparse(build->arena, 1, &out->argument))
		return co_arena_failed(build->arena);
	out->argument.index[0] = k;
	out->argument.value[0] = 1.0;
	return CO_OK;
}

/* The coefficient of a variable in a canonical form, or 0. */
static double
coefficient(const CoSparse *form, int var)
{
	int			low = 0,
				high = form->n;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (form->index[middle] < var)
			low = middle + 1;
		else
			high = middle;
	}
	return low < form->n && form->index[low] == var ? form->value[low] : 0.0;
}

/* Along a variable. */
static CoRc
variable_direction(CoModelBuild *build, const CoCall *call, int var, CoDirection *out)
{
	CoSparse   *argument = &out->argument;

	*out = (CoDirection) {.constant = 0.0};
	if (take_sparse(build->arena, 1, &out->var) || take_sparse(build->arena, call->n, argument))
		return co_arena_failed(build->arena);
	out->var.index[0] = var;
	out->var.value[0] = 1.0;
	argument->n = 0;
	for (int k = 0; k < call->n; k++)
	{
		double		coef = coefficient(&call->argument[k], var);

		if (coef == 0.0)
			continue;
		argument->index[argument->n] = k;
		argument->value[argument->n++] = coef;
	}
	return co_lower_work(&build->lowering, call->n);
}

static void
set_range(const CoCalls *calls, CoDirection *direction)
{
	direction->lower = direction->upper = direction->constant;
	for (int t = 0; t < direction->var.n; t++)
	{
		int			j = direction->var.index[t];
		double		coef = direction->var.value[t];

		direction->lower += coef * (coef > 0.0 ? calls->lower[j] : calls->upper[j]);
		direction->upper += coef * (coef > 0.0 ? calls->upper[j] : calls->lower[j]);
	}
}

/*
 * A gradient function speaks of arguments, all of them: then every argument is
 * a direction, and the slopes are what it answers.
 */
static CoRc
make_directions(CoModelBuild *build, CoCall *call)
{
	CoMark		mark = co_mark(&build->scratch);
	bool		along_variables;
	CoSparse	all;
	CoRc		rc = shares_variables(build, call, &all, &along_variables);

	if (rc)
		return rc;
	along_variables = along_variables && call->gradient[0] == '\0';
	call->n_direction = all.n == 0 ? 0 : along_variables ? all.n : call->n;
	call->direction = co_take(build->arena, (size_t) call->n_direction, sizeof *call->direction);
	call->slope = co_take_doubles(build->arena, (size_t) call->n_direction);
	rc = co_arena_failed(build->arena);
	for (int d = 0; d < call->n_direction && !rc; d++)
	{
		rc = along_variables ? variable_direction(build, call, all.index[d], &call->direction[d]) :
			argument_direction(build, call, d, &call->direction[d]);
		if (!rc)
			set_range(&build->self->calls, &call->direction[d]);
	}
	co_rewind(&build->scratch, mark);
	return rc;
}

/* How deep variables that are added rest on one another: level [n_added]. */
static CoRc
find_levels(CoModelBuild *build, int *level)
{
	const CoModel *model = build->out;
	const CoCsc *jac = &model->nlp.jac;
	bool		changed = true;

	for (int k = 0; k < build->self->n_added; k++)
		level[k] = 1;
	for (int pass = 0; pass < build->self->n_added && changed; pass++)
	{
		CoRc		rc = co_lower_work(&build->lowering, co_csc_nnz(jac));

		if (rc)
			return rc;
		changed = false;
		for (int k = 0; k < build->self->n_added; k++)
			for (int e = jac->start[model->n_var + k]; e < jac->start[model->n_var + k + 1]; e++)
			{
				int			row = jac->index[e] - model->n_row;

				if (row >= 0 && row != k && level[row] <= level[k])
				{
					level[row] = level[k] + 1;
					changed = true;
				}
			}
	}
	return CO_OK;
}

CoRc
co_model_call_levels(CoModelBuild *build)
{
	CoCalls    *calls = &build->self->calls;
	CoMark		mark = co_mark(&build->scratch);
	int			n_var = build->out->n_var;
	int		   *level;
	CoRc		rc;

	calls->known = INT_MAX;
	if (calls->n == 0)
		return CO_OK;
	level = co_take_ints(&build->scratch, (size_t) build->self->n_added);
	rc = level ? find_levels(build, level) : co_arena_failed(&build->scratch);
	for (int c = 0; c < calls->n && !rc; c++)
	{
		CoCall	   *call = &calls->call[c];

		for (int k = 0; k < call->n; k++)
			for (int t = 0; t < call->argument[k].n; t++)
			{
				int			j = call->argument[k].index[t] - n_var;

				if (j >= 0 && level[j] > call->level)
					call->level = level[j];
			}
		if (call->level > calls->max_level)
			calls->max_level = call->level;
	}
	co_rewind(&build->scratch, mark);
	return rc;
}

/* Formulas inside of others come later, so the last ones are found first. */
static CoRc
find_bounds(CoModelBuild *build, CoCalls *calls)
{
	const CoNlp *nlp = &build->out->nlp;
	CoRc		rc = CO_OK;

	calls->lower = co_take_grown(build->arena, nlp->xl, (size_t) nlp->n, (size_t) nlp->n, sizeof(double));
	calls->upper = co_take_grown(build->arena, nlp->xu, (size_t) nlp->n, (size_t) nlp->n, sizeof(double));
	if (co_arena_failed(build->arena))
		return co_arena_failed(build->arena);
	for (int k = build->n_nested - 1; k >= 0 && !rc; k--)
	{
		const CoNested *nested = &build->nested[k];
		int			var = build->out->n_var + nested->lift;

		rc = co_model_range(build, nested->code, nested->length, calls->lower, calls->upper,
							&calls->lower[var], &calls->upper[var]);
	}
	return rc;
}

CoRc
co_model_calls(CoModelBuild *build)
{
	CoCalls    *calls = &build->self->calls;
	CoArena    *arena = build->arena;
	int			most = 0;
	CoRc		rc = CO_OK;

	calls->n = build->out->n_call = build->n_call;
	calls->n_use = build->call_use.n;
	if (calls->n == 0)
		return CO_OK;
	build->out->nlp.has_hess = false;
	calls->call = co_take_grown(arena, build->call, (size_t) calls->n, (size_t) calls->n,
								sizeof *calls->call);
	calls->use = co_take_zero(arena, (size_t) calls->n_use, sizeof *calls->use);
	if (co_arena_failed(arena) || (rc = find_bounds(build, calls)))
		return rc ? rc : co_arena_failed(arena);
	for (int k = 0; k < calls->n_use; k++)
		calls->use[k] = (CoCallUse) {
			.call = build->call_use.i[k], .owner = build->call_use.j[k], .scale = build->call_use.value[k]
		};
	for (int k = 0; k < calls->n && !rc; k++)
	{
		rc = make_directions(build, &calls->call[k]);
		if (calls->call[k].n > most)
			most = calls->call[k].n;
	}
	calls->work = co_take_doubles(arena, (size_t) most);
	return rc ? rc : co_arena_failed(arena);
}
