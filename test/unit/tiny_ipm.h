/*-------------------------------------------------------------------------
 *
 * tiny_ipm.h
 *	  A reference solver for tests: dense primal-dual interior point in long
 *	  double, fixed centering, no presolve, no scaling.
 *
 * Shares no code with the solvers it is a reference for.  Row i is
 * (Ax)[i] - s[i] = 0 with s between the sides; an equality has no s.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TINY_IPM_H
#define TINY_IPM_H

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "nlp/qp.h"

#define TINY_MAX		96		/* n + m */
#define TINY_STEPS		300
#define HUGE_DIAGONAL	1e30L	/* holds a fixed variable */

typedef long double TinyReal;

typedef struct TinyIpm
{
	int			n,
				m,
				size;			/* n + m */
	TinyReal	p[TINY_MAX][TINY_MAX];
	TinyReal	a[TINY_MAX][TINY_MAX];
	TinyReal	low[TINY_MAX],	/* of x, then of s */
				high[TINY_MAX],
				v[TINY_MAX],	/* x, then s */
				zl[TINY_MAX],
				zu[TINY_MAX],
				y[TINY_MAX],
				c[TINY_MAX];
	TinyReal	kkt[TINY_MAX][TINY_MAX + 1];
	TinyReal	gradient[TINY_MAX];
	TinyReal	dv[TINY_MAX],
				dy[TINY_MAX],
				h[TINY_MAX],
				d[TINY_MAX];
} TinyIpm;

static inline bool
tiny_is_equality(const TinyIpm *t, int i)
{
	return t->low[t->n + i] == t->high[t->n + i];
}

/* Nothing to move: an equality's s, a fixed variable. */
static inline bool
tiny_is_fixed(const TinyIpm *t, int k)
{
	return t->low[k] == t->high[k];
}

static inline void
tiny_load(TinyIpm *t, const CoQp *qp)
{
	memset(t, 0, sizeof *t);
	t->n = qp->n;
	t->m = qp->m;
	t->size = qp->n + qp->m;
	for (int j = 0; j < qp->n; j++)
	{
		t->c[j] = qp->c[j];
		t->low[j] = qp->xl[j];
		t->high[j] = qp->xu[j];
		for (int k = qp->a.start[j]; k < qp->a.start[j + 1]; k++)
			t->a[qp->a.index[k]][j] += qp->a.value[k];
		for (int k = qp->p.ncol ? qp->p.start[j] : 0; k < (qp->p.ncol ? qp->p.start[j + 1] : 0); k++)
		{
			t->p[qp->p.index[k]][j] += qp->p.value[k];
			if (qp->p.index[k] != j)
				t->p[j][qp->p.index[k]] += qp->p.value[k];
		}
	}
	for (int i = 0; i < qp->m; i++)
	{
		t->low[t->n + i] = qp->cl[i];
		t->high[t->n + i] = qp->cu[i];
	}
	for (int k = 0; k < t->size; k++)
	{
		bool		has_low = isfinite(t->low[k]);
		bool		has_high = isfinite(t->high[k]);

		t->v[k] = has_low && has_high ? (t->low[k] + t->high[k]) / 2 :
			has_low ? t->low[k] + 1 : has_high ? t->high[k] - 1 : 0;
		t->zl[k] = has_low && !tiny_is_fixed(t, k) ? 1 : 0;
		t->zu[k] = has_high && !tiny_is_fixed(t, k) ? 1 : 0;
	}
}

/* Gaussian elimination with partial pivoting on kkt, the right side last. */
static inline void
tiny_eliminate(TinyIpm *t)
{
	int			n = t->size;

	for (int k = 0; k < n; k++)
	{
		int			pivot = k;

		for (int i = k + 1; i < n; i++)
			if (fabsl(t->kkt[i][k]) > fabsl(t->kkt[pivot][k]))
				pivot = i;
		for (int j = k; j <= n && pivot != k; j++)
		{
			TinyReal	swap = t->kkt[k][j];

			t->kkt[k][j] = t->kkt[pivot][j];
			t->kkt[pivot][j] = swap;
		}
		for (int i = k + 1; i < n; i++)
		{
			TinyReal	f = t->kkt[i][k] / t->kkt[k][k];

			for (int j = k; j <= n && f != 0; j++)
				t->kkt[i][j] -= f * t->kkt[k][j];
		}
	}
	for (int k = n - 1; k >= 0; k--)
	{
		for (int j = k + 1; j < n; j++)
			t->kkt[k][n] -= t->kkt[k][j] * t->kkt[j][n];
		t->kkt[k][n] /= t->kkt[k][k];
	}
}

/* Barrier terms d and h of every bounded quantity for the target mu. */
static inline void
tiny_barrier(TinyIpm *t, TinyReal mu)
{
	for (int k = 0; k < t->size; k++)
	{
		t->d[k] = t->h[k] = 0;
		if (tiny_is_fixed(t, k))
			continue;
		if (isfinite(t->low[k]))
		{
			t->d[k] += t->zl[k] / (t->v[k] - t->low[k]);
			t->h[k] += mu / (t->v[k] - t->low[k]) - t->zl[k];
		}
		if (isfinite(t->high[k]))
		{
			t->d[k] += t->zu[k] / (t->high[k] - t->v[k]);
			t->h[k] -= mu / (t->high[k] - t->v[k]) - t->zu[k];
		}
	}
}

/* One Newton direction; returns the largest residual before it. */
static inline TinyReal
tiny_direction(TinyIpm *t, TinyReal mu)
{
	const TinyReal regular = 1e-16L;
	TinyReal	worst = 0;
	int			n = t->n;
	int			size = t->size;

	tiny_barrier(t, mu);
	memset(t->kkt, 0, sizeof t->kkt);
	for (int j = 0; j < n; j++)
	{
		TinyReal	r = t->c[j] - t->zl[j] + t->zu[j];

		for (int k = 0; k < n; k++)
		{
			r += t->p[j][k] * t->v[k];
			t->kkt[j][k] = t->p[j][k];
		}
		for (int i = 0; i < t->m; i++)
		{
			r += t->a[i][j] * t->y[i];
			t->kkt[j][n + i] = t->kkt[n + i][j] = t->a[i][j];
		}
		t->kkt[j][j] += t->d[j] + (tiny_is_fixed(t, j) ? HUGE_DIAGONAL : regular);
		t->kkt[j][size] = tiny_is_fixed(t, j) ? 0 : -r + t->h[j];
		t->gradient[j] = r;
		worst = fmaxl(worst, tiny_is_fixed(t, j) ? 0 : fabsl(r));
	}
	for (int i = 0; i < t->m; i++)
	{
		int			s = n + i;
		bool		equality = tiny_is_equality(t, i);
		TinyReal	r = -(equality ? t->low[s] : t->v[s]);
		TinyReal	rs = equality ? 0 : -t->y[i] - t->zl[s] + t->zu[s];

		for (int j = 0; j < n; j++)
			r += t->a[i][j] * t->v[j];
		worst = fmaxl(worst, fmaxl(fabsl(r), fabsl(rs)));
		t->kkt[s][s] = -regular;
		t->kkt[s][size] = -r;
		if (!equality)
		{
			t->kkt[s][s] -= 1 / (t->d[s] + regular);
			t->kkt[s][size] += (t->h[s] - rs) / (t->d[s] + regular);
		}
	}
	tiny_eliminate(t);
	for (int j = 0; j < n; j++)
		t->dv[j] = t->kkt[j][size];
	for (int i = 0; i < t->m; i++)
	{
		int			s = n + i;
		TinyReal	rs = -t->y[i] - t->zl[s] + t->zu[s];

		t->dy[i] = t->kkt[s][size];
		t->dv[s] = tiny_is_equality(t, i) ? 0 :
			(t->dy[i] + t->h[s] - rs) / (t->d[s] + regular);
	}
	return worst;
}

static inline TinyReal
tiny_limit(TinyReal alpha, TinyReal value, TinyReal change)
{
	return change < 0 ? fminl(alpha, -0.99L * value / change) : alpha;
}

static inline void
tiny_step(TinyIpm *t, TinyReal mu)
{
	TinyReal	alpha = 1;
	TinyReal	dzl[TINY_MAX] = {0};
	TinyReal	dzu[TINY_MAX] = {0};

	for (int k = 0; k < t->size; k++)
	{
		if (tiny_is_fixed(t, k))
			continue;
		if (isfinite(t->low[k]))
		{
			TinyReal	w = t->v[k] - t->low[k];

			dzl[k] = (mu - t->zl[k] * t->dv[k]) / w - t->zl[k];
			alpha = tiny_limit(tiny_limit(alpha, w, t->dv[k]), t->zl[k], dzl[k]);
		}
		if (isfinite(t->high[k]))
		{
			TinyReal	w = t->high[k] - t->v[k];

			dzu[k] = (mu + t->zu[k] * t->dv[k]) / w - t->zu[k];
			alpha = tiny_limit(tiny_limit(alpha, w, -t->dv[k]), t->zu[k], dzu[k]);
		}
	}
	for (int k = 0; k < t->size; k++)
	{
		t->v[k] += alpha * t->dv[k];
		t->zl[k] += alpha * dzl[k];
		t->zu[k] += alpha * dzu[k];
	}
	for (int i = 0; i < t->m; i++)
		t->y[i] += alpha * t->dy[i];
}

static inline TinyReal
tiny_gap(const TinyIpm *t, int *count)
{
	TinyReal	sum = 0;

	*count = 0;
	for (int k = 0; k < t->size; k++)
	{
		if (tiny_is_fixed(t, k))
			continue;
		if (isfinite(t->low[k]))
			sum += t->zl[k] * (t->v[k] - t->low[k]), (*count)++;
		if (isfinite(t->high[k]))
			sum += t->zu[k] * (t->high[k] - t->v[k]), (*count)++;
	}
	return sum;
}

/*
 * Until the average product is below mu_end and the residuals are near that.
 * Returns false when that was not reached.
 */
static inline bool
tiny_solve(const CoQp *qp, double mu_end, double *x, double *y, double *z)
{
	static TinyIpm t;
	bool		done = false;

	if (qp->n + qp->m > TINY_MAX)
		return false;
	tiny_load(&t, qp);
	for (int step = 0; step < TINY_STEPS && !done; step++)
	{
		int			count;
		TinyReal	mu = tiny_gap(&t, &count) / 1;
		TinyReal	target = count ? fmaxl(0.2L * mu / count, mu_end / 4) : 0;
		TinyReal	worst = tiny_direction(&t, target);

		if (!(worst < 1e30L))
			break;
		done = (count == 0 || mu / count < mu_end) && worst < 0.1 * mu_end + 1e-14;
		if (!done)
			tiny_step(&t, target);
	}
	for (int j = 0; j < t.n; j++)
	{
		x[j] = (double) t.v[j];
		z[j] = (double) (tiny_is_fixed(&t, j) ? -t.gradient[j] : t.zu[j] - t.zl[j]);
	}
	for (int i = 0; i < t.m; i++)
		y[i] = (double) (tiny_is_equality(&t, i) ? t.y[i] : t.zu[t.n + i] - t.zl[t.n + i]);
	return done;
}

#endif							/* TINY_IPM_H */
