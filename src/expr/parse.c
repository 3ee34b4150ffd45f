/*-------------------------------------------------------------------------
 *
 * expr/parse.c
 *	  Texts to blocks: rows and problems.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <string.h>

#include "expr/algebra.h"
#include "expr/parse.h"

#define OPERATOR_EXPECTED \
	"Expected an operator, a comparison or the end."

/* An expression as a row's body in the builder, without bounds. */
static CoRc
parse_body(CoParser *parser)
{
	CoRc		rc = co_parser_expression(parser);

	if (rc || (rc = co_terms_emit(&parser->terms, 0, 1.0, parser->builder)))
		return rc;
	co_builder_constant(parser->builder, parser->terms.operand[0].constant);
	co_terms_clear(&parser->terms);
	return CO_OK;
}

typedef struct Row				/* side rel side [ rel side ] */
{
	const char *name,
			   *key;
	int			n_side;
	CoTokenKind rel[2];
	bool		has_variable[3];
	size_t		position;		/* of the first comparison */
} Row;

static bool
at_relation(const CoParser *parser)
{
	CoTokenKind kind = parser->token.kind;

	return kind == CO_TOKEN_LESS_EQUAL || kind == CO_TOKEN_GREATER_EQUAL || kind == CO_TOKEN_EQUAL;
}

/* A leaf and a colon in front of the row; name and key are copied. */
static CoRc
parse_label(CoParser *parser, Row *row)
{
	CoLexer		lex = parser->lex;
	CoToken		token = parser->token;
	const char *name,
			   *key;
	CoRc		rc;

	if (token.kind != CO_TOKEN_NAME)
		return CO_OK;
	rc = co_parser_leaf(parser, &name, &key);
	if (rc)
		return rc;
	if (!co_parser_at_sign(parser, ':'))
	{
		parser->lex = lex;
		parser->token = token;
		return CO_OK;
	}
	row->name = co_take_grown(parser->arena, name, strlen(name) + 1, strlen(name) + 1, 1);
	if (key)
		row->key = co_take_grown(parser->arena, key, strlen(key) + 1, strlen(key) + 1, 1);
	rc = co_arena_failed(parser->arena);
	return rc ? rc : co_parser_next(parser);
}

/* The sides of a row, as operands 0, 1 and 2. */
static CoRc
parse_sides(CoParser *parser, Row *row)
{
	CoRc		rc;

	for (row->n_side = 0;; row->n_side++)
	{
		parser->has_variable = false;
		if ((rc = co_parser_expression(parser)))
			return rc;
		row->has_variable[row->n_side] = parser->has_variable;
		if (row->n_side == 2 || !at_relation(parser))
			break;
		row->rel[row->n_side] = parser->token.kind;
		if (row->n_side == 0)
			row->position = parser->token.start;
		if ((rc = co_parser_next(parser)))
			return rc;
	}
	row->n_side++;
	if (row->n_side == 1 || at_relation(parser))
		return co_parser_refuse(parser, row->n_side == 1 ? "Expected a comparison: ==, <= or >=." :
								OPERATOR_EXPECTED);
	return CO_OK;
}

/* body REL side with the constants moved to the bound, as co_expr_compare() */
static CoRc
add_comparison(CoParser *parser, const Row *row)
{
	const CoTerms *terms = &parser->terms;
	CoTokenKind rel = row->rel[0];
	bool		turned = !row->has_variable[0] && row->has_variable[1];
	int			body = turned ? 1 : 0;
	double		bound = co_move_constant(terms->operand[1 - body].constant, terms->operand[body].constant);
	CoRc		rc;

	if (turned && rel != CO_TOKEN_EQUAL)
		rel = rel == CO_TOKEN_LESS_EQUAL ? CO_TOKEN_GREATER_EQUAL : CO_TOKEN_LESS_EQUAL;
	if (isnan(bound))
		return co_lex_refuse(&parser->lex, row->position, 0,
							 "bound of a comparison is not a number", NULL, NULL);
	if ((rc = co_builder_row(parser->builder, row->name, row->key,
							 rel == CO_TOKEN_LESS_EQUAL ? -INFINITY : bound,
							 rel == CO_TOKEN_GREATER_EQUAL ? INFINITY : bound)) ||
		(rc = co_terms_emit(terms, body, 1.0, parser->builder)))
		return rc;
	return co_terms_emit(terms, 1 - body, -1.0, parser->builder);
}

/* bound REL body REL bound, as co_expr_between() */
static CoRc
add_between(CoParser *parser, const Row *row)
{
	const CoTerms *terms = &parser->terms;
	bool		rising = row->rel[0] == CO_TOKEN_LESS_EQUAL;
	double		constant = terms->operand[1].constant;
	double		lower = co_move_constant(terms->operand[rising ? 0 : 2].constant, constant);
	double		upper = co_move_constant(terms->operand[rising ? 2 : 0].constant, constant);
	CoRc		rc;

	if (row->rel[0] != row->rel[1] || row->rel[0] == CO_TOKEN_EQUAL)
		return co_lex_refuse(&parser->lex, row->position, 0,
							 "two comparisons in one row must be both <= or both >=",
							 NULL, NULL);
	if (!co_terms_is_constant(terms, 0) || !co_terms_is_constant(terms, 2))
		return co_lex_refuse(&parser->lex, row->position, 0,
							 "the outer sides of two comparisons must be numbers",
							 NULL, "Write two rows where both bounds depend on variables.");
	if (isnan(lower) || isnan(upper))
		return co_lex_refuse(&parser->lex, row->position, 0,
							 "bound of a comparison is not a number", NULL, NULL);
	rc = co_builder_row(parser->builder, row->name, row->key, lower, upper);
	return rc ? rc : co_terms_emit(terms, 1, 1.0, parser->builder);
}

static CoRc
parse_row(CoParser *parser)
{
	Row			row = {.name = NULL, .key = NULL};
	CoRc		rc;

	if ((rc = parse_label(parser, &row)) || (rc = parse_sides(parser, &row)) ||
		(rc = row.n_side == 3 ? add_between(parser, &row) : add_comparison(parser, &row)))
		return rc;
	co_terms_clear(&parser->terms);
	return CO_OK;
}

/* rows := [ row { ';' row } [ ';' ] ] */
static CoRc
parse_rows(CoParser *parser)
{
	CoRc		rc = CO_OK;

	while (!rc && parser->token.kind != CO_TOKEN_END)
	{
		if ((rc = parse_row(parser)))
			break;
		if (parser->token.kind == CO_TOKEN_END)
			break;
		rc = co_parser_expect_sign(parser, ';', "Expected an operator, \";\" or the end.");
	}
	return rc;
}

static CoRc
parse_problem(CoParser *parser)
{
	bool		feasible = co_parser_at_word(parser, "feasible");
	bool		maximize = co_parser_at_word(parser, "maximize");
	CoRc		rc;

	if (!feasible && !maximize && !co_parser_at_word(parser, "minimize"))
		return co_parser_refuse(parser, "Expected \"minimize\", \"maximize\" or \"feasible\".");
	co_builder_set_flags(parser->builder, feasible ? CO_FLAG_FEASIBLE :
						 maximize ? CO_FLAG_MAXIMIZE : 0);
	if ((rc = co_parser_next(parser)) ||
		(rc = co_builder_row(parser->builder, NULL, NULL, -INFINITY, INFINITY)) ||
		(!feasible && (rc = parse_body(parser))) ||
		parser->token.kind == CO_TOKEN_END)
		return rc;
	if (!co_parser_at_word(parser, "subject"))
		return co_parser_refuse(parser, "Expected an operator or \"subject to\".");
	if ((rc = co_parser_next(parser)))
		return rc;
	if (!co_parser_at_word(parser, "to"))
		return co_parser_refuse(parser, "Expected \"to\".");
	rc = co_parser_next(parser);
	return rc ? rc : parse_rows(parser);
}

CoRc
co_parse(CoArena *arena, const char *text, size_t length, CoBlockKind kind,
		 CoBlock *out, CoError *error)
{
	CoParser		parser = {
		.arena = arena,
		.error = error,
		.lex = {.arena = arena, .text = text, .length = length, .error = error}
	};
	CoRc		rc;

	memset(error, 0, sizeof *error);
	error->position = -1;
	co_terms_init(&parser.terms, arena, error);
	if ((rc = co_builder_new(arena, kind, &parser.builder)) ||
		(rc = co_parser_definitions(&parser)))
		return rc;
	switch (kind)
	{
		case CO_BLOCK_PROBLEM:
			rc = parse_problem(&parser);
			break;
		case CO_BLOCK_CONSTRAINT:
			rc = parse_rows(&parser);
			break;
		default:
			rc = parse_body(&parser);
	}
	if (rc)
		return rc;
	if (parser.token.kind != CO_TOKEN_END)
		return co_parser_refuse(&parser, OPERATOR_EXPECTED);
	co_builder_view(parser.builder, out);
	return CO_OK;
}
