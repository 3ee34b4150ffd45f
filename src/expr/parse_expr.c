/*-------------------------------------------------------------------------
 *
 * expr/parse_expr.c
 *	  Leaves and expressions.
 *
 * Expressions are read by operator precedence with a stack of our own (E. W.
 * Dijkstra, Algol 60 translation, 1961), so that no input can exhaust the
 * stack of the process; nesting ends at CO_MAX_DEPTH.  Values go to the
 * operand stack of expr/terms.h.
 *
 *-------------------------------------------------------------------------
 */
#include "expr/parse.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define FIRST_STACK		32
#define FIRST_NAME		64

/* How tightly operators bind, from the weakest, in the grammar of text.h. */
enum
{
	NOT_BINARY,
	BINDS_SUM,
	BINDS_PRODUCT,
	BINDS_POWER,
	BINDS_SIGN
};

CoRc
co_parser_next(CoParser *parser)
{
	return co_lex_next(&parser->lex, &parser->token);
}

bool
co_parser_at_word(const CoParser *parser, const char *word)
{
	return co_lex_is_word(&parser->lex, &parser->token, word);
}

CoRc
co_parser_refuse(CoParser *parser, const char *expected)
{
	const CoToken *token = &parser->token;
	size_t		end = parser->lex.length;

	if (token->kind == CO_TOKEN_END)
		return co_lex_refuse(&parser->lex, token->start, 0,
							 "syntax error in expression: unexpected end", expected, NULL);
	return co_lex_refuse(&parser->lex, token->start, end - token->start,
						 "syntax error in expression at or near \"%s\"", expected, NULL);
}

CoRc
co_parser_expect_sign(CoParser *parser, char sign, const char *expected)
{
	return co_parser_at_sign(parser, sign) ? co_parser_next(parser) :
		co_parser_refuse(parser, expected);
}

/* Bad input found by another module is blamed on position. */
CoRc
co_parser_blame(CoParser *parser, CoRc rc, size_t position)
{
	if (rc == CO_BAD_INPUT)
		parser->error->position = (int) position;
	return rc;
}

static CoRc
reserve_text(CoParser *parser, CoText *text, size_t extra)
{
	size_t		wanted = text->n + extra;
	size_t		capacity = 2 * wanted < FIRST_NAME ? FIRST_NAME : 2 * wanted;

	if (wanted <= text->capacity)
		return CO_OK;
	text->byte = co_take_grown(parser->arena, text->byte, text->n, capacity, 1);
	text->capacity = capacity;
	return co_arena_failed(parser->arena);
}

/* Appends the token's text and a NUL, and takes the token. */
static CoRc
take_text(CoParser *parser, CoText *text)
{
	CoRc		rc = reserve_text(parser, text, parser->token.length + 1);

	if (rc)
		return rc;
	co_lex_copy(&parser->lex, &parser->token, text->byte + text->n);
	text->n += strlen(text->byte + text->n) + 1;
	return co_parser_next(parser);
}

/* A key component: 'text', a number as it is written, or an identifier. */
static CoRc
parse_key_part(CoParser *parser)
{
	const CoToken *token = &parser->token;
	CoRc		rc;

	if (co_parser_at_sign(parser, '-'))
	{
		if ((rc = reserve_text(parser, &parser->parts, 1)) || (rc = co_parser_next(parser)))
			return rc;
		if (token->kind != CO_TOKEN_NUMBER)
			return co_parser_refuse(parser, "Expected a number.");
		parser->parts.byte[parser->parts.n++] = '-';
	}
	if (token->kind != CO_TOKEN_STRING && token->kind != CO_TOKEN_NUMBER &&
		token->kind != CO_TOKEN_NAME)
		return co_parser_refuse(parser, "Expected a key: a 'quoted' text, a number or an identifier.");
	return take_text(parser, &parser->parts);
}

/* The n parts collected, as one key in memory the parser keeps. */
static CoRc
join_key(CoParser *parser, int n)
{
	const char *at = parser->parts.byte;
	const char **part;
	char	   *key;
	CoMark		mark;
	CoRc		rc;

	/* At worst every byte is doubled, and each part quoted and separated. */
	parser->key.n = 0;
	rc = reserve_text(parser, &parser->key, 2 * parser->parts.n + 3 * (size_t) n + 3);
	if (rc)
		return rc;
	if (n == 1)
	{
		memcpy(parser->key.byte, at, parser->parts.n);
		return CO_OK;
	}
	mark = co_mark(parser->arena);
	part = co_take(parser->arena, (size_t) n, sizeof *part);
	if (!part)
		return co_arena_failed(parser->arena);
	for (int i = 0; i < n; i++, at += strlen(at) + 1)
		part[i] = at;
	rc = co_key_join(parser->arena, n, part, &key);
	if (rc)
		return rc;
	memcpy(parser->key.byte, key, strlen(key) + 1);
	co_rewind(parser->arena, mark);
	return CO_OK;
}

/* leaf := name [ '[' key { ',' key } ']' ]; key is NULL without brackets */
CoRc
co_parser_leaf(CoParser *parser, const char **name, const char **key)
{
	int			n = 0;
	CoRc		rc;

	if (parser->token.kind != CO_TOKEN_NAME)
		return co_parser_refuse(parser, "Expected a name.");
	parser->name.n = parser->parts.n = 0;
	*key = NULL;
	rc = take_text(parser, &parser->name);
	*name = parser->name.byte;
	if (rc || !co_parser_at_sign(parser, '['))
		return rc;
	do
	{
		if ((rc = co_parser_next(parser)) || (rc = parse_key_part(parser)))
			return rc;
		n++;
	} while (co_parser_at_sign(parser, ','));
	if ((rc = co_parser_expect_sign(parser, ']', "Expected \",\" or \"]\".")) ||
		(rc = join_key(parser, n)))
		return rc;
	*key = parser->key.byte;
	return CO_OK;
}

CoRc
co_parser_add_leaf(CoParser *parser, const CoLeafDef *def, int *index)
{
	CoRc		rc = co_builder_leaf(parser->builder, def, index, parser->error);

	if (!rc && *index >= parser->n_leaf)
		parser->n_leaf = *index + 1;
	return rc;
}

/*
 * A leaf met in an expression.  Asked for as a reference it leaves what `where`
 * says of it alone; one that is new is a name.
 */
static CoRc
push_leaf(CoParser *parser, const char *name, const char *key)
{
	CoLeafDef	def = {
		.name = name, .key = key, .kind = CO_LEAF_REFERENCE,
		.lower = -INFINITY, .upper = INFINITY, .start = NAN
	};
	int			known = parser->n_leaf;
	int			index;
	CoRc		rc = co_parser_add_leaf(parser, &def, &index);

	if (!rc && index >= known)
	{
		def.kind = CO_LEAF_NAME;
		rc = co_parser_add_leaf(parser, &def, &index);
	}
	if (rc)
		return rc;
	if (index >= parser->n_defined || !parser->is_parameter[index])
		parser->has_variable = true;
	return co_terms_leaf(&parser->terms, index);
}

static CoRc
push_pending(CoParser *parser, const CoPending *pending)
{
	if (parser->n_stack == parser->cap_stack)
	{
		int			capacity = parser->cap_stack ? 2 * parser->cap_stack : FIRST_STACK;

		parser->stack = co_take_grown(parser->arena, parser->stack, (size_t) parser->n_stack,
									  (size_t) capacity, sizeof *parser->stack);
		if (!parser->stack)
			return co_arena_failed(parser->arena);
		parser->cap_stack = capacity;
	}
	parser->stack[parser->n_stack++] = *pending;
	return CO_OK;
}

/* Applies waiting operators that bind at least as tightly. */
static CoRc
reduce(CoParser *parser, int precedence)
{
	while (parser->n_stack > 0)
	{
		const CoPending *top = &parser->stack[parser->n_stack - 1];
		CoRc		rc;

		if (top->opened || top->precedence < precedence)
			break;
		parser->n_stack--;
		rc = co_parser_blame(parser, co_terms_apply(&parser->terms, top->op), top->position);
		if (rc)
			return rc;
	}
	return CO_OK;
}

/* '(' alone, or with op the one that follows a function's word */
static CoRc
open_parenthesis(CoParser *parser, CoOp op, size_t position)
{
	CoPending	pending = {.op = op, .opened = true, .position = position};
	CoRc		rc;

	if (++parser->depth > CO_MAX_DEPTH)
	{
		char		hint[64];

		snprintf(hint, sizeof hint, "Parentheses may be nested %d deep.", CO_MAX_DEPTH);
		co_lex_refuse(&parser->lex, position, 0, "expression is nested too deeply", NULL, hint);
		return co_error_as(parser->error, CO_ERROR_DEPTH);
	}
	rc = push_pending(parser, &pending);
	return rc ? rc : co_parser_next(parser);
}

static CoRc
refuse_function(CoParser *parser, const CoToken *word)
{
	char		hint[sizeof parser->error->hint] = "Functions are";
	size_t		n = strlen(hint);

	for (int op = CO_OP_POW + 1; op < CO_N_OP; op++)
		n += (size_t) snprintf(hint + n, sizeof hint - n, "%s %s", op == CO_OP_POW + 1 ? "" : ",",
							   co_op_word((CoOp) op));
	snprintf(hint + n, sizeof hint - n, ".");
	return co_lex_refuse(&parser->lex, word->start, word->length,
						 "unknown function \"%s\"", NULL, hint);
}

/* The word, in lower case, is looked up among the functions. */
static bool
find_function(const CoParser *parser, const CoToken *word, CoOp *op)
{
	char		lower[16];
	const char *text = parser->lex.text + word->start;

	if (word->length > sizeof lower)
		return false;
	for (size_t i = 0; i < word->length; i++)
		lower[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char) (text[i] + ('a' - 'A')) : text[i];
	return co_op_find(lower, word->length, op);
}

/* 'text' ',' */
static CoRc
parse_call_name(CoParser *parser, const char **name)
{
	char	   *text = co_take(parser->arena, parser->token.length + 1, 1);
	CoRc		rc;

	if (!text)
		return co_arena_failed(parser->arena);
	co_lex_copy(&parser->lex, &parser->token, text);
	*name = text;
	rc = co_parser_next(parser);
	return rc ? rc : co_parser_expect_sign(parser, ',', "Expected \",\" and an argument of the function.");
}

/* 'call' '(' 'function' ',' [ 'gradient' ',' ]: the arguments follow. */
static CoRc
open_call(CoParser *parser, size_t position)
{
	CoPending  *call;
	CoRc		rc = open_parenthesis(parser, CO_OP_CALL, position);

	if (rc)
		return rc;
	call = &parser->stack[parser->n_stack - 1];
	call->gradient = "";
	if (parser->token.kind != CO_TOKEN_STRING || parser->token.length == 2)
		return co_parser_refuse(parser, "Expected the name of a function, in quotes.");
	rc = parse_call_name(parser, &call->call);
	if (!rc && parser->token.kind == CO_TOKEN_STRING)
		rc = parse_call_name(parser, &call->gradient);
	return rc;
}

/* A leaf, or a function with its parenthesis. */
static CoRc
parse_name(CoParser *parser, bool *want_operand)
{
	CoToken		word = parser->token;
	const char *name,
			   *key;
	CoOp		op;
	CoRc		rc = co_parser_leaf(parser, &name, &key);

	if (rc)
		return rc;
	if (!co_parser_at_sign(parser, '(') || key)
	{
		*want_operand = false;
		return co_parser_blame(parser, push_leaf(parser, name, key), word.start);
	}
	if (co_lex_is_word(&parser->lex, &word, "call"))
		return open_call(parser, word.start);
	if (!find_function(parser, &word, &op))
		return refuse_function(parser, &word);
	return open_parenthesis(parser, op, word.start);
}

/* { '-' | '+' }: however many */
static CoRc
parse_signs(CoParser *parser, bool *negative)
{
	CoRc		rc = CO_OK;

	for (*negative = false; !rc && (co_parser_at_sign(parser, '-') || co_parser_at_sign(parser, '+'));
		 rc = co_parser_next(parser))
		*negative = *negative != co_parser_at_sign(parser, '-');
	return rc;
}

/* Signs and a number, or what one negation waits for at most. */
static CoRc
parse_operand(CoParser *parser, bool *want_operand)
{
	const CoToken *token = &parser->token;
	CoPending	negation = {.op = CO_OP_NEG, .precedence = BINDS_SIGN, .position = token->start};
	bool		negative;
	CoRc		rc;

	if ((rc = parse_signs(parser, &negative)))
		return rc;
	if (token->kind == CO_TOKEN_NUMBER)
	{
		*want_operand = false;
		rc = co_terms_constant(&parser->terms, negative ? -token->number : token->number);
		return rc ? rc : co_parser_next(parser);
	}
	if (negative && (rc = push_pending(parser, &negation)))
		return rc;
	if (token->kind == CO_TOKEN_NAME)
		return parse_name(parser, want_operand);
	if (co_parser_at_sign(parser, '('))
		return open_parenthesis(parser, CO_OP_CONST, token->start);
	return co_parser_refuse(parser, "Expected a number, a name, a function or \"(\".");
}

static bool
takes_any_number(CoOp op)
{
	return op == CO_OP_LEAST || op == CO_OP_GREATEST;
}

/*
 * An argument of the function on top of the stack is complete: least and
 * greatest take theirs in at once, two by two.
 */
static CoRc
finish_argument(CoParser *parser)
{
	CoPending  *function = &parser->stack[parser->n_stack - 1];
	CoOp		op = function->op;

	function->n_arg++;
	if (op == CO_OP_CALL)
		return CO_OK;
	if (takes_any_number(op))
		return function->n_arg > 1 ? co_terms_apply(&parser->terms, op) : CO_OK;
	return function->n_arg == co_op_arity(op) ? co_terms_apply(&parser->terms, op) : CO_OK;
}

static int
least_arguments(CoOp op)
{
	return op == CO_OP_CALL ? 1 : co_op_arity(op);
}

static int
most_arguments(CoOp op)
{
	return op == CO_OP_CALL ? CO_MAX_ARGUMENTS : takes_any_number(op) ? INT_MAX : co_op_arity(op);
}

static CoRc
refuse_arguments(CoParser *parser, const CoPending *function)
{
	char		message[96];

	if (function->op == CO_OP_CALL)
		snprintf(message, sizeof message, "call takes at most %d arguments", CO_MAX_ARGUMENTS);
	else
		snprintf(message, sizeof message, "function %s takes %s", co_op_word(function->op),
				 takes_any_number(function->op) ? "two or more arguments" :
				 co_op_arity(function->op) == 1 ? "one argument" : "two arguments");
	return co_lex_refuse(&parser->lex, function->position, 0, message, NULL, NULL);
}

/* ')' or ',': the innermost parenthesis is closed, or goes on. */
static CoRc
parse_close(CoParser *parser, bool *want_operand)
{
	const CoPending *opened;
	bool		closing = co_parser_at_sign(parser, ')');
	CoRc		rc;

	if ((rc = reduce(parser, BINDS_SUM)))
		return rc;
	opened = &parser->stack[parser->n_stack - 1];
	if (opened->op == CO_OP_CONST)
	{
		if (!closing)
			return co_parser_refuse(parser, "Expected an operator or \")\".");
	}
	else
	{
		if ((rc = finish_argument(parser)))
			return co_parser_blame(parser, rc, opened->position);
		if (closing ? opened->n_arg < least_arguments(opened->op) :
			opened->n_arg >= most_arguments(opened->op))
			return refuse_arguments(parser, opened);
		if (closing && opened->op == CO_OP_CALL &&
			(rc = co_terms_apply_call(&parser->terms, opened->n_arg, opened->call, opened->gradient)))
			return co_parser_blame(parser, rc, opened->position);
	}
	*want_operand = !closing;
	if (closing)
	{
		parser->n_stack--;
		parser->depth--;
	}
	return co_parser_next(parser);
}

static int
binary_precedence(char sign, CoOp *op)
{
	switch (sign)
	{
		case '+':
			*op = CO_OP_ADD;
			return BINDS_SUM;
		case '-':
			*op = CO_OP_SUB;
			return BINDS_SUM;
		case '*':
			*op = CO_OP_MUL;
			return BINDS_PRODUCT;
		case '/':
			*op = CO_OP_DIV;
			return BINDS_PRODUCT;
		case '^':
			*op = CO_OP_POW;
			return BINDS_POWER;
		default:
			return NOT_BINARY;
	}
}

static CoRc
parse_binary(CoParser *parser, CoOp op, int precedence)
{
	CoPending	pending = {.op = op, .precedence = precedence, .position = parser->token.start};
	CoRc		rc;

	if ((rc = reduce(parser, precedence)) || (rc = push_pending(parser, &pending)))
		return rc;
	return co_parser_next(parser);
}

/* Leaves one operand on the stack of terms, and the first token behind it. */
CoRc
co_parser_expression(CoParser *parser)
{
	bool		want_operand = true;
	CoRc		rc = CO_OK;

	while (!rc)
	{
		CoOp		op;
		int			precedence = binary_precedence(parser->token.sign, &op);

		if (want_operand)
			rc = parse_operand(parser, &want_operand);
		else if (precedence != NOT_BINARY)
		{
			want_operand = true;
			rc = parse_binary(parser, op, precedence);
		}
		else if (parser->depth > 0 && (co_parser_at_sign(parser, ')') || co_parser_at_sign(parser, ',')))
			rc = parse_close(parser, &want_operand);
		else if (parser->depth > 0)
			rc = co_parser_refuse(parser, "Expected an operator or \")\".");
		else
			return reduce(parser, BINDS_SUM);
	}
	return rc;
}
