/*-------------------------------------------------------------------------
 *
 * solver/phase.c
 *	  The two auxiliary linear programs that decide what the interior point
 *	  left open.
 *
 * Both have a solution whatever the problem is, so the interior point
 * converges on them, and their dual or primal solution is a certificate.
 *
 *-------------------------------------------------------------------------
 */
#include "base/vec.h"
#include "solver/convex.h"
#include "solver/ipm.h"

#define PHASE_TOLERANCE 1e-9

/* What a ray leaves of Pd counts 1e8 times (REACH of nlp/certificate.c): as well as can be. */
#define RAY_TOLERANCE	1e-13

/* Vectors of an LP, its solution and what stands beside them, in doubles. */
#define LINE_DOUBLES	10.0

/* Triplets, their order, and the matrix made of them. */
#define ENTRY_BYTES	(2.0 * sizeof(double) + 4.0 * sizeof(int))

static CoRc
take_lp(CoArena *arena, int n, int m, double nnz, CoQp *lp)
{
	CoRc		rc = co_arena_plan(arena, LINE_DOUBLES * sizeof(double) * ((double) n + m) +
								   ENTRY_BYTES * nnz);

	if (rc)
		return rc;
	memset(lp, 0, sizeof *lp);
	lp->n = n;
	lp->m = m;
	lp->c = co_take_zero_doubles(arena, (size_t) n);
	lp->xl = co_take_zero_doubles(arena, (size_t) n);
	lp->xu = co_take_zero_doubles(arena, (size_t) n);
	lp->cl = co_take_zero_doubles(arena, (size_t) m);
	lp->cu = co_take_zero_doubles(arena, (size_t) m);
	lp->p.nrow = lp->p.ncol = n;
	lp->p.start = co_take_zero_ints(arena, (size_t) n + 1);
	lp->p.index = co_take_ints(arena, 0);
	lp->p.value = co_take_doubles(arena, 0);
	return co_arena_failed(arena);
}

static CoRc
run(CoArena *arena, const CoQp *lp, const CoQp *scaled, const CoScaling *scaling,
	const CoOptions *options, CoKktPath prefer, CoIpm **ipm, CoIpmVerdict *verdict)
{
	CoRc		rc = co_ipm_new(arena, lp, scaled, scaling, options, prefer, ipm);

	return rc ? rc : co_ipm_run(*ipm, NULL, verdict);
}

/* Solve a phase LP, unscaled point out. */
static CoRc
solve_lp(CoArena *arena, const CoQp *lp, const CoOptions *options, double tolerance,
		 CoQpPoint *point, bool *converged, int *iterations)
{
	CoOptions	phase_options = *options;
	CoQp	   *scaled = co_take_zero(arena, 1, sizeof *scaled);
	CoScaling  *scaling = co_take_zero(arena, 1, sizeof *scaling);
	CoIpm	   *ipm;
	CoIpmVerdict verdict;
	CoQpPoint	best;
	CoRc		rc;

	point->x = co_take_doubles(arena, (size_t) lp->n);
	point->y = co_take_doubles(arena, (size_t) lp->m);
	point->z = co_take_doubles(arena, (size_t) lp->n);
	if (co_arena_failed(arena))
		return co_arena_failed(arena);
	phase_options.tolerance = phase_options.absolute_tolerance = tolerance;
	rc = co_scale_qp(arena, lp, true, scaled, scaling);
	if (!rc)
		rc = run(arena, lp, scaled, scaling, &phase_options, CO_KKT_NONE, &ipm, &verdict);

	/* Dependent rows, as Pd = 0 has, end the condensed Cholesky early. */
	if (!rc && verdict == CO_IPM_BREAKDOWN && ipm->kkt->backend->path == CO_KKT_DENSE)
		rc = run(arena, lp, scaled, scaling, &phase_options, CO_KKT_SPARSE, &ipm, &verdict);
	if (rc)
		return rc;
	best = (CoQpPoint) {ipm->best_x, ipm->best_y, ipm->best_z};
	co_unscale_point(lp, scaling, &best, point);
	*converged = verdict == CO_IPM_CONVERGED || verdict == CO_IPM_STAGNATED;
	*iterations = ipm->iteration;
	if (verdict == CO_IPM_TIME_LIMIT)
		return CO_TIME_EXCEEDED;
	return CO_OK;
}

/*
 * min sum (u + v) subject to cl <= Ax + u - v <= cu, xl <= x <= xu, u, v >= 0.
 * Rows are first divided by their largest entry, so that the violations that
 * are added are of one kind.
 */
static CoRc
elastic_lp(CoArena *arena, const CoQp *qp, const CoScaling *s, CoQp *lp)
{
	int			n = qp->n,
				m = qp->m,
				nnz = co_csc_nnz(&qp->a),
				at = 0;
	CoRc		rc = take_lp(arena, n + 2 * m, m, nnz + 2.0 * m, lp);

	lp->a.nrow = m;
	lp->a.ncol = lp->n;
	lp->a.start = co_take_ints(arena, (size_t) lp->n + 1);
	lp->a.index = co_take_ints(arena, (size_t) nnz + 2 * (size_t) m);
	lp->a.value = co_take_doubles(arena, (size_t) nnz + 2 * (size_t) m);
	if (rc || co_arena_failed(arena))
		return co_arena_failed(arena);
	co_copy(n, qp->xl, lp->xl);
	co_copy(n, qp->xu, lp->xu);
	co_copy(m, qp->cl, lp->cl);
	co_copy(m, qp->cu, lp->cu);
	for (int j = 0; j < n; j++)
	{
		lp->a.start[j] = at;
		for (int k = qp->a.start[j]; k < qp->a.start[j + 1]; k++, at++)
		{
			lp->a.index[at] = qp->a.index[k];
			lp->a.value[at] = qp->a.value[k];
		}
	}
	for (int k = 0; k < 2 * m; k++)
	{
		lp->a.start[n + k] = at;
		lp->a.index[at] = k % m;
		lp->a.value[at++] = (k < m ? 1.0 : -1.0) / s->e[k % m];
		lp->c[n + k] = 1.0;
		lp->xu[n + k] = INFINITY;
	}
	lp->a.start[lp->n] = at;
	return CO_OK;
}

typedef CoRc (*BuildLp) (CoArena *arena, const CoQp *qp, const CoScaling *s, CoQp *lp);

/* The LP that build makes of qp, in the units of its equilibration; the point to out too. */
static CoRc
solve_phase(CoArena *arena, const CoQp *qp, const CoOptions *options, BuildLp build,
			double tolerance, CoPhase *out, CoQpPoint *point, bool *converged)
{
	CoQp		lp,
				scaled;
	CoScaling	scaling;
	CoRc		rc;

	memset(out, 0, sizeof *out);
	rc = co_scale_qp(arena, qp, true, &scaled, &scaling);
	if (!rc)
		rc = build(arena, qp, &scaling, &lp);
	if (!rc)
		rc = solve_lp(arena, &lp, options, tolerance, point, converged, &out->iterations);
	if (rc)
		return rc;
	out->x = point->x;
	out->y = point->y;
	out->z = point->z;
	return CO_OK;
}

CoRc
co_phase_feasible(CoArena *arena, const CoQp *qp, const CoOptions *options, CoPhase *out)
{
	CoQpPoint	point;
	CoResidual	residual;
	bool		converged;
	double		margin;
	CoRc		rc = solve_phase(arena, qp, options, elastic_lp, PHASE_TOLERANCE, out, &point,
								 &converged);

	if (rc)
		return rc;
	rc = co_qp_check_infeasible(arena, qp, point.y, &margin);
	out->infeasible = !rc && margin > 0.0;
	if (rc || out->infeasible)
		return rc;
	rc = co_qp_residual(arena, qp, &point, &residual);
	out->feasible = converged && residual.primal <= options->absolute_tolerance +
		fmax(options->tolerance, 10.0 * PHASE_TOLERANCE) * residual.primal_scale;
	return rc;
}

/* A side that is finite blocks the ray: its recession bound is 0. */
static double
recession(double bound)
{
	return isfinite(bound) ? 0.0 : bound;
}

/*
 * min c'd subject to Pd = 0, A d in the recession cone of [cl, cu], d in that
 * of [xl, xu] and in the box |d_j| <= D_j of the scaling.
 */
static CoRc
ray_lp(CoArena *arena, const CoQp *qp, const CoScaling *s, CoQp *lp)
{
	int			n = qp->n,
				m = qp->m;
	size_t		room = 2 * (size_t) co_csc_nnz(&qp->p) + (size_t) co_csc_nnz(&qp->a),
				at = 0;
	int		   *row,
			   *col;
	double	   *value;
	CoRc		rc = take_lp(arena, n, m + n, (double) room, lp);

	row = co_take_ints(arena, room);
	col = co_take_ints(arena, room);
	value = co_take_doubles(arena, room);
	if (rc || co_arena_failed(arena))
		return co_arena_failed(arena);
	for (int j = 0; j < n; j++)
	{
		lp->c[j] = qp->c[j];
		lp->xl[j] = fmax(recession(qp->xl[j]), -s->d[j]);
		lp->xu[j] = fmin(recession(qp->xu[j]), s->d[j]);
		for (int k = qp->a.start[j]; k < qp->a.start[j + 1]; k++, at++)
		{
			row[at] = qp->a.index[k];
			col[at] = j;
			value[at] = qp->a.value[k];
		}
		for (int k = qp->p.start[j]; k < qp->p.start[j + 1]; k++)
			for (int mirror = 0; mirror < (qp->p.index[k] == j ? 1 : 2); mirror++, at++)
			{
				row[at] = m + (mirror ? j : qp->p.index[k]);
				col[at] = mirror ? qp->p.index[k] : j;
				value[at] = qp->p.value[k];
			}
	}
	for (int i = 0; i < m; i++)
	{
		lp->cl[i] = recession(qp->cl[i]);
		lp->cu[i] = recession(qp->cu[i]);
	}
	return co_csc_from_triplets(arena, m + n, n, at, row, col, value, &lp->a);
}

CoRc
co_phase_ray(CoArena *arena, const CoQp *qp, const CoOptions *options, CoPhase *out)
{
	CoQpPoint	point;
	bool		converged;
	double		margin;
	CoRc		rc = solve_phase(arena, qp, options, ray_lp, RAY_TOLERANCE, out, &point, &converged);

	if (rc)
		return rc;
	rc = co_qp_check_unbounded(arena, qp, point.x, &margin);
	out->unbounded = !rc && margin > 0.0;
	return rc;
}
