/*-------------------------------------------------------------------------
 *
 * data.h
 *	  Reader of the relational LP and QP sets (folder named by CO_DATA, or
 *	  ../shared/data): one problem after another from the tables
 *		<set>/tables/<class>_{var,row,a,p}.tsv.gz
 *	  and the known facts from <set>/problems.tsv.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATA_H
#define DATA_H

#include "base/arena.h"
#include "nlp/qp.h"

typedef struct DataSet DataSet;

typedef struct DataProblem
{
	char		name[32];
	CoQp		qp;
	double		fopt;			/* NaN: not known */
	bool		infeasible;
	bool		convex;
} DataProblem;

/* NULL when the data are not there. */
extern DataSet *data_open(const char *set, const char *size_class);

/* Next problem in the arena; false at the end. */
extern bool data_next(DataSet *data, CoArena *arena, DataProblem *out);
extern void data_close(DataSet *data);
extern const char *data_folder(void);

#endif							/* DATA_H */
