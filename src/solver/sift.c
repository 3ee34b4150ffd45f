/*-------------------------------------------------------------------------
 *
 * solver/sift.c
 *	  Sifting: solve a problem with far more variables than rows by solving
 *	  it over few of them.
 *
 * Bixby, Gregory, Lustig, Marsten and Shanno, Oper. Res. 40 (1992) 885-897
 * [BGLMS92], for linear programs; convexity is all that it needs.  Variables
 * outside a working set W rest at a finite bound.  The problem over W gives x
 * and the rows' multipliers y, and these price every variable at rest:
 *
 *		d = Px + c + A'y,	d_j >= 0 at a lower, d_j <= 0 at an upper bound
 *
 * is all that is missing from the KKT conditions of the whole problem.  Where
 * it does not hold, the variables that promise most join W; where the problem
 * over W is infeasible, those that weaken its proof do.  W only grows, so this
 * ends; when W grows too large the caller solves the whole problem instead.
 *
 * A portfolio of 1000 assets holds 40 of them: five problems of 100..300
 * variables cost less than one factorization of order 1000.
 *
 *-------------------------------------------------------------------------
 */
#include "solver/convex.h"

#include "base/vec.h"

/*
 * Less has nothing to gain: a dense matrix is factorized in n^3 operations, a
 * sparse one in hardly more than n.
 */
#define DENSE			0.1		/* entries of P's triangle, of n^2 */
#define DENSE_N			350
#define DENSE_RATIO		6		/* variables per row */
#define SPARSE_N		2000
#define SPARSE_RATIO	20

#define FIRST_SET		64		/* first W: at least so many, ... */
#define FIRST_PER_ROW	3		/* ... and so many per row */
#define LEAST_JOIN		32		/* may join W in one round */
#define MAX_ROUNDS		30
#define LOG_SIZE		512		/* iterations that are kept; there are about
								 * 40 */
#define MAX_WORK		0.6		/* of all rounds, as a part of the whole's */

/* The first rounds need to know where to look, not where to stop. */
#define LOOSE			1e-3
#define FEW				0.25	/* as few of W as this: time to be exact */
#define SLOW			0.7		/* more than this part of the wrong ones is
								 * left */
#define PRICE			1e-2	/* of the wanted dual residual: not a
								 * violation */

typedef struct Sift
{
	CoArena    *arena;
	const CoQp *qp;
	const CoOptions *options;
	CoSolution *sol;			/* of the whole problem */
	int		   *set;			/* [n] W, ascending */
	int			n_set;
	int		   *place;			/* [n] position in W, -1: at rest */
	double	   *rest;			/* [n] where a variable rests; 0 in W */
	double	   *x;				/* [n] */
	double	   *y;				/* [m] */
	double	   *d;				/* [n] prices */
	double	   *diagonal;		/* [n] of P */
	double	   *score;			/* [n] */
	int		   *candidate;		/* [n] */
	int			last_wrong;		/* prices of the wrong sign, the last time */
	double		work;			/* of all rounds; n: as much as the whole */
	bool		dense;			/* P is: work grows faster than W */
	bool		resting;		/* some rest is not 0 */
} Sift;

static bool
is_dense(const CoQp *qp)
{
	return (double) co_csc_nnz(&qp->p) >= DENSE * qp->n * qp->n;
}

static bool
worth_it(const CoQp *qp)
{
	bool		dense = is_dense(qp);
	int			n_free = 0;

	for (int j = 0; j < qp->n; j++)
		n_free += qp->xl[j] == -INFINITY && qp->xu[j] == INFINITY;
	return qp->n >= (dense ? DENSE_N : SPARSE_N) &&
		qp->n >= (dense ? DENSE_RATIO : SPARSE_RATIO) * ((double) qp->m + n_free);
}

static double
resting_place(const CoQp *qp, int j)
{
	return qp->xl[j] > -INFINITY ? qp->xl[j] : qp->xu[j];
}

/* Free variables, and every k-th of the others. */
static void
choose_first(Sift *sift)
{
	const CoQp *qp = sift->qp;
	int			wanted = FIRST_SET > FIRST_PER_ROW * qp->m ? FIRST_SET : FIRST_PER_ROW * qp->m,
				stride = qp->n / wanted > 1 ? qp->n / wanted : 1;

	for (int j = 0; j < qp->n; j++)
	{
		bool		is_free = qp->xl[j] == -INFINITY && qp->xu[j] == INFINITY;

		sift->place[j] = is_free || j % stride == 0 ? 0 : -1;
	}
}

/* Numbers W, and lets the others rest. */
static void
number_set(Sift *sift)
{
	sift->n_set = 0;
	sift->resting = false;
	for (int j = 0; j < sift->qp->n; j++)
	{
		sift->rest[j] = 0.0;
		if (sift->place[j] >= 0)
		{
			sift->place[j] = sift->n_set;
			sift->set[sift->n_set++] = j;
			continue;
		}
		sift->rest[j] = resting_place(sift->qp, j);
		sift->resting = sift->resting || sift->rest[j] != 0.0;
	}
	sift->work += sift->n_set * (sift->dense ? (double) sift->n_set / sift->qp->n : 1.0);
}

static CoRc
take_restricted(const Sift *sift, CoQp *sub)
{
	CoArena    *arena = sift->arena;
	const CoQp *qp = sift->qp;
	int64_t		nnz_p = 0,
				nnz_a = 0;
	size_t		n = (size_t) sift->n_set,
				m = (size_t) qp->m;

	for (int w = 0; w < sift->n_set; w++)
	{
		int			j = sift->set[w];

		nnz_p += qp->p.start[j + 1] - qp->p.start[j];
		nnz_a += qp->a.start[j + 1] - qp->a.start[j];
	}
	*sub = (CoQp) {.n = sift->n_set, .m = qp->m, .c0 = qp->c0};
	sub->p = (CoCsc) {.nrow = sub->n, .ncol = sub->n};
	sub->a = (CoCsc) {.nrow = sub->m, .ncol = sub->n};
	sub->p.start = co_take_ints(arena, n + 1);
	sub->p.index = co_take_ints(arena, (size_t) nnz_p);
	sub->p.value = co_take_doubles(arena, (size_t) nnz_p);
	sub->a.start = co_take_ints(arena, n + 1);
	sub->a.index = co_take_ints(arena, (size_t) nnz_a);
	sub->a.value = co_take_doubles(arena, (size_t) nnz_a);
	sub->c = co_take_doubles(arena, n);
	sub->xl = co_take_doubles(arena, n);
	sub->xu = co_take_doubles(arena, n);
	sub->cl = co_take_doubles(arena, m);
	sub->cu = co_take_doubles(arena, m);
	return co_arena_failed(arena);
}

/* P and A over W */
static void
fill_matrices(const Sift *sift, CoQp *sub)
{
	const CoQp *qp = sift->qp;
	int			at_p = 0,
				at_a = 0;

	for (int w = 0; w < sub->n; w++)
	{
		int			j = sift->set[w];

		sub->p.start[w] = at_p;
		for (int k = qp->p.start[j]; k < qp->p.start[j + 1]; k++)
			if (sift->place[qp->p.index[k]] >= 0)
			{
				sub->p.index[at_p] = sift->place[qp->p.index[k]];
				sub->p.value[at_p++] = qp->p.value[k];
			}
		sub->a.start[w] = at_a;
		for (int k = qp->a.start[j]; k < qp->a.start[j + 1]; k++)
		{
			sub->a.index[at_a] = qp->a.index[k];
			sub->a.value[at_a++] = qp->a.value[k];
		}
	}
	sub->p.start[sub->n] = at_p;
	sub->a.start[sub->n] = at_a;
}

/* The problem over W: what rests moves into c and the rows' sides. */
static CoRc
restrict_problem(Sift *sift, CoQp *sub)
{
	const CoQp *qp = sift->qp;
	CoRc		rc = take_restricted(sift, sub);

	if (rc)
		return rc;
	fill_matrices(sift, sub);
	co_copy(qp->n, qp->c, sift->d);
	co_fill(qp->m, 0.0, sift->y);
	if (sift->resting)
	{
		co_csc_symmul_add(&qp->p, 1.0, sift->rest, sift->d);
		co_csc_mul_add(&qp->a, 1.0, sift->rest, sift->y);
	}
	for (int w = 0; w < sub->n; w++)
	{
		sub->c[w] = sift->d[sift->set[w]];
		sub->xl[w] = qp->xl[sift->set[w]];
		sub->xu[w] = qp->xu[sift->set[w]];
	}
	for (int i = 0; i < qp->m; i++)
	{
		sub->cl[i] = qp->cl[i] - sift->y[i];
		sub->cu[i] = qp->cu[i] - sift->y[i];
	}
	return co_poll(sift->arena);
}

/* Counts of all rounds, and their iterations one after the other. */
static void
account(CoSolution *sol, const CoSolution *part)
{
	for (int k = 0; k < part->n_log && sol->n_log < LOG_SIZE; k++)
	{
		sol->log[sol->n_log] = part->log[k];
		sol->log[sol->n_log++].iteration += sol->iterations;
	}
	sol->iterations += part->iterations;
	sol->factorizations += part->factorizations;
	sol->refinements += part->refinements;
	sol->time_factor += part->time_factor;
	sol->time_analyze += part->time_analyze;
	sol->path = part->path;
}

/* What the sides of rows and variables allow y'Ax + z'x to be (nlp/qp.h); the smaller of both signs proves. */
static double
proof_sign(const CoQp *sub, const double *y)
{
	double		sum[2] = {0.0, 0.0};

	for (int i = 0; i < sub->m; i++)
	{
		if (y[i] != 0.0)
		{
			sum[0] += y[i] * (y[i] > 0.0 ? sub->cu[i] : sub->cl[i]);
			sum[1] -= y[i] * (y[i] > 0.0 ? sub->cl[i] : sub->cu[i]);
		}
	}
	return sum[1] < sum[0] ? -1.0 : 1.0;
}

/* The variables at rest that weaken the proof: those whose z may grow. */
static int
price_proof(Sift *sift, const CoQp *sub, const double *y)
{
	const CoQp *qp = sift->qp;
	double		sign = proof_sign(sub, y);
	int			n = 0;

	co_fill(qp->n, 0.0, sift->d);
	co_csc_tmul_add(&qp->a, sign, y, sift->d);
	for (int j = 0; j < qp->n; j++)
	{
		double		gain = sift->rest[j] == qp->xl[j] ? -sift->d[j] : sift->d[j];

		if (sift->place[j] < 0 && gain > 0.0 && qp->xl[j] < qp->xu[j])
		{
			sift->score[j] = gain;
			sift->candidate[n++] = j;
		}
	}
	return n;
}

/* The variables at rest whose price has the wrong sign by more than tol. */
static int
price(Sift *sift, double tol)
{
	const CoQp *qp = sift->qp;
	int			n = 0;

	co_copy(qp->n, qp->c, sift->d);
	co_csc_symmul_add(&qp->p, 1.0, sift->x, sift->d);
	co_csc_tmul_add(&qp->a, 1.0, sift->y, sift->d);
	for (int j = 0; j < qp->n; j++)
	{
		double		wrong = sift->rest[j] == qp->xl[j] ? -sift->d[j] : sift->d[j];

		if (sift->place[j] < 0 && wrong > tol && qp->xl[j] < qp->xu[j])
		{
			/* how far the objective falls along j alone, without bounds */
			sift->score[j] = sift->diagonal[j] > 0.0 ? wrong * wrong / sift->diagonal[j] : wrong;
			sift->candidate[n++] = j;
		}
	}
	return n;
}

/* The score of the k-th best of n candidates: quickselect on a copy in d. */
static double
kth_best(Sift *sift, int n, int k)
{
	double	   *v = sift->d;
	int			low = 0,
				high = n - 1;

	for (int c = 0; c < n; c++)
		v[c] = sift->score[sift->candidate[c]];
	while (low < high)
	{
		double		pivot = v[low + (high - low) / 2];
		int			i = low,
					j = high;

		while (i <= j)
		{
			while (v[i] > pivot)
				i++;
			while (v[j] < pivot)
				j--;
			if (i <= j)
			{
				double		swap = v[i];

				v[i++] = v[j];
				v[j--] = swap;
			}
		}
		if (k <= j)
			high = j;
		else if (k >= i)
			low = i;
		else
			break;
	}
	return v[k];
}

/* The best of the candidates join W. */
static void
join_best(Sift *sift, int n)
{
	int			most = sift->n_set / 2 > LEAST_JOIN ? sift->n_set / 2 : LEAST_JOIN;
	double		least = n > most ? kth_best(sift, n, most - 1) : 0.0;

	for (int c = 0; c < n; c++)
		if (sift->score[sift->candidate[c]] >= least)
			sift->place[sift->candidate[c]] = 0;
}

/*
 * Where each round prices nearly as many wrong as the last, the solution holds
 * too many variables.
 */
static bool
converges(Sift *sift, int n_wrong)
{
	bool		slow = sift->last_wrong > 0 && n_wrong > SLOW * sift->last_wrong;

	sift->last_wrong = n_wrong;
	return !slow || n_wrong <= FEW * sift->n_set;
}

/* One round: *more, W has grown; else *solved says whether sift has the solution. */
static CoRc
round_of(Sift *sift, bool *loose, bool *more, bool *solved)
{
	CoOptions	options = *sift->options;
	CoSolution	part;
	CoQp		sub;
	int			n_wrong;
	CoRc		rc = restrict_problem(sift, &sub);

	*more = *solved = false;
	if (rc)
		return rc;
	if (*loose)
		options.tolerance = co_max(options.tolerance, LOOSE);
	rc = co_qp_solve_directly(sift->arena, &sub, &options, &part);
	if (rc)
		return rc;
	account(sift->sol, &part);
	if (part.status == CO_INFEASIBLE)
	{
		n_wrong = price_proof(sift, &sub, part.point.y);
		join_best(sift, n_wrong);
		*more = n_wrong > 0;
		return CO_OK;
	}
	if (part.status != CO_OPTIMAL && !(*loose && part.status == CO_ACCEPTABLE))
		return CO_OK;
	co_copy(sift->qp->n, sift->rest, sift->x);
	for (int w = 0; w < sub.n; w++)
		sift->x[sift->set[w]] = part.point.x[w];
	co_copy(sub.m, part.point.y, sift->y);
	n_wrong = price(sift, PRICE * (sift->options->absolute_tolerance +
								   options.tolerance * part.residual.dual_scale));
	*solved = n_wrong == 0 && !*loose;
	*more = !*solved && converges(sift, n_wrong);
	*loose = *loose && n_wrong > FEW * sift->n_set;
	if (*solved)
		for (int w = 0; w < sub.n; w++)
			sift->d[sift->set[w]] = -part.point.z[w];
	else
		join_best(sift, n_wrong);
	return CO_OK;
}

static CoRc
take_sift(Sift *sift)
{
	size_t		n = (size_t) sift->qp->n;

	sift->set = co_take_ints(sift->arena, n);
	sift->place = co_take_ints(sift->arena, n);
	sift->candidate = co_take_ints(sift->arena, n);
	sift->rest = co_take_doubles(sift->arena, n);
	sift->x = co_take_doubles(sift->arena, n);
	sift->d = co_take_doubles(sift->arena, n);
	sift->score = co_take_doubles(sift->arena, n);
	sift->diagonal = co_take_zero_doubles(sift->arena, n);
	sift->y = co_take_doubles(sift->arena, (size_t) sift->qp->m);
	return co_arena_failed(sift->arena);
}

static void
read_diagonal(Sift *sift)
{
	const CoCsc *p = &sift->qp->p;

	for (int j = 0; j < p->ncol; j++)
		if (p->start[j] < p->start[j + 1] && p->index[p->start[j]] == j)
			sift->diagonal[j] = p->value[p->start[j]];
}

/* Multipliers of the variables: W's own, the prices of those at rest. */
static void
give_point(const Sift *sift, CoQpPoint *point)
{
	const CoQp *qp = sift->qp;

	co_copy(qp->n, sift->x, point->x);
	co_copy(qp->m, sift->y, point->y);
	for (int j = 0; j < qp->n; j++)
	{
		double		z = -sift->d[j];

		if ((z > 0.0 && qp->xu[j] == INFINITY) || (z < 0.0 && qp->xl[j] == -INFINITY))
			z = 0.0;
		point->z[j] = z;
	}
}

CoRc
co_sift(CoArena *arena, const CoQp *qp, const CoOptions *options, CoSolution *sol,
		CoQpPoint *point, bool *solved)
{
	CoMark		mark;
	Sift		sift = {.arena = arena, .qp = qp, .options = options, .sol = sol,
	.dense = is_dense(qp)};
	bool		loose = true,
				more = true;
	CoRc		rc = CO_OK;

	*solved = false;
	if (!worth_it(qp))
		return CO_OK;
	sol->log = co_take_zero(arena, LOG_SIZE, sizeof *sol->log);
	mark = co_mark(arena);
	rc = take_sift(&sift);
	if (rc)
		return rc;
	read_diagonal(&sift);
	choose_first(&sift);
	for (int k = 0; more && k < MAX_ROUNDS; k++)
	{
		CoMark		round = co_mark(arena);

		number_set(&sift);
		if (sift.work > MAX_WORK * qp->n)
			break;
		rc = round_of(&sift, &loose, &more, solved);
		co_rewind(arena, round);
		if (rc)
			break;
	}
	if (*solved)
		give_point(&sift, point);
	co_rewind(arena, mark);
	return rc;
}
