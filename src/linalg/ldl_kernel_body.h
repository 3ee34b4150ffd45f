/*-------------------------------------------------------------------------
 *
 * linalg/ldl_kernel_body.h
 *	  The vector loops for one instruction set; ldl_kernel.c includes this
 *	  once for each.
 *
 * Set by the includer:
 *
 *		TARGET		function attribute, or nothing
 *		NAME(x)		function name of this set
 *		LANES		doubles in a register
 *		Vector		a register;  Tail: half of one
 *		PARTS(x)	x(0) x(1) ...: the registers of CO_LANES doubles
 *
 * A vector type wider than the registers would be simpler, but compilers keep
 * such a variable in memory.
 *
 * Loops over rows run in whole registers and end with a half one when that
 * covers the rest: they touch up to LANES - 1 rows beyond m.
 *
 *-------------------------------------------------------------------------
 */

/* column -= L w;  L [m x k], column padded */
TARGET static void
NAME(column) (int m, int k, const double *l, int ld, const double *w, double *column)
{
	int			i = 0;

	for (; i + LANES / 2 < m; i += LANES)
	{
		Vector		sum = LOAD(Vector, column + i);
		const double *p = l + i;

		for (int q = 0; q < k; q++, p += ld)
			sum -= LOAD(Vector, p) * w[q];
		STORE(Vector, column + i, sum);
	}
	if (i < m)
	{
		Tail		sum = LOAD(Tail, column + i);
		const double *p = l + i;

		for (int q = 0; q < k; q++, p += ld)
			sum -= LOAD(Tail, p) * w[q];
		STORE(Tail, column + i, sum);
	}
}

/* Rows i .. of the four columns, in registers of one type. */
#define UPDATE_ROWS(Type) \
	do { \
		const double *p = l + i; \
		const double *wq = w; \
		Type		s0 = {0.0}, s1 = {0.0}, s2 = {0.0}, s3 = {0.0}; \
		if (!fresh) \
		{ \
			s0 = LOAD(Type, c0 + i); \
			s1 = LOAD(Type, c1 + i); \
			s2 = LOAD(Type, c2 + i); \
			s3 = LOAD(Type, c3 + i); \
		} \
		for (int q = 0; q < k; q++, p += ld, wq += CO_KERNEL_COLUMNS) \
		{ \
			Type		x = LOAD(Type, p); \
			s0 -= x * wq[0]; \
			s1 -= x * wq[1]; \
			s2 -= x * wq[2]; \
			s3 -= x * wq[3]; \
		} \
		STORE(Type, c0 + i, s0); \
		STORE(Type, c1 + i, s1); \
		STORE(Type, c2 + i, s2); \
		STORE(Type, c3 + i, s3); \
	} while (0)

/* Four columns C -= L W;  L [m x k], W [k x 4] by rows; fresh: C is empty */
TARGET static void
NAME(update) (int m, int k, const double *l, int ld, const double *w,
			  double *c, int ldc, bool fresh)
{
	double	   *c0 = c,
			   *c1 = c0 + ldc,
			   *c2 = c1 + ldc,
			   *c3 = c2 + ldc;
	int			i = 0;

	for (; i + LANES / 2 < m; i += LANES)
		UPDATE_ROWS(Vector);
	if (i < m)
		UPDATE_ROWS(Tail);
}

/* y -= a x, exactly m elements */
TARGET static void
NAME(rank1) (int m, double a, const double *x, double *y)
{
	int			i = 0;

	for (; i + LANES <= m; i += LANES)
		STORE(Vector, y + i, LOAD(Vector, y + i) - LOAD(Vector, x + i) * a);
	for (; i < m; i++)
		y[i] -= x[i] * a;
}

/* y += x, exactly m elements */
TARGET static void
NAME(add) (int m, const double *x, double *y)
{
	int			i = 0;

	for (; i + LANES <= m; i += LANES)
		STORE(Vector, y + i, LOAD(Vector, y + i) + LOAD(Vector, x + i));
	for (; i < m; i++)
		y[i] += x[i];
}

/* t := L x;  L [m x k], t padded */
TARGET static void
NAME(forward) (int m, int k, const double *l, int ld, const double *x, double *t)
{
	for (int i = 0; i < m; i += LANES)
	{
		Vector		sum = {0.0};
		const double *p = l + i;

		for (int q = 0; q < k; q++, p += ld)
			sum += LOAD(Vector, p) * x[q];
		STORE(Vector, t + i, sum);
	}
}

#define ZERO_PART(h) \
	Vector		a##h = {0.0}, b##h = {0.0}, c##h = {0.0}, d##h = {0.0};
#define ADD_PART(h) \
	{ \
		Vector		y = LOAD(Vector, t + i + h * LANES); \
		a##h += LOAD(Vector, l0 + i + h * LANES) * y; \
		b##h += LOAD(Vector, l1 + i + h * LANES) * y; \
		c##h += LOAD(Vector, l2 + i + h * LANES) * y; \
		d##h += LOAD(Vector, l3 + i + h * LANES) * y; \
	}
#define KEEP_PART(h) \
	STORE(Vector, sum[0] + h * LANES, a##h); \
	STORE(Vector, sum[1] + h * LANES, b##h); \
	STORE(Vector, sum[2] + h * LANES, c##h); \
	STORE(Vector, sum[3] + h * LANES, d##h);

/*
 * x -= L' t;  L [m x k], t padded with zeros.  Each product is the sum of
 * CO_LANES partial sums, whatever LANES is.
 */
TARGET static void
NAME(backward) (int m, int k, const double *l, int ld, const double *t, double *x)
{
	double		sum[CO_KERNEL_COLUMNS][CO_LANES];

	for (int q = 0; q < k; q += CO_KERNEL_COLUMNS)
	{
		int			n = k - q < CO_KERNEL_COLUMNS ? k - q : CO_KERNEL_COLUMNS;
		const double *l0 = l + (size_t) q * ld,
				   *l1 = n > 1 ? l0 + ld : l0,
				   *l2 = n > 2 ? l1 + ld : l0,
				   *l3 = n > 3 ? l2 + ld : l0;

		PARTS(ZERO_PART)
			for (int i = 0; i < m; i += CO_LANES)
		{
			PARTS(ADD_PART)
		}
		PARTS(KEEP_PART)
			for (int c = 0; c < n; c++)
			x[q + c] -= fold(sum[c]);
	}
}

#undef UPDATE_ROWS
#undef ZERO_PART
#undef ADD_PART
#undef KEEP_PART
