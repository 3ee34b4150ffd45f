/*-------------------------------------------------------------------------
 *
 * nlp/presolve.c
 *	  The driver of the presolve: state, queues, rounds, the reduced problem.
 *
 * A round drains the queues of rows and columns, then looks for dominated
 * columns, duplicate rows and duplicate columns; rounds go on until one
 * changes nothing.  Bounds are tightened only where a row disappears into
 * them (singleton rows): implied bounds are used to find reductions and then
 * forgotten, since an interior point method is hurt by bounds that are active
 * without need.
 *
 * A reduction that costs more than it brings does not exist here (no fill), so
 * the limits are on work alone: MAX_ROUNDS rounds and WORK_FACTOR visits of
 * each entry.
 *
 * Verdicts are proved: a certificate is carried back to the original problem
 * and judged there (nlp/residual.h).  What cannot be proved is left to the
 * solver.
 *
 *-------------------------------------------------------------------------
 */
#include "nlp/presolve_private.h"

#include <string.h>

#include "base/vec.h"
#include "linalg/ticker.h"
#include "nlp/residual.h"

#define MAX_ROUNDS		10		/* Netlib is at its fixpoint after 5 */
#define WORK_FACTOR		100
#define POLL_ENTRIES	(CO_POLL_WORK / 16) /* a visit is a cache miss */

/*
 * State and tables of a row or column: 76 bytes in take_state(), 16 in the
 * hash table, 24 in the reduced problem, 16 of new and old numbers.
 */
#define BYTES_PER_LINE	132.0

/* Each proposal that fails costs a pass over the whole problem. */
#define MAX_UNPROVED	8

CoRc
co_presolve_tick(CoPresolve *p, int64_t work)
{
	p->work += work + 1;
	if (p->work < p->next_poll)
		return CO_OK;
	p->next_poll = p->work + POLL_ENTRIES;
	return co_poll(p->arena);
}

CoStep *
co_presolve_push(CoPresolve *p, CoStepKind kind, int row, int col)
{
	CoStep	   *step = &p->step[p->n_step++];

	memset(step, 0, sizeof *step);
	step->kind = kind;
	step->row = row;
	step->col = col;
	step->other = -1;
	return step;
}

static void
push_queue(CoQueue *queue, int i)
{
	int			at;

	if (queue->waits[i])
		return;
	queue->waits[i] = true;
	at = queue->head + queue->count++;
	queue->item[at < queue->size ? at : at - queue->size] = i;
}

static int
pop_queue(CoQueue *queue)
{
	int			i = queue->item[queue->head];

	queue->head = queue->head + 1 < queue->size ? queue->head + 1 : 0;
	queue->count--;
	queue->waits[i] = false;
	return i;
}

void
co_presolve_queue_row(CoPresolve *p, int i)
{
	if (p->row_alive[i] && !p->row_frozen[i])
		push_queue(&p->row_queue, i);
}

void
co_presolve_queue_col(CoPresolve *p, int j)
{
	if (p->col_alive[j])
		push_queue(&p->col_queue, j);
}

void
co_presolve_queue_rows_of(CoPresolve *p, int j)
{
	const CoCsc *a = &p->qp->a;

	for (int k = a->start[j]; k < a->start[j + 1]; k++)
		co_presolve_queue_row(p, a->index[k]);
	co_presolve_queue_col(p, j);
	p->work += a->start[j + 1] - a->start[j];
}

void
co_presolve_remove_row(CoPresolve *p, int i)
{
	const CoCsc *rows = &p->rows;

	p->row_alive[i] = false;
	for (int k = rows->start[i]; k < rows->start[i + 1]; k++)
		if (co_presolve_counts(rows, k, p->col_alive))
		{
			p->col_len[rows->index[k]]--;
			if (p->col_len[rows->index[k]] <= 1)
				co_presolve_queue_col(p, rows->index[k]);
		}
	p->work += rows->start[i + 1] - rows->start[i];
}

/*
 * A column that goes with the width of its bounds (a fixed one, a merged one)
 * leaves activity and sides of its rows in step: they are looked at again only
 * when they have become short.
 */
void
co_presolve_remove_col(CoPresolve *p, int j, bool activity_changes)
{
	const CoCsc *a = &p->qp->a;

	p->col_alive[j] = false;
	for (int k = a->start[j]; k < a->start[j + 1]; k++)
		if (co_presolve_counts(a, k, p->row_alive))
		{
			p->row_len[a->index[k]]--;
			if (activity_changes || p->row_len[a->index[k]] <= 1)
				co_presolve_queue_row(p, a->index[k]);
		}
	p->work += a->start[j + 1] - a->start[j];
}

/* The verdict stays where the certificate on the whole problem has a margin. */
static CoRc
keep_if_proved(CoPresolve *p, double margin, CoMark mark, CoRc rc)
{
	if (margin <= 0.0)
	{
		p->verdict = CO_PRESOLVE_REDUCED;
		p->n_unproved++;
	}
	co_rewind(p->arena, mark);
	return rc;
}

CoRc
co_presolve_propose_infeasible(CoPresolve *p, const CoCertificate *y)
{
	CoMark		mark = co_mark(p->arena);
	double	   *full;
	double		margin = -1.0;
	CoRc		rc;

	if (p->n_unproved >= MAX_UNPROVED)
		return CO_OK;
	full = co_take_doubles(p->arena, (size_t) p->qp->m);
	rc = co_arena_failed(p->arena);
	p->certificate = *y;
	p->verdict = CO_PRESOLVE_INFEASIBLE;
	if (!rc)
		rc = co_postsolve_infeasible(p->arena, p, NULL, full);
	if (!rc)
		rc = co_qp_check_infeasible(p->arena, p->qp, full, &margin);
	return keep_if_proved(p, margin, mark, rc);
}

CoRc
co_presolve_propose_unbounded(CoPresolve *p, int j, double direction)
{
	CoMark		mark = co_mark(p->arena);
	double	   *full;
	double		margin = -1.0;
	CoRc		rc;

	if (p->n_unproved >= MAX_UNPROVED)
		return CO_OK;
	full = co_take_doubles(p->arena, (size_t) p->qp->n);
	rc = co_arena_failed(p->arena);
	p->certificate = (CoCertificate) {1, {j, -1}, {direction, 0.0}};
	p->verdict = CO_PRESOLVE_UNBOUNDED;
	if (!rc)
		rc = co_postsolve_ray(p->arena, p, NULL, full);
	if (!rc)
		rc = co_qp_check_unbounded(p->arena, p->qp, full, &margin);
	return keep_if_proved(p, margin, mark, rc);
}

static void
take_queue(CoArena *arena, int size, CoQueue *queue)
{
	queue->item = co_take_ints(arena, (size_t) size);
	queue->waits = co_take_zero(arena, (size_t) size, sizeof(bool));
	queue->size = size;
	queue->head = queue->count = 0;
}

/*
 * Bytes of the state, of A by rows, of the tables of duplicates and of a
 * reduced problem as large as the whole.
 */
static double
count_bytes(const CoQp *qp)
{
	double		n = qp->n,
				m = qp->m;

	return n * (BYTES_PER_LINE + sizeof(CoStep)) + m * (BYTES_PER_LINE + sizeof(CoStep)) +
		(double) (sizeof(int) + sizeof(double)) * (2.0 * co_csc_nnz(&qp->a) + co_csc_nnz(&qp->p));
}

static CoRc
take_state(CoArena *arena, CoPresolve *p)
{
	size_t		m = (size_t) p->qp->m;
	size_t		n = (size_t) p->qp->n;
	CoRc		rc;

	p->cl = co_take_doubles(arena, m);
	p->cu = co_take_doubles(arena, m);
	p->shift = co_take_zero(arena, m, sizeof(CoDot2));
	p->shift_size = co_take_zero_doubles(arena, m);
	p->row_max = co_take_zero_doubles(arena, m);
	p->row_alive = co_take(arena, m, sizeof(bool));
	p->row_frozen = co_take_zero(arena, m, sizeof(bool));
	p->row_len = co_take_zero_ints(arena, m);
	rc = co_poll_pass(arena, p->qp->m);
	if (rc)
		return rc;
	p->xl = co_take_doubles(arena, n);
	p->xu = co_take_doubles(arena, n);
	p->cost = co_take_zero(arena, n, sizeof(CoDot2));
	p->cost_size = co_take_zero_doubles(arena, n);
	p->col_alive = co_take(arena, n, sizeof(bool));
	p->col_len = co_take_zero_ints(arena, n);
	p->p_len = co_take_zero_ints(arena, n);
	p->p_diagonal = co_take_zero_doubles(arena, n);
	p->merged_into = co_take_ints(arena, n);
	p->merged_factor = co_take_doubles(arena, n);
	p->step = co_take(arena, n + m, sizeof(CoStep));
	take_queue(arena, p->qp->m, &p->row_queue);
	take_queue(arena, p->qp->n, &p->col_queue);
	return co_arena_failed(arena);
}

static void
fill_state(CoPresolve *p)
{
	const CoQp *qp = p->qp;

	co_copy(qp->m, qp->cl, p->cl);
	co_copy(qp->m, qp->cu, p->cu);
	co_copy(qp->n, qp->xl, p->xl);
	co_copy(qp->n, qp->xu, p->xu);
	memset(p->row_alive, true, (size_t) qp->m * sizeof(bool));
	memset(p->col_alive, true, (size_t) qp->n * sizeof(bool));
	p->c0.hi = qp->c0;
	for (int j = 0; j < qp->n; j++)
	{
		p->cost[j].hi = qp->c[j];
		p->merged_into[j] = -1;
	}
}

static CoRc
count_entries(CoPresolve *p)
{
	const CoCsc *a = &p->qp->a;
	const CoCsc *q = &p->qp->p;

	for (int j = 0; j < a->ncol; j++)
	{
		CoRc		rc = co_presolve_tick(p, a->start[j + 1] - a->start[j]);

		if (rc)
			return rc;
		for (int k = a->start[j]; k < a->start[j + 1]; k++)
			if (a->value[k] != 0.0)
			{
				p->col_len[j]++;
				p->row_len[a->index[k]]++;
				p->row_max[a->index[k]] = fmax(p->row_max[a->index[k]], fabs(a->value[k]));
			}
	}
	for (int j = 0; j < q->ncol; j++)
	{
		CoRc		rc = co_presolve_tick(p, q->start[j + 1] - q->start[j]);

		if (rc)
			return rc;
		for (int k = q->start[j]; k < q->start[j + 1]; k++)
		{
			int			i = q->index[k];

			if (i == j)
				p->p_diagonal[j] = q->value[k];
			else if (q->value[k] != 0.0)
			{
				p->p_len[i]++;
				p->p_len[j]++;
			}
		}
	}
	return CO_OK;
}

static CoRc
drain_queues(CoPresolve *p)
{
	CoRc		rc = CO_OK;

	while (!rc && p->verdict == CO_PRESOLVE_REDUCED && p->work < p->work_limit)
	{
		if (p->row_queue.count > 0)
		{
			int			i = pop_queue(&p->row_queue);

			rc = co_presolve_tick(p, p->rows.start[i + 1] - p->rows.start[i]);
			if (!rc)
				rc = co_presolve_row(p, i);
		}
		else if (p->col_queue.count > 0)
		{
			rc = co_presolve_tick(p, 1);
			if (!rc)
				rc = co_presolve_column(p, pop_queue(&p->col_queue));
		}
		else
			break;
	}
	return rc;
}

static CoRc
run_rounds(CoPresolve *p)
{
	CoRc		rc = CO_OK;

	for (int i = 0; i < p->qp->m; i++)
		co_presolve_queue_row(p, i);

	for (int round = 0; round < MAX_ROUNDS; round++)
	{
		int			before = p->n_step;

		/* Whether a row stops a singleton column depends on all of the row. */
		for (int j = 0; j < p->qp->n; j++)
			if (round == 0 || p->col_len[j] == 1)
				co_presolve_queue_col(p, j);
		rc = co_poll_pass(p->arena, p->qp->n);
		if (!rc)
			rc = drain_queues(p);
		if (!rc && p->verdict == CO_PRESOLVE_REDUCED)
			rc = co_presolve_dominated(p);
		if (!rc && p->verdict == CO_PRESOLVE_REDUCED)
			rc = co_presolve_duplicate_rows(p);
		if (!rc && p->verdict == CO_PRESOLVE_REDUCED)
			rc = co_presolve_duplicate_columns(p);
		if (rc || p->verdict != CO_PRESOLVE_REDUCED || p->n_step == before ||
			p->work >= p->work_limit)
			break;
	}
	return rc;
}

/* kept[new] = old and back[old] = new, -1 where dead; the number kept */
static int
number_alive(int n, const bool *alive, int *kept, int *back)
{
	int			count = 0;

	for (int i = 0; i < n; i++)
	{
		back[i] = alive[i] ? count : -1;
		if (alive[i])
			kept[count++] = i;
	}
	return count;
}

/* The columns kept, with the rows that have a new number. */
static CoRc
extract(CoPresolve *p, const CoCsc *from, int nrow, int ncol, const int *kept_col,
		const int *new_row, CoCsc *out)
{
	size_t		nnz = 0;
	int			fill = 0;

	for (int j = 0; from->ncol > 0 && j < ncol; j++)
	{
		int			old = kept_col[j];
		CoRc		rc = co_presolve_tick(p, from->start[old + 1] - from->start[old]);

		if (rc)
			return rc;
		for (int k = from->start[old]; k < from->start[old + 1]; k++)
			nnz += new_row[from->index[k]] >= 0 && from->value[k] != 0.0;
	}
	out->nrow = nrow;
	out->ncol = ncol;
	out->start = co_take_zero_ints(p->arena, (size_t) ncol + 1);
	out->index = co_take_ints(p->arena, nnz);
	out->value = co_take_doubles(p->arena, nnz);
	if (co_arena_failed(p->arena))
		return co_arena_failed(p->arena);
	if (from->ncol == 0)
		return CO_OK;
	for (int j = 0; j < ncol; j++)
	{
		int			old = kept_col[j];
		CoRc		rc = co_presolve_tick(p, from->start[old + 1] - from->start[old]);

		if (rc)
			return rc;
		for (int k = from->start[old]; k < from->start[old + 1]; k++)
		{
			int			i = new_row[from->index[k]];

			if (i < 0 || from->value[k] == 0.0)
				continue;
			out->index[fill] = i;
			out->value[fill++] = from->value[k];
		}
		out->start[j + 1] = fill;
	}
	return CO_OK;
}

static CoRc
fill_reduced(CoPresolve *p)
{
	CoQp	   *reduced = &p->reduced;
	CoRc		rc;

	reduced->c0 = co_dot2_value(p->c0);
	reduced->c = co_take_doubles(p->arena, (size_t) reduced->n);
	reduced->xl = co_take_doubles(p->arena, (size_t) reduced->n);
	reduced->xu = co_take_doubles(p->arena, (size_t) reduced->n);
	reduced->cl = co_take_doubles(p->arena, (size_t) reduced->m);
	reduced->cu = co_take_doubles(p->arena, (size_t) reduced->m);
	if (co_arena_failed(p->arena))
		return co_arena_failed(p->arena);
	for (int j = 0; j < reduced->n; j++)
	{
		reduced->c[j] = co_presolve_cost(p, p->kept_col[j]);
		reduced->xl[j] = p->xl[p->kept_col[j]];
		reduced->xu[j] = p->xu[p->kept_col[j]];
	}
	rc = co_poll_pass(p->arena, reduced->n);
	for (int i = 0; i < reduced->m && !rc; i++)
	{
		reduced->cl[i] = co_presolve_lower(p, p->kept_row[i]);
		reduced->cu[i] = co_presolve_upper(p, p->kept_row[i]);
	}
	return rc ? rc : co_poll_pass(p->arena, reduced->m);
}

static CoRc
build_reduced(CoPresolve *p)
{
	const CoQp *qp = p->qp;
	int		   *new_row;
	CoRc		rc;

	p->kept_row = co_take_ints(p->arena, (size_t) qp->m);
	p->kept_col = co_take_ints(p->arena, (size_t) qp->n);
	new_row = co_take_ints(p->arena, (size_t) qp->m);
	p->new_col = co_take_ints(p->arena, (size_t) qp->n);
	rc = co_arena_failed(p->arena);
	if (!rc)
		rc = co_poll_pass(p->arena, (double) qp->n + qp->m);
	if (rc)
		return rc;
	p->reduced.m = number_alive(qp->m, p->row_alive, p->kept_row, new_row);
	p->reduced.n = number_alive(qp->n, p->col_alive, p->kept_col, p->new_col);
	if (p->reduced.n == 0 && p->reduced.m == 0 && p->verdict == CO_PRESOLVE_REDUCED)
		p->verdict = CO_PRESOLVE_SOLVED;
	if (p->n_step == 0 && !p->side_dropped)
	{
		p->reduced = *qp;
		return CO_OK;
	}
	rc = fill_reduced(p);
	if (!rc)
		rc = extract(p, &qp->a, p->reduced.m, p->reduced.n, p->kept_col, new_row, &p->reduced.a);
	if (!rc)
		rc = extract(p, &qp->p, p->reduced.n, p->reduced.n, p->kept_col, p->new_col,
					 &p->reduced.p);
	return rc;
}

CoRc
co_presolve(CoArena *arena, const CoQp *qp, CoPresolveVerdict *verdict, CoPresolve **out)
{
	CoPresolve *p = co_take_zero(arena, 1, sizeof *p);
	CoRc		rc;

	if (!p)
		return co_arena_failed(arena);
	p->arena = arena;
	p->qp = qp;
	p->verdict = CO_PRESOLVE_REDUCED;
	p->next_poll = POLL_ENTRIES;
	p->work_limit = WORK_FACTOR * ((int64_t) qp->n + qp->m + co_csc_nnz(&qp->a) +
								   co_csc_nnz(&qp->p) + 1);
	rc = co_arena_plan(arena, count_bytes(qp));
	if (!rc)
		rc = take_state(arena, p);
	if (!rc)
		rc = co_poll_pass(arena, qp->n);
	if (!rc)
		rc = co_csc_transpose(arena, &qp->a, &p->rows);
	if (!rc)
		rc = co_poll_pass(arena, (double) qp->n + qp->m);
	if (rc)
		return rc;
	fill_state(p);
	rc = co_poll_pass(arena, (double) qp->n + qp->m);
	if (rc)
		return rc;
	if (co_sides_cross(qp->m, qp->cl, qp->cu) || co_sides_cross(qp->n, qp->xl, qp->xu))
		p->verdict = CO_PRESOLVE_INFEASIBLE;
	else
	{
		rc = count_entries(p);
		if (!rc)
			rc = run_rounds(p);
		if (!rc && p->verdict != CO_PRESOLVE_INFEASIBLE)
			rc = build_reduced(p);
	}
	*verdict = p->verdict;
	*out = p;
	return rc;
}

const CoQp *
co_presolve_reduced(const CoPresolve *presolve)
{
	return &presolve->reduced;
}

const CoPresolveStats *
co_presolve_stats(const CoPresolve *presolve)
{
	return &presolve->stats;
}

/*
 * A merged variable is x + a x_other (and so on, when that was merged again);
 * where only some of them are given the others count as zero.
 */
void
co_presolve_point(const CoPresolve *presolve, const double *x, double *reduced_x)
{
	const CoPresolve *p = presolve;

	for (int j = 0; j < p->reduced.n; j++)
		reduced_x[j] = x[p->kept_col[j]];
	for (int j = 0; j < p->qp->n && p->reduced.n > 0 && p->stats.n_duplicate_column > 0; j++)
	{
		double		factor = 1.0;
		int			into = j;
		double	   *sum;

		for (; p->merged_into[into] >= 0; into = p->merged_into[into])
			factor *= p->merged_factor[into];
		if (into == j || p->new_col[into] < 0 || isnan(x[j]))
			continue;
		sum = &reduced_x[p->new_col[into]];
		*sum = (isnan(*sum) ? 0.0 : *sum) + factor * x[j];
	}
}
