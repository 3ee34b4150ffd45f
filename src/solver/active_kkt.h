/*-------------------------------------------------------------------------
 *
 * solver/active_kkt.h
 *	  The linear systems of an active-set method.
 *
 *			( P_FF + R_FF	  A_WF'	  ) ( x_F )	  ( r_F )
 *			( A_WF			 -delta I ) ( y_W ) = ( r_W )				(1)
 *
 * F: the variables that are free, W: the rows in the working set; together,
 * of n + m entries, those that are in.  One factorization stands for the set
 * K0 that was last factorized; an entry that came in or went out since is a
 * row and column at its border, and (1) is solved by the Schur complement of
 * K0 in the bordered matrix [GMSW90]:
 *
 *		( K0  B ) ( t )	  ( r )
 *		( B'  C ) ( s ) = ( h ),	(C - B' K0^-1 B) s = h - B' K0^-1 r
 *
 * An entry that came in has its column of (1) in B; one that went out a unit
 * column, which makes its unknown 0.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_SOLVER_ACTIVE_KKT_H
#define CO_SOLVER_ACTIVE_KKT_H

#include <stdbool.h>

#include "linalg/ldl.h"
#include "linalg/ticker.h"
#include "nlp/qp.h"

typedef struct CoActiveKkt
{
	CoArena    *arena;
	CoTicker	ticker;
	int			n,
				m;
	const CoQp *qp;				/* numbers of the present solve */
	CoCsc		at,				/* A' */
				pt;				/* P by its upper triangle */
	CoCsc		lower;			/* pattern of (1) with everything in */
	double	   *value;			/* of lower */
	CoLdl	   *ldl;
	signed char *sign;			/* [n + m] */
	const double *rho;			/* [n] the diagonal R; the caller's */
	double		delta;
	bool		factored;
	bool	   *base;			/* [n + m] in when K0 was factorized */
	bool	   *in;				/* [n + m] in now */
	int			room,			/* borders at most */
				n_border;
	int		   *entry;			/* [room] of a border */
	int		   *border;			/* [n + m] an entry's border or -1 */
	double	   *v;				/* [room] columns K0^-1 B */
	double	   *schur;			/* [room x room] */
	double	   *lu;				/* [room x room] its factors */
	int		   *pivot;			/* [room] */
	double	   *s;				/* [room] */
	bool		lu_valid;
	double	   *t;				/* [n + m] work */
	double	   *res;			/* [n + m] work */
	double	   *column;			/* [n + m] work, 0 between uses */
	double		norm;			/* of the largest entry of (1) */
	double		residual;		/* of the last solve */
	double		error;			/* residual of the last solve over its right
								 * side and solution */
	int			n_wrong;		/* of the last factorization: eigenvalues with
								 * the wrong sign */
	int			n_factor,
				n_solve;
} CoActiveKkt;

/* For the patterns of qp; takes what all solves share. */
extern CoRc co_active_kkt_new(CoArena *arena, const CoQp *qp, CoActiveKkt **out);

/* The numbers of one solve; memory is taken that the caller gives back after it. */
extern CoRc co_active_kkt_load(CoActiveKkt *kkt, const CoQp *qp);

/* Factorize (1) for the entries that are in, after rho and delta have been set. */
extern CoRc co_active_kkt_factor(CoActiveKkt *kkt, const bool *in);

/* Go to another set, by borders or by a factorization. */
extern CoRc co_active_kkt_update(CoActiveKkt *kkt, const bool *in);

/*
 * Solve (1) with refinement; r and u [n + m], not the same.  r is not looked
 * at where an entry is out, u is 0 there.
 */
extern CoRc co_active_kkt_solve(CoActiveKkt *kkt, const double *r, double *u);

/* active_schur.c: factors of schur into lu, and s := schur^-1 s. */
extern void co_active_schur_factor(CoActiveKkt *kkt);
extern void co_active_schur_solve(const CoActiveKkt *kkt, double *s);

#endif							/* CO_SOLVER_ACTIVE_KKT_H */
