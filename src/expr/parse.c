/*-------------------------------------------------------------------------
 *
 * expr/parse.c
 *	  Texts to blocks.
 *
 * Expressions are read by operator precedence with a stack of our own (E. W.
 * Dijkstra, Algol 60 translation, 1961), so that no input can exhaust the
 * stack of the process; nesting ends at CO_MAX_DEPTH.  Values go to the
 * operand stack of expr/terms.h.
 *
 * Definitions come last in a text but first in meaning: the leaves of `where`
 * are numbered in its order and their kinds decide which side of a comparison
 * is the bound.  So a first run over the words looks for `where` and reads it,
 * and the second run stops in front of it.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "expr/code.h"
#include "expr/lex.h"
#include "expr/terms.h"

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

#define OPERAND_EXPECTED \
	"Expected a number, a name, a function or \"(\"."
#define OPERATOR_EXPECTED \
	"Expected an operator, a comparison or the end."

/* What waits on the stack: an operator, or an opened parenthesis. */
typedef struct Pending
{
	CoOp		op;				/* of a function: CO_OP_CONST for a parenthesis */
	bool		opened;
	int			n_arg;			/* function: arguments read */
	int			precedence;		/* operator */
	size_t		position;
} Pending;

typedef struct Text				/* a NUL-terminated name under construction */
{
	char	   *byte;
	size_t		n,
				capacity;
} Text;

typedef struct Parser
{
	CoArena    *arena;
	CoError    *error;
	CoLexer		lex;
	CoToken		token;			/* the next one, not yet taken */
	CoBuilder  *builder;
	CoTerms		terms;
	Pending    *stack;
	int			n_stack,
				cap_stack;
	int			depth;			/* parentheses open */
	int			n_leaf;			/* leaves of the builder */
	bool		has_variable;	/* since it was last cleared */
	bool	   *is_parameter;	/* [n_defined] leaves of `where` */
	int			n_defined,
				cap_defined;
	Text		name,
				key,
				parts;
} Parser;

static CoRc
next(Parser *parser)
{
	return co_lex_next(&parser->lex, &parser->token);
}

static bool
at_sign(const Parser *parser, char sign)
{
	return parser->token.sign == sign;
}

static bool
at_word(const Parser *parser, const char *word)
{
	return co_lex_is_word(&parser->lex, &parser->token, word);
}

static CoRc
refuse(Parser *parser, const char *expected)
{
	const CoToken *token = &parser->token;
	size_t		end = parser->lex.length;

	if (token->kind == CO_TOKEN_END)
		return co_lex_refuse(&parser->lex, token->start, 0,
							 "syntax error in expression: unexpected end", expected, NULL);
	return co_lex_refuse(&parser->lex, token->start, end - token->start,
						 "syntax error in expression at or near \"%s\"", expected, NULL);
}

static CoRc
expect_sign(Parser *parser, char sign, const char *expected)
{
	return at_sign(parser, sign) ? next(parser) : refuse(parser, expected);
}

/* Bad input found by another module is blamed on position. */
static CoRc
blame(Parser *parser, CoRc rc, size_t position)
{
	if (rc == CO_BAD_INPUT)
		parser->error->position = (int) position;
	return rc;
}

static CoRc
reserve_text(Parser *parser, Text *text, size_t extra)
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
take_text(Parser *parser, Text *text)
{
	CoRc		rc = reserve_text(parser, text, parser->token.length + 1);

	if (rc)
		return rc;
	co_lex_copy(&parser->lex, &parser->token, text->byte + text->n);
	text->n += strlen(text->byte + text->n) + 1;
	return next(parser);
}

/* A key component: 'text', a number as it is written, or an identifier. */
static CoRc
parse_key_part(Parser *parser)
{
	const CoToken *token = &parser->token;
	CoRc		rc;

	if (at_sign(parser, '-'))
	{
		if ((rc = reserve_text(parser, &parser->parts, 1)) || (rc = next(parser)))
			return rc;
		if (token->kind != CO_TOKEN_NUMBER)
			return refuse(parser, "Expected a number.");
		parser->parts.byte[parser->parts.n++] = '-';
	}
	if (token->kind != CO_TOKEN_STRING && token->kind != CO_TOKEN_NUMBER &&
		token->kind != CO_TOKEN_NAME)
		return refuse(parser, "Expected a key: a 'quoted' text, a number or an identifier.");
	return take_text(parser, &parser->parts);
}

/* The n parts collected, as one key in memory the parser keeps. */
static CoRc
join_key(Parser *parser, int n)
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
static CoRc
parse_leaf(Parser *parser, const char **name, const char **key)
{
	int			n = 0;
	CoRc		rc;

	if (parser->token.kind != CO_TOKEN_NAME)
		return refuse(parser, "Expected a name.");
	parser->name.n = parser->parts.n = 0;
	*key = NULL;
	rc = take_text(parser, &parser->name);
	*name = parser->name.byte;
	if (rc || !at_sign(parser, '['))
		return rc;
	do
	{
		if ((rc = next(parser)) || (rc = parse_key_part(parser)))
			return rc;
		n++;
	} while (at_sign(parser, ','));
	if ((rc = expect_sign(parser, ']', "Expected \",\" or \"]\".")) ||
		(rc = join_key(parser, n)))
		return rc;
	*key = parser->key.byte;
	return CO_OK;
}

static CoRc
add_leaf(Parser *parser, CoLeafKind kind, double lower, double upper, double start,
		 const char *name, const char *key, int *index)
{
	CoLeafDef	def = {name, key, kind, lower, upper, start};
	CoRc		rc = co_builder_leaf(parser->builder, &def, index, parser->error);

	if (!rc && *index >= parser->n_leaf)
		parser->n_leaf = *index + 1;
	return rc;
}

/*
 * A leaf met in an expression.  Asked for as a reference it leaves what `where`
 * says of it alone; one that is new is a name.
 */
static CoRc
push_leaf(Parser *parser, const char *name, const char *key)
{
	int			known = parser->n_leaf;
	int			index;
	CoRc		rc = add_leaf(parser, CO_LEAF_REFERENCE, -INFINITY, INFINITY, NAN,
							  name, key, &index);

	if (!rc && index >= known)
		rc = add_leaf(parser, CO_LEAF_NAME, -INFINITY, INFINITY, NAN, name, key, &index);
	if (rc)
		return rc;
	if (index >= parser->n_defined || !parser->is_parameter[index])
		parser->has_variable = true;
	return co_terms_leaf(&parser->terms, index);
}

static CoRc
push_pending(Parser *parser, const Pending *pending)
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
reduce(Parser *parser, int precedence)
{
	while (parser->n_stack > 0)
	{
		const Pending *top = &parser->stack[parser->n_stack - 1];
		CoRc		rc;

		if (top->opened || top->precedence < precedence)
			break;
		parser->n_stack--;
		rc = blame(parser, co_terms_apply(&parser->terms, top->op), top->position);
		if (rc)
			return rc;
	}
	return CO_OK;
}

/* '(' alone, or with op the one that follows a function's word */
static CoRc
open_parenthesis(Parser *parser, CoOp op, size_t position)
{
	Pending		pending = {.op = op, .opened = true, .position = position};
	CoRc		rc;

	if (++parser->depth > CO_MAX_DEPTH)
	{
		char		hint[64];

		snprintf(hint, sizeof hint, "Parentheses may be nested %d deep.", CO_MAX_DEPTH);
		return co_lex_refuse(&parser->lex, position, 0, "expression is nested too deeply",
							 NULL, hint);
	}
	rc = push_pending(parser, &pending);
	return rc ? rc : next(parser);
}

static CoRc
refuse_function(Parser *parser, const CoToken *word)
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
find_function(const Parser *parser, const CoToken *word, CoOp *op)
{
	char		lower[16];
	const char *text = parser->lex.text + word->start;

	if (word->length > sizeof lower)
		return false;
	for (size_t i = 0; i < word->length; i++)
		lower[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char) (text[i] + ('a' - 'A')) : text[i];
	return co_op_find(lower, word->length, op);
}

/* A leaf, or a function with its parenthesis. */
static CoRc
parse_name(Parser *parser, bool *want_operand)
{
	CoToken		word = parser->token;
	const char *name,
			   *key;
	CoOp		op;
	CoRc		rc = parse_leaf(parser, &name, &key);

	if (rc)
		return rc;
	if (!at_sign(parser, '(') || key)
	{
		*want_operand = false;
		return blame(parser, push_leaf(parser, name, key), word.start);
	}
	if (!find_function(parser, &word, &op))
		return refuse_function(parser, &word);
	return open_parenthesis(parser, op, word.start);
}

/* { '-' | '+' }: however many */
static CoRc
parse_signs(Parser *parser, bool *negative)
{
	CoRc		rc = CO_OK;

	for (*negative = false; !rc && (at_sign(parser, '-') || at_sign(parser, '+'));
		 rc = next(parser))
		*negative = *negative != at_sign(parser, '-');
	return rc;
}

/* Signs and a number, or what one negation waits for at most. */
static CoRc
parse_operand(Parser *parser, bool *want_operand)
{
	const CoToken *token = &parser->token;
	Pending		negation = {.op = CO_OP_NEG, .precedence = BINDS_SIGN, .position = token->start};
	bool		negative;
	CoRc		rc;

	if ((rc = parse_signs(parser, &negative)))
		return rc;
	if (token->kind == CO_TOKEN_NUMBER)
	{
		*want_operand = false;
		rc = co_terms_constant(&parser->terms, negative ? -token->number : token->number);
		return rc ? rc : next(parser);
	}
	if (negative && (rc = push_pending(parser, &negation)))
		return rc;
	if (token->kind == CO_TOKEN_NAME)
		return parse_name(parser, want_operand);
	if (at_sign(parser, '('))
		return open_parenthesis(parser, CO_OP_CONST, token->start);
	return refuse(parser, OPERAND_EXPECTED);
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
finish_argument(Parser *parser)
{
	Pending    *function = &parser->stack[parser->n_stack - 1];
	CoOp		op = function->op;

	function->n_arg++;
	if (takes_any_number(op))
		return function->n_arg > 1 ? co_terms_apply(&parser->terms, op) : CO_OK;
	return function->n_arg == co_op_arity(op) ? co_terms_apply(&parser->terms, op) : CO_OK;
}

static CoRc
refuse_arguments(Parser *parser, const Pending *function)
{
	char		message[96];

	snprintf(message, sizeof message, "function %s takes %s", co_op_word(function->op),
			 takes_any_number(function->op) ? "two or more arguments" :
			 co_op_arity(function->op) == 1 ? "one argument" : "two arguments");
	return co_lex_refuse(&parser->lex, function->position, 0, message, NULL, NULL);
}

/* ')' or ',': the innermost parenthesis is closed, or goes on. */
static CoRc
parse_close(Parser *parser, bool *want_operand)
{
	const Pending *opened;
	bool		closing = at_sign(parser, ')');
	CoRc		rc;

	if ((rc = reduce(parser, BINDS_SUM)))
		return rc;
	opened = &parser->stack[parser->n_stack - 1];
	if (opened->op == CO_OP_CONST)
	{
		if (!closing)
			return refuse(parser, "Expected an operator or \")\".");
	}
	else
	{
		if ((rc = finish_argument(parser)))
			return blame(parser, rc, opened->position);
		if (closing ? opened->n_arg < co_op_arity(opened->op) :
			opened->n_arg >= co_op_arity(opened->op) && !takes_any_number(opened->op))
			return refuse_arguments(parser, opened);
	}
	*want_operand = !closing;
	if (closing)
	{
		parser->n_stack--;
		parser->depth--;
	}
	return next(parser);
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
parse_binary(Parser *parser, CoOp op, int precedence)
{
	Pending		pending = {.op = op, .precedence = precedence, .position = parser->token.start};
	CoRc		rc;

	if ((rc = reduce(parser, precedence)) || (rc = push_pending(parser, &pending)))
		return rc;
	return next(parser);
}

/* Leaves one operand on the stack of terms, and the first token behind it. */
static CoRc
parse_expression(Parser *parser)
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
		else if (parser->depth > 0 && (at_sign(parser, ')') || at_sign(parser, ',')))
			rc = parse_close(parser, &want_operand);
		else if (parser->depth > 0)
			rc = refuse(parser, "Expected an operator or \")\".");
		else
			return reduce(parser, BINDS_SUM);
	}
	return rc;
}

/* An expression as a row's body in the builder, without bounds. */
static CoRc
parse_body(Parser *parser)
{
	CoRc		rc = parse_expression(parser);

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
at_relation(const Parser *parser)
{
	CoTokenKind kind = parser->token.kind;

	return kind == CO_TOKEN_LESS_EQUAL || kind == CO_TOKEN_GREATER_EQUAL || kind == CO_TOKEN_EQUAL;
}

/* A leaf and a colon in front of the row; name and key are copied. */
static CoRc
parse_label(Parser *parser, Row *row)
{
	CoLexer		lex = parser->lex;
	CoToken		token = parser->token;
	const char *name,
			   *key;
	CoRc		rc;

	if (token.kind != CO_TOKEN_NAME)
		return CO_OK;
	rc = parse_leaf(parser, &name, &key);
	if (rc)
		return rc;
	if (!at_sign(parser, ':'))
	{
		parser->lex = lex;
		parser->token = token;
		return CO_OK;
	}
	row->name = co_take_grown(parser->arena, name, strlen(name) + 1, strlen(name) + 1, 1);
	if (key)
		row->key = co_take_grown(parser->arena, key, strlen(key) + 1, strlen(key) + 1, 1);
	rc = co_arena_failed(parser->arena);
	return rc ? rc : next(parser);
}

/* The sides of a row, as operands 0, 1 and 2. */
static CoRc
parse_sides(Parser *parser, Row *row)
{
	CoRc		rc;

	for (row->n_side = 0;; row->n_side++)
	{
		parser->has_variable = false;
		if ((rc = parse_expression(parser)))
			return rc;
		row->has_variable[row->n_side] = parser->has_variable;
		if (row->n_side == 2 || !at_relation(parser))
			break;
		row->rel[row->n_side] = parser->token.kind;
		if (row->n_side == 0)
			row->position = parser->token.start;
		if ((rc = next(parser)))
			return rc;
	}
	row->n_side++;
	if (row->n_side == 1 || at_relation(parser))
		return refuse(parser, row->n_side == 1 ? "Expected a comparison: ==, <= or >=." :
					  OPERATOR_EXPECTED);
	return CO_OK;
}

/* body REL side with the constants moved to the bound, as co_expr_compare() */
static CoRc
add_comparison(Parser *parser, const Row *row)
{
	const CoTerms *terms = &parser->terms;
	CoTokenKind rel = row->rel[0];
	bool		turned = !row->has_variable[0] && row->has_variable[1];
	int			body = turned ? 1 : 0;
	double		bound = terms->operand[1 - body].constant - terms->operand[body].constant;
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
add_between(Parser *parser, const Row *row)
{
	const CoTerms *terms = &parser->terms;
	bool		rising = row->rel[0] == CO_TOKEN_LESS_EQUAL;
	double		constant = terms->operand[1].constant;
	double		lower = terms->operand[rising ? 0 : 2].constant - constant;
	double		upper = terms->operand[rising ? 2 : 0].constant - constant;
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
parse_row(Parser *parser)
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
parse_rows(Parser *parser)
{
	CoRc		rc = CO_OK;

	while (!rc && parser->token.kind != CO_TOKEN_END)
	{
		if ((rc = parse_row(parser)))
			break;
		if (parser->token.kind == CO_TOKEN_END)
			break;
		rc = expect_sign(parser, ';', "Expected an operator, \";\" or the end.");
	}
	return rc;
}

static CoRc
parse_problem(Parser *parser)
{
	bool		feasible = at_word(parser, "feasible");
	bool		maximize = at_word(parser, "maximize");
	CoRc		rc;

	if (!feasible && !maximize && !at_word(parser, "minimize"))
		return refuse(parser, "Expected \"minimize\", \"maximize\" or \"feasible\".");
	co_builder_set_flags(parser->builder, feasible ? CO_FLAG_FEASIBLE :
						 maximize ? CO_FLAG_MAXIMIZE : 0);
	if ((rc = next(parser)) ||
		(rc = co_builder_row(parser->builder, NULL, NULL, -INFINITY, INFINITY)) ||
		(!feasible && (rc = parse_body(parser))) ||
		parser->token.kind == CO_TOKEN_END)
		return rc;
	if (!at_word(parser, "subject"))
		return refuse(parser, "Expected an operator or \"subject to\".");
	if ((rc = next(parser)))
		return rc;
	if (!at_word(parser, "to"))
		return refuse(parser, "Expected \"to\".");
	rc = next(parser);
	return rc ? rc : parse_rows(parser);
}

/* number := [ '-' | '+' ] number, as bounds and values are written */
static CoRc
parse_number(Parser *parser, double *value)
{
	bool		negative = at_sign(parser, '-');
	CoRc		rc;

	if ((negative || at_sign(parser, '+')) && (rc = next(parser)))
		return rc;
	if (parser->token.kind != CO_TOKEN_NUMBER)
		return refuse(parser, "Expected a number.");
	*value = negative ? -parser->token.number : parser->token.number;
	return next(parser);
}

/* leaf 'in' '[' number ',' number ']' [ 'start' number ], from the bracket on */
static CoRc
parse_bounds(Parser *parser, double *lower, double *upper, double *start)
{
	CoRc		rc;

	if ((rc = next(parser)) ||
		(rc = expect_sign(parser, '[', "Expected \"[\" and two bounds.")) ||
		(rc = parse_number(parser, lower)) ||
		(rc = expect_sign(parser, ',', "Expected \",\".")) ||
		(rc = parse_number(parser, upper)) ||
		(rc = expect_sign(parser, ']', "Expected \"]\".")))
		return rc;
	if (!at_word(parser, "start"))
		return CO_OK;
	rc = next(parser);
	return rc ? rc : parse_number(parser, start);
}

static CoRc
note_kind(Parser *parser, int index, bool is_parameter)
{
	if (index >= parser->cap_defined)
	{
		int			capacity = 2 * index + FIRST_STACK;

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

static CoRc
parse_definition(Parser *parser)
{
	size_t		position = parser->token.start;
	CoLeafKind	kind = CO_LEAF_NAME;
	double		lower = -INFINITY,
				upper = INFINITY,
				start = NAN;
	const char *name,
			   *key;
	int			index;
	CoRc		rc = parse_leaf(parser, &name, &key);

	if (rc)
		return rc;
	if (parser->token.kind == CO_TOKEN_ASSIGN)
	{
		kind = CO_LEAF_PARAMETER;
		if ((rc = next(parser)) || (rc = parse_number(parser, &start)))
			return rc;
		if (!isfinite(start))
			return co_lex_refuse(&parser->lex, position, 0,
								 "value of a parameter must be finite", NULL, NULL);
	}
	else if (at_word(parser, "in"))
	{
		kind = CO_LEAF_VARIABLE;
		rc = parse_bounds(parser, &lower, &upper, &start);
	}
	else if (at_word(parser, "free") || at_word(parser, "undefined"))
	{
		kind = at_word(parser, "free") ? CO_LEAF_NAME : CO_LEAF_REFERENCE;
		rc = next(parser);
	}
	else
		rc = refuse(parser, "Expected \":=\", \"in\", \"free\" or \"undefined\".");
	if (!rc)
		rc = blame(parser, add_leaf(parser, kind, lower, upper, start, name, key, &index),
				   position);
	return rc ? rc : note_kind(parser, index, kind == CO_LEAF_PARAMETER);
}

/* where := 'where' def { ',' def } */
static CoRc
parse_where(Parser *parser)
{
	CoRc		rc;

	do
	{
		if ((rc = next(parser)) || (rc = parse_definition(parser)))
			return rc;
	} while (at_sign(parser, ','));
	return parser->token.kind == CO_TOKEN_END ? CO_OK :
		refuse(parser, "Expected \",\" or the end.");
}

/*
 * Reads the definitions, if there are any, and puts the lexer back to the
 * beginning of a text that now ends in front of them.
 */
static CoRc
read_definitions(Parser *parser)
{
	size_t		length = parser->lex.length;
	int			brackets = 0;
	CoRc		rc;

	do
	{
		if ((rc = next(parser)))
			return rc;
		brackets += (at_sign(parser, '(') || at_sign(parser, '[')) -
			(at_sign(parser, ')') || at_sign(parser, ']'));
		if (brackets <= 0 && at_word(parser, "where"))
		{
			length = parser->token.start;
			if ((rc = parse_where(parser)))
				return rc;
		}
	} while (parser->token.kind != CO_TOKEN_END);
	parser->lex.length = length;
	parser->lex.at = parser->lex.polled = 0;
	return next(parser);
}

CoRc
co_parse(CoArena *arena, const char *text, size_t length, CoBlockKind kind,
		 CoBlock *out, CoError *error)
{
	Parser		parser = {
		.arena = arena,
		.error = error,
		.lex = {.arena = arena, .text = text, .length = length, .error = error}
	};
	CoRc		rc;

	memset(error, 0, sizeof *error);
	error->position = -1;
	co_terms_init(&parser.terms, arena, error);
	if ((rc = co_builder_new(arena, kind, &parser.builder)) ||
		(rc = read_definitions(&parser)))
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
		return refuse(&parser, OPERATOR_EXPECTED);
	co_builder_view(parser.builder, out);
	return CO_OK;
}
