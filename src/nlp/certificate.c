/*-------------------------------------------------------------------------
 *
 * nlp/certificate.c
 *	  The judge of nlp/residual.h: proofs that nothing is feasible, and that the
 *	  objective has no end.
 *
 * Signs are those of L, yhat and zhat those of residual.c, and side() is
 * co_residual_side(): with A'y + z = 0, every feasible x has
 *		0 = y'Ax + z'x <= S := sum yhat side(yhat) + sum zhat side(zhat),
 * so that S < 0 proves that there is none.  z is -A'y where the sign has a
 * finite bound to lean on (the rounding of such a z only rounds S); where it
 * has not, g[j] = (A'y)[j] is left over, and S < 0 only excludes the x with
 *		sum |g[j]| |x[j]| < -S.
 * The size at which x[j] would matter is T / (|A|'|y|)[j], T being the sum of
 * the absolute terms of S: this does not change when rows or variables are
 * scaled.  Proved is what excludes all x up to REACH times that size:
 *		margin = -S / T - REACH sum_j |g[j]| / (|A|'|y|)[j] - SEPARATION.
 *
 * A ray d (entries that a finite bound blocks are set to zero) likewise: any
 * multipliers of a bounded problem satisfy
 *		-c'd <= sum |y[i]| v[i] + sum |x[j]| |(Pd)[j]|,
 * v the growth of row i against a finite side of its own; with T the sum of
 * the absolute terms of c'd
 *		margin = -c'd / T - REACH (sum_i v[i] / (|A||d|)[i] + sum_j |(Pd)[j]| / (|P||d|)[j])
 *				 - SEPARATION.
 *
 * An iterate's y and d carry noise where zeros are meant, and a column that only
 * noise touches has a leftover of relative size 1.  So entries that are small,
 * beside what they are added to or beside the largest one, are set to zero, at
 * several levels, until the margin is positive; what is proved is proved by the
 * entries that remain.
 *
 *-------------------------------------------------------------------------
 */
#include "nlp/residual_private.h"

#include "base/vec.h"

/*
 * What a perturbation of the sides by 1e-9 of their size can undo is not
 * proved: a point that violates by so little would be called optimal.
 */
#define SEPARATION	1e-9

/* Of the terms of a sum: what is left of them is rounding. */
#define CANCELED	1e-12

/*
 * How much larger than its natural size a feasible x (or a multiplier) may be
 * without being seen: the relative leftovers of a proof must sum to less than
 * 1/REACH.  A problem whose only solutions lie farther out than that cannot be
 * told from an infeasible one at working precision, where the leftover of a
 * row combination is about 1e-15 relative per column.
 */
#define REACH		1e8

/* First beside what they are added to, then also beside the largest. */
typedef struct NoiseLevel
{
	double		local,
				global;
} NoiseLevel;

static const NoiseLevel noise_level[] = {
	{0.0, 0.0}, {1e-14, 0.0}, {1e-12, 0.0}, {1e-10, 0.0}, {1e-8, 0.0}, {1e-6, 0.0},
	{1e-14, 1e-14}, {1e-12, 1e-12}, {1e-10, 1e-10}, {1e-8, 1e-8}, {1e-6, 1e-6},
};

#define N_NOISE_LEVELS	((int) (sizeof noise_level / sizeof *noise_level))

/* out = |A|' |y|, plain: only a size */
static void
size_transposed(const CoCsc *a, const double *y, double *out)
{
	for (int j = 0; j < a->ncol; j++)
	{
		double		sum = 0.0;

		for (int p = a->start[j]; p < a->start[j + 1]; p++)
			sum += fabs(a->value[p] * y[a->index[p]]);
		out[j] = sum;
	}
}

/* out += |A| |x|; with mirror also the strict upper triangle of a symmetric A */
static void
add_size(const CoCsc *a, const double *x, bool mirror, double *out)
{
	for (int j = 0; j < a->ncol; j++)
		for (int p = a->start[j]; p < a->start[j + 1]; p++)
		{
			int			i = a->index[p];

			out[i] += fabs(a->value[p] * x[j]);
			if (mirror && i != j)
				out[j] += fabs(a->value[p] * x[i]);
		}
}

/* S, T and the relative leftovers of a certificate. */
typedef struct Proof
{
	CoDot2		sum;			/* S, or c'd */
	double		size;			/* T */
	double		leftover;		/* sum of the relative leftovers */
} Proof;

static void
add_term(Proof *proof, double multiplier, double side)
{
	co_dot2_add_product(&proof->sum, multiplier, side);
	proof->size += fabs(multiplier * side);
}

static double
margin_of(const Proof *proof)
{
	double		margin;

	if (!(proof->size > 0.0))
		return -1.0;
	margin = -co_dot2_value(proof->sum) / proof->size - REACH * proof->leftover - SEPARATION;
	return isnan(margin) ? -1.0 : margin;
}

/*
 * out = sign * y / |y|, without the entries that lean on an infinite side.
 * The factor is a power of two, so that nothing is rounded.
 */
static bool
allowed_multipliers(const CoQp *qp, const double *y, double sign, double *out)
{
	double		norm = co_norm_inf(qp->m, y);
	int			exponent;

	if (!(norm > 0.0 && norm < INFINITY))
		return false;
	(void) frexp(norm, &exponent);
	for (int i = 0; i < qp->m; i++)
	{
		out[i] = sign * ldexp(y[i], -exponent);
		if (!isfinite(co_residual_side(out[i], qp->cl[i], qp->cu[i])))
			out[i] = 0.0;
	}
	return true;
}

static double
infeasibility_margin(const CoQp *qp, const double *y, const CoDot2 *aty, const double *size)
{
	Proof		proof = {{0.0, 0.0}, 0.0, 0.0};

	for (int i = 0; i < qp->m; i++)
		if (y[i] != 0.0)
			add_term(&proof, y[i], co_residual_side(y[i], qp->cl[i], qp->cu[i]));
	for (int j = 0; j < qp->n; j++)
	{
		double		z = -co_dot2_value(aty[j]);
		double		side = co_residual_side(z, qp->xl[j], qp->xu[j]);

		if (z == 0.0)
			continue;
		if (isfinite(side))
			add_term(&proof, z, side);
		else
			proof.leftover += fabs(z) / size[j];
	}
	return margin_of(&proof);
}

/*
 * Units in which multipliers can be compared: max_j |a[i][j]| / |A[.][j]|, so
 * that neither the scale of a row nor that of a variable counts.
 */
static void
weigh_rows(const CoCsc *a, double *weight)
{
	for (int j = 0; j < a->ncol; j++)
	{
		int			n = a->start[j + 1] - a->start[j];
		double		largest = n > 0 ? co_norm_inf(n, a->value + a->start[j]) : 0.0;

		for (int k = a->start[j]; k < a->start[j + 1]; k++)
			if (a->value[k] != 0.0)
				weight[a->index[k]] = fmax(weight[a->index[k]], fabs(a->value[k]) / largest);
	}
}

/*
 * Likewise for directions: max_i |a[i][j]| / |A[i][.]|; row_max, of zeros, is
 * scratch.  With mirror the strict upper triangle of a symmetric A counts too.
 */
static void
weigh_columns(const CoCsc *a, bool mirror, double *row_max, double *weight)
{
	for (int j = 0; j < a->ncol; j++)
		for (int k = a->start[j]; k < a->start[j + 1]; k++)
		{
			int			i = a->index[k];

			row_max[i] = fmax(row_max[i], fabs(a->value[k]));
			if (mirror)
				row_max[j] = fmax(row_max[j], fabs(a->value[k]));
		}
	for (int j = 0; j < a->ncol; j++)
		for (int k = a->start[j]; k < a->start[j + 1]; k++)
		{
			int			i = a->index[k];

			if (a->value[k] == 0.0)
				continue;
			weight[j] = fmax(weight[j], fabs(a->value[k]) / row_max[i]);
			if (mirror)
				weight[i] = fmax(weight[i], fabs(a->value[k]) / row_max[j]);
		}
}

/* out = v without the entries that are small among all */
static void
prune_globally(int n, const double *v, const double *weight, double level, double *out)
{
	double		largest = 0.0;

	co_copy(n, v, out);
	if (level == 0.0)
		return;
	for (int i = 0; i < n; i++)
		largest = fmax(largest, fabs(v[i] * weight[i]));
	for (int i = 0; i < n; i++)
		if (weight[i] > 0.0 && fabs(v[i] * weight[i]) <= level * largest)
			out[i] = 0.0;
}

/*
 * out = the entries of v that nothing is added to (an empty row, a column
 * without entries): beside these no size of the others is comparable.
 */
static bool
keep_lone(int n, const double *v, const double *weight, double *out)
{
	bool		any = false;

	for (int i = 0; i < n; i++)
	{
		out[i] = weight[i] > 0.0 ? 0.0 : v[i];
		any = any || out[i] != 0.0;
	}
	return any;
}

/* And without those that are small in one column; size = |A|'|y|. */
static void
prune_multipliers(const CoQp *qp, const double *y, const double *size, double level,
				  double *out)
{
	const CoCsc *a = &qp->a;

	for (int j = 0; j < qp->n && level > 0.0; j++)
		for (int k = a->start[j]; k < a->start[j + 1]; k++)
			if (a->value[k] != 0.0 && fabs(a->value[k] * y[a->index[k]]) <= level * size[j])
				out[a->index[k]] = 0.0;
}

static CoRc
try_multipliers(CoArena *arena, const CoQp *qp, const double *y, double *margin)
{
	CoMark		mark = co_mark(arena);
	double	   *size = co_take_doubles(arena, (size_t) qp->n);
	CoDot2	   *aty = co_take_zero(arena, (size_t) qp->n, sizeof(CoDot2));
	CoRc		rc = co_arena_failed(arena);

	if (!rc)
		rc = co_residual_add_transposed(arena, &qp->a, y, aty);
	if (!rc)
	{
		size_transposed(&qp->a, y, size);
		*margin = fmax(*margin, infeasibility_margin(qp, y, aty, size));
	}
	co_rewind(arena, mark);
	return rc;
}

static CoRc
try_sign(CoArena *arena, const CoQp *qp, const double *y, double sign, double *margin)
{
	CoMark		mark = co_mark(arena);
	double	   *allowed = co_take_doubles(arena, (size_t) qp->m);
	double	   *pruned = co_take_doubles(arena, (size_t) qp->m);
	double	   *weight = co_take_zero_doubles(arena, (size_t) qp->m);
	double	   *size = co_take_doubles(arena, (size_t) qp->n);
	CoRc		rc = co_arena_failed(arena);

	if (!rc && allowed_multipliers(qp, y, sign, allowed))
	{
		size_transposed(&qp->a, allowed, size);
		weigh_rows(&qp->a, weight);
		if (keep_lone(qp->m, allowed, weight, pruned))
			rc = try_multipliers(arena, qp, pruned, margin);
		for (int k = 0; k < N_NOISE_LEVELS && !rc && *margin <= 0.0; k++)
		{
			prune_globally(qp->m, allowed, weight, noise_level[k].global, pruned);
			prune_multipliers(qp, allowed, size, noise_level[k].local, pruned);
			rc = try_multipliers(arena, qp, pruned, margin);
		}
	}
	co_rewind(arena, mark);
	return rc;
}

CoRc
co_qp_check_infeasible(CoArena *arena, const CoQp *qp, const double *y, double *margin)
{
	CoRc		rc;

	*margin = -1.0;
	if (co_sides_cross(qp->m, qp->cl, qp->cu) || co_sides_cross(qp->n, qp->xl, qp->xu))
	{
		*margin = 1.0;
		return CO_OK;
	}
	rc = try_sign(arena, qp, y, 1.0, margin);
	if (!rc && *margin <= 0.0)
		rc = try_sign(arena, qp, y, -1.0, margin);
	return rc;
}

/* out = d / |d| without the entries that a finite bound blocks */
static bool
allowed_direction(const CoQp *qp, const double *d, double *out)
{
	double		norm = co_norm_inf(qp->n, d);
	int			exponent;

	if (!(norm > 0.0 && norm < INFINITY))
		return false;
	(void) frexp(norm, &exponent);
	for (int j = 0; j < qp->n; j++)
	{
		out[j] = ldexp(d[j], -exponent);
		if (isfinite(co_residual_side(out[j], qp->xl[j], qp->xu[j])))
			out[j] = 0.0;
	}
	return true;
}

static double
unboundedness_margin(const CoQp *qp, const double *d, const CoProducts *at,
					 const double *row_size, const double *p_size)
{
	Proof		proof = {{0.0, 0.0}, 0.0, 0.0};

	for (int j = 0; j < qp->n; j++)
	{
		double		pd = fabs(co_dot2_value(at->px[j]));

		add_term(&proof, d[j], qp->c[j]);
		if (pd > 0.0)
			proof.leftover += pd / p_size[j];
	}
	for (int i = 0; i < qp->m; i++)
	{
		double		growth = co_dot2_value(at->ax[i]);

		if (growth != 0.0 && isfinite(co_residual_side(growth, qp->cl[i], qp->cu[i])))
			proof.leftover += fabs(growth) / row_size[i];
	}
	return margin_of(&proof);
}

/* Without the entries that are small in one row; size = |A||d|, p_size = |P||d|. */
static void
prune_direction(const CoQp *qp, const double *d, const double *size, const double *p_size,
				double level, double *out)
{
	const CoCsc *a = &qp->a,
			   *p = &qp->p;

	for (int j = 0; j < qp->n && level > 0.0; j++)
	{
		for (int k = a->start[j]; k < a->start[j + 1]; k++)
			if (a->value[k] != 0.0 && fabs(a->value[k] * d[j]) <= level * size[a->index[k]])
				out[j] = 0.0;
		for (int k = p->start[j]; k < p->start[j + 1]; k++)
		{
			int			i = p->index[k];

			if (p->value[k] == 0.0)
				continue;
			if (fabs(p->value[k] * d[j]) <= level * p_size[i])
				out[j] = 0.0;
			if (fabs(p->value[k] * d[i]) <= level * p_size[j])
				out[i] = 0.0;
		}
	}
}

static CoRc
try_direction(CoArena *arena, const CoQp *qp, const double *d, double *margin)
{
	CoMark		mark = co_mark(arena);
	double	   *row_size = co_take_zero_doubles(arena, (size_t) qp->m);
	double	   *p_size = co_take_zero_doubles(arena, (size_t) qp->n);
	CoProducts	at;
	CoRc		rc = co_residual_take(arena, qp, &at);

	if (!rc)
		rc = co_residual_add_product(arena, &qp->a, d, at.ax);
	if (!rc)
		rc = co_residual_add_symmetric(arena, &qp->p, d, at.px);
	if (!rc)
	{
		add_size(&qp->a, d, false, row_size);
		add_size(&qp->p, d, true, p_size);
		*margin = fmax(*margin, unboundedness_margin(qp, d, &at, row_size, p_size));
	}
	co_rewind(arena, mark);
	return rc;
}

/* The only values of columns that have one, by their bounds or by a row of their own; else NaN */
static CoRc
find_fixed(CoArena *arena, const CoQp *qp, double *value, bool *any)
{
	const CoCsc *a = &qp->a;
	int		   *n_entries = co_take_zero_ints(arena, (size_t) qp->m);

	*any = false;
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	for (int k = 0; k < co_csc_nnz(a); k++)
		n_entries[a->index[k]] += a->value[k] != 0.0;
	for (int j = 0; j < qp->n; j++)
	{
		value[j] = qp->xl[j] == qp->xu[j] ? qp->xl[j] : NAN;
		for (int k = a->start[j]; k < a->start[j + 1]; k++)
		{
			int			i = a->index[k];

			if (n_entries[i] == 1 && a->value[k] != 0.0 && qp->cl[i] == qp->cu[i])
				value[j] = qp->cl[i] / a->value[k];
		}
		*any |= !isnan(value[j]);
	}
	return CO_OK;
}

/*
 * A product with a column that is fixed is linear in the other one: it moves
 * from P to c, where what is left of terms that cancel is 0.
 */
static CoRc
settle_fixed(CoArena *arena, const CoQp *qp, CoQp *settled)
{
	const CoCsc *p = &qp->p;
	double	   *fixed = co_take_doubles(arena, (size_t) qp->n),
			   *c,
			   *size,
			   *value;
	bool		any;
	CoRc		rc = co_arena_failed(arena) ? co_arena_failed(arena) : find_fixed(arena, qp, fixed, &any);

	*settled = *qp;
	if (rc || !any)
		return rc;
	c = co_take_doubles(arena, (size_t) qp->n);
	size = co_take_doubles(arena, (size_t) qp->n);
	value = co_take_doubles(arena, (size_t) co_csc_nnz(p));
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	co_copy(qp->n, qp->c, c);
	for (int j = 0; j < qp->n; j++)
		size[j] = fabs(c[j]);
	for (int j = 0; j < qp->n; j++)
		for (int k = p->start[j]; k < p->start[j + 1]; k++)
		{
			int			i = p->index[k];
			bool		keep = isnan(fixed[i]) && isnan(fixed[j]);
			int			other = isnan(fixed[i]) ? i : j;
			double		moved = p->value[k] * fixed[isnan(fixed[i]) ? j : i];

			value[k] = keep ? p->value[k] : 0.0;
			if (keep || i == j)
				continue;
			c[other] += moved;
			size[other] += fabs(moved);
		}
	for (int j = 0; j < qp->n; j++)
		if (fabs(c[j]) <= CANCELED * size[j])
			c[j] = 0.0;
	settled->c = c;
	settled->p.value = value;
	return CO_OK;
}

static CoRc
check_direction(CoArena *arena, const CoQp *qp, const double *direction, double *margin)
{
	CoMark		mark = co_mark(arena);
	double	   *allowed = co_take_doubles(arena, (size_t) qp->n);
	double	   *pruned = co_take_doubles(arena, (size_t) qp->n);
	double	   *weight = co_take_zero_doubles(arena, (size_t) qp->n);
	double	   *row_max = co_take_zero_doubles(arena, (size_t) qp->m);
	double	   *size = co_take_zero_doubles(arena, (size_t) qp->m);
	double	   *p_max = co_take_zero_doubles(arena, (size_t) qp->n);
	double	   *p_size = co_take_zero_doubles(arena, (size_t) qp->n);
	CoRc		rc = co_arena_failed(arena);

	*margin = -1.0;
	if (!rc && allowed_direction(qp, direction, allowed))
	{
		add_size(&qp->a, allowed, false, size);
		add_size(&qp->p, allowed, true, p_size);
		weigh_columns(&qp->a, false, row_max, weight);
		weigh_columns(&qp->p, true, p_max, weight);
		if (keep_lone(qp->n, allowed, weight, pruned))
			rc = try_direction(arena, qp, pruned, margin);
		for (int k = 0; k < N_NOISE_LEVELS && !rc && *margin <= 0.0; k++)
		{
			prune_globally(qp->n, allowed, weight, noise_level[k].global, pruned);
			prune_direction(qp, allowed, size, p_size, noise_level[k].local, pruned);
			rc = try_direction(arena, qp, pruned, margin);
		}
	}
	co_rewind(arena, mark);
	return rc;
}

CoRc
co_qp_check_unbounded(CoArena *arena, const CoQp *qp, const double *direction, double *margin)
{
	CoMark		mark = co_mark(arena);
	CoQp		settled = *qp;
	CoRc		rc = CO_OK;

	*margin = -1.0;
	if (co_csc_nnz(&qp->p) > 0)
		rc = settle_fixed(arena, qp, &settled);
	if (!rc)
		rc = check_direction(arena, &settled, direction, margin);
	co_rewind(arena, mark);
	return rc;
}
