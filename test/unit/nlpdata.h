/*-------------------------------------------------------------------------
 *
 * nlpdata.h
 *	  Reader of the nonlinear sets (data.h names the folder): one problem a
 *	  line of JSON in <set>/small.jsonl, medium.jsonl.gz, large.jsonl.gz, as a
 *	  text of the language.
 *
 * Variables x1 .. xn are listed in `where`, so they are the model's 0 .. n-1;
 * constraints keep their order.  Common subexpressions are written out.
 *
 *-------------------------------------------------------------------------
 */
#ifndef NLPDATA_H
#define NLPDATA_H

#include "base/arena.h"
#include "nlp/model.h"

typedef struct NlpData NlpData;

typedef struct NlpProblem
{
	char		name[64];
	char		kind[16];		/* unconstrained, bound, linear, nonlinear */
	char		status[32];		/* verified, solved only */
	int			n,
				m;
	bool		maximize;
	bool		smooth;			/* no abs, min, max */
	double		fopt,			/* best known; NaN: not known */
				f_from_start;	/* what Ipopt reaches from the start; NaN: not
								 * known */
	double	   *x_opt;			/* [n] 12 digits; NULL: not known */
	double	   *dual_opt;		/* [m] d fopt / d (active side); NULL: not
								 * known */
	char	   *text;			/* NULL: common subexpressions too long to
								 * write out */
	size_t		length;
} NlpProblem;

/* tier: "small", "medium", "large"; NULL when the data are not there. */
extern NlpData *nlp_open(const char *set, const char *tier);

/* The next problem; what it points to lives until the next call. */
extern bool nlp_next(NlpData *data, NlpProblem *out);
extern void nlp_close(NlpData *data);

/* Text to block to model; *error says what was wrong. */
extern CoRc nlp_model(CoArena *arena, const NlpProblem *problem, CoModel *out, CoError *error);

/* One problem of a set by name, from any tier; close it with nlp_close. */
extern NlpData *nlp_find(const char *set, const char *name, NlpProblem *out);

#endif							/* NLPDATA_H */
