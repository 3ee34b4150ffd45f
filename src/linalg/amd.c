/*-------------------------------------------------------------------------
 *
 * linalg/amd.c
 *	  Approximate minimum degree order [ADD96].
 *
 * Elimination is followed on the quotient graph: an eliminated pivot becomes
 * an element, whose list names the variables of its clique, and a variable's
 * list names the elements it is in and the variables it is otherwise joined
 * to.  Variables with equal lists are merged into one, weighted by their
 * number (supervariables), and elements that say nothing new are absorbed.
 *
 *		paper		here
 *		p			pivot
 *		L_p			list of the element pivot
 *		A_i, E_i	list of variable i, elements first
 *		|i|			weight[i], negative while i is in L_p
 *		d_i			degree of the Node
 *		w(e)		stamp[e] - base: |L_e \ L_p| while above 0
 *
 * Pivots of equal degree are taken last in, first out; rows with more than
 * 10 sqrt(n) entries are left out and come last; both as in [ADD04].  An order
 * that is a chain of library calls cannot be interrupted: this one polls.
 *
 *-------------------------------------------------------------------------
 */
#include "linalg/amd.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include "linalg/ticker.h"

#define DENSE_FACTOR	10.0	/* [ADD04], its default */
#define DENSE_LEAST		16		/* no row this short is dense [ADD04] */

/*
 * Stamps are below this.  Checking builds start them over every few pivots, or
 * only problems that run for hours would.
 */
#ifdef CO_PARANOID
#define STAMP_LIMIT(n)	(8 * (n) + 100)
#else
#define STAMP_LIMIT(n)	INT_MAX
#endif

#define NONE			(-1)
#define DEAD			0		/* stamp of what is no longer in the graph */
#define OLD				1		/* stamp below every base */

typedef struct Node				/* a variable, and from its elimination on an
								 * element */
{
	int			start,			/* its list in index */
				length,
				n_elements;		/* the first of the list; element: 0 */
	int			degree;			/* variable: bound of the weight it is joined
								 * to; element: weight of its list */
	int			next,			/* in the list of equal degree or hash, or of
								 * the rows merged with this one */
				previous;		/* in the list of equal degree; the hash */
	int			merged,			/* first and last row merged with this one */
				merged_last;
} Node;

_Static_assert(sizeof(Node) + 4 * sizeof(int) == CO_AMD_BYTES, "what take_amd() takes for a column");

typedef struct Amd
{
	CoTicker	ticker;
	int			n;
	int		   *index;
	int			room,
				tail;			/* first free entry of index */
	Node	   *node;			/* [n] */
	int		   *weight,			/* [n] rows in a variable; 0: is none */
			   *stamp,			/* [n] */
			   *head,			/* [n + 1] variables by degree */
			   *bucket;			/* [n] variables of L_p by hash */
	int			base;			/* stamps from here on are of this pivot */
	int			largest;		/* largest degree of an element so far */
	int			least;			/* no variable has a smaller degree */
	int			n_left;			/* rows not yet ordered, dense ones apart */
	int			n_ordered;
	int		   *perm;
} Amd;

static CoRc
tick(Amd *amd, int n_entries)
{
	return co_tick(&amd->ticker, CO_ACCESS_COST * (1.0 + n_entries));
}

/* The lists of equal degree: the newest is the first. */

static void
link_variable(Amd *amd, int i)
{
	Node	   *node = amd->node;
	int			degree = node[i].degree,
				first = amd->head[degree];

	node[i].next = first;
	node[i].previous = NONE;
	if (first != NONE)
		node[first].previous = i;
	amd->head[degree] = i;
	if (degree < amd->least)
		amd->least = degree;
}

static void
unlink_variable(Amd *amd, int i)
{
	Node	   *node = amd->node;
	int			next = node[i].next,
				previous = node[i].previous;

	if (next != NONE)
		node[next].previous = previous;
	if (previous != NONE)
		node[previous].next = next;
	else
		amd->head[node[i].degree] = next;
}

/* Row i leaves the graph and is ordered with row into. */
static void
merge(Amd *amd, int i, int into)
{
	Node	   *from = &amd->node[i],
			   *to = &amd->node[into];

	from->next = from->merged;
	if (to->merged == NONE)
		to->merged = i;
	else
		amd->node[to->merged_last].next = i;
	to->merged_last = from->merged == NONE ? i : from->merged_last;
	amd->weight[i] = 0;
	amd->stamp[i] = DEAD;
}

static void
emit(Amd *amd, int pivot)
{
	for (int i = amd->node[pivot].merged; i != NONE; i = amd->node[i].next)
		amd->perm[amd->n_ordered++] = i;
	amd->perm[amd->n_ordered++] = pivot;
}

/*
 * Close the gaps of index.  A list's first entry waits in its node and leaves
 * the node's number, negative, in its place: one pass finds all.
 */
static CoRc
collect_garbage(Amd *amd)
{
	Node	   *node = amd->node;
	int			out = 0,
				at = 0;
	CoRc		rc = CO_OK;

	for (int i = 0; i < amd->n && !rc; i++)
		if (amd->stamp[i] != DEAD && node[i].length > 0)
		{
			int			first = amd->index[node[i].start];

			amd->index[node[i].start] = -1 - i;
			node[i].start = first;
			rc = tick(amd, 1);
		}
	while (at < amd->tail && !rc)
	{
		int			i = -1 - amd->index[at],
					length;

		if (i < 0)
		{
			at++;
			rc = co_tick(&amd->ticker, 1.0);
			continue;
		}
		length = node[i].length;
		amd->index[out] = node[i].start;
		memmove(amd->index + out + 1, amd->index + at + 1, ((size_t) length - 1) * sizeof(int));
		node[i].start = out;
		out += length;
		at += length;
		rc = co_tick(&amd->ticker, CO_ACCESS_COST + length);
	}
	amd->tail = out;
	return rc;
}

/* An upper bound on the entries of L_p. */
static int
bound_of_list(const Amd *amd, const Node *p)
{
	double		bound = p->length - p->n_elements;

	for (int k = p->start; k < p->start + p->n_elements; k++)
		bound += amd->node[amd->index[k]].length;
	return bound < amd->n ? (int) bound : amd->n;
}

/*
 * Append the variables among the n entries from start to L_p, which ends at
 * out; they leave their lists of equal degree, since the degree will change.
 */
static int
gather(Amd *amd, int start, int n, int out, int *degree)
{
	for (int k = start; k < start + n; k++)
	{
		int			i = amd->index[k],
					weight = amd->weight[i];

		if (weight <= 0)
			continue;
		amd->weight[i] = -weight;
		amd->index[out++] = i;
		*degree += weight;
		unlink_variable(amd, i);
	}
	return out;
}

/*
 * L_p = A_p + the union of the L_e, e in E_p, without p.  A pivot without
 * elements has its list already; a new list stands at the end of index.  The
 * elements are absorbed.
 */
static CoRc
form_element(Amd *amd, int pivot, int weight)
{
	Node	   *p = &amd->node[pivot];
	int			degree = 0,
				n_elements = p->n_elements,
				first,
				out;
	CoRc		rc = CO_OK;

	if (n_elements > 0 && bound_of_list(amd, p) > amd->room - amd->tail)
		rc = collect_garbage(amd);
	first = out = n_elements > 0 ? amd->tail : p->start;
	amd->weight[pivot] = -weight;
	for (int k = p->start; k < p->start + n_elements && !rc; k++)
	{
		int			e = amd->index[k];

		if (amd->stamp[e] == DEAD)
			continue;
		out = gather(amd, amd->node[e].start, amd->node[e].length, out, &degree);
		amd->stamp[e] = DEAD;
		rc = tick(amd, amd->node[e].length);
	}
	out = gather(amd, p->start + n_elements, p->length - n_elements, out, &degree);
	if (n_elements > 0)
		amd->tail = out;
	p->start = first;
	p->length = out - first;
	p->n_elements = 0;
	p->degree = degree;
	amd->weight[pivot] = 0;
	amd->stamp[pivot] = OLD;
	return rc ? rc : tick(amd, p->length);
}

/* w(e) := |L_e \ L_p| for every element that meets L_p [ADD96, Algorithm 2]. */
static CoRc
count_outside(Amd *amd, const Node *p)
{
	const int  *index = amd->index;
	int		   *stamp = amd->stamp;
	CoRc		rc = CO_OK;

	for (int k = p->start; k < p->start + p->length && !rc; k++)
	{
		const Node *i = &amd->node[index[k]];
		int			weight = -amd->weight[index[k]];

		for (int t = i->start; t < i->start + i->n_elements; t++)
		{
			int			e = index[t];

			if (stamp[e] >= amd->base)
				stamp[e] -= weight;
			else if (stamp[e] != DEAD)
				stamp[e] = amd->base + amd->node[e].degree - weight;
		}
		rc = tick(amd, i->n_elements);
	}
	return rc;
}

/*
 * Remove from the list of variable i what is absorbed or covered by the new
 * element, which comes first.  An element without variables outside L_p is
 * absorbed although it was not in E_p (aggressive absorption).  Returns
 * |A_i \ L_p| + the sum of |L_e \ L_p|.
 */
static int
shorten_list(Amd *amd, int pivot, Node *i, unsigned *hash)
{
	int		   *index = amd->index;
	int			out = i->start,
				end = i->start + i->n_elements,
				n_elements;
	double		outside = 0.0;
	unsigned	sum = 0;

	for (int k = i->start; k < end; k++)
	{
		int			e = index[k];

		if (amd->stamp[e] > amd->base)
		{
			outside += amd->stamp[e] - amd->base;
			sum += (unsigned) e;
			index[out++] = e;
		}
		else
			amd->stamp[e] = DEAD;
	}
	n_elements = out - i->start;
	for (int k = end; k < i->start + i->length; k++)
	{
		int			j = index[k];

		if (amd->weight[j] > 0)
		{
			outside += amd->weight[j];
			sum += (unsigned) j;
			index[out++] = j;
		}
	}

	/*
	 * The pivot itself or an element of E_p is gone from the list, so there
	 * is room for one: the first entry of each part moves behind its part.
	 */
	index[out] = index[i->start + n_elements];
	index[i->start + n_elements] = index[i->start];
	index[i->start] = pivot;
	i->n_elements = n_elements + 1;
	i->length = out + 1 - i->start;
	*hash = sum;
	return outside < amd->n ? (int) outside : amd->n;
}

/*
 * Shorten the lists of L_p and sum up degrees, without the part of L_p itself.
 * A variable joined to nothing outside L_p is ordered with the pivot (mass
 * elimination); the others go to the bucket of their list.
 */
static CoRc
update_variables(Amd *amd, int pivot, int *weight)
{
	Node	   *p = &amd->node[pivot];
	CoRc		rc = CO_OK;

	for (int k = p->start; k < p->start + p->length && !rc; k++)
	{
		int			i = amd->index[k];
		Node	   *node = &amd->node[i];
		int			length = node->length,
					outside;
		unsigned	hash;

		outside = shorten_list(amd, pivot, node, &hash);
		if (outside == 0)
		{
			*weight -= amd->weight[i];
			p->degree += amd->weight[i];
			merge(amd, i, pivot);
		}
		else
		{
			if (outside < node->degree)
				node->degree = outside;
			hash %= (unsigned) amd->n;
			node->previous = (int) hash;
			node->next = amd->bucket[hash];
			amd->bucket[hash] = i;
		}
		rc = tick(amd, length);
	}
	return rc;
}

/* Does j have the entries that are stamped, as many as i has? */
static bool
has_equal_list(const Amd *amd, const Node *i, const Node *j)
{
	if (i->length != j->length || i->n_elements != j->n_elements)
		return false;
	for (int k = j->start + 1; k < j->start + j->length; k++)
		if (amd->stamp[amd->index[k]] != amd->base)
			return false;
	return true;
}

/* Merge the variables with the list of i that follow it in its bucket. */
static CoRc
merge_equals(Amd *amd, int i)
{
	Node	   *node = amd->node;
	int			last = i;
	CoRc		rc;

	for (int k = node[i].start + 1; k < node[i].start + node[i].length; k++)
		amd->stamp[amd->index[k]] = amd->base;
	rc = tick(amd, node[i].length);
	for (int j = node[i].next; j != NONE && !rc; j = node[last].next)
	{
		rc = tick(amd, node[i].length == node[j].length ? node[j].length : 0);
		if (has_equal_list(amd, &node[i], &node[j]))
		{
			node[last].next = node[j].next;
			amd->weight[i] += amd->weight[j];
			merge(amd, j, i);
		}
		else
			last = j;
	}
	amd->base++;
	return rc;
}

/* Stamps run up; before they overflow all start again. */
static void
raise_base(Amd *amd, int by)
{
	if (amd->base <= STAMP_LIMIT(amd->n) - 2 * amd->n - by)
	{
		amd->base += by;
		return;
	}
	for (int i = 0; i < amd->n; i++)
		if (amd->stamp[i] != DEAD)
			amd->stamp[i] = OLD;
	amd->base = OLD + 1;
}

static CoRc
find_supervariables(Amd *amd, const Node *p)
{
	CoRc		rc = CO_OK;

	for (int k = p->start; k < p->start + p->length && !rc; k++)
	{
		int			i = amd->index[k];
		int			hash = amd->node[i].previous;

		if (amd->weight[i] == 0)
			continue;
		i = amd->bucket[hash];
		amd->bucket[hash] = NONE;
		for (; i != NONE && amd->node[i].next != NONE && !rc; i = amd->node[i].next)
			rc = merge_equals(amd, i);
	}
	return rc;
}

/*
 * What is left of L_p is the element; its variables go back to the lists of
 * their degree, d_i = min(n - k, d_i + |L_p \ i|, the sum above + |L_p \ i|)
 * [ADD96, section 4].
 */
static CoRc
close_element(Amd *amd, int pivot)
{
	Node	   *p = &amd->node[pivot];
	int			end = p->start + p->length,
				out = p->start;

	for (int k = p->start; k < end; k++)
	{
		int			i = amd->index[k],
					weight = -amd->weight[i];
		double		degree;

		if (weight == 0)
			continue;
		degree = (double) amd->node[i].degree + p->degree - weight;
		amd->weight[i] = weight;
		amd->node[i].degree = degree < amd->n_left - weight ? (int) degree : amd->n_left - weight;
		link_variable(amd, i);
		amd->index[out++] = i;
	}
	if (end == amd->tail)
		amd->tail = out;
	p->length = out - p->start;
	if (p->length == 0)
		amd->stamp[pivot] = DEAD;
	return tick(amd, end - p->start);
}

static CoRc
eliminate(Amd *amd, int pivot)
{
	Node	   *p = &amd->node[pivot];
	int			weight = amd->weight[pivot];
	CoRc		rc;

	rc = form_element(amd, pivot, weight);
	if (p->degree > amd->largest)
		amd->largest = p->degree;
	if (!rc)
		rc = count_outside(amd, p);
	if (!rc)
		rc = update_variables(amd, pivot, &weight);
	raise_base(amd, amd->largest + 1);
	if (!rc)
		rc = find_supervariables(amd, p);
	if (rc)
		return rc;
	raise_base(amd, 0);
	amd->n_left -= weight;
	emit(amd, pivot);
	return close_element(amd, pivot);
}

/* Dense rows leave the graph; the others go to the lists of their degree. */
static CoRc
sort_rows(Amd *amd, const CoAmdPattern *pattern)
{
	double		dense = fmax(DENSE_LEAST, DENSE_FACTOR * sqrt(amd->n));
	CoRc		rc = CO_OK;

	for (int i = 0; i < amd->n && !rc; i++)
	{
		Node	   *node = &amd->node[i];

		node->start = pattern->start[i];
		node->length = node->degree = pattern->length[i];
		node->n_elements = 0;
		node->merged = node->merged_last = NONE;
		amd->head[i] = amd->bucket[i] = NONE;
		amd->weight[i] = node->length <= dense;
		amd->stamp[i] = node->length <= dense ? OLD : DEAD;
		if (node->length > dense)
			amd->perm[--amd->n_left] = i;
		rc = tick(amd, 1);
	}
	amd->least = amd->n;
	for (int i = 0; i < amd->n && !rc; i++)
		if (amd->weight[i] > 0)
		{
			link_variable(amd, i);
			rc = tick(amd, 1);
		}
	return rc;
}

/* The newest variable of least degree leaves the lists. */
static CoRc
take_pivot(Amd *amd, int *pivot)
{
	int			from = amd->least;

	while (amd->head[amd->least] == NONE)
		amd->least++;
	*pivot = amd->head[amd->least];
	unlink_variable(amd, *pivot);
	return co_tick(&amd->ticker, amd->least - from);
}

static CoRc
take_amd(CoArena *arena, const CoAmdPattern *pattern, Amd *amd)
{
	size_t		n = (size_t) pattern->n;

	if (n > INT_MAX / 16 || pattern->room > INT_MAX)
		return CO_NO_MEMORY;	/* stamps and places are counted in int */
	amd->room = (int) pattern->room;
	amd->node = co_take(arena, n, sizeof(Node));
	amd->weight = co_take_ints(arena, n);
	amd->stamp = co_take_ints(arena, n);
	amd->head = co_take_ints(arena, n);
	amd->bucket = co_take_ints(arena, n);
	return co_arena_failed(arena);
}

CoRc
co_amd_order(CoArena *arena, const CoAmdPattern *pattern, int *perm)
{
	CoMark		mark = co_mark(arena);
	Amd			amd = {.ticker = co_ticker(arena), .n = pattern->n, .n_left = pattern->n,
	.index = pattern->index, .tail = pattern->n_entries, .base = OLD + 1, .perm = perm};
	CoRc		rc = take_amd(arena, pattern, &amd);
	int			pivot;

	if (!rc)
		rc = sort_rows(&amd, pattern);
	while (!rc && amd.n_left > 0)
	{
		rc = take_pivot(&amd, &pivot);
		if (!rc)
			rc = eliminate(&amd, pivot);
	}
	co_rewind(arena, mark);
	return rc;
}
