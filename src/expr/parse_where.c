/*-------------------------------------------------------------------------
 *
 * expr/parse_where.c
 *	  Texts to blocks: definitions.
 *
 * Definitions come last in a text but first in meaning: the leaves of `where`
 * are numbered in its order and their kinds decide which side of a comparison
 * is the bound.  So a first run over the words looks for `where` and reads it,
 * and the second run stops in front of it.  In the same way a variable whose
 * bounds are formulas gets its number when it is met, and its bounds when all
 * parameters are known.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <string.h>

#include "expr/algebra.h"
#include "expr/parse.h"

#define FIRST_DEFINED	32

/* number := [ '-' | '+' ] number, as bounds and values are written */
static CoRc
parse_number(CoParser *parser, double *value)
{
	bool		negative = co_parser_at_sign(parser, '-');
	CoRc		rc;

	if ((negative || co_parser_at_sign(parser, '+')) && (rc = co_parser_next(parser)))
		return rc;
	if (parser->token.kind != CO_TOKEN_NUMBER)
		return co_parser_refuse(parser, "Expected a number.");
	*value = negative ? -parser->token.number : parser->token.number;
	return co_parser_next(parser);
}

/* Is what comes next a number alone?  The lexer stays where it is. */
static CoRc
peek_number(const CoParser *parser, bool *is_number)
{
	CoParser	ahead = *parser;
	CoRc		rc = CO_OK;

	if (co_parser_at_sign(&ahead, '-') || co_parser_at_sign(&ahead, '+'))
		rc = co_parser_next(&ahead);
	*is_number = ahead.token.kind == CO_TOKEN_NUMBER;
	if (!rc && *is_number)
		rc = co_parser_next(&ahead);
	*is_number = *is_number && (co_parser_at_sign(&ahead, ',') || co_parser_at_sign(&ahead, ']'));
	return rc;
}

/* An expression that is a bound: a number after all, or a formula over parameters. */
static CoRc
parse_formula(CoParser *parser, double *value, CoCodeTerms *bound)
{
	size_t		position = parser->token.start;
	CoBuilder  *builder;
	CoBlock		body;
	CoRc		rc;

	parser->has_variable = false;
	if ((rc = co_parser_expression(parser)))
		return rc;
	if (parser->has_variable)
		return co_lex_refuse(&parser->lex, position, 0, "a bound depends on a variable", NULL,
							 "Bounds are numbers, parameters and expressions of these; parameters are defined by name := value.");
	*value = parser->terms.operand[0].constant;
	if (!co_terms_is_constant(&parser->terms, 0))
	{
		*value = NAN;
		if ((rc = co_builder_new(parser->arena, CO_BLOCK_EXPR, &builder)) ||
			(rc = co_terms_emit(&parser->terms, 0, 1.0, builder)) ||
			(rc = co_builder_constant(builder, parser->terms.operand[0].constant)))
			return rc;
		co_builder_view(builder, &body);
		rc = co_parser_blame(parser, co_expr_formula(parser->arena, &body, NULL, bound, parser->error),
							 position);
	}
	co_terms_clear(&parser->terms);
	return rc;
}

/* One bound.  Without a place for a formula, *waits says that there is one. */
static CoRc
parse_bound(CoParser *parser, double *value, CoCodeTerms *bound, bool *waits)
{
	bool		is_number;
	CoRc		rc = peek_number(parser, &is_number);

	if (rc || is_number)
		return rc ? rc : parse_number(parser, value);
	if (bound)
		return parse_formula(parser, value, bound);
	*waits = true;
	return CO_OK;
}

/* Past the bracket that closes the bounds. */
static CoRc
skip_bounds(CoParser *parser)
{
	int			brackets = 1;
	CoRc		rc = CO_OK;

	while (!rc && brackets > 0 && parser->token.kind != CO_TOKEN_END)
	{
		brackets += co_parser_at_sign(parser, '[') - co_parser_at_sign(parser, ']');
		rc = co_parser_next(parser);
	}
	return rc || brackets == 0 ? rc : co_parser_refuse(parser, "Expected \"]\".");
}

/* [ 'start' number ] */
static CoRc
parse_start(CoParser *parser, CoLeafDef *def)
{
	CoRc		rc;

	if (!co_parser_at_word(parser, "start"))
		return CO_OK;
	rc = co_parser_next(parser);
	return rc ? rc : parse_number(parser, &def->start);
}

/*
 * leaf 'in' '[' bound ',' bound ']' [ 'start' number ], from 'in' on.  Without
 * a place for them formulas are passed over, and *waits says that there are some.
 */
static CoRc
parse_bounds(CoParser *parser, CoLeafDef *def, CoCodeTerms *bound, bool *waits)
{
	CoRc		rc;

	if ((rc = co_parser_next(parser)) ||
		(rc = co_parser_expect_sign(parser, '[', "Expected \"[\" and two bounds.")) ||
		(rc = parse_bound(parser, &def->lower, bound, waits)) ||
		(!*waits &&
		 ((rc = co_parser_expect_sign(parser, ',', "Expected \",\".")) ||
		  (rc = parse_bound(parser, &def->upper, bound ? bound + 1 : NULL, waits)))) ||
		(rc = *waits ? skip_bounds(parser) :
		 co_parser_expect_sign(parser, ']', "Expected \"]\".")))
		return rc;
	return parse_start(parser, def);
}

static CoRc
note_kind(CoParser *parser, int index, bool is_parameter)
{
	if (index >= parser->cap_defined)
	{
		int			capacity = 2 * index + FIRST_DEFINED;

		parser->is_parameter = co_take_grown(parser->arena, parser->is_parameter,
											 (size_t) parser->n_defined, (size_t) capacity,
											 sizeof *parser->is_parameter);
		if (!parser->is_parameter)
			return co_arena_failed(parser->arena);
		parser->cap_defined = capacity;
	}
	if (index >= parser->n_defined)
	{
		parser->n_defined = index + 1;
		parser->is_parameter[index] = is_parameter;
	}
	else if (is_parameter)
		parser->is_parameter[index] = true;
	return CO_OK;
}

/* What stands behind the leaf: ':=' number, 'in' bounds, 'free' or 'undefined'. */
static CoRc
parse_meaning(CoParser *parser, CoLeafDef *def, CoCodeTerms *bound, bool *waits)
{
	CoRc		rc;

	if (parser->token.kind == CO_TOKEN_ASSIGN)
	{
		def->kind = CO_LEAF_PARAMETER;
		rc = co_parser_next(parser);
		return rc ? rc : parse_number(parser, &def->start);
	}
	if (co_parser_at_word(parser, "in"))
	{
		def->kind = CO_LEAF_VARIABLE;
		return parse_bounds(parser, def, bound, waits);
	}
	if (!co_parser_at_word(parser, "free") && !co_parser_at_word(parser, "undefined"))
		return co_parser_refuse(parser, "Expected \":=\", \"in\", \"free\" or \"undefined\".");
	def->kind = co_parser_at_word(parser, "free") ? CO_LEAF_NAME : CO_LEAF_REFERENCE;
	rc = co_parser_next(parser);
	if (rc || def->kind == CO_LEAF_REFERENCE || !co_parser_at_word(parser, "start"))
		return rc;
	def->kind = CO_LEAF_VARIABLE;
	return parse_start(parser, def);
}

static CoRc
note_waiting(CoParser *parser, const CoLexer *lex, const CoToken *token)
{
	if (parser->n_waiting == parser->cap_waiting)
	{
		int			capacity = 2 * parser->n_waiting + FIRST_DEFINED;

		parser->waiting = co_take_grown(parser->arena, parser->waiting,
										(size_t) parser->n_waiting, (size_t) capacity,
										sizeof *parser->waiting);
		if (!parser->waiting)
			return co_arena_failed(parser->arena);
		parser->cap_waiting = capacity;
	}
	parser->waiting[parser->n_waiting++] = (CoWaiting) {*lex, *token};
	return CO_OK;
}

static CoRc
parse_definition(CoParser *parser)
{
	CoLeafDef	def = {.lower = -INFINITY, .upper = INFINITY, .start = NAN};
	CoLexer		lex = parser->lex;
	CoToken		token = parser->token;
	bool		waits = false;
	int			index;
	CoRc		rc;

	if ((rc = co_parser_leaf(parser, &def.name, &def.key)) ||
		(rc = parse_meaning(parser, &def, NULL, &waits)))
		return rc;
	if (def.kind == CO_LEAF_PARAMETER && !isfinite(def.start))
		return co_lex_refuse(&parser->lex, token.start, 0,
							 "value of a parameter must be finite", NULL, NULL);
	if (waits)
	{
		def = (CoLeafDef) {
			.name = def.name, .key = def.key, .kind = CO_LEAF_NAME,
			.lower = -INFINITY, .upper = INFINITY, .start = NAN
		};
		if ((rc = note_waiting(parser, &lex, &token)))
			return rc;
	}
	rc = co_parser_blame(parser, co_parser_add_leaf(parser, &def, &index), token.start);
	return rc ? rc : note_kind(parser, index, def.kind == CO_LEAF_PARAMETER);
}

/* A definition that has waited: its name is lost while its bounds are read. */
static CoRc
parse_waiting(CoParser *parser, const CoWaiting *waiting)
{
	CoLeafDef	def = {.lower = -INFINITY, .upper = INFINITY, .start = NAN};
	CoCodeTerms bound[2] = {{NULL, 0}, {NULL, 0}};
	CoParser	again;
	bool		waits = false;
	int			index;
	CoRc		rc;

	parser->lex = waiting->lex;
	parser->token = waiting->token;
	if ((rc = co_parser_leaf(parser, &def.name, &def.key)))
		return rc;
	again = *parser;
	parser->name = parser->key = parser->parts = (CoText) {0};
	rc = parse_meaning(parser, &def, bound, &waits);
	parser->name = again.name;
	parser->key = again.key;
	parser->parts = again.parts;
	return rc ? rc :
		co_parser_blame(parser, co_builder_variable(parser->builder, &def, bound, &index, parser->error),
						waiting->token.start);
}

/* where := 'where' def { ',' def } */
static CoRc
parse_where(CoParser *parser)
{
	CoParser	end;
	CoRc		rc = CO_OK;

	do
	{
		if ((rc = co_parser_next(parser)) || (rc = parse_definition(parser)))
			return rc;
	} while (co_parser_at_sign(parser, ','));
	if (parser->token.kind != CO_TOKEN_END)
		return co_parser_refuse(parser, "Expected \",\" or the end.");
	end = *parser;
	for (int i = 0; i < parser->n_waiting && !rc; i++)
		rc = parse_waiting(parser, &parser->waiting[i]);
	parser->lex = end.lex;
	parser->token = end.token;
	return rc;
}

CoRc
co_parser_definitions(CoParser *parser)
{
	size_t		length = parser->lex.length;
	int			brackets = 0;
	CoRc		rc;

	do
	{
		if ((rc = co_parser_next(parser)))
			return rc;
		brackets += (co_parser_at_sign(parser, '(') || co_parser_at_sign(parser, '[')) -
			(co_parser_at_sign(parser, ')') || co_parser_at_sign(parser, ']'));
		if (brackets <= 0 && co_parser_at_word(parser, "where"))
		{
			length = parser->token.start;
			if ((rc = parse_where(parser)))
				return rc;
		}
	} while (parser->token.kind != CO_TOKEN_END);
	parser->lex.length = length;
	parser->lex.at = parser->lex.polled = 0;
	return co_parser_next(parser);
}
