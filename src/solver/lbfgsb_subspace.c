/*-------------------------------------------------------------------------
 *
 * solver/lbfgsb_subspace.c
 *	  L-BFGS-B's second step: minimize the model over the variables that are
 *	  free at the Cauchy point.
 *
 * [BLNZ95], section 5.1, direct primal method.  With Z the columns of the free
 * variables, A those of the others, and the gradient of the model
 *
 *		r = Z'(g + theta (xc - x) - W M c),
 *
 * the formula of Sherman, Morrison and Woodbury gives
 *
 *		d = -1/theta r - 1/theta^2 Z'W K^-1 W'Z r,
 *		K = M^-1 - 1/theta W'ZZ'W
 *		  = ( -D - Y'ZZ'Y/theta		(La - Rz)'	  )
 *			(	La - Rz				theta S'AA'S  ),
 *
 * La the strictly lower part of S'AA'Y and Rz the rest of S'ZZ'Y, its upper
 * one.  In this form, that of [ZBLN97], nothing cancels.
 *
 * xc + d is projected on the box [MN11].  Where that does not lead down, the
 * step is cut at the first bound instead, as in [BLNZ95].
 *
 *-------------------------------------------------------------------------
 */
#include "solver/lbfgsb_private.h"

#include "base/vec.h"
#include "linalg/clones.h"

/*
 * Where no more than this part of the variables is not free, products over them
 * are summed and taken from those over all, which are at hand, as long as
 * they are no more than MOST_TAKEN of these: a digit is lost at most.
 */
#define FEW_ACTIVE		0.25
#define MOST_TAKEN		0.9

/* Variables whose rows of W are put together, column by column. */
#define PACK			64

typedef struct Pack
{
	int			count,			/* pairs */
				n;				/* variables */
	double		y[CO_BOX_MEMORY_MOST][PACK],
				s[CO_BOX_MEMORY_MOST][PACK];
} Pack;

typedef double Products[CO_BOX_MEMORY_MOST][CO_BOX_MEMORY_MOST];

typedef struct Gram
{
	Products	yy,				/* Y'ZZ'Y, lower */
				ss,				/* S'AA'S, lower */
				sy;				/* La below the diagonal, Rz else */
} Gram;

struct CoLbfgsbWork
{
	Pack		free,
				active;
	Gram		gram;
	double		k[CO_LBFGS_RANK * CO_LBFGS_RANK];
};

size_t
co_lbfgsb_work_size(void)
{
	return sizeof(CoLbfgsbWork);
}

CoLbfgsbWork *
co_lbfgsb_work_new(CoArena *arena)
{
	return co_take(arena, 1, sizeof(CoLbfgsbWork));
}

CO_INLINE double
dot_packed(const double *a, const double *b)
{
	CoVec4		sum = CO_VEC4_ZERO;

	for (int k = 0; k < PACK; k += 4)
		sum += CO_VEC4_CONST(a + k) * CO_VEC4_CONST(b + k);
	return co_vec4_sum(sum);
}

CO_CLONES static void
add_free(const Pack *pack, Gram *gram)
{
	for (int i = 0; i < pack->count; i++)
		for (int j = 0; j <= i; j++)
		{
			gram->yy[i][j] += dot_packed(pack->y[i], pack->y[j]);
			gram->sy[j][i] += dot_packed(pack->s[j], pack->y[i]);
		}
}

CO_CLONES static void
add_active(const Pack *pack, Gram *gram)
{
	for (int i = 0; i < pack->count; i++)
		for (int j = 0; j <= i; j++)
		{
			gram->ss[i][j] += dot_packed(pack->s[i], pack->s[j]);
			if (j < i)
				gram->sy[i][j] += dot_packed(pack->s[i], pack->y[j]);
		}
}

static void
pack_row(const CoLbfgs *b, int j, Pack *pack)
{
	const double *row = b->w + (size_t) j * (size_t) b->stride;

	for (int k = 0; k < pack->count; k++)
	{
		pack->y[k][pack->n] = row[2 * k];
		pack->s[k][pack->n] = row[2 * k + 1];
	}
	pack->n++;
}

/* Adds a pack, filled up with zeros, and empties it. */
static CoRc
flush(CoLbfgsb *s, Pack *pack, bool of_free, bool of_active, Gram *gram)
{
	for (int k = 0; k < pack->count; k++)
		for (int j = pack->n; j < PACK; j++)
			pack->y[k][j] = pack->s[k][j] = 0.0;
	if (of_free)
		add_free(pack, gram);
	if (of_active)
		add_active(pack, gram);
	pack->n = 0;
	return co_tick(&s->b->ticker, (double) pack->count * (pack->count + 2.0) * PACK);
}

/*
 * One pass over W: each row counts for the free or for the others; or, of_others,
 * all products over the others.
 */
static CoRc
sum_products(CoLbfgsb *s, bool of_others, Gram *gram)
{
	Pack	   *free = &s->work->free,
			   *active = &s->work->active;
	int			k = 0;
	CoRc		rc = CO_OK;

	free->count = active->count = s->b->count;
	free->n = active->n = 0;
	memset(gram, 0, sizeof *gram);
	for (int j = 0; j < s->box->n && !rc; j++)
	{
		bool		is_free = k < s->n_free && s->free[k] == j;
		Pack	   *pack = is_free ? free : active;

		k += is_free;
		if (is_free && of_others)
			continue;
		pack_row(s->b, j, pack);
		if (pack->n == PACK)
			rc = flush(s, pack, is_free || of_others, !is_free, gram);
	}
	if (!rc && free->n > 0)
		rc = flush(s, free, true, false, gram);
	if (!rc && active->n > 0)
		rc = flush(s, active, of_others, true, gram);
	return rc;
}

/* May the products over the others be taken from those over all? */
static bool
leave_enough(const CoLbfgs *b, const Gram *gram)
{
	for (int i = 0; i < b->count; i++)
		if (gram->yy[i][i] > MOST_TAKEN * b->yy[i][i] || gram->ss[i][i] > MOST_TAKEN * b->ss[i][i])
			return false;
	return true;
}

/* Those over the free variables, from those over the others. */
static void
take_rest(const CoLbfgs *b, Gram *gram)
{
	for (int i = 0; i < b->count; i++)
		for (int j = 0; j <= i; j++)
		{
			gram->yy[i][j] = b->yy[i][j] - gram->yy[i][j];
			gram->sy[j][i] = b->sy[j][i] - gram->sy[j][i];
		}
}

static CoRc
find_products(CoLbfgsb *s, Gram *gram)
{
	double		n = s->box->n;

	if (n - s->n_free <= FEW_ACTIVE * n)
	{
		CoRc		rc = sum_products(s, true, gram);

		if (rc)
			return rc;
		if (leave_enough(s->b, gram))
		{
			take_rest(s->b, gram);
			return CO_OK;
		}
	}
	return sum_products(s, false, gram);
}

static bool
factor_k(const CoLbfgs *b, const Gram *gram, double *k)
{
	int			order = 2 * b->count;

	memset(k, 0, (size_t) (order * order) * sizeof(double));
	for (int j = 0; j < b->count; j++)
		for (int i = j; i < b->count; i++)
		{
			k[2 * i + 2 * j * order] = -gram->yy[i][j] / b->theta - (i == j ? b->sy[j][j] : 0.0);
			k[2 * i + 1 + (2 * j + 1) * order] = b->theta * gram->ss[i][j];
			if (i > j)
			{
				k[2 * i + 1 + 2 * j * order] = gram->sy[i][j];
				k[2 * i + (2 * j + 1) * order] = -gram->sy[j][i];
			}
			else
				k[2 * i + 1 + 2 * j * order] = -gram->sy[j][j];
		}
	return co_lbfgs_factor(b->count, k);
}

/* r [n_free] := -r of the head */
static CoRc
fill_residual(CoLbfgsb *s, double *r)
{
	CoLbfgsVector mc;

	for (int k = 0; k < s->n_free; k++)
	{
		int			j = s->free[k];

		r[k] = -s->grad[j] - s->b->theta * (s->target[j] - s->x[j]);
	}
	if (co_norm_inf(2 * s->b->count, s->c) == 0.0)
		return CO_OK;
	co_copy(CO_LBFGS_RANK, s->c, mc);
	co_lbfgs_middle(s->b, mc);
	return co_lbfgs_expand(s->b, s->free, s->n_free, 1.0, mc, r);
}

/* d [n_free], the step from the Cauchy point */
static CoRc
solve_subspace(CoLbfgsb *s, double *d)
{
	double		theta = s->b->theta;
	double	   *k = s->work->k;
	Gram	   *gram = &s->work->gram;
	CoLbfgsVector v;
	CoRc		rc = find_products(s, gram);

	if (!rc && !factor_k(s->b, gram, k))
		rc = CO_NOT_POSITIVE;
	if (!rc)
		rc = fill_residual(s, d);
	if (!rc)
		rc = co_lbfgs_project(s->b, s->free, s->n_free, d, v);
	if (rc)
		return rc;
	co_lbfgs_solve(s->b->count, k, v);
	co_scale(s->n_free, 1.0 / theta, d);
	return co_lbfgs_expand(s->b, s->free, s->n_free, 1.0 / (theta * theta), v, d);
}

/* Slope of f from x to the target with its free part moved and projected. */
static double
slope_when_projected(const CoLbfgsb *s, const double *d)
{
	const CoBox *box = s->box;
	double		slope = 0.0;
	int			k = 0;

	for (int j = 0; j < box->n; j++)
	{
		double		to = s->target[j];

		if (k < s->n_free && s->free[k] == j)
			to = co_clamp(to + d[k++], box->xl[j], box->xu[j]);
		slope += s->grad[j] * (to - s->x[j]);
	}
	return slope;
}

/* The longest part of d, at most all of it, that stays in the box. */
static double
cut_step(const CoLbfgsb *s, const double *d)
{
	const CoBox *box = s->box;
	double		most = 1.0;

	for (int k = 0; k < s->n_free; k++)
	{
		int			j = s->free[k];
		double		room = (d[k] > 0.0 ? box->xu[j] : box->xl[j]) - s->target[j];

		if (d[k] != 0.0)
			most = co_min(most, room / d[k]);
	}
	return most;
}

CoRc
co_lbfgsb_subspace(CoLbfgsb *s)
{
	const CoBox *box = s->box;
	double		part = 1.0;
	CoRc		rc;

	if (s->b->count == 0 || s->n_free == 0)
		return CO_OK;
	rc = solve_subspace(s, s->d);
	if (rc)
		return rc;
	if (s->bounded && !(slope_when_projected(s, s->d) < 0.0))
		part = cut_step(s, s->d);
	for (int k = 0; k < s->n_free; k++)
	{
		int			j = s->free[k];

		s->target[j] = co_clamp(s->target[j] + part * s->d[k], box->xl[j], box->xu[j]);
	}
	return co_poll_pass(s->arena, box->n);
}
