/*-------------------------------------------------------------------------
 *
 * expr/print_code.c
 *	  The text under construction, and formulas in it.
 *
 * Postfix code is first linked into a tree, then written from the left with a
 * stack of what is still to come: both without recursion.  Parentheses stand
 * where the grammar needs them to read the same tree, and where a coefficient
 * or sign in front would otherwise be drawn into the first factor.
 *
 *-------------------------------------------------------------------------
 */
#include "expr/print_code.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include "expr/key.h"
#include "expr/lex.h"

#define FIRST_TEXT		256

/* Bytes printed, and operations linked, between two polls: 5 to 10 ms. */
#define POLL_BYTES		((size_t) 200000)
#define POLL_NODES		100000

static char *
extend(CoPrinter *printer, size_t extra)
{
	size_t		wanted = printer->n + extra;
	char	   *at;

	if (wanted > printer->capacity)
	{
		size_t		capacity = wanted < FIRST_TEXT ? FIRST_TEXT : 2 * wanted;

		at = co_take_grown(printer->arena, printer->byte, printer->n, capacity, 1);
		if (!at)
			return NULL;
		printer->byte = at;
		printer->capacity = capacity;
	}
	at = printer->byte + printer->n;
	printer->n = wanted;
	return at;
}

static void
put(CoPrinter *printer, const char *from, size_t n)
{
	char	   *at;

	if (n == 0)
		return;
	at = extend(printer, n);
	if (at)
		memcpy(at, from, n);
}

void
co_print_text(CoPrinter *printer, const char *text)
{
	put(printer, text, strlen(text));
}

void
co_print_number(CoPrinter *printer, double value)
{
	char		text[32];

	put(printer, text, (size_t) co_print_double(value, text));
}

void
co_print_signed(CoPrinter *printer, double value)
{
	co_print_text(printer, signbit(value) ? " - " : " + ");
	co_print_number(printer, fabs(value));
}

void
co_print_coefficient(CoPrinter *printer, double coef, bool first)
{
	bool		negative = signbit(coef);

	co_print_text(printer, first ? (negative ? "-" : "") : negative ? " - " : " + ");
	if (fabs(coef) == 1.0)
		return;
	co_print_number(printer, fabs(coef));
	co_print_text(printer, "*");
}

static void
put_quoted(CoPrinter *printer, const char *text, char quote)
{
	put(printer, &quote, 1);
	for (const char *end; (end = strchr(text, quote)); text = end + 1)
	{
		put(printer, text, (size_t) (end + 1 - text));
		put(printer, &quote, 1);
	}
	co_print_text(printer, text);
	put(printer, &quote, 1);
}

/* At worst every byte of a key is doubled, or a component of its own. */
#define KEY_TEXT(length) (6 * (length) + 8)

static void
put_key(CoPrinter *printer, const char *key)
{
	size_t		length = strlen(key);
	CoMark		mark;
	char	   *part;
	int			n;

	/* Room first, so that the parts can be given back. */
	if (!extend(printer, KEY_TEXT(length)))
		return;
	printer->n -= KEY_TEXT(length);
	mark = co_mark(printer->arena);
	part = co_take(printer->arena, length + 1, 1);
	if (!part)
		return;
	n = co_key_split(key, part);
	co_print_text(printer, "[");
	if (n == 0)
		put_quoted(printer, key, '\'');
	for (int i = 0; i < n; i++, part += strlen(part) + 1)
	{
		if (i > 0)
			co_print_text(printer, ",");
		put_quoted(printer, part, '\'');
	}
	co_print_text(printer, "]");
	co_rewind(printer->arena, mark);
}

void
co_print_name(CoPrinter *printer, const char *name, const char *key)
{
	if (co_lex_is_plain(name))
		co_print_text(printer, name);
	else
		put_quoted(printer, name, '"');
	if (key)
		put_key(printer, key);
}

void
co_print_leaf(CoPrinter *printer, int leaf)
{
	const CoBlock *block = printer->block;

	co_print_name(printer, block->str + block->leaf_name[leaf],
				  co_block_string(block, block->leaf_key[leaf]));
}

CoRc
co_print_poll(CoPrinter *printer)
{
	if (printer->n - printer->polled > POLL_BYTES)
	{
		printer->polled = printer->n;
		return co_poll(printer->arena);
	}
	return co_arena_failed(printer->arena);
}

CoRc
co_print_finish(CoPrinter *printer, char **text, size_t *length)
{
	put(printer, "", 1);
	*text = printer->byte;
	*length = printer->n - 1;
	return co_arena_failed(printer->arena);
}

/*
 * What a formula looks like from outside: the binding of its outermost
 * operation, and what its first factor is, to which a coefficient or a sign
 * in front would be drawn.
 */
typedef enum Level
{
	SUM,						/* also everything that begins with a sign */
	PRODUCT,
	POWER,
	PRIMARY
} Level;

typedef struct Node
{
	CoInstr		instr;
	int			left,			/* nodes; the argument of one-argument
								 * operations is left, the last one of calls
								 * right */
				right,
				sibling;		/* argument of the same call before it */
	uint8_t		level,			/* Level of the whole */
				lead;			/* Level of its first factor */
	bool		leads_with_one; /* the first factor is the constant 1 */
} Node;

typedef struct Item				/* still to be printed */
{
	int			node;			/* -1: only the text */
	const char *text;
	bool		drop_one;		/* without its leading 1, which has been
								 * printed */
	bool		drop_sign;		/* of the factor at its right end */
	bool		arguments_only; /* of least and greatest, inside the same
								 * function */
	bool		guarded;		/* in parentheses, if they may still be opened */
} Item;

typedef struct CoPrintTree		/* kept from formula to formula */
{
	CoPrinter  *printer;
	Node	   *node;
	int		   *stack;
	Item	   *item;
	int			n_item,
				cap_node,		/* of node and stack */
				cap_item;
	int			depth;			/* parentheses open */
	char		scale[32];		/* of the term, when it stands behind */
} Tree;

static bool
is_negative_number(const Node *node)
{
	return node->instr.op == CO_OP_CONST && signbit(node->instr.value);
}

static void
classify_affine(Node *node)
{
	double		coef;
	int			leaf;

	node->level = node->lead = SUM;
	if (node->instr.n != 1 || node->instr.value != 0.0)
		return;
	co_code_affine_term(&node->instr, 0, &coef, &leaf);
	if (!signbit(coef))
	{
		node->level = coef == 1.0 ? PRIMARY : PRODUCT;
		node->lead = PRIMARY;
	}
}

static void
classify(const Tree *tree, Node *node)
{
	const Node *left = &tree->node[node->left];

	node->level = node->lead = PRIMARY;
	node->leads_with_one = false;
	switch (node->instr.op)
	{
		case CO_OP_AFFINE:
			classify_affine(node);
			break;
		case CO_OP_CONST:
			node->leads_with_one = node->instr.value == 1.0;
			if (is_negative_number(node))
				node->level = node->lead = SUM;
			break;
		case CO_OP_NEG:
		case CO_OP_ADD:
		case CO_OP_SUB:
			node->level = node->lead = SUM;
			break;
		case CO_OP_MUL:
		case CO_OP_DIV:
			node->level = PRODUCT;
			node->lead = left->lead;
			node->leads_with_one = left->leads_with_one;
			break;
		case CO_OP_POW:
			node->level = node->lead = POWER;
			break;
		default:
			break;
	}
}

static CoRc
grow_nodes(Tree *tree, int n)
{
	CoArena    *arena = tree->printer->arena;
	size_t		capacity = 2 * (size_t) n;

	tree->cap_node = 0;
	tree->node = co_take(arena, capacity, sizeof *tree->node);
	tree->stack = co_take_ints(arena, capacity);
	if (!co_arena_failed(arena))
		tree->cap_node = capacity < INT_MAX ? (int) capacity : n;
	return co_arena_failed(arena);
}

/* The nodes of a formula in the order of its code; the last is the root. */
static CoRc
link_nodes(Tree *tree, const CoCodeTerm *term, int *root)
{
	int			n = 0,
				fill = 0,
				at = 0;
	int		   *stack;
	CoInstr		instr;
	CoRc		rc;

	while (co_code_next(term->code, term->length, &at, &instr))
		if (++n % POLL_NODES == 0 && (rc = co_poll(tree->printer->arena)))
			return rc;
	if (n > tree->cap_node && (rc = grow_nodes(tree, n)))
		return rc;
	stack = tree->stack;
	at = 0;
	for (int k = 0; k < n && co_code_next(term->code, term->length, &at, &instr); k++)
	{
		int			arity = co_instr_arity(&instr);

		if (fill < arity)
			return CO_BAD_INPUT;
		fill -= arity;
		tree->node[k] = (Node) {.instr = instr};
		tree->node[k].left = arity > 0 ? stack[fill] : 0;
		tree->node[k].right = arity > 1 ? stack[fill + arity - 1] : tree->node[k].left;
		for (int i = 1; i < arity; i++)
			tree->node[stack[fill + i]].sibling = stack[fill + i - 1];
		classify(tree, &tree->node[k]);
		stack[fill++] = k;
		if (k % POLL_NODES == POLL_NODES - 1 && (rc = co_poll(tree->printer->arena)))
			return rc;
	}
	*root = n - 1;
	return fill == 1 ? CO_OK : CO_BAD_INPUT;
}

static void
push(Tree *tree, Item item)
{
	if (tree->n_item == tree->cap_item)
	{
		int			capacity = tree->cap_item ? 2 * tree->cap_item : 32;

		tree->item = co_take_grown(tree->printer->arena, tree->item, (size_t) tree->n_item,
								   (size_t) capacity, sizeof *tree->item);
		if (!tree->item)
			return;
		tree->cap_item = capacity;
	}
	tree->item[tree->n_item++] = item;
}

static void
push_text(Tree *tree, const char *text)
{
	push(tree, (Item) {.node = -1, .text = text});
}

/* -2 or -x, which the grammar reads anywhere; only people need parentheses. */
static bool
is_signed_primary(const Node *node)
{
	double		coef = 0.0;
	int			leaf;

	if (node->instr.op == CO_OP_AFFINE && node->instr.n == 1 && node->instr.value == 0.0)
		co_code_affine_term(&node->instr, 0, &coef, &leaf);
	return is_negative_number(node) || coef == -1.0;
}

/* A node in a place where only what binds as tightly as level may stand bare. */
static void
push_node(Tree *tree, int node, Level level)
{
	bool		bare = tree->node[node].level >= level;

	if (!bare && is_signed_primary(&tree->node[node]))
	{
		push(tree, (Item) {.node = node, .guarded = true});
		return;
	}
	if (!bare)
		push_text(tree, ")");
	push(tree, (Item) {.node = node});
	if (!bare)
		push_text(tree, "(");
}

static CoRc
print_affine(CoPrinter *printer, const CoInstr *instr)
{
	CoRc		rc = CO_OK;

	for (int k = 0; k < instr->n && !rc; k++)
	{
		double		coef;
		int			leaf;

		if (printer->max_terms > 0 && k == printer->max_terms)
		{
			co_print_text(printer, " + ...");
			return CO_OK;
		}
		co_code_affine_term(instr, k, &coef, &leaf);
		co_print_coefficient(printer, coef, k == 0);
		co_print_leaf(printer, leaf);
		rc = co_print_poll(printer);
	}
	if (instr->n == 0)
		co_print_number(printer, instr->value);
	else if (instr->value != 0.0)
		co_print_signed(printer, instr->value);
	return rc;
}

/*
 * a + b with b = c * (-2) is a - c * 2, which is how a formula of a sum came
 * to be.
 */
static void
push_sum(Tree *tree, const Node *node)
{
	const Node *right = &tree->node[node->right];
	bool		flips = node->instr.op == CO_OP_ADD && right->instr.op == CO_OP_MUL &&
		is_negative_number(&tree->node[right->right]);

	push_node(tree, node->right, PRODUCT);
	if (flips)
		tree->item[tree->n_item - 1].drop_sign = true;
	push_text(tree, node->instr.op == CO_OP_SUB || flips ? " - " : " + ");
	push_node(tree, node->left, SUM);
}

static void
push_product(Tree *tree, const Item *item, const Node *node)
{
	const Node *left = &tree->node[node->left];

	if (item->drop_sign)
		push(tree, (Item) {.node = node->right, .drop_sign = true});
	else
		push_node(tree, node->right, POWER);
	push_text(tree, co_op_word(node->instr.op));
	if (!item->drop_one)
		push_node(tree, node->left, PRODUCT);
	else if (left->instr.op != CO_OP_CONST)
		push(tree, (Item) {.node = node->left, .drop_one = true});
}

/* -a; the sign must not be drawn into the first factor of a. */
static void
push_negation(Tree *tree, const Node *node)
{
	const Node *left = &tree->node[node->left];
	bool		scaled = left->level >= PRODUCT && left->lead != PRIMARY;

	if (scaled && left->lead == SUM)
		push_text(tree, "*(-1)");
	push_node(tree, node->left, PRODUCT);
	if (!scaled || left->lead != SUM)
		push_text(tree, scaled ? "-1*" : "-");
}

/* least(least(a, b), c) is least(a, b, c), and so are however many. */
static void
push_function(Tree *tree, const Item *item, const Node *node)
{
	CoOp		op = node->instr.op;
	bool		joins = (op == CO_OP_LEAST || op == CO_OP_GREATEST) &&
		tree->node[node->left].instr.op == op;

	if (!item->arguments_only)
		push_text(tree, ")");
	if (co_op_arity(op) == 2)
	{
		push_node(tree, node->right, SUM);
		push_text(tree, ", ");
	}
	push_node(tree, node->left, SUM);
	if (joins)
		tree->item[tree->n_item - 1].arguments_only = true;
	if (item->arguments_only)
		return;
	push_text(tree, "(");
	push_text(tree, co_op_word(op));
}

/* call('function', 'gradient', a, b): the names are printed, the rest waits. */
static void
push_call(Tree *tree, const Node *node)
{
	CoPrinter  *printer = tree->printer;
	int			arg = node->right;

	push_text(tree, ")");
	for (int k = node->instr.n - 1; k >= 0; k--, arg = tree->node[arg].sibling)
	{
		push_node(tree, arg, SUM);
		push_text(tree, ", ");
	}
	tree->depth++;
	co_print_text(printer, "call(");
	put_quoted(printer, node->instr.function, '\'');
	if (node->instr.gradient[0] == '\0')
		return;
	co_print_text(printer, ", ");
	put_quoted(printer, node->instr.gradient, '\'');
}

/* Prints a node without operands, or replaces another by its parts. */
static CoRc
print_node(Tree *tree, const Item *item)
{
	const Node *node = &tree->node[item->node];

	switch (node->instr.op)
	{
		case CO_OP_CONST:
			co_print_number(tree->printer, item->drop_sign ? fabs(node->instr.value) :
							node->instr.value);
			break;
		case CO_OP_LEAF:
			co_print_leaf(tree->printer, node->instr.leaf);
			break;
		case CO_OP_AFFINE:
			return print_affine(tree->printer, &node->instr);
		case CO_OP_NEG:
			push_negation(tree, node);
			break;
		case CO_OP_ADD:
		case CO_OP_SUB:
			push_sum(tree, node);
			break;
		case CO_OP_MUL:
		case CO_OP_DIV:
			push_product(tree, item, node);
			break;
		case CO_OP_POW:
			push_node(tree, node->right, PRIMARY);
			push_text(tree, "^");
			push_node(tree, node->left, POWER);
			break;
		case CO_OP_CALL:
			push_call(tree, node);
			break;
		default:
			push_function(tree, item, node);
			break;
	}
	return co_print_poll(tree->printer);
}

/*
 * Sign, coefficient and root.  Behind a product that begins with a sum stands
 * its coefficient, which in front would be multiplied into the sum, as -0 has
 * to (it would be lost in -0*x*y); and -x^2 has one because it would be (-x)^2.
 */
static void
push_root(Tree *tree, int root, double scale, bool first)
{
	CoPrinter  *printer = tree->printer;
	const Node *node = &tree->node[root];
	const char *sign = first ? "" : " + ";

	if (node->level == PRODUCT &&
		(node->lead == SUM || (first && scale == 0.0 && signbit(scale))))
	{
		if (!first && signbit(scale))
		{
			sign = " - ";
			scale = -scale;
		}
		co_print_text(printer, sign);
		if (scale != 1.0)
		{
			co_print_double(scale, tree->scale);
			push_text(tree, signbit(scale) ? ")" : "");
			push_text(tree, tree->scale);
			push_text(tree, signbit(scale) ? "*(" : "*");
		}
		push(tree, (Item) {.node = root});
		return;
	}
	if (node->leads_with_one && node->level == PRODUCT)
	{
		co_print_text(printer, signbit(scale) ? (first ? "-" : " - ") : sign);
		co_print_number(printer, fabs(scale));
		push(tree, (Item) {.node = root, .drop_one = true});
		return;
	}
	if (first && scale == -1.0 && node->lead == POWER)
		co_print_text(printer, "-1*");
	else
		co_print_coefficient(printer, scale, first);
	push_node(tree, root, PRODUCT);
}

/* A text, or a node that may need parentheses for people. */
static CoRc
print_item(Tree *tree, const Item *item)
{
	bool		guarded = item->guarded && tree->depth < CO_MAX_DEPTH;
	CoRc		rc;

	if (item->node < 0)
	{
		tree->depth += (item->text[0] == '(') - (item->text[0] == ')');
		co_print_text(tree->printer, item->text);
		return CO_OK;
	}
	if (guarded)
		co_print_text(tree->printer, "(");
	rc = print_node(tree, item);
	if (guarded)
		co_print_text(tree->printer, ")");
	return rc;
}

CoRc
co_print_code_term(CoPrinter *printer, const CoCodeTerm *term, bool first)
{
	Tree	   *tree = printer->tree;
	CoRc		rc;
	int			root;

	if (!tree)
	{
		tree = printer->tree = co_take_zero(printer->arena, 1, sizeof *tree);
		if (!tree)
			return co_arena_failed(printer->arena);
		tree->printer = printer;
	}
	rc = link_nodes(tree, term, &root);
	if (rc)
		return rc;
	tree->depth = 0;
	push_root(tree, root, term->scale, first);
	while (tree->n_item > 0 && !rc)
	{
		Item		item = tree->item[--tree->n_item];

		rc = print_item(tree, &item);
	}
	return rc ? rc : co_print_poll(printer);
}
