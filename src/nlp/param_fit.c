/*-------------------------------------------------------------------------
 *
 * nlp/param_fit.c
 *	  Taking a sum of squares apart.
 *
 *-------------------------------------------------------------------------
 */
#include "nlp/param_fit.h"

#include <math.h>
#include <stdio.h>

#include "expr/builder.h"
#include "expr/code.h"

/* No name that a user writes begins so. */
#define RESIDUAL_NAME	"\001residual"

/* Terms between two polls: some microseconds each at most. */
#define TERMS_PER_POLL	1024

/* "... 2 ^": the length of what is squared, 0: it is no such square. */
static int
power_base(const uint8_t *code, int length)
{
	int			at = 0,
				start[2] = {0, 0};
	CoInstr		instr[2] = {{0}, {0}};

	while (at < length)
	{
		start[0] = start[1];
		instr[0] = instr[1];
		start[1] = at;
		if (!co_code_next(code, length, &at, &instr[1]))
			return 0;
	}
	if ((instr[1].op == CO_OP_POW || instr[1].op == CO_OP_POWER) &&
		instr[0].op == CO_OP_CONST && instr[0].value == 2.0)
		return start[0];
	return 0;
}

/* "a a *" */
static int
product_base(const uint8_t *code, int length, int n_leaf)
{
	int			half = (length - 1) / 2;

	if (length < 3 || length % 2 == 0 || code[length - 1] != CO_OP_MUL ||
		memcmp(code, code + half, (size_t) half) != 0 || !co_code_valid(code, half, n_leaf, NULL))
		return 0;
	return half;
}

static CoRc
complain(CoError *error)
{
	snprintf(error->message, sizeof error->message, "the objective is not a sum of squares");
	snprintf(error->hint, sizeof error->hint,
			 "A covariance is that of a fit: minimize sum(((y - model) / sd)^2).");
	return CO_BAD_INPUT;
}

static CoRc
import_leaves(CoBuilder *builder, const CoBlock *problem, CoError *error)
{
	CoRc		rc = CO_OK;

	for (int k = 0; k < problem->n_leaf && !rc; k++)
	{
		int			index;

		rc = co_builder_import_leaf(builder, problem, k, &index, error);
	}
	return rc;
}

/* The objective's terms but its code, and the squares of the residuals. */
static CoRc
add_plain(CoBuilder *builder, const CoBlock *problem, CoParamFit *fit)
{
	CoRc		rc = co_builder_constant(builder, problem->constant[0]);

	for (int t = 0; t < problem->lin_end[0] && !rc; t++)
		rc = co_builder_lin(builder, problem->lin_leaf[t], problem->lin_coef[t]);
	for (int t = 0; t < problem->quad_end[0] && !rc; t++)
	{
		rc = co_builder_quad(builder, problem->quad_i[t], problem->quad_j[t], problem->quad_coef[t]);
		fit->has_plain |= problem->quad_coef[t] != 0.0;
	}
	return rc;
}

static CoRc
add_square(CoArena *arena, CoBuilder *builder, int number, double scale, int *leaf, CoError *error)
{
	char		key[16];
	CoLeafDef	def = {
		.name = RESIDUAL_NAME, .key = key, .kind = CO_LEAF_VARIABLE,
		.lower = -INFINITY, .upper = INFINITY, .start = NAN
	};
	CoRc		rc;

	snprintf(key, sizeof key, "%d", number);
	rc = co_builder_leaf(builder, &def, leaf, error);
	if (!rc)
		rc = co_builder_quad(builder, *leaf, *leaf, scale);
	return !rc && number % TERMS_PER_POLL == 0 ? co_poll(arena) : rc;
}

static CoRc
add_objective(CoArena *arena, CoBuilder *builder, const CoBlock *problem, CoParamFit *fit, int *leaf,
			  CoError *error)
{
	double		sign = problem->flags & CO_FLAG_MAXIMIZE ? -1.0 : 1.0;
	int			at = 0;
	CoCodeTerm	term;
	CoRc		rc = co_builder_row(builder, NULL, NULL, -INFINITY, INFINITY);

	if (!rc)
		rc = add_plain(builder, problem, fit);
	for (int n = 0; !rc && co_code_term(problem->code, problem->code_end[0], &at, &term); n++)
	{
		if (power_base(term.code, term.length) == 0 &&
			product_base(term.code, term.length, problem->n_leaf) == 0)
			return complain(error);
		if (!(sign * term.scale >= 0.0))
			return complain(error);
		rc = add_square(arena, builder, n, term.scale, &leaf[n], error);
	}
	return rc;
}

/* e_i - r_i == 0 */
static CoRc
add_residuals(CoArena *arena, CoBuilder *builder, const CoBlock *problem, const int *leaf)
{
	int			at = 0;
	CoCodeTerm	term;
	CoRc		rc = CO_OK;

	for (int n = 0; !rc && co_code_term(problem->code, problem->code_end[0], &at, &term); n++)
	{
		int			length = power_base(term.code, term.length);

		if (length == 0)
			length = product_base(term.code, term.length, problem->n_leaf);
		if ((rc = co_builder_row(builder, NULL, NULL, 0.0, 0.0)) ||
			(rc = co_builder_lin(builder, leaf[n], -1.0)))
			return rc;
		rc = co_builder_code(builder, 1.0, term.code, length);
		if (!rc && n % TERMS_PER_POLL == 0)
			rc = co_poll(arena);
	}
	return rc;
}

static int
count_terms(const CoBlock *problem)
{
	int			at = 0;
	int			n = 0;
	CoCodeTerm	term;

	while (co_code_term(problem->code, problem->code_end[0], &at, &term))
		n++;
	return n;
}

CoRc
co_param_fit_new(CoArena *arena, const CoBlock *problem, CoParamFit *out, CoError *error)
{
	CoBuilder  *builder;
	int		   *leaf;
	CoRc		rc;

	memset(out, 0, sizeof *out);
	out->n_residual = count_terms(problem);
	leaf = co_take_ints(arena, (size_t) out->n_residual);
	if (!leaf)
		return co_arena_failed(arena);
	rc = co_builder_new(arena, CO_BLOCK_PROBLEM, &builder);
	if (rc)
		return rc;
	co_builder_set_flags(builder, problem->flags & CO_FLAG_MAXIMIZE);
	if ((rc = import_leaves(builder, problem, error)) ||
		(rc = add_objective(arena, builder, problem, out, leaf, error)))
		return rc;
	for (int r = 1; r < problem->n_row && !rc; r++)
	{
		rc = co_builder_row(builder, co_block_string(problem, problem->row_name[r]),
							co_block_string(problem, problem->row_key[r]),
							problem->lower[r], problem->upper[r]);
		if (!rc)
			rc = co_builder_add_row(builder, problem, r, 1.0, error);
	}
	if (!rc)
		rc = add_residuals(arena, builder, problem, leaf);
	if (!rc)
		co_builder_view(builder, &out->block);
	return rc ? rc : co_arena_failed(arena);
}
