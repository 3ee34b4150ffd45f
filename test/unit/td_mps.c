/*-------------------------------------------------------------------------
 *
 * td_mps.c
 *	  co_read_mps over the Netlib LPs and the Maros-Meszaros QPs: every text
 *	  gives the problem that the tables hold, which other readers made.
 *
 *-------------------------------------------------------------------------
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "data.h"
#include "expr/text.h"
#include "host.h"

static char *
read_stream(FILE *file, size_t *length)
{
	size_t		room = 1 << 16;
	char	   *text = malloc(room);

	*length = 0;
	for (size_t got; (got = fread(text + *length, 1, room - *length, file)) > 0;)
	{
		*length += got;
		if (*length == room)
			text = realloc(text, room *= 2);
	}
	return text;
}

/* The text of a problem, plain or packed; NULL where there is none. */
static char *
read_problem(const char *set, const char *name, size_t *length)
{
	static const char *const pattern[] = {
		"%s/%s/mps/%s.mps", "%s/%s/mps_large_gz/%s.mps.gz",
		"%s/%s/qps/%s.QPS", "%s/%s/qps_large_gz/%s.QPS.gz"
	};
	char	   *text = NULL;

	for (size_t k = 0; k < sizeof pattern / sizeof *pattern && !text; k++)
	{
		char		path[800],
					command[900];
		bool		packed = k % 2 == 1;
		FILE	   *file;

		snprintf(path, sizeof path, pattern[k], data_folder(), set, name);
		if (access(path, R_OK) != 0)
			continue;
		snprintf(command, sizeof command, "zcat %s", path);
		file = packed ? popen(command, "r") : fopen(path, "r");
		text = read_stream(file, length);
		if (packed)
			pclose(file);
		else
			fclose(file);
	}
	return text;
}

/* Worst difference between bounds; infinity counts when only one has it. */
static double
distance(int n, const double *a, const double *b)
{
	double		worst = 0.0;

	for (int i = 0; i < n; i++)
		if (a[i] != b[i])
			worst = fmax(worst, fabs(a[i] - b[i]));
	return worst;
}

static void
check_matrix(const CoCsc *got, const CoCsc *want)
{
	int			nnz = co_csc_nnz(want);

	CHECK_INT(co_csc_nnz(got), nnz);
	if (co_csc_nnz(got) != nnz)
		return;
	CHECK(nnz == 0 || memcmp(got->start, want->start,
							 ((size_t) want->ncol + 1) * sizeof(int)) == 0);
	CHECK(nnz == 0 || memcmp(got->index, want->index, (size_t) nnz * sizeof(int)) == 0);
	CHECK_NEAR(distance(nnz, got->value, want->value), 0.0, 0.0);
}

/* The rows but the objective, entries of value 0 included. */
static void
check_rows(CoArena *arena, const CoBlock *block, const CoQp *qp)
{
	int			n = block->n_lin - block->lin_end[0];
	int		   *row = co_take_ints(arena, (size_t) n),
			   *col = co_take_ints(arena, (size_t) n);
	double	   *value = co_take_doubles(arena, (size_t) n);
	CoCsc		a;
	int			k = 0;

	for (int r = 1; r < block->n_row; r++)
		for (int t = block->lin_end[r - 1]; t < block->lin_end[r]; t++)
		{
			row[k] = r - 1;
			col[k] = block->lin_leaf[t];
			value[k++] = block->lin_coef[t];
		}
	CHECK_INT(co_csc_from_triplets(arena, qp->m, qp->n, (size_t) k, row, col, value, &a), CO_OK);
	check_matrix(&a, &qp->a);
	CHECK_NEAR(distance(qp->m, block->lower + 1, qp->cl), 0.0, 0.0);
	CHECK_NEAR(distance(qp->m, block->upper + 1, qp->cu), 0.0, 0.0);
}

static void
check_objective(CoArena *arena, const CoBlock *block, const CoQp *qp)
{
	int		   *row = co_take_ints(arena, (size_t) block->n_quad),
			   *col = co_take_ints(arena, (size_t) block->n_quad);
	double	   *value = co_take_doubles(arena, (size_t) block->n_quad);
	double	   *c = co_take_zero_doubles(arena, (size_t) qp->n);
	CoCsc		p;
	int			k = 0;

	for (int t = 0; t < block->lin_end[0]; t++)
		c[block->lin_leaf[t]] += block->lin_coef[t];
	CHECK_NEAR(distance(qp->n, c, qp->c), 0.0, 0.0);
	CHECK_NEAR(block->constant[0], qp->c0, 0.0);
	for (int t = 0; t < block->n_quad; t++)
	{
		int			i = block->quad_i[t],
					j = block->quad_j[t];

		row[k] = i > j ? i : j;
		col[k] = i > j ? j : i;
		value[k++] = i == j ? 2.0 * block->quad_coef[t] : block->quad_coef[t];
	}
	CHECK_INT(co_csc_from_triplets(arena, qp->n, qp->n, (size_t) k, row, col, value, &p), CO_OK);
	check_matrix(&p, &qp->p);
}

static void
check_problem(CoArena *arena, const DataProblem *problem, const char *text, size_t length)
{
	CoBlock		block;
	CoError		error;
	CoRc		rc = co_read_mps(arena, text, length, &block, &error);

	CHECK_INT(rc, CO_OK);
	if (rc)
	{
		printf("  %s: %s\n", problem->name, error.message);
		return;
	}
	CHECK_INT(block.n_leaf, problem->qp.n);
	CHECK_INT(block.n_row, problem->qp.m + 1);
	if (block.n_leaf != problem->qp.n || block.n_row != problem->qp.m + 1)
		return;
	CHECK_NEAR(distance(block.n_leaf, block.leaf_lower, problem->qp.xl), 0.0, 0.0);
	CHECK_NEAR(distance(block.n_leaf, block.leaf_upper, problem->qp.xu), 0.0, 0.0);
	check_rows(arena, &block, &problem->qp);
	check_objective(arena, &block, &problem->qp);
}

/* A large problem as text and back: the same bytes. */
static void
check_text(CoArena *arena, const char *source, size_t source_length)
{
	CoBlock		block,
				again;
	CoError		error;
	char	   *text;
	size_t		length,
				size;
	void	   *flat,
			   *flat_again;

	if (co_read_mps(arena, source, source_length, &block, &error) != CO_OK)
		return;
	CHECK_INT(co_print(arena, &block, &text, &length), CO_OK);
	CHECK_INT(co_parse(arena, text, length, CO_BLOCK_PROBLEM, &again, &error), CO_OK);
	size = co_block_size(&block);
	CHECK(co_block_size(&again) == size);
	if (co_block_size(&again) != size)
		return;
	flat = co_take_zero(arena, size, 1);
	flat_again = co_take_zero(arena, size, 1);
	co_block_write(&block, flat);
	co_block_write(&again, flat_again);
	CHECK(memcmp(flat, flat_again, size) == 0);
}

static void
check_set(const char *set)
{
	static const char *const size_class[] = {"small", "medium", "large"};
	int			n = 0;

	for (int k = 0; k < 3; k++)
	{
		DataSet    *data = data_open(set, size_class[k]);
		DataProblem problem;
		TestHost	host;
		CoArena		arena;

		if (!data)
			SKIP("no data");
		test_host_init(&host);
		for (co_arena_init(&arena, &host.env, SIZE_MAX); data_next(data, &arena, &problem);
			 co_arena_free(&arena))
		{
			size_t		length;
			char	   *text = read_problem(set, problem.name, &length);
			int			failures = check_failures;

			if (!text)
				continue;
			check_problem(&arena, &problem, text, length);
			check_text(&arena, text, length);
			if (check_failures > failures)
				printf("  in %s\n", problem.name);
			free(text);
			n++;
		}
		co_arena_free(&arena);
		data_close(data);
	}
	CHECK(n >= 50);
}

static void
test_netlib(void)
{
	check_set("netlib_lp");
}

static void
test_maros_meszaros(void)
{
	check_set("maros_meszaros_qp");
}

CHECK_MAIN(TEST(test_netlib), TEST(test_maros_meszaros))
