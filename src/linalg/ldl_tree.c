/*-------------------------------------------------------------------------
 *
 * linalg/ldl_tree.c
 *	  The assembly tree: order, fundamental supernodes, relaxed amalgamation.
 *
 * [LNP93] Liu, Ng, Peyton, "On finding supernodes for sparse matrix
 * computations", SIAM J. Matrix Anal. Appl. 14 (1993) 242-252.
 * [AG89] Ashcraft, Grimes, "The influence of relaxed supernode partitions on
 * the multifrontal method", ACM TOMS 15 (1989) 291-309.
 *
 * A node may swallow any of its children, not only the last one: the columns
 * are renumbered afterwards, each node's own behind those it has swallowed.
 *
 *-------------------------------------------------------------------------
 */
#include "linalg/ldl_private.h"

#include <string.h>

#include "linalg/etree.h"
#include "linalg/order.h"

/* Looking at a node of the tree, in operations. */
#define NODE_COST	(2.0 * CO_ACCESS_COST)

typedef struct Node				/* a supernode while the tree is formed */
{
	int			np,
				nf;
	int			parent,			/* -1: a root */
				child,			/* first of a list, -1: none */
				sibling,
				into;			/* the node that has swallowed it, -1: none */
	int			head,			/* its columns, a list */
				tail;
	double		zeros;			/* explicit zeros in its trapezoid of L */
	double		peak;			/* stack needed by its subtree */
} Node;

typedef struct Maker			/* work of one build */
{
	CoArena    *arena;
	CoTicker	ticker;
	const CoCsc *lower;
	int			n,
				n_nodes;
	int		   *order,			/* [n] fill-reducing order */
			   *start,			/* [n + 1] strict lower triangle, columns */
			   *index,
			   *row_start,		/* [n + 1] the same by rows */
			   *row_index;
	int		   *parent,			/* [n] elimination tree */
			   *post,
			   *count,
			   *next,			/* [n] lists of columns */
			   *work;			/* [4n] */
	Node	   *node;			/* [n] */
} Maker;

static CoRc
take_maker(Maker *maker)
{
	size_t		n = (size_t) maker->n;
	size_t		nnz = (size_t) co_csc_nnz(maker->lower);
	CoRc		rc = co_arena_plan(maker->arena, (double) n * (sizeof(Node) + 13 * sizeof(int)) +
								   (double) nnz * 2 * sizeof(int) + co_order_bytes(maker->lower));

	if (rc)
		return rc;
	maker->order = co_take_ints(maker->arena, n);
	maker->start = co_take_ints(maker->arena, n + 1);
	maker->row_start = co_take_ints(maker->arena, n + 1);
	maker->index = co_take_ints(maker->arena, nnz);
	maker->row_index = co_take_ints(maker->arena, nnz);
	maker->parent = co_take_ints(maker->arena, n);
	maker->post = co_take_ints(maker->arena, n);
	maker->count = co_take_ints(maker->arena, n);
	maker->next = co_take_ints(maker->arena, n);
	maker->work = co_take_ints(maker->arena, 4 * n);
	maker->node = co_take(maker->arena, n, sizeof(Node));
	return co_arena_failed(maker->arena);
}

/* start[j] := first position of j, from the counts in start[j + 1]. */
static void
sum_counts(int n, int *start)
{
	start[0] = 0;
	for (int j = 0; j < n; j++)
		start[j + 1] += start[j];
}

/* The strict lower triangle of the permuted matrix, by columns. */
static CoRc
permute_pattern(Maker *maker)
{
	const CoCsc *k = maker->lower;
	int		   *place = maker->work,
			   *fill = maker->work + maker->n;
	CoRc		rc = CO_OK;

	for (int i = 0; i < maker->n; i++)
		place[maker->order[i]] = i;
	memset(maker->start, 0, ((size_t) maker->n + 1) * sizeof(int));
	for (int pass = 0; pass < 2; pass++)
	{
		for (int j = 0; j < maker->n && !rc; j++)
		{
			int			pj = place[j];

			for (int p = k->start[j]; p < k->start[j + 1]; p++)
			{
				int			pi = place[k->index[p]];
				int			col = pi < pj ? pi : pj;

				if (pi == pj)
					continue;
				if (pass == 0)
					maker->start[col + 1]++;
				else
					maker->index[fill[col]++] = pi < pj ? pj : pi;
			}
			rc = co_tick(&maker->ticker, CO_ACCESS_COST * (1 + k->start[j + 1] - k->start[j]));
		}
		if (pass == 0)
		{
			sum_counts(maker->n, maker->start);
			memcpy(fill, maker->start, (size_t) maker->n * sizeof(int));
		}
	}
	return rc;
}

static CoRc
transpose_pattern(Maker *maker)
{
	int		   *fill = maker->work;
	CoRc		rc = CO_OK;

	memset(maker->row_start, 0, ((size_t) maker->n + 1) * sizeof(int));
	for (int j = 0; j < maker->n && !rc; j++)
	{
		for (int p = maker->start[j]; p < maker->start[j + 1]; p++)
			maker->row_start[maker->index[p] + 1]++;
		rc = co_tick(&maker->ticker, CO_ACCESS_COST * (1 + maker->start[j + 1] - maker->start[j]));
	}
	sum_counts(maker->n, maker->row_start);
	memcpy(fill, maker->row_start, (size_t) maker->n * sizeof(int));
	for (int j = 0; j < maker->n && !rc; j++)
	{
		for (int p = maker->start[j]; p < maker->start[j + 1]; p++)
			maker->row_index[fill[maker->index[p]]++] = j;
		rc = co_tick(&maker->ticker, CO_ACCESS_COST * (1 + maker->start[j + 1] - maker->start[j]));
	}
	return rc;
}

static CoRc
analyse_columns(Maker *maker)
{
	int			n = maker->n;
	CoRc		rc;

	rc = permute_pattern(maker);
	if (!rc)
		rc = transpose_pattern(maker);
	if (!rc)
		rc = co_etree_build(maker->arena, n, maker->row_start, maker->row_index,
							maker->parent, maker->work);
	if (!rc)
		rc = co_etree_postorder(maker->arena, n, maker->parent, maker->post, maker->work);
	if (rc)
		return rc;
	return co_etree_counts(maker->arena, n, maker->start, maker->index, maker->parent,
						   maker->post, maker->count, maker->work);
}

/*
 * Fundamental supernodes [LNP93]: a column joins the node of its only child
 * when their structures agree.  Nodes are numbered in postorder.
 */
static CoRc
find_nodes(Maker *maker)
{
	int		   *n_children = maker->work,
			   *node_of = maker->work + maker->n;
	Node	   *node = NULL;
	CoRc		rc = CO_OK;

	maker->n_nodes = 0;
	memset(n_children, 0, (size_t) maker->n * sizeof(int));
	for (int j = 0; j < maker->n; j++)
		if (maker->parent[j] != -1)
			n_children[maker->parent[j]]++;
	for (int k = 0; k < maker->n && !rc; k++)
	{
		int			j = maker->post[k],
					last = k > 0 ? maker->post[k - 1] : -1;

		if (last != -1 && maker->parent[last] == j && n_children[j] == 1 &&
			maker->count[j] == maker->count[last] - 1)
		{
			maker->next[last] = j;
			node->np++;
		}
		else
		{
			node = &maker->node[maker->n_nodes++];
			node->np = 1;
			node->nf = maker->count[j];
			node->child = node->sibling = node->into = -1;
			node->head = j;
			node->zeros = 0.0;
		}
		node->tail = j;
		maker->next[j] = -1;
		node_of[j] = maker->n_nodes - 1;
		rc = co_tick(&maker->ticker, NODE_COST);
	}
	for (int s = 0; s < maker->n_nodes && !rc; s++)
	{
		int			up = maker->parent[maker->node[s].tail];

		maker->node[s].parent = up == -1 ? -1 : node_of[up];
		rc = co_tick(&maker->ticker, NODE_COST);
	}
	return rc;
}

/* Child lists of the nodes that have not been swallowed, in ascending order. */
static CoRc
link_children(Maker *maker)
{
	Node	   *node = maker->node;
	CoRc		rc = co_poll_pass(maker->arena, maker->n_nodes);

	for (int s = 0; s < maker->n_nodes; s++)
		node[s].child = -1;
	for (int s = maker->n_nodes - 1; s >= 0 && !rc; s--)
	{
		if (node[s].into == -1 && node[s].parent != -1)
		{
			node[s].sibling = node[node[s].parent].child;
			node[node[s].parent].child = s;
		}
		rc = co_tick(&maker->ticker, NODE_COST);
	}
	return rc;
}

/*
 * Zeros a node may hold, as a part of its trapezoid, by its pivots: few
 * pivots make per-front overhead dear and zeros cheap.  Half or double these
 * parts changes the times of factorization and solve by a few percent only.
 */
static bool
accepts_zeros(double zeros, double np, double nf)
{
	double		part = zeros / (np * nf - 0.5 * np * (np - 1.0));

	return part < (np <= 2 ? 0.5 : np <= 8 ? 0.25 : np <= 32 ? 0.1 : 0.05);
}

/*
 * The rows of the child's CB are among the parent's, so the union has the
 * parent's rows and the child's pivots; each of these pivots gets the rows the
 * child's CB lacks as zeros.
 */
static void
try_swallow(Maker *maker, Node *parent, Node *child)
{
	double		zeros = parent->zeros + child->zeros +
		(double) child->np * (parent->nf - (child->nf - child->np));

	if (!accepts_zeros(zeros, (double) parent->np + child->np, (double) parent->nf + child->np))
		return;
	parent->np += child->np;
	parent->nf += child->np;
	parent->zeros = zeros;
	child->into = (int) (parent - maker->node);
	maker->next[child->tail] = parent->head;
	parent->head = child->head;
}

/* The child with the longest CB fits best: it goes first. */
static CoRc
swallow_children(Maker *maker, Node *parent)
{
	Node	   *node = maker->node;
	int			best = -1,
				longest = -1;
	CoRc		rc = CO_OK;

	for (int c = parent->child; c != -1 && !rc; c = node[c].sibling)
	{
		if (node[c].nf - node[c].np > longest)
		{
			longest = node[c].nf - node[c].np;
			best = c;
		}
		rc = co_tick(&maker->ticker, NODE_COST);
	}
	if (best == -1 || rc)
		return rc;
	try_swallow(maker, parent, &node[best]);
	for (int c = parent->child; c != -1 && !rc; c = node[c].sibling)
	{
		if (c != best)
			try_swallow(maker, parent, &node[c]);
		rc = co_tick(&maker->ticker, NODE_COST);
	}
	return rc;
}

/* Do the single columns a and b have the same rows below? */
static bool
has_equal_rows(const Maker *maker, int a, int b)
{
	int			n = maker->start[a + 1] - maker->start[a];

	return n == maker->start[b + 1] - maker->start[b] &&
		memcmp(maker->index + maker->start[a], maker->index + maker->start[b],
			   (size_t) n * sizeof(int)) == 0;
}

/*
 * Leaves under one parent with equal rows below become one node, although
 * their pivots do not touch: a factor model is a hundred thousand such leaves.
 * Columns of the pattern list their rows in the order of K, so equal sets are
 * equal lists; neighbours in the postorder are compared.
 */
static CoRc
join_leaves(Maker *maker)
{
	Node	   *last = NULL;
	CoRc		rc = CO_OK;

	for (int s = 0; s < maker->n_nodes && !rc; s++)
	{
		Node	   *leaf = &maker->node[s];
		double		zeros;

		rc = co_tick(&maker->ticker, NODE_COST + leaf->nf);
		if (leaf->np > 1 || leaf->child != -1 || leaf->nf < CO_HALF_LANES)
			continue;
		if (last && last->parent == leaf->parent &&
			has_equal_rows(maker, last->head, leaf->head))
		{
			zeros = last->zeros + last->np;
			if (accepts_zeros(zeros, last->np + 1.0, last->nf + 1.0))
			{
				leaf->zeros = zeros;
				leaf->np += last->np;
				leaf->nf += last->np;
				last->into = s;
				maker->next[last->tail] = leaf->head;
				leaf->head = last->head;
			}
		}
		last = leaf;
	}
	return rc;
}

static CoRc
amalgamate(Maker *maker)
{
	Node	   *node = maker->node;
	int		   *top = maker->work;
	CoRc		rc = link_children(maker);

	if (!rc)
		rc = join_leaves(maker);
	if (!rc)
		rc = link_children(maker);
	for (int s = 0; s < maker->n_nodes && !rc; s++)
		rc = swallow_children(maker, &node[s]);

	/* A node is swallowed by a later one: from the end, one look is enough. */
	for (int s = maker->n_nodes - 1; s >= 0 && !rc; s--)
	{
		top[s] = node[s].into == -1 ? s : top[node[s].into];
		if (node[s].parent != -1)
			node[s].parent = top[node[s].parent];
		rc = co_tick(&maker->ticker, NODE_COST);
	}
	return rc ? rc : link_children(maker);
}

/*
 * Put the child whose subtree needs the most stack first: it works before the
 * parent's CB exists.
 */
static CoRc
order_children(Maker *maker, Node *parent)
{
	Node	   *node = maker->node;
	int			largest = parent->child,
				before = -1;
	double		below = parent->nf - parent->np,
				cb = below * below,
				rest = 0.0;
	CoRc		rc = CO_OK;

	parent->peak = 0.0;
	if (largest == -1)
		return co_tick(&maker->ticker, NODE_COST);
	for (int c = parent->child; node[c].sibling != -1 && !rc; c = node[c].sibling)
	{
		if (node[node[c].sibling].peak > node[largest].peak)
		{
			before = c;
			largest = node[c].sibling;
		}
		rc = co_tick(&maker->ticker, NODE_COST);
	}
	if (before != -1)
	{
		node[before].sibling = node[largest].sibling;
		node[largest].sibling = parent->child;
		parent->child = largest;
	}
	for (int c = node[largest].sibling; c != -1 && !rc; c = node[c].sibling)
	{
		rest = rest > node[c].peak ? rest : node[c].peak;
		rc = co_tick(&maker->ticker, NODE_COST);
	}
	below = node[largest].nf - node[largest].np;
	if (node[largest].child != -1 && below * below > rest)
		rest = below * below;
	parent->peak = node[largest].peak > cb + rest ? node[largest].peak : cb + rest;
	return rc;
}

/* Give the front of node s its number and its pivots theirs. */
static int
number_front(const Maker *maker, int s, int first, CoTree *tree)
{
	const Node *node = &maker->node[s];
	int			f = tree->n_fronts++;

	tree->first[f] = first;
	tree->size[f] = node->nf;
	tree->parent[f] = -1;
	for (int j = node->head; j != -1; j = maker->next[j])
		tree->perm[first++] = maker->order[j];
	tree->first[f + 1] = first;
	return first;
}

/* Postorder of the final tree; the walk is that of co_etree_postorder. */
static CoRc
number_tree(Maker *maker, CoTree *tree)
{
	Node	   *node = maker->node;
	int		   *number = maker->work;
	int			first = 0;
	CoRc		rc = CO_OK;

	tree->n_fronts = 0;
	tree->first[0] = 0;
	for (int root = 0; root < maker->n_nodes && !rc; root++)
	{
		int			s = root;

		if (node[root].parent != -1 || node[root].into != -1)
			continue;
		while (s != -1 && !rc)
		{
			int			down = node[s].child;

			rc = co_tick(&maker->ticker, NODE_COST + CO_ACCESS_COST * node[s].np);

			if (down != -1)
			{
				node[s].child = node[down].sibling;
				s = down;
				continue;
			}
			number[s] = tree->n_fronts;
			first = number_front(maker, s, first, tree);
			s = node[s].parent;
		}
	}
	for (int s = 0; s < maker->n_nodes && !rc; s++)
	{
		if (node[s].into == -1 && node[s].parent != -1)
			tree->parent[number[s]] = number[node[s].parent];
		rc = co_tick(&maker->ticker, NODE_COST);
	}
	return rc;
}

static CoRc
make_tree(Maker *maker, CoTree *tree)
{
	CoRc		rc = take_maker(maker);

	if (!rc)
		rc = co_order_amd(maker->arena, maker->lower, maker->order);
	if (!rc)
		rc = analyse_columns(maker);
	if (!rc)
		rc = co_poll(maker->arena);
	if (!rc)
		rc = find_nodes(maker);
	if (!rc)
		rc = co_poll(maker->arena);
	if (!rc)
		rc = amalgamate(maker);
	for (int s = 0; !rc && s < maker->n_nodes; s++)
		if (maker->node[s].into == -1)
			rc = order_children(maker, &maker->node[s]);
	if (!rc)
		rc = number_tree(maker, tree);
	return rc ? rc : co_poll(maker->arena);
}

/* The arrays of the tree are the caller's. */
CoRc
co_tree_build(CoArena *arena, const CoCsc *lower, CoTree *tree)
{
	CoMark		mark = co_mark(arena);
	Maker		maker = {.arena = arena, .ticker = co_ticker(arena), .lower = lower, .n = lower->ncol};
	CoRc		rc = make_tree(&maker, tree);

	co_rewind(arena, mark);
	return rc;
}
