/*-------------------------------------------------------------------------
 *
 * nlp/pattern_dag.c
 *	  Nodes, each once, and the rules of differentiation.
 *
 *-------------------------------------------------------------------------
 */
#include "nlp/pattern_dag.h"

#include <limits.h>
#include <string.h>

#include "base/hash.h"

#define FIRST_NODES		64

static uint64_t
hash_node(const CoNode *node)
{
	uint64_t	hash = co_hash_word(CO_HASH_BASIS, (uint64_t) node->op);

	hash = co_hash_word(hash, (uint64_t) (uint32_t) node->a);
	hash = co_hash_word(hash, (uint64_t) (uint32_t) node->b);
	hash = co_hash_word(hash, (uint64_t) (uint32_t) node->c);
	return co_hash_word(hash, co_double_bits(node->value));
}

static bool
same_node(const CoNode *p, const CoNode *q)
{
	return p->op == q->op && p->a == q->a && p->b == q->b && p->c == q->c &&
		co_double_bits(p->value) == co_double_bits(q->value);
}

static int *
find_slot(const CoDag *dag, const CoNode *node, bool is_new)
{
	int			mask = dag->n_slot - 1;
	int			at = (int) (hash_node(node) & (uint64_t) mask);

	for (; dag->slot[at] >= 0; at = (at + 1) & mask)
		if (!is_new && same_node(&dag->node[dag->slot[at]], node))
			break;
	return &dag->slot[at];
}

/* Keeps the table at most half full. */
static CoRc
reserve(CoDag *dag)
{
	int			capacity = dag->capacity ? 2 * dag->capacity : FIRST_NODES;

	if (dag->n < dag->capacity)
		return co_arena_failed(dag->arena);
	if (dag->capacity > INT_MAX / 8)
		capacity = -1;			/* refused by the take below */
	dag->node = co_take_grown(dag->arena, dag->node, (size_t) dag->n, (size_t) capacity,
							  sizeof *dag->node);
	dag->slot = co_take_ints(dag->arena, 2 * (size_t) capacity);
	if (co_arena_failed(dag->arena))
		return co_arena_failed(dag->arena);
	dag->capacity = capacity;
	dag->n_slot = 2 * capacity;
	memset(dag->slot, -1, (size_t) dag->n_slot * sizeof(int));
	for (int k = 0; k < dag->n; k++)
		*find_slot(dag, &dag->node[k], true) = k;
	return CO_OK;
}

static int
intern(CoDag *dag, CoNode node)
{
	int		   *slot;

	if (reserve(dag))
		return 0;
	slot = find_slot(dag, &node, false);
	if (*slot < 0)
	{
		dag->node[dag->n] = node;
		*slot = dag->n++;
	}
	return *slot;
}

static int
operation(CoDag *dag, int op, int a, int b, int c)
{
	CoNode		node = {.op = op, .a = a, .b = b, .c = c};
	int			operand[3] = {a, op == CO_DAG_WHOLE_POWER ? -1 : b, c};

	if (co_arena_failed(dag->arena))
		return 0;
	node.alike = true;
	for (int k = 0; k < 3; k++)
		if (operand[k] >= 0)
		{
			node.active |= dag->node[operand[k]].active;
			node.alike &= dag->node[operand[k]].alike;
		}
	return intern(dag, node);
}

CoRc
co_dag_init(CoDag *dag, CoArena *arena)
{
	memset(dag, 0, sizeof *dag);
	dag->arena = arena;
	dag->zero = co_dag_number(dag, 0.0);
	dag->one = co_dag_number(dag, 1.0);
	return co_arena_failed(arena);
}

int
co_dag_number(CoDag *dag, double value)
{
	return intern(dag, (CoNode) {CO_DAG_NUMBER, -1, -1, -1, false, true, value + 0.0});
}

int
co_dag_column(CoDag *dag, int column)
{
	return intern(dag, (CoNode) {CO_DAG_COLUMN, column, -1, -1, false, false, 0.0});
}

int
co_dag_argument(CoDag *dag, int argument, bool alike)
{
	return intern(dag, (CoNode) {CO_DAG_ARGUMENT, argument, -1, -1, true, alike, 0.0});
}

int
co_dag_weight(CoDag *dag)
{
	return intern(dag, (CoNode) {CO_DAG_WEIGHT, -1, -1, -1, false, false, 0.0});
}

static bool
is_number(const CoDag *dag, int a)
{
	return dag->node[a].op == CO_DAG_NUMBER;
}

static bool
is_neg(const CoDag *dag, int a)
{
	return dag->node[a].op == CO_DAG_NEG;
}

int
co_dag_neg(CoDag *dag, int a)
{
	if (is_number(dag, a))
		return co_dag_number(dag, -dag->node[a].value);
	if (is_neg(dag, a))
		return dag->node[a].a;
	return operation(dag, CO_DAG_NEG, a, -1, -1);
}

int
co_dag_add(CoDag *dag, int a, int b)
{
	if (a == dag->zero)
		return b;
	if (b == dag->zero)
		return a;
	if (is_number(dag, a) && is_number(dag, b))
		return co_dag_number(dag, dag->node[a].value + dag->node[b].value);
	if (is_neg(dag, b))
		return co_dag_sub(dag, a, dag->node[b].a);
	if (is_neg(dag, a))
		return co_dag_sub(dag, b, dag->node[a].a);
	return operation(dag, CO_DAG_ADD, a < b ? a : b, a < b ? b : a, -1);
}

int
co_dag_sub(CoDag *dag, int a, int b)
{
	if (b == dag->zero)
		return a;
	if (a == dag->zero)
		return co_dag_neg(dag, b);
	if (is_number(dag, a) && is_number(dag, b))
		return co_dag_number(dag, dag->node[a].value - dag->node[b].value);
	if (is_neg(dag, b))
		return co_dag_add(dag, a, dag->node[b].a);
	return operation(dag, CO_DAG_SUB, a, b, -1);
}

int
co_dag_mul(CoDag *dag, int a, int b)
{
	if (a == dag->zero || b == dag->zero)
		return dag->zero;
	if (a == dag->one)
		return b;
	if (b == dag->one)
		return a;
	if (is_number(dag, a) && is_number(dag, b))
		return co_dag_number(dag, dag->node[a].value * dag->node[b].value);
	if (is_neg(dag, a))
		return co_dag_neg(dag, co_dag_mul(dag, dag->node[a].a, b));
	if (is_neg(dag, b))
		return co_dag_neg(dag, co_dag_mul(dag, a, dag->node[b].a));
	if (is_number(dag, a) && dag->node[a].value == -1.0)
		return co_dag_neg(dag, b);
	if (is_number(dag, b) && dag->node[b].value == -1.0)
		return co_dag_neg(dag, a);
	return operation(dag, CO_DAG_MUL, a < b ? a : b, a < b ? b : a, -1);
}

int
co_dag_div(CoDag *dag, int a, int b)
{
	if (b == dag->one)
		return a;
	return operation(dag, CO_DAG_DIV, a, b, -1);
}

int
co_dag_power(CoDag *dag, int a, int exponent)
{
	if (exponent == 0)
		return dag->one;
	if (exponent == 1)
		return a;
	if (exponent == 2)
		return co_dag_mul(dag, a, a);
	if (exponent == -1)
		return co_dag_div(dag, dag->one, a);
	return operation(dag, CO_DAG_WHOLE_POWER, a, exponent, -1);
}

int
co_dag_function(CoDag *dag, CoOp op, int a, int b)
{
	switch (op)
	{
#define CO_FUNCTION1(symbol, word, value, d1, d2, low, high) \
		case CO_OP_##symbol: return operation(dag, CO_DAG_##symbol, a, -1, -1);
#define CO_FUNCTION2(symbol, word, value, da, db, daa, dab, dbb, low, high) \
		case CO_OP_##symbol: return operation(dag, CO_DAG_##symbol, a, b, -1);
#include "expr/ops.def"
#undef CO_FUNCTION1
#undef CO_FUNCTION2
		default:				/* CO_OP_POW */
			return operation(dag, CO_DAG_POWER, a, b, -1);
	}
}

/*
 * The derivative that the table writes as text: what is 0, v or -v there needs
 * no operation of its own.
 */
static int
derivative(CoDag *dag, const char *text, int op, int a, int b, int v)
{
	if (strcmp(text, "0.0") == 0)
		return dag->zero;
	if (strcmp(text, "v") == 0)
		return v;
	if (strcmp(text, "-v") == 0)
		return co_dag_neg(dag, v);
	return b < 0 ? operation(dag, op, a, v, -1) : operation(dag, op, a, b, v);
}

/* All derivatives of a function, active or not: d, then dd. */
static void
table_partials(CoDag *dag, int v, bool second, int d[2], int dd[3])
{
	int			a = dag->node[v].a;
	int			b = dag->node[v].b;

	switch (dag->node[v].op)
	{
#define CO_FUNCTION1(symbol, word, value, d1, d2, low, high) \
		case CO_DAG_##symbol: \
			d[0] = derivative(dag, #d1, CO_DAG_##symbol##_D1, a, -1, v); \
			if (second) \
				dd[0] = derivative(dag, #d2, CO_DAG_##symbol##_D2, a, -1, v); \
			break;
#define CO_FUNCTION2(symbol, word, value, da, db, daa, dab, dbb, low, high) \
		case CO_DAG_##symbol: \
			d[0] = derivative(dag, #da, CO_DAG_##symbol##_DA, a, b, v); \
			d[1] = derivative(dag, #db, CO_DAG_##symbol##_DB, a, b, v); \
			if (second) \
			{ \
				dd[0] = derivative(dag, #daa, CO_DAG_##symbol##_DAA, a, b, v); \
				dd[1] = derivative(dag, #dab, CO_DAG_##symbol##_DAB, a, b, v); \
				dd[2] = derivative(dag, #dbb, CO_DAG_##symbol##_DBB, a, b, v); \
			} \
			break;
#include "expr/ops.def"
#undef CO_FUNCTION1
#undef CO_FUNCTION2
		default:
			break;
	}
}

static void
quotient_partials(CoDag *dag, int v, int d[2], int dd[3])
{
	int			inverse = co_dag_div(dag, dag->one, dag->node[v].b);
	int			square = co_dag_mul(dag, inverse, inverse);

	d[0] = inverse;
	d[1] = co_dag_neg(dag, co_dag_mul(dag, v, inverse));
	dd[1] = co_dag_neg(dag, square);
	dd[2] = co_dag_mul(dag, co_dag_number(dag, 2.0), co_dag_mul(dag, v, square));
}

static void
all_partials(CoDag *dag, int v, bool second, int d[2], int dd[3])
{
	CoNode		node = dag->node[v];
	double		exponent = node.b;

	switch (node.op)
	{
		case CO_DAG_ADD:
		case CO_DAG_SUB:
			d[0] = dag->one;
			d[1] = co_dag_number(dag, node.op == CO_DAG_ADD ? 1.0 : -1.0);
			break;
		case CO_DAG_NEG:
			d[0] = co_dag_number(dag, -1.0);
			break;
		case CO_DAG_MUL:
			d[0] = node.b;
			d[1] = node.a;
			dd[1] = dag->one;
			break;
		case CO_DAG_DIV:
			quotient_partials(dag, v, d, dd);
			break;
		case CO_DAG_WHOLE_POWER:
			d[0] = co_dag_mul(dag, co_dag_number(dag, exponent),
							  co_dag_power(dag, node.a, node.b - 1));
			dd[0] = co_dag_mul(dag, co_dag_number(dag, exponent * (exponent - 1.0)),
							   co_dag_power(dag, node.a, node.b - 2));
			break;
		default:
			table_partials(dag, v, second, d, dd);
	}
}

/* Both operands are one node: its derivative is the sum. */
static void
join_partials(CoDag *dag, int d[2], int dd[3])
{
	int			mixed = co_dag_add(dag, dd[1], dd[1]);

	d[0] = co_dag_add(dag, d[0], d[1]);
	dd[0] = co_dag_add(dag, co_dag_add(dag, dd[0], dd[2]), mixed);
}

void
co_dag_partials(CoDag *dag, int v, bool second, CoPartials *out)
{
	int			a = dag->node[v].a;
	int			b = dag->node[v].op == CO_DAG_WHOLE_POWER ? -1 : dag->node[v].b;
	int			d[2] = {dag->zero, dag->zero};
	int			dd[3] = {dag->zero, dag->zero, dag->zero};

	memset(out, 0, sizeof *out);
	all_partials(dag, v, second, d, dd);
	if (a == b)
	{
		join_partials(dag, d, dd);
		b = -1;
	}
	for (int k = 0; k < 2; k++)
	{
		int			operand = k == 0 ? a : b;

		if (operand < 0 || co_arena_failed(dag->arena) || !dag->node[operand].active)
			continue;
		out->operand[out->n] = operand;
		out->d[out->n] = d[k];
		out->dd[2 * out->n] = dd[2 * k];
		out->n++;
	}
	out->dd[1] = dd[1];
}
