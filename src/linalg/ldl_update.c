/*-------------------------------------------------------------------------
 *
 * linalg/ldl_update.c
 *	  The update of a front's CB, and its way to the parent.
 *
 * As soon as a few columns are final they are added to the parent's panel and
 * CB, while they are in the cache.
 *
 *-------------------------------------------------------------------------
 */
#include "linalg/ldl_private.h"

/* Where a front's columns go. */
typedef struct Target
{
	double	   *panel,
			   *cb;
	int			np,
				ld_panel,
				ld_cb;
	const CoKernels *kernels;
	const int  *relative;		/* by CB row of the child */
	int			m;				/* rows of the child's CB */
	int			run;			/* from here on the rows are consecutive */
} Target;

static Target
find_target(const CoLdl *ldl, const CoFront *front)
{
	const CoFront *parent = &ldl->front[front->parent];
	Target		target = {
		.panel = ldl->l + parent->l_at,
		.cb = ldl->stack + parent->cb_at,
		.np = parent->np,
		.ld_panel = parent->nf,
		.ld_cb = co_cb_stride(co_front_rows_below(parent)),
		.kernels = ldl->kernels,
		.relative = ldl->relative + front->row_at,
		.m = co_front_rows_below(front),
	};

	target.run = target.m - 1;
	while (target.run > 0 &&
		   target.relative[target.run - 1] == target.relative[target.run] - 1)
		target.run--;
	return target;
}

/* The column of the parent that takes column j, indexed by relative[]. */
static double *
target_column(const Target *target, int j)
{
	int			place = target->relative[j];

	if (place < target->np)
		return target->panel + (size_t) place * target->ld_panel;
	return target->cb + (size_t) (place - target->np) * target->ld_cb - target->np;
}

/* Add column j of the child's CB; column[i] is its row i, i >= j. */
static void
add_column(const Target *target, int j, const double *column)
{
	double	   *to = target_column(target, j);
	const int  *relative = target->relative;
	int			i = j;

	for (; i < target->run; i++)
		to[relative[i]] += column[i];
	if (target->m - i >= CO_LANES)
		target->kernels->add(target->m - i, column + i, to + relative[i]);
	else
		for (; i < target->m; i++)
			to[relative[i]] += column[i];
}

/* w[q][c] := (D L')[q][c] of the CB columns j .. j + 3, rows of width 4 */
static void
scale_few(const CoLdl *ldl, const CoFront *front, const double *l, int j, double *w)
{
	int			n = co_front_rows_below(front) - j;

	if (n > CO_KERNEL_COLUMNS)
		n = CO_KERNEL_COLUMNS;
	for (int q = 0; q < front->np; q++)
	{
		const double *x = l + j + (size_t) q * front->nf;
		double		d = ldl->d[q];

		for (int c = 0; c < n; c++)
			w[4 * q + c] = x[c] * d;
		for (int c = n; c < CO_KERNEL_COLUMNS; c++)
			w[4 * q + c] = 0.0;
	}
	for (int q = 0; q < front->np; q++)
		if (ldl->e[q] != 0.0)
		{
			const double *x = l + j + (size_t) q * front->nf;

			for (int c = 0; c < n; c++)
			{
				w[4 * q + c] += x[c + front->nf] * ldl->e[q];
				w[4 * q + 4 + c] += x[c] * ldl->e[q];
			}
		}
}

/* A leaf with one pivot: its update goes to the parent without a CB. */
static void
pass_up_single(const Target *target, const double *l, double d)
{
	for (int j = 0; j < target->m; j++)
	{
		double	   *to = target_column(target, j);
		double		w = l[j] * d;
		int			i;

		if (w == 0.0)
			continue;
		for (i = j; i < target->run; i++)
			to[target->relative[i]] -= l[i] * w;
		if (target->m - i >= CO_LANES)
			target->kernels->rank1(target->m - i, w, l + i, to + target->relative[i]);
		else
			for (; i < target->m; i++)
				to[target->relative[i]] -= l[i] * w;
	}
}

/* Update the CB four columns at a time, each added to the parent while hot. */
static CoRc
pass_up_small(CoLdl *ldl, CoTicker *ticker, const CoFront *front, const Target *target)
{
	const double *l = ldl->l + front->l_at + front->np;
	int			m = target->m,
				ld = co_cb_stride(m);
	CoRc		rc = CO_OK;

	for (int j = 0; j < m && !rc; j += CO_KERNEL_COLUMNS)
	{
		int			from = ld > CO_HALF_LANES ? j / CO_LANES * CO_LANES : 0;
		double	   *c = front->has_child ?
			ldl->stack + front->cb_at + (size_t) j * ld : ldl->leaf_block;

		scale_few(ldl, front, l, j, ldl->coefficient);
		ldl->kernels->update(ld - from, front->np, l + from, front->nf, ldl->coefficient,
							 c + from, ld, !front->has_child);
		for (int i = j; i < m && i < j + CO_KERNEL_COLUMNS; i++, c += ld)
			add_column(target, i, c);
		rc = co_tick(ticker, (double) (ld - from) * (4.0 * front->np + 4.0));
	}
	return rc;
}

/* The same by wide column blocks and borrowed products. */
static CoRc
pass_up_large(CoLdl *ldl, CoTicker *ticker, const CoFront *front, const Target *target)
{
	const double *l = ldl->l + front->l_at + front->np;
	int			m = target->m,
				ld = co_cb_stride(m);
	CoRc		rc = CO_OK;

	for (int j = 0; j < m && !rc; j += CO_UPDATE_COLUMNS)
	{
		int			n = m - j < CO_UPDATE_COLUMNS ? m - j : CO_UPDATE_COLUMNS;
		double	   *c = front->has_child ?
			ldl->stack + front->cb_at + (size_t) j * ld : ldl->leaf_block;

		for (int q = 0; q < front->np; q++)
		{
			const double *x = l + j + (size_t) q * front->nf;
			double	   *w = ldl->coefficient + (size_t) q * n;
			double		d = ldl->d[q],
						e = ldl->e[q],
						e_before = q > 0 ? ldl->e[q - 1] : 0.0;

			for (int i = 0; i < n; i++)
				w[i] = x[i] * d;
			if (e != 0.0)
				for (int i = 0; i < n; i++)
					w[i] += x[i + front->nf] * e;
			if (e_before != 0.0)
				for (int i = 0; i < n; i++)
					w[i] += x[i - front->nf] * e_before;
		}
		rc = co_large_update(ldl, ticker, m - j, n, front->np, l + j, front->nf,
							 ldl->coefficient, n, c + j, ld, !front->has_child);
		for (int i = j; i < j + n && !rc; i++, c += ld)
		{
			add_column(target, i, c);
			rc = co_tick(ticker, (double) (m - i));
		}
	}
	return rc;
}

/* The parent is active. */
CoRc
co_ldl_pass_up(CoLdl *ldl, CoTicker *ticker, const CoFront *front)
{
	Target		target;

	if (front->parent == -1 || front->nf == front->np)
		return CO_OK;
	target = find_target(ldl, front);
	if (co_front_is_large(front->np, front->nf))
		return pass_up_large(ldl, ticker, front, &target);
	if (front->np > 1 || front->has_child)
		return pass_up_small(ldl, ticker, front, &target);
	pass_up_single(&target, ldl->l + front->l_at + 1, ldl->d[0]);
	return co_tick(ticker, 0.5 * target.m * target.m);
}
