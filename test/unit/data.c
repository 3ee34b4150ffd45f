/*-------------------------------------------------------------------------
 *
 * data.c
 *	  The reader of data.h.  Each table lists its problems one after another
 *	  in the same order, so one line of look-ahead per table is enough.
 *
 *-------------------------------------------------------------------------
 */
#define _GNU_SOURCE
#include "data.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_FIELDS	16

enum
{
	VAR, ROW, A, P, N_TABLES
};

typedef struct Table
{
	FILE	   *file;
	char	   *line;
	size_t		size;
	char	   *field[MAX_FIELDS];	/* of the line looked ahead; [0] NULL at the end */
} Table;

struct DataSet
{
	char		folder[512];
	Table		table[N_TABLES];
};

const char *
data_folder(void)
{
	const char *folder = getenv("CO_DATA");

	return folder ? folder : "../shared/data";
}

static void
split_line(Table *table)
{
	char	   *rest = table->line;

	for (int k = 0; k < MAX_FIELDS; k++)
		table->field[k] = rest ? strsep(&rest, "\t\n") : NULL;
}

static void
next_line(Table *table)
{
	if (!table->file || getline(&table->line, &table->size, table->file) < 0)
		table->field[0] = NULL;
	else
		split_line(table);
}

DataSet *
data_open(const char *set, const char *size_class)
{
	static const char *const word[N_TABLES] = {"var", "row", "a", "p"};
	DataSet    *data = calloc(1, sizeof *data);
	char		path[700],
				command[800];

	snprintf(data->folder, sizeof data->folder, "%s/%s", data_folder(), set);
	for (int k = 0; k < N_TABLES; k++)
	{
		snprintf(path, sizeof path, "%s/tables/%s_%s.tsv.gz", data->folder, size_class, word[k]);
		if (access(path, R_OK) != 0)
			continue;
		snprintf(command, sizeof command, "zcat %s", path);
		data->table[k].file = popen(command, "r");
		next_line(&data->table[k]);
	}
	if (!data->table[VAR].file)
	{
		free(data);
		return NULL;
	}
	return data;
}

void
data_close(DataSet *data)
{
	for (int k = 0; k < N_TABLES; k++)
	{
		if (data->table[k].file)
			pclose(data->table[k].file);
		free(data->table[k].line);
	}
	free(data);
}

static bool
belongs(const Table *table, const char *name)
{
	return table->field[0] && strcmp(table->field[0], name) == 0;
}

typedef struct Growing
{
	double	   *value[3];
	int			n,
				room;
} Growing;

static void
append(Growing *g, double a, double b, double c)
{
	if (g->n == g->room)
	{
		g->room = 2 * g->room + 64;
		for (int k = 0; k < 3; k++)
			g->value[k] = realloc(g->value[k], (size_t) g->room * sizeof(double));
	}
	g->value[0][g->n] = a;
	g->value[1][g->n] = b;
	g->value[2][g->n++] = c;
}

static double *
keep(CoArena *arena, Growing *g, int k)
{
	double	   *out = co_take_doubles(arena, (size_t) g->n);

	if (out && g->n > 0)
		memcpy(out, g->value[k], (size_t) g->n * sizeof(double));
	return out;
}

static void
release(Growing *g)
{
	for (int k = 0; k < 3; k++)
		free(g->value[k]);
}

static CoCsc
read_matrix(CoArena *arena, Table *table, const char *name, int nrow, int ncol)
{
	Growing		g = {{NULL}, 0, 0};
	CoCsc		out = {0};
	int		   *row,
			   *col;

	for (; belongs(table, name); next_line(table))
		append(&g, atof(table->field[1]) - 1, atof(table->field[2]) - 1, atof(table->field[3]));
	row = malloc((size_t) (g.n + 1) * sizeof(int));
	col = malloc((size_t) (g.n + 1) * sizeof(int));
	for (int k = 0; k < g.n; k++)
	{
		row[k] = (int) g.value[0][k];
		col[k] = (int) g.value[1][k];
	}
	co_csc_from_triplets(arena, nrow, ncol, (size_t) g.n, row, col, g.value[2], &out);
	free(row);
	free(col);
	release(&g);
	return out;
}

static void
read_facts(const DataSet *data, DataProblem *out)
{
	char		path[700];
	Table		table = {0};
	int			c0 = -1,
				fopt = -1,
				convex = -1,
				status = -1;

	snprintf(path, sizeof path, "%s/problems.tsv", data->folder);
	table.file = fopen(path, "r");
	next_line(&table);
	for (int k = 0; k < MAX_FIELDS && table.field[k]; k++)
	{
		if (strcmp(table.field[k], "c0") == 0)
			c0 = k;
		else if (strcmp(table.field[k], "fopt") == 0)
			fopt = k;
		else if (strcmp(table.field[k], "convex") == 0)
			convex = k;
		else if (strcmp(table.field[k], "status") == 0)
			status = k;
	}
	out->fopt = NAN;
	out->convex = true;
	for (next_line(&table); table.field[0]; next_line(&table))
		if (strcmp(table.field[0], out->name) == 0)
		{
			out->qp.c0 = atof(table.field[c0]);
			if (table.field[fopt] && *table.field[fopt])
				out->fopt = atof(table.field[fopt]);
			if (convex >= 0)
				out->convex = *table.field[convex] != 'f';
			out->infeasible = status >= 0 && strcmp(table.field[status], "infeasible") == 0;
		}
	fclose(table.file);
	free(table.line);
}

bool
data_next(DataSet *data, CoArena *arena, DataProblem *out)
{
	Table	   *var = &data->table[VAR],
			   *row = &data->table[ROW];
	Growing		v = {{NULL}, 0, 0},
				r = {{NULL}, 0, 0};

	if (!var->field[0])
		return false;
	memset(out, 0, sizeof *out);
	snprintf(out->name, sizeof out->name, "%s", var->field[0]);
	for (; belongs(var, out->name); next_line(var))
		append(&v, atof(var->field[3]), atof(var->field[4]), atof(var->field[5]));
	for (; belongs(row, out->name); next_line(row))
		append(&r, atof(row->field[3]), atof(row->field[4]), 0.0);
	out->qp.n = v.n;
	out->qp.m = r.n;
	out->qp.c = keep(arena, &v, 0);
	out->qp.xl = keep(arena, &v, 1);
	out->qp.xu = keep(arena, &v, 2);
	out->qp.cl = keep(arena, &r, 0);
	out->qp.cu = keep(arena, &r, 1);
	release(&v);
	release(&r);
	out->qp.a = read_matrix(arena, &data->table[A], out->name, out->qp.m, out->qp.n);
	out->qp.p = read_matrix(arena, &data->table[P], out->name, out->qp.n, out->qp.n);
	read_facts(data, out);
	return true;
}
