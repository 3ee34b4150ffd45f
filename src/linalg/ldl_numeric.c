/*-------------------------------------------------------------------------
 *
 * linalg/ldl_numeric.c
 *	  The traversal: assemble a front, eliminate its pivots, pass its update
 *	  up to the parent.
 *
 * [DR83] Duff, Reid, "The multifrontal solution of indefinite sparse symmetric
 * linear equations", ACM TOMS 9 (1983) 302-325.
 *
 * Assembly is eager: as soon as a few columns of a CB are final they are added
 * to the parent's panel and CB.  A front with many children, as a dense row of
 * K makes, thus holds one CB and not one for each child.
 *
 *-------------------------------------------------------------------------
 */
#include "linalg/ldl_private.h"

#include <string.h>

/* Doubles cleared between two polls: first use of a page is slow. */
#define CLEAR_STEP	((size_t) 1 << 16)

typedef struct Run				/* one factorization */
{
	CoLdl	   *ldl;
	const double *value;
	const signed char *sign;
	CoTicker	ticker;
	CoInertia	inertia;
} Run;

static CoRc
clear(Run *run, double *x, size_t n)
{
	CoRc		rc = CO_OK;

	while (n > 0 && !rc)
	{
		size_t		step = n < CLEAR_STEP ? n : CLEAR_STEP;

		memset(x, 0, step * sizeof(double));
		x += step;
		n -= step;
		rc = co_tick(&run->ticker, CO_ACCESS_COST * (double) step);
	}
	return rc;
}

/*
 * Add K's entries of the front's pivot columns.  Their largest so far is a
 * bound for every row whose pivot's turn has come: its entries belong to
 * columns that come no later.
 */
static CoRc
add_entries(Run *run, const CoFront *front)
{
	CoLdl	   *ldl = run->ldl;
	double	   *column = ldl->l + front->l_at;
	double		largest = ldl->largest,
				defect = 0.0;	/* becomes NaN with the first that is not
								 * finite */
	CoRc		rc = CO_OK;

	for (int k = 0; k < front->np && !rc; k++, column += front->nf)
	{
		int			j = front->first + k;

		for (int p = ldl->entry_start[j]; p < ldl->entry_start[j + 1]; p++)
		{
			double		v = run->value[ldl->entry_source[p]];

			column[ldl->entry_row[p]] += v;
			v = fabs(v);
			defect += v - v;
			if (v > largest)
				largest = v;
		}
		rc = co_tick(&run->ticker,
					 CO_ACCESS_COST * (ldl->entry_start[j + 1] - ldl->entry_start[j]));
	}
	ldl->largest = largest;
	return rc ? rc : defect == 0.0 ? CO_OK : CO_NOT_FINITE;
}

static CoRc
find_norms(CoLdl *ldl)
{
	CoTicker	ticker = co_ticker(ldl->arena);
	CoRc		rc = CO_OK;

	memset(ldl->norm, 0, (size_t) ldl->n * sizeof(double));
	for (int f = 0; f < ldl->n_fronts && !rc; f++)
	{
		const CoFront *front = &ldl->front[f];
		const int  *below = ldl->row + front->row_at;

		for (int j = front->first; j < front->first + front->np && !rc; j++)
		{
			for (int p = ldl->entry_start[j]; p < ldl->entry_start[j + 1]; p++)
			{
				double		v = fabs(ldl->value[ldl->entry_source[p]]);
				int			i = ldl->entry_row[p];

				i = i < front->np ? front->first + i : below[i - front->np];
				ldl->norm[i] = fmax(ldl->norm[i], v);
				ldl->norm[j] = fmax(ldl->norm[j], v);
			}
			rc = co_tick(&ticker,
						 CO_ACCESS_COST * (ldl->entry_start[j + 1] - ldl->entry_start[j]));
		}
	}
	return rc;
}

/*
 * The largest entry of the row of the k-th pivot.  The rare caller deep in a
 * front cannot stop the factorization: a cancel is noted for the traversal.
 */
double
co_ldl_row_norm(CoLdl *ldl, int k)
{
	if (!ldl->norm_known)
	{
		ldl->interrupted = find_norms(ldl);
		ldl->norm_known = true;
	}
	return ldl->norm[k];
}

static CoRc
activate(Run *run, CoFront *front)
{
	CoLdl	   *ldl = run->ldl;
	CoRc		rc;

	front->active = true;
	rc = clear(run, ldl->l + front->l_at, (size_t) front->np * (size_t) front->nf);
	if (!rc && co_front_has_cb(front))
	{
		int			m = co_front_rows_below(front);

		rc = clear(run, ldl->stack + front->cb_at, (size_t) m * (size_t) co_cb_stride(m));
	}
	if (!rc)
		rc = add_entries(run, front);
	return rc;
}

/* Keep D^-1 and count the signs of D. */
static CoRc
finish_pivots(Run *run, const CoFront *front)
{
	CoLdl	   *ldl = run->ldl;
	double	   *d = ldl->d_inverse + front->first,
			   *e = ldl->e_inverse + front->first;
	double		defect = 0.0;

	for (int k = 0; k < front->np; k++)
	{
		e[k] = 0.0;
		if (ldl->e[k] == 0.0)
		{
			d[k] = 1.0 / ldl->d[k];
			if (ldl->d[k] > 0.0)
				run->inertia.n_positive++;
			else
				run->inertia.n_negative++;
		}
		else
		{
			double		a = ldl->d[k] / ldl->e[k],
						b = ldl->d[k + 1] / ldl->e[k],
						det = a * b - 1.0,
						scale = 1.0 / (ldl->e[k] * det);

			d[k] = b * scale;
			e[k] = -scale;
			d[k + 1] = a * scale;
			e[k + 1] = 0.0;
			if (det < 0.0)
			{
				run->inertia.n_positive++;
				run->inertia.n_negative++;
			}
			else if (ldl->d[k] > 0.0)
				run->inertia.n_positive += 2;
			else
				run->inertia.n_negative += 2;
			defect += d[k + 1] - d[k + 1];
			defect += e[k] - e[k];
			defect += d[k] - d[k];
			k++;
			continue;
		}
		defect += d[k] - d[k];
	}
	return defect == 0.0 ? CO_OK : CO_NOT_FINITE;
}

/* One pivot has no choice; false: it may have to be perturbed. */
static bool
eliminate_one(Run *run, const CoFront *front)
{
	CoLdl	   *ldl = run->ldl;
	double	   *a = ldl->l + front->l_at;
	double		d = a[0],
				inverse;

	if (co_pivot_is_negligible(d, ldl->largest))
		return false;
	inverse = 1.0 / d;
	for (int i = 1; i < front->nf; i++)
		a[i] *= inverse;
	ldl->d[0] = d;
	ldl->e[0] = 0.0;
	ldl->pivot_order[front->first] = 0;
	return true;
}

static CoRc
eliminate(Run *run, CoFront *front)
{
	CoLdl	   *ldl = run->ldl;
	bool		large = co_front_is_large(front->np, front->nf);
	CoBlock		block = {
		.a = ldl->l + front->l_at,
		.np = front->np,
		.nr = large ? front->np : front->nf,
		.ld = front->nf,
		.d = ldl->d,
		.e = ldl->e,
		.order = ldl->pivot_order + front->first,
		.swap = ldl->swap,
		.ldl = ldl,
		.first = front->first,
		.sign = run->sign,
		.row = ldl->perm + front->first,
		.column = ldl->column,
	};
	CoRc		rc = CO_OK;

	if (front->np > 1 || !eliminate_one(run, front))
	{
		if (large)
			rc = co_large_front(ldl, &run->ticker, front, &block);
		else
			co_block_factor(&block);
	}
	front->swapped = block.swapped;
	run->inertia.n_perturbed += block.n_perturbed;
	if (!rc)
		rc = ldl->interrupted;
	if (!rc)
		rc = finish_pivots(run, front);
	if (!rc)
		rc = co_tick(&run->ticker, (double) front->nf * front->np);
	return rc;
}

/* The BLAS is asked for only when a front is large enough to need it. */
static CoRc
need_blas(CoLdl *ldl)
{
	const CoEnv *env = ldl->arena->env;

	if (ldl->blas)
		return CO_OK;
	for (int f = 0; f < ldl->n_fronts; f++)
		if (co_front_is_large(ldl->front[f].np, ldl->front[f].nf))
		{
			ldl->blas = env->blas(env->self);
			return ldl->blas ? CO_OK : CO_NO_BLAS;
		}
	return CO_OK;
}

CoRc
co_ldl_numeric(CoLdl *ldl, const double *value, const signed char *sign,
			   CoInertia *inertia)
{
	Run			run = {.ldl = ldl, .value = value, .sign = sign};
	CoRc		rc = need_blas(ldl);

	run.ticker = co_ticker(ldl->arena);
	ldl->value = value;
	ldl->largest = 0.0;
	ldl->norm_known = false;
	ldl->interrupted = CO_OK;
	for (int f = 0; f < ldl->n_fronts; f++)
		ldl->front[f].active = false;
	for (int f = 0; f < ldl->n_fronts && !rc; f++)
	{
		CoFront    *front = &ldl->front[f];

		if (!front->active)
			rc = activate(&run, front);
		if (!rc)
			rc = eliminate(&run, front);
		if (!rc && front->parent != -1 && !ldl->front[front->parent].active)
			rc = activate(&run, &ldl->front[front->parent]);
		if (!rc)
			rc = co_ldl_pass_up(ldl, &run.ticker, front);
	}
	if (!rc && inertia)
		*inertia = run.inertia;
	return rc;
}
