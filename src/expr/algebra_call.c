/*-------------------------------------------------------------------------
 *
 * expr/algebra_call.c
 *	  A call of the host's function as an expression.
 *
 * Built on the parser's stack of operands (expr/terms.h), so that it is what
 * its text reads back as.
 *
 *-------------------------------------------------------------------------
 */
#include "expr/algebra.h"

#include "expr/algebra_code.h"
#include "expr/terms.h"

static CoRc
push_argument(CoTerms *terms, CoBuilder *builder, const CoBlock *argument)
{
	CoArena    *arena = terms->arena;
	int		   *map = co_take_ints(arena, (size_t) argument->n_leaf);
	CoRc		rc = co_arena_failed(arena);

	for (int k = 0; k < argument->n_leaf && !rc; k++)
	{
		rc = co_builder_import_leaf(builder, argument, k, &map[k], terms->error);
		if (!rc && k % CO_ALGEBRA_POLL == CO_ALGEBRA_POLL - 1)
			rc = co_poll(arena);
	}
	return rc ? rc : co_terms_expression(terms, argument, map);
}

CoRc
co_expr_call(CoArena *arena, const char *function, const char *gradient,
			 int n, const CoBlock *argument, CoBlock *out, CoError *error)
{
	CoBuilder  *builder;
	CoTerms		terms;
	CoRc		rc = co_builder_new(arena, CO_BLOCK_EXPR, &builder);

	co_terms_init(&terms, arena, error);
	for (int k = 0; k < n && !rc; k++)
		rc = push_argument(&terms, builder, &argument[k]);
	if (rc || (rc = co_terms_apply_call(&terms, n, function, gradient)) ||
		(rc = co_terms_emit(&terms, 0, 1.0, builder)))
		return rc;
	co_builder_view(builder, out);
	return CO_OK;
}
