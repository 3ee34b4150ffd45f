/*-------------------------------------------------------------------------
 *
 * nlp/pattern_diff.c
 *	  First and second derivatives of a node of a graph, as further nodes.
 *
 * The gradient is the reverse sweep: adj[root] = seed, and from every node to
 * its operands adj[j] += adj[i] d_ij.
 *
 * The Hessian is edge pushing [GM12, algorithm 1]: besides the adjoints the reverse sweep keeps
 * second derivatives w{j, k} in the nodes not yet passed, as edges.  Node i
 * with operands j, k passes an edge on,
 *
 *		w{j, p} += d_ij w{i, p}				p another node
 *		w{j, j} += 2 d_ij w{i, j}			p = j
 *		w{j, k} += d_ij d_ik w{i, i}		the loop at i, also for j = k
 *
 * and adds its own curvature, w{j, k} += adj[i] dd_ijk.  What is left between
 * arguments is the Hessian.  The work is that of the edges there are: a long
 * formula in many variables costs what its second derivatives are connected
 * by, not the square of the variables at every node.
 *
 *-------------------------------------------------------------------------
 */
#include "nlp/pattern_diff.h"

#include <limits.h>
#include <string.h>

#define FIRST_EDGES		64

/* An edge is some look-ups in tables that need not be in the cache. */
#define EDGE_WORK		512

typedef struct Edge
{
	int			high,
				low;
	int			weight;			/* node */
	int			next;			/* of the same high, -1 */
} Edge;

typedef struct Push
{
	CoDag	   *dag;
	int			n,
				capacity;
	Edge	   *edge;
	int		   *slot;			/* hash table, -1: empty */
	int			n_slot;
	int		   *head;			/* [root + 1] edges by high */
	int64_t		work;			/* since the last poll */
} Push;

static int *
find_slot(const Push *push, int high, int low, bool is_new)
{
	uint64_t	hash = (((uint64_t) (uint32_t) high << 32) | (uint32_t) low) *
		UINT64_C(0x9e3779b97f4a7c15);	/* 2^64 / golden ratio */
	int			mask = push->n_slot - 1;
	int			at = (int) (hash >> 32) & mask;

	for (; push->slot[at] >= 0; at = (at + 1) & mask)
	{
		const Edge *edge = &push->edge[push->slot[at]];

		if (!is_new && edge->high == high && edge->low == low)
			break;
	}
	return &push->slot[at];
}

static CoRc
reserve(Push *push)
{
	CoArena    *arena = push->dag->arena;
	int			capacity = push->capacity ? 2 * push->capacity : FIRST_EDGES;

	if (push->n < push->capacity)
		return CO_OK;
	if (push->capacity > INT_MAX / 8)
		capacity = -1;			/* refused by the take below */
	push->edge = co_take_grown(arena, push->edge, (size_t) push->n, (size_t) capacity,
							   sizeof *push->edge);
	push->slot = co_take_ints(arena, 2 * (size_t) capacity);
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	push->capacity = capacity;
	push->n_slot = 2 * capacity;
	memset(push->slot, -1, (size_t) push->n_slot * sizeof(int));
	for (int e = 0; e < push->n; e++)
		*find_slot(push, push->edge[e].high, push->edge[e].low, true) = e;
	return CO_OK;
}

/* w{i, j} += weight */
static CoRc
add_edge(Push *push, int i, int j, int weight)
{
	int			high = i > j ? i : j;
	int			low = i > j ? j : i;
	int		   *slot;
	CoRc		rc;

	if (weight == push->dag->zero)
		return CO_OK;
	if ((rc = reserve(push)))
		return rc;
	slot = find_slot(push, high, low, false);
	if (*slot >= 0)
	{
		Edge	   *edge = &push->edge[*slot];

		edge->weight = co_dag_add(push->dag, edge->weight, weight);
	}
	else
	{
		push->edge[push->n] = (Edge) {high, low, weight, push->head[high]};
		push->head[high] = *slot = push->n++;
	}
	if (++push->work < CO_POLL_WORK / EDGE_WORK)
		return co_arena_failed(push->dag->arena);
	push->work = 0;
	return co_poll(push->dag->arena);
}

/* An edge between node i, whose partials these are, and p != i. */
static CoRc
pass_edge(Push *push, const CoPartials *part, int p, int weight)
{
	CoRc		rc = CO_OK;

	for (int k = 0; k < part->n && !rc; k++)
	{
		int			passed = co_dag_mul(push->dag, weight, part->d[k]);

		if (part->operand[k] == p)
			passed = co_dag_add(push->dag, passed, passed);
		rc = add_edge(push, part->operand[k], p, passed);
	}
	return rc;
}

static CoRc
pass_loop(Push *push, const CoPartials *part, int weight)
{
	CoRc		rc = CO_OK;

	for (int k = 0; k < part->n && !rc; k++)
		for (int l = 0; l <= k && !rc; l++)
			rc = add_edge(push, part->operand[k], part->operand[l],
						  co_dag_mul(push->dag, weight,
									 co_dag_mul(push->dag, part->d[k], part->d[l])));
	return rc;
}

static CoRc
add_curvature(Push *push, const CoPartials *part, int adjoint)
{
	CoDag	   *dag = push->dag;
	CoRc		rc = CO_OK;

	for (int k = 0; k < part->n && !rc; k++)
		rc = add_edge(push, part->operand[k], part->operand[k],
					  co_dag_mul(dag, adjoint, part->dd[2 * k]));
	if (!rc && part->n == 2)
		rc = add_edge(push, part->operand[0], part->operand[1],
					  co_dag_mul(dag, adjoint, part->dd[1]));
	return rc;
}

static CoRc
push_node(Push *push, int i, const CoPartials *part, int adjoint)
{
	CoRc		rc = CO_OK;

	for (int e = push->head[i]; e >= 0 && !rc; e = push->edge[e].next)
	{
		Edge		edge = push->edge[e];

		rc = edge.low == i ? pass_loop(push, part, edge.weight) :
			pass_edge(push, part, edge.low, edge.weight);
	}
	return rc ? rc : add_curvature(push, part, adjoint);
}

static CoRc
sweep(CoDag *dag, int root, int seed, int *adjoint, Push *push)
{
	CoRc		rc = co_arena_failed(dag->arena);

	for (int i = 0; i <= root && !rc; i++)
		adjoint[i] = dag->zero;
	if (!rc)
		adjoint[root] = seed;
	for (int i = root; i >= 0 && !rc; i--)
	{
		CoPartials	part;

		if (!dag->node[i].active || dag->node[i].op == CO_DAG_ARGUMENT ||
			(adjoint[i] == dag->zero && !(push && push->head[i] >= 0)))
			continue;
		co_dag_partials(dag, i, push != NULL, &part);
		for (int k = 0; k < part.n; k++)
			adjoint[part.operand[k]] = co_dag_add(dag, adjoint[part.operand[k]],
												  co_dag_mul(dag, adjoint[i], part.d[k]));
		rc = co_arena_failed(dag->arena);
		if (!rc && push)
			rc = push_node(push, i, &part, adjoint[i]);
	}
	return rc;
}

CoRc
co_dag_gradient(CoDag *dag, int root, int seed, int *adjoint)
{
	return sweep(dag, root, seed, adjoint, NULL);
}

CoRc
co_dag_hessian(CoDag *dag, int root, int seed, CoSecond **out, int *n_out)
{
	Push		push = {.dag = dag};
	int		   *adjoint = co_take_ints(dag->arena, (size_t) root + 1);
	CoRc		rc;

	push.head = co_take_ints(dag->arena, (size_t) root + 1);
	if (co_arena_failed(dag->arena))
		return co_arena_failed(dag->arena);
	memset(push.head, -1, ((size_t) root + 1) * sizeof(int));
	rc = sweep(dag, root, seed, adjoint, &push);
	*out = co_take(dag->arena, (size_t) push.n, sizeof **out);
	*n_out = 0;
	if (rc || (rc = co_arena_failed(dag->arena)))
		return rc;
	for (int e = 0; e < push.n; e++)
	{
		const Edge *edge = &push.edge[e];

		if (dag->node[edge->high].op == CO_DAG_ARGUMENT &&
			dag->node[edge->low].op == CO_DAG_ARGUMENT && edge->weight != dag->zero)
			(*out)[(*n_out)++] = (CoSecond) {dag->node[edge->high].a,
			dag->node[edge->low].a, edge->weight};
	}
	return CO_OK;
}
