/*-------------------------------------------------------------------------
 *
 * t_ldl.c
 *	  The sparse L D L': structures, pivoting, limits, cancels, failures.
 *
 *-------------------------------------------------------------------------
 */
#define _GNU_SOURCE

#include "check.h"
#include "host.h"
#include "base/vec.h"
#include "linalg/etree.h"
#include "linalg/ldl_private.h"
#include "linalg/order.h"
#include "matrices.h"

static void
begin(TestHost *host, CoArena *arena)
{
	test_host_init(host);
	co_arena_init(arena, &host->env, SIZE_MAX);
}

static void
end(TestHost *host, CoArena *arena)
{
	co_arena_free(arena);
	CHECK_INT(host->live, 0);
}

/* max |b - K x| / (|K| |x| + |b|) in the max norm */
static double
residual(const CoCsc *k, const double *b, const double *x, double *r)
{
	double		size = 0.0,
				norm_x = 0.0,
				norm_b = 0.0,
				norm_r = 0.0;

	for (int p = 0; p < co_csc_nnz(k); p++)
		size = fmax(size, fabs(k->value[p]));
	memcpy(r, b, (size_t) k->nrow * sizeof(double));
	co_csc_symmul_add(k, -1.0, x, r);
	for (int i = 0; i < k->nrow; i++)
	{
		norm_x = fmax(norm_x, fabs(x[i]));
		norm_b = fmax(norm_b, fabs(b[i]));
		if (!(fabs(r[i]) <= norm_r))
			norm_r = fabs(r[i]);
	}
	return norm_r / (size * norm_x + norm_b + 1e-300);
}

/* Several right-hand sides at once: as good as one at a time. */
static void
check_many(CoLdl *ldl, const CoCsc *matrix, const double *b, double single)
{
	static const double factor[] = {1.0, -2.0, 0.0, 0.5, 3.0};
	int			n = matrix->nrow,
				k = 5,
				largest = co_ldl_stats(ldl)->largest_front;
	size_t		room = (size_t) n + (size_t) largest + 1;
	double	   *many = malloc(room * (size_t) k * sizeof(double)),
			   *work = malloc(room * (size_t) k * sizeof(double)),
			   *column = malloc(room * sizeof(double)),
			   *side = malloc(room * sizeof(double)),
			   *r = malloc(room * sizeof(double));

	for (int i = 0; i < n; i++)
		for (int c = 0; c < k; c++)
			many[i * k + c] = factor[c] * b[i];
	CHECK_INT(co_ldl_solve_many(ldl, k, many, work), CO_OK);
	for (int c = 0; c < k; c++)
	{
		for (int i = 0; i < n; i++)
		{
			column[i] = many[i * k + c];
			side[i] = factor[c] * b[i];
		}
		CHECK(residual(matrix, side, column, r) <= 100.0 * single + 1e-14);
	}
	free(many);
	free(work);
	free(column);
	free(side);
	free(r);
}

/* Solve K x = b with up to steps refinements, and return the residual. */
static double
solve_refined(CoLdl *ldl, const CoCsc *k, int steps, TestRandom *random)
{
	size_t		bytes = ((size_t) k->nrow + 1) * sizeof(double);
	double	   *b = malloc(bytes),
			   *x = malloc(bytes),
			   *r = malloc(bytes);
	double		result;

	for (int i = 0; i < k->nrow; i++)
		x[i] = b[i] = test_normal(random);
	CHECK_INT(co_ldl_solve(ldl, x), CO_OK);
	result = residual(k, b, x, r);
	check_many(ldl, k, b, result);
	for (int s = 0; s < steps && result > 1e-16; s++)
	{
		CHECK_INT(co_ldl_solve(ldl, r), CO_OK);
		for (int i = 0; i < k->nrow; i++)
			x[i] += r[i];
		result = residual(k, b, x, r);
	}
	free(b);
	free(x);
	free(r);
	return result;
}

/* Analyse, factor, solve; the matrix is quasi-definite with the sketch's signs. */
static void
check_sketch(Sketch *s, const char *name, int steps, TestRandom *random)
{
	TestHost	host;
	CoArena		arena;
	CoCsc		k;
	CoLdl	   *ldl = NULL;
	CoLdlStats	stats;
	CoInertia	inertia = {0, 0, 0};
	int			n_positive = 0;
	double		error;

	begin(&host, &arena);
	k = sketch_matrix(s, &arena);
	CHECK_INT(co_ldl_predict(&arena, &k, &stats), CO_OK);
	CHECK_INT(co_ldl_analyze(&arena, &k, &ldl), CO_OK);
	CHECK_INT(memcmp(&stats, co_ldl_stats(ldl), sizeof stats), 0);
	for (int pass = 0; pass < 2; pass++)
		CHECK_INT(co_ldl_factor(ldl, k.value, s->sign, &inertia), CO_OK);
	error = solve_refined(ldl, &k, steps, random);
	for (int i = 0; i < s->n; i++)
		n_positive += s->sign[i] > 0;
	if (error > 1e-12 || inertia.n_positive != n_positive || inertia.n_perturbed)
		printf("  %s: residual %g, inertia %d of %d, %d perturbed\n", name, error,
			   inertia.n_positive, n_positive, inertia.n_perturbed);
	CHECK(error <= 1e-12);
	CHECK_INT(inertia.n_positive, n_positive);
	CHECK_INT(inertia.n_negative, s->n - n_positive);
	CHECK_INT(inertia.n_perturbed, 0);
	end(&host, &arena);
	sketch_end(s);
}

static void
check_quasi_definite(Sketch s, const char *name, TestRandom *random)
{
	sketch_quasi_definite(&s, random, 8.0);
	check_sketch(&s, name, 2, random);
}

static void
test_structures(void)
{
	TestRandom	random = {4711};

	check_quasi_definite(sketch_begin(0), "empty", &random);
	check_quasi_definite(sketch_begin(1), "one", &random);
	check_quasi_definite(sketch_begin(100), "diagonal", &random);
	for (int n = 2; n < 60; n++)
		check_quasi_definite(make_random(&random, n, 1 + n % 5), "random", &random);
	check_quasi_definite(make_random(&random, 500, 3), "expander", &random);
	check_quasi_definite(make_band(&random, 300, 1), "tridiagonal", &random);
	check_quasi_definite(make_band(&random, 300, 12), "band", &random);
	check_quasi_definite(make_band(&random, 200, 60), "wide band", &random);
	check_quasi_definite(make_arrow(&random, 3000, 1), "star", &random);
	check_quasi_definite(make_arrow(&random, 2000, 30), "factor model", &random);
	check_quasi_definite(make_grid(&random, 60, 50), "grid", &random);
	check_quasi_definite(make_blocks(&random, 30, 15), "blocks", &random);
	check_quasi_definite(make_blocks(&random, 1, 63), "dense 63", &random);
	check_quasi_definite(make_blocks(&random, 1, 65), "dense 65", &random);
	check_quasi_definite(make_blocks(&random, 1, 300), "dense 300", &random);
	check_quasi_definite(make_pde(&random, 30), "pde", &random);
	check_quasi_definite(make_control(&random, 40, 8, 3), "control", &random);
	check_quasi_definite(make_chain(&random, 1000), "chain", &random);
}

/* A dense row of a large model: neither stack nor time may grow with n^2. */
static void
test_dense_row(void)
{
	TestRandom	random = {5};
	TestHost	host;
	CoArena		arena;
	CoLdlStats	stats;
	CoCsc		k;
	Sketch		s = make_arrow(&random, 100000, 1);

	begin(&host, &arena);
	sketch_quasi_definite(&s, &random, 4.0);
	k = sketch_matrix(&s, &arena);
	CHECK_INT(co_ldl_predict(&arena, &k, &stats), CO_OK);
	CHECK(stats.largest_front <= 16);
	CHECK(stats.nnz_l <= 3 * (int64_t) s.n);
	CHECK(stats.memory <= (size_t) s.n * 200);
	end(&host, &arena);
	check_sketch(&s, "dense row", 2, &random);
}

static void
test_saddle(void)
{
	TestRandom	random = {99};

	for (double delta = 1e-8; delta > 0.5e-12; delta *= 0.1)
		for (int n = 40; n <= 640; n *= 2)
		{
			/* positive definite in x, zero but for delta in y */
			Sketch		s = make_saddle(&random, n, n / 2, 4, delta);

			for (int j = 0; j < n; j++)
				sketch_add(&s, j, j, 0.1 + test_uniform(&random));

			/*
			 * A pivot of delta taken before its row's partners costs
			 * precision / delta in every step of refinement.
			 */
			check_sketch(&s, "saddle", delta < 0.5e-11 ? 4 : 2, &random);
		}
}

/* Pivots that exist only as pairs: every leading 1x1 block is zero. */
static void
test_double_pivots(void)
{
	TestRandom	random = {31};

	for (int n = 2; n <= 302; n += 50)
	{
		TestHost	host;
		CoArena		arena;
		CoLdl	   *ldl = NULL;
		CoInertia	inertia = {0, 0, 0};
		CoCsc		k;
		Sketch		s = make_blocks(&random, 1, n);

		begin(&host, &arena);
		for (int i = 0; i < n; i++)
			sketch_add(&s, i, i, 0.0);
		k = sketch_matrix(&s, &arena);
		CHECK_INT(co_ldl_analyze(&arena, &k, &ldl), CO_OK);
		CHECK_INT(co_ldl_factor(ldl, k.value, s.sign, &inertia), CO_OK);
		CHECK_INT(inertia.n_perturbed, 0);
		CHECK_INT(inertia.n_positive + inertia.n_negative, n);
		CHECK(n > 2 || inertia.n_positive == 1);
		CHECK(solve_refined(ldl, &k, 2, &random) <= 1e-12);
		end(&host, &arena);
		sketch_end(&s);
	}
}

/* Zero pivots become sign times something small, and are counted. */
static void
test_singular(void)
{
	TestRandom	random = {17};

	for (int n = 1; n <= 200; n = 3 * n + 1)
		for (int sign = -1; sign <= 1; sign += 2)
		{
			TestHost	host;
			CoArena		arena;
			CoLdl	   *ldl = NULL;
			CoInertia	inertia = {0, 0, 0};
			CoCsc		k;
			double	   *x = malloc((size_t) n * sizeof(double));
			Sketch		s = sketch_begin(n);

			/* u u' with one sign of pivot beside n - 1 zeros */
			begin(&host, &arena);
			for (int i = 0; i < n; i++)
				for (int j = 0; j <= i; j++)
					sketch_add(&s, i, j, n == 1 ? 0.0 : (i % 3 - 1.0) * (j % 3 - 1.0));
			memset(s.sign, sign, (size_t) n);
			k = sketch_matrix(&s, &arena);
			CHECK_INT(co_ldl_analyze(&arena, &k, &ldl), CO_OK);
			CHECK_INT(co_ldl_factor(ldl, k.value, s.sign, &inertia), CO_OK);
			CHECK_INT(inertia.n_perturbed, n == 1 ? 1 : n - 1);
			CHECK_INT(sign > 0 ? inertia.n_positive : inertia.n_negative,
					  sign > 0 || n == 1 ? n : n - 1);
			for (int i = 0; i < n; i++)
				x[i] = test_normal(&random);
			CHECK_INT(co_ldl_solve(ldl, x), CO_OK);
			for (int i = 0; i < n; i++)
				CHECK(isfinite(x[i]));
			/* without hints every sign is + */
			CHECK_INT(co_ldl_factor(ldl, k.value, NULL, &inertia), CO_OK);
			CHECK_INT(inertia.n_positive, n);
			end(&host, &arena);
			sketch_end(&s);
			free(x);
		}
}

static void
test_not_finite(void)
{
	TestRandom	random = {3};
	TestHost	host;
	CoArena		arena;
	CoLdl	   *ldl = NULL;
	CoInertia	inertia;
	CoCsc		k;
	Sketch		s = make_random(&random, 40, 2);
	double		bad[] = {NAN, INFINITY, -INFINITY};

	begin(&host, &arena);
	sketch_quasi_definite(&s, &random, 2.0);
	k = sketch_matrix(&s, &arena);
	CHECK_INT(co_ldl_analyze(&arena, &k, &ldl), CO_OK);
	for (int p = 0; p < co_csc_nnz(&k); p++)
		for (int b = 0; b < 3; b++)
		{
			double		keep = k.value[p];

			k.value[p] = bad[b];
			CHECK_INT(co_ldl_factor(ldl, k.value, s.sign, &inertia), CO_NOT_FINITE);
			k.value[p] = keep;
		}
	/* and nothing of it stays */
	CHECK_INT(co_ldl_factor(ldl, k.value, s.sign, &inertia), CO_OK);
	CHECK(solve_refined(ldl, &k, 2, &random) <= 1e-12);
	end(&host, &arena);
	sketch_end(&s);
}

static CoRc
run_all(CoArena *arena, const CoCsc *k, const signed char *sign, double *x)
{
	CoLdl	   *ldl = NULL;
	CoLdlStats	stats;
	CoInertia	inertia;
	CoRc		rc = co_ldl_predict(arena, k, &stats);

	if (!rc)
		rc = co_ldl_analyze(arena, k, &ldl);
	if (!rc)
		rc = co_ldl_factor(ldl, k->value, sign, &inertia);
	if (!rc)
		rc = co_ldl_solve(ldl, x);
	return rc;
}

/* The matrices for interruption: small and large fronts, and doubtful pivots. */
static Sketch
make_interruptible(int which, TestRandom *random)
{
	Sketch		s;

	if (which == 0)
		s = make_grid(random, 40, 40);
	else if (which == 1)
		s = make_blocks(random, 1, 700);
	else
	{
		s = make_arrow(random, 20000, 8);
		sketch_add(&s, s.n - 1, s.n - 1, 1e12);
	}
	sketch_quasi_definite(&s, random, 2.0);
	return s;
}

/*
 * Polls that say stop, or allocations that fail, in turn until there are none
 * left; how many runs that took.
 */
static int
fail_in_turn(int which, TestRandom *random, bool memory)
{
	CoRc		failure = memory ? CO_NO_MEMORY : CO_CANCELED,
				rc = failure;
	Sketch		s = make_interruptible(which, random);
	double	   *x = calloc((size_t) s.n, sizeof(double));
	TestHost	keeper;
	CoArena		kept;
	CoCsc		k;
	int			at = 0;

	begin(&keeper, &kept);
	k = sketch_matrix(&s, &kept);
	for (; rc == failure && at < 1000; at++)
	{
		TestHost	host;
		CoArena		arena;

		begin(&host, &arena);
		*(memory ? &host.fail_at : &host.cancel_at) = at;
		rc = run_all(&arena, &k, s.sign, x);
		CHECK(rc == failure || rc == CO_OK);
		end(&host, &arena);
	}
	CHECK_INT(rc, CO_OK);
	end(&keeper, &kept);
	sketch_end(&s);
	free(x);
	return at;
}

static void
test_cancel(void)
{
	TestRandom	random = {8};

	for (int which = 0; which < 3; which++)
		CHECK(fail_in_turn(which, &random, false) > 4);
}

static void
test_deadline(void)
{
	TestRandom	random = {8};
	Sketch		s = make_interruptible(1, &random);
	double	   *x = calloc((size_t) s.n, sizeof(double));
	TestHost	host;
	CoArena		arena;
	CoCsc		k;

	begin(&host, &arena);
	k = sketch_matrix(&s, &arena);
	arena.deadline = host.env.now(host.env.self) - 1.0;
	CHECK_INT(run_all(&arena, &k, s.sign, x), CO_TIME_EXCEEDED);
	end(&host, &arena);
	sketch_end(&s);
	free(x);
}

static void
test_no_memory(void)
{
	TestRandom	random = {8};

	for (int which = 0; which < 3; which++)
		CHECK(fail_in_turn(which, &random, true) > 2);
}

/* The prediction is what is taken, and is refused before anything is. */
static void
test_memory_limit(void)
{
	TestRandom	random = {2};
	TestHost	host;
	CoArena		arena;
	CoLdl	   *ldl = NULL;
	CoLdlStats	stats;
	CoCsc		k;
	CoMark		mark;
	size_t		before;
	Sketch		s = make_random(&random, 2000, 3);

	begin(&host, &arena);
	sketch_quasi_definite(&s, &random, 2.0);
	k = sketch_matrix(&s, &arena);
	CHECK_INT(co_ldl_predict(&arena, &k, &stats), CO_OK);
	mark = co_mark(&arena);
	before = arena.used;
	CHECK_INT(co_ldl_analyze(&arena, &k, &ldl), CO_OK);

	/* what is left over at the end of the arena's 64 kB blocks comes on top */
	CHECK(arena.used - before >= stats.memory);
	CHECK(arena.used - before <= stats.memory + 5 * 65536);
	co_rewind(&arena, mark);

	arena.limit = before + stats.memory - 1;
	arena.peak = arena.used;
	CHECK_INT(co_ldl_analyze(&arena, &k, &ldl), CO_MEMORY_EXCEEDED);
	CHECK(arena.wanted >= before + stats.memory);
	CHECK(arena.peak < before + stats.memory / 2);
	end(&host, &arena);
	sketch_end(&s);
}

static const CoBlas *
no_blas(void *self)
{
	(void) self;
	return NULL;
}

/* The library is asked for by large fronts only. */
static void
test_no_blas(void)
{
	TestRandom	random = {6};

	for (int n = 20; n <= 120; n += 100)
	{
		TestHost	host;
		CoArena		arena;
		CoCsc		k;
		double		x[120] = {0.0};
		Sketch		s = make_blocks(&random, 1, n);

		begin(&host, &arena);
		host.env.blas = no_blas;
		sketch_quasi_definite(&s, &random, 2.0);
		k = sketch_matrix(&s, &arena);
		CHECK_INT(run_all(&arena, &k, s.sign, x), n == 20 ? CO_OK : CO_NO_BLAS);
		end(&host, &arena);
		sketch_end(&s);
	}
}

/* A busy machine must not fail: processor time. */
static void
check_gap(Sketch s, const char *name, TestRandom *random)
{
	TestHost	host;
	CoArena		arena;
	CoCsc		k;
	double	   *x = calloc((size_t) s.n, sizeof(double));
	double		gap;

	begin(&host, &arena);
	sketch_quasi_definite(&s, random, 2.0);
	k = sketch_matrix(&s, &arena);
	host.longest_gap = 0.0;
	host.last_poll = test_cpu_time();
	CHECK_INT(run_all(&arena, &k, s.sign, x), CO_OK);
	gap = fmax(host.longest_gap, test_cpu_time() - host.last_poll);
	if (gap >= 0.05)
		printf("  %s: %.1f ms between two polls\n", name, 1e3 * gap);
	CHECK(gap < 0.05);
	end(&host, &arena);
	sketch_end(&s);
	free(x);
}

static void
test_poll_gap(void)
{
	TestRandom	random = {12};

	if (!test_is_timed())
		SKIP("times are not judged");
	if (!test_blas())
		SKIP("no BLAS");
	check_gap(make_blocks(&random, 1, 4000), "dense", &random);
	check_gap(make_random(&random, 8000, 3), "expander", &random);
	check_gap(make_arrow(&random, 50050, 50), "factor model", &random);
	check_gap(make_pde(&random, 150), "pde", &random);
}

/* Results do not depend on the register width, to the last bit. */
static void
test_kernels(void)
{
	TestRandom	random = {21};
	double		l[12 * 64 + 16],
				w[64],
				t[2][4 * 64],
				x[2][16];

	for (int i = 0; i < (int) (sizeof l / sizeof *l); i++)
		l[i] = test_normal(&random);
	for (int i = 0; i < 64; i++)
		w[i] = test_normal(&random);
	for (int rank = 1; co_kernels(rank); rank++)
		for (int m = 1; m <= 56; m++)
			for (int k = 0; k <= 12; k++)
			{
				for (int set = 0; set < 2; set++)
				{
					const CoKernels *kernels = co_kernels(set ? rank : 0);
					double	   *y = t[set];

					for (int i = 0; i < 4 * 64; i++)
						y[i] = sin(i);
					kernels->column(m, k, l, 60, w, y);
					memset(y + m, 0, (size_t) (64 - m) * sizeof(double));
					kernels->rank1(m, 0.3, l, y);
					kernels->add(m, l + 5, y);
					for (int q = 0; q < 16; q++)
						x[set][q] = cos(q);
					kernels->backward(m, k, l, 60, y, x[set]);
					kernels->forward(m, k, l, 60, w, y + 64);
					memset(y + 64 + m, 0, (size_t) (64 - m) * sizeof(double));
					if (m % CO_LANES == 0)
						kernels->update(m, k, l, 60, w, y, 64, k % 2);
				}
				CHECK_INT(memcmp(t[0], t[1], sizeof t[0]), 0);
				CHECK_INT(memcmp(x[0], x[1], sizeof x[0]), 0);
			}
}

/* Column counts and structure against elimination of a boolean matrix. */
static void
test_counts(void)
{
	enum { N = 40 };
	TestRandom	random = {64};

	for (int round = 0; round < 50; round++)
	{
		bool		full[N][N] = {{false}};
		int			start[N + 1],
					index[N * N],
					row_start[N + 1],
					row_index[N * N],
					parent[N],
					post[N],
					count[N],
					work[4 * N],
					n = 0,
					n_row = 0;
		TestHost	host;
		CoArena		arena;

		begin(&host, &arena);
		for (int j = 0; j < N; j++)
			for (int i = j + 1; i < N; i++)
				full[i][j] = test_uniform(&random) < 0.02 * (1 + round % 5);
		for (int j = 0; j < N; j++)
		{
			start[j] = n;
			row_start[j] = n_row;
			for (int i = j + 1; i < N; i++)
				if (full[i][j])
					index[n++] = i;
			for (int i = 0; i < j; i++)
				if (full[j][i])
					row_index[n_row++] = i;
		}
		start[N] = n;
		row_start[N] = n_row;
		CHECK_INT(co_etree_build(&arena, N, row_start, row_index, parent, work), CO_OK);
		CHECK_INT(co_etree_postorder(&arena, N, parent, post, work), CO_OK);
		CHECK_INT(co_etree_counts(&arena, N, start, index, parent, post, count, work), CO_OK);
		for (int j = 0; j < N; j++)
		{
			int			first = -1,
						size = 1;

			for (int i = N - 1; i > j; i--)
				if (full[i][j])
				{
					first = i;
					size++;
				}
			CHECK_INT(parent[j], first);
			CHECK_INT(count[j], size);
			for (int i = first; i > 0 && i < N; i++)
				if (full[i][j])
					full[i][first] = full[i][first] || i > first;
		}
		end(&host, &arena);
	}
}

static void
test_order(void)
{
	TestRandom	random = {65};
	Sketch		s = make_random(&random, 300, 2);
	TestHost	host;
	CoArena		arena;
	CoCsc		k;
	int			perm[300],
				seen[300] = {0};

	begin(&host, &arena);
	k = sketch_matrix(&s, &arena);
	CHECK_INT(co_order_amd(&arena, &k, perm), CO_OK);
	for (int i = 0; i < 300; i++)
	{
		CHECK(perm[i] >= 0 && perm[i] < 300);
		seen[perm[i]]++;
	}
	for (int i = 0; i < 300; i++)
		CHECK_INT(seen[i], 1);
	end(&host, &arena);
	sketch_end(&s);
}

/* The same values give the same bits, whatever was factored in between. */
static void
test_repeatable(void)
{
	TestRandom	random = {66};
	Sketch		s = make_pde(&random, 20);
	TestHost	host;
	CoArena		arena;
	CoCsc		k;
	CoLdl	   *ldl = NULL;
	CoInertia	inertia;
	double		x[1200],
				y[1200];

	begin(&host, &arena);
	sketch_quasi_definite(&s, &random, 6.0);
	k = sketch_matrix(&s, &arena);
	CHECK_INT(co_ldl_analyze(&arena, &k, &ldl), CO_OK);
	CHECK_INT(co_ldl_factor(ldl, k.value, s.sign, &inertia), CO_OK);
	for (int i = 0; i < s.n; i++)
		x[i] = y[i] = test_normal(&random);
	CHECK_INT(co_ldl_solve(ldl, x), CO_OK);
	co_scale(co_csc_nnz(&k), 3.0, k.value);
	CHECK_INT(co_ldl_factor(ldl, k.value, s.sign, &inertia), CO_OK);
	co_scale(co_csc_nnz(&k), 0.0, k.value);
	CHECK_INT(co_ldl_factor(ldl, k.value, s.sign, &inertia), CO_OK);
	CHECK_INT(inertia.n_perturbed, s.n);
	sketch_end(&s);

	random.state = 66;
	s = make_pde(&random, 20);
	sketch_quasi_definite(&s, &random, 6.0);
	k = sketch_matrix(&s, &arena);
	CHECK_INT(co_ldl_factor(ldl, k.value, s.sign, &inertia), CO_OK);
	CHECK_INT(co_ldl_solve(ldl, y), CO_OK);
	CHECK_INT(memcmp(x, y, (size_t) s.n * sizeof(double)), 0);
	end(&host, &arena);
	sketch_end(&s);
}

CHECK_MAIN(TEST(test_structures), TEST(test_dense_row), TEST(test_saddle),
		   TEST(test_double_pivots), TEST(test_singular), TEST(test_not_finite),
		   TEST(test_cancel), TEST(test_deadline), TEST(test_no_memory),
		   TEST(test_memory_limit), TEST(test_no_blas), TEST(test_poll_gap),
		   TEST(test_kernels), TEST(test_counts), TEST(test_order),
		   TEST(test_repeatable))
